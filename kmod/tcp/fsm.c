// SPDX-License-Identifier: GPL-2.0
/*
 * The connection state machine: what a segment or a call means in each state. RFC 9293 3.10 with
 * RFC 5961 (blind attacks), RFC 7323 (timestamps), RFC 1337 and RFC 6191 (TIME-WAIT).
 */
#include "fsm.h"
#include "seq.h"
#include "tstamp.h"

/**
 * struct fsm_row - what a state makes of the events that move it
 * @name: RFC 9293 3.3.2's name
 * @fin_acked: our FIN is acknowledged: RFC 9293 3.10.7.4 fifth
 * @fin: the peer's FIN, ours not acknowledged: 3.10.7.4 eighth
 * @fin_both: the peer's FIN, ours acknowledged: 3.10.7.4 eighth
 * @close: CLOSE call: 3.10.4
 * @sends_fin: a CLOSE call queues a FIN: 3.10.4
 * @takes_text: segment text is processed: 3.10.7.4 seventh
 * @reset_err: what the program hears of a reset: 3.10.7.4 second
 */
struct fsm_row {
	const char *name;
	u8 fin_acked, fin, fin_both, close;
	bool sends_fin, takes_text;
	int reset_err;
};

static const struct fsm_row rows[] = {
	/* A FIN is not processed here, SEG.SEQ cannot be validated: 3.10.7.4 eighth. */
	[NARU_CLOSED] = {
		.name = "CLOSED",
		.fin_acked = NARU_CLOSED,
		.fin = NARU_CLOSED,
		.fin_both = NARU_CLOSED,
		.close = NARU_CLOSED,		/* "connection does not exist" */
	},
	[NARU_LISTEN] = {
		.name = "LISTEN",
		.fin_acked = NARU_LISTEN,
		.fin = NARU_LISTEN,
		.fin_both = NARU_LISTEN,
		.close = NARU_CLOSED,		/* delete TCB */
	},
	[NARU_SYN_SENT] = {
		.name = "SYN-SENT",
		.fin_acked = NARU_SYN_SENT,
		.fin = NARU_SYN_SENT,
		.fin_both = NARU_SYN_SENT,
		.close = NARU_CLOSED,		/* delete TCB */
		.reset_err = ECONNREFUSED,	/* 3.10.7.3 second */
	},
	[NARU_SYN_RECEIVED] = {
		.name = "SYN-RECEIVED",
		.fin_acked = NARU_SYN_RECEIVED,	/* no FIN before FIN-WAIT-1 */
		.fin = NARU_CLOSE_WAIT,
		.fin_both = NARU_CLOSE_WAIT,
		.close = NARU_FIN_WAIT_1,	/* the FIN waits behind what was written */
		.sends_fin = true,
		.takes_text = true,
		.reset_err = ECONNREFUSED,	/* active OPEN: "connection refused" */
	},
	[NARU_ESTABLISHED] = {
		.name = "ESTABLISHED",
		.fin_acked = NARU_ESTABLISHED,	/* no FIN before FIN-WAIT-1 */
		.fin = NARU_CLOSE_WAIT,
		.fin_both = NARU_CLOSE_WAIT,
		.close = NARU_FIN_WAIT_1,
		.sends_fin = true,
		.takes_text = true,
		.reset_err = ECONNRESET,
	},
	[NARU_FIN_WAIT_1] = {
		.name = "FIN-WAIT-1",
		.fin_acked = NARU_FIN_WAIT_2,
		.fin = NARU_CLOSING,
		.fin_both = NARU_TIME_WAIT,
		.close = NARU_FIN_WAIT_1,	/* no second FIN */
		.takes_text = true,
		.reset_err = ECONNRESET,
	},
	[NARU_FIN_WAIT_2] = {
		.name = "FIN-WAIT-2",
		.fin_acked = NARU_FIN_WAIT_2,
		.fin = NARU_TIME_WAIT,
		.fin_both = NARU_TIME_WAIT,
		.close = NARU_FIN_WAIT_2,	/* no second FIN */
		.takes_text = true,
		.reset_err = ECONNRESET,
	},
	[NARU_CLOSE_WAIT] = {
		.name = "CLOSE-WAIT",
		.fin_acked = NARU_CLOSE_WAIT,	/* no FIN before LAST-ACK */
		.fin = NARU_CLOSE_WAIT,
		.fin_both = NARU_CLOSE_WAIT,
		.close = NARU_LAST_ACK,
		.sends_fin = true,
		.reset_err = EPIPE,		/* what was read was whole; writing fails */
	},
	[NARU_CLOSING] = {
		.name = "CLOSING",
		.fin_acked = NARU_TIME_WAIT,
		.fin = NARU_CLOSING,
		.fin_both = NARU_CLOSING,
		.close = NARU_CLOSING,		/* "connection closing" */
		.reset_err = ECONNRESET,
	},
	[NARU_LAST_ACK] = {
		.name = "LAST-ACK",
		.fin_acked = NARU_CLOSED,
		.fin = NARU_LAST_ACK,
		.fin_both = NARU_LAST_ACK,
		.close = NARU_LAST_ACK,		/* "connection closing" */
		.reset_err = ECONNRESET,
	},
	[NARU_TIME_WAIT] = {
		.name = "TIME-WAIT",
		.fin_acked = NARU_TIME_WAIT,
		.fin = NARU_TIME_WAIT,		/* and restart 2 MSL: naru_fsm_time_wait() */
		.fin_both = NARU_TIME_WAIT,
		.close = NARU_TIME_WAIT,	/* "connection closing" */
	},
};

