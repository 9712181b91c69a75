// SPDX-License-Identifier: GPL-2.0
/*
 * Datagrams from IP: protocol 254 by handlers of its own, UDP from the sockets that hold its ports.
 */
#include <net/icmp.h>
#include <net/ip6_checksum.h>
#include <net/protocol.h>
#include <net/route.h>
#include <net/udp.h>
#include <net/xfrm.h>
#include <linux/icmpv6.h>
#include "dgram.h"

static bool is_v4(const struct sk_buff *skb)
{
	return ip_hdr(skb)->version == 4;
}

static int first_interface(const struct sk_buff *skb)
{
	return is_v4(skb) ? inet_iif(skb) : inet6_iif(skb);
}

static int second_interface(const struct sk_buff *skb)
{
	return is_v4(skb) ? inet_sdif(skb) : inet6_sdif(skb);
}

static bool is_multi(const struct sk_buff *skb)
{
	const struct rtable *rt = skb_rtable(skb);

	if (!is_v4(skb))
		return ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr);
	return rt && (rt->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST));
}

static void key_of(const struct sk_buff *skb, u8 wire, struct naru_key *key)
{
	memset(key, 0, sizeof(*key));
	key->wire = wire;
	key->lport = udp_hdr(skb)->dest;
	key->rport = udp_hdr(skb)->source;
	if (is_v4(skb)) {
		ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, &key->laddr);
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &key->raddr);
		return;
	}
	key->laddr = ipv6_hdr(skb)->daddr;
	key->raddr = ipv6_hdr(skb)->saddr;
}

/* What comes by the kernel's UDP has been asked about there, though not a policy of the socket's own */
static bool policy_ok(struct sock *sk, struct sk_buff *skb, const struct sock *holder)
{
	if (holder && !sk)
		return true;
	if (is_v4(skb))
		return xfrm4_policy_check(sk, XFRM_POLICY_IN, skb);
	return xfrm6_policy_check(sk, XFRM_POLICY_IN, skb);
}

static void to_sock(struct sock *sk, struct sk_buff *skb, const struct sock *holder)
{
	if (!policy_ok(sk, skb, holder)) {
		naru_drop(naru_net_of(sk), sk, skb, NARU_DROP_POLICY);
		return;
	}
	nf_reset_ct(skb);
	naru_dgram_deliver(sk, skb);
}

/* RFC 1122 4.1.3.1, RFC 4443 3.1 */
static void to_nobody(struct naru_net *nn, struct sk_buff *skb, const struct sock *holder)
{
	if (!policy_ok(NULL, skb, holder)) {
		naru_drop(nn, NULL, skb, NARU_DROP_POLICY);
		return;
	}
	nf_reset_ct(skb);
	if (is_v4(skb))
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
	else
		icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH, 0);
	naru_drop(nn, NULL, skb, NARU_DROP_DGRAM_NO_SOCKET);
}

/* Each gets its own copy, the last one what came */
static void to_all(struct naru_net *nn, struct sk_buff *skb, const struct naru_key *key,
		   const struct sock *holder)
{
	struct naru_dgram_port *port = naru_dgram_port(nn, key->wire, ntohs(key->lport));
	int dif = first_interface(skb), sdif = second_interface(skb);
	struct sock *sk = NULL, *next;
	struct sk_buff *copy;

	if (port)
		sk = naru_dgram_next(port, NULL, key, holder, dif, sdif);
	if (!sk) {
		naru_drop(nn, NULL, skb, NARU_DROP_DGRAM_NO_MEMBER);
		return;
	}
	while ((next = naru_dgram_next(port, sk, key, holder, dif, sdif))) {
		copy = skb_clone(skb, GFP_ATOMIC);
		if (copy)
			to_sock(sk, copy, holder);
		else
			atomic_inc(&sk->sk_drops);
		sk = next;
	}
	to_sock(sk, skb, holder);
}

/* @holder: the kernel's socket that it comes from, or NULL */
static void dispatch(struct naru_net *nn, struct sk_buff *skb, u8 wire, const struct sock *holder)
{
	struct naru_key key;
	struct sock *sk;

	key_of(skb, wire, &key);
	if (is_multi(skb)) {
		to_all(nn, skb, &key, holder);
		return;
	}
	sk = naru_dgram_find(nn, &key, skb, first_interface(skb), second_interface(skb));
	if (sk)
		to_sock(sk, skb, holder);
	else
		to_nobody(nn, skb, holder);
}

