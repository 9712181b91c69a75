// SPDX-License-Identifier: GPL-2.0
/*
 * Rows take turns: each is a coroutine, and gives way when it waits, or when another's time has come.
 */
#include "check.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define STACK		(256 << 10)
#define ATTEMPTS	5
#define NSEC		1000000000ull

static ucontext_t home;
static struct run **turn;	/* rows of the round */
static size_t num_turns;
static bool broken;		/* nothing can be judged any more */

/**
 * clock_now() - the time
 * @clock: CLOCK_MONOTONIC or CLOCK_REALTIME
 *
 * Return: nanoseconds.
 */
uint64_t clock_now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NSEC + t.tv_nsec;
}

static void entry(unsigned int high, unsigned int low)
{
	struct run *r = (struct run *)((uintptr_t)high << 32 | low);

	r->row->run(r);
	sched_end(r);
}

static bool prepare(struct run *r, const struct row *row, struct net *net)
{
	uintptr_t self = (uintptr_t)r;

	memset(r, 0, sizeof(*r));
	r->row = row;
	r->net = net;
	r->met = MET;
	r->stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (r->stack == MAP_FAILED)
		return false;
	getcontext(&r->ctx);
	r->ctx.uc_stack.ss_sp = r->stack;
	r->ctx.uc_stack.ss_size = STACK;
	makecontext(&r->ctx, (void (*)(void))entry, 2, (unsigned int)(self >> 32),
		    (unsigned int)self);
	return true;
}

static void go_on(struct run *r)
{
	swapcontext(&home, &r->ctx);
	if (r->state != RUN_DONE)
		return;
	wire_free(r);
	munmap(r->stack, STACK);
}

/**
 * sched_end() - a row is through
 * @r: row
 */
void sched_end(struct run *r)
{
	r->state = RUN_DONE;
	setcontext(&home);
	abort();
}

/**
 * sched_start() - a row has all its slots, and wants to begin
 * @r: row; it goes on when the rules are in force
 */
void sched_start(struct run *r)
{
	if (r->state != RUN_NEW)
		return;
	r->state = RUN_READY;
	swapcontext(&r->ctx, &home);
	r->state = RUN_GOING;
}

/**
 * sched_sleep() - wait
 * @r: row
 * @until: CLOCK_MONOTONIC, nanoseconds
 */
void sched_sleep(struct run *r, uint64_t until)
{
	sched_start(r);
	r->wake = until;
	r->state = RUN_WAITING;
	swapcontext(&r->ctx, &home);
	r->state = RUN_GOING;
}

/* The row that waits and whose time comes first */
static struct run *first_due(void)
{
	struct run *first = NULL;
	size_t i;

	for (i = 0; i < num_turns; i++)
		if (turn[i]->state == RUN_WAITING && (!first || turn[i]->wake < first->wake))
			first = turn[i];
	return first;
}

/* One that could go on; those that have begun come first */
static struct run *first_able(void)
{
	struct run *ready = NULL;
	size_t i;

	for (i = 0; i < num_turns; i++) {
		if (turn[i]->state == RUN_GOING)
			return turn[i];
		if (turn[i]->state == RUN_READY && !ready)
			ready = turn[i];
	}
	return ready;
}

/**
 * sched_breathe() - all packets sent have come out; let a row whose time has come go first
 * @r: row
 */
void sched_breathe(struct run *r)
{
	struct run *due;

	sched_start(r);
	if (wire_settle(r->net)) {
		broken = true;
		r->met = CANNOT;
		sched_end(r);
	}
	due = first_due();
	if (due && due->wake <= clock_now(CLOCK_MONOTONIC))
		swapcontext(&r->ctx, &home);
}

static void sleep_until(uint64_t when)
{
	struct timespec t = { when / NSEC, when % NSEC };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void take_turns(void)
{
	struct run *due, *able;

	while (!broken) {
		due = first_due();
		able = first_able();
		if (!due && !able)
			return;
		if (due && (!able || due->wake <= clock_now(CLOCK_MONOTONIC))) {
			sleep_until(due->wake);
			able = due;
		}
		go_on(able);
	}
}

/* Rows say which rules they want, then the rules are made, then the rows go on */
static int round_of(struct net *nets, size_t num_nets)
{
	size_t i;

	for (i = 0; i < num_turns; i++)
		go_on(turn[i]);
	for (i = 0; i < num_nets; i++)
		if (nets[i].text && nets[i].slots && net_rules(&nets[i]))
			return -1;
	take_turns();
	return broken ? -1 : 0;
}

/* Nets whose time runs at different speed: which one a row is in, and how fast that is */
enum { NET_PLAIN, NET_SHORT, NET_TIMED, NET_LONG, NETS };

static unsigned int net_of(const struct row *row)
{
	if (row->flags & ROW_SHORT)
		return NET_SHORT;
	if (row->flags & ROW_TIMED)
		return NET_TIMED;
	return row->flags & ROW_LONG ? NET_LONG : NET_PLAIN;
}

static unsigned int divisor(unsigned int net)
{
	static const unsigned int faster[NETS] = { 1, 10, 60, 240 };

	if (!check.quick)
		return 1;
	return check.nft && net == NET_TIMED ? 30 : faster[net];
}

/* Rows that run together */
static int together(struct run **runs, size_t num)
{
	static struct net nets[NETS];
	unsigned int n;
	int err = 0;
	size_t i;

	memset(nets, 0, sizeof(nets));
	turn = runs;
	num_turns = num;
	for (i = 0; i < num && !err; i++) {
		n = net_of(runs[i]->row);
		if (!nets[n].text)
			err = net_open(&nets[n], divisor(n));
		if (!err && !prepare(runs[i], runs[i]->row, &nets[n]))
			err = cmd_fail("no memory");
	}
	if (!err)
		err = round_of(nets, ARRAY_SIZE(nets));
	for (i = 0; i < ARRAY_SIZE(nets); i++)
		if (nets[i].text)
			net_close(&nets[i]);
	return err;
}

static size_t pick(struct run *runs, size_t num, struct run **picked, unsigned int attempt)
{
	size_t i, n = 0;

	for (i = 0; i < num; i++)
		if (runs[i].row->run && !(runs[i].row->flags & (ROW_ALONE | ROW_SUM)) &&
		    (!attempt || runs[i].met == TOO_LATE))
			picked[n++] = &runs[i];
	return n;
}

static int alone(struct run *r)
{
	unsigned int attempt;
	int err = 0;

	for (attempt = 0; !err && attempt < ATTEMPTS; attempt++) {
		err = together(&r, 1);
		if (r->met != TOO_LATE)
			break;
	}
	return err;
}

/* What is sent comes out at once where sender and router share a processor */
static void stay_on_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/**
 * sched_rows() - run rows
 * @rows: which
 * @runs: filled
 * @num: how many
 *
 * Return: 0, or -1; it has been said why.
 */
int sched_rows(const struct row *const *rows, struct run *runs, size_t num)
{
	struct run **picked = calloc(num, sizeof(*picked));
	unsigned int attempt;
	size_t i, n;
	int err = 0;

	if (!picked)
		return cmd_fail("no memory"), -1;
	stay_on_one_cpu();
	for (i = 0; i < num; i++)
		runs[i].row = rows[i];
	for (attempt = 0; !err && attempt < ATTEMPTS; attempt++) {
		n = pick(runs, num, picked, attempt);
		if (!n)
			break;
		err = together(picked, n);
	}
	for (i = 0; !err && i < num; i++)
		if (runs[i].row->run && runs[i].row->flags & ROW_ALONE)
			err = alone(&runs[i]);
	free(picked);
	return err;
}
