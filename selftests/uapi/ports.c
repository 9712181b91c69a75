// SPDX-License-Identifier: GPL-2.0
/*
 * Ports: in inet mode naru and the kernel's TCP share one port space, both ways; native ports are
 * naru's alone.
 */
#include "naru_test.h"

static t_kind *kernel(t_kind *v)
{
	return v->family == AF_INET ? &t_kernel_v4 : &t_kernel_v6;
}

/* What a bind to a port that the other side has gives */
static int taken(t_kind *v)
{
	return t_is_inet(v) ? EADDRINUSE : 0;
}

static int bound(t_kind *v, const char *text, int port, int option)
{
	int fd = t_socket(v, 0);

	if (option)
		t_set(fd, SOL_SOCKET, option, 1);
	errno = t_try_bind(v, fd, text, port);
	if (errno)
		t_die("bind to %s port %d", text, port);
	return fd;
}

/* Closes as the second of two, and waits until the other end, which is in TIME-WAIT then, has acknowledged it */
static void close_last(int fd)
{
	t_linger(fd, 1, 60);
	close(fd);
}

/* As bound() with SO_REUSEADDR, once naru lets go of a port on which it has a TIME-WAIT alone: from a work item, and
 * nothing but a bind shows it
 */
static int bound_after(t_kind *v, int port)
{
	int fd = t_socket(v, 0);

	t_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	T_UNTIL((errno = t_try_bind(v, fd, t_lo(v), port)) != EADDRINUSE);
	if (errno)
		t_die("bind to port %d", port);
	return fd;
}

/* Whether the kernel's TCP has a connection of that local port in TIME-WAIT */
static bool kernel_rests(t_kind *v, int port)
{
	FILE *f = fopen(v->family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcp6", "r");
	unsigned int lport, state;
	bool found = false;
	char line[300];

	if (!f)
		t_die("/proc/net/tcp");
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &lport, &state) == 2 &&
			lport == port && state == TCP_TIME_WAIT;
	fclose(f);
	return found;
}

/* All ways in which @second may ask for a port that @first has */
static void expect_taken(struct __test_metadata *_metadata, t_kind *first, t_kind *second,
			 const char *text, bool listens, int want)
{
	static const int options[] = { 0, SO_REUSEADDR, SO_REUSEPORT };
	int fd = bound(first, text, 0, 0);

	if (listens)
		ASSERT_EQ(0, listen(fd, 5));
	for (int i = 0; i < 3; i++) {
		for (int any = 0; any < 2; any++) {
			const char *where = any ? t_any(second) : t_lo(second);
			int again = t_socket(second, 0);

			if (options[i])
				t_set(again, SOL_SOCKET, options[i], 1);
			EXPECT_EQ(want, t_try_bind(second, again, where, t_port(fd))) {
				TH_LOG("%s, option %d, listening %d", where, options[i], listens);
			}
			close(again);
		}
	}
	close(fd);
}

TEST_F(naru, kernel_has_it)
{
	t_enter_netns();	/* no port rests in TIME-WAIT */
	for (int listens = 0; listens < 2; listens++) {
		expect_taken(_metadata, kernel(variant), variant, t_lo(variant), listens,
			     taken(variant));
		expect_taken(_metadata, kernel(variant), variant, t_any(variant), listens,
			     taken(variant));
	}
}

TEST_F(naru, naru_has_it)
{
	t_enter_netns();
	for (int listens = 0; listens < 2; listens++) {
		expect_taken(_metadata, variant, kernel(variant), t_lo(variant), listens,
			     taken(variant));
		expect_taken(_metadata, variant, kernel(variant), t_any(variant), listens,
			     taken(variant));
	}
}

/*
 * A server of the kernel's is restarted on naru while a connection of the old one lives: that stays the
 * kernel's
 */
