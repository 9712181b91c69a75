// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 4821: the search for the path MTU.
 */
#include "unit.h"
#include "plpmtud.h"

#define LOW	1064u
#define HIGH	1500u
#define START	0xfffffe00u

static struct naru_plpmtud p;

static void begin(bool on)
{
	naru_plpmtud_init(&p, LOW, HIGH, on, 1000);
}

/* A probe of @size, its payload 40 bytes less */
static void send(u32 size)
{
	naru_plpmtud_sent(&p, size, START, START + size - 40);
}

static enum naru_plpmtud_said ack(u32 una, u32 lost, bool calm)
{
	struct naru_plpmtud_ack a = { .snd_una = una, .lost = lost, .calm = calm };

	return naru_plpmtud_ack(&p, &a);
}

TEST(plpmtud_limit__nothing_where_it_is_off)
{
	begin(false);
	ASSERT_EQ(naru_plpmtud_limit(&p, 1500), 1500);
	begin(true);
	ASSERT_EQ(naru_plpmtud_limit(&p, 1500), LOW);
	ASSERT_EQ(naru_plpmtud_limit(&p, 576), 576);
}

/* 7.3: by halves, until a step is not worth it */
TEST(plpmtud_size__by_halves)
{
	unsigned int probes = 0;
	u32 size;

	begin(true);
	ASSERT_EQ(naru_plpmtud_size(&p, 8), LOW + (HIGH - LOW) / 2);
	for (; (size = naru_plpmtud_size(&p, 8)); probes++) {
		ASSERT_LT(p.low, size);
		ASSERT_LE(size, p.high);
		send(size);
		ASSERT_EQ(ack(START + size - 40, 0, true), NARU_PROBE_PASSED);
		ASSERT_EQ(p.low, size);
	}
	ASSERT_LT(HIGH - p.low, 8);
	ASSERT_EQ(probes, 6);
}

/* It ends, wherever the truth is, and never above it */
TEST(plpmtud_size__finds_any_mtu)
{
	u32 truth, size, probes;

	for (truth = LOW; truth <= HIGH; truth++) {
		begin(true);
		for (probes = 0; (size = naru_plpmtud_size(&p, 1)); probes++) {
			ASSERT_LT(probes, 20);
			send(size);
			if (size <= truth)
				ASSERT_EQ(ack(START + size - 40, 0, true), NARU_PROBE_PASSED);
			else
				ASSERT_EQ(ack(START, size - 40, true), NARU_PROBE_LOST);
		}
		ASSERT_EQ(p.low, truth);
	}
}

TEST(plpmtud_size__nothing_to_search)
{
	naru_plpmtud_init(&p, 1500, 1064, true, 0);
	ASSERT_EQ(naru_plpmtud_size(&p, 0), 0);
	naru_plpmtud_init(&p, 1500, 1500, true, 0);
	ASSERT_EQ(naru_plpmtud_size(&p, 0), 0);
	naru_plpmtud_init(&p, 1499, 1500, true, 0);
	ASSERT_EQ(naru_plpmtud_size(&p, 0), 1500);
	ASSERT_EQ(naru_plpmtud_size(&p, 2), 0);
}

TEST(plpmtud_pmtu__bounds_the_search)
{
	begin(true);
	naru_plpmtud_pmtu(&p, 1300);
	ASSERT_EQ(naru_plpmtud_size(&p, 8), LOW + (1300 - LOW) / 2);
	naru_plpmtud_pmtu(&p, 1400);
	ASSERT_EQ(p.high, 1300);
}

/* 7.6.1: an ACK of a part is none, also where numbers turn round */
TEST(plpmtud_ack__passed)
{
	begin(true);
	send(1282);
	ASSERT_EQ(ack(START, 0, true), NARU_PROBE_OUT);
	ASSERT_EQ(ack(START + 1241, 0, true), NARU_PROBE_OUT);
	ASSERT_EQ(p.probe, 1282);
	ASSERT_EQ(ack(START + 1242, 500, false), NARU_PROBE_PASSED);
	ASSERT_EQ(p.low, 1282);
	ASSERT_EQ(p.probe, 0);
}

/* Larger than the route has thought meanwhile, it has passed nevertheless */
TEST(plpmtud_ack__passed_above_what_the_route_says)
{
	begin(true);
	send(1282);
	naru_plpmtud_pmtu(&p, 1200);
	ASSERT_EQ(ack(START + 1242, 0, true), NARU_PROBE_PASSED);
	ASSERT_EQ(naru_plpmtud_limit(&p, 1200), 1200);
	ASSERT_EQ(naru_plpmtud_size(&p, 0), 0);
}

/* 7.6.2: alone */
TEST(plpmtud_ack__lost_alone)
{
	begin(true);
	send(1282);
	ASSERT_EQ(ack(START, 1242, true), NARU_PROBE_LOST);
	ASSERT_EQ(p.high, 1281);
	ASSERT_EQ(p.low, LOW);
	ASSERT_EQ(p.probe, 0);
}

