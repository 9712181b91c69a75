// SPDX-License-Identifier: GPL-2.0
/*
 * A program of tests as a request brings it.
 */
#include <linux/slab.h>
#include "genl_query.h"

static const struct nla_policy test_policy[NARU_TEST_ATTR_MAX + 1] = {
	[NARU_TEST_FIELD] = NLA_POLICY_RANGE(NLA_U8, NARU_FIELD_ID, NARU_FIELD_COUNT - 1),
	[NARU_TEST_YES] = { .type = NLA_U16 },
	[NARU_TEST_NO] = { .type = NLA_U16 },
	[NARU_TEST_MIN] = { .type = NLA_U64 },
	[NARU_TEST_MAX] = { .type = NLA_U64 },
	[NARU_TEST_STATES] = NLA_POLICY_MASK(NLA_U32, NARU_STATES_ALL),
	[NARU_TEST_ADDR] = NLA_POLICY_EXACT_LEN(16),
	[NARU_TEST_PREFIX] = NLA_POLICY_MAX(NLA_U8, 128),
	[NARU_TEST_TEXT] = { .type = NLA_NUL_STRING, .len = NARU_TEST_TEXT_MAX },
};

const struct nla_policy naru_program_policy[NARU_PROGRAM_MAX + 1] = {
	[NARU_PROGRAM_TEST] = NLA_POLICY_NESTED(test_policy),
};

/* What may stand beside NARU_TEST_FIELD, _YES and _NO, bit mask; where the first of each is one that must */
static u32 values_of(enum naru_query_kind kind)
{
	switch (kind) {
	case NARU_QUERY_NUMBER:
		return BIT(NARU_TEST_MIN) | BIT(NARU_TEST_MAX);
	case NARU_QUERY_STATE:
		return BIT(NARU_TEST_STATES);
	case NARU_QUERY_ADDR:
		return BIT(NARU_TEST_ADDR) | BIT(NARU_TEST_PREFIX);
	default:
		return BIT(NARU_TEST_TEXT);
	}
}

static int check_values(const struct nlattr *nest, struct nlattr *const tb[], u32 may,
			struct netlink_ext_ack *extack)
{
	u32 there = 0;
	int i;

	for (i = NARU_TEST_MIN; i <= NARU_TEST_ATTR_MAX; i++) {
		if (!tb[i])
			continue;
		there |= BIT(i);
		if (may & BIT(i))
			continue;
		NL_SET_ERR_MSG_ATTR(extack, tb[i], "this field is not compared with such a value");
		return -EINVAL;
	}
	if (there & ~BIT(NARU_TEST_PREFIX))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, nest, "a test without a value");
	return -EINVAL;
}

static void take_values(struct nlattr *const tb[], enum naru_query_kind kind, struct naru_query_test *t)
{
	switch (kind) {
	case NARU_QUERY_NUMBER:
		t->min = tb[NARU_TEST_MIN] ? nla_get_u64(tb[NARU_TEST_MIN]) : 0;
		t->max = tb[NARU_TEST_MAX] ? nla_get_u64(tb[NARU_TEST_MAX]) : U64_MAX;
		break;
	case NARU_QUERY_STATE:
		t->states = nla_get_u32(tb[NARU_TEST_STATES]);
		break;
	case NARU_QUERY_ADDR:
		memcpy(t->addr, nla_data(tb[NARU_TEST_ADDR]), sizeof(t->addr));
		t->prefix = tb[NARU_TEST_PREFIX] ? nla_get_u8(tb[NARU_TEST_PREFIX]) : 128;
		break;
	default:
		strscpy(t->text, nla_data(tb[NARU_TEST_TEXT]), sizeof(t->text));
		break;
	}
}

static int parse_test(const struct nlattr *nest, struct naru_query_test *t, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NARU_TEST_ATTR_MAX + 1];
	enum naru_query_kind kind;
	int err = nla_parse_nested(tb, NARU_TEST_ATTR_MAX, nest, test_policy, extack);

	if (err)
		return err;
	if (!tb[NARU_TEST_FIELD]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "a test of no field");
		return -EINVAL;
	}
	t->field = nla_get_u8(tb[NARU_TEST_FIELD]);
	t->yes = tb[NARU_TEST_YES] ? nla_get_u16(tb[NARU_TEST_YES]) : NARU_TEST_TAKE;
	t->no = tb[NARU_TEST_NO] ? nla_get_u16(tb[NARU_TEST_NO]) : NARU_TEST_LEAVE;
	kind = naru_query_kind_of(t->field);
	err = check_values(nest, tb, values_of(kind), extack);
	if (!err)
		take_values(tb, kind, t);
	return err;
}

static int parse_tests(const struct nlattr *nest, struct naru_query *q, struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rem, i = 0, err = 0;

	nla_for_each_nested(attr, nest, rem) {
		err = parse_test(attr, &q->test[i++], extack);
		if (err)
			return err;
	}
	i = naru_query_check(q->test, q->num);
	if (i < 0)
		return 0;
	nla_for_each_nested(attr, nest, rem)
		if (!i--)
			break;
	NL_SET_ERR_MSG_ATTR(extack, attr, "a test leads to a later one, to the end, or nowhere");
	return -EINVAL;
}

static int count_tests(const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	struct nlattr *attr;
	int rem, num = 0;

	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != NARU_PROGRAM_TEST) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "a program has tests and nothing else");
			return -EINVAL;
		}
		num++;
	}
	if (num && num <= NARU_PROGRAM_TESTS)
		return num;
	NL_SET_ERR_MSG_ATTR(extack, nest, "a program has from 1 to 512 tests");
	BUILD_BUG_ON(NARU_PROGRAM_TESTS != 512);
	return -EINVAL;
}

/**
 * naru_program_parse() - decode a program
 * @nest: attribute NARU_QUERY_PROGRAM, whose policy has been looked at, or NULL: there is none
 * @q: zeros; gets its tests, for naru_query_end()
 * @extack: says what is wrong
 *
 * Process context.
 *
 * Return: 0 or -EINVAL, -ERANGE, -ENOMEM.
 */
int naru_program_parse(const struct nlattr *nest, struct naru_query *q, struct netlink_ext_ack *extack)
{
	int num, err;

	if (!nest)
		return 0;
	num = count_tests(nest, extack);
	if (num < 0)
		return num;
	q->test = kcalloc(num, sizeof(*q->test), GFP_KERNEL_ACCOUNT);
	if (!q->test) {
		NL_SET_ERR_MSG(extack, "no memory for the program");
		return -ENOMEM;
	}
	q->num = num;
	err = parse_tests(nest, q, extack);
	if (err)
		return err;
	q->needs = naru_query_needs(q->test, num);
	return 0;
}
