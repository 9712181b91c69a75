// SPDX-License-Identifier: GPL-2.0
/* Datagrams: what ICMP and the own host say of them, and how a program hears it */
#include <sys/prctl.h>
#include "dgram_test.h"

#define MTU	1500

/* Connected to a port of the peer's kind where nobody is; the port */
static int to_nobody(d_kind *k, int *fd)
{
	int port = d_free_port(k->family, k->peer);

	*fd = d_socket(k);
	d_bind(k, *fd, 0);
	d_connect(k, *fd, port);
	return port;
}

static void set_recverr(d_kind *k, int fd, int on)
{
	t_set(fd, d_ip_level(k), d_of(k, IP_RECVERR, IPV6_RECVERR), on);
}

static void set_mtu_discover(d_kind *k, int fd, int how)
{
	t_set(fd, d_ip_level(k), d_of(k, IP_MTU_DISCOVER, IPV6_MTU_DISCOVER), how);
}

static int path_mtu(d_kind *k, int fd)
{
	return t_get(fd, d_ip_level(k), d_of(k, IP_MTU, IPV6_MTU));
}

/* The error at the head of the error queue */
static const struct sock_extended_err *next_error(d_kind *k, int fd, struct d_msg *m)
{
	const struct sock_extended_err *ee;

	t_wait(fd, 0);	/* POLLERR */
	if (d_recvmsg(fd, m, MSG_ERRQUEUE) < 0)
		t_die("the error queue");
	ee = d_cmsg(m, d_ip_level(k), d_of(k, IP_RECVERR, IPV6_RECVERR), sizeof(*ee));
	if (!ee)
		t_die("no IP_RECVERR");
	return ee;
}

/* ---- a port where nobody is ---- */

