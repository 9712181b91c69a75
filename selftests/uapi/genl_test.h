/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A client of the generic netlink family, on libnl. It knows include/uapi/linux/naru_genl.h and
 * nothing of the naru command.
 */
#ifndef GENL_TEST_H
#define GENL_TEST_H

#include <errno.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <linux/capability.h>
#define _NETINET_TCP_H	1	/* libnl brings it, and it clashes with <linux/tcp.h> */
#include <netlink/netlink.h>
#include <netlink/genl/genl.h>
#include <netlink/genl/ctrl.h>
#include "naru_test.h"
#include <linux/naru_genl.h>

#define G_NOWHERE	(-1)
#define COUNT_OF(array)	(sizeof(array) / sizeof(*(array)))

struct g_client {
	struct nl_sock *sk;
	struct nl_cb *cb;
	int family;
	/* what the last g_call() brought */
	bool done;
	bool intr;			/* NLM_F_DUMP_INTR was set */
	bool late;			/* refused by the end of a dump, not before it began */
	int err;			/* errno, 0 for success */
	int offset;			/* of the attribute that is to blame, or G_NOWHERE */
	char text[160];			/* the extended ACK's message, or "" */
	int rows;
	int room;
	struct nl_msg **row;
};

static inline void g_extack(struct g_client *c, struct nlmsghdr *nlh, int skip)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (nlmsg_parse(nlh, skip, tb, NLMSGERR_ATTR_MAX, NULL))
		t_die("an extended ACK that cannot be parsed");
	if (tb[NLMSGERR_ATTR_MSG])
		nla_strlcpy(c->text, tb[NLMSGERR_ATTR_MSG], sizeof(c->text));
	if (tb[NLMSGERR_ATTR_OFFS])
		c->offset = nla_get_u32(tb[NLMSGERR_ATTR_OFFS]);
}

static int g_on_row(struct nl_msg *msg, void *arg)
{
	struct g_client *c = arg;

	if (c->rows == c->room) {
		c->room = c->room * 2 + 16;
		c->row = realloc(c->row, c->room * sizeof(*c->row));
		if (!c->row)
			t_die("realloc");
	}
	nlmsg_get(msg);
	c->row[c->rows++] = msg;
	return NL_OK;
}

static int g_on_error(struct sockaddr_nl *from __maybe_unused, struct nlmsgerr *e, void *arg)
{
	struct nlmsghdr *nlh = (void *)((char *)e - NLMSG_HDRLEN);
	struct g_client *c = arg;
	int echoed = nlh->nlmsg_flags & NLM_F_CAPPED ? 0 : e->msg.nlmsg_len - NLMSG_HDRLEN;

	c->err = -e->error;
	c->done = true;
	g_extack(c, nlh, sizeof(*e) + NLMSG_ALIGN(echoed));
	return NL_STOP;
}

static int g_on_done(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct g_client *c = arg;

	c->err = -*(int *)nlmsg_data(nlh);
	c->done = true;
	c->late = c->err;
	g_extack(c, nlh, sizeof(int));
	return NL_STOP;
}

static int g_on_ack(struct nl_msg *msg __maybe_unused, void *arg)
{
	((struct g_client *)arg)->done = true;
	return NL_STOP;
}

static int g_on_intr(struct nl_msg *msg __maybe_unused, void *arg)
{
	((struct g_client *)arg)->intr = true;
	return NL_OK;
}

/* A client in the namespace that the caller is in */
static inline struct g_client *g_open(void)
{
	struct g_client *c = calloc(1, sizeof(*c));
	int on = 1;

	c->sk = nl_socket_alloc();
	c->cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!c->sk || !c->cb || genl_connect(c->sk) ||
	    setsockopt(nl_socket_get_fd(c->sk), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)))
		t_die("a generic netlink socket");
	c->family = genl_ctrl_resolve(c->sk, NARU_GENL_NAME);
	if (c->family < 0)
		t_die("no family %s", NARU_GENL_NAME);
	nl_socket_set_buffer_size(c->sk, 1 << 20, 1 << 20);
	nl_cb_set(c->cb, NL_CB_VALID, NL_CB_CUSTOM, g_on_row, c);
	nl_cb_set(c->cb, NL_CB_FINISH, NL_CB_CUSTOM, g_on_done, c);
	nl_cb_set(c->cb, NL_CB_ACK, NL_CB_CUSTOM, g_on_ack, c);
	nl_cb_set(c->cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, g_on_intr, c);
	nl_cb_err(c->cb, NL_CB_CUSTOM, g_on_error, c);
	return c;
}

