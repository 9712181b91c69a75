// SPDX-License-Identifier: GPL-2.0
/*
 * naru napt rule: rules listed and changed.
 */
#include "napt_cmd.h"
#include "parse.h"

#include <stdlib.h>
#include <string.h>

/* What a function that writes to a file writes, for free() */
static char *to_text(void (*print)(FILE *f, const struct napt_rule *rule),
		     const struct napt_rule *rule)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	print(f, rule);
	fclose(f);
	return text;
}

static void print_ports(struct out *o, const char *key, const struct napt_ports *ports)
{
	char text[NAPT_ADDR_LEN];

	napt_ports_text(ports, text);
	out_str(o, key, text);
}

static void print_excepts(struct out *o, const struct napt_rule *rule)
{
	unsigned int i;

	out_list_begin(o, "except");
	for (i = 0; i < rule->num_excepts; i++) {
		char *text = NULL;
		size_t size;
		FILE *f = open_memstream(&text, &size);

		if (f) {
			napt_print_except(f, &rule->except[i]);
			fclose(f);
		}
		out_str(o, NULL, text ? text : "");
		free(text);
	}
	out_list_end(o);
}

static void print_choices(struct out *o, const struct napt_rule *rule)
{
	out_str(o, "mapping", napt_word(napt_mapping_words, rule->mapping));
	out_str(o, "filtering", napt_word(napt_filtering_words, rule->filtering));
	out_str(o, "tcp-filtering", napt_word(napt_filtering_words, rule->tcp_filtering));
	out_str(o, "choice", napt_word(napt_choice_words, rule->choice));
	out_bool(o, "parity", rule->parity);
	out_bool(o, "hairpin", rule->hairpin);
	out_bool(o, "notrack", rule->notrack);
	out_bool(o, "refresh-in", rule->refresh_in);
	out_str(o, "exhausted", napt_word(napt_exhausted_words, rule->exhausted));
	out_str(o, "unsolicited", napt_word(napt_unsolicited_words, rule->unsolicited));
}

static void print_mark_and_timers(struct out *o, const struct napt_rule *rule)
{
	char text[32];
	unsigned int i;

	if (rule->mark_mask) {
		snprintf(text, sizeof(text), "0x%x/0x%x", rule->mark, rule->mark_mask);
		out_str(o, "mark", text);
	}
	for (i = 1; i <= NARU_TIMEOUT_MAX; i++)
		out_num(o, napt_timeout_words[i], rule->timeout[i]);
	if (*rule->suspended)
		out_str(o, "suspended", rule->suspended);
}

/* In text, as it is said when a rule is made; what is so anyway is left out */
static void print_rest(struct out *o, const struct napt_rule *rule)
{
	char *text = to_text(napt_print_rest, rule);

	if (text && *text)
		out_str(o, NULL, text + 1);
	free(text);
}

static void print_rule(struct out *o, const struct napt_rule *rule)
{
	char *to = to_text(napt_print_to, rule), text[64];

	out_row_begin(o);
	out_num(o, "id", rule->id);
	out_str(o, "dev", rule->dev);
	napt_prefix_text(rule->src, rule->src_bits, text);
	out_str(o, "src", text);
	napt_protos_text(rule->protos, text, sizeof(text));
	out_str(o, "proto", text);
	out_str(o, "to", to ? to : "");
	print_ports(o, "ports", &rule->ports);
	if (o->json) {
		print_ports(o, "sport", &rule->sports);
		print_ports(o, "dport", &rule->dports);
		print_excepts(o, rule);
		print_choices(o, rule);
		print_mark_and_timers(o, rule);
	} else {
		print_rest(o, rule);
	}
	out_row_end(o);
	free(to);
}

static int list(struct ctx *ctx)
{
	static const struct out_col cols[] = {
		{ .key = "id", .title = "Id", .right = true },
		{ .key = "dev", .title = "Dev" },
		{ .key = "src", .title = "Source" },
		{ .key = "proto", .title = "Proto" },
		{ .key = "to", .title = "To" },
		{ .key = "ports", .title = "Ports" },
	};
	struct napt_rules rules;
	struct out o;
	size_t i;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	if (napt_read_rules(&ctx->nl, &rules)) {
		free(rules.rule);
		return cmd_fail("%s", ctx->nl.error);
	}
	napt_warn_interrupted(ctx, "rules");
	cmd_begin(ctx, &o, OUT_TABLE, cols, ARRAY_SIZE(cols));
	for (i = 0; i < rules.num; i++)
		print_rule(&o, &rules.rule[i]);
	free(rules.rule);
	return cmd_end(&o, CMD_OK);
}

static bool take_id(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_RULE_ATTR_MAX + 1];

	(void)nl;
	nl_parse(tb, NARU_RULE_ATTR_MAX, nlh);
	*(uint32_t *)arg = nl_u32(tb[NARU_RULE_ID]);
	return true;
}

