// SPDX-License-Identifier: GPL-2.0
/*
 * Ports: who is bound to one, who may be too, who listens on it. One table per namespace, keyed by
 * wire mode and number. Essay, 4.
 */
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/sock_reuseport.h>
#include "naru.h"
#include "port.h"

static const struct rhashtable_params ports_params = {
	.head_offset = offsetof(struct naru_port, hash),
	.key_offset = offsetof(struct naru_port, id),
	.key_len = sizeof(struct naru_port_id),
	.automatic_shrinking = true,
};

/**
 * naru_port_lookup - a port that is in use
 * @nn: namespace
 * @wire: IP protocol number
 * @num: port, host byte order
 *
 * Context: any, under rcu_read_lock() or naru_net.port_mutex.
 *
 * Return: the port or NULL.
 */
struct naru_port *naru_port_lookup(struct naru_net *nn, u32 wire, u16 num)
{
	struct naru_port_id id = { .wire = wire, .num = num };

	return rhashtable_lookup_fast(&nn->ports, &id, ports_params);
}

static bool is_inet(const struct naru_port *port)
{
	return port->id.wire == IPPROTO_TCP;
}

/* The port's user is gone, or may be: the work item looks. @port->lock is held. */
static void look_later(struct naru_port *port)
{
	struct naru_net *nn = port->nn;

	if (port->queued)
		return;
	port->queued = true;
	llist_add(&port->idle, &nn->idle_ports);
	schedule_work(&nn->port_work);
}

static bool unused(const struct naru_port *port)
{
	return !port->nr_socks && !port->nr_tw && !port->pooled;
}

/* A user has gone. A native port goes with its last one, at once. @port->lock is held. */
static void user_left(struct naru_port *port)
{
	if (is_inet(port)) {
		if ((!port->nr_socks && !port->pooled) || READ_ONCE(port->nr_holders) > 1)
			look_later(port);
	} else if (unused(port)) {
		port->dead = true;
		rhashtable_remove_fast(&port->nn->ports, &port->hash, ports_params);
		kfree_rcu(port, rcu);
	}
}

static void destroy(struct naru_port *port)
{
	struct naru_net *nn = port->nn;

	rhashtable_remove_fast(&nn->ports, &port->hash, ports_params);
	naru_holder_release_all(port);
	naru_ingress_hook_put(nn->net);
	kfree_rcu(port, rcu);
}

/* Nobody can queue the port again once it is dead, and it is not queued when it becomes so. */
static void settle(struct naru_port *port)
{
	spin_lock_bh(&port->lock);
	port->queued = false;
	port->dead = unused(port);
	spin_unlock_bh(&port->lock);
	if (port->dead)
		destroy(port);
	else
		naru_holder_trim(port);
}

static void settle_all(struct naru_net *nn)
{
	struct naru_port *port, *next;

	mutex_lock(&nn->port_mutex);
	llist_for_each_entry_safe(port, next, llist_del_all(&nn->idle_ports), idle)
		settle(port);
	mutex_unlock(&nn->port_mutex);
}

static void settle_work(struct work_struct *work)
{
	settle_all(container_of(work, struct naru_net, port_work));
}

/**
 * naru_port_settle - what a program has just given up is free when its call returns
 * @nn: namespace
 *
 * Context: process, may sleep, no lock held. Does the work item's work, if there is any.
 */
void naru_port_settle(struct naru_net *nn)
{
	if (work_busy(&nn->port_work))
		settle_all(nn);
}

/**
 * naru_port_init - the table of a namespace
 * @nn: namespace
 *
 * Return: 0 or a negative errno. Context: process, may sleep.
 */
int naru_port_init(struct naru_net *nn)
{
	init_llist_head(&nn->idle_ports);
	INIT_WORK(&nn->port_work, settle_work);
	naru_pool_init(nn);
	return rhashtable_init(&nn->ports, &ports_params);
}

/**
 * naru_port_exit - the table goes with its namespace
 * @nn: namespace whose demux table is empty
 *
 * Context: process, may sleep. The last users have queued their ports; essay, 6.
 */
