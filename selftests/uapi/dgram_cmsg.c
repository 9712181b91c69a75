// SPDX-License-Identifier: GPL-2.0
/* Datagrams: what is told with them, and what is asked for one of them */
#include <linux/net_tstamp.h>
#include "dgram_test.h"

#ifndef IP_PROTOCOL
#define IP_PROTOCOL 52
#endif
#ifndef IPV6_FLOWINFO
#define IPV6_FLOWINFO 11
#endif

#define LO 1	/* its number in every namespace */

/* ---- where it came in ---- */

static void expect_pktinfo(struct __test_metadata *_metadata, struct d_msg *m, const char *text)
{
	const struct in_pktinfo *p = d_cmsg(m, SOL_IP, IP_PKTINFO, sizeof(*p));

	ASSERT_NE(NULL, p);
	EXPECT_EQ(LO, p->ipi_ifindex);
	EXPECT_EQ(inet_addr(text), p->ipi_addr.s_addr);
	EXPECT_EQ(inet_addr(text), p->ipi_spec_dst.s_addr);
	EXPECT_EQ(1, d_cmsgs(m));
}

TEST_F(v4, pktinfo)
{
	d_kind *k = &variant->k;
	int fd = d_socket(k), peer = d_peer_socket(k);
	struct d_msg m;

	d_bind_to(AF_INET, fd, "0.0.0.0", 0);
	d_bind(k, peer, 0);
	t_set(fd, SOL_IP, IP_PKTINFO, 1);
	EXPECT_EQ(1, t_get(fd, SOL_IP, IP_PKTINFO));
	for (int i = 1; i < 4; i++) {
		char text[16];

		sprintf(text, "127.0.0.%d", i);
		ASSERT_EQ(0, d_try_sendto(AF_INET, peer, text, t_port(fd), "x", 1, 0));
		ASSERT_EQ(1, d_recvmsg(fd, &m, 0));
		expect_pktinfo(_metadata, &m, text);
	}
	t_set(fd, SOL_IP, IP_PKTINFO, 0);
	d_sendto(k, peer, t_port(fd), "y");
	ASSERT_EQ(1, d_recvmsg(fd, &m, 0));
	EXPECT_EQ(0, d_cmsgs(&m));
}

TEST_F(v6, pktinfo)
{
	d_kind *k = &variant->k;
	const struct in6_pktinfo *p;
	struct d_msg m;
	int fd[2];

	d_two(k, fd);
	t_set(fd[0], SOL_IPV6, IPV6_RECVPKTINFO, 1);
	EXPECT_EQ(1, t_get(fd[0], SOL_IPV6, IPV6_RECVPKTINFO));
	d_sendto(k, fd[1], t_port(fd[0]), "x");
	ASSERT_EQ(1, d_recvmsg(fd[0], &m, 0));
	p = d_cmsg(&m, SOL_IPV6, IPV6_PKTINFO, sizeof(*p));
	ASSERT_NE(NULL, p);
	EXPECT_EQ(LO, p->ipi6_ifindex);
	EXPECT_TRUE(IN6_IS_ADDR_LOOPBACK(&p->ipi6_addr));
	EXPECT_EQ(1, d_cmsgs(&m));
}

