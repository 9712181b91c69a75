// SPDX-License-Identifier: GPL-2.0
/*
 * naru netstat: the classic table.
 */
#include "cmd.h"
#include "netstat.h"
#include "netstat_show.h"
#include "parse.h"
#include "row.h"

#include <getopt.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TYPE_STREAM = 1, TYPE_DGRAM = 2 };

static bool is_dgram(const struct row *row)
{
	return parse_wire_type(row->s.wire) == SOCK_DGRAM;
}

/* A socket of IPv6 that has IPv4's addresses is IPv6's still */
static bool is_v6(const struct row *row)
{
	return row->domain ? row->domain == AF_INET6 : row->s.family == AF_INET6;
}

/* As netstat has it: datagrams that are not connected have none */
static const char *state_name(const struct row *row)
{
	return is_dgram(row) && row->s.state == PARSE_CLOSED ? "" : parse_state_classic(row->s.state);
}

/* Streams that are bound and no more are not there for netstat. What has a peer is no server */
static bool is_wanted(const struct netstat_options *opt, const struct row *row)
{
	if (row->s.state == PARSE_CLOSED && !is_dgram(row))
		return false;
	if (opt->v4 != opt->v6 && opt->v6 != is_v6(row))
		return false;
	return opt->all || (row->s.rport ? !opt->listening : opt->listening);
}

/* Of a listener netstat has nothing to be sent */
static unsigned int sendq_of(const struct row *row)
{
	return row->s.state == PARSE_LISTEN ? 0 : row->sendq;
}

static void first_argument(const struct row_proc *proc, char *text, size_t size)
{
	char path[64];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", proc->pid);
	f = fopen(path, "re");
	if (f)
		n = fread(text, 1, size - 1, f);
	text[n] = '\0';
	if (f)
		fclose(f);
	if (!*text)
		snprintf(text, size, "%s", proc->comm);
}

/* Somebody who has it open is told of */
static bool is_owned(const struct row *row)
{
	const struct row_owner *owner = row_first_owner(row);

	return owner && owner->fd >= 0;
}

static void program_of(const struct row *row, char *text, size_t size)
{
	const struct row_proc *proc;
	char name[256];

	if (!is_owned(row)) {
		snprintf(text, size, "-");
		return;
	}
	proc = row_first_owner(row)->proc;
	first_argument(proc, name, sizeof(name));
	netstat_program(text, size, proc->pid, name);
}

/* What netstat says to who is not root, who is told of own sockets alone; with some of those, and without */
static void say_what_is_hidden(const struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->num; i++)
		if (is_owned(&rows->row[i]))
			break;
	if (i < rows->num)
		fputs("(Not all processes could be identified, non-owned process info\n"
		      " will not be shown, you would have to be root to see it all.)\n", stderr);
	else
		fprintf(stderr, "(No info could be read for \"-p\": geteuid()=%u but you should be root.)\n", geteuid());
}

static void user_of(const struct netstat_options *opt, const struct row *row, char *text, size_t size)
{
	const struct passwd *user = opt->numeric_users ? NULL : getpwuid(row->uid);

	if (user)
		snprintf(text, size, "%s", user->pw_name);
	else
		snprintf(text, size, "%u", row->uid);
}

static void print_json(struct out *o, const struct netstat_options *opt, const struct row *row)
{
	char text[64];

	out_row_begin(o);
	out_str(o, "proto", netstat_proto(row->s.wire, is_v6(row)));
	out_num(o, "recvq", row->recvq);
	out_num(o, "sendq", sendq_of(row));
	row_print_endpoint(o, "local", &row->s.laddr, row->s.lport);
	row_print_endpoint(o, "remote", &row->s.raddr, row->s.rport);
	out_str(o, "state", state_name(row));
	if (opt->style.extended) {
		user_of(opt, row, text, sizeof(text));
		out_str(o, "user", text);
		out_num(o, "inode", row->inode);
	}
	if (opt->style.owners) {
		program_of(row, text, sizeof(text));
		out_str(o, "program", text);
	}
	if (opt->style.timers)
		row_print_timer(o, row);
	out_row_end(o);
}

static void print_text(const struct netstat_options *opt, const struct row *row)
{
	struct netstat_row line = {
		.proto = netstat_proto(row->s.wire, is_v6(row)),
		.recvq = row->recvq,
		.sendq = sendq_of(row),
		.state = state_name(row),
		.inode = row->inode,
	};

	netstat_name_endpoint(opt, row, is_v6(row), false, line.local, sizeof(line.local));
	netstat_name_endpoint(opt, row, is_v6(row), true, line.remote, sizeof(line.remote));
	user_of(opt, row, line.user, sizeof(line.user));
	program_of(row, line.program, sizeof(line.program));
	netstat_timer(line.timer, sizeof(line.timer), row->timer, row->timer_ms, row->timer_retrans);
	netstat_print_plain(stdout, &opt->style, &line);
}

/* By protocol; listeners before what they have taken */
static int in_order(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int first = netstat_proto_order(x->s.wire, is_v6(x)), second = netstat_proto_order(y->s.wire, is_v6(y));
	bool x_listens = x->s.state == PARSE_LISTEN, y_listens = y->s.state == PARSE_LISTEN;

	if (first != second)
		return first - second;
	if (x_listens != y_listens)
		return x_listens ? -1 : 1;
	return x->s.id < y->s.id ? -1 : x->s.id > y->s.id;
}

