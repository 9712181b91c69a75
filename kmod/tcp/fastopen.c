// SPDX-License-Identifier: GPL-2.0
/*
 * TCP Fast Open decided, RFC 7413 4.1.2, 4.2 and 5.1. Cookies are those of Linux: the same key on either
 * stack makes the same cookie.
 */
#include "fastopen.h"

/**
 * naru_fastopen_asked - whether a SYN is about Fast Open at all
 * @setting: the setting fastopen
 * @seg: the SYN
 *
 * RFC 7413 4.2: off, nothing of it is done and options are ignored. Return: true if a listener may have to
 * do with it. Any context.
 */
bool naru_fastopen_asked(int setting, const struct naru_seg *seg)
{
	return (setting & NARU_FASTOPEN_SERVER) &&
	       (seg->len || seg->opts.present & NARU_OPT_FASTOPEN);
}

/**
 * naru_fastopen_cookie - a cookie
 * @cookie: is filled
 * @mac: keyed hash of the client's and the server's address
 * @exp: the client knows the option of experiments
 *
 * RFC 7413 4.1.2, GetCookie(). Any context.
 */
void naru_fastopen_cookie(struct naru_cookie *cookie, u64 mac, bool exp)
{
	unsigned int i;

	cookie->len = NARU_FASTOPEN_COOKIE;
	cookie->exp = exp;
	for (i = 0; i < NARU_FASTOPEN_COOKIE; i++)
		cookie->val[i] = mac >> (8 * i);
}

/* RFC 7413 4.1.2, IsCookieValid(); in the same time wherever they differ */
static bool is_cookie(const struct naru_cookie *cookie, u64 mac)
{
	struct naru_cookie right;
	unsigned int i;
	u8 differ = 0;

	if (cookie->len != NARU_FASTOPEN_COOKIE)
		return false;
	naru_fastopen_cookie(&right, mac, false);
	for (i = 0; i < NARU_FASTOPEN_COOKIE; i++)
		differ |= cookie->val[i] ^ right.val[i];
	return !differ;
}

/**
 * naru_fastopen_judge - what a listener makes of a SYN that is about Fast Open
 * @syn: the SYN and the listener's keys; its queue has room
 * @give: filled where the <SYN,ACK> has a cookie
 *
 * RFC 7413 4.2.1 and 4.2.2, "Server: Receiving SYN"; 7.3. A valid cookie opens without data too: the
 * server may then send before the handshake is over. Where the connection cannot be opened after all for
 * want of memory, it is as if the cookie was wrong, and @give is what the client is to have.
 *
 * Return: the verdict. Any context.
 */
enum naru_fastopen_verdict naru_fastopen_judge(const struct naru_fastopen_syn *syn,
					       struct naru_cookie *give)
{
	unsigned int i;

	if (syn->bare)
		return NARU_FASTOPEN_OPEN;
	if (!syn->cookie || !syn->keys)
		return NARU_FASTOPEN_NONE;
	naru_fastopen_cookie(give, syn->mac[0], syn->cookie->exp);
	if (!syn->cookie->len)
		return NARU_FASTOPEN_GRANT;
	for (i = 0; i < syn->keys; i++)
		if (is_cookie(syn->cookie, syn->mac[i]))
			return i ? NARU_FASTOPEN_RENEW : NARU_FASTOPEN_OPEN;
	return NARU_FASTOPEN_REFUSE;
}

static u32 *slot(struct naru_fastopen_queue *q, u32 second)
{
	return &q->reset[second % NARU_FASTOPEN_SLOTS];
}

/* Resets that are old enough do not count any more; those of second s do until s + NARU_FASTOPEN_RESET_S */
static void forget_resets(struct naru_fastopen_queue *q, u32 now_s)
{
	u32 second;

	if (now_s - q->at >= NARU_FASTOPEN_SLOTS) {
		memset(q->reset, 0, sizeof(q->reset));
		q->resets = 0;
	}
	if (!q->resets)
		q->at = now_s;
	for (; q->at != now_s; q->at++) {
		second = q->at + 1 - NARU_FASTOPEN_RESET_S;
		q->resets -= *slot(q, second);
		*slot(q, second) = 0;
	}
}

/**
 * naru_fastopen_full - whether Fast Open is off for a listener, since too much of it is pending
 * @q: its queue
 * @now_s: second, on a clock that never goes back
 *
 * RFC 7413 4.2, 5.1. Context: any; the queue's lock held.
 */
bool naru_fastopen_full(struct naru_fastopen_queue *q, u32 now_s)
{
	forget_resets(q, now_s);
	return q->pending + q->resets >= q->max;
}

/**
 * naru_fastopen_done - a connection that was pending is no more
 * @q: its listener's queue
 * @reset: by a reset of the peer: it counts for a while
 * @now_s: second, as above
 *
 * RFC 7413 4.2.2, "Server: Receiving ACK"; 5.1. Context: any; the queue's lock held.
 */
void naru_fastopen_done(struct naru_fastopen_queue *q, bool reset, u32 now_s)
{
	q->pending--;
	if (!reset)
		return;
	forget_resets(q, now_s);
	q->resets++;
	(*slot(q, now_s))++;
}

/* RFC 7413 4.1.3.1: after two SYNs in a row that were dropped, two minutes without; twice that for each further one */
static bool is_dropping(const struct naru_fastopen_path *path)
{
	u8 losses = min_t(u8, path->losses, NARU_FASTOPEN_LOSSES_MAX);

	return losses > 1 && path->since_s < 30u << losses;
}

/**
 * naru_fastopen_choose - what a client's SYN has of Fast Open
 * @path: what is known of the server
 * @paused: Fast Open is off for a while, whatever the server
 * @bare: no cookie is needed
 *
 * RFC 7413 4.2.1, 4.2.2 ("Client: Sending SYN"), 4.1.3.1, 7.3. Return: what to offer. Any context.
 */
enum naru_fastopen_offer naru_fastopen_choose(const struct naru_fastopen_path *path, bool paused,
					      bool bare)
{
	if (paused || is_dropping(path))
		return NARU_FASTOPEN_PLAIN;
	if (bare)
		return NARU_FASTOPEN_BARE;
	return path->cookie.len ? NARU_FASTOPEN_USE : NARU_FASTOPEN_ASK;
}

/**
 * naru_fastopen_room - data that a SYN may carry
 * @mss: bytes of a segment's payload with no options
 *
 * As the kernel's: room is left for all options that there could be. Return: bytes. Any context.
 */
u32 naru_fastopen_room(u32 mss)
{
	u32 most = NARU_HDR_MAX - NARU_HDR_MIN;

	return mss > most ? mss - most : 0;
}

/**
 * naru_fastopen_dropped - whether a SYN seems to have been dropped for what it carried
 * @retransmitted: it went again, without
 * @has_cookie: the <SYN,ACK> has one
 * @data_left: and does not acknowledge all of the data
 *
 * RFC 7413 4.2.2, "Client: Receiving SYN-ACK": such an answer is the second SYN's. Any context.
 */
bool naru_fastopen_dropped(bool retransmitted, bool has_cookie, bool data_left)
{
	return retransmitted && !has_cookie && data_left;
}

/**
 * naru_fastopen_pause - how long Fast Open pauses
 * @times: how often it had to so far, this time included
 * @timeout_s: the setting fastopen_blackhole_timeout_sec, 0: it does not pause
 *
 * RFC 7413 4.1.3.1, 7.1. Return: seconds. Any context.
 */
u64 naru_fastopen_pause(u32 times, u32 timeout_s)
{
	return times ? (u64)timeout_s << min_t(u32, times - 1, 6) : 0;
}
