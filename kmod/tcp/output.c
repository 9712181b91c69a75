// SPDX-License-Identifier: GPL-2.0
/*
 * The write queue: what a program has written and what of it may go now. RFC 9293 3.7.4, 3.8.6.
 */
#include "naru.h"
#include "../sock/stamp.h"
#include "trace.h"

/**
 * naru_output_alloc - an empty skb for the write queue
 * @sk: socket, lock held
 * @gfp: allocation flags
 *
 * Return: skb with room for all headers, or NULL when memory is short (the protocol's limit or the
 * allocator's).
 */
struct sk_buff *naru_output_alloc(struct sock *sk, gfp_t gfp)
{
	struct sk_buff *skb = alloc_skb_fclone(NARU_MAX_HEADER, gfp);

	if (!skb)
		goto pressure;
	if (!sk_wmem_schedule(sk, skb->truesize)) {
		__kfree_skb(skb);
		goto pressure;
	}
	skb_reserve(skb, NARU_MAX_HEADER);
	skb->ip_summed = CHECKSUM_PARTIAL;
	return skb;
pressure:
	sk->sk_prot->enter_memory_pressure(sk);
	return NULL;
}

static void charge(struct sock *sk, struct sk_buff *skb)
{
	__skb_header_release(skb);
	sk_wmem_queued_add(sk, skb->truesize);
	sk_mem_charge(sk, skb->truesize);
}

/**
 * naru_output_entail - put an empty skb at the write queue's tail
 * @sk: socket, lock held
 * @skb: from naru_output_alloc()
 */
void naru_output_entail(struct sock *sk, struct sk_buff *skb)
{
	struct naru_skb_cb *cb = NARU_CB(skb);

	memset(cb, 0, sizeof(*cb));
	cb->seq = naru_sk(sk)->write_seq;
	cb->end_seq = cb->seq;
	cb->flags = NARU_ACK;
	INIT_LIST_HEAD(&cb->sent);
	charge(sk, skb);
	__skb_queue_tail(&sk->sk_write_queue, skb);
}

/**
 * naru_output_skb_free - free an skb that is off its queue, and what it was charged
 * @sk: socket, lock held
 * @skb: from the write or the retransmission queue
 */
void naru_output_skb_free(struct sock *sk, struct sk_buff *skb)
{
	list_del(&NARU_CB(skb)->sent);
	sk_wmem_queued_add(sk, -skb->truesize);
	sk_mem_uncharge(sk, skb->truesize);
	__kfree_skb(skb);
}

/* A private copy of the headers; what was charged for the skb stays as it is */
static int unclone(struct sk_buff *skb)
{
	unsigned int truesize = skb->truesize;
	int err = skb_unclone(skb, GFP_ATOMIC);

	skb->truesize = truesize;
	return err;
}

/**
 * naru_output_split - cut an skb of the write or retransmission queue in two
 * @sk: socket, lock held
 * @q: queue it stands in
 * @skb: keeps the first @len bytes behind its sequence number
 * @len: bytes, more than 0 and less than it has
 *
 * Return: 0 or -ENOMEM, then nothing has changed.
 */
int naru_output_split(struct sock *sk, struct sk_buff_head *q, struct sk_buff *skb, u32 len)
{
	struct naru_skb_cb *cb = NARU_CB(skb);
	struct naru_skb_cb *rcb;
	struct sk_buff *rest;
	u32 moved;

	if (unclone(skb))
		return -ENOMEM;
	rest = alloc_skb_fclone(NARU_MAX_HEADER, GFP_ATOMIC);
	if (!rest)
		return -ENOMEM;
	skb_reserve(rest, NARU_MAX_HEADER);
	rest->ip_summed = CHECKSUM_PARTIAL;
	charge(sk, rest);
	moved = skb->len - cb->skip - len;
	skb_split(skb, rest, cb->skip + len);
	rest->truesize += moved;
	skb->truesize -= moved;

	rcb = NARU_CB(rest);
	*rcb = *cb;
	rcb->skip = 0;
	INIT_LIST_HEAD(&rcb->sent);
	if (!list_empty(&cb->sent))
		list_add(&rcb->sent, &cb->sent);
	rcb->seq = cb->seq + len;
	cb->end_seq = rcb->seq;
	cb->flags &= ~(NARU_FIN | NARU_PSH);
	cb->eor = 0;
	cb->more = 0;
	naru_stamp_split(naru_sk(sk), skb, rest);
	__skb_queue_after(q, skb, rest);
	return 0;
}

