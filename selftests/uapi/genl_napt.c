// SPDX-License-Identifier: GPL-2.0
/*
 * The NAPT by generic netlink: rules, mappings and sessions listed and changed, what would become of
 * a packet, and events, by a client on libnl.
 */
#include "genl_napt_test.h"

#define MANY	300			/* more than a few messages hold */

FIXTURE(napt)
{
	struct g_client *c;
};

FIXTURE_SETUP(napt)
{
	n_enter_netns();
	self->c = g_open();
}

FIXTURE_TEARDOWN(napt)
{
	g_close(self->c);
}

/* ---- rules ---- */

/* The attributes of the only rule */
static void the_rule(struct g_client *c, struct nlattr **tb)
{
	int n = n_list(c, NARU_CMD_NAPT_RULE_GET, NULL);

	if (n != 1)
		t_die("%d rules", n);
	g_parse(c, 0, tb, NARU_RULE_ATTR_MAX);
}

TEST_F(napt, rule_with_defaults)
{
	static const struct { int attr, value; } u8s[] = {
		{ NARU_RULE_SRC_PREFIX, 96 }, { NARU_RULE_MAPPING, NARU_RULE_MAPPING_EI },
		{ NARU_RULE_FILTERING, NARU_RULE_FILTERING_EI },
		{ NARU_RULE_TCP_FILTERING, NARU_RULE_FILTERING_EI },
		{ NARU_RULE_CHOICE, NARU_RULE_CHOICE_PRESERVE }, { NARU_RULE_PARITY, 1 },
		{ NARU_RULE_HAIRPIN, 1 }, { NARU_RULE_NOTRACK, 0 }, { NARU_RULE_REFRESH_IN, 0 },
		{ NARU_RULE_EXHAUSTED, NARU_RULE_EXHAUSTED_HOST },
		{ NARU_RULE_UNSOLICITED, NARU_RULE_UNSOLICITED_HOLD },
	}, u16s[] = {
		{ NARU_RULE_SPORT_FIRST, 0 }, { NARU_RULE_SPORT_LAST, 65535 },
		{ NARU_RULE_DPORT_FIRST, 0 }, { NARU_RULE_DPORT_LAST, 65535 },
		{ NARU_RULE_PORT_FIRST, 1024 }, { NARU_RULE_PORT_LAST, 65535 },
	};
	static const int none[] = { NARU_RULE_EXCEPT, NARU_RULE_TO, NARU_RULE_MARK,
				    NARU_RULE_MARK_MASK, NARU_RULE_SUSPENDED };
	static const int seconds[] = { 240, 7440, 240, 300, 60 };
	struct nlattr *tb[NARU_RULE_ATTR_MAX + 1], *t[NARU_TIMEOUT_MAX + 1];
	__u32 id = N_ADD(self->c, N_DEV, N_TO);

	the_rule(self->c, tb);
	EXPECT_EQ(id, g_get_u32(tb, NARU_RULE_ID));
	EXPECT_EQ(0, strcmp("wan", g_get_text(tb, NARU_RULE_DEV)));
	EXPECT_TRUE(n_addr_is(tb, NARU_RULE_SRC, "0.0.0.0"));
	EXPECT_EQ(NARU_RULE_PROTO_ALL, g_get_u32(tb, NARU_RULE_PROTOS));
	g_need(tb, NARU_RULE_TO_DEV, 0);
	for (size_t i = 0; i < COUNT_OF(u8s); i++)
		EXPECT_EQ(u8s[i].value, g_get_u8(tb, u8s[i].attr));
	for (size_t i = 0; i < COUNT_OF(u16s); i++)
		EXPECT_EQ(u16s[i].value, g_get_u16(tb, u16s[i].attr));
	for (size_t i = 0; i < COUNT_OF(none); i++)
		EXPECT_EQ(NULL, tb[none[i]]);
	ASSERT_NE(NULL, tb[NARU_RULE_TIMEOUTS]);
	ASSERT_EQ(0, nla_parse_nested(t, NARU_TIMEOUT_MAX, tb[NARU_RULE_TIMEOUTS], NULL));
	for (int i = 1; i <= NARU_TIMEOUT_MAX; i++)
		EXPECT_EQ(seconds[i - 1], g_get_u32(t, i));
}

/* How many attributes of @type a message has, and the last of them */
static int count_attrs(struct nl_msg *msg, int type, struct nlattr **last)
{
	struct nlattr *attr;
	int rem, n = 0;

	nlmsg_for_each_attr(attr, nlmsg_hdr(msg), GENL_HDRLEN, rem) {
		if (nla_type(attr) != type)
			continue;
		*last = attr;
		n++;
	}
	return n;
}

/* Each attribute comes back as it was sent, in whatever order */
static void expect_same(struct __test_metadata *_metadata, struct nlattr **tb,
			const struct g_attr *sent)
{
	for (; sent->type; sent++) {
		struct nlattr *inner[64];

		ASSERT_NE(NULL, tb[sent->type]) {
			TH_LOG("attribute %d", sent->type);
		}
		if (sent->len != G_DEEPER) {
			g_need(tb, sent->type, sent->len);
			EXPECT_EQ(0, memcmp(sent->data, nla_data(tb[sent->type]), sent->len)) {
				TH_LOG("attribute %d", sent->type);
			}
			continue;
		}
		ASSERT_EQ(0, nla_parse_nested(inner, 63, tb[sent->type], NULL));
		expect_same(_metadata, inner, sent->data);
	}
}

