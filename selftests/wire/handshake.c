// SPDX-License-Identifier: GPL-2.0
/* Opening a connection: RFC 9293 3.5, 3.7.1, 3.10.7.1 to 3.10.7.3; RFC 7323 2.2, 3.2; RFC 2018 2 */
#include "wire_test.h"

/* RFC 9293 3.7.1: what a SYN offers, and that it says nothing of the peer yet */
TEST_F(wire, syn_options)
{
	struct conn *c = &self->c;

	conn_start(c, &self->w);
	EXPECT_EQ(SYN, c->syn.flags);
	EXPECT_EQ(0, c->syn.ack);
	EXPECT_TRUE(c->syn.has_mss);
	EXPECT_EQ(1500 - IP_BYTES - 20, c->syn.mss);
	EXPECT_TRUE(c->syn.has_wscale);
	EXPECT_GE(14, c->syn.wscale);
	EXPECT_TRUE(c->syn.has_sackok);
	EXPECT_TRUE(c->syn.has_ts);
	EXPECT_EQ(0, c->syn.tsecr);
	EXPECT_LT(0, c->syn.wnd);
	conn_answer(c, &offer_all);
	conn_alive(c);
	EXPECT_EQ(1, wire_count("ACTIVE_OPENS"));
}

/* Settings hold back what they name, on both sides */
TEST_F(wire, options_off)
{
	struct conn *c = &self->c;

	wire_set("sack", 0);
	wire_set("timestamps", 0);
	wire_set("window_scaling", 0);
	conn_start(c, &self->w);
	EXPECT_TRUE(c->syn.has_mss);
	EXPECT_FALSE(c->syn.has_wscale);
	EXPECT_FALSE(c->syn.has_sackok);
	EXPECT_FALSE(c->syn.has_ts);
	conn_answer(c, &offer_none);
	conn_alive(c);
	conn_accept(c, &self->w, &offer_all);
	EXPECT_TRUE(c->syn.has_mss);
	EXPECT_FALSE(c->syn.has_wscale);
	EXPECT_FALSE(c->syn.has_sackok);
	EXPECT_FALSE(c->syn.has_ts);
	conn_alive(c);
}

/* A <SYN,ACK> has what the SYN offered and nothing else */
TEST_F(wire, synack_options)
{
	struct conn *c = &self->c;

	conn_listen(c, &self->w, 8);
	for (int i = 0; i < 16; i++) {
		struct offer o = {
			.mss = i & 1 ? 1000 : 0, .sackok = i & 2, .ts = i & 4,
			.has_wscale = i & 8, .wscale = 3,
		};

		c->pport++;
		conn_begin(c, &o);
		EXPECT_TRUE(c->syn.has_mss);
		EXPECT_EQ(1500 - IP_BYTES - 20, c->syn.mss);
		EXPECT_EQ(o.sackok, c->syn.has_sackok);
		EXPECT_EQ(o.has_wscale, c->syn.has_wscale);
		EXPECT_EQ(o.ts, c->syn.has_ts);
		if (o.ts)
			EXPECT_EQ(c->tsval, c->syn.tsecr);
		conn_put(c, RST, c->seq, 0, 0);
	}
	EXPECT_EQ(0, wire_info(NARU_INFO_REQS));
}

/* RFC 9293 3.4.1 (MUST-8, MUST-9, SHLD-1): numbers grow for a four-tuple, and say nothing of another's */
TEST_F(wire, isn)
{
	struct conn *c = &self->c;
	bool apart = false;
	uint32_t first;

	conn_listen(c, &self->w, 8);
	conn_begin(c, &offer_none);
	first = c->irs;
	conn_put(c, RST, c->seq, 0, 0);
	conn_quiet(c);			/* a slow machine has sent it again by then */
	conn_begin(c, &offer_none);
	EXPECT_LT(0, (int32_t)(c->irs - first));
	for (int i = 0; i < 8; i++) {
		conn_put(c, RST, c->seq, 0, 0);
		c->pport++;
		conn_begin(c, &offer_none);
		if (c->irs - first + (1 << 24) > 2 << 24)	/* a minute of the clock either way */
			apart = true;
	}
	EXPECT_TRUE(apart);
}

