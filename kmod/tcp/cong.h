/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Congestion control as a table of pure functions. Bytes and µs.
 */
#ifndef NARU_CONG_H
#define NARU_CONG_H

#include "pure.h"

#define NARU_CONG_NAME_MAX	16
#define NARU_CONG_INFINITE	0x7fffffff

/**
 * struct naru_cong - state that every algorithm has, and room for its own
 * @cwnd: congestion window, bytes
 * @ssthresh: slow start threshold, bytes
 * @mss: current segment size, bytes
 * @acked: bytes acknowledged since cwnd last grew in congestion avoidance (RFC 5681 3.1, RFC 3465)
 * @odd: the algorithm left a value that had to be put right
 * @priv: the algorithm's own
 */
struct naru_cong {
	u32 cwnd, ssthresh, mss, acked;
	bool odd;
	u64 priv[12];
};

struct naru_cong_ack {
	u32 acked;		/* bytes newly acknowledged */
	u32 in_flight;		/* bytes, before this ACK */
	u32 rtt_us;		/* 0: no sample */
	u32 srtt_us;		/* smoothed, 0: none yet */
	u32 snd_una, snd_nxt;	/* after this ACK */
	u64 now_us;
	bool cwnd_limited;	/* the window was in use (RFC 7661) */
	bool paced;		/* segments leave by a pacing rate */
};

enum naru_cong_event {
	NARU_CONG_TIMEOUT,	/* the retransmission timer has fired, after ssthresh() */
	NARU_CONG_UNDO,		/* the last reduction was for nothing; cwnd and ssthresh are back */
	NARU_CONG_IDLE,		/* nothing was sent for want of data, that many us */
};

struct module;

/**
 * struct naru_cong_ops - an algorithm
 * @name: one word
 * @owner: its module, NULL: it is built in
 * @init: @priv is zero; cwnd and ssthresh are set afterwards, to RFC 6928's or what they were
 * @ack: new data was acknowledged, not in recovery; changes cwnd
 * @ssthresh: the threshold after a loss, bytes; RFC 5681 equation 4
 * @event: may be NULL; @us: how long, for NARU_CONG_IDLE
 * @ssthresh_ecn: the threshold where a packet was marked and not lost, bytes; RFC 8511. NULL: @ssthresh
 *
 * All with the socket's lock held, from softirq too: they may not sleep. A cwnd below a segment or
 * above NARU_CONG_INFINITE, and a threshold below two segments, are put right and counted.
 */
struct naru_cong_ops {
	char name[NARU_CONG_NAME_MAX];
	struct module *owner;
	void (*init)(struct naru_cong *c);
	void (*ack)(struct naru_cong *c, const struct naru_cong_ack *a);
	u32 (*ssthresh)(struct naru_cong *c, u32 in_flight);
	void (*event)(struct naru_cong *c, enum naru_cong_event what, u64 us);
	u32 (*ssthresh_ecn)(struct naru_cong *c, u32 in_flight);
};

/* min(10*MSS, max(2*MSS, 14600)), RFC 6928 2 */
u32 naru_cong_initial_window(u32 mss);
void naru_cong_mss(struct naru_cong *c, u32 mss);
void naru_cong_clamp(struct naru_cong *c);
u32 naru_cong_ssthresh(struct naru_cong *c, const struct naru_cong_ops *ops, u32 in_flight);
u32 naru_cong_ssthresh_ecn(struct naru_cong *c, const struct naru_cong_ops *ops, u32 in_flight);
/* cong.c: for other modules */
int naru_cong_register(const struct naru_cong_ops *ops);
void naru_cong_unregister(const struct naru_cong_ops *ops);
extern const struct naru_cong_ops naru_cong_reno;
extern const struct naru_cong_ops naru_cong_cubic;

#endif
