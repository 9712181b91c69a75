// SPDX-License-Identifier: GPL-2.0
/*
 * The plot of a recording: ticks, places, and that what is drawn is what was recorded.
 */
#include <stdlib.h>
#include "unit.h"
#include "history_case.h"
#include "../../tools/svg.h"

static bool near(double a, double b)
{
	return a - b < 0.006 && b - a < 0.006;
}

TEST(svg_step__one_two_or_five)
{
	ASSERT_TRUE(near(1, svg_step(8, 8)));
	ASSERT_TRUE(near(2, svg_step(8.1, 8)));
	ASSERT_TRUE(near(5, svg_step(17, 8)));
	ASSERT_TRUE(near(10, svg_step(41, 8)));
	ASSERT_TRUE(near(0.2, svg_step(1, 8)));
	ASSERT_TRUE(near(500000, svg_step(4000000, 8)));
	for (double range = 1e-3; range < 1e12; range *= 1.7)
		ASSERT_TRUE(range / svg_step(range, 8) <= 8.001 && range / svg_step(range, 8) > 3);
}

TEST(svg_plot__edges)
{
	struct history h = history_case();
	struct svg_plot p;

	svg_plot(&h, &p);
	ASSERT_TRUE(near(SVG_LEFT, svg_x(&p, 0)));
	ASSERT_TRUE(near(SVG_RIGHT, svg_x(&p, 310000)));
	ASSERT_TRUE(near(SVG_BOTTOM, svg_y(&p, 0)));
	ASSERT_TRUE(near(70000, p.y.hi));
	ASSERT_TRUE(near(SVG_TOP, svg_y(&p, 70000)));
	ASSERT_TRUE(near((SVG_TOP + SVG_BOTTOM) / 2.0, svg_y(&p, 35000)));
	ASSERT_FALSE(p.wnd_above);
	ASSERT_STREQ(p.x.name, "ms");
	ASSERT_STREQ(p.y.name, "kB");
}

/* A window that would press the rest to the ground leaves the field */
TEST(svg_plot__a_large_window)
{
	struct history_event e[] = { { .cwnd = 14480, .snd_wnd = 3000000, .ssthresh = HISTORY_SSTHRESH_NONE } };
	struct history h = { .event = e, .num_events = 1 };
	struct svg_plot p;

	svg_plot(&h, &p);
	ASSERT_TRUE(p.wnd_above);
	ASSERT_TRUE(near(16000, p.y.hi));
	ASSERT_TRUE(svg_y(&p, e[0].snd_wnd) < SVG_TOP);
}

TEST(svg_plot__of_nothing)
{
	struct history h = { };
	struct svg_plot p;

	svg_plot(&h, &p);
	ASSERT_TRUE(p.x.hi > p.x.lo && p.y.hi > p.y.lo);
}

static char *draw(const struct history *h)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	ASSERT_TRUE(svg_write(f, h));
	fclose(f);
	return text;
}

