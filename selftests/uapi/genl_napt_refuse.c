// SPDX-License-Identifier: GPL-2.0
/*
 * The NAPT by generic netlink: what is refused, with an errno, a message and the place of what is
 * wrong, and nothing changed; and who may do what.
 */
#include "genl_napt_test.h"

#define PREFIX(n)	G_U8(NARU_RULE_SRC_PREFIX, n)

FIXTURE(napt)
{
	struct g_client *c;
	__u32 rule;
};

/* A rule and a static mapping, which are there afterwards as well */
FIXTURE_SETUP(napt)
{
	n_enter_netns();
	self->c = g_open();
	self->rule = N_ADD(self->c, N_DEV, N_SRC, N_BITS, N_TO);
	n_must(self->c, NARU_CMD_NAPT_MAP_ADD,
	       G_ATTRS(G_NEST(NARU_NAPT_REQ_STATIC, G_U8(NARU_STATIC_PROTO, 6),
			      G_ADDR(NARU_STATIC_OUTSIDE, N_WAN),
			      G_U16(NARU_STATIC_OUTSIDE_PORT, 80),
			      G_ADDR(NARU_STATIC_INSIDE, "10.0.0.2"),
			      G_U16(NARU_STATIC_INSIDE_PORT, 80))));
}

FIXTURE_TEARDOWN(napt)
{
	struct nlattr *tb[NARU_RULE_ATTR_MAX + 1];

	EXPECT_EQ(1, n_list(self->c, NARU_CMD_NAPT_RULE_GET, NULL));
	g_parse(self->c, 0, tb, NARU_RULE_ATTR_MAX);
	EXPECT_EQ(self->rule, g_get_u32(tb, NARU_RULE_ID));
	EXPECT_EQ(1, n_list(self->c, NARU_CMD_NAPT_STATIC_GET, NULL));
	EXPECT_EQ(1, n_list(self->c, NARU_CMD_NAPT_MAP_GET, NULL));
	g_close(self->c);
}

static const struct g_command commands[] = {
	{ NARU_CMD_NAPT_RULE_GET, NLM_F_DUMP, 0 },
	{ NARU_CMD_NAPT_RULE_ADD, 0, NARU_NAPT_REQ_BEFORE },
	{ NARU_CMD_NAPT_RULE_REPLACE, 0, NARU_NAPT_REQ_ID },
	{ NARU_CMD_NAPT_RULE_DEL, 0, NARU_NAPT_REQ_ID },
	{ NARU_CMD_NAPT_SET, 0, NARU_NAPT_REQ_FLUSH },
	{ NARU_CMD_NAPT_STATIC_GET, NLM_F_DUMP, 0 },
	{ NARU_CMD_NAPT_MAP_GET, NLM_F_DUMP, NARU_NAPT_REQ_FILTER },
	{ NARU_CMD_NAPT_MAP_ADD, 0, NARU_NAPT_REQ_STATIC },
	{ NARU_CMD_NAPT_MAP_DEL, 0, NARU_NAPT_REQ_FILTER },
	{ NARU_CMD_NAPT_SESSION_GET, NLM_F_DUMP, NARU_NAPT_REQ_FILTER },
	{ NARU_CMD_NAPT_EXPLAIN, 0, NARU_EXPLAIN_DPORT },
};

/* ---- strict validation ---- */

TEST_F(napt, unknown_attributes)
{
	g_refuse_unknown(_metadata, self->c, commands, COUNT_OF(commands), 19);
}

TEST_F(napt, headers)
{
	g_refuse_headers(_metadata, self->c, commands, COUNT_OF(commands));
}

/* The kernel answers for these, and without a message */
TEST_F(napt, no_such_command)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		EXPECT_EQ(EOPNOTSUPP, g_call(self->c, g_new(self->c, commands[i].cmd,
							    commands[i].flags ^ NLM_F_DUMP)));
	EXPECT_EQ(EOPNOTSUPP, g_call(self->c, g_new(self->c, NARU_CMD_NAPT_EVENT, 0)));
}

/* What must be there is not */
TEST_F(napt, nothing_asked_for)
{
	static const int wanting[] = {
		NARU_CMD_NAPT_RULE_ADD, NARU_CMD_NAPT_RULE_REPLACE, NARU_CMD_NAPT_RULE_DEL,
		NARU_CMD_NAPT_SET, NARU_CMD_NAPT_MAP_ADD, NARU_CMD_NAPT_MAP_DEL,
		NARU_CMD_NAPT_EXPLAIN,
	};

	for (size_t i = 0; i < COUNT_OF(wanting); i++)
		G_REFUSED(EINVAL, self->c, g_new(self->c, wanting[i], 0), G_NOWHERE);
}

