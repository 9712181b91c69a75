// SPDX-License-Identifier: GPL-2.0
/*
 * Text of segments: in order to the receive queue, else to the out-of-order queue.
 * RFC 9293 3.10.7.4 seventh and eighth, RFC 2018 4.
 */
#include "naru.h"
#include "../sock/stamp.h"
#include "recorder.h"
#include "trace.h"

/* NARU_CB() of @skb is filled */
static void drop(struct sock *sk, struct sk_buff *skb, enum naru_drop_reason reason)
{
	naru_record_drop(sk, NARU_CB(skb)->seq, skb->len, NARU_CB(skb)->flags, reason);
	naru_drop(naru_net_of(sk), sk, skb, reason);
}

static void queue_charge(struct sock *sk, struct sk_buff *skb)
{
	skb_dst_drop(skb);
	skb_ext_reset(skb);
	skb->dev = NULL;
	skb_set_owner_r(skb, sk);
}

#define DENSE_BYTES	SKB_MAX_ORDER(0, 0)	/* payload that fits a page beside skb_shared_info */

/*
 * What was promised is taken: the window is half of the buffer, and make_dense() sees to it that
 * skbs cost little more than twice what they carry.
 */
static bool may_queue(struct sock *sk, struct sk_buff *skb)
{
	if (atomic_read(&sk->sk_rmem_alloc) / 2 > READ_ONCE(sk->sk_rcvbuf))
		return false;
	return sk_rmem_schedule(sk, skb, skb->truesize);
}

/* Whether @skb can be copied behind what @tail holds */
static bool fits(const struct sk_buff *tail, const struct sk_buff *skb)
{
	return tail && !skb_cloned(tail) && skb->len <= skb_tailroom(tail);
}

/*
 * Memory for an skb that is in order: it needs none where it is copied behind what is queued, what is out of order
 * may be dropped for it (RFC 2018 8), and a reader that has nothing gets it in any case.
 */
static bool make_room(struct sock *sk, struct sk_buff *skb)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *last;

	if (may_queue(sk, skb))
		return true;
	if (NARU_CB(skb)->seq == ns->rcv_nxt && fits(skb_peek_tail(&sk->sk_receive_queue), skb))
		return true;
	memset(&ns->sack_rcv, 0, sizeof(ns->sack_rcv));
	ns->dsack.end = ns->dsack.start;
	ns->ooo_bytes = 0;
	while ((last = __skb_dequeue_tail(&ns->ooo_queue)))
		drop(sk, last, NARU_DROP_OFO_PRUNE);
	return may_queue(sk, skb) || skb_queue_empty(&sk->sk_receive_queue);
}

/*
 * Small segments that come while a program does not read would fill the buffer with overhead: they
 * are copied into an skb with room for more, in a small buffer for no more than the window.
 */
static struct sk_buff *make_dense(struct sock *sk, struct sk_buff *skb)
{
	u32 room = min_t(u32, DENSE_BYTES, READ_ONCE(sk->sk_rcvbuf) / 2);
	struct sk_buff *full;

	if (skb->truesize <= 2 * skb->len || skb->len > room / 2 ||
	    atomic_read(&sk->sk_rmem_alloc) <= READ_ONCE(sk->sk_rcvbuf) / 8)
		return skb;
	full = alloc_skb(room, GFP_ATOMIC | __GFP_NOWARN);
	if (!full)
		return skb;
	if (skb_copy_bits(skb, 0, skb_put(full, skb->len), skb->len)) {
		consume_skb(full);
		return skb;
	}
	naru_stamp_merge(full, skb);
	*NARU_CB(full) = *NARU_CB(skb);
	consume_skb(skb);
	return full;
}

static void joined(struct sk_buff *tail, struct sk_buff *skb)
{
	NARU_CB(tail)->end_seq = NARU_CB(skb)->end_seq;
	NARU_CB(tail)->flags |= NARU_CB(skb)->flags;
	naru_stamp_merge(tail, skb);
}

/* Into room that is there and paid for. The core does so too, but not where one of the two is of a NIC's page pool */
static bool copy_behind(struct sk_buff *tail, struct sk_buff *skb)
{
	if (!fits(tail, skb) || skb_copy_bits(skb, 0, skb_tail_pointer(tail), skb->len))
		return false;
	skb_put(tail, skb->len);
	joined(tail, skb);
	consume_skb(skb);
	return true;
}

static bool coalesce(struct sock *sk, struct sk_buff *tail, struct sk_buff *skb)
{
	bool stolen;
	int delta;

	if (!tail || NARU_CB(tail)->end_seq != NARU_CB(skb)->seq)
		return false;
	if (copy_behind(tail, skb))
		return true;
	if (!skb_try_coalesce(tail, skb, &stolen, &delta))
		return false;
	atomic_add(delta, &sk->sk_rmem_alloc);
	sk_mem_charge(sk, delta);
	joined(tail, skb);
	kfree_skb_partial(skb, stolen);
	return true;
}

