// SPDX-License-Identifier: GPL-2.0
/*
 * Which port a socket gets that did not ask for one: for bind() a random one that nobody has, for
 * connect() one whose four-tuple is free, by RFC 6056 3.3.4 (double-hash).
 */
#include <linux/random.h>
#include <net/ip.h>
#include "naru.h"
#include "port.h"

#define PICK_COUNTERS	256	/* power of 2 */
#define PICK_PATIENCE	64	/* ports between looks for a signal */
#define POOL_TRIES	16	/* ports of the pool that a destination finds taken before there are more */

/* RFC 6056's table of counters; races between CPUs only make it less regular */
static u32 counters[PICK_COUNTERS];

/* In use, and not only waiting in the pool */
static bool taken(struct naru_net *nn, u32 wire, u16 num)
{
	struct naru_port *port;
	bool yes;

	rcu_read_lock();
	port = naru_port_lookup(nn, wire, num);
	yes = port && (!READ_ONCE(port->pooled) || naru_port_busy(port));
	rcu_read_unlock();
	return yes;
}

/* A port of the kernel's TCP is held by one call at a time; native ones are naru's alone */
static void lock_ports(struct naru_net *nn, u32 wire)
{
	if (wire == IPPROTO_TCP)
		mutex_lock(&nn->port_mutex);
}

static void unlock_ports(struct naru_net *nn, u32 wire)
{
	if (wire == IPPROTO_TCP)
		mutex_unlock(&nn->port_mutex);
}

/**
 * naru_port_bind - bind() a socket to a port
 * @sk: socket without port, its local address set; lock held
 * @addr: port to bind to; 0: any that is free
 *
 * Context: process, may sleep.
 *
 * Return: 0, -EADDRINUSE.
 */
int naru_port_bind(struct sock *sk, const struct naru_addr *addr)
{
	struct naru_net *nn = naru_net_of(sk);
	u32 wire = naru_sk(sk)->wire, i, first;
	int low, high, left, err;

	lock_ports(nn, wire);
	if (addr->port) {
		err = naru_port_take(sk, ntohs(addr->port), true);
		goto out;
	}
	inet_sk_get_local_port_range(sk, &low, &high);
	left = high - low + 1;
	first = get_random_u32_below(left);
	err = -EADDRINUSE;
	for (i = 0; i < left && err == -EADDRINUSE; i++) {
		u16 num = low + (first + i) % left;

		if (inet_is_local_reserved_port(sock_net(sk), num))
			continue;
		if (taken(nn, wire, num))
			continue;
		err = naru_port_take(sk, num, true);
	}
out:
	unlock_ports(nn, wire);
	return err;
}

static u64 destination_hash(const struct naru_key *key)
{
	struct {
		struct in6_addr laddr, raddr;
		u32 wire, rport;
	} __aligned(8) in = {
		.laddr = key->laddr,
		.raddr = key->raddr,
		.wire = key->wire,
		.rport = (__force u32)key->rport,
	};

	return siphash(&in, sizeof(in), &naru_secret);
}

/**
 * naru_port_claim_tuple - a four-tuple becomes a socket's
 * @sk: socket with a port, lock held
 * @key: four-tuple
 *
 * Context: process. Who is in TIME-WAIT there is reused where that may be.
 *
 * Return: 0, -EADDRINUSE, -ENOMEM.
 */
int naru_port_claim_tuple(struct sock *sk, const struct naru_key *key)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_node *node;
	bool gone;
	int err;

	naru_sock_set_key(sk, key);
	err = naru_demux_insert(nn, &naru_sk(sk)->node);
	if (err != -EADDRINUSE)
		return err;
	node = naru_demux_find(nn, key);
	if (!node)
		return naru_demux_insert(nn, &naru_sk(sk)->node);
	gone = node->kind == NARU_NODE_TW && naru_timewait_reuse(nn, node, sk);
	naru_demux_put(node);
	return gone ? naru_demux_insert(nn, &naru_sk(sk)->node) : err;
}

/**
 * naru_port_tuple_free - whether a connection may get a four-tuple
 * @sk: socket that connects, lock held
 * @key: four-tuple
 *
 * Any context.
 *
 * Return: false where another has it, and is not in TIME-WAIT that may be reused.
 */
bool naru_port_tuple_free(const struct sock *sk, const struct naru_key *key)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_node *node = naru_demux_find(nn, key);
	bool may;

	if (!node)
		return true;
	may = node->kind == NARU_NODE_TW && naru_timewait_reusable(nn, node, naru_sk(sk)->ts_usec);
	naru_demux_put(node);
	return may;
}

