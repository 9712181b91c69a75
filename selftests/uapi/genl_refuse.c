// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: settings and counters; what is refused, with a message and the place
 * of what is wrong; and who may do what.
 */
#include <sys/stat.h>
#include "genl_test.h"

static t_kind native = { AF_INET, 0 };

FIXTURE(genl)
{
	struct g_client *c;
};

FIXTURE_SETUP(genl)
{
	t_enter_netns();
	self->c = g_open();
}

FIXTURE_TEARDOWN(genl)
{
	g_close(self->c);
}

/* ---- settings ---- */

/* All of one setting */
struct setting {
	int type, n, min, max, value[3], def[3];
};

static int ints(struct nlattr **tb, int attr, int *to)
{
	if (!tb[attr] || (nla_len(tb[attr]) != 4 && nla_len(tb[attr]) != 12))
		t_die("attribute %d is no array of one or three", attr);
	memcpy(to, nla_data(tb[attr]), nla_len(tb[attr]));
	return nla_len(tb[attr]) / 4;
}

static struct setting parse_setting(struct g_client *c, int row, const char **name)
{
	struct nlattr *tb[NARU_SETTING_ATTR_MAX + 1];
	struct setting s;

	g_parse(c, row, tb, NARU_SETTING_ATTR_MAX);
	*name = g_get_text(tb, NARU_SETTING_NAME);
	memset(&s, 0, sizeof(s));
	s.type = g_get_u8(tb, NARU_SETTING_TYPE);
	if (s.type == NARU_SETTING_TYPE_NAME) {
		if (strcmp(g_get_text(tb, NARU_SETTING_TEXT), g_get_text(tb, NARU_SETTING_TEXT_DEFAULT)) ||
		    !*g_get_text(tb, NARU_SETTING_TEXT_CHOICES) || !*g_get_text(tb, NARU_SETTING_HELP))
			t_die("setting %s", *name);
		return s;
	}
	s.min = nla_get_s32(g_need(tb, NARU_SETTING_MIN, 4));
	s.max = nla_get_s32(g_need(tb, NARU_SETTING_MAX, 4));
	s.n = ints(tb, NARU_SETTING_VALUES, s.value);
	if (ints(tb, NARU_SETTING_DEFAULTS, s.def) != s.n ||
	    s.n != (s.type == NARU_SETTING_TYPE_TRIPLE ? 3 : 1) ||
	    !*g_get_text(tb, NARU_SETTING_HELP))
		t_die("setting %s", *name);
	return s;
}

static struct setting get_setting(struct g_client *c, const char *name)
{
	struct nl_msg *msg = g_new(c, NARU_CMD_SETTING_GET, 0);
	struct setting s;
	const char *got;

	nla_put_string(msg, NARU_SETTING_NAME, name);
	errno = g_call(c, msg);
	if (errno)
		t_die("SETTING_GET %s: %s", name, c->text);
	s = parse_setting(c, 0, &got);
	if (c->rows != 1 || strcmp(got, name))
		t_die("SETTING_GET %s: %s", name, got);
	return s;
}

TEST_F(genl, settings_listed)
{
	bool sack = false, rmem = false, cong = false;
	const char *name;

	ASSERT_EQ(0, g_call(self->c, g_new(self->c, NARU_CMD_SETTING_GET, NLM_F_DUMP)));
	EXPECT_LT(20, self->c->rows);
	for (int i = 0; i < self->c->rows; i++) {
		struct setting s = parse_setting(self->c, i, &name);

		for (int n = 0; n < s.n; n++) {
			EXPECT_EQ(s.def[n], s.value[n]);
			EXPECT_LE(s.min, s.value[n]);
			EXPECT_GE(s.max, s.value[n]);
		}
		sack |= !strcmp(name, "sack") && s.type == NARU_SETTING_TYPE_BOOL;
		rmem |= !strcmp(name, "rmem") && s.type == NARU_SETTING_TYPE_TRIPLE;
		cong |= !strcmp(name, "congestion_control") && s.type == NARU_SETTING_TYPE_NAME;
	}
	EXPECT_TRUE(sack);
	EXPECT_TRUE(rmem);
	EXPECT_TRUE(cong);
}

