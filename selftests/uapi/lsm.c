// SPDX-License-Identifier: GPL-2.0
/*
 * Security modules decide on naru's sockets as on the kernel's: each hook refuses once, by a BPF program. The table
 * is in kmod/sock/confinement.md.
 */
#include "cgroup_test.h"
#include <bpf/bpf.h>
#include <bpf/btf.h>

/* What a hook is asked about */
struct ends {
	int fd;		/* neither bound nor connected */
	int lfd;	/* listens, and a connection waits */
	int waiting;	/* the other end of that */
	int sv[2];	/* connected, and sv[1] has a byte to read */
};

static void make_ends(t_kind *v, struct ends *e)
{
	e->fd = t_socket(v, 0);
	e->lfd = t_listen(v);
	e->waiting = t_socket(v, 0);
	t_connect(v, e->waiting, t_port(e->lfd));
	t_pair(v, e->sv);
	if (send(e->sv[0], "x", 1, MSG_NOSIGNAL) != 1)
		t_die("send");
}

static void close_ends(struct ends *e)
{
	close(e->fd);
	close(e->lfd);
	close(e->waiting);
	t_close_pair(e->sv);
}

static bool lsm_runs_bpf(void)
{
	char text[256] = "";
	FILE *f = fopen("/sys/kernel/security/lsm", "r");

	if (f) {
		if (!fgets(text, sizeof(text), f))
			text[0] = '\0';
		fclose(f);
	}
	return strstr(text, "bpf");
}

/* Attaches a program to a hook; closing what this returns ends it */
static int attach(const char *hook, const struct bpf_insn *insns, int num, int *prog)
{
	static struct btf *kernel;
	struct bpf_prog_load_opts opts = {
		.sz = sizeof(opts),
		.expected_attach_type = BPF_LSM_MAC,
	};
	char name[64];
	int fd;

	if (!kernel)
		kernel = btf__load_vmlinux_btf();
	if (!kernel)
		t_die("the kernel's BTF");
	snprintf(name, sizeof(name), "bpf_lsm_%s", hook);
	opts.attach_btf_id = btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC);
	*prog = bpf_prog_load(BPF_PROG_TYPE_LSM, "naru_test", "GPL", insns, num, &opts);
	if (*prog < 0)
		t_die("program for %s", hook);
	fd = bpf_raw_tracepoint_open(NULL, *prog);
	if (fd < 0)
		t_die("no way into %s", hook);
	return fd;
}

/* Refuses whatever this process asks, with EPERM */
static int deny_us(const char *hook)
{
	const struct bpf_insn insns[] = {
		T_CALL(BPF_FUNC_get_current_pid_tgid),
		T_INSN(BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_0, 0, 0, 32),
		T_MOVR(BPF_REG_1, BPF_REG_0),
		T_MOV(BPF_REG_0, 0),
		T_INSN(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_1, 0, 1, getpid()),
		T_MOV(BPF_REG_0, -EPERM),
		T_EXIT(),
	};
	int prog, fd = attach(hook, insns, 7, &prog);

	close(prog);
	return fd;
}

static int any_socket(t_kind *v)
{
	return t_is_naru(v) ? socket(AF_NARU, SOCK_STREAM, v->wire) :
			      socket(v->family, SOCK_STREAM, 0);
}

static int do_socket(t_kind *v, struct ends *e)
{
	int fd = any_socket(v);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

static int do_bind(t_kind *v, struct ends *e)
{
	return t_try_bind(v, e->fd, t_lo(v), 0) ? -1 : 0;
}

static int do_connect(t_kind *v, struct ends *e)
{
	struct sockaddr_storage ss;
	socklen_t len = t_addr(&ss, v->family, t_lo(v), 9);

	return connect(e->fd, (struct sockaddr *)&ss, len);
}

static int do_listen(t_kind *v, struct ends *e)
{
	return listen(e->lfd, 5);
}

static int do_accept(t_kind *v, struct ends *e)
{
	return accept(e->lfd, NULL, NULL);
}

static int do_send(t_kind *v, struct ends *e)
{
	return send(e->sv[0], "x", 1, MSG_NOSIGNAL);
}

static int do_recv(t_kind *v, struct ends *e)
{
	char c;

	return recv(e->sv[1], &c, 1, 0);
}

static int do_getsockname(t_kind *v, struct ends *e)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	return getsockname(e->lfd, (struct sockaddr *)&ss, &len);
}

