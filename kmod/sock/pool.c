// SPDX-License-Identifier: GPL-2.0
/*
 * The pool that connect() in wire mode inet takes its ports from: random ones, each held from the
 * kernel's TCP for all addresses, so that a connection costs no holder of its own. RFC 6056 3.3: the
 * choice among them is a keyed hash, and a few are drawn anew every minute.
 *
 * Readers use RCU and naru_port.lock; the pool is made, grown and let go under naru_net.port_mutex.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/ip.h>
#include "naru.h"
#include "port.h"

#define POOL_FIRST	64
#define POOL_STEP	256	/* ports that one call makes at most */
#define POOL_PERIOD	(60 * HZ)
#define POOL_REDRAW	16	/* one in so many, a period */
#define RENEW_TRIES	64	/* ports that are tried in the place of one */
#define POOL_SHARE	4	/* one port in so many of the range at most: others connect too */

/**
 * struct naru_pool - ports that are held
 * @rcu: freed after a grace period
 * @picked: a connection has been opened since the pool was last looked at
 * @num: how many
 * @port: they
 */
struct naru_pool {
	struct rcu_head rcu;
	bool picked;
	unsigned int num;
	struct naru_port *port[];
};

static struct naru_pool *pool_of(struct naru_net *nn)
{
	return rcu_dereference_protected(nn->pool, lockdep_is_held(&nn->port_mutex));
}

static struct naru_pool *pool_alloc(unsigned int most)
{
	return kvzalloc(sizeof(struct naru_pool) + most * sizeof(struct naru_port *),
			GFP_KERNEL_ACCOUNT);
}

/* @gone: ports of the old pool that are not in the new one, and that readers still find a while */
static void publish(struct naru_net *nn, struct naru_pool *pool, const struct naru_pool *gone)
{
	struct naru_pool *old = pool_of(nn);
	unsigned int i;

	rcu_assign_pointer(nn->pool, pool);
	for (i = 0; gone && i < gone->num; i++)
		naru_port_unreserve(gone->port[i]);
	if (old)
		kvfree_rcu(old, rcu);
}

/* Joins the port and claims the four-tuple, if both are free */
static int try_port(struct sock *sk, struct naru_key *key, struct naru_port *port)
{
	int err;

	key->lport = htons(port->id.num);
	if (READ_ONCE(port->nr_named) || inet_is_local_reserved_port(sock_net(sk), port->id.num) ||
	    (naru_port_busy(port) && !naru_port_tuple_free(sk, key)))
		return -EADDRINUSE;
	naru_sock_set_key(sk, key);
	if (!naru_port_join(port, sk))
		return -EADDRINUSE;
	err = naru_port_claim_tuple(sk, key);
	if (err)
		naru_port_release(sk);
	return err;
}

/**
 * naru_pool_pick - a connecting socket gets a port of the pool
 * @sk: socket without port, lock held
 * @key: four-tuple; its local port is filled in
 * @at: where to begin; moved past what was tried
 * @tries: how many ports to try at most
 *
 * Context: process. Takes no lock that connections to other places take.
 *
 * Return: 0, -EADDRINUSE where no port of the pool will do, -ENOMEM.
 */
int naru_pool_pick(struct sock *sk, struct naru_key *key, u32 *at, unsigned int tries)
{
	struct naru_net *nn = naru_net_of(sk);
	int err = -EADDRINUSE;
	struct naru_pool *pool;
	unsigned int i;

	rcu_read_lock();
	pool = rcu_dereference(nn->pool);
	for (i = 0; pool && i < min(pool->num, tries) && err == -EADDRINUSE; i++)
		err = try_port(sk, key, pool->port[(*at)++ % pool->num]);
	if (!err && !READ_ONCE(pool->picked))
		WRITE_ONCE(pool->picked, true);
	rcu_read_unlock();
	return err;
}

/* One more port, by the holder of @instead if there is one, if it is free for all addresses; or an ERR_PTR, -EADDRINUSE where it is not */
static struct naru_port *draw_port(struct naru_net *nn, struct naru_port *instead)
{
	int low, high;
	u16 num;

	inet_get_local_port_range(nn->net, &low, &high);
	num = low + get_random_u32_below(high - low + 1);
	if (inet_is_local_reserved_port(nn->net, num) || naru_port_lookup(nn, IPPROTO_TCP, num))
		return ERR_PTR(-EADDRINUSE);
	return naru_port_reserve(nn, num, instead);
}

/* Until there are @want; fewer where most of the range is taken, or memory is short */
static void draw(struct naru_net *nn, struct naru_pool *pool, unsigned int want)
{
	unsigned int tries = 8 * (want - pool->num) + POOL_FIRST;

	while (pool->num < want && tries-- && !fatal_signal_pending(current)) {
		struct naru_port *port = draw_port(nn, NULL);

		if (!IS_ERR(port))
			pool->port[pool->num++] = port;
		else if (PTR_ERR(port) != -EADDRINUSE)
			break;
		cond_resched();
	}
}

/* Those from @first on go among the others: they are not to stand together, as do those that are in use */
static void shuffle_in(struct naru_pool *pool, unsigned int first)
{
	unsigned int i, other;

	for (i = max(first, 1U); i < pool->num; i++) {
		other = get_random_u32_below(i + 1);
		swap(pool->port[i], pool->port[other]);
	}
}

/* Another port, by the same holder; or @port again, if none was found. NULL: that is held no longer either */
static struct naru_port *renew(struct naru_net *nn, struct naru_port *port)
{
	unsigned int tries = RENEW_TRIES;
	struct naru_port *other;

