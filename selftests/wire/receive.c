// SPDX-License-Identifier: GPL-2.0
/*
 * When naru acknowledges and what window it offers: RFC 9293 3.8.6.2.2, 3.8.6.3, RFC 5681 4.2,
 * RFC 2018 4, RFC 7323 2
 */
#include <fcntl.h>
#include <pthread.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include "wire_test.h"

/* At the start of a connection every segment is acknowledged at once; beyond that: */
static void end_quick_acks(struct conn *c)
{
	for (int i = 0; i < 20; i++) {
		conn_send(c, ACK | PSH, 1);
		conn_expect(c, ACK, c->ack, c->seq, 0);
	}
	conn_read(c, 20);
}

/* MUST-40: less than half a second later */
TEST_F(wire, delayed_ack)
{
	struct conn *c = &self->c;
	uint64_t was;

	conn_accept(c, &self->w, &offer_none);
	end_quick_acks(c);
	was = wire_count("DELAYED_ACKS");
	conn_send(c, ACK | PSH, 10);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	EXPECT_EQ(was + 1, wire_count("DELAYED_ACKS"));
}

/* SHLD-19: every second full segment without delay */
TEST_F(wire, two_full_segments)
{
	struct conn *c = &self->c;
	int good = 0;

	conn_accept(c, &self->w, &offer_none);
	conn_send(c, ACK, 1000);
	EXPECT_TRUE(conn_acked(c));
	end_quick_acks(c);
	for (int i = 0; i < 100 && good < 4; i++) {
		uint64_t was = wire_count("DELAYED_ACKS");
		bool acked;

		conn_send(c, ACK, 1000);
		conn_send(c, ACK, 1000);
		acked = conn_acked(c);
		if (!acked)
			conn_expect(c, ACK, c->ack, c->seq, 0);
		/* where the timer came between the two, the second waits by right */
		if (wire_count("DELAYED_ACKS") == was)
			good += acked;
	}
	EXPECT_EQ(4, good);
}

#define PAGE 4096

/* A program in the middle of a send(2): the page that it sends is not there yet */
struct sender {
	struct conn *c;
	uint8_t *page;
	int uffd;
	pthread_t thread;
};

static void *send_page(void *arg)
{
	struct sender *s = arg;

	return (void *)(long)send(s->c->fd, s->page, 10, 0);
}

/* False: the kernel has no userfaultfd(2) */
static bool begin_send(struct sender *s)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register r = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffd_msg msg;

	s->uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (s->uffd < 0)
		return false;
	s->page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	r.range.start = (unsigned long)s->page;
	r.range.len = PAGE;
	if (ioctl(s->uffd, UFFDIO_API, &api) || ioctl(s->uffd, UFFDIO_REGISTER, &r))
		wire_die("userfaultfd");
	if (pthread_create(&s->thread, NULL, send_page, s))
		wire_die("a thread");
	conn_wait(s->uffd, POLLIN);
	if (read(s->uffd, &msg, sizeof(msg)) != sizeof(msg) || msg.event != UFFD_EVENT_PAGEFAULT)
		wire_die("not a page fault");
	return true;
}

/* Bytes sent */
static long end_send(struct sender *s)
{
	struct uffdio_zeropage z = { .range = { .start = (unsigned long)s->page, .len = PAGE } };
	void *sent;

	if (ioctl(s->uffd, UFFDIO_ZEROPAGE, &z) || pthread_join(s->thread, &sent))
		wire_die("the page does not come");
	close(s->uffd);
	return (long)sent;
}

/* Ten segments come while a program is busy with the connection; false: that cannot be had */
static bool ten_in_backlog(struct conn *c)
{
	struct sender s = { .c = c };

	if (!begin_send(&s))
		return false;
	for (int i = 0; i < 10; i++)
		conn_send(c, ACK, 1000);
	if (!conn_quiet(c) || end_send(&s) != 10)
		wire_die("the program was not busy");
	return true;
}

