// SPDX-License-Identifier: GPL-2.0
/* SYN cookies, RFC 4987 3.6: what comes back of a connection that nobody has kept */
#include <limits.h>
#include "wire_test.h"

#define COOKIES_ALWAYS	2

static void listen_with_cookies(struct conn *c, struct wire *w, int backlog)
{
	wire_set("syncookies", COOKIES_ALWAYS);
	conn_listen(c, w, backlog);
}

/* Nothing is kept of a SYN, and the ACK makes a whole connection */
TEST_F(wire, nothing_is_kept)
{
	struct conn *c = &self->c;

	listen_with_cookies(c, &self->w, 8);
	for (int i = 0; i < 100; i++) {
		c->pport++;
		conn_begin(c, &offer_all);
	}
	EXPECT_EQ(0, wire_info(NARU_INFO_REQS));
	EXPECT_EQ(100, wire_count("SYNCOOKIES_SENT"));
	EXPECT_EQ(0, wire_count("SYNCOOKIES_RECV"));
	conn_ack(c);
	conn_accepted(c);
	EXPECT_EQ(1, wire_count("SYNCOOKIES_RECV"));
	EXPECT_EQ(1, wire_count("PASSIVE_OPENS"));
	conn_alive(c);
	EXPECT_EQ(0, wire_count("SYNCOOKIES_FAILED"));
}

/* By pressure: those beyond max_syn_backlog, until there is room */
TEST_F(wire, pressure)
{
	struct conn *c = &self->c;

	wire_set("max_syn_backlog", 3);
	conn_listen(c, &self->w, 8);
	for (int i = 0; i < 10; i++) {
		c->pport++;
		conn_begin(c, &offer_none);
	}
	EXPECT_EQ(3, wire_info(NARU_INFO_REQS));
	EXPECT_EQ(7, wire_count("SYNCOOKIES_SENT"));
	EXPECT_EQ(0, wire_count("DROP_REQ_OVERFLOW"));
	conn_ack(c);
	conn_accepted(c);
	conn_alive(c);
	EXPECT_EQ(3, wire_info(NARU_INFO_REQS));
}

/* No ACK is looked at for a cookie where none was sent: it cannot be guessed either */
TEST_F(wire, none_is_expected)
{
	struct conn *c = &self->c;

	conn_listen(c, &self->w, 8);
	conn_put(c, ACK, 7, 7, 0);
	conn_expect(c, RST, 7, 0, 0);
	EXPECT_EQ(0, wire_count("SYNCOOKIES_FAILED"));
}

static uint32_t draw(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

/* What is answered is a reset. Return: how many there are */
static int refused(struct conn *c)
{
	struct seg s;
	int n = 0;

	wire_ping(c->w);
	for (; wire_next(c->w, &s); n++) {
		errno = EPROTO;
		if (s.flags != RST)
			wire_die("not a reset: %s", wire_text(&s));
	}
	return n;
}

/* Guesses, while cookies are sent: of the next numbers, of the other bits, of anything */
TEST_F(wire, guesses)
{
	struct conn *c = &self->c;
	uint32_t x = 0x5eed;
	int resets = 0;

	wire_set("rst_ratelimit", INT_MAX);
	listen_with_cookies(c, &self->w, 8);
	conn_begin(c, &offer_none);
	for (int i = 8; i < 24; i++)
		conn_put(c, ACK, c->seq, c->ack ^ 1 << i, 0);
	for (int i = 0; i < 984; i++) {
		conn_put(c, ACK, draw(&x), draw(&x), 0);
		if (i % 100 == 0)	/* the device's queue has room for 500 */
			resets += refused(c);
	}
	EXPECT_EQ(1000, resets + refused(c));
	EXPECT_EQ(1000, wire_count("SYNCOOKIES_FAILED"));
	EXPECT_EQ(0, wire_count("PASSIVE_OPENS"));
	conn_ack(c);
	conn_accepted(c);
	conn_alive(c);
}

/* A cookie is a four-tuple's, and goes with the peer's number */
TEST_F(wire, another_tuple)
{
	struct conn *c = &self->c;

	listen_with_cookies(c, &self->w, 8);
	conn_begin(c, &offer_none);
	c->pport++;
	conn_ack(c);
	conn_expect(c, RST, c->ack, 0, 0);
	c->pport--;
	conn_put(c, ACK, c->seq + 1, c->ack, 0);
	conn_expect(c, RST, c->ack, 0, 0);
	EXPECT_EQ(2, wire_count("SYNCOOKIES_FAILED"));
	conn_ack(c);
	conn_accepted(c);
}

/* RFC 9293 3.7.1 (MUST-16): segments are never larger than the peer said, at most one size of the table smaller */
TEST_F(wire, mss)
{
	static const uint16_t said[] = { 1, 500, 536, 600, 1219, 1220, 1300, 1399, 1440, 9000 };
	static const uint16_t sent[] = { 48, 48, 536, 536, 536, 1220, 1300, 1380, 1440, 1440 };
	struct conn *c = &self->c;

	listen_with_cookies(c, &self->w, 8);
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		struct offer o = { .mss = said[i] };
		uint16_t most = IS_V4 && said[i] == 9000 ? 1460 : sent[i];

		c->pport++;
		conn_begin(c, &o);
		conn_ack(c);
		conn_accepted(c);
		conn_write(c, 10000);
		EXPECT_EQ(most, conn_get(c).len);
		conn_put(c, RST, c->seq, 0, 0);
		close(c->fd);
		c->fd = -1;
		c->written = 0;
	}
}

