// SPDX-License-Identifier: GPL-2.0
/*
 * naru get, naru set: settings.
 */
#include "cmd.h"
#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <linux/naru_genl.h>

#define VALUES_MAX	3
#define LINE_MAX_LEN	512
#define RANGE_LEN	256

struct setting {
	char name[NARU_SETTING_NAME_MAX + 1];
	int32_t value[VALUES_MAX];
	unsigned int num;
	char text[NARU_SETTING_TEXT_MAX + 1];	/* where @num is 0 */
	uint32_t offset;	/* of its attribute in the request */
};

struct get_options {
	bool verbose, values;
	struct out *o;
};

static void values_text(const struct nlattr *attr, char *text, size_t size)
{
	int32_t value[VALUES_MAX];
	size_t i, num = nl_copy(attr, value, sizeof(value)) / sizeof(value[0]);
	int len = 0;

	*text = '\0';
	for (i = 0; i < num; i++)
		len += snprintf(text + len, size - len, "%s%d", i ? " " : "", value[i]);
}

/* JSON: a number, an array of numbers, or @name where it is a name */
static void print_values(struct out *o, const char *key, const struct nlattr *attr,
			 const struct nlattr *name)
{
	int32_t value[VALUES_MAX];
	size_t i, num = nl_copy(attr, value, sizeof(value)) / sizeof(value[0]);
	char text[64];

	if (name) {
		out_str(o, key, nl_str(name));
		return;
	}
	if (!o->json) {
		values_text(attr, text, sizeof(text));
		out_str(o, key, text);
		return;
	}
	if (num == 1) {
		out_num(o, key, value[0]);
		return;
	}
	out_list_begin(o, key);
	for (i = 0; i < num; i++)
		out_num(o, NULL, value[i]);
	out_list_end(o);
}

static void range_text(const struct nlattr **tb, char *text)
{
	if (tb[NARU_SETTING_TEXT_CHOICES])
		snprintf(text, RANGE_LEN, "%s", nl_str(tb[NARU_SETTING_TEXT_CHOICES]));
	else
		snprintf(text, RANGE_LEN, "%d..%d", (int32_t)nl_u32(tb[NARU_SETTING_MIN]),
		 (int32_t)nl_u32(tb[NARU_SETTING_MAX]));
}

static void print_choices(struct out *o, const char *names)
{
	char text[RANGE_LEN], *word, *save;

	snprintf(text, sizeof(text), "%s", names);
	out_list_begin(o, "choices");
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		out_str(o, NULL, word);
	out_list_end(o);
}

static void print_range(struct out *o, const struct nlattr **tb)
{
	char text[RANGE_LEN];

	if (o->json && tb[NARU_SETTING_TEXT_CHOICES]) {
		print_choices(o, nl_str(tb[NARU_SETTING_TEXT_CHOICES]));
		return;
	}
	if (o->json) {
		out_num(o, "min", (int32_t)nl_u32(tb[NARU_SETTING_MIN]));
		out_num(o, "max", (int32_t)nl_u32(tb[NARU_SETTING_MAX]));
		return;
	}
	range_text(tb, text);
	out_str(o, "range", text);
}

static bool take_setting(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_SETTING_ATTR_MAX + 1];
	const struct get_options *opt = arg;

	(void)nl;
	nl_parse(tb, NARU_SETTING_ATTR_MAX, nlh);
	out_row_begin(opt->o);
	if (!opt->values)
		out_str(opt->o, "name", nl_str(tb[NARU_SETTING_NAME]));
	print_values(opt->o, "value", tb[NARU_SETTING_VALUES], tb[NARU_SETTING_TEXT]);
	if (opt->verbose) {
		print_values(opt->o, "default", tb[NARU_SETTING_DEFAULTS],
			     tb[NARU_SETTING_TEXT_DEFAULT]);
		print_range(opt->o, tb);
		out_str(opt->o, "help", nl_str(tb[NARU_SETTING_HELP]));
	}
	out_row_end(opt->o);
	return true;
}

static int get_one(struct ctx *ctx, struct get_options *opt, const char *name)
{
	struct nlmsghdr *nlh = nl_request(&ctx->nl, NARU_CMD_SETTING_GET, 0);

	if (strlen(name) > NARU_SETTING_NAME_MAX)
		return cmd_fail("no such setting: %s", name);
	mnl_attr_put_strz(nlh, NARU_SETTING_NAME, name);
	if (nl_talk(&ctx->nl, nlh, take_setting, opt))
		return cmd_fail("%s: %s", name, ctx->nl.error);
	return CMD_OK;
}

static int get_all(struct ctx *ctx, struct get_options *opt)
{
	struct nlmsghdr *nlh = nl_request(&ctx->nl, NARU_CMD_SETTING_GET, NLM_F_DUMP);

	return nl_talk(&ctx->nl, nlh, take_setting, opt) ? cmd_fail("%s", ctx->nl.error) : CMD_OK;
}

