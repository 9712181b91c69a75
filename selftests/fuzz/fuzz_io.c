// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that move data.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include "fuzz.h"

#define MESSAGES	4	/* of one sendmmsg() */

static long flags_of_splice(struct fz *f)
{
	return fz_one_in(f, 8) ? fz_int(f) : (long)fz_pick(f, 16);
}

static struct mmsghdr *messages(struct fz *f, bool sends)
{
	struct mmsghdr *m = fz_take(f, MESSAGES * sizeof(*m));
	unsigned int i;

	for (i = 0; i < MESSAGES; i++)
		m[i].msg_hdr = *fz_msg(f, sends);
	return fz_lie(f, m, MESSAGES * sizeof(*m));
}

static long how_many(struct fz *f)
{
	return fz_one_in(f, 12) ? fz_int(f) : (long)fz_pick(f, MESSAGES + 1);
}

/* Sizes that a program may name without having as much */
static long claimed(struct fz *f, long size)
{
	static const long lies[] = { 0, 0x7fffffff, 0x7ffff000, -1, 1L << 40 };

	return fz_one_in(f, 25) ? lies[fz_pick(f, ARRAY_SIZE(lies))] : size;
}

static void send_plain(struct fz *f, int fd)
{
	size_t size = fz_size(f);
	void *data = fz_lie(f, fz_take(f, size), size);
	struct sockaddr *addr;
	socklen_t len;

	switch (fz_pick(f, 4)) {
	case 0:
		addr = fz_addr(f, &len);
		FZ_CALL(f, sendto, fd, (long)data, claimed(f, size), fz_flags(f), (long)addr, len);
		break;
	case 1:
		FZ_CALL(f, write, fd, (long)data, claimed(f, size));
		break;
	default:
		FZ_CALL(f, sendto, fd, (long)data, claimed(f, size), fz_flags(f), 0, 0);
	}
}

void fz_op_send(struct fz *f)
{
	int fd = fz_any(f);
	struct msghdr *msg;

	switch (fz_pick(f, 6)) {
	case 0:
		msg = fz_msg(f, true);
		FZ_CALL(f, sendmsg, fd, (long)fz_lie(f, msg, sizeof(*msg)), fz_flags(f));
		break;
	case 1:
		FZ_CALL(f, sendmsg, fd, (long)fz_msg(f, true), fz_flags(f));
		break;
	case 2:
		FZ_CALL(f, sendmmsg, fd, (long)messages(f, true), how_many(f), fz_flags(f));
		break;
	case 3:
		msg = fz_msg(f, true);
		if (fz_one_in(f, 2))
			FZ_CALL(f, writev, fd, (long)msg->msg_iov, msg->msg_iovlen);
		else
			FZ_CALL(f, pwritev2, fd, (long)msg->msg_iov, msg->msg_iovlen, -1, 0,
				fz_one_in(f, 2) ? 0 : fz_int(f));
		break;
	default:
		send_plain(f, fd);
	}
}

static void recv_plain(struct fz *f, int fd)
{
	size_t size = fz_size(f);
	void *data = fz_lie(f, fz_take(f, size), size);
	struct sockaddr *addr;
	socklen_t *len;

	switch (fz_pick(f, 4)) {
	case 0:
		len = fz_take(f, sizeof(*len));
		addr = fz_addr(f, len);
		FZ_CALL(f, recvfrom, fd, (long)data, claimed(f, size), fz_flags(f), (long)addr,
			(long)fz_lie(f, len, sizeof(*len)));
		break;
	case 1:
		FZ_CALL(f, read, fd, (long)data, claimed(f, size));
		break;
	default:
		FZ_CALL(f, recvfrom, fd, (long)data, claimed(f, size), fz_flags(f), 0, 0);
	}
}

static struct timespec *some_time(struct fz *f)
{
	struct timespec *ts = fz_take(f, sizeof(*ts));

	ts->tv_nsec = fz_one_in(f, 10) ? fz_int(f) : (long)fz_pick(f, 5000000);
	ts->tv_sec = fz_one_in(f, 20) ? fz_int(f) : 0;
	return fz_lie(f, ts, sizeof(*ts));
}

