// SPDX-License-Identifier: GPL-2.0
/*
 * To IP and the routing tables: source addresses, routes, checksums, sending.
 */
#include <linux/netdevice.h>
#include <linux/tcp.h>
#include <net/addrconf.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include <net/tcp.h>
#include <net/xfrm.h>
#include "naru.h"

/* ---- routes of sockets ---- */

static void init_flow6(struct sock *sk, const struct naru_key *key, struct flowi6 *fl6)
{
	struct ipv6_pinfo *np = inet6_sk(sk);

	memset(fl6, 0, sizeof(*fl6));
	fl6->flowi6_proto = naru_sk(sk)->wire;
	fl6->daddr = key->raddr;
	fl6->saddr = key->laddr;
	fl6->flowlabel = ip6_make_flowinfo(np->tclass, np->flow_label);
	fl6->flowi6_oif = sk->sk_bound_dev_if;
	fl6->flowi6_mark = READ_ONCE(sk->sk_mark);
	fl6->fl6_dport = key->rport;
	fl6->fl6_sport = key->lport;
	fl6->flowi6_uid = sk->sk_uid;
	security_sk_classify_flow(sk, flowi6_to_flowi_common(fl6));
}

/* Honours a routing header that IPV6_RTHDR has set */
static struct dst_entry *lookup_v6(struct sock *sk, struct flowi6 *fl6)
{
	struct in6_addr *final_p, final;

	rcu_read_lock();
	final_p = fl6_update_dst(fl6, rcu_dereference(inet6_sk(sk)->opt), &final);
	rcu_read_unlock();
	return ip6_dst_lookup_flow(sock_net(sk), sk, fl6, final_p);
}

/* A source route that IP_OPTIONS has set, as lookup_v6(): RFC 9293 3.9.2.1 (MUST-51) */
static __be32 first_hop_v4(const struct sock *sk, __be32 daddr)
{
	const struct ip_options_rcu *opt;

	rcu_read_lock();
	opt = rcu_dereference(inet_sk(sk)->inet_opt);
	if (opt && opt->opt.srr)
		daddr = opt->opt.faddr;
	rcu_read_unlock();
	return daddr;
}

static int connect_v4(struct sock *sk, struct naru_key *key)
{
	struct flowi4 *fl4 = &inet_sk(sk)->cork.fl.u.ip4;
	__be32 daddr = key->raddr.s6_addr32[3];
	__be32 hop = first_hop_v4(sk, daddr);
	struct rtable *rt;
	bool unicast;

	rt = ip_route_connect(fl4, hop, key->laddr.s6_addr32[3], sk->sk_bound_dev_if, key->wire,
			      inet_sk(sk)->inet_sport, key->rport, sk);
	if (IS_ERR(rt)) {
		if (PTR_ERR(rt) == -ENETUNREACH)
			IP_INC_STATS(sock_net(sk), IPSTATS_MIB_OUTNOROUTES);
		return PTR_ERR(rt);
	}
	unicast = !(rt->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST));
	if (hop == daddr)
		daddr = fl4->daddr;
	naru_sk(sk)->ts_usec = naru_path_ts_usec(sk, &rt->dst);
	ip_rt_put(rt);
	if (!unicast)
		return -ENETUNREACH;
	ipv6_addr_set_v4mapped(daddr, &key->raddr);
	ipv6_addr_set_v4mapped(fl4->saddr, &key->laddr);
	return 0;
}

static int connect_v6(struct sock *sk, struct naru_key *key)
{
	struct dst_entry *dst;
	struct flowi6 fl6;

	init_flow6(sk, key, &fl6);
	dst = lookup_v6(sk, &fl6);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	naru_sk(sk)->ts_usec = naru_path_ts_usec(sk, dst);
	dst_release(dst);
	key->laddr = fl6.saddr;
	key->scope = naru_addr_scope(&key->laddr, &key->raddr, sk->sk_bound_dev_if);
	return 0;
}

