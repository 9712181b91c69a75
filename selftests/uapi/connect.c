// SPDX-License-Identifier: GPL-2.0
/* socket, bind, listen, accept, connect: what succeeds, what fails and how */
#include "naru_test.h"

TEST_F(naru, socket_types)
{
	int family = t_is_naru(variant) ? AF_NARU : variant->family;
	int fd;

	EXPECT_EQ(-1, socket(family, SOCK_SEQPACKET, 0));
	EXPECT_EQ(ESOCKTNOSUPPORT, errno);
	EXPECT_EQ(-1, socket(family, SOCK_STREAM, IPPROTO_UDP));
	EXPECT_EQ(EPROTONOSUPPORT, errno);
	EXPECT_EQ(-1, socket(family, SOCK_STREAM, 252));
	EXPECT_EQ(EPROTONOSUPPORT, errno);
	EXPECT_EQ(-1, socket(family, SOCK_STREAM, -1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, socket(family, SOCK_STREAM, 300));
	EXPECT_EQ(EINVAL, errno);
	fd = t_socket(variant, 0);
	EXPECT_EQ(SOCK_STREAM, t_get(fd, SOL_SOCKET, SO_TYPE));
	EXPECT_EQ(variant->family, t_get(fd, SOL_SOCKET, SO_DOMAIN));
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ACCEPTCONN));
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ERROR));
}

