// SPDX-License-Identifier: GPL-2.0
/* poll, select, epoll in both triggers */
#include <sys/epoll.h>
#include <sys/select.h>
#include "naru_test.h"

TEST_F(naru, unconnected)
{
	int fd = t_socket(variant, 0);

	EXPECT_EQ(POLLOUT | POLLHUP, t_events(fd));
	t_bind(variant, fd, 0);
	EXPECT_EQ(POLLOUT | POLLHUP, t_events(fd));
}

TEST_F(naru, listener)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0);

	EXPECT_EQ(0, t_events(lfd));
	t_connect(variant, fd, t_port(lfd));
	EXPECT_EQ(POLLIN, t_wait(lfd, POLLIN | POLLOUT | POLLRDHUP));
	close(t_accept(lfd));
	EXPECT_EQ(0, t_events(lfd));
}

TEST_F(naru, data_and_fin)
{
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(POLLOUT, t_events(sv[0]));
	EXPECT_EQ(POLLOUT, t_events(sv[1]));
	t_send_all(sv[1], 0, 5);
	t_wait(sv[0], POLLIN);
	EXPECT_EQ(POLLIN | POLLOUT, t_events(sv[0]));
	t_recv_all(sv[0], 0, 5);
	EXPECT_EQ(POLLOUT, t_events(sv[0]));
	shutdown(sv[1], SHUT_WR);
	t_wait(sv[0], POLLRDHUP);
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP, t_events(sv[0]));
	t_expect_eof(sv[0]);
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP, t_events(sv[0]));
	shutdown(sv[0], SHUT_WR);
	T_UNTIL(t_events(sv[0]) == (POLLIN | POLLOUT | POLLRDHUP | POLLHUP));
	t_wait(sv[1], POLLRDHUP);
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP | POLLHUP, t_events(sv[1]));
}

TEST_F(naru, reset)
{
	const int all = POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR;
	int sv[2];

	t_pair(variant, sv);
	t_reset(sv[1]);
	t_wait(sv[0], POLLRDHUP);
	EXPECT_EQ(all, t_events(sv[0]));
	EXPECT_EQ(ECONNRESET, t_get(sv[0], SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(all & ~POLLERR, t_events(sv[0]));
}

TEST_F(naru, shutdown_read)
{
	int sv[2];

	t_pair(variant, sv);
	shutdown(sv[0], SHUT_RD);
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP, t_events(sv[0]));
	t_expect_eof(sv[0]);
	EXPECT_EQ(POLLOUT, t_events(sv[1]));	/* says nothing to the peer */
}

/* POLLOUT is gone when nothing more fits, and comes back when the peer reads */
TEST_F(naru, out_after_full)
{
	size_t sent, at = 0;
	int sv[2];

	t_pair(variant, sv);
	sent = t_stuff(sv[0], 0);
	EXPECT_EQ(0, t_events(sv[0]));
	while (!(t_events(sv[0]) & POLLOUT)) {
		ASSERT_LT(at, sent);
		T_UNTIL(t_drain(sv[1], &at) || t_events(sv[0]));
	}
	t_nonblock(sv[0], true);
	EXPECT_EQ(1, send(sv[0], "", 1, 0));
}

/* A process that is blocked in poll, and has to be woken by @want. It has no @peer open. */
static pid_t poller(int fd, int peer, int events, int want)
{
	pid_t pid = fork();

	if (pid) {
		t_wait_blocked(pid, SYS_poll);
		return pid;
	}
	close(peer);
	if (!(t_wait(fd, events) & want)) {
		errno = EINVAL;
		t_die("woken by something else");
	}
	_exit(0);
}

TEST_F(naru, wakes_accept)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0);
	pid_t pid = poller(lfd, -1, POLLIN, POLLIN);

	t_connect(variant, fd, t_port(lfd));
	t_reap(pid);
}

