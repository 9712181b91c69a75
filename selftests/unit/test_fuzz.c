// SPDX-License-Identifier: GPL-2.0
/*
 * Random input, the same each time: what must hold whatever comes.
 */
#include <stdlib.h>
#include "fsm_case.h"
#include "cong.h"
#include "recov.h"
#include "sack.h"
#include "seq.h"
#include "window.h"

#define ROUNDS	200000

/* ---- wire ---- */

static void random_bytes(struct unit_random *r, u8 *p, unsigned int n)
{
	while (n--)
		*p++ = unit_random(r) >> 8;
}

TEST(fuzz_wire_parse__random_bytes)
{
	struct unit_random r = { 0x1badcafe };
	struct naru_seg seg;
	u32 i, ok = 0;

	for (i = 0; i < ROUNDS; i++) {
		u32 avail = unit_random_below(&r, 64), total = unit_random_below(&r, 100);
		u8 *hdr = malloc(avail + 1);	/* a byte too many is found by ASAN */

		random_bytes(&r, hdr + 1, avail);
		if (avail > 12 && unit_random_bool(&r))
			hdr[13] = 0x50 + (unit_random(&r) & 0xa0);
		if (naru_wire_parse(hdr + 1, avail, total, &seg) == NARU_WIRE_OK) {
			ok++;
			ASSERT_LE(seg.hdr_len, avail);
			ASSERT_EQ(seg.hdr_len + seg.len, total);
			ASSERT_LE(seg.opts.num_sacks, NARU_SACK_MAX);
			ASSERT_LE(seg.opts.wscale, 14);
		}
		free(hdr);
	}
	ASSERT_LT(1000, ok);
}

/* Valid options with lengths and kinds broken here and there */
TEST(fuzz_wire_parse__nearly_valid_options)
{
	static const u8 kinds[] = { 0, 1, 2, 3, 4, 5, 8, 253 };
	static const u8 lens[] = { 2, 3, 4, 10, 18, 26, 34 };
	struct unit_random r = { 0x0ddba11 };
	struct naru_seg seg;
	u32 i;

	for (i = 0; i < ROUNDS; i++) {
		u32 room = unit_random_below(&r, 11) * 4, at = 20;
		u8 *hdr = malloc(20 + room);

		random_bytes(&r, hdr, 20 + room);
		hdr[12] = (20 + room) / 4 << 4;
		while (at + 2 <= 20 + room) {
			hdr[at] = kinds[unit_random_below(&r, sizeof(kinds))];
			hdr[at + 1] = lens[unit_random_below(&r, sizeof(lens))];
			at += hdr[at] < 2 ? 1 : hdr[at + 1];
		}
		naru_wire_parse(hdr, 20 + room, 20 + room + unit_random_below(&r, 65536), &seg);
		free(hdr);
	}
}

static void random_opts(struct unit_random *r, bool syn, struct naru_opts *o)
{
	unsigned int i;

	o->present = unit_random(r) >> 5 & NARU_OPT_TS;
	if (syn)
		o->present |= unit_random(r) >> 5 &
			      (NARU_OPT_MSS | NARU_OPT_WSCALE | NARU_OPT_SACK_PERM);
	else
		o->present |= unit_random(r) >> 5 & NARU_OPT_SACK;
	o->mss = 1 + unit_random_below(r, 65535);
	o->wscale = unit_random_below(r, 15);
	o->tsval = unit_random(r);
	o->tsecr = unit_random(r);
	o->num_sacks = 1 + unit_random_below(r, o->present & NARU_OPT_TS ? 3 : 4);
	for (i = 0; i < o->num_sacks; i++) {
		o->sacks[i].start = unit_random(r);
		o->sacks[i].end = unit_random(r);
	}
}

static void random_wire_seg(struct unit_random *r, struct naru_seg *seg)
{
	seg->flags = unit_random(r) >> 8;
	if (seg->flags & NARU_SYN)
		seg->flags &= ~(NARU_FIN | NARU_RST);
	seg->seq = unit_random(r);
	seg->ack = unit_random(r);
	seg->wnd = unit_random(r);
	seg->urg = unit_random(r);
	seg->sport = unit_random(r);
	seg->dport = unit_random(r);
	random_opts(r, seg->flags & NARU_SYN, &seg->opts);
}