/* RFC 9293 3.10.7.4 (MUST-58, MUST-59): one ACK for all of them, behind the program's own segment */
TEST_F(wire, backlog)
{
	struct conn *c = &self->c;

	for (int quick = 0; quick < 2; quick++) {
		conn_accept(c, &self->w, &offer_none);
		if (!quick)
			end_quick_acks(c);
		if (!ten_in_backlog(c))
			SKIP(return, "no userfaultfd");
		EXPECT_EQ(10, conn_get(c).len);
		c->ack += 10;
		conn_expect(c, ACK, c->ack, c->seq, 0);
		conn_ack(c);
		EXPECT_TRUE(conn_quiet(c));
		conn_read(c, 10000);
	}
}

/* The answer carries the ACK */
TEST_F(wire, piggyback)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	end_quick_acks(c);
	for (int i = 0; i < 5; i++) {
		struct seg s;

		conn_send(c, ACK | PSH, 10);
		conn_read(c, 10);
		conn_write(c, 10);
		do {
			s = conn_get(c);	/* the timer may have been faster */
		} while (!s.len);
		EXPECT_EQ(c->seq, s.ack);
		c->ack += 10;
	}
}

static struct seg expect_dup(struct conn *c, uint32_t ack)
{
	return conn_expect(c, ACK, c->ack, ack, 0);
}

/* RFC 5681 4.2, RFC 2018 4: at once, the newest block first, none when the hole is filled */
TEST_F(wire, out_of_order)
{
	struct conn *c = &self->c;
	struct seg s;
	uint32_t hole;

	conn_accept(c, &self->w, &offer_all);
	hole = c->seq;
	conn_put(c, ACK, hole + 100, c->ack, 100);
	s = expect_dup(c, hole);
	ASSERT_EQ(1, s.sacks);
	EXPECT_EQ(hole + 100, s.sack[0].start);
	EXPECT_EQ(hole + 200, s.sack[0].end);
	conn_put(c, ACK, hole + 300, c->ack, 100);
	s = expect_dup(c, hole);
	ASSERT_EQ(2, s.sacks);
	EXPECT_EQ(hole + 300, s.sack[0].start);
	EXPECT_EQ(hole + 400, s.sack[0].end);
	EXPECT_EQ(hole + 100, s.sack[1].start);
	conn_put(c, ACK, hole + 200, c->ack, 100);
	s = expect_dup(c, hole);
	ASSERT_EQ(1, s.sacks);
	EXPECT_EQ(hole + 100, s.sack[0].start);
	EXPECT_EQ(hole + 400, s.sack[0].end);
	EXPECT_EQ(3, wire_count("OFO_QUEUED"));
	conn_put(c, ACK, hole, c->ack, 100);
	c->seq = hole + 400;
	s = conn_expect(c, ACK, c->ack, c->seq, 0);
	EXPECT_EQ(0, s.sacks);
	conn_read(c, 400);
	conn_alive(c);
}

/* 40 bytes of options: four blocks, or three beside timestamps */
TEST_F(wire, many_holes)
{
	static const struct offer bare = { .mss = 1000, .sackok = true };
	struct conn *c = &self->c;
	struct seg s;

	for (int ts = 0; ts < 2; ts++) {
		conn_accept(c, &self->w, ts ? &offer_all : &bare);
		for (int i = 1; i < 7; i++) {
			conn_put(c, ACK, c->seq + 200 * i, c->ack, 100);
			s = expect_dup(c, c->seq);
			EXPECT_EQ(i < 4 - ts ? i : 4 - ts, s.sacks);
			EXPECT_EQ(c->seq + 200 * i, s.sack[0].start);
			EXPECT_EQ(c->seq + 200 * i + 100, s.sack[0].end);
		}
		for (int i = 0; i < 6; i++)
			conn_put(c, ACK, c->seq + 200 * i, c->ack, 200);
		c->seq += 1300;
		EXPECT_TRUE(conn_acked(c));
		conn_put(c, ACK, c->seq - 100, c->ack, 100);
		conn_read(c, 1300);
		close(c->lfd);
		close(c->fd);
		wire_get(&self->w);
	}
}

