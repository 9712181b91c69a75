// SPDX-License-Identifier: GPL-2.0
/*
 * Who has sockets open, as the kernel tells it: processes that made them, that inherited them, to whom they were passed.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/prctl.h>
#include "genl_query_test.h"

FIXTURE(owner)
{
	struct g_client *c;
};

FIXTURE_SETUP(owner)
{
	t_enter_netns();
	self->c = g_open();
}

FIXTURE_TEARDOWN(owner)
{
	g_close(self->c);
}

struct owner {
	int pid, fd, uid;		/* -1: not told */
	char comm[17];
	bool cgroup;
};

/* The process of a row that is told of with it; its number is in @owner, or it is the only one */
static void proc_of(struct g_client *c, int at, struct owner *owner)
{
	struct nlattr *in[NARU_OWNER_MAX + 1], *attr;
	int rem;

	nlmsg_for_each_attr(attr, nlmsg_hdr(c->row[at]), GENL_HDRLEN, rem) {
		if (nla_type(attr) != NARU_SOCK_OWNER)
			continue;
		if (nla_parse_nested(in, NARU_OWNER_MAX, attr, NULL))
			t_die("an owner that cannot be parsed");
		if (owner->pid >= 0 && owner->pid != (int)g_get_u32(in, NARU_OWNER_PID))
			continue;
		owner->pid = g_get_u32(in, NARU_OWNER_PID);
		owner->uid = in[NARU_OWNER_UID] ? (int)g_get_u32(in, NARU_OWNER_UID) : -1;
		owner->cgroup = in[NARU_OWNER_CGROUP] && *g_get_text(in, NARU_OWNER_CGROUP) == '/';
		snprintf(owner->comm, sizeof(owner->comm), "%s", g_get_text(in, NARU_OWNER_COMM));
		return;
	}
}

static int fds_of(struct g_client *c, int at, const struct naru_owner_fd **fd)
{
	struct nlattr *tb[NARU_SOCK_MAX + 1];

	q_row(c, at, tb);
	if (!tb[NARU_SOCK_FDS])
		return 0;
	*fd = nla_data(tb[NARU_SOCK_FDS]);
	return nla_len(tb[NARU_SOCK_FDS]) / sizeof(**fd);
}

/* Its owners, at most @most. Returns how many */
static int owners_of(struct g_client *c, __u32 id, struct owner *owner, int most)
{
	struct nl_msg *msg = g_new(c, NARU_CMD_SOCK_GET, NLM_F_DUMP);
	const struct naru_owner_fd *fd;
	int num;

	nla_put_u32(msg, NARU_QUERY_SHOW, NARU_SHOW_OWNERS);
	g_put_nest(msg, NARU_QUERY_FILTER, G_ATTRS(G_U32(NARU_FILTER_ID, id)));
	if (g_call(c, msg) || c->rows != 1)
		t_die("%d rows for one id: %s", c->rows, c->text);
	num = fds_of(c, 0, &fd);
	for (int i = 0; i < num && i < most; i++) {
		owner[i] = (struct owner){ .pid = fd[i].pid, .fd = fd[i].fd, .uid = -1 };
		proc_of(c, 0, &owner[i]);
	}
	if (num)
		return num < most ? num : most;
	owner[0] = (struct owner){ .pid = -1, .fd = -1, .uid = -1 };
	proc_of(c, 0, &owner[0]);
	return owner[0].pid >= 0;
}

/* A process is told of once in a dump, with the first of its sockets */
TEST_F(owner, is_told_once)
{
	struct nlattr *tb[NARU_SOCK_MAX + 1];
	const struct naru_owner_fd *fd;
	int told = 0, open[300];

	for (int i = 0; i < 300; i++)
		open[i] = t_socket(&native, 0);
	ASSERT_LE(300, q_ask(self->c, G_ATTRS(G_U32(NARU_QUERY_SHOW, NARU_SHOW_OWNERS))));
	for (int i = 0; i < self->c->rows; i++) {
		q_row(self->c, i, tb);
		ASSERT_EQ(1, fds_of(self->c, i, &fd));
		EXPECT_EQ(getpid(), fd->pid);
		EXPECT_EQ(NULL, tb[NARU_SOCK_OWNERS]);
		EXPECT_EQ(NULL, tb[NARU_SOCK_CGROUP]);
		EXPECT_TRUE(told || tb[NARU_SOCK_OWNER]);
		told += !!tb[NARU_SOCK_OWNER];
	}
	EXPECT_EQ(1, told);
	for (int i = 0; i < 300; i++)
		close(open[i]);
}

