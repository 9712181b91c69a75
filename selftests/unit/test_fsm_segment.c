// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 9293 3.10.7.4 with RFC 5961: a segment for a connection.
 */
#include "fsm_case.h"

static struct naru_fsm_out decide(const struct naru_fsm_in *in, struct naru_seg seg)
{
	struct naru_fsm_out out;

	naru_fsm_segment(in, &seg, &out);
	return out;
}

static struct naru_fsm_out decide_in(u8 state, struct naru_seg seg)
{
	struct naru_fsm_in in = fsm_conn(state);

	return decide(&in, seg);
}

static void assert_dropped(struct naru_fsm_out out, u8 state, u8 why, u32 answer)
{
	ASSERT_EQ(out.actions, NARU_DO_DROP | answer);
	ASSERT_EQ(out.why, why);
	ASSERT_EQ(out.state, state);
}

/* ---- first: sequence number ---- */

TEST(fsm_segment__data_in_order)
{
	struct naru_fsm_out out = decide_in(NARU_ESTABLISHED,
					    fsm_seg(NARU_ACK, RCV_NXT, SND_UNA, 100));

	ASSERT_EQ(out.actions, NARU_DO_PROCESS_ACK | NARU_DO_WINDOW | NARU_DO_DATA);
	ASSERT_EQ(out.state, NARU_ESTABLISHED);
	ASSERT_EQ(out.why, NARU_WHY_NONE);
}

/* SHLD-31 */
TEST(fsm_segment__data_out_of_order_in_the_window)
{
	struct naru_fsm_out out = decide_in(NARU_ESTABLISHED,
					    fsm_seg(NARU_ACK, RCV_NXT + 500, SND_UNA, 100));

	ASSERT_TRUE(out.actions & NARU_DO_DATA);
}

TEST(fsm_segment__data_partly_old_or_partly_beyond)
{
	u32 seqs[] = { RCV_NXT - 50, RCV_NXT + 950 }, i;

	for (i = 0; i < 2; i++) {
		struct naru_fsm_out out = decide_in(NARU_ESTABLISHED,
						    fsm_seg(NARU_ACK, seqs[i], SND_UNA, 100));

		ASSERT_TRUE(out.actions & NARU_DO_DATA);
		ASSERT_FALSE(out.actions & NARU_DO_DROP);
	}
}

TEST(fsm_segment__pure_duplicate_is_acknowledged)
{
	unsigned int i;

	for (i = 0; i < FSM_STATES; i++)
		assert_dropped(decide_in(fsm_states[i],
					 fsm_seg(NARU_ACK, RCV_NXT - 100, SND_NXT, 100)),
			       fsm_states[i], NARU_WHY_OLD_DATA, NARU_DO_ACK);
}

TEST(fsm_segment__data_beyond_the_window_is_acknowledged)
{
	unsigned int i;

	for (i = 0; i < FSM_STATES; i++)
		assert_dropped(decide_in(fsm_states[i],
					 fsm_seg(NARU_ACK, RCV_NXT + RCV_WND, SND_NXT, 1)),
			       fsm_states[i], NARU_WHY_WINDOW, NARU_DO_ACK);
}

/* RFC 5961 7: two ends that disagree must not answer each other for ever */
TEST(fsm_segment__bare_ack_outside_is_answered_at_a_limited_rate)
{
	assert_dropped(decide_in(NARU_ESTABLISHED,
				 fsm_seg(NARU_ACK, RCV_NXT + 5000, SND_UNA, 0)),
		       NARU_ESTABLISHED, NARU_WHY_WINDOW, NARU_DO_CHALLENGE);
	assert_dropped(decide_in(NARU_ESTABLISHED,
				 fsm_seg(NARU_ACK, RCV_NXT - 5000, SND_UNA, 0)),
		       NARU_ESTABLISHED, NARU_WHY_WINDOW, NARU_DO_CHALLENGE);
}

