// SPDX-License-Identifier: GPL-2.0
/* Datagrams are no way round a sandbox: the cgroup BPF programs that the kernel's UDP asks are asked, and obeyed */
#include <linux/filter.h>
#include <stddef.h>
#include "cgroup_test.h"
#include "dgram_test.h"

#define ADDR	BPF_PROG_TYPE_CGROUP_SOCK_ADDR
#define SOCK	BPF_PROG_TYPE_CGROUP_SOCK
#define SKB	BPF_PROG_TYPE_CGROUP_SKB
#define OPT	BPF_PROG_TYPE_CGROUP_SOCKOPT

#define PORT_FIELD	offsetof(struct bpf_sock_addr, user_port)
#define SOURCE_FIELD	offsetof(struct bpf_sock_addr, msg_src_ip4)

static struct t_cgroup cg;

TEST_F(dgram, create)
{
	d_kind *k = &variant->k;
	int prog;

	t_cgroup_enter(&cg);
	prog = t_deny(&cg, SOCK, BPF_CGROUP_INET_SOCK_CREATE);
	EXPECT_EQ(-1, d_is_naru(k->wire) ? socket(AF_NARU, SOCK_DGRAM, k->wire) : socket(k->family, SOCK_DGRAM, 0));
	EXPECT_EQ(EPERM, errno);
	t_detach(&cg, prog, BPF_CGROUP_INET_SOCK_CREATE);
	close(d_socket(k));
	t_cgroup_leave(&cg);
}

TEST_F(dgram, release)
{
	int prog, fd;

	t_cgroup_enter(&cg);
	prog = t_count(&cg, SOCK, BPF_CGROUP_INET_SOCK_RELEASE);
	fd = d_socket(&variant->k);
	EXPECT_EQ(0, t_runs(prog));
	close(fd);
	EXPECT_EQ(1, t_runs(prog));
	t_detach(&cg, prog, BPF_CGROUP_INET_SOCK_RELEASE);
	t_cgroup_leave(&cg);
}

TEST_F(dgram, bind)
{
	d_kind *k = &variant->k;
	int type = d_of(k, BPF_CGROUP_INET4_BIND, BPF_CGROUP_INET6_BIND);
	int port = d_free_port(k->family, k->wire), fd, prog;

	t_cgroup_enter(&cg);
	fd = d_socket(k);
	prog = t_deny(&cg, ADDR, type);
	EXPECT_EQ(EPERM, d_try_bind(k->family, fd, d_lo(k), 0));
	t_detach(&cg, prog, type);
	prog = t_rewrite(&cg, ADDR, type, PORT_FIELD, htons(port));
	d_bind(k, fd, 0);
	EXPECT_EQ(port, t_port(fd));
	t_detach(&cg, prog, type);
	close(fd);
	t_cgroup_leave(&cg);
}

/* Refused afterwards: the port is free again */
TEST_F(dgram, post_bind)
{
	d_kind *k = &variant->k;
	int type = d_of(k, BPF_CGROUP_INET4_POST_BIND, BPF_CGROUP_INET6_POST_BIND);
	int port = d_free_port(k->family, k->wire), fd, prog;

	t_cgroup_enter(&cg);
	prog = t_deny(&cg, SOCK, type);
	fd = d_socket(k);
	EXPECT_EQ(EPERM, d_try_bind(k->family, fd, d_lo(k), port));
	EXPECT_EQ(0, t_port(fd));
	t_detach(&cg, prog, type);
	d_bind(k, fd, port);
	close(fd);
	t_cgroup_leave(&cg);
}

TEST_F(dgram, connect)
{
	d_kind *k = &variant->k;
	int type = d_of(k, BPF_CGROUP_INET4_CONNECT, BPF_CGROUP_INET6_CONNECT);
	int peer = d_peer_socket(k), fd, prog;

	d_bind(k, peer, 0);
	t_cgroup_enter(&cg);
	fd = d_socket(k);
	prog = t_deny(&cg, ADDR, type);
	EXPECT_EQ(EPERM, d_try_connect(k->family, fd, d_lo(k), t_port(peer)));
	t_detach(&cg, prog, type);
	prog = t_rewrite(&cg, ADDR, type, PORT_FIELD, htons(t_port(peer)));
	d_connect(k, fd, 1);
	d_send(fd, "x");
	d_expect(peer, "x");
	t_detach(&cg, prog, type);
	close(fd);
	t_cgroup_leave(&cg);
}

