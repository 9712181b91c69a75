// SPDX-License-Identifier: GPL-2.0
/*
 * Which socket a datagram is for; of multicast and broadcast, which sockets. Everything here runs
 * under rcu_read_lock().
 */
#include <linux/igmp.h>
#include <net/if_inet6.h>
#include <net/sock_reuseport.h>
#include <net/udp.h>
#include "dgram.h"

/* Points: an own address counts more than all the rest together, as the kernel looks there first */
#define POINTS_ADDRESS	64
#define POINTS_PEER	4	/* each of the peer's address and port */
#define POINTS_DEVICE	4

static bool address_fits(const struct sock *sk, const struct in6_addr *ip, const struct naru_key *key)
{
	bool v4 = naru_key_is_v4(key);

	if (v4 && ipv6_only_sock(sk))
		return false;
	return ipv6_addr_equal(ip, &key->laddr) || ipv6_addr_any(ip) ||
	       (v4 && naru_addr_is_any(ip));
}

/* Whether a connected socket's peer is who sent it */
static bool peer_fits(const struct sock *sk, const struct naru_key *key)
{
	__be16 port = READ_ONCE(inet_sk(sk)->inet_dport);

	if (port && port != key->rport)
		return false;
	if (sk->sk_family != AF_INET)
		return ipv6_addr_any(&sk->sk_v6_daddr) ||
		       ipv6_addr_equal(&sk->sk_v6_daddr, &key->raddr);
	return !sk->sk_daddr || sk->sk_daddr == key->raddr.s6_addr32[3];
}

static bool device_fits(const struct sock *sk, int dif, int sdif)
{
	return udp_sk_bound_dev_eq(sock_net(sk), READ_ONCE(sk->sk_bound_dev_if), dif, sdif);
}

/* One that was bound anew meanwhile stands in another port's list, and leads into that */
static bool bound_to(const struct sock *sk, const struct naru_dgram_port *port)
{
	return READ_ONCE(naru_dgram(sk)->port) == port;
}

/* Points of a socket for a datagram: the more exactly it is bound the more; 0: not for it */
static unsigned int score(const struct sock *sk, const struct naru_key *key, int dif, int sdif)
{
	unsigned int points = 1;
	struct in6_addr ip;

	naru_addr_local(sk, &ip);
	if (!address_fits(sk, &ip, key) || !peer_fits(sk, key) || !device_fits(sk, dif, sdif))
		return 0;
	if (!naru_addr_is_any(&ip))
		points += POINTS_ADDRESS;
	if (naru_key_is_v4(key) == (sk->sk_family == AF_INET))
		points++;
	if (READ_ONCE(inet_sk(sk)->inet_dport))
		points += 2 * POINTS_PEER;
	if (READ_ONCE(sk->sk_bound_dev_if))
		points += POINTS_DEVICE;
	if (READ_ONCE(sk->sk_incoming_cpu) == raw_smp_processor_id())
		points++;
	return points;
}

/* Keeps a remote endpoint with one of several SO_REUSEPORT sockets */
static u32 endpoint_hash(const struct naru_key *key)
{
	return siphash(&key->raddr, sizeof(key->raddr), &naru_secret) ^
	       hash_32((__force u32)key->rport, 32);
}

/* One of the sockets that share @sk's address: a program of theirs decides, else the remote endpoint */
static struct sock *one_of_group(struct sock *sk, const struct naru_key *key, struct sk_buff *skb)
{
	struct sock *chosen;

	if (!rcu_access_pointer(sk->sk_reuseport_cb) || sk->sk_state == TCP_ESTABLISHED)
		return sk;
	chosen = reuseport_select_sock(sk, endpoint_hash(key), skb, sizeof(struct udphdr));
	if (IS_ERR_OR_NULL(chosen) || reuseport_has_conns(sk))
		return sk;
	return chosen;
}

/**
 * naru_dgram_find - who a datagram is for that was sent to one host
 * @nn: namespace
 * @key: its addresses and ports, ours first
 * @skb: the datagram, data at its header; NULL: there is none to show to a program
 * @dif: interface it came in by
 * @sdif: enslaved interface behind @dif, or 0
 *
 * Context: any, under rcu_read_lock(). Among several with SO_REUSEPORT their program decides, else the remote
 * endpoint; of others with SO_REUSEADDR the one that was bound last, as with the kernel's UDP.
 *
 * Return: the socket, good until rcu_read_unlock(), or NULL.
 */
