// SPDX-License-Identifier: GPL-2.0
/* Counters and settings of the test's namespace, by netlink messages made by hand */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/naru.h>
#include <linux/naru_genl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "wire.h"

#define COUNTERS_MAX	256
#define CHANGED_MAX	16

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
	char name[32];
	uint64_t value;
};

struct counters {
	int num;
	struct counter counter[COUNTERS_MAX];
};

static struct counters at_start;

static bool take_counter(const struct nlattr *attrs, int len, void *arg)
{
	const struct nlattr *name = attr_find(attrs, len, NARU_STAT_NAME);
	const struct nlattr *value = attr_find(attrs, len, NARU_STAT_VALUE);
	struct counters *all = arg;
	struct counter *c = &all->counter[all->num];

	if (!name || !value || all->num == COUNTERS_MAX)
		wire_die("counter %d", all->num);
	snprintf(c->name, sizeof(c->name), "%s", (const char *)attr_data(name));
	memcpy(&c->value, attr_data(value), sizeof(c->value));
	all->num++;
	return false;
}

/* The same order each time */
static void read_counters(struct counters *all)
{
	struct msg m;

	all->num = 0;
	msg_init(&m, family_id(), NLM_F_DUMP, NARU_CMD_STAT_GET);
	talk(&m, take_counter, all);
}

void wire_start_counts(void)
{
	read_counters(&at_start);
}

/* What has been counted, for who wonders why a test fails */
void wire_show_counts(void)
{
	static struct counters now;

	read_counters(&now);
	fprintf(stderr, "# counted:");
	for (int i = 0; i < now.num; i++)
		if (now.counter[i].value != at_start.counter[i].value)
			fprintf(stderr, " %s %llu", now.counter[i].name, (unsigned long long)
				(now.counter[i].value - at_start.counter[i].value));
	fprintf(stderr, "\n");
}

uint64_t wire_count(const char *name)
{
	static struct counters now;

	read_counters(&now);
	for (int i = 0; i < now.num; i++)
		if (!strcmp(now.counter[i].name, name))
			return now.counter[i].value - at_start.counter[i].value;
	wire_die("no counter %s", name);
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

static void set(const char *name, int attr, const void *value, int len)
{
	struct nlattr *nest;
	struct msg m;

	msg_init(&m, family_id(), NLM_F_ACK, NARU_CMD_SETTING_SET);
	nest = msg_attr(&m, NLA_F_NESTED | NARU_CHANGE_SETTING, NULL, 0);
	msg_attr(&m, NARU_SETTING_NAME, name, strlen(name) + 1);
	msg_attr(&m, attr, value, len);
	nest->nla_len = (char *)&m + m.nl.nlmsg_len - (char *)nest;
	talk(&m, NULL, NULL);
}

void wire_set(const char *name, int32_t value)
{
	set(name, NARU_SETTING_VALUES, &value, sizeof(value));
}

void wire_set_name(const char *name, const char *text)
{
	set(name, NARU_SETTING_TEXT, text, strlen(text) + 1);
}

/* A setting of one value that is not what it is by default */
struct changed {
	char name[NARU_SETTING_NAME_MAX + 1];
	int32_t value;
};

struct changes {
	int num;
	struct changed changed[CHANGED_MAX];
};

static bool take_setting(const struct nlattr *attrs, int len, void *arg)
{
	const struct nlattr *name = attr_find(attrs, len, NARU_SETTING_NAME);
	const struct nlattr *values = attr_find(attrs, len, NARU_SETTING_VALUES);
	const struct nlattr *defaults = attr_find(attrs, len, NARU_SETTING_DEFAULTS);
	struct changes *all = arg;
	struct changed *c = &all->changed[all->num];

	if (attr_find(attrs, len, NARU_SETTING_TEXT))
		return false;	/* a name: each test sets it */
	if (!name || !values || !defaults)
		wire_die("a setting without name or value");
	if (values->nla_len != NLA_HDRLEN + sizeof(int32_t) ||
	    !memcmp(attr_data(values), attr_data(defaults), sizeof(int32_t)))
		return false;
	if (all->num == CHANGED_MAX)
		wire_die("%d settings changed", all->num);
	snprintf(c->name, sizeof(c->name), "%s", (const char *)attr_data(name));
	memcpy(&c->value, attr_data(defaults), sizeof(c->value));
	all->num++;
	return false;
}

void wire_default_settings(void)
{
	struct changes all = {};
	struct msg m;

	msg_init(&m, family_id(), NLM_F_DUMP, NARU_CMD_SETTING_GET);
	talk(&m, take_setting, &all);
	for (int i = 0; i < all.num; i++)
		wire_set(all.changed[i].name, all.changed[i].value);
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

struct history {
	struct wire_event *event;
	int num, most;
};

static uint32_t number(const struct nlattr *attrs, int len, int type)
{
	const struct nlattr *a = attr_find(attrs, len, type);
	uint32_t u32 = 0;

	if (!a || a->nla_len > NLA_HDRLEN + sizeof(u32))
		wire_die("attribute %d of an event", type);
	memcpy(&u32, attr_data(a), a->nla_len - NLA_HDRLEN);
	return u32;
}

/* The first reply is no event */
static bool take_event(const struct nlattr *attrs, int len, void *arg)
{
	const struct nlattr *a = attr_find(attrs, len, NARU_HISTORY_EVENT);
	struct history *h = arg;

	if (!a)
		return false;
	if (h->num == h->most)
		wire_die("%d events", h->num);
	len = a->nla_len - NLA_HDRLEN;
	attrs = attr_data(a);
	h->event[h->num++] = (struct wire_event) {
		.what = number(attrs, len, NARU_RECORD_WHAT),
		.by = number(attrs, len, NARU_RECORD_BY),
		.state = number(attrs, len, NARU_RECORD_STATE),
		.recovery = number(attrs, len, NARU_RECORD_RECOVERY),
		.value = number(attrs, len, NARU_RECORD_VALUE),
		.cwnd = number(attrs, len, NARU_RECORD_CWND),
		.in_flight = number(attrs, len, NARU_RECORD_IN_FLIGHT),
		.snd_wnd = number(attrs, len, NARU_RECORD_SND_WND),
	};
	return false;
}

int wire_history(int fd, struct wire_event *events, int most)
{
	struct history h = { .event = events, .most = most };
	socklen_t len = sizeof(uint32_t);
	uint32_t id;
	struct msg m;

	if (getsockopt(fd, SOL_NARU, NARU_ID, &id, &len))
		wire_die("NARU_ID");
	msg_init(&m, family_id(), NLM_F_DUMP, NARU_CMD_HISTORY_GET);
	msg_attr(&m, NARU_HISTORY_ID, &id, sizeof(id));
	talk(&m, take_event, &h);
	return h.num;
}
