// SPDX-License-Identifier: GPL-2.0
/* Datagrams: options, flags and ioctls whose effect can be seen, and that no other test has */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include "dgram_test.h"

#ifndef SO_RCVMARK
#define SO_RCVMARK	75
#endif
#define SCM_MARK	SO_MARK
#define SCM_RXQ_OVFL	SO_RXQ_OVFL
#ifndef IP_UNICAST_IF
#define IP_UNICAST_IF	50
#endif
#ifndef IPV6_UNICAST_IF
#define IPV6_UNICAST_IF	76
#endif
#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND	78
#endif
#ifndef IP_RECVFRAGSIZE
#define IP_RECVFRAGSIZE	25
#endif
#ifndef IPV6_RECVFRAGSIZE
#define IPV6_RECVFRAGSIZE 77
#endif
#ifndef IPV6_AUTOFLOWLABEL
#define IPV6_AUTOFLOWLABEL 70
#endif
#ifndef MSG_PROBE
#define MSG_PROBE	0x10
#endif
#ifndef IPV6_FLOWINFO
#define IPV6_FLOWINFO	11
#endif

/* What ip(8) does, all in one process: programs are slow to start */
#define IP(commands)	t_sh("ip -batch - <<END\n" commands "END\n")

/*
 * A namespace with v0 and w0, behind which nobody answers; v0 is 10.7.0.1 and fd07::1, and w0 10.8.0.1 and fd08::1.
 * What is far goes by v0, to a router.
 */
static void enter_hosts(void)
{
	t_enter_netns();
	IP("link add v0 type veth peer name v1\nlink add w0 type veth peer name w1\n"
	   "link set v0 up\nlink set v1 up\nlink set w0 up\nlink set w1 up\n"
	   "addr add 10.7.0.1/24 dev v0\naddr add fd07::1/64 dev v0 nodad\n"
	   "addr add 10.8.0.1/24 dev w0\naddr add fd08::1/64 dev w0 nodad\n"
	   "route add 198.51.100.0/24 via 10.7.0.254\nroute add 2001:db8::/32 via fd07::fe\n");
}

static const char *far(d_kind *k)
{
	return k->family == AF_INET ? "198.51.100.1" : "2001:db8::1";
}

static int send_far(d_kind *k, int fd, const char *data)
{
	return d_try_sendto(k->family, fd, far(k), 7, data, 1, 0);
}

/* ---- addresses and routes ---- */

/* ip(7), ipv6(7): an address that the host has not, or not yet */
TEST_F(dgram, freebind)
{
	d_kind *k = &variant->k;
	int level = d_ip_level(k), name = d_of(k, IP_FREEBIND, IPV6_FREEBIND), fd, peer;

	t_enter_netns();
	fd = d_socket(k);
	peer = d_peer_socket(k);
	EXPECT_EQ(EADDRNOTAVAIL, d_try_bind(k->family, fd, far(k), 0));
	t_set(fd, level, name, 1);
	EXPECT_EQ(1, t_get(fd, level, name));
	ASSERT_EQ(0, d_try_bind(k->family, fd, far(k), 0));
	IP("addr add 198.51.100.1/32 dev lo\naddr add 2001:db8::1/128 dev lo nodad\n");
	/* one of IPv6 is in use a moment later */
	T_UNTIL(!d_try_sendto(k->family, peer, far(k), t_port(fd), "x", 1, 0) && !d_try_recv(fd));
}

/* socket(7), send(2): only to hosts that are reached without a router. IPv6 does not go by it */
TEST_F(v4, dontroute)
{
	d_kind *k = &variant->k;
	int fd;

	enter_hosts();
	fd = d_socket(k);
	EXPECT_EQ(0, send_far(k, fd, "x"));
	EXPECT_EQ(ENETUNREACH, d_try_sendto(AF_INET, fd, far(k), 7, "x", 1, MSG_DONTROUTE));
	EXPECT_EQ(0, d_try_sendto(AF_INET, fd, "10.7.0.9", 7, "x", 1, MSG_DONTROUTE));
	t_set(fd, SOL_SOCKET, SO_DONTROUTE, 1);
	EXPECT_EQ(1, t_get(fd, SOL_SOCKET, SO_DONTROUTE));
	EXPECT_EQ(ENETUNREACH, send_far(k, fd, "x"));
	EXPECT_EQ(ENETUNREACH, d_try_connect(AF_INET, fd, far(k), 7));
	EXPECT_EQ(0, d_try_sendto(AF_INET, fd, "10.7.0.9", 7, "x", 1, 0));
	t_set(fd, SOL_SOCKET, SO_DONTROUTE, 0);
	EXPECT_EQ(0, d_try_connect(AF_INET, fd, far(k), 7));
}

