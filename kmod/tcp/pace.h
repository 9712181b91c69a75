/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pacing: segments leave one after another at a rate, and not all at once when an ACK lets them.
 */
#ifndef NARU_PACE_H
#define NARU_PACE_H

#include "pure.h"

#define NARU_PACE_UNLIMITED	(~0ULL)

u64 naru_pace_rate(u32 window, u32 srtt8, u32 percent, u64 most);
u64 naru_pace_next(u64 next, u64 now, u32 bytes, u64 rate);
u32 naru_pace_burst(u64 rate, u32 mss);

#endif