/* Segments that naru sends at once of more data than the initial window */
static int first_segments(struct conn *c, struct seg *s)
{
	conn_write(c, 20000);
	*s = conn_get(c);
	return s->len;
}

/* RFC 9293 MUST-15: no option, the default */
TEST_F(wire, mss_default)
{
	struct offer o = {};
	struct seg s;

	conn_accept(&self->c, &self->w, &o);
	EXPECT_EQ(IS_V4 ? 536 : 1220, first_segments(&self->c, &s));
	conn_connect(&self->c, &self->w, &o);
	EXPECT_EQ(IS_V4 ? 536 : 1220, first_segments(&self->c, &s));
}

/* RFC 9293 3.7.1 (MUST-16), RFC 6691: options of the segment come off the payload */
TEST_F(wire, mss_option)
{
	struct offer o = { .mss = 700 }, large = { .mss = 9000 };
	struct seg s;

	conn_accept(&self->c, &self->w, &o);
	EXPECT_EQ(700, first_segments(&self->c, &s));
	o.ts = true;
	conn_connect(&self->c, &self->w, &o);
	EXPECT_EQ(700 - 12, first_segments(&self->c, &s));
	conn_connect(&self->c, &self->w, &large);
	EXPECT_EQ(1500 - IP_BYTES - 20, first_segments(&self->c, &s));
}

/* A useless MSS does not stop the sender, nor make it send crumbs */
TEST_F(wire, mss_tiny)
{
	struct offer o = { .mss = 1 };
	struct seg s;

	conn_accept(&self->c, &self->w, &o);
	EXPECT_EQ(48, first_segments(&self->c, &s));
}

/* TCP_MAXSEG: what is announced, and what is sent */
TEST_F(wire, mss_clamp)
{
	struct conn *c = &self->c;
	int fd = wire_socket(&self->w);
	struct seg s;

	wire_setopt(fd, SOL_TCP, TCP_MAXSEG, 500);
	conn_start_fd(c, &self->w, fd);
	EXPECT_EQ(500, c->syn.mss);
	conn_answer(c, &offer_none);
	EXPECT_EQ(500, first_segments(c, &s));
}

/* RFC 6298 2.1, RFC 9293 3.8.3: the same SYN again, until it is answered */
TEST_F(wire, syn_again)
{
	struct conn *c = &self->c;
	struct seg s;

	conn_start(c, &self->w);
	for (int i = 0; i < 2; i++) {
		s = conn_get_again(c, c->irs);
		EXPECT_EQ(SYN, s.flags);
		EXPECT_EQ(c->syn.mss, s.mss);
		EXPECT_EQ(c->syn.wscale, s.wscale);
	}
	wire_await_count("SYN_RETRANS", 2);	/* counted when it has gone */
	conn_answer(c, &offer_all);
	conn_alive(c);
}

/* RFC 5681 3.1: then one segment is the initial window */
TEST_F(wire, syn_again_window)
{
	struct conn *c = &self->c;

	conn_start(c, &self->w);
	conn_get_again(c, c->irs);
	conn_answer(c, &offer_none);
	conn_write(c, 5000);
	conn_take(c, 1000);
	EXPECT_TRUE(conn_quiet(c));
	conn_ack(c);
	conn_take(c, 1000);
}

TEST_F(wire, syn_given_up)
{
	struct conn *c = &self->c;
	int fd = wire_socket(&self->w);

	wire_setopt(fd, SOL_TCP, TCP_SYNCNT, 1);
	conn_start_fd(c, &self->w, fd);
	conn_get_again(c, c->irs);
	EXPECT_EQ(ETIMEDOUT, wire_error(fd));
	EXPECT_EQ(1, wire_count("SYN_RETRANS"));
	EXPECT_EQ(1, wire_count("TIMEOUTS"));
	EXPECT_EQ(1, wire_count("ATTEMPT_FAILS"));
	EXPECT_TRUE(conn_quiet(c));
}

