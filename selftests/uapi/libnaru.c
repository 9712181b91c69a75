// SPDX-License-Identifier: GPL-2.0
/*
 * libnaru as a program sees it: requests, refusals, lists and events, and messages that are none.
 */
#include "naru_test.h"
#include <naru/naru.h>

static t_kind native = { AF_INET, 0 };

FIXTURE(lib)
{
	struct naru *n;
};

FIXTURE_SETUP(lib)
{
	t_enter_netns();
	ASSERT_EQ(0, naru_open(&self->n));
}

FIXTURE_TEARDOWN(lib)
{
	naru_close(self->n);
}

static const struct nlmsghdr *row_of(const struct naru_list *list, int attr, __u32 value)
{
	const struct nlattr *tb[NARU_SOCK_MAX + 1];
	const struct nlmsghdr *nlh = NULL;

	while ((nlh = naru_list_next(list, nlh))) {
		naru_parse(tb, NARU_SOCK_MAX, nlh);
		if (tb[attr] && naru_u32(tb[attr]) == value)
			return nlh;
	}
	return NULL;
}

TEST_F(lib, socks)
{
	const struct nlattr *tb[NARU_SOCK_MAX + 1], *mem[NARU_MEM_MAX + 1];
	int fd = t_listen(&native), port = t_port(fd);
	struct naru_list *list;
	const struct nlmsghdr *nlh;
	unsigned char addr[20];

	ASSERT_EQ(0, naru_read_socks(self->n, NARU_SHOW_MEM, &list));
	EXPECT_EQ(1, naru_list_size(list));
	EXPECT_EQ(0, naru_interrupted(self->n));
	nlh = row_of(list, NARU_SOCK_ID, t_get(fd, SOL_NARU, NARU_ID));
	ASSERT_NE(NULL, nlh);
	EXPECT_EQ(NARU_CMD_SOCK_GET, naru_cmd(nlh));
	EXPECT_EQ(NULL, naru_list_next(list, nlh));
	naru_parse(tb, NARU_SOCK_MAX, nlh);
	EXPECT_EQ(port, naru_u16(tb[NARU_SOCK_LPORT]));
	EXPECT_EQ(TCP_LISTEN, naru_u8(tb[NARU_SOCK_STATE]));
	EXPECT_EQ(16, naru_copy(tb[NARU_SOCK_LADDR], addr, sizeof(addr)));
	EXPECT_EQ(0xff, addr[10]);
	EXPECT_EQ(127, addr[12]);
	EXPECT_EQ(0, addr[16] | addr[19]);
	naru_parse_nested(mem, NARU_MEM_MAX, tb[NARU_SOCK_MEM]);
	EXPECT_NE(0, naru_u32(mem[NARU_MEM_RCVBUF]));
	naru_list_free(list);
	close(fd);
}

#define MANY	300

TEST_F(lib, many_socks)
{
	struct naru_list *list;
	int fd[MANY], i;

	for (i = 0; i < MANY; i++)
		fd[i] = t_socket(&native, 0);
	ASSERT_EQ(0, naru_read_socks(self->n, NARU_SHOW_ALL, &list));
	EXPECT_EQ(MANY, naru_list_size(list));
	for (i = 0; i < MANY; i++)
		EXPECT_NE(NULL, row_of(list, NARU_SOCK_ID, t_get(fd[i], SOL_NARU, NARU_ID)));
	naru_list_free(list);
	for (i = 0; i < MANY; i++)
		close(fd[i]);
	ASSERT_EQ(0, naru_read_socks(self->n, 0, &list));
	EXPECT_EQ(0, naru_list_size(list));
	EXPECT_EQ(NULL, naru_list_next(list, NULL));
	naru_list_free(list);
}

TEST_F(lib, counters_and_settings)
{
	struct naru_list *stats, *settings;

	ASSERT_EQ(0, naru_read_all(self->n, NARU_CMD_STAT_GET, &stats));
	EXPECT_LT(50, naru_list_size(stats));
	ASSERT_EQ(0, naru_read_all(self->n, NARU_CMD_SETTING_GET, &settings));
	EXPECT_LT(50, naru_list_size(settings));
	naru_list_free(stats);
	naru_list_free(settings);
}