static void assert_same_opts(const struct naru_opts *a, const struct naru_opts *b)
{
	unsigned int i;

	ASSERT_EQ(a->present, b->present);
	if (a->present & NARU_OPT_TS) {
		ASSERT_EQ(a->tsval, b->tsval);
		ASSERT_EQ(a->tsecr, b->tsecr);
	}
	if (a->present & NARU_OPT_MSS)
		ASSERT_EQ(a->mss, b->mss);
	if (a->present & NARU_OPT_WSCALE)
		ASSERT_EQ(a->wscale, b->wscale);
	for (i = 0; a->present & NARU_OPT_SACK && i < a->num_sacks; i++) {
		ASSERT_EQ(a->num_sacks, b->num_sacks);
		ASSERT_EQ(a->sacks[i].start, b->sacks[i].start);
		ASSERT_EQ(a->sacks[i].end, b->sacks[i].end);
	}
}

TEST(fuzz_wire_build__parse_gives_it_back)
{
	struct unit_random r = { 0xfeedface };
	struct naru_seg in, out;
	u8 hdr[NARU_HDR_MAX];
	u32 i;

	for (i = 0; i < ROUNDS; i++) {
		unsigned int len;

		random_wire_seg(&r, &in);
		len = naru_wire_build(hdr, &in);
		ASSERT_EQ(len, 20 + naru_wire_opts_len(&in.opts));
		ASSERT_EQ(naru_wire_parse(hdr, len, len + 5, &out), NARU_WIRE_OK);
		ASSERT_EQ(out.seq, in.seq);
		ASSERT_EQ(out.ack, in.flags & NARU_ACK ? in.ack : 0);
		ASSERT_EQ(out.flags, in.flags);
		ASSERT_EQ(out.wnd, in.wnd);
		ASSERT_EQ(out.urg, in.urg);
		ASSERT_EQ(out.sport, in.sport);
		ASSERT_EQ(out.dport, in.dport);
		ASSERT_EQ(out.len, 5);
		assert_same_opts(&in.opts, &out.opts);
	}
}

/* ---- state machine ---- */

/* Near @base more often than not */
static u32 random_near(struct unit_random *r, u32 base, u32 span)
{
	switch (unit_random_below(r, 8)) {
	case 0:
		return unit_random(r);
	case 1:
		return base;
	case 2:
		return base - 1;
	case 3:
		return base + span;
	default:
		return base + unit_random_below(r, 2 * span + 3) - span / 2 - 1;
	}
}

static struct naru_fsm_in random_conn(struct unit_random *r, u8 state)
{
	struct naru_fsm_in in = { .state = state };

	in.snd_una = unit_random(r);
	in.iss = in.snd_una - unit_random_below(r, 100);
	in.snd_nxt = in.snd_una + unit_random_below(r, 5000);
	in.max_window = unit_random_below(r, 100000);
	in.rcv_nxt = unit_random(r);
	in.rcv_wnd = unit_random_below(r, 4) ? unit_random_below(r, 5000) : 0;
	in.snd_wl1 = random_near(r, in.rcv_nxt, 1000);
	in.snd_wl2 = random_near(r, in.snd_una, 1000);
	in.last_ack_sent = in.rcv_nxt - unit_random_below(r, 3000);
	in.ts_ok = unit_random_bool(r);
	in.ts_valid = in.ts_ok && unit_random_below(r, 8);
	in.ts_usec = in.ts_ok && unit_random_bool(r);
	in.ts_recent = unit_random(r);
	in.ts_recent_age_s = unit_random_below(r, 8) ? 10 : 30 * DAY;
	in.fin_acked = unit_random_bool(r);
	in.receiving = unit_random_bool(r);
	in.closed = unit_random_bool(r);
	return in;
}

static struct naru_seg random_seg(struct unit_random *r, const struct naru_fsm_in *in)
{
	u8 flags = unit_random(r) >> 8;
	u32 len = unit_random_bool(r) ? 0 : unit_random_below(r, 6000);
	struct naru_seg seg;

