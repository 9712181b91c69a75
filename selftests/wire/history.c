// SPDX-License-Identifier: GPL-2.0
/*
 * The flight recorder: its events against what the wire has seen.
 */
#include <linux/naru_genl.h>
#include "wire_test.h"

#define MSS	1000
#define MOST	128

static const struct offer with_sack = { .mss = MSS, .sackok = true };

static struct wire_event event[MOST];

/* Events that are there, changes of the window aside */
static int history(struct conn *c)
{
	int num = wire_history(c->fd, event, MOST), left = 0;

	for (int i = 0; i < num; i++)
		if (event[i].what != NARU_WHAT_CWND)
			event[left++] = event[i];
	return left;
}

static void await(struct conn *c, int num)
{
	long end = wire_now_ms() + WIRE_PATIENCE_MS;

	while (history(c) < num)
		if (wire_now_ms() > end)
			wire_die("%d events do not come", num);
}

static uint32_t in_flight(struct conn *c, int n)
{
	uint32_t first = c->ack;

	conn_write(c, n * MSS);
	for (int i = 0; i < n; i++)
		conn_take(c, MSS);
	return first;
}

static void put_sack(struct conn *c, uint32_t una, int start, int end)
{
	struct seg s = conn_seg(c, ACK, c->seq, una, 0);

	s.sacks = 1;
	s.sack[0].start = una + start * MSS;
	s.sack[0].end = una + end * MSS;
	wire_put(c->w, &s);
}

#define EXPECT_EVENT(i, _what, _by, _value)			\
	do {							\
		EXPECT_EQ(_what, event[i].what);		\
		EXPECT_EQ(_by, event[i].by);			\
		EXPECT_EQ(_value, event[i].value);		\
	} while (0)

/* RFC 8985: three of ten have come behind the first; one is lost, six are on their way; then all is there */
TEST_F(wire, loss)
{
	struct conn *c = &self->c;
	uint32_t first;

	conn_accept(c, &self->w, &with_sack);
	conn_calm(c);
	first = in_flight(c, 10);
	EXPECT_EQ(1, history(c));
	EXPECT_EQ(NARU_WHAT_STATE, event[0].what);
	EXPECT_EQ(1, event[0].state);		/* ESTABLISHED */
	put_sack(c, first, 1, 4);
	conn_get_again(c, first);
	ASSERT_EQ(2, history(c));
	EXPECT_EVENT(1, NARU_WHAT_LOSS, NARU_BY_RACK, MSS);
	EXPECT_EQ(6 * MSS, event[1].in_flight);
	EXPECT_EQ(3, event[1].recovery);
	conn_ack(c);
	await(c, 3);
	EXPECT_EVENT(2, NARU_WHAT_RECOVERED, NARU_BY_NONE, 10 * MSS);
	EXPECT_EQ(0, event[2].in_flight);
	EXPECT_EQ(0, event[2].recovery);
	conn_alive(c);
}

/* RFC 5681 3.2: without SACK it is the third duplicate ACK that tells */
TEST_F(wire, loss_by_duplicates)
{
	struct conn *c = &self->c;
	uint32_t first;

	conn_accept(c, &self->w, &offer_none);
	conn_calm(c);
	first = in_flight(c, 6);
	for (int i = 0; i < 3; i++)
		conn_put(c, ACK, c->seq, first, 0);
	conn_get_again(c, first);
	ASSERT_EQ(2, history(c));
	EXPECT_EQ(NARU_WHAT_LOSS, event[1].what);
	EXPECT_EQ(NARU_BY_DUPACKS, event[1].by);
	conn_ack(c);
	await(c, 3);
	EXPECT_EQ(NARU_WHAT_RECOVERED, event[2].what);
	conn_alive(c);
}

/* RFC 6298 5: two timeouts, and the ACK that ends it */
TEST_F(wire, timeouts)
{
	struct conn *c = &self->c;
	uint32_t first;

	conn_accept(c, &self->w, &offer_none);
	first = in_flight(c, 1);
	conn_get_again(c, first);
	conn_get_again(c, first);
	conn_ack(c);
	await(c, 4);
	EXPECT_EVENT(1, NARU_WHAT_RTO, NARU_BY_NONE, 1);
	EXPECT_EVENT(2, NARU_WHAT_RTO, NARU_BY_NONE, 2);
	EXPECT_EQ(4, event[1].recovery);
	EXPECT_EQ(MSS, event[1].cwnd);
	EXPECT_EVENT(3, NARU_WHAT_RECOVERED, NARU_BY_NONE, MSS);
	conn_alive(c);
}

/* RFC 8985 7: the last segment goes again, and was what had been lost */
TEST_F(wire, tail_probe)
{
	struct conn *c = &self->c;
	uint32_t first;

	conn_accept(c, &self->w, &with_sack);
	conn_calm(c);
	wire_set("early_retrans", 1);
	first = in_flight(c, 4);
	conn_get_again(c, first + 3 * MSS);
	await(c, 2);
	EXPECT_EQ(NARU_WHAT_TLP, event[1].what);
	EXPECT_EQ(NARU_BY_AGAIN, event[1].by);
	conn_ack(c);
	conn_write(c, 100);
	conn_take(c, 100);
	conn_ack(c);
	await(c, 3);
	EXPECT_EQ(NARU_WHAT_TLP_LOSS, event[2].what);
	conn_alive(c);
}

#include "wire_main.h"
