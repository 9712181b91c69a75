// SPDX-License-Identifier: GPL-2.0
/*
 * naru top: rates, order, lines, and what keys do.
 */
#include <stdlib.h>
#include <string.h>
#include "unit.h"
#include "../../tools/top.h"

static struct top_sock before[3], now[3];
static struct top_socks was = { before, 3 }, is = { now, 3 };
static char line[TOP_LINE];

static struct top_sock sock(uint32_t id, uint64_t sent, uint64_t received, uint32_t retrans)
{
	struct top_sock s = { .id = id, .wire = "inet", .state = "ESTABLISHED", .is_stream = true, .sent = sent,
			      .received = received, .retrans = retrans };

	snprintf(s.remote, sizeof(s.remote), "10.9.0.2:%u", id);
	return s;
}

TEST(top__rates)
{
	before[0] = sock(9, 1000, 0, 5);
	before[1] = sock(3, 500, 70, 0);
	before[2] = sock(5, 1, 1, 1);
	now[0] = sock(3, 2500, 70, 1);
	now[1] = sock(4, 7777, 7777, 7);	/* new */
	now[2] = sock(9, 900, 4000, 9);		/* another connection of the same socket */
	top_rates(&was, &is, 2000000);
	ASSERT_EQ(now[0].tx, 1000);
	ASSERT_EQ(now[0].rx, 0);
	ASSERT_EQ(now[0].again, 0);
	ASSERT_EQ(now[1].tx, 0);
	ASSERT_EQ(now[2].tx, 0);
	ASSERT_EQ(now[2].rx, 2000);
	ASSERT_EQ(now[2].again, 2);
	top_rates(&was, &is, 0);
	ASSERT_EQ(now[0].tx, 0);
}

static void in_order(enum top_order order, bool turned, uint32_t a, uint32_t b, uint32_t c)
{
	top_sort(&is, order, turned);
	ASSERT_EQ(now[0].id, a);
	ASSERT_EQ(now[1].id, b);
	ASSERT_EQ(now[2].id, c);
}

TEST(top__order)
{
	now[0] = sock(1, 0, 0, 4);
	now[1] = sock(2, 0, 0, 4);
	now[2] = sock(3, 0, 0, 9);
	now[0].tx = 10;
	now[1].tx = 30;
	now[2].tx = 20;
	now[2].rx = 1;
	now[0].rtt_us = 500;
	snprintf(now[1].owner, sizeof(now[1].owner), "a/1");
	in_order(TOP_BY_TX, false, 2, 3, 1);
	in_order(TOP_BY_TX, true, 1, 3, 2);
	in_order(TOP_BY_RX, false, 3, 1, 2);
	in_order(TOP_BY_RTT, false, 1, 2, 3);
	in_order(TOP_BY_RETRANS, false, 3, 1, 2);
	in_order(TOP_BY_RETRANS, true, 1, 2, 3);	/* equal ones stay */
	in_order(TOP_BY_OWNER, true, 2, 1, 3);
	in_order(TOP_BY_REMOTE, false, 1, 2, 3);
}

TEST(top__order_of_mappings)
{
	struct top_map map[] = { { .id = 3, .sessions = 1 }, { .id = 1, .sessions = 1 }, { .id = 2, .sessions = 8 } };
	struct top_maps maps = { map, 3 };

	top_sort_maps(&maps);
	ASSERT_EQ(map[0].id, 2);
	ASSERT_EQ(map[1].id, 1);
	ASSERT_EQ(map[2].id, 3);
}

static const char *rate(uint64_t n)
{
	top_rate_text(n, line, sizeof(line));
	ASSERT_LE(strlen(line), 6);
	return line;
}

TEST(top__rates_as_text)
{
	uint64_t n;

	ASSERT_STREQ(rate(0), "0");
	ASSERT_STREQ(rate(999), "999");
	ASSERT_STREQ(rate(1000), "1.0K");
	ASSERT_STREQ(rate(1250), "1.3K");
	ASSERT_STREQ(rate(999499), "999.5K");
	ASSERT_STREQ(rate(125000000), "125.0M");
	ASSERT_STREQ(rate(12500000000), "12.5G");
	ASSERT_STREQ(rate(UINT64_MAX), "18.4E");
	for (n = 1; n < UINT64_MAX / 3; n = n * 3 - 1 + (n == 1))
		rate(n);
}

static const char *time_of(uint64_t us)
{
	top_time_text(us, line, sizeof(line));
	return line;
}

TEST(top__times_as_text)
{
	ASSERT_STREQ(time_of(0), "0us");
	ASSERT_STREQ(time_of(999), "999us");
	ASSERT_STREQ(time_of(1500), "1.5ms");
	ASSERT_STREQ(time_of(999999), "999.9ms");
	ASSERT_STREQ(time_of(12340000), "12.3s");
}

