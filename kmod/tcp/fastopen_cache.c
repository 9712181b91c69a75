// SPDX-License-Identifier: GPL-2.0
/*
 * What clients remember of servers for Fast Open: cookie, MSS, SYNs that were dropped. RFC 7413 4.1.3. A table of fixed
 * size for each namespace that has used it; in a full row what was used longest ago makes room.
 */
#include <linux/slab.h>
#include "naru.h"

#define ROWS	256
#define COLUMNS	4

/* Of a pair of hosts, as 4.1.3 has it, and of a wire mode: behind each there is another stack with keys of its own */
struct entry {
	struct in6_addr laddr, raddr;
	u32 wire;
	bool taken;
	u8 losses;
	u16 mss;
	u32 used_s;
	u32 lost_s;
	struct naru_cookie cookie;
};

struct naru_fastopen_cache {
	spinlock_t lock;	/* leaf */
	struct entry row[ROWS][COLUMNS];
};

static struct entry *row_of(struct naru_fastopen_cache *c, const struct naru_key *key)
{
	struct in6_addr both[2] = { key->laddr, key->raddr };

	return c->row[siphash(both, sizeof(both), &naru_secret) % ROWS];
}

static bool is_of(const struct entry *e, const struct naru_key *key)
{
	return e->taken && e->wire == key->wire && ipv6_addr_equal(&e->raddr, &key->raddr) &&
	       ipv6_addr_equal(&e->laddr, &key->laddr);
}

static struct entry *find(struct naru_fastopen_cache *c, const struct naru_key *key)
{
	struct entry *row = row_of(c, key);
	unsigned int i;

	for (i = 0; i < COLUMNS; i++)
		if (is_of(&row[i], key))
			return &row[i];
	return NULL;
}

/* One that is free, or else was used longest ago; made @key's */
static struct entry *make(struct naru_fastopen_cache *c, const struct naru_key *key, u32 now_s)
{
	struct entry *row = row_of(c, key), *e = row;
	unsigned int i;

	for (i = 1; i < COLUMNS && e->taken; i++)
		if (!row[i].taken || now_s - row[i].used_s > now_s - e->used_s)
			e = &row[i];
	memset(e, 0, sizeof(*e));
	e->taken = true;
	e->laddr = key->laddr;
	e->raddr = key->raddr;
	e->wire = key->wire;
	return e;
}

/**
 * naru_fastopen_cache_need - there is a cache from here on, memory allowing
 * @nn: namespace
 *
 * Context: process, may sleep.
 */
void naru_fastopen_cache_need(struct naru_net *nn)
{
	struct naru_fastopen_cache *c;

	if (READ_ONCE(nn->fastopen_cache))
		return;
	c = kvzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	if (!c)
		return;
	spin_lock_init(&c->lock);
	if (cmpxchg(&nn->fastopen_cache, NULL, c))
		kvfree(c);
}

/**
 * naru_fastopen_cache_get - what is known of a server
 * @nn: namespace
 * @key: four-tuple; ports do not count
 * @path: is filled, with zeros where nothing is known
 *
 * Any context.
 */
void naru_fastopen_cache_get(struct naru_net *nn, const struct naru_key *key,
			     struct naru_fastopen_path *path)
{
	struct naru_fastopen_cache *c = READ_ONCE(nn->fastopen_cache);
	u32 now_s = ktime_get_seconds();
	struct entry *e;

	memset(path, 0, sizeof(*path));
	if (!c)
		return;
	spin_lock_bh(&c->lock);
	e = find(c, key);
	if (e) {
		path->cookie = e->cookie;
		path->mss = e->mss;
		path->losses = e->losses;
		path->since_s = now_s - e->lost_s;
		e->used_s = now_s;
	}
	spin_unlock_bh(&c->lock);
}

/**
 * naru_fastopen_cache_set - a server has answered
 * @nn: namespace
 * @key: four-tuple; ports do not count
 * @mss: MSS that it has announced
 * @cookie: its cookie, NULL: what is known stays
 * @lost: a SYN was dropped for what it carried
 *
 * RFC 7413 4.1.3, 4.1.3.1. Any context.
 */
void naru_fastopen_cache_set(struct naru_net *nn, const struct naru_key *key, u16 mss,
			     const struct naru_cookie *cookie, bool lost)
{
	struct naru_fastopen_cache *c = READ_ONCE(nn->fastopen_cache);
	u32 now_s = ktime_get_seconds();
	struct entry *e;

	if (!c)
		return;
	spin_lock_bh(&c->lock);
	e = find(c, key) ? : make(c, key, now_s);
	e->used_s = now_s;
	e->mss = mss;
	if (cookie)
		e->cookie = *cookie;
	if (!lost)
		e->losses = 0;
	else if (e->losses < NARU_FASTOPEN_LOSSES_MAX)
		e->losses++;
	if (lost)
		e->lost_s = now_s;
	spin_unlock_bh(&c->lock);
}

/**
 * naru_fastopen_cache_free - the cache goes with its namespace
 * @nn: namespace without sockets
 */
void naru_fastopen_cache_free(struct naru_net *nn)
{
	kvfree(nn->fastopen_cache);
}
