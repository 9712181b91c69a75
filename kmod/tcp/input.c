// SPDX-License-Identifier: GPL-2.0
/*
 * SEGMENT ARRIVES: what the state machine decided is applied here. RFC 9293 3.10.7.
 */
#include "naru.h"
#include "recorder.h"
#include "trace.h"

static const u8 why_reason[] = {
	[NARU_WHY_NONE]		 = NARU_DROP_STATE,
	[NARU_WHY_PAWS]		 = NARU_DROP_PAWS,
	[NARU_WHY_WINDOW]	 = NARU_DROP_WINDOW,
	[NARU_WHY_OLD_DATA]	 = NARU_DROP_OLD_DATA,
	[NARU_WHY_ACK_UNSENT]	 = NARU_DROP_ACK_UNSENT,
	[NARU_WHY_ACK_OLD]	 = NARU_DROP_ACK_OLD,
	[NARU_WHY_NO_ACK]	 = NARU_DROP_NO_ACK,
	[NARU_WHY_SYN_IN_WINDOW] = NARU_DROP_SYN_IN_WINDOW,
	[NARU_WHY_RST]		 = NARU_DROP_RST,
	[NARU_WHY_RST_INEXACT]	 = NARU_DROP_RST_INEXACT,
	[NARU_WHY_STATE]	 = NARU_DROP_STATE,
	[NARU_WHY_CLOSED]	 = NARU_DROP_CLOSED,
	[NARU_WHY_TIME_WAIT]	 = NARU_DROP_TIME_WAIT,
	[NARU_WHY_AFTER_CLOSE]	 = NARU_DROP_AFTER_CLOSE,
};

/**
 * naru_input_reason - the drop reason for a decision of the state machine
 * @why: enum naru_why
 *
 * Return: what naru_drop() takes.
 */
enum naru_drop_reason naru_input_reason(u8 why)
{
	return why_reason[why];
}

static void fill(struct sock *sk, const struct naru_seg *seg, struct naru_fsm_in *in)
{
	const struct naru_sock *ns = naru_sk(sk);

	in->state = sk->sk_state;
	in->snd_wscale = ns->snd_wscale;
	in->ts_ok = ns->ts_ok;
	in->ts_valid = ns->ts_recent_stamp != 0;
	in->ts_usec = ns->ts_usec;
	in->fin_acked = ns->fin_queued && (seg->flags & NARU_ACK) &&
			!naru_seq_before(seg->ack, ns->write_seq);
	in->receiving = !(sk->sk_shutdown & RCV_SHUTDOWN);
	in->closed = !in->receiving;
	in->iss = ns->iss;
	in->snd_una = ns->snd_una;
	in->snd_nxt = ns->snd_nxt;
	in->max_window = ns->max_window;
	in->snd_wl1 = ns->snd_wl1;
	in->snd_wl2 = ns->snd_wl2;
	in->snd_wnd = ns->snd_wnd;
	in->rcv_nxt = ns->rcv_nxt;
	in->rcv_wnd = naru_mss_window_left(ns);
	in->rcv_reach = naru_mss_window_reach(ns);
	in->last_ack_sent = ns->last_ack_sent;
	in->ts_recent = ns->ts_recent;
	in->ts_recent_age_s = (u32)ktime_get_seconds() - ns->ts_recent_stamp;
	in->passive = naru_fastopen_passive(sk);
	in->syn_len = sk->sk_state == TCP_SYN_RECV ? ns->rcv_nxt - ns->irs - 1 : 0;
}

static void take_timestamp(struct naru_sock *ns, const struct naru_seg *seg)
{
	ns->ts_recent = seg->opts.tsval;
	ns->ts_recent_stamp = max_t(u32, ktime_get_seconds(), 1);
}

static void reply_reset(struct sock *sk, const struct naru_seg *seg)
{
	naru_output_rst_reply(naru_net_of(sk), &naru_sk(sk)->node.key, seg);
}

/* RFC 9293 3.10.7.4; RFC 2883 4: data that had come before is told of */
static void answer(struct sock *sk, const struct naru_seg *seg, u32 actions)
{
	u32 end = seg->seq + seg->len;

	if ((actions & NARU_DO_ACK) && seg->len && !naru_seq_after(end, naru_sk(sk)->rcv_nxt))
		naru_reasm_twice(sk, seg->seq, end);
	naru_output_ack(sk);
}

/* A SYN comes again to what Fast Open has opened: as a listener takes it. RFC 7323 4.3 (2), RFC 3168 6.1.1.1 */
static void take_syn_again(struct sock *sk, const struct sk_buff *skb, const struct naru_seg *seg, u32 actions)
{
	struct sk_buff *head = skb_peek(&naru_sk(sk)->rtx_queue);

	if (actions & NARU_DO_TS)
		take_timestamp(naru_sk(sk), seg);
	if (head && !naru_ecn_asked(seg->flags, naru_skb_ecn(skb))) {
		naru_sk(sk)->ecn.plain = true;
		NARU_CB(head)->flags &= ~NARU_ECE;
	}
}