TEST_F(genl, setting_of_name)
{
	struct setting s = get_setting(self->c, "sack");

	EXPECT_EQ(1, s.n);
	EXPECT_EQ(1, s.value[0]);
	EXPECT_EQ(0, s.min);
	EXPECT_EQ(1, s.max);
	s = get_setting(self->c, "rmem");
	EXPECT_EQ(3, s.n);
	EXPECT_EQ(4096, s.value[0]);
	EXPECT_EQ(131072, s.value[1]);
	EXPECT_EQ(6291456, s.value[2]);
}

static struct nl_msg *new_set(struct g_client *c)
{
	return g_new(c, NARU_CMD_SETTING_SET, 0);
}

TEST_F(genl, settings_changed)
{
	struct nl_msg *msg = new_set(self->c);
	struct g_client *other;

	g_put_nest(msg, NARU_CHANGE_SETTING, G_ATTRS(G_STR(NARU_SETTING_NAME, "sack"),
						     G_S32S(NARU_SETTING_VALUES, 0)));
	g_put_nest(msg, NARU_CHANGE_SETTING, G_ATTRS(G_STR(NARU_SETTING_NAME, "wmem"),
						     G_S32S(NARU_SETTING_VALUES, 5000, 6000, 7000)));
	ASSERT_EQ(0, g_call(self->c, msg));
	EXPECT_EQ(0, self->c->rows);
	EXPECT_EQ(0, get_setting(self->c, "sack").value[0]);
	EXPECT_EQ(1, get_setting(self->c, "sack").def[0]);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(5000 + i * 1000, get_setting(self->c, "wmem").value[i]);
	t_enter_netns();
	other = g_open();
	EXPECT_EQ(1, get_setting(other, "sack").value[0]);
	g_close(other);
}

/* A setting's new value is what new sockets go by */
TEST_F(genl, setting_works)
{
	struct nl_msg *msg = new_set(self->c);
	int sv[2];

	t_pair(&native, sv);
	EXPECT_NE(0, t_info(sv[0]).tcpi_options & TCPI_OPT_TIMESTAMPS);
	g_put_nest(msg, NARU_CHANGE_SETTING, G_ATTRS(G_STR(NARU_SETTING_NAME, "timestamps"),
						     G_S32S(NARU_SETTING_VALUES, 0)));
	ASSERT_EQ(0, g_call(self->c, msg));
	t_close_pair(sv);
	t_pair(&native, sv);
	EXPECT_EQ(0, t_info(sv[0]).tcpi_options & TCPI_OPT_TIMESTAMPS);
}

