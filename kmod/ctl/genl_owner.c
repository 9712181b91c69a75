// SPDX-License-Identifier: GPL-2.0
/*
 * Who has sockets open: the descriptors of the processes that the reader's pid namespace has. Those that were inherited
 * or passed are among them, as nobody is told when that happens.
 */
#include <linux/cgroup.h>
#include <linux/fdtable.h>
#include <linux/kernfs.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include "genl_query.h"
#include "sock/dgram.h"

#define FILES_AT_ONCE	256	/* descriptors that are looked at under a process's locks */
#define HEADS_MAX	(1U << 20)
#define CHUNK_NUM	((PAGE_SIZE - 2 * sizeof(void *)) / sizeof(struct naru_query_owner))

struct naru_owner_chunk {
	struct naru_owner_chunk *next;
	unsigned int num;
	struct naru_query_owner owner[CHUNK_NUM];
};

/* A process that is looked at */
struct look {
	struct naru_owners *owners;
	const struct naru_query *q;
	const struct net *net;
	struct naru_owner_proc *proc;
	unsigned int left;		/* of FILES_AT_ONCE */
	bool used;			/* @proc has one */
};

static struct sock *sock_of(const struct look *l, struct file *file)
{
	struct socket *sock = sock_from_file(file);
	const struct proto_ops *ops = sock ? READ_ONCE(sock->ops) : NULL;
	struct sock *sk;

	if (!ops || (ops != &naru_stream_ops && ops != &naru_dgram_ops))
		return NULL;
	sk = READ_ONCE(sock->sk);
	return sk && net_eq(sock_net(sk), l->net) && naru_query_may_see(l->q, sk) ? sk : NULL;
}

/* Not 0: one more than the descriptor to go on with, when its locks were released */
static int see_file(const void *arg, struct file *file, unsigned int fd)
{
	struct look *l = (struct look *)arg;
	struct naru_owner_chunk *chunk = l->owners->chunk;
	struct naru_query_owner *o, **head;
	struct sock *sk;

	if (!l->left-- || chunk->num == CHUNK_NUM)
		return fd + 1;
	sk = sock_of(l, file);
	if (!sk)
		return 0;
	o = &chunk->owner[chunk->num++];
	o->id = naru_sk(sk)->node.id;
	o->fd = fd;
	o->proc = &l->proc->p;
	head = &l->owners->head[o->id & l->owners->mask];
	o->next = *head;
	*head = o;
	l->used = true;
	return 0;
}

static bool add_chunk(struct naru_owners *owners)
{
	struct naru_owner_chunk *chunk = kmalloc(sizeof(*chunk), GFP_KERNEL_ACCOUNT);

	BUILD_BUG_ON(sizeof(*chunk) > PAGE_SIZE);
	if (!chunk)
		return false;
	chunk->num = 0;
	chunk->next = owners->chunk;
	owners->chunk = chunk;
	return true;
}

