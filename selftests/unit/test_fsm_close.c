// SPDX-License-Identifier: GPL-2.0
/*
 * How connections end: RFC 9293 3.10.4, 3.10.7.1, 3.10.7.4 eighth; TIME-WAIT with RFC 6191 and
 * RFC 1337.
 */
#include "fsm_case.h"

static const u8 all[] = {
	NARU_CLOSED, NARU_LISTEN, NARU_SYN_SENT, NARU_SYN_RECEIVED, NARU_ESTABLISHED,
	NARU_FIN_WAIT_1, NARU_FIN_WAIT_2, NARU_CLOSE_WAIT, NARU_CLOSING, NARU_LAST_ACK,
	NARU_TIME_WAIT,
};

/* RFC 9293 3.10.7.4 eighth */
TEST(fsm_fin__every_state)
{
	static const u8 plain[] = {
		NARU_CLOSED, NARU_LISTEN, NARU_SYN_SENT, NARU_CLOSE_WAIT, NARU_CLOSE_WAIT,
		NARU_CLOSING, NARU_TIME_WAIT, NARU_CLOSE_WAIT, NARU_CLOSING, NARU_LAST_ACK,
		NARU_TIME_WAIT,
	};
	unsigned int i;

	for (i = 0; i < sizeof(all); i++) {
		ASSERT_EQ(naru_fsm_fin(all[i], false), plain[i]);
		if (all[i] != NARU_FIN_WAIT_1)
			ASSERT_EQ(naru_fsm_fin(all[i], true), plain[i]);
	}
	ASSERT_EQ(naru_fsm_fin(NARU_FIN_WAIT_1, true), NARU_TIME_WAIT);
}

/* RFC 9293 3.10.4 */
TEST(fsm_close__every_state)
{
	static const u8 next[] = {
		NARU_CLOSED, NARU_CLOSED, NARU_CLOSED, NARU_FIN_WAIT_1, NARU_FIN_WAIT_1,
		NARU_FIN_WAIT_1, NARU_FIN_WAIT_2, NARU_LAST_ACK, NARU_CLOSING, NARU_LAST_ACK,
		NARU_TIME_WAIT,
	};
	unsigned int i;

	for (i = 0; i < sizeof(all); i++) {
		bool fin = false, sends = all[i] == NARU_SYN_RECEIVED ||
			all[i] == NARU_ESTABLISHED || all[i] == NARU_CLOSE_WAIT;

		ASSERT_EQ(naru_fsm_close(all[i], &fin), next[i]);
		ASSERT_EQ(fin, sends);
	}
}

TEST(fsm_close__no_second_fin)
{
	bool fin;
	u8 state = naru_fsm_close(NARU_ESTABLISHED, &fin);

	ASSERT_TRUE(fin);
	ASSERT_EQ(naru_fsm_close(state, &fin), state);
	ASSERT_FALSE(fin);
}

/* RFC 9293 3.6 figure 12, the side that closes first, and the other */
TEST(fsm_close__normal_sequence)
{
	struct naru_fsm_in in;
	struct naru_seg seg = fsm_seg(NARU_ACK, RCV_NXT, SND_NXT, 0);
	struct naru_fsm_out out;
	bool fin;
	u8 state = naru_fsm_close(NARU_ESTABLISHED, &fin);

	in = fsm_conn(state);
	in.fin_acked = true;
	naru_fsm_segment(&in, &seg, &out);
	ASSERT_EQ(out.state, NARU_FIN_WAIT_2);
	ASSERT_EQ(naru_fsm_fin(out.state, true), NARU_TIME_WAIT);

	state = naru_fsm_close(naru_fsm_fin(NARU_ESTABLISHED, false), &fin);
	ASSERT_EQ(state, NARU_LAST_ACK);
	in = fsm_conn(state);
	in.fin_acked = true;
	naru_fsm_segment(&in, &seg, &out);
	ASSERT_EQ(out.state, NARU_CLOSED);
}

