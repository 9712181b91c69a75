// SPDX-License-Identifier: GPL-2.0
/*
 * Walking through the registry of all nodes while it changes.
 */
#include <linux/jhash.h>
#include <linux/sched/signal.h>
#include "genl.h"
#include "genl_query.h"
#include "trace.h"

/**
 * naru_walk_family() - the family that a four-tuple is shown as
 * @key: four-tuple
 *
 * Return: AF_INET or AF_INET6.
 */
u8 naru_walk_family(const struct naru_key *key)
{
	return ipv6_addr_v4mapped(&key->laddr) ? AF_INET : AF_INET6;
}

/**
 * naru_walk_generation() - a number that changes when nodes come or go
 * @nn: namespace
 *
 * A node that comes moves next_id, one that only goes moves one of the counts.
 *
 * Return: the number, never 0.
 */
u32 naru_walk_generation(const struct naru_net *nn)
{
	u32 ids = atomic_read(&nn->next_id);
	u32 tw = atomic_read(&nn->nr_tw);

	return jhash_3words(ids, tw, atomic_read(&nn->nr_socks), atomic_read(&nn->nr_reqs)) | 1;
}

/**
 * naru_walk_estimate() - how many nodes there are, about
 * @nn: namespace
 */
u32 naru_walk_estimate(const struct naru_net *nn)
{
	return atomic_read(&nn->nr_socks) + atomic_read(&nn->nr_reqs) + atomic_read(&nn->nr_tw);
}

static void row_fill(const struct naru_node *node, struct naru_row *row)
{
	const struct sock *sk;

	row->id = node->id;
	row->kind = node->kind;
	switch (node->kind) {
	case NARU_NODE_SOCK:
		sk = (const struct sock *)container_of(node, struct naru_sock, node);
		row->state = READ_ONCE(sk->sk_state);
		naru_trace_key(sk, &row->key);
		return;
	case NARU_NODE_REQ:
		row->state = NARU_SYN_RECEIVED;
		row->timer_ms = naru_listen_req_timer(node, &row->retrans);
		break;
	case NARU_NODE_TW:
		row->state = NARU_TIME_WAIT;
		row->timer_ms = naru_timewait_remaining(node);
		break;
	}
	row->key = node->key;
}

/*
 * True: the row passes the filter, and holds its socket; one that is about to be freed is not there any more. The
 * program is asked later, as it may take its time
 */
static bool row_take(const struct naru_walk *w, struct naru_node *node, struct naru_row *row)
{
	memset(row, 0, sizeof(*row));
	row_fill(node, row);
	row->bucket = w->bucket;
	row->order = node->order;
	if (!naru_filter_match(&w->filter, row))
		return false;
	if (node->kind != NARU_NODE_SOCK)
		return true;
	row->sk = naru_node_sk(node);
	return refcount_inc_not_zero(&row->sk->sk_refcnt);
}

static void row_put(const struct naru_row *row)
{
	if (row->sk)
		sock_put(row->sk);
}

/*
 * Nodes of bucket @w->bucket behind @w->order, which stand in the list by that, the newest first: who comes and goes
 * meanwhile moves nobody else. True: the bucket is through
 */
static bool walk_bucket(struct naru_net *nn, struct naru_walk *w)
{
	unsigned int nodes = NARU_WALK_NODES;
	struct naru_node *node;

	hlist_for_each_entry_rcu(node, &nn->reg[w->bucket].head, reg) {
		if (node->order >= w->order)
			continue;
		if (w->num == NARU_WALK_ROWS || !nodes--)
			return false;
		w->order = node->order;
		w->num += row_take(w, node, &w->row[w->num]);
	}
	return true;
}

/* A function of its own, so that it can be traced how long it takes */
static noinline bool walk_locked(struct naru_net *nn, struct naru_walk *w)
{
	bool through;

	rcu_read_lock();
	through = walk_bucket(nn, w);
	rcu_read_unlock();
	return through;
}

/* Rows from @from on stay that the program wants */
static void choose(struct naru_walk *w, unsigned int from)
{
	unsigned int i, num = from;

	for (i = from; i < w->num; i++) {
		if (!naru_query_wants(w->query, &w->row[i]))
			row_put(&w->row[i]);
		else if (num++ != i)
			w->row[num - 1] = w->row[i];
		cond_resched();
	}
	w->num = num;
}

static void walk_some(struct naru_net *nn, struct naru_walk *w)
{
	unsigned int from = w->num;

	if (walk_locked(nn, w)) {
		w->bucket++;
		w->order = U64_MAX;
	}
	if (w->query && w->query->num)
		choose(w, from);
	cond_resched();
}

/**
 * naru_walk_begin() - start at the beginning
 * @w: walk without rows, its filter set
 */
void naru_walk_begin(struct naru_walk *w)
{
	w->bucket = 0;
	w->order = U64_MAX;
	w->num = 0;
}

/**
 * naru_walk_next() - the next rows
 * @nn: namespace
 * @w: walk; its rows are replaced, those of the last call have been put
 *
 * Process context, no lock; may sleep. Rows hold references until naru_walk_put(). None comes twice, and what is there
 * all the time comes; but a process that is to end gets no more.
 *
 * Return: whether there are any.
 */
bool naru_walk_next(struct naru_net *nn, struct naru_walk *w)
{
	w->num = 0;
	while (w->bucket < NARU_REG_BUCKETS && w->num < NARU_WALK_ROWS && !fatal_signal_pending(current))
		walk_some(nn, w);
	return w->num;
}

/**
 * naru_walk_again() - the next rows are to be some of the last ones
 * @w: walk with rows
 * @from: the first of them
 *
 * Before they are put.
 */
void naru_walk_again(struct naru_walk *w, unsigned int from)
{
	w->bucket = w->row[from].bucket;
	w->order = w->row[from].order + 1;
}

/**
 * naru_walk_put() - give back the references of the rows
 * @w: walk
 *
 * Process context.
 */
void naru_walk_put(struct naru_walk *w)
{
	unsigned int i;

	for (i = 0; i < w->num; i++)
		row_put(&w->row[i]);
	w->num = 0;
}

/**
 * naru_walk_all() - from the beginning to the end
 * @nn: namespace
 * @w: walk without rows; holds none afterwards
 * @visit: sees each row that is wanted
 * @arg: its argument
 *
 * Process context, no lock; may sleep.
 *
 * Return: 0, or -EINTR where the process is to end.
 */
int naru_walk_all(struct naru_net *nn, struct naru_walk *w, naru_walk_visit *visit, void *arg)
{
	unsigned int i;

	naru_walk_begin(w);
	while (naru_walk_next(nn, w)) {
		for (i = 0; i < w->num; i++)
			visit(arg, &w->row[i]);
		naru_walk_put(w);
	}
	return w->bucket < NARU_REG_BUCKETS ? -EINTR : 0;
}

/**
 * naru_walk_find() - the row of one number
 * @nn: namespace
 * @w: walk, without rows; gets this one, for naru_walk_put()
 * @id: the number
 *
 * Process context.
 *
 * Return: whether it is there and wanted.
 */
bool naru_walk_find(struct naru_net *nn, struct naru_walk *w, u32 id)
{
	struct naru_node *node;

	w->num = 0;
	w->bucket = id % NARU_REG_BUCKETS;
	rcu_read_lock();
	hlist_for_each_entry_rcu(node, &nn->reg[w->bucket].head, reg) {
		if (node->id != id)
			continue;
		w->num = row_take(w, node, &w->row[0]);
		break;
	}
	rcu_read_unlock();
	if (w->query && w->query->num)
		choose(w, 0);
	return w->num;
}
