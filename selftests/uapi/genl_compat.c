// SPDX-License-Identifier: GPL-2.0
/* What was refused to programs: NARU_CMD_COMPAT_GET */
#include <sys/prctl.h>
#include <linux/sched.h>
#include "genl_test.h"

static t_kind native = { AF_INET, 0 };

FIXTURE(compat)
{
	struct g_client *c;
};

FIXTURE_SETUP(compat)
{
	t_enter_netns();
	self->c = g_open();
}

FIXTURE_TEARDOWN(compat)
{
	g_close(self->c);
}

static struct nl_msg *request(struct g_client *c, __u32 pid)
{
	struct nl_msg *msg = g_new(c, NARU_CMD_COMPAT_GET, NLM_F_DUMP);

	if (pid)
		nla_put_u32(msg, NARU_COMPAT_PID, pid);
	return msg;
}

/* Of all processes for 0. Returns how many rows */
static int read_ledger(struct g_client *c, __u32 pid)
{
	errno = g_call(c, request(c, pid));
	if (errno)
		t_die("COMPAT_GET: %s", c->text);
	return c->rows;
}

/* Line @want of row @i; false: it has fewer */
static bool line_at(struct g_client *c, int i, int want, struct nlattr **line)
{
	struct nlmsghdr *nlh = nlmsg_hdr(c->row[i]);
	struct genlmsghdr *ghdr = nlmsg_data(nlh);
	struct nlattr *a;
	int rem;

	nla_for_each_attr(a, genlmsg_attrdata(ghdr, 0), genlmsg_attrlen(ghdr, 0), rem) {
		if (nla_type(a) != NARU_COMPAT_REFUSED || want--)
			continue;
		if (nla_parse_nested(line, NARU_REFUSED_MAX, a, NULL))
			t_die("a line that cannot be parsed");
		return true;
	}
	return false;
}

/* How often row @i says it, 0: not at all */
static __u64 times(struct g_client *c, int i, int kind, int level, __u32 name, __u32 err)
{
	struct nlattr *l[NARU_REFUSED_MAX + 1];
	__u64 count = 0;

	for (int n = 0; line_at(c, i, n, l); n++)
		if (g_get_u8(l, NARU_REFUSED_KIND) == kind && (int)g_get_u32(l, NARU_REFUSED_LEVEL) == level &&
		    g_get_u32(l, NARU_REFUSED_NAME) == name && g_get_u32(l, NARU_REFUSED_ERRNO) == err)
			count += nla_get_u64(g_need(l, NARU_REFUSED_COUNT, 8));
	return count;
}

static int lines(struct g_client *c, int i)
{
	struct nlattr *l[NARU_REFUSED_MAX + 1];
	int n = 0;

	while (line_at(c, i, n, l))
		n++;
	return n;
}

static int set_errno(int fd, int level, int name, int val)
{
	return setsockopt(fd, level, name, &val, sizeof(val)) ? errno : 0;
}

static int get_errno(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int val;

	return getsockopt(fd, level, name, &val, &len) ? errno : 0;
}

TEST_F(compat, empty)
{
	int fd = t_socket(&native, 0);

	EXPECT_EQ(0, read_ledger(self->c, 0));
	EXPECT_EQ(0, set_errno(fd, SOL_TCP, TCP_NODELAY, 1));
	EXPECT_EQ(0, get_errno(fd, SOL_TCP, TCP_MAXSEG));
	EXPECT_EQ(EINVAL, set_errno(fd, SOL_TCP, TCP_MAXSEG, 1));
	EXPECT_EQ(0, read_ledger(self->c, 0));
	EXPECT_EQ(0, read_ledger(self->c, getpid()));
	EXPECT_EQ(0, read_ledger(self->c, 1));
}