/* RFC 9293 3.6 figure 13 */
TEST(fsm_close__simultaneous)
{
	struct naru_fsm_in in = fsm_conn(NARU_FIN_WAIT_1);
	struct naru_seg seg = fsm_seg(NARU_ACK, RCV_NXT, SND_NXT, 0);
	struct naru_fsm_out out;

	in.state = naru_fsm_fin(NARU_FIN_WAIT_1, false);
	ASSERT_EQ(in.state, NARU_CLOSING);
	in.fin_acked = true;
	naru_fsm_segment(&in, &seg, &out);
	ASSERT_EQ(out.state, NARU_TIME_WAIT);
}

TEST(fsm_name__is_the_rfcs)
{
	ASSERT_STREQ(naru_fsm_name(NARU_ESTABLISHED), "ESTABLISHED");
	ASSERT_STREQ(naru_fsm_name(NARU_SYN_RECEIVED), "SYN-RECEIVED");
	ASSERT_STREQ(naru_fsm_name(NARU_FIN_WAIT_1), "FIN-WAIT-1");
	ASSERT_STREQ(naru_fsm_name(NARU_TIME_WAIT), "TIME-WAIT");
	ASSERT_STREQ(naru_fsm_name(0), "CLOSED");
	ASSERT_STREQ(naru_fsm_name(200), "CLOSED");
}

/* RFC 9293 3.10.7.1 */
TEST(fsm_reset_for__ack_gives_its_sequence_number)
{
	struct naru_seg seg = fsm_seg(NARU_ACK, RCV_NXT, SND_UNA, 10), rst = { .wnd = 99 };

	ASSERT_TRUE(naru_fsm_reset_for(&seg, &rst));
	ASSERT_EQ(rst.flags, NARU_RST);
	ASSERT_EQ(rst.seq, SND_UNA);
	ASSERT_EQ(rst.ack, 0);
	ASSERT_EQ(rst.wnd, 99);
}

/* RFC 9293 3.10.7.1 */
TEST(fsm_reset_for__without_ack_acknowledges_all_of_it)
{
	struct naru_seg seg = fsm_seg(NARU_SYN, 0xffffffff, 0, 10), rst;

	ASSERT_TRUE(naru_fsm_reset_for(&seg, &rst));
	ASSERT_EQ(rst.flags, NARU_RST | NARU_ACK);
	ASSERT_EQ(rst.seq, 0);
	ASSERT_EQ(rst.ack, 10);
	seg = fsm_seg(NARU_FIN, 100, 0, 0);
	ASSERT_TRUE(naru_fsm_reset_for(&seg, &rst));
	ASSERT_EQ(rst.ack, 101);
}

/* RFC 9293 3.5.2 group 1: a reset is never answered */
TEST(fsm_reset_for__not_for_a_reset)
{
	struct naru_seg seg = fsm_seg(NARU_RST | NARU_ACK, 1, 2, 0), rst;

	ASSERT_FALSE(naru_fsm_reset_for(&seg, &rst));
}

/* ---- TIME-WAIT ---- */

static struct naru_fsm_out time_wait(struct naru_seg seg)
{
	struct naru_fsm_in in = fsm_conn(NARU_TIME_WAIT);
	struct naru_fsm_out out;

	naru_fsm_time_wait(&in, &seg, &out);
	return out;
}

static struct naru_fsm_out time_wait_ts(struct naru_seg seg)
{
	struct naru_fsm_in in = fsm_conn_ts(NARU_TIME_WAIT);
	struct naru_fsm_out out;

	naru_fsm_time_wait(&in, &seg, &out);
	return out;
}

/* MUST-13, RFC 9293 3.10.7.4 fifth */
TEST(fsm_time_wait__fin_again_restarts_2msl)
{
	struct naru_fsm_out out = time_wait(fsm_seg(NARU_FIN | NARU_ACK, RCV_NXT - 1, SND_NXT, 0));

	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_ACK | NARU_DO_TW_RESTART);
	ASSERT_EQ(out.state, NARU_TIME_WAIT);
	out = time_wait(fsm_seg(NARU_FIN | NARU_ACK, RCV_NXT - 11, SND_NXT, 10));
	ASSERT_TRUE(out.actions & NARU_DO_TW_RESTART);
}