TEST_F(napt, rule_with_everything)
{
	const struct g_attr *rule = G_ATTRS(
		N_DEV, N_SRC, N_BITS, G_U32(NARU_RULE_PROTOS, NARU_RULE_PROTO_TCP | NARU_RULE_PROTO_DGRAM),
		G_U16(NARU_RULE_SPORT_FIRST, 1), G_U16(NARU_RULE_SPORT_LAST, 9),
		G_U16(NARU_RULE_DPORT_FIRST, 443), G_U16(NARU_RULE_DPORT_LAST, 443),
		G_NEST(NARU_RULE_EXCEPT, G_ADDR(NARU_EXCEPT_ADDR, "192.0.2.0"),
		       G_U8(NARU_EXCEPT_PREFIX, 96 + 24), G_U16(NARU_EXCEPT_PORT_FIRST, 5),
		       G_U16(NARU_EXCEPT_PORT_LAST, 6)),
		G_NEST(NARU_RULE_TO, G_ADDR(NARU_TO_FIRST, "203.0.113.20"),
		       G_ADDR(NARU_TO_LAST, "203.0.113.29")),
		G_U16(NARU_RULE_PORT_FIRST, 2000), G_U16(NARU_RULE_PORT_LAST, 2999),
		G_U8(NARU_RULE_MAPPING, NARU_RULE_MAPPING_APD),
		G_U8(NARU_RULE_FILTERING, NARU_RULE_FILTERING_AD),
		G_U8(NARU_RULE_TCP_FILTERING, NARU_RULE_FILTERING_APD),
		G_U8(NARU_RULE_CHOICE, NARU_RULE_CHOICE_RANDOM), G_U8(NARU_RULE_PARITY, 0),
		G_U8(NARU_RULE_HAIRPIN, 0), G_U8(NARU_RULE_NOTRACK, 1),
		G_U8(NARU_RULE_REFRESH_IN, 1), G_U8(NARU_RULE_EXHAUSTED, NARU_RULE_EXHAUSTED_SILENT),
		G_U8(NARU_RULE_UNSOLICITED, NARU_RULE_UNSOLICITED_DROP), G_U32(NARU_RULE_MARK, 2),
		G_U32(NARU_RULE_MARK_MASK, 6),
		G_NEST(NARU_RULE_TIMEOUTS, G_U32(NARU_TIMEOUT_TCP_OPEN, 4),
		       G_U32(NARU_TIMEOUT_TCP_ESTABLISHED, 7441),
		       G_U32(NARU_TIMEOUT_TCP_CLOSING, 241), G_U32(NARU_TIMEOUT_UDP, 120),
		       G_U32(NARU_TIMEOUT_ICMP, 30 * 24 * 3600)));
	struct nlattr *tb[NARU_RULE_ATTR_MAX + 1];

	n_add_rule(self->c, G_ATTRS({ NARU_NAPT_REQ_RULE, G_DEEPER, rule }));
	the_rule(self->c, tb);
	EXPECT_EQ(NULL, tb[NARU_RULE_TO_DEV]);
	expect_same(_metadata, tb, rule);
}

/* What may be there more than once is, in order; and what a port or address is not given for */
TEST_F(napt, rule_with_lists)
{
	struct nlattr *tb[NARU_RULE_ATTR_MAX + 1], *last;

	N_ADD(self->c, N_DEV, G_NEST(NARU_RULE_TO, G_ADDR(NARU_TO_FIRST, "203.0.113.20")),
	      G_NEST(NARU_RULE_TO, G_ADDR(NARU_TO_FIRST, "203.0.113.40")),
	      G_NEST(NARU_RULE_EXCEPT, G_ADDR(NARU_EXCEPT_ADDR, "192.0.2.1")),
	      G_NEST(NARU_RULE_EXCEPT, G_ADDR(NARU_EXCEPT_ADDR, "192.0.2.2")),
	      G_NEST(NARU_RULE_EXCEPT, G_ADDR(NARU_EXCEPT_ADDR, "192.0.2.3"),
		     G_U16(NARU_EXCEPT_PORT_FIRST, 80)),
	      G_U16(NARU_RULE_DPORT_FIRST, 53), G_U32(NARU_RULE_MARK, 7),
	      G_U8(NARU_RULE_FILTERING, NARU_RULE_FILTERING_APD));
	the_rule(self->c, tb);
	EXPECT_EQ(53, g_get_u16(tb, NARU_RULE_DPORT_LAST));
	EXPECT_EQ(0xffffffff, g_get_u32(tb, NARU_RULE_MARK_MASK));
	EXPECT_EQ(NARU_RULE_FILTERING_APD, g_get_u8(tb, NARU_RULE_TCP_FILTERING));
	EXPECT_EQ(2, count_attrs(self->c->row[0], NARU_RULE_TO, &last));
	ASSERT_EQ(0, nla_parse_nested(tb, NARU_TO_MAX, last, NULL));
	EXPECT_TRUE(n_addr_is(tb, NARU_TO_LAST, "203.0.113.40"));
	EXPECT_EQ(3, count_attrs(self->c->row[0], NARU_RULE_EXCEPT, &last));
	ASSERT_EQ(0, nla_parse_nested(tb, NARU_EXCEPT_MAX, last, NULL));
	EXPECT_EQ(128, g_get_u8(tb, NARU_EXCEPT_PREFIX));
	EXPECT_EQ(80, g_get_u16(tb, NARU_EXCEPT_PORT_LAST));
}

/* As long as a rule can be, it fits into a message */
TEST_F(napt, rule_at_its_longest)
{
	struct nl_msg *msg = nlmsg_alloc_size(16384);
	struct nlattr *rule, *last;
	char text[32];

	genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, self->c->family, 0, 0, NARU_CMD_NAPT_RULE_ADD,
		    NARU_GENL_VERSION);
	rule = nla_nest_start(msg, NARU_NAPT_REQ_RULE);
	g_put(msg, G_ATTRS(N_DEV));
	for (int i = 0; i < NARU_RULE_EXCEPTS_MAX; i++) {
		snprintf(text, sizeof(text), "192.0.2.%d", i);
		g_put(msg, G_ATTRS(G_NEST(NARU_RULE_EXCEPT, G_ADDR(NARU_EXCEPT_ADDR, text))));
		snprintf(text, sizeof(text), "203.0.113.%d", 2 * i + 20);
		g_put(msg, G_ATTRS(G_NEST(NARU_RULE_TO, G_ADDR(NARU_TO_FIRST, text))));
	}
	nla_nest_end(msg, rule);
	ASSERT_EQ(0, g_call(self->c, msg)) {
		TH_LOG("%s", self->c->text);
	}
	ASSERT_EQ(1, n_list(self->c, NARU_CMD_NAPT_RULE_GET, NULL));
	EXPECT_EQ(NARU_RULE_EXCEPTS_MAX, count_attrs(self->c->row[0], NARU_RULE_EXCEPT, &last));
	EXPECT_EQ(NARU_RULE_TO_MAX, count_attrs(self->c->row[0], NARU_RULE_TO, &last));
}

