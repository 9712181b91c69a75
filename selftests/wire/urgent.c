// SPDX-License-Identifier: GPL-2.0
/* Urgent data, as sent and as received: RFC 9293 3.8.5, RFC 6093 */
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <linux/sockios.h>
#include "wire_test.h"

/* ---- what naru sends ---- */

#define expect_urgent(c, bytes, pointer)					\
	({									\
		struct seg _s = conn_expect(c, ACK | URG, (c)->ack, (c)->seq, bytes); \
										\
		EXPECT_EQ(pointer, _s.urg);					\
		(c)->ack += bytes;						\
	})

/* RFC 9293 3.8.5 (MUST-62): the pointer is behind the last byte; segments behind it have none */
TEST_F(wire, pointer)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_calm(c);
	conn_write_flags(c, 10, MSG_OOB);
	expect_urgent(c, 10, 10);
	conn_write_flags(c, 1000, MSG_MORE);
	conn_take(c, 1000);
	conn_ack(c);
	conn_write_flags(c, 1, MSG_OOB);
	expect_urgent(c, 1, 1);
	conn_ack(c);
	conn_alive(c);
}

/* Each segment of a large write has its own */
TEST_F(wire, pointer_of_each_segment)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_all);
	conn_calm(c);
	conn_write_flags(c, 5500, MSG_OOB);
	for (int left = 5500; left > 0;) {
		struct seg s = conn_get(c);

		EXPECT_EQ(ACK | URG, s.flags & ~PSH);
		EXPECT_EQ(left, s.urg);
		ASSERT_EQ(c->ack, s.seq);
		ASSERT_LT(0, s.len);
		c->ack += s.len;
		left -= s.len;
	}
	conn_ack(c);
	conn_alive(c);
}

/* What had been sent before as one packet without URG goes again with it, and right in each segment */
TEST_F(wire, pointer_of_retransmissions)
{
	struct conn *c = &self->c;
	uint32_t first;

	conn_accept(c, &self->w, &offer_none);
	conn_alive(c);		/* measures a round trip: no RTO of a second */
	first = c->ack;
	conn_write(c, 5000);
	EXPECT_EQ(5000, conn_take_now(c, 1000));
	conn_write_flags(c, 1, MSG_OOB);
	for (int i = 0; i < 5; i++) {
		struct seg s = conn_get_again(c, first + i * 1000);

		EXPECT_EQ(1000, s.len);
		EXPECT_EQ(ACK | URG, s.flags & ~PSH);
		EXPECT_EQ(5001 - i * 1000, s.urg);
		conn_put(c, ACK, c->seq, first + (i + 1) * 1000, 0);
	}
	EXPECT_EQ(1, conn_get_again(c, first + 5000).urg);
	c->ack = first + 5001;
	conn_ack(c);
	conn_alive(c);
}

/* What waited for the window as one packet goes in segments that are right each */
TEST_F(wire, pointer_of_what_waited)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_calm(c);
	c->wnd = 0;
	conn_ack(c);
	conn_write(c, 5000);
	conn_write_flags(c, 1, MSG_OOB);
	c->wnd = 65535;
	conn_ack(c);
	for (int i = 0; i < 5; i++)
		expect_urgent(c, 1000, 5001 - i * 1000);
	expect_urgent(c, 1, 1);
	conn_ack(c);
	conn_alive(c);
}

/* MUST-31: further than the field can say. The first send ends at 60000, the second at 120000. */
TEST_F(wire, pointer_far_ahead)
{
	struct offer o = { .mss = 1000, .wnd = 1000 };
	struct conn *c = &self->c;
	uint32_t end;

	conn_accept(c, &self->w, &o);
	conn_calm(c);
	end = c->ack + 120000;
	conn_write_flags(c, 60000, MSG_OOB);
	expect_urgent(c, 1000, 60000);
	conn_write_flags(c, 60000, MSG_OOB);
	c->wnd = 65535;
	conn_ack(c);
	while (c->ack != end) {
		uint32_t left = end - c->ack;

		expect_urgent(c, 1000, left < 65535 ? left : 65535);
		conn_ack(c);
	}
	conn_alive(c);
}

/* Where the window is closed the peer hears of it, in a segment that he takes: MUST-66 is his part */
TEST_F(wire, pointer_at_a_closed_window)
{
	struct conn *c = &self->c;
	struct seg s;

	conn_accept(c, &self->w, &offer_none);
	conn_alive(c);
	c->wnd = 0;
	conn_ack(c);
	conn_write_flags(c, 5, MSG_OOB);
	s = conn_expect(c, ACK | URG, c->ack, c->seq, 0);
	EXPECT_EQ(5, s.urg);
	s = conn_expect(c, ACK | URG, c->ack - 1, c->seq, 0);
	EXPECT_EQ(6, s.urg);
	c->wnd = 65535;
	conn_ack(c);
	do
		s = conn_get(c);
	while (!s.len);
	EXPECT_EQ(5, s.len);
	EXPECT_EQ(5, s.urg);
	c->ack += 5;
	conn_ack(c);
	conn_alive(c);
}