static inline void g_reset(struct g_client *c)
{
	while (c->rows)
		nlmsg_free(c->row[--c->rows]);
	c->done = false;
	c->intr = false;
	c->late = false;
	c->err = 0;
	c->offset = G_NOWHERE;
	c->text[0] = '\0';
}

static inline void g_close(struct g_client *c)
{
	g_reset(c);
	nl_socket_free(c->sk);
	nl_cb_put(c->cb);
	free(c->row);
	free(c);
}

static inline struct nl_msg *g_new(struct g_client *c, int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, c->family, 0, flags, cmd,
				 NARU_GENL_VERSION))
		t_die("nlmsg_alloc");
	return msg;
}

/* Sends, and waits for all of the answer. Returns the errno, 0 for success. */
static inline int g_call(struct g_client *c, struct nl_msg *msg)
{
	int err = nl_send_auto(c->sk, msg);

	nlmsg_free(msg);
	if (err < 0)
		t_die("nl_send_auto: %s", nl_geterror(err));
	g_reset(c);
	while (!c->done) {
		err = nl_recvmsgs(c->sk, c->cb);
		if (err < 0 && !c->done)
			t_die("nl_recvmsgs: %s", nl_geterror(err));
	}
	return c->err;
}

/* ---- attributes ---- */

struct g_attr {
	int type;			/* 0 is the end */
	int len;			/* G_DEEPER: @data is those within it */
	const void *data;
};

#define G_DEEPER	(-1)

#define G_FLAG(t)	((struct g_attr){ (t), 0, NULL })
#define G_U8(t, v)	((struct g_attr){ (t), 1, &(__u8){ (v) } })
#define G_U16(t, v)	((struct g_attr){ (t), 2, &(__u16){ (v) } })
#define G_U32(t, v)	((struct g_attr){ (t), 4, &(__u32){ (v) } })
#define G_STR(t, s)	((struct g_attr){ (t), sizeof(s), (s) })
#define G_RAW(t, n)	((struct g_attr){ (t), (n), g_zeros })
#define G_S32S(t, ...)	((struct g_attr){ (t), sizeof((__s32[]){ __VA_ARGS__ }),	\
					 (__s32[]){ __VA_ARGS__ } })
#define G_ADDR(t, a)	((struct g_attr){ (t), 16, g_addr((char[16]){}, (a)) })
#define G_NEST(t, ...)	((struct g_attr){ (t), G_DEEPER, G_ATTRS(__VA_ARGS__) })
#define G_ATTRS(...)	((struct g_attr[]){ __VA_ARGS__, {} })

static const char g_zeros[64] __maybe_unused;

/* The address in the ABI's notation, IPv4 as v4-mapped */
static inline const void *g_addr(char buf[16], const char *text)
{
	struct sockaddr_storage ss;

	t_addr(&ss, AF_INET6, text, 0);
	memcpy(buf, &((struct sockaddr_in6 *)&ss)->sin6_addr, 16);
	return buf;
}

/* Where the next attribute will be, as an extended ACK tells it */
static inline int g_at(struct nl_msg *msg)
{
	return NLMSG_ALIGN(nlmsg_hdr(msg)->nlmsg_len);
}

static inline int g_put_nest(struct nl_msg *msg, int type, const struct g_attr *attrs);

static inline void g_put(struct nl_msg *msg, const struct g_attr *attrs)
{
	for (; attrs->type; attrs++) {
		if (attrs->len == G_DEEPER)
			g_put_nest(msg, attrs->type, attrs->data);
		else if (nla_put(msg, attrs->type, attrs->len, attrs->data))
			t_die("nla_put");
	}
}