static const struct fsm_row *row_of(u8 state)
{
	if (state < NARU_ESTABLISHED || state > NARU_CLOSING)
		state = NARU_CLOSED;
	return &rows[state];
}

static void begin(struct naru_fsm_out *out, u8 state)
{
	out->state = state;
	out->why = NARU_WHY_NONE;
	out->actions = 0;
	out->err = 0;
}

/* The segment goes no further; @answer is NARU_DO_* bits or 0. */
static void drop(struct naru_fsm_out *out, enum naru_why why, u32 answer)
{
	out->why = why;
	out->actions = NARU_DO_DROP | answer;
}

static void abort_connection(struct naru_fsm_out *out, enum naru_why why, u32 answer, int err)
{
	drop(out, why, NARU_DO_ABORT | answer);
	out->state = NARU_CLOSED;
	out->err = err;
}

static bool has_text(const struct naru_seg *seg)
{
	return seg->len || seg->flags & NARU_FIN;
}

static bool is_keepalive(const struct naru_fsm_in *in, const struct naru_seg *seg)
{
	return seg->seq + 1 == in->rcv_nxt && !has_text(seg);
}

/* How a segment that is refused is answered, RFC 9293 3.10.7.4 first: what the peer waits to have
 * acknowledged at once; a bare ACK at a limited rate, or two confused ends never stop (RFC 5961 7). What may be a
 * keep-alive is bare too: two ends of which each was given a byte by a third are for each other's ever.
 */
static u32 refusal(const struct naru_fsm_in *in, const struct naru_seg *seg)
{
	if (has_text(seg))
		return NARU_DO_ACK;
	return is_keepalive(in, seg) ? NARU_DO_LIMITED : NARU_DO_CHALLENGE;
}

static bool has_ts(const struct naru_fsm_in *in, const struct naru_seg *seg)
{
	return in->ts_ok && seg->opts.present & NARU_OPT_TS;
}

/* TS.Recent still says something about SEG.TSval, RFC 7323 5.5. */
static bool ts_comparable(const struct naru_fsm_in *in)
{
	return in->ts_valid && in->ts_recent_age_s <= naru_ts_recent_max_age(in->ts_usec);
}

/* RFC 7323 5.3 R1 (an old timestamp) and 3.2 (none, where both agreed to send them: silence). */
static bool pass_paws(const struct naru_fsm_in *in, const struct naru_seg *seg,
		      struct naru_fsm_out *out)
{
	if (!in->ts_ok)
		return true;
	if (!has_ts(in, seg)) {
		drop(out, NARU_WHY_PAWS, 0);
		return false;
	}
	if (!ts_comparable(in) || !naru_seq_before(seg->opts.tsval, in->ts_recent))
		return true;
	drop(out, NARU_WHY_PAWS, refusal(in, seg));
	return false;
}

