// SPDX-License-Identifier: GPL-2.0
/*
 * The table of netstat(8), letter by letter.
 */
#include "netstat.h"
#include "out.h"
#include "util.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <linux/naru_genl.h>

#define ADDRESS_WIDTH	23	/* of both columns; what is longer is cut so that a colon is in it still */
#define PORT_LEAST	4	/* characters that an address keeps */
#define PROGRAM_WIDTH	20

struct proto_name {
	unsigned int wire;
	const char *name[2];	/* IPv4's, IPv6's */
};

/* In the order in which netstat tells of its own; ours come behind */
static const struct proto_name protos[] = {
	{ IPPROTO_TCP, { "tcp", "tcp6" } },
	{ IPPROTO_UDP, { "udp", "udp6" } },
	{ 253, { "naru", "naru6" } },
	{ 254, { "narud", "narud6" } },
};

static size_t place_of(unsigned int wire)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(protos) - 1 && protos[i].wire != wire)
		i++;
	return i;
}

/**
 * netstat_proto() - what stands below Proto
 * @wire: IP protocol number on the wire
 * @v6: a socket of IPv6
 *
 * Return: the name.
 */
const char *netstat_proto(unsigned int wire, bool v6)
{
	return protos[place_of(wire)].name[v6];
}

/**
 * netstat_proto_order() - which protocol's rows come first
 * @wire: IP protocol number on the wire
 * @v6: a socket of IPv6
 *
 * Return: a number that is smaller for what comes first.
 */
int netstat_proto_order(unsigned int wire, bool v6)
{
	return 2 * place_of(wire) + v6;
}

/**
 * netstat_endpoint() - an address and a port
 * @text: filled
 * @size: bytes of @text
 * @addr: address, or a host's name
 * @port: port, or a service's name, or *
 * @wide: nothing is cut
 */
void netstat_endpoint(char *text, size_t size, const char *addr, const char *port, bool wide)
{
	size_t addr_len = strlen(addr), port_len = strlen(port);
	const size_t most = ADDRESS_WIDTH - 1;

	if (!wide && addr_len + port_len > most) {
		if (port_len > most - PORT_LEAST)
			port_len = most - PORT_LEAST;
		addr_len = most - port_len;
	}
	snprintf(text, size, "%.*s:%.*s", (int)addr_len, addr, (int)port_len, port);
}

/**
 * netstat_timer() - the timer that runs
 * @text: filled
 * @size: bytes of @text
 * @kind: enum naru_genl_timer
 * @ms: until it fires
 * @times: it has fired in a row
 *
 * In brackets: seconds, retransmissions, probes.
 */
void netstat_timer(char *text, size_t size, unsigned int kind, uint32_t ms, unsigned int times)
{
	static const char *const names[] = {
		[NARU_TIMER_KIND_NONE] = "off",
		[NARU_TIMER_KIND_RETRANSMIT] = "on",
		[NARU_TIMER_KIND_PROBE] = "probe",
		[NARU_TIMER_KIND_KEEPALIVE] = "keepalive",
		[NARU_TIMER_KIND_FIN_WAIT_2] = "timewait",
		[NARU_TIMER_KIND_TIME_WAIT] = "timewait",
		[NARU_TIMER_KIND_SYNACK] = "on",
	};
	bool probes = kind == NARU_TIMER_KIND_PROBE || kind == NARU_TIMER_KIND_KEEPALIVE;

	if (kind >= ARRAY_SIZE(names))
		snprintf(text, size, "unkn-%u (%u.%02u/%u/0)", kind, ms / 1000, ms % 1000 / 10, times);
	else
		snprintf(text, size, "%s (%u.%02u/%u/%u)", names[kind], ms / 1000, ms % 1000 / 10,
			 probes ? 0 : times, probes ? times : 0);
}

/**
 * netstat_program() - who has a socket open
 * @text: filled
 * @size: bytes of @text
 * @pid: process
 * @arguments: the first word of its command line, which netstat goes by
 */
void netstat_program(char *text, size_t size, int pid, const char *arguments)
{
	const char *slash = *arguments == '/' ? strrchr(arguments, '/') : NULL;
	char number[16];
	int most = PROGRAM_WIDTH - 1 - snprintf(number, sizeof(number), "%d/", pid);

	snprintf(text, size, "%s%.*s", number, most, slash ? slash + 1 : arguments);
}

/**
 * netstat_print_heading() - the line of titles
 * @f: where to
 * @style: which columns there are
 */
void netstat_print_heading(FILE *f, const struct netstat_style *style)
{
	fprintf(f, "Proto Recv-Q Send-Q %-*s %-*s State      ", ADDRESS_WIDTH, "Local Address", ADDRESS_WIDTH,
		"Foreign Address");
	if (style->extended)
		fputs(" User       Inode     ", f);
	if (style->owners)
		fprintf(f, " %-*s", PROGRAM_WIDTH, "PID/Program name");
	if (style->timers)
		fputs(" Timer", f);
	fputc('\n', f);
}

/**
 * netstat_print_row() - a socket's line
 * @f: where to
 * @style: which columns there are
 * @row: socket. Names of protocols that netstat does not have take their room from Recv-Q
 */
