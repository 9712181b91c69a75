// SPDX-License-Identifier: GPL-2.0
/*
 * naru compat: what was refused to programs, and the table by which it was.
 */
#include "cmd.h"
#include "compat.h"
#include "parse.h"

#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/genetlink.h>
#include <linux/naru_genl.h>

#ifndef SOL_TCP
#define SOL_TCP	IPPROTO_TCP
#endif
#ifndef SOL_UDP
#define SOL_UDP	IPPROTO_UDP
#endif

/**
 * struct option_row - a row of the table
 * @kind: of what it is: NARU_REFUSED_SET for an option
 * @level: level of an option or a control message, else 0
 * @level_name: the same as a word
 * @name: in words
 * @number: what programs say
 * @stream: what becomes of it on a stream: NARU_OPTION_, or an errno
 * @dgram: the same on a datagram socket
 * @why: what there is to say, or ""
 */
struct option_row {
	uint8_t kind;
	int level;
	const char *level_name;
	const char *name;
	uint32_t number;
	int stream, dgram;
	const char *why;
};

#define NARU_OPTION(level, name, number, stream, dgram, why) \
	{ NARU_REFUSED_SET, level, #level, #name, number, stream, dgram, why },
#define NARU_CMSG(level, name, number, stream, dgram, why) \
	{ NARU_REFUSED_CMSG, level, #level, #name, number, stream, dgram, why },
#define NARU_FLAG(level, name, number, stream, dgram, why) \
	{ NARU_REFUSED_FLAG, 0, #level, #name, number, stream, dgram, why },
#define NARU_IOCTL(level, name, number, stream, dgram, why) \
	{ NARU_REFUSED_IOCTL, 0, #level, #name, number, stream, dgram, why },
static const struct option_row rows[] = {
#include "../kmod/sock/option_list.h"
};

/* NULL where the table does not know it */
static const struct option_row *find_row(uint8_t kind, int level, uint32_t number)
{
	const struct option_row *row;

	if (kind == NARU_REFUSED_GET)
		kind = NARU_REFUSED_SET;
	for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
		if (row->kind == kind && row->level == level && row->number == number)
			return row;
	return NULL;
}

static const char *level_name(int level)
{
	static char text[16];
	const struct option_row *row;

	for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
		if (row->kind == NARU_REFUSED_SET && row->level == level)
			return row->level_name;
	snprintf(text, sizeof(text), "%d", level);
	return text;
}

static const char *errno_name(int err)
{
	static char text[16];
	const char *name = strerrorname_np(err);

	if (name)
		return name;
	snprintf(text, sizeof(text), "%d", err);
	return text;
}

/* ---- naru compat ---- */

static const char *kind_word(uint8_t kind)
{
	static const char *const words[] = { "setsockopt", "getsockopt", "ioctl", "flag", "cmsg" };

	return kind < ARRAY_SIZE(words) ? words[kind] : "?";
}

/* As a program has it: an option unknown to the table by its number */
static const char *name_of(const struct option_row *row, uint8_t kind, uint32_t number)
{
	static char text[16];

	if (row)
		return row->name;
	snprintf(text, sizeof(text), kind == NARU_REFUSED_FLAG || kind == NARU_REFUSED_IOCTL ? "%#x" : "%u", number);
	return text;
}

static void print_refused(struct out *o, uint32_t pid, const char *comm, const struct nlattr *nest)
{
	const struct nlattr *tb[NARU_REFUSED_MAX + 1];
	const struct option_row *row;
	uint32_t number;
	uint8_t kind;
	int level;

	nl_parse_nested(tb, NARU_REFUSED_MAX, nest);
	kind = nl_u8(tb[NARU_REFUSED_KIND]);
	level = nl_u32(tb[NARU_REFUSED_LEVEL]);
	number = nl_u32(tb[NARU_REFUSED_NAME]);
	row = find_row(kind, level, number);
	out_row_begin(o);
	out_num(o, "pid", pid);
	out_str(o, "command", comm);
	out_num(o, "count", nl_u64(tb[NARU_REFUSED_COUNT]));
	out_str(o, "call", kind_word(kind));
	if (kind != NARU_REFUSED_FLAG && kind != NARU_REFUSED_IOCTL)
		out_str(o, "level", level_name(level));
	else if (!o->json)
		out_str(o, "level", "-");
	out_str(o, "name", name_of(row, kind, number));
	out_str(o, "errno", errno_name(nl_u32(tb[NARU_REFUSED_ERRNO])));
	out_str(o, "why", row ? row->why : "the table does not know it");
	out_row_end(o);
}

static void print_lost(struct out *o, uint32_t pid, const char *comm, uint64_t lost)
{
	out_row_begin(o);
	out_num(o, "pid", pid);
	out_str(o, "command", comm);
	out_num(o, "count", lost);
	out_str(o, "call", "more");
	if (!o->json) {
		out_str(o, "level", "-");
		out_str(o, "name", "-");
		out_str(o, "errno", "-");
	}
	out_str(o, "why", "different things that were refused, more than are kept");
	out_row_end(o);
}

static uint64_t times_refused(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[NARU_REFUSED_MAX + 1], *attr;
	uint64_t times = 0;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == NARU_COMPAT_LOST)
			times += nl_u64(attr);
		if (mnl_attr_get_type(attr) != NARU_COMPAT_REFUSED)
			continue;
		nl_parse_nested(tb, NARU_REFUSED_MAX, attr);
		times += nl_u64(tb[NARU_REFUSED_COUNT]);
	}
	return times;
}

/* Who is shown, and where; @o NULL: nowhere */
struct shown {
	struct out *o;
	compat_wanted wanted;
	void *arg;
};

static bool take_process(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_COMPAT_MAX + 1], *attr;
	const struct shown *s = arg;
	const char *comm;
	uint32_t pid;

	(void)nl;
	nl_parse(tb, NARU_COMPAT_MAX, nlh);
	pid = nl_u32(tb[NARU_COMPAT_PID]);
	if ((s->wanted && !s->wanted(pid, times_refused(nlh), s->arg)) || !s->o)
		return true;
	comm = nl_str(tb[NARU_COMPAT_COMM]);
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == NARU_COMPAT_REFUSED)
			print_refused(s->o, pid, comm, attr);
	if (nl_u64(tb[NARU_COMPAT_LOST]))
		print_lost(s->o, pid, comm, nl_u64(tb[NARU_COMPAT_LOST]));
	return true;
}