TEST_F(owner, told)
{
	int lfd = t_listen(&native), sv[2], second;
	struct owner owner[3];

	t_pair_on(&native, lfd, sv);
	ASSERT_EQ(0, prctl(PR_SET_NAME, "naru-query"));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(1, owners_of(self->c, g_id_of(sv[i]), owner, 3));
		EXPECT_EQ(getpid(), owner[0].pid);
		EXPECT_EQ(sv[i], owner[0].fd);
		EXPECT_EQ(0, owner[0].uid);
		EXPECT_STREQ("naru-query", owner[0].comm);
		EXPECT_TRUE(owner[0].cgroup);
	}
	second = dup(lfd);
	EXPECT_EQ(2, owners_of(self->c, g_id_of(lfd), owner, 3));
	EXPECT_EQ(second, owner[0].fd == lfd ? owner[1].fd : owner[0].fd);
}

/* A child that has @fd, and waits in @hold until it is closed; its name is "inheritor" */
static pid_t inheritor(int hold[2])
{
	pid_t pid;
	char c;

	if (pipe(hold))
		t_die("pipe");
	pid = fork();
	if (pid)
		return pid;
	close(hold[1]);
	prctl(PR_SET_NAME, "inheritor");
	_exit(read(hold[0], &c, 1));
}

TEST_F(owner, inherited)
{
	int lfd = t_listen(&native), hold[2];
	__u32 id = g_id_of(lfd);
	struct owner owner[3];
	pid_t pid = inheritor(hold);

	ASSERT_LT(0, pid);
	EXPECT_EQ(2, owners_of(self->c, id, owner, 3));
	close(lfd);
	ASSERT_EQ(1, owners_of(self->c, id, owner, 3));
	EXPECT_EQ(pid, owner[0].pid);
	EXPECT_EQ(lfd, owner[0].fd);
	T_UNTIL(owners_of(self->c, id, owner, 3) == 1 && !strcmp("inheritor", owner[0].comm));
	EXPECT_EQ(1, PROGRAM(IN(NARU_FIELD_PID, pid, pid)));
	EXPECT_EQ(1, PROGRAM(TEXT_IS(NARU_FIELD_COMM, "inheritor")));
	EXPECT_EQ(0, PROGRAM(IN(NARU_FIELD_PID, getpid(), getpid())));
	close(hold[1]);
	t_reap(pid);
}

static void pass(int to, int fd)
{
	char buf[CMSG_SPACE(sizeof(int))] = "", byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = buf, .msg_controllen = sizeof(buf) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	if (sendmsg(to, &msg, 0) != 1)
		t_die("SCM_RIGHTS");
}

/* Takes a descriptor and waits for the end */
static void receive(int from)
{
	char buf[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = buf, .msg_controllen = sizeof(buf) };

	if (recvmsg(from, &msg, 0) != 1 || write(from, "", 1) != 1)
		_exit(1);
	_exit(read(from, &byte, 1));
}

/* Who got it has not so much as looked at it */
TEST_F(owner, passed)
{
	int fd, us[2];
	struct owner owner[3];
	__u32 id;
	pid_t pid;
	char byte;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, us));
	pid = fork();
	if (!pid) {
		close(us[0]);
		receive(us[1]);
	}
	close(us[1]);
	fd = t_listen(&native);
	id = g_id_of(fd);
	pass(us[0], fd);
	close(fd);
	ASSERT_EQ(1, read(us[0], &byte, 1));
	ASSERT_EQ(1, owners_of(self->c, id, owner, 3));
	EXPECT_EQ(pid, owner[0].pid);
	EXPECT_LE(0, owner[0].fd);
	close(us[0]);
	t_reap(pid);
}

/* On its way it is nobody's: who opened it is told, without a descriptor. So it is with orphans */
TEST_F(owner, gone)
{
	int fd = t_listen(&native), us[2], sv[2];
	struct owner owner[3];
	__u32 id = g_id_of(fd);

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, us));
	pass(us[0], fd);
	close(fd);
	ASSERT_EQ(1, owners_of(self->c, id, owner, 3));
	EXPECT_EQ(getpid(), owner[0].pid);
	EXPECT_EQ(-1, owner[0].fd);
	EXPECT_EQ(-1, owner[0].uid);
	EXPECT_NE('\0', owner[0].comm[0]);
	EXPECT_EQ(1, PROGRAM(IN(NARU_FIELD_PID, getpid(), getpid())));
	close(us[0]);
	close(us[1]);
	t_pair(&native, sv);
	t_cut(true);
	id = g_id_of(sv[0]);
	t_send_all(sv[0], 0, 100);
	close(sv[0]);
	ASSERT_EQ(1, owners_of(self->c, id, owner, 3));
	EXPECT_EQ(getpid(), owner[0].pid);
	EXPECT_EQ(-1, owner[0].fd);
	t_cut(false);
}

/* Nobody has accepted it yet */
TEST_F(owner, of_none)
{
	int lfd = t_listen(&native), fd = t_socket(&native, 0);
	struct nlattr *tb[NARU_SOCK_MAX + 1];
	struct owner owner;

	t_connect(&native, fd, t_port(lfd));
	ASSERT_EQ(1, g_list(self->c, 0, G_ATTRS(G_U16(NARU_FILTER_LPORT, t_port(lfd)),
						G_U32(NARU_FILTER_STATES, 1 << TCP_ESTABLISHED))));
	q_row(self->c, 0, tb);
	EXPECT_EQ(0, g_get_u32(tb, NARU_SOCK_INODE));
	EXPECT_EQ(0, owners_of(self->c, g_get_u32(tb, NARU_SOCK_ID), &owner, 1));
}