/* A change of sack, which would do, and one that does not: neither is made */
TEST_F(genl, settings_refused)
{
	const struct {
		int err;
		int at;			/* which attribute is to blame; -1: the nest */
		struct g_attr attr[4];
	} bad[] = {
		{ ENOENT, 0, { G_STR(NARU_SETTING_NAME, "no_such"), G_S32S(NARU_SETTING_VALUES, 1) } },
		{ ERANGE, 1, { G_STR(NARU_SETTING_NAME, "sack"), G_S32S(NARU_SETTING_VALUES, 2) } },
		{ ERANGE, 1, { G_STR(NARU_SETTING_NAME, "sack"), G_S32S(NARU_SETTING_VALUES, -1) } },
		{ EINVAL, 1, { G_STR(NARU_SETTING_NAME, "sack"), G_S32S(NARU_SETTING_VALUES, 1, 1) } },
		{ EINVAL, 1, { G_STR(NARU_SETTING_NAME, "sack"),
			       G_S32S(NARU_SETTING_VALUES, 1, 1, 1) } },
		{ EINVAL, 1, { G_STR(NARU_SETTING_NAME, "rmem"), G_S32S(NARU_SETTING_VALUES, 5000) } },
		{ EINVAL, 1, { G_STR(NARU_SETTING_NAME, "rmem"),
			       G_S32S(NARU_SETTING_VALUES, 9000, 8000, 10000) } },
		{ ERANGE, 1, { G_STR(NARU_SETTING_NAME, "rmem"),
			       G_S32S(NARU_SETTING_VALUES, 0, 8000, 10000) } },
		{ ERANGE, 1, { G_STR(NARU_SETTING_NAME, "sack"),
			       G_S32S(NARU_SETTING_VALUES, 1, 1, 1, 1) } },
		{ ERANGE, 1, { G_STR(NARU_SETTING_NAME, "sack"), G_RAW(NARU_SETTING_VALUES, 3) } },
		{ EINVAL, 1, { G_STR(NARU_SETTING_NAME, "sack"), G_RAW(NARU_SETTING_VALUES, 5) } },
		{ EINVAL, 1, { G_STR(NARU_SETTING_NAME, "sack"), G_U8(NARU_SETTING_TYPE, 0) } },
		{ EINVAL, 0, { G_RAW(NARU_SETTING_HELP, 1), G_STR(NARU_SETTING_NAME, "sack") } },
		{ EINVAL, -1, { G_STR(NARU_SETTING_NAME, "sack") } },
		{ EINVAL, -1, { G_S32S(NARU_SETTING_VALUES, 1) } },
		{ ENOENT, 1, { G_STR(NARU_SETTING_NAME, "congestion_control"),
			       G_STR(NARU_SETTING_TEXT, "nosuch") } },
		{ EINVAL, 1, { G_STR(NARU_SETTING_NAME, "congestion_control"),
			       G_STR(NARU_SETTING_TEXT, "0123456789abcdef") } },
		{ EINVAL, -1, { G_STR(NARU_SETTING_NAME, "congestion_control"),
				G_S32S(NARU_SETTING_VALUES, 1) } },
		{ EINVAL, -1, { G_STR(NARU_SETTING_NAME, "sack"), G_STR(NARU_SETTING_TEXT, "reno") } },
		{ EINVAL, -1, { G_STR(NARU_SETTING_NAME, "sack"), G_STR(NARU_SETTING_TEXT, "reno"),
				G_S32S(NARU_SETTING_VALUES, 1) } },
		{ EINVAL, -1, { {} } },
	};

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct nl_msg *msg = new_set(self->c);
		int at;

		g_put_nest(msg, NARU_CHANGE_SETTING, G_ATTRS(G_STR(NARU_SETTING_NAME, "sack"),
							     G_S32S(NARU_SETTING_VALUES, 0)));
		at = g_put_nest(msg, NARU_CHANGE_SETTING, bad[i].attr);
		if (bad[i].at >= 0)
			at += NLA_HDRLEN;
		if (bad[i].at == 1)
			at += nla_total_size(bad[i].attr[0].len);
		G_REFUSED(bad[i].err, self->c, msg, at);
		EXPECT_EQ(1, get_setting(self->c, "sack").value[0]) {
			TH_LOG("bad change %zu", i);
		}
	}
	G_REFUSED(EINVAL, self->c, new_set(self->c), G_NOWHERE);
}

/* ---- counters ---- */

/* The value of a counter, after checking all of them */
static __u64 counter(struct __test_metadata *_metadata, struct g_client *c, const char *name)
{
	struct nlattr *tb[NARU_STAT_MAX + 1];
	__u64 value = 0;
	int found = 0;

	ASSERT_EQ(0, g_call(c, g_new(c, NARU_CMD_STAT_GET, NLM_F_DUMP)));
	for (int i = 0; i < c->rows; i++) {
		const char *got;

		g_parse(c, i, tb, NARU_STAT_MAX);
		got = g_get_text(tb, NARU_STAT_NAME);
		EXPECT_NE('\0', *g_get_text(tb, NARU_STAT_HELP));
		EXPECT_EQ(!strncmp(got, "DROP_", 5), !!tb[NARU_STAT_DROP]);
		g_need(tb, NARU_STAT_VALUE, 8);
		if (strcmp(got, name))
			continue;
		value = nla_get_u64(tb[NARU_STAT_VALUE]);
		found++;
	}
	EXPECT_EQ(1, found) {
		TH_LOG("%s", name);
	}
	return value;
}

