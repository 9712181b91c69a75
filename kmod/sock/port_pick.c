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

/* RFC 6056's table of counters; races between CPUs only make it less regular */
static u32 counters[PICK_COUNTERS];

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
	struct naru_net *nn = naru_net(sock_net(sk));
	int low, high, left, err;
	u32 i, first;

	mutex_lock(&nn->port_mutex);
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
		if (naru_port_lookup(nn, naru_sk(sk)->wire, num))
			continue;
		err = naru_port_take(sk, num, true);
	}
out:
	mutex_unlock(&nn->port_mutex);
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

/* The key becomes the socket's, if nobody has it or who has it is in TIME-WAIT and may be reused */
static int claim_tuple(struct sock *sk, const struct naru_key *key)
{
	struct naru_net *nn = naru_net(sock_net(sk));
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

static bool tuple_busy(struct naru_net *nn, const struct naru_key *key)
{
	struct naru_node *node = naru_demux_find(nn, key);
	bool busy;

	if (!node)
		return false;
	busy = node->kind != NARU_NODE_TW || !naru_setting(nn, tw_reuse);
	naru_demux_put(node);
	return busy;
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
	struct naru_net *nn = naru_net(sock_net(sk));
	int err;

	key->lport = htons(num);
	if (inet_is_local_reserved_port(sock_net(sk), num) || !may_share(nn, key) ||
	    tuple_busy(nn, key))
		return -EADDRINUSE;
	err = naru_port_take(sk, num, false);
	if (err)
		return err;
	err = claim_tuple(sk, key);
	if (err)
		naru_port_release(sk);
	return err;
}

static int pick(struct sock *sk, struct naru_key *key)
{
	u64 hash = destination_hash(key);
	u32 *counter = &counters[(hash >> 32) & (PICK_COUNTERS - 1)];
	int err = -EADDRINUSE;
	int low, high, left;
	u32 i, first;

	inet_sk_get_local_port_range(sk, &low, &high);
	left = high - low + 1;
	first = (u32)hash + READ_ONCE(*counter);
	for (i = 0; i < left && err == -EADDRINUSE; i++)
		err = try_port(sk, key, low + (first + i) % left);
	WRITE_ONCE(*counter, *counter + i + get_random_u32_below(8));
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
	struct naru_net *nn = naru_net(sock_net(sk));
	int err;

	if (naru_sk(sk)->port) {
		key->lport = inet_sk(sk)->inet_sport;
		err = claim_tuple(sk, key);
	} else {
		mutex_lock(&nn->port_mutex);
		err = pick(sk, key);
		mutex_unlock(&nn->port_mutex);
		if (err == -EADDRINUSE)
			NARU_INC(nn, EPHEMERAL_EXHAUSTED);
	}
	return err == -EADDRINUSE ? -EADDRNOTAVAIL : err;
}