/* RFC 9293 MUST-15: no option, the default */
TEST_F(wire, mss_default)
{
	struct offer o = {};
	struct conn *c = &self->c;

	listen_with_cookies(c, &self->w, 8);
	conn_begin(c, &o);
	conn_ack(c);
	conn_accepted(c);
	conn_write(c, 10000);
	EXPECT_EQ(IS_V4 ? 536 : 1220, conn_get(c).len);
}

/* What was agreed on cannot be kept any more: no connection is better than one that reads windows wrongly */
TEST_F(wire, setting_changed)
{
	static const char * const names[] = { "window_scaling", "sack", "timestamps" };
	struct conn *c = &self->c;

	listen_with_cookies(c, &self->w, 8);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		c->pport++;
		conn_begin(c, &offer_all);
		wire_set(names[i], 0);
		conn_ack(c);
		conn_expect(c, RST, c->ack, 0, 0);
		wire_set(names[i], 1);
		conn_ack(c);
		conn_accepted(c);
		close(c->fd);
		c->fd = -1;
		conn_get(c);
		conn_put(c, RST, c->seq, 0, 0);
	}
	EXPECT_EQ(3, wire_count("SYNCOOKIES_FAILED"));
}

/* Switched off, those on their way are worth nothing */
TEST_F(wire, switched_off)
{
	struct conn *c = &self->c;

	listen_with_cookies(c, &self->w, 8);
	conn_begin(c, &offer_none);
	wire_set("syncookies", 0);
	conn_ack(c);
	conn_expect(c, RST, c->ack, 0, 0);
	EXPECT_EQ(0, wire_count("SYNCOOKIES_FAILED"));
}

/* The accept queue has filled since: what the peer sends again finds room */
TEST_F(wire, accept_queue_fills)
{
	struct conn *c = &self->c;
	struct conn first;

	listen_with_cookies(c, &self->w, 0);
	conn_begin(c, &offer_none);
	first = *c;
	c->pport++;
	conn_begin(c, &offer_none);
	conn_ack(c);
	conn_ack(&first);
	EXPECT_TRUE(conn_quiet(&first));
	EXPECT_EQ(1, wire_count("DROP_LISTEN_OVERFLOW"));
	conn_accepted(c);
	conn_ack(&first);
	conn_accepted(&first);
	conn_alive(&first);
	conn_alive(c);
	close(first.fd);
}

/* The ACK comes twice, and the SYN after it */
TEST_F(wire, twice)
{
	struct conn *c = &self->c;

	listen_with_cookies(c, &self->w, 8);
	conn_begin(c, &offer_all);
	conn_ack(c);
	conn_ack(c);
	conn_accepted(c);
	EXPECT_GT(0, accept(c->lfd, NULL, NULL));
	conn_put(c, SYN, c->iss, 0, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_alive(c);
	EXPECT_EQ(1, wire_count("PASSIVE_OPENS"));
}

/* What the ACK brings besides is taken: data, and the end */
TEST_F(wire, data_and_fin)
{
	struct conn *c = &self->c;

	listen_with_cookies(c, &self->w, 8);
	conn_begin(c, &offer_all);
	conn_send(c, ACK | PSH | FIN, 100);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_accepted(c);
	conn_read(c, 100);
	conn_read_end(c);
}

/* The listener goes: its cookies are nobody's */
TEST_F(wire, listener_goes)
{
	struct conn *c = &self->c;

	listen_with_cookies(c, &self->w, 8);
	conn_begin(c, &offer_none);
	close(c->lfd);
	c->lfd = -1;
	conn_ack(c);
	conn_expect(c, RST, c->ack, 0, 0);
	EXPECT_EQ(0, wire_count("PASSIVE_OPENS"));
}

#include "wire_main.h"
