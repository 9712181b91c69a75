/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Congestion window validation: what a window is worth that a program does not use. RFC 7661. Bytes and µs.
 */
#ifndef NARU_CWV_H
#define NARU_CWV_H

#include "cong.h"

#define NARU_CWV_PARTS	3
#define NARU_CWV_NVP	(300ULL * 1000000)	/* the non-validated period, RFC 7661 4.4 */

/**
 * struct naru_cwv - how much of the window has been used lately
 * @sample_us: when the sample began that goes on; 0: none does
 * @part_us: when the newest part of the sampling period began
 * @since_us: when the phase began in which cwnd is not validated; 0: it is
 * @acked: bytes acknowledged in this sample
 * @most: the largest sample of each part of the sampling period, the newest first
 * @known: there is a sample: pipeACK is defined
 */
struct naru_cwv {
	u64 sample_us, part_us, since_us;
	u32 acked, most[NARU_CWV_PARTS];
	bool known;
};

void naru_cwv_reset(struct naru_cwv *v);
u32 naru_cwv_pipe_ack(const struct naru_cwv *v);
void naru_cwv_ack(struct naru_cwv *v, u32 cwnd, const struct naru_cong_ack *a);
void naru_cwv_send(struct naru_cwv *v, struct naru_cong *c, u32 srtt_us, u64 now_us);

/* RFC 7661 4.3 */
static inline bool naru_cwv_validated(const struct naru_cwv *v)
{
	return !v->since_us;
}

#endif
