// SPDX-License-Identifier: GPL-2.0
/*
 * Ports of datagram sockets: who is bound to one, and who may be too. One table per namespace,
 * keyed by wire mode and number. Essay, 7.
 */
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/sock_reuseport.h>
#include "dgram.h"

static const struct rhashtable_params ports_params = {
	.head_offset = offsetof(struct naru_dgram_port, hash),
	.key_offset = offsetof(struct naru_dgram_port, id),
	.key_len = sizeof(struct naru_port_id),
	.automatic_shrinking = true,
};

/**
 * naru_dgram_netns_init - the table of a namespace
 * @nn: namespace
 *
 * Return: 0 or a negative errno. Context: process, may sleep.
 */
int naru_dgram_netns_init(struct naru_net *nn)
{
	struct naru_dgrams *d = kzalloc(sizeof(*d), GFP_KERNEL);
	int err;

	if (!d)
		return -ENOMEM;
	mutex_init(&d->mutex);
	err = rhashtable_init(&d->ports, &ports_params);
	if (err) {
		kfree(d);
		return err;
	}
	nn->dgrams = d;
	return 0;
}

/**
 * naru_dgram_netns_exit - the table goes with its namespace
 * @nn: namespace without sockets
 *
 * Context: process, may sleep.
 */
void naru_dgram_netns_exit(struct naru_net *nn)
{
	WARN_ON(atomic_read(&nn->dgrams->ports.nelems));
	rhashtable_destroy(&nn->dgrams->ports);
	kfree(nn->dgrams);
}

/**
 * naru_dgram_port - a port that is in use
 * @nn: namespace
 * @wire: IP protocol number
 * @num: port, host byte order
 *
 * Context: any, under rcu_read_lock() or naru_dgrams.mutex.
 *
 * Return: the port or NULL.
 */
struct naru_dgram_port *naru_dgram_port(struct naru_net *nn, u32 wire, u16 num)
{
	struct naru_port_id id = { .wire = wire, .num = num };

	return rhashtable_lookup_fast(&nn->dgrams->ports, &id, ports_params);
}

static struct naru_dgram_port *make(struct naru_net *nn, u32 wire, u16 num)
{
	struct naru_dgram_port *port = kzalloc(sizeof(*port), GFP_KERNEL_ACCOUNT);
	int err;

	if (!port)
		return ERR_PTR(-ENOMEM);
	port->id.wire = wire;
	port->id.num = num;
	INIT_LIST_HEAD(&port->holds);
	err = rhashtable_insert_fast(&nn->dgrams->ports, &port->hash, ports_params);
	if (!err)
		return port;
	kfree(port);
	return ERR_PTR(-ENOMEM);
}

static struct naru_dgram_port *lookup_or_make(struct naru_net *nn, u32 wire, u16 num)
{
	struct naru_dgram_port *port = naru_dgram_port(nn, wire, num);

	return port ? : make(nn, wire, num);
}

static void drop_unused(struct naru_net *nn, struct naru_dgram_port *port)
{
	if (port->num)
		return;
	rhashtable_remove_fast(&nn->dgrams->ports, &port->hash, ports_params);
	kfree_rcu(port, rcu);
}

/* ---- who may share ---- */

static bool same_device(const struct sock *a, const struct sock *b)
{
	return !a->sk_bound_dev_if || !b->sk_bound_dev_if ||
	       a->sk_bound_dev_if == b->sk_bound_dev_if;
}

static bool same_owner(const struct sock *a, const struct sock *b)
{
	return a->sk_reuseport && b->sk_reuseport && uid_eq(a->sk_uid, b->sk_uid);
}

/* bind()'s rules of UDP, as in socket(7): SO_REUSEADDR shares whatever there is */
static bool conflicts(const struct naru_dgram_port *port, struct sock *sk)
{
	struct sock *other;

	sk_for_each(other, &port->socks) {
		if ((other->sk_reuse && sk->sk_reuse) || !same_device(sk, other) ||
		    !inet_rcv_saddr_equal(sk, other, true))
			continue;
		if (!same_owner(sk, other) || rcu_access_pointer(sk->sk_reuseport_cb))
			return true;
	}
	return false;
}

static bool same_group(const struct sock *sk, const struct sock *other)
{
	return same_owner(sk, other) && sk->sk_family == other->sk_family &&
	       ipv6_only_sock(sk) == ipv6_only_sock(other) &&
	       sk->sk_bound_dev_if == other->sk_bound_dev_if &&
	       inet_rcv_saddr_equal(sk, other, false);
}

/* Sockets of one address with SO_REUSEPORT share what comes, as a program says that one of them has */
static int join_group(struct naru_dgram_port *port, struct sock *sk)
{
	struct in6_addr ip;
	struct sock *other;
	bool any;

	if (!sk->sk_reuseport)
		return 0;
	naru_addr_local(sk, &ip);
	any = naru_addr_is_any(&ip);
	sk_for_each(other, &port->socks) {
		if (same_group(sk, other))
			return reuseport_add_sock(sk, other, any);
	}
	return reuseport_alloc(sk, any);
}

