// SPDX-License-Identifier: GPL-2.0
/* Ports of datagram sockets: who may share one, who gets what arrives there, and which are drawn */
#include <pthread.h>
#include <linux/filter.h>
#include "dgram_test.h"

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

/* Two sockets for one port; the second is the peer's kind, which is on the same wire unless it is native */
static void two_sockets(d_kind *k, int fd[2], int option)
{
	fd[0] = d_socket(k);
	fd[1] = d_peer_socket(k);
	for (int i = 0; i < 2 && option; i++)
		t_set(fd[i], SOL_SOCKET, option, 1);
}

TEST_F(dgram, in_use)
{
	d_kind *k = &variant->k;
	int fd[2], port;

	two_sockets(k, fd, 0);
	d_bind(k, fd[0], 0);
	port = t_port(fd[0]);
	EXPECT_EQ(EADDRINUSE, d_try_bind(k->family, fd[1], d_lo(k), port));
	EXPECT_EQ(EADDRINUSE, d_try_bind(k->family, fd[1], d_any(k), port));
	EXPECT_EQ(0, t_port(fd[1]));
	close(fd[0]);
	T_UNTIL(d_try_bind(k->family, fd[1], d_lo(k), port) == 0);
}

TEST_F(dgram, in_use_any)
{
	d_kind *k = &variant->k;
	int fd[2];

	two_sockets(k, fd, 0);
	d_bind_to(k->family, fd[0], d_any(k), 0);
	EXPECT_EQ(EADDRINUSE, d_try_bind(k->family, fd[1], d_lo(k), t_port(fd[0])));
}

/* An IPv6 socket that takes IPv4 has the port of both */
TEST_F(v6, in_use_dual)
{
	d_kind *k = &variant->k;
	int fd = d_socket(k), four = d_socket_of(AF_INET, k->peer, 0);

	d_bind_to(AF_INET6, fd, "::", 0);
	EXPECT_EQ(EADDRINUSE, d_try_bind(AF_INET, four, "127.0.0.1", t_port(fd)));
	close(fd);
	fd = d_socket(k);
	d_bind_to(AF_INET, four, "0.0.0.0", 0);
	EXPECT_EQ(EADDRINUSE, d_try_bind(AF_INET6, fd, "::", t_port(four)));
	t_set(fd, SOL_IPV6, IPV6_V6ONLY, 1);
	EXPECT_EQ(0, d_try_bind(AF_INET6, fd, "::", t_port(four)));
}

/* Different addresses are different ports */
TEST_F(v4, addresses)
{
	d_kind *k = &variant->k;
	int fd[2], peer = d_peer_socket(k);

	two_sockets(k, fd, 0);
	d_bind_to(AF_INET, fd[0], "127.0.0.2", 0);
	d_bind_to(AF_INET, fd[1], "127.0.0.3", t_port(fd[0]));
	ASSERT_EQ(0, d_try_sendto(AF_INET, peer, "127.0.0.3", t_port(fd[0]), "three", 5, 0));
	ASSERT_EQ(0, d_try_sendto(AF_INET, peer, "127.0.0.2", t_port(fd[0]), "two", 3, 0));
	d_expect(fd[0], "two");
	d_expect(fd[1], "three");
}

/* The ports of the native wire are its own */
TEST_F(dgram, native_is_apart)
{
	d_kind *k = &variant->k;
	int fd, other;

	if (!d_is_naru(k->wire))
		return;
	fd = d_socket_of(k->family, D_NATIVE, 0);
	other = d_socket_of(k->family, D_INET, 0);
	d_bind(k, fd, 0);
	EXPECT_EQ(0, d_try_bind(k->family, other, d_lo(k), t_port(fd)));
}

/* ---- SO_REUSEADDR ---- */

TEST_F(dgram, reuseaddr)
{
	d_kind *k = &variant->k;
	int fd[2], third = d_socket(k);

	two_sockets(k, fd, SO_REUSEADDR);
	d_bind(k, fd[0], 0);
	EXPECT_EQ(0, d_try_bind(k->family, fd[1], d_lo(k), t_port(fd[0])));
	EXPECT_EQ(EADDRINUSE, d_try_bind(k->family, third, d_lo(k), t_port(fd[0])));
}

