// SPDX-License-Identifier: GPL-2.0
/*
 * What the router itself uses: sockets of the kernel's UDP and TCP and of naru. They are found where
 * packets find them; nothing is held against them. RFC 5382 4.3 leaves it to the NAT how to tell what
 * is meant for itself.
 */
#include <net/inet_hashtables.h>
#include <net/l3mdev.h>
#include <net/udp.h>
#include "napt.h"
#include "../sock/port.h"

/* A socket of the kernel's UDP that is bound to @port, connected or not, and hears of @addr */
static bool udp_has(struct net *net, __be32 addr, u16 port)
{
	struct udp_hslot *slot = udp_hashslot(naru_compat_udp_table(net), net, port);
	struct sock *sk;

	sk_for_each_rcu(sk, &slot->head) {
		if (!net_eq(sock_net(sk), net) || udp_sk(sk)->udp_port_hash != port)
			continue;
		if (ipv6_only_sock(sk))
			continue;
		if (!sk->sk_rcv_saddr || sk->sk_rcv_saddr == addr)
			return true;
	}
	return false;
}

/* Most ports have nothing bound to them, which takes a look at an empty chain to see */
static bool tcp_binds(struct net *net, u16 port)
{
	const struct inet_hashinfo *info = net->ipv4.tcp_death_row.hashinfo;

	return !hlist_empty(&info->bhash[inet_bhashfn(net, port, info->bhash_size)].chain);
}

/*
 * The interface that sockets hear by: that of the VRF, where there is one, and the interface proper is
 * the second. 0: there is no second
 */
static int heard_by(struct net *net, int ifindex, int *second)
{
	int vrf = l3mdev_master_ifindex_by_index(net, ifindex);

	*second = vrf ? ifindex : 0;
	return vrf ?: ifindex;
}

static bool tcp_listens(struct net *net, __be32 addr, u16 port, int ifindex)
{
	int second, dev = heard_by(net, ifindex, &second);

	return __inet_lookup_listener(net, net->ipv4.tcp_death_row.hashinfo, NULL, 0, 0, 0, addr,
				      port, dev, second);
}

/* A listener of the kernel's TCP, be it for just an interface that rules translate towards */
static bool tcp_has(struct naru_napt *napt, __be32 addr, u16 port)
{
	const struct naru_ruleset *rs = rcu_dereference(napt->rules);
	struct net *net = napt->nn->net;
	u32 i;

	if (!tcp_binds(net, port))
		return false;
	if (!rs || !rs->num_devs)
		return tcp_listens(net, addr, port, 0);
	for (i = 0; i < rs->num_devs; i++)
		if (tcp_listens(net, addr, port, rs->dev[i]))
			return true;
	return false;
}

static bool naru_has(struct naru_napt *napt, u8 proto, u16 port)
{
	return atomic_read(&napt->nn->ports.nelems) &&
	       naru_port_lookup(napt->nn, naru_napt_wire(proto), port);
}

/**
 * naru_local_has - whether a socket of this machine has a port
 * @napt: NAPT
 * @proto: enum naru_napt_proto
 * @addr: external address, one of this machine's own
 * @port: port, host byte order
 *
 * Such a port is not given to a mapping, and what comes for it from outside without a mapping is the
 * stack's. Connections of the kernel's TCP have no port to themselves: what they send gets a mapping.
 * Echo ids and 254 belong to no socket. Context: any, under rcu_read_lock().
 *
 * Return: true when one has.
 */
bool naru_local_has(struct naru_napt *napt, u8 proto, __be32 addr, u16 port)
{
	switch (proto) {
	case NARU_NAPT_TCP:
		return tcp_has(napt, addr, port) || naru_has(napt, proto, port);
	case NARU_NAPT_UDP:
		return udp_has(napt->nn->net, addr, port);
	case NARU_NAPT_STREAM:
		return naru_has(napt, proto, port);
	default:
		return false;
	}
}

/* Also one that is connected to just the packet's source */
static bool udp_wants(struct net *net, const struct naru_flow *f, int ifindex)
{
	int second, dev = heard_by(net, ifindex, &second);

	return __udp4_lib_lookup(net, f->src, f->sport, f->dst, f->dport, dev, second,
				 naru_compat_udp_table(net), NULL);
}

/* A connection of the kernel's TCP, TIME-WAIT included, or a listener */
static bool tcp_wants(struct net *net, const struct naru_flow *f, int ifindex)
{
	int second, dev = heard_by(net, ifindex, &second);
	struct sock *sk;

	sk = __inet_lookup_established(net, net->ipv4.tcp_death_row.hashinfo, f->src, f->sport,
				       f->dst, ntohs(f->dport), dev, second);
	if (sk) {
		sock_gen_put(sk);
		return true;
	}
	return __inet_lookup_listener(net, net->ipv4.tcp_death_row.hashinfo, NULL, 0, f->src,
				      f->sport, f->dst, ntohs(f->dport), dev, second);
}

/* The same of naru */
static bool naru_wants(struct naru_net *nn, const struct naru_flow *f, int ifindex)
{
	struct naru_key key = {
		.lport = f->dport,
		.rport = f->sport,
		.wire = naru_napt_wire(f->proto),
	};
	int second, dev = heard_by(nn->net, ifindex, &second);
	struct naru_node *node;
	struct sock *sk;

	ipv6_addr_set_v4mapped(f->dst, &key.laddr);
	ipv6_addr_set_v4mapped(f->src, &key.raddr);
	node = naru_demux_find_rcu(nn, &key);
	if (node) {
		naru_demux_put(node);
		return true;
	}
	sk = naru_demux_listener(nn, &key, NULL, 0, dev, second);
	if (sk)
		sock_put(sk);
	return sk;
}

/**
 * naru_local_wants - whether a socket of this machine would take a packet
 * @napt: NAPT
 * @f: the packet, as it came in
 * @ifindex: interface that it came in by
 *
 * By its four ports and addresses, then by who listens. Context: softirq, under rcu_read_lock().
 *
 * Return: true when one would; of an echo and of 254 never.
 */
bool naru_local_wants(struct naru_napt *napt, const struct naru_flow *f, int ifindex)
{
	struct net *net = napt->nn->net;

	switch (f->proto) {
	case NARU_NAPT_TCP:
		return naru_wants(napt->nn, f, ifindex) || tcp_wants(net, f, ifindex);
	case NARU_NAPT_UDP:
		return udp_wants(net, f, ifindex);
	case NARU_NAPT_STREAM:
		return naru_wants(napt->nn, f, ifindex);
	default:
		return false;
	}
}
