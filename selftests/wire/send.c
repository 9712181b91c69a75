// SPDX-License-Identifier: GPL-2.0
/*
 * When naru sends: windows (RFC 9293 3.8.6, RFC 7323 2), Nagle (3.7.4), silly-window avoidance
 * (3.8.6.2.1), probes (3.8.6.1), keep-alives (3.8.4), the initial window (RFC 6928)
 */
#include <linux/net_tstamp.h>
#include "wire_test.h"
#include <linux/errqueue.h>

/* The peer's window from the handshake's ACK on, in the header's units */
static void accept_window(struct conn *c, struct wire *w, struct offer o, int wnd)
{
	o.wnd = wnd;
	conn_accept(c, w, &o);
	conn_calm(c);
}

/* RFC 6928 2: ten segments, and slow start from there (RFC 5681 3.1) */
TEST_F(wire, initial_window)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_calm(c);
	conn_write(c, 30000);
	EXPECT_EQ(10000, conn_take_now(c, 1000));
	conn_put(c, ACK, c->seq, c->ack - 9000, 0);
	EXPECT_EQ(2000, conn_take_now(c, 1000));
	conn_put(c, ACK, c->seq, c->ack - 8000, 0);
	EXPECT_EQ(6000, conn_take_now(c, 1000));
}

/* The right edge is never passed */
TEST_F(wire, window_respected)
{
	struct conn *c = &self->c;

	accept_window(c, &self->w, offer_none, 3000);
	conn_write(c, 10000);
	EXPECT_EQ(3000, conn_take_now(c, 1000));
	conn_put(c, ACK, c->seq, c->ack - 2000, 0);
	EXPECT_EQ(1000, conn_take_now(c, 1000));
	conn_ack(c);
	EXPECT_EQ(3000, conn_take_now(c, 1000));
}

static void stamps(struct conn *c, int more)
{
	wire_setopt(c->fd, SOL_SOCKET, SO_TIMESTAMPING,
		    SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY | more);
}

static bool has_stamp(struct conn *c)
{
	char control[512];
	struct msghdr msg = { .msg_control = control, .msg_controllen = sizeof(control) };

	return !recvmsg(c->fd, &msg, MSG_ERRQUEUE);
}

/* What a window cut is filled up from what is behind it: a byte that is watched is told of when it is acknowledged */
TEST_F(wire, window_cuts_watched)
{
	struct offer o = { .mss = 1000, .has_wscale = true, .wscale = 4, .wnd = 65535 };
	struct conn *c = &self->c;
	uint32_t first;

	conn_accept(c, &self->w, &o);
	conn_calm(c);
	first = c->ack;
	c->wnd = 0;
	conn_ack(c);
	stamps(c, 0);
	conn_write(c, 65000);
	stamps(c, SOF_TIMESTAMPING_TX_ACK);
	conn_write(c, 100);
	stamps(c, 0);
	conn_write(c, 60000);
	c->wnd = 65535;
	while (c->ack - first < 65100) {
		EXPECT_FALSE(has_stamp(c));
		conn_put(c, ACK, c->seq, c->ack, 0);
		conn_take_now(c, 1000);
	}
	EXPECT_FALSE(has_stamp(c));
	conn_put(c, ACK, c->seq, first + 65100, 0);
	EXPECT_TRUE(has_stamp(c));
}

/* RFC 9293 3.8.6, MUST-34: a window that shrinks is lived with */
TEST_F(wire, window_shrinks)
{
	struct conn *c = &self->c;

	accept_window(c, &self->w, offer_none, 4000);
	conn_write(c, 10000);
	EXPECT_EQ(4000, conn_take_now(c, 1000));
	c->wnd = 1000;
	conn_put(c, ACK, c->seq, c->ack - 3000, 0);
	EXPECT_TRUE(conn_quiet(c));
	c->wnd = 4000;
	conn_ack(c);
	EXPECT_EQ(4000, conn_take_now(c, 1000));
}

/* RFC 9293 3.8.6 (SHLD-16, MAY-7): what is in flight goes again, behind the new edge too */
TEST_F(wire, window_shrinks_and_retransmits)
{
	struct offer o = { .mss = 1000, .wnd = 4000 };
	struct conn *c = &self->c;
	uint32_t first;

	conn_accept(c, &self->w, &o);
	conn_alive(c);			/* measures a round trip: no RTO of a second */
	first = c->ack;
	conn_write(c, 4000);
	EXPECT_EQ(4000, conn_take_now(c, 1000));
	c->wnd = 1000;
	conn_put(c, ACK, c->seq, first, 0);
	EXPECT_EQ(1000, conn_get_again(c, first).len);
	c->wnd = 500;
	conn_put(c, ACK, c->seq, first + 1000, 0);
	conn_get_again(c, first + 1000);
	c->wnd = 65535;
	conn_ack(c);
	conn_alive(c);
}

