// SPDX-License-Identifier: GPL-2.0
/*
 * SYN cookies, RFC 4987 3.6 and appendix A. The ISS is a blinding hash of the four-tuple and the IRS, so that
 * numbers of a four-tuple grow from one connection to the next as the peer's do; to that come eight bits of a
 * count of minutes, and below them a hash of the four-tuple, the IRS and that minute, to which the MSS's place in
 * a table is added, and its length where timestamps tick in µs. Of the numbers there are, one of 2^28 passes for a
 * cookie of either clock.
 */
#include "cookie.h"

#define TAG_BITS	24
#define TAG_MASK	((1U << TAG_BITS) - 1)
#define MINUTE_MASK	(~0U >> TAG_BITS)

/* Low bits of the timestamp, as the kernel's TCP has them */
#define STAMP_BITS	6
#define STAMP_MASK	((1U << STAMP_BITS) - 1)
#define STAMP_WSCALE	0x0f	/* all of it: no window scaling, there is no such shift (RFC 7323 2.3) */
#define STAMP_SACK	0x10
#define STAMP_ECN	0x20

/* The largest that is not above the peer's counts. The first: nothing is sent in smaller segments */
#define MSS_COUNT	8
static const u16 mss_table[MSS_COUNT] = { 48, 536, 1220, 1300, 1380, 1440, 1460, 8940 };

/**
 * naru_cookie_decide - what becomes of a SYN
 * @mode: the setting syncookies, enum naru_cookie_mode
 * @full: the listener has as many half-open connections as it may
 * @reopens: it ends an entry in TIME-WAIT, above whose numbers the ISS has to be (RFC 9293 MAY-2): there are
 *	no more of those than there were connections
 *
 * RFC 4987 3.6. Return: whether it is kept, answered with a cookie or dropped. Any context.
 */
enum naru_cookie_answer naru_cookie_decide(int mode, bool full, bool reopens)
{
	if (reopens || (!full && mode != NARU_COOKIE_ALWAYS))
		return NARU_SYN_QUEUED;
	return mode == NARU_COOKIE_NEVER ? NARU_SYN_REFUSED : NARU_SYN_COOKIE;
}

static u32 mss_index(u16 mss)
{
	u32 i = MSS_COUNT - 1;

	while (i && mss_table[i] > mss)
		i--;
	return i;
}

/**
 * naru_cookie_make - the ISS that stands for a half-open connection
 * @blind: a keyed hash of the four-tuple
 * @tag: a keyed hash of the four-tuple, @irs and @minute
 * @irs: the peer's ISN
 * @minute: count of minutes
 * @mss: what the peer takes, bytes
 * @ts_usec: our timestamps tick in µs
 *
 * RFC 4987 3.6. Return: ISS. Any context.
 */
u32 naru_cookie_make(u32 blind, u32 tag, u32 irs, u32 minute, u16 mss, bool ts_usec)
{
	u32 index = mss_index(mss) + (ts_usec ? MSS_COUNT : 0);

	return blind + irs + (minute << TAG_BITS) + ((tag + index) & TAG_MASK);
}

/**
 * naru_cookie_minute - when a cookie was made, if it was
 * @cookie: the ISS that an ACK speaks of
 * @blind: the hash that it would have been made with
 * @irs: the peer's ISN
 * @now: count of minutes by now
 * @minute: is set, where the cookie may be good
 *
 * Return: false if it is too old, or none. Any context.
 */
bool naru_cookie_minute(u32 cookie, u32 blind, u32 irs, u32 now, u32 *minute)
{
	u32 age = (now - ((cookie - blind - irs) >> TAG_BITS)) & MINUTE_MASK;

	*minute = now - age;
	return age < NARU_COOKIE_MINUTES;
}

/**
 * naru_cookie_mss - the MSS in a cookie, and the clock of our timestamps
 * @cookie: the ISS that an ACK speaks of
 * @blind: the hash that it would have been made with
 * @tag: the other, of the minute that naru_cookie_minute() told
 * @irs: the peer's ISN
 * @ts_usec: is set: it ticks in µs. Where that is not so by now, it is no cookie either
 *
 * Return: bytes, at most what the peer said in its SYN; 0: it is no cookie of ours. Any context.
 */
u16 naru_cookie_mss(u32 cookie, u32 blind, u32 tag, u32 irs, bool *ts_usec)
{
	u32 index = (cookie - blind - irs - tag) & TAG_MASK;

	*ts_usec = index >= MSS_COUNT;
	return index < 2 * MSS_COUNT ? mss_table[index % MSS_COUNT] : 0;
}

/**
 * naru_cookie_stamp - a timestamp that says what was agreed on
 * @now: the clock of our timestamps
 * @o: what it is to say
 *
 * The latest there is that is not after @now, so that it never goes back (RFC 7323 5.4).
 *
 * Return: TSval, without the offset. Any context.
 */
u32 naru_cookie_stamp(u32 now, const struct naru_cookie_options *o)
{
	u32 low = o->wscale_ok ? o->wscale : STAMP_WSCALE;

	if (o->sack_ok)
		low |= STAMP_SACK;
	if (o->ecn_ok)
		low |= STAMP_ECN;
	return now - ((now - low) & STAMP_MASK);
}

/**
 * naru_cookie_unstamp - what was agreed on, from the peer's echo
 * @stamp: TSecr, without our offset
 * @o: is filled
 *
 * Any context.
 */
void naru_cookie_unstamp(u32 stamp, struct naru_cookie_options *o)
{
	o->wscale = stamp & STAMP_WSCALE;
	o->wscale_ok = o->wscale != STAMP_WSCALE;
	o->sack_ok = stamp & STAMP_SACK;
	o->ecn_ok = stamp & STAMP_ECN;
}
