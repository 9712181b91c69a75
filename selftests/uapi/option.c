// SPDX-License-Identifier: GPL-2.0
/* Socket options */
#include <linux/filter.h>
#include "naru_test.h"

static int set_errno(int fd, int level, int name, int val)
{
	return setsockopt(fd, level, name, &val, sizeof(val)) ? errno : 0;
}

TEST_F(naru, nodelay_cork)
{
	int fd = t_socket(variant, 0);

	EXPECT_EQ(0, t_get(fd, SOL_TCP, TCP_NODELAY));
	t_set(fd, SOL_TCP, TCP_NODELAY, 1);
	EXPECT_NE(0, t_get(fd, SOL_TCP, TCP_NODELAY));
	t_set(fd, SOL_TCP, TCP_NODELAY, 0);
	EXPECT_EQ(0, t_get(fd, SOL_TCP, TCP_NODELAY));
	EXPECT_EQ(0, t_get(fd, SOL_TCP, TCP_CORK));
	t_set(fd, SOL_TCP, TCP_CORK, 1);
	EXPECT_NE(0, t_get(fd, SOL_TCP, TCP_CORK));
	t_set(fd, SOL_TCP, TCP_CORK, 0);
	EXPECT_EQ(0, t_get(fd, SOL_TCP, TCP_CORK));
}

TEST_F(naru, maxseg)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0), afd;

	EXPECT_EQ(EINVAL, set_errno(fd, SOL_TCP, TCP_MAXSEG, 1));
	EXPECT_EQ(EINVAL, set_errno(fd, SOL_TCP, TCP_MAXSEG, 40000));
	EXPECT_EQ(0, set_errno(fd, SOL_TCP, TCP_MAXSEG, 700));
	t_connect(variant, fd, t_port(lfd));
	afd = t_accept(lfd);
	EXPECT_LE(t_get(fd, SOL_TCP, TCP_MAXSEG), 700);
	EXPECT_LE(t_info(fd).tcpi_snd_mss, 700);
	EXPECT_GE(t_info(fd).tcpi_snd_mss, 600);
	EXPECT_LE(t_info(afd).tcpi_snd_mss, 700);	/* it was announced */
	t_send_all(afd, 0, 100000);
	t_recv_all(fd, 0, 100000);
	EXPECT_GE(t_info(afd).tcpi_segs_out, 100000 / 700);
}

/* socket(7): bytes per second; children have their listener's */
TEST_F(naru, pacing)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0), afd;

	EXPECT_EQ(-1, t_get(fd, SOL_SOCKET, SO_MAX_PACING_RATE));
	t_set(lfd, SOL_SOCKET, SO_MAX_PACING_RATE, 20000000);
	t_set(fd, SOL_SOCKET, SO_MAX_PACING_RATE, 10000000);
	EXPECT_EQ(10000000, t_get(fd, SOL_SOCKET, SO_MAX_PACING_RATE));
	t_connect(variant, fd, t_port(lfd));
	afd = t_accept(lfd);
	t_send_all(fd, 0, 100000);
	t_recv_all(afd, 0, 100000);
	t_send_all(afd, 0, 100000);
	t_recv_all(fd, 0, 100000);
	EXPECT_EQ(10000000, t_info(fd).tcpi_max_pacing_rate);
	EXPECT_LE(t_info(fd).tcpi_pacing_rate, 10000000);
	EXPECT_EQ(20000000, t_info(afd).tcpi_max_pacing_rate);
	EXPECT_LE(t_info(afd).tcpi_pacing_rate, 20000000);
}

/* ip(7): IP_OPTIONS of a connection take room in its segments */
TEST_F(naru, ip_options_while_connected)
{
	static const char nops[12] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	int lfd = t_listen(variant), fd = t_socket(variant, 0), afd;

	t_connect(variant, fd, t_port(lfd));
	afd = t_accept(lfd);
	if (variant->family == AF_INET && setsockopt(fd, SOL_IP, IP_OPTIONS, nops, sizeof(nops)))
		t_die("IP_OPTIONS: %d", errno);
	t_send_all(fd, 0, 100000);
	t_recv_all(afd, 0, 100000);
}

