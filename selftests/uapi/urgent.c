// SPDX-License-Identifier: GPL-2.0
/* Urgent data: MSG_OOB, SO_OOBINLINE, SIOCATMARK, SIGURG. RFC 9293 3.8.5, tcp(7), send(2), recv(2) */
#include <linux/sockios.h>
#include <sys/select.h>
#include "naru_test.h"

/* The urgent byte, or -errno */
static int oob(int fd, int flags)
{
	unsigned char byte;

	return recv(fd, &byte, 1, MSG_OOB | flags) == 1 ? byte : -errno;
}

static int query(int fd, unsigned long what)
{
	int n;

	if (ioctl(fd, what, &n))
		t_die("ioctl %#lx", what);
	return n;
}

static void urge(int fd, const char *text)
{
	int len = strlen(text);

	if (send(fd, text, len, MSG_OOB) != len)
		t_die("send of urgent data");
}

/* @text with its last byte urgent is there */
static void urge_pair(t_kind *v, int sv[2], const char *text)
{
	t_pair(v, sv);
	urge(sv[0], text);
	t_wait(sv[1], POLLPRI);
}

/* One recv(2) of up to 100 bytes gives @text */
#define EXPECT_RECV(text, fd, flags)						\
	({									\
		char _buf[101] = "";						\
										\
		EXPECT_EQ((ssize_t)strlen(text), recv(fd, _buf, 100, flags));	\
		EXPECT_STREQ(text, _buf);					\
	})

TEST_F(naru, nothing)
{
	int fd = t_socket(variant, 0), sv[2];

	EXPECT_EQ(-EINVAL, oob(fd, 0));
	EXPECT_EQ(0, query(fd, SIOCATMARK));
	t_pair(variant, sv);
	EXPECT_EQ(-EINVAL, oob(sv[0], 0));
	EXPECT_EQ(0, query(sv[0], SIOCATMARK));
	t_send_all(sv[1], 0, 5);
	t_wait(sv[0], POLLIN);
	EXPECT_EQ(-EINVAL, oob(sv[0], 0));
	EXPECT_EQ(0, query(sv[0], SIOCATMARK));
	EXPECT_EQ(-ENOTCONN, oob(t_listen(variant), 0));
}

