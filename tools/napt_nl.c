// SPDX-License-Identifier: GPL-2.0
/*
 * The NAPT's attributes: into requests, and out of replies.
 */
#include "napt_nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>
#include "util.h"

/**
 * napt_put_addr() - an address
 * @nlh: request
 * @type: attribute
 * @addr: address
 */
void napt_put_addr(struct nlmsghdr *nlh, uint16_t type, uint32_t addr)
{
	uint8_t a[16] = { [10] = 0xff, [11] = 0xff };

	addr = htonl(addr);
	memcpy(a + 12, &addr, sizeof(addr));
	mnl_attr_put(nlh, type, sizeof(a), a);
}

/**
 * napt_get_addr() - an address
 * @attr: attribute, or NULL
 *
 * Return: it, 0 where there is none.
 */
uint32_t napt_get_addr(const struct nlattr *attr)
{
	uint32_t addr;
	uint8_t a[16];

	nl_copy(attr, a, sizeof(a));
	memcpy(&addr, a + 12, sizeof(addr));
	return ntohl(addr);
}

static void put_ports(struct nlmsghdr *nlh, uint16_t type, const struct napt_ports *ports)
{
	mnl_attr_put_u16(nlh, type, ports->first);
	mnl_attr_put_u16(nlh, type + 1, ports->last);
}

static void put_prefix(struct nlmsghdr *nlh, uint16_t type, uint32_t addr, uint8_t bits)
{
	napt_put_addr(nlh, type, addr);
	mnl_attr_put_u8(nlh, type + 1, bits + 96);
}

static void put_match(struct nlmsghdr *nlh, const struct napt_rule *rule)
{
	struct nlattr *nest;
	unsigned int i;

	put_prefix(nlh, NARU_RULE_SRC, rule->src, rule->src_bits);
	mnl_attr_put_u32(nlh, NARU_RULE_PROTOS, rule->protos);
	put_ports(nlh, NARU_RULE_SPORT_FIRST, &rule->sports);
	put_ports(nlh, NARU_RULE_DPORT_FIRST, &rule->dports);
	for (i = 0; i < rule->num_excepts; i++) {
		nest = mnl_attr_nest_start(nlh, NARU_RULE_EXCEPT);
		put_prefix(nlh, NARU_EXCEPT_ADDR, rule->except[i].addr, rule->except[i].bits);
		put_ports(nlh, NARU_EXCEPT_PORT_FIRST, &rule->except[i].ports);
		mnl_attr_nest_end(nlh, nest);
	}
}

static void put_to(struct nlmsghdr *nlh, const struct napt_rule *rule)
{
	struct nlattr *nest;
	unsigned int i;

	if (rule->to_dev)
		mnl_attr_put(nlh, NARU_RULE_TO_DEV, 0, NULL);
	for (i = 0; i < rule->num_ranges; i++) {
		nest = mnl_attr_nest_start(nlh, NARU_RULE_TO);
		napt_put_addr(nlh, NARU_TO_FIRST, rule->range[i].first);
		napt_put_addr(nlh, NARU_TO_LAST, rule->range[i].last);
		mnl_attr_nest_end(nlh, nest);
	}
	put_ports(nlh, NARU_RULE_PORT_FIRST, &rule->ports);
}

