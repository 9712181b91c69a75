// SPDX-License-Identifier: GPL-2.0
/*
 * The supervisor of programs that no library can be put into: linked statically, or Go's.
 *
 * The program is this process, so that its exit status, signals, parent and place in the job are its own. The supervisor
 * is a process beside it, which nothing of the program's holds on to, and which lives as long as a process
 * that is supervised.
 */
#include "supervise.h"
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* ---- calls ---- */

/*
 * A child in a control group, or where it is when @cgroup is negative. It has this process's file descriptors and no
 * copies, so that what it closes is closed
 */
static pid_t fork_into(int cgroup)
{
	struct clone_args args = {
		.flags = CLONE_FILES | (cgroup < 0 ? 0 : CLONE_INTO_CGROUP),
		.exit_signal = SIGCHLD,
		.cgroup = cgroup < 0 ? 0 : cgroup,
	};
	pid_t pid = syscall(SYS_clone3, &args, sizeof(args));

	return pid < 0 ? -errno : pid;
}

static void call_as(const struct supervisor *s, const struct seccomp_notif *n, const struct supervise_old *old)
{
	int err = supervise_become(n->pid);

	if (err)
		supervise_answer(s, n, err);
	else
		supervise_call(s, n, old);
	_exit(0);
}

/* This process answers where the other one cannot: it may be killed for the memory of its control group */
static void call_elsewhere(const struct supervisor *s, const struct seccomp_notif *n, const struct supervise_old *old)
{
	int cgroup = supervise_cgroup(n->pid), status;
	pid_t pid;

	if (cgroup == -EACCES) {
		supervise_answer(s, n, cgroup);
		return;
	}
	signal(SIGCHLD, SIG_DFL);
	pid = fork_into(cgroup);
	if (!pid)
		call_as(s, n, old);
	if (pid < 0)
		supervise_answer(s, n, pid == -EAGAIN ? -ENOMEM : -EACCES);
	else if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		supervise_answer(s, n, -ENOMEM);
}

/* @is: whether it is about a socket that matters, 1 or 0, or what it fails with. True: it is done with */
static bool leave_alone(const struct supervisor *s, const struct seccomp_notif *n, int is)
{
	if (is < 0)
		supervise_answer(s, n, is);
	else if (!is)
		supervise_let_through(s, n);
	return is <= 0;
}

static void pick(const struct supervisor *s, const struct seccomp_notif *n)
{
	struct supervise_old old;

	if (leave_alone(s, n, supervise_look(s, n, &old)))
		return;
	if (supervise_same(n->pid))
		supervise_call(s, n, &old);
	else
		call_elsewhere(s, n, &old);
}

/* True: it is done with */
static bool take_at_once(const struct supervisor *s, const struct seccomp_notif *n)
{
	if (!n->pid) {
		supervise_answer(s, n, -EACCES);
		return true;
	}
	if (n->data.nr != SYS_socket)
		return leave_alone(s, n, supervise_concerns(n));
	if (!supervise_same(n->pid))
		return false;
	supervise_call(s, n, NULL);
	return true;
}

/* The next call waits for this one only where it is done at once */
static void take_call(const struct supervisor *s)
{
	const struct seccomp_notif *n = s->notice;
	pid_t pid;

	memset(s->notice, 0, s->notice_size);
	if (ioctl(s->listener, SECCOMP_IOCTL_NOTIF_RECV, s->notice) || take_at_once(s, n))
		return;
	pid = fork();
	if (pid < 0)
		supervise_answer(s, n, -ENOMEM);
	if (pid)
		return;
	if (n->data.nr == SYS_socket)
		call_elsewhere(s, n, NULL);
	else
		pick(s, n);
	_exit(0);
}

static void serve(const struct supervisor *s)
{
	struct pollfd p = { .fd = s->listener, .events = POLLIN };

	for (;;) {
		if (poll(&p, 1, -1) < 0)
			continue;
		if (p.revents & POLLIN)
			take_call(s);
		else if (p.revents)
			return;		/* the last one that was supervised is gone */
	}
}

/* ---- the process ---- */

static bool make_room(struct supervisor *s)
{
	struct seccomp_notif_sizes sizes;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes))
		return false;
	s->notice_size = sizes.seccomp_notif > sizeof(*s->notice) ? sizes.seccomp_notif : sizeof(*s->notice);
	s->notice = malloc(s->notice_size);
	return s->notice;
}

/* Nothing of what the program has been given is kept: whoever waits for its end of a pipe does not wait for us */
static int leave_program(int link)
{
	int null, fd;

	link = fcntl(link, F_DUPFD, 4);
	null = open("/dev/null", O_RDWR);
	for (fd = 0; fd < 3; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			return -1;
	link = dup2(link, 3);
	if (link < 0 || syscall(SYS_close_range, 4, ~0U, 0) || fcntl(link, F_SETFD, FD_CLOEXEC))
		return -1;
	setsid();
	prctl(PR_SET_NAME, "naru-run");
	signal(SIGCHLD, SIG_IGN);
	return chdir("/") ? -1 : link;
}

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static int receive_fd(int link)
{
	union control control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	const struct cmsghdr *c;
	int fd = -1;

	if (recvmsg(link, &m, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static bool send_fd(int link, int fd)
{
	union control control;
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(link, &m, MSG_NOSIGNAL) == 1;
}

static void be_supervisor(struct supervisor *s, int link)
{
	pid_t pid = getpid();

	link = leave_program(link);
	if (link < 0 || !make_room(s))
		return;
	s->listener = receive_fd(link);
	if (s->listener < 0 || write(link, &pid, sizeof(pid)) != sizeof(pid))
		return;
	close(link);
	serve(s);
}

/* A grandchild: the program has no child that it has not made */
static bool fork_supervisor(struct supervisor *s, int links[2])
{
	pid_t pid = fork();

	if (pid < 0)
		return false;
	if (!pid) {
		if (!fork()) {
			close(links[0]);
			be_supervisor(s, links[1]);
		}
		_exit(0);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return true;
}

static int not_installed(int err)
{
	if (err == -EBUSY)
		return cmd_fail("this process is supervised by another program already");
	return cmd_fail("the kernel does not let calls be supervised (CONFIG_SECCOMP_FILTER): %s", strerror(-err));
}

/* The supervisor may read what this process's calls point at */
static int hand_over(const struct run_config *c, int link)
{
	int listener = supervise_filter_install(c);
	pid_t pid;

	if (listener < 0)
		return not_installed(listener);
	if (!send_fd(link, listener) || read(link, &pid, sizeof(pid)) != sizeof(pid))
		return cmd_fail("the supervisor did not begin");
	close(listener);
	if (run_picks(c))
		prctl(PR_SET_PTRACER, pid, 0, 0, 0);
	return CMD_OK;
}

/**
 * supervise_start() - this process's sockets are made by a supervisor from here on
 * @c: which are naru's
 *
 * Return: CMD_OK or CMD_FAILED.
 */
int supervise_start(const struct run_config *c)
{
	struct supervisor s = { .config = *c };
	int links[2], status;

	if (access("/proc/self/ns/net", F_OK))
		return cmd_fail("the supervisor needs /proc");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, links))
		return cmd_fail("%s", strerror(errno));
	if (!fork_supervisor(&s, links)) {
		close(links[1]);
		status = cmd_fail("%s", strerror(errno));
	} else {
		close(links[1]);
		status = hand_over(c, links[0]);
	}
	close(links[0]);
	return status;
}
