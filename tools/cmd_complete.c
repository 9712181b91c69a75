// SPDX-License-Identifier: GPL-2.0
/*
 * naru complete: words that may come next, for the shell, which picks those that begin as what is
 * being typed does.
 */
#include "check/check.h"
#include "cmd.h"
#include "field.h"
#include "napt.h"
#include "netns.h"

#include <net/if.h>
#include <string.h>
#include <linux/naru_genl.h>

/* The words before, without the one that is being typed */
struct typed {
	int num;
	char **word;
};

static bool is_option(const char *word)
{
	return *word == '-' && word[1];
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
	return !strcmp(word, a) || !strcmp(word, b);
}

static void print(const char *word)
{
	puts(word);
}

static void complete_cmds(void)
{
	const struct cmd *cmd;
	size_t i;

	for (i = 0; (cmd = cmd_at(i)); i++)
		if (cmd != &cmd_complete)
			puts(cmd->name);
}

/* Options that begin a line of the help, up to the first word that is none */
static void print_options(const char *line, size_t len)
{
	const char *end = line + len;
	size_t n;

	for (line += strspn(line, " "); line < end && is_option(line); line += n) {
		n = strcspn(line, "\n ,");
		if (n == 1)
			return;
		printf("%.*s\n", (int)n, line);
		n += strspn(line + n, ", ");
	}
}

static void complete_options(const struct cmd *cmd)
{
	const char *line = cmd->help;
	size_t len;

	for (; *line; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		print_options(line, len);
	}
	puts("-h\n--help");
}

static bool take_setting(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_SETTING_ATTR_MAX + 1];

	(void)nl;
	nl_parse(tb, NARU_SETTING_ATTR_MAX, nlh);
	printf("%s%s\n", nl_str(tb[NARU_SETTING_NAME]), (const char *)arg);
	return true;
}

static bool take_stat(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_STAT_MAX + 1];

	(void)nl;
	(void)arg;
	nl_parse(tb, NARU_STAT_MAX, nlh);
	puts(nl_str(tb[NARU_STAT_NAME]));
	return true;
}

static void complete_from_module(struct ctx *ctx, uint8_t request, nl_reply reply, void *arg)
{
	if (!nl_open(&ctx->nl))
		nl_talk(&ctx->nl, nl_request(&ctx->nl, request, NLM_F_DUMP), reply, arg);
}

/* The word before the one that is typed; = between a key and its value does not count */
static const char *last(const struct typed *t)
{
	int n = t->num;

	if (n > 1 && is_one_of(t->word[n - 1], "=", "=="))
		n--;
	return n ? t->word[n - 1] : "";
}

/* Options of the order, which have a value */
static bool is_order(const char *word)
{
	return is_one_of(word, "--sort", "--group-by") || !strcmp(word, "--top");
}

/* Is the word before the value of such an option? */
static bool is_behind_order(const struct typed *t)
{
	struct typed before = { t->num - 1, t->word };

	return t->num > 1 && !is_order(last(t)) && is_order(last(&before));
}

/* @groups: those of groups too */
static void print_fields(bool groups)
{
	const struct field *field;
	size_t i;

	for (i = 0; (field = field_at(i)); i++)
		if (groups || field->number != NARU_FIELD_COUNT)
			puts(field->name);
}

/* What may stand where a comparison may; between two of them there may be more */
static void print_filter_words(const struct typed *t)
{
	print_fields(false);
	puts("exclude\nnot");
	if (t->num > 1 && (field_find(t->word[t->num - 2]) || !strcmp(t->word[t->num - 2], "exclude")))
		puts("and\nor");
}

static void complete_filter(const struct typed *t)
{
	const char *key = last(t);

	if (is_behind_order(t))
		print_filter_words(t);
	else if (is_one_of(key, "state", "exclude"))
		puts("all\nconnected\nsynchronized\nbucket\nbig\nestablished\nsyn-sent\n"
		     "syn-received\nfin-wait-1\nfin-wait-2\ntime-wait\nclosed\nclose-wait\n"
		     "last-ack\nlisten\nclosing");
	else if (!strcmp(key, "wire"))
		puts("inet\nnative");
	else if (!strcmp(key, "type"))
		puts("stream\ndgram");
	else if (is_one_of(key, "--sort", "--group-by"))
		print_fields(!strcmp(key, "--sort"));
	else if (!field_find(key) && !is_order(key))
		print_filter_words(t);
}

/* Words from the first that is no option, nor the value of one */
static struct typed behind_options(const struct typed *t)
{
	struct typed rest = *t;
	int n;

	while (rest.num && is_option(*rest.word)) {
		n = rest.num > 1 && (is_order(*rest.word) || is_one_of(*rest.word, "-c", "--count")) ? 2 : 1;
		rest.num -= n;
		rest.word += n;
	}
	return rest;
}

