// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 6528 3, RFC 9293 3.4.1.
 */
#include "unit.h"
#include "isn.h"

/* MUST-8 */
TEST(isn_make__ticks_every_4_us)
{
	u32 isn = naru_isn_make(12345, 1000000);

	ASSERT_EQ(naru_isn_make(12345, 1000003), isn);
	ASSERT_EQ(naru_isn_make(12345, 1000004), isn + 1);
}

TEST(isn_make__goes_round_in_4_hours_55_minutes)
{
	ASSERT_EQ(naru_isn_make(7, 4ULL << 32), naru_isn_make(7, 0));
}

TEST(isn_make__another_tuple_is_another_space)
{
	ASSERT_EQ((u32)(naru_isn_make(0xfffffff0, 4000) - naru_isn_make(0x10, 4000)),
		  (u32)(0xfffffff0 - 0x10));
}
