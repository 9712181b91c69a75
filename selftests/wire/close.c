// SPDX-License-Identifier: GPL-2.0
/* Closing a connection: RFC 9293 3.6, 3.10.4, 3.10.7.4; TIME-WAIT: RFC 6191, RFC 1337 */
#include "wire_test.h"

static void take_fin(struct conn *c)
{
	conn_expect(c, FIN | ACK, c->ack, c->seq, 0);
	c->ack++;
}

/* naru closes first: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT */
static void to_time_wait(struct conn *c, struct wire *w, const struct offer *o)
{
	conn_accept(c, w, o);
	close(c->fd);
	take_fin(c);
	conn_ack(c);
	conn_send(c, FIN | ACK, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
}

TEST_F(wire, active)
{
	struct conn *c = &self->c;

	to_time_wait(c, &self->w, &offer_all);
	EXPECT_EQ(1, wire_count("TW_ENTERED"));
	EXPECT_EQ(1, wire_info(NARU_INFO_TIME_WAIT));
	EXPECT_EQ(0, wire_info(NARU_INFO_ORPHANS));
	EXPECT_TRUE(conn_quiet(c));
}

/* FIN and the ACK of naru's FIN in one: FIN-WAIT-1 to TIME-WAIT */
TEST_F(wire, active_fin_with_ack)
{
	struct conn *c = &self->c;

	conn_connect(c, &self->w, &offer_all);
	close(c->fd);
	take_fin(c);
	conn_send(c, FIN | ACK, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	EXPECT_EQ(1, wire_info(NARU_INFO_TIME_WAIT));
}

/* RFC 9293 3.6 case 3 */
TEST_F(wire, simultaneous)
{
	struct conn *c = &self->c;
	uint32_t before_fin;

	conn_connect(c, &self->w, &offer_all);
	before_fin = c->ack;
	close(c->fd);
	take_fin(c);
	conn_put(c, FIN | ACK, c->seq++, before_fin, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	EXPECT_EQ(0, wire_info(NARU_INFO_TIME_WAIT));	/* CLOSING */
	conn_ack(c);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(1, wire_info(NARU_INFO_TIME_WAIT));
}

TEST_F(wire, passive)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	conn_send(c, FIN | ACK, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_read_end(c);
	close(c->fd);
	take_fin(c);
	EXPECT_EQ(1, wire_info(NARU_INFO_ORPHANS));	/* LAST-ACK */
	conn_ack(c);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(0, wire_info(NARU_INFO_ORPHANS));
	EXPECT_EQ(0, wire_info(NARU_INFO_TIME_WAIT));
	c->ts = false;
	conn_put(c, ACK, c->seq, c->ack, 1);
	conn_expect(c, RST, c->ack, 0, 0);
}

/* RFC 9293 3.6: data still goes to who has closed only his own side, and from who has not */
TEST_F(wire, half_closed_by_naru)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	ASSERT_EQ(0, shutdown(c->fd, SHUT_WR));
	take_fin(c);
	conn_ack(c);
	for (int i = 0; i < 3; i++) {
		conn_send(c, ACK | PSH, 500);
		conn_read(c, 500);
		conn_expect(c, ACK, c->ack, c->seq, 0);
	}
	conn_send(c, ACK | FIN, 10);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_read(c, 10);
	conn_read_end(c);
	EXPECT_EQ(1, wire_info(NARU_INFO_TIME_WAIT));
}

TEST_F(wire, half_closed_by_peer)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	conn_send(c, ACK | FIN, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_read_end(c);
	for (int i = 0; i < 3; i++) {
		conn_write(c, 500);
		conn_take(c, 500);
		conn_ack(c);
	}
	close(c->fd);
	take_fin(c);
	conn_ack(c);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(0, wire_info(NARU_INFO_ORPHANS));
}

/* A program that has answered may close as well: the ACK of the peer's FIN waits a little for that */
TEST_F(wire, ack_of_fin_waits_for_ours)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	conn_send(c, ACK | PSH, 100);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_read(c, 100);
	conn_write(c, 100);
	conn_take(c, 100);
	conn_ack(c);
	conn_send(c, FIN | ACK, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	EXPECT_EQ(1, wire_count("DELAYED_ACKS"));
	conn_read_end(c);
	close(c->fd);
	take_fin(c);
	conn_ack(c);
}

/* The FIN goes with the last data */
TEST_F(wire, fin_with_data)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	conn_write_flags(c, 100, MSG_MORE);
	EXPECT_TRUE(conn_quiet(c));
	close(c->fd);
	conn_expect(c, FIN | ACK, c->ack, c->seq, 100);
}

TEST_F(wire, fin_again)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	wire_set("early_retrans", 0);
	close(c->fd);
	take_fin(c);
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(FIN | ACK, conn_get_again(c, c->ack - 1).flags & ~PSH);
	EXPECT_LE(2, wire_count("RTOS"));
	conn_send(c, FIN | ACK, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
}

TEST_F(wire, fin_again_in_last_ack)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	conn_send(c, FIN | ACK, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	close(c->fd);
	take_fin(c);
	EXPECT_EQ(FIN | ACK, conn_get_again(c, c->ack - 1).flags & ~PSH);
	conn_ack(c);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(0, wire_info(NARU_INFO_ORPHANS));
}

/* The peer's FIN again in CLOSE-WAIT is acknowledged again */
TEST_F(wire, peer_fin_again)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	conn_send(c, FIN | ACK, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_put(c, FIN | ACK, c->seq - 1, c->ack, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_read_end(c);
	conn_write(c, 10);
	conn_take(c, 10);
}

/* A FIN that overtook data waits for it */
TEST_F(wire, fin_overtakes)
{
	struct conn *c = &self->c;
	uint32_t first;

	conn_accept(c, &self->w, &offer_all);
	first = c->seq;
	conn_put(c, FIN | ACK, first + 100, c->ack, 50);
	conn_expect(c, ACK, c->ack, first, 0);
	conn_put(c, ACK, first, c->ack, 100);
	c->seq = first + 151;
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_read(c, 150);
	conn_read_end(c);
}

/* A FIN alone, with the data it follows still missing */
TEST_F(wire, bare_fin_overtakes)
{
	struct conn *c = &self->c;
	uint32_t first;

	conn_accept(c, &self->w, &offer_all);
	first = c->seq;
	conn_put(c, FIN | ACK, first + 100, c->ack, 0);
	conn_expect(c, ACK, c->ack, first, 0);
	conn_put(c, ACK, first, c->ack, 100);
	c->seq = first + 101;
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_read(c, 100);
	conn_read_end(c);
}

/* RFC 9293 3.6.1 (SHLD-3): closed with data unread, the peer must know */
TEST_F(wire, unread_data)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	conn_send(c, ACK | PSH, 10);
	EXPECT_TRUE(conn_acked(c));
	close(c->fd);
	conn_expect(c, RST | ACK, c->ack, c->seq, 0);
	EXPECT_EQ(0, wire_info(NARU_INFO_ORPHANS));
}

/* The same for data that comes after close(2) */
TEST_F(wire, data_after_close)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	close(c->fd);
	take_fin(c);
	conn_ack(c);
	conn_send(c, ACK | PSH, 10);
	conn_expect(c, RST, c->ack, 0, 0);
	EXPECT_EQ(1, wire_count("DROP_AFTER_CLOSE"));
	EXPECT_EQ(0, wire_info(NARU_INFO_ORPHANS));
}

