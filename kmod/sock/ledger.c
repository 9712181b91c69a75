// SPDX-License-Identifier: GPL-2.0
/*
 * The ledger: what was refused to which process. Nothing of it is looked at before something is refused.
 */
#include <linux/cred.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "naru.h"
#include "ledger.h"

/**
 * naru_ledger_netns_init - an empty ledger
 * @nn: namespace that is being made
 */
void naru_ledger_netns_init(struct naru_net *nn)
{
	spin_lock_init(&nn->ledger.lock);
	INIT_LIST_HEAD(&nn->ledger.procs);
}

/**
 * naru_ledger_netns_exit - the ledger goes with its namespace
 * @nn: namespace without sockets
 *
 * Context: process.
 */
void naru_ledger_netns_exit(struct naru_net *nn)
{
	struct naru_ledger_proc *proc, *next;

	list_for_each_entry_safe(proc, next, &nn->ledger.procs, link)
		kfree(proc);
}

/* No two have had the same number and begun in the same moment. What execs begins no more */
static bool is_current(const struct naru_ledger_proc *proc)
{
	return proc->number[0].nr == task_tgid_nr(current) && proc->born == current->group_leader->start_boottime;
}

static struct naru_ledger_proc *find(struct naru_ledger *ledger)
{
	struct naru_ledger_proc *proc;

	list_for_each_entry_reverse(proc, &ledger->procs, link)
		if (is_current(proc))
			return proc;
	return NULL;
}

static struct naru_ledger_line *line_of(struct naru_ledger_proc *proc, const struct naru_ledger_line *like)
{
	struct naru_ledger_line *line = proc->line;

	for (; line < &proc->line[proc->num]; line++)
		if (line->kind == like->kind && line->level == like->level && line->name == like->name &&
		    line->err == like->err)
			return line;
	if (proc->num == NARU_LEDGER_LINES)
		return NULL;
	*line = *like;
	proc->num++;
	return line;
}

static void count(struct naru_ledger_proc *proc, const struct naru_ledger_line *like, const char *comm)
{
	struct naru_ledger_line *line = line_of(proc, like);

	strscpy(proc->comm, comm, sizeof(proc->comm));
	if (line)
		line->count++;
	else
		proc->lost++;
}

static struct naru_ledger_proc *new_proc(void)
{
	const struct pid *pid = task_tgid(current);
	struct naru_ledger_proc *proc = kzalloc(struct_size(proc, number, pid->level + 1), GFP_KERNEL_ACCOUNT);
	u32 i;

	if (!proc)
		return NULL;
	proc->born = current->group_leader->start_boottime;
	proc->uid = current_uid();
	proc->level = pid->level;
	for (i = 0; i <= pid->level; i++) {
		proc->number[i].ns = pid->numbers[i].ns->ns.inum;
		proc->number[i].nr = pid->numbers[i].nr;
	}
	return proc;
}

/* ledger->lock. The oldest makes room, and is returned for kfree(), or NULL */
static struct naru_ledger_proc *add(struct naru_ledger *ledger, struct naru_ledger_proc *proc)
{
	struct naru_ledger_proc *oldest = NULL;

	if (ledger->num == NARU_LEDGER_PROCS) {
		oldest = list_first_entry(&ledger->procs, struct naru_ledger_proc, link);
		list_del(&oldest->link);
		ledger->num--;
	}
	proc->id = ++ledger->last_id;
	list_add_tail(&proc->link, &ledger->procs);
	ledger->num++;
	return oldest;
}

/* False: the process is not in the ledger */
static bool count_known(struct naru_ledger *ledger, const struct naru_ledger_line *like, const char *comm)
{
	struct naru_ledger_proc *proc;

	spin_lock(&ledger->lock);
	proc = find(ledger);
	if (proc)
		count(proc, like, comm);
	spin_unlock(&ledger->lock);
	return proc;
}

/* Another thread of the process may have been faster */
static void count_new(struct naru_ledger *ledger, const struct naru_ledger_line *like, const char *comm)
{
	struct naru_ledger_proc *proc = new_proc(), *other, *leave;

	if (!proc)
		return;
	spin_lock(&ledger->lock);
	other = find(ledger);
	leave = other ? proc : add(ledger, proc);
	count(other ? : proc, like, comm);
	spin_unlock(&ledger->lock);
	kfree(leave);
}

/**
 * naru_ledger_refuse - something is refused to the process that asks
 * @sk: socket, stream or datagram, locked or not
 * @kind: enum naru_genl_refused_kind
 * @level: level of an option or control message, else 0
 * @name: option, flag, ioctl, type of a control message
 * @err: errno it gets, positive
 *
 * Context: process, may sleep. Where there is no memory for it, it is not counted.
 */
void naru_ledger_refuse(struct sock *sk, u8 kind, int level, u32 name, int err)
{
	struct naru_ledger_line like = { .kind = kind, .err = err, .level = level, .name = name };
	struct naru_ledger *ledger = &naru_net(sock_net(sk))->ledger;
	char comm[TASK_COMM_LEN];

	get_task_comm(comm, current->group_leader);
	if (!count_known(ledger, &like, comm))
		count_new(ledger, &like, comm);
}

/**
 * naru_ledger_next - a process of the ledger, as it is now
 * @nn: namespace
 * @id: of the one before, 0 for the first
 *
 * Context: process, may sleep.
 *
 * Return: a copy for kfree(); NULL at the end; an ERR_PTR, -ENOMEM.
 */
struct naru_ledger_proc *naru_ledger_next(struct naru_net *nn, u64 id)
{
	struct naru_ledger_proc *copy = kmalloc(struct_size(copy, number, MAX_PID_NS_LEVEL + 1), GFP_KERNEL), *proc;
	bool found = false;

	if (!copy)
		return ERR_PTR(-ENOMEM);
	spin_lock(&nn->ledger.lock);
	list_for_each_entry(proc, &nn->ledger.procs, link) {
		if (proc->id <= id)
			continue;
		memcpy(copy, proc, struct_size(proc, number, proc->level + 1));
		found = true;
		break;
	}
	spin_unlock(&nn->ledger.lock);
	if (found)
		return copy;
	kfree(copy);
	return NULL;
}

/* When the first process of the caller's pid namespace began, before which there was none in it */
static u64 namespace_born(void)
{
	const struct task_struct *first;
	u64 born = U64_MAX;

	rcu_read_lock();
	first = pid_task(find_vpid(1), PIDTYPE_TGID);
	if (first)
		born = first->start_boottime;
	rcu_read_unlock();
	return born;
}

/**
 * naru_ledger_pid - what the caller's pid namespace calls a process
 * @proc: from naru_ledger_next()
 *
 * Context: process.
 *
 * Return: its number there; 0: it is none of that namespace's.
 */
u32 naru_ledger_pid(const struct naru_ledger_proc *proc)
{
	const struct pid_namespace *ns = task_active_pid_ns(current);

	if (ns->level > proc->level || proc->number[ns->level].ns != ns->ns.inum)
		return 0;
	/* one that is gone may have had the same inode number */
	return proc->born < namespace_born() ? 0 : proc->number[ns->level].nr;
}