TEST_F(naru, not_connected)
{
	EXPECT_EQ(-1, send(t_socket(variant, 0), "a", 1, MSG_OOB | MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
}

/* Up to the mark, the byte apart, and on */
TEST_F(naru, byte)
{
	int sv[2];

	urge_pair(variant, sv, "abcX");
	EXPECT_EQ(POLLIN | POLLOUT | POLLPRI, t_events(sv[1]));
	EXPECT_EQ(0, query(sv[1], SIOCATMARK));
	EXPECT_EQ(3, query(sv[1], SIOCINQ));
	EXPECT_RECV("abc", sv[1], 0);
	EXPECT_EQ(1, query(sv[1], SIOCATMARK));
	EXPECT_EQ(0, query(sv[1], SIOCINQ));
	EXPECT_EQ(POLLOUT | POLLPRI, t_events(sv[1]));
	EXPECT_EQ('X', oob(sv[1], 0));
	EXPECT_EQ(-EINVAL, oob(sv[1], 0));
	EXPECT_EQ(POLLOUT, t_events(sv[1]));
	EXPECT_EQ(1, query(sv[1], SIOCATMARK));
	EXPECT_EQ(3, send(sv[0], "def", 3, 0));
	t_wait(sv[1], POLLIN);
	EXPECT_EQ(POLLIN | POLLOUT, t_events(sv[1]));
	EXPECT_RECV("def", sv[1], 0);
	EXPECT_EQ(0, query(sv[1], SIOCATMARK));
	EXPECT_EQ(-EINVAL, oob(sv[1], 0));
}

/* What comes behind the mark is not read in one call with what is before it */
TEST_F(naru, reads_end_at_the_mark)
{
	char buf[8];
	int sv[2];

	urge_pair(variant, sv, "abcX");
	EXPECT_EQ(3, send(sv[0], "def", 3, 0));
	EXPECT_RECV("abc", sv[1], MSG_PEEK);
	EXPECT_EQ(2, recv(sv[1], buf, 2, MSG_WAITALL));
	EXPECT_EQ(1, recv(sv[1], buf, 5, MSG_WAITALL));
	EXPECT_EQ(1, query(sv[1], SIOCATMARK));
	EXPECT_EQ(3, recv(sv[1], buf, 3, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(buf, "def", 3));
}

/* Read on without it: the byte is lost */
TEST_F(naru, passed_over)
{
	int sv[2];
	char byte;

	urge_pair(variant, sv, "X");
	EXPECT_EQ(1, query(sv[1], SIOCATMARK));
	EXPECT_EQ(-1, recv(sv[1], &byte, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(3, send(sv[0], "abc", 3, 0));
	EXPECT_RECV("abc", sv[1], 0);
	EXPECT_EQ(-EINVAL, oob(sv[1], 0));
	EXPECT_EQ(POLLOUT, t_events(sv[1]));
}

TEST_F(naru, peek)
{
	int sv[2];

	urge_pair(variant, sv, "X");
	EXPECT_EQ('X', oob(sv[1], MSG_PEEK));
	EXPECT_EQ(3, send(sv[0], "abc", 3, 0));
	t_wait(sv[1], POLLIN);
	EXPECT_RECV("abc", sv[1], MSG_PEEK);
	EXPECT_EQ(1, query(sv[1], SIOCATMARK));
	EXPECT_EQ('X', oob(sv[1], MSG_PEEK));
	EXPECT_EQ('X', oob(sv[1], 0));
	EXPECT_EQ(-EINVAL, oob(sv[1], MSG_PEEK));
	EXPECT_RECV("abc", sv[1], MSG_PEEK);
	EXPECT_RECV("abc", sv[1], 0);
}

static ssize_t oob_msg(int fd, char *byte, size_t len, int flags, int *got)
{
	struct iovec iov = { byte, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = recvmsg(fd, &msg, MSG_OOB | flags);

	*got = msg.msg_flags;
	return n;
}

TEST_F(naru, message_flags)
{
	char byte = '-';
	int sv[2], got;

	urge_pair(variant, sv, "X");
	EXPECT_EQ(0, oob_msg(sv[1], &byte, 0, MSG_PEEK, &got));
	EXPECT_EQ(MSG_OOB | MSG_TRUNC, got);
	EXPECT_EQ(1, oob_msg(sv[1], &byte, 1, MSG_PEEK | MSG_TRUNC, &got));
	EXPECT_EQ('-', byte);
	EXPECT_EQ(1, oob_msg(sv[1], &byte, 1, 0, &got));
	EXPECT_EQ(MSG_OOB, got);
	EXPECT_EQ('X', byte);
	urge(sv[0], "Y");
	t_wait(sv[1], POLLPRI);
	EXPECT_EQ(0, oob_msg(sv[1], &byte, 0, 0, &got));
	EXPECT_EQ(-EINVAL, oob(sv[1], 0));
}

TEST_F(naru, bad_buffer)
{
	int sv[2];

	urge_pair(variant, sv, "X");
	EXPECT_EQ(-1, recv(sv[1], (void *)1, 1, MSG_OOB | MSG_PEEK));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ('X', oob(sv[1], 0));
}

TEST_F(naru, inline)
{
	int sv[2];

	t_pair(variant, sv);
	t_set(sv[1], SOL_SOCKET, SO_OOBINLINE, 1);
	EXPECT_EQ(1, t_get(sv[1], SOL_SOCKET, SO_OOBINLINE));
	urge(sv[0], "abcX");
	t_wait(sv[1], POLLPRI);
	EXPECT_EQ(3, send(sv[0], "def", 3, 0));
	T_UNTIL(query(sv[1], SIOCINQ) == 7);
	EXPECT_EQ(-EINVAL, oob(sv[1], 0));
	EXPECT_RECV("abc", sv[1], MSG_PEEK);
	EXPECT_RECV("abc", sv[1], 0);
	EXPECT_EQ(1, query(sv[1], SIOCATMARK));
	EXPECT_EQ(4, query(sv[1], SIOCINQ));
	EXPECT_EQ(POLLIN | POLLOUT | POLLPRI, t_events(sv[1]));
	EXPECT_RECV("Xdef", sv[1], MSG_PEEK);
	EXPECT_RECV("Xdef", sv[1], 0);
	EXPECT_EQ(0, query(sv[1], SIOCATMARK));
	EXPECT_EQ(POLLOUT, t_events(sv[1]));
}

/* The option counts when it is read */
TEST_F(naru, inline_later)
{
	int sv[2];

	urge_pair(variant, sv, "X");
	EXPECT_EQ(POLLOUT | POLLPRI, t_events(sv[1]));
	t_set(sv[1], SOL_SOCKET, SO_OOBINLINE, 1);
	EXPECT_EQ(POLLIN | POLLOUT | POLLPRI, t_events(sv[1]));
	EXPECT_EQ(-EINVAL, oob(sv[1], 0));
	EXPECT_RECV("X", sv[1], 0);
}

TEST_F(naru, inline_of_the_listener)
{
	int lfd = t_listen(variant), sv[2];

	t_set(lfd, SOL_SOCKET, SO_OOBINLINE, 1);
	t_pair_on(variant, lfd, sv);
	EXPECT_EQ(1, t_get(sv[1], SOL_SOCKET, SO_OOBINLINE));
	urge(sv[0], "X");
	EXPECT_RECV("X", sv[1], 0);
}

/* Before the program has the socket */
TEST_F(naru, before_accept)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0), afd;

	t_connect(variant, fd, t_port(lfd));
	urge(fd, "abX");
	T_UNTIL(t_info(fd).tcpi_unacked == 0);
	afd = t_accept(lfd);
	EXPECT_EQ(POLLIN | POLLOUT | POLLPRI, t_events(afd));
	EXPECT_RECV("ab", afd, 0);
	EXPECT_EQ('X', oob(afd, 0));
}

/* A program that stands before the byte loses it to the next one */
TEST_F(naru, overtaken)
{
	int sv[2];

	urge_pair(variant, sv, "A");
	urge(sv[0], "B");
	T_UNTIL(oob(sv[1], MSG_PEEK) == 'B');
	EXPECT_EQ(1, query(sv[1], SIOCATMARK));
	EXPECT_EQ('B', oob(sv[1], 0));
	EXPECT_EQ(1, send(sv[0], "c", 1, 0));
	EXPECT_RECV("c", sv[1], 0);
}

/* Further on it becomes text */
TEST_F(naru, replaced)
{
	int sv[2];

	urge_pair(variant, sv, "xA");
	urge(sv[0], "yB");
	T_UNTIL(oob(sv[1], MSG_PEEK) == 'B');
	EXPECT_RECV("xAy", sv[1], 0);
	EXPECT_EQ(1, query(sv[1], SIOCATMARK));
	EXPECT_EQ('B', oob(sv[1], 0));
}

TEST_F(naru, read_and_replaced)
{
	int sv[2];

	urge_pair(variant, sv, "xA");
	EXPECT_EQ('A', oob(sv[1], 0));
	urge(sv[0], "yB");
	t_wait(sv[1], POLLPRI);
	EXPECT_RECV("xAy", sv[1], 0);
	EXPECT_EQ('B', oob(sv[1], 0));
}

/* Nothing is nothing urgent */
TEST_F(naru, empty)
{
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(0, send(sv[0], "", 0, MSG_OOB));
	EXPECT_EQ(1, send(sv[0], "a", 1, 0));
	t_wait(sv[1], POLLIN);
	EXPECT_EQ(POLLIN | POLLOUT, t_events(sv[1]));
	EXPECT_RECV("a", sv[1], 0);
}

/* It waits for nothing */
TEST_F(naru, corked)
{
	int sv[2];

	t_pair(variant, sv);
	t_set(sv[0], SOL_TCP, TCP_CORK, 1);
	EXPECT_EQ(2, send(sv[0], "ab", 2, 0));
	EXPECT_EQ(1, send(sv[0], "X", 1, MSG_OOB | MSG_MORE));
	t_wait(sv[1], POLLPRI);
	EXPECT_RECV("ab", sv[1], 0);
	EXPECT_EQ('X', oob(sv[1], 0));
}

TEST_F(naru, both_ways)
{
	int sv[2];

	urge_pair(variant, sv, "X");
	urge(sv[1], "Y");
	t_wait(sv[0], POLLPRI);
	EXPECT_EQ('Y', oob(sv[0], 0));
	EXPECT_EQ('X', oob(sv[1], 0));
}

/* POLLIN where there is something behind the byte */
TEST_F(naru, readable_behind_the_byte)
{
	int sv[2];

	urge_pair(variant, sv, "X");
	EXPECT_EQ(POLLOUT | POLLPRI, t_events(sv[1]));
	EXPECT_EQ(1, send(sv[0], "a", 1, 0));
	t_wait(sv[1], POLLIN);
	EXPECT_EQ(POLLIN | POLLOUT | POLLPRI, t_events(sv[1]));
}

TEST_F(naru, select)
{
	struct timeval none = {};
	fd_set ex;
	int sv[2];

	t_pair(variant, sv);
	FD_ZERO(&ex);
	FD_SET(sv[1], &ex);
	EXPECT_EQ(0, select(sv[1] + 1, NULL, NULL, &ex, &none));
	urge(sv[0], "X");
	FD_SET(sv[1], &ex);
	EXPECT_EQ(1, select(sv[1] + 1, NULL, NULL, &ex, NULL));
	EXPECT_TRUE(FD_ISSET(sv[1], &ex));
}

TEST_F(naru, wakes_poll)
{
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	pid = fork();
	if (!pid) {
		close(sv[0]);
		_exit(!(t_wait(sv[1], POLLPRI) & POLLPRI));
	}
	t_wait_blocked(pid, SYS_poll);
	urge(sv[0], "X");
	t_reap(pid);
}

/* ---- SIGURG ---- */

static sigset_t block_sigurg(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGURG);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		t_die("sigprocmask");
	return set;
}

/* MUST-32: whenever the pointer moves on, and to who is its owner */
TEST_F(naru, signal)
{
	struct timespec wait = { .tv_sec = T_WAIT_MS / 1000 }, none = {};
	sigset_t set = block_sigurg();
	int sv[2];

	t_pair(variant, sv);
	ASSERT_EQ(0, fcntl(sv[1], F_SETOWN, getpid()));
	for (int i = 0; i < 3; i++) {
		urge(sv[0], "aX");
		EXPECT_EQ(SIGURG, sigtimedwait(&set, NULL, &wait));
		t_wait(sv[1], POLLPRI);
		EXPECT_EQ(-1, sigtimedwait(&set, NULL, &none));
		EXPECT_EQ('X', oob(sv[1], 0));
	}
	EXPECT_EQ(0, fcntl(sv[1], F_SETOWN, 0));
	urge(sv[0], "Y");
	t_wait(sv[1], POLLPRI);
	EXPECT_EQ(-1, sigtimedwait(&set, NULL, &none));
}

static void on_signal(int sig)
{
}

/* A read that has got nothing is ended by the signal, and passes over nothing */
TEST_F(naru, signal_ends_a_read)
{
	struct sigaction act = { .sa_handler = on_signal };
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	pid = fork();
	if (!pid) {
		char c;

		close(sv[0]);
		if (sigaction(SIGURG, &act, NULL) || fcntl(sv[1], F_SETOWN, getpid()))
			t_die("F_SETOWN");
		if (recv(sv[1], &c, 1, 0) != -1 || errno != EINTR)
			t_die("not interrupted");
		t_wait(sv[1], POLLPRI);
		_exit(!query(sv[1], SIOCATMARK) || oob(sv[1], 0) != 'X');
	}
	t_wait_blocked(pid, SYS_recvfrom);
	urge(sv[0], "X");
	t_reap(pid);
}

/* ---- more than a byte ---- */

static void urge_all(int fd, size_t total)
{
	unsigned char *buf = malloc(total);

	if (!buf)
		t_die("malloc");
	t_fill(buf, 0, total);
	if (send(fd, buf, total, MSG_OOB) != (ssize_t)total)
		t_die("send of urgent data");
	free(buf);
}

/* MUST-31: of any length; in the stream nothing of it is lost, and the mark is at the last byte */
TEST_F(naru, long_urgent_data)
{
	const size_t total = 1000000;
	size_t at = 0;
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	t_set(sv[1], SOL_SOCKET, SO_OOBINLINE, 1);
	pid = fork();
	if (!pid) {
		urge_all(sv[0], total);
		_exit(0);
	}
	while (at < total) {
		unsigned char buf[16384];
		ssize_t n = recv(sv[1], buf, sizeof(buf), 0);

		ASSERT_GT(n, 0);
		ASSERT_TRUE(t_good(buf, at, n));
		at += n;
		if (at == total - 1)
			break;
	}
	ASSERT_EQ(total - 1, at);
	EXPECT_EQ(1, query(sv[1], SIOCATMARK));
	t_recv_all(sv[1], at, 1);
	EXPECT_EQ(0, query(sv[1], SIOCATMARK));
	t_reap(pid);
}

/* ---- splice(2) does not pass over it ---- */

TEST_F(naru, splice)
{
	int sv[2], p[2];
	char buf[8];

	urge_pair(variant, sv, "abcX");
	ASSERT_EQ(0, pipe(p));
	EXPECT_EQ(1, send(sv[0], "d", 1, 0));
	EXPECT_EQ(3, splice(sv[1], NULL, p[1], NULL, 100, 0));
	EXPECT_EQ(3, read(p[0], buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "abc", 3));
	EXPECT_EQ(1, query(sv[1], SIOCATMARK));
	EXPECT_EQ(0, splice(sv[1], NULL, p[1], NULL, 100, 0));
	t_nonblock(sv[1], true);
	EXPECT_EQ(-1, splice(sv[1], NULL, p[1], NULL, 100, 0));
	EXPECT_EQ(EAGAIN, errno);
	t_wait(sv[1], POLLIN);
	EXPECT_RECV("d", sv[1], 0);
}

/* ---- the end ---- */

TEST_F(naru, fin)
{
	int sv[2];

	urge_pair(variant, sv, "abX");
	shutdown(sv[0], SHUT_WR);
	t_wait(sv[1], POLLRDHUP);
	EXPECT_EQ(POLLIN | POLLOUT | POLLPRI | POLLRDHUP, t_events(sv[1]));
	EXPECT_RECV("ab", sv[1], 0);
	EXPECT_EQ(1, query(sv[1], SIOCATMARK));
	EXPECT_EQ('X', oob(sv[1], 0));
	t_expect_eof(sv[1]);
	EXPECT_EQ(0, query(sv[1], SIOCATMARK));
}

TEST_F(naru, fin_passed_over)
{
	int sv[2];

	urge_pair(variant, sv, "X");
	shutdown(sv[0], SHUT_WR);
	t_wait(sv[1], POLLRDHUP);
	t_expect_eof(sv[1]);
	EXPECT_EQ(-EINVAL, oob(sv[1], 0));
}

TEST_F(naru, reset)
{
	int sv[2];

	urge_pair(variant, sv, "abX");
	t_reset(sv[0]);
	t_wait(sv[1], POLLRDHUP);
	EXPECT_EQ(-ENOTCONN, oob(sv[1], 0));
	EXPECT_EQ(ECONNRESET, t_get(sv[1], SOL_SOCKET, SO_ERROR));
}

TEST_F(naru, shutdown_of_reading)
{
	int sv[2];

	urge_pair(variant, sv, "X");
	shutdown(sv[1], SHUT_RD);
	EXPECT_EQ('X', oob(sv[1], 0));
	EXPECT_EQ(-EINVAL, oob(sv[1], 0));
}

/* Nothing of it is left for the next connection */
TEST_F(naru, disconnected)
{
	struct sockaddr_storage none = { .ss_family = AF_UNSPEC };
	int lfd = t_listen(variant), sv[2];

	t_pair_on(variant, lfd, sv);
	urge(sv[1], "X");
	t_wait(sv[0], POLLPRI);
	ASSERT_EQ(0, connect(sv[0], (struct sockaddr *)&none, sizeof(none)));
	EXPECT_EQ(-EINVAL, oob(sv[0], 0));
	EXPECT_EQ(0, query(sv[0], SIOCATMARK));
	t_connect(variant, sv[0], t_port(lfd));
	close(sv[1]);
	sv[1] = t_accept(lfd);
	EXPECT_EQ(POLLOUT, t_events(sv[0]));
	urge(sv[1], "Y");
	t_wait(sv[0], POLLPRI);
	EXPECT_EQ('Y', oob(sv[0], 0));
}

TEST_HARNESS_MAIN