static int get(struct ctx *ctx, struct get_options *opt, int argc, char **argv)
{
	static const struct out_col cols[] = {
		{ .key = "name", .title = "Setting" },
		{ .key = "value", .title = "Value" },
		{ .key = "default", .title = "Default" },
		{ .key = "range", .title = "Range" },
		{ .key = "help", .title = "Meaning" },
	};
	int status = CMD_OK, i;
	struct out o;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	opt->o = &o;
	cmd_begin(ctx, &o, OUT_TABLE, opt->values ? cols + 1 : cols,
		  opt->values ? 1 : opt->verbose ? 5 : 2);
	o.plain = opt->values;
	if (!argc)
		status = get_all(ctx, opt);
	for (i = 0; i < argc && status == CMD_OK; i++)
		status = get_one(ctx, opt, argv[i]);
	return cmd_end(&o, status);
}

static int run_get(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "values", no_argument, NULL, 'n' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct get_options opt = { .verbose = false };
	int c;

	while ((c = getopt_long(argc, argv, ":nvjh", options, NULL)) != -1) {
		if (c == 'n')
			opt.values = true;
		else if (c == 'v')
			opt.verbose = true;
		else if (c == 'j')
			ctx->json = true;
		else
			return cmd_other_option(&cmd_get, c, argv);
	}
	if (opt.values && opt.verbose)
		return cmd_usage(&cmd_get, "-n and -v do not go together");
	return get(ctx, &opt, argc - optind, argv + optind);
}

const struct cmd cmd_get = {
	.name = "get",
	.summary = "show settings",
	.usage = "[-nvj] [NAME...]",
	.help =
"  -n, --values   values only\n"
"  -v, --verbose  defaults, ranges, and what each means\n"
"  -j, --json     JSON\n"
"\n"
"Names, units and defaults are those of net.ipv4.tcp_* (ip-sysctl) without the prefix.\n",
	.run = run_get,
};

/* The settings of one request */
struct change {
	struct setting *set;
	size_t num;
	const char *where;	/* file that they come from, or NULL */
};

static struct setting *add_setting(struct change *c)
{
	struct setting *more = realloc(c->set, (c->num + 1) * sizeof(*more));

	if (!more)
		return NULL;
	c->set = more;
	memset(&more[c->num], 0, sizeof(*more));
	return &more[c->num++];
}

/* Numbers between spaces. False: something else, or none, or too many */
static bool parse_values(struct setting *s, char *text)
{
	char *word, *save;

	for (word = strtok_r(text, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		if (s->num == VALUES_MAX || !parse_s32(word, &s->value[s->num]))
			return false;
		s->num++;
	}
	return s->num;
}

/* A word that is no number may be a name, such as a congestion control's */
static bool parse_name(struct setting *s, const char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strcspn(text, " \t");
	if (!isalpha((unsigned char)*text) || len > NARU_SETTING_TEXT_MAX ||
	    text[len + strspn(text + len, " \t")])
		return false;
	memcpy(s->text, text, len);
	return true;
}

static void trim(char *text)
{
	size_t len = strlen(text);

	while (len && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
}

/* "name = value...", which is changed. An error's text, or NULL */
static const char *parse_assignment(struct change *c, char *text)
{
	char *value = strchr(text, '=');
	struct setting *s;

	if (!value)
		return "a setting is NAME=VALUE";
	*value++ = '\0';
	trim(text);
	s = add_setting(c);
	if (!s)
		return "no memory";
	if (!*text)
		return "a name is missing";
	if (strlen(text) > NARU_SETTING_NAME_MAX)
		return "no such setting";
	memcpy(s->name, text, strlen(text));
	if (parse_name(s, value) || parse_values(s, value))
		return NULL;
	return "a value is a number of 32 bits, or three, or a name";
}

/* A file of them: one a line, # comments, empty lines */
static int parse_file(struct change *c, const char *path)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	const char *error = NULL;
	char line[LINE_MAX_LEN];
	unsigned int n = 0;
	int status = CMD_OK;

	if (!f)
		return cmd_fail("%s: %s", path, strerror(errno));
	while (!error && fgets(line, sizeof(line), f)) {
		char *start = line + strspn(line, " \t");

		n++;
		if (!strchr(line, '\n') && !feof(f))
			error = "the line is too long";
		start[strcspn(start, "#")] = '\0';
		trim(start);
		if (!error && *start)
			error = parse_assignment(c, start);
	}
	if (error)
		status = cmd_fail("%s:%u: %s", path, n, error);
	else if (ferror(f))
		status = cmd_fail("%s: %s", path, strerror(errno));
	if (f != stdin)
		fclose(f);
	return status;
}

/* Whose attribute was it that was refused? */
static const char *refused_name(const struct change *c, uint32_t offset)
{
	size_t i, found = c->num == 1 ? 0 : c->num;

	for (i = 0; i < c->num; i++)
		if (offset && c->set[i].offset <= offset)
			found = i;
	return found < c->num ? c->set[found].name : "settings";
}

static bool take_range(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_SETTING_ATTR_MAX + 1];

	(void)nl;
	nl_parse(tb, NARU_SETTING_ATTR_MAX, nlh);
	range_text(tb, arg);
	return true;
}

