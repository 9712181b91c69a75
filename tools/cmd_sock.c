// SPDX-License-Identifier: GPL-2.0
/*
 * naru sock: list sockets, and kill them.
 */
#include "cmd.h"
#include "group.h"
#include "netns.h"
#include "parse.h"
#include "resolve.h"
#include "row.h"
#include "summary.h"
#include "why.h"

#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

/* What ss(8) lists by itself: neither listeners, nor what is not open yet or any more */
#define STATES_CONNECTED (NARU_STATES_ALL & ~(1U << PARSE_LISTEN | 1U << PARSE_CLOSED | \
					      1U << PARSE_SYN_RECEIVED | 1U << PARSE_TIME_WAIT))

enum { TYPE_STREAM = 1, TYPE_DGRAM = 2 };

struct sock_options {
	struct filter filter;
	struct row_order order;
	uint32_t show;
	bool v4, v6;		/* which families, none: any */
	bool timers, extended, holding, every, plain, summary, resolve;
	bool all;		/* kill: whatever there is, or nothing */
	bool waiting;		/* what waits for whoever comes, of both types: of streams only listeners */
	unsigned int types;	/* TYPE_*, 0: any */
};

static void print_extended(struct out *o, const struct row *row)
{
	if (!row->full)
		return;
	out_num(o, "uid", row->uid);
	out_num(o, "inode", row->inode);
	if (row->dev)
		out_num(o, "dev", row->dev);
	if (!row->inode)
		out_bool(o, "orphan", true);
}

/* With names, where there are some; in JSON besides the numbers */
static void print_named(struct out *o, const char *key, const struct row *row, const struct in6_addr *addr, uint16_t port)
{
	const char *service = resolve_service(port, parse_wire_type(row->s.wire) == SOCK_DGRAM);
	const char *host = resolve_host(addr);
	char number[8], text[PARSE_ADDR_LEN], both[NI_MAXHOST + 64];
	bool bracket;

	if (o->json)
		row_print_endpoint(o, key, addr, port);
	snprintf(number, sizeof(number), port ? "%u" : "*", port);
	parse_addr_text(addr, text);
	bracket = !host && strchr(text, ':');
	snprintf(both, sizeof(both), bracket ? "[%s]:%s" : "%s:%s", host ? host : text, service ? service : number);
	if (!o->json)
		out_str(o, key, both);
	else
		out_str(o, *key == 'l' ? "local_name" : "remote_name", both);
}

static void print_endpoints(struct out *o, const struct sock_options *opt, const struct row *row)
{
	if (opt->resolve) {
		print_named(o, "local", row, &row->s.laddr, row->s.lport);
		print_named(o, "remote", row, &row->s.raddr, row->s.rport);
		return;
	}
	row_print_endpoint(o, "local", &row->s.laddr, row->s.lport);
	row_print_endpoint(o, "remote", &row->s.raddr, row->s.rport);
}

static void print_row(struct out *o, const struct sock_options *opt, const struct row *row, const char *netns)
{
	out_row_begin(o);
	out_str(o, "wire", parse_wire_name(row->s.wire));
	out_str(o, "type", parse_type_name(row->s.wire));
	out_str(o, "state", row_state_name(row, row->s.state));
	out_num(o, "recvq", row->recvq);
	out_num(o, "sendq", row->sendq);
	print_endpoints(o, opt, row);
	out_num(o, "id", row->s.id);
	if (netns)
		out_str(o, "netns", netns);
	if (opt->extended || opt->holding || o->json)
		print_extended(o, row);
	if (opt->timers || o->json)
		row_print_timer(o, row);
	row_print_owners(o, row);
	row_print_mem(o, row);
	row_print_info(o, row);
	out_row_end(o);
}

/* The sockets of the network namespace that we are in, for row_free() */
static int read_here(struct ctx *ctx, const struct sock_options *opt, struct rows *rows)
{
	nl_close(&ctx->nl);
	if (cmd_connect(ctx))
		return CMD_FAILED;
	if (row_read_sorted(&ctx->nl, &opt->filter, opt->show, &opt->order, rows))
		return cmd_fail("%s", ctx->nl.error);
	cmd_warn_interrupted(ctx);
	return CMD_OK;
}

