// SPDX-License-Identifier: GPL-2.0
/* Options of streams whose effect can be seen; that they are kept, and with which errors, options_walk sees. */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include "naru_test.h"

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE	51
#endif
#ifndef IPV6_FLOWLABEL_MGR
#define IPV6_FLOWLABEL_MGR	32
#define IPV6_FLOWINFO_SEND	33
#endif

static int set_errno(int fd, int level, int name, int val)
{
	return setsockopt(fd, level, name, &val, sizeof(val)) ? errno : 0;
}

static t_kind *kernel_of(t_kind *v)
{
	return v->family == AF_INET ? &t_kernel_v4 : &t_kernel_v6;
}

/* ---- interfaces ---- */

/* socket(7), SO_BINDTOIFINDEX: only what comes in by the interface */
TEST_F(naru, bind_to_ifindex)
{
	int far, near, fd, there;

	t_enter_netns();
	far = t_socket(variant, 0);
	near = t_socket(variant, 0);
	fd = t_socket(variant, 0);
	t_sh("ip link add there type veth peer name elsewhere && ip link set there up");
	there = if_nametoindex("there");
	t_set(far, SOL_SOCKET, SO_BINDTOIFINDEX, there);
	EXPECT_EQ(there, t_get(far, SOL_SOCKET, SO_BINDTOIFINDEX));
	EXPECT_EQ(0, t_try_bind(variant, far, t_any(variant), 0));
	EXPECT_EQ(0, listen(far, 5));
	EXPECT_EQ(ECONNREFUSED, t_try_connect(variant, fd, t_lo(variant), t_port(far)));
	t_set(near, SOL_SOCKET, SO_BINDTOIFINDEX, 1);
	EXPECT_EQ(0, t_try_bind(variant, near, t_any(variant), t_port(far)));
	EXPECT_EQ(0, listen(near, 5));
	close(fd);
	fd = t_socket(variant, 0);
	t_set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, 1);
	t_connect(variant, fd, t_port(near));
	EXPECT_EQ(1, t_get(t_accept(near), SOL_SOCKET, SO_BINDTOIFINDEX));
}

/* ---- ports ---- */

static int range(int first, int last)
{
	return last << 16 | first;
}

/* ip(7): ports that bind() and connect() choose from. Linux 6.1 does not know it */
TEST_F(naru, local_port_range)
{
	int probe = t_socket(kernel_of(variant), 0), lfd = t_listen(variant), fd, port;

	if (set_errno(probe, SOL_IP, IP_LOCAL_PORT_RANGE, range(40000, 40003)) == ENOPROTOOPT) {
		EXPECT_EQ(ENOPROTOOPT, set_errno(lfd, SOL_IP, IP_LOCAL_PORT_RANGE, range(40000, 40003)));
		return;
	}
	fd = t_socket(variant, 0);
	EXPECT_EQ(EINVAL, set_errno(fd, SOL_IP, IP_LOCAL_PORT_RANGE, range(9, 8)));
	t_set(fd, SOL_IP, IP_LOCAL_PORT_RANGE, range(40000, 40003));
	t_connect(variant, fd, t_port(lfd));
	port = t_port(fd);
	EXPECT_LE(40000, port);
	EXPECT_GE(40003, port);
	for (int left = 3; left; left--) {
		fd = t_socket(variant, 0);
		t_set(fd, SOL_IP, IP_LOCAL_PORT_RANGE, range(40000, 40003));
		t_bind(variant, fd, 0);
		port = t_port(fd);
		EXPECT_LE(40000, port);
		EXPECT_GE(40003, port);
	}
	fd = t_socket(variant, 0);
	t_set(fd, SOL_IP, IP_LOCAL_PORT_RANGE, range(40000, 40003));
	EXPECT_EQ(EADDRINUSE, t_try_bind(variant, fd, t_lo(variant), 0));
	t_set(fd, SOL_IP, IP_LOCAL_PORT_RANGE, range(0, 0));
	EXPECT_EQ(0, t_try_bind(variant, fd, t_lo(variant), 0));
}

/* ip(7): bind() to an address alone; the port comes with connect(), and others may share it */
TEST_F(naru, bind_address_no_port)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0);

	t_set(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	t_bind(variant, fd, 0);
	EXPECT_EQ(0, t_port(fd));
	t_connect(variant, fd, t_port(lfd));
	EXPECT_NE(0, t_port(fd));
	t_send_all(fd, 0, 100);
	t_recv_all(t_accept(lfd), 0, 100);
	fd = t_socket(variant, 0);
	t_bind(variant, fd, 0);
	EXPECT_NE(0, t_port(fd));
}

