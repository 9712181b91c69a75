// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 7413 4 and 5.1.
 */
#include "unit.h"
#include "fastopen.h"

#define MAC	0x1122334455667788ull
#define OLD_MAC	0x99aabbccddeeff00ull

static struct naru_cookie cookie_of(u64 mac)
{
	struct naru_cookie c;

	naru_fastopen_cookie(&c, mac, false);
	return c;
}

static enum naru_fastopen_verdict judge(const struct naru_cookie *cookie, struct naru_cookie *give)
{
	struct naru_fastopen_syn syn = { .cookie = cookie, .mac = { MAC, OLD_MAC }, .keys = 2 };

	memset(give, 0, sizeof(*give));
	return naru_fastopen_judge(&syn, give);
}

static bool is_mac(const struct naru_cookie *c)
{
	struct naru_cookie right = cookie_of(MAC);

	return c->len == right.len && !memcmp(c->val, right.val, right.len);
}

/* As Linux writes it */
TEST(fastopen_cookie__lowest_byte_first)
{
	struct naru_cookie c = cookie_of(MAC);

	ASSERT_EQ(c.len, 8);
	ASSERT_EQ(c.val[0], 0x88);
	ASSERT_EQ(c.val[7], 0x11);
	ASSERT_FALSE(c.exp);
}

TEST(fastopen_asked__data_or_the_option)
{
	struct naru_seg seg = { .flags = NARU_SYN };

	ASSERT_FALSE(naru_fastopen_asked(NARU_FASTOPEN_SERVER, &seg));
	seg.len = 1;
	ASSERT_TRUE(naru_fastopen_asked(NARU_FASTOPEN_SERVER, &seg));
	ASSERT_FALSE(naru_fastopen_asked(NARU_FASTOPEN_CLIENT | NARU_FASTOPEN_SERVER_BARE, &seg));
	seg.len = 0;
	seg.opts.present = NARU_OPT_FASTOPEN;
	ASSERT_TRUE(naru_fastopen_asked(NARU_FASTOPEN_SERVER, &seg));
}

/* 4.2.1 */
TEST(fastopen_judge__a_request_is_granted)
{
	struct naru_cookie ask = { .exp = true }, give;

	ASSERT_EQ(judge(&ask, &give), NARU_FASTOPEN_GRANT);
	ASSERT_TRUE(is_mac(&give));
	ASSERT_TRUE(give.exp);
}

/* 4.2.2 */
TEST(fastopen_judge__the_right_cookie_opens)
{
	struct naru_cookie right = cookie_of(MAC), give;

	ASSERT_EQ(judge(&right, &give), NARU_FASTOPEN_OPEN);
}

/* 4.1.2: keys rotate */
TEST(fastopen_judge__the_old_cookie_opens_and_is_renewed)
{
	struct naru_cookie old = cookie_of(OLD_MAC), give;

	ASSERT_EQ(judge(&old, &give), NARU_FASTOPEN_RENEW);
	ASSERT_TRUE(is_mac(&give));
}

TEST(fastopen_judge__a_wrong_cookie_is_refused)
{
	struct naru_cookie wrong, give;
	unsigned int i;

	for (i = 0; i < 64; i++) {
		wrong = cookie_of(MAC ^ 1ull << i);
		ASSERT_EQ(judge(&wrong, &give), NARU_FASTOPEN_REFUSE);
		ASSERT_TRUE(is_mac(&give));
	}
	wrong = cookie_of(MAC);
	wrong.len = 6;
	ASSERT_EQ(judge(&wrong, &give), NARU_FASTOPEN_REFUSE);
	wrong.len = 16;
	ASSERT_EQ(judge(&wrong, &give), NARU_FASTOPEN_REFUSE);
}

TEST(fastopen_judge__data_without_the_option_opens_as_usual)
{
	struct naru_cookie give;

	ASSERT_EQ(judge(NULL, &give), NARU_FASTOPEN_NONE);
	ASSERT_EQ(give.len, 0);
}

TEST(fastopen_judge__without_keys_there_are_no_cookies)
{
	struct naru_cookie zero = cookie_of(0), give;
	struct naru_fastopen_syn syn = { .cookie = &zero };

	ASSERT_EQ(naru_fastopen_judge(&syn, &give), NARU_FASTOPEN_NONE);
}

/* 7.3 */
TEST(fastopen_judge__cookieless_takes_all)
{
	struct naru_cookie wrong = cookie_of(1), give;
	struct naru_fastopen_syn syn = { .bare = true };

	ASSERT_EQ(naru_fastopen_judge(&syn, &give), NARU_FASTOPEN_OPEN);
	syn.cookie = &wrong;
	ASSERT_EQ(naru_fastopen_judge(&syn, &give), NARU_FASTOPEN_OPEN);
}

/* ---- PendingFastOpenRequests ---- */

TEST(fastopen_full__at_the_limit)
{
	struct naru_fastopen_queue q = { .max = 2 };

	ASSERT_FALSE(naru_fastopen_full(&q, 100));
	q.pending = 2;
	ASSERT_TRUE(naru_fastopen_full(&q, 100));
	naru_fastopen_done(&q, false, 100);
	ASSERT_FALSE(naru_fastopen_full(&q, 100));
	ASSERT_EQ(q.pending, 1);
}

TEST(fastopen_full__no_fast_open_is_full)
{
	struct naru_fastopen_queue q = { .max = 0 };

	ASSERT_TRUE(naru_fastopen_full(&q, 0));
}

