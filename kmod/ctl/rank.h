/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first ones of many, in order. Pure.
 */
#ifndef NARU_RANK_H
#define NARU_RANK_H

#include "query.h"

/**
 * struct naru_rank_entry - one of them
 * @key: by which they are sorted
 * @id: what it is; of equal ones the lower comes first
 */
struct naru_rank_entry {
	struct naru_query_key key;
	u32 id;
};

/**
 * struct naru_rank - the first ones so far
 * @entry: a heap with the last of them on top, until naru_rank_sort()
 * @num: how many they are
 * @room: how many there may be
 * @ascending: the least come first; what has no value comes last in either case
 * @missed: there was one that had no room, or took another's
 */
struct naru_rank {
	struct naru_rank_entry *entry;
	u32 num, room;
	bool ascending, missed;
};

void naru_rank_offer(struct naru_rank *r, const struct naru_rank_entry *e);
void naru_rank_sort(struct naru_rank *r);

#endif
