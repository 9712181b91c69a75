// SPDX-License-Identifier: GPL-2.0
/*
 * What a corked datagram socket gathers: control messages of the first piece, more than the send buffer. UDP_CORK,
 * MSG_MORE. On the kernel's UDP (NARU_TEST_KERNEL=1) as well.
 */
#include "naru_test.h"

FIXTURE(cork)
{
	int fd[2];
};

FIXTURE_VARIANT(cork)
{
	int wire;
};

FIXTURE_VARIANT_ADD(cork, native)
{
	.wire = 0,
};

FIXTURE_VARIANT_ADD(cork, inet)
{
	.wire = IPPROTO_UDP,
};

static int open_dgram(int wire)
{
	const struct timeval patience = { T_WAIT_MS / 1000 };
	int fd = t_on_kernel() ? socket(AF_INET6, SOCK_DGRAM, 0) : socket(AF_NARU, SOCK_DGRAM, wire);
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin6, sizeof(sin6)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		t_die("a datagram socket");
	return fd;
}

static void connect_to(int fd, int to)
{
	struct sockaddr_in6 sin6;
	socklen_t len = sizeof(sin6);

	if (getsockname(to, (struct sockaddr *)&sin6, &len) || connect(fd, (struct sockaddr *)&sin6, len))
		t_die("connect");
}

FIXTURE_SETUP(cork)
{
	self->fd[0] = open_dgram(variant->wire);
	self->fd[1] = open_dgram(variant->wire);
	connect_to(self->fd[0], self->fd[1]);
}

FIXTURE_TEARDOWN(cork)
{
	t_close_pair(self->fd);
}

/* Hop-by-hop options of a control message: a router alert (RFC 2711), PadN */
static const unsigned char hopopts[8] = { 0, 0, 5, 2, 0, 0, 1, 0 };

static void send_with_options(int fd, const char *data, size_t len, int flags)
{
	struct { struct cmsghdr head; unsigned char data[sizeof(hopopts)]; } control = {
		.head = { CMSG_LEN(sizeof(hopopts)), SOL_IPV6, IPV6_HOPOPTS },
	};
	struct iovec iov = { (void *)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control) };

	memcpy(control.data, hopopts, sizeof(hopopts));
	if (sendmsg(fd, &msg, flags) != (ssize_t)len)
		t_die("sendmsg");
}

/* They are those of the datagram, whenever it goes */
TEST_F(cork, options_of_first)
{
	struct { struct cmsghdr head; unsigned char data[64]; } control;
	char data[16] = "";
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control) };

	t_set(self->fd[1], SOL_IPV6, IPV6_RECVHOPOPTS, 1);
	send_with_options(self->fd[0], "one", 3, MSG_MORE);
	ASSERT_EQ(3, send(self->fd[0], "two", 3, 0));
	ASSERT_EQ(6, recvmsg(self->fd[1], &msg, 0));
	EXPECT_EQ(0, memcmp(data, "onetwo", 6));
	ASSERT_EQ(CMSG_LEN(sizeof(hopopts)), control.head.cmsg_len);
	EXPECT_EQ(IPV6_HOPOPTS, control.head.cmsg_type);
	/* its first byte says what follows, which is the kernel's to fill in */
	EXPECT_EQ(0, memcmp(control.data + 1, hopopts + 1, sizeof(hopopts) - 1));
}

/* Nothing frees room before the datagram goes: no piece waits for it */
TEST_F(cork, more_than_the_send_buffer)
{
	static char in[65536], out[3000];
	int i;

	memset(out, 'x', sizeof(out));
	t_set(self->fd[0], SOL_SOCKET, SO_SNDBUF, 8192);
	t_set(self->fd[0], IPPROTO_UDP, 1 /* UDP_CORK */, 1);
	for (i = 0; i < 5; i++)
		ASSERT_EQ((ssize_t)sizeof(out), send(self->fd[0], out, sizeof(out), 0));
	t_set(self->fd[0], IPPROTO_UDP, 1, 0);
	ASSERT_EQ(5 * (ssize_t)sizeof(out), recv(self->fd[1], in, sizeof(in), 0));
	EXPECT_EQ('x', in[5 * sizeof(out) - 1]);
}

TEST_HARNESS_MAIN
