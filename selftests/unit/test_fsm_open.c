// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 9293 3.10.7.2, 3.10.7.3 and SYN-RECEIVED of 3.10.7.4: how connections open.
 */
#include "fsm_case.h"

#define ISS	SND_UNA

static struct naru_fsm_out syn_sent_ts(struct naru_seg seg, bool ts_sent, u32 first, u32 last)
{
	struct naru_fsm_in in = fsm_half_open(NARU_SYN_SENT);
	struct naru_fsm_out out;

	naru_fsm_syn_sent(&in, &seg, ts_sent, first, last, &out);
	return out;
}

static struct naru_fsm_out syn_sent(struct naru_seg seg)
{
	return syn_sent_ts(seg, false, 0, 0);
}

TEST(fsm_syn_sent__synack_establishes)
{
	struct naru_fsm_out out = syn_sent(fsm_seg(NARU_SYN | NARU_ACK, 777, ISS + 1, 0));

	ASSERT_EQ(out.state, NARU_ESTABLISHED);
	ASSERT_EQ(out.actions, NARU_DO_ESTABLISH | NARU_DO_PROCESS_ACK | NARU_DO_WINDOW);
}

TEST(fsm_syn_sent__synack_with_text)
{
	ASSERT_TRUE(syn_sent(fsm_seg(NARU_SYN | NARU_ACK, 777, ISS + 1, 10)).actions &
		    NARU_DO_DATA);
}

/* RFC 9293 3.10.7.3 first: =<, not ==, where the SYN carried data */
TEST(fsm_syn_sent__synack_of_part_of_what_the_syn_carried)
{
	struct naru_fsm_in in = fsm_half_open(NARU_SYN_SENT);
	struct naru_seg seg = fsm_seg(NARU_SYN | NARU_ACK, 777, ISS + 1, 0);
	struct naru_fsm_out out;

	in.snd_nxt = ISS + 501;
	naru_fsm_syn_sent(&in, &seg, false, 0, 0, &out);
	ASSERT_EQ(out.state, NARU_ESTABLISHED);
}

/* RFC 9293 3.10.7.3 first; 3.5 figure 10: half-open connections are found so */
TEST(fsm_syn_sent__unacceptable_ack_is_reset)
{
	u32 acks[] = { ISS, ISS - 1, ISS + 2, ISS + 100000 };
	u8 flags[] = { NARU_ACK, NARU_SYN | NARU_ACK };
	unsigned int i, j;

	for (i = 0; i < 4; i++)
		for (j = 0; j < 2; j++) {
			struct naru_fsm_out out = syn_sent(fsm_seg(flags[j], 777, acks[i], 0));

			ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_RST | NARU_DO_SYN_AGAIN);
			ASSERT_EQ(out.why, NARU_WHY_ACK_UNSENT);
			ASSERT_EQ(out.state, NARU_SYN_SENT);
		}
}

TEST(fsm_syn_sent__reset_with_unacceptable_ack_is_silence)
{
	struct naru_fsm_out out = syn_sent(fsm_seg(NARU_RST | NARU_ACK, 0, ISS, 0));

	ASSERT_EQ(out.actions, NARU_DO_DROP);
	ASSERT_EQ(out.state, NARU_SYN_SENT);
}

/* RFC 9293 3.10.7.3 second, RFC 5961 3.2 */
TEST(fsm_syn_sent__reset_of_our_syn_is_refusal)
{
	struct naru_fsm_out out = syn_sent(fsm_seg(NARU_RST | NARU_ACK, 0, ISS + 1, 0));

	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_ABORT);
	ASSERT_EQ(out.err, ECONNREFUSED);
	ASSERT_EQ(out.state, NARU_CLOSED);
}

TEST(fsm_syn_sent__reset_without_ack_is_silence)
{
	struct naru_fsm_out out = syn_sent(fsm_seg(NARU_RST, 0, 0, 0));

	ASSERT_EQ(out.actions, NARU_DO_DROP);
	ASSERT_EQ(out.state, NARU_SYN_SENT);
}

/* MUST-10, RFC 9293 3.10.7.3 fourth */
TEST(fsm_syn_sent__bare_syn_is_a_simultaneous_open)
{
	struct naru_fsm_out out = syn_sent(fsm_seg(NARU_SYN, 777, 0, 0));

	ASSERT_EQ(out.state, NARU_SYN_RECEIVED);
	ASSERT_EQ(out.actions, NARU_DO_SYNACK | NARU_DO_WINDOW);
}

/* RFC 9293 3.10.7.3 fifth */
TEST(fsm_syn_sent__without_syn_or_reset_is_dropped)
{
	u8 flags[] = { 0, NARU_ACK, NARU_ACK | NARU_FIN, NARU_PSH | NARU_URG };
	unsigned int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(syn_sent(fsm_seg(flags[i], 777, ISS + 1, 10)).actions, NARU_DO_DROP);
}