/* RFC 7323 4.3 (2): whether TS.Recent follows; the segment has passed PAWS. */
static u32 ts_action(const struct naru_fsm_in *in, const struct naru_seg *seg)
{
	if (!has_ts(in, seg) || naru_seq_after(seg->seq, in->last_ack_sent))
		return 0;
	if (ts_comparable(in) && naru_seq_before(seg->opts.tsval, in->ts_recent))
		return 0;
	return NARU_DO_TS;
}

/* A bare ACK beyond the window, of data that was not acknowledged before: where each side had sent more than the
 * other's window holds now, the ACKs of both lie there, and neither would ever hear that its data came. As far
 * as any window has reached, since RFC 5961 5 wants no more than that; SYN-RECEIVED has its sequence numbers
 * checked to the letter.
 */
static bool is_news(const struct naru_fsm_in *in, const struct naru_seg *seg)
{
	return seg->seq == seg->end_seq && in->state != NARU_SYN_RECEIVED && seg->flags & NARU_ACK &&
	       seg->seq - in->rcv_nxt <= in->rcv_reach &&
	       naru_seq_after(seg->ack, in->snd_una) && !naru_seq_after(seg->ack, in->snd_nxt);
}

/* RFC 9293 3.10.7.4 first. "Special allowance" for valid ACKs: at a closed window ACK and URG are taken
 * without the text (MUST-66; and simultaneous probes would block each other); a bare ACK at the right edge
 * is taken, which a peer sends that has used all the window and lost some of it (A.2); and is_news().
 */
static bool pass_window(const struct naru_fsm_in *in, const struct naru_seg *seg,
			struct naru_fsm_out *out)
{
	bool bare = seg->seq == seg->end_seq;
	bool old = naru_seq_before(seg->seq, in->rcv_nxt) && (!bare || is_keepalive(in, seg)) &&
		   !naru_seq_after(seg->end_seq, in->rcv_nxt);

	if (naru_seq_acceptable(seg->seq, seg->end_seq, in->rcv_nxt, in->rcv_wnd))
		return true;
	if (bare && seg->seq == in->rcv_nxt + in->rcv_wnd)
		return true;
	if (seg->seq == in->rcv_nxt && !in->rcv_wnd) {
		out->why = NARU_WHY_WINDOW;
		out->actions |= NARU_DO_ACK;
		return true;
	}
	if (is_news(in, seg))
		return true;
	drop(out, old ? NARU_WHY_OLD_DATA : NARU_WHY_WINDOW, refusal(in, seg));
	return false;
}

/* RFC 9293 3.10.7.4 second, RFC 5961 3.2. At a closed window too (MUST-66), with text or without
 * (SHLD-2). No PAWS for resets: RFC 7323 5.2.
 */
static void take_reset(const struct naru_fsm_in *in, const struct naru_seg *seg,
		       struct naru_fsm_out *out)
{
	if (seg->seq == in->rcv_nxt)
		abort_connection(out, NARU_WHY_RST, 0,
				 in->passive ? ECONNRESET : row_of(in->state)->reset_err);
	else if (seg->seq - in->rcv_nxt < in->rcv_wnd)
		drop(out, NARU_WHY_RST_INEXACT, NARU_DO_CHALLENGE);
	else
		drop(out, NARU_WHY_WINDOW, 0);
}

static bool is_same_syn(const struct naru_fsm_in *in, const struct naru_seg *seg)
{
	return seg->seq + 1 + in->syn_len == in->rcv_nxt;
}

/* The peer's <SYN,ACK> where both ends opened: it acknowledges our SYN, RFC 9293 3.5 figure 7. Data that went with
 * it may go again (RFC 7413).
 */
static bool is_crossed_synack(const struct naru_fsm_in *in, const struct naru_seg *seg)
{
	return in->state == NARU_SYN_RECEIVED && seg->flags & NARU_ACK &&
	       is_same_syn(in, seg) && naru_seq_after(seg->ack, in->snd_una) &&
	       !naru_seq_after(seg->ack, in->snd_nxt);
}

