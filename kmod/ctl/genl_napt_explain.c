// SPDX-License-Identifier: GPL-2.0
/*
 * What would become of a packet: asked and answered.
 */
#include <linux/netdevice.h>
#include "genl_napt.h"
#include "napt/explain.h"

static_assert((int)NARU_WHY_TAKES == (int)NARU_NAPT_TAKEN);
static_assert((int)NARU_WHY_DEV == (int)NARU_NAPT_WHY_DEV);
static_assert((int)NARU_WHY_SRC == (int)NARU_NAPT_WHY_SRC);
static_assert((int)NARU_WHY_PROTO == (int)NARU_NAPT_WHY_PROTO);
static_assert((int)NARU_WHY_SPORT == (int)NARU_NAPT_WHY_SPORT);
static_assert((int)NARU_WHY_DPORT == (int)NARU_NAPT_WHY_DPORT);
static_assert((int)NARU_WHY_EXCEPT == (int)NARU_NAPT_WHY_EXCEPT);
static_assert((int)NARU_WHY_SUSPENDED == (int)NARU_NAPT_WHY_SUSPENDED);
static_assert((int)NARU_WHY_OUTSIDE == (int)NARU_NAPT_WHY_OUTSIDE);

/* All rules may be in a reply, 20 bytes each */
#define REPLY_SIZE	(NLMSG_DEFAULT_SIZE + NARU_NAPT_RULES_MAX * 24)

const struct nla_policy naru_explain_policy[NARU_EXPLAIN_DPORT + 1] = {
	[NARU_EXPLAIN_IN] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[NARU_EXPLAIN_PROTO] = { .type = NLA_U8 },
	[NARU_EXPLAIN_SRC] = NLA_POLICY_EXACT_LEN(16),
	[NARU_EXPLAIN_SPORT] = { .type = NLA_U16 },
	[NARU_EXPLAIN_DST] = NLA_POLICY_EXACT_LEN(16),
	[NARU_EXPLAIN_DPORT] = { .type = NLA_U16 },
};

static int check_present(struct genl_info *info)
{
	if (!info->attrs[NARU_EXPLAIN_PROTO])
		NL_SET_ERR_MSG(info->extack, "which protocol? it is missing");
	else if (!info->attrs[NARU_EXPLAIN_SRC])
		NL_SET_ERR_MSG(info->extack, "from where? the source is missing");
	else if (!info->attrs[NARU_EXPLAIN_DST])
		NL_SET_ERR_MSG(info->extack, "to where? the destination is missing");
	else
		return 0;
	return -EINVAL;
}

static __be16 get_port(const struct nlattr *attr)
{
	return attr ? htons(nla_get_u16(attr)) : 0;
}

/* The one id of an echo is the source's port in a request, and the destination's in a reply */
static int parse_echo(struct genl_info *info, struct naru_flow *f)
{
	const struct nlattr *request = info->attrs[NARU_EXPLAIN_SPORT];
	const struct nlattr *reply = info->attrs[NARU_EXPLAIN_DPORT];

	if (request && reply) {
		NL_SET_ERR_MSG_ATTR(info->extack, reply,
				    "an echo has one id: at its source, or at its reply's destination");
		return -EINVAL;
	}
	f->reply = reply;
	f->sport = get_port(reply ?: request);
	f->dport = f->sport;
	return 0;
}

static int parse_flow(struct genl_info *info, struct naru_flow *f)
{
	int proto, err = check_present(info);

	if (err)
		return err;
	proto = naru_genl_proto(info->attrs[NARU_EXPLAIN_PROTO], info->extack);
	if (proto < 0)
		return proto;
	f->proto = proto;
	err = naru_genl_addr(info->attrs[NARU_EXPLAIN_SRC], &f->src, info->extack);
	if (!err)
		err = naru_genl_addr(info->attrs[NARU_EXPLAIN_DST], &f->dst, info->extack);
	if (err)
		return err;
	if (proto == NARU_NAPT_ICMP)
		return parse_echo(info, f);
	f->sport = get_port(info->attrs[NARU_EXPLAIN_SPORT]);
	f->dport = get_port(info->attrs[NARU_EXPLAIN_DPORT]);
	return 0;
}

/* By which interface it comes in: as asked for, or as its source is reached. Under RCU */
static int find_in(struct genl_info *info, struct naru_explain *e)
{
	const struct nlattr *attr = info->attrs[NARU_EXPLAIN_IN];
	struct naru_flow back = { .proto = e->flow.proto, .dst = e->flow.src };
	const struct net_device *dev;

	if (!attr) {
		e->in = naru_explain_route(genl_info_net(info), &back, 0);
		if (e->in >= 0)
			return 0;
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NARU_EXPLAIN_SRC],
				    "no route to the source: say by which interface it comes in");
		return -ENETUNREACH;
	}
	dev = dev_get_by_name_rcu(genl_info_net(info), nla_data(attr));
	if (!dev) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "no such interface");
		return -ENODEV;
	}
	e->in = dev->ifindex;
	return 0;
}

