// SPDX-License-Identifier: GPL-2.0
/* Explicit congestion notification: RFC 3168 6.1, RFC 8511 */
#include "wire_test.h"

#define MSS	1000

static const struct offer with_ecn = { .mss = MSS, .ecn = true };

static struct tcp_info info_of(struct conn *c)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	getsockopt(c->fd, SOL_TCP, TCP_INFO, &info, &len);
	return info;
}

/* The next segment has new data; its flags and its ECN field are these */
static bool is_next(struct conn *c, int len, int flags, int field)
{
	struct seg s = conn_get(c);
	bool good = s.seq == c->ack && s.len == len && (s.flags & ~PSH) == flags &&
		    (s.tos & ECN_FIELD) == field;

	c->ack = s.seq + s.len;
	if (!good)
		fprintf(stderr, "# field %d: %s\n", s.tos & ECN_FIELD, wire_text(&s));
	return good;
}

/* A segment of the peer's with that ECN field */
static void put_with(struct conn *c, int flags, uint32_t seq, int len, int field)
{
	struct seg s = conn_seg(c, flags, seq, c->ack, len);

	s.tos = field;
	wire_put(c->w, &s);
}

/* The peer's next data; the flags of what acknowledges it */
static int answer_to(struct conn *c, int flags, int field)
{
	struct seg s;

	put_with(c, flags | ACK | PSH, c->seq, 10, field);
	c->seq += 10;
	do
		s = conn_get(c);
	while (s.ack != c->seq);
	if (s.tos)
		wire_die("an ACK with type of service %#x", s.tos);
	conn_read(c, 10);
	return s.flags;
}

/* What naru sends is ECT, and what comes marked is echoed */
static bool uses_ecn(struct conn *c)
{
	bool sends, echoes;

	conn_write(c, 10);
	sends = is_next(c, 10, ACK, ECT_0);
	conn_ack(c);
	echoes = answer_to(c, 0, CE) == (ACK | ECE);
	return sends && echoes && answer_to(c, CWR, ECT_0) == ACK;
}

/* Nothing of it */
static bool uses_none(struct conn *c)
{
	bool sends;

	conn_write(c, 10);
	sends = !is_next(c, 10, ACK, NOT_ECT);
	conn_ack(c);
	return !sends && answer_to(c, 0, CE) == ACK && answer_to(c, 0, ECT_0) == ACK;
}

/* ---- RFC 3168 6.1.1: agreed on ---- */

TEST_F(wire, not_asked_for)
{
	struct conn *c = &self->c;

	for (int ecn = 0; ecn < 3; ecn += 2) {
		wire_set("ecn", ecn);
		conn_start(c, &self->w);
		EXPECT_EQ(SYN, c->syn.flags);
		EXPECT_EQ(0, c->syn.tos);
		conn_answer(c, &with_ecn);
		EXPECT_TRUE(uses_none(c));
		EXPECT_EQ(0, info_of(c).tcpi_options & (TCPI_OPT_ECN | TCPI_OPT_ECN_SEEN));
		conn_alive(c);
	}
}

TEST_F(wire, asked_for)
{
	struct conn *c = &self->c;

	wire_set("ecn", 1);
	conn_start(c, &self->w);
	EXPECT_EQ(SYN | ECE | CWR, c->syn.flags);
	EXPECT_EQ(0, c->syn.tos);
	conn_answer(c, &with_ecn);
	EXPECT_EQ(TCPI_OPT_ECN, info_of(c).tcpi_options & (TCPI_OPT_ECN | TCPI_OPT_ECN_SEEN));
	EXPECT_TRUE(uses_ecn(c));
	EXPECT_EQ(TCPI_OPT_ECN_SEEN, info_of(c).tcpi_options & TCPI_OPT_ECN_SEEN);
	conn_alive(c);
}

/* The peer has no ECN; or it reflects what it does not know, 6.1.1.2 */
TEST_F(wire, asked_for_in_vain)
{
	static const int answers[] = { 0, CWR, ECE | CWR };
	struct conn *c = &self->c;

	wire_set("ecn", 1);
	for (int i = 0; i < 3; i++) {
		conn_start(c, &self->w);
		c->seq = c->iss + 1;
		conn_put(c, SYN | ACK | answers[i], c->iss, c->ack, 0);
		conn_expect(c, ACK, c->ack, c->seq, 0);
		conn_wait(c->fd, POLLOUT);
		EXPECT_TRUE(uses_none(c));
		EXPECT_EQ(0, info_of(c).tcpi_options & TCPI_OPT_ECN);
		conn_alive(c);
	}
}

