// SPDX-License-Identifier: GPL-2.0
/*
 * Calls on a socket as on any file: names, ioctls, fcntls, polls.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <linux/sockios.h>
#include "fuzz.h"

/* Interface lo up, of the namespace in which the thread is */
void fz_lo_up(struct fz *f)
{
	struct ifreq *ifr = fz_take(f, sizeof(*ifr));
	long fd = FZ_CALL(f, socket, AF_INET, SOCK_DGRAM, 0);

	memcpy(ifr->ifr_name, "lo", 2);
	ifr->ifr_flags = IFF_UP;
	FZ_CALL(f, ioctl, fd, SIOCSIFFLAGS, (long)ifr);
	FZ_CALL(f, close, fd);
}

/* getsockname() and getpeername(), where nothing may be written behind the length that was given */
void fz_op_names(struct fz *f)
{
	int fd = fz_any(f);
	bool local = fz_one_in(f, 2), lies = fz_one_in(f, 2);
	socklen_t *len = (void *)(f->guard + 4096), given = fz_pick(f, 40);
	unsigned char *name = (unsigned char *)f->guard;
	unsigned int i;
	long ret;

	if (lies) {
		len = fz_take(f, sizeof(*len));
		name = (unsigned char *)fz_addr(f, len);
		len = fz_lie(f, len, sizeof(*len));
	} else {
		memset(name, 0xa5, 256);
		*len = given;
	}
	if (local)
		ret = FZ_CALL(f, getsockname, fd, (long)name, (long)len);
	else
		ret = FZ_CALL(f, getpeername, fd, (long)name, (long)len);
	for (i = given; !lies && !ret && i < 256; i++)
		if (name[i] != 0xa5) {
			fz_broken("get%sname: byte %u of %u was written", local ? "sock" : "peer", i, given);
			return;
		}
}

/* What there is, but for what lasts: a name, a bridge, an address of hardware */
static unsigned int some_ioctl(struct fz *f)
{
	static const unsigned int common[] = { FIONREAD, TIOCOUTQ, SIOCOUTQNSD, SIOCATMARK, FIONBIO, FIOASYNC, FIOSETOWN,
		FIOGETOWN, SIOCGIFCONF, SIOCGSTAMP_NEW, SIOCGSTAMPNS_NEW, SIOCGSTAMP_OLD, FIOCLEX };
	unsigned int nr;

	if (fz_one_in(f, 2))
		return common[fz_pick(f, ARRAY_SIZE(common))];
	if (fz_one_in(f, 10))
		return fz_int(f);
	nr = 0x8900 + fz_pick(f, 0x100);
	return nr == SIOCSIFNAME || nr == SIOCSIFFLAGS || nr == SIOCBRADDBR ? SIOCGIFNAME : nr;
}

void fz_op_ioctl(struct fz *f)
{
	unsigned char *arg = fz_take(f, 256);
	unsigned int nr = some_ioctl(f);
	int fd = fz_any(f), number = fz_pick(f, 4);

	fz_fill(f, arg, 256);
	if (nr >= SIOCADDRT && nr < 0x89f0) {
		memset(arg, 0, IFNAMSIZ);
		snprintf((char *)arg, IFNAMSIZ, "%s", fz_device(f));
	}
	/* of flags and of the owner; no owner but this round's processes */
	if (!fz_one_in(f, 3))
		memcpy(arg, &number, sizeof(number));
	FZ_CALL(f, ioctl, fd, nr, (long)fz_lie(f, arg, 256));
}

static long some_signal(struct fz *f)
{
	static const int signals[] = { 0, SIGIO, SIGURG, SIGUSR1, 40, 65, -1 };

	return signals[fz_pick(f, ARRAY_SIZE(signals))];
}

void fz_op_fcntl(struct fz *f)
{
	struct { int type, pid; } *owner = fz_take(f, sizeof(*owner));
	unsigned int slot = fz_slot_any(f);
	int fd = fz_any(f);

	owner->type = fz_pick(f, 4);
	owner->pid = fz_pick(f, 4);
	switch (fz_pick(f, 8)) {
	case 0:
	case 1:
		FZ_CALL(f, fcntl, fd, F_SETFL, (fz_one_in(f, 2) ? O_NONBLOCK : 0) | (fz_one_in(f, 2) ? O_ASYNC : 0) |
			(fz_one_in(f, 8) ? O_APPEND | O_DIRECT | O_NOATIME : 0));
		break;
	case 2:
		FZ_CALL(f, fcntl, fd, F_SETOWN, fz_one_in(f, 4) ? fz_int(f) : (int)fz_pick(f, 5) - 2);
		break;
	case 3:
		FZ_CALL(f, fcntl, fd, F_SETOWN_EX, (long)fz_lie(f, owner, sizeof(*owner)));
		break;
	case 4:
		FZ_CALL(f, fcntl, fd, F_SETSIG, some_signal(f));
		break;
	case 5:
		fz_put(f, slot, FZ_CALL(f, fcntl, fd, fz_one_in(f, 2) ? F_DUPFD : F_DUPFD_CLOEXEC, 3));
		break;
	case 6:
		FZ_CALL(f, fcntl, fd, F_GETFL);
		break;
	default:
		FZ_CALL(f, fcntl, fd, fz_one_in(f, 2) ? (int)fz_pick(f, 20) : 1024 + (int)fz_pick(f, 16),
			(long)fz_lie(f, fz_take(f, 64), 64));
	}
}