/* What waits for Nagle's algorithm or a cork goes with the urgent byte behind it */
TEST_F(wire, urgent_does_not_wait)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_calm(c);
	conn_write(c, 10);
	conn_take(c, 10);
	conn_write(c, 10);
	EXPECT_TRUE(conn_quiet(c));
	conn_write_flags(c, 1, MSG_OOB);
	expect_urgent(c, 11, 11);
	conn_ack(c);
	wire_setopt(c->fd, SOL_TCP, TCP_CORK, 1);
	conn_write(c, 10);
	EXPECT_TRUE(conn_quiet(c));
	conn_write_flags(c, 1, MSG_OOB | MSG_MORE);
	expect_urgent(c, 11, 11);
	wire_setopt(c->fd, SOL_TCP, TCP_CORK, 0);
	conn_ack(c);
	conn_alive(c);
}

/* ---- what naru receives ---- */

/* SIGURG goes to this process, and is looked for */
static void own(int fd)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGURG);
	if (sigprocmask(SIG_BLOCK, &set, NULL) || fcntl(fd, F_SETOWN, getpid()))
		wire_die("F_SETOWN");
}

static bool told(void)
{
	struct timespec none = {};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGURG);
	return sigtimedwait(&set, NULL, &none) == SIGURG;
}

/* The byte, or -errno */
static int take_oob(int fd, int flags)
{
	uint8_t byte;

	return recv(fd, &byte, 1, MSG_OOB | flags) == 1 ? byte : -errno;
}

static bool at_mark(int fd)
{
	int mark;

	if (ioctl(fd, SIOCATMARK, &mark))
		wire_die("SIOCATMARK");
	return mark;
}

static short events(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLPRI };

	if (poll(&p, 1, 0) < 0)
		wire_die("poll");
	return p.revents;
}

/* The peer's next segment, with an urgent pointer; its byte at @at is returned */
static int send_urgent(struct conn *c, int len, int pointer, int at)
{
	struct seg s = conn_seg(c, ACK | URG, c->seq, c->ack, len);

	s.urg = pointer;
	c->seq += len;
	wire_put(c->w, &s);
	return at < len ? s.data[at] : 0;
}

static void accept_owned(struct conn *c, struct wire *w)
{
	conn_accept(c, w, &offer_none);
	own(c->fd);
}

/* MUST-30, MUST-32, MUST-33: the last byte before the pointer, apart from the stream */
TEST_F(wire, byte)
{
	struct conn *c = &self->c;
	int byte;

	accept_owned(c, &self->w);
	EXPECT_EQ(-EINVAL, take_oob(c->fd, 0));
	byte = send_urgent(c, 10, 10, 9);
	EXPECT_TRUE(told());
	EXPECT_EQ(POLLIN | POLLPRI, events(c->fd));
	EXPECT_FALSE(at_mark(c->fd));
	EXPECT_EQ(byte, take_oob(c->fd, MSG_PEEK));
	conn_read(c, 9);
	EXPECT_TRUE(at_mark(c->fd));
	EXPECT_EQ(POLLPRI, events(c->fd));
	EXPECT_EQ(byte, take_oob(c->fd, 0));
	EXPECT_EQ(-EINVAL, take_oob(c->fd, 0));
	EXPECT_EQ(0, events(c->fd));
	EXPECT_TRUE(conn_acked(c));
	conn_send(c, ACK, 5);
	c->taken++;
	conn_read(c, 5);
	EXPECT_FALSE(at_mark(c->fd));
	EXPECT_FALSE(told());
	conn_ack(c);
	EXPECT_TRUE(conn_acked(c));
}

TEST_F(wire, byte_in_the_stream)
{
	struct conn *c = &self->c;
	char buf[100];

	accept_owned(c, &self->w);
	wire_setopt(c->fd, SOL_SOCKET, SO_OOBINLINE, 1);
	send_urgent(c, 10, 5, 4);
	conn_send(c, ACK, 10);
	EXPECT_TRUE(told());
	EXPECT_EQ(-EINVAL, take_oob(c->fd, 0));
	EXPECT_EQ(POLLIN | POLLPRI, events(c->fd));
	EXPECT_EQ(4, recv(c->fd, buf, sizeof(buf), MSG_PEEK));
	conn_read(c, 4);
	EXPECT_TRUE(at_mark(c->fd));
	EXPECT_EQ(16, recv(c->fd, buf, sizeof(buf), MSG_PEEK));
	conn_read(c, 16);
	EXPECT_EQ(0, events(c->fd));
}

