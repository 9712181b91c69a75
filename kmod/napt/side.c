// SPDX-License-Identifier: GPL-2.0
/*
 * Which side of the NAPT is an address on? Inside is what a rule's src says. Where that is everything,
 * so that it says nothing, inside is what does not lie beyond the rule's interface. RFC 4787 2: a NAT
 * translates what goes from inside to outside; what goes from outside to outside it routes.
 */
#include <net/ip_fib.h>
#include <net/l3mdev.h>
#include "hook.h"

/* Does a route to the address lead out by the interface? */
static bool lies_beyond(struct net *net, int ifindex, __be32 addr)
{
	struct net_device *dev = dev_get_by_index_rcu(net, ifindex);
	struct flowi4 fl4 = { .flowi4_iif = LOOPBACK_IFINDEX, .daddr = addr };
	struct fib_result res = { };

	if (dev)
		fl4.flowi4_l3mdev = l3mdev_master_ifindex_rcu(dev);
	return dev && !fib_lookup(net, &fl4, &res, 0) && res.type == RTN_UNICAST &&
	       fib_info_nh_uses_dev(res.fi, dev);
}

/**
 * naru_side_own - is an address this machine's own?
 * @net: namespace
 * @ifindex: interface; where it is a VRF's, the addresses of that are asked
 * @addr: address
 *
 * Any context.
 *
 * Return: true when it is.
 */
bool naru_side_own(struct net *net, int ifindex, __be32 addr)
{
	bool own;

	rcu_read_lock();
	own = inet_addr_type_dev_table(net, dev_get_by_index_rcu(net, ifindex), addr) == RTN_LOCAL;
	rcu_read_unlock();
	return own;
}

/**
 * naru_side_inside - is an address one that a rule takes for an inside one?
 * @napt: NAPT
 * @rule: rule, be it suspended
 * @addr: address
 *
 * What lies nowhere is taken for inside: this is asked of what must not get out. Under rcu_read_lock;
 * softirq or process.
 *
 * Return: true when it is.
 */
bool naru_side_inside(const struct naru_napt *napt, const struct naru_rule *rule, __be32 addr)
{
	const struct naru_napt_match *m = &rule->spec.match;

	if (m->prefix)
		return naru_policy_in_prefix(ntohl(addr), m->src, m->prefix);
	return !lies_beyond(napt->nn->net, rule->ifindex, addr);
}

static bool is_named(const struct naru_ruleset *rs, int ifindex, __be32 addr)
{
	u32 i;

	for (i = 0; i < rs->num; i++) {
		const struct naru_rule *rule = rs->rule[i];
		const struct naru_napt_match *m = &rule->spec.match;

		if (rule->ifindex == ifindex && m->prefix &&
		    naru_policy_in_prefix(ntohl(addr), m->src, m->prefix))
			return true;
	}
	return false;
}

/**
 * naru_side_passes_by - does a packet go from outside to outside?
 * @napt: NAPT
 * @rs: rule set
 * @in: ifindex that it came in by, 0: none
 * @out: ifindex that it leaves by
 * @src: its source
 *
 * Who comes in by the interface that rules translate towards is inside only where one of them says so
 * by its src; a router with one interface needs that. Under rcu_read_lock; softirq or process.
 *
 * Return: true when it does, and is not to be translated.
 */
bool naru_side_passes_by(const struct naru_napt *napt, const struct naru_ruleset *rs, int in,
			 int out, __be32 src)
{
	return in == out && !naru_ext_find(napt, src) && !is_named(rs, out, src);
}
