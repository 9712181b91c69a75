// SPDX-License-Identifier: GPL-2.0
/*
 * Segment sizes and the receive window: RFC 9293 3.7.1 and 3.8.6, RFC 6691, RFC 8201.
 */
#include <net/dst.h>
#include "naru.h"
#include "recorder.h"

static u32 ext_header_bytes(const struct ipv6_pinfo *np)
{
	const struct ipv6_txoptions *opt;
	u32 bytes;

	rcu_read_lock();
	opt = rcu_dereference(np->opt);
	bytes = opt ? opt->opt_flen + opt->opt_nflen : 0;
	rcu_read_unlock();
	return bytes;
}

/* RFC 9293 3.7.1: IPoptionsize */
static u32 ip_option_bytes(const struct naru_sock *ns)
{
	const struct ip_options_rcu *opt;
	u32 bytes;

	if (!naru_key_is_v4(&ns->node.key))
		return ext_header_bytes(&ns->inet6);
	rcu_read_lock();
	opt = rcu_dereference(ns->inet.inet_opt);
	bytes = opt ? opt->opt.optlen : 0;
	rcu_read_unlock();
	return bytes;
}

static u32 ip_header_bytes(const struct naru_sock *ns)
{
	return naru_key_is_v4(&ns->node.key) ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
}

static u32 less(u32 from, u32 bytes)
{
	return from > bytes ? from - bytes : 0;
}

/**
 * naru_mss_to_mtu - the packet that a segment needs
 * @ns: socket, lock held
 * @mss: payload, bytes
 *
 * Return: bytes.
 */
u32 naru_mss_to_mtu(const struct naru_sock *ns, u32 mss)
{
	return mss + ip_header_bytes(ns) + ip_option_bytes(ns) + NARU_HDR_MIN + (ns->ts_ok ? NARU_OPT_TS_BYTES : 0);
}

/**
 * naru_mss_mtu_most - the largest packet that the peer, the program and the route take
 * @ns: socket, lock held
 *
 * Return: bytes.
 */
u32 naru_mss_mtu_most(const struct naru_sock *ns)
{
	u32 mss = ns->mss_user ? min(ns->mss_user, ns->mss_peer) : ns->mss_peer;

	return min(mss + ip_header_bytes(ns) + NARU_HDR_MIN, ns->pmtu);
}

/**
 * naru_mss_sync - take over a path MTU
 * @sk: socket, lock held
 * @pmtu: bytes of the largest packet that the path takes
 *
 * Return: payload bytes of a full segment from now on: the effective send MSS of RFC 9293 3.7.1
 * (MUST-16).
 */
u32 naru_mss_sync(struct sock *sk, u32 pmtu)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 floor = naru_setting(naru_net_of(sk), min_snd_mss);
	u32 mss = less(naru_plpmtud_limit(&ns->plpmtud, pmtu), ip_header_bytes(ns) + NARU_HDR_MIN);

	mss = min_t(u32, mss, ns->mss_peer);
	if (ns->mss_user)
		mss = min_t(u32, mss, ns->mss_user);
	mss = max(less(mss, ip_option_bytes(ns)), floor);
	if (ns->ts_ok)
		mss -= NARU_OPT_TS_BYTES;
	ns->pmtu = pmtu;
	naru_plpmtud_pmtu(&ns->plpmtud, pmtu);
	ns->mss_cache = mss;
	naru_cong_mss(&ns->cong, mss);
	return mss;
}

/**
 * naru_mss_current - the effective send MSS, checked against the route's MTU
 * @sk: socket, lock held
 *
 * Return: payload bytes of a full segment. A route that has changed in the meantime is noticed here
 * before anything is sent.
 */
u32 naru_mss_current(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 mtu = naru_route_mtu(sk);

	if (mtu && mtu != ns->pmtu)
		return naru_mss_sync(sk, mtu);
	return ns->mss_cache;
}

/**
 * naru_mss_advertised - the MSS option's value
 * @sk: socket that announces it, NULL where a listener's TCP_MAXSEG cannot matter
 * @dst: route towards the peer, or NULL
 * @v4: whether segments go over IPv4
 *
 * Return: bytes, RFC 9293 3.7.1 (MUST-67): the MTU less fixed headers, options not counted. A
 * device has one MTU for all packets (SHLD-6).
 */
u16 naru_mss_advertised(const struct sock *sk, const struct dst_entry *dst, bool v4)
{
	u32 mss = dst ? dst_metric_advmss(dst) : NARU_DEFAULT_MSS;

	if (!dst && !v4)
		mss = IPV6_MIN_MTU - sizeof(struct ipv6hdr) - NARU_HDR_MIN;
	if (sk && naru_sk(sk)->mss_user)
		mss = min_t(u32, mss, naru_sk(sk)->mss_user);
	return min_t(u32, mss, 65535);
}