/* The second does not have it, or the first */
TEST_F(dgram, reuseaddr_one)
{
	d_kind *k = &variant->k;

	for (int which = 0; which < 2; which++) {
		int fd[2];

		two_sockets(k, fd, 0);
		t_set(fd[which], SOL_SOCKET, SO_REUSEADDR, 1);
		d_bind(k, fd[0], 0);
		EXPECT_EQ(EADDRINUSE, d_try_bind(k->family, fd[1], d_lo(k), t_port(fd[0])));
		close(fd[0]);
		close(fd[1]);
	}
}

/* Of those that share a port the one that names most of a datagram gets it */
TEST_F(dgram, most_specific)
{
	d_kind *k = &variant->k;
	int any = d_socket(k), host = d_socket(k), conn = d_socket(k), peer = d_peer_socket(k), other = d_peer_socket(k);
	int fds[] = { any, host, conn }, port;

	for (int i = 0; i < 3; i++)
		t_set(fds[i], SOL_SOCKET, SO_REUSEADDR, 1);
	d_bind(k, peer, 0);
	d_bind(k, other, 0);
	d_bind_to(k->family, any, d_any(k), 0);
	port = t_port(any);
	d_sendto(k, peer, port, "any");
	d_expect(any, "any");
	d_bind(k, host, port);
	d_sendto(k, peer, port, "host");
	d_expect(host, "host");
	d_bind(k, conn, port);
	d_connect(k, conn, t_port(peer));
	d_sendto(k, peer, port, "conn");
	d_expect(conn, "conn");
	d_sendto(k, other, port, "other");
	d_expect(host, "other");
	close(host);
	d_sendto(k, other, port, "any again");
	d_expect(any, "any again");
}

/* ---- SO_REUSEPORT ---- */

/* All of the group and nobody else; what belongs to one flow goes to one of them */
TEST_F(dgram, reuseport)
{
	d_kind *k = &variant->k;
	int fd[4], from[32], stranger = d_socket(k), got = 0, members = 0;

	for (int i = 0; i < 4; i++) {
		fd[i] = d_socket(k);
		t_set(fd[i], SOL_SOCKET, SO_REUSEPORT, 1);
		d_bind(k, fd[i], i ? t_port(fd[0]) : 0);
	}
	EXPECT_EQ(EADDRINUSE, d_try_bind(k->family, stranger, d_lo(k), t_port(fd[0])));
	for (int i = 0; i < 32; i++) {
		from[i] = d_peer_socket(k);
		d_bind(k, from[i], 0);
		d_sendto(k, from[i], t_port(fd[0]), "a");
		d_sendto(k, from[i], t_port(fd[0]), "b");
	}
	for (int i = 0; i < 4; i++) {
		struct d_msg m;
		int last = 0, n = 0;

		while (d_recvmsg(fd[i], &m, MSG_DONTWAIT) > 0) {
			EXPECT_EQ(n % 2 ? 'b' : 'a', m.data[0]);	/* both of a flow */
			if (n++ % 2)
				EXPECT_EQ(last, t_port_of(&m.name));
			last = t_port_of(&m.name);
		}
		got += n;
		members += n > 0;
	}
	EXPECT_EQ(64, got);
	EXPECT_LT(1, members);
}

/* Another user's sockets are not let in */
TEST_F(dgram, reuseport_uid)
{
	d_kind *k = &variant->k;
	int fd = d_socket(k), port;
	pid_t pid;

	t_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	d_bind(k, fd, 0);
	port = t_port(fd);
	pid = fork();
	if (!pid) {
		int mine;

		if (setresuid(65534, 65534, 65534))
			t_die("setresuid");
		mine = d_socket(k);
		t_set(mine, SOL_SOCKET, SO_REUSEPORT, 1);
		_exit(d_try_bind(k->family, mine, d_lo(k), port) == EADDRINUSE ? 0 : 1);
	}
	t_reap(pid);
}

