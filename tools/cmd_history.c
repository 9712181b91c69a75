// SPDX-License-Identifier: GPL-2.0
/*
 * naru history: what a connection went through.
 */
#include "cmd.h"
#include "parse.h"
#include "row.h"

#include <getopt.h>
#include <string.h>
#include <netinet/in.h>

#define SSTHRESH_NONE	0x7fffffff

struct history {
	uint32_t id;
	bool csv;
	struct out o;
	struct ctx *ctx;
};

/* A number of an event, and its name here */
static const struct figure {
	const char *name;
	unsigned int attr;
} figures[] = {
	{ "cwnd", NARU_RECORD_CWND },
	{ "ssthresh", NARU_RECORD_SSTHRESH },
	{ "srtt_us", NARU_RECORD_SRTT },
	{ "in_flight", NARU_RECORD_IN_FLIGHT },
	{ "snd_wnd", NARU_RECORD_SND_WND },
	{ "rcv_wnd", NARU_RECORD_RCV_WND },
};

static const char *const whats[] = {
	[NARU_WHAT_STATE] = "state",
	[NARU_WHAT_LOSS] = "loss",
	[NARU_WHAT_RECOVERED] = "recovered",
	[NARU_WHAT_RTO] = "rto",
	[NARU_WHAT_TLP] = "tlp",
	[NARU_WHAT_TLP_LOSS] = "tlp-loss",
	[NARU_WHAT_UNDO] = "undo",
	[NARU_WHAT_ECN] = "ecn",
	[NARU_WHAT_SND_CLOSED] = "snd-closed",
	[NARU_WHAT_SND_OPENED] = "snd-opened",
	[NARU_WHAT_RCV_CLOSED] = "rcv-closed",
	[NARU_WHAT_RCV_OPENED] = "rcv-opened",
	[NARU_WHAT_PROBE] = "probe",
	[NARU_WHAT_CWND] = "cwnd",
	[NARU_WHAT_ERROR] = "error",
};

static const char *const bys[] = {
	[NARU_BY_NONE] = "",
	[NARU_BY_DUPACKS] = "dupacks",
	[NARU_BY_RACK] = "rack",
	[NARU_BY_DSACK] = "dsack",
	[NARU_BY_TIMESTAMP] = "timestamp",
	[NARU_BY_FRTO] = "frto",
	[NARU_BY_NEW] = "new",
	[NARU_BY_AGAIN] = "again",
};

static const char *const recoveries[] = { "open", "disorder", "reduced", "recovery", "loss" };

/* A newer module may know more */
static const char *name_of(const char *const *names, size_t num, unsigned int n)
{
	return n < num ? names[n] : "?";
}

/* What has happened, in a few words */
static void describe(const struct nlattr **tb, char *text, size_t size)
{
	unsigned int what = nl_u8(tb[NARU_RECORD_WHAT]), by = nl_u8(tb[NARU_RECORD_BY]);
	uint32_t value = nl_u32(tb[NARU_RECORD_VALUE]);
	const char *name = name_of(whats, ARRAY_SIZE(whats), what);

	switch (what) {
	case NARU_WHAT_STATE:
		snprintf(text, size, "%s to %s", parse_state_name(value),
			 parse_state_name(nl_u8(tb[NARU_RECORD_STATE])));
		return;
	case NARU_WHAT_RTO:
		snprintf(text, size, "%s %u", name, value);
		return;
	case NARU_WHAT_LOSS:
		snprintf(text, size, "%s of %u by %s", name, value, name_of(bys, ARRAY_SIZE(bys), by));
		return;
	case NARU_WHAT_ERROR:
		snprintf(text, size, "%s: %s", name, strerror(value));
		return;
	}
	snprintf(text, size, "%s%s%s", name, by ? " by " : "", name_of(bys, ARRAY_SIZE(bys), by));
}

static void print_text(struct out *o, const struct nlattr **tb)
{
	uint64_t us = nl_u64(tb[NARU_RECORD_TIME]);
	char text[128];
	size_t i;

	out_row_begin(o);
	snprintf(text, sizeof(text), "%llu.%06llu", (unsigned long long)us / 1000000,
		 (unsigned long long)us % 1000000);
	out_str(o, "time", text);
	describe(tb, text, sizeof(text));
	out_str(o, "event", text);
	for (i = 0; i < ARRAY_SIZE(figures); i++) {
		uint32_t value = nl_u32(tb[figures[i].attr]);

		if (figures[i].attr == NARU_RECORD_SSTHRESH && value == SSTHRESH_NONE)
			out_str(o, figures[i].name, "-");
		else
			out_num(o, figures[i].name, value);
	}
	out_row_end(o);
}

