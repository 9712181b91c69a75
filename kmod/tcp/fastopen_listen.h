/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a listener keeps for Fast Open, RFC 7413.
 */
#ifndef NARU_FASTOPEN_LISTEN_H
#define NARU_FASTOPEN_LISTEN_H

#include "naru.h"

#define NARU_FASTOPEN_KEY_LEN	16	/* bytes of a key, as TCP_FASTOPEN_KEY has them */

/**
 * struct naru_fastopen_keys - what cookies are made with
 * @rcu: for the free
 * @key: the first makes cookies, all are taken
 * @num: how many there are
 */
struct naru_fastopen_keys {
	struct rcu_head rcu;
	siphash_key_t key[NARU_FASTOPEN_KEYS];
	u8 num;
};

/**
 * struct naru_fastopen - Fast Open of a listener
 * @ref: its socket's, and one of each connection that is pending
 * @lock: leaf; guards @queue
 * @queue: what is pending
 * @keys: its own, NULL: the namespace's. Written with the listener's lock held, read under RCU
 */
struct naru_fastopen {
	refcount_t ref;
	spinlock_t lock;
	struct naru_fastopen_queue queue;
	struct naru_fastopen_keys __rcu *keys;
};

#endif
