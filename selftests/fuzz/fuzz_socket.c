// SPDX-License-Identifier: GPL-2.0
/*
 * The descriptors that are worked on, and sockets of each state among them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include "fuzz.h"

atomic_int fz_slot[FZ_SLOTS];

unsigned int fz_slot_any(struct fz *f)
{
	return fz_pick(f, FZ_SOCKETS);
}

/* What stands in a slot; where calls are only listed, its number */
int fz_fd(struct fz *f, unsigned int slot)
{
	return fz_opt.list ? (int)slot : atomic_load(&fz_slot[slot]);
}

/* A descriptor: a socket mostly; another; none */
int fz_any(struct fz *f)
{
	static const int none[] = { -1, -100, 1023, 0x7fffffff };
	unsigned int odd = fz_pick(f, 100), slot = fz_pick(f, FZ_SOCKETS), other = fz_pick(f, FZ_SLOTS);

	if (odd == 0)
		return none[slot % ARRAY_SIZE(none)];
	return fz_fd(f, odd < 6 ? other : slot);
}

/* A new descriptor takes a slot; what was there is closed */
void fz_put(struct fz *f, unsigned int slot, long fd)
{
	int old;

	if (fd < 0)
		return;
	old = atomic_exchange(&fz_slot[slot], fd);
	if (old >= 0 && old != fd)
		FZ_CALL(f, close, old);
}

/* A descriptor of the fuzzer's own goes where no slot's number is: another worker may close that at any time */
int fz_hide(int fd)
{
	int hidden = fcntl(fd, F_DUPFD_CLOEXEC, 900);

	if (fd >= 0)
		close(fd);
	return hidden;
}

static int flags(struct fz *f)
{
	return (fz_one_in(f, 4) ? 0 : SOCK_NONBLOCK) | (fz_one_in(f, 4) ? SOCK_CLOEXEC : 0);
}

static enum fz_whose some_wire(struct fz *f)
{
	return fz_one_in(f, 2) ? FZ_INET : FZ_NATIVE;
}

/* A socket of naru's, on one of its wires, or of the kernel's */
static int open_socket(struct fz *f, enum fz_whose whose, int family)
{
	int type = (f->dgram ? SOCK_DGRAM : SOCK_STREAM) | flags(f);
	int wire = f->dgram ? IPPROTO_UDP : IPPROTO_TCP;
	int *domain = fz_take(f, sizeof(*domain));
	long fd;

	if (whose == FZ_OF_KERNEL)
		return FZ_CALL(f, socket, family, type, 0);
	fd = FZ_CALL(f, socket, AF_NARU, type, whose == FZ_INET ? wire : 0);
	*domain = family;
	if (fz_one_in(f, 2))
		FZ_CALL(f, setsockopt, fd, SOL_NARU, NARU_DOMAIN, (long)domain, sizeof(*domain));
	return fd;
}

static void bind_to(struct fz *f, int fd, int family, int port)
{
	struct sockaddr_storage *ss = fz_take(f, sizeof(*ss));
	socklen_t len = fz_loopback(f, family, port, ss);

	FZ_CALL(f, bind, fd, (long)ss, len);
}

static int any_port(struct fz *f)
{
	return fz_one_in(f, 2) ? 0 : FZ_PORT + (int)fz_pick(f, FZ_PORTS);
}

static void connect_to(struct fz *f, int fd, int to)
{
	struct sockaddr_storage *ss = fz_take(f, sizeof(*ss));
	socklen_t *len = fz_take(f, sizeof(*len));

	*len = sizeof(*ss);
	FZ_CALL(f, getsockname, to, (long)ss, (long)len);
	FZ_CALL(f, connect, fd, (long)ss, *len);
}

/* Two that are connected: @one has connected, @other was accepted by a listener of whose it is */
static void make_pair(struct fz *f, enum fz_whose one_is, enum fz_whose other_is, long *one, long *other)
{
	int family = fz_one_in(f, 2) ? AF_INET : AF_INET6;
	int listener = open_socket(f, other_is, family);

	bind_to(f, listener, family, 0);
	FZ_CALL(f, listen, listener, 3);
	*one = open_socket(f, one_is, family);
	if (f->dgram)
		bind_to(f, *one, family, 0);
	connect_to(f, *one, listener);
	if (f->dgram) {
		connect_to(f, listener, *one);
		*other = listener;
		return;
	}
	*other = FZ_CALL(f, accept4, listener, 0, 0, flags(f));
	FZ_CALL(f, close, listener);
}