/* RFC 5482, tcp(7): TCP_USER_TIMEOUT in ms */
TEST_F(wire, syn_user_timeout)
{
	struct conn *c = &self->c;
	int fd = wire_socket(&self->w);

	wire_setopt(fd, SOL_TCP, TCP_USER_TIMEOUT, 1500);
	conn_start_fd(c, &self->w, fd);
	EXPECT_EQ(ETIMEDOUT, wire_error(fd));
	EXPECT_EQ(1, wire_count("TIMEOUTS"));
}

TEST_F(wire, synack_again)
{
	struct conn *c = &self->c;
	struct seg s;

	conn_listen(c, &self->w, 8);
	conn_begin(c, &offer_all);
	s = conn_get_again(c, c->irs);
	EXPECT_EQ(SYN | ACK, s.flags);
	EXPECT_EQ(c->seq, s.ack);
	EXPECT_EQ(c->syn.mss, s.mss);
	EXPECT_LE(1, wire_count("SYNACK_RETRANS"));
	conn_ack(c);
	conn_accepted(c);
	conn_alive(c);
}

/* The peer's SYN again: the same answer, and one entry */
TEST_F(wire, peer_syn_again)
{
	struct conn *c = &self->c;
	uint32_t irs;

	conn_listen(c, &self->w, 8);
	conn_begin(c, &offer_all);
	irs = c->irs;
	conn_begin(c, &offer_all);
	EXPECT_EQ(irs, c->irs);
	EXPECT_EQ(1, wire_info(NARU_INFO_REQS));
}

TEST_F(wire, synack_given_up)
{
	struct conn *c = &self->c;

	wire_set("synack_retries", 1);
	conn_listen(c, &self->w, 8);
	conn_begin(c, &offer_all);
	wire_await_count("ATTEMPT_FAILS", 1);
	EXPECT_EQ(1, wire_count("SYNACK_RETRANS"));
	EXPECT_EQ(0, wire_info(NARU_INFO_REQS));
	conn_get_again(c, c->irs);
	conn_ack(c);
	conn_expect(c, RST, c->ack, 0, 0);
}

/* naru's SYN may come once more before */
static struct seg take_synack(struct conn *c)
{
	struct seg s;

	do
		s = conn_get_again(c, c->irs);
	while (s.flags == SYN);
	return s;
}

/* RFC 9293 3.5 figure 7: both ends open at the same time */
TEST_F(wire, simultaneous_open)
{
	struct conn *c = &self->c;

	conn_start(c, &self->w);
	c->seq = c->iss + 1;
	conn_put(c, SYN, c->iss, 0, 0);
	EXPECT_EQ(c->seq, take_synack(c).ack);
	conn_ack(c);
	conn_wait(c->fd, POLLOUT);
	EXPECT_TRUE(conn_quiet(c));
	conn_alive(c);
}

/* The same, and the peer's <SYN,ACK> is what acknowledges */
TEST_F(wire, simultaneous_open_synack)
{
	struct conn *c = &self->c;

	conn_start(c, &self->w);
	c->seq = c->iss + 1;
	conn_put(c, SYN, c->iss, 0, 0);
	take_synack(c);
	conn_put(c, SYN | ACK, c->iss, c->ack, 0);
	conn_wait(c->fd, POLLOUT);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_alive(c);
}

static int listen_beside(struct wire *w, int port)
{
	int fd = wire_socket(w);

	wire_setopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	wire_bind(w, fd, port);
	return listen(fd, 8) ? -1 : fd;
}

#define SHARED_PORT 1900