/* connect()s share a port among each other, by the four-tuple, but not with bind()s */
static bool may_share(struct naru_net *nn, const struct naru_key *key)
{
	struct naru_port *port;
	bool ok;

	rcu_read_lock();
	port = naru_port_lookup(nn, key->wire, ntohs(key->lport));
	ok = !port || !READ_ONCE(port->nr_named);
	rcu_read_unlock();
	return ok;
}

static int try_port(struct sock *sk, struct naru_key *key, u16 num)
{
	struct naru_net *nn = naru_net_of(sk);
	int err;

	key->lport = htons(num);
	if (inet_is_local_reserved_port(sock_net(sk), num) || !may_share(nn, key) ||
	    !naru_port_tuple_free(sk, key))
		return -EADDRINUSE;
	/* who binds to the port asks for the addresses of those that have it */
	naru_sock_set_key(sk, key);
	err = naru_port_take(sk, num, false);
	if (err)
		return err;
	err = naru_port_claim_tuple(sk, key);
	if (err)
		naru_port_release(sk);
	return err;
}

/* Every port of the range in turn. Each that is tried in wire mode inet costs a holder */
static int pick_of_range(struct sock *sk, struct naru_key *key, u32 *at)
{
	int err = -EADDRINUSE;
	int low, high, left;
	u32 i;

	inet_sk_get_local_port_range(sk, &low, &high);
	left = high - low + 1;
	for (i = 0; i < left && err == -EADDRINUSE; i++) {
		if (i % PICK_PATIENCE == PICK_PATIENCE - 1 && fatal_signal_pending(current))
			return -EINTR;
		err = try_port(sk, key, low + (*at)++ % left);
		cond_resched();
	}
	return err;
}

/* IP_LOCAL_PORT_RANGE has given the socket another range than the pool's */
static bool has_own_range(const struct sock *sk)
{
	int low, high, net_low, net_high;

	inet_sk_get_local_port_range(sk, &low, &high);
	inet_get_local_port_range(sock_net(sk), &net_low, &net_high);
	return low != net_low || high != net_high;
}

/* lock_ports() */
static int pick_slowly(struct sock *sk, struct naru_key *key, u32 *at, bool pool)
{
	struct naru_net *nn = naru_net_of(sk);
	int err = -EADDRINUSE;

	while (pool && err == -EADDRINUSE && naru_pool_refill(nn))
		err = naru_pool_pick(sk, key, at, POOL_TRIES);
	if (pool && err == -EADDRINUSE)
		err = naru_pool_pick(sk, key, at, UINT_MAX);
	return err == -EADDRINUSE ? pick_of_range(sk, key, at) : err;
}

/* RFC 6056 3.3.4: where to begin is the destination's, and how far its connections have come */
static int pick(struct sock *sk, struct naru_key *key)
{
	struct naru_net *nn = naru_net_of(sk);
	bool pool = key->wire == IPPROTO_TCP && !has_own_range(sk);
	u64 hash = destination_hash(key);
	u32 *counter = &counters[(hash >> 32) & (PICK_COUNTERS - 1)];
	u32 at = (u32)hash + READ_ONCE(*counter);
	int err = -EADDRINUSE;

	if (pool)
		err = naru_pool_pick(sk, key, &at, POOL_TRIES);
	if (err == -EADDRINUSE) {
		lock_ports(nn, key->wire);
		err = pick_slowly(sk, key, &at, pool);
		unlock_ports(nn, key->wire);
	}
	WRITE_ONCE(*counter, at - (u32)hash + get_random_u32_below(8));
	return err;
}

/**
 * naru_port_autobind - a socket that connects gets its four-tuple
 * @sk: socket, lock held; it may be bound already
 * @key: four-tuple; its local port is filled in
 *
 * Context: process, may sleep. On success the socket is in the demux table, on failure as before.
 *
 * Return: 0, -EADDRNOTAVAIL when no port is left or the four-tuple is in use, -ENOMEM...
 */
int naru_port_autobind(struct sock *sk, struct naru_key *key)
{
	struct naru_net *nn = naru_net_of(sk);
	int err;

	if (naru_sk(sk)->port) {
		key->lport = inet_sk(sk)->inet_sport;
		err = naru_port_claim_tuple(sk, key);
	} else {
		err = pick(sk, key);
		if (err == -EADDRINUSE)
			NARU_INC(nn, EPHEMERAL_EXHAUSTED);
	}
	return err == -EADDRINUSE ? -EADDRNOTAVAIL : err;
}
