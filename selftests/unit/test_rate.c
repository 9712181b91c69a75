// SPDX-License-Identifier: GPL-2.0
/*
 * Delivery rate, chronographs, and the receiver's round-trip time.
 */
#include "unit.h"
#include "chrono.h"
#include "rate.h"
#include "rtt.h"

#define MSS	1000u
#define UNA	0xfffffc00u	/* across the wrap */
#define RTT	20000u
#define T0	0xfffffff0ull	/* low 32 bits wrap soon */

static struct naru_rate r;

struct segment {
	u64 sent_us;
	u32 end_seq;
	bool limited;
	struct naru_rate_tx tx;
};

static struct segment sent(u32 end, u64 at, bool first)
{
	struct segment s = { .sent_us = at, .end_seq = UNA + end };

	naru_rate_sent(&r, &s.tx, at, first);
	s.limited = r.is_limited;
	return s;
}

static void delivered(struct naru_rate_sample *rs, const struct segment *s, u64 at)
{
	struct naru_rate_seg seg = {
		.sent_us = s->sent_us, .end_seq = s->end_seq, .bytes = MSS, .limited = s->limited,
	};

	naru_rate_delivered(&r, rs, &s->tx, &seg, at);
}

/* Segment @s is acknowledged alone */
static bool acked(const struct segment *s, u64 at)
{
	struct naru_rate_sample rs = { };

	delivered(&rs, s, at);
	return naru_rate_ack(&r, &rs, RTT);
}

TEST(rate__nothing_known)
{
	struct naru_rate_sample none = { };

	naru_rate_init(&r, T0);
	ASSERT_EQ(0, naru_rate_get(&r));
	ASSERT_FALSE(naru_rate_ack(&r, &none, RTT));
	ASSERT_EQ(0, naru_rate_get(&r));
}

/* A segment in a round trip */
TEST(rate__one_segment)
{
	struct segment s;

	naru_rate_init(&r, T0);
	s = sent(MSS, T0 + 100000, true);
	ASSERT_TRUE(acked(&s, T0 + 100000 + RTT));
	ASSERT_EQ(MSS * 1000000 / RTT, naru_rate_get(&r));
	ASSERT_FALSE(r.was_limited);
}

/* 2.2: the slower of sending and of ACKs counts: ten segments sent at once, acknowledged a millisecond apart */
TEST(rate__by_acks)
{
	struct segment s[10], next;
	int i;

	naru_rate_init(&r, T0);
	for (i = 0; i < 10; i++)
		s[i] = sent((i + 1) * MSS, T0, i == 0);
	for (i = 0; i < 10; i++)
		ASSERT_TRUE(acked(&s[i], T0 + RTT + i * 1000));
	/* all ten, from the first one's sending to the last ACK */
	ASSERT_EQ(10ull * MSS * 1000000 / (RTT + 9000), naru_rate_get(&r));
	next = sent(11 * MSS, T0 + RTT + 9000, true);
	ASSERT_TRUE(acked(&next, T0 + 2 * RTT + 9000));
	ASSERT_EQ(MSS * 1000000ull / RTT, naru_rate_get(&r));
}

/* Sent over two round trips, and the ACKs come in one lump: the sending counts */
TEST(rate__by_sending)
{
	struct naru_rate_sample rs = { };
	struct segment a, b, c;

	naru_rate_init(&r, T0);
	a = sent(MSS, T0, true);
	ASSERT_TRUE(acked(&a, T0 + RTT));
	b = sent(2 * MSS, T0 + RTT, true);
	c = sent(3 * MSS, T0 + 3 * RTT, false);
	delivered(&rs, &b, T0 + 3 * RTT + 10);
	delivered(&rs, &c, T0 + 3 * RTT + 10);
	ASSERT_TRUE(naru_rate_ack(&r, &rs, RTT));
	/* two segments in two round trips and 10 us of ACKs */
	ASSERT_EQ(2 * MSS * 1000000ull / (2 * RTT + 10), naru_rate_get(&r));
}

