// SPDX-License-Identifier: GPL-2.0
/*
 * How a connection came in: what IP_PKTOPTIONS and IPV6_2292PKTOPTIONS tell of it.
 */
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/route.h>
#include "arrival.h"

/**
 * naru_arrival_note - the segment that has made a connection of a listener's
 * @child: connection, locked
 * @skb: the segment, its IP header in place
 *
 * Interface, hops, and class of traffic. Core code keeps them where a socket's choice for multicast stands. Context:
 * softirq.
 */
void naru_arrival_note(struct sock *child, const struct sk_buff *skb)
{
	struct inet_sock *inet = inet_sk(child);
	struct ipv6_pinfo *np = inet6_sk(child);

	if (ip_hdr(skb)->version == 4) {
		inet->mc_index = inet_iif(skb);
		inet->mc_ttl = ip_hdr(skb)->ttl;
		inet->rcv_tos = ip_hdr(skb)->tos;
		return;
	}
	np->mcast_oif = skb->skb_iif;
	np->mcast_hops = ipv6_hdr(skb)->hop_limit;
	np->rcv_flowinfo = ip6_flowinfo(ipv6_hdr(skb));
}
