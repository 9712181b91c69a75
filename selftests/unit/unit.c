// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the registered tests: all of them, or those whose name contains the first argument.
 */
#include <setjmp.h>
#include <stdlib.h>
#include "unit.h"

static struct unit_test *first, **last = &first;
static jmp_buf failed;

void unit_register(struct unit_test *test)
{
	*last = test;
	last = &test->next;
}

void unit_fail(const char *file, int line, const char *what, const char *op, const char *than,
	       long long left, long long right)
{
	printf("# %s:%d: expected %s %s %s\n", file, line, what, op, than);
	printf("# %s:%d: left %lld (%#llx), right %lld (%#llx)\n", file, line, left, left, right,
	       right);
	longjmp(failed, 1);
}

static bool run_one(const struct unit_test *test)
{
	if (setjmp(failed))
		return false;
	test->run();
	return true;
}

static bool wanted(const struct unit_test *test, const char *pattern)
{
	return !pattern || strstr(test->name, pattern);
}

static int run_all(const char *pattern)
{
	const struct unit_test *test;
	int n = 0, bad = 0;

	for (test = first; test; test = test->next) {
		if (!wanted(test, pattern))
			continue;
		if (run_one(test)) {
			printf("ok %d %s\n", ++n, test->name);
		} else {
			printf("not ok %d %s\n", ++n, test->name);
			bad++;
		}
	}
	printf("# Totals: pass:%d fail:%d xfail:0 xpass:0 skip:0 error:0\n", n - bad, bad);
	return bad || !n;
}

int main(int argc, char **argv)
{
	const char *pattern = argc > 1 ? argv[1] : NULL;
	const struct unit_test *test;
	int n = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (test = first; test; test = test->next)
		n += wanted(test, pattern);
	printf("TAP version 13\n1..%d\n", n);
	return run_all(pattern) ? EXIT_FAILURE : EXIT_SUCCESS;
}
