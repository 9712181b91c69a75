/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Segments of a connection in little memory: the newest one by one, of those before them what stands out, and the rest
 * counted.
 */
#ifndef NARU_SEGS_H
#define NARU_SEGS_H

#include "pure.h"

#define NARU_SEGS_RECENT	16
#define NARU_SEGS_KEPT		26	/* struct naru_recorder then fits in 4 KB */

/* naru_seg_note.how: as NARU_SEGMENT_HOW_* */
#define NARU_SEG_IN	0x01	/* from the peer */
#define NARU_SEG_AGAIN	0x02	/* what had been sent before */
#define NARU_SEG_SACK	0x04	/* with SACK blocks */
#define NARU_SEG_STAYS	0x80	/* stands out */

/**
 * struct naru_seg_note - a segment
 * @us: when
 * @seq: SEG.SEQ
 * @ack: SEG.ACK
 * @wnd: SEG.WND, bytes, scaled
 * @len: bytes of payload
 * @flags: NARU_FIN...
 * @how: NARU_SEG_*
 */
struct naru_seg_note {
	u64 us;
	u32 seq, ack, wnd;
	u16 len;
	u8 flags, how;
};

/**
 * struct naru_seg_run - segments that are not told one by one
 * @us: when the first was
 * @bytes_out: payload
 * @bytes_in: the same of what came
 * @out: how many went; super-segments count once
 * @in: how many came
 */
struct naru_seg_run {
	u64 us, bytes_out, bytes_in;
	u32 out, in;
};

/* One of what is older: naru_segs.runs says which */
union naru_seg_kept {
	struct naru_seg_note note;
	struct naru_seg_run run;
};

/**
 * struct naru_segs - segments
 * @next: how many there were, or fewer by a multiple of NARU_SEGS_RECENT
 * @kept_next: how many of @kept there were
 * @runs: bit n: kept[n] is a run
 * @sacking: bit 0: the last segment sent had SACK blocks; bit 1: the last that came
 * @recent: the last of them
 * @kept: what is older
 */
struct naru_segs {
	u32 next, kept_next, runs;
	u8 sacking;
	struct naru_seg_note recent[NARU_SEGS_RECENT];
	union naru_seg_kept kept[NARU_SEGS_KEPT];
};

void naru_segs_add(struct naru_segs *s, const struct naru_seg_note *note);
u32 naru_segs_lost(const struct naru_segs *s);
bool naru_segs_at(const struct naru_segs *s, u32 n, struct naru_seg_note *note, struct naru_seg_run *run);

#endif
