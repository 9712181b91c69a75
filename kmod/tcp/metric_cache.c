// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of paths, kept between connections: RFC 9040. A table for each namespace, which is bounded: where a
 * chain is full the entry goes that was not used for longest. Readers use RCU; a bucket's lock guards its chain, and
 * what is in an entry is read and written as it is, a number at a time.
 */
#include <linux/jhash.h>
#include <linux/rtnetlink.h>
#include <net/dst.h>
#include "naru.h"
#include "tcp/metric_cache.h"

#define BUCKETS		512
#define CHAIN_MOST	8
#define STALE_JIFFIES	(60UL * 60 * HZ)	/* then the route is believed rather */

struct bucket {
	spinlock_t lock;	/* leaf; guards @head for writers, readers use RCU */
	struct hlist_head head;
};

/**
 * struct naru_metric_table - of a namespace
 * @bucket: by addresses
 */
struct naru_metric_table {
	struct bucket bucket[BUCKETS];
};

static struct bucket *bucket_of(struct naru_metric_table *t, const struct naru_metric_key *key)
{
	u32 h = jhash2((const u32 *)key, sizeof(*key) / sizeof(u32), (u32)naru_secret.key[0]);

	return &t->bucket[h % BUCKETS];
}

static void key_of(const struct naru_sock *ns, struct naru_metric_key *key)
{
	key->laddr = ns->node.key.laddr;
	key->raddr = ns->node.key.raddr;
	key->scope = ns->node.key.scope;
}

static struct naru_metric_entry *find(struct bucket *b, const struct naru_metric_key *key)
{
	struct naru_metric_entry *e;

	hlist_for_each_entry_rcu(e, &b->head, link)
		if (!memcmp(&e->key, key, sizeof(*key)))
			return e;
	return NULL;
}

static void read_entry(const struct naru_metric_entry *e, struct naru_metric *m)
{
	m->rtt = READ_ONCE(e->m.rtt);
	m->rttvar = READ_ONCE(e->m.rttvar);
	m->ssthresh = READ_ONCE(e->m.ssthresh);
	m->cwnd = READ_ONCE(e->m.cwnd);
	m->reordering = READ_ONCE(e->m.reordering);
}

static void write_entry(struct naru_metric_entry *e, const struct naru_metric *m)
{
	WRITE_ONCE(e->m.rtt, m->rtt);
	WRITE_ONCE(e->m.rttvar, m->rttvar);
	WRITE_ONCE(e->m.ssthresh, m->ssthresh);
	WRITE_ONCE(e->m.cwnd, m->cwnd);
	WRITE_ONCE(e->m.reordering, m->reordering);
	WRITE_ONCE(e->used, jiffies);
}

/* ---- what the route says ---- */

static u8 fixed_by(const struct dst_entry *dst)
{
	return (dst_metric_locked(dst, RTAX_RTT) ? NARU_METRIC_FIX_RTT : 0) |
	       (dst_metric_locked(dst, RTAX_RTTVAR) ? NARU_METRIC_FIX_RTTVAR : 0) |
	       (dst_metric_locked(dst, RTAX_SSTHRESH) ? NARU_METRIC_FIX_SSTHRESH : 0) |
	       (dst_metric_locked(dst, RTAX_CWND) ? NARU_METRIC_FIX_CWND : 0) |
	       (dst_metric_locked(dst, RTAX_REORDERING) ? NARU_METRIC_FIX_REORDERING : 0);
}

/* Times of routes are in ms, one by 8, one by 4 */
static void read_route(const struct dst_entry *dst, struct naru_metric *m)
{
	m->rtt = min_t(u64, dst_metric(dst, RTAX_RTT) * (u64)USEC_PER_MSEC / 8, U32_MAX);
	m->rttvar = min_t(u64, dst_metric(dst, RTAX_RTTVAR) * (u64)USEC_PER_MSEC / 4, U32_MAX);
	m->ssthresh = dst_metric(dst, RTAX_SSTHRESH);
	m->cwnd = dst_metric(dst, RTAX_CWND);
	m->reordering = dst_metric(dst, RTAX_REORDERING) > NARU_DUPTHRESH;
}

