// SPDX-License-Identifier: GPL-2.0
/* Addresses: which are refused and how, what getsockname and getpeername tell */
#include <linux/capability.h>
#include "naru_test.h"

TEST_F(naru, bind_short)
{
	int fd = t_socket(variant, 0), short_len = variant->family == AF_INET ? 15 : 23;
	struct sockaddr_storage ss;

	t_addr(&ss, variant->family, t_lo(variant), 0);
	EXPECT_EQ(-1, bind(fd, (struct sockaddr *)&ss, short_len));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, bind(fd, (struct sockaddr *)&ss, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, bind(fd, (struct sockaddr *)&ss, -1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, bind(fd, (struct sockaddr *)&ss, sizeof(ss) + 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, bind(fd, (struct sockaddr *)1, sizeof(ss)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, bind(fd, (struct sockaddr *)&ss, sizeof(ss)));	/* longer does not matter */
}

TEST_F(naru, connect_short)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0);
	int short_len = variant->family == AF_INET ? 15 : 23;
	struct sockaddr_storage ss;

	t_addr(&ss, variant->family, t_lo(variant), t_port(lfd));
	EXPECT_EQ(-1, connect(fd, (struct sockaddr *)&ss, short_len));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, connect(fd, (struct sockaddr *)&ss, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, connect(fd, (struct sockaddr *)&ss, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, connect(fd, (struct sockaddr *)1, sizeof(ss)));
	EXPECT_EQ(EFAULT, errno);
	/* RFC 2133's sockaddr_in6 ends before sin6_scope_id */
	EXPECT_EQ(0, connect(fd, (struct sockaddr *)&ss, short_len + 1));
}

TEST_F(naru, other_family)
{
	int other = variant->family == AF_INET ? AF_INET6 : AF_UNIX, fd = t_socket(variant, 0);
	struct sockaddr_storage ss;

	t_addr(&ss, variant->family, t_lo(variant), 80);
	ss.ss_family = other;
	EXPECT_EQ(-1, bind(fd, (struct sockaddr *)&ss, sizeof(ss)));
	EXPECT_EQ(EAFNOSUPPORT, errno);
	EXPECT_EQ(-1, connect(fd, (struct sockaddr *)&ss, sizeof(ss)));
	EXPECT_EQ(EAFNOSUPPORT, errno);
	ss.ss_family = 200;
	EXPECT_EQ(-1, bind(fd, (struct sockaddr *)&ss, sizeof(ss)));
	EXPECT_EQ(EAFNOSUPPORT, errno);
	EXPECT_EQ(-1, connect(fd, (struct sockaddr *)&ss, sizeof(ss)));
	EXPECT_EQ(EAFNOSUPPORT, errno);
	ss.ss_family = AF_NARU;
	EXPECT_EQ(-1, connect(fd, (struct sockaddr *)&ss, sizeof(ss)));
	EXPECT_EQ(EAFNOSUPPORT, errno);
}

TEST_F(naru, bind_foreign)
{
	bool v4 = variant->family == AF_INET;
	int fd = t_socket(variant, 0);

	EXPECT_EQ(EADDRNOTAVAIL, t_try_bind(variant, fd, v4 ? "192.0.2.1" : "2001:db8::1", 0));
	if (!v4) {
		EXPECT_EQ(EINVAL, t_try_bind(variant, fd, "ff02::1", 0));
		EXPECT_EQ(EINVAL, t_try_bind(variant, fd, "fe80::1", 0));	/* no scope */
	}
	EXPECT_EQ(0, t_try_bind(variant, fd, t_any(variant), 0));
	EXPECT_NE(0, t_port(fd));
}

TEST_F(naru, connect_nowhere)
{
	bool v4 = variant->family == AF_INET;
	int fd;

	t_enter_netns();
	fd = t_socket(variant, 0);
	EXPECT_EQ(ENETUNREACH, t_try_connect(variant, fd, v4 ? "192.0.2.1" : "2001:db8::1", 80));
	t_sh(v4 ? "ip route add unreachable 192.0.2.0/24" :
		  "ip route add unreachable 2001:db8::/32");
	EXPECT_EQ(EHOSTUNREACH, t_try_connect(variant, fd, v4 ? "192.0.2.1" : "2001:db8::1", 80));
	t_sh(v4 ? "ip route add 224.0.0.0/4 dev lo" : "ip route add table local ff00::/8 dev lo");
	EXPECT_EQ(ENETUNREACH, t_try_connect(variant, fd, v4 ? "224.0.0.1" : "ff02::1", 80));
	/* The broadcast address; link-local without a scope */
	EXPECT_EQ(v4 ? ENETUNREACH : EINVAL,
		  t_try_connect(variant, fd, v4 ? "127.255.255.255" : "fe80::1", 80));
}

/* Port 0 is a port like any other to connect(2): nobody listens there */
TEST_F(naru, connect_port_0)
{
	int fd = t_socket(variant, 0);

	EXPECT_EQ(ECONNREFUSED, t_try_connect(variant, fd, t_lo(variant), 0));
}

TEST_F(naru, connect_any)
{
	int lfd = t_socket(variant, 0), fd = t_socket(variant, 0), afd;
	struct sockaddr_storage ss, want;
	socklen_t len = sizeof(ss);

	ASSERT_EQ(0, t_try_bind(variant, lfd, t_any(variant), 0));
	ASSERT_EQ(0, listen(lfd, 1));
	EXPECT_EQ(0, t_try_connect(variant, fd, t_any(variant), t_port(lfd)));
	afd = t_accept(lfd);
	ASSERT_EQ(0, getpeername(fd, (struct sockaddr *)&ss, &len));
	t_addr(&want, variant->family, t_lo(variant), t_port(lfd));
	EXPECT_EQ(0, memcmp(&ss, &want, len));
	len = sizeof(ss);
	ASSERT_EQ(0, getsockname(afd, (struct sockaddr *)&ss, &len));
	EXPECT_EQ(0, memcmp(&ss, &want, len));
}

TEST_F(naru, names_unbound)
{
	int fd = t_socket(variant, 0);
	struct sockaddr_storage ss, want;
	socklen_t len = sizeof(ss);

	t_addr(&want, variant->family, t_any(variant), 0);
	ASSERT_EQ(0, getsockname(fd, (struct sockaddr *)&ss, &len));
	EXPECT_EQ(t_addrlen(variant), len);
	EXPECT_EQ(0, memcmp(&ss, &want, len));
}

/* bind to any, connect: the name is the source address then */
TEST_F(naru, names_connected)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0);
	struct sockaddr_storage ss, want;
	socklen_t len = sizeof(ss);

	ASSERT_EQ(0, t_try_bind(variant, fd, t_any(variant), 0));
	t_connect(variant, fd, t_port(lfd));
	t_addr(&want, variant->family, t_lo(variant), t_port(fd));
	ASSERT_EQ(0, getsockname(fd, (struct sockaddr *)&ss, &len));
	EXPECT_EQ(t_addrlen(variant), len);
	EXPECT_EQ(0, memcmp(&ss, &want, len));
	len = sizeof(ss);
	t_addr(&want, variant->family, t_lo(variant), t_port(lfd));
	ASSERT_EQ(0, getpeername(fd, (struct sockaddr *)&ss, &len));
	EXPECT_EQ(t_addrlen(variant), len);
	EXPECT_EQ(0, memcmp(&ss, &want, len));
}

