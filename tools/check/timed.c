// SPDX-License-Identifier: GPL-2.0
/*
 * Time of rows: seconds are those of the NAT's timers, which --quick makes run faster.
 */
#include "rows.h"

#include <time.h>

#define NSEC	1e9

static uint64_t at(const struct run *r, double seconds)
{
	return r->epoch + (uint64_t)(seconds / r->net->divisor * NSEC);
}

/* Time begins now. What follows is still alive at a limit if it came after, and gone if it came before */
uint64_t mark(struct run *r)
{
	sched_start(r);
	r->epoch = clock_now(CLOCK_MONOTONIC);
	return r->epoch;
}

/* Time began then */
void mark_at(struct run *r, uint64_t when)
{
	r->epoch = when;
}

/* Seconds since mark() */
double elapsed(const struct run *r)
{
	return (clock_now(CLOCK_MONOTONIC) - r->epoch) / NSEC * r->net->divisor;
}

void wait_until(struct run *r, double seconds)
{
	sched_sleep(r, at(r, seconds));
}

/* So shortly before a limit that the machine can be relied on to keep to it, most of the time */
void wait_before(struct run *r, double limit)
{
	wait_until(r, limit - (check.quick ? limit * 0.08 : 1));
}

/* Timers are looked at each second or so, and those are real */
void wait_after(struct run *r, double limit)
{
	double slack = !check.quick ? 3 : r->net->divisor > 60 ? 3.5 : 1.5;

	wait_until(r, limit + slack * r->net->divisor);
}

/* What was just done had to be done by then. If it was later it says nothing, and the row is run again */
void in_time(struct run *r, double limit)
{
	if (elapsed(r) <= limit)
		return;
	r->met = TOO_LATE;
	seen(r, "the machine was too busy to tell");
	sched_end(r);
}