TEST_F(genl, counters)
{
	int lfd = t_listen(&native), port = t_port(lfd), fd = t_socket(&native, 0), sv[2];

	EXPECT_EQ(0, counter(_metadata, self->c, "ACTIVE_OPENS"));
	t_pair_on(&native, lfd, sv);
	EXPECT_EQ(1, counter(_metadata, self->c, "ACTIVE_OPENS"));
	EXPECT_EQ(1, counter(_metadata, self->c, "PASSIVE_OPENS"));
	EXPECT_EQ(0, counter(_metadata, self->c, "DROP_NO_SOCKET"));
	t_reset(sv[0]);
	close(lfd);
	EXPECT_EQ(ECONNREFUSED, t_try_connect(&native, fd, "127.0.0.1", port));
	EXPECT_EQ(1, counter(_metadata, self->c, "DROP_NO_SOCKET"));
}

/* ---- strict validation ---- */

static const struct g_command commands[] = {
	{ NARU_CMD_INFO_GET, 0, 0 },
	{ NARU_CMD_SOCK_GET, NLM_F_DUMP, NARU_QUERY_GROUP },
	{ NARU_CMD_SOCK_KILL, 0, NARU_QUERY_PROGRAM },
	{ NARU_CMD_SETTING_GET, 0, NARU_SETTING_NAME },
	{ NARU_CMD_SETTING_SET, 0, NARU_CHANGE_SETTING },
	{ NARU_CMD_STAT_GET, NLM_F_DUMP, 0 },
	{ NARU_CMD_NETNS_GET, NLM_F_DUMP, 0 },
	{ NARU_CMD_HISTORY_GET, NLM_F_DUMP, NARU_HISTORY_NETNS },
	{ NARU_CMD_METRIC_GET, NLM_F_DUMP, 0 },
	{ NARU_CMD_METRIC_DEL, 0, NARU_METRIC_ALL },
};

TEST_F(genl, unknown_attributes)
{
	g_refuse_unknown(_metadata, self->c, commands, COUNT_OF(commands), 3);
}

TEST_F(genl, headers)
{
	g_refuse_headers(_metadata, self->c, commands, COUNT_OF(commands));
}

/* The kernel answers for what has no entry in the family's table, and it does so without a message */
TEST_F(genl, no_such_command)
{
	static const struct g_command none[] = {
		{ NARU_CMD_UNSPEC, 0, 0 }, { NARU_CMD_MAX + 1, 0, 0 }, { NARU_CMD_SOCK_EVENT, 0, 0 },
		{ NARU_CMD_SOCK_GET, 0, 0 }, { NARU_CMD_STAT_GET, 0, 0 }, { NARU_CMD_NETNS_GET, 0, 0 },
		{ NARU_CMD_METRIC_GET, 0, 0 }, { NARU_CMD_METRIC_DEL, NLM_F_DUMP, 0 },
		{ NARU_CMD_INFO_GET, NLM_F_DUMP, 0 }, { NARU_CMD_SOCK_KILL, NLM_F_DUMP, 0 },
		{ NARU_CMD_SETTING_SET, NLM_F_DUMP, 0 },
	};

	for (size_t i = 0; i < COUNT_OF(none); i++)
		EXPECT_EQ(EOPNOTSUPP, g_call(self->c, g_new(self->c, none[i].cmd, none[i].flags)));
}

