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

	ASSERT_EQ(1, count(text, "time since the connection was established (ms)"));
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
