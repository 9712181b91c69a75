// SPDX-License-Identifier: GPL-2.0
/*
 * A socket as the module tells of it: decoded, and printed.
 */
#include "row.h"
#include "row_owner.h"
#include "parse.h"
#include "util.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef TCPI_OPT_USEC_TS
#define TCPI_OPT_USEC_TS	64	/* Linux 6.7 */
#endif

static void decode_timer(const struct nlattr *nest, struct row *row)
{
	const struct nlattr *tb[NARU_TIMER_MAX + 1];

	nl_parse_nested(tb, NARU_TIMER_MAX, nest);
	row->timer = nl_u8(tb[NARU_TIMER_KIND]);
	row->timer_ms = nl_u32(tb[NARU_TIMER_MS]);
	row->timer_retrans = nl_u8(tb[NARU_TIMER_RETRANS]);
}

static void decode_mem(const struct nlattr *nest, struct row *row)
{
	const struct nlattr *tb[NARU_MEM_MAX + 1];
	unsigned int i;

	nl_parse_nested(tb, NARU_MEM_MAX, nest);
	for (i = 1; i <= NARU_MEM_MAX; i++)
		row->mem[i] = nl_u32(tb[i]);
	row->has_mem = true;
}

static void decode_limits(const struct nlattr *nest, struct row *row)
{
	const struct nlattr *tb[NARU_LIMITS_MAX + 1];
	unsigned int i;

	nl_parse_nested(tb, NARU_LIMITS_MAX, nest);
	for (i = NARU_LIMITS_AGE; i <= NARU_LIMITS_MAX; i++)
		row->limits[i] = nl_u64(tb[i]);
	row->has_limits = true;
}

static void decode_subject(const struct nlattr **tb, struct filter_subject *s)
{
	s->id = nl_u32(tb[NARU_SOCK_ID]);
	s->kind = nl_u8(tb[NARU_SOCK_KIND]);
	s->state = nl_u8(tb[NARU_SOCK_STATE]);
	s->wire = nl_u8(tb[NARU_SOCK_WIRE]);
	s->family = nl_u8(tb[NARU_SOCK_FAMILY]);
	s->lport = nl_u16(tb[NARU_SOCK_LPORT]);
	s->rport = nl_u16(tb[NARU_SOCK_RPORT]);
	nl_copy(tb[NARU_SOCK_LADDR], &s->laddr, sizeof(s->laddr));
	nl_copy(tb[NARU_SOCK_RADDR], &s->raddr, sizeof(s->raddr));
}

static void decode(const struct nlmsghdr *nlh, const struct nlattr **tb, struct row *row)
{
	memset(row, 0, sizeof(*row));
	nl_parse(tb, NARU_SOCK_MAX, nlh);
	decode_subject(tb, &row->s);
	row->full = row->s.kind == NARU_KIND_SOCK;
	row->domain = nl_u8(tb[NARU_SOCK_DOMAIN]);
	row->dev = nl_u32(tb[NARU_SOCK_DEV]);
	row->recvq = nl_u32(tb[NARU_SOCK_RECVQ]);
	row->sendq = nl_u32(tb[NARU_SOCK_SENDQ]);
	row->uid = nl_u32(tb[NARU_SOCK_UID]);
	row->inode = nl_u32(tb[NARU_SOCK_INODE]);
	row->old_state = nl_u8(tb[NARU_SOCK_OLD_STATE]);
	row->seq = nl_u32(tb[NARU_SOCK_SEQ]);
	row->time = nl_u64(tb[NARU_SOCK_TIME]);
	row->info_len = nl_copy(tb[NARU_SOCK_TCP_INFO], &row->late,
				sizeof(row->late) > sizeof(row->info) ? sizeof(row->late) : sizeof(row->info));
	snprintf(row->cong, sizeof(row->cong), "%s", nl_str(tb[NARU_SOCK_CONG]));
	if (tb[NARU_SOCK_TIMER])
		decode_timer(tb[NARU_SOCK_TIMER], row);
	if (tb[NARU_SOCK_LIMITS])
		decode_limits(tb[NARU_SOCK_LIMITS], row);
	if (tb[NARU_SOCK_MEM])
		decode_mem(tb[NARU_SOCK_MEM], row);
}

