// SPDX-License-Identifier: GPL-2.0
/*
 * Ending connections on an administrator's word.
 */
#include <linux/slab.h>
#include "genl_query.h"

/* Nodes that come while we kill others are found by another round, within reason */
#define KILL_ROUNDS	16

const struct nla_policy naru_query_kill_policy[NARU_QUERY_PROGRAM + 1] = {
	[NARU_QUERY_SHOW] = { .type = NLA_REJECT },
	[NARU_QUERY_FILTER] = NLA_POLICY_NESTED(naru_filter_policy),
	[NARU_QUERY_ALL] = { .type = NLA_FLAG },
	[NARU_QUERY_NETNS] = { .type = NLA_U32 },
	[NARU_QUERY_PROGRAM] = NLA_POLICY_NESTED(naru_program_policy),
};

struct kill {
	struct naru_walk walk;
	struct naru_query query;
};

/* Does it say which are meant? */
static int check_meant(struct nlattr **attrs, const struct naru_filter *f, struct netlink_ext_ack *extack)
{
	if (attrs[NARU_QUERY_ALL] && (attrs[NARU_QUERY_FILTER] || attrs[NARU_QUERY_PROGRAM])) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[NARU_QUERY_ALL],
				    "either all sockets or a filter, not both");
		return -EINVAL;
	}
	if (attrs[NARU_QUERY_ALL] || attrs[NARU_QUERY_PROGRAM] || f->present)
		return 0;
	if (attrs[NARU_QUERY_FILTER])
		NL_SET_ERR_MSG_ATTR(extack, attrs[NARU_QUERY_FILTER],
				    "an empty filter: ask for all sockets if that is meant");
	else
		NL_SET_ERR_MSG(extack, "say which sockets to kill: a filter, or all");
	return -EINVAL;
}

static int parse(struct nlattr **attrs, struct kill *k, struct netlink_ext_ack *extack)
{
	int err = naru_filter_parse(attrs[NARU_QUERY_FILTER], &k->walk.filter, extack);

	if (!err)
		err = check_meant(attrs, &k->walk.filter, extack);
	if (!err)
		err = naru_program_parse(attrs[NARU_QUERY_PROGRAM], &k->query, extack);
	k->walk.query = &k->query;
	return err;
}

/* Whether there was something to end. A SYN-RECEIVED entry goes with its listener. */
static bool kill_row(struct naru_net *nn, const struct naru_row *row)
{
	struct naru_node *node;
	bool killed = false;

	if (row->sk)
		return (row->state != NARU_CLOSED || row->sk->sk_type == SOCK_DGRAM) &&
		       !naru_sock_abort(row->sk, ECONNABORTED);
	if (row->kind != NARU_NODE_TW)
		return false;
	node = naru_demux_find(nn, &row->key);
	if (!node)
		return false;
	if (node->kind == NARU_NODE_TW && node->id == row->id)
		killed = naru_timewait_kill(nn, node);
	naru_demux_put(node);
	return killed;
}

/* @found: rows that the filter named, whether or not there was something to end */
static unsigned int kill_round(struct naru_net *nn, struct naru_walk *w, unsigned int *found)
{
	unsigned int i, killed = 0;

	naru_walk_begin(w);
	while (naru_walk_next(nn, w)) {
		*found += w->num;
		for (i = 0; i < w->num; i++)
			killed += kill_row(nn, &w->row[i]);
		naru_walk_put(w);
	}
	return killed;
}

static int kill_reply(struct genl_info *info, u32 count)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!msg) {
		NL_SET_ERR_MSG(info->extack, "no memory for the reply");
		return -ENOMEM;
	}
	hdr = genlmsg_put_reply(msg, info, &naru_genl_family, 0, NARU_CMD_SOCK_KILL);
	if (!hdr || nla_put_u32(msg, NARU_KILL_COUNT, count)) {
		nlmsg_free(msg);
		NL_SET_ERR_MSG(info->extack, "the reply does not fit");
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/* Until nothing is left of what @w's filter names */
static u32 kill_all(struct naru_net *nn, struct naru_walk *w, unsigned int *found)
{
	unsigned int round, killed, total = 0;

	for (round = 0; round < KILL_ROUNDS; round++) {
		killed = kill_round(nn, w, found);
		total += killed;
		if (!killed)
			break;
	}
	return total;
}

static int kill_in(struct sk_buff *skb, struct net *net, struct kill *k, struct genl_info *info)
{
	unsigned int found = 0;
	u32 total;
	int err = naru_query_begin(&k->query, skb, net);

	if (err == -ENOMEM)
		NL_SET_ERR_MSG(info->extack, "no memory for the sockets' owners");
	if (err)
		return err;
	total = kill_all(naru_net(net), &k->walk, &found);
	if (found || !(k->walk.filter.present & BIT(NARU_FILTER_ID)))
		return kill_reply(info, total);
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NARU_QUERY_FILTER], "no such socket");
	return -ENOENT;
}

/**
 * naru_genl_kill_doit() - NARU_CMD_SOCK_KILL
 * @skb: request
 * @info: its attributes
 *
 * Process context.
 *
 * Return: 0, -EPERM, -EINVAL, -ERANGE, -ENOENT for an id that nobody has, -ENOMEM, -EINTR, and what
 * naru_genl_netns_get() gives.
 */
int naru_genl_kill_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net;
	struct kill *k;
	int err;

	err = naru_genl_admin(skb, genl_info_net(info)->user_ns, info->extack);
	if (err)
		return err;
	k = kzalloc(sizeof(*k), GFP_KERNEL);
	if (!k) {
		NL_SET_ERR_MSG(info->extack, "no memory for the walk");
		return -ENOMEM;
	}
	err = parse(info->attrs, k, info->extack);
	if (err)
		goto out;
	net = naru_genl_netns_get(skb, info->attrs[NARU_QUERY_NETNS], info->extack);
	err = PTR_ERR_OR_ZERO(net);
	if (err)
		goto out;
	err = kill_in(skb, net, k, info);
	put_net(net);
out:
	naru_query_end(&k->query);
	kfree(k);
	return err;
}
