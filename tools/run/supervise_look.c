// SPDX-License-Identifier: GPL-2.0
/*
 * What a program's bind(2), connect(2) or listen(2) is about. The kernel lets a process look into another only as
 * ptrace(2) does, and not at all where the other has changed its user: so it is looked at with the rights that the
 * supervisor began with, before anything is done in the program's place.
 */
#include "supervise.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#ifndef PIDFD_THREAD
#define PIDFD_THREAD	O_EXCL		/* since Linux 6.9 */
#endif

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

/* Where the kernel knows no threads, the process, which has the file descriptors of its first one */
static int open_thread(pid_t tid)
{
	int fd = syscall(SYS_pidfd_open, tid, PIDFD_THREAD);
	char path[64];

	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	return syscall(SYS_pidfd_open, (pid_t)proc_number(path, "Tgid", 10), 0);
}

/* "socket:" and a number that no other has; where @pid has no such file descriptor, or one of something else, "" */
static bool socket_name(pid_t pid, int fd, char name[64])
{
	char path[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	len = readlink(path, name, 63);
	name[len < 0 ? 0 : len] = '\0';
	if (strncmp(name, "socket:", 7))
		*name = '\0';
	return len >= 0 || errno == ENOENT;
}

static bool is_named(int fd, const char *name)
{
	char own[64];

	return socket_name(getpid(), fd, own) && !strcmp(own, name);
}

/* The thread's socket, a file descriptor of our own for it. -ENOTSOCK: it is none; -EACCES: it is not to be had */
static int borrow(pid_t tid, int its)
{
	char name[64];
	int thread, fd;

	if (!socket_name(tid, its, name))
		return -EACCES;
	if (!*name)
		return -ENOTSOCK;
	thread = open_thread(tid);
	fd = thread < 0 ? -1 : syscall(SYS_pidfd_getfd, thread, its, 0);
	close(thread);
	if (fd < 0)
		return -EACCES;
	if (is_named(fd, name))
		return fd;
	close(fd);
	return -EACCES;
}

/**
 * supervise_concerns() - is a call about a socket of naru's?
 * @n: call, bind(2), connect(2) or listen(2)
 *
 * Waits for nothing of the program's.
 *
 * Return: 1 or 0; -EACCES: it is about a socket, and nobody can see about which.
 */
int supervise_concerns(const struct seccomp_notif *n)
{
	int fd = borrow(n->pid, n->data.args[0]), is;

	if (fd < 0)
		return fd == -ENOTSOCK ? 0 : fd;
	is = run_is_naru(fd);
	close(fd);
	return is;
}

static enum run_what what_of(const struct seccomp_notif *n)
{
	if (n->data.nr == SYS_bind)
		return RUN_BIND;
	return n->data.nr == SYS_connect ? RUN_CONNECT : RUN_LISTEN;
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

/* What the kernel refuses by itself, it is left to */
static bool is_wanted(const struct supervisor *s, const struct seccomp_notif *n, int fd)
{
	struct sockaddr_storage addr;
	size_t len = 0;

	if (what_of(n) != RUN_LISTEN && !read_address(n, &addr, &len))
		return false;
	return run_swap_wanted(&s->config, fd, what_of(n), &addr, len);
}

/**
 * supervise_look() - is a socket of naru's to be the kernel's from this call on?
 * @s: supervisor
 * @n: call that supervise_concerns()
 * @old: filled where it is; its file descriptor is the caller's then
 *
 * The address may lie in memory that a program provides when it is asked for: this waits for it.
 *
 * Return: 1 or 0; -EACCES: nobody can see.
 */
int supervise_look(const struct supervisor *s, const struct seccomp_notif *n, struct supervise_old *old)
{
	int its = n->data.args[0];
	char path[64];
	long flags;

	old->fd = borrow(n->pid, its);
	if (old->fd < 0)
		return old->fd == -ENOTSOCK ? 0 : old->fd;
	if (!is_wanted(s, n, old->fd)) {
		close(old->fd);
		return 0;
	}
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", n->pid, its);
	flags = proc_number(path, "flags", 8);
	old->cloexec = flags & O_CLOEXEC;
	if (flags >= 0)
		return 1;
	close(old->fd);
	return -EACCES;
}
