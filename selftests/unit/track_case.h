/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of track.c share: connections as a NAPT sees them, open, closed and reset.
 */
#ifndef TRACK_CASE_H
#define TRACK_CASE_H

#include "unit.h"
#include "seq.h"
#include "track.h"

#define IN	NARU_TRACK_INSIDE
#define OUT	NARU_TRACK_OUTSIDE
#define FIN	NARU_TRACK_FIN_BIT
#define SYN	NARU_TRACK_SYN_BIT
#define RST	NARU_TRACK_RST_BIT
#define ACK	NARU_TRACK_ACK_BIT

#define ISN_IN	0xfffffff0u	/* numbers wrap early */
#define ISN_OUT	0x7ffffff8u
#define WND	1000

static inline struct naru_track_seg segment(u8 flags, u32 seq, u32 ack, u32 len)
{
	struct naru_track_seg s = {
		.seq = seq,
		.ack = ack,
		.len = len,
		.wnd = WND,
		.flags = flags,
		.wscale = 255,
	};

	return s;
}

/* Sends a segment, and looks at its verdict and the state after it */
static inline void send(struct naru_track *t, enum naru_track_dir dir, struct naru_track_seg s,
		 enum naru_track_verdict verdict, enum naru_track_state state)
{
	struct naru_track before = *t;

	ASSERT_EQ(naru_track_update(t, dir, &s), verdict);
	ASSERT_EQ(t->state, state);
	if (verdict == NARU_TRACK_STRAY)
		ASSERT_EQ(memcmp(&before, t, sizeof(before)), 0);
}

static inline void good(struct naru_track *t, enum naru_track_dir dir, struct naru_track_seg s,
		 enum naru_track_state state)
{
	send(t, dir, s, NARU_TRACK_GOOD, state);
}

static inline void stray(struct naru_track *t, enum naru_track_dir dir, struct naru_track_seg s)
{
	send(t, dir, s, NARU_TRACK_STRAY, t->state);
}

static inline u32 isn(enum naru_track_dir dir)
{
	return dir == IN ? ISN_IN : ISN_OUT;
}

/* A segment of the open connection, @at bytes behind the SYN of its sender */
static inline struct naru_track_seg open_seg(enum naru_track_dir dir, u8 flags, u32 at, u32 len)
{
	return segment(flags, isn(dir) + 1 + at, isn(!dir) + 1, len);
}

static inline void begin(struct naru_track *t, enum naru_track_dir dir, u8 wscale)
{
	struct naru_track_seg s = segment(SYN, isn(dir), 0, 0);

	s.wscale = wscale;
	ASSERT_TRUE(naru_track_begin(t, dir, &s));
	ASSERT_EQ(t->state, NARU_TRACK_INIT);
}

/* Three segments. @opener begins */
static inline void open_scaled(struct naru_track *t, enum naru_track_dir opener, u8 his, u8 other)
{
	struct naru_track_seg answer = segment(SYN | ACK, isn(!opener), isn(opener) + 1, 0);

	begin(t, opener, his);
	answer.wscale = other;
	good(t, !opener, answer, NARU_TRACK_ESTABLISHED);
	good(t, opener, open_seg(opener, ACK, 0, 0), NARU_TRACK_ESTABLISHED);
}

static inline void open_up(struct naru_track *t)
{
	open_scaled(t, IN, 255, 255);
}

static inline void close_half(struct naru_track *t, enum naru_track_dir dir)
{
	open_up(t);
	good(t, dir, open_seg(dir, FIN | ACK, 0, 0),
	     dir == IN ? NARU_TRACK_IN_FIN : NARU_TRACK_OUT_FIN);
}

static inline void close_both(struct naru_track *t)
{
	close_half(t, IN);
	good(t, OUT, segment(FIN | ACK, ISN_OUT + 1, ISN_IN + 2, 0), NARU_TRACK_BOTH_FIN);
}

static inline void reset(struct naru_track *t)
{
	open_up(t);
	good(t, OUT, open_seg(OUT, RST, 0, 0), NARU_TRACK_TRANS);
}

#endif
