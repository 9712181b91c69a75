// SPDX-License-Identifier: GPL-2.0
/*
 * Walking through the registry of all nodes while it changes.
 */
#include <linux/jhash.h>
#include "genl.h"
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

/* True: the row is wanted, and holds a reference where it is a full socket */
static bool row_take(const struct naru_filter *f, struct naru_node *node, struct naru_row *row)
{
	memset(row, 0, sizeof(*row));
	row_fill(node, row);
	if (!naru_filter_match(f, row))
		return false;
	if (node->kind != NARU_NODE_SOCK)
		return true;
	row->sk = naru_node_sk(node);
	return refcount_inc_not_zero(&row->sk->sk_refcnt);
}

/* Rows of bucket @w->bucket from @w->pos on. True: the bucket is through */
static bool walk_bucket(struct naru_net *nn, struct naru_walk *w)
{
	struct naru_node *node;
	struct naru_row *row;
	u32 pos = 0;

	hlist_for_each_entry_rcu(node, &nn->reg[w->bucket].head, reg) {
		if (pos++ < w->pos)
			continue;
		if (w->num == NARU_WALK_ROWS)
			return false;
		row = &w->row[w->num];
		w->pos = pos;
		if (!row_take(&w->filter, node, row))
			continue;
		row->bucket = w->bucket;
		row->pos = pos - 1;
		w->num++;
	}
	return true;
}

/**
 * naru_walk_next() - the next rows
 * @nn: namespace
 * @w: walk; its rows are replaced, those of the last call have been put
 *
 * Process context, no lock. Rows hold references until naru_walk_put().
 *
 * Return: whether there are any.
 */
bool naru_walk_next(struct naru_net *nn, struct naru_walk *w)
{
	w->num = 0;
	while (w->bucket < NARU_REG_BUCKETS && w->num < NARU_WALK_ROWS) {
		bool through;

		rcu_read_lock();
		through = walk_bucket(nn, w);
		rcu_read_unlock();
		if (through) {
			w->bucket++;
			w->pos = 0;
		}
		cond_resched();
	}
	return w->num;
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
		if (w->row[i].sk)
			sock_put(w->row[i].sk);
	w->num = 0;
}
