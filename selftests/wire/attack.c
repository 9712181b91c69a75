// SPDX-License-Identifier: GPL-2.0
/*
 * Segments that come late or from somebody who guesses: RFC 9293 3.10.7.4, RFC 5961, RFC 7323 5.
 * The connection outlives all of them.
 */
#include <linux/sock_diag.h>
#include "wire_test.h"

/* A challenge ACK, or the ACK that answers what is out of window */
static void expect_ack(struct conn *c)
{
	conn_expect(c, ACK, c->ack, c->seq, 0);
}

/* Answers to bad segments come one for one */
static void accept_unlimited(struct conn *c, struct wire *w, const struct offer *o)
{
	wire_set("invalid_ratelimit", 0);
	conn_accept(c, w, o);
}

static uint32_t window(const struct conn *c)
{
	return c->syn.wnd;	/* never scaled in a <SYN,ACK> */
}

/* RFC 9293 3.10.7.4 first: what came before is acknowledged again and not taken again */
TEST_F(wire, old_data)
{
	struct conn *c = &self->c;

	accept_unlimited(c, &self->w, &offer_all);
	conn_send(c, ACK | PSH, 100);
	conn_read(c, 100);
	expect_ack(c);
	conn_put(c, ACK | PSH, c->seq - 100, c->ack, 100);
	expect_ack(c);
	conn_put(c, ACK | PSH, c->seq - 50, c->ack, 20);
	expect_ack(c);
	EXPECT_EQ(2, wire_count("DROP_OLD_DATA"));
	conn_alive(c);
}

/* Partly old: only what is new is taken */
TEST_F(wire, overlap)
{
	struct conn *c = &self->c;

	accept_unlimited(c, &self->w, &offer_all);
	conn_send(c, ACK | PSH, 100);
	conn_read(c, 100);
	expect_ack(c);
	c->seq += 50;
	conn_put(c, ACK | PSH, c->seq - 100, c->ack, 100);
	expect_ack(c);
	conn_read(c, 50);
	conn_alive(c);
}

TEST_F(wire, beyond_window)
{
	struct conn *c = &self->c;

	accept_unlimited(c, &self->w, &offer_none);
	conn_put(c, ACK | PSH, c->seq + window(c) + 1, c->ack, 10);
	expect_ack(c);
	conn_put(c, ACK | PSH, c->seq + 0x7fff0000, c->ack, 10);
	expect_ack(c);
	conn_put(c, ACK | FIN, c->seq + window(c) + 1, c->ack, 0);
	expect_ack(c);
	EXPECT_EQ(3, wire_count("DROP_WINDOW"));
	conn_alive(c);
}

/* Partly beyond: the window's part may be taken, no more */
TEST_F(wire, across_window)
{
	struct conn *c = &self->c;

	accept_unlimited(c, &self->w, &offer_none);
	conn_put(c, ACK | PSH, c->seq + window(c) - 5, c->ack, 500);
	expect_ack(c);
	conn_alive(c);
}

/* RFC 5961 3.2: the one number at which a reset is believed */
TEST_F(wire, reset_exact)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_put(c, RST, c->seq, 0, 0);
	EXPECT_EQ(ECONNRESET, wire_error(c->fd));
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(1, wire_count("DROP_RST"));
	EXPECT_EQ(1, wire_count("ESTAB_RESETS"));
}

/* RFC 7323 5.2: a reset needs no timestamp, and an old one does not weaken it */
TEST_F(wire, reset_old_timestamp)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	c->tsval -= 100000;
	conn_put(c, RST, c->seq, 0, 0);
	EXPECT_EQ(ECONNRESET, wire_error(c->fd));
	conn_accept(c, &self->w, &offer_all);
	c->ts = false;
	conn_put(c, RST | ACK, c->seq, c->ack, 0);
	EXPECT_EQ(ECONNRESET, wire_error(c->fd));
}