/* Attributes that a request may not have so */
static void expect_bad(struct __test_metadata *_metadata, struct g_client *c, int which, int err,
		       const struct g_attr *attr)
{
	const struct g_command *k = &commands[which];
	struct nl_msg *msg = g_new(c, k->cmd, k->flags);
	int at = g_at(msg);

	g_put(msg, attr);
	G_REFUSED(err, c, msg, at);
}

#define BAD(which, err, ...) \
	expect_bad(_metadata, self->c, which, err, G_ATTRS(__VA_ARGS__))

enum { SOCK_GET = 1, SOCK_KILL, SETTING_GET, SETTING_SET, METRIC_DEL = 9 };

TEST_F(genl, bad_attributes)
{
	static const char long_name[] = "a_name_with_thirty_three_letters_";

	BAD(SOCK_GET, EINVAL, G_U8(NARU_QUERY_SHOW, 1));
	BAD(SOCK_GET, EINVAL, G_RAW(NARU_QUERY_SHOW, 8));
	BAD(SOCK_GET, EINVAL, G_U32(NARU_QUERY_SHOW, NARU_SHOW_ALL + 1));
	BAD(SOCK_GET, EINVAL, G_U32(NARU_QUERY_SHOW | NLA_F_NESTED, 1));
	BAD(SOCK_GET, EINVAL, G_FLAG(NARU_QUERY_ALL));
	BAD(SOCK_GET, EINVAL, G_U32(NARU_QUERY_FILTER, 0));
	BAD(SOCK_GET, ERANGE, G_RAW(NARU_QUERY_FILTER | NLA_F_NESTED, 2));
	BAD(SOCK_GET, EINVAL, G_U16(NARU_QUERY_NETNS, 1));
	BAD(SOCK_KILL, EINVAL, G_U32(NARU_QUERY_SHOW, 0));
	BAD(SOCK_KILL, ERANGE, G_U32(NARU_QUERY_ALL, 1));
	BAD(SOCK_KILL, EINVAL, G_U32(NARU_QUERY_FILTER, 0));
	BAD(SOCK_KILL, EINVAL, G_RAW(NARU_QUERY_NETNS, 8), G_FLAG(NARU_QUERY_ALL));
	BAD(METRIC_DEL, ERANGE, G_U32(NARU_METRIC_RADDR, 1));
	BAD(METRIC_DEL, ERANGE, G_U32(NARU_METRIC_ALL, 1));
	G_REFUSED(EINVAL, self->c, g_new(self->c, NARU_CMD_METRIC_DEL, 0), G_NOWHERE);
	BAD(SETTING_GET, ENOENT, G_STR(NARU_SETTING_NAME, "no_such"));
	BAD(SETTING_GET, ENOENT, G_STR(NARU_SETTING_NAME, ""));
	BAD(SETTING_GET, EINVAL, G_RAW(NARU_SETTING_NAME, 0));
	BAD(SETTING_GET, EINVAL, ((struct g_attr){ NARU_SETTING_NAME, 4, "sack" }));
	BAD(SETTING_GET, EINVAL, G_STR(NARU_SETTING_NAME, long_name));
	BAD(SETTING_SET, EINVAL, G_U32(NARU_CHANGE_SETTING, 0));
	BAD(SETTING_SET, ERANGE, G_RAW(NARU_CHANGE_SETTING | NLA_F_NESTED, 2));
	G_REFUSED(EINVAL, self->c, g_new(self->c, NARU_CMD_SETTING_GET, 0), G_NOWHERE);
}

/* A dump of settings takes no name */
TEST_F(genl, setting_dump_with_name)
{
	struct nl_msg *msg = g_new(self->c, NARU_CMD_SETTING_GET, NLM_F_DUMP);
	int at = g_at(msg);

	nla_put_string(msg, NARU_SETTING_NAME, "sack");
	G_REFUSED(EINVAL, self->c, msg, at);
}