/* RFC 9293 3.9.1.1 (MUST-41, MUST-42): one may listen on a port from which another connects, whom it is nothing to */
TEST_F(wire, listen_beside_syn_sent)
{
	int fd = wire_socket(&self->w), lfd;
	struct conn *c = &self->c;
	struct conn other;

	wire_setopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	wire_bind(&self->w, fd, SHARED_PORT);
	conn_start_fd(c, &self->w, fd);
	lfd = listen_beside(&self->w, SHARED_PORT);
	ASSERT_LE(0, lfd);
	close(lfd);
	c->seq = c->iss + 1;
	conn_put(c, SYN, c->iss, 0, 0);
	take_synack(c);			/* SYN-RECEIVED */
	lfd = listen_beside(&self->w, SHARED_PORT);
	ASSERT_LE(0, lfd);
	conn_ack(c);
	conn_wait(c->fd, POLLOUT);
	conn_alive(c);
	other = (struct conn) {
		.w = &self->w, .lfd = lfd, .fd = -1, .hport = SHARED_PORT, .pport = c->pport + 1,
		.iss = c->iss, .wnd = c->wnd,
	};
	conn_begin(&other, &offer_none);
	conn_ack(&other);
	conn_accepted(&other);
	conn_alive(&other);
}

/* RFC 9293 3.10.7.3 second: a reset is believed when it acknowledges the SYN */
TEST_F(wire, refused)
{
	struct conn *c = &self->c;

	conn_start(c, &self->w);
	conn_put(c, RST, 0, 0, 0);
	conn_put(c, RST | ACK, 0, c->ack + 1, 0);
	conn_put(c, RST | ACK, 0, c->irs, 0);
	EXPECT_TRUE(conn_quiet(c));
	conn_put(c, RST | ACK, 0, c->ack, 0);
	EXPECT_EQ(ECONNREFUSED, wire_error(c->fd));
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(1, wire_count("DROP_RST"));
	EXPECT_EQ(1, wire_count("DROP_STATE"));
	EXPECT_EQ(2, wire_count("DROP_ACK_UNSENT"));
	EXPECT_EQ(1, wire_count("ATTEMPT_FAILS"));
}

/* Among what has come by now */
static int count_syns(struct wire *w)
{
	struct seg s;
	int n = 0;

	wire_ping(w);
	while (wire_next(w, &s))
		n += s.flags == SYN;
	return n;
}

