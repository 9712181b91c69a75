// SPDX-License-Identifier: GPL-2.0
/*
 * CUBIC, RFC 9438, with HyStart++, RFC 9406. Bytes and µs; where a curve of the RFC speaks of segments
 * and seconds, a segment is @mss bytes and a second 1024 ticks.
 */
#include "cong_cubic.h"

#define BETA_NUM		70	/* RFC 9438 4.6: beta_cubic is 0.7 */
#define BETA_ECN_NUM		85	/* RFC 8511 3.1: beta_ecn is 0.85 */
#define BETA_DEN		100
#define C_1024			410	/* C of RFC 9438 5.1, 0.4, times 1024 */
#define TICKS_MAX		(1U << 16)	/* 64 s from K: far beyond what a round trip may add */
#define ALPHA_NUM		9	/* RFC 9438 4.3: 3 * (1 - 0.7) / (1 + 0.7) is 9/17 */
#define ALPHA_DEN		17

#define SLOW_START_LIMIT	8	/* segments in one step: L of RFC 9406 4.2, without pacing */

static struct naru_cubic *cubic(struct naru_cong *c)
{
	return (struct naru_cubic *)c->priv;
}

_Static_assert(sizeof(struct naru_cubic) <= sizeof(((struct naru_cong *)0)->priv),
	       "struct naru_cubic does not fit into naru_cong.priv");

/**
 * naru_cubic_root - the cube root
 * @a: number
 *
 * Any context. Return: the largest integer whose cube is not above @a.
 */
u32 naru_cubic_root(u64 a)
{
	u64 root = 0;
	int bit;

	for (bit = 21; bit >= 0; bit--) {
		u64 r = root | 1ULL << bit;

		/* (2^22)^3 is 2^66: what does not fit is above any @a */
		if (r < 2642246 && r * r * r <= a)
			root = r;
	}
	return root;
}

static u32 ticks(u64 us)
{
	return (u32)min_t(u64, div_u64(us << 10, 1000000), 1U << 30);
}

/* RFC 9438 4.2 equation 2: K, in ticks */
static u32 time_to_max(u32 w_max, u32 cwnd, u32 mss)
{
	if (w_max <= cwnd)
		return 0;
	/* (W_max - cwnd) / C in segments, times 1024^3 for ticks; 1 / C is 5 / 2 */
	return naru_cubic_root(div_u64(((u64)(w_max - cwnd) * 5) << 29, mss));
}

/* C * (t - K)^3 of RFC 9438 4.2 equation 1 in bytes, without its sign */
static u32 curve(u32 distance, u32 mss)
{
	u64 d = min_t(u32, distance, TICKS_MAX);
	u64 segments = (d * d * d * C_1024) >> 24;	/* in 1/65536 */

	return (u32)min_t(u64, segments * mss >> 16, NARU_CONG_INFINITE);
}

/* W_cubic(t), bytes; RFC 9438 4.2 equation 1 */
static u32 w_cubic(const struct naru_cubic *q, u32 t, u32 mss)
{
	u32 by;

	if (t >= q->k)
		return min_t(u64, (u64)q->w_max + curve(t - q->k, mss), NARU_CONG_INFINITE);
	by = curve(q->k - t, mss);
	return q->w_max > by ? q->w_max - by : 0;
}

static void begin_epoch(struct naru_cong *c, u64 now_us)
{
	struct naru_cubic *q = cubic(c);

	q->epoch_us = now_us;
	q->w_est = c->cwnd;
	q->rest = 0;
	if (q->after_timeout || q->w_max <= c->cwnd) {
		/* RFC 9438 4.8, and 4.10 where slow start has ended without a loss */
		q->w_max = c->cwnd;
		q->k = 0;
	} else {
		q->k = time_to_max(q->w_max, c->cwnd, c->mss);
	}
	q->after_timeout = false;
}

/* RFC 9438 4.3: what Reno would have by now */
static void advance_reno(struct naru_cong *c, struct naru_cubic *q, u32 acked)
{
	u64 by = div_u64((u64)acked * c->mss * 256, max_t(u32, c->cwnd, 1)) + q->est_rest;

	if (q->w_est < q->cwnd_prior)
		by = div_u64(by * ALPHA_NUM, ALPHA_DEN);
	q->w_est = (u32)min_t(u64, q->w_est + (by >> 8), NARU_CONG_INFINITE);
	q->est_rest = by & 255;
}

/* RFC 9438 4.2: where cwnd is to be a round trip from now */
static u32 target_of(const struct naru_cong *c, const struct naru_cubic *q, u32 t)
{
	u32 w = w_cubic(q, t, c->mss);

	return min_t(u32, max_t(u32, w, c->cwnd), c->cwnd + c->cwnd / 2);
}

/* RFC 9438 4.4: by (target - cwnd) / cwnd of a segment with each that is acknowledged */
static void approach(struct naru_cong *c, struct naru_cubic *q, u32 target, u32 acked)
{
	u64 by = (u64)(target - c->cwnd) * acked + q->rest;
	u32 whole = (u32)min_t(u64, div_u64(by, c->cwnd), target - c->cwnd);

	q->rest = (u32)(by - (u64)whole * c->cwnd);
	if (q->rest >= c->cwnd)
		q->rest = 0;
	c->cwnd += whole;
}