static void expect_dsack(struct __test_metadata *_metadata, struct conn *c, uint32_t ack, uint32_t start,
			 uint32_t end, int blocks)
{
	struct seg s = expect_dup(c, ack);

	ASSERT_EQ(blocks, s.sacks);
	EXPECT_EQ(start, s.sack[0].start);
	EXPECT_EQ(end, s.sack[0].end);
}

/* RFC 2883 4: what came twice is told once, in front of the blocks */
TEST_F(wire, came_twice)
{
	struct conn *c = &self->c;
	uint32_t first;

	conn_accept(c, &self->w, &offer_all);
	first = c->seq;
	conn_send(c, ACK | PSH, 300);
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_put(c, ACK | PSH, first, c->ack, 100);		/* 4.1.1: below RCV.NXT */
	expect_dsack(_metadata, c, c->seq, first, first + 100, 1);
	conn_put(c, ACK | PSH, c->seq + 200, c->ack, 100);
	expect_dsack(_metadata, c, c->seq, c->seq + 200, c->seq + 300, 1);
	conn_put(c, ACK | PSH, c->seq + 200, c->ack, 100);	/* 4.1.2: out of order, within its own block */
	expect_dsack(_metadata, c, c->seq, c->seq + 200, c->seq + 300, 2);
	conn_put(c, ACK | PSH, first + 200, c->ack, 150);	/* 4.2: in part */
	c->seq += 50;
	expect_dsack(_metadata, c, c->seq, first + 200, first + 300, 2);
	EXPECT_EQ(3, wire_count("DSACK_SENT"));
	wire_set("dsack", 0);
	conn_put(c, ACK | PSH, first, c->ack, 100);
	expect_dsack(_metadata, c, c->seq, first + 500, first + 600, 1);
	conn_put(c, ACK | PSH, c->seq, c->ack, 150);
	c->seq += 250;
	EXPECT_TRUE(conn_acked(c));
	conn_read(c, 600);
	EXPECT_EQ(3, wire_count("DSACK_SENT"));
	conn_alive(c);
}

/* Not agreed on: duplicate ACKs without blocks */
TEST_F(wire, out_of_order_without_sack)
{
	struct conn *c = &self->c;
	uint32_t hole;

	conn_accept(c, &self->w, &offer_none);
	hole = c->seq;
	for (int i = 1; i < 5; i++) {
		conn_put(c, ACK, hole + 100 * i, c->ack, 100);
		EXPECT_EQ(0, expect_dup(c, hole).sacks);
	}
	conn_put(c, ACK, hole, c->ack, 100);
	c->seq = hole + 500;
	conn_expect(c, ACK, c->ack, c->seq, 0);
	conn_read(c, 500);
}

/* Pieces that overlap in every way give the stream back */
TEST_F(wire, overlaps)
{
	static const struct { int at, len; } piece[] = {
		{ 500, 100 }, { 450, 100 }, { 550, 100 }, { 400, 300 }, { 420, 10 }, { 800, 100 },
		{ 650, 200 }, { 100, 100 }, { 50, 300 }, { 0, 60 }, { 0, 1000 },
	};
	struct conn *c = &self->c;
	uint32_t first;

	conn_accept(c, &self->w, &offer_all);
	first = c->seq;
	for (unsigned int i = 0; i < ARRAY_SIZE(piece); i++)
		conn_put(c, ACK, first + piece[i].at, c->ack, piece[i].len);
	c->seq = first + 1000;
	EXPECT_TRUE(conn_acked(c));
	conn_read(c, 1000);
	conn_alive(c);
}

static const struct offer offer_large = { .mss = 1460 };

/* The window that naru offers now, in bytes */
static int offered(struct conn *c)
{
	return c->syn.wnd;
}

/*
 * Nobody reads: the window closes step by step, never by less than it had promised (MUST-34,
 * SHLD-14), and what comes beyond it is not taken.
 */
