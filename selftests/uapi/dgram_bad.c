// SPDX-License-Identifier: GPL-2.0
/* Datagrams: pointers and lengths that lie, addresses that are none, calls that are for streams */
#include <sys/uio.h>
#include "dgram_test.h"

#define SIN6_LEN_RFC2133	24	/* without a scope */

static socklen_t lo_of(d_kind *k, struct sockaddr_storage *ss, int port)
{
	return t_addr(ss, k->family, d_lo(k), port);
}

static int try_sendto(int fd, const void *ss, socklen_t len)
{
	return sendto(fd, "x", 1, 0, ss, len) < 0 ? errno : 0;
}

/* Nothing of what was refused has arrived, and what is right does */
static void expect_nothing(d_kind *k, int from, int to)
{
	d_sendto(k, from, t_port(to), "right");
	d_expect(to, "right");
}

TEST_F(dgram, create)
{
	int wire = variant->k.wire, fd;

	if (d_is_naru(wire)) {
		EXPECT_EQ(-1, socket(AF_NARU, SOCK_DGRAM, IPPROTO_TCP));
		EXPECT_EQ(EPROTONOSUPPORT, errno);
		EXPECT_EQ(-1, socket(AF_NARU, SOCK_STREAM, IPPROTO_UDP));
		EXPECT_EQ(EPROTONOSUPPORT, errno);
		EXPECT_EQ(-1, socket(AF_NARU, SOCK_DGRAM, 999));
		EXPECT_EQ(EINVAL, errno);
	}
	fd = d_socket_raw(variant->k.family, wire, SOCK_NONBLOCK | SOCK_CLOEXEC);
	EXPECT_EQ(SOCK_DGRAM, t_get(fd, SOL_SOCKET, SO_TYPE));
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ACCEPTCONN));
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
	EXPECT_TRUE(fcntl(fd, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	fd = d_socket(&variant->k);
	EXPECT_EQ(variant->k.family, t_get(fd, SOL_SOCKET, SO_DOMAIN));
}

/* ---- calls for streams ---- */

TEST_F(dgram, stream_calls)
{
	int fd[2], sv[2];

	d_pair(&variant->k, fd);
	EXPECT_EQ(-1, listen(fd[0], 1));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, accept(fd[0], NULL, NULL));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, d_is_naru(variant->k.wire) ? socketpair(AF_NARU, SOCK_DGRAM, variant->k.wire, sv) :
						   socketpair(variant->k.family, SOCK_DGRAM, 0, sv));
	EXPECT_EQ(EOPNOTSUPP, errno);
}

/* IPv6 does not look at it when it sends, and neither does when they receive */
TEST_F(dgram, oob)
{
	d_kind *k = &variant->k;
	int fd[2];
	char c;

	d_pair(k, fd);
	if (k->family == AF_INET) {
		EXPECT_EQ(-1, send(fd[0], "x", 1, MSG_OOB));
		EXPECT_EQ(EOPNOTSUPP, errno);
		EXPECT_EQ(EOPNOTSUPP, d_try_sendto(k->family, fd[0], d_lo(k), t_port(fd[1]), "x", 1, MSG_OOB));
	}
	d_send(fd[0], "y");
	d_expect(fd[1], "y");
	d_send(fd[0], "z");
	t_wait(fd[1], POLLIN);
	EXPECT_EQ(1, recv(fd[1], &c, 1, MSG_OOB));
}

/* ---- addresses ---- */