static u32 count(const char *text, const char *what)
{
	u32 n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

TEST(svg__marks_are_where_their_events_are)
{
	struct history h = history_case();
	struct svg_plot p;
	char *text = draw(&h), place[64];

	svg_plot(&h, &p);
	ASSERT_EQ(3, count(text, "class=\"mark "));
	for (size_t i = 0; i < h.num_events; i++) {
		if (!svg_mark(h.event[i].what))
			continue;
		snprintf(place, sizeof(place), "translate(%.2f %.2f)", svg_x(&p, h.event[i].us),
			 svg_y(&p, h.event[i].cwnd));
		ASSERT_EQ(1, count(text, place));
	}
	ASSERT_EQ(1, count(text, "class=\"mark loss\""));
	ASSERT_EQ(1, count(text, "class=\"mark rto\""));
	ASSERT_EQ(1, count(text, "<title>0.002000 s: loss of 1448 by rack</title>"));
	free(text);
}

TEST(svg__all_that_a_plot_has)
{
	struct history h = history_case();
	char *text = draw(&h);

	ASSERT_EQ(1, count(text, "time since the connection was opened (ms)"));
	ASSERT_EQ(1, count(text, "windows (kB)"));
	ASSERT_EQ(1, count(text, ">congestion window<"));
	ASSERT_EQ(1, count(text, ">slow start threshold<"));
	ASSERT_EQ(1, count(text, ">in flight<"));
	ASSERT_EQ(1, count(text, ">receiver window<"));
	ASSERT_EQ(1, count(text, ">timeout (RTO)<"));
	ASSERT_EQ(0, count(text, ">congestion mark (ECN)<"));
	ASSERT_EQ(0, count(text, "nan"));
	ASSERT_EQ(0, count(text, "inf"));
	free(text);
}

/* The threshold is not drawn before it is set */
TEST(svg__no_threshold)
{
	struct history_event e[] = { { .us = 5, .cwnd = 14480, .ssthresh = HISTORY_SSTHRESH_NONE } };
	struct history h = { .event = e, .num_events = 1 };
	char *text = draw(&h);

	ASSERT_EQ(1, count(text, "stroke-dasharray:7 3\" d=\"\"/>"));
	free(text);
}

/* Ticks of the axis of time: each is within the field, and no two have the same text. Returns how many */
static u32 ticks(const char *text)
{
	const char *end = strstr(text, "<g class=\"y axis\">"), *at = strstr(text, "<g class=\"x axis\">"), *label;
	char last[64] = "", said[64] = "";
	double x, x_last = 0;
	int taken;
	u32 n = 0;

	while ((at = strstr(at, "d=\"M")) && at < end) {
		at += 4;
		x = strtod(at, NULL);
		ASSERT_TRUE(x >= SVG_LEFT && x <= SVG_RIGHT && x > x_last);
		label = strstr(at, "middle\">");
		taken = sscanf(label, "middle\">%63[0-9.]<", said);
		ASSERT_EQ(1, taken);
		ASSERT_TRUE(strcmp(said, last));
		memcpy(last, said, sizeof(last));
		x_last = x;
		n++;
	}
	return n;
}

/* However late it is, and however short what is recorded: there are ticks, and they can be told apart */
TEST(svg__late)
{
	static const u64 begins[] = { 0, 1, 999, 1ULL << 40, 1000000000000ULL, (1ULL << 48) + 3, 3000000000000000ULL,
				      HISTORY_US_MAX - 5000000 };
	static const u64 lengths[] = { 0, 1, 3, 4, 7, 1000, 1999, 2000, 3777, 1999999, 2000000, 4999999 };
	struct history_event e[2] = { { .cwnd = 14480 }, { .cwnd = 14480 } };
	struct history h = { .event = e, .num_events = 2 };

	for (size_t i = 0; i < ARRAY_SIZE(begins); i++) {
		for (size_t n = 0; n < ARRAY_SIZE(lengths); n++) {
			char *text;
			u32 num;

			e[0].us = begins[i];
			e[1].us = begins[i] + lengths[n];
			text = draw(&h);
			num = ticks(text);
			ASSERT_TRUE(num >= 2 && num <= 9);
			free(text);
		}
	}
	e[0].us = 0;
	e[1].us = HISTORY_US_MAX;
	char *text = draw(&h);

	ASSERT_TRUE(ticks(text) >= 4 && ticks(text) <= 9);
	ASSERT_EQ(1, count(text, "time since the connection was opened (s)"));
	free(text);
}

TEST(svg__late_says_since_when)
{
	struct history_event e[] = { { .us = 1000000000007, .cwnd = 14480 }, { .us = 1000000001007, .cwnd = 14480 } };
	struct history h = { .event = e, .num_events = 2 };
	char *text = draw(&h);

	ASSERT_EQ(1, count(text, ">time since 1000000.000007 s after the connection was opened (\xc2\xb5s)<"));
	ASSERT_EQ(1, count(text, "x=\"84.00\" y=\"389.00\" text-anchor=\"middle\">0<"));
	ASSERT_EQ(1, count(text, "x=\"816.00\" y=\"389.00\" text-anchor=\"middle\">1000<"));
	free(text);
}