	if (unit_random_below(r, 4))
		flags = (flags & ~(NARU_SYN | NARU_RST)) | NARU_ACK;
	seg = fsm_seg(flags, random_near(r, in->rcv_nxt, in->rcv_wnd),
		      random_near(r, in->snd_una, in->snd_nxt - in->snd_una), len);
	if (unit_random_below(r, 8)) {
		seg.opts.present = NARU_OPT_TS;
		seg.opts.tsval = random_near(r, in->ts_recent, 100);
	}
	return seg;
}

/* States that a segment may lead to: RFC 9293 3.3.2 figure 5, without the peer's FIN */
static bool reachable(u8 from, u8 to, const struct naru_fsm_out *out)
{
	if (to == from)
		return true;
	if (out->actions & NARU_DO_ABORT)
		return to == NARU_CLOSED;
	switch (from) {
	case NARU_SYN_RECEIVED:
		return to == NARU_ESTABLISHED && out->actions & NARU_DO_ESTABLISH;
	case NARU_FIN_WAIT_1:
		return to == NARU_FIN_WAIT_2;
	case NARU_CLOSING:
		return to == NARU_TIME_WAIT;
	case NARU_LAST_ACK:
		return to == NARU_CLOSED;
	default:
		return false;
	}
}

static void assert_answers(const struct naru_seg *seg, const struct naru_fsm_out *out)
{
	u32 answers = NARU_DO_ACK | NARU_DO_CHALLENGE | NARU_DO_RST | NARU_DO_SYNACK;
	u32 given = out->actions & answers;

	/* never more than one answer, and none to a reset but a challenge */
	ASSERT_EQ(given & (given - 1), 0);
	if (seg->flags & NARU_RST)
		ASSERT_FALSE(out->actions & ~(NARU_DO_DROP | NARU_DO_ABORT | NARU_DO_CHALLENGE));
	if (out->actions & NARU_DO_DROP)
		ASSERT_NE(out->why, NARU_WHY_NONE);
	ASSERT_EQ(!!(out->actions & NARU_DO_ABORT), out->err != 0);
}

static void assert_acks(const struct naru_fsm_in *in, const struct naru_seg *seg,
			const struct naru_fsm_out *out)
{
	u32 needs_ack = NARU_DO_PROCESS_ACK | NARU_DO_WINDOW | NARU_DO_OLD_ACK | NARU_DO_DATA |
			NARU_DO_ESTABLISH;

	if (out->actions & needs_ack) {
		ASSERT_TRUE(seg->flags & NARU_ACK);
		ASSERT_FALSE(seg->flags & NARU_RST);
		ASSERT_FALSE(out->actions & NARU_DO_DROP);
	}
	if (out->actions & NARU_DO_PROCESS_ACK)
		ASSERT_TRUE(naru_seq_between(seg->ack, in->snd_una, in->snd_nxt));
	if (out->actions & NARU_DO_OLD_ACK)
		ASSERT_TRUE(naru_seq_between(seg->ack, in->snd_una - in->max_window,
					     in->snd_una - 1));
	if (out->actions & NARU_DO_WINDOW)
		ASSERT_TRUE(out->actions & NARU_DO_PROCESS_ACK);
	if (out->actions & NARU_DO_ESTABLISH)
		ASSERT_EQ(in->state, NARU_SYN_RECEIVED);
}

static void assert_data(const struct naru_fsm_in *in, const struct naru_seg *seg,
			const struct naru_fsm_out *out)
{
	bool crossed = seg->flags & NARU_SYN && in->state == NARU_SYN_RECEIVED;

	if (out->actions & NARU_DO_DATA) {
		ASSERT_TRUE(crossed || naru_seq_acceptable(seg->seq, seg->end_seq, in->rcv_nxt,
							   in->rcv_wnd));
		ASSERT_TRUE(seg->len || seg->flags & NARU_FIN);
		ASSERT_TRUE(out->state == NARU_ESTABLISHED || out->state == NARU_FIN_WAIT_1 ||
			    out->state == NARU_FIN_WAIT_2);
	}
	if (out->actions & NARU_DO_ABORT && seg->flags & NARU_RST)
		ASSERT_EQ(seg->seq, in->rcv_nxt);
	if (out->actions & NARU_DO_ABORT && !(seg->flags & NARU_RST))
		ASSERT_EQ(out->why, NARU_WHY_AFTER_CLOSE);
	if (out->actions & NARU_DO_TS) {
		ASSERT_TRUE(in->ts_ok && seg->opts.present & NARU_OPT_TS);
		ASSERT_FALSE(naru_seq_after(seg->seq, in->last_ack_sent));
	}
}

