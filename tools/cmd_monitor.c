// SPDX-License-Identifier: GPL-2.0
/*
 * naru monitor: state changes as they happen.
 */
#include "cmd.h"
#include "parse.h"
#include "row.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <time.h>

struct monitor {
	struct filter filter;
	struct out o;
	uint32_t next_seq;
	bool started;
	uint32_t left;		/* events until we end, 0: never */
	bool done;
};

static void print_time(struct out *o, uint64_t ns)
{
	time_t seconds = ns / 1000000000;
	char day[32], text[64];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(day, sizeof(day), o->json ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%06u", day, (unsigned int)(ns % 1000000000 / 1000));
	if (o->json && strftime(day, sizeof(day), "%z", &tm))
		strcat(text, day);
	out_str(o, "time", text);
}

static void print_event(struct out *o, const struct row *row)
{
	out_row_begin(o);
	print_time(o, row->time);
	if (o->json)
		out_num(o, "seq", row->seq);
	out_str(o, "wire", parse_wire_name(row->s.wire));
	row_print_endpoint(o, "local", &row->s.laddr, row->s.lport);
	row_print_endpoint(o, "remote", &row->s.raddr, row->s.rport);
	out_num(o, "id", row->s.id);
	out_str(o, "old", parse_state_name(row->old_state));
	out_str(o, "new", parse_state_name(row->s.state));
	out_row_end(o);
}

static void print_gap(struct out *o, uint32_t lost)
{
	if (!o->json) {
		printf("-- %u events were lost --\n", lost);
		fflush(stdout);
		return;
	}
	out_row_begin(o);
	out_num(o, "lost", lost);
	out_row_end(o);
}

static bool take_event(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	struct monitor *m = arg;
	struct row row;

	(void)nl;
	row_decode(nlh, &row);
	if (m->done)
		return true;
	if (m->started && row.seq != m->next_seq)
		print_gap(&m->o, row.seq - m->next_seq);
	m->started = true;
	m->next_seq = row.seq + 1;
	if (!filter_match(&m->filter, &row.s))
		return true;
	print_event(&m->o, &row);
	if (m->left && !--m->left)
		m->done = true;
	return true;
}

/* ENOBUFS says that we were slow: the next event's number says how many were lost */
static int follow(struct ctx *ctx, struct monitor *m)
{
	int err;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	if (nl_listen(&ctx->nl))
		return cmd_fail("%s", ctx->nl.error);
	while (!m->done) {
		err = nl_next_event(&ctx->nl, take_event, m);
		if (err < 0 && err != -ENOBUFS && err != -EINTR)
			return cmd_fail("%s", ctx->nl.error);
		if (ferror(stdout))
			break;
	}
	return CMD_OK;
}

static int monitor(struct ctx *ctx, struct monitor *m)
{
	static const struct out_col cols[] = {
		{ .key = "time", .title = "Time", .min = 15 },
		{ .key = "wire", .title = "Wire", .min = 6 },
		{ .key = "local", .title = "Local Address:Port", .min = 24 },
		{ .key = "remote", .title = "Remote Address:Port", .min = 24 },
		{ .key = "id", .title = "Id", .right = true, .min = 6 },
		{ .key = "old", .title = "Was", .min = 12 },
		{ .key = "new", .title = "Is" },
	};
	int status;

	cmd_begin(ctx, &m->o, OUT_STREAM, cols, ARRAY_SIZE(cols));
	status = follow(ctx, m);
	return cmd_end(&m->o, status);
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "count", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct monitor m = { .left = 0 };
	char error[128];
	int c;

	while ((c = getopt_long(argc, argv, ":c:jh", options, NULL)) != -1) {
		if (c == 'j')
			ctx->json = true;
		else if (c != 'c')
			return cmd_other_option(&cmd_monitor, c, argv);
		else if (!parse_u32(optarg, UINT32_MAX, &m.left) || !m.left)
			return cmd_usage(&cmd_monitor, "not a number of events: %s", optarg);
	}
	if (!filter_parse(&m.filter, argc - optind, argv + optind, error, sizeof(error)))
		return cmd_usage(&cmd_monitor, "%s", error);
	return monitor(ctx, &m);
}

const struct cmd cmd_monitor = {
	.name = "monitor",
	.summary = "state changes of sockets as they happen",
	.usage = "[-j] [-c COUNT] [FILTER]",
	.help =
"  -c, --count COUNT  end after so many events\n"
"  -j, --json         JSON, an object on each line\n"
"\n"
"FILTER as in naru sock; state is the state that a socket has now. Events that were lost\n"
"because this program or the machine was too slow are reported.\n",
	.run = run,
};