/* ---- attributes of requests ---- */

/* A request is refused for its last attribute, or for what is last within that */
static void expect_bad(struct __test_metadata *_metadata, struct g_client *c, int cmd, int err,
		       int depth, const struct g_attr *attrs)
{
	bool dump = cmd == NARU_CMD_NAPT_MAP_GET || cmd == NARU_CMD_NAPT_SESSION_GET;
	struct nl_msg *msg = g_new(c, cmd, dump ? NLM_F_DUMP : 0);
	int at = g_last_at(attrs, g_at(msg), depth);

	g_put(msg, attrs);
	G_REFUSED(err, c, msg, at);
}

#define BAD(cmd, err, depth, ...) \
	expect_bad(_metadata, self->c, NARU_CMD_NAPT_##cmd, err, depth, G_ATTRS(__VA_ARGS__))

#define S_UDP	G_U8(NARU_STATIC_PROTO, 17)
#define S_OUT	G_ADDR(NARU_STATIC_OUTSIDE, N_WAN)
#define S_OUTP	G_U16(NARU_STATIC_OUTSIDE_PORT, 8000)
#define S_IN	G_ADDR(NARU_STATIC_INSIDE, "10.0.0.2")
#define S_INP	G_U16(NARU_STATIC_INSIDE_PORT, 80)

#define RULE(...)	G_NEST(NARU_NAPT_REQ_RULE, __VA_ARGS__)
#define GOOD_RULE	RULE(N_DEV, N_TO, G_ADDR(NARU_RULE_SRC, "192.0.2.0"), PREFIX(96 + 24))

TEST_F(napt, bad_requests)
{
	BAD(RULE_ADD, EINVAL, 0, G_U32(NARU_NAPT_REQ_RULE, 0));
	BAD(RULE_ADD, EINVAL, 0, GOOD_RULE, G_U32(NARU_NAPT_REQ_ID, 1));
	BAD(RULE_ADD, EINVAL, 0, GOOD_RULE, G_U16(NARU_NAPT_REQ_BEFORE, 1));
	BAD(RULE_ADD, ENOENT, 0, GOOD_RULE, G_U32(NARU_NAPT_REQ_BEFORE, 4711));
	BAD(RULE_REPLACE, EINVAL, 0, GOOD_RULE, G_U8(NARU_NAPT_REQ_ID, 1));
	BAD(RULE_REPLACE, ENOENT, 0, GOOD_RULE, G_U32(NARU_NAPT_REQ_ID, 4711));
	BAD(RULE_REPLACE, EINVAL, 0, G_U32(NARU_NAPT_REQ_ID, self->rule), RULE(N_DEV));
	BAD(RULE_DEL, ENOENT, 0, G_U32(NARU_NAPT_REQ_ID, 4711));
	BAD(RULE_DEL, EINVAL, 0, GOOD_RULE);
	BAD(SET, EINVAL, 0, GOOD_RULE, G_FLAG(NARU_NAPT_REQ_FLUSH));
	BAD(SET, ERANGE, 0, GOOD_RULE, G_U8(NARU_NAPT_REQ_KEEP_STATICS, 1));
	BAD(SET, EINVAL, 0, GOOD_RULE, G_U32(NARU_NAPT_REQ_BEFORE, 1));
	BAD(SET, EINVAL, 0, GOOD_RULE, G_U32(NARU_NAPT_REQ_ID, 1));
	BAD(SET, EINVAL, 0, GOOD_RULE, RULE(N_DEV));
	BAD(SET, EEXIST, 0, GOOD_RULE, GOOD_RULE);
	BAD(MAP_GET, EINVAL, 0, G_FLAG(NARU_NAPT_REQ_FLUSH));
	BAD(MAP_GET, EINVAL, 0, G_U32(NARU_NAPT_REQ_FILTER, 0));
	BAD(MAP_DEL, EINVAL, 0, G_NEST(NARU_NAPT_REQ_FILTER, {}));
	BAD(MAP_DEL, ENOENT, 0, G_NEST(NARU_NAPT_REQ_FILTER, G_U32(NARU_MAP_FILTER_ID, 4711)));
	BAD(MAP_DEL, ENOENT, 0, G_NEST(NARU_NAPT_REQ_FILTER, G_U32(NARU_MAP_FILTER_ID, 0)));
	BAD(MAP_ADD, EINVAL, 0, GOOD_RULE);
	BAD(MAP_ADD, EEXIST, 0, G_NEST(NARU_NAPT_REQ_STATIC, G_U8(NARU_STATIC_PROTO, 6), S_OUT,
				       G_U16(NARU_STATIC_OUTSIDE_PORT, 80), S_IN, S_INP));
}

/* Both a static mapping and that they stay; rules that fail for a static mapping */
TEST_F(napt, bad_sets_with_static_mappings)
{
	const struct g_attr fixed = G_NEST(NARU_NAPT_REQ_STATIC, S_UDP, S_OUT, S_OUTP, S_IN, S_INP);
	const struct g_attr other = G_NEST(NARU_NAPT_REQ_STATIC, S_UDP, S_OUT, S_OUTP, S_IN,
					   G_U16(NARU_STATIC_INSIDE_PORT, 81));

	BAD(SET, EINVAL, 0, GOOD_RULE, fixed, G_FLAG(NARU_NAPT_REQ_KEEP_STATICS));
	BAD(SET, EADDRINUSE, 0, RULE(N_DEV, N_SRC, N_BITS, N_TO), fixed, other);
	BAD(SET, EEXIST, 0, RULE(N_DEV, N_SRC, N_BITS, N_TO), fixed, fixed);
	BAD(SET, EADDRNOTAVAIL, 0, G_FLAG(NARU_NAPT_REQ_FLUSH), fixed);
}

/* ---- rules ---- */

/* The same by each command that has a rule; @depth 0 is the rule itself */
static void expect_bad_rule(struct __test_metadata *_metadata, struct g_client *c, __u32 id, int err,
			    int depth, const struct g_attr *rule)
{
	const struct g_attr nest = { NARU_NAPT_REQ_RULE, G_DEEPER, rule };

	expect_bad(_metadata, c, NARU_CMD_NAPT_RULE_ADD, err, depth, G_ATTRS(nest));
	expect_bad(_metadata, c, NARU_CMD_NAPT_SET, err, depth, G_ATTRS(GOOD_RULE, nest));
	expect_bad(_metadata, c, NARU_CMD_NAPT_RULE_REPLACE, err, depth,
		   G_ATTRS(G_U32(NARU_NAPT_REQ_ID, id), nest));
}

#define BAD_RULE(err, depth, ...) \
	expect_bad_rule(_metadata, self->c, self->rule, err, depth, G_ATTRS(__VA_ARGS__))

TEST_F(napt, bad_rules)
{
	BAD_RULE(EINVAL, 0, N_DEV);
	BAD_RULE(EINVAL, 0, N_TO);
	BAD_RULE(EINVAL, 1, N_TO, ((struct g_attr){ NARU_RULE_DEV, 3, "wan" }));
	BAD_RULE(EINVAL, 1, N_TO, G_STR(NARU_RULE_DEV, ""));
	BAD_RULE(EINVAL, 1, N_TO, G_STR(NARU_RULE_DEV, "a/b"));
	BAD_RULE(EINVAL, 1, N_TO, G_STR(NARU_RULE_DEV, "sixteen_letters_"));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_U32(NARU_RULE_ID, 9));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_STR(NARU_RULE_SUSPENDED, "x"));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_U32(NARU_RULE_ATTR_MAX + 1, 9));
	BAD_RULE(ERANGE, 1, N_DEV, N_TO, G_RAW(NARU_RULE_SRC, 4));
	BAD_RULE(EAFNOSUPPORT, 1, N_DEV, N_TO, G_ADDR(NARU_RULE_SRC, "2001:db8::1"));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, PREFIX(104));
	BAD_RULE(ERANGE, 1, N_DEV, N_TO, G_ADDR(NARU_RULE_SRC, "10.0.0.0"), PREFIX(95));
	BAD_RULE(ERANGE, 1, N_DEV, N_TO, G_ADDR(NARU_RULE_SRC, "10.0.0.0"), PREFIX(129));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, PREFIX(104), G_ADDR(NARU_RULE_SRC, "10.0.0.1"));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_U32(NARU_RULE_PROTOS, 0));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_U32(NARU_RULE_PROTOS, NARU_RULE_PROTO_ALL + 1));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_U8(NARU_RULE_PROTOS, 1));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_U8(NARU_RULE_SPORT_FIRST, 1));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_U16(NARU_RULE_SPORT_LAST, 1));
	BAD_RULE(ERANGE, 1, N_DEV, N_TO, G_U16(NARU_RULE_SPORT_FIRST, 9), G_U16(NARU_RULE_SPORT_LAST, 8));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_U16(NARU_RULE_DPORT_LAST, 1));
	BAD_RULE(ERANGE, 1, N_DEV, N_TO, G_U16(NARU_RULE_DPORT_FIRST, 9), G_U16(NARU_RULE_DPORT_LAST, 8));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_U16(NARU_RULE_PORT_LAST, 1));
	BAD_RULE(ERANGE, 1, N_DEV, N_TO, G_U16(NARU_RULE_PORT_FIRST, 0));
	BAD_RULE(ERANGE, 1, N_DEV, N_TO, G_U16(NARU_RULE_PORT_FIRST, 9), G_U16(NARU_RULE_PORT_LAST, 8));
}

