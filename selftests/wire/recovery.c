// SPDX-License-Identifier: GPL-2.0
/*
 * Losses: the retransmission timer (RFC 6298), fast retransmit and recovery (RFC 5681 3.2, RFC 6582,
 * RFC 6675), RACK and the tail loss probe (RFC 8985), what was for nothing (RFC 3522, RFC 3708, RFC 5682)
 */
#include "wire_test.h"

#define MSS 1000
#define NO_THRESHOLD 0x7fffffff	/* as tcp_info has it where nothing was lost yet */

/* @n segments are in flight that the peer has seen and not acknowledged; returns the first's number */
static uint32_t in_flight(struct conn *c, int n)
{
	uint32_t first = c->ack;

	conn_write(c, n * MSS);
	for (int i = 0; i < n; i++)
		conn_take(c, MSS);
	return first;
}

static void accept_calm(struct conn *c, struct wire *w, const struct offer *o)
{
	conn_accept(c, w, o);
	conn_calm(c);
}

static void put_ack(struct conn *c, uint32_t ack)
{
	conn_put(c, ACK, c->seq, ack, 0);
}

/* An ACK with SACK blocks, in segments behind @una; the options are the test's own: no timestamps */
static void put_sack(struct conn *c, uint32_t una, int blocks, const int (*seg)[2])
{
	struct seg s = conn_seg(c, ACK, c->seq, una, 0);

	s.sacks = blocks;
	for (int i = 0; i < blocks; i++) {
		s.sack[i].start = una + seg[i][0] * MSS;
		s.sack[i].end = una + seg[i][1] * MSS;
	}
	wire_put(c->w, &s);
}

/* What has been sent again by now: segment numbers from @first, as bits */
static unsigned int resent(struct conn *c, uint32_t first)
{
	unsigned int bits = 0;
	struct seg s;

	wire_ping(c->w);
	while (wire_next(c->w, &s))
		for (uint32_t at = s.seq; s.len && at - s.seq < (uint32_t)s.len; at += MSS)
			if (at - first < 32 * MSS)
				bits |= 1U << (at - first) / MSS;
	return bits;
}

static const struct offer with_sack = { .mss = MSS, .sackok = true };
static const struct offer with_ts = { .mss = MSS + 12, .ts = true };	/* which take 12 bytes */

static struct tcp_info info_of(struct conn *c)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	getsockopt(c->fd, SOL_TCP, TCP_INFO, &info, &len);
	return info;
}

/* RFC 5681 3.2: the third duplicate, not the second */
TEST_F(wire, fast_retransmit)
{
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &offer_none);
	first = in_flight(c, 6);
	put_ack(c, first);
	put_ack(c, first);
	EXPECT_EQ(0, resent(c, first));
	put_ack(c, first);
	EXPECT_EQ(1, resent(c, first));
	EXPECT_EQ(1, wire_count("FAST_RETRANS"));
	EXPECT_EQ(1, wire_count("RECOVERY_ENTER"));
	EXPECT_EQ(0, wire_count("RTOS"));
	EXPECT_EQ(3, wire_count("DUPACKS"));
	put_ack(c, first);
	EXPECT_EQ(0, resent(c, first));		/* once is enough */
	conn_ack(c);
	conn_alive(c);
}

/* RFC 9438 4.6: by CUBIC the threshold is 0.7 of what was in flight, by Reno the half */
TEST_F(wire, cubic_threshold)
{
	struct conn *c = &self->c;
	uint32_t first, after;

	accept_calm(c, &self->w, &offer_none);
	ASSERT_EQ(0, setsockopt(c->fd, SOL_TCP, TCP_CONGESTION, "cubic", 5));
	first = in_flight(c, 10);
	for (int i = 0; i < 3; i++)
		put_ack(c, first);
	EXPECT_EQ(1, resent(c, first));
	EXPECT_EQ(7, info_of(c).tcpi_snd_ssthresh);
	put_ack(c, first + 10 * MSS);
	EXPECT_EQ(TCP_CA_Open, info_of(c).tcpi_ca_state);
	after = info_of(c).tcpi_snd_ssthresh;	/* less by what was lost, where the window was not in use: RFC 7661 4.4.1 */
	ASSERT_EQ(0, setsockopt(c->fd, SOL_TCP, TCP_CONGESTION, "reno", 4));
	EXPECT_EQ(after, info_of(c).tcpi_snd_ssthresh);
	conn_ack(c);
	conn_alive(c);
}

