// SPDX-License-Identifier: GPL-2.0
/*
 * Errors about datagrams of ours: by ICMP, and our own (EMSGSIZE). RFC 1122 4.1.3.3.
 */
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/icmp.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include "dgram.h"

/* The first octets of a quoted datagram, which every ICMP error has to carry */
struct quoted {
	__be16 sport, dport;
	__be32 rest;
};

/**
 * struct report - an ICMP error for a socket
 * @err: errno, positive
 * @hard: also for a program that has not asked for errors, where it is connected
 * @payload: of what was sent, offset in the skb from its data
 * @port: that it was sent to
 * @ee: as IP_RECVERR tells it
 * @addr_offset: of the address that it was sent to, from the network header
 */
struct report {
	int err;
	bool hard;
	unsigned int payload;
	__be16 port;
	struct sock_extended_err ee;
	u16 addr_offset;
};

static void enqueue(struct sock *sk, const struct sk_buff *icmp, const struct report *r)
{
	struct sk_buff *skb = skb_clone((struct sk_buff *)icmp, GFP_ATOMIC);
	struct sock_exterr_skb *serr;

	if (!skb)
		return;
	serr = SKB_EXT_ERR(skb);
	serr->ee = r->ee;
	serr->ee.ee_errno = r->err;
	serr->ee.ee_pad = 0;
	serr->ee.ee_data = 0;
	serr->addr_offset = r->addr_offset;
	serr->port = r->port;
	if (skb_pull(skb, r->payload)) {
		skb_reset_transport_header(skb);
		if (!sock_queue_err_skb(sk, skb))
			return;
	}
	consume_skb(skb);
}

/* @v4: by ICMP, so that it is IP_RECVERR that counts */
static void tell(struct sock *sk, const struct sk_buff *skb, const struct report *r, bool v4)
{
	NARU_INC(naru_net_of(sk), ICMP_IN);
	if (naru_compat_recverr(sk, v4))
		enqueue(sk, skb, r);
	else if (!r->hard || sk->sk_state != TCP_ESTABLISHED)
		return;
	WRITE_ONCE(sk->sk_err, r->err);
	sk_error_report(sk);
}

/* ---- ICMP ---- */

/* False: nothing that a program has to hear of */
static bool meaning_v4(struct sock *sk, struct sk_buff *skb, u32 info, struct report *r)
{
	r->err = EHOSTUNREACH;
	switch (r->ee.ee_type) {
	case ICMP_SOURCE_QUENCH:
		return false;
	case ICMP_REDIRECT:
		ipv4_sk_redirect(skb, sk);
		return false;
	case ICMP_PARAMETERPROB:
		r->err = EPROTO;
		r->hard = true;
		return true;
	case ICMP_DEST_UNREACH:
		break;
	default:
		return true;
	}
	if (r->ee.ee_code == ICMP_FRAG_NEEDED) {
		ipv4_sk_update_pmtu(skb, sk, info);
		r->err = EMSGSIZE;
		r->hard = true;
		return READ_ONCE(inet_sk(sk)->pmtudisc) != IP_PMTUDISC_DONT;
	}
	if (r->ee.ee_code <= NR_ICMP_UNREACH) {
		r->err = icmp_err_convert[r->ee.ee_code].errno;
		r->hard = icmp_err_convert[r->ee.ee_code].fatal;
	}
	return true;
}

/**
 * naru_dgram_icmp_v4 - an ICMP error has come that quotes a datagram of ours
 * @nn: namespace
 * @skb: data at the quoted IP header, of which 8 bytes behind are there
 * @wire: its IP protocol
 * @info: next-hop MTU where there is one
 *
 * Context: softirq, under rcu_read_lock().
 */
void naru_dgram_icmp_v4(struct naru_net *nn, struct sk_buff *skb, u8 wire, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const struct quoted *q = (const struct quoted *)(skb->data + iph->ihl * 4);
	struct naru_key key = { .wire = wire, .lport = q->sport, .rport = q->dport };
	struct report r = { .port = q->dport };
	struct sock *sk;

	ipv6_addr_set_v4mapped(iph->saddr, &key.laddr);
	ipv6_addr_set_v4mapped(iph->daddr, &key.raddr);
	sk = naru_dgram_find(nn, &key, NULL, skb->dev->ifindex, inet_sdif(skb));
	if (!sk)
		return;
	r.payload = iph->ihl * 4 + sizeof(struct udphdr);
	r.addr_offset = (u8 *)&iph->daddr - skb_network_header(skb);
	r.ee.ee_origin = SO_EE_ORIGIN_ICMP;
	r.ee.ee_type = icmp_hdr(skb)->type;
	r.ee.ee_code = icmp_hdr(skb)->code;
	r.ee.ee_info = info;
	if (meaning_v4(sk, skb, info, &r))
		tell(sk, skb, &r, true);
}