TEST_F(wire, reset_inexact)
{
	struct conn *c = &self->c;

	accept_unlimited(c, &self->w, &offer_none);
	conn_put(c, RST, c->seq + 1, 0, 0);
	expect_ack(c);
	conn_put(c, RST | ACK, c->seq + window(c) - 1, c->ack, 0);
	expect_ack(c);
	EXPECT_EQ(2, wire_count("DROP_RST_INEXACT"));
	EXPECT_EQ(2, wire_count("CHALLENGE_ACKS"));
	conn_alive(c);
}

TEST_F(wire, reset_outside)
{
	struct conn *c = &self->c;

	accept_unlimited(c, &self->w, &offer_none);
	conn_put(c, RST, c->seq - 1, 0, 0);
	conn_put(c, RST, c->seq + window(c) + 1, 0, 0);
	conn_put(c, RST, c->seq + 0x80000000, 0, 0);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(3, wire_count("DROP_WINDOW"));
	conn_alive(c);
}

/* RFC 5961 4.2: whatever its number, a SYN draws a challenge ACK */
TEST_F(wire, syn)
{
	struct conn *c = &self->c;

	accept_unlimited(c, &self->w, &offer_none);
	conn_put(c, SYN, c->seq, 0, 0);
	expect_ack(c);
	conn_put(c, SYN, c->seq + 100, 0, 0);
	expect_ack(c);
	conn_put(c, SYN | ACK, c->seq + 100, c->ack, 0);
	expect_ack(c);
	EXPECT_EQ(3, wire_count("DROP_SYN_IN_WINDOW"));
	conn_put(c, SYN, c->seq + 0x40000000, 0, 0);
	expect_ack(c);
	EXPECT_EQ(4, wire_count("CHALLENGE_ACKS"));
	conn_alive(c);
}

/* RFC 5681 3.1: the window grows by what is acknowledged, so that many ACKs for a segment gain nothing */
TEST_F(wire, ack_division)
{
	struct tcp_info before = {}, after = {};
	socklen_t len = sizeof(before);
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	ASSERT_EQ(0, getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &before, &len));
	conn_write(c, before.tcpi_snd_cwnd * before.tcpi_snd_mss);
	for (uint32_t i = 1; i <= 20; i++)
		conn_put(c, ACK, c->seq, c->ack + i * before.tcpi_snd_mss / 20, 0);
	EXPECT_EQ(before.tcpi_snd_cwnd * before.tcpi_snd_mss, (uint32_t)conn_take_now(c, before.tcpi_snd_mss));
	ASSERT_EQ(0, getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &after, &len));
	EXPECT_LE(after.tcpi_snd_cwnd, before.tcpi_snd_cwnd + 1);
}

/* ACKs that are there */
static void pass_over(struct conn *c)
{
	struct seg s;

	wire_ping(c->w);
	while (wire_next(c->w, &s))
		;
}

/* Segments of a byte each, in order and with gaps, cost twice the buffer and a segment, and no more */
TEST_F(wire, tiny_segments)
{
	enum { N = 2000 };
	uint32_t mem[SK_MEMINFO_VARS];
	socklen_t len = sizeof(mem);
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	wire_setopt(c->fd, SOL_SOCKET, SO_RCVBUF, 16384);
	for (int gap = 1; gap <= 2; gap++) {
		for (int i = 0; i < N; i++) {
			conn_put(c, ACK, c->seq + i * gap + (gap == 2), c->ack, 1);
			if (i % 100 == 99)
				pass_over(c);
		}
		ASSERT_EQ(0, getsockopt(c->fd, SOL_SOCKET, SO_MEMINFO, mem, &len));
		EXPECT_LE(mem[SK_MEMINFO_RMEM_ALLOC], 2 * mem[SK_MEMINFO_RCVBUF] + 4096);
		if (gap == 1)
			c->seq += N;
	}
	conn_read(c, N);
}

/* RFC 5961 5.2: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT */
TEST_F(wire, ack_of_unsent)
{
	struct conn *c = &self->c;

	accept_unlimited(c, &self->w, &offer_none);
	conn_put(c, ACK | PSH, c->seq, c->ack + 1, 10);
	expect_ack(c);
	conn_put(c, ACK, c->seq, c->ack + 0x70000000, 0);
	expect_ack(c);
	EXPECT_EQ(2, wire_count("DROP_ACK_UNSENT"));
	conn_alive(c);
}