TEST_F(napt, bad_choices)
{
	static const struct { int attr, most; } u8s[] = {
		{ NARU_RULE_MAPPING, NARU_RULE_MAPPING_APD },
		{ NARU_RULE_FILTERING, NARU_RULE_FILTERING_APD },
		{ NARU_RULE_TCP_FILTERING, NARU_RULE_FILTERING_APD },
		{ NARU_RULE_CHOICE, NARU_RULE_CHOICE_RANDOM }, { NARU_RULE_PARITY, 1 },
		{ NARU_RULE_HAIRPIN, 1 }, { NARU_RULE_NOTRACK, 1 }, { NARU_RULE_REFRESH_IN, 1 },
		{ NARU_RULE_EXHAUSTED, NARU_RULE_EXHAUSTED_SILENT },
		{ NARU_RULE_UNSOLICITED, NARU_RULE_UNSOLICITED_DROP },
	};

	for (size_t i = 0; i < COUNT_OF(u8s); i++) {
		BAD_RULE(ERANGE, 1, N_DEV, N_TO, G_U8(u8s[i].attr, u8s[i].most + 1));
		BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_U32(u8s[i].attr, 0));
	}
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_U8(NARU_RULE_MARK, 1));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_U32(NARU_RULE_MARK_MASK, 1));
	BAD_RULE(ERANGE, 1, N_DEV, N_TO, G_U32(NARU_RULE_MARK, 0), G_U32(NARU_RULE_MARK_MASK, 0));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_U32(NARU_RULE_MARK_MASK, 1), G_U32(NARU_RULE_MARK, 3));
}