/* An IPv6 socket hears of IPv4 what it asked for: of either family */
TEST_F(v6, pktinfo_mapped)
{
	d_kind *k = &variant->k;
	int fd = d_socket(k), peer = d_socket_of(AF_INET, k->peer, 0);
	const struct in6_pktinfo *p;
	const struct in_pktinfo *p4;
	struct d_msg m;

	d_bind_to(AF_INET6, fd, "::", 0);
	t_set(fd, SOL_IPV6, IPV6_RECVPKTINFO, 1);
	t_set(fd, SOL_IP, IP_PKTINFO, 1);
	t_set(fd, SOL_IP, IP_RECVTTL, 1);
	ASSERT_EQ(0, d_try_sendto(AF_INET, peer, "127.0.0.7", t_port(fd), "x", 1, 0));
	ASSERT_EQ(1, d_recvmsg(fd, &m, 0));
	p = d_cmsg(&m, SOL_IPV6, IPV6_PKTINFO, sizeof(*p));
	ASSERT_NE(NULL, p);
	EXPECT_TRUE(IN6_IS_ADDR_V4MAPPED(&p->ipi6_addr));
	EXPECT_EQ(htonl(0x7f000007), p->ipi6_addr.s6_addr32[3]);
	p4 = d_cmsg(&m, SOL_IP, IP_PKTINFO, sizeof(*p4));
	ASSERT_NE(NULL, p4);
	EXPECT_EQ(htonl(0x7f000007), p4->ipi_addr.s_addr);
	EXPECT_EQ(64, d_cmsg_int(&m, SOL_IP, IP_TTL));
}

TEST_F(dgram, origdstaddr)
{
	d_kind *k = &variant->k;
	const struct sockaddr_storage *to;
	struct d_msg m;
	int fd[2];

	d_two(k, fd);
	t_set(fd[0], d_ip_level(k), d_of(k, IP_RECVORIGDSTADDR, IPV6_RECVORIGDSTADDR), 1);
	d_sendto(k, fd[1], t_port(fd[0]), "x");
	ASSERT_EQ(1, d_recvmsg(fd[0], &m, 0));
	to = d_cmsg(&m, d_ip_level(k), d_of(k, IP_ORIGDSTADDR, IPV6_ORIGDSTADDR), d_of(k, 16, 28));
	ASSERT_NE(NULL, to);
	EXPECT_EQ(k->family, to->ss_family);
	EXPECT_EQ(t_port(fd[0]), t_port_of(to));
}

/* ---- TTL and TOS, hop limit and traffic class ---- */

static void tell_v4(int fd)
{
	t_set(fd, SOL_IP, IP_RECVTTL, 1);
	t_set(fd, SOL_IP, IP_RECVTOS, 1);
}

static int told_tos(struct d_msg *m)
{
	const unsigned char *p = d_cmsg(m, SOL_IP, IP_TOS, 1);

	return p ? *p : -1;
}

/* What the socket has, what one datagram has, and the socket's again */
TEST_F(v4, ttl_and_tos)
{
	d_kind *k = &variant->k;
	struct d_out o = {};
	struct d_msg m;
	int fd[2];

	d_pair(k, fd);
	tell_v4(fd[1]);
	t_set(fd[0], SOL_IP, IP_TTL, 33);
	t_set(fd[0], SOL_IP, IP_TOS, 0x28);
	d_add_int(&o, SOL_IP, IP_TTL, 44);
	d_add_int(&o, SOL_IP, IP_TOS, 0x48);
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, d_sendmsg(k, fd[0], NULL, 0, "x", i == 1 ? &o : NULL));
		ASSERT_EQ(1, d_recvmsg(fd[1], &m, 0));
		EXPECT_EQ(i == 1 ? 44 : 33, d_cmsg_int(&m, SOL_IP, IP_TTL));
		EXPECT_EQ(i == 1 ? 0x48 : 0x28, told_tos(&m));
		EXPECT_EQ(2, d_cmsgs(&m));
	}
}

/* What raw sockets say with it is nothing to a datagram socket */
TEST_F(v4, protocol)
{
	static const int protocols[] = { 1, 6, 17, 255 };
	d_kind *k = &variant->k;
	int fd[2];

	d_pair(k, fd);
	for (unsigned int i = 0; i < ARRAY_SIZE(protocols); i++) {
		struct d_out o = {};

		d_add_int(&o, SOL_IP, IP_PROTOCOL, protocols[i]);
		ASSERT_EQ(0, d_sendmsg(k, fd[0], NULL, 0, "x", &o));
		d_expect(fd[1], "x");
	}
}