/* RFC 3042 2: the first two duplicates let new data go, beyond the window */
TEST_F(wire, limited_transmit)
{
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &offer_none);
	first = in_flight(c, 10);
	conn_write(c, 4 * MSS);
	EXPECT_EQ(0, resent(c, first));
	put_ack(c, first);
	EXPECT_EQ(1 << 10, resent(c, first));
	put_ack(c, first);
	EXPECT_EQ(1 << 11, resent(c, first));
	put_ack(c, first);
	EXPECT_EQ(1, resent(c, first));
	EXPECT_EQ(5, info_of(c).tcpi_snd_ssthresh);
	c->ack += 2 * MSS;
	conn_ack(c);
	conn_take(c, MSS);
	conn_take(c, MSS);
	conn_ack(c);
	conn_alive(c);
}

/* RFC 6582 3.2: a partial ACK says what is missing next */
TEST_F(wire, partial_ack)
{
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &offer_none);
	first = in_flight(c, 8);
	for (int i = 0; i < 3; i++)
		put_ack(c, first);
	EXPECT_EQ(1, resent(c, first));
	put_ack(c, first + 3 * MSS);
	EXPECT_EQ(1 << 3, resent(c, first));
	put_ack(c, first + 5 * MSS);
	EXPECT_EQ(1 << 5, resent(c, first));
	conn_ack(c);
	EXPECT_EQ(1, wire_count("RECOVERY_ENTER"));
	EXPECT_EQ(0, wire_count("RTOS"));
	conn_alive(c);
}

/* Duplicates that are none: RFC 5681 2 */
TEST_F(wire, no_duplicates)
{
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &offer_none);
	first = in_flight(c, 6);
	for (int i = 0; i < 4; i++) {		/* window updates */
		c->wnd--;
		put_ack(c, first);
	}
	for (int i = 0; i < 4; i++) {		/* with data */
		conn_put(c, ACK | PSH, c->seq, first, 10);
		c->seq += 10;
	}
	EXPECT_EQ(0, resent(c, first));
	EXPECT_EQ(0, wire_count("RECOVERY_ENTER"));
	conn_read(c, 40);
	conn_ack(c);
	conn_alive(c);
}

/* RFC 8985 6.2: with three segments above that are acknowledged, what was sent before is lost at once */
TEST_F(wire, sack)
{
	static const int three[][2] = { { 1, 4 } };
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &with_sack);
	first = in_flight(c, 8);
	put_sack(c, first, 1, three);
	EXPECT_EQ(1, resent(c, first));
	EXPECT_EQ(1, wire_count("FAST_RETRANS"));
	EXPECT_EQ(1, wire_count("SACK_RECV"));
	conn_ack(c);
	EXPECT_EQ(0, wire_count("RTOS"));
	conn_alive(c);
}

/* Two of a window were lost: one recovery, and each is counted */
TEST_F(wire, sack_two_lost)
{
	static const int four[][2] = { { 2, 6 } }, same[][2] = { { 1, 5 } };
	struct conn *c = &self->c;
	unsigned int again;
	uint32_t first;

	accept_calm(c, &self->w, &with_sack);
	first = in_flight(c, 6);
	put_sack(c, first, 1, four);
	again = resent(c, first);
	put_sack(c, first + MSS, 1, same);
	again |= resent(c, first);
	EXPECT_EQ(3, again);
	EXPECT_EQ(1, wire_count("RECOVERY_ENTER"));
	EXPECT_EQ(2, wire_count("FAST_RETRANS"));
	EXPECT_EQ(2, wire_count("RETRANS_SEGS"));
	conn_ack(c);
	EXPECT_EQ(0, wire_count("RTOS"));
	conn_alive(c);
}

