// SPDX-License-Identifier: GPL-2.0
/* io_uring on streams: accept, connect, send, recv, their multishot kinds, and sends without a copy */
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include "naru_test.h"

#define ENTRIES 64
#define BIG (1 << 20)

struct ring {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	unsigned int queued;
};

static void *map_of(int fd, size_t bytes, off_t what)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, what);

	if (p == MAP_FAILED)
		t_die("mmap of a ring");
	return p;
}

static void open_ring(struct ring *r)
{
	struct io_uring_params p = {};
	char *sq, *cq;

	r->fd = syscall(__NR_io_uring_setup, ENTRIES, &p);
	if (r->fd < 0)
		t_die("io_uring_setup");
	sq = map_of(r->fd, p.sq_off.array + p.sq_entries * sizeof(int), IORING_OFF_SQ_RING);
	cq = map_of(r->fd, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	r->sqes = map_of(r->fd, p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	r->sq_tail = (void *)(sq + p.sq_off.tail);
	r->sq_mask = (void *)(sq + p.sq_off.ring_mask);
	r->sq_array = (void *)(sq + p.sq_off.array);
	r->cq_head = (void *)(cq + p.cq_off.head);
	r->cq_tail = (void *)(cq + p.cq_off.tail);
	r->cq_mask = (void *)(cq + p.cq_off.ring_mask);
	r->cqes = (void *)(cq + p.cq_off.cqes);
	r->queued = 0;
}

/* A request, of which the caller fills in the rest; @name is what its completions are known by */
static struct io_uring_sqe *request(struct ring *r, int op, int fd, const void *addr, unsigned int len,
				    unsigned int name)
{
	unsigned int tail = *r->sq_tail, at = tail & *r->sq_mask;
	struct io_uring_sqe *sqe = &r->sqes[at];

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = op;
	sqe->fd = fd;
	sqe->addr = (unsigned long)addr;
	sqe->len = len;
	sqe->user_data = name;
	r->sq_array[at] = at;
	__atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_RELEASE);
	r->queued++;
	return sqe;
}

static void enter(struct ring *r, unsigned int wait)
{
	int n;

	do
		n = syscall(__NR_io_uring_enter, r->fd, r->queued, wait, wait ? IORING_ENTER_GETEVENTS : 0, NULL, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		t_die("io_uring_enter");
	r->queued -= n;
}

/* The next completion; requests that wait are submitted */
static struct io_uring_cqe next(struct ring *r)
{
	struct io_uring_cqe cqe;
	unsigned int head = *r->cq_head;

	if (r->queued)
		enter(r, 0);
	while (head == __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE))
		enter(r, 1);
	cqe = r->cqes[head & *r->cq_mask];
	__atomic_store_n(r->cq_head, head + 1, __ATOMIC_RELEASE);
	return cqe;
}

/* The next one, which is this */
static int result(struct ring *r, unsigned int name)
{
	struct io_uring_cqe cqe = next(r);

	if (cqe.user_data != name)
		t_die("completion of %llu instead of %u: %d", cqe.user_data, name, cqe.res);
	return cqe.res;
}

TEST_F(naru, connect_accept)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0), afd = -1, seen = 0;
	struct sockaddr_storage ss;
	struct ring r;

	open_ring(&r);
	request(&r, IORING_OP_ACCEPT, lfd, NULL, 0, 1);
	request(&r, IORING_OP_CONNECT, fd, &ss, 0, 2)->off = t_addr(&ss, variant->family, t_lo(variant), t_port(lfd));
	for (int i = 0; i < 2; i++) {
		struct io_uring_cqe cqe = next(&r);

		EXPECT_GE(cqe.res, 0);
		seen |= 1 << cqe.user_data;
		if (cqe.user_data == 1)
			afd = cqe.res;
	}
	ASSERT_EQ(6, seen);
	t_send_all(fd, 0, 1000);
	t_recv_all(afd, 0, 1000);
	request(&r, IORING_OP_CONNECT, fd, &ss, 0, 3)->off = t_addrlen(variant);
	EXPECT_EQ(-EISCONN, result(&r, 3));
	close(lfd);
	fd = t_socket(variant, 0);
	request(&r, IORING_OP_CONNECT, fd, &ss, 0, 4)->off = t_addrlen(variant);
	EXPECT_EQ(-ECONNREFUSED, result(&r, 4));
}

