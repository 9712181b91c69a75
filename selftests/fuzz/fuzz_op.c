// SPDX-License-Identifier: GPL-2.0
/*
 * Operations: which there are, how often each is drawn, and the small ones.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include "fuzz.h"

static void op_make(struct fz *f)
{
	unsigned int slot = fz_slot_any(f);

	fz_make(f, slot, fz_pick(f, FZ_STATES));
}

/* The number stays in its slot: what is done with it next meets nothing, or something else */
static void op_close(struct fz *f)
{
	FZ_CALL(f, close, fz_any(f));
}

static void op_dup(struct fz *f)
{
	unsigned int slot = fz_slot_any(f);
	int fd = fz_any(f), onto = fz_fd(f, fz_slot_any(f));

	if (fz_one_in(f, 3) && onto > 2)
		FZ_CALL(f, dup3, fd, onto, fz_one_in(f, 2) ? O_CLOEXEC : 0);
	else
		fz_put(f, slot, FZ_CALL(f, dup, fd));
}

static void op_bind(struct fz *f)
{
	int fd = fz_any(f);
	socklen_t len;
	struct sockaddr *addr = fz_addr(f, &len);

	FZ_CALL(f, bind, fd, (long)addr, len);
}

/* To where somebody may listen; or away from there, AF_UNSPEC */
static void op_connect(struct fz *f)
{
	int fd = fz_any(f);
	socklen_t len;
	struct sockaddr *addr;

	if (fz_one_in(f, 4)) {
		addr = fz_take(f, sizeof(struct sockaddr_in6));
		len = fz_one_in(f, 4) ? fz_pick(f, 30) : sizeof(*addr);
	} else {
		addr = fz_addr(f, &len);
	}
	FZ_CALL(f, connect, fd, (long)addr, len);
}

static void op_listen(struct fz *f)
{
	int fd = fz_any(f);

	FZ_CALL(f, listen, fd, fz_one_in(f, 3) ? fz_int(f) : (int)fz_pick(f, 5));
}

static void op_accept(struct fz *f)
{
	int fd = fz_any(f), flags = fz_one_in(f, 10) ? fz_int(f) : 0;
	socklen_t *len = fz_take(f, sizeof(*len));
	struct sockaddr *addr = fz_addr(f, len);
	unsigned int slot = fz_slot_any(f);
	bool named = fz_one_in(f, 2);

	if (fz_one_in(f, 2))
		flags |= SOCK_NONBLOCK;
	fz_put(f, slot, FZ_CALL(f, accept4, fd, named ? (long)addr : 0, named ? (long)fz_lie(f, len, 4) : 0, flags));
}

static void op_shutdown(struct fz *f)
{
	int fd = fz_any(f);

	FZ_CALL(f, shutdown, fd, fz_one_in(f, 10) ? fz_int(f) : (int)fz_pick(f, 3));
}

static void op_socket(struct fz *f)
{
	unsigned int slot = fz_slot_any(f);
	int protocol = fz_one_in(f, 2) ? fz_int(f) : (int)fz_pick(f, 300);

	if (fz_one_in(f, 8))
		FZ_CALL(f, socketpair, AF_NARU, SOCK_STREAM, 0, (long)fz_take(f, 8));
	fz_put(f, slot, FZ_CALL(f, socket, AF_NARU, fz_one_in(f, 4) ? fz_int(f) : (int)fz_pick(f, 12), protocol));
}

/* To the first process of the round's process namespace, whose threads call */
static void op_signal(struct fz *f)
{
	static const int signals[] = { SIGUSR1, SIGURG, SIGIO, SIGPIPE };

	FZ_CALL(f, kill, 1, signals[fz_pick(f, ARRAY_SIZE(signals))]);
}

static void op_mmap(struct fz *f)
{
	int fd = fz_any(f);
	size_t size = 4096 << fz_pick(f, 5);
	long p = FZ_CALL(f, mmap, 0, size, fz_pick(f, 8), fz_one_in(f, 2) ? MAP_SHARED : MAP_PRIVATE, fd,
			 fz_one_in(f, 4) ? 4096 * (long)fz_int(f) : 0);

	/* what a socket gave is read into, or closed, while it is there */
	if (p == -1)
		return;
	FZ_CALL(f, madvise, p, size, MADV_DONTNEED);
	FZ_CALL(f, munmap, p, size);
}

/* A socket of another namespace, which goes when it is closed: this thread is there for a moment */
static void op_namespace(struct fz *f)
{
	unsigned int slot = fz_slot_any(f), state = fz_pick(f, FZ_STATES);

	if (FZ_CALL(f, unshare, CLONE_NEWNET))
		return;
	fz_lo_up(f);
	fz_make(f, slot, state);
	if (setns(f->home, CLONE_NEWNET))
		fz_broken("setns: %s", strerror(errno));
}

static void child(struct fz *f, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		fz_op(f);
}

/* The same sockets in another process, which ends in the midst of it */
static void op_fork(struct fz *f)
{
	if (!fz_opt.list)
		fz_fork(f, child, 1 + fz_pick(f, 12));
}

static const struct {
	void (*op)(struct fz *f);
	unsigned int often;
} ops[] = {
	{ op_make, 14 },
	{ op_close, 5 },
	{ op_dup, 3 },
	{ op_bind, 5 },
	{ op_connect, 8 },
	{ op_listen, 4 },
	{ op_accept, 7 },
	{ op_shutdown, 4 },
	{ op_socket, 2 },
	{ op_signal, 1 },
	{ op_mmap, 1 },
	{ op_namespace, 1 },
	{ op_fork, 1 },
	{ fz_op_names, 3 },
	{ fz_op_ioctl, 5 },
	{ fz_op_fcntl, 4 },
	{ fz_op_file, 2 },
	{ fz_op_poll, 6 },
	{ fz_op_send, 20 },
	{ fz_op_recv, 20 },
	{ fz_op_splice, 9 },
	{ fz_op_pass, 2 },
	{ fz_op_setsockopt, 14 },
	{ fz_op_getsockopt, 8 },
	{ fz_op_uring, 6 },
};

/* One operation: some calls */
void fz_op(struct fz *f)
{
	unsigned int i, sum = 0, n;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		sum += ops[i].often;
	n = fz_pick(f, sum);
	for (i = 0; n >= ops[i].often; i++)
		n -= ops[i].often;
	f->dgram = fz_opt.dgram && fz_one_in(f, 2);
	ops[i].op(f);
}
