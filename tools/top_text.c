// SPDX-License-Identifier: GPL-2.0
/*
 * The lines of naru top, for a terminal of any width.
 */
#include "top.h"
#include "util.h"

#include <stdio.h>
#include <string.h>

#define COLS_MAX	12

/**
 * struct col - a column
 * @title: heading
 * @width: characters
 * @right: aligned to the right
 * @rank: 0 is always there; of the others those with the smallest find room first
 */
struct col {
	const char *title;
	unsigned int width;
	bool right;
	unsigned int rank;
};

enum { ID, WIRE, STATE, LOCAL, REMOTE, TX, RX, RTT, AGAIN, RETRANS, CWND, OWNER };

static const struct col sock_cols[] = {
	[ID] = { "Id", 6, true, 6 },
	[WIRE] = { "Wire", 6, false, 7 },
	[STATE] = { "State", 12, false, 3 },
	[LOCAL] = { "Local", 21, false, 4 },
	[REMOTE] = { "Remote", 21, false, 0 },
	[TX] = { "Tx/s", 6, true, 0 },
	[RX] = { "Rx/s", 6, true, 0 },
	[RTT] = { "Rtt", 7, true, 1 },
	[AGAIN] = { "Again/s", 7, true, 8 },
	[RETRANS] = { "Retrans", 7, true, 2 },
	[CWND] = { "Cwnd", 5, true, 9 },
	[OWNER] = { "Owner", 16, false, 5 },
};

static const struct col map_cols[] = {
	{ "Id", 7, true, 4 },
	{ "Proto", 12, false, 0 },
	{ "Dev", 8, false, 3 },
	{ "Inside", 21, false, 0 },
	{ "Outside", 21, false, 0 },
	{ "Sessions", 8, true, 1 },
	{ "Expires", 7, true, 2 },
};

/* Which columns fit, as a bit mask: by rank, and none of a later rank in the place of one that does not */
static unsigned int fitting(const struct col *col, size_t num, unsigned int width)
{
	unsigned int shown = 0, rank, used = 0;
	size_t i;

	for (rank = 0; rank < COLS_MAX; rank++) {
		for (i = 0; i < num; i++) {
			if (col[i].rank != rank)
				continue;
			if (rank && used + col[i].width + 1 > width + 1)
				return shown;
			used += col[i].width + 1;
			shown |= 1U << i;
		}
	}
	return shown;
}

/* What is too long ends in a +; what a terminal may take for a command becomes a question mark */
static void put_cell(FILE *f, const struct col *col, const char *text, bool last)
{
	char cell[TOP_LINE];
	size_t i, len;

	snprintf(cell, sizeof(cell), "%s", text);
	for (i = 0; cell[i]; i++)
		if (cell[i] < ' ' || cell[i] > '~')
			cell[i] = '?';
	len = i;
	if (len > col->width) {
		cell[col->width] = '\0';
		cell[col->width - 1] = '+';
	}
	if (col->right)
		fprintf(f, "%*s", (int)col->width, cell);
	else
		fprintf(f, "%-*s", last ? 0 : (int)col->width, cell);
	if (!last)
		fputc(' ', f);
}

static void put_line(char *line, size_t size, const struct col *col, size_t num, unsigned int width,
		     const char *const *cell)
{
	unsigned int shown = fitting(col, num, width), left;
	FILE *f = fmemopen(line, size, "w");
	size_t i;

	*line = '\0';
	if (!f)
		return;
	for (i = 0; i < num; i++) {
		left = shown & ~((2U << i) - 1);
		if (shown & 1U << i)
			put_cell(f, &col[i], cell ? cell[i] : col[i].title, !left);
	}
	fclose(f);
	line[size - 1] = '\0';
}

/**
 * top_rate_text() - bytes or something else a second, in at most 6 characters
 * @rate: how many
 * @text: filled
 * @size: bytes of @text
 */
void top_rate_text(uint64_t rate, char *text, size_t size)
{
	static const char units[] = "KMGTPE";
	uint64_t tenths = rate * 10;
	int unit = -1;

	if (rate < 1000) {
		snprintf(text, size, "%u", (unsigned int)rate);
		return;
	}
	if (rate > UINT64_MAX / 20) {
		tenths = rate / 1000 * 10;
		unit++;
	}
	while (tenths >= 10000) {
		tenths = (tenths + 500) / 1000;
		unit++;
	}
	snprintf(text, size, "%u.%u%c", (unsigned int)tenths / 10, (unsigned int)tenths % 10, units[unit]);
}

/**
 * top_time_text() - a time
 * @us: microseconds
 * @text: filled
 * @size: bytes of @text
 */
void top_time_text(uint64_t us, char *text, size_t size)
{
	if (us < 1000)
		snprintf(text, size, "%uus", (unsigned int)us);
	else if (us < 1000000)
		snprintf(text, size, "%u.%ums", (unsigned int)us / 1000, (unsigned int)us % 1000 / 100);
	else
		snprintf(text, size, "%u.%us", (unsigned int)(us / 1000000), (unsigned int)(us % 1000000 / 100000));
}

