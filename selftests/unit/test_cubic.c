// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 9438, RFC 9406.
 */
#include <math.h>
#include <stdio.h>
#include "unit.h"
#include "cong_cubic.h"
#include "recov.h"

#define MSS	1000u
#define SEC	1000000ull

static struct naru_cong fresh(void)
{
	struct naru_cong c = { .mss = MSS };

	naru_cong_cubic.init(&c);
	return c;
}

TEST(cubic_root__is_exact)
{
	u64 i;

	for (i = 0; i < 3000; i++) {
		ASSERT_EQ(naru_cubic_root(i * i * i), i);
		if (i)
			ASSERT_EQ(naru_cubic_root(i * i * i - 1), i - 1);
	}
	ASSERT_EQ(naru_cubic_root(~0ull), 2642245);
	ASSERT_EQ(naru_cubic_root(2642245ull * 2642245 * 2642245), 2642245);
}

/* RFC 9438 4.6 */
TEST(cubic__beta_is_seven_tenths)
{
	struct naru_cong c = fresh();

	c.cwnd = 100 * MSS;
	ASSERT_EQ(naru_cong_cubic.ssthresh(&c, 100 * MSS), 70 * MSS);
	ASSERT_EQ(naru_cong_cubic.ssthresh(&c, 2 * MSS), 2 * MSS);
}

/* RFC 8511 3.1: in congestion avoidance; and the curve comes back to the same plateau */
TEST(cubic__beta_is_more_for_a_mark)
{
	struct naru_cong c = fresh();
	struct naru_cubic *q = (struct naru_cubic *)c.priv;

	c.cwnd = 100 * MSS;
	ASSERT_EQ(naru_cong_ssthresh_ecn(&c, &naru_cong_cubic, 100 * MSS), 70 * MSS);
	c.ssthresh = 70 * MSS;
	ASSERT_EQ(naru_cong_ssthresh_ecn(&c, &naru_cong_cubic, 100 * MSS), 85 * MSS);
	ASSERT_EQ(naru_cong_ssthresh_ecn(&c, &naru_cong_cubic, 2 * MSS), 2 * MSS);
	ASSERT_EQ(q->w_max, 100 * MSS);
	ASSERT_FALSE(c.odd);
}

/* A window of ACKs each round trip; to how many segments cwnd grows within @secs after a loss at @from */
static double grown(u32 from, double rtt, double secs)
{
	struct naru_cong c = fresh();
	u64 now = 5 * SEC, end;
	u32 una = 0;

	c.cwnd = from * MSS;
	c.ssthresh = naru_cong_cubic.ssthresh(&c, c.cwnd);
	c.cwnd = c.ssthresh;
	for (end = now + (u64)(secs * SEC); now < end; now += (u64)(rtt * SEC)) {
		u32 n = c.cwnd / MSS, i;

		for (i = 0; i < n; i++) {
			struct naru_cong_ack a = { .acked = MSS, .in_flight = c.cwnd, .rtt_us = (u32)(rtt * SEC),
				.srtt_us = (u32)(rtt * SEC), .snd_una = una += MSS, .snd_nxt = una + c.cwnd,
				.now_us = now + (u64)(rtt * SEC * i / n), .cwnd_limited = true };

			naru_cong_cubic.ack(&c, &a);
		}
	}
	return (double)c.cwnd / MSS;
}

/* RFC 9438 4.2: the curve, where Reno would be slower */
TEST(cubic__follows_the_curve)
{
	double at, w_max = 1000, k = cbrt(w_max * 0.3 / 0.4);

	for (at = 1; at < 15; at += 1.0) {
		double want = 0.4 * pow(at - k, 3) + w_max, have = grown(1000, 0.1, at);

		ASSERT_TRUE(have > want * 0.97 && have < want * 1.03);
	}
}

/* RFC 9438 4.3: on short paths it is no slower than Reno */
TEST(cubic__is_friendly_to_reno)
{
	double have = grown(40, 0.005, 1.0);

	/* 28 segments, 9/17 of one a round trip up to 40, then one each */
	ASSERT_TRUE(have > 40 + (200 - 12 * 17 / 9.0) * 0.9);
	ASSERT_TRUE(have < 40 + (200 - 12 * 17 / 9.0) * 1.1);
}

TEST(cubic__never_by_more_than_half_in_a_round_trip)
{
	struct naru_cong c = fresh();
	struct naru_cong_ack a = { .acked = MSS, .srtt_us = 100000, .now_us = SEC, .cwnd_limited = true };
	int i;

	c.cwnd = 100 * MSS;
	c.ssthresh = naru_cong_cubic.ssthresh(&c, c.cwnd);
	c.cwnd = c.ssthresh;
	naru_cong_cubic.ack(&c, &a);
	a.now_us += 3600 * SEC;
	for (i = 0; i < 70; i++)
		naru_cong_cubic.ack(&c, &a);
	ASSERT_TRUE(c.cwnd <= 70 * MSS * 1.66);
	ASSERT_TRUE(c.cwnd >= 70 * MSS * 1.4);
}

