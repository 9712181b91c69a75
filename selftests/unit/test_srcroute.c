// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 791 3.1, RFC 9293 3.9.2.1: source routes, turned round.
 */
#include "unit.h"
#include "srcroute.h"

static const u8 source[4] = { 10, 0, 0, 1 };
static u8 back[NARU_IP_OPTIONS_MAX];

static u32 reverse(const u8 *opts, u32 len)
{
	return naru_srcroute_reverse(opts, len, source, back);
}

TEST(srcroute_reverse__the_last_first)
{
	static const u8 in[] = { 1, 131, 15, 16, 9, 9, 9, 1, 9, 9, 9, 2, 9, 9, 9, 3, 0, 0, 0, 0 };
	static const u8 out[] = { 131, 15, 4, 9, 9, 9, 3, 9, 9, 9, 2, 9, 9, 9, 1, 0 };

	ASSERT_EQ(reverse(in, sizeof(in)), sizeof(out));
	ASSERT_EQ(memcmp(back, out, sizeof(out)), 0);
}

TEST(srcroute_reverse__strict_stays_strict)
{
	static const u8 in[] = { 137, 7, 8, 9, 9, 9, 1, 0 };
	static const u8 out[] = { 137, 7, 4, 9, 9, 9, 1, 0 };

	ASSERT_EQ(reverse(in, sizeof(in)), sizeof(out));
	ASSERT_EQ(memcmp(back, out, sizeof(out)), 0);
}

TEST(srcroute_reverse__as_long_as_can_be)
{
	u8 in[40] = { 131, 39, 40 };

	in[39] = 1;
	ASSERT_EQ(reverse(in, sizeof(in)), 40);
	ASSERT_EQ(back[1], 39);
	ASSERT_EQ(back[39], 0);
}

/* RFC 1122 3.2.1.8 c */
TEST(srcroute_reverse__the_source_is_no_hop)
{
	static const u8 in[] = { 131, 11, 12, 10, 0, 0, 1, 9, 9, 9, 2, 0 };
	static const u8 alone[] = { 131, 7, 8, 10, 0, 0, 1, 0 };
	static const u8 out[] = { 131, 7, 4, 9, 9, 9, 2, 0 };

	ASSERT_EQ(reverse(in, sizeof(in)), sizeof(out));
	ASSERT_EQ(memcmp(back, out, sizeof(out)), 0);
	ASSERT_EQ(reverse(alone, sizeof(alone)), 0);
}

TEST(srcroute_reverse__not_completed)
{
	static const u8 in[] = { 131, 11, 8, 9, 9, 9, 1, 9, 9, 9, 2, 0 };

	ASSERT_EQ(reverse(in, sizeof(in)), 0);
}

TEST(srcroute_reverse__none)
{
	static const u8 other[] = { 7, 7, 8, 9, 9, 9, 1, 0 }, behind_end[] = { 0, 131, 7, 8, 9, 9, 9, 1 };

	ASSERT_EQ(reverse(other, sizeof(other)), 0);
	ASSERT_EQ(reverse(behind_end, sizeof(behind_end)), 0);
	ASSERT_EQ(reverse(other, 0), 0);
}

TEST(srcroute_reverse__malformed)
{
	static const u8 empty[] = { 131, 3, 4, 0 }, odd[] = { 131, 8, 9, 1, 2, 3, 4, 5 }, cut[] = { 131 },
			longer[] = { 131, 11, 12, 1, 2, 3, 4, 0 }, zero[] = { 7, 0, 0, 0 }, one[] = { 7, 1, 131, 7 };

	ASSERT_EQ(reverse(empty, sizeof(empty)), 0);
	ASSERT_EQ(reverse(odd, sizeof(odd)), 0);
	ASSERT_EQ(reverse(cut, sizeof(cut)), 0);
	ASSERT_EQ(reverse(longer, sizeof(longer)), 0);
	ASSERT_EQ(reverse(zero, sizeof(zero)), 0);
	ASSERT_EQ(reverse(one, sizeof(one)), 0);
}