static int print(struct ctx *ctx, const struct netstat_options *opt, const struct rows *rows)
{
	struct out o;
	size_t i;

	cmd_begin(ctx, &o, OUT_TABLE, NULL, 0);
	if (!ctx->json) {
		printf("Active Internet connections (%s)\n", opt->all ? "servers and established" :
		       opt->listening ? "only servers" : "w/o servers");
		netstat_print_heading(stdout, &opt->style);
	}
	for (i = 0; i < rows->num; i++) {
		if (!is_wanted(opt, &rows->row[i]))
			continue;
		if (ctx->json)
			print_json(&o, opt, &rows->row[i]);
		else
			print_text(opt, &rows->row[i]);
	}
	return cmd_end(&o, CMD_OK);
}

static int show(struct ctx *ctx, const struct netstat_options *opt)
{
	struct rows rows;
	int status;

	if (row_read(&ctx->nl, &opt->filter, opt->style.owners ? NARU_SHOW_OWNERS : 0, &rows))
		return cmd_fail("%s", ctx->nl.error);
	cmd_warn_interrupted(ctx);
	if (rows.num)
		qsort(rows.row, rows.num, sizeof(*rows.row), in_order);
	if (opt->style.owners && geteuid())
		say_what_is_hidden(&rows);
	status = print(ctx, opt, &rows);
	row_free(&rows);
	return status;
}

/* With -c once a second, until there is nobody to read it */
static int show_again(struct ctx *ctx, const struct netstat_options *opt, bool again)
{
	int status;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	do {
		status = opt->statistics ? netstat_show_statistics(ctx, opt) : show(ctx, opt);
		if (fflush(stdout))
			return cmd_fail("cannot write the output");
	} while (again && status == CMD_OK && !sleep(1));
	return status;
}

enum { OPT_HOSTS = 256, OPT_PORTS, OPT_USERS };

/* One option. False: it is none of those that say what is shown */
static bool take_option(struct netstat_options *opt, int c, uint32_t *types)
{
	bool numeric = c == 'n';

	if (c == 'a')
		opt->all = true;
	else if (c == 'l')
		opt->listening = true;
	else if (c == 't' || c == 'u')
		*types |= c == 't' ? TYPE_STREAM : TYPE_DGRAM;
	else if (c == '4')
		opt->v4 = true;
	else if (c == '6')
		opt->v6 = true;
	else if (c == 'p')
		opt->style.owners = true;
	else if (c == 'o')
		opt->style.timers = true;
	else if (c == 'e')
		opt->style.extended = true;
	else if (c == 'W')
		opt->style.wide = true;
	else if (c == 's')
		opt->statistics = true;
	else if (!numeric && c != OPT_HOSTS && c != OPT_PORTS && c != OPT_USERS)
		return false;
	opt->numeric_hosts |= numeric || c == OPT_HOSTS;
	opt->numeric_ports |= numeric || c == OPT_PORTS;
	opt->numeric_users |= numeric || c == OPT_USERS;
	return true;
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "listening", no_argument, NULL, 'l' },
		{ "numeric", no_argument, NULL, 'n' },
		{ "numeric-hosts", no_argument, NULL, OPT_HOSTS },
		{ "numeric-ports", no_argument, NULL, OPT_PORTS },
		{ "numeric-users", no_argument, NULL, OPT_USERS },
		{ "tcp", no_argument, NULL, 't' },
		{ "udp", no_argument, NULL, 'u' },
		{ "programs", no_argument, NULL, 'p' },
		{ "timers", no_argument, NULL, 'o' },
		{ "extend", no_argument, NULL, 'e' },
		{ "statistics", no_argument, NULL, 's' },
		{ "continuous", no_argument, NULL, 'c' },
		{ "wide", no_argument, NULL, 'W' },
		{ "inet", no_argument, NULL, '4' },
		{ "inet6", no_argument, NULL, '6' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct netstat_options opt = { .all = false };
	uint32_t types = 0;
	bool again = false;
	int c;

	while ((c = getopt_long(argc, argv, ":46alntupoescWjh", options, NULL)) != -1) {
		if (c == 'c')
			again = true;
		else if (c == 'j')
			ctx->json = true;
		else if (!take_option(&opt, c, &types))
			return cmd_other_option(&cmd_netstat, c, argv);
	}
	if (optind < argc)
		return cmd_usage(&cmd_netstat, "no such argument: %s", argv[optind]);
	filter_set_states(&opt.filter, NARU_STATES_ALL);
	opt.streams = !types || (types & TYPE_STREAM);
	opt.dgrams = !types || (types & TYPE_DGRAM);
	if (opt.streams != opt.dgrams)
		filter_set_type(&opt.filter, opt.streams ? SOCK_STREAM : SOCK_DGRAM);
	return show_again(ctx, &opt, again);
}

const struct cmd cmd_netstat = {
	.name = "netstat",
	.summary = "the table of netstat(8)",
	.usage = "[-46alntupoescWj]",
	.help =
"  -a, --all         listeners too, and datagram sockets that are not connected\n"
"  -l, --listening   these only; with -a as well, all\n"
"  -n, --numeric     no names of hosts, ports and users\n"
"      --numeric-hosts, --numeric-ports, --numeric-users\n"
"                    no names of these\n"
"  -t, --tcp         streams only\n"
"  -u, --udp         datagram sockets only\n"
"  -4, --inet        IPv4\n"
"  -6, --inet6       IPv6; without these, or with both, both\n"
"  -p, --programs    who has it open\n"
"  -e, --extend      the owner's user and the inode number\n"
"  -o, --timers      the timer that runs: seconds left, retransmissions, probes\n"
"  -W, --wide        addresses are not cut\n"
"  -s, --statistics  counters in netstat's words\n"
"  -c, --continuous  again each second\n"
"  -j, --json        JSON\n"
"\n"
"As netstat(8) prints the kernel's own sockets. Proto is tcp or tcp6, udp or udp6 where these\n"
"are on the wire, naru or naru6 where IP protocol 253 is, narud or narud6 where 254 is.\n",
	.run = run,
};
