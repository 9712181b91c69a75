// SPDX-License-Identifier: GPL-2.0
/*
 * The retransmission queue and its scoreboard: what is acknowledged, selectively acknowledged, lost,
 * sent again. RFC 9293 3.8.1, RFC 2018 5, RFC 6675.
 *
 * sacked_out, lost_out and retrans_out count the bytes behind snd_una whose skbs carry the flag.
 */
#include "naru.h"
#include "../sock/stamp.h"
#include "trace.h"

static u32 span(const struct sk_buff *skb)
{
	return NARU_CB(skb)->end_seq - NARU_CB(skb)->seq;
}

/* @bytes of an skb with flags @sacked leave the counters */
static void uncount(struct naru_sock *ns, u8 sacked, u32 bytes)
{
	if (sacked & NARU_SACKED)
		ns->sacked_out -= bytes;
	if (sacked & NARU_LOST)
		ns->lost_out -= bytes;
	if (sacked & NARU_RETRANS)
		ns->retrans_out -= bytes;
}

static void mark_lost(struct naru_sock *ns, struct naru_skb_cb *cb)
{
	if (cb->sacked & (NARU_SACKED | NARU_LOST))
		return;
	cb->sacked |= NARU_LOST;
	ns->lost_out += cb->end_seq - cb->seq;
}

static void unmark_retrans(struct naru_sock *ns, struct naru_skb_cb *cb)
{
	if (cb->sacked & NARU_RETRANS) {
		cb->sacked &= ~NARU_RETRANS;
		ns->retrans_out -= cb->end_seq - cb->seq;
	}
}

/* The ACK ends inside @skb: its front is done with and is cut off when it is sent again. */
static void ack_front(struct naru_sock *ns, struct sk_buff *skb, u32 ack)
{
	struct naru_skb_cb *cb = NARU_CB(skb);
	u32 bytes = ack - cb->seq;

	uncount(ns, cb->sacked, bytes);
	if (cb->flags & NARU_SYN) {
		cb->flags &= ~NARU_SYN;
		bytes--;
		cb->seq++;
	}
	cb->skip += bytes;
	cb->seq += bytes;
}

/* RFC 6298 3, Karn's algorithm (MUST-18): an ACK that covers a retransmission says nothing */
static void sample(const struct naru_skb_cb *cb, u64 now, struct naru_rtx_news *news)
{
	if (cb->sacked & NARU_EVER_RETRANS)
		news->retransmitted = true;
	else if (!(cb->sacked & NARU_SACKED))
		news->rtt_us = now < cb->sent_us ? 0 : max_t(u64, now - cb->sent_us, 1);
}

/* RFC 8985 6.2 steps 2 and 3 */
static void tell_rack(struct naru_sock *ns, const struct naru_skb_cb *cb, u32 end_seq,
		      struct naru_rtx_news *news)
{
	struct naru_rack_seg s = { .sent_us = cb->sent_us, .end_seq = end_seq };

	if (cb->sacked & NARU_EVER_RETRANS) {
		s.retransmitted = true;
		s.echo_older = news->has_ts &&
			       naru_seq_before(news->tsecr,
					       naru_ts_of(ns->ts_usec, cb->sent_us) + ns->ts_offset);
	}
	if (!naru_rack_delivered(&ns->rack, &s, ns->last_rcv_us, ns->rtt.min))
		return;
	news->reordered = true;
	naru_meter_reordered(ns, ns->rack.fack - cb->seq);
}

/* For TCP_INFO. A SYN is counted when the connection opens */
static void tell_meter(struct naru_sock *ns, const struct naru_skb_cb *cb, u32 end_seq,
		       struct naru_rtx_news *news)
{
	const struct naru_rate_seg s = {
		.sent_us = cb->sent_us,
		.end_seq = end_seq,
		.bytes = end_seq - cb->seq,
		.limited = cb->app_limited,
	};
	u32 bytes = s.bytes;

	if (cb->flags & NARU_SYN)
		return;
	/* a FIN rides with the last data */
	if ((cb->flags & NARU_FIN) && end_seq == cb->end_seq && bytes > 1)
		bytes--;
	news->segments += bytes <= ns->mss_cache ? 1 : DIV_ROUND_UP(bytes, ns->mss_cache);
	naru_rate_delivered(&ns->meter.rate, &news->rate, &cb->rate, &s, ns->last_rcv_us);
}