static int see_files(struct look *l, struct task_struct *task)
{
	int next = 1;

	while (next) {
		if (l->owners->chunk->num == CHUNK_NUM && !add_chunk(l->owners))
			return -ENOMEM;
		l->left = FILES_AT_ONCE;
		task_lock(task);
		next = task->files ? iterate_fd(task->files, next - 1, see_file, l) : 0;
		task_unlock(task);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/**
 * naru_owners_path() - the name of a control group
 * @ns: cgroup namespace it is named in
 * @cgroup: of cgroup2
 * @path: room for NARU_QUERY_PATH bytes
 *
 * Context: any; the control group stays where it is.
 *
 * Return: @path, or NULL where it has no room for the name.
 */
const char *naru_owners_path(const struct cgroup_namespace *ns, const struct cgroup *cgroup, char *path)
{
#ifdef CONFIG_SOCK_CGROUP_DATA
	int len = kernfs_path_from_node(cgroup->kn, ns->root_cset->dfl_cgrp->kn, path, NARU_QUERY_PATH);

	return len > 0 && len < NARU_QUERY_PATH ? path : NULL;
#else
	return NULL;
#endif
}

static bool name_cgroup(struct naru_query *q, struct task_struct *task, struct naru_owner_proc *proc)
{
	const char *path = NULL;

#ifdef CONFIG_SOCK_CGROUP_DATA
	rcu_read_lock();
	path = naru_owners_path(q->cgroup_ns, task_dfl_cgroup(task), q->path);
	rcu_read_unlock();
#endif
	proc->cgroup = path ? kstrdup(path, GFP_KERNEL_ACCOUNT) : NULL;
	return !path || proc->cgroup;
}

static int see_task(struct naru_query *q, const struct net *net, struct task_struct *task)
{
	struct look l = { .owners = q->owners, .q = q, .net = net };
	int err;

	l.proc = kzalloc(sizeof(*l.proc), GFP_KERNEL_ACCOUNT);
	if (!l.proc)
		return -ENOMEM;
	l.proc->p.pid = task_tgid_nr_ns(task, q->pid_ns);
	rcu_read_lock();
	get_task_comm(l.proc->p.comm, READ_ONCE(task->group_leader));
	rcu_read_unlock();
	l.proc->uid = task_uid(task);
	err = see_files(&l, task);
	if (!l.used) {
		kfree(l.proc);
		return err;
	}
	list_add_tail(&l.proc->link, &q->owners->procs);
	return !err && !name_cgroup(q, task, l.proc) ? -ENOMEM : err;
}

/* Threads have the files of their process, but for those that have left them */
static bool has_own_files(const struct task_struct *task)
{
	const struct task_struct *leader = READ_ONCE(task->group_leader);

	return task == leader || READ_ONCE(task->files) != READ_ONCE(leader->files);
}

/*
 * The next thread whose number is @nr or more; @nr becomes one more than its number. @task: it, with a reference, where
 * it has files that were not seen with another. False: there is none
 */
static bool next_task_of(struct pid_namespace *ns, int *nr, struct task_struct **task)
{
	struct pid *pid;

	*task = NULL;
	rcu_read_lock();
	pid = idr_get_next(&ns->idr, nr);
	if (pid)
		*task = pid_task(pid, PIDTYPE_PID);
	if (*task && has_own_files(*task))
		get_task_struct(*task);
	else
		*task = NULL;
	rcu_read_unlock();
	++*nr;
	return pid;
}

static int see_tasks(struct naru_query *q, const struct net *net)
{
	struct task_struct *task;
	int nr = 1, err = 0;

	while (!err && next_task_of(q->pid_ns, &nr, &task)) {
		if (!task)
			continue;
		err = see_task(q, net, task);
		put_task_struct(task);
	}
	return err;
}

/**
 * naru_owners_find() - look up who has the sockets of a namespace open
 * @q: query, begun; gets them, once
 * @net: the namespace
 *
 * Process context; may sleep.
 *
 * Return: 0, -ENOMEM, -EINTR.
 */
int naru_owners_find(struct naru_query *q, const struct net *net)
{
	u32 heads = clamp_t(u32, atomic_read(&naru_net(net)->nr_socks), 16, HEADS_MAX);
	struct naru_owners *o;

	if (q->owners)
		return 0;
	o = kzalloc(sizeof(*o), GFP_KERNEL_ACCOUNT);
	if (!o)
		return -ENOMEM;
	INIT_LIST_HEAD(&o->procs);
	q->owners = o;
	heads = roundup_pow_of_two(heads);
	o->mask = heads - 1;
	o->head = kvcalloc(heads, sizeof(*o->head), GFP_KERNEL_ACCOUNT);
	if (!o->head || !add_chunk(o))
		return -ENOMEM;
	return see_tasks(q, net);
}

/**
 * naru_owners_free() - they are not wanted any more
 * @o: from naru_owners_find(), or NULL
 *
 * Process context.
 */
void naru_owners_free(struct naru_owners *o)
{
	struct naru_owner_proc *proc, *next;
	struct naru_owner_chunk *chunk;

	if (!o)
		return;
	while ((chunk = o->chunk)) {
		o->chunk = chunk->next;
		kfree(chunk);
	}
	list_for_each_entry_safe(proc, next, &o->procs, link) {
		kfree(proc->cgroup);
		kfree(proc);
	}
	kvfree(o->head);
	kfree(o);
}

/**
 * naru_owners_of() - who has one socket open
 * @o: from naru_owners_find(), or NULL
 * @id: number of the socket
 *
 * Any context.
 *
 * Return: descriptors, those of others among them; NULL where none is its.
 */
const struct naru_query_owner *naru_owners_of(const struct naru_owners *o, u32 id)
{
	const struct naru_query_owner *owner = o ? o->head[id & o->mask] : NULL;

	while (owner && owner->id != id)
		owner = owner->next;
	return owner;
}

static int put_owner(struct sk_buff *skb, const struct naru_query *q, const struct naru_query_owner *o)
{
	const struct naru_owner_proc *proc = container_of(o->proc, struct naru_owner_proc, p);
	struct nlattr *nest = nla_nest_start(skb, NARU_SOCK_OWNER);

	if (!nest || nla_put_u32(skb, NARU_OWNER_PID, proc->p.pid) ||
	    nla_put_string(skb, NARU_OWNER_COMM, proc->p.comm) ||
	    nla_put_u32(skb, NARU_OWNER_UID, from_kuid_munged(q->user_ns, proc->uid)) ||
	    nla_put_u32(skb, NARU_OWNER_FD, o->fd))
		return -EMSGSIZE;
	if (proc->cgroup && nla_put_string(skb, NARU_OWNER_CGROUP, proc->cgroup))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Nobody has it open: who did once */
static int put_opener(struct sk_buff *skb, const struct naru_query *q, const struct sock *sk)
{
	const struct naru_owner *owner = &naru_sk(sk)->owner;
	struct pid *pid = naru_owner_pid(owner);
	u32 nr = pid ? pid_nr_ns(pid, q->pid_ns) : 0;
	struct nlattr *nest;

	if (!nr)
		return 0;
	nest = nla_nest_start(skb, NARU_SOCK_OWNER);
	if (!nest || nla_put_u32(skb, NARU_OWNER_PID, nr) || nla_put_string(skb, NARU_OWNER_COMM, owner->comm))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_cgroup(struct sk_buff *skb, struct naru_query *q, struct sock *sk)
{
#ifdef CONFIG_SOCK_CGROUP_DATA
	const char *path = naru_owners_path(q->cgroup_ns, sock_cgroup_ptr(&sk->sk_cgrp_data), q->path);

	if (path && nla_put_string(skb, NARU_SOCK_CGROUP, path))
		return -EMSGSIZE;
#endif
	return 0;
}

static u32 count_owners(const struct naru_query_owner *o, u32 id)
{
	u32 num = 0;

	for (; o; o = o->next)
		num += o->id == id;
	return num;
}

/* As many as there is room for, where nothing else is in the message that could go before */
static int put_owners(struct sk_buff *skb, const struct naru_query *q, const struct naru_query_owner *o, u32 id,
		      bool alone)
{
	unsigned char *end = skb_tail_pointer(skb);
	u32 num = 0;

	for (; o && num < NARU_OWNERS_MAX; o = o->next) {
		if (o->id != id)
			continue;
		if (put_owner(skb, q, o)) {
			nlmsg_trim(skb, end);
			return alone ? 0 : -EMSGSIZE;
		}
		end = skb_tail_pointer(skb);
		num++;
	}
	return 0;
}

/**
 * naru_owners_put() - a socket's owners and its control group
 * @skb: message
 * @q: query, its owners found
 * @row: row of a socket that the reader may see all of
 * @alone: no other row is in the message: owners that it has no room for are left out
 *
 * Process context.
 *
 * Return: 0 or -EMSGSIZE.
 */
int naru_owners_put(struct sk_buff *skb, struct naru_query *q, const struct naru_row *row, bool alone)
{
	const struct naru_query_owner *o = naru_owners_of(q->owners, row->id);

	if (nla_put_u32(skb, NARU_SOCK_OWNERS, count_owners(o, row->id)) || put_cgroup(skb, q, row->sk))
		return -EMSGSIZE;
	return o ? put_owners(skb, q, o, row->id, alone) : put_opener(skb, q, row->sk);
}
