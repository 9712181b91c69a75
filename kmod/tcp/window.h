/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Windows, RFC 9293 3.8.6; scaling, RFC 7323 2. All in bytes.
 */
#ifndef NARU_WINDOW_H
#define NARU_WINDOW_H

#include "pure.h"

#define NARU_WSCALE_MAX		14
#define NARU_WINDOW_NEVER	0xffffffff
#define NARU_BUFFER_MAX		0x7fffffff

/* The shift to offer for a receive buffer that may grow to @space bytes, RFC 7323 2.3. */
u8 naru_window_scale(u32 space);
/*
 * The receive window to announce, RFC 9293 3.8.6.2.2 (MUST-39): never shrinks the right edge
 * (SHLD-14), moves it only by min(mss, buffer/2) or more; a multiple of 1 << wscale, at most
 * 65535 << wscale.
 * @current: bytes of window announced and not used (rcv_wup + rcv_wnd - rcv_nxt, never negative)
 * @space: bytes of buffer free now; @full: bytes when it is empty; @mss: the peer's segment size
 */
u32 naru_window_select(u32 current_wnd, u32 space, u32 full, u32 mss, u8 wscale);
/* After a read: is the window worth an update? RFC 9293 3.8.6.2.2; @was: window announced that is
 * left, @would: naru_window_select() now.
 */
bool naru_window_update_due(u32 was, u32 would, u32 mss, u32 full);

/**
 * struct naru_window_send - the sender's question, RFC 9293 3.8.6.2.1 and 3.7.4
 * @len: bytes that the segment would carry (cut to the window already)
 * @mss: effective send MSS
 * @max_window: largest window the peer has ever announced
 * @in_flight: bytes sent and not acknowledged
 * @last: it empties the write queue, or nothing can be added to it: it was not cut to the window
 * @fin: it carries FIN
 * @small_in_flight: a small segment of ours is not acknowledged yet (Minshall)
 * @nodelay: TCP_NODELAY
 * @cork: TCP_CORK or MSG_MORE
 * @push: the program asked to push once
 */
struct naru_window_send {
	u32 len, mss, max_window, in_flight;
	bool last, fin, small_in_flight, nodelay, cork, push;
};

/* May it go now? Nagle with Minshall's variant, cork, sender's silly-window avoidance (MUST-38) */
bool naru_window_may_send(const struct naru_window_send *w);
/* Interval until the next zero-window probe: RTO doubled @backoff times, at most rto_max (SHLD-29,
 * SHLD-30). µs
 */
u32 naru_window_probe_interval(u32 rto, u8 backoff, u32 rto_max);
/* A send buffer for four congestion windows, with @overhead a segment */
u32 naru_window_sndbuf(u32 cwnd, u32 mss, u32 overhead);
/* A receive buffer for a program that read @copied bytes in this round trip, @before in the last */
u32 naru_window_rcvbuf(u32 copied, u32 before, u32 mss);

#endif
