// SPDX-License-Identifier: GPL-2.0
/*
 * A rule of the NAPT as a request has it: each attribute by itself. Whether rules go together is
 * naru_rules_replace()'s affair.
 */
#include <linux/inetdevice.h>
#include <linux/slab.h>
#include "genl_napt.h"

#define DEFAULT_PORT_FIRST	1024

/* UAPI and policy.h number alike */
static_assert((int)NARU_RULE_FILTERING_EI == (int)NARU_NAPT_FILTER_EI);
static_assert((int)NARU_RULE_FILTERING_AD == (int)NARU_NAPT_FILTER_AD);
static_assert((int)NARU_RULE_FILTERING_APD == (int)NARU_NAPT_FILTER_APD);
static_assert((int)NARU_RULE_EXHAUSTED_HOST == (int)NARU_NAPT_EXHAUSTED_HOST);
static_assert((int)NARU_RULE_EXHAUSTED_ADMIN == (int)NARU_NAPT_EXHAUSTED_ADMIN);
static_assert((int)NARU_RULE_EXHAUSTED_SILENT == (int)NARU_NAPT_EXHAUSTED_SILENT);
static_assert((int)NARU_RULE_UNSOLICITED_HOLD == (int)NARU_NAPT_UNSOLICITED_HOLD);
static_assert((int)NARU_RULE_UNSOLICITED_DROP == (int)NARU_NAPT_UNSOLICITED_DROP);
static_assert(NARU_RULE_PROTO_TCP == 1 << NARU_NAPT_TCP);
static_assert(NARU_RULE_PROTO_UDP == 1 << NARU_NAPT_UDP);
static_assert(NARU_RULE_PROTO_ICMP == 1 << NARU_NAPT_ICMP);
static_assert(NARU_RULE_PROTO_NATIVE == 1 << NARU_NAPT_STREAM);
static_assert(NARU_RULE_PROTO_DGRAM == 1 << NARU_NAPT_DGRAM);

#define TIMEOUT_MAX	(30 * 24 * 3600)	/* seconds */

/* RFC 5382 REQ-5, RFC 7857 2.1, RFC 4787 REQ-5, RFC 5508 REQ-2 */
static struct netlink_range_validation range_open = { 4, TIMEOUT_MAX };
static struct netlink_range_validation range_established = { 7440, TIMEOUT_MAX };
static struct netlink_range_validation range_closing = { 240, TIMEOUT_MAX };
static struct netlink_range_validation range_udp = { 120, TIMEOUT_MAX };
static struct netlink_range_validation range_icmp = { 60, TIMEOUT_MAX };

static const struct nla_policy timeout_policy[NARU_TIMEOUT_MAX + 1] = {
	[NARU_TIMEOUT_TCP_OPEN] = NLA_POLICY_FULL_RANGE(NLA_U32, &range_open),
	[NARU_TIMEOUT_TCP_ESTABLISHED] = NLA_POLICY_FULL_RANGE(NLA_U32, &range_established),
	[NARU_TIMEOUT_TCP_CLOSING] = NLA_POLICY_FULL_RANGE(NLA_U32, &range_closing),
	[NARU_TIMEOUT_UDP] = NLA_POLICY_FULL_RANGE(NLA_U32, &range_udp),
	[NARU_TIMEOUT_ICMP] = NLA_POLICY_FULL_RANGE(NLA_U32, &range_icmp),
};

static const struct nla_policy except_policy[NARU_EXCEPT_MAX + 1] = {
	[NARU_EXCEPT_ADDR] = NLA_POLICY_EXACT_LEN(16),
	[NARU_EXCEPT_PREFIX] = NLA_POLICY_RANGE(NLA_U8, 96, 128),
	[NARU_EXCEPT_PORT_FIRST] = { .type = NLA_U16 },
	[NARU_EXCEPT_PORT_LAST] = { .type = NLA_U16 },
};

static const struct nla_policy to_policy[NARU_TO_MAX + 1] = {
	[NARU_TO_FIRST] = NLA_POLICY_EXACT_LEN(16),
	[NARU_TO_LAST] = NLA_POLICY_EXACT_LEN(16),
};

