// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets as the module tells of them: asked for, and read.
 */
#include "row.h"
#include "row_owner.h"

#include <stdlib.h>
#include <string.h>

#define READ_TRIES	4	/* dumps, until one is consistent */

static void put_value(struct nlmsghdr *nlh, const struct filter_test *t)
{
	switch (t->field) {
	case NARU_FIELD_STATE:
		mnl_attr_put_u32(nlh, NARU_TEST_STATES, t->states);
		break;
	case NARU_FIELD_LADDR:
	case NARU_FIELD_RADDR:
		mnl_attr_put(nlh, NARU_TEST_ADDR, sizeof(t->addr), &t->addr);
		mnl_attr_put_u8(nlh, NARU_TEST_PREFIX, t->prefix);
		break;
	case NARU_FIELD_COMM:
	case NARU_FIELD_CONG:
		mnl_attr_put_strz(nlh, NARU_TEST_TEXT, t->text);
		break;
	default:
		mnl_attr_put_u64(nlh, NARU_TEST_MIN, t->min);
		mnl_attr_put_u64(nlh, NARU_TEST_MAX, t->max);
	}
}

static void put_program(struct nlmsghdr *nlh, const struct filter *f)
{
	struct nlattr *program = mnl_attr_nest_start(nlh, NARU_QUERY_PROGRAM), *nest;
	const struct filter_test *t;

	for (t = f->test; t < &f->test[f->num]; t++) {
		nest = mnl_attr_nest_start(nlh, NARU_PROGRAM_TEST);
		mnl_attr_put_u8(nlh, NARU_TEST_FIELD, t->field);
		mnl_attr_put_u16(nlh, NARU_TEST_YES, t->yes);
		mnl_attr_put_u16(nlh, NARU_TEST_NO, t->no);
		put_value(nlh, t);
		mnl_attr_nest_end(nlh, nest);
	}
	mnl_attr_nest_end(nlh, program);
}

/**
 * row_put_filter() - NARU_QUERY_FILTER and NARU_QUERY_PROGRAM of a request
 * @nlh: request in a buffer of NL_BUFFER bytes
 * @f: filter
 */
void row_put_filter(struct nlmsghdr *nlh, const struct filter *f)
{
	struct nlattr *nest;

	if (f->num)
		put_program(nlh, f);
	if (!f->present)
		return;
	nest = mnl_attr_nest_start(nlh, NARU_QUERY_FILTER);
	if (filter_has(f, NARU_FILTER_STATES))
		mnl_attr_put_u32(nlh, NARU_FILTER_STATES, f->states);
	if (filter_has(f, NARU_FILTER_FAMILY))
		mnl_attr_put_u8(nlh, NARU_FILTER_FAMILY, f->family);
	if (filter_has(f, NARU_FILTER_ID))
		mnl_attr_put_u32(nlh, NARU_FILTER_ID, f->id);
	if (filter_has(f, NARU_FILTER_KIND))
		mnl_attr_put_u8(nlh, NARU_FILTER_KIND, f->kind);
	if (filter_has(f, NARU_FILTER_TYPE))
		mnl_attr_put_u8(nlh, NARU_FILTER_TYPE, f->type);
	mnl_attr_nest_end(nlh, nest);
}

/**
 * row_put_netns() - put the namespace that a request is about
 * @nlh: request
 * @nl: connection
 */
void row_put_netns(struct nlmsghdr *nlh, const struct nl *nl)
{
	if (nl->netns)
		mnl_attr_put_u32(nlh, NARU_QUERY_NETNS, nl->netns);
}

static void put_order(struct nlmsghdr *nlh, const struct row_order *order)
{
	if (order->group)
		mnl_attr_put_u8(nlh, NARU_QUERY_GROUP, order->group->number);
	if (order->sort)
		mnl_attr_put_u8(nlh, NARU_QUERY_SORT, order->sort->number);
	if (order->ascending)
		mnl_attr_put(nlh, NARU_QUERY_ASCENDING, 0, NULL);
	if (order->top)
		mnl_attr_put_u32(nlh, NARU_QUERY_TOP, order->top);
}

/**
 * row_request() - ask for sockets, or for groups of them
 * @nl: connection
 * @f: filter
 * @show: NARU_SHOW_*
 * @order: which come first, and what is counted; NULL: as they come
 *
 * Return: request for nl_talk().
 */
struct nlmsghdr *row_request(struct nl *nl, const struct filter *f, uint32_t show, const struct row_order *order)
{
	struct nlmsghdr *nlh = nl_request(nl, NARU_CMD_SOCK_GET, NLM_F_DUMP);

	if (show)
		mnl_attr_put_u32(nlh, NARU_QUERY_SHOW, show);
	row_put_filter(nlh, f);
	row_put_netns(nlh, nl);
	if (order)
		put_order(nlh, order);
	return nlh;
}

static bool take_row(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	struct rows *rows = arg;

	if (!(rows->num & (rows->num - 1))) {
		struct row *more = realloc(rows->row, (rows->num ? rows->num * 2 : 1) * sizeof(*more));

		if (!more) {
			snprintf(nl->error, sizeof(nl->error), "no memory");
			return false;
		}
		rows->row = more;
	}
	row_decode_owned(nlh, &rows->procs, &rows->row[rows->num++]);
	return true;
}

/**
 * row_read_sorted() - the sockets that a filter names, in an order
 * @nl: connection; @nl->interrupted says that the list is not of one moment, after several tries
 * @f: filter
 * @show: NARU_SHOW_*
 * @order: order, or NULL: as they come
 * @rows: filled, for row_free()
 *
 * Return: 0, or a negative errno with @nl->error set.
 */
int row_read_sorted(struct nl *nl, const struct filter *f, uint32_t show, const struct row_order *order,
		    struct rows *rows)
{
	int err, try;

	memset(rows, 0, sizeof(*rows));
	for (try = 0; try < READ_TRIES; try++) {
		row_free(rows);
		err = nl_talk(nl, row_request(nl, f, show, order), take_row, rows);
		if (err || !nl->interrupted)
			break;
	}
	if (err)
		row_free(rows);
	return err;
}

/**
 * row_read() - the sockets that a filter names
 * @nl: connection; @nl->interrupted as row_read_sorted() has it
 * @f: filter
 * @show: NARU_SHOW_*
 * @rows: filled, for row_free()
 *
 * Return: 0, or a negative errno with @nl->error set.
 */
int row_read(struct nl *nl, const struct filter *f, uint32_t show, struct rows *rows)
{
	return row_read_sorted(nl, f, show, NULL, rows);
}

/**
 * row_free() - give memory back
 * @rows: from row_read()
 */
void row_free(struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->num; i++)
		row_drop_owners(&rows->row[i]);
	row_drop_procs(&rows->procs);
	free(rows->row);
	memset(rows, 0, sizeof(*rows));
}
