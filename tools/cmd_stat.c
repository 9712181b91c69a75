// SPDX-License-Identifier: GPL-2.0
/*
 * naru stat: counters.
 */
#include "cmd.h"
#include "stat_words.h"

#include <fnmatch.h>
#include <getopt.h>
#include <string.h>
#include <linux/naru_genl.h>

struct stat_options {
	bool all, explain, prometheus, drops_begun;
	int num_patterns;
	char **patterns;
	bool *matched;
	struct out *o;
};

/* Patterns are the shell's, and case does not matter */
static bool wanted(struct stat_options *opt, const char *name)
{
	bool yes = !opt->num_patterns;
	int i;

	for (i = 0; i < opt->num_patterns; i++) {
		if (!fnmatch(opt->patterns[i], name, FNM_CASEFOLD)) {
			opt->matched[i] = true;
			yes = true;
		}
	}
	return yes;
}

/* The module has the reasons for drops one behind the other */
static void print_metric(struct stat_options *opt, const struct nlattr **tb, uint64_t value)
{
	bool drop = tb[NARU_STAT_DROP];

	if (drop && !opt->drops_begun)
		stat_prometheus_head(stdout, "naru_dropped_packets_total",
				     "packets dropped, by reason: see naru stat --explain 'DROP_*'");
	opt->drops_begun |= drop;
	stat_prometheus(stdout, nl_str(tb[NARU_STAT_NAME]), value, drop, nl_str(tb[NARU_STAT_HELP]));
}

static void explain(struct out *o, const char *name)
{
	const struct stat_word *word = stat_word(name);

	if (word && *word->rfc)
		out_str(o, "rfc", word->rfc);
	if (word && *word->advice)
		out_str(o, "do", word->advice);
}

static void print_stat(struct stat_options *opt, const struct nlattr **tb, uint64_t value)
{
	out_row_begin(opt->o);
	out_str(opt->o, "name", nl_str(tb[NARU_STAT_NAME]));
	out_num(opt->o, "value", value);
	if (opt->o->json)
		out_bool(opt->o, "drop", tb[NARU_STAT_DROP]);
	if (opt->explain) {
		out_str(opt->o, "help", nl_str(tb[NARU_STAT_HELP]));
		explain(opt->o, nl_str(tb[NARU_STAT_NAME]));
	}
	out_row_end(opt->o);
}

static bool take_stat(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_STAT_MAX + 1];
	struct stat_options *opt = arg;
	uint64_t value;

	(void)nl;
	nl_parse(tb, NARU_STAT_MAX, nlh);
	value = nl_u64(tb[NARU_STAT_VALUE]);
	if (!wanted(opt, nl_str(tb[NARU_STAT_NAME])) || (!value && !opt->all))
		return true;
	if (opt->prometheus)
		print_metric(opt, tb, value);
	else
		print_stat(opt, tb, value);
	return true;
}

static int show(struct ctx *ctx, struct stat_options *opt)
{
	static const struct out_col cols[] = {
		{ .key = "name", .title = "Counter" },
		{ .key = "value", .title = "Value", .right = true },
		{ .key = "help", .title = "Meaning" },
	};
	struct out o;
	int status = CMD_OK, err, i;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	opt->o = &o;
	if (!opt->prometheus)
		cmd_begin(ctx, &o, OUT_TABLE, cols, opt->explain ? 3 : 2);
	err = nl_talk(&ctx->nl, nl_request(&ctx->nl, NARU_CMD_STAT_GET, NLM_F_DUMP), take_stat,
		      opt);
	if (err)
		status = cmd_fail("%s", ctx->nl.error);
	for (i = 0; i < opt->num_patterns && status == CMD_OK; i++)
		if (!opt->matched[i])
			status = cmd_fail("no such counter: %s", opt->patterns[i]);
	return opt->prometheus ? status : cmd_end(&o, status);
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "explain", no_argument, NULL, 'e' },
		{ "prometheus", no_argument, NULL, 'P' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct stat_options opt = { .all = false };
	int c;

	while ((c = getopt_long(argc, argv, ":aePjh", options, NULL)) != -1) {
		if (c == 'a')
			opt.all = true;
		else if (c == 'e')
			opt.explain = true;
		else if (c == 'P')
			opt.prometheus = true;
		else if (c == 'j')
			ctx->json = true;
		else
			return cmd_other_option(&cmd_stat, c, argv);
	}
	if (opt.prometheus && (ctx->json || opt.explain))
		return cmd_usage(&cmd_stat, "--prometheus stands without --json and --explain");
	opt.all |= opt.prometheus;
	bool matched[argc - optind + 1];

	memset(matched, 0, sizeof(matched));
	opt.num_patterns = argc - optind;
	opt.patterns = argv + optind;
	opt.matched = matched;
	return show(ctx, &opt);
}

const struct cmd cmd_stat = {
	.name = "stat",
	.summary = "counters, dropped packets by reason among them",
	.usage = "[-aePj] [PATTERN...]",
	.help =
"  -a, --all         those that are zero too\n"
"  -e, --explain     what each means, which RFC it comes from, and what to do about it\n"
"  -P, --prometheus  all as text for Prometheus; drops are one metric, by reason\n"
"  -j, --json        JSON\n"
"\n"
"PATTERN is one of the shell's, such as 'DROP_*'.\n",
	.run = run,
};
