// SPDX-License-Identifier: GPL-2.0
/*
 * A ladder of segments.
 */
#include "ladder.h"
#include "parse.h"

#include <stdlib.h>
#include <string.h>
#include <linux/naru_genl.h>

#define LEFT_WIDTH	17	/* state, and what is around it and the time */
#define TIME_WIDTH	11	/* of the time, where it is not longer */
#define TEXT_SIZE	(2 * HISTORY_TEXT_MAX)

static bool is_in(const struct history *h, const struct ladder_rung *rung)
{
	return rung->kind == LADDER_DROP ||
	       (rung->kind == LADDER_SEGMENT && (h->segment[rung->n].how & NARU_SEGMENT_HOW_IN));
}

/* Of what is told of the same time: what has come is first, and what was sent for it last */
static int order(const struct history *h, const struct ladder_rung *rung)
{
	if (is_in(h, rung))
		return 0;
	return rung->kind == LADDER_EVENT ? 1 : 2;
}

static bool is_before(const struct history *h, const struct ladder_rung *a, const struct ladder_rung *b)
{
	return a->us != b->us ? a->us < b->us : order(h, a) < order(h, b);
}

/* By insertion: what is there is nearly in order */
static void insert(const struct history *h, struct ladder_rung *rung, size_t num, struct ladder_rung one)
{
	for (; num && is_before(h, &one, &rung[num - 1]); num--)
		rung[num] = rung[num - 1];
	rung[num] = one;
}

/**
 * ladder_rungs() - all that is told, in order of time
 * @h: recording
 * @rung: filled, room for as many as there are segments, events and drops
 *
 * Changes of the congestion window alone are left out.
 *
 * Return: how many.
 */
size_t ladder_rungs(const struct history *h, struct ladder_rung *rung)
{
	size_t i, num = 0;

	for (i = 0; i < h->num_segments; i++)
		insert(h, rung, num++, (struct ladder_rung){ h->segment[i].us, LADDER_SEGMENT, i });
	for (i = 0; i < h->num_events; i++)
		if (h->event[i].what != NARU_WHAT_CWND)
			insert(h, rung, num++, (struct ladder_rung){ h->event[i].us, LADDER_EVENT, i });
	for (i = 0; i < h->num_drops; i++)
		insert(h, rung, num++, (struct ladder_rung){ h->drop[i].us, LADDER_DROP, i });
	return num;
}

/* @text in the middle of @width characters, with @fill around it */
static void centre(char *line, size_t width, char fill, const char *text)
{
	size_t len = strlen(text), left;

	if (len > width - 2)
		len = width - 2;
	left = (width - len) / 2;
	memset(line, fill, width);
	line[width] = '\0';
	if (!len)
		return;
	memcpy(line + left, text, len);
	line[left - 1] = ' ';
	line[left + len] = ' ';
}

static void draw_segment(const struct history_segment *s, size_t width, char *line)
{
	bool run = s->how & NARU_SEGMENT_HOW_RUN;
	char text[HISTORY_TEXT_MAX];

	history_describe_segment(s, text, sizeof(text));
	centre(line, width, run ? ' ' : '-', text);
	if (run)
		return;
	if (s->how & NARU_SEGMENT_HOW_IN)
		line[0] = '<';
	else
		line[width - 1] = '>';
}

static void draw_drop(const struct history_drop *d, size_t width, char *line)
{
	char text[TEXT_SIZE], flags[HISTORY_TEXT_MAX];

	history_flags(d->flags, flags, sizeof(flags));
	if (d->times > 1)
		snprintf(text, sizeof(text), "%u not taken, %s, the last: %s seq %u len %u", d->times, d->reason, flags,
			 d->seq, d->len);
	else
		snprintf(text, sizeof(text), "not taken, %s: %s seq %u len %u", d->reason, flags, d->seq, d->len);
	centre(line, width, '-', text);
	line[0] = 'x';
}

