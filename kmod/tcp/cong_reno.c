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
	u32 ssthresh = ops->ssthresh(c, in_flight);

	if (ssthresh >= 2 * c->mss && ssthresh <= NARU_CONG_INFINITE)
		return ssthresh;
	c->odd = true;
	return 2 * c->mss;
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

const struct naru_cong_ops naru_cong_reno = {
	.name = "reno",
	.init = reno_init,
	.ack = reno_ack,
	.ssthresh = reno_ssthresh,
};