/* @pid: 0 for all */
static int dump(struct ctx *ctx, uint32_t pid, struct shown *s)
{
	struct nlmsghdr *nlh = nl_request(&ctx->nl, NARU_CMD_COMPAT_GET, NLM_F_DUMP);

	if (pid)
		mnl_attr_put_u32(nlh, NARU_COMPAT_PID, pid);
	return nl_talk(&ctx->nl, nlh, take_process, s) ? cmd_fail("%s", ctx->nl.error) : CMD_OK;
}

/**
 * compat_each() - go through the processes that were refused something
 * @ctx: context, connected
 * @fn: called with each; what it returns means nothing
 * @arg: for it
 *
 * Return: CMD_OK or CMD_FAILED.
 */
int compat_each(struct ctx *ctx, compat_wanted fn, void *arg)
{
	struct shown s = { NULL, fn, arg };

	return dump(ctx, 0, &s);
}

/**
 * compat_show() - print what was refused
 * @ctx: context, connected
 * @pid: process, 0 for all
 * @wanted: says which of them, NULL: all
 * @arg: for it
 *
 * Return: CMD_OK or CMD_FAILED.
 */
int compat_show(struct ctx *ctx, uint32_t pid, compat_wanted wanted, void *arg)
{
	static const struct out_col cols[] = {
		{ .key = "pid", .title = "PID", .right = true },
		{ .key = "command", .title = "Command" },
		{ .key = "count", .title = "Times", .right = true },
		{ .key = "call", .title = "Refused" },
		{ .key = "level", .title = "Level" },
		{ .key = "name", .title = "Name" },
		{ .key = "errno", .title = "Errno" },
		{ .key = "why", .title = "Why" },
	};
	struct out o;
	struct shown s = { &o, wanted, arg };

	cmd_begin(ctx, &o, OUT_TABLE, cols, ARRAY_SIZE(cols));
	return cmd_end(&o, dump(ctx, pid, &s));
}

