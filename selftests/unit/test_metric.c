// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 9040: what a connection leaves to the next.
 */
#include "unit.h"
#include "metric.h"

static struct naru_metric_end end(void)
{
	return (struct naru_metric_end) { .rtt = 8000, .rttvar = 500, .cwnd = 20, .calm = true };
}

TEST(metric_learn__first)
{
	struct naru_metric m = { 0 };
	struct naru_metric_end e = end();

	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.rtt, 8000);
	ASSERT_EQ(m.rttvar, 4000);	/* it was off by all of it */
	ASSERT_EQ(m.cwnd, 20);
	ASSERT_EQ(m.ssthresh, 0);
	ASSERT_EQ(m.reordering, 0);
}

/* Longer at once, shorter by an eighth */
TEST(metric_learn__rtt)
{
	struct naru_metric m = { .rtt = 4000, .rttvar = 100 };
	struct naru_metric_end e = end();

	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.rtt, 8000);
	ASSERT_EQ(m.rttvar, 2000);
	e.rtt = 7200;
	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.rtt, 7900);
	ASSERT_EQ(m.rttvar, 2000 - 1500 / 4);
}

TEST(metric_learn__not_measured)
{
	struct naru_metric m = { .rtt = 4000, .rttvar = 100, .cwnd = 7 };
	struct naru_metric_end e = end();

	e.unsure = true;
	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.rtt, 0);
	ASSERT_EQ(m.rttvar, 100);
	ASSERT_EQ(m.cwnd, 7);
	m.rtt = 4000;
	e.unsure = false;
	e.rtt = 0;
	e.fixed = NARU_METRIC_FIX_RTT;
	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.rtt, 4000);
	e.fixed = 0;
	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.rtt, 0);
}

/* Still in slow start: the windows may only grow, and no threshold comes of it */
TEST(metric_learn__unlimited)
{
	struct naru_metric m = { .cwnd = 30, .ssthresh = 8 };
	struct naru_metric_end e = end();

	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.cwnd, 30);
	ASSERT_EQ(m.ssthresh, 8);
	e.keep_ssthresh = true;
	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.ssthresh, 10);
	e.cwnd = 40;
	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.cwnd, 40);
	ASSERT_EQ(m.ssthresh, 20);
}

/* In congestion avoidance the window is what the path takes */
TEST(metric_learn__avoiding)
{
	struct naru_metric m = { .cwnd = 10 };
	struct naru_metric_end e = end();

	e.ssthresh = 12;
	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.cwnd, 15);
	ASSERT_EQ(m.ssthresh, 0);
	e.keep_ssthresh = true;
	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.ssthresh, 12);
	e.cwnd = 40;
	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.ssthresh, 20);
}

/* In a recovery, or in slow start behind one, the threshold is the better guess */
TEST(metric_learn__recovering)
{
	struct naru_metric m = { .cwnd = 11, .ssthresh = 5 };
	struct naru_metric_end e = end();

	e.ssthresh = 31;
	e.keep_ssthresh = true;
	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.cwnd, 21);
	ASSERT_EQ(m.ssthresh, 31);
	e.cwnd = 50;
	e.ssthresh = 9;
	e.calm = false;
	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.cwnd, 15);
	ASSERT_EQ(m.ssthresh, 31);
}

TEST(metric_learn__fixed_by_the_route)
{
	struct naru_metric m = { 1, 2, 3, 4, 0 };
	struct naru_metric_end e = end();

	e.fixed = 0x1f;
	e.keep_ssthresh = true;
	e.reordered = true;
	naru_metric_learn(&m, &e);
	e.ssthresh = 30;
	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.rtt, 1);
	ASSERT_EQ(m.rttvar, 2);
	ASSERT_EQ(m.ssthresh, 3);
	ASSERT_EQ(m.cwnd, 4);
	ASSERT_EQ(m.reordering, 0);
	e.fixed = 0;
	naru_metric_learn(&m, &e);
	ASSERT_EQ(m.reordering, 1);
}

TEST(metric_rto)
{
	ASSERT_EQ(naru_metric_rto(0, 0, 1000000, 200000, 120000000), 1000000);
	ASSERT_EQ(naru_metric_rto(5000, 5000, 204000, 200000, 120000000), 204000);
	ASSERT_EQ(naru_metric_rto(50000, 5000, 204000, 200000, 120000000), 250000);
	ASSERT_EQ(naru_metric_rto(300000, 5000, 204000, 200000, 120000000), 900000);
	ASSERT_EQ(naru_metric_rto(300000, 0, 1000000, 200000, 700000), 700000);
	ASSERT_EQ(naru_metric_rto(0xffffffff, 0, 1, 1, 120000000), 120000000);
}