/**
 * top_sock_heading() - titles of sockets' columns
 * @line: filled
 * @size: bytes of @line
 * @width: characters that there is room for
 */
void top_sock_heading(char *line, size_t size, unsigned int width)
{
	put_line(line, size, sock_cols, ARRAY_SIZE(sock_cols), width, NULL);
}

/**
 * top_sock_line() - a socket
 * @s: socket
 * @line: filled
 * @size: bytes of @line
 * @width: characters that there is room for
 */
void top_sock_line(const struct top_sock *s, char *line, size_t size, unsigned int width)
{
	char id[16], tx[16], rx[16], rtt[16], again[16], retrans[16], cwnd[16];
	const char *cell[ARRAY_SIZE(sock_cols)] = {
		[ID] = id, [WIRE] = s->wire, [STATE] = s->state, [LOCAL] = s->local, [REMOTE] = s->remote,
		[TX] = tx, [RX] = rx, [RTT] = rtt, [AGAIN] = again, [RETRANS] = retrans, [CWND] = cwnd,
		[OWNER] = s->owner,
	};
	int i;

	snprintf(id, sizeof(id), "%u", s->id);
	top_rate_text(s->tx, tx, sizeof(tx));
	top_rate_text(s->rx, rx, sizeof(rx));
	top_time_text(s->rtt_us, rtt, sizeof(rtt));
	top_rate_text(s->again, again, sizeof(again));
	snprintf(retrans, sizeof(retrans), "%u", s->retrans);
	snprintf(cwnd, sizeof(cwnd), "%u", s->cwnd);
	for (i = TX; i <= CWND && !s->is_stream; i++)
		cell[i] = "-";
	put_line(line, size, sock_cols, ARRAY_SIZE(sock_cols), width, cell);
}

/**
 * top_map_heading() - titles of mappings' columns
 * @line: filled
 * @size: bytes of @line
 * @width: characters that there is room for
 */
void top_map_heading(char *line, size_t size, unsigned int width)
{
	put_line(line, size, map_cols, ARRAY_SIZE(map_cols), width, NULL);
}

/**
 * top_map_line() - a mapping
 * @m: mapping
 * @line: filled
 * @size: bytes of @line
 * @width: characters that there is room for
 */
void top_map_line(const struct top_map *m, char *line, size_t size, unsigned int width)
{
	char id[16], sessions[16], expires[24];
	const char *cell[ARRAY_SIZE(map_cols)] = { id, m->proto, m->dev, m->inside, m->outside, sessions, expires };

	snprintf(id, sizeof(id), "%u", m->id);
	snprintf(sessions, sizeof(sessions), "%u", m->sessions);
	if (m->expires < 0)
		snprintf(expires, sizeof(expires), "-");
	else
		snprintf(expires, sizeof(expires), "%llds", (long long)m->expires);
	put_line(line, size, map_cols, ARRAY_SIZE(map_cols), width, cell);
}

/**
 * top_status() - the first line
 * @v: what is shown
 * @socks: all sockets that the filter names
 * @line: filled
 * @size: bytes of @line
 */
void top_status(const struct top_view *v, const struct top_socks *socks, char *line, size_t size)
{
	const char *paused = v->paused ? "PAUSED  " : "", *filter = v->typing ? v->kept : v->typed;
	const char *moment = v->interrupted ? " (not of one moment)" : "";
	uint64_t tx = 0, rx = 0;
	char txt[16], rxt[16];
	size_t i;

	if (v->page == TOP_HISTORY) {
		snprintf(line, size, "naru top  %shistory of %u", paused, v->id);
		return;
	}
	if (v->page == TOP_NAPT) {
		snprintf(line, size, "naru top  %s%zu mappings%s", paused, v->num, moment);
		return;
	}
	for (i = 0; i < socks->num; i++) {
		tx += socks->sock[i].tx;
		rx += socks->sock[i].rx;
	}
	top_rate_text(tx, txt, sizeof(txt));
	top_rate_text(rx, rxt, sizeof(rxt));
	snprintf(line, size, "naru top  %s%zu sockets%s  tx %s/s  rx %s/s  by %s%s%s%s", paused, socks->num, moment,
		 txt, rxt, top_order_name(v->order), v->turned ? ", turned" : "", *filter ? "  filter: " : "", filter);
}

/**
 * top_help() - the last line, where nothing else is to be said
 * @v: what is shown
 *
 * Return: the keys.
 */
const char *top_help(const struct top_view *v)
{
	if (v->page == TOP_HISTORY)
		return "Esc back  arrows scroll  space pause  q quit";
	if (v->page == TOP_NAPT)
		return "n sockets  arrows scroll  space pause  q quit";
	return "by: t tx r rx l rtt x retrans o owner a remote  i turn  / filter  Enter history  n NAPT  space pause  q quit";
}