TEST_F(naru, kernel_connection_lives_on)
{
	t_kind *k = kernel(variant);
	int lfd, port, fd, server, again;
	char c;

	t_enter_netns();
	lfd = bound(k, t_lo(k), 0, SO_REUSEADDR);
	port = t_port(lfd);
	fd = t_socket(k, 0);
	ASSERT_EQ(0, listen(lfd, 5));
	t_connect(k, fd, port);
	server = accept(lfd, NULL, NULL);
	ASSERT_LE(0, server);
	close(lfd);
	again = bound(variant, t_lo(variant), port, SO_REUSEADDR);
	ASSERT_EQ(0, listen(again, 5));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(1, send(fd, "x", 1, MSG_NOSIGNAL));
		ASSERT_EQ(1, recv(server, &c, 1, 0));
		ASSERT_EQ(1, send(server, "y", 1, MSG_NOSIGNAL));
		ASSERT_EQ(1, recv(fd, &c, 1, 0));
	}
	/* and its TIME-WAIT */
	close(server);
	ASSERT_EQ(0, recv(fd, &c, 1, 0));
	close(fd);
}

/*
 * A server of the kernel's closed first and was restarted on naru: a client that comes from the same port
 * again is naru's, and its first SYN opens the connection
 */
TEST_F(naru, kernel_time_wait_yields)
{
	t_kind *k = kernel(variant), *client = t_is_inet(variant) ? k : variant;
	int lfd, port, fd, server, from;
	struct tcp_info info;
	socklen_t len = sizeof(info);
	char c;

	t_enter_netns();
	lfd = bound(k, t_lo(k), 0, SO_REUSEADDR);
	port = t_port(lfd);
	fd = t_socket(k, 0);
	ASSERT_EQ(0, listen(lfd, 5));
	t_connect(k, fd, port);
	from = t_port(fd);
	server = accept(lfd, NULL, NULL);
	close(lfd);
	close(server);
	ASSERT_EQ(0, recv(fd, &c, 1, 0));
	close_last(fd);
	ASSERT_TRUE(kernel_rests(k, port));
	lfd = bound(variant, t_lo(variant), port, SO_REUSEADDR);
	ASSERT_EQ(0, listen(lfd, 5));
	fd = bound(client, t_lo(client), from, SO_REUSEADDR);
	t_connect(client, fd, port);
	ASSERT_EQ(0, getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	EXPECT_EQ(0, info.tcpi_total_retrans);
	server = accept(lfd, NULL, NULL);
	ASSERT_EQ(1, send(fd, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(1, recv(server, &c, 1, 0));
}

/* A client of naru's rests in TIME-WAIT: the kernel's that comes from the same port to the same server is not disturbed */
TEST_F(naru, kernel_client_after_naru)
{
	t_kind *k = kernel(variant), *server_kind = t_is_inet(variant) ? k : variant;
	int fd, from, lfd, server;
	struct tcp_info info;
	socklen_t len = sizeof(info);
	char c;

	t_enter_netns();
	fd = bound(variant, t_lo(variant), 0, SO_REUSEADDR);
	from = t_port(fd);
	lfd = t_listen(server_kind);
	t_connect(variant, fd, t_port(lfd));
	server = accept(lfd, NULL, NULL);
	close(fd);
	ASSERT_EQ(0, recv(server, &c, 1, 0));
	close_last(server);
	if (!t_is_inet(variant))
		lfd = t_listen(k);
	fd = bound_after(k, from);
	t_connect(k, fd, t_port(lfd));
	ASSERT_EQ(0, getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	EXPECT_EQ(0, info.tcpi_total_retrans);
	server = accept(lfd, NULL, NULL);
	ASSERT_EQ(1, send(fd, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(1, recv(server, &c, 1, 0));
	ASSERT_EQ(1, send(server, "y", 1, MSG_NOSIGNAL));
	EXPECT_EQ(1, recv(fd, &c, 1, 0));
}

/* naru's socket set SO_REUSEADDR, as most servers do: that does not let the kernel's in while it listens */
TEST_F(naru, naru_has_it_with_reuseaddr)
{
	int fd;

	t_enter_netns();
	fd = bound(variant, t_any(variant), 0, SO_REUSEADDR);
	ASSERT_EQ(0, listen(fd, 5));
	for (int reuse = 0; reuse < 2; reuse++) {
		int again = t_socket(kernel(variant), 0);

		t_set(again, SOL_SOCKET, SO_REUSEADDR, reuse);
		EXPECT_EQ(taken(variant),
			  t_try_bind(kernel(variant), again, t_any(variant), t_port(fd)));
		close(again);
	}
}

/* The wildcard of the other family overlaps */
TEST_F(naru, other_family_has_it)
{
	t_kind *other = variant->family == AF_INET ? &t_kernel_v6 : &t_kernel_v4;
	int fd, again;

	t_enter_netns();
	fd = bound(variant, t_any(variant), 0, 0);
	again = t_socket(other, 0);
	EXPECT_EQ(taken(variant), t_try_bind(other, again, t_any(other), t_port(fd)));
}

/* Given up, it is free at once */
TEST_F(naru, released_at_once)
{
	int fd, port;

	t_enter_netns();
	fd = bound(variant, t_any(variant), 0, 0);
	port = t_port(fd);
	for (int i = 0; i < 10; i++) {
		close(fd);
		fd = bound(i & 1 ? variant : kernel(variant), t_any(variant), port, 0);
		if (i & 2)
			ASSERT_EQ(0, listen(fd, 1));
	}
}

/* A client's port is held, too: while connected neither side can bind it */
TEST_F(naru, client_port_is_held)
{
	int lfd, fd, again;

	t_enter_netns();	/* no port rests in TIME-WAIT */
	lfd = t_listen(variant);
	fd = t_socket(variant, 0);
	again = t_socket(kernel(variant), 0);
	t_connect(variant, fd, t_port(lfd));
	EXPECT_EQ(taken(variant), t_try_bind(kernel(variant), again, t_lo(variant), t_port(fd)));
	close(again);
	again = t_socket(variant, 0);
	EXPECT_EQ(EADDRINUSE, t_try_bind(variant, again, t_lo(variant), t_port(fd)));
}

/* Autobind of either side steps over the other's ports */
TEST_F(naru, autobind_never_clashes)
{
	enum { N = 24 };
	t_kind *v;
	int fd[N], lfd;

	t_enter_netns();
	lfd = t_listen(kernel(variant));
	t_sh("echo '42000 42031' >/proc/sys/net/ipv4/ip_local_port_range");
	for (int i = 0; i < N; i++) {
		v = i & 1 ? kernel(variant) : variant;
		fd[i] = t_socket(v, 0);
		if (t_is_inet(variant) || i & 1)
			t_connect(v, fd[i], t_port(lfd));
		else
			t_bind(v, fd[i], 0);
	}
	for (int i = 0; i < N; i++) {
		for (int j = 0; j < i; j++) {
			if (t_is_inet(variant) || !((i ^ j) & 1))
				EXPECT_NE(t_port(fd[i]), t_port(fd[j]));
		}
	}
}

/* A server of naru's and its clients went: TIME-WAITs are left. The kernel's server gets the port at once. */
TEST_F(naru, kernel_server_after_naru)
{
	int lfd, port, sv[2];

	t_enter_netns();
	lfd = t_listen(variant);
	port = t_port(lfd);
	for (int i = 0; i < 4; i++) {
		t_pair_on(variant, lfd, sv);
		close(sv[i & 1]);
		t_expect_eof(sv[!(i & 1)]);
		close(sv[!(i & 1)]);
	}
	close(lfd);
	lfd = t_listen_on(kernel(variant), port, 5);
	t_pair_on(kernel(variant), lfd, sv);
	t_send_all(sv[0], 0, 100);
	t_recv_all(sv[1], 0, 100);
}

/* And back: naru's server over the TIME-WAITs of the kernel's */
TEST_F(naru, naru_server_after_kernel)
{
	int lfd, port, sv[2];

	t_enter_netns();
	lfd = t_listen(kernel(variant));
	port = t_port(lfd);
	for (int i = 0; i < 4; i++) {
		t_pair_on(kernel(variant), lfd, sv);
		close(sv[1]);
		t_expect_eof(sv[0]);
		close(sv[0]);
	}
	close(lfd);
	lfd = t_listen_on(variant, port, 5);
	t_pair_on(variant, lfd, sv);
	t_send_all(sv[0], 0, 100);
	t_recv_all(sv[1], 0, 100);
}

/* A connection that is alive keeps the port when its listener is gone */
TEST_F(naru, connection_keeps_port)
{
	int lfd, port, sv[2], again;

	t_enter_netns();
	lfd = t_listen(variant);
	port = t_port(lfd);
	again = t_socket(kernel(variant), 0);
	t_pair_on(variant, lfd, sv);
	close(lfd);
	EXPECT_EQ(taken(variant), t_try_bind(kernel(variant), again, t_lo(variant), port));
	t_send_all(sv[0], 0, 100);
	t_recv_all(sv[1], 0, 100);
}

FIXTURE(inet)
{
	int unused;
};

FIXTURE_VARIANT(inet)
{
	int family;
};

FIXTURE_VARIANT_ADD(inet, v4)
{
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(inet, v6)
{
	.family = AF_INET6,
};

FIXTURE_SETUP(inet)
{
}

FIXTURE_TEARDOWN(inet)
{
}

/* naru talks to the kernel's TCP, each as server: on the wire it is the same protocol */
TEST_F(inet, interoperates)
{
	t_kind ours = { variant->family, IPPROTO_TCP };
	t_kind *kind[2] = { &ours, kernel(&ours) };

	for (int i = 0; i < 2; i++) {
		int lfd = t_listen(kind[i]), c = t_socket(kind[!i], 0), a;

		t_connect(kind[!i], c, t_port(lfd));
		a = t_accept(lfd);
		t_send_all(c, 0, 10000);
		t_recv_all(a, 0, 10000);
		t_send_all(a, 7, 10000);
		t_recv_all(c, 7, 10000);
		shutdown(c, SHUT_WR);
		t_expect_eof(a);
		close(a);
		t_expect_eof(c);
		close(c);
		close(lfd);
	}
}

/* One native and one inet server on the same port: each gets its own clients */
TEST_F(naru, native_and_inet_apart)
{
	const struct _fixture_variant_naru native = { variant->family, 0 };
	const struct _fixture_variant_naru inet = { variant->family, IPPROTO_TCP };
	int l[2], c[2], a[2];

	if (t_on_kernel())
		return;
	t_enter_netns();
	l[0] = t_listen(&native);
	l[1] = t_listen_on(&inet, t_port(l[0]), 5);
	for (int i = 0; i < 2; i++) {
		c[i] = t_socket(i ? &inet : &native, 0);
		t_connect(&native, c[i], t_port(l[0]));
		a[i] = t_accept(l[i]);
		t_send_all(c[i], i, 100);
		t_recv_all(a[i], i, 100);
	}
}

static void set_range(int low, int high)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "w");

	if (!f || fprintf(f, "%d %d", low, high) < 0 || fclose(f))
		t_die("ip_local_port_range");
}

/* As many connections to a destination as there are ports, and as many to the next */
TEST_F(naru, range_is_used_up)
{
	enum { LOW = 40000, NUM = 100 };
	int fd, fds[2][NUM];
	bool seen[2][NUM] = {};

	t_enter_netns();
	set_range(LOW, LOW + NUM - 1);
	for (int d = 0; d < 2; d++) {
		t_listen_on(variant, 5000 + d, 2 * NUM);
		for (int i = 0; i < NUM; i++) {
			fds[d][i] = t_socket(variant, 0);
			t_connect(variant, fds[d][i], 5000 + d);
			ASSERT_LE(LOW, t_port(fds[d][i]));
			ASSERT_GT(LOW + NUM, t_port(fds[d][i]));
			EXPECT_FALSE(seen[d][t_port(fds[d][i]) - LOW]);
			seen[d][t_port(fds[d][i]) - LOW] = true;
		}
		fd = t_socket(variant, 0);
		EXPECT_EQ(EADDRNOTAVAIL, t_try_connect(variant, fd, t_lo(variant), 5000 + d));
		close(fd);
	}
	/* one goes, without TIME-WAIT, and one fits in */
	t_linger(fds[0][7], 1, 0);
	close(fds[0][7]);
	fd = t_socket(variant, 0);
	t_connect(variant, fd, 5000);
	EXPECT_TRUE(seen[0][t_port(fd) - LOW]);
}

TEST_HARNESS_MAIN
