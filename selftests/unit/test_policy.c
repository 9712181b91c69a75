// SPDX-License-Identifier: GPL-2.0
/*
 * What a NAPT rule takes, tries and lets in. RFC 4787 4 and 5, RFC 5382 4, RFC 6056, RFC 6888.
 */
#include "unit.h"
#include "policy.h"

#define NET_192_168	0xc0a80000u
#define HOST		0xc0a80001u
#define SERVER		0xcb007101u	/* 203.0.113.1 */

static const struct naru_napt_match everything = {
	.protos = (1 << NARU_NAPT_PROTOS) - 1,
	.sports = { 0, 65535 },
	.dports = { 0, 65535 },
};

static const struct naru_napt_flow flow = {
	.proto = NARU_NAPT_TCP,
	.src = HOST,
	.dst = SERVER,
	.sport = 5000,
	.dport = 80,
};

TEST(policy_prefix__counts_bits_from_the_left)
{
	ASSERT_TRUE(naru_policy_in_prefix(HOST, NET_192_168, 24));
	ASSERT_TRUE(naru_policy_in_prefix(HOST, NET_192_168, 31));
	ASSERT_FALSE(naru_policy_in_prefix(HOST, NET_192_168, 32));
	ASSERT_TRUE(naru_policy_in_prefix(HOST, HOST, 32));
	ASSERT_TRUE(naru_policy_in_prefix(0, 0x7fffffff, 1));
	ASSERT_FALSE(naru_policy_in_prefix(0, 0x80000000, 1));
}

TEST(policy_prefix__of_no_bits_has_all_addresses)
{
	ASSERT_TRUE(naru_policy_in_prefix(0xffffffff, 0, 0));
	ASSERT_TRUE(naru_policy_in_prefix(0, 0xffffffff, 0));
}

TEST(policy_prefix__of_too_many_bits_has_one_address)
{
	ASSERT_TRUE(naru_policy_in_prefix(HOST, HOST, 255));
	ASSERT_FALSE(naru_policy_in_prefix(HOST, HOST + 1, 33));
}

TEST(policy_match__takes_what_all_fields_agree_with)
{
	struct naru_napt_match m = everything;

	m.src = NET_192_168;
	m.prefix = 16;
	m.protos = 1 << NARU_NAPT_TCP;
	m.sports = (struct naru_port_range){ 5000, 5000 };
	m.dports = (struct naru_port_range){ 80, 90 };
	ASSERT_EQ(naru_policy_match(&m, &flow), NARU_NAPT_TAKEN);
}

TEST(policy_match__says_what_does_not_hold)
{
	struct naru_napt_match m = everything;

	m.src = NET_192_168;
	m.prefix = 32;
	ASSERT_EQ(naru_policy_match(&m, &flow), NARU_NAPT_WHY_SRC);
	m = everything;
	m.protos = 1 << NARU_NAPT_UDP;
	ASSERT_EQ(naru_policy_match(&m, &flow), NARU_NAPT_WHY_PROTO);
	m = everything;
	m.sports = (struct naru_port_range){ 5001, 65535 };
	ASSERT_EQ(naru_policy_match(&m, &flow), NARU_NAPT_WHY_SPORT);
	m = everything;
	m.dports = (struct naru_port_range){ 0, 79 };
	ASSERT_EQ(naru_policy_match(&m, &flow), NARU_NAPT_WHY_DPORT);
}

TEST(policy_match__first_thing_that_does_not_hold)
{
	struct naru_napt_match m = { .src = NET_192_168, .prefix = 32 };

	ASSERT_EQ(naru_policy_match(&m, &flow), NARU_NAPT_WHY_SRC);
	m.prefix = 24;
	ASSERT_EQ(naru_policy_match(&m, &flow), NARU_NAPT_WHY_PROTO);
}

TEST(policy_match__protocol_that_is_none)
{
	struct naru_napt_match m = everything;
	struct naru_napt_flow f = flow;

	m.protos = 0xff;
	f.proto = NARU_NAPT_PROTOS;
	ASSERT_EQ(naru_policy_match(&m, &f), NARU_NAPT_WHY_PROTO);
	f.proto = 255;
	ASSERT_EQ(naru_policy_match(&m, &f), NARU_NAPT_WHY_PROTO);
}