/* An entry counts, but for what the route fixes */
static void read_both(const struct naru_metric_entry *e, const struct dst_entry *dst, u8 fixed,
		      struct naru_metric *m)
{
	struct naru_metric route;

	read_route(dst, &route);
	*m = route;
	if (!e || time_after(jiffies, READ_ONCE(e->used) + STALE_JIFFIES))
		return;
	read_entry(e, m);
	if (fixed & NARU_METRIC_FIX_RTT)
		m->rtt = route.rtt;
	if (fixed & NARU_METRIC_FIX_RTTVAR)
		m->rttvar = route.rttvar;
	if (fixed & NARU_METRIC_FIX_SSTHRESH)
		m->ssthresh = route.ssthresh;
	if (fixed & NARU_METRIC_FIX_CWND)
		m->cwnd = route.cwnd;
	if (fixed & NARU_METRIC_FIX_REORDERING)
		m->reordering = route.reordering;
}

/* ---- connections ---- */

static void apply(struct sock *sk, const struct naru_metric *m)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_sock *ns = naru_sk(sk);

	if (m->ssthresh && !naru_setting(nn, no_ssthresh_metrics_save))
		ns->cong.ssthresh = max_t(u32, min_t(u64, (u64)m->ssthresh * ns->mss_cache, NARU_CONG_INFINITE),
					  2 * ns->mss_cache);
	if (m->reordering)
		ns->rack.reordering_seen = true;
	ns->rtt.rto = naru_metric_rto(m->rtt, ns->rtt.srtt8 >> 3, ns->rtt.rto,
				      ns->path.rto_min_us ? : naru_setting(nn, rto_min_us),
				      naru_setting(nn, rto_max_ms) * USEC_PER_MSEC);
}

/**
 * naru_metric_start - a connection opens: what is known of its path
 * @sk: socket whose congestion control and RACK have been set up, lock held
 *
 * RFC 9040 6.1. Softirq or process.
 */
void naru_metric_start(struct sock *sk)
{
	struct naru_metric_table *t = naru_net_of(sk)->metrics;
	const struct dst_entry *dst = __sk_dst_get(sk);
	struct naru_metric_key key;
	struct naru_metric m;

	if (!dst)
		return;
	key_of(naru_sk(sk), &key);
	rcu_read_lock();
	read_both(find(bucket_of(t, &key), &key), dst, fixed_by(dst), &m);
	rcu_read_unlock();
	apply(sk, &m);
}

/* The chain's lock is held. There is room afterwards */
static void make_room(struct bucket *b)
{
	struct naru_metric_entry *e, *oldest = NULL;
	unsigned int n = 0;

	hlist_for_each_entry(e, &b->head, link) {
		if (!oldest || time_before(e->used, oldest->used))
			oldest = e;
		n++;
	}
	if (n < CHAIN_MOST)
		return;
	hlist_del_rcu(&oldest->link);
	kfree_rcu(oldest, rcu);
}

/* NULL: no memory. Under rcu_read_lock, which the entry is good for */
static struct naru_metric_entry *find_or_make(struct naru_metric_table *t, const struct naru_metric_key *key)
{
	struct bucket *b = bucket_of(t, key);
	struct naru_metric_entry *e = find(b, key);

	if (e)
		return e;
	spin_lock_bh(&b->lock);
	e = find(b, key);
	if (!e) {
		e = kzalloc(sizeof(*e), GFP_ATOMIC);
		if (e) {
			make_room(b);
			e->key = *key;
			e->used = jiffies - STALE_JIFFIES - 1;	/* the route knows more as yet */
			hlist_add_head_rcu(&e->link, &b->head);
		}
	}
	spin_unlock_bh(&b->lock);
	return e;
}

/**
 * naru_metric_save - a connection ends in order: what it has learned of its path
 * @sk: socket, lock held
 *
 * RFC 9040 6.2. Softirq or process.
 */
