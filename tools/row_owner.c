// SPDX-License-Identifier: GPL-2.0
/*
 * Who has a socket open, as the module tells it.
 */
#include "row_owner.h"

#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>

static struct row_proc **head_of(struct row_procs *procs, uint32_t pid)
{
	return &procs->head[pid % ROW_PROC_HEADS];
}

static struct row_proc *find_proc(struct row_procs *procs, uint32_t pid)
{
	struct row_proc *proc = *head_of(procs, pid);

	while (proc && proc->pid != (int)pid)
		proc = proc->next;
	return proc;
}

/* NULL: no memory */
static struct row_proc *take_proc(const struct nlattr *nest, struct row_procs *procs)
{
	const struct nlattr *tb[NARU_OWNER_MAX + 1];
	struct row_proc *proc = calloc(1, sizeof(*proc)), **head;

	if (!proc)
		return NULL;
	nl_parse_nested(tb, NARU_OWNER_MAX, nest);
	proc->pid = nl_u32(tb[NARU_OWNER_PID]);
	proc->uid = tb[NARU_OWNER_UID] ? (int64_t)nl_u32(tb[NARU_OWNER_UID]) : -1;
	snprintf(proc->comm, sizeof(proc->comm), "%s", nl_str(tb[NARU_OWNER_COMM]));
	proc->cgroup = tb[NARU_OWNER_CGROUP] ? strdup(nl_str(tb[NARU_OWNER_CGROUP])) : NULL;
	head = proc->uid < 0 ? &procs->opener : head_of(procs, proc->pid);
	proc->next = *head;
	*head = proc;
	return proc;
}

static int by_pid(const void *a, const void *b)
{
	const struct row_owner *x = a, *y = b;

	return x->proc->pid != y->proc->pid ? x->proc->pid - y->proc->pid : x->fd - y->fd;
}

/* Who opened it, which nobody has open */
static void take_opener(struct row *row, struct row_proc *opener)
{
	row->owner = (struct row_owner){ .proc = opener, .fd = -1 };
	row->num_owners = !!opener;
}

/* Those of whom nothing is known are not there, which only want of memory makes */
static void take_fds(const struct nlattr *attr, struct row_procs *procs, struct row *row)
{
	const struct naru_owner_fd *fd = mnl_attr_get_payload(attr);
	size_t i, num = mnl_attr_get_payload_len(attr) / sizeof(*fd);
	struct row_owner *owner = &row->owner;

	if (num > 1)
		owner = row->more_owner = malloc(num * sizeof(*owner));
	row->owners = num;
	for (i = 0; owner && i < num; i++) {
		owner[row->num_owners] = (struct row_owner){ find_proc(procs, fd[i].pid), fd[i].fd };
		row->num_owners += !!owner[row->num_owners].proc;
	}
	row->cgroup = row->num_owners ? owner->proc->cgroup : NULL;
	if (row->num_owners > 1)
		qsort(owner, row->num_owners, sizeof(*owner), by_pid);
}

/* Returns the last one that is told of */
static struct row_proc *take_procs(const struct nlmsghdr *nlh, struct row_procs *procs)
{
	struct row_proc *proc = NULL;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) == NARU_SOCK_OWNER)
			proc = take_proc(attr, procs);
	return proc;
}

/**
 * row_take_owners() - a row's owners
 * @nlh: message
 * @tb: its attributes
 * @procs: processes that others before told of; gets those that this one tells of
 * @row: gets them, for row_drop_owners(). Where there is no memory, some are not there
 */
void row_take_owners(const struct nlmsghdr *nlh, const struct nlattr **tb, struct row_procs *procs, struct row *row)
{
	struct row_proc *proc = tb[NARU_SOCK_OWNER] ? take_procs(nlh, procs) : NULL;

	if (tb[NARU_SOCK_FDS])
		take_fds(tb[NARU_SOCK_FDS], procs, row);
	else
		take_opener(row, proc);
	if (tb[NARU_SOCK_OWNERS])
		row->owners = nl_u32(tb[NARU_SOCK_OWNERS]);
	if (tb[NARU_SOCK_CGROUP])
		row->cgroup = row->cgroup_copy = strdup(nl_str(tb[NARU_SOCK_CGROUP]));
}

/**
 * row_drop_owners() - give memory back
 * @row: row
 */
void row_drop_owners(struct row *row)
{
	free(row->more_owner);
	free(row->cgroup_copy);
}

static void drop_list(struct row_proc *proc)
{
	struct row_proc *next;

	for (; proc; proc = next) {
		next = proc->next;
		free(proc->cgroup);
		free(proc->printed);
		free(proc);
	}
}

/**
 * row_drop_procs() - give memory back
 * @procs: processes that no row refers to any more
 */
void row_drop_procs(struct row_procs *procs)
{
	unsigned int i;

	for (i = 0; i < ROW_PROC_HEADS; i++)
		drop_list(procs->head[i]);
	drop_list(procs->opener);
}

/* The same for each of its descriptors: most of what is printed */
static void print_proc(struct out *o, struct row_proc *proc)
{
	size_t begin = out_record_begin(o);

	if (proc->printed) {
		out_again(o, proc->printed, proc->printed_len);
		return;
	}
	out_quoted(o, "comm", proc->comm);
	out_num(o, "pid", proc->pid);
	if (proc->uid >= 0)
		out_num(o, "uid", proc->uid);
	proc->printed = out_record_end(o, begin, &proc->printed_len);
}

/* Between quotes where it is not plain that it is one word */
static void print_cgroup(struct out *o, const char *cgroup)
{
	if (strpbrk(cgroup, " \"\\()"))
		out_quoted(o, "cgroup", cgroup);
	else
		out_str(o, "cgroup", cgroup);
}

static bool names_cgroup(const struct out *o, const struct row *row, const struct row_proc *proc)
{
	if (!proc->cgroup || o->json || !row->cgroup)
		return proc->cgroup;
	return proc->cgroup != row->cgroup && strcmp(proc->cgroup, row->cgroup);
}

static void print_owner(struct out *o, const struct row *row, const struct row_owner *owner)
{
	out_group_begin(o, NULL);
	print_proc(o, owner->proc);
	if (owner->fd >= 0)
		out_num(o, "fd", owner->fd);
	if (names_cgroup(o, row, owner->proc))
		print_cgroup(o, owner->proc->cgroup);
	out_group_end(o);
}

/**
 * row_first_owner() - who has it open
 * @row: socket, read with NARU_SHOW_OWNERS
 *
 * Return: the first of those that are told of, by number of the process, @fd -1 where it is who opened it and has it no
 * longer; NULL: nobody is told of.
 */
const struct row_owner *row_first_owner(const struct row *row)
{
	if (!row->num_owners)
		return NULL;
	return row->more_owner ? row->more_owner : &row->owner;
}

/**
 * row_print_owners() - who has it open, or who opened it
 * @o: printing
 * @row: socket, read with NARU_SHOW_OWNERS
 */
void row_print_owners(struct out *o, const struct row *row)
{
	const struct row_owner *owner = row_first_owner(row);
	uint32_t i;

	if (row->cgroup)
		print_cgroup(o, row->cgroup);
	if (!owner)
		return;
	out_list_begin(o, "owners");
	for (i = 0; i < row->num_owners; i++)
		print_owner(o, row, &owner[i]);
	out_list_end(o);
	if (row->owners > row->num_owners)
		out_num(o, "more_owners", row->owners - row->num_owners);
}
