// SPDX-License-Identifier: GPL-2.0
/*
 * How fast data arrives at the peer: draft-cheng-iccrg-delivery-rate-estimation. Sections are the draft's.
 */
#include "rate.h"

#define US_PER_S	1000000

/**
 * naru_rate_init - a connection opens
 * @r: delivery rate
 * @now_us: now
 */
void naru_rate_init(struct naru_rate *r, u64 now_us)
{
	memset(r, 0, sizeof(*r));
	r->first_us = (u32)now_us;
	r->delivered_us = (u32)now_us;
	r->was_limited = true;
}

/**
 * naru_rate_sent - a segment goes out, for the first time or again
 * @r: delivery rate
 * @tx: what the segment remembers, filled
 * @now_us: now
 * @first: nothing was in flight
 *
 * Section 3.2. Socket lock held.
 */
void naru_rate_sent(struct naru_rate *r, struct naru_rate_tx *tx, u64 now_us, bool first)
{
	if (first) {
		r->first_us = (u32)now_us;
		r->delivered_us = (u32)now_us;
	}
	tx->first_us = r->first_us;
	tx->delivered_us = r->delivered_us;
	tx->delivered = r->delivered;
}

static bool is_newest(const struct naru_rate_sample *s, const struct naru_rate_seg *seg)
{
	return !s->any || seg->sent_us > s->sent_us ||
	       (seg->sent_us == s->sent_us && naru_seq_after(seg->end_seq, s->end_seq));
}

/**
 * naru_rate_delivered - a segment, or its front, has been acknowledged in either way for the first time
 * @r: delivery rate
 * @s: the ACK's sample, zero before the first segment
 * @tx: what the segment remembers
 * @seg: the segment
 * @now_us: when the ACK came
 *
 * Section 3.3, UpdateRateSample(). Socket lock held.
 */
void naru_rate_delivered(struct naru_rate *r, struct naru_rate_sample *s, const struct naru_rate_tx *tx,
			 const struct naru_rate_seg *seg, u64 now_us)
{
	r->delivered += seg->bytes;
	r->delivered_us = (u32)now_us;
	if (!is_newest(s, seg))
		return;
	s->any = true;
	s->sent_us = seg->sent_us;
	s->end_seq = seg->end_seq;
	s->limited = seg->limited;
	s->tx = *tx;
	r->first_us = (u32)seg->sent_us;
}

/* The last sample that the program did not limit, or the highest of those that it did */
static bool is_worth_keeping(const struct naru_rate *r, u32 bytes, u32 interval_us, bool limited)
{
	return !limited || (u64)bytes * r->interval_us >= (u64)r->bytes * interval_us;
}

/**
 * naru_rate_ack - all that an ACK acknowledges has been looked at
 * @r: delivery rate
 * @s: its sample
 * @min_rtt_us: the least round-trip time, ~0: none yet
 *
 * Section 3.3, GenerateRateSample(). What came in less than a round trip was held back and set free at once,
 * which says nothing of the path. Socket lock held. Return: whether there was a sample.
 */
bool naru_rate_ack(struct naru_rate *r, const struct naru_rate_sample *s, u32 min_rtt_us)
{
	u32 bytes, interval_us;

	if (r->is_limited && naru_seq_after(r->delivered, r->limited))
		r->is_limited = false;
	if (!s->any)
		return false;
	bytes = r->delivered - s->tx.delivered;
	interval_us = max_t(u32, (u32)s->sent_us - s->tx.first_us, r->delivered_us - s->tx.delivered_us);
	if (!interval_us || interval_us < min_rtt_us)
		return false;
	if (!is_worth_keeping(r, bytes, interval_us, s->limited))
		return true;
	r->bytes = bytes;
	r->interval_us = interval_us;
	r->was_limited = s->limited;
	return true;
}

/**
 * naru_rate_ask - does the program limit the connection?
 * @r: delivery rate
 * @o: what there is to send, before more is written
 *
 * Section 3.4: less than a segment to send, room in the congestion window, nothing that waits in the host, and all
 * that was lost on its way again. Socket lock held.
 */
void naru_rate_ask(struct naru_rate *r, const struct naru_rate_offer *o)
{
	if (o->unsent >= o->mss || o->below || o->in_flight >= o->cwnd || o->lost_out > o->retrans_out)
		return;
	r->limited = r->delivered + o->in_flight;
	r->is_limited = true;
}

/**
 * naru_rate_get - the delivery rate
 * @r: delivery rate
 *
 * Return: bytes a second, 0: not known yet.
 */
u64 naru_rate_get(const struct naru_rate *r)
{
	return r->interval_us ? div_u64((u64)r->bytes * US_PER_S, r->interval_us) : 0;
}