/* What waits for its time goes out although the program has closed */
TEST_F(naru, pacing_of_a_closed_socket)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0), afd;

	t_set(fd, SOL_SOCKET, SO_MAX_PACING_RATE, 1000000);
	t_connect(variant, fd, t_port(lfd));
	afd = t_accept(lfd);
	t_send_all(fd, 0, 100000);
	close(fd);
	t_recv_all(afd, 0, 100000);
	t_expect_eof(afd);
}

static const char *congestion(int fd)
{
	static char name[64];
	socklen_t len = sizeof(name);

	memset(name, 'x', sizeof(name));
	if (getsockopt(fd, SOL_TCP, TCP_CONGESTION, name, &len) || len > 16)
		return "none";
	return name;
}

static int set_congestion(int fd, const char *name, socklen_t len)
{
	return setsockopt(fd, SOL_TCP, TCP_CONGESTION, name, len) ? errno : 0;
}

/* tcp(7): by name, with or without its end; children have their listener's */
TEST_F(naru, congestion)
{
	int lfd = t_listen(variant), sv[2];

	EXPECT_STREQ("cubic", congestion(lfd));
	EXPECT_EQ(ENOENT, set_congestion(lfd, "nosuch", 7));
	EXPECT_EQ(ENOENT, set_congestion(lfd, "ren", 3));
	EXPECT_EQ(EINVAL, set_congestion(lfd, "", 0));
	EXPECT_STREQ("cubic", congestion(lfd));
	EXPECT_EQ(0, set_congestion(lfd, "reno", 4));
	EXPECT_STREQ("reno", congestion(lfd));
	t_pair_on(variant, lfd, sv);
	EXPECT_STREQ("cubic", congestion(sv[0]));
	EXPECT_STREQ("reno", congestion(sv[1]));
	t_send_all(sv[1], 0, 300000);
	t_recv_all(sv[0], 0, 300000);
	EXPECT_EQ(0, set_congestion(sv[1], "cubic", 6));
	EXPECT_GE(t_info(sv[1]).tcpi_snd_cwnd, 2);
	EXPECT_EQ(0, set_congestion(sv[0], "reno", 5));
	t_send_all(sv[0], 0, 300000);
	t_recv_all(sv[1], 0, 300000);
}

TEST_F(naru, keepalive)
{
	int fd = t_socket(variant, 0), sv[2], lfd = t_listen(variant);

	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_KEEPALIVE));
	EXPECT_EQ(7200, t_get(fd, SOL_TCP, TCP_KEEPIDLE));
	EXPECT_EQ(75, t_get(fd, SOL_TCP, TCP_KEEPINTVL));
	EXPECT_EQ(9, t_get(fd, SOL_TCP, TCP_KEEPCNT));
	t_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	t_set(fd, SOL_TCP, TCP_KEEPIDLE, 5);
	t_set(fd, SOL_TCP, TCP_KEEPINTVL, 6);
	t_set(fd, SOL_TCP, TCP_KEEPCNT, 7);
	EXPECT_EQ(1, t_get(fd, SOL_SOCKET, SO_KEEPALIVE));
	EXPECT_EQ(5, t_get(fd, SOL_TCP, TCP_KEEPIDLE));
	EXPECT_EQ(6, t_get(fd, SOL_TCP, TCP_KEEPINTVL));
	EXPECT_EQ(7, t_get(fd, SOL_TCP, TCP_KEEPCNT));
	EXPECT_EQ(EINVAL, set_errno(fd, SOL_TCP, TCP_KEEPIDLE, 0));
	EXPECT_EQ(EINVAL, set_errno(fd, SOL_TCP, TCP_KEEPIDLE, 32768));
	EXPECT_EQ(EINVAL, set_errno(fd, SOL_TCP, TCP_KEEPINTVL, 0));
	EXPECT_EQ(EINVAL, set_errno(fd, SOL_TCP, TCP_KEEPINTVL, 32768));
	EXPECT_EQ(EINVAL, set_errno(fd, SOL_TCP, TCP_KEEPCNT, 0));
	EXPECT_EQ(EINVAL, set_errno(fd, SOL_TCP, TCP_KEEPCNT, 128));
	t_set(lfd, SOL_SOCKET, SO_KEEPALIVE, 1);
	t_set(lfd, SOL_TCP, TCP_KEEPIDLE, 77);
	t_pair_on(variant, lfd, sv);
	EXPECT_EQ(1, t_get(sv[1], SOL_SOCKET, SO_KEEPALIVE));	/* inherited */
	EXPECT_EQ(77, t_get(sv[1], SOL_TCP, TCP_KEEPIDLE));
	EXPECT_EQ(0, t_get(sv[0], SOL_SOCKET, SO_KEEPALIVE));
}

