// SPDX-License-Identifier: GPL-2.0
/*
 * What happens in the NAPT, for naru monitor.
 */
#include "napt_cmd.h"

#include <time.h>
#include "row.h"

/* By enum naru_genl_event */
static const char *const words[] = {
	"new", "gone", "exhausted", "limit", "suspended", "resumed", NULL
};

/**
 * struct keys - where values stand
 * @what: what happened
 * @proto: protocol
 * @inside: inside endpoint
 * @outside: external endpoint
 * @dev: interface
 * @last: the last column
 */
struct keys {
	const char *what, *proto, *inside, *outside, *dev, *last;
};

/* In text among events of sockets, values stand in the columns of these */
static const struct keys plain = { "event", "proto", "inside", "outside", "dev", "dev" };
static const struct keys columns = { "new", "wire", "local", "remote", "old", "new" };

static void print_values(struct out *o, const struct keys *k, const struct napt_map *map)
{
	out_str(o, k->proto, napt_proto_name(map->proto));
	napt_print_endpoint(o, k->inside, map->inside, map->inside_port);
	napt_print_endpoint(o, k->outside, map->outside, map->outside_port);
	out_num(o, "id", map->id);
	out_str(o, k->dev, map->dev);
}

/**
 * napt_event_print_map() - a mapping that there is, in the columns in which events stand in text
 * @o: printing
 * @map: mapping
 * @among_sockets: events of sockets are printed too
 */
void napt_event_print_map(struct out *o, const struct napt_map *map, bool among_sockets)
{
	print_values(o, among_sockets ? &columns : &plain, map);
}

static void print_map(struct out *o, const struct keys *k, const struct nlattr *nest)
{
	struct napt_map map;

	napt_decode_map(nest, &map);
	print_values(o, k, &map);
	if (o->json) {
		out_num(o, "rule", map.rule);
		out_bool(o, "static", map.fixed);
		out_bool(o, "own", map.own);
	}
}

static void print_rule(struct out *o, const struct nlattr **tb)
{
	out_num(o, "rule", nl_u32(tb[NARU_EVENT_RULE]));
	out_str(o, "dev", nl_str(tb[NARU_EVENT_DEV]));
	if (tb[NARU_EVENT_WHY])
		out_str(o, "why", nl_str(tb[NARU_EVENT_WHY]));
}

/* In text: why stands behind what is in the last column, which may be as long as it likes */
static void print_rule_columns(struct out *o, const struct keys *k, const struct nlattr **tb,
			       const char *what)
{
	const char *dev = nl_str(tb[NARU_EVENT_DEV]);
	char text[160];

	snprintf(text, sizeof(text), "rule %u", nl_u32(tb[NARU_EVENT_RULE]));
	out_str(o, k->inside, text);
	out_str(o, k->dev, dev);
	snprintf(text, sizeof(text), "%s: %s", k == &columns ? what : dev,
		 nl_str(tb[NARU_EVENT_WHY]));
	if (tb[NARU_EVENT_WHY])
		out_str(o, k->last, text);
}

static void print_limit(struct out *o, const struct keys *k, const struct nlattr **tb)
{
	char text[NAPT_ADDR_LEN];

	out_str(o, k->proto, napt_proto_name(nl_u8(tb[NARU_EVENT_PROTO])));
	napt_addr_text(napt_get_addr(tb[NARU_EVENT_HOST]), text);
	out_str(o, o->json ? "host" : k->inside, text);
}

/**
 * napt_event_seq() - an event's number
 * @nlh: NARU_CMD_NAPT_EVENT
 *
 * Return: it.
 */
uint32_t napt_event_seq(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[NARU_EVENT_MAX + 1];

	nl_parse(tb, NARU_EVENT_MAX, nlh);
	return nl_u32(tb[NARU_EVENT_SEQ]);
}

/**
 * napt_event_print() - an event as a row
 * @o: printing
 * @nlh: NARU_CMD_NAPT_EVENT
 * @among_sockets: events of sockets are printed too
 */
void napt_event_print(struct out *o, const struct nlmsghdr *nlh, bool among_sockets)
{
	const struct keys *k = among_sockets && !o->json ? &columns : &plain;
	const struct nlattr *tb[NARU_EVENT_MAX + 1];
	const char *what;

	nl_parse(tb, NARU_EVENT_MAX, nlh);
	what = napt_word(words, nl_u8(tb[NARU_EVENT_WHAT]));
	out_row_begin(o);
	row_print_time(o, nl_u64(tb[NARU_EVENT_TIME]));
	if (o->json)
		out_num(o, "seq", nl_u32(tb[NARU_EVENT_SEQ]));
	out_str(o, k->what, what);
	if (tb[NARU_EVENT_MAP])
		print_map(o, k, tb[NARU_EVENT_MAP]);
	else if (tb[NARU_EVENT_RULE] && o->json)
		print_rule(o, tb);
	else if (tb[NARU_EVENT_RULE])
		print_rule_columns(o, k, tb, what);
	else
		print_limit(o, k, tb);
	out_row_end(o);
}
