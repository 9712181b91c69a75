// SPDX-License-Identifier: GPL-2.0
/* More options of streams whose effect can be seen: addresses, routes, buffers, programs of BPF */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include "naru_test.h"

#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK		72
#endif
#define BUF_LOCK_RCV		2	/* SOCK_RCVBUF_LOCK */
#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND		78
#endif
#ifndef IPV6_MINHOPCOUNT
#define IPV6_MINHOPCOUNT	73
#endif
#ifndef IPV6_AUTOFLOWLABEL
#define IPV6_AUTOFLOWLABEL	70
#endif

static int ip_level(t_kind *v)
{
	return v->family == AF_INET ? SOL_IP : SOL_IPV6;
}

static int ip_name(t_kind *v, int v4, int v6)
{
	return v->family == AF_INET ? v4 : v6;
}

/* ---- addresses and routes ---- */

/* ip(7), ipv6(7): an address that the host has not, or not yet */
TEST_F(naru, freebind)
{
	const char *foreign = variant->family == AF_INET ? "192.0.2.9" : "2001:db8::9";
	int level = ip_level(variant), name = ip_name(variant, IP_FREEBIND, IPV6_FREEBIND);
	int fd, client;

	t_enter_netns();
	fd = t_socket(variant, 0);
	EXPECT_EQ(EADDRNOTAVAIL, t_try_bind(variant, fd, foreign, 0));
	t_set(fd, level, name, 1);
	EXPECT_EQ(1, t_get(fd, level, name));
	ASSERT_EQ(0, t_try_bind(variant, fd, foreign, 0));
	ASSERT_EQ(0, listen(fd, 5));
	t_sh("ip addr add 192.0.2.9/32 dev lo; ip addr add 2001:db8::9/128 dev lo nodad");
	client = t_socket(variant, 0);
	ASSERT_EQ(0, t_try_connect(variant, client, foreign, t_port(fd)));
	t_send_all(client, 0, 100);
	t_recv_all(t_accept(fd), 0, 100);
}

/* socket(7): only to hosts that are reached without a router. The kernel's own IPv6 does not go by it */
TEST_F(naru, dontroute)
{
	int fd;

	if (variant->family == AF_INET6)
		return;
	t_enter_netns();
	t_sh("ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; "
	     "ip addr add 10.7.0.1/24 dev v0; ip route add default via 10.7.0.254");
	fd = t_socket(variant, SOCK_NONBLOCK);
	t_set(fd, SOL_SOCKET, SO_DONTROUTE, 1);
	EXPECT_EQ(1, t_get(fd, SOL_SOCKET, SO_DONTROUTE));
	EXPECT_EQ(ENETUNREACH, t_try_connect(variant, fd, "198.51.100.1", 80));
	t_set(fd, SOL_SOCKET, SO_DONTROUTE, 0);
	EXPECT_EQ(EINPROGRESS, t_try_connect(variant, fd, "198.51.100.1", 80));
	fd = t_socket(variant, SOCK_NONBLOCK);
	t_set(fd, SOL_SOCKET, SO_DONTROUTE, 1);
	EXPECT_EQ(EINPROGRESS, t_try_connect(variant, fd, "10.7.0.9", 80));
}

/* ip(7), RFC 5082: what has come too far is not heard, and comes again */
TEST_F(naru, min_hops)
{
	int level = ip_level(variant), min = ip_name(variant, IP_MINTTL, IPV6_MINHOPCOUNT);
	int hops = ip_name(variant, IP_TTL, IPV6_UNICAST_HOPS), sv[2];

	t_pair(variant, sv);
	t_set(sv[1], level, min, 255);
	EXPECT_EQ(255, t_get(sv[1], level, min));
	t_set(sv[0], level, hops, 254);
	t_send_all(sv[0], 0, 100);
	T_UNTIL(t_info(sv[0]).tcpi_total_retrans);
	EXPECT_EQ(0, t_events(sv[1]) & POLLIN);
	t_set(sv[0], level, hops, 255);
	t_recv_all(sv[1], 0, 100);
}

/* socket(7): the name of the other end, which getpeername(2) gives as well */
TEST_F(naru, peername)
{
	struct sockaddr_storage ss = {}, want = {};
	socklen_t len = sizeof(ss), want_len = sizeof(want);
	int fd = t_socket(variant, 0), sv[2];

	EXPECT_EQ(-1, getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &ss, &len));
	EXPECT_EQ(ENOTCONN, errno);
	t_pair(variant, sv);
	len = t_addrlen(variant);
	ASSERT_EQ(0, getsockopt(sv[0], SOL_SOCKET, SO_PEERNAME, &ss, &len));
	ASSERT_EQ(0, getpeername(sv[0], (struct sockaddr *)&want, &want_len));
	EXPECT_EQ(want_len, t_addrlen(variant));
	EXPECT_EQ(0, memcmp(&ss, &want, want_len));
	EXPECT_EQ(t_port(sv[1]), t_port_of(&ss));
	len = t_addrlen(variant) + 1;
	EXPECT_EQ(-1, getsockopt(sv[0], SOL_SOCKET, SO_PEERNAME, &ss, &len));
	EXPECT_EQ(EINVAL, errno);
}

