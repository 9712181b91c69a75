// SPDX-License-Identifier: GPL-2.0
/*
 * Segments of a connection in little memory.
 */
#include "segs.h"
#include "wire.h"

#define FIRST_ONES	3	/* of a connection: its handshake */
#define COUNT_MAX	(~0U)	/* segments of a run */

static bool is_run(const struct naru_segs *s, u32 n)
{
	return s->runs >> (n % NARU_SEGS_KEPT) & 1;
}

static union naru_seg_kept *keep_one(struct naru_segs *s, bool run)
{
	u32 slot = s->kept_next++ % NARU_SEGS_KEPT;

	s->runs = run ? s->runs | 1U << slot : s->runs & ~(1U << slot);
	return &s->kept[slot];
}

/* The newest of what is kept, where it is a run that has room for one more */
static struct naru_seg_run *last_run(struct naru_segs *s)
{
	struct naru_seg_run *run = &s->kept[(s->kept_next - 1) % NARU_SEGS_KEPT].run;

	return s->kept_next && is_run(s, s->kept_next - 1) && run->in != COUNT_MAX && run->out != COUNT_MAX ? run : NULL;
}

static void count(struct naru_segs *s, const struct naru_seg_note *old)
{
	struct naru_seg_run *run = last_run(s);

	if (!run) {
		run = &keep_one(s, true)->run;
		*run = (struct naru_seg_run){ .us = old->us };
	}
	if (old->how & NARU_SEG_IN) {
		run->in++;
		run->bytes_in += old->len;
	} else {
		run->out++;
		run->bytes_out += old->len;
	}
}

/* Of ACKs with SACK blocks in a row the first */
static bool begins_sacking(struct naru_segs *s, const struct naru_seg_note *note)
{
	u8 way = note->how & NARU_SEG_IN ? 2 : 1, was = s->sacking & way;

	s->sacking &= ~way;
	if (note->how & NARU_SEG_SACK)
		s->sacking |= way;
	return !was && (s->sacking & way);
}

static bool stands_out(struct naru_segs *s, const struct naru_seg_note *note)
{
	return begins_sacking(s, note) || s->next < FIRST_ONES || !note->wnd || (note->how & NARU_SEG_AGAIN) ||
	       (note->flags & (NARU_SYN | NARU_FIN | NARU_RST));
}

/**
 * naru_segs_add - a segment has been sent, or has come
 * @s: segments
 * @note: what is told of it, without NARU_SEG_STAYS
 *
 * What it takes the place of is kept where it stands out: SYN, FIN, RST, what is sent again, a closed window, the first
 * of a row of ACKs with SACK blocks. Else it is counted.
 */
void naru_segs_add(struct naru_segs *s, const struct naru_seg_note *note)
{
	struct naru_seg_note *slot = &s->recent[s->next % NARU_SEGS_RECENT];

	if (s->next >= NARU_SEGS_RECENT) {
		if (slot->how & NARU_SEG_STAYS)
			keep_one(s, false)->note = *slot;
		else
			count(s, slot);
	}
	*slot = *note;
	if (stands_out(s, note))
		slot->how |= NARU_SEG_STAYS;
	/* once there were 2^32, it goes on from where it has the same place in @recent */
	if (!++s->next)
		s->next = NARU_SEGS_RECENT;
}

/**
 * naru_segs_lost - how much of what was kept is there no more
 * @s: segments
 *
 * Return: segments that stood out, and runs of others.
 */
u32 naru_segs_lost(const struct naru_segs *s)
{
	return s->kept_next > NARU_SEGS_KEPT ? s->kept_next - NARU_SEGS_KEPT : 0;
}

/**
 * naru_segs_at - one after the other, in order of time
 * @s: segments
 * @n: number, counted from 0
 * @note: filled with a segment
 * @run: filled with a run, where that comes next; run->out and run->in are 0 where it does not
 *
 * Return: whether there is one of this number.
 */
bool naru_segs_at(const struct naru_segs *s, u32 n, struct naru_seg_note *note, struct naru_seg_run *run)
{
	u32 lost = naru_segs_lost(s), kept = s->kept_next - lost;
	u32 recent = min_t(u32, s->next, NARU_SEGS_RECENT);

	run->in = 0;
	run->out = 0;
	if (n >= kept + recent)
		return false;
	if (n >= kept)
		*note = s->recent[(s->next - recent + n - kept) % NARU_SEGS_RECENT];
	else if (is_run(s, lost + n))
		*run = s->kept[(lost + n) % NARU_SEGS_KEPT].run;
	else
		*note = s->kept[(lost + n) % NARU_SEGS_KEPT].note;
	return true;
}
