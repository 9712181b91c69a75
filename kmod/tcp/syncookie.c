// SPDX-License-Identifier: GPL-2.0
/*
 * The listener that keeps nothing: SYN cookies at work, RFC 4987 3.6. Options go in the low bits of the
 * timestamp, as the kernel's TCP has them; a peer without timestamps gets neither SACK nor window scaling nor ECN.
 */
#include "naru.h"
#include "tcp/cookie.h"
#include "tcp/listen.h"

#define MINUTE_US	(60U * USEC_PER_SEC)

static u32 minute_now(void)
{
	return (u32)div_u64(naru_now_us(), MINUTE_US);
}

static u16 peer_mss(const struct naru_req *req)
{
	if ((req->opts.present & NARU_OPT_MSS) && req->opts.mss)
		return req->opts.mss;
	return naru_key_is_v4(&req->node.key) ? NARU_DEFAULT_MSS : NARU_DEFAULT_MSS_V6;
}

/* There is no room for these */
static void forget_options(struct naru_req *req)
{
	req->wscale_ok = false;
	req->sack_ok = false;
	req->ecn.ok = false;
}

/**
 * naru_syncookie_send - answer a SYN, and forget it
 * @req: what the SYN says, not in any table; its ISS and options are changed
 * @dst: the route to the peer, whose reference goes with the answer, or an error
 *
 * RFC 4987 3.6. Context: softirq, under rcu_read_lock; nothing is allocated but the reply.
 */
void naru_syncookie_send(struct naru_req *req, struct dst_entry *dst)
{
	const struct naru_key *key = &req->node.key;
	struct naru_cookie_options o;
	u32 minute = minute_now();

	naru_port_cookie_sent(req->listener);
	if (!req->ts_ok)
		forget_options(req);
	o.wscale = req->snd_wscale;
	o.wscale_ok = req->wscale_ok;
	o.sack_ok = req->sack_ok;
	o.ecn_ok = req->ecn.ok;
	req->iss = naru_cookie_make(naru_secret_cookie_blind(key),
				    naru_secret_cookie_tag(key, req->irs, minute), req->irs, minute,
				    peer_mss(req), req->ts_usec);
	NARU_INC(req->nn, SYNCOOKIES_SENT);
	naru_listen_synack(req, dst, naru_cookie_stamp(naru_now_ts(req->ts_usec), &o), false);
}

/**
 * naru_syncookie_expected - whether an ACK may bring a cookie back
 * @listener: who the ACK is for
 *
 * Context: softirq, under rcu_read_lock. Return: true for as long as the last cookie is good; else nobody can guess one.
 */
bool naru_syncookie_expected(const struct sock *listener)
{
	unsigned long at = naru_port_cookie_last(listener);

	return at && time_before(jiffies, at + NARU_COOKIE_MINUTES * 60 * HZ) &&
	       naru_setting(naru_net_of(listener), syncookies) != NARU_COOKIE_NEVER;
}

/* Bytes; 0: it is no cookie. @ts_usec: what the <SYN,ACK>'s timestamp ticked in */
static u16 cookie_mss(const struct naru_req *req, bool *ts_usec)
{
	const struct naru_key *key = &req->node.key;
	u32 blind = naru_secret_cookie_blind(key), minute;

	if (!naru_cookie_minute(req->iss, blind, req->irs, minute_now(), &minute))
		return 0;
	return naru_cookie_mss(req->iss, blind, naru_secret_cookie_tag(key, req->irs, minute), req->irs,
			       ts_usec);
}

/* The SYN's options. False: a setting or the route has changed, and what was agreed on cannot be kept */
static bool restore_options(struct naru_req *req, const struct naru_seg *third, u16 mss)
{
	struct naru_seg syn = { .opts = { .present = NARU_OPT_MSS, .mss = mss } };
	struct naru_cookie_options o = {};

	if (third->opts.present & NARU_OPT_TS) {
		naru_cookie_unstamp(third->opts.tsecr - req->ts_offset, &o);
		syn.opts.present |= NARU_OPT_TS;
		syn.opts.tsval = third->opts.tsval;
	}
	if (o.wscale_ok) {
		syn.opts.present |= NARU_OPT_WSCALE;
		syn.opts.wscale = o.wscale;
	}
	if (o.sack_ok)
		syn.opts.present |= NARU_OPT_SACK_PERM;
	naru_listen_options(req, &syn);
	req->ecn.ok = naru_listen_by_route(req) && o.ecn_ok;
	return req->wscale_ok == o.wscale_ok && req->sack_ok == o.sack_ok &&
	       req->ts_ok == !!(syn.opts.present & NARU_OPT_TS);
}

/**
 * naru_syncookie_open - the half-open connection that an ACK proves
 * @req: has namespace, listener and four-tuple, and is filled from the ACK
 * @seg: the ACK
 *
 * RFC 4987 3.6. Context: softirq, under rcu_read_lock.
 *
 * Return: true if @seg's ACK is of a cookie of ours that is not too old.
 */
bool naru_syncookie_open(struct naru_req *req, const struct naru_seg *seg)
{
	bool ts_usec;
	u16 mss;

	req->irs = seg->seq - 1;
	req->iss = seg->ack - 1;
	req->peer_wnd = seg->wnd;
	mss = cookie_mss(req, &ts_usec);
	if (mss && restore_options(req, seg, mss) && req->ts_usec == ts_usec) {
		NARU_INC(req->nn, SYNCOOKIES_RECV);
		return true;
	}
	NARU_INC(req->nn, SYNCOOKIES_FAILED);
	return false;
}
