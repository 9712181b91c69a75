// SPDX-License-Identifier: GPL-2.0
/*
 * What is measured of a connection for TCP_INFO: how fast, limited by what, how much went wrong. Nothing depends on it.
 */
#include "naru.h"

#define REORDERING_MAX	300	/* segments, as tcp_max_reordering has it */

/**
 * naru_meter_opened - the connection is established
 * @sk: socket, lock held
 *
 * Its SYN has arrived.
 */
void naru_meter_opened(struct sock *sk)
{
	struct naru_meter *m = &naru_sk(sk)->meter;

	m->opened_us = naru_now_us();
	m->delivered++;
	naru_rate_init(&m->rate, m->opened_us);
}

static bool waits_for_room(const struct sock *sk)
{
	return sk->sk_socket && test_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
}

static enum naru_limit limit_now(const struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	const struct sk_buff *skb = skb_peek(&sk->sk_write_queue);
	u32 edge = ns->snd_una + ns->snd_wnd, in_flight = naru_rtx_in_flight(ns);
	struct naru_chrono_in in = {
		.unsent = skb,
		.in_flight = !skb_queue_empty(&ns->rtx_queue),
	};

	if (!in.unsent && !in.in_flight)
		return NARU_LIMIT_IDLE;
	in.cwnd_room = ns->cong.cwnd > in_flight ? ns->cong.cwnd - in_flight : 0;
	if (skb) {
		in.next = min(skb->len, ns->mss_cache);
		in.wnd_room = naru_seq_after(edge, ns->snd_nxt) ? edge - ns->snd_nxt : 0;
		in.paced = hrtimer_is_queued(&ns->pace_timer);
	} else {
		in.no_space = waits_for_room(sk);
	}
	return naru_chrono_limit(&in);
}

/**
 * naru_meter_limit - something was sent or acknowledged, or is to be sent: what limits now?
 * @sk: socket, lock held
 *
 * The clock is read only when the answer is another.
 */
void naru_meter_limit(struct sock *sk)
{
	struct naru_chrono *c = &naru_sk(sk)->meter.chrono;
	enum naru_limit what = limit_now(sk);

	if (what != c->what)
		naru_chrono_switch(c, what, naru_now_us());
}

/**
 * naru_meter_ack - an ACK has been looked at
 * @sk: socket, lock held
 * @news: what it said
 */
void naru_meter_ack(struct sock *sk, const struct naru_rtx_news *news)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_meter *m = &ns->meter;

	m->delivered += news->segments;
	if (news->ece)
		ns->delivered_ce += news->segments;
	naru_rate_ack(&m->rate, &news->rate, ns->rtt.min);
}

/**
 * naru_meter_offer - a program is about to write
 * @sk: socket, lock held
 *
 * What is in flight by then is all that it had to send: draft-cheng-iccrg-delivery-rate-estimation 3.4.
 */
void naru_meter_offer(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_rate_offer o = {
		.unsent = ns->write_seq - ns->snd_nxt,
		.in_flight = naru_rtx_in_flight(ns),
		.cwnd = ns->cong.cwnd,
		.mss = ns->mss_cache,
		.lost_out = ns->lost_out,
		.retrans_out = ns->retrans_out,
		.below = sk_wmem_alloc_get(sk) >= SKB_TRUESIZE(1),
	};

	naru_rate_ask(&ns->meter.rate, &o);
}

/**
 * naru_meter_data - data has come in order
 * @sk: socket, lock held
 * @seg: its segment
 *
 * The receiver's round-trip time: by the timestamp that a full segment echoes, else by how long a window takes.
 */
void naru_meter_data(struct sock *sk, const struct naru_seg *seg)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_meter *m = &ns->meter;
	u32 us;

	m->data_us = ns->last_rcv_us;
	if (!ns->ts_ok || !(seg->opts.present & NARU_OPT_TS) || !seg->opts.tsecr) {
		naru_rtt_rcv_window(&m->rcv_rtt, ns->rcv_nxt, ns->rcv_wnd, ns->last_rcv_us);
		return;
	}
	if (seg->opts.tsecr == m->rcv_rtt.tsecr || seg->len < ns->rcv_mss)
		return;
	us = naru_rtt_of_echo(naru_ts_of(ns->ts_usec, ns->last_rcv_us) + ns->ts_offset, seg->opts.tsecr,
			      ns->ts_usec);
	if (us)
		naru_rtt_rcv_echo(&m->rcv_rtt, seg->opts.tsecr, us);
}

/**
 * naru_meter_reordered - a segment has come behind one that was sent later
 * @ns: socket, lock held
 * @distance: from its first byte to the highest one that had come, bytes
 */
void naru_meter_reordered(struct naru_sock *ns, u32 distance)
{
	u32 segments = min_t(u32, DIV_ROUND_UP(distance, ns->mss_cache), REORDERING_MAX);

	ns->meter.reordering = max(ns->meter.reordering, segments);
}

/**
 * naru_meter_rto - the retransmission timer has fired
 * @sk: socket, lock held
 * @again: not for the first time in a row
 */
void naru_meter_rto(struct sock *sk, bool again)
{
	struct naru_meter *m = &naru_sk(sk)->meter;

	if (!again) {
		m->rto_recoveries++;
		m->rto_since_us = naru_now_us();
	}
	m->rtos++;
	if (sk_rethink_txhash(sk))
		m->rehash++;
}

/**
 * naru_meter_rto_over - what a timeout has begun is over
 * @sk: socket, lock held
 */
void naru_meter_rto_over(struct sock *sk)
{
	struct naru_meter *m = &naru_sk(sk)->meter;

	if (m->rto_since_us)
		m->rto_us += naru_now_us() - m->rto_since_us;
	m->rto_since_us = 0;
}

/**
 * naru_meter_synack - a connection has opened whose <SYN,ACK> was sent more than once
 * @ns: socket that nobody else knows yet
 * @times: timeouts
 * @since_us: when the first was
 */
void naru_meter_synack(struct naru_sock *ns, u8 times, u64 since_us)
{
	ns->meter.rtos = times;
	ns->meter.rto_recoveries = 1;
	ns->meter.rto_us = naru_now_us() - since_us;
}

/**
 * naru_meter_rto_ms - time spent in recoveries that a timeout has begun
 * @m: of a socket, lock held
 * @now_us: now
 *
 * Return: ms.
 */
u32 naru_meter_rto_ms(const struct naru_meter *m, u64 now_us)
{
	u64 us = m->rto_us + (m->rto_since_us ? now_us - m->rto_since_us : 0);

	return (u32)div_u64(us, USEC_PER_MSEC);
}