static int put_dev(struct sk_buff *msg, int type, struct net *net, int ifindex)
{
	const struct net_device *dev = ifindex ? dev_get_by_index_rcu(net, ifindex) : NULL;

	return dev ? nla_put_string(msg, type, dev->name) : 0;
}

static int put_step(struct sk_buff *msg, const struct naru_rule *rule, u8 why)
{
	struct nlattr *nest = nla_nest_start(msg, NARU_EXPLAIN_STEP);

	if (!nest || nla_put_u32(msg, NARU_STEP_RULE, rule->spec.id) ||
	    nla_put_u8(msg, NARU_STEP_WHY, why))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/* Rules are asked up to the first that takes it */
static int put_steps(struct sk_buff *msg, const struct naru_ruleset *rs,
		     const struct naru_explain *e)
{
	enum naru_napt_why why = NARU_NAPT_WHYS;
	u32 i;

	for (i = 0; rs && e->realm && i < rs->num && why != NARU_NAPT_TAKEN; i++) {
		why = naru_explain_why(rs->rule[i], e);
		if (put_step(msg, rs->rule[i], why))
			return -EMSGSIZE;
	}
	return 0;
}

static int put_mappings(struct sk_buff *msg, const struct naru_explain *e)
{
	if (e->map && naru_map_put_nest(msg, NARU_EXPLAIN_MAP, e->map))
		return -EMSGSIZE;
	if (e->sender && naru_map_put_nest(msg, NARU_EXPLAIN_SRC_MAP, e->sender))
		return -EMSGSIZE;
	if (e->ext && naru_genl_put_addr(msg, NARU_EXPLAIN_OUTSIDE, e->ext))
		return -EMSGSIZE;
	return e->paired ? nla_put_flag(msg, NARU_EXPLAIN_PAIRED) : 0;
}

static int put_reasons(struct sk_buff *msg, const struct naru_explain *e)
{
	if (e->rule && nla_put_u32(msg, NARU_EXPLAIN_RULE, e->rule->spec.id))
		return -EMSGSIZE;
	if (e->filtered && nla_put_u8(msg, NARU_EXPLAIN_FILTERING, e->filter))
		return -EMSGSIZE;
	if (e->session && nla_put_flag(msg, NARU_EXPLAIN_SESSION))
		return -EMSGSIZE;
	if (e->drop == NARU_DROP_MAX)
		return 0;
	return nla_put_string(msg, NARU_EXPLAIN_COUNTER,
			      naru_mib_name(NARU_MIB_FIRST_DROP + e->drop));
}

static int put_all(struct sk_buff *msg, struct net *net, const struct naru_ruleset *rs,
		   const struct naru_explain *e)
{
	if (nla_put_u8(msg, NARU_EXPLAIN_VERDICT, e->verdict) ||
	    nla_put_u8(msg, NARU_EXPLAIN_BECAUSE, e->because) ||
	    put_dev(msg, NARU_EXPLAIN_IN, net, e->in) ||
	    put_dev(msg, NARU_EXPLAIN_OUT, net, e->out) ||
	    put_steps(msg, rs, e) || put_mappings(msg, e))
		return -EMSGSIZE;
	return put_reasons(msg, e);
}

/* Under RCU */
static int explain(struct genl_info *info, struct naru_explain *e, struct sk_buff *msg)
{
	struct net *net = genl_info_net(info);
	struct naru_napt *napt = naru_napt_of(naru_net(net));
	const struct naru_ruleset *rs = napt ? rcu_dereference(napt->rules) : NULL;
	int err = find_in(info, e);

	if (err)
		return err;
	naru_explain_packet(naru_net(net), napt, rs, e);
	err = put_all(msg, net, rs, e);
	if (err)
		NL_SET_ERR_MSG(info->extack, "the reply does not fit");
	return err;
}

/**
 * naru_genl_explain() - NARU_CMD_NAPT_EXPLAIN
 * @skb: request
 * @info: its attributes
 *
 * Process context.
 *
 * Return: 0, -EPERM, -EINVAL, -EAFNOSUPPORT, -EPROTONOSUPPORT, -ENODEV, -ENETUNREACH, -ENOMEM.
 */
int naru_genl_explain(struct sk_buff *skb, struct genl_info *info)
{
	struct naru_explain e = { .verdict = 0 };
	struct sk_buff *msg;
	void *hdr = NULL;
	int err = naru_genl_admin(skb, genl_info_net(info)->user_ns, info->extack);

	if (!err)
		err = parse_flow(info, &e.flow);
	if (err)
		return err;
	msg = genlmsg_new(REPLY_SIZE, GFP_KERNEL);
	if (msg)
		hdr = genlmsg_put_reply(msg, info, &naru_genl_family, 0, NARU_CMD_NAPT_EXPLAIN);
	if (!hdr) {
		nlmsg_free(msg);
		NL_SET_ERR_MSG(info->extack, "no memory for the reply");
		return -ENOMEM;
	}
	rcu_read_lock();
	err = explain(info, &e, msg);
	rcu_read_unlock();
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}
