// SPDX-License-Identifier: GPL-2.0
/*
 * Plays scripts: both the network, through a tun device, and the program. scripts/README.md
 * describes their language.
 *
 *	script [-k] [-v VARIANT] [FILE...]	-k: the kernel's own TCP instead of naru
 *	script -d [FILE...]			where naru differs from the kernel's TCP, and why
 *	script -n [FILE...]			only reads them
 *
 * Without FILE: all of scripts/ beside the working directory. A result for each script and place
 * ({native, inet} x {IPv4, IPv6}), in TAP. Exit code: 1 when one fails, 2 for a script that is none.
 */
#include <glob.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "script_run.h"

#define ALL_SCRIPTS	"scripts/*.wire"
#define PROTO_NATIVE	253
#define TEXT_MAX	(64 * 1024)

struct place {
	const char *name;
	unsigned int on;
};

static const struct place naru_places[] = {
	{ "native_v4", ON_NARU | ON_NATIVE | ON_V4 },
	{ "native_v6", ON_NARU | ON_NATIVE | ON_V6 },
	{ "inet_v4", ON_NARU | ON_INET | ON_V4 },
	{ "inet_v6", ON_NARU | ON_INET | ON_V6 },
	{}
};

static const struct place kernel_places[] = {
	{ "kernel_v4", ON_KERNEL | ON_INET | ON_V4 },
	{ "kernel_v6", ON_KERNEL | ON_INET | ON_V6 },
	{}
};

struct plan {
	const struct place *places;
	const char *only;	/* place, or NULL */
	int num;		/* of scripts */
	struct script **script;
	int done, failed;
};

/* ---- a run ---- */

/**
 * script_fail - the run ends: something is not as the script says
 * @r: run
 * @l: line that says so
 * @fmt: what was expected, and what came instead
 */
void script_fail(const struct script_run *r, const struct script_line *l, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "# %s:%d: ", r->script->name, l->number);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	if (r->on & ON_NARU)
		wire_show_counts();
	wire_close();
	_exit(1);
}

static bool holds(unsigned int where, const struct place *p)
{
	return !(p->on & ~where);
}

static void play_line(struct script_run *r, const struct script_line *l)
{
	if (l->kind == SCRIPT_CALL || l->kind == SCRIPT_SETTING)
		script_program(r, l);
	else
		script_net(r, l);
}

/* In a process and a namespace of its own */
static void play(const struct script *s, const struct place *p)
{
	static struct script_run r;
	const struct script_line *l = s->line;
	int family = p->on & ON_V4 ? AF_INET : AF_INET6;

	r.script = s;
	r.on = p->on;
	wire_prepare();
	if (p->on & ON_KERNEL)
		wire_open_kernel(&r.w, family);
	else
		wire_open(&r.w, family, p->on & ON_NATIVE ? PROTO_NATIVE : IPPROTO_TCP);
	script_net_start(&r);
	script_program_start(&r);
	r.last = wire_now_ns();
	for (int i = 0; i < s->num; i++) {
		if (!holds(s->line[i].on, p))
			continue;
		l = &s->line[i];
		play_line(&r, l);
	}
	script_net_end(&r, l);
	script_program_end(&r);
	wire_close();
	_exit(0);
}

static bool succeeded(const struct script *s, const struct place *p, FILE *said)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		wire_die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fileno(said), STDERR_FILENO);
		play(s, p);
	}
	if (waitpid(pid, &status, 0) != pid)
		wire_die("waitpid");
	if (WIFSIGNALED(status))
		printf("# signal %d\n", WTERMSIG(status));
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* The name of the file, without folder and suffix */
static const char *title(const struct script *s)
{
	static char name[64];
	const char *slash = strrchr(s->name, '/');

	snprintf(name, sizeof(name), "%s", slash ? slash + 1 : s->name);
	*strchrnul(name, '.') = '\0';
	return name;
}