/* RFC 9293 3.8.4; RFC 5961 7: not too often, or two ends that a third gave a byte each never stop */
TEST(fsm_segment__keepalive_without_data_is_answered)
{
	unsigned int i;

	for (i = 0; i < FSM_SYNCHRONIZED; i++)
		assert_dropped(decide_in(fsm_synchronized[i],
					 fsm_seg(NARU_ACK, RCV_NXT - 1, SND_UNA, 0)),
			       fsm_synchronized[i], NARU_WHY_OLD_DATA, NARU_DO_LIMITED);
}

TEST(fsm_segment__keepalive_with_an_octet_is_answered)
{
	assert_dropped(decide_in(NARU_ESTABLISHED, fsm_seg(NARU_ACK, RCV_NXT - 1, SND_UNA, 1)),
		       NARU_ESTABLISHED, NARU_WHY_OLD_DATA, NARU_DO_ACK);
}

/* RFC 9293 A.2 */
TEST(fsm_segment__bare_ack_at_the_right_edge_counts)
{
	struct naru_fsm_out out = decide_in(NARU_ESTABLISHED,
					    fsm_seg(NARU_ACK, RCV_NXT + RCV_WND, SND_NXT, 0));

	ASSERT_TRUE(out.actions & NARU_DO_PROCESS_ACK);
	ASSERT_FALSE(out.actions & NARU_DO_DROP);
}

/* RFC 9293 3.10.7.4 first: where windows have shrunk on both sides, each side's ACKs lie outside of the other's */
TEST(fsm_segment__news_from_beyond_the_window_is_taken)
{
	static const u32 from[] = { RCV_NXT + RCV_WND + 1, RCV_NXT + 65535 };
	unsigned int i, j;

	for (i = 0; i < FSM_SYNCHRONIZED; i++)
		for (j = 0; j < ARRAY_SIZE(from); j++) {
			struct naru_fsm_out out = decide_in(fsm_synchronized[i],
							    fsm_seg(NARU_ACK, from[j], SND_UNA + 1, 0));

			ASSERT_EQ(out.actions, NARU_DO_PROCESS_ACK | NARU_DO_WINDOW);
			ASSERT_EQ(out.state, fsm_synchronized[i]);
		}
}

TEST(fsm_segment__no_news_from_farther_than_a_window_reaches)
{
	assert_dropped(decide_in(NARU_ESTABLISHED, fsm_seg(NARU_ACK, RCV_NXT + 65536, SND_NXT, 0)),
		       NARU_ESTABLISHED, NARU_WHY_WINDOW, NARU_DO_CHALLENGE);
	assert_dropped(decide_in(NARU_ESTABLISHED, fsm_seg(NARU_ACK, RCV_NXT - 2, SND_NXT, 0)),
		       NARU_ESTABLISHED, NARU_WHY_WINDOW, NARU_DO_CHALLENGE);
}

/* RFC 5961 5: what was never sent is no news; text and a connection that opens are judged by the window alone */
TEST(fsm_segment__news_from_beyond_is_a_bare_ack_of_what_was_sent)
{
	assert_dropped(decide_in(NARU_ESTABLISHED, fsm_seg(NARU_ACK, RCV_NXT + 5000, SND_NXT + 1, 0)),
		       NARU_ESTABLISHED, NARU_WHY_WINDOW, NARU_DO_CHALLENGE);
	assert_dropped(decide_in(NARU_ESTABLISHED, fsm_seg(NARU_ACK, RCV_NXT + 5000, SND_NXT, 1)),
		       NARU_ESTABLISHED, NARU_WHY_WINDOW, NARU_DO_ACK);
	assert_dropped(decide_in(NARU_SYN_RECEIVED, fsm_seg(NARU_ACK, RCV_NXT + 5000, SND_NXT, 0)),
		       NARU_SYN_RECEIVED, NARU_WHY_WINDOW, NARU_DO_CHALLENGE);
}

static struct naru_fsm_out decide_closed_window(struct naru_seg seg)
{
	struct naru_fsm_in in = fsm_conn(NARU_ESTABLISHED);

	in.rcv_wnd = 0;
	return decide(&in, seg);
}

/* MUST-66 */
TEST(fsm_segment__closed_window_takes_acks)
{
	struct naru_fsm_out out = decide_closed_window(fsm_seg(NARU_ACK, RCV_NXT, SND_NXT, 0));

	ASSERT_EQ(out.actions, NARU_DO_PROCESS_ACK | NARU_DO_WINDOW);
}

