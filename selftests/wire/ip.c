// SPDX-License-Identifier: GPL-2.0
/* What a connection has of IP: RFC 9293 3.9.1.9, 3.9.2 */
#include "wire_test.h"

#define IP_LEVEL	(IS_V4 ? SOL_IP : SOL_IPV6)

/* A listener with an option, and a SYN to it */
static void begin_with(struct conn *c, struct wire *w, int level, int name, int value)
{
	conn_listen(c, w, 8);
	wire_setopt(c->lfd, level, name, value);
	conn_begin(c, &offer_none);
}

/* What the program has written */
static struct seg next_segment(struct conn *c)
{
	struct seg s;

	conn_write(c, 10);
	s = conn_expect(c, ACK, c->ack, c->seq, 10);
	c->ack += 10;
	conn_ack(c);
	return s;
}

/* RFC 9293 3.9.2 (MUST-49) */
TEST_F(wire, ttl)
{
	int name = IS_V4 ? IP_TTL : IPV6_UNICAST_HOPS;
	int fd = wire_socket(&self->w);
	struct conn *c = &self->c;

	wire_setopt(fd, IP_LEVEL, name, 7);
	conn_start_fd(c, &self->w, fd);
	EXPECT_EQ(7, c->syn.ttl);
	conn_answer(c, &offer_none);
	EXPECT_EQ(7, next_segment(c).ttl);
	wire_setopt(c->fd, IP_LEVEL, name, 9);
	EXPECT_EQ(9, next_segment(c).ttl);
	begin_with(c, &self->w, IP_LEVEL, name, 11);
	EXPECT_EQ(11, c->syn.ttl);
	conn_ack(c);
	conn_accepted(c);
	EXPECT_EQ(11, next_segment(c).ttl);
}

/* RFC 9293 3.9.1.9 (MUST-48, SHLD-21, SHLD-22): on all segments, from SYN to TIME-WAIT */
TEST_F(wire, diffserv)
{
	int name = IS_V4 ? IP_TOS : IPV6_TCLASS;
	int fd = wire_socket(&self->w);
	struct conn *c = &self->c;

	wire_setopt(fd, IP_LEVEL, name, 0xb8);
	conn_start_fd(c, &self->w, fd);
	EXPECT_EQ(0xb8, c->syn.tos);
	conn_answer(c, &offer_none);
	EXPECT_EQ(0xb8, next_segment(c).tos);
	wire_setopt(c->fd, IP_LEVEL, name, 0x28);
	EXPECT_EQ(0x28, next_segment(c).tos);
	begin_with(c, &self->w, IP_LEVEL, name, 0x88);
	EXPECT_EQ(0x88, c->syn.tos);
	conn_ack(c);
	conn_accepted(c);
	EXPECT_EQ(0x88, next_segment(c).tos);
	close(c->fd);
	c->fd = -1;
	EXPECT_EQ(0x88, conn_expect(c, FIN | ACK, c->ack, c->seq, 0).tos);
	c->ack++;
	conn_send(c, FIN | ACK, 0);
	EXPECT_EQ(0x88, conn_expect(c, ACK, c->ack, c->seq, 0).tos);
	conn_put(c, FIN | ACK, c->seq - 1, c->ack, 0);
	EXPECT_EQ(0x88, conn_expect(c, ACK, c->ack, c->seq, 0).tos);
}

/* RFC 9293 3.9.2 (MUST-50): options that IP makes nothing of are nothing to TCP */
static void put_with_options(struct conn *c, struct seg s)
{
	static const uint8_t v4[] = { 30, 7, 1, 2, 3, 4, 5, 1 }, v6[] = { 0, 0, 30, 4, 1, 2, 3, 4 };

	s.ip_opt_len = sizeof(v4);
	memcpy(s.ip_opt, c->w->family == AF_INET ? v4 : v6, sizeof(v4));
	wire_put(c->w, &s);
}

TEST_F(wire, options_ignored)
{
	struct conn *c = &self->c;
	struct seg s;

	conn_listen(c, &self->w, 8);
	s = conn_seg(c, SYN, c->iss, 0, 0);
	put_with_options(c, s);
	c->syn = conn_get(c);
	EXPECT_EQ(SYN | ACK, c->syn.flags);
	EXPECT_EQ(c->iss + 1, c->syn.ack);
	conn_begin(c, &offer_none);		/* the same SYN again, without */
	put_with_options(c, conn_seg(c, ACK, c->seq, c->ack, 0));
	conn_accepted(c);
	put_with_options(c, conn_seg(c, ACK | PSH, c->seq, c->ack, 100));
	c->seq += 100;
	EXPECT_TRUE(conn_acked(c));
	conn_read(c, 100);
	conn_alive(c);
}

/* RFC 9293 3.7.1 (MUST-16): they come off what the peer takes, which has been told without them */
TEST_F(wire, options_and_mss)
{
	static const uint8_t v4[] = { 1, 1, 1, 1, 1, 1, 1, 0 }, v6[] = { 0, 0, 1, 4, 0, 0, 0, 0 };
	int fd = wire_socket(&self->w);
	struct conn *c = &self->c;

	ASSERT_EQ(0, setsockopt(fd, IP_LEVEL, IS_V4 ? IP_OPTIONS : IPV6_DSTOPTS,
				IS_V4 ? v4 : v6, sizeof(v4)));
	conn_start_fd(c, &self->w, fd);
	EXPECT_EQ(1500 - IP_BYTES - 20, c->syn.mss);
	conn_answer(c, &offer_none);
	conn_write(c, 5000);
	EXPECT_EQ(1000 - 8, conn_get(c).len);
}