static void make_connected(struct fz *f, unsigned int slot)
{
	enum fz_whose wire = some_wire(f);
	long one, other;

	make_pair(f, wire, wire, &one, &other);
	fz_put(f, slot, one);
	fz_put(f, fz_slot_any(f), other);
}

static void make_to_kernel(struct fz *f, unsigned int slot)
{
	bool accepted = fz_one_in(f, 2);
	long one, other;

	if (accepted)
		make_pair(f, FZ_OF_KERNEL, FZ_INET, &one, &other);
	else
		make_pair(f, FZ_INET, FZ_OF_KERNEL, &one, &other);
	fz_put(f, slot, accepted ? other : one);
	fz_put(f, FZ_KERNEL + fz_pick(f, 2), accepted ? one : other);
}

static void make_connecting(struct fz *f, unsigned int slot)
{
	struct sockaddr_storage *ss = fz_take(f, sizeof(*ss));
	int family = fz_one_in(f, 2) ? AF_INET : AF_INET6;
	int fd = open_socket(f, some_wire(f), family);
	socklen_t len = fz_nowhere(family, any_port(f) + 1, ss);

	FZ_CALL(f, connect, fd, (long)ss, len);
	fz_put(f, slot, fd);
}

static void make_bound(struct fz *f, unsigned int slot, bool listens)
{
	int family = fz_one_in(f, 2) ? AF_INET : AF_INET6;
	int fd = open_socket(f, some_wire(f), family);

	bind_to(f, fd, family, any_port(f));
	if (listens)
		FZ_CALL(f, listen, fd, fz_pick(f, 4));
	fz_put(f, slot, fd);
}

/* By a FIN, or where @reset by a RST; with and without data before */
static void make_ended(struct fz *f, unsigned int slot, bool reset)
{
	struct { int on, seconds; } *linger = fz_take(f, sizeof(*linger));
	enum fz_whose wire = some_wire(f), peer = wire;
	bool data = fz_one_in(f, 2);
	long one, other;

	if (wire == FZ_INET && fz_one_in(f, 2))
		peer = FZ_OF_KERNEL;
	make_pair(f, wire, peer, &one, &other);
	if (data)
		FZ_CALL(f, sendto, other, (long)f->arena, 5000, MSG_DONTWAIT, 0, 0);
	linger->on = reset;
	FZ_CALL(f, setsockopt, other, SOL_SOCKET, SO_LINGER, (long)linger, sizeof(*linger));
	FZ_CALL(f, close, other);
	fz_put(f, slot, one);
}

/* A socket of naru's in that state takes the slot */
void fz_make(struct fz *f, unsigned int slot, enum fz_state state)
{
	f->dgram = fz_opt.dgram && fz_one_in(f, 2);
	switch (state) {
	case FZ_FRESH:
		fz_put(f, slot, open_socket(f, some_wire(f), fz_one_in(f, 2) ? AF_INET : AF_INET6));
		break;
	case FZ_BOUND:
	case FZ_LISTENING:
		make_bound(f, slot, state == FZ_LISTENING);
		break;
	case FZ_CONNECTING:
		make_connecting(f, slot);
		break;
	case FZ_TO_KERNEL:
		make_to_kernel(f, slot);
		break;
	case FZ_PEER_CLOSED:
	case FZ_RESET:
		make_ended(f, slot, state == FZ_RESET);
		break;
	default:
		make_connected(f, slot);
		if (state == FZ_SHUT)
			FZ_CALL(f, shutdown, fz_fd(f, slot), fz_pick(f, 3));
		if (state == FZ_CLOSED)
			FZ_CALL(f, close, fz_fd(f, slot));
	}
}

/* A round's first descriptors: all states, and what sockets are used with */
void fz_first(struct fz *f)
{
	int *pair = fz_take(f, 2 * sizeof(*pair));
	char *name = fz_take(f, 8);
	unsigned int i;
	long file;

	for (i = 0; i < FZ_SLOTS; i++)
		atomic_store(&fz_slot[i], -1);
	for (i = 0; i < FZ_STATES; i++)
		fz_make(f, i, i);
	memcpy(name, "fuzz", 4);
	file = FZ_CALL(f, memfd_create, (long)name, 0);
	FZ_CALL(f, ftruncate, file, 300000);
	fz_put(f, FZ_FILE, file);
	if (!FZ_CALL(f, pipe2, (long)pair, O_NONBLOCK)) {
		fz_put(f, FZ_PIPE_READ, pair[0]);
		fz_put(f, FZ_PIPE_WRITE, pair[1]);
	}
	fz_put(f, FZ_EPOLL, FZ_CALL(f, epoll_create1, 0));
}