/* A socket that sees what comes in by that device */
static int tap(d_kind *k, const char *dev)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(d_of(k, ETH_P_IP, ETH_P_IPV6)),
		.sll_ifindex = if_nametoindex(dev),
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		t_die("a packet socket");
	return fd;
}

/* Whether the next packet of ours is that datagram: what IPv6 says of itself goes over the same wire */
static bool came(d_kind *k, int tap, char data, int flags)
{
	unsigned char p[256];
	ssize_t n;

	do {
		n = recv(tap, p, sizeof(p), flags);
	} while (n > 0 && p[d_of(k, 9, 6)] != d_ip_proto(k->wire));
	return n == d_of(k, 29, 49) && p[n - 1] == data;
}

/* ip(7), ipv6(7): the device by which it goes, whatever the routes would choose; the number is in network order */
TEST_F(dgram, unicast_if)
{
	d_kind *k = &variant->k;
	int level = d_ip_level(k), name = d_of(k, IP_UNICAST_IF, IPV6_UNICAST_IF), fd, v, w, dev;

	enter_hosts();
	IP("route add 198.51.100.0/24 dev w0 metric 5000\nroute add 2001:db8::/32 dev w0 metric 5000\n"
	   "neigh add 10.7.0.254 lladdr 02:00:00:00:00:01 dev v0\nneigh add fd07::fe lladdr 02:00:00:00:00:01 dev v0\n"
	   "neigh add 198.51.100.1 lladdr 02:00:00:00:00:01 dev w0\n"
	   "neigh add 2001:db8::1 lladdr 02:00:00:00:00:01 dev w0\n");
	fd = d_socket(k);
	v = tap(k, "v1");
	w = tap(k, "w1");
	dev = htonl(if_nametoindex("w0"));
	t_set(fd, level, name, dev);
	EXPECT_EQ(dev, t_get(fd, level, name));
	EXPECT_EQ(0, send_far(k, fd, "w"));
	EXPECT_TRUE(came(k, w, 'w', 0));
	t_set(fd, level, name, 0);
	EXPECT_EQ(0, send_far(k, fd, "v"));
	EXPECT_TRUE(came(k, v, 'v', 0));
	EXPECT_FALSE(came(k, w, 'v', MSG_DONTWAIT));
}

/* ---- flags ---- */

/* send(2): the way is looked at, and nothing goes there */
TEST_F(dgram, probe)
{
	d_kind *k = &variant->k;
	int fd[2];

	d_two(k, fd);
	EXPECT_EQ(0, d_try_sendto(k->family, fd[0], d_lo(k), t_port(fd[1]), "probe", 5, MSG_PROBE));
	EXPECT_EQ(0, d_try_sendto(k->family, fd[0], d_lo(k), t_port(fd[1]), "", 0, MSG_PROBE | MSG_CONFIRM));
	EXPECT_EQ(0, d_try_sendto(k->family, fd[0], d_lo(k), t_port(fd[1]), "data", 4, MSG_CONFIRM));
	d_expect(fd[1], "data");
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
}

