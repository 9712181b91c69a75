/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fast retransmit and fast recovery: when to enter, when to leave, and what was for nothing. RFC 5681 3.2,
 * RFC 6582, RFC 6675, RFC 6937, RFC 3522, RFC 5682. Bytes.
 */
#ifndef NARU_RECOV_H
#define NARU_RECOV_H

#include "cong.h"
#include "prr.h"
#include "seq.h"

#define NARU_DUPTHRESH	3

/* The numbers of TCP_INFO's tcpi_ca_state, where NARU_REDUCED is CWR */
enum naru_recov_state { NARU_OPEN, NARU_DISORDER, NARU_REDUCED, NARU_RECOVERY, NARU_LOSS };

/* F-RTO, RFC 5682 3.1 */
enum naru_frto { NARU_FRTO_OFF, NARU_FRTO_FIRST, NARU_FRTO_SECOND };

/**
 * struct naru_undo - what there was before a reduction, and what tells that it was for nothing
 * @cwnd: cwnd before, bytes
 * @ssthresh: ssthresh before, bytes
 * @una: SND.UNA when it began
 * @ts: TSval of the first retransmission since, while @has_ts
 * @sent: bytes that were sent again since, or were on their way again then
 * @doubled: of those, what D-SACKs say had arrived before
 * @has_ts: something was sent again
 * @possible: it can be undone
 */
struct naru_undo {
	u32 cwnd, ssthresh, una, ts, sent, doubled;
	bool has_ts, possible;
};

/**
 * struct naru_recov - where loss recovery stands
 * @state: enum naru_recov_state
 * @dupacks: duplicate ACKs in a row (peers without SACK)
 * @guarded: no fast retransmit before SND.UNA has passed @point (peers without SACK)
 * @frto: enum naru_frto: which ACK since the timeout is waited for
 * @unvalidated: when recovery began the window was more than had been used lately (RFC 7661)
 * @point: RecoveryPoint, SND.NXT when recovery began
 * @prr: how fast it goes
 * @undo: of the last reduction
 */
struct naru_recov {
	u8 state;
	u8 dupacks;
	bool guarded;
	u8 frto;
	bool unvalidated;
	u32 point;
	struct naru_prr prr;
	struct naru_undo undo;
};

struct naru_recov_in {
	u32 snd_una;		/* after the ACK */
	u32 snd_nxt;
	u32 acked;		/* bytes newly acknowledged cumulatively */
	u32 delivered;		/* bytes newly acknowledged in any way */
	u32 sacked_out;		/* bytes the peer holds out of order (after the ACK) */
	u32 lost_out;		/* bytes marked lost (after marking by the scoreboard) */
	u32 retrans_out;	/* bytes sent again that are in flight */
	u32 in_flight;		/* pipe */
	u32 doubled;		/* bytes that have come twice, as D-SACK says */
	u32 tsecr;		/* while has_ts */
	u32 pipe_ack;		/* RFC 7661 4.2, while unvalidated */
	bool unvalidated;	/* RFC 7661 4.3 */
	bool has_ts;
	bool dupack;		/* RFC 5681 2: a duplicate ACK in its strict sense */
	bool sack;		/* SACK was agreed on */
	bool more_lost;		/* more was found lost with this ACK */
	bool original;		/* what was sent once, before the timeout, has arrived (RFC 5682) */
	bool beyond;		/* and what was sent after it */
	bool has_new;		/* there is new data that the peer's window lets go */
	bool ece;		/* congestion is echoed, and not yet reacted to (RFC 3168 6.1.2) */
};

/* what to do */
#define NARU_RECOV_ENTER	1	/* ssthresh and cwnd were reduced */
#define NARU_RECOV_MARK_HEAD	2	/* mark the first segment lost (no SACK, or partial ACK) */
#define NARU_RECOV_EXIT		4
#define NARU_RECOV_GROW		8	/* not in recovery: run the algorithm's ack() */
#define NARU_RECOV_UNDO		0x10	/* cwnd and ssthresh are back: nothing is lost */
#define NARU_RECOV_BY_DSACK	0x20	/* with UNDO: what told */
#define NARU_RECOV_BY_TIME	0x40
#define NARU_RECOV_BY_FRTO	0x80
#define NARU_RECOV_ECN		0x100	/* ssthresh and cwnd were reduced, and nothing is lost */

void naru_recov_init(struct naru_recov *r);
u32 naru_recov_ack(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		   const struct naru_recov_in *in);
void naru_recov_mtu(struct naru_recov *r, u32 snd_nxt);
bool naru_recov_probe_lost(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
			   const struct naru_recov_in *in);

/**
 * struct naru_recov_rto - the retransmission timer has fired
 * @snd_una: SND.UNA
 * @snd_nxt: SND.NXT
 * @retrans_out: bytes sent again that are in flight
 * @again: the head had been retransmitted by the timer before: ssthresh stays (RFC 5681 3.1)
 * @frto: RFC 5682 is to find out whether it was needed
 */
struct naru_recov_rto {
	u32 snd_una, snd_nxt, retrans_out;
	bool again, frto;
};

void naru_recov_rto(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		    const struct naru_recov_rto *in);
void naru_recov_sent_again(struct naru_recov *r, u32 bytes, u32 tsval);
u32 naru_recov_limited(const struct naru_recov *r, bool sack, u32 mss);
void naru_recov_no_new_data(struct naru_recov *r, u32 snd_nxt);

/* RFC 5682 2.1 step 2b: new data is sent, and what is lost waits */
static inline bool naru_recov_holds_back(const struct naru_recov *r)
{
	return r->frto == NARU_FRTO_SECOND;
}

#endif