/* RFC 9293 3.8.6 (MUST-35, SHLD-17): data that the window has left behind is asked after, and no reason to give up */
TEST_F(wire, window_shrinks_to_zero)
{
	struct conn *c = &self->c;
	uint32_t first;

	wire_set("retries2", 2);
	conn_accept(c, &self->w, &offer_none);
	conn_alive(c);
	first = c->ack;
	conn_write(c, 100);
	conn_take(c, 100);
	c->wnd = 0;
	for (int i = 0; i < 4; i++) {
		conn_put(c, ACK, c->seq, first, 0);
		conn_get_again(c, first);
	}
	EXPECT_EQ(0, wire_count("TIMEOUTS"));
	c->wnd = 65535;
	conn_ack(c);
	conn_alive(c);
}

/* RFC 7323 2.3: the shift counts, but not in the SYN */
TEST_F(wire, window_scaled)
{
	struct offer o = { .mss = 500, .has_wscale = true, .wscale = 7, .wnd = 2000 };
	struct conn *c = &self->c;

	conn_listen(c, &self->w, 8);
	conn_begin(c, &o);
	c->wnd = 4;		/* 512 bytes */
	conn_ack(c);
	conn_accepted(c);
	conn_calm(c);
	conn_write(c, 10000);
	EXPECT_EQ(500, conn_take_now(c, 500));
	c->wnd = 16;		/* 2048 bytes */
	conn_ack(c);
	EXPECT_EQ(2000, conn_take_now(c, 500));
}

/* RFC 7323 2.3: more than 14 means 14 */
TEST_F(wire, window_scale_15)
{
	struct offer o = { .mss = 1000, .has_wscale = true, .wscale = 255, .wnd = 65535 };
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &o);
	conn_calm(c);
	c->wnd = 0;
	conn_ack(c);
	conn_write(c, 10);
	EXPECT_TRUE(conn_quiet(c));
	c->wnd = 1;
	conn_ack(c);
	conn_take(c, 10);
}

/* RFC 9293 3.8.6.1 (MUST-36, MUST-37): a closed window is asked after, for as long as it is answered */
TEST_F(wire, zero_window)
{
	struct conn *c = &self->c;
	struct seg s;

	wire_set("retries2", 2);	/* fewer than the probes */
	conn_accept(c, &self->w, &offer_all);
	c->wnd = 0;
	conn_ack(c);
	conn_write(c, 100);
	for (int i = 0; i < 3; i++) {
		s = conn_get(c);
		EXPECT_EQ(ACK, s.flags & ~PSH);
		EXPECT_GE(1, s.len);
		EXPECT_TRUE(s.seq == c->ack - 1 || (s.seq == c->ack && s.len == 1));
		conn_ack(c);
	}
	EXPECT_LE(3, wire_count("ZERO_WINDOW_PROBES"));
	c->wnd = 65535;
	conn_ack(c);
	conn_take(c, 100);
	conn_ack(c);
	conn_alive(c);
}

/* Nobody answers the probes: given up, MUST-37's other side */
TEST_F(wire, zero_window_given_up)
{
	struct conn *c = &self->c;

	wire_set("retries2", 2);
	conn_accept(c, &self->w, &offer_all);
	c->wnd = 0;
	conn_ack(c);
	conn_write(c, 100);
	EXPECT_EQ(ETIMEDOUT, wire_error(c->fd));
	EXPECT_EQ(2, wire_count("ZERO_WINDOW_PROBES"));
}

/* MUST-38: a crumb of window is not used, half of the largest window is */
TEST_F(wire, silly_window)
{
	struct conn *c = &self->c;

	accept_window(c, &self->w, offer_none, 1000);
	conn_write(c, 5000);
	EXPECT_EQ(1000, conn_take_now(c, 1000));
	c->wnd = 499;
	conn_ack(c);
	EXPECT_TRUE(conn_quiet(c));
	c->wnd = 500;
	conn_ack(c);
	EXPECT_EQ(500, conn_take_now(c, 500));
	c->wnd = 1000;
	conn_ack(c);
	EXPECT_LE(500, conn_take_now(c, 0));
}

/* MUST-38 (4): and a crumb is used in the end, or the two would wait for ever */
TEST_F(wire, silly_window_override)
{
	struct offer o = { .mss = 1000, .wnd = 1000 };
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &o);
	conn_write(c, 5000);
	conn_take(c, 1000);
	c->wnd = 100;
	conn_ack(c);
	conn_take(c, 100);
}

/* RFC 9293 3.7.4 (SHLD-7): one small segment at a time, which writes share (SHLD-27) */
TEST_F(wire, nagle)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_calm(c);
	conn_write(c, 10);
	conn_take(c, 10);
	conn_write(c, 20);
	conn_write(c, 30);
	EXPECT_TRUE(conn_quiet(c));
	conn_ack(c);
	conn_take(c, 50);
	conn_write(c, 10);
	conn_write(c, 990);
	conn_take(c, 1000);	/* full: goes at once */
}

