// SPDX-License-Identifier: LGPL-2.1
/*
 * A connection to the module, and requests.
 */
#include "conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define ERRNO_MAX	4095	/* as in the kernel */
#define NOT_LOADED	"the naru module is not loaded (try: modprobe naru, or insmod naru.ko)"

/* Says what failed, and why */
int naru_conn_fail(struct naru *n, int err, const char *what)
{
	snprintf(n->error, sizeof(n->error), "%s: %s", what, strerror(-err));
	return err;
}

/* Says what the kernel refuses without a word of its own */
int naru_conn_refused(struct naru *n, int err)
{
	if (err == -EPERM)
		snprintf(n->error, sizeof(n->error),
			 "not permitted: needs CAP_NET_ADMIN in this network namespace");
	else
		snprintf(n->error, sizeof(n->error), "%s", strerror(-err));
	return err;
}

/* Takes the kernel's own words from an extended ACK: the attributes behind @len bytes of @nlh's payload */
static void take_extack(struct naru *n, const struct nlmsghdr *nlh, size_t len)
{
	const struct nlattr *attr = mnl_nlmsg_get_payload_offset(nlh, len);
	int left = (int)mnl_nlmsg_get_payload_len(nlh) - (int)MNL_ALIGN(len);

	if (len > mnl_nlmsg_get_payload_len(nlh))
		return;
	for (; mnl_attr_ok(attr, left); attr = mnl_attr_next(attr)) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_OFFS)
			n->bad_attr = naru_u32(attr);
		else if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG && *naru_str(attr))
			snprintf(n->error, sizeof(n->error), "%s", naru_str(attr));
		left -= MNL_ALIGN(attr->nla_len);
	}
}

/* A message's error, as a negative errno; 0 where it is none */
static int errno_of(int error)
{
	if (error >= 0)
		return 0;
	return error < -ERRNO_MAX ? -EPROTO : error;
}

/* NLMSG_ERROR: an ACK, or a refusal */
static int take_error(struct naru *n, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t len = sizeof(*err);
	int ret;

	if (mnl_nlmsg_get_payload_len(nlh) < len)
		return naru_conn_fail(n, -EPROTO, "netlink");
	ret = errno_of(err->error);
	if (!ret)
		return 0;
	naru_conn_refused(n, ret);
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		len += MNL_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		take_extack(n, nlh, len);
	return ret;
}

/* NLMSG_DONE: the end of a dump, or its failure */
static int take_done(struct naru *n, const struct nlmsghdr *nlh)
{
	int err;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(err))
		return 0;
	memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
	err = errno_of(err);
	if (!err)
		return 0;
	naru_conn_refused(n, err);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		take_extack(n, nlh, sizeof(err));
	return err;
}

/* One message of an answer. 1: more to come, 0: the end, or a negative errno */
static int take_message(struct naru *n, const struct nlmsghdr *nlh, naru_reply reply, void *arg)
{
	int ret;

	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		n->interrupted = true;
	if (nlh->nlmsg_type == NLMSG_ERROR)
		return take_error(n, nlh);
	if (nlh->nlmsg_type == NLMSG_DONE)
		return take_done(n, nlh);
	if (nlh->nlmsg_type < NLMSG_MIN_TYPE || !reply)
		return 1;
	ret = reply(nlh, arg);
	return ret ? ret : 1;
}

/* For libmnl a length above INT_MAX is below 0, and so never too long */
static bool is_whole(const struct nlmsghdr *nlh, int len)
{
	return mnl_nlmsg_ok(nlh, len) && nlh->nlmsg_len <= (uint32_t)len;
}

/* One datagram, which may hold several messages. As take_message() */
int naru_conn_receive(struct naru *n, naru_reply reply, void *arg)
{
	ssize_t got = mnl_socket_recvfrom(n->sock, n->buf, sizeof(n->buf));
	const struct nlmsghdr *nlh = (const void *)n->buf;
	int len = got, ret = 1;

	if (got < 0)
		return naru_conn_fail(n, -errno, "netlink");
	for (; ret == 1 && is_whole(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (mnl_nlmsg_seq_ok(nlh, n->seq))
			ret = take_message(n, nlh, reply, arg);
	}
	return ret;
}

/**
 * naru_request_in() - begin a request that may be long
 * @n: connection
 * @buf: where to, aligned as a u32 is
 * @size: bytes of @buf
 * @cmd: NARU_CMD_*
 * @flags: NLM_F_DUMP, or 0
 *
 * Return: the message in @buf, to which attributes are added until it is sent or another is begun; NULL with
 * naru_error() set where there is not even room for its header.
 */
struct nlmsghdr *naru_request_in(struct naru *n, void *buf, size_t size, uint8_t cmd, uint16_t flags)
{
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;

	if (size < MNL_NLMSG_HDRLEN + GENL_HDRLEN) {
		naru_conn_fail(n, -EMSGSIZE, "no room for a request");
		return NULL;
	}
	nlh = mnl_nlmsg_put_header(buf);
	n->request = nlh;
	n->room = size;
	nlh->nlmsg_type = n->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | (flags ? flags : NLM_F_ACK);
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = NARU_GENL_VERSION;
	return nlh;
}

/**
 * naru_request() - begin a request
 * @n: connection
 * @cmd: NARU_CMD_*
 * @flags: NLM_F_DUMP, or 0
 *
 * Return: the message, to which attributes are added. It is the connection's, and good for one naru_talk().
 */
struct nlmsghdr *naru_request(struct naru *n, uint8_t cmd, uint16_t flags)
{
	return naru_request_in(n, n->buf, sizeof(n->buf), cmd, flags);
}

/* What is sent must fit the socket's buffer, with what the kernel adds */
static void make_room(struct naru *n, int len)
{
	int fd = mnl_socket_get_fd(n->sock);

	len += 4096;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &len, sizeof(len)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &len, sizeof(len));
}