static bool meaning_v6(struct sock *sk, struct sk_buff *skb, u32 info, struct report *r)
{
	r->hard = icmpv6_err_convert(r->ee.ee_type, r->ee.ee_code, &r->err);
	if (r->ee.ee_type == NDISC_REDIRECT) {
		ip6_sk_redirect(skb, sk);
		return false;
	}
	if (r->ee.ee_type != ICMPV6_PKT_TOOBIG)
		return true;
	if (!ip6_sk_accept_pmtu(sk))
		return false;
	ip6_sk_update_pmtu(skb, sk, htonl(info));
	if (inet6_sk(sk)->pmtudisc != IPV6_PMTUDISC_DONT)
		r->hard = true;
	return true;
}

/**
 * naru_dgram_icmp_v6 - an ICMPv6 error has come that quotes a datagram of ours
 * @nn: namespace
 * @skb: data at the quoted IPv6 header
 * @wire: its protocol
 * @type: ICMPv6 type
 * @code: ICMPv6 code
 * @offset: of the quoted UDP header, of which 8 bytes are there
 * @info: next-hop MTU where there is one
 *
 * Context: softirq, under rcu_read_lock().
 */
void naru_dgram_icmp_v6(struct naru_net *nn, struct sk_buff *skb, u8 wire, u8 type, u8 code,
			int offset, u32 info)
{
	const struct ipv6hdr *hdr = (const struct ipv6hdr *)skb->data;
	struct naru_key key = { .wire = wire };
	const struct quoted *q;
	struct report r = {};
	struct sock *sk;

	if (!pskb_may_pull(skb, offset + sizeof(*q)))
		return;
	hdr = (const struct ipv6hdr *)skb->data;
	q = (const struct quoted *)(skb->data + offset);
	key.lport = q->sport;
	key.rport = q->dport;
	key.laddr = hdr->saddr;
	key.raddr = hdr->daddr;
	sk = naru_dgram_find(nn, &key, NULL, inet6_iif(skb), inet6_sdif(skb));
	if (!sk)
		return;
	r.port = q->dport;
	r.payload = offset + sizeof(struct udphdr);
	r.addr_offset = (u8 *)&hdr->daddr - skb_network_header(skb);
	r.ee.ee_origin = SO_EE_ORIGIN_ICMP6;
	r.ee.ee_type = type;
	r.ee.ee_code = code;
	r.ee.ee_info = info;
	if (meaning_v6(sk, skb, info, &r))
		tell(sk, skb, &r, false);
}

/**
 * naru_dgram_encap_err - struct udp_sock.encap_err_rcv of the sockets that hold ports (M2)
 * @holder: the kernel's socket, whose route has learned of a smaller MTU already
 * @skb: data at the quoted IP header
 * @offset: of the quoted UDP header
 * @info: next-hop MTU where there is one
 *
 * Context: softirq, under rcu_read_lock().
 */
void naru_dgram_encap_err(struct sock *holder, struct sk_buff *skb, unsigned int offset, u32 info)
{
	struct naru_net *nn = naru_net(sock_net(holder));

	if (READ_ONCE(nn->dying))
		return;
	if (((const struct iphdr *)skb->data)->version == 4)
		naru_dgram_icmp_v4(nn, skb, IPPROTO_UDP, info);
	else
		naru_dgram_icmp_v6(nn, skb, IPPROTO_UDP, icmp6_hdr(skb)->icmp6_type,
				   icmp6_hdr(skb)->icmp6_code, offset, info);
}

/* ---- our own ---- */

static unsigned int put_address(struct sk_buff *skb, const struct naru_dgram_tx *tx)
{
	if (tx->v4) {
		struct iphdr *iph = skb_put_zero(skb, sizeof(*iph));

		iph->daddr = tx->to.ip.s6_addr32[3];
		skb->protocol = htons(ETH_P_IP);
		return offsetof(struct iphdr, daddr);
	}
	((struct ipv6hdr *)skb_put_zero(skb, sizeof(struct ipv6hdr)))->daddr = tx->to.ip;
	skb->protocol = htons(ETH_P_IPV6);
	return offsetof(struct ipv6hdr, daddr);
}

/**
 * naru_dgram_local_error - a datagram is too large for its path
 * @sk: socket
 * @tx: the datagram
 * @info: bytes that the path takes
 *
 * For programs that have asked for errors; the call fails with EMSGSIZE in any case. Context: process.
 */
void naru_dgram_local_error(struct sock *sk, const struct naru_dgram_tx *tx, u32 info)
{
	struct sock_exterr_skb *serr;
	struct sk_buff *skb;

	if (!naru_compat_recverr(sk, tx->v4))
		return;
	skb = alloc_skb(sizeof(struct ipv6hdr), GFP_KERNEL);
	if (!skb)
		return;
	skb_reset_network_header(skb);
	serr = SKB_EXT_ERR(skb);
	memset(&serr->ee, 0, sizeof(serr->ee));
	serr->addr_offset = put_address(skb, tx);
	serr->ee.ee_errno = EMSGSIZE;
	serr->ee.ee_origin = SO_EE_ORIGIN_LOCAL;
	serr->ee.ee_info = info;
	serr->port = tx->to.port;
	__skb_pull(skb, skb->len);
	skb_reset_transport_header(skb);
	if (sock_queue_err_skb(sk, skb))
		consume_skb(skb);
}