/* MUST-66; RFC 9293 3.8.6.1: it must still send an acknowledgment */
TEST(fsm_segment__closed_window_answers_a_probe_and_takes_its_ack)
{
	struct naru_fsm_out out = decide_closed_window(fsm_seg(NARU_ACK, RCV_NXT, SND_NXT, 1));

	ASSERT_EQ(out.actions, NARU_DO_ACK | NARU_DO_PROCESS_ACK | NARU_DO_WINDOW);
	ASSERT_EQ(out.why, NARU_WHY_WINDOW);
}

TEST(fsm_segment__closed_window_refuses_what_is_not_at_its_edge)
{
	assert_dropped(decide_closed_window(fsm_seg(NARU_ACK, RCV_NXT + 1, SND_NXT, 1)),
		       NARU_ESTABLISHED, NARU_WHY_WINDOW, NARU_DO_ACK);
	assert_dropped(decide_closed_window(fsm_seg(NARU_ACK, RCV_NXT + 1, SND_UNA, 0)),
		       NARU_ESTABLISHED, NARU_WHY_WINDOW, NARU_DO_CHALLENGE);
}

/* MUST-66 */
TEST(fsm_segment__closed_window_takes_a_reset)
{
	struct naru_fsm_out out = decide_closed_window(fsm_seg(NARU_RST, RCV_NXT, 0, 0));

	ASSERT_TRUE(out.actions & NARU_DO_ABORT);
}

TEST(fsm_segment__fin_beyond_the_window_is_not_taken)
{
	assert_dropped(decide_in(NARU_ESTABLISHED,
				 fsm_seg(NARU_FIN | NARU_ACK, RCV_NXT + RCV_WND, SND_UNA, 0)),
		       NARU_ESTABLISHED, NARU_WHY_WINDOW, NARU_DO_ACK);
}

TEST(fsm_segment__retransmitted_fin_is_acknowledged)
{
	assert_dropped(decide_in(NARU_CLOSE_WAIT,
				 fsm_seg(NARU_FIN | NARU_ACK, RCV_NXT - 1, SND_UNA, 0)),
		       NARU_CLOSE_WAIT, NARU_WHY_OLD_DATA, NARU_DO_ACK);
}

/* ---- second: RST ---- */

static void assert_reset(u8 state, int err)
{
	struct naru_fsm_out out = decide_in(state, fsm_seg(NARU_RST, RCV_NXT, 0, 0));

	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_ABORT);
	ASSERT_EQ(out.why, NARU_WHY_RST);
	ASSERT_EQ(out.state, NARU_CLOSED);
	ASSERT_EQ(out.err, err);
}

/* RFC 5961 3.2 (2), MUST-12 */
TEST(fsm_segment__exact_reset_ends_the_connection)
{
	assert_reset(NARU_ESTABLISHED, ECONNRESET);
	assert_reset(NARU_FIN_WAIT_1, ECONNRESET);
	assert_reset(NARU_FIN_WAIT_2, ECONNRESET);
	assert_reset(NARU_CLOSE_WAIT, EPIPE);
	assert_reset(NARU_CLOSING, ECONNRESET);
	assert_reset(NARU_LAST_ACK, ECONNRESET);
}

TEST(fsm_segment__reset_in_syn_received_of_an_active_open_is_refusal)
{
	assert_reset(NARU_SYN_RECEIVED, ECONNREFUSED);
}

/* RFC 7413: the program that has it already hears of a reset, and the SYN again is known beyond its text */
TEST(fsm_segment__syn_received_with_text_taken)
{
	struct naru_fsm_in in = fsm_half_open(NARU_SYN_RECEIVED);
	struct naru_fsm_out out;
	struct naru_seg seg;

	in.passive = true;
	in.syn_len = 10;
	seg = fsm_seg(NARU_SYN, RCV_NXT - 11, 0, 0);
	naru_fsm_segment(&in, &seg, &out);
	assert_dropped(out, NARU_SYN_RECEIVED, NARU_WHY_OLD_DATA, NARU_DO_SYNACK);
	seg = fsm_seg(NARU_SYN, RCV_NXT - 1, 0, 0);
	naru_fsm_segment(&in, &seg, &out);
	assert_dropped(out, NARU_SYN_RECEIVED, NARU_WHY_WINDOW, NARU_DO_CHALLENGE);
	seg = fsm_seg(NARU_RST, RCV_NXT, 0, 0);
	naru_fsm_segment(&in, &seg, &out);
	ASSERT_TRUE(out.actions & NARU_DO_ABORT);
	ASSERT_EQ(out.err, ECONNRESET);
}