/* The rules' sources in order, as "10.1 10.2", of rules that differ in their second byte */
static const char *order(struct g_client *c)
{
	static char text[64];
	int len = 0;

	n_list(c, NARU_CMD_NAPT_RULE_GET, NULL);
	text[0] = '\0';
	for (int i = 0; i < c->rows; i++) {
		struct nlattr *tb[NARU_RULE_ATTR_MAX + 1];
		__u8 *addr;

		g_parse(c, i, tb, NARU_RULE_ATTR_MAX);
		addr = nla_data(g_need(tb, NARU_RULE_SRC, 16));
		len += sprintf(text + len, "%s%u.%u", i ? " " : "", addr[13],
			       g_get_u32(tb, NARU_RULE_ID));
	}
	return text;
}

/* A rule for a /16 */
#define N_16		G_U8(NARU_RULE_SRC_PREFIX, 96 + 16)
#define N_FROM(...)	G_NEST(NARU_NAPT_REQ_RULE, N_DEV, N_TO, N_16, __VA_ARGS__)
#define N_NET(net)	N_FROM(G_ADDR(NARU_RULE_SRC, net))
static void expect_order(struct __test_metadata *_metadata, struct g_client *c, const char *want)
{
	const char *is = order(c);

	EXPECT_EQ(0, strcmp(want, is)) {
		TH_LOG("%s", is);
	}
}

#define EXPECT_ORDER(want)	expect_order(_metadata, self->c, want)

TEST_F(napt, rules_in_order)
{
	struct g_client *c = self->c;

	EXPECT_EQ(0, n_list(c, NARU_CMD_NAPT_RULE_GET, NULL));
	EXPECT_EQ(1, n_add_rule(c, G_ATTRS(N_NET("10.1.0.0"))));
	EXPECT_EQ(2, n_add_rule(c, G_ATTRS(N_NET("10.2.0.0"))));
	EXPECT_EQ(3, n_add_rule(c, G_ATTRS(N_NET("10.3.0.0"), G_U32(NARU_NAPT_REQ_BEFORE, 2))));
	EXPECT_EQ(4, n_add_rule(c, G_ATTRS(N_NET("10.4.0.0"), G_U32(NARU_NAPT_REQ_BEFORE, 1))));
	EXPECT_ORDER("4.4 1.1 3.3 2.2");
	n_must(c, NARU_CMD_NAPT_RULE_REPLACE, G_ATTRS(N_NET("10.5.0.0"), G_U32(NARU_NAPT_REQ_ID, 1)));
	EXPECT_ORDER("4.4 5.1 3.3 2.2");
	n_must(c, NARU_CMD_NAPT_RULE_DEL, G_ATTRS(G_U32(NARU_NAPT_REQ_ID, 4)));
	n_must(c, NARU_CMD_NAPT_RULE_DEL, G_ATTRS(G_U32(NARU_NAPT_REQ_ID, 2)));
	EXPECT_ORDER("5.1 3.3");
	EXPECT_EQ(5, n_add_rule(c, G_ATTRS(N_NET("10.6.0.0"))));
	EXPECT_ORDER("5.1 3.3 6.5");
	n_must(c, NARU_CMD_NAPT_RULE_DEL, G_ATTRS(G_U32(NARU_NAPT_REQ_ID, 1)));
	n_must(c, NARU_CMD_NAPT_RULE_DEL, G_ATTRS(G_U32(NARU_NAPT_REQ_ID, 3)));
	n_must(c, NARU_CMD_NAPT_RULE_DEL, G_ATTRS(G_U32(NARU_NAPT_REQ_ID, 5)));
	EXPECT_ORDER("");
}

/* A static mapping of UDP */
#define N_STATIC(out, in, n) G_NEST(NARU_NAPT_REQ_STATIC, G_U8(NARU_STATIC_PROTO, 17),		\
				    G_ADDR(NARU_STATIC_OUTSIDE, N_WAN),				\
				    G_U16(NARU_STATIC_OUTSIDE_PORT, out),			\
				    G_ADDR(NARU_STATIC_INSIDE, "10.0.0.2"),			\
				    G_U16(NARU_STATIC_INSIDE_PORT, in), G_U32(NARU_STATIC_NUM, n))

static int statics(struct g_client *c)
{
	return n_list(c, NARU_CMD_NAPT_STATIC_GET, NULL);
}

TEST_F(napt, rules_set_as_a_whole)
{
	struct g_client *c = self->c;

	n_must(c, NARU_CMD_NAPT_SET, G_ATTRS(G_FLAG(NARU_NAPT_REQ_FLUSH)));
	n_must(c, NARU_CMD_NAPT_SET, G_ATTRS(N_NET("10.1.0.0"), N_STATIC(80, 80, 3), N_NET("10.2.0.0")));
	EXPECT_ORDER("1.1 2.2");
	EXPECT_EQ(1, statics(c));
	EXPECT_EQ(3, n_list(c, NARU_CMD_NAPT_MAP_GET, NULL));
	n_must(c, NARU_CMD_NAPT_SET, G_ATTRS(N_NET("10.3.0.0"), G_FLAG(NARU_NAPT_REQ_KEEP_STATICS)));
	EXPECT_ORDER("3.3");
	EXPECT_EQ(1, statics(c));
	EXPECT_EQ(EEXIST, n_call(c, NARU_CMD_NAPT_SET, G_ATTRS(N_NET("10.4.0.0"), N_NET("10.4.0.0"))));
	EXPECT_EQ(EADDRINUSE, n_call(c, NARU_CMD_NAPT_SET, G_ATTRS(N_NET("10.4.0.0"), N_STATIC(80, 80, 1),
								  N_STATIC(80, 81, 1))));
	EXPECT_ORDER("3.3");
	EXPECT_EQ(3, n_list(c, NARU_CMD_NAPT_MAP_GET, NULL));
	n_must(c, NARU_CMD_NAPT_SET, G_ATTRS(N_NET("10.5.0.0")));
	EXPECT_EQ(0, statics(c));
	EXPECT_EQ(0, n_list(c, NARU_CMD_NAPT_MAP_GET, NULL));
	n_must(c, NARU_CMD_NAPT_SET, G_ATTRS(G_FLAG(NARU_NAPT_REQ_FLUSH)));
	EXPECT_ORDER("");
}

/* ---- static mappings ---- */

static __u32 map_del(struct g_client *c, const struct g_attr *filter)
{
	struct nlattr *tb[NARU_MAP_DEL_MAX + 1];

	n_must(c, NARU_CMD_NAPT_MAP_DEL, G_ATTRS({ NARU_NAPT_REQ_FILTER, G_DEEPER, filter }));
	g_parse(c, 0, tb, NARU_MAP_DEL_MAX);
	return g_get_u32(tb, NARU_MAP_DEL_COUNT);
}

