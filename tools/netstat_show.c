// SPDX-License-Identifier: GPL-2.0
/*
 * naru netstat: names of hosts and services, and what was counted in netstat's words.
 */
#include "netstat_show.h"
#include "parse.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

static bool is_v4(const struct in6_addr *addr)
{
	return IN6_IS_ADDR_V4MAPPED(addr);
}

static bool is_wildcard(const struct in6_addr *addr)
{
	return is_v4(addr) ? !addr->s6_addr32[3] : IN6_IS_ADDR_UNSPECIFIED(addr);
}

/* False: it has none. A socket of IPv6's does not look for the name of IPv4's */
static bool host_name(const struct in6_addr *addr, bool v6, char *text, size_t size)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = *addr };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_addr.s_addr = addr->s6_addr32[3] };

	if (!is_v4(addr))
		return !getnameinfo((void *)&six, sizeof(six), text, size, NULL, 0, NI_NAMEREQD);
	return !v6 && !getnameinfo((void *)&four, sizeof(four), text, size, NULL, 0, NI_NAMEREQD);
}

/* A wildcard is the one of the socket's family, whatever it was bound by */
static void host_text(const struct netstat_options *opt, const struct in6_addr *addr, bool v6, char *text,
		      size_t size)
{
	if (is_wildcard(addr) && v6)
		snprintf(text, size, "%s", opt->numeric_hosts ? "::" : "[::]");
	else if (is_wildcard(addr))
		snprintf(text, size, "0.0.0.0");
	else if (opt->numeric_hosts || !host_name(addr, v6, text, size))
		inet_ntop(is_v4(addr) ? AF_INET : AF_INET6, is_v4(addr) ? &addr->s6_addr32[3] : (const void *)addr, text,
			  size);
}

static void port_text(const struct netstat_options *opt, uint16_t port, bool dgram, char *text, size_t size)
{
	const struct servent *service = NULL;

	if (port && !opt->numeric_ports)
		service = getservbyport(htons(port), dgram ? "udp" : "tcp");
	if (!port)
		snprintf(text, size, "*");
	else if (service)
		snprintf(text, size, "%s", service->s_name);
	else
		snprintf(text, size, "%u", port);
}

/**
 * netstat_name_endpoint() - an endpoint as netstat has it
 * @opt: whether there are names
 * @row: socket
 * @v6: it is one of IPv6's
 * @remote: the peer's endpoint
 * @text: filled
 * @size: bytes of @text
 */
void netstat_name_endpoint(const struct netstat_options *opt, const struct row *row, bool v6, bool remote,
			   char *text, size_t size)
{
	bool dgram = parse_wire_type(row->s.wire) == SOCK_DGRAM;
	char host[NI_MAXHOST], port[NI_MAXSERV];

	host_text(opt, remote ? &row->s.raddr : &row->s.laddr, v6, host, sizeof(host));
	port_text(opt, remote ? row->s.rport : row->s.lport, dgram, port, sizeof(port));
	netstat_endpoint(text, size, host, port, opt->style.wide);
}

/* What is counted, by name */
struct tally {
	uint64_t value[NETSTAT_SECTIONS][32];
	const struct netstat_options *opt;
	FILE *others;
	struct out *o;
};

static void count(struct tally *t, const char *name, uint64_t value)
{
	unsigned int section;
	const struct netstat_line *line = netstat_find_line(name, &section);

	if (line)
		t->value[section][line - netstat_sections[section].line] = value;
	else if (value && t->others)
		fprintf(t->others, "    %s: %llu\n", name, (unsigned long long)value);
}

static bool take_stat(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_STAT_MAX + 1];
	struct tally *t = arg;

	(void)nl;
	nl_parse(tb, NARU_STAT_MAX, nlh);
	if (t->o)
		out_num(t->o, nl_str(tb[NARU_STAT_NAME]), nl_u64(tb[NARU_STAT_VALUE]));
	else
		count(t, nl_str(tb[NARU_STAT_NAME]), nl_u64(tb[NARU_STAT_VALUE]));
	return true;
}

static void print_section(const struct tally *t, unsigned int section)
{
	const struct netstat_section *s = &netstat_sections[section];
	unsigned long long value;
	size_t i;

	printf("%s:\n", s->title);
	for (i = 0; i < s->num; i++) {
		value = t->value[section][i];
		if (!value && !s->line[i].always)
			continue;
		fputs("    ", stdout);
		printf(s->line[i].sentence, value);
		putchar('\n');
	}
}

/* What Linux calls CurrEstab: connections in ESTABLISHED and CLOSE-WAIT */
static int count_established(struct ctx *ctx, uint64_t *num)
{
	struct filter f = { .present = 0 };
	struct rows rows;

	filter_set_states(&f, 1U << PARSE_ESTABLISHED | 1U << PARSE_CLOSE_WAIT);
	filter_set_type(&f, SOCK_STREAM);
	if (row_read(&ctx->nl, &f, 0, &rows))
		return cmd_fail("%s", ctx->nl.error);
	*num = rows.num;
	row_free(&rows);
	return CMD_OK;
}

static void print_json(struct ctx *ctx, struct tally *t, uint64_t established, const struct naru_list *list)
{
	const struct nlmsghdr *nlh = NULL;

	out_row_begin(t->o);
	out_num(t->o, "ESTABLISHED", established);
	while ((nlh = naru_list_next(list, nlh)))
		take_stat(&ctx->nl, nlh, t);
	out_row_end(t->o);
}

/* Nothing is printed before all has come */
static int show_json(struct ctx *ctx, uint64_t established)
{
	struct tally t = { .opt = NULL };
	struct naru_list *list;
	struct out o;

	if (nl_read(&ctx->nl, nl_request(&ctx->nl, NARU_CMD_STAT_GET, NLM_F_DUMP), &list))
		return cmd_fail("%s", ctx->nl.error);
	t.o = &o;
	cmd_begin(ctx, &o, OUT_OBJECT, NULL, 0);
	print_json(ctx, &t, established, list);
	naru_list_free(list);
	return cmd_end(&o, CMD_OK);
}

static void print_sections(const struct tally *t, const char *others)
{
	if (t->opt->streams)
		print_section(t, NETSTAT_TCP);
	if (t->opt->dgrams)
		print_section(t, NETSTAT_UDP);
	if (t->opt->streams)
		print_section(t, NETSTAT_TCP_EXT);
	if (t->opt->streams && t->opt->dgrams)
		printf("Naru:\n%s", others);
}

/**
 * netstat_show_statistics() - what was counted
 * @ctx: context, connected
 * @opt: of what
 *
 * Return: exit status.
 */
int netstat_show_statistics(struct ctx *ctx, const struct netstat_options *opt)
{
	struct tally t = { .opt = opt };
	char *others = NULL;
	uint64_t established = 0;
	size_t size;
	int err;

	if (count_established(ctx, &established))
		return CMD_FAILED;
	if (ctx->json)
		return show_json(ctx, established);
	count(&t, "", established);
	t.others = open_memstream(&others, &size);
	if (!t.others)
		return cmd_fail("no memory");
	err = nl_talk(&ctx->nl, nl_request(&ctx->nl, NARU_CMD_STAT_GET, NLM_F_DUMP), take_stat, &t);
	if (fclose(t.others) && !err)
		err = cmd_fail("no memory");
	else if (err)
		err = cmd_fail("%s", ctx->nl.error);
	else
		print_sections(&t, others);
	free(others);
	return err;
}