/* RFC 9293 3.5.3 (SHLD-2): a reset may carry text and other bits */
TEST(fsm_segment__reset_with_text_and_ack)
{
	struct naru_fsm_out out = decide_in(NARU_ESTABLISHED,
					    fsm_seg(NARU_RST | NARU_ACK | NARU_FIN, RCV_NXT,
						    SND_NXT + 77, 20));

	ASSERT_TRUE(out.actions & NARU_DO_ABORT);
}

/* RFC 5961 3.2 (3) */
TEST(fsm_segment__inexact_reset_is_challenged)
{
	u32 seqs[] = { RCV_NXT + 1, RCV_NXT + RCV_WND - 1 };
	unsigned int i, j;

	for (i = 0; i < FSM_STATES; i++)
		for (j = 0; j < 2; j++)
			assert_dropped(decide_in(fsm_states[i], fsm_seg(NARU_RST, seqs[j], 0, 0)),
				       fsm_states[i], NARU_WHY_RST_INEXACT, NARU_DO_CHALLENGE);
}

/* RFC 5961 3.2 (1) */
TEST(fsm_segment__reset_outside_is_silence)
{
	u32 seqs[] = { RCV_NXT - 1, RCV_NXT + RCV_WND, RCV_NXT + 0x80000000 };
	unsigned int i, j;

	for (i = 0; i < FSM_STATES; i++)
		for (j = 0; j < 3; j++)
			assert_dropped(decide_in(fsm_states[i], fsm_seg(NARU_RST, seqs[j], 0, 0)),
				       fsm_states[i], NARU_WHY_WINDOW, 0);
}

/* ---- fourth: SYN ---- */

/* RFC 5961 4.2: irrespective of the sequence number */
TEST(fsm_segment__syn_on_a_connection_is_challenged)
{
	u32 seqs[] = { RCV_NXT - 1, RCV_NXT, RCV_NXT + 10, RCV_NXT + 100000 };
	u8 flags[] = { NARU_SYN, NARU_SYN | NARU_ACK };
	unsigned int i, j, k;

	for (i = 0; i < FSM_SYNCHRONIZED; i++)
		for (j = 0; j < 4; j++)
			for (k = 0; k < 2; k++) {
				struct naru_fsm_out out = decide_in(fsm_synchronized[i],
					fsm_seg(flags[k], seqs[j], SND_NXT, 0));

				ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_CHALLENGE);
				ASSERT_EQ(out.state, fsm_synchronized[i]);
			}
}

TEST(fsm_segment__syn_says_whether_it_was_in_the_window)
{
	ASSERT_EQ(decide_in(NARU_ESTABLISHED, fsm_seg(NARU_SYN, RCV_NXT, 0, 0)).why,
		  NARU_WHY_SYN_IN_WINDOW);
	ASSERT_EQ(decide_in(NARU_ESTABLISHED, fsm_seg(NARU_SYN, RCV_NXT - 1, 0, 0)).why,
		  NARU_WHY_WINDOW);
}

/* ---- SYN-RECEIVED of a simultaneous open ---- */

static struct naru_fsm_out decide_crossing(struct naru_seg seg)
{
	struct naru_fsm_in in = fsm_half_open(NARU_SYN_RECEIVED);

	return decide(&in, seg);
}

/* MUST-10, RFC 9293 3.5 figure 7 line 6 */
TEST(fsm_segment__crossed_synack_establishes)
{
	struct naru_fsm_out out = decide_crossing(fsm_seg(NARU_SYN | NARU_ACK, RCV_NXT - 1,
							  SND_UNA + 1, 0));

	ASSERT_EQ(out.state, NARU_ESTABLISHED);
	ASSERT_EQ(out.actions, NARU_DO_ACK | NARU_DO_ESTABLISH | NARU_DO_PROCESS_ACK |
		  NARU_DO_WINDOW);
}

