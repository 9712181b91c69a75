// SPDX-License-Identifier: GPL-2.0
/*
 * naru netstat: the classic table.
 */
#include "cmd.h"
#include "owner.h"
#include "parse.h"
#include "row.h"

#include <getopt.h>
#include <string.h>
#include <sys/socket.h>

#define STATES_OPEN (NARU_STATES_ALL & ~(1U << PARSE_LISTEN | 1U << PARSE_CLOSED))

enum { TYPE_STREAM = 1, TYPE_DGRAM = 2 };

struct netstat_options {
	struct filter filter;
	bool timers, owners;
};

static bool is_dgram(const struct row *row)
{
	return parse_wire_type(row->s.wire) == SOCK_DGRAM;
}

static const char *proto_name(const struct row *row)
{
	bool v6 = row->s.family == AF_INET6;

	switch (row->s.wire) {
	case IPPROTO_TCP:
		return v6 ? "tcp6" : "tcp";
	case IPPROTO_UDP:
		return v6 ? "udp6" : "udp";
	default:
		if (is_dgram(row))
			return v6 ? "narud6" : "narud";
		return v6 ? "naru6" : "naru";
	}
}

/* As netstat has it: datagrams that are not connected have none */
static const char *state_name(const struct row *row)
{
	return is_dgram(row) && row->s.state == PARSE_CLOSED ? "" : parse_state_classic(row->s.state);
}

/* netstat's own way: seconds, retransmissions, probes */
static void print_timer(struct out *o, const struct row *row)
{
	char text[64];

	if (o->json) {
		row_print_timer(o, row);
		return;
	}
	if (row->timer == NARU_TIMER_KIND_NONE) {
		out_str(o, "timer", "off (0.00/0)");
		return;
	}
	snprintf(text, sizeof(text), "%s (%u.%02u/%u)", row_timer_name(row),
		 row->timer_ms / 1000, row->timer_ms % 1000 / 10, row->timer_retrans);
	out_str(o, "timer", text);
}

static void print_owner(struct out *o, const struct row *row, const struct owners *owners)
{
	const struct owner *owner;
	char text[64];

	if (row->inode && owner_find(owners, row->inode, &owner))
		snprintf(text, sizeof(text), "%d/%s", owner->pid, owner->comm);
	else
		snprintf(text, sizeof(text), "-");
	out_str(o, "program", text);
}

static void print_row(struct out *o, const struct netstat_options *opt, const struct row *row,
		      const struct owners *owners)
{
	out_row_begin(o);
	out_str(o, "proto", proto_name(row));
	out_num(o, "recvq", row->recvq);
	out_num(o, "sendq", row->sendq);
	row_print_endpoint(o, "local", &row->s.laddr, row->s.lport);
	row_print_endpoint(o, "remote", &row->s.raddr, row->s.rport);
	out_str(o, "state", state_name(row));
	if (opt->owners)
		print_owner(o, row, owners);
	if (opt->timers)
		print_timer(o, row);
	out_row_end(o);
}

static int print(struct ctx *ctx, const struct netstat_options *opt, const struct rows *rows,
		 const struct owners *owners)
{
	struct out_col cols[OUT_COLS_MAX] = {
		{ .key = "proto", .title = "Proto" },
		{ .key = "recvq", .title = "Recv-Q", .right = true },
		{ .key = "sendq", .title = "Send-Q", .right = true },
		{ .key = "local", .title = "Local Address", .min = 23 },
		{ .key = "remote", .title = "Foreign Address", .min = 23 },
		{ .key = "state", .title = "State", .min = 11 },
	};
	unsigned int num = 6;
	struct out o;
	size_t i;

	if (opt->owners)
		cols[num++] = (struct out_col){ .key = "program", .title = "PID/Program name" };
	if (opt->timers)
		cols[num++] = (struct out_col){ .key = "timer", .title = "Timer" };
	cmd_begin(ctx, &o, OUT_TABLE, cols, num);
	for (i = 0; i < rows->num; i++)
		if (rows->row[i].s.state != PARSE_CLOSED || is_dgram(&rows->row[i]))
			print_row(&o, opt, &rows->row[i], owners);
	return cmd_end(&o, CMD_OK);
}

static int show(struct ctx *ctx, const struct netstat_options *opt)
{
	struct owners owners = { NULL, 0 };
	struct rows rows;
	int status;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	if (row_read(&ctx->nl, &opt->filter, 0, &rows))
		return cmd_fail("%s", ctx->nl.error);
	cmd_warn_interrupted(ctx);
	if (opt->owners && !owner_read(&owners))
		status = cmd_fail("no memory");
	else
		status = print(ctx, opt, &rows, &owners);
	owner_free(&owners);
	row_free(&rows);
	return status;
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "listening", no_argument, NULL, 'l' },
		{ "numeric", no_argument, NULL, 'n' },
		{ "tcp", no_argument, NULL, 't' },
		{ "udp", no_argument, NULL, 'u' },
		{ "program", no_argument, NULL, 'p' },
		{ "timers", no_argument, NULL, 'o' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct netstat_options opt = { .timers = false };
	uint32_t states = STATES_OPEN, types = 0;
	int c;

	while ((c = getopt_long(argc, argv, ":46alntupojh", options, NULL)) != -1) {
		if (c == 'a')
			states = NARU_STATES_ALL;
		else if (c == 'l')
			states = 1U << PARSE_LISTEN | 1U << PARSE_CLOSED;
		else if (c == 't' || c == 'u')
			types |= c == 't' ? TYPE_STREAM : TYPE_DGRAM;
		else if (c == 'p')
			opt.owners = true;
		else if (c == 'o')
			opt.timers = true;
		else if (c == 'j')
			ctx->json = true;
		else if (c == '4' || c == '6')
			filter_set_family(&opt.filter, c == '4' ? AF_INET : AF_INET6);
		else if (c != 'n')
			return cmd_other_option(&cmd_netstat, c, argv);
	}
	if (optind < argc)
		return cmd_usage(&cmd_netstat, "no such argument: %s", argv[optind]);
	filter_set_states(&opt.filter, states);
	if (types == TYPE_STREAM || types == TYPE_DGRAM)
		filter_set_type(&opt.filter, types == TYPE_STREAM ? SOCK_STREAM : SOCK_DGRAM);
	return show(ctx, &opt);
}

const struct cmd cmd_netstat = {
	.name = "netstat",
	.summary = "the classic table of connections",
	.usage = "[-46alntupoj]",
	.help =
"  -a, --all        listeners too, and datagram sockets that are not connected\n"
"  -l, --listening  these only\n"
"  -p, --program    who has it open\n"
"  -o, --timers     the timer that runs: its name, seconds left, times it fired\n"
"  -4, -6           only IPv4, only IPv6\n"
"  -n, --numeric    as it is anyway\n"
"  -t, --tcp        streams only\n"
"  -u, --udp        datagram sockets only\n"
"  -j, --json       JSON\n"
"\n"
"Proto is tcp or tcp6, udp or udp6 where these are on the wire, naru or naru6 where IP protocol 253 is, narud or\n"
"narud6 where IP protocol 254 is.\n",
	.run = run,
};
