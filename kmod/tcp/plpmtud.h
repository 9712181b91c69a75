/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packetization layer path MTU discovery, RFC 4821: which sizes are tried, and what is made of the answers. Sizes are
 * those of whole packets, in bytes.
 */
#ifndef NARU_PLPMTUD_H
#define NARU_PLPMTUD_H

#include "pure.h"
#include "seq.h"

/* The setting mtu_probing */
#define NARU_MTU_PROBING_OFF	0
#define NARU_MTU_PROBING_ALWAYS	2

/**
 * struct naru_plpmtud - the search of a connection
 * @low: the largest size known to get through, search_low of RFC 4821 7.2
 * @high: the largest that may, search_high
 * @probe: size of the probe that is on its way, 0: there is none
 * @start: its first sequence number
 * @end: behind its last
 * @begun_us: when the search was begun last
 * @on: packets are no larger than @low
 */
struct naru_plpmtud {
	u32 low, high, probe, start, end;
	u64 begun_us;
	bool on;
};

/**
 * struct naru_plpmtud_send - the question whether a probe goes now; bytes
 * @size: payload of the probe
 * @mss: payload of a segment
 * @unsent: what is queued
 * @wnd: the peer's window
 * @room: what it lets go now
 * @in_flight: pipe
 * @cwnd: congestion window
 * @calm: nothing is lost or out of order
 */
struct naru_plpmtud_send {
	u32 size, mss, unsent, wnd, room, in_flight, cwnd;
	bool calm;
};

enum naru_plpmtud_next { NARU_PROBE_NO, NARU_PROBE_WAIT, NARU_PROBE_SEND };

enum naru_plpmtud_said { NARU_PROBE_OUT, NARU_PROBE_PASSED, NARU_PROBE_LOST, NARU_PROBE_UNCLEAR };

/**
 * struct naru_plpmtud_ack - what an ACK says of a probe
 * @snd_una: SND.UNA
 * @lost: bytes that are taken for lost by now
 * @calm: there was no recovery before
 */
struct naru_plpmtud_ack {
	u32 snd_una, lost;
	bool calm;
};

void naru_plpmtud_init(struct naru_plpmtud *p, u32 low, u32 high, bool on, u64 now_us);
u32 naru_plpmtud_limit(const struct naru_plpmtud *p, u32 pmtu);
void naru_plpmtud_pmtu(struct naru_plpmtud *p, u32 pmtu);
u32 naru_plpmtud_size(const struct naru_plpmtud *p, u32 threshold);
bool naru_plpmtud_again(struct naru_plpmtud *p, u32 high, u64 interval_us, u64 now_us);
enum naru_plpmtud_next naru_plpmtud_may_send(const struct naru_plpmtud_send *s);
void naru_plpmtud_sent(struct naru_plpmtud *p, u32 size, u32 start, u32 end);
enum naru_plpmtud_said naru_plpmtud_ack(struct naru_plpmtud *p, const struct naru_plpmtud_ack *a);
bool naru_plpmtud_too_big(struct naru_plpmtud *p, u32 mtu);
void naru_plpmtud_unclear(struct naru_plpmtud *p);
void naru_plpmtud_black_hole(struct naru_plpmtud *p, u32 low, u64 now_us);
u32 naru_plpmtud_fall_back(u32 mss, u32 base, u32 floor);

#endif
