// SPDX-License-Identifier: GPL-2.0
/*
 * The ladder of a recording: what stands in which order, and what is written on the rungs.
 */
#include <stdlib.h>
#include "unit.h"
#include "history_case.h"
#include "../../tools/ladder.h"

static struct ladder_rung rung[32];
static char line[LADDER_WIDTH_MAX + 1];

static const char *draw(const struct history *h, size_t n)
{
	ladder_line(h, &rung[n], 100, line);
	ASSERT_EQ(100, strlen(line));
	return line;
}

TEST(ladder__in_order_of_time)
{
	struct history h = history_case();
	size_t num = ladder_rungs(&h, rung);

	/* the change of the window is left out */
	ASSERT_EQ(HISTORY_CASE_EVENTS - 1 + HISTORY_CASE_SEGMENTS + 1, num);
	for (size_t i = 1; i < num; i++)
		ASSERT_TRUE(rung[i - 1].us <= rung[i].us);
	/* of the same time: what came, what happened, what was sent for it */
	ASSERT_EQ(LADDER_EVENT, rung[2].kind);
	ASSERT_EQ(0, rung[2].us);
	ASSERT_EQ(LADDER_SEGMENT, rung[3].kind);
	ASSERT_EQ(0, rung[3].us);
	ASSERT_EQ(LADDER_SEGMENT, rung[num - 2].kind);
	ASSERT_EQ(LADDER_EVENT, rung[num - 1].kind);
}

TEST(ladder__rungs)
{
	struct history h = history_case();

	ladder_rungs(&h, rung);
	ASSERT_TRUE(strstr(draw(&h, 0), "  |-----"));
	ASSERT_TRUE(strstr(line, "- SYN seq 0 -"));
	ASSERT_TRUE(strstr(line, "->|"));
	ASSERT_TRUE(strstr(line, "-0.000200"));
	ASSERT_TRUE(strstr(draw(&h, 1), "|<-"));
	ASSERT_TRUE(strstr(line, "- SYN,ACK seq 0 ack 1 -"));
	ASSERT_FALSE(strstr(line, "->|"));
	ASSERT_EQ(0, strncmp(draw(&h, 2), "ESTABLISHED ", 12));
	ASSERT_TRUE(strstr(draw(&h, 4), "< 10 bytes in 9   100000 bytes in 20 >"));
	ASSERT_TRUE(strstr(draw(&h, 5), "* loss of 1448 by rack; cwnd 28960, ssthresh 20272"));
	ASSERT_TRUE(strstr(draw(&h, 6), "ACK seq 50001 ack 11 len 1448 again"));
	ASSERT_TRUE(strstr(draw(&h, 9), "|x-"));
	ASSERT_TRUE(strstr(line, "3 not taken, OLD_DATA, the last: ACK seq 1 len 10"));
	ASSERT_EQ(0, strncmp(draw(&h, 11), "CLOSE-WAIT  ", 12));
}

/* Whatever is told, no line is longer than it may be */
TEST(ladder__widths)
{
	struct history_segment s = { .flags = 0xff, .seq = ~0u, .ack = ~0u, .len = ~0u,
				     .how = NARU_SEGMENT_HOW_SACK | NARU_SEGMENT_HOW_AGAIN };
	struct history_drop d = { .reason = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", .times = ~0u, .flags = 0xff,
				  .seq = ~0u, .len = ~0u };
	struct history h = { .segment = &s, .num_segments = 1, .drop = &d, .num_drops = 1 };

	for (size_t width = LADDER_WIDTH_MIN; width <= LADDER_WIDTH_MAX; width++) {
		ASSERT_EQ(2, ladder_rungs(&h, rung));
		for (int i = 0; i < 2; i++) {
			ladder_line(&h, &rung[i], width, line);
			ASSERT_EQ(width, strlen(line));
		}
	}
}

/* The column of times is as wide as the longest of them, and all lines are as long as each other */
static void is_straight(const struct history *h, const char *time)
{
	char *text, *at;
	size_t size, bar = 0;
	FILE *f = open_memstream(&text, &size);

	ASSERT_TRUE(ladder_print(f, h, 100));
	fclose(f);
	ASSERT_TRUE(strstr(text, time));
	for (at = text; *at; at = strchr(at, '\n') + 1) {
		ASSERT_EQ(100, strcspn(at, "\n"));
		ASSERT_TRUE(!bar || bar == strcspn(at, "|"));
		bar = strcspn(at, "|");
	}
	free(text);
}

TEST(ladder__long_connections)
{
	struct history h = history_case();
	struct history_segment late[2] = { h.segment[0], h.segment[5] };
	struct history_drop drop = h.drop[0];

	is_straight(&h, "  -0.000200  |");
	h.drop = &drop;
	h.segment = late;
	h.num_segments = 2;
	late[1].us = 9999999999;
	is_straight(&h, "  9999.999999  |");
	late[1].us = 10000000000;
	is_straight(&h, " 10000.000000  |");
	late[1].us = HISTORY_US_MAX;
	is_straight(&h, " 4503599627.370496  |");
	late[0].us = -HISTORY_US_MAX;
	is_straight(&h, " -4503599627.370496  |");
	late[0].us = 0;
	late[1].us = 0;
	drop.us = 123456789012345;
	is_straight(&h, " 123456789.012345  |");
}

TEST(ladder__all_of_it)
{
	struct history h = history_case();
	char *text;
	size_t size, lines = 0;
	FILE *f = open_memstream(&text, &size);

	ASSERT_TRUE(ladder_print(f, &h, 1000));
	fclose(f);
	for (char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	ASSERT_EQ(2 + HISTORY_CASE_EVENTS - 1 + HISTORY_CASE_SEGMENTS + 1, lines);
	ASSERT_TRUE(strstr(text, "192.0.2.1 port 40000 (here)"));
	ASSERT_TRUE(strstr(text, "198.51.100.7 port 80|"));
	free(text);
}