static bool has_order(const struct typed *t)
{
	int i;

	for (i = 0; i < t->num; i++)
		if (is_order(t->word[i]))
			return true;
	return false;
}

static void complete_sock(const struct typed *t)
{
	struct typed words = behind_options(t);
	bool kill = words.num && !strcmp(*words.word, "kill");

	if (!words.num && !has_order(t))
		puts("kill\nwhy");
	else if (kill && words.num == 1)
		puts("all");
	else if (kill && !strcmp(words.word[1], "all"))
		return;
	complete_filter(t);
}

/*
 * Options before a command are gone through; what is in another namespace is looked for there. True: the
 * value of one is being typed
 */
static bool skip_global_options(struct typed *t)
{
	while (t->num && is_option(*t->word)) {
		bool netns = is_one_of(*t->word, "-N", "--netns");
		int n = netns ? 2 : 1;

		if (n > t->num)
			return true;
		if (netns)
			netns_enter_name(t->word[1]);
		t->num -= n;
		t->word += n;
	}
	return false;
}

/* ---- naru napt ---- */

static bool take_rule(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_RULE_ATTR_MAX + 1];

	(void)nl;
	(void)arg;
	nl_parse(tb, NARU_RULE_ATTR_MAX, nlh);
	printf("%u\n", nl_u32(tb[NARU_RULE_ID]));
	return true;
}

static void print_devs(void)
{
	struct if_nameindex *dev = if_nameindex(), *d;

	for (d = dev; d && d->if_index; d++)
		puts(d->if_name);
	if (dev)
		if_freenameindex(dev);
}

static void print_words(const char *const *words)
{
	for (; *words; words++)
		if (**words)
			puts(*words);
}

/* What follows a key of a rule or of a filter. False: it is none */
static bool complete_napt_value(const char *key, bool filter)
{
	if (!strcmp(key, "dev") || !strcmp(key, "in"))
		print_devs();
	else if (!strcmp(key, "proto"))
		puts(filter ? "tcp\nudp\nicmp\nnative\nnative-dgram" :
			      "tcp\nudp\nicmp\nnative\nnative-dgram\nall");
	else if (!strcmp(key, "mapping"))
		print_words(napt_mapping_words);
	else if (is_one_of(key, "filtering", "tcp-filtering"))
		print_words(napt_filtering_words);
	else if (!strcmp(key, "choice"))
		print_words(napt_choice_words);
	else if (is_one_of(key, "parity", "hairpin") || is_one_of(key, "notrack", "refresh-in"))
		puts("on\noff");
	else if (!strcmp(key, "exhausted"))
		print_words(napt_exhausted_words);
	else if (!strcmp(key, "unsolicited"))
		print_words(napt_unsolicited_words);
	else if (!strcmp(key, "state"))
		print_words(napt_state_words);
	else if (!strcmp(key, "to"))
		puts("dev");
	else
		return is_one_of(key, "src", "except") || is_one_of(key, "sport", "dport") ||
		       is_one_of(key, "ports", "mark") || is_one_of(key, "inside", "outside") ||
		       is_one_of(key, "remote", "id");
	return true;
}

static void complete_spec(const struct typed *t)
{
	if (complete_napt_value(last(t), false))
		return;
	puts("dev\nsrc\nproto\nsport\ndport\nexcept\nto\nports\nmapping\nfiltering\ntcp-filtering\n"
	     "choice\nparity\nhairpin\nnotrack\nrefresh-in\nexhausted\nunsolicited\nmark");
	print_words(napt_timeout_words);
}

static void complete_rule(struct ctx *ctx, const struct typed *t)
{
	const char *what = t->num > 1 ? t->word[1] : "";

	if (t->num < 2)
		puts("list\nadd\ninsert\nreplace\ndel\nflush");
	else if (t->num == 2 && (is_one_of(what, "insert", "replace") || !strcmp(what, "del")))
		complete_from_module(ctx, NARU_CMD_NAPT_RULE_GET, take_rule, NULL);
	else if (is_one_of(what, "insert", "replace") || !strcmp(what, "add"))
		complete_spec(t);
}

static void complete_napt_filter(const struct typed *t, bool sessions)
{
	if (complete_napt_value(last(t), true))
		return;
	puts("proto\ndev\ninside\noutside\nstatic\ndynamic\nid");
	puts(sessions ? "remote\nstate" : "own");
}

static void complete_map(const struct typed *t)
{
	const char *what = t->num > 1 ? t->word[1] : "";

	if (t->num < 2)
		puts("list\nadd\ndel\nflush");
	else if (is_one_of(what, "list", "del"))
		complete_napt_filter(t, false);
	else if (!strcmp(what, "add") && t->num == 2)
		puts("tcp\nudp\nnative\nnative-dgram");
	else if (!strcmp(what, "add") && t->num == 4)
		puts("to");
	else if (!strcmp(what, "add") && t->num == 6)
		puts("dev");
	else if (!strcmp(what, "add") && t->num == 7)
		print_devs();
}

