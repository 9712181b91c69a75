// SPDX-License-Identifier: GPL-2.0
/*
 * Pacing: rate, time of the next segment, how much at once.
 */
#include "unit.h"
#include "pace.h"

#define MS	1000000ull	/* ns */

/* 100,000 bytes each 10 ms */
TEST(pace_rate__window_for_each_round_trip)
{
	ASSERT_EQ(naru_pace_rate(100000, 10000 << 3, 100, NARU_PACE_UNLIMITED), 10000000);
}

TEST(pace_rate__percent_more)
{
	ASSERT_EQ(naru_pace_rate(100000, 10000 << 3, 120, NARU_PACE_UNLIMITED), 12000000);
	ASSERT_EQ(naru_pace_rate(100000, 10000 << 3, 200, NARU_PACE_UNLIMITED), 20000000);
}

TEST(pace_rate__not_more_than_a_program_allows)
{
	ASSERT_EQ(naru_pace_rate(100000, 10000 << 3, 100, 5000), 5000);
}

TEST(pace_rate__no_round_trip_yet)
{
	ASSERT_EQ(naru_pace_rate(100000, 0, 200, 5000), 5000);
	ASSERT_EQ(naru_pace_rate(100000, 0, 200, NARU_PACE_UNLIMITED), NARU_PACE_UNLIMITED);
}

TEST(pace_rate__never_nothing)
{
	ASSERT_EQ(naru_pace_rate(0, 1000 << 3, 100, NARU_PACE_UNLIMITED), 1);
	ASSERT_EQ(naru_pace_rate(1000, 1000 << 3, 0, NARU_PACE_UNLIMITED), 1);
	ASSERT_EQ(naru_pace_rate(1000, 0, 100, 0), 1);
}

TEST(pace_rate__largest_window)
{
	ASSERT_EQ(naru_pace_rate(0xffffffff, 1 << 3, 1000, NARU_PACE_UNLIMITED), 0xffffffffull * 10000000);
}

/* 1000 bytes at 1 MB/s take 1 ms */
TEST(pace_next__after_the_time_that_it_takes)
{
	ASSERT_EQ(naru_pace_next(50 * MS, 50 * MS, 1000, 1000000), 51 * MS);
}

TEST(pace_next__makes_up_for_a_late_timer)
{
	ASSERT_EQ(naru_pace_next(50 * MS, 50 * MS + 100, 1000, 1000000), 51 * MS);
}

TEST(pace_next__makes_up_for_half_of_it_at_most)
{
	ASSERT_EQ(naru_pace_next(0, 50 * MS, 1000, 1000000), 50 * MS + MS / 2);
}

TEST(pace_next__at_once_without_a_limit)
{
	ASSERT_EQ(naru_pace_next(0, 50 * MS, 1000, NARU_PACE_UNLIMITED), 50 * MS);
}

TEST(pace_next__slowest)
{
	ASSERT_EQ(naru_pace_next(0, 0, 65535, 0), 65535ull * 1000 * MS);
}

TEST(pace_burst__a_millisecond_in_whole_segments)
{
	ASSERT_EQ(naru_pace_burst(10240000, 1000), 10000);
	ASSERT_EQ(naru_pace_burst(10240000, 1448), 8688);
}

TEST(pace_burst__two_segments_at_least)
{
	ASSERT_EQ(naru_pace_burst(1, 1448), 2896);
}

TEST(pace_burst__no_rate_no_limit)
{
	ASSERT_EQ(naru_pace_burst(NARU_PACE_UNLIMITED, 1000), (1u << 30) / 1000 * 1000);
}