TEST_F(naru, accept_multishot)
{
	int lfd = t_listen(variant);
	struct ring r;

	open_ring(&r);
	request(&r, IORING_OP_ACCEPT, lfd, NULL, 0, 1)->ioprio = IORING_ACCEPT_MULTISHOT;
	enter(&r, 0);
	for (int i = 0; i < 5; i++) {
		int fd = t_socket(variant, 0);
		struct io_uring_cqe cqe;

		t_connect(variant, fd, t_port(lfd));
		cqe = next(&r);
		ASSERT_GE(cqe.res, 0);
		EXPECT_NE(0, cqe.flags & IORING_CQE_F_MORE);
		t_send_all(fd, i, 100);
		t_recv_all(cqe.res, i, 100);
		close(cqe.res);
		close(fd);
	}
}

TEST_F(naru, send_recv)
{
	unsigned char *out = malloc(BIG), *in = malloc(BIG);
	struct ring r;
	int sv[2];

	t_fill(out, 0, BIG);
	open_ring(&r);
	t_pair(variant, sv);
	/* the read waits for what is not there */
	request(&r, IORING_OP_RECV, sv[1], in, 100, 1);
	enter(&r, 0);
	request(&r, IORING_OP_SEND, sv[0], out, 100, 2);
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(100, next(&r).res);
	EXPECT_EQ(0, memcmp(in, out, 100));
	/* more than the buffers hold, all of it */
	request(&r, IORING_OP_RECV, sv[1], in, BIG, 1)->msg_flags = MSG_WAITALL;
	request(&r, IORING_OP_SEND, sv[0], out, BIG, 2)->msg_flags = MSG_WAITALL;
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(BIG, next(&r).res);
	EXPECT_EQ(0, memcmp(in, out, BIG));
	request(&r, IORING_OP_RECV, sv[1], in, 100, 1)->msg_flags = MSG_DONTWAIT;
	EXPECT_EQ(-EAGAIN, result(&r, 1));
	request(&r, IORING_OP_SEND, sv[0], (void *)16, 100, 2);
	EXPECT_EQ(-EFAULT, result(&r, 2));
	request(&r, IORING_OP_SHUTDOWN, sv[0], NULL, SHUT_WR, 3);
	EXPECT_EQ(0, result(&r, 3));
	request(&r, IORING_OP_RECV, sv[1], in, 100, 1);
	EXPECT_EQ(0, result(&r, 1));
	request(&r, IORING_OP_SEND, sv[0], out, 100, 2);
	EXPECT_EQ(-EPIPE, result(&r, 2));
}

/* A request that waits is taken back */
TEST_F(naru, cancel)
{
	struct ring r;
	char c;
	int sv[2];

	open_ring(&r);
	t_pair(variant, sv);
	request(&r, IORING_OP_RECV, sv[1], &c, 1, 1);
	enter(&r, 0);
	request(&r, IORING_OP_ASYNC_CANCEL, -1, (void *)1, 0, 2);
	for (int i = 0; i < 2; i++) {
		struct io_uring_cqe cqe = next(&r);

		EXPECT_EQ(cqe.user_data == 1 ? -ECANCELED : 0, cqe.res);
	}
	t_send_all(sv[0], 0, 10);
	t_recv_all(sv[1], 0, 10);
}

/* One request, and a buffer of a heap for each time that something comes; the completion says whether more is there */
TEST_F(naru, recv_multishot)
{
	static unsigned char heap[8][256];
	struct io_uring_cqe cqe;
	struct io_uring_sqe *sqe;
	struct ring r;
	int sv[2];

	open_ring(&r);
	t_pair(variant, sv);
	sqe = request(&r, IORING_OP_PROVIDE_BUFFERS, 8, heap, 256, 1);
	sqe->buf_group = 7;
	EXPECT_LE(0, result(&r, 1));
	sqe = request(&r, IORING_OP_RECV, sv[1], NULL, 0, 2);
	sqe->ioprio = IORING_RECV_MULTISHOT;
	sqe->flags = IOSQE_BUFFER_SELECT;
	sqe->buf_group = 7;
	enter(&r, 0);
	for (int i = 0; i < 3; i++) {
		t_send_all(sv[0], i * 50, 50);
		cqe = next(&r);
		ASSERT_EQ(50, cqe.res);
		ASSERT_NE(0, cqe.flags & IORING_CQE_F_BUFFER);
		EXPECT_NE(0, cqe.flags & IORING_CQE_F_MORE);
		EXPECT_EQ(0, cqe.flags & IORING_CQE_F_SOCK_NONEMPTY);
		EXPECT_TRUE(t_good(heap[cqe.flags >> IORING_CQE_BUFFER_SHIFT], i * 50, 50));
	}
	t_send_all(sv[0], 150, 300);
	cqe = next(&r);
	ASSERT_EQ(256, cqe.res);
	EXPECT_NE(0, cqe.flags & IORING_CQE_F_SOCK_NONEMPTY);
	EXPECT_EQ(44, next(&r).res);
	shutdown(sv[0], SHUT_WR);
	cqe = next(&r);
	EXPECT_EQ(0, cqe.res);
	EXPECT_EQ(0, cqe.flags & IORING_CQE_F_MORE);
}