/* The state of v0's neighbour, NUD_ */
static int neighbour(d_kind *k, int nl, const char *host)
{
	struct {
		struct nlmsghdr h;
		struct ndmsg n;
		struct rtattr a;
		unsigned char addr[16];
	} ask = {
		.h = { .nlmsg_type = RTM_GETNEIGH, .nlmsg_flags = NLM_F_REQUEST },
		.n = { .ndm_family = k->family, .ndm_ifindex = if_nametoindex("v0") },
		.a = { RTA_LENGTH(d_of(k, 4, 16)), NDA_DST },
	};
	struct {
		struct nlmsghdr h;
		struct ndmsg n;
		char attrs[1024];
	} told;

	ask.h.nlmsg_len = sizeof(ask) - 16 + d_of(k, 4, 16);
	inet_pton(k->family, host, ask.addr);
	if (send(nl, &ask, ask.h.nlmsg_len, 0) < 0 || recv(nl, &told, sizeof(told), 0) < 0)
		t_die("RTM_GETNEIGH");
	return told.h.nlmsg_type == RTM_NEWNEIGH ? told.n.ndm_state : 0;
}

/* Until it is found out by itself whether the neighbour is there, which is a second from here */
static bool confirm(d_kind *k, int nl, int fd, const char *host)
{
	errno = d_try_sendto(k->family, fd, host, 7, "x", 1, MSG_CONFIRM);
	if (errno)
		t_die("MSG_CONFIRM");
	return neighbour(k, nl, host) == NUD_REACHABLE;
}

/* send(2): the program knows that the neighbour is there, who is not asked then */
TEST_F(dgram, confirm)
{
	d_kind *k = &variant->k;
	const char *to = k->family == AF_INET ? "10.7.0.77" : "fd07::77";
	int nl, fd;

	enter_hosts();
	nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	d_sysctl("ipv4/neigh/v0/delay_first_probe_time", "1");
	d_sysctl("ipv6/neigh/v0/delay_first_probe_time", "1");
	IP("neigh add 10.7.0.77 lladdr 02:00:00:00:00:77 nud stale dev v0\n"
	   "neigh add fd07::77 lladdr 02:00:00:00:00:77 nud stale dev v0\n");
	fd = d_socket(k);
	EXPECT_EQ(NUD_STALE, neighbour(k, nl, to));
	T_UNTIL(confirm(k, nl, fd, to));
}

/* ---- marks ---- */

/* socket(7): the mark that a datagram has, its socket's or its own */
TEST_F(dgram, mark)
{
	d_kind *k = &variant->k;
	struct d_out o = {};
	struct d_msg m;
	int fd[2];

	d_two(k, fd);
	t_set(fd[1], SOL_SOCKET, SO_RCVMARK, 1);
	EXPECT_EQ(1, t_get(fd[1], SOL_SOCKET, SO_RCVMARK));
	t_set(fd[0], SOL_SOCKET, SO_MARK, 77);
	d_sendto(k, fd[0], t_port(fd[1]), "x");
	ASSERT_EQ(1, d_recvmsg(fd[1], &m, 0));
	EXPECT_EQ(77, d_cmsg_int(&m, SOL_SOCKET, SCM_MARK));
	d_add_int(&o, SOL_SOCKET, SCM_MARK, 78);
	ASSERT_EQ(0, d_sendmsg(k, fd[0], d_lo(k), t_port(fd[1]), "x", &o));
	ASSERT_EQ(1, d_recvmsg(fd[1], &m, 0));
	EXPECT_EQ(78, d_cmsg_int(&m, SOL_SOCKET, SCM_MARK));
	t_set(fd[1], SOL_SOCKET, SO_RCVMARK, 0);
	d_sendto(k, fd[0], t_port(fd[1]), "x");
	ASSERT_EQ(1, d_recvmsg(fd[1], &m, 0));
	EXPECT_EQ(0, d_cmsgs(&m));
}

/* ---- when the last one came ---- */

/* As ioctl(2) gives it: seconds, and millionths or billionths; 0 or the errno */
static int stamp(int fd, unsigned long name, int per_second, long long *ns)
{
	long long t[2];

	if (ioctl(fd, name, t))
		return errno;
	*ns = t[0] * 1000000000 + t[1] * (1000000000 / per_second);
	return 0;
}

static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