TEST_F(dgram, refused_by_option)
{
	int fd;
	char c;

	d_no_icmp_limits();
	to_nobody(&variant->k, &fd);
	d_send(fd, "x");
	EXPECT_TRUE(t_wait(fd, POLLIN) & POLLERR);
	EXPECT_EQ(ECONNREFUSED, t_get(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(POLLOUT, t_events(fd));
	EXPECT_EQ(-1, recv(fd, &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(dgram, refused_by_recv)
{
	int fd;
	char c;

	d_no_icmp_limits();
	to_nobody(&variant->k, &fd);
	d_send(fd, "x");
	EXPECT_EQ(-1, recv(fd, &c, 1, 0));
	EXPECT_EQ(ECONNREFUSED, errno);
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
}

TEST_F(dgram, refused_by_send)
{
	int fd;

	d_no_icmp_limits();
	to_nobody(&variant->k, &fd);
	d_send(fd, "x");
	t_wait(fd, 0);
	EXPECT_EQ(-1, send(fd, "y", 1, 0));
	EXPECT_EQ(ECONNREFUSED, errno);
	EXPECT_EQ(EAGAIN, d_try_recv(fd));	/* it was not sent */
	d_send(fd, "z");
	t_wait(fd, 0);
}

/* The error goes before a datagram that is there already */
TEST_F(dgram, refused_before_data)
{
	d_kind *k = &variant->k;
	int fd, port = to_nobody(k, &fd), peer = d_peer_socket(k);

	d_no_icmp_limits();
	d_bind(k, peer, port);
	d_sendto(k, peer, t_port(fd), "data");
	t_wait(fd, POLLIN);
	close(peer);
	d_send(fd, "x");
	T_UNTIL(t_events(fd) & POLLERR);
	EXPECT_EQ(ECONNREFUSED, d_try_recv(fd));
	d_expect(fd, "data");
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
}

/* Who is not connected does not hear of it unless he asks */
TEST_F(dgram, unconnected_does_not_hear)
{
	d_kind *k = &variant->k;
	int fd = d_socket(k), port = d_free_port(k->family, k->peer);
	const struct sock_extended_err *ee;
	struct d_msg m;

	d_no_icmp_limits();
	d_bind(k, fd, 0);
	d_sendto(k, fd, port, "x");
	EXPECT_EQ(POLLOUT, t_events(fd));
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
	set_recverr(k, fd, 1);
	d_sendto(k, fd, port, "y");
	ee = next_error(k, fd, &m);
	EXPECT_EQ(ECONNREFUSED, ee->ee_errno);
}

/* ---- the error queue ---- */

TEST_F(v4, queue)
{
	const struct sockaddr_in *offender, *name;
	d_kind *k = &variant->k;
	const struct sock_extended_err *ee;
	struct d_msg m;
	int fd, port = to_nobody(k, &fd);

	d_no_icmp_limits();
	set_recverr(k, fd, 1);
	EXPECT_EQ(1, t_get(fd, SOL_IP, IP_RECVERR));
	d_send(fd, "what was sent");
	ee = next_error(k, fd, &m);
	EXPECT_EQ(ECONNREFUSED, ee->ee_errno);
	EXPECT_EQ(SO_EE_ORIGIN_ICMP, ee->ee_origin);
	EXPECT_EQ(3, ee->ee_type);
	EXPECT_EQ(3, ee->ee_code);
	EXPECT_EQ(0, ee->ee_info);
	EXPECT_EQ(MSG_ERRQUEUE, m.h.msg_flags);
	EXPECT_EQ(0, memcmp(m.data, "what was sent", 13));
	name = (void *)&m.name;
	EXPECT_EQ(sizeof(*name), m.h.msg_namelen);
	EXPECT_EQ(AF_INET, name->sin_family);
	EXPECT_EQ(port, ntohs(name->sin_port));
	EXPECT_EQ(htonl(INADDR_LOOPBACK), name->sin_addr.s_addr);
	offender = (void *)SO_EE_OFFENDER(ee);
	EXPECT_EQ(AF_INET, offender->sin_family);
	EXPECT_EQ(htonl(INADDR_LOOPBACK), offender->sin_addr.s_addr);
	/* the queue is empty and the error has been taken */
	EXPECT_EQ(-1, recv(fd, m.data, 1, MSG_ERRQUEUE));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ERROR));
}

TEST_F(v6, queue)
{
	const struct sockaddr_in6 *offender, *name;
	d_kind *k = &variant->k;
	const struct sock_extended_err *ee;
	struct d_msg m;
	int fd, port = to_nobody(k, &fd);

	d_no_icmp_limits();
	set_recverr(k, fd, 1);
	d_send(fd, "what was sent");
	ee = next_error(k, fd, &m);
	EXPECT_EQ(ECONNREFUSED, ee->ee_errno);
	EXPECT_EQ(SO_EE_ORIGIN_ICMP6, ee->ee_origin);
	EXPECT_EQ(1, ee->ee_type);
	EXPECT_EQ(4, ee->ee_code);
	EXPECT_EQ(MSG_ERRQUEUE, m.h.msg_flags);
	EXPECT_EQ(0, memcmp(m.data, "what was sent", 13));
	name = (void *)&m.name;
	EXPECT_EQ(AF_INET6, name->sin6_family);
	EXPECT_EQ(port, ntohs(name->sin6_port));
	EXPECT_TRUE(IN6_IS_ADDR_LOOPBACK(&name->sin6_addr));
	offender = (void *)SO_EE_OFFENDER(ee);
	EXPECT_EQ(AF_INET6, offender->sin6_family);
	EXPECT_TRUE(IN6_IS_ADDR_LOOPBACK(&offender->sin6_addr));
}

/* Errors in the order in which they came; each shows by SO_ERROR too, as the first of what is left */
TEST_F(dgram, queue_order)
{
	d_kind *k = &variant->k;
	int fd = d_socket(k), port[3];
	struct d_msg m;

	d_no_icmp_limits();
	d_bind(k, fd, 0);
	set_recverr(k, fd, 1);
	for (int i = 0; i < 3; i++) {
		port[i] = d_free_port(k->family, k->peer);
		d_sendto(k, fd, port[i], "x");
		T_UNTIL(t_events(fd) & POLLERR);
		EXPECT_EQ(ECONNREFUSED, t_get(fd, SOL_SOCKET, SO_ERROR));
	}
	for (int i = 0; i < 3; i++) {
		next_error(k, fd, &m);
		EXPECT_EQ(port[i], t_port_of(&m.name));
	}
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(POLLOUT, t_events(fd));
}

/* Reading the queue never waits, and what does not fit is cut off */
TEST_F(dgram, queue_reading)
{
	d_kind *k = &variant->k;
	char buf[4] = "";
	struct iovec iov = { buf, 3 };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fd;

	d_no_icmp_limits();
	to_nobody(k, &fd);
	EXPECT_EQ(-1, recv(fd, buf, 3, MSG_ERRQUEUE));
	EXPECT_EQ(EAGAIN, errno);
	set_recverr(k, fd, 1);
	d_send(fd, "truncated");
	t_wait(fd, 0);
	EXPECT_EQ(3, recvmsg(fd, &h, MSG_ERRQUEUE));
	EXPECT_TRUE(h.msg_flags & MSG_TRUNC);
	EXPECT_TRUE(h.msg_flags & MSG_CTRUNC);
	EXPECT_STREQ("tru", buf);
}

/* What was queued goes when the option does */
TEST_F(dgram, queue_off)
{
	d_kind *k = &variant->k;
	char c;
	int fd;

	d_no_icmp_limits();
	to_nobody(k, &fd);
	set_recverr(k, fd, 1);
	d_send(fd, "x");
	t_wait(fd, 0);
	set_recverr(k, fd, 0);
	EXPECT_EQ(-1, recv(fd, &c, 1, MSG_ERRQUEUE));
	EXPECT_EQ(EAGAIN, errno);
}

/* ---- too large ---- */

/* Local errors: nothing is sent */
static void expect_local(struct __test_metadata *_metadata, d_kind *k, int fd, int peer)
{
	static char buf[MTU];
	const struct sock_extended_err *ee;
	struct d_msg m;

	set_recverr(k, fd, 1);
	EXPECT_EQ(-1, send(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(EMSGSIZE, errno);
	ee = next_error(k, fd, &m);
	EXPECT_EQ(EMSGSIZE, ee->ee_errno);
	EXPECT_EQ(SO_EE_ORIGIN_LOCAL, ee->ee_origin);
	EXPECT_EQ(MTU, ee->ee_info);
	EXPECT_EQ(t_port(peer), t_port_of(&m.name));
	EXPECT_EQ(EAGAIN, d_try_recv(peer));
}

TEST_F(dgram, local_size)
{
	d_kind *k = &variant->k;
	static char buf[MTU];
	int fd[2], most = MTU - d_of(k, 28, 48);

	t_enter_netns();
	d_lo_mtu(MTU);
	d_pair(k, fd);
	EXPECT_EQ(MTU, path_mtu(k, fd[0]));
	set_mtu_discover(k, fd[0], IP_PMTUDISC_DO);
	EXPECT_EQ(IP_PMTUDISC_DO,
		  t_get(fd[0], d_ip_level(k), d_of(k, IP_MTU_DISCOVER, IPV6_MTU_DISCOVER)));
	ASSERT_EQ(most, send(fd[0], buf, most, 0));
	ASSERT_EQ(most, recv(fd[1], buf, sizeof(buf), 0));
	EXPECT_EQ(-1, send(fd[0], buf, most + 1, 0));
	EXPECT_EQ(EMSGSIZE, errno);
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
	expect_local(_metadata, k, fd[0], fd[1]);
	set_mtu_discover(k, fd[0], IP_PMTUDISC_DONT);
	ASSERT_EQ(MTU, send(fd[0], buf, MTU, 0));
	ASSERT_EQ(MTU, recv(fd[1], buf, sizeof(buf), 0));
}

/* A probe may be as large as the device takes, and no larger */
TEST_F(dgram, probe)
{
	d_kind *k = &variant->k;
	static char buf[MTU];
	int fd[2], most = MTU - d_of(k, 28, 48);

	t_enter_netns();
	d_lo_mtu(MTU);
	d_pair(k, fd);
	set_mtu_discover(k, fd[0], IP_PMTUDISC_PROBE);
	ASSERT_EQ(most, send(fd[0], buf, most, 0));
	ASSERT_EQ(most, recv(fd[1], buf, sizeof(buf), 0));
	EXPECT_EQ(-1, send(fd[0], buf, most + 1, 0));
	EXPECT_EQ(EMSGSIZE, errno);
}

TEST_F(dgram, mtu_unconnected)
{
	d_kind *k = &variant->k;
	int fd = d_socket(k), val;
	socklen_t len = sizeof(val);

	EXPECT_EQ(-1, getsockopt(fd, d_ip_level(k), d_of(k, IP_MTU, IPV6_MTU), &val, &len));
	EXPECT_EQ(ENOTCONN, errno);
}

TEST_F(v6, dontfrag)
{
	d_kind *k = &variant->k;
	static char buf[MTU];
	int fd[2], on = 1;
	struct d_out o = {};

	t_enter_netns();
	d_lo_mtu(MTU);
	d_pair(k, fd);
	memset(buf, 'x', sizeof(buf) - 1);
	d_add(&o, SOL_IPV6, IPV6_DONTFRAG, &on, sizeof(on));
	EXPECT_EQ(EMSGSIZE, d_sendmsg(k, fd[0], NULL, 0, buf, &o));
	EXPECT_EQ(0, d_sendmsg(k, fd[0], NULL, 0, buf, NULL));
	ASSERT_EQ(MTU - 1, recv(fd[1], buf, sizeof(buf), 0));
	t_set(fd[0], SOL_IPV6, IPV6_DONTFRAG, 1);
	EXPECT_EQ(EMSGSIZE, d_sendmsg(k, fd[0], NULL, 0, buf, NULL));
}

/* IPV6_RECVPATHMTU: the next call that receives says how large a datagram may be, once */
TEST_F(v6, path_mtu_told)
{
	d_kind *k = &variant->k;
	static char buf[MTU];
	const struct ip6_mtuinfo *info;
	struct d_msg m;
	int fd[2];

	t_enter_netns();
	d_lo_mtu(MTU);
	d_pair(k, fd);
	t_set(fd[0], SOL_IPV6, IPV6_DONTFRAG, 1);
	EXPECT_EQ(-1, send(fd[0], buf, MTU, 0));
	EXPECT_EQ(EMSGSIZE, errno);
	EXPECT_EQ(EAGAIN, d_try_recv(fd[0]));	/* nobody has asked */
	t_set(fd[0], SOL_IPV6, IPV6_RECVPATHMTU, 1);
	EXPECT_EQ(1, t_get(fd[0], SOL_IPV6, IPV6_RECVPATHMTU));
	EXPECT_EQ(EAGAIN, d_try_recv(fd[0]));
	d_send(fd[1], "data");
	EXPECT_EQ(-1, send(fd[0], buf, MTU, 0));
	EXPECT_EQ(EMSGSIZE, errno);
	ASSERT_EQ(0, d_recvmsg(fd[0], &m, MSG_DONTWAIT));
	EXPECT_EQ(sizeof(struct sockaddr_in6), m.h.msg_namelen);
	EXPECT_EQ(0, t_port_of(&m.name));
	EXPECT_TRUE(IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&m.name)->sin6_addr));
	EXPECT_EQ(1, d_cmsgs(&m));
	info = d_cmsg(&m, SOL_IPV6, IPV6_PATHMTU, sizeof(*info));
	ASSERT_NE(NULL, info);
	EXPECT_EQ(MTU, info->ip6m_mtu);
	EXPECT_TRUE(IN6_IS_ADDR_LOOPBACK(&info->ip6m_addr.sin6_addr));
	d_expect(fd[0], "data");
	EXPECT_EQ(EAGAIN, d_try_recv(fd[0]));
}

/* Only of what must not be cut up by its own word */
TEST_F(v6, path_mtu_not_told)
{
	d_kind *k = &variant->k;
	static char buf[MTU];
	int fd[2];

	t_enter_netns();
	d_lo_mtu(MTU);
	d_pair(k, fd);
	t_set(fd[0], SOL_IPV6, IPV6_RECVPATHMTU, 1);
	ASSERT_EQ(MTU, send(fd[0], buf, MTU, 0));
	set_mtu_discover(k, fd[0], IPV6_PMTUDISC_DO);
	EXPECT_EQ(-1, send(fd[0], buf, MTU, 0));
	EXPECT_EQ(EMSGSIZE, errno);
	EXPECT_EQ(EAGAIN, d_try_recv(fd[0]));
}

/* ---- a router says so ---- */

/* Runs in the namespace of that process */
static void sh_in(pid_t pid, const char *what)
{
	char cmd[800];

	snprintf(cmd, sizeof(cmd), "nsenter -t %d -n sh -ec '%s'", pid, what);
	t_sh(cmd);
}

static pid_t new_namespace(void)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready))
		t_die("pipe");
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		t_enter_netns();
		close(ready[0]);
		close(ready[1]);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1))
		t_die("a namespace");
	close(ready[0]);
	return pid;
}