TEST(policy_match__echo_has_an_id_and_no_destination_port)
{
	struct naru_napt_match m = everything;
	struct naru_napt_flow f = flow;

	f.proto = NARU_NAPT_ICMP;
	f.dport = f.sport;
	m.dports = (struct naru_port_range){ 80, 80 };
	ASSERT_EQ(naru_policy_match(&m, &f), NARU_NAPT_TAKEN);
	m.sports = (struct naru_port_range){ 1, 10 };
	ASSERT_EQ(naru_policy_match(&m, &f), NARU_NAPT_WHY_SPORT);
}

/* RFC 6888 REQ-6 */
TEST(policy_excepted__destinations_and_their_ports)
{
	const struct naru_napt_except except[] = {
		{ .addr = SERVER, .prefix = 32, .ports = { 80, 81 } },
		{ .addr = 0x0a000000, .prefix = 8, .ports = { 0, 65535 } },
	};
	struct naru_napt_match m = everything;

	m.num_excepts = ARRAY_SIZE(except);
	m.except = except;
	ASSERT_EQ(naru_policy_match(&m, &flow), NARU_NAPT_WHY_EXCEPT);
	ASSERT_TRUE(naru_policy_excepted(&m, NARU_NAPT_UDP, SERVER, 81));
	ASSERT_FALSE(naru_policy_excepted(&m, NARU_NAPT_UDP, SERVER, 82));
	ASSERT_FALSE(naru_policy_excepted(&m, NARU_NAPT_UDP, SERVER + 1, 80));
	ASSERT_TRUE(naru_policy_excepted(&m, NARU_NAPT_UDP, 0x0affffff, 0));
}

TEST(policy_excepted__echo_where_all_ports_are)
{
	const struct naru_napt_except except[] = {
		{ .addr = SERVER, .prefix = 32, .ports = { 80, 80 } },
		{ .addr = HOST, .prefix = 32, .ports = { 0, 65535 } },
	};
	struct naru_napt_match m = everything;

	m.num_excepts = ARRAY_SIZE(except);
	m.except = except;
	ASSERT_FALSE(naru_policy_excepted(&m, NARU_NAPT_ICMP, SERVER, 80));
	ASSERT_TRUE(naru_policy_excepted(&m, NARU_NAPT_ICMP, HOST, 80));
}

/* RFC 4787 5 */
TEST(policy_admits__by_filter)
{
	ASSERT_TRUE(naru_policy_admits(NARU_NAPT_FILTER_EI, false, false));
	ASSERT_FALSE(naru_policy_admits(NARU_NAPT_FILTER_AD, false, false));
	ASSERT_TRUE(naru_policy_admits(NARU_NAPT_FILTER_AD, true, false));
	ASSERT_FALSE(naru_policy_admits(NARU_NAPT_FILTER_APD, false, false));
	ASSERT_FALSE(naru_policy_admits(NARU_NAPT_FILTER_APD, true, false));
	ASSERT_TRUE(naru_policy_admits(NARU_NAPT_FILTER_APD, true, true));
}

TEST(policy_admits__known_endpoint_whatever_the_filter)
{
	u8 filter;

	for (filter = 0; filter < NARU_NAPT_FILTERS; filter++)
		ASSERT_TRUE(naru_policy_admits(filter, false, true));
	ASSERT_FALSE(naru_policy_admits(NARU_NAPT_FILTERS, true, false));
}

/* ---- plans ---- */

static struct naru_napt_ports ports(u16 first, u16 last)
{
	struct naru_napt_ports p = {
		.range = { first, last },
		.preserve = true,
		.parity = true,
	};

	return p;
}

/* Goes through a plan as who claims a port does. @seen: how often each port was tried in a span */
static u32 walk(const struct naru_port_plan *plan, u8 *seen)
{
	u32 i, n, count, total = 0;

	memset(seen, 0, 65536);
	ASSERT_LE(plan->num, NARU_PORT_SPANS);
	for (i = 0; i < plan->num; i++) {
		const struct naru_port_span *s = &plan->span[i];
		u32 at = s->start;

		ASSERT_LE(s->first, s->start);
		ASSERT_LE(s->start, s->last);
		ASSERT_TRUE(s->step == 1 || s->step == 2);
		ASSERT_EQ((s->last - s->first) % s->step, 0);
		ASSERT_EQ((s->start - s->first) % s->step, 0);
		count = (s->last - s->first) / s->step + 1;
		for (n = 0; n < count; n++) {
			seen[at]++;
			at = at + s->step > s->last ? s->first : at + s->step;
		}
		total += count;
	}
	return total;
}

