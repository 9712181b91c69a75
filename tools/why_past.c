// SPDX-License-Identifier: GPL-2.0
/*
 * What a connection that is gone went through, in words: the recording is all that is left of it.
 */
#include "why.h"
#include "util.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <linux/naru_genl.h>

/* A sentence that grows */
struct sentence {
	char *text;
	size_t size, len;
};

static void __printf(2, 3) add(struct sentence *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	s->len += vsnprintf(s->text + s->len, s->size - s->len, format, args);
	va_end(args);
	if (s->len >= s->size)
		s->len = s->size - 1;
}

/* Newer ones have taken the place of others */
static bool is_partial(const struct history *h)
{
	return h->lost || h->segments_lost;
}

/**
 * why_past_lasted() - when a connection was, and how much of it is known
 * @h: recording
 * @text: filled
 * @size: bytes of @text, WHY_TEXT_MAX are enough
 */
void why_past_lasted(const struct history *h, char *text, size_t size)
{
	struct sentence s = { text, size, 0 };
	time_t opened = h->opened / 1000000000;
	char when[32];
	struct tm tm;

	localtime_r(&opened, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	add(&s, "It was established at %s", when);
	if (h->has_ended)
		add(&s, ", and lasted %.6f s", h->ended / 1e6);
	add(&s, ".");
	if (h->lost)
		add(&s, " Its first %u events are not kept any more.", h->lost);
	if (h->segments_lost)
		add(&s, " Not all of the segments that stood out are.");
}

static unsigned int count(const struct history *h, unsigned int what, unsigned int by)
{
	unsigned int num = 0;
	size_t i;

	for (i = 0; i < h->num_events; i++)
		num += h->event[i].what == what && (!by || h->event[i].by == by);
	return num;
}

static void add_noticed(struct sentence *s, const struct history *h)
{
	static const struct {
		uint8_t what, by;
		const char *name;
	} ways[] = {
		{ NARU_WHAT_LOSS, NARU_BY_RACK, "RACK (RFC 8985)" },
		{ NARU_WHAT_LOSS, NARU_BY_DUPACKS, "three duplicate ACKs (RFC 5681)" },
		{ NARU_WHAT_RTO, NARU_BY_NONE, "the retransmission timer (RFC 6298)" },
		{ NARU_WHAT_TLP_LOSS, NARU_BY_NONE, "a tail loss probe (RFC 8985 7)" },
	};
	const char *before = "; noticed ";
	unsigned int num;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		num = count(h, ways[i].what, ways[i].by);
		if (num)
			add(s, "%s%u times by %s", before, num, ways[i].name);
		if (num)
			before = ", ";
	}
	num = count(h, NARU_WHAT_UNDO, NARU_BY_NONE);
	if (num)
		add(s, "; %u reductions were taken back, since nothing was lost", num);
}

/* What went again, SYN and FIN without payload among it */
static unsigned int sent_again(const struct history *h, uint64_t *bytes)
{
	unsigned int num = 0;
	size_t i;

	*bytes = 0;
	for (i = 0; i < h->num_segments; i++) {
		if (!(h->segment[i].how & NARU_SEGMENT_HOW_AGAIN))
			continue;
		*bytes += h->segment[i].len;
		num++;
	}
	return num;
}

/**
 * why_past_lost() - what a connection has lost, as far as that was recorded
 * @h: recording
 * @text: filled
 * @size: bytes of @text, WHY_TEXT_MAX are enough
 */
void why_past_lost(const struct history *h, char *text, size_t size)
{
	struct sentence s = { text, size, 0 };
	uint64_t bytes;
	unsigned int num = sent_again(h, &bytes);

	if (num)
		add(&s, "%s%u segments were sent again, %llu bytes", is_partial(h) ? "At least " : "", num,
		    (unsigned long long)bytes);
	else
		add(&s, "Nothing was sent again%s", is_partial(h) ? ", as far as it is recorded" : "");
	add_noticed(&s, h);
	add(&s, ".");
}

/* How often a window closed, and for how long in all */
static unsigned int closed(const struct history *h, unsigned int what, uint64_t *us)
{
	unsigned int opens = what == NARU_WHAT_SND_CLOSED ? NARU_WHAT_SND_OPENED : NARU_WHAT_RCV_OPENED, num = 0;
	const struct history_event *since = NULL;
	size_t i;

	*us = 0;
	for (i = 0; i < h->num_events; i++) {
		const struct history_event *e = &h->event[i];

		if (e->what == what && !since) {
			since = e;
			num++;
		} else if (e->what == opens && since) {
			*us += e->us - since->us;
			since = NULL;
		}
	}
	if (since)
		*us += history_end_us(h) - since->us;
	return num;
}

/**
 * why_past_window() - whether a window was closed
 * @h: recording
 * @what: NARU_WHAT_SND_CLOSED: the peer's, or NARU_WHAT_RCV_CLOSED: ours
 * @text: filled
 * @size: bytes of @text, WHY_TEXT_MAX are enough
 *
 * Return: false where nothing is recorded of that.
 */
bool why_past_window(const struct history *h, unsigned int what, char *text, size_t size)
{
	bool peers = what == NARU_WHAT_SND_CLOSED;
	struct sentence s = { text, size, 0 };
	uint64_t us;
	unsigned int num = closed(h, what, &us), probes = count(h, NARU_WHAT_PROBE, NARU_BY_NONE);

	if (!num)
		return false;
	add(&s, "%s was closed %u times, for %.6f s in all: %s did not read", peers ? "The peer's window" : "The window here",
	    num, us / 1e6, peers ? "its program" : "the program here");
	if (peers && probes)
		add(&s, "; %u probes were sent (RFC 9293 3.8.6.1)", probes);
	add(&s, ".");
	return true;
}
