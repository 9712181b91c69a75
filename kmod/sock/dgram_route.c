// SPDX-License-Identifier: GPL-2.0
/*
 * Where a datagram goes by: its route and its source address.
 */
#include <net/ip6_route.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include "dgram.h"

/* Which interface and source multicast and broadcast take where nothing else is said: IP_MULTICAST_IF, IP_UNICAST_IF */
static void choose_device_v4(const struct sock *sk, struct naru_dgram_tx *tx, __be32 daddr)
{
	const struct inet_sock *inet = inet_sk(sk);
	int index = READ_ONCE(inet->uc_index);

	if (ipv4_is_multicast(daddr)) {
		if (!tx->oif || netif_index_is_l3_master(sock_net(sk), tx->oif))
			tx->oif = READ_ONCE(inet->mc_index);
		if (naru_addr_is_any(&tx->from))
			ipv6_addr_set_v4mapped(READ_ONCE(inet->mc_addr), &tx->from);
		tx->connected = false;
	} else if (!tx->oif) {
		tx->oif = index;
	} else if (ipv4_is_lbcast(daddr) && index && index != tx->oif &&
		   index == l3mdev_master_ifindex_by_index(sock_net(sk), tx->oif)) {
		tx->oif = index;
	}
}

/* A source route leads elsewhere first, and strictly to a neighbour: RFC 791 3.1 */
static int first_hop_v4(struct naru_dgram_tx *tx)
{
	tx->hop = tx->to.ip;
	if (!tx->opt4 || !tx->opt4->opt.srr)
		return 0;
	if (naru_addr_is_any(&tx->to.ip))
		return -EINVAL;
	ipv6_addr_set_v4mapped(tx->opt4->opt.faddr, &tx->hop);
	tx->connected = false;
	return 0;
}

static bool only_neighbours(const struct sock *sk, const struct naru_dgram_tx *tx, int flags)
{
	return sock_flag(sk, SOCK_LOCALROUTE) || (flags & MSG_DONTROUTE) ||
	       (tx->opt4 && tx->opt4->opt.is_strictroute);
}

static struct rtable *lookup_v4(struct sock *sk, struct naru_dgram_tx *tx, bool onlink)
{
	u8 tos = tx->tos & ~INET_ECN_MASK;
	struct flowi4 fl4;
	struct rtable *rt;

	flowi4_init_output(&fl4, tx->oif, tx->sockc.mark,
			   onlink ? naru_compat_onlink_tos(tos) : tos,
			   onlink ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE, naru_dgram(sk)->wire,
			   inet_sk_flowi_flags(sk), tx->hop.s6_addr32[3],
			   tx->from.s6_addr32[3], tx->to.port, tx->sport, sk->sk_uid);
	security_sk_classify_flow(sk, flowi4_to_flowi_common(&fl4));
	rt = ip_route_output_flow(sock_net(sk), &fl4, sk);
	if (IS_ERR(rt))
		return rt;
	ipv6_addr_set_v4mapped(fl4.saddr, &tx->from);
	ipv6_addr_set_v4mapped(fl4.daddr, &tx->hop);
	if (naru_addr_is_any(&tx->to.ip))
		tx->to.ip = tx->hop;
	return rt;
}

static struct dst_entry *route_v4(struct sock *sk, struct naru_dgram_tx *tx, int flags)
{
	bool onlink = only_neighbours(sk, tx, flags);
	struct dst_entry *dst = NULL;
	struct rtable *rt;
	int err;

	err = first_hop_v4(tx);
	if (err)
		return ERR_PTR(err);
	choose_device_v4(sk, tx, tx->to.ip.s6_addr32[3]);
	if (onlink)
		tx->connected = false;
	if (tx->connected)
		dst = sk_dst_check(sk, 0);
	if (dst && dst->ops->family == AF_INET)
		return dst;
	/* another thread has connected the socket anew */
	dst_release(dst);
	rt = lookup_v4(sk, tx, onlink);
	if (IS_ERR(rt)) {
		if (PTR_ERR(rt) == -ENETUNREACH)
			IP_INC_STATS(sock_net(sk), IPSTATS_MIB_OUTNOROUTES);
		return ERR_CAST(rt);
	}
	if ((rt->rt_flags & RTCF_BROADCAST) && !sock_flag(sk, SOCK_BROADCAST)) {
		ip_rt_put(rt);
		return ERR_PTR(-EACCES);
	}
	if (tx->connected)
		sk_dst_set(sk, dst_clone(&rt->dst));
	return &rt->dst;
}

static void choose_device_v6(const struct sock *sk, struct naru_dgram_tx *tx)
{
	const struct ipv6_pinfo *np = inet6_sk(sk);

	if (tx->oif)
		return;
	if (ipv6_addr_is_multicast(&tx->to.ip)) {
		tx->oif = READ_ONCE(np->mcast_oif);
		tx->connected = false;
	} else {
		tx->oif = READ_ONCE(np->ucast_oif);
	}
}

static void init_flow6(const struct sock *sk, const struct naru_dgram_tx *tx, struct flowi6 *fl6)
{
	memset(fl6, 0, sizeof(*fl6));
	fl6->flowi6_proto = naru_dgram(sk)->wire;
	fl6->flowi6_oif = tx->oif;
	fl6->flowi6_mark = tx->sockc.mark;
	fl6->flowi6_uid = sk->sk_uid;
	fl6->daddr = tx->to.ip;
	fl6->saddr = tx->from;
	fl6->fl6_dport = tx->to.port;
	fl6->fl6_sport = tx->sport;
	fl6->flowlabel = ip6_make_flowinfo(tx->tos, tx->flowlabel);
}

static struct dst_entry *route_v6(struct sock *sk, struct naru_dgram_tx *tx)
{
	struct in6_addr *final_p, final;
	struct dst_entry *dst;
	struct flowi6 fl6;

	if (ipv6_addr_any(&tx->to.ip))
		tx->to.ip = in6addr_loopback;
	choose_device_v6(sk, tx);
	init_flow6(sk, tx, &fl6);
	final_p = fl6_update_dst(&fl6, tx->opt6, &final);
	tx->hop = fl6.daddr;
	if (final_p)
		tx->connected = false;
	security_sk_classify_flow(sk, flowi6_to_flowi_common(&fl6));
	dst = ip6_sk_dst_lookup_flow(sk, &fl6, final_p, tx->connected);
	if (!IS_ERR(dst))
		tx->from = fl6.saddr;
	return dst;
}

/**
 * naru_dgram_route - the route of a datagram
 * @sk: socket
 * @tx: the datagram; its source is filled in, its destination where that was none, and where it is routed to
 * @flags: MSG_DONTROUTE
 *
 * Context: process, may sleep.
 *
 * Return: the route with a reference, or an ERR_PTR: -ENETUNREACH, -EHOSTUNREACH, -EACCES for broadcast
 * without SO_BROADCAST...
 */
struct dst_entry *naru_dgram_route(struct sock *sk, struct naru_dgram_tx *tx, int flags)
{
	return tx->v4 ? route_v4(sk, tx, flags) : route_v6(sk, tx);
}
