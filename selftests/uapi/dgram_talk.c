// SPDX-License-Identifier: GPL-2.0
/* Datagrams: addresses, sizes, and all the forms of sending and receiving */
#include <pthread.h>
#include <sys/uio.h>
#include "dgram_test.h"

static int readable(int fd)
{
	int n = -1;

	if (ioctl(fd, FIONREAD, &n))
		t_die("FIONREAD");
	return n;
}

static int unsent(int fd)
{
	int n = -1;

	if (ioctl(fd, SIOCOUTQ, &n))
		t_die("SIOCOUTQ");
	return n;
}

/* getsockname(2), getpeername(2): the address is that; or the errno */
static int name_is(int fd, bool peer, int family, const char *text, int port)
{
	struct sockaddr_storage ss = {}, want;
	socklen_t len = sizeof(ss), want_len = t_addr(&want, family, text, port);

	if ((peer ? getpeername : getsockname)(fd, (struct sockaddr *)&ss, &len))
		return errno;
	return len == want_len && !memcmp(&ss, &want, len) ? 0 : EBADMSG;
}

/* ---- addresses ---- */

TEST_F(dgram, unconnected)
{
	struct sockaddr_storage ss, want;
	socklen_t len = sizeof(ss), want_len;
	char buf[16];
	int fd[2];

	d_two(&variant->k, fd);
	want_len = t_addr(&want, variant->k.family, d_lo(&variant->k), t_port(fd[0]));
	d_sendto(&variant->k, fd[0], t_port(fd[1]), "hello");
	ASSERT_EQ(5, recvfrom(fd[1], buf, sizeof(buf), 0, (struct sockaddr *)&ss, &len));
	EXPECT_EQ(0, memcmp(buf, "hello", 5));
	ASSERT_EQ(want_len, len);
	EXPECT_EQ(0, memcmp(&ss, &want, len));
	ASSERT_EQ(2, sendto(fd[1], "ok", 2, 0, (struct sockaddr *)&ss, len));
	d_expect(fd[0], "ok");
	EXPECT_EQ(-1, send(fd[0], "x", 1, 0));
	EXPECT_EQ(EDESTADDRREQ, errno);
	EXPECT_EQ(ENOTCONN, name_is(fd[0], true, variant->k.family, d_lo(&variant->k), 0));
}

/* The length of an address that is too long for its place is told, and the place not overrun */
TEST_F(dgram, short_name)
{
	struct sockaddr_storage ss, want;
	socklen_t len = 8, want_len;
	int fd[2];
	char c;

	d_two(&variant->k, fd);
	want_len = t_addr(&want, variant->k.family, d_lo(&variant->k), t_port(fd[0]));
	memset(&ss, 0x55, sizeof(ss));
	d_sendto(&variant->k, fd[0], t_port(fd[1]), "x");
	ASSERT_EQ(1, recvfrom(fd[1], &c, 1, 0, (struct sockaddr *)&ss, &len));
	EXPECT_EQ(want_len, len);
	EXPECT_EQ(0, memcmp(&ss, &want, 8));
	EXPECT_EQ(0x55, ((unsigned char *)&ss)[8]);
}

/* A send binds, and tells nobody the address before there is one */
TEST_F(dgram, autobind)
{
	d_kind *k = &variant->k;
	int fd[2] = { d_socket(k), d_peer_socket(k) }, port;

	d_bind(k, fd[1], 0);
	EXPECT_EQ(0, name_is(fd[0], false, k->family, d_any(k), 0));
	d_sendto(k, fd[0], t_port(fd[1]), "x");
	port = t_port(fd[0]);
	EXPECT_NE(0, port);
	EXPECT_EQ(0, name_is(fd[0], false, k->family, d_any(k), port));
	d_expect(fd[1], "x");
	d_sendto(k, fd[0], t_port(fd[1]), "y");
	EXPECT_EQ(port, t_port(fd[0]));
	d_expect(fd[1], "y");
	d_sendto(k, fd[1], port, "back");
	d_expect(fd[0], "back");
}

