// SPDX-License-Identifier: GPL-2.0
/*
 * naru: the command. Finds the subcommand and what all of them share.
 */
#include "cmd.h"
#include "netns.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/naru_genl.h>

#ifndef NARU_TOOLS_VERSION
#define NARU_TOOLS_VERSION "0.1"
#endif

static int run_help(struct ctx *ctx, int argc, char **argv);
static int run_version(struct ctx *ctx, int argc, char **argv);

static const struct cmd cmd_help = {
	.name = "help",
	.summary = "what the commands do",
	.usage = "[COMMAND]",
	.help = "",
	.run = run_help,
};

static const struct cmd cmd_version = {
	.name = "version",
	.summary = "versions of this program and of the module",
	.usage = "[-j]",
	.help =
"  -j, --json  JSON\n",
	.run = run_version,
};

static const struct cmd *const cmds[] = {
	&cmd_sock, &cmd_netstat, &cmd_stat, &cmd_get, &cmd_set, &cmd_metrics, &cmd_napt, &cmd_monitor,
	&cmd_top, &cmd_history, &cmd_doctor, &cmd_compat, &cmd_run, &cmd_version, &cmd_help, &cmd_complete,
};

static void print_summary(FILE *f)
{
	size_t i;

	fputs("usage: naru [-j] [-N NETNS] COMMAND ...\n\n", f);
	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		if (cmds[i] != &cmd_complete)
			fprintf(f, "  %-9s %s\n", cmds[i]->name, cmds[i]->summary);
	fputs("\n  -j, --json         JSON instead of text\n"
	      "  -N, --netns NETNS  in this network namespace: a name of ip-netns(8), or a path\n"
	      "  -V, --version      the version\n"
	      "  -h, --help         this\n"
	      "\nnaru help COMMAND says more of one.\n", f);
}

static void print_usage(FILE *f, const struct cmd *cmd)
{
	fprintf(f, "usage: naru %s %s\n", cmd->name, cmd->usage);
}

/**
 * cmd_usage() - the command line is wrong
 * @cmd: command
 * @format: what is wrong with it
 *
 * Return: CMD_USAGE.
 */
int cmd_usage(const struct cmd *cmd, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "naru %s: ", cmd->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	if (cmd->long_usage)
		fprintf(stderr, "usage: see naru help %s\n", cmd->name);
	else
		print_usage(stderr, cmd);
	return CMD_USAGE;
}

/**
 * cmd_fail() - it did not work
 * @format: why, one line
 *
 * Return: CMD_FAILED.
 */
int cmd_fail(const char *format, ...)
{
	va_list args;

	fputs("naru: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return CMD_FAILED;
}

/**
 * cmd_connect() - connect to the module, or say why not
 * @ctx: context
 *
 * Return: CMD_OK or CMD_FAILED.
 */
int cmd_connect(struct ctx *ctx)
{
	if (nl_open(&ctx->nl))
		return cmd_fail("%s", ctx->nl.error);
	ctx->nl.netns = ctx->netns;
	return CMD_OK;
}

/* Columns, 0: it is none */
static unsigned int terminal_width(void)
{
	struct winsize size;

	return isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ? size.ws_col : 0;
}

/**
 * cmd_begin() - print to standard output
 * @ctx: context
 * @o: filled
 * @style: how rows stand together
 * @cols: columns
 * @num_cols: how many
 */
void cmd_begin(struct ctx *ctx, struct out *o, enum out_style style, const struct out_col *cols,
	       unsigned int num_cols)
{
	const char *term = getenv("TERM");

	out_begin(o, stdout, ctx->json, style, cols, num_cols);
	if (style == OUT_TABLE && !ctx->json)
		o->width = terminal_width();
	o->colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && strcmp(term, "dumb");
}

/**
 * cmd_end() - printing is done
 * @o: printing; where it failed before the first row, nothing is printed
 * @status: exit status so far
 *
 * Return: the exit status.
 */
int cmd_end(struct out *o, int status)
{
	if (status != CMD_OK && !o->num_rows)
		return status;
	if (!out_end(o))
		return cmd_fail("cannot write the output");
	return status;
}

/**
 * cmd_warn_interrupted() - say it when a list is not of one moment
 * @ctx: context, after a dump
 */
void cmd_warn_interrupted(const struct ctx *ctx)
{
	if (ctx->nl.interrupted)
		fputs("naru: sockets came and went while they were listed\n", stderr);
}

static int help_of(const struct cmd *cmd)
{
	print_usage(stdout, cmd);
	printf("\n%s.\n%s%s", cmd->summary, *cmd->help ? "\n" : "", cmd->help);
	return CMD_OK;
}

/**
 * cmd_other_option() - getopt_long() has returned 'h', or '?' or ':'
 * @cmd: command
 * @opt: what it returned
 * @argv: the command line
 *
 * Return: CMD_OK with the help printed, or CMD_USAGE.
 */
int cmd_other_option(const struct cmd *cmd, int opt, char **argv)
{
	const char *what = opt == ':' ? "a value is missing after" : "no such option:";

	if (opt == 'h')
		return help_of(cmd);
	if (opt != ':' && !strncmp(argv[optind - 1], "--", 2) && strchr(argv[optind - 1], '='))
		return cmd_usage(cmd, "no such option, or it takes no value: %s", argv[optind - 1]);
	if (optopt > ' ' && optopt < 0x7f)
		return cmd_usage(cmd, "%s -%c", what, optopt);
	return cmd_usage(cmd, "%s %s", what, argv[optind - 1]);
}

/**
 * cmd_json_option() - the options of a command that has --json and --help alone
 * @cmd: command
 * @ctx: is told of --json
 * @argc: of the command line
 * @argv: the command line
 *
 * Return: -1 where the command goes on, with its arguments from optind; else its status.
 */
int cmd_json_option(const struct cmd *cmd, struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, ":jh", options, NULL)) != -1) {
		if (c != 'j')
			return cmd_other_option(cmd, c, argv);
		ctx->json = true;
	}
	return -1;
}