/* A link-local destination is one on some interface, which connect() or bind() has to name */
static int take_scope(struct sock *sk, const struct naru_addr *dst)
{
	if (!(ipv6_addr_type(&dst->ip) & IPV6_ADDR_LINKLOCAL))
		return 0;
	if (dst->scope) {
		if (!sk_dev_equal_l3scope(sk, dst->scope))
			return -EINVAL;
		WRITE_ONCE(sk->sk_bound_dev_if, dst->scope);
	}
	return sk->sk_bound_dev_if ? 0 : -EINVAL;
}

/* connect() to no address means this host, in the family that the socket is bound in */
static void any_means_loopback(const struct in6_addr *local, struct in6_addr *ip)
{
	if (!ipv6_addr_any(ip))
		return;
	if (ipv6_addr_v4mapped(local))
		ipv6_addr_set_v4mapped(htonl(INADDR_LOOPBACK), ip);
	else
		*ip = in6addr_loopback;
}

/**
 * naru_route_connect - source address and first route of a connection
 * @sk: socket that connects, lock held
 * @dst: where to; the unspecified address becomes the loopback address
 * @key: four-tuple, all of it but the local port
 *
 * The source address is bind()'s, or what IP chooses: RFC 9293 3.9.1.1 (MUST-43, MUST-44).
 *
 * Context: process, may sleep.
 *
 * Return: 0, -ENETUNREACH also for multicast and broadcast (RFC 9293 MUST-46), -EINVAL for a
 * link-local address without interface, or what the routing tables say.
 */
int naru_route_connect(struct sock *sk, struct naru_addr *dst, struct naru_key *key)
{
	struct in6_addr local;
	int err;

	naru_addr_local(sk, &local);
	any_means_loopback(&local, &dst->ip);
	if (ipv6_addr_is_multicast(&dst->ip))
		return -ENETUNREACH;
	err = take_scope(sk, dst);
	if (err)
		return err;
	memset(key, 0, sizeof(*key));
	key->wire = naru_sk(sk)->wire;
	key->raddr = dst->ip;
	key->rport = dst->port;
	key->laddr = local;
	if (!ipv6_addr_v4mapped(&dst->ip)) {
		if (ipv6_addr_v4mapped(&local))
			return -ENETUNREACH;
		return connect_v6(sk, key);
	}
	if (ipv6_only_sock(sk) || (!ipv6_addr_v4mapped(&local) && !ipv6_addr_any(&local)))
		return -ENETUNREACH;
	return connect_v4(sk, key);
}

/*
 * How much one skb may carry. sk_gso_max_size is not to be trusted for what is not the kernel's TCP (it may be
 * 0), so this looks at the device: software segments where hardware does not.
 */
static u32 gso_max(struct dst_entry *dst)
{
	u32 bytes;

	if (dst->header_len && !xfrm_dst_offload_ok(dst))
		return 0;
	rcu_read_lock();	/* the route's device may be swapped, and the old one freed */
	bytes = min_t(u32, READ_ONCE(dst->dev->gso_max_size), IP_MAX_MTU);
	rcu_read_unlock();
	return bytes > NARU_MAX_HEADER ? bytes - NARU_MAX_HEADER : 0;
}

static struct dst_entry *keep(struct sock *sk, struct dst_entry *dst)
{
	naru_sk(sk)->gso_max = gso_max(dst);
	naru_path_learn(&naru_sk(sk)->path, dst);
	sk_setup_caps(sk, dst);
	return dst;
}

static struct dst_entry *renew_v4(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);
	struct rtable *rt;

	rt = ip_route_output_ports(sock_net(sk), &inet->cork.fl.u.ip4, sk,
				   first_hop_v4(sk, inet->inet_daddr), inet->inet_saddr,
				   inet->inet_dport, inet->inet_sport, naru_sk(sk)->wire,
				   naru_compat_route_tos(sk), sk->sk_bound_dev_if);
	if (IS_ERR(rt))
		return NULL;
	return keep(sk, &rt->dst);
}

static struct dst_entry *renew_v6(struct sock *sk)
{
	struct dst_entry *dst;
	struct flowi6 fl6;