/* The peer is gone without a word: two probes of a second each, then ETIMEDOUT */
TEST_F(naru, keepalive_gives_up)
{
	char c;
	int sv[2];

	t_pair(variant, sv);
	t_set(sv[0], SOL_TCP, TCP_KEEPIDLE, 1);
	t_set(sv[0], SOL_TCP, TCP_KEEPINTVL, 1);
	t_set(sv[0], SOL_TCP, TCP_KEEPCNT, 2);
	t_cut(true);
	t_set(sv[0], SOL_SOCKET, SO_KEEPALIVE, 1);
	EXPECT_EQ(-1, recv(sv[0], &c, 1, 0));
	EXPECT_EQ(ETIMEDOUT, errno);
	t_cut(false);
}

/* A live peer answers the probes */
TEST_F(naru, keepalive_keeps)
{
	unsigned int before;
	int sv[2];

	t_pair(variant, sv);
	t_set(sv[0], SOL_TCP, TCP_KEEPIDLE, 1);
	t_set(sv[0], SOL_TCP, TCP_KEEPINTVL, 1);
	t_set(sv[0], SOL_TCP, TCP_KEEPCNT, 1);
	before = t_info(sv[0]).tcpi_segs_in;
	t_set(sv[0], SOL_SOCKET, SO_KEEPALIVE, 1);
	T_UNTIL(t_info(sv[0]).tcpi_segs_in >= before + 3);
	EXPECT_EQ(TCP_ESTABLISHED, t_info(sv[0]).tcpi_state);
	t_send_all(sv[0], 0, 10);
	t_recv_all(sv[1], 0, 10);
}

TEST_F(naru, buffers)
{
	int fd = t_socket(variant, 0), lfd = t_listen(variant), sv[2];

	t_set(fd, SOL_SOCKET, SO_RCVBUF, 20000);
	EXPECT_EQ(40000, t_get(fd, SOL_SOCKET, SO_RCVBUF));	/* socket(7): doubled */
	t_set(fd, SOL_SOCKET, SO_SNDBUF, 20000);
	EXPECT_EQ(40000, t_get(fd, SOL_SOCKET, SO_SNDBUF));
	t_set(fd, SOL_SOCKET, SO_SNDBUF, 1);
	EXPECT_GT(t_get(fd, SOL_SOCKET, SO_SNDBUF), 2000);
	t_set(lfd, SOL_SOCKET, SO_RCVBUF, 30000);
	t_pair_on(variant, lfd, sv);
	EXPECT_EQ(60000, t_get(sv[1], SOL_SOCKET, SO_RCVBUF));	/* inherited */
}

/* What fits is bounded by the buffers that were asked for */
TEST_F(naru, buffers_bound)
{
	int lfd = t_listen(variant), sv[2];

	t_set(lfd, SOL_SOCKET, SO_RCVBUF, 16384);
	t_set(lfd, SOL_SOCKET, SO_SNDBUF, 16384);
	t_pair_on(variant, lfd, sv);
	t_set(sv[0], SOL_SOCKET, SO_SNDBUF, 16384);
	EXPECT_LT(t_stuff(sv[0], 0), 300000);
}

static struct timeval get_timeout(int fd, int name)
{
	struct timeval tv;
	socklen_t len = sizeof(tv);

	if (getsockopt(fd, SOL_SOCKET, name, &tv, &len))
		t_die("SO_*TIMEO");
	return tv;
}

TEST_F(naru, timeouts)
{
	struct timeval bad = { .tv_usec = 1000000 };
	int fd = t_socket(variant, 0), lfd = t_listen(variant), sv[2];
	long start;
	char c;

	EXPECT_EQ(0, get_timeout(fd, SO_RCVTIMEO).tv_sec);
	EXPECT_EQ(-1, setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bad, sizeof(bad)));
	EXPECT_EQ(EDOM, errno);
	t_timeout(fd, SO_RCVTIMEO, 1500);
	EXPECT_EQ(1, get_timeout(fd, SO_RCVTIMEO).tv_sec);
	EXPECT_EQ(500000, get_timeout(fd, SO_RCVTIMEO).tv_usec);
	t_timeout(lfd, SO_RCVTIMEO, 100);
	start = t_now_ms();
	EXPECT_EQ(-1, accept(lfd, NULL, NULL));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_GE(t_now_ms() - start, 100 - T_EARLY_MS);
	t_pair(variant, sv);
	t_timeout(sv[0], SO_RCVTIMEO, 100);
	start = t_now_ms();
	EXPECT_EQ(-1, recv(sv[0], &c, 1, 0));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_GE(t_now_ms() - start, 100 - T_EARLY_MS);
	t_send_all(sv[1], 0, 1);
	EXPECT_EQ(1, recv(sv[0], &c, 1, MSG_WAITALL));
}