/* "first-num" of each static mapping */
static const char *static_ports(struct g_client *c)
{
	static char text[64];
	int len = 0;

	statics(c);
	text[0] = '\0';
	for (int i = 0; i < c->rows; i++) {
		struct nlattr *tb[NARU_STATIC_MAX + 1];

		g_parse(c, i, tb, NARU_STATIC_MAX);
		len += sprintf(text + len, "%s%u/%u-%u", i ? " " : "",
			       g_get_u16(tb, NARU_STATIC_OUTSIDE_PORT),
			       g_get_u16(tb, NARU_STATIC_INSIDE_PORT),
			       g_get_u32(tb, NARU_STATIC_NUM));
	}
	return text;
}

TEST_F(napt, static_mappings)
{
	struct nlattr *tb[NARU_MAP_MAX + 1];
	struct g_client *c = self->c;

	N_ADD(c, N_DEV, N_SRC, N_BITS, N_TO);
	n_must(c, NARU_CMD_NAPT_MAP_ADD, G_ATTRS(N_STATIC(8000, 80, 10)));
	EXPECT_EQ(EADDRINUSE, n_call(c, NARU_CMD_NAPT_MAP_ADD, G_ATTRS(N_STATIC(8009, 99, 1))));
	EXPECT_EQ(0, strcmp("8000/80-10", static_ports(c)));
	ASSERT_EQ(10, n_list(c, NARU_CMD_NAPT_MAP_GET, NULL));
	g_parse(c, 0, tb, NARU_MAP_MAX);
	g_need(tb, NARU_MAP_STATIC, 0);
	EXPECT_EQ(NULL, tb[NARU_MAP_EXPIRES_MS]);
	EXPECT_EQ(NULL, tb[NARU_MAP_OWN]);
	EXPECT_EQ(1, map_del(c, G_ATTRS(G_U16(NARU_MAP_FILTER_OUTSIDE_PORT, 8003))));
	EXPECT_EQ(0, strcmp("8000/80-3 8004/84-6", static_ports(c)));
	EXPECT_EQ(1, map_del(c, G_ATTRS(G_U16(NARU_MAP_FILTER_INSIDE_PORT, 80))));
	EXPECT_EQ(0, strcmp("8001/81-2 8004/84-6", static_ports(c)));
	EXPECT_EQ(0, map_del(c, G_ATTRS(G_U8(NARU_MAP_FILTER_STATIC, 0))));
	EXPECT_EQ(8, n_list(c, NARU_CMD_NAPT_MAP_GET, NULL));
	EXPECT_EQ(8, map_del(c, G_ATTRS(G_STR(NARU_MAP_FILTER_DEV, "wan"))));
	EXPECT_EQ(0, statics(c));
	EXPECT_EQ(0, n_list(c, NARU_CMD_NAPT_MAP_GET, NULL));
}

/* The first address of an interface's rule, and what names it */
TEST_F(napt, static_mapping_of_dev)
{
	struct nlattr *tb[NARU_MAP_MAX + 1];
	struct g_client *c = self->c;

	N_ADD(c, N_DEV, N_SRC, N_BITS, N_TO);
	n_must(c, NARU_CMD_NAPT_MAP_ADD,
	       G_ATTRS(G_NEST(NARU_NAPT_REQ_STATIC, G_U8(NARU_STATIC_PROTO, 253),
			      G_STR(NARU_STATIC_DEV, "wan"), G_U16(NARU_STATIC_OUTSIDE_PORT, 22),
			      G_ADDR(NARU_STATIC_INSIDE, "10.0.0.2"),
			      G_U16(NARU_STATIC_INSIDE_PORT, 23))));
	ASSERT_EQ(1, statics(c));
	g_parse(c, 0, tb, NARU_STATIC_MAX);
	EXPECT_EQ(0, strcmp("wan", g_get_text(tb, NARU_STATIC_DEV)));
	EXPECT_EQ(NULL, tb[NARU_STATIC_OUTSIDE]);
	EXPECT_EQ(253, g_get_u8(tb, NARU_STATIC_PROTO));
	ASSERT_EQ(1, n_list(c, NARU_CMD_NAPT_MAP_GET, NULL));
	g_parse(c, 0, tb, NARU_MAP_MAX);
	EXPECT_TRUE(n_addr_is(tb, NARU_MAP_OUTSIDE, N_WAN));
	EXPECT_EQ(1, map_del(c, G_ATTRS(G_U32(NARU_MAP_FILTER_ID, g_get_u32(tb, NARU_MAP_ID)))));
	EXPECT_EQ(0, statics(c));
}

/* ---- mappings and sessions ---- */

