// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes that several of the NAPT's commands have.
 */
#include <linux/netdevice.h>
#include "genl_napt.h"

/**
 * naru_genl_addr() - an IPv4 address
 * @attr: 16 bytes, the policy has seen to that
 * @addr: filled
 * @extack: says what is wrong
 *
 * Any context.
 *
 * Return: 0, or -EAFNOSUPPORT for what is no v4-mapped address.
 */
int naru_genl_addr(const struct nlattr *attr, __be32 *addr, struct netlink_ext_ack *extack)
{
	struct in6_addr a = nla_get_in6_addr(attr);

	if (!ipv6_addr_v4mapped(&a)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "the NAPT is for IPv4: a v4-mapped address");
		return -EAFNOSUPPORT;
	}
	*addr = a.s6_addr32[3];
	return 0;
}

/**
 * naru_genl_put_addr() - put an IPv4 address
 * @skb: message
 * @type: attribute
 * @addr: address
 *
 * Any context.
 *
 * Return: 0 or -EMSGSIZE.
 */
int naru_genl_put_addr(struct sk_buff *skb, int type, __be32 addr)
{
	struct in6_addr a;

	ipv6_addr_set_v4mapped(addr, &a);
	return nla_put_in6_addr(skb, type, &a);
}

/**
 * naru_genl_proto() - a protocol that is translated
 * @attr: u8, an IP protocol number
 * @extack: says what is wrong
 *
 * Any context.
 *
 * Return: enum naru_napt_proto, or -EPROTONOSUPPORT.
 */
int naru_genl_proto(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	int proto = naru_napt_proto(nla_get_u8(attr));

	if (proto >= 0)
		return proto;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the protocol is 6, 17, 1, 253 or 254");
	return -EPROTONOSUPPORT;
}

/**
 * naru_genl_dev() - the name of an interface, which need not be there
 * @attr: string, shorter than IFNAMSIZ
 * @dev: filled, IFNAMSIZ bytes
 * @extack: says what is wrong
 *
 * Any context.
 *
 * Return: 0 or -EINVAL.
 */
int naru_genl_dev(const struct nlattr *attr, char *dev, struct netlink_ext_ack *extack)
{
	nla_strscpy(dev, attr, IFNAMSIZ);
	if (dev_valid_name(dev))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "no name that an interface can have");
	return -EINVAL;
}

/**
 * naru_genl_prefix() - how many bits of an address count
 * @attr: u8 from 96 to 128, or NULL
 * @otherwise: bits where there is none
 *
 * Any context.
 *
 * Return: 0 to 32.
 */
int naru_genl_prefix(const struct nlattr *attr, u8 otherwise)
{
	return attr ? nla_get_u8(attr) - 96 : otherwise;
}

/**
 * naru_genl_ms_left() - time until then
 * @expires: jiffies
 *
 * Any context.
 *
 * Return: milliseconds, 0 for what is past.
 */
u32 naru_genl_ms_left(unsigned long expires)
{
	unsigned long now = jiffies;

	return time_after(expires, now) ? jiffies_to_msecs(expires - now) : 0;
}

/**
 * naru_genl_napt() - the NAPT that a request is about
 * @skb: request
 *
 * Any context.
 *
 * Return: it, NULL where no rule was ever made.
 */
struct naru_napt *naru_genl_napt(const struct sk_buff *skb)
{
	return naru_napt_of(naru_net(sock_net(skb->sk)));
}

/**
 * naru_genl_ruleset() - the rules as they are
 * @napt: NAPT, its mutex held
 *
 * Return: they, NULL where there are none.
 */
const struct naru_ruleset *naru_genl_ruleset(const struct naru_napt *napt)
{
	return rcu_dereference_protected(napt->rules, lockdep_is_held(&napt->mutex));
}