	init_flow6(sk, &naru_sk(sk)->node.key, &fl6);
	dst = lookup_v6(sk, &fl6);
	if (IS_ERR(dst))
		return NULL;
	inet6_sk(sk)->dst_cookie = rt6_get_cookie(container_of(dst, struct rt6_info, dst));
	return keep(sk, dst);
}

/**
 * naru_route_sk - the route of a connection
 * @sk: socket with its key set, lock held
 *
 * The addresses are the four-tuple's, as before: RFC 9293 3.9.1.1 (MUST-45).
 *
 * Context: process or softirq.
 *
 * Return: the route, checked or looked up anew, which the socket keeps; NULL when there is none.
 */
struct dst_entry *naru_route_sk(struct sock *sk)
{
	struct dst_entry *dst = __sk_dst_check(sk, inet6_sk(sk)->dst_cookie);

	if (dst)
		return dst;
	return naru_key_is_v4(&naru_sk(sk)->node.key) ? renew_v4(sk) : renew_v6(sk);
}

/**
 * naru_route_mtu - the path MTU that the route knows
 * @sk: socket, lock held
 *
 * Return: bytes, 0 without route.
 */
u32 naru_route_mtu(struct sock *sk)
{
	struct dst_entry *dst = naru_route_sk(sk);

	return dst ? dst_mtu(dst) : 0;
}

/* ---- routes of segments without a socket of their own ---- */

/**
 * naru_route_tos - what a socket's segments say of the class of traffic
 * @sk: socket, any context
 * @key: four-tuple: a socket of IPv6 may speak IPv4 too
 *
 * Return: type of service or traffic class without the ECN field, RFC 9293 3.9.1.9.
 */
u8 naru_route_tos(const struct sock *sk, const struct naru_key *key)
{
	return (naru_key_is_v4(key) ? inet_sk(sk)->tos : inet6_sk(sk)->tclass) & ~INET_ECN_MASK;
}

static struct dst_entry *key_route_v4(struct net *net, struct sock *sk,
				      const struct naru_key *key, u32 mark, u8 tos)
{
	struct flowi4 fl4;
	struct rtable *rt;

	flowi4_init_output(&fl4, sk ? sk->sk_bound_dev_if : 0, mark, tos,
			   RT_SCOPE_UNIVERSE, key->wire, sk ? inet_sk_flowi_flags(sk) : 0,
			   key->raddr.s6_addr32[3], key->laddr.s6_addr32[3], key->rport,
			   key->lport, sock_net_uid(net, sk));
	if (sk)
		security_sk_classify_flow(sk, flowi4_to_flowi_common(&fl4));
	rt = ip_route_output_flow(net, &fl4, sk);
	return IS_ERR(rt) ? ERR_CAST(rt) : &rt->dst;
}

static struct dst_entry *key_route_v6(struct net *net, struct sock *sk,
				      const struct naru_key *key, u32 mark, u8 tos)
{
	struct flowi6 fl6 = {
		.flowi6_oif = sk && sk->sk_bound_dev_if ? sk->sk_bound_dev_if : key->scope,
		.flowi6_mark = mark,
		.flowi6_proto = key->wire,
		.flowlabel = ip6_make_flowinfo(tos, 0),
		.flowi6_uid = sock_net_uid(net, sk),
		.saddr = key->laddr,
		.daddr = key->raddr,
		.fl6_sport = key->lport,
		.fl6_dport = key->rport,
	};

	if (sk)
		security_sk_classify_flow(sk, flowi6_to_flowi_common(&fl6));
	return ip6_dst_lookup_flow(net, sk, &fl6, NULL);
}

/**
 * naru_route_key - a route for a four-tuple
 * @net: namespace
 * @sk: socket whose device, marks and labels count, or NULL
 * @key: four-tuple, local side first
 * @mark: firewall mark
 * @tos: type of service or traffic class
 *
 * Context: any.
 *
 * Return: the route with a reference, or an ERR_PTR.
 */
struct dst_entry *naru_route_key(struct net *net, struct sock *sk, const struct naru_key *key,
				 u32 mark, u8 tos)
{
	if (naru_key_is_v4(key))
		return key_route_v4(net, sk, key, mark, tos);
	return key_route_v6(net, sk, key, mark, tos);
}