/* An skb that had been cut where a window ended is filled up from the next one, up to @most bytes: full packets go,
 * and few of them.
 */
static void grow(struct sock *sk, struct sk_buff *skb, u32 most)
{
	struct naru_skb_cb *cb = NARU_CB(skb), *ncb;
	struct sk_buff *next;
	u32 moved;

	if (skb->len >= most || cb->eor || cb->stamp_ack || skb_queue_is_last(&sk->sk_write_queue, skb))
		return;
	next = skb_queue_next(&sk->sk_write_queue, skb);
	ncb = NARU_CB(next);
	if (next->len <= most - skb->len || ncb->stamp_ack)
		return;
	moved = naru_skb_shift(skb, next, most - skb->len);
	if (!moved)
		return;
	cb->flags &= ~NARU_PSH;
	cb->more = 0;
	cb->end_seq += moved;
	ncb->seq += moved;
}

/* Bytes of @skb that the congestion window and the peer's window let go; 0: none. A window that has
 * shrunk below what is in flight lets nothing new go: RFC 9293 3.8.6 (MUST-34, SHLD-15). Nor is anything cut while
 * there are too many pieces and an ACK may free some.
 */
static u32 sendable(struct sock *sk, struct sk_buff *skb, u32 mss, bool *blocked)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 in_flight = naru_rtx_in_flight(ns);
	u32 seq = NARU_CB(skb)->seq;
	u32 edge = ns->snd_una + ns->snd_wnd;
	u32 wnd = naru_seq_after(edge, seq) ? edge - seq : 0;
	u32 most = ns->cong.cwnd + naru_recov_limited(&ns->recov, ns->sack_ok, mss);
	u32 cwnd = most > in_flight ? most - in_flight : 0;
	u32 room;

	if (!in_flight)
		cwnd = max(cwnd, mss);
	*blocked = !wnd || !cwnd;
	if (*blocked)
		return 0;
	room = min(wnd, cwnd);
	if (room > mss) {
		room = min3(room, naru_pacer_burst(sk, mss), naru_urg_most(seq, ns->snd_up, mss, max(ns->gso_max, mss)));
		grow(sk, skb, room - room % mss);
	}
	if (skb->len <= room)
		return skb->len;
	*blocked = naru_rtx_crowded(sk) && ns->snd_nxt != ns->snd_una;
	if (*blocked)
		return 0;
	if (room >= mss)
		return room - room % mss;
	*blocked = cwnd < mss;
	return *blocked ? 0 : room;
}

static bool may_send(struct sock *sk, const struct sk_buff *skb, u32 len, bool last, u32 mss,
		     u8 nonagle)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_window_send w;

	if (len >= mss)
		return true;
	w = (struct naru_window_send) {
		.len = len,
		.mss = mss,
		.max_window = ns->max_window,
		.in_flight = ns->snd_nxt - ns->snd_una,
		.last = last,
		.fin = last && (NARU_CB(skb)->flags & NARU_FIN),
		.small_in_flight = naru_seq_after(ns->snd_sml, ns->snd_una) &&
				   !naru_seq_after(ns->snd_sml, ns->snd_nxt),
		.nodelay = nonagle & NARU_NAGLE_OFF,
		.cork = (nonagle & NARU_NAGLE_CORK) || NARU_CB(skb)->more,
		/* what is urgent waits for nothing */
		.push = (nonagle & NARU_NAGLE_PUSH) || naru_sending_urgent(ns) ||
			!skb_queue_is_last(&sk->sk_write_queue, skb),
	};

	return naru_window_may_send(&w);
}

/*
 * What exceeds full segments at the queue's end is a small segment of its own: Nagle's algorithm and
 * the cork are asked about it.
 */
static u32 without_tail(struct sock *sk, const struct sk_buff *skb, u32 len, u32 mss, u8 nonagle)
{
	u32 tail = len % mss;

	if (len < mss || !tail || len < skb->len ||
	    !skb_queue_is_last(&sk->sk_write_queue, skb))
		return len;
	return may_send(sk, skb, tail, true, mss, nonagle) ? len : len - tail;
}

/* RFC 5681 4.1: after an idle RTO the window is no larger than the initial one. RFC 7661 4.4.3: nor as large as it
 * was after minutes in which it was not used.
 */
