// SPDX-License-Identifier: GPL-2.0
/*
 * A call of a program's, done or decided in its place. What /proc and the program's memory say of it holds only when the
 * call is still waited for afterwards: else the number may be another's by now.
 */
#include "supervise.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/**
 * supervise_valid() - is the call still waited for?
 * @s: supervisor
 * @n: call
 */
bool supervise_valid(const struct supervisor *s, const struct seccomp_notif *n)
{
	return !ioctl(s->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &n->id);
}

static void respond(const struct supervisor *s, struct seccomp_notif_resp *r)
{
	/* The only error is that nobody waits any more */
	ioctl(s->listener, SECCOMP_IOCTL_NOTIF_SEND, r);
}

/**
 * supervise_answer() - a call fails
 * @s: supervisor
 * @n: call
 * @err: negative errno
 */
void supervise_answer(const struct supervisor *s, const struct seccomp_notif *n, int err)
{
	struct seccomp_notif_resp r = { .id = n->id, .error = err };

	respond(s, &r);
}

/* The kernel does it as if nobody had asked */
static void let_through(const struct supervisor *s, const struct seccomp_notif *n)
{
	struct seccomp_notif_resp r = { .id = n->id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

	respond(s, &r);
}

static int give(const struct supervisor *s, struct seccomp_notif_addfd *a)
{
	return ioctl(s->listener, SECCOMP_IOCTL_NOTIF_ADDFD, a) < 0 ? -errno : 0;
}

static void call_socket(const struct supervisor *s, const struct seccomp_notif *n)
{
	int type = n->data.args[1], err;
	struct seccomp_notif_addfd a = {
		.id = n->id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.newfd_flags = type & SOCK_CLOEXEC ? O_CLOEXEC : 0,
	};
	int fd = run_make(&s->config, n->data.args[0], type | SOCK_CLOEXEC, n->data.args[2]);

	if (fd == RUN_KERNEL) {
		let_through(s, n);
		return;
	}
	if (fd < 0) {
		supervise_answer(s, n, fd);
		return;
	}
	a.srcfd = fd;
	err = give(s, &a);
	if (err)
		supervise_answer(s, n, err);
	close(fd);
}

/* ---- bind, connect, listen ---- */

/* The number after @key in a file of /proc, -1: there is none */
static long proc_number(const char *path, const char *key, int base)
{
	char line[256], format[64];
	FILE *f = fopen(path, "re");
	long v = -1;

	snprintf(format, sizeof(format), base == 8 ? "%s: %%lo" : "%s: %%ld", key);
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, format, &v) == 1)
			break;
	if (f)
		fclose(f);
	return v;
}

static int open_process(pid_t tid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	fd = syscall(SYS_pidfd_open, (pid_t)proc_number(path, "Tgid", 10), 0);
	return fd < 0 ? -errno : fd;
}

/* The program's file descriptor, one of our own for it */
static int borrow(pid_t tid, int its)
{
	int process = open_process(tid), fd;

	if (process < 0)
		return process;
	fd = syscall(SYS_pidfd_getfd, process, its, 0);
	if (fd < 0)
		fd = -errno;
	close(process);
	return fd;
}

static bool closes_on_exec(pid_t tid, int its)
{
	char path[64];
	long flags;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", tid, its);
	flags = proc_number(path, "flags", 8);
	return flags > 0 && (flags & O_CLOEXEC);
}

static bool read_address(const struct seccomp_notif *n, struct sockaddr_storage *addr, size_t *len)
{
	struct iovec here, there;

	*len = (uint32_t)n->data.args[2];
	memset(addr, 0, sizeof(*addr));
	if (*len > sizeof(*addr))
		return false;
	here = (struct iovec){ addr, *len };
	there = (struct iovec){ (void *)(uintptr_t)n->data.args[1], *len };
	return process_vm_readv(n->pid, &here, 1, &there, 1, 0) == (ssize_t)*len;
}

static enum run_what what_of(const struct seccomp_notif *n)
{
	if (n->data.nr == SYS_bind)
		return RUN_BIND;
	return n->data.nr == SYS_connect ? RUN_CONNECT : RUN_LISTEN;
}

/* What the kernel refuses by itself, it is left to */
static bool is_wanted(const struct supervisor *s, const struct seccomp_notif *n, int fd)
{
	struct sockaddr_storage addr;
	size_t len = 0;

	if (!run_is_naru(fd) || (what_of(n) != RUN_LISTEN && !read_address(n, &addr, &len)))
		return false;
	return run_swap_wanted(&s->config, fd, what_of(n), &addr, len);
}

/*
 * @fd is our own of the program's socket. It is the last one when the program's is replaced, so that the address is free
 * when it is closed: the program itself would let go of it behind its call only
 */
static int swap(const struct supervisor *s, const struct seccomp_notif *n, int *fd)
{
	struct run_swap swap;
	struct seccomp_notif_addfd a = {
		.id = n->id,
		.flags = SECCOMP_ADDFD_FLAG_SETFD,
		.newfd = n->data.args[0],
	};
	int err = run_swap_make(&s->config, *fd, &swap);

	if (err)
		return err;
	if (closes_on_exec(n->pid, a.newfd))
		a.newfd_flags = O_CLOEXEC;
	a.srcfd = swap.fd;
	err = give(s, &a);
	close(*fd);
	*fd = -1;
	if (!err)
		err = run_swap_bind(&swap, swap.fd);
	close(swap.fd);
	return err;
}

static void call_pick(const struct supervisor *s, const struct seccomp_notif *n)
{
	int fd = borrow(n->pid, n->data.args[0]), err = 0;

	if (fd == -EBADF) {
		let_through(s, n);
		return;
	}
	if (fd < 0) {
		supervise_answer(s, n, -EACCES);
		return;
	}
	if (is_wanted(s, n, fd) && supervise_valid(s, n))
		err = swap(s, n, &fd);
	if (fd >= 0)
		close(fd);
	if (err)
		supervise_answer(s, n, err);
	else
		let_through(s, n);
}

/**
 * supervise_call() - do what a program has called for
 * @s: supervisor
 * @n: call; this process is like the one that calls
 */
void supervise_call(const struct supervisor *s, const struct seccomp_notif *n)
{
	if (!supervise_valid(s, n))
		return;
	if (n->data.nr == SYS_socket)
		call_socket(s, n);
	else
		call_pick(s, n);
}