/* The pointer says what is yet to come, in a segment without text */
TEST_F(wire, pointer_ahead)
{
	struct conn *c = &self->c;
	int byte;

	accept_owned(c, &self->w);
	send_urgent(c, 0, 1500, 0);
	EXPECT_TRUE(told());
	EXPECT_EQ(0, events(c->fd));
	EXPECT_EQ(-EAGAIN, take_oob(c->fd, 0));
	conn_send(c, ACK, 1000);
	EXPECT_EQ(POLLIN, events(c->fd));
	EXPECT_EQ(-EAGAIN, take_oob(c->fd, 0));
	byte = conn_seg(c, 0, c->seq, 0, 1000).data[499];
	conn_send(c, ACK, 1000);
	EXPECT_EQ(POLLIN | POLLPRI, events(c->fd));
	EXPECT_EQ(byte, take_oob(c->fd, 0));
	conn_read(c, 1499);
	EXPECT_TRUE(at_mark(c->fd));
	c->taken++;
	conn_read(c, 500);
	EXPECT_FALSE(told());
}

/* A hole before it does not keep the byte from who asks for it */
TEST_F(wire, byte_out_of_order)
{
	struct conn *c = &self->c;
	struct seg s;
	int byte;

	accept_owned(c, &self->w);
	s = conn_seg(c, ACK | URG, c->seq + 100, c->ack, 100);
	s.urg = 100;
	byte = s.data[99];
	wire_put(c->w, &s);
	EXPECT_TRUE(told());
	EXPECT_EQ(POLLPRI, events(c->fd));
	EXPECT_EQ(byte, take_oob(c->fd, 0));
	conn_put(c, ACK, c->seq, c->ack, 100);
	c->seq += 200;
	conn_read(c, 199);
	EXPECT_TRUE(at_mark(c->fd));
	EXPECT_TRUE(conn_acked(c));
}

/* The same pointer in every segment, and again, is one; a later one moves the mark, an earlier one does not */
TEST_F(wire, pointers_repeated)
{
	struct conn *c = &self->c;
	struct seg s;
	int byte;

	accept_owned(c, &self->w);
	send_urgent(c, 100, 250, 0);
	EXPECT_TRUE(told());
	send_urgent(c, 100, 150, 0);
	EXPECT_FALSE(told());
	s = conn_seg(c, ACK | URG, c->seq - 200, c->ack, 200);
	s.urg = 240;
	wire_put(c->w, &s);
	EXPECT_FALSE(told());
	EXPECT_EQ(-EAGAIN, take_oob(c->fd, 0));
	byte = send_urgent(c, 100, 50, 49);
	EXPECT_FALSE(told());
	EXPECT_EQ(byte, take_oob(c->fd, 0));
	s = conn_seg(c, ACK | URG, c->seq - 100, c->ack, 100);
	s.urg = 50;
	wire_put(c->w, &s);
	EXPECT_FALSE(told());
	EXPECT_EQ(-EINVAL, take_oob(c->fd, 0));
	byte = send_urgent(c, 100, 100, 99);
	EXPECT_TRUE(told());
	EXPECT_EQ(byte, take_oob(c->fd, 0));
	conn_read(c, 399);	/* that of the first mark is text like any other now */
	EXPECT_TRUE(at_mark(c->fd));
}

/* A program that stands at the mark when the next one comes does not get the byte as text */
TEST_F(wire, pointer_overtakes)
{
	struct conn *c = &self->c;
	int byte;

	accept_owned(c, &self->w);
	send_urgent(c, 1, 1, 0);
	EXPECT_TRUE(at_mark(c->fd));
	byte = send_urgent(c, 10, 10, 9);
	EXPECT_FALSE(at_mark(c->fd));
	EXPECT_EQ(byte, take_oob(c->fd, 0));
	c->taken++;
	conn_read(c, 9);
	EXPECT_TRUE(at_mark(c->fd));
}

/* Into what has been read, and 0 */
TEST_F(wire, pointers_behind)
{
	struct conn *c = &self->c;
	struct seg s;
	int byte;

	accept_owned(c, &self->w);
	conn_send(c, ACK, 100);
	conn_read(c, 100);
	s = conn_seg(c, ACK | URG, c->seq - 100, c->ack, 110);
	s.urg = 100;
	c->seq += 10;
	wire_put(c->w, &s);
	EXPECT_FALSE(told());
	EXPECT_EQ(-EINVAL, take_oob(c->fd, 0));
	conn_read(c, 10);
	byte = send_urgent(c, 10, 0, 0);
	EXPECT_TRUE(told());
	EXPECT_TRUE(at_mark(c->fd));
	EXPECT_EQ(byte, take_oob(c->fd, 0));
	c->taken++;
	conn_read(c, 9);
}