/* RFC 9293 3.10.7.4 fourth, RFC 5961 4.2: whatever the sequence number. */
static void take_syn(const struct naru_fsm_in *in, const struct naru_seg *seg,
		     struct naru_fsm_out *out)
{
	bool inside = seg->seq - in->rcv_nxt < in->rcv_wnd;

	if (in->state == NARU_SYN_RECEIVED && !(seg->flags & NARU_ACK) &&
	    is_same_syn(in, seg))
		drop(out, NARU_WHY_OLD_DATA, NARU_DO_SYNACK | ts_action(in, seg));
	else
		drop(out, inside ? NARU_WHY_SYN_IN_WINDOW : NARU_WHY_WINDOW, NARU_DO_CHALLENGE);
}

/* RFC 9293 3.10.7.4 fifth, with RFC 5961 5.2 (MAY-12): (SND.UNA - MAX.SND.WND) =< SEG.ACK =< SND.NXT. */
static bool pass_ack(const struct naru_fsm_in *in, const struct naru_seg *seg,
		     struct naru_fsm_out *out)
{
	if (!(seg->flags & NARU_ACK)) {
		drop(out, NARU_WHY_NO_ACK, 0);
		return false;
	}
	if (naru_seq_between(seg->ack, in->snd_una - in->max_window, in->snd_nxt))
		return true;
	drop(out, naru_seq_after(seg->ack, in->snd_nxt) ? NARU_WHY_ACK_UNSENT : NARU_WHY_ACK_OLD,
	     NARU_DO_CHALLENGE);
	return false;
}

/* RFC 9293 3.10.7.4 fifth: SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK). Who acknowledges more than
 * any before is the newest, also where he sends old data again, or stands beyond the window: his ACK moves SND.UNA, and
 * with an older window behind it more could be sent than he has offered. What else lies beyond the right edge would be
 * SND.WL1 for long.
 */
static u32 window_action(const struct naru_fsm_in *in, const struct naru_seg *seg)
{
	if (naru_seq_after(seg->ack, in->snd_una))
		return NARU_DO_WINDOW;
	if (naru_seq_after(seg->seq, in->rcv_nxt + in->rcv_wnd))
		return 0;
	if (naru_seq_before(in->snd_wl1, seg->seq))
		return NARU_DO_WINDOW;
	if (in->snd_wl1 == seg->seq && !naru_seq_after(in->snd_wl2, seg->ack))
		return NARU_DO_WINDOW;
	return 0;
}

static u32 text_action(const struct naru_fsm_out *out, const struct naru_seg *seg)
{
	/* at a closed window the ACK was taken without the text */
	if (out->why == NARU_WHY_WINDOW || !row_of(out->state)->takes_text || !has_text(seg))
		return 0;
	return NARU_DO_DATA;
}

/* RFC 9293 3.10.7.4 sixth: where text is taken, at a closed window too (MUST-66); behind a FIN nothing is urgent */
static u32 urgent_action(const struct naru_fsm_out *out, const struct naru_seg *seg)
{
	return seg->flags & NARU_URG && row_of(out->state)->takes_text ? NARU_DO_URG : 0;
}

static void establish(const struct naru_fsm_in *in, const struct naru_seg *seg,
		      struct naru_fsm_out *out)
{
	out->state = NARU_ESTABLISHED;
	out->actions |= NARU_DO_ESTABLISH | NARU_DO_PROCESS_ACK | NARU_DO_WINDOW |
			ts_action(in, seg) | urgent_action(out, seg) | text_action(out, seg);
}

/* RFC 9293 3.10.7.4 fifth, SYN-RECEIVED: SND.UNA < SEG.ACK =< SND.NXT. */
static void ack_syn_received(const struct naru_fsm_in *in, const struct naru_seg *seg,
			     struct naru_fsm_out *out)
{
	if (naru_seq_after(seg->ack, in->snd_una) && !naru_seq_after(seg->ack, in->snd_nxt))
		establish(in, seg, out);
	else
		drop(out, NARU_WHY_ACK_OLD, NARU_DO_RST);
}

