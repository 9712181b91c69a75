/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a connection leaves to the next one between the same hosts, RFC 9040.
 */
#ifndef NARU_METRIC_H
#define NARU_METRIC_H

#include "pure.h"

/* Bits of what the route fixes (ip-route(8), lock) */
#define NARU_METRIC_FIX_RTT		1
#define NARU_METRIC_FIX_RTTVAR		2
#define NARU_METRIC_FIX_SSTHRESH	4
#define NARU_METRIC_FIX_CWND		8
#define NARU_METRIC_FIX_REORDERING	0x10

/**
 * struct naru_metric - what is known of a path; 0: nothing
 * @rtt: round-trip time, µs
 * @rttvar: its variance, µs
 * @ssthresh: slow start threshold, segments
 * @cwnd: congestion window, segments
 * @reordering: the path reorders
 */
struct naru_metric {
	u32 rtt, rttvar, ssthresh, cwnd, reordering;
};

/**
 * struct naru_metric_end - what a connection has come to
 * @rtt: smoothed round-trip time, µs, 0: it was never measured
 * @rttvar: its variance, µs
 * @ssthresh: slow start threshold, segments, 0: none was ever found
 * @cwnd: congestion window, segments
 * @fixed: NARU_METRIC_FIX_*
 * @unsure: timeouts came at the end
 * @calm: no recovery is under way
 * @keep_ssthresh: thresholds are kept
 * @reordered: the path has reordered
 */
struct naru_metric_end {
	u32 rtt, rttvar, ssthresh, cwnd;
	u8 fixed;
	bool unsure, calm, keep_ssthresh, reordered;
};

void naru_metric_learn(struct naru_metric *m, const struct naru_metric_end *e);
u32 naru_metric_rto(u32 rtt, u32 srtt, u32 rto, u32 rto_min, u32 rto_max);

#endif