TEST_F(napt, bad_timeouts)
{
	static const int least[] = { 0, 4, 7440, 240, 120, 60 };

	for (int i = 1; i <= NARU_TIMEOUT_MAX; i++) {
		BAD_RULE(ERANGE, 2, N_DEV, N_TO, G_NEST(NARU_RULE_TIMEOUTS, G_U32(i, least[i] - 1)));
		BAD_RULE(ERANGE, 2, N_DEV, N_TO, G_NEST(NARU_RULE_TIMEOUTS, G_U32(i, 30 * 86400 + 1)));
		BAD_RULE(EINVAL, 2, N_DEV, N_TO, G_NEST(NARU_RULE_TIMEOUTS, G_U16(i, 7440)));
	}
	BAD_RULE(EINVAL, 2, N_DEV, N_TO, G_NEST(NARU_RULE_TIMEOUTS, G_U32(NARU_TIMEOUT_MAX + 1, 300)));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_U32(NARU_RULE_TIMEOUTS, 300));
}

#define EXCEPT(...)	G_NEST(NARU_RULE_EXCEPT, __VA_ARGS__)
#define E_ADDR		G_ADDR(NARU_EXCEPT_ADDR, "192.0.2.0")
#define TO(...)		G_NEST(NARU_RULE_TO, __VA_ARGS__)
#define T_FIRST		G_ADDR(NARU_TO_FIRST, "203.0.113.20")

