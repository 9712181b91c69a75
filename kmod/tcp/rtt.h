/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Round-trip time and retransmission timeout, RFC 6298, RFC 7765. All times in µs.
 */
#ifndef NARU_RTT_H
#define NARU_RTT_H

#include "pure.h"

#define NARU_RTO_RESTART_SEGS	4	/* rrthresh of RFC 7765 4 */
#define NARU_THIN_SEGS		4	/* fewer in flight: a thin stream */
#define NARU_THIN_RETRIES	6	/* timeouts in a row that do not grow for one */

/**
 * struct naru_rtt - RTT state of a connection
 * @srtt8: smoothed RTT times 8, 0: no sample yet
 * @rttvar4: RTT variance times 4
 * @rto: retransmission timeout without backoff
 * @min: smallest sample so far, ~0: none
 * @last: latest sample
 */
struct naru_rtt {
	u32 srtt8, rttvar4, rto, min, last;
};

/**
 * struct naru_rtt_rcv - round-trip time as the receiver of data sees it
 * @rtt8: smoothed, times 8, µs; 0: no sample yet
 * @end_seq: when all up to it has come a window has been filled
 * @since_us: when that window was offered
 * @tsecr: the last timestamp that was measured
 */
struct naru_rtt_rcv {
	u32 rtt8, end_seq;
	u64 since_us;
	u32 tsecr;
};

void naru_rtt_rcv_echo(struct naru_rtt_rcv *r, u32 tsecr, u32 rtt_us);
void naru_rtt_rcv_window(struct naru_rtt_rcv *r, u32 rcv_nxt, u32 rcv_wnd, u64 now_us);
void naru_rtt_init(struct naru_rtt *r, u32 rto_initial);
/* A sample (never of a retransmitted segment without timestamp: Karn). RFC 6298 2.2, 2.3; RTO kept
 * in [rto_min, rto_max], with the variance term at least rto_min as Linux does.
 */
void naru_rtt_sample(struct naru_rtt *r, u32 rtt_us, u32 rto_min, u32 rto_max);
/* The sample that an echoed timestamp gives, µs; 0: none. RFC 7323 4.1 */
u32 naru_rtt_of_echo(u32 now_ts, u32 tsecr, bool usec);
/* RTO after @backoff doublings, at most @rto_max. RFC 6298 5.5 */
u32 naru_rtt_backoff(const struct naru_rtt *r, u8 backoff, u32 rto_max);
bool naru_rtt_linear(u32 segments, u8 retransmits);
/* What is left of a timeout when little is in flight. RFC 7765 4 */
u32 naru_rtt_restart(u32 rto, u64 elapsed_us, u32 segments);

#endif
