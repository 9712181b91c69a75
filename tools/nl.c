// SPDX-License-Identifier: GPL-2.0
/*
 * Talking to the module: libnaru, with what the commands share.
 */
#include "nl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What libnaru knows of the last call; where a reply's function has ended it, that has said why itself */
static int take(struct nl *nl, int err)
{
	nl->interrupted = nl->naru && naru_interrupted(nl->naru);
	nl->bad_attr = nl->naru ? naru_bad_attr(nl->naru) : 0;
	if (*naru_error(nl->naru))
		snprintf(nl->error, sizeof(nl->error), "%s", naru_error(nl->naru));
	return err;
}

/**
 * nl_request_in() - begin a request that may be long
 * @nl: connection
 * @buf: where to
 * @size: bytes of @buf, more than a header has
 * @cmd: NARU_CMD_*
 * @flags: NLM_F_DUMP, or 0
 *
 * Return: message in @buf, to which attributes are added.
 */
struct nlmsghdr *nl_request_in(struct nl *nl, void *buf, size_t size, uint8_t cmd, uint16_t flags)
{
	return naru_request_in(nl->naru, buf, size, cmd, flags);
}

/**
 * nl_request() - begin a request
 * @nl: connection
 * @cmd: NARU_CMD_*
 * @flags: NLM_F_DUMP, or 0
 *
 * Return: message, to which attributes are added.
 */
struct nlmsghdr *nl_request(struct nl *nl, uint8_t cmd, uint16_t flags)
{
	return naru_request(nl->naru, cmd, flags);
}

struct call {
	struct nl *nl;
	nl_reply reply;
	void *arg;
};

static int on_reply(const struct nlmsghdr *nlh, void *arg)
{
	const struct call *c = arg;

	return c->reply(c->nl, nlh, c->arg) ? 0 : -EPROTO;
}

/**
 * nl_talk() - send a request and take what is answered
 * @nl: connection
 * @nlh: from nl_request() or nl_request_in()
 * @reply: called for each reply, or NULL
 * @arg: passed to it
 *
 * Return: 0, or a negative errno with @nl->error and @nl->bad_attr set. @nl->interrupted says
 * whether a dump's table changed meanwhile.
 */
int nl_talk(struct nl *nl, struct nlmsghdr *nlh, nl_reply reply, void *arg)
{
	struct call c = { nl, reply, arg };

	return take(nl, naru_talk(nl->naru, nlh, reply ? on_reply : NULL, &c));
}

/**
 * nl_read() - all that a dump tells, of one moment if several tries can bring that
 * @nl: connection; @nl->interrupted says that they could not
 * @request: from nl_request() with NLM_F_DUMP
 * @list: set, for naru_list_free()
 *
 * Return: 0, or a negative errno with @nl->error set.
 */
int nl_read(struct nl *nl, const struct nlmsghdr *request, struct naru_list **list)
{
	return take(nl, naru_read(nl->naru, request, list));
}

/**
 * nl_open() - connect to the module
 * @nl: filled
 *
 * Return: 0, or a negative errno with @nl->error set.
 */
int nl_open(struct nl *nl)
{
	memset(nl, 0, sizeof(*nl));
	return take(nl, naru_open(&nl->naru));
}

/**
 * nl_close() - disconnect
 * @nl: connection, opened or not
 */
void nl_close(struct nl *nl)
{
	naru_close(nl->naru);
	nl->naru = NULL;
}

/**
 * nl_listen() - ask for events
 * @nl: connection
 * @group: of which kind; more than one may be asked for, one after the other
 *
 * Return: 0, or a negative errno with @nl->error set.
 */
int nl_listen(struct nl *nl, enum nl_group group)
{
	static const char *const names[NL_GROUPS] = {
		[NL_GROUP_SOCK] = NARU_GENL_GROUP_SOCK,
		[NL_GROUP_NAPT] = NARU_GENL_GROUP_NAPT,
	};

	return take(nl, naru_listen(nl->naru, names[group]));
}

/**
 * nl_next_event() - wait for events
 * @nl: connection, after nl_listen()
 * @reply: called for each
 * @arg: passed to it
 *
 * Return: 1, -ENOBUFS when events were lost because we were slow, or another negative errno with
 * @nl->error set: also when the module goes.
 */
int nl_next_event(struct nl *nl, nl_reply reply, void *arg)
{
	struct call c = { nl, reply, arg };
	int err = take(nl, naru_next_event(nl->naru, on_reply, &c));

	return err ? err : 1;
}
