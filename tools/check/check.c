// SPDX-License-Identifier: GPL-2.0
/*
 * naru napt check: the command line and what is printed.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct check check;

static const char *const level_text[] = {
	[MUST] = "MUST", [MUST_NOT] = "MUST NOT", [SHOULD] = "SHOULD",
	[SHOULD_NOT] = "SHOULD NOT", [MAY] = "MAY"
};

const struct cmd cmd_check = {
	.name = "napt check",
	.summary = "how a NAT meets what the RFCs ask of it",
	.usage = "[--quick|--full] [--against nft] [-j] [ROW...]",
	.help =
"Makes network namespaces with a NAT between inside hosts and servers, sends packets, and judges by\n"
"what comes out alone. Rows are numbered by RFC and requirement, such as 4787-1; a number of an RFC\n"
"stands for all of its rows. Nothing outside of those namespaces is touched.\n\n"
"  -q, --quick        timers run 10 to 240 times faster where a row waits for them (the default)\n"
"  -f, --full         timers as they are: hours, but where idle time is skipped\n"
"  -a, --against nft  the NAT of nftables instead of naru's\n"
"  -j, --json         JSON: id, level, met (true, false, or null where it cannot be told), seen\n\n"
"A row of level MAY is met where the NAT does what it may. Exit status 1: a MUST is not met, or\n"
"nothing could be found out.\n",
	.run = NULL,
};

/* ---- which rows ---- */

static bool wanted(const struct row *row, int num, char **names)
{
	size_t len;
	int i;

	for (i = 0; i < num; i++) {
		len = strlen(names[i]);
		if (!strcmp(row->id, names[i]) ||
		    (len == 4 && !strncmp(row->id, names[i], 4)))
			return true;
	}
	return !num;
}

static bool known(const char *name)
{
	size_t i;

	for (i = 0; i < check_num_rows; i++)
		if (wanted(&check_rows[i], 1, (char **)&name))
			return true;
	return false;
}

static size_t select_rows(const struct row **rows, int num, char **names)
{
	size_t i, n = 0;

	for (i = 0; i < check_num_rows; i++)
		if (wanted(&check_rows[i], num, names))
			rows[n++] = &check_rows[i];
	return n;
}

/* ---- rows that sum up others ---- */

/* Is that row among those that another stands for? */
static bool summed_by(const struct row *sum, const struct row *row)
{
	static const struct {
		const char *id, *prefix;
	} sums[] = {
		{ "5508-10", "5508-10a" }, { "5508-10", "5508-10c" }, { "5508-10", "5508-10d" },
		{ "5508-10", "5508-10e" }, { "5508-10", "5508-10f" }, { "5508-10b", "5508-10b-" },
		{ "5508-10c", "5508-10c-" }, { "6888-1", "4787-" }, { "6888-1", "5382-" },
		{ "6888-1", "5508-" }, { "6888-1a", "4787-" }, { "6888-1b", "5382-" },
		{ "6888-1c", "5508-" }, { "6888-11", "6888-11a" }, { "6888-11", "6888-11b" },
		{ "6888-11", "6888-11c" }, { "6888-11", "6888-11d" },
	};
	size_t i;

	if (row->flags & ROW_SUM)
		return false;
	for (i = 0; i < ARRAY_SIZE(sums); i++)
		if (!strcmp(sum->id, sums[i].id) &&
		    !strncmp(row->id, sums[i].prefix, strlen(sums[i].prefix)))
			return true;
	return false;
}

static const char *are(unsigned int num)
{
	return num == 1 ? "is" : "are";
}

/* A sum is met when nothing that it stands for is unmet, MAY rows aside; a MAY, when any is */
static void sum_up(struct run *r, const struct run *runs, size_t num)
{
	unsigned int met = 0, all = 0;
	const char *first = NULL;
	size_t i;

	for (i = 0; i < num; i++) {
		if (!summed_by(r->row, runs[i].row) || runs[i].met == CANNOT)
			continue;
		if (r->row->level != MAY && runs[i].row->level == MAY)
			continue;
		all++;
		if (runs[i].met == MET)
			met++;
		else if (!first)
			first = runs[i].row->id;
	}
	r->met = !all ? CANNOT : met == all || (r->row->level == MAY && met) ? MET : NOT_MET;
	if (!all)
		snprintf(r->seen, sizeof(r->seen), "none of its rows was run");
	else if (first)
		snprintf(r->seen, sizeof(r->seen), "of its %u rows %u %s met; %s is not", all, met,
			 are(met), first);
	else
		snprintf(r->seen, sizeof(r->seen), "all of its %u rows are met", all);
}

static void finish(struct run *runs, size_t num)
{
	size_t i;

	for (i = 0; i < num; i++) {
		if (runs[i].row->flags & ROW_SUM) {
			sum_up(&runs[i], runs, num);
		} else if (!runs[i].row->run) {
			runs[i].met = CANNOT;
			snprintf(runs[i].seen, sizeof(runs[i].seen), "%s", runs[i].row->why);
		}
	}
}