static int list_here(struct ctx *ctx, const struct sock_options *opt, void *arg, const char *netns)
{
	struct out *o = arg;
	struct rows rows;
	size_t i;

	if (read_here(ctx, opt, &rows))
		return CMD_FAILED;
	for (i = 0; i < rows.num; i++)
		print_row(o, opt, &rows.row[i], netns);
	row_free(&rows);
	return CMD_OK;
}

static bool take_netns(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_NETNS_MAX + 1];

	(void)nl;
	nl_parse(tb, NARU_NETNS_MAX, nlh);
	return netns_add(arg, nl_u32(tb[NARU_NETNS_INODE]));
}

/* Those that nothing but their sockets keeps: only the module knows them, and tells root */
static int add_nameless(struct ctx *ctx, struct netns_list *list)
{
	int err;

	nl_close(&ctx->nl);
	if (cmd_connect(ctx))
		return CMD_FAILED;
	err = nl_talk(&ctx->nl, nl_request(&ctx->nl, NARU_CMD_NETNS_GET, NLM_F_DUMP), take_netns,
		      list);
	return err && err != -EPERM ? cmd_fail("%s", ctx->nl.error) : CMD_OK;
}

/* Goes into one. Where we may not, we may not into others either: that is said once */
static int go_into(struct ctx *ctx, const struct netns *ns, bool *denied)
{
	ctx->netns = ns->fd < 0 ? ns->inode : 0;
	if (ctx->netns || !netns_enter(ns))
		return CMD_OK;
	if (errno == EPERM)
		*denied = true;
	else
		cmd_fail("cannot enter network namespace %s: %s", ns->name, strerror(errno));
	return CMD_FAILED;
}

typedef int (*in_netns)(struct ctx *ctx, const struct sock_options *opt, void *arg,
			const char *netns);

/* Runs @fn in each network namespace that can be entered. It failed where one could not */
static int for_every_netns(struct ctx *ctx, const struct sock_options *opt, in_netns fn, void *arg)
{
	int status = CMD_OK, failed = CMD_OK;
	struct netns_list list;
	size_t i;

	if (!netns_find_all(&list))
		status = cmd_fail("no memory");
	else
		status = add_nameless(ctx, &list);
	for (i = 0; i < list.num && status == CMD_OK; i++) {
		if (i && go_into(ctx, &list.ns[i], &list.denied))
			failed = CMD_FAILED;
		else
			status = fn(ctx, opt, arg, list.ns[i].name);
	}
	if (list.denied && status == CMD_OK)
		failed = cmd_fail("not permitted to look into every network namespace");
	netns_free(&list);
	return status ? status : failed;
}

static int list(struct ctx *ctx, const struct sock_options *opt)
{
	static const struct out_col cols[] = {
		{ .key = "wire", .title = "Wire" },
		{ .key = "type", .title = "Type" },
		{ .key = "state", .title = "State" },
		{ .key = "recvq", .title = "Recv-Q", .right = true },
		{ .key = "sendq", .title = "Send-Q", .right = true },
		{ .key = "local", .title = "Local Address:Port" },
		{ .key = "remote", .title = "Remote Address:Port" },
		{ .key = "id", .title = "Id", .right = true },
		{ .key = "netns", .title = "Netns" },
	};
	struct out o;
	int status;

	cmd_begin(ctx, &o, OUT_TABLE, cols, opt->every ? 9 : 8);
	o.plain = opt->plain;
	if (opt->every)
		status = for_every_netns(ctx, opt, list_here, &o);
	else
		status = list_here(ctx, opt, &o, NULL);
	return cmd_end(&o, status);
}

static int group_here(struct ctx *ctx, const struct sock_options *opt, void *arg, const char *netns)
{
	nl_close(&ctx->nl);
	if (cmd_connect(ctx))
		return CMD_FAILED;
	if (group_print(arg, &ctx->nl, &opt->filter, &opt->order, netns))
		return cmd_fail("%s", ctx->nl.error);
	cmd_warn_interrupted(ctx);
	return CMD_OK;
}

