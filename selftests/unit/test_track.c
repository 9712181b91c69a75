// SPDX-License-Identifier: GPL-2.0
/*
 * The states of a TCP connection that crosses a NAPT. RFC 7857 2, RFC 5382 4 and 5, RFC 6146 3.5.2.2.
 */
#include "track_case.h"

/* ---- Figure 1, arrow by arrow ---- */

TEST(track_begin__syn_of_either_side)
{
	struct naru_track t;

	begin(&t, IN, 255);
	begin(&t, OUT, 7);
}

TEST(track_begin__what_was_closed_before_counts_no_more)
{
	struct naru_track t;

	close_both(&t);
	ASSERT_FALSE(naru_track_timeout(&t));
	stray(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 1, 0));
	stray(&t, IN, segment(RST, ISN_IN + 2, 0, 0));
	good(&t, IN, segment(ACK, 123456, 654321, 10), NARU_TRACK_TRANS);
	good(&t, OUT, segment(ACK, 654321, 123466, 10), NARU_TRACK_ESTABLISHED);
}

TEST(track_begin__nothing_else_from_outside)
{
	static const u8 flags[] = { ACK, FIN | ACK, SYN | ACK, RST, RST | ACK, SYN | FIN, 0 };
	struct naru_track t, closed = { .state = NARU_TRACK_CLOSED };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct naru_track_seg s = segment(flags[i], 1, 2, 3);

		ASSERT_FALSE(naru_track_begin(&t, OUT, &s));
		ASSERT_EQ(memcmp(&t, &closed, sizeof(t)), 0);
	}
}

TEST(track_begin__not_by_a_reset_or_a_syn_ack_from_inside)
{
	static const u8 flags[] = { SYN | ACK, RST, RST | ACK, SYN | RST, SYN | FIN, FIN, 0 };
	struct naru_track t;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct naru_track_seg s = segment(flags[i], 1, 2, 3);

		ASSERT_FALSE(naru_track_begin(&t, IN, &s));
	}
}

TEST(track_open__from_either_side)
{
	struct naru_track t;

	open_scaled(&t, IN, 255, 255);
	open_scaled(&t, OUT, 255, 255);
	open_scaled(&t, IN, 7, 14);
	open_scaled(&t, OUT, 0, 255);
}

TEST(track_open__syn_sent_again)
{
	struct naru_track t;

	begin(&t, IN, 255);
	good(&t, IN, segment(SYN, ISN_IN, 0, 0), NARU_TRACK_INIT);
	good(&t, IN, segment(SYN, 77777, 0, 0), NARU_TRACK_INIT);
	stray(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 1, 0));
	good(&t, OUT, segment(SYN | ACK, ISN_OUT, 77778, 0), NARU_TRACK_ESTABLISHED);
}

/* RFC 5382 REQ-2a */
TEST(track_open__simultaneously)
{
	struct naru_track t;

	begin(&t, IN, 255);
	good(&t, OUT, segment(SYN, ISN_OUT, 0, 0), NARU_TRACK_ESTABLISHED);
	good(&t, IN, segment(SYN | ACK, ISN_IN, ISN_OUT + 1, 0), NARU_TRACK_ESTABLISHED);
	good(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 1, 0), NARU_TRACK_ESTABLISHED);
	good(&t, IN, open_seg(IN, ACK, 0, 500), NARU_TRACK_ESTABLISHED);
	good(&t, OUT, open_seg(OUT, ACK, 0, 500), NARU_TRACK_ESTABLISHED);
}

TEST(track_open__simultaneously_from_outside)
{
	struct naru_track t;

	begin(&t, OUT, 255);
	good(&t, IN, segment(SYN, ISN_IN, 0, 0), NARU_TRACK_ESTABLISHED);
	good(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 1, 0), NARU_TRACK_ESTABLISHED);
	good(&t, IN, segment(SYN | ACK, ISN_IN, ISN_OUT + 1, 0), NARU_TRACK_ESTABLISHED);
}

/* A forged SYN before the answer: the answer acknowledges, so it counts */
TEST(track_open__answer_after_a_forged_syn)
{
	struct naru_track t;

	begin(&t, IN, 255);
	good(&t, OUT, segment(SYN, 4711, 0, 0), NARU_TRACK_ESTABLISHED);
	stray(&t, OUT, segment(SYN, ISN_OUT, 0, 0));
	good(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 1, 0), NARU_TRACK_ESTABLISHED);
	good(&t, IN, open_seg(IN, ACK, 0, 0), NARU_TRACK_ESTABLISHED);
	stray(&t, OUT, segment(SYN | ACK, 4711, ISN_IN + 1, 0));
}