/* Returns where it is */
static inline int g_put_nest(struct nl_msg *msg, int type, const struct g_attr *attrs)
{
	int at = g_at(msg);
	struct nlattr *nest = nla_nest_start(msg, type);

	if (!nest)
		t_die("nla_nest_start");
	g_put(msg, attrs);
	nla_nest_end_keep_empty(msg, nest);
	return at;
}

/* The attributes of row @i */
static inline void g_parse(struct g_client *c, int i, struct nlattr **tb, int max)
{
	if (i >= c->rows)
		t_die("%d rows, no %d", c->rows, i);
	if (genlmsg_parse(nlmsg_hdr(c->row[i]), 0, tb, max, NULL))
		t_die("a row that cannot be parsed");
}

/* An attribute that must be there, with @len bytes */
static inline struct nlattr *g_need(struct nlattr **tb, int type, int len)
{
	if (!tb[type] || nla_len(tb[type]) != len)
		t_die("attribute %d: %d bytes of %d", type, tb[type] ? nla_len(tb[type]) : -1, len);
	return tb[type];
}

static inline int g_get_u8(struct nlattr **tb, int type)
{
	return nla_get_u8(g_need(tb, type, 1));
}

static inline int g_get_u16(struct nlattr **tb, int type)
{
	return nla_get_u16(g_need(tb, type, 2));
}

static inline __u32 g_get_u32(struct nlattr **tb, int type)
{
	return nla_get_u32(g_need(tb, type, 4));
}

static inline const char *g_get_text(struct nlattr **tb, int type)
{
	if (!tb[type] || nla_len(tb[type]) < 1 ||
	    ((char *)nla_data(tb[type]))[nla_len(tb[type]) - 1])
		t_die("attribute %d: no text", type);
	return nla_data(tb[type]);
}

/* ---- requests that most tests make ---- */

/* NARU_CMD_SOCK_GET with a filter, or NULL for all. Returns the number of rows. */
static inline int g_list(struct g_client *c, __u32 show, const struct g_attr *filter)
{
	struct nl_msg *msg = g_new(c, NARU_CMD_SOCK_GET, NLM_F_DUMP);

	if (show)
		nla_put_u32(msg, NARU_QUERY_SHOW, show);
	if (filter)
		g_put_nest(msg, NARU_QUERY_FILTER, filter);
	errno = g_call(c, msg);
	if (errno)
		t_die("SOCK_GET: %s", c->text);
	return c->rows;
}

/* NARU_CMD_SOCK_KILL with a filter, or NULL for all: the errno, 0 for success */
static inline int g_kill(struct g_client *c, const struct g_attr *filter)
{
	struct nl_msg *msg = g_new(c, NARU_CMD_SOCK_KILL, 0);

	if (filter)
		g_put_nest(msg, NARU_QUERY_FILTER, filter);
	else
		nla_put_flag(msg, NARU_QUERY_ALL);
	return g_call(c, msg);
}

/* What the last g_kill() counted */
static inline __u32 g_killed(struct g_client *c)
{
	struct nlattr *tb[NARU_KILL_MAX + 1];

	g_parse(c, 0, tb, NARU_KILL_MAX);
	return g_get_u32(tb, NARU_KILL_COUNT);
}

/* One of the numbers of NARU_CMD_INFO_GET */
static inline __u32 g_info(struct g_client *c, int attr)
{
	struct nlattr *tb[NARU_INFO_MAX + 1];

	errno = g_call(c, g_new(c, NARU_CMD_INFO_GET, 0));
	if (errno)
		t_die("INFO_GET: %s", c->text);
	g_parse(c, 0, tb, NARU_INFO_MAX);
	return g_get_u32(tb, attr);
}

static inline __u32 g_id_of(int fd)
{
	return t_get(fd, SOL_NARU, NARU_ID);
}

/* ---- rights ---- */

/* Runs @part in a child, whose failures are the test's */
static inline void g_in_child(struct __test_metadata *_metadata,
			      void (*part)(struct __test_metadata *_metadata, __u32 inode), __u32 inode)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		part(_metadata, inode);
		_exit(_metadata->exit_code);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

