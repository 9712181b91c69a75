// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers that grow with the connection, between the second and the third number of the settings
 * wmem and rmem. A size that a program chose stays.
 */
#include "naru.h"

/* What one segment's skb weighs in the send buffer, beside its payload: bytes */
#define SEGMENT_OVERHEAD	SKB_TRUESIZE(NARU_MAX_HEADER)

#define SHORT_SEGMENTS	4	/* the window while memory is short */

static bool memory_is_short(const struct sock *sk)
{
	return sk_under_memory_pressure(sk) ||
	       sk_memory_allocated(sk) >= sk_prot_mem_limits(sk, 0);
}

/**
 * naru_buffer_expand_snd - the congestion window has room: so shall the send buffer
 * @sk: socket in a state that sends, lock held
 */
void naru_buffer_expand_snd(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 want;

	if ((sk->sk_userlocks & SOCK_SNDBUF_LOCK) || naru_rtx_in_flight(ns) >= ns->cong.cwnd)
		return;
	want = naru_window_sndbuf(ns->cong.cwnd, ns->mss_cache, SEGMENT_OVERHEAD);
	want = min_t(u32, want, naru_setting_n(naru_net_of(sk), wmem, 2));
	if (want > READ_ONCE(sk->sk_sndbuf) && !memory_is_short(sk))
		WRITE_ONCE(sk->sk_sndbuf, want);
}

/**
 * naru_buffer_window - the window to announce of what is free
 * @sk: socket, lock held, or a listener
 * @space: bytes that are free in the receive buffer
 *
 * Return: bytes; under pressure (the setting mem) no more than a few segments.
 */
u32 naru_buffer_window(const struct sock *sk, u32 space)
{
	return sk_under_memory_pressure(sk) ? min(space, SHORT_SEGMENTS * naru_sk(sk)->rcv_mss) :
					      space;
}

/* The round trip as who only receives knows it: that of the handshake, and what a clock of ms can tell */
static u32 round_trip_us(const struct naru_sock *ns)
{
	return max_t(u32, ns->rtt.srtt8 / 8, USEC_PER_MSEC);
}

static void begin_round(struct naru_sock *ns, u64 now)
{
	ns->rcvq_us = now;
	ns->rcvq_seq = ns->copied_seq;
}

/**
 * naru_buffer_adjust_rcv - a program has read: if it reads more in each round trip, let more come in
 * @sk: socket in a synchronized state, lock held
 */
void naru_buffer_adjust_rcv(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	u64 now = naru_now_us();
	u32 copied, want;

	if (now - ns->rcvq_us < round_trip_us(ns))
		return;
	copied = ns->copied_seq - ns->rcvq_seq;
	begin_round(ns, now);
	if (copied <= ns->rcvq_space)
		return;
	want = naru_window_rcvbuf(copied, ns->rcvq_space, ns->rcv_mss);
	ns->rcvq_space = copied;
	want = min_t(u32, want, naru_setting_n(naru_net_of(sk), rmem, 2));
	if (!(sk->sk_userlocks & SOCK_RCVBUF_LOCK) && want > READ_ONCE(sk->sk_rcvbuf) &&
	    !memory_is_short(sk))
		WRITE_ONCE(sk->sk_rcvbuf, want);
}

/**
 * naru_buffer_init - a connection is open
 * @sk: socket, lock held, window and MSS known
 */
void naru_buffer_init(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	begin_round(ns, naru_now_us());
	ns->rcvq_space = clamp_t(u32, ns->rcv_wnd, 1, NARU_QUICKACKS * ns->rcv_mss);
	naru_buffer_expand_snd(sk);
}