static void restart_after_idle(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	bool idle = ns->snd_nxt == ns->snd_una && ns->last_snd_us;
	u64 now;
	u32 iw;

	if (!idle && naru_cwv_validated(&ns->cwv))
		return;
	iw = naru_path_initial_window(ns);
	if (ns->cong.cwnd <= iw)
		return;
	now = naru_now_us();
	naru_cwv_send(&ns->cwv, &ns->cong, ns->rtt.srtt8 >> 3, now);
	if (idle && naru_setting(naru_net_of(sk), slow_start_after_idle) && now > ns->last_snd_us + ns->rtt.rto)
		ns->cong.cwnd = min(ns->cong.cwnd, iw);
}

/* µs for which nothing has been in flight, where the algorithm asks; what it makes of them is its own */
static u64 idle_us(const struct naru_sock *ns)
{
	u64 now;

	if (ns->snd_nxt != ns->snd_una || !ns->last_snd_us || !ns->cong_ops->event)
		return 0;
	now = naru_now_us();
	return now > ns->last_snd_us ? now - ns->last_snd_us : 0;
}

/* The head of the write queue goes out and to the retransmission queue. */
static int send_head(struct sock *sk, struct sk_buff *skb, u32 len, u32 mss)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_skb_cb *cb = NARU_CB(skb);
	u64 idle;
	int err;

	if (len < skb->len) {
		err = naru_output_split(sk, &sk->sk_write_queue, skb, len);
		if (err)
			return err;
	}
	if (skb_queue_is_last(&sk->sk_write_queue, skb) || cb->eor)
		cb->flags |= NARU_PSH;
	idle = idle_us(ns);
	err = naru_xmit_skb(sk, skb);
	if (err == -ENOBUFS)
		return err;
	if (idle)
		ns->cong_ops->event(&ns->cong, NARU_CONG_IDLE, idle);
	if (skb->len % mss)
		ns->snd_sml = cb->end_seq;
	__skb_unlink(skb, &sk->sk_write_queue);
	__skb_queue_tail(&ns->rtx_queue, skb);
	list_add_tail(&cb->sent, &ns->sent_list);
	ns->recov.prr.out += skb->len;
	ns->snd_nxt = cb->end_seq;
	return err;
}

/* RFC 4821 7.4. The head of the write queue is a probe, or waits to be one, or is not */
static enum naru_plpmtud_next probe_mtu(struct sock *sk, struct sk_buff *skb, u32 mss)
{
	enum naru_plpmtud_next next;
	u32 len;

	next = naru_mtu_probe_next(sk, skb, mss, &len);
	if (next != NARU_PROBE_SEND || !send_head(sk, skb, len, len))
		return next;
	naru_plpmtud_unclear(&naru_sk(sk)->plpmtud);
	return NARU_PROBE_WAIT;
}

/* The peer's window has no room for what may_send() would let go: so it is with every write while he is slow */
static bool window_is_full(const struct sock *sk, const struct sk_buff *skb)
{
	const struct naru_sock *ns = naru_sk(sk);
	u32 edge = ns->snd_una + ns->snd_wnd, seq = NARU_CB(skb)->seq;
	u32 wnd = naru_seq_after(edge, seq) ? edge - seq : 0;

	return !wnd || (wnd < min(ns->mss_cache, ns->max_window / 2) && wnd < skb->len);
}

static void send_new(struct sock *sk, u8 nonagle)
{
	struct sk_buff *skb = skb_peek(&sk->sk_write_queue);
	enum naru_plpmtud_next probe;
	bool blocked, sent = false;
	u32 mss, len;

	if (!skb)
		return;
	if (window_is_full(sk, skb)) {
		naru_timer_rearm(sk, false);
		return;
	}
	restart_after_idle(sk);
	mss = naru_mss_current(sk);
	while ((skb = skb_peek(&sk->sk_write_queue))) {
		probe = NARU_PROBE_NO;
		if (naru_sk(sk)->plpmtud.on && !naru_pacer_holds(sk))
			probe = probe_mtu(sk, skb, mss);
		if (probe == NARU_PROBE_WAIT)
			break;
		sent |= probe == NARU_PROBE_SEND;
		if (probe == NARU_PROBE_SEND)
			continue;
		len = sendable(sk, skb, mss, &blocked);
		if (blocked || naru_pacer_holds(sk) || !may_send(sk, skb, len, len == skb->len, mss, nonagle))
			break;
		len = without_tail(sk, skb, len, mss, nonagle);
		if (send_head(sk, skb, len, mss))
			break;
		sent = true;
	}
	if (sent) {
		naru_timer_tail(sk);
		/* TCP_NOTSENT_LOWAT: what has gone makes room, too */
		if (sk->sk_socket && test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
			sk->sk_write_space(sk);
	}
	naru_timer_rearm(sk, false);
}

/* RFC 5682 2.1 step 2b: new data was to be sent in the place of what is lost */
static void send_lost_after_all(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	/* what waits for its time comes back here */
	if (!skb_queue_empty(&sk->sk_write_queue) && naru_pacer_holds(sk))
		return;
	naru_recov_no_new_data(&ns->recov, ns->snd_nxt);
	if (!naru_recov_holds_back(&ns->recov))
		naru_rtx_send_lost(sk);
}

/**
 * naru_output_push - send what may be sent
 * @sk: socket in a state that sends, lock held
 * @nonagle: NARU_NAGLE_*, the socket's and the call's
 *
 * Lost segments first, then new ones as far as the windows, Nagle's algorithm (RFC 9293 3.7.4) and
 * silly-window avoidance (3.8.6.2.1) allow. Arms the timers. Context: softirq or process.
 */
void naru_output_push(struct sock *sk, u8 nonagle)
{
	struct naru_sock *ns = naru_sk(sk);

	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN | TCPF_SYN_SENT | TCPF_SYN_RECV) &&
	    !naru_fastopen_passive(sk))
		return;
	if (ns->lost_out && !naru_recov_holds_back(&ns->recov))
		naru_rtx_send_lost(sk);
	send_new(sk, nonagle);
	if (naru_recov_holds_back(&ns->recov))
		send_lost_after_all(sk);
	naru_meter_limit(sk);
}

