/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fast retransmit and fast recovery: when to enter, when to leave. RFC 5681 3.2, RFC 6582,
 * RFC 6675. Bytes.
 */
#ifndef NARU_RECOV_H
#define NARU_RECOV_H

#include "cong.h"
#include "seq.h"

#define NARU_DUPTHRESH	3

/* The numbers of TCP_INFO's tcpi_ca_state */
enum naru_recov_state { NARU_OPEN, NARU_DISORDER, NARU_RECOVERY = 3, NARU_LOSS };

/**
 * struct naru_recov - where loss recovery stands
 * @state: enum naru_recov_state
 * @dupacks: duplicate ACKs in a row (peers without SACK)
 * @guarded: no fast retransmit before SND.UNA has passed @point (peers without SACK)
 * @point: RecoveryPoint, SND.NXT when recovery began
 */
struct naru_recov {
	u8 state;
	u8 dupacks;
	bool guarded;
	u32 point;
};

struct naru_recov_in {
	u32 snd_una;		/* after the ACK */
	u32 snd_nxt;
	u32 acked;		/* bytes newly acknowledged cumulatively */
	u32 sacked_out;		/* bytes the peer holds out of order (after the ACK) */
	u32 lost_out;		/* bytes marked lost (after marking by the scoreboard) */
	u32 in_flight;		/* pipe */
	bool dupack;		/* RFC 5681 2: a duplicate ACK in its strict sense */
	bool sack;		/* SACK was agreed on */
};

/* what to do */
#define NARU_RECOV_ENTER	1	/* ssthresh and cwnd were reduced */
#define NARU_RECOV_MARK_HEAD	2	/* mark the first segment lost (no SACK, or partial ACK) */
#define NARU_RECOV_EXIT		4
#define NARU_RECOV_GROW		8	/* not in recovery: run the algorithm's ack() */

void naru_recov_init(struct naru_recov *r);
/*
 * An ACK has come. Changes r and, on entry (cwnd = ssthresh = ops->ssthresh()) and exit (cwnd =
 * min(ssthresh, max(in_flight, mss) + mss), RFC 6582 3.2 step 3 option 1), c. NewReno inflates cwnd
 * by a segment for each duplicate ACK and deflates on partial ACKs (no SACK). In LOSS state slow
 * start goes on: GROW. With SACK, entry when lost_out > 0; without, at the third duplicate ACK, and
 * not again before @point is passed (RFC 6582 3.2 step 1).
 */
u32 naru_recov_ack(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		   const struct naru_recov_in *in);
/* What is in flight was too large for the path. No congestion: RFC 1191 6.4. */
void naru_recov_mtu(struct naru_recov *r, u32 snd_nxt);
/* The retransmission timer has fired: RFC 5681 3.1 equation 4, once per loss episode (@again). */
void naru_recov_rto(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		    u32 in_flight, u32 snd_nxt, bool again);

#endif