/* What is up to @end_seq of it has arrived, and nobody has said so before */
static void deliver(struct naru_sock *ns, const struct naru_skb_cb *cb, u32 end_seq,
		    struct naru_rtx_news *news)
{
	if (cb->sacked & NARU_SACKED)
		return;
	tell_meter(ns, cb, end_seq, news);
	news->delivered += end_seq - cb->seq;
	/* RFC 5682 3.1: of what was in flight at the timeout, or sent since */
	if (naru_seq_after(end_seq, ns->recov.point))
		news->beyond = true;
	else if (!(cb->sacked & NARU_EVER_RETRANS))
		news->original = true;
	if (ns->sack_ok)
		tell_rack(ns, cb, end_seq, news);
}

/**
 * naru_rtx_clean - take what is acknowledged off the queue
 * @sk: socket, lock held; snd_una is still the old one, and last_rcv_us the time of the ACK
 * @ack: SEG.ACK, above SND.UNA and not above SND.NXT
 * @news: what is found out; @rtt_us where a round-trip time can be had from a segment sent once
 *
 * Moves SND.UNA.
 */
void naru_rtx_clean(struct sock *sk, u32 ack, struct naru_rtx_news *news)
{
	struct naru_sock *ns = naru_sk(sk);
	u64 now = ns->last_rcv_us;
	struct sk_buff *skb;

	news->acked = ack - ns->snd_una;
	while ((skb = skb_peek(&ns->rtx_queue))) {
		struct naru_skb_cb *cb = NARU_CB(skb);

		if (naru_seq_after(cb->end_seq, ack)) {
			if (naru_seq_before(cb->seq, ack)) {
				sample(cb, now, news);
				deliver(ns, cb, ack, news);
				if (unlikely(cb->stamp_ack))
					naru_stamp_acked(sk, skb, ack);
				ack_front(ns, skb, ack);
			}
			break;
		}
		sample(cb, now, news);
		deliver(ns, cb, cb->end_seq, news);
		uncount(ns, cb->sacked, span(skb));
		if (unlikely(cb->stamp_ack))
			naru_stamp_acked(sk, skb, ack);
		__skb_unlink(skb, &ns->rtx_queue);
		naru_output_skb_free(sk, skb);
	}
	ns->snd_una = ack;
	if (!naru_seq_after(ns->snd_up, ack))
		ns->snd_up = ack;
	if (news->retransmitted)
		news->rtt_us = 0;
}

/**
 * naru_rtx_crowded - whether the send queues are cut into more pieces than their memory was meant for
 * @sk: socket, lock held
 *
 * What SACK blocks of a hostile peer ask for, or a path whose segments have become tiny: nothing is cut then but what
 * has to go. Return: true when it is so.
 */
bool naru_rtx_crowded(const struct sock *sk)
{
	return sk->sk_wmem_queued / 2 > READ_ONCE(sk->sk_sndbuf) + 2 * (int)SKB_TRUESIZE(65536);
}

/* Cut so that [start, end) begins and ends at skbs, in whole segments from each skb's front. */
static bool cut_to_block(struct sock *sk, struct sk_buff **pskb, const struct naru_sack_block *b)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb = *pskb;
	u32 mss = ns->mss_cache;
	u32 len;

	if (naru_rtx_crowded(sk))
		return naru_seq_between(NARU_CB(skb)->seq, b->start, b->end) &&
		       !naru_seq_after(NARU_CB(skb)->end_seq, b->end);
	if (naru_seq_before(NARU_CB(skb)->seq, b->start)) {
		len = DIV_ROUND_UP(b->start - NARU_CB(skb)->seq, mss) * mss;
		if (len >= span(skb) || naru_output_split(sk, &ns->rtx_queue, skb, len))
			return false;
		skb = skb_queue_next(&ns->rtx_queue, skb);
		*pskb = skb;
	}
	if (naru_seq_after(NARU_CB(skb)->end_seq, b->end)) {
		if (!naru_seq_after(b->end, NARU_CB(skb)->seq))
			return false;
		len = (b->end - NARU_CB(skb)->seq) / mss * mss;
		if (!len || naru_output_split(sk, &ns->rtx_queue, skb, len))
			return false;
	}
	return true;
}