/* One byte will do for TOS */
TEST_F(v4, tos_byte)
{
	unsigned char tos = 0x68;
	struct d_out o = {};
	struct d_msg m;
	int fd[2];

	d_two(&variant->k, fd);
	tell_v4(fd[1]);
	d_add(&o, SOL_IP, IP_TOS, &tos, 1);
	ASSERT_EQ(0, d_sendmsg(&variant->k, fd[0], "127.0.0.1", t_port(fd[1]), "x", &o));
	ASSERT_EQ(1, d_recvmsg(fd[1], &m, 0));
	EXPECT_EQ(0x68, told_tos(&m));
}

/* ECN is the program's own with datagrams: QUIC lives by it */
TEST_F(dgram, ecn)
{
	d_kind *k = &variant->k;
	struct d_msg m;
	int fd[2];

	d_pair(k, fd);
	t_set(fd[1], d_ip_level(k), d_of(k, IP_RECVTOS, IPV6_RECVTCLASS), 1);
	for (int ecn = 0; ecn < 4; ecn++) {
		struct d_out o = {};

		d_add_int(&o, d_ip_level(k), d_of(k, IP_TOS, IPV6_TCLASS), ecn);
		ASSERT_EQ(0, d_sendmsg(k, fd[0], NULL, 0, "x", &o));
		ASSERT_EQ(1, d_recvmsg(fd[1], &m, 0));
		EXPECT_EQ(ecn, k->family == AF_INET ? told_tos(&m) : d_cmsg_int(&m, SOL_IPV6, IPV6_TCLASS));
	}
}

TEST_F(v6, hoplimit_and_tclass)
{
	d_kind *k = &variant->k;
	struct d_out o = {};
	struct d_msg m;
	int fd[2];

	d_pair(k, fd);
	t_set(fd[1], SOL_IPV6, IPV6_RECVHOPLIMIT, 1);
	t_set(fd[1], SOL_IPV6, IPV6_RECVTCLASS, 1);
	t_set(fd[0], SOL_IPV6, IPV6_UNICAST_HOPS, 33);
	t_set(fd[0], SOL_IPV6, IPV6_TCLASS, 0x28);
	d_add_int(&o, SOL_IPV6, IPV6_HOPLIMIT, 44);
	d_add_int(&o, SOL_IPV6, IPV6_TCLASS, 0x48);
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, d_sendmsg(k, fd[0], NULL, 0, "x", i == 1 ? &o : NULL));
		ASSERT_EQ(1, d_recvmsg(fd[1], &m, 0));
		EXPECT_EQ(i == 1 ? 44 : 33, d_cmsg_int(&m, SOL_IPV6, IPV6_HOPLIMIT));
		EXPECT_EQ(i == 1 ? 0x48 : 0x28, d_cmsg_int(&m, SOL_IPV6, IPV6_TCLASS));
		EXPECT_EQ(2, d_cmsgs(&m));
	}
}

/* ---- from where it goes ---- */

TEST_F(v4, send_pktinfo)
{
	struct in_pktinfo info = { .ipi_ifindex = LO };
	d_kind *k = &variant->k;
	int fd = d_socket(k), peer = d_peer_socket(k);
	struct d_msg m;

	d_bind_to(AF_INET, fd, "0.0.0.0", 0);
	d_bind(k, peer, 0);
	for (int i = 2; i < 5; i++) {
		struct d_out o = {};

		info.ipi_spec_dst.s_addr = htonl(INADDR_LOOPBACK - 1 + i);
		d_add(&o, SOL_IP, IP_PKTINFO, &info, sizeof(info));
		ASSERT_EQ(0, d_sendmsg(k, fd, "127.0.0.1", t_port(peer), "x", &o));
		ASSERT_EQ(1, d_recvmsg(peer, &m, 0));
		EXPECT_EQ(info.ipi_spec_dst.s_addr, ((struct sockaddr_in *)&m.name)->sin_addr.s_addr);
	}
}

