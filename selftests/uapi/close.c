// SPDX-License-Identifier: GPL-2.0
/* shutdown, close, lingering, and what the peer gets to see */
#include "naru_test.h"

static int state(int fd)
{
	return t_info(fd).tcpi_state;
}

/* Half-close: the end of one direction leaves the other alone */
TEST_F(naru, half_close)
{
	int sv[2];

	t_pair(variant, sv);
	t_send_all(sv[0], 0, 1000);
	ASSERT_EQ(0, shutdown(sv[0], SHUT_WR));
	t_recv_all(sv[1], 0, 1000);
	t_expect_eof(sv[1]);
	T_UNTIL(state(sv[0]) == TCP_FIN_WAIT2);
	EXPECT_EQ(TCP_CLOSE_WAIT, state(sv[1]));
	t_send_all(sv[1], 5, 100000);
	t_recv_all(sv[0], 5, 100000);
	ASSERT_EQ(0, shutdown(sv[1], SHUT_WR));
	t_expect_eof(sv[0]);
	T_UNTIL(state(sv[1]) == TCP_CLOSE);
}

TEST_F(naru, shutdown_wrong)
{
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(-1, shutdown(sv[0], 3));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, shutdown(sv[0], -1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, shutdown(sv[0], SHUT_WR));
	EXPECT_EQ(0, shutdown(sv[0], SHUT_WR));		/* twice is no error */
	EXPECT_EQ(0, shutdown(sv[0], SHUT_RDWR));
}