static void mark_sacked(struct naru_sock *ns, struct sk_buff *skb, struct naru_rtx_news *news)
{
	struct naru_skb_cb *cb = NARU_CB(skb);

	deliver(ns, cb, cb->end_seq, news);
	news->sacked += span(skb);
	uncount(ns, cb->sacked, span(skb));
	cb->sacked &= NARU_EVER_RETRANS;
	cb->sacked |= NARU_SACKED;
	ns->sacked_out += span(skb);
	list_del_init(&cb->sent);
}

static void apply_block(struct sock *sk, const struct naru_sack_block *b, struct naru_rtx_news *news)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb, *next;

	for (skb = skb_peek(&ns->rtx_queue); skb; skb = next) {
		if (!naru_seq_before(NARU_CB(skb)->seq, b->end))
			break;
		if (naru_seq_after(NARU_CB(skb)->end_seq, b->start) &&
		    !(NARU_CB(skb)->sacked & NARU_SACKED) && cut_to_block(sk, &skb, b))
			mark_sacked(ns, skb, news);
		next = skb_queue_is_last(&ns->rtx_queue, skb) ? NULL :
		       skb_queue_next(&ns->rtx_queue, skb);
	}
}

/* RFC 2883 4: something has come twice; RFC 8985 6.2 step 4, where it was no probe */
static void take_dsack(struct sock *sk, const struct naru_sack_block *b, struct naru_rtx_news *news)
{
	struct naru_sock *ns = naru_sk(sk);

	NARU_INC(naru_net_of(sk), DSACK_RECV);
	ns->dsack_dups += max(1U, DIV_ROUND_UP(b->end - b->start, ns->mss_cache));
	/* more than was sent again is the network's doing, or a lie (RFC 3708 3) */
	if (ns->dsack_dups > ns->total_retrans || naru_seq_after(b->end, ns->snd_nxt))
		return;
	news->dsack = true;
	if (!naru_seq_before(b->start, ns->recov.undo.una))
		news->doubled = b->end - b->start;
	if (ns->tlp.out && b->end == ns->tlp.end_seq)
		news->dsack_tlp = true;
	else
		naru_rack_dsack(&ns->rack, ns->snd_una, ns->snd_nxt);
}

/**
 * naru_rtx_sacked - take over the SACK blocks of a segment
 * @sk: socket with SACK agreed on, lock held; SND.UNA has moved
 * @seg: segment with the SACK option
 * @news: what is found out
 *
 * Blocks that are impossible are ignored and counted. RFC 2018, RFC 2883.
 */
void naru_rtx_sacked(struct sock *sk, const struct naru_seg *seg, struct naru_rtx_news *news)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_sock *ns = naru_sk(sk);
	unsigned int i = 0;

	NARU_INC(nn, SACK_RECV);
	if (naru_sack_is_dsack(seg->opts.sacks, seg->opts.num_sacks, seg->ack,
			       ns->snd_nxt - ns->max_window)) {
		take_dsack(sk, &seg->opts.sacks[0], news);
		i++;
	}
	for (; i < seg->opts.num_sacks; i++) {
		const struct naru_sack_block *b = &seg->opts.sacks[i];

		if (naru_sack_block_valid(b, ns->snd_una, ns->snd_nxt))
			apply_block(sk, b, news);
		else if (naru_seq_after(b->end, ns->snd_nxt))
			NARU_INC(nn, SACK_INVALID);
	}
}

static u32 reo_wnd(const struct naru_sock *ns)
{
	struct naru_rack_in in = {
		.min_rtt_us = ns->rtt.min,
		.srtt_us = ns->rtt.srtt8 >> 3,
		.sacked_out = ns->sacked_out,
		.mss = ns->mss_cache,
		.recovering = ns->recov.state >= NARU_RECOVERY,
	};

	return naru_rack_reo_wnd(&ns->rack, &in);
}

/* It was sent, for the last time, before something that has arrived since */
static bool is_late(const struct naru_rack *r, const struct naru_skb_cb *cb)
{
	return naru_rack_sent_after(r->xmit_us, r->end_seq, cb->sent_us, cb->end_seq);
}