TEST_F(v6, send_pktinfo)
{
	struct in6_pktinfo info = { .ipi6_addr = IN6ADDR_LOOPBACK_INIT, .ipi6_ifindex = LO };
	d_kind *k = &variant->k;
	int fd = d_socket(k), peer = d_peer_socket(k);
	struct d_out o = {}, two = {};
	struct d_msg m;

	t_enter_netns();
	close(fd);
	close(peer);
	fd = d_socket(k);
	peer = d_peer_socket(k);
	t_sh("ip addr add fd00::7/128 dev lo nodad");
	d_bind_to(AF_INET6, fd, "::", 0);
	d_bind(k, peer, 0);
	d_add(&o, SOL_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	ASSERT_EQ(0, d_sendmsg(k, fd, "::1", t_port(peer), "x", &o));
	ASSERT_EQ(1, d_recvmsg(peer, &m, 0));
	EXPECT_TRUE(IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&m.name)->sin6_addr));
	inet_pton(AF_INET6, "fd00::7", &info.ipi6_addr);
	d_add(&two, SOL_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	ASSERT_EQ(0, d_sendmsg(k, fd, "::1", t_port(peer), "x", &two));
	ASSERT_EQ(1, d_recvmsg(peer, &m, 0));
	EXPECT_EQ(0, memcmp(&info.ipi6_addr, &((struct sockaddr_in6 *)&m.name)->sin6_addr, 16));
}

/* ---- time ---- */

static bool is_now(const struct timespec *ts)
{
	return ts && ts->tv_sec && labs(ts->tv_sec - time(NULL)) < 600;
}

TEST_F(dgram, timestamp)
{
	const struct timeval *tv;
	struct timespec ts;
	struct d_msg m;
	int fd[2];

	d_pair(&variant->k, fd);
	t_set(fd[1], SOL_SOCKET, SO_TIMESTAMP, 1);
	d_send(fd[0], "x");
	ASSERT_EQ(1, d_recvmsg(fd[1], &m, 0));
	tv = d_cmsg(&m, SOL_SOCKET, SCM_TIMESTAMP, sizeof(*tv));
	ASSERT_NE(NULL, tv);
	ts.tv_sec = tv->tv_sec;
	EXPECT_TRUE(is_now(&ts));
	EXPECT_EQ(1, d_cmsgs(&m));
	t_set(fd[1], SOL_SOCKET, SO_TIMESTAMP, 0);
	d_send(fd[0], "y");
	ASSERT_EQ(1, d_recvmsg(fd[1], &m, 0));
	EXPECT_EQ(0, d_cmsgs(&m));
}

TEST_F(dgram, timestampns)
{
	struct d_msg m;
	int fd[2];

	d_pair(&variant->k, fd);
	t_set(fd[1], SOL_SOCKET, SO_TIMESTAMPNS, 1);
	d_send(fd[0], "x");
	ASSERT_EQ(1, d_recvmsg(fd[1], &m, 0));
	EXPECT_TRUE(is_now(d_cmsg(&m, SOL_SOCKET, SCM_TIMESTAMPNS, sizeof(struct timespec))));
}

static bool next_has_time(int fd[2], struct d_msg *m)
{
	d_send(fd[0], "x");
	if (d_recvmsg(fd[1], m, 0) != 1)
		t_die("no datagram");
	return d_cmsg(m, SOL_SOCKET, SCM_TIMESTAMPING, sizeof(struct scm_timestamping));
}

/* Core code takes the time of packets a moment after the first socket has asked for it */
TEST_F(dgram, timestamping_rx)
{
	struct d_msg m;
	int fd[2];

	d_pair(&variant->k, fd);
	t_set(fd[1], SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE);
	T_UNTIL(next_has_time(fd, &m));
	EXPECT_TRUE(is_now(d_cmsg(&m, SOL_SOCKET, SCM_TIMESTAMPING, sizeof(struct scm_timestamping))));
}