/* A filter is refused for its last attribute, the same by both commands that have one */
static void expect_bad_filter(struct __test_metadata *_metadata, struct g_client *c, int err,
			      const struct g_attr *attrs)
{
	for (int which = SOCK_GET; which <= SOCK_KILL; which++) {
		const struct g_command *k = &commands[which];
		struct nl_msg *msg = g_new(c, k->cmd, k->flags);
		int at = g_put_nest(msg, NARU_QUERY_FILTER, attrs) + NLA_HDRLEN;

		at = g_last_at(attrs, at, 0);
		G_REFUSED(err, c, msg, at);
	}
}

#define BAD_FILTER(err, ...) \
	expect_bad_filter(_metadata, self->c, err, G_ATTRS(__VA_ARGS__))

TEST_F(genl, bad_filters)
{
	BAD_FILTER(EINVAL, G_U32(NARU_FILTER_MAX + 1, 0));
	BAD_FILTER(EINVAL, G_U16(NARU_FILTER_STATES, 2));
	BAD_FILTER(EINVAL, G_U32(NARU_FILTER_STATES, 1));
	BAD_FILTER(EINVAL, G_U32(NARU_FILTER_STATES, 1 << 12));
	BAD_FILTER(EINVAL, G_U32(NARU_FILTER_WIRE, 6));
	BAD_FILTER(EINVAL, G_U8(NARU_FILTER_WIRE, 17));
	BAD_FILTER(EINVAL, G_U16(NARU_FILTER_FAMILY, AF_INET));
	BAD_FILTER(EINVAL, G_U8(NARU_FILTER_FAMILY, AF_UNIX));
	BAD_FILTER(ERANGE, G_RAW(NARU_FILTER_LADDR, 4));
	BAD_FILTER(ERANGE, G_RAW(NARU_FILTER_LADDR, 17));
	BAD_FILTER(ERANGE, G_RAW(NARU_FILTER_RADDR, 15));
	BAD_FILTER(EINVAL, G_ADDR(NARU_FILTER_LADDR, "::1"), G_U32(NARU_FILTER_LPREFIX, 8));
	BAD_FILTER(ERANGE, G_ADDR(NARU_FILTER_LADDR, "::1"), G_U8(NARU_FILTER_LPREFIX, 129));
	BAD_FILTER(ERANGE, G_ADDR(NARU_FILTER_RADDR, "::1"), G_U8(NARU_FILTER_RPREFIX, 255));
	BAD_FILTER(EINVAL, G_U8(NARU_FILTER_LPREFIX, 8));
	BAD_FILTER(EINVAL, G_ADDR(NARU_FILTER_LADDR, "::1"), G_U8(NARU_FILTER_RPREFIX, 8));
	BAD_FILTER(EINVAL, G_U8(NARU_FILTER_LPORT, 80));
	BAD_FILTER(EINVAL, G_U32(NARU_FILTER_RPORT, 80));
	BAD_FILTER(EINVAL, G_U8(NARU_FILTER_ID, 1));
	BAD_FILTER(EINVAL, G_U32(NARU_FILTER_KIND, 1));
	BAD_FILTER(ERANGE, G_U8(NARU_FILTER_KIND, NARU_KIND_TIME_WAIT + 1));
	BAD_FILTER(EINVAL, G_U8(NARU_FILTER_WIRE, 6), G_FLAG(NARU_FILTER_UNSPEC + 99));
}

/* ---- who may do what ---- */

static struct nl_msg *in_netns(struct g_client *c, const struct g_command *k, __u32 inode, int *at)
{
	struct nl_msg *msg = g_new(c, k->cmd, k->flags);

	if (k->cmd == NARU_CMD_SOCK_KILL)
		nla_put_flag(msg, NARU_QUERY_ALL);
	*at = g_at(msg);
	nla_put_u32(msg, NARU_QUERY_NETNS, inode);
	return msg;
}

static struct nl_msg *set_sack(struct g_client *c)
{
	struct nl_msg *msg = new_set(c);