/**
 * naru_rtx_detect_lost - mark what RACK takes for lost
 * @sk: socket with SACK agreed on, lock held
 * @lost: set to true where something was
 *
 * RFC 8985 6.2 step 5. Return: µs until more would be lost, 0: nothing waits for that.
 */
u32 naru_rtx_detect_lost(struct sock *sk, bool *lost)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_skb_cb *cb;
	u32 wnd = reo_wnd(ns);
	u64 now = naru_now_us();
	u32 timeout = 0;

	list_for_each_entry(cb, &ns->sent_list, sent) {
		s64 left;

		if ((cb->sacked & NARU_LOST) && !(cb->sacked & NARU_RETRANS))
			continue;
		if (!is_late(&ns->rack, cb))
			break;
		left = naru_rack_remaining(&ns->rack, cb->sent_us, wnd, now);
		if (left > 0) {
			timeout = max_t(u32, timeout, left);
			continue;
		}
		unmark_retrans(ns, cb);
		mark_lost(ns, cb);
		*lost = true;
	}
	return timeout;
}

/**
 * naru_rtx_unmark_lost - nothing was lost after all
 * @sk: socket, lock held
 */
void naru_rtx_unmark_lost(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb;

	skb_queue_walk(&ns->rtx_queue, skb)
		NARU_CB(skb)->sacked &= ~NARU_LOST;
	ns->lost_out = 0;
}

/**
 * naru_rtx_mark_head_lost - mark the first segment lost
 * @sk: socket, lock held
 *
 * Three duplicate ACKs or a partial ACK say so where there is no SACK (RFC 6582 3.2).
 */
void naru_rtx_mark_head_lost(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb = skb_peek(&ns->rtx_queue);

	if (!skb)
		return;
	if (span(skb) > ns->mss_cache && !(NARU_CB(skb)->sacked & (NARU_LOST | NARU_SACKED)))
		naru_output_split(sk, &ns->rtx_queue, skb, ns->mss_cache);
	unmark_retrans(ns, NARU_CB(skb));
	mark_lost(ns, NARU_CB(skb));
}

/* RFC 8985 6.3: what was sent a short while ago may be on its way when the timer fires */
static bool may_be_on_its_way(const struct naru_sock *ns, const struct naru_skb_cb *cb, u64 now)
{
	return ns->sack_ok && ns->rack.xmit_us &&
	       naru_rack_remaining(&ns->rack, cb->sent_us, reo_wnd(ns), now) > 0;
}

/**
 * naru_rtx_mark_all_lost - the retransmission timer has fired
 * @sk: socket, lock held
 *
 * Everything not selectively acknowledged is sent again, RFC 6675 5.1, but for what has not been in the
 * network for a round trip (RFC 8985 6.3).
 */
void naru_rtx_mark_all_lost(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *head = skb_peek(&ns->rtx_queue), *skb;
	/* RFC 2018 8: the peer has thrown away what it had reported, or the head were acknowledged */
	bool reneged = head && (NARU_CB(head)->sacked & NARU_SACKED);
	u64 now = naru_now_us();

	skb_queue_walk(&ns->rtx_queue, skb) {
		if (reneged && (NARU_CB(skb)->sacked & NARU_SACKED)) {
			NARU_CB(skb)->sacked &= ~NARU_SACKED;
			ns->sacked_out -= span(skb);
			/* it is lost, and finds its place in the order when it is sent again */
			list_add_tail(&NARU_CB(skb)->sent, &ns->sent_list);
		} else if (skb != head && !reneged && may_be_on_its_way(ns, NARU_CB(skb), now)) {
			continue;
		}
		unmark_retrans(ns, NARU_CB(skb));
		mark_lost(ns, NARU_CB(skb));
	}
}

/**
 * naru_rtx_mark_large_lost - the path MTU has fallen
 * @sk: socket, lock held, mss_cache is the new one
 *
 * Segments in flight that are larger than the path now takes have been dropped: they go again, in
 * pieces. RFC 1191 6.4: no congestion is inferred.
 */
void naru_rtx_mark_large_lost(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb;

	skb_queue_walk(&ns->rtx_queue, skb) {
		if (span(skb) <= ns->mss_cache)
			continue;
		unmark_retrans(ns, NARU_CB(skb));
		mark_lost(ns, NARU_CB(skb));
	}
}

