// SPDX-License-Identifier: GPL-2.0
/* Datagrams to many: multicast of both families, and IPv4's broadcast */
#include "dgram_test.h"

#define GROUP	"239.7.7.1"
#define OTHER	"239.7.7.2"
#define GROUP6	"ff05::7:1"
#define OTHER6	"ff05::7:2"
#define LO	1

/*
 * v0, whose other end is v1, is 10.7.0.1, 10.7.0.9, fd07::1 and fd07::9, and 10.7.1.1, which has a broadcast address.
 * Datagrams to groups go out there.
 */
__attribute__((constructor))
static void make_device(void)
{
	t_sh("ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; "
	     "ip addr add 10.7.0.1/24 dev v0; ip addr add 10.7.0.9/24 dev v0; ip addr add 10.7.1.1/24 brd + dev v0; "
	     "ip addr add fd07::1/64 dev v0 nodad; ip addr add fd07::9/64 dev v0 nodad; "
	     "ip route add 224.0.0.0/4 dev v0; ip route add default dev v0");
}

/* Its number */
static int device(void)
{
	return if_nametoindex("v0");
}

static const char *group(d_kind *k)
{
	return k->family == AF_INET ? GROUP : GROUP6;
}

static const char *other_group(d_kind *k)
{
	return k->family == AF_INET ? OTHER : OTHER6;
}

/* Bound to any address; @port 0: any */
static int receiver(d_kind *k, int wire, int port)
{
	int fd = d_socket_of(k->family, wire, 0);

	t_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	d_bind_to(k->family, fd, d_any(k), port);
	return fd;
}

/* By the options of both families: 0 or the errno */
static int group_req(d_kind *k, int fd, int name, const char *text, int dev)
{
	struct group_req r = { .gr_interface = dev };

	t_addr(&r.gr_group, k->family, text, 0);
	return setsockopt(fd, d_ip_level(k), name, &r, sizeof(r)) ? errno : 0;
}

static int source_req(d_kind *k, int fd, int name, const char *text, const char *source, int dev)
{
	struct group_source_req r = { .gsr_interface = dev };

	t_addr(&r.gsr_group, k->family, text, 0);
	t_addr(&r.gsr_source, k->family, source, 0);
	return setsockopt(fd, d_ip_level(k), name, &r, sizeof(r)) ? errno : 0;
}

static void join(d_kind *k, int fd, int dev)
{
	errno = group_req(k, fd, MCAST_JOIN_GROUP, group(k), dev);
	if (errno)
		t_die("MCAST_JOIN_GROUP");
}

static int send_group(d_kind *k, int fd, const char *text, int port, const char *data)
{
	return d_try_sendto(k->family, fd, text, port, data, strlen(data), 0);
}

static void multicast_if(d_kind *k, int fd, int dev)
{
	struct ip_mreqn r = { .imr_ifindex = dev };

	if (k->family == AF_INET6)
		t_set(fd, SOL_IPV6, IPV6_MULTICAST_IF, dev);
	else if (setsockopt(fd, SOL_IP, IP_MULTICAST_IF, &r, sizeof(r)))
		t_die("IP_MULTICAST_IF");
}

/* A sender of the peer's kind, whose datagrams to groups go out on @dev */
static int sender(d_kind *k, int dev)
{
	int fd = d_peer_socket(k);

	multicast_if(k, fd, dev);
	return fd;
}

/* ---- members ---- */

