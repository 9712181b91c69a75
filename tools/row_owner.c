// SPDX-License-Identifier: GPL-2.0
/*
 * Who has a socket open, as the module tells it.
 */
#include "row_owner.h"

#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>

static void take_owner(const struct nlattr *nest, struct row *row)
{
	const struct nlattr *tb[NARU_OWNER_MAX + 1];
	struct row_owner *owner;

	owner = realloc(row->owner, (row->num_owners + 1) * sizeof(*owner));
	if (!owner)
		return;
	row->owner = owner;
	owner += row->num_owners++;
	nl_parse_nested(tb, NARU_OWNER_MAX, nest);
	owner->pid = nl_u32(tb[NARU_OWNER_PID]);
	owner->fd = tb[NARU_OWNER_FD] ? (int)nl_u32(tb[NARU_OWNER_FD]) : -1;
	owner->uid = tb[NARU_OWNER_UID] ? (int64_t)nl_u32(tb[NARU_OWNER_UID]) : -1;
	snprintf(owner->comm, sizeof(owner->comm), "%s", nl_str(tb[NARU_OWNER_COMM]));
	owner->cgroup = tb[NARU_OWNER_CGROUP] ? strdup(nl_str(tb[NARU_OWNER_CGROUP])) : NULL;
}

static int by_pid(const void *a, const void *b)
{
	const struct row_owner *x = a, *y = b;

	return x->pid != y->pid ? x->pid - y->pid : x->fd - y->fd;
}

/**
 * row_take_owners() - a row's owners
 * @nlh: message, with NARU_SOCK_OWNERS
 * @tb: its attributes
 * @row: filled; where there is no memory, some are not there
 */
void row_take_owners(const struct nlmsghdr *nlh, const struct nlattr **tb, struct row *row)
{
	const struct nlattr *attr;

	row->owners = nl_u32(tb[NARU_SOCK_OWNERS]);
	row->cgroup = tb[NARU_SOCK_CGROUP] ? strdup(nl_str(tb[NARU_SOCK_CGROUP])) : NULL;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) == NARU_SOCK_OWNER)
			take_owner(attr, row);
	if (row->num_owners)
		qsort(row->owner, row->num_owners, sizeof(*row->owner), by_pid);
}

/**
 * row_print_owners() - who has it open, or who opened it
 * @o: printing
 * @row: socket, read with NARU_SHOW_OWNERS
 */
void row_print_owners(struct out *o, const struct row *row)
{
	const struct row_owner *owner = row->owner;

	if (row->cgroup)
		out_str(o, "cgroup", row->cgroup);
	if (!row->num_owners)
		return;
	out_list_begin(o, "owners");
	for (; owner < &row->owner[row->num_owners]; owner++) {
		out_group_begin(o, NULL);
		out_str(o, "comm", owner->comm);
		out_num(o, "pid", owner->pid);
		if (owner->fd >= 0)
			out_num(o, "fd", owner->fd);
		if (owner->uid >= 0)
			out_num(o, "uid", owner->uid);
		if (owner->cgroup && (o->json || !row->cgroup || strcmp(owner->cgroup, row->cgroup)))
			out_str(o, "cgroup", owner->cgroup);
		out_group_end(o);
	}
	out_list_end(o);
	if (row->owners > row->num_owners)
		out_num(o, "more_owners", row->owners - row->num_owners);
}
