/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who opened a socket, or accepted it.
 */
#ifndef NARU_OWNER_H
#define NARU_OWNER_H

#include <linux/pid.h>
#include <linux/sched.h>

/**
 * struct naru_owner - a process, which may be gone
 * @pid: its number, a reference; NULL: nobody's. Set once, behind @comm
 * @comm: its command then
 */
struct naru_owner {
	struct pid *pid;
	char comm[TASK_COMM_LEN];
};

void naru_owner_set(struct naru_owner *owner);
void naru_owner_put(struct naru_owner *owner);

/* The process, with @owner->comm; NULL: nobody */
static inline struct pid *naru_owner_pid(const struct naru_owner *owner)
{
	/* pairs with the release in naru_owner_set() */
	return smp_load_acquire(&owner->pid);
}

#endif
