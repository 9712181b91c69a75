// SPDX-License-Identifier: GPL-2.0
/*
 * Ports: who is bound to one, who may be too, who listens on it. One table per namespace, keyed by
 * wire mode and number. Essay, 4.
 */
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/ip.h>
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
	return !port->nr_socks && !port->nr_tw;
}

static void destroy(struct naru_port *port)
{
	struct naru_net *nn = port->nn;

	rhashtable_remove_fast(&nn->ports, &port->hash, ports_params);
	naru_holder_release_all(port);
	if (port->hooked)
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

/* New, or one that nobody uses any more and the work item has not seen yet */
static struct naru_port *lookup_or_make(struct naru_net *nn, u32 wire, u16 num)
{
	struct naru_port *port = naru_port_lookup(nn, wire, num);
	int err;

	if (port)
		return port;
	port = alloc_port(nn, wire, num);
	if (!port)
		return ERR_PTR(-ENOMEM);
	if (wire == IPPROTO_TCP) {
		err = naru_ingress_hook_get(nn->net);
		if (err)
			goto free;
		port->hooked = true;
	}
	err = rhashtable_insert_fast(&nn->ports, &port->hash, ports_params);
	if (!err)
		return port;
	if (port->hooked)
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

/* bind()'s and listen()'s rules, as in socket(7); @port->lock is held */
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

/* @port_mutex is held. Leaves a port without users to the work item. */
static int claim(struct naru_port *port, struct sock *sk, bool named)
{
	int err = 0;

	spin_lock_bh(&port->lock);
	if (named && conflicts(port, sk))
		err = -EADDRINUSE;
	spin_unlock_bh(&port->lock);
	if (!err && port->id.wire == IPPROTO_TCP)
		err = naru_holder_acquire(port, sk);

	spin_lock_bh(&port->lock);
	if (!err)
		join(port, sk, named);
	else if (unused(port))
		look_later(port);
	spin_unlock_bh(&port->lock);
	return err;
}

/**
 * naru_port_take - bind a socket to a port
 * @sk: socket without port, its local address set; lock held
 * @num: port, host byte order
 * @named: by bind(), not by connect(), which shares ports by the four-tuple
 *
 * Context: process, may sleep; naru_net.port_mutex is held.
 *
 * Return: 0, -EADDRINUSE, -ENOMEM...
 */
int naru_port_take(struct sock *sk, u16 num, bool named)
{
	struct naru_port *port;
	int err;

	port = lookup_or_make(naru_net(sock_net(sk)), naru_sk(sk)->wire, num);
	if (IS_ERR(port))
		return PTR_ERR(port);
	err = claim(port, sk, named);
	if (err)
		return err;
	inet_sk(sk)->inet_num = num;
	inet_sk(sk)->inet_sport = htons(num);
	return 0;
}

/**
 * naru_port_listen - make a bound socket findable as a listener
 * @sk: socket with a port, in state LISTEN or about to be; lock held
 *
 * Context: process, may sleep.
 *
 * Return: 0, -EADDRINUSE where another socket listens there already.
 */
int naru_port_listen(struct sock *sk)
{
	struct naru_net *nn = naru_net(sock_net(sk));
	struct naru_port *port = naru_sk(sk)->port;
	int err = 0;

	if (WARN_ON_ONCE(!port))
		return -EINVAL;
	mutex_lock(&nn->port_mutex);
	spin_lock_bh(&port->lock);
	if (conflicts(port, sk))
		err = -EADDRINUSE;
	else if (sk_unhashed(sk))
		sk_add_node_rcu(sk, &port->listeners);
	spin_unlock_bh(&port->lock);
	mutex_unlock(&nn->port_mutex);
	return err;
}

static void leave_listeners(struct sock *sk)
{
	if (sk_hashed(sk))
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
	if (!port->nr_socks || READ_ONCE(port->nr_holders) > 1)
		look_later(port);
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
	leave(port, ns);
	spin_unlock_bh(&port->lock);
	WRITE_ONCE(ns->port, NULL);
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
	if (!port->nr_tw && (!port->nr_socks || READ_ONCE(port->nr_holders) > 1))
		look_later(port);
	spin_unlock_bh(&port->lock);
}