/* RFC 8985 6.2 step 5: with fewer, it is when the reordering window is over, and without the timeout */
TEST_F(wire, sack_of_two)
{
	static const int two[][2] = { { 1, 3 } };
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &with_sack);
	first = in_flight(c, 4);
	put_sack(c, first, 1, two);
	conn_get_again(c, first);
	EXPECT_EQ(1, wire_count("RECOVERY_ENTER"));
	conn_ack(c);
	EXPECT_EQ(0, wire_count("RTOS"));
	conn_alive(c);
}

/* RFC 8985 6.2: a retransmission that is lost goes again when what was sent later has arrived */
TEST_F(wire, lost_retransmission)
{
	static const int three[][2] = { { 1, 4 } }, all[][2] = { { 1, 9 } }, more[][2] = { { 1, 12 } };
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &with_sack);
	first = in_flight(c, 9);
	put_sack(c, first, 1, three);
	EXPECT_EQ(1, resent(c, first));
	conn_write(c, 3 * MSS);
	put_sack(c, first, 1, all);
	EXPECT_EQ(7 << 9, resent(c, first));
	put_sack(c, first, 1, more);
	conn_get_again(c, first);
	c->ack += 3 * MSS;
	conn_ack(c);
	EXPECT_EQ(0, wire_count("RTOS"));
	conn_alive(c);
}

/* RFC 8985 6.2 step 3: what is below a block, and was sent once, comes later */
TEST_F(wire, reordering_seen)
{
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &with_sack);
	first = in_flight(c, 8);
	put_ack(c, first + 2 * MSS);
	EXPECT_EQ(0, info_of(c).tcpi_reord_seen);
	put_sack(c, first + 2 * MSS, 1, (const int [][2]) { { 5, 6 } });
	put_sack(c, first + 2 * MSS, 1, (const int [][2]) { { 4, 6 } });
	conn_ack(c);
	/* a slow machine may have sent it again by then */
	EXPECT_LE(1, info_of(c).tcpi_reord_seen + wire_count("RECOVERY_ENTER"));
	conn_alive(c);
}

/* RFC 8985 7.3: the last segment, long before the timeout */
TEST_F(wire, tail_probe)
{
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &with_sack);
	wire_set("early_retrans", 1);
	first = in_flight(c, 4);
	EXPECT_EQ(MSS, conn_get_again(c, first + 3 * MSS).len);
	wire_await_count("TAIL_PROBES", 1);	/* counted when it has gone */
	conn_ack(c);
	EXPECT_EQ(0, wire_count("RTOS"));
	conn_alive(c);
}

/* RFC 8985 7.4.2: the probe was what had been lost, and the window shrinks for it */
TEST_F(wire, tail_probe_repairs)
{
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &with_sack);
	wire_set("early_retrans", 1);
	first = in_flight(c, 4);
	conn_get_again(c, first + 3 * MSS);
	conn_ack(c);
	EXPECT_EQ(0, wire_count("TAIL_PROBE_REPAIRS"));
	conn_write(c, 100);
	conn_take(c, 100);
	conn_ack(c);
	EXPECT_EQ(1, wire_count("TAIL_PROBE_REPAIRS"));
	EXPECT_GT(NO_THRESHOLD, info_of(c).tcpi_snd_ssthresh);
	conn_alive(c);
}

/* RFC 8985 7.4.2: it had arrived, as the D-SACK says */
TEST_F(wire, tail_probe_for_nothing)
{
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &with_sack);
	wire_set("early_retrans", 1);
	first = in_flight(c, 4);
	conn_get_again(c, first + 3 * MSS);
	put_sack(c, c->ack, 1, (const int [][2]) { { -1, 0 } });
	EXPECT_EQ(1, wire_count("DSACK_RECV"));
	conn_write(c, 100);
	conn_take(c, 100);
	conn_ack(c);
	EXPECT_EQ(0, wire_count("TAIL_PROBE_REPAIRS"));
	EXPECT_EQ(NO_THRESHOLD, info_of(c).tcpi_snd_ssthresh);
	conn_alive(c);
}