/* The setting's value, -1 where there is none of that name */
static int take_value(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_SETTING_ATTR_MAX + 1];

	naru_parse(tb, NARU_SETTING_ATTR_MAX, nlh);
	naru_copy(tb[NARU_SETTING_VALUES], arg, sizeof(int));
	return 0;
}

static int get(struct naru *n, const char *name, int *value)
{
	struct nlmsghdr *nlh = naru_request(n, NARU_CMD_SETTING_GET, 0);

	naru_put_str(n, nlh, NARU_SETTING_NAME, name);
	return naru_talk(n, nlh, take_value, value);
}

static int set(struct naru *n, const char *name, int value, __u32 *at)
{
	struct nlmsghdr *nlh = naru_request(n, NARU_CMD_SETTING_SET, 0);
	struct nlattr *nest = naru_put_nest(n, nlh, NARU_CHANGE_SETTING);

	naru_put_str(n, nlh, NARU_SETTING_NAME, name);
	*at = nlh->nlmsg_len;
	naru_put(n, nlh, NARU_SETTING_VALUES, &value, sizeof(value));
	naru_put_nest_end(n, nlh, nest);
	return naru_talk(n, nlh, NULL, NULL);
}

TEST_F(lib, a_setting)
{
	int value = -1;
	__u32 at;

	ASSERT_EQ(0, set(self->n, "syn_retries", 3, &at));
	ASSERT_EQ(0, get(self->n, "syn_retries", &value));
	EXPECT_EQ(3, value);
	EXPECT_STREQ("", naru_error(self->n));
}

TEST_F(lib, refused)
{
	__u32 at;
	int value = -1;

	EXPECT_EQ(-ERANGE, set(self->n, "syn_retries", 100000, &at));
	EXPECT_NE('\0', *naru_error(self->n));
	EXPECT_STRNE(strerror(ERANGE), naru_error(self->n));
	EXPECT_EQ(at, naru_bad_attr(self->n));
	EXPECT_EQ(-ENOENT, get(self->n, "odd", &value));
	EXPECT_NE('\0', *naru_error(self->n));
	/* What was wrong is over */
	EXPECT_EQ(0, get(self->n, "syn_retries", &value));
	EXPECT_STREQ("", naru_error(self->n));
	EXPECT_EQ(0, naru_bad_attr(self->n));
}

static int end_it(const struct nlmsghdr *nlh __maybe_unused, void *arg __maybe_unused)
{
	return -ECANCELED;
}

TEST_F(lib, ended_by_the_caller)
{
	EXPECT_EQ(-ECANCELED, naru_talk(self->n, naru_request(self->n, NARU_CMD_STAT_GET, NLM_F_DUMP), end_it,
					NULL));
	EXPECT_STREQ("", naru_error(self->n));
}

TEST_F(lib, no_room)
{
	struct nlmsghdr *nlh = naru_request(self->n, NARU_CMD_SETTING_SET, 0);
	char big[30000] = "";

	EXPECT_EQ(0, naru_put(self->n, nlh, 1, big, sizeof(big)));
	EXPECT_EQ(0, naru_put(self->n, nlh, 1, big, sizeof(big)));
	EXPECT_EQ(-EMSGSIZE, naru_put(self->n, nlh, 1, big, sizeof(big)));
	EXPECT_GE(NARU_REQUEST_SIZE, nlh->nlmsg_len);
	while (!naru_put_u32(self->n, nlh, 1, 0))
		;
	EXPECT_EQ(-EMSGSIZE, naru_put_str(self->n, nlh, 1, "text"));
	/* What is empty may have had room yet */
	while (!naru_put(self->n, nlh, 1, "", 0))
		;
	EXPECT_EQ(NULL, naru_put_nest(self->n, nlh, 1));
}

