// SPDX-License-Identifier: GPL-2.0
/*
 * What the module says of a recording, decoded.
 */
#include "history.h"
#include "nl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <linux/naru_genl.h>

/* Room for one more of @num, NULL where there is none */
static void *more(void **list, size_t *num, size_t size)
{
	void *grown = *num < HISTORY_EVENTS_MAX ? realloc(*list, (*num + 1) * size) : NULL;

	if (!grown)
		return NULL;
	*list = grown;
	return memset((char *)grown + (*num)++ * size, 0, size);
}

static void take_head(struct history *h, const struct nlattr **tb)
{
	h->headed = true;
	h->id = nl_u32(tb[NARU_HISTORY_ID]);
	h->tw_id = nl_u32(tb[NARU_HISTORY_TW_ID]);
	h->wire = nl_u8(tb[NARU_HISTORY_WIRE]);
	h->family = nl_u8(tb[NARU_HISTORY_FAMILY]);
	h->lport = nl_u16(tb[NARU_HISTORY_LPORT]);
	h->rport = nl_u16(tb[NARU_HISTORY_RPORT]);
	nl_copy(tb[NARU_HISTORY_LADDR], &h->laddr, sizeof(h->laddr));
	nl_copy(tb[NARU_HISTORY_RADDR], &h->raddr, sizeof(h->raddr));
	h->opened = nl_u64(tb[NARU_HISTORY_OPENED]);
	h->has_ended = tb[NARU_HISTORY_ENDED];
	h->ended = nl_u64(tb[NARU_HISTORY_ENDED]);
	h->lost = nl_u32(tb[NARU_HISTORY_LOST]);
	h->segments_lost = nl_u32(tb[NARU_HISTORY_SEGMENTS_LOST]);
	h->scaled = tb[NARU_HISTORY_SND_WSCALE];
	h->snd_wscale = nl_u8(tb[NARU_HISTORY_SND_WSCALE]);
	h->rcv_wscale = nl_u8(tb[NARU_HISTORY_RCV_WSCALE]);
}

static bool take_event(struct history *h, const struct nlattr *nest)
{
	struct history_event *e = more((void **)&h->event, &h->num_events, sizeof(*e));
	const struct nlattr *tb[NARU_RECORD_MAX + 1];

	if (!e)
		return false;
	nl_parse_nested(tb, NARU_RECORD_MAX, nest);
	e->us = nl_u64(tb[NARU_RECORD_TIME]);
	e->what = nl_u8(tb[NARU_RECORD_WHAT]);
	e->by = nl_u8(tb[NARU_RECORD_BY]);
	e->value = nl_u32(tb[NARU_RECORD_VALUE]);
	e->state = nl_u8(tb[NARU_RECORD_STATE]);
	e->recovery = nl_u8(tb[NARU_RECORD_RECOVERY]);
	e->cwnd = nl_u32(tb[NARU_RECORD_CWND]);
	e->ssthresh = nl_u32(tb[NARU_RECORD_SSTHRESH]);
	e->srtt_us = nl_u32(tb[NARU_RECORD_SRTT]);
	e->in_flight = nl_u32(tb[NARU_RECORD_IN_FLIGHT]);
	e->snd_wnd = nl_u32(tb[NARU_RECORD_SND_WND]);
	e->rcv_wnd = nl_u32(tb[NARU_RECORD_RCV_WND]);
	return true;
}

static bool take_segment(struct history *h, const struct nlattr *nest)
{
	struct history_segment *s = more((void **)&h->segment, &h->num_segments, sizeof(*s));
	const struct nlattr *tb[NARU_SEGMENT_MAX + 1];

	if (!s)
		return false;
	nl_parse_nested(tb, NARU_SEGMENT_MAX, nest);
	s->us = nl_u64(tb[NARU_SEGMENT_TIME]);
	s->how = nl_u32(tb[NARU_SEGMENT_HOW]);
	s->flags = nl_u8(tb[NARU_SEGMENT_FLAGS]);
	s->seq = nl_u32(tb[NARU_SEGMENT_SEQ]);
	s->ack = nl_u32(tb[NARU_SEGMENT_ACK]);
	s->len = nl_u32(tb[NARU_SEGMENT_LEN]);
	s->wnd = nl_u32(tb[NARU_SEGMENT_WND]);
	s->out = nl_u32(tb[NARU_SEGMENT_OUT]);
	s->in = nl_u32(tb[NARU_SEGMENT_IN]);
	s->out_bytes = nl_u64(tb[NARU_SEGMENT_OUT_BYTES]);
	s->in_bytes = nl_u64(tb[NARU_SEGMENT_IN_BYTES]);
	return true;
}

/* As far as it is one: a file may have what a terminal would obey */
static void take_name(char *name, size_t size, const char *from)
{
	size_t n;

	for (n = 0; n < size - 1 && (isalnum((unsigned char)from[n]) || from[n] == '_'); n++)
		name[n] = from[n];
	name[n] = '\0';
}

static bool take_drop(struct history *h, const struct nlattr *nest)
{
	struct history_drop *d = more((void **)&h->drop, &h->num_drops, sizeof(*d));
	const struct nlattr *tb[NARU_DROPPED_MAX + 1];

	if (!d)
		return false;
	nl_parse_nested(tb, NARU_DROPPED_MAX, nest);
	d->us = nl_u64(tb[NARU_DROPPED_TIME]);
	take_name(d->reason, sizeof(d->reason), nl_str(tb[NARU_DROPPED_REASON]));
	d->times = nl_u32(tb[NARU_DROPPED_TIMES]);
	d->flags = nl_u8(tb[NARU_DROPPED_FLAGS]);
	d->seq = nl_u32(tb[NARU_DROPPED_SEQ]);
	d->len = nl_u32(tb[NARU_DROPPED_LEN]);
	return true;
}

/**
 * history_take() - one message of a recording
 * @h: recording, zeroed before the first
 * @nlh: reply to NARU_CMD_HISTORY_GET
 *
 * Return: false where there is no memory, or it is longer than any recording is.
 */
bool history_take(struct history *h, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[NARU_HISTORY_MAX + 1];

	nl_parse(tb, NARU_HISTORY_MAX, nlh);
	if (tb[NARU_HISTORY_EVENT])
		return take_event(h, tb[NARU_HISTORY_EVENT]);
	if (tb[NARU_HISTORY_SEGMENT])
		return take_segment(h, tb[NARU_HISTORY_SEGMENT]);
	if (tb[NARU_HISTORY_DROP])
		return take_drop(h, tb[NARU_HISTORY_DROP]);
	if (tb[NARU_HISTORY_ID])
		take_head(h, tb);
	return true;
}

/**
 * history_free() - give memory back
 * @h: recording
 */
void history_free(struct history *h)
{
	free(h->event);
	free(h->segment);
	free(h->drop);
	memset(h, 0, sizeof(*h));
}