TEST(top__lines)
{
	struct top_sock s = sock(17, 0, 0, 3);
	unsigned int width;

	s.tx = 1250000;
	s.rtt_us = 1500;
	s.cwnd = 10;
	snprintf(s.local, sizeof(s.local), "10.9.0.1:40000");
	snprintf(s.owner, sizeof(s.owner), "x\033[7m/12");
	top_sock_heading(line, sizeof(line), 200);
	ASSERT_STREQ(line, "    Id Wire   State        Local                 Remote                  Tx/s   Rx/s     Rtt Again/s Retrans  Cwnd Owner");
	top_sock_line(&s, line, sizeof(line), 200);
	ASSERT_STREQ(line, "    17 inet   ESTABLISHED  10.9.0.1:40000        10.9.0.2:17             1.3M      0   1.5ms       0       3    10 x?[7m/12");
	top_sock_line(&s, line, sizeof(line), 80);
	ASSERT_STREQ(line, "ESTABLISHED  10.9.0.2:17             1.3M      0   1.5ms       3");
	s.is_stream = false;
	top_sock_line(&s, line, sizeof(line), 80);
	ASSERT_STREQ(line, "ESTABLISHED  10.9.0.2:17                -      -       -       -");
	for (width = 40; width < 300; width++) {
		snprintf(s.remote, sizeof(s.remote), "[2001:db8:1234:5678:9abc:def0:1234:5678]:65535");
		top_sock_line(&s, line, sizeof(line), width);
		ASSERT_LE(strlen(line), width);
		ASSERT_TRUE(strstr(line, "[2001:db8:1234:5678:+"));
	}
}

TEST(top__lines_of_mappings)
{
	struct top_map m = { .id = 2, .proto = "tcp", .dev = "wan0", .inside = "192.168.0.3:40000",
			     .outside = "203.0.113.1:57048", .sessions = 1, .expires = 240 };

	top_map_heading(line, sizeof(line), 100);
	ASSERT_STREQ(line, "     Id Proto        Dev      Inside                Outside               Sessions Expires");
	top_map_line(&m, line, sizeof(line), 100);
	ASSERT_STREQ(line, "      2 tcp          wan0     192.168.0.3:40000     203.0.113.1:57048            1    240s");
	m.expires = -1;
	top_map_line(&m, line, sizeof(line), 76);
	ASSERT_STREQ(line, "tcp          192.168.0.3:40000     203.0.113.1:57048            1       -");
}

/* A view of the three sockets of now[], in which nothing was pressed */
static struct top_view view(void)
{
	struct top_view v = { .room = 2 };

	now[0] = sock(1, 0, 0, 0);
	now[1] = sock(2, 0, 0, 0);
	now[2] = sock(3, 0, 0, 0);
	top_choose(&v, &is);
	return v;
}

TEST(top__the_choice_stays_with_its_socket)
{
	struct top_view v = view();

	ASSERT_EQ(v.chosen, 1);
	ASSERT_EQ(top_key(&v, TOP_KEY_DOWN), TOP_NOTHING);
	top_choose(&v, &is);
	ASSERT_EQ(v.chosen, 2);
	now[2] = sock(2, 0, 0, 0);
	now[1] = sock(3, 0, 0, 0);
	top_choose(&v, &is);
	ASSERT_EQ(v.place, 2);
	ASSERT_EQ(top_first(&v), 1);
	is.num = 1;		/* it is gone */
	top_choose(&v, &is);
	ASSERT_EQ(v.chosen, 1);
	ASSERT_EQ(v.place, 0);
	is.num = 0;
	top_choose(&v, &is);
	ASSERT_EQ(v.chosen, 0);
	ASSERT_EQ(top_key(&v, '\n'), TOP_NOTHING);
	ASSERT_EQ(v.page, TOP_SOCKS);
	is.num = 3;
}

/* Of one that is too long for the screen's line it is said that there is more */
TEST(top__a_filter_of_words)
{
	char more[] = "dport 2", odd[] = "comm x\033\n\xc3\xbc", longer[400];
	char *words[3] = { more, odd, longer };
	struct top_view v = view();

	top_name_filter(&v, 0, words);
	ASSERT_STREQ(v.typed, "");
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	top_name_filter(&v, 2, words);
	ASSERT_STREQ(v.typed, "dport 2 comm x????");
	longer[TOP_FILTER - 20] = '\0';
	top_name_filter(&v, 3, words);
	ASSERT_EQ(strlen(v.typed), TOP_FILTER - 1);
	ASSERT_EQ(v.typed[TOP_FILTER - 2], 'a');
	longer[TOP_FILTER - 20] = 'a';
	top_name_filter(&v, 3, words);
	ASSERT_EQ(strlen(v.typed), TOP_FILTER - 1);
	ASSERT_EQ(v.typed[TOP_FILTER - 2], '+');
	ASSERT_EQ(v.typed[TOP_FILTER - 3], 'a');
}