TEST_F(napt, bad_lists)
{
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, EXCEPT({}));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, EXCEPT(E_ADDR), EXCEPT(G_U16(NARU_EXCEPT_PORT_FIRST, 1)));
	BAD_RULE(EINVAL, 1, N_DEV, N_TO, G_U32(NARU_RULE_EXCEPT, 1));
	BAD_RULE(ERANGE, 2, N_DEV, N_TO, EXCEPT(G_RAW(NARU_EXCEPT_ADDR, 4)));
	BAD_RULE(EAFNOSUPPORT, 2, N_DEV, N_TO, EXCEPT(G_ADDR(NARU_EXCEPT_ADDR, "::1")));
	BAD_RULE(ERANGE, 2, N_DEV, N_TO, EXCEPT(E_ADDR, G_U8(NARU_EXCEPT_PREFIX, 24)));
	BAD_RULE(EINVAL, 2, N_DEV, N_TO, EXCEPT(G_U8(NARU_EXCEPT_PREFIX, 96), E_ADDR));
	BAD_RULE(EINVAL, 2, N_DEV, N_TO, EXCEPT(E_ADDR, G_U16(NARU_EXCEPT_PORT_LAST, 1)));
	BAD_RULE(ERANGE, 2, N_DEV, N_TO, EXCEPT(E_ADDR, G_U16(NARU_EXCEPT_PORT_FIRST, 2),
						G_U16(NARU_EXCEPT_PORT_LAST, 1)));
	BAD_RULE(EINVAL, 2, N_DEV, N_TO, EXCEPT(E_ADDR, G_U16(NARU_EXCEPT_MAX + 1, 1)));
	BAD_RULE(EINVAL, 1, N_DEV, TO({}));
	BAD_RULE(EINVAL, 1, N_DEV, TO(T_FIRST), N_TO);
	BAD_RULE(EINVAL, 1, N_DEV, TO(G_ADDR(NARU_TO_LAST, "203.0.113.29")));
	BAD_RULE(ERANGE, 2, N_DEV, TO(T_FIRST, G_ADDR(NARU_TO_LAST, "203.0.113.19")));
	BAD_RULE(EAFNOSUPPORT, 2, N_DEV, TO(T_FIRST, G_ADDR(NARU_TO_LAST, "::1")));
	BAD_RULE(ERANGE, 2, N_DEV, TO(G_RAW(NARU_TO_FIRST, 15)));
	BAD_RULE(EINVAL, 2, N_DEV, TO(T_FIRST, G_RAW(NARU_TO_MAX + 1, 16)));
}

/* What each attribute by itself cannot show; the rule as a whole is to blame */
TEST_F(napt, bad_pools)
{
	BAD_RULE(EINVAL, 0, N_DEV, TO(G_ADDR(NARU_TO_FIRST, "0.0.0.0")));
	BAD_RULE(EINVAL, 0, N_DEV, TO(G_ADDR(NARU_TO_FIRST, "127.0.0.1")));
	BAD_RULE(EINVAL, 0, N_DEV, TO(G_ADDR(NARU_TO_FIRST, "224.0.0.1")));
	BAD_RULE(EINVAL, 0, N_DEV, TO(G_ADDR(NARU_TO_FIRST, "255.255.255.255")));
	BAD_RULE(EINVAL, 0, N_DEV, TO(T_FIRST), TO(T_FIRST));
	BAD_RULE(EINVAL, 0, N_DEV, TO(T_FIRST, G_ADDR(NARU_TO_LAST, "203.1.113.20")));
	BAD_RULE(EINVAL, 0, N_DEV, TO(T_FIRST), G_ADDR(NARU_RULE_SRC, "203.0.113.0"), PREFIX(120));
}

/* More than a rule may have: the first that is too much is to blame */
TEST_F(napt, lists_too_long)
{
	static const int types[] = { NARU_RULE_EXCEPT, NARU_RULE_TO };

	for (int n = 0; n < 2; n++) {
		struct nl_msg *msg = nlmsg_alloc_size(16384);
		struct nlattr *rule;
		int at = 0;

		genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, self->c->family, 0, 0,
			    NARU_CMD_NAPT_RULE_ADD, NARU_GENL_VERSION);
		rule = nla_nest_start(msg, NARU_NAPT_REQ_RULE);
		g_put(msg, G_ATTRS(N_DEV));
		if (types[n] == NARU_RULE_EXCEPT)
			g_put(msg, G_ATTRS(N_TO));
		for (int i = 0; i <= NARU_RULE_EXCEPTS_MAX; i++) {
			char text[32];

			snprintf(text, sizeof(text), "203.0.113.%d", i + 20);
			at = g_at(msg);
			g_put(msg, G_ATTRS(G_NEST(types[n], G_ADDR(1, text))));
		}
		nla_nest_end(msg, rule);
		G_REFUSED(E2BIG, self->c, msg, at);
	}
}

/* ---- static mappings ---- */

static void expect_bad_static(struct __test_metadata *_metadata, struct g_client *c, int err,
			      int depth, const struct g_attr *fixed)
{
	const struct g_attr nest = { NARU_NAPT_REQ_STATIC, G_DEEPER, fixed };

	expect_bad(_metadata, c, NARU_CMD_NAPT_MAP_ADD, err, depth, G_ATTRS(nest));
	expect_bad(_metadata, c, NARU_CMD_NAPT_SET, err, depth,
		   G_ATTRS(RULE(N_DEV, N_SRC, N_BITS, N_TO), nest));
}

#define BAD_STATIC(err, depth, ...) \
	expect_bad_static(_metadata, self->c, err, depth, G_ATTRS(__VA_ARGS__))

