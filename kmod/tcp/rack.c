// SPDX-License-Identifier: GPL-2.0
/*
 * RACK, RFC 8985 6: when each segment was sent tells what is lost. Times in µs, all with the socket lock held.
 */
#include "rack.h"
#include "recov.h"

/**
 * naru_rack_init - nothing has been delivered
 * @r: RACK's state
 * @snd_una: SND.UNA
 */
void naru_rack_init(struct naru_rack *r, u32 snd_una)
{
	memset(r, 0, sizeof(*r));
	r->fack = snd_una;
	r->high = snd_una;
	r->mult = 1;
}

/**
 * naru_rack_sent_after - which of two segments was sent later
 * @us1: when the first was sent
 * @end1: its end
 * @us2: when the second was
 * @end2: its end
 *
 * Return: whether it was the first; RFC 8985 6.2 step 2, RACK_sent_after().
 */
bool naru_rack_sent_after(u64 us1, u32 end1, u64 us2, u32 end2)
{
	return us1 > us2 || (us1 == us2 && naru_seq_after(end1, end2));
}

/* RFC 8985 6.2 step 2: it may be the original that has been delivered, and not what was sent last */
static bool is_ambiguous(const struct naru_rack_seg *s, u32 rtt_us, u32 min_rtt_us)
{
	return s->retransmitted && (s->echo_older || rtt_us < min_rtt_us);
}

/**
 * naru_rack_delivered - a segment has been acknowledged, cumulatively or selectively, for the first time
 * @r: RACK's state, changed
 * @s: the segment
 * @now_us: when the ACK came
 * @min_rtt_us: the least round-trip time, ~0: none yet
 *
 * RFC 8985 6.2 steps 2 and 3. Return: whether it shows reordering.
 */
bool naru_rack_delivered(struct naru_rack *r, const struct naru_rack_seg *s, u64 now_us, u32 min_rtt_us)
{
	/* what is on its way again, and has not left yet, was not what has arrived */
	u32 rtt_us = now_us > s->sent_us ? (u32)min_t(u64, now_us - s->sent_us, ~0U - 1) : 0;
	bool reordered = naru_seq_before(s->end_seq, r->fack) && !s->retransmitted;

	if (naru_seq_after(s->end_seq, r->high))
		r->high = s->end_seq;
	r->reordering_seen |= reordered;
	if (is_ambiguous(s, rtt_us, min_rtt_us == ~0U ? 0 : min_rtt_us))
		return reordered;
	r->rtt_us = rtt_us;
	if (naru_rack_sent_after(s->sent_us, s->end_seq, r->xmit_us, r->end_seq)) {
		r->xmit_us = s->sent_us;
		r->end_seq = s->end_seq;
	}
	return reordered;
}

/**
 * naru_rack_dsack - a D-SACK says that a segment was sent again for nothing
 * @r: RACK's state
 * @snd_una: SND.UNA
 * @snd_nxt: SND.NXT
 *
 * RFC 8985 6.2 step 4: the window grows once a round trip.
 */
void naru_rack_dsack(struct naru_rack *r, u32 snd_una, u32 snd_nxt)
{
	if (r->in_dsack_round && naru_seq_before(snd_una, r->dsack_round))
		return;
	r->in_dsack_round = true;
	r->dsack_round = snd_nxt;
	r->mult += r->mult < 255;
	r->persist = NARU_RACK_PERSIST;
}

/**
 * naru_rack_recovered - a recovery has ended
 * @r: RACK's state
 *
 * RFC 8985 6.2 step 4: what D-SACKs added is for so many recoveries.
 */
void naru_rack_recovered(struct naru_rack *r)
{
	if (r->persist && !--r->persist)
		r->mult = 1;
}

/**
 * naru_rack_reo_wnd - for how long a segment may be late before it is lost
 * @r: RACK's state
 * @in: what that depends on
 *
 * RFC 8985 6.2 step 4. Without reordering ever seen it is none where the duplicate-ACK rule of RFC 6675 would
 * speak. Return: µs.
 */
u32 naru_rack_reo_wnd(const struct naru_rack *r, const struct naru_rack_in *in)
{
	if (!r->reordering_seen &&
	    (in->recovering || in->sacked_out > (NARU_DUPTHRESH - 1) * in->mss))
		return 0;
	/* of what has been SACKed the time is known before anything is acknowledged */
	if (in->min_rtt_us == ~0U)
		return (u32)min_t(u64, (u64)r->mult * r->rtt_us / 4, r->rtt_us);
	return (u32)min_t(u64, (u64)r->mult * in->min_rtt_us / 4, in->srtt_us);
}

/**
 * naru_rack_remaining - when a segment that was sent before what has arrived is lost
 * @r: RACK's state
 * @sent_us: when it was last sent
 * @reo_wnd_us: the reordering window
 * @now_us: now
 *
 * Return: µs until then, 0 or less: it is. RFC 8985 6.2 step 5.
 */
s64 naru_rack_remaining(const struct naru_rack *r, u64 sent_us, u32 reo_wnd_us, u64 now_us)
{
	return (s64)(sent_us + r->rtt_us + reo_wnd_us - now_us);
}