TEST_F(compat, lines)
{
	struct nlattr *tb[NARU_COMPAT_MAX + 1];
	int fd = t_socket(&native, 0);

	EXPECT_EQ(0, prctl(PR_SET_NAME, "asks for much"));
	EXPECT_EQ(EPERM, set_errno(fd, SOL_TCP, TCP_REPAIR, 1));
	EXPECT_EQ(EPERM, set_errno(fd, SOL_TCP, TCP_REPAIR, 1));
	EXPECT_EQ(EPERM, get_errno(fd, SOL_TCP, TCP_REPAIR));
	EXPECT_EQ(ENOENT, set_errno(fd, SOL_TCP, TCP_ULP, 0));
	EXPECT_EQ(ENOPROTOOPT, set_errno(fd, SOL_TCP, 111, 0));
	EXPECT_EQ(ENOPROTOOPT, set_errno(fd, SOL_TCP, -1, 0));
	EXPECT_EQ(ENOPROTOOPT, set_errno(fd, SOL_TCP, 1 << 30, 0));
	EXPECT_EQ(ENOPROTOOPT, set_errno(fd, 270, 3, 0));
	ASSERT_EQ(1, read_ledger(self->c, getpid()));
	EXPECT_EQ(7, lines(self->c, 0));
	EXPECT_EQ(2, times(self->c, 0, NARU_REFUSED_SET, SOL_TCP, TCP_REPAIR, EPERM));
	EXPECT_EQ(1, times(self->c, 0, NARU_REFUSED_GET, SOL_TCP, TCP_REPAIR, EPERM));
	EXPECT_EQ(1, times(self->c, 0, NARU_REFUSED_SET, SOL_TCP, TCP_ULP, ENOENT));
	EXPECT_EQ(1, times(self->c, 0, NARU_REFUSED_SET, SOL_TCP, 111, ENOPROTOOPT));
	EXPECT_EQ(1, times(self->c, 0, NARU_REFUSED_SET, SOL_TCP, (__u32)-1, ENOPROTOOPT));
	EXPECT_EQ(1, times(self->c, 0, NARU_REFUSED_SET, SOL_TCP, 1 << 30, ENOPROTOOPT));
	EXPECT_EQ(1, times(self->c, 0, NARU_REFUSED_SET, 270, 3, ENOPROTOOPT));
	g_parse(self->c, 0, tb, NARU_COMPAT_MAX);
	EXPECT_EQ(getpid(), g_get_u32(tb, NARU_COMPAT_PID));
	EXPECT_EQ(getuid(), g_get_u32(tb, NARU_COMPAT_UID));
	EXPECT_STREQ("asks for much", g_get_text(tb, NARU_COMPAT_COMM));
	EXPECT_EQ(0, nla_get_u64(g_need(tb, NARU_COMPAT_LOST, 8)));
}

/* As many different things as are kept; more are only counted */
TEST_F(compat, many_lines)
{
	struct nlattr *tb[NARU_COMPAT_MAX + 1];
	int fd = t_socket(&native, 0);

	for (int name = 1000; name < 1040; name++)
		EXPECT_EQ(ENOPROTOOPT, set_errno(fd, SOL_TCP, name, 0));
	EXPECT_EQ(ENOPROTOOPT, set_errno(fd, SOL_TCP, 1000, 0));
	ASSERT_EQ(1, read_ledger(self->c, 0));
	EXPECT_EQ(32, lines(self->c, 0));
	EXPECT_EQ(2, times(self->c, 0, NARU_REFUSED_SET, SOL_TCP, 1000, ENOPROTOOPT));
	EXPECT_EQ(0, times(self->c, 0, NARU_REFUSED_SET, SOL_TCP, 1039, ENOPROTOOPT));
	g_parse(self->c, 0, tb, NARU_COMPAT_MAX);
	EXPECT_EQ(8, nla_get_u64(g_need(tb, NARU_COMPAT_LOST, 8)));
}

static pid_t refused_child(int times)
{
	pid_t pid = fork();

	if (!pid) {
		int fd = t_socket(&native, 0);

		while (times--)
			if (set_errno(fd, SOL_TCP, TCP_REPAIR, 1) != EPERM)
				_exit(1);
		_exit(0);
	}
	t_reap(pid);
	return pid;
}