/**
 * cmd_find() - a command by name
 * @name: as it is typed
 *
 * Return: the command, or NULL.
 */
const struct cmd *cmd_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		if (!strcmp(cmds[i]->name, name))
			return cmds[i];
	return NULL;
}

/**
 * cmd_at() - a command by its place
 * @i: place, from 0
 *
 * Return: the command, NULL behind the last.
 */
const struct cmd *cmd_at(size_t i)
{
	return i < ARRAY_SIZE(cmds) ? cmds[i] : NULL;
}

static int unknown(const char *name)
{
	fprintf(stderr, "naru: no such command: %s\n", name);
	print_summary(stderr);
	return CMD_USAGE;
}

static int run_help(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	const struct cmd *cmd;
	int opt = getopt_long(argc, argv, ":h", options, NULL);

	(void)ctx;
	if (opt != -1)
		return cmd_other_option(&cmd_help, opt, argv);
	if (argc > optind + 1)
		return cmd_usage(&cmd_help, "one command at a time");
	if (argc == optind) {
		print_summary(stdout);
		return CMD_OK;
	}
	cmd = cmd_find(argv[optind]);
	if (!cmd)
		return unknown(argv[optind]);
	return help_of(cmd);
}

struct version {
	char module[32];
	uint32_t af;
};

static bool take_version(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_INFO_MAX + 1];
	struct version *v = arg;

	(void)nl;
	nl_parse(tb, NARU_INFO_MAX, nlh);
	snprintf(v->module, sizeof(v->module), "%s", nl_str(tb[NARU_INFO_VERSION]));
	v->af = nl_u32(tb[NARU_INFO_AF]);
	return true;
}

/* Works without the module: then it says only its own */
static int print_version(struct ctx *ctx)
{
	struct version v = { "", 0 };
	struct out o;
	int err;

	err = nl_open(&ctx->nl);
	if (!err)
		err = nl_talk(&ctx->nl, nl_request(&ctx->nl, NARU_CMD_INFO_GET, 0), take_version,
			      &v);
	cmd_begin(ctx, &o, OUT_OBJECT, NULL, 0);
	out_row_begin(&o);
	out_str(&o, "naru", NARU_TOOLS_VERSION);
	if (err) {
		out_str(&o, "module", "not loaded");
	} else {
		out_str(&o, "module", *v.module ? v.module : "loaded");
		out_num(&o, "family", v.af);
	}
	out_row_end(&o);
	return cmd_end(&o, CMD_OK);
}

static int run_version(struct ctx *ctx, int argc, char **argv)
{
	int status = cmd_json_option(&cmd_version, ctx, argc, argv);

	if (status >= 0)
		return status;
	if (optind < argc)
		return cmd_usage(&cmd_version, "no such argument: %s", argv[optind]);
	return print_version(ctx);
}

/**
 * cmd_enter_netns() - go into a network namespace, or say why not
 * @name: name of ip-netns(8), or a path
 *
 * Return: CMD_OK or CMD_FAILED.
 */
int cmd_enter_netns(const char *name)
{
	return netns_enter_name(name) ? cmd_fail("cannot enter network namespace %s: %s", name,
						 strerror(errno)) : CMD_OK;
}

/* Options before the command. A command, or NULL with the exit status in *@status */
static const struct cmd *global_options(struct ctx *ctx, int argc, char **argv, int *status)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "netns", required_argument, NULL, 'N' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	const struct cmd *cmd;
	int opt;

	*status = CMD_OK;
	while ((opt = getopt_long(argc, argv, "+jN:hV", options, NULL)) != -1) {
		if (opt == 'j')
			ctx->json = true;
		else if (opt == 'h')
			return &cmd_help;
		else if (opt == 'V')
			return &cmd_version;
		else if (opt == 'N')
			*status = cmd_enter_netns(optarg);
		else
			*status = CMD_USAGE;
		if (*status == CMD_USAGE)
			print_summary(stderr);
		if (*status)
			return NULL;
	}
	if (optind == argc) {
		print_summary(stderr);
		*status = CMD_USAGE;
		return NULL;
	}
	cmd = cmd_find(argv[optind]);
	if (!cmd)
		*status = unknown(argv[optind]);
	return cmd;
}

int main(int argc, char **argv)
{
	static struct ctx ctx;
	const struct cmd *cmd;
	int status, first;

	setvbuf(stdout, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, BUFSIZ);
	cmd = global_options(&ctx, argc, argv, &status);
	if (!cmd)
		return status;
	first = optind < argc && cmd == cmd_find(argv[optind]) ? optind : argc;
	optind = 0;
	opterr = 0;
	status = first < argc ? cmd->run(&ctx, argc - first, argv + first) :
				cmd->run(&ctx, 1, (char *[]){ (char *)cmd->name, NULL });
	nl_close(&ctx.nl);
	if (fflush(stdout) && status == CMD_OK)
		status = cmd_fail("cannot write the output: %s", strerror(errno));
	return status;
}
