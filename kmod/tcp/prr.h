/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Proportional rate reduction, RFC 6937: how much is sent for each ACK of a recovery. Bytes.
 */
#ifndef NARU_PRR_H
#define NARU_PRR_H

#include "pure.h"

/**
 * struct naru_prr - RFC 6937 2's state
 * @recover_fs: RecoverFS, flight size when the recovery began
 * @delivered: prr_delivered
 * @out: prr_out
 */
struct naru_prr {
	u32 recover_fs, delivered, out;
};

struct naru_prr_in {
	u32 delivered;		/* DeliveredData: newly acknowledged in any way */
	u32 pipe;		/* RFC 6675's */
	u32 ssthresh, mss;
	bool safe;		/* SND.UNA has moved, and nothing more was found lost */
};

void naru_prr_begin(struct naru_prr *p, u32 flight);
u32 naru_prr_cwnd(struct naru_prr *p, const struct naru_prr_in *in);

#endif