TEST_F(naru, names_truncated)
{
	struct sockaddr_storage full = {}, part;
	socklen_t full_len = sizeof(full);
	int sv[2];

	t_pair(variant, sv);
	ASSERT_EQ(0, getpeername(sv[0], (struct sockaddr *)&full, &full_len));
	for (socklen_t room = 0; room < full_len; room += 3) {
		socklen_t len = room;

		memset(&part, 0xaa, sizeof(part));
		EXPECT_EQ(0, getpeername(sv[0], (struct sockaddr *)&part, &len));
		EXPECT_EQ(full_len, len);
		EXPECT_EQ(0, memcmp(&full, &part, room));
		EXPECT_EQ(0xaa, ((unsigned char *)&part)[room]);
	}
	full_len = -1;
	EXPECT_EQ(-1, getsockname(sv[0], (struct sockaddr *)&full, &full_len));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, getsockname(sv[0], (struct sockaddr *)&full, (socklen_t *)1));
	EXPECT_EQ(EFAULT, errno);
}

/* After the connection is gone there is no peer, but still a name */
TEST_F(naru, names_after_reset)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int sv[2];

	t_pair(variant, sv);
	t_reset(sv[1]);
	t_wait(sv[0], POLLRDHUP);
	EXPECT_EQ(-1, getpeername(sv[0], (struct sockaddr *)&ss, &len));
	EXPECT_EQ(ENOTCONN, errno);
}