/* RFC 9293 3.5.1: an old connection's ACK answers the SYN, and is reset */
TEST(track_open__half_open_connection_is_found_out)
{
	struct naru_track t;

	begin(&t, IN, 255);
	stray(&t, OUT, segment(ACK, 100, 300, 0));
	stray(&t, IN, segment(RST, 300, 0, 0));
	good(&t, IN, segment(SYN, ISN_IN, 0, 0), NARU_TRACK_INIT);
	good(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 1, 0), NARU_TRACK_ESTABLISHED);
}

/* RFC 7413: data in both SYNs, and the server's first data before the client's ACK */
TEST(track_open__with_data)
{
	struct naru_track t;

	ASSERT_TRUE(naru_track_begin(&t, IN, &(struct naru_track_seg){
		.seq = ISN_IN, .len = 1400, .wnd = WND, .flags = SYN, .wscale = 255 }));
	good(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 1401, 100), NARU_TRACK_ESTABLISHED);
	good(&t, OUT, segment(ACK, ISN_OUT + 101, ISN_IN + 1401, 900), NARU_TRACK_ESTABLISHED);
	good(&t, IN, segment(ACK, ISN_IN + 1401, ISN_OUT + 1001, 0), NARU_TRACK_ESTABLISHED);
}

TEST(track_open__data_of_a_syn_not_taken)
{
	struct naru_track t;

	ASSERT_TRUE(naru_track_begin(&t, IN, &(struct naru_track_seg){
		.seq = ISN_IN, .len = 1400, .wnd = WND, .flags = SYN, .wscale = 255 }));
	good(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 1, 0), NARU_TRACK_ESTABLISHED);
	good(&t, IN, segment(ACK, ISN_IN + 1, ISN_OUT + 1, 1000), NARU_TRACK_ESTABLISHED);
}

TEST(track_init__waits_for_the_other_syn)
{
	struct naru_track t;

	begin(&t, IN, 255);
	stray(&t, OUT, open_seg(OUT, ACK, 0, 10));
	stray(&t, OUT, open_seg(OUT, FIN | ACK, 0, 0));
	stray(&t, IN, open_seg(IN, FIN | ACK, 0, 0));
	good(&t, IN, open_seg(IN, ACK, 0, 10), NARU_TRACK_INIT);
}

TEST(track_init__answer_must_acknowledge_the_syn)
{
	struct naru_track t;

	begin(&t, IN, 255);
	stray(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 2, 0));
	stray(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN - 70000, 0));
	good(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 1, 0), NARU_TRACK_ESTABLISHED);
}

/* RFC 7857 2.2, RFC 9293 3.10.7.3 */
TEST(track_init__refused)
{
	struct naru_track t;

	begin(&t, IN, 255);
	stray(&t, OUT, segment(RST | ACK, 0, ISN_IN, 0));
	stray(&t, OUT, segment(RST | ACK, 0, ISN_IN + 2, 0));
	stray(&t, OUT, segment(RST, 0, ISN_IN + 1, 0));
	good(&t, OUT, segment(RST | ACK, 0, ISN_IN + 1, 0), NARU_TRACK_TRANS);
}

TEST(track_init__given_up_by_who_began)
{
	struct naru_track t;

	begin(&t, OUT, 255);
	stray(&t, OUT, segment(RST, ISN_OUT + 2, 0, 0));
	good(&t, OUT, segment(RST, ISN_OUT + 1, 0, 0), NARU_TRACK_TRANS);
}

/* RFC 7857 7.1 */
TEST(track_init__refusal_by_the_inside_host_renews_nothing)
{
	struct naru_track t;

	begin(&t, OUT, 255);
	stray(&t, IN, segment(RST | ACK, 0, ISN_OUT + 1, 0));
}

TEST(track_close__from_either_side_first)
{
	struct naru_track t;

	close_half(&t, IN);
	good(&t, OUT, segment(ACK, ISN_OUT + 1, ISN_IN + 2, 800), NARU_TRACK_IN_FIN);
	good(&t, IN, segment(ACK, ISN_IN + 2, ISN_OUT + 801, 0), NARU_TRACK_IN_FIN);
	good(&t, IN, open_seg(IN, FIN | ACK, 0, 0), NARU_TRACK_IN_FIN);
	good(&t, OUT, segment(FIN | ACK, ISN_OUT + 801, ISN_IN + 2, 0), NARU_TRACK_BOTH_FIN);

	close_half(&t, OUT);
	good(&t, IN, segment(ACK, ISN_IN + 1, ISN_OUT + 2, 800), NARU_TRACK_OUT_FIN);
	good(&t, OUT, segment(ACK, ISN_OUT + 2, ISN_IN + 801, 0), NARU_TRACK_OUT_FIN);
	good(&t, OUT, open_seg(OUT, FIN | ACK, 0, 0), NARU_TRACK_OUT_FIN);
	good(&t, IN, segment(FIN | ACK, ISN_IN + 801, ISN_OUT + 2, 0), NARU_TRACK_BOTH_FIN);
}

