// SPDX-License-Identifier: GPL-2.0
/*
 * UDP and IP headers in front of a datagram, its checksum, and out. IP fragments what is too large for the path,
 * where it may.
 */
#include <linux/seg6.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include <net/udp.h>
#include "dgram.h"

/* ---- how much ---- */

static unsigned int option_bytes(const struct naru_dgram_tx *tx)
{
	if (tx->v4)
		return tx->opt4 ? tx->opt4->opt.optlen : 0;
	return tx->opt6 ? tx->opt6->opt_nflen + tx->opt6->opt_flen : 0;
}

static unsigned int ip_bytes(const struct naru_dgram_tx *tx)
{
	return (tx->v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr)) + option_bytes(tx);
}

/* What a path takes, in one packet: IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, IPV6_MTU */
static u32 path_mtu(const struct sock *sk, const struct naru_dgram_tx *tx,
		    const struct dst_entry *dst)
{
	u32 device = READ_ONCE(dst->dev->mtu), frag = READ_ONCE(inet6_sk(sk)->frag_size);
	u32 mtu;

	if (tx->v4)
		return ip_sk_use_pmtu(sk) ? dst_mtu(dst) : device;
	mtu = inet6_sk(sk)->pmtudisc >= IPV6_PMTUDISC_PROBE ? device : dst_mtu(dst);
	return frag && frag < mtu ? frag : mtu;
}

static bool may_fragment(const struct sock *sk, const struct naru_dgram_tx *tx)
{
	if (tx->v4)
		return ip_sk_ignore_df(sk);
	return ip6_sk_ignore_df(sk) && !tx->dontfrag;
}

/**
 * naru_dgram_check_len - whether a datagram may be so large
 * @sk: socket
 * @tx: the datagram
 * @dst: its route
 * @len: bytes of payload
 *
 * Context: process.
 *
 * Return: 0, or -EMSGSIZE, which is told by IP_RECVERR as well; -EINVAL where it is to be cut and the pieces are too
 * large.
 */
int naru_dgram_check_len(struct sock *sk, const struct naru_dgram_tx *tx,
			 const struct dst_entry *dst, u32 len)
{
	u32 most = tx->v4 ? IP_MAX_MTU : sizeof(struct ipv6hdr) + IPV6_MAXPLEN;
	u32 mtu;

	rcu_read_lock();	/* the route's device may be swapped, and the old one freed */
	mtu = path_mtu(sk, tx, dst);
	rcu_read_unlock();
	/* each of many is a packet, and no more */
	if (tx->gso_size && len > tx->gso_size) {
		if (ip_bytes(tx) + sizeof(struct udphdr) + tx->gso_size > mtu)
			return -EINVAL;
	} else if (!may_fragment(sk, tx)) {
		most = mtu;
	}
	if (ip_bytes(tx) + sizeof(struct udphdr) + len <= most)
		return 0;
	if (tx->dontfrag && !tx->v4)
		naru_dgram_pmtu_note(sk, tx, mtu - option_bytes(tx));
	naru_dgram_local_error(sk, tx, mtu - option_bytes(tx));
	return -EMSGSIZE;
}

/**
 * naru_dgram_room - bytes that a datagram wants in front of its payload
 * @tx: the datagram
 * @dst: its route
 *
 * Context: process.
 *
 * Return: bytes.
 */
unsigned int naru_dgram_room(const struct naru_dgram_tx *tx, const struct dst_entry *dst)
{
	unsigned int link;

	rcu_read_lock();
	link = LL_RESERVED_SPACE(dst->dev);
	rcu_read_unlock();
	return link + dst->header_len + ip_bytes(tx) + sizeof(struct udphdr);
}

/* ---- UDP ---- */

/* Checksum engines that know UDP by its protocol number do not know 254 */
static bool device_sums(const struct dst_entry *dst)
{
	bool does;

	rcu_read_lock();
	does = dst->dev->features & NETIF_F_HW_CSUM;
	rcu_read_unlock();
	return does;
}

static bool no_csum(const struct sock *sk, const struct naru_dgram_tx *tx)
{
	return tx->v4 ? sk->sk_no_check_tx : READ_ONCE(naru_dgram(sk)->no_check6_tx);
}

static __sum16 pseudo_sum(const struct naru_dgram_tx *tx, u32 len, __wsum sum)
{
	if (tx->v4)
		return csum_tcpudp_magic(tx->from.s6_addr32[3], tx->to.ip.s6_addr32[3], len,
					 IPPROTO_UDP, sum);
	return csum_ipv6_magic(&tx->from, &tx->to.ip, len, IPPROTO_UDP, sum);
}