/* A segment that is not taken: answered as decided, counted, gone. */
static void refuse(struct sock *sk, struct sk_buff *skb, const struct naru_seg *seg,
		   const struct naru_fsm_out *out)
{
	struct naru_net *nn = naru_net_of(sk);

	if (out->actions & NARU_DO_RST)
		reply_reset(sk, seg);
	if (out->actions & NARU_DO_SYNACK)
		take_syn_again(sk, skb, seg, out->actions);
	if ((out->actions & NARU_DO_SYNACK) ||
	    ((out->actions & NARU_DO_SYN_AGAIN) && !naru_sk(sk)->syn_again))
		naru_rtx_send_head(sk);
	else if (naru_ack_may_answer(nn, out->actions, &naru_sk(sk)->challenged))
		answer(sk, seg, out->actions);
	if (out->actions & NARU_DO_SYN_AGAIN)
		naru_sk(sk)->syn_again = true;
	naru_record_drop(sk, seg->seq, seg->len, seg->flags, naru_input_reason(out->why));
	naru_drop(nn, sk, skb, naru_input_reason(out->why));
	if (out->why == NARU_WHY_RST)
		naru_fastopen_settle(sk, true);
	if (out->actions & NARU_DO_ABORT)
		naru_input_reset(sk, out->err);
}

/**
 * naru_input_options - what both SYNs agree on
 * @sk: socket that has the peer's SYN before it, lock held; ts_ok, sack_ok and wscale_ok say what
 *	our own SYN offers
 * @seg: the SYN
 *
 * RFC 7323 2.5 and 3.2, RFC 2018 2, RFC 9293 3.7.1 (MUST-14, MUST-15).
 */
void naru_input_options(struct sock *sk, const struct naru_seg *seg)
{
	const struct naru_opts *o = &seg->opts;
	struct naru_sock *ns = naru_sk(sk);

	ns->mss_peer = naru_key_is_v4(&ns->node.key) ? NARU_DEFAULT_MSS : NARU_DEFAULT_MSS_V6;
	if ((o->present & NARU_OPT_MSS) && o->mss)
		ns->mss_peer = o->mss;
	ns->wscale_ok = (o->present & NARU_OPT_WSCALE) && ns->wscale_ok;
	if (ns->wscale_ok)
		ns->snd_wscale = o->wscale;
	else
		ns->rcv_wscale = 0;
	ns->sack_ok = (o->present & NARU_OPT_SACK_PERM) && ns->sack_ok;
	ns->ts_ok = (o->present & NARU_OPT_TS) && ns->ts_ok;
	if (ns->ts_ok)
		take_timestamp(ns, seg);
	ns->rcv_mss = min_t(u32, ns->mss_peer, NARU_DEFAULT_MSS);
	naru_mss_sync(sk, naru_route_mtu(sk));
}

static void peer_syn(struct sock *sk, const struct naru_seg *seg)
{
	struct naru_sock *ns = naru_sk(sk);

	ns->irs = seg->seq;
	ns->rcv_nxt = seg->seq + 1;
	ns->rcv_wup = ns->rcv_nxt;
	ns->rcv_edge = ns->rcv_nxt + ns->rcv_wnd;
	ns->copied_seq = ns->rcv_nxt;
	ns->last_ack_sent = ns->rcv_nxt;
	naru_input_options(sk, seg);
	naru_ecn_answered(&ns->ecn, seg->flags);
}

/* RFC 6298 5.7: a SYN has been sent again, and which of them was answered nobody knows */
static void start_rto(struct naru_sock *ns)
{
	ns->backoff = 0;
	if (ns->total_retrans > ns->syn_again && !ns->rtt.srtt8)
		ns->rtt.rto = NARU_RTO_FALLBACK;
}

/**
 * naru_input_transfer - data may go either way
 * @sk: socket, lock held, options agreed on
 */
void naru_input_transfer(struct sock *sk)
{
	naru_mtu_probe_init(sk);
	naru_cong_init(sk);
	naru_rack_init(&naru_sk(sk)->rack, naru_sk(sk)->snd_una);
	naru_metric_start(sk);
	naru_buffer_init(sk);
}

/**
 * naru_input_established - the connection is open
 * @sk: socket, lock held, options agreed on
 */
void naru_input_established(struct sock *sk)
{
	bool transfers = naru_fastopen_passive(sk);

	if (!transfers)
		naru_input_transfer(sk);
	naru_fsm_set_state(sk, TCP_ESTABLISHED);
	naru_meter_opened(sk);
	start_rto(naru_sk(sk));
	naru_timer_keepalive_restart(sk);
	sk->sk_state_change(sk);
	sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
}

