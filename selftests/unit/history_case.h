/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording for tests: a handshake, a run, a loss that RACK finds, a timeout, a segment that is not taken, the end.
 */
#ifndef HISTORY_CASE_H
#define HISTORY_CASE_H

#include <arpa/inet.h>
#include <linux/naru_genl.h>
#include "../../tools/history.h"

#define HISTORY_CASE_EVENTS	6
#define HISTORY_CASE_SEGMENTS	6

enum { HISTORY_IN = NARU_SEGMENT_HOW_IN };

static struct history_event history_case_event[] = {
	{ .us = 0, .what = NARU_WHAT_STATE, .value = 2, .state = 1, .cwnd = 14480, .ssthresh = HISTORY_SSTHRESH_NONE,
	  .srtt_us = 200, .snd_wnd = 65536, .rcv_wnd = 65536 },
	{ .us = 1000, .what = NARU_WHAT_CWND, .state = 1, .cwnd = 28960, .ssthresh = HISTORY_SSTHRESH_NONE,
	  .srtt_us = 250, .in_flight = 14480, .snd_wnd = 65536, .rcv_wnd = 65536 },
	{ .us = 2000, .what = NARU_WHAT_LOSS, .by = NARU_BY_RACK, .value = 1448, .state = 1, .recovery = 3,
	  .cwnd = 28960, .ssthresh = 20272, .srtt_us = 300, .in_flight = 26064, .snd_wnd = 65536, .rcv_wnd = 65536 },
	{ .us = 250000, .what = NARU_WHAT_RTO, .value = 1, .state = 1, .recovery = 4, .cwnd = 1448, .ssthresh = 10136,
	  .srtt_us = 300, .snd_wnd = 65536, .rcv_wnd = 65536 },
	{ .us = 260000, .what = NARU_WHAT_RECOVERED, .value = 14480, .state = 1, .cwnd = 10136, .ssthresh = 10136,
	  .srtt_us = 310, .snd_wnd = 65536, .rcv_wnd = 65536 },
	{ .us = 300000, .what = NARU_WHAT_STATE, .value = 1, .state = 8, .cwnd = 10136, .ssthresh = 10136,
	  .srtt_us = 310, .snd_wnd = 65536, .rcv_wnd = 65536 },
};

static struct history_segment history_case_segment[] = {
	{ .us = -200, .flags = 0x02, .wnd = 65535 },
	{ .us = -1, .how = HISTORY_IN, .flags = 0x12, .ack = 1, .wnd = 65535 },
	{ .us = 0, .flags = 0x10, .seq = 1, .ack = 1, .wnd = 65536 },
	{ .us = 100, .how = NARU_SEGMENT_HOW_RUN, .out = 20, .out_bytes = 100000, .in = 9, .in_bytes = 10 },
	{ .us = 2010, .how = NARU_SEGMENT_HOW_AGAIN, .flags = 0x18, .seq = 50001, .ack = 11, .len = 1448,
	  .wnd = 65536 },
	{ .us = 300000, .how = HISTORY_IN, .flags = 0x11, .seq = 11, .ack = 100001, .wnd = 65536 },
};

static struct history_drop history_case_drop[] = {
	{ .us = 290000, .reason = "OLD_DATA", .times = 3, .seq = 1, .len = 10, .flags = 0x10 },
};

static inline struct history history_case(void)
{
	struct history h = {
		.headed = true, .has_ended = true, .ended = 310000, .scaled = true, .snd_wscale = 7, .rcv_wscale = 3,
		.wire = 6, .family = AF_INET, .lport = 40000, .rport = 80, .id = 17,
		.opened = 1700000000123456000ULL,
		.num_events = HISTORY_CASE_EVENTS, .num_segments = HISTORY_CASE_SEGMENTS, .num_drops = 1,
		.event = history_case_event, .segment = history_case_segment, .drop = history_case_drop,
	};

	inet_pton(AF_INET6, "::ffff:192.0.2.1", &h.laddr);
	inet_pton(AF_INET6, "::ffff:198.51.100.7", &h.raddr);
	return h;
}

#endif