/**
 * naru_dgram_encap_rcv - struct udp_sock.encap_rcv of the sockets that hold ports (M2)
 * @holder: the kernel's socket
 * @skb: data at the UDP header, which is valid, as is the checksum; it is consumed
 *
 * Context: softirq, under rcu_read_lock().
 *
 * Return: 0.
 */
int naru_dgram_encap_rcv(struct sock *holder, struct sk_buff *skb)
{
	struct naru_net *nn = naru_net(sock_net(holder));

	if (READ_ONCE(nn->dying))
		naru_drop(nn, NULL, skb, NARU_DROP_NET_DYING);
	else
		dispatch(nn, skb, IPPROTO_UDP, holder);
	return 0;
}

/* ---- protocol 254 ---- */

/* RFC 768: no checksum, over IPv4; over IPv6 each socket decides. The pseudo-header says 17 */
static bool csum_ok(struct sk_buff *skb)
{
	if (!udp_hdr(skb)->check && skb->ip_summed != CHECKSUM_PARTIAL) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
		return true;
	}
	if (is_v4(skb))
		return !skb_checksum_init(skb, IPPROTO_UDP, inet_compute_pseudo) &&
		       !skb_checksum_complete(skb);
	return !skb_checksum_init(skb, IPPROTO_UDP, ip6_compute_pseudo) &&
	       !skb_checksum_complete(skb);
}

/* NARU_DROP_MAX: all is well, and @skb as long as its header says */
static enum naru_drop_reason decode(struct sk_buff *skb)
{
	unsigned int len;

	if (!pskb_may_pull(skb, sizeof(struct udphdr)))
		return NARU_DROP_SHORT;
	len = ntohs(udp_hdr(skb)->len);
	if (len < sizeof(struct udphdr) || len > skb->len)
		return NARU_DROP_SHORT;
	if (len < skb->len && pskb_trim_rcsum(skb, len))
		return NARU_DROP_NO_MEMORY;
	return csum_ok(skb) ? NARU_DROP_MAX : NARU_DROP_BAD_CSUM;
}

static int rcv_native(struct sk_buff *skb)
{
	struct naru_net *nn = naru_net(dev_net(skb->dev));
	enum naru_drop_reason reason = NARU_DROP_NET_DYING;

	if (!READ_ONCE(nn->dying))
		reason = decode(skb);
	if (reason == NARU_DROP_MAX) {
		dispatch(nn, skb, NARU_PROTO_DGRAM, NULL);
	} else {
		NARU_INC(nn, IN_ERRS);
		naru_drop(nn, NULL, skb, reason);
	}
	return 0;
}

static int err_v4(struct sk_buff *skb, u32 info)
{
	naru_dgram_icmp_v4(naru_net(dev_net(skb->dev)), skb, NARU_PROTO_DGRAM, info);
	return 0;
}

static int err_v6(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type, u8 code, int offset,
		  __be32 info)
{
	naru_dgram_icmp_v6(naru_net(dev_net(skb->dev)), skb, NARU_PROTO_DGRAM, type, code, offset,
			   ntohl(info));
	return 0;
}

static const struct net_protocol native_v4 = {
	.handler = rcv_native,
	.err_handler = err_v4,
	.no_policy = 1,
};

static const struct inet6_protocol native_v6 = {
	.handler = rcv_native,
	.err_handler = err_v6,
	.flags = INET6_PROTO_NOPOLICY | INET6_PROTO_FINAL,
};

/**
 * naru_dgram_ingress_register - take IP protocol 254
 *
 * Context: process.
 *
 * Return: 0, -EBUSY where another module has it.
 */
int naru_dgram_ingress_register(void)
{
	if (inet_add_protocol(&native_v4, NARU_PROTO_DGRAM))
		goto taken;
	if (!inet6_add_protocol(&native_v6, NARU_PROTO_DGRAM))
		return 0;
	inet_del_protocol(&native_v4, NARU_PROTO_DGRAM);
taken:
	pr_err("naru: another module has IP protocol %d: unload it first\n", NARU_PROTO_DGRAM);
	return -EBUSY;
}

/**
 * naru_dgram_ingress_unregister - give IP protocol 254 back
 *
 * Context: process; waits until no packet is on its way through the handlers, nor through the sockets that held
 * ports.
 */
void naru_dgram_ingress_unregister(void)
{
	inet6_del_protocol(&native_v6, NARU_PROTO_DGRAM);
	inet_del_protocol(&native_v4, NARU_PROTO_DGRAM);
	synchronize_rcu();
	naru_dgram_hold_exit();
}