TEST_F(lib, history)
{
	const struct nlattr *tb[NARU_HISTORY_MAX + 1], *record[NARU_RECORD_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	struct naru_list *list;
	int sv[2], events = 0;
	__u32 id;

	t_pair(&native, sv);
	id = t_get(sv[0], SOL_NARU, NARU_ID);
	ASSERT_EQ(0, naru_read_history(self->n, id, &list));
	ASSERT_LT(1, naru_list_size(list));
	nlh = naru_list_next(list, NULL);
	naru_parse(tb, NARU_HISTORY_MAX, nlh);
	EXPECT_EQ(id, naru_u32(tb[NARU_HISTORY_ID]));
	EXPECT_NE(0, naru_u64(tb[NARU_HISTORY_OPENED]));
	while ((nlh = naru_list_next(list, nlh))) {
		naru_parse(tb, NARU_HISTORY_MAX, nlh);
		naru_parse_nested(record, NARU_RECORD_MAX, tb[NARU_HISTORY_EVENT]);
		EXPECT_NE(NULL, record[NARU_RECORD_WHAT]);
		events++;
	}
	EXPECT_EQ(events + 1, naru_list_size(list));
	naru_list_free(list);
	t_close_pair(sv);
	EXPECT_EQ(-ENOENT, naru_read_history(self->n, 0x7fffffff, &list));
	EXPECT_EQ(NULL, list);
	EXPECT_NE('\0', *naru_error(self->n));
}

static void put_addr(struct naru *n, struct nlmsghdr *nlh, int attr, unsigned int last)
{
	unsigned char a[16] = { [10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = last };

	naru_put(n, nlh, attr, a, sizeof(a));
}

/* A rule with two external addresses */
static int add_rule(struct naru *n)
{
	struct nlmsghdr *nlh = naru_request(n, NARU_CMD_NAPT_RULE_ADD, 0);
	struct nlattr *rule = naru_put_nest(n, nlh, NARU_NAPT_REQ_RULE), *to;
	int i;

	naru_put_str(n, nlh, NARU_RULE_DEV, "lo");
	for (i = 1; i <= 3; i += 2) {
		to = naru_put_nest(n, nlh, NARU_RULE_TO);
		put_addr(n, nlh, NARU_TO_FIRST, i);
		naru_put_nest_end(n, nlh, to);
	}
	naru_put_u16(n, nlh, NARU_RULE_PORT_FIRST, 5000);
	naru_put_u16(n, nlh, NARU_RULE_PORT_LAST, 6000);
	naru_put_u8(n, nlh, NARU_RULE_HAIRPIN, 0);
	naru_put_nest_end(n, nlh, rule);
	return naru_talk(n, nlh, NULL, NULL);
}

TEST_F(lib, napt)
{
	const struct nlattr *tb[NARU_RULE_ATTR_MAX + 1], *to[NARU_TO_MAX + 1], *next = NULL;
	const struct nlmsghdr *nlh;
	unsigned char addr[16];
	struct naru_list *list;
	int i;

	ASSERT_EQ(0, add_rule(self->n)) {
		TH_LOG("%s", naru_error(self->n));
	}
	ASSERT_EQ(0, naru_read_all(self->n, NARU_CMD_NAPT_RULE_GET, &list));
	ASSERT_EQ(1, naru_list_size(list));
	nlh = naru_list_next(list, NULL);
	naru_parse(tb, NARU_RULE_ATTR_MAX, nlh);
	EXPECT_STREQ("lo", naru_str(tb[NARU_RULE_DEV]));
	EXPECT_EQ(5000, naru_u16(tb[NARU_RULE_PORT_FIRST]));
	EXPECT_EQ(0, naru_u8(tb[NARU_RULE_HAIRPIN]));
	for (i = 1; i <= 3; i += 2) {
		next = naru_next(nlh, NARU_RULE_TO, next);
		ASSERT_NE(NULL, next);
		naru_parse_nested(to, NARU_TO_MAX, next);
		EXPECT_EQ(16, naru_copy(to[NARU_TO_FIRST], addr, sizeof(addr)));
		EXPECT_EQ(i, addr[15]);
	}
	EXPECT_EQ(NULL, naru_next(nlh, NARU_RULE_TO, next));
	naru_list_free(list);
}

struct seen {
	int events;
	__u32 id, seq;
};

static int see(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_SOCK_MAX + 1];
	struct seen *s = arg;

	naru_parse(tb, NARU_SOCK_MAX, nlh);
	if (naru_cmd(nlh) != NARU_CMD_SOCK_EVENT || naru_u8(tb[NARU_SOCK_STATE]) != TCP_LISTEN)
		return -EPROTO;
	s->id = naru_u32(tb[NARU_SOCK_ID]);
	s->seq = naru_u32(tb[NARU_SOCK_SEQ]);
	s->events++;
	return 0;
}

TEST_F(lib, events)
{
	struct seen s = {};
	int fd;

	EXPECT_EQ(-ENOENT, naru_listen(self->n, "odd"));
	EXPECT_NE('\0', *naru_error(self->n));
	ASSERT_EQ(0, naru_listen(self->n, NARU_GENL_GROUP_SOCK));
	EXPECT_EQ(0, t_events(naru_fd(self->n)) & POLLIN);
	fd = t_listen(&native);
	EXPECT_EQ(POLLIN, t_wait(naru_fd(self->n), POLLIN) & POLLIN);
	ASSERT_EQ(0, naru_next_event(self->n, see, &s)) {
		TH_LOG("%s", naru_error(self->n));
	}
	EXPECT_EQ(1, s.events);
	EXPECT_EQ(t_get(fd, SOL_NARU, NARU_ID), s.id);
	close(fd);
}

/* Events that nobody reads are lost, and that is said */
TEST_F(lib, events_lost)
{
	int err = 0, size = 1, i;

	ASSERT_EQ(0, naru_listen(self->n, NARU_GENL_GROUP_SOCK));
	ASSERT_EQ(0, setsockopt(naru_fd(self->n), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)));
	for (i = 0; i < 50; i++)
		close(t_listen(&native));
	while (!err)
		err = naru_next_event(self->n, end_it, NULL);
	if (err == -ECANCELED)
		err = naru_next_event(self->n, end_it, NULL);
	EXPECT_EQ(-ENOBUFS, err);
	EXPECT_NE('\0', *naru_error(self->n));
}