/* The oldest of too many makes room, ended or not; the dump goes over several messages */
TEST_F(compat, many_processes)
{
	pid_t first = refused_child(3), last = 0;

	ASSERT_EQ(1, read_ledger(self->c, first));
	EXPECT_EQ(3, times(self->c, 0, NARU_REFUSED_SET, SOL_TCP, TCP_REPAIR, EPERM));
	for (int i = 0; i < 255; i++)
		last = refused_child(1);
	EXPECT_EQ(256, read_ledger(self->c, 0));
	EXPECT_EQ(1, read_ledger(self->c, first));
	EXPECT_EQ(1, read_ledger(self->c, last));
	last = refused_child(1);
	EXPECT_EQ(256, read_ledger(self->c, 0));
	EXPECT_EQ(0, read_ledger(self->c, first));
	EXPECT_EQ(1, read_ledger(self->c, last));
}

/* Nothing of another namespace's */
TEST_F(compat, namespaces)
{
	struct g_client *other;

	refused_child(1);
	t_enter_netns();
	other = g_open();
	EXPECT_EQ(0, read_ledger(other, 0));
	refused_child(1);
	EXPECT_EQ(1, read_ledger(other, 0));
	EXPECT_EQ(1, read_ledger(self->c, 0));
	g_close(other);
}

/* fork(2), the child the first process of a pid namespace that goes with it */
static pid_t fork_apart(void)
{
	return syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
}

static bool may_fork_apart(pid_t *pid)
{
	*pid = fork_apart();
	if (*pid < 0 && errno != ENOSPC)
		t_die("a pid namespace");
	return *pid >= 0;
}

/* The next is there when the one before it is not any more */
static void one_by_one(struct __test_metadata *_metadata, __u32 times)
{
	pid_t pid;
	FILE *f;

	if (unshare(CLONE_NEWUSER))
		t_die("a user namespace");
	f = fopen("/proc/sys/user/max_pid_namespaces", "w");
	if (!f || fputs("1", f) < 0 || fclose(f))
		t_die("max_pid_namespaces");
	while (times--) {
		T_UNTIL(may_fork_apart(&pid));
		if (!pid)
			_exit(set_errno(t_socket(&native, 0), SOL_TCP, TCP_REPAIR, 1) != EPERM);
		t_reap(pid);
	}
}

/* What is kept of processes does not keep their pid namespaces */
TEST_F(compat, namespaces_end)
{
	g_in_child(_metadata, one_by_one, 3);
	EXPECT_EQ(3, read_ledger(self->c, 0));
}

static void stranger(struct __test_metadata *_metadata, __u32 pid)
{
	struct g_client *c;
	int fd;

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		t_die("setresuid");
	c = g_open();
	EXPECT_EQ(0, read_ledger(c, 0));
	G_REFUSED(EPERM, c, request(c, pid), G_NOWHERE);
	fd = t_socket(&native, 0);
	EXPECT_EQ(EPERM, set_errno(fd, SOL_TCP, TCP_REPAIR, 1));
	EXPECT_EQ(1, read_ledger(c, 0));
	EXPECT_EQ(1, read_ledger(c, getpid()));
}

static void owner(struct __test_metadata *_metadata, __u32 pid)
{
	struct g_client *c;

	g_drop_net_admin();
	c = g_open();
	EXPECT_EQ(1, read_ledger(c, pid));
	EXPECT_EQ(1, read_ledger(c, 0));
}

TEST_F(compat, rights)
{
	pid_t pid = refused_child(1);

	g_in_child(_metadata, owner, pid);
	g_in_child(_metadata, stranger, pid);
	EXPECT_EQ(2, read_ledger(self->c, 0));
}

/* What is asked in a pid namespace of one's own */
static void apart(struct __test_metadata *_metadata, void (*part)(struct __test_metadata *_metadata))
{
	pid_t pid = fork_apart();

	if (pid < 0)
		t_die("a pid namespace");
	if (!pid) {
		part(_metadata);
		_exit(_metadata->exit_code);
	}
	t_reap(pid);
}

static __u32 pid_in(struct g_client *c, int i)
{
	struct nlattr *tb[NARU_COMPAT_MAX + 1];

	g_parse(c, i, tb, NARU_COMPAT_MAX);
	return g_get_u32(tb, NARU_COMPAT_PID);
}