static void put_choices(struct nlmsghdr *nlh, const struct napt_rule *rule)
{
	struct nlattr *nest;
	unsigned int i;

	mnl_attr_put_u8(nlh, NARU_RULE_MAPPING, rule->mapping);
	mnl_attr_put_u8(nlh, NARU_RULE_FILTERING, rule->filtering);
	mnl_attr_put_u8(nlh, NARU_RULE_TCP_FILTERING, rule->tcp_filtering);
	mnl_attr_put_u8(nlh, NARU_RULE_CHOICE, rule->choice);
	mnl_attr_put_u8(nlh, NARU_RULE_PARITY, rule->parity);
	mnl_attr_put_u8(nlh, NARU_RULE_HAIRPIN, rule->hairpin);
	mnl_attr_put_u8(nlh, NARU_RULE_NOTRACK, rule->notrack);
	mnl_attr_put_u8(nlh, NARU_RULE_REFRESH_IN, rule->refresh_in);
	mnl_attr_put_u8(nlh, NARU_RULE_EXHAUSTED, rule->exhausted);
	mnl_attr_put_u8(nlh, NARU_RULE_UNSOLICITED, rule->unsolicited);
	if (rule->mark_mask) {
		mnl_attr_put_u32(nlh, NARU_RULE_MARK, rule->mark);
		mnl_attr_put_u32(nlh, NARU_RULE_MARK_MASK, rule->mark_mask);
	}
	nest = mnl_attr_nest_start(nlh, NARU_RULE_TIMEOUTS);
	for (i = 1; i <= NARU_TIMEOUT_MAX; i++)
		mnl_attr_put_u32(nlh, i, rule->timeout[i]);
	mnl_attr_nest_end(nlh, nest);
}

/**
 * napt_put_rule() - NARU_NAPT_REQ_RULE
 * @nlh: request
 * @rule: rule
 */
void napt_put_rule(struct nlmsghdr *nlh, const struct napt_rule *rule)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NARU_NAPT_REQ_RULE);

	mnl_attr_put_strz(nlh, NARU_RULE_DEV, rule->dev);
	put_match(nlh, rule);
	put_to(nlh, rule);
	put_choices(nlh, rule);
	mnl_attr_nest_end(nlh, nest);
}

/**
 * napt_put_static() - NARU_NAPT_REQ_STATIC
 * @nlh: request
 * @fixed: static mapping
 */
void napt_put_static(struct nlmsghdr *nlh, const struct napt_static *fixed)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NARU_NAPT_REQ_STATIC);

	mnl_attr_put_u8(nlh, NARU_STATIC_PROTO, fixed->proto);
	if (*fixed->dev)
		mnl_attr_put_strz(nlh, NARU_STATIC_DEV, fixed->dev);
	if (fixed->outside)
		napt_put_addr(nlh, NARU_STATIC_OUTSIDE, fixed->outside);
	mnl_attr_put_u16(nlh, NARU_STATIC_OUTSIDE_PORT, fixed->outside_port);
	napt_put_addr(nlh, NARU_STATIC_INSIDE, fixed->inside);
	mnl_attr_put_u16(nlh, NARU_STATIC_INSIDE_PORT, fixed->inside_port);
	mnl_attr_put_u32(nlh, NARU_STATIC_NUM, fixed->num);
	mnl_attr_nest_end(nlh, nest);
}

static void put_filter_end(struct nlmsghdr *nlh, const struct napt_filter *f, int attr,
			   const struct napt_filter_end *end)
{
	if (napt_filter_has(f, attr))
		put_prefix(nlh, attr, end->addr, end->bits);
	if (napt_filter_has(f, attr + 2))
		mnl_attr_put_u16(nlh, attr + 2, end->port);
}

/**
 * napt_put_filter() - NARU_NAPT_REQ_FILTER
 * @nlh: request
 * @f: filter
 */
