// SPDX-License-Identifier: GPL-2.0
/*
 * Fast retransmit and fast recovery: RFC 5681 3.2, RFC 6582 for peers without SACK, RFC 6675 for
 * those with it. Bytes.
 */
#include "recov.h"

/**
 * naru_recov_init - a connection without losses
 * @r: loss recovery
 *
 * Context: socket lock held.
 */
void naru_recov_init(struct naru_recov *r)
{
	r->state = NARU_OPEN;
	r->dupacks = 0;
	r->guarded = false;
	r->point = 0;
}

/* RFC 5681 2: FlightSize, without what limited transmit has added (RFC 5681 3.2 step 2). */
static u32 flight_size(const struct naru_cong *c, const struct naru_recov_in *in)
{
	return min_t(u32, in->snd_nxt - in->snd_una, c->cwnd);
}

static void count_dupacks(struct naru_recov *r, const struct naru_recov_in *in)
{
	if (in->acked)
		r->dupacks = 0;
	else if (in->dupack && r->dupacks < 255)
		r->dupacks++;
	/* RFC 6582 3.2 step 2: the ACK must cover more than recover */
	if (naru_seq_after(in->snd_una, r->point))
		r->guarded = false;
}

static bool must_enter(const struct naru_recov *r, const struct naru_recov_in *in)
{
	if (in->sack)
		return in->lost_out > 0;
	return r->dupacks >= NARU_DUPTHRESH && !r->guarded;
}

/* RFC 5681 3.2 steps 2 and 3; RFC 6675 5 step 4. */
static u32 enter(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		 const struct naru_recov_in *in)
{
	r->state = NARU_RECOVERY;
	r->point = in->snd_nxt;
	r->guarded = true;
	c->ssthresh = naru_cong_ssthresh(c, ops, flight_size(c, in));
	c->cwnd = c->ssthresh;
	c->acked = 0;
	if (in->sack)
		return NARU_RECOV_ENTER;
	c->cwnd += NARU_DUPTHRESH * c->mss;
	return NARU_RECOV_ENTER | NARU_RECOV_MARK_HEAD;
}

static void settle(struct naru_recov *r, const struct naru_recov_in *in)
{
	r->state = r->dupacks || in->sacked_out ? NARU_DISORDER : NARU_OPEN;
}

static u32 ack_in_order(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
			const struct naru_recov_in *in)
{
	if (must_enter(r, in))
		return enter(r, c, ops, in);
	settle(r, in);
	return in->acked ? NARU_RECOV_GROW : 0;
}

/* RFC 6582 3.2 step 3: full acknowledgment, option 1. What was lost behind @point is news. */
static u32 leave(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		 const struct naru_recov_in *in)
{
	c->cwnd = min_t(u32, c->ssthresh, max_t(u32, in->in_flight, c->mss) + c->mss);
	settle(r, in);
	if (must_enter(r, in))
		return NARU_RECOV_EXIT | enter(r, c, ops, in);
	return NARU_RECOV_EXIT;
}

/* RFC 6582 3.2 step 3: partial acknowledgment. With SACK the scoreboard knows better, unless it
 * holds nothing that is lost: then the head is (RFC 6675 4, NextSeg rule 3).
 */
static u32 ack_partial(struct naru_cong *c, const struct naru_recov_in *in)
{
	if (in->sack)
		return in->lost_out ? 0 : NARU_RECOV_MARK_HEAD;
	c->cwnd -= min_t(u32, in->acked, c->cwnd);
	if (in->acked >= c->mss)
		c->cwnd += c->mss;
	c->cwnd = max_t(u32, c->cwnd, c->mss);
	return NARU_RECOV_MARK_HEAD;
}

/* RFC 5681 3.2 step 4, no further than what is in flight can answer for. */
static void inflate(struct naru_cong *c, const struct naru_recov_in *in)
{
	if (c->cwnd < c->ssthresh + (in->snd_nxt - in->snd_una))
		c->cwnd += c->mss;
}

static u32 ack_in_recovery(struct naru_recov *r, struct naru_cong *c,
			   const struct naru_cong_ops *ops, const struct naru_recov_in *in)
{
	if (in->acked && !naru_seq_before(in->snd_una, r->point))
		return leave(r, c, ops, in);
	if (in->acked)
		return ack_partial(c, in);
	if (in->dupack && !in->sack)
		inflate(c, in);
	return 0;
}

/* Slow start goes on until all that was in flight at the timeout is acknowledged. */
static u32 ack_in_loss(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		       const struct naru_recov_in *in)
{
	if (!in->acked)
		return 0;
	if (naru_seq_before(in->snd_una, r->point))
		return NARU_RECOV_GROW;
	settle(r, in);
	if (must_enter(r, in))
		return NARU_RECOV_EXIT | enter(r, c, ops, in);
	return NARU_RECOV_EXIT | NARU_RECOV_GROW;
}

/**
 * naru_recov_ack - an ACK has come
 * @r: loss recovery, changed
 * @c: congestion control; cwnd and ssthresh change on entry, in recovery and on exit
 * @ops: the algorithm
 * @in: what the ACK said, after the scoreboard took it in
 *
 * Entry: with SACK when something is marked lost; without, at the third duplicate ACK, and not
 * again before @r->point is passed (RFC 6582 3.2). Exit: @r->point acknowledged.
 *
 * Return: NARU_RECOV_* bits, what the caller has to do. Socket lock held.
 */
u32 naru_recov_ack(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		   const struct naru_recov_in *in)
{
	count_dupacks(r, in);
	switch (r->state) {
	case NARU_RECOVERY:
		return ack_in_recovery(r, c, ops, in);
	case NARU_LOSS:
		return ack_in_loss(r, c, ops, in);
	default:
		return ack_in_order(r, c, ops, in);
	}
}

/**
 * naru_recov_mtu - the path MTU has fallen, and what was too large is to be sent again
 * @r: loss recovery, changed
 * @snd_nxt: SND.NXT
 *
 * RFC 1191 6.4: not a sign of congestion. Until @snd_nxt is acknowledged what is marked lost is sent
 * again without a change of cwnd and ssthresh. A recovery that goes on goes on. Socket lock held.
 */
void naru_recov_mtu(struct naru_recov *r, u32 snd_nxt)
{
	if (r->state == NARU_RECOVERY || r->state == NARU_LOSS)
		return;
	r->state = NARU_LOSS;
	r->dupacks = 0;
	r->point = snd_nxt;
	r->guarded = true;
}

/**
 * naru_recov_rto - the retransmission timer has fired
 * @r: loss recovery, changed
 * @c: congestion control; cwnd is one segment now
 * @ops: the algorithm
 * @in_flight: FlightSize before anything was marked lost, bytes
 * @snd_nxt: SND.NXT
 * @again: the head had been retransmitted by the timer before: ssthresh stays (RFC 5681 3.1)
 *
 * RFC 5681 3.1, equation 4 and loss window; RFC 6582 3.2 step 4. Socket lock held.
 */
void naru_recov_rto(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		    u32 in_flight, u32 snd_nxt, bool again)
{
	if (!again)
		c->ssthresh = naru_cong_ssthresh(c, ops, in_flight);
	c->cwnd = c->mss;
	c->acked = 0;
	if (ops->event)
		ops->event(c, NARU_CONG_TIMEOUT, 0);
	r->state = NARU_LOSS;
	r->dupacks = 0;
	r->point = snd_nxt;
	r->guarded = true;
}