TEST_F(wire, accepted)
{
	struct conn *c = &self->c;

	for (int ecn = 1; ecn < 3; ecn++) {
		wire_set("ecn", ecn);
		conn_accept(c, &self->w, &with_ecn);
		EXPECT_EQ(SYN | ACK | ECE, c->syn.flags);
		EXPECT_EQ(0, c->syn.tos);
		EXPECT_EQ(TCPI_OPT_ECN, info_of(c).tcpi_options & TCPI_OPT_ECN);
		EXPECT_TRUE(uses_ecn(c));
		conn_alive(c);
	}
}

TEST_F(wire, refused)
{
	struct conn *c = &self->c;

	wire_set("ecn", 0);
	conn_accept(c, &self->w, &with_ecn);
	EXPECT_EQ(SYN | ACK, c->syn.flags);
	EXPECT_TRUE(uses_none(c));
	conn_alive(c);
}

/* One flag is no wish; and no host sends a SYN that is ECT: on this path the field is written by others */
TEST_F(wire, not_accepted)
{
	static const struct { int flags, field; } syn[] = {
		{ 0, NOT_ECT }, { ECE, NOT_ECT }, { CWR, NOT_ECT }, { ECE | CWR, ECT_0 },
		{ ECE | CWR, ECT_1 }, { ECE | CWR, CE },
	};
	struct conn *c = &self->c;

	conn_listen(c, &self->w, 8);
	for (unsigned int i = 0; i < ARRAY_SIZE(syn); i++) {
		struct seg s;

		c->pport++;
		put_with(c, SYN | syn[i].flags, c->iss, 0, syn[i].field);
		do
			s = wire_get(c->w);
		while (s.dport != c->pport);
		EXPECT_EQ(SYN | ACK, s.flags);
		conn_put(c, RST, c->iss + 1, 0, 0);
	}
}

/*
 * 6.1.1.1: a firewall may have dropped the SYN for its flags. Who has sent a SYN without them sends nothing that is ECT,
 * and still answers marks as the first has promised.
 */
TEST_F(wire, fallback)
{
	struct conn *c = &self->c;

	wire_set("ecn", 1);
	conn_start(c, &self->w);
	EXPECT_EQ(SYN | ECE | CWR, c->syn.flags);
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(SYN, conn_get_again(c, c->irs).flags);
	conn_answer(c, &with_ecn);
	conn_write(c, 10);
	EXPECT_TRUE(is_next(c, 10, ACK, NOT_ECT));
	conn_ack(c);
	EXPECT_EQ(ACK | ECE, answer_to(c, 0, CE));
	EXPECT_EQ(ACK, answer_to(c, CWR, ECT_0));
	conn_alive(c);
	conn_start(c, &self->w);
	EXPECT_EQ(SYN | ECE | CWR, c->syn.flags);	/* the next connection tries again */
	conn_get_again(c, c->irs);
	conn_answer(c, &offer_none);
	EXPECT_TRUE(uses_none(c));
}

TEST_F(wire, no_fallback)
{
	struct conn *c = &self->c;

	wire_set("ecn", 1);
	wire_set("ecn_fallback", 0);
	conn_start(c, &self->w);
	EXPECT_EQ(SYN | ECE | CWR, conn_get_again(c, c->irs).flags);
	conn_answer(c, &with_ecn);
	conn_write(c, 10);
	EXPECT_TRUE(is_next(c, 10, ACK | CWR, ECT_0));	/* the window is one segment now */
	conn_ack(c);
	EXPECT_TRUE(uses_ecn(c));
}

/* The peer's fallback */
TEST_F(wire, peer_falls_back)
{
	struct conn *c = &self->c;

	conn_listen(c, &self->w, 8);
	conn_begin(c, &with_ecn);
	EXPECT_EQ(SYN | ACK | ECE, c->syn.flags);
	conn_begin(c, &offer_none);
	EXPECT_EQ(SYN | ACK, c->syn.flags);
	conn_ack(c);
	conn_accepted(c);
	conn_write(c, 10);
	EXPECT_TRUE(is_next(c, 10, ACK, NOT_ECT));
	conn_ack(c);
	conn_alive(c);
}

/* A <SYN,ACK> that goes again says the same */
TEST_F(wire, synack_again)
{
	struct conn *c = &self->c;

	conn_listen(c, &self->w, 8);
	conn_begin(c, &with_ecn);
	EXPECT_EQ(SYN | ACK | ECE, conn_get_again(c, c->irs).flags);
	conn_ack(c);
	conn_accepted(c);
	EXPECT_TRUE(uses_ecn(c));
}