TEST_F(naru, send_timeout)
{
	long start;
	int sv[2];

	t_pair(variant, sv);
	t_timeout(sv[0], SO_SNDTIMEO, 100);
	t_stuff(sv[0], 0);
	t_nonblock(sv[0], false);
	start = t_now_ms();
	EXPECT_EQ(-1, send(sv[0], "x", 1, 0));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_GE(t_now_ms() - start, 100 - T_EARLY_MS);
}

/* socket(7): connect gives EINPROGRESS, and goes on */
TEST_F(naru, connect_timeout)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0);
	long start = t_now_ms();

	t_timeout(fd, SO_SNDTIMEO, 100);
	t_cut(true);
	EXPECT_EQ(EINPROGRESS, t_try_connect(variant, fd, t_lo(variant), t_port(lfd)));
	EXPECT_GE(t_now_ms() - start, 100 - T_EARLY_MS);
	EXPECT_EQ(TCP_SYN_SENT, t_info(fd).tcpi_state);
	t_cut(false);
	t_wait(fd, POLLOUT);
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ERROR));
}

TEST_F(naru, syncnt)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0);

	EXPECT_EQ(EINVAL, set_errno(fd, SOL_TCP, TCP_SYNCNT, 0));
	EXPECT_EQ(EINVAL, set_errno(fd, SOL_TCP, TCP_SYNCNT, 128));
	t_set(fd, SOL_TCP, TCP_SYNCNT, 1);
	EXPECT_EQ(1, t_get(fd, SOL_TCP, TCP_SYNCNT));
	t_cut(true);
	EXPECT_EQ(ETIMEDOUT, t_try_connect(variant, fd, t_lo(variant), t_port(lfd)));
	t_cut(false);
}

/* Seconds are kept as timeouts of the <SYN,ACK>: 1, 2, 4... s */
TEST_F(naru, defer_accept_seconds)
{
	static const int set[] = { 0, 1, 2, 3, 4, 8, 100, 128, -1 };
	static const int get[] = { 0, 1, 3, 3, 7, 15, 127, 247, 0 };
	int fd = t_socket(variant, 0);

	EXPECT_EQ(0, t_get(fd, SOL_TCP, TCP_DEFER_ACCEPT));
	for (int i = 0; i < (int)(sizeof(set) / sizeof(*set)); i++) {
		t_set(fd, SOL_TCP, TCP_DEFER_ACCEPT, set[i]);
		EXPECT_EQ(get[i], t_get(fd, SOL_TCP, TCP_DEFER_ACCEPT));
	}
	EXPECT_EQ(-1, setsockopt(fd, SOL_TCP, TCP_DEFER_ACCEPT, set, 3));
	EXPECT_EQ(EINVAL, errno);
}

/* The server does not see a client that has sent nothing; the client does not see the difference */
TEST_F(naru, defer_accept)
{
	int lfd = t_listen(variant), silent = t_socket(variant, 0), fd = t_socket(variant, 0), peer;

	t_set(lfd, SOL_TCP, TCP_DEFER_ACCEPT, 100);
	t_connect(variant, silent, t_port(lfd));
	t_connect(variant, fd, t_port(lfd));
	EXPECT_EQ(TCP_ESTABLISHED, t_info(silent).tcpi_state);
	EXPECT_EQ(0, t_events(lfd));
	t_send_all(fd, 0, 100);
	peer = t_accept(lfd);
	EXPECT_EQ(0, t_get(peer, SOL_TCP, TCP_DEFER_ACCEPT));
	t_recv_all(peer, 0, 100);
	EXPECT_EQ(0, t_events(lfd));
	t_send_all(peer, 0, 100);
	t_recv_all(fd, 0, 100);
	t_send_all(silent, 0, 10);
	t_recv_all(t_accept(lfd), 0, 10);
}

