// SPDX-License-Identifier: GPL-2.0
/* How a read can be told: TCP_INQ, SO_PEEK_OFF, MSG_WAITALL, MSG_TRUNC */
#include <sys/mman.h>
#include "naru_test.h"

#ifndef TCP_INQ
#define TCP_INQ 36
#endif
#ifndef TCP_CM_INQ
#define TCP_CM_INQ TCP_INQ
#endif

static int try_set(int fd, int level, int name, int val)
{
	return setsockopt(fd, level, name, &val, sizeof(val)) ? errno : 0;
}

/* Reads; what the control message says is left, -1: there is none */
static int read_inq(int fd, size_t bytes, int flags, ssize_t *got)
{
	char control[128], data[65536];
	struct iovec iov = { data, bytes };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int left = -1;

	*got = recvmsg(fd, &msg, flags);
	if (*got < 0)
		return -1;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_TCP || c->cmsg_type != TCP_CM_INQ || c->cmsg_len != CMSG_LEN(sizeof(int)))
			t_die("control message %d/%d", c->cmsg_level, c->cmsg_type);
		memcpy(&left, CMSG_DATA(c), sizeof(left));
	}
	return left;
}

static int waiting(int fd)
{
	int n;

	if (ioctl(fd, FIONREAD, &n))
		t_die("FIONREAD");
	return n;
}

TEST_F(naru, inq)
{
	ssize_t got;
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(0, t_get(sv[1], SOL_TCP, TCP_INQ));
	EXPECT_EQ(EINVAL, try_set(sv[1], SOL_TCP, TCP_INQ, 2));
	EXPECT_EQ(EINVAL, try_set(sv[1], SOL_TCP, TCP_INQ, -1));
	t_send_all(sv[0], 0, 10);
	EXPECT_EQ(-1, read_inq(sv[1], 10, MSG_WAITALL, &got));
	t_set(sv[1], SOL_TCP, TCP_INQ, 1);
	EXPECT_EQ(1, t_get(sv[1], SOL_TCP, TCP_INQ));
	t_send_all(sv[0], 0, 1000);
	T_UNTIL(waiting(sv[1]) == 1000);
	EXPECT_EQ(990, read_inq(sv[1], 10, 0, &got));
	EXPECT_EQ(10, got);
	EXPECT_EQ(990, read_inq(sv[1], 100, MSG_PEEK, &got));
	EXPECT_EQ(890, read_inq(sv[1], 100, MSG_TRUNC, &got));
	EXPECT_EQ(0, read_inq(sv[1], 65536, 0, &got));
	EXPECT_EQ(890, got);
	EXPECT_EQ(-1, read_inq(sv[1], 10, MSG_DONTWAIT, &got));
	EXPECT_EQ(EAGAIN, errno);
	/* the end is one more to read, and stays it */
	t_send_all(sv[0], 0, 5);
	shutdown(sv[0], SHUT_WR);
	t_wait(sv[1], POLLRDHUP);
	EXPECT_EQ(2, read_inq(sv[1], 4, 0, &got));
	EXPECT_EQ(1, read_inq(sv[1], 4, 0, &got));
	EXPECT_EQ(1, got);
	EXPECT_EQ(1, read_inq(sv[1], 4, 0, &got));
	EXPECT_EQ(0, got);
}

TEST_F(naru, inq_of_children)
{
	int lfd = t_listen(variant), sv[2];

	t_set(lfd, SOL_TCP, TCP_INQ, 1);
	t_pair_on(variant, lfd, sv);
	EXPECT_EQ(1, t_get(sv[1], SOL_TCP, TCP_INQ));
	EXPECT_EQ(0, t_get(sv[0], SOL_TCP, TCP_INQ));
}

static bool can_peek_off(t_kind *v)
{
	int fd = t_socket(v, 0), err = try_set(fd, SOL_SOCKET, SO_PEEK_OFF, 0);

	close(fd);
	/* the kernel's own TCP has it since Linux 6.9 */
	if (err && (t_is_naru(v) || err != EOPNOTSUPP)) {
		errno = err;
		t_die("SO_PEEK_OFF");
	}
	return !err;
}

static void expect_peek(int fd, size_t at, size_t bytes)
{
	unsigned char buf[4096];

	if (recv(fd, buf, bytes, MSG_PEEK | MSG_WAITALL) != (ssize_t)bytes || !t_good(buf, at, bytes))
		t_die("peek at %zu", at);
}

