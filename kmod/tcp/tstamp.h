/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clock of timestamps, RFC 7323 5.4: it ticks in ms, or in µs where both ends have agreed to it out of band, since
 * nothing on the wire says which. @usec says so everywhere.
 */
#ifndef NARU_TSTAMP_H
#define NARU_TSTAMP_H

#include "pure.h"

#define NARU_TS_TICKS	0x80000000U	/* no more apart, and it can be told which is older: RFC 7323 5.2 */

/* TSval without offset of a time in µs */
static inline u32 naru_ts_of(bool usec, u64 now_us)
{
	return usec ? (u32)now_us : (u32)div_u64(now_us, 1000);
}

/**
 * naru_ts_recent_max_age - how old TS.Recent may be and still be compared with
 * @usec: the peer's clock ticks in µs
 *
 * RFC 7323 5.5: 24 days at a tick a ms. In µs half of the numbers last 35 minutes; ages are differences of whole
 * seconds, and up to one short. Any context.
 *
 * Return: seconds.
 */
static inline u32 naru_ts_recent_max_age(bool usec)
{
	return usec ? NARU_TS_TICKS / 1000000 - 1 : 24 * 24 * 60 * 60;
}

#endif