void napt_put_filter(struct nlmsghdr *nlh, const struct napt_filter *f)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NARU_NAPT_REQ_FILTER);

	if (napt_filter_has(f, NARU_MAP_FILTER_PROTO))
		mnl_attr_put_u8(nlh, NARU_MAP_FILTER_PROTO, f->proto);
	if (napt_filter_has(f, NARU_MAP_FILTER_DEV))
		mnl_attr_put_strz(nlh, NARU_MAP_FILTER_DEV, f->dev);
	if (napt_filter_has(f, NARU_MAP_FILTER_STATIC))
		mnl_attr_put_u8(nlh, NARU_MAP_FILTER_STATIC, f->fixed);
	if (napt_filter_has(f, NARU_MAP_FILTER_ID))
		mnl_attr_put_u32(nlh, NARU_MAP_FILTER_ID, f->id);
	if (napt_filter_has(f, NARU_MAP_FILTER_STATES))
		mnl_attr_put_u32(nlh, NARU_MAP_FILTER_STATES, f->states);
	put_filter_end(nlh, f, NARU_MAP_FILTER_INSIDE, &f->inside);
	put_filter_end(nlh, f, NARU_MAP_FILTER_OUTSIDE, &f->outside);
	put_filter_end(nlh, f, NARU_MAP_FILTER_REMOTE, &f->remote);
	mnl_attr_nest_end(nlh, nest);
}

/* ---- replies ---- */

static void decode_ports(const struct nlattr **tb, int type, struct napt_ports *ports)
{
	ports->first = nl_u16(tb[type]);
	ports->last = nl_u16(tb[type + 1]);
}

static uint8_t decode_bits(const struct nlattr *attr)
{
	uint8_t bits = nl_u8(attr);

	return bits >= 96 && bits <= 128 ? bits - 96 : 32;
}

static void decode_except(const struct nlattr *nest, struct napt_rule *rule)
{
	struct napt_except *e = &rule->except[rule->num_excepts];
	const struct nlattr *tb[NARU_EXCEPT_MAX + 1];

	if (rule->num_excepts == NARU_RULE_EXCEPTS_MAX)
		return;
	nl_parse_nested(tb, NARU_EXCEPT_MAX, nest);
	e->addr = napt_get_addr(tb[NARU_EXCEPT_ADDR]);
	e->bits = decode_bits(tb[NARU_EXCEPT_PREFIX]);
	decode_ports(tb, NARU_EXCEPT_PORT_FIRST, &e->ports);
	rule->num_excepts++;
}

static void decode_range(const struct nlattr *nest, struct napt_rule *rule)
{
	const struct nlattr *tb[NARU_TO_MAX + 1];

	if (rule->num_ranges == NARU_RULE_TO_MAX)
		return;
	nl_parse_nested(tb, NARU_TO_MAX, nest);
	rule->range[rule->num_ranges].first = napt_get_addr(tb[NARU_TO_FIRST]);
	rule->range[rule->num_ranges++].last = napt_get_addr(tb[NARU_TO_LAST]);
}

static void decode_choices(const struct nlattr **tb, struct napt_rule *rule)
{
	rule->mapping = nl_u8(tb[NARU_RULE_MAPPING]);
	rule->filtering = nl_u8(tb[NARU_RULE_FILTERING]);
	rule->tcp_filtering = nl_u8(tb[NARU_RULE_TCP_FILTERING]);
	rule->choice = nl_u8(tb[NARU_RULE_CHOICE]);
	rule->parity = nl_u8(tb[NARU_RULE_PARITY]);
	rule->hairpin = nl_u8(tb[NARU_RULE_HAIRPIN]);
	rule->notrack = nl_u8(tb[NARU_RULE_NOTRACK]);
	rule->refresh_in = nl_u8(tb[NARU_RULE_REFRESH_IN]);
	rule->exhausted = nl_u8(tb[NARU_RULE_EXHAUSTED]);
	rule->unsolicited = nl_u8(tb[NARU_RULE_UNSOLICITED]);
	rule->mark = nl_u32(tb[NARU_RULE_MARK]);
	rule->mark_mask = nl_u32(tb[NARU_RULE_MARK_MASK]);
}

static void decode_timeouts(const struct nlattr *nest, struct napt_rule *rule)
{
	const struct nlattr *tb[NARU_TIMEOUT_MAX + 1];
	unsigned int i;

	nl_parse_nested(tb, NARU_TIMEOUT_MAX, nest);
	for (i = 1; i <= NARU_TIMEOUT_MAX; i++)
		rule->timeout[i] = nl_u32(tb[i]);
}