/* ---- listeners ---- */

#define CONNECTIONS	12

static int listener_of_cpu(t_kind *v, int port, int cpu)
{
	int fd = t_socket(v, 0);

	t_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	t_set(fd, SOL_SOCKET, SO_INCOMING_CPU, cpu);
	t_bind(v, fd, port);
	if (listen(fd, 2 * CONNECTIONS))
		t_die("listen");
	return fd;
}

/* How many of some connections go to the listener of the CPU that they come in on */
static int follow_cpu(t_kind *v)
{
	int other = listener_of_cpu(v, 0, 1000), own = listener_of_cpu(v, t_port(other), 0);
	int fd[CONNECTIONS], count = 0;

	for (int i = 0; i < CONNECTIONS; i++) {
		fd[i] = t_socket(v, 0);
		t_connect(v, fd[i], t_port(own));
	}
	while (t_events(own) & POLLIN) {
		close(t_accept(own));
		count++;
	}
	for (int i = 0; i < CONNECTIONS; i++)
		close(fd[i]);
	close(own);
	close(other);
	return count;
}

/* socket(7). The kernel's own listeners of Linux 6.1 do not go by it in a group */
TEST_F(naru, incoming_cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		t_die("sched_setaffinity");
	if (follow_cpu(kernel_of(variant)) == CONNECTIONS)
		EXPECT_EQ(CONNECTIONS, follow_cpu(variant));
}

/* What has been received last came in on this CPU */
TEST_F(naru, incoming_cpu_of_a_connection)
{
	cpu_set_t set;
	int sv[2];

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		t_die("sched_setaffinity");
	t_pair(variant, sv);
	t_send_all(sv[0], 0, 100);
	t_recv_all(sv[1], 0, 100);
	EXPECT_EQ(0, t_get(sv[1], SOL_SOCKET, SO_INCOMING_CPU));
}

/* ---- what packets carry ---- */

/* A socket that sees what goes over lo */
static int tap(t_kind *v)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(v->family == AF_INET ? ETH_P_IP : ETH_P_IPV6),
		.sll_ifindex = 1,
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM, sll.sll_protocol);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		t_die("a packet socket");
	return fd;
}

/* Class of traffic and hops of the next packet from @port */
static void next_packet(t_kind *v, int fd, int port, int *class, int *hops)
{
	unsigned char p[256];
	int head = v->family == AF_INET ? 20 : 40;

	do {
		if (recv(fd, p, sizeof(p), 0) < head + 4)
			t_die("recv of a packet");
	} while ((p[head] << 8 | p[head + 1]) != port);
	*class = v->family == AF_INET ? p[1] : (p[0] & 0xf) << 4 | p[1] >> 4;
	*hops = v->family == AF_INET ? p[8] : p[7];
}

/* ip(7), ipv6(7): in the first segment, and in those that follow a change */
TEST_F(naru, class_and_hops)
{
	bool v4 = variant->family == AF_INET;
	int level = v4 ? SOL_IP : SOL_IPV6, lfd = t_listen(variant), fd = t_socket(variant, 0);
	int pfd = tap(variant), class, hops;

	t_set(fd, level, v4 ? IP_TOS : IPV6_TCLASS, 0x48);
	t_set(fd, level, v4 ? IP_TTL : IPV6_UNICAST_HOPS, 33);
	t_connect(variant, fd, t_port(lfd));
	next_packet(variant, pfd, t_port(fd), &class, &hops);
	EXPECT_EQ(0x48, class);
	EXPECT_EQ(33, hops);
	t_set(fd, level, v4 ? IP_TTL : IPV6_UNICAST_HOPS, 7);
	t_set(fd, level, v4 ? IP_TOS : IPV6_TCLASS, 0x88);
	t_send_all(fd, 0, 10);
	do {
		next_packet(variant, pfd, t_port(fd), &class, &hops);
	} while (hops == 33);
	EXPECT_EQ(0x88, class & ~3);
	EXPECT_EQ(7, hops);
}

static bool counted(const char *what)
{
	char cmd[160];

	snprintf(cmd, sizeof(cmd), "nft list table inet seen | grep -q '%s counter packets [1-9]'", what);
	return !system(cmd);
}