TEST(fsm_segment__crossed_synack_with_a_wrong_ack_does_not)
{
	assert_dropped(decide_crossing(fsm_seg(NARU_SYN | NARU_ACK, RCV_NXT - 1, SND_UNA + 2, 0)),
		       NARU_SYN_RECEIVED, NARU_WHY_WINDOW, NARU_DO_CHALLENGE);
}

/* MUST-10 */
TEST(fsm_segment__ack_of_our_syn_establishes)
{
	struct naru_fsm_out out = decide_crossing(fsm_seg(NARU_ACK, RCV_NXT, SND_UNA + 1, 0));

	ASSERT_EQ(out.state, NARU_ESTABLISHED);
	ASSERT_EQ(out.actions, NARU_DO_ESTABLISH | NARU_DO_PROCESS_ACK | NARU_DO_WINDOW);
}

TEST(fsm_segment__ack_of_our_syn_with_data_and_fin)
{
	struct naru_fsm_out out = decide_crossing(fsm_seg(NARU_ACK | NARU_FIN, RCV_NXT,
							  SND_UNA + 1, 10));

	ASSERT_TRUE(out.actions & NARU_DO_DATA);
}

/* RFC 9293 3.10.7.4 fifth, SYN-RECEIVED */
TEST(fsm_segment__ack_of_nothing_in_syn_received_is_reset)
{
	assert_dropped(decide_crossing(fsm_seg(NARU_ACK, RCV_NXT, SND_UNA, 0)),
		       NARU_SYN_RECEIVED, NARU_WHY_ACK_OLD, NARU_DO_RST);
}

TEST(fsm_segment__same_syn_again_is_answered_again)
{
	struct naru_fsm_out out = decide_crossing(fsm_seg(NARU_SYN, RCV_NXT - 1, 0, 0));

	assert_dropped(out, NARU_SYN_RECEIVED, NARU_WHY_OLD_DATA, NARU_DO_SYNACK);
}

/* ---- fifth: ACK ---- */

TEST(fsm_segment__without_ack_is_dropped_in_silence)
{
	unsigned int i;

	for (i = 0; i < FSM_STATES; i++)
		assert_dropped(decide_in(fsm_states[i], fsm_seg(NARU_PSH, RCV_NXT, 0, 10)),
			       fsm_states[i], NARU_WHY_NO_ACK, 0);
}

TEST(fsm_segment__ack_of_what_was_not_sent)
{
	unsigned int i;

	for (i = 0; i < FSM_STATES; i++)
		assert_dropped(decide_in(fsm_states[i],
					 fsm_seg(NARU_ACK, RCV_NXT, SND_NXT + 1, 10)),
			       fsm_states[i], NARU_WHY_ACK_UNSENT, NARU_DO_CHALLENGE);
}

/* RFC 5961 5.2 */
TEST(fsm_segment__ack_more_than_a_window_old)
{
	unsigned int i;

	for (i = 0; i < FSM_STATES; i++)
		assert_dropped(decide_in(fsm_states[i],
					 fsm_seg(NARU_ACK, RCV_NXT, SND_UNA - 65536, 10)),
			       fsm_states[i], NARU_WHY_ACK_OLD, NARU_DO_CHALLENGE);
}

/* RFC 5961 5.2: the boundary itself is acceptable */
TEST(fsm_segment__ack_a_window_old_is_old_but_fine)
{
	struct naru_fsm_out out = decide_in(NARU_ESTABLISHED,
					    fsm_seg(NARU_ACK, RCV_NXT, SND_UNA - 65535, 10));

	ASSERT_EQ(out.actions, NARU_DO_OLD_ACK | NARU_DO_DATA);
}

TEST(fsm_segment__ack_at_either_end_of_what_is_in_flight)
{
	ASSERT_TRUE(decide_in(NARU_ESTABLISHED, fsm_seg(NARU_ACK, RCV_NXT, SND_UNA, 0)).actions &
		    NARU_DO_PROCESS_ACK);
	ASSERT_TRUE(decide_in(NARU_ESTABLISHED, fsm_seg(NARU_ACK, RCV_NXT, SND_NXT, 0)).actions &
		    NARU_DO_PROCESS_ACK);
}