TEST_F(dgram, stamp_of_the_last)
{
	static const struct {
		unsigned long name;
		int per_second;
	} ways[] = {
		{ SIOCGSTAMP_OLD, 1000000 }, { SIOCGSTAMPNS_OLD, 1000000000 },
		{ SIOCGSTAMP_NEW, 1000000 }, { SIOCGSTAMPNS_NEW, 1000000000 },
	};
	long long before, ns[4];
	d_kind *k = &variant->k;
	int fd[2];

	d_two(k, fd);
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(ENOENT, stamp(fd[1], ways[i].name, ways[i].per_second, &ns[i]));
	before = now_ns();
	d_sendto(k, fd[0], t_port(fd[1]), "x");
	d_expect(fd[1], "x");
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(0, stamp(fd[1], ways[i].name, ways[i].per_second, &ns[i]));
		EXPECT_LE(before / 1000, ns[i] / 1000);
		EXPECT_GE(now_ns(), ns[i]);
		EXPECT_EQ(ns[0] / 1000, ns[i] / 1000);
	}
}

/* ---- what was lost, and what was in pieces ---- */

/* socket(7): how many the full buffer has cost so far */
TEST_F(dgram, overflow)
{
	int fd[2], taken = 0, sent = 0;
	d_kind *k = &variant->k;
	struct d_msg m;

	d_two(k, fd);
	t_set(fd[1], SOL_SOCKET, SO_RXQ_OVFL, 1);
	t_set(fd[1], SOL_SOCKET, SO_RCVBUF, 1);
	for (; sent < 100; sent++)
		d_sendto(k, fd[0], t_port(fd[1]), "one of many");
	while (d_recvmsg(fd[1], &m, MSG_DONTWAIT) > 0)
		taken++;
	EXPECT_LT(taken, sent);
	d_sendto(k, fd[0], t_port(fd[1]), "one more");
	ASSERT_EQ(8, d_recvmsg(fd[1], &m, 0));
	EXPECT_EQ(sent - taken, d_cmsg_int(&m, SOL_SOCKET, SCM_RXQ_OVFL));
}

/* ip(7), ipv6(7): the largest of the fragments; nothing of what came whole */
TEST_F(dgram, fragment_size)
{
	char data[3000] = "";
	d_kind *k = &variant->k;
	struct d_msg m;
	int fd[2], name = d_of(k, IP_RECVFRAGSIZE, IPV6_RECVFRAGSIZE);

	t_enter_netns();
	d_lo_mtu(1500);
	d_two(k, fd);
	t_set(fd[1], d_ip_level(k), name, 1);
	EXPECT_EQ(1, t_get(fd[1], d_ip_level(k), name));
	ASSERT_EQ(0, d_try_sendto(k->family, fd[0], d_lo(k), t_port(fd[1]), data, sizeof(data), 0));
	ASSERT_EQ(sizeof(data), d_recvmsg(fd[1], &m, 0));
	EXPECT_EQ(d_of(k, 1500, 1496), d_cmsg_int(&m, d_ip_level(k), name));
	d_sendto(k, fd[0], t_port(fd[1]), "whole");
	ASSERT_EQ(5, d_recvmsg(fd[1], &m, 0));
	EXPECT_EQ(0, d_cmsgs(&m));
}

/* ---- others ---- */

/* socket(7): the name of the other end */
TEST_F(dgram, peername)
{
	struct sockaddr_storage ss = {};
	d_kind *k = &variant->k;
	socklen_t len = d_of(k, sizeof(struct sockaddr_in), sizeof(struct sockaddr_in6));
	int fd[2];

	d_two(k, fd);
	EXPECT_EQ(-1, getsockopt(fd[0], SOL_SOCKET, SO_PEERNAME, &ss, &len));
	EXPECT_EQ(ENOTCONN, errno);
	d_connect(k, fd[0], t_port(fd[1]));
	ASSERT_EQ(0, getsockopt(fd[0], SOL_SOCKET, SO_PEERNAME, &ss, &len));
	EXPECT_EQ(k->family, ss.ss_family);
	EXPECT_EQ(t_port(fd[1]), t_port_of(&ss));
}