static int group(struct ctx *ctx, const struct sock_options *opt)
{
	struct out_col cols[GROUP_COLS_MAX];
	struct out o;
	int status;

	cmd_begin(ctx, &o, OUT_TABLE, cols, group_cols(&opt->order, opt->every, cols));
	o.plain = opt->plain;
	if (opt->every)
		status = for_every_netns(ctx, opt, group_here, &o);
	else
		status = group_here(ctx, opt, &o, NULL);
	return cmd_end(&o, status);
}

static int summarize_here(struct ctx *ctx, const struct sock_options *opt, void *arg,
			  const char *netns)
{
	struct rows rows;

	(void)netns;
	if (read_here(ctx, opt, &rows))
		return CMD_FAILED;
	summary_add(arg, &rows);
	row_free(&rows);
	return CMD_OK;
}

static int summarize(struct ctx *ctx, const struct sock_options *opt)
{
	struct summary sum = { .inet.total = 0 };
	struct out o;
	int status;

	cmd_begin(ctx, &o, OUT_TABLE, summary_cols, summary_num_cols);
	o.plain = opt->plain;
	if (opt->every)
		status = for_every_netns(ctx, opt, summarize_here, &sum);
	else
		status = summarize_here(ctx, opt, &sum, NULL);
	if (status == CMD_OK || sum.inet.total || sum.native.total || sum.inet_dgram.total ||
	    sum.native_dgram.total)
		summary_print(&o, &sum);
	return cmd_end(&o, status);
}

static bool take_count(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_KILL_MAX + 1];

	(void)nl;
	nl_parse(tb, NARU_KILL_MAX, nlh);
	*(uint32_t *)arg += nl_u32(tb[NARU_KILL_COUNT]);
	return true;
}

/* An empty filter means all */
static int kill_those(struct ctx *ctx, const struct filter *f, void *arg)
{
	struct nlmsghdr *nlh = nl_request(&ctx->nl, NARU_CMD_SOCK_KILL, 0);

	row_put_filter(nlh, f);
	if (filter_is_empty(f))
		mnl_attr_put(nlh, NARU_QUERY_ALL, 0, NULL);
	row_put_netns(nlh, &ctx->nl);
	if (nl_talk(&ctx->nl, nlh, take_count, arg))
		return cmd_fail("%s", ctx->nl.error);
	return CMD_OK;
}

static int kill_here(struct ctx *ctx, const struct sock_options *opt, void *arg,
		     const char *netns)
{
	(void)netns;
	nl_close(&ctx->nl);
	if (cmd_connect(ctx))
		return CMD_FAILED;
	return kill_those(ctx, &opt->filter, arg);
}

static int kill_them(struct ctx *ctx, const struct sock_options *opt)
{
	uint32_t count = 0;
	struct out o;
	int status;

	if (opt->every)
		status = for_every_netns(ctx, opt, kill_here, &count);
	else
		status = kill_here(ctx, opt, &count, NULL);
	if (status && !count)
		return status;
	if (!count && !opt->all)
		return cmd_fail("nothing was killed: no such socket is open");
	cmd_begin(ctx, &o, OUT_OBJECT, NULL, 0);
	out_row_begin(&o);
	out_num(&o, "killed", count);
	out_row_end(&o);
	return cmd_end(&o, status);
}

/* What waits for whoever comes: a stream that is not open does not. The words are not the person's, nor is their place */
static int leave_out_closed_streams(struct filter *f)
{
	char words[] = "not ( type stream and state closed )", *word = words, error[FILTER_ERROR];

	if (filter_parse(f, 1, &word, error, sizeof(error)))
		return CMD_OK;
	return cmd_usage(&cmd_sock, "%.*s", (int)strcspn(error, "\n"), error);
}

