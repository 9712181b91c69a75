// SPDX-License-Identifier: GPL-2.0
/* One socket for both families, and what NARU_DOMAIN makes of it */
#include "naru_test.h"

FIXTURE(dual)
{
	int fd;
};

FIXTURE_VARIANT(dual)
{
	int wire;
};

FIXTURE_VARIANT_ADD(dual, native)
{
	.wire = 0,
};

FIXTURE_VARIANT_ADD(dual, inet)
{
	.wire = IPPROTO_TCP,
};

static int dual_socket(int wire)
{
	int fd;

	if (!t_on_kernel())
		fd = socket(AF_NARU, SOCK_STREAM, wire);
	else
		fd = socket(AF_INET6, SOCK_STREAM, 0);
	if (fd < 0)
		t_die("socket");
	return fd;
}

/* A socket of one family, on the same wire */
static int single_socket(int wire, int family)
{
	const struct _fixture_variant_naru kind = { family, wire };

	return t_socket(&kind, 0);
}

FIXTURE_SETUP(dual)
{
	self->fd = dual_socket(variant->wire);
}

FIXTURE_TEARDOWN(dual)
{
	close(self->fd);
}

static void listen_any(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = t_addr(&ss, AF_INET6, "::", 0);

	if (bind(fd, (struct sockaddr *)&ss, len) || listen(fd, 5))
		t_die("listen on ::");
}

static void connect_to(int fd, int family, const char *text, int port)
{
	struct sockaddr_storage ss;
	socklen_t len = t_addr(&ss, family, text, port);

	if (connect(fd, (struct sockaddr *)&ss, len))
		t_die("connect to %s", text);
}

static void expect_name(struct __test_metadata *_metadata, int fd, bool peer, int family,
			const char *text, int port)
{
	struct sockaddr_storage ss, want;
	socklen_t len = sizeof(ss), want_len = t_addr(&want, family, text, port);
	int rc = (peer ? getpeername : getsockname)(fd, (struct sockaddr *)&ss, &len);

	ASSERT_EQ(0, rc);
	ASSERT_EQ(want_len, len);
	EXPECT_EQ(0, memcmp(&ss, &want, len)) {
		TH_LOG("not %s port %d", text, port);
	}
}

/* Clients of both families reach one listener; IPv4 shows as v4-mapped */
TEST_F(dual, listener)
{
	int v4 = single_socket(variant->wire, AF_INET), v6 = single_socket(variant->wire, AF_INET6);
	int a;

	listen_any(self->fd);
	connect_to(v4, AF_INET, "127.0.0.1", t_port(self->fd));
	a = t_accept(self->fd);
	expect_name(_metadata, a, true, AF_INET6, "::ffff:127.0.0.1", t_port(v4));
	expect_name(_metadata, a, false, AF_INET6, "::ffff:127.0.0.1", t_port(self->fd));
	t_send_all(v4, 0, 1000);
	t_recv_all(a, 0, 1000);
	connect_to(v6, AF_INET6, "::1", t_port(self->fd));
	a = t_accept(self->fd);
	expect_name(_metadata, a, true, AF_INET6, "::1", t_port(v6));
	t_send_all(a, 0, 1000);
	t_recv_all(v6, 0, 1000);
}

TEST_F(dual, connect_mapped)
{
	const struct _fixture_variant_naru v4 = { AF_INET, variant->wire };
	int lfd = t_listen(&v4), a;

	connect_to(self->fd, AF_INET6, "::ffff:127.0.0.1", t_port(lfd));
	a = t_accept(lfd);
	expect_name(_metadata, self->fd, true, AF_INET6, "::ffff:127.0.0.1", t_port(lfd));
	expect_name(_metadata, self->fd, false, AF_INET6, "::ffff:127.0.0.1", t_port(self->fd));
	expect_name(_metadata, a, true, AF_INET, "127.0.0.1", t_port(self->fd));
	t_send_all(self->fd, 0, 1000);
	t_recv_all(a, 0, 1000);
}

TEST_F(dual, connect_v6)
{
	const struct _fixture_variant_naru v6 = { AF_INET6, variant->wire };
	int lfd = t_listen(&v6), a;

	connect_to(self->fd, AF_INET6, "::1", t_port(lfd));
	a = t_accept(lfd);
	expect_name(_metadata, self->fd, true, AF_INET6, "::1", t_port(lfd));
	expect_name(_metadata, a, true, AF_INET6, "::1", t_port(self->fd));
}

TEST_F(dual, unbound)
{
	expect_name(_metadata, self->fd, false, AF_INET6, "::", 0);
	EXPECT_EQ(AF_INET6, t_get(self->fd, SOL_SOCKET, SO_DOMAIN));
}

TEST_F(dual, bind_mapped)
{
	int fd = single_socket(variant->wire, AF_INET);
	struct sockaddr_storage ss;
	socklen_t len = t_addr(&ss, AF_INET6, "::ffff:127.0.0.1", 0);

	ASSERT_EQ(0, bind(self->fd, (struct sockaddr *)&ss, len));
	ASSERT_EQ(0, listen(self->fd, 1));
	connect_to(fd, AF_INET, "127.0.0.1", t_port(self->fd));
	close(t_accept(self->fd));
}

