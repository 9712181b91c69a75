// SPDX-License-Identifier: GPL-2.0
/* Sending and receiving in all their forms */
#include <sys/uio.h>
#include "naru_test.h"

TEST_F(naru, plain)
{
	char buf[16];
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(5, write(sv[0], "hello", 5));
	EXPECT_EQ(5, read(sv[1], buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "hello", 5));
	EXPECT_EQ(2, send(sv[1], "ok", 2, 0));
	EXPECT_EQ(1, recv(sv[0], buf, 1, 0));
	EXPECT_EQ(1, recv(sv[0], buf + 1, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "ok", 2));
}

TEST_F(naru, nothing)
{
	char c;
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(0, send(sv[0], "", 0, 0));
	EXPECT_EQ(-1, recv(sv[1], &c, 0, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, recv(sv[1], &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, recv(sv[1], &c, 1, MSG_ERRQUEUE));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(naru, vectors)
{
	char a[3], b[1], c[100];
	struct iovec out[3] = { { "one", 3 }, { "", 0 }, { "two-three", 9 } };
	struct iovec in[3] = { { a, sizeof(a) }, { b, sizeof(b) }, { c, sizeof(c) } };
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(12, writev(sv[0], out, 3));
	EXPECT_EQ(12, readv(sv[1], in, 3));
	EXPECT_EQ(0, memcmp(a, "one", 3));
	EXPECT_EQ('t', b[0]);
	EXPECT_EQ(0, memcmp(c, "wo-three", 8));
}

TEST_F(naru, messages)
{
	struct sockaddr_storage name;
	char a[4], b[100], control[64];
	struct iovec out[2] = { { "abcd", 4 }, { "efgh", 4 } };
	struct iovec in[2] = { { a, sizeof(a) }, { b, sizeof(b) } };
	struct msghdr snd = { .msg_iov = out, .msg_iovlen = 2 };
	struct msghdr rcv = { .msg_iov = in, .msg_iovlen = 2, .msg_name = &name,
			      .msg_namelen = sizeof(name), .msg_control = control,
			      .msg_controllen = sizeof(control), .msg_flags = -1 };
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(8, sendmsg(sv[0], &snd, 0));
	EXPECT_EQ(8, recvmsg(sv[1], &rcv, 0));
	EXPECT_EQ(0, memcmp(a, "abcd", 4));
	EXPECT_EQ(0, memcmp(b, "efgh", 4));
	EXPECT_EQ(0, rcv.msg_namelen);	/* a stream names nobody */
	EXPECT_EQ(0, rcv.msg_controllen);
	EXPECT_EQ(0, rcv.msg_flags);
}

/* A connected stream does not look at the address */
TEST_F(naru, sendto_recvfrom)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char buf[8];
	int sv[2];

	t_pair(variant, sv);
	t_addr(&ss, variant->family, t_lo(variant), 9);
	EXPECT_EQ(3, sendto(sv[0], "abc", 3, 0, (struct sockaddr *)&ss, t_addrlen(variant)));
	EXPECT_EQ(3, recvfrom(sv[1], buf, sizeof(buf), 0, (struct sockaddr *)&ss, &len));
	EXPECT_EQ(0, len);
}

TEST_F(naru, bad_pointers)
{
	char buf[8];
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(-1, send(sv[0], (void *)1, 8, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(3, send(sv[0], "abc", 3, 0));
	t_wait(sv[1], POLLIN);
	EXPECT_EQ(-1, recv(sv[1], (void *)1, 3, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(3, recv(sv[1], buf, sizeof(buf), 0));	/* still there */
	EXPECT_EQ(0, memcmp(buf, "abc", 3));
}

TEST_F(naru, peek)
{
	unsigned char buf[9000];
	int sv[2];

	t_pair(variant, sv);
	t_set(sv[0], SOL_TCP, TCP_NODELAY, 1);
	for (int i = 0; i < 9; i++)
		t_send_all(sv[0], i * 1000, 1000);
	T_UNTIL(recv(sv[1], buf, sizeof(buf), MSG_PEEK) == sizeof(buf));
	EXPECT_TRUE(t_good(buf, 0, sizeof(buf)));
	EXPECT_EQ(10, recv(sv[1], buf, 10, MSG_PEEK));
	EXPECT_EQ(1500, recv(sv[1], buf, 1500, 0));
	EXPECT_TRUE(t_good(buf, 0, 1500));
	EXPECT_EQ(7500, recv(sv[1], buf, sizeof(buf), MSG_PEEK));
	EXPECT_TRUE(t_good(buf, 1500, 7500));
	t_recv_all(sv[1], 1500, 7500);
	EXPECT_EQ(-1, recv(sv[1], buf, 1, MSG_PEEK | MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(naru, peek_eof)
{
	char c;
	int sv[2];

	t_pair(variant, sv);
	close(sv[0]);
	EXPECT_EQ(0, recv(sv[1], &c, 1, MSG_PEEK));
	EXPECT_EQ(0, recv(sv[1], &c, 1, MSG_PEEK));
	EXPECT_EQ(0, recv(sv[1], &c, 1, 0));
}

/* On a stream MSG_TRUNC throws the bytes away */
TEST_F(naru, trunc)
{
	unsigned char buf[100];
	int sv[2];

	t_pair(variant, sv);
	t_send_all(sv[0], 0, 5000);
	EXPECT_EQ(3000, recv(sv[1], NULL, 3000, MSG_TRUNC | MSG_WAITALL));
	EXPECT_EQ(100, recv(sv[1], buf, 100, MSG_WAITALL));
	EXPECT_TRUE(t_good(buf, 3000, 100));
	EXPECT_EQ(1900, recv(sv[1], NULL, 1900, MSG_TRUNC | MSG_WAITALL));
	EXPECT_EQ(-1, recv(sv[1], buf, 100, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(naru, waitall)
{
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	pid = fork();
	if (!pid) {
		unsigned char buf[5000];

		if (recv(sv[1], buf, 5000, MSG_WAITALL) != 5000 || !t_good(buf, 0, 5000))
			t_die("MSG_WAITALL");
		if (recv(sv[1], buf, 5000, MSG_WAITALL) != 100 || !t_good(buf, 5000, 100))
			t_die("MSG_WAITALL before the end of file");
		_exit(0);
	}
	t_wait_blocked(pid, SYS_recvfrom);
	t_send_all(sv[0], 0, 2000);
	t_send_all(sv[0], 2000, 2999);
	T_UNTIL(!t_info(sv[0]).tcpi_unacked);
	t_wait_blocked(pid, SYS_recvfrom);
	t_send_all(sv[0], 4999, 101);
	shutdown(sv[0], SHUT_WR);
	t_reap(pid);
}

TEST_F(naru, dontwait)
{
	size_t at = 0, sent;
	int sv[2];

	t_pair(variant, sv);
	sent = t_stuff(sv[0], 0);
	ASSERT_GT(sent, 0);
	t_nonblock(sv[0], false);
	EXPECT_EQ(-1, send(sv[0], "x", 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	T_UNTIL(t_drain(sv[1], &at) || at == sent);
	while (at < sent)
		T_UNTIL(t_drain(sv[1], &at));
	EXPECT_EQ(sent, at);
}

/* How many segments with data the two writes take, the first with @flags */
static int segments_of_two(t_kind *v, int flags)
{
	int sv[2], n;

	t_pair(v, sv);
	t_set(sv[0], SOL_TCP, TCP_NODELAY, 1);
	if (send(sv[0], "0123456789", 10, flags) != 10 || send(sv[0], "abcdef", 6, 0) != 6)
		t_die("send");
	T_UNTIL(!t_info(sv[0]).tcpi_unacked && !t_info(sv[0]).tcpi_notsent_bytes);
	n = t_info(sv[0]).tcpi_data_segs_out;
	t_close_pair(sv);
	return n;
}

/* Corked data goes after 200 ms all the same: on a machine that stalls, several attempts are needed */
TEST_F(naru, more)
{
	EXPECT_EQ(2, segments_of_two(variant, 0));
	T_UNTIL(segments_of_two(variant, MSG_MORE) == 1);
}

/* The 200 ms */
TEST_F(naru, more_forgotten)
{
	char c;
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(1, send(sv[0], "x", 1, MSG_MORE));
	EXPECT_EQ(1, recv(sv[1], &c, 1, 0));
}

static int cork_round(t_kind *v)
{
	int sv[2], n;

	t_pair(v, sv);
	t_set(sv[0], SOL_TCP, TCP_CORK, 1);
	for (int i = 0; i < 5; i++)
		t_send_all(sv[0], i * 10, 10);
	t_set(sv[0], SOL_TCP, TCP_CORK, 0);
	t_recv_all(sv[1], 0, 50);
	n = t_info(sv[0]).tcpi_data_segs_out;
	t_close_pair(sv);
	return n;
}

TEST_F(naru, cork)
{
	T_UNTIL(cork_round(variant) == 1);
}

/* FIN pushes what the cork holds */
TEST_F(naru, cork_close)
{
	int sv[2];

	t_pair(variant, sv);
	t_set(sv[0], SOL_TCP, TCP_CORK, 1);
	t_send_all(sv[0], 0, 10);
	close(sv[0]);
	t_recv_all(sv[1], 0, 10);
	t_expect_eof(sv[1]);
}

static int pipes;

static void on_pipe(int sig)
{
	__atomic_fetch_add(&pipes, 1, __ATOMIC_SEQ_CST);
}

static int pipe_count(void)
{
	return __atomic_load_n(&pipes, __ATOMIC_SEQ_CST);
}

static void expect_epipe(struct __test_metadata *_metadata, int fd)
{
	struct sigaction sa = { .sa_handler = on_pipe };
	struct iovec iov = { "x", 1 };

	sigaction(SIGPIPE, &sa, NULL);
	__atomic_store_n(&pipes, 0, __ATOMIC_SEQ_CST);
	EXPECT_EQ(-1, send(fd, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(0, pipe_count());
	EXPECT_EQ(-1, send(fd, "x", 1, 0));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(1, pipe_count());
	EXPECT_EQ(-1, write(fd, "x", 1));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(2, pipe_count());
	EXPECT_EQ(-1, writev(fd, &iov, 1));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(3, pipe_count());
}

TEST_F(naru, sigpipe_after_shutdown)
{
	int sv[2];

	t_pair(variant, sv);
	ASSERT_EQ(0, shutdown(sv[0], SHUT_WR));
	expect_epipe(_metadata, sv[0]);
}

TEST_F(naru, sigpipe_after_reset)
{
	int sv[2];

	t_pair(variant, sv);
	t_reset(sv[1]);
	t_wait(sv[0], POLLRDHUP);
	EXPECT_EQ(-1, send(sv[0], "x", 1, MSG_NOSIGNAL));	/* the error comes first */
	EXPECT_EQ(ECONNRESET, errno);
	expect_epipe(_metadata, sv[0]);
}

TEST_F_SIGNAL(naru, sigpipe_kills, SIGPIPE)
{
	int sv[2];

	t_pair(variant, sv);
	shutdown(sv[0], SHUT_WR);
	(void)!write(sv[0], "x", 1);
}

/* FIONREAD, SIOCOUTQ, SIOCOUTQNSD */
TEST_F(naru, queues)
{
	int sv[2], n = -1, lfd = t_listen(variant), fd = t_socket(variant, 0);
	size_t sent, at = 0;

	EXPECT_EQ(-1, ioctl(lfd, FIONREAD, &n));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(lfd, TIOCOUTQ, &n));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, ioctl(fd, FIONREAD, &n));
	EXPECT_EQ(0, n);
	t_pair(variant, sv);
	t_send_all(sv[0], 0, 3000);
	T_UNTIL(!ioctl(sv[1], FIONREAD, &n) && n == 3000);
	T_UNTIL(!ioctl(sv[0], TIOCOUTQ, &n) && n == 0);
	t_recv_all(sv[1], 0, 1000);
	EXPECT_EQ(0, ioctl(sv[1], FIONREAD, &n));
	EXPECT_EQ(2000, n);
	sent = 3000 + t_stuff(sv[0], 3000);
	T_UNTIL(!ioctl(sv[0], TIOCOUTQ, &n) && n > 0);
	EXPECT_LE(n, sent);
	EXPECT_EQ(0, ioctl(sv[0], 0x894B /* SIOCOUTQNSD */, &n));
	EXPECT_GT(n, 0);
	at = 1000;
	while (at < sent)
		T_UNTIL(t_drain(sv[1], &at));
	T_UNTIL(!ioctl(sv[0], TIOCOUTQ, &n) && n == 0);
}

/* A FIN does not count as a byte */
TEST_F(naru, queues_fin)
{
	int sv[2], n = -1;
	char c;

	t_pair(variant, sv);
	t_send_all(sv[0], 0, 10);
	shutdown(sv[0], SHUT_WR);
	t_wait(sv[1], POLLRDHUP);
	EXPECT_EQ(0, ioctl(sv[1], FIONREAD, &n));
	EXPECT_EQ(10, n);
	T_UNTIL(!ioctl(sv[0], TIOCOUTQ, &n) && n == 0);
	t_recv_all(sv[1], 0, 10);
	EXPECT_EQ(0, recv(sv[1], &c, 1, 0));
	EXPECT_EQ(0, ioctl(sv[1], FIONREAD, &n));
	EXPECT_EQ(0, n);
}

TEST_F(naru, ioctl_unknown)
{
	int fd = t_socket(variant, 0), n;

	EXPECT_EQ(-1, ioctl(fd, 0x12345678, &n));
	EXPECT_EQ(ENOTTY, errno);
}

/* Small writes of all sizes, with and without Nagle */
static void write_small(int fd, size_t total)
{
	unsigned char buf[64];

	for (size_t at = 0, i = 0; at < total; i++) {
		size_t len = 1 + i % 61;

		len = len > total - at ? total - at : len;
		t_fill(buf, at, len);
		if (send(fd, buf, len, 0) != (ssize_t)len)
			t_die("send");
		at += len;
	}
	_exit(0);
}

TEST_F(naru, many_small_writes)
{
	const size_t total = 100000;

	for (int nodelay = 0; nodelay < 2; nodelay++) {
		int sv[2];
		pid_t pid;

		t_pair(variant, sv);
		t_set(sv[0], SOL_TCP, TCP_NODELAY, nodelay);
		pid = fork();
		if (!pid)
			write_small(sv[0], total);
		t_recv_all(sv[1], 0, total);
		t_reap(pid);
		t_close_pair(sv);
	}
}

/* Both ways at once, from one process each */
TEST_F(naru, big_both_ways)
{
	const size_t total = 8 << 20;
	int sv[2];
	pid_t pid[3];

	t_pair(variant, sv);
	for (int i = 0; i < 3; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		if (i == 0)
			t_send_all(sv[0], 1, total);
		else if (i == 1)
			t_send_all(sv[1], 2, total);
		else
			t_recv_all(sv[0], 2, total);
		_exit(0);
	}
	t_recv_all(sv[1], 1, total);
	for (int i = 0; i < 3; i++)
		t_reap(pid[i]);
	EXPECT_EQ(total, t_info(sv[0]).tcpi_bytes_received);
	T_UNTIL(t_info(sv[0]).tcpi_bytes_acked >= total);
}

/* One write larger than every buffer */
TEST_F(naru, one_big_write)
{
	const size_t total = 20 << 20;
	unsigned char *buf = malloc(total);
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	t_fill(buf, 0, total);
	pid = fork();
	if (!pid) {
		t_recv_all(sv[1], 0, total);
		_exit(0);
	}
	EXPECT_EQ(total, write(sv[0], buf, total));
	t_reap(pid);
}

/* Small buffers on both sides: window updates must keep it going */
TEST_F(naru, small_buffers)
{
	const size_t total = 1 << 20;
	int lfd = t_listen(variant), sv[2];
	pid_t pid;

	t_set(lfd, SOL_SOCKET, SO_RCVBUF, 4096);
	sv[0] = t_socket(variant, 0);
	t_set(sv[0], SOL_SOCKET, SO_SNDBUF, 4096);
	t_connect(variant, sv[0], t_port(lfd));
	sv[1] = t_accept(lfd);
	pid = fork();
	if (!pid) {
		t_send_all(sv[0], 0, total);
		_exit(0);
	}
	t_recv_all(sv[1], 0, total);
	t_reap(pid);
}

TEST_HARNESS_MAIN
