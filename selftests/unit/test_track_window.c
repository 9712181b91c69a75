// SPDX-License-Identifier: GPL-2.0
/*
 * Which segments a NAPT believes. RFC 5382 9, RFC 7857 2.2, RFC 7323 2.
 */
#include "track_case.h"

/* ---- windows, RFC 5382 9 and RFC 7857 2.2 ---- */

TEST(track_window__reset_in_what_was_announced)
{
	static const enum naru_track_dir dirs[] = { IN, OUT };
	struct naru_track t;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		open_up(&t);
		stray(&t, dirs[i], open_seg(dirs[i], RST, -1, 0));
		stray(&t, dirs[i], open_seg(dirs[i], RST, WND + 1, 0));
		stray(&t, dirs[i], open_seg(dirs[i], RST, 0x80000000, 0));
		good(&t, dirs[i], open_seg(dirs[i], RST, WND, 0), NARU_TRACK_TRANS);
		open_up(&t);
		good(&t, dirs[i], open_seg(dirs[i], RST, 0, 0), NARU_TRACK_TRANS);
	}
}

TEST(track_window__reset_after_data)
{
	struct naru_track t;

	open_up(&t);
	good(&t, OUT, open_seg(OUT, ACK, 0, 600), NARU_TRACK_ESTABLISHED);
	good(&t, IN, segment(ACK, ISN_IN + 1, ISN_OUT + 601, 0), NARU_TRACK_ESTABLISHED);
	stray(&t, OUT, open_seg(OUT, RST, 599, 0));
	stray(&t, OUT, open_seg(OUT, RST, 1601, 0));
	good(&t, OUT, open_seg(OUT, RST, 1600, 0), NARU_TRACK_TRANS);
}

/* What a host without the connection sends takes its number from the other's ACK: RFC 9293 3.10.7.1 */
TEST(track_window__reset_by_a_host_that_has_forgotten)
{
	struct naru_track t;

	open_up(&t);
	good(&t, OUT, open_seg(OUT, ACK, 0, 600), NARU_TRACK_ESTABLISHED);
	good(&t, OUT, open_seg(OUT, RST, 0, 0), NARU_TRACK_TRANS);
}

TEST(track_window__fin)
{
	struct naru_track t;

	open_up(&t);
	stray(&t, OUT, open_seg(OUT, FIN | ACK, WND + 1, 0));
	stray(&t, OUT, open_seg(OUT, FIN | ACK, -2, 0));
	stray(&t, OUT, segment(FIN | ACK, ISN_OUT + 1, ISN_IN + 2, 0));
	stray(&t, OUT, open_seg(OUT, FIN, 0, 0));
	stray(&t, IN, open_seg(IN, FIN | ACK, WND + 1, 0));
	good(&t, OUT, open_seg(OUT, FIN | ACK, 0, WND), NARU_TRACK_OUT_FIN);
}

/* RFC 5961 4.2 */
TEST(track_window__syn_on_an_open_connection)
{
	struct naru_track t;

	open_up(&t);
	stray(&t, OUT, segment(SYN, 123456, 0, 0));
	stray(&t, IN, segment(SYN, 123456, 0, 0));
	stray(&t, OUT, segment(SYN, ISN_OUT + 100, 0, 0));
	stray(&t, OUT, segment(SYN | ACK, ISN_OUT + 100, ISN_IN + 1, 0));
	good(&t, IN, segment(SYN, ISN_IN, 0, 0), NARU_TRACK_ESTABLISHED);
	good(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 1, 0), NARU_TRACK_ESTABLISHED);
	stray(&t, IN, segment(SYN | FIN, ISN_IN, 0, 0));
	stray(&t, IN, segment(0, ISN_IN + 1, 0, 10));
}

/* The inside host restarts: challenged, it resets, and begins anew */
TEST(track_window__a_host_that_restarted)
{
	struct naru_track t;

	open_up(&t);
	stray(&t, IN, segment(SYN, 123456, 0, 0));
	good(&t, OUT, open_seg(OUT, ACK, 0, 0), NARU_TRACK_ESTABLISHED);
	good(&t, IN, open_seg(IN, RST, 0, 0), NARU_TRACK_TRANS);
	good(&t, IN, segment(SYN, 123456, 0, 0), NARU_TRACK_INIT);
}