/* Both ends open at once: the flags of naru's <SYN,ACK> */
static int open_both(struct conn *c, struct wire *w, int flags)
{
	struct seg s;

	wire_set("ecn", 1);
	conn_start(c, w);
	c->seq = c->iss + 1;
	conn_put(c, SYN | flags, c->iss, 0, 0);
	do
		s = conn_get_again(c, c->irs);
	while (!(s.flags & ACK));
	return s.flags;
}

TEST_F(wire, simultaneous_open)
{
	struct conn *c = &self->c;

	EXPECT_EQ(SYN | ACK | ECE, open_both(c, &self->w, ECE | CWR));
	conn_ack(c);
	conn_wait(c->fd, POLLOUT);
	EXPECT_TRUE(uses_ecn(c));
	conn_alive(c);
	EXPECT_EQ(SYN | ACK, open_both(c, &self->w, 0));
	conn_ack(c);
	conn_wait(c->fd, POLLOUT);
	EXPECT_TRUE(uses_none(c));
	conn_alive(c);
}

/* The peer's <SYN,ACK> has the last word */
TEST_F(wire, simultaneous_open_synack)
{
	static const int last[] = { 0, ECE };
	struct conn *c = &self->c;

	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(SYN | ACK | ECE, open_both(c, &self->w, ECE | CWR));
		conn_put(c, SYN | ACK | last[i], c->iss, c->ack, 0);
		conn_wait(c->fd, POLLOUT);
		conn_expect(c, ACK, c->ack, c->seq, 0);
		EXPECT_TRUE(i ? uses_ecn(c) : uses_none(c));
		conn_alive(c);
	}
}

/* ---- what is ECT ---- */

/* Beside the program's class of traffic, of whose number two bits are not its own: RFC 3168 5 */
TEST_F(wire, beside_diffserv)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &with_ecn);
	wire_setopt(c->fd, IS_V4 ? SOL_IP : SOL_IPV6, IS_V4 ? IP_TOS : IPV6_TCLASS, 0xbb);
	conn_write(c, 10);
	EXPECT_EQ(0xb8 | ECT_0, conn_expect(c, ACK, c->ack, c->seq, 10).tos);
	c->ack += 10;
	conn_ack(c);
	conn_send(c, ACK | PSH, 10);
	EXPECT_EQ(0xb8, conn_expect(c, ACK, c->ack, c->seq, 0).tos);
	conn_read(c, 10);
	conn_alive(c);
}

/* 6.1.4, 6.1.5: not what is sent again, nor what has no data */
TEST_F(wire, not_again)
{
	struct conn *c = &self->c;
	struct seg s;

	conn_accept(c, &self->w, &with_ecn);
	conn_write(c, 100);
	EXPECT_TRUE(is_next(c, 100, ACK, ECT_0));
	s = conn_get_again(c, c->ack - 100);
	EXPECT_EQ(ACK | PSH, s.flags);
	EXPECT_EQ(NOT_ECT, s.tos);
	conn_ack(c);
	conn_write(c, 100);
	EXPECT_TRUE(is_next(c, 100, ACK | CWR, ECT_0));
	conn_ack(c);
	conn_write(c, 100);
	EXPECT_TRUE(is_next(c, 100, ACK, ECT_0));
	conn_ack(c);
	shutdown(c->fd, SHUT_WR);
	EXPECT_TRUE(is_next(c, 0, FIN | ACK, NOT_ECT));
}

/* 6.1.6 */
TEST_F(wire, not_probes)
{
	struct conn *c = &self->c;
	struct seg s;

	conn_accept(c, &self->w, &with_ecn);
	conn_alive(c);
	c->wnd = 0;
	conn_ack(c);
	conn_write(c, 100);
	s = conn_expect(c, ACK, c->ack - 1, c->seq, 0);
	EXPECT_EQ(NOT_ECT, s.tos);
	c->wnd = 65535;
	conn_ack(c);
	while (!s.len)			/* a second probe may have gone */
		s = conn_get(c);
	EXPECT_EQ(ECT_0, s.tos);
	c->ack += s.len;
	conn_ack(c);
	conn_alive(c);
}

/* ---- RFC 3168 6.1.3: the receiver ---- */

