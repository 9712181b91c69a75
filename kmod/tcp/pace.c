// SPDX-License-Identifier: GPL-2.0
/*
 * Pacing: how fast segments leave, when the next one may, and how many at once. RFC 7661 4.4.2, RFC 9406 4.2.
 */
#include "pace.h"

#define BURST_SHIFT	10	/* at once what leaves in about a millisecond */
#define BURST_LEAST	2	/* segments */

/**
 * naru_pace_rate - a window for each round trip, and somewhat more, that the rate does not hold it up
 * @window: what may be in flight, bytes
 * @srtt8: smoothed round-trip time, 1/8 µs; 0: none yet
 * @percent: of the window for each round trip
 * @most: bytes per second that a program allows
 *
 * Return: bytes per second, at least 1. Socket lock held.
 */
u64 naru_pace_rate(u32 window, u32 srtt8, u32 percent, u64 most)
{
	u64 rate;

	if (!srtt8)
		return max_t(u64, most, 1);
	rate = div_u64((u64)window * percent * 80000, srtt8);
	return max_t(u64, min_t(u64, rate, most), 1);
}

/**
 * naru_pace_next - when the segment after this one may leave
 * @next: when this one was to leave, ns
 * @now: when it leaves, ns; not before @next
 * @bytes: its payload
 * @rate: bytes per second; NARU_PACE_UNLIMITED: at once
 *
 * A timer fires late: half of the time that this one takes at most is made up for.
 *
 * Return: ns. Socket lock held.
 */
u64 naru_pace_next(u64 next, u64 now, u32 bytes, u64 rate)
{
	u64 takes, late = now > next ? now - next : 0;

	if (rate == NARU_PACE_UNLIMITED)
		return now;
	takes = div64_u64((u64)bytes * 1000000000, max_t(u64, rate, 1));
	return now + takes - min_t(u64, takes >> 1, late);
}

/**
 * naru_pace_burst - how much may leave at once
 * @rate: bytes per second
 * @mss: bytes of a segment
 *
 * Return: bytes, whole segments, two at least. Socket lock held.
 */
u32 naru_pace_burst(u64 rate, u32 mss)
{
	u32 burst = (u32)min_t(u64, rate >> BURST_SHIFT, 1U << 30);

	return max_t(u32, burst - burst % mss, BURST_LEAST * mss);
}