static pid_t refused_apart(void)
{
	pid_t pid = fork_apart();

	if (pid < 0)
		t_die("a pid namespace");
	if (!pid)
		_exit(set_errno(t_socket(&native, 0), SOL_TCP, TCP_REPAIR, 1) != EPERM);
	t_reap(pid);
	return pid;
}

/* It does not see those of other namespaces; those of its children's are in its own, too */
static void first_of_many(struct __test_metadata *_metadata)
{
	struct g_client *c = g_open();

	EXPECT_EQ(1, getpid());
	EXPECT_EQ(0, read_ledger(c, 1));
	EXPECT_EQ(EPERM, set_errno(t_socket(&native, 0), SOL_TCP, TCP_REPAIR, 1));
	EXPECT_EQ(2, refused_apart());
	EXPECT_EQ(1, read_ledger(c, 1));
	EXPECT_EQ(1, read_ledger(c, 2));
	EXPECT_EQ(2, pid_in(c, 0));
	ASSERT_EQ(4, read_ledger(c, 0));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(1, pid_in(c, i));
	EXPECT_EQ(2, pid_in(c, 3));
	g_close(c);
}

/* By its own number where the reader does not see it, which is then nobody's, whatever becomes of its namespace */
TEST_F(compat, pid_namespaces)
{
	pid_t pid[2] = { refused_apart(), refused_apart() };

	ASSERT_EQ(2, read_ledger(self->c, 0));
	EXPECT_EQ(pid[0], pid_in(self->c, 0));
	EXPECT_EQ(pid[1], pid_in(self->c, 1));
	EXPECT_EQ(1, read_ledger(self->c, pid[0]));
	EXPECT_EQ(0, read_ledger(self->c, 1));
	apart(_metadata, first_of_many);
	EXPECT_EQ(4, read_ledger(self->c, 0));
}

/* fork(2) of a process that gets a certain number */
static pid_t fork_as(pid_t pid)
{
	struct clone_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1 };

	return syscall(SYS_clone3, &args, sizeof(args));
}

/* Refused something as the user @uid, a process that has a number that another had */
static void refused_again(struct __test_metadata *_metadata, pid_t number, uid_t uid)
{
	pid_t pid = fork_as(number);
	struct g_client *c;

	if (pid < 0)
		t_die("a process of number %d", number);
	if (pid) {
		EXPECT_EQ(number, pid);
		t_reap(pid);
		return;
	}
	if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		t_die("setresuid");
	c = g_open();
	G_REFUSED(EPERM, c, request(c, number), G_NOWHERE);
	EXPECT_EQ(EPERM, set_errno(t_socket(&native, 0), SOL_TCP, TCP_REPAIR, 1));
	EXPECT_EQ(1, read_ledger(c, number));
	EXPECT_EQ(1, read_ledger(c, 0));
	_exit(_metadata->exit_code);
}

/* One's own is shown whoever had its number before */
TEST_F(compat, same_number)
{
	pid_t pid = refused_child(1);

	refused_again(_metadata, pid, 65534);
	refused_again(_metadata, pid, 65533);
	EXPECT_EQ(3, read_ledger(self->c, pid));
}

TEST_F(compat, refused)
{
	static const struct g_command command = { NARU_CMD_COMPAT_GET, NLM_F_DUMP, NARU_COMPAT_PID };
	struct g_client *c = self->c;
	struct nl_msg *msg;
	int place;

	EXPECT_EQ(EOPNOTSUPP, g_call(c, g_new(c, NARU_CMD_COMPAT_GET, 0)));
	g_refuse_unknown(_metadata, c, &command, 1, NARU_COMPAT_MAX);
	for (int size = 0; size <= 8; size++) {
		if (size == 4)
			continue;
		msg = g_new(c, NARU_CMD_COMPAT_GET, NLM_F_DUMP);
		place = g_at(msg);
		nla_put(msg, NARU_COMPAT_PID, size, g_zeros);
		G_REFUSED(EINVAL, c, msg, place);
	}
	msg = g_new(c, NARU_CMD_COMPAT_GET, NLM_F_DUMP);
	place = g_at(msg);
	nla_put_u32(msg, NARU_COMPAT_PID, 0);
	G_REFUSED(ERANGE, c, msg, place);
}

TEST_HARNESS_MAIN