/* ---- naru compat --table ---- */

static const char *verdict_word(int verdict)
{
	switch (verdict) {
	case NARU_OPTION_NONE:
		return "-";
	case NARU_OPTION_HONOURED:
		return "honoured";
	case NARU_OPTION_CORE:
		return "core";
	default:
		return errno_name(verdict);
	}
}

static const char *what_word(const struct option_row *row)
{
	return row->kind == NARU_REFUSED_SET ? "option" : kind_word(row->kind);
}

static void print_row(struct out *o, const struct option_row *row)
{
	out_row_begin(o);
	out_str(o, "what", what_word(row));
	if (row->level)
		out_str(o, "level", row->level_name);
	else if (!o->json)
		out_str(o, "level", row->kind == NARU_REFUSED_SET || row->kind == NARU_REFUSED_CMSG ? row->level_name : "-");
	out_str(o, "name", row->name);
	out_num(o, "number", row->number);
	out_str(o, "stream", verdict_word(row->stream));
	out_str(o, "dgram", verdict_word(row->dgram));
	out_str(o, "why", row->why);
	out_row_end(o);
}

struct counts {
	unsigned int honoured, core, refused;
};

static void count(struct counts *c, int verdict)
{
	if (verdict == NARU_OPTION_HONOURED)
		c->honoured++;
	else if (verdict == NARU_OPTION_CORE)
		c->core++;
	else if (verdict != NARU_OPTION_NONE)
		c->refused++;
}

static void print_counts(const char *of, const struct counts *c)
{
	printf("%s: %u honoured, %u left to core, %u refused\n", of, c->honoured, c->core, c->refused);
}

static int show_table(struct ctx *ctx)
{
	static const struct out_col cols[] = {
		{ .key = "what", .title = "What" },
		{ .key = "level", .title = "Level" },
		{ .key = "name", .title = "Name" },
		{ .key = "number", .title = "Number", .right = true },
		{ .key = "stream", .title = "Streams" },
		{ .key = "dgram", .title = "Datagrams" },
		{ .key = "why", .title = "Why" },
	};
	struct counts streams = { 0 }, dgrams = { 0 };
	const struct option_row *row;
	struct out o;
	int status;

	cmd_begin(ctx, &o, OUT_TABLE, cols, ARRAY_SIZE(cols));
	for (row = rows; row < rows + ARRAY_SIZE(rows); row++) {
		print_row(&o, row);
		count(&streams, row->stream);
		count(&dgrams, row->dgram);
	}
	status = cmd_end(&o, CMD_OK);
	if (status != CMD_OK || ctx->json)
		return status;
	print_counts("streams", &streams);
	print_counts("datagrams", &dgrams);
	return status;
}

/* False: no number of a process */
static bool parse_pid(const char *text, uint32_t *pid)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	*pid = value;
	return *text >= '0' && *text <= '9' && !*end && !errno && value && value <= INT32_MAX;
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "table", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	bool table = false;
	uint32_t pid = 0;
	int c;

	while ((c = getopt_long(argc, argv, ":jth", options, NULL)) != -1) {
		if (c == 'j')
			ctx->json = true;
		else if (c == 't')
			table = true;
		else
			return cmd_other_option(&cmd_compat, c, argv);
	}
	if (argc - optind > !table)
		return cmd_usage(&cmd_compat, "no such argument: %s", argv[argc - 1]);
	if (table)
		return show_table(ctx);
	if (optind < argc && !parse_pid(argv[optind], &pid))
		return cmd_usage(&cmd_compat, "no process: %s", argv[optind]);
	if (cmd_connect(ctx))
		return CMD_FAILED;
	return compat_show(ctx, pid, NULL, NULL);
}

const struct cmd cmd_compat = {
	.name = "compat",
	.summary = "what was refused to programs on naru sockets",
	.usage = "[-j] [PID | --table]",
	.help =
"  PID            only to this process\n"
"  -t, --table    every option, ioctl, flag and control message, and what becomes of it\n"
"  -j, --json     JSON\n",
	.run = run,
};
