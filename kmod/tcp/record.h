/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fixed ring of events: the newest stay.
 */
#ifndef NARU_RECORD_H
#define NARU_RECORD_H

#include "pure.h"

#define NARU_RING_EVENTS	64	/* struct naru_recorder then fits in 4 KB */
#define NARU_RECORD_DROPS	6

/**
 * struct naru_record - an event, and how the connection stood then
 * @us: when
 * @cwnd: congestion window, bytes
 * @ssthresh: slow start threshold, bytes
 * @srtt_us: smoothed round-trip time
 * @in_flight: bytes
 * @snd_wnd: the peer's window, bytes
 * @rcv_wnd: ours, bytes
 * @value: what enum naru_genl_what says
 * @what: enum naru_genl_what
 * @by: enum naru_genl_by
 * @state: enum naru_state
 * @recovery: enum naru_recov_state
 */
struct naru_record {
	u64 us;
	u32 cwnd, ssthresh, srtt_us, in_flight, snd_wnd, rcv_wnd, value;
	u8 what, by, state, recovery;
};

/**
 * struct naru_ring - a ring of events
 * @next: how many there were
 * @event: the last of them
 */
struct naru_ring {
	u32 next;
	struct naru_record event[NARU_RING_EVENTS];
};

/**
 * struct naru_record_drop - segments of the peer that were not taken
 * @us: when the last came
 * @times: how many in a row, for the same reason
 * @seq: SEG.SEQ of the last
 * @len: bytes of its payload
 * @flags: its NARU_FIN...
 * @reason: enum naru_drop_reason
 */
struct naru_record_drop {
	u64 us;
	u32 times, seq;
	u16 len;
	u8 flags, reason;
};

/**
 * struct naru_record_drops - the last of them
 * @next: how many rows there were
 * @drop: a ring of rows
 */
struct naru_record_drops {
	u32 next;
	struct naru_record_drop drop[NARU_RECORD_DROPS];
};

void naru_record_drops_add(struct naru_record_drops *d, const struct naru_record_drop *drop);
const struct naru_record_drop *naru_record_drops_at(const struct naru_record_drops *d, u32 n);
void naru_ring_add(struct naru_ring *r, const struct naru_record *event);
u32 naru_ring_first(const struct naru_ring *r);
const struct naru_record *naru_ring_at(const struct naru_ring *r, u32 n);
bool naru_ring_moved(u32 was, u32 now);

#endif