/* 3.3: less than a round trip cannot be: the ACK was for what was sent before */
TEST(rate__not_in_less_than_a_round_trip)
{
	struct segment s;

	naru_rate_init(&r, T0);
	s = sent(MSS, T0, true);
	ASSERT_FALSE(acked(&s, T0 + RTT - 1));
	ASSERT_EQ(0, naru_rate_get(&r));
	naru_rate_init(&r, T0);
	s = sent(MSS, T0, true);
	ASSERT_FALSE(acked(&s, T0));
	ASSERT_EQ(0, naru_rate_get(&r));
}

/* The newest segment that an ACK covers is the one that is asked, whatever their order */
TEST(rate__newest)
{
	struct naru_rate_sample rs = { };
	struct segment a, b, c;

	naru_rate_init(&r, T0);
	a = sent(MSS, T0, true);
	b = sent(2 * MSS, T0 + 500, false);
	c = sent(3 * MSS, T0 + 500, false);
	delivered(&rs, &c, T0 + RTT + 500);
	delivered(&rs, &a, T0 + RTT + 500);
	delivered(&rs, &b, T0 + RTT + 500);
	ASSERT_EQ(UNA + 3 * MSS, rs.end_seq);
	ASSERT_TRUE(naru_rate_ack(&r, &rs, RTT));
	ASSERT_EQ(3ull * MSS * 1000000 / (RTT + 500), naru_rate_get(&r));
}

static const struct naru_rate_offer idle = { .unsent = 0, .in_flight = MSS, .cwnd = 10 * MSS, .mss = MSS };

TEST(rate_ask__what_is_no_limit_of_the_program)
{
	struct naru_rate_offer o;

	naru_rate_init(&r, T0);
	o = idle;
	o.unsent = MSS;
	naru_rate_ask(&r, &o);
	ASSERT_FALSE(r.is_limited);
	o = idle;
	o.in_flight = o.cwnd;
	naru_rate_ask(&r, &o);
	ASSERT_FALSE(r.is_limited);
	o = idle;
	o.lost_out = MSS;
	naru_rate_ask(&r, &o);
	ASSERT_FALSE(r.is_limited);
	o = idle;
	o.below = true;
	naru_rate_ask(&r, &o);
	ASSERT_FALSE(r.is_limited);
	o = idle;
	o.unsent = MSS - 1;
	o.lost_out = MSS;
	o.retrans_out = MSS;
	naru_rate_ask(&r, &o);
	ASSERT_TRUE(r.is_limited);
}

/* 3.4: the bubble ends when more has arrived than was in flight with it; a lower rate from it is not kept */
TEST(rate__limited)
{
	struct segment a, b, c, d;

	naru_rate_init(&r, T0);
	a = sent(MSS, T0, true);
	ASSERT_TRUE(acked(&a, T0 + RTT));
	naru_rate_ask(&r, &idle);
	b = sent(2 * MSS, T0 + RTT, true);
	c = sent(3 * MSS, T0 + 2 * RTT, false);
	ASSERT_TRUE(b.limited && c.limited);
	ASSERT_TRUE(acked(&b, T0 + 4 * RTT));
	ASSERT_TRUE(r.is_limited);
	/* half of the rate, and limited: not kept */
	ASSERT_EQ(MSS * 1000000ull / RTT, naru_rate_get(&r));
	ASSERT_FALSE(r.was_limited);
	ASSERT_TRUE(acked(&c, T0 + 4 * RTT));
	ASSERT_FALSE(r.is_limited);
	/* not limited: kept though it is lower */
	d = sent(4 * MSS, T0 + 4 * RTT, true);
	ASSERT_FALSE(d.limited);
	ASSERT_TRUE(acked(&d, T0 + 6 * RTT));
	ASSERT_EQ(MSS * 1000000ull / (2 * RTT), naru_rate_get(&r));
	/* as high, and limited: kept */
	naru_rate_ask(&r, &idle);
	d = sent(5 * MSS, T0 + 6 * RTT, true);
	ASSERT_TRUE(acked(&d, T0 + 8 * RTT));
	ASSERT_TRUE(r.was_limited);
}

