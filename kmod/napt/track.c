// SPDX-License-Identifier: GPL-2.0
/*
 * The states of a TCP connection that crosses the NAPT, for TCP and for 253. RFC 7857 2 and its
 * Figure 1, with what RFC 6146 3.5.2.2 says of the same machine in words; RFC 5382 4 and 5; and
 * windows as RFC 5382 9 and RFC 7857 2.2 ask for.
 *
 * A segment that does not fit in is passed on all the same: the host it is for judges it. But it
 * moves nothing and renews no timer, so that who can only guess numbers changes nothing here. Data
 * and ACKs from inside are the exception: they renew the timer whatever their numbers, lest a
 * connection whose beginning was not seen goes while its own host uses it (RFC 4787 REQ-6).
 */
#include "track.h"
#include "../tcp/seq.h"

#define NO_WSCALE	255
#define WSCALE_MAX	14	/* RFC 7323 2.3 */

enum event {
	EV_SYN,		/* SYN that opens, or one sent again */
	EV_ANSWER,	/* SYN,ACK; or the SYN of the other side, while one has come */
	EV_FIN_IN,	/* of the inside host */
	EV_FIN_OUT,
	EV_RST,		/* of either side */
	EV_DATA_IN,	/* data or an ACK of the inside host */
	EV_DATA_OUT,
	EV_TIMEOUT,	/* no segment for as long as the state's timer */
	NR_EVENTS
};

enum what {
	IGNORE,		/* nothing changes, the timer goes on */
	RENEW,		/* the timer alone begins again, whatever the numbers */
	MOVE,		/* if the segment fits: to the next state, numbers are noted */
	ANEW,		/* whatever is known is forgotten; to the next state, numbers are noted */
};

struct cell {
	u8 what;	/* enum what */
	u8 next;	/* enum naru_track_state */
};

