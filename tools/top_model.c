// SPDX-License-Identifier: GPL-2.0
/*
 * What naru top shows: rates, and the order.
 */
#include "top.h"

#include <stdlib.h>
#include <string.h>

static int by_id(const void *a, const void *b)
{
	const struct top_sock *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* What counters that run on say of a second. One that has begun anew says nothing */
static uint64_t rate(uint64_t before, uint64_t now, uint64_t us)
{
	return now > before && us ? (now - before) * 1000000 / us : 0;
}

/**
 * top_rates() - what has happened between two looks
 * @before: sockets then, put in order of their numbers
 * @now: sockets now, whose rates are filled; those of new ones are 0
 * @us: microseconds between
 */
void top_rates(const struct top_socks *before, struct top_socks *now, uint64_t us)
{
	const struct top_sock *old;
	size_t i;

	if (before->num)
		qsort(before->sock, before->num, sizeof(*before->sock), by_id);
	for (i = 0; i < now->num; i++) {
		struct top_sock *s = &now->sock[i];

		old = before->num ? bsearch(s, before->sock, before->num, sizeof(*s), by_id) : NULL;
		s->tx = old ? rate(old->sent, s->sent, us) : 0;
		s->rx = old ? rate(old->received, s->received, us) : 0;
		s->again = old ? rate(old->retrans, s->retrans, us) : 0;
	}
}

static int larger_first(uint64_t x, uint64_t y)
{
	return x > y ? -1 : x < y;
}

static int compare(const struct top_sock *x, const struct top_sock *y, enum top_order order)
{
	switch (order) {
	case TOP_BY_TX:
		return larger_first(x->tx, y->tx);
	case TOP_BY_RX:
		return larger_first(x->rx, y->rx);
	case TOP_BY_RTT:
		return larger_first(x->rtt_us, y->rtt_us);
	case TOP_BY_RETRANS:
		return larger_first(x->retrans, y->retrans);
	case TOP_BY_OWNER:
		return strcmp(x->owner, y->owner);
	default:
		return strcmp(x->remote, y->remote);
	}
}

/* qsort() has no argument of the caller's */
struct place {
	struct top_sock sock;
	enum top_order order;
	bool turned;
};

/* What is equal keeps still: its numbers decide, whichever way round */
static int in_order(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int first = compare(&x->sock, &y->sock, x->order);

	if (first)
		return x->turned ? -first : first;
	return by_id(&x->sock, &y->sock);
}

/**
 * top_sort() - put sockets in order
 * @socks: sockets; they stay as they are where there is no memory
 * @order: by what
 * @turned: the other way round
 */
void top_sort(struct top_socks *socks, enum top_order order, bool turned)
{
	struct place *place = socks->num ? calloc(socks->num, sizeof(*place)) : NULL;
	size_t i;

	if (!place)
		return;
	for (i = 0; i < socks->num; i++)
		place[i] = (struct place){ socks->sock[i], order, turned };
	qsort(place, socks->num, sizeof(*place), in_order);
	for (i = 0; i < socks->num; i++)
		socks->sock[i] = place[i].sock;
	free(place);
}

static int maps_in_order(const void *a, const void *b)
{
	const struct top_map *x = a, *y = b;

	if (x->sessions != y->sessions)
		return x->sessions > y->sessions ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/**
 * top_sort_maps() - put mappings in order: those with the most sessions first
 * @maps: mappings
 */
void top_sort_maps(struct top_maps *maps)
{
	if (maps->num)
		qsort(maps->map, maps->num, sizeof(*maps->map), maps_in_order);
}

/**
 * top_order_name() - by what sockets are ordered
 * @order: that
 *
 * Return: its column's name.
 */
const char *top_order_name(enum top_order order)
{
	static const char *const names[TOP_ORDERS] = { "Tx/s", "Rx/s", "Rtt", "Retrans", "Owner", "Remote" };

	return names[order];
}
