// SPDX-License-Identifier: GPL-2.0
/*
 * Which sockets a request means.
 */
#include "genl.h"

/*
 * Wire mode and family are looked at by check_values(): a validation function of an integer makes
 * the kernel warn when it describes the policy, which any user can ask it to.
 */
const struct nla_policy naru_filter_policy[NARU_FILTER_MAX + 1] = {
	[NARU_FILTER_STATES] = NLA_POLICY_MASK(NLA_U32, NARU_STATES_ALL),
	[NARU_FILTER_WIRE] = { .type = NLA_U8 },
	[NARU_FILTER_FAMILY] = { .type = NLA_U8 },
	[NARU_FILTER_LADDR] = NLA_POLICY_EXACT_LEN(16),
	[NARU_FILTER_RADDR] = NLA_POLICY_EXACT_LEN(16),
	[NARU_FILTER_LPREFIX] = NLA_POLICY_MAX(NLA_U8, 128),
	[NARU_FILTER_RPREFIX] = NLA_POLICY_MAX(NLA_U8, 128),
	[NARU_FILTER_LPORT] = { .type = NLA_U16 },
	[NARU_FILTER_RPORT] = { .type = NLA_U16 },
	[NARU_FILTER_ID] = { .type = NLA_U32 },
	[NARU_FILTER_KIND] = NLA_POLICY_MAX(NLA_U8, NARU_KIND_TIME_WAIT),
	[NARU_FILTER_TYPE] = NLA_POLICY_RANGE(NLA_U8, SOCK_STREAM, SOCK_DGRAM),
};

static int check_values(struct nlattr *const tb[], struct netlink_ext_ack *extack)
{
	const struct nlattr *wire = tb[NARU_FILTER_WIRE], *family = tb[NARU_FILTER_FAMILY];

	if (wire && nla_get_u8(wire) != IPPROTO_TCP && nla_get_u8(wire) != NARU_PROTO_STREAM) {
		NL_SET_ERR_MSG_ATTR(extack, wire, "the wire mode is 6 (inet) or 253 (native)");
		return -EINVAL;
	}
	if (family && nla_get_u8(family) != AF_INET && nla_get_u8(family) != AF_INET6) {
		NL_SET_ERR_MSG_ATTR(extack, family, "the family is AF_INET or AF_INET6");
		return -EINVAL;
	}
	return 0;
}

static int check_prefixes(struct nlattr *const tb[], struct netlink_ext_ack *extack)
{
	if (tb[NARU_FILTER_LPREFIX] && !tb[NARU_FILTER_LADDR]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NARU_FILTER_LPREFIX],
				    "a prefix length without a local address");
		return -EINVAL;
	}
	if (tb[NARU_FILTER_RPREFIX] && !tb[NARU_FILTER_RADDR]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NARU_FILTER_RPREFIX],
				    "a prefix length without a remote address");
		return -EINVAL;
	}
	return 0;
}

static u8 get_u8(const struct nlattr *attr, u8 otherwise)
{
	return attr ? nla_get_u8(attr) : otherwise;
}

static void parse_addresses(struct nlattr *const tb[], struct naru_filter *f)
{
	f->lprefix = get_u8(tb[NARU_FILTER_LPREFIX], 128);
	f->rprefix = get_u8(tb[NARU_FILTER_RPREFIX], 128);
	if (tb[NARU_FILTER_LADDR])
		f->laddr = nla_get_in6_addr(tb[NARU_FILTER_LADDR]);
	if (tb[NARU_FILTER_RADDR])
		f->raddr = nla_get_in6_addr(tb[NARU_FILTER_RADDR]);
	if (tb[NARU_FILTER_LPORT])
		f->lport = nla_get_u16(tb[NARU_FILTER_LPORT]);
	if (tb[NARU_FILTER_RPORT])
		f->rport = nla_get_u16(tb[NARU_FILTER_RPORT]);
}

