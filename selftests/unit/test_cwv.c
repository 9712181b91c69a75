// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 7661: pipeACK, the phases, and what a window is worth that was not used for minutes.
 */
#include "unit.h"
#include "cwv.h"

#define MSS	1000u
#define RTT	100000u		/* µs */
#define SEC	1000000ull
#define START	(1000 * SEC)

static struct naru_cwv fresh(void)
{
	struct naru_cwv v;

	naru_cwv_reset(&v);
	return v;
}

static void ack(struct naru_cwv *v, u64 now, u32 acked, u32 cwnd, bool limited)
{
	struct naru_cong_ack a = { .acked = acked, .srtt_us = RTT, .now_us = now, .cwnd_limited = limited };

	naru_cwv_ack(v, cwnd, &a);
}

/* @rounds of @each bytes. Return: when they end */
static u64 transfer(struct naru_cwv *v, u64 now, u32 rounds, u32 each, u32 cwnd, bool limited)
{
	while (rounds--) {
		ack(v, now, each, cwnd, limited);
		now += RTT;
	}
	return now;
}

static struct naru_cong window(u32 cwnd, u32 ssthresh)
{
	return (struct naru_cong){ .cwnd = cwnd, .ssthresh = ssthresh, .mss = MSS };
}

/* 4.1 */
TEST(cwv_ack__undefined_until_a_sample_is_whole)
{
	struct naru_cwv v = fresh();

	ack(&v, START, 5000, 100000, false);
	ack(&v, START + RTT - 1, 5000, 100000, false);
	ASSERT_TRUE(naru_cwv_validated(&v));
	ASSERT_EQ(naru_cwv_pipe_ack(&v), 0);
}

/* 4.2 */
TEST(cwv_ack__what_was_acknowledged_in_a_round_trip)
{
	struct naru_cwv v = fresh();

	ack(&v, START, 1000, 10000, false);
	ack(&v, START + RTT / 2, 2000, 10000, false);
	ack(&v, START + RTT, 3000, 10000, false);
	ASSERT_EQ(naru_cwv_pipe_ack(&v), 5000);
}

TEST(cwv_ack__the_most_of_the_sampling_period)
{
	struct naru_cwv v = fresh();
	u64 now = transfer(&v, START, 3, 8000, 10000, true);

	now = transfer(&v, now, 5, 1000, 10000, false);
	ASSERT_EQ(naru_cwv_pipe_ack(&v), 8000);
	transfer(&v, now, 8, 1000, 10000, false);
	ASSERT_EQ(naru_cwv_pipe_ack(&v), 1000);
}

/* 4.3 */
TEST(cwv_ack__half_of_the_window_validates_it)
{
	struct naru_cwv v = fresh();

	transfer(&v, START, 3, 5000, 10000, false);
	ASSERT_TRUE(naru_cwv_validated(&v));
	v = fresh();
	transfer(&v, START, 3, 4999, 10000, false);
	ASSERT_FALSE(naru_cwv_validated(&v));
}

TEST(cwv_ack__a_window_in_use_is_validated_as_it_grows)
{
	struct naru_cwv v = fresh();

	transfer(&v, START, 3, 4000, 10000, true);
	ASSERT_TRUE(naru_cwv_validated(&v));
}

TEST(cwv_ack__in_use_for_a_moment_validates_nothing)
{
	struct naru_cwv v = fresh();
	u64 now = transfer(&v, START, 3, 1000, 10000, false);

	ack(&v, now, 1000, 10000, true);
	ASSERT_FALSE(naru_cwv_validated(&v));
}

TEST(cwv_ack__validated_again)
{
	struct naru_cwv v = fresh();
	u64 now = transfer(&v, START, 3, 1000, 10000, false);

	transfer(&v, now, 3, 6000, 10000, false);
	ASSERT_TRUE(naru_cwv_validated(&v));
}

/* 4.4: for five minutes it is preserved */
TEST(cwv_send__preserved_over_a_pause)
{
	struct naru_cwv v = fresh();
	struct naru_cong c = window(100000, 60000);
	u64 now = transfer(&v, START, 5, 100000, 100000, true);

	naru_cwv_send(&v, &c, RTT, now + 290 * SEC);
	ASSERT_FALSE(naru_cwv_validated(&v));
	ASSERT_EQ(c.cwnd, 100000);
	ASSERT_EQ(c.ssthresh, 60000);
	ASSERT_EQ(naru_cwv_pipe_ack(&v), 0);
}

/* 4.4.3 */
TEST(cwv_send__half_of_it_behind_five_minutes)
{
	struct naru_cwv v = fresh();
	struct naru_cong c = window(100000, 60000);
	u64 now = transfer(&v, START, 5, 100000, 100000, true);

	naru_cwv_send(&v, &c, RTT, now + 302 * SEC);
	ASSERT_EQ(c.cwnd, 50000);
	ASSERT_EQ(c.ssthresh, 75000);
}

TEST(cwv_send__once_for_each_five_minutes)
{
	struct naru_cwv v = fresh();
	struct naru_cong c = window(100000, 60000);
	u64 now = transfer(&v, START, 5, 100000, 100000, true);

	naru_cwv_send(&v, &c, RTT, now + 302 * SEC);
	naru_cwv_send(&v, &c, RTT, now + 303 * SEC);
	ASSERT_EQ(c.cwnd, 50000);
	naru_cwv_send(&v, &c, RTT, now + 602 * SEC);
	ASSERT_EQ(c.cwnd, 25000);
}

TEST(cwv_send__never_below_the_initial_window)
{
	struct naru_cwv v = fresh();
	struct naru_cong c = window(100000, 60000);
	u64 now = transfer(&v, START, 5, 100000, 100000, true);

	naru_cwv_send(&v, &c, RTT, now + 86400 * SEC);
	ASSERT_EQ(c.cwnd, 10000);
	c.cwnd = 4000;
	naru_cwv_send(&v, &c, RTT, now + 2 * 86400 * SEC);
	ASSERT_EQ(c.cwnd, 4000);
}

TEST(cwv_send__nothing_is_known_of_a_new_connection)
{
	struct naru_cwv v = fresh();
	struct naru_cong c = window(100000, 60000);

	ack(&v, START, 1000, 100000, false);
	naru_cwv_send(&v, &c, RTT, START + 86400 * SEC);
	ASSERT_EQ(c.cwnd, 100000);
	ASSERT_TRUE(naru_cwv_validated(&v));
}

TEST(cwv_send__a_sample_does_not_go_on_behind_a_pause)
{
	struct naru_cwv v = fresh();
	struct naru_cong c = window(100000, 60000);
	u64 now = transfer(&v, START, 5, 100000, 100000, true);

	naru_cwv_send(&v, &c, RTT, now + 10 * SEC);
	ack(&v, now + 10 * SEC + RTT, 9000, 100000, false);
	ASSERT_EQ(naru_cwv_pipe_ack(&v), 0);
	ack(&v, now + 10 * SEC + 2 * RTT, 8000, 100000, false);
	ASSERT_EQ(naru_cwv_pipe_ack(&v), 8000);
}