/* socket(7): what is in the error queue is an exception for select(2) as well */
TEST_F(dgram, select_err_queue)
{
	d_kind *k = &variant->k;
	int fd = d_socket(k), port = d_free_port(k->family, k->peer);

	d_no_icmp_limits();
	d_bind(k, fd, 0);
	t_set(fd, d_ip_level(k), d_of(k, IP_RECVERR, IPV6_RECVERR), 1);
	d_sendto(k, fd, port, "x");
	EXPECT_EQ(POLLERR, t_wait(fd, POLLIN | POLLPRI));
	t_set(fd, SOL_SOCKET, SO_SELECT_ERR_QUEUE, 1);
	EXPECT_EQ(POLLERR | POLLPRI, t_wait(fd, POLLIN | POLLPRI));
}

/* socket(7): a program that polls the device, and prefers to, gets its data all the same */
TEST_F(dgram, prefer_busy_poll)
{
	d_kind *k = &variant->k;
	int fd[2];

	d_two(k, fd);
	t_set(fd[1], SOL_SOCKET, SO_BUSY_POLL, 50);
	t_set(fd[1], SOL_SOCKET, SO_PREFER_BUSY_POLL, 1);
	t_set(fd[1], SOL_SOCKET, SO_BUSY_POLL_BUDGET, 16);
	EXPECT_EQ(1, t_get(fd[1], SOL_SOCKET, SO_PREFER_BUSY_POLL));
	for (int i = 0; i < 20; i++) {
		d_sendto(k, fd[0], t_port(fd[1]), "x");
		d_expect(fd[1], "x");
	}
}

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

/* socket(7): nothing passes, and what did not is gone */
TEST_F(dgram, attach_bpf)
{
	d_kind *k = &variant->k;
	int fd[2];

	d_two(k, fd);
	t_set(fd[1], SOL_SOCKET, SO_ATTACH_BPF, program(0));
	d_sendto(k, fd[0], t_port(fd[1]), "filtered");
	t_set(fd[1], SOL_SOCKET, SO_DETACH_BPF, 0);
	d_sendto(k, fd[0], t_port(fd[1]), "not filtered");
	d_expect(fd[1], "not filtered");
}

/* socket(7): who of a group takes a datagram, by its place in the group */
TEST_F(dgram, attach_reuseport_ebpf)
{
	d_kind *k = &variant->k;
	int fd[3], peer = d_peer_socket(k);

	for (int i = 0; i < 3; i++) {
		fd[i] = d_socket(k);
		t_set(fd[i], SOL_SOCKET, SO_REUSEPORT, 1);
		d_bind(k, fd[i], i ? t_port(fd[0]) : 0);
	}
	for (int i = 0; i < 9; i++) {
		char text[2] = { '0' + i };

		t_set(fd[0], SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, program(i * 2 % 3));
		d_sendto(k, peer, t_port(fd[0]), text);
		d_expect(fd[i * 2 % 3], text);
	}
}

/* ---- IPv6 alone ---- */

/* RFC 2292's way to be told */
TEST_F(v6, told_as_rfc2292)
{
	d_kind *k = &variant->k;
	const struct in6_pktinfo *p;
	struct d_msg m;
	int fd[2];

	d_two(k, fd);
	t_set(fd[0], SOL_IPV6, IPV6_UNICAST_HOPS, 33);
	t_set(fd[1], SOL_IPV6, IPV6_2292PKTINFO, 1);
	t_set(fd[1], SOL_IPV6, IPV6_2292HOPLIMIT, 1);
	d_sendto(k, fd[0], t_port(fd[1]), "x");
	ASSERT_EQ(1, d_recvmsg(fd[1], &m, 0));
	p = d_cmsg(&m, SOL_IPV6, IPV6_2292PKTINFO, sizeof(*p));
	ASSERT_NE(NULL, p);
	EXPECT_TRUE(IN6_IS_ADDR_LOOPBACK(&p->ipi6_addr));
	EXPECT_EQ(33, d_cmsg_int(&m, SOL_IPV6, IPV6_2292HOPLIMIT));
	EXPECT_EQ(2, d_cmsgs(&m));
}