/* Data that nobody will read, RFC 9293 3.6.1 (SHLD-3): the peer must learn that it was lost. */
static bool is_after_close(const struct naru_fsm_in *in, const struct naru_seg *seg, u8 state)
{
	if (state != NARU_FIN_WAIT_1 && state != NARU_FIN_WAIT_2)
		return false;
	return (in->closed || !in->receiving) && seg->len &&
	       naru_seq_after(seg->seq + seg->len, in->rcv_nxt);
}

/* RFC 9293 3.10.7.4 fifth to seventh, the synchronized states. */
static void ack_synchronized(const struct naru_fsm_in *in, const struct naru_seg *seg,
			     struct naru_fsm_out *out)
{
	if (naru_seq_before(seg->ack, in->snd_una)) {
		out->actions |= NARU_DO_OLD_ACK;
	} else {
		if (in->fin_acked)
			out->state = row_of(in->state)->fin_acked;
		out->actions |= NARU_DO_PROCESS_ACK | window_action(in, seg);
	}
	if (out->state == NARU_CLOSED) {
		out->actions = NARU_DO_PROCESS_ACK;
		return;
	}
	if (is_after_close(in, seg, out->state))
		abort_connection(out, NARU_WHY_AFTER_CLOSE, NARU_DO_RST, ECONNRESET);
	else
		out->actions |= ts_action(in, seg) | urgent_action(out, seg) |
				text_action(out, seg);
}

/* RFC 9293 3.10.7.4 for the states from SYN-RECEIVED to LAST-ACK. */
static void take_segment(const struct naru_fsm_in *in, const struct naru_seg *seg,
			 struct naru_fsm_out *out)
{
	if (!pass_paws(in, seg, out))
		return;
	if (seg->flags & NARU_SYN) {
		if (!is_crossed_synack(in, seg)) {
			take_syn(in, seg, out);
			return;
		}
		out->actions |= NARU_DO_ACK;
	} else if (!pass_window(in, seg, out)) {
		return;
	}
	if (!pass_ack(in, seg, out))
		return;
	if (in->state == NARU_SYN_RECEIVED)
		ack_syn_received(in, seg, out);
	else
		ack_synchronized(in, seg, out);
}

/* RFC 9293 3.10.7.1 */
static void take_closed(const struct naru_seg *seg, struct naru_fsm_out *out)
{
	begin(out, NARU_CLOSED);
	drop(out, NARU_WHY_CLOSED, seg->flags & NARU_RST ? 0 : NARU_DO_RST);
}

/**
 * naru_fsm_segment - a segment for a connection
 * @in: the connection; meant for SYN-RECEIVED (simultaneous open), ESTABLISHED, FIN-WAIT-1,
 *	FIN-WAIT-2, CLOSE-WAIT, CLOSING and LAST-ACK, the others are handed on
 * @seg: the segment
 * @out: is filled
 *
 * RFC 9293 3.10.7.4 first to seventh, in this order: PAWS (RFC 7323 5.3, not for
 * resets), RST (RFC 5961 3.2), SYN (RFC 5961 4.2), sequence number, ACK (RFC 5961 5.2), URG, text.
 * The state moves when our FIN is acknowledged and when SYN-RECEIVED's ACK comes; the peer's FIN is
 * naru_fsm_fin()'s. NARU_DO_ACK without NARU_DO_DROP: an answer is owed besides; NARU_WHY_WINDOW
 * without NARU_DO_DROP: the window is closed, the header is taken and the text is not.
 *
 * Context: any; socket lock held by who gave @in.
 */
void naru_fsm_segment(const struct naru_fsm_in *in, const struct naru_seg *seg,
		      struct naru_fsm_out *out)
{
	begin(out, in->state);
	switch (in->state) {
	case NARU_LISTEN:
		naru_fsm_listen(seg, out);
		break;
	case NARU_SYN_SENT:
		naru_fsm_syn_sent(in, seg, in->ts_ok, 0, ~0U, out);
		break;
	case NARU_TIME_WAIT:
		naru_fsm_time_wait(in, seg, out);
		break;
	case NARU_SYN_RECEIVED:
	case NARU_ESTABLISHED:
	case NARU_FIN_WAIT_1:
	case NARU_FIN_WAIT_2:
	case NARU_CLOSE_WAIT:
	case NARU_CLOSING:
	case NARU_LAST_ACK:
		if (seg->flags & NARU_RST)
			take_reset(in, seg, out);
		else
			take_segment(in, seg, out);
		break;
	default:
		take_closed(seg, out);
	}
}