static const struct cell cells[NARU_TRACK_STATES][NR_EVENTS] = {
	[NARU_TRACK_CLOSED] = {
		/* RFC 7857 Figure 1: SYN; RFC 6146 3.5.2.2 CLOSED: of either side */
		[EV_SYN] = { ANEW, NARU_TRACK_INIT },
		/* RFC 9293 3.10.7.1: answers no SYN, and draws a reset */
		[EV_ANSWER] = { IGNORE, NARU_TRACK_CLOSED },
		/* RFC 5382 5 leaves it open: a connection older than the NAPT closes its half */
		[EV_FIN_IN] = { ANEW, NARU_TRACK_IN_FIN },
		/* RFC 5382 5 leaves it open: nobody inside is known to want it */
		[EV_FIN_OUT] = { IGNORE, NARU_TRACK_CLOSED },
		/* RFC 9293 3.10.7.1: there is nothing to reset */
		[EV_RST] = { IGNORE, NARU_TRACK_CLOSED },
		/* RFC 5382 5 leaves it open: an older connection, transitory until more is seen */
		[EV_DATA_IN] = { ANEW, NARU_TRACK_TRANS },
		/* RFC 5382 5 leaves it open: nobody inside is known to want it */
		[EV_DATA_OUT] = { IGNORE, NARU_TRACK_CLOSED },
		/* RFC 6146 3.5.2.2 CLOSED: stands for no state at all */
		[EV_TIMEOUT] = { MOVE, NARU_TRACK_CLOSED },
	},
	[NARU_TRACK_INIT] = {
		/* RFC 6146 3.5.2.2 INIT: SYN again, the lifetime begins anew; maybe another ISN */
		[EV_SYN] = { ANEW, NARU_TRACK_INIT },
		/* RFC 7857 Figure 1: SYN of the server; RFC 5382 REQ-2a: with or without ACK */
		[EV_ANSWER] = { MOVE, NARU_TRACK_ESTABLISHED },
		/* RFC 9293 3.10.7.4 eighth: no FIN before both SYNs */
		[EV_FIN_IN] = { IGNORE, NARU_TRACK_INIT },
		/* RFC 9293 3.10.7.4 eighth: no FIN before both SYNs */
		[EV_FIN_OUT] = { IGNORE, NARU_TRACK_INIT },
		/* RFC 7857 2.2: refused or given up, and there for 4 minutes more */
		[EV_RST] = { MOVE, NARU_TRACK_TRANS },
		/* RFC 6146 3.5.2.2 INIT: no change; RFC 4787 REQ-6: from inside it renews */
		[EV_DATA_IN] = { RENEW, NARU_TRACK_INIT },
		/* RFC 6146 3.5.2.2 INIT: no change, and the lifetime is not set */
		[EV_DATA_OUT] = { IGNORE, NARU_TRACK_INIT },
		/* RFC 6146 3.5.2.2 INIT: the entry is deleted; RFC 5382 REQ-5 */
		[EV_TIMEOUT] = { MOVE, NARU_TRACK_CLOSED },
	},
	[NARU_TRACK_ESTABLISHED] = {
		/* RFC 5961 4.2: a new one is challenged; the old one again is a retransmission */
		[EV_SYN] = { MOVE, NARU_TRACK_ESTABLISHED },
		/* RFC 5382 REQ-2a: both SYN,ACKs of a simultaneous open; or sent again */
		[EV_ANSWER] = { MOVE, NARU_TRACK_ESTABLISHED },
		/* RFC 7857 Figure 1: client FIN */
		[EV_FIN_IN] = { MOVE, NARU_TRACK_IN_FIN },
		/* RFC 7857 Figure 1: server FIN */
		[EV_FIN_OUT] = { MOVE, NARU_TRACK_OUT_FIN },
		/* RFC 7857 Figure 1: server or client RST */
		[EV_RST] = { MOVE, NARU_TRACK_TRANS },
		/* RFC 6146 3.5.2.2 ESTABLISHED: the lifetime begins anew */
		[EV_DATA_IN] = { MOVE, NARU_TRACK_ESTABLISHED },
		/* RFC 6146 3.5.2.2 ESTABLISHED: the lifetime begins anew */
		[EV_DATA_OUT] = { MOVE, NARU_TRACK_ESTABLISHED },
		/* RFC 7857 Figure 1: TCP_EST T.O. */
		[EV_TIMEOUT] = { MOVE, NARU_TRACK_TRANS },
	},
	[NARU_TRACK_IN_FIN] = {
		/* RFC 5961 4.2: as in ESTABLISHED */
		[EV_SYN] = { MOVE, NARU_TRACK_IN_FIN },
		/* RFC 9293 3.10.7.4: SYN,ACK sent again, its ACK was lost */
		[EV_ANSWER] = { MOVE, NARU_TRACK_IN_FIN },
		/* RFC 6146 3.5.2.2 FIN RCV: any packet but the other FIN; FIN sent again */
		[EV_FIN_IN] = { MOVE, NARU_TRACK_IN_FIN },
		/* RFC 7857 Figure 1: server FIN */
		[EV_FIN_OUT] = { MOVE, NARU_TRACK_BOTH_FIN },
		/* RFC 7857 2.2: a RST in any state; there for 4 minutes more */
		[EV_RST] = { MOVE, NARU_TRACK_TRANS },
		/* RFC 5382 5: half closed is established; ACKs go on */
		[EV_DATA_IN] = { MOVE, NARU_TRACK_IN_FIN },
		/* RFC 5382 5: half closed is established; data go on */
		[EV_DATA_OUT] = { MOVE, NARU_TRACK_IN_FIN },
		/* RFC 6146 3.5.2.2 FIN RCV: the entry is deleted */
		[EV_TIMEOUT] = { MOVE, NARU_TRACK_CLOSED },
	},
	[NARU_TRACK_OUT_FIN] = {
		/* RFC 5961 4.2: as in ESTABLISHED */
		[EV_SYN] = { MOVE, NARU_TRACK_OUT_FIN },
		/* RFC 9293 3.10.7.4: SYN,ACK sent again, its ACK was lost */
		[EV_ANSWER] = { MOVE, NARU_TRACK_OUT_FIN },
		/* RFC 7857 Figure 1: client FIN */
		[EV_FIN_IN] = { MOVE, NARU_TRACK_BOTH_FIN },
		/* RFC 6146 3.5.2.2 FIN RCV: any packet but the other FIN; FIN sent again */
		[EV_FIN_OUT] = { MOVE, NARU_TRACK_OUT_FIN },
		/* RFC 7857 2.2: a RST in any state; there for 4 minutes more */
		[EV_RST] = { MOVE, NARU_TRACK_TRANS },
		/* RFC 5382 5: half closed is established; data go on */
		[EV_DATA_IN] = { MOVE, NARU_TRACK_OUT_FIN },
		/* RFC 5382 5: half closed is established; ACKs go on */
		[EV_DATA_OUT] = { MOVE, NARU_TRACK_OUT_FIN },
		/* RFC 6146 3.5.2.2 FIN RCV: the entry is deleted */
		[EV_TIMEOUT] = { MOVE, NARU_TRACK_CLOSED },
	},
	[NARU_TRACK_BOTH_FIN] = {
		/* RFC 9293 MAY-2: a connection is opened over TIME-WAIT; RFC 5382 4.3 */
		[EV_SYN] = { ANEW, NARU_TRACK_INIT },
		/* RFC 9293 3.10.7.4: answers a SYN of before; both ends have sent all */
		[EV_ANSWER] = { IGNORE, NARU_TRACK_BOTH_FIN },
		/* RFC 5382 5: a last ACK was lost; closing ends when nothing comes any more */
		[EV_FIN_IN] = { MOVE, NARU_TRACK_BOTH_FIN },
		/* RFC 5382 5: a last ACK was lost; closing ends when nothing comes any more */
		[EV_FIN_OUT] = { MOVE, NARU_TRACK_BOTH_FIN },
		/* RFC 7857 2.2: 4 minutes, which this state's timer gives; no way back from here */
		[EV_RST] = { MOVE, NARU_TRACK_BOTH_FIN },
		/* RFC 6146 3.5.2.2 FIN + FIN RCV: all packets pass; RFC 5382 5: last ACKs */
		[EV_DATA_IN] = { MOVE, NARU_TRACK_BOTH_FIN },
		/* RFC 6146 3.5.2.2 FIN + FIN RCV: all packets pass; RFC 5382 5: last ACKs */
		[EV_DATA_OUT] = { MOVE, NARU_TRACK_BOTH_FIN },
		/* RFC 7857 Figure 1: TCP_TRANS T.O. */
		[EV_TIMEOUT] = { MOVE, NARU_TRACK_CLOSED },
	},
	[NARU_TRACK_TRANS] = {
		/* RFC 9293 3.5.1: who was reset opens again from the same port */
		[EV_SYN] = { ANEW, NARU_TRACK_INIT },
		/* RFC 6146 3.5.2.2 TRANS: no RST, so the connection lives */
		[EV_ANSWER] = { MOVE, NARU_TRACK_ESTABLISHED },
		/* RFC 6146 3.5.2.2 TRANS: as if from ESTABLISHED */
		[EV_FIN_IN] = { MOVE, NARU_TRACK_IN_FIN },
		/* RFC 6146 3.5.2.2 TRANS: as if from ESTABLISHED */
		[EV_FIN_OUT] = { MOVE, NARU_TRACK_OUT_FIN },
		/* RFC 6146 3.5.2.2 TRANS: all but a RST renews; RFC 7857 7.1 */
		[EV_RST] = { IGNORE, NARU_TRACK_TRANS },
		/* RFC 7857 Figure 1: data pkt; RFC 6146: or an ACK, as RFC 5961 3.2 answers a RST */
		[EV_DATA_IN] = { MOVE, NARU_TRACK_ESTABLISHED },
		/* RFC 7857 Figure 1: data pkt; RFC 6146: or an ACK, as RFC 5961 3.2 answers a RST */
		[EV_DATA_OUT] = { MOVE, NARU_TRACK_ESTABLISHED },
		/* RFC 7857 Figure 1: TCP_TRANS T.O. */
		[EV_TIMEOUT] = { MOVE, NARU_TRACK_CLOSED },
	},
};