TEST_F(wire, ack_too_old)
{
	struct conn *c = &self->c;

	accept_unlimited(c, &self->w, &offer_none);
	conn_put(c, ACK | PSH, c->seq, c->ack - 65535 - 1, 10);
	expect_ack(c);
	EXPECT_EQ(1, wire_count("DROP_ACK_OLD"));
	EXPECT_EQ(1, wire_count("CHALLENGE_ACKS"));
	conn_alive(c);
}

/* An old ACK that is not too old takes its data along */
TEST_F(wire, ack_old)
{
	struct conn *c = &self->c;

	accept_unlimited(c, &self->w, &offer_none);
	conn_write(c, 100);
	conn_take(c, 100);
	conn_ack(c);
	conn_put(c, ACK | PSH, c->seq, c->ack - 100, 10);
	c->seq += 10;
	conn_read(c, 10);
	expect_ack(c);
	conn_alive(c);
}

/* RFC 7323 5.3 R1 */
TEST_F(wire, paws)
{
	struct conn *c = &self->c;
	struct seg s;

	accept_unlimited(c, &self->w, &offer_all);
	c->tsval += 1000;
	conn_send(c, ACK | PSH, 1);
	conn_read(c, 1);
	expect_ack(c);
	s = conn_seg(c, ACK | PSH, c->seq, c->ack, 10);
	s.tsval -= 1;
	wire_put(&self->w, &s);
	expect_ack(c);
	s.tsval -= 0x40000000;
	wire_put(&self->w, &s);
	expect_ack(c);
	EXPECT_EQ(2, wire_count("DROP_PAWS"));
	conn_alive(c);
}

/* RFC 7323 3.2: agreed on and missing: dropped without a word */
TEST_F(wire, timestamp_missing)
{
	struct conn *c = &self->c;
	struct seg s;

	accept_unlimited(c, &self->w, &offer_all);
	s = conn_seg(c, ACK | PSH, c->seq, c->ack, 10);
	s.has_ts = false;
	wire_put(&self->w, &s);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(1, wire_count("DROP_PAWS"));
	conn_alive(c);
}

/* RFC 7323 4.3: the echo is that of the segment that moved the window's edge, not of a later one */
TEST_F(wire, echo)
{
	struct conn *c = &self->c;
	uint32_t first;

	accept_unlimited(c, &self->w, &offer_all);
	first = c->seq;
	c->tsval += 10;
	conn_put(c, ACK, first + 100, c->ack, 100);
	EXPECT_EQ(c->tsval - 10, conn_expect(c, ACK, c->ack, first, 0).tsecr);
	c->tsval += 10;
	conn_put(c, ACK, first, c->ack, 100);
	c->seq += 200;
	EXPECT_EQ(c->tsval, conn_expect(c, ACK, c->ack, c->seq, 0).tsecr);
}

/* Not agreed on, a timestamp means nothing */
TEST_F(wire, timestamp_unasked)
{
	struct conn *c = &self->c;
	struct seg s;

	conn_accept(c, &self->w, &offer_none);
	for (int i = 0; i < 2; i++) {
		s = conn_seg(c, ACK | PSH, c->seq, c->ack, 10);
		s.has_ts = true;
		s.tsval = 1000000 - 1000 * i;
		c->seq += 10;
		wire_put(&self->w, &s);
		EXPECT_TRUE(conn_acked(c));
	}
	conn_read(c, 20);
	conn_alive(c);
}

/* RFC 5961 7: who is flooded does not flood back */
TEST_F(wire, challenge_limit)
{
	struct conn *c = &self->c;

	wire_set("invalid_ratelimit", 2000000000);
	conn_accept(c, &self->w, &offer_none);
	conn_put(c, RST, c->seq + 1, 0, 0);
	expect_ack(c);
	for (int i = 0; i < 20; i++)
		conn_put(c, i & 1 ? RST : SYN, c->seq + 1 + i, 0, 0);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(1, wire_count("CHALLENGE_ACKS"));
	EXPECT_EQ(20, wire_count("CHALLENGE_SUPPRESSED"));
	conn_alive(c);
}

