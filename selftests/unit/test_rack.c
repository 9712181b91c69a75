// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 8985: RACK and the tail loss probe.
 */
#include "unit.h"
#include "rack.h"
#include "tlp.h"

#define MSS	1000u
#define UNA	0xfffffc00u	/* across the wrap */
#define RTT	20000u

static struct naru_rack r;

static void begin(void)
{
	naru_rack_init(&r, UNA);
}

/* Segment @n, sent at @at, arrives a round trip later. Return: does that show reordering? */
static bool arrives(int n, u64 at, bool again)
{
	struct naru_rack_seg s = { .sent_us = at, .end_seq = UNA + n * MSS, .retransmitted = again };

	return naru_rack_delivered(&r, &s, at + RTT, RTT);
}

static u32 window(u32 sacked, bool recovering)
{
	struct naru_rack_in in = {
		.min_rtt_us = RTT, .srtt_us = 2 * RTT, .sacked_out = sacked, .mss = MSS,
		.recovering = recovering,
	};

	return naru_rack_reo_wnd(&r, &in);
}

TEST(rack_sent_after__by_time_then_by_number)
{
	ASSERT_TRUE(naru_rack_sent_after(2, UNA, 1, UNA + MSS));
	ASSERT_FALSE(naru_rack_sent_after(1, UNA + MSS, 2, UNA));
	ASSERT_TRUE(naru_rack_sent_after(1, UNA + 2 * MSS, 1, UNA));
	ASSERT_FALSE(naru_rack_sent_after(1, UNA, 1, UNA));
}

/* 6.2 step 2: the one that was sent last counts */
TEST(rack_delivered__latest_sent)
{
	begin();
	arrives(3, 1000, false);
	ASSERT_EQ(r.xmit_us, 1000);
	ASSERT_EQ(r.end_seq, UNA + 3 * MSS);
	ASSERT_EQ(r.rtt_us, RTT);
	arrives(2, 500, true);
	ASSERT_EQ(r.xmit_us, 1000);
	arrives(1, 2000, true);
	ASSERT_EQ(r.xmit_us, 2000);
}

/* 6.2 step 2: an ACK that comes too soon, or echoes an older timestamp, is the original's */
TEST(rack_delivered__not_the_original)
{
	struct naru_rack_seg s = { .sent_us = 5000, .end_seq = UNA + MSS, .retransmitted = true };

	begin();
	naru_rack_delivered(&r, &s, 5000 + RTT - 1, RTT);
	ASSERT_EQ(r.xmit_us, 0);
	s.echo_older = true;
	naru_rack_delivered(&r, &s, 5000 + 2 * RTT, RTT);
	ASSERT_EQ(r.xmit_us, 0);
	s.echo_older = false;
	naru_rack_delivered(&r, &s, 5000 + 2 * RTT, RTT);
	ASSERT_EQ(r.xmit_us, 5000);
}

/* Without a sample yet no ACK is too soon */
TEST(rack_delivered__no_least_time_yet)
{
	struct naru_rack_seg s = { .sent_us = 5000, .end_seq = UNA + MSS, .retransmitted = true };

	begin();
	naru_rack_delivered(&r, &s, 5001, ~0U);
	ASSERT_EQ(r.xmit_us, 5000);
}

/* 6.2 step 3: below what an earlier ACK has reported, and sent once */
TEST(rack_delivered__reordering)
{
	begin();
	ASSERT_FALSE(arrives(3, 300, false));
	ASSERT_FALSE(arrives(2, 200, false));		/* the same ACK tells of both */
	naru_rack_ack_end(&r);
	ASSERT_FALSE(arrives(1, 400, true));
	ASSERT_FALSE(r.reordering_seen);
	ASSERT_TRUE(arrives(1, 100, false));
	ASSERT_TRUE(r.reordering_seen);
}

/* 6.2 step 4 */
TEST(rack_reo_wnd__a_quarter_of_the_least_round_trip)
{
	begin();
	ASSERT_EQ(window(2 * MSS, false), RTT / 4);
	ASSERT_EQ(window(3 * MSS, false), 0);
	ASSERT_EQ(window(0, true), 0);
	r.reordering_seen = true;
	ASSERT_EQ(window(3 * MSS, false), RTT / 4);
	ASSERT_EQ(window(0, true), RTT / 4);
}