static const u8 timers[NARU_TRACK_STATES] = {
	[NARU_TRACK_CLOSED] = NARU_NAPT_TIMER_TCP_CLOSE,
	[NARU_TRACK_INIT] = NARU_NAPT_TIMER_TCP_OPEN,
	[NARU_TRACK_ESTABLISHED] = NARU_NAPT_TIMER_TCP_EST,
	/* RFC 5382 5: FIN-WAIT-1, FIN-WAIT-2 and CLOSE-WAIT are of the established phase */
	[NARU_TRACK_IN_FIN] = NARU_NAPT_TIMER_TCP_EST,
	[NARU_TRACK_OUT_FIN] = NARU_NAPT_TIMER_TCP_EST,
	[NARU_TRACK_BOTH_FIN] = NARU_NAPT_TIMER_TCP_CLOSE,
	[NARU_TRACK_TRANS] = NARU_NAPT_TIMER_TCP_CLOSE,
};

/* ---- numbers ---- */

static bool has(const struct naru_track_side *side, u8 flag)
{
	return side->flags & flag;
}

static u32 seg_end(const struct naru_track_seg *seg)
{
	return seg->seq + seg->len + !!(seg->flags & NARU_TRACK_SYN_BIT) +
	       !!(seg->flags & NARU_TRACK_FIN_BIT);
}

