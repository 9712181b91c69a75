/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SYN cookies, RFC 4987 3.6: what a listener has to know of a half-open connection is in the numbers of its
 * <SYN,ACK>, and comes back with the ACK.
 */
#ifndef NARU_COOKIE_H
#define NARU_COOKIE_H

#include "pure.h"

#define NARU_COOKIE_MINUTES	2	/* that a cookie is good for: the one it was made in and the next */

/* The setting syncookies has the numbers of net.ipv4.tcp_syncookies */
enum naru_cookie_mode { NARU_COOKIE_NEVER, NARU_COOKIE_FULL, NARU_COOKIE_ALWAYS };

enum naru_cookie_answer { NARU_SYN_QUEUED, NARU_SYN_COOKIE, NARU_SYN_REFUSED };

/**
 * struct naru_cookie_options - of a SYN, what has room in a timestamp
 * @wscale: the peer's shift, while @wscale_ok
 * @wscale_ok: window scaling is agreed on
 * @sack_ok: SACK is
 * @ecn_ok: ECN is
 */
struct naru_cookie_options {
	u8 wscale;
	bool wscale_ok, sack_ok, ecn_ok;
};

enum naru_cookie_answer naru_cookie_decide(int mode, bool full, bool reopens);
u32 naru_cookie_make(u32 blind, u32 tag, u32 irs, u32 minute, u16 mss, bool ts_usec);
bool naru_cookie_minute(u32 cookie, u32 blind, u32 irs, u32 now, u32 *minute);
u16 naru_cookie_mss(u32 cookie, u32 blind, u32 tag, u32 irs, bool *ts_usec);
u32 naru_cookie_stamp(u32 now, const struct naru_cookie_options *o);
void naru_cookie_unstamp(u32 stamp, struct naru_cookie_options *o);

#endif