TEST_F(napt, mapping_and_session)
{
	struct nlattr *tb[NARU_MAP_MAX + 1], *s[NARU_SESSION_ATTR_MAX + 1];
	struct g_client *c = self->c;
	__u32 rule = N_ADD(c, N_DEV, N_SRC, N_BITS, N_TO), id;

	EXPECT_EQ(0, n_list(c, NARU_CMD_NAPT_MAP_GET, NULL));
	EXPECT_EQ(0, n_list(c, NARU_CMD_NAPT_SESSION_GET, NULL));
	n_send(N_IN, 5000, N_OUT, 53);
	n_send(N_IN, 5000, N_OUT, 54);
	ASSERT_EQ(1, n_list(c, NARU_CMD_NAPT_MAP_GET, NULL));
	g_parse(c, 0, tb, NARU_MAP_MAX);
	id = g_get_u32(tb, NARU_MAP_ID);
	EXPECT_EQ(17, g_get_u8(tb, NARU_MAP_PROTO));
	EXPECT_EQ(0, strcmp("wan", g_get_text(tb, NARU_MAP_DEV)));
	EXPECT_EQ(rule, g_get_u32(tb, NARU_MAP_RULE));
	EXPECT_TRUE(n_addr_is(tb, NARU_MAP_INSIDE, N_IN));
	EXPECT_TRUE(n_addr_is(tb, NARU_MAP_OUTSIDE, N_WAN));
	EXPECT_EQ(5000, g_get_u16(tb, NARU_MAP_INSIDE_PORT));
	EXPECT_EQ(5000, g_get_u16(tb, NARU_MAP_OUTSIDE_PORT));
	EXPECT_EQ(2, g_get_u32(tb, NARU_MAP_SESSIONS));
	EXPECT_GE(300000, g_get_u32(tb, NARU_MAP_EXPIRES_MS));
	EXPECT_LT(0, g_get_u32(tb, NARU_MAP_EXPIRES_MS));
	EXPECT_EQ(NULL, tb[NARU_MAP_STATIC]);
	EXPECT_EQ(NULL, tb[NARU_MAP_REMOTE]);
	ASSERT_EQ(2, n_list(c, NARU_CMD_NAPT_SESSION_GET, NULL));
	for (int i = 0; i < 2; i++) {
		g_parse(c, i, s, NARU_SESSION_ATTR_MAX);
		ASSERT_NE(NULL, s[NARU_SESSION_MAP]);
		ASSERT_EQ(0, nla_parse_nested(tb, NARU_MAP_MAX, s[NARU_SESSION_MAP], NULL));
		EXPECT_EQ(id, g_get_u32(tb, NARU_MAP_ID));
		EXPECT_TRUE(n_addr_is(tb, NARU_MAP_INSIDE, N_IN));
		EXPECT_TRUE(n_addr_is(s, NARU_SESSION_REMOTE, N_OUT));
		EXPECT_EQ(53, (g_get_u16(s, NARU_SESSION_REMOTE_PORT) - 1) | 1);
		EXPECT_EQ(NARU_SESSION_STATE_OPEN, g_get_u8(s, NARU_SESSION_STATE));
		EXPECT_GE(300000, g_get_u32(s, NARU_SESSION_EXPIRES_MS));
	}
	EXPECT_EQ(1, map_del(c, G_ATTRS(G_U32(NARU_MAP_FILTER_ID, id))));
	EXPECT_EQ(0, n_list(c, NARU_CMD_NAPT_SESSION_GET, NULL));
}

/* One for each remote endpoint; and those of the machine itself */
TEST_F(napt, other_kinds_of_mappings)
{
	struct nlattr *tb[NARU_MAP_MAX + 1];
	struct g_client *c = self->c;

	N_ADD(c, N_DEV, N_SRC, N_BITS, N_TO, G_U8(NARU_RULE_MAPPING, NARU_RULE_MAPPING_APD));
	n_send(N_IN, 5000, N_OUT, 53);
	n_send(N_IN, 5000, N_OUT, 54);
	ASSERT_EQ(2, n_list(c, NARU_CMD_NAPT_MAP_GET, NULL));
	g_parse(c, 0, tb, NARU_MAP_MAX);
	EXPECT_TRUE(n_addr_is(tb, NARU_MAP_REMOTE, N_OUT));
	EXPECT_EQ(53, (g_get_u16(tb, NARU_MAP_REMOTE_PORT) - 1) | 1);
	n_send(N_WAN, 6000, N_OUT, 53);
	ASSERT_EQ(1, n_list(c, NARU_CMD_NAPT_MAP_GET,
			    G_ATTRS(G_ADDR(NARU_MAP_FILTER_INSIDE, N_WAN))));
	g_parse(c, 0, tb, NARU_MAP_MAX);
	g_need(tb, NARU_MAP_OWN, 0);
	EXPECT_EQ(6000, g_get_u16(tb, NARU_MAP_OUTSIDE_PORT));
}

#define MAPS(want, ...)	EXPECT_EQ(want, n_list(self->c, NARU_CMD_NAPT_MAP_GET, G_ATTRS(__VA_ARGS__)))
#define SESSIONS(want, ...) \
	EXPECT_EQ(want, n_list(self->c, NARU_CMD_NAPT_SESSION_GET, G_ATTRS(__VA_ARGS__)))

TEST_F(napt, filters)
{
	N_ADD(self->c, N_DEV, N_SRC, N_BITS, N_TO);
	n_must(self->c, NARU_CMD_NAPT_MAP_ADD, G_ATTRS(N_STATIC(8000, 80, 2)));
	n_send(N_IN, 5000, N_OUT, 53);
	n_send(N_IN, 5000, "203.0.113.10", 53);
	n_send(N_IN, 5001, N_OUT, 53);
	MAPS(4, {});
	MAPS(4, G_U8(NARU_MAP_FILTER_PROTO, 17));
	MAPS(0, G_U8(NARU_MAP_FILTER_PROTO, 6));
	MAPS(2, G_U8(NARU_MAP_FILTER_STATIC, 1));
	MAPS(2, G_U8(NARU_MAP_FILTER_STATIC, 0));
	MAPS(4, G_STR(NARU_MAP_FILTER_DEV, "wan"));
	MAPS(0, G_STR(NARU_MAP_FILTER_DEV, "lo"));
	MAPS(2, G_ADDR(NARU_MAP_FILTER_INSIDE, N_IN));
	MAPS(4, G_ADDR(NARU_MAP_FILTER_INSIDE, N_IN), G_U8(NARU_MAP_FILTER_INSIDE_PREFIX, 126));
	MAPS(4, G_ADDR(NARU_MAP_FILTER_INSIDE, "1.2.3.4"), G_U8(NARU_MAP_FILTER_INSIDE_PREFIX, 96));
	MAPS(1, G_U16(NARU_MAP_FILTER_INSIDE_PORT, 81));
	MAPS(4, G_ADDR(NARU_MAP_FILTER_OUTSIDE, N_WAN));
	MAPS(0, G_ADDR(NARU_MAP_FILTER_OUTSIDE, N_IN));
	MAPS(1, G_U16(NARU_MAP_FILTER_OUTSIDE_PORT, 5001));
	MAPS(0, G_U16(NARU_MAP_FILTER_OUTSIDE_PORT, 5001), G_U8(NARU_MAP_FILTER_STATIC, 1));
	SESSIONS(3, {});
	SESSIONS(2, G_ADDR(NARU_MAP_FILTER_REMOTE, N_OUT));
	SESSIONS(1, G_ADDR(NARU_MAP_FILTER_REMOTE, "203.0.113.10"));
	SESSIONS(3, G_ADDR(NARU_MAP_FILTER_REMOTE, N_OUT), G_U8(NARU_MAP_FILTER_REMOTE_PREFIX, 126));
	SESSIONS(3, G_U16(NARU_MAP_FILTER_REMOTE_PORT, 53));
	SESSIONS(0, G_U16(NARU_MAP_FILTER_REMOTE_PORT, 54));
	SESSIONS(3, G_U32(NARU_MAP_FILTER_STATES, 1 << NARU_SESSION_STATE_OPEN));
	SESSIONS(0, G_U32(NARU_MAP_FILTER_STATES, NARU_SESSION_STATES_ALL - 1));
	SESSIONS(2, G_U16(NARU_MAP_FILTER_INSIDE_PORT, 5000));
	SESSIONS(0, G_U8(NARU_MAP_FILTER_STATIC, 1));
}

