// SPDX-License-Identifier: GPL-2.0
/*
 * Talking to the module, on libmnl.
 */
#include "nl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/genetlink.h>
#include <linux/naru_genl.h>
#include <linux/netlink.h>

#define NOT_LOADED	"the naru module is not loaded (try: modprobe naru, or insmod naru.ko)"
#define EVENT_BUFFER	(4 << 20)	/* bytes of events that may wait */

static int fail(struct nl *nl, int err, const char *what)
{
	snprintf(nl->error, sizeof(nl->error), "%s: %s", what, strerror(-err));
	return err;
}

/**
 * nl_u8() - a u8's value
 * @attr: attribute, or NULL
 *
 * Return: the value, 0 where there is none.
 */
uint8_t nl_u8(const struct nlattr *attr)
{
	return attr && mnl_attr_get_payload_len(attr) >= 1 ? mnl_attr_get_u8(attr) : 0;
}

/**
 * nl_u16() - a u16's value
 * @attr: attribute, or NULL
 *
 * Return: the value, 0 where there is none.
 */
uint16_t nl_u16(const struct nlattr *attr)
{
	return attr && mnl_attr_get_payload_len(attr) >= 2 ? mnl_attr_get_u16(attr) : 0;
}

/**
 * nl_u32() - a u32's value
 * @attr: attribute, or NULL
 *
 * Return: the value, 0 where there is none.
 */
uint32_t nl_u32(const struct nlattr *attr)
{
	return attr && mnl_attr_get_payload_len(attr) >= 4 ? mnl_attr_get_u32(attr) : 0;
}

/**
 * nl_u64() - a u64's value
 * @attr: attribute, or NULL
 *
 * Return: the value, 0 where there is none.
 */
uint64_t nl_u64(const struct nlattr *attr)
{
	return attr && mnl_attr_get_payload_len(attr) >= 8 ? mnl_attr_get_u64(attr) : 0;
}

/**
 * nl_str() - a string
 * @attr: attribute, or NULL
 *
 * Return: the string, "" where there is none.
 */
const char *nl_str(const struct nlattr *attr)
{
	if (!attr || mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return "";
	return mnl_attr_get_str(attr);
}

/**
 * nl_copy() - bytes
 * @attr: attribute, or NULL
 * @to: filled with as many as fit, zeros behind
 * @size: bytes of @to
 *
 * Return: bytes that were there and fit.
 */
size_t nl_copy(const struct nlattr *attr, void *to, size_t size)
{
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;

	if (len > size)
		len = size;
	memset(to, 0, size);
	if (len)
		memcpy(to, mnl_attr_get_payload(attr), len);
	return len;
}

static void parse(const struct nlattr **tb, unsigned int max, const struct nlattr *attr, int len)
{
	memset(tb, 0, (max + 1) * sizeof(*tb));
	for (; mnl_attr_ok(attr, len);) {
		unsigned int type = mnl_attr_get_type(attr);

		if (type <= max)
			tb[type] = attr;
		len -= MNL_ALIGN(attr->nla_len);
		attr = mnl_attr_next(attr);
	}
}

/**
 * nl_parse() - the attributes of a generic netlink message
 * @tb: filled, @max + 1 entries; what is newer than @max is left out
 * @max: largest type
 * @nlh: message
 */
void nl_parse(const struct nlattr **tb, unsigned int max, const struct nlmsghdr *nlh)
{
	int len = (int)mnl_nlmsg_get_payload_len(nlh) - (int)GENL_HDRLEN;

	parse(tb, max, mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN), len > 0 ? len : 0);
}

/**
 * nl_parse_nested() - the attributes within an attribute
 * @tb: filled, @max + 1 entries
 * @max: largest type
 * @nest: attribute
 */
void nl_parse_nested(const struct nlattr **tb, unsigned int max, const struct nlattr *nest)
{
	parse(tb, max, mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest));
}

/* Takes the kernel's own words from an extended ACK that begins at @attr */
static void take_extack(struct nl *nl, const struct nlattr *attr, int len)
{
	const struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];

	parse(tb, NLMSGERR_ATTR_MAX, attr, len);
	nl->bad_attr = nl_u32(tb[NLMSGERR_ATTR_OFFS]);
	if (*nl_str(tb[NLMSGERR_ATTR_MSG]))
		snprintf(nl->error, sizeof(nl->error), "%s", nl_str(tb[NLMSGERR_ATTR_MSG]));
}