/* Each family's wildcard holds the port against the other's where they overlap */
TEST_F(dual, conflicts)
{
	int v4 = single_socket(variant->wire, AF_INET), v6 = single_socket(variant->wire, AF_INET6);
	struct sockaddr_storage ss;
	socklen_t len;

	listen_any(self->fd);
	len = t_addr(&ss, AF_INET, "127.0.0.1", t_port(self->fd));
	EXPECT_EQ(-1, bind(v4, (struct sockaddr *)&ss, len));
	EXPECT_EQ(EADDRINUSE, errno);
	len = t_addr(&ss, AF_INET6, "::1", t_port(self->fd));
	EXPECT_EQ(-1, bind(v6, (struct sockaddr *)&ss, len));
	EXPECT_EQ(EADDRINUSE, errno);
}

/* Not over one port, but for one that takes IPv6 only */
TEST_F(dual, v6only_leaves_v4)
{
	int v4 = single_socket(variant->wire, AF_INET);
	struct sockaddr_storage ss;
	socklen_t len;

	t_set(self->fd, SOL_IPV6, IPV6_V6ONLY, 1);
	listen_any(self->fd);
	len = t_addr(&ss, AF_INET, "0.0.0.0", t_port(self->fd));
	EXPECT_EQ(0, bind(v4, (struct sockaddr *)&ss, len));
	EXPECT_EQ(0, listen(v4, 1));
}

/* ---- NARU_DOMAIN: naru's own, the kernel has nothing like it ---- */

TEST_F(dual, domain_get_set)
{
	int fd = self->fd;

	if (t_on_kernel())
		return;
	EXPECT_EQ(0, t_get(fd, SOL_NARU, NARU_DOMAIN));
	t_set(fd, SOL_NARU, NARU_DOMAIN, AF_INET);
	EXPECT_EQ(AF_INET, t_get(fd, SOL_NARU, NARU_DOMAIN));
	EXPECT_EQ(AF_INET, t_get(fd, SOL_SOCKET, SO_DOMAIN));
	expect_name(_metadata, fd, false, AF_INET, "0.0.0.0", 0);
	t_set(fd, SOL_NARU, NARU_DOMAIN, AF_INET6);
	EXPECT_EQ(AF_INET6, t_get(fd, SOL_SOCKET, SO_DOMAIN));
	t_set(fd, SOL_NARU, NARU_DOMAIN, 0);
	EXPECT_EQ(0, t_get(fd, SOL_NARU, NARU_DOMAIN));
	EXPECT_EQ(-1, setsockopt(fd, SOL_NARU, NARU_DOMAIN, &(int){ AF_UNIX }, sizeof(int)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, setsockopt(fd, SOL_NARU, NARU_DOMAIN, &(int){ -1 }, sizeof(int)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, setsockopt(fd, SOL_NARU, NARU_DOMAIN, &(int){ 0 }, 3));
	EXPECT_EQ(EINVAL, errno);
}

/* It is fixed when the socket has an address */
TEST_F(dual, domain_too_late)
{
	struct sockaddr_storage ss;
	socklen_t len = t_addr(&ss, AF_INET6, "::", 0);

	if (t_on_kernel())
		return;
	ASSERT_EQ(0, bind(self->fd, (struct sockaddr *)&ss, len));
	EXPECT_EQ(-1, setsockopt(self->fd, SOL_NARU, NARU_DOMAIN, &(int){ AF_INET }, sizeof(int)));
	EXPECT_EQ(EINVAL, errno);
}

/* Without a domain either form of address is taken; what is shown is sockaddr_in6 */
TEST_F(dual, both_forms)
{
	const struct _fixture_variant_naru v4 = { AF_INET, variant->wire };
	int lfd = t_listen(&v4), bound = dual_socket(variant->wire);
	struct sockaddr_storage ss;
	socklen_t len;

	if (t_on_kernel())
		return;
	connect_to(self->fd, AF_INET, "127.0.0.1", t_port(lfd));
	expect_name(_metadata, self->fd, true, AF_INET6, "::ffff:127.0.0.1", t_port(lfd));
	len = t_addr(&ss, AF_INET, "127.0.0.1", 0);
	EXPECT_EQ(0, bind(bound, (struct sockaddr *)&ss, len));
	expect_name(_metadata, bound, false, AF_INET6, "::ffff:127.0.0.1", t_port(bound));
}

TEST_F(dual, domain_is_inherited)
{
	const struct _fixture_variant_naru v4 = { AF_INET, variant->wire };
	int sv[2];

	if (t_on_kernel())
		return;
	t_pair(&v4, sv);
	EXPECT_EQ(AF_INET, t_get(sv[1], SOL_NARU, NARU_DOMAIN));
	EXPECT_EQ(AF_INET, t_get(sv[1], SOL_SOCKET, SO_DOMAIN));
}

TEST_F(dual, read_only_options)
{
	int other = dual_socket(variant->wire);

	if (t_on_kernel())
		return;
	EXPECT_EQ(variant->wire ? 6 : 253, t_get(self->fd, SOL_NARU, NARU_WIRE));
	EXPECT_NE(0, t_get(self->fd, SOL_NARU, NARU_ID));
	EXPECT_NE(t_get(other, SOL_NARU, NARU_ID), t_get(self->fd, SOL_NARU, NARU_ID));
	EXPECT_EQ(-1, setsockopt(self->fd, SOL_NARU, NARU_WIRE, &(int){ 6 }, sizeof(int)));
	EXPECT_EQ(ENOPROTOOPT, errno);
	EXPECT_EQ(-1, setsockopt(self->fd, SOL_NARU, 9999, &(int){ 6 }, sizeof(int)));
	EXPECT_EQ(ENOPROTOOPT, errno);
}

TEST_HARNESS_MAIN