/* The SYNs passed before the NAPT was there: scales and first numbers are unknown */
static bool picked_up(const struct naru_track *t)
{
	return !has(&t->side[0], NARU_TRACK_SYN) && !has(&t->side[1], NARU_TRACK_SYN);
}

/*
 * The shift of the windows that a side announces: RFC 7323 2.2, both SYNs must have the option. Where
 * they were not seen it is taken for the greatest.
 */
static void set_shifts(struct naru_track *t)
{
	bool both = has(&t->side[0], NARU_TRACK_WSCALE) && has(&t->side[1], NARU_TRACK_WSCALE);
	unsigned int i;

	for (i = 0; i < 2; i++)
		t->shift[i] = picked_up(t) ? WSCALE_MAX : both ? t->side[i].scale : 0;
}

/* The highest ACK that a side sent, or up to a unit of its window less */
static u32 acked(const struct naru_track *t, enum naru_track_dir dir)
{
	return t->side[dir].edge - ((u32)t->side[dir].wnd << t->shift[dir]);
}

/*
 * RFC 5961 5.2: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT. What was sent before the track began is
 * not known, so there the ACK may be above.
 */
static bool ack_fits(const struct naru_track *t, enum naru_track_dir dir,
		     const struct naru_track_seg *seg)
{
	const struct naru_track_side *peer = &t->side[!dir];
	u32 span = NARU_TRACK_WINDOW_MAX << t->shift[dir];

	if (!has(peer, NARU_TRACK_SEEN))
		return true;
	return naru_seq_between(seg->ack, peer->end - span,
				peer->end + (picked_up(t) ? span : 0));
}

/*
 * RFC 9293 3.10.7.4 first, as a bystander sees it: not above the window that the other side announced
 * but for a probe of a closed one (3.8.6.1), and what was sent up to a window before may come again.
 * A FIN is the last that its side sends, so it is never wholly below.
 */
static bool seq_fits(const struct naru_track *t, enum naru_track_dir dir,
		     const struct naru_track_seg *seg)
{
	const struct naru_track_side *me = &t->side[dir], *peer = &t->side[!dir];
	u32 span = NARU_TRACK_WINDOW_MAX << t->shift[!dir];
	u32 end = seg_end(seg), low;

	if (!has(peer, NARU_TRACK_ACKED))
		return !has(me, NARU_TRACK_SEEN) ||
		       naru_seq_between(end, me->end - span, me->end + span);
	low = acked(t, !dir);
	if (!(seg->flags & NARU_TRACK_FIN_BIT))
		low -= span;
	return naru_seq_between(end, low, peer->edge + 1);
}

/*
 * RFC 7857 2.2: a RST has to be in the window that the other side announced, without allowance for
 * what is not known, or just where its sender stopped. What answers a SYN has no number of its own
 * and acknowledges just that SYN (RFC 9293 3.10.7.3); of the inside host it changes nothing, the
 * refusal of what came unasked must not renew (RFC 7857 7.1).
 */
static bool rst_fits(const struct naru_track *t, enum naru_track_dir dir,
		     const struct naru_track_seg *seg)
{
	const struct naru_track_side *me = &t->side[dir], *peer = &t->side[!dir];
	u8 shift = picked_up(t) ? 0 : t->shift[!dir];

	if (has(me, NARU_TRACK_SEEN) && seg->seq == me->end)
		return true;
	if (has(peer, NARU_TRACK_ACKED))
		return naru_seq_between(seg->seq, acked(t, !dir),
					acked(t, !dir) + ((u32)peer->wnd << shift));
	return dir == NARU_TRACK_OUTSIDE && !has(me, NARU_TRACK_SEEN) &&
	       has(peer, NARU_TRACK_SEEN) && seg->flags & NARU_TRACK_ACK_BIT &&
	       seg->ack == peer->end;
}