TEST(chrono_limit__all)
{
	struct naru_chrono_in in = { };

	ASSERT_EQ(NARU_LIMIT_IDLE, naru_chrono_limit(&in));
	in.in_flight = true;
	ASSERT_EQ(NARU_LIMIT_BUSY, naru_chrono_limit(&in));
	in.no_space = true;
	ASSERT_EQ(NARU_LIMIT_BUSY, naru_chrono_limit(&in));
	in.cwnd_room = MSS;
	ASSERT_EQ(NARU_LIMIT_SNDBUF, naru_chrono_limit(&in));
	in.unsent = true;
	in.next = MSS;
	in.wnd_room = MSS - 1;
	ASSERT_EQ(NARU_LIMIT_RWND, naru_chrono_limit(&in));
	in.paced = true;
	ASSERT_EQ(NARU_LIMIT_RWND, naru_chrono_limit(&in));
	in.wnd_room = MSS;
	ASSERT_EQ(NARU_LIMIT_PACING, naru_chrono_limit(&in));
	in.paced = false;
	ASSERT_EQ(NARU_LIMIT_BUSY, naru_chrono_limit(&in));
	in.cwnd_room = MSS - 1;
	ASSERT_EQ(NARU_LIMIT_CWND, naru_chrono_limit(&in));
	in.next = 0;
	ASSERT_EQ(NARU_LIMIT_BUSY, naru_chrono_limit(&in));
	in.next = MSS;
	in.wnd_room = 0;
	in.cwnd_room = 0;
	ASSERT_EQ(NARU_LIMIT_CWND, naru_chrono_limit(&in));
	in.next = 0;
	ASSERT_EQ(NARU_LIMIT_CWND, naru_chrono_limit(&in));
	in.next = MSS;
	in.in_flight = false;
	in.cwnd_room = MSS;
	ASSERT_EQ(NARU_LIMIT_RWND, naru_chrono_limit(&in));
}

TEST(chrono__adds_up)
{
	struct naru_chrono c = { };

	naru_chrono_switch(&c, NARU_LIMIT_BUSY, 1000);
	ASSERT_EQ(0, naru_chrono_us(&c, NARU_LIMIT_BUSY, 1000));
	ASSERT_EQ(5, naru_chrono_us(&c, NARU_LIMIT_BUSY, 1005));
	naru_chrono_switch(&c, NARU_LIMIT_RWND, 1010);
	naru_chrono_switch(&c, NARU_LIMIT_BUSY, 1100);
	ASSERT_EQ(90, naru_chrono_us(&c, NARU_LIMIT_RWND, 2000));
	ASSERT_EQ(910, naru_chrono_us(&c, NARU_LIMIT_BUSY, 2000));
	ASSERT_EQ(0, naru_chrono_us(&c, NARU_LIMIT_SNDBUF, 2000));
	naru_chrono_switch(&c, NARU_LIMIT_IDLE, 2000);
	ASSERT_EQ(910, naru_chrono_us(&c, NARU_LIMIT_BUSY, 9000));
}

TEST(rtt_rcv__echo)
{
	struct naru_rtt_rcv rcv = { };

	naru_rtt_rcv_echo(&rcv, 1, 8000);
	ASSERT_EQ(8000, rcv.rtt8 >> 3);
	naru_rtt_rcv_echo(&rcv, 1, 16000);	/* the same once more */
	ASSERT_EQ(8000, rcv.rtt8 >> 3);
	naru_rtt_rcv_echo(&rcv, 2, 16000);
	ASSERT_EQ(9000, rcv.rtt8 >> 3);
}

TEST(rtt_rcv__window)
{
	struct naru_rtt_rcv rcv = { };

	naru_rtt_rcv_window(&rcv, UNA, 2 * MSS, 100);
	ASSERT_EQ(0, rcv.rtt8);
	naru_rtt_rcv_window(&rcv, UNA + MSS, 2 * MSS, 200);
	ASSERT_EQ(0, rcv.rtt8);
	naru_rtt_rcv_window(&rcv, UNA + 2 * MSS, 2 * MSS, 400);
	ASSERT_EQ(300, rcv.rtt8 >> 3);
	naru_rtt_rcv_window(&rcv, UNA + 4 * MSS, 2 * MSS, 800);	/* more is no news */
	ASSERT_EQ(300, rcv.rtt8 >> 3);
	naru_rtt_rcv_window(&rcv, UNA + 6 * MSS, 2 * MSS, 900);
	ASSERT_EQ(100, rcv.rtt8 >> 3);
	naru_rtt_rcv_window(&rcv, UNA + 8 * MSS, 2 * MSS, 900);	/* at once: as little as can be */
	ASSERT_EQ(8, rcv.rtt8);
}