/* Who ends without a word is handed over too, and so is who was kept when the option is taken back */
TEST_F(naru, defer_accept_ends)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0);

	t_set(lfd, SOL_TCP, TCP_DEFER_ACCEPT, 100);
	t_connect(variant, fd, t_port(lfd));
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	t_expect_eof(t_accept(lfd));
	fd = t_socket(variant, 0);
	t_connect(variant, fd, t_port(lfd));
	EXPECT_EQ(0, t_events(lfd));
	t_set(lfd, SOL_TCP, TCP_DEFER_ACCEPT, 0);
	t_send_all(fd, 0, 10);
	t_recv_all(t_accept(lfd), 0, 10);
}

/* After its time the server asks again, and hands over who answers */
TEST_F(naru, defer_accept_over)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0);
	long start = t_now_ms();

	t_set(lfd, SOL_TCP, TCP_DEFER_ACCEPT, 1);
	t_connect(variant, fd, t_port(lfd));
	t_wait(lfd, POLLIN);
	EXPECT_GE(t_now_ms() - start, 1000 - T_EARLY_MS);
	close(t_accept(lfd));
	t_expect_eof(fd);
}

TEST_F(naru, user_timeout)
{
	char c;
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(0, t_get(sv[0], SOL_TCP, TCP_USER_TIMEOUT));
	EXPECT_EQ(EINVAL, set_errno(sv[0], SOL_TCP, TCP_USER_TIMEOUT, -1));
	t_set(sv[0], SOL_TCP, TCP_USER_TIMEOUT, 500);
	EXPECT_EQ(500, t_get(sv[0], SOL_TCP, TCP_USER_TIMEOUT));
	t_cut(true);
	t_send_all(sv[0], 0, 10);
	EXPECT_EQ(-1, recv(sv[0], &c, 1, 0));
	EXPECT_EQ(ETIMEDOUT, errno);
	t_cut(false);
}

/* SO_REUSEADDR on both, and neither listens: they may share a port. A listener holds it. */
/* The window that the last ACK has announced */
static unsigned int settled_window(int fd)
{
	T_UNTIL(!t_info(fd).tcpi_unacked);
	return t_info(fd).tcpi_snd_wnd;
}

/* tcp(7): a bound of the window that is announced */
TEST_F(naru, window_clamp)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0), sv[2];

	t_set(fd, SOL_TCP, TCP_WINDOW_CLAMP, 10000);
	EXPECT_EQ(10000, t_get(fd, SOL_TCP, TCP_WINDOW_CLAMP));
	t_set(fd, SOL_TCP, TCP_WINDOW_CLAMP, 1);
	EXPECT_LT(1000, t_get(fd, SOL_TCP, TCP_WINDOW_CLAMP));
	t_set(fd, SOL_TCP, TCP_WINDOW_CLAMP, 0);
	EXPECT_EQ(0, t_get(fd, SOL_TCP, TCP_WINDOW_CLAMP));
	t_set(lfd, SOL_TCP, TCP_WINDOW_CLAMP, 8192);
	t_pair_on(variant, lfd, sv);
	EXPECT_EQ(EINVAL, set_errno(sv[1], SOL_TCP, TCP_WINDOW_CLAMP, 0));
	EXPECT_EQ(8192, t_info(sv[0]).tcpi_snd_wnd);
	t_send_all(sv[0], 0, 100000);
	t_recv_all(sv[1], 0, 100000);
	/* the kernel forgets it when it measures what segments cost (6.12: tcp_measure_rcv_mss()) */
	if (t_is_naru(variant))
		EXPECT_GE(8192, settled_window(sv[0]));
}

/* tcp(7): on at first, off and on again */
TEST_F(naru, quickack)
{
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(1, t_get(sv[0], SOL_TCP, TCP_QUICKACK));
	t_set(sv[0], SOL_TCP, TCP_QUICKACK, 0);
	EXPECT_EQ(0, t_get(sv[0], SOL_TCP, TCP_QUICKACK));
	t_set(sv[0], SOL_TCP, TCP_QUICKACK, 1);
	EXPECT_EQ(1, t_get(sv[0], SOL_TCP, TCP_QUICKACK));
}