/**
 * naru_output_written - more has been written: send what may be sent
 * @sk: socket in a state that sends, lock held
 * @nonagle: NARU_NAGLE_*, the socket's and the call's
 *
 * As naru_output_push(), but that nothing is looked at while the peer's window is full and an ACK is to come.
 */
void naru_output_written(struct sock *sk, u8 nonagle)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb = skb_peek(&sk->sk_write_queue);

	if (!skb || ns->snd_nxt == ns->snd_una || !window_is_full(sk, skb) || ns->lost_out ||
	    naru_recov_holds_back(&ns->recov))
		naru_output_push(sk, nonagle);
	else if (ns->meter.chrono.what != NARU_LIMIT_RWND)
		naru_meter_limit(sk);
}

/**
 * naru_output_tail_new - a tail loss probe with new data
 * @sk: socket, lock held
 *
 * A segment that the peer's window lets go, whatever the congestion window says; RFC 8985 7.3. Return: whether
 * there was one.
 */
bool naru_output_tail_new(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb = skb_peek(&sk->sk_write_queue);
	u32 mss = naru_mss_current(sk);
	u32 len;

	if (!skb)
		return false;
	len = min(skb->len, mss);
	if (naru_seq_after(NARU_CB(skb)->seq + max(len, 1U), ns->snd_una + ns->snd_wnd))
		return false;
	return !send_head(sk, skb, len, mss);
}

/**
 * naru_output_wakeup - the probe timer: get an answer out of the peer
 * @sk: socket with data to send and none in flight, lock held
 *
 * Sends what the window has room for, however small (it was held back by Nagle, a cork or
 * silly-window avoidance, and must not wait for ever: RFC 9293 3.9.1.2, MUST-60), else a zero-window
 * probe. RFC 9293 3.8.6.1 (MUST-36).
 *
 * Return: 0 or a negative errno.
 */
int naru_output_wakeup(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb = skb_peek(&sk->sk_write_queue);
	u32 edge = ns->snd_una + ns->snd_wnd;
	u32 mss, len;

	if (!skb || !naru_seq_after(edge, NARU_CB(skb)->seq)) {
		NARU_INC(naru_net_of(sk), ZERO_WINDOW_PROBES);
		return naru_xmit_probe(sk);
	}
	mss = naru_mss_current(sk);
	len = min3(skb->len, edge - NARU_CB(skb)->seq, mss);
	return send_head(sk, skb, len, mss);
}

/**
 * naru_output_fin - the program sends no more: FIN behind the last byte
 * @sk: socket, lock held, process context
 *
 * RFC 9293 3.10.4: the FIN is sent when all that precedes it has been segmentized.
 */
void naru_output_fin(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

	if (!skb) {
		skb = alloc_skb_fclone(NARU_MAX_HEADER, GFP_KERNEL | __GFP_NOFAIL);
		skb_reserve(skb, NARU_MAX_HEADER);
		skb->ip_summed = CHECKSUM_PARTIAL;
		naru_output_entail(sk, skb);
	}
	NARU_CB(skb)->flags |= NARU_FIN;
	NARU_CB(skb)->end_seq++;
	ns->write_seq++;
	ns->fin_queued = true;
	naru_output_push(sk, NARU_NAGLE_OFF | NARU_NAGLE_PUSH);
}