/* RFC 9293 3.9.2.1 (MUST-51). IPv6 has no such thing any more (RFC 5095) */
TEST_F(wire, source_route)
{
	static const uint8_t route[] = { 131, 7, 4, 10, 200, 0, 1, 0 };
	int fd = wire_socket(&self->w);
	struct conn *c = &self->c;
	struct seg s;

	if (!IS_V4)
		return;
	ASSERT_EQ(0, setsockopt(fd, SOL_IP, IP_OPTIONS, route, sizeof(route)));
	conn_start_fd(c, &self->w, fd);
	EXPECT_EQ(0, memcmp(route + 3, c->syn.to, 4));
	EXPECT_EQ(131, c->syn.ip_opt[0]);
	EXPECT_EQ(0, memcmp(self->w.peer, c->syn.ip_opt + 3, 4));
	conn_answer(c, &offer_none);
	s = next_segment(c);
	EXPECT_EQ(0, memcmp(route + 3, s.to, 4));
	EXPECT_EQ(0, memcmp(self->w.peer, s.ip_opt + 3, 4));
}

/* As administrators let source routes in */
static void accept_routes(void)
{
	static const char *const names[] = { "all", "default" };
	char path[100];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		FILE *f;

		snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/accept_source_route", names[i]);
		f = fopen(path, "w");
		if (!f || fputs("1", f) < 0 || fclose(f))
			wire_die("%s", path);
	}
}

static void put_by_route(struct conn *c, struct seg s, const uint8_t *route, int len)
{
	s.ip_opt_len = len;
	memcpy(s.ip_opt, route, len);
	wire_put(c->w, &s);
}

/* It goes to 10.200.0.@hop first */
static bool goes_by(const struct wire *w, const struct seg *s, int hop)
{
	const uint8_t first[] = { 10, 200, 0, hop };

	return s->ip_opt_len >= 8 && s->ip_opt[0] == 131 && !memcmp(s->to, first, 4) &&
	       !memcmp(w->peer, s->ip_opt + s->ip_opt[1] - 4, 4);
}

static const uint8_t by_1_2[] = { 131, 11, 12, 10, 200, 0, 1, 10, 200, 0, 2, 0 };
static const uint8_t by_3[] = { 131, 7, 8, 10, 200, 0, 3, 0 }, named[] = { 131, 7, 4, 10, 200, 0, 4, 0 };

/* RFC 9293 3.9.2.1 (MUST-53, SHLD-24, MUST-52) */
TEST_F(wire, source_route_returned)
{
	struct conn *c = &self->c;
	struct seg s;

	if (!IS_V4)
		return;
	accept_routes();
	conn_listen(c, &self->w, 8);
	put_by_route(c, conn_seg(c, SYN, c->iss, 0, 0), by_1_2, sizeof(by_1_2));
	c->syn = conn_get(c);
	EXPECT_EQ(SYN | ACK, c->syn.flags);
	EXPECT_TRUE(goes_by(&self->w, &c->syn, 2));
	EXPECT_EQ(11, c->syn.ip_opt[1]);
	EXPECT_EQ(0, memcmp(by_1_2 + 3, c->syn.ip_opt + 3, 4));
	conn_begin(c, &offer_none);		/* the same SYN again, without */
	EXPECT_TRUE(goes_by(&self->w, &c->syn, 2));
	conn_ack(c);
	conn_accepted(c);
	s = next_segment(c);
	EXPECT_TRUE(goes_by(&self->w, &s, 2));
	put_by_route(c, conn_seg(c, ACK | PSH, c->seq, c->ack, 100), by_3, sizeof(by_3));
	c->seq += 100;
	s = conn_get(c);
	EXPECT_EQ(c->seq, s.ack);
	EXPECT_TRUE(goes_by(&self->w, &s, 3));
	conn_read(c, 100);
	s = next_segment(c);
	EXPECT_TRUE(goes_by(&self->w, &s, 3));
	ASSERT_EQ(0, setsockopt(c->fd, SOL_IP, IP_OPTIONS, named, sizeof(named)));
	put_by_route(c, conn_seg(c, ACK | PSH, c->seq, c->ack, 100), by_3, sizeof(by_3));
	c->seq += 100;
	s = conn_get(c);
	EXPECT_TRUE(goes_by(&self->w, &s, 4));
	conn_read(c, 100);
}

/* RFC 9293 3.9.2.1 (MUST-52): who has opened goes his own way, or none */
TEST_F(wire, source_route_not_returned)
{
	int fd = wire_socket(&self->w);
	struct conn *c = &self->c;
	struct seg s;

	if (!IS_V4)
		return;
	accept_routes();
	ASSERT_EQ(0, setsockopt(fd, SOL_IP, IP_OPTIONS, named, sizeof(named)));
	conn_start_fd(c, &self->w, fd);
	EXPECT_TRUE(goes_by(&self->w, &c->syn, 4));
	conn_answer(c, &offer_none);
	put_by_route(c, conn_seg(c, ACK | PSH, c->seq, c->ack, 100), by_3, sizeof(by_3));
	c->seq += 100;
	s = conn_get(c);
	EXPECT_TRUE(goes_by(&self->w, &s, 4));
	conn_read(c, 100);
}

#include "wire_main.h"
