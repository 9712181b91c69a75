// SPDX-License-Identifier: GPL-2.0
/*
 * IP options of packets that are translated on their way out: hosts and routers inside, this one
 * included, leave their addresses in them. RFC 791 3.1.
 */
#include <net/ip.h>
#include "hook.h"

/* Addresses that rules hide on that side */
struct veil {
	const struct naru_napt *napt;
	const struct naru_ruleset *rs;
	int realm;
	__be32 addr;		/* what is seen in their place */
};

static bool is_hidden(const struct veil *v, __be32 addr)
{
	u32 i;

	if (naru_ext_find(v->napt, addr))
		return false;
	for (i = 0; i < v->rs->num; i++) {
		const struct naru_rule *rule = v->rs->rule[i];

		if (rule->ifindex == v->realm && naru_side_inside(v->napt, rule, addr))
			return true;
	}
	return false;
}

/* An option's addresses from @at on, each @step bytes behind the last */
static void hide(const struct veil *v, u8 *opt, u32 at, u32 step)
{
	__be32 addr;

	for (; at + sizeof(addr) <= opt[1]; at += step) {
		memcpy(&addr, opt + at, sizeof(addr));
		if (is_hidden(v, addr))
			memcpy(opt + at, &v->addr, sizeof(addr));
	}
}

/* False: it must not leave */
static bool hide_in_option(const struct veil *v, u8 *opt)
{
	switch (opt[0]) {
	case IPOPT_LSRR:
	case IPOPT_SSRR:
		return false;	/* RFC 5508 7.3 */
	case IPOPT_RR:
		hide(v, opt, 3, 4);
		break;
	case IPOPT_TIMESTAMP:
		if (opt[1] >= 4 && (opt[3] & 0xf) != IPOPT_TS_TSONLY)
			hide(v, opt, 4, 8);
		break;
	}
	return true;
}

/* False for malformed ones too: who knows what is in them */
static bool hide_in_options(const struct veil *v, u8 *opt, u32 len)
{
	u32 at = 0;

	while (at < len && opt[at] != IPOPT_END) {
		if (opt[at] == IPOPT_NOOP) {
			at++;
			continue;
		}
		if (at + 1 >= len || opt[at + 1] < 2 || at + opt[at + 1] > len ||
		    !hide_in_option(v, opt + at))
			return false;
		at += opt[at + 1];
	}
	return true;
}

/**
 * naru_options_hide - inside addresses in the options of a packet become its external address
 * @napt: NAPT
 * @rs: rule set
 * @realm: interface that the packet leaves by
 * @skb: the packet, with IP options
 * @addr: its external address
 *
 * POST_ROUTING, under rcu_read_lock.
 *
 * Return: false when it must not leave: it has a source route, or there is no memory.
 */
bool naru_options_hide(const struct naru_napt *napt, const struct naru_ruleset *rs, int realm,
		       struct sk_buff *skb, __be32 addr)
{
	const struct veil v = { .napt = napt, .rs = rs, .realm = realm, .addr = addr };
	u32 len = ip_hdrlen(skb);
	struct iphdr *iph;

	if (skb_ensure_writable(skb, skb_network_offset(skb) + len))
		return false;
	iph = ip_hdr(skb);
	if (!hide_in_options(&v, (u8 *)(iph + 1), len - sizeof(*iph)))
		return false;
	ip_send_check(iph);
	return true;
}
