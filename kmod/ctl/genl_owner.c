// SPDX-License-Identifier: GPL-2.0
/*
 * Who has sockets open: the descriptors of the processes that the reader's pid namespace has. Those that were inherited
 * or passed are among them, as nobody is told when that happens.
 */
#include <linux/cgroup.h>
#include <linux/fdtable.h>
#include <linux/hash.h>
#include <linux/kernfs.h>
#include <linux/pid_namespace.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include "genl_query.h"
#include "sock/dgram.h"

#define FILES_AT_ONCE	256	/* descriptors that are looked at under a process's locks */
#define HEADS_MAX	(1U << 20)

/**
 * struct naru_owned - a socket that somebody has open
 * @next: in the list of naru_owners.head
 * @first: descriptors of it, in their order
 * @last: of these
 * @run: the first of the last process's
 * @id: number of the socket
 * @all: how many descriptors there are; of those above NARU_OWNERS_MAX each process's first is in the list
 */
struct naru_owned {
	struct naru_owned *next;
	const struct naru_query_owner *first;
	struct naru_query_owner *last, *run;
	u32 id, all;
};

/* Files of threads that have left their process's, and have been looked at */
struct naru_owner_files {
	struct naru_owner_files *next;
	const struct files_struct *files;
};

#define CHUNK_ROOM	(PAGE_SIZE - sizeof(void *) - sizeof(unsigned long))

/* Room for what there are many of */
struct naru_owner_chunk {
	struct naru_owner_chunk *next;
	unsigned long used;
	u8 room[CHUNK_ROOM] __aligned(8);
};

/* A thread whose files may be looked at */
struct thread {
	struct task_struct *task;
	const struct files_struct *own;	/* its own, or NULL: those of its process */
	char comm[TASK_COMM_LEN];	/* of the process */
};

/* A process that is looked at */
struct look {
	struct naru_owners *owners;
	const struct naru_query *q;
	const struct net *net;
	struct naru_owner_proc *proc;
	unsigned int fd;		/* the next */
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

/* There is room for a socket and a descriptor */
static bool has_room(const struct naru_owners *owners)
{
	return owners->chunk->used + sizeof(struct naru_owned) + sizeof(struct naru_query_owner) <= CHUNK_ROOM;
}

static void *take_room(struct naru_owners *owners, size_t size)
{
	void *room = owners->chunk->room + owners->chunk->used;

	owners->chunk->used += size;
	return room;
}

/* Multiplied with what nobody knows: sockets of chosen numbers are in no list together */
static struct naru_owned **head_of(const struct naru_owners *owners, u32 id)
{
	return &owners->head[(owners->secret * id) >> owners->shift];
}

static struct naru_owned *find_owned(const struct naru_owners *owners, u32 id)
{
	struct naru_owned *owned = *head_of(owners, id);

	while (owned && owned->id != id)
		owned = owned->next;
	return owned;
}

static struct naru_owned *add_owned(struct naru_owners *owners, u32 id)
{
	struct naru_owned *owned = take_room(owners, sizeof(*owned));
	struct naru_owned **head = head_of(owners, id);

