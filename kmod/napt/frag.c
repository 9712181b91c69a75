// SPDX-License-Identifier: GPL-2.0
/*
 * Fragments before they are put together: a flood of them must not keep those of others out, RFC 4787
 * REQ-14a. While half of the memory for fragments is in use, only those are let in whose first one has
 * come before; in order they always do.
 */
#include <linux/jhash.h>
#include <net/inet_frag.h>
#include <net/ip.h>
#include "hook.h"

/* Of the datagram that a fragment is of; never 0 */
static u32 signature(const struct iphdr *iph)
{
	u32 datagram = (u32)ntohs(iph->id) << 8 | iph->protocol;

	return jhash_3words((__force u32)iph->saddr, (__force u32)iph->daddr, datagram,
			    naru_secret.key[0]) | 1;
}

static bool memory_is_short(const struct net *net)
{
	const struct fqdir *fqdir = net->ipv4.fqdir;

	return frag_mem_limit(fqdir) > READ_ONCE(fqdir->high_thresh) / 2;
}

/**
 * naru_napt_fragment - a packet before defragmentation
 * @priv: NAPT
 * @skb: the packet
 * @state: of the hook
 *
 * PRE_ROUTING, softirq, under rcu_read_lock. The table of first fragments may lose one to another: its
 * datagram is lost then, while memory is short.
 *
 * Return: NF_ACCEPT or NF_STOLEN.
 */
unsigned int naru_napt_fragment(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct naru_napt *napt = priv;
	u32 sig, *slot;

	if (likely(!ip_is_fragment(iph)))
		return NF_ACCEPT;
	sig = signature(iph);
	slot = &napt->first[sig >> 1 & (NARU_NAPT_FIRSTS - 1)];
	if (!(iph->frag_off & htons(IP_OFFSET)))
		WRITE_ONCE(*slot, sig);
	else if (READ_ONCE(*slot) != sig && memory_is_short(state->net))
		return naru_napt_drop(napt, skb, NARU_DROP_NAPT_FRAGMENT);
	return NF_ACCEPT;
}