static void avoid_congestion(struct naru_cong *c, const struct naru_cong_ack *a)
{
	struct naru_cubic *q = cubic(c);
	u32 acked = min_t(u32, a->acked, c->cwnd);
	u32 t, target;

	if (!q->epoch_us)
		begin_epoch(c, a->now_us);
	/* idle time may be counted from a segment that was sent before the epoch began */
	q->epoch_us = min_t(u64, q->epoch_us, a->now_us);
	t = ticks(a->now_us - q->epoch_us);
	advance_reno(c, q, acked);
	if (w_cubic(q, t, c->mss) < q->w_est) {
		/* RFC 9438 4.3: Reno-friendly region */
		c->cwnd = max_t(u32, c->cwnd, q->w_est);
		return;
	}
	target = target_of(c, q, t + ticks(a->srtt_us));
	approach(c, q, target, acked);
}

static void leave_slow_start(struct naru_cong *c)
{
	c->ssthresh = c->cwnd;
	cubic(c)->css = false;
}

/* RFC 9406 4.2: a round has begun with this ACK */
static void begin_round(struct naru_cong *c, u32 snd_nxt)
{
	struct naru_cubic *q = cubic(c);

	q->in_round = true;
	q->round_end = snd_nxt;
	q->last_min = q->this_min;
	q->this_min = ~0U;
	q->samples = 0;
	if (q->css && ++q->css_rounds >= NARU_HYSTART_CSS_ROUNDS)
		leave_slow_start(c);
}

/* RFC 9406 4.2: by how much the delay of a round may be above the last one's, us */
static u32 tolerance(u32 last_min)
{
	return min_t(u32, max_t(u32, last_min / NARU_HYSTART_DIVISOR, NARU_HYSTART_MIN_US),
		     NARU_HYSTART_MAX_US);
}

/* RFC 9406 4.2: has the delay gone up, or, in conservative slow start, down again? */
static void look_at_delay(struct naru_cubic *q, u32 rtt_us)
{
	q->this_min = min_t(u32, q->this_min, rtt_us);
	if (q->samples < NARU_HYSTART_SAMPLES)
		q->samples++;
	if (q->samples < NARU_HYSTART_SAMPLES || q->last_min == ~0U)
		return;
	if (q->css) {
		if (q->this_min < q->css_base)
			q->css = false;
	} else if (q->this_min >= q->last_min + tolerance(q->last_min)) {
		q->css = true;
		q->css_base = q->this_min;
		q->css_rounds = 0;
	}
}

/* RFC 9406 4.2; HyStart++ is for the first slow start alone, 4.3 */
static void slow_start(struct naru_cong *c, const struct naru_cong_ack *a)
{
	struct naru_cubic *q = cubic(c);
	u32 by = a->paced ? a->acked : min_t(u32, a->acked, SLOW_START_LIMIT * c->mss);

	if (c->ssthresh == NARU_CONG_INFINITE) {
		if (!q->in_round || !naru_seq_before(a->snd_una, q->round_end))
			begin_round(c, a->snd_nxt);
		if (a->rtt_us)
			look_at_delay(q, a->rtt_us);
	}
	if (q->css)
		by /= NARU_HYSTART_CSS_DIVISOR;
	c->cwnd = (u32)min_t(u64, (u64)c->cwnd + by, c->ssthresh);
}

static void cubic_ack(struct naru_cong *c, const struct naru_cong_ack *a)
{
	if (!a->cwnd_limited)
		return;
	if (c->cwnd < c->ssthresh)
		slow_start(c, a);
	else
		avoid_congestion(c, a);
}

/* RFC 9438 4.6 and 4.7; @beta in 1 / BETA_DEN */
static u32 reduce(struct naru_cong *c, u32 in_flight, u32 beta)
{
	struct naru_cubic *q = cubic(c);

	q->was_max = q->w_max;
	q->was_epoch_us = q->epoch_us;
	q->epoch_us = 0;
	q->css = false;
	q->cwnd_prior = c->cwnd;
	q->w_max = c->cwnd;
	if (c->cwnd < q->was_max)
		q->w_max = (u32)div_u64((u64)c->cwnd * (BETA_DEN + BETA_NUM), 2 * BETA_DEN);
	return max_t(u32, (u32)div_u64((u64)in_flight * beta, BETA_DEN), 2 * c->mss);
}

static u32 cubic_ssthresh(struct naru_cong *c, u32 in_flight)
{
	return reduce(c, in_flight, BETA_NUM);
}

/* RFC 8511 3.1: for congestion avoidance; slow start ends as by a loss */
static u32 cubic_ssthresh_ecn(struct naru_cong *c, u32 in_flight)
{
	return reduce(c, in_flight, c->cwnd < c->ssthresh ? BETA_NUM : BETA_ECN_NUM);
}

static void cubic_event(struct naru_cong *c, enum naru_cong_event what, u64 us)
{
	struct naru_cubic *q = cubic(c);

	switch (what) {
	case NARU_CONG_TIMEOUT:
		q->after_timeout = true;
		q->epoch_us = 0;
		break;
	case NARU_CONG_UNDO:
		q->w_max = q->was_max;
		q->epoch_us = q->was_epoch_us;
		q->after_timeout = false;
		break;
	case NARU_CONG_IDLE:
		/* RFC 9438 5.8: time without data to send is none of the curve's */
		if (q->epoch_us)
			q->epoch_us += us;
		break;
	}
}

static void cubic_init(struct naru_cong *c)
{
	struct naru_cubic *q = cubic(c);

	memset(q, 0, sizeof(*q));
	q->this_min = ~0U;
	q->last_min = ~0U;
	c->cwnd = naru_cong_initial_window(c->mss);
	c->ssthresh = NARU_CONG_INFINITE;
}

const struct naru_cong_ops naru_cong_cubic = {
	.name = "cubic",
	.init = cubic_init,
	.ack = cubic_ack,
	.ssthresh = cubic_ssthresh,
	.event = cubic_event,
	.ssthresh_ecn = cubic_ssthresh_ecn,
};