static bool updates(u32 wl1, u32 wl2, u32 seq, u32 ack)
{
	struct naru_fsm_in in = fsm_conn(NARU_ESTABLISHED);

	in.snd_wl1 = wl1;
	in.snd_wl2 = wl2;
	return decide(&in, fsm_seg(NARU_ACK, seq, ack, 0)).actions & NARU_DO_WINDOW;
}

/* RFC 9293 3.10.7.4 fifth, SND.WL1 and SND.WL2 */
TEST(fsm_segment__window_from_newer_segments_only)
{
	ASSERT_TRUE(updates(RCV_NXT, SND_UNA, RCV_NXT + 1, SND_UNA));
	ASSERT_TRUE(updates(RCV_NXT, SND_UNA, RCV_NXT, SND_UNA));
	ASSERT_TRUE(updates(RCV_NXT, SND_UNA, RCV_NXT, SND_UNA + 1));
	ASSERT_FALSE(updates(RCV_NXT, SND_UNA + 1, RCV_NXT, SND_UNA));
	ASSERT_FALSE(updates(RCV_NXT + 1, SND_UNA, RCV_NXT, SND_UNA));
}

/* What is sent again with an ACK of more than any before is newer than what had a higher number */
TEST(fsm_segment__window_from_the_latest_ack)
{
	ASSERT_TRUE(updates(RCV_NXT + 1, SND_UNA, RCV_NXT, SND_UNA + 1));
	ASSERT_TRUE(updates(RCV_NXT + 1, SND_UNA, RCV_NXT, SND_NXT));
}

TEST(fsm_segment__old_ack_says_nothing_about_the_window)
{
	struct naru_fsm_out out = decide_in(NARU_ESTABLISHED,
					    fsm_seg(NARU_ACK, RCV_NXT + 10, SND_UNA - 1, 0));

	ASSERT_EQ(out.actions, NARU_DO_OLD_ACK);
}

static void assert_moves(u8 from, u8 to)
{
	struct naru_fsm_in in = fsm_conn(from);
	struct naru_fsm_out out;

	out = decide(&in, fsm_seg(NARU_ACK, RCV_NXT, SND_NXT - 1, 0));
	ASSERT_EQ(out.state, from);
	in.fin_acked = true;
	out = decide(&in, fsm_seg(NARU_ACK, RCV_NXT, SND_NXT, 0));
	ASSERT_EQ(out.state, to);
	ASSERT_TRUE(out.actions & NARU_DO_PROCESS_ACK);
}

TEST(fsm_segment__ack_of_our_fin_moves_the_state)
{
	assert_moves(NARU_FIN_WAIT_1, NARU_FIN_WAIT_2);
	assert_moves(NARU_CLOSING, NARU_TIME_WAIT);
	assert_moves(NARU_LAST_ACK, NARU_CLOSED);
}

TEST(fsm_segment__ack_of_our_fin_in_last_ack_is_all_that_counts)
{
	struct naru_fsm_in in = fsm_conn(NARU_LAST_ACK);

	in.fin_acked = true;
	ASSERT_EQ(decide(&in, fsm_seg(NARU_ACK, RCV_NXT, SND_NXT, 0)).actions,
		  NARU_DO_PROCESS_ACK);
}

TEST(fsm_segment__ack_of_our_fin_counts_only_if_acceptable)
{
	struct naru_fsm_in in = fsm_conn(NARU_FIN_WAIT_1);

	in.fin_acked = true;
	ASSERT_EQ(decide(&in, fsm_seg(NARU_ACK, RCV_NXT, SND_NXT + 1, 0)).state,
		  NARU_FIN_WAIT_1);
	ASSERT_EQ(decide(&in, fsm_seg(NARU_ACK, RCV_NXT - 10, SND_NXT, 0)).state,
		  NARU_FIN_WAIT_1);
}