static void queue_in_order(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);
	struct naru_sock *ns = naru_sk(sk);

	ns->bytes_received += NARU_CB(skb)->end_seq - ns->rcv_nxt;
	ns->rcv_nxt = NARU_CB(skb)->end_seq;
	if (!fits(tail, skb))
		skb = make_dense(sk, skb);
	if (coalesce(sk, tail, skb))
		return;
	queue_charge(sk, skb);
	__skb_queue_tail(&sk->sk_receive_queue, skb);
}

/*
 * RFC 9293 3.8.6.3 (SHLD-18): a program that answered, and may close now in its turn, is given the time to: the
 * ACK then rides on its own FIN. Where nothing was sent the peer has it at once.
 */
static void owe_ack_of_fin(struct sock *sk, u8 next)
{
	struct naru_sock *ns = naru_sk(sk);

	if (next != TCP_CLOSE_WAIT || sock_flag(sk, SOCK_DEAD) || !ns->bytes_sent) {
		ns->ack_pending |= NARU_ACK_NOW;
		return;
	}
	ns->quickacks = 0;
	ns->ack_pending |= NARU_ACK_SCHED;
}

/**
 * naru_reasm_twice - data has come that had come before
 * @sk: socket, lock held
 * @start: first sequence number of it
 * @end: behind the last
 *
 * The next ACK says so: RFC 2883 4.
 */
void naru_reasm_twice(struct sock *sk, u32 start, u32 end)
{
	struct naru_sock *ns = naru_sk(sk);

	if (!ns->sack_ok || !naru_seq_before(start, end) || !naru_setting(naru_net_of(sk), dsack))
		return;
	ns->dsack.start = start;
	ns->dsack.end = end;
}

/**
 * naru_input_fin - the peer's FIN is in order
 * @sk: socket, lock held; rcv_nxt is behind the FIN
 *
 * RFC 9293 3.10.7.4 eighth.
 */
void naru_input_fin(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	bool acked = ns->fin_queued && ns->snd_una == ns->write_seq;
	u8 next = naru_fsm_fin(sk->sk_state, acked);

	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
	sock_set_flag(sk, SOCK_DONE);
	naru_reasm_purge(sk);
	owe_ack_of_fin(sk, next);
	if (next == TCP_TIME_WAIT)
		naru_output_ack(sk);
	naru_conn_apply_state(sk, next);
	if (sock_flag(sk, SOCK_DEAD))
		return;
	sk->sk_state_change(sk);
	if (sk->sk_shutdown == SHUTDOWN_MASK || sk->sk_state == TCP_CLOSE)
		sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_HUP);
	else
		sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_IN);
}

/* What waited for the gap that is closed now. True when a FIN came to its turn. */
static bool drain_ooo(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb;

	while ((skb = skb_peek(&ns->ooo_queue))) {
		struct naru_skb_cb *cb = NARU_CB(skb);
		bool fin = cb->flags & NARU_FIN;

		if (naru_seq_after(cb->seq, ns->rcv_nxt))
			break;
		__skb_unlink(skb, &ns->ooo_queue);
		ns->ooo_bytes -= skb->len;
		if (fin && cb->end_seq == ns->rcv_nxt) {
			consume_skb(skb);
			ns->rcv_nxt++;
			return true;
		}
		if (!naru_seq_after(cb->end_seq, ns->rcv_nxt)) {
			consume_skb(skb);
			continue;
		}
		skb_orphan(skb);
		queue_in_order(sk, skb);
		if (fin) {
			ns->rcv_nxt++;
			return true;
		}
	}
	naru_sack_rcv_advance(&ns->sack_rcv, ns->rcv_nxt);
	return false;
}

static void in_order(struct sock *sk, struct sk_buff *skb, const struct naru_seg *seg, u32 segment,
		     bool fin)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 bytes = NARU_CB(skb)->end_seq - ns->rcv_nxt;

	naru_reasm_twice(sk, NARU_CB(skb)->seq, ns->rcv_nxt);
	if (bytes)
		queue_in_order(sk, skb);
	else
		consume_skb(skb);
	if (fin)
		ns->rcv_nxt++;
	if (bytes) {
		naru_ack_data_rcvd(sk, bytes, segment);
		naru_meter_data(sk, seg);
	}
	if (!fin && !skb_queue_empty(&ns->ooo_queue)) {
		/* RFC 5681 4.2: a segment that fills a gap is acknowledged at once */
		ns->ack_pending |= NARU_ACK_NOW;
		fin = drain_ooo(sk);
	}
	if (bytes && !sock_flag(sk, SOCK_DEAD))
		sk->sk_data_ready(sk);
	if (fin)
		naru_input_fin(sk);
}