static void check_segment(const struct naru_fsm_in *in, const struct naru_seg *seg)
{
	struct naru_fsm_out out;

	naru_fsm_segment(in, seg, &out);
	ASSERT_TRUE(reachable(in->state, out.state, &out));
	assert_answers(seg, &out);
	assert_acks(in, seg, &out);
	assert_data(in, seg, &out);
}

TEST(fuzz_fsm_segment__invariants)
{
	struct unit_random r = { 0x5eed5eed };
	u32 i;

	for (i = 0; i < ROUNDS; i++) {
		struct naru_fsm_in in = random_conn(&r, fsm_states[unit_random_below(&r,
									FSM_STATES)]);
		struct naru_seg seg = random_seg(&r, &in);

		check_segment(&in, &seg);
	}
}

/* Every state, every combination of flags, at every edge of both windows */
TEST(fuzz_fsm_segment__every_state_flag_and_edge)
{
	static const u32 seqs[] = {
		RCV_NXT - 1, RCV_NXT, RCV_NXT + 1, RCV_NXT + RCV_WND - 1, RCV_NXT + RCV_WND,
	};
	static const u32 acks[] = {
		SND_UNA - 65536, SND_UNA - 65535, SND_UNA - 1, SND_UNA, SND_NXT, SND_NXT + 1,
	};
	unsigned int state, flags, s, a, len;

	for (state = 0; state < FSM_STATES; state++)
		for (flags = 0; flags < 256; flags++)
			for (s = 0; s < 5; s++)
				for (a = 0; a < 6; a++)
					for (len = 0; len < 3; len++) {
						struct naru_fsm_in in = fsm_conn(fsm_states[state]);
						struct naru_seg seg = fsm_seg(flags, seqs[s],
									      acks[a], len);

						check_segment(&in, &seg);
					}
}

/* The other functions end in states that exist and never answer a reset with a reset. */
TEST(fuzz_fsm_others__invariants)
{
	struct unit_random r = { 0xacce55ed };
	u32 i;

	for (i = 0; i < ROUNDS; i++) {
		struct naru_fsm_in in = random_conn(&r, NARU_TIME_WAIT);
		struct naru_seg seg = random_seg(&r, &in);
		struct naru_fsm_out out;

		in.rfc1337 = unit_random_below(&r, 2);
		naru_fsm_time_wait(&in, &seg, &out);
		ASSERT_TRUE(out.actions & (NARU_DO_DROP | NARU_DO_NEW));
		ASSERT_FALSE(out.actions & (NARU_DO_DATA | NARU_DO_RST));
		if (out.actions & NARU_DO_ABORT)
			ASSERT_TRUE(seg.flags & NARU_RST && seg.seq == in.rcv_nxt && !in.rfc1337);
		in.snd_nxt = in.iss + 1;
		in.snd_una = in.iss;
		naru_fsm_request(&in, &seg, &out);
		if (out.actions & NARU_DO_ESTABLISH)
			ASSERT_EQ(seg.ack, in.iss + 1);
		if (seg.flags & NARU_RST)
			ASSERT_FALSE(out.actions & NARU_DO_RST);
		naru_fsm_syn_sent(&in, &seg, in.ts_ok, 0, ~0U, &out);
		if (out.actions & NARU_DO_ESTABLISH)
			ASSERT_EQ(seg.flags & (NARU_SYN | NARU_ACK | NARU_RST),
				  NARU_SYN | NARU_ACK);
		if (seg.flags & NARU_RST)
			ASSERT_FALSE(out.actions & NARU_DO_RST);
	}
}

/* ---- numbers ---- */