/* RFC 7323 3.2, 4.1 */
TEST(fsm_syn_sent__timestamp_is_taken_where_we_sent_one)
{
	struct naru_seg seg = fsm_seg_ts(NARU_SYN | NARU_ACK, 777, ISS + 1, 0, 5);

	seg.opts.tsecr = 2;
	ASSERT_TRUE(syn_sent_ts(seg, true, 0xfffffff0, 3).actions & NARU_DO_TS);
	ASSERT_FALSE(syn_sent_ts(seg, false, 0xfffffff0, 3).actions & NARU_DO_TS);
	ASSERT_TRUE(syn_sent_ts(fsm_seg_ts(NARU_SYN, 777, 0, 0, 5), true, 1, 3).actions &
		    NARU_DO_TS);
}

TEST(fsm_syn_sent__echo_of_what_we_never_sent_is_reset)
{
	struct naru_seg seg = fsm_seg_ts(NARU_SYN | NARU_ACK, 777, ISS + 1, 0, 5);
	struct naru_fsm_out out;

	seg.opts.tsecr = 4;
	out = syn_sent_ts(seg, true, 0xfffffff0, 3);
	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_RST);
	ASSERT_EQ(out.state, NARU_SYN_SENT);
	seg.opts.tsecr = 0xffffffef;
	ASSERT_EQ(syn_sent_ts(seg, true, 0xfffffff0, 3).actions, NARU_DO_DROP | NARU_DO_RST);
}

TEST(fsm_syn_sent__reset_needs_no_right_echo)
{
	struct naru_seg seg = fsm_seg_ts(NARU_RST | NARU_ACK, 0, ISS + 1, 0, 0);

	ASSERT_TRUE(syn_sent_ts(seg, true, 10, 20).actions & NARU_DO_ABORT);
}

/* ---- LISTEN ---- */

static struct naru_fsm_out listen(u8 flags)
{
	struct naru_seg seg = fsm_seg(flags, 777, 888, 0);
	struct naru_fsm_out out;

	naru_fsm_listen(&seg, &out);
	return out;
}

TEST(fsm_listen__syn_opens)
{
	ASSERT_EQ(listen(NARU_SYN).actions, NARU_DO_SYNACK);
	ASSERT_EQ(listen(NARU_SYN).state, NARU_SYN_RECEIVED);
	ASSERT_EQ(listen(NARU_SYN | NARU_ECE | NARU_CWR | NARU_PSH | NARU_URG).actions,
		  NARU_DO_SYNACK);
}

TEST(fsm_listen__ack_is_reset)
{
	ASSERT_EQ(listen(NARU_ACK).actions, NARU_DO_DROP | NARU_DO_RST);
	ASSERT_EQ(listen(NARU_SYN | NARU_ACK).actions, NARU_DO_DROP | NARU_DO_RST);
	ASSERT_EQ(listen(NARU_ACK).state, NARU_LISTEN);
}

TEST(fsm_listen__reset_is_silence)
{
	ASSERT_EQ(listen(NARU_RST).actions, NARU_DO_DROP);
	ASSERT_EQ(listen(NARU_RST | NARU_ACK).actions, NARU_DO_DROP);
}

TEST(fsm_listen__anything_else_is_silence)
{
	ASSERT_EQ(listen(0).actions, NARU_DO_DROP);
	ASSERT_EQ(listen(NARU_FIN | NARU_PSH | NARU_URG).actions, NARU_DO_DROP);
}

TEST(fsm_listen__every_flag_combination)
{
	unsigned int flags;

	for (flags = 0; flags < 256; flags++) {
		struct naru_fsm_out out = listen(flags);
		bool opens = (flags & (NARU_RST | NARU_ACK | NARU_SYN)) == NARU_SYN;

		ASSERT_EQ(!!(out.actions & NARU_DO_SYNACK), opens);
		ASSERT_EQ(!!(out.actions & NARU_DO_DROP), !opens);
		ASSERT_EQ(!!(out.actions & NARU_DO_RST),
			  (flags & (NARU_RST | NARU_ACK)) == NARU_ACK);
	}
}

/* ---- SYN-RECEIVED entries of a listener ---- */

static struct naru_fsm_out request(struct naru_seg seg)
{
	struct naru_fsm_in in = fsm_half_open(NARU_SYN_RECEIVED);
	struct naru_fsm_out out;

	naru_fsm_request(&in, &seg, &out);
	return out;
}

static struct naru_fsm_out request_ts(struct naru_seg seg)
{
	struct naru_fsm_in in = fsm_half_open(NARU_SYN_RECEIVED);
	struct naru_fsm_out out;

	in.ts_ok = true;
	in.ts_valid = true;
	in.ts_recent = TS_NOW;
	naru_fsm_request(&in, &seg, &out);
	return out;
}

TEST(fsm_request__ack_completes_the_handshake)
{
	struct naru_fsm_out out = request(fsm_seg(NARU_ACK, RCV_NXT, ISS + 1, 0));

	ASSERT_EQ(out.state, NARU_ESTABLISHED);
	ASSERT_EQ(out.actions, NARU_DO_ESTABLISH | NARU_DO_PROCESS_ACK | NARU_DO_WINDOW);
}