/*
 * RFC 9293 3.10.7.3 first: ISS < SEG.ACK =< SND.NXT. Resets answer no reset. The ACK is an old connection's,
 * half open or in TIME-WAIT (3.5 figures 8 and 10), which our reset ends: the SYN need not wait for its timer.
 */
static bool pass_syn_sent_ack(const struct naru_fsm_in *in, const struct naru_seg *seg,
			      struct naru_fsm_out *out)
{
	if (!(seg->flags & NARU_ACK))
		return true;
	if (naru_seq_after(seg->ack, in->iss) && !naru_seq_after(seg->ack, in->snd_nxt))
		return true;
	drop(out, NARU_WHY_ACK_UNSENT,
	     seg->flags & NARU_RST ? 0 : NARU_DO_RST | NARU_DO_SYN_AGAIN);
	return false;
}

/* RFC 9293 3.10.7.3 second, RFC 5961 3.2: with an acceptable ACK it is about our SYN. */
static void take_syn_sent_reset(const struct naru_seg *seg, struct naru_fsm_out *out)
{
	if (seg->flags & NARU_ACK)
		abort_connection(out, NARU_WHY_RST, 0, rows[NARU_SYN_SENT].reset_err);
	else
		drop(out, NARU_WHY_STATE, 0);
}

/* RFC 9293 3.10.7.3 fourth. Without ACK both ends open at once (MUST-10). */
static void take_syn_sent_syn(const struct naru_seg *seg, bool ts_sent, struct naru_fsm_out *out)
{
	u32 ts = ts_sent && seg->opts.present & NARU_OPT_TS ? NARU_DO_TS : 0;

	if (!(seg->flags & NARU_ACK)) {
		out->state = NARU_SYN_RECEIVED;
		out->actions = NARU_DO_SYNACK | NARU_DO_WINDOW | ts;
		return;
	}
	out->state = NARU_ESTABLISHED;
	out->actions = NARU_DO_ESTABLISH | NARU_DO_PROCESS_ACK | NARU_DO_WINDOW | ts |
		       urgent_action(out, seg) | text_action(out, seg);
}

/**
 * naru_fsm_syn_sent - a segment in SYN-SENT
 * @in: the connection: iss and snd_nxt count
 * @seg: the segment
 * @ts_sent: our SYN carried timestamps
 * @ts_first: TSval of the first SYN we sent
 * @ts_last: TSval of the last
 * @out: is filled
 *
 * RFC 9293 3.10.7.3. A TSecr that we cannot have sent is answered with a reset: the <SYN,ACK> is
 * not about this connection. Text beside a bare SYN is left to the peer to send again.
 * NARU_DO_ESTABLISH implies the ACK of the peer's SYN, which the caller sends when RCV.NXT is set.
 *
 * Context: any; socket lock held by who gave @in.
 */
void naru_fsm_syn_sent(const struct naru_fsm_in *in, const struct naru_seg *seg, bool ts_sent,
		       u32 ts_first, u32 ts_last, struct naru_fsm_out *out)
{
	bool echoes = ts_sent && seg->flags & NARU_ACK && seg->opts.present & NARU_OPT_TS;

	begin(out, NARU_SYN_SENT);
	if (!pass_syn_sent_ack(in, seg, out))
		return;
	if (seg->flags & NARU_RST)
		take_syn_sent_reset(seg, out);
	else if (echoes && !naru_seq_between(seg->opts.tsecr, ts_first, ts_last))
		drop(out, NARU_WHY_PAWS, NARU_DO_RST);
	else if (seg->flags & NARU_SYN)
		take_syn_sent_syn(seg, ts_sent, out);
	else
		drop(out, NARU_WHY_STATE, 0);
}

/**
 * naru_fsm_listen - a segment for a listener
 * @seg: the segment
 * @out: is filled; NARU_DO_SYNACK and SYN-RECEIVED for a SYN that may open
 *
 * RFC 9293 3.10.7.2. Any context.
 */