/* socket(7): SO_MARK and SO_PRIORITY reach rules and queues */
TEST_F(naru, mark_and_priority)
{
	int lfd, fd;

	t_enter_netns();
	lfd = t_listen(variant);
	fd = t_socket(variant, 0);
	t_sh("nft 'add table inet seen; add chain inet seen out { type filter hook output priority 0; }; "
	     "add rule inet seen out meta mark 77 counter; add rule inet seen out meta priority 0:5 counter'");
	t_set(fd, SOL_SOCKET, SO_MARK, 77);
	t_set(fd, SOL_SOCKET, SO_PRIORITY, 5);
	t_connect(variant, fd, t_port(lfd));
	EXPECT_TRUE(counted("mark 0x0000004d"));
	EXPECT_TRUE(counted("priority 0:5"));
}

/* ---- what comes in ---- */

/* socket(7): nothing passes, then it is taken off, and what was held up arrives */
TEST_F(naru, attach_filter)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog prog = { 1, &drop };
	int sv[2];
	char c;

	t_pair(variant, sv);
	if (setsockopt(sv[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)))
		t_die("SO_ATTACH_FILTER");
	t_send_all(sv[0], 0, 1);
	EXPECT_EQ(-1, recv(sv[1], &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	t_set(sv[1], SOL_SOCKET, SO_DETACH_FILTER, 0);
	t_recv_all(sv[1], 0, 1);
	EXPECT_EQ(ENOENT, set_errno(sv[1], SOL_SOCKET, SO_DETACH_FILTER, 0));
}

/* What IP_PKTOPTIONS and IPV6_2292PKTOPTIONS tell of an accepted connection, as a number of each */
struct arrival {
	int ifindex, hops, class;
};

static struct arrival arrival_of(t_kind *v, int fd)
{
	struct arrival a = { -1, -1, -1 };
	char control[512];
	struct msghdr msg = { .msg_control = control };
	socklen_t len = sizeof(control);
	bool v4 = v->family == AF_INET;

	if (getsockopt(fd, v4 ? SOL_IP : SOL_IPV6, v4 ? IP_PKTOPTIONS : IPV6_2292PKTOPTIONS, control, &len))
		t_die("PKTOPTIONS");
	msg.msg_controllen = len;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (v4 && c->cmsg_type == IP_PKTINFO)
			a.ifindex = ((struct in_pktinfo *)CMSG_DATA(c))->ipi_ifindex;
		else if (c->cmsg_type == (v4 ? IP_TTL : IPV6_HOPLIMIT))
			a.hops = *(int *)CMSG_DATA(c);
		else if (c->cmsg_type == (v4 ? IP_TOS : IPV6_TCLASS))
			a.class = *(int *)CMSG_DATA(c);
	}
	return a;
}

TEST_F(naru, packet_options)
{
	bool v4 = variant->family == AF_INET;
	int level = v4 ? SOL_IP : SOL_IPV6, lfd = t_listen(variant), fd = t_socket(variant, 0);
	struct arrival a;

	if (v4)
		t_set(lfd, level, IP_PKTINFO, 1);
	t_set(lfd, level, v4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1);
	t_set(lfd, level, v4 ? IP_RECVTOS : IPV6_RECVTCLASS, 1);
	t_set(fd, level, v4 ? IP_TOS : IPV6_TCLASS, 0x48);
	t_set(fd, level, v4 ? IP_TTL : IPV6_UNICAST_HOPS, 33);
	t_connect(variant, fd, t_port(lfd));
	a = arrival_of(variant, t_accept(lfd));
	EXPECT_EQ(v4 ? 1 : -1, a.ifindex);
	EXPECT_EQ(33, a.hops);
	EXPECT_EQ(0x48, a.class);
}

/* socket(7): a program that polls the device gets its data all the same */
TEST_F(naru, busy_poll)
{
	int sv[2];

	t_pair(variant, sv);
	t_set(sv[1], SOL_SOCKET, SO_BUSY_POLL, 50);
	EXPECT_EQ(50, t_get(sv[1], SOL_SOCKET, SO_BUSY_POLL));
	for (int i = 0; i < 20; i++) {
		t_send_all(sv[0], i, 1);
		t_recv_all(sv[1], i, 1);
	}
}

/* ---- others ---- */

