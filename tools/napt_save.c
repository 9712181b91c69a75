// SPDX-License-Identifier: GPL-2.0
/*
 * naru napt save and restore: rules and static mappings in a file.
 */
#include "napt_cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- save ---- */

static void print_all(FILE *f, const struct napt_rules *rules, const struct napt_statics *statics)
{
	size_t i;

	for (i = 0; i < rules->num; i++) {
		fputs("rule add ", f);
		napt_print_rule(f, &rules->rule[i]);
		fputc('\n', f);
	}
	for (i = 0; i < statics->num; i++) {
		fputs("map add ", f);
		napt_print_static(f, &statics->fixed[i]);
		fputc('\n', f);
	}
}

static int write_file(const char *path, const struct napt_rules *rules,
		      const struct napt_statics *statics)
{
	FILE *f = fopen(path, "we");
	bool failed;

	if (!f)
		return cmd_fail("%s: %s", path, strerror(errno));
	print_all(f, rules, statics);
	failed = ferror(f);
	if (fclose(f) || failed)
		return cmd_fail("%s: %s", path, strerror(errno));
	return CMD_OK;
}

static int read_all(struct nl *nl, struct napt_rules *rules, struct napt_statics *statics)
{
	bool changed;

	if (napt_read_rules(nl, rules))
		return cmd_fail("%s", nl->error);
	changed = nl->interrupted;
	if (napt_read_statics(nl, statics))
		return cmd_fail("%s", nl->error);
	if (changed || nl->interrupted)
		return cmd_fail("the rules changed again and again while they were read");
	return CMD_OK;
}

static int save(struct ctx *ctx, const char *path)
{
	struct napt_rules rules = { NULL, 0 };
	struct napt_statics statics = { NULL, 0 };
	int status;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	status = read_all(&ctx->nl, &rules, &statics);
	if (status == CMD_OK && path)
		status = write_file(path, &rules, &statics);
	else if (status == CMD_OK)
		print_all(stdout, &rules, &statics);
	free(rules.rule);
	free(statics.fixed);
	return status;
}

/**
 * napt_cmd_save() - naru napt save
 * @ctx: context
 * @argc: how many words
 * @argv: they
 *
 * Return: exit status.
 */
int napt_cmd_save(struct ctx *ctx, int argc, char **argv)
{
	int status;

	if (!napt_options(ctx, &argc, &argv, &status))
		return status;
	if (argc && !napt_no_more(argc - 1, argv + 1, &status))
		return status;
	return save(ctx, argc && strcmp(*argv, "-") ? *argv : NULL);
}

/* ---- restore ---- */

/* A rule or static mapping, and where it came from */
struct item {
	bool is_rule;
	union {
		struct napt_rule rule;
		struct napt_static fixed;
	};
	unsigned int line;
	uint32_t offset;	/* of its attribute in the request */
};

struct file {
	const char *path;
	struct item *item;
	size_t num, num_rules;
};

#define WORDS_MAX	512

static bool fail(char *error, const char *why)
{
	snprintf(error, NAPT_ERROR_LEN, "%s", why);
	return false;
}

static struct item *add_item(struct file *file)
{
	struct item *more = realloc(file->item, (file->num + 1) * sizeof(*more));

	if (!more)
		return NULL;
	file->item = more;
	return &more[file->num++];
}

/* Words between spaces up to a #. -1: too many */
static int split(char *line, char **word)
{
	char *save, *text;
	int num = 0;

	line[strcspn(line, "#\n")] = '\0';
	for (text = strtok_r(line, " \t\r", &save); text; text = strtok_r(NULL, " \t\r", &save)) {
		if (num == WORDS_MAX)
			return -1;
		word[num++] = text;
	}
	return num;
}

