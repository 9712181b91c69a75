// SPDX-License-Identifier: GPL-2.0
/*
 * A naru socket is no way round a sandbox: each cgroup BPF program that the kernel's TCP asks is asked, and
 * obeyed. The table is in kmod/sock/confine.h.
 */
#include "cgroup_test.h"
#include <linux/filter.h>
#include <stddef.h>

#define ADDR	BPF_PROG_TYPE_CGROUP_SOCK_ADDR
#define SOCK	BPF_PROG_TYPE_CGROUP_SOCK
#define SKB	BPF_PROG_TYPE_CGROUP_SKB
#define OPT	BPF_PROG_TYPE_CGROUP_SOCKOPT

#define PORT_FIELD	offsetof(struct bpf_sock_addr, user_port)

static int of_family(t_kind *v, int v4, int v6)
{
	return v->family == AF_INET ? v4 : v6;
}

TEST_F(naru, create)
{
	struct t_cgroup cg;
	int prog;

	t_cgroup_enter(&cg);
	prog = t_deny(&cg, SOCK, BPF_CGROUP_INET_SOCK_CREATE);
	EXPECT_EQ(-1, t_is_naru(variant) ? socket(AF_NARU, SOCK_STREAM, variant->wire) :
					   socket(variant->family, SOCK_STREAM, 0));
	EXPECT_EQ(EPERM, errno);
	t_detach(&cg, prog, BPF_CGROUP_INET_SOCK_CREATE);
	close(t_socket(variant, 0));
	t_cgroup_leave(&cg);
}

TEST_F(naru, release)
{
	struct t_cgroup cg;
	int prog, fd;

	t_cgroup_enter(&cg);
	prog = t_count(&cg, SOCK, BPF_CGROUP_INET_SOCK_RELEASE);
	fd = t_socket(variant, 0);
	EXPECT_EQ(0, t_runs(prog));
	close(fd);
	EXPECT_EQ(1, t_runs(prog));
	t_detach(&cg, prog, BPF_CGROUP_INET_SOCK_RELEASE);
	t_cgroup_leave(&cg);
}

TEST_F(naru, bind)
{
	int type = of_family(variant, BPF_CGROUP_INET4_BIND, BPF_CGROUP_INET6_BIND);
	int fd = -1, port = 0, prog;
	struct t_cgroup cg;

	t_cgroup_enter(&cg);
	fd = t_socket(variant, 0);
	prog = t_deny(&cg, ADDR, type);
	EXPECT_EQ(EPERM, t_try_bind(variant, fd, t_lo(variant), 0));
	t_detach(&cg, prog, type);
	t_bind(variant, fd, 0);
	port = t_port(fd);
	close(fd);
	prog = t_rewrite(&cg, ADDR, type, PORT_FIELD, htons(port));
	fd = t_socket(variant, 0);
	t_bind(variant, fd, 0);
	EXPECT_EQ(port, t_port(fd));
	close(fd);
	t_detach(&cg, prog, type);
	t_cgroup_leave(&cg);
}

/* Refused afterwards: the port is free again */
TEST_F(naru, post_bind)
{
	int type = of_family(variant, BPF_CGROUP_INET4_POST_BIND, BPF_CGROUP_INET6_POST_BIND);
	int fd = -1, port = 0, prog;
	struct t_cgroup cg;

	t_cgroup_enter(&cg);
	fd = t_socket(variant, 0);
	t_bind(variant, fd, 0);
	port = t_port(fd);
	close(fd);
	prog = t_deny(&cg, SOCK, type);
	fd = t_socket(variant, 0);
	EXPECT_EQ(EPERM, t_try_bind(variant, fd, t_lo(variant), port));
	t_detach(&cg, prog, type);
	t_bind(variant, fd, port);
	close(fd);
	t_cgroup_leave(&cg);
}

TEST_F(naru, connect)
{
	int type = of_family(variant, BPF_CGROUP_INET4_CONNECT, BPF_CGROUP_INET6_CONNECT);
	int lfd = t_listen(variant), fd, prog;
	struct t_cgroup cg;

	t_cgroup_enter(&cg);
	fd = t_socket(variant, 0);
	prog = t_deny(&cg, ADDR, type);
	EXPECT_EQ(EPERM, t_try_connect(variant, fd, t_lo(variant), t_port(lfd)));
	t_detach(&cg, prog, type);
	prog = t_rewrite(&cg, ADDR, type, PORT_FIELD, htons(t_port(lfd)));
	t_connect(variant, fd, 1);
	t_detach(&cg, prog, type);
	close(fd);
	t_cgroup_leave(&cg);
}