/* The old way, IPv4's and IPv6's */
TEST_F(v4, membership)
{
	d_kind *k = &variant->k;
	struct ip_mreqn m = { .imr_multiaddr.s_addr = inet_addr(GROUP) };
	struct ip_mreq old = { .imr_multiaddr = m.imr_multiaddr, .imr_interface.s_addr = inet_addr("10.7.0.1") };
	int dev = device(), fd = receiver(k, k->wire, 0), peer = sender(k, dev);

	m.imr_ifindex = dev;
	for (int i = 0; i < 2; i++) {
		void *val = i ? (void *)&m : (void *)&old;
		socklen_t len = i ? sizeof(m) : sizeof(old);

		ASSERT_EQ(0, setsockopt(fd, SOL_IP, IP_ADD_MEMBERSHIP, val, len));
		EXPECT_EQ(-1, setsockopt(fd, SOL_IP, IP_ADD_MEMBERSHIP, val, len));
		EXPECT_EQ(EADDRINUSE, errno);
		ASSERT_EQ(0, send_group(k, peer, GROUP, t_port(fd), "member"));
		d_expect(fd, "member");
		ASSERT_EQ(0, setsockopt(fd, SOL_IP, IP_DROP_MEMBERSHIP, val, len));
		EXPECT_EQ(-1, setsockopt(fd, SOL_IP, IP_DROP_MEMBERSHIP, val, len));
		EXPECT_EQ(EADDRNOTAVAIL, errno);
		ASSERT_EQ(0, send_group(k, peer, GROUP, t_port(fd), "no member"));
		EXPECT_EQ(EAGAIN, d_try_recv(fd));
	}
}

TEST_F(v6, membership)
{
	d_kind *k = &variant->k;
	int dev = device(), fd = receiver(k, k->wire, 0), peer = sender(k, dev);
	struct ipv6_mreq m = { .ipv6mr_interface = dev };

	inet_pton(AF_INET6, GROUP6, &m.ipv6mr_multiaddr);
	ASSERT_EQ(0, setsockopt(fd, SOL_IPV6, IPV6_ADD_MEMBERSHIP, &m, sizeof(m)));
	EXPECT_EQ(-1, setsockopt(fd, SOL_IPV6, IPV6_ADD_MEMBERSHIP, &m, sizeof(m)));
	EXPECT_EQ(EADDRINUSE, errno);
	ASSERT_EQ(0, send_group(k, peer, GROUP6, t_port(fd), "member"));
	d_expect(fd, "member");
	ASSERT_EQ(0, setsockopt(fd, SOL_IPV6, IPV6_DROP_MEMBERSHIP, &m, sizeof(m)));
	ASSERT_EQ(0, send_group(k, peer, GROUP6, t_port(fd), "no member"));
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
}

TEST_F(dgram, group)
{
	d_kind *k = &variant->k;
	int dev = device(), fd = receiver(k, k->wire, 0), peer = sender(k, dev);

	ASSERT_EQ(0, group_req(k, fd, MCAST_JOIN_GROUP, group(k), dev));
	EXPECT_EQ(EADDRINUSE, group_req(k, fd, MCAST_JOIN_GROUP, group(k), dev));
	ASSERT_EQ(0, send_group(k, peer, group(k), t_port(fd), "member"));
	d_expect(fd, "member");
	ASSERT_EQ(0, group_req(k, fd, MCAST_LEAVE_GROUP, group(k), dev));
	EXPECT_EQ(EADDRNOTAVAIL, group_req(k, fd, MCAST_LEAVE_GROUP, group(k), dev));
	ASSERT_EQ(0, send_group(k, peer, group(k), t_port(fd), "no member"));
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
}

/* Every member has a copy, whoever else there is */
TEST_F(dgram, copies)
{
	d_kind *k = &variant->k;
	int dev = device(), fd[3], peer = sender(k, dev), port;

	for (int i = 0; i < 3; i++) {
		fd[i] = receiver(k, k->wire, i ? t_port(fd[0]) : 0);
		join(k, fd[i], dev);
	}
	port = t_port(fd[0]);
	for (int n = 0; n < 2; n++) {
		ASSERT_EQ(0, send_group(k, peer, group(k), port, "to all"));
		for (int i = 0; i < 3; i++) {
			d_expect(fd[i], "to all");
			EXPECT_EQ(EAGAIN, d_try_recv(fd[i]));
		}
	}
}

static bool listed(d_kind *k)
{
	FILE *f = fopen(k->family == AF_INET ? "/proc/thread-self/net/igmp" : "/proc/thread-self/net/igmp6", "r");
	const char *want = k->family == AF_INET ? "010707EF" : "ff050000000000000000000000070001";
	char line[200];
	bool found = false;

	if (!f)
		t_die("groups");
	while (fgets(line, sizeof(line), f))
		found |= !!strstr(line, want);
	fclose(f);
	return found;
}

