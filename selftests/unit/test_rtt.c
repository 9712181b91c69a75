// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 6298: RTO from samples (2), backoff (5).
 */
#include <limits.h>
#include "unit.h"
#include "rtt.h"

#define SEC	1000000u
#define RTO_MIN	200000u
#define RTO_MAX	(120 * SEC)

static struct naru_rtt fresh(void)
{
	struct naru_rtt r;

	naru_rtt_init(&r, SEC);
	return r;
}

static void sample(struct naru_rtt *r, u32 us)
{
	naru_rtt_sample(r, us, RTO_MIN, RTO_MAX);
}

/* RFC 7323 4.1, 3.2: in ms; what lies ahead of the clock, or is 0, was never sent */
TEST(rtt_of_echo__ms)
{
	ASSERT_EQ(naru_rtt_of_echo(1000, 900, false), 100000);
	ASSERT_EQ(naru_rtt_of_echo(1000, 1000, false), 1000);
	ASSERT_EQ(naru_rtt_of_echo(5, 0xfffffffb, false), 10000);
	ASSERT_EQ(naru_rtt_of_echo(1000, 1001, false), 0);
	ASSERT_EQ(naru_rtt_of_echo(1000, 0, false), 0);
	ASSERT_EQ(naru_rtt_of_echo(2147484, 1, false), 2147483000);
	ASSERT_EQ(naru_rtt_of_echo(2147485, 1, false), 0);
}

/* RFC 7323 4.1, RFC 6298 2: the clock's granularity is a µs */
TEST(rtt_of_echo__usec)
{
	ASSERT_EQ(naru_rtt_of_echo(1000, 900, true), 100);
	ASSERT_EQ(naru_rtt_of_echo(1000, 1000, true), 1);
	ASSERT_EQ(naru_rtt_of_echo(5, 0xfffffffb, true), 10);
	ASSERT_EQ(naru_rtt_of_echo(1000, 1001, true), 0);
	ASSERT_EQ(naru_rtt_of_echo(1000, 0, true), 0);
	ASSERT_EQ(naru_rtt_of_echo(0x80000000, 1, true), 0x7fffffff);
	ASSERT_EQ(naru_rtt_of_echo(0x80000001, 1, true), 0);
}

/* RFC 6298 2.1 */
TEST(rtt_init__one_second_until_the_first_sample)
{
	struct naru_rtt r = fresh();

	ASSERT_EQ(r.rto, SEC);
	ASSERT_EQ(r.srtt8, 0);
	ASSERT_EQ(r.min, ~0U);
	ASSERT_EQ(naru_rtt_backoff(&r, 0, RTO_MAX), SEC);
}

/* RFC 6298 2.2 */
TEST(rtt_sample__first)
{
	struct naru_rtt r = fresh();

	sample(&r, 400000);
	ASSERT_EQ(r.srtt8 / 8, 400000);
	ASSERT_EQ(r.rttvar4 / 4, 200000);
	ASSERT_EQ(r.rto, 400000 + 4 * 200000);
}

/* RFC 6298 2.3: RTTVAR with the old SRTT, then SRTT */
TEST(rtt_sample__later)
{
	struct naru_rtt r = fresh();

	sample(&r, 400000);
	sample(&r, 800000);
	ASSERT_EQ(r.rttvar4, 3 * 200000 + 400000);
	ASSERT_EQ(r.srtt8, 7 * 400000 + 800000);
	ASSERT_EQ(r.rto, 450000 + 1000000);
	sample(&r, 50000);
	ASSERT_EQ(r.rttvar4, 750000 + 400000);
	ASSERT_EQ(r.srtt8, 3600000 - 450000 + 50000);
}

TEST(rtt_sample__steady_path_keeps_the_variance_floor)
{
	struct naru_rtt r = fresh();
	int i;

	for (i = 0; i < 200; i++)
		sample(&r, 10000);
	ASSERT_EQ(r.srtt8 / 8, 10000);
	ASSERT_EQ(r.rto, 10000 + RTO_MIN);
}

/* RFC 6298 2.4, 2.5 */
TEST(rtt_sample__rto_stays_in_its_bounds)
{
	struct naru_rtt r = fresh();

	naru_rtt_sample(&r, 1, SEC, RTO_MAX);
	ASSERT_GE(r.rto, SEC);
	r = fresh();
	sample(&r, 100 * SEC);
	ASSERT_EQ(r.rto, RTO_MAX);
}

