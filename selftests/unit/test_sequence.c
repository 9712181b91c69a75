// SPDX-License-Identifier: GPL-2.0
/*
 * The numbers of events, and which are missing.
 */
#include "unit.h"
#include "../../tools/sequence.h"

TEST(sequence__in_order)
{
	struct sequence s = { 0, false };

	ASSERT_FALSE(sequence_has(&s, 0));
	ASSERT_EQ(sequence_take(&s, 7), 0);
	ASSERT_EQ(sequence_take(&s, 8), 0);
	ASSERT_TRUE(sequence_has(&s, 8));
	ASSERT_FALSE(sequence_has(&s, 9));
}

TEST(sequence__gaps)
{
	struct sequence s = { 0, false };

	ASSERT_EQ(sequence_reach(&s, 0), 0);
	ASSERT_EQ(sequence_take(&s, 1), 0);
	ASSERT_EQ(sequence_take(&s, 5), 3);
	ASSERT_EQ(sequence_take(&s, 6), 0);
	ASSERT_EQ(sequence_reach(&s, 6), 0);
	ASSERT_EQ(sequence_reach(&s, 1000006), 1000000);
	ASSERT_EQ(sequence_take(&s, 1000007), 0);
}

/* What was in the queue when the kernel told its last number comes afterwards */
TEST(sequence__late)
{
	struct sequence s = { 0, false };

	ASSERT_EQ(sequence_reach(&s, 10), 0);
	ASSERT_EQ(sequence_take(&s, 9), 0);
	ASSERT_EQ(sequence_take(&s, 10), 0);
	ASSERT_EQ(sequence_reach(&s, 8), 0);
	ASSERT_EQ(sequence_take(&s, 11), 0);
	ASSERT_EQ(sequence_take(&s, 13), 1);
}

TEST(sequence__goes_round)
{
	struct sequence s = { 0, false };

	ASSERT_EQ(sequence_reach(&s, 0xfffffffe), 0);
	ASSERT_EQ(sequence_take(&s, 0xffffffff), 0);
	ASSERT_EQ(sequence_take(&s, 0), 0);
	ASSERT_TRUE(sequence_has(&s, 0xffffffff));
	ASSERT_FALSE(sequence_has(&s, 1));
	ASSERT_EQ(sequence_take(&s, 3), 2);
	ASSERT_EQ(sequence_reach(&s, 5), 2);
}