/* The flow label of the next packet from @port */
static unsigned int next_label(int fd, int port)
{
	unsigned char p[256];

	do {
		if (recv(fd, p, sizeof(p), 0) < 44)
			t_die("recv of a packet");
	} while ((p[40] << 8 | p[41]) != port);
	return (p[1] & 0xf) << 16 | p[2] << 8 | p[3];
}

/* ipv6(7): a label that is made of the connection's ends, or none */
TEST_F(naru, auto_flow_label)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IPV6), .sll_ifindex = 1 };
	int lfd, tap;

	if (variant->family == AF_INET)
		return;
	lfd = t_listen(variant);
	tap = socket(AF_PACKET, SOCK_DGRAM, 0);
	if (tap < 0 || bind(tap, (struct sockaddr *)&sll, sizeof(sll)))
		t_die("a packet socket");
	for (int on = 0; on < 2; on++) {
		int fd = t_socket(variant, 0);

		t_set(fd, SOL_IPV6, IPV6_AUTOFLOWLABEL, on);
		EXPECT_EQ(on, t_get(fd, SOL_IPV6, IPV6_AUTOFLOWLABEL));
		t_connect(variant, fd, t_port(lfd));
		EXPECT_EQ(on, next_label(tap, t_port(fd)) != 0);
	}
}

/* ---- buffers ---- */

/* socket(7): a buffer that a program has fixed does not grow for SO_RCVLOWAT, until it is told that it may again */
TEST_F(naru, buf_lock)
{
	int fd = t_socket(variant, 0), was;

	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_BUF_LOCK));
	t_set(fd, SOL_SOCKET, SO_RCVBUF, 65536);
	EXPECT_EQ(BUF_LOCK_RCV, t_get(fd, SOL_SOCKET, SO_BUF_LOCK));
	was = t_get(fd, SOL_SOCKET, SO_RCVBUF);
	t_set(fd, SOL_SOCKET, SO_RCVLOWAT, 1 << 20);
	EXPECT_EQ(was, t_get(fd, SOL_SOCKET, SO_RCVBUF));
	t_set(fd, SOL_SOCKET, SO_BUF_LOCK, 0);
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_BUF_LOCK));
	t_set(fd, SOL_SOCKET, SO_RCVLOWAT, 1 << 20);
	EXPECT_LT(was, t_get(fd, SOL_SOCKET, SO_RCVBUF));
}

/* socket(7): a program that polls the device, and prefers to, gets its data all the same */
TEST_F(naru, prefer_busy_poll)
{
	int sv[2];

	t_pair(variant, sv);
	t_set(sv[1], SOL_SOCKET, SO_BUSY_POLL, 50);
	t_set(sv[1], SOL_SOCKET, SO_PREFER_BUSY_POLL, 1);
	t_set(sv[1], SOL_SOCKET, SO_BUSY_POLL_BUDGET, 16);
	EXPECT_EQ(1, t_get(sv[1], SOL_SOCKET, SO_PREFER_BUSY_POLL));
	for (int i = 0; i < 20; i++) {
		t_send_all(sv[0], i, 1);
		t_recv_all(sv[1], i, 1);
	}
}

/* ---- programs of BPF ---- */

/* One of a socket that says only this number */
static int program(int says)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = says },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (unsigned long)insns,
		.insn_cnt = 2,
		.license = (unsigned long)"GPL",
	};
	int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	if (fd < 0)
		t_die("BPF_PROG_LOAD");
	return fd;
}

/* socket(7): nothing passes, then it is taken off, and what was held up arrives */
TEST_F(naru, attach_bpf)
{
	int sv[2];
	char c;

	t_pair(variant, sv);
	t_set(sv[1], SOL_SOCKET, SO_ATTACH_BPF, program(0));
	t_send_all(sv[0], 0, 1);
	EXPECT_EQ(-1, recv(sv[1], &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	t_set(sv[1], SOL_SOCKET, SO_DETACH_BPF, 0);
	t_recv_all(sv[1], 0, 1);
}

/* socket(7): who of a group of listeners takes a connection, by its place in the group */
TEST_F(naru, attach_reuseport_ebpf)
{
	int lfd[3], fd;

	for (int i = 0; i < 3; i++) {
		lfd[i] = t_socket(variant, 0);
		t_set(lfd[i], SOL_SOCKET, SO_REUSEPORT, 1);
		t_bind(variant, lfd[i], i ? t_port(lfd[0]) : 0);
		ASSERT_EQ(0, listen(lfd[i], 16));
	}
	for (int i = 0; i < 9; i++) {
		t_set(lfd[0], SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, program(i * 2 % 3));
		fd = t_socket(variant, 0);
		t_connect(variant, fd, t_port(lfd[0]));
		close(t_accept(lfd[i * 2 % 3]));
		close(fd);
	}
}

TEST_HARNESS_MAIN