TEST_F(naru, shutdown_both)
{
	int sv[2];

	t_pair(variant, sv);
	ASSERT_EQ(0, shutdown(sv[0], SHUT_RDWR));
	t_expect_eof(sv[0]);
	t_expect_eof(sv[1]);
	EXPECT_EQ(-1, send(sv[0], "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
}

/* What was there before is still read */
TEST_F(naru, shutdown_read)
{
	int sv[2];

	t_pair(variant, sv);
	t_send_all(sv[1], 0, 10);
	t_wait(sv[0], POLLIN);
	ASSERT_EQ(0, shutdown(sv[0], SHUT_RD));
	t_recv_all(sv[0], 0, 10);
	t_expect_eof(sv[0]);
	t_send_all(sv[0], 0, 10);
	t_recv_all(sv[1], 0, 10);
}

TEST_F(naru, shutdown_listener)
{
	int lfd = t_listen(variant), port = t_port(lfd), fd = t_socket(variant, 0);

	ASSERT_EQ(0, shutdown(lfd, SHUT_RD));
	EXPECT_EQ(-1, accept(lfd, NULL, NULL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(ECONNREFUSED, t_try_connect(variant, fd, t_lo(variant), port));
	EXPECT_EQ(0, listen(lfd, 1));		/* can be taken up again, perhaps on another port */
	EXPECT_EQ(0, t_try_connect(variant, fd, t_lo(variant), t_port(lfd)));
}

/* RFC 9293 3.6.1: closed without reading it all: the peer must know that data was lost */
TEST_F(naru, close_unread)
{
	char c;
	int sv[2];

	t_pair(variant, sv);
	t_send_all(sv[0], 0, 10);
	t_wait(sv[1], POLLIN);
	close(sv[1]);
	EXPECT_EQ(-1, recv(sv[0], &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(0, recv(sv[0], &c, 1, 0));
	EXPECT_EQ(-1, send(sv[0], "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(TCP_CLOSE, state(sv[0]));
}

/* What comes after the close gets a reset, too */
TEST_F(naru, close_then_data)
{
	char c;
	int sv[2];

	t_pair(variant, sv);
	close(sv[1]);
	t_expect_eof(sv[0]);
	t_send_all(sv[0], 0, 1);
	t_wait(sv[0], POLLHUP);
	EXPECT_EQ(EPIPE, t_get(sv[0], SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, recv(sv[0], &c, 1, 0));
}

TEST_F(naru, linger_0)
{
	struct linger l;
	socklen_t len = sizeof(l);
	char c;
	int sv[2];

	t_pair(variant, sv);
	t_linger(sv[1], 1, 0);
	ASSERT_EQ(0, getsockopt(sv[1], SOL_SOCKET, SO_LINGER, &l, &len));
	EXPECT_EQ(1, l.l_onoff);
	EXPECT_EQ(0, l.l_linger);
	close(sv[1]);
	EXPECT_EQ(-1, recv(sv[0], &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(0, t_get(sv[0], SOL_SOCKET, SO_ERROR));	/* told already */
}

TEST_F(naru, reset_is_so_error)
{
	char c;
	int sv[2];

	t_pair(variant, sv);
	t_reset(sv[1]);
	t_wait(sv[0], POLLHUP);
	EXPECT_EQ(ECONNRESET, t_get(sv[0], SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, t_get(sv[0], SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, recv(sv[0], &c, 1, 0));
}

/* close waits until the peer has it all, no longer */
TEST_F(naru, linger_done)
{
	long start = t_now_ms();
	int sv[2];

	t_pair(variant, sv);
	t_linger(sv[0], 1, 3600);
	t_send_all(sv[0], 0, 5000);
	close(sv[0]);
	EXPECT_LT(t_now_ms() - start, T_WAIT_MS);
	t_recv_all(sv[1], 0, 5000);
	t_expect_eof(sv[1]);
}

/* It waits no longer than the time given */
TEST_F(naru, linger_time)
{
	long start;
	int sv[2];

	t_pair(variant, sv);
	t_linger(sv[0], 1, 1);
	t_cut(true);
	t_send_all(sv[0], 0, 5000);
	start = t_now_ms();
	close(sv[0]);
	EXPECT_GE(t_now_ms() - start, 900);
	EXPECT_LT(t_now_ms() - start, T_WAIT_MS);
	t_cut(false);
	t_recv_all(sv[1], 0, 5000);		/* and goes on in the background */
	t_expect_eof(sv[1]);
}

/* close returns at once and everything still arrives */
TEST_F(naru, close_delivers)
{
	const size_t total = 1 << 20;
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	pid = fork();
	if (!pid) {
		close(sv[1]);
		t_send_all(sv[0], 0, total);
		close(sv[0]);
		_exit(0);
	}
	close(sv[0]);
	t_recv_all(sv[1], 0, total);
	t_expect_eof(sv[1]);
	t_reap(pid);
}

/* Both sides close before they see the other's FIN */
TEST_F(naru, simultaneous_close)
{
	int sv[2];

	t_pair(variant, sv);
	t_cut(true);
	shutdown(sv[0], SHUT_WR);
	shutdown(sv[1], SHUT_WR);
	EXPECT_EQ(TCP_FIN_WAIT1, state(sv[0]));
	EXPECT_EQ(TCP_FIN_WAIT1, state(sv[1]));
	t_cut(false);
	t_expect_eof(sv[0]);
	t_expect_eof(sv[1]);
	T_UNTIL(state(sv[0]) == TCP_CLOSE && state(sv[1]) == TCP_CLOSE);
}

/* A close with nobody left to acknowledge the FIN: an orphan keeps sending it */
TEST_F(naru, fin_is_sent_again)
{
	int sv[2];

	t_pair(variant, sv);
	t_cut(true);
	t_send_all(sv[0], 0, 10);
	close(sv[0]);
	t_cut(false);
	t_recv_all(sv[1], 0, 10);
	t_expect_eof(sv[1]);
}

/* Many connections, closed in every order: nothing may stay behind that stops the next */
TEST_F(naru, close_in_every_order)
{
	int lfd = t_listen(variant), sv[2];

	for (int i = 0; i < 60; i++) {
		t_pair_on(variant, lfd, sv);
		if (i % 3 == 1)
			t_send_all(sv[0], 0, 100);
		if (i % 5 == 1)
			t_linger(sv[i & 1], 1, 0);
		if (i % 4 == 1)
			shutdown(sv[0], SHUT_WR);
		close(sv[i & 1]);
		close(sv[!(i & 1)]);
	}
}

TEST_HARNESS_MAIN
