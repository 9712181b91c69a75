// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 7323 3.2, 4.3, 5.3 to 5.5: timestamps on a connection.
 */
#include "fsm_case.h"

static struct naru_fsm_out decide(const struct naru_fsm_in *in, struct naru_seg seg)
{
	struct naru_fsm_out out;

	naru_fsm_segment(in, &seg, &out);
	return out;
}

static struct naru_fsm_out decide_ts(u32 seq, u32 len, u32 tsval)
{
	struct naru_fsm_in in = fsm_conn_ts(NARU_ESTABLISHED);

	return decide(&in, fsm_seg_ts(NARU_ACK, seq, SND_UNA, len, tsval));
}

/* RFC 7323 5.3 R1 */
TEST(fsm_paws__older_timestamp_is_dropped_and_acknowledged)
{
	unsigned int i;

	for (i = 0; i < FSM_STATES; i++) {
		struct naru_fsm_in in = fsm_conn_ts(fsm_states[i]);
		struct naru_fsm_out out = decide(&in, fsm_seg_ts(NARU_ACK, RCV_NXT, SND_NXT, 10,
								 TS_NOW - 1));

		ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_ACK);
		ASSERT_EQ(out.why, NARU_WHY_PAWS);
		ASSERT_EQ(out.state, fsm_states[i]);
	}
}

/* RFC 7323 5.2: modulo 2^32 */
TEST(fsm_paws__older_across_the_wrap)
{
	ASSERT_EQ(decide_ts(RCV_NXT, 10, 0xfffffff0).why, NARU_WHY_PAWS);
	ASSERT_EQ(decide_ts(RCV_NXT, 10, TS_NOW + 0x7fffffff).why, NARU_WHY_NONE);
}

TEST(fsm_paws__same_and_newer_pass)
{
	ASSERT_TRUE(decide_ts(RCV_NXT, 10, TS_NOW).actions & NARU_DO_DATA);
	ASSERT_TRUE(decide_ts(RCV_NXT, 10, TS_NOW + 1).actions & NARU_DO_DATA);
}

/* RFC 7323 5.3: before the acceptability of the sequence number */
TEST(fsm_paws__comes_before_the_window)
{
	ASSERT_EQ(decide_ts(RCV_NXT + 100000, 10, TS_NOW - 1).why, NARU_WHY_PAWS);
}

/* RFC 7323 5.5 */
TEST(fsm_paws__nothing_to_compare_after_24_days)
{
	struct naru_fsm_in in = fsm_conn_ts(NARU_ESTABLISHED);
	struct naru_seg seg = fsm_seg_ts(NARU_ACK, RCV_NXT, SND_UNA, 10, TS_NOW - 1);

	in.ts_recent_age_s = 24 * DAY;
	ASSERT_EQ(decide(&in, seg).why, NARU_WHY_PAWS);
	in.ts_recent_age_s = 24 * DAY + 1;
	ASSERT_EQ(decide(&in, seg).actions & (NARU_DO_DATA | NARU_DO_TS),
		  NARU_DO_DATA | NARU_DO_TS);
}

/* RFC 7323 5.5: 2^31 µs are 2147.48 s, and an age of whole seconds may be one short */
TEST(fsm_paws__nothing_to_compare_after_35_minutes_of_usec)
{
	struct naru_fsm_in in = fsm_conn_ts(NARU_ESTABLISHED);
	struct naru_seg seg = fsm_seg_ts(NARU_ACK, RCV_NXT, SND_UNA, 10, TS_NOW - 1);

	in.ts_usec = true;
	in.ts_recent_age_s = 2146;
	ASSERT_EQ(decide(&in, seg).why, NARU_WHY_PAWS);
	in.ts_recent_age_s = 2147;
	ASSERT_EQ(decide(&in, seg).actions & (NARU_DO_DATA | NARU_DO_TS),
		  NARU_DO_DATA | NARU_DO_TS);
}

