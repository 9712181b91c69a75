// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors, true and forged: RFC 9293 3.9.2.2 (MUST-54 to MUST-56, SHLD-25, SHLD-26), RFC 5927,
 * RFC 1191, RFC 8201
 */
#include "wire_test.h"

struct fixed {
	struct icmp port, host, too_big;
};

static const struct fixed v4 = {
	.port = { .type = 3, .code = 3 },
	.host = { .type = 3, .code = 1 },
	.too_big = { .type = 3, .code = 4 },
};

static const struct fixed v6 = {
	.port = { .type = 1, .code = 4 },
	.host = { .type = 1, .code = 3 },
	.too_big = { .type = 2, .code = 0 },
};

#define ERRORS (IS_V4 ? &v4 : &v6)

/* A segment of naru's, as quoted */
static struct seg sent(struct conn *c, int flags, uint32_t seq)
{
	struct seg s = { .sport = c->hport, .dport = c->pport, .seq = seq, .flags = flags };

	return s;
}

static void put_error(struct conn *c, const struct icmp *i, uint32_t seq)
{
	struct seg s = sent(c, ACK, seq);

	wire_put_icmp(c->w, i, &s);
}

TEST_F(wire, port_unreachable)
{
	struct conn *c = &self->c;

	conn_start(c, &self->w);
	put_error(c, &ERRORS->port, c->irs);
	EXPECT_EQ(ECONNREFUSED, wire_error(c->fd));
	EXPECT_EQ(1, wire_count("ICMP_IN"));
	EXPECT_EQ(1, wire_count("ATTEMPT_FAILS"));
	EXPECT_TRUE(conn_quiet(c));
}

/* RFC 5927 4.1: a number that is not in flight cannot be about this SYN */
TEST_F(wire, port_unreachable_forged)
{
	struct conn *c = &self->c;

	conn_start(c, &self->w);
	put_error(c, &ERRORS->port, c->irs + 2);
	put_error(c, &ERRORS->port, c->irs - 1);
	put_error(c, &ERRORS->port, c->irs + 0x80000000);
	EXPECT_EQ(3, wire_count("ICMP_OUT_OF_WINDOW"));
	conn_answer(c, &offer_none);
	conn_alive(c);
}

/* Not about a connection of ours, damaged, or cut short: nothing at all */
TEST_F(wire, unusable)
{
	struct conn *c = &self->c;
	struct icmp i = ERRORS->port;
	struct seg s;

	conn_start(c, &self->w);
	i.bad_csum = true;
	put_error(c, &i, c->irs);
	i.bad_csum = false;
	i.quote = 4;
	put_error(c, &i, c->irs);
	i.quote = 0;
	s = sent(c, SYN, c->irs);
	s.dport++;
	wire_put_icmp(&self->w, &i, &s);
	if (IS_V4) {
		struct icmp quench = { .type = 4 };

		put_error(c, &quench, c->irs);
	}
	EXPECT_EQ(0, wire_count("ICMP_OUT_OF_WINDOW"));
	conn_answer(c, &offer_none);
	conn_alive(c);
}

/* A soft error is no reason to stop, but explains the failure in the end (SHLD-25) */
TEST_F(wire, host_unreachable)
{
	struct conn *c = &self->c;
	int fd = wire_socket(&self->w);

	wire_setopt(fd, SOL_TCP, TCP_SYNCNT, 1);
	conn_start_fd(c, &self->w, fd);
	put_error(c, &ERRORS->host, c->irs);
	conn_get_again(c, c->irs);
	EXPECT_EQ(EHOSTUNREACH, wire_error(fd));
}

/* A <SYN,ACK> that cannot arrive */
TEST_F(wire, syn_received)
{
	struct conn *c = &self->c;

	conn_listen(c, &self->w, 8);
	conn_begin(c, &offer_none);
	put_error(c, &ERRORS->port, c->irs + 1);
	EXPECT_EQ(1, wire_info(NARU_INFO_REQS));
	EXPECT_EQ(1, wire_count("ICMP_OUT_OF_WINDOW"));
	put_error(c, &ERRORS->port, c->irs);
	EXPECT_EQ(0, wire_info(NARU_INFO_REQS));
}

/* RFC 5927 5.2: a connection that stands is not ended by any of them */
TEST_F(wire, established)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_write(c, 100);
	conn_take(c, 100);
	put_error(c, &ERRORS->port, c->ack - 100);
	put_error(c, &ERRORS->host, c->ack - 100);
	conn_ack(c);
	EXPECT_EQ(2, wire_count("ICMP_IN"));
	conn_alive(c);
}

/* RFC 9293 3.9.2.2 (MUST-56): codes that say no more than that something is wrong, before and after */
static const struct icmp soft_v4[] = { { .type = 3 }, { .type = 3, .code = 1 }, { .type = 3, .code = 5 },
	{ .type = 11 }, { .type = 11, .code = 1 }, { .type = 12 } };