TEST(fsm_time_wait__another_fin_restarts_nothing)
{
	struct naru_fsm_out out = time_wait(fsm_seg(NARU_FIN | NARU_ACK, RCV_NXT, SND_NXT, 0));

	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_ACK);
}

/* RFC 1337 3, fix F1 */
TEST(fsm_time_wait__reset_changes_nothing)
{
	struct naru_fsm_in in = fsm_conn(NARU_TIME_WAIT);
	u32 seqs[] = { RCV_NXT, RCV_NXT - 1, RCV_NXT + 1 };
	unsigned int i;

	in.rfc1337 = true;
	for (i = 0; i < 3; i++) {
		struct naru_seg seg = fsm_seg(NARU_RST, seqs[i], 0, 0);
		struct naru_fsm_out out;

		naru_fsm_time_wait(&in, &seg, &out);
		ASSERT_EQ(out.actions, NARU_DO_DROP);
		ASSERT_EQ(out.state, NARU_TIME_WAIT);
	}
}

/* RFC 9293 3.10.7.4 second, RFC 5961 3.2: the exact number, nothing else */
TEST(fsm_time_wait__exact_reset_ends_it)
{
	struct naru_fsm_out out = time_wait(fsm_seg(NARU_RST, RCV_NXT, 0, 0));

	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_ABORT);
	ASSERT_EQ(out.state, NARU_CLOSED);
	out = time_wait(fsm_seg(NARU_RST, RCV_NXT + 1, 0, 0));
	ASSERT_EQ(out.actions, NARU_DO_DROP);
	out = time_wait(fsm_seg(NARU_RST, RCV_NXT - 1, 0, 0));
	ASSERT_EQ(out.actions, NARU_DO_DROP);
}

TEST(fsm_time_wait__bare_ack_in_the_window_is_silence)
{
	ASSERT_EQ(time_wait(fsm_seg(NARU_ACK, RCV_NXT, SND_NXT, 0)).actions, NARU_DO_DROP);
}

TEST(fsm_time_wait__outside_the_window_gets_an_ack)
{
	ASSERT_EQ(time_wait(fsm_seg(NARU_ACK, RCV_NXT - 100, SND_NXT, 50)).actions,
		  NARU_DO_DROP | NARU_DO_ACK);
	ASSERT_EQ(time_wait(fsm_seg(NARU_ACK, RCV_NXT - 1, SND_NXT, 0)).actions,
		  NARU_DO_DROP | NARU_DO_LIMITED);
	ASSERT_EQ(time_wait(fsm_seg(NARU_ACK, RCV_NXT + 5000, SND_NXT, 0)).actions,
		  NARU_DO_DROP | NARU_DO_CHALLENGE);
}

/* RFC 9293 3.10.7.4 seventh: text is ignored */
TEST(fsm_time_wait__data_gets_an_ack_only)
{
	ASSERT_EQ(time_wait(fsm_seg(NARU_ACK, RCV_NXT, SND_NXT, 10)).actions,
		  NARU_DO_DROP | NARU_DO_ACK);
}

/* MAY-2, RFC 6191 2: no timestamps before or now */
TEST(fsm_time_wait__syn_above_the_last_number_reopens)
{
	ASSERT_EQ(time_wait(fsm_seg(NARU_SYN, RCV_NXT + 1, 0, 0)).actions, NARU_DO_NEW);
	ASSERT_EQ(time_wait(fsm_seg(NARU_SYN, RCV_NXT, 0, 0)).actions, NARU_DO_NEW);
	ASSERT_EQ(time_wait(fsm_seg(NARU_SYN, RCV_NXT + 0x7fffffff, 0, 0)).actions, NARU_DO_NEW);
	ASSERT_EQ(time_wait(fsm_seg(NARU_SYN, RCV_NXT - 1, 0, 0)).actions,
		  NARU_DO_DROP | NARU_DO_CHALLENGE);
}