	do
		other = draw_port(nn, port);
	while (PTR_ERR_OR_ZERO(other) == -EADDRINUSE && port->nr_holders && --tries);
	if (!IS_ERR(other))
		return other;
	return naru_port_retain(port) ? port : NULL;
}

static unsigned int resting_ports(const struct naru_pool *pool)
{
	unsigned int i, resting = 0;

	for (i = 0; i < pool->num; i++)
		resting += naru_port_resting(pool->port[i]);
	return resting;
}

/* Where at least every fourth port has nothing but TIME-WAIT left, others take the place of those */
static bool rotate(struct naru_net *nn)
{
	struct naru_pool *old = pool_of(nn), *pool;
	unsigned int i, tried = 0, renewed = 0;

	if (!old || resting_ports(old) < max(old->num / 4, 1U))
		return false;
	pool = pool_alloc(old->num);
	if (!pool)
		return false;
	pool->picked = READ_ONCE(old->picked);
	for (i = 0; i < old->num; i++) {
		struct naru_port *port = old->port[i];

		if (tried < POOL_STEP && !fatal_signal_pending(current) && naru_port_retire(port)) {
			tried++;
			port = renew(nn, port);
			renewed += port && port != old->port[i];
			cond_resched();
		}
		if (port)
			pool->port[pool->num++] = port;
	}
	publish(nn, pool, NULL);
	return renewed;
}

static bool grow(struct naru_net *nn)
{
	struct naru_pool *old = pool_of(nn), *pool;
	unsigned int had = old ? old->num : 0, want = max(2 * had, POOL_FIRST);
	int low, high;

	inet_get_local_port_range(nn->net, &low, &high);
	want = min3(want, had + POOL_STEP, (high - low + 1U) / POOL_SHARE);
	if (want <= had)
		return false;
	pool = pool_alloc(want);
	if (!pool)
		return false;
	if (old)
		memcpy(pool->port, old->port, had * sizeof(pool->port[0]));
	pool->num = had;
	pool->picked = old && READ_ONCE(old->picked);
	draw(nn, pool, want);
	if (pool->num == had) {
		kvfree(pool);
		return false;
	}
	shuffle_in(pool, had);
	publish(nn, pool, NULL);
	if (!old)
		schedule_delayed_work(&nn->pool_work, POOL_PERIOD);
	return true;
}

/**
 * naru_pool_refill - no port of the pool was free for a destination: others, or more of them
 * @nn: namespace
 *
 * Context: process, may sleep; naru_net.port_mutex is held.
 *
 * Return: true when there are new ones now.
 */
bool naru_pool_refill(struct naru_net *nn)
{
	return rotate(nn) || grow(nn);
}

static unsigned int busy_ports(const struct naru_pool *pool)
{
	unsigned int i, busy = 0;

	for (i = 0; i < pool->num; i++)
		busy += naru_port_busy(pool->port[i]);
	return busy;
}

/* Ports that somebody uses are kept, of the others as many as @spare; the rest goes */
static void divide(const struct naru_pool *from, unsigned int spare, struct naru_pool *kept,
		   struct naru_pool *gone)
{
	unsigned int i, first = get_random_u32_below(from->num);

	for (i = 0; i < from->num; i++) {
		struct naru_port *port = from->port[(first + i) % from->num];
		bool busy = naru_port_busy(port);

		if (busy || spare)
			kept->port[kept->num++] = port;
		else
			gone->port[gone->num++] = port;
		if (!busy && spare)
			spare--;
	}
}

/* Half of it where a quarter would do, and a few others in the place of some */
static void redraw(struct naru_net *nn)
{
	struct naru_pool *old = pool_of(nn);
	struct naru_pool *pool = pool_alloc(old->num), *gone = pool_alloc(old->num);
	unsigned int busy = busy_ports(old), want = old->num, spare;

	if (!pool || !gone) {
		kvfree(pool);
		kvfree(gone);
		return;
	}
	if (busy < want / 4 && want >= 2 * POOL_FIRST)
		want /= 2;
	spare = want - want / POOL_REDRAW;
	divide(old, spare - min(spare, busy), pool, gone);
	draw(nn, pool, max(want, pool->num));
	publish(nn, pool, gone);
	kvfree(gone);
}

static void look(struct work_struct *work)
{
	struct naru_net *nn = container_of(work, struct naru_net, pool_work.work);
	struct naru_pool *pool;

	mutex_lock(&nn->port_mutex);
	pool = pool_of(nn);
	if (!pool->picked && !busy_ports(pool)) {
		publish(nn, NULL, pool);
	} else {
		redraw(nn);
		schedule_delayed_work(&nn->pool_work, POOL_PERIOD);
	}
	mutex_unlock(&nn->port_mutex);
}

/**
 * naru_pool_init - no pool yet: the first connection makes one
 * @nn: namespace
 */
void naru_pool_init(struct naru_net *nn)
{
	INIT_DELAYED_WORK(&nn->pool_work, look);
}

/**
 * naru_pool_exit - the pool goes with its namespace
 * @nn: namespace without sockets
 *
 * Context: process, may sleep.
 */
void naru_pool_exit(struct naru_net *nn)
{
	cancel_delayed_work_sync(&nn->pool_work);
	mutex_lock(&nn->port_mutex);
	publish(nn, NULL, pool_of(nn));
	mutex_unlock(&nn->port_mutex);
}