/* The change was refused. The kernel says what is wrong, and not always which values would be right */
static int refused(struct ctx *ctx, const struct change *c, int err)
{
	const char *name = refused_name(c, ctx->nl.bad_attr);
	char why[sizeof(ctx->nl.error)], range[RANGE_LEN] = "";
	struct nlmsghdr *nlh;

	memcpy(why, ctx->nl.error, sizeof(why));
	if (err != -ERANGE)
		return cmd_fail("%s: %s", name, why);
	nlh = nl_request(&ctx->nl, NARU_CMD_SETTING_GET, 0);
	mnl_attr_put_strz(nlh, NARU_SETTING_NAME, name);
	if (nl_talk(&ctx->nl, nlh, take_range, range))
		return cmd_fail("%s: %s", name, why);
	return cmd_fail("%s: %s, %s", name, why, range);
}

static int send_change(struct ctx *ctx, struct change *c)
{
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	size_t i;
	int err;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	if (!c->num)
		return CMD_OK;
	nlh = nl_request(&ctx->nl, NARU_CMD_SETTING_SET, 0);
	for (i = 0; i < c->num; i++) {
		struct setting *s = &c->set[i];

		if (nlh->nlmsg_len + sizeof(*s) > NL_BUFFER / 2)
			return cmd_fail("too many settings");
		s->offset = nlh->nlmsg_len;
		nest = mnl_attr_nest_start(nlh, NARU_CHANGE_SETTING);
		mnl_attr_put_strz(nlh, NARU_SETTING_NAME, s->name);
		if (s->num)
			mnl_attr_put(nlh, NARU_SETTING_VALUES, s->num * sizeof(s->value[0]),
				     s->value);
		else
			mnl_attr_put_strz(nlh, NARU_SETTING_TEXT, s->text);
		mnl_attr_nest_end(nlh, nest);
	}
	err = nl_talk(&ctx->nl, nlh, NULL, NULL);
	return err ? refused(ctx, c, err) : CMD_OK;
}

/* JSON: what was changed, as the module has it now */
static int show_change(struct ctx *ctx, const struct change *c)
{
	struct get_options opt = { .verbose = false };
	int status = CMD_OK;
	struct out o;
	size_t i;

	opt.o = &o;
	cmd_begin(ctx, &o, OUT_TABLE, NULL, 0);
	for (i = 0; i < c->num && status == CMD_OK; i++)
		status = get_one(ctx, &opt, c->set[i].name);
	return cmd_end(&o, status);
}

/* NAME=VALUE..., or NAME VALUE... as one setting */
static int parse_words(struct change *c, int argc, char **argv)
{
	const char *error = NULL;
	char text[LINE_MAX_LEN];
	int i, len;

	if (argc > 1 && !strchr(argv[0], '=')) {
		len = snprintf(text, sizeof(text), "%s=", argv[0]);
		for (i = 1; i < argc && len < (int)sizeof(text); i++)
			len += snprintf(text + len, sizeof(text) - len, "%s ", argv[i]);
		if (len >= (int)sizeof(text))
			error = "too long";
		else
			error = parse_assignment(c, text);
		return error ? cmd_usage(&cmd_set, "%s: %s", argv[0], error) : CMD_OK;
	}
	for (i = 0; i < argc; i++) {
		snprintf(text, sizeof(text), "%s", argv[i]);
		error = parse_assignment(c, text);
		if (error)
			return cmd_usage(&cmd_set, "%s: %s", argv[i], error);
	}
	return CMD_OK;
}

static int change_settings(struct ctx *ctx, struct change *c, int argc, char **argv)
{
	int status;

	if (c->where)
		status = parse_file(c, c->where);
	else
		status = parse_words(c, argc, argv);
	if (status == CMD_OK)
		status = send_change(ctx, c);
	if (status == CMD_OK && ctx->json)
		status = show_change(ctx, c);
	return status;
}

static int run_set(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "file", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct change change = { NULL, 0, NULL };
	int c, status;

	while ((c = getopt_long(argc, argv, "+:f:jh", options, NULL)) != -1) {
		if (c == 'f')
			change.where = optarg;
		else if (c == 'j')
			ctx->json = true;
		else
			return cmd_other_option(&cmd_set, c, argv);
	}
	argc -= optind;
	argv += optind;
	if (!change.where == !argc)
		return cmd_usage(&cmd_set, "settings, or a file of them");
	status = change_settings(ctx, &change, argc, argv);
	free(change.set);
	return status;
}

const struct cmd cmd_set = {
	.name = "set",
	.summary = "change settings",
	.usage = "[-j] {NAME=VALUE... | NAME VALUE [VALUE VALUE] | -f FILE}",
	.help =
"  -f, --file FILE  settings from a file, NAME = VALUE on each line; # begins a comment,\n"
"                   - is standard input\n"
"  -j, --json       print what was changed, as naru get -j does\n"
"\n"
"All that one command names are changed, or none. A setting of three values is written\n"
"'rmem=4096 131072 6291456', in quotes.\n",
	.run = run_set,
};
