// SPDX-License-Identifier: GPL-2.0
/*
 * Initial sequence numbers, RFC 6528 3 and RFC 9293 3.4.1.
 */
#include "isn.h"

/**
 * naru_isn_make - the initial sequence number of a connection
 * @hash: F, a keyed pseudorandom function of the four-tuple (RFC 6528 3)
 * @now_us: clock, µs; M ticks every 4 µs (RFC 9293 3.4.1, MUST-8)
 *
 * Return: ISN = M + F. Any context.
 */
u32 naru_isn_make(u32 hash, u64 now_us)
{
	return hash + (u32)(now_us >> 2);
}