static u8 seen[65536];

static u32 count_in(u32 first, u32 last)
{
	u32 port, n = 0;

	for (port = first; port <= last; port++) {
		ASSERT_LE(seen[port], 1);
		n += seen[port];
	}
	return n;
}

/* RFC 4787 4.2.1 */
TEST(policy_plan__the_inside_port_first)
{
	struct naru_napt_ports p = ports(1024, 65535);
	struct naru_port_plan plan;

	naru_policy_plan(&plan, &p, NARU_NAPT_TCP, 5000, 0);
	ASSERT_TRUE(plan.exact);
	ASSERT_EQ(plan.port, 5000);
	p.preserve = false;
	naru_policy_plan(&plan, &p, NARU_NAPT_TCP, 5000, 0);
	ASSERT_FALSE(plan.exact);
}

TEST(policy_plan__not_the_inside_port_out_of_the_range)
{
	struct naru_napt_ports p = ports(1024, 2047);
	struct naru_port_plan plan;

	naru_policy_plan(&plan, &p, NARU_NAPT_TCP, 2048, 0);
	ASSERT_FALSE(plan.exact);
	naru_policy_plan(&plan, &p, NARU_NAPT_TCP, 1023, 0);
	ASSERT_FALSE(plan.exact);
	ASSERT_EQ(walk(&plan, seen), 1024);
	ASSERT_EQ(count_in(1024, 2047), 1024);
}

/* RFC 4787 REQ-3a */
TEST(policy_plan__keeps_the_classes_apart)
{
	struct naru_napt_ports p = ports(1, 65535);
	struct naru_port_plan plan;

	naru_policy_plan(&plan, &p, NARU_NAPT_UDP, 123, 0x12345678);
	ASSERT_TRUE(plan.exact);
	ASSERT_EQ(walk(&plan, seen), 1023);
	ASSERT_EQ(count_in(1, 1023), 1023);
	naru_policy_plan(&plan, &p, NARU_NAPT_UDP, 1024, 0x12345678);
	ASSERT_EQ(walk(&plan, seen), 64512);
	ASSERT_EQ(count_in(1024, 65535), 64512);
}

TEST(policy_plan__classes_at_the_edges_of_a_range)
{
	struct naru_napt_ports p = ports(1023, 1024);
	struct naru_port_plan plan;

	p.parity = false;
	naru_policy_plan(&plan, &p, NARU_NAPT_UDP, 7, 99);
	ASSERT_EQ(plan.num, 1);
	ASSERT_EQ(plan.span[0].first, 1023);
	ASSERT_EQ(plan.span[0].last, 1023);
	naru_policy_plan(&plan, &p, NARU_NAPT_UDP, 50000, 99);
	ASSERT_EQ(plan.num, 1);
	ASSERT_EQ(plan.span[0].first, 1024);
	ASSERT_EQ(plan.span[0].last, 1024);
}

/* RFC 4787 REQ-4, RFC 6888 REQ-13 */
TEST(policy_plan__parity_first_and_the_others_after)
{
	struct naru_napt_ports p = ports(1025, 2000);
	struct naru_port_plan plan;
	u16 wanted;

	for (wanted = 5000; wanted <= 5001; wanted++) {
		naru_policy_plan(&plan, &p, NARU_NAPT_DGRAM, wanted, 0xdeadbeef);
		ASSERT_EQ(plan.num, 2);
		ASSERT_EQ(plan.span[0].step, 2);
		ASSERT_EQ(plan.span[0].start & 1, wanted & 1);
		ASSERT_NE(plan.span[1].start & 1, wanted & 1);
		ASSERT_EQ(walk(&plan, seen), 976);
		ASSERT_EQ(count_in(1025, 2000), 976);
	}
}

TEST(policy_plan__parity_off_is_one_span)
{
	struct naru_napt_ports p = ports(1024, 65535);
	struct naru_port_plan plan;

	p.parity = false;
	naru_policy_plan(&plan, &p, NARU_NAPT_TCP, 5000, 0xffffffff);
	ASSERT_EQ(plan.num, 1);
	ASSERT_EQ(plan.span[0].step, 1);
	ASSERT_EQ(plan.span[0].start, 65535);
	ASSERT_EQ(walk(&plan, seen), 64512);
}

