/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of what is known of paths.
 */
#ifndef NARU_METRIC_CACHE_H
#define NARU_METRIC_CACHE_H

#include "naru.h"

/**
 * struct naru_metric_key - whose path; no padding
 * @laddr: local address, IPv4 as v4-mapped IPv6
 * @raddr: remote address
 * @scope: interface index where an address is link-local, else 0
 */
struct naru_metric_key {
	struct in6_addr laddr, raddr;
	int scope;
};

/**
 * struct naru_metric_entry - what is known of a path
 * @link: in its chain
 * @rcu: for the free
 * @key: whose
 * @used: jiffies when it was last written
 * @m: what
 */
struct naru_metric_entry {
	struct hlist_node link;
	struct rcu_head rcu;
	struct naru_metric_key key;
	unsigned long used;
	struct naru_metric m;
};

/**
 * struct naru_metric_at - where a walk is
 * @bucket: chain
 * @pos: entries of it that have been seen
 */
struct naru_metric_at {
	unsigned int bucket, pos;
};

void naru_metric_walk(struct naru_net *nn, struct naru_metric_at *at,
		      bool (*show)(const struct naru_metric_entry *e, void *arg), void *arg);
unsigned int naru_metric_forget(struct naru_net *nn, const struct in6_addr *raddr);

#endif