/* RFC 6191 2: timestamps before and now */
TEST(fsm_time_wait__syn_with_a_newer_timestamp_reopens)
{
	ASSERT_EQ(time_wait_ts(fsm_seg_ts(NARU_SYN, RCV_NXT - 5000, 0, 0, TS_NOW + 1)).actions,
		  NARU_DO_NEW);
}

TEST(fsm_time_wait__syn_with_an_older_timestamp_does_not)
{
	ASSERT_EQ(time_wait_ts(fsm_seg_ts(NARU_SYN, RCV_NXT + 5000, 0, 0, TS_NOW - 1)).actions,
		  NARU_DO_DROP | NARU_DO_CHALLENGE);
}

TEST(fsm_time_wait__syn_with_the_same_timestamp_goes_by_number)
{
	ASSERT_EQ(time_wait_ts(fsm_seg_ts(NARU_SYN, RCV_NXT + 1, 0, 0, TS_NOW)).actions,
		  NARU_DO_NEW);
	ASSERT_EQ(time_wait_ts(fsm_seg_ts(NARU_SYN, RCV_NXT - 1, 0, 0, TS_NOW)).actions,
		  NARU_DO_DROP | NARU_DO_CHALLENGE);
}

/* RFC 6191 2: timestamps before, not now */
TEST(fsm_time_wait__syn_without_timestamp_goes_by_number)
{
	ASSERT_EQ(time_wait_ts(fsm_seg(NARU_SYN, RCV_NXT + 1, 0, 0)).actions, NARU_DO_NEW);
	ASSERT_TRUE(time_wait_ts(fsm_seg(NARU_SYN, RCV_NXT - 1, 0, 0)).actions & NARU_DO_DROP);
}

/* RFC 6191 2: timestamps now, not before */
TEST(fsm_time_wait__syn_with_the_first_timestamp_reopens)
{
	struct naru_fsm_in in = fsm_conn(NARU_TIME_WAIT);
	struct naru_seg seg = fsm_seg_ts(NARU_SYN, RCV_NXT - 5000, 0, 0, 1);
	struct naru_fsm_out out;

	in.ts_ok = true;
	naru_fsm_time_wait(&in, &seg, &out);
	ASSERT_EQ(out.actions, NARU_DO_NEW);
	in.ts_ok = false;
	naru_fsm_time_wait(&in, &seg, &out);
	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_CHALLENGE);
}

TEST(fsm_time_wait__synack_never_reopens)
{
	ASSERT_EQ(time_wait(fsm_seg(NARU_SYN | NARU_ACK, RCV_NXT + 100, SND_NXT, 0)).actions,
		  NARU_DO_DROP | NARU_DO_CHALLENGE);
}

TEST(fsm_time_wait__old_timestamp_does_not_restart)
{
	struct naru_fsm_out out = time_wait_ts(fsm_seg_ts(NARU_FIN | NARU_ACK, RCV_NXT - 1,
							  SND_NXT, 0, TS_NOW - 1));

	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_ACK);
	ASSERT_EQ(out.why, NARU_WHY_PAWS);
}

/* Timestamps that only a new connection would use say nothing about this one's segments. */
TEST(fsm_time_wait__no_paws_where_the_connection_had_no_timestamps)
{
	struct naru_fsm_in in = fsm_conn(NARU_TIME_WAIT);
	struct naru_seg seg = fsm_seg(NARU_FIN | NARU_ACK, RCV_NXT - 1, SND_NXT, 0);
	struct naru_fsm_out out;

	in.ts_ok = true;
	naru_fsm_time_wait(&in, &seg, &out);
	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_ACK | NARU_DO_TW_RESTART);
}

TEST(fsm_time_wait__fin_again_brings_its_timestamp)
{
	ASSERT_TRUE(time_wait_ts(fsm_seg_ts(NARU_FIN | NARU_ACK, RCV_NXT - 1, SND_NXT, 0,
					    TS_NOW + 5)).actions & NARU_DO_TS);
}