/* A program of the group's says who gets it */
TEST_F(dgram, reuseport_program)
{
	/* the last octet of what is sent, '0' and so on */
	struct sock_filter pick[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, '0'),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog prog = { .len = ARRAY_SIZE(pick), .filter = pick };
	d_kind *k = &variant->k;
	int fd[3], peer = d_peer_socket(k);

	d_bind(k, peer, 0);
	for (int i = 0; i < 3; i++) {
		fd[i] = d_socket(k);
		t_set(fd[i], SOL_SOCKET, SO_REUSEPORT, 1);
		d_bind(k, fd[i], i ? t_port(fd[0]) : 0);
	}
	ASSERT_EQ(0, setsockopt(fd[0], SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog, sizeof(prog)));
	for (int n = 0; n < 9; n++) {
		char text[2] = { '0' + n * 2 % 3 };

		d_sendto(k, peer, t_port(fd[0]), text);
		d_expect(fd[n * 2 % 3], text);
	}
}

/* Different addresses, of which one holds the other: who names more of a datagram gets it, and nobody else is let in */
TEST_F(dgram, reuseport_addresses)
{
	d_kind *k = &variant->k;
	int any = d_socket(k), host = d_socket(k), peer = d_peer_socket(k), stranger = d_socket_of(k->family, k->peer, 0);
	int port;

	t_set(any, SOL_SOCKET, SO_REUSEPORT, 1);
	t_set(host, SOL_SOCKET, SO_REUSEPORT, 1);
	t_set(stranger, SOL_SOCKET, SO_REUSEADDR, 1);
	d_bind_to(k->family, any, d_any(k), 0);
	port = t_port(any);
	EXPECT_EQ(0, d_try_bind(k->family, host, d_lo(k), port));
	d_sendto(k, peer, port, "host");
	d_expect(host, "host");
	EXPECT_EQ(EADDRINUSE, d_try_bind(k->family, stranger, d_lo(k), port));
	close(host);
	d_sendto(k, peer, port, "any");
	d_expect(any, "any");
}

/* ---- beside a socket of the kernel's ---- */

/* The kernel's, with SO_REUSEADDR, and one of our own at another address of its port; the port */
static int beside(d_kind *k, const char *address, int own_reuse, int fd[2])
{
	int port;

	fd[0] = d_socket_of(k->family, D_KERNEL, 0);
	t_set(fd[0], SOL_SOCKET, SO_REUSEADDR, 1);
	d_bind_to(k->family, fd[0], address, 0);
	port = t_port(fd[0]);
	fd[1] = d_socket_of(AF_INET, k->wire, 0);
	t_set(fd[1], SOL_SOCKET, SO_REUSEADDR, own_reuse);
	d_bind_to(AF_INET, fd[1], "127.0.0.2", port);
	return port;
}

static bool has_ports_of_the_kernel(d_kind *k)
{
	return k->wire != D_NATIVE || !d_is_naru(k->wire);
}

/* That there are others of our own does not let in who has no SO_REUSEADDR */
TEST_F(dgram, beside_kernel)
{
	d_kind *k = &variant->k;
	int fd[2], third = d_socket(k), port;

	if (!has_ports_of_the_kernel(k))
		return;
	port = beside(k, d_lo(k), 0, fd);
	EXPECT_EQ(EADDRINUSE, d_try_bind(k->family, third, d_lo(k), port));
	t_set(third, SOL_SOCKET, SO_REUSEADDR, 1);
	EXPECT_EQ(0, d_try_bind(k->family, third, d_lo(k), port));
}

TEST_F(dgram, beside_kernel_any)
{
	d_kind *k = &variant->k;
	int fd[2], third = d_socket(k), port;

	if (!has_ports_of_the_kernel(k))
		return;
	port = beside(k, d_any(k), 1, fd);
	EXPECT_EQ(EADDRINUSE, d_try_bind(k->family, third, d_lo(k), port));
	t_set(third, SOL_SOCKET, SO_REUSEADDR, 1);
	EXPECT_EQ(0, d_try_bind(k->family, third, d_lo(k), port));
}