TEST_F(naru, wakes_data)
{
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	pid = poller(sv[0], sv[1], POLLIN, POLLIN);
	t_send_all(sv[1], 0, 1);
	t_reap(pid);
}

TEST_F(naru, wakes_fin)
{
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	pid = poller(sv[0], sv[1], POLLRDHUP, POLLRDHUP);
	shutdown(sv[1], SHUT_WR);
	t_reap(pid);
}

TEST_F(naru, wakes_reset)
{
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	pid = poller(sv[0], sv[1], 0, POLLERR);
	t_reset(sv[1]);
	t_reap(pid);
}

TEST_F(naru, wakes_own_shutdown)
{
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	pid = poller(sv[0], sv[1], POLLIN, POLLIN);
	shutdown(sv[0], SHUT_RD);
	t_reap(pid);
}

TEST_F(naru, wakes_room)
{
	size_t at = 0, sent;
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	sent = t_stuff(sv[0], 0);
	pid = poller(sv[0], sv[1], POLLOUT, POLLOUT);
	while (at < sent)
		T_UNTIL(t_drain(sv[1], &at));
	t_reap(pid);
}

TEST_F(naru, select)
{
	struct timeval none = {};
	fd_set in, out, ex;
	int sv[2], n;

	t_pair(variant, sv);
	n = sv[0] + 1;
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&ex);
	FD_SET(sv[0], &in);
	FD_SET(sv[0], &out);
	FD_SET(sv[0], &ex);
	EXPECT_EQ(1, select(n, &in, &out, &ex, &none));
	EXPECT_TRUE(FD_ISSET(sv[0], &out));
	FD_ZERO(&out);
	FD_SET(sv[0], &in);
	t_send_all(sv[1], 0, 1);
	EXPECT_EQ(1, select(n, &in, NULL, NULL, NULL));
	EXPECT_TRUE(FD_ISSET(sv[0], &in));
}

TEST_F(naru, lowat)
{
	int sv[2];

	t_pair(variant, sv);
	t_set(sv[0], SOL_SOCKET, SO_RCVLOWAT, 100);
	t_send_all(sv[1], 0, 99);
	T_UNTIL(!t_info(sv[1]).tcpi_unacked);
	EXPECT_EQ(POLLOUT, t_events(sv[0]));
	t_send_all(sv[1], 99, 1);
	EXPECT_NE(0, t_wait(sv[0], POLLIN) & POLLIN);
}

/* ---- epoll ---- */

static int epoll_of(int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };
	int ep = epoll_create1(0);

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
		t_die("epoll");
	return ep;
}

/* Events that epoll reports within @ms, 0: none */
static uint32_t epoll_events(int ep, int ms)
{
	struct epoll_event ev[2];
	int n = epoll_wait(ep, ev, 2, ms);

	if (n < 0 || n > 1)
		t_die("epoll_wait: %d", n);
	return n ? ev[0].events : 0;
}

TEST_F(naru, epoll_level)
{
	int sv[2], ep;

	t_pair(variant, sv);
	ep = epoll_of(sv[0], EPOLLIN | EPOLLRDHUP);
	EXPECT_EQ(0, epoll_events(ep, 0));
	t_send_all(sv[1], 0, 10);
	EXPECT_EQ(EPOLLIN, epoll_events(ep, T_WAIT_MS));
	t_recv_all(sv[0], 0, 5);
	EXPECT_EQ(EPOLLIN, epoll_events(ep, 0));	/* still readable */
	t_recv_all(sv[0], 5, 5);
	EXPECT_EQ(0, epoll_events(ep, 0));
	shutdown(sv[1], SHUT_WR);
	EXPECT_EQ(EPOLLIN | EPOLLRDHUP, epoll_events(ep, T_WAIT_MS));
	EXPECT_EQ(EPOLLIN | EPOLLRDHUP, epoll_events(ep, 0));
}