TEST(track_window__data_from_outside_has_to_fit)
{
	struct naru_track t;

	open_up(&t);
	stray(&t, OUT, open_seg(OUT, ACK, WND + 2, 0));
	stray(&t, OUT, open_seg(OUT, ACK, 2, WND));
	stray(&t, OUT, open_seg(OUT, ACK, -70000, 10));
	stray(&t, OUT, segment(ACK, ISN_OUT + 1, ISN_IN + 2, 10));
	good(&t, OUT, open_seg(OUT, ACK, 0, WND), NARU_TRACK_ESTABLISHED);
}

TEST(track_window__data_from_inside_renews_and_teaches_nothing_that_does_not_fit)
{
	struct naru_track t, before;

	open_up(&t);
	before = t;
	good(&t, IN, open_seg(IN, ACK, 1 << 20, 10), NARU_TRACK_ESTABLISHED);
	good(&t, IN, segment(ACK, ISN_IN + 1, ISN_OUT + 2, 10), NARU_TRACK_ESTABLISHED);
	ASSERT_EQ(memcmp(&t, &before, sizeof(t)), 0);
}

/* RFC 9293 3.8.4 and 3.8.6.1 */
TEST(track_window__keepalives_and_probes)
{
	struct naru_track t;
	struct naru_track_seg closed = open_seg(IN, ACK, 0, 0);

	open_up(&t);
	good(&t, OUT, open_seg(OUT, ACK, -1, 0), NARU_TRACK_ESTABLISHED);
	good(&t, OUT, open_seg(OUT, ACK, -1, 1), NARU_TRACK_ESTABLISHED);
	good(&t, OUT, open_seg(OUT, ACK, 0, WND), NARU_TRACK_ESTABLISHED);
	closed.ack += WND;
	closed.wnd = 0;
	good(&t, IN, closed, NARU_TRACK_ESTABLISHED);
	good(&t, OUT, open_seg(OUT, ACK, WND, 1), NARU_TRACK_ESTABLISHED);
	stray(&t, OUT, open_seg(OUT, RST, WND - 1, 0));
	good(&t, OUT, open_seg(OUT, RST, WND, 0), NARU_TRACK_TRANS);
}

/* RFC 9293 3.8.6: a window that shrinks does not take back what it gave */
TEST(track_window__does_not_shrink)
{
	struct naru_track_seg less = open_seg(IN, ACK, 0, 0);
	struct naru_track t;

	open_up(&t);
	less.wnd = 10;
	good(&t, IN, less, NARU_TRACK_ESTABLISHED);
	good(&t, OUT, open_seg(OUT, ACK, 0, WND), NARU_TRACK_ESTABLISHED);
}

/* An ACK that was overtaken */
TEST(track_window__old_acks_take_nothing_back)
{
	struct naru_track t;

	open_up(&t);
	good(&t, OUT, open_seg(OUT, ACK, 0, 600), NARU_TRACK_ESTABLISHED);
	good(&t, IN, segment(ACK, ISN_IN + 1, ISN_OUT + 601, 0), NARU_TRACK_ESTABLISHED);
	good(&t, IN, open_seg(IN, ACK, 0, 0), NARU_TRACK_ESTABLISHED);
	stray(&t, OUT, open_seg(OUT, RST, 599, 0));
	good(&t, OUT, open_seg(OUT, ACK, 600, WND), NARU_TRACK_ESTABLISHED);
}

/* RFC 7323 2.2 and 2.3 */
TEST(track_scale__counts_when_both_have_it)
{
	struct naru_track t;

	open_scaled(&t, IN, 3, 5);
	good(&t, OUT, open_seg(OUT, ACK, 0, WND << 3), NARU_TRACK_ESTABLISHED);
	stray(&t, OUT, open_seg(OUT, ACK, WND << 3, 2));
	good(&t, IN, open_seg(IN, ACK, 0, 0), NARU_TRACK_ESTABLISHED);
	/* the SYN,ACK's window is not shifted, the ACK's after it is */
	good(&t, OUT, open_seg(OUT, ACK, 0, 0), NARU_TRACK_ESTABLISHED);
	stray(&t, IN, open_seg(IN, RST, (WND << 5) + 1, 0));
	good(&t, IN, open_seg(IN, RST, WND << 5, 0), NARU_TRACK_TRANS);
}

