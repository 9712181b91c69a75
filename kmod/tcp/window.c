// SPDX-License-Identifier: GPL-2.0
/*
 * Windows: scaling (RFC 7323 2), silly-window avoidance on both sides and probes (RFC 9293 3.8.6),
 * Nagle (RFC 9293 3.7.4). All in bytes.
 */
#include "window.h"

/**
 * naru_window_scale - the shift to offer in a SYN
 * @space: bytes that the receive buffer may grow to
 *
 * Return: the least shift with which 16 bits can say @space, at most 14 (RFC 7323 2.3).
 */
u8 naru_window_scale(u32 space)
{
	u8 shift = 0;

	while (shift < NARU_WSCALE_MAX && space >> shift > 65535)
		shift++;
	return shift;
}

/* How far the right edge moves at least: RFC 9293 3.8.6.2.2 with Fr = 1/2. */
static u32 least_step(u32 mss, u32 full)
{
	return min_t(u32, mss, full >> 1);
}

/* @space as the field can say it: in units, and not 0 where a whole step is free (a buffer smaller
 * than a unit would never open again).
 */
static u32 offer(u32 space, u32 step, u32 unit)
{
	u32 wnd = space & ~(unit - 1);

	if (!wnd && space && space >= step)
		wnd = unit;
	return wnd;
}

/**
 * naru_window_select - the receive window to announce
 * @current_wnd: bytes announced and not used (right edge - RCV.NXT, never negative)
 * @space: bytes of buffer free now
 * @full: bytes of buffer when it is empty
 * @mss: the peer's segment size, bytes
 * @wscale: our shift
 *
 * The right edge never moves left (RFC 9293 3.8.6, SHLD-14) and right only by min(@mss, @full / 2)
 * or more (3.8.6.2.2, MUST-39), but for what the field's unit asks: an edge that stays is rounded
 * up to a whole unit, since rounding down would move it left (RFC 7323 2.4). Where nobody reads it
 * stays closed (MAY-8).
 *
 * Return: RCV.WND, a multiple of 1 << @wscale, at most 65535 << @wscale. Socket lock held.
 */
u32 naru_window_select(u32 current_wnd, u32 space, u32 full, u32 mss, u8 wscale)
{
	u32 unit = 1U << min_t(u8, wscale, NARU_WSCALE_MAX);
	u32 most = 65535 * unit;
	u32 step = least_step(mss, full);
	u32 wnd = offer(min_t(u32, space, most), step, unit);

	if (wnd <= current_wnd || wnd - current_wnd < step)
		wnd = (min_t(u32, current_wnd, most) + unit - 1) & ~(unit - 1);
	return wnd;
}

/**
 * naru_window_update_due - whether a program's read is worth a window update
 * @was: bytes of window that the peer still has
 * @would: what naru_window_select() would announce now
 * @mss: the peer's segment size, bytes
 * @full: bytes of buffer when it is empty
 *
 * RFC 9293 3.8.6.2.2 says how far the edge must move at least. As long as the peer has more than
 * half of what we could say, the ACKs of arriving data carry the news soon enough: a sender is then
 * allowed half its largest window (3.8.6.2.1) and cannot be stuck.
 *
 * Return: true if an ACK should go out now. Socket lock held.
 */
bool naru_window_update_due(u32 was, u32 would, u32 mss, u32 full)
{
	return would > was && would - was >= least_step(mss, full) && would - was >= was;
}

/* Nagle in Minshall's variant, RFC 9293 A.3: one small segment in flight at a time. */
static bool nagle_holds(const struct naru_window_send *w)
{
	return !w->nodelay && w->in_flight && w->small_in_flight;
}

/**
 * naru_window_may_send - whether a segment may leave now
 * @w: the sender's question
 *
 * RFC 9293 3.8.6.2.1 (MUST-38) with 3.7.4 (SHLD-7): full segments go (1); what empties the queue
 * goes if neither cork nor Nagle holds it (2); what the window cut short goes if it is half of the
 * largest window ever seen (3). The override (4) is the probe timer. A FIN holds back nothing.
 *
 * Return: true if it may. Socket lock held.
 */
bool naru_window_may_send(const struct naru_window_send *w)
{
	if (w->fin)
		return true;
	if (!w->len)
		return false;
	if (w->len >= w->mss)
		return true;
	if (!w->last)
		return w->len >= w->max_window - (w->max_window >> 1) && !nagle_holds(w);
	if (w->push)
		return true;
	return !w->cork && !nagle_holds(w);
}

/**
 * naru_window_probe_interval - time until the next zero-window probe
 * @rto: retransmission timeout without backoff, µs
 * @backoff: probes sent without the window opening
 * @rto_max: upper bound, µs
 *
 * Return: @rto for the first (SHLD-29), doubled for each further one (SHLD-30), at most @rto_max,
 * µs. RFC 9293 3.8.6.1. Socket lock held.
 */
u32 naru_window_probe_interval(u32 rto, u8 backoff, u32 rto_max)
{
	if (backoff >= 32)
		return rto_max;
	return (u32)min_t(u64, (u64)rto << backoff, rto_max);
}

/**
 * naru_window_sndbuf - a send buffer that does not limit the connection
 * @cwnd: congestion window, bytes
 * @mss: effective send MSS, bytes
 * @overhead: what a segment costs beside its payload, bytes
 *
 * Return: bytes, for four windows: what is in flight, what goes when it is acknowledged, and as much again, for a
 * program that is woken when half is free to have written before the rest has gone. It is about what Linux comes to.
 */
u32 naru_window_sndbuf(u32 cwnd, u32 mss, u32 overhead)
{
	u64 segments = cwnd / mss + 1;

	return min_t(u64, 4 * segments * ((u64)mss + overhead), NARU_BUFFER_MAX);
}

/**
 * naru_window_rcvbuf - a receive buffer that does not limit the connection
 * @copied: bytes that the program has read in this round trip
 * @before: in the best one before, less than @copied and not 0
 * @mss: the peer's segment size, bytes
 *
 * Who reads all that comes in a round trip may be limited by the window: twice that, for the sender
 * to double what it sends, and more as fast as it grew. Half of a buffer pays for overhead.
 *
 * Return: bytes.
 */
u32 naru_window_rcvbuf(u32 copied, u32 before, u32 mss)
{
	u64 window = 2ULL * copied + 16ULL * mss;

	window += 2 * div_u64(window * (copied - before), before);
	return min_t(u64, 2 * window, NARU_BUFFER_MAX);
}