/**
 * naru_rtx_mark_lost - some of what is in flight is lost
 * @sk: socket, lock held
 * @start: where an skb begins
 * @end: where one ends
 */
void naru_rtx_mark_lost(struct sock *sk, u32 start, u32 end)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb;

	skb_queue_walk(&ns->rtx_queue, skb) {
		struct naru_skb_cb *cb = NARU_CB(skb);

		if (!naru_seq_before(cb->seq, end))
			break;
		if (naru_seq_before(cb->seq, start))
			continue;
		unmark_retrans(ns, cb);
		mark_lost(ns, cb);
	}
}

/* Data of the first skb that is acknowledged already is cut off before it is sent again. */
static int settle_head(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb = skb_peek(&ns->rtx_queue);
	struct naru_skb_cb *cb;
	u32 skip;

	if (!skb)
		return 0;
	cb = NARU_CB(skb);
	skip = cb->skip;
	if (!skip)
		return 0;
	cb->skip = 0;
	cb->seq -= skip;
	if (naru_output_split(sk, &ns->rtx_queue, skb, skip)) {
		cb->skip = skip;
		cb->seq += skip;
		return -ENOMEM;
	}
	__skb_unlink(skb, &ns->rtx_queue);
	naru_output_skb_free(sk, skb);
	return 0;
}

static void count_retrans(struct sock *sk, struct sk_buff *skb)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_sock *ns = naru_sk(sk);
	struct naru_skb_cb *cb = NARU_CB(skb);
	u32 segs = max_t(u32, 1, DIV_ROUND_UP(skb->len, ns->mss_cache));

	trace_naru_retransmit(sk, cb->seq, skb->len);
	NARU_ADD(nn, RETRANS_SEGS, segs);
	if (ns->recov.state == NARU_RECOVERY)
		NARU_ADD(nn, FAST_RETRANS, segs);
	if (cb->flags & NARU_SYN && cb->flags & NARU_ACK)
		NARU_INC(nn, SYNACK_RETRANS);
	else if (cb->flags & NARU_SYN)
		NARU_INC(nn, SYN_RETRANS);
	ns->total_retrans += segs;
	ns->bytes_retrans += skb->len;
	if (!(cb->sacked & NARU_RETRANS))
		ns->retrans_out += span(skb);
	cb->sacked |= NARU_RETRANS | NARU_EVER_RETRANS;
	list_move_tail(&cb->sent, &ns->sent_list);
	naru_recov_sent_again(&ns->recov, span(skb), naru_ts_of(ns->ts_usec, cb->sent_us) + ns->ts_offset);
}

static bool may_join(const struct sock *sk, const struct sk_buff *skb, const struct sk_buff *next)
{
	const struct naru_sock *ns = naru_sk(sk);
	const struct naru_skb_cb *cb = NARU_CB(skb), *ncb = NARU_CB(next);
	const u8 told = NARU_SACKED | NARU_LOST | NARU_RETRANS;

	return !cb->eor && !(cb->flags & NARU_SYN) && (cb->sacked & told) == (ncb->sacked & told) &&
	       skb->len + next->len <= ns->mss_cache &&
	       !naru_seq_after(ncb->end_seq, ns->snd_una + ns->snd_wnd);
}

static bool join(struct sock *sk, struct sk_buff *skb, struct sk_buff *next)
{
	struct naru_skb_cb *cb = NARU_CB(skb), *ncb = NARU_CB(next);
	u8 shared = skb_shinfo(next)->flags & SKBFL_SHARED_FRAG;
	bool stolen;
	int delta;

	if (!skb_try_coalesce(skb, next, &stolen, &delta))
		return false;
	skb_shinfo(skb)->flags |= shared;
	next->truesize -= delta;
	cb->end_seq = ncb->end_seq;
	cb->flags |= ncb->flags;
	cb->eor = ncb->eor;
	cb->sacked |= ncb->sacked;
	naru_stamp_join(skb, next);
	__skb_unlink(next, &naru_sk(sk)->rtx_queue);
	naru_output_skb_free(sk, next);
	return true;
}