void fz_op_recv(struct fz *f)
{
	int fd = fz_any(f);
	struct msghdr *msg;

	switch (fz_pick(f, 6)) {
	case 0:
		msg = fz_msg(f, false);
		FZ_CALL(f, recvmsg, fd, (long)fz_lie(f, msg, sizeof(*msg)), fz_flags(f));
		break;
	case 1:
		FZ_CALL(f, recvmsg, fd, (long)fz_msg(f, false), MSG_DONTWAIT | MSG_ERRQUEUE);
		break;
	case 2:
		FZ_CALL(f, recvmmsg, fd, (long)messages(f, false), how_many(f), fz_flags(f), (long)some_time(f));
		break;
	case 3:
		msg = fz_msg(f, false);
		if (fz_one_in(f, 2))
			FZ_CALL(f, readv, fd, (long)msg->msg_iov, msg->msg_iovlen);
		else
			FZ_CALL(f, preadv2, fd, (long)msg->msg_iov, msg->msg_iovlen, -1, 0,
				fz_one_in(f, 2) ? 0 : fz_int(f));
		break;
	default:
		recv_plain(f, fd);
	}
}

static void call_sendfile(struct fz *f, int out, int in)
{
	long *offset = fz_take(f, sizeof(*offset));

	*offset = fz_one_in(f, 8) ? fz_int(f) : (int)fz_pick(f, 300000);
	FZ_CALL(f, sendfile, out, in, fz_one_in(f, 3) ? 0 : (long)fz_lie(f, offset, sizeof(*offset)),
		claimed(f, fz_pick(f, 100000)));
}

static void call_splice(struct fz *f, int in, int out)
{
	long *offset = fz_take(f, sizeof(*offset));

	FZ_CALL(f, splice, in, fz_one_in(f, 10) ? (long)offset : 0, out, fz_one_in(f, 10) ? (long)offset : 0,
		claimed(f, fz_pick(f, 70000)), flags_of_splice(f));
}

/* From sockets and to sockets, by the pipe and by the file */
void fz_op_splice(struct fz *f)
{
	int sock = fz_any(f), other = fz_any(f);
	int file = fz_fd(f, FZ_FILE), reads = fz_fd(f, FZ_PIPE_READ), writes = fz_fd(f, FZ_PIPE_WRITE);
	struct msghdr *msg;

	switch (fz_pick(f, 8)) {
	case 0:
		call_sendfile(f, sock, fz_one_in(f, 4) ? other : file);
		break;
	case 1:
	case 2:
		call_splice(f, sock, writes);
		break;
	case 3:
		call_splice(f, fz_one_in(f, 2) ? file : other, writes);
		break;
	case 4:
		call_splice(f, reads, sock);
		break;
	case 5:
		FZ_CALL(f, tee, reads, fz_one_in(f, 2) ? writes : sock, fz_pick(f, 70000), flags_of_splice(f));
		break;
	case 6:
		msg = fz_msg(f, true);
		FZ_CALL(f, vmsplice, fz_one_in(f, 8) ? sock : writes, (long)msg->msg_iov, msg->msg_iovlen,
			flags_of_splice(f));
		call_splice(f, reads, sock);
		break;
	default:
		call_sendfile(f, sock, file);
	}
}

/* Over a socket of AF_UNIX, with descriptors; some stay there, and some come back */
void fz_op_pass(struct fz *f)
{
	struct { struct cmsghdr head; int fd[2]; } *rights = fz_take(f, sizeof(*rights));
	struct msghdr *msg = fz_take(f, sizeof(*msg));
	int *pair = fz_take(f, 2 * sizeof(*pair));
	struct iovec *iov = fz_take(f, sizeof(*iov));

	iov->iov_base = fz_take(f, 1);
	iov->iov_len = 1;
	rights->head.cmsg_level = SOL_SOCKET;
	rights->head.cmsg_type = SCM_RIGHTS;
	rights->head.cmsg_len = CMSG_LEN(sizeof(rights->fd));
	rights->fd[0] = fz_any(f);
	rights->fd[1] = fz_any(f);
	msg->msg_iov = iov;
	msg->msg_iovlen = 1;
	msg->msg_control = rights;
	msg->msg_controllen = CMSG_SPACE(sizeof(rights->fd));
	if (FZ_CALL(f, socketpair, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, (long)pair) && !fz_opt.list)
		return;
	FZ_CALL(f, sendmsg, pair[0], (long)msg, MSG_DONTWAIT);
	memset(rights, 0, sizeof(*rights));
	if (fz_one_in(f, 2) && FZ_CALL(f, recvmsg, pair[1], (long)msg, MSG_DONTWAIT) > 0 &&
	    rights->head.cmsg_type == SCM_RIGHTS) {
		fz_put(f, fz_slot_any(f), rights->fd[0]);
		if (rights->head.cmsg_len == CMSG_LEN(sizeof(rights->fd)))
			fz_put(f, fz_slot_any(f), rights->fd[1]);
	}
	FZ_CALL(f, close, pair[1]);
	fz_put(f, FZ_UNIX, pair[0]);
}