TEST(fuzz_sack_rcv__blocks_stay_apart)
{
	struct unit_random r = { 0xb10c };
	struct naru_sack_rcv s = { .num = 0 };
	u32 base = 0xffff0000, i, a, b;

	for (i = 0; i < ROUNDS; i++) {
		u32 start = base + unit_random_below(&r, 20000);
		u32 end = start + 1 + unit_random_below(&r, 500);

		naru_sack_rcv_add(&s, start, end);
		ASSERT_TRUE(!naru_seq_after(s.block[0].start, start) &&
			    !naru_seq_before(s.block[0].end, end));
		if (!unit_random_below(&r, 8)) {
			base += unit_random_below(&r, 3000);
			naru_sack_rcv_advance(&s, base);
		}
		ASSERT_LE(s.num, NARU_SACK_MAX);
		for (a = 0; a < s.num; a++)
			for (b = a + 1; b < s.num; b++)
				ASSERT_TRUE(naru_seq_before(s.block[a].end, s.block[b].start) ||
					    naru_seq_before(s.block[b].end, s.block[a].start));
	}
}

TEST(fuzz_window_select__never_shrinks_and_fits_the_field)
{
	struct unit_random r = { 0x717d0 };
	u32 i;

	for (i = 0; i < ROUNDS; i++) {
		u8 wscale = unit_random_below(&r, 15);
		u32 full = unit_random(&r) >> unit_random_below(&r, 31);
		u32 space = full ? unit_random_below(&r, full) : 0;
		u32 was = unit_random(&r) % ((65535u << wscale) + 1);
		u32 mss = 1 + unit_random_below(&r, 65535);
		u32 wnd = naru_window_select(was, space, full, mss, wscale);

		ASSERT_GE(wnd, was);
		ASSERT_LE(wnd, 65535u << wscale);
		ASSERT_EQ(wnd & ((1u << wscale) - 1), 0);
	}
}

TEST(fuzz_recov_ack__cwnd_stays_sane)
{
	struct unit_random r = { 0x10551055 };
	struct naru_cong c = { .mss = 1000 };
	struct naru_recov rec;
	u32 i, una = 0xfff00000, nxt = una, was, todo;

	naru_cong_reno.init(&c);
	naru_recov_init(&rec);
	for (i = 0; i < ROUNDS; i++) {
		struct naru_recov_in in = { .sack = i & 0x10000 };

		nxt += unit_random_below(&r, 5000);
		if (unit_random_below(&r, 4) == 0)
			in.acked = unit_random_below(&r, nxt - una + 1);
		una += in.acked;
		in.snd_una = una;
		in.snd_nxt = nxt;
		in.in_flight = nxt - una;
		in.dupack = !in.acked;
		in.sacked_out = in.sack ? in.in_flight / 2 : 0;
		in.lost_out = in.sack && unit_random_below(&r, 16) == 0 ? in.in_flight / 4 : 0;
		in.delivered = in.acked + unit_random_below(&r, in.sacked_out + 1);
		in.doubled = unit_random_below(&r, 8) ? 0 : unit_random_below(&r, 3000);
		in.has_ts = unit_random_bool(&r);
		in.tsecr = i + unit_random_below(&r, 3);
		in.original = unit_random_below(&r, 32) == 0;
		in.has_new = unit_random_bool(&r);
		in.more_lost = unit_random_bool(&r);
		if (unit_random_below(&r, 64) == 0)
			naru_recov_rto(&rec, &c, &naru_cong_reno,
				       &(struct naru_recov_rto){ una, nxt, 0, unit_random_bool(&r), true });
		if (unit_random_below(&r, 64) == 0)
			naru_recov_probe_lost(&rec, &c, &naru_cong_reno, &in);
		if (unit_random_below(&r, 4) == 0)
			naru_recov_sent_again(&rec, 1000, i);
		in.ece = unit_random_below(&r, 32) == 0;
		was = c.cwnd;
		todo = naru_recov_ack(&rec, &c, &naru_cong_reno, &in);
		if (todo & NARU_RECOV_ECN) {
			ASSERT_EQ(rec.state, NARU_REDUCED);
			ASSERT_EQ(todo, NARU_RECOV_ECN);
			ASSERT_LE(c.cwnd, was);
		}
		ASSERT_GE(c.cwnd, c.mss);
		ASSERT_LE(c.cwnd, 0x7fffffff);
		ASSERT_GE(c.ssthresh, 2 * c.mss);
	}
}