struct sock *naru_dgram_find(struct naru_net *nn, const struct naru_key *key, struct sk_buff *skb,
			     int dif, int sdif)
{
	struct naru_dgram_port *port = naru_dgram_port(nn, key->wire, ntohs(key->lport));
	struct sock *sk, *best = NULL;
	unsigned int most = 0;

	if (!port)
		return NULL;
	sk_for_each_rcu(sk, &port->socks) {
		unsigned int points = bound_to(sk, port) ? score(sk, key, dif, sdif) : 0;

		if (points <= most)
			continue;
		most = points;
		best = sk;
	}
	return best && skb ? one_of_group(best, key, skb) : best;
}

/* ---- multicast and broadcast ---- */

/* What a membership says of a sender: RFC 3376 3.2 */
static bool source_v4(const struct ip_mc_socklist *m, __be32 from)
{
	const struct ip_sf_socklist *list = rcu_dereference(m->sflist);
	bool listed = false;
	unsigned int i;

	for (i = 0; list && i < list->sl_count && !listed; i++)
		listed = list->sl_addr[i] == from;
	return m->sfmode == MCAST_INCLUDE ? listed : !listed;
}

static bool member_v4(const struct sock *sk, __be32 group, __be32 from, int dif, int sdif)
{
	const struct ip_mc_socklist *m;

	if (!ipv4_is_multicast(group))
		return true;
	for (m = rcu_dereference(inet_sk(sk)->mc_list); m; m = rcu_dereference(m->next_rcu)) {
		if (m->multi.imr_multiaddr.s_addr == group &&
		    (m->multi.imr_ifindex == dif || (sdif && m->multi.imr_ifindex == sdif)))
			return source_v4(m, from);
	}
	return naru_compat_mc_all(sk, true);
}

/* RFC 3810 4.2 */
static bool source_v6(const struct ipv6_mc_socklist *m, const struct in6_addr *from)
{
	const struct ip6_sf_socklist *list = rcu_dereference(m->sflist);
	bool listed = false;
	unsigned int i;

	for (i = 0; list && i < list->sl_count && !listed; i++)
		listed = ipv6_addr_equal(&list->sl_addr[i], from);
	return m->sfmode == MCAST_INCLUDE ? listed : !listed;
}

static bool member_v6(const struct sock *sk, const struct in6_addr *group,
		      const struct in6_addr *from)
{
	const struct ipv6_mc_socklist *m;

	if (!ipv6_addr_is_multicast(group))
		return true;
	for (m = rcu_dereference(inet6_sk(sk)->ipv6_mc_list); m; m = rcu_dereference(m->next))
		if (ipv6_addr_equal(&m->addr, group))
			return source_v6(m, from);
	return naru_compat_mc_all(sk, false);
}

static bool member(const struct sock *sk, const struct naru_key *key, int dif, int sdif)
{
	if (naru_key_is_v4(key))
		return member_v4(sk, key->laddr.s6_addr32[3], key->raddr.s6_addr32[3], dif, sdif);
	return member_v6(sk, &key->laddr, &key->raddr);
}

static struct sock *first_rcu(const struct naru_dgram_port *port)
{
	struct hlist_node *n = rcu_dereference(hlist_first_rcu(&port->socks));

	return hlist_entry_safe(n, struct sock, sk_node);
}

static struct sock *sk_next_rcu(const struct sock *sk)
{
	struct hlist_node *n = rcu_dereference(hlist_next_rcu(&sk->sk_node));

	return hlist_entry_safe(n, struct sock, sk_node);
}

/**
 * naru_dgram_next - the next of the sockets that a multicast or broadcast datagram is for
 * @port: port that it was sent to
 * @after: socket that was found before; NULL: the first is wanted
 * @key: its addresses and ports, ours first
 * @holder: the kernel's socket that it has come by in wire mode inet, or NULL
 * @dif: interface it came in by
 * @sdif: enslaved interface behind @dif, or 0
 *
 * Context: softirq, under rcu_read_lock(), all the way from the first to the last.
 *
 * Return: the socket, or NULL.
 */
struct sock *naru_dgram_next(struct naru_dgram_port *port, struct sock *after,
			     const struct naru_key *key, const struct sock *holder, int dif,
			     int sdif)
{
	struct sock *sk = after ? sk_next_rcu(after) : first_rcu(port);
	struct in6_addr ip;

	for (; sk; sk = sk_next_rcu(sk)) {
		naru_addr_local(sk, &ip);
		if (bound_to(sk, port) && naru_dgram_held_by(sk, holder) && address_fits(sk, &ip, key) &&
		    peer_fits(sk, key) && device_fits(sk, dif, sdif) &&
		    member(sk, key, dif, sdif))
			return sk;
	}
	return NULL;
}