static void expect_tx(struct __test_metadata *_metadata, d_kind *k, int fd, int kind, unsigned int id)
{
	const struct sock_extended_err *ee;
	struct d_msg m;

	t_wait(fd, 0);	/* POLLERR */
	ASSERT_LE(0, d_recvmsg(fd, &m, MSG_ERRQUEUE));
	EXPECT_TRUE(m.h.msg_flags & MSG_ERRQUEUE);
	EXPECT_TRUE(is_now(d_cmsg(&m, SOL_SOCKET, SCM_TIMESTAMPING, sizeof(struct scm_timestamping))));
	ee = d_cmsg(&m, d_ip_level(k), d_of(k, IP_RECVERR, IPV6_RECVERR), sizeof(*ee));
	ASSERT_NE(NULL, ee);
	EXPECT_EQ(ENOMSG, ee->ee_errno);
	EXPECT_EQ(SO_EE_ORIGIN_TIMESTAMPING, ee->ee_origin);
	EXPECT_EQ(kind, ee->ee_info);
	EXPECT_EQ(id, ee->ee_data);
}

TEST_F(dgram, timestamping_tx)
{
	d_kind *k = &variant->k;
	int fd[2];

	d_pair(k, fd);
	t_set(fd[0], SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |
	      SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY);
	for (unsigned int i = 0; i < 3; i++) {
		d_send(fd[0], "x");
		expect_tx(_metadata, k, fd[0], SCM_TSTAMP_SND, i);
		d_expect(fd[1], "x");
	}
	EXPECT_EQ(0, t_get(fd[0], SOL_SOCKET, SO_ERROR));
}

/* Asked for by one datagram alone */
TEST_F(dgram, timestamping_tx_once)
{
	d_kind *k = &variant->k;
	struct d_out o = {};
	int fd[2];
	char c;

	d_pair(k, fd);
	t_set(fd[0], SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY);
	d_send(fd[0], "without");
	d_add_int(&o, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_TX_SCHED);
	ASSERT_EQ(0, d_sendmsg(k, fd[0], NULL, 0, "with", &o));
	expect_tx(_metadata, k, fd[0], SCM_TSTAMP_SCHED, 0);
	EXPECT_EQ(-1, recv(fd[0], &c, 1, MSG_ERRQUEUE));
	EXPECT_EQ(EAGAIN, errno);
}

/* ---- room that is too small ---- */

TEST_F(dgram, ctrunc)
{
	d_kind *k = &variant->k;
	char control[CMSG_SPACE(4)], buf[4];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	int fd[2];

	d_pair(k, fd);
	t_set(fd[1], d_ip_level(k), d_of(k, IP_RECVTTL, IPV6_RECVHOPLIMIT), 1);
	t_set(fd[1], d_ip_level(k), d_of(k, IP_PKTINFO, IPV6_RECVPKTINFO), 1);
	d_send(fd[0], "ok");
	EXPECT_EQ(2, recvmsg(fd[1], &h, 0));
	EXPECT_EQ(MSG_CTRUNC, h.msg_flags);
	d_send(fd[0], "ok");
	h.msg_controllen = 0;
	EXPECT_EQ(2, recvmsg(fd[1], &h, 0));
	EXPECT_EQ(MSG_CTRUNC, h.msg_flags);
	d_send(fd[0], "ok");
	h.msg_control = (void *)1;
	h.msg_controllen = 1000;
	EXPECT_EQ(2, recvmsg(fd[1], &h, 0));	/* a bad pointer loses what would be written there, no more */
}

/* ---- what is malformed ---- */

struct bad {
	int level;
	int type;
	int len;	/* of the data */
	int err;
	union {
		int value;
		struct in_pktinfo info;
		struct in6_pktinfo info6;
		char bytes[64];
	};
};