static const struct icmp soft_v6[] = { { .type = 1 }, { .type = 1, .code = 3 }, { .type = 3 },
	{ .type = 3, .code = 1 }, { .type = 4 }, { .type = 4, .code = 1 }, { .type = 4, .code = 2 } };

TEST_F(wire, soft_errors)
{
	int n = IS_V4 ? ARRAY_SIZE(soft_v4) : ARRAY_SIZE(soft_v6);
	const struct icmp *soft = IS_V4 ? soft_v4 : soft_v6;
	/* the kernel's IPv4 keeps those about fragments to itself */
	int passed_up = n - (IS_V4 && variant->proto != IPPROTO_TCP);
	struct conn *c = &self->c;

	conn_start(c, &self->w);
	for (int i = 0; i < n; i++)
		put_error(c, &soft[i], c->irs);
	EXPECT_EQ(passed_up, wire_count("ICMP_IN"));
	conn_answer(c, &offer_none);
	conn_write(c, 100);
	conn_take(c, 100);
	for (int i = 0; i < n; i++)
		put_error(c, &soft[i], c->ack - 100);
	EXPECT_EQ(2 * passed_up, wire_count("ICMP_IN"));
	conn_ack(c);
	conn_alive(c);
}

static void ask_for_errors(struct conn *c)
{
	bool v4 = c->w->family == AF_INET;

	wire_setopt(c->fd, v4 ? SOL_IP : SOL_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, 1);
}

/* RFC 9293 3.9.1.8 (MUST-47, SHLD-20), ip(7): a program hears of them at once where it wants to, and goes on */
TEST_F(wire, errors_asked_for)
{
	struct conn *c = &self->c;
	struct pollfd p = {};

	conn_accept(c, &self->w, &offer_none);
	p.fd = c->fd;
	conn_write(c, 100);
	conn_take(c, 100);
	put_error(c, &ERRORS->host, c->ack - 100);
	EXPECT_EQ(0, poll(&p, 1, 0));
	ask_for_errors(c);
	put_error(c, &ERRORS->host, c->ack - 100);
	EXPECT_EQ(1, poll(&p, 1, 0));
	EXPECT_EQ(POLLERR, p.revents);
	EXPECT_EQ(EHOSTUNREACH, wire_error(c->fd));
	conn_ack(c);
	conn_alive(c);
}

/* RFC 9293 3.8.3 (SHLD-9), 3.9.1.8 (MUST-47): so it does of a peer that does not answer, before that is given up */
TEST_F(wire, silence_at_r1)
{
	struct conn *c = &self->c;

	wire_set("retries1", 2);
	conn_accept(c, &self->w, &offer_none);
	conn_alive(c);		/* measures a round trip: no RTO of a second */
	ask_for_errors(c);
	conn_write(c, 100);
	conn_take(c, 100);
	conn_wait(c->fd, POLLERR);
	EXPECT_LE(2, wire_count("RTOS"));	/* R1 retransmissions have gone before */
	EXPECT_EQ(0, wire_count("TIMEOUTS"));
	EXPECT_EQ(ETIMEDOUT, wire_error(c->fd));
	conn_ack(c);
	conn_alive(c);
	EXPECT_EQ(0, wire_count("TIMEOUTS"));
}

/* SHLD-20: unless it does not want to know */
TEST_F(wire, silence_at_r1_not_asked_for)
{
	struct conn *c = &self->c;
	struct pollfd p = {};
	uint32_t first;

	wire_set("retries1", 1);
	conn_accept(c, &self->w, &offer_none);
	conn_alive(c);
	p.fd = c->fd;
	first = c->ack;
	conn_write(c, 100);
	conn_take(c, 100);
	for (int i = 0; i < 3; i++)
		conn_get_again(c, first);
	EXPECT_EQ(0, poll(&p, 1, 0));
	conn_ack(c);
	conn_alive(c);
}

/* The peer takes a large segment size, and three segments are in flight that fill the link */
static int three_large(struct conn *c, struct wire *w, bool ts)
{
	struct offer o = { .mss = 9000, .ts = ts, .sackok = ts };
	int mss = 1500 - (w->family == AF_INET ? 20 : 40) - 20 - (ts ? 12 : 0);

	conn_accept(c, w, &o);
	conn_calm(c);
	conn_write(c, 3 * mss);
	for (int i = 0; i < 3; i++)
		conn_take(c, mss);
	return mss;
}

static void put_too_big(struct conn *c, const struct icmp *i, uint32_t seq, int mtu)
{
	struct icmp too_big = *i;

	too_big.info = mtu;
	put_error(c, &too_big, seq);
}