TEST(rack_reo_wnd__without_a_sample_as_long_as_what_has_arrived_says)
{
	struct naru_rack_in in = { .min_rtt_us = ~0U, .mss = MSS };

	begin();
	ASSERT_EQ(naru_rack_reo_wnd(&r, &in), 0);
	r.rtt_us = RTT;
	ASSERT_EQ(naru_rack_reo_wnd(&r, &in), RTT / 4);
	r.mult = 100;
	ASSERT_EQ(naru_rack_reo_wnd(&r, &in), RTT);
}

/* 6.2 step 4: D-SACKs widen it once a round trip, up to the smoothed one, and for sixteen recoveries */
TEST(rack_dsack__widens_for_a_while)
{
	int i;

	begin();
	naru_rack_dsack(&r, UNA, UNA + 10 * MSS);
	naru_rack_dsack(&r, UNA + MSS, UNA + 11 * MSS);
	ASSERT_EQ(r.mult, 2);
	naru_rack_dsack(&r, UNA + 10 * MSS, UNA + 20 * MSS);
	ASSERT_EQ(window(0, false), 3 * RTT / 4);
	for (i = 0; i < 300; i++)
		naru_rack_dsack(&r, UNA + (20 + 10 * i) * MSS, UNA + (30 + 10 * i) * MSS);
	ASSERT_EQ(r.mult, 255);
	ASSERT_EQ(window(0, false), 2 * RTT);
	for (i = 0; i < NARU_RACK_PERSIST - 1; i++)
		naru_rack_recovered(&r);
	ASSERT_EQ(r.mult, 255);
	naru_rack_recovered(&r);
	ASSERT_EQ(r.mult, 1);
	naru_rack_recovered(&r);
	ASSERT_EQ(r.mult, 1);
}

/* 6.2 step 5 */
TEST(rack_remaining__a_round_trip_and_the_window)
{
	begin();
	arrives(2, 1000, false);
	ASSERT_EQ(naru_rack_remaining(&r, 900, 500, 900 + RTT), 500);
	ASSERT_EQ(naru_rack_remaining(&r, 900, 500, 900 + RTT + 500), 0);
	ASSERT_EQ(naru_rack_remaining(&r, 900, 0, 1000 + RTT), -100);
}

/* 7.2 */
TEST(tlp_pto__two_round_trips)
{
	ASSERT_EQ(naru_tlp_pto(RTT, false, 0), 2 * RTT);
	ASSERT_EQ(naru_tlp_pto(RTT, true, 4000), 2 * RTT + 200000);
	ASSERT_EQ(naru_tlp_pto(0, true, 4000), 1000000);
}

/* A peer that waits for its processor answers a tick later */
TEST(tlp_pto__is_not_over_within_a_tick)
{
	ASSERT_EQ(naru_tlp_pto(100, false, 4000), 200 + 4000);
	ASSERT_EQ(naru_tlp_pto(100, false, 1000), 200 + 1000);
}

static struct naru_tlp t;

static bool answered(u32 ack, bool dsack, bool duplicate)
{
	struct naru_tlp_ack a = { .ack = ack, .dsack = dsack, .duplicate = duplicate };

	return naru_tlp_ack(&t, &a);
}

/* 7.4.2: new data tells nothing but that it has arrived */
TEST(tlp_ack__new_data)
{
	naru_tlp_sent(&t, UNA + MSS, false);
	ASSERT_FALSE(answered(UNA, false, true));
	ASSERT_TRUE(t.out);
	ASSERT_FALSE(answered(UNA + MSS, false, false));
	ASSERT_FALSE(t.out);
}

/* 7.4.2: the last segment had arrived before */
TEST(tlp_ack__original_was_there)
{
	naru_tlp_sent(&t, UNA + MSS, true);
	ASSERT_FALSE(answered(UNA + MSS, true, false));
	ASSERT_FALSE(t.out);
	naru_tlp_sent(&t, UNA + MSS, true);
	ASSERT_FALSE(answered(UNA + MSS, false, false));
	ASSERT_TRUE(t.out);
	ASSERT_FALSE(answered(UNA + MSS, false, true));
	ASSERT_FALSE(t.out);
}

/* 7.4.2: nobody has told of a second one, and more has come since: it was lost */
TEST(tlp_ack__repaired)
{
	naru_tlp_sent(&t, UNA + MSS, true);
	ASSERT_FALSE(answered(UNA + MSS, false, false));
	ASSERT_TRUE(answered(UNA + 2 * MSS, false, false));
	ASSERT_FALSE(t.out);
	ASSERT_FALSE(answered(UNA + 3 * MSS, false, false));
}