/* The first namespace is a host, 10.7.0.1, behind a router: 10.8.0.0/16 takes 1300 bytes, 10.9.0.0/16 is prohibited */
__attribute__((constructor))
static void put_behind_router(void)
{
	char cmd[100];
	pid_t router;

	router = new_namespace();
	snprintf(cmd, sizeof(cmd), "ip link add v0 type veth peer name v1 netns %d", router);
	t_sh(cmd);
	d_no_icmp_limits();
	sh_in(router, "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0; "
	      "sysctl -qw net.ipv6.icmp.ratelimit=0; ip link set v1 up; "
	      "ip addr add 10.7.0.2/24 dev v1; ip addr add fd07::2/64 dev v1 nodad; "
	      "ip link add far mtu 1300 type veth peer name far1; ip link set far up; ip link set far1 up; "
	      "ip route add 10.8.0.0/15 dev far; ip route add fd08::/15 dev far");
	sh_in(router, "nft \"add table inet f; add chain inet f fw { type filter hook forward priority 0; }; "
	      "add rule inet f fw ip daddr 10.9.0.0/16 reject with icmpx type admin-prohibited; "
	      "add rule inet f fw ip6 daddr fd09::/16 reject with icmpx type admin-prohibited\"");
	t_sh("ip link set v0 up; ip addr add 10.7.0.1/24 dev v0; ip addr add fd07::1/64 dev v0 nodad; "
	     "ip route add default via 10.7.0.2; ip route add default via fd07::2");
}