/* socket(7): SO_LINGER of 0 s is ABORT, RFC 9293 3.10.5 */
TEST_F(wire, linger_zero)
{
	struct linger l = { .l_onoff = 1 };
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	conn_write(c, 10);
	conn_take(c, 10);
	ASSERT_EQ(0, setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	close(c->fd);
	conn_expect(c, RST | ACK, c->ack, c->seq, 0);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(0, wire_info(NARU_INFO_ORPHANS));
}

/* tcp(7): TCP_LINGER2 bounds FIN-WAIT-2 */
TEST_F(wire, fin_wait_2_ends)
{
	struct conn *c = &self->c;
	long end = wire_now_ms() + WIRE_PATIENCE_MS;

	conn_accept(c, &self->w, &offer_none);
	wire_setopt(c->fd, SOL_TCP, TCP_LINGER2, 1);
	close(c->fd);
	take_fin(c);
	conn_ack(c);
	while (wire_info(NARU_INFO_ORPHANS) && wire_now_ms() < end)
		poll(NULL, 0, 50);
	EXPECT_EQ(0, wire_info(NARU_INFO_ORPHANS));
	conn_put(c, FIN | ACK, c->seq, c->ack, 0);
	conn_expect(c, RST, c->ack, 0, 0);
}

/* An orphan that nobody answers is given up */
TEST_F(wire, orphan_given_up)
{
	struct conn *c = &self->c;

	wire_set("orphan_retries", 2);
	conn_accept(c, &self->w, &offer_none);
	close(c->fd);
	take_fin(c);
	wire_await_count("TIMEOUTS", 1);
	EXPECT_EQ(0, wire_info(NARU_INFO_ORPHANS));
	EXPECT_EQ(2, wire_count("RTOS"));
}

/* RFC 9293 3.10.7.4: TIME-WAIT answers the FIN that comes again, and what it cannot take */
TEST_F(wire, time_wait_answers)
{
	struct conn *c = &self->c;

	to_time_wait(c, &self->w, &offer_all);
	conn_put(c, FIN | ACK, c->seq - 1, c->ack, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_put(c, ACK, c->seq + 1000000, c->ack, 10);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_put(c, ACK, c->seq - 100, c->ack, 10);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_ack(c);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(4, wire_count("DROP_TIME_WAIT"));
	EXPECT_EQ(1, wire_info(NARU_INFO_TIME_WAIT));
}

/* RFC 9293 3.10.7.4 second: only the exact number ends it */
TEST_F(wire, time_wait_reset)
{
	struct conn *c = &self->c;

	to_time_wait(c, &self->w, &offer_all);
	conn_put(c, RST, c->seq + 1, 0, 0);
	conn_put(c, RST, c->seq - 1, 0, 0);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(1, wire_info(NARU_INFO_TIME_WAIT));
	conn_put(c, RST, c->seq, 0, 0);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(0, wire_info(NARU_INFO_TIME_WAIT));
}

/* RFC 1337: no assassination */
TEST_F(wire, time_wait_rfc1337)
{
	struct conn *c = &self->c;

	wire_set("rfc1337", 1);
	to_time_wait(c, &self->w, &offer_all);
	conn_put(c, RST, c->seq, 0, 0);
	conn_put(c, RST, c->seq + 1, 0, 0);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(1, wire_info(NARU_INFO_TIME_WAIT));
}

/* RFC 6191 2: a new SYN, told from old ones by its timestamp */
TEST_F(wire, time_wait_reopened)
{
	struct conn *c = &self->c;
	uint32_t last;

	to_time_wait(c, &self->w, &offer_all);
	last = c->ack;
	conn_put(c, SYN, c->seq - 5000, 0, 0);		/* the old timestamp, an old number */
	conn_expect(c, ACK, c->ack, c->seq, 0);
	EXPECT_EQ(1, wire_info(NARU_INFO_TIME_WAIT));
	c->iss = c->seq - 5000;
	c->tsval++;
	conn_begin(c, &offer_all);
	EXPECT_LT(0, (int32_t)(c->irs - last));
	EXPECT_EQ(1, wire_count("TW_REUSED"));
	EXPECT_EQ(0, wire_info(NARU_INFO_TIME_WAIT));
	conn_ack(c);
	conn_accepted(c);
	close(c->fd);
	take_fin(c);
}

/* Without timestamps the sequence number decides, RFC 9293 3.6.1 (MAY-2) */
TEST_F(wire, time_wait_reopened_by_number)
{
	struct conn *c = &self->c;

	to_time_wait(c, &self->w, &offer_none);
	conn_put(c, SYN, c->seq - 5000, 0, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	c->iss = c->seq + 5000;
	conn_begin(c, &offer_none);
	EXPECT_EQ(1, wire_count("TW_REUSED"));
}

/* Where nobody listens, a SYN ends no TIME-WAIT: it may be forged, and 2 MSL are for good reason */
TEST_F(wire, time_wait_without_listener)
{
	struct conn *c = &self->c;

	to_time_wait(c, &self->w, &offer_none);
	close(c->lfd);
	c->lfd = -1;
	conn_put(c, SYN, c->seq + 5000, 0, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	EXPECT_EQ(1, wire_info(NARU_INFO_TIME_WAIT));
	EXPECT_EQ(0, wire_count("TW_REUSED"));
	conn_put(c, FIN | ACK, c->seq - 1, c->ack, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
}

/* TIME-WAIT entries are bounded */
TEST_F(wire, time_wait_full)
{
	struct conn *c = &self->c;

	wire_set("max_tw_buckets", 0);
	conn_accept(c, &self->w, &offer_none);
	close(c->fd);
	take_fin(c);
	conn_ack(c);
	conn_send(c, FIN | ACK, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	EXPECT_EQ(1, wire_count("TW_OVERFLOW"));
	EXPECT_EQ(0, wire_info(NARU_INFO_TIME_WAIT));
	conn_put(c, FIN | ACK, c->seq - 1, c->ack, 0);
	conn_expect(c, RST, c->ack, 0, 0);
}

#include "wire_main.h"