/* 7.6.4: with others, behind others, in a recovery */
TEST(plpmtud_ack__unclear)
{
	begin(true);
	send(1282);
	ASSERT_EQ(ack(START, 2242, true), NARU_PROBE_UNCLEAR);
	send(1282);
	ASSERT_EQ(ack(START - 1000, 1242, true), NARU_PROBE_UNCLEAR);
	send(1282);
	ASSERT_EQ(ack(START, 1242, false), NARU_PROBE_UNCLEAR);
	ASSERT_EQ(p.low, LOW);
	ASSERT_EQ(p.high, HIGH);
	ASSERT_EQ(p.probe, 0);
	send(1282);
	naru_plpmtud_unclear(&p);
	ASSERT_EQ(p.probe, 0);
}

/* 7.6.3 */
TEST(plpmtud_too_big)
{
	begin(true);
	ASSERT_FALSE(naru_plpmtud_too_big(&p, 1200));
	send(1282);
	ASSERT_FALSE(naru_plpmtud_too_big(&p, 1282));
	ASSERT_EQ(p.probe, 1282);
	ASSERT_TRUE(naru_plpmtud_too_big(&p, 1281));
	ASSERT_EQ(p.probe, 0);
}

/* 7.3: after a while, up to what is possible now */
TEST(plpmtud_again)
{
	begin(true);
	p.high = p.low;
	ASSERT_FALSE(naru_plpmtud_again(&p, 1400, 500, 1499));
	ASSERT_EQ(naru_plpmtud_size(&p, 8), 0);
	ASSERT_TRUE(naru_plpmtud_again(&p, 1400, 500, 1500));
	ASSERT_EQ(naru_plpmtud_size(&p, 8), (LOW + 1400) / 2);
	ASSERT_FALSE(naru_plpmtud_again(&p, 1500, 500, 1999));
}

/* 7.7 */
TEST(plpmtud_black_hole)
{
	begin(false);
	send(1282);
	naru_plpmtud_black_hole(&p, 900, 7000);
	ASSERT_EQ(naru_plpmtud_limit(&p, 1500), 900);
	ASSERT_EQ(p.begun_us, 7000);
	ASSERT_EQ(p.probe, 0);
	ASSERT_EQ(p.high, HIGH);
	naru_plpmtud_black_hole(&p, 500, 8000);
	ASSERT_EQ(p.low, 500);
	ASSERT_EQ(p.begun_us, 7000);
}

TEST(plpmtud_fall_back__to_the_base_and_by_halves)
{
	ASSERT_EQ(naru_plpmtud_fall_back(1448, 1024, 48), 1024);
	ASSERT_EQ(naru_plpmtud_fall_back(1024, 1024, 48), 512);
	ASSERT_EQ(naru_plpmtud_fall_back(512, 1024, 48), 256);
	ASSERT_EQ(naru_plpmtud_fall_back(64, 1024, 48), 48);
	ASSERT_EQ(naru_plpmtud_fall_back(1448, 1024, 1200), 1200);
}

static struct naru_plpmtud_send ready(void)
{
	return (struct naru_plpmtud_send) {
		.size = 1242, .mss = 1024, .unsent = 20000, .wnd = 65535, .room = 65535, .in_flight = 3000,
		.cwnd = 11 * 1024, .calm = true,
	};
}

/* 7.4 */
TEST(plpmtud_may_send)
{
	struct naru_plpmtud_send s = ready();

	ASSERT_EQ(naru_plpmtud_may_send(&s), NARU_PROBE_SEND);
	s.calm = false;
	ASSERT_EQ(naru_plpmtud_may_send(&s), NARU_PROBE_NO);
	s = ready();
	s.unsent = 1242 + 4 * 1024 - 1;
	ASSERT_EQ(naru_plpmtud_may_send(&s), NARU_PROBE_NO);
	s = ready();
	s.wnd = 1242 + 4 * 1024 - 1;
	ASSERT_EQ(naru_plpmtud_may_send(&s), NARU_PROBE_NO);
	s = ready();
	s.cwnd = 11 * 1024 - 1;
	ASSERT_EQ(naru_plpmtud_may_send(&s), NARU_PROBE_NO);
	s = ready();
	s.size = 8000;
	ASSERT_EQ(naru_plpmtud_may_send(&s), NARU_PROBE_NO);
}

/* It waits for room, as long as there are ACKs to come */
TEST(plpmtud_may_send__waits)
{
	struct naru_plpmtud_send s = ready();

	s.in_flight = s.cwnd - 1241;
	ASSERT_EQ(naru_plpmtud_may_send(&s), NARU_PROBE_WAIT);
	s.in_flight--;
	ASSERT_EQ(naru_plpmtud_may_send(&s), NARU_PROBE_SEND);
	s.room = 1242 + 4 * 1024 - 1;
	ASSERT_EQ(naru_plpmtud_may_send(&s), NARU_PROBE_WAIT);
	s.in_flight = 0;
	ASSERT_EQ(naru_plpmtud_may_send(&s), NARU_PROBE_NO);
}

/* Another connection's ICMP message has said less meanwhile */
TEST(plpmtud_ack__a_loss_does_not_raise_what_is_known)
{
	begin(true);
	send(1282);
	p.high = 1200;
	ASSERT_EQ(ack(START, 1242, true), NARU_PROBE_LOST);
	ASSERT_EQ(p.high, 1200);
}
