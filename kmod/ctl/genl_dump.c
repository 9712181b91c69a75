// SPDX-License-Identifier: GPL-2.0
/*
 * Listing sockets: as they come, sorted, or in groups.
 */
#include <linux/slab.h>
#include "genl_sock.h"

const struct nla_policy naru_query_get_policy[NARU_QUERY_MAX + 1] = {
	[NARU_QUERY_SHOW] = NLA_POLICY_MASK(NLA_U32, NARU_SHOW_ALL),
	[NARU_QUERY_FILTER] = NLA_POLICY_NESTED(naru_filter_policy),
	[NARU_QUERY_ALL] = { .type = NLA_REJECT },
	[NARU_QUERY_NETNS] = { .type = NLA_U32 },
	[NARU_QUERY_PROGRAM] = NLA_POLICY_NESTED(naru_program_policy),
	[NARU_QUERY_SORT] = NLA_POLICY_RANGE(NLA_U8, NARU_FIELD_ID, NARU_FIELD_MAX),
	[NARU_QUERY_ASCENDING] = { .type = NLA_FLAG },
	[NARU_QUERY_TOP] = NLA_POLICY_MIN(NLA_U32, 1),
	[NARU_QUERY_GROUP] = NLA_POLICY_RANGE(NLA_U8, NARU_FIELD_ID, NARU_FIELD_COUNT - 1),
};

static int refuse(struct netlink_ext_ack *extack, const struct nlattr *attr, const char *why)
{
	NL_SET_BAD_ATTR(extack, attr);
	extack->_msg = why;
	return -EINVAL;
}

/* What goes with groups, and what does not */
static int check_group(struct nlattr *const attrs[], const struct naru_sock_dump *dump,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *sort = attrs[NARU_QUERY_SORT];

	if (dump->show)
		return refuse(extack, attrs[NARU_QUERY_SHOW], "groups have no details");
	if (sort && !naru_group_can_sort(dump->groups.field, nla_get_u8(sort)))
		return refuse(extack, sort, "groups are sorted by their field, their number, or a sum");
	return 0;
}

static int check_order(struct nlattr *const attrs[], const struct naru_sock_dump *dump,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *sort = attrs[NARU_QUERY_SORT];

	if (dump->groups.field)
		return check_group(attrs, dump, extack);
	if (sort && nla_get_u8(sort) == NARU_FIELD_COUNT)
		return refuse(extack, sort, "only groups have a number");
	if (!sort && attrs[NARU_QUERY_TOP])
		return refuse(extack, attrs[NARU_QUERY_TOP], "the first ones in which order?");
	if (!sort && attrs[NARU_QUERY_ASCENDING])
		return refuse(extack, attrs[NARU_QUERY_ASCENDING], "the least of what?");
	return 0;
}

static int parse_order(struct nlattr *const attrs[], struct naru_sock_dump *dump, struct netlink_ext_ack *extack)
{
	if (attrs[NARU_QUERY_SHOW])
		dump->show = nla_get_u32(attrs[NARU_QUERY_SHOW]);
	if (attrs[NARU_QUERY_GROUP])
		dump->groups.field = nla_get_u8(attrs[NARU_QUERY_GROUP]);
	dump->top = attrs[NARU_QUERY_TOP] ? nla_get_u32(attrs[NARU_QUERY_TOP]) : U32_MAX;
	dump->sort = dump->groups.field ? NARU_FIELD_COUNT : NARU_FIELD_UNSPEC;
	if (attrs[NARU_QUERY_SORT])
		dump->sort = nla_get_u8(attrs[NARU_QUERY_SORT]);
	dump->rank.ascending = attrs[NARU_QUERY_ASCENDING];
	return check_order(attrs, dump, extack);
}

static int parse(struct netlink_callback *cb, struct naru_sock_dump *dump, struct nlattr *attrs[])
{
	int err = parse_order(attrs, dump, cb->extack);

	if (!err)
		err = naru_filter_parse(attrs[NARU_QUERY_FILTER], &dump->walk.filter, cb->extack);
	if (!err)
		err = naru_program_parse(attrs[NARU_QUERY_PROGRAM], &dump->query, cb->extack);
	if (err)
		return err;
	dump->net = naru_genl_netns_get(cb->skb, attrs[NARU_QUERY_NETNS], cb->extack);
	return PTR_ERR_OR_ZERO(dump->net);
}

/* Does an order or do groups ask for owners? */
static bool wants_owners(const struct naru_sock_dump *dump)
{
	return dump->show & NARU_SHOW_OWNERS || dump->sort == NARU_FIELD_PID || dump->sort == NARU_FIELD_COMM ||
	       dump->groups.field == NARU_FIELD_PID || dump->groups.field == NARU_FIELD_COMM;
}