/* This side's SYN once more, maybe after data */
static bool syn_again(const struct naru_track *t, enum naru_track_dir dir,
		      const struct naru_track_seg *seg)
{
	const struct naru_track_side *me = &t->side[dir];
	u32 span = NARU_TRACK_WINDOW_MAX << t->shift[!dir];

	return has(me, NARU_TRACK_SYN) && naru_seq_between(seg_end(seg), me->end - span, me->end);
}

/*
 * A SYN that answers the other side's. Another one than before is believed while the first was not
 * acknowledged, and if it acknowledges: the first may have been forged.
 */
static bool syn_fits(const struct naru_track *t, enum naru_track_dir dir,
		     const struct naru_track_seg *seg)
{
	const struct naru_track_side *me = &t->side[dir], *peer = &t->side[!dir];
	bool acks = seg->flags & NARU_TRACK_ACK_BIT;

	if (!has(peer, NARU_TRACK_SYN) || (acks && !ack_fits(t, dir, seg)))
		return false;
	if (!has(me, NARU_TRACK_SYN) || syn_again(t, dir, seg))
		return true;
	return acks && !has(peer, NARU_TRACK_ACKED);
}

static bool fits(const struct naru_track *t, enum naru_track_dir dir,
		 const struct naru_track_seg *seg)
{
	if (seg->flags & NARU_TRACK_RST_BIT)
		return rst_fits(t, dir, seg);
	if (seg->flags & NARU_TRACK_SYN_BIT)
		return syn_fits(t, dir, seg);
	return ack_fits(t, dir, seg) && seq_fits(t, dir, seg);
}

/* ---- what segments teach ---- */

static void note_syn(struct naru_track *t, enum naru_track_dir dir,
		     const struct naru_track_seg *seg)
{
	struct naru_track_side *me = &t->side[dir];

	memset(me, 0, sizeof(*me));
	me->end = seg_end(seg);
	me->flags = NARU_TRACK_SEEN | NARU_TRACK_SYN;
	if (seg->wscale != NO_WSCALE) {
		me->flags |= NARU_TRACK_WSCALE;
		me->scale = min_t(u8, seg->wscale, WSCALE_MAX);
	}
	set_shifts(t);
}

static void note_end(struct naru_track_side *side, u32 end)
{
	if (!has(side, NARU_TRACK_SEEN) || naru_seq_after(end, side->end))
		side->end = end;
	side->flags |= NARU_TRACK_SEEN;
}

/* RFC 7323 2.2: the window of a SYN is not shifted. RFC 9293 3.8.6: an edge never moves back. */
static void note_ack(struct naru_track *t, enum naru_track_dir dir,
		     const struct naru_track_seg *seg)
{
	struct naru_track_side *me = &t->side[dir];
	u8 shift = t->shift[dir];
	u32 ack = seg->ack;
	u32 edge = ack + ((u32)seg->wnd << (seg->flags & NARU_TRACK_SYN_BIT ? 0 : shift));

	if (has(me, NARU_TRACK_ACKED)) {
		if (naru_seq_after(acked(t, dir), ack))
			ack = acked(t, dir);
		if (naru_seq_after(me->edge, edge))
			edge = me->edge;
	}
	me->edge = edge;
	me->wnd = (edge - ack + (1u << shift) - 1) >> shift;
	me->flags |= NARU_TRACK_ACKED;
}

static void note(struct naru_track *t, enum naru_track_dir dir, const struct naru_track_seg *seg)
{
	if (!(seg->flags & NARU_TRACK_SYN_BIT))
		note_end(&t->side[dir], seg_end(seg));
	else if (!syn_again(t, dir, seg))
		note_syn(t, dir, seg);
	if (!(seg->flags & NARU_TRACK_ACK_BIT))
		return;
	note_end(&t->side[!dir], seg->ack);
	note_ack(t, dir, seg);
}

/* ---- the machine ---- */