TEST(fsm_segment__ack_of_our_fin_with_the_peers_fin)
{
	struct naru_fsm_in in = fsm_conn(NARU_FIN_WAIT_1);
	struct naru_fsm_out out;

	in.fin_acked = true;
	out = decide(&in, fsm_seg(NARU_ACK | NARU_FIN, RCV_NXT, SND_NXT, 0));
	ASSERT_EQ(out.state, NARU_FIN_WAIT_2);
	ASSERT_TRUE(out.actions & NARU_DO_DATA);
	ASSERT_EQ(naru_fsm_fin(out.state, true), NARU_TIME_WAIT);
}

/* ---- seventh: text ---- */

TEST(fsm_segment__text_before_the_peers_fin_only)
{
	unsigned int i;

	for (i = 0; i < FSM_SYNCHRONIZED; i++) {
		u8 s = fsm_synchronized[i];
		bool takes = s == NARU_ESTABLISHED || s == NARU_FIN_WAIT_1 || s == NARU_FIN_WAIT_2;
		struct naru_fsm_out out = decide_in(s, fsm_seg(NARU_ACK, RCV_NXT, SND_UNA, 10));

		ASSERT_EQ(!!(out.actions & NARU_DO_DATA), takes);
		ASSERT_TRUE(out.actions & NARU_DO_PROCESS_ACK);
	}
}

TEST(fsm_segment__fin_alone_goes_to_reassembly)
{
	ASSERT_TRUE(decide_in(NARU_ESTABLISHED,
			      fsm_seg(NARU_ACK | NARU_FIN, RCV_NXT, SND_UNA, 0)).actions &
		    NARU_DO_DATA);
	ASSERT_FALSE(decide_in(NARU_ESTABLISHED,
			       fsm_seg(NARU_ACK | NARU_PSH, RCV_NXT, SND_UNA, 0)).actions &
		     NARU_DO_DATA);
}

static struct naru_fsm_out decide_after_close(u8 state, struct naru_seg seg)
{
	struct naru_fsm_in in = fsm_conn(state);

	in.closed = true;
	in.receiving = false;
	return decide(&in, seg);
}

static void assert_after_close(struct naru_fsm_out out)
{
	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_RST | NARU_DO_ABORT);
	ASSERT_EQ(out.why, NARU_WHY_AFTER_CLOSE);
	ASSERT_EQ(out.state, NARU_CLOSED);
	ASSERT_EQ(out.err, ECONNRESET);
}

/* SHLD-3 */
TEST(fsm_segment__data_after_close_is_reset)
{
	assert_after_close(decide_after_close(NARU_FIN_WAIT_1,
					      fsm_seg(NARU_ACK, RCV_NXT, SND_UNA, 1)));
	assert_after_close(decide_after_close(NARU_FIN_WAIT_2,
					      fsm_seg(NARU_ACK | NARU_FIN, RCV_NXT, SND_UNA, 1)));
}

/* SHLD-3 */
TEST(fsm_segment__data_at_a_closed_window_after_close_is_reset)
{
	struct naru_fsm_in in = fsm_conn(NARU_FIN_WAIT_2);

	in.closed = true;
	in.rcv_wnd = 0;
	assert_after_close(decide(&in, fsm_seg(NARU_ACK, RCV_NXT, SND_UNA, 1)));
}

TEST(fsm_segment__data_after_both_directions_were_shut_is_reset)
{
	struct naru_fsm_in in = fsm_conn(NARU_FIN_WAIT_2);

	in.receiving = false;
	assert_after_close(decide(&in, fsm_seg(NARU_ACK, RCV_NXT, SND_UNA, 1)));
}

TEST(fsm_segment__fin_or_ack_after_close_is_no_data)
{
	struct naru_fsm_out out;

	out = decide_after_close(NARU_FIN_WAIT_2, fsm_seg(NARU_ACK | NARU_FIN, RCV_NXT, SND_UNA, 0));
	ASSERT_TRUE(out.actions & NARU_DO_DATA);
	ASSERT_FALSE(out.actions & NARU_DO_ABORT);
	out = decide_after_close(NARU_FIN_WAIT_1, fsm_seg(NARU_ACK, RCV_NXT, SND_NXT, 0));
	ASSERT_FALSE(out.actions & NARU_DO_ABORT);
}