TEST_F(napt, bad_static_mappings)
{
	BAD_STATIC(EINVAL, 0, S_OUT, S_OUTP, S_IN, S_INP);
	BAD_STATIC(EINVAL, 0, S_UDP, S_OUT, S_IN, S_INP);
	BAD_STATIC(EINVAL, 0, S_UDP, S_OUT, S_OUTP, S_INP);
	BAD_STATIC(EINVAL, 0, S_UDP, S_OUT, S_OUTP, S_IN);
	BAD_STATIC(EINVAL, 0, S_UDP, S_OUTP, S_IN, S_INP);
	BAD_STATIC(EPROTONOSUPPORT, 1, S_OUT, S_OUTP, S_IN, S_INP, G_U8(NARU_STATIC_PROTO, 1));
	BAD_STATIC(EPROTONOSUPPORT, 1, S_OUT, S_OUTP, S_IN, S_INP, G_U8(NARU_STATIC_PROTO, 132));
	BAD_STATIC(EINVAL, 1, S_OUT, S_OUTP, S_IN, S_INP, G_U16(NARU_STATIC_PROTO, 17));
	BAD_STATIC(EINVAL, 1, S_UDP, S_OUTP, S_IN, S_INP, G_STR(NARU_STATIC_DEV, "a b"));
	BAD_STATIC(ERANGE, 1, S_UDP, S_OUTP, S_IN, S_INP, G_RAW(NARU_STATIC_OUTSIDE, 4));
	BAD_STATIC(EAFNOSUPPORT, 1, S_UDP, S_OUTP, S_IN, S_INP, G_ADDR(NARU_STATIC_OUTSIDE, "::1"));
	BAD_STATIC(EADDRNOTAVAIL, 1, S_UDP, S_OUTP, S_IN, S_INP, G_ADDR(NARU_STATIC_OUTSIDE, "0.0.0.0"));
	BAD_STATIC(ERANGE, 1, S_UDP, S_OUT, S_IN, S_INP, G_U16(NARU_STATIC_OUTSIDE_PORT, 0));
	BAD_STATIC(EAFNOSUPPORT, 1, S_UDP, S_OUT, S_OUTP, S_INP, G_ADDR(NARU_STATIC_INSIDE, "::1"));
	BAD_STATIC(EADDRNOTAVAIL, 1, S_UDP, S_OUT, S_OUTP, S_INP, G_ADDR(NARU_STATIC_INSIDE, "0.0.0.0"));
	BAD_STATIC(ERANGE, 1, S_UDP, S_OUT, S_OUTP, S_IN, G_U16(NARU_STATIC_INSIDE_PORT, 0));
	BAD_STATIC(EINVAL, 1, S_UDP, S_OUT, S_OUTP, S_IN, G_U32(NARU_STATIC_INSIDE_PORT, 1));
	BAD_STATIC(ERANGE, 1, S_UDP, S_OUT, S_OUTP, S_IN, S_INP, G_U32(NARU_STATIC_NUM, 0));
	BAD_STATIC(ERANGE, 1, S_UDP, S_OUT, S_OUTP, S_IN, S_INP, G_U32(NARU_STATIC_NUM, 65536));
	BAD_STATIC(ERANGE, 1, S_UDP, S_OUT, S_OUTP, S_IN, S_INP, G_U32(NARU_STATIC_NUM, 57537));
	BAD_STATIC(EINVAL, 1, S_UDP, S_OUT, S_OUTP, S_IN, S_INP, G_U32(NARU_STATIC_MAX + 1, 1));
	BAD_STATIC(EADDRNOTAVAIL, 0, S_UDP, S_OUTP, S_IN, S_INP, G_ADDR(NARU_STATIC_OUTSIDE, "192.0.2.1"));
	BAD_STATIC(EADDRNOTAVAIL, 0, S_UDP, S_OUT, S_OUTP, S_IN, S_INP, G_STR(NARU_STATIC_DEV, "lo"));
	BAD_STATIC(EINVAL, 0, S_UDP, S_OUT, S_OUTP, S_INP, G_ADDR(NARU_STATIC_INSIDE, "224.0.0.1"));
}

/* ---- filters ---- */

/* Sessions are filtered by all that mappings are */
static void expect_bad_filter(struct __test_metadata *_metadata, struct g_client *c, int err,
			      const struct g_attr *attrs)
{
	const struct g_attr nest = { NARU_NAPT_REQ_FILTER, G_DEEPER, attrs };

	expect_bad(_metadata, c, NARU_CMD_NAPT_SESSION_GET, err, 1, G_ATTRS(nest));
	expect_bad(_metadata, c, NARU_CMD_NAPT_MAP_GET, err, 1, G_ATTRS(nest));
	expect_bad(_metadata, c, NARU_CMD_NAPT_MAP_DEL, err, 1, G_ATTRS(nest));
}

