// SPDX-License-Identifier: GPL-2.0
/*
 * The retransmission queue and its scoreboard: what is acknowledged, selectively acknowledged, lost,
 * sent again. RFC 9293 3.8.1, RFC 2018 5, RFC 6675.
 *
 * sacked_out, lost_out and retrans_out count the bytes behind snd_una whose skbs carry the flag.
 */
#include "naru.h"
#include "trace.h"

static u32 span(const struct sk_buff *skb)
{
	return NARU_CB(skb)->end_seq - NARU_CB(skb)->seq;
}

/**
 * naru_rtx_in_flight - the "pipe": bytes believed to be in the network
 * @ns: socket, lock held
 *
 * Return: bytes, RFC 6675 4.
 */
u32 naru_rtx_in_flight(const struct naru_sock *ns)
{
	s32 pipe = ns->snd_nxt - ns->snd_una - ns->sacked_out - ns->lost_out + ns->retrans_out;

	return pipe > 0 ? pipe : 0;
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

static void mark_lost(struct naru_sock *ns, struct sk_buff *skb)
{
	struct naru_skb_cb *cb = NARU_CB(skb);

	if (cb->sacked & (NARU_SACKED | NARU_LOST))
		return;
	cb->sacked |= NARU_LOST;
	ns->lost_out += span(skb);
}

static void unmark_retrans(struct naru_sock *ns, struct sk_buff *skb)
{
	if (NARU_CB(skb)->sacked & NARU_RETRANS) {
		NARU_CB(skb)->sacked &= ~NARU_RETRANS;
		ns->retrans_out -= span(skb);
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
static void sample(const struct sk_buff *skb, u64 now, u32 *rtt_us, bool *ambiguous)
{
	const struct naru_skb_cb *cb = NARU_CB(skb);

	if (cb->sacked & NARU_EVER_RETRANS)
		*ambiguous = true;
	else if (!(cb->sacked & NARU_SACKED))
		*rtt_us = max_t(u64, now - cb->sent_us, 1);
}

/**
 * naru_rtx_clean - take what is acknowledged off the queue
 * @sk: socket, lock held; snd_una is still the old one, and last_rcv_us the time of the ACK
 * @ack: SEG.ACK, above SND.UNA and not above SND.NXT
 * @rtt_us: set to a round-trip time where one can be had from a segment sent once, µs
 *
 * Moves SND.UNA. Return: sequence numbers newly acknowledged.
 */
u32 naru_rtx_clean(struct sock *sk, u32 ack, u32 *rtt_us)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 acked = ack - ns->snd_una;
	u64 now = ns->last_rcv_us;
	bool ambiguous = false;
	struct sk_buff *skb;

	while ((skb = skb_peek(&ns->rtx_queue))) {
		struct naru_skb_cb *cb = NARU_CB(skb);

		if (naru_seq_after(cb->end_seq, ack)) {
			if (naru_seq_before(cb->seq, ack)) {
				sample(skb, now, rtt_us, &ambiguous);
				ack_front(ns, skb, ack);
			}
			break;
		}
		sample(skb, now, rtt_us, &ambiguous);
		uncount(ns, cb->sacked, span(skb));
		__skb_unlink(skb, &ns->rtx_queue);
		naru_output_skb_free(sk, skb);
	}
	ns->snd_una = ack;
	if (ambiguous)
		*rtt_us = 0;
	return acked;
}

/* SACK blocks of a hostile peer must not cut the queue into more memory than was paid for. */
static bool too_many_pieces(const struct sock *sk)
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

	if (too_many_pieces(sk))
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

static u32 mark_sacked(struct naru_sock *ns, struct sk_buff *skb)
{
	struct naru_skb_cb *cb = NARU_CB(skb);

	uncount(ns, cb->sacked, span(skb));
	cb->sacked &= NARU_EVER_RETRANS;
	cb->sacked |= NARU_SACKED;
	ns->sacked_out += span(skb);
	return span(skb);
}

static u32 apply_block(struct sock *sk, const struct naru_sack_block *b)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb, *next;
	u32 sacked = 0;

	for (skb = skb_peek(&ns->rtx_queue); skb; skb = next) {
		if (!naru_seq_before(NARU_CB(skb)->seq, b->end))
			break;
		if (naru_seq_after(NARU_CB(skb)->end_seq, b->start) &&
		    !(NARU_CB(skb)->sacked & NARU_SACKED) && cut_to_block(sk, &skb, b))
			sacked += mark_sacked(ns, skb);
		next = skb_queue_is_last(&ns->rtx_queue, skb) ? NULL :
		       skb_queue_next(&ns->rtx_queue, skb);
	}
	return sacked;
}

/**
 * naru_rtx_sacked - take over the SACK blocks of a segment
 * @sk: socket with SACK agreed on, lock held
 * @seg: segment with the SACK option
 *
 * Return: bytes newly reported as received. Blocks that are impossible are ignored and counted.
 */
u32 naru_rtx_sacked(struct sock *sk, const struct naru_seg *seg)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_sock *ns = naru_sk(sk);
	unsigned int i;
	u32 sacked = 0;

	NARU_INC(nn, SACK_RECV);
	for (i = 0; i < seg->opts.num_sacks; i++) {
		const struct naru_sack_block *b = &seg->opts.sacks[i];

		if (naru_sack_block_valid(b, ns->snd_una, ns->snd_nxt))
			sacked += apply_block(sk, b);
		else if (naru_seq_after(b->end, ns->snd_nxt))
			NARU_INC(nn, SACK_INVALID);
	}
	return sacked;
}