/* Each is there once, however many messages it takes */
static void expect_each_once(struct __test_metadata *_metadata, struct g_client *c, int attr_max,
			     int attr, int first)
{
	static bool seen[MANY];

	memset(seen, 0, sizeof(seen));
	ASSERT_EQ(MANY, c->rows);
	EXPECT_FALSE(c->intr);
	for (int i = 0; i < MANY; i++) {
		struct nlattr *tb[64];
		int at;

		g_parse(c, i, tb, attr_max);
		at = g_get_u16(tb, attr) - first;
		ASSERT_LE(0, at);
		ASSERT_GT(MANY, at);
		EXPECT_FALSE(seen[at]);
		seen[at] = true;
	}
}

TEST_F(napt, many_mappings)
{
	N_ADD(self->c, N_DEV, N_SRC, N_BITS, N_TO);
	for (int i = 0; i < MANY; i++)
		n_send(N_IN, 5000 + i, N_OUT, 53);
	n_list(self->c, NARU_CMD_NAPT_MAP_GET, NULL);
	expect_each_once(_metadata, self->c, NARU_MAP_MAX, NARU_MAP_INSIDE_PORT, 5000);
	EXPECT_EQ(MANY, map_del(self->c, G_ATTRS(G_ADDR(NARU_MAP_FILTER_INSIDE, N_IN))));
	EXPECT_EQ(0, n_list(self->c, NARU_CMD_NAPT_MAP_GET, NULL));
}

TEST_F(napt, many_sessions_of_one_mapping)
{
	N_ADD(self->c, N_DEV, N_SRC, N_BITS, N_TO);
	for (int i = 0; i < MANY; i++)
		n_send(N_IN, 5000, N_OUT, 1000 + i);
	EXPECT_EQ(1, n_list(self->c, NARU_CMD_NAPT_MAP_GET, NULL));
	n_list(self->c, NARU_CMD_NAPT_SESSION_GET, NULL);
	expect_each_once(_metadata, self->c, NARU_SESSION_ATTR_MAX, NARU_SESSION_REMOTE_PORT, 1000);
}

/* A dump under which something changes says so, and what stayed is in it */
TEST_F(napt, interrupted)
{
	static const int cmds[] = { NARU_CMD_NAPT_MAP_GET, NARU_CMD_NAPT_SESSION_GET };

	N_ADD(self->c, N_DEV, N_SRC, N_BITS, N_TO);
	for (int i = 0; i < MANY; i++)
		n_send(N_IN, 5000 + i, N_OUT, 53);
	for (int i = 0; i < 2; i++) {
		struct nl_msg *msg = g_new(self->c, cmds[i], NLM_F_DUMP);

		ASSERT_LT(0, nl_send_auto(self->c->sk, msg));
		nlmsg_free(msg);
		n_send(N_IN, 10000 + i, N_OUT, 53);
		g_reset(self->c);
		while (!self->c->done)
			nl_recvmsgs(self->c->sk, self->c->cb);
		EXPECT_EQ(0, self->c->err);
		EXPECT_TRUE(self->c->intr);
		EXPECT_LE(MANY, self->c->rows);
	}
}

/* A namespace may end while it is dumped, and a reader give up */
TEST_F(napt, dump_given_up)
{
	struct nl_msg *msg;

	N_ADD(self->c, N_DEV, N_SRC, N_BITS, N_TO);
	for (int i = 0; i < MANY; i++)
		n_send(N_IN, 5000 + i, N_OUT, 53);
	msg = g_new(self->c, NARU_CMD_NAPT_SESSION_GET, NLM_F_DUMP);
	ASSERT_LT(0, nl_send_auto(self->c->sk, msg));
	nlmsg_free(msg);
	g_close(self->c);
	n_enter_netns();
	self->c = g_open();
	EXPECT_EQ(0, n_list(self->c, NARU_CMD_NAPT_MAP_GET, NULL));
}

/* ---- what would become of a packet ---- */

/* A port of 0 is not said. Returns the verdict */
static int explain(struct g_client *c, struct nlattr **tb, int proto, const char *src, int sport,
		   const char *dst, int dport)
{
	struct nl_msg *msg = g_new(c, NARU_CMD_NAPT_EXPLAIN, 0);

	g_put(msg, G_ATTRS(G_U8(NARU_EXPLAIN_PROTO, proto), G_ADDR(NARU_EXPLAIN_SRC, src),
			   G_ADDR(NARU_EXPLAIN_DST, dst)));
	if (sport)
		nla_put_u16(msg, NARU_EXPLAIN_SPORT, sport);
	if (dport)
		nla_put_u16(msg, NARU_EXPLAIN_DPORT, dport);
	errno = g_call(c, msg);
	if (errno)
		t_die("EXPLAIN: %s", c->text);
	g_parse(c, 0, tb, NARU_EXPLAIN_MAX);
	return g_get_u8(tb, NARU_EXPLAIN_VERDICT);
}

