// SPDX-License-Identifier: GPL-2.0
/*
 * A fixed ring of events.
 */
#include "record.h"

/**
 * naru_ring_add - an event has happened
 * @r: ring
 * @event: copied over the oldest where the ring is full
 */
void naru_ring_add(struct naru_ring *r, const struct naru_record *event)
{
	r->event[r->next % NARU_RING_EVENTS] = *event;
	r->next++;
}

/**
 * naru_ring_first - the oldest event that is there
 * @r: ring
 *
 * Return: its number, counted from 0: as many were lost. naru_ring.next where there is none.
 */
u32 naru_ring_first(const struct naru_ring *r)
{
	return r->next > NARU_RING_EVENTS ? r->next - NARU_RING_EVENTS : 0;
}

/**
 * naru_ring_at - an event by its number
 * @r: ring
 * @n: number, counted from 0
 *
 * Return: the event, NULL where it is not there, any more or yet.
 */
const struct naru_record *naru_ring_at(const struct naru_ring *r, u32 n)
{
	if (n < naru_ring_first(r) || n >= r->next)
		return NULL;
	return &r->event[n % NARU_RING_EVENTS];
}

/**
 * naru_ring_moved - whether a figure has changed enough to be an event of its own
 * @was: when it was last recorded
 * @now: now
 *
 * By a quarter, so that growth from a segment to a gigabyte is fewer events than a ring has.
 *
 * Return: true if it has.
 */
bool naru_ring_moved(u32 was, u32 now)
{
	return now < was - was / 4 || now > (u64)was + was / 4;
}

/**
 * naru_record_drops_add - a segment was not taken
 * @d: rows of those
 * @drop: it; @drop->times is 1
 */
void naru_record_drops_add(struct naru_record_drops *d, const struct naru_record_drop *drop)
{
	const struct naru_record_drop *last = &d->drop[(d->next - 1) % NARU_RECORD_DROPS];
	u32 before = 0;

	if (d->next && last->reason == drop->reason) {
		before = last->times;
		d->next--;
	}
	d->drop[d->next % NARU_RECORD_DROPS] = *drop;
	d->drop[d->next % NARU_RECORD_DROPS].times += before;
	d->next++;
}

/**
 * naru_record_drops_at - a row by its place
 * @d: rows
 * @n: place among those that are there, the oldest is 0
 *
 * Return: the row, NULL behind the newest.
 */
const struct naru_record_drop *naru_record_drops_at(const struct naru_record_drops *d, u32 n)
{
	u32 there = min_t(u32, d->next, NARU_RECORD_DROPS);

	return n < there ? &d->drop[(d->next - there + n) % NARU_RECORD_DROPS] : NULL;
}
