// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets that have something in common, counted.
 */
#include <linux/cgroup.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include "genl_sock.h"

#define ROOM_FIRST	256
#define ROOM_MAX	(1U << 20)

/* What is summed up, from NARU_GROUP_RECVQ on */
static const u8 summed[] = {
	NARU_FIELD_RECVQ, NARU_FIELD_SENDQ, NARU_FIELD_BYTES_SENT, NARU_FIELD_BYTES_ACKED, NARU_FIELD_BYTES_RECEIVED,
	NARU_FIELD_RETRANS,
};

/* Peers choose addresses */
static u32 *head_of(const struct naru_groups *g, const struct naru_query_key *key)
{
	return &g->head[siphash_3u64(key->hi, key->lo, key->has, &g->secret) & (g->room - 1)];
}

static bool same(const struct naru_query_key *a, const struct naru_query_key *b)
{
	return a->has == b->has && a->lo == b->lo && a->hi == b->hi;
}

/* NULL: there is no room for one more */
static struct naru_group *group_of(struct naru_groups *g, const struct naru_query_key *key)
{
	u32 *head = head_of(g, key), i;
	struct naru_group *group;

	for (i = *head; i; i = g->group[i - 1].next)
		if (same(&g->group[i - 1].key, key))
			return &g->group[i - 1];
	if (g->num == g->room)
		return NULL;
	group = &g->group[g->num++];
	memset(group, 0, sizeof(*group));
	group->key = *key;
	group->next = *head;
	*head = g->num;
	return group;
}

static void count_row(void *arg, const struct naru_row *row)
{
	struct naru_groups *g = arg;
	struct naru_query_view v;
	struct naru_query_key key;
	struct naru_group *group;
	unsigned int i;

	naru_field_fill(g->q, row, g->needs, &v);
	naru_query_key_of(&v.s, g->field, &key);
	group = group_of(g, &key);
	if (!group) {
		g->missed = true;
		return;
	}
	group->count++;
	for (i = 0; i < ARRAY_SIZE(summed); i++)
		if (v.s.present & BIT_ULL(summed[i]))
			group->sum[i] += v.s.number[summed[i]];
}

/**
 * naru_group_can_sort() - may groups be sorted so?
 * @field: by which they are told apart, enum naru_genl_field
 * @by: by which they are sorted
 */
bool naru_group_can_sort(unsigned int field, unsigned int by)
{
	return by == field || by == NARU_FIELD_COUNT || memchr(summed, by, sizeof(summed));
}

static int make_room(struct naru_groups *g, u32 room)
{
	naru_group_free(g);
	g->num = 0;
	g->missed = false;
	g->room = room;
	g->head = kvcalloc(room, sizeof(*g->head), GFP_KERNEL_ACCOUNT);
	g->group = kvmalloc_array(room, sizeof(*g->group), GFP_KERNEL_ACCOUNT);
	return g->head && g->group ? 0 : -ENOMEM;
}

/**
 * naru_group_all() - count all sockets that are wanted
 * @dump: dump that groups; gets the groups
 *
 * Process context; may sleep. Where there are more than there was room for, it is done again.
 *
 * Return: 0, -ENOMEM, -EINTR, -E2BIG where there are too many.
 */
int naru_group_all(struct naru_sock_dump *dump)
{
	struct naru_groups *g = &dump->groups;
	unsigned int i;
	u32 room;
	int err;

	BUILD_BUG_ON(ARRAY_SIZE(summed) != ARRAY_SIZE(g->group->sum));
	get_random_bytes(&g->secret, sizeof(g->secret));
	g->q = &dump->query;
	g->needs = BIT_ULL(g->field);
	for (i = 0; i < ARRAY_SIZE(summed); i++)
		g->needs |= BIT_ULL(summed[i]);
	for (room = ROOM_FIRST; room <= ROOM_MAX; room *= 8) {
		err = make_room(g, room);
		if (!err)
			err = naru_walk_all(naru_net(dump->net), &dump->walk, count_row, g);
		if (err || !g->missed)
			return err;
	}
	return -E2BIG;
}

/**
 * naru_group_key() - what a group is sorted by
 * @g: groups
 * @i: which
 * @sort: field
 * @key: filled
 */
void naru_group_key(const struct naru_groups *g, u32 i, unsigned int sort, struct naru_query_key *key)
{
	const u8 *at = memchr(summed, sort, sizeof(summed));

	*key = (struct naru_query_key){ .has = true };
	if (sort == g->field)
		*key = g->group[i].key;
	else if (sort == NARU_FIELD_COUNT)
		key->lo = g->group[i].count;
	else if (at)
		key->lo = g->group[i].sum[at - summed];
}

/**
 * naru_group_free() - they are not wanted any more
 * @g: groups; zeros do
 *
 * Process context.
 */
void naru_group_free(struct naru_groups *g)
{
	kvfree(g->head);
	kvfree(g->group);
	g->head = NULL;
	g->group = NULL;
}

/* The number of a control group is told by its name, where it still has one */
static int put_cgroup(struct sk_buff *skb, const struct naru_groups *g, u64 id)
{
#ifdef CONFIG_SOCK_CGROUP_DATA
	struct cgroup *cgroup = cgroup_get_from_id(id);
	char path[NARU_QUERY_PATH];
	int err = 0;

	if (IS_ERR(cgroup))
		return 0;
	if (naru_owners_path(g->q->cgroup_ns, cgroup, path))
		err = nla_put_string(skb, NARU_GROUP_TEXT, path);
	cgroup_put(cgroup);
	return err;
#else
	return 0;
#endif
}

static int put_key(struct sk_buff *skb, const struct naru_groups *g, const struct naru_query_key *key)
{
	u8 bytes[16];

	if (!key->has)
		return 0;
	switch (naru_query_kind_of(g->field)) {
	case NARU_QUERY_ADDR:
		naru_query_key_bytes(key, bytes);
		return nla_put(skb, NARU_GROUP_ADDR, sizeof(bytes), bytes);
	case NARU_QUERY_TEXTUAL:
		naru_query_key_bytes(key, bytes);
		return nla_put_string(skb, NARU_GROUP_TEXT, bytes);
	default:
		if (g->field == NARU_FIELD_CGROUP && put_cgroup(skb, g, key->lo))
			return -EMSGSIZE;
		return nla_put_u64_64bit(skb, NARU_GROUP_NUMBER, key->lo, NARU_GROUP_PAD);
	}
}

static int put_group(struct sk_buff *skb, const struct naru_groups *g, const struct naru_group *group)
{
	struct nlattr *nest = nla_nest_start(skb, NARU_SOCK_GROUP);
	unsigned int i;

	if (!nest || nla_put_u8(skb, NARU_GROUP_FIELD, g->field) || put_key(skb, g, &group->key) ||
	    nla_put_u64_64bit(skb, NARU_GROUP_COUNT, group->count, NARU_GROUP_PAD))
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(summed); i++)
		if (nla_put_u64_64bit(skb, NARU_GROUP_RECVQ + i, group->sum[i], NARU_GROUP_PAD))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * naru_group_put() - one group
 * @skb: message
 * @cb: dump
 * @g: groups
 * @i: which
 *
 * Process context.
 *
 * Return: 0 or -EMSGSIZE, with nothing of it in the message.
 */
int naru_group_put(struct sk_buff *skb, struct netlink_callback *cb, const struct naru_groups *g, u32 i)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&naru_genl_family, NLM_F_MULTI, NARU_CMD_SOCK_GET);

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (put_group(skb, g, &g->group[i])) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}
