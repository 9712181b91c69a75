/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was refused to whom.
 */
#ifndef NARU_LEDGER_H
#define NARU_LEDGER_H

#include <linux/list.h>
#include <linux/naru_genl.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>

#define NARU_LEDGER_PROCS	256	/* processes of a namespace, the last that were refused something first */
#define NARU_LEDGER_LINES	32	/* different things that one was refused */

struct naru_net;
struct sock;

/**
 * struct naru_ledger_line - something that was refused
 * @kind: enum naru_genl_refused_kind
 * @err: errno, positive
 * @level: level of an option or control message, else 0
 * @name: option, flag, ioctl, type of a control message
 * @count: how often
 */
struct naru_ledger_line {
	u8 kind;
	u16 err;
	s32 level;
	u32 name;
	u64 count;
};

/**
 * struct naru_ledger_number - what a process is called in a pid namespace
 * @ns: the namespace's inode number, which another may have when it is gone
 * @nr: the process's number there
 */
struct naru_ledger_number {
	u32 ns;
	u32 nr;
};

/**
 * struct naru_ledger_proc - a process that something was refused to, alive or not
 *
 * It refers to nothing of the process's: a struct pid would keep pid namespaces that have ended.
 *
 * @link: in naru_ledger.procs
 * @born: when the process began, in ns since boot
 * @uid: whose it was when that happened first
 * @id: number in the namespace, higher than those before it
 * @num: lines
 * @lost: refusals that no line was left for
 * @comm: its command when that happened last
 * @line: what was refused
 * @level: how deep its pid namespace is, 0: the first
 * @number: of its thread group in the namespaces down to its own, by their levels
 */
struct naru_ledger_proc {
	struct list_head link;
	u64 born;
	kuid_t uid;
	u64 id;
	u32 num;
	u64 lost;
	char comm[TASK_COMM_LEN];
	struct naru_ledger_line line[NARU_LEDGER_LINES];
	u32 level;
	struct naru_ledger_number number[];
};

void naru_ledger_netns_init(struct naru_net *nn);
void naru_ledger_netns_exit(struct naru_net *nn);
void naru_ledger_refuse(struct sock *sk, u8 kind, int level, u32 name, int err);
struct naru_ledger_proc *naru_ledger_next(struct naru_net *nn, u64 id);
u32 naru_ledger_pid(const struct naru_ledger_proc *proc);

#endif
