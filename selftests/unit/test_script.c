// SPDX-License-Identifier: GPL-2.0
/* The parser of the wire tests' scripts */
#include <errno.h>
#include "unit.h"
#include "script.h"

#define HEAD	"# RFC 9293\n"

static struct script s;
static char error[SCRIPT_ERROR];

static bool parses(const char *text)
{
	return script_parse(&s, "file", text, error);
}

static bool fails_at(const char *text, const char *where)
{
	return !parses(text) && !strncmp(error, where, strlen(where));
}

TEST(script__wants_an_rfc)
{
	ASSERT_FALSE(parses("quiet\n"));
	ASSERT_STREQ(error, "file:1: no comment at its head cites an RFC");
	ASSERT_TRUE(parses("# licence\n# RFC 1\nquiet\n"));
	ASSERT_FALSE(parses(HEAD));
}

TEST(script__reads_a_segment)
{
	const struct script_seg *g = &s.line[0].seg;

	ASSERT_TRUE(parses(HEAD "out SA 10..30 ack 5 wnd >7 sack 1..2,-3..4 after 1.5s ~2ms ce # why\n"));
	ASSERT_EQ(s.num, 1);
	ASSERT_EQ(s.line[0].number, 2);
	ASSERT_EQ(s.line[0].kind, SCRIPT_OUT);
	ASSERT_EQ(g->flags, 2 | 16);
	ASSERT_EQ(g->seq, 10);
	ASSERT_EQ(g->len, 20);
	ASSERT_EQ(g->ack, 5);
	ASSERT_EQ(g->wnd.compare, COMPARE_GT);
	ASSERT_EQ(g->wnd.value, 7);
	ASSERT_EQ(g->sacks, 2);
	ASSERT_EQ(g->sack[1][0], -3);
	ASSERT_EQ(g->ecn, 3);
	ASSERT_EQ(g->has, HAS_SEQ | HAS_ACK | HAS_ECN);
	ASSERT_EQ(s.line[0].time.after, 1500000000);
	ASSERT_EQ(s.line[0].time.margin, 2000000);
}

TEST(script__reads_a_cookie)
{
	const struct script_seg *g = &s.line[0].seg;

	ASSERT_TRUE(parses(HEAD "in S cookie 01ff\n"));
	ASSERT_EQ(g->has, HAS_COOKIE);
	ASSERT_EQ(g->cookie_len, 2);
	ASSERT_EQ(g->cookie_val[1], 255);
	ASSERT_TRUE(parses(HEAD "in S expcookie last\n"));
	ASSERT_EQ(g->cookie, COOKIE_LAST);
	ASSERT_TRUE(g->exp);
	ASSERT_TRUE(parses(HEAD "out SA cookie ask\n"));
	ASSERT_EQ(g->cookie_len, 0);
	ASSERT_TRUE(parses(HEAD "out SA no cookie\n"));
	ASSERT_EQ(g->lacks, HAS_COOKIE);
	ASSERT_TRUE(fails_at(HEAD "in S cookie\n", "file:2:"));
	ASSERT_TRUE(fails_at(HEAD "in S cookie 1\n", "file:2:"));
	ASSERT_TRUE(fails_at(HEAD "in S cookie 00112233445566778899aabbccddeeff00\n", "file:2:"));
}

TEST(script__reads_place_and_length_apart)
{
	ASSERT_TRUE(parses(HEAD "in - @7 +10\n"));
	ASSERT_EQ(s.line[0].seg.seq, 7);
	ASSERT_EQ(s.line[0].seg.len, 10);
	ASSERT_EQ(s.line[0].seg.flags, 0);
}

TEST(script__writes_several_out)
{
	ASSERT_TRUE(parses(HEAD "out FA 0..25 by 10 after 1s\n"));
	ASSERT_EQ(s.num, 3);
	ASSERT_EQ(s.line[0].seg.flags, 16);
	ASSERT_EQ(s.line[0].time.after, 1000000000);
	ASSERT_EQ(s.line[1].seg.seq, 10);
	ASSERT_EQ(s.line[1].time.after, 0);
	ASSERT_EQ(s.line[2].seg.len, 5);
	ASSERT_EQ(s.line[2].seg.flags, 17);
	ASSERT_FALSE(parses(HEAD "out A @5 by 10\n"));
}

TEST(script__reads_options_as_bytes)
{
	ASSERT_TRUE(parses(HEAD "in S raw 020403e8\n"));
	ASSERT_EQ(s.line[0].seg.raw_len, 4);
	ASSERT_EQ(s.line[0].seg.raw[3], 0xe8);
	ASSERT_FALSE(parses(HEAD "in S raw 0204\n"));
	ASSERT_FALSE(parses(HEAD "in S raw 020403g8\n"));
	ASSERT_FALSE(parses(HEAD "in S raw\n"));
}

