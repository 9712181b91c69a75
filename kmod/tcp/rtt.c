// SPDX-License-Identifier: GPL-2.0
/*
 * Round-trip time and retransmission timeout, RFC 6298. All times in µs.
 */
#include "rtt.h"
#include "seq.h"

/* 268 s: keeps srtt8 and rttvar4 within 32 bits, and is more than twice the largest RTO. */
#define RTT_SAMPLE_MAX	(1U << 28)
#define ECHO_MAX_US	0x7fffffffU	/* what is older is of the future */

/**
 * naru_rtt_init - no sample yet
 * @r: RTT state
 * @rto_initial: RTO until the first sample, µs (RFC 6298 2.1)
 *
 * Context: socket lock held.
 */
void naru_rtt_init(struct naru_rtt *r, u32 rto_initial)
{
	r->srtt8 = 0;
	r->rttvar4 = 0;
	r->rto = rto_initial;
	r->min = ~0U;
	r->last = 0;
}

/* RFC 6298 2.3: RTTVAR is updated with SRTT's old value, alpha 1/8 and beta 1/4. */
static void smooth(struct naru_rtt *r, u32 rtt)
{
	u32 srtt = r->srtt8 >> 3;
	u32 err = srtt > rtt ? srtt - rtt : rtt - srtt;

	r->rttvar4 = r->rttvar4 - (r->rttvar4 >> 2) + err;
	r->srtt8 = r->srtt8 - srtt + rtt;
}

/**
 * naru_rtt_sample - take a sample and compute the RTO anew
 * @r: RTT state
 * @rtt_us: the sample, µs; never of a retransmitted segment without timestamp (Karn, RFC 6298 3)
 * @rto_min: lower bound of the RTO and of its variance term, µs (RFC 6298 2.4)
 * @rto_max: upper bound of the RTO, µs (RFC 6298 2.5)
 *
 * Context: socket lock held.
 */
void naru_rtt_sample(struct naru_rtt *r, u32 rtt_us, u32 rto_min, u32 rto_max)
{
	u32 rtt = min_t(u32, max_t(u32, rtt_us, 1), RTT_SAMPLE_MAX);

	if (r->srtt8) {
		smooth(r, rtt);
	} else {
		/* RFC 6298 2.2 */
		r->srtt8 = rtt << 3;
		r->rttvar4 = rtt << 1;
	}
	r->srtt8 = max_t(u32, r->srtt8, 1);
	r->last = rtt;
	r->min = min_t(u32, r->min, rtt);
	r->rto = (r->srtt8 >> 3) + max_t(u32, r->rttvar4, rto_min);
	r->rto = min_t(u32, max_t(u32, r->rto, rto_min), rto_max);
}

/**
 * naru_rtt_of_echo - the sample that an echoed timestamp gives
 * @now_ts: the clock of our timestamps, with its offset
 * @tsecr: what the peer echoes; 0: nothing (RFC 7323 3.2)
 * @usec: the clock ticks in µs, else in ms
 *
 * RFC 7323 4.1: it measures even what was sent again. Return: µs, at least a tick (the granularity G of RFC 6298);
 * 0: none, or it lies in the future. Any context.
 */
u32 naru_rtt_of_echo(u32 now_ts, u32 tsecr, bool usec)
{
	u32 ticks = now_ts - tsecr, tick_us = usec ? 1 : 1000;

	if (!tsecr || ticks > ECHO_MAX_US / tick_us)
		return 0;
	return max_t(u32, ticks, 1) * tick_us;
}

/**
 * naru_rtt_backoff - the RTO after timeouts in a row
 * @r: RTT state
 * @backoff: how many times the timer has fired since the last new ACK
 * @rto_max: upper bound, µs
 *
 * Return: RTO doubled @backoff times, at most @rto_max, µs (RFC 6298 5.5, RFC 9293 MUST-19).
 * Socket lock held.
 */
u32 naru_rtt_backoff(const struct naru_rtt *r, u8 backoff, u32 rto_max)
{
	if (backoff >= 32)
		return rto_max;
	return (u32)min_t(u64, (u64)r->rto << backoff, rto_max);
}

/**
 * naru_rtt_restart - the timeout as it is started anew by an ACK
 * @rto: RTO, µs
 * @elapsed_us: since the earliest segment in flight was sent
 * @segments: in flight and not yet sent
 *
 * RFC 7765 4: with so few that no fast retransmit can come of them, the time that has gone counts.
 * Return: µs, at least 1. Socket lock held.
 */
u32 naru_rtt_restart(u32 rto, u64 elapsed_us, u32 segments)
{
	if (segments >= NARU_RTO_RESTART_SEGS || elapsed_us >= rto)
		return rto;
	return max_t(u32, rto - (u32)elapsed_us, 1);
}

/**
 * naru_rtt_rcv_echo - a full segment echoes a timestamp of ours
 * @r: round-trip time of the receiver
 * @tsecr: the timestamp
 * @rtt_us: its age, µs
 *
 * One sample for each timestamp, smoothed by an eighth as RFC 6298 2.3 has it. Socket lock held.
 */
void naru_rtt_rcv_echo(struct naru_rtt_rcv *r, u32 tsecr, u32 rtt_us)
{
	if (tsecr == r->tsecr)
		return;
	r->tsecr = tsecr;
	r->rtt8 = r->rtt8 ? r->rtt8 - (r->rtt8 >> 3) + rtt_us : rtt_us << 3;
}

/**
 * naru_rtt_rcv_window - data has come in order, without timestamps
 * @r: round-trip time of the receiver
 * @rcv_nxt: RCV.NXT
 * @rcv_wnd: RCV.WND, bytes
 * @now_us: now
 *
 * A window takes a round trip at least to be filled, so that the least time is the closest. Socket lock held.
 */
void naru_rtt_rcv_window(struct naru_rtt_rcv *r, u32 rcv_nxt, u32 rcv_wnd, u64 now_us)
{
	u64 us8;

	if (r->since_us) {
		if (naru_seq_before(rcv_nxt, r->end_seq))
			return;
		us8 = max_t(u64, now_us - r->since_us, 1) << 3;
		if (!r->rtt8 || us8 < r->rtt8)
			r->rtt8 = (u32)min_t(u64, us8, ~0U);
	}
	r->end_seq = rcv_nxt + rcv_wnd;
	r->since_us = now_us;
}

/**
 * naru_rtt_linear - whether the timeout of a stream that has asked for it stays as it is
 * @segments: in flight
 * @retransmits: timeouts in a row, this one included
 *
 * TCP_THIN_LINEAR_TIMEOUTS: little in flight makes no congestion worse. Return: else it doubles.
 */
bool naru_rtt_linear(u32 segments, u8 retransmits)
{
	return segments < NARU_THIN_SEGS && retransmits <= NARU_THIN_RETRIES;
}