	*owned = (struct naru_owned){ .next = *head, .id = id };
	*head = owned;
	return owned;
}

static void append(struct naru_owned *owned, struct naru_query_owner *o)
{
	if (!owned->first)
		owned->first = o;
	else
		owned->last->next = o;
	if (!owned->run || owned->run->proc != o->proc) {
		if (owned->run)
			owned->run->other = o;
		owned->run = o;
	}
	owned->last = o;
}

static void take_file(struct look *l, struct file *file)
{
	struct sock *sk = sock_of(l, file);
	struct naru_query_owner *o;
	struct naru_owned *owned;
	u32 id;

	if (!sk)
		return;
	id = naru_sk(sk)->node.id;
	owned = find_owned(l->owners, id) ? : add_owned(l->owners, id);
	if (++owned->all > NARU_OWNERS_MAX && owned->run->proc == &l->proc->p)
		return;
	o = take_room(l->owners, sizeof(*o));
	*o = (struct naru_query_owner){ .proc = &l->proc->p, .fd = l->fd };
	append(owned, o);
	l->used = true;
}

/* As many as may be looked at under the locks. True: there are more */
static bool see_some_files(struct look *l, struct files_struct *files)
{
	unsigned int end = l->fd + FILES_AT_ONCE, max = files_fdtable(files)->max_fds;
	struct file *file;

	for (; l->fd < min(end, max) && has_room(l->owners); l->fd++) {
		file = files_lookup_fd_locked(files, l->fd);
		if (file)
			take_file(l, file);
	}
	return l->fd < max;
}

/* A function of its own, so that it can be traced how long its locks are held */
static noinline bool see_locked_files(struct look *l, struct task_struct *task)
{
	struct files_struct *files;
	bool more = false;

	task_lock(task);
	files = task->files;
	if (files) {
		spin_lock(&files->file_lock);
		more = see_some_files(l, files);
		spin_unlock(&files->file_lock);
	}
	task_unlock(task);
	return more;
}

/* An ordinary user says how much there is: who asks for it is to fail before others do */
static bool make_room(struct naru_owners *owners)
{
	struct naru_owner_chunk *chunk;

	BUILD_BUG_ON(sizeof(*chunk) != PAGE_SIZE);
	if (owners->chunk && has_room(owners))
		return true;
	chunk = kmalloc(sizeof(*chunk), GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN);
	if (!chunk)
		return false;
	chunk->used = 0;
	chunk->next = owners->chunk;
	owners->chunk = chunk;
	return true;
}

static int see_files(struct look *l, struct task_struct *task)
{
	bool more = true;

	while (more) {
		if (!make_room(l->owners))
			return -ENOMEM;
		more = see_locked_files(l, task);
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
	proc->cgroup_id = cgroup_id(task_dfl_cgroup(task));
	path = naru_owners_path(q->cgroup_ns, task_dfl_cgroup(task), q->path);
	rcu_read_unlock();
#endif
	proc->cgroup = path ? kstrdup(path, GFP_KERNEL_ACCOUNT) : NULL;
	return !path || proc->cgroup;
}

static struct naru_owner_proc **procs_of(struct naru_owners *owners, u32 pid)
{
	return &owners->proc[pid % ARRAY_SIZE(owners->proc)];
}

/* Of a process that has had other files, too */
static struct naru_owner_proc *find_proc(struct naru_owners *owners, u32 pid)
{
	struct naru_owner_proc *proc = *procs_of(owners, pid);

	while (proc && proc->p.pid != pid)
		proc = proc->next;
	return proc;
}

static void add_proc(struct naru_owners *owners, struct naru_owner_proc *proc)
{
	struct naru_owner_proc **head = procs_of(owners, proc->p.pid);

	proc->next = *head;
	*head = proc;
}

static struct naru_owner_proc *make_proc(const struct naru_query *q, const struct thread *t)
{
	struct naru_owner_proc *proc = kzalloc(sizeof(*proc), GFP_KERNEL_ACCOUNT);

	if (!proc)
		return NULL;
	proc->p.pid = task_tgid_nr_ns(t->task, q->pid_ns);
	memcpy(proc->p.comm, t->comm, sizeof(t->comm));
	proc->uid = task_uid(t->task);
	return proc;
}

static int see_thread(struct naru_query *q, const struct net *net, const struct thread *t)
{
	struct look l = { .owners = q->owners, .q = q, .net = net };
	bool known;
	int err;

	BUILD_BUG_ON(sizeof(t->comm) != sizeof(l.proc->p.comm));
	l.proc = find_proc(q->owners, task_tgid_nr_ns(t->task, q->pid_ns));
	known = l.proc;
	if (!known)
		l.proc = make_proc(q, t);
	if (!l.proc)
		return -ENOMEM;
	err = see_files(&l, t->task);
	if (known)
		return err;
	if (!l.used) {
		kfree(l.proc);
		return err;
	}
	add_proc(q->owners, l.proc);
	return !err && !name_cgroup(q, t->task, l.proc) ? -ENOMEM : err;
}

/* An ordinary user learns of processes of his own alone, much as in /proc/PID/fd. Under RCU */
static bool may_see_task(const struct naru_query *q, struct task_struct *task)
{
	const struct cred *cred = __task_cred(task);

	return q->admin || (uid_eq(cred->uid, q->uid) && uid_eq(cred->euid, q->uid) && uid_eq(cred->suid, q->uid));
}

/* Threads have the files of their process, but for those that have left them. Under RCU */
static bool has_files(struct task_struct *task, struct thread *t)
{
	const struct files_struct *files = READ_ONCE(task->files);
	bool leads = thread_group_leader(task);

	t->own = leads ? NULL : files;
	return files && (leads || files != READ_ONCE(task->group_leader->files));
}

/*
 * The next thread whose number is @nr or more; @nr becomes one more than its number. @t: it, with a reference, where
 * it may be seen and has files that its process's leader has not, else NULL. False: there is none.
 *
 * A thread that its number finds has not been let go of, and neither has its leader, who goes last; later nobody keeps
 * him.
 */
static bool next_of(const struct naru_query *q, int *nr, struct thread *t)
{
	struct task_struct *task = NULL;
	struct pid *pid;

	rcu_read_lock();
	pid = idr_get_next(&q->pid_ns->idr, nr);
	if (pid)
		task = pid_task(pid, PIDTYPE_PID);
	if (task && may_see_task(q, task) && has_files(task, t))
		get_task_comm(t->comm, READ_ONCE(task->group_leader));
	else
		task = NULL;
	t->task = task ? get_task_struct(task) : NULL;
	rcu_read_unlock();
	++*nr;
	return pid;
}

/* 0: they are new; 1: another thread with the same has been looked at; -ENOMEM */
static int seen_before(struct naru_owners *owners, const struct files_struct *own)
{
	struct naru_owner_files **head = &owners->files[hash_ptr(own, ilog2(ARRAY_SIZE(owners->files)))], *f;

	for (f = *head; f; f = f->next)
		if (f->files == own)
			return 1;
	if (!make_room(owners))
		return -ENOMEM;
	f = take_room(owners, sizeof(*f));
	*f = (struct naru_owner_files){ .next = *head, .files = own };
	*head = f;
	return 0;
}

static int see_next(struct naru_query *q, const struct net *net, const struct thread *t)
{
	int seen = t->own ? seen_before(q->owners, t->own) : 0;

	if (seen)
		return min(seen, 0);
	return see_thread(q, net, t);
}

static int see_threads(struct naru_query *q, const struct net *net)
{
	struct thread t;
	int nr = 1, err = 0;

	while (!err && next_of(q, &nr, &t)) {
		if (t.task) {
			err = see_next(q, net, &t);
			put_task_struct(t.task);
		}
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
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
	q->owners = o;
	heads = roundup_pow_of_two(heads);
	o->shift = 64 - ilog2(heads);
	o->secret = get_random_u64() | 1;
	o->head = kvcalloc(heads, sizeof(*o->head), GFP_KERNEL_ACCOUNT);
	if (!o->head || !make_room(o))
		return -ENOMEM;
	return see_threads(q, net);
}

static void free_procs(struct naru_owner_proc *proc)
{
	struct naru_owner_proc *next;

	for (; proc; proc = next) {
		next = proc->next;
		kfree(proc->cgroup);
		kfree(proc);
	}
}

/**
 * naru_owners_free() - they are not wanted any more
 * @o: from naru_owners_find(), or NULL
 *
 * Process context.
 */
void naru_owners_free(struct naru_owners *o)
{
	struct naru_owner_chunk *chunk;
	unsigned int i;

	if (!o)
		return;
	while ((chunk = o->chunk)) {
		o->chunk = chunk->next;
		kfree(chunk);
	}
	for (i = 0; i < ARRAY_SIZE(o->proc); i++)
		free_procs(o->proc[i]);
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
 * Return: descriptors of it, or NULL.
 */
const struct naru_query_owner *naru_owners_of(const struct naru_owners *o, u32 id)
{
	const struct naru_owned *owned = o ? find_owned(o, id) : NULL;

	return owned ? owned->first : NULL;
}

static struct naru_owner_proc *proc_of(const struct naru_query_owner *o)
{
	return container_of((struct naru_query_proc *)o->proc, struct naru_owner_proc, p);
}

static int put_proc(struct sk_buff *skb, const struct naru_query *q, const struct naru_owner_proc *proc)
{
	struct nlattr *nest = nla_nest_start(skb, NARU_SOCK_OWNER);

	if (!nest || nla_put_u32(skb, NARU_OWNER_PID, proc->p.pid) ||
	    nla_put_string(skb, NARU_OWNER_COMM, proc->p.comm) ||
	    nla_put_u32(skb, NARU_OWNER_UID, from_kuid_munged(q->user_ns, proc->uid)))
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

/* Left out where it is that of @first, which has it open */
static int put_cgroup(struct sk_buff *skb, struct naru_query *q, struct sock *sk, const struct naru_query_owner *first)
{
#ifdef CONFIG_SOCK_CGROUP_DATA
	const struct cgroup *cgroup = sock_cgroup_ptr(&sk->sk_cgrp_data);
	const char *path;

	if (first && proc_of(first)->cgroup_id == cgroup_id(cgroup))
		return 0;
	path = naru_owners_path(q->cgroup_ns, cgroup, q->path);
	if (path && nla_put_string(skb, NARU_SOCK_CGROUP, path))
		return -EMSGSIZE;
#endif
	return 0;
}

/* Descriptors of a row, as they are told */
struct told {
	struct naru_owner_fd fd[NARU_OWNERS_MAX];
	u32 num;
};

/* One more, with its process where that has not been told yet. The rest of the row has to have room as well */
static int tell_owner(struct sk_buff *skb, const struct naru_query *q, const struct naru_query_owner *o, u32 id,
		      struct told *told)
{
	size_t rest = nla_total_size((told->num + 1) * sizeof(*told->fd)) + nla_total_size(sizeof(u32)) +
		      nla_total_size(NARU_QUERY_PATH);
	struct naru_owner_proc *proc = proc_of(o);
	unsigned char *end = skb_tail_pointer(skb);

	if ((!proc->told && put_proc(skb, q, proc)) || skb_tailroom(skb) < rest) {
		nlmsg_trim(skb, end);
		return -EMSGSIZE;
	}
	if (!proc->told)
		proc->told = id;
	told->fd[told->num++] = (struct naru_owner_fd){ .pid = proc->p.pid, .fd = o->fd };
	return 0;
}

/* As many as there is room for, where nothing else is in the message that could go before */
static int tell_owners(struct sk_buff *skb, const struct naru_query *q, const struct naru_owned *owned, bool alone,
		       struct told *told)
{
	const struct naru_query_owner *o;

	for (o = owned->first; o && told->num < NARU_OWNERS_MAX; o = o->next)
		if (tell_owner(skb, q, o, owned->id, told))
			return alone ? 0 : -EMSGSIZE;
	return 0;
}

static int put_owners(struct sk_buff *skb, const struct naru_query *q, const struct naru_owned *owned, bool alone)
{
	struct told told;
	int err;

	told.num = 0;
	err = tell_owners(skb, q, owned, alone, &told);
	if (!err && told.num)
		err = nla_put(skb, NARU_SOCK_FDS, told.num * sizeof(*told.fd), told.fd);
	if (!err && told.num < owned->all)
		err = nla_put_u32(skb, NARU_SOCK_OWNERS, owned->all);
	return err;
}

/**
 * naru_owners_put() - a socket's owners and its control group
 * @skb: message
 * @q: query, its owners found
 * @row: row of a socket that the reader may see all of
 * @alone: no other row is in the message: owners that it has no room for are left out
 *
 * Process context. Where the row is not told after all, naru_owners_cancel() has to know.
 *
 * Return: 0 or -EMSGSIZE.
 */
int naru_owners_put(struct sk_buff *skb, struct naru_query *q, const struct naru_row *row, bool alone)
{
	const struct naru_owned *owned = q->owners ? find_owned(q->owners, row->id) : NULL;
	int err = owned ? put_owners(skb, q, owned, alone) : put_opener(skb, q, row->sk);

	return err ? err : put_cgroup(skb, q, row->sk, owned ? owned->first : NULL);
}

/**
 * naru_owners_cancel() - a row is not told: processes that it told of are to be told of with another
 * @q: query
 * @id: number of the socket
 *
 * Process context.
 */
void naru_owners_cancel(const struct naru_query *q, u32 id)
{
	const struct naru_query_owner *o = naru_owners_of(q->owners, id);

	for (; o; o = o->other)
		if (proc_of(o)->told == id)
			proc_of(o)->told = 0;
}