/* Nor does one of our own at the same address, which may share it with either */
TEST_F(dgram, beside_kernel_shared)
{
	d_kind *k = &variant->k;
	int own = d_socket(k), kernel = d_socket_of(k->family, D_KERNEL, 0), third = d_socket(k), port;

	if (!has_ports_of_the_kernel(k))
		return;
	t_set(own, SOL_SOCKET, SO_REUSEADDR, 1);
	t_set(own, SOL_SOCKET, SO_REUSEPORT, 1);
	t_set(kernel, SOL_SOCKET, SO_REUSEADDR, 1);
	t_set(third, SOL_SOCKET, SO_REUSEPORT, 1);
	d_bind(k, own, 0);
	port = t_port(own);
	ASSERT_EQ(0, d_try_bind(k->family, kernel, d_lo(k), port));
	EXPECT_EQ(EADDRINUSE, d_try_bind(k->family, third, d_lo(k), port));
	close(kernel);
	T_UNTIL(d_try_bind(k->family, third, d_lo(k), port) == 0);
	kernel = d_socket_of(k->family, D_KERNEL, 0);
	t_set(kernel, SOL_SOCKET, SO_REUSEADDR, 1);
	EXPECT_EQ(EADDRINUSE, d_try_bind(k->family, kernel, d_lo(k), port));
}

/* ---- devices ---- */