TEST_F(dgram, lengths)
{
	struct sockaddr_storage ss;
	int fd[2], most;

	d_two(&variant->k, fd);
	most = lo_of(&variant->k, &ss, t_port(fd[1]));
	for (int len = 1; len < d_of(&variant->k, most, SIN6_LEN_RFC2133); len++) {
		EXPECT_EQ(EINVAL, try_sendto(fd[0], &ss, len));
		if (len < (int)sizeof(sa_family_t))
			continue;
		EXPECT_EQ(-1, connect(fd[0], (struct sockaddr *)&ss, len));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(EINVAL, try_sendto(fd[0], &ss, sizeof(ss) + 1));
	EXPECT_EQ(EINVAL, try_sendto(fd[0], &ss, -1));
	EXPECT_EQ(EFAULT, try_sendto(fd[0], (void *)1, most));
	EXPECT_EQ(-1, connect(fd[0], (void *)1, most));
	EXPECT_EQ(EFAULT, errno);
	expect_nothing(&variant->k, fd[0], fd[1]);
	EXPECT_EQ(0, try_sendto(fd[0], &ss, sizeof(ss)));
	d_expect(fd[1], "x");
}

TEST_F(dgram, bind_lengths)
{
	struct sockaddr_storage ss;
	int fd = d_socket(&variant->k), most = lo_of(&variant->k, &ss, 0);

	for (int len = 0; len < d_of(&variant->k, most, SIN6_LEN_RFC2133); len++) {
		EXPECT_EQ(-1, bind(fd, (struct sockaddr *)&ss, len));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(-1, bind(fd, (void *)1, most));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, t_port(fd));
	EXPECT_EQ(EADDRNOTAVAIL, d_try_bind(variant->k.family, fd, variant->k.family == AF_INET ?
					    "192.0.2.1" : "2001:db8::1", 0));
	EXPECT_EQ(0, t_port(fd));
	d_bind(&variant->k, fd, 0);
}

TEST_F(dgram, families)
{
	struct sockaddr_storage ss;
	int fd[2], len, port;

	d_two(&variant->k, fd);
	port = t_port(fd[1]);
	len = lo_of(&variant->k, &ss, port);
	ss.ss_family = AF_UNIX;
	EXPECT_EQ(variant->k.family == AF_INET ? EAFNOSUPPORT : EINVAL, try_sendto(fd[0], &ss, len));
	EXPECT_EQ(-1, connect(fd[0], (struct sockaddr *)&ss, len));
	EXPECT_EQ(EAFNOSUPPORT, errno);
	expect_nothing(&variant->k, fd[0], fd[1]);
}

/* IPv4 takes an address without a family for its own */
TEST_F(v4, family_none)
{
	struct sockaddr_storage ss;
	int fd[2], len;

	d_two(&variant->k, fd);
	len = lo_of(&variant->k, &ss, t_port(fd[1]));
	ss.ss_family = AF_UNSPEC;
	EXPECT_EQ(0, try_sendto(fd[0], &ss, len));
	d_expect(fd[1], "x");
}

TEST_F(v4, family_other)
{
	struct sockaddr_storage ss;
	int fd[2], len;

	d_two(&variant->k, fd);
	len = t_addr(&ss, AF_INET6, "::1", t_port(fd[1]));
	EXPECT_EQ(EAFNOSUPPORT, try_sendto(fd[0], &ss, len));
	EXPECT_EQ(-1, connect(fd[0], (struct sockaddr *)&ss, len));
	EXPECT_EQ(EAFNOSUPPORT, errno);
	EXPECT_EQ(-1, bind(d_socket(&variant->k), (struct sockaddr *)&ss, len));
	EXPECT_EQ(EAFNOSUPPORT, errno);
}

/* IPv6 as no address at all */
TEST_F(v6, family_none)
{
	struct sockaddr_storage ss;
	int fd[2], len;

	d_two(&variant->k, fd);
	len = lo_of(&variant->k, &ss, t_port(fd[1]));
	ss.ss_family = AF_UNSPEC;
	EXPECT_EQ(EDESTADDRREQ, try_sendto(fd[0], &ss, len));
	d_connect(&variant->k, fd[0], t_port(fd[1]));
	ss.ss_family = AF_UNSPEC;
	EXPECT_EQ(0, try_sendto(fd[0], &ss, len));
	d_expect(fd[1], "x");
}

TEST_F(v6, bind_family_other)
{
	struct sockaddr_storage ss;
	socklen_t len;

	t_addr(&ss, AF_INET, "127.0.0.1", 0);
	len = sizeof(struct sockaddr_in6);
	EXPECT_EQ(-1, bind(d_socket(&variant->k), (struct sockaddr *)&ss, len));
	EXPECT_EQ(EAFNOSUPPORT, errno);
}

TEST_F(dgram, port_zero)
{
	d_kind *k = &variant->k;
	int fd[2];

	d_two(k, fd);
	EXPECT_EQ(EINVAL, d_try_sendto(k->family, fd[0], d_lo(k), 0, "x", 1, 0));
	EXPECT_EQ(-1, send(fd[0], "x", 1, 0));
	EXPECT_EQ(EDESTADDRREQ, errno);
	EXPECT_EQ(-1, write(fd[0], "x", 1));
	EXPECT_EQ(EDESTADDRREQ, errno);
	expect_nothing(k, fd[0], fd[1]);
}

/* A connected socket is nobody's enemy: EISCONN never */
TEST_F(dgram, never_isconn)
{
	d_kind *k = &variant->k;
	int fd[2];

	d_pair(k, fd);
	EXPECT_EQ(0, d_try_connect(k->family, fd[0], d_lo(k), t_port(fd[1])));
	d_sendto(k, fd[0], t_port(fd[1]), "x");
	d_expect(fd[1], "x");
	EXPECT_EQ(0, d_sendmsg(k, fd[0], d_lo(k), t_port(fd[1]), "y", NULL));
	d_expect(fd[1], "y");
}

TEST_F(dgram, no_route)
{
	d_kind *k = &variant->k;
	const char *far = k->family == AF_INET ? "192.0.2.1" : "2001:db8::1";
	int fd = d_socket(k);

	EXPECT_EQ(ENETUNREACH, d_try_sendto(k->family, fd, far, 9, "x", 1, 0));
	EXPECT_EQ(ENETUNREACH, d_try_connect(k->family, fd, far, 9));
	EXPECT_EQ(0, d_try_connect(k->family, fd, d_lo(k), 9));
}

/* ---- pointers ---- */

TEST_F(dgram, pointers)
{
	struct iovec iov[2] = { { "good", 4 }, { (void *)1, 4 } };
	char buf[8] = "";
	int fd[2];

	d_pair(&variant->k, fd);
	EXPECT_EQ(-1, send(fd[0], (void *)1, 8, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, writev(fd[0], iov, 2));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, send(fd[0], (void *)1, 8, MSG_MORE));
	EXPECT_EQ(EFAULT, errno);
	d_send(fd[0], "whole");
	t_wait(fd[1], POLLIN);
	EXPECT_EQ(-1, recv(fd[1], (void *)1, 8, MSG_PEEK));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(5, recv(fd[1], buf, sizeof(buf), 0));
	EXPECT_STREQ("whole", buf);
	d_send(fd[0], "lost");
	d_send(fd[0], "next");
	EXPECT_EQ(-1, recv(fd[1], (void *)1, 8, 0));	/* udp(7): it is gone */
	EXPECT_EQ(EFAULT, errno);
	d_expect(fd[1], "next");
}

TEST_F(dgram, header_pointers)
{
	struct iovec iov = { "x", 1 };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = (void *)1, .msg_controllen = 64 };
	int fd[2];

	d_pair(&variant->k, fd);
	EXPECT_EQ(-1, sendmsg(fd[0], &h, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, sendmsg(fd[0], (void *)1, 0));
	EXPECT_EQ(EFAULT, errno);
	h = (struct msghdr){ .msg_iov = (void *)1, .msg_iovlen = 1 };
	EXPECT_EQ(-1, sendmsg(fd[0], &h, 0));
	EXPECT_EQ(EFAULT, errno);
	h = (struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1025 };
	EXPECT_EQ(-1, sendmsg(fd[0], &h, 0));
	EXPECT_EQ(EMSGSIZE, errno);
	h = (struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &iov, .msg_controllen = INT_MAX };
	EXPECT_EQ(-1, sendmsg(fd[0], &h, 0));
	EXPECT_EQ(ENOBUFS, errno);
	iov.iov_len = -1;
	h = (struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1 };
	EXPECT_EQ(-1, sendmsg(fd[0], &h, 0));
	EXPECT_EQ(EINVAL, errno);
	expect_nothing(&variant->k, fd[0], fd[1]);
}

/* A name that cannot be written back: the datagram is gone, as with the kernel's */
TEST_F(dgram, name_pointers)
{
	struct sockaddr_storage ss;
	socklen_t len = -1;
	int fd[2];
	char c;

	d_pair(&variant->k, fd);
	d_send(fd[0], "1");
	d_send(fd[0], "2");
	d_send(fd[0], "3");
	EXPECT_EQ(-1, recvfrom(fd[1], &c, 1, 0, (struct sockaddr *)&ss, &len));
	EXPECT_EQ(EINVAL, errno);
	len = sizeof(ss);
	EXPECT_EQ(-1, recvfrom(fd[1], &c, 1, 0, (void *)1, &len));
	EXPECT_EQ(EFAULT, errno);
	d_expect(fd[1], "3");
	EXPECT_EQ(-1, getsockname(fd[1], (struct sockaddr *)&ss, (void *)1));
	EXPECT_EQ(EFAULT, errno);
	len = -1;
	EXPECT_EQ(-1, getpeername(fd[1], (struct sockaddr *)&ss, &len));
	EXPECT_EQ(EINVAL, errno);
}

/* ---- options ---- */

struct bad_option {
	int level;
	int name;
	int value;
	int err;
};

static const struct bad_option both[] = {
	{ SOL_UDP, 4711, 1, ENOPROTOOPT },
	{ SOL_UDP, UDP_SEGMENT, -1, EINVAL },
	{ SOL_UDP, UDP_SEGMENT, 65536, EINVAL },
	{ SOL_SOCKET, 4711, 1, ENOPROTOOPT },
	{ SOL_SOCKET, SO_PEEK_OFF, -2, 0 },	/* any negative number is off */
	{ 4711, 1, 1, ENOPROTOOPT },
};

static const struct bad_option of_v4[] = {
	{ SOL_IP, IP_TTL, 0, EINVAL },
	{ SOL_IP, IP_TTL, 256, EINVAL },
	{ SOL_IP, IP_MULTICAST_TTL, 256, EINVAL },
	{ SOL_IP, IP_MTU_DISCOVER, 6, EINVAL },
	{ SOL_IP, 4711, 1, ENOPROTOOPT },
};

static const struct bad_option of_v6[] = {
	{ SOL_IPV6, IPV6_UNICAST_HOPS, 256, EINVAL },
	{ SOL_IPV6, IPV6_MULTICAST_HOPS, -2, EINVAL },
	{ SOL_IPV6, IPV6_TCLASS, 256, EINVAL },
	{ SOL_IPV6, IPV6_MTU_DISCOVER, 6, EINVAL },
	{ SOL_IPV6, 4711, 1, ENOPROTOOPT },
};

static void expect_options(struct __test_metadata *_metadata, int fd, const struct bad_option *o, int n)
{
	for (; n; n--, o++) {
		int err = setsockopt(fd, o->level, o->name, &o->value, sizeof(int)) ? errno : 0;

		EXPECT_EQ(o->err, err) {
			TH_LOG("level %d name %d value %d", o->level, o->name, o->value);
		}
	}
}

TEST_F(dgram, option_values)
{
	int fd = d_socket(&variant->k);

	expect_options(_metadata, fd, both, ARRAY_SIZE(both));
	if (variant->k.family == AF_INET)
		expect_options(_metadata, fd, of_v4, ARRAY_SIZE(of_v4));
	else
		expect_options(_metadata, fd, of_v6, ARRAY_SIZE(of_v6));
}

TEST_F(dgram, option_pointers)
{
	static const int names[] = { UDP_CORK, UDP_NO_CHECK6_TX, UDP_NO_CHECK6_RX, UDP_SEGMENT };
	int fd = d_socket(&variant->k), val = 1;
	socklen_t len;

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(-1, setsockopt(fd, SOL_UDP, names[i], (void *)1, sizeof(int)));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(-1, setsockopt(fd, SOL_UDP, names[i], &val, sizeof(int) - 1));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, setsockopt(fd, SOL_UDP, names[i], &val, -1));
		EXPECT_EQ(EINVAL, errno);
		len = sizeof(int);
		EXPECT_EQ(-1, getsockopt(fd, SOL_UDP, names[i], (void *)1, &len));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(-1, getsockopt(fd, SOL_UDP, names[i], &val, (void *)1));
		EXPECT_EQ(EFAULT, errno);
		len = -1;
		EXPECT_EQ(-1, getsockopt(fd, SOL_UDP, names[i], &val, &len));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(0, t_get(fd, SOL_UDP, names[i]));	/* nothing half applied */
	}
	len = sizeof(int);
	EXPECT_EQ(-1, getsockopt(fd, SOL_UDP, 4711, &val, &len));
	EXPECT_EQ(ENOPROTOOPT, errno);
}