static unsigned long long cookie(int fd)
{
	unsigned long long c = 0;
	socklen_t len = sizeof(c);

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &c, &len))
		t_die("SO_COOKIE");
	return c;
}

TEST_F(naru, cookie)
{
	int fd = t_socket(variant, 0), other = t_socket(kernel_of(variant), 0);
	unsigned long long c = cookie(fd);

	EXPECT_NE(0, c);
	EXPECT_NE(c, cookie(other));
	EXPECT_EQ(c, cookie(fd));
}

static int take_label(int fd, __u32 label, int share)
{
	struct in6_flowlabel_req {
		struct in6_addr dst;
		__be32 label;
		__u8 action, share;
		__u16 flags, expires, linger;
		__u32 pad;
	} req = { .dst = IN6ADDR_LOOPBACK_INIT, .label = htonl(label), .share = share, .flags = 1 };

	return setsockopt(fd, SOL_IPV6, IPV6_FLOWLABEL_MGR, &req, sizeof(req)) ? errno : 0;
}

static int connect_labelled(t_kind *v, int fd, int port, __u32 label)
{
	struct sockaddr_storage ss;
	socklen_t len = t_addr(&ss, v->family, t_lo(v), port);

	t_set(fd, SOL_IPV6, IPV6_FLOWINFO_SEND, 1);
	((struct sockaddr_in6 *)&ss)->sin6_flowinfo = htonl(label);
	return connect(fd, (struct sockaddr *)&ss, len) ? errno : 0;
}

/* ipv6(7): a label that a socket has for itself is no other's */
TEST_F(naru, flow_label)
{
	int lfd, owner, other;

	if (variant->family == AF_INET)
		return;
	/* it lingers */
	t_enter_netns();
	lfd = t_listen(variant);
	owner = t_socket(variant, 0);
	other = t_socket(variant, 0);
	EXPECT_EQ(0, take_label(owner, 0x12345, 1));
	EXPECT_EQ(EINVAL, connect_labelled(variant, other, t_port(lfd), 0x12345));
	EXPECT_EQ(0, connect_labelled(variant, owner, t_port(lfd), 0x12345));
}

static int sockmap_takes(int fd)
{
	union bpf_attr make = { .map_type = BPF_MAP_TYPE_SOCKMAP, .key_size = 4, .value_size = 4, .max_entries = 1 };
	union bpf_attr put = {};
	__u32 key = 0;
	int map = syscall(SYS_bpf, BPF_MAP_CREATE, &make, sizeof(make)), err;

	if (map < 0)
		t_die("a sockmap");
	put.map_fd = map;
	put.key = (unsigned long)&key;
	put.value = (unsigned long)&fd;
	err = syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &put, sizeof(put)) ? errno : 0;
	close(map);
	return err;
}

/* Its programs take sockets for the kernel's own TCP */
TEST_F(naru, no_sockmap)
{
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(t_is_naru(variant) ? EOPNOTSUPP : 0, sockmap_takes(sv[0]));
	t_send_all(sv[0], 0, 100);
	t_recv_all(sv[1], 0, 100);
}

/* connect(2): AF_UNSPEC takes the connection away, and the socket is as new; a listener as well */
TEST_F(naru, connect_unspec)
{
	struct sockaddr any = { .sa_family = AF_UNSPEC };
	int lfd = t_listen(variant), port = t_port(lfd), fd = t_socket(variant, 0), afd;

	t_set(fd, SOL_TCP, TCP_NODELAY, 1);
	t_connect(variant, fd, port);
	afd = t_accept(lfd);
	EXPECT_EQ(0, connect(fd, &any, sizeof(any)));
	EXPECT_EQ(-1, send(fd, "x", 1, MSG_NOSIGNAL));
	t_wait(afd, POLLIN);
	t_connect(variant, fd, port);
	EXPECT_EQ(1, t_get(fd, SOL_TCP, TCP_NODELAY));
	t_send_all(fd, 0, 100);
	t_recv_all(t_accept(lfd), 0, 100);
	EXPECT_EQ(0, connect(lfd, &any, sizeof(any)));
	close(fd);
	fd = t_socket(variant, 0);
	EXPECT_EQ(ECONNREFUSED, t_try_connect(variant, fd, t_lo(variant), port));
	EXPECT_EQ(0, listen(lfd, 5));
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ERROR));
}

TEST_HARNESS_MAIN