static void print_json(struct out *o, const struct nlattr **tb)
{
	unsigned int by = nl_u8(tb[NARU_RECORD_BY]);
	size_t i;

	out_group_begin(o, NULL);
	out_num(o, "us", nl_u64(tb[NARU_RECORD_TIME]));
	out_str(o, "event", name_of(whats, ARRAY_SIZE(whats), nl_u8(tb[NARU_RECORD_WHAT])));
	if (by)
		out_str(o, "by", name_of(bys, ARRAY_SIZE(bys), by));
	if (nl_u8(tb[NARU_RECORD_WHAT]) == NARU_WHAT_STATE)
		out_str(o, "old", parse_state_name(nl_u32(tb[NARU_RECORD_VALUE])));
	else
		out_num(o, "value", nl_u32(tb[NARU_RECORD_VALUE]));
	out_str(o, "state", parse_state_name(nl_u8(tb[NARU_RECORD_STATE])));
	out_str(o, "recovery", name_of(recoveries, ARRAY_SIZE(recoveries), nl_u8(tb[NARU_RECORD_RECOVERY])));
	for (i = 0; i < ARRAY_SIZE(figures); i++)
		out_num(o, figures[i].name, nl_u32(tb[figures[i].attr]));
	out_group_end(o);
}

static void print_csv(const struct nlattr **tb)
{
	size_t i;

	printf("%llu,%s,%s,%u,%s,%s", (unsigned long long)nl_u64(tb[NARU_RECORD_TIME]),
	       name_of(whats, ARRAY_SIZE(whats), nl_u8(tb[NARU_RECORD_WHAT])),
	       name_of(bys, ARRAY_SIZE(bys), nl_u8(tb[NARU_RECORD_BY])), nl_u32(tb[NARU_RECORD_VALUE]),
	       parse_state_name(nl_u8(tb[NARU_RECORD_STATE])),
	       name_of(recoveries, ARRAY_SIZE(recoveries), nl_u8(tb[NARU_RECORD_RECOVERY])));
	for (i = 0; i < ARRAY_SIZE(figures); i++)
		printf(",%u", nl_u32(tb[figures[i].attr]));
	putchar('\n');
}

static void csv_heading(void)
{
	size_t i;

	fputs("us,event,by,value,state,recovery", stdout);
	for (i = 0; i < ARRAY_SIZE(figures); i++)
		printf(",%s", figures[i].name);
	putchar('\n');
}

static void endpoint(const struct nlattr *addr, const struct nlattr *port, char *text, size_t size)
{
	char name[INET6_ADDRSTRLEN];
	struct in6_addr in6 = { };

	nl_copy(addr, &in6, sizeof(in6));
	parse_addr_text(&in6, name);
	snprintf(text, size, strchr(name, ':') ? "[%s]:%u" : "%s:%u", name, nl_u16(port));
}

static void head_text(const struct nlattr **tb)
{
	char local[80], remote[80];

	endpoint(tb[NARU_HISTORY_LADDR], tb[NARU_HISTORY_LPORT], local, sizeof(local));
	endpoint(tb[NARU_HISTORY_RADDR], tb[NARU_HISTORY_RPORT], remote, sizeof(remote));
	printf("%s %s to %s", parse_wire_name(nl_u8(tb[NARU_HISTORY_WIRE])), local, remote);
	if (tb[NARU_HISTORY_ENDED])
		printf(", gone after %.6f s", nl_u64(tb[NARU_HISTORY_ENDED]) / 1e6);
	if (nl_u32(tb[NARU_HISTORY_LOST]))
		printf(", the first %u events are lost", nl_u32(tb[NARU_HISTORY_LOST]));
	putchar('\n');
}