/* A send without a copy has two completions: what became of it, and that the memory is free again */
static int zc_result(struct ring *r, unsigned int name)
{
	struct io_uring_cqe cqe = next(r);
	int res = cqe.res;

	if (cqe.user_data != name || (cqe.flags & IORING_CQE_F_NOTIF))
		t_die("completion of %llu instead of %u: %d", cqe.user_data, name, cqe.res);
	if (!(cqe.flags & IORING_CQE_F_MORE))
		return res;
	cqe = next(r);
	if (cqe.user_data != name || !(cqe.flags & IORING_CQE_F_NOTIF) || (cqe.flags & IORING_CQE_F_MORE))
		t_die("no notification of %u", name);
	return res;
}

TEST_F(naru, send_zc)
{
	unsigned char *out = malloc(BIG);
	struct ring r;
	int sv[2];
	pid_t pid;

	t_fill(out, 0, BIG);
	open_ring(&r);
	t_pair(variant, sv);
	pid = fork();
	if (!pid) {
		t_recv_all(sv[1], 0, 1000);
		t_recv_all(sv[1], 0, BIG);
		t_recv_all(sv[1], 0, 10);
		_exit(0);
	}
	request(&r, IORING_OP_SEND_ZC, sv[0], out, 1000, 1);
	EXPECT_EQ(1000, zc_result(&r, 1));
	request(&r, IORING_OP_SEND_ZC, sv[0], out, BIG, 2)->msg_flags = MSG_WAITALL;
	EXPECT_EQ(BIG, zc_result(&r, 2));
	request(&r, IORING_OP_SEND_ZC, sv[0], (void *)16, 100, 3);
	EXPECT_EQ(-EFAULT, zc_result(&r, 3));
	t_send_all(sv[0], 0, 10);
	t_reap(pid);
}

/* Of memory that the ring has, whose pages have no references of the socket's; writes and splices go on behind it */
TEST_F(naru, send_zc_fixed)
{
	unsigned char *out = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec iov = { out, BIG };
	struct io_uring_sqe *sqe;
	size_t at = 0;
	struct ring r;
	int sv[2];
	pid_t pid;

	t_fill(out, 0, BIG);
	open_ring(&r);
	if (syscall(__NR_io_uring_register, r.fd, IORING_REGISTER_BUFFERS, &iov, 1))
		t_die("IORING_REGISTER_BUFFERS");
	t_pair(variant, sv);
	pid = fork();
	if (!pid) {
		t_recv_all(sv[1], 0, BIG);
		_exit(0);
	}
	t_set(sv[0], SOL_TCP, TCP_CORK, 1);
	while (at < BIG) {
		size_t n = at + 100000 < BIG ? 100000 : BIG - at;

		sqe = request(&r, IORING_OP_SEND_ZC, sv[0], out + at, n, 1);
		sqe->ioprio = IORING_RECVSEND_FIXED_BUF;
		sqe->buf_index = 0;
		sqe->msg_flags = MSG_WAITALL;
		enter(&r, 0);
		at += n;
		n = at + 100 < BIG ? 100 : BIG - at;
		t_send_all(sv[0], at, n);
		at += n;
		t_set(sv[0], SOL_TCP, TCP_CORK, 0);
		ASSERT_LE(0, zc_result(&r, 1));
		t_set(sv[0], SOL_TCP, TCP_CORK, 1);
	}
	t_set(sv[0], SOL_TCP, TCP_CORK, 0);
	t_reap(pid);
}

/* The ring goes while memory is lent, and the peer while requests wait */
TEST_F(naru, ends)
{
	unsigned char *out = malloc(BIG);
	struct ring r;
	int sv[2];
	char c;

	t_fill(out, 0, BIG);
	open_ring(&r);
	t_pair(variant, sv);
	t_set(sv[0], SOL_SOCKET, SO_SNDBUFFORCE, 4 * BIG);
	request(&r, IORING_OP_SEND_ZC, sv[0], out, BIG, 1);
	enter(&r, 0);
	close(r.fd);
	t_reset(sv[1]);
	close(sv[0]);

	open_ring(&r);
	t_pair(variant, sv);
	request(&r, IORING_OP_RECV, sv[1], &c, 1, 1);
	enter(&r, 0);
	t_reset(sv[0]);
	EXPECT_EQ(-ECONNRESET, result(&r, 1));
}

TEST_HARNESS_MAIN