/* Options that narrow a list narrow here as well; those that say what to print mean nothing */
static int parse_kill(struct sock_options *opt, uint32_t states, int argc, char **argv)
{
	struct filter *f = &opt->filter;
	char error[FILTER_ERROR];
	uint32_t id;

	if (opt->holding || opt->show || opt->timers || opt->extended || opt->plain || opt->summary ||
	    opt->resolve || opt->order.sort || opt->order.group || opt->order.top)
		return cmd_usage(&cmd_sock, "kill takes no options but -4, -6, -a, -l, -t, -u, -E and -j");
	if (!argc)
		return cmd_usage(&cmd_sock, "kill which? an id, all, or a filter");
	opt->all = argc == 1 && !strcmp(argv[0], "all");
	if (argc == 1 && parse_u32(argv[0], UINT32_MAX, &id))
		filter_set_id(f, id);
	else if (argc > 1 && !strcmp(argv[0], "all"))
		return cmd_usage(&cmd_sock, "all stands alone");
	else if (!opt->all && !filter_parse(f, argc, argv, error, sizeof(error)))
		return cmd_usage(&cmd_sock, "%s", error);
	if (!opt->all && filter_is_empty(f))
		return cmd_usage(&cmd_sock, "all sockets pass this filter: say all");
	if (opt->every && filter_has(f, NARU_FILTER_ID))
		return cmd_usage(&cmd_sock, "an id is of one network namespace, not of every");
	if (states)
		filter_set_states(f, filter_has(f, NARU_FILTER_STATES) ? f->states & states : states);
	return opt->waiting ? leave_out_closed_streams(f) : CMD_OK;
}

static int run_kill(struct ctx *ctx, struct sock_options *opt, uint32_t states, int argc,
		    char **argv)
{
	int status = parse_kill(opt, states, argc, argv);

	return status ? status : kill_them(ctx, opt);
}

static int check_order(const struct sock_options *opt)
{
	const struct row_order *order = &opt->order;

	if (order->group && (opt->show || opt->timers || opt->extended || opt->holding))
		return cmd_usage(&cmd_sock, "groups have no details: -e, -i, -m, -o, -p and --holding do not go with --group-by");
	if (opt->summary && (order->group || order->sort || order->top))
		return cmd_usage(&cmd_sock, "a summary is neither sorted nor grouped");
	if (!order->sort)
		return CMD_OK;
	if (order->group && order->sort != order->group && !field_sums(order->sort))
		return cmd_usage(&cmd_sock,
				 "groups are sorted by %s, count, recvq, sendq, bytes_sent, bytes_acked, bytes_received or retrans",
				 order->group->name);
	if (!order->group && order->sort->number == NARU_FIELD_COUNT)
		return cmd_usage(&cmd_sock, "count goes with --group-by");
	return CMD_OK;
}

static int choose_states(struct sock_options *opt, uint32_t states)
{
	struct filter *f = &opt->filter;

	if (opt->holding) {
		filter_set_kind(f, NARU_KIND_SOCK);
		opt->show |= NARU_SHOW_OWNERS;
		opt->every = true;
	} else if (!states && !opt->summary && !f->states_named && !filter_has(f, NARU_FILTER_ID)) {
		states = STATES_CONNECTED;
	}
	if (filter_has(f, NARU_FILTER_STATES))
		opt->waiting = false;
	else if (states)
		filter_set_states(f, states);
	return opt->waiting ? leave_out_closed_streams(f) : CMD_OK;
}

static int run_list(struct ctx *ctx, struct sock_options *opt, uint32_t states, int argc,
		    char **argv)
{
	const struct field *bytes = field_find("bytes");
	char error[FILTER_ERROR];

	if (!filter_parse(&opt->filter, argc, argv, error, sizeof(error)))
		return cmd_usage(&cmd_sock, "%s", error);
	if (check_order(opt))
		return CMD_USAGE;
	if (opt->order.top && !opt->order.group && !opt->order.sort)
		opt->order.sort = bytes;
	if (choose_states(opt, states))
		return CMD_USAGE;
	if (opt->order.group)
		return group(ctx, opt);
	return opt->summary ? summarize(ctx, opt) : list(ctx, opt);
}

enum { OPT_HOLDING = 256, OPT_SORT, OPT_TOP, OPT_GROUP_BY };

/* Options with a value */
static bool take_order(struct row_order *order, int c)
{
	const char *name = optarg + (c == OPT_SORT && *optarg == '+');

	if (c == OPT_TOP)
		return parse_u32(optarg, UINT32_MAX, &order->top) && order->top;
	if (c == OPT_SORT) {
		order->sort = field_find(name);
		order->ascending = name != optarg;
		return order->sort;
	}
	order->group = field_find(name);
	return order->group && order->group->number != NARU_FIELD_COUNT;
}