/**
 * naru_output_size_goal - how large an skb of the write queue should grow
 * @sk: socket, lock held
 * @mss: where the effective send MSS goes, bytes
 *
 * Return: bytes, a multiple of the MSS (RFC 9293 SHLD-28), bounded by the device's GSO size and half
 * the peer's window.
 */
u32 naru_output_size_goal(struct sock *sk, u32 *mss)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 goal;

	*mss = naru_mss_current(sk);
	goal = ns->gso_max;
	if (ns->max_window)
		goal = min(goal, max(ns->max_window / 2, *mss));
	ns->size_goal = max(goal / *mss, 1U) * *mss;
	return ns->size_goal;
}

/**
 * naru_mss_rcv_space - room in the receive buffer
 * @sk: socket
 *
 * Return: bytes of payload that can still come in. Half of the buffer pays for the overhead of skbs.
 */
u32 naru_mss_rcv_space(const struct sock *sk)
{
	int room = READ_ONCE(sk->sk_rcvbuf) - READ_ONCE(sk->sk_backlog.len) -
		   atomic_read(&sk->sk_rmem_alloc);

	return room > 0 ? room / 2 : 0;
}

/**
 * naru_mss_rcv_full - the receive buffer when it is empty
 * @sk: socket
 *
 * Return: bytes of payload.
 */
u32 naru_mss_rcv_full(const struct sock *sk)
{
	u32 full = READ_ONCE(sk->sk_rcvbuf) / 2;
	u32 clamp = naru_sk(sk)->window_clamp;

	full = naru_path_clamp(naru_sk(sk)->path.window, full);
	return clamp ? min(full, clamp) : full;
}

/**
 * naru_mss_window_left - what is left of the window announced last
 * @ns: socket, lock held
 *
 * Return: bytes.
 */
u32 naru_mss_window_left(const struct naru_sock *ns)
{
	s32 left = ns->rcv_wup + ns->rcv_wnd - ns->rcv_nxt;

	return left > 0 ? left : 0;
}

/**
 * naru_mss_window_reach - how far beyond RCV.NXT any window has reached
 * @ns: socket, lock held
 *
 * Nothing that the peer has sent lies farther, but the byte of a zero-window probe (RFC 9293 3.8.6.1).
 * Return: bytes.
 */
u32 naru_mss_window_reach(const struct naru_sock *ns)
{
	s32 reach = ns->rcv_edge - ns->rcv_nxt;

	return max(reach, 0) + 1;
}

static u32 window_now(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);
	u32 space = naru_buffer_window(sk, min(naru_mss_rcv_space(sk), naru_mss_rcv_full(sk)));

	/* what our SYN said stands until something has come */
	if (ns->path.initrwnd && ns->rcv_nxt == ns->irs + 1)
		space = min(space, naru_mss_window_left(ns));
	return naru_window_select(naru_mss_window_left(ns), space, naru_mss_rcv_full(sk),
				  ns->rcv_mss, ns->rcv_wscale);
}

/**
 * naru_mss_select_window - the window for a segment that goes out now
 * @sk: socket, lock held
 *
 * Return: SEG.WND as on the wire. RFC 9293 3.8.6.2.2; RCV.WND is noted as announced.
 */
u16 naru_mss_select_window(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 wnd = window_now(sk);

	if (!wnd && ns->rcv_wnd)
		NARU_INC(naru_net_of(sk), ZERO_WINDOW_ADV);
	naru_record_window(sk, ns->rcv_wnd, wnd, true);
	ns->rcv_wnd = wnd;
	ns->rcv_wup = ns->rcv_nxt;
	if (naru_seq_after(ns->rcv_nxt + wnd, ns->rcv_edge))
		ns->rcv_edge = ns->rcv_nxt + wnd;
	return min_t(u32, wnd >> ns->rcv_wscale, 65535);
}

/**
 * naru_output_rcvbuf_freed - a program has read
 * @sk: socket, lock held
 * @copied: bytes taken out of the receive queue
 *
 * Sends a window update when it is worth one (RFC 9293 3.8.6.2.2), or the ACK that two full
 * segments have earned.
 */
void naru_output_rcvbuf_freed(struct sock *sk, u32 copied)
{
	struct naru_sock *ns = naru_sk(sk);

	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN | TCPF_SYN_SENT))
		return;
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return;
	if (copied)
		naru_buffer_adjust_rcv(sk);
	if (copied && naru_window_update_due(naru_mss_window_left(ns), window_now(sk), ns->rcv_mss,
					     naru_mss_rcv_full(sk)))
		naru_output_ack(sk);
}
