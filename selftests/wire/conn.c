// SPDX-License-Identifier: GPL-2.0
/* The peer's side of a connection */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include "wire.h"

#define FIRST_PORT	2000	/* below those that connect(2) takes */
#define PORTS		3000	/* times 10: tests after each other have other ports */
#define PEER_PORT	40000
#define PEER_ISS	0xfffffe00u	/* sequence numbers wrap early in every test */
#define SEND_BUFFER	(256 * 1024)	/* bytes: writes of the tests fit in, whatever the overhead */
#define PEER_TSVAL	0xffffff00u
#define CALM_US		100000000	/* longer than any test takes */

const struct offer offer_none = { .mss = 1000 };
const struct offer offer_all = {
	.mss = 1000, .sackok = true, .ts = true, .has_wscale = true, .wscale = 2,
};

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static uint32_t seg_end(const struct seg *s)
{
	return s->seq + s->len + !!(s->flags & SYN) + !!(s->flags & FIN);
}

/* The byte at a place of a stream */
static uint8_t byte_at(uint32_t at)
{
	return (at * 2654435761u) >> 13;
}

static void fill(uint8_t *buf, uint32_t at, int len)
{
	for (int i = 0; i < len; i++)
		buf[i] = byte_at(at + i);
}

static void compare(const uint8_t *buf, uint32_t at, int len)
{
	for (int i = 0; i < len; i++) {
		errno = EBADMSG;
		if (buf[i] != byte_at(at + i))
			wire_die("byte %u of the stream", at + i);
	}
}

/* ---- opening ---- */

/* The connection that was there before ends, and its segments with it */
static void end(struct conn *c)
{
	struct linger l = { .l_onoff = 1 };
	struct seg s;

	if (c->fd >= 0) {
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
		close(c->fd);
	}
	if (c->lfd >= 0)
		close(c->lfd);
	wire_ping(c->w);
	while (wire_next(c->w, &s))
		;
}

static void init(struct conn *c, struct wire *w)
{
	static int turn;

	if (c->w)
		end(c);
	memset(c, 0, sizeof(*c));
	c->w = w;
	c->lfd = -1;
	c->fd = -1;
	c->hport = FIRST_PORT + getpid() % PORTS * 10 + turn;
	c->pport = PEER_PORT + 100 * turn++;
	c->iss = PEER_ISS;
	c->tsval = PEER_TSVAL;
	c->wnd = 65535;
}

void conn_listen(struct conn *c, struct wire *w, int backlog)
{
	init(c, w);
	c->lfd = wire_listen(w, c->hport, backlog);
}

static struct seg syn_of(struct conn *c, const struct offer *o, int flags)
{
	struct seg s = {
		.sport = c->pport, .dport = c->hport, .seq = c->iss, .flags = flags,
		.wnd = o->wnd ? o->wnd : 65535,
		.has_mss = o->mss, .mss = o->mss, .has_sackok = o->sackok, .has_ts = o->ts,
		.tsval = c->tsval, .has_wscale = o->has_wscale, .wscale = o->wscale,
	};

	if (o->ecn)
		s.flags |= flags & ACK ? ECE : ECE | CWR;
	if (flags & ACK) {
		s.ack = c->ack;
		s.tsecr = c->ts_recent;
	}
	c->wnd = s.wnd;
	c->seq = c->iss + 1;
	return s;
}

static void take_syn(struct conn *c, int flags)
{
	do
		c->syn = wire_get(c->w);
	while (c->syn.dport != c->pport);
	errno = EPROTO;
	if ((c->syn.flags & ~(ECE | CWR)) != flags || c->syn.len)
		wire_die("a SYN expected, not %s", wire_text(&c->syn));
	c->irs = c->syn.seq;
	c->ack = c->irs + 1;
	c->top = c->ack;
	c->ts_recent = c->syn.tsval;
}

void conn_begin(struct conn *c, const struct offer *o)
{
	struct seg s = syn_of(c, o, SYN);

	wire_put(c->w, &s);
	take_syn(c, SYN | ACK);
	errno = EPROTO;
	if (c->syn.ack != c->seq)
		wire_die("not the answer: %s", wire_text(&c->syn));
	c->ts = o->ts && c->syn.has_ts;
}