static void simultaneous_open(struct sock *sk, const struct naru_seg *seg)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *syn = skb_peek(&ns->rtx_queue);

	peer_syn(sk, seg);
	ns->snd_wnd = seg->wnd;
	ns->max_window = seg->wnd;
	ns->snd_wl1 = seg->seq;
	ns->last_rcv_us = naru_now_us();
	naru_fsm_set_state(sk, TCP_SYN_RECV);
	naru_record_in(sk, seg);
	if (syn) {
		NARU_CB(syn)->flags = NARU_SYN | NARU_ACK | naru_ecn_synack(&ns->ecn);
		naru_xmit_skb(sk, syn);
		naru_timer_rearm(sk, true);
	}
}

/* After everything in the segment was looked at: send what it made possible and what it is owed. */
static void finish(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	if (sk->sk_state == TCP_CLOSE)
		return;
	naru_output_push(sk, ns->nonagle);
	naru_ack_send_due(sk);
}

/* RFC 3168 6.1.3, 6.1.6. What is outside of the window does not come here (6.1.5) */
static void take_mark(struct sock *sk, const struct sk_buff *skb, const struct naru_seg *seg)
{
	struct naru_sock *ns = naru_sk(sk);
	u8 field = naru_skb_ecn(skb);

	if (field == NARU_ECN_CE)
		NARU_ADD(naru_net_of(sk), ECN_CE, max_t(u32, 1, skb_shinfo(skb)->gso_segs));
	if (naru_ecn_receive(&ns->ecn, seg->flags, field))
		ns->ack_pending |= NARU_ACK_NOW;
}

/* A byte that the program has not passed over, and now never will */
static void drop_overtaken(struct sock *sk)
{
	struct sk_buff *skb = skb_peek(&sk->sk_receive_queue);
	struct naru_sock *ns = naru_sk(sk);

	WRITE_ONCE(ns->copied_seq, ns->copied_seq + 1);
	if (!skb || naru_seq_after(NARU_CB(skb)->end_seq, ns->copied_seq))
		return;
	__skb_unlink(skb, &sk->sk_receive_queue);
	consume_skb(skb);
}

/* RFC 9293 3.8.5 (MUST-32): SIGURG, and the exceptional condition of poll(2) with the byte */
static void take_pointer(struct sock *sk, const struct naru_seg *seg)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_urg was = ns->urg;

	if (!naru_urg_arrived(&ns->urg, seg->seq, seg->urg, ns->rcv_nxt))
		return;
	sk_send_sigurg(sk);
	if (naru_urg_overtaken(&was, ns->copied_seq, ns->rcv_nxt, sock_flag(sk, SOCK_URGINLINE)))
		drop_overtaken(sk);
}

/* The byte that a pointer has announced may come with any segment, and at a closed window */
static void look_for_byte(struct sock *sk, const struct sk_buff *skb, const struct naru_seg *seg)
{
	u32 text = seg->seq + !!(seg->flags & NARU_SYN);
	struct naru_sock *ns = naru_sk(sk);
	u32 at;

	if (!naru_urg_found(&ns->urg, text, seg->len, &at) ||
	    skb_copy_bits(skb, seg->hdr_len + at, &ns->urg.byte, 1))
		return;
	WRITE_ONCE(ns->urg.state, NARU_URG_HERE);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->sk_data_ready(sk);
}

/* RFC 9293 3.10.7.4 sixth */
static void urgent(struct sock *sk, const struct sk_buff *skb, const struct naru_seg *seg, u32 actions)
{
	if (actions & NARU_DO_URG)
		take_pointer(sk, seg);
	if (actions & (NARU_DO_URG | NARU_DO_DATA) && naru_sk(sk)->urg.state == NARU_URG_AWAITED)
		look_for_byte(sk, skb, seg);
}

static void zero_window(struct sock *sk, struct sk_buff *skb, const struct naru_seg *seg)
{
	naru_record_drop(sk, seg->seq, seg->len, seg->flags, NARU_DROP_ZERO_WINDOW);
	naru_drop(naru_net_of(sk), sk, skb, NARU_DROP_ZERO_WINDOW);
}

static void take(struct sock *sk, struct sk_buff *skb, const struct naru_seg *seg,
		 const struct naru_fsm_out *out)
{
	if (out->actions & NARU_DO_ABORT)
		naru_input_reset(sk, out->err);
	if (naru_sk(sk)->ecn.ok && seg->len && sk->sk_state != TCP_CLOSE)
		take_mark(sk, skb, seg);
	if ((out->actions & NARU_DO_URG) || naru_sk(sk)->urg.state == NARU_URG_AWAITED)
		urgent(sk, skb, seg, out->actions);
	if ((out->actions & NARU_DO_DATA) && sk->sk_state != TCP_CLOSE)
		naru_reasm_data(sk, skb, seg);
	else if (out->why == NARU_WHY_WINDOW && seg->len)
		zero_window(sk, skb, seg);
	else
		consume_skb(skb);
	finish(sk);
}