TEST(track_close__simultaneously)
{
	struct naru_track t;

	close_half(&t, IN);
	good(&t, OUT, open_seg(OUT, FIN | ACK, 0, 0), NARU_TRACK_BOTH_FIN);
	good(&t, IN, segment(ACK, ISN_IN + 2, ISN_OUT + 2, 0), NARU_TRACK_BOTH_FIN);
	good(&t, OUT, segment(ACK, ISN_OUT + 2, ISN_IN + 2, 0), NARU_TRACK_BOTH_FIN);
}

TEST(track_close__last_segments_again)
{
	struct naru_track t;

	close_both(&t);
	good(&t, IN, segment(ACK, ISN_IN + 2, ISN_OUT + 2, 0), NARU_TRACK_BOTH_FIN);
	good(&t, OUT, segment(FIN | ACK, ISN_OUT + 1, ISN_IN + 2, 0), NARU_TRACK_BOTH_FIN);
	good(&t, IN, segment(ACK, ISN_IN + 2, ISN_OUT + 2, 0), NARU_TRACK_BOTH_FIN);
	stray(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 1, 0));
	good(&t, OUT, segment(RST, ISN_OUT + 2, 0, 0), NARU_TRACK_BOTH_FIN);
}

/* RFC 9293 3.10.7.4: retransmissions that come late; RFC 5961 4.2: others change nothing */
TEST(track_close__syns_on_a_half_closed_connection)
{
	static const enum naru_track_dir dirs[] = { IN, OUT };
	struct naru_track t;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		close_half(&t, dirs[i]);
		good(&t, IN, segment(SYN, ISN_IN, 0, 0), t.state);
		good(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 1, 0), t.state);
		stray(&t, IN, segment(SYN, 123456, 0, 0));
		stray(&t, OUT, segment(SYN | ACK, 123456, ISN_IN + 1, 0));
		stray(&t, OUT, open_seg(OUT, RST, 100000, 0));
		stray(&t, IN, open_seg(IN, RST, 100000, 0));
	}
}

TEST(track_close__what_does_not_fit_renews_nothing)
{
	struct naru_track t;

	close_both(&t);
	stray(&t, OUT, open_seg(OUT, FIN | ACK, 100000, 0));
	stray(&t, IN, open_seg(IN, FIN | ACK, 100000, 0));
	stray(&t, OUT, open_seg(OUT, ACK, 100000, 0));
	stray(&t, OUT, open_seg(OUT, RST, 100000, 0));
	good(&t, IN, open_seg(IN, FIN | ACK, 0, 0), NARU_TRACK_BOTH_FIN);
}

TEST(track_reset__from_every_state_of_an_open_connection)
{
	struct naru_track t;

	reset(&t);
	open_up(&t);
	good(&t, IN, open_seg(IN, RST | ACK, 0, 0), NARU_TRACK_TRANS);
	close_half(&t, IN);
	good(&t, OUT, open_seg(OUT, RST, 0, 0), NARU_TRACK_TRANS);
	close_half(&t, OUT);
	good(&t, IN, open_seg(IN, RST, 0, 0), NARU_TRACK_TRANS);
}

/* RFC 6146 3.5.2.2 TRANS, RFC 7857 Figure 1 */
TEST(track_trans__what_passes_leads_back)
{
	struct naru_track t;

	reset(&t);
	good(&t, IN, open_seg(IN, ACK, 0, 10), NARU_TRACK_ESTABLISHED);
	reset(&t);
	good(&t, OUT, open_seg(OUT, ACK, 0, 10), NARU_TRACK_ESTABLISHED);
	reset(&t);
	good(&t, IN, open_seg(IN, ACK, 0, 0), NARU_TRACK_ESTABLISHED);
	reset(&t);
	good(&t, IN, open_seg(IN, FIN | ACK, 0, 0), NARU_TRACK_IN_FIN);
	reset(&t);
	good(&t, OUT, open_seg(OUT, FIN | ACK, 0, 0), NARU_TRACK_OUT_FIN);
}

/* RFC 6146 3.5.2.2 TRANS: the client gave up its SYN, and the answer was on its way */
TEST(track_trans__late_answer_leads_back)
{
	struct naru_track t;

	begin(&t, IN, 255);
	good(&t, IN, segment(RST, ISN_IN + 1, 0, 0), NARU_TRACK_TRANS);
	stray(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 2, 0));
	good(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 1, 0), NARU_TRACK_ESTABLISHED);
	good(&t, IN, open_seg(IN, RST, 0, 0), NARU_TRACK_TRANS);
}