void naru_port_exit(struct naru_net *nn)
{
	naru_pool_exit(nn);
	flush_work(&nn->port_work);
	WARN_ON(atomic_read(&nn->ports.nelems));
	rhashtable_destroy(&nn->ports);
}

static struct naru_port *alloc_port(struct naru_net *nn, u32 wire, u16 num)
{
	struct naru_port *port = kzalloc(sizeof(*port), GFP_KERNEL_ACCOUNT);

	if (!port)
		return NULL;
	port->id.wire = wire;
	port->id.num = num;
	port->nn = nn;
	spin_lock_init(&port->lock);
	INIT_LIST_HEAD(&port->holders);
	return port;
}

/*
 * A port of wire mode inet: new, or one that nobody uses any more and the work item has not seen yet.
 * naru_net.port_mutex is held.
 */
static struct naru_port *lookup_or_make(struct naru_net *nn, u16 num)
{
	struct naru_port *port = naru_port_lookup(nn, IPPROTO_TCP, num);
	int err;

	if (port)
		return port;
	port = alloc_port(nn, IPPROTO_TCP, num);
	if (!port)
		return ERR_PTR(-ENOMEM);
	err = naru_ingress_hook_get(nn->net);
	if (err)
		goto free;
	err = rhashtable_insert_fast(&nn->ports, &port->hash, ports_params);
	if (!err)
		return port;
	naru_ingress_hook_put(nn->net);
free:
	kfree(port);
	return ERR_PTR(err);
}

static bool same_device(const struct sock *a, const struct sock *b)
{
	return !a->sk_bound_dev_if || !b->sk_bound_dev_if ||
	       a->sk_bound_dev_if == b->sk_bound_dev_if;
}

static bool reuseport_pair(const struct sock *a, const struct sock *b)
{
	return a->sk_reuseport && b->sk_reuseport && uid_eq(a->sk_uid, b->sk_uid);
}

static bool reuseaddr_pair(const struct sock *a, const struct sock *b)
{
	return a->sk_reuse && b->sk_reuse && b->sk_state != TCP_LISTEN;
}

/*
 * bind()'s and listen()'s rules, as in socket(7); @port->lock is held. RFC 9293 3.9.1.1: an OPEN that
 * would touch another is an error (MUST-41); who connects may share with who listens (MUST-42).
 */
static bool conflicts(struct naru_port *port, struct sock *sk)
{
	struct naru_sock *other;

	if (!port->nr_socks && port->nr_tw && !sk->sk_reuse)
		return true;
	hlist_for_each_entry(other, &port->socks, port_link) {
		struct sock *sk2 = (struct sock *)other;

		if (sk2 == sk || !same_device(sk, sk2))
			continue;
		if (reuseaddr_pair(sk, sk2) || reuseport_pair(sk, sk2))
			continue;
		if (inet_rcv_saddr_equal(sk, sk2, true))
			return true;
	}
	return false;
}

static void join(struct naru_port *port, struct sock *sk, bool named)
{
	struct naru_sock *ns = naru_sk(sk);

	ns->port = port;
	ns->port_named = named;
	hlist_add_head(&ns->port_link, &port->socks);
	port->nr_socks++;
	port->nr_named += named;
}

/*
 * A port of wire mode inet becomes a socket's, and is held from the kernel's TCP. port_mutex is held.
 * Leaves a port without users to the work item.
 */
static int claim(struct naru_port *port, struct sock *sk, bool named)
{
	int err = 0;

	spin_lock_bh(&port->lock);
	if (named && conflicts(port, sk))
		err = -EADDRINUSE;
	spin_unlock_bh(&port->lock);
	if (!err)
		err = naru_holder_acquire(port, sk);

	spin_lock_bh(&port->lock);
	/* who connects from the pool does not wait for port_mutex */
	if (!err && named && conflicts(port, sk))
		err = -EADDRINUSE;
	if (!err)
		join(port, sk, named);
	else
		user_left(port);
	spin_unlock_bh(&port->lock);
	return err;
}

static int take_inet(struct sock *sk, u16 num, bool named)
{
	struct naru_port *port = lookup_or_make(naru_net_of(sk), num);

	return IS_ERR(port) ? PTR_ERR(port) : claim(port, sk, named);
}

