// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 9293 3.4: sequence numbers modulo 2^32; 3.10.7.4 table 6: acceptability.
 */
#include "unit.h"
#include "seq.h"

static const u32 bases[] = { 0, 1, 0x7fffffff, 0x80000000, 0xfffffc18, 0xffffffff };

#define FOR_EACH_BASE(b) for (unsigned int unit_i = 0;					\
	unit_i < ARRAY_SIZE(bases) && ((b) = bases[unit_i], 1); unit_i++)

TEST(seq_before__orders_across_the_wrap)
{
	u32 b;

	FOR_EACH_BASE(b) {
		ASSERT_TRUE(naru_seq_before(b, b + 1));
		ASSERT_TRUE(naru_seq_before(b, b + 0x7fffffff));
		ASSERT_FALSE(naru_seq_before(b, b));
		ASSERT_FALSE(naru_seq_before(b + 1, b));
	}
}

TEST(seq_after__is_before_turned_round)
{
	u32 b;

	FOR_EACH_BASE(b) {
		ASSERT_TRUE(naru_seq_after(b + 1, b));
		ASSERT_TRUE(naru_seq_after(b + 0x7fffffff, b));
		ASSERT_FALSE(naru_seq_after(b, b));
		ASSERT_FALSE(naru_seq_after(b, b + 1));
	}
}

TEST(seq_between__includes_both_ends)
{
	u32 b;

	FOR_EACH_BASE(b) {
		ASSERT_TRUE(naru_seq_between(b, b, b + 1000));
		ASSERT_TRUE(naru_seq_between(b + 500, b, b + 1000));
		ASSERT_TRUE(naru_seq_between(b + 1000, b, b + 1000));
		ASSERT_FALSE(naru_seq_between(b + 1001, b, b + 1000));
		ASSERT_FALSE(naru_seq_between(b - 1, b, b + 1000));
	}
}

TEST(seq_between__empty_range_holds_its_one_number)
{
	ASSERT_TRUE(naru_seq_between(7, 7, 7));
	ASSERT_FALSE(naru_seq_between(8, 7, 7));
}

TEST(seq_acceptable__empty_segment_at_closed_window)
{
	u32 b;

	FOR_EACH_BASE(b) {
		ASSERT_TRUE(naru_seq_acceptable(b, b, b, 0));
		ASSERT_FALSE(naru_seq_acceptable(b + 1, b + 1, b, 0));
		ASSERT_FALSE(naru_seq_acceptable(b - 1, b - 1, b, 0));
	}
}

TEST(seq_acceptable__empty_segment_at_open_window)
{
	u32 b;

	FOR_EACH_BASE(b) {
		ASSERT_TRUE(naru_seq_acceptable(b, b, b, 1000));
		ASSERT_TRUE(naru_seq_acceptable(b + 999, b + 999, b, 1000));
		ASSERT_FALSE(naru_seq_acceptable(b + 1000, b + 1000, b, 1000));
		ASSERT_FALSE(naru_seq_acceptable(b - 1, b - 1, b, 1000));
	}
}

TEST(seq_acceptable__text_at_closed_window_never)
{
	u32 b;

	FOR_EACH_BASE(b) {
		ASSERT_FALSE(naru_seq_acceptable(b, b + 1, b, 0));
		ASSERT_FALSE(naru_seq_acceptable(b - 1, b + 1, b, 0));
	}
}

TEST(seq_acceptable__text_that_begins_or_ends_inside)
{
	u32 b;

	FOR_EACH_BASE(b) {
		ASSERT_TRUE(naru_seq_acceptable(b, b + 10, b, 1000));
		ASSERT_TRUE(naru_seq_acceptable(b + 999, b + 1500, b, 1000));
		ASSERT_TRUE(naru_seq_acceptable(b - 10, b + 1, b, 1000));
		ASSERT_FALSE(naru_seq_acceptable(b - 10, b, b, 1000));
		ASSERT_FALSE(naru_seq_acceptable(b + 1000, b + 1001, b, 1000));
	}
}

TEST(seq_acceptable__merged_segment_that_covers_the_window)
{
	ASSERT_TRUE(naru_seq_acceptable(0xfffffff0, 0xfffffff0 + 64000, 0, 1000));
}

TEST(seq_acceptable__largest_window)
{
	u32 wnd = 65535U << 14, b;

	FOR_EACH_BASE(b) {
		ASSERT_TRUE(naru_seq_acceptable(b + wnd - 1, b + wnd + 60000, b, wnd));
		ASSERT_FALSE(naru_seq_acceptable(b + wnd, b + wnd + 60000, b, wnd));
		ASSERT_FALSE(naru_seq_acceptable(b - 60000, b, b, wnd));
	}
}
