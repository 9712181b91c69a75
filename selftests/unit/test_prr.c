// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 6937: proportional rate reduction.
 */
#include "unit.h"
#include "prr.h"

#define MSS	1000u

static struct naru_prr p;

/* An ACK for @delivered bytes with @pipe in flight, to a threshold of ten segments. Return: what may be sent */
static u32 room(u32 delivered, u32 pipe, bool safe)
{
	struct naru_prr_in in = {
		.delivered = delivered, .pipe = pipe, .ssthresh = 10 * MSS, .mss = MSS, .safe = safe,
	};

	return naru_prr_cwnd(&p, &in) - pipe;
}

/* 3.1: the first one goes, whatever the proportion says */
TEST(prr_cwnd__first_goes)
{
	naru_prr_begin(&p, 20 * MSS);
	ASSERT_EQ(room(0, 18 * MSS, false), MSS);
	ASSERT_EQ(room(MSS, 17 * MSS, false), MSS);
	p.out = MSS;
	ASSERT_EQ(room(MSS, 16 * MSS, false), 0);
	ASSERT_EQ(room(MSS, 15 * MSS, false), MSS / 2);
}

/* 3.1: one for two, and what was sent when all has been delivered is the threshold */
TEST(prr_cwnd__in_proportion)
{
	u32 delivered;

	naru_prr_begin(&p, 20 * MSS);
	p.out = MSS;
	for (delivered = MSS; delivered <= 18 * MSS; delivered += MSS) {
		p.out += room(MSS, 12 * MSS, false);
		ASSERT_LE(p.out, max_t(u32, MSS, delivered / 2 + 1));
	}
	ASSERT_EQ(p.out, 9 * MSS);
}

/* 3.1, conservative reduction bound: no more than arrives */
TEST(prr_cwnd__below_the_threshold_as_much_as_arrives)
{
	naru_prr_begin(&p, 20 * MSS);
	p.out = MSS;
	ASSERT_EQ(room(3 * MSS, 4 * MSS, false), 3 * MSS);
	p.out += 3 * MSS;
	ASSERT_EQ(room(MSS, 4 * MSS, false), MSS);
}

/* 3.1, slow start reduction bound: a segment more */
TEST(prr_cwnd__below_the_threshold_a_segment_more_where_it_is_safe)
{
	naru_prr_begin(&p, 20 * MSS);
	p.out = 4 * MSS;
	ASSERT_EQ(room(MSS, 4 * MSS, true), 2 * MSS);
}

TEST(prr_cwnd__not_above_the_threshold)
{
	naru_prr_begin(&p, 20 * MSS);
	p.out = MSS;
	ASSERT_EQ(room(8 * MSS, 9 * MSS, true), MSS);
	ASSERT_EQ(room(MSS, 10 * MSS, true), 0);
}

TEST(prr_begin__nothing_in_flight_divides_nothing)
{
	naru_prr_begin(&p, 0);
	ASSERT_EQ(room(0, 11 * MSS, false), MSS);
}