/* Small segments that follow each other go again as one: RFC 9293 3.8.6. Those that the device still has stay */
static void collapse(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff_head *q = &naru_sk(sk)->rtx_queue;

	if (skb->len >= naru_sk(sk)->mss_cache || naru_sending_urgent(naru_sk(sk)) ||
	    !naru_setting(naru_net_of(sk), retrans_collapse))
		return;
	while (!skb_queue_is_last(q, skb)) {
		struct sk_buff *next = skb_queue_next(q, skb);

		if (!may_join(sk, skb, next) || !join(sk, skb, next))
			break;
	}
}

/* At least one segment of @skb goes, and what @room bytes let go beyond it. */
static int send_again(struct sock *sk, struct sk_buff *skb, u32 room)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 mss = ns->mss_cache;
	u32 most = max(room - room % mss, mss);
	int err;

	naru_plpmtud_unclear(&ns->plpmtud);
	most = min3(most, max(ns->gso_max / mss, 1U) * mss, naru_pacer_burst(sk, mss));
	most = naru_urg_most(NARU_CB(skb)->seq, ns->snd_up, mss, most);
	collapse(sk, skb);
	if (skb->len > most && naru_rtx_crowded(sk) && skb != skb_peek(&ns->rtx_queue))
		return -ENOMEM;
	if (skb->len > most && naru_output_split(sk, &ns->rtx_queue, skb, most))
		return -ENOMEM;
	err = naru_xmit_skb(sk, skb);
	if (err == -ENOBUFS)
		return err;
	count_retrans(sk, skb);
	return err;
}

/**
 * naru_rtx_send_head - send the first segment of the queue again
 * @sk: socket, lock held
 *
 * Return: 0 or a negative errno. RFC 6298 5.4. Whatever the peer's window is now: RFC 9293 3.8.6
 * (SHLD-16, MAY-7).
 */
int naru_rtx_send_head(struct sock *sk)
{
	struct sk_buff *skb;

	naru_mss_current(sk);
	if (settle_head(sk))
		return -ENOMEM;
	skb = skb_peek(&naru_sk(sk)->rtx_queue);
	return skb ? send_again(sk, skb, 0) : 0;
}

/**
 * naru_rtx_send_tail - send the last segment of the queue again
 * @sk: socket, lock held
 *
 * RFC 8985 7.3. Return: whether it has gone.
 */
bool naru_rtx_send_tail(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb;
	u32 mss = naru_mss_current(sk);
	u32 data;

	if (settle_head(sk))
		return false;
	skb = skb_peek_tail(&ns->rtx_queue);
	if (!skb || (NARU_CB(skb)->sacked & (NARU_SACKED | NARU_LOST | NARU_RETRANS)))
		return false;
	data = skb->len;
	if (data > mss) {
		if (naru_rtx_crowded(sk) || naru_output_split(sk, &ns->rtx_queue, skb, (data - 1) / mss * mss))
			return false;
		skb = skb_peek_tail(&ns->rtx_queue);
	}
	return !send_again(sk, skb, 0);
}

/**
 * naru_rtx_send_lost - send lost segments as far as the congestion window lets
 * @sk: socket, lock held
 *
 * RFC 6675 5 (C), NextSeg() rule 1. Where the first of the queue has gone again the timeout starts anew, RFC 6675 6.
 */
void naru_rtx_send_lost(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb;
	bool head = false;
	u32 pipe;

	naru_mss_current(sk);
	if (settle_head(sk))
		return;
	/* the rest of an skb that is split here is visited next */
	skb_queue_walk(&ns->rtx_queue, skb) {
		if (!(NARU_CB(skb)->sacked & NARU_LOST) || (NARU_CB(skb)->sacked & NARU_RETRANS))
			continue;
		pipe = naru_rtx_in_flight(ns);
		if ((pipe && pipe + min(span(skb), ns->mss_cache) > ns->cong.cwnd) || naru_pacer_holds(sk))
			break;
		if (send_again(sk, skb, ns->cong.cwnd > pipe ? ns->cong.cwnd - pipe : 0))
			break;
		head |= skb == skb_peek(&ns->rtx_queue);
	}
	if (head)
		naru_timer_rearm(sk, true);
}

/**
 * naru_rtx_purge - empty the queue
 * @sk: socket, lock held
 */
void naru_rtx_purge(struct sock *sk)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&naru_sk(sk)->rtx_queue)))
		naru_output_skb_free(sk, skb);
}
