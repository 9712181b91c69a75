// SPDX-License-Identifier: GPL-2.0
/*
 * naru monitor: events that were lost, and what there is behind them.
 *
 * The kernel tells the number of the last event. Those up to it have come, wait to be read, or are lost: once the queue
 * is read that far, it is known how many are. What is asked for then is not older than that event, and what changes
 * while it is told, or was told twice, is set right by the events behind.
 */
#include "monitor.h"
#include "napt_cmd.h"
#include "parse.h"
#include "row.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

static const char *const group_names[NL_GROUPS] = { [NL_GROUP_SOCK] = "sock", [NL_GROUP_NAPT] = "napt" };
static const char *const group_words[NL_GROUPS] = { [NL_GROUP_SOCK] = "sockets", [NL_GROUP_NAPT] = "the NAPT" };

/* @first: number of the first of them */
static void print_lost(struct out *o, enum nl_group group, uint32_t first, uint32_t lost)
{
	if (!o->json) {
		printf("-- %u events were lost: %s --\n", lost, group_words[group]);
		return;
	}
	out_row_begin(o);
	out_num(o, "lost", lost);
	out_str(o, "group", group_names[group]);
	out_num(o, "seq", first);
	out_row_end(o);
}

/* Those in a row that are missing before the next */
static void note_lost(struct monitor *m, enum nl_group group, uint32_t lost)
{
	if (!lost)
		return;
	print_lost(&m->o, group, m->seq[group].next - lost, lost);
	m->gap = true;
}

/**
 * monitor_count() - an event has come; those before it that are missing are told
 * @m: monitor
 * @group: of which group
 * @seq: its number
 */
void monitor_count(struct monitor *m, enum nl_group group, uint32_t seq)
{
	uint32_t lost = sequence_take(&m->seq[group], seq);

	if (!lost)
		return;
	print_lost(&m->o, group, seq - lost, lost);
	m->gap = true;
}

static bool take_last(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_INFO_MAX + 1];
	uint32_t *last = arg;

	(void)nl;
	nl_parse(tb, NARU_INFO_MAX, nlh);
	last[NL_GROUP_SOCK] = nl_u32(tb[NARU_INFO_SOCK_SEQ]);
	last[NL_GROUP_NAPT] = nl_u32(tb[NARU_INFO_NAPT_SEQ]);
	return true;
}

/* The number of the last event of each group */
static int ask_last(struct monitor *m, uint32_t *last)
{
	if (nl_talk(m->ask, nl_request(m->ask, NARU_CMD_INFO_GET, 0), take_last, last))
		return cmd_fail("%s", m->ask->error);
	return CMD_OK;
}

/**
 * monitor_start() - from now on no event is lost without a word
 * @m: monitor; its groups are joined
 *
 * Return: exit status.
 */
int monitor_start(struct monitor *m)
{
	uint32_t last[NL_GROUPS];
	enum nl_group group;

	if (nl_open(m->ask))
		return cmd_fail("%s", m->ask->error);
	if (ask_last(m, last))
		return CMD_FAILED;
	for (group = 0; group < NL_GROUPS; group++)
		sequence_reach(&m->seq[group], last[group]);
	m->gap = m->sync;
	return CMD_OK;
}

static bool reached(const struct monitor *m, const uint32_t *last)
{
	enum nl_group group;

	for (group = 0; group < NL_GROUPS; group++)
		if (m->watched[group] && !sequence_has(&m->seq[group], last[group]))
			return false;
	return true;
}

