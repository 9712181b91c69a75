// SPDX-License-Identifier: GPL-2.0
/*
 * Congestion window validation: what a window is worth that a program does not use. RFC 7661.
 */
#include "cwv.h"

#define SAMPLING_LEAST	1000000	/* µs, RFC 7661 4.2 */

/**
 * naru_cwv_reset - pipeACK is undefined, and cwnd counts as validated
 * @v: state
 *
 * At the start, and behind a loss recovery: RFC 7661 4.1, 4.4.1. Socket lock held.
 */
void naru_cwv_reset(struct naru_cwv *v)
{
	memset(v, 0, sizeof(*v));
}

/**
 * naru_cwv_pipe_ack - the most that was acknowledged in a round trip lately
 * @v: state
 *
 * Return: pipeACK of RFC 7661 4.2, bytes. Socket lock held.
 */
u32 naru_cwv_pipe_ack(const struct naru_cwv *v)
{
	u32 most = 0;
	int i;

	for (i = 0; i < NARU_CWV_PARTS; i++)
		most = max_t(u32, most, v->most[i]);
	return most;
}

static u64 sampling_us(u32 srtt_us)
{
	return max_t(u64, 3ULL * srtt_us, SAMPLING_LEAST);
}

/* RFC 7661 4.5.1: what is older than the sampling period is forgotten */
static void forget(struct naru_cwv *v, u32 srtt_us, u64 now_us)
{
	u64 part = div_u64(sampling_us(srtt_us), NARU_CWV_PARTS);
	int parts = 0;

	while (now_us - v->part_us >= part && parts++ < NARU_CWV_PARTS) {
		memmove(v->most + 1, v->most, sizeof(v->most) - sizeof(v->most[0]));
		v->most[0] = 0;
		v->part_us += part;
	}
	if (parts > NARU_CWV_PARTS)
		v->part_us = now_us;
}

/* RFC 7661 4.3; who uses all of the window validates it as he goes */
static void judge(struct naru_cwv *v, u32 cwnd, bool limited, u64 since_us)
{
	if (naru_cwv_pipe_ack(v) >= cwnd / 2)
		v->since_us = 0;
	else if (!v->since_us && !limited)
		v->since_us = since_us;
}

/**
 * naru_cwv_ack - new data was acknowledged, not in recovery
 * @v: state
 * @cwnd: congestion window, bytes
 * @a: what the ACK said
 *
 * RFC 7661 4.2: a sample each round trip. Socket lock held.
 */
void naru_cwv_ack(struct naru_cwv *v, u32 cwnd, const struct naru_cong_ack *a)
{
	v->acked += a->acked;
	if (v->sample_us && a->now_us - v->sample_us < a->srtt_us)
		return;
	if (v->sample_us) {
		if (!v->known)
			v->part_us = a->now_us;
		v->known = true;
		forget(v, a->srtt_us, a->now_us);
		v->most[0] = max_t(u32, v->most[0], v->acked);
		judge(v, cwnd, a->cwnd_limited, a->now_us);
	}
	v->sample_us = a->now_us;
	v->acked = 0;
}

/* RFC 7661 4.4.3 */
static void shrink(struct naru_cong *c)
{
	u32 iw = naru_cong_initial_window(c->mss);

	c->ssthresh = max_t(u32, c->ssthresh, c->cwnd - c->cwnd / 4);
	c->cwnd = min_t(u32, c->cwnd, max_t(u32, c->cwnd / 2, iw));
}

/**
 * naru_cwv_send - new data is about to be sent
 * @v: state
 * @c: congestion control, reduced where its window has not been used for too long
 * @srtt_us: smoothed round-trip time, µs
 * @now_us: now
 *
 * RFC 7661 4.4.3, 4.5.2: once for each non-validated period that has passed. Socket lock held.
 */
void naru_cwv_send(struct naru_cwv *v, struct naru_cong *c, u32 srtt_us, u64 now_us)
{
	u64 faded_us = v->part_us + sampling_us(srtt_us);

	if (!v->known)
		return;
	forget(v, srtt_us, now_us);
	judge(v, c->cwnd, false, min_t(u64, faded_us, now_us));
	/* a sample does not go on behind a pause */
	if (!naru_cwv_validated(v) && now_us - v->sample_us > srtt_us)
		v->sample_us = 0;
	while (!naru_cwv_validated(v) && now_us - v->since_us >= NARU_CWV_NVP) {
		shrink(c);
		v->since_us += NARU_CWV_NVP;
	}
}