static void draw_event(const struct history_event *e, size_t width, char *line)
{
	char text[TEXT_SIZE], what[HISTORY_TEXT_MAX];

	history_describe(e, what, sizeof(what));
	if (e->what == NARU_WHAT_STATE)
		*text = '\0';
	else if (e->ssthresh == HISTORY_SSTHRESH_NONE)
		snprintf(text, sizeof(text), "* %s; cwnd %u", what, e->cwnd);
	else
		snprintf(text, sizeof(text), "* %s; cwnd %u, ssthresh %u", what, e->cwnd, e->ssthresh);
	centre(line, width, ' ', text);
}

static size_t time_len(int64_t us)
{
	return snprintf(NULL, 0, "%.6f", us / 1e6);
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Of the column of times: what comes first may be below 0, and what comes last is largest */
static size_t time_width(const struct history *h)
{
	size_t width = larger(TIME_WIDTH, time_len(history_end_us(h)));

	if (h->num_segments)
		width = larger(width, time_len(h->segment[0].us));
	if (h->num_drops)
		width = larger(width, time_len(h->drop[0].us));
	return width;
}

/**
 * ladder_line() - a rung, drawn
 * @h: recording
 * @rung: rung
 * @width: characters that a line may have, LADDER_WIDTH_MIN to LADDER_WIDTH_MAX
 * @line: filled, LADDER_WIDTH_MAX + 1 bytes
 */
void ladder_line(const struct history *h, const struct ladder_rung *rung, size_t width, char *line)
{
	const struct history_event *e = rung->kind == LADDER_EVENT ? &h->event[rung->n] : NULL;
	bool state = e && e->what == NARU_WHAT_STATE;
	size_t time = time_width(h), room = width - LEFT_WIDTH - time;
	char text[LADDER_WIDTH_MAX + 1];

	if (rung->kind == LADDER_SEGMENT)
		draw_segment(&h->segment[rung->n], room, text);
	else if (rung->kind == LADDER_DROP)
		draw_drop(&h->drop[rung->n], room, text);
	else
		draw_event(e, room, text);
	snprintf(line, LADDER_WIDTH_MAX + 1, "%-12s %*.6f  |%.*s|", state ? parse_state_name(e->state) : "",
		 (int)time, rung->us / 1e6, (int)room, text);
}

static void print_heading(FILE *f, const struct history *h, size_t width)
{
	char local[PARSE_ADDR_LEN], remote[PARSE_ADDR_LEN], ends[LADDER_WIDTH_MAX];
	int time = time_width(h), room = width - LEFT_WIDTH - time;

	parse_addr_text(&h->laddr, local);
	parse_addr_text(&h->raddr, remote);
	snprintf(ends, sizeof(ends), "%s port %u (here)", local, h->lport);
	fprintf(f, "%-12s %*s  |%-*.*s|\n", "State", time, "Seconds", room, room, ends);
	snprintf(ends, sizeof(ends), "%s port %u", remote, h->rport);
	fprintf(f, "%-12s %*s  |%*.*s|\n", "", time, "", room, room, ends);
}

/**
 * ladder_print() - draw all of it
 * @f: where to
 * @h: recording
 * @width: characters that a line may have
 *
 * Return: false where there is no memory.
 */
bool ladder_print(FILE *f, const struct history *h, size_t width)
{
	size_t i, num, most = h->num_segments + h->num_events + h->num_drops;
	struct ladder_rung *rung = calloc(most + 1, sizeof(*rung));
	char line[LADDER_WIDTH_MAX + 1];

	if (!rung)
		return false;
	if (width < LADDER_WIDTH_MIN)
		width = LADDER_WIDTH_MIN;
	if (width > LADDER_WIDTH_MAX)
		width = LADDER_WIDTH_MAX;
	num = ladder_rungs(h, rung);
	print_heading(f, h, width);
	for (i = 0; i < num; i++) {
		ladder_line(h, &rung[i], width, line);
		fprintf(f, "%s\n", line);
	}
	free(rung);
	return true;
}