/* ---- checksums ---- */

static __sum16 pseudo_sum(const struct naru_key *key, u32 len, __wsum sum)
{
	if (naru_key_is_v4(key))
		return csum_tcpudp_magic(key->laddr.s6_addr32[3], key->raddr.s6_addr32[3], len,
					 IPPROTO_TCP, sum);
	return csum_ipv6_magic(&key->laddr, &key->raddr, len, IPPROTO_TCP, sum);
}

/* Whether the device sums what it is told to, whatever the protocol */
static bool sums_any(const struct dst_entry *dst)
{
	bool does;

	rcu_read_lock();
	does = dst->dev->features & NETIF_F_HW_CSUM;
	rcu_read_unlock();
	return does;
}

/**
 * naru_route_csum - the checksum of a segment that goes out
 * @skb: data at the segment's header, checksum field 0, GSO fields set
 * @key: four-tuple, local side first
 * @dst: where it goes
 *
 * The pseudo-header says 6 in both wire modes. Left to the device where that is safe: checksum
 * engines that know TCP by its number do not know 253 (they have no NETIF_F_HW_CSUM).
 * RFC 9293 3.1 (MUST-2).
 */
void naru_route_csum(struct sk_buff *skb, const struct naru_key *key, const struct dst_entry *dst)
{
	struct tcphdr *th;

	skb_reset_transport_header(skb);
	th = tcp_hdr(skb);
	if (key->wire == IPPROTO_TCP || skb_is_gso(skb) || sums_any(dst)) {
		th->check = ~pseudo_sum(key, skb->len, 0);
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_transport_header(skb) - skb->head;
		skb->csum_offset = offsetof(struct tcphdr, check);
		return;
	}
	/* a file or a program may change what it has lent, and the sum must be of what goes out; without memory for a
	 * copy it may turn out to be wrong, and the segment goes again
	 */
	if (skb_has_shared_frag(skb) && !skb_linearize(skb))
		th = tcp_hdr(skb);
	th->check = pseudo_sum(key, skb->len, skb_checksum(skb, 0, skb->len, 0));
	skb->ip_summed = CHECKSUM_NONE;
}

/* ---- sending ---- */

/* What naru or GRO has left where IP keeps its own notes */
static void clear_cb(struct sk_buff *skb)
{
	memset(skb->cb, 0, max(sizeof(struct inet_skb_parm), sizeof(struct inet6_skb_parm)));
}

static int xmit_v6(struct sock *sk, struct sk_buff *skb, struct dst_entry *dst, u8 ecn)
{
	struct ipv6_pinfo *np = inet6_sk(sk);
	struct flowi6 fl6;
	int err;

	init_flow6(sk, &naru_sk(sk)->node.key, &fl6);
	fl6.flowlabel = np->flow_label;
	rcu_read_lock();
	skb_dst_set_noref(skb, dst);
	err = ip6_xmit(sk, skb, &fl6, READ_ONCE(sk->sk_mark), rcu_dereference(np->opt),
		       (np->tclass & ~INET_ECN_MASK) | ecn, READ_ONCE(sk->sk_priority));
	rcu_read_unlock();
	return err;
}

/**
 * naru_route_xmit - send a segment of a connection
 * @sk: socket, lock held
 * @skb: data at the segment's header, room for an IP header in front; it is consumed
 * @dst: from naru_route_sk(), just now
 * @ecn: the ECN field
 *
 * IP takes TTL and Diffserv field from the socket, unchanged: RFC 9293 3.9.1.9 (SHLD-22). The two bits
 * beside the latter are the ECN field's (RFC 3168 5), whatever the program has put there.
 *
 * Return: what IP says: 0, a NET_XMIT_ code or a negative errno.
 */