/* ---- printing ---- */

static const struct out_col columns[] = {
	{ .key = "id", .title = "ROW" },
	{ .key = "level", .title = "LEVEL" },
	{ .key = "met", .title = "MET" },
	{ .key = "asked", .title = "ASKED FOR" },
	{ .key = "seen", .title = "SEEN" },
};

static void print_met(struct ctx *ctx, struct out *o, enum met met)
{
	if (met != MET && met != NOT_MET)
		out_null(o, "met");
	else if (ctx->json)
		out_bool(o, "met", met == MET);
	else
		out_str(o, "met", met == MET ? "met" : "NOT");
}

static void print_run(struct ctx *ctx, struct out *o, const struct run *r)
{
	out_row_begin(o);
	out_str(o, "id", r->row->id);
	out_str(o, "level", level_text[r->row->level]);
	print_met(ctx, o, r->met);
	if (!ctx->json)
		out_str(o, "asked", r->row->title);
	out_str(o, "seen", r->seen);
	out_row_end(o);
}

static void print_total(const struct run *runs, size_t num)
{
	unsigned int met[2] = { 0, 0 }, may[2] = { 0, 0 }, none = 0;
	size_t i;

	for (i = 0; i < num; i++)
		if (runs[i].met != MET && runs[i].met != NOT_MET)
			none++;
		else
			(runs[i].row->level == MAY ? may : met)[runs[i].met]++;
	printf("\n%s%s: of what must or should be, %u row%s %s met and %u %s not; of what may be, %u %s and %u %s not; %u cannot be told\n",
	       check.nft ? "nftables" : "naru",
	       check.quick ? ", with timers that run faster" : "", met[MET],
	       met[MET] == 1 ? "" : "s", are(met[MET]), met[NOT_MET], are(met[NOT_MET]), may[MET],
	       are(may[MET]), may[NOT_MET], are(may[NOT_MET]), none);
}

static int print_all(struct ctx *ctx, const struct run *runs, size_t num)
{
	int status = CMD_OK;
	struct out o;
	size_t i;

	cmd_begin(ctx, &o, OUT_TABLE, columns, ARRAY_SIZE(columns));
	for (i = 0; i < num; i++) {
		print_run(ctx, &o, &runs[i]);
		if (runs[i].row->level <= MUST_NOT && runs[i].met == NOT_MET)
			status = CMD_FAILED;
	}
	cmd_end(&o, CMD_OK);
	if (!ctx->json)
		print_total(runs, num);
	return status;
}

/* ---- the command ---- */

static int run_rows(struct ctx *ctx, int num, char **names)
{
	const struct row **rows = calloc(check_num_rows, sizeof(*rows));
	struct run *runs = calloc(check_num_rows, sizeof(*runs));
	int status = CMD_FAILED;
	size_t n;

	if (!rows || !runs) {
		cmd_fail("no memory");
	} else {
		n = select_rows(rows, num, names);
		if (!sched_rows(rows, runs, n)) {
			finish(runs, n);
			status = print_all(ctx, runs, n);
		}
	}
	free(rows);
	free(runs);
	return status;
}

static int prepare(void)
{
	ssize_t len = readlink("/proc/self/exe", check.self, sizeof(check.self) - 1);

	check.home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (len < 0 || check.home < 0)
		return cmd_fail("/proc/self: %s", strerror(errno));
	if (geteuid())
		return cmd_fail("it takes root to make network namespaces");
	return CMD_OK;
}

/**
 * check_main() - naru napt check
 * @ctx: context
 * @argc: length of @argv
 * @argv: command line, from "check" on
 *
 * Return: the exit status.
 */
int check_main(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "quick", no_argument, NULL, 'q' },
		{ "full", no_argument, NULL, 'f' },
		{ "against", required_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	bool quick = false, full = false;
	int c, i;

	optind = 0;
	while ((c = getopt_long(argc, argv, ":qfa:jh", options, NULL)) != -1) {
		if (c == 'q')
			quick = true;
		else if (c == 'f')
			full = true;
		else if (c == 'a' && !strcmp(optarg, "nft"))
			check.nft = true;
		else if (c == 'a')
			return cmd_usage(&cmd_check, "against what? %s is not known", optarg);
		else if (c == 'j')
			ctx->json = true;
		else
			return cmd_other_option(&cmd_check, c, argv);
	}
	if (quick && full)
		return cmd_usage(&cmd_check, "--quick or --full, not both");
	check.quick = !full;
	for (i = optind; i < argc; i++)
		if (!known(argv[i]))
			return cmd_usage(&cmd_check, "no such row: %s", argv[i]);
	return prepare() ? CMD_FAILED : run_rows(ctx, argc - optind, argv + optind);
}