/* The same, as a peer without D-SACK says it */
TEST_F(wire, tail_probe_duplicate)
{
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &with_sack);
	wire_set("early_retrans", 1);
	first = in_flight(c, 4);
	conn_get_again(c, first + 3 * MSS);
	conn_ack(c);
	conn_ack(c);
	conn_write(c, 100);
	conn_take(c, 100);
	conn_ack(c);
	EXPECT_EQ(0, wire_count("TAIL_PROBE_REPAIRS"));
	EXPECT_EQ(NO_THRESHOLD, info_of(c).tcpi_snd_ssthresh);
	conn_alive(c);
}

/* RFC 8985 6.2 step 3: nothing is before the SYN */
TEST_F(wire, no_reordering_in_a_handshake)
{
	struct conn *c = &self->c;

	for (int i = 0; i < 4; i++) {
		conn_connect(c, &self->w, &offer_all);
		EXPECT_EQ(0, info_of(c).tcpi_reord_seen);
		conn_alive(c);
	}
}

/* RFC 3708 3: a D-SACK for what was never sent again is the network's doing */
TEST_F(wire, dsack_for_nothing)
{
	static const int three[][2] = { { 1, 4 } };
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &with_sack);
	first = in_flight(c, 8);
	put_ack(c, first + MSS);
	for (int i = 0; i < 3; i++)
		put_sack(c, first + MSS, 1, (const int [][2]) { { -1, 0 } });
	EXPECT_EQ(3, wire_count("DSACK_RECV"));
	put_sack(c, first + MSS, 1, three);
	EXPECT_EQ(2, resent(c, first));
	put_sack(c, first + 5 * MSS, 1, (const int [][2]) { { -4, -3 } });
	EXPECT_EQ(0, wire_count("DSACK_UNDO"));
	conn_ack(c);
	conn_alive(c);
}

/* RFC 8985 7.3: new data rather than old, whatever the congestion window says */
TEST_F(wire, tail_probe_of_new_data)
{
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &with_sack);
	wire_set("early_retrans", 1);
	first = c->ack;
	conn_write(c, 15 * MSS);
	for (int i = 0; i < 10; i++)
		conn_take(c, MSS);
	conn_take(c, MSS);
	wire_await_count("TAIL_PROBES", 1);	/* counted when it has gone */
	EXPECT_EQ(0, wire_count("RETRANS_SEGS"));
	conn_ack(c);
	EXPECT_EQ(0, wire_count("TAIL_PROBE_REPAIRS"));
	for (int i = 0; i < 4; i++)
		conn_take(c, MSS);
	EXPECT_EQ(first + 15 * MSS, c->ack);
	conn_ack(c);
	conn_alive(c);
}

/* RFC 8985 7: what the probe draws tells RACK of all that was lost before it */
TEST_F(wire, tail_probe_finds_losses)
{
	static const int probe[][2] = { { 10, 11 } };
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &with_sack);
	wire_set("early_retrans", 1);
	first = c->ack;
	conn_write(c, 11 * MSS);
	for (int i = 0; i < 11; i++)
		conn_take(c, MSS);
	put_sack(c, first, 1, probe);
	conn_get_again(c, first);
	put_sack(c, first + MSS, 1, (const int [][2]) { { 9, 10 } });
	conn_get_again(c, first + MSS);
	EXPECT_EQ(1, wire_count("RECOVERY_ENTER"));
	EXPECT_EQ(0, wire_count("RTOS"));
	conn_ack(c);
	conn_alive(c);
}