static void fill_window(struct __test_metadata *_metadata, struct conn *c, int len, uint32_t *sum)
{
	uint32_t edge = c->seq + offered(c);
	uint32_t filled = 0;

	while ((int32_t)(edge - c->seq) > 0) {
		uint32_t left = edge - c->seq;
		struct seg s;
		int n = left < (uint32_t)len ? left : (uint32_t)len;

		conn_send(c, ACK | PSH, n);
		s = conn_get(c);
		ASSERT_EQ(c->seq, s.ack) {
			TH_LOG("%u bytes came in, %u of the window are left", filled, left);
		}
		EXPECT_LE(0, (int32_t)(s.ack + s.wnd - edge));
		edge = s.ack + s.wnd;
		filled += n;
		ASSERT_GT(10000000, filled);
	}
	*sum = filled;
}

TEST_F(wire, window_closes)
{
	struct conn *c = &self->c;
	uint32_t filled;
	struct seg s;

	wire_set("window_scaling", 0);
	wire_set("invalid_ratelimit", 0);
	conn_accept(c, &self->w, &offer_large);
	fill_window(_metadata, c, 1400, &filled);
	EXPECT_LE((uint32_t)offered(c), filled);
	EXPECT_EQ(1, wire_count("ZERO_WINDOW_ADV"));
	conn_put(c, ACK, c->seq, c->ack, 1);		/* MUST-35: a probe is answered */
	EXPECT_EQ(0, conn_expect(c, ACK, c->ack, c->seq, 0).wnd);
	EXPECT_EQ(1, wire_count("DROP_ZERO_WINDOW"));
	conn_read(c, filled);
	do {
		s = conn_get(c);	/* window updates */
	} while (s.wnd < 1460);
	EXPECT_EQ(c->seq, s.ack);
	conn_alive(c);
}

/* MUST-39: a closed window does not open by crumbs */
TEST_F(wire, silly_window)
{
	struct conn *c = &self->c;
	uint32_t filled;

	wire_set("window_scaling", 0);
	conn_accept(c, &self->w, &offer_large);
	fill_window(_metadata, c, 1400, &filled);
	conn_read(c, 100);
	EXPECT_TRUE(conn_quiet(c));
	conn_put(c, ACK, c->seq - 1, c->ack, 0);
	EXPECT_EQ(0, conn_expect(c, ACK, c->ack, c->seq, 0).wnd);
	conn_read(c, filled - 100);
	EXPECT_LE(1460, conn_expect(c, ACK, c->ack, c->seq, 0).wnd);
}

/* What was promised holds, however little each segment carries */
TEST_F(wire, small_segments)
{
	struct conn *c = &self->c;
	uint32_t filled;

	wire_set("window_scaling", 0);
	conn_accept(c, &self->w, &offer_none);
	fill_window(_metadata, c, 500, &filled);
	EXPECT_EQ(0, wire_count("DROP_RCV_MEM"));
	conn_read(c, filled);
}

/* RFC 7323 2.3: what is offered is shifted, but for the SYN's */
TEST_F(wire, scaled)
{
	struct conn *c = &self->c;
	struct seg s;

	conn_accept(c, &self->w, &offer_all);
	EXPECT_LT(0, c->syn.wscale);
	conn_send(c, ACK | PSH, 10);
	s = conn_expect(c, ACK, c->ack, c->seq, 0);
	EXPECT_GE((int)c->syn.wnd, (int)(s.wnd << c->syn.wscale) - (1 << c->syn.wscale));
	EXPECT_LE((int)c->syn.wnd - 10, (int)(s.wnd << c->syn.wscale));
}

/* SO_RCVBUF before the connection bounds the window */
TEST_F(wire, small_buffer)
{
	struct conn *c = &self->c;
	int fd = wire_socket(&self->w);

	wire_setopt(fd, SOL_SOCKET, SO_RCVBUF, 4096);
	conn_start_fd(c, &self->w, fd);
	EXPECT_GE(8192, c->syn.wnd);
	EXPECT_LT(0, c->syn.wnd);
	conn_answer(c, &offer_none);
	conn_alive(c);
}

#include "wire_main.h"