/* 5.1 */
TEST(fastopen_done__a_reset_counts_for_a_minute)
{
	struct naru_fastopen_queue q = { .max = 1, .pending = 1 };
	u32 begin = 0xfffffff0u, s;

	naru_fastopen_done(&q, true, begin);
	ASSERT_EQ(q.pending, 0);
	for (s = 0; s < 60; s += 7)
		ASSERT_TRUE(naru_fastopen_full(&q, begin + s));
	ASSERT_TRUE(naru_fastopen_full(&q, begin + 59));
	ASSERT_FALSE(naru_fastopen_full(&q, begin + 60));
	ASSERT_EQ(q.resets, 0);
}

TEST(fastopen_done__resets_of_several_seconds_go_one_by_one)
{
	struct naru_fastopen_queue q = { .max = 3, .pending = 3 };

	naru_fastopen_done(&q, true, 10);
	naru_fastopen_done(&q, true, 30);
	naru_fastopen_done(&q, true, 30);
	ASSERT_TRUE(naru_fastopen_full(&q, 69));
	ASSERT_FALSE(naru_fastopen_full(&q, 70));
	ASSERT_EQ(q.resets, 2);
	ASSERT_FALSE(naru_fastopen_full(&q, 89));
	ASSERT_EQ(q.resets, 2);
	ASSERT_FALSE(naru_fastopen_full(&q, 90));
	ASSERT_EQ(q.resets, 0);
}

TEST(fastopen_full__nobody_looks_for_long)
{
	struct naru_fastopen_queue q = { .max = 1, .pending = 1 };

	naru_fastopen_done(&q, true, 10);
	ASSERT_FALSE(naru_fastopen_full(&q, 100000));
	ASSERT_EQ(q.resets, 0);
	ASSERT_EQ(q.reset[10], 0);
}

/* What is counted is the sum of what its slots have, whatever comes when */
TEST(fastopen_queue__random)
{
	struct naru_fastopen_queue q = { .max = 50 };
	struct unit_random r = { .state = 7 };
	unsigned int i, j;
	u32 now = 0xffffff00u, sum;

	for (i = 0; i < 100000; i++) {
		now += unit_random(&r) % 200 ? 0 : unit_random(&r) % 90;
		if (unit_random(&r) % 2 && !naru_fastopen_full(&q, now))
			q.pending++;
		else if (q.pending)
			naru_fastopen_done(&q, unit_random(&r) % 2, now);
		for (sum = 0, j = 0; j < NARU_FASTOPEN_SLOTS; j++)
			sum += q.reset[j];
		ASSERT_EQ(sum, q.resets);
		ASSERT_LE(q.pending + q.resets, q.max);
	}
}

/* ---- the client ---- */

TEST(fastopen_choose__cookie_or_request)
{
	struct naru_fastopen_path path = { .cookie.len = 0 };

	ASSERT_EQ(naru_fastopen_choose(&path, false, false), NARU_FASTOPEN_ASK);
	path.cookie.len = 8;
	ASSERT_EQ(naru_fastopen_choose(&path, false, false), NARU_FASTOPEN_USE);
	ASSERT_EQ(naru_fastopen_choose(&path, false, true), NARU_FASTOPEN_BARE);
	ASSERT_EQ(naru_fastopen_choose(&path, true, true), NARU_FASTOPEN_PLAIN);
}

/* 4.1.3.1 */
TEST(fastopen_choose__not_where_syns_are_dropped)
{
	struct naru_fastopen_path path = { .cookie.len = 8, .losses = 1 };

	ASSERT_EQ(naru_fastopen_choose(&path, false, false), NARU_FASTOPEN_USE);
	path.losses = 2;
	ASSERT_EQ(naru_fastopen_choose(&path, false, true), NARU_FASTOPEN_PLAIN);
	path.since_s = 119;
	ASSERT_EQ(naru_fastopen_choose(&path, false, false), NARU_FASTOPEN_PLAIN);
	path.since_s = 120;
	ASSERT_EQ(naru_fastopen_choose(&path, false, false), NARU_FASTOPEN_USE);
	path.losses = 3;
	ASSERT_EQ(naru_fastopen_choose(&path, false, false), NARU_FASTOPEN_PLAIN);
	path.losses = 255;
	path.since_s = 30 << 10;
	ASSERT_EQ(naru_fastopen_choose(&path, false, false), NARU_FASTOPEN_USE);
}

TEST(fastopen_room__leaves_room_for_options)
{
	ASSERT_EQ(naru_fastopen_room(1460), 1420);
	ASSERT_EQ(naru_fastopen_room(40), 0);
	ASSERT_EQ(naru_fastopen_room(0), 0);
}

/* 4.2.2 */
TEST(fastopen_dropped__the_second_syn_was_answered)
{
	ASSERT_TRUE(naru_fastopen_dropped(true, false, true));
	ASSERT_FALSE(naru_fastopen_dropped(false, false, true));
	ASSERT_FALSE(naru_fastopen_dropped(true, true, true));
	ASSERT_FALSE(naru_fastopen_dropped(true, false, false));
}

TEST(fastopen_pause__doubles_up_to_64_times)
{
	ASSERT_EQ(naru_fastopen_pause(0, 3600), 0);
	ASSERT_EQ(naru_fastopen_pause(1, 3600), 3600);
	ASSERT_EQ(naru_fastopen_pause(2, 3600), 7200);
	ASSERT_EQ(naru_fastopen_pause(7, 3600), 64 * 3600);
	ASSERT_EQ(naru_fastopen_pause(100, 3600), 64 * 3600);
	ASSERT_EQ(naru_fastopen_pause(5, 0), 0);
}