TEST(top__not_of_one_moment)
{
	struct top_view v = view();

	v.interrupted = true;
	top_status(&v, &is, line, sizeof(line));
	ASSERT_STREQ(line, "naru top  3 sockets (not of one moment)  tx 0/s  rx 0/s  by Tx/s");
	ASSERT_EQ(top_key(&v, 'n'), TOP_READ);
	top_status(&v, &is, line, sizeof(line));
	ASSERT_STREQ(line, "naru top  0 mappings (not of one moment)");
	ASSERT_EQ(top_key(&v, 'n'), TOP_READ);
	ASSERT_EQ(top_key(&v, '\n'), TOP_READ);
	top_status(&v, &is, line, sizeof(line));
	ASSERT_STREQ(line, "naru top  history of 1");
}

TEST(top__another_size)
{
	struct top_view v = view();

	ASSERT_EQ(top_resized(&v), TOP_NOTHING);
	ASSERT_EQ(top_key(&v, '\n'), TOP_READ);
	ASSERT_EQ(top_resized(&v), TOP_READ);
	v.paused = true;
	ASSERT_EQ(top_resized(&v), TOP_NOTHING);
}

TEST(top__keys_of_order_and_pause)
{
	struct top_view v = view();
	static const char keys[] = "trlxoa";
	int i;

	for (i = 0; i < TOP_ORDERS; i++) {
		ASSERT_EQ(top_key(&v, keys[i]), TOP_NOTHING);
		ASSERT_EQ(v.order, i);
		ASSERT_TRUE(*top_order_name(i));
	}
	top_key(&v, 'i');
	ASSERT_TRUE(v.turned);
	ASSERT_EQ(top_key(&v, ' '), TOP_NOTHING);
	top_status(&v, &is, line, sizeof(line));
	ASSERT_STREQ(line, "naru top  PAUSED  3 sockets  tx 0/s  rx 0/s  by Remote, turned");
	ASSERT_EQ(top_key(&v, ' '), TOP_READ);
	ASSERT_FALSE(v.paused);
	ASSERT_EQ(top_key(&v, 'q'), TOP_QUIT);
	ASSERT_EQ(top_key(&v, 0x1ff), TOP_NOTHING);
}

static void type(struct top_view *v, const char *text)
{
	for (; *text; text++)
		ASSERT_EQ(top_key(v, *text), TOP_NOTHING);
}

TEST(top__a_filter_is_typed)
{
	struct top_view v = view();

	type(&v, "/dport q\b80");
	ASSERT_EQ(top_key(&v, '\n'), TOP_TAKE_FILTER);
	ASSERT_STREQ(v.typed, "dport 80");
	top_status(&v, &is, line, sizeof(line));
	ASSERT_TRUE(strstr(line, "by Tx/s  filter: dport 80"));
	type(&v, "/x");
	top_status(&v, &is, line, sizeof(line));
	ASSERT_TRUE(strstr(line, "filter: dport 80"));
	ASSERT_EQ(top_key(&v, TOP_KEY_ESCAPE), TOP_NOTHING);
	ASSERT_STREQ(v.typed, "dport 80");
	type(&v, "/");
	ASSERT_EQ(top_key(&v, '\n'), TOP_TAKE_FILTER);
	ASSERT_STREQ(v.typed, "");
}

TEST(top__into_a_history_and_back)
{
	struct top_view v = view();

	ASSERT_EQ(top_key(&v, '\n'), TOP_READ);
	ASSERT_EQ(v.page, TOP_HISTORY);
	ASSERT_EQ(v.id, 1);
	v.num = 10;
	ASSERT_EQ(top_first(&v), 8);		/* its end */
	v.num = 12;
	ASSERT_EQ(top_first(&v), 10);
	top_key(&v, TOP_KEY_UP);
	ASSERT_EQ(top_first(&v), 9);
	v.num = 20;
	ASSERT_EQ(top_first(&v), 9);
	top_key(&v, TOP_KEY_END);
	v.num = 21;
	ASSERT_EQ(top_first(&v), 19);
	top_key(&v, TOP_KEY_HOME);
	ASSERT_EQ(top_first(&v), 0);
	top_status(&v, &is, line, sizeof(line));
	ASSERT_STREQ(line, "naru top  history of 1");
	ASSERT_EQ(top_key(&v, TOP_KEY_ESCAPE), TOP_READ);
	ASSERT_EQ(v.page, TOP_SOCKS);
}

TEST(top__the_napt_and_back)
{
	struct top_view v = view();

	ASSERT_EQ(top_key(&v, 'n'), TOP_READ);
	ASSERT_EQ(v.page, TOP_NAPT);
	v.num = 5;
	top_key(&v, TOP_KEY_PAGE_DOWN);
	top_key(&v, TOP_KEY_PAGE_DOWN);
	ASSERT_EQ(v.place, 2);
	ASSERT_EQ(top_first(&v), 1);
	ASSERT_EQ(top_key(&v, 'n'), TOP_READ);
	ASSERT_EQ(v.page, TOP_SOCKS);
	ASSERT_TRUE(*top_help(&v));
}