/* A native port that somebody uses; under rcu_read_lock(). -ENOENT: nobody does any more */
static int share_native(struct naru_port *port, struct sock *sk, bool named)
{
	int err = 0;

	spin_lock_bh(&port->lock);
	if (port->dead)
		err = -ENOENT;
	else if (named ? conflicts(port, sk) : port->nr_named)
		err = -EADDRINUSE;
	else
		join(port, sk, named);
	spin_unlock_bh(&port->lock);
	return err;
}

/* A native port that nobody uses: it has its user before others can find it. -EEXIST: one does now */
static int make_native(struct sock *sk, u16 num, bool named)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_port *port = alloc_port(nn, NARU_PROTO_STREAM, num);
	int err;

	if (!port)
		return -ENOMEM;
	join(port, sk, named);
	err = rhashtable_lookup_insert_fast(&nn->ports, &port->hash, ports_params);
	if (err) {
		naru_sk(sk)->port = NULL;
		hlist_del_init(&naru_sk(sk)->port_link);
		kfree(port);
	}
	return err && err != -EEXIST ? -ENOMEM : err;
}

static int take_native(struct sock *sk, u16 num, bool named)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_port *port;
	int err;

	do {
		rcu_read_lock();
		port = naru_port_lookup(nn, NARU_PROTO_STREAM, num);
		err = port ? share_native(port, sk, named) : -ENOENT;
		rcu_read_unlock();
		if (err == -ENOENT)
			err = make_native(sk, num, named);
	} while (err == -EEXIST);
	return err;
}

/**
 * naru_port_take - bind a socket to a port
 * @sk: socket without port, its local address set; lock held
 * @num: port, host byte order
 * @named: by bind(), not by connect(), which shares ports by the four-tuple
 *
 * Context: process, may sleep; in wire mode inet naru_net.port_mutex is held.
 *
 * Return: 0, -EADDRINUSE, -ENOMEM...
 */
int naru_port_take(struct sock *sk, u16 num, bool named)
{
	int err;

	if (naru_sk(sk)->wire == IPPROTO_TCP)
		err = take_inet(sk, num, named);
	else
		err = take_native(sk, num, named);
	if (err)
		return err;
	inet_sk(sk)->inet_num = num;
	inet_sk(sk)->inet_sport = htons(num);
	return 0;
}

/**
 * naru_port_reserve - hold a port of wire mode inet that nobody uses, for the pool
 * @nn: namespace
 * @num: port, host byte order, which is not in use
 * @instead: NULL, or a port that naru_port_retire() took out of the pool, whose holder it gets if it still has one
 *
 * Context: process, may sleep; naru_net.port_mutex is held.
 *
 * Return: the port, or an ERR_PTR: -EADDRINUSE where the kernel's TCP uses it, -ENOMEM...
 */
struct naru_port *naru_port_reserve(struct naru_net *nn, u16 num, struct naru_port *instead)
{
	struct naru_port *port = lookup_or_make(nn, num);
	int err;

	if (IS_ERR(port))
		return port;
	if (instead && instead->nr_holders)
		err = naru_holder_move(instead, port);
	else
		err = naru_holder_acquire_any(port);
	spin_lock_bh(&port->lock);
	port->pooled = !err;
	if (unused(port))
		look_later(port);
	spin_unlock_bh(&port->lock);
	return err ? ERR_PTR(err) : port;
}

/**
 * naru_port_retire - a port of the pool on which nothing but TIME-WAIT is left is to hold no longer
 * @port: port of the pool
 *
 * The four-tuples stay taken for naru's sockets. For the kernel's TCP the port is free: one that binds to it or
 * connects from it gets it at once, without the wait of TIME-WAIT, and what comes for a connection of the kernel's
 * goes there (ingress.c). Context: process; naru_net.port_mutex is held.
 *
 * Return: false where it has a socket, or nothing; it stays in the pool then.
 */
