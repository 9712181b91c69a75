// SPDX-License-Identifier: GPL-2.0
/*
 * A rule of the NAPT into a message, with all that a request may say of one.
 */
#include "genl_napt.h"

static int put_prefix(struct sk_buff *skb, int type, u32 addr, u8 bits)
{
	if (naru_genl_put_addr(skb, type, htonl(addr)) || nla_put_u8(skb, type + 1, bits + 96))
		return -EMSGSIZE;
	return 0;
}

static int put_ports(struct sk_buff *skb, int type, const struct naru_port_range *range)
{
	if (nla_put_u16(skb, type, range->first) || nla_put_u16(skb, type + 1, range->last))
		return -EMSGSIZE;
	return 0;
}

static int put_except(struct sk_buff *skb, const struct naru_napt_except *e)
{
	struct nlattr *nest = nla_nest_start(skb, NARU_RULE_EXCEPT);

	if (!nest || put_prefix(skb, NARU_EXCEPT_ADDR, e->addr, e->prefix) ||
	    put_ports(skb, NARU_EXCEPT_PORT_FIRST, &e->ports))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_match(struct sk_buff *skb, const struct naru_napt_match *m)
{
	u32 i;

	if (put_prefix(skb, NARU_RULE_SRC, m->src, m->prefix) ||
	    nla_put_u32(skb, NARU_RULE_PROTOS, m->protos) ||
	    put_ports(skb, NARU_RULE_SPORT_FIRST, &m->sports) ||
	    put_ports(skb, NARU_RULE_DPORT_FIRST, &m->dports))
		return -EMSGSIZE;
	for (i = 0; i < m->num_excepts; i++)
		if (put_except(skb, &m->except[i]))
			return -EMSGSIZE;
	return 0;
}

static int put_range(struct sk_buff *skb, const struct naru_napt_range *range)
{
	struct nlattr *nest = nla_nest_start(skb, NARU_RULE_TO);

	if (!nest || naru_genl_put_addr(skb, NARU_TO_FIRST, htonl(range->first)) ||
	    naru_genl_put_addr(skb, NARU_TO_LAST, htonl(range->last)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_to(struct sk_buff *skb, const struct naru_napt_spec *spec)
{
	u32 i;

	if ((spec->flags & NARU_NAPT_TO_DEV) && nla_put_flag(skb, NARU_RULE_TO_DEV))
		return -EMSGSIZE;
	for (i = 0; i < spec->num_ranges; i++)
		if (put_range(skb, &spec->range[i]))
			return -EMSGSIZE;
	return put_ports(skb, NARU_RULE_PORT_FIRST, &spec->ports.range);
}

static int put_flag(struct sk_buff *skb, int type, u32 flag)
{
	return nla_put_u8(skb, type, !!flag);
}

static int put_choices(struct sk_buff *skb, const struct naru_napt_spec *spec)
{
	if (put_flag(skb, NARU_RULE_MAPPING, spec->flags & NARU_NAPT_APDM) ||
	    nla_put_u8(skb, NARU_RULE_FILTERING, spec->filter_other) ||
	    nla_put_u8(skb, NARU_RULE_TCP_FILTERING, spec->filter_tcp) ||
	    put_flag(skb, NARU_RULE_CHOICE, !spec->ports.preserve) ||
	    put_flag(skb, NARU_RULE_PARITY, spec->ports.parity) ||
	    put_flag(skb, NARU_RULE_HAIRPIN, !(spec->flags & NARU_NAPT_NO_HAIRPIN)) ||
	    put_flag(skb, NARU_RULE_NOTRACK, spec->flags & NARU_NAPT_NOTRACK) ||
	    put_flag(skb, NARU_RULE_REFRESH_IN, spec->flags & NARU_NAPT_REFRESH_IN) ||
	    nla_put_u8(skb, NARU_RULE_EXHAUSTED, spec->exhausted) ||
	    nla_put_u8(skb, NARU_RULE_UNSOLICITED, spec->unsolicited))
		return -EMSGSIZE;
	if (!spec->mark_mask)
		return 0;
	if (nla_put_u32(skb, NARU_RULE_MARK, spec->mark) ||
	    nla_put_u32(skb, NARU_RULE_MARK_MASK, spec->mark_mask))
		return -EMSGSIZE;
	return 0;
}

static int put_timeouts(struct sk_buff *skb, const u32 *timeout)
{
	struct nlattr *nest = nla_nest_start(skb, NARU_RULE_TIMEOUTS);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < NARU_NAPT_TIMERS; i++)
		if (nla_put_u32(skb, i + 1, timeout[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * naru_spec_put() - put a rule
 * @skb: message
 * @spec: rule
 *
 * Under RCU where the rule is one of a rule set.
 *
 * Return: 0 or -EMSGSIZE.
 */
int naru_spec_put(struct sk_buff *skb, const struct naru_napt_spec *spec)
{
	if (nla_put_u32(skb, NARU_RULE_ID, spec->id) ||
	    nla_put_string(skb, NARU_RULE_DEV, spec->dev) ||
	    put_match(skb, &spec->match) || put_to(skb, spec) || put_choices(skb, spec))
		return -EMSGSIZE;
	return put_timeouts(skb, spec->timeout);
}
