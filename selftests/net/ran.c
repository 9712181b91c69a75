// SPDX-License-Identifier: GPL-2.0
/*
 * ran CHECK [ARGUMENT]...
 *
 * What a program sees of its sockets when `naru run` has started it. Built twice, ran_static is linked statically.
 * Knows nothing of naru but how to ask a socket whether it is one; with NARU_TEST_KERNEL=1 none is to be.
 */
#define _GNU_SOURCE
#include "ran.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <linux/bpf.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

int ran_failed;

void ran_want(bool held, const char *what, int line)
{
	if (held)
		return;
	fprintf(stderr, "line %d: not so: %s (%s)\n", line, what, strerror(errno));
	ran_failed = 1;
}

static bool by_kernel(void)
{
	const char *env = getenv("NARU_TEST_KERNEL");

	return env && *env == '1';
}

bool ran_is_naru(int fd)
{
	int wire;
	socklen_t len = sizeof(wire);

	return !getsockopt(fd, SOL_NARU, NARU_WIRE, &wire, &len);
}

/* As it should be here */
bool ran_is_right(int fd)
{
	return fd >= 0 && ran_is_naru(fd) != by_kernel();
}

static int number(int fd, int level, int name)
{
	int v = -1;
	socklen_t len = sizeof(v);

	return getsockopt(fd, level, name, &v, &len) ? -1 : v;
}

static bool fails(int domain, int type, int protocol, int err)
{
	int fd = socket(domain, type, protocol);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == err;
}

static bool works(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool right = ran_is_right(fd);

	close(fd);
	return right;
}

/* ---- socket(2) ---- */

static void check_flags(int domain, int protocol, int flags)
{
	int fd = socket(domain, SOCK_STREAM | flags, protocol);

	WANT(ran_is_right(fd));
	WANT(!(fcntl(fd, F_GETFL) & O_NONBLOCK) == !(flags & SOCK_NONBLOCK));
	WANT(!(fcntl(fd, F_GETFD) & FD_CLOEXEC) == !(flags & SOCK_CLOEXEC));
	WANT(number(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
	WANT(number(fd, SOL_SOCKET, SO_DOMAIN) == domain);
	close(fd);
}

static void check_domain(int domain)
{
	int protocol;

	for (protocol = 0; protocol <= IPPROTO_TCP; protocol += IPPROTO_TCP) {
		check_flags(domain, protocol, 0);
		check_flags(domain, protocol, SOCK_NONBLOCK);
		check_flags(domain, protocol, SOCK_CLOEXEC);
		check_flags(domain, protocol, SOCK_NONBLOCK | SOCK_CLOEXEC);
	}
}

static void check_socket(void)
{
	int pair[2], lowest = dup(0), fd;

	check_domain(AF_INET);
	check_domain(AF_INET6);
	close(lowest);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	WANT(fd == lowest);
	close(fd);
	WANT(fails(AF_INET, SOCK_STREAM | 0x10, 0, EINVAL));
	WANT(fails(AF_INET, SOCK_STREAM, IPPROTO_UDP, EPROTONOSUPPORT));
	WANT(fails(AF_INET6, SOCK_DGRAM, IPPROTO_TCP, EPROTONOSUPPORT));
	WANT(fails(AF_INET, SOCK_STREAM, -1, EINVAL));
	WANT(fails(-1, SOCK_STREAM, 0, EAFNOSUPPORT));
	WANT(by_kernel() || fails(AF_INET, SOCK_STREAM, 262 /* MPTCP */, EPROTONOSUPPORT));
	WANT(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	WANT(!ran_is_naru(pair[0]) && write(pair[0], "", 1) == 1);
}

/* What the library answers; the supervisor cannot, and SO_PROTOCOL is naru's own then */
static void check_protocol(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP);
	char half[2];
	socklen_t len = sizeof(half);

	WANT(ran_is_right(fd));
	WANT(number(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP);
	WANT(!getsockopt(fd, SOL_SOCKET, SO_DOMAIN, half, &len) && len == 2 && half[0] == AF_INET6);
	WANT(getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, half, NULL) < 0 && errno == EFAULT);
	close(fd);
	WANT(number(fd, SOL_SOCKET, SO_PROTOCOL) == -1 && errno == EBADF);
}

/* The library asks naru where core code refuses */
static void check_zerocopy(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, two = 2;
	bool has = by_kernel() || number(fd, SOL_NARU, NARU_ZEROCOPY) == 0;

	WANT(!setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)) ? has : !has && errno == EOPNOTSUPP);
	WANT(number(fd, SOL_SOCKET, SO_ZEROCOPY) == has);
	WANT(setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &two, sizeof(two)) < 0);
	WANT(errno == (has ? EINVAL : EOPNOTSUPP));
	close(fd);
}