/* RFC 9438 4.7: a flow that has lost before it was back at W_max leaves room */
TEST(cubic__fast_convergence)
{
	struct naru_cong c = fresh();
	struct naru_cubic *q = (struct naru_cubic *)c.priv;

	c.cwnd = 100 * MSS;
	naru_cong_cubic.ssthresh(&c, c.cwnd);
	ASSERT_EQ(q->w_max, 100 * MSS);
	c.cwnd = 80 * MSS;
	naru_cong_cubic.ssthresh(&c, c.cwnd);
	ASSERT_EQ(q->w_max, 68 * MSS);
}

TEST(cubic__undo_gives_back_the_curve)
{
	struct naru_cong c = fresh();
	struct naru_cubic *q = (struct naru_cubic *)c.priv;
	u64 epoch;

	c.cwnd = 100 * MSS;
	naru_cong_cubic.ssthresh(&c, c.cwnd);
	q->epoch_us = epoch = 7 * SEC;
	naru_cong_cubic.ssthresh(&c, c.cwnd);
	ASSERT_EQ(q->epoch_us, 0);
	naru_cong_cubic.event(&c, NARU_CONG_UNDO, 0);
	ASSERT_EQ(q->epoch_us, epoch);
	ASSERT_EQ(q->w_max, 100 * MSS);
}

/* RFC 9438 4.8 */
TEST(cubic__after_a_timeout_the_curve_begins_where_slow_start_ends)
{
	struct naru_cong c = fresh();
	struct naru_cubic *q = (struct naru_cubic *)c.priv;
	struct naru_cong_ack a = { .acked = MSS, .srtt_us = 100000, .now_us = 9 * SEC, .cwnd_limited = true };
	struct naru_recov r;

	c.cwnd = 100 * MSS;
	c.ssthresh = naru_cong_cubic.ssthresh(&c, c.cwnd);
	naru_recov_init(&r);
	naru_recov_rto(&r, &c, &naru_cong_cubic,
		       &(struct naru_recov_rto){ .snd_nxt = 100 * MSS, .again = true });
	ASSERT_EQ(c.ssthresh, 70 * MSS);
	ASSERT_EQ(c.cwnd, MSS);
	c.cwnd = c.ssthresh;
	naru_cong_cubic.ack(&c, &a);
	ASSERT_EQ(q->k, 0);
	ASSERT_EQ(q->w_max, 70 * MSS);
}

/* Rounds of slow start at @base µs with a delay that grows by @more from the fifth on; cwnd when it was left */
static u32 hystart_at(u32 base, u32 more, u32 rounds, bool *css, bool back)
{
	struct naru_cong c = fresh();
	struct naru_cubic *q = (struct naru_cubic *)c.priv;
	u32 una = 0, nxt = c.cwnd, r;

	for (r = 0; r < rounds && c.ssthresh == NARU_CONG_INFINITE; r++) {
		u32 end = nxt, rtt = base + (r >= 5 && !(back && r >= 6) ? more : 0);

		while ((s32)(end - una) > 0) {
			struct naru_cong_ack a = { .acked = MSS, .rtt_us = rtt, .srtt_us = rtt,
				.snd_una = una += MSS, .cwnd_limited = true };

			a.snd_nxt = nxt = una + c.cwnd;
			naru_cong_cubic.ack(&c, &a);
		}
	}
	*css = q->css;
	return c.ssthresh == NARU_CONG_INFINITE ? 0 : c.cwnd;
}

static u32 hystart(u32 more, u32 rounds, bool *css, bool back)
{
	return hystart_at(40000, more, rounds, css, back);
}

/* RFC 9406 4.2: 40 ms / 8 is 5 ms */
TEST(hystart__delay_below_the_threshold_is_none)
{
	bool css;

	ASSERT_EQ(hystart(4900, 9, &css, false), 0);
	ASSERT_FALSE(css);
}

TEST(hystart__delay_makes_slow_start_conservative_then_ends_it)
{
	bool css;

	ASSERT_EQ(hystart(5100, 7, &css, false), 0);
	ASSERT_TRUE(css);
	ASSERT_TRUE(hystart(5100, 30, &css, false) > 0);
	ASSERT_FALSE(css);
}

TEST(hystart__delay_that_goes_away_was_none)
{
	bool css;

	ASSERT_EQ(hystart(5100, 8, &css, true), 0);
	ASSERT_FALSE(css);
}

/* RFC 9406 4.2: MIN_RTT_THRESH is 4 ms, MAX_RTT_THRESH 16 ms */
TEST(hystart__threshold_has_bounds)
{
	static const struct {
		u32 base, below, above;
	} cases[] = { { 8000, 3900, 4100 }, { 400000, 15900, 16100 } };
	bool css;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		hystart_at(cases[i].base, cases[i].below, 9, &css, false);
		ASSERT_FALSE(css);
		hystart_at(cases[i].base, cases[i].above, 7, &css, false);
		ASSERT_TRUE(css);
	}
}