const struct nla_policy naru_rule_policy[NARU_RULE_ATTR_MAX + 1] = {
	[NARU_RULE_ID] = { .type = NLA_REJECT },
	[NARU_RULE_DEV] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[NARU_RULE_SRC] = NLA_POLICY_EXACT_LEN(16),
	[NARU_RULE_SRC_PREFIX] = NLA_POLICY_RANGE(NLA_U8, 96, 128),
	[NARU_RULE_PROTOS] = NLA_POLICY_MASK(NLA_U32, NARU_RULE_PROTO_ALL),
	[NARU_RULE_SPORT_FIRST] = { .type = NLA_U16 },
	[NARU_RULE_SPORT_LAST] = { .type = NLA_U16 },
	[NARU_RULE_DPORT_FIRST] = { .type = NLA_U16 },
	[NARU_RULE_DPORT_LAST] = { .type = NLA_U16 },
	[NARU_RULE_EXCEPT] = NLA_POLICY_NESTED(except_policy),
	[NARU_RULE_TO] = NLA_POLICY_NESTED(to_policy),
	[NARU_RULE_TO_DEV] = { .type = NLA_FLAG },
	[NARU_RULE_PORT_FIRST] = NLA_POLICY_MIN(NLA_U16, 1),
	[NARU_RULE_PORT_LAST] = NLA_POLICY_MIN(NLA_U16, 1),
	[NARU_RULE_MAPPING] = NLA_POLICY_MAX(NLA_U8, NARU_RULE_MAPPING_APD),
	[NARU_RULE_FILTERING] = NLA_POLICY_MAX(NLA_U8, NARU_RULE_FILTERING_APD),
	[NARU_RULE_TCP_FILTERING] = NLA_POLICY_MAX(NLA_U8, NARU_RULE_FILTERING_APD),
	[NARU_RULE_CHOICE] = NLA_POLICY_MAX(NLA_U8, NARU_RULE_CHOICE_RANDOM),
	[NARU_RULE_PARITY] = NLA_POLICY_MAX(NLA_U8, 1),
	[NARU_RULE_HAIRPIN] = NLA_POLICY_MAX(NLA_U8, 1),
	[NARU_RULE_NOTRACK] = NLA_POLICY_MAX(NLA_U8, 1),
	[NARU_RULE_REFRESH_IN] = NLA_POLICY_MAX(NLA_U8, 1),
	[NARU_RULE_EXHAUSTED] = NLA_POLICY_MAX(NLA_U8, NARU_RULE_EXHAUSTED_SILENT),
	[NARU_RULE_UNSOLICITED] = NLA_POLICY_MAX(NLA_U8, NARU_RULE_UNSOLICITED_DROP),
	[NARU_RULE_MARK] = { .type = NLA_U32 },
	[NARU_RULE_MARK_MASK] = NLA_POLICY_MIN(NLA_U32, 1),
	[NARU_RULE_TIMEOUTS] = NLA_POLICY_NESTED(timeout_policy),
	[NARU_RULE_SUSPENDED] = { .type = NLA_REJECT },
};

static u8 get_u8(const struct nlattr *attr, u8 otherwise)
{
	return attr ? nla_get_u8(attr) : otherwise;
}

/* Ports from attribute @type to the next, which may be left out; all where neither is there */
static int parse_ports(struct nlattr *const tb[], int type, struct naru_port_range *range,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *first = tb[type], *last = tb[type + 1];

	if (!first && last) {
		NL_SET_ERR_MSG_ATTR(extack, last, "a last port without a first");
		return -EINVAL;
	}
	if (!first)
		return 0;
	range->first = nla_get_u16(first);
	range->last = last ? nla_get_u16(last) : range->first;
	if (range->last >= range->first)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, last, "the ports are reversed: the first is behind the last");
	return -ERANGE;
}

/* An address of which @bits count: the others are 0 */
static int parse_prefix(const struct nlattr *attr, u8 bits, u32 *addr,
			struct netlink_ext_ack *extack)
{
	__be32 a;
	int err = naru_genl_addr(attr, &a, extack);