/* RFC 3708: what was sent again had arrived, all of it */
TEST_F(wire, undone_by_dsack)
{
	static const int three[][2] = { { 1, 4 } };
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &with_sack);
	first = in_flight(c, 8);
	put_sack(c, first, 1, three);
	EXPECT_EQ(1, resent(c, first));
	EXPECT_GT(NO_THRESHOLD, info_of(c).tcpi_snd_ssthresh);
	put_sack(c, first + 4 * MSS, 1, (const int [][2]) { { -4, -3 } });
	EXPECT_EQ(1, wire_count("DSACK_UNDO"));
	EXPECT_EQ(NO_THRESHOLD, info_of(c).tcpi_snd_ssthresh);
	EXPECT_EQ(TCP_CA_Open, info_of(c).tcpi_ca_state);
	EXPECT_LE(10, info_of(c).tcpi_snd_cwnd);
	EXPECT_EQ(1, info_of(c).tcpi_dsack_dups);
	conn_ack(c);
	conn_alive(c);
}

/* RFC 3522: the echo is older than the retransmission */
TEST_F(wire, undone_by_timestamp)
{
	struct conn *c = &self->c;
	uint32_t first, echo;
	struct seg s;

	wire_set("rto_min_us", 1000000);	/* nor is it to expire again at once */
	conn_accept(c, &self->w, &with_ts);
	first = in_flight(c, 4);
	echo = c->ts_recent;
	s = conn_get_again(c, first);
	EXPECT_LT(0, (int)(s.tsval - echo));
	c->ts_recent = echo;
	put_ack(c, first + MSS);
	EXPECT_EQ(1, wire_count("EIFEL_UNDO"));
	EXPECT_EQ(NO_THRESHOLD, info_of(c).tcpi_snd_ssthresh);
	EXPECT_EQ(0, resent(c, first) & ~1);
	c->ts_recent = s.tsval;
	conn_ack(c);
	conn_alive(c);
}

/* RFC 5682 2.1: new data goes after the first ACK, and the second shows that nothing was lost */
TEST_F(wire, undone_by_frto)
{
	struct conn *c = &self->c;
	uint32_t first;

	conn_accept(c, &self->w, &offer_none);
	first = in_flight(c, 10);
	conn_write(c, 4 * MSS);
	conn_get_again(c, first);
	put_ack(c, first + MSS);
	EXPECT_EQ(1 << 10 | 1 << 11, resent(c, first));
	put_ack(c, first + 2 * MSS);
	EXPECT_EQ(1, wire_count("FRTO_UNDO"));
	EXPECT_EQ(NO_THRESHOLD, info_of(c).tcpi_snd_ssthresh);
	EXPECT_LE(10, info_of(c).tcpi_snd_cwnd);
	put_ack(c, first + 4 * MSS);
	EXPECT_EQ(1 << 12 | 1 << 13, resent(c, first));
	c->ack += 4 * MSS;
	conn_ack(c);
	EXPECT_EQ(1, wire_count("RTOS"));
	conn_alive(c);
}

/* RFC 5682 2.1 step 3a: a duplicate, and what was lost goes again */
TEST_F(wire, frto_finds_a_loss)
{
	struct conn *c = &self->c;
	uint32_t first;

	conn_accept(c, &self->w, &offer_none);
	first = in_flight(c, 10);
	conn_write(c, 2 * MSS);
	conn_get_again(c, first);
	put_ack(c, first + MSS);
	EXPECT_EQ(1 << 10 | 1 << 11, resent(c, first));
	put_ack(c, first + MSS);
	EXPECT_EQ(0, wire_count("FRTO_UNDO"));
	conn_get_again(c, first + MSS);
	c->ack += 2 * MSS;
	conn_ack(c);
	conn_alive(c);
}