void naru_fsm_listen(const struct naru_seg *seg, struct naru_fsm_out *out)
{
	begin(out, NARU_LISTEN);
	if (seg->flags & NARU_RST) {
		drop(out, NARU_WHY_STATE, 0);
	} else if (seg->flags & NARU_ACK) {
		drop(out, NARU_WHY_STATE, NARU_DO_RST);
	} else if (seg->flags & NARU_SYN) {
		out->state = NARU_SYN_RECEIVED;
		out->actions = NARU_DO_SYNACK;
	} else {
		drop(out, NARU_WHY_STATE, 0);
	}
}

/* RFC 9293 3.10.7.4 fourth, passive OPEN: the same SYN again is answered again; another one in the
 * window sends the entry back to LISTEN; one elsewhere gets an ACK (first).
 */
static void take_request_syn(const struct naru_fsm_in *in, const struct naru_seg *seg,
			     struct naru_fsm_out *out)
{
	if (seg->seq - in->rcv_nxt < in->rcv_wnd)
		abort_connection(out, NARU_WHY_SYN_IN_WINDOW, 0, ECONNRESET);
	else
		take_syn(in, seg, out);
}

/**
 * naru_fsm_request - a segment for a SYN-RECEIVED entry of a listener
 * @in: the entry: snd_nxt is ISS + 1
 * @seg: the segment
 * @out: is filled
 *
 * RFC 9293 3.10.7.4, SYN-RECEIVED after a passive OPEN; after an active one it is a full socket and
 * naru_fsm_segment()'s (RFC 9293 3.5, MUST-11). NARU_DO_ESTABLISH: the handshake is
 * complete, SEG.ACK is ISS + 1 exactly. NARU_DO_SYNACK: the same SYN again. NARU_DO_ABORT: the
 * entry goes, and nobody is told.
 *
 * Context: any; naru_req.lock held by who gave @in.
 */
void naru_fsm_request(const struct naru_fsm_in *in, const struct naru_seg *seg,
		      struct naru_fsm_out *out)
{
	begin(out, NARU_SYN_RECEIVED);
	if (seg->flags & NARU_RST) {
		take_reset(in, seg, out);
		return;
	}
	if (!pass_paws(in, seg, out))
		return;
	if (seg->flags & NARU_SYN) {
		take_request_syn(in, seg, out);
		return;
	}
	if (!pass_window(in, seg, out))
		return;
	if (!(seg->flags & NARU_ACK))
		drop(out, NARU_WHY_NO_ACK, 0);
	else if (seg->ack == in->snd_nxt)
		establish(in, seg, out);
	else
		drop(out, naru_seq_after(seg->ack, in->snd_nxt) ? NARU_WHY_ACK_UNSENT :
							       NARU_WHY_ACK_OLD, NARU_DO_RST);
}

/* RFC 6191 2, RFC 9293 3.6.1 (MAY-2, SHLD-4). The last sequence number used is the FIN's. */
static bool may_reopen(const struct naru_fsm_in *in, const struct naru_seg *seg)
{
	bool newer_seq = !naru_seq_before(seg->seq, in->rcv_nxt);

	if (!has_ts(in, seg))
		return newer_seq;
	if (!in->ts_valid || naru_seq_after(seg->opts.tsval, in->ts_recent))
		return true;
	return seg->opts.tsval == in->ts_recent && newer_seq;
}

static void take_time_wait_syn(const struct naru_fsm_in *in, const struct naru_seg *seg,
			       struct naru_fsm_out *out)
{
	if (!(seg->flags & NARU_ACK) && may_reopen(in, seg)) {
		out->state = NARU_LISTEN;
		out->actions = NARU_DO_NEW;
	} else {
		drop(out, NARU_WHY_TIME_WAIT, NARU_DO_CHALLENGE);
	}
}

/* RFC 9293 3.10.7.4 fifth and eighth: the peer's FIN again restarts 2 MSL. */
static void take_time_wait_segment(const struct naru_fsm_in *in, const struct naru_seg *seg,
				   struct naru_fsm_out *out)
{
	u32 ts = has_ts(in, seg) && !naru_seq_after(seg->seq, in->rcv_nxt) ? NARU_DO_TS : 0;