TEST_F(dgram, bind_twice)
{
	int fd = d_socket(&variant->k);

	d_bind(&variant->k, fd, 0);
	EXPECT_EQ(EINVAL, d_try_bind(variant->k.family, fd, d_lo(&variant->k), 0));
}

TEST_F(dgram, names)
{
	d_kind *k = &variant->k;
	int fd[2] = { d_socket(k), d_peer_socket(k) };

	d_bind(k, fd[1], 0);
	d_connect(k, fd[0], t_port(fd[1]));
	EXPECT_EQ(0, name_is(fd[0], true, k->family, d_lo(k), t_port(fd[1])));
	EXPECT_NE(0, t_port(fd[0]));
	EXPECT_EQ(0, name_is(fd[0], false, k->family, d_lo(k), t_port(fd[0])));
	d_send(fd[0], "x");
	d_expect(fd[1], "x");
}

/* Who is connected hears its peer only, and may send to others all the same */
TEST_F(dgram, connected)
{
	d_kind *k = &variant->k;
	int fd[2], other = d_socket_of(k->family, k->peer, 0);

	d_two(k, fd);
	d_bind(k, other, 0);
	d_connect(k, fd[0], t_port(fd[1]));
	d_sendto(k, other, t_port(fd[0]), "not for you");
	d_sendto(k, fd[1], t_port(fd[0]), "for you");
	d_expect(fd[0], "for you");
	EXPECT_EQ(EAGAIN, d_try_recv(fd[0]));
	d_sendto(k, fd[0], t_port(other), "aside");
	d_expect(other, "aside");
	d_send(fd[0], "home");
	d_expect(fd[1], "home");
	EXPECT_EQ(EAGAIN, d_try_recv(other));
}

/* What lies in the queue stays there when the socket connects to somebody else */
TEST_F(dgram, queued_before_connect)
{
	d_kind *k = &variant->k;
	int fd[2], other = d_peer_socket(k);

	d_two(k, fd);
	d_bind(k, other, 0);
	d_sendto(k, fd[1], t_port(fd[0]), "early");
	t_wait(fd[0], POLLIN);
	d_connect(k, fd[0], t_port(other));
	d_expect(fd[0], "early");
}

TEST_F(dgram, reconnect)
{
	d_kind *k = &variant->k;
	int fd[2], other = d_peer_socket(k), port;

	d_two(k, fd);
	d_bind(k, other, 0);
	port = t_port(fd[0]);
	d_connect(k, fd[0], t_port(fd[1]));
	d_connect(k, fd[0], t_port(other));
	EXPECT_EQ(port, t_port(fd[0]));
	d_send(fd[0], "x");
	d_expect(other, "x");
	d_sendto(k, fd[1], t_port(fd[0]), "not for you");
	d_sendto(k, other, t_port(fd[0]), "for you");
	d_expect(fd[0], "for you");
}

/* What bind(2) was given stays */
TEST_F(dgram, disconnect_bound)
{
	d_kind *k = &variant->k;
	int fd[2] = { d_socket(k), d_peer_socket(k) }, other = d_peer_socket(k);
	int port = d_free_port(k->family, k->wire);

	d_bind(k, fd[0], port);
	d_bind(k, fd[1], 0);
	d_bind(k, other, 0);
	d_connect(k, fd[0], t_port(fd[1]));
	ASSERT_EQ(0, d_disconnect(fd[0]));
	EXPECT_EQ(ENOTCONN, name_is(fd[0], true, k->family, d_lo(k), 0));
	EXPECT_EQ(0, name_is(fd[0], false, k->family, d_lo(k), port));
	EXPECT_EQ(-1, send(fd[0], "x", 1, 0));
	EXPECT_EQ(EDESTADDRREQ, errno);
	d_sendto(k, other, port, "anybody");
	d_expect(fd[0], "anybody");
	EXPECT_EQ(0, d_disconnect(fd[0]));
}

/* What connect(2) chose does not */
TEST_F(dgram, disconnect_unbound)
{
	d_kind *k = &variant->k;
	int fd[2] = { d_socket(k), d_peer_socket(k) };

	d_bind(k, fd[1], 0);
	d_connect(k, fd[0], t_port(fd[1]));
	ASSERT_EQ(0, d_disconnect(fd[0]));
	EXPECT_EQ(0, name_is(fd[0], false, k->family, d_any(k), 0));
	d_connect(k, fd[0], t_port(fd[1]));
	d_send(fd[0], "again");
	d_expect(fd[1], "again");
}

