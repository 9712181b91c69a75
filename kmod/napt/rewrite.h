/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What another endpoint changes in a packet, inlined where every packet comes by.
 */
#ifndef NARU_NAPT_REWRITE_H
#define NARU_NAPT_REWRITE_H

#include <linux/icmp.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include "napt.h"

/* rewrite.c: a packet that is not atomic gets an ID of the NAT's own */
void naru_rewrite_id(struct naru_napt *napt, struct sk_buff *skb, struct iphdr *iph);

/* Put together from fragments that had DF: they leave as such again */
static __always_inline bool naru_was_df_fragments(const struct sk_buff *skb)
{
	return unlikely(IPCB(skb)->flags & IPSKB_FRAG_PMTU);
}

/* Atomic packets keep their ID: RFC 6864 4.1 */
static __always_inline void naru_renew_id(struct naru_napt *napt, struct sk_buff *skb,
					  struct iphdr *iph)
{
	if (!(iph->frag_off & htons(IP_DF)) || naru_was_df_fragments(skb))
		naru_rewrite_id(napt, skb, iph);
}

/*
 * Is the checksum of the header at @h left to hardware? What is left to it may be one further in, of a
 * packet in a tunnel; the outer one is left too then where each segment is to have its own.
 */
static __always_inline bool naru_sum_is_left(const struct sk_buff *skb, const void *h)
{
	return skb->ip_summed == CHECKSUM_PARTIAL &&
	       (likely(skb->head + skb->csum_start == h) ||
		(skb_is_gso(skb) && skb_shinfo(skb)->gso_type & SKB_GSO_UDP_TUNNEL_CSUM));
}

/*
 * A checksum over words that have changed by @plain, and over addresses that have by @addr: where it is
 * left to hardware, it is that of the addresses so far. What a receiver summed up has both in it, and
 * they cancel out but for the addresses.
 */
static __always_inline void naru_fix_sum(struct sk_buff *skb, const void *h, __sum16 *sum,
					 __wsum addr, __wsum plain)
{
	if (naru_sum_is_left(skb, h)) {
		*sum = ~csum_fold(csum_add(csum_unfold(*sum), addr));
		return;
	}
	csum_replace_by_diff(sum, csum_add(addr, plain));
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->csum = csum_sub(skb->csum, addr);
}

/* Zero says that there is no checksum, and nothing cancels out */
static __always_inline void naru_fix_udp_sum(struct sk_buff *skb, struct udphdr *uh, __wsum addr,
					     __wsum plain)
{
	if (!uh->check && !naru_sum_is_left(skb, uh)) {
		if (skb->ip_summed == CHECKSUM_COMPLETE)
			skb->csum = csum_add(skb->csum, plain);
		return;
	}
	naru_fix_sum(skb, uh, &uh->check, addr, plain);
	if (!uh->check)
		uh->check = CSUM_MANGLED_0;
}

static __always_inline __wsum naru_port_change(__be16 from, __be16 to)
{
	return csum_sub((__force __wsum)to, (__force __wsum)from);
}

/* The port, of source or destination, or the id of an echo; the addresses have changed by @addr */
static __always_inline void naru_fix_transport(struct sk_buff *skb, u8 proto, void *h, bool src,
					       __wsum addr, __be16 port)
{
	struct icmphdr *icmp = h;
	struct udphdr *uh = h;
	struct tcphdr *th = h;
	__be16 *field = src ? &uh->source : &uh->dest;

	if (proto == NARU_NAPT_TCP || proto == NARU_NAPT_STREAM) {
		naru_fix_sum(skb, th, &th->check, addr, naru_port_change(*field, port));
	} else if (proto == NARU_NAPT_ICMP) {
		field = &icmp->un.echo.id;
		naru_fix_sum(skb, h, &icmp->checksum, 0, naru_port_change(*field, port));
	} else {
		naru_fix_udp_sum(skb, uh, addr, naru_port_change(*field, port));
	}
	*field = port;
}

/* May those bytes be written to? False: skb_ensure_writable() has to see to it */
static __always_inline bool naru_is_writable(const struct sk_buff *skb, u32 len)
{
	return len <= skb_headlen(skb) && (!skb_cloned(skb) || skb_clone_writable(skb, len));
}

/**
 * naru_rewrite - a packet that is writable gets another endpoint
 * @napt: NAPT
 * @skb: the packet, GSO or not, whatever its checksum's state
 * @proto: enum naru_napt_proto
 * @thoff: where the transport header begins, from skb->data
 * @src: its source, not its destination
 * @addr: new address
 * @port: new port, or id of an echo
 *
 * Softirq or process.
 */
static __always_inline void naru_rewrite(struct naru_napt *napt, struct sk_buff *skb, u8 proto,
					 u32 thoff, bool src, __be32 addr, __be16 port)
{
	struct iphdr *iph = ip_hdr(skb);
	__be32 *field = src ? &iph->saddr : &iph->daddr;
	__wsum change = csum_sub((__force __wsum)addr, (__force __wsum)*field);

	naru_fix_transport(skb, proto, skb->data + thoff, src, change, port);
	csum_replace_by_diff(&iph->check, change);
	*field = addr;
	naru_renew_id(napt, skb, iph);
}

#endif
