// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_DEFER_ACCEPT: tcp(7), and what the kernel's TCP makes of its seconds.
 */
#include "unit.h"
#include "defer.h"

/* 1, 2, 4 ... 64, then 120 seconds each */
TEST(defer__seconds)
{
	static const struct {
		int seconds, timeouts, back;
	} cases[] = {
		{ -1, 0, 0 }, { 0, 0, 0 }, { 1, 1, 1 }, { 2, 2, 3 }, { 3, 2, 3 }, { 4, 3, 7 }, { 7, 3, 7 },
		{ 8, 4, 15 }, { 63, 6, 63 }, { 64, 7, 127 }, { 127, 7, 127 }, { 128, 8, 247 },
		{ 247, 8, 247 }, { 248, 9, 367 }, { 0x7fffffff, 255, 127 + 248 * 120 }, { -0x7fffffff, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ASSERT_EQ(naru_defer_from_seconds(cases[i].seconds), cases[i].timeouts);
		ASSERT_EQ(naru_defer_to_seconds(cases[i].timeouts), cases[i].back);
	}
}

/* What getsockopt() tells can be set again, and is the same */
TEST(defer__there_and_back)
{
	for (int n = 0; n < 256; n++)
		ASSERT_EQ(naru_defer_from_seconds(naru_defer_to_seconds(n)), n);
}

TEST(defer_holds__bare_acks_in_time)
{
	ASSERT_FALSE(naru_defer_holds(0, 0, true));
	ASSERT_TRUE(naru_defer_holds(1, 0, true));
	ASSERT_FALSE(naru_defer_holds(1, 1, true));
	ASSERT_TRUE(naru_defer_holds(3, 2, true));
	ASSERT_FALSE(naru_defer_holds(3, 0, false));
}

static int timer(u8 defer, u8 timeouts, u8 retries, bool acked)
{
	struct naru_defer_timer t;

	naru_defer_timeout(defer, timeouts, retries, acked, &t);
	ASSERT_FALSE(t.expire && t.resend);
	return t.expire ? 2 : t.resend;
}

#define EXPIRE	2
#define RESEND	1
#define WAIT	0

/* RFC 9293 MUST-23 is about active opens: a passive one ends after the setting synack_retries */
TEST(defer_timeout__without)
{
	for (int acked = 0; acked < 2; acked++) {
		ASSERT_EQ(timer(0, 0, 5, acked), RESEND);
		ASSERT_EQ(timer(0, 4, 5, acked), RESEND);
		ASSERT_EQ(timer(0, 5, 5, acked), EXPIRE);
		ASSERT_EQ(timer(0, 0, 0, acked), EXPIRE);
	}
}

/* Who has not answered is asked again as without it */
TEST(defer_timeout__not_answered)
{
	ASSERT_EQ(timer(3, 0, 5, false), RESEND);
	ASSERT_EQ(timer(9, 4, 5, false), RESEND);
	ASSERT_EQ(timer(9, 5, 5, false), EXPIRE);
}

/* Who has is left in peace until the last timeout but one */
TEST(defer_timeout__answered)
{
	ASSERT_EQ(timer(3, 0, 5, true), WAIT);
	ASSERT_EQ(timer(3, 1, 5, true), WAIT);
	ASSERT_EQ(timer(3, 2, 5, true), RESEND);
	ASSERT_EQ(timer(3, 3, 5, true), RESEND);
	ASSERT_EQ(timer(3, 5, 5, true), EXPIRE);
	ASSERT_EQ(timer(1, 0, 5, true), RESEND);
}

/* It may be longer than the peer would be asked */
TEST(defer_timeout__longer_than_retries)
{
	ASSERT_EQ(timer(8, 5, 5, true), WAIT);
	ASSERT_EQ(timer(8, 7, 5, true), RESEND);
	ASSERT_EQ(timer(8, 8, 5, true), EXPIRE);
}
