// SPDX-License-Identifier: GPL-2.0
/*
 * UDP_GRO: datagrams of one sender that follow each other in the queue become one, which a program reads by one call.
 * The kernel's own merging ends where a socket hands on what it gets, so it is done here.
 */
#include <net/ip.h>
#include <net/ipv6.h>
#include "dgram.h"

#define MOST_PIECES	64	/* as the kernel's */

static bool same_headers(const struct sk_buff *a, const struct sk_buff *b)
{
	if (a->protocol != b->protocol || udp_hdr(a)->source != udp_hdr(b)->source)
		return false;
	if (a->protocol == htons(ETH_P_IP))
		return ip_hdr(a)->saddr == ip_hdr(b)->saddr &&
		       ip_hdr(a)->daddr == ip_hdr(b)->daddr &&
		       ip_hdr(a)->tos == ip_hdr(b)->tos && ip_hdr(a)->ttl == ip_hdr(b)->ttl &&
		       ip_hdr(a)->ihl == 5 && ip_hdr(b)->ihl == 5;
	return ipv6_addr_equal(&ipv6_hdr(a)->saddr, &ipv6_hdr(b)->saddr) &&
	       ipv6_addr_equal(&ipv6_hdr(a)->daddr, &ipv6_hdr(b)->daddr) &&
	       ip6_flowinfo(ipv6_hdr(a)) == ip6_flowinfo(ipv6_hdr(b)) &&
	       ipv6_hdr(a)->hop_limit == ipv6_hdr(b)->hop_limit;
}

static unsigned int pieces(const struct sk_buff *skb)
{
	return max_t(unsigned int, skb_shinfo(skb)->gso_segs, 1);
}

static unsigned int piece_bytes(const struct sk_buff *skb)
{
	return skb_is_gso(skb) ? skb_shinfo(skb)->gso_size : skb->len;
}

/* All are as long as the first, but for the last of them */
static bool fits(const struct sk_buff *tail, const struct sk_buff *skb)
{
	unsigned int size = piece_bytes(tail);

	return skb->len && skb->len <= size && tail->len == pieces(tail) * size &&
	       pieces(tail) < MOST_PIECES && tail->len + skb->len <= IP_MAX_MTU;
}

/* dev_scratch: the last piece; nobody looks for the device of what waits */
static void append(struct sk_buff *tail, struct sk_buff *skb)
{
	struct skb_shared_info *shinfo = skb_shinfo(tail);

	if (!skb_is_gso(tail)) {
		shinfo->gso_size = tail->len;
		shinfo->gso_type = SKB_GSO_UDP_L4;
		shinfo->gso_segs = 1;
	}
	if (shinfo->frag_list)
		((struct sk_buff *)tail->dev_scratch)->next = skb;
	else
		shinfo->frag_list = skb;
	tail->dev_scratch = (unsigned long)skb;
	skb->next = NULL;
	shinfo->gso_segs++;
	tail->len += skb->len;
	tail->data_len += skb->len;
	tail->truesize += skb->truesize;
}

/**
 * naru_dgram_gro - put a datagram behind the last one in the queue
 * @sk: socket, the lock of its receive queue is held
 * @skb: the datagram, data at its payload, charged
 *
 * Any context.
 *
 * Return: false where it is to stand alone.
 */
bool naru_dgram_gro(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);

	/* somebody who looks at it has it, or another socket */
	if (!tail || skb_shared(tail) || skb_cloned(tail) || (skb_has_frag_list(tail) && !tail->dev_scratch))
		return false;
	if (skb_has_frag_list(skb) || !same_headers(tail, skb) || !fits(tail, skb))
		return false;
	append(tail, skb);
	return true;
}