/* An address of 10.8.0.0/16, or 10.9.0.0/16, of which nothing is known yet: each test is a process of its own */
static const char *beyond(d_kind *k, int net)
{
	static char text[40];
	int pid = getpid() & 0xffff;

	if (k->family == AF_INET)
		snprintf(text, sizeof(text), "10.%d.%d.%d", net, pid >> 8, pid & 255);
	else
		snprintf(text, sizeof(text), "fd0%d::%x", net, pid);
	return text;
}

static bool same_addr(d_kind *k, const void *sockaddr, const char *v4, const char *v6)
{
	struct sockaddr_storage ss;

	t_addr(&ss, k->family, k->family == AF_INET ? v4 : v6, 0);
	if (k->family == AF_INET)
		return !memcmp(&((struct sockaddr_in *)&ss)->sin_addr, &((struct sockaddr_in *)sockaddr)->sin_addr, 4);
	return !memcmp(&((struct sockaddr_in6 *)&ss)->sin6_addr, &((struct sockaddr_in6 *)sockaddr)->sin6_addr, 16);
}

static void expect_error(struct __test_metadata *_metadata, d_kind *k, int fd, int err, int type, int code)
{
	const struct sock_extended_err *ee;
	struct d_msg m;

	ee = next_error(k, fd, &m);
	EXPECT_EQ(err, ee->ee_errno);
	EXPECT_EQ(d_of(k, SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6), ee->ee_origin);
	EXPECT_EQ(type, ee->ee_type);
	EXPECT_EQ(code, ee->ee_code);
	EXPECT_EQ(7, t_port_of(&m.name));
	EXPECT_TRUE(same_addr(k, SO_EE_OFFENDER(ee), "10.7.0.2", "fd07::2"));
	if (err == EMSGSIZE)
		EXPECT_EQ(1300, ee->ee_info);
}