/* RFC 768. The pseudo-header says 17 in both wire modes */
static void set_csum(const struct sock *sk, struct sk_buff *skb, const struct naru_dgram_tx *tx,
		     const struct dst_entry *dst)
{
	struct udphdr *uh = udp_hdr(skb);

	uh->check = 0;
	skb->ip_summed = CHECKSUM_NONE;
	if (no_csum(sk, tx))
		return;
	if (naru_dgram(sk)->wire == IPPROTO_UDP || device_sums(dst)) {
		uh->check = ~pseudo_sum(tx, skb->len, 0);
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_transport_header(skb) - skb->head;
		skb->csum_offset = offsetof(struct udphdr, check);
		return;
	}
	uh->check = pseudo_sum(tx, skb->len, skb_checksum(skb, 0, skb->len, 0));
	if (!uh->check)
		uh->check = CSUM_MANGLED_0;
}

static void push_udp(const struct sock *sk, struct sk_buff *skb, const struct naru_dgram_tx *tx,
		     const struct dst_entry *dst)
{
	u32 len = skb->len;
	struct udphdr *uh = skb_push(skb, sizeof(*uh));

	skb_reset_transport_header(skb);
	uh->source = tx->sport;
	uh->dest = tx->to.port;
	uh->len = htons(skb->len);
	if (tx->gso_size && len > tx->gso_size) {
		skb_shinfo(skb)->gso_size = tx->gso_size;
		skb_shinfo(skb)->gso_type = SKB_GSO_UDP_L4;
		skb_shinfo(skb)->gso_segs = DIV_ROUND_UP(len, tx->gso_size);
	}
	set_csum(sk, skb, tx, dst);
}

/* ---- IPv4 ---- */

static void put_options(struct sk_buff *skb, const struct naru_dgram_tx *tx)
{
	struct ip_options *opt = &IPCB(skb)->opt;
	u8 *head = skb_network_header(skb);
	__be32 now;

	*opt = tx->opt4->opt;
	memcpy(head + sizeof(struct iphdr), tx->opt4->opt.__data, opt->optlen);
	if (opt->srr)
		memcpy(head + opt->srr + head[opt->srr + 1] - 4, &tx->to.ip.s6_addr32[3], 4);
	if (opt->rr_needaddr)
		memcpy(head + opt->rr + head[opt->rr + 2] - 5, &tx->from.s6_addr32[3], 4);
	if (opt->ts_needaddr)
		memcpy(head + opt->ts + head[opt->ts + 2] - 9, &tx->from.s6_addr32[3], 4);
	if (!opt->ts_needtime)
		return;
	now = inet_current_timestamp();
	memcpy(head + opt->ts + head[opt->ts + 2] - 5, &now, 4);
}

static bool may_not_fragment(struct sock *sk, const struct sk_buff *skb, const struct dst_entry *dst)
{
	u8 disc = READ_ONCE(inet_sk(sk)->pmtudisc);

	return disc == IP_PMTUDISC_DO || disc == IP_PMTUDISC_PROBE ||
	       (skb->len <= dst_mtu(dst) && ip_dont_fragment(sk, (struct dst_entry *)dst));
}

static u8 ttl_v4(const struct sock *sk, const struct naru_dgram_tx *tx, const struct dst_entry *dst)
{
	int ttl = tx->ttl;

	if (ttl >= 0)
		return ttl;
	if (container_of(dst, struct rtable, dst)->rt_type == RTN_MULTICAST)
		return READ_ONCE(inet_sk(sk)->mc_ttl);
	ttl = READ_ONCE(inet_sk(sk)->uc_ttl);
	return ttl >= 0 ? ttl : ip4_dst_hoplimit(dst);
}

static int xmit_v4(struct sock *sk, struct sk_buff *skb, const struct naru_dgram_tx *tx)
{
	const struct dst_entry *dst = skb_dst(skb);
	unsigned int optlen = option_bytes(tx);
	struct iphdr *iph = skb_push(skb, sizeof(*iph) + optlen);

	skb_reset_network_header(skb);
	iph->version = 4;
	iph->ihl = (sizeof(*iph) + optlen) / 4;
	iph->tos = tx->tos;
	iph->ttl = ttl_v4(sk, tx, dst);
	iph->protocol = naru_dgram(sk)->wire;
	iph->saddr = tx->from.s6_addr32[3];
	iph->daddr = tx->hop.s6_addr32[3];
	skb->protocol = htons(ETH_P_IP);
	if (optlen)
		put_options(skb, tx);
	skb->ignore_df = ip_sk_ignore_df(sk);
	iph->frag_off = may_not_fragment(sk, skb, dst) ? htons(IP_DF) : 0;
	ip_select_ident(sock_net(sk), skb, sk);
	return ip_local_out(sock_net(sk), sk, skb);
}

/* ---- IPv6 ---- */

static void push_option(struct sk_buff *skb, const struct ipv6_opt_hdr *opt, u8 type, u8 *next)
{
	struct ipv6_opt_hdr *h = skb_push(skb, ipv6_optlen(opt));

	memcpy(h, opt, ipv6_optlen(opt));
	h->nexthdr = *next;
	*next = type;
}