void conn_accepted(struct conn *c)
{
	conn_wait(c->lfd, POLLIN);
	c->fd = accept4(c->lfd, NULL, NULL, SOCK_NONBLOCK);
	if (c->fd < 0)
		wire_die("accept");
	wire_setopt(c->fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
}

void conn_accept(struct conn *c, struct wire *w, const struct offer *o)
{
	conn_listen(c, w, 8);
	conn_begin(c, o);
	conn_ack(c);
	conn_accepted(c);
}

void conn_start_fd(struct conn *c, struct wire *w, int fd)
{
	init(c, w);
	c->fd = fd;
	wire_setopt(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
	wire_connect(w, fd, c->pport);
	take_syn(c, SYN);
	c->hport = c->syn.sport;
}

void conn_start(struct conn *c, struct wire *w)
{
	conn_start_fd(c, w, wire_socket(w));
}

void conn_answer(struct conn *c, const struct offer *o)
{
	struct seg s = syn_of(c, o, SYN | ACK);

	wire_put(c->w, &s);
	c->ts = o->ts && c->syn.has_ts;
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_wait(c->fd, POLLOUT);
}

void conn_connect(struct conn *c, struct wire *w, const struct offer *o)
{
	conn_start(c, w);
	conn_answer(c, o);
}

/* ---- the peer sends ---- */

/**
 * conn_seg - a segment of the peer's
 * @c: connection
 * @flags: flags
 * @seq: sequence number
 * @ack: acknowledgment, ignored without ACK
 * @len: bytes of the stream at that place
 *
 * Return: the segment, to be spoilt or sent; its data lasts until the next call.
 */
struct seg conn_seg(struct conn *c, int flags, uint32_t seq, uint32_t ack, int len)
{
	static uint8_t data[2048];
	struct seg s = {
		.sport = c->pport, .dport = c->hport, .seq = seq, .flags = flags, .wnd = c->wnd,
		.ack = flags & ACK ? ack : 0, .len = len, .data = data,
		.has_ts = c->ts, .tsval = c->tsval, .tsecr = c->ts_recent,
	};

	fill(data, seq - c->iss - 1, len);
	return s;
}

void conn_put(struct conn *c, int flags, uint32_t seq, uint32_t ack, int len)
{
	struct seg s = conn_seg(c, flags, seq, ack, len);

	wire_put(c->w, &s);
}

void conn_send(struct conn *c, int flags, int len)
{
	uint32_t seq = c->seq;

	c->seq += len + !!(flags & FIN);
	conn_put(c, flags, seq, c->ack, len);
}

void conn_ack(struct conn *c)
{
	conn_put(c, ACK, c->seq, c->ack, 0);
}

/* ---- the peer receives ---- */

/* False: a retransmission of this connection's, or of another's <SYN,ACK> */
static bool is_news(struct conn *c, const struct seg *s)
{
	uint32_t end = seg_end(s);

	if (s->sport != c->hport || s->dport != c->pport)
		return !(s->flags & SYN);
	if (s->flags & SYN)
		return s->seq != c->irs;
	if (s->has_ts)
		c->ts_recent = s->tsval;
	if (end != s->seq && !before(c->top, end))
		return false;
	if (before(c->top, end) && !(s->flags & RST))
		c->top = end;
	return true;
}

struct seg conn_get(struct conn *c)
{
	struct seg s;

	do
		s = wire_get(c->w);
	while (!is_news(c, &s));
	return s;
}

struct seg conn_get_again(struct conn *c, uint32_t seq)
{
	struct seg s;

	do {
		s = wire_get(c->w);
		if (s.has_ts)
			c->ts_recent = s.tsval;
	} while (s.seq != seq || seg_end(&s) == s.seq);
	return s;
}

bool conn_quiet(struct conn *c)
{
	bool quiet = true;
	struct seg s;

	wire_ping(c->w);
	while (wire_next(c->w, &s)) {
		if (!is_news(c, &s))
			continue;
		fprintf(stderr, "# not quiet: %s\n", wire_text(&s));
		quiet = false;
	}
	return quiet;
}

struct seg conn_expect_at(const char *file, int line, struct conn *c, int flags, uint32_t seq,
			  uint32_t ack, int len)
{
	struct seg s = conn_get(c);
	struct seg want = {
		.sport = c->hport, .dport = c->pport, .flags = flags, .seq = seq, .ack = ack,
		.wnd = s.wnd, .len = len,
	};

	errno = EPROTO;
	if ((s.flags & ~PSH) != (flags & ~PSH) || s.seq != seq || s.len != len ||
	    s.dport != want.dport || s.sport != want.sport || ((flags & ACK) && s.ack != ack))
		wire_die("%s:%d: expected %s, got %s", file, line, wire_text(&want), wire_text(&s));
	compare(s.data, seq - c->irs - 1, len);
	return s;
}

void conn_take(struct conn *c, int len)
{
	conn_expect(c, ACK, c->ack, c->seq, len);
	c->ack += len;
}

/**
 * conn_take_now - data segments that naru has sent by now
 * @c: connection; @ack moves
 * @seg_len: bytes that each must have, 0: any
 *
 * Return: bytes.
 */
int conn_take_now(struct conn *c, int seg_len)
{
	int bytes = 0;
	struct seg s;

	wire_ping(c->w);
	while (wire_next(c->w, &s)) {
		if (!is_news(c, &s))
			continue;
		errno = EPROTO;
		if ((s.flags & ~PSH) != ACK || s.seq != c->ack ||
		    (seg_len && s.len != seg_len))
			wire_die("expected %d bytes at %u, got %s", seg_len, c->ack, wire_text(&s));
		compare(s.data, s.seq - c->irs - 1, s.len);
		c->ack += s.len;
		bytes += s.len;
	}
	return bytes;
}

bool conn_acked(struct conn *c)
{
	bool acked = false;
	struct seg s;

	wire_ping(c->w);
	while (wire_next(c->w, &s))
		if (is_news(c, &s) && s.flags & ACK && s.ack == c->seq)
			acked = true;
	return acked;
}

/* ---- the program ---- */

void conn_wait(int fd, int events)
{
	struct pollfd p = { .fd = fd, .events = events };

	errno = ETIMEDOUT;
	if (poll(&p, 1, WIRE_PATIENCE_MS) != 1)
		wire_die("waiting for poll events %#x", events);
}

void conn_write_flags(struct conn *c, int len, int flags)
{
	uint8_t buf[65536];

	fill(buf, c->written, len);
	if (send(c->fd, buf, len, flags | MSG_NOSIGNAL) != len)
		wire_die("send");
	c->written += len;
}

void conn_write(struct conn *c, int len)
{
	conn_write_flags(c, len, 0);
}

void conn_read(struct conn *c, int len)
{
	uint8_t buf[65536];

	while (len) {
		int n;

		conn_wait(c->fd, POLLIN);
		n = recv(c->fd, buf, len < (int)sizeof(buf) ? len : (int)sizeof(buf), 0);
		if (n <= 0)
			wire_die("recv: %d", n);
		compare(buf, c->taken, n);
		c->taken += n;
		len -= n;
	}
}

void conn_read_end(struct conn *c)
{
	char byte;

	conn_wait(c->fd, POLLIN);
	errno = EPROTO;
	if (recv(c->fd, &byte, 1, 0))
		wire_die("end of file expected");
}

/* Everything in flight has been taken and acknowledged by both before, and nothing is to be read */
void conn_alive(struct conn *c)
{
	struct seg s;

	conn_send(c, ACK | PSH, 1);
	conn_read(c, 1);
	do
		s = conn_get(c);
	while (s.ack != c->seq);
	errno = EPROTO;
	if (s.flags != ACK || s.seq != c->ack || s.len)
		wire_die("the connection is not alive: %s", wire_text(&s));
	conn_write(c, 1);
	conn_take(c, 1);
	conn_ack(c);
	if (!conn_quiet(c))
		wire_die("the connection is not quiet");
}

static uint32_t rto_of(struct conn *c)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		wire_die("TCP_INFO");
	return info.tcpi_rto;
}

/**
 * conn_calm - no retransmission or probe timer fires from now on, however slow the machine is
 * @c: connection, as for conn_alive()
 *
 * The setting counts when a round trip is measured, which a timeout in the middle of it prevents.
 */
void conn_calm(struct conn *c)
{
	wire_set("rto_min_us", CALM_US);
	wire_set("early_retrans", 0);
	do
		conn_alive(c);
	while (rto_of(c) < CALM_US);
}