static void run_one(struct plan *plan, const struct script *s, const struct place *p)
{
	FILE *said = tmpfile();
	char line[1024];
	bool good;

	if (!said)
		wire_die("a temporary file");
	good = succeeded(s, p, said);
	plan->failed += !good;
	printf("%s %d %s.%s\n", good ? "ok" : "not ok", ++plan->done, title(s), p->name);
	rewind(said);
	while (!good && fgets(line, sizeof(line), said))
		fputs(line, stdout);
	fclose(said);
}

static bool wanted(const struct plan *plan, const struct script *s, const struct place *p)
{
	return holds(s->on, p) && (!plan->only || !strcmp(plan->only, p->name));
}

static int run_all(struct plan *plan)
{
	int planned = 0;

	for (int i = 0; i < plan->num; i++)
		for (const struct place *p = plan->places; p->name; p++)
			planned += wanted(plan, plan->script[i], p);
	printf("TAP version 13\n1..%d\n", planned);
	for (int i = 0; i < plan->num; i++)
		for (const struct place *p = plan->places; p->name; p++)
			if (wanted(plan, plan->script[i], p))
				run_one(plan, plan->script[i], p);
	printf("# Totals: pass:%d fail:%d xfail:0 xpass:0 skip:0 error:0\n",
	       plan->done - plan->failed, plan->failed);
	return plan->failed || !planned;
}

static int print_differences(const struct plan *plan)
{
	for (int i = 0; i < plan->num; i++)
		for (int d = 0; d < plan->script[i]->num_differs; d++)
			printf("%-32s %s\n", title(plan->script[i]), plan->script[i]->differs[d]);
	return 0;
}

/* ---- files ---- */

static struct script *read_script(const char *name)
{
	static char text[TEXT_MAX], error[SCRIPT_ERROR];
	struct script *s = malloc(sizeof(*s));
	FILE *f = fopen(name, "r");
	size_t n;

	if (!f || !s) {
		perror(name);
		exit(2);
	}
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	if (!feof(f) || strlen(text) != n) {
		fprintf(stderr, "%s: no script: longer than %d bytes, or not text\n", name, TEXT_MAX);
		exit(2);
	}
	fclose(f);
	if (!script_parse(s, name, text, error)) {
		fprintf(stderr, "%s\n", error);
		exit(2);
	}
	return s;
}

static void read_scripts(struct plan *plan, char **names, int num)
{
	glob_t g = {};

	if (!num) {
		if (glob(ALL_SCRIPTS, 0, NULL, &g)) {
			fprintf(stderr, "no %s here\n", ALL_SCRIPTS);
			exit(2);
		}
		names = g.gl_pathv;
		num = g.gl_pathc;
	}
	plan->num = num;
	plan->script = calloc(num, sizeof(*plan->script));
	if (!plan->script)
		wire_die("memory");
	for (int i = 0; i < num; i++)
		plan->script[i] = read_script(names[i]);
}

static void refuse(void)
{
	fprintf(stderr, "usage: script [-k] [-d | -n] [-v VARIANT] [FILE...]\n");
	exit(2);
}

static void check_variant(const struct plan *plan)
{
	for (const struct place *p = plan->places; p->name; p++)
		if (!plan->only || !strcmp(plan->only, p->name))
			return;
	fprintf(stderr, "script: no variant %s\n", plan->only);
	exit(2);
}

int main(int argc, char **argv)
{
	struct plan plan = { .places = naru_places };
	char what = 'r';
	int c;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((c = getopt(argc, argv, "kdnv:")) != -1) {
		if (c == 'k')
			plan.places = kernel_places;
		else if (c == 'v')
			plan.only = optarg;
		else if (c == 'd' || c == 'n')
			what = c;
		else
			refuse();
	}
	check_variant(&plan);
	read_scripts(&plan, argv + optind, argc - optind);
	if (what == 'd')
		return print_differences(&plan);
	return what == 'n' ? 0 : run_all(&plan);
}