/* An address of nobody is this host */
TEST_F(dgram, to_any)
{
	d_kind *k = &variant->k;
	int fd[2];

	d_two(k, fd);
	EXPECT_EQ(0, d_try_sendto(k->family, fd[0], d_any(k), t_port(fd[1]), "me", 2, 0));
	d_expect(fd[1], "me");
	EXPECT_EQ(0, d_try_connect(k->family, fd[0], d_any(k), t_port(fd[1])));
	d_send(fd[0], "me too");
	d_expect(fd[1], "me too");
}

TEST_F(v6, mapped)
{
	d_kind *k = &variant->k;
	int six = d_socket(k), four = d_socket_of(AF_INET, k->peer, 0), port;
	struct d_msg m;

	d_bind_to(AF_INET6, six, "::", 0);
	d_bind_to(AF_INET, four, "127.0.0.1", 0);
	port = t_port(six);
	EXPECT_EQ(0, d_try_sendto(AF_INET, four, "127.0.0.1", port, "four", 4, 0));
	ASSERT_EQ(4, d_recvmsg(six, &m, 0));
	EXPECT_EQ(sizeof(struct sockaddr_in6), m.h.msg_namelen);
	EXPECT_EQ(AF_INET6, m.name.ss_family);
	EXPECT_TRUE(IN6_IS_ADDR_V4MAPPED(&((struct sockaddr_in6 *)&m.name)->sin6_addr));
	EXPECT_EQ(t_port(four), t_port_of(&m.name));
	ASSERT_EQ(4, sendto(six, "back", 4, 0, (struct sockaddr *)&m.name, m.h.msg_namelen));
	d_expect(four, "back");
	/* a struct sockaddr_in will do */
	EXPECT_EQ(0, d_try_sendto(AF_INET, six, "127.0.0.1", t_port(four), "plain", 5, 0));
	d_expect(four, "plain");
	d_connect_to(AF_INET6, six, "::ffff:127.0.0.1", t_port(four));
	EXPECT_EQ(0, name_is(six, true, AF_INET6, "::ffff:127.0.0.1", t_port(four)));
	EXPECT_EQ(0, name_is(six, false, AF_INET6, "::ffff:127.0.0.1", port));
	d_send(six, "bound");
	d_expect(four, "bound");
}

TEST_F(v6, v6only)
{
	d_kind *k = &variant->k;
	int six = d_socket(k), four = d_socket_of(AF_INET, k->wire, 0), peer = d_peer_socket(k);

	t_set(six, SOL_IPV6, IPV6_V6ONLY, 1);
	d_bind_to(AF_INET6, six, "::", 0);
	d_bind_to(AF_INET, four, "0.0.0.0", t_port(six));
	d_bind(k, peer, 0);
	EXPECT_EQ(ENETUNREACH, d_try_sendto(AF_INET6, six, "::ffff:127.0.0.1", 9, "x", 1, 0));
	EXPECT_EQ(ENETUNREACH, d_try_connect(AF_INET6, six, "::ffff:127.0.0.1", 9));
	d_sendto(k, peer, t_port(six), "six");
	d_expect(six, "six");
	EXPECT_EQ(EAGAIN, d_try_recv(four));
}

/* ---- sizes ---- */

TEST_F(dgram, empty)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd[2];
	char c;

	d_pair(&variant->k, fd);
	ASSERT_EQ(0, send(fd[0], NULL, 0, 0));
	d_send(fd[0], "x");
	t_wait(fd[1], POLLIN);
	EXPECT_EQ(0, readable(fd[1]));
	EXPECT_EQ(0, recvfrom(fd[1], &c, 1, 0, (struct sockaddr *)&ss, &len));
	EXPECT_EQ(t_port(fd[0]), t_port_of(&ss));
	EXPECT_EQ(1, readable(fd[1]));
	d_expect(fd[1], "x");
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
}

