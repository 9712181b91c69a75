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
 * @priv: the algorithm's own
 */
struct naru_cong {
	u32 cwnd, ssthresh, mss, acked;
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

struct naru_cong_ops {
	char name[NARU_CONG_NAME_MAX];
	void (*init)(struct naru_cong *c);
	/* ACK of new data while not in recovery */
	void (*ack)(struct naru_cong *c, const struct naru_cong_ack *a);
	/* the threshold after a loss, bytes; RFC 5681 equation 4 */
	u32 (*ssthresh)(struct naru_cong *c, u32 in_flight);
	/* may be NULL */
	void (*event)(struct naru_cong *c, enum naru_cong_event what, u64 us);
};

/* min(10*MSS, max(2*MSS, 14600)), RFC 6928 2 */
u32 naru_cong_initial_window(u32 mss);
extern const struct naru_cong_ops naru_cong_reno;
extern const struct naru_cong_ops naru_cong_cubic;

#endif