TEST_F(wire, echo)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &with_ecn);
	EXPECT_EQ(ACK, answer_to(c, 0, ECT_0));
	EXPECT_EQ(ACK | ECE, answer_to(c, 0, CE));
	EXPECT_EQ(ACK | ECE, answer_to(c, 0, ECT_0));
	EXPECT_EQ(ACK | ECE, answer_to(c, 0, NOT_ECT));
	conn_write(c, 10);
	EXPECT_TRUE(is_next(c, 10, ACK | ECE, ECT_0));
	conn_ack(c);
	EXPECT_EQ(ACK | ECE, answer_to(c, CWR, CE));
	EXPECT_EQ(ACK, answer_to(c, CWR, ECT_1));
	EXPECT_EQ(2, wire_count("ECN_CE"));
	EXPECT_EQ(0, wire_count("ECN_REDUCED"));
	conn_alive(c);
}

/* A sender that waits for the echo, or has but little of a window left, is not kept waiting */
TEST_F(wire, echo_at_once)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &with_ecn);
	wire_setopt(c->fd, SOL_TCP, TCP_QUICKACK, 0);
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(ACK | ECE, answer_to(c, 0, CE));
		EXPECT_EQ(ACK, answer_to(c, CWR, ECT_0));
	}
	EXPECT_EQ(0, wire_count("DELAYED_ACKS"));
	answer_to(c, 0, ECT_0);
	EXPECT_EQ(1, wire_count("DELAYED_ACKS"));
}

/* What comes out of order is marked as well */
TEST_F(wire, echo_out_of_order)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &with_ecn);
	put_with(c, ACK, c->seq + 100, 100, CE);
	conn_expect(c, ACK | ECE, c->ack, c->seq, 0);
	conn_put(c, ACK, c->seq, c->ack, 100);
	c->seq += 200;
	conn_expect(c, ACK | ECE, c->ack, c->seq, 0);
	put_with(c, ACK | CWR, c->seq + 100, 100, ECT_0);
	conn_expect(c, ACK, c->ack, c->seq, 0);
}

/* 6.1.5: a forged segment is outside of the window most likely; 6.1.4: ACKs are not for marking */
TEST_F(wire, no_echo)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &with_ecn);
	conn_alive(c);
	put_with(c, ACK, c->seq - 1, 1, CE);		/* old */
	conn_expect(c, ACK, c->ack, c->seq, 0);
	put_with(c, ACK, c->seq + 10000000, 10, CE);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	put_with(c, ACK, c->seq, 0, CE);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(0, wire_count("ECN_CE"));
	conn_alive(c);
}

/* 6.1.6: a probe of a closed window is answered with ECE, though it is not taken */
TEST_F(wire, echo_of_a_probe)
{
	struct conn *c = &self->c;
	struct seg s;

	conn_accept(c, &self->w, &with_ecn);
	for (int wnd = c->syn.wnd; wnd; wnd = s.wnd) {
		conn_send(c, ACK, wnd < MSS ? wnd : MSS);
		s = conn_get(c);
	}
	put_with(c, ACK, c->seq, 1, CE);
	s = conn_get(c);
	EXPECT_EQ(ACK | ECE, s.flags);
	EXPECT_EQ(c->seq, s.ack);
}

/* ---- RFC 3168 6.1.2, RFC 8511: the sender ---- */

static uint32_t begin_flight(struct conn *c, struct wire *w, int segments)
{
	uint32_t first;

	conn_accept(c, w, &with_ecn);
	conn_calm(c);
	first = c->ack;
	conn_write(c, segments * MSS);
	for (int i = 0; i < 10 && i < segments; i++)
		if (!is_next(c, MSS, ACK, ECT_0))
			wire_die("segment %d", i);
	return first;
}

static void put_echo(struct conn *c, uint32_t ack)
{
	conn_put(c, ACK | ECE, c->seq, ack, 0);
}