TEST(fsm_request__ack_with_data_or_fin)
{
	ASSERT_TRUE(request(fsm_seg(NARU_ACK, RCV_NXT, ISS + 1, 10)).actions & NARU_DO_DATA);
	ASSERT_TRUE(request(fsm_seg(NARU_ACK, RCV_NXT + 5, ISS + 1, 10)).actions & NARU_DO_DATA);
	ASSERT_TRUE(request(fsm_seg(NARU_ACK | NARU_FIN, RCV_NXT, ISS + 1, 0)).actions &
		    NARU_DO_DATA);
}

/* RFC 9293 3.10.7.4 fifth, SYN-RECEIVED; 3.5 figure 11 */
TEST(fsm_request__any_other_ack_is_reset)
{
	u32 acks[] = { ISS, ISS + 2, ISS - 100, ISS + 0x80000001 };
	unsigned int i;

	for (i = 0; i < 4; i++) {
		struct naru_fsm_out out = request(fsm_seg(NARU_ACK, RCV_NXT, acks[i], 0));

		ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_RST);
		ASSERT_EQ(out.state, NARU_SYN_RECEIVED);
	}
}

TEST(fsm_request__same_syn_is_answered_again)
{
	struct naru_fsm_out out = request(fsm_seg(NARU_SYN, RCV_NXT - 1, 0, 0));

	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_SYNACK);
	ASSERT_EQ(out.state, NARU_SYN_RECEIVED);
}

/* RFC 7323 4.3 (2) */
TEST(fsm_request__same_syn_again_brings_its_timestamp)
{
	ASSERT_EQ(request_ts(fsm_seg_ts(NARU_SYN, RCV_NXT - 1, 0, 0, TS_NOW + 1000)).actions,
		  NARU_DO_DROP | NARU_DO_SYNACK | NARU_DO_TS);
}

/* RFC 9293 3.10.7.4 fourth */
TEST(fsm_request__another_syn_in_the_window_returns_to_listen)
{
	struct naru_fsm_out out = request(fsm_seg(NARU_SYN, RCV_NXT + 5, 0, 0));

	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_ABORT);
	ASSERT_EQ(out.why, NARU_WHY_SYN_IN_WINDOW);
}

TEST(fsm_request__another_syn_elsewhere_gets_an_ack)
{
	struct naru_fsm_out out = request(fsm_seg(NARU_SYN, RCV_NXT + 100000, 0, 0));

	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_CHALLENGE);
	ASSERT_EQ(out.state, NARU_SYN_RECEIVED);
}

/* RFC 9293 3.10.7.4 second; RFC 5961 3.2 */
TEST(fsm_request__exact_reset_ends_it)
{
	struct naru_fsm_out out = request(fsm_seg(NARU_RST, RCV_NXT, 0, 0));

	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_ABORT);
	ASSERT_EQ(out.why, NARU_WHY_RST);
}

TEST(fsm_request__inexact_reset_is_challenged)
{
	ASSERT_EQ(request(fsm_seg(NARU_RST, RCV_NXT + 1, 0, 0)).actions,
		  NARU_DO_DROP | NARU_DO_CHALLENGE);
	ASSERT_EQ(request(fsm_seg(NARU_RST, RCV_NXT - 1, 0, 0)).actions, NARU_DO_DROP);
}

TEST(fsm_request__without_ack_is_silence)
{
	ASSERT_EQ(request(fsm_seg(NARU_PSH, RCV_NXT, 0, 10)).actions, NARU_DO_DROP);
}

TEST(fsm_request__outside_the_window_does_not_complete)
{
	struct naru_fsm_out out = request(fsm_seg(NARU_ACK, RCV_NXT + 100000, ISS + 1, 10));

	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_ACK);
	ASSERT_EQ(out.why, NARU_WHY_WINDOW);
}

/* RFC 7323 5.3 R1 */
TEST(fsm_request__older_timestamp_does_not_complete)
{
	struct naru_fsm_out out = request_ts(fsm_seg_ts(NARU_ACK, RCV_NXT, ISS + 1, 10,
							TS_NOW - 1));

	ASSERT_EQ(out.actions, NARU_DO_DROP | NARU_DO_ACK);
	ASSERT_EQ(out.why, NARU_WHY_PAWS);
}

TEST(fsm_request__timestamp_is_taken)
{
	ASSERT_TRUE(request_ts(fsm_seg_ts(NARU_ACK, RCV_NXT, ISS + 1, 0, TS_NOW + 1)).actions &
		    NARU_DO_TS);
}

/* RFC 9293 3.10.7.3: what is beside the SYN is looked at from the sixth step on */
TEST(fsm_syn_sent__urg_beside_the_synack)
{
	struct naru_fsm_in in = fsm_half_open(NARU_SYN_SENT);
	struct naru_seg seg = fsm_seg(NARU_SYN | NARU_ACK | NARU_URG, RCV_NXT, in.snd_nxt, 1);
	struct naru_fsm_out out;

	naru_fsm_syn_sent(&in, &seg, false, 0, 0, &out);
	ASSERT_TRUE(out.actions & NARU_DO_URG);
	seg.flags &= ~NARU_URG;
	naru_fsm_syn_sent(&in, &seg, false, 0, 0, &out);
	ASSERT_FALSE(out.actions & NARU_DO_URG);
}