static inline void g_drop_net_admin(void)
{
	struct __user_cap_header_struct hdr = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &hdr, data))
		t_die("capget");
	data[0].effective &= ~(1u << CAP_NET_ADMIN);
	data[0].permitted &= ~(1u << CAP_NET_ADMIN);
	data[0].inheritable &= ~(1u << CAP_NET_ADMIN);
	if (syscall(SYS_capset, &hdr, data))
		t_die("capset");
}

/* Linux 6.1 does not say where when it is the end of a dump that refuses */
static inline int g_blamed(struct g_client *c, int at)
{
	struct utsname u;

	if (uname(&u))
		t_die("uname");
	return c->late && !strncmp(u.release, "6.1.", 4) ? G_NOWHERE : at;
}

/* A request is refused with @want, a message, and the place of what is to blame */
#define G_REFUSED(want, c, msg, at)						\
	do {									\
		EXPECT_EQ(want, g_call(c, msg));				\
		EXPECT_NE('\0', (c)->text[0]);					\
		EXPECT_EQ(g_blamed(c, at), (c)->offset) {					\
			TH_LOG("%s", (c)->text);				\
		}								\
		EXPECT_EQ(0, (c)->rows);					\
	} while (0)

/* ---- what every command refuses ---- */

struct g_command {
	int cmd, flags;
	int last;			/* the highest attribute it knows */
};

/* Each of the @most attributes behind those that a command knows */
static inline void g_refuse_unknown(struct __test_metadata *_metadata, struct g_client *c,
				    const struct g_command *k, size_t num, int most)
{
	for (; num--; k++) {
		for (int more = 1; more <= most; more++) {
			struct nl_msg *msg = g_new(c, k->cmd, k->flags);
			int at = g_at(msg);

			g_put(msg, G_ATTRS(G_U32(k->last + more, 0)));
			G_REFUSED(EINVAL, c, msg, at);
		}
	}
}

/* Bytes behind the attributes, a header from the future, flags that mean nothing here */
static inline void g_refuse_headers(struct __test_metadata *_metadata, struct g_client *c,
				    const struct g_command *k, size_t num)
{
	for (; num--; k++) {
		struct nl_msg *msg = g_new(c, k->cmd, k->flags);

		nlmsg_append(msg, (void *)g_zeros, 3, 0);
		G_REFUSED(EINVAL, c, msg, G_NOWHERE);
		msg = g_new(c, k->cmd, k->flags);
		((struct genlmsghdr *)nlmsg_data(nlmsg_hdr(msg)))->reserved = 1;
		G_REFUSED(EINVAL, c, msg, G_NOWHERE);
		msg = g_new(c, k->cmd, k->flags | NLM_F_CREATE);
		G_REFUSED(EINVAL, c, msg, G_NOWHERE);
	}
}

static inline int g_size_of(const struct g_attr *a)
{
	int size = 0;

	if (a->len != G_DEEPER)
		return nla_total_size(a->len);
	for (const struct g_attr *in = a->data; in->type; in++)
		size += g_size_of(in);
	return nla_total_size(size);
}

/* Where the last of these attributes is, @depth levels down, when the first is at @at */
static inline int g_last_at(const struct g_attr *attrs, int at, int depth)
{
	for (; attrs[1].type; attrs++)
		at += g_size_of(attrs);
	return depth ? g_last_at(attrs->data, at + NLA_HDRLEN, depth - 1) : at;
}

/* The number of the socket in a row of a list */
static inline __u32 g_row_id(struct g_client *c, int i)
{
	struct nlattr *tb[NARU_SOCK_MAX + 1];

	g_parse(c, i, tb, NARU_SOCK_MAX);
	return g_get_u32(tb, NARU_SOCK_ID);
}

static inline int g_by_number(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

/* Rows of the last list that are there more than once */
static inline int g_rows_twice(struct g_client *c)
{
	__u32 *id = calloc(c->rows + 1, sizeof(*id));
	int twice = 0;

	if (!id)
		t_die("calloc");
	for (int i = 0; i < c->rows; i++)
		id[i] = g_row_id(c, i);
	qsort(id, c->rows, sizeof(*id), g_by_number);
	for (int i = 1; i < c->rows; i++)
		twice += id[i] == id[i - 1];
	free(id);
	return twice;
}

#endif