TEST(track_scale__window_of_a_syn_is_not_shifted)
{
	struct naru_track_seg answer = segment(SYN | ACK, ISN_OUT, ISN_IN + 1, 0);
	struct naru_track t;

	begin(&t, IN, 3);
	answer.wscale = 5;
	good(&t, OUT, answer, NARU_TRACK_ESTABLISHED);
	stray(&t, IN, open_seg(IN, RST, WND + (1 << 5), 0));
	stray(&t, IN, open_seg(IN, FIN | ACK, WND + 1, 0));
	good(&t, IN, open_seg(IN, RST, WND, 0), NARU_TRACK_TRANS);
}

TEST(track_scale__does_not_count_when_one_has_it)
{
	struct naru_track t;

	open_scaled(&t, IN, 7, 255);
	stray(&t, OUT, open_seg(OUT, ACK, WND, 2));
	open_scaled(&t, IN, 255, 7);
	good(&t, OUT, open_seg(OUT, ACK, 0, 0), NARU_TRACK_ESTABLISHED);
	stray(&t, IN, open_seg(IN, RST, WND + 1, 0));
}

TEST(track_scale__above_14_is_14)
{
	struct naru_track t;

	open_scaled(&t, IN, 200, 0);
	stray(&t, OUT, open_seg(OUT, RST, (WND << 14) + 1, 0));
	good(&t, OUT, open_seg(OUT, RST, WND << 14, 0), NARU_TRACK_TRANS);
}

TEST(track_window__super_segments)
{
	struct naru_track_seg s;
	struct naru_track t;

	open_scaled(&t, IN, 7, 7);
	good(&t, OUT, open_seg(OUT, ACK, 0, 65483), NARU_TRACK_ESTABLISHED);
	good(&t, OUT, open_seg(OUT, ACK, 65483, WND * 128 - 65483), NARU_TRACK_ESTABLISHED);
	s = segment(ACK, ISN_IN + 1, ISN_OUT + 1 + WND * 128, 65483);
	good(&t, IN, s, NARU_TRACK_ESTABLISHED);
	good(&t, OUT, segment(FIN | ACK, ISN_OUT + 1 + WND * 128, ISN_IN + 65484, 64000),
	     NARU_TRACK_OUT_FIN);
}

/* ---- connections older than the NAPT ---- */

TEST(track_pickup__from_inside)
{
	struct naru_track_seg s = open_seg(IN, ACK, 500, 100);
	struct naru_track t;

	ASSERT_TRUE(naru_track_begin(&t, IN, &s));
	ASSERT_EQ(t.state, NARU_TRACK_TRANS);
	good(&t, OUT, segment(ACK, ISN_OUT + 1, ISN_IN + 601, 0), NARU_TRACK_ESTABLISHED);
}

TEST(track_pickup__by_a_fin)
{
	struct naru_track_seg s = open_seg(IN, FIN | ACK, 500, 100);
	struct naru_track t;

	ASSERT_TRUE(naru_track_begin(&t, IN, &s));
	ASSERT_EQ(t.state, NARU_TRACK_IN_FIN);
	good(&t, OUT, segment(FIN | ACK, ISN_OUT + 1, ISN_IN + 602, 0), NARU_TRACK_BOTH_FIN);
}

/* The scale is unknown, so the edges for data are wide */
TEST(track_pickup__windows_may_be_scaled)
{
	struct naru_track_seg s = open_seg(IN, ACK, 500, 0);
	struct naru_track t;

	ASSERT_TRUE(naru_track_begin(&t, IN, &s));
	good(&t, OUT, segment(ACK, ISN_OUT + 1 + (WND << 10), ISN_IN + 501, 1000),
	     NARU_TRACK_ESTABLISHED);
	good(&t, IN, segment(ACK, ISN_IN + (1 << 20), ISN_OUT + 1 + (WND << 10), 1000),
	     NARU_TRACK_ESTABLISHED);
}