bool naru_port_retire(struct naru_port *port)
{
	bool may;

	spin_lock_bh(&port->lock);
	may = naru_port_resting(port) && port->nr_holders == 1;
	if (may)
		port->pooled = false;
	spin_unlock_bh(&port->lock);
	return may;
}

/**
 * naru_port_retain - a port that was to hold no longer stays in the pool
 * @port: from naru_port_retire(), by the same holder of naru_net.port_mutex
 *
 * Context: process.
 *
 * Return: false where it is held no longer.
 */
bool naru_port_retain(struct naru_port *port)
{
	bool held = port->nr_holders;

	spin_lock_bh(&port->lock);
	port->pooled = held;
	if (unused(port))
		look_later(port);
	spin_unlock_bh(&port->lock);
	return held;
}

/**
 * naru_port_unreserve - a port is in the pool no longer
 * @port: from naru_port_reserve()
 *
 * Context: process, may sleep; naru_net.port_mutex is held. It goes with its last user.
 */
void naru_port_unreserve(struct naru_port *port)
{
	spin_lock_bh(&port->lock);
	port->pooled = false;
	if (unused(port))
		look_later(port);
	spin_unlock_bh(&port->lock);
}

/**
 * naru_port_busy - whether a socket or a TIME-WAIT entry has a port
 * @port: port, under RCU or naru_net.port_mutex
 *
 * Return: true when one has, at the moment.
 */
bool naru_port_busy(const struct naru_port *port)
{
	return READ_ONCE(port->nr_socks) || READ_ONCE(port->nr_tw);
}

/**
 * naru_port_resting - whether nothing but TIME-WAIT entries has a port
 * @port: port, under RCU or naru_net.port_mutex
 *
 * Return: true when it is so, at the moment.
 */
bool naru_port_resting(const struct naru_port *port)
{
	return !READ_ONCE(port->nr_socks) && READ_ONCE(port->nr_tw);
}

/**
 * naru_port_join - a connecting socket takes a port of the pool
 * @port: port, under rcu_read_lock()
 * @sk: socket without port, lock held
 *
 * Return: false where the port has gone meanwhile, or a bind() has it.
 */
bool naru_port_join(struct naru_port *port, struct sock *sk)
{
	bool alive;

	spin_lock_bh(&port->lock);
	alive = port->pooled && !port->nr_named;
	if (alive)
		join(port, sk, false);
	spin_unlock_bh(&port->lock);
	if (!alive)
		return false;
	inet_sk(sk)->inet_num = port->id.num;
	inet_sk(sk)->inet_sport = htons(port->id.num);
	return true;
}

static bool same_group(const struct sock *sk, const struct sock *other)
{
	return reuseport_pair(sk, other) && sk->sk_family == other->sk_family &&
	       ipv6_only_sock(sk) == ipv6_only_sock(other) &&
	       sk->sk_bound_dev_if == other->sk_bound_dev_if &&
	       inet_rcv_saddr_equal(sk, other, false);
}

/* Listeners of one address with SO_REUSEPORT share what comes, as a program says that one of them has */
static int join_group(struct naru_port *port, struct sock *sk)
{
	struct in6_addr ip;
	struct sock *other;
	bool any;

	if (!sk->sk_reuseport)
		return 0;
	naru_addr_local(sk, &ip);
	any = naru_addr_is_any(&ip);
	sk_for_each(other, &port->listeners) {
		if (same_group(sk, other))
			return reuseport_add_sock(sk, other, any);
	}
	return reuseport_alloc(sk, any);
}

/**
 * naru_port_listen - make a bound socket findable as a listener
 * @sk: socket with a port, in state LISTEN or about to be; lock held
 *
 * Context: process, may sleep.
 *
 * Return: 0, -EADDRINUSE where another socket listens there already, -ENOMEM.
 */
int naru_port_listen(struct sock *sk)
{
	struct naru_port *port = naru_sk(sk)->port;
	int err = 0;

	if (WARN_ON_ONCE(!port))
		return -EINVAL;
	spin_lock_bh(&port->lock);
	if (conflicts(port, sk))
		err = -EADDRINUSE;
	else if (sk_unhashed(sk))
		err = join_group(port, sk);
	if (!err && sk_unhashed(sk))
		sk_add_node_rcu(sk, &port->listeners);
	spin_unlock_bh(&port->lock);
	return err;
}