/* The small end of a large write waits, too */
TEST_F(wire, nagle_tail)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_calm(c);
	conn_write(c, 10);
	conn_take(c, 10);
	conn_write(c, 2005);
	EXPECT_EQ(2000, conn_take_now(c, 1000));
	conn_ack(c);
	conn_take(c, 5);
	conn_write(c, 20);
	EXPECT_TRUE(conn_quiet(c));
}

/* MUST-17 */
TEST_F(wire, nodelay)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_calm(c);
	wire_setopt(c->fd, SOL_TCP, TCP_NODELAY, 1);
	for (int i = 1; i < 5; i++) {
		conn_write(c, i);
		conn_take(c, i);
	}
}

/* What Nagle holds back goes when TCP_NODELAY comes */
TEST_F(wire, nodelay_later)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_calm(c);
	conn_write(c, 10);
	conn_take(c, 10);
	conn_write(c, 20);
	EXPECT_TRUE(conn_quiet(c));
	wire_setopt(c->fd, SOL_TCP, TCP_NODELAY, 1);
	conn_take(c, 20);
}

/* tcp(7): TCP_CORK, full segments only until it is off */
TEST_F(wire, cork)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_calm(c);
	wire_setopt(c->fd, SOL_TCP, TCP_CORK, 1);
	conn_write(c, 10);
	EXPECT_TRUE(conn_quiet(c));
	conn_write(c, 2000);
	EXPECT_EQ(2000, conn_take_now(c, 1000));
	conn_ack(c);
	wire_setopt(c->fd, SOL_TCP, TCP_CORK, 0);
	conn_take(c, 10);
}

/* send(2): MSG_MORE is a cork for one call */
TEST_F(wire, msg_more)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_calm(c);
	conn_write_flags(c, 10, MSG_MORE);
	EXPECT_TRUE(conn_quiet(c));
	conn_write(c, 20);
	conn_take(c, 30);
}

/* RFC 9293 3.9.1.2 (MUST-61): PSH where the program's data ends */
TEST_F(wire, push)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_calm(c);
	conn_write(c, 2500);
	EXPECT_EQ(0, conn_get(c).flags & PSH);
	EXPECT_EQ(0, conn_get(c).flags & PSH);
	EXPECT_EQ(PSH, conn_get(c).flags & PSH);
}

/* Data written before the connection stands goes when it does */
TEST_F(wire, shutdown_while_opening)
{
	struct conn *c = &self->c;

	conn_connect(c, &self->w, &offer_none);
	conn_write(c, 10);
	ASSERT_EQ(0, shutdown(c->fd, SHUT_WR));
	conn_take(c, 10);
	conn_expect(c, FIN | ACK, c->ack, c->seq, 0);
}

static void keepalive_on(struct conn *c)
{
	wire_setopt(c->fd, SOL_TCP, TCP_KEEPIDLE, 1);
	wire_setopt(c->fd, SOL_TCP, TCP_KEEPINTVL, 1);
	wire_setopt(c->fd, SOL_TCP, TCP_KEEPCNT, 2);
	wire_setopt(c->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/* RFC 9293 3.8.4: MUST-24, MUST-27, MUST-29, SHLD-12 */
TEST_F(wire, keepalive)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	keepalive_on(c);
	for (int i = 0; i < 3; i++) {		/* more than TCP_KEEPCNT */
		conn_expect(c, ACK, c->ack - 1, c->seq, 0);
		conn_ack(c);
	}
	conn_expect(c, ACK, c->ack - 1, c->seq, 0);
	conn_expect(c, ACK, c->ack - 1, c->seq, 0);
	conn_expect(c, RST | ACK, c->ack, c->seq, 0);
	EXPECT_EQ(ETIMEDOUT, wire_error(c->fd));
	EXPECT_EQ(5, wire_count("KEEPALIVES"));
	EXPECT_EQ(1, wire_count("TIMEOUTS"));
}

/* MUST-26: data that nobody acknowledges asks better */
TEST_F(wire, keepalive_not_beside_data)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_alive(c);
	keepalive_on(c);
	conn_write(c, 10);
	for (int i = 0; i < 4; i++)		/* takes longer than TCP_KEEPIDLE */
		conn_get_again(c, c->ack);
	EXPECT_EQ(0, wire_count("KEEPALIVES"));
	c->ack += 10;
	conn_ack(c);
	conn_expect(c, ACK, c->ack - 1, c->seq, 0);
}

/* The peer has restarted and says so */
TEST_F(wire, keepalive_reset)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	keepalive_on(c);
	conn_expect(c, ACK, c->ack - 1, c->seq, 0);
	conn_put(c, RST, c->seq, 0, 0);
	EXPECT_EQ(ECONNRESET, wire_error(c->fd));
}

/* The peer's own keep-alive, with an octet of garbage and without: MUST-24's other side */
TEST_F(wire, keepalive_answered)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	conn_put(c, ACK, c->seq - 1, c->ack, 0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_put(c, ACK, c->seq - 1, c->ack, 1);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_alive(c);
}

#include "wire_main.h"