/* What naru sends again now must be segments of @mss bytes from @seq on; returns the bytes */
static int resent(struct __test_metadata *_metadata, struct conn *c, uint32_t seq, int mss)
{
	int bytes = 0;
	struct seg s;

	wire_ping(c->w);
	while (wire_next(c->w, &s)) {
		EXPECT_EQ(seq + bytes, s.seq);
		EXPECT_GE(mss, s.len);
		bytes += s.len;
	}
	return bytes;
}

static void too_big(struct __test_metadata *_metadata, struct conn *c, struct wire *w,
		    const struct icmp *i, bool ts)
{
	int mss = three_large(c, w, ts);
	int less = mss - 220;

	put_too_big(c, i, c->ack - 3 * mss, 1280);
	EXPECT_EQ(3 * mss, resent(_metadata, c, c->ack - 3 * mss, less));
	EXPECT_EQ(1, wire_count("PMTU_REDUCED"));
	EXPECT_EQ(0, wire_count("RTOS"));
	conn_ack(c);
	conn_write(c, 2 * less);
	conn_take(c, less);
	conn_take(c, less);
	conn_ack(c);
	conn_alive(c);
}

/* RFC 1191 6.4, RFC 8201 4: smaller segments at once, without a timeout */
TEST_F(wire, too_big)
{
	too_big(_metadata, &self->c, &self->w, &ERRORS->too_big, false);
}

TEST_F(wire, too_big_timestamps)
{
	too_big(_metadata, &self->c, &self->w, &ERRORS->too_big, true);
}

/* RFC 1191 6.4: the link is narrow, not full. The window stays */
TEST_F(wire, too_big_window)
{
	struct conn *c = &self->c;
	int mss = three_large(c, &self->w, true), fd = c->fd;
	struct tcp_info before, after;
	socklen_t len = sizeof(before);

	ASSERT_EQ(0, getsockopt(fd, SOL_TCP, TCP_INFO, &before, &len));
	put_too_big(c, &ERRORS->too_big, c->ack - 3 * mss, 1280);
	EXPECT_EQ(3 * mss, resent(_metadata, c, c->ack - 3 * mss, mss - 220));
	conn_put(c, ACK, c->seq, c->ack - 2 * mss, 0);
	conn_ack(c);
	ASSERT_EQ(0, getsockopt(fd, SOL_TCP, TCP_INFO, &after, &len));
	EXPECT_LE(before.tcpi_snd_cwnd, after.tcpi_snd_cwnd);
	EXPECT_EQ(before.tcpi_snd_ssthresh, after.tcpi_snd_ssthresh);
	EXPECT_EQ(0, wire_count("RECOVERY_ENTER"));
	conn_alive(c);
}

/* RFC 5927 7: not for a number that is not in flight */
TEST_F(wire, too_big_forged)
{
	struct conn *c = &self->c;
	int mss = three_large(c, &self->w, false);

	put_too_big(c, &ERRORS->too_big, c->ack + 1, 1280);
	put_too_big(c, &ERRORS->too_big, c->ack - 3 * mss - 1, 1280);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(2, wire_count("ICMP_OUT_OF_WINDOW"));
	EXPECT_EQ(0, wire_count("PMTU_REDUCED"));
	conn_ack(c);
	conn_write(c, mss);
	conn_take(c, mss);
}

/* Nothing new */
TEST_F(wire, too_big_larger)
{
	struct conn *c = &self->c;
	int mss = three_large(c, &self->w, false);

	put_too_big(c, &ERRORS->too_big, c->ack - mss, 1500);
	put_too_big(c, &ERRORS->too_big, c->ack - mss, 9000);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(0, wire_count("PMTU_REDUCED"));
	conn_ack(c);
	conn_write(c, mss);
	conn_take(c, mss);
}

/*
 * An MTU that no link has. IPv6 ignores it (RFC 8201 4), IPv4 goes no lower than ip_rt_min_pmtu's
 * 552: nobody can make naru send crumbs.
 */
TEST_F(wire, too_big_tiny)
{
	static const int mtus[] = { 0, 1, 20, 68, 100 };
	struct conn *c = &self->c;
	int mss = three_large(c, &self->w, false);
	int resent = 0;
	struct seg s;

	for (unsigned int i = 0; i < ARRAY_SIZE(mtus); i++)
		put_too_big(c, &ERRORS->too_big, c->ack - 3 * mss, mtus[i]);
	wire_ping(&self->w);
	while (wire_next(&self->w, &s))
		resent++;
	EXPECT_GE(3 * (mss / 500 + 1), resent);
	conn_ack(c);
	conn_write(c, 2 * mss);
	s = conn_get(c);
	EXPECT_LE(IS_V4 ? 552 - 40 : 1280 - 60, s.len);
}

#include "wire_main.h"