static void complete_explain(const struct typed *t)
{
	const char *key = last(t);

	if (!strcmp(key, "in"))
		print_devs();
	else if (t->num == 1)
		puts("in\ntcp\nudp\nicmp\nnative\nnative-dgram");
	else if (t->num == 3 && !strcmp(t->word[1], "in"))
		puts("tcp\nudp\nicmp\nnative\nnative-dgram");
	else if (strcmp(key, "to"))
		puts("to");
}

static void complete_check(const struct typed *t)
{
	size_t i;

	if (is_one_of(last(t), "-a", "--against")) {
		puts("nft");
		return;
	}
	complete_options(&cmd_check);
	for (i = 0; i < check_num_rows; i++)
		puts(check_rows[i].id);
}

static void complete_napt(struct ctx *ctx, const struct typed *t)
{
	struct typed words = *t;
	const char *what;

	if (skip_global_options(&words)) {
		netns_each_name(print);
		return;
	}
	what = words.num ? *words.word : "";
	if (strcmp(what, "check"))
		complete_options(&cmd_napt);
	if (!words.num)
		puts("rule\nmap\nsession\nsave\nrestore\nexplain\ncheck");
	else if (!strcmp(what, "rule"))
		complete_rule(ctx, &words);
	else if (!strcmp(what, "map"))
		complete_map(&words);
	else if (!strcmp(what, "session") && words.num == 1)
		puts("list");
	else if (!strcmp(what, "session"))
		complete_napt_filter(&words, true);
	else if (!strcmp(what, "explain"))
		complete_explain(&words);
	else if (!strcmp(what, "check"))
		complete_check(&words);
}

static void complete_monitor(const struct typed *t)
{
	struct typed words = behind_options(t);

	if (!words.num)
		puts("napt");
	if (!words.num || strcmp(*words.word, "napt"))
		complete_filter(t);
}

static void complete_metrics(const struct typed *t)
{
	if (!behind_options(t).num)
		puts("show\nflush\ndelete");
}

static bool take_refused(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_COMPAT_MAX + 1];

	(void)nl;
	(void)arg;
	nl_parse(tb, NARU_COMPAT_MAX, nlh);
	printf("%u\n", nl_u32(tb[NARU_COMPAT_PID]));
	return true;
}

static void complete_compat(struct ctx *ctx, const struct typed *t)
{
	if (!t->num)
		complete_from_module(ctx, NARU_CMD_COMPAT_GET, take_refused, NULL);
}

static void complete_cmd(struct ctx *ctx, const struct cmd *cmd, const struct typed *t)
{
	if (cmd != &cmd_napt)
		complete_options(cmd);
	if (!strcmp(cmd->name, "help"))
		complete_cmds();
	else if (cmd == &cmd_get)
		complete_from_module(ctx, NARU_CMD_SETTING_GET, take_setting, "");
	else if (cmd == &cmd_set)
		complete_from_module(ctx, NARU_CMD_SETTING_GET, take_setting, "=");
	else if (cmd == &cmd_stat)
		complete_from_module(ctx, NARU_CMD_STAT_GET, take_stat, NULL);
	else if (cmd == &cmd_sock)
		complete_sock(t);
	else if (cmd == &cmd_metrics)
		complete_metrics(t);
	else if (cmd == &cmd_compat)
		complete_compat(ctx, t);
	else if (cmd == &cmd_napt)
		complete_napt(ctx, t);
	else if (cmd == &cmd_run && is_one_of(last(t), "-m", "--mode"))
		puts("preload\nseccomp");
	else if (cmd == &cmd_monitor && !is_one_of(last(t), "-c", "--count"))
		complete_monitor(t);
	else if (cmd == &cmd_top && !is_one_of(last(t), "-d", "--delay"))
		complete_filter(t);
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	struct typed t = { argc - 1, argv + 1 };
	const struct cmd *cmd;

	if (skip_global_options(&t)) {
		netns_each_name(print);
		return CMD_OK;
	}
	if (!t.num) {
		complete_cmds();
		puts("-j\n--json\n-N\n--netns\n-h\n--help\n-V\n--version");
		return CMD_OK;
	}
	cmd = cmd_find(*t.word++);
	t.num--;
	if (cmd)
		complete_cmd(ctx, cmd, &t);
	return CMD_OK;
}

const struct cmd cmd_complete = {
	.name = "complete",
	.summary = "words that may come next, for the shell",
	.usage = "[WORD...]",
	.help = "",
	.run = run,
};