/* All holes and nothing but holes, in one recovery */
TEST_F(wire, sack_holes)
{
	static const int blocks[][2] = { { 7, 10 }, { 4, 6 }, { 1, 3 } };
	struct conn *c = &self->c;
	unsigned int bits = 0;
	uint32_t first;

	accept_calm(c, &self->w, &with_sack);
	first = in_flight(c, 10);
	put_sack(c, first, 3, blocks);
	bits |= resent(c, first);
	EXPECT_EQ(1, bits & 1);
	put_sack(c, first + 3 * MSS, 2, (const int [][2]) { { 4, 7 }, { 1, 3 } });
	bits |= resent(c, first);
	put_sack(c, first + 6 * MSS, 1, (const int [][2]) { { 1, 4 } });
	bits |= resent(c, first);
	EXPECT_EQ(1 << 0 | 1 << 3 | 1 << 6, bits);
	conn_ack(c);
	EXPECT_EQ(1, wire_count("RECOVERY_ENTER"));
	EXPECT_EQ(0, wire_count("RTOS"));
	conn_alive(c);
}

/* Blocks that make no sense: ignored, counted where they are beyond all that was sent */
TEST_F(wire, sack_invalid)
{
	static const int bad[][2] = {
		{ 100, 103 }, { 5, 2 }, { -3, -1 }, { 3, 3 }, { 0x100000, 0x100003 },
	};
	struct conn *c = &self->c;
	uint32_t first;

	accept_calm(c, &self->w, &with_sack);
	first = in_flight(c, 6);
	for (int i = 0; i < 5; i++)
		put_sack(c, first, 1, &bad[i]);
	EXPECT_EQ(0, resent(c, first));
	EXPECT_LE(1, wire_count("SACK_INVALID"));
	EXPECT_EQ(0, wire_count("RECOVERY_ENTER"));
	conn_ack(c);
	conn_alive(c);
}

/* RFC 2018 8: what was selectively acknowledged may be taken back; only the ACK lets it go */
TEST_F(wire, sack_reneged)
{
	static const int blocks[][2] = { { 1, 4 } };
	struct conn *c = &self->c;
	struct seg s;
	uint32_t first;

	conn_accept(c, &self->w, &with_sack);
	first = in_flight(c, 4);
	put_sack(c, first, 1, blocks);
	put_ack(c, first + MSS);
	do
		s = conn_get_again(c, first + MSS);
	while (s.len != MSS);
	conn_ack(c);
	conn_alive(c);
}

/* RFC 6298 5: again, and at growing distances */
TEST_F(wire, timeout)
{
	struct conn *c = &self->c;
	uint32_t sent[5];
	struct seg s;

	conn_accept(c, &self->w, &offer_all);
	wire_set("early_retrans", 0);
	conn_write(c, 100);
	s = conn_get(c);
	sent[0] = s.tsval;
	for (int i = 1; i < 5; i++) {
		s = conn_get_again(c, c->ack);
		EXPECT_EQ(100, s.len);
		sent[i] = s.tsval;
	}
	EXPECT_LT(sent[1] - sent[0], sent[4] - sent[3]);
	EXPECT_LE(4, wire_count("RTOS"));
	wire_await_count("RETRANS_SEGS", 4);	/* counted when they have gone */
	c->ack += 100;
	conn_ack(c);
	conn_alive(c);
}

/* RFC 6298 3, RFC 9293 MUST-18: nobody knows which of the two is acknowledged */
TEST_F(wire, karn)
{
	struct conn *c = &self->c;
	uint32_t rtt, rttvar;

	conn_accept(c, &self->w, &offer_none);
	conn_alive(c);
	rtt = info_of(c).tcpi_rtt;
	EXPECT_LT(0, rtt);
	rttvar = info_of(c).tcpi_rttvar;
	conn_write(c, 100);
	conn_get(c);
	conn_get_again(c, c->ack);
	c->ack += 100;
	conn_ack(c);
	EXPECT_EQ(rtt, info_of(c).tcpi_rtt);
	EXPECT_EQ(rttvar, info_of(c).tcpi_rttvar);
	conn_alive(c);
}