static bool take_option(struct ctx *ctx, struct sock_options *opt, int c, uint32_t *states)
{
	switch (c) {
	case '4':
		opt->v4 = true;
		break;
	case '6':
		opt->v6 = true;
		break;
	case 'a':
		*states = NARU_STATES_ALL;
		break;
	case 'l':
		*states = 1U << PARSE_LISTEN;
		break;
	case 'e':
		opt->extended = true;
		break;
	case 'E':
		opt->every = true;
		break;
	case 'i':
		opt->show |= NARU_SHOW_INFO;
		break;
	case 'm':
		opt->show |= NARU_SHOW_MEM;
		break;
	case 'o':
		opt->timers = true;
		break;
	case 'p':
		opt->show |= NARU_SHOW_OWNERS;
		break;
	case 'j':
		ctx->json = true;
		break;
	case OPT_HOLDING:
		opt->holding = true;
		break;
	case 's':
		opt->summary = true;
		break;
	case 'H':
		opt->plain = true;
		break;
	case 't':
	case 'u':
		opt->types |= c == 't' ? TYPE_STREAM : TYPE_DGRAM;
		break;
	case 'n':
	case 'r':
		opt->resolve = c == 'r';
		break;
	default:
		return false;
	}
	return true;
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "ipv4", no_argument, NULL, '4' },
		{ "ipv6", no_argument, NULL, '6' },
		{ "all", no_argument, NULL, 'a' },
		{ "listening", no_argument, NULL, 'l' },
		{ "numeric", no_argument, NULL, 'n' },
		{ "tcp", no_argument, NULL, 't' },
		{ "udp", no_argument, NULL, 'u' },
		{ "no-header", no_argument, NULL, 'H' },
		{ "extended", no_argument, NULL, 'e' },
		{ "every-netns", no_argument, NULL, 'E' },
		{ "info", no_argument, NULL, 'i' },
		{ "options", no_argument, NULL, 'o' },
		{ "resolve", no_argument, NULL, 'r' },
		{ "memory", no_argument, NULL, 'm' },
		{ "processes", no_argument, NULL, 'p' },
		{ "summary", no_argument, NULL, 's' },
		{ "holding", no_argument, NULL, OPT_HOLDING },
		{ "sort", required_argument, NULL, OPT_SORT },
		{ "top", required_argument, NULL, OPT_TOP },
		{ "group-by", required_argument, NULL, OPT_GROUP_BY },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct sock_options opt = { .show = 0 };
	uint32_t states = 0;
	int c;

	while ((c = getopt_long(argc, argv, ":46alnrtuHeEiomspjh", options, NULL)) != -1) {
		if (c > OPT_HOLDING && !take_order(&opt.order, c))
			return cmd_usage(&cmd_sock, c == OPT_TOP ? "not a number above 0: %s" : "no such field: %s", optarg);
		if (c <= OPT_HOLDING && !take_option(ctx, &opt, c, &states))
			return cmd_other_option(&cmd_sock, c, argv);
	}
	if (optind < argc && !strcmp(argv[optind], "why"))
		return why_run(ctx, argc, argv);
	argc -= optind;
	argv += optind;
	filter_set_families(&opt.filter, opt.v4, opt.v6);
	if (opt.types == TYPE_STREAM || opt.types == TYPE_DGRAM)
		filter_set_type(&opt.filter, opt.types == TYPE_STREAM ? SOCK_STREAM : SOCK_DGRAM);
	if (states == 1U << PARSE_LISTEN && (opt.types & TYPE_DGRAM)) {
		states |= 1U << PARSE_CLOSED;
		opt.waiting = opt.types & TYPE_STREAM;
	}
	if (argc && !strcmp(*argv, "kill"))
		return run_kill(ctx, &opt, states, argc - 1, argv + 1);
	return run_list(ctx, &opt, states, argc, argv);
}

