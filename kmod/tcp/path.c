// SPDX-License-Identifier: GPL-2.0
/*
 * What the route says of a path: metrics of ip-route(8), as the kernel's TCP honours them. MTU, MSS and ECN are asked
 * for where they are needed (mss.c, output.c, listen.c), the hop limit by IP.
 */
#include <linux/rtnetlink.h>
#include <net/dst.h>
#include "naru.h"

#define RTO_MIN_MOST_MS		120000	/* of the setting rto_min_us */

static u32 rto_min_us(const struct dst_entry *dst)
{
	if (!dst_metric_locked(dst, RTAX_RTO_MIN))
		return 0;
	return min_t(u32, dst_metric(dst, RTAX_RTO_MIN), RTO_MIN_MOST_MS) * USEC_PER_MSEC;
}

/**
 * naru_path_learn - the connection has another route
 * @p: what is known of its path, filled in; whether @p->cong_locked stays, the connection knows
 * @dst: the route
 */
void naru_path_learn(struct naru_path *p, const struct dst_entry *dst)
{
	p->initcwnd = dst_metric(dst, RTAX_INITCWND);
	p->initrwnd = dst_metric(dst, RTAX_INITRWND);
	p->cwnd_clamp = dst_metric_locked(dst, RTAX_CWND) ? dst_metric(dst, RTAX_CWND) : 0;
	p->window = dst_metric(dst, RTAX_WINDOW);
	p->quickack = dst_metric(dst, RTAX_QUICKACK);
	p->rto_min_us = rto_min_us(dst);
}

/**
 * naru_path_ts_usec - whether the timestamps of a connection that opens tick in µs
 * @sk: socket, or the listener
 * @dst: the route, an error or NULL
 *
 * The ends have agreed on it out of band: the program says so, or whoever has made the route (its feature
 * tcp_usec_ts). Any context.
 *
 * Return: else they tick in ms.
 */
bool naru_path_ts_usec(const struct sock *sk, const struct dst_entry *dst)
{
	if (READ_ONCE(naru_sk(sk)->ts_usec_asked))
		return true;
	return dst && !IS_ERR(dst) && dst_feature(dst, RTAX_FEATURE_TCP_USEC_TS);
}

/**
 * naru_path_cong - the congestion control that the route asks for
 * @sk: socket with its route, which opens a connection; lock held
 *
 * In the place of what the program has chosen; it may not choose again where the metric is locked.
 */
void naru_path_cong(struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_get(sk);
	u32 key = dst ? dst_metric(dst, RTAX_CC_ALGO) : 0;
	const struct naru_cong_ops *ops = key ? naru_cong_get_by_key(key) : NULL;

	if (!ops)
		return;
	naru_cong_set(sk, ops);
	naru_sk(sk)->path.cong_locked = dst_metric_locked(dst, RTAX_CC_ALGO);
}

/**
 * naru_path_initial_window - the congestion window of a connection that begins, or begins anew
 * @ns: socket, lock held
 *
 * Return: bytes: RFC 6928 2, or what the route says.
 */
u32 naru_path_initial_window(const struct naru_sock *ns)
{
	u32 mss = ns->mss_cache;

	if (!ns->path.initcwnd)
		return naru_path_cwnd(ns, naru_cong_initial_window(mss));
	return naru_path_cwnd(ns, min_t(u64, (u64)ns->path.initcwnd * mss, NARU_CONG_INFINITE));
}

/**
 * naru_path_cwnd - a congestion window that the route lets be
 * @ns: socket, lock held
 * @cwnd: bytes
 *
 * Return: bytes.
 */
u32 naru_path_cwnd(const struct naru_sock *ns, u32 cwnd)
{
	if (!ns->path.cwnd_clamp)
		return cwnd;
	return min_t(u64, cwnd, (u64)ns->path.cwnd_clamp * ns->mss_cache);
}

/**
 * naru_path_first_window - the window of our SYN
 * @initrwnd: segments, 0: the route does not say
 * @wnd: what there is room for, bytes
 * @mss: our MSS, bytes
 *
 * Return: bytes.
 */
u32 naru_path_first_window(u32 initrwnd, u32 wnd, u32 mss)
{
	return initrwnd ? min_t(u64, wnd, (u64)initrwnd * mss) : wnd;
}

/**
 * naru_path_clamp - the most that may be announced
 * @window: bytes, 0: the route does not say
 * @wnd: what there is room for, bytes
 *
 * Return: bytes.
 */
u32 naru_path_clamp(u32 window, u32 wnd)
{
	return window ? min(window, wnd) : wnd;
}
