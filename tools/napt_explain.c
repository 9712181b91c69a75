// SPDX-License-Identifier: GPL-2.0
/*
 * naru napt explain: what would become of a packet, and why.
 */
#include "napt_cmd.h"
#include "parse.h"

#include <string.h>
#include <linux/genetlink.h>

/* A packet as it is asked about */
struct packet {
	uint8_t proto;
	const char *in;
	uint32_t src, dst;
	uint16_t sport, dport;
};

/* ---- words ---- */

static bool take_end(const char *text, uint32_t *addr, uint16_t *port, char *error)
{
	char copy[NAPT_ADDR_LEN];
	const char *rest;
	uint32_t n = 0;

	if (!napt_split(text, copy, sizeof(copy), &rest) || !napt_parse_addr(copy, addr) ||
	    (rest && !parse_u32(rest, UINT16_MAX, &n))) {
		snprintf(error, NAPT_ERROR_LEN, "not an address, with or without a port: %s", text);
		return false;
	}
	*port = n;
	return true;
}

/* [in DEV] PROTO SRC[:PORT] to DST[:PORT] */
static bool parse_packet(struct packet *p, int argc, char **argv, char *error)
{
	char dev[IFNAMSIZ];

	memset(p, 0, sizeof(*p));
	if (argc > 1 && !strcmp(argv[0], "in")) {
		p->in = argv[1];
		argc -= 2;
		argv += 2;
	}
	if (argc != 4 || strcmp(argv[2], "to")) {
		snprintf(error, NAPT_ERROR_LEN,
			 "a packet is [in DEV] PROTO SRC[:PORT] to DST[:PORT]");
		return false;
	}
	if (p->in && !napt_parse_dev(p->in, dev)) {
		snprintf(error, NAPT_ERROR_LEN, "not the name of an interface: %s", p->in);
		return false;
	}
	if (!napt_parse_proto(argv[0], &p->proto)) {
		snprintf(error, NAPT_ERROR_LEN,
			 "the protocol is tcp, udp, icmp, native or native-dgram, not %s", argv[0]);
		return false;
	}
	return take_end(argv[1], &p->src, &p->sport, error) &&
	       take_end(argv[3], &p->dst, &p->dport, error);
}

/* ---- what the routing code does besides ---- */

/* Does what comes in by NARU_EXPLAIN_IN get forwarded at all? In the namespace that we are in */
static bool is_forwarding(const struct nlattr **tb)
{
	char path[64 + IFNAMSIZ];
	int c = '1';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%.15s/forwarding",
		 nl_str(tb[NARU_EXPLAIN_IN]));
	f = fopen(path, "r");
	if (!f)
		f = fopen("/proc/sys/net/ipv4/conf/all/forwarding", "r");
	if (f) {
		c = fgetc(f);
		fclose(f);
	}
	return c != '0';
}

/* ---- JSON ---- */

/* By enum naru_genl_verdict, naru_genl_because and naru_genl_why */
static const char *const verdicts[] = {
	"untouched", "out", "out-new", "in", "hairpin", "held", "dropped", "unrouted", NULL
};

static const char *const becauses[] = {
	"none", "no-rules", "no-rule-here", "no-rule-takes", "for-us", "own-socket", "own-mapping",
	"not-in-range", "no-mapping", "nobodys", "filtered", "admitted", "no-hairpin", "exhausted",
	"limit", "suspended", "excepted", "source", NULL
};

static const char *const whys[] = {
	"takes", "dev", "src", "proto", "sport", "dport", "except", "suspended",
	"outside", NULL
};

static void print_steps(struct out *o, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr, *tb[NARU_STEP_MAX + 1];

	out_list_begin(o, "rules");
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != NARU_EXPLAIN_STEP)
			continue;
		nl_parse_nested(tb, NARU_STEP_MAX, attr);
		out_group_begin(o, NULL);
		out_num(o, "id", nl_u32(tb[NARU_STEP_RULE]));
		out_str(o, "why", napt_word(whys, nl_u8(tb[NARU_STEP_WHY])));
		out_group_end(o);
	}
	out_list_end(o);
}

static void print_nested_map(struct out *o, const char *key, const struct nlattr *nest)
{
	struct napt_map map;

	if (!nest)
		return;
	napt_decode_map(nest, &map);
	out_group_begin(o, key);
	napt_print_map(o, &map);
	out_group_end(o);
}

static void print_mapping(struct out *o, const struct nlattr **tb)
{
	char text[NAPT_ADDR_LEN];

	print_nested_map(o, "mapping", tb[NARU_EXPLAIN_MAP]);
	print_nested_map(o, "sender", tb[NARU_EXPLAIN_SRC_MAP]);
	if (!tb[NARU_EXPLAIN_OUTSIDE])
		return;
	napt_addr_text(napt_get_addr(tb[NARU_EXPLAIN_OUTSIDE]), text);
	out_str(o, "outside", text);
	out_bool(o, "paired", tb[NARU_EXPLAIN_PAIRED]);
}