TEST_F(dgram, trunc)
{
	struct iovec iov;
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	char buf[8] = "";
	int fd[2];

	d_pair(&variant->k, fd);
	for (int i = 0; i < 3; i++)
		d_send(fd[0], "0123456789");
	d_send(fd[0], "end");
	iov = (struct iovec){ buf, 4 };
	EXPECT_EQ(4, recvmsg(fd[1], &h, 0));
	EXPECT_EQ(MSG_TRUNC, h.msg_flags);
	EXPECT_STREQ("0123", buf);
	EXPECT_EQ(10, recvmsg(fd[1], &h, MSG_TRUNC));
	EXPECT_EQ(MSG_TRUNC, h.msg_flags);
	EXPECT_EQ(10, recv(fd[1], NULL, 0, MSG_TRUNC | MSG_PEEK));
	EXPECT_EQ(0, recv(fd[1], NULL, 0, 0));
	EXPECT_EQ(3, recvmsg(fd[1], &h, MSG_TRUNC));
	EXPECT_EQ(0, h.msg_flags);
}

/* Each of these sizes arrives whole, larger ones are refused */
TEST_F(dgram, large)
{
	static unsigned char out[65537], in[65537];
	static const int sizes[] = { 1, 1472, 1473, 9000, 65000, 65507, 0 };
	int fd[2], most = d_of(&variant->k, 65507, 65527);

	d_pair(&variant->k, fd);
	t_fill(out, 0, sizeof(out));
	for (const int *n = sizes; *n; n++) {
		ASSERT_EQ(*n, send(fd[0], out, *n, 0));
		ASSERT_EQ(*n, recv(fd[1], in, sizeof(in), 0));
		EXPECT_TRUE(t_good(in, 0, *n));
	}
	ASSERT_EQ(most, send(fd[0], out, most, 0));
	ASSERT_EQ(most, recv(fd[1], in, sizeof(in), 0));
	EXPECT_TRUE(t_good(in, 0, most));
	for (int n = most + 1; n <= (int)sizeof(out); n++) {
		EXPECT_EQ(-1, send(fd[0], out, n, 0));
		EXPECT_EQ(EMSGSIZE, errno);
	}
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
}

/* In fragments, where the device takes no more */
TEST_F(dgram, fragments)
{
	static unsigned char out[65507], in[65537];
	int fd[2];

	t_enter_netns();
	d_lo_mtu(1500);
	d_pair(&variant->k, fd);
	t_set(fd[0], d_ip_level(&variant->k), d_of(&variant->k, IP_MTU_DISCOVER, IPV6_MTU_DISCOVER),
	      IP_PMTUDISC_WANT);
	t_fill(out, 7, sizeof(out));
	for (int n = 1400; n < (int)sizeof(out); n = n * 3 + 1) {
		ASSERT_EQ(n, send(fd[0], out, n, 0));
		ASSERT_EQ(n, recv(fd[1], in, sizeof(in), 0));
		EXPECT_TRUE(t_good(in, 7, n));
	}
}

TEST_F(dgram, vectors)
{
	char a[3], b[1], c[100];
	struct iovec out[3] = { { "one", 3 }, { "", 0 }, { "two-three", 9 } };
	struct iovec in[3] = { { a, sizeof(a) }, { b, sizeof(b) }, { c, sizeof(c) } };
	int fd[2];

	d_pair(&variant->k, fd);
	EXPECT_EQ(12, writev(fd[0], out, 3));
	EXPECT_EQ(12, readv(fd[1], in, 3));
	EXPECT_EQ(0, memcmp(a, "one", 3));
	EXPECT_EQ('t', b[0]);
	EXPECT_EQ(0, memcmp(c, "wo-three", 8));
	EXPECT_EQ(2, write(fd[1], "ok", 2));
	EXPECT_EQ(1, read(fd[0], a, 1));	/* the rest is lost */
	EXPECT_EQ(EAGAIN, d_try_recv(fd[0]));
}

/* ---- looking first ---- */

