/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a NAPT knows of a TCP connection that crosses it: RFC 7857 2, Figure 1. Pure.
 */
#ifndef NARU_TRACK_H
#define NARU_TRACK_H

#include "policy.h"

/* RFC 7857 2; IN and OUT say who sent the FIN, the inside or the outside host */
enum naru_track_state {
	NARU_TRACK_CLOSED,
	NARU_TRACK_INIT,
	NARU_TRACK_ESTABLISHED,
	NARU_TRACK_IN_FIN,
	NARU_TRACK_OUT_FIN,
	NARU_TRACK_BOTH_FIN,
	NARU_TRACK_TRANS,
	NARU_TRACK_STATES
};

/* Who sends */
enum naru_track_dir { NARU_TRACK_INSIDE, NARU_TRACK_OUTSIDE };

/**
 * struct naru_track_side - what one end has sent
 * @end: behind the last sequence number it sent, SYN and FIN included
 * @edge: behind the last that the other end may send: highest ACK and window
 * @wnd: from its highest ACK to @edge, shifted as its windows are, rounded up
 * @scale: its window scale, 0 before its SYN was seen
 * @flags: NARU_TRACK_SEEN...
 */
struct naru_track_side {
	u32 end;
	u32 edge;
	u16 wnd;
	u8 scale;
	u8 flags;
};

#define NARU_TRACK_SEEN		0x1	/* @end is known: it sent something, or was sent an ACK */
#define NARU_TRACK_ACKED	0x2	/* it sent an ACK: @edge and @wnd are known */
#define NARU_TRACK_SYN		0x4	/* it sent a SYN */
#define NARU_TRACK_WSCALE	0x8	/* with a window scale option */

/**
 * struct naru_track - a connection
 * @side: by enum naru_track_dir
 * @state: enum naru_track_state
 * @shift: of the windows that each side announces now
 */
struct naru_track {
	struct naru_track_side side[2];
	u8 state;
	u8 shift[2];
};

#define NARU_TRACK_WINDOW_MAX	65535u	/* what the header's field holds */

#define NARU_TRACK_FIN_BIT	0x01	/* as on the wire */
#define NARU_TRACK_SYN_BIT	0x02
#define NARU_TRACK_RST_BIT	0x04
#define NARU_TRACK_ACK_BIT	0x10

/**
 * struct naru_track_seg - a segment
 * @seq: sequence number
 * @ack: acknowledgment, if the flag is set
 * @len: bytes of payload; a GSO packet is one segment
 * @wnd: window as in the header
 * @flags: TCP flags
 * @wscale: of a SYN's option, 255: none
 */
struct naru_track_seg {
	u32 seq, ack, len;
	u16 wnd;
	u8 flags;
	u8 wscale;
};

enum naru_track_verdict {
	NARU_TRACK_GOOD,	/* the session is refreshed */
	NARU_TRACK_STRAY,	/* it is passed on, and nothing is changed or refreshed by it */
};

/*
 * Is a session made by this segment, from @dir? SYN without ACK from either side; what is no SYN
 * and no RST from inside alone (a connection older than this NAPT): it is in TRANS until another
 * segment follows. The track is filled in.
 */
bool naru_track_begin(struct naru_track *t, enum naru_track_dir dir,
		      const struct naru_track_seg *seg);
/*
 * A segment of a session: moves the state along. Flags count only where the segment lies in the
 * window (RFC 5382 9, RFC 7857 2.2).
 */
enum naru_track_verdict naru_track_update(struct naru_track *t, enum naru_track_dir dir,
					  const struct naru_track_seg *seg);
/* Its timer ran out. Does it go on (ESTABLISHED to TRANS, RFC 7857 Figure 1), or is it CLOSED now? */
bool naru_track_timeout(struct naru_track *t);
/*
 * The same for what there is most of: an ACK without SYN, FIN and RST, of an established connection
 * whose SYNs were seen, which lies in the window, acknowledges no less than was and does not shrink the
 * window. Return: false when it is not such a one, and nothing was done: naru_track_update() judges.
 */
static inline bool naru_track_advance(struct naru_track *t, enum naru_track_dir dir, u32 end,
				      u32 ack, u16 wnd)
{
	const u8 known = NARU_TRACK_SEEN | NARU_TRACK_ACKED | NARU_TRACK_SYN;
	struct naru_track_side *me = &t->side[dir];
	const struct naru_track_side *peer = &t->side[!dir];
	u8 shift = t->shift[dir];
	u32 edge = ack + ((u32)wnd << shift);

	if (t->state != NARU_TRACK_ESTABLISHED || (me->flags & peer->flags & known) != known)
		return false;
	if (peer->edge - end > (u32)peer->wnd << t->shift[!dir] ||
	    peer->end - ack > NARU_TRACK_WINDOW_MAX << shift ||
	    (s32)(ack - (me->edge - ((u32)me->wnd << shift))) < 0 || (s32)(edge - me->edge) < 0)
		return false;
	if ((s32)(end - me->end) > 0)
		me->end = end;
	me->edge = edge;
	me->wnd = wnd;
	return true;
}

/* The timer that runs: RFC 5382 REQ-5, RFC 7857 2.1 */
enum naru_napt_timer naru_track_timer(const struct naru_track *t);

#endif
