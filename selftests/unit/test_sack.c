// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 2018: what the receiver reports (4), what the sender believes (3).
 */
#include "unit.h"
#include "sack.h"

#define B	0xfffffe00u	/* the blocks lie on both sides of the wrap */

static void assert_block(const struct naru_sack_rcv *s, unsigned int i, u32 start, u32 end)
{
	ASSERT_LT(i, s->num);
	ASSERT_EQ(s->block[i].start, start);
	ASSERT_EQ(s->block[i].end, end);
}

TEST(sack_rcv_add__the_newest_is_first)
{
	struct naru_sack_rcv s = { .num = 0 };

	naru_sack_rcv_add(&s, B + 100, B + 200);
	naru_sack_rcv_add(&s, B + 300, B + 400);
	naru_sack_rcv_add(&s, B + 1000, B + 1100);
	ASSERT_EQ(s.num, 3);
	assert_block(&s, 0, B + 1000, B + 1100);
	assert_block(&s, 1, B + 300, B + 400);
	assert_block(&s, 2, B + 100, B + 200);
}

TEST(sack_rcv_add__grows_the_block_at_either_end)
{
	struct naru_sack_rcv s = { .num = 0 };

	naru_sack_rcv_add(&s, B + 100, B + 200);
	naru_sack_rcv_add(&s, B + 200, B + 300);
	naru_sack_rcv_add(&s, B + 50, B + 100);
	ASSERT_EQ(s.num, 1);
	assert_block(&s, 0, B + 50, B + 300);
}

TEST(sack_rcv_add__block_with_the_newest_data_moves_to_the_front)
{
	struct naru_sack_rcv s = { .num = 0 };

	naru_sack_rcv_add(&s, B + 100, B + 200);
	naru_sack_rcv_add(&s, B + 300, B + 400);
	naru_sack_rcv_add(&s, B + 200, B + 210);
	ASSERT_EQ(s.num, 2);
	assert_block(&s, 0, B + 100, B + 210);
	assert_block(&s, 1, B + 300, B + 400);
}

TEST(sack_rcv_add__filling_a_gap_merges)
{
	struct naru_sack_rcv s = { .num = 0 };

	naru_sack_rcv_add(&s, B + 100, B + 200);
	naru_sack_rcv_add(&s, B + 300, B + 400);
	naru_sack_rcv_add(&s, B + 500, B + 600);
	naru_sack_rcv_add(&s, B + 150, B + 350);
	ASSERT_EQ(s.num, 2);
	assert_block(&s, 0, B + 100, B + 400);
	assert_block(&s, 1, B + 500, B + 600);
}

TEST(sack_rcv_add__one_may_swallow_all)
{
	struct naru_sack_rcv s = { .num = 0 };
	u32 i;

	for (i = 0; i < 4; i++)
		naru_sack_rcv_add(&s, B + 100 * i, B + 100 * i + 50);
	naru_sack_rcv_add(&s, B - 10, B + 1000);
	ASSERT_EQ(s.num, 1);
	assert_block(&s, 0, B - 10, B + 1000);
}

TEST(sack_rcv_add__the_oldest_report_falls_off)
{
	struct naru_sack_rcv s = { .num = 0 };
	u32 i;

	for (i = 0; i < 6; i++)
		naru_sack_rcv_add(&s, B + 100 * i, B + 100 * i + 50);
	ASSERT_EQ(s.num, NARU_SACK_MAX);
	assert_block(&s, 0, B + 500, B + 550);
	assert_block(&s, 3, B + 200, B + 250);
}

TEST(sack_rcv_add__repeat_changes_the_order_only)
{
	struct naru_sack_rcv s = { .num = 0 };

	naru_sack_rcv_add(&s, B + 100, B + 200);
	naru_sack_rcv_add(&s, B + 300, B + 400);
	naru_sack_rcv_add(&s, B + 120, B + 180);
	ASSERT_EQ(s.num, 2);
	assert_block(&s, 0, B + 100, B + 200);
}

TEST(sack_rcv_add__empty_or_reversed_is_ignored)
{
	struct naru_sack_rcv s = { .num = 0 };

	naru_sack_rcv_add(&s, B + 100, B + 100);
	naru_sack_rcv_add(&s, B + 200, B + 100);
	ASSERT_EQ(s.num, 0);
}

TEST(sack_rcv_advance__drops_what_is_acknowledged)
{
	struct naru_sack_rcv s = { .num = 0 };

	naru_sack_rcv_add(&s, B + 100, B + 200);
	naru_sack_rcv_add(&s, B + 1000, B + 1100);
	naru_sack_rcv_add(&s, B + 300, B + 400);
	naru_sack_rcv_advance(&s, B + 400);
	ASSERT_EQ(s.num, 1);
	assert_block(&s, 0, B + 1000, B + 1100);
}

TEST(sack_rcv_advance__keeps_what_is_beyond_the_gap)
{
	struct naru_sack_rcv s = { .num = 0 };

	naru_sack_rcv_add(&s, B + 100, B + 200);
	naru_sack_rcv_advance(&s, B + 99);
	ASSERT_EQ(s.num, 1);
	naru_sack_rcv_advance(&s, B + 200);
	ASSERT_EQ(s.num, 0);
}

static bool valid(u32 start, u32 end)
{
	struct naru_sack_block b = { start, end };

	return naru_sack_block_valid(&b, B, B + 1000);
}

TEST(sack_block_valid__only_what_is_in_flight)
{
	ASSERT_TRUE(valid(B, B + 1000));
	ASSERT_TRUE(valid(B + 999, B + 1000));
	ASSERT_FALSE(valid(B - 1, B + 10));
	ASSERT_FALSE(valid(B + 990, B + 1001));
	ASSERT_FALSE(valid(B + 1000, B + 1100));
	ASSERT_FALSE(valid(B - 100, B));
}

TEST(sack_block_valid__neither_empty_nor_reversed)
{
	ASSERT_FALSE(valid(B + 10, B + 10));
	ASSERT_FALSE(valid(B + 20, B + 10));
}

/* RFC 2883 4 */
TEST(sack_is_dsack__below_the_ack_or_within_the_next)
{
	const struct naru_sack_block b[] = { { 1000, 2000 }, { 500, 3000 } }, odd[] = { { 2000, 1000 } };

	ASSERT_TRUE(naru_sack_is_dsack(b, 1, 2000, 0));
	ASSERT_FALSE(naru_sack_is_dsack(b, 1, 1999, 0));
	ASSERT_TRUE(naru_sack_is_dsack(b, 2, 100, 0));
	ASSERT_FALSE(naru_sack_is_dsack(b, 1, 2000, 1001));	/* nobody remembers that */
	ASSERT_FALSE(naru_sack_is_dsack(odd, 1, 5000, 0));
	ASSERT_FALSE(naru_sack_is_dsack(b, 0, 5000, 0));
}

TEST(sack_is_dsack__second_block_elsewhere)
{
	const struct naru_sack_block b[] = { { 1000, 2000 }, { 1500, 3000 } };

	ASSERT_FALSE(naru_sack_is_dsack(b, 2, 100, 0));
}