/* What goes into the SYN: RFC 7323 2.2, 2.3 and 3.2, RFC 2018 2 */
static void make_offer(struct sock *sk)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_sock *ns = naru_sk(sk);
	u32 space = naru_mss_rcv_full(sk);

	ns->sack_ok = naru_setting(nn, sack);
	ns->ts_ok = naru_setting(nn, timestamps);
	ns->wscale_ok = naru_setting(nn, window_scaling);
	ns->rcv_wscale = 0;
	ns->rcv_wnd = min_t(u32, naru_buffer_window(sk, space), 65535);
	ns->rcv_wnd = naru_path_first_window(ns->path.initrwnd, ns->rcv_wnd,
					     naru_mss_advertised(sk, __sk_dst_get(sk), naru_key_is_v4(&ns->node.key)));
	if (!ns->wscale_ok)
		return;
	if (!(sk->sk_userlocks & SOCK_RCVBUF_LOCK))
		space = max_t(u32, space, naru_setting_n(nn, rmem, 2));
	space = naru_path_clamp(ns->path.window, space);
	ns->rcv_wscale = naru_window_scale(space);
}

/* RFC 3168 6.1.1: flags of the SYN. The setting asks for ECN, or the route's features do */
static u8 offer_ecn(struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_get(sk);
	struct naru_ecn *ecn = &naru_sk(sk)->ecn;

	memset(ecn, 0, sizeof(*ecn));
	if (naru_setting(naru_net_of(sk), ecn) != NARU_ECN_ASK &&
	    !(dst && dst_feature(dst, RTAX_FEATURE_ECN)))
		return 0;
	return naru_ecn_ask(ecn);
}

/**
 * naru_output_syn - a SYN or <SYN,ACK> is the first of the retransmission queue
 * @sk: socket, lock held; write_seq is its number
 * @skb: from naru_output_alloc()
 * @flags: NARU_SYN and what is beside it
 *
 * SND.NXT and write_seq come behind it. It is not sent yet.
 */
void naru_output_syn(struct sock *sk, struct sk_buff *skb, u8 flags)
{
	struct naru_sock *ns = naru_sk(sk);

	naru_output_entail(sk, skb);
	NARU_CB(skb)->flags = flags;
	NARU_CB(skb)->end_seq++;
	ns->write_seq++;
	__skb_unlink(skb, &sk->sk_write_queue);
	__skb_queue_tail(&ns->rtx_queue, skb);
	ns->snd_nxt = ns->write_seq;
}

/**
 * naru_output_connect - active OPEN, RFC 9293 3.10.1
 * @sk: socket with its four-tuple and route set and in the demux table; lock held, process context
 *
 * Return: 0; the state is SYN-SENT and the SYN on its way. -ENOBUFS: nothing has happened.
 */
int naru_output_connect(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb;

	skb = naru_output_alloc(sk, sk->sk_allocation);
	if (!skb)
		return -ENOBUFS;
	if (!ns->write_seq)
		ns->write_seq = naru_secret_isn(&ns->node.key);
	ns->iss = ns->write_seq;
	ns->ts_offset = naru_secret_ts_offset(&ns->node.key);
	ns->ts_usec = naru_path_ts_usec(sk, __sk_dst_get(sk));
	ns->syn_ts = naru_now_ts(ns->ts_usec) + ns->ts_offset;
	ns->snd_una = ns->iss;
	ns->snd_up = ns->iss;
	naru_rack_init(&ns->rack, ns->iss);
	ns->snd_sml = ns->iss;
	ns->rcv_nxt = 0;
	naru_path_cong(sk);
	make_offer(sk);
	naru_mss_sync(sk, naru_route_mtu(sk));
	/* what an earlier connection has left */
	WRITE_ONCE(sk->sk_err, 0);
	sk->sk_err_soft = 0;
	sock_reset_flag(sk, SOCK_DONE);
	naru_fsm_set_state(sk, TCP_SYN_SENT);
	NARU_INC(naru_net_of(sk), ACTIVE_OPENS);

	naru_output_syn(sk, skb, NARU_SYN | offer_ecn(sk));
	if (ns->fastopen_req || ns->fastopen_connect)
		naru_fastopen_connect(sk, skb);
	else
		naru_xmit_skb(sk, skb);
	naru_timer_rearm(sk, true);
	return 0;
}
