// SPDX-License-Identifier: GPL-2.0
/*
 * Fast retransmit and fast recovery: RFC 5681 3.2, RFC 6582 for peers without SACK, RFC 6675 with RFC 6937 for those
 * with it. What turns out to have been for nothing is undone: RFC 3522, RFC 3708, RFC 5682. Bytes; socket lock held.
 */
#include "recov.h"

/**
 * naru_recov_init - a connection without losses
 * @r: loss recovery
 */
void naru_recov_init(struct naru_recov *r)
{
	memset(r, 0, sizeof(*r));
	r->state = NARU_OPEN;
}

/* RFC 5681 2: FlightSize, without what limited transmit has added (RFC 5681 3.2 step 2). */
static u32 flight_size(const struct naru_cong *c, const struct naru_recov_in *in)
{
	u32 used = in->unvalidated ? in->pipe_ack : 0;

	return min_t(u32, max_t(u32, in->snd_nxt - in->snd_una, used), c->cwnd);
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

/* ---- what may be undone ---- */

static void remember(struct naru_recov *r, const struct naru_cong *c, u32 snd_una, u32 retrans_out)
{
	struct naru_undo *u = &r->undo;

	u->cwnd = c->cwnd;
	u->ssthresh = c->ssthresh;
	u->una = snd_una;
	u->sent = retrans_out;
	u->doubled = 0;
	u->has_ts = false;
	u->possible = true;
}

/**
 * naru_recov_sent_again - a retransmission has gone
 * @r: loss recovery
 * @bytes: how many
 * @tsval: its timestamp, 0 without
 */
void naru_recov_sent_again(struct naru_recov *r, u32 bytes, u32 tsval)
{
	struct naru_undo *u = &r->undo;

	if (!u->has_ts)
		u->ts = tsval;
	u->has_ts = true;
	u->sent += bytes;
	r->prr.out += bytes;
}

/* RFC 3522 3.2 steps 3 to 5: the ACK was made by the original, before the retransmission */
static bool is_echo_of_original(const struct naru_undo *u, const struct naru_recov_in *in)
{
	return in->has_ts && in->acked && u->has_ts && naru_seq_after(in->snd_una, u->una) &&
	       naru_seq_before(in->tsecr, u->ts);
}

/* RFC 3708 2: all that was sent again had arrived before */
static bool has_all_come_twice(struct naru_undo *u, const struct naru_recov_in *in)
{
	u->doubled += in->doubled;
	return in->doubled && u->sent && u->doubled >= u->sent;
}

static u32 restore(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops, u32 how)
{
	c->cwnd = max_t(u32, c->cwnd, r->undo.cwnd);
	c->ssthresh = max_t(u32, c->ssthresh, r->undo.ssthresh);
	if (ops->event)
		ops->event(c, NARU_CONG_UNDO, 0);
	r->undo.possible = false;
	r->frto = NARU_FRTO_OFF;
	return NARU_RECOV_UNDO | how;
}

/* Return: 0, or what is to be done where the last reduction was for nothing */
static u32 try_undo(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		    const struct naru_recov_in *in)
{
	if (!r->undo.possible)
		return 0;
	if (has_all_come_twice(&r->undo, in))
		return restore(r, c, ops, NARU_RECOV_BY_DSACK);
	if (is_echo_of_original(&r->undo, in) && (r->state == NARU_RECOVERY || r->state == NARU_LOSS))
		return restore(r, c, ops, NARU_RECOV_BY_TIME);
	return 0;
}

/* ---- in order ---- */

/* RFC 3168 6.1.2, RFC 8511 4.2: a loss and a mark of one window reduce it once */
static bool reduced_already(const struct naru_recov *r, const struct naru_recov_in *in)
{
	return r->state == NARU_REDUCED && naru_seq_before(in->snd_una, r->point);
}

/* RFC 5681 3.2 steps 2 and 3; RFC 6675 5 step 4; RFC 6937 3.1 */
static u32 enter(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		 const struct naru_recov_in *in)
{
	struct naru_prr_in prr = { .delivered = in->delivered, .pipe = in->in_flight, .mss = c->mss };

	remember(r, c, in->snd_una, in->retrans_out);
	if (!reduced_already(r, in))
		c->ssthresh = naru_cong_ssthresh(c, ops, flight_size(c, in));
	r->state = NARU_RECOVERY;
	r->unvalidated = in->unvalidated;
	r->point = in->snd_nxt;
	r->guarded = true;
	c->acked = 0;
	naru_prr_begin(&r->prr, in->snd_nxt - in->snd_una);
	if (in->sack) {
		prr.ssthresh = c->ssthresh;
		c->cwnd = naru_prr_cwnd(&r->prr, &prr);
		return NARU_RECOV_ENTER;
	}
	c->cwnd = c->ssthresh + NARU_DUPTHRESH * c->mss;
	return NARU_RECOV_ENTER | NARU_RECOV_MARK_HEAD;
}

static void settle(struct naru_recov *r, const struct naru_recov_in *in)
{
	r->state = r->dupacks || in->sacked_out ? NARU_DISORDER : NARU_OPEN;
	r->frto = NARU_FRTO_OFF;
}

/* RFC 8511 3.1, RFC 3168 6.1.2. What this ACK acknowledges was in flight with what was marked. */
static u32 reduce(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		  const struct naru_recov_in *in)
{
	u32 flight = min_t(u32, in->snd_nxt - in->snd_una + in->acked, c->cwnd);

	r->state = NARU_REDUCED;
	r->point = in->snd_nxt;
	c->ssthresh = naru_cong_ssthresh_ecn(c, ops, flight);
	c->cwnd = min_t(u32, c->cwnd, c->ssthresh);
	c->acked = 0;
	/* what was before cannot come back behind a mark */
	r->undo.possible = false;
	return NARU_RECOV_ECN;
}

static u32 ack_in_order(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
			const struct naru_recov_in *in)
{
	if (must_enter(r, in))
		return enter(r, c, ops, in);
	if (in->ece)
		return reduce(r, c, ops, in);
	settle(r, in);
	return in->acked ? NARU_RECOV_GROW : 0;
}

/**
 * naru_recov_probe_lost - a tail loss probe has repaired a loss
 * @r: loss recovery
 * @c: congestion control, reduced where nothing else has done so
 * @ops: the algorithm
 * @in: what the ACK said
 *
 * RFC 8985 7.4.2. Return: whether it was.
 */
bool naru_recov_probe_lost(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
			   const struct naru_recov_in *in)
{
	if (r->state >= NARU_REDUCED)
		return false;
	c->ssthresh = naru_cong_ssthresh(c, ops, in->unvalidated ? flight_size(c, in) : c->cwnd);
	c->cwnd = min_t(u32, c->cwnd, c->ssthresh);
	c->acked = 0;
	r->undo.possible = false;
	r->point = in->snd_nxt;
	return true;
}

/* RFC 3168 6.1.2: until something is acknowledged that was sent after the reduction */
static u32 ack_when_reduced(struct naru_recov *r, struct naru_cong *c,
			    const struct naru_cong_ops *ops, const struct naru_recov_in *in)
{
	if (naru_seq_after(in->snd_una, r->point))
		settle(r, in);
	else if (!must_enter(r, in))
		return 0;
	return ack_in_order(r, c, ops, in);
}

/* ---- in recovery ---- */

/* RFC 7661 4.4.1: the path was overrun by R, what was sent again, at least */
static void deduct(const struct naru_recov *r, struct naru_cong *c)
{
	u32 by = min_t(u32, r->undo.sent / 2, c->ssthresh);

	c->ssthresh = max_t(u32, c->ssthresh - by, 2 * c->mss);
}

/* RFC 6582 3.2 step 3: full acknowledgment, option 1. What was lost behind @point is news. RFC 6937 3.1 */
static u32 leave(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		 const struct naru_recov_in *in)
{
	if (r->unvalidated)
		deduct(r, c);
	if (in->sack)
		c->cwnd = c->ssthresh;
	else
		c->cwnd = min_t(u32, c->ssthresh, max_t(u32, in->in_flight, c->mss) + c->mss);
	settle(r, in);
	if (must_enter(r, in))
		return NARU_RECOV_EXIT | enter(r, c, ops, in);
	return NARU_RECOV_EXIT;
}

/* RFC 6582 3.2 step 3: partial acknowledgment. */
static u32 ack_partial(struct naru_cong *c, const struct naru_recov_in *in)
{
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

/* The scoreboard knows what is lost; RFC 6937 how much goes */
static void follow_prr(struct naru_recov *r, struct naru_cong *c, const struct naru_recov_in *in)
{
	struct naru_prr_in prr = {
		.delivered = in->delivered,
		.pipe = in->in_flight,
		.ssthresh = c->ssthresh,
		.mss = c->mss,
		.safe = in->acked && !in->more_lost,
	};

	if (!in->delivered && !in->more_lost)
		return;
	c->cwnd = naru_prr_cwnd(&r->prr, &prr);
	c->cwnd = max_t(u32, c->cwnd, c->mss);
}

static u32 ack_in_recovery(struct naru_recov *r, struct naru_cong *c,
			   const struct naru_cong_ops *ops, const struct naru_recov_in *in)
{
	u32 undone = try_undo(r, c, ops, in);

	if (undone) {
		settle(r, in);
		return undone | NARU_RECOV_EXIT;
	}
	if (in->acked && !naru_seq_before(in->snd_una, r->point))
		return leave(r, c, ops, in);
	if (in->sack)
		follow_prr(r, c, in);
	else if (in->acked)
		return ack_partial(c, in);
	else if (in->dupack)
		inflate(c, in);
	return 0;
}

/* ---- after a timeout ---- */

/*
 * RFC 5682 2.1 and 3.1: did what was in flight at the timeout arrive after all? The first new ACK says that the
 * retransmission has, and new data goes; the second whether something did that had not been sent again.
 */
static u32 ask_frto(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		    const struct naru_recov_in *in)
{
	bool first = r->frto == NARU_FRTO_FIRST;

	/* 3.1 steps 2 and 3: other ACKs are ignored, and with SACK duplicates before the first new one */
	if (!in->acked && (!in->dupack || (first && in->sack)))
		return 0;
	if (first && in->acked && in->has_new && naru_seq_before(in->snd_una, r->point)) {
		r->frto = NARU_FRTO_SECOND;
		return 0;
	}
	r->frto = NARU_FRTO_OFF;
	if (first || !in->original || in->beyond || !r->undo.possible)
		return 0;
	return restore(r, c, ops, NARU_RECOV_BY_FRTO);
}

/**
 * naru_recov_no_new_data - all was sent that may be sent
 * @r: loss recovery
 * @snd_nxt: SND.NXT
 *
 * RFC 5682 2.1 step 2b: where nothing new could be sent, what is lost goes again as usual.
 */
void naru_recov_no_new_data(struct naru_recov *r, u32 snd_nxt)
{
	if (r->frto == NARU_FRTO_SECOND && snd_nxt == r->point)
		r->frto = NARU_FRTO_OFF;
}

/* Slow start goes on until all that was in flight at the timeout is acknowledged. */
static u32 ack_in_loss(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		       const struct naru_recov_in *in)
{
	u32 undone = try_undo(r, c, ops, in);

	if (!undone && r->frto)
		undone = ask_frto(r, c, ops, in);
	if (undone) {
		settle(r, in);
		return undone | NARU_RECOV_EXIT;
	}
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
 * naru_recov_limited - new data that may go beyond the congestion window
 * @r: loss recovery
 * @sack: SACK was agreed on: then what has arrived is not in flight, which is as much
 * @mss: segment size, bytes
 *
 * RFC 3042 2: a segment for each of the first two duplicate ACKs. Return: bytes.
 */
u32 naru_recov_limited(const struct naru_recov *r, bool sack, u32 mss)
{
	if (sack || r->state != NARU_DISORDER)
		return 0;
	return min_t(u32, r->dupacks, NARU_DUPTHRESH - 1) * mss;
}

/**
 * naru_recov_ack - an ACK has come
 * @r: loss recovery, changed
 * @c: congestion control; cwnd and ssthresh change on entry, in recovery and on exit
 * @ops: the algorithm
 * @in: what the ACK said, after the scoreboard took it in
 *
 * Entry: with SACK when something is marked lost; without, at the third duplicate ACK, and not
 * again before @r->point is passed (RFC 6582 3.2). Exit: @r->point acknowledged, or it was for nothing.
 * ECE reduces the window where no loss does (RFC 3168 6.1.2).
 *
 * Return: NARU_RECOV_* bits, what the caller has to do.
 */
u32 naru_recov_ack(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		   const struct naru_recov_in *in)
{
	u32 undone;

	count_dupacks(r, in);
	switch (r->state) {
	case NARU_REDUCED:
		return ack_when_reduced(r, c, ops, in);
	case NARU_RECOVERY:
		return ack_in_recovery(r, c, ops, in);
	case NARU_LOSS:
		return ack_in_loss(r, c, ops, in);
	default:
		/* what a D-SACK says may come when all is over, unless there is congestion now */
		undone = in->doubled && !in->ece ? try_undo(r, c, ops, in) : 0;
		return undone | ack_in_order(r, c, ops, in);
	}
}

/**
 * naru_recov_mtu - the path MTU has fallen, and what was too large is to be sent again
 * @r: loss recovery, changed
 * @snd_nxt: SND.NXT
 *
 * RFC 1191 6.4: not a sign of congestion. Until @snd_nxt is acknowledged what is marked lost is sent
 * again without a change of cwnd and ssthresh. A recovery that goes on goes on.
 */
void naru_recov_mtu(struct naru_recov *r, u32 snd_nxt)
{
	if (r->state == NARU_RECOVERY || r->state == NARU_LOSS)
		return;
	r->state = NARU_LOSS;
	r->dupacks = 0;
	r->point = snd_nxt;
	r->guarded = true;
	r->undo.possible = false;
}

/**
 * naru_recov_rto - the retransmission timer has fired
 * @r: loss recovery, changed
 * @c: congestion control; cwnd is one segment now
 * @ops: the algorithm
 * @in: what there is, before anything was marked lost
 *
 * RFC 5681 3.1, equation 4 and loss window; RFC 6582 3.2 step 4; RFC 5682 2.1 step 1.
 */
void naru_recov_rto(struct naru_recov *r, struct naru_cong *c, const struct naru_cong_ops *ops,
		    const struct naru_recov_rto *in)
{
	bool recovering = r->state == NARU_RECOVERY || r->state == NARU_LOSS;
	u32 was = c->ssthresh;

	if (!in->again) {
		/* a recovery that had begun has its own memory of what there was */
		if (!recovering)
			remember(r, c, in->snd_una, in->retrans_out);
		c->ssthresh = naru_cong_ssthresh(c, ops, in->snd_nxt - in->snd_una);
		if (recovering)
			c->ssthresh = min_t(u32, c->ssthresh, was);
	}
	c->cwnd = c->mss;
	c->acked = 0;
	if (ops->event)
		ops->event(c, NARU_CONG_TIMEOUT, 0);
	/* RFC 5682 3.1 step 1: not where a recovery was under way, but for its own */
	if (!in->frto || (recovering && !(in->again && r->frto)))
		r->frto = NARU_FRTO_OFF;
	else
		r->frto = NARU_FRTO_FIRST;
	r->state = NARU_LOSS;
	r->dupacks = 0;
	r->point = in->snd_nxt;
	r->guarded = true;
}