/* RFC 9293 3.10.7.4: held for later (SHLD-31), and acknowledged at once (MAY-13) */
static void out_of_order(struct sock *sk, struct sk_buff *skb)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_sock *ns = naru_sk(sk);
	const struct naru_skb_cb *cb = NARU_CB(skb);
	struct sk_buff *prev;

	ns->ack_pending |= NARU_ACK_NOW;
	ns->meter.ooo += max_t(u32, 1, skb_shinfo(skb)->gso_segs);
	ns->meter.data_us = ns->last_rcv_us;
	skb_queue_reverse_walk(&ns->ooo_queue, prev) {
		if (!naru_seq_after(NARU_CB(prev)->seq, cb->seq))
			break;
	}
	if (prev == (struct sk_buff *)&ns->ooo_queue)
		prev = NULL;
	if (ns->sack_ok)
		naru_sack_rcv_add(&ns->sack_rcv, cb->seq, cb->end_seq);
	if (prev && !naru_seq_after(cb->end_seq, NARU_CB(prev)->end_seq) &&
	    !(cb->flags & ~NARU_CB(prev)->flags & NARU_FIN)) {
		naru_reasm_twice(sk, cb->seq, cb->end_seq);
		drop(sk, skb, NARU_DROP_OLD_DATA);
		return;
	}
	NARU_INC(nn, OFO_QUEUED);
	ns->ooo_bytes += skb->len;
	if (!fits(prev, skb))
		skb = make_dense(sk, skb);
	if (prev && !(NARU_CB(prev)->flags & NARU_FIN) && coalesce(sk, prev, skb)) {
		NARU_INC(nn, OFO_MERGED);
		return;
	}
	queue_charge(sk, skb);
	if (prev)
		__skb_queue_after(&ns->ooo_queue, prev, skb);
	else
		__skb_queue_head(&ns->ooo_queue, skb);
}

/* RFC 9293 3.10.7.4: what lies beyond the window is trimmed. False: nothing is left. */
static bool trim_to_window(struct sock *sk, struct sk_buff *skb, bool *fin)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_skb_cb *cb = NARU_CB(skb);
	u32 edge = ns->rcv_nxt + naru_mss_window_left(ns);

	if (!naru_seq_after(cb->end_seq, edge))
		return true;
	if (!naru_seq_before(cb->seq, edge))
		return false;
	if (pskb_trim(skb, edge - cb->seq))
		return false;
	cb->end_seq = edge;
	cb->flags &= ~NARU_FIN;
	*fin = false;
	return true;
}

/**
 * naru_reasm_data - take the text and the FIN of an acceptable segment
 * @sk: socket that still receives, lock held
 * @skb: data at the segment's header; it is consumed
 * @seg: its header
 */
void naru_reasm_data(struct sock *sk, struct sk_buff *skb, const struct naru_seg *seg)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_skb_cb *cb = NARU_CB(skb);
	u32 segment = skb_shinfo(skb)->gso_size ? : seg->len;
	bool fin = seg->flags & NARU_FIN;
	bool ahead;

	__skb_pull(skb, seg->hdr_len);
	memset(cb, 0, sizeof(*cb));
	cb->seq = seg->seq + !!(seg->flags & NARU_SYN);
	cb->end_seq = cb->seq + seg->len;
	cb->flags = seg->flags;
	if (!seg->len && !fin) {
		consume_skb(skb);
		return;
	}
	if (!trim_to_window(sk, skb, &fin)) {
		ns->ack_pending |= NARU_ACK_NOW;
		drop(sk, skb, NARU_DROP_WINDOW);
		return;
	}
	if (!naru_seq_after(cb->end_seq, ns->rcv_nxt) && !(fin && cb->end_seq == ns->rcv_nxt)) {
		ns->ack_pending |= NARU_ACK_NOW;
		naru_reasm_twice(sk, cb->seq, cb->end_seq);
		drop(sk, skb, NARU_DROP_OLD_DATA);
		return;
	}
	ahead = naru_seq_after(cb->seq, ns->rcv_nxt);
	if (ahead ? !may_queue(sk, skb) : skb->len && !make_room(sk, skb)) {
		ns->ack_pending |= NARU_ACK_NOW;
		drop(sk, skb, NARU_DROP_RCV_MEM);
	} else if (ahead) {
		out_of_order(sk, skb);
	} else {
		in_order(sk, skb, seg, segment, fin);
	}
}

/**
 * naru_reasm_purge - forget what is out of order
 * @sk: socket, lock held
 */
void naru_reasm_purge(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	__skb_queue_purge(&ns->ooo_queue);
	ns->ooo_bytes = 0;
	memset(&ns->sack_rcv, 0, sizeof(ns->sack_rcv));
}