static const struct bad bad_both[] = {
	{ SOL_SOCKET, 4711, 4, EINVAL },
	{ SOL_SOCKET, SO_TIMESTAMPING, 3, EINVAL },
	{ SOL_SOCKET, SO_TIMESTAMPING, 4, EINVAL, { SOF_TIMESTAMPING_OPT_ID } },
	{ SOL_SOCKET, SO_MARK, 3, EINVAL },
	{ SOL_SOCKET, SCM_TXTIME, 8, EINVAL },	/* without SO_TXTIME */
	{ SOL_UDP, 4711, 4, EINVAL },
	{ SOL_UDP, UDP_SEGMENT, 1, EINVAL },
	{ SOL_UDP, UDP_SEGMENT, 4, EINVAL },
};

static const struct bad bad_v4[] = {
	{ SOL_IP, 4711, 4, EINVAL },
	{ SOL_IP, IP_TTL, 0, EINVAL },
	{ SOL_IP, IP_TTL, 3, EINVAL, { 1 } },
	{ SOL_IP, IP_TTL, 8, EINVAL, { 1 } },
	{ SOL_IP, IP_TTL, 4, EINVAL, { 0 } },
	{ SOL_IP, IP_TTL, 4, EINVAL, { -1 } },
	{ SOL_IP, IP_TTL, 4, EINVAL, { 256 } },
	{ SOL_IP, IP_TOS, 0, EINVAL },
	{ SOL_IP, IP_TOS, 2, EINVAL },
	{ SOL_IP, IP_TOS, 8, EINVAL },
	{ SOL_IP, IP_TOS, 4, EINVAL, { -1 } },
	{ SOL_IP, IP_TOS, 4, EINVAL, { 256 } },
	{ SOL_IP, IP_PROTOCOL, 0, EINVAL },
	{ SOL_IP, IP_PROTOCOL, 1, EINVAL, { 17 } },
	{ SOL_IP, IP_PROTOCOL, 8, EINVAL, { 17 } },
	{ SOL_IP, IP_PROTOCOL, 4, EINVAL, { -1 } },
	{ SOL_IP, IP_PROTOCOL, 4, EINVAL, { 0 } },
	{ SOL_IP, IP_PROTOCOL, 4, EINVAL, { 256 } },
	{ SOL_IP, IP_PKTINFO, sizeof(struct in_pktinfo) - 1, EINVAL },
	{ SOL_IP, IP_PKTINFO, sizeof(struct in_pktinfo) + 1, EINVAL },
	{ SOL_IP, IP_PKTINFO, 0, EINVAL },
	{ SOL_IP, IP_PKTINFO, sizeof(struct in_pktinfo), ENODEV, .info = { .ipi_ifindex = 4711 } },
	{ SOL_IP, IP_PKTINFO, sizeof(struct in_pktinfo), ENETUNREACH, .info = { .ipi_spec_dst = { 0x01020304 } } },
	{ SOL_IP, IP_RETOPTS, 3, EINVAL, .bytes = { 7, 40, 4 } },
};

static const struct bad bad_v6[] = {
	{ SOL_IPV6, 4711, 4, EINVAL },
	{ SOL_IPV6, IPV6_HOPLIMIT, 0, EINVAL },
	{ SOL_IPV6, IPV6_HOPLIMIT, 3, EINVAL, { 1 } },
	{ SOL_IPV6, IPV6_HOPLIMIT, 8, EINVAL, { 1 } },
	{ SOL_IPV6, IPV6_HOPLIMIT, 4, EINVAL, { -2 } },
	{ SOL_IPV6, IPV6_HOPLIMIT, 4, EINVAL, { 256 } },
	{ SOL_IPV6, IPV6_TCLASS, 0, EINVAL },
	{ SOL_IPV6, IPV6_TCLASS, 1, EINVAL },
	{ SOL_IPV6, IPV6_TCLASS, 4, EINVAL, { -2 } },
	{ SOL_IPV6, IPV6_TCLASS, 4, EINVAL, { 256 } },
	{ SOL_IPV6, IPV6_DONTFRAG, 1, EINVAL },
	{ SOL_IPV6, IPV6_DONTFRAG, 4, EINVAL, { 2 } },
	{ SOL_IPV6, IPV6_FLOWINFO, 3, EINVAL },
	{ SOL_IPV6, IPV6_PKTINFO, sizeof(struct in6_pktinfo) - 1, EINVAL },
	{ SOL_IPV6, IPV6_PKTINFO, 0, EINVAL },
	{ SOL_IPV6, IPV6_PKTINFO, sizeof(struct in6_pktinfo), ENODEV, .info6 = { .ipi6_ifindex = 4711 } },
	{ SOL_IPV6, IPV6_PKTINFO, sizeof(struct in6_pktinfo), EINVAL,
	  .info6 = { .ipi6_addr = { { { 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9 } } } } },
	{ SOL_IPV6, IPV6_HOPOPTS, 1, EINVAL },
	{ SOL_IPV6, IPV6_HOPOPTS, 8, EINVAL, .bytes = { 0, 9 } },
	{ SOL_IPV6, IPV6_RTHDR, 1, EINVAL },
	{ SOL_IPV6, IPV6_RTHDR, 8, EINVAL, .bytes = { 0, 0, 77, 1 } },
};