/**
 * row_decode() - a message's attributes
 * @nlh: reply to NARU_CMD_SOCK_GET, or NARU_CMD_SOCK_EVENT
 * @row: filled, but for owners
 */
void row_decode(const struct nlmsghdr *nlh, struct row *row)
{
	const struct nlattr *tb[NARU_SOCK_MAX + 1];

	decode(nlh, tb, row);
}

/**
 * row_decode_owned() - the same, with owners
 * @nlh: reply to NARU_CMD_SOCK_GET with NARU_SHOW_OWNERS
 * @procs: processes that others before told of; gets those that this one tells of
 * @row: filled, for row_drop_owners()
 */
void row_decode_owned(const struct nlmsghdr *nlh, struct row_procs *procs, struct row *row)
{
	const struct nlattr *tb[NARU_SOCK_MAX + 1];

	decode(nlh, tb, row);
	row_take_owners(nlh, tb, procs, row);
}

/**
 * row_print_endpoint() - an address and a port
 * @o: printing
 * @key: key
 * @addr: address, IPv4 as v4-mapped
 * @port: port, 0: none
 */
void row_print_endpoint(struct out *o, const char *key, const struct in6_addr *addr, uint16_t port)
{
	char text[PARSE_ADDR_LEN];

	parse_addr_text(addr, text);
	out_endpoint(o, key, text, port);
}

/**
 * row_state_name() - a socket's state, as ss(8) calls it where it is no stream
 * @row: socket
 * @state: its state, now or before
 *
 * Return: the name.
 */
const char *row_state_name(const struct row *row, unsigned int state)
{
	if (parse_wire_type(row->s.wire) == SOCK_DGRAM && state == PARSE_CLOSED)
		return "UNCONN";
	return parse_state_name(state);
}

/**
 * row_timer_name() - which timer runs
 * @row: socket
 *
 * Return: its name.
 */
const char *row_timer_name(const struct row *row)
{
	static const char *const names[] = {
		[NARU_TIMER_KIND_NONE] = "off",
		[NARU_TIMER_KIND_RETRANSMIT] = "retransmit",
		[NARU_TIMER_KIND_PROBE] = "probe",
		[NARU_TIMER_KIND_KEEPALIVE] = "keepalive",
		[NARU_TIMER_KIND_FIN_WAIT_2] = "fin-wait-2",
		[NARU_TIMER_KIND_TIME_WAIT] = "time-wait",
		[NARU_TIMER_KIND_SYNACK] = "synack",
	};

	return row->timer < ARRAY_SIZE(names) ? names[row->timer] : "?";
}

/**
 * row_print_timer() - the timer that runs, if any
 * @o: printing
 * @row: socket
 */
void row_print_timer(struct out *o, const struct row *row)
{
	if (row->timer == NARU_TIMER_KIND_NONE)
		return;
	out_group_begin(o, "timer");
	out_str(o, "kind", row_timer_name(row));
	out_num(o, "ms", row->timer_ms);
	out_num(o, "retrans", row->timer_retrans);
	out_group_end(o);
}

/**
 * row_print_mem() - memory
 * @o: printing
 * @row: socket, read with NARU_SHOW_MEM
 */
void row_print_mem(struct out *o, const struct row *row)
{
	static const char *const names[NARU_MEM_MAX + 1] = {
		[NARU_MEM_RMEM] = "rmem", [NARU_MEM_RCVBUF] = "rcvbuf", [NARU_MEM_WMEM] = "wmem",
		[NARU_MEM_SNDBUF] = "sndbuf", [NARU_MEM_FWD] = "fwd",
		[NARU_MEM_BACKLOG] = "backlog", [NARU_MEM_OFO] = "ofo", [NARU_MEM_DROPS] = "drops",
	};
	unsigned int i;

	if (!row->has_mem)
		return;
	out_group_begin(o, "mem");
	for (i = 1; i <= NARU_MEM_MAX; i++)
		out_num(o, names[i], row->mem[i]);
	out_group_end(o);
}