/* It begins with what is sent again from the middle; what lies behind is acknowledged at once */
TEST(track_pickup__in_the_middle_of_a_loss)
{
	struct naru_track_seg s = open_seg(IN, ACK, 500, 100);
	struct naru_track t;

	ASSERT_TRUE(naru_track_begin(&t, IN, &s));
	good(&t, OUT, segment(ACK, ISN_OUT + 1, ISN_IN + 1 + 500000, 0), NARU_TRACK_ESTABLISHED);
	good(&t, IN, segment(FIN | ACK, ISN_IN + 1 + 500000, ISN_OUT + 1, 0), NARU_TRACK_IN_FIN);
}

TEST(track_pickup__keepalive)
{
	struct naru_track_seg s = open_seg(IN, ACK, -1, 0);
	struct naru_track t;

	ASSERT_TRUE(naru_track_begin(&t, IN, &s));
	good(&t, OUT, open_seg(OUT, ACK, 0, 0), NARU_TRACK_ESTABLISHED);
	good(&t, IN, open_seg(IN, FIN | ACK, 0, 0), NARU_TRACK_IN_FIN);
}

/* A reset has no part in that width */
TEST(track_pickup__reset_has_to_fit_closely)
{
	struct naru_track_seg s = open_seg(IN, ACK, 500, 100);
	struct naru_track t;

	ASSERT_TRUE(naru_track_begin(&t, IN, &s));
	good(&t, IN, s, NARU_TRACK_ESTABLISHED);
	stray(&t, OUT, open_seg(OUT, RST, WND + 1, 0));
	stray(&t, OUT, open_seg(OUT, RST, -1, 0));
	stray(&t, IN, open_seg(IN, RST, 599, 0));
	good(&t, IN, open_seg(IN, RST, 600, 0), NARU_TRACK_TRANS);
	ASSERT_TRUE(naru_track_begin(&t, IN, &s));
	good(&t, IN, s, NARU_TRACK_ESTABLISHED);
	good(&t, OUT, open_seg(OUT, RST, 0, 0), NARU_TRACK_TRANS);
}

/* ---- random ---- */

#define ROUNDS	300000

static struct naru_track_seg random_seg(struct unit_random *r, const struct naru_track *t,
					enum naru_track_dir dir)
{
	static const u8 usual[] = { SYN, SYN | ACK, ACK, ACK, ACK, FIN | ACK, RST, RST | ACK };
	struct naru_track_seg s;

	s.flags = unit_random_below(r, 8) ? usual[unit_random_below(r, ARRAY_SIZE(usual))] :
					    unit_random(r) >> 9;
	s.seq = t->side[dir].end;
	s.ack = t->side[!dir].end;
	if (unit_random_bool(r))
		s.seq += unit_random_below(r, 4000) - 2000;
	if (unit_random_bool(r))
		s.ack += unit_random_below(r, 4000) - 2000;
	if (!unit_random_below(r, 10))
		s.seq = unit_random(r);
	if (!unit_random_below(r, 10))
		s.ack = unit_random(r);
	s.len = unit_random_bool(r) ? 0 : unit_random_below(r, 65536);
	s.wnd = unit_random(r) >> 3;
	s.wscale = unit_random_bool(r) ? 255 : unit_random(r) >> 5;
	return s;
}