/* A send to an address: refused, or to another port */
TEST_F(dgram, sendmsg)
{
	d_kind *k = &variant->k;
	int type = d_of(k, BPF_CGROUP_UDP4_SENDMSG, BPF_CGROUP_UDP6_SENDMSG);
	int prog, fd[2];

	t_cgroup_enter(&cg);
	d_two(k, fd);
	prog = t_deny(&cg, ADDR, type);
	EXPECT_EQ(EPERM, d_try_sendto(k->family, fd[0], d_lo(k), t_port(fd[1]), "x", 1, 0));
	t_detach(&cg, prog, type);
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
	prog = t_rewrite(&cg, ADDR, type, PORT_FIELD, htons(t_port(fd[1])));
	d_sendto(k, fd[0], 1, "rewritten");
	d_expect(fd[1], "rewritten");
	t_detach(&cg, prog, type);
	/* a port that is none */
	prog = t_rewrite(&cg, ADDR, type, PORT_FIELD, 0);
	EXPECT_EQ(EINVAL, d_try_sendto(k->family, fd[0], d_lo(k), t_port(fd[1]), "x", 1, 0));
	t_detach(&cg, prog, type);
	t_cgroup_leave(&cg);
}

/* A send where the socket is connected was asked about by connect(2) */
TEST_F(dgram, sendmsg_connected)
{
	d_kind *k = &variant->k;
	int type = d_of(k, BPF_CGROUP_UDP4_SENDMSG, BPF_CGROUP_UDP6_SENDMSG);
	int prog, fd[2];

	t_cgroup_enter(&cg);
	d_pair(k, fd);
	prog = t_deny(&cg, ADDR, type);
	d_send(fd[0], "x");
	d_expect(fd[1], "x");
	EXPECT_EQ(EPERM, d_try_sendto(k->family, fd[0], d_lo(k), t_port(fd[1]), "x", 1, 0));
	t_detach(&cg, prog, type);
	t_cgroup_leave(&cg);
}

/* A program may choose the address that a datagram comes from */
TEST_F(v4, sendmsg_source)
{
	d_kind *k = &variant->k;
	int prog, fd, peer;
	struct d_msg m;

	t_cgroup_enter(&cg);
	fd = d_socket(k);
	peer = d_peer_socket(k);
	d_bind(k, peer, 0);
	prog = t_rewrite(&cg, ADDR, BPF_CGROUP_UDP4_SENDMSG, SOURCE_FIELD, htonl(0x7f000009));
	d_sendto(k, fd, t_port(peer), "x");
	ASSERT_EQ(1, d_recvmsg(peer, &m, 0));
	EXPECT_EQ(htonl(0x7f000009), ((struct sockaddr_in *)&m.name)->sin_addr.s_addr);
	t_detach(&cg, prog, BPF_CGROUP_UDP4_SENDMSG);
	t_cgroup_leave(&cg);
}

/* IPv4 through an IPv6 socket is asked about as IPv4 when it is sent, and as IPv6 when it is read */
TEST_F(v6, mapped)
{
	d_kind *k = &variant->k;
	int fd, peer, prog;
	struct d_msg m;

	t_cgroup_enter(&cg);
	fd = d_socket(k);
	peer = d_socket_of(AF_INET, k->peer, 0);
	d_bind_to(AF_INET6, fd, "::", 0);
	d_bind_to(AF_INET, peer, "127.0.0.1", 0);
	prog = t_deny(&cg, ADDR, BPF_CGROUP_UDP4_SENDMSG);
	EXPECT_EQ(EPERM, d_try_sendto(AF_INET6, fd, "127.0.0.1", t_port(peer), "x", 1, 0));
	t_detach(&cg, prog, BPF_CGROUP_UDP4_SENDMSG);
	prog = t_rewrite(&cg, ADDR, BPF_CGROUP_UDP6_RECVMSG, PORT_FIELD, htons(7));
	ASSERT_EQ(0, d_try_sendto(AF_INET, peer, "127.0.0.1", t_port(fd), "x", 1, 0));
	ASSERT_EQ(1, d_recvmsg(fd, &m, 0));
	EXPECT_EQ(7, t_port_of(&m.name));
	t_detach(&cg, prog, BPF_CGROUP_UDP6_RECVMSG);
	t_cgroup_leave(&cg);
}

