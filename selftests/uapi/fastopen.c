// SPDX-License-Identifier: GPL-2.0
/*
 * Fast Open: TCP_FASTOPEN and its kin, MSG_FASTOPEN, and naru and the kernel's TCP as each other's peer. RFC 7413, tcp(7)
 */
#include "naru_test.h"
#include "genl_test.h"

#define BOTH	3	/* clients and listeners */

#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif

/* Of naru and of the kernel's TCP, in the namespace of the test */
static void allow(t_kind *v, int bits)
{
	struct g_client *c;
	struct nl_msg *msg;
	FILE *f = fopen("/proc/sys/net/ipv4/tcp_fastopen", "w");

	if (!f || fprintf(f, "%d\n", bits) < 0 || fclose(f))
		t_die("net.ipv4.tcp_fastopen");
	if (!t_is_naru(v))
		return;
	c = g_open();
	msg = g_new(c, NARU_CMD_SETTING_SET, 0);
	g_put(msg, G_ATTRS(G_NEST(NARU_CHANGE_SETTING, G_STR(NARU_SETTING_NAME, "fastopen"),
				  G_S32S(NARU_SETTING_VALUES, bits))));
	if (g_call(c, msg))
		t_die("the setting fastopen");
	g_close(c);
}

/* Nothing is remembered of any server */
static void begin(t_kind *v)
{
	t_enter_netns();
	allow(v, BOTH);
}

static int try_set(int fd, int name, int val)
{
	return setsockopt(fd, SOL_TCP, name, &val, sizeof(val)) ? -errno : 0;
}

static int listener(t_kind *v, int queue)
{
	int fd = t_listen(v);

	t_set(fd, SOL_TCP, TCP_FASTOPEN, queue);
	return fd;
}

/* Connects and sends, or -errno */
static ssize_t send_to(t_kind *v, int fd, int port, const void *data, size_t len)
{
	struct sockaddr_storage ss;
	socklen_t addrlen = t_addr(&ss, v->family, t_lo(v), port);
	ssize_t n = sendto(fd, data, len, MSG_FASTOPEN | MSG_NOSIGNAL, (void *)&ss, addrlen);

	return n < 0 ? -errno : n;
}

TEST_F(naru, options)
{
	int fd, sv[2];

	begin(variant);
	fd = t_socket(variant, 0);
	EXPECT_EQ(0, t_get(fd, SOL_TCP, TCP_FASTOPEN));
	EXPECT_EQ(-EINVAL, try_set(fd, TCP_FASTOPEN, -1));
	EXPECT_EQ(0, try_set(fd, TCP_FASTOPEN, 7));
	EXPECT_EQ(7, t_get(fd, SOL_TCP, TCP_FASTOPEN));
	EXPECT_EQ(0, try_set(fd, TCP_FASTOPEN, 1 << 30));
	EXPECT_GT(1 << 30, t_get(fd, SOL_TCP, TCP_FASTOPEN));
	EXPECT_EQ(0, t_get(fd, SOL_TCP, TCP_FASTOPEN_CONNECT));
	EXPECT_EQ(-EINVAL, try_set(fd, TCP_FASTOPEN_CONNECT, 2));
	EXPECT_EQ(-EINVAL, try_set(fd, TCP_FASTOPEN_CONNECT, -1));
	EXPECT_EQ(0, try_set(fd, TCP_FASTOPEN_CONNECT, 1));
	EXPECT_EQ(1, t_get(fd, SOL_TCP, TCP_FASTOPEN_CONNECT));
	EXPECT_EQ(-EINVAL, try_set(fd, TCP_FASTOPEN_NO_COOKIE, 2));
	EXPECT_EQ(0, try_set(fd, TCP_FASTOPEN_NO_COOKIE, 1));
	EXPECT_EQ(1, t_get(fd, SOL_TCP, TCP_FASTOPEN_NO_COOKIE));
	t_pair(variant, sv);
	EXPECT_EQ(-EINVAL, try_set(sv[0], TCP_FASTOPEN, 1));
	EXPECT_EQ(-EINVAL, try_set(sv[0], TCP_FASTOPEN_CONNECT, 1));
	EXPECT_EQ(-EINVAL, try_set(sv[0], TCP_FASTOPEN_NO_COOKIE, 1));
	allow(variant, 2);
	EXPECT_EQ(-EOPNOTSUPP, try_set(fd, TCP_FASTOPEN_CONNECT, 1));
}