void naru_metric_save(struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_get(sk);
	struct naru_net *nn = naru_net_of(sk);
	struct naru_sock *ns = naru_sk(sk);
	u32 mss = max_t(u32, ns->mss_cache, 1);
	struct naru_metric_end end = {
		.rtt = ns->rtt.srtt8 >> 3,
		.rttvar = ns->rtt.rttvar4 >> 2,
		.ssthresh = ns->cong.ssthresh >= NARU_CONG_INFINITE ? 0 : max(ns->cong.ssthresh / mss, 1U),
		.cwnd = max(ns->cong.cwnd / mss, 1U),
		.unsure = ns->backoff,
		.calm = ns->recov.state == NARU_OPEN,
		.keep_ssthresh = !naru_setting(nn, no_ssthresh_metrics_save),
		.reordered = ns->reord_seen,
	};
	struct naru_metric_entry *e;
	struct naru_metric_key key;
	struct naru_metric m;

	if (!dst || naru_setting(nn, no_metrics_save))
		return;
	end.fixed = fixed_by(dst);
	key_of(ns, &key);
	rcu_read_lock();
	e = find_or_make(nn->metrics, &key);
	if (e) {
		read_both(e, dst, end.fixed, &m);
		naru_metric_learn(&m, &end);
		write_entry(e, &m);
	}
	rcu_read_unlock();
}

/* ---- administration ---- */

/**
 * naru_metric_walk - entries, one after the other
 * @nn: namespace
 * @at: where to begin, 0; where to go on when this returns
 * @show: called for each, false: no more for now, and the same one again next time
 * @arg: its argument
 *
 * Process context; what comes or goes meanwhile may be missed or seen twice.
 */
void naru_metric_walk(struct naru_net *nn, struct naru_metric_at *at,
		      bool (*show)(const struct naru_metric_entry *e, void *arg), void *arg)
{
	struct naru_metric_entry *e;
	unsigned int pos;

	rcu_read_lock();
	for (; at->bucket < BUCKETS; at->bucket++, at->pos = 0) {
		pos = 0;
		hlist_for_each_entry_rcu(e, &nn->metrics->bucket[at->bucket].head, link) {
			if (pos++ < at->pos)
				continue;
			if (!show(e, arg))
				goto out;
			at->pos = pos;
		}
	}
out:
	rcu_read_unlock();
}

/**
 * naru_metric_forget - entries go
 * @nn: namespace
 * @raddr: those of this peer, NULL: all
 *
 * Process context. Return: how many.
 */
unsigned int naru_metric_forget(struct naru_net *nn, const struct in6_addr *raddr)
{
	struct naru_metric_table *t = nn->metrics;
	struct naru_metric_entry *e;
	struct hlist_node *next;
	unsigned int i, n = 0;

	for (i = 0; i < BUCKETS; i++) {
		struct bucket *b = &t->bucket[i];

		if (hlist_empty(&b->head))
			continue;
		spin_lock_bh(&b->lock);
		hlist_for_each_entry_safe(e, next, &b->head, link) {
			if (raddr && !ipv6_addr_equal(&e->key.raddr, raddr))
				continue;
			hlist_del_rcu(&e->link);
			kfree_rcu(e, rcu);
			n++;
		}
		spin_unlock_bh(&b->lock);
	}
	return n;
}

/**
 * naru_metric_netns_init - a namespace begins
 * @nn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int naru_metric_netns_init(struct naru_net *nn)
{
	unsigned int i;

	nn->metrics = kvzalloc(sizeof(*nn->metrics), GFP_KERNEL);
	if (!nn->metrics)
		return -ENOMEM;
	for (i = 0; i < BUCKETS; i++)
		spin_lock_init(&nn->metrics->bucket[i].lock);
	return 0;
}

/**
 * naru_metric_netns_exit - a namespace goes
 * @nn: namespace without sockets
 */
void naru_metric_netns_exit(struct naru_net *nn)
{
	naru_metric_forget(nn, NULL);
	kvfree(nn->metrics);
}
