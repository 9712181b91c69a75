// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring, by its system calls: what is asked of a socket goes on while other calls are made.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sys/mman.h>
#include <linux/io_uring.h>
#include "fuzz.h"

#define ENTRIES		16

/* A ring of a worker's, as the kernel has it mapped */
struct fz_ring {
	struct io_uring_params params;
	char *rings;
	struct io_uring_sqe *sqes;
};

static void *map(int ring, size_t size, off_t at)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, at);

	return p == MAP_FAILED ? NULL : p;
}

static unsigned int *field(const struct fz_ring *r, unsigned int offset)
{
	return (unsigned int *)(r->rings + offset);
}

/* The first use of a worker makes one; false where the kernel has none */
static bool ring_of(struct fz *f)
{
	struct fz_ring *r;

	if (f->ring >= 0)
		return true;
	r = calloc(1, sizeof(*r));
	if (!r)
		return false;
	f->ring = fz_hide(syscall(SYS_io_uring_setup, ENTRIES, &r->params));
	if (f->ring < 0)
		goto fail;
	r->rings = map(f->ring, r->params.cq_off.cqes + r->params.cq_entries * sizeof(struct io_uring_cqe),
		       IORING_OFF_SQ_RING);
	r->sqes = map(f->ring, ENTRIES * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	if (!r->rings || !r->sqes)
		goto fail;
	f->rings = r;
	return true;
fail:
	if (f->ring >= 0)
		close(f->ring);
	f->ring = -1;
	free(r);
	return false;
}

static void put_data(struct fz *f, struct io_uring_sqe *sqe)
{
	size_t size = fz_size(f);

	sqe->addr = (unsigned long)fz_lie(f, fz_take(f, size), size);
	sqe->len = fz_one_in(f, 20) ? (unsigned int)fz_int(f) : size;
	sqe->msg_flags = fz_flags(f);
	sqe->ioprio = fz_one_in(f, 4) ? 1 << fz_pick(f, 5) : 0;	/* poll first, multishot, ... */
}

static void put_message(struct fz *f, struct io_uring_sqe *sqe, bool sends)
{
	struct msghdr *msg = fz_msg(f, sends);

	sqe->addr = (unsigned long)fz_lie(f, msg, sizeof(*msg));
	sqe->len = 1;
	sqe->msg_flags = fz_flags(f);
}

static void put_address(struct fz *f, struct io_uring_sqe *sqe)
{
	socklen_t len;

	sqe->addr = (unsigned long)fz_addr(f, &len);
	sqe->off = len;
}

static void put_accept(struct fz *f, struct io_uring_sqe *sqe)
{
	socklen_t *len = fz_take(f, sizeof(*len));
	struct sockaddr *addr = fz_addr(f, len);

	if (fz_one_in(f, 2)) {
		sqe->addr = (unsigned long)addr;
		sqe->addr2 = (unsigned long)len;
	}
	sqe->ioprio = fz_one_in(f, 3);	/* IORING_ACCEPT_MULTISHOT */
}

static void put_splice(struct fz *f, struct io_uring_sqe *sqe)
{
	sqe->splice_fd_in = fz_fd(f, FZ_PIPE_READ);
	sqe->splice_off_in = -1;
	sqe->off = -1;
	sqe->len = fz_pick(f, 70000);
}

/* What each operation reads beside the descriptor */
static void put_rest(struct fz *f, struct io_uring_sqe *sqe)
{
	switch (sqe->opcode) {
	case IORING_OP_SEND:
	case IORING_OP_RECV:
	case IORING_OP_READ:
	case IORING_OP_WRITE:
	case IORING_OP_SEND_ZC:
		put_data(f, sqe);
		break;
	case IORING_OP_SENDMSG:
	case IORING_OP_RECVMSG:
	case IORING_OP_SENDMSG_ZC:
		put_message(f, sqe, sqe->opcode != IORING_OP_RECVMSG);
		break;
	case IORING_OP_CONNECT:
		put_address(f, sqe);
		break;
	case IORING_OP_ACCEPT:
		put_accept(f, sqe);
		break;
	case IORING_OP_SPLICE:
		put_splice(f, sqe);
		break;
	case IORING_OP_POLL_ADD:
		sqe->poll32_events = fz_one_in(f, 3) ? (unsigned int)fz_int(f) : POLLIN | POLLOUT;
		break;
	case IORING_OP_SHUTDOWN:
		sqe->len = fz_pick(f, 3);
		break;
	default:	/* IORING_OP_ASYNC_CANCEL: of this descriptor */
		sqe->cancel_flags = fz_pick(f, 16);
	}
}

static void put_request(struct fz *f, struct io_uring_sqe *sqe)
{
	static const unsigned char what[] = { IORING_OP_SEND, IORING_OP_SEND, IORING_OP_RECV, IORING_OP_RECV,
		IORING_OP_READ, IORING_OP_WRITE, IORING_OP_SEND_ZC, IORING_OP_SENDMSG, IORING_OP_RECVMSG,
		IORING_OP_SENDMSG_ZC, IORING_OP_CONNECT, IORING_OP_CONNECT, IORING_OP_ACCEPT, IORING_OP_ACCEPT,
		IORING_OP_SPLICE, IORING_OP_POLL_ADD, IORING_OP_SHUTDOWN, IORING_OP_ASYNC_CANCEL,
		IORING_OP_ASYNC_CANCEL };

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = what[fz_pick(f, ARRAY_SIZE(what))];
	sqe->fd = fz_any(f);
	put_rest(f, sqe);
	if (fz_one_in(f, 6))
		sqe->flags = fz_pick(f, 32) & ~IOSQE_IO_DRAIN;
	if (fz_one_in(f, 50))
		sqe->opcode = fz_pick(f, 64);
}

/* Descriptors that came by accept take slots; all is taken off the queue */
static void take_results(struct fz *f, const struct fz_ring *r)
{
	unsigned int *head = field(r, r->params.cq_off.head);
	const unsigned int tail = __atomic_load_n(field(r, r->params.cq_off.tail), __ATOMIC_ACQUIRE);
	const unsigned int mask = *field(r, r->params.cq_off.ring_mask);
	const struct io_uring_cqe *cqe = (void *)(r->rings + r->params.cq_off.cqes);

	for (; *head != tail; __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE))
		if (cqe[*head & mask].user_data == IORING_OP_ACCEPT)
			fz_put(f, *head % FZ_SOCKETS, cqe[*head & mask].res);
}

void fz_op_uring(struct fz *f)
{
	unsigned int i, n = 1 + fz_pick(f, 3), tail, mask;
	struct io_uring_sqe none;
	struct fz_ring *r;

	if (fz_opt.list) {
		for (i = 0; i < n; i++)
			put_request(f, &none);
		return;
	}
	if (!ring_of(f))
		return;
	r = f->rings;
	tail = *field(r, r->params.sq_off.tail);
	mask = *field(r, r->params.sq_off.ring_mask);
	for (i = 0; i < n; i++) {
		put_request(f, &r->sqes[(tail + i) & mask]);
		r->sqes[(tail + i) & mask].user_data = r->sqes[(tail + i) & mask].opcode;
		field(r, r->params.sq_off.array)[(tail + i) & mask] = (tail + i) & mask;
	}
	__atomic_store_n(field(r, r->params.sq_off.tail), tail + n, __ATOMIC_RELEASE);
	FZ_CALL(f, io_uring_enter, f->ring, n, fz_one_in(f, 4), IORING_ENTER_GETEVENTS, 0, 0);
	take_results(f, r);
}
