/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Initial sequence numbers, RFC 6528 3: ISN = M + F(four-tuple, key).
 */
#ifndef NARU_ISN_H
#define NARU_ISN_H

#include "pure.h"

/* @hash: F, a keyed PRF of the four-tuple; @now_us: M ticks every 4 µs (MUST-8) */
u32 naru_isn_make(u32 hash, u64 now_us);

#endif