TEST(track_fuzz__random_segments)
{
	struct unit_random r = { 0x7ac4ed01 };
	struct naru_track t = { .state = NARU_TRACK_CLOSED };
	u32 i, good = 0, seen[NARU_TRACK_STATES] = { 0 };

	for (i = 0; i < ROUNDS; i++) {
		enum naru_track_dir dir = unit_random_bool(&r) ? IN : OUT;
		struct naru_track_seg s = random_seg(&r, &t, dir);
		struct naru_track before = t;

		if (!unit_random_below(&r, 50))
			ASSERT_EQ(naru_track_timeout(&t), t.state != NARU_TRACK_CLOSED);
		else if (naru_track_update(&t, dir, &s) == NARU_TRACK_GOOD)
			good++;
		else
			ASSERT_EQ(memcmp(&t, &before, sizeof(t)), 0);
		ASSERT_LT(t.state, NARU_TRACK_STATES);
		ASSERT_LT(naru_track_timer(&t), NARU_NAPT_TIMERS);
		ASSERT_LE(t.side[IN].scale, 14);
		ASSERT_LE(t.side[OUT].scale, 14);
		seen[t.state]++;
	}
	ASSERT_LT(ROUNDS / 10, good);
	for (i = 0; i < NARU_TRACK_STATES; i++)
		ASSERT_LT(100, seen[i]);
}

/* Blind: numbers at random, a window of 64 KB. One guess of 65536 may hit, and none moves more than that */
TEST(track_fuzz__blind_resets_from_outside)
{
	struct unit_random r = { 0x7ac4ed02 };
	u32 i, hits = 0;

	for (i = 0; i < ROUNDS; i++) {
		struct naru_track_seg s;
		struct naru_track t;

		open_up(&t);
		s = segment(RST, unit_random(&r), unit_random(&r), 0);
		hits += naru_track_update(&t, OUT, &s) == NARU_TRACK_GOOD;
	}
	ASSERT_LE(hits, 3);
}

/* One end of an honest connection */
struct end {
	u32 una, nxt, edge;	/* what it sends */
	u32 rcv;		/* what it has of the other */
	u32 room;		/* window it gives */
	u8 shift;
	bool fin;		/* sent */
	bool fin_acked, fin_rcvd;
};

/* What an end sends next: data, data again, a probe, a FIN, or an ACK */
static struct naru_track_seg next_seg(struct unit_random *r, struct end *e, bool closing)
{
	u32 room = e->edge - e->nxt, len = unit_random_below(r, 65536);
	struct naru_track_seg s;

	e->room = unit_random_below(r, 65536) << e->shift;
	s = segment(ACK, e->nxt, e->rcv, 0);
	s.wnd = e->room >> e->shift;
	if (e->fin) {
		s.flags |= e->fin_acked ? 0 : FIN;
		s.seq -= e->fin_acked ? 0 : 1;
	} else if (unit_random_below(r, 4) == 0 && e->nxt != e->una) {
		s.seq = e->una;
		s.len = min_t(u32, e->nxt - e->una, 65535);
	} else if (room && room < 0x80000000) {
		s.len = min_t(u32, room - 1, len);
		e->fin = closing && unit_random_below(r, 3) == 0;
		s.flags |= e->fin ? FIN : 0;
		e->nxt += s.len + e->fin;
	}
	return s;
}

/* Takes what comes in order; the other end's edge moves by what is announced */
static void take_seg(struct end *e, const struct naru_track_seg *s, u8 shift)
{
	u32 end = s->seq + s->len + !!(s->flags & FIN);
	u32 edge = s->ack + ((u32)s->wnd << shift);

	if (naru_seq_after(s->ack, e->una))
		e->una = s->ack;
	if (naru_seq_after(edge, e->edge))
		e->edge = edge;
	e->fin_acked = e->fin && e->una == e->nxt;
	if (naru_seq_after(s->seq, e->rcv) || naru_seq_before(end, e->rcv))
		return;
	e->rcv = end;
	e->fin_rcvd |= !!(s->flags & FIN);
}

static struct end new_end(enum naru_track_dir dir, u8 shift)
{
	struct end e = {
		.una = isn(dir) + 1,
		.nxt = isn(dir) + 1,
		.edge = isn(dir) + 1 + WND,
		.rcv = isn(!dir) + 1,
		.shift = shift,
	};

	return e;
}

