/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of NARU_CMD_SOCK_GET share.
 */
#ifndef NARU_CTL_GENL_SOCK_H
#define NARU_CTL_GENL_SOCK_H

#include "genl_query.h"

/**
 * struct naru_group - sockets that have the same in a field
 * @key: what they have
 * @next: number of another with the same hash and one more, 0: none
 * @count: how many they are
 * @sum: of NARU_GROUP_RECVQ and those behind it
 */
struct naru_group {
	struct naru_query_key key;
	u32 next;
	u64 count;
	u64 sum[NARU_GROUP_MAX - NARU_GROUP_RECVQ + 1];
};

/**
 * struct naru_groups - groups so far
 * @q: query, begun
 * @needs: bit mask, 1 << field: what is looked at of each socket
 * @secret: of the hash
 * @head: by hash of the key, number of a group and one more
 * @group: groups
 * @num: how many
 * @room: how many there may be, a power of two; as many heads there are
 * @field: by which they are told apart, enum naru_genl_field
 * @missed: there was one that had no room
 */
struct naru_groups {
	const struct naru_query *q;
	u64 needs;
	siphash_key_t secret;
	u32 *head;
	struct naru_group *group;
	u32 num, room;
	u8 field;
	bool missed;
};

/**
 * struct naru_sock_dump - a dump under way
 * @net: namespace, a reference
 * @walk: of what is wanted
 * @query: what is asked for
 * @show: NARU_SHOW_*
 * @top: how many, ~0: all
 * @sort: field, NARU_FIELD_UNSPEC: as they come
 * @rank: of a sorted dump, what comes, in order: numbers of sockets, or of groups
 * @groups: what is told instead of sockets, where @groups.field is not NARU_FIELD_UNSPEC
 * @next: of @rank
 * @seq: generation in which it was made
 */
struct naru_sock_dump {
	struct net *net;
	struct naru_walk walk;
	struct naru_query query;
	u32 show, top;
	u8 sort;
	struct naru_rank rank;
	struct naru_groups groups;
	u32 next, seq;
};

/* genl_sock.c */
int naru_genl_sock_put(struct sk_buff *skb, struct netlink_callback *cb, const struct naru_row *row, u32 show,
		       struct naru_query *q);

/* genl_rank.c */
int naru_rank_socks(struct naru_sock_dump *dump);
int naru_rank_groups(struct naru_sock_dump *dump);

/* genl_group.c */
bool naru_group_can_sort(unsigned int field, unsigned int by);
int naru_group_all(struct naru_sock_dump *dump);
void naru_group_key(const struct naru_groups *g, u32 i, unsigned int sort, struct naru_query_key *key);
void naru_group_free(struct naru_groups *g);
int naru_group_put(struct sk_buff *skb, struct netlink_callback *cb, const struct naru_groups *g, u32 i);

#endif
