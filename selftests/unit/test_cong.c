// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 5681 3.1, RFC 3465, RFC 6928.
 */
#include "unit.h"
#include "cong.h"

#define MSS	1000u

static struct naru_cong fresh(void)
{
	struct naru_cong c = { .mss = MSS };

	naru_cong_reno.init(&c);
	return c;
}

static void ack(struct naru_cong *c, u32 bytes)
{
	struct naru_cong_ack a = { .acked = bytes, .in_flight = c->cwnd, .cwnd_limited = true };

	naru_cong_reno.ack(c, &a);
}

/* RFC 6928 2 */
TEST(cong_initial_window__ten_segments_or_14600)
{
	ASSERT_EQ(naru_cong_initial_window(536), 5360);
	ASSERT_EQ(naru_cong_initial_window(1460), 14600);
	ASSERT_EQ(naru_cong_initial_window(4000), 14600);
	ASSERT_EQ(naru_cong_initial_window(9000), 18000);
	ASSERT_EQ(naru_cong_initial_window(65535), 131070);
}

TEST(cong_reno__starts_with_iw_and_no_threshold)
{
	struct naru_cong c = fresh();

	ASSERT_EQ(c.cwnd, 10 * MSS);
	ASSERT_EQ(c.ssthresh, NARU_CONG_INFINITE);
	ASSERT_STREQ(naru_cong_reno.name, "reno");
}

TEST(cong_reno__slow_start_doubles_in_a_round_trip)
{
	struct naru_cong c = fresh();
	int i;

	for (i = 0; i < 10; i++)
		ack(&c, MSS);
	ASSERT_EQ(c.cwnd, 20 * MSS);
}

/* RFC 3465 3.1 */
TEST(cong_reno__divided_acks_gain_nothing)
{
	struct naru_cong c = fresh();
	u32 i;

	for (i = 0; i < MSS; i++)
		ack(&c, 1);
	ASSERT_EQ(c.cwnd, 11 * MSS);
}

TEST(cong_reno__ack_of_a_super_segment_counts_whole)
{
	struct naru_cong c = fresh();

	ack(&c, 10 * MSS);
	ASSERT_EQ(c.cwnd, 20 * MSS);
}

/* RFC 5681 3.1 equation 2, RFC 3465 2.3 */
TEST(cong_reno__slow_start_after_a_loss_by_a_segment_at_most)
{
	struct naru_cong c = fresh();

	c.ssthresh = 20 * MSS;
	c.cwnd = MSS;
	ack(&c, 15 * MSS);
	ASSERT_EQ(c.cwnd, 2 * MSS);
}

/* RFC 5681 3.1 */
TEST(cong_reno__avoidance_adds_a_segment_per_window)
{
	struct naru_cong c = fresh();
	int i;

	c.ssthresh = 10 * MSS;
	for (i = 0; i < 9; i++)
		ack(&c, MSS);
	ASSERT_EQ(c.cwnd, 10 * MSS);
	ack(&c, MSS);
	ASSERT_EQ(c.cwnd, 11 * MSS);
	for (i = 0; i < 11; i++)
		ack(&c, MSS);
	ASSERT_EQ(c.cwnd, 12 * MSS);
}

/* RFC 5681 3.1: MUST NOT by more than SMSS */
TEST(cong_reno__avoidance_never_adds_more_at_once)
{
	struct naru_cong c = fresh();

	c.ssthresh = 10 * MSS;
	ack(&c, 1000 * MSS);
	ASSERT_EQ(c.cwnd, 11 * MSS);
	ASSERT_LT(c.acked, c.cwnd);
}

/* RFC 7661 */
TEST(cong_reno__no_growth_when_the_window_was_not_used)
{
	struct naru_cong c = fresh();
	struct naru_cong_ack a = { .acked = MSS, .in_flight = MSS };

	naru_cong_reno.ack(&c, &a);
	ASSERT_EQ(c.cwnd, 10 * MSS);
}

/* RFC 5681 3.1 equation 4 */
TEST(cong_reno__threshold_is_half_of_what_is_in_flight)
{
	struct naru_cong c = fresh();

	ASSERT_EQ(naru_cong_reno.ssthresh(&c, 20 * MSS), 10 * MSS);
	ASSERT_EQ(naru_cong_reno.ssthresh(&c, 3 * MSS), 2 * MSS);
	ASSERT_EQ(naru_cong_reno.ssthresh(&c, 0), 2 * MSS);
}