/* RFC 6298 5: a doubled RTO stays as long as no round trip has been measured */
TEST_F(wire, backoff_stays)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_alive(c);
	for (int i = 0; i < 2; i++) {
		conn_write(c, 100);
		conn_get(c);
		conn_get_again(c, c->ack);
		c->ack += 100;
		conn_ack(c);
		EXPECT_LE(1 + i, info_of(c).tcpi_backoff);
	}
	for (int i = 0; i < 8 && info_of(c).tcpi_backoff; i++) {	/* a slow machine may need more than one */
		conn_write(c, 100);
		conn_take(c, 100);
		conn_ack(c);
	}
	EXPECT_EQ(0, info_of(c).tcpi_backoff);
	conn_alive(c);
}

/* RFC 6298 5.7: nothing has been measured where the SYN had to be sent again, by either side */
TEST_F(wire, rto_after_lost_syn)
{
	struct conn *c = &self->c;

	conn_start(c, &self->w);
	conn_get_again(c, c->irs);
	conn_answer(c, &offer_none);
	EXPECT_EQ(3000000, info_of(c).tcpi_rto);
	EXPECT_EQ(0, info_of(c).tcpi_backoff);
	conn_listen(c, &self->w, 8);
	conn_begin(c, &offer_none);
	conn_get_again(c, c->irs);
	conn_ack(c);
	conn_accepted(c);
	EXPECT_EQ(3000000, info_of(c).tcpi_rto);
	conn_listen(c, &self->w, 8);
	conn_begin(c, &offer_all);
	conn_get_again(c, c->irs);
	conn_ack(c);
	conn_accepted(c);
	EXPECT_NE(3000000, info_of(c).tcpi_rto);	/* timestamps tell */
}

/* After a timeout everything goes again, in slow start */
TEST_F(wire, timeout_of_many)
{
	struct conn *c = &self->c;
	unsigned int bits;
	uint32_t first;

	conn_accept(c, &self->w, &offer_none);
	first = in_flight(c, 5);
	conn_get_again(c, first);
	put_ack(c, first + MSS);
	bits = resent(c, first);
	EXPECT_EQ(1 << 1 | 1 << 2, bits);
	put_ack(c, first + 3 * MSS);
	bits = resent(c, first);
	EXPECT_EQ(1 << 3 | 1 << 4, bits);
	conn_ack(c);
	conn_alive(c);
}

/* RFC 9293 3.8.3 (MUST-20): R2 */
TEST_F(wire, given_up)
{
	struct conn *c = &self->c;

	wire_set("retries2", 2);
	conn_accept(c, &self->w, &offer_none);
	conn_write(c, 100);
	conn_get(c);
	EXPECT_EQ(ETIMEDOUT, wire_error(c->fd));
	EXPECT_EQ(2, wire_count("RTOS"));
	EXPECT_EQ(1, wire_count("TIMEOUTS"));
}

TEST_F(wire, user_timeout)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	wire_setopt(c->fd, SOL_TCP, TCP_USER_TIMEOUT, 500);
	conn_write(c, 100);
	conn_get(c);
	EXPECT_EQ(ETIMEDOUT, wire_error(c->fd));
	EXPECT_EQ(1, wire_count("TIMEOUTS"));
}

/* What MSG_MORE holds back goes when a timer fires, and is answered: nobody has timed out, however often */
TEST_F(wire, user_timeout_of_small_writes)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	wire_setopt(c->fd, SOL_TCP, TCP_USER_TIMEOUT, 500);
	for (int i = 0; i < 6; i++) {
		conn_write_flags(c, 10, MSG_MORE);
		conn_take(c, 10);
		conn_ack(c);
	}
	EXPECT_EQ(0, wire_count("TIMEOUTS"));
	conn_alive(c);
}

/* An ACK in the middle of a segment: the rest goes again */
TEST_F(wire, partly_acknowledged)
{
	struct conn *c = &self->c;
	struct seg s;
	uint32_t first;

	conn_accept(c, &self->w, &offer_none);
	first = in_flight(c, 1);
	put_ack(c, first + 300);
	s = conn_get_again(c, first + 300);
	EXPECT_EQ(MSS - 300, s.len);
	conn_ack(c);
	conn_alive(c);
}

#include "wire_main.h"