/* NR_EVENTS: nothing that a host could mean: SYN with FIN, or neither SYN, RST nor ACK */
static enum event event_of(const struct naru_track *t, enum naru_track_dir dir,
			   const struct naru_track_seg *seg)
{
	const u8 rare = NARU_TRACK_SYN_BIT | NARU_TRACK_FIN_BIT | NARU_TRACK_RST_BIT;
	bool inside = dir == NARU_TRACK_INSIDE;
	u8 flags = seg->flags;

	if ((flags & (rare | NARU_TRACK_ACK_BIT)) == NARU_TRACK_ACK_BIT)
		return inside ? EV_DATA_IN : EV_DATA_OUT;
	if (flags & NARU_TRACK_RST_BIT)
		return EV_RST;
	if (flags & NARU_TRACK_SYN_BIT) {
		if (flags & NARU_TRACK_FIN_BIT)
			return NR_EVENTS;
		if (flags & NARU_TRACK_ACK_BIT)
			return EV_ANSWER;
		return t->state == NARU_TRACK_INIT && !has(&t->side[dir], NARU_TRACK_SYN) ?
		       EV_ANSWER : EV_SYN;
	}
	if (!(flags & NARU_TRACK_ACK_BIT))
		return NR_EVENTS;
	return inside ? EV_FIN_IN : EV_FIN_OUT;
}

/**
 * naru_track_update - a segment of a session moves its state along
 * @t: the session's track
 * @dir: who sends
 * @seg: the segment; a GSO packet is one
 *
 * RFC 7857 2, RFC 5382 REQ-2 and 9. Context: any, under what guards @t.
 *
 * Return: NARU_TRACK_GOOD: the session's timer, that of its state now, begins anew.
 * NARU_TRACK_STRAY: @t is as it was. The segment is passed on in either case.
 */
enum naru_track_verdict naru_track_update(struct naru_track *t, enum naru_track_dir dir,
					  const struct naru_track_seg *seg)
{
	enum event ev = event_of(t, dir, seg);
	const struct cell *cell;

	if (ev == NR_EVENTS)
		return NARU_TRACK_STRAY;
	cell = &cells[t->state][ev];
	switch (cell->what) {
	case IGNORE:
		return NARU_TRACK_STRAY;
	case RENEW:
		return NARU_TRACK_GOOD;
	case ANEW:
		memset(t, 0, sizeof(*t));
		set_shifts(t);
		break;
	default:
		if (!fits(t, dir, seg))
			return ev == EV_DATA_IN ? NARU_TRACK_GOOD : NARU_TRACK_STRAY;
	}
	if (ev != EV_RST)
		note(t, dir, seg);
	t->state = cell->next;
	return NARU_TRACK_GOOD;
}

/**
 * naru_track_begin - whether a segment that belongs to no session makes one
 * @t: where the track goes; all zeroes, CLOSED, if there is to be none
 * @dir: who sends
 * @seg: the segment
 *
 * A SYN does from either side (RFC 5382 REQ-2). Any other segment but SYN,ACK and RST does from inside
 * alone: RFC 5382 5 leaves it to the NAT, and a connection that is older than the rules goes on.
 * Context: any, @t is the caller's own.
 *
 * Return: true when it does.
 */
bool naru_track_begin(struct naru_track *t, enum naru_track_dir dir,
		      const struct naru_track_seg *seg)
{
	memset(t, 0, sizeof(*t));
	return naru_track_update(t, dir, seg) == NARU_TRACK_GOOD;
}

/**
 * naru_track_timeout - a session was silent for as long as its timer
 * @t: the session's track
 *
 * RFC 7857 Figure 1: what was ESTABLISHED is TRANS then and has that state's time. Context: any, under
 * what guards @t.
 *
 * Return: true when the session goes on; false when it ends, @t is CLOSED.
 */
bool naru_track_timeout(struct naru_track *t)
{
	t->state = cells[t->state][EV_TIMEOUT].next;
	return t->state != NARU_TRACK_CLOSED;
}

/**
 * naru_track_timer - the timer that runs
 * @t: track
 *
 * RFC 5382 REQ-5, RFC 7857 2.1. A connection is partially open until both sides have acknowledged the
 * other's SYN: an answer alone may be to a SYN that was forged. Any context.
 *
 * Return: which of a rule's timers it is.
 */
enum naru_napt_timer naru_track_timer(const struct naru_track *t)
{
	if (t->state == NARU_TRACK_ESTABLISHED &&
	    !(t->side[0].flags & t->side[1].flags & NARU_TRACK_ACKED))
		return NARU_NAPT_TIMER_TCP_OPEN;
	return timers[t->state];
}
