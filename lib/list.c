// SPDX-License-Identifier: LGPL-2.1
/*
 * Dumps that are read as a whole, again where something changed meanwhile.
 */
#include "conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_TRIES	4	/* dumps, until one is consistent */

/**
 * struct naru_list - the replies of a dump
 * @bytes: they, one behind the other, aligned
 * @len: bytes that are there
 * @room: bytes that there is room for
 * @num: replies
 */
struct naru_list {
	char *bytes;
	size_t len, room, num;
};

static int make_room(struct naru_list *list, size_t size)
{
	size_t room = list->room ? list->room : 16384;
	char *more;

	while (room < list->len + size)
		room *= 2;
	more = realloc(list->bytes, room);
	if (!more)
		return -ENOMEM;
	list->bytes = more;
	list->room = room;
	return 0;
}

static int keep(const struct nlmsghdr *nlh, void *arg)
{
	size_t size = MNL_ALIGN(nlh->nlmsg_len);
	struct naru_list *list = arg;

	if (list->len + size > list->room && make_room(list, size))
		return -ENOMEM;
	memset(list->bytes + list->len + size - MNL_ALIGNTO, 0, MNL_ALIGNTO);
	memcpy(list->bytes + list->len, nlh, nlh->nlmsg_len);
	list->len += size;
	list->num++;
	return 0;
}

static int read_once(struct naru *n, struct nlmsghdr *request, struct naru_list *list)
{
	int err;

	list->len = 0;
	list->num = 0;
	err = naru_talk(n, request, keep, list);
	if (err == -ENOMEM && !*n->error)
		snprintf(n->error, sizeof(n->error), "no memory");
	return err;
}

static int read_tries(struct naru *n, struct nlmsghdr *request, struct naru_list *list)
{
	int err = 0, try;

	for (try = 0; try < READ_TRIES; try++) {
		err = read_once(n, request, list);
		if (err || !n->interrupted)
			break;
	}
	return err;
}

/**
 * naru_read() - all that a dump tells
 * @n: connection; naru_interrupted() says that the list is not of one moment, after several tries
 * @request: from naru_request() or naru_request_in(), with NLM_F_DUMP
 * @list: set, for naru_list_free(); NULL where it fails
 *
 * Return: 0, or a negative errno with naru_error() set.
 */
int naru_read(struct naru *n, const struct nlmsghdr *request, struct naru_list **list)
{
	struct nlmsghdr *copy = malloc(request->nlmsg_len);
	struct naru_list *l = calloc(1, sizeof(*l));
	int err = -ENOMEM;

	*list = NULL;
	if (copy && l) {
		memcpy(copy, request, request->nlmsg_len);
		err = read_tries(n, copy, l);
	} else {
		snprintf(n->error, sizeof(n->error), "no memory");
	}
	free(copy);
	if (err)
		naru_list_free(l);
	else
		*list = l;
	return err;
}

/**
 * naru_read_all() - all that a dump tells that asks for nothing in particular
 * @n: connection
 * @cmd: NARU_CMD_*
 * @list: as of naru_read()
 *
 * Return: as naru_read().
 */
int naru_read_all(struct naru *n, uint8_t cmd, struct naru_list **list)
{
	return naru_read(n, naru_request(n, cmd, NLM_F_DUMP), list);
}

/**
 * naru_read_socks() - all sockets of the namespace
 * @n: connection
 * @show: NARU_SHOW_*, what else is wanted of each, or 0
 * @list: as of naru_read()
 *
 * Return: as naru_read().
 */
int naru_read_socks(struct naru *n, uint32_t show, struct naru_list **list)
{
	struct nlmsghdr *nlh = naru_request(n, NARU_CMD_SOCK_GET, NLM_F_DUMP);

	if (show)
		naru_put_u32(n, nlh, NARU_QUERY_SHOW, show);
	return naru_read(n, nlh, list);
}

/**
 * naru_read_history() - what a connection went through
 * @n: connection
 * @id: number of its socket
 * @list: as of naru_read()
 *
 * Return: as naru_read(); -ENOENT where nothing is recorded of it.
 */
int naru_read_history(struct naru *n, uint32_t id, struct naru_list **list)
{
	struct nlmsghdr *nlh = naru_request(n, NARU_CMD_HISTORY_GET, NLM_F_DUMP);

	naru_put_u32(n, nlh, NARU_HISTORY_ID, id);
	return naru_read(n, nlh, list);
}

/**
 * naru_list_size() - how many replies there are
 * @list: list
 *
 * Return: so many.
 */
size_t naru_list_size(const struct naru_list *list)
{
	return list->num;
}

/**
 * naru_list_next() - one reply after the other
 * @list: list
 * @nlh: the one before, NULL for the first
 *
 * Return: it, NULL where there is no more.
 */
const struct nlmsghdr *naru_list_next(const struct naru_list *list, const struct nlmsghdr *nlh)
{
	const char *at = nlh ? (const char *)nlh + MNL_ALIGN(nlh->nlmsg_len) : list->bytes;

	return at && at < list->bytes + list->len ? (const struct nlmsghdr *)at : NULL;
}

/**
 * naru_list_free() - give memory back
 * @list: list, or NULL
 */
void naru_list_free(struct naru_list *list)
{
	if (list)
		free(list->bytes);
	free(list);
}