/* A field of struct tcp_info or what is behind it, and its name here */
struct info_field {
	const char *name;
	unsigned short offset;
	unsigned char size;
};

#define INFO(key, field) { key, offsetof(struct tcp_info, field), \
			   sizeof(((struct tcp_info *)NULL)->field) }

#define LATE(key, field) { key, offsetof(struct row_info_late, field), \
			   sizeof(((struct row_info_late *)NULL)->field) }

static const struct info_field info_fields[] = {
	INFO("ca_state", tcpi_ca_state),
	INFO("rto_us", tcpi_rto),
	INFO("backoff", tcpi_backoff),
	INFO("ato_us", tcpi_ato),
	INFO("rtt_us", tcpi_rtt),
	INFO("rttvar_us", tcpi_rttvar),
	INFO("min_rtt_us", tcpi_min_rtt),
	INFO("snd_mss", tcpi_snd_mss),
	INFO("rcv_mss", tcpi_rcv_mss),
	INFO("advmss", tcpi_advmss),
	INFO("pmtu", tcpi_pmtu),
	INFO("cwnd", tcpi_snd_cwnd),
	INFO("ssthresh", tcpi_snd_ssthresh),
	INFO("rcv_ssthresh", tcpi_rcv_ssthresh),
	INFO("rcv_space", tcpi_rcv_space),
	INFO("unacked", tcpi_unacked),
	INFO("sacked", tcpi_sacked),
	INFO("lost", tcpi_lost),
	INFO("retrans", tcpi_retrans),
	INFO("total_retrans", tcpi_total_retrans),
	INFO("bytes_sent", tcpi_bytes_sent),
	INFO("bytes_acked", tcpi_bytes_acked),
	INFO("bytes_received", tcpi_bytes_received),
	INFO("bytes_retrans", tcpi_bytes_retrans),
	INFO("segs_out", tcpi_segs_out),
	INFO("segs_in", tcpi_segs_in),
	INFO("data_segs_out", tcpi_data_segs_out),
	INFO("data_segs_in", tcpi_data_segs_in),
	INFO("notsent_bytes", tcpi_notsent_bytes),
	INFO("snd_wnd", tcpi_snd_wnd),
	LATE("rcv_wnd", rcv_wnd),
	INFO("rcv_rtt_us", tcpi_rcv_rtt),
	INFO("delivery_rate", tcpi_delivery_rate),
	INFO("pacing_rate", tcpi_pacing_rate),
	INFO("busy_us", tcpi_busy_time),
	INFO("rwnd_limited_us", tcpi_rwnd_limited),
	INFO("sndbuf_limited_us", tcpi_sndbuf_limited),
	INFO("lastsnd_ms", tcpi_last_data_sent),
	INFO("lastrcv_ms", tcpi_last_data_recv),
	INFO("lastack_ms", tcpi_last_ack_recv),
	INFO("reordering", tcpi_reordering),
	INFO("reord_seen", tcpi_reord_seen),
	INFO("rcv_ooopack", tcpi_rcv_ooopack),
	INFO("delivered", tcpi_delivered),
	INFO("dsack_dups", tcpi_dsack_dups),
	INFO("delivered_ce", tcpi_delivered_ce),
	LATE("total_rto", total_rto),
	LATE("total_rto_recoveries", total_rto_recoveries),
	LATE("total_rto_time_ms", total_rto_time),
};

static uint64_t info_value(const struct row *row, const struct info_field *field)
{
	const char *at = (const char *)&row->late + field->offset;
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	switch (field->size) {
	case sizeof(u64):
		memcpy(&u64, at, sizeof(u64));
		return u64;
	case sizeof(u32):
		memcpy(&u32, at, sizeof(u32));
		return u32;
	case sizeof(u16):
		memcpy(&u16, at, sizeof(u16));
		return u16;
	default:
		return *(const unsigned char *)at;
	}
}