/* connect(2) binds by itself: programs on bind are not asked about that */
static void connect_denied_binds(t_kind *v, const struct t_cgroup *cg, int port)
{
	int before = of_family(v, BPF_CGROUP_INET4_BIND, BPF_CGROUP_INET6_BIND);
	int after = of_family(v, BPF_CGROUP_INET4_POST_BIND, BPF_CGROUP_INET6_POST_BIND);
	int fd, prog[2];

	prog[0] = t_deny(cg, ADDR, before);
	prog[1] = t_deny(cg, SOCK, after);
	fd = t_socket(v, 0);
	t_connect(v, fd, port);
	t_detach(cg, prog[0], before);
	t_detach(cg, prog[1], after);
	close(fd);
}

TEST_F(naru, connect_is_no_bind)
{
	struct t_cgroup cg, root;
	int lfd;

	t_enter_netns();	/* no port has been held yet */
	lfd = t_listen(variant);
	t_cgroup_enter(&cg);
	t_cgroup_root(&root);
	connect_denied_binds(variant, &root, t_port(lfd));
	connect_denied_binds(variant, &cg, t_port(lfd));
	close(root.fd);
	t_cgroup_leave(&cg);
}

/* bind(2) asks once, wherever the program is, and what a program makes of the port is final */
TEST_F(naru, bind_asks_once)
{
	int type = of_family(variant, BPF_CGROUP_INET4_BIND, BPF_CGROUP_INET6_BIND);
	struct t_cgroup cg[2];
	int prog, fd;

	t_cgroup_enter(&cg[0]);
	t_cgroup_root(&cg[1]);
	for (int i = 0; i < 2; i++) {
		prog = t_count(&cg[i], ADDR, type);
		fd = t_socket(variant, 0);
		t_bind(variant, fd, 0);
		EXPECT_EQ(1, t_runs(prog));
		t_detach(&cg[i], prog, type);
		close(fd);
	}
	close(cg[1].fd);
	t_cgroup_leave(&cg[0]);
}

/* A program may choose the address that a connection comes from */
TEST_F(naru, connect_from)
{
	const struct bpf_insn insns[] = {
		T_MOV(BPF_REG_2, AF_INET),			/* port 0: the next two bytes */
		T_STORE(BPF_W, BPF_REG_10, -16, BPF_REG_2),
		T_MOV(BPF_REG_2, htonl(0x7f000002)),
		T_STORE(BPF_W, BPF_REG_10, -12, BPF_REG_2),
		T_MOV(BPF_REG_2, 0),
		T_STORE(BPF_DW, BPF_REG_10, -8, BPF_REG_2),
		T_MOVR(BPF_REG_2, BPF_REG_10),
		T_ADD(BPF_REG_2, -16),
		T_MOV(BPF_REG_3, 16),
		T_CALL(BPF_FUNC_bind),
		T_MOV(BPF_REG_0, 1),
		T_EXIT(),
	};
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);
	int lfd, fd, prog, server;
	struct t_cgroup cg;

	if (variant->family != AF_INET)
		return;
	lfd = t_listen(variant);
	t_cgroup_enter(&cg);
	prog = t_attach(&cg, ADDR, BPF_CGROUP_INET4_CONNECT, insns, 12);
	for (int any = 0; any < 2; any++) {
		/* any: a socket whose family nobody has chosen */
		if (any && t_is_naru(variant))
			fd = socket(AF_NARU, SOCK_STREAM, variant->wire);
		else
			fd = t_socket(variant, 0);
		t_connect(variant, fd, t_port(lfd));
		server = accept(lfd, (struct sockaddr *)&peer, &len);
		ASSERT_LE(0, server);
		EXPECT_EQ(htonl(0x7f000002), peer.sin_addr.s_addr);
		close(server);
		close(fd);
	}
	t_detach(&cg, prog, BPF_CGROUP_INET4_CONNECT);
	t_cgroup_leave(&cg);
}

TEST_F(naru, names)
{
	int local = of_family(variant, BPF_CGROUP_INET4_GETSOCKNAME, BPF_CGROUP_INET6_GETSOCKNAME);
	int remote = of_family(variant, BPF_CGROUP_INET4_GETPEERNAME, BPF_CGROUP_INET6_GETPEERNAME);
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int prog[2], sv[2];
	struct t_cgroup cg;

	t_cgroup_enter(&cg);
	t_pair(variant, sv);
	prog[0] = t_rewrite(&cg, ADDR, local, PORT_FIELD, htons(7));
	prog[1] = t_rewrite(&cg, ADDR, remote, PORT_FIELD, htons(9));
	EXPECT_EQ(7, t_port(sv[0]));
	ASSERT_EQ(0, getpeername(sv[0], (struct sockaddr *)&ss, &len));
	EXPECT_EQ(9, t_port_of(&ss));
	t_detach(&cg, prog[0], local);
	t_detach(&cg, prog[1], remote);
	t_close_pair(sv);
	t_cgroup_leave(&cg);
}