static int refused(struct nl *nl, int err)
{
	if (err == -EPERM)
		snprintf(nl->error, sizeof(nl->error),
			 "not permitted: needs CAP_NET_ADMIN in this network namespace");
	else
		snprintf(nl->error, sizeof(nl->error), "%s", strerror(-err));
	return err;
}

/* NLMSG_ERROR: an ACK, or a refusal */
static int take_error(struct nl *nl, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t len = sizeof(*err), total = mnl_nlmsg_get_payload_len(nlh);

	if (total < len)
		return fail(nl, -EPROTO, "netlink");
	if (!err->error)
		return 0;
	refused(nl, err->error);
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		len += MNL_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
	if ((nlh->nlmsg_flags & NLM_F_ACK_TLVS) && total > len)
		take_extack(nl, (const void *)((const char *)err + len), total - len);
	return err->error;
}

/* NLMSG_DONE: the end of a dump, or its failure */
static int take_done(struct nl *nl, const struct nlmsghdr *nlh)
{
	size_t total = mnl_nlmsg_get_payload_len(nlh);
	int err;

	if (total < sizeof(err))
		return 0;
	memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
	if (err >= 0)
		return 0;
	refused(nl, err);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		take_extack(nl, mnl_nlmsg_get_payload_offset(nlh, sizeof(err)),
			    total - MNL_ALIGN(sizeof(err)));
	return err;
}

/* One message of an answer. 1: more to come, 0: the end, or a negative errno */
static int take_message(struct nl *nl, const struct nlmsghdr *nlh, nl_reply reply, void *arg)
{
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		nl->interrupted = true;
	if (nlh->nlmsg_type == NLMSG_ERROR)
		return take_error(nl, nlh);
	if (nlh->nlmsg_type == NLMSG_DONE)
		return take_done(nl, nlh);
	if (nlh->nlmsg_type < NLMSG_MIN_TYPE || !reply)
		return 1;
	return reply(nl, nlh, arg) ? 1 : -EPROTO;
}

/* One datagram, which may hold several messages. As take_message() */
static int take_datagram(struct nl *nl, nl_reply reply, void *arg)
{
	ssize_t n = mnl_socket_recvfrom(nl->sock, nl->buf, sizeof(nl->buf));
	const struct nlmsghdr *nlh = (const void *)nl->buf;
	int len = n, ret = 1;

	if (n < 0)
		return fail(nl, -errno, "netlink");
	for (; ret == 1 && mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (mnl_nlmsg_seq_ok(nlh, nl->seq))
			ret = take_message(nl, nlh, reply, arg);
	}
	return ret;
}

/**
 * nl_request_in() - begin a request that may be long
 * @nl: connection
 * @buf: where to
 * @cmd: NARU_CMD_*
 * @flags: NLM_F_DUMP, or 0
 *
 * Return: message in @buf, to which attributes are added.
 */
struct nlmsghdr *nl_request_in(struct nl *nl, void *buf, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = nl->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | (flags ? flags : NLM_F_ACK);
	nlh->nlmsg_seq = ++nl->seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = NARU_GENL_VERSION;
	return nlh;
}

/**
 * nl_request() - begin a request
 * @nl: connection
 * @cmd: NARU_CMD_*
 * @flags: NLM_F_DUMP, or 0
 *
 * Return: message in @nl->buf, to which attributes are added.
 */
struct nlmsghdr *nl_request(struct nl *nl, uint8_t cmd, uint16_t flags)
{
	return nl_request_in(nl, nl->buf, cmd, flags);
}

/**
 * nl_cmd() - which command is this a message of?
 * @nlh: message of the family
 *
 * Return: NARU_CMD_*.
 */
uint8_t nl_cmd(const struct nlmsghdr *nlh)
{
	return ((const struct genlmsghdr *)mnl_nlmsg_get_payload(nlh))->cmd;
}

/* What is sent must fit the socket's buffer, with what the kernel adds */
static void make_room(struct nl *nl, int len)
{
	int fd = mnl_socket_get_fd(nl->sock);

	len += 4096;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &len, sizeof(len)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &len, sizeof(len));
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
	int ret = 1;

	nl->interrupted = false;
	nl->bad_attr = 0;
	if (nlh->nlmsg_len > NL_BUFFER)
		make_room(nl, nlh->nlmsg_len);
	if (mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len) < 0)
		return fail(nl, -errno, "netlink");
	while (ret == 1)
		ret = take_datagram(nl, reply, arg);
	return ret;
}