/* Each is refused, alone and behind a good one, and nothing is sent */
static void expect_bad(struct __test_metadata *_metadata, d_kind *k, const struct bad *b, int n)
{
	int fd[2];

	d_two(k, fd);
	for (; n; n--, b++) {
		for (int second = 0; second < 2; second++) {
			struct d_out o = {};

			if (second)
				d_add_int(&o, d_ip_level(k), d_of(k, IP_TTL, IPV6_HOPLIMIT), 9);
			d_add(&o, b->level, b->type, b->bytes, b->len);
			EXPECT_EQ(b->err, d_sendmsg(k, fd[0], d_lo(k), t_port(fd[1]), "bad", &o)) {
				TH_LOG("level %d type %d length %d value %d", b->level, b->type, b->len, b->value);
			}
		}
	}
	d_sendto(k, fd[0], t_port(fd[1]), "good");
	d_expect(fd[1], "good");
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
}

TEST_F(dgram, bad)
{
	expect_bad(_metadata, &variant->k, bad_both, ARRAY_SIZE(bad_both));
}

TEST_F(v4, bad)
{
	expect_bad(_metadata, &variant->k, bad_v4, ARRAY_SIZE(bad_v4));
}

TEST_F(v6, bad)
{
	expect_bad(_metadata, &variant->k, bad_v6, ARRAY_SIZE(bad_v6));
}

/* Lengths of the header itself */
TEST_F(dgram, bad_header)
{
	static const long lens[] = { 0, 1, sizeof(struct cmsghdr) - 1, CMSG_SPACE(4) + 1, 0x7fffffff, -1 };
	d_kind *k = &variant->k;
	int fd[2];

	d_two(k, fd);
	for (unsigned int i = 0; i < ARRAY_SIZE(lens); i++) {
		struct d_out o = {};

		d_add_int(&o, d_ip_level(k), d_of(k, IP_TTL, IPV6_HOPLIMIT), 9)->cmsg_len = lens[i];
		EXPECT_EQ(EINVAL, d_sendmsg(k, fd[0], d_lo(k), t_port(fd[1]), "bad", &o)) {
			TH_LOG("cmsg_len %ld", lens[i]);
		}
	}
	d_sendto(k, fd[0], t_port(fd[1]), "good");
	d_expect(fd[1], "good");
}

/* Of levels that are nobody's business here nothing is asked */
TEST_F(dgram, other_level)
{
	d_kind *k = &variant->k;
	struct d_out o = {};
	int fd[2];

	d_two(k, fd);
	d_add_int(&o, 4711, 1, 1);
	d_add_int(&o, SOL_TCP, 1, 1);
	ASSERT_EQ(0, d_sendmsg(k, fd[0], d_lo(k), t_port(fd[1]), "x", &o));
	d_expect(fd[1], "x");
}

TEST_HARNESS_MAIN