/* RFC 6275 6.4, RFC 8754 2: the last address of the list is where it is going */
static void push_route(struct sk_buff *skb, const struct naru_dgram_tx *tx, u8 *next)
{
	struct ipv6_rt_hdr *h;

	push_option(skb, (const struct ipv6_opt_hdr *)tx->opt6->srcrt, NEXTHDR_ROUTING, next);
	h = (struct ipv6_rt_hdr *)skb->data;
	if (h->type == IPV6_SRCRT_TYPE_4) {
		((struct ipv6_sr_hdr *)h)->segments[0] = tx->to.ip;
	} else {
		struct in6_addr *addr = ((struct rt0_hdr *)h)->addr;
		unsigned int hops = h->hdrlen >> 1;

		memmove(addr, addr + 1, (hops - 1) * sizeof(*addr));
		addr[hops - 1] = tx->to.ip;
	}
}

/* In the order of RFC 8200 4.1, from behind */
static u8 push_options(struct sk_buff *skb, const struct naru_dgram_tx *tx, u8 next)
{
	const struct ipv6_txoptions *opt = tx->opt6;

	if (!opt)
		return next;
	if (opt->dst1opt)
		push_option(skb, opt->dst1opt, NEXTHDR_DEST, &next);
	if (opt->srcrt) {
		push_route(skb, tx, &next);
		if (opt->dst0opt)
			push_option(skb, opt->dst0opt, NEXTHDR_DEST, &next);
	}
	if (opt->hopopt)
		push_option(skb, opt->hopopt, NEXTHDR_HOP, &next);
	return next;
}

static int hops_v6(const struct sock *sk, const struct naru_dgram_tx *tx, struct dst_entry *dst)
{
	int hops = tx->ttl;

	if (hops < 0)
		hops = ipv6_addr_is_multicast(&tx->to.ip) ? inet6_sk(sk)->mcast_hops :
							    inet6_sk(sk)->hop_limit;
	return hops >= 0 ? hops : ip6_dst_hoplimit(dst);
}

static __be32 label_of(const struct sock *sk, struct sk_buff *skb, const struct naru_dgram_tx *tx)
{
	struct flowi6 fl6 = {
		.flowi6_proto = naru_dgram(sk)->wire,
		.saddr = tx->from,
		.daddr = tx->to.ip,
		.fl6_sport = tx->sport,
		.fl6_dport = tx->to.port,
	};

	return ip6_make_flowlabel(sock_net(sk), skb, tx->flowlabel & IPV6_FLOWLABEL_MASK,
				  naru_compat_autoflowlabel(sk), &fl6);
}

static int xmit_v6(struct sock *sk, struct sk_buff *skb, const struct naru_dgram_tx *tx)
{
	__be32 label = label_of(sk, skb, tx);
	struct ipv6hdr *hdr;
	u8 next;

	next = push_options(skb, tx, naru_dgram(sk)->wire);
	hdr = skb_push(skb, sizeof(*hdr));
	skb_reset_network_header(skb);
	ip6_flow_hdr(hdr, tx->tos, label);
	hdr->payload_len = htons(skb->len - sizeof(*hdr));
	hdr->nexthdr = next;
	hdr->hop_limit = hops_v6(sk, tx, skb_dst(skb));
	hdr->saddr = tx->from;
	hdr->daddr = tx->hop;
	skb->protocol = htons(ETH_P_IPV6);
	skb->ignore_df = may_fragment(sk, tx);
	return ip6_local_out(sock_net(sk), sk, skb);
}

/* No buffer on the way is no error, unless the program wants to hear of each: as with the kernel's UDP */
static int outcome(const struct sock *sk, const struct naru_dgram_tx *tx, int err)
{
	if (err > 0)
		err = net_xmit_errno(err);
	if (err == -ENOBUFS && !naru_compat_recverr(sk, tx->v4))
		err = 0;
	return err;
}

/**
 * naru_dgram_xmit - send a datagram
 * @sk: socket
 * @skb: its payload, naru_dgram_room() in front; it is consumed
 * @tx: what is said of it, with source and destination
 * @dst: its route, of which a reference is taken
 *
 * Context: process.
 *
 * Return: 0 or a negative errno.
 */
int naru_dgram_xmit(struct sock *sk, struct sk_buff *skb, const struct naru_dgram_tx *tx,
		    struct dst_entry *dst)
{
	memset(skb->cb, 0, max(sizeof(struct inet_skb_parm), sizeof(struct inet6_skb_parm)));
	skb->priority = tx->priority;
	skb->mark = tx->sockc.mark;
	naru_compat_transmit_time(skb, sk, tx->sockc.transmit_time);
	skb_setup_tx_timestamp(skb, tx->sockc.tsflags);
	skb_dst_set(skb, dst_clone(dst));
	push_udp(sk, skb, tx, dst);
	NARU_INC(naru_net_of(sk), DGRAM_OUT);
	return outcome(sk, tx, tx->v4 ? xmit_v4(sk, skb, tx) : xmit_v6(sk, skb, tx));
}