/* RFC 9293 3.10.7.3 */
static void syn_sent(struct sock *sk, struct sk_buff *skb, const struct naru_seg *seg)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_fsm_out out;
	struct naru_fsm_in in;

	if (ns->defer_connect) {
		naru_drop(ns->nn, sk, skb, NARU_DROP_STATE);
		return;
	}
	fill(sk, seg, &in);
	naru_fsm_syn_sent(&in, seg, ns->ts_ok, ns->syn_ts,
			  naru_now_ts(ns->ts_usec) + ns->ts_offset, &out);
	if (out.actions & NARU_DO_DROP) {
		refuse(sk, skb, seg, &out);
		return;
	}
	if (out.state == NARU_SYN_RECEIVED) {
		simultaneous_open(sk, seg);
		consume_skb(skb);
		return;
	}
	ns->last_rcv_us = naru_now_us();
	peer_syn(sk, seg);
	naru_ack_process(sk, seg, out.actions);
	naru_input_established(sk);
	naru_record_in(sk, seg);
	if (ns->syn_fastopen || ns->syn_data)
		naru_fastopen_answered(sk, seg);
	ns->ack_pending |= NARU_ACK_NOW;
	take(sk, skb, seg, &out);
}

/* RFC 9293 3.10.7.4 */
static void synchronized(struct sock *sk, struct sk_buff *skb, const struct naru_seg *seg)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_fsm_out out;
	struct naru_fsm_in in;

	fill(sk, seg, &in);
	naru_fsm_segment(&in, seg, &out);
	if (out.actions & NARU_DO_DROP) {
		refuse(sk, skb, seg, &out);
		return;
	}
	ns->last_rcv_us = naru_now_us();
	if (!(out.actions & NARU_DO_ESTABLISH))
		naru_record_in(sk, seg);
	if (ns->answers_route)
		naru_return_route_later(sk, skb);
	if (out.actions & NARU_DO_TS)
		take_timestamp(ns, seg);
	if (seg->flags & NARU_SYN)
		naru_ecn_answered(&ns->ecn, seg->flags);
	if (out.actions & NARU_DO_ESTABLISH) {
		naru_input_established(sk);
		naru_record_in(sk, seg);
	}
	if (out.actions & (NARU_DO_PROCESS_ACK | NARU_DO_OLD_ACK | NARU_DO_WINDOW))
		naru_ack_process(sk, seg, out.actions);
	if (sk->sk_state == TCP_FIN_WAIT1 && ns->snd_una != ns->iss)
		naru_fastopen_settle(sk, false);
	if ((out.actions & NARU_DO_ESTABLISH) && ns->syn_data)
		naru_fastopen_answered(sk, seg);
	if (!(out.actions & NARU_DO_ESTABLISH))
		naru_conn_apply_state(sk, out.state);
	if (out.actions & NARU_DO_ACK)
		ns->ack_pending |= NARU_ACK_NOW;
	take(sk, skb, seg, &out);
}

static void count(struct sock *sk, const struct sk_buff *skb, const struct naru_seg *seg)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 segs = max_t(u32, 1, skb_shinfo(skb)->gso_segs);

	ns->segs_in += segs;
	if (seg->len)
		ns->data_segs_in += segs;
	trace_naru_receive(sock_net(sk), &ns->node.key, seg->seq, seg->ack, seg->len, seg->flags,
			   seg->wnd, sk->sk_state);
}

/**
 * naru_input_rcv - a segment for a full socket
 * @sk: socket, lock held (softirq, or process context with the backlog)
 * @skb: data at the segment's header, checksum verified; it is consumed
 * @seg: decoded header, NULL: decode it here (from the backlog)
 */
void naru_input_rcv(struct sock *sk, struct sk_buff *skb, const struct naru_seg *seg)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_seg own;

	if (!seg) {
		if (naru_wire_parse(skb->data, skb_headlen(skb), skb->len, &own)) {
			naru_drop(nn, sk, skb, NARU_DROP_SHORT);
			return;
		}
		seg = &own;
	}
	count(sk, skb, seg);
	switch (sk->sk_state) {
	case TCP_CLOSE:
	case TCP_LISTEN:
		naru_drop(nn, sk, skb, NARU_DROP_CLOSED);
		return;
	case TCP_SYN_SENT:
		syn_sent(sk, skb, seg);
		return;
	default:
		synchronized(sk, skb, seg);
	}
}