/* What is looked at before the first row is told */
static int prepare(struct netlink_callback *cb, struct naru_sock_dump *dump)
{
	int err = naru_query_begin(&dump->query, cb->skb, dump->net);

	if (!err && wants_owners(dump))
		err = naru_owners_find(&dump->query, dump->net);
	dump->seq = naru_walk_generation(naru_net(dump->net));
	if (err || !dump->sort)
		return err;
	if (!dump->groups.field)
		return naru_rank_socks(dump);
	err = naru_group_all(dump);
	return err ? err : naru_rank_groups(dump);
}

/*
 * Reads the request; args[0] becomes the dump's struct naru_sock_dump. Not genl_ops.start: 6.1 has no
 * extended ACK for that.
 */
static int dump_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[ARRAY_SIZE(naru_query_get_policy)];
	struct naru_sock_dump *dump;
	int err;

	err = naru_genl_dump_parse(cb, attrs, ARRAY_SIZE(attrs) - 1, naru_query_get_policy);
	if (err)
		return err;
	dump = kzalloc(sizeof(*dump), GFP_KERNEL_ACCOUNT);
	if (!dump) {
		NL_SET_ERR_MSG(cb->extack, "no memory for the dump");
		return -ENOMEM;
	}
	cb->args[0] = (long)dump;
	err = parse(cb, dump, attrs);
	if (err)
		return err;
	dump->walk.query = &dump->query;
	naru_walk_begin(&dump->walk);
	err = prepare(cb, dump);
	if (err == -ENOMEM)
		NL_SET_ERR_MSG(cb->extack, "no memory for what is asked");
	if (err == -E2BIG)
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[NARU_QUERY_GROUP], "too many groups: ask for fewer sockets");
	return err;
}

/* As many rows as fit, as they come */
static int dump_rows(struct sk_buff *skb, struct netlink_callback *cb, struct naru_sock_dump *dump)
{
	struct naru_net *nn = naru_net(dump->net);
	struct naru_walk *w = &dump->walk;
	unsigned int i;
	int err = 0;

	while (!err && naru_walk_next(nn, w)) {
		for (i = 0; i < w->num && !err; i++)
			err = naru_genl_sock_put(skb, cb, &w->row[i], dump->show, &dump->query);
		if (err)
			naru_walk_again(w, i - 1);
		naru_walk_put(w);
	}
	return err;
}

static int put_ranked(struct sk_buff *skb, struct netlink_callback *cb, struct naru_sock_dump *dump, u32 id)
{
	struct naru_walk *w = &dump->walk;
	int err = 0;

	if (dump->groups.field)
		return naru_group_put(skb, cb, &dump->groups, id);
	if (naru_walk_find(naru_net(dump->net), w, id))
		err = naru_genl_sock_put(skb, cb, &w->row[0], dump->show, &dump->query);
	naru_walk_put(w);
	return err;
}

/* The same in order */
static int dump_ranked(struct sk_buff *skb, struct netlink_callback *cb, struct naru_sock_dump *dump)
{
	int err = 0;

	while (!err && dump->next < dump->rank.num) {
		err = put_ranked(skb, cb, dump, dump->rank.entry[dump->next].id);
		dump->next += !err;
		cond_resched();
	}
	return err;
}

/**
 * naru_genl_sock_dump() - NARU_CMD_SOCK_GET
 * @skb: message to fill
 * @cb: dump
 *
 * Process context; may sleep for sockets' locks.
 *
 * Return: bytes in @skb, 0 at the end, -EINVAL, -ERANGE, -ENOMEM, -EINTR, -E2BIG, and what naru_genl_netns_get()
 * gives; -EMSGSIZE when not even one row fits.
 */
int naru_genl_sock_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	int err = cb->args[0] ? 0 : dump_start(cb);
	struct naru_sock_dump *dump = (struct naru_sock_dump *)cb->args[0];

	if (err)
		return err;
	if (!cb->prev_seq)
		cb->prev_seq = dump->seq;
	cb->seq = naru_walk_generation(naru_net(dump->net));
	err = dump->sort ? dump_ranked(skb, cb, dump) : dump_rows(skb, cb, dump);
	return skb->len ? skb->len : err;
}

/**
 * naru_genl_sock_done() - NARU_CMD_SOCK_GET is over, or was given up
 * @cb: dump
 *
 * Process context.
 *
 * Return: 0.
 */
int naru_genl_sock_done(struct netlink_callback *cb)
{
	struct naru_sock_dump *dump = (struct naru_sock_dump *)cb->args[0];

	if (!dump)
		return 0;
	naru_query_end(&dump->query);
	naru_group_free(&dump->groups);
	kvfree(dump->rank.entry);
	if (!IS_ERR_OR_NULL(dump->net))
		put_net(dump->net);
	kfree(dump);
	return 0;
}
