// SPDX-License-Identifier: GPL-2.0
/* File descriptors that are shared, passed on, spliced; many connections */
#include <sys/sendfile.h>
#include "naru_test.h"

/* The connection ends when the last descriptor goes */
TEST_F(naru, dup)
{
	int sv[2], copy;

	t_pair(variant, sv);
	copy = dup(sv[0]);
	ASSERT_GE(copy, 0);
	close(sv[0]);
	t_send_all(copy, 0, 100);
	t_recv_all(sv[1], 0, 100);
	EXPECT_EQ(POLLOUT, t_events(sv[1]));
	close(copy);
	t_expect_eof(sv[1]);
}

TEST_F(naru, fork_shares)
{
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	pid = fork();
	if (!pid) {
		t_send_all(sv[0], 0, 100);
		_exit(0);
	}
	t_reap(pid);
	EXPECT_EQ(TCP_ESTABLISHED, t_info(sv[0]).tcpi_state);
	t_send_all(sv[0], 100, 100);
	t_recv_all(sv[1], 0, 200);
	pid = fork();
	if (!pid) {
		shutdown(sv[0], SHUT_WR);	/* of the connection, not of the descriptor */
		_exit(0);
	}
	t_reap(pid);
	t_expect_eof(sv[1]);
}

/* What a process has open ends with it */
TEST_F(naru, killed)
{
	int lfd = t_listen(variant), afd;
	pid_t pid = fork();

	if (!pid) {
		int fd = t_socket(variant, 0);
		char c;

		t_connect(variant, fd, t_port(lfd));
		t_send_all(fd, 0, 100);
		(void)!recv(fd, &c, 1, 0);
		_exit(0);
	}
	afd = t_accept(lfd);
	t_recv_all(afd, 0, 100);
	kill(pid, SIGKILL);
	t_expect_eof(afd);
	waitpid(pid, NULL, 0);
}

static void pass_fd(int via, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {}, c = 'x';
	struct iovec iov = { &c, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	if (sendmsg(via, &msg, 0) != 1)
		t_die("SCM_RIGHTS");
}

static int take_fd(int via)
{
	char control[CMSG_SPACE(sizeof(int))], c;
	struct iovec iov = { &c, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(via, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		t_die("SCM_RIGHTS");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

TEST_F(naru, passed_over_unix)
{
	int sv[2], via[2], fd;

	t_pair(variant, sv);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, via));
	t_send_all(sv[1], 0, 1000);
	pass_fd(via[0], sv[0]);
	close(sv[0]);		/* in flight: alive all the same */
	t_send_all(sv[1], 1000, 1000);
	fd = take_fd(via[1]);
	t_recv_all(fd, 0, 2000);
	close(fd);
	t_expect_eof(sv[1]);
}

/* The last reference is a message that nobody reads */
TEST_F(naru, lost_over_unix)
{
	int sv[2], via[2];

	t_pair(variant, sv);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, via));
	pass_fd(via[0], sv[0]);
	close(sv[0]);
	t_close_pair(via);
	t_expect_eof(sv[1]);
}

TEST_F(naru, sendfile)
{
	const size_t total = 1 << 20;
	int sv[2], file = memfd_create("data", 0);
	unsigned char *buf = malloc(total);
	off_t off = 0;
	pid_t pid;

	t_fill(buf, 0, total);
	ASSERT_EQ(total, write(file, buf, total));
	t_pair(variant, sv);
	pid = fork();
	if (!pid) {
		t_recv_all(sv[1], 0, total);
		_exit(0);
	}
	while (off < (off_t)total)
		ASSERT_GT(sendfile(sv[0], file, &off, total - off), 0);
	t_reap(pid);
}

