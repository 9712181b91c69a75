// SPDX-License-Identifier: GPL-2.0
/*
 * Static mappings as they are asked for: ports that are forwarded in.
 */
#include <linux/slab.h>
#include "genl_napt.h"

static struct netlink_range_validation range_num = { .min = 1, .max = U16_MAX };

const struct nla_policy naru_static_policy[NARU_STATIC_MAX + 1] = {
	[NARU_STATIC_PROTO] = { .type = NLA_U8 },
	[NARU_STATIC_DEV] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[NARU_STATIC_OUTSIDE] = NLA_POLICY_EXACT_LEN(16),
	[NARU_STATIC_OUTSIDE_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[NARU_STATIC_INSIDE] = NLA_POLICY_EXACT_LEN(16),
	[NARU_STATIC_INSIDE_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[NARU_STATIC_NUM] = NLA_POLICY_FULL_RANGE(NLA_U32, &range_num),
};

const struct nla_policy naru_map_add_policy[NARU_NAPT_REQ_STATIC + 1] = {
	[NARU_NAPT_REQ_RULE] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_ID] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_BEFORE] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_STATIC] = NLA_POLICY_NESTED(naru_static_policy),
};

static int check_present(const struct nlattr *nest, struct nlattr *const tb[],
			 struct netlink_ext_ack *extack)
{
	if (!tb[NARU_STATIC_PROTO])
		NL_SET_ERR_MSG_ATTR(extack, nest, "of which protocol? it is missing");
	else if (!tb[NARU_STATIC_OUTSIDE_PORT])
		NL_SET_ERR_MSG_ATTR(extack, nest, "which port? the outside one is missing");
	else if (!tb[NARU_STATIC_INSIDE])
		NL_SET_ERR_MSG_ATTR(extack, nest, "to which host? its address is missing");
	else if (!tb[NARU_STATIC_INSIDE_PORT])
		NL_SET_ERR_MSG_ATTR(extack, nest, "to which port? the inside one is missing");
	else
		return 0;
	return -EINVAL;
}

static int parse_proto(const struct nlattr *attr, u8 *to, struct netlink_ext_ack *extack)
{
	int proto = naru_genl_proto(attr, extack);

	if (proto < 0)
		return proto;
	*to = proto;
	if (proto != NARU_NAPT_ICMP)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "echoes have no ports that could be forwarded");
	return -EPROTONOSUPPORT;
}

static int parse_ends(struct nlattr *const tb[], struct naru_napt_static *fixed,
		      struct netlink_ext_ack *extack)
{
	int err = naru_genl_addr(tb[NARU_STATIC_INSIDE], &fixed->in, extack);

	if (!err && tb[NARU_STATIC_OUTSIDE])
		err = naru_genl_addr(tb[NARU_STATIC_OUTSIDE], &fixed->ext, extack);
	if (!err && tb[NARU_STATIC_DEV])
		err = naru_genl_dev(tb[NARU_STATIC_DEV], fixed->dev, extack);
	if (err)
		return err;
	if (tb[NARU_STATIC_OUTSIDE] && !fixed->ext) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NARU_STATIC_OUTSIDE], "0.0.0.0 is no address");
		return -EADDRNOTAVAIL;
	}
	if (fixed->in)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, tb[NARU_STATIC_INSIDE], "0.0.0.0 is no address");
	return -EADDRNOTAVAIL;
}

static int parse_ports(struct nlattr *const tb[], struct naru_napt_static *fixed,
		       struct netlink_ext_ack *extack)
{
	fixed->ext_first = nla_get_u16(tb[NARU_STATIC_OUTSIDE_PORT]);
	fixed->in_first = nla_get_u16(tb[NARU_STATIC_INSIDE_PORT]);
	fixed->num = tb[NARU_STATIC_NUM] ? nla_get_u32(tb[NARU_STATIC_NUM]) : 1;
	if (max(fixed->ext_first, fixed->in_first) + fixed->num - 1 <= U16_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, tb[NARU_STATIC_NUM], "so many ports go beyond 65535");
	return -ERANGE;
}

/**
 * naru_static_parse() - decode a static mapping
 * @nest: attribute NARU_NAPT_REQ_STATIC
 * @fixed: filled
 * @extack: says what is wrong
 *
 * Process context.
 *
 * Return: 0, -EINVAL, -ERANGE, -EPROTONOSUPPORT, -EAFNOSUPPORT, -EADDRNOTAVAIL.
 */
