/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bound port: what port.c, port_pick.c, holder.c and demux.c share.
 */
#ifndef NARU_PORT_H
#define NARU_PORT_H

#include "naru.h"

struct naru_port_id {
	u32 wire;
	u32 num;		/* host byte order */
};

/**
 * struct naru_port - a port of one wire mode that somebody uses; one of wire mode inet has a reference
 *	of naru_ingress_hook_get()
 * @hash: entry in naru_net.ports
 * @id: wire mode and number
 * @nn: namespace
 * @lock: essay, 4; guards the fields up to @dead
 * @socks: naru_sock.port_link of the sockets bound to it
 * @listeners: sk_node of those that listen; readers use RCU
 * @nr_socks: length of @socks
 * @nr_named: those of them that bind() bound, and their children: no connect() picks this port
 * @nr_tw: TIME-WAIT entries
 * @pooled: in naru_net.pool, and held for all addresses
 * @queued: on naru_net.idle_ports
 * @dead: out of the table; may not be used any more
 * @idle: entry in naru_net.idle_ports
 * @holders: struct naru_holder; under naru_net.port_mutex
 * @nr_holders: their number; written under naru_net.port_mutex
 * @cookies_at: jiffies of the last SYN cookie of a listener here, 0: none; without a lock
 * @rcu: freed after a grace period
 */
struct naru_port {
	struct rhash_head hash;
	struct naru_port_id id;
	struct naru_net *nn;
	spinlock_t lock;
	struct hlist_head socks;
	struct hlist_head listeners;
	unsigned int nr_socks;
	unsigned int nr_named;
	unsigned int nr_tw;
	bool pooled;
	bool queued;
	bool dead;
	struct llist_node idle;
	struct list_head holders;
	unsigned int nr_holders;
	unsigned long cookies_at;
	struct rcu_head rcu;
};

/* port.c */
struct naru_port *naru_port_lookup(struct naru_net *nn, u32 wire, u16 num);
struct naru_port *naru_port_reserve(struct naru_net *nn, u16 num, struct naru_port *instead);
bool naru_port_retire(struct naru_port *port);
bool naru_port_retain(struct naru_port *port);
void naru_port_unreserve(struct naru_port *port);
bool naru_port_resting(const struct naru_port *port);
bool naru_port_busy(const struct naru_port *port);
bool naru_port_join(struct naru_port *port, struct sock *sk);
int naru_port_take(struct sock *sk, u16 num, bool named);
void naru_port_settle(struct naru_net *nn);
/* port_pick.c */
bool naru_port_tuple_free(const struct sock *sk, const struct naru_key *key);
int naru_port_claim_tuple(struct sock *sk, const struct naru_key *key);
/* pool.c */
int naru_pool_pick(struct sock *sk, struct naru_key *key, u32 *at, unsigned int tries);
bool naru_pool_refill(struct naru_net *nn);
void naru_pool_init(struct naru_net *nn);
void naru_pool_exit(struct naru_net *nn);
/* holder.c; all under naru_net.port_mutex */
int naru_holder_acquire(struct naru_port *port, const struct sock *sk);
int naru_holder_acquire_any(struct naru_port *port);
int naru_holder_move(struct naru_port *from, struct naru_port *to);
void naru_holder_trim(struct naru_port *port);
void naru_holder_release_all(struct naru_port *port);

#endif