TEST_F(naru, options)
{
	socklen_t len = sizeof(int);
	int prog, fd, on = 1;
	struct t_cgroup cg;

	t_cgroup_enter(&cg);
	fd = t_socket(variant, 0);
	prog = t_deny(&cg, OPT, BPF_CGROUP_SETSOCKOPT);
	EXPECT_EQ(-1, setsockopt(fd, SOL_TCP, TCP_NODELAY, &on, sizeof(on)));
	EXPECT_EQ(EPERM, errno);
	t_detach(&cg, prog, BPF_CGROUP_SETSOCKOPT);
	prog = t_deny(&cg, OPT, BPF_CGROUP_GETSOCKOPT);
	EXPECT_EQ(-1, getsockopt(fd, SOL_TCP, TCP_NODELAY, &on, &len));
	EXPECT_EQ(EPERM, errno);
	t_detach(&cg, prog, BPF_CGROUP_GETSOCKOPT);
	close(fd);
	t_cgroup_leave(&cg);
}

/* Bytes that lo has carried */
static unsigned long lo_bytes(void)
{
	char line[512];
	unsigned long bytes = 0;
	FILE *f = fopen("/proc/thread-self/net/dev", "r");

	if (!f)
		t_die("net/dev");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " lo: %lu", &bytes) == 1)
			break;
	fclose(f);
	return bytes;
}

/* Not a byte leaves: neither of a connection that is to be nor of one that is */
TEST_F(naru, egress)
{
	int lfd, fd, prog, sv[2];
	struct t_cgroup cg;
	unsigned long was;

	t_enter_netns();
	t_cgroup_enter(&cg);
	lfd = t_listen(variant);
	t_pair_on(variant, lfd, sv);
	prog = t_deny(&cg, SKB, BPF_CGROUP_INET_EGRESS);
	was = lo_bytes();
	fd = t_socket(variant, 0);
	t_set(fd, SOL_TCP, TCP_USER_TIMEOUT, 500);
	t_set(fd, SOL_TCP, TCP_SYNCNT, 1);
	EXPECT_EQ(ETIMEDOUT, t_try_connect(variant, fd, t_lo(variant), t_port(lfd)));
	close(fd);
	t_set(sv[0], SOL_TCP, TCP_USER_TIMEOUT, 500);
	t_set(sv[1], SOL_TCP, TCP_USER_TIMEOUT, 500);
	ASSERT_EQ(3, send(sv[0], "abc", 3, MSG_NOSIGNAL));
	ASSERT_EQ(3, send(sv[1], "abc", 3, MSG_NOSIGNAL));
	EXPECT_EQ(-1, recv(sv[0], &fd, 1, 0));
	EXPECT_EQ(ETIMEDOUT, errno);
	EXPECT_EQ(-1, recv(sv[1], &fd, 1, 0));
	EXPECT_EQ(ETIMEDOUT, errno);
	close(lfd);
	EXPECT_EQ(was, lo_bytes());
	t_detach(&cg, prog, BPF_CGROUP_INET_EGRESS);
	t_close_pair(sv);
	t_cgroup_leave(&cg);
}

/* Nothing comes in: what is sent arrives when the program is gone */
TEST_F(naru, ingress)
{
	struct t_cgroup cg;
	int prog, sv[2];
	char c;

	t_cgroup_enter(&cg);
	t_pair(variant, sv);
	prog = t_deny(&cg, SKB, BPF_CGROUP_INET_INGRESS);
	ASSERT_EQ(1, send(sv[0], "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(-1, recv(sv[1], &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	t_detach(&cg, prog, BPF_CGROUP_INET_INGRESS);
	EXPECT_EQ(1, recv(sv[1], &c, 1, 0));
	t_close_pair(sv);
	t_cgroup_leave(&cg);
}

/* A program's own filter on its socket */
TEST_F(naru, filter)
{
	struct sock_filter none[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog prog = { .len = 1, .filter = none };
	int sv[2];
	char c;

	t_pair(variant, sv);
	ASSERT_EQ(0, setsockopt(sv[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	ASSERT_EQ(1, send(sv[0], "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(-1, recv(sv[1], &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	t_set(sv[1], SOL_SOCKET, SO_DETACH_FILTER, 0);
	EXPECT_EQ(1, recv(sv[1], &c, 1, 0));
	t_close_pair(sv);
}

TEST_HARNESS_MAIN