/* What the reader is told of the sender */
TEST_F(dgram, recvmsg)
{
	d_kind *k = &variant->k;
	int type = d_of(k, BPF_CGROUP_UDP4_RECVMSG, BPF_CGROUP_UDP6_RECVMSG);
	int prog, fd[2];
	struct d_msg m;

	t_cgroup_enter(&cg);
	d_two(k, fd);
	prog = t_rewrite(&cg, ADDR, type, PORT_FIELD, htons(7));
	d_sendto(k, fd[1], t_port(fd[0]), "x");
	ASSERT_EQ(1, d_recvmsg(fd[0], &m, 0));
	EXPECT_EQ(7, t_port_of(&m.name));
	t_detach(&cg, prog, type);
	d_sendto(k, fd[1], t_port(fd[0]), "y");
	ASSERT_EQ(1, d_recvmsg(fd[0], &m, 0));
	EXPECT_EQ(t_port(fd[1]), t_port_of(&m.name));
	t_cgroup_leave(&cg);
}

/* Nobody asks for the name: no program is asked */
TEST_F(dgram, recvmsg_nameless)
{
	d_kind *k = &variant->k;
	int type = d_of(k, BPF_CGROUP_UDP4_RECVMSG, BPF_CGROUP_UDP6_RECVMSG);
	int prog, fd[2];
	struct d_msg m;

	t_cgroup_enter(&cg);
	d_two(k, fd);
	prog = t_count(&cg, ADDR, type);
	d_sendto(k, fd[1], t_port(fd[0]), "x");
	d_expect(fd[0], "x");
	EXPECT_EQ(0, t_runs(prog));
	d_sendto(k, fd[1], t_port(fd[0]), "y");
	ASSERT_EQ(1, d_recvmsg(fd[0], &m, 0));
	EXPECT_EQ(1, t_runs(prog));
	t_detach(&cg, prog, type);
	t_cgroup_leave(&cg);
}

TEST_F(dgram, names)
{
	d_kind *k = &variant->k;
	int local = d_of(k, BPF_CGROUP_INET4_GETSOCKNAME, BPF_CGROUP_INET6_GETSOCKNAME);
	int remote = d_of(k, BPF_CGROUP_INET4_GETPEERNAME, BPF_CGROUP_INET6_GETPEERNAME);
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int prog[2], fd[2];

	t_cgroup_enter(&cg);
	d_pair(k, fd);
	prog[0] = t_rewrite(&cg, ADDR, local, PORT_FIELD, htons(7));
	prog[1] = t_rewrite(&cg, ADDR, remote, PORT_FIELD, htons(9));
	EXPECT_EQ(7, t_port(fd[0]));
	ASSERT_EQ(0, getpeername(fd[0], (struct sockaddr *)&ss, &len));
	EXPECT_EQ(9, t_port_of(&ss));
	t_detach(&cg, prog[0], local);
	t_detach(&cg, prog[1], remote);
	t_cgroup_leave(&cg);
}

TEST_F(dgram, options)
{
	socklen_t len = sizeof(int);
	int prog, fd, on = 1;

	t_cgroup_enter(&cg);
	fd = d_socket(&variant->k);
	prog = t_deny(&cg, OPT, BPF_CGROUP_SETSOCKOPT);
	EXPECT_EQ(-1, setsockopt(fd, SOL_UDP, UDP_CORK, &on, sizeof(on)));
	EXPECT_EQ(EPERM, errno);
	t_detach(&cg, prog, BPF_CGROUP_SETSOCKOPT);
	prog = t_deny(&cg, OPT, BPF_CGROUP_GETSOCKOPT);
	EXPECT_EQ(-1, getsockopt(fd, SOL_UDP, UDP_CORK, &on, &len));
	EXPECT_EQ(EPERM, errno);
	t_detach(&cg, prog, BPF_CGROUP_GETSOCKOPT);
	EXPECT_EQ(0, t_get(fd, SOL_UDP, UDP_CORK));
	t_cgroup_leave(&cg);
}