TEST(fsm_paws__nothing_to_compare_without_ts_recent)
{
	struct naru_fsm_in in = fsm_conn_ts(NARU_ESTABLISHED);

	in.ts_valid = false;
	ASSERT_TRUE(decide(&in, fsm_seg_ts(NARU_ACK, RCV_NXT, SND_UNA, 10, TS_NOW - 1)).actions &
		    NARU_DO_TS);
}

/* RFC 7323 5.2: MUST NOT be subjected */
TEST(fsm_paws__not_for_resets)
{
	struct naru_fsm_in in = fsm_conn_ts(NARU_ESTABLISHED);
	struct naru_fsm_out out = decide(&in, fsm_seg_ts(NARU_RST, RCV_NXT, 0, 0, TS_NOW - 1));

	ASSERT_TRUE(out.actions & NARU_DO_ABORT);
	ASSERT_FALSE(out.actions & NARU_DO_TS);
	out = decide(&in, fsm_seg(NARU_RST, RCV_NXT, 0, 0));
	ASSERT_TRUE(out.actions & NARU_DO_ABORT);
}

/* RFC 7323 3.2 */
TEST(fsm_paws__missing_timestamp_is_dropped_in_silence)
{
	struct naru_fsm_in in = fsm_conn_ts(NARU_ESTABLISHED);
	struct naru_fsm_out out = decide(&in, fsm_seg(NARU_ACK, RCV_NXT, SND_UNA, 10));

	ASSERT_EQ(out.actions, NARU_DO_DROP);
	ASSERT_EQ(out.why, NARU_WHY_PAWS);
}

TEST(fsm_paws__timestamps_nobody_agreed_on_are_ignored)
{
	struct naru_fsm_in in = fsm_conn(NARU_ESTABLISHED);
	struct naru_fsm_out out = decide(&in, fsm_seg_ts(NARU_ACK, RCV_NXT, SND_UNA, 10, 1));

	ASSERT_EQ(out.actions, NARU_DO_PROCESS_ACK | NARU_DO_WINDOW | NARU_DO_DATA);
}

/* RFC 7323 4.3 (2) */
TEST(fsm_paws__ts_recent_follows_the_left_edge)
{
	ASSERT_TRUE(decide_ts(RCV_NXT, 10, TS_NOW + 1).actions & NARU_DO_TS);
	ASSERT_TRUE(decide_ts(RCV_NXT - 5, 10, TS_NOW + 1).actions & NARU_DO_TS);
	ASSERT_FALSE(decide_ts(RCV_NXT + 1, 10, TS_NOW + 1).actions & NARU_DO_TS);
}

/* RFC 7323 4.3 (A): delayed ACKs echo the earliest */
TEST(fsm_paws__ts_recent_waits_for_our_ack)
{
	struct naru_fsm_in in = fsm_conn_ts(NARU_ESTABLISHED);
	struct naru_seg seg = fsm_seg_ts(NARU_ACK, RCV_NXT, SND_UNA, 10, TS_NOW + 1);

	in.last_ack_sent = RCV_NXT - 100;
	ASSERT_FALSE(decide(&in, seg).actions & NARU_DO_TS);
}

/* RFC 5961 5.2: what is refused must leave no trace */
TEST(fsm_paws__ts_recent_only_from_what_is_accepted)
{
	struct naru_fsm_in in = fsm_conn_ts(NARU_ESTABLISHED);
	struct naru_seg seg = fsm_seg_ts(NARU_ACK, RCV_NXT, SND_NXT + 1, 10, TS_NOW + 1);

	ASSERT_FALSE(decide(&in, seg).actions & NARU_DO_TS);
}

TEST(fsm_paws__bare_old_ack_is_answered_at_a_limited_rate)
{
	ASSERT_EQ(decide_ts(RCV_NXT, 0, TS_NOW - 1).actions, NARU_DO_DROP | NARU_DO_CHALLENGE);
}