static int do_getpeername(t_kind *v, struct ends *e)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	return getpeername(e->sv[0], (struct sockaddr *)&ss, &len);
}

static int do_getsockopt(t_kind *v, struct ends *e)
{
	socklen_t len = sizeof(int);
	int value;

	return getsockopt(e->fd, SOL_TCP, TCP_NODELAY, &value, &len);
}

static int do_setsockopt(t_kind *v, struct ends *e)
{
	int on = 1;

	return setsockopt(e->fd, SOL_TCP, TCP_NODELAY, &on, sizeof(on));
}

static int do_shutdown(t_kind *v, struct ends *e)
{
	return shutdown(e->sv[0], SHUT_WR);
}

static const struct {
	const char *hook;
	int (*call)(t_kind *v, struct ends *e);
	int error;
} calls[] = {
	{ "socket_create", do_socket, EPERM },
	{ "socket_post_create", do_socket, EPERM },
	{ "sk_alloc_security", do_socket, ENOBUFS },
	{ "socket_bind", do_bind, EPERM },
	{ "socket_connect", do_connect, EPERM },
	{ "socket_listen", do_listen, EPERM },
	{ "socket_accept", do_accept, EPERM },
	{ "socket_sendmsg", do_send, EPERM },
	{ "socket_recvmsg", do_recv, EPERM },
	{ "socket_getsockname", do_getsockname, EPERM },
	{ "socket_getpeername", do_getpeername, EPERM },
	{ "socket_getsockopt", do_getsockopt, EPERM },
	{ "socket_setsockopt", do_setsockopt, EPERM },
	{ "socket_shutdown", do_shutdown, EPERM },
};

/* No memory for a socket is one error in IPv4 and another in IPv6 */
static bool refused_with(int error)
{
	return errno == error || (error == ENOBUFS && errno == ENOMEM);
}

TEST_F(naru, calls_refused)
{
	struct ends e;
	int fd;

	if (!lsm_runs_bpf())
		SKIP(return, "no security module runs BPF programs here");
	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++) {
		make_ends(variant, &e);
		fd = deny_us(calls[i].hook);
		errno = 0;
		EXPECT_EQ(-1, calls[i].call(variant, &e)) {
			TH_LOG("%s", calls[i].hook);
		}
		EXPECT_TRUE(refused_with(calls[i].error)) {
			TH_LOG("%s: errno %d", calls[i].hook, errno);
		}
		close(fd);
		close_ends(&e);
	}
}

/* What comes in for a socket is refused, and comes again when it no longer is */
TEST_F(naru, segments_refused)
{
	const struct bpf_insn insns[] = { T_MOV(BPF_REG_0, -EPERM), T_EXIT() };
	int fd, prog, sv[2];
	char c;

	if (!lsm_runs_bpf())
		SKIP(return, "no security module runs BPF programs here");
	t_pair(variant, sv);
	fd = attach("socket_sock_rcv_skb", insns, 2, &prog);
	ASSERT_EQ(1, send(sv[0], "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(-1, recv(sv[1], &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	close(prog);
	close(fd);
	EXPECT_EQ(1, recv(sv[1], &c, 1, 0));
	t_close_pair(sv);
}

/* What is told to a security module, for it to label what belongs to a socket */
TEST_F(naru, told)
{
	static const char *const hooks[] = {
		"sk_clone_security", "sock_graft", "sk_free_security",
	};
	const struct bpf_insn insns[] = { T_MOV(BPF_REG_0, 0), T_EXIT() };
	union bpf_attr attr = { .enable_stats.type = BPF_STATS_RUN_TIME };
	int fd, prog, sv[2];

	if (!lsm_runs_bpf())
		SKIP(return, "no security module runs BPF programs here");
	ASSERT_LE(0, t_bpf(BPF_ENABLE_STATS, &attr));
	for (unsigned int i = 0; i < ARRAY_SIZE(hooks); i++) {
		fd = attach(hooks[i], insns, 2, &prog);
		t_pair(variant, sv);
		t_close_pair(sv);
		/* memory is freed when no other processor looks at it any more */
		for (int ms = 0; !t_runs(prog) && ms < T_WAIT_MS; ms += 10)
			poll(NULL, 0, 10);
		EXPECT_LT(0, t_runs(prog)) {
			TH_LOG("%s", hooks[i]);
		}
		close(prog);
		close(fd);
	}
}

TEST_HARNESS_MAIN
