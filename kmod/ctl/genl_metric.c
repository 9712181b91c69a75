// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of paths, listed and forgotten.
 */
#include "genl.h"
#include "tcp/metric_cache.h"

const struct nla_policy naru_metric_del_policy[NARU_METRIC_ALL + 1] = {
	[NARU_METRIC_RADDR] = NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[NARU_METRIC_ALL] = { .type = NLA_FLAG },
};

static int put_number(struct sk_buff *skb, int attr, u32 value)
{
	return value ? nla_put_u32(skb, attr, value) : 0;
}

static int put_metric(struct sk_buff *skb, const struct naru_metric_entry *e)
{
	u64 age = jiffies_to_msecs(jiffies - READ_ONCE(e->used));

	if (nla_put_in6_addr(skb, NARU_METRIC_RADDR, &e->key.raddr) ||
	    nla_put_in6_addr(skb, NARU_METRIC_LADDR, &e->key.laddr) ||
	    put_number(skb, NARU_METRIC_DEV, e->key.scope) ||
	    nla_put_u64_64bit(skb, NARU_METRIC_AGE, age, NARU_METRIC_PAD) ||
	    put_number(skb, NARU_METRIC_RTT, READ_ONCE(e->m.rtt)) ||
	    put_number(skb, NARU_METRIC_RTTVAR, READ_ONCE(e->m.rttvar)) ||
	    put_number(skb, NARU_METRIC_SSTHRESH, READ_ONCE(e->m.ssthresh)) ||
	    put_number(skb, NARU_METRIC_CWND, READ_ONCE(e->m.cwnd)) ||
	    put_number(skb, NARU_METRIC_REORDERING, READ_ONCE(e->m.reordering)))
		return -EMSGSIZE;
	return 0;
}

struct dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
};

static bool show(const struct naru_metric_entry *e, void *arg)
{
	struct dump *d = arg;
	void *hdr = genlmsg_put(d->skb, NETLINK_CB(d->cb->skb).portid, d->cb->nlh->nlmsg_seq, &naru_genl_family,
				NLM_F_MULTI, NARU_CMD_METRIC_GET);

	if (!hdr)
		return false;
	if (put_metric(d->skb, e)) {
		genlmsg_cancel(d->skb, hdr);
		return false;
	}
	genlmsg_end(d->skb, hdr);
	return true;
}

/**
 * naru_genl_metric_dump() - NARU_CMD_METRIC_GET
 * @skb: message to fill
 * @cb: dump; args[0] and args[1] are where to go on
 *
 * Process context.
 *
 * Return: bytes in @skb, 0 at the end.
 */
int naru_genl_metric_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct naru_metric_at at = { .bucket = cb->args[0], .pos = cb->args[1] };
	struct dump d = { .skb = skb, .cb = cb };

	naru_metric_walk(naru_net(sock_net(cb->skb->sk)), &at, show, &d);
	cb->args[0] = at.bucket;
	cb->args[1] = at.pos;
	return skb->len;
}

static int del_check(struct genl_info *info)
{
	struct nlattr *all = info->attrs[NARU_METRIC_ALL];

	if (all && info->attrs[NARU_METRIC_RADDR]) {
		NL_SET_ERR_MSG_ATTR(info->extack, all, "either all paths or those to an address, not both");
		return -EINVAL;
	}
	if (all || info->attrs[NARU_METRIC_RADDR])
		return 0;
	NL_SET_ERR_MSG(info->extack, "say which paths to forget: those to an address, or all");
	return -EINVAL;
}

static int del_reply(struct genl_info *info, u32 count)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!msg) {
		NL_SET_ERR_MSG(info->extack, "no memory for the reply");
		return -ENOMEM;
	}
	hdr = genlmsg_put_reply(msg, info, &naru_genl_family, 0, NARU_CMD_METRIC_DEL);
	if (!hdr || nla_put_u32(msg, NARU_METRIC_COUNT, count)) {
		nlmsg_free(msg);
		NL_SET_ERR_MSG(info->extack, "the reply does not fit");
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/**
 * naru_genl_metric_del() - NARU_CMD_METRIC_DEL
 * @skb: request
 * @info: its attributes
 *
 * Process context.
 *
 * Return: 0, -EPERM, -EINVAL, -ENOENT where nothing is known of paths to the address, -ENOMEM.
 */
int naru_genl_metric_del(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *raddr = info->attrs[NARU_METRIC_RADDR];
	struct in6_addr addr;
	unsigned int count;
	int err;

	err = naru_genl_admin(skb, genl_info_net(info)->user_ns, info->extack);
	if (!err)
		err = del_check(info);
	if (err)
		return err;
	if (raddr)
		addr = nla_get_in6_addr(raddr);
	count = naru_metric_forget(naru_net(genl_info_net(info)), raddr ? &addr : NULL);
	if (count || !raddr)
		return del_reply(info, count);
	NL_SET_ERR_MSG_ATTR(info->extack, raddr, "nothing is known of a path to this address");
	return -ENOENT;
}
