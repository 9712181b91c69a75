/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The supervisor of programs that no library can be put into.
 */
#ifndef NARU_TOOLS_RUN_SUPERVISE_H
#define NARU_TOOLS_RUN_SUPERVISE_H

#include <linux/seccomp.h>
#include <sys/types.h>
#include "run.h"

/**
 * struct supervisor - a process of its own
 * @config: which sockets are naru's
 * @listener: what the kernel tells of the program's calls
 * @notice: room for one, as large as the kernel has them
 * @notice_size: its size in bytes
 */
struct supervisor {
	struct run_config config;
	int listener;
	struct seccomp_notif *notice;
	size_t notice_size;
};

/**
 * struct supervise_old - a socket of naru's that is not to stay the program's
 * @fd: our own file descriptor of it
 * @cloexec: the program's is close-on-exec
 */
struct supervise_old {
	int fd;
	bool cloexec;
};

/* supervise.c */
int supervise_start(const struct run_config *c);

/* supervise_filter.c */
int supervise_filter_install(const struct run_config *c);

/* supervise_look.c */
int supervise_concerns(const struct seccomp_notif *n);
int supervise_look(const struct supervisor *s, const struct seccomp_notif *n, struct supervise_old *old);

/* supervise_call.c */
void supervise_call(const struct supervisor *s, const struct seccomp_notif *n, const struct supervise_old *old);
void supervise_answer(const struct supervisor *s, const struct seccomp_notif *n, int err);
void supervise_let_through(const struct supervisor *s, const struct seccomp_notif *n);

/* supervise_as.c */
bool supervise_same(pid_t tid);
int supervise_cgroup(pid_t tid);
int supervise_become(pid_t tid);

#endif