const struct cmd cmd_sock = {
	.name = "sock",
	.summary = "list sockets, or kill them",
	.usage = "[OPTIONS] [FILTER]\n"
		 "       naru sock [-46altuEj] kill {ID | all | FILTER}\n"
		 "       naru sock [-j] why {ID | FILTER}",
	.help =
"  -4, -6             IPv4, IPv6; without these, or with both, both\n"
"  -a, --all          every state; without it, connections as ss(8) has them\n"
"  -l, --listening    listeners; with -u, datagram sockets that are not connected\n"
"  -e, --extended     owner's uid, inode\n"
"  -i, --info         what the engine knows of the connection (struct tcp_info)\n"
"  -m, --memory       memory\n"
"  -o, --options      the timer that runs\n"
"  -p, --processes    who has it open, or who opened it; its control group\n"
"  -H, --no-header    no heading\n"
"  -r, --resolve      names of addresses and ports instead of numbers; of those that have one\n"
"  -n, --numeric      numbers, as without -r\n"
"  -t, --tcp          streams\n"
"  -u, --udp          datagram sockets\n"
"  -s, --summary      how many there are of each wire mode, by state\n"
"      --holding      what keeps the module from being unloaded, in every network namespace\n"
"      --sort FIELD   the most first, or the least with +FIELD; a field is one that a FILTER has\n"
"      --top N        only the first N; without --sort by bytes\n"
"      --group-by FIELD\n"
"                     how many sockets have the same there, and sums of theirs; sorted by count, or with --sort\n"
"                     by the field, count, recvq, sendq, bytes_sent, bytes_acked, bytes_received or retrans\n"
"  -E, --every-netns  in every network namespace\n"
"  -j, --json         JSON\n"
"\n"
"FILTER: comparisons, joined by and, or, not and parentheses; and may be left out, and or binds less. In quotes\n"
"or as words of their own:  naru sock 'dport = 443 and not (src 10.0.0.0/8 or uid root)'\n"
"  state NAME         established, syn-sent, syn-received, fin-wait-1, fin-wait-2, time-wait,\n"
"                     closed, close-wait, last-ack, listen, closing; or all, connected,\n"
"                     synchronized, bucket, big. May be given more than once.\n"
"  exclude NAME       but not these\n"
"  sport PORT, dport PORT\n"
"                     local and remote port; :PORT too, and PORT-PORT\n"
"  src [ADDRESS[/BITS]][:PORT], dst [ADDRESS[/BITS]][:PORT]\n"
"                     local and remote address; * is any. An IPv6 address that has a port\n"
"                     stands in brackets. ADDRESS-ADDRESS and PORT-PORT too; without a port\n"
"                     also < <= > >=, which are of the address's family\n"
"  wire inet|native   TCP and UDP on the wire, or IP protocols 253 and 254\n"
"  type stream|dgram, family 4|6\n"
"  dev NAME           bound to this interface\n"
"  uid USER           whose it is, by name or number\n"
"  pid NUMBER, comm NAME\n"
"                     who has it open: process, command\n"
"  cgroup PATH        in this control group, as in /sys/fs/cgroup\n"
"  cong NAME          congestion control\n"
"  id NUMBER          this one\n"
"  recvq, sendq, rmem, wmem, mss, pmtu, in_flight, lost, bytes, bytes_sent, bytes_acked, bytes_received,\n"
"  delivery_rate      bytes; with k, M, G: times 1024\n"
"  rtt, rttvar, min_rtt, rto\n"
"                     microseconds, or with ms or s behind them\n"
"  age                milliseconds since it was opened, or with s, m, h\n"
"  cwnd, ssthresh, retrans\n"
"                     segments\n"
"  inode NUMBER\n"
"  A comparison is = (or nothing), !=, and of numbers < <= > >= (lt, le, gt, ge) or = with a range, A-B. What a\n"
"  socket does not have, or of others' may not be seen, is not equal to anything, nor less or more.\n"
"\n"
"kill fails where there was nothing to kill, except with all.\n"
"why says what limits a connection now, what it has lost and how it noticed, and which of the peer's\n"
"segments it did not take; of one that is gone, as far as that is recorded.\n",
	.run = run,
};