/* MUST-66: with text, which is not taken, and without */
TEST_F(wire, closed_window)
{
	struct conn *c = &self->c;
	int byte, filled = 0;
	struct seg s;

	wire_set("window_scaling", 0);
	accept_owned(c, &self->w);
	do {
		conn_send(c, ACK, 1000);
		filled += 1000;
		do
			s = conn_get(c);
		while (s.ack != c->seq);
	} while (s.wnd >= 1000);
	if (s.wnd) {
		filled += s.wnd;
		conn_send(c, ACK, s.wnd);
		do
			s = conn_get(c);
		while (s.ack != c->seq);
	}
	ASSERT_EQ(0, s.wnd);
	send_urgent(c, 0, 10, 0);
	EXPECT_TRUE(told());
	EXPECT_EQ(-EAGAIN, take_oob(c->fd, 0));
	EXPECT_EQ(POLLIN, events(c->fd));
	byte = send_urgent(c, 20, 20, 19);
	c->seq -= 20;
	EXPECT_EQ(0, conn_expect(c, ACK, c->ack, c->seq, 0).wnd);
	EXPECT_TRUE(told());
	EXPECT_EQ(byte, take_oob(c->fd, 0));
	conn_read(c, filled);
	do {
		s = conn_get(c);	/* window updates */
	} while (s.wnd < 1000);
	send_urgent(c, 20, 20, 19);
	EXPECT_FALSE(told());
	conn_read(c, 19);
	EXPECT_TRUE(at_mark(c->fd));
	EXPECT_EQ(-EINVAL, take_oob(c->fd, 0));
}

/* Before accept(2), with the ACK that ends the handshake */
TEST_F(wire, handshake)
{
	struct conn *c = &self->c;
	int byte;

	conn_listen(c, &self->w, 8);
	conn_begin(c, &offer_all);
	byte = send_urgent(c, 10, 10, 9);
	conn_accepted(c);
	EXPECT_EQ(POLLIN | POLLPRI, events(c->fd));
	EXPECT_EQ(byte, take_oob(c->fd, 0));
	conn_read(c, 9);
	EXPECT_TRUE(at_mark(c->fd));
}

/* RFC 9293 3.10.7.4 sixth: behind the peer's FIN there is nothing */
TEST_F(wire, behind_the_fin)
{
	struct conn *c = &self->c;

	accept_owned(c, &self->w);
	conn_send(c, ACK | FIN, 10);
	conn_read(c, 10);
	conn_read_end(c);
	send_urgent(c, 0, 10, 0);
	EXPECT_TRUE(conn_acked(c));
	EXPECT_FALSE(told());
	EXPECT_EQ(-EINVAL, take_oob(c->fd, 0));
}

/* With the FIN in the same segment the byte is there to the end */
TEST_F(wire, with_the_fin)
{
	struct conn *c = &self->c;
	struct seg s;
	int byte;

	accept_owned(c, &self->w);
	s = conn_seg(c, ACK | URG | FIN, c->seq, c->ack, 10);
	s.urg = 10;
	byte = s.data[9];
	c->seq += 11;
	wire_put(c->w, &s);
	EXPECT_TRUE(told());
	conn_read(c, 9);
	EXPECT_TRUE(at_mark(c->fd));
	EXPECT_EQ(byte, take_oob(c->fd, 0));
	conn_read_end(c);
}

/* RFC 5961: what is refused says nothing of urgent data either */
TEST_F(wire, refused)
{
	struct conn *c = &self->c;
	struct seg s;

	accept_owned(c, &self->w);
	s = conn_seg(c, ACK | URG, c->seq + 1000000, c->ack, 10);
	s.urg = 10;
	wire_put(c->w, &s);
	s = conn_seg(c, ACK | URG, c->seq, c->ack + 1000000, 10);
	s.urg = 10;
	wire_put(c->w, &s);
	s = conn_seg(c, ACK | URG, c->seq, c->ack, 10);
	s.urg = 10;
	s.bad_csum = true;
	wire_put(c->w, &s);
	wire_ping(c->w);
	while (wire_next(c->w, &s))
		;
	EXPECT_FALSE(told());
	EXPECT_EQ(-EINVAL, take_oob(c->fd, 0));
	conn_alive(c);
}

#include "wire_main.h"