TEST(track_trans__but_not_what_does_not_fit)
{
	struct naru_track t;

	reset(&t);
	stray(&t, OUT, open_seg(OUT, ACK, 100000, 10));
	stray(&t, OUT, open_seg(OUT, RST, 0, 0));
	stray(&t, IN, open_seg(IN, RST, 0, 0));
	stray(&t, IN, open_seg(IN, FIN | ACK, 100000, 0));
	stray(&t, OUT, open_seg(OUT, FIN | ACK, 100000, 0));
	good(&t, IN, open_seg(IN, ACK, 100000, 0), NARU_TRACK_TRANS);
}

TEST(track_reuse__a_new_syn_begins_anew)
{
	struct naru_track t;

	close_both(&t);
	good(&t, IN, segment(SYN, 5, 0, 0), NARU_TRACK_INIT);
	good(&t, OUT, segment(SYN | ACK, 900, 6, 0), NARU_TRACK_ESTABLISHED);
	close_both(&t);
	good(&t, OUT, segment(SYN, 5, 0, 0), NARU_TRACK_INIT);
	good(&t, IN, segment(SYN | ACK, 900, 6, 0), NARU_TRACK_ESTABLISHED);
	reset(&t);
	good(&t, IN, segment(SYN, 500000, 0, 0), NARU_TRACK_INIT);
	stray(&t, OUT, segment(SYN | ACK, ISN_OUT, ISN_IN + 1, 0));
	good(&t, OUT, segment(SYN | ACK, 900, 500001, 0), NARU_TRACK_ESTABLISHED);
}

TEST(track_timeout__established_has_another_chance)
{
	struct naru_track t;

	open_up(&t);
	ASSERT_TRUE(naru_track_timeout(&t));
	ASSERT_EQ(t.state, NARU_TRACK_TRANS);
	good(&t, OUT, open_seg(OUT, ACK, 0, 10), NARU_TRACK_ESTABLISHED);
	ASSERT_TRUE(naru_track_timeout(&t));
	ASSERT_FALSE(naru_track_timeout(&t));
	ASSERT_EQ(t.state, NARU_TRACK_CLOSED);
	good(&t, IN, segment(SYN, 5, 0, 0), NARU_TRACK_INIT);
}

TEST(track_timeout__ends_all_other_states)
{
	u8 state;

	for (state = 0; state < NARU_TRACK_STATES; state++) {
		struct naru_track t = { .state = state };

		ASSERT_EQ(naru_track_timeout(&t), state == NARU_TRACK_ESTABLISHED);
	}
}

static enum naru_napt_timer timer_in(enum naru_track_state state)
{
	struct naru_track t = { .state = state, .side = { { .flags = NARU_TRACK_ACKED },
							  { .flags = NARU_TRACK_ACKED } } };

	return naru_track_timer(&t);
}

/* RFC 5382 REQ-5 and section 5 */
TEST(track_timer__by_state)
{
	ASSERT_EQ(timer_in(NARU_TRACK_INIT), NARU_NAPT_TIMER_TCP_OPEN);
	ASSERT_EQ(timer_in(NARU_TRACK_ESTABLISHED), NARU_NAPT_TIMER_TCP_EST);
	ASSERT_EQ(timer_in(NARU_TRACK_IN_FIN), NARU_NAPT_TIMER_TCP_EST);
	ASSERT_EQ(timer_in(NARU_TRACK_OUT_FIN), NARU_NAPT_TIMER_TCP_EST);
	ASSERT_EQ(timer_in(NARU_TRACK_BOTH_FIN), NARU_NAPT_TIMER_TCP_CLOSE);
	ASSERT_EQ(timer_in(NARU_TRACK_TRANS), NARU_NAPT_TIMER_TCP_CLOSE);
	ASSERT_EQ(timer_in(NARU_TRACK_CLOSED), NARU_NAPT_TIMER_TCP_CLOSE);
}

/* RFC 5382 REQ-5: partially open until the third segment; a forged SYN is never followed by it */
TEST(track_timer__an_answer_alone_does_not_establish)
{
	struct naru_track t = { .state = NARU_TRACK_ESTABLISHED };

	ASSERT_EQ(naru_track_timer(&t), NARU_NAPT_TIMER_TCP_OPEN);
	t.side[NARU_TRACK_INSIDE].flags = NARU_TRACK_ACKED;
	ASSERT_EQ(naru_track_timer(&t), NARU_NAPT_TIMER_TCP_OPEN);
	t.side[NARU_TRACK_INSIDE].flags = 0;
	t.side[NARU_TRACK_OUTSIDE].flags = NARU_TRACK_ACKED;
	ASSERT_EQ(naru_track_timer(&t), NARU_NAPT_TIMER_TCP_OPEN);
	t.side[NARU_TRACK_INSIDE].flags = NARU_TRACK_ACKED;
	ASSERT_EQ(naru_track_timer(&t), NARU_NAPT_TIMER_TCP_EST);
}