/* ipv6(7): headers that a socket adds to each, as the other end is told of them in both ways */
TEST_F(v6, headers)
{
	static const unsigned char padding[8] = { 0, 0, 1, 4 };	/* RFC 8200 4.2: PadN */
	static const struct {
		int set, ask, tell;
	} ways[] = {
		{ IPV6_HOPOPTS, IPV6_RECVHOPOPTS, IPV6_HOPOPTS }, { IPV6_HOPOPTS, IPV6_2292HOPOPTS, IPV6_2292HOPOPTS },
		{ IPV6_DSTOPTS, IPV6_RECVDSTOPTS, IPV6_DSTOPTS }, { IPV6_DSTOPTS, IPV6_2292DSTOPTS, IPV6_2292DSTOPTS },
	};
	d_kind *k = &variant->k;
	const unsigned char *told;
	struct d_msg m;

	for (int i = 0; i < 4; i++) {
		int fd[2];

		d_two(k, fd);
		ASSERT_EQ(0, setsockopt(fd[0], SOL_IPV6, ways[i].set, padding, sizeof(padding)));
		t_set(fd[1], SOL_IPV6, ways[i].ask, 1);
		d_sendto(k, fd[0], t_port(fd[1]), "x");
		ASSERT_EQ(1, d_recvmsg(fd[1], &m, 0));
		told = d_cmsg(&m, SOL_IPV6, ways[i].tell, sizeof(padding));
		ASSERT_NE(NULL, told);
		EXPECT_EQ(0, memcmp(told + 1, padding + 1, sizeof(padding) - 1));
		EXPECT_EQ(1, d_cmsgs(&m));
	}
}

/* ipv6(7): a label that is made of the datagram's ends, or none */
TEST_F(v6, auto_flow_label)
{
	d_kind *k = &variant->k;
	struct d_msg m;
	int fd[2];

	d_two(k, fd);
	t_set(fd[1], SOL_IPV6, IPV6_FLOWINFO, 1);
	for (int on = 0; on < 2; on++) {
		t_set(fd[0], SOL_IPV6, IPV6_AUTOFLOWLABEL, on);
		EXPECT_EQ(on, t_get(fd[0], SOL_IPV6, IPV6_AUTOFLOWLABEL));
		d_sendto(k, fd[0], t_port(fd[1]), "x");
		ASSERT_EQ(1, d_recvmsg(fd[1], &m, 0));
		EXPECT_EQ(on, !!d_cmsg(&m, SOL_IPV6, IPV6_FLOWINFO, 4));
	}
}

/* ipv6(7), RFC 3542 11.3: the path MTU, when asked for and when a datagram was too large for it */
TEST_F(v6, path_mtu)
{
	char data[3000] = "";
	d_kind *k = &variant->k;
	const struct ip6_mtuinfo *told;
	struct ip6_mtuinfo info;
	socklen_t len = sizeof(info);
	struct d_msg m;
	int fd[2];

	t_enter_netns();
	d_lo_mtu(1500);
	d_two(k, fd);
	EXPECT_EQ(-1, getsockopt(fd[0], SOL_IPV6, IPV6_PATHMTU, &info, &len));
	EXPECT_EQ(ENOTCONN, errno);
	d_connect(k, fd[0], t_port(fd[1]));
	ASSERT_EQ(0, getsockopt(fd[0], SOL_IPV6, IPV6_PATHMTU, &info, &len));
	EXPECT_EQ(1500, info.ip6m_mtu);
	t_set(fd[0], SOL_IPV6, IPV6_RECVPATHMTU, 1);
	t_set(fd[0], SOL_IPV6, IPV6_DONTFRAG, 1);
	EXPECT_EQ(-1, send(fd[0], data, sizeof(data), 0));
	EXPECT_EQ(EMSGSIZE, errno);
	ASSERT_EQ(0, d_recvmsg(fd[0], &m, MSG_DONTWAIT));
	told = d_cmsg(&m, SOL_IPV6, IPV6_PATHMTU, sizeof(*told));
	ASSERT_NE(NULL, told);
	EXPECT_EQ(1500, told->ip6m_mtu);
	EXPECT_TRUE(IN6_IS_ADDR_LOOPBACK(&told->ip6m_addr.sin6_addr));
}

TEST_HARNESS_MAIN
