/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The syscall fuzzer: what its files share.
 *
 * A run is a row of eras, each in a network namespace of its own; an era is a row of rounds, each in a process
 * namespace of its own, so that nothing outlives it; a round is some workers, threads that make
 * operations, of some calls each, on the same few descriptors. An operation is drawn from the seed, the numbers of the
 * round and the worker, and its own: what was drawn before, and what it came to, has no part in it.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <linux/naru.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define FZ_WORKERS	4
#define FZ_PORTS	6	/* from FZ_PORT, that sockets are bound to, over and over */
#define FZ_PORT		7000
#define FZ_KERNEL_PORT	7900	/* the kernel's own TCP listens there */
#define FZ_PAYLOAD	49152	/* most bytes of one buffer */

/* Descriptors that are worked on: sockets of naru's, and what they are used with */
enum {
	FZ_SOCKETS = 14,
	FZ_KERNEL = FZ_SOCKETS,	/* two of the kernel's own */
	FZ_FILE = FZ_KERNEL + 2,
	FZ_PIPE_READ,
	FZ_PIPE_WRITE,
	FZ_EPOLL,
	FZ_UNIX,
	FZ_SLOTS
};

/* States that sockets are brought into */
enum fz_state {
	FZ_FRESH,
	FZ_BOUND,
	FZ_LISTENING,
	FZ_CONNECTING,		/* nobody answers */
	FZ_CONNECTED,		/* to another of naru's */
	FZ_TO_KERNEL,		/* to the kernel's own */
	FZ_SHUT,		/* by shutdown(2), one way or both */
	FZ_PEER_CLOSED,
	FZ_RESET,
	FZ_CLOSED,		/* a number that was a socket */
	FZ_STATES
};

enum fz_whose { FZ_OF_KERNEL, FZ_INET, FZ_NATIVE };

/* What the command line asks for */
struct fz_options {
	uint64_t seed;
	unsigned int seconds;	/* 0: no limit */
	unsigned int rounds;	/* 0: no limit */
	unsigned int first;	/* round to begin with */
	bool dgram;
	bool list;		/* print what is drawn, call nothing */
	bool verbose;
};

/* What all processes of a run share */
struct fz_shared {
	atomic_ulong rounds, calls, succeeded, failed_allocs;
	atomic_ulong of[512][2];	/* by number of the system call: succeeded, failed */
	atomic_ulong pairs;		/* of state and option that were swept */
	atomic_bool stop;
	atomic_bool broken;		/* something is wrong, and was said */
};

/* A worker, or a child that it has forked */
struct fz {
	uint64_t seed;			/* of the round and the worker */
	uint64_t rng;
	unsigned int index;
	pid_t tid;
	atomic_long since;		/* ms, when its call began; 0: it is in none */
	atomic_uintptr_t name;		/* const char *, of that call */
	char *arena;
	size_t used;
	char *guard;
	int home;			/* its network namespace */
	int fail_fd;			/* /proc/thread-self/fail-nth, -1: none */
	int ring;			/* io_uring, -1: none yet */
	struct fz_ring *rings;
	bool dgram;			/* what is opened now is for datagrams */
};

/* A round, as its seed has drawn it */
struct fz_round {
	unsigned int number;
	unsigned int workers;
	unsigned int ops;		/* that each worker makes */
	enum fz_state swept;		/* state in which each option is tried */
	bool genl;			/* another worker makes requests */
	bool fail_calls;		/* allocations of calls fail */
	bool fail_atomic;		/* those fail that may not sleep, whoever asks */
};

extern struct fz_options fz_opt;
extern struct fz_shared *fz_shared;
extern atomic_int fz_slot[FZ_SLOTS];

/* fuzz_draw.c */
uint64_t fz_mix(uint64_t x);
void fz_seed(struct fz *f, unsigned int n);
uint64_t fz_u64(struct fz *f);
unsigned int fz_pick(struct fz *f, unsigned int n);
bool fz_one_in(struct fz *f, unsigned int n);
int fz_int(struct fz *f);
void fz_arena(struct fz *f);
void *fz_take(struct fz *f, size_t size);
void *fz_lie(struct fz *f, void *p, size_t size);
size_t fz_size(struct fz *f);
void fz_fill(struct fz *f, void *p, size_t size);
struct sockaddr *fz_addr(struct fz *f, socklen_t *len);
socklen_t fz_loopback(struct fz *f, int family, int port, void *addr);
socklen_t fz_nowhere(int family, int port, void *addr);
int fz_flags(struct fz *f);
const char *fz_device(struct fz *f);

/* fuzz_call.c */
long fz_call(struct fz *f, long nr, const char *name, const long *arg);
#define FZ_CALL(f, name, ...) \
	fz_call(f, SYS_##name, #name, FZ_ARGS(__VA_ARGS__))
#define FZ_ARGS(...)	((long[6]) { __VA_ARGS__ })
long fz_now(void);
void fz_broken(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* fuzz_socket.c */
int fz_hide(int fd);
unsigned int fz_slot_any(struct fz *f);
int fz_fd(struct fz *f, unsigned int slot);
int fz_any(struct fz *f);
void fz_put(struct fz *f, unsigned int slot, long fd);
void fz_make(struct fz *f, unsigned int slot, enum fz_state state);
void fz_first(struct fz *f);

/* fuzz_op.c, and what it finds in fuzz_file.c, fuzz_io.c, fuzz_option.c, fuzz_uring.c */
void fz_op(struct fz *f);
void fz_lo_up(struct fz *f);
void fz_op_names(struct fz *f);
void fz_op_ioctl(struct fz *f);
void fz_op_fcntl(struct fz *f);
void fz_op_file(struct fz *f);
void fz_op_poll(struct fz *f);
void fz_op_send(struct fz *f);
void fz_op_recv(struct fz *f);
void fz_op_splice(struct fz *f);
void fz_op_pass(struct fz *f);
void fz_op_setsockopt(struct fz *f);
void fz_op_getsockopt(struct fz *f);
void fz_op_uring(struct fz *f);
void fz_op_genl(struct fz *f);

/* fuzz_option.c */
void fz_sweep(struct fz *f, enum fz_state state);

/* fuzz_msg.c */
struct msghdr *fz_msg(struct fz *f, bool sends);

/* fuzz_round.c */
struct fz_round fz_round(unsigned int number);
int fz_round_run(const struct fz_round *r);
void fz_round_list(const struct fz_round *r);
void fz_fork(struct fz *f, void (*what)(struct fz *f, unsigned int n), unsigned int n);

/* fuzz_check.c */
bool fz_check(const struct fz_round *r);
void fz_check_init(void);

#endif
