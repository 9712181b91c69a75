// SPDX-License-Identifier: GPL-2.0
/*
 * Congestion control of RFC 5681 by counting bytes (RFC 3465). Bytes.
 */
#include "cong.h"

/**
 * naru_cong_initial_window - IW, RFC 6928 2
 * @mss: segment size, bytes
 *
 * Return: min(10 * MSS, max(2 * MSS, 14600)), bytes. Any context.
 */
u32 naru_cong_initial_window(u32 mss)
{
	return min_t(u32, 10 * mss, max_t(u32, 2 * mss, 14600));
}

/**
 * naru_cong_mss - segments have another size
 * @c: congestion control
 * @mss: bytes
 *
 * RFC 5681 3.1: the window is a segment or more, the threshold two or more.
 */
void naru_cong_mss(struct naru_cong *c, u32 mss)
{
	c->mss = mss;
	c->cwnd = max_t(u32, c->cwnd, mss);
	c->ssthresh = max_t(u32, c->ssthresh, 2 * mss);
}

/**
 * naru_cong_clamp - no window but one that can be
 * @c: congestion control
 *
 * An algorithm of another module may have left anything. @c->odd is set where it had to be put right.
 */
void naru_cong_clamp(struct naru_cong *c)
{
	u32 cwnd = min_t(u32, max_t(u32, c->cwnd, c->mss), NARU_CONG_INFINITE);

	if (cwnd == c->cwnd)
		return;
	/* a negative one is meant to be small */
	c->cwnd = c->cwnd > NARU_CONG_INFINITE ? c->mss : cwnd;
	c->odd = true;
}

/* No threshold but one that can be */
static u32 threshold(struct naru_cong *c, u32 ssthresh)
{
	if (ssthresh >= 2 * c->mss && ssthresh <= NARU_CONG_INFINITE)
		return ssthresh;
	c->odd = true;
	return 2 * c->mss;
}

/**
 * naru_cong_ssthresh - the threshold after a loss
 * @c: congestion control; @c->odd is set where the algorithm's had to be put right
 * @ops: the algorithm
 * @in_flight: FlightSize, bytes
 *
 * Return: bytes, at least two segments; RFC 5681 3.1 equation 4.
 */
u32 naru_cong_ssthresh(struct naru_cong *c, const struct naru_cong_ops *ops, u32 in_flight)
{
	return threshold(c, ops->ssthresh(c, in_flight));
}

/**
 * naru_cong_ssthresh_ecn - the threshold where a packet was marked and none lost
 * @c: congestion control; @c->odd is set where the algorithm's had to be put right
 * @ops: the algorithm
 * @in_flight: FlightSize, bytes
 *
 * Return: bytes, at least two segments; RFC 8511 3.1.
 */
u32 naru_cong_ssthresh_ecn(struct naru_cong *c, const struct naru_cong_ops *ops, u32 in_flight)
{
	if (!ops->ssthresh_ecn)
		return naru_cong_ssthresh(c, ops, in_flight);
	return threshold(c, ops->ssthresh_ecn(c, in_flight));
}

static void grow(struct naru_cong *c, u32 by)
{
	c->cwnd = min_t(u32, c->cwnd + by, NARU_CONG_INFINITE);
}

static void reno_init(struct naru_cong *c)
{
	c->cwnd = naru_cong_initial_window(c->mss);
	c->ssthresh = NARU_CONG_INFINITE;
	c->acked = 0;
}

/* RFC 5681 3.1 equation 2. Before the first loss an ACK of a super-segment stands for the ACKs of
 * its parts, and cwnd grows by all that it acknowledges. After a loss it may cover what had arrived
 * long before (RFC 3465 2.3): no more than a segment then.
 */
static void slow_start(struct naru_cong *c, u32 acked)
{
	grow(c, c->ssthresh == NARU_CONG_INFINITE ? acked : min_t(u32, acked, c->mss));
}

/* RFC 5681 3.1: a segment for each window of bytes acknowledged, never more at once. */
static void avoid_congestion(struct naru_cong *c, u32 acked)
{
	c->acked += min_t(u32, acked, c->cwnd);
	if (c->acked < c->cwnd)
		return;
	c->acked -= c->cwnd;
	grow(c, c->mss);
}

/* RFC 9293 3.8.2 (MUST-19) */
static void reno_ack(struct naru_cong *c, const struct naru_cong_ack *a)
{
	if (!a->cwnd_limited)
		return;
	if (c->cwnd < c->ssthresh)
		slow_start(c, a->acked);
	else
		avoid_congestion(c, a->acked);
}

/* RFC 5681 3.1 equation 4 */
static u32 reno_ssthresh(struct naru_cong *c, u32 in_flight)
{
	return max_t(u32, in_flight / 2, 2 * c->mss);
}

/* RFC 8511 3: beta_ecn is 0.8. It is for congestion avoidance (3.1): slow start ends as by a loss. */
static u32 reno_ssthresh_ecn(struct naru_cong *c, u32 in_flight)
{
	if (c->cwnd < c->ssthresh)
		return reno_ssthresh(c, in_flight);
	return max_t(u32, (u32)div_u64((u64)in_flight * 4, 5), 2 * c->mss);
}

const struct naru_cong_ops naru_cong_reno = {
	.name = "reno",
	.init = reno_init,
	.ack = reno_ack,
	.ssthresh = reno_ssthresh,
	.ssthresh_ecn = reno_ssthresh_ecn,
};