TEST(rtt_sample__extremes_do_not_overflow)
{
	struct naru_rtt r = fresh();
	int i;

	for (i = 0; i < 1000; i++) {
		sample(&r, i & 1 ? ~0U : 0);
		ASSERT_LE(r.rto, RTO_MAX);
		ASSERT_GE(r.rto, RTO_MIN);
		ASSERT_NE(r.srtt8, 0);
	}
}

TEST(rtt_sample__zero_is_still_a_sample)
{
	struct naru_rtt r = fresh();

	sample(&r, 0);
	ASSERT_NE(r.srtt8, 0);
	ASSERT_EQ(r.min, 1);
}

TEST(rtt_sample__remembers_least_and_last)
{
	struct naru_rtt r = fresh();

	sample(&r, 5000);
	sample(&r, 3000);
	sample(&r, 9000);
	ASSERT_EQ(r.min, 3000);
	ASSERT_EQ(r.last, 9000);
}

/* RFC 6298 5.5 */
TEST(rtt_backoff__doubles_up_to_the_bound)
{
	struct naru_rtt r = fresh();

	ASSERT_EQ(naru_rtt_backoff(&r, 1, RTO_MAX), 2 * SEC);
	ASSERT_EQ(naru_rtt_backoff(&r, 6, RTO_MAX), 64 * SEC);
	ASSERT_EQ(naru_rtt_backoff(&r, 7, RTO_MAX), RTO_MAX);
	ASSERT_EQ(naru_rtt_backoff(&r, 31, RTO_MAX), RTO_MAX);
	ASSERT_EQ(naru_rtt_backoff(&r, 255, RTO_MAX), RTO_MAX);
}

/* RFC 6298 5: "collapsing" */
TEST(rtt_backoff__leaves_the_base_alone)
{
	struct naru_rtt r = fresh();

	naru_rtt_backoff(&r, 5, RTO_MAX);
	ASSERT_EQ(r.rto, SEC);
}

#define NARU_SECONDS_MAX	32767

enum { BOOL, INT, TRIPLE, NAME };

static const struct setting {
	const char *name;
	int type, min, max;
	const char *help;
	int value[3];
} settings[] = {
#define NARU_SETTING(_name, _type, _min, _max, _help, ...)	\
	{							\
		.name = #_name,					\
		.type = _type,					\
		.min = _min,					\
		.max = _max,					\
		.help = _help,					\
		.value = { __VA_ARGS__ },			\
	},
#include "../../kmod/ctl/settings_list.h"
};

static int default_of(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings); i++)
		if (!strcmp(settings[i].name, name))
			return settings[i].value[0];
	ASSERT_TRUE(!"a setting of this name");
	return 0;
}

/* RFC 9293 3.8.3: R1 is 3 retransmissions or more (SHLD-10), R2 100 seconds or more (SHLD-11), on the fastest path */
TEST(settings__r1_and_r2)
{
	struct naru_rtt r;
	u64 us = 0;
	int i;

	naru_rtt_init(&r, default_of("rto_min_us"));
	for (i = 0; i <= default_of("retries2"); i++)
		us += naru_rtt_backoff(&r, i, default_of("rto_max_ms") * 1000);
	ASSERT_GE(us, 100000000);
	ASSERT_GE(default_of("retries1"), 3);
	ASSERT_LT(default_of("retries1"), default_of("retries2"));
}

/* RFC 7765 4 */
TEST(rtt_restart__time_that_has_gone_counts_where_little_is_in_flight)
{
	ASSERT_EQ(naru_rtt_restart(300000, 100000, 3), 200000);
	ASSERT_EQ(naru_rtt_restart(300000, 100000, 4), 300000);
	ASSERT_EQ(naru_rtt_restart(300000, 300000, 1), 300000);
	ASSERT_EQ(naru_rtt_restart(300000, 299999, 1), 1);
	ASSERT_EQ(naru_rtt_restart(300000, 0, 1), 300000);
}

/* RFC 9293 3.8.3 (MUST-23): retransmission of a SYN for at least 3 minutes */
TEST(rtt_backoff__a_syn_is_tried_for_three_minutes)
{
	struct naru_rtt r = fresh();
	u64 us = 0;
	int i;

	for (i = 0; i <= default_of("syn_retries"); i++)
		us += naru_rtt_backoff(&r, i, default_of("rto_max_ms") * 1000);
	ASSERT_GE(us, 180000000);
}

TEST(rtt_linear__thin_and_not_for_ever)
{
	ASSERT_TRUE(naru_rtt_linear(1, 1));
	ASSERT_TRUE(naru_rtt_linear(3, 6));
	ASSERT_FALSE(naru_rtt_linear(4, 1));
	ASSERT_FALSE(naru_rtt_linear(1, 7));
}
