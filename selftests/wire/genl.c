// SPDX-License-Identifier: GPL-2.0
/* Counters and settings of the test's namespace, by netlink messages made by hand */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/naru_genl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "wire.h"

struct msg {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	uint8_t attrs[512];
};

typedef bool (*reply_fn)(const struct nlattr *attrs, int len, void *arg);

static void *attr_data(const struct nlattr *a)
{
	return (char *)a + NLA_HDRLEN;
}

/* The attribute of that type, or NULL */
static const struct nlattr *attr_find(const struct nlattr *a, int len, int type)
{
	while (len >= NLA_HDRLEN && a->nla_len >= NLA_HDRLEN && a->nla_len <= len) {
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		len -= NLA_ALIGN(a->nla_len);
		a = (const struct nlattr *)((const char *)a + NLA_ALIGN(a->nla_len));
	}
	return NULL;
}

static void msg_init(struct msg *m, int family, int flags, int cmd)
{
	memset(m, 0, sizeof(*m));
	m->nl.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	m->nl.nlmsg_type = family;
	m->nl.nlmsg_flags = NLM_F_REQUEST | flags;
	m->genl.cmd = cmd;
	m->genl.version = 1;
}

static struct nlattr *msg_attr(struct msg *m, int type, const void *data, int len)
{
	struct nlattr *a = (void *)((char *)m + m->nl.nlmsg_len);

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy(attr_data(a), data, len);
	m->nl.nlmsg_len += NLA_ALIGN(a->nla_len);
	return a;
}

/* Sends a request and calls @fn for each reply until it says true, the end or the ACK comes */
static void talk(struct msg *m, reply_fn fn, void *arg)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	static char buf[65536] __attribute__((aligned(8)));
	bool done = false;
	int fd, len;

	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (fd < 0 || sendto(fd, m, m->nl.nlmsg_len, 0, (void *)&kernel, sizeof(kernel)) < 0)
		wire_die("netlink");
	while (!done) {
		struct nlmsghdr *nl = (void *)buf;

		len = recv(fd, buf, sizeof(buf), 0);
		if (len <= 0)
			wire_die("netlink: recv");
		for (; NLMSG_OK(nl, (unsigned int)len) && !done; nl = NLMSG_NEXT(nl, len)) {
			if (nl->nlmsg_type == NLMSG_ERROR) {
				errno = -((struct nlmsgerr *)NLMSG_DATA(nl))->error;
				if (errno)
					wire_die("netlink command %d", m->genl.cmd);
				done = true;
			} else if (nl->nlmsg_type == NLMSG_DONE) {
				done = true;
			} else if (fn) {
				done = fn((void *)((char *)NLMSG_DATA(nl) + GENL_HDRLEN),
					  NLMSG_PAYLOAD(nl, GENL_HDRLEN), arg);
			}
		}
	}
	close(fd);
}

static bool take_family(const struct nlattr *attrs, int len, void *arg)
{
	const struct nlattr *a = attr_find(attrs, len, CTRL_ATTR_FAMILY_ID);

	if (a)
		*(int *)arg = *(uint16_t *)attr_data(a);
	return true;
}

static int family_id(void)
{
	static int id;
	struct msg m;

	if (id)
		return id;
	msg_init(&m, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY);
	msg_attr(&m, CTRL_ATTR_FAMILY_NAME, NARU_GENL_NAME, sizeof(NARU_GENL_NAME));
	talk(&m, take_family, &id);
	if (!id)
		wire_die("no netlink family " NARU_GENL_NAME);
	return id;
}

struct counter {
	const char *name;
	uint64_t value;
	bool found;
};

static bool take_counter(const struct nlattr *attrs, int len, void *arg)
{
	const struct nlattr *name = attr_find(attrs, len, NARU_STAT_NAME);
	const struct nlattr *value = attr_find(attrs, len, NARU_STAT_VALUE);
	struct counter *c = arg;

	if (!name || !value || strcmp(attr_data(name), c->name))
		return false;
	memcpy(&c->value, attr_data(value), sizeof(c->value));
	c->found = true;
	return false;
}

static bool show_counter(const struct nlattr *attrs, int len, void *arg)
{
	const struct nlattr *name = attr_find(attrs, len, NARU_STAT_NAME);
	const struct nlattr *value = attr_find(attrs, len, NARU_STAT_VALUE);
	uint64_t v = 0;

	if (name && value)
		memcpy(&v, attr_data(value), sizeof(v));
	if (v)
		fprintf(stderr, " %s %llu", (const char *)attr_data(name), (unsigned long long)v);
	return false;
}

/* What has been counted, for who wonders why a test fails */
void wire_show_counts(void)
{
	struct msg m;

	msg_init(&m, family_id(), NLM_F_DUMP, NARU_CMD_STAT_GET);
	fprintf(stderr, "# counted:");
	talk(&m, show_counter, NULL);
	fprintf(stderr, "\n");
}

uint64_t wire_count(const char *name)
{
	struct counter c = { .name = name };
	struct msg m;

	msg_init(&m, family_id(), NLM_F_DUMP, NARU_CMD_STAT_GET);
	talk(&m, take_counter, &c);
	if (!c.found)
		wire_die("no counter %s", name);
	return c.value;
}

void wire_await_count(const char *name, uint64_t least)
{
	long end = wire_now_ms() + WIRE_PATIENCE_MS;

	while (wire_count(name) < least) {
		if (wire_now_ms() > end)
			wire_die("%s stays at %llu", name, (unsigned long long)wire_count(name));
		poll(NULL, 0, 20);
	}
}

void wire_set(const char *name, int32_t value)
{
	struct nlattr *nest;
	struct msg m;

	msg_init(&m, family_id(), NLM_F_ACK, NARU_CMD_SETTING_SET);
	nest = msg_attr(&m, NLA_F_NESTED | NARU_CHANGE_SETTING, NULL, 0);
	msg_attr(&m, NARU_SETTING_NAME, name, strlen(name) + 1);
	msg_attr(&m, NARU_SETTING_VALUES, &value, sizeof(value));
	nest->nla_len = (char *)&m + m.nl.nlmsg_len - (char *)nest;
	talk(&m, NULL, NULL);
}

struct info {
	int attr;
	uint32_t value;
};

static bool take_info(const struct nlattr *attrs, int len, void *arg)
{
	struct info *info = arg;
	const struct nlattr *a = attr_find(attrs, len, info->attr);

	if (!a)
		wire_die("no NARU_INFO_* %d", info->attr);
	info->value = *(uint32_t *)attr_data(a);
	return true;
}

uint32_t wire_info(int attr)
{
	struct info info = { .attr = attr };
	struct msg m;

	msg_init(&m, family_id(), 0, NARU_CMD_INFO_GET);
	talk(&m, take_info, &info);
	return info.value;
}

void wire_kill(void)
{
	struct msg m;

	msg_init(&m, family_id(), NLM_F_ACK, NARU_CMD_SOCK_KILL);
	msg_attr(&m, NARU_QUERY_ALL, NULL, 0);
	talk(&m, NULL, NULL);
}