TEST_F(naru, peek_off)
{
	char c;
	int sv[2];

	if (!can_peek_off(variant))
		return;
	t_pair(variant, sv);
	EXPECT_EQ(-1, t_get(sv[1], SOL_SOCKET, SO_PEEK_OFF));
	t_send_all(sv[0], 0, 1000);
	expect_peek(sv[1], 0, 10);
	expect_peek(sv[1], 0, 10);
	t_set(sv[1], SOL_SOCKET, SO_PEEK_OFF, 0);
	expect_peek(sv[1], 0, 10);
	expect_peek(sv[1], 10, 20);
	EXPECT_EQ(30, t_get(sv[1], SOL_SOCKET, SO_PEEK_OFF));
	/* a read moves it back */
	t_recv_all(sv[1], 0, 5);
	EXPECT_EQ(25, t_get(sv[1], SOL_SOCKET, SO_PEEK_OFF));
	expect_peek(sv[1], 30, 10);
	t_recv_all(sv[1], 5, 500);
	EXPECT_EQ(0, t_get(sv[1], SOL_SOCKET, SO_PEEK_OFF));
	expect_peek(sv[1], 505, 495);
	/* behind what is there */
	EXPECT_EQ(-1, recv(sv[1], &c, 1, MSG_PEEK | MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	t_send_all(sv[0], 1000, 10);
	expect_peek(sv[1], 1000, 10);
	t_set(sv[1], SOL_SOCKET, SO_PEEK_OFF, -1);
	expect_peek(sv[1], 505, 10);
	t_set(sv[1], SOL_SOCKET, SO_PEEK_OFF, 100);
	expect_peek(sv[1], 605, 10);
	t_recv_all(sv[1], 505, 505);
}

/* A peek that waits, behind what is there */
TEST_F(naru, peek_off_waits)
{
	int sv[2];
	pid_t pid;

	if (!can_peek_off(variant))
		return;
	t_pair(variant, sv);
	t_send_all(sv[0], 0, 50);
	t_set(sv[1], SOL_SOCKET, SO_PEEK_OFF, 80);
	pid = fork();
	if (!pid) {
		expect_peek(sv[1], 80, 20);
		_exit(0);
	}
	t_wait_blocked(pid, SYS_recvfrom);
	t_send_all(sv[0], 50, 50);
	t_reap(pid);
	t_recv_all(sv[1], 0, 100);
}

/* All that was asked for, or the end, or an error that comes on the way */
TEST_F(naru, waitall)
{
	unsigned char buf[3000];
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	t_send_all(sv[0], 0, 1000);
	pid = fork();
	if (!pid) {
		ssize_t n = recv(sv[1], buf, 3000, MSG_WAITALL);

		_exit(n == 3000 && t_good(buf, 0, 3000) ? 0 : 1);
	}
	t_wait_blocked(pid, SYS_recvfrom);
	t_send_all(sv[0], 1000, 2000);
	t_reap(pid);
	t_send_all(sv[0], 0, 100);
	T_UNTIL(waiting(sv[1]) == 100);
	EXPECT_EQ(100, recv(sv[1], buf, 200, MSG_WAITALL | MSG_DONTWAIT));
	t_send_all(sv[0], 0, 100);
	shutdown(sv[0], SHUT_WR);
	EXPECT_EQ(100, recv(sv[1], buf, 200, MSG_WAITALL));
	EXPECT_EQ(0, recv(sv[1], buf, 200, MSG_WAITALL));
}

/* tcp(7): bytes are thrown away */
TEST_F(naru, trunc)
{
	unsigned char buf[100];
	int sv[2];

	t_pair(variant, sv);
	t_send_all(sv[0], 0, 100000);
	memset(buf, 0x55, sizeof(buf));
	EXPECT_EQ(100, recv(sv[1], buf, 100, MSG_TRUNC));
	EXPECT_EQ(0x55, buf[0]);
	EXPECT_EQ(50000, recv(sv[1], NULL, 50000, MSG_TRUNC | MSG_WAITALL));
	EXPECT_EQ(10, recv(sv[1], NULL, 10, MSG_TRUNC | MSG_PEEK));
	t_recv_all(sv[1], 50100, 49900);
}

/* Memory that is not there: what was given before stays given, the rest waits */
TEST_F(naru, bad_memory)
{
	char *mem = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t at = 0;
	ssize_t n;
	int sv[2];

	ASSERT_EQ(0, mprotect(mem + 4096, 4096, PROT_NONE));
	t_pair(variant, sv);
	t_send_all(sv[0], 0, 8192);
	T_UNTIL(waiting(sv[1]) == 8192);
	EXPECT_EQ(-1, recv(sv[1], mem + 4096, 4096, 0));
	EXPECT_EQ(EFAULT, errno);
	n = recv(sv[1], mem, 8192, 0);
	if (n > 0)
		at = n;
	EXPECT_LE(at, 4096);
	t_recv_all(sv[1], at, 8192 - at);
}

TEST_HARNESS_MAIN
