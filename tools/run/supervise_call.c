// SPDX-License-Identifier: GPL-2.0
/*
 * A call of a program's, done or decided in its place. What /proc and the program's memory say of it holds only when the
 * call is still waited for afterwards: else the number may be another's by now.
 */
#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/ioctl.h>

static bool is_valid(const struct supervisor *s, const struct seccomp_notif *n)
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

/**
 * supervise_let_through() - the kernel does a call as if nobody had asked
 * @s: supervisor
 * @n: call
 */
void supervise_let_through(const struct supervisor *s, const struct seccomp_notif *n)
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
		supervise_let_through(s, n);
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

/*
 * The old one is the last one when the program's is replaced, so that the address is free when it is closed: the
 * program itself would let go of it behind its call only
 */
static int swap(const struct supervisor *s, const struct seccomp_notif *n, const struct supervise_old *old)
{
	struct run_swap swap;
	struct seccomp_notif_addfd a = {
		.id = n->id,
		.flags = SECCOMP_ADDFD_FLAG_SETFD,
		.newfd = n->data.args[0],
		.newfd_flags = old->cloexec ? O_CLOEXEC : 0,
	};
	int err = run_swap_make(&s->config, old->fd, &swap);

	if (err)
		return err;
	a.srcfd = swap.fd;
	err = give(s, &a);
	close(old->fd);
	if (!err)
		err = run_swap_bind(&swap, swap.fd);
	close(swap.fd);
	return err;
}

static void call_other(const struct supervisor *s, const struct seccomp_notif *n, const struct supervise_old *old)
{
	int err = swap(s, n, old);

	if (err)
		supervise_answer(s, n, err);
	else
		supervise_let_through(s, n);
}

/**
 * supervise_call() - do what a program has called for
 * @s: supervisor
 * @n: call; this process is like the one that calls
 * @old: NULL for socket(2); else from supervise_look(): closed where it is replaced
 */
void supervise_call(const struct supervisor *s, const struct seccomp_notif *n, const struct supervise_old *old)
{
	if (!is_valid(s, n))
		return;
	if (old)
		call_other(s, n, old);
	else
		call_socket(s, n);
}
