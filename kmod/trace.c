// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoints' one definition, and what they need to know of packets.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"

#include <linux/ip.h>
#include <linux/ipv6.h>

/* Does @size bytes of network header lie in the packet's head? */
static bool network_header_valid(const struct sk_buff *skb, unsigned int size)
{
	return skb_network_header(skb) >= skb->head &&
	       skb_network_header(skb) + size <= skb_tail_pointer(skb);
}

/* The addresses of a packet that was received. False: none to be read */
static bool key_addresses(const struct sk_buff *skb, struct naru_key *key)
{
	if (skb->protocol == htons(ETH_P_IP) &&
	    network_header_valid(skb, sizeof(struct iphdr)) && ip_hdr(skb)->version == 4) {
		ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, &key->laddr);
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &key->raddr);
		key->wire = ip_hdr(skb)->protocol;
		return true;
	}
	if (skb->protocol == htons(ETH_P_IPV6) &&
	    network_header_valid(skb, sizeof(struct ipv6hdr)) && ipv6_hdr(skb)->version == 6) {
		key->laddr = ipv6_hdr(skb)->daddr;
		key->raddr = ipv6_hdr(skb)->saddr;
		key->wire = ipv6_hdr(skb)->nexthdr;
		return true;
	}
	return false;
}

/**
 * naru_trace_key() - the four-tuple to show for a full socket
 * @sk: naru socket
 * @key: filled; what a socket in no table is bound to, its remote side unspecified
 *
 * Any context, no lock: a socket that is just bound or connected may be shown half done.
 */
void naru_trace_key(const struct sock *sk, struct naru_key *key)
{
	const struct naru_sock *ns = naru_sk(sk);

	if (READ_ONCE(ns->node.hashed) || sk->sk_type == SOCK_DGRAM) {
		*key = ns->node.key;
		return;
	}
	memset(key, 0, sizeof(*key));
	key->wire = ns->wire;
	key->scope = READ_ONCE(sk->sk_bound_dev_if);
	key->lport = htons(READ_ONCE(ns->inet.inet_num));
	if (sk->sk_family == AF_INET)
		ipv6_addr_set_v4mapped(ns->inet.inet_rcv_saddr, &key->laddr);
	else
		key->laddr = sk->sk_v6_rcv_saddr;
	if (ipv6_addr_v4mapped(&key->laddr))
		ipv6_addr_set_v4mapped(0, &key->raddr);
}

/**
 * naru_drop_key() - whose packet is dropped, as well as can be told
 * @sk: naru socket that drops it, or NULL
 * @skb: the packet, received or to be sent
 * @key: filled; what is not known is zero
 *
 * Any context, no lock. For the tracepoint: a connection's own four-tuple comes before what the
 * packet says, since a queued packet's headers may be gone.
 */
void naru_drop_key(const struct sock *sk, const struct sk_buff *skb, struct naru_key *key)
{
	const struct {
		__be16 source, dest;
	} *ports;

	memset(key, 0, sizeof(*key));
	if (sk && sk->sk_state != TCP_LISTEN) {
		*key = naru_sk(sk)->node.key;
		return;
	}
	if (!key_addresses(skb, key) || !skb_transport_header_was_set(skb) ||
	    skb_transport_header(skb) + sizeof(*ports) > skb_tail_pointer(skb))
		return;
	ports = (const void *)skb_transport_header(skb);
	key->lport = ports->dest;
	key->rport = ports->source;
}