TEST(script__reads_calls)
{
	ASSERT_TRUE(parses(HEAD "c read 10 = EAGAIN\nc write 5 more = 3\nc shutdown both\n"
			   "c info state=fin-wait-1 cwnd>3\n"));
	ASSERT_EQ(s.line[0].result.value, -EAGAIN);
	ASSERT_EQ(s.line[1].flags, 1);
	ASSERT_EQ(s.line[1].result.value, 3);
	ASSERT_EQ(s.line[2].value, 2);
	ASSERT_EQ(s.line[3].checks, 2);
	ASSERT_EQ(s.line[3].check[0].is.value, 4);
	ASSERT_EQ(s.line[3].check[1].is.compare, COMPARE_GT);
}

TEST(script__opens)
{
	ASSERT_TRUE(parses(HEAD "v4: c accepted rtt 5ms mss 9\nquiet\n"));
	ASSERT_EQ(s.num, 9);
	ASSERT_EQ(s.line[3].seg.mss, 9);
	ASSERT_EQ(s.line[3].on, ON_ALL & ~ON_V6);
	ASSERT_EQ(s.line[5].kind, SCRIPT_QUIET);
	ASSERT_EQ(s.line[7].number, 2);
	ASSERT_EQ(s.line[8].number, 3);
	ASSERT_TRUE(parses(HEAD "c connected mss 9\n"));
	ASSERT_EQ(s.num, 6);
	ASSERT_FALSE(parses(HEAD "c connected rtt\n"));
}

TEST(script__says_where_it_holds)
{
	ASSERT_TRUE(parses(HEAD "only native v6\nquiet\n"));
	ASSERT_EQ(s.on, ON_ALL & ~(ON_INET | ON_V4));
	ASSERT_FALSE(parses(HEAD "only here\nquiet\n"));
	ASSERT_FALSE(parses(HEAD "naru: quiet\n"));
	ASSERT_FALSE(parses(HEAD "differs so\nquiet\n"));
	ASSERT_TRUE(parses(HEAD "differs so it is\nkernel: v4: quiet\n"));
	ASSERT_STREQ(s.differs[0], "so it is");
	ASSERT_EQ(s.line[0].on, ON_ALL & ~(ON_NARU | ON_V6));
}

TEST(script__says_what_is_wrong)
{
	static const char *const bad[] = {
		"out X\n", "out\n", "in A after 1s\n", "out A after 1\n", "out A after 1s ~2\n",
		"out A 5..3\n", "out A sack\n", "out A sack 1..2,3\n", "out A no flow\n", "in A wnd >3\n",
		"in A flow 9\n", "in A ack x\n", "in A ack 9999999999\n", "in A +-1\n", "quiet 5\n",
		"quiet 5s 6s\n", "icmp never\n", "icmp too-big 5\n", "setting x\n", "c\n", "c fly\n",
		"c accept\n", "c bind 70000\n", "c set x 1\n", "c set nodelay\n", "c get error\n",
		"c poll\n", "c poll in off\n", "c info cwnd\n", "c info x=1\n", "c read 1 = X\n",
		"c read 1 2\n", "c close =\n", "c shutdown off\n", "differs\n", "only\n", "v4:\n",
		"a_name_that_is_far_too_long_for_a_socket close\n",
	};
	char text[128];

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(text, sizeof(text), HEAD "quiet\n%s", bad[i]);
		if (!fails_at(text, "file:3: "))
			printf("# %s", bad[i]);
		ASSERT_TRUE(fails_at(text, "file:3: "));
	}
}

/* Whatever the text is, nothing is read or written that is not there */
TEST(script__survives_noise)
{
	static const char *const words[] = {
		"in", "out", "A", "c", "accepted", "set", "linger", "info", "rtt", "=", "sack", "1..2,",
		"@", "+", "..", "~", "after", "later", "v4:", "\n", "\n", "0x10", "-1", "raw", "00",
		"by", "differs", "only", "state=", "#",
	};
	struct unit_random r = { 5 };
	char text[600];

	for (int n = 0; n < 20000; n++) {
		size_t len = snprintf(text, sizeof(text), HEAD);

		while (len < 500)
			len += snprintf(text + len, sizeof(text) - len, "%s ",
					words[unit_random_below(&r, ARRAY_SIZE(words))]);
		parses(text);
	}
}