	if (err)
		return err;
	*addr = ntohl(a);
	if (!(a & ~inet_make_mask(bits)))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the address has bits set behind its prefix");
	return -EINVAL;
}

static int parse_src(struct nlattr *const tb[], struct naru_napt_match *m,
		     struct netlink_ext_ack *extack)
{
	if (!tb[NARU_RULE_SRC] && tb[NARU_RULE_SRC_PREFIX]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NARU_RULE_SRC_PREFIX],
				    "a prefix length without an address");
		return -EINVAL;
	}
	if (!tb[NARU_RULE_SRC])
		return 0;
	m->prefix = naru_genl_prefix(tb[NARU_RULE_SRC_PREFIX], 32);
	return parse_prefix(tb[NARU_RULE_SRC], m->prefix, &m->src, extack);
}

static int parse_match(struct nlattr *const tb[], struct naru_napt_match *m,
		       struct netlink_ext_ack *extack)
{
	int err;

	m->protos = NARU_RULE_PROTO_ALL;
	m->sports.last = U16_MAX;
	m->dports.last = U16_MAX;
	err = parse_src(tb, m, extack);
	if (!err)
		err = parse_ports(tb, NARU_RULE_SPORT_FIRST, &m->sports, extack);
	if (!err)
		err = parse_ports(tb, NARU_RULE_DPORT_FIRST, &m->dports, extack);
	if (err || !tb[NARU_RULE_PROTOS])
		return err;
	m->protos = nla_get_u32(tb[NARU_RULE_PROTOS]);
	if (m->protos)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, tb[NARU_RULE_PROTOS], "a rule for no protocol");
	return -EINVAL;
}

static int parse_except(const struct nlattr *nest, struct naru_napt_except *e,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NARU_EXCEPT_MAX + 1];
	int err = nla_parse_nested(tb, NARU_EXCEPT_MAX, nest, except_policy, extack);

	if (err)
		return err;
	if (!tb[NARU_EXCEPT_ADDR]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "which destination is excepted? an address is missing");
		return -EINVAL;
	}
	e->ports.last = U16_MAX;
	e->prefix = naru_genl_prefix(tb[NARU_EXCEPT_PREFIX], 32);
	err = parse_prefix(tb[NARU_EXCEPT_ADDR], e->prefix, &e->addr, extack);
	return err ?: parse_ports(tb, NARU_EXCEPT_PORT_FIRST, &e->ports, extack);
}

static int parse_range(const struct nlattr *nest, struct naru_napt_range *range,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NARU_TO_MAX + 1];
	int err = nla_parse_nested(tb, NARU_TO_MAX, nest, to_policy, extack);

	if (err)
		return err;
	if (!tb[NARU_TO_FIRST]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "which external address? the first is missing");
		return -EINVAL;
	}
	err = parse_prefix(tb[NARU_TO_FIRST], 32, &range->first, extack);
	range->last = range->first;
	if (!err && tb[NARU_TO_LAST])
		err = parse_prefix(tb[NARU_TO_LAST], 32, &range->last, extack);
	if (err || range->last >= range->first)
		return err;
	NL_SET_ERR_MSG_ATTR(extack, tb[NARU_TO_LAST],
			    "the addresses are reversed: the first is behind the last");
	return -ERANGE;
}

/* How many attributes of @type there are; -E2BIG if more than @max */
static int count(const struct nlattr *nest, int type, int max, struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rem, n = 0;

	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != type || ++n <= max)
			continue;
		NL_SET_ERR_MSG_ATTR(extack, attr, "too many of these for one rule");
		return -E2BIG;
	}
	return n;
}

static int parse_excepts(const struct nlattr *nest, struct naru_napt_match *m,
			 struct netlink_ext_ack *extack)
{
	int n = count(nest, NARU_RULE_EXCEPT, NARU_RULE_EXCEPTS_MAX, extack), rem, err = 0;
	struct naru_napt_except *e;
	const struct nlattr *attr;

