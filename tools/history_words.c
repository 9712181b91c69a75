// SPDX-License-Identifier: GPL-2.0
/*
 * What a recording says, in words.
 */
#include "history.h"
#include "parse.h"
#include "util.h"

#include <string.h>
#include <linux/naru_genl.h>

static const char *const whats[] = {
	[NARU_WHAT_STATE] = "state",
	[NARU_WHAT_LOSS] = "loss",
	[NARU_WHAT_RECOVERED] = "recovered",
	[NARU_WHAT_RTO] = "rto",
	[NARU_WHAT_TLP] = "tlp",
	[NARU_WHAT_TLP_LOSS] = "tlp-loss",
	[NARU_WHAT_UNDO] = "undo",
	[NARU_WHAT_ECN] = "ecn",
	[NARU_WHAT_SND_CLOSED] = "snd-closed",
	[NARU_WHAT_SND_OPENED] = "snd-opened",
	[NARU_WHAT_RCV_CLOSED] = "rcv-closed",
	[NARU_WHAT_RCV_OPENED] = "rcv-opened",
	[NARU_WHAT_PROBE] = "probe",
	[NARU_WHAT_CWND] = "cwnd",
	[NARU_WHAT_ERROR] = "error",
};

static const char *const bys[] = {
	[NARU_BY_NONE] = "",
	[NARU_BY_DUPACKS] = "dupacks",
	[NARU_BY_RACK] = "rack",
	[NARU_BY_DSACK] = "dsack",
	[NARU_BY_TIMESTAMP] = "timestamp",
	[NARU_BY_FRTO] = "frto",
	[NARU_BY_NEW] = "new",
	[NARU_BY_AGAIN] = "again",
};

static const char *const recoveries[] = { "open", "disorder", "reduced", "recovery", "loss" };

/* A newer module may know more */
static const char *name_of(const char *const *names, size_t num, unsigned int n)
{
	return n < num ? names[n] : "?";
}

/**
 * history_what() - name of an event
 * @what: enum naru_genl_what
 *
 * Return: its name.
 */
const char *history_what(unsigned int what)
{
	return name_of(whats, ARRAY_SIZE(whats), what);
}

/**
 * history_by() - how it was noticed
 * @by: enum naru_genl_by
 *
 * Return: a word, "" for NARU_BY_NONE.
 */
const char *history_by(unsigned int by)
{
	return name_of(bys, ARRAY_SIZE(bys), by);
}

/**
 * history_recovery() - how far a recovery is
 * @recovery: as tcpi_ca_state
 *
 * Return: a word.
 */
const char *history_recovery(unsigned int recovery)
{
	return name_of(recoveries, ARRAY_SIZE(recoveries), recovery);
}

/**
 * history_describe() - what has happened, in a few words
 * @e: event
 * @text: filled
 * @size: bytes of @text, HISTORY_TEXT_MAX are enough
 */
void history_describe(const struct history_event *e, char *text, size_t size)
{
	const char *name = history_what(e->what), *by = history_by(e->by);

	switch (e->what) {
	case NARU_WHAT_STATE:
		snprintf(text, size, "%s to %s", parse_state_name(e->value), parse_state_name(e->state));
		return;
	case NARU_WHAT_RTO:
		snprintf(text, size, "%s %u", name, e->value);
		return;
	case NARU_WHAT_LOSS:
		snprintf(text, size, "%s of %u by %s", name, e->value, by);
		return;
	case NARU_WHAT_ERROR:
		snprintf(text, size, "%s: %s", name, strerror(e->value));
		return;
	}
	snprintf(text, size, "%s%s%s", name, *by ? " by " : "", by);
}

/**
 * history_flags() - flags of a segment that tell something
 * @flags: as in the header
 * @text: filled, as "SYN,ACK"
 * @size: bytes of @text, HISTORY_TEXT_MAX are enough
 */
void history_flags(unsigned int flags, char *text, size_t size)
{
	static const struct {
		unsigned int flag;
		const char *name;
	} names[] = {
		{ 0x02, "SYN" }, { 0x01, "FIN" }, { 0x04, "RST" }, { 0x20, "URG" },
		{ 0x40, "ECE" }, { 0x80, "CWR" }, { 0x10, "ACK" },
	};
	size_t i, len = 0;

	*text = '\0';
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].flag)
			len += snprintf(text + len, size - len, "%s%s", len ? "," : "", names[i].name);
}

static void describe_run(const struct history_segment *s, char *text, size_t size)
{
	char out[64] = "", in[64] = "";

	if (s->out)
		snprintf(out, sizeof(out), "%llu bytes in %u >", (unsigned long long)s->out_bytes, s->out);
	if (s->in)
		snprintf(in, sizeof(in), "< %llu bytes in %u", (unsigned long long)s->in_bytes, s->in);
	snprintf(text, size, "%s%s%s", in, s->in && s->out ? "   " : "", out);
}

/**
 * history_describe_segment() - what a segment was, in a few words
 * @s: segment, or run
 * @text: filled
 * @size: bytes of @text, HISTORY_TEXT_MAX are enough
 */
void history_describe_segment(const struct history_segment *s, char *text, size_t size)
{
	char flags[HISTORY_TEXT_MAX], ack[32] = "", len[32] = "";

	if (s->how & NARU_SEGMENT_HOW_RUN) {
		describe_run(s, text, size);
		return;
	}
	history_flags(s->flags, flags, sizeof(flags));
	if (s->flags & 0x10)
		snprintf(ack, sizeof(ack), " ack %u", s->ack);
	if (s->len)
		snprintf(len, sizeof(len), " len %u", s->len);
	snprintf(text, size, "%s%sseq %u%s%s%s%s%s", flags, *flags ? " " : "", s->seq, ack, len,
		 s->how & NARU_SEGMENT_HOW_SACK ? " sack" : "", s->wnd ? "" : " win 0",
		 s->how & NARU_SEGMENT_HOW_AGAIN ? " again" : "");
}

/**
 * history_end_us() - when the last of what is told was
 * @h: recording
 *
 * Return: microseconds since the connection was opened, its end where it has ended.
 */
int64_t history_end_us(const struct history *h)
{
	int64_t us = h->has_ended ? (int64_t)h->ended : 0;

	if (h->num_events && (int64_t)h->event[h->num_events - 1].us > us)
		us = h->event[h->num_events - 1].us;
	if (h->num_segments && h->segment[h->num_segments - 1].us > us)
		us = h->segment[h->num_segments - 1].us;
	if (h->num_drops && h->drop[h->num_drops - 1].us > us)
		us = h->drop[h->num_drops - 1].us;
	return us;
}
