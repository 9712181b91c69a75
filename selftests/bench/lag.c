// SPDX-License-Identifier: GPL-2.0
/*
 * How long the kernel keeps a real-time thread from running: one that wants to wake up every 100 us for
 * so many seconds. Prints by how many ns it was late at worst.
 *
 *	lag SECONDS
 */
#include <sched.h>
#include <sys/mman.h>
#include <time.h>
#include "../net/tool.h"

#define PERIOD	100000	/* ns */
#define SECOND	1000000000l

static void forward(struct timespec *t, long ns)
{
	t->tv_nsec += ns;
	if (t->tv_nsec >= SECOND) {
		t->tv_nsec -= SECOND;
		t->tv_sec++;
	}
}

static long late(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - t->tv_sec) * SECOND + now.tv_nsec - t->tv_nsec;
}

/* Wake-ups that were missed are not made up for */
static long watch(long count)
{
	struct timespec t;
	long worst = 0, ns;

	clock_gettime(CLOCK_MONOTONIC, &t);
	while (count-- > 0) {
		forward(&t, PERIOD);
		if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL))
			die("clock_nanosleep");
		ns = late(&t);
		if (ns > worst)
			worst = ns;
		for (; ns > PERIOD && count; ns -= PERIOD, count--)
			forward(&t, PERIOD);
	}
	return worst;
}

int main(int argc, char **argv)
{
	const struct sched_param param = { .sched_priority = 50 };

	if (argc != 2 || atol(argv[1]) < 1) {
		fputs("usage: lag SECONDS\n", stderr);
		return 2;
	}
	if (mlockall(MCL_CURRENT | MCL_FUTURE) || sched_setscheduler(0, SCHED_FIFO, &param))
		die("real time");
	printf("%ld\n", watch(atol(argv[1]) * (SECOND / PERIOD)));
	return 0;
}