	if (n <= 0)
		return n;
	e = kcalloc(n, sizeof(*e), GFP_KERNEL);
	if (!e)
		return -ENOMEM;
	m->except = e;
	m->num_excepts = n;
	nla_for_each_nested(attr, nest, rem)
		if (!err && nla_type(attr) == NARU_RULE_EXCEPT)
			err = parse_except(attr, e++, extack);
	return err;
}

static int parse_ranges(const struct nlattr *nest, struct naru_napt_spec *spec,
			struct netlink_ext_ack *extack)
{
	int n = count(nest, NARU_RULE_TO, NARU_RULE_TO_MAX, extack), rem, err = 0;
	const struct nlattr *attr;

	if (n <= 0)
		return n;
	spec->range = kcalloc(n, sizeof(*spec->range), GFP_KERNEL);
	if (!spec->range)
		return -ENOMEM;
	nla_for_each_nested(attr, nest, rem)
		if (!err && nla_type(attr) == NARU_RULE_TO)
			err = parse_range(attr, &spec->range[spec->num_ranges++], extack);
	return err;
}

/* What stands once in a rule and says where to: exactly one of the two */
static int parse_to(const struct nlattr *nest, struct nlattr *const tb[],
		    struct naru_napt_spec *spec, struct netlink_ext_ack *extack)
{
	if (tb[NARU_RULE_TO] && tb[NARU_RULE_TO_DEV]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NARU_RULE_TO_DEV],
				    "either external addresses or the interface's own, not both");
		return -EINVAL;
	}
	if (!tb[NARU_RULE_TO] && !tb[NARU_RULE_TO_DEV]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "to which external address? or to the interface's own");
		return -EINVAL;
	}
	if (tb[NARU_RULE_TO_DEV])
		spec->flags |= NARU_NAPT_TO_DEV;
	return parse_ranges(nest, spec, extack);
}

static void set_flag(const struct nlattr *attr, bool when, u32 flag, u32 *flags)
{
	if (attr && !!nla_get_u8(attr) == when)
		*flags |= flag;
}

static void parse_choices(struct nlattr *const tb[], struct naru_napt_spec *spec)
{
	set_flag(tb[NARU_RULE_MAPPING], true, NARU_NAPT_APDM, &spec->flags);
	set_flag(tb[NARU_RULE_HAIRPIN], false, NARU_NAPT_NO_HAIRPIN, &spec->flags);
	set_flag(tb[NARU_RULE_NOTRACK], true, NARU_NAPT_NOTRACK, &spec->flags);
	set_flag(tb[NARU_RULE_REFRESH_IN], true, NARU_NAPT_REFRESH_IN, &spec->flags);
	spec->ports.preserve = get_u8(tb[NARU_RULE_CHOICE], NARU_RULE_CHOICE_PRESERVE) ==
			       NARU_RULE_CHOICE_PRESERVE;
	spec->ports.parity = get_u8(tb[NARU_RULE_PARITY], 1);
	spec->filter_other = get_u8(tb[NARU_RULE_FILTERING], NARU_RULE_FILTERING_EI);
	spec->filter_tcp = get_u8(tb[NARU_RULE_TCP_FILTERING], spec->filter_other);
	spec->exhausted = get_u8(tb[NARU_RULE_EXHAUSTED], NARU_RULE_EXHAUSTED_HOST);
	spec->unsolicited = get_u8(tb[NARU_RULE_UNSOLICITED], NARU_RULE_UNSOLICITED_HOLD);
}

static int parse_mark(struct nlattr *const tb[], struct naru_napt_spec *spec,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *mark = tb[NARU_RULE_MARK], *mask = tb[NARU_RULE_MARK_MASK];

	if (mask && !mark) {
		NL_SET_ERR_MSG_ATTR(extack, mask, "a mask without a mark");
		return -EINVAL;
	}
	if (!mark)
		return 0;
	spec->mark = nla_get_u32(mark);
	spec->mark_mask = mask ? nla_get_u32(mask) : U32_MAX;
	if (!(spec->mark & ~spec->mark_mask))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, mark, "the mark has bits that its mask has not");
	return -EINVAL;
}