TEST_F(dgram, bindtodevice)
{
	d_kind *k = &variant->k;
	const char *far = k->family == AF_INET ? "10.7.0.1" : "fd07::1";
	int on_lo, on_v0, peer, port;

	t_enter_netns();
	t_sh("ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; "
	     "ip addr add 10.7.0.1/24 dev v0; ip addr add fd07::1/64 dev v0 nodad");
	on_lo = d_socket(k);
	on_v0 = d_socket(k);
	peer = d_peer_socket(k);
	ASSERT_EQ(0, setsockopt(on_lo, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
	ASSERT_EQ(0, setsockopt(on_v0, SOL_SOCKET, SO_BINDTODEVICE, "v0", 3));
	d_bind_to(k->family, on_lo, d_any(k), 0);
	port = t_port(on_lo);
	EXPECT_EQ(0, d_try_bind(k->family, on_v0, d_any(k), port));	/* no conflict */
	/* what is sent to an own address comes in where the address is */
	ASSERT_EQ(0, d_try_sendto(k->family, peer, far, port, "v0", 2, 0));
	d_expect(on_v0, "v0");
	d_sendto(k, peer, port, "lo");
	d_expect(on_lo, "lo");
	close(on_lo);
	d_sendto(k, peer, port, "nobody");
	EXPECT_EQ(EAGAIN, d_try_recv(on_v0));
	EXPECT_EQ(-1, setsockopt(on_v0, SOL_SOCKET, SO_BINDTODEVICE, "nodev", 6));
	EXPECT_EQ(ENODEV, errno);
}

/* ---- ports that are drawn ---- */

/* A namespace with so many ports */
static void few_ports(int from, int to)
{
	char cmd[80];

	t_enter_netns();
	snprintf(cmd, sizeof(cmd), "sysctl -qw net.ipv4.ip_local_port_range='%d %d'", from, to);
	t_sh(cmd);
}

TEST_F(dgram, port_zero)
{
	d_kind *k = &variant->k;
	int fd[8], seen = 0, late;

	few_ports(40000, 40007);
	for (int i = 0; i < 8; i++) {
		fd[i] = d_socket_of(k->family, i % 2 ? k->peer : k->wire, 0);
		d_bind_to(k->family, fd[i], d_any(k), 0);
		ASSERT_LE(40000, t_port(fd[i]));
		ASSERT_GE(40007, t_port(fd[i]));
		seen |= 1 << (t_port(fd[i]) - 40000);
	}
	EXPECT_EQ(0xff, seen);
	late = d_socket(k);
	EXPECT_EQ(EADDRINUSE, d_try_bind(k->family, late, d_any(k), 0));
	EXPECT_EQ(EAGAIN, d_try_sendto(k->family, late, d_lo(k), 40000, "x", 1, 0));
	EXPECT_EQ(EAGAIN, d_try_connect(k->family, late, d_lo(k), 40000));
	close(fd[3]);
	T_UNTIL(d_try_bind(k->family, late, d_any(k), 0) == 0);
}

TEST_F(dgram, privileged)
{
	d_kind *k = &variant->k;
	pid_t pid;

	pid = fork();
	if (!pid) {
		if (setresuid(65534, 65534, 65534))
			t_die("setresuid");
		_exit(d_try_bind(k->family, d_socket(k), d_lo(k), 1023) == EACCES &&
		      d_try_bind(k->family, d_socket(k), d_lo(k), 1024) == 0 ? 0 : 1);
	}
	t_reap(pid);
	EXPECT_EQ(0, d_try_bind(k->family, d_socket(k), d_lo(k), 1023));
}

TEST_F(dgram, local_port_range)
{
	d_kind *k = &variant->k;
	int fd;

	if (!d_kernel_has(AF_INET, SOL_IP, IP_LOCAL_PORT_RANGE))
		return;	/* before 6.3 */
	for (int i = 0; i < 20; i++) {
		fd = d_socket(k);
		t_set(fd, SOL_IP, IP_LOCAL_PORT_RANGE, 50000 | 50030 << 16);
		EXPECT_EQ(50000 | 50030 << 16, t_get(fd, SOL_IP, IP_LOCAL_PORT_RANGE));
		if (i % 2)
			d_bind(k, fd, 0);
		else
			d_connect(k, fd, 9);
		EXPECT_LE(50000, t_port(fd));
		EXPECT_GE(50030, t_port(fd));
	}
	EXPECT_EQ(-1, setsockopt(fd, SOL_IP, IP_LOCAL_PORT_RANGE, &(int){ 50030 | 50000 << 16 }, sizeof(int)));
	EXPECT_EQ(EINVAL, errno);
}

/* The address now, the port with the peer */
TEST_F(dgram, no_port)
{
	d_kind *k = &variant->k;
	int fd = d_socket(k), peer = d_peer_socket(k);

	d_bind(k, peer, 0);
	t_set(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	EXPECT_EQ(1, t_get(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT));
	d_bind(k, fd, 0);
	EXPECT_EQ(0, t_port(fd));
	d_connect(k, fd, t_port(peer));
	EXPECT_NE(0, t_port(fd));
	d_send(fd, "x");
	d_expect(peer, "x");
}

/* ---- a port that goes while somebody sends ---- */

struct sender {
	pthread_t thread;
	d_kind *k;
	int fd, port;	/* of the receiver */
	pid_t tid;
	int err;
};

static void *send_late(void *arg)
{
	struct sender *s = arg;

	__atomic_store_n(&s->tid, syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	s->err = d_try_sendto(s->k->family, s->fd, d_lo(s->k), s->port, "late", 4, 0);
	return NULL;
}

/* Until the send buffer is full of what stays: the neighbour that it is for does not answer */
static void fill(d_kind *k, int fd)
{
	int err;

	t_sh("ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; "
	     "ip addr add 10.7.0.1/24 dev v0; ip addr add fd07::1/64 dev v0 nodad");
	d_sysctl(k->family == AF_INET ? "ipv4/neigh/v0/mcast_solicit" : "ipv6/neigh/v0/mcast_solicit", "100000");
	t_set(fd, SOL_SOCKET, SO_SNDBUF, 1);
	do {
		err = d_try_sendto(k->family, fd, k->family == AF_INET ? "10.7.0.2" : "fd07::2", 9, "fill", 4,
				   MSG_DONTWAIT);
	} while (!err);
	if (err != EAGAIN) {
		errno = err;
		t_die("filling the send buffer");
	}
}

/* What was begun goes from the port that it was begun on. The kernel's own goes from port 0 */
TEST_F(dgram, sender_loses_port)
{
	d_kind *k = &variant->k;
	struct sender s = { .k = k };
	struct d_msg m;
	int peer, port;

	if (!d_is_naru(k->wire))
		return;
	t_enter_netns();
	peer = d_peer_socket(k);
	d_bind(k, peer, 0);
	s.fd = d_socket(k);
	s.port = t_port(peer);
	fill(k, s.fd);
	port = t_port(s.fd);
	ASSERT_NE(0, port);
	errno = pthread_create(&s.thread, NULL, send_late, &s);
	ASSERT_EQ(0, errno);
	T_UNTIL(__atomic_load_n(&s.tid, __ATOMIC_SEQ_CST));
	t_wait_blocked(s.tid, SYS_sendto);
	ASSERT_EQ(0, d_disconnect(s.fd));
	EXPECT_EQ(0, t_port(s.fd));
	t_sh("ip link del v0");
	pthread_join(s.thread, NULL);
	EXPECT_EQ(0, s.err);
	ASSERT_EQ(4, d_recvmsg(peer, &m, 0));
	EXPECT_EQ(port, t_port_of(&m.name));
}

TEST_HARNESS_MAIN
