/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CUBIC, RFC 9438, and HyStart++, RFC 9406: their state and constants. Bytes and µs.
 */
#ifndef NARU_CONG_CUBIC_H
#define NARU_CONG_CUBIC_H

#include "cong.h"
#include "seq.h"

/* RFC 9406 4.3 */
#define NARU_HYSTART_SAMPLES		8
#define NARU_HYSTART_MIN_US		4000
#define NARU_HYSTART_MAX_US		16000
#define NARU_HYSTART_DIVISOR		8
#define NARU_HYSTART_CSS_DIVISOR	4
#define NARU_HYSTART_CSS_ROUNDS		5

/**
 * struct naru_cubic - what CUBIC keeps in naru_cong.priv
 * @epoch_us: when this congestion avoidance stage began, 0: it has not
 * @was_epoch_us: @epoch_us before the last reduction, for an undo
 * @w_max: W_max, bytes
 * @was_max: @w_max before the last reduction
 * @k: K in 1/1024 s
 * @cwnd_prior: cwnd before the last reduction
 * @w_est: W_est, bytes
 * @est_rest: of @w_est, 1/256 bytes
 * @rest: of cwnd's growth, 1/cwnd bytes
 * @round_end: HyStart++: windowEnd
 * @last_min: lastRoundMinRTT, µs; ~0: none
 * @this_min: currentRoundMinRTT
 * @css_base: cssBaselineMinRtt
 * @samples: rttSampleCount, up to NARU_HYSTART_SAMPLES
 * @css_rounds: rounds in conservative slow start
 * @css: conservative slow start
 * @in_round: @round_end is one
 * @after_timeout: the next stage is the first after a timeout
 */
struct naru_cubic {
	u64 epoch_us, was_epoch_us;
	u32 w_max, was_max, k, cwnd_prior, w_est, est_rest, rest;
	u32 round_end, last_min, this_min, css_base;
	u8 samples, css_rounds;
	bool css, in_round, after_timeout;
};

u32 naru_cubic_root(u64 a);

#endif