static void print_json(struct out *o, const struct packet *p, const struct nlmsghdr *nlh,
		       const struct nlattr **tb)
{
	out_row_begin(o);
	out_str(o, "verdict", napt_word(verdicts, nl_u8(tb[NARU_EXPLAIN_VERDICT])));
	out_str(o, "because", napt_word(becauses, nl_u8(tb[NARU_EXPLAIN_BECAUSE])));
	out_str(o, "proto", napt_proto_name(p->proto));
	napt_print_endpoint(o, "src", p->src, p->sport);
	napt_print_endpoint(o, "dst", p->dst, p->dport);
	if (tb[NARU_EXPLAIN_IN]) {
		out_str(o, "in", nl_str(tb[NARU_EXPLAIN_IN]));
		out_bool(o, "forwarding", is_forwarding(tb));
	}
	if (tb[NARU_EXPLAIN_OUT])
		out_str(o, "out", nl_str(tb[NARU_EXPLAIN_OUT]));
	print_steps(o, nlh);
	if (tb[NARU_EXPLAIN_RULE])
		out_num(o, "rule", nl_u32(tb[NARU_EXPLAIN_RULE]));
	print_mapping(o, tb);
	if (tb[NARU_EXPLAIN_FILTERING]) {
		out_str(o, "filtering",
			napt_word(napt_filtering_words, nl_u8(tb[NARU_EXPLAIN_FILTERING])));
		out_bool(o, "session", tb[NARU_EXPLAIN_SESSION]);
	}
	if (tb[NARU_EXPLAIN_COUNTER])
		out_str(o, "counter", nl_str(tb[NARU_EXPLAIN_COUNTER]));
	out_row_end(o);
}

/* ---- sentences ---- */

static void say_step(const struct nlattr *nest)
{
	static const char *const reasons[] = {
		"takes it", "no: the packet does not leave by its interface",
		"no: the source is not in its src", "no: not its proto",
		"no: the source port is not in its sport",
		"no: the destination port is not in its dport",
		"no: the destination is excepted", "no: it is suspended",
		"no: the packet came in by its interface, and no src names its source", NULL
	};
	const struct nlattr *tb[NARU_STEP_MAX + 1];

	nl_parse_nested(tb, NARU_STEP_MAX, nest);
	printf("  rule %u: %s\n", nl_u32(tb[NARU_STEP_RULE]),
	       napt_word(reasons, nl_u8(tb[NARU_STEP_WHY])));
}

static void say_way(const struct nlattr **tb)
{
	if (tb[NARU_EXPLAIN_IN])
		printf("It comes in by %s", nl_str(tb[NARU_EXPLAIN_IN]));
	else
		printf("It is sent from here");
	if (tb[NARU_EXPLAIN_OUT])
		printf(", and leaves by %s", nl_str(tb[NARU_EXPLAIN_OUT]));
	puts(".");
}

static void say_rules(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	bool first = true;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != NARU_EXPLAIN_STEP)
			continue;
		if (first)
			puts("The rules are asked in this order:");
		first = false;
		say_step(attr);
	}
}

static void say_map(const char *what, const struct nlattr *nest)
{
	char inside[NAPT_ADDR_LEN], outside[NAPT_ADDR_LEN];
	struct napt_map map;

	if (!nest)
		return;
	napt_decode_map(nest, &map);
	napt_addr_text(map.inside, inside);
	napt_addr_text(map.outside, outside);
	printf("%s %u: %s:%u inside, %s:%u outside, by rule %u, %u session%s%s.\n", what, map.id,
	       inside, map.inside_port, outside, map.outside_port, map.rule, map.sessions,
	       map.sessions == 1 ? "" : "s", map.fixed ? ", static" : map.own ? ", our own" : "");
}

/* Where the verdict is that it gets one, that says so */
static void say_new(const struct nlattr **tb, uint8_t verdict)
{
	char text[NAPT_ADDR_LEN];

	if (!tb[NARU_EXPLAIN_OUTSIDE])
		return;
	napt_addr_text(napt_get_addr(tb[NARU_EXPLAIN_OUTSIDE]), text);
	if (verdict == NARU_VERDICT_HAIRPIN)
		printf("The sender gets a new mapping, with external address %s.\n", text);
	else
		printf("Of the external addresses the host %s %s.\n",
		       tb[NARU_EXPLAIN_PAIRED] ? "has" : "gets", text);
}

static void say_filtering(const struct nlattr **tb)
{
	if (!tb[NARU_EXPLAIN_FILTERING])
		return;
	printf("Its filtering is %s, and there is %s session with that endpoint.\n",
	       napt_word(napt_filtering_words, nl_u8(tb[NARU_EXPLAIN_FILTERING])),
	       tb[NARU_EXPLAIN_SESSION] ? "a" : "no");
}