TEST_F(dgram, path_mtu)
{
	d_kind *k = &variant->k;
	static char buf[1400];
	int fd;

	fd = d_socket(k);
	d_connect_to(k->family, fd, beyond(k, 8), 7);
	EXPECT_EQ(1500, path_mtu(k, fd));
	set_recverr(k, fd, 1);
	set_mtu_discover(k, fd, IP_PMTUDISC_DO);
	ASSERT_EQ(sizeof(buf), send(fd, buf, sizeof(buf), 0));
	expect_error(_metadata, k, fd, EMSGSIZE, d_of(k, 3, 2), d_of(k, 4, 0));
	EXPECT_EQ(1300, path_mtu(k, fd));
	EXPECT_EQ(-1, send(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(EMSGSIZE, errno);
}

/* Without a connection the path is known all the same */
TEST_F(dgram, path_mtu_unconnected)
{
	d_kind *k = &variant->k;
	const char *far = beyond(k, 8);
	static char buf[1400];
	int fd;

	fd = d_socket(k);
	set_mtu_discover(k, fd, IP_PMTUDISC_DO);
	T_UNTIL(d_try_sendto(k->family, fd, far, 7, buf, sizeof(buf), 0) == EMSGSIZE);
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, d_try_sendto(k->family, fd, far, 7, buf, 1200, 0));
}

TEST_F(dgram, prohibited)
{
	d_kind *k = &variant->k;
	int fd, err = d_of(k, EHOSTUNREACH, EACCES);

	fd = d_socket(k);
	d_connect_to(k->family, fd, beyond(k, 9), 7);
	d_send(fd, "x");
	t_wait(fd, 0);
	EXPECT_EQ(err, d_try_recv(fd));
	set_recverr(k, fd, 1);
	d_send(fd, "y");
	expect_error(_metadata, k, fd, err, d_of(k, 3, 1), d_of(k, 13, 1));
}

/* As traceroute does it */
TEST_F(dgram, time_exceeded)
{
	d_kind *k = &variant->k;
	int fd;

	fd = d_socket(k);
	set_recverr(k, fd, 1);
	t_set(fd, d_ip_level(k), d_of(k, IP_TTL, IPV6_UNICAST_HOPS), 1);
	EXPECT_EQ(0, d_try_sendto(k->family, fd, beyond(k, 8), 7, "x", 1, 0));
	expect_error(_metadata, k, fd, EHOSTUNREACH, d_of(k, 11, 3), 0);
}

TEST_HARNESS_MAIN
