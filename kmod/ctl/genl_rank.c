// SPDX-License-Identifier: GPL-2.0
/*
 * Sorted dumps: which come, in which order.
 */
#include <linux/slab.h>
#include "genl_sock.h"

static int rank_alloc(struct naru_rank *r, u32 room)
{
	kvfree(r->entry);
	r->num = 0;
	r->missed = false;
	r->room = room;
	r->entry = kvmalloc_array(room, sizeof(*r->entry), GFP_KERNEL_ACCOUNT);
	return r->entry ? 0 : -ENOMEM;
}

static void rank_row(void *arg, const struct naru_row *row)
{
	struct naru_rank_entry e = { .id = row->id };
	struct naru_sock_dump *dump = arg;
	struct naru_query_view v;

	naru_field_fill(&dump->query, row, BIT_ULL(dump->sort), &v);
	naru_query_key_of(&v.s, dump->sort, &e.key);
	naru_rank_offer(&dump->rank, &e);
}

/**
 * naru_rank_socks() - the first sockets
 * @dump: dump that sorts; gets their numbers
 *
 * Process context; may sleep. Where more came meanwhile than there was room for, it is done again.
 *
 * Return: 0, -ENOMEM, -EINTR.
 */
int naru_rank_socks(struct naru_sock_dump *dump)
{
	struct naru_net *nn = naru_net(dump->net);
	u32 room = naru_walk_estimate(nn);
	int err;

	room += room / 4 + 64;
	do {
		err = rank_alloc(&dump->rank, min(room, dump->top));
		if (!err)
			err = naru_walk_all(nn, &dump->walk, rank_row, dump);
		if (err)
			return err;
		room *= 2;
	} while (dump->rank.missed && dump->rank.room < dump->top);
	naru_rank_sort(&dump->rank);
	return 0;
}

/**
 * naru_rank_groups() - the first groups
 * @dump: dump with its groups; gets their numbers
 *
 * Process context; may sleep.
 *
 * Return: 0, -ENOMEM.
 */
int naru_rank_groups(struct naru_sock_dump *dump)
{
	struct naru_rank_entry e;
	int err = rank_alloc(&dump->rank, clamp(dump->groups.num, 1U, dump->top));

	if (err)
		return err;
	for (e.id = 0; e.id < dump->groups.num; e.id++) {
		naru_group_key(&dump->groups, e.id, dump->sort, &e.key);
		naru_rank_offer(&dump->rank, &e);
	}
	naru_rank_sort(&dump->rank);
	return 0;
}