	g_put_nest(msg, NARU_CHANGE_SETTING, G_ATTRS(G_STR(NARU_SETTING_NAME, "sack"),
						     G_S32S(NARU_SETTING_VALUES, 0)));
	return msg;
}

static struct nl_msg *kill_all(struct g_client *c)
{
	struct nl_msg *msg = g_new(c, NARU_CMD_SOCK_KILL, 0);

	nla_put_flag(msg, NARU_QUERY_ALL);
	return msg;
}

/* Reading is everybody's, of this namespace */
static void expect_reader(struct __test_metadata *_metadata, struct g_client *c, int socks)
{
	EXPECT_EQ(socks, g_list(c, NARU_SHOW_ALL, NULL));
	EXPECT_EQ(socks, g_info(c, NARU_INFO_SOCKS));
	EXPECT_EQ(1, get_setting(c, "sack").value[0]);
	EXPECT_EQ(0, g_call(c, g_new(c, NARU_CMD_SETTING_GET, NLM_F_DUMP)));
	EXPECT_EQ(0, g_call(c, g_new(c, NARU_CMD_STAT_GET, NLM_F_DUMP)));
	EXPECT_EQ(0, nl_socket_add_membership(c->sk, genl_ctrl_resolve_grp(c->sk, NARU_GENL_NAME,
									   NARU_GENL_GROUP_SOCK)));
}

/* Other namespaces are the first administrator's */
static void expect_confined(struct __test_metadata *_metadata, struct g_client *c, __u32 inode)
{
	struct nl_msg *msg;
	int at;

	G_REFUSED(EPERM, c, g_new(c, NARU_CMD_NETNS_GET, NLM_F_DUMP), G_NOWHERE);
	msg = in_netns(c, &commands[SOCK_GET], inode, &at);
	G_REFUSED(EPERM, c, msg, at);
}

static void without_capability(struct __test_metadata *_metadata, __u32 inode)
{
	struct g_client *c;

	g_drop_net_admin();
	c = g_open();
	G_REFUSED(EPERM, c, set_sack(c), G_NOWHERE);
	G_REFUSED(EPERM, c, kill_all(c), G_NOWHERE);
	expect_confined(_metadata, c, inode);
	expect_reader(_metadata, c, 1);
}

static void ordinary_user(struct __test_metadata *_metadata, __u32 inode)
{
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		t_die("setresuid");
	without_capability(_metadata, inode);
}

/* An administrator of one user namespace: of the network namespaces that it owns, of no other */
static void user_namespace(struct __test_metadata *_metadata, __u32 inode)
{
	struct g_client *c;
	struct nl_msg *msg;
	int at;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		t_die("a user namespace");
	c = g_open();
	expect_reader(_metadata, c, 0);
	EXPECT_EQ(0, g_call(c, kill_all(c)));
	EXPECT_EQ(0, g_killed(c));
	EXPECT_EQ(0, g_call(c, set_sack(c)));
	EXPECT_EQ(0, get_setting(c, "sack").value[0]);
	expect_confined(_metadata, c, inode);
	msg = in_netns(c, &commands[SOCK_KILL], inode, &at);
	G_REFUSED(EPERM, c, msg, at);
}

static void in_three_ways(struct __test_metadata *_metadata, __u32 inode)
{
	g_in_child(_metadata, without_capability, inode);
	g_in_child(_metadata, ordinary_user, inode);
	g_in_child(_metadata, user_namespace, inode);
}

TEST_F(genl, rights)
{
	struct stat st;
	int lfd = t_listen(&native);

	ASSERT_EQ(0, stat("/proc/self/ns/net", &st));
	in_three_ways(_metadata, st.st_ino);
	EXPECT_EQ(1, g_list(self->c, 0, G_ATTRS(G_U32(NARU_FILTER_ID, g_id_of(lfd)),
						G_U32(NARU_FILTER_STATES, 1 << TCP_LISTEN))));
	EXPECT_EQ(1, get_setting(self->c, "sack").value[0]);
}

TEST_HARNESS_MAIN