/* tcp(7): seconds in FIN-WAIT-2, at most 120; 0: what the setting says, below: none */
TEST_F(naru, linger2)
{
	int fd = t_socket(variant, 0);

	EXPECT_EQ(60, t_get(fd, SOL_TCP, TCP_LINGER2));
	t_set(fd, SOL_TCP, TCP_LINGER2, 5);
	EXPECT_EQ(5, t_get(fd, SOL_TCP, TCP_LINGER2));
	t_set(fd, SOL_TCP, TCP_LINGER2, 1000);
	EXPECT_EQ(120, t_get(fd, SOL_TCP, TCP_LINGER2));
	t_set(fd, SOL_TCP, TCP_LINGER2, -5);
	EXPECT_EQ(-1, t_get(fd, SOL_TCP, TCP_LINGER2));
	t_set(fd, SOL_TCP, TCP_LINGER2, 0);
	EXPECT_EQ(60, t_get(fd, SOL_TCP, TCP_LINGER2));
}

TEST_F(naru, reuseaddr)
{
	int a = t_socket(variant, 0), b = t_socket(variant, 0), c = t_socket(variant, 0);

	t_set(a, SOL_SOCKET, SO_REUSEADDR, 1);
	t_set(b, SOL_SOCKET, SO_REUSEADDR, 1);
	t_bind(variant, a, 0);
	EXPECT_EQ(0, t_try_bind(variant, b, t_lo(variant), t_port(a)));
	EXPECT_EQ(EADDRINUSE, t_try_bind(variant, c, t_lo(variant), t_port(a)));
	EXPECT_EQ(0, listen(a, 1));
	EXPECT_EQ(-1, listen(b, 1));
	EXPECT_EQ(EADDRINUSE, errno);
	t_set(c, SOL_SOCKET, SO_REUSEADDR, 1);
	EXPECT_EQ(EADDRINUSE, t_try_bind(variant, c, t_lo(variant), t_port(a)));
}

/* A server that closed first leaves TIME-WAIT: its port is free to those who set SO_REUSEADDR */
TEST_F(naru, reuseaddr_time_wait)
{
	int lfd = t_listen(variant), port = t_port(lfd), sv[2], again;

	t_pair_on(variant, lfd, sv);
	close(sv[1]);
	t_expect_eof(sv[0]);
	close(sv[0]);
	close(lfd);
	again = t_socket(variant, 0);
	EXPECT_EQ(EADDRINUSE, t_try_bind(variant, again, t_lo(variant), port));
	t_set(again, SOL_SOCKET, SO_REUSEADDR, 1);
	EXPECT_EQ(0, t_try_bind(variant, again, t_lo(variant), port));
	EXPECT_EQ(0, listen(again, 5));
	t_pair_on(variant, again, sv);
}

/* A connection that was accepted does not stop a new listener that sets SO_REUSEADDR as the old did */
TEST_F(naru, reuseaddr_established)
{
	int lfd = t_listen(variant), port = t_port(lfd), sv[2], again[2];

	t_pair_on(variant, lfd, sv);
	close(lfd);
	lfd = t_listen_on(variant, port, 5);
	t_pair_on(variant, lfd, again);
	t_send_all(sv[0], 0, 100);
	t_recv_all(sv[1], 0, 100);
}

/* Different addresses do not conflict */
TEST_F(naru, same_port_other_address)
{
	bool v4 = variant->family == AF_INET;
	int a, b;

	t_enter_netns();
	if (!v4)
		t_sh("ip addr add fd09::2/128 dev lo nodad");
	a = t_socket(variant, 0);
	b = t_socket(variant, 0);
	t_bind(variant, a, 0);
	EXPECT_EQ(0, t_try_bind(variant, b, v4 ? "127.0.0.2" : "fd09::2", t_port(a)));
	EXPECT_EQ(0, listen(a, 1));
	EXPECT_EQ(0, listen(b, 1));
}

/* A listener of a group; the first has port 0. None of its calls blocks. */
static int group_listener(t_kind *v, int port, int backlog)
{
	int fd = t_socket(v, 0);

	t_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	t_bind(v, fd, port);
	if (listen(fd, backlog))
		t_die("listen");
	t_nonblock(fd, true);
	return fd;
}