#define BAD_FILTER(err, ...) \
	expect_bad_filter(_metadata, self->c, err, G_ATTRS(__VA_ARGS__))
#define F_ID	G_U32(NARU_MAP_FILTER_ID, 1)

TEST_F(napt, bad_filters)
{
	static const int ends[] = { NARU_MAP_FILTER_INSIDE, NARU_MAP_FILTER_OUTSIDE };

	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		BAD_FILTER(ERANGE, F_ID, G_RAW(ends[i], 4));
		BAD_FILTER(EAFNOSUPPORT, F_ID, G_ADDR(ends[i], "::1"));
		BAD_FILTER(EINVAL, F_ID, G_U8(ends[i] + 1, 100));
		BAD_FILTER(ERANGE, F_ID, G_ADDR(ends[i], N_IN), G_U8(ends[i] + 1, 32));
		BAD_FILTER(ERANGE, F_ID, G_ADDR(ends[i], N_IN), G_U8(ends[i] + 1, 129));
		BAD_FILTER(EINVAL, F_ID, G_U32(ends[i] + 2, 80));
	}
	BAD_FILTER(EPROTONOSUPPORT, F_ID, G_U8(NARU_MAP_FILTER_PROTO, 2));
	BAD_FILTER(EINVAL, F_ID, G_U32(NARU_MAP_FILTER_PROTO, 6));
	BAD_FILTER(EINVAL, F_ID, G_STR(NARU_MAP_FILTER_DEV, ""));
	BAD_FILTER(EINVAL, F_ID, G_STR(NARU_MAP_FILTER_DEV, "sixteen_letters_"));
	BAD_FILTER(ERANGE, F_ID, G_U8(NARU_MAP_FILTER_STATIC, 2));
	BAD_FILTER(EINVAL, G_U8(NARU_MAP_FILTER_ID, 1));
	BAD_FILTER(EINVAL, F_ID, G_U8(NARU_MAP_FILTER_MAX + 1, 1));
}

TEST_F(napt, bad_filters_of_sessions)
{
	static const struct { int err; struct g_attr attr; } bad[] = {
		{ ERANGE, { NARU_MAP_FILTER_REMOTE, 4, g_zeros } },
		{ EINVAL, { NARU_MAP_FILTER_REMOTE_PREFIX, 1, "\x80" } },
		{ EINVAL, { NARU_MAP_FILTER_REMOTE_PORT, 4, g_zeros } },
		{ EINVAL, { NARU_MAP_FILTER_STATES, 4, "\x80\0\0\0" } },
		{ EINVAL, { NARU_MAP_FILTER_STATES, 1, "\1" } },
	};

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		BAD(SESSION_GET, bad[i].err, 1, G_NEST(NARU_NAPT_REQ_FILTER, bad[i].attr));
	for (int i = NARU_MAP_FILTER_REMOTE; i <= NARU_MAP_FILTER_STATES; i++)
		BAD(MAP_GET, EINVAL, 1, G_NEST(NARU_NAPT_REQ_FILTER, G_U32(i, 1)));
}

/* ---- packets ---- */

#define P_UDP	G_U8(NARU_EXPLAIN_PROTO, 17)
#define P_SRC	G_ADDR(NARU_EXPLAIN_SRC, N_IN)
#define P_DST	G_ADDR(NARU_EXPLAIN_DST, N_OUT)