TEST_F(naru, epoll_edge)
{
	int sv[2], ep;

	t_pair(variant, sv);
	ep = epoll_of(sv[0], EPOLLIN | EPOLLET);
	EXPECT_EQ(0, epoll_events(ep, 0));
	t_send_all(sv[1], 0, 10);
	EXPECT_EQ(EPOLLIN, epoll_events(ep, T_WAIT_MS));
	EXPECT_EQ(0, epoll_events(ep, 0));		/* told once */
	t_recv_all(sv[0], 0, 5);
	EXPECT_EQ(0, epoll_events(ep, 0));		/* reading is no edge */
	t_send_all(sv[1], 10, 1);
	EXPECT_EQ(EPOLLIN, epoll_events(ep, T_WAIT_MS));
	EXPECT_EQ(0, epoll_events(ep, 0));
	close(sv[1]);
	EXPECT_EQ(EPOLLIN, epoll_events(ep, T_WAIT_MS));
}

/* Drains until an edge comes: no wakeup may be lost between EAGAIN and room */
TEST_F(naru, epoll_edge_out)
{
	size_t sent = 0, at = 0;
	int sv[2], ep;

	t_pair(variant, sv);
	ep = epoll_of(sv[0], EPOLLOUT | EPOLLET);
	EXPECT_EQ(EPOLLOUT, epoll_events(ep, 0));
	for (int round = 0; round < 5; round++) {
		sent += t_stuff(sv[0], sent);
		while (epoll_events(ep, 0))
			sent += t_stuff(sv[0], sent);
		while (at < sent)
			T_UNTIL(t_drain(sv[1], &at));
		EXPECT_EQ(EPOLLOUT, epoll_events(ep, T_WAIT_MS));
	}
}

TEST_F(naru, epoll_oneshot)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT };
	int sv[2], ep;

	t_pair(variant, sv);
	ep = epoll_of(sv[0], EPOLLIN | EPOLLONESHOT);
	t_send_all(sv[1], 0, 10);
	EXPECT_EQ(EPOLLIN, epoll_events(ep, T_WAIT_MS));
	t_send_all(sv[1], 10, 10);
	EXPECT_EQ(0, epoll_events(ep, 0));
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_MOD, sv[0], &ev));
	EXPECT_EQ(EPOLLIN, epoll_events(ep, T_WAIT_MS));
}

TEST_F(naru, epoll_listener)
{
	int lfd = t_listen(variant), fd[5], ep;

	t_nonblock(lfd, true);
	ep = epoll_of(lfd, EPOLLIN | EPOLLET);
	EXPECT_EQ(0, epoll_events(ep, 0));
	for (int i = 0; i < 5; i++) {
		fd[i] = t_socket(variant, 0);
		t_connect(variant, fd[i], t_port(lfd));
		EXPECT_EQ(EPOLLIN, epoll_events(ep, T_WAIT_MS));
	}
	for (int i = 0; i < 5; i++)
		close(t_accept(lfd));
	EXPECT_EQ(-1, accept(lfd, NULL, NULL));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(naru, epoll_connect)
{
	int lfd = t_listen(variant), fd = t_socket(variant, SOCK_NONBLOCK), ep;

	t_cut(true);
	EXPECT_EQ(EINPROGRESS, t_try_connect(variant, fd, t_lo(variant), t_port(lfd)));
	ep = epoll_of(fd, EPOLLIN | EPOLLOUT | EPOLLET);
	EXPECT_EQ(0, epoll_events(ep, 0));
	t_cut(false);
	EXPECT_EQ(EPOLLOUT, epoll_events(ep, T_WAIT_MS));
}

TEST_F(naru, epoll_reset)
{
	int sv[2], ep;

	t_pair(variant, sv);
	ep = epoll_of(sv[0], EPOLLET);
	t_reset(sv[1]);
	EXPECT_EQ(EPOLLERR | EPOLLHUP, epoll_events(ep, T_WAIT_MS));
	EXPECT_EQ(0, epoll_events(ep, 0));
}

TEST_HARNESS_MAIN