static int talk(struct ctx *ctx, struct nlmsghdr *nlh, uint32_t *id)
{
	return nl_talk(&ctx->nl, nlh, take_id, id) ? cmd_fail("%s", ctx->nl.error) : CMD_OK;
}

/* JSON: what number the rule got */
static int print_id(struct ctx *ctx, uint32_t id)
{
	struct out o;

	if (!ctx->json)
		return CMD_OK;
	cmd_begin(ctx, &o, OUT_OBJECT, NULL, 0);
	out_row_begin(&o);
	out_num(&o, "id", id);
	out_row_end(&o);
	return cmd_end(&o, CMD_OK);
}

/* @before: id of the rule that it is to stand before, 0: the last */
static int add(struct ctx *ctx, const struct napt_rule *rule, uint32_t before)
{
	struct nlmsghdr *nlh;
	uint32_t id = 0;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	nlh = nl_request(&ctx->nl, NARU_CMD_NAPT_RULE_ADD, 0);
	napt_put_rule(nlh, rule);
	if (before)
		mnl_attr_put_u32(nlh, NARU_NAPT_REQ_BEFORE, before);
	return talk(ctx, nlh, &id) ? CMD_FAILED : print_id(ctx, id);
}

static int replace(struct ctx *ctx, const struct napt_rule *rule, uint32_t id)
{
	struct nlmsghdr *nlh;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	nlh = nl_request(&ctx->nl, NARU_CMD_NAPT_RULE_REPLACE, 0);
	mnl_attr_put_u32(nlh, NARU_NAPT_REQ_ID, id);
	napt_put_rule(nlh, rule);
	return talk(ctx, nlh, &id);
}

static int del(struct ctx *ctx, uint32_t id)
{
	struct nlmsghdr *nlh;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	nlh = nl_request(&ctx->nl, NARU_CMD_NAPT_RULE_DEL, 0);
	mnl_attr_put_u32(nlh, NARU_NAPT_REQ_ID, id);
	return talk(ctx, nlh, &id);
}

/* Static mappings cannot be without a rule: they go too */
static int flush(struct ctx *ctx)
{
	struct nlmsghdr *nlh;
	uint32_t id;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	nlh = nl_request(&ctx->nl, NARU_CMD_NAPT_SET, 0);
	mnl_attr_put(nlh, NARU_NAPT_REQ_FLUSH, 0, NULL);
	return talk(ctx, nlh, &id);
}

/* What stands behind the subcommand: an id where it has one, a rule where it has one */
static bool parse(int argc, char **argv, bool has_id, bool has_rule, uint32_t *id,
		  struct napt_rule *rule, int *status)
{
	char error[NAPT_ERROR_LEN];
	enum napt_parsed parsed;

	if (has_id) {
		if (!argc || !parse_u32(*argv, UINT32_MAX, id) || !*id) {
			*status = cmd_usage(&cmd_napt, "a rule's id is wanted%s%s",
					    argc ? ", not " : "", argc ? *argv : "");
			return false;
		}
		argc--;
		argv++;
	}
	if (!has_rule)
		return napt_no_more(argc, argv, status);
	parsed = napt_parse_rule(rule, argc, argv, error);
	if (parsed)
		*status = napt_wrong(parsed, error);
	return !parsed;
}

static int run_change(struct ctx *ctx, const char *what, int argc, char **argv)
{
	bool has_id = !strcmp(what, "insert") || !strcmp(what, "replace") || !strcmp(what, "del");
	bool has_rule = !strcmp(what, "add") || !strcmp(what, "insert") || !strcmp(what, "replace");
	struct napt_rule rule;
	uint32_t id = 0;
	int status;

	if (!parse(argc, argv, has_id, has_rule, &id, &rule, &status))
		return status;
	switch (*what) {
	case 'l':
		return list(ctx);
	case 'f':
		return flush(ctx);
	case 'd':
		return del(ctx, id);
	case 'r':
		return replace(ctx, &rule, id);
	default:
		return add(ctx, &rule, id);
	}
}

/**
 * napt_cmd_rule() - naru napt rule
 * @ctx: context
 * @argc: how many words
 * @argv: they
 *
 * Return: exit status.
 */
int napt_cmd_rule(struct ctx *ctx, int argc, char **argv)
{
	static const char *const words[] = { "list", "add", "insert", "replace", "del", "flush" };
	int status;
	size_t i;

	if (!napt_options(ctx, &argc, &argv, &status))
		return status;
	if (!argc)
		return cmd_usage(&cmd_napt, "what of the rules?");
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i], argv[0]))
			return run_change(ctx, words[i], argc - 1, argv + 1);
	return cmd_usage(&cmd_napt, "rule list, add, insert, replace, del or flush, not %s",
			 argv[0]);
}