/* Not one leaves, and the sender hears so */
TEST_F(dgram, egress)
{
	d_kind *k = &variant->k;
	int prog, fd[2];

	t_cgroup_enter(&cg);
	d_pair(k, fd);
	prog = t_deny(&cg, SKB, BPF_CGROUP_INET_EGRESS);
	EXPECT_EQ(-1, send(fd[0], "x", 1, 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(EPERM, d_try_sendto(k->family, fd[0], d_lo(k), t_port(fd[1]), "x", 1, 0));
	t_detach(&cg, prog, BPF_CGROUP_INET_EGRESS);
	d_send(fd[0], "y");
	d_expect(fd[1], "y");
	t_cgroup_leave(&cg);
}

/* Not one comes in: it is gone, these are datagrams */
TEST_F(dgram, ingress)
{
	d_kind *k = &variant->k;
	int prog, fd[2];

	t_cgroup_enter(&cg);
	d_pair(k, fd);
	prog = t_deny(&cg, SKB, BPF_CGROUP_INET_INGRESS);
	d_send(fd[1], "x");
	EXPECT_EQ(EAGAIN, d_try_recv(fd[0]));
	t_detach(&cg, prog, BPF_CGROUP_INET_INGRESS);
	d_send(fd[1], "y");
	d_expect(fd[0], "y");
	t_cgroup_leave(&cg);
}

/* Each datagram that comes in is asked about once */
TEST_F(dgram, ingress_once)
{
	d_kind *k = &variant->k;
	int prog, fd[2], outside = d_peer_socket(k);

	d_bind(k, outside, 0);	/* before: what it is sent is not counted */
	t_cgroup_enter(&cg);
	fd[0] = d_socket(k);
	d_bind(k, fd[0], 0);
	prog = t_count(&cg, SKB, BPF_CGROUP_INET_INGRESS);
	for (int i = 1; i < 4; i++) {
		d_sendto(k, outside, t_port(fd[0]), "x");
		d_expect(fd[0], "x");
		EXPECT_EQ(i, t_runs(prog));
	}
	t_detach(&cg, prog, BPF_CGROUP_INET_INGRESS);
	t_cgroup_leave(&cg);
}

/* A program's own filter on its socket; it sees the datagram with its header, and may cut it off */
TEST_F(dgram, filter)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog prog = { .len = 1, .filter = code };
	int fd[2];

	d_pair(&variant->k, fd);
	ASSERT_EQ(0, setsockopt(fd[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	d_send(fd[0], "dropped");
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
	code[0].k = 8 + 3;
	ASSERT_EQ(0, setsockopt(fd[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	d_send(fd[0], "cut off");
	d_expect(fd[1], "cut");
	code[0].k = 3;	/* never the header */
	ASSERT_EQ(0, setsockopt(fd[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	d_send(fd[0], "empty");
	d_expect(fd[1], "");
	t_set(fd[1], SOL_SOCKET, SO_DETACH_FILTER, 0);
	d_send(fd[0], "whole");
	d_expect(fd[1], "whole");
}

/* What it looks at begins with the header */
TEST_F(dgram, filter_ports)
{
	d_kind *k = &variant->k;
	int fd[2], other = d_peer_socket(k);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0),	/* the source's port */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 65535),
	};
	struct sock_fprog prog = { .len = 4, .filter = code };

	d_two(k, fd);
	d_bind(k, other, 0);
	code[1].k = t_port(fd[1]);
	ASSERT_EQ(0, setsockopt(fd[0], SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	d_sendto(k, fd[1], t_port(fd[0]), "filtered");
	d_sendto(k, other, t_port(fd[0]), "let in");
	d_expect(fd[0], "let in");
	EXPECT_EQ(EAGAIN, d_try_recv(fd[0]));
}

TEST_HARNESS_MAIN