/* How many of @clients connections each of @n listeners gets; a listener may be closed (-1) */
static void share(t_kind *v, const int *l, int n, int clients, int *got)
{
	struct pollfd p[8];
	int c[64];

	memset(got, 0, n * sizeof(*got));
	for (int i = 0; i < n; i++)
		p[i] = (struct pollfd){ l[i], POLLIN };
	for (int i = 0; i < clients; i++) {
		c[i] = t_socket(v, 0);
		t_connect(v, c[i], t_port(l[0]));
	}
	for (int left = clients, fd; left;) {
		if (poll(p, n, T_WAIT_MS) < 1)
			t_die("%d connections wait for accept()", left);
		for (int i = 0; i < n; i++) {
			while ((fd = accept(l[i], NULL, NULL)) >= 0) {
				close(fd);
				got[i]++;
				left--;
			}
		}
	}
	for (int i = 0; i < clients; i++)
		close(c[i]);
}

TEST_F(naru, reuseport)
{
	int l[2], fd = t_socket(variant, 0), got[2];

	for (int i = 0; i < 2; i++)
		l[i] = group_listener(variant, i ? t_port(l[0]) : 0, 40);
	EXPECT_EQ(EADDRINUSE, t_try_bind(variant, fd, t_lo(variant), t_port(l[0])));
	share(variant, l, 2, 40, got);
	EXPECT_GT(got[0], 0);		/* once in 2^39 by chance */
	EXPECT_GT(got[1], 0);
}

/* A classic program that chooses listener @index of a group, whatever comes */
static int choose(int fd, int index)
{
	struct sock_filter ret = BPF_STMT(BPF_RET | BPF_K, index);
	struct sock_fprog prog = { .len = 1, .filter = &ret };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog, sizeof(prog)) ?
	       errno : 0;
}

/* socket(7): a program chooses among the listeners of a group */
TEST_F(naru, reuseport_program)
{
	int l[3], got[3];

	l[0] = t_socket(variant, 0);
	EXPECT_EQ(EINVAL, choose(l[0], 0));	/* it is in no group */
	for (int i = 0; i < 3; i++)
		l[i] = group_listener(variant, i ? t_port(l[0]) : 0, 40);
	EXPECT_EQ(0, choose(l[2], 1));
	share(variant, l, 3, 20, got);
	EXPECT_EQ(20, got[1]);
	EXPECT_EQ(0, choose(l[1], 2));
	share(variant, l, 3, 20, got);
	EXPECT_EQ(20, got[2]);
	EXPECT_EQ(0, choose(l[0], 3));		/* there is none: as without a program */
	share(variant, l, 3, 20, got);
	EXPECT_LT(got[0], 20);
	close(l[1]);
	l[1] = -1;
	EXPECT_EQ(0, choose(l[0], 1));		/* the last has taken its place */
	share(variant, l, 3, 20, got);
	EXPECT_EQ(20, got[2]);
	t_set(l[0], SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0);
	EXPECT_EQ(ENOENT, set_errno(l[0], SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0));
}

/* A program that was attached before bind() */
TEST_F(naru, reuseport_program_first)
{
	int fd = t_socket(variant, 0), l[2], got[2];

	t_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	EXPECT_EQ(0, choose(fd, 1));
	t_bind(variant, fd, 0);
	ASSERT_EQ(0, listen(fd, 20));
	t_nonblock(fd, true);
	l[0] = fd;
	l[1] = group_listener(variant, t_port(fd), 40);
	share(variant, l, 2, 20, got);
	EXPECT_EQ(20, got[1]);
}

/* ip(7), ipv6(7) */
TEST_F(naru, ip_options)
{
	bool v4 = variant->family == AF_INET;
	int level = v4 ? SOL_IP : SOL_IPV6, tos = v4 ? IP_TOS : IPV6_TCLASS;
	int ttl = v4 ? IP_TTL : IPV6_UNICAST_HOPS, fd = t_socket(variant, 0);

	EXPECT_EQ(0, t_get(fd, level, tos));
	t_set(fd, level, tos, 0x28);
	EXPECT_EQ(0x28, t_get(fd, level, tos));
	t_set(fd, level, tos, 0x8b);
	EXPECT_EQ(0x88, t_get(fd, level, tos));	/* the ECN field is not a program's */
	EXPECT_EQ(64, t_get(fd, level, ttl));
	t_set(fd, level, ttl, 7);
	EXPECT_EQ(7, t_get(fd, level, ttl));
	EXPECT_EQ(EINVAL, set_errno(fd, level, ttl, 256));
}