#define EXPLAIN(verdict, because, ...) do {						\
	EXPECT_EQ(NARU_VERDICT_##verdict, explain(self->c, tb, __VA_ARGS__));		\
	EXPECT_EQ(NARU_BECAUSE_##because, g_get_u8(tb, NARU_EXPLAIN_BECAUSE));		\
} while (0)

TEST_F(napt, explain_outbound)
{
	struct nlattr *tb[NARU_EXPLAIN_MAX + 1], *step[NARU_STEP_MAX + 1], *last;
	__u32 rule;

	EXPLAIN(UNTOUCHED, NO_RULES, 17, N_IN, 5000, N_OUT, 53);
	EXPECT_EQ(NULL, tb[NARU_EXPLAIN_IN]);
	EXPECT_EQ(0, strcmp("wan", g_get_text(tb, NARU_EXPLAIN_OUT)));
	EXPLAIN(UNROUTED, NONE, 17, N_IN, 5000, "192.0.2.1", 53);
	N_ADD(self->c, N_DEV, G_ADDR(NARU_RULE_SRC, "10.9.0.0"), G_U8(NARU_RULE_SRC_PREFIX, 112), N_TO);
	rule = N_ADD(self->c, N_DEV, N_SRC, N_BITS, N_TO,
		     G_NEST(NARU_RULE_EXCEPT, G_ADDR(NARU_EXCEPT_ADDR, "203.0.113.77")));
	EXPLAIN(OUT_NEW, NONE, 17, N_IN, 5000, N_OUT, 53);
	EXPECT_TRUE(n_addr_is(tb, NARU_EXPLAIN_OUTSIDE, N_WAN));
	EXPECT_EQ(rule, g_get_u32(tb, NARU_EXPLAIN_RULE));
	EXPECT_EQ(NULL, tb[NARU_EXPLAIN_PAIRED]);
	EXPECT_EQ(2, count_attrs(self->c->row[0], NARU_EXPLAIN_STEP, &last));
	ASSERT_EQ(0, nla_parse_nested(step, NARU_STEP_MAX, last, NULL));
	EXPECT_EQ(rule, g_get_u32(step, NARU_STEP_RULE));
	EXPECT_EQ(NARU_WHY_TAKES, g_get_u8(step, NARU_STEP_WHY));
	EXPECT_EQ(0, n_list(self->c, NARU_CMD_NAPT_MAP_GET, NULL));
	n_send(N_IN, 5000, N_OUT, 53);
	EXPLAIN(OUT, NONE, 17, N_IN, 5000, N_OUT, 54);
	EXPECT_NE(NULL, tb[NARU_EXPLAIN_MAP]);
	EXPLAIN(OUT_NEW, NONE, 17, N_IN, 5001, N_OUT, 53);
	EXPECT_NE(NULL, tb[NARU_EXPLAIN_PAIRED]);
	EXPLAIN(UNTOUCHED, NO_RULE_TAKES, 17, N_IN, 5002, "203.0.113.77", 53);
	EXPECT_EQ(2, count_attrs(self->c->row[0], NARU_EXPLAIN_STEP, &last));
	ASSERT_EQ(0, nla_parse_nested(step, NARU_STEP_MAX, last, NULL));
	EXPECT_EQ(NARU_WHY_EXCEPT, g_get_u8(step, NARU_STEP_WHY));
	EXPLAIN(UNTOUCHED, OWN_MAPPING, 17, N_WAN, 5005, N_OUT, 53);
	EXPLAIN(OUT_NEW, OWN_MAPPING, 17, N_WAN, 5000, N_OUT, 53);
}

/* What a suspended rule would take does not leave, but for what the machine sends itself */
TEST_F(napt, explain_suspended)
{
	struct nlattr *tb[NARU_EXPLAIN_MAX + 1], *step[NARU_STEP_MAX + 1];

	N_ADD(self->c, N_DEV, G_ADDR(NARU_RULE_SRC, "203.0.113.0"), G_U8(NARU_RULE_SRC_PREFIX, 120),
	      N_TO);
	t_sh("ip route add 203.0.113.128/25 dev far");
	EXPLAIN(DROPPED, SUSPENDED, 17, "203.0.113.200", 5000, N_OUT, 53);
	EXPECT_EQ(0, strcmp("far", g_get_text(tb, NARU_EXPLAIN_IN)));
	EXPECT_EQ(0, strcmp("DROP_NAPT_SUSPENDED", g_get_text(tb, NARU_EXPLAIN_COUNTER)));
	ASSERT_NE(NULL, tb[NARU_EXPLAIN_STEP]);
	ASSERT_EQ(0, nla_parse_nested(step, NARU_STEP_MAX, tb[NARU_EXPLAIN_STEP], NULL));
	EXPECT_EQ(NARU_WHY_SUSPENDED, g_get_u8(step, NARU_STEP_WHY));
}

TEST_F(napt, explain_inbound)
{
	struct nlattr *tb[NARU_EXPLAIN_MAX + 1];

	N_ADD(self->c, N_DEV, N_SRC, N_BITS, N_TO, G_U8(NARU_RULE_FILTERING, NARU_RULE_FILTERING_AD));
	n_must(self->c, NARU_CMD_NAPT_MAP_ADD, G_ATTRS(N_STATIC(80, 80, 1)));
	EXPLAIN(DROPPED, NO_MAPPING, 17, N_OUT, 53, N_WAN, 5000);
	EXPECT_EQ(0, strcmp("wan", g_get_text(tb, NARU_EXPLAIN_IN)));
	EXPECT_EQ(0, strcmp("DROP_NAPT_NO_MAPPING", g_get_text(tb, NARU_EXPLAIN_COUNTER)));
	EXPLAIN(HELD, NO_MAPPING, 6, N_OUT, 53, N_WAN, 5000);
	EXPLAIN(UNTOUCHED, NOT_IN_RANGE, 6, N_OUT, 53, N_WAN, 22);
	EXPLAIN(UNTOUCHED, FOR_US, 1, N_OUT, 0, N_WAN, 7);
	n_send(N_IN, 5000, N_OUT, 53);
	EXPLAIN(IN, ADMITTED, 17, N_OUT, 53, N_WAN, 5000);
	EXPECT_NE(NULL, tb[NARU_EXPLAIN_SESSION]);
	EXPECT_EQ(NARU_RULE_FILTERING_AD, g_get_u8(tb, NARU_EXPLAIN_FILTERING));
	EXPLAIN(IN, ADMITTED, 17, N_OUT, 99, N_WAN, 5000);
	EXPECT_EQ(NULL, tb[NARU_EXPLAIN_SESSION]);
	EXPLAIN(DROPPED, FILTERED, 17, "203.0.113.10", 53, N_WAN, 5000);
	EXPECT_EQ(0, strcmp("DROP_NAPT_FILTERED", g_get_text(tb, NARU_EXPLAIN_COUNTER)));
	EXPECT_EQ(1, n_list(self->c, NARU_CMD_NAPT_SESSION_GET, NULL));
}

/* ---- events ---- */

struct watch {
	struct nl_sock *sk;
	struct nl_cb *cb;
	__u32 seq;
	int events;
	bool broken;
	int count[16];			/* by enum naru_genl_event */
	struct nl_msg *last;
};

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[NARU_EVENT_MAX + 1];
	struct watch *w = arg;

	if (((struct genlmsghdr *)nlmsg_data(nlmsg_hdr(msg)))->cmd != NARU_CMD_NAPT_EVENT ||
	    genlmsg_parse(nlmsg_hdr(msg), 0, tb, NARU_EVENT_MAX, NULL))
		t_die("not an event");
	if (w->events++ && g_get_u32(tb, NARU_EVENT_SEQ) != w->seq + 1)
		w->broken = true;
	w->seq = g_get_u32(tb, NARU_EVENT_SEQ);
	g_need(tb, NARU_EVENT_TIME, 8);
	w->count[g_get_u8(tb, NARU_EVENT_WHAT) & 15]++;
	nlmsg_get(msg);
	nlmsg_free(w->last);
	w->last = msg;
	return NL_OK;
}