/* The limit of the namespace, challenge_ack_limit */
TEST_F(wire, challenge_limit_of_all)
{
	struct conn *c = &self->c;

	wire_set("challenge_ack_limit", 0);
	accept_unlimited(c, &self->w, &offer_none);
	conn_put(c, RST, c->seq + 1, 0, 0);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(1, wire_count("CHALLENGE_SUPPRESSED"));
	conn_alive(c);
}

/* RFC 9293 3.8.3: an ACK that answers an ACK would be answered for ever; bare ones are limited */
TEST_F(wire, ack_war)
{
	struct conn *c = &self->c;

	wire_set("invalid_ratelimit", 2000000000);
	conn_accept(c, &self->w, &offer_none);
	for (int i = 0; i < 10; i++)
		conn_put(c, ACK, c->seq + 0x40000000, c->ack, 0);
	expect_ack(c);
	EXPECT_TRUE(conn_quiet(c));
	conn_alive(c);
}

/* The limit of a connection is its own */
TEST_F(wire, challenge_limit_of_each)
{
	struct conn *c = &self->c;
	struct conn first;

	wire_set("invalid_ratelimit", 2000000000);
	conn_listen(c, &self->w, 8);
	conn_begin(c, &offer_none);
	conn_ack(c);
	conn_accepted(c);
	first = *c;
	c->pport++;
	conn_begin(c, &offer_none);
	conn_ack(c);
	conn_accepted(c);
	conn_put(&first, RST, first.seq + 1, 0, 0);
	expect_ack(&first);
	conn_put(&first, RST, first.seq + 1, 0, 0);
	conn_put(c, RST, c->seq + 1, 0, 0);
	expect_ack(c);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(2, wire_count("CHALLENGE_ACKS"));
	EXPECT_EQ(1, wire_count("CHALLENGE_SUPPRESSED"));
	conn_alive(&first);
	conn_alive(c);
	close(first.fd);
}

/* Half-open connections are limited like any */
TEST_F(wire, challenge_limit_half_open)
{
	struct conn *c = &self->c;

	wire_set("invalid_ratelimit", 2000000000);
	conn_listen(c, &self->w, 8);
	conn_begin(c, &offer_none);
	conn_put(c, RST, c->seq + 1, 0, 0);
	expect_ack(c);
	for (int i = 0; i < 10; i++)
		conn_put(c, RST, c->seq + 1, 0, 0);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(10, wire_count("CHALLENGE_SUPPRESSED"));
	conn_ack(c);
	conn_accepted(c);
	conn_alive(c);
}

/*
 * RFC 5961 7: who gives each end a byte that the other never sent makes every ACK of either a keep-alive of the
 * other's, for ever
 */
TEST_F(wire, keepalive_storm)
{
	struct conn *c = &self->c;

	wire_set("invalid_ratelimit", 2000000000);
	conn_accept(c, &self->w, &offer_none);
	for (int i = 0; i < 10; i++)
		conn_put(c, ACK, c->seq - 1, c->ack, 0);
	expect_ack(c);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(9, wire_count("INVALID_SUPPRESSED"));
	conn_alive(c);
}

/* What others draw does not silence the answer to a keep-alive */
TEST_F(wire, keepalive_without_challenges)
{
	struct conn *c = &self->c;

	wire_set("challenge_ack_limit", 0);
	conn_accept(c, &self->w, &offer_none);
	conn_put(c, ACK, c->seq - 1, c->ack, 0);
	expect_ack(c);
	conn_alive(c);
}

/* Resets to segments for nobody are bounded, too */
TEST_F(wire, reset_limit)
{
	struct conn *c = &self->c;
	int resets = 0;
	struct seg s;

	wire_set("rst_ratelimit", 3);
	conn_listen(c, &self->w, 8);
	for (int i = 0; i < 200; i++)
		conn_put(c, ACK, 7, 7, 0);
	wire_ping(&self->w);
	while (wire_next(&self->w, &s))
		resets++;
	EXPECT_EQ(200, resets + wire_count("RST_LIMITED"));
	EXPECT_LT(0, wire_count("RST_LIMITED"));
}

#include "wire_main.h"