TEST_F(napt, bad_packets)
{
	struct nl_msg *msg;
	int at;

	BAD(EXPLAIN, EPROTONOSUPPORT, 0, P_SRC, P_DST, G_U8(NARU_EXPLAIN_PROTO, 132));
	BAD(EXPLAIN, EAFNOSUPPORT, 0, P_UDP, P_DST, G_ADDR(NARU_EXPLAIN_SRC, "::1"));
	BAD(EXPLAIN, ERANGE, 0, P_UDP, P_SRC, G_RAW(NARU_EXPLAIN_DST, 4));
	BAD(EXPLAIN, EINVAL, 0, P_UDP, P_SRC, P_DST, G_U8(NARU_EXPLAIN_SPORT, 1));
	BAD(EXPLAIN, EINVAL, 0, P_UDP, P_SRC, P_DST, G_U32(NARU_EXPLAIN_DPORT, 1));
	BAD(EXPLAIN, ENODEV, 0, P_UDP, P_SRC, P_DST, G_STR(NARU_EXPLAIN_IN, "none"));
	BAD(EXPLAIN, EINVAL, 0, P_UDP, P_SRC, P_DST, G_STR(NARU_EXPLAIN_IN, "sixteen_letters_"));
	BAD(EXPLAIN, ENETUNREACH, 0, P_UDP, P_DST, G_ADDR(NARU_EXPLAIN_SRC, "192.0.2.1"));
	BAD(EXPLAIN, EINVAL, 0, P_SRC, P_DST, G_U8(NARU_EXPLAIN_PROTO, 1),
	    G_U16(NARU_EXPLAIN_SPORT, 1), G_U16(NARU_EXPLAIN_DPORT, 1));
	for (int i = 0; i < 2; i++) {
		msg = g_new(self->c, NARU_CMD_NAPT_EXPLAIN, 0);
		at = G_NOWHERE;
		g_put(msg, i ? G_ATTRS(P_UDP, P_SRC) : G_ATTRS(P_SRC, P_DST));
		G_REFUSED(EINVAL, self->c, msg, at);
	}
}

/* ---- who may do what ---- */

/* What each command would do, if it were allowed to */
static struct nl_msg *request(struct g_client *c, const struct g_command *k)
{
	struct nl_msg *msg = g_new(c, k->cmd, k->flags);

	switch (k->cmd) {
	case NARU_CMD_NAPT_RULE_ADD:
	case NARU_CMD_NAPT_SET:
		g_put(msg, G_ATTRS(GOOD_RULE));
		break;
	case NARU_CMD_NAPT_RULE_REPLACE:
		g_put(msg, G_ATTRS(GOOD_RULE, G_U32(NARU_NAPT_REQ_ID, 1)));
		break;
	case NARU_CMD_NAPT_RULE_DEL:
		g_put(msg, G_ATTRS(G_U32(NARU_NAPT_REQ_ID, 1)));
		break;
	case NARU_CMD_NAPT_MAP_ADD:
		g_put(msg, G_ATTRS(G_NEST(NARU_NAPT_REQ_STATIC, S_UDP, S_OUT, S_OUTP, S_IN, S_INP)));
		break;
	case NARU_CMD_NAPT_MAP_DEL:
		g_put(msg, G_ATTRS(G_NEST(NARU_NAPT_REQ_FILTER, G_U8(NARU_MAP_FILTER_STATIC, 1))));
		break;
	case NARU_CMD_NAPT_EXPLAIN:
		g_put(msg, G_ATTRS(P_UDP, P_SRC, P_DST));
		break;
	}
	return msg;
}

static int join(struct g_client *c)
{
	return nl_socket_add_membership(c->sk, genl_ctrl_resolve_grp(c->sk, NARU_GENL_NAME,
								     NARU_GENL_GROUP_NAPT));
}

static void expect_nothing(struct __test_metadata *_metadata, __u32 inode __maybe_unused)
{
	struct g_client *c = g_open();

	for (size_t i = 0; i < COUNT_OF(commands); i++)
		G_REFUSED(EPERM, c, request(c, &commands[i]), G_NOWHERE);
	EXPECT_EQ(-NLE_PERM, join(c));
}

static void without_capability(struct __test_metadata *_metadata, __u32 inode)
{
	g_drop_net_admin();
	expect_nothing(_metadata, inode);
}

static void ordinary_user(struct __test_metadata *_metadata, __u32 inode)
{
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		t_die("setresuid");
	expect_nothing(_metadata, inode);
}

/* An administrator of a user namespace: of the network namespaces that it owns, of no other */
static void user_namespace(struct __test_metadata *_metadata, __u32 inode)
{
	struct g_client *c;

	if (unshare(CLONE_NEWUSER))
		t_die("a user namespace");
	expect_nothing(_metadata, inode);
	if (unshare(CLONE_NEWNET))
		t_die("a network namespace");
	EXPECT_EQ(0, join(g_open()));
	c = g_open();
	EXPECT_EQ(1, N_ADD(c, N_DEV, N_TO));
	EXPECT_EQ(1, n_list(c, NARU_CMD_NAPT_RULE_GET, NULL));
	n_must(c, NARU_CMD_NAPT_SET, G_ATTRS(G_FLAG(NARU_NAPT_REQ_FLUSH)));
}

TEST_F(napt, rights)
{
	g_in_child(_metadata, without_capability, 0);
	g_in_child(_metadata, ordinary_user, 0);
	g_in_child(_metadata, user_namespace, 0);
	EXPECT_EQ(0, join(self->c));
}

TEST_HARNESS_MAIN