static void check_limit(void)
{
	struct rlimit limit;
	int fd = dup(0);

	close(fd);
	WANT(!getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = fd;
	WANT(!setrlimit(RLIMIT_NOFILE, &limit));
	WANT(fails(AF_INET, SOCK_STREAM, 0, EMFILE));
	limit.rlim_cur = fd + 1;
	WANT(!setrlimit(RLIMIT_NOFILE, &limit));
	WANT(works());
}

/* ---- processes and threads ---- */

static void finish(void)
{
	exit(ran_failed);
}

static int status_of(pid_t pid)
{
	int status;

	WANT(waitpid(pid, &status, 0) == pid);
	return status;
}

/* Children have no part in each other's sockets, and no child is there that the program has not made */
static void check_fork(void)
{
	pid_t pids[8];
	int i;

	WANT(waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
	for (i = 0; i < 8; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			WANT(works());
			finish();
		}
	}
	WANT(works());
	for (i = 0; i < 8; i++)
		WANT(!status_of(pids[i]));
}

static void *one_thread(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 50; i++)
		WANT(works());
	return NULL;
}

static void check_threads(void)
{
	pthread_t t[8];
	int i;

	for (i = 0; i < 8; i++)
		WANT(!pthread_create(t + i, NULL, one_thread, NULL));
	for (i = 0; i < 8; i++)
		WANT(!pthread_join(t[i], NULL));
}

/* What is close-on-exec is gone after exec, what is not is there */
static void check_exec(char **argv)
{
	int kept = socket(AF_INET, SOCK_STREAM, 0);
	int closed = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char a[16], b[16];

	snprintf(a, sizeof(a), "%d", kept);
	snprintf(b, sizeof(b), "%d", closed);
	execl("/proc/self/exe", argv[0], "executed", a, b, NULL);
	die("exec");
}

static void check_executed(char **argv)
{
	WANT(ran_is_right(atoi(argv[2])));
	WANT(fcntl(atoi(argv[3]), F_GETFD) < 0 && errno == EBADF);
	WANT(works());
}

static int signals;

static void on_alarm(int sig)
{
	(void)sig;
	signals++;
}

/* socket(2) is not interrupted by handlers that let calls go on. One that does not may, where there is a supervisor */
static void check_interrupts(void)
{
	struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = {};
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	int i;

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < 200 || signals < 20; i++)
		WANT(works());
	setitimer(ITIMER_REAL, &never, NULL);
}

/* daemon FILE: the program ends, and a process that nobody waits for opens a socket then */
static void check_daemon(char **argv)
{
	int link[2];
	char byte;

	WANT(!pipe(link));
	if (fork())
		return;
	setsid();
	if (fork())
		_exit(0);
	close(link[1]);
	close(0);
	close(1);
	close(2);
	/* ends with the last one that has the other end: the program itself, and our parent */
	if (!read(link[0], &byte, 1) && works())
		tool_ready(argv[2]);
}

/* ---- sockets that go from hand to hand ---- */

static void hand(int link, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = "", byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	WANT(sendmsg(link, &m, 0) == 1);
}