static bool is_waiting(const struct nl *events)
{
	struct pollfd p = { .fd = naru_fd(events->naru), .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* Events are told as long as there are some up to @last */
static int drain(struct monitor *m, struct nl *events, nl_reply take, const uint32_t *last)
{
	int err;

	while (!m->done && !reached(m, last) && is_waiting(events)) {
		err = nl_next_event(events, take, m);
		if (err < 0 && err != -ENOBUFS && err != -EINTR)
			return cmd_fail("%s", events->error);
	}
	return CMD_OK;
}

static void print_begin(struct out *o, enum nl_group group, uint32_t seq)
{
	if (!o->json) {
		printf("-- what there is: %s --\n", group_words[group]);
		return;
	}
	out_row_begin(o);
	out_str(o, "resync", "begin");
	out_str(o, "group", group_names[group]);
	out_num(o, "seq", seq);
	out_row_end(o);
}

/* @interrupted: it is not of one moment, and true with the events behind it alone */
static void print_end(struct out *o, enum nl_group group, uint32_t seq, bool interrupted)
{
	if (!o->json) {
		if (interrupted)
			printf("-- it changed meanwhile: %s --\n", group_words[group]);
		printf("-- that was all: %s --\n", group_words[group]);
		return;
	}
	out_row_begin(o);
	out_str(o, "resync", "end");
	out_str(o, "group", group_names[group]);
	out_num(o, "seq", seq);
	if (interrupted)
		out_bool(o, "interrupted", true);
	out_row_end(o);
}

static void print_sock(struct out *o, const struct row *row)
{
	out_row_begin(o);
	if (o->json)
		out_str(o, "resync", "row");
	out_str(o, "wire", parse_wire_name(row->s.wire));
	row_print_endpoint(o, "local", &row->s.laddr, row->s.lport);
	row_print_endpoint(o, "remote", &row->s.raddr, row->s.rport);
	out_num(o, "id", row->s.id);
	out_str(o, "new", row_state_name(row, row->s.state));
	out_row_end(o);
}

/* What no event tells of is left out: half-open connections, and sockets that are CLOSED */
static void print_kind(struct out *o, const struct rows *rows, enum naru_genl_kind kind)
{
	size_t i;

	for (i = 0; i < rows->num; i++)
		if (rows->row[i].s.kind == kind && rows->row[i].s.state != PARSE_CLOSED)
			print_sock(o, &rows->row[i]);
}

/* TIME-WAIT behind: for a moment both it and the socket that it replaces are there */
static int sync_socks(struct monitor *m)
{
	struct rows rows;

	if (row_read(m->ask, &m->filter, 0, &rows))
		return cmd_fail("%s", m->ask->error);
	print_kind(&m->o, &rows, NARU_KIND_SOCK);
	print_kind(&m->o, &rows, NARU_KIND_TIME_WAIT);
	row_free(&rows);
	return CMD_OK;
}

static bool take_map(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	struct monitor *m = arg;
	struct napt_map map;

	(void)nl;
	napt_decode_map_message(nlh, &map);
	out_row_begin(&m->o);
	if (m->o.json) {
		out_str(&m->o, "resync", "row");
		napt_print_map(&m->o, &map);
	} else {
		napt_event_print_map(&m->o, &map, m->watched[NL_GROUP_SOCK]);
	}
	out_row_end(&m->o);
	return true;
}

static int sync_maps(struct monitor *m)
{
	struct nlmsghdr *nlh = nl_request(m->ask, NARU_CMD_NAPT_MAP_GET, NLM_F_DUMP);

	return nl_talk(m->ask, nlh, take_map, m) ? cmd_fail("%s", m->ask->error) : CMD_OK;
}

/**
 * monitor_sync() - tell what there is, after events were lost
 * @m: monitor; @m->gap is set again where more were lost meanwhile
 * @events: connection by which events come
 * @take: takes one
 *
 * Return: exit status.
 */
int monitor_sync(struct monitor *m, struct nl *events, nl_reply take)
{
	uint32_t last[NL_GROUPS];
	enum nl_group group;
	int status;

	if (ask_last(m, last) || drain(m, events, take, last))
		return CMD_FAILED;
	for (group = 0; group < NL_GROUPS; group++)
		if (m->watched[group])
			note_lost(m, group, sequence_reach(&m->seq[group], last[group]));
	m->gap = false;
	for (group = 0; group < NL_GROUPS && !m->done; group++) {
		if (!m->watched[group])
			continue;
		print_begin(&m->o, group, last[group]);
		status = group == NL_GROUP_SOCK ? sync_socks(m) : sync_maps(m);
		if (status)
			return status;
		print_end(&m->o, group, last[group], m->ask->interrupted);
	}
	fflush(stdout);
	return CMD_OK;
}