TEST_F(naru, keys)
{
	unsigned char keys[32], back[64];
	socklen_t len = sizeof(back);
	int fd, other;

	begin(variant);
	fd = t_socket(variant, 0);
	other = listener(variant, 1);
	t_fill(keys, 0, sizeof(keys));
	EXPECT_EQ(-1, setsockopt(fd, SOL_TCP, TCP_FASTOPEN_KEY, keys, 15));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, setsockopt(fd, SOL_TCP, TCP_FASTOPEN_KEY, keys, 17));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, setsockopt(fd, SOL_TCP, TCP_FASTOPEN_KEY, keys, 32));
	EXPECT_EQ(0, getsockopt(fd, SOL_TCP, TCP_FASTOPEN_KEY, back, &len));
	EXPECT_EQ(32, len);
	EXPECT_EQ(0, memcmp(keys, back, 32));
	EXPECT_EQ(0, setsockopt(fd, SOL_TCP, TCP_FASTOPEN_KEY, keys + 16, 16));
	len = sizeof(back);
	EXPECT_EQ(0, getsockopt(fd, SOL_TCP, TCP_FASTOPEN_KEY, back, &len));
	EXPECT_EQ(16, len);
	EXPECT_EQ(0, memcmp(keys + 16, back, 16));
	len = 5;
	EXPECT_EQ(0, getsockopt(fd, SOL_TCP, TCP_FASTOPEN_KEY, back, &len));
	EXPECT_EQ(5, len);
	/* the namespace's is a secret */
	len = sizeof(back);
	EXPECT_EQ(0, getsockopt(other, SOL_TCP, TCP_FASTOPEN_KEY, back, &len));
	EXPECT_EQ(0, len);
}

/* A first connection fetches the cookie, the second has its data in the SYN */
static void exchange(struct __test_metadata *_metadata, t_kind *server, t_kind *client)
{
	int lfd = listener(server, 5), fd, child, i;
	unsigned char key[16];
	char buf[16] = "";

	t_fill(key, getpid(), sizeof(key));
	if (setsockopt(lfd, SOL_TCP, TCP_FASTOPEN_KEY, key, sizeof(key)))
		t_die("TCP_FASTOPEN_KEY");
	for (i = 0; i < 2; i++) {
		fd = t_socket(client, 0);
		EXPECT_EQ(5, send_to(client, fd, t_port(lfd), "hello", 5));
		child = t_accept(lfd);
		EXPECT_EQ(5, recv(child, buf, sizeof(buf), 0));
		EXPECT_STREQ("hello", buf);
		EXPECT_EQ(3, send(child, "you", 3, 0));
		EXPECT_EQ(3, recv(fd, buf, sizeof(buf), 0));
		EXPECT_EQ(i ? TCPI_OPT_SYN_DATA : 0, t_info(fd).tcpi_options & TCPI_OPT_SYN_DATA);
		EXPECT_EQ(i ? TCPI_OPT_SYN_DATA : 0, t_info(child).tcpi_options & TCPI_OPT_SYN_DATA);
		EXPECT_EQ(i ? TFO_STATUS_UNSPEC : TFO_COOKIE_UNAVAILABLE,
			  (int)t_info(fd).tcpi_fastopen_client_fail);
		close(fd);
		close(child);
	}
	close(lfd);
}

TEST_F(naru, exchange)
{
	begin(variant);
	exchange(_metadata, variant, variant);
}

static void exchange_between(struct __test_metadata *_metadata, t_kind *ours, t_kind *kernel)
{
	begin(ours);
	exchange(_metadata, ours, kernel);
	exchange(_metadata, kernel, ours);
}

TEST(with_the_kernel_v4)
{
	t_kind ours = { AF_INET, IPPROTO_TCP };

	exchange_between(_metadata, &ours, &t_kernel_v4);
}