TEST_F(naru, socket_flags)
{
	int plain = t_socket(variant, 0), flags = t_socket(variant, SOCK_NONBLOCK | SOCK_CLOEXEC);

	EXPECT_EQ(0, fcntl(plain, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(0, fcntl(plain, F_GETFD) & FD_CLOEXEC);
	EXPECT_NE(0, fcntl(flags, F_GETFL) & O_NONBLOCK);
	EXPECT_NE(0, fcntl(flags, F_GETFD) & FD_CLOEXEC);
}

static void expect_same(struct __test_metadata *_metadata, int a, int b)
{
	struct sockaddr_storage local = {}, remote = {};
	socklen_t local_len = sizeof(local), remote_len = sizeof(remote);

	ASSERT_EQ(0, getsockname(a, (struct sockaddr *)&local, &local_len));
	ASSERT_EQ(0, getpeername(b, (struct sockaddr *)&remote, &remote_len));
	EXPECT_EQ(local_len, remote_len);
	EXPECT_EQ(0, memcmp(&local, &remote, local_len));
}

TEST_F(naru, connect_accept)
{
	struct sockaddr_storage peer = {}, name = {};
	socklen_t len = sizeof(peer), name_len = sizeof(name);
	int lfd = t_listen(variant), cfd = t_socket(variant, 0), afd;

	EXPECT_EQ(1, t_get(lfd, SOL_SOCKET, SO_ACCEPTCONN));
	t_connect(variant, cfd, t_port(lfd));
	afd = accept(lfd, (struct sockaddr *)&peer, &len);
	ASSERT_GE(afd, 0);
	EXPECT_EQ(t_addrlen(variant), len);
	ASSERT_EQ(0, getsockname(cfd, (struct sockaddr *)&name, &name_len));
	EXPECT_EQ(0, memcmp(&peer, &name, len));
	expect_same(_metadata, cfd, afd);
	expect_same(_metadata, afd, cfd);
	EXPECT_EQ(variant->family, name.ss_family);
	EXPECT_EQ(TCP_ESTABLISHED, t_info(cfd).tcpi_state);
	EXPECT_EQ(TCP_ESTABLISHED, t_info(afd).tcpi_state);
	EXPECT_EQ(TCP_LISTEN, t_info(lfd).tcpi_state);
}

TEST_F(naru, accept4_flags)
{
	int lfd = t_listen(variant), cfd[3], afd;

	t_nonblock(lfd, true);
	EXPECT_EQ(-1, accept(lfd, NULL, NULL));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, accept4(lfd, NULL, NULL, 1));
	EXPECT_EQ(EINVAL, errno);
	for (int i = 0; i < 3; i++) {
		cfd[i] = t_socket(variant, 0);
		t_connect(variant, cfd[i], t_port(lfd));
	}
	t_wait(lfd, POLLIN);
	afd = accept(lfd, NULL, NULL);
	ASSERT_GE(afd, 0);
	EXPECT_EQ(0, fcntl(afd, F_GETFL) & O_NONBLOCK);	/* not inherited */
	t_wait(lfd, POLLIN);
	afd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK);
	ASSERT_GE(afd, 0);
	EXPECT_NE(0, fcntl(afd, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(0, fcntl(afd, F_GETFD) & FD_CLOEXEC);
	t_wait(lfd, POLLIN);
	afd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);
	ASSERT_GE(afd, 0);
	EXPECT_NE(0, fcntl(afd, F_GETFD) & FD_CLOEXEC);
}

TEST_F(naru, accept_wrong)
{
	int sv[2], fd = t_socket(variant, 0);

	EXPECT_EQ(-1, accept(fd, NULL, NULL));
	EXPECT_EQ(EINVAL, errno);
	t_bind(variant, fd, 0);
	EXPECT_EQ(-1, accept(fd, NULL, NULL));
	EXPECT_EQ(EINVAL, errno);
	t_pair(variant, sv);
	EXPECT_EQ(-1, accept(sv[0], NULL, NULL));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(naru, bind_listen_wrong)
{
	int sv[2], fd = t_socket(variant, 0), again = t_socket(variant, 0);

	t_bind(variant, fd, 0);
	EXPECT_EQ(EINVAL, t_try_bind(variant, fd, t_lo(variant), 0));
	EXPECT_EQ(EADDRINUSE, t_try_bind(variant, again, t_lo(variant), t_port(fd)));
	EXPECT_EQ(EADDRINUSE, t_try_bind(variant, again, t_any(variant), t_port(fd)));
	EXPECT_EQ(0, listen(fd, 5));
	EXPECT_EQ(0, listen(fd, 10));	/* changes the backlog */
	EXPECT_EQ(EISCONN, t_try_connect(variant, fd, t_lo(variant), t_port(fd)));
	t_pair(variant, sv);
	EXPECT_EQ(-1, listen(sv[0], 5));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(EINVAL, t_try_bind(variant, sv[0], t_lo(variant), 0));
}

TEST_F(naru, listen_unbound)
{
	int fd = t_socket(variant, 0), cfd = t_socket(variant, 0);

	ASSERT_EQ(0, listen(fd, 5));
	ASSERT_NE(0, t_port(fd));
	t_connect(variant, cfd, t_port(fd));
	close(t_accept(fd));
}

/* A port that is given up can be had again at once */
TEST_F(naru, bind_again)
{
	int fd = t_socket(variant, 0), port;

	t_bind(variant, fd, 0);
	port = t_port(fd);
	for (int i = 0; i < 20; i++) {
		close(fd);
		fd = t_socket(variant, 0);
		ASSERT_EQ(0, t_try_bind(variant, fd, i & 1 ? t_lo(variant) : t_any(variant), port));
		if (i & 2)
			ASSERT_EQ(0, listen(fd, 1));
	}
}

TEST_F(naru, connect_nonblocking)
{
	int lfd = t_listen(variant), fd = t_socket(variant, SOCK_NONBLOCK);

	EXPECT_EQ(EINPROGRESS, t_try_connect(variant, fd, t_lo(variant), t_port(lfd)));
	EXPECT_EQ(0, t_wait(fd, POLLOUT) & (POLLERR | POLLHUP));
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, t_try_connect(variant, fd, t_lo(variant), t_port(lfd)));
	EXPECT_EQ(EISCONN, t_try_connect(variant, fd, t_lo(variant), t_port(lfd)));
	close(t_accept(lfd));
}

TEST_F(naru, connect_already)
{
	int lfd = t_listen(variant), fd = t_socket(variant, SOCK_NONBLOCK);
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char c;

	t_cut(true);
	EXPECT_EQ(EINPROGRESS, t_try_connect(variant, fd, t_lo(variant), t_port(lfd)));
	EXPECT_EQ(EALREADY, t_try_connect(variant, fd, t_lo(variant), t_port(lfd)));
	EXPECT_EQ(TCP_SYN_SENT, t_info(fd).tcpi_state);
	EXPECT_EQ(0, t_events(fd));
	EXPECT_EQ(-1, recv(fd, &c, 1, 0));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, send(fd, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, getpeername(fd, (struct sockaddr *)&ss, &len));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_NE(0, t_port(fd));
	t_cut(false);
	t_wait(fd, POLLOUT);		/* the SYN is sent again */
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(TCP_ESTABLISHED, t_info(fd).tcpi_state);
}

TEST_F(naru, connect_refused)
{
	int lfd = t_listen(variant), port = t_port(lfd), fd = t_socket(variant, 0);

	close(lfd);
	EXPECT_EQ(ECONNREFUSED, t_try_connect(variant, fd, t_lo(variant), port));
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ERROR));
	lfd = t_listen_on(variant, port, 5);
	EXPECT_EQ(0, t_try_connect(variant, fd, t_lo(variant), port));	/* the same socket */
	close(t_accept(lfd));
}

