/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connection and segments for it. All numbers lie just before a wrap, so that every test crosses
 * it.
 */
#ifndef FSM_CASE_H
#define FSM_CASE_H

#include "unit.h"
#include "fsm.h"

#define SND_UNA	0xfffffe00u	/* 1000 bytes in flight, wrapping */
#define SND_NXT	(SND_UNA + 1000)
#define RCV_NXT	0xffffff00u	/* a window of 1000 bytes, wrapping */
#define RCV_WND	1000u
#define TS_NOW	0x00000010u	/* TS.Recent: 16 ticks behind a wrap */
#define DAY	(24u * 60 * 60)

static inline struct naru_fsm_in fsm_conn(u8 state)
{
	struct naru_fsm_in in = {
		.state = state,
		.iss = SND_UNA - 1,
		.snd_una = SND_UNA,
		.snd_nxt = SND_NXT,
		.max_window = 65535,
		.snd_wnd = 65535,
		.snd_wl1 = RCV_NXT,
		.snd_wl2 = SND_UNA,
		.rcv_nxt = RCV_NXT,
		.rcv_wnd = RCV_WND,
		.rcv_reach = 65535,
		.last_ack_sent = RCV_NXT,
		.receiving = true,
	};

	return in;
}

/* In the handshake nothing but our SYN is in flight. */
static inline struct naru_fsm_in fsm_half_open(u8 state)
{
	struct naru_fsm_in in = fsm_conn(state);

	in.iss = SND_UNA;
	in.snd_nxt = SND_UNA + 1;
	return in;
}

static inline struct naru_fsm_in fsm_conn_ts(u8 state)
{
	struct naru_fsm_in in = fsm_conn(state);

	in.ts_ok = true;
	in.ts_valid = true;
	in.ts_recent = TS_NOW;
	return in;
}

static inline struct naru_seg fsm_seg(u8 flags, u32 seq, u32 ack, u32 len)
{
	struct naru_seg seg = {
		.seq = seq,
		.ack = flags & NARU_ACK ? ack : 0,
		.len = len,
		.wnd = 1000,
		.flags = flags,
		.hdr_len = 20,
	};

	seg.end_seq = seq + len + !!(flags & NARU_SYN) + !!(flags & NARU_FIN);
	return seg;
}

static inline struct naru_seg fsm_seg_ts(u8 flags, u32 seq, u32 ack, u32 len, u32 tsval)
{
	struct naru_seg seg = fsm_seg(flags, seq, ack, len);

	seg.opts.present = NARU_OPT_TS;
	seg.opts.tsval = tsval;
	return seg;
}

/* The states that naru_fsm_segment() is for. */
static const u8 fsm_states[] = {
	NARU_SYN_RECEIVED, NARU_ESTABLISHED, NARU_FIN_WAIT_1, NARU_FIN_WAIT_2, NARU_CLOSE_WAIT,
	NARU_CLOSING, NARU_LAST_ACK,
};

#define FSM_STATES ARRAY_SIZE(fsm_states)

/* Those of them in which both SYNs are acknowledged. */
static const u8 *const fsm_synchronized = fsm_states + 1;

#define FSM_SYNCHRONIZED (FSM_STATES - 1)

#endif