static void decode_rule(const struct nlmsghdr *nlh, struct napt_rule *rule)
{
	const struct nlattr *tb[NARU_RULE_ATTR_MAX + 1], *attr;

	memset(rule, 0, sizeof(*rule));
	nl_parse(tb, NARU_RULE_ATTR_MAX, nlh);
	rule->id = nl_u32(tb[NARU_RULE_ID]);
	snprintf(rule->dev, sizeof(rule->dev), "%s", nl_str(tb[NARU_RULE_DEV]));
	rule->src = napt_get_addr(tb[NARU_RULE_SRC]);
	rule->src_bits = decode_bits(tb[NARU_RULE_SRC_PREFIX]);
	rule->protos = nl_u32(tb[NARU_RULE_PROTOS]);
	decode_ports(tb, NARU_RULE_SPORT_FIRST, &rule->sports);
	decode_ports(tb, NARU_RULE_DPORT_FIRST, &rule->dports);
	decode_ports(tb, NARU_RULE_PORT_FIRST, &rule->ports);
	rule->to_dev = tb[NARU_RULE_TO_DEV];
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) == NARU_RULE_EXCEPT)
			decode_except(attr, rule);
		else if (mnl_attr_get_type(attr) == NARU_RULE_TO)
			decode_range(attr, rule);
	}
	decode_choices(tb, rule);
	if (tb[NARU_RULE_TIMEOUTS])
		decode_timeouts(tb[NARU_RULE_TIMEOUTS], rule);
	snprintf(rule->suspended, sizeof(rule->suspended), "%s", nl_str(tb[NARU_RULE_SUSPENDED]));
}

static int no_memory(struct nl *nl)
{
	snprintf(nl->error, sizeof(nl->error), "no memory");
	return -ENOMEM;
}

/**
 * napt_read_rules() - all rules, in order
 * @nl: connection
 * @rules: filled; @rules->rule is for free()
 *
 * Return: 0, or a negative errno with @nl->error set.
 */
int napt_read_rules(struct nl *nl, struct napt_rules *rules)
{
	const struct nlmsghdr *nlh = NULL;
	struct naru_list *list;
	int err;

	memset(rules, 0, sizeof(*rules));
	err = nl_read(nl, nl_request(nl, NARU_CMD_NAPT_RULE_GET, NLM_F_DUMP), &list);
	if (err)
		return err;
	rules->rule = calloc(naru_list_size(list) + 1, sizeof(*rules->rule));
	while (rules->rule && (nlh = naru_list_next(list, nlh)))
		decode_rule(nlh, &rules->rule[rules->num++]);
	naru_list_free(list);
	return rules->rule ? 0 : no_memory(nl);
}

static void decode_static(const struct nlmsghdr *nlh, struct napt_static *s)
{
	const struct nlattr *tb[NARU_STATIC_MAX + 1];

	nl_parse(tb, NARU_STATIC_MAX, nlh);
	s->proto = nl_u8(tb[NARU_STATIC_PROTO]);
	snprintf(s->dev, sizeof(s->dev), "%s", nl_str(tb[NARU_STATIC_DEV]));
	s->outside = napt_get_addr(tb[NARU_STATIC_OUTSIDE]);
	s->outside_port = nl_u16(tb[NARU_STATIC_OUTSIDE_PORT]);
	s->inside = napt_get_addr(tb[NARU_STATIC_INSIDE]);
	s->inside_port = nl_u16(tb[NARU_STATIC_INSIDE_PORT]);
	s->num = nl_u32(tb[NARU_STATIC_NUM]);
}

/**
 * napt_read_statics() - all static mappings as they were asked for
 * @nl: connection
 * @statics: filled; @statics->fixed is for free()
 *
 * Return: 0, or a negative errno with @nl->error set.
 */
