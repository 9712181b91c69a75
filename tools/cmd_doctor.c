// SPDX-License-Identifier: GPL-2.0
/*
 * naru doctor: what keeps naru from working on this machine, and what mends it.
 */
#include "cmd.h"
#include "doctor.h"
#include "parse.h"

#include <getopt.h>
#include <string.h>

/* Programs and chains of firewalls may have any name */
static void print_line(const char *area, const char *what, const char *text)
{
	printf("%-13s %s", area, what);
	out_plain(stdout, text);
	putchar('\n');
}

static void print_finding(struct out *o, const struct doctor_finding *f)
{
	if (!o->json) {
		print_line(doctor_area_name(f->area), "", f->text);
		print_line("", "mend: ", f->mend);
		return;
	}
	out_row_begin(o);
	out_str(o, "area", doctor_area_name(f->area));
	out_bool(o, "ok", false);
	out_str(o, "text", f->text);
	out_str(o, "mend", f->mend);
	out_row_end(o);
}

static void print_well(struct out *o, const struct doctor_facts *facts, enum doctor_area area)
{
	char text[DOCTOR_PATH + 64];

	doctor_well(facts, area, text, sizeof(text));
	if (!o->json) {
		print_line(doctor_area_name(area), "ok: ", text);
		return;
	}
	out_row_begin(o);
	out_str(o, "area", doctor_area_name(area));
	out_bool(o, "ok", true);
	out_str(o, "text", text);
	out_row_end(o);
}

static int print(struct ctx *ctx, const struct doctor_facts *facts, const struct doctor_findings *found)
{
	enum doctor_area area;
	struct out o;
	size_t i;

	cmd_begin(ctx, &o, OUT_TABLE, NULL, 0);
	for (area = 0; area < DOCTOR_AREAS; area++) {
		bool amiss = false;

		for (i = 0; i < found->num; i++) {
			if (found->finding[i].area != area)
				continue;
			print_finding(&o, &found->finding[i]);
			amiss = true;
		}
		if (!amiss)
			print_well(&o, facts, area);
	}
	return cmd_end(&o, found->num ? CMD_FAILED : CMD_OK);
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	static struct doctor_findings found;
	static struct doctor_facts facts;
	int status = cmd_json_option(&cmd_doctor, ctx, argc, argv);
	uint16_t port[DOCTOR_PORTS];
	size_t num = 0;

	if (status >= 0)
		return status;
	for (; optind < argc; optind++) {
		if (num == DOCTOR_PORTS)
			return cmd_usage(&cmd_doctor, "at most %d ports at a time", DOCTOR_PORTS);
		if (!parse_port(argv[optind], &port[num]) || !port[num])
			return cmd_usage(&cmd_doctor, "not a port: %s", argv[optind]);
		num++;
	}
	doctor_look(&facts, port, num);
	doctor_judge(&facts, &found);
	status = print(ctx, &facts, &found);
	doctor_look_free(&facts);
	return status;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.summary = "what keeps naru from working here, and what mends it",
	.usage = "[-j] [PORT...]",
	.help =
"  -j, --json  JSON\n"
"\n"
"Looks at the kernel, its headers, the module, the family's number, ports, firewalls' rules,\n"
"capabilities, Landlock and seccomp, as this process meets them; of each PORT whether a program\n"
"could listen to it. What is amiss is told with the command that mends it. The exit status is 0\n"
"where nothing is, 1 where something is.\n",
	.run = run,
};