static struct naru_cong_ack stretch_ack(u32 segments)
{
	return (struct naru_cong_ack) { .acked = segments * MSS, .snd_una = segments * MSS,
		.snd_nxt = 2 * segments * MSS, .cwnd_limited = true };
}

/* RFC 9406 4.2: L is 8 segments, and without limit where they are paced */
TEST(cubic__slow_start_steps)
{
	struct naru_cong_ack a = stretch_ack(20);
	struct naru_cong c = fresh();

	naru_cong_cubic.ack(&c, &a);
	ASSERT_EQ(c.cwnd, 18 * MSS);
	c = fresh();
	a.paced = true;
	naru_cong_cubic.ack(&c, &a);
	ASSERT_EQ(c.cwnd, 30 * MSS);
}

/* RFC 9406 4.3: only the first slow start may end early; and never above the threshold, RFC 5681 3.1 */
TEST(cubic__slow_start_after_a_loss)
{
	struct naru_cong_ack a = { .acked = MSS, .cwnd_limited = true };
	struct naru_cong c = fresh();
	struct naru_cubic *q = (struct naru_cubic *)c.priv;
	u32 i;

	c.cwnd = MSS;
	c.ssthresh = 50 * MSS + MSS / 2;
	for (i = 1; i <= 49; i++) {
		a.snd_una += MSS;
		a.snd_nxt = a.snd_una + c.cwnd;
		a.rtt_us = 10000 * i;
		naru_cong_cubic.ack(&c, &a);
		ASSERT_EQ(c.cwnd, (i + 1) * MSS);
	}
	ASSERT_FALSE(q->css);
	naru_cong_cubic.ack(&c, &a);
	ASSERT_EQ(c.cwnd, c.ssthresh);
}

/* RFC 6298 3: an ACK without a round-trip time says nothing about the delay */
TEST(hystart__no_sample)
{
	struct naru_cong_ack a = stretch_ack(1);
	struct naru_cong c = fresh();
	struct naru_cubic *q = (struct naru_cubic *)c.priv;

	naru_cong_cubic.ack(&c, &a);
	ASSERT_EQ(q->samples, 0);
	ASSERT_EQ(q->this_min, ~0U);
	a.rtt_us = 40000;
	naru_cong_cubic.ack(&c, &a);
	ASSERT_EQ(q->samples, 1);
	ASSERT_EQ(q->this_min, 40000);
}

/* RFC 7661 4.3: what was not used says nothing about the path */
TEST(cubic__no_growth_when_the_window_was_not_used)
{
	struct naru_cong_ack a = stretch_ack(1);
	struct naru_cong c = fresh();

	a.cwnd_limited = false;
	naru_cong_cubic.ack(&c, &a);
	c.ssthresh = c.cwnd;
	naru_cong_cubic.ack(&c, &a);
	ASSERT_EQ(c.cwnd, 10 * MSS);
}

/* The far end of the curve: years without a loss, the largest segments, a window that cannot grow */
TEST(cubic__numbers_saturate)
{
	struct naru_cong_ack a = { .acked = 65535, .srtt_us = ~0U, .now_us = SEC, .cwnd_limited = true };
	struct naru_cong c = { .mss = 65535 };
	u32 before, i;

	naru_cong_cubic.init(&c);
	c.cwnd = NARU_CONG_INFINITE / 2;
	c.ssthresh = c.cwnd;
	naru_cong_cubic.ack(&c, &a);
	a.now_us += 100ull * 365 * 86400 * SEC;
	a.acked = NARU_CONG_INFINITE;
	for (i = 0; i < 100; i++) {
		before = c.cwnd;
		naru_cong_cubic.ack(&c, &a);
		ASSERT_GE(c.cwnd, before);
		ASSERT_LE(c.cwnd, NARU_CONG_INFINITE);
	}
	ASSERT_EQ(c.cwnd, NARU_CONG_INFINITE);
}

/* RFC 9438 5.8: before the first loss there is no curve whose time could stand still */
TEST(cubic__idle_without_an_epoch)
{
	struct naru_cong c = fresh();
	struct naru_cubic *q = (struct naru_cubic *)c.priv;

	naru_cong_cubic.event(&c, NARU_CONG_IDLE, SEC);
	ASSERT_EQ(q->epoch_us, 0);
}

/* RFC 9438 5.8: who is told of more idle time than there was goes on from now, and not from the far end of the curve */
TEST(cubic__idle_longer_than_the_epoch)
{
	struct naru_cong c = fresh();
	struct naru_cong_ack a = { .acked = MSS, .srtt_us = 100000, .now_us = 5 * SEC, .cwnd_limited = true };
	u32 before;

	c.cwnd = 100 * MSS;
	c.ssthresh = naru_cong_cubic.ssthresh(&c, c.cwnd);
	c.cwnd = c.ssthresh;
	naru_cong_cubic.ack(&c, &a);
	before = c.cwnd;
	naru_cong_cubic.event(&c, NARU_CONG_IDLE, SEC);
	a.now_us += SEC / 2;
	naru_cong_cubic.ack(&c, &a);
	ASSERT_TRUE(c.cwnd - before < MSS / 10);
}
