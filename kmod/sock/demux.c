// SPDX-License-Identifier: GPL-2.0
/*
 * From a four-tuple to the connection, SYN-RECEIVED or TIME-WAIT entry that has it, and to the
 * listener where none has. Essay, 1.
 */
#include <linux/jhash.h>
#include <linux/rhashtable.h>
#include <net/sock_reuseport.h>
#include "naru.h"
#include "port.h"

static u32 hash_key(const void *data, u32 len, u32 seed)
{
	const struct naru_key *key = data;
	u32 ports = (__force u32)key->lport << 16 | (__force u32)key->rport;

	if (naru_key_is_v4(key))
		return jhash_3words((__force u32)key->laddr.s6_addr32[3],
				    (__force u32)key->raddr.s6_addr32[3], ports, seed ^ key->wire);
	return jhash2(data, len / sizeof(u32), seed);
}

static int compare_key(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct naru_key *b = &((const struct naru_node *)obj)->key;
	const struct naru_key *a = arg->key;

	return a->lport != b->lport || a->rport != b->rport || a->wire != b->wire ||
	       a->scope != b->scope || !ipv6_addr_equal(&a->raddr, &b->raddr) ||
	       !ipv6_addr_equal(&a->laddr, &b->laddr);
}

static const struct rhashtable_params conns_params = {
	.head_offset = offsetof(struct naru_node, hash),
	.key_offset = offsetof(struct naru_node, key),
	.key_len = sizeof(struct naru_key),
	.hashfn = hash_key,
	.obj_cmpfn = compare_key,
	.automatic_shrinking = true,
};

/**
 * naru_demux_init - the table of a namespace
 * @nn: namespace
 *
 * Return: 0 or a negative errno. Context: process, may sleep.
 */
int naru_demux_init(struct naru_net *nn)
{
	/* hashed and compared as a whole, so it must not have holes */
	BUILD_BUG_ON(sizeof(struct naru_key) != 2 * sizeof(struct in6_addr) + 3 * sizeof(u32));
	return rhashtable_init(&nn->conns, &conns_params);
}

static bool get(struct naru_node *node)
{
	if (node->kind == NARU_NODE_SOCK)
		return refcount_inc_not_zero(&naru_node_sk(node)->sk_refcnt);
	return refcount_inc_not_zero(&node->ref);
}

/**
 * naru_demux_put - drop a reference, whatever the kind
 * @node: node from naru_demux_find()
 *
 * Any context.
 */
void naru_demux_put(struct naru_node *node)
{
	switch (node->kind) {
	case NARU_NODE_SOCK:
		sock_put(naru_node_sk(node));
		break;
	case NARU_NODE_REQ:
		naru_listen_req_put(node);
		break;
	case NARU_NODE_TW:
		naru_timewait_put(node);
		break;
	}
}

/**
 * naru_demux_insert - make a node findable
 * @nn: namespace
 * @node: node with its key set, whose caller has a reference; the table takes one of its own
 *
 * Any context.
 *
 * Return: 0, -EADDRINUSE if the four-tuple is taken, -ENOMEM.
 */
int naru_demux_insert(struct naru_net *nn, struct naru_node *node)
{
	int err;

	if (WARN_ON_ONCE(node->hashed || !get(node)))
		return -EINVAL;
	node->hashed = true;
	err = rhashtable_lookup_insert_fast(&nn->conns, &node->hash, conns_params);
	if (!err)
		return 0;
	node->hashed = false;
	naru_demux_put(node);
	return err == -EEXIST ? -EADDRINUSE : -ENOMEM;
}

/**
 * naru_demux_remove - a node is found no longer
 * @nn: namespace
 * @node: node, in the table or not; the table's reference goes
 *
 * Any context; of several callers one removes.
 */
void naru_demux_remove(struct naru_net *nn, struct naru_node *node)
{
	if (!READ_ONCE(node->hashed))
		return;
	if (rhashtable_remove_fast(&nn->conns, &node->hash, conns_params))
		return;
	WRITE_ONCE(node->hashed, false);
	naru_demux_put(node);
}

/**
 * naru_demux_replace - one node takes another's place, with no moment between
 * @nn: namespace
 * @old: node in the table; the table's reference to it goes
 * @new: node with the same key, not in a table
 *
 * Any context; of several callers one replaces.
 *
 * Return: 0, -ENOENT if @old was not there any more.
 */
int naru_demux_replace(struct naru_net *nn, struct naru_node *old, struct naru_node *new)
{
	int err;

	if (!READ_ONCE(old->hashed))
		return -ENOENT;
	if (WARN_ON_ONCE(!get(new)))
		return -EINVAL;
	new->hashed = true;
	err = rhashtable_replace_fast(&nn->conns, &old->hash, &new->hash, conns_params);
	if (err) {
		new->hashed = false;
		naru_demux_put(new);
		return -ENOENT;
	}
	WRITE_ONCE(old->hashed, false);
	naru_demux_put(old);
	return 0;
}

/**
 * naru_demux_find_rcu - who has a four-tuple
 * @nn: namespace
 * @key: four-tuple
 *
 * Any context, under rcu_read_lock(). A node without references has left the table since it was
 * looked up, perhaps for another that took its place: that is found by looking again.
 *
 * Return: the node with a reference for naru_demux_put(), or NULL.
 */
struct naru_node *naru_demux_find_rcu(struct naru_net *nn, const struct naru_key *key)
{
	struct naru_node *node;