void netstat_print_row(FILE *f, const struct netstat_style *style, const struct netstat_row *row)
{
	int len = fprintf(f, "%-4s ", row->proto);

	fprintf(f, "%*u %6u %-*s %-*s %-11s", 12 - len, row->recvq, row->sendq, ADDRESS_WIDTH, row->local,
		ADDRESS_WIDTH, row->remote, row->state);
	if (style->extended)
		fprintf(f, " %-10s %-10u", row->user, row->inode);
	if (style->owners)
		fprintf(f, " %-*s", PROGRAM_WIDTH, row->program);
	if (style->timers)
		fprintf(f, " %s", row->timer);
	fputc('\n', f);
}

/**
 * netstat_print_plain() - a socket's line, in which nothing is a command to a terminal
 * @f: where to
 * @style: which columns there are
 * @row: socket; programs choose what they are called
 */
void netstat_print_plain(FILE *f, const struct netstat_style *style, const struct netstat_row *row)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	netstat_print_row(memory, style, row);
	if (!fclose(memory)) {
		text[size - 1] = '\0';	/* the newline */
		out_plain(f, text);
		fputc('\n', f);
	}
	free(text);
}

static const struct netstat_line tcp_lines[] = {
	{ "ACTIVE_OPENS", "%llu active connection openings", true },
	{ "PASSIVE_OPENS", "%llu passive connection openings", true },
	{ "ATTEMPT_FAILS", "%llu failed connection attempts", true },
	{ "ESTAB_RESETS", "%llu connection resets received", true },
	{ "", "%llu connections established", true },
	{ "IN_SEGS", "%llu segments received", true },
	{ "OUT_SEGS", "%llu segments sent out", true },
	{ "RETRANS_SEGS", "%llu segments retransmitted", true },
	{ "IN_ERRS", "%llu bad segments received", true },
	{ "OUT_RSTS", "%llu resets sent", true },
};

static const struct netstat_line udp_lines[] = {
	{ "DGRAM_IN", "%llu packets received", true },
	{ "DROP_DGRAM_NO_SOCKET", "%llu packets to unknown port received", true },
	{ "DGRAM_OUT", "%llu packets sent", true },
};

static const struct netstat_line tcp_ext_lines[] = {
	{ "SYNCOOKIES_SENT", "%llu SYN cookies sent", false },
	{ "SYNCOOKIES_RECV", "%llu SYN cookies received", false },
	{ "SYNCOOKIES_FAILED", "%llu invalid SYN cookies received", false },
	{ "TW_EXPIRED", "%llu TCP sockets finished time wait in fast timer", false },
	{ "DELAYED_ACKS", "%llu delayed acks sent", false },
	{ "PAWS_ESTAB", "%llu packetes rejected in established connections because of timestamp", false },
	{ "DROP_LISTEN_OVERFLOW", "%llu times the listen queue of a socket overflowed", false },
	{ "FAST_RETRANS", "%llu fast retransmits", false },
	{ "TIMEOUTS", "%llu connections aborted due to timeout", false },
	{ "RTOS", "TCPTimeouts: %llu", false },
	{ "TAIL_PROBES", "TCPLossProbes: %llu", false },
	{ "TAIL_PROBE_REPAIRS", "TCPLossProbeRecovery: %llu", false },
	{ "SYN_RETRANS", "TCPSynRetrans: %llu", false },
	{ "DSACK_RECV", "TCPDSACKRecv: %llu", false },
	{ "OFO_QUEUED", "TCPOFOQueue: %llu", false },
	{ "OFO_MERGED", "TCPOFOMerge: %llu", false },
	{ "CHALLENGE_ACKS", "TCPChallengeACK: %llu", false },
	{ "KEEPALIVES", "TCPKeepAlive: %llu", false },
	{ "MTU_PROBE_SUCCESS", "TCPMTUPSuccess: %llu", false },
	{ "MTU_PROBE_FAIL", "TCPMTUPFail: %llu", false },
	{ "ZERO_WINDOW_ADV", "TCPToZeroWindowAdv: %llu", false },
	{ "FASTOPEN_ACTIVE", "TCPFastOpenActive: %llu", false },
	{ "FASTOPEN_ACTIVE_FAIL", "TCPFastOpenActiveFail: %llu", false },
	{ "FASTOPEN_PASSIVE", "TCPFastOpenPassive: %llu", false },
	{ "FASTOPEN_PASSIVE_FAIL", "TCPFastOpenPassiveFail: %llu", false },
};

const struct netstat_section netstat_sections[NETSTAT_SECTIONS] = {
	[NETSTAT_TCP] = { "Tcp", tcp_lines, ARRAY_SIZE(tcp_lines) },
	[NETSTAT_UDP] = { "Udp", udp_lines, ARRAY_SIZE(udp_lines) },
	[NETSTAT_TCP_EXT] = { "TcpExt", tcp_ext_lines, ARRAY_SIZE(tcp_ext_lines) },
};

/**
 * netstat_find_line() - where netstat -s tells of a counter
 * @counter: its name
 * @section: filled with the place in netstat_sections
 *
 * Return: its line, NULL: netstat knows of nothing like it.
 */
const struct netstat_line *netstat_find_line(const char *counter, unsigned int *section)
{
	size_t i;

	for (*section = 0; *section < NETSTAT_SECTIONS; ++*section) {
		const struct netstat_section *s = &netstat_sections[*section];

		for (i = 0; i < s->num; i++)
			if (!strcmp(s->line[i].counter, counter))
				return &s->line[i];
	}
	return NULL;
}
