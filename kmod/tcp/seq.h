/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sequence number arithmetic, RFC 9293 3.4: modulo 2^32.
 */
#ifndef NARU_SEQ_H
#define NARU_SEQ_H

#include "pure.h"

/* a < b */
static inline bool naru_seq_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

/* a > b */
static inline bool naru_seq_after(u32 a, u32 b)
{
	return naru_seq_before(b, a);
}

/* lo =< s =< hi */
static inline bool naru_seq_between(u32 s, u32 lo, u32 hi)
{
	return hi - lo >= s - lo;
}

bool naru_seq_acceptable(u32 seq, u32 end_seq, u32 rcv_nxt, u32 rcv_wnd);

#endif