static bool parse_line(struct file *file, char *line, unsigned int n, char *error)
{
	char *word[WORDS_MAX];
	int num = split(line, word);
	struct item *item;
	bool is_rule;

	if (num <= 0)
		return num ? fail(error, "too many words") : true;
	is_rule = !strcmp(word[0], "rule");
	if (num < 2 || (!is_rule && strcmp(word[0], "map")) || strcmp(word[1], "add"))
		return fail(error, "a line begins with: rule add, or: map add");
	item = add_item(file);
	if (!item)
		return fail(error, "no memory");
	item->is_rule = is_rule;
	item->line = n;
	file->num_rules += is_rule;
	if (is_rule)
		return !napt_parse_rule(&item->rule, num - 2, word + 2, error);
	return !napt_parse_static(&item->fixed, num - 2, word + 2, error);
}

static int parse_lines(struct file *file, FILE *f)
{
	char error[NAPT_ERROR_LEN] = "";
	unsigned int n = 0;
	char *line = NULL;
	bool good = true;
	size_t size = 0;
	ssize_t len;

	while (good && (len = getline(&line, &size, f)) >= 0) {
		n++;
		good = memchr(line, '\0', len) ? fail(error, "not a text") :
						 parse_line(file, line, n, error);
	}
	free(line);
	if (!good)
		return cmd_fail("%s:%u: %s", file->path, n, error);
	return ferror(f) ? cmd_fail("%s: %s", file->path, strerror(errno)) : CMD_OK;
}

static int parse_file(struct file *file)
{
	FILE *f = strcmp(file->path, "-") ? fopen(file->path, "re") : stdin;
	int status;

	if (!f)
		return cmd_fail("%s: %s", file->path, strerror(errno));
	status = parse_lines(file, f);
	if (f != stdin)
		fclose(f);
	return status;
}

static void put_all(struct nlmsghdr *nlh, struct file *file)
{
	size_t i;

	if (!file->num_rules)
		mnl_attr_put(nlh, NARU_NAPT_REQ_FLUSH, 0, NULL);
	for (i = 0; i < file->num; i++) {
		struct item *item = &file->item[i];

		item->offset = nlh->nlmsg_len;
		if (item->is_rule)
			napt_put_rule(nlh, &item->rule);
		else
			napt_put_static(nlh, &item->fixed);
	}
}

/* Which line was it? */
static int refused(const struct ctx *ctx, const struct file *file)
{
	unsigned int line = 0;
	size_t i;

	for (i = 0; ctx->nl.bad_attr && i < file->num; i++)
		if (file->item[i].offset <= ctx->nl.bad_attr)
			line = file->item[i].line;
	if (!line)
		return cmd_fail("%s: %s", file->path, ctx->nl.error);
	return cmd_fail("%s:%u: %s", file->path, line, ctx->nl.error);
}

/* Bytes that the attributes of a rule or a static mapping take at most */
#define RULE_SPACE	(1024 + 48 * (NARU_RULE_EXCEPTS_MAX + NARU_RULE_TO_MAX))
#define STATIC_SPACE	128

static int send_file(struct ctx *ctx, struct file *file)
{
	size_t num_statics = file->num - file->num_rules;
	size_t size = 1024 + file->num_rules * RULE_SPACE + num_statics * STATIC_SPACE;
	struct nlmsghdr *nlh;
	int status = CMD_OK;
	char *buf;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	buf = malloc(size);
	if (!buf)
		return cmd_fail("no memory");
	nlh = nl_request_in(&ctx->nl, buf, size, NARU_CMD_NAPT_SET, 0);
	put_all(nlh, file);
	if (nl_talk(&ctx->nl, nlh, NULL, NULL))
		status = refused(ctx, file);
	free(buf);
	return status;
}

/**
 * napt_cmd_restore() - naru napt restore
 * @ctx: context
 * @argc: how many words
 * @argv: they
 *
 * Return: exit status.
 */
int napt_cmd_restore(struct ctx *ctx, int argc, char **argv)
{
	struct file file = { .path = NULL };
	int status;

	if (!napt_options(ctx, &argc, &argv, &status))
		return status;
	if (!argc)
		return cmd_usage(&cmd_napt, "restore which file? - is standard input");
	if (!napt_no_more(argc - 1, argv + 1, &status))
		return status;
	file.path = *argv;
	status = parse_file(&file);
	if (status == CMD_OK)
		status = send_file(ctx, &file);
	free(file.item);
	return status;
}