/* RFC 8511 3.1: in congestion avoidance */
TEST(cong_reno__a_mark_takes_a_fifth)
{
	struct naru_cong c = fresh();

	c.ssthresh = 20 * MSS;
	c.cwnd = 20 * MSS;
	ASSERT_EQ(naru_cong_ssthresh_ecn(&c, &naru_cong_reno, 20 * MSS), 16 * MSS);
	ASSERT_EQ(naru_cong_ssthresh_ecn(&c, &naru_cong_reno, 2 * MSS), 2 * MSS);
	ASSERT_EQ(naru_cong_ssthresh_ecn(&c, &naru_cong_reno, 0), 2 * MSS);
	ASSERT_EQ(naru_cong_ssthresh_ecn(&c, &naru_cong_reno, NARU_CONG_INFINITE), 1717986917);
	ASSERT_FALSE(c.odd);
}

TEST(cong_reno__a_mark_in_slow_start_takes_the_half)
{
	struct naru_cong c = fresh();

	ASSERT_EQ(naru_cong_ssthresh_ecn(&c, &naru_cong_reno, 10 * MSS), 5 * MSS);
}

static u32 absurd(struct naru_cong *c, u32 in_flight)
{
	return c->mss + in_flight - in_flight;
}

/* One that was written before there were marks, and one that is wrong */
TEST(cong_ssthresh_ecn__of_other_modules)
{
	struct naru_cong_ops ops = naru_cong_reno;
	struct naru_cong c = fresh();

	c.ssthresh = c.cwnd;
	ops.ssthresh_ecn = NULL;
	ASSERT_EQ(naru_cong_ssthresh_ecn(&c, &ops, 10 * MSS), 5 * MSS);
	ASSERT_FALSE(c.odd);
	ops.ssthresh_ecn = absurd;
	ASSERT_EQ(naru_cong_ssthresh_ecn(&c, &ops, 10 * MSS), 2 * MSS);
	ASSERT_TRUE(c.odd);
}

TEST(cong_reno__cwnd_saturates)
{
	struct naru_cong c = fresh();

	c.cwnd = NARU_CONG_INFINITE - 10;
	ack(&c, MSS);
	ASSERT_EQ(c.cwnd, NARU_CONG_INFINITE);
	ack(&c, ~0U >> 1);
	ASSERT_EQ(c.cwnd, NARU_CONG_INFINITE);
}

/* RFC 5681 3.1: the least window and threshold go with the segment size; neither is the algorithm's fault */
TEST(cong__segments_grow)
{
	struct naru_cong c = { .mss = 536 };

	c.ssthresh = 2 * 536;
	c.cwnd = 536;
	naru_cong_mss(&c, 1448);
	ASSERT_EQ(c.mss, 1448);
	ASSERT_EQ(c.cwnd, 1448);
	ASSERT_EQ(c.ssthresh, 2 * 1448);
	naru_cong_clamp(&c);
	ASSERT_TRUE(!c.odd);
	naru_cong_mss(&c, 536);
	ASSERT_EQ(c.cwnd, 1448);
	ASSERT_EQ(c.ssthresh, 2 * 1448);
}

/* An algorithm of another module may leave anything; RFC 5681 3.1: a segment or more */
TEST(cong_clamp__a_window_that_cannot_be)
{
	static const struct {
		u32 left, becomes;
		bool odd;
	} cases[] = {
		{ 0, MSS, true },
		{ MSS - 1, MSS, true },
		{ MSS, MSS, false },
		{ NARU_CONG_INFINITE, NARU_CONG_INFINITE, false },
		{ NARU_CONG_INFINITE + 1u, MSS, true },
		{ (u32)-1, MSS, true },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct naru_cong c = { .mss = MSS, .cwnd = cases[i].left };

		naru_cong_clamp(&c);
		ASSERT_EQ(c.cwnd, cases[i].becomes);
		ASSERT_EQ(c.odd, cases[i].odd);
	}
}

/* Says what its private part holds */
static u32 odd_ssthresh(struct naru_cong *c, u32 in_flight)
{
	return in_flight ? (u32)c->priv[0] : 0;
}

/* RFC 5681 3.1 equation 4: two segments or more */
TEST(cong_ssthresh__a_threshold_that_cannot_be)
{
	static const struct naru_cong_ops odd = { .name = "odd", .ssthresh = odd_ssthresh };
	static const struct {
		u32 said, becomes;
		bool odd;
	} cases[] = {
		{ 0, 2 * MSS, true },
		{ 2 * MSS - 1, 2 * MSS, true },
		{ 2 * MSS, 2 * MSS, false },
		{ NARU_CONG_INFINITE, NARU_CONG_INFINITE, false },
		{ NARU_CONG_INFINITE + 1u, 2 * MSS, true },
		{ (u32)-1, 2 * MSS, true },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct naru_cong c = fresh();

		c.priv[0] = cases[i].said;
		ASSERT_EQ(naru_cong_ssthresh(&c, &odd, 10 * MSS), cases[i].becomes);
		ASSERT_EQ(c.odd, cases[i].odd);
		ASSERT_EQ(c.cwnd, 10 * MSS);
	}
}