/* A membership ends with its socket */
TEST_F(dgram, close_leaves)
{
	d_kind *k = &variant->k;
	int fd = d_socket(k);

	EXPECT_FALSE(listed(k));
	join(k, fd, device());
	EXPECT_TRUE(listed(k));
	close(fd);
	EXPECT_FALSE(listed(k));
}

TEST_F(dgram, bad_groups)
{
	d_kind *k = &variant->k;
	int dev = device(), fd = d_socket(k);
	struct group_req r = { .gr_interface = dev };

	EXPECT_EQ(EINVAL, group_req(k, fd, MCAST_JOIN_GROUP, d_lo(k), dev));
	EXPECT_EQ(ENODEV, group_req(k, fd, MCAST_JOIN_GROUP, group(k), 4711));
	EXPECT_NE(0, group_req(k, fd, MCAST_LEAVE_GROUP, group(k), dev));
	t_addr(&r.gr_group, k->family, group(k), 0);
	EXPECT_EQ(-1, setsockopt(fd, d_ip_level(k), MCAST_JOIN_GROUP, &r, sizeof(r) - 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, setsockopt(fd, d_ip_level(k), MCAST_JOIN_GROUP, (void *)1, sizeof(r)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(EINVAL, source_req(k, fd, MCAST_JOIN_SOURCE_GROUP, d_lo(k), d_lo(k), dev));
}

/* ---- filters of sources ---- */

static int from_source(d_kind *k, int dev, const char *text)
{
	int fd = sender(k, dev);

	d_bind_to(k->family, fd, text, 0);
	return fd;
}

TEST_F(dgram, only_source)
{
	d_kind *k = &variant->k;
	const char *good = k->family == AF_INET ? "10.7.0.1" : "fd07::1";
	const char *bad = k->family == AF_INET ? "10.7.0.9" : "fd07::9";
	int dev = device(), fd = receiver(k, k->wire, 0), port = t_port(fd), from[2];

	from[0] = from_source(k, dev, good);
	from[1] = from_source(k, dev, bad);
	ASSERT_EQ(0, source_req(k, fd, MCAST_JOIN_SOURCE_GROUP, group(k), good, dev));
	ASSERT_EQ(0, send_group(k, from[1], group(k), port, "bad"));
	ASSERT_EQ(0, send_group(k, from[0], group(k), port, "good"));
	d_expect(fd, "good");
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
	ASSERT_EQ(0, source_req(k, fd, MCAST_JOIN_SOURCE_GROUP, group(k), bad, dev));
	ASSERT_EQ(0, source_req(k, fd, MCAST_LEAVE_SOURCE_GROUP, group(k), good, dev));
	ASSERT_EQ(0, send_group(k, from[0], group(k), port, "good"));
	ASSERT_EQ(0, send_group(k, from[1], group(k), port, "bad"));
	d_expect(fd, "bad");
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
}

TEST_F(dgram, not_source)
{
	d_kind *k = &variant->k;
	const char *good = k->family == AF_INET ? "10.7.0.1" : "fd07::1";
	const char *bad = k->family == AF_INET ? "10.7.0.9" : "fd07::9";
	int dev = device(), fd = receiver(k, k->wire, 0), port = t_port(fd), from[2];

	from[0] = from_source(k, dev, good);
	from[1] = from_source(k, dev, bad);
	join(k, fd, dev);
	ASSERT_EQ(0, source_req(k, fd, MCAST_BLOCK_SOURCE, group(k), bad, dev));
	ASSERT_EQ(0, send_group(k, from[1], group(k), port, "bad"));
	ASSERT_EQ(0, send_group(k, from[0], group(k), port, "good"));
	d_expect(fd, "good");
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
	ASSERT_EQ(0, source_req(k, fd, MCAST_UNBLOCK_SOURCE, group(k), bad, dev));
	ASSERT_EQ(0, send_group(k, from[1], group(k), port, "no longer bad"));
	d_expect(fd, "no longer bad");
}

/* By IPv4's own options: 0 or the errno */
static int source_v4(int fd, int name, const char *source)
{
	struct ip_mreq_source r = {
		.imr_multiaddr.s_addr = inet_addr(GROUP),
		.imr_interface.s_addr = inet_addr("10.7.0.1"),
		.imr_sourceaddr.s_addr = inet_addr(source),
	};

	return setsockopt(fd, SOL_IP, name, &r, sizeof(r)) ? errno : 0;
}

TEST_F(v4, only_source)
{
	d_kind *k = &variant->k;
	int dev = device(), fd = receiver(k, k->wire, 0), port = t_port(fd);
	int good = from_source(k, dev, "10.7.0.1"), bad = from_source(k, dev, "10.7.0.9");

	ASSERT_EQ(0, source_v4(fd, IP_ADD_SOURCE_MEMBERSHIP, "10.7.0.1"));
	EXPECT_EQ(EADDRNOTAVAIL, source_v4(fd, IP_ADD_SOURCE_MEMBERSHIP, "10.7.0.1"));
	ASSERT_EQ(0, send_group(k, bad, GROUP, port, "bad"));
	ASSERT_EQ(0, send_group(k, good, GROUP, port, "good"));
	d_expect(fd, "good");
	ASSERT_EQ(0, source_v4(fd, IP_DROP_SOURCE_MEMBERSHIP, "10.7.0.1"));
	EXPECT_NE(0, source_v4(fd, IP_DROP_SOURCE_MEMBERSHIP, "10.7.0.1"));
	ASSERT_EQ(0, send_group(k, good, GROUP, port, "no longer"));
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
}

TEST_F(v4, not_source)
{
	d_kind *k = &variant->k;
	int dev = device(), fd = receiver(k, k->wire, 0), port = t_port(fd);
	int good = from_source(k, dev, "10.7.0.1"), bad = from_source(k, dev, "10.7.0.9");

	EXPECT_EQ(EINVAL, source_v4(fd, IP_BLOCK_SOURCE, "10.7.0.9"));
	join(k, fd, dev);
	ASSERT_EQ(0, source_v4(fd, IP_BLOCK_SOURCE, "10.7.0.9"));
	ASSERT_EQ(0, send_group(k, bad, GROUP, port, "bad"));
	ASSERT_EQ(0, send_group(k, good, GROUP, port, "good"));
	d_expect(fd, "good");
	ASSERT_EQ(0, source_v4(fd, IP_UNBLOCK_SOURCE, "10.7.0.9"));
	ASSERT_EQ(0, send_group(k, bad, GROUP, port, "no longer bad"));
	d_expect(fd, "no longer bad");
}

/* The whole filter at once, as it is set and as it is told */
TEST_F(v4, filter)
{
	d_kind *k = &variant->k;
	int dev = device(), fd = receiver(k, k->wire, 0), port = t_port(fd);
	int good = from_source(k, dev, "10.7.0.1"), bad = from_source(k, dev, "10.7.0.9");
	struct ip_msfilter f = {
		.imsf_multiaddr.s_addr = inet_addr(GROUP), .imsf_interface.s_addr = inet_addr("10.7.0.1"),
		.imsf_fmode = MCAST_INCLUDE, .imsf_numsrc = 1, .imsf_slist[0].s_addr = inet_addr("10.7.0.1"),
	}, told = f;
	socklen_t len = sizeof(told);

	EXPECT_EQ(-1, setsockopt(fd, SOL_IP, IP_MSFILTER, &f, sizeof(f)));
	EXPECT_EQ(EINVAL, errno);
	join(k, fd, dev);
	ASSERT_EQ(0, setsockopt(fd, SOL_IP, IP_MSFILTER, &f, sizeof(f)));
	told.imsf_fmode = MCAST_EXCLUDE;
	told.imsf_slist[0].s_addr = 0;
	ASSERT_EQ(0, getsockopt(fd, SOL_IP, IP_MSFILTER, &told, &len));
	EXPECT_EQ(MCAST_INCLUDE, told.imsf_fmode);
	EXPECT_EQ(1, told.imsf_numsrc);
	EXPECT_EQ(inet_addr("10.7.0.1"), told.imsf_slist[0].s_addr);
	ASSERT_EQ(0, send_group(k, bad, GROUP, port, "bad"));
	ASSERT_EQ(0, send_group(k, good, GROUP, port, "good"));
	d_expect(fd, "good");
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
}

/* By the option of both families; what is kept out is told of as well */
TEST_F(dgram, filter)
{
	d_kind *k = &variant->k;
	const char *good = k->family == AF_INET ? "10.7.0.1" : "fd07::1";
	const char *bad = k->family == AF_INET ? "10.7.0.9" : "fd07::9";
	int dev = device(), fd = receiver(k, k->wire, 0), port = t_port(fd), from[2];
	struct group_filter f = { .gf_interface = dev, .gf_fmode = MCAST_EXCLUDE, .gf_numsrc = 1 }, told;
	socklen_t len = sizeof(told);

	from[0] = from_source(k, dev, good);
	from[1] = from_source(k, dev, bad);
	t_addr(&f.gf_group, k->family, group(k), 0);
	t_addr(&f.gf_slist[0], k->family, bad, 0);
	join(k, fd, dev);
	ASSERT_EQ(0, setsockopt(fd, d_ip_level(k), MCAST_MSFILTER, &f, sizeof(f)));
	told = f;
	told.gf_fmode = MCAST_INCLUDE;
	memset(&told.gf_slist, 0, sizeof(told.gf_slist));
	ASSERT_EQ(0, getsockopt(fd, d_ip_level(k), MCAST_MSFILTER, &told, &len));
	EXPECT_EQ(MCAST_EXCLUDE, told.gf_fmode);
	EXPECT_EQ(1, told.gf_numsrc);
	EXPECT_EQ(0, memcmp(&f.gf_slist[0], &told.gf_slist[0], sizeof(f.gf_slist[0])));
	ASSERT_EQ(0, send_group(k, from[1], group(k), port, "bad"));
	ASSERT_EQ(0, send_group(k, from[0], group(k), port, "good"));
	d_expect(fd, "good");
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
}

/* ---- how they are sent ---- */

static int get_loop(d_kind *k, int fd)
{
	return t_get(fd, d_ip_level(k), d_of(k, IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP));
}

TEST_F(dgram, loop)
{
	d_kind *k = &variant->k;
	int dev = device(), fd = d_socket(k), peer = receiver(k, k->peer, 0);

	join(k, peer, dev);
	multicast_if(k, fd, dev);
	EXPECT_EQ(1, get_loop(k, fd));
	t_set(fd, d_ip_level(k), d_of(k, IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP), 0);
	EXPECT_EQ(0, get_loop(k, fd));
	ASSERT_EQ(0, send_group(k, fd, group(k), t_port(peer), "not to us"));
	t_set(fd, d_ip_level(k), d_of(k, IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP), 1);
	ASSERT_EQ(0, send_group(k, fd, group(k), t_port(peer), "to us"));
	d_expect(peer, "to us");
}

/* Hops: one, unless the socket says otherwise; the other's, for one host, is another option */
TEST_F(dgram, hops)
{
	d_kind *k = &variant->k;
	int dev = device(), fd = d_socket(k), peer = receiver(k, k->peer, 0);
	int name = d_of(k, IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS);
	struct d_msg m;

	join(k, peer, dev);
	multicast_if(k, fd, dev);
	t_set(peer, d_ip_level(k), d_of(k, IP_RECVTTL, IPV6_RECVHOPLIMIT), 1);
	t_set(fd, d_ip_level(k), d_of(k, IP_TTL, IPV6_UNICAST_HOPS), 99);
	EXPECT_EQ(1, t_get(fd, d_ip_level(k), name));
	for (int hops = 1; hops < 8; hops += 6) {
		t_set(fd, d_ip_level(k), name, hops);
		EXPECT_EQ(hops, t_get(fd, d_ip_level(k), name));
		ASSERT_EQ(0, send_group(k, fd, group(k), t_port(peer), "x"));
		ASSERT_EQ(1, d_recvmsg(peer, &m, 0));
		EXPECT_EQ(hops, d_cmsg_int(&m, d_ip_level(k), d_of(k, IP_TTL, IPV6_HOPLIMIT)));
	}
}

/* The device says where they go, and from which address */
TEST_F(v4, interface)
{
	struct in_addr addr = { .s_addr = inet_addr("10.7.0.1") };
	d_kind *k = &variant->k;
	int dev = device(), fd = d_socket(k), peer = receiver(k, k->peer, 0);
	struct ip_mreqn wrong = { .imr_ifindex = 4711 };
	struct d_msg m;

	join(k, peer, dev);
	t_set(peer, SOL_IP, IP_PKTINFO, 1);
	ASSERT_EQ(0, setsockopt(fd, SOL_IP, IP_MULTICAST_IF, &addr, sizeof(addr)));
	addr.s_addr = 0;
	ASSERT_EQ(0, getsockopt(fd, SOL_IP, IP_MULTICAST_IF, &addr, &(socklen_t){ sizeof(addr) }));
	EXPECT_EQ(inet_addr("10.7.0.1"), addr.s_addr);
	ASSERT_EQ(0, send_group(k, fd, GROUP, t_port(peer), "x"));
	ASSERT_EQ(1, d_recvmsg(peer, &m, 0));
	EXPECT_EQ(inet_addr("10.7.0.1"), ((struct sockaddr_in *)&m.name)->sin_addr.s_addr);
	EXPECT_EQ(dev, ((struct in_pktinfo *)d_cmsg(&m, SOL_IP, IP_PKTINFO, sizeof(struct in_pktinfo)))->ipi_ifindex);
	EXPECT_EQ(-1, setsockopt(fd, SOL_IP, IP_MULTICAST_IF, &wrong, sizeof(wrong)));
	EXPECT_EQ(EADDRNOTAVAIL, errno);
	addr.s_addr = inet_addr("192.0.2.1");
	EXPECT_EQ(-1, setsockopt(fd, SOL_IP, IP_MULTICAST_IF, &addr, sizeof(addr)));
	EXPECT_EQ(EADDRNOTAVAIL, errno);
}

TEST_F(v6, interface)
{
	d_kind *k = &variant->k;
	int dev = device(), fd = d_socket(k), peer = receiver(k, k->peer, 0), wrong = 4711;
	struct d_msg m;

	join(k, peer, dev);
	t_set(peer, SOL_IPV6, IPV6_RECVPKTINFO, 1);
	t_set(fd, SOL_IPV6, IPV6_MULTICAST_IF, dev);
	EXPECT_EQ(dev, t_get(fd, SOL_IPV6, IPV6_MULTICAST_IF));
	ASSERT_EQ(0, send_group(k, fd, GROUP6, t_port(peer), "x"));
	ASSERT_EQ(1, d_recvmsg(peer, &m, 0));
	EXPECT_EQ(dev, ((struct in6_pktinfo *)d_cmsg(&m, SOL_IPV6, IPV6_PKTINFO,
						      sizeof(struct in6_pktinfo)))->ipi6_ifindex);
	EXPECT_EQ(-1, setsockopt(fd, SOL_IPV6, IPV6_MULTICAST_IF, &wrong, sizeof(wrong)));
	EXPECT_EQ(ENODEV, errno);
}

/* ---- what others have joined ---- */

/* A socket that has joined nothing hears what another joined, unless it says no; one that joined something else too */
TEST_F(dgram, all)
{
	d_kind *k = &variant->k;
	int dev = device(), fd = receiver(k, k->wire, 0), peer = sender(k, dev);
	int joined = receiver(k, k->wire, t_port(fd)), all = d_of(k, IP_MULTICAST_ALL, IPV6_MULTICAST_ALL);

	join(k, joined, dev);
	EXPECT_EQ(1, t_get(fd, d_ip_level(k), all));
	ASSERT_EQ(0, send_group(k, peer, group(k), t_port(fd), "all"));
	d_expect(joined, "all");
	d_expect(fd, "all");
	t_set(fd, d_ip_level(k), all, 0);
	EXPECT_EQ(0, t_get(fd, d_ip_level(k), all));
	ASSERT_EQ(0, send_group(k, peer, group(k), t_port(fd), "members"));
	d_expect(joined, "members");
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
	ASSERT_EQ(0, group_req(k, fd, MCAST_JOIN_GROUP, other_group(k), dev));
	ASSERT_EQ(0, send_group(k, peer, group(k), t_port(fd), "again"));
	d_expect(joined, "again");
	ASSERT_EQ(0, send_group(k, peer, other_group(k), t_port(fd), "other"));
	d_expect(fd, "other");
}

/* Bound to the group itself: nothing else arrives */
TEST_F(dgram, bound_to_group)
{
	d_kind *k = &variant->k;
	int dev = device(), fd = d_socket(k), peer = sender(k, dev);

	d_bind_to(k->family, fd, group(k), 0);
	join(k, fd, dev);
	EXPECT_EQ(0, d_try_sendto(k->family, peer, k->family == AF_INET ? "10.7.0.1" : "fd07::1", t_port(fd), "x", 1, 0));
	ASSERT_EQ(0, send_group(k, peer, group(k), t_port(fd), "group"));
	d_expect(fd, "group");
}

/* Connected to one: what is sent goes there */
TEST_F(dgram, connected_to_group)
{
	d_kind *k = &variant->k;
	int dev = device(), fd = d_socket(k), peer = receiver(k, k->peer, 0);

	join(k, peer, dev);
	multicast_if(k, fd, dev);
	d_connect_to(k->family, fd, group(k), t_port(peer));
	d_send(fd, "x");
	d_expect(peer, "x");
}

/* ---- broadcast ---- */

TEST_F(v4, broadcast)
{
	static const char *const to[] = { "10.7.1.255", "255.255.255.255" };
	d_kind *k = &variant->k;
	int fd, peer, more;

	fd = d_socket(k);
	peer = receiver(k, k->peer, 0);
	more = receiver(k, k->peer, t_port(peer));
	for (int i = 0; i < 2; i++) {
		t_set(fd, SOL_SOCKET, SO_BROADCAST, 0);
		EXPECT_EQ(EACCES, send_group(k, fd, to[i], t_port(peer), "no"));
		EXPECT_EQ(EACCES, d_try_connect(AF_INET, fd, to[i], t_port(peer)));
		t_set(fd, SOL_SOCKET, SO_BROADCAST, 1);
		ASSERT_EQ(0, send_group(k, fd, to[i], t_port(peer), "yes"));
		d_expect(peer, "yes");
		d_expect(more, "yes");
	}
	EXPECT_EQ(0, d_try_connect(AF_INET, fd, "10.7.1.255", t_port(peer)));
	d_send(fd, "connected");
	d_expect(peer, "connected");
}

/* Who is bound to a host's address hears no broadcast; who is bound to the broadcast address nothing else */
TEST_F(v4, bound_to_broadcast)
{
	d_kind *k = &variant->k;
	int fd, host, peer;

	fd = d_socket(k);
	host = d_socket_of(AF_INET, k->wire, 0);
	peer = d_peer_socket(k);
	t_set(peer, SOL_SOCKET, SO_BROADCAST, 1);
	d_bind_to(AF_INET, fd, "10.7.1.255", 0);
	d_bind_to(AF_INET, host, "10.7.1.1", t_port(fd));
	ASSERT_EQ(0, send_group(k, peer, "10.7.1.255", t_port(fd), "all"));
	ASSERT_EQ(0, send_group(k, peer, "10.7.1.1", t_port(fd), "one"));
	d_expect(fd, "all");
	d_expect(host, "one");
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
	EXPECT_EQ(EAGAIN, d_try_recv(host));
	/* what is sent from there has a host's address */
	d_sendto(k, fd, 9, "x");
}

TEST_HARNESS_MAIN