static int any_number(struct nl_msg *msg __maybe_unused, void *arg __maybe_unused)
{
	return NL_OK;
}

static void watch_begin(struct watch *w)
{
	memset(w, 0, sizeof(*w));
	w->sk = nl_socket_alloc();
	w->cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!w->sk || !w->cb || genl_connect(w->sk) ||
	    nl_socket_add_membership(w->sk, genl_ctrl_resolve_grp(w->sk, NARU_GENL_NAME,
								  NARU_GENL_GROUP_NAPT)))
		t_die("group %s", NARU_GENL_GROUP_NAPT);
	nl_socket_set_nonblocking(w->sk);
	nl_cb_set(w->cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_number, NULL);
	nl_cb_set(w->cb, NL_CB_VALID, NL_CB_CUSTOM, on_event, w);
}

/* Takes what has come: how many there were of this kind */
static int events_of(struct watch *w, int what)
{
	int err;

	do
		err = nl_recvmsgs(w->sk, w->cb);
	while (err >= 0);
	if (err != -NLE_AGAIN)
		t_die("events: %s", nl_geterror(err));
	return w->count[what];
}

static void last_event(struct watch *w, struct nlattr **tb)
{
	if (!w->last || genlmsg_parse(nlmsg_hdr(w->last), 0, tb, NARU_EVENT_MAX, NULL))
		t_die("no event");
}

TEST_F(napt, events_of_mappings)
{
	struct nlattr *tb[NARU_EVENT_MAX + 1], *map[NARU_MAP_MAX + 1];
	struct watch w;

	N_ADD(self->c, N_DEV, N_SRC, N_BITS, N_TO);
	watch_begin(&w);
	n_send(N_IN, 5000, N_OUT, 53);
	EXPECT_EQ(1, events_of(&w, NARU_EVENT_WHAT_MAP_NEW));
	last_event(&w, tb);
	ASSERT_NE(NULL, tb[NARU_EVENT_MAP]);
	ASSERT_EQ(0, nla_parse_nested(map, NARU_MAP_MAX, tb[NARU_EVENT_MAP], NULL));
	EXPECT_TRUE(n_addr_is(map, NARU_MAP_INSIDE, N_IN));
	EXPECT_EQ(5000, g_get_u16(map, NARU_MAP_OUTSIDE_PORT));
	n_must(self->c, NARU_CMD_NAPT_MAP_ADD, G_ATTRS(N_STATIC(80, 80, 3)));
	EXPECT_EQ(4, events_of(&w, NARU_EVENT_WHAT_MAP_NEW));
	last_event(&w, tb);
	ASSERT_EQ(0, nla_parse_nested(map, NARU_MAP_MAX, tb[NARU_EVENT_MAP], NULL));
	g_need(map, NARU_MAP_STATIC, 0);
	n_must(self->c, NARU_CMD_NAPT_SET, G_ATTRS(G_FLAG(NARU_NAPT_REQ_FLUSH)));
	EXPECT_EQ(4, events_of(&w, NARU_EVENT_WHAT_MAP_GONE));
	EXPECT_EQ(8, w.events);
	EXPECT_FALSE(w.broken);
}

TEST_F(napt, events_of_rules)
{
	struct nlattr *tb[NARU_EVENT_MAX + 1], *rule[NARU_RULE_ATTR_MAX + 1];
	struct watch w;
	__u32 id = N_ADD(self->c, N_DEV, N_SRC, N_BITS, N_TO);

	watch_begin(&w);
	t_sh("ip addr del " N_WAN "/24 dev wan");
	EXPECT_EQ(1, events_of(&w, NARU_EVENT_WHAT_SUSPENDED));
	last_event(&w, tb);
	EXPECT_EQ(id, g_get_u32(tb, NARU_EVENT_RULE));
	EXPECT_EQ(0, strcmp("wan", g_get_text(tb, NARU_EVENT_DEV)));
	EXPECT_NE('\0', *g_get_text(tb, NARU_EVENT_WHY));
	the_rule(self->c, rule);
	EXPECT_NE('\0', *g_get_text(rule, NARU_RULE_SUSPENDED));
	t_sh("ip addr add " N_WAN "/24 dev wan");
	EXPECT_EQ(1, events_of(&w, NARU_EVENT_WHAT_RESUMED));
	the_rule(self->c, rule);
	EXPECT_EQ(NULL, rule[NARU_RULE_SUSPENDED]);
	EXPECT_FALSE(w.broken);
}

/* Nothing is left for more than one: at most an event a second says so */
TEST_F(napt, events_of_limits)
{
	struct nlattr *tb[NARU_EVENT_MAX + 1];
	struct watch w;

	N_ADD(self->c, N_DEV, N_SRC, N_BITS, N_TO, G_U16(NARU_RULE_PORT_FIRST, 4000),
	      G_U8(NARU_RULE_EXHAUSTED, NARU_RULE_EXHAUSTED_SILENT));
	n_send(N_IN, 4000, N_OUT, 53);
	watch_begin(&w);
	n_send(N_IN, 4001, N_OUT, 53);
	ASSERT_EQ(1, events_of(&w, NARU_EVENT_WHAT_EXHAUSTED));
	last_event(&w, tb);
	EXPECT_EQ(17, g_get_u8(tb, NARU_EVENT_PROTO));
	EXPECT_TRUE(n_addr_is(tb, NARU_EVENT_HOST, N_IN));
	EXPECT_EQ(0, events_of(&w, NARU_EVENT_WHAT_MAP_NEW));
	T_UNTIL((n_send(N_IN, 4001, N_OUT, 53), events_of(&w, NARU_EVENT_WHAT_EXHAUSTED)) == 2);
	EXPECT_FALSE(w.broken);
}

TEST_HARNESS_MAIN
