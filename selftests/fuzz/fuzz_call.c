// SPDX-License-Identifier: GPL-2.0
/*
 * One call: counted, watched, printed, its allocations made to fail.
 */
#define _GNU_SOURCE
#include <time.h>
#include "fuzz.h"

/* Milliseconds of a clock that only goes on */
long fz_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Something is wrong with what is tested: the run has failed */
void fz_broken(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# failed: ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	fflush(stdout);
	atomic_store(&fz_shared->broken, true);
}

static void print_call(const struct fz *f, const char *name, const long *arg)
{
	printf("%u %s(%#lx, %#lx, %#lx, %#lx, %#lx, %#lx)\n", f->index, name, arg[0], arg[1], arg[2], arg[3],
	       arg[4], arg[5]);
	fflush(stdout);
}

/* The @nth allocation from here on fails, 0: none */
static void fail_allocation(const struct fz *f, unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(f->fail_fd, text, len, 0) != len)
		fz_broken("fail-nth: %s", strerror(errno));
}

/* Whether the one that was to fail has */
static bool has_failed(const struct fz *f)
{
	char text[16] = "";

	return pread(f->fail_fd, text, sizeof(text) - 1, 0) > 0 && text[0] == '0';
}

static void count(long nr, bool succeeded)
{
	atomic_fetch_add(&fz_shared->calls, 1);
	if (succeeded)
		atomic_fetch_add(&fz_shared->succeeded, 1);
	if (nr < (long)ARRAY_SIZE(fz_shared->of))
		atomic_fetch_add(&fz_shared->of[nr][!succeeded], 1);
}

/* Makes the call; its result as of syscall(2), with errno */
long fz_call(struct fz *f, long nr, const char *name, const long *arg)
{
	unsigned int nth = fz_one_in(f, 3) ? 1 + fz_pick(f, fz_one_in(f, 2) ? 4 : 30) : 0;
	long ret;
	int err;

	if (fz_opt.list || fz_opt.verbose)
		print_call(f, name, arg);
	if (fz_opt.list)
		return -1;
	if (f->fail_fd < 0)
		nth = 0;
	if (nth)
		fail_allocation(f, nth);
	atomic_store(&f->name, (uintptr_t)name);
	atomic_store(&f->since, fz_now());
	ret = syscall(nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	err = errno;
	atomic_store(&f->since, 0);
	if (nth) {
		atomic_fetch_add(&fz_shared->failed_allocs, has_failed(f));
		fail_allocation(f, 0);
	}
	count(nr, ret >= 0);
	if (fz_opt.verbose)
		printf("%u  %s = %ld %s\n", f->index, name, ret, ret < 0 ? strerrorname_np(err) : "");
	errno = err;
	return ret;
}