static int taken(int link)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int fd = -1;

	if (recvmsg(link, &m, 0) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static void check_pass(void)
{
	int pair[2], fd;
	pid_t pid;

	WANT(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	pid = fork();
	if (!pid) {
		hand(pair[1], socket(AF_INET6, SOCK_STREAM, 0));
		finish();
	}
	fd = taken(pair[0]);
	WANT(ran_is_right(fd) && number(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET6);
	WANT(!status_of(pid));
}

/* ---- in whose name ---- */

static int no_socket_program(void)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_SOCK,
		.expected_attach_type = BPF_CGROUP_INET_SOCK_CREATE,
		.insns = (uintptr_t)insns,
		.insn_cnt = 2,
		.license = (uintptr_t)"GPL",
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int attach(const char *cgroup)
{
	union bpf_attr attr = {
		.target_fd = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.attach_bpf_fd = no_socket_program(),
		.attach_type = BPF_CGROUP_INET_SOCK_CREATE,
	};

	return syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr));
}

static void move_to(const char *cgroup)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY);
	WANT(fd >= 0 && write(fd, "0", 1) == 1);
	close(fd);
}

/* A control group that may have no sockets, and one below it that may */
static void check_cgroup(void)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/fs/cgroup/naru-ran-%d", getpid());
	WANT(!mkdir(path, 0755));
	move_to(path);
	WANT(works());
	WANT(!attach(path));
	WANT(fails(AF_INET, SOCK_STREAM, 0, EPERM));
	move_to("/sys/fs/cgroup");
	WANT(works());
	WANT(!rmdir(path));
}

static void enter_netns(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	WANT(fd >= 0 && !setns(fd, CLONE_NEWNET));
	close(fd);
}

static void serve(int fd, const char *addr, const char *port, const char *ready)
{
	struct sockaddr_storage ss;
	socklen_t len = tool_addr(&ss, addr, atoi(port));
	int one = 1, conn;
	char text[64];
	ssize_t n;

	WANT(!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	if (bind(fd, (void *)&ss, len) || listen(fd, 8))
		die("%s:%s", addr, port);
	tool_ready(ready);
	conn = accept(fd, NULL, NULL);
	if (conn < 0)
		die("accept");
	while ((n = read(conn, text, sizeof(text))) > 0)
		WANT(write(conn, text, n) == n);
	WANT(!n);
}

static int family_of(const char *addr)
{
	return strchr(addr, ':') ? AF_INET6 : AF_INET;
}

/* serve ADDRESS PORT READY: echoes one connection */
static void check_serve(char **argv)
{
	serve(socket(family_of(argv[2]), SOCK_STREAM, 0), argv[2], argv[3], argv[4]);
}

/* netns NETNS ADDRESS PORT READY: one thread of the program's enters a namespace and serves there */
static void *serve_in_netns(void *arg)
{
	char **argv = arg;
	int fd;

	enter_netns(argv[2]);
	fd = socket(family_of(argv[3]), SOCK_STREAM, 0);
	WANT(ran_is_right(fd));
	serve(fd, argv[3], argv[4], argv[5]);
	return NULL;
}

static void check_netns(char **argv)
{
	pthread_t t;

	WANT(!pthread_create(&t, NULL, serve_in_netns, argv));
	WANT(!pthread_join(t, NULL));
	WANT(works());
}

/* ask ADDRESS PORT: sends, and reads the same */
static void check_ask(char **argv)
{
	struct sockaddr_storage ss;
	socklen_t len = tool_addr(&ss, argv[2], atoi(argv[3]));
	int fd = socket(ss.ss_family, SOCK_STREAM, 0);
	char text[16];

	if (connect(fd, (void *)&ss, len))
		die("connect");
	WANT(write(fd, "as it was sent", 14) == 14);
	WANT(recv(fd, text, 14, MSG_WAITALL) == 14 && !memcmp(text, "as it was sent", 14));
}

/* user UID: a socket of that user's, whose file says so */
static void check_user(char **argv)
{
	int uid = atoi(argv[2]), fd;
	struct stat st;

	WANT(!setgroups(0, NULL) && !setresgid(uid, uid, uid) && !setresuid(uid, uid, uid));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		die("socket");
	WANT(ran_is_right(fd) && !fstat(fd, &st) && (int)st.st_uid == uid);
}

/* groups NUMBER: who is in so many groups */
static void check_groups(char **argv)
{
	size_t num = atoi(argv[2]), i;
	gid_t *list = calloc(num, sizeof(*list));

	for (i = 0; i < num; i++)
		list[i] = 60000 + i;
	WANT(!setgroups(num, list));
	free(list);
	WANT(works());
}

/* userns: root in a user namespace with a network of its own */
static void check_userns(void)
{
	WANT(!unshare(CLONE_NEWUSER | CLONE_NEWNET));
	WANT(works());
}

/* ---- ends ---- */

static void on_term(int sig)
{
	(void)sig;
	_exit(works() ? 3 : 4);
}

/* wait READY [handle]: for a signal, which ends the program; or its handler does, with 3 */
static void check_wait(char **argv)
{
	if (argv[3]) {
		signal(SIGTERM, on_term);
		signal(SIGWINCH, on_term);
		signal(SIGURG, on_term);
	}
	WANT(works());
	tool_ready(argv[2]);
	for (;;)
		pause();
}

/* refused NUMBER: something that naru refuses is asked for in so many processes, each the last one's child */
static void check_refused(char **argv)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), left = atoi(argv[2]);

	WANT(setsockopt(fd, SOL_TCP, TCP_ULP, "naru", 4) < 0);
	if (left < 2)
		return;
	if (!fork()) {
		sprintf(argv[2], "%d", left - 1);
		check_refused(argv);
		finish();
	}
	WANT(wait(NULL) > 0);
}