/* The module says so of what it has not measured, and of what has no limit */
static bool is_unset(const struct info_field *field, uint64_t value)
{
	switch (field->offset) {
	case offsetof(struct tcp_info, tcpi_min_rtt):
		return value == UINT32_MAX;
	case offsetof(struct tcp_info, tcpi_snd_ssthresh):
		return value == INT32_MAX;
	case offsetof(struct tcp_info, tcpi_pacing_rate):
		return value == UINT64_MAX;
	default:
		return false;
	}
}

static void print_options(struct out *o, const struct tcp_info *info)
{
	out_bool(o, "ts", info->tcpi_options & TCPI_OPT_TIMESTAMPS);
	out_bool(o, "usec_ts", info->tcpi_options & TCPI_OPT_USEC_TS);
	out_bool(o, "sack", info->tcpi_options & TCPI_OPT_SACK);
	out_bool(o, "ecn", info->tcpi_options & TCPI_OPT_ECN);
	out_bool(o, "ecnseen", info->tcpi_options & TCPI_OPT_ECN_SEEN);
	if (!(info->tcpi_options & TCPI_OPT_WSCALE))
		return;
	out_num(o, "snd_wscale", info->tcpi_snd_wscale);
	out_num(o, "rcv_wscale", info->tcpi_rcv_wscale);
}

/* What the delivery rate was measured on, and what the program allows pacing */
static void print_rates(struct out *o, const struct tcp_info *info)
{
	if (info->tcpi_delivery_rate_app_limited || o->json)
		out_bool(o, "app_limited", info->tcpi_delivery_rate_app_limited);
	if (info->tcpi_max_pacing_rate != ~0ULL && info->tcpi_max_pacing_rate)
		out_num(o, "max_pacing_rate", info->tcpi_max_pacing_rate);
}

/* Shares of the time since it was established for people, microseconds for programs */
static void print_limits(struct out *o, const struct row *row)
{
	static const char *const names[NARU_LIMITS_MAX + 1] = {
		[NARU_LIMITS_AGE] = "age", [NARU_LIMITS_APP] = "app", [NARU_LIMITS_RWND] = "rwnd",
		[NARU_LIMITS_SNDBUF] = "sndbuf", [NARU_LIMITS_CWND] = "cwnd", [NARU_LIMITS_PACING] = "pacing",
	};
	uint64_t age = row->limits[NARU_LIMITS_AGE];
	char text[32];
	unsigned int i;

	out_group_begin(o, o->json ? "limited_us" : "limited");
	if (o->json)
		out_num(o, names[NARU_LIMITS_AGE], age);
	for (i = NARU_LIMITS_RWND; i <= NARU_LIMITS_MAX; i++) {
		snprintf(text, sizeof(text), "%.1f%%", age ? 100.0 * row->limits[i] / age : 0);
		if (o->json)
			out_num(o, names[i], row->limits[i]);
		else if (row->limits[i])
			out_str(o, names[i], text);
	}
	out_group_end(o);
}

/**
 * row_print_info() - what the engine knows of the connection; in text without the zeros
 * @o: printing
 * @row: socket, read with NARU_SHOW_INFO
 */
void row_print_info(struct out *o, const struct row *row)
{
	size_t i;

	if (!row->info_len)
		return;
	out_group_begin(o, "info");
	out_str(o, "cong", row->cong);
	print_options(o, &row->info);
	for (i = 0; i < ARRAY_SIZE(info_fields); i++) {
		const struct info_field *field = &info_fields[i];
		uint64_t value = info_value(row, field);

		if (field->offset + field->size <= row->info_len && (value || o->json) && !is_unset(field, value))
			out_num(o, field->name, value);
	}
	print_rates(o, &row->info);
	out_group_end(o);
	if (row->has_limits)
		print_limits(o, row);
}

/**
 * row_print_time() - when an event happened
 * @o: printing
 * @ns: nanoseconds since the epoch
 */
void row_print_time(struct out *o, uint64_t ns)
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