	do {
		node = rhashtable_lookup(&nn->conns, key, conns_params);
	} while (node && !get(node));
	return node;
}

/**
 * naru_demux_find - the same in any context
 * @nn: namespace
 * @key: four-tuple
 *
 * Return: the node with a reference for naru_demux_put(), or NULL.
 */
struct naru_node *naru_demux_find(struct naru_net *nn, const struct naru_key *key)
{
	struct naru_node *node;

	rcu_read_lock();
	node = naru_demux_find_rcu(nn, key);
	rcu_read_unlock();
	return node;
}

/* Any node of the table, with a reference; NULL when it is empty */
static struct naru_node *first(struct naru_net *nn)
{
	struct naru_node *node;
	struct rhashtable_iter iter;

	rhashtable_walk_enter(&nn->conns, &iter);
	rhashtable_walk_start(&iter);
	do {
		node = rhashtable_walk_next(&iter);
	} while (IS_ERR(node) || (node && !get(node)));
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return node;
}

/**
 * naru_demux_exit - the table goes with its namespace
 * @nn: namespace without sockets or hooks; no packet comes in any more
 *
 * Context: process, may sleep. SYN-RECEIVED and TIME-WAIT entries end here; essay, 6.
 */
void naru_demux_exit(struct naru_net *nn)
{
	struct naru_node *node;

	while ((node = first(nn))) {
		if (node->kind == NARU_NODE_REQ)
			naru_listen_req_dispose(nn, node);
		else if (node->kind == NARU_NODE_TW)
			naru_timewait_dispose(nn, node);
		else
			WARN_ONCE(1, "naru: a socket outlived its namespace\n");
		naru_demux_remove(nn, node);
		naru_demux_put(node);
	}
	/* timers whose entry was out of the table already */
	synchronize_rcu();
	rhashtable_destroy(&nn->conns);
}

/* Points of a listener for a segment: the more exactly it is bound the more; 0: not for it */
static unsigned int score(const struct sock *sk, const struct naru_key *key, int dif, int sdif)
{
	bool v4 = naru_key_is_v4(key);
	unsigned int points = 1;
	struct in6_addr ip;

	if (sk->sk_state != TCP_LISTEN)
		return 0;
	naru_addr_local(sk, &ip);
	if (v4 && ipv6_only_sock(sk))
		return 0;
	if (ipv6_addr_equal(&ip, &key->laddr))
		points += 4;
	else if (!ipv6_addr_any(&ip) && !(v4 && naru_addr_is_any(&ip)))
		return 0;
	if (!inet_sk_bound_dev_eq(sock_net(sk), sk->sk_bound_dev_if, dif, sdif))
		return 0;
	if (sk->sk_bound_dev_if)
		points += 2;
	if (v4 == ipv6_addr_v4mapped(&ip))
		points += 1;
	return points;
}

/* Keeps a remote endpoint with one of several SO_REUSEPORT listeners */
static u32 endpoint_hash(const struct naru_key *key)
{
	return siphash(&key->raddr, sizeof(key->raddr), &naru_secret) ^
	       hash_32((__force u32)key->rport, 32);
}

static struct sock *best_listener(struct naru_port *port, const struct naru_key *key, int dif,
				  int sdif)
{
	struct sock *sk, *best = NULL;
	unsigned int most = 0;

	sk_for_each_rcu(sk, &port->listeners) {
		unsigned int points = score(sk, key, dif, sdif);

		if (points <= most)
			continue;
		most = points;
		best = sk;
	}
	return best;
}

/* One of the listeners that share @sk's address: a program of theirs decides, else the remote endpoint */
static struct sock *one_of_group(struct sock *sk, const struct naru_key *key, struct sk_buff *skb,
				 unsigned int at)
{
	const struct tcphdr *th = NULL;
	struct tcphdr buf;

	if (skb)
		th = skb_header_pointer(skb, at, sizeof(buf), &buf);
	return reuseport_select_sock(sk, endpoint_hash(key), th ? skb : NULL,
				     th ? at + th->doff * 4 : 0);
}

/**
 * naru_demux_listener - who listens where a segment was sent to
 * @nn: namespace
 * @key: four-tuple of the segment, local side first
 * @skb: the segment; NULL: there is none to show to a program
 * @at: where its header is, from the skb's data
 * @dif: interface it came in by
 * @sdif: enslaved interface behind @dif, or 0
 *
 * Context: softirq or process, any locks. Among several listeners with SO_REUSEPORT their program
 * (SO_ATTACH_REUSEPORT_CBPF, and _EBPF for a socket filter) decides, else the remote endpoint.
 *
 * Return: the listener with a reference, or NULL.
 */
struct sock *naru_demux_listener(struct naru_net *nn, const struct naru_key *key,
				 struct sk_buff *skb, unsigned int at, int dif, int sdif)
{
	struct sock *sk = NULL, *chosen;
	struct naru_port *port;

	rcu_read_lock();
	port = naru_port_lookup(nn, key->wire, ntohs(key->lport));
	if (port)
		sk = best_listener(port, key, dif, sdif);
	if (sk && rcu_access_pointer(sk->sk_reuseport_cb)) {
		chosen = one_of_group(sk, key, skb, at);
		sk = IS_ERR_OR_NULL(chosen) ? sk : chosen;
	}
	if (sk && !refcount_inc_not_zero(&sk->sk_refcnt))
		sk = NULL;
	rcu_read_unlock();
	return sk;
}