TEST_F(naru, bind_to_device)
{
	int fd = t_socket(variant, 0), lfd = t_listen(variant);

	EXPECT_EQ(-1, setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "no0", 4));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(0, setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
	EXPECT_EQ(0, t_try_connect(variant, fd, t_lo(variant), t_port(lfd)));
}

TEST_F(naru, unknown)
{
	socklen_t len = sizeof(int);
	int fd = t_socket(variant, 0), val = 0;

	EXPECT_EQ(ENOPROTOOPT, set_errno(fd, SOL_TCP, 9999, 1));
	EXPECT_EQ(-1, getsockopt(fd, SOL_TCP, 9999, &val, &len));
	EXPECT_EQ(ENOPROTOOPT, errno);
	EXPECT_EQ(ENOPROTOOPT, set_errno(fd, SOL_SOCKET, 9999, 1));
	EXPECT_EQ(ENOPROTOOPT, set_errno(fd, 9999, 1, 1));
}

TEST_F(naru, bad_lengths)
{
	unsigned char val[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	int fd = t_socket(variant, 0);
	socklen_t len = 1;

	EXPECT_EQ(-1, setsockopt(fd, SOL_TCP, TCP_NODELAY, val, 3));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, setsockopt(fd, SOL_TCP, TCP_NODELAY, (void *)1, 4));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, getsockopt(fd, SOL_TCP, TCP_NODELAY, val, &len));
	EXPECT_EQ(1, len);
	EXPECT_EQ(0, val[0]);
	EXPECT_EQ(0xff, val[1]);
	len = -1;
	EXPECT_EQ(-1, getsockopt(fd, SOL_TCP, TCP_NODELAY, val, &len));
	EXPECT_EQ(EINVAL, errno);
	len = 8;
	EXPECT_EQ(0, getsockopt(fd, SOL_TCP, TCP_NODELAY, val, &len));
	EXPECT_EQ(4, len);
}

TEST_F(naru, info)
{
	struct tcp_info info;
	socklen_t len = 10;
	unsigned char part[16];
	int sv[2];

	t_pair(variant, sv);
	t_send_all(sv[0], 0, 30000);
	t_recv_all(sv[1], 0, 30000);
	T_UNTIL(!t_info(sv[0]).tcpi_unacked);
	info = t_info(sv[0]);
	EXPECT_EQ(TCP_ESTABLISHED, info.tcpi_state);
	EXPECT_EQ(TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE, info.tcpi_options & 7);
	EXPECT_GT(info.tcpi_snd_mss, 500);
	EXPECT_LE(info.tcpi_snd_mss, 65535);
	EXPECT_GT(info.tcpi_rtt, 0);
	EXPECT_LT(info.tcpi_rtt, 60000000);
	EXPECT_GE(info.tcpi_rto, 190000);
	EXPECT_GE(info.tcpi_snd_cwnd, 2);
	EXPECT_GE(info.tcpi_bytes_acked, 30000);
	EXPECT_LE(info.tcpi_bytes_acked, 30001);		/* the SYN may count */
	EXPECT_EQ(30000, t_info(sv[1]).tcpi_bytes_received);
	EXPECT_GT(info.tcpi_segs_out, 1);
	EXPECT_GT(info.tcpi_data_segs_out, 0);
	EXPECT_EQ(30000, info.tcpi_bytes_sent - info.tcpi_bytes_retrans);
	EXPECT_EQ(0, getsockopt(sv[0], SOL_TCP, TCP_INFO, part, &len));
	EXPECT_EQ(10, len);
	EXPECT_EQ(0, memcmp(part, &info, 1));
}

/* What is sent again is told of, and apart from what is new */
TEST_F(naru, info_retransmissions)
{
	struct tcp_info info;
	int sv[2];

	t_pair(variant, sv);
	t_cut(true);
	t_send_all(sv[0], 0, 1000);
	T_UNTIL(t_info(sv[0]).tcpi_total_retrans >= 1);
	t_cut(false);
	t_recv_all(sv[1], 0, 1000);
	T_UNTIL(!t_info(sv[0]).tcpi_unacked);
	info = t_info(sv[0]);
	EXPECT_GE(info.tcpi_bytes_retrans, 1000);
	EXPECT_EQ(1000, info.tcpi_bytes_sent - info.tcpi_bytes_retrans);
	EXPECT_EQ(1000, t_info(sv[1]).tcpi_bytes_received);
}

TEST_HARNESS_MAIN
