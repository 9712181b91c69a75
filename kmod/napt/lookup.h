/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lookup in the table of mappings by inside endpoint, inlined where every packet comes by: what is
 * constant of the table is folded into it then, which is half as many instructions. napt.h, N2.
 */
#ifndef NARU_NAPT_LOOKUP_H
#define NARU_NAPT_LOOKUP_H

#include "napt.h"

/* Hashes are products. Strangers cannot know the secrets in them; table.c */
extern u32 naru_table_secret[4];

static __always_inline u64 naru_table_product(u32 a, u32 b, const u32 *secret)
{
	return (u64)(a + secret[0]) * (b + secret[1]);
}

static inline u32 naru_table_hash_inside(const void *data, u32 len, u32 seed)
{
	const struct naru_inside_key *k = data;
	u64 h = naru_table_product((__force u32)k->addr ^ seed,
				   k->proto << 16 | (__force u16)k->port, naru_table_secret);

	h += naru_table_product((__force u32)k->raddr, k->realm << 16 | (__force u16)k->rport,
				naru_table_secret + 2);
	return h ^ h >> 32;
}

static inline int naru_table_compare_inside(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct naru_inside_key *a = arg->key, *b = &((const struct naru_mapping *)obj)->in;

	return a->addr != b->addr || a->port != b->port || a->kind != b->kind ||
	       a->realm != b->realm || a->raddr != b->raddr || a->rport != b->rport;
}

/* It does not shrink: a smaller one of half a million buckets would be made at one go, for milliseconds */
static const struct rhashtable_params naru_table_inside = {
	.key_len = sizeof(struct naru_inside_key),
	.key_offset = offsetof(struct naru_mapping, in),
	.head_offset = offsetof(struct naru_mapping, inside),
	.hashfn = naru_table_hash_inside,
	.obj_cmpfn = naru_table_compare_inside,
	.min_size = 1024,
};

/* Under rcu_read_lock; NULL: none. Of callers that are __flatten */
static __always_inline struct naru_mapping *naru_lookup_inside(const struct naru_napt *napt,
							       const struct naru_inside_key *key)
{
	return rhashtable_lookup((struct rhashtable *)&napt->inside, key, naru_table_inside);
}

#endif