static void drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = {};

	if (syscall(SYS_capset, &head, none))
		t_die("capset");
}

TEST_F(naru, privileged_port)
{
	int fd = t_socket(variant, 0);

	drop_capabilities();
	EXPECT_EQ(EACCES, t_try_bind(variant, fd, t_lo(variant), 1023));
	EXPECT_EQ(0, t_try_bind(variant, fd, t_lo(variant), 1024));
}

FIXTURE(v6)
{
	int unused;
};

FIXTURE_VARIANT(v6)
{
	int wire;
};

FIXTURE_VARIANT_ADD(v6, native)
{
	.wire = 0,
};

FIXTURE_VARIANT_ADD(v6, inet)
{
	.wire = IPPROTO_TCP,
};

FIXTURE_SETUP(v6)
{
}

FIXTURE_TEARDOWN(v6)
{
}

TEST_F(v6, v6only)
{
	t_kind kind = { AF_INET6, variant->wire };
	int lfd = t_socket(&kind, 0), fd;

	fd = socket(AF_INET6, SOCK_STREAM, 0);
	EXPECT_EQ(t_get(fd, SOL_IPV6, IPV6_V6ONLY), t_get(lfd, SOL_IPV6, IPV6_V6ONLY));
	t_set(lfd, SOL_IPV6, IPV6_V6ONLY, 1);
	EXPECT_EQ(1, t_get(lfd, SOL_IPV6, IPV6_V6ONLY));
	EXPECT_EQ(0, t_try_bind(&kind, lfd, "::", 0));
	EXPECT_EQ(-1, setsockopt(lfd, SOL_IPV6, IPV6_V6ONLY, &(int){0}, sizeof(int)));
	EXPECT_EQ(EINVAL, errno);
	close(fd);
	fd = t_socket(&kind, 0);
	t_set(fd, SOL_IPV6, IPV6_V6ONLY, 1);
	EXPECT_EQ(ENETUNREACH, t_try_connect(&kind, fd, "127.0.0.1", t_port(lfd)));
}

/* Ephemeral ports come from the range that the administrator set */
TEST_F(naru, ephemeral_range)
{
	int lfd, fd[8];

	t_enter_netns();
	lfd = t_listen(variant);
	t_sh("echo '41000 41040' >/proc/sys/net/ipv4/ip_local_port_range");
	for (int i = 0; i < 8; i++) {
		fd[i] = t_socket(variant, 0);
		if (i & 1)
			t_bind(variant, fd[i], 0);
		t_connect(variant, fd[i], t_port(lfd));
		EXPECT_GE(t_port(fd[i]), 41000);
		EXPECT_LE(t_port(fd[i]), 41040);
	}
}

TEST_HARNESS_MAIN