static void say_verdict(const struct nlattr **tb)
{
	static const char *const texts[] = {
		"It goes on untouched", "Its source is translated to the external endpoint",
		"Its source is translated by a new mapping; the port is chosen when that is made",
		"Its destination is translated to the inside endpoint",
		"It is turned round, with the sender's external endpoint as its source",
		"A SYN waits 6 seconds for one of the inside host, other segments are dropped",
		"It is dropped", "There is no route for it", NULL
	};
	static const char *const reasons[] = {
		"", "there are no rules", "no rule translates towards that interface",
		"no rule takes it", "it is for this machine",
		"a socket of this machine has the port",
		"it belongs to a flow of this machine itself",
		"the port is outside of the rules' ports", "no mapping has the port",
		"the address is in a pool and nobody's own, and the port outside of the rules' ports",
		"the filtering keeps that endpoint out", "the filtering lets that endpoint in",
		"its rule has hairpin off", "no port is left",
		"napt_max_mappings is reached, or there is no memory",
		"the rule that would take it is suspended",
		"what is sent to that endpoint is not translated, or not by this mapping",
		"no host has its source address", NULL
	};
	uint8_t because = nl_u8(tb[NARU_EXPLAIN_BECAUSE]);

	printf("%s", napt_word(texts, nl_u8(tb[NARU_EXPLAIN_VERDICT])));
	if (because)
		printf(": %s", napt_word(reasons, because));
	puts(".");
	if (tb[NARU_EXPLAIN_COUNTER])
		printf("It would be counted as %s.\n", nl_str(tb[NARU_EXPLAIN_COUNTER]));
}

static void say_all(const struct nlmsghdr *nlh, const struct nlattr **tb)
{
	bool hairpin;

	say_way(tb);
	say_rules(nlh);
	hairpin = tb[NARU_EXPLAIN_MAP] && (tb[NARU_EXPLAIN_SRC_MAP] || tb[NARU_EXPLAIN_OUTSIDE]);
	if (hairpin)
		puts("A hairpin: from inside, to the external endpoint of an inside host.");
	say_map(hairpin ? "The destination's mapping" : "Mapping", tb[NARU_EXPLAIN_MAP]);
	say_map("The sender's mapping", tb[NARU_EXPLAIN_SRC_MAP]);
	say_new(tb, nl_u8(tb[NARU_EXPLAIN_VERDICT]));
	say_filtering(tb);
	say_verdict(tb);
	if (tb[NARU_EXPLAIN_OUT] && tb[NARU_EXPLAIN_IN] && !is_forwarding(tb))
		printf("It would not be forwarded: net.ipv4.conf.%s.forwarding is 0.\n",
		       nl_str(tb[NARU_EXPLAIN_IN]));
}

/* ---- asking ---- */

struct answer {
	const struct packet *packet;
	struct out o;
};

static bool take_answer(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_EXPLAIN_MAX + 1];
	struct answer *a = arg;

	(void)nl;
	nl_parse(tb, NARU_EXPLAIN_MAX, nlh);
	if (a->o.json)
		print_json(&a->o, a->packet, nlh, tb);
	else
		say_all(nlh, tb);
	return true;
}

static int explain(struct ctx *ctx, const struct packet *p)
{
	struct answer a = { .packet = p };
	struct nlmsghdr *nlh;
	int status = CMD_OK;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	cmd_begin(ctx, &a.o, OUT_OBJECT, NULL, 0);
	nlh = nl_request(&ctx->nl, NARU_CMD_NAPT_EXPLAIN, 0);
	if (p->in)
		mnl_attr_put_strz(nlh, NARU_EXPLAIN_IN, p->in);
	mnl_attr_put_u8(nlh, NARU_EXPLAIN_PROTO, p->proto);
	napt_put_addr(nlh, NARU_EXPLAIN_SRC, p->src);
	napt_put_addr(nlh, NARU_EXPLAIN_DST, p->dst);
	if (p->sport)
		mnl_attr_put_u16(nlh, NARU_EXPLAIN_SPORT, p->sport);
	if (p->dport)
		mnl_attr_put_u16(nlh, NARU_EXPLAIN_DPORT, p->dport);
	if (nl_talk(&ctx->nl, nlh, take_answer, &a))
		status = cmd_fail("%s", ctx->nl.error);
	return cmd_end(&a.o, status);
}

/**
 * napt_cmd_explain() - naru napt explain
 * @ctx: context
 * @argc: how many words
 * @argv: they
 *
 * Return: exit status.
 */
int napt_cmd_explain(struct ctx *ctx, int argc, char **argv)
{
	char error[NAPT_ERROR_LEN];
	struct packet packet;
	int status;

	if (!napt_options(ctx, &argc, &argv, &status))
		return status;
	if (!parse_packet(&packet, argc, argv, error))
		return cmd_usage(&cmd_napt, "%s", error);
	return explain(ctx, &packet);
}