/* Nothing that an honest connection sends is a stray, with losses behind the NAPT and windows of any size */
TEST(track_fuzz__honest_connections)
{
	struct unit_random r = { 0x7ac4ed03 };
	u32 i, n, closed = 0;

	for (i = 0; i < 300; i++) {
		u8 a = unit_random_below(&r, 15), b = unit_random_below(&r, 15);
		struct end ends[2] = { new_end(IN, a), new_end(OUT, b) };
		struct naru_track t;

		if (unit_random_bool(&r))
			open_scaled(&t, IN, a, b);
		else
			open_scaled(&t, OUT, b, a);
		for (n = 0; n < 400 && t.state != NARU_TRACK_BOTH_FIN; n++) {
			enum naru_track_dir dir = unit_random_bool(&r) ? IN : OUT;
			struct naru_track_seg s = next_seg(&r, &ends[dir], n > 200);
			struct naru_track before = t;

			ASSERT_EQ(naru_track_update(&t, dir, &s), NARU_TRACK_GOOD);
			/* good from inside might be mere renewal: what is new was noted */
			ASSERT_FALSE(naru_seq_after(ends[dir].nxt, t.side[dir].end));
			ASSERT_FALSE(naru_seq_before(t.side[dir].edge, before.side[dir].edge));
			if (unit_random_below(&r, 5))
				take_seg(&ends[!dir], &s, ends[dir].shift);
		}
		closed += t.state == NARU_TRACK_BOTH_FIN;
	}
	ASSERT_EQ(closed, 300);
}

/* ---- the short way ---- */

/* An ACK of an open connection, most often one that moves it along */
static struct naru_track_seg random_ack(struct unit_random *r, const struct naru_track *t,
					enum naru_track_dir dir)
{
	struct naru_track_seg s = random_seg(r, t, dir);

	s.flags = ACK;
	if (unit_random_below(r, 4)) {
		s.seq = t->side[dir].end - unit_random_below(r, 3000);
		s.ack = t->side[!dir].end - unit_random_below(r, 3000);
		s.len = unit_random_below(r, 3000);
	}
	return s;
}

/* What it takes it does as the long way would, to the last bit; what it leaves it does not touch */
static bool short_as_long(struct naru_track *t, enum naru_track_dir dir,
			  const struct naru_track_seg *s)
{
	struct naru_track quick = *t, before = *t;
	bool taken = naru_track_advance(&quick, dir, s->seq + s->len, s->ack, s->wnd);
	enum naru_track_verdict verdict = naru_track_update(t, dir, s);

	if (taken)
		ASSERT_EQ(verdict, NARU_TRACK_GOOD);
	ASSERT_EQ(memcmp(&quick, taken ? t : &before, sizeof(quick)), 0);
	return taken;
}

TEST(track_advance__as_update)
{
	static const u8 scales[][2] = { { 255, 255 }, { 7, 7 }, { 14, 14 }, { 0, 14 }, { 3, 255 } };
	struct unit_random r = { 0x5e65ac17 };
	u32 i, k, taken = 0;

	for (k = 0; k < ARRAY_SIZE(scales) * 100; k++) {
		const u8 *scale = scales[k % ARRAY_SIZE(scales)];
		struct naru_track t;

		open_scaled(&t, unit_random_bool(&r) ? IN : OUT, scale[0], scale[1]);
		for (i = 0; i < ROUNDS / 1000; i++) {
			enum naru_track_dir dir = unit_random_bool(&r) ? IN : OUT;
			struct naru_track_seg s = random_ack(&r, &t, dir);

			taken += short_as_long(&t, dir, &s);
		}
	}
	ASSERT_LT(1000, taken);
}

TEST(track_advance__established_alone)
{
	struct naru_track t, before;

	close_half(&t, IN);
	before = t;
	ASSERT_FALSE(naru_track_advance(&t, OUT, ISN_OUT + 11, ISN_IN + 2, WND));
	ASSERT_EQ(memcmp(&t, &before, sizeof(t)), 0);
	reset(&t);
	ASSERT_FALSE(naru_track_advance(&t, OUT, ISN_OUT + 11, ISN_IN + 1, WND));
	ASSERT_TRUE(naru_track_begin(&t, IN, &(struct naru_track_seg){
		.seq = 1, .ack = 1, .flags = ACK, .wscale = 255 }));
	ASSERT_FALSE(naru_track_advance(&t, IN, 11, 1, WND));
}
