// SPDX-License-Identifier: GPL-2.0
/*
 * naru monitor: state changes of sockets, and what happens in the NAPT.
 */
#include "cmd.h"
#include "monitor.h"
#include "napt_cmd.h"
#include "parse.h"
#include "row.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

static void print_event(struct out *o, const struct row *row)
{
	out_row_begin(o);
	row_print_time(o, row->time);
	if (o->json)
		out_num(o, "seq", row->seq);
	out_str(o, "wire", parse_wire_name(row->s.wire));
	row_print_endpoint(o, "local", &row->s.laddr, row->s.lport);
	row_print_endpoint(o, "remote", &row->s.raddr, row->s.rport);
	out_num(o, "id", row->s.id);
	out_str(o, "old", row_state_name(row, row->old_state));
	out_str(o, "new", row_state_name(row, row->s.state));
	out_row_end(o);
}

/* Whether it was printed */
static bool take_sock(struct monitor *m, const struct nlmsghdr *nlh)
{
	struct row row;

	row_decode(nlh, &row);
	monitor_count(m, NL_GROUP_SOCK, row.seq);
	if (!filter_match(&m->filter, &row.s))
		return false;
	print_event(&m->o, &row);
	return true;
}

static bool take_napt(struct monitor *m, const struct nlmsghdr *nlh)
{
	monitor_count(m, NL_GROUP_NAPT, napt_event_seq(nlh));
	napt_event_print(&m->o, nlh, m->watched[NL_GROUP_SOCK]);
	return true;
}

static bool take_event(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	struct monitor *m = arg;
	bool printed;

	(void)nl;
	if (m->done)
		return true;
	printed = nl_cmd(nlh) == NARU_CMD_NAPT_EVENT ? take_napt(m, nlh) : take_sock(m, nlh);
	if (printed && m->left && !--m->left)
		m->done = true;
	return true;
}

/* Anybody may watch sockets; who may not watch the NAPT is told so, and watches those */
static int join(struct nl *nl, struct monitor *m)
{
	int err = 0;

	if (m->watched[NL_GROUP_NAPT])
		err = nl_listen(nl, NL_GROUP_NAPT);
	if (err && (err != -EPERM || !m->watched[NL_GROUP_SOCK]))
		return cmd_fail("%s", nl->error);
	if (err) {
		fputs("naru: the NAPT is watched with CAP_NET_ADMIN only: sockets\n", stderr);
		m->watched[NL_GROUP_NAPT] = false;
	}
	if (m->watched[NL_GROUP_SOCK] && nl_listen(nl, NL_GROUP_SOCK))
		return cmd_fail("%s", nl->error);
	return CMD_OK;
}

/* ENOBUFS says that we were slow. How many were lost is known when the queue has been read */
static int follow(struct ctx *ctx, struct monitor *m)
{
	int err;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	if (join(&ctx->nl, m) || monitor_start(m))
		return CMD_FAILED;
	/* Who reads it knows that nothing is missed from here on */
	out_heading(&m->o);
	while (!m->done && !ferror(stdout)) {
		if (m->gap) {
			if (monitor_sync(m, &ctx->nl, take_event))
				return CMD_FAILED;
			continue;
		}
		err = nl_next_event(&ctx->nl, take_event, m);
		if (err == -ENOBUFS)
			m->gap = true;
		else if (err < 0 && err != -EINTR)
			return cmd_fail("%s", ctx->nl.error);
	}
	return CMD_OK;
}

static const struct out_col napt_cols[] = {
	{ .key = "time", .title = "Time", .min = 15 },
	{ .key = "event", .title = "Event", .min = 14 },
	{ .key = "proto", .title = "Proto", .min = 6 },
	{ .key = "inside", .title = "Inside", .min = 21 },
	{ .key = "outside", .title = "Outside", .min = 21 },
	{ .key = "id", .title = "Id", .right = true, .min = 6 },
	{ .key = "dev", .title = "Dev" },
};

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
	static struct nl ask;
	int status;

	if (m->watched[NL_GROUP_SOCK])
		cmd_begin(ctx, &m->o, OUT_STREAM, cols, ARRAY_SIZE(cols));
	else
		cmd_begin(ctx, &m->o, OUT_STREAM, napt_cols, ARRAY_SIZE(napt_cols));
	m->ask = &ask;
	status = follow(ctx, m);
	nl_close(&ask);
	return cmd_end(&m->o, status);
}

static int take_filter(struct filter *f, int argc, char **argv)
{
	char error[FILTER_ERROR];
	const char *field;

	if (!filter_parse(f, argc, argv, error, sizeof(error)))
		return cmd_usage(&cmd_monitor, "%s", error);
	field = filter_not_of_events(f);
	return field ? cmd_usage(&cmd_monitor, "events do not tell of this: %s", field) : CMD_OK;
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "count", required_argument, NULL, 'c' },
		{ "sync", no_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct monitor m = { .left = 0 };
	int c;

	while ((c = getopt_long(argc, argv, ":c:sjh", options, NULL)) != -1) {
		if (c == 'j')
			ctx->json = true;
		else if (c == 's')
			m.sync = true;
		else if (c != 'c')
			return cmd_other_option(&cmd_monitor, c, argv);
		else if (!parse_u32(optarg, UINT32_MAX, &m.left) || !m.left)
			return cmd_usage(&cmd_monitor, "not a number of events: %s", optarg);
	}
	argc -= optind;
	argv += optind;
	m.watched[NL_GROUP_SOCK] = !argc || strcmp(*argv, "napt");
	m.watched[NL_GROUP_NAPT] = !argc || !m.watched[NL_GROUP_SOCK];
	if (!m.watched[NL_GROUP_SOCK] && argc > 1)
		return cmd_usage(&cmd_monitor, "napt stands alone: %s", argv[1]);
	c = m.watched[NL_GROUP_SOCK] ? take_filter(&m.filter, argc, argv) : CMD_OK;
	if (c == CMD_OK)
		c = monitor(ctx, &m);
	filter_free(&m.filter);
	return c;
}

const struct cmd cmd_monitor = {
	.name = "monitor",
	.summary = "what happens to sockets and in the NAPT",
	.usage = "[-sj] [-c COUNT] [napt | FILTER]",
	.help =
"  -c, --count COUNT  end after so many events\n"
"  -s, --sync         begin with what there is\n"
"  -j, --json         JSON, an object on each line\n"
"\n"
"State changes of sockets, and what happens in the NAPT; with napt that alone, with FILTER\n"
"(as in naru sock; state is the state that a socket has now) sockets alone. Where events were\n"
"lost, because this program or the machine was too slow, their number is told, and then what\n"
"there is: with the events behind, that is the true state again.\n",
	.run = run,
};