TEST(policy_plan__a_single_port_of_either_parity)
{
	struct naru_napt_ports p = ports(4000, 4000);
	struct naru_port_plan plan;
	u16 wanted;

	for (wanted = 4000; wanted <= 4001; wanted++) {
		naru_policy_plan(&plan, &p, NARU_NAPT_TCP, wanted, 0x80000000);
		ASSERT_EQ(plan.num, 1);
		ASSERT_EQ(walk(&plan, seen), 1);
		ASSERT_EQ(seen[4000], 1);
		ASSERT_EQ(plan.exact, wanted == 4000);
	}
}

TEST(policy_plan__port_0_is_an_id_and_no_port)
{
	struct naru_napt_ports p = ports(0, 65535);
	struct naru_port_plan plan;

	naru_policy_plan(&plan, &p, NARU_NAPT_UDP, 0, 1);
	ASSERT_FALSE(plan.exact);
	ASSERT_EQ(walk(&plan, seen), 1023);
	ASSERT_EQ(seen[0], 0);
	naru_policy_plan(&plan, &p, NARU_NAPT_ICMP, 0, 1);
	ASSERT_TRUE(plan.exact);
	ASSERT_EQ(plan.num, 1);
	ASSERT_EQ(walk(&plan, seen), 65536);
	ASSERT_EQ(count_in(0, 65535), 65536);
}

TEST(policy_plan__ids_have_neither_classes_nor_parity)
{
	struct naru_napt_ports p = ports(1, 65535);
	struct naru_port_plan plan;

	naru_policy_plan(&plan, &p, NARU_NAPT_ICMP, 7, 0);
	ASSERT_EQ(plan.num, 1);
	ASSERT_EQ(plan.span[0].step, 1);
	ASSERT_EQ(walk(&plan, seen), 65535);
}

TEST(policy_plan__nothing_in_a_range_without_ports)
{
	struct naru_napt_ports p = ports(2000, 1999);
	struct naru_port_plan plan;

	naru_policy_plan(&plan, &p, NARU_NAPT_TCP, 1999, 5);
	ASSERT_EQ(plan.num, 0);
	ASSERT_FALSE(plan.exact);
	p = ports(0, 0);
	naru_policy_plan(&plan, &p, NARU_NAPT_TCP, 0, 5);
	ASSERT_EQ(plan.num, 0);
	ASSERT_FALSE(plan.exact);
}

/* RFC 6056 3.3.1: each port is as likely as another */
TEST(policy_plan__begins_anywhere)
{
	struct unit_random r = { 0x5eed0001 };
	struct naru_napt_ports p = ports(1024, 1039);
	u32 first[16] = { 0 }, second[16] = { 0 };
	struct naru_port_plan plan;
	u32 i;

	for (i = 0; i < 16000; i++) {
		naru_policy_plan(&plan, &p, NARU_NAPT_TCP, 1024, unit_random(&r));
		first[plan.span[0].start - 1024]++;
		second[plan.span[1].start - 1024]++;
	}
	for (i = 0; i < 16; i++) {
		ASSERT_LE(first[i], i & 1 ? 0 : 2300);
		ASSERT_GE(first[i], i & 1 ? 0 : 1700);
		ASSERT_LE(second[i], i & 1 ? 2300 : 0);
		ASSERT_GE(second[i], i & 1 ? 1700 : 0);
	}
}

TEST(policy_plan__random_plans_try_each_usable_port_once)
{
	struct unit_random r = { 0x5eed0002 };
	struct naru_port_plan plan;
	u32 i;

	for (i = 0; i < 3000; i++) {
		u16 a = unit_random(&r) >> 8, b = unit_random(&r) >> 8;
		struct naru_napt_ports p = ports(a < b ? a : b, a < b ? b : a);
		u8 proto = unit_random_below(&r, NARU_NAPT_PROTOS);
		u16 wanted = unit_random(&r) >> 7;
		u32 total, inside;

		p.parity = unit_random_bool(&r);
		p.preserve = unit_random_bool(&r);
		naru_policy_plan(&plan, &p, proto, wanted, unit_random(&r));
		total = walk(&plan, seen);
		inside = count_in(p.range.first, p.range.last);
		ASSERT_EQ(total, inside);
		if (plan.exact)
			ASSERT_EQ(seen[wanted], 1);
		ASSERT_TRUE(proto == NARU_NAPT_ICMP || !seen[0]);
	}
}
