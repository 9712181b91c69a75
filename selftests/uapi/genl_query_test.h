/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Questions to the generic netlink family about sockets, for a client on libnl.
 */
#ifndef GENL_QUERY_TEST_H
#define GENL_QUERY_TEST_H

#include "genl_test.h"

static t_kind native __maybe_unused = { AF_INET, 0 };

#define TEST_OF(...)		G_NEST(NARU_PROGRAM_TEST, __VA_ARGS__)
#define G_U64(t, v)		((struct g_attr){ (t), 8, &(__u64){ (v) } })
/* The field is between these, and what else is in the test */
#define IN(field, min, max, ...)							\
	TEST_OF(G_U8(NARU_TEST_FIELD, field), G_U64(NARU_TEST_MIN, min), G_U64(NARU_TEST_MAX, max), ##__VA_ARGS__)
#define YES(to)			G_U16(NARU_TEST_YES, to)
#define NO(to)			G_U16(NARU_TEST_NO, to)

static inline struct nl_msg *q_request(struct g_client *c, const struct g_attr *attrs)
{
	struct nl_msg *msg = g_new(c, NARU_CMD_SOCK_GET, NLM_F_DUMP);

	g_put(msg, attrs);
	return msg;
}

static inline int q_ask(struct g_client *c, const struct g_attr *attrs)
{
	errno = g_call(c, q_request(c, attrs));
	if (errno)
		t_die("SOCK_GET: %s", c->text);
	return c->rows;
}

#define ASK(...)	q_ask(self->c, G_ATTRS(__VA_ARGS__))
#define PROGRAM(...)	ASK(G_NEST(NARU_QUERY_PROGRAM, __VA_ARGS__))

static inline void q_row(struct g_client *c, int i, struct nlattr **tb)
{
	g_parse(c, i, tb, NARU_SOCK_MAX);
}

#define TEXT_IS(field, text)	TEST_OF(G_U8(NARU_TEST_FIELD, field), G_STR(NARU_TEST_TEXT, text))

#endif
