/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two hosts with naru's engine, a network between them that a seed makes hostile, and what must hold whatever it does.
 */
#ifndef SIM_H
#define SIM_H

#include "naru.h"

#define SIM_HOSTS	2
#define SIM_ONE		65536	/* a chance of 1 */

/**
 * struct sim_host - a host, its only connection and the program that has it
 */
struct sim_host {
	struct naru_net nn;
	struct naru_mib mib;
	struct dst_entry dst;
	struct socket socket;
	struct naru_node *node;	/* the demux table */
	struct sock *listener;	/* of the host that waits */
	struct sock *sk;	/* a reference of the program's; NULL before and after */
	unsigned long cookies_at;	/* jiffies of the last SYN cookie, 0: none */
	u32 gso_max;
	bool gro;

	/* what the program does */
	u32 to_send, to_get;	/* bytes */
	u32 sent, got;
	u32 chunk;		/* of one write */
	u32 bite;		/* of one read */
	u32 read_pause_us, write_pause_us;	/* 0: none */
	unsigned long pace;			/* SO_MAX_PACING_RATE; 0: none */
	u64 read_at, write_at;	/* not before */
	u32 urgent;		/* chance that a write is urgent */
	bool closes_early;	/* close() instead of shutdown(), where nothing is to come */
	bool woken, opened, wrote_end, got_end, closed;
	int err;

	bool held;		/* a call has the socket's lock */
	u64 held_until;
	struct sk_buff_head backlog;
	bool forged_resets;	/* have been sent to it */
	u32 icmp_seq;		/* a segment was too big, while @icmp_due */
	bool icmp_due;

	/* what was seen, for what may not go back */
	bool seen;
	u32 snd_una, rcv_nxt, rcv_edge, snd_edge;
	bool edge_known, unscaled;
	u8 wscale;		/* of the windows that it announces */
	u8 state;
};

/**
 * struct sim_setup - what a seed has made of the network and the hosts; chances of SIM_ONE
 */
struct sim_setup {
	u32 loss, reorder, duplicate, corrupt, forge, reset, ce, windows, no_memory, no_queue, hold;
	u32 delay_us, jitter_us, late_us;	/* @late_us: what is reordered */
	u32 rate;		/* bytes a ms, 0: any */
	u32 queue;		/* packets that wait for it */
	u64 outage_us[2];	/* from, to */
	u64 hostile_us;		/* until then; afterwards the network is perfect */
	u64 mtu_falls_us;	/* 0: never */
	u64 pressure_us[2];	/* memory is short: from, to */
	u32 mtu, low_mtu;
	bool simultaneous;	/* both open, none listens */
	bool ts_usec;		/* NARU_TS_USEC at both ends */
	bool page_pool;		/* of what comes the pages are of a device's pool */
};

extern struct sim_host sim_hosts[SIM_HOSTS];
extern struct sim_setup sim_setup;
extern bool sim_verbose;

static inline struct sim_host *sim_host_of(const struct naru_net *nn)
{
	return (struct sim_host *)container_of(nn, struct sim_host, nn);
}

static inline struct sim_host *sim_peer(const struct sim_host *h)
{
	return &sim_hosts[h == &sim_hosts[0]];
}

/* random.c */
void sim_seed(u64 seed);
u32 sim_random(void);
u32 sim_below(u32 n);
u32 sim_range(u32 lo, u32 hi);
bool sim_chance(u32 of_one);

/* host.c */
void sim_host_init(struct sim_host *h);
void sim_sock_init(struct sock *sk);
void sim_listen(struct sim_host *h);
void sim_connect(struct sim_host *h);
void sim_receive(struct sim_host *h, const u8 *segment, u32 len, u8 tos, u32 gso_size);
void sim_too_big(struct sim_host *h);
void sim_release(struct sim_host *h);
void sim_host_exit(struct sim_host *h);

/* net.c */
void sim_net_send(struct sim_host *from, const u8 *segment, u32 len, u8 tos);
void sim_net_forge(void);
u64 sim_net_next(void);	/* when the next packet arrives, ~0: none is on its way */
void sim_net_deliver(void);
void sim_net_clear(void);
u16 sim_checksum(const u8 *segment, u32 len);
bool sim_hostile(void);

/* program.c */
u8 sim_byte(const struct sim_host *sender, u32 at);
void sim_program(struct sim_host *h);
u64 sim_program_next(const struct sim_host *h);
bool sim_program_done(const struct sim_host *h);

/* check.c */
void sim_check(struct sim_host *h);
void sim_check_segment(struct sim_host *from, const struct naru_seg *seg);
void sim_check_heard(struct sim_host *to, const struct naru_seg *seg);

#endif