/* TCP's are not for datagrams */
TEST_F(dgram, stream_options)
{
	int fd = d_socket(&variant->k), val = 1;
	socklen_t len = sizeof(val);

	EXPECT_EQ(-1, setsockopt(fd, SOL_TCP, TCP_NODELAY, &val, sizeof(val)));
	EXPECT_EQ(ENOPROTOOPT, errno);
	EXPECT_EQ(-1, getsockopt(fd, SOL_TCP, TCP_NODELAY, &val, &len));
	EXPECT_EQ(d_of(&variant->k, EOPNOTSUPP, ENOPROTOOPT), errno);
}

TEST_F(dgram, ioctls)
{
	int fd = d_socket(&variant->k), n;

	EXPECT_EQ(-1, ioctl(fd, SIOCATMARK, &n));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(fd, FIONREAD, (void *)1));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(fd, SIOCOUTQ, (void *)1));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(fd, 0x4711, &n));
	EXPECT_EQ(ENOTTY, errno);
}

/* ---- processes that share a socket ---- */

TEST_F(dgram, fork_shares)
{
	int fd[2], port;
	pid_t pid;

	d_pair(&variant->k, fd);
	port = t_port(fd[1]);
	pid = fork();
	if (!pid) {
		d_expect(fd[1], "to the child");
		d_send(fd[1], "from the child");
		close(fd[1]);
		_exit(0);
	}
	d_send(fd[0], "to the child");
	d_expect(fd[0], "from the child");
	t_reap(pid);
	EXPECT_EQ(port, t_port(fd[1]));
	d_send(fd[0], "still here");
	d_expect(fd[1], "still here");
}

/* Whoever reads, reads each datagram once */
TEST_F(dgram, fork_divides)
{
	int fd[2], done = 0;
	pid_t pid[3];

	d_pair(&variant->k, fd);
	for (int i = 0; i < 3; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			char c;
			int n = 0;

			while (recv(fd[1], &c, 1, 0) == 1 && c != 'q')
				n++;
			_exit(n);
		}
	}
	for (int i = 0; i < 60; i++)
		d_send(fd[0], "x");
	for (int i = 0; i < 3; i++)
		d_send(fd[0], "q");
	for (int i = 0; i < 3; i++) {
		int status;

		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		ASSERT_TRUE(WIFEXITED(status));
		done += WEXITSTATUS(status);
	}
	EXPECT_EQ(60, done);
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
}

TEST_HARNESS_MAIN