/* The group's number, where @nest is one of CTRL_ATTR_MCAST_GROUPS */
static void take_group(struct nl *nl, const struct nlattr *nest)
{
	static const char *const names[NL_GROUPS] = {
		[NL_GROUP_SOCK] = NARU_GENL_GROUP_SOCK,
		[NL_GROUP_NAPT] = NARU_GENL_GROUP_NAPT,
	};
	const struct nlattr *tb[CTRL_ATTR_MCAST_GRP_MAX + 1];
	unsigned int i;

	nl_parse_nested(tb, CTRL_ATTR_MCAST_GRP_MAX, nest);
	for (i = 0; i < NL_GROUPS; i++)
		if (!strcmp(nl_str(tb[CTRL_ATTR_MCAST_GRP_NAME]), names[i]))
			nl->group[i] = nl_u32(tb[CTRL_ATTR_MCAST_GRP_ID]);
}

static bool take_family(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[CTRL_ATTR_MCAST_GROUPS + 1], *group;

	(void)arg;
	nl_parse(tb, CTRL_ATTR_MCAST_GROUPS, nlh);
	nl->family = nl_u16(tb[CTRL_ATTR_FAMILY_ID]);
	if (tb[CTRL_ATTR_MCAST_GROUPS])
		mnl_attr_for_each_nested(group, tb[CTRL_ATTR_MCAST_GROUPS])
			take_group(nl, group);
	return true;
}

static int resolve(struct nl *nl)
{
	struct nlmsghdr *nlh;
	int err;

	nl->family = GENL_ID_CTRL;
	nlh = nl_request(nl, CTRL_CMD_GETFAMILY, 0);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, NARU_GENL_NAME);
	err = nl_talk(nl, nlh, take_family, NULL);
	if (err == -ENOENT)
		snprintf(nl->error, sizeof(nl->error), "%s", NOT_LOADED);
	return err;
}

/**
 * nl_open() - connect to the module
 * @nl: filled
 *
 * Return: 0, or a negative errno with @nl->error set.
 */
int nl_open(struct nl *nl)
{
	int on = 1;

	memset(nl, 0, offsetof(struct nl, buf));
	nl->sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl->sock)
		return fail(nl, -errno, "cannot open a netlink socket");
	if (mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0)
		return fail(nl, -errno, "cannot bind a netlink socket");
	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->sock, NETLINK_CAP_ACK, &on, sizeof(on));
	return resolve(nl);
}

/**
 * nl_close() - disconnect
 * @nl: connection, opened or not
 */
void nl_close(struct nl *nl)
{
	if (nl->sock)
		mnl_socket_close(nl->sock);
	nl->sock = NULL;
}

/* The controller says that families go. It has one group, whose number is its own */
static int join(int fd, uint32_t group)
{
	return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
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
	int size = EVENT_BUFFER, fd = mnl_socket_get_fd(nl->sock);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	nl->seq = 0;
	if (!join(fd, GENL_ID_CTRL) && !join(fd, nl->group[group]))
		return 0;
	return errno == EPERM ? refused(nl, -EPERM) : fail(nl, -errno, "cannot join the group of events");
}

struct listener {
	nl_reply reply;
	void *arg;
};

static bool is_unloaded(const struct nl *nl, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[CTRL_ATTR_MAX + 1];

	if (nl_cmd(nlh) != CTRL_CMD_DELFAMILY)
		return false;
	nl_parse(tb, CTRL_ATTR_MAX, nlh);
	return nl_u16(tb[CTRL_ATTR_FAMILY_ID]) == nl->family;
}

static bool hear(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct listener *l = arg;

	if (nlh->nlmsg_type == nl->family)
		return l->reply(nl, nlh, l->arg);
	if (nlh->nlmsg_type != GENL_ID_CTRL || !is_unloaded(nl, nlh))
		return true;
	snprintf(nl->error, sizeof(nl->error), "the naru module was unloaded");
	return false;
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
	struct listener l = { reply, arg };

	return take_datagram(nl, hear, &l);
}