/* What is too short is as if it was not there */
TEST_F(lib, messages_that_are_none)
{
	struct {
		struct nlmsghdr nlh;
		char genl[4];
		struct nlattr attr;
		char rest[8];
	} m = { .nlh = { .nlmsg_len = 16 }, .attr = { 200, 1 } };
	const struct nlattr *tb[3], *in[3];

	EXPECT_EQ(NARU_CMD_UNSPEC, naru_cmd(&m.nlh));
	naru_parse(tb, 2, &m.nlh);
	EXPECT_EQ(NULL, tb[1]);
	/* An attribute that is longer than its message */
	m.nlh.nlmsg_len = sizeof(m);
	naru_parse(tb, 2, &m.nlh);
	EXPECT_EQ(NULL, tb[1]);
	EXPECT_EQ(NULL, naru_next(&m.nlh, 1, NULL));
	/* A u8 that is asked for as more */
	m.attr.nla_len = 5;
	m.rest[0] = 7;
	naru_parse(tb, 2, &m.nlh);
	ASSERT_NE(NULL, tb[1]);
	EXPECT_EQ(7, naru_u8(tb[1]));
	EXPECT_EQ(0, naru_u16(tb[1]));
	EXPECT_EQ(0, naru_u32(tb[1]));
	EXPECT_EQ(0, naru_u64(tb[1]));
	EXPECT_STREQ("", naru_str(tb[1]));
	naru_parse_nested(in, 2, tb[1]);
	EXPECT_EQ(NULL, in[1]);
	naru_parse_nested(in, 2, NULL);
	EXPECT_EQ(NULL, in[2]);
	EXPECT_EQ(0, naru_u8(NULL) | naru_u16(NULL) | naru_s32(NULL) | naru_copy(NULL, tb, sizeof(tb)));
	EXPECT_STREQ("", naru_str(NULL));
}

TEST_HARNESS_MAIN
