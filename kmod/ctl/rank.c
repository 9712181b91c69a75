// SPDX-License-Identifier: GPL-2.0
/*
 * The first ones of many, in order: a heap. Pure.
 */
#include "rank.h"

static int compare(const struct naru_query_key *a, const struct naru_query_key *b)
{
	if (a->hi != b->hi)
		return a->hi < b->hi ? -1 : 1;
	if (a->lo != b->lo)
		return a->lo < b->lo ? -1 : 1;
	return 0;
}

static bool before(const struct naru_rank *r, const struct naru_rank_entry *a, const struct naru_rank_entry *b)
{
	int order;

	if (a->key.has != b->key.has)
		return a->key.has;
	order = compare(&a->key, &b->key);
	if (order)
		return r->ascending ? order < 0 : order > 0;
	return a->id < b->id;
}

static void swap_entries(struct naru_rank *r, u32 i, u32 j)
{
	struct naru_rank_entry e = r->entry[i];

	r->entry[i] = r->entry[j];
	r->entry[j] = e;
}

static void sift_up(struct naru_rank *r, u32 i)
{
	while (i && before(r, &r->entry[(i - 1) / 2], &r->entry[i])) {
		swap_entries(r, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

/* Of the first @num */
static void sift_down(struct naru_rank *r, u32 num)
{
	u32 i = 0, child;

	for (;;) {
		child = 2 * i + 1;
		if (child >= num)
			return;
		if (child + 1 < num && before(r, &r->entry[child], &r->entry[child + 1]))
			child++;
		if (!before(r, &r->entry[i], &r->entry[child]))
			return;
		swap_entries(r, i, child);
		i = child;
	}
}

/**
 * naru_rank_offer - one more
 * @r: the first ones so far
 * @e: it is taken where there is room, or where it comes before one of them
 */
void naru_rank_offer(struct naru_rank *r, const struct naru_rank_entry *e)
{
	if (r->num < r->room) {
		r->entry[r->num] = *e;
		sift_up(r, r->num++);
		return;
	}
	r->missed = true;
	if (!r->num || !before(r, e, &r->entry[0]))
		return;
	r->entry[0] = *e;
	sift_down(r, r->num);
}

/**
 * naru_rank_sort - put them in order
 * @r: all have been offered
 */
void naru_rank_sort(struct naru_rank *r)
{
	u32 num;

	for (num = r->num; num > 1; num--) {
		swap_entries(r, 0, num - 1);
		sift_down(r, num - 1);
	}
}
