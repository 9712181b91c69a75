// SPDX-License-Identifier: GPL-2.0
/*
 * naru metrics: what is known of paths.
 */
#include "cmd.h"
#include "parse.h"

#include <getopt.h>
#include <net/if.h>
#include <string.h>
#include <linux/naru_genl.h>

struct metrics_options {
	bool only;
	struct in6_addr peer;
	struct out *o;
};

static void print_addr(struct out *o, const char *key, const struct nlattr *attr)
{
	char text[PARSE_ADDR_LEN];
	struct in6_addr addr;

	nl_copy(attr, &addr, sizeof(addr));
	parse_addr_text(&addr, text);
	out_str(o, key, text);
}

/* What is not known is left out of JSON, and - in text */
static void print_known(struct out *o, const char *key, const struct nlattr *attr)
{
	if (attr)
		out_num(o, key, nl_u32(attr));
	else if (!o->json)
		out_str(o, key, "-");
}

static void print_dev(struct out *o, const struct nlattr *attr)
{
	char name[IF_NAMESIZE];

	if (attr && if_indextoname(nl_u32(attr), name))
		out_str(o, "dev", name);
}

static bool take_metric(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_METRIC_MAX + 1];
	struct metrics_options *opt = arg;
	struct in6_addr peer;

	(void)nl;
	nl_parse(tb, NARU_METRIC_MAX, nlh);
	nl_copy(tb[NARU_METRIC_RADDR], &peer, sizeof(peer));
	if (opt->only && memcmp(&peer, &opt->peer, sizeof(peer)))
		return true;
	out_row_begin(opt->o);
	print_addr(opt->o, "peer", tb[NARU_METRIC_RADDR]);
	print_addr(opt->o, "local", tb[NARU_METRIC_LADDR]);
	if (opt->o->json)
		print_dev(opt->o, tb[NARU_METRIC_DEV]);
	out_num(opt->o, "age_ms", nl_u64(tb[NARU_METRIC_AGE]));
	print_known(opt->o, "rtt_us", tb[NARU_METRIC_RTT]);
	print_known(opt->o, "rttvar_us", tb[NARU_METRIC_RTTVAR]);
	print_known(opt->o, "ssthresh", tb[NARU_METRIC_SSTHRESH]);
	print_known(opt->o, "cwnd", tb[NARU_METRIC_CWND]);
	if (opt->o->json)
		out_bool(opt->o, "reordering", tb[NARU_METRIC_REORDERING]);
	else
		out_str(opt->o, "reordering", tb[NARU_METRIC_REORDERING] ? "yes" : "-");
	out_row_end(opt->o);
	return true;
}

static int show(struct ctx *ctx, struct metrics_options *opt)
{
	static const struct out_col cols[] = {
		{ .key = "peer", .title = "Peer" },
		{ .key = "local", .title = "Local" },
		{ .key = "age_ms", .title = "Age-ms", .right = true },
		{ .key = "rtt_us", .title = "RTT-us", .right = true },
		{ .key = "rttvar_us", .title = "RTTvar-us", .right = true },
		{ .key = "ssthresh", .title = "Ssthresh", .right = true },
		{ .key = "cwnd", .title = "Cwnd", .right = true },
		{ .key = "reordering", .title = "Reorders" },
	};
	struct out o;
	int status = CMD_OK;

	opt->o = &o;
	cmd_begin(ctx, &o, OUT_TABLE, cols, ARRAY_SIZE(cols));
	if (nl_talk(&ctx->nl, nl_request(&ctx->nl, NARU_CMD_METRIC_GET, NLM_F_DUMP), take_metric, opt))
		status = cmd_fail("%s", ctx->nl.error);
	return cmd_end(&o, status);
}

static bool take_count(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_METRIC_MAX + 1];

	(void)nl;
	nl_parse(tb, NARU_METRIC_MAX, nlh);
	*(uint32_t *)arg = nl_u32(tb[NARU_METRIC_COUNT]);
	return true;
}

/* @peer: of all, NULL */
static int forget(struct ctx *ctx, const struct in6_addr *peer)
{
	struct nlmsghdr *nlh = nl_request(&ctx->nl, NARU_CMD_METRIC_DEL, 0);
	uint32_t count = 0;
	struct out o;

	if (peer)
		mnl_attr_put(nlh, NARU_METRIC_RADDR, sizeof(*peer), peer);
	else
		mnl_attr_put(nlh, NARU_METRIC_ALL, 0, NULL);
	if (nl_talk(&ctx->nl, nlh, take_count, &count))
		return cmd_fail("%s", ctx->nl.error);
	cmd_begin(ctx, &o, OUT_OBJECT, NULL, 0);
	out_row_begin(&o);
	out_num(&o, "forgotten", count);
	out_row_end(&o);
	return cmd_end(&o, CMD_OK);
}

static int dispatch(struct ctx *ctx, const char *what, const char *addr)
{
	struct metrics_options opt = { .only = addr };
	bool delete = !strcmp(what, "delete"), flush = !strcmp(what, "flush");

	if (!delete && !flush && strcmp(what, "show"))
		return cmd_usage(&cmd_metrics, "no such argument: %s", what);
	if (delete && !addr)
		return cmd_usage(&cmd_metrics, "delete: which address?");
	if (flush && addr)
		return cmd_usage(&cmd_metrics, "flush takes no address: delete does");
	if (addr && !parse_addr(addr, &opt.peer))
		return cmd_usage(&cmd_metrics, "no address: %s", addr);
	if (cmd_connect(ctx))
		return CMD_FAILED;
	if (delete || flush)
		return forget(ctx, addr ? &opt.peer : NULL);
	return show(ctx, &opt);
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	int status = cmd_json_option(&cmd_metrics, ctx, argc, argv);

	if (status >= 0)
		return status;
	if (argc - optind > 2)
		return cmd_usage(&cmd_metrics, "no such argument: %s", argv[optind + 2]);
	return dispatch(ctx, optind < argc ? argv[optind] : "show", optind + 1 < argc ? argv[optind + 1] : NULL);
}

const struct cmd cmd_metrics = {
	.name = "metrics",
	.summary = "what connections have learned of paths",
	.usage = "[-j] [show [ADDR] | flush | delete ADDR]",
	.help =
"  show           of all paths, or of those to ADDR\n"
"  flush          all is forgotten\n"
"  delete         what is known of paths to ADDR is forgotten\n"
"  -j, --json     JSON\n",
	.run = run,
};
