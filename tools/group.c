// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets that have something in common: how many, and sums of theirs.
 */
#include "group.h"
#include "parse.h"
#include "util.h"

#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

static const struct {
	uint8_t attr;
	const char *key, *title;
} figures[] = {
	{ NARU_GROUP_COUNT, "count", "Count" },
	{ NARU_GROUP_RECVQ, "recvq", "Recv-Q" },
	{ NARU_GROUP_SENDQ, "sendq", "Send-Q" },
	{ NARU_GROUP_BYTES_SENT, "bytes_sent", "Sent" },
	{ NARU_GROUP_BYTES_ACKED, "bytes_acked", "Acked" },
	{ NARU_GROUP_BYTES_RECEIVED, "bytes_received", "Received" },
	{ NARU_GROUP_RETRANS, "retrans", "Retrans" },
};

/**
 * group_cols() - the columns of a table of groups
 * @order: its field
 * @netns: with the network namespace
 * @cols: filled
 *
 * Return: how many.
 */
unsigned int group_cols(const struct row_order *order, bool netns, struct out_col cols[GROUP_COLS_MAX])
{
	unsigned int i, num = 0;

	cols[num++] = (struct out_col){ .key = order->group->name, .title = order->group->name };
	for (i = 0; i < ARRAY_SIZE(figures); i++)
		cols[num++] = (struct out_col){ .key = figures[i].key, .title = figures[i].title, .right = true };
	if (netns)
		cols[num++] = (struct out_col){ .key = "netns", .title = "Netns" };
	return num;
}

static const char *name_of(const struct field *field, uint64_t n, char device[IF_NAMESIZE])
{
	switch (field->kind) {
	case FIELD_STATE:
		return parse_state_name(n);
	case FIELD_WIRE:
		return parse_wire_name(n);
	case FIELD_TYPE:
		return n == SOCK_DGRAM ? "dgram" : "stream";
	case FIELD_DEV:
		return if_indextoname(n, device);
	default:
		return NULL;
	}
}

static void print_number(struct out *o, const struct field *field, uint64_t n)
{
	char device[IF_NAMESIZE];
	const char *name = name_of(field, n, device);

	if (name)
		out_str(o, field->name, name);
	else if (field->kind == FIELD_FAMILY)
		out_num(o, field->name, n == AF_INET6 ? 6 : 4);
	else
		out_num(o, field->name, n);
}

static void print_key(struct out *o, const struct field *field, const struct nlattr **tb)
{
	char text[PARSE_ADDR_LEN];
	struct in6_addr addr;

	if (tb[NARU_GROUP_TEXT]) {
		out_str(o, field->name, nl_str(tb[NARU_GROUP_TEXT]));
	} else if (tb[NARU_GROUP_ADDR]) {
		nl_copy(tb[NARU_GROUP_ADDR], &addr, sizeof(addr));
		parse_addr_text(&addr, text);
		out_str(o, field->name, text);
	} else if (tb[NARU_GROUP_NUMBER]) {
		print_number(o, field, nl_u64(tb[NARU_GROUP_NUMBER]));
	} else if (o->json) {
		out_null(o, field->name);
	} else {
		out_str(o, field->name, "-");
	}
}

struct print_arg {
	struct out *o;
	const struct row_order *order;
	const char *netns;
};

static bool print_group(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *row[NARU_SOCK_MAX + 1], *tb[NARU_GROUP_MAX + 1];
	const struct print_arg *p = arg;
	size_t i;

	(void)nl;
	nl_parse(row, NARU_SOCK_MAX, nlh);
	if (!row[NARU_SOCK_GROUP])
		return true;
	nl_parse_nested(tb, NARU_GROUP_MAX, row[NARU_SOCK_GROUP]);
	out_row_begin(p->o);
	print_key(p->o, p->order->group, tb);
	for (i = 0; i < ARRAY_SIZE(figures); i++)
		out_num(p->o, figures[i].key, nl_u64(tb[figures[i].attr]));
	if (p->netns)
		out_str(p->o, "netns", p->netns);
	out_row_end(p->o);
	return true;
}

/**
 * group_print() - a row for each group
 * @o: printing, a table of group_cols()
 * @nl: connection
 * @f: which sockets
 * @order: its group, and which come first
 * @netns: name of the network namespace, or NULL
 *
 * Return: 0, or a negative errno with @nl->error set.
 */
int group_print(struct out *o, struct nl *nl, const struct filter *f, const struct row_order *order,
		const char *netns)
{
	struct print_arg arg = { o, order, netns };

	return nl_talk(nl, row_request(nl, f, 0, order), print_group, &arg);
}
