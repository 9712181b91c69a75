// SPDX-License-Identifier: GPL-2.0
/*
 * SYN cookies, RFC 4987 3.6.
 */
#include "unit.h"
#include "cookie.h"

static u64 mix(u64 x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* These stand for siphash, with a key, of a four-tuple */
static u32 blinder(u32 key, u32 tuple)
{
	return (u32)mix((u64)key << 32 | tuple);
}

static u32 tag(u32 key, u32 tuple, u32 irs, u32 minute)
{
	return (u32)mix(mix((u64)tuple << 32 | key) + ((u64)irs << 32 | minute));
}

/* What both ends' timestamps tick in, when a cookie is made and when it is opened */
static bool ts_usec;

static u32 make(u32 key, u32 tuple, u32 irs, u32 minute, u16 mss)
{
	return naru_cookie_make(blinder(key, tuple), tag(key, tuple, irs, minute), irs, minute, mss, ts_usec);
}

/* As the module opens one: the MSS, 0: refused */
static u16 open_cookie(u32 cookie, u32 key, u32 tuple, u32 irs, u32 now)
{
	u32 blind = blinder(key, tuple), minute;
	bool usec;
	u16 mss;

	if (!naru_cookie_minute(cookie, blind, irs, now, &minute))
		return 0;
	mss = naru_cookie_mss(cookie, blind, tag(key, tuple, irs, minute), irs, &usec);
	return usec == ts_usec ? mss : 0;
}

#define KEY	0x12345678
#define TUPLE	0xabcdef01
#define IRS	0xfffffff0u
#define NOW	1000000

TEST(cookie_decide__setting)
{
	for (int full = 0; full < 2; full++) {
		ASSERT_EQ(naru_cookie_decide(NARU_COOKIE_NEVER, full, false),
			  full ? NARU_SYN_REFUSED : NARU_SYN_QUEUED);
		ASSERT_EQ(naru_cookie_decide(NARU_COOKIE_FULL, full, false),
			  full ? NARU_SYN_COOKIE : NARU_SYN_QUEUED);
		ASSERT_EQ(naru_cookie_decide(NARU_COOKIE_ALWAYS, full, false), NARU_SYN_COOKIE);
	}
}

/* Its ISS has to be above the old connection's, which a cookie is by chance alone */
TEST(cookie_decide__reopening_is_never_by_cookie)
{
	for (int mode = NARU_COOKIE_NEVER; mode <= NARU_COOKIE_ALWAYS; mode++)
		for (int full = 0; full < 2; full++)
			ASSERT_EQ(naru_cookie_decide(mode, full, true), NARU_SYN_QUEUED);
}

TEST(cookie__comes_back)
{
	ASSERT_EQ(open_cookie(make(KEY, TUPLE, IRS, NOW, 1460), KEY, TUPLE, IRS, NOW), 1460);
}

/* The minute it was made in and the next, and the count may turn over in between */
TEST(cookie__ages)
{
	static const u32 times[] = { 0, NOW, 255, 256, 0xffffff, 0xffffffff };

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		u32 at = times[i], cookie = make(KEY, TUPLE, IRS, at, 1460);

		ASSERT_EQ(open_cookie(cookie, KEY, TUPLE, IRS, at), 1460);
		ASSERT_EQ(open_cookie(cookie, KEY, TUPLE, IRS, at + 1), 1460);
		ASSERT_EQ(open_cookie(cookie, KEY, TUPLE, IRS, at + 2), 0);
		ASSERT_EQ(open_cookie(cookie, KEY, TUPLE, IRS, at + 255), 0);
		ASSERT_EQ(open_cookie(cookie, KEY, TUPLE, IRS, at - 1), 0);
	}
}

/* Eight bits of the count are in it, and the hash knows all of them */
TEST(cookie__same_count_another_day)
{
	ASSERT_EQ(open_cookie(make(KEY, TUPLE, IRS, NOW, 1460), KEY, TUPLE, IRS, NOW + 256), 0);
	ASSERT_EQ(open_cookie(make(KEY, TUPLE, IRS, NOW, 1460), KEY, TUPLE, IRS, NOW + 257), 0);
}

TEST(cookie__wrong_key_tuple_or_irs)
{
	u32 cookie = make(KEY, TUPLE, IRS, NOW, 1460);

	for (int bit = 0; bit < 32; bit++) {
		ASSERT_EQ(open_cookie(cookie, KEY ^ 1U << bit, TUPLE, IRS, NOW), 0);
		ASSERT_EQ(open_cookie(cookie, KEY, TUPLE ^ 1U << bit, IRS, NOW), 0);
		ASSERT_EQ(open_cookie(cookie, KEY, TUPLE, IRS ^ 1U << bit, NOW), 0);
	}
	ASSERT_EQ(open_cookie(cookie, KEY, TUPLE, IRS - 1, NOW), 0);
}

/* Of the numbers next to one that was seen only those of the table are good, and they only change the MSS */
TEST(cookie__neighbours)
{
	u32 cookie = make(KEY, TUPLE, IRS, NOW, 0);
	int good = 0;

	for (u32 i = 0; i < 1 << 16; i++)
		good += open_cookie(cookie + i, KEY, TUPLE, IRS, NOW) != 0;
	ASSERT_EQ(good, 8);
	ASSERT_EQ(open_cookie(cookie - 1, KEY, TUPLE, IRS, NOW), 0);
}