static void check_raise(char **argv)
{
	struct rlimit none = {};

	setrlimit(RLIMIT_CORE, &none);
	WANT(works());
	raise(atoi(argv[2]));
}

static const struct check {
	const char *name;
	int args;
	void (*alone)(void);
	void (*with)(char **argv);
} checks[] = {
	{ "socket", 0, check_socket, NULL }, { "protocol", 0, check_protocol, NULL },
	{ "zerocopy", 0, check_zerocopy, NULL }, { "limit", 0, check_limit, NULL }, { "fork", 0, check_fork, NULL },
	{ "threads", 0, check_threads, NULL }, { "exec", 0, NULL, check_exec },
	{ "executed", 2, NULL, check_executed }, { "interrupts", 0, check_interrupts, NULL },
	{ "daemon", 1, NULL, check_daemon }, { "pass", 0, check_pass, NULL },
	{ "cgroup", 0, check_cgroup, NULL }, { "netns", 4, NULL, check_netns },
	{ "serve", 3, NULL, check_serve }, { "ask", 2, NULL, check_ask },
	{ "user", 1, NULL, check_user }, { "userns", 0, check_userns, NULL },
	{ "wait", 1, NULL, check_wait }, { "raise", 1, NULL, check_raise },
	{ "use", 4, NULL, ran_use }, { "bad", 0, ran_bad, NULL },
	{ "cloexec", 1, NULL, ran_cloexec }, { "children", 2, NULL, ran_children },
	{ "unix", 1, NULL, ran_unix }, { "refused", 1, NULL, check_refused },
	{ "dropped", 3, NULL, ran_dropped }, { "outlived", 2, NULL, ran_outlived },
	{ "apart", 3, NULL, ran_apart }, { "late", 1, NULL, ran_late },
	{ "steady", 5, NULL, ran_steady }, { "groups", 1, NULL, check_groups },
	{ "kinds", 2, NULL, ran_kinds }, { "dgram", 0, ran_dgram, NULL },
	{ "serve_dgram", 3, NULL, ran_serve_dgram }, { "ask_dgram", 2, NULL, ran_ask_dgram },
};

int main(int argc, char **argv)
{
	size_t i;

	if (argc == 3 && !strcmp(argv[1], "exit"))
		return works() ? atoi(argv[2]) : 99;
	for (i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		const struct check *c = checks + i;

		if (argc < c->args + 2 || strcmp(argv[1], c->name))
			continue;
		if (c->alone)
			c->alone();
		else
			c->with(argv);
		return ran_failed;
	}
	fprintf(stderr, "usage: ran CHECK [ARGUMENT]...\n");
	return 2;
}