/* What is for files, and what sockets have of it */
void fz_op_file(struct fz *f)
{
	void *memory = fz_lie(f, fz_take(f, 512), 512);
	char *name = fz_take(f, 32);
	int fd = fz_any(f), other = fz_any(f);

	snprintf(name, 32, "%s", fz_one_in(f, 2) ? "system.sockprotoname" : "user.fuzz");
	switch (fz_pick(f, 12)) {
	case 0:
		FZ_CALL(f, fstat, fd, (long)memory);
		break;
	case 1:
		FZ_CALL(f, lseek, fd, fz_int(f), fz_pick(f, 5));
		break;
	case 2:
		FZ_CALL(f, ftruncate, fd, fz_pick(f, 300000));
		break;
	case 3:
		FZ_CALL(f, fsync, fd);
		break;
	case 4:
		FZ_CALL(f, pread64, fd, (long)memory, 512, fz_int(f));
		break;
	case 5:
		FZ_CALL(f, pwrite64, fd, (long)memory, 512, fz_int(f));
		break;
	case 6:
		FZ_CALL(f, fgetxattr, fd, (long)name, (long)memory, fz_pick(f, 512));
		break;
	case 7:
		FZ_CALL(f, fsetxattr, fd, (long)name, (long)memory, fz_pick(f, 512), 0);
		break;
	case 8:
		FZ_CALL(f, fchmod, fd, 0600);
		break;
	case 9:
		FZ_CALL(f, fchown, fd, fz_pick(f, 3), fz_pick(f, 3));
		break;
	case 10:
		FZ_CALL(f, copy_file_range, fd, 0, other, 0, fz_pick(f, 70000), 0);
		break;
	default:
		FZ_CALL(f, getdents64, fd, (long)memory, 512);
	}
}

static void op_poll(struct fz *f)
{
	struct { long s, ns; } *ts = fz_take(f, sizeof(*ts));
	struct pollfd *pfd = fz_take(f, 8 * sizeof(*pfd));
	unsigned int i, n = fz_pick(f, 9);

	for (i = 0; i < n; i++)
		pfd[i] = (struct pollfd){ fz_any(f), fz_one_in(f, 3) ? fz_int(f) : POLLIN | POLLOUT };
	ts->ns = fz_pick(f, 20000000);
	pfd = fz_lie(f, pfd, n * sizeof(*pfd));
	if (fz_one_in(f, 2))
		FZ_CALL(f, poll, (long)pfd, n, fz_pick(f, 20));
	else
		FZ_CALL(f, ppoll, (long)pfd, n, (long)fz_lie(f, ts, sizeof(*ts)), 0, 8);
}

static void op_select(struct fz *f)
{
	struct { long s, ns; } *ts = fz_take(f, sizeof(*ts));
	unsigned char *sets = fz_take(f, 3 * 128);
	unsigned int i;
	int fd;

	for (i = 0; i < 8; i++) {
		fd = fz_any(f);
		if (fd >= 0 && fd < 1024)
			sets[128 * fz_pick(f, 3) + fd / 8] |= 1 << fd % 8;
	}
	ts->ns = fz_pick(f, 20000000);
	FZ_CALL(f, pselect6, fz_one_in(f, 8) ? fz_int(f) : 256, (long)fz_lie(f, sets, 128), (long)(sets + 128),
		(long)(sets + 256), (long)fz_lie(f, ts, sizeof(*ts)), 0);
}

static void op_epoll(struct fz *f)
{
	struct epoll_event *ev = fz_take(f, 8 * sizeof(*ev));
	int fd = fz_any(f), ep = fz_one_in(f, 10) ? fz_any(f) : fz_fd(f, FZ_EPOLL);

	ev->events = fz_one_in(f, 2) ? (unsigned int)fz_int(f) : EPOLLIN | EPOLLOUT | EPOLLET;
	if (fz_one_in(f, 3))
		FZ_CALL(f, epoll_pwait, ep, (long)fz_lie(f, ev, 8 * sizeof(*ev)), 8, fz_pick(f, 20), 0, 8);
	else
		FZ_CALL(f, epoll_ctl, ep, 1 + fz_pick(f, 4), fd, (long)fz_lie(f, ev, sizeof(*ev)));
}

void fz_op_poll(struct fz *f)
{
	switch (fz_pick(f, 3)) {
	case 0:
		op_poll(f);
		break;
	case 1:
		op_select(f);
		break;
	default:
		op_epoll(f);
	}
}