int naru_static_parse(const struct nlattr *nest, struct naru_napt_static *fixed,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NARU_STATIC_MAX + 1];
	int err = nla_parse_nested(tb, NARU_STATIC_MAX, nest, naru_static_policy, extack);

	memset(fixed, 0, sizeof(*fixed));
	if (!err)
		err = check_present(nest, tb, extack);
	if (!err)
		err = parse_proto(tb[NARU_STATIC_PROTO], &fixed->proto, extack);
	if (!err)
		err = parse_ends(tb, fixed, extack);
	return err ?: parse_ports(tb, fixed, extack);
}

/* The present static mappings and @one; the rules stay */
static int add_static(struct naru_napt *napt, const struct naru_napt_static *one,
		      struct netlink_ext_ack *extack)
{
	u32 num = napt->num_statics, bad;
	struct naru_napt_static *fixed;
	int err;

	fixed = kvcalloc(num + 1, sizeof(*fixed), GFP_KERNEL);
	if (!fixed) {
		NL_SET_ERR_MSG(extack, "no memory for the static mappings");
		return -ENOMEM;
	}
	if (num)
		memcpy(fixed, napt->statics, num * sizeof(*fixed));
	fixed[num] = *one;
	err = naru_genl_rules_with(napt, fixed, num + 1, &bad, extack);
	kvfree(fixed);
	return err;
}

/**
 * naru_genl_map_add() - NARU_CMD_NAPT_MAP_ADD
 * @skb: request
 * @info: its attributes
 *
 * Process context; may sleep.
 *
 * Return: 0, -EPERM, -EINVAL, -ENOMEM, and what naru_static_parse() and
 * naru_rules_replace() give.
 */
int naru_genl_map_add(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[NARU_NAPT_REQ_STATIC];
	struct naru_napt_static fixed;
	struct naru_napt *napt;
	int err = naru_genl_admin(skb, genl_info_net(info)->user_ns, info->extack);

	if (err)
		return err;
	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "which mapping? it is missing");
		return -EINVAL;
	}
	err = naru_static_parse(attr, &fixed, info->extack);
	if (err)
		return err;
	napt = naru_napt_get(naru_net(genl_info_net(info)));
	if (IS_ERR(napt)) {
		NL_SET_ERR_MSG(info->extack, "no memory for the NAPT");
		return PTR_ERR(napt);
	}
	mutex_lock(&napt->mutex);
	err = add_static(napt, &fixed, info->extack);
	mutex_unlock(&napt->mutex);
	if (err)
		NL_SET_BAD_ATTR(info->extack, attr);
	return err;
}

static int put_static(struct sk_buff *skb, const struct naru_napt_static *fixed)
{
	if (nla_put_u8(skb, NARU_STATIC_PROTO, naru_napt_wire(fixed->proto)) ||
	    nla_put_u16(skb, NARU_STATIC_OUTSIDE_PORT, fixed->ext_first) ||
	    naru_genl_put_addr(skb, NARU_STATIC_INSIDE, fixed->in) ||
	    nla_put_u16(skb, NARU_STATIC_INSIDE_PORT, fixed->in_first) ||
	    nla_put_u32(skb, NARU_STATIC_NUM, fixed->num))
		return -EMSGSIZE;
	if (fixed->dev[0] && nla_put_string(skb, NARU_STATIC_DEV, fixed->dev))
		return -EMSGSIZE;
	if (fixed->ext && naru_genl_put_addr(skb, NARU_STATIC_OUTSIDE, fixed->ext))
		return -EMSGSIZE;
	return 0;
}

static int put_message(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct naru_napt_static *fixed)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&naru_genl_family, NLM_F_MULTI, NARU_CMD_NAPT_STATIC_GET);

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (put_static(skb, fixed)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * naru_genl_static_dump() - NARU_CMD_NAPT_STATIC_GET
 * @skb: message to fill
 * @cb: dump; args[0] were told, and args[1] says that who asks was looked at
 *
 * Process context; may sleep.
 *
 * Return: bytes in @skb, 0 at the end, -EPERM.
 */
int naru_genl_static_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct naru_napt *napt = naru_genl_napt(cb->skb);
	int err = 0;

	if (!cb->args[1])
		err = naru_genl_admin(cb->skb, sock_net(cb->skb->sk)->user_ns, cb->extack);
	if (err || !napt)
		return err;
	cb->args[1] = 1;
	mutex_lock(&napt->mutex);
	cb->seq = napt->next_gen | 1U << 31;
	while (cb->args[0] < napt->num_statics &&
	       !put_message(skb, cb, &napt->statics[cb->args[0]]))
		cb->args[0]++;
	mutex_unlock(&napt->mutex);
	return skb->len;
}
