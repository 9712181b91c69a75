// SPDX-License-Identifier: GPL-2.0
/*
 * The variants of a fixture side by side: most of the tests' time is spent waiting for timers, and
 * each variant has a namespace of its own. What they print is put together to one KTAP.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "wire.h"

#define LINE_MAX_BYTES 4096

static const char *const variants[] = { "native_v4", "native_v6", "inet_v4", "inet_v6" };

struct run {
	pid_t pid;
	FILE *output;
	int planned;
	int status;
};

struct totals {
	int passed, failed;
};

static void start(struct run *r, const char *variant)
{
	r->output = tmpfile();
	if (!r->output)
		wire_die("a temporary file");
	fflush(NULL);
	r->pid = fork();
	if (r->pid < 0)
		wire_die("fork");
	if (r->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(fileno(r->output), STDOUT_FILENO);
	dup2(fileno(r->output), STDERR_FILENO);
	execl("/proc/self/exe", "variant", "-v", variant, NULL);
	wire_die("exec");
}

static void finish(struct run *r)
{
	char line[LINE_MAX_BYTES];

	if (waitpid(r->pid, &r->status, 0) != r->pid)
		wire_die("waitpid");
	rewind(r->output);
	while (fgets(line, sizeof(line), r->output))
		if (sscanf(line, "1..%d", &r->planned) == 1)
			break;
	rewind(r->output);
}

/* The result's number is taken anew; other lines go through, but for the head and the summary */
static void print_line(const char *line, struct totals *t)
{
	int number, at = 0;

	if (sscanf(line, "ok %d %n", &number, &at) == 1 && at)
		printf("ok %d %s", ++t->passed + t->failed, line + at);
	else if (sscanf(line, "not ok %d %n", &number, &at) == 1 && at)
		printf("not ok %d %s", ++t->failed + t->passed, line + at);
	else if (line[0] == '#' && strncmp(line, "# Totals:", 9))
		fputs(line, stdout);
}

static void print(struct run *r, const char *variant, struct totals *t)
{
	int before = t->passed + t->failed;
	char line[LINE_MAX_BYTES];

	while (fgets(line, sizeof(line), r->output))
		print_line(line, t);
	fclose(r->output);
	for (int n = t->passed + t->failed; n < before + r->planned; n++)
		printf("not ok %d %s: not run\n", ++t->failed + t->passed, variant);
	if (!r->planned)
		printf("not ok %d %s: nothing was run, status %#x\n", ++t->failed + t->passed,
		       variant, r->status);
}

/**
 * wire_run_variants - all tests of this program, in all variants
 *
 * Return: the exit code.
 */
int wire_run_variants(void)
{
	struct run runs[ARRAY_SIZE(variants)] = {};
	struct totals t = {};
	int planned = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(variants); i++)
		start(&runs[i], variants[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(variants); i++) {
		finish(&runs[i]);
		planned += runs[i].planned ? runs[i].planned : 1;
	}
	printf("TAP version 13\n1..%d\n", planned);
	for (unsigned int i = 0; i < ARRAY_SIZE(variants); i++)
		print(&runs[i], variants[i], &t);
	printf("# Totals: pass:%d fail:%d xfail:0 xpass:0 skip:0 error:0\n", t.passed, t.failed);
	return t.failed ? 1 : 0;
}