TEST_F(dgram, peek)
{
	char buf[8] = "";
	int fd[2];

	d_pair(&variant->k, fd);
	d_send(fd[0], "first");
	d_send(fd[0], "second");
	EXPECT_EQ(5, recv(fd[1], buf, sizeof(buf), MSG_PEEK));
	EXPECT_EQ(5, recv(fd[1], buf, 2, MSG_PEEK | MSG_TRUNC));
	EXPECT_STREQ("first", buf);
	d_expect(fd[1], "first");
	d_expect(fd[1], "second");
	EXPECT_EQ(-1, recv(fd[1], buf, 1, MSG_PEEK | MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(dgram, peek_off)
{
	char buf[16] = "";
	int fd[2];

	d_pair(&variant->k, fd);
	EXPECT_EQ(-1, t_get(fd[1], SOL_SOCKET, SO_PEEK_OFF));
	t_set(fd[1], SOL_SOCKET, SO_PEEK_OFF, 4);
	d_send(fd[0], "0123456789");
	d_send(fd[0], "abc");
	EXPECT_EQ(3, recv(fd[1], buf, 3, MSG_PEEK));
	EXPECT_STREQ("456", buf);
	EXPECT_EQ(7, t_get(fd[1], SOL_SOCKET, SO_PEEK_OFF));
	EXPECT_EQ(3, recv(fd[1], buf, sizeof(buf), MSG_PEEK));
	EXPECT_STREQ("789", buf);
	EXPECT_EQ(3, recv(fd[1], buf, sizeof(buf), MSG_PEEK));
	EXPECT_STREQ("abc", buf);
	EXPECT_EQ(13, t_get(fd[1], SOL_SOCKET, SO_PEEK_OFF));
	d_expect(fd[1], "0123456789");
	EXPECT_EQ(3, t_get(fd[1], SOL_SOCKET, SO_PEEK_OFF));
	d_expect(fd[1], "abc");
	EXPECT_EQ(0, t_get(fd[1], SOL_SOCKET, SO_PEEK_OFF));
	t_set(fd[1], SOL_SOCKET, SO_PEEK_OFF, -1);
	d_send(fd[0], "xyz");
	EXPECT_EQ(1, recv(fd[1], buf, 1, MSG_PEEK));
	d_expect(fd[1], "xyz");
}

TEST_F(dgram, poll)
{
	int fd[2];

	d_pair(&variant->k, fd);
	EXPECT_EQ(POLLOUT, t_events(fd[1]));
	d_send(fd[0], "x");
	EXPECT_EQ(POLLIN, t_wait(fd[1], POLLIN));
	EXPECT_EQ(POLLIN | POLLOUT, t_events(fd[1]));
	d_expect(fd[1], "x");
	EXPECT_EQ(POLLOUT, t_events(fd[1]));
	ASSERT_EQ(0, shutdown(fd[1], SHUT_RD));
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP, t_events(fd[1]));
	ASSERT_EQ(0, shutdown(fd[1], SHUT_WR));
	EXPECT_EQ(POLLHUP | POLLIN | POLLOUT | POLLRDHUP, t_events(fd[1]));
}

TEST_F(dgram, sizes_asked)
{
	int fd[2];

	d_pair(&variant->k, fd);
	EXPECT_EQ(0, readable(fd[1]));
	d_send(fd[0], "three");
	d_send(fd[0], "seventy");
	t_wait(fd[1], POLLIN);
	EXPECT_EQ(5, readable(fd[1]));	/* of the first */
	d_expect(fd[1], "three");
	EXPECT_EQ(7, readable(fd[1]));
	EXPECT_EQ(0, unsent(fd[1]));
	d_expect(fd[1], "seventy");
	T_UNTIL(unsent(fd[0]) == 0);
}

/* ---- waiting ---- */

TEST_F(dgram, dontwait)
{
	int fd[2];

	d_pair(&variant->k, fd);
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
	t_nonblock(fd[1], true);
	EXPECT_EQ(-1, recv(fd[1], fd, 1, 0));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(dgram, rcvtimeo)
{
	long start = t_now_ms();
	int fd[2];
	char c;

	d_pair(&variant->k, fd);
	t_timeout(fd[1], SO_RCVTIMEO, 100);
	EXPECT_EQ(-1, recv(fd[1], &c, 1, 0));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_LE(100 - T_EARLY_MS, t_now_ms() - start);
}

/* What is over the receive buffer is dropped, and counted where the socket asks for that */
TEST_F(dgram, rxq_ovfl)
{
	d_kind *k = &variant->k;
	const unsigned int *lost = NULL;
	char buf[1000] = "";
	struct d_msg m;
	int fd[2], got = 0;

	d_pair(k, fd);
	t_set(fd[1], SOL_SOCKET, SO_RCVBUF, 4096);
	t_set(fd[1], SOL_SOCKET, SO_RXQ_OVFL, 1);
	for (int i = 0; i < 100; i++)
		ASSERT_EQ(sizeof(buf), send(fd[0], buf, sizeof(buf), 0));
	t_wait(fd[1], POLLIN);
	while (d_recvmsg(fd[1], &m, MSG_DONTWAIT) > 0)
		got++;
	EXPECT_LT(0, got);
	EXPECT_GT(100, got);
	d_send(fd[0], "x");
	ASSERT_EQ(1, d_recvmsg(fd[1], &m, 0));
	lost = d_cmsg(&m, SOL_SOCKET, SO_RXQ_OVFL, sizeof(*lost));
	ASSERT_NE(NULL, lost);
	EXPECT_EQ(100 - got, *lost);
}

/* ---- many at once ---- */

TEST_F(dgram, mmsg)
{
	struct sockaddr_storage to, from[4];
	struct mmsghdr out[4] = {}, in[4] = {};
	char text[4][8], buf[4][8];
	struct iovec iov[8];
	int fd[2];

	d_two(&variant->k, fd);
	t_addr(&to, variant->k.family, d_lo(&variant->k), t_port(fd[1]));
	for (int i = 0; i < 4; i++) {
		iov[i] = (struct iovec){ text[i], sprintf(text[i], "no. %d", i) };
		out[i].msg_hdr = (struct msghdr){ &to, t_addr(&to, variant->k.family, d_lo(&variant->k), t_port(fd[1])),
						  &iov[i], 1 };
		iov[4 + i] = (struct iovec){ buf[i], sizeof(buf[i]) };
		in[i].msg_hdr = (struct msghdr){ &from[i], sizeof(from[i]), &iov[4 + i], 1 };
	}
	EXPECT_EQ(3, sendmmsg(fd[0], out, 3, 0));
	EXPECT_EQ(5, out[2].msg_len);
	EXPECT_EQ(0, out[3].msg_len);
	EXPECT_EQ(1, recvmmsg(fd[1], in, 1, 0, NULL));
	EXPECT_EQ(2, recvmmsg(fd[1], in, 4, MSG_WAITFORONE, NULL));
	EXPECT_EQ(5, in[1].msg_len);
	EXPECT_EQ(0, memcmp(buf[0], "no. 1", 5));
	EXPECT_EQ(0, memcmp(buf[1], "no. 2", 5));
	EXPECT_EQ(t_port(fd[0]), t_port_of(&from[1]));
	EXPECT_EQ(-1, recvmmsg(fd[1], in, 4, MSG_DONTWAIT, NULL));
	EXPECT_EQ(EAGAIN, errno);
	/* up to the first that is refused */
	((struct sockaddr_in *)&to)->sin_port = 0;
	EXPECT_EQ(-1, sendmmsg(fd[0], out, 4, 0));
	EXPECT_EQ(EINVAL, errno);
}

/* ---- corks ---- */

TEST_F(dgram, more)
{
	int fd[2];

	d_pair(&variant->k, fd);
	ASSERT_EQ(3, send(fd[0], "one", 3, MSG_MORE));
	ASSERT_EQ(3, send(fd[0], "two", 3, MSG_MORE));
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
	d_send(fd[0], "three");
	d_expect(fd[1], "onetwothree");
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
}

TEST_F(dgram, cork)
{
	int fd[2];

	d_pair(&variant->k, fd);
	EXPECT_EQ(0, t_get(fd[0], SOL_UDP, UDP_CORK));
	t_set(fd[0], SOL_UDP, UDP_CORK, 1);
	EXPECT_EQ(1, t_get(fd[0], SOL_UDP, UDP_CORK));
	d_send(fd[0], "one");
	d_send(fd[0], "two");
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
	t_set(fd[0], SOL_UDP, UDP_CORK, 0);
	d_expect(fd[1], "onetwo");
	t_set(fd[0], SOL_UDP, UDP_CORK, 1);
	d_send(fd[0], "lost");
	close(fd[0]);
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
}

/* Without a connection too; the first address is what counts */
TEST_F(dgram, more_unconnected)
{
	d_kind *k = &variant->k;
	int fd[2];

	d_two(k, fd);
	ASSERT_EQ(0, d_try_sendto(k->family, fd[0], d_lo(k), t_port(fd[1]), "ab", 2, MSG_MORE));
	ASSERT_EQ(0, d_try_sendto(k->family, fd[0], d_lo(k), t_port(fd[1]), "cd", 2, 0));
	d_expect(fd[1], "abcd");
	d_sendto(k, fd[0], t_port(fd[1]), "ef");
	d_expect(fd[1], "ef");
}

/* ---- shutdown, and others who close ---- */

TEST_F(dgram, shutdown)
{
	int fd[2];
	char c;

	d_pair(&variant->k, fd);
	d_send(fd[0], "early");
	ASSERT_EQ(0, shutdown(fd[1], SHUT_RD));
	d_expect(fd[1], "early");
	EXPECT_EQ(0, recv(fd[1], &c, 1, 0));
	ASSERT_EQ(0, shutdown(fd[0], SHUT_WR));
	EXPECT_EQ(-1, send(fd[0], "x", 1, 0));	/* without a signal, which would end the test */
	EXPECT_EQ(EPIPE, errno);
	d_send(fd[1], "still");
	d_expect(fd[0], "still");
}

TEST_F(dgram, shutdown_unconnected)
{
	int fd[2];

	d_two(&variant->k, fd);
	EXPECT_EQ(-1, shutdown(fd[0], SHUT_RDWR));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(-1, shutdown(fd[0], 3));
	EXPECT_EQ(EINVAL, errno);
}

struct reader {
	pthread_t thread;
	int fd;
	pid_t tid;
	int ret;
	char buf[16];
};

static void *read_one(void *arg)
{
	struct reader *r = arg;

	__atomic_store_n(&r->tid, syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	r->ret = recv(r->fd, r->buf, sizeof(r->buf), 0);
	return NULL;
}

static void reader_begin(struct reader *r, int fd)
{
	*r = (struct reader){ .fd = fd };
	errno = pthread_create(&r->thread, NULL, read_one, r);
	if (errno)
		t_die("pthread_create");
	T_UNTIL(__atomic_load_n(&r->tid, __ATOMIC_SEQ_CST));
	t_wait_blocked(r->tid, SYS_recvfrom);
}

TEST_F(dgram, shutdown_wakes)
{
	struct reader r;
	int fd[2];

	d_pair(&variant->k, fd);
	reader_begin(&r, fd[1]);
	ASSERT_EQ(0, shutdown(fd[1], SHUT_RD));
	pthread_join(r.thread, NULL);
	EXPECT_EQ(0, r.ret);
}

/* It says that it is not connected, and wakes all the same */
TEST_F(dgram, shutdown_unconnected_wakes)
{
	struct reader r;
	int fd[2];

	d_two(&variant->k, fd);
	reader_begin(&r, fd[1]);
	EXPECT_EQ(-1, shutdown(fd[1], SHUT_RD));
	pthread_join(r.thread, NULL);
	EXPECT_EQ(0, r.ret);
}

/* Who reads has the socket as long as that */
TEST_F(dgram, close_while_reading)
{
	struct reader r;
	int fd[2], port;

	d_two(&variant->k, fd);
	port = t_port(fd[1]);
	reader_begin(&r, fd[1]);
	close(fd[1]);
	d_sendto(&variant->k, fd[0], port, "late");
	pthread_join(r.thread, NULL);
	ASSERT_EQ(4, r.ret);
	EXPECT_EQ(0, memcmp(r.buf, "late", 4));
}

TEST_HARNESS_MAIN