/**
 * naru_rtx_mark_lost - mark what SACK shows as lost
 * @sk: socket, lock held
 *
 * RFC 6675 4, IsLost(): more than (DupThresh - 1) segments' bytes above are selectively
 * acknowledged.
 */
void naru_rtx_mark_lost(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 need = (NARU_DUPTHRESH - 1) * ns->mss_cache;
	struct sk_buff *skb;
	u32 above = 0;

	if (ns->sacked_out <= need)
		return;
	skb_queue_reverse_walk(&ns->rtx_queue, skb) {
		if (NARU_CB(skb)->sacked & NARU_SACKED)
			above += span(skb);
		else if (above > need)
			mark_lost(ns, skb);
	}
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
	unmark_retrans(ns, skb);
	mark_lost(ns, skb);
}

/**
 * naru_rtx_mark_all_lost - the retransmission timer has fired
 * @sk: socket, lock held
 *
 * Everything not selectively acknowledged is sent again, RFC 6675 5.1.
 */
void naru_rtx_mark_all_lost(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb = skb_peek(&ns->rtx_queue);
	/* RFC 2018 8: the peer has thrown away what it had reported, or the head were acknowledged */
	bool reneged = skb && (NARU_CB(skb)->sacked & NARU_SACKED);

	skb_queue_walk(&ns->rtx_queue, skb) {
		if (reneged && (NARU_CB(skb)->sacked & NARU_SACKED)) {
			NARU_CB(skb)->sacked &= ~NARU_SACKED;
			ns->sacked_out -= span(skb);
		}
		unmark_retrans(ns, skb);
		mark_lost(ns, skb);
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
		unmark_retrans(ns, skb);
		mark_lost(ns, skb);
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
	if (cb->flags & NARU_SYN)
		NARU_INC(nn, SYN_RETRANS);
	ns->total_retrans += segs;
	ns->bytes_retrans += skb->len;
	if (!(cb->sacked & NARU_RETRANS))
		ns->retrans_out += span(skb);
	cb->sacked |= NARU_RETRANS | NARU_EVER_RETRANS;
}

/* At least one segment of @skb goes, and what @room bytes let go beyond it. */
static int send_again(struct sock *sk, struct sk_buff *skb, u32 room)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 mss = ns->mss_cache;
	u32 most = max(room - room % mss, mss);
	int err;

	most = min(most, max(ns->gso_max / mss, 1U) * mss);
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
 * naru_rtx_send_lost - send lost segments as far as the congestion window lets
 * @sk: socket, lock held
 *
 * RFC 6675 5 (C), NextSeg() rule 1.
 */
void naru_rtx_send_lost(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb;
	u32 pipe;

	naru_mss_current(sk);
	if (settle_head(sk))
		return;
	/* the rest of an skb that is split here is visited next */
	skb_queue_walk(&ns->rtx_queue, skb) {
		if (!(NARU_CB(skb)->sacked & NARU_LOST) || (NARU_CB(skb)->sacked & NARU_RETRANS))
			continue;
		pipe = naru_rtx_in_flight(ns);
		if (pipe && pipe + min(span(skb), ns->mss_cache) > ns->cong.cwnd)
			break;
		if (send_again(sk, skb, ns->cong.cwnd > pipe ? ns->cong.cwnd - pipe : 0))
			break;
	}
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