/* Once a window, which CWR begins; the half in slow start, a fifth in congestion avoidance */
TEST_F(wire, reduction)
{
	struct conn *c = &self->c;
	uint32_t first = begin_flight(c, &self->w, 30);

	put_echo(c, first + 2 * MSS);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(TCP_CA_CWR, info_of(c).tcpi_ca_state);
	EXPECT_EQ(5, info_of(c).tcpi_snd_ssthresh);
	EXPECT_EQ(5, info_of(c).tcpi_snd_cwnd);
	EXPECT_EQ(2, info_of(c).tcpi_delivered_ce);
	put_echo(c, first + 7 * MSS);
	EXPECT_TRUE(is_next(c, MSS, ACK | CWR, ECT_0));
	EXPECT_TRUE(is_next(c, MSS, ACK, ECT_0));
	EXPECT_TRUE(conn_quiet(c));
	put_echo(c, first + 10 * MSS);		/* the peer has not seen CWR yet */
	for (int i = 0; i < 3; i++)
		EXPECT_TRUE(is_next(c, MSS, ACK, ECT_0));
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(1, wire_count("ECN_REDUCED"));
	put_echo(c, first + 11 * MSS);		/* what had CWR was marked again */
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(2, wire_count("ECN_REDUCED"));
	EXPECT_EQ(4, info_of(c).tcpi_snd_ssthresh);
	EXPECT_EQ(4, info_of(c).tcpi_snd_cwnd);
	conn_put(c, ACK, c->seq, first + 12 * MSS, 0);
	EXPECT_TRUE(is_next(c, MSS, ACK | CWR, ECT_0));
	EXPECT_EQ(11, info_of(c).tcpi_delivered_ce);
	EXPECT_EQ(0, wire_count("RETRANS_SEGS"));
}

/* RFC 8511 3.1: CUBIC keeps 0.85 */
TEST_F(wire, reduction_cubic)
{
	struct conn *c = &self->c;
	uint32_t first;

	conn_accept(c, &self->w, &with_ecn);
	ASSERT_EQ(0, setsockopt(c->fd, SOL_TCP, TCP_CONGESTION, "cubic", 5));
	conn_calm(c);
	first = c->ack;
	conn_write(c, 30 * MSS);
	for (int i = 0; i < 10; i++)
		EXPECT_TRUE(is_next(c, MSS, ACK, ECT_0));
	put_echo(c, first + 10 * MSS);
	EXPECT_EQ(7, info_of(c).tcpi_snd_ssthresh);
	for (int i = 0; i < 7; i++)
		EXPECT_TRUE(is_next(c, MSS, i ? ACK : ACK | CWR, ECT_0));
	put_echo(c, first + 17 * MSS);
	EXPECT_EQ(5, info_of(c).tcpi_snd_cwnd);	/* 5950 bytes */
	EXPECT_EQ(2, wire_count("ECN_REDUCED"));
}

/* RFC 8511 3: never below two segments */
TEST_F(wire, reduction_has_an_end)
{
	struct conn *c = &self->c;
	uint32_t first = begin_flight(c, &self->w, 1);

	put_echo(c, first + MSS);
	EXPECT_EQ(2, info_of(c).tcpi_snd_ssthresh);
	EXPECT_EQ(2, info_of(c).tcpi_snd_cwnd);
	conn_write(c, 4 * MSS);
	EXPECT_TRUE(is_next(c, MSS, ACK | CWR, ECT_0));
	EXPECT_TRUE(is_next(c, MSS, ACK, ECT_0));
	EXPECT_TRUE(conn_quiet(c));
}

/* Nobody has agreed on it */
TEST_F(wire, no_reduction)
{
	struct conn *c = &self->c;
	uint32_t first;

	conn_accept(c, &self->w, &offer_none);
	conn_calm(c);
	first = c->ack;
	conn_write(c, 10 * MSS);
	EXPECT_EQ(10 * MSS, conn_take_now(c, MSS));
	put_echo(c, first + 10 * MSS);
	EXPECT_LE(10, info_of(c).tcpi_snd_cwnd);
	EXPECT_EQ(0, info_of(c).tcpi_delivered_ce);
	EXPECT_EQ(0, wire_count("ECN_REDUCED"));
	conn_alive(c);
}

/* CWR tells of a loss too, with new data: not with what is sent again */
TEST_F(wire, cwr_after_loss)
{
	struct conn *c = &self->c;
	uint32_t first = begin_flight(c, &self->w, 6);
	struct seg s;

	for (int i = 0; i < 3; i++)
		conn_put(c, ACK, c->seq, first, 0);
	s = conn_get_again(c, first);
	EXPECT_EQ(ACK, s.flags & ~PSH);
	EXPECT_EQ(NOT_ECT, s.tos);
	put_echo(c, first + 6 * MSS);		/* of the same window */
	conn_write(c, MSS);
	EXPECT_TRUE(is_next(c, MSS, ACK | CWR, ECT_0));
	EXPECT_EQ(0, wire_count("ECN_REDUCED"));
	EXPECT_EQ(1, wire_count("FAST_RETRANS"));
	conn_ack(c);
	conn_alive(c);
}

#include "wire_main.h"
