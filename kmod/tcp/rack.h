/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RACK: what was sent before something that has arrived is lost, after a while. RFC 8985 6. Bytes and µs.
 */
#ifndef NARU_RACK_H
#define NARU_RACK_H

#include "pure.h"
#include "seq.h"

#define NARU_RACK_PERSIST	16	/* recoveries without a D-SACK, RFC 8985 6.2 step 4 */

/**
 * struct naru_rack - RACK's state of a connection, RFC 8985 5.2
 * @xmit_us: RACK.xmit_ts, 0: nothing has been delivered yet
 * @end_seq: RACK.end_seq
 * @rtt_us: RACK.rtt
 * @fack: RACK.fack: the highest sequence number that was acknowledged in any way before this ACK
 * @high: with this ACK
 * @dsack_round: RACK.dsack_round, while @in_dsack_round
 * @mult: RACK.reo_wnd_mult
 * @persist: RACK.reo_wnd_persist
 * @reordering_seen: RACK.reordering_seen
 */
struct naru_rack {
	u64 xmit_us;
	u32 end_seq, rtt_us, fack, high, dsack_round;
	u8 mult, persist;
	bool in_dsack_round, reordering_seen;
};

/* A segment that has been delivered */
struct naru_rack_seg {
	u64 sent_us;		/* when it was last sent */
	u32 end_seq;
	bool retransmitted;	/* it was sent more than once */
	bool echo_older;	/* the ACK echoes a timestamp from before @sent_us */
};

/* What the reordering window depends on */
struct naru_rack_in {
	u32 min_rtt_us;		/* ~0: none yet */
	u32 srtt_us;
	u32 sacked_out;		/* bytes */
	u32 mss;
	bool recovering;	/* in fast recovery or after a timeout */
};

void naru_rack_init(struct naru_rack *r, u32 snd_una);
bool naru_rack_sent_after(u64 us1, u32 end1, u64 us2, u32 end2);
bool naru_rack_delivered(struct naru_rack *r, const struct naru_rack_seg *s, u64 now_us, u32 min_rtt_us);
void naru_rack_dsack(struct naru_rack *r, u32 snd_una, u32 snd_nxt);
void naru_rack_recovered(struct naru_rack *r);
u32 naru_rack_reo_wnd(const struct naru_rack *r, const struct naru_rack_in *in);
s64 naru_rack_remaining(const struct naru_rack *r, u64 sent_us, u32 reo_wnd_us, u64 now_us);

/* The ACK has been looked at whole: what it reported is no reordering to itself */
static inline void naru_rack_ack_end(struct naru_rack *r)
{
	r->fack = r->high;
}

#endif