	if (seg->flags & NARU_FIN && seg->end_seq == in->rcv_nxt)
		drop(out, NARU_WHY_TIME_WAIT, NARU_DO_ACK | NARU_DO_TW_RESTART | ts);
	else if (has_text(seg) ||
		 !naru_seq_acceptable(seg->seq, seg->end_seq, in->rcv_nxt, in->rcv_wnd))
		drop(out, NARU_WHY_TIME_WAIT, refusal(in, seg));
	else
		drop(out, NARU_WHY_TIME_WAIT, ts);
}

/* RFC 9293 3.10.7.4 second, unless RFC 1337 3 (fix F1) is asked for */
static void take_time_wait_reset(const struct naru_fsm_in *in, const struct naru_seg *seg,
				 struct naru_fsm_out *out)
{
	if (!in->rfc1337 && seg->seq == in->rcv_nxt)
		abort_connection(out, NARU_WHY_TIME_WAIT, 0, 0);
	else
		drop(out, NARU_WHY_TIME_WAIT, 0);
}

/**
 * naru_fsm_time_wait - a segment in TIME-WAIT
 * @in: the entry. rcv_nxt is behind the peer's FIN; ts_valid: the connection used timestamps and
 *	ts_recent is its last; ts_ok: a new one would use them if the peer offers them; rfc1337:
 *	resets are ignored
 * @seg: the segment
 * @out: is filled
 *
 * RFC 9293 3.10.7.4; RFC 6191 2 for SYNs (NARU_DO_NEW: the caller goes on as in LISTEN, with an ISS
 * above all that was used); NARU_DO_ABORT: the entry goes. Only the peer's own FIN restarts 2 MSL,
 * so that nobody else can keep the entry alive.
 *
 * Context: any; the entry's lock held by who gave @in.
 */
void naru_fsm_time_wait(const struct naru_fsm_in *in, const struct naru_seg *seg,
			struct naru_fsm_out *out)
{
	begin(out, NARU_TIME_WAIT);
	if (seg->flags & NARU_RST)
		take_time_wait_reset(in, seg, out);
	else if (seg->flags & NARU_SYN)
		take_time_wait_syn(in, seg, out);
	else if (!in->ts_valid || pass_paws(in, seg, out))
		take_time_wait_segment(in, seg, out);
}

/**
 * naru_fsm_fin - the peer's FIN is in order
 * @state: enum naru_state
 * @fin_acked: our FIN is acknowledged
 *
 * Return: the next state, RFC 9293 3.10.7.4 eighth. Any context.
 */
u8 naru_fsm_fin(u8 state, bool fin_acked)
{
	const struct fsm_row *row = row_of(state);

	return fin_acked ? row->fin_both : row->fin;
}

/**
 * naru_fsm_close - the program closes its sending side
 * @state: enum naru_state
 * @send_fin: is set: whether a FIN is queued
 *
 * Return: the next state, RFC 9293 3.10.4. Any context.
 */
u8 naru_fsm_close(u8 state, bool *send_fin)
{
	const struct fsm_row *row = row_of(state);

	*send_fin = row->sends_fin;
	return row->close;
}

/**
 * naru_fsm_reset_for - the reset that answers a segment
 * @seg: the segment
 * @rst: its seq, ack and flags are filled, nothing else
 *
 * RFC 9293 3.10.7.1: acceptable to who sent @seg.
 *
 * Return: false if @seg is a reset, which is not answered. Any context.
 */
bool naru_fsm_reset_for(const struct naru_seg *seg, struct naru_seg *rst)
{
	if (seg->flags & NARU_RST)
		return false;
	if (seg->flags & NARU_ACK) {
		rst->seq = seg->ack;
		rst->ack = 0;
		rst->flags = NARU_RST;
	} else {
		rst->seq = 0;
		rst->ack = seg->end_seq;
		rst->flags = NARU_RST | NARU_ACK;
	}
	return true;
}

/**
 * naru_fsm_name - a state's name
 * @state: enum naru_state
 *
 * Return: RFC 9293 3.3.2's name, "CLOSED" for what is no state. Any context.
 */
const char *naru_fsm_name(u8 state)
{
	return row_of(state)->name;
}
