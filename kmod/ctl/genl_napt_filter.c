// SPDX-License-Identifier: GPL-2.0
/*
 * Which mappings and sessions a request means.
 */
#include <linux/inetdevice.h>
#include "genl_napt.h"

/* What both kinds of filter have. Protocols are looked at by naru_genl_proto(): see genl_filter.c */
#define MAP_POLICY							\
	[NARU_MAP_FILTER_PROTO] = { .type = NLA_U8 },			\
	[NARU_MAP_FILTER_DEV] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 }, \
	[NARU_MAP_FILTER_INSIDE] = NLA_POLICY_EXACT_LEN(16),		\
	[NARU_MAP_FILTER_INSIDE_PREFIX] = NLA_POLICY_RANGE(NLA_U8, 96, 128), \
	[NARU_MAP_FILTER_INSIDE_PORT] = { .type = NLA_U16 },		\
	[NARU_MAP_FILTER_OUTSIDE] = NLA_POLICY_EXACT_LEN(16),		\
	[NARU_MAP_FILTER_OUTSIDE_PREFIX] = NLA_POLICY_RANGE(NLA_U8, 96, 128), \
	[NARU_MAP_FILTER_OUTSIDE_PORT] = { .type = NLA_U16 },		\
	[NARU_MAP_FILTER_STATIC] = NLA_POLICY_MAX(NLA_U8, 1),		\
	[NARU_MAP_FILTER_ID] = { .type = NLA_U32 }

const struct nla_policy naru_map_filter_policy[NARU_MAP_FILTER_ID + 1] = {
	MAP_POLICY,
};

const struct nla_policy naru_session_filter_policy[NARU_MAP_FILTER_MAX + 1] = {
	MAP_POLICY,
	[NARU_MAP_FILTER_REMOTE] = NLA_POLICY_EXACT_LEN(16),
	[NARU_MAP_FILTER_REMOTE_PREFIX] = NLA_POLICY_RANGE(NLA_U8, 96, 128),
	[NARU_MAP_FILTER_REMOTE_PORT] = { .type = NLA_U16 },
	[NARU_MAP_FILTER_STATES] = NLA_POLICY_MASK(NLA_U32, NARU_SESSION_STATES_ALL),
};

/* An address, its prefix and its port stand behind each other, from attribute @type on */
static int parse_end(struct nlattr *const tb[], int type, __be32 *addr, u8 *bits, u16 *port,
		     struct netlink_ext_ack *extack)
{
	const struct nlattr *prefix = tb[type + 1];

	if (prefix && !tb[type]) {
		NL_SET_ERR_MSG_ATTR(extack, prefix, "a prefix length without an address");
		return -EINVAL;
	}
	*bits = naru_genl_prefix(prefix, 32);
	if (tb[type + 2])
		*port = nla_get_u16(tb[type + 2]);
	return tb[type] ? naru_genl_addr(tb[type], addr, extack) : 0;
}

static int parse_ends(struct nlattr *const tb[], struct naru_map_filter *f,
		      struct netlink_ext_ack *extack)
{
	int err = parse_end(tb, NARU_MAP_FILTER_INSIDE, &f->inside, &f->inside_bits,
			    &f->inside_port, extack);

	if (!err)
		err = parse_end(tb, NARU_MAP_FILTER_OUTSIDE, &f->outside, &f->outside_bits,
				&f->outside_port, extack);
	return err ?: parse_end(tb, NARU_MAP_FILTER_REMOTE, &f->remote, &f->remote_bits,
				&f->remote_port, extack);
}

static int parse_rest(struct nlattr *const tb[], struct naru_map_filter *f,
		      struct netlink_ext_ack *extack)
{
	int proto;

	if (tb[NARU_MAP_FILTER_PROTO]) {
		proto = naru_genl_proto(tb[NARU_MAP_FILTER_PROTO], extack);
		if (proto < 0)
			return proto;
		f->proto = proto;
	}
	if (tb[NARU_MAP_FILTER_STATIC])
		f->fixed = nla_get_u8(tb[NARU_MAP_FILTER_STATIC]);
	if (tb[NARU_MAP_FILTER_ID])
		f->id = nla_get_u32(tb[NARU_MAP_FILTER_ID]);
	if (tb[NARU_MAP_FILTER_STATES])
		f->states = nla_get_u32(tb[NARU_MAP_FILTER_STATES]);
	if (tb[NARU_MAP_FILTER_DEV])
		return naru_genl_dev(tb[NARU_MAP_FILTER_DEV], f->dev, extack);
	return 0;
}

/**
 * naru_map_filter_parse() - decode a filter
 * @nest: attribute NARU_NAPT_REQ_FILTER, which its policy has let pass, or NULL: everything matches
 * @f: filled
 * @extack: says what is wrong
 *
 * Process context.
 *
 * Return: 0 or -EINVAL, -EAFNOSUPPORT, -EPROTONOSUPPORT.
 */
int naru_map_filter_parse(const struct nlattr *nest, struct naru_map_filter *f,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NARU_MAP_FILTER_MAX + 1];
	int err, i;

	memset(f, 0, sizeof(*f));
	if (!nest)
		return 0;
	err = nla_parse_nested(tb, NARU_MAP_FILTER_MAX, nest, naru_session_filter_policy, extack);
	if (!err)
		err = parse_ends(tb, f, extack);
	if (!err)
		err = parse_rest(tb, f, extack);
	for (i = 1; !err && i <= NARU_MAP_FILTER_MAX; i++)
		if (tb[i])
			f->present |= BIT(i);
	return err;
}

static bool has(const struct naru_map_filter *f, int attr)
{
	return f->present & BIT(attr);
}

static bool match_end(const struct naru_map_filter *f, int attr, __be32 want, u8 bits,
		      u16 want_port, __be32 addr, __be16 port)
{
	if (has(f, attr) && (addr ^ want) & inet_make_mask(bits))
		return false;
	return !has(f, attr + 2) || ntohs(port) == want_port;
}

/**
 * naru_map_filter_match() - is this mapping wanted?
 * @f: filter; what it says of sessions is passed over
 * @row: mapping
 *
 * Under RCU, for the name of the interface.
 */
bool naru_map_filter_match(const struct naru_map_filter *f, const struct naru_map_row *row)
{
	/* what has not been made has no id, and 0 is none */
	if (has(f, NARU_MAP_FILTER_ID) && (row->id != f->id || !f->id))
		return false;
	if (has(f, NARU_MAP_FILTER_PROTO) && row->proto != f->proto)
		return false;
	if (has(f, NARU_MAP_FILTER_STATIC) && !(row->flags & NARU_MAPPING_STATIC) == f->fixed)
		return false;
	if (has(f, NARU_MAP_FILTER_DEV) && strcmp(row->dev, f->dev))
		return false;
	return match_end(f, NARU_MAP_FILTER_INSIDE, f->inside, f->inside_bits, f->inside_port,
			 row->in, row->in_port) &&
	       match_end(f, NARU_MAP_FILTER_OUTSIDE, f->outside, f->outside_bits, f->outside_port,
			 row->out, row->out_port);
}

/**
 * naru_session_filter_match() - is this session wanted, as far as it goes beyond its mapping?
 * @f: filter
 * @row: session
 *
 * Any context.
 */
bool naru_session_filter_match(const struct naru_map_filter *f, const struct naru_session_row *row)
{
	if (has(f, NARU_MAP_FILTER_STATES) && !(f->states & BIT(row->state)))
		return false;
	return match_end(f, NARU_MAP_FILTER_REMOTE, f->remote, f->remote_bits, f->remote_port,
			 row->addr, row->port);
}