TEST_F(naru, connect_refused_nonblocking)
{
	int lfd = t_listen(variant), port = t_port(lfd), fd = t_socket(variant, SOCK_NONBLOCK);

	close(lfd);
	EXPECT_EQ(EINPROGRESS, t_try_connect(variant, fd, t_lo(variant), port));
	EXPECT_EQ(POLLERR | POLLHUP | POLLIN, t_wait(fd, POLLIN) & (POLLERR | POLLHUP | POLLIN));
	EXPECT_EQ(ECONNREFUSED, t_get(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(TCP_CLOSE, t_info(fd).tcpi_state);
}

/* The error is told once: by connect(2) if nobody asked SO_ERROR */
TEST_F(naru, connect_refused_told_by_connect)
{
	int lfd = t_listen(variant), port = t_port(lfd), fd = t_socket(variant, SOCK_NONBLOCK);

	close(lfd);
	EXPECT_EQ(EINPROGRESS, t_try_connect(variant, fd, t_lo(variant), port));
	t_wait(fd, POLLIN);
	EXPECT_EQ(ECONNREFUSED, t_try_connect(variant, fd, t_lo(variant), port));
	EXPECT_EQ(EINPROGRESS, t_try_connect(variant, fd, t_lo(variant), port));
}

TEST_F(naru, connect_twice)
{
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(EISCONN, t_try_connect(variant, sv[0], t_lo(variant), 9));
	EXPECT_EQ(EISCONN, t_try_connect(variant, sv[1], t_lo(variant), 9));
}

/* AF_UNSPEC takes a connection back; the socket can be used anew */
TEST_F(naru, connect_unspec)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(ss);
	int sv[2], lfd = t_listen(variant);
	char c;

	t_pair(variant, sv);
	ASSERT_EQ(0, connect(sv[0], (struct sockaddr *)&ss, t_addrlen(variant)));
	EXPECT_EQ(-1, getpeername(sv[0], (struct sockaddr *)&ss, &len));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(-1, recv(sv[1], &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(0, t_try_connect(variant, sv[0], t_lo(variant), t_port(lfd)));
	close(sv[1]);
	sv[1] = t_accept(lfd);
	t_send_all(sv[0], 0, 1000);
	t_recv_all(sv[1], 0, 1000);
}

TEST_F(naru, unconnected)
{
	int fd = t_socket(variant, 0);
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char c;

	EXPECT_EQ(-1, recv(fd, &c, 1, 0));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(-1, send(fd, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(-1, shutdown(fd, SHUT_WR));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(-1, getpeername(fd, (struct sockaddr *)&ss, &len));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(POLLOUT | POLLHUP, t_events(fd));
}

static int count_connected(int *fd, int n)
{
	int connected = 0;

	for (int i = 0; i < n; i++)
		connected += t_info(fd[i]).tcpi_state == TCP_ESTABLISHED;
	return connected;
}

/* Each client that is connected sends one byte, once. Waits for more to do, or for the listener. */
static void clients_send(int lfd, int *fd, bool *sent, int n)
{
	struct pollfd p[16] = { { .fd = lfd, .events = POLLIN } };

	for (int i = 0; i < n; i++) {
		if (!sent[i])
			sent[i] = send(fd[i], "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
		p[i + 1].fd = sent[i] ? -1 : fd[i];
		p[i + 1].events = POLLOUT;
	}
	if (poll(p, n + 1, T_WAIT_MS) <= 0)
		t_die("poll");
}

/* No more than backlog + 1 wait to be accepted; the others get in when there is room */
TEST_F(naru, backlog)
{
	enum { CLIENTS = 8, BACKLOG = 2 };
	int lfd = t_listen_on(variant, 0, BACKLOG), fd[CLIENTS], accepted = 0;
	bool sent[CLIENTS] = {};

	t_nonblock(lfd, true);
	for (int i = 0; i < CLIENTS; i++) {
		fd[i] = t_socket(variant, SOCK_NONBLOCK);
		ASSERT_EQ(EINPROGRESS, t_try_connect(variant, fd[i], t_lo(variant), t_port(lfd)));
	}
	T_UNTIL(count_connected(fd, CLIENTS) > BACKLOG);
	EXPECT_EQ(BACKLOG, t_info(lfd).tcpi_sacked);
	while (accepted < CLIENTS) {
		EXPECT_LE(t_info(lfd).tcpi_unacked, BACKLOG + 1);
		clients_send(lfd, fd, sent, CLIENTS);
		if (t_events(lfd) & POLLIN) {
			close(t_accept(lfd));
			accepted++;
		}
	}
	for (int i = 0; i < CLIENTS; i++)
		t_wait(fd[i], POLLRDHUP);
}

TEST_F(naru, accept_after_reset)
{
	int lfd = t_listen(variant), cfd = t_socket(variant, 0), afd;
	char c;

	t_connect(variant, cfd, t_port(lfd));
	t_wait(lfd, POLLIN);
	t_reset(cfd);
	afd = t_accept(lfd);
	t_wait(afd, POLLIN);
	EXPECT_EQ(-1, recv(afd, &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
}

/* What was sent before the FIN is there, also when both came before accept */
TEST_F(naru, accept_after_close)
{
	int lfd = t_listen(variant), cfd = t_socket(variant, 0), afd;

	t_connect(variant, cfd, t_port(lfd));
	t_send_all(cfd, 0, 5000);
	close(cfd);
	afd = t_accept(lfd);
	t_recv_all(afd, 0, 5000);
	t_expect_eof(afd);
}

TEST_F(naru, close_listener_resets_unaccepted)
{
	int lfd = t_listen(variant), cfd = t_socket(variant, 0);
	char c;

	t_connect(variant, cfd, t_port(lfd));
	t_wait(lfd, POLLIN);
	close(lfd);
	EXPECT_EQ(-1, recv(cfd, &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
}

/* Two sockets connect to each other: their first SYNs are lost, the second ones cross a SYN-SENT */
TEST_F(naru, simultaneous_open)
{
	int fd[2], port[2];

	for (int i = 0; i < 2; i++) {
		fd[i] = t_socket(variant, SOCK_NONBLOCK);
		t_bind(variant, fd[i], 0);
		port[i] = t_port(fd[i]);
	}
	t_cut(true);
	ASSERT_EQ(EINPROGRESS, t_try_connect(variant, fd[0], t_lo(variant), port[1]));
	ASSERT_EQ(EINPROGRESS, t_try_connect(variant, fd[1], t_lo(variant), port[0]));
	t_cut(false);
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(0, t_wait(fd[i], POLLOUT) & (POLLERR | POLLHUP));
		EXPECT_EQ(0, t_get(fd[i], SOL_SOCKET, SO_ERROR));
		t_nonblock(fd[i], false);
	}
	t_send_all(fd[0], 0, 3000);
	t_send_all(fd[1], 7, 3000);
	t_recv_all(fd[1], 0, 3000);
	t_recv_all(fd[0], 7, 3000);
	shutdown(fd[0], SHUT_WR);
	t_expect_eof(fd[1]);
}

/* RFC 9293 allows it: a socket that connects to itself opens simultaneously with itself */
TEST_F(naru, connect_self)
{
	int fd = t_socket(variant, 0);

	t_bind(variant, fd, 0);
	t_connect(variant, fd, t_port(fd));
	t_send_all(fd, 0, 2000);
	t_recv_all(fd, 0, 2000);
	shutdown(fd, SHUT_WR);
	t_expect_eof(fd);
}

/* The four-tuple decides: one local port serves many connections */
TEST_F(naru, many_to_one)
{
	enum { N = 50 };
	int lfd = t_listen(variant), cfd[N], afd[N];

	for (int i = 0; i < N; i++) {
		cfd[i] = t_socket(variant, 0);
		t_connect(variant, cfd[i], t_port(lfd));
		t_send_all(cfd[i], i, 100);
	}
	for (int i = 0; i < N; i++) {
		struct sockaddr_storage ss;
		socklen_t len = sizeof(ss);
		int who = -1;

		afd[i] = accept(lfd, (struct sockaddr *)&ss, &len);
		ASSERT_GE(afd[i], 0);
		for (int j = 0; j < N; j++)
			who = t_port(cfd[j]) == t_port_of(&ss) ? j : who;
		ASSERT_NE(-1, who);
		t_recv_all(afd[i], who, 100);
		EXPECT_EQ(t_port(lfd), t_port(afd[i]));
	}
}

/* A source that the client chose itself */
TEST_F(naru, bind_connect)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0), again = t_socket(variant, 0);

	t_bind(variant, fd, 0);
	t_connect(variant, fd, t_port(lfd));
	close(t_accept(lfd));
	EXPECT_EQ(EADDRINUSE, t_try_bind(variant, again, t_lo(variant), t_port(fd)));
}

TEST_HARNESS_MAIN