/**
 * naru_filter_parse() - decode a filter
 * @nest: attribute NARU_QUERY_FILTER, or NULL: everything matches
 * @f: filled
 * @extack: says what is wrong
 *
 * Process context.
 *
 * Return: 0 or -EINVAL, -ERANGE.
 */
int naru_filter_parse(const struct nlattr *nest, struct naru_filter *f,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NARU_FILTER_MAX + 1];
	int err, i;

	memset(f, 0, sizeof(*f));
	if (!nest)
		return 0;
	err = nla_parse_nested(tb, NARU_FILTER_MAX, nest, naru_filter_policy, extack);
	if (!err)
		err = check_values(tb, extack);
	if (!err)
		err = check_prefixes(tb, extack);
	if (err)
		return err;
	for (i = 1; i <= NARU_FILTER_MAX; i++)
		if (tb[i])
			f->present |= BIT(i);
	if (tb[NARU_FILTER_STATES])
		f->states = nla_get_u32(tb[NARU_FILTER_STATES]);
	if (tb[NARU_FILTER_ID])
		f->id = nla_get_u32(tb[NARU_FILTER_ID]);
	f->wire = get_u8(tb[NARU_FILTER_WIRE], 0);
	f->family = get_u8(tb[NARU_FILTER_FAMILY], 0);
	f->kind = get_u8(tb[NARU_FILTER_KIND], 0);
	f->type = get_u8(tb[NARU_FILTER_TYPE], 0);
	parse_addresses(tb, f);
	return 0;
}

static bool has(const struct naru_filter *f, int attr)
{
	return f->present & BIT(attr);
}

static bool match_addresses(const struct naru_filter *f, const struct naru_key *key)
{
	if (has(f, NARU_FILTER_LADDR) && !ipv6_prefix_equal(&key->laddr, &f->laddr, f->lprefix))
		return false;
	if (has(f, NARU_FILTER_RADDR) && !ipv6_prefix_equal(&key->raddr, &f->raddr, f->rprefix))
		return false;
	if (has(f, NARU_FILTER_LPORT) && ntohs(key->lport) != f->lport)
		return false;
	return !has(f, NARU_FILTER_RPORT) || ntohs(key->rport) == f->rport;
}

/**
 * naru_filter_type() - of which type are sockets of an IP protocol?
 * @wire: its number
 *
 * Return: SOCK_STREAM or SOCK_DGRAM.
 */
u8 naru_filter_type(u32 wire)
{
	return wire == IPPROTO_UDP || wire == NARU_PROTO_DGRAM ? SOCK_DGRAM : SOCK_STREAM;
}

/**
 * naru_filter_mode() - the wire mode of an IP protocol
 * @wire: its number
 *
 * Return: the number that streams have in it, 6 or 253.
 */
u8 naru_filter_mode(u32 wire)
{
	return wire == IPPROTO_TCP || wire == IPPROTO_UDP ? IPPROTO_TCP : NARU_PROTO_STREAM;
}

/**
 * naru_filter_match() - is this row wanted?
 * @f: filter
 * @row: row with key, id, kind and state
 *
 * Any context.
 */
bool naru_filter_match(const struct naru_filter *f, const struct naru_row *row)
{
	if (has(f, NARU_FILTER_ID) && row->id != f->id)
		return false;
	if (has(f, NARU_FILTER_KIND) && row->kind != f->kind)
		return false;
	if (has(f, NARU_FILTER_STATES) && !(f->states & BIT(row->state)))
		return false;
	if (has(f, NARU_FILTER_WIRE) && naru_filter_mode(row->key.wire) != f->wire)
		return false;
	if (has(f, NARU_FILTER_TYPE) && naru_filter_type(row->key.wire) != f->type)
		return false;
	if (has(f, NARU_FILTER_FAMILY) && naru_walk_family(&row->key) != f->family)
		return false;
	return match_addresses(f, &row->key);
}