TEST_F(owner, of_datagrams)
{
	int fd = socket(AF_NARU, SOCK_DGRAM, 0);
	struct owner owner;

	ASSERT_LE(0, fd);
	ASSERT_EQ(1, owners_of(self->c, g_id_of(fd), &owner, 1));
	EXPECT_EQ(getpid(), owner.pid);
	EXPECT_EQ(fd, owner.fd);
}

#define THREAD	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

static void start_thread(int (*run)(void *arg), int hold[2])
{
	char *stack = malloc(65536);

	if (!stack || clone(run, stack + 65536, THREAD, hold) < 0)
		t_die("clone");
}

static int wait_for_end(void *arg)
{
	return read(*(int *)arg, &(char){ 0 }, 1);
}

/* A thread that has left the descriptors of its process */
static int own_files(void *arg)
{
	return unshare(CLONE_FILES) ? 1 : wait_for_end(arg);
}

/* And one that another has them with */
static int own_files_of_two(void *arg)
{
	if (unshare(CLONE_FILES))
		return 1;
	start_thread(wait_for_end, arg);
	return wait_for_end(arg);
}

static void expect_thread(struct __test_metadata *_metadata, struct g_client *c, int (*run)(void *arg), int threads)
{
	int fd = t_listen(&native), hold[2];
	struct owner owner[4];
	__u32 id = g_id_of(fd);

	ASSERT_EQ(0, pipe(hold));
	start_thread(run, hold);
	T_UNTIL(owners_of(c, id, owner, 4) == 2);
	close(fd);
	ASSERT_EQ(1, owners_of(c, id, owner, 4));
	EXPECT_EQ(getpid(), owner[0].pid);
	EXPECT_EQ(fd, owner[0].fd);
	ASSERT_EQ(threads, write(hold[1], "xx", threads));
	T_UNTIL(!g_list(c, 0, G_ATTRS(G_U32(NARU_FILTER_ID, id))));
}

TEST_F(owner, is_thread)
{
	expect_thread(_metadata, self->c, own_files, 1);
}

/* Descriptors that two threads have together are told of once */
TEST_F(owner, is_two_threads)
{
	expect_thread(_metadata, self->c, own_files_of_two, 2);
}

/* Who has very many: as many are told as there is room for, and how many there are */
TEST_F(owner, many)
{
	struct nlattr *tb[NARU_SOCK_MAX + 1];
	int fd = t_listen(&native), copy[300];
	struct owner owner[100];
	int num;

	for (int i = 0; i < 300; i++)
		copy[i] = dup(fd);
	num = owners_of(self->c, g_id_of(fd), owner, 100);
	EXPECT_EQ(NARU_OWNERS_MAX, num);
	q_row(self->c, 0, tb);
	EXPECT_EQ(301, g_get_u32(tb, NARU_SOCK_OWNERS));
	for (int i = 0; i < num; i++) {
		EXPECT_EQ(getpid(), owner[i].pid);
		EXPECT_LE(fd, owner[i].fd);
		for (int other = 0; other < i; other++)
			EXPECT_NE(owner[i].fd, owner[other].fd);
	}
	for (int i = 0; i < 300; i++)
		close(copy[i]);
}

/* Passed to a process of root's: his user is told who opened it, and not who has it */
static void of_root(struct __test_metadata *_metadata, __u32 us)
{
	struct { struct g_client *c; } client, *self = &client;
	struct owner owner[3];
	__u32 id;
	char byte;
	int fd;

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		t_die("setresuid");
	self->c = g_open();
	fd = t_listen(&native);
	id = g_id_of(fd);
	ASSERT_EQ(1, owners_of(self->c, id, owner, 3));
	EXPECT_EQ(fd, owner[0].fd);
	pass(us, fd);
	close(fd);
	ASSERT_EQ(1, read(us, &byte, 1));
	ASSERT_EQ(1, owners_of(self->c, id, owner, 3));
	EXPECT_EQ(getpid(), owner[0].pid);
	EXPECT_EQ(-1, owner[0].fd);
	EXPECT_EQ(0, PROGRAM(TEXT_IS(NARU_FIELD_COMM, "receiver")));
	g_close(self->c);
}

TEST_F(owner, of_another_user)
{
	int us[2];
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, us));
	pid = fork();
	if (!pid) {
		close(us[0]);
		prctl(PR_SET_NAME, "receiver");
		receive(us[1]);
	}
	close(us[1]);
	g_in_child(_metadata, of_root, us[0]);
	close(us[0]);
	t_reap(pid);
}

TEST_HARNESS_MAIN