/* pipe -> socket -> socket -> pipe */
TEST_F(naru, splice)
{
	const size_t total = 200000;
	int sv[2], in[2], from[2];
	size_t at = 0;
	pid_t pid;

	t_pair(variant, sv);
	ASSERT_EQ(0, pipe(in));
	ASSERT_EQ(0, pipe(from));
	pid = fork();
	if (!pid) {
		unsigned char buf[4096];

		for (size_t n = 0; n < total; n += sizeof(buf)) {
			t_fill(buf, n, sizeof(buf));
			if (write(in[1], buf, sizeof(buf)) != sizeof(buf))
				t_die("write");
			if (splice(in[0], NULL, sv[0], NULL, sizeof(buf), 0) != sizeof(buf))
				t_die("splice to socket");
		}
		_exit(0);
	}
	while (at < total) {
		unsigned char buf[4096];
		ssize_t n = splice(sv[1], NULL, from[1], NULL, sizeof(buf), 0);

		ASSERT_GT(n, 0);
		ASSERT_EQ(n, read(from[0], buf, n));
		ASSERT_TRUE(t_good(buf, at, n));
		at += n;
	}
	t_reap(pid);
}

TEST_F(naru, splice_nothing)
{
	int sv[2], p[2];

	t_pair(variant, sv);
	ASSERT_EQ(0, pipe(p));
	t_nonblock(sv[0], true);
	EXPECT_EQ(-1, splice(sv[0], NULL, p[1], NULL, 100, 0));
	EXPECT_EQ(EAGAIN, errno);
	t_nonblock(sv[0], false);
	shutdown(sv[1], SHUT_WR);
	EXPECT_EQ(0, splice(sv[0], NULL, p[1], NULL, 100, 0));
}

/* One after the other: more than there are ports in a pool of 64, and each with its own ISN and TIME-WAIT */
TEST_F(naru, many_one_by_one)
{
	int lfd = t_listen(variant), sv[2];

	for (int i = 0; i < 200; i++) {
		t_pair_on(variant, lfd, sv);
		t_send_all(sv[0], i, 50);
		t_recv_all(sv[1], i, 50);
		close(sv[i & 1]);
		t_expect_eof(sv[!(i & 1)]);
		close(sv[!(i & 1)]);
	}
}

/* All at once, each with bytes of its own */
TEST_F(naru, many_at_once)
{
	enum { N = 150 };
	int lfd = t_listen_on(variant, 0, N), c[N], a[N];

	for (int i = 0; i < N; i++) {
		c[i] = t_socket(variant, 0);
		t_connect(variant, c[i], t_port(lfd));
		a[i] = t_accept(lfd);
	}
	for (int i = 0; i < N; i++) {
		t_send_all(c[i], i, 500);
		t_send_all(a[N - 1 - i], 1000 + N - 1 - i, 500);
	}
	for (int i = 0; i < N; i++) {
		t_recv_all(a[i], i, 500);
		t_recv_all(c[i], 1000 + i, 500);
	}
}

/* From several processes at once, on both processors */
TEST_F(naru, storm)
{
	enum { CLIENTS = 4, EACH = 40 };
	int lfd = t_listen(variant);
	pid_t server, pid[CLIENTS];

	server = fork();
	if (!server) {
		for (int i = 0; i < CLIENTS * EACH; i++) {
			int fd = t_accept(lfd);

			t_recv_all(fd, 0, 2000);
			t_send_all(fd, 0, 2000);
			close(fd);
		}
		_exit(0);
	}
	for (int i = 0; i < CLIENTS; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		for (int j = 0; j < EACH; j++) {
			int fd = t_socket(variant, 0);

			t_connect(variant, fd, t_port(lfd));
			t_send_all(fd, 0, 2000);
			t_recv_all(fd, 0, 2000);
			close(fd);
		}
		_exit(0);
	}
	for (int i = 0; i < CLIENTS; i++)
		t_reap(pid[i]);
	t_reap(server);
}

/* A namespace's last process goes with connections open, half closed, closed with much to send */
TEST_F(naru, namespace_ends)
{
	pid_t pid = fork();

	if (!pid) {
		int sv[2], lfd;

		t_enter_netns();
		lfd = t_listen(variant);
		t_pair_on(variant, lfd, sv);
		shutdown(sv[0], SHUT_WR);
		t_pair_on(variant, lfd, sv);
		t_stuff(sv[0], 0);
		close(sv[0]);
		t_pair_on(variant, lfd, sv);
		t_connect(variant, t_socket(variant, 0), t_port(lfd));	/* not accepted */
		_exit(0);
	}
	t_reap(pid);
}

TEST_HARNESS_MAIN