/* What is drawn at random is refused but for one in 2^28 */
TEST(cookie__guesses)
{
	struct unit_random r = { 0x5eed };

	for (int i = 0; i < 1 << 20; i++)
		ASSERT_EQ(open_cookie(unit_random(&r), KEY, TUPLE, IRS, NOW), 0);
}

/* RFC 9293 3.4.1: a four-tuple's numbers grow as the peer's do, and by a 256th of the space each minute */
TEST(cookie__grows_with_the_peers_numbers)
{
	const u32 blind = blinder(KEY, TUPLE), step = 1 << 24;

	for (u32 irs = IRS; irs != IRS + 100 * step; irs += step)
		ASSERT_LT(make(KEY, TUPLE, irs, NOW, 1460) - blind - irs - ((u32)NOW << 24), step);
}

/* RFC 9293 3.7.1 (MUST-16): never more than the peer takes; at the edges of the table too */
TEST(cookie_mss__table)
{
	static const u16 table[] = { 48, 536, 1220, 1300, 1380, 1440, 1460, 8940 };

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		u16 below = i ? table[i - 1] : table[0];

		ASSERT_EQ(open_cookie(make(KEY, TUPLE, IRS, NOW, table[i]), KEY, TUPLE, IRS, NOW), table[i]);
		ASSERT_EQ(open_cookie(make(KEY, TUPLE, IRS, NOW, table[i] + 1), KEY, TUPLE, IRS, NOW), table[i]);
		ASSERT_EQ(open_cookie(make(KEY, TUPLE, IRS, NOW, table[i] - 1), KEY, TUPLE, IRS, NOW), below);
	}
	ASSERT_EQ(open_cookie(make(KEY, TUPLE, IRS, NOW, 0), KEY, TUPLE, IRS, NOW), 48);
	ASSERT_EQ(open_cookie(make(KEY, TUPLE, IRS, NOW, 65535), KEY, TUPLE, IRS, NOW), 8940);
}

/* RFC 7323 5.4: the clock is in it, so that it goes on at its pace or not at all */
TEST(cookie__clock)
{
	u32 ms = make(KEY, TUPLE, IRS, NOW, 1460), us;

	ts_usec = true;
	us = make(KEY, TUPLE, IRS, NOW, 1460);
	ASSERT_EQ(open_cookie(us, KEY, TUPLE, IRS, NOW), 1460);
	ASSERT_EQ(open_cookie(ms, KEY, TUPLE, IRS, NOW), 0);
	ASSERT_EQ(open_cookie(us + 2, KEY, TUPLE, IRS, NOW), 0);
	for (u32 mss = 0; mss < 65535; mss += 5) {
		us = make(KEY, TUPLE, IRS, NOW, mss);
		ASSERT_LE(open_cookie(us, KEY, TUPLE, IRS, NOW), mss > 48 ? mss : 48);
		ASSERT_NE(open_cookie(us, KEY, TUPLE, IRS, NOW), 0);
	}
	ts_usec = false;
	ASSERT_EQ(open_cookie(us, KEY, TUPLE, IRS, NOW), 0);
	ASSERT_EQ(open_cookie(ms, KEY, TUPLE, IRS, NOW), 1460);
}

static void through_stamp(u32 now, const struct naru_cookie_options *o)
{
	struct naru_cookie_options back = { .wscale = 99 };
	u32 stamp = naru_cookie_stamp(now, o);

	ASSERT_LT((u32)(now - stamp), 64);
	naru_cookie_unstamp(stamp, &back);
	ASSERT_EQ(back.wscale_ok, o->wscale_ok);
	if (o->wscale_ok)
		ASSERT_EQ(back.wscale, o->wscale);
	ASSERT_EQ(back.sack_ok, o->sack_ok);
	ASSERT_EQ(back.ecn_ok, o->ecn_ok);
}

/* Every agreement at every time, where the clock turns over too */
TEST(cookie_stamp__options)
{
	for (u32 now = 0xffffff00; now != 0x100; now++)
		for (int bits = 0; bits < 4; bits++) {
			struct naru_cookie_options o = { .sack_ok = bits & 1, .ecn_ok = bits & 2 };

			through_stamp(now, &o);
			o.wscale_ok = true;
			for (o.wscale = 0; o.wscale <= 14; o.wscale++)
				through_stamp(now, &o);
		}
}

/* RFC 7323 5.4: it does not go back, nor ahead of what comes after it */
TEST(cookie_stamp__never_goes_back)
{
	struct naru_cookie_options o = { .wscale = 7, .wscale_ok = true, .sack_ok = true };
	u32 before = naru_cookie_stamp(5000, &o);

	for (u32 now = 5001; now < 6000; now++) {
		u32 stamp = naru_cookie_stamp(now, &o);

		ASSERT_GE(stamp, before);
		ASSERT_LE(stamp, now);
		before = stamp;
	}
}

/* The kernel's places: an analyser that knows them reads ours */
TEST(cookie_stamp__bits)
{
	struct naru_cookie_options o = {};

	ASSERT_EQ(naru_cookie_stamp(0x1000, &o), 0xfcf);
	o.wscale_ok = true;
	ASSERT_EQ(naru_cookie_stamp(0x1000, &o), 0x1000);
	o.wscale = 9;
	ASSERT_EQ(naru_cookie_stamp(0x103f, &o), 0x1009);
	o.sack_ok = true;
	ASSERT_EQ(naru_cookie_stamp(0x103f, &o), 0x1019);
	o.ecn_ok = true;
	ASSERT_EQ(naru_cookie_stamp(0x103f, &o), 0x1039);
}