TEST(fsm_segment__old_data_with_the_fin_after_close_is_no_data)
{
	struct naru_fsm_out out;

	out = decide_after_close(NARU_FIN_WAIT_2,
				 fsm_seg(NARU_ACK | NARU_FIN, RCV_NXT - 10, SND_UNA, 10));
	ASSERT_TRUE(out.actions & NARU_DO_DATA);
	ASSERT_FALSE(out.actions & NARU_DO_ABORT);
}

/* RFC 5961 5: a blind attacker must not be able to make us reset */
TEST(fsm_segment__data_after_close_needs_an_acceptable_ack)
{
	assert_dropped(decide_after_close(NARU_FIN_WAIT_2,
					  fsm_seg(NARU_ACK, RCV_NXT, SND_NXT + 5, 1)),
		       NARU_FIN_WAIT_2, NARU_WHY_ACK_UNSENT, NARU_DO_CHALLENGE);
}

TEST(fsm_segment__closed_takes_nothing)
{
	assert_dropped(decide_in(NARU_CLOSED, fsm_seg(NARU_ACK, RCV_NXT, SND_UNA, 0)),
		       NARU_CLOSED, NARU_WHY_CLOSED, NARU_DO_RST);
	assert_dropped(decide_in(NARU_CLOSED, fsm_seg(NARU_RST, RCV_NXT, 0, 0)),
		       NARU_CLOSED, NARU_WHY_CLOSED, 0);
}

TEST(fsm_segment__urgent_text_is_text)
{
	ASSERT_TRUE(decide_in(NARU_ESTABLISHED,
			      fsm_seg(NARU_ACK | NARU_URG, RCV_NXT, SND_UNA, 1)).actions &
		    NARU_DO_DATA);
}

/* RFC 9293 3.10.7.4 sixth */
TEST(fsm_segment__urg_counts_where_text_does)
{
	for (size_t i = 0; i < FSM_SYNCHRONIZED; i++) {
		u8 state = fsm_synchronized[i];
		bool takes = state == NARU_ESTABLISHED || state == NARU_FIN_WAIT_1 ||
			     state == NARU_FIN_WAIT_2;

		ASSERT_EQ(!!(decide_in(state, fsm_seg(NARU_ACK | NARU_URG, RCV_NXT, SND_UNA, 0)).actions &
			     NARU_DO_URG), takes);
		ASSERT_FALSE(decide_in(state, fsm_seg(NARU_ACK, RCV_NXT, SND_UNA, 0)).actions &
			     NARU_DO_URG);
	}
}

/* MUST-66: the pointer is taken, the text is not */
TEST(fsm_segment__closed_window_takes_urg)
{
	struct naru_fsm_in in = fsm_conn(NARU_ESTABLISHED);
	struct naru_seg seg = fsm_seg(NARU_ACK | NARU_URG, RCV_NXT, SND_UNA, 10);
	struct naru_fsm_out out;

	in.rcv_wnd = 0;
	naru_fsm_segment(&in, &seg, &out);
	ASSERT_TRUE(out.actions & NARU_DO_URG);
	ASSERT_TRUE(out.actions & NARU_DO_ACK);
	ASSERT_FALSE(out.actions & (NARU_DO_DATA | NARU_DO_DROP));
	seg = fsm_seg(NARU_ACK | NARU_URG, RCV_NXT, SND_UNA, 0);
	naru_fsm_segment(&in, &seg, &out);
	ASSERT_TRUE(out.actions & NARU_DO_URG);
	ASSERT_FALSE(out.actions & NARU_DO_DROP);
}

TEST(fsm_segment__urg_of_a_refused_segment_does_not_count)
{
	ASSERT_FALSE(decide_in(NARU_ESTABLISHED, fsm_seg(NARU_ACK | NARU_URG, RCV_NXT + RCV_WND + 1,
							 SND_UNA, 1)).actions & NARU_DO_URG);
	ASSERT_FALSE(decide_in(NARU_ESTABLISHED, fsm_seg(NARU_ACK | NARU_URG, RCV_NXT, SND_NXT + 1,
							 1)).actions & NARU_DO_URG);
}
