// SPDX-License-Identifier: LGPL-2.1
/*
 * Events.
 */
#include "conn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define EVENT_BUFFER	(4 << 20)	/* bytes of events that may wait */

static int join(int fd, uint32_t group)
{
	return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
}

static const struct conn_group *find_group(const struct naru *n, const char *name)
{
	unsigned int i;

	for (i = 0; i < n->num_groups; i++)
		if (!strcmp(n->group[i].name, name))
			return &n->group[i];
	return NULL;
}

/**
 * naru_listen() - ask for events. The connection is for them alone from then on
 * @n: connection
 * @group: NARU_GENL_GROUP_*; more than one may be asked for, one after the other
 *
 * Return: 0, or a negative errno with naru_error() set.
 */
int naru_listen(struct naru *n, const char *group)
{
	const struct conn_group *found = find_group(n, group);
	int size = EVENT_BUFFER, fd = naru_fd(n);

	*n->error = '\0';
	if (!found)
		return naru_conn_fail(n, -ENOENT, "no such group of events");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	n->seq = 0;
	/* The controller says that families go. It has one group, whose number is its own */
	if (!join(fd, GENL_ID_CTRL) && !join(fd, found->number))
		return 0;
	return errno == EPERM ? naru_conn_refused(n, -EPERM) :
				naru_conn_fail(n, -errno, "cannot join the group of events");
}

struct listener {
	struct naru *n;
	naru_reply reply;
	void *arg;
};

static bool is_unloaded(const struct naru *n, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[CTRL_ATTR_FAMILY_ID + 1];

	if (nlh->nlmsg_type != GENL_ID_CTRL || naru_cmd(nlh) != CTRL_CMD_DELFAMILY)
		return false;
	naru_parse(tb, CTRL_ATTR_FAMILY_ID, nlh);
	return naru_u16(tb[CTRL_ATTR_FAMILY_ID]) == n->family;
}

static int hear(const struct nlmsghdr *nlh, void *arg)
{
	const struct listener *l = arg;

	if (nlh->nlmsg_type == l->n->family)
		return l->reply(nlh, l->arg);
	if (!is_unloaded(l->n, nlh))
		return 0;
	snprintf(l->n->error, sizeof(l->n->error), "the naru module was unloaded");
	return -ENOENT;
}

/**
 * naru_next_event() - wait for events
 * @n: connection, after naru_listen()
 * @reply: called for each
 * @arg: passed to it
 *
 * Return: 0, -ENOBUFS when events were lost because the caller was slow, -ENOENT when the module has gone, another
 * negative errno, or what @reply has returned.
 */
int naru_next_event(struct naru *n, naru_reply reply, void *arg)
{
	struct listener l = { n, reply, arg };
	int ret;

	*n->error = '\0';
	ret = naru_conn_receive(n, hear, &l);
	return ret == 1 ? 0 : ret;
}