/* RFC 9293 3.5.2: half-open connections of the peer's are discovered, and the SYN goes again at once, but once */
TEST_F(wire, wrong_ack_in_syn_sent)
{
	struct conn *c = &self->c;
	struct tcp_info info = {};
	socklen_t len = sizeof(info);
	uint32_t wrong;

	conn_start(c, &self->w);
	wrong = c->ack + 4711;
	conn_put(c, SYN | ACK, c->iss, wrong, 0);
	conn_expect(c, RST, wrong, 0, 0);
	EXPECT_EQ(1, count_syns(c->w));
	conn_put(c, ACK, c->iss, wrong, 0);
	conn_expect(c, RST, wrong, 0, 0);
	EXPECT_EQ(2, wire_count("DROP_ACK_UNSENT"));
	EXPECT_EQ(1, wire_count("SYN_RETRANS"));
	conn_answer(c, &offer_none);
	ASSERT_EQ(0, getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	EXPECT_LT(1, info.tcpi_snd_cwnd);	/* nothing was lost */
	conn_alive(c);
}

/* RFC 7323 3.2, 5.8: a <SYN,ACK> that echoes a timestamp which was never sent */
TEST_F(wire, wrong_echo_in_syn_sent)
{
	struct conn *c = &self->c;
	struct seg s;

	conn_start(c, &self->w);
	s = conn_seg(c, SYN | ACK, c->iss, c->ack, 0);
	s.has_ts = true;
	s.tsval = c->tsval;
	s.tsecr = c->ts_recent - 1000000;
	wire_put(&self->w, &s);
	conn_expect(c, RST, c->ack, 0, 0);
	conn_answer(c, &offer_all);
	conn_alive(c);
}

/* What naru sends to nobody's ports, and for inet the kernel: RFC 9293 3.10.7.1 */
TEST_F(wire, closed_port)
{
	struct conn *c = &self->c;
	struct seg s;

	conn_listen(c, &self->w, 8);
	c->hport = 1;
	c->seq = c->iss;
	conn_put(c, SYN, c->seq, 0, 0);
	s = conn_expect(c, RST | ACK, 0, c->seq + 1, 0);
	EXPECT_EQ(0, s.wnd);
	conn_put(c, SYN, c->seq, 0, 10);
	conn_expect(c, RST | ACK, 0, c->seq + 11, 0);
	conn_put(c, ACK, c->seq, 12345, 10);
	conn_expect(c, RST, 12345, 0, 0);
	conn_put(c, FIN, c->seq, 0, 5);
	conn_expect(c, RST | ACK, 0, c->seq + 6, 0);
	conn_put(c, RST, c->seq, 0, 0);
	conn_put(c, RST | ACK, c->seq, 1, 0);
	EXPECT_TRUE(conn_quiet(c));
	if (variant->proto != IPPROTO_TCP) {
		EXPECT_EQ(6, wire_count("DROP_NO_SOCKET"));
		EXPECT_EQ(4, wire_count("OUT_RSTS"));
	}
}

/* RFC 9293 3.10.7.2 */
TEST_F(wire, listener)
{
	struct conn *c = &self->c;

	conn_listen(c, &self->w, 8);
	conn_put(c, RST, 7, 0, 0);
	conn_put(c, RST | ACK, 7, 7, 0);
	conn_put(c, FIN, 7, 0, 0);
	conn_put(c, PSH, 7, 0, 10);
	EXPECT_TRUE(conn_quiet(c));
	conn_put(c, ACK, 7, 4711, 0);
	conn_expect(c, RST, 4711, 0, 0);
	conn_put(c, SYN | ACK, 7, 4711, 0);
	conn_expect(c, RST, 4711, 0, 0);
	conn_put(c, FIN | ACK, 7, 4711, 0);
	conn_expect(c, RST, 4711, 0, 0);
	EXPECT_EQ(7, wire_count("DROP_STATE"));
	EXPECT_EQ(0, wire_info(NARU_INFO_REQS));
	conn_begin(c, &offer_all);
}

/* RFC 9293 3.10.7.4 in SYN-RECEIVED after a passive OPEN, RFC 5961 3.2 */
TEST_F(wire, reset_in_syn_received)
{
	struct conn *c = &self->c;

	conn_listen(c, &self->w, 8);
	conn_begin(c, &offer_none);
	conn_put(c, RST, c->seq - 1, 0, 0);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(1, wire_info(NARU_INFO_REQS));
	conn_put(c, RST, c->seq, 0, 0);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(0, wire_info(NARU_INFO_REQS));
	EXPECT_EQ(1, wire_count("DROP_RST"));
	EXPECT_EQ(1, wire_count("DROP_WINDOW"));
}

TEST_F(wire, wrong_ack_in_syn_received)
{
	struct conn *c = &self->c;

	conn_listen(c, &self->w, 8);
	conn_begin(c, &offer_none);
	conn_put(c, ACK, c->seq, c->ack + 1, 0);
	conn_expect(c, RST, c->ack + 1, 0, 0);
	conn_put(c, ACK, c->seq, c->ack - 1, 0);
	conn_expect(c, RST, c->ack - 1, 0, 0);
	conn_put(c, 0, c->seq, 0, 1);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(1, wire_count("DROP_ACK_UNSENT"));
	EXPECT_EQ(1, wire_count("DROP_ACK_OLD"));
	EXPECT_EQ(1, wire_count("DROP_NO_ACK"));
	conn_ack(c);
	conn_wait(c->lfd, POLLIN);
	EXPECT_EQ(1, wire_count("PASSIVE_OPENS"));
}

/* Data may come with the ACK that completes the handshake, FIN too */
TEST_F(wire, data_completes)
{
	struct conn *c = &self->c;

	conn_listen(c, &self->w, 8);
	conn_begin(c, &offer_none);
	conn_send(c, ACK | PSH | FIN, 100);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_accepted(c);
	conn_read(c, 100);
	conn_read_end(c);
}

/* RFC 4987 3: half-open connections are bounded, and room is made by those that end */
TEST_F(wire, syn_flood)
{
	struct conn *c = &self->c;

	wire_set("syncookies", 0);
	wire_set("max_syn_backlog", 3);
	conn_listen(c, &self->w, 8);
	for (int i = 0; i < 3; i++) {
		c->pport++;
		conn_begin(c, &offer_none);
	}
	c->pport++;
	conn_put(c, SYN, c->iss, 0, 0);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(1, wire_count("DROP_REQ_OVERFLOW"));
	EXPECT_EQ(3, wire_info(NARU_INFO_REQS));
	c->pport--;
	conn_put(c, RST, c->seq, 0, 0);
	c->pport++;
	conn_begin(c, &offer_none);
}

/* listen(2): who comes when the accept queue is full may try again */
TEST_F(wire, accept_queue_full)
{
	struct conn *c = &self->c;

	conn_listen(c, &self->w, 1);
	for (int i = 0; i < 2; i++) {
		c->pport++;
		conn_begin(c, &offer_none);
		conn_ack(c);
	}
	c->pport++;
	conn_put(c, SYN, c->iss, 0, 0);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(1, wire_count("DROP_LISTEN_OVERFLOW"));
	ASSERT_LE(0, accept(c->lfd, NULL, NULL));
	conn_begin(c, &offer_none);
}

/* To and from addresses that are not one host's: RFC 9293 MUST-57, MUST-63 */
static void put_stray(struct conn *c, int flags, const uint8_t *src, const uint8_t *dst)
{
	struct seg s = conn_seg(c, flags, c->iss, 4711, 0);

	wire_put_from(c->w, src, dst, &s);
}

TEST_F(wire, broadcast)
{
	static const uint8_t to_all[] = { 255, 255, 255, 255 }, to_net[] = { 10, 255, 255, 255 };
	static const uint8_t group[] = { 224, 0, 0, 1 };
	static const uint8_t group6[16] = { 0xff, 2, [15] = 1 };
	struct wire *w = &self->w;
	struct conn *c = &self->c;

	conn_listen(c, w, 8);
	if (IS_V4) {
		put_stray(c, SYN, to_all, w->host);
		put_stray(c, SYN, to_net, w->host);
		put_stray(c, SYN, group, w->host);
	} else {
		put_stray(c, SYN, group6, w->host);
	}
	for (int flags = SYN; flags; flags = flags == SYN ? ACK : 0) {
		put_stray(c, flags, w->peer, IS_V4 ? group : group6);
		if (!IS_V4)
			continue;
		put_stray(c, flags, w->peer, to_all);
		put_stray(c, flags, w->peer, to_net);
	}
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(0, wire_info(NARU_INFO_REQS));
	if (variant->proto != IPPROTO_TCP)
		EXPECT_EQ(IS_V4 ? 7 : 2, wire_count("DROP_NOT_FOR_US"));
	c->pport++;
	conn_begin(c, &offer_none);
}

/* A SYN that pretends to come from the listener itself: naru must not talk to itself for ever */
TEST_F(wire, land)
{
	struct wire *w = &self->w;
	struct conn *c = &self->c;

	conn_listen(c, w, 8);
	c->pport = c->hport;
	put_stray(c, SYN, w->host, w->host);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_GT(20, wire_count("OUT_SEGS"));
	c->pport++;
	conn_begin(c, &offer_none);
}

#include "wire_main.h"
