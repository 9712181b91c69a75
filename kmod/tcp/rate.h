/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How fast data arrives at the peer: draft-cheng-iccrg-delivery-rate-estimation. Bytes; µs whose low 32 bits do.
 */
#ifndef NARU_RATE_H
#define NARU_RATE_H

#include "pure.h"
#include "seq.h"

/**
 * struct naru_rate_tx - what a segment remembers of the connection when it was last sent
 * @delivered: P.delivered
 * @delivered_us: P.delivered_time
 * @first_us: P.first_sent_time
 */
struct naru_rate_tx {
	u32 delivered, delivered_us, first_us;
};

/**
 * struct naru_rate - delivery rate of a connection, section 3.1.2
 * @delivered: C.delivered
 * @delivered_us: C.delivered_time
 * @first_us: C.first_sent_time
 * @limited: C.app_limited: @delivered when all of the bubble has arrived, while @is_limited
 * @bytes: of the sample that is kept
 * @interval_us: in which they were delivered, 0: no sample yet
 * @is_limited: what is in flight was limited by the program
 * @was_limited: and so was what the sample is of, or there is none
 */
struct naru_rate {
	u32 delivered, delivered_us, first_us, limited;
	u32 bytes, interval_us;
	bool is_limited, was_limited;
};

/**
 * struct naru_rate_sample - what an ACK says, section 3.1.3
 * @sent_us: when the newest segment that it acknowledges was sent
 * @end_seq: and its end
 * @tx: what that one remembers
 * @any: there is one
 * @limited: it was sent while the program limited the connection
 */
struct naru_rate_sample {
	u64 sent_us;
	u32 end_seq;
	struct naru_rate_tx tx;
	bool any, limited;
};

/* A segment that has been delivered */
struct naru_rate_seg {
	u64 sent_us;
	u32 end_seq;
	u32 bytes;		/* of it, for the first time */
	bool limited;
};

/* What tells whether the program is the limit, section 3.4; bytes */
struct naru_rate_offer {
	u32 unsent, in_flight, cwnd, mss, lost_out, retrans_out;
	bool below;		/* some of what was sent waits in the host */
};

void naru_rate_init(struct naru_rate *r, u64 now_us);
void naru_rate_sent(struct naru_rate *r, struct naru_rate_tx *tx, u64 now_us, bool first);
void naru_rate_delivered(struct naru_rate *r, struct naru_rate_sample *s, const struct naru_rate_tx *tx,
			 const struct naru_rate_seg *seg, u64 now_us);
bool naru_rate_ack(struct naru_rate *r, const struct naru_rate_sample *s, u32 min_rtt_us);
void naru_rate_ask(struct naru_rate *r, const struct naru_rate_offer *o);
u64 naru_rate_get(const struct naru_rate *r);

#endif