int napt_read_statics(struct nl *nl, struct napt_statics *statics)
{
	const struct nlmsghdr *nlh = NULL;
	struct naru_list *list;
	int err;

	memset(statics, 0, sizeof(*statics));
	err = nl_read(nl, nl_request(nl, NARU_CMD_NAPT_STATIC_GET, NLM_F_DUMP), &list);
	if (err)
		return err;
	statics->fixed = calloc(naru_list_size(list) + 1, sizeof(*statics->fixed));
	while (statics->fixed && (nlh = naru_list_next(list, nlh)))
		decode_static(nlh, &statics->fixed[statics->num++]);
	naru_list_free(list);
	return statics->fixed ? 0 : no_memory(nl);
}

/**
 * napt_seconds() - time that is left, rounded up
 * @attr: milliseconds, or NULL
 *
 * Return: seconds, -1 where there is none.
 */
int64_t napt_seconds(const struct nlattr *attr)
{
	return attr ? ((int64_t)nl_u32(attr) + 999) / 1000 : -1;
}

static void decode_map(const struct nlattr **tb, struct napt_map *map)
{
	memset(map, 0, sizeof(*map));
	map->id = nl_u32(tb[NARU_MAP_ID]);
	map->rule = nl_u32(tb[NARU_MAP_RULE]);
	map->proto = nl_u8(tb[NARU_MAP_PROTO]);
	snprintf(map->dev, sizeof(map->dev), "%s", nl_str(tb[NARU_MAP_DEV]));
	map->inside = napt_get_addr(tb[NARU_MAP_INSIDE]);
	map->inside_port = nl_u16(tb[NARU_MAP_INSIDE_PORT]);
	map->outside = napt_get_addr(tb[NARU_MAP_OUTSIDE]);
	map->outside_port = nl_u16(tb[NARU_MAP_OUTSIDE_PORT]);
	map->remote = napt_get_addr(tb[NARU_MAP_REMOTE]);
	map->remote_port = nl_u16(tb[NARU_MAP_REMOTE_PORT]);
	map->sessions = nl_u32(tb[NARU_MAP_SESSIONS]);
	map->expires = napt_seconds(tb[NARU_MAP_EXPIRES_MS]);
	map->fixed = tb[NARU_MAP_STATIC];
	map->own = tb[NARU_MAP_OWN];
}

/**
 * napt_decode_map() - a mapping within an attribute
 * @nest: attribute
 * @map: filled
 */
void napt_decode_map(const struct nlattr *nest, struct napt_map *map)
{
	const struct nlattr *tb[NARU_MAP_MAX + 1];

	nl_parse_nested(tb, NARU_MAP_MAX, nest);
	decode_map(tb, map);
}

/**
 * napt_decode_map_message() - a mapping that is a message
 * @nlh: reply to NARU_CMD_NAPT_MAP_GET
 * @map: filled
 */
void napt_decode_map_message(const struct nlmsghdr *nlh, struct napt_map *map)
{
	const struct nlattr *tb[NARU_MAP_MAX + 1];

	nl_parse(tb, NARU_MAP_MAX, nlh);
	decode_map(tb, map);
}

/**
 * napt_print_endpoint() - an address and a port
 * @o: printing
 * @key: key
 * @addr: address
 * @port: port, 0: none
 */
void napt_print_endpoint(struct out *o, const char *key, uint32_t addr, uint16_t port)
{
	char text[NAPT_ADDR_LEN];

	napt_addr_text(addr, text);
	out_endpoint(o, key, text, port);
}

/**
 * napt_print_expires() - when it ends if no packet comes
 * @o: printing
 * @seconds: until then, -1: never
 */
void napt_print_expires(struct out *o, int64_t seconds)
{
	char text[24] = "never";

	if (o->json) {
		out_num(o, "expires", seconds);
		return;
	}
	if (seconds >= 0)
		snprintf(text, sizeof(text), "%llds", (long long)seconds);
	out_str(o, "expires", text);
}