TEST(with_the_kernel_v6)
{
	t_kind ours = { AF_INET6, IPPROTO_TCP };

	exchange_between(_metadata, &ours, &t_kernel_v6);
}

/* What the SYN has no room for follows */
TEST_F(naru, much)
{
	static unsigned char data[300000];
	int lfd, fd, child, i;
	pid_t pid;

	begin(variant);
	lfd = listener(variant, 5);
	t_fill(data, 0, sizeof(data));
	for (i = 0; i < 2; i++) {
		fd = t_socket(variant, 0);
		pid = fork();
		if (!pid)
			_exit(send_to(variant, fd, t_port(lfd), data, sizeof(data)) != sizeof(data));
		child = t_accept(lfd);
		t_recv_all(child, 0, sizeof(data));
		t_reap(pid);
		EXPECT_EQ(i ? TCPI_OPT_SYN_DATA : 0, t_info(fd).tcpi_options & TCPI_OPT_SYN_DATA);
		close(fd);
		close(child);
	}
}

TEST_F(naru, errors)
{
	struct sockaddr_storage none = { .ss_family = AF_UNSPEC };
	int lfd, fd, sv[2];

	begin(variant);
	lfd = listener(variant, 5);
	fd = t_socket(variant, 0);
	EXPECT_EQ(-1, send(fd, "a", 1, MSG_FASTOPEN | MSG_NOSIGNAL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, sendto(fd, "a", 1, MSG_FASTOPEN, (void *)&none, sizeof(none)));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-EISCONN, send_to(variant, lfd, t_port(lfd), "a", 1));
	t_pair(variant, sv);
	EXPECT_EQ(-EISCONN, send_to(variant, sv[0], t_port(lfd), "a", 1));
	EXPECT_EQ(-ECONNREFUSED, send_to(variant, fd, 9, "a", 1));
	/* and once more on the same socket */
	EXPECT_EQ(1, send_to(variant, fd, t_port(lfd), "a", 1));
	allow(variant, 2);
	EXPECT_EQ(-EOPNOTSUPP, send_to(variant, t_socket(variant, 0), t_port(lfd), "a", 1));
}

/* TCP_FASTOPEN_CONNECT: the cookie is there, connect() returns at once and the first write connects */
TEST_F(naru, connect_later)
{
	int lfd, fd, child;
	char buf[16] = "";

	begin(variant);
	lfd = listener(variant, 5);
	fd = t_socket(variant, 0);
	EXPECT_EQ(1, send_to(variant, fd, t_port(lfd), "a", 1));
	close(fd);
	close(t_accept(lfd));
	fd = t_socket(variant, 0);
	t_set(fd, SOL_TCP, TCP_FASTOPEN_CONNECT, 1);
	t_connect(variant, fd, t_port(lfd));
	EXPECT_EQ(POLLOUT, t_events(fd));
	EXPECT_EQ(TCP_SYN_SENT, t_info(fd).tcpi_state);
	EXPECT_EQ(0, t_events(lfd));
	EXPECT_EQ(5, write(fd, "hello", 5));
	child = t_accept(lfd);
	EXPECT_EQ(5, recv(child, buf, sizeof(buf), 0));
	EXPECT_EQ(TCPI_OPT_SYN_DATA, t_info(fd).tcpi_options & TCPI_OPT_SYN_DATA);
	EXPECT_EQ(TCPI_OPT_SYN_DATA, t_info(child).tcpi_options & TCPI_OPT_SYN_DATA);
}

/* As many as there are listeners' children at once, all of them read before anything else */
TEST_F(naru, many)
{
	int lfd, fd[20], child, i;
	char byte;

	begin(variant);
	allow(variant, BOTH | 4 | 0x200);
	lfd = listener(variant, 20);
	for (i = 0; i < 20; i++) {
		fd[i] = t_socket(variant, 0);
		EXPECT_EQ(1, send_to(variant, fd[i], t_port(lfd), &"abcdefghijklmnopqrst"[i], 1));
	}
	for (i = 0; i < 20; i++) {
		child = t_accept(lfd);
		EXPECT_EQ(1, recv(child, &byte, 1, 0));
		EXPECT_EQ('a' + i, byte);
		close(child);
	}
}

TEST_HARNESS_MAIN
