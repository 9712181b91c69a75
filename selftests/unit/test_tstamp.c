// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 7323 5.4, 5.5: what timestamps tick in, and for how long they can be compared.
 */
#include "unit.h"
#include "tstamp.h"

TEST(ts_of__ticks)
{
	ASSERT_EQ(naru_ts_of(false, 0), 0);
	ASSERT_EQ(naru_ts_of(false, 999), 0);
	ASSERT_EQ(naru_ts_of(false, 1000), 1);
	ASSERT_EQ(naru_ts_of(false, 1999), 1);
	ASSERT_EQ(naru_ts_of(true, 999), 999);
	ASSERT_EQ(naru_ts_of(true, 1000), 1000);
}

/* In ms the clock wraps after 49 days, in µs after 71 minutes */
TEST(ts_of__wraps)
{
	const u64 minute_us = 60000000, wrap = 1ULL << 32;

	ASSERT_EQ(naru_ts_of(false, wrap * 1000 - 1), ~0U);
	ASSERT_EQ(naru_ts_of(false, wrap * 1000), 0);
	ASSERT_EQ(naru_ts_of(true, wrap - 1), ~0U);
	ASSERT_EQ(naru_ts_of(true, wrap), 0);
	ASSERT_LT(naru_ts_of(true, 72 * minute_us), naru_ts_of(true, 71 * minute_us));
}

/* For as long as an age of whole seconds may be, a second less than two clock readings are apart */
TEST(ts_recent_max_age__less_than_half_the_numbers)
{
	const u64 second_us = 1000000;
	int usec;

	for (usec = 0; usec < 2; usec++) {
		u64 apart = (naru_ts_recent_max_age(usec) + 1ULL) * second_us;

		ASSERT_LT(naru_ts_of(usec, 5 + apart) - naru_ts_of(usec, 5), NARU_TS_TICKS);
	}
	ASSERT_EQ(naru_ts_recent_max_age(false), 24 * 86400);
	ASSERT_EQ(naru_ts_recent_max_age(true), 2146);
}