/**
 * naru_talk() - send a request and take what is answered
 * @n: connection
 * @nlh: from naru_request() or naru_request_in()
 * @reply: called for each reply, or NULL
 * @arg: passed to it
 *
 * Return: 0, a negative errno with naru_error() and naru_bad_attr() set, or what @reply has returned, of which
 * naru_error() knows nothing. naru_interrupted() says whether a dump's table changed meanwhile.
 */
int naru_talk(struct naru *n, struct nlmsghdr *nlh, naru_reply reply, void *arg)
{
	int ret = 1;

	n->interrupted = false;
	n->bad_attr = 0;
	n->request = NULL;
	*n->error = '\0';
	nlh->nlmsg_seq = ++n->seq;
	if (nlh->nlmsg_len > NARU_REQUEST_SIZE)
		make_room(n, nlh->nlmsg_len);
	if (mnl_socket_sendto(n->sock, nlh, nlh->nlmsg_len) < 0)
		return naru_conn_fail(n, -errno, "netlink");
	while (ret == 1)
		ret = naru_conn_receive(n, reply, arg);
	return ret;
}

static void take_group(struct naru *n, const struct nlattr *nest)
{
	const struct nlattr *tb[CTRL_ATTR_MCAST_GRP_MAX + 1];
	struct conn_group *group = &n->group[n->num_groups];

	if (n->num_groups == CONN_GROUPS)
		return;
	naru_parse_nested(tb, CTRL_ATTR_MCAST_GRP_MAX, nest);
	snprintf(group->name, sizeof(group->name), "%s", naru_str(tb[CTRL_ATTR_MCAST_GRP_NAME]));
	group->number = naru_u32(tb[CTRL_ATTR_MCAST_GRP_ID]);
	n->num_groups++;
}

static int take_family(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[CTRL_ATTR_MCAST_GROUPS + 1], *group;
	struct naru *n = arg;

	naru_parse(tb, CTRL_ATTR_MCAST_GROUPS, nlh);
	n->family = naru_u16(tb[CTRL_ATTR_FAMILY_ID]);
	if (tb[CTRL_ATTR_MCAST_GROUPS])
		mnl_attr_for_each_nested(group, tb[CTRL_ATTR_MCAST_GROUPS])
			take_group(n, group);
	return 0;
}

static int resolve(struct naru *n)
{
	struct nlmsghdr *nlh;
	int err;

	n->family = GENL_ID_CTRL;
	nlh = naru_request(n, CTRL_CMD_GETFAMILY, 0);
	naru_put_str(n, nlh, CTRL_ATTR_FAMILY_NAME, NARU_GENL_NAME);
	err = naru_talk(n, nlh, take_family, n);
	if (err == -ENOENT)
		snprintf(n->error, sizeof(n->error), "%s", NOT_LOADED);
	return err;
}

static int connect_socket(struct naru *n)
{
	int on = 1;

	n->sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!n->sock)
		return naru_conn_fail(n, -errno, "cannot open a netlink socket");
	if (mnl_socket_bind(n->sock, 0, MNL_SOCKET_AUTOPID) < 0)
		return naru_conn_fail(n, -errno, "cannot bind a netlink socket");
	mnl_socket_setsockopt(n->sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(n->sock, NETLINK_CAP_ACK, &on, sizeof(on));
	return resolve(n);
}

/**
 * naru_open() - connect to the module, in the network namespace that the caller is in
 * @n: set to the connection, for naru_close(); also where it failed, so that naru_error() can say why. NULL where
 *	there is no memory
 *
 * Return: 0 or a negative errno: -ENOENT where the module is not loaded.
 */
int naru_open(struct naru **n)
{
	*n = calloc(1, sizeof(**n));
	return *n ? connect_socket(*n) : -ENOMEM;
}

/**
 * naru_close() - disconnect
 * @n: connection, opened or not, or NULL
 */
void naru_close(struct naru *n)
{
	if (n && n->sock)
		mnl_socket_close(n->sock);
	free(n);
}

/**
 * naru_fd() - the socket, to wait for events with poll(2)
 * @n: connection
 *
 * Return: its file descriptor.
 */
int naru_fd(const struct naru *n)
{
	return mnl_socket_get_fd(n->sock);
}

/**
 * naru_error() - what went wrong in the last call that failed
 * @n: connection, or NULL
 *
 * Return: one line, the kernel's own words where it said something; "" where nothing went wrong.
 */
const char *naru_error(const struct naru *n)
{
	return n ? n->error : "no memory";
}

/**
 * naru_bad_attr() - which attribute of the last request was refused
 * @n: connection
 *
 * Return: bytes from the beginning of the request, 0 where the kernel did not say.
 */
uint32_t naru_bad_attr(const struct naru *n)
{
	return n->bad_attr;
}

/**
 * naru_interrupted() - did what the last dump was of change meanwhile?
 * @n: connection
 *
 * Return: 1, or 0: it is of one moment.
 */
int naru_interrupted(const struct naru *n)
{
	return n->interrupted;
}