static void head_json(struct out *o, const struct nlattr **tb)
{
	struct in6_addr laddr = { }, raddr = { };

	nl_copy(tb[NARU_HISTORY_LADDR], &laddr, sizeof(laddr));
	nl_copy(tb[NARU_HISTORY_RADDR], &raddr, sizeof(raddr));
	out_num(o, "id", nl_u32(tb[NARU_HISTORY_ID]));
	out_str(o, "wire", parse_wire_name(nl_u8(tb[NARU_HISTORY_WIRE])));
	row_print_endpoint(o, "local", &laddr, nl_u16(tb[NARU_HISTORY_LPORT]));
	row_print_endpoint(o, "remote", &raddr, nl_u16(tb[NARU_HISTORY_RPORT]));
	row_print_time(o, nl_u64(tb[NARU_HISTORY_OPENED]));
	if (tb[NARU_HISTORY_ENDED])
		out_num(o, "ended_us", nl_u64(tb[NARU_HISTORY_ENDED]));
	out_num(o, "lost", nl_u32(tb[NARU_HISTORY_LOST]));
	out_list_begin(o, "events");
}

static void take_head(struct history *h, const struct nlattr **tb)
{
	if (h->csv) {
		csv_heading();
		return;
	}
	if (!h->ctx->json) {
		head_text(tb);
		return;
	}
	out_row_begin(&h->o);
	head_json(&h->o, tb);
}

static bool take_reply(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_HISTORY_MAX + 1], *event[NARU_RECORD_MAX + 1];
	struct history *h = arg;

	nl_parse(tb, NARU_HISTORY_MAX, nlh);
	if (!tb[NARU_HISTORY_EVENT]) {
		take_head(h, tb);
		return true;
	}
	nl_parse_nested(event, NARU_RECORD_MAX, tb[NARU_HISTORY_EVENT]);
	if (h->csv)
		print_csv(event);
	else if (h->ctx->json)
		print_json(&h->o, event);
	else
		print_text(&h->o, event);
	return true;
}

static int show(struct history *h)
{
	static const struct out_col cols[] = {
		{ .key = "time", .title = "Seconds", .right = true },
		{ .key = "event", .title = "Event" },
		{ .key = "cwnd", .title = "Cwnd", .right = true },
		{ .key = "ssthresh", .title = "Ssthresh", .right = true },
		{ .key = "srtt_us", .title = "Srtt/us", .right = true },
		{ .key = "in_flight", .title = "In flight", .right = true },
		{ .key = "snd_wnd", .title = "Window", .right = true },
		{ .key = "rcv_wnd", .title = "Own", .right = true },
	};
	struct nl *nl = &h->ctx->nl;
	struct nlmsghdr *nlh;

	if (cmd_connect(h->ctx))
		return CMD_FAILED;
	nlh = nl_request(nl, NARU_CMD_HISTORY_GET, NLM_F_DUMP);
	mnl_attr_put_u32(nlh, NARU_HISTORY_ID, h->id);
	if (nl->netns)
		mnl_attr_put_u32(nlh, NARU_HISTORY_NETNS, nl->netns);
	if (!h->csv)
		cmd_begin(h->ctx, &h->o, h->ctx->json ? OUT_OBJECT : OUT_TABLE, cols, ARRAY_SIZE(cols));
	if (nl_talk(nl, nlh, take_reply, h))
		return cmd_fail("%s", nl->error);
	if (h->csv)
		return CMD_OK;
	if (h->ctx->json) {
		out_list_end(&h->o);
		out_row_end(&h->o);
	}
	return cmd_end(&h->o, CMD_OK);
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "csv", no_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct history h = { .ctx = ctx };
	int c;

	while ((c = getopt_long(argc, argv, ":cjh", options, NULL)) != -1) {
		if (c == 'c')
			h.csv = true;
		else if (c == 'j')
			ctx->json = true;
		else
			return cmd_other_option(&cmd_history, c, argv);
	}
	if (argc - optind != 1)
		return cmd_usage(&cmd_history, "one number of a socket is wanted");
	if (!parse_u32(argv[optind], UINT32_MAX, &h.id))
		return cmd_usage(&cmd_history, "no number of a socket: %s", argv[optind]);
	if (h.csv && ctx->json)
		return cmd_usage(&cmd_history, "either --csv or --json");
	return show(&h);
}

const struct cmd cmd_history = {
	.name = "history",
	.summary = "what a connection went through, and one that is gone",
	.usage = "[-cj] ID",
	.help =
"  -c, --csv   comma-separated values, with a heading\n"
"  -j, --json  JSON\n"
"\n"
"ID is the number that naru sock and naru monitor give; of one in TIME-WAIT, whose number is\n"
"new, that which it had before. Time is counted from when the\n"
"connection was established; cwnd, ssthresh, what is in flight and the windows are in bytes.\n"
"The setting recorder turns recording on, recorder_time and recorder_kept say for how long\n"
"and how many of those that are gone are kept.\n",
	.run = run,
};