static const u32 default_timeout[NARU_NAPT_TIMERS] = {
	[NARU_NAPT_TIMER_TCP_OPEN] = 240,
	[NARU_NAPT_TIMER_TCP_EST] = 7440,
	[NARU_NAPT_TIMER_TCP_CLOSE] = 240,
	[NARU_NAPT_TIMER_UDP] = 300,
	[NARU_NAPT_TIMER_ICMP] = 60,
};

static_assert((int)NARU_NAPT_TIMERS == (int)NARU_TIMEOUT_MAX);
static_assert((int)NARU_TIMEOUT_TCP_OPEN == (int)NARU_NAPT_TIMER_TCP_OPEN + 1);
static_assert((int)NARU_TIMEOUT_TCP_ESTABLISHED == (int)NARU_NAPT_TIMER_TCP_EST + 1);
static_assert((int)NARU_TIMEOUT_TCP_CLOSING == (int)NARU_NAPT_TIMER_TCP_CLOSE + 1);
static_assert((int)NARU_TIMEOUT_UDP == (int)NARU_NAPT_TIMER_UDP + 1);
static_assert((int)NARU_TIMEOUT_ICMP == (int)NARU_NAPT_TIMER_ICMP + 1);

static int parse_timeouts(const struct nlattr *nest, u32 *timeout, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NARU_TIMEOUT_MAX + 1];
	unsigned int i;
	int err;

	memcpy(timeout, default_timeout, sizeof(default_timeout));
	if (!nest)
		return 0;
	err = nla_parse_nested(tb, NARU_TIMEOUT_MAX, nest, timeout_policy, extack);
	if (err)
		return err;
	for (i = 0; i < NARU_NAPT_TIMERS; i++)
		if (tb[i + 1])
			timeout[i] = nla_get_u32(tb[i + 1]);
	return 0;
}

static int parse_all(const struct nlattr *nest, struct nlattr *const tb[],
		     struct naru_napt_spec *spec, struct netlink_ext_ack *extack)
{
	int err;

	if (!tb[NARU_RULE_DEV]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "by which interface do packets leave? it is missing");
		return -EINVAL;
	}
	spec->ports.range.first = DEFAULT_PORT_FIRST;
	spec->ports.range.last = U16_MAX;
	parse_choices(tb, spec);
	err = naru_genl_dev(tb[NARU_RULE_DEV], spec->dev, extack);
	if (!err)
		err = parse_match(tb, &spec->match, extack);
	if (!err)
		err = parse_excepts(nest, &spec->match, extack);
	if (!err)
		err = parse_to(nest, tb, spec, extack);
	if (!err)
		err = parse_ports(tb, NARU_RULE_PORT_FIRST, &spec->ports.range, extack);
	if (!err)
		err = parse_mark(tb, spec, extack);
	return err ?: parse_timeouts(tb[NARU_RULE_TIMEOUTS], spec->timeout, extack);
}

/**
 * naru_spec_parse() - decode a rule
 * @nest: attribute NARU_NAPT_REQ_RULE
 * @spec: filled, for naru_spec_free() in any case; its id is 0
 * @extack: says what is wrong
 *
 * Process context; may sleep.
 *
 * Return: 0, -EINVAL, -ERANGE, -E2BIG, -EAFNOSUPPORT, -ENOMEM.
 */
int naru_spec_parse(const struct nlattr *nest, struct naru_napt_spec *spec,
		    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NARU_RULE_ATTR_MAX + 1];
	int err;

	memset(spec, 0, sizeof(*spec));
	err = nla_parse_nested(tb, NARU_RULE_ATTR_MAX, nest, naru_rule_policy, extack);
	if (!err)
		err = parse_all(nest, tb, spec, extack);
	if (err == -ENOMEM)
		NL_SET_ERR_MSG(extack, "no memory for the rule");
	return err;
}

/**
 * naru_spec_free() - give back what naru_spec_parse() took
 * @spec: rule, not one of a rule set
 *
 * Any context.
 */
void naru_spec_free(struct naru_napt_spec *spec)
{
	kfree(spec->match.except);
	kfree(spec->range);
}