static void leave_listeners(struct sock *sk)
{
	if (!sk_hashed(sk))
		return;
	if (rcu_access_pointer(sk->sk_reuseport_cb))
		reuseport_detach_sock(sk);
	sk_del_node_init_rcu(sk);
}

/**
 * naru_port_unlisten - a listener is found no longer
 * @sk: socket, lock held; it keeps its port
 *
 * Any context.
 */
void naru_port_unlisten(struct sock *sk)
{
	struct naru_port *port = naru_sk(sk)->port;

	if (!port)
		return;
	spin_lock_bh(&port->lock);
	leave_listeners(sk);
	spin_unlock_bh(&port->lock);
}

/**
 * naru_port_inherit - a child has its listener's port
 * @child: new socket, locked
 * @listener: where its SYN came in; it may be closing
 *
 * Context: softirq, under rcu_read_lock(). Without effect when the port has gone meanwhile.
 */
void naru_port_inherit(struct sock *child, struct sock *listener)
{
	struct naru_port *port = READ_ONCE(naru_sk(listener)->port);

	if (!port)
		return;
	spin_lock_bh(&port->lock);
	if (!port->dead)
		join(port, child, true);
	spin_unlock_bh(&port->lock);
}

/* With the last socket the port goes, or its holders yield to whoever wants to bind */
static void leave(struct naru_port *port, struct naru_sock *ns)
{
	hlist_del_init(&ns->port_link);
	port->nr_socks--;
	port->nr_named -= ns->port_named;
	user_left(port);
}

/**
 * naru_port_release - a socket is bound no longer
 * @sk: socket, lock held; without port nothing happens
 *
 * Context: process or softirq.
 */
void naru_port_release(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_port *port = ns->port;

	if (!port)
		return;
	spin_lock_bh(&port->lock);
	leave_listeners(sk);
	WRITE_ONCE(ns->port, NULL);
	leave(port, ns);
	spin_unlock_bh(&port->lock);
	inet_sk(sk)->inet_num = 0;
}

/**
 * naru_port_get - a TIME-WAIT entry uses a port
 * @port: port of a socket, or NULL
 *
 * Context: softirq, under rcu_read_lock(), or with the socket that has the port locked.
 *
 * Return: @port, or NULL when it has gone meanwhile.
 */
struct naru_port *naru_port_get(struct naru_port *port)
{
	bool alive;

	if (!port)
		return NULL;
	spin_lock_bh(&port->lock);
	alive = !port->dead;
	port->nr_tw += alive;
	spin_unlock_bh(&port->lock);
	return alive ? port : NULL;
}

/**
 * naru_port_put_tw - a TIME-WAIT entry uses a port no longer
 * @port: from naru_port_get(), NULL included
 *
 * Any context.
 */
void naru_port_put_tw(struct naru_port *port)
{
	if (!port)
		return;
	spin_lock_bh(&port->lock);
	port->nr_tw--;
	if (!port->nr_tw)
		user_left(port);
	spin_unlock_bh(&port->lock);
}

/**
 * naru_port_cookie_sent - a SYN was answered by a cookie
 * @listener: who for; any of its port may get the ACK (SO_REUSEPORT)
 *
 * Context: softirq, under rcu_read_lock.
 */
void naru_port_cookie_sent(const struct sock *listener)
{
	struct naru_port *port = READ_ONCE(naru_sk(listener)->port);
	/* 0 stands for never */
	unsigned long now = jiffies ? : 1;

	if (port && READ_ONCE(port->cookies_at) != now)
		WRITE_ONCE(port->cookies_at, now);
}

/**
 * naru_port_cookie_last - when that was last
 * @listener: who an ACK is for
 *
 * Context: softirq, under rcu_read_lock. Return: jiffies, 0: never.
 */
unsigned long naru_port_cookie_last(const struct sock *listener)
{
	const struct naru_port *port = READ_ONCE(naru_sk(listener)->port);

	return port ? READ_ONCE(port->cookies_at) : 0;
}