int naru_route_xmit(struct sock *sk, struct sk_buff *skb, struct dst_entry *dst, u8 ecn)
{
	int err;

	clear_cb(skb);
	if (!naru_key_is_v4(&naru_sk(sk)->node.key))
		return xmit_v6(sk, skb, dst, ecn);
	skb->protocol = htons(ETH_P_IP);
	rcu_read_lock();
	skb_dst_set_noref(skb, dst);	/* or it would be checked once more */
	err = __ip_queue_xmit(sk, skb, &inet_sk(sk)->cork.fl, (inet_sk(sk)->tos & ~INET_ECN_MASK) | ecn);
	rcu_read_unlock();
	return err;
}

static int bare_v4(struct net *net, struct sock *sk, struct sk_buff *skb,
		   const struct naru_key *key, u8 tos)
{
	struct iphdr *iph = skb_push(skb, sizeof(*iph));
	int ttl = sk ? READ_ONCE(inet_sk(sk)->uc_ttl) : -1;

	skb_reset_network_header(skb);
	memset(iph, 0, sizeof(*iph));
	iph->version = 4;
	iph->ihl = 5;
	iph->tos = tos;
	iph->frag_off = htons(IP_DF);	/* so its identification is 0, RFC 6864 4.1 */
	iph->ttl = ttl < 0 ? ip4_dst_hoplimit(skb_dst(skb)) : ttl;
	iph->protocol = key->wire;
	iph->saddr = key->laddr.s6_addr32[3];
	iph->daddr = key->raddr.s6_addr32[3];
	skb->protocol = htons(ETH_P_IP);
	return ip_local_out(net, sk, skb);
}

static int bare_v6(struct net *net, struct sock *sk, struct sk_buff *skb,
		   const struct naru_key *key, u8 tos)
{
	struct ipv6hdr *hdr = skb_push(skb, sizeof(*hdr));
	int hops = sk ? inet6_sk(sk)->hop_limit : -1;

	skb_reset_network_header(skb);
	ip6_flow_hdr(hdr, tos, 0);
	hdr->payload_len = htons(skb->len - sizeof(*hdr));
	hdr->nexthdr = key->wire;
	hdr->hop_limit = hops >= 0 ? hops : ip6_dst_hoplimit(skb_dst(skb));
	hdr->saddr = key->laddr;
	hdr->daddr = key->raddr;
	skb->protocol = htons(ETH_P_IPV6);
	return ip6_local_out(net, sk, skb);
}

/**
 * naru_route_xmit_bare - send a segment that no connection stands behind
 * @net: namespace
 * @sk: full socket that pays for it and whose TTL, priority and filters count, or NULL
 * @skb: data at the segment's header, its route set; it is consumed
 * @key: four-tuple, local side first
 * @mark: firewall mark
 * @tos: type of service or traffic class
 *
 * Context: softirq or process, under rcu_read_lock().
 *
 * Return: what IP says: 0, a NET_XMIT_ code or a negative errno.
 */
int naru_route_xmit_bare(struct net *net, struct sock *sk, struct sk_buff *skb,
			 const struct naru_key *key, u32 mark, u8 tos)
{
	clear_cb(skb);
	skb->mark = mark;
	if (sk) {
		skb->priority = READ_ONCE(sk->sk_priority);
		skb_set_owner_w(skb, sk);
	}
	if (naru_key_is_v4(key))
		return bare_v4(net, sk, skb, key, tos);
	return bare_v6(net, sk, skb, key, tos);
}

/**
 * naru_route_xmit_by - the same over IPv4, with options
 * @sk: full socket that pays for it
 * @skb: data at the segment's header, its route set; it is consumed
 * @key: four-tuple, local side first
 * @opt: IP options, a source route among them
 * @tos: type of service
 *
 * Context: softirq or process, under rcu_read_lock().
 *
 * Return: what IP says: 0, a NET_XMIT_ code or a negative errno.
 */
int naru_route_xmit_by(struct sock *sk, struct sk_buff *skb, const struct naru_key *key,
		       struct ip_options_rcu *opt, u8 tos)
{
	clear_cb(skb);
	skb_set_owner_w(skb, sk);
	skb->protocol = htons(ETH_P_IP);
	return ip_build_and_send_pkt(skb, sk, key->laddr.s6_addr32[3], key->raddr.s6_addr32[3], opt, tos);
}