/* ---- binding; naru_dgrams.mutex is held ---- */

static int join(struct naru_dgram_port *port, struct sock *sk)
{
	int err = join_group(port, sk);

	if (err)
		return err;
	WRITE_ONCE(naru_dgram(sk)->port, port);
	inet_sk(sk)->inet_num = port->id.num;
	WRITE_ONCE(inet_sk(sk)->inet_sport, htons(port->id.num));
	port->num++;
	sk_add_node_rcu(sk, &port->socks);
	return 0;
}

/* @sock: what holds the port already, or NULL; it is the socket's when this succeeds */
static int hold(struct naru_dgram_port *port, struct sock *sk, struct socket *sock)
{
	if (port->id.wire != IPPROTO_UDP)
		return 0;
	return sock ? naru_dgram_hold_adopt(port, sk, sock) : naru_dgram_hold_get(port, sk);
}

static int claim(struct naru_dgram_port *port, struct sock *sk, struct socket *sock)
{
	int err = conflicts(port, sk) ? -EADDRINUSE : hold(port, sk, sock);

	if (err) {
		if (sock)
			sock_release(sock);
		return err;
	}
	err = join(port, sk);
	if (err)
		naru_dgram_hold_put(sk);
	return err;
}

/* @sock: as above; it is gone when this fails */
static int take(struct sock *sk, u16 num, struct socket *sock)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_dgram_port *port = lookup_or_make(nn, naru_dgram(sk)->wire, num);
	int err;

	if (IS_ERR(port)) {
		if (sock)
			sock_release(sock);
		return PTR_ERR(port);
	}
	err = claim(port, sk, sock);
	drop_unused(nn, port);
	return err;
}

/* RFC 6056 3.3.1: a random one, and from there on */
static int take_any_native(struct sock *sk)
{
	struct naru_net *nn = naru_net_of(sk);
	int low, high, left, err = -EADDRINUSE;
	u32 i, first;

	inet_sk_get_local_port_range(sk, &low, &high);
	left = high - low + 1;
	first = get_random_u32_below(left);
	for (i = 0; i < left && err == -EADDRINUSE; i++) {
		u16 num = low + (first + i) % left;

		if (!inet_is_local_reserved_port(sock_net(sk), num) &&
		    !naru_dgram_port(nn, NARU_PROTO_DGRAM, num))
			err = take(sk, num, NULL);
	}
	return err;
}

static int take_any_inet(struct sock *sk)
{
	struct socket *sock;
	u16 num;

	sock = naru_dgram_hold_any(sk, &num);
	return IS_ERR(sock) ? PTR_ERR(sock) : take(sk, num, sock);
}

static int bind_locked(struct sock *sk, u16 num)
{
	if (num)
		return take(sk, num, NULL);
	return naru_dgram(sk)->wire == IPPROTO_UDP ? take_any_inet(sk) : take_any_native(sk);
}

/**
 * naru_dgram_bind - a socket gets its port
 * @sk: socket without port, its local address set; lock held
 * @addr: port to bind to; 0: any that is free
 *
 * Context: process, may sleep.
 *
 * Return: 0, -EADDRINUSE, -ENOMEM.
 */
int naru_dgram_bind(struct sock *sk, const struct naru_addr *addr)
{
	struct naru_net *nn = naru_net_of(sk);
	int err;

	mutex_lock(&nn->dgrams->mutex);
	err = bind_locked(sk, ntohs(addr->port));
	mutex_unlock(&nn->dgrams->mutex);
	if (err == -EADDRINUSE && !addr->port)
		NARU_INC(nn, EPHEMERAL_EXHAUSTED);
	if (!err)
		naru_dgram_note_key(sk);
	return err;
}

/**
 * naru_dgram_autobind - a socket that sends or connects has a port
 * @sk: socket, lock held
 *
 * Context: process, may sleep.
 *
 * Return: 0, -EAGAIN where none is left.
 */
int naru_dgram_autobind(struct sock *sk)
{
	struct naru_addr any = {};

	if (inet_sk(sk)->inet_num)
		return 0;
	return naru_dgram_bind(sk, &any) ? -EAGAIN : 0;
}

/**
 * naru_dgram_unbind - a socket is bound no longer
 * @sk: socket; without port nothing happens
 *
 * Also struct proto.put_port, and .unhash, which finds no port. Context: process, may sleep; the lock is held.
 */
void naru_dgram_unbind(struct sock *sk)
{
	struct naru_dgram_port *port = naru_dgram(sk)->port;
	struct naru_net *nn = naru_net_of(sk);

	if (!port)
		return;
	mutex_lock(&nn->dgrams->mutex);
	if (rcu_access_pointer(sk->sk_reuseport_cb))
		reuseport_detach_sock(sk);
	sk_del_node_init_rcu(sk);
	WRITE_ONCE(naru_dgram(sk)->port, NULL);
	port->num--;
	naru_dgram_hold_put(sk);
	drop_unused(nn, port);
	mutex_unlock(&nn->dgrams->mutex);
	inet_sk(sk)->inet_num = 0;
	WRITE_ONCE(inet_sk(sk)->inet_sport, 0);
}
