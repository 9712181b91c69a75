// SPDX-License-Identifier: GPL-2.0
/*
 * Why a connection is as slow as it is: decided from what struct tcp_info, the queues and the recording say.
 */
#include "why.h"
#include "parse.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/naru_genl.h>

enum { CA_REDUCED = 2, CA_RECOVERY = 3, CA_LOSS = 4 };	/* tcpi_ca_state */

static const char *const names[WHY_LIMITS] = {
	[WHY_OVER] = "over",
	[WHY_CLOSED] = "closed",
	[WHY_LISTENS] = "listens",
	[WHY_ACCEPT_QUEUE] = "accept-queue",
	[WHY_HANDSHAKE] = "handshake",
	[WHY_NO_ANSWER] = "no-answer",
	[WHY_PEER_CLOSED] = "window-closed",
	[WHY_READER] = "reader",
	[WHY_RECEIVER_WINDOW] = "receiver-window",
	[WHY_RECOVERY] = "recovery",
	[WHY_CONGESTION_WINDOW] = "congestion-window",
	[WHY_PACING] = "pacing",
	[WHY_SEND_BUFFER] = "send-buffer",
	[WHY_SMALL_SEGMENT] = "small-segment",
	[WHY_CLOSE] = "close",
	[WHY_APPLICATION] = "application",
	[WHY_PEER] = "nothing-to-do",
};

/**
 * why_name() - a limit's name, for programs
 * @limit: limit
 *
 * Return: a word.
 */
const char *why_name(enum why_limit limit)
{
	return limit < WHY_LIMITS ? names[limit] : "?";
}

/* Bytes that were sent and are not acknowledged */
static uint32_t sent(const struct why *w)
{
	return w->sendq > w->info.tcpi_notsent_bytes ? w->sendq - w->info.tcpi_notsent_bytes : 0;
}

/* Segments in the network, RFC 6675's pipe */
static uint32_t in_flight(const struct tcp_info *info)
{
	uint32_t gone = info->tcpi_sacked + info->tcpi_lost, there = info->tcpi_unacked + info->tcpi_retrans;

	return there > gone ? there - gone : 0;
}

static bool is_full(const struct why *w)
{
	return w->sndbuf && w->wmem >= w->sndbuf - w->sndbuf / 4;
}

/* Something was written that has not gone */
static enum why_limit limit_of_unsent(const struct why *w)
{
	const struct tcp_info *info = &w->info;
	uint32_t next = info->tcpi_notsent_bytes < info->tcpi_snd_mss ? info->tcpi_notsent_bytes : info->tcpi_snd_mss;

	if (!info->tcpi_snd_wnd)
		return WHY_PEER_CLOSED;
	if (in_flight(info) >= info->tcpi_snd_cwnd)
		return info->tcpi_ca_state >= CA_REDUCED ? WHY_RECOVERY : WHY_CONGESTION_WINDOW;
	if (sent(w) + next > info->tcpi_snd_wnd)
		return WHY_RECEIVER_WINDOW;
	if (info->tcpi_notsent_bytes < info->tcpi_snd_mss)
		return WHY_SMALL_SEGMENT;
	return WHY_PACING;
}

/* All that was written has gone */
static enum why_limit limit_of_sent(const struct why *w)
{
	if (w->info.tcpi_unacked || sent(w))
		return is_full(w) ? WHY_SEND_BUFFER : WHY_APPLICATION;
	if (w->recvq)
		return WHY_READER;
	return w->info.tcpi_last_data_sent > w->info.tcpi_last_data_recv ? WHY_PEER : WHY_APPLICATION;
}

static enum why_limit limit_of_open(const struct why *w)
{
	if (w->info.tcpi_retransmits)
		return WHY_NO_ANSWER;
	if (w->info.tcpi_notsent_bytes)
		return limit_of_unsent(w);
	if (w->state == PARSE_CLOSE_WAIT || w->state == PARSE_FIN_WAIT_2)
		return sent(w) || w->recvq ? limit_of_sent(w) : WHY_CLOSE;
	return limit_of_sent(w);
}

/**
 * why_limit() - what limits a connection now
 * @w: what is known of it
 *
 * Return: what comes first in the way of the next byte.
 */
enum why_limit why_limit(const struct why *w)
{
	switch (w->state) {
	case PARSE_LISTEN:
		return w->recvq && w->recvq >= w->sendq ? WHY_ACCEPT_QUEUE : WHY_LISTENS;
	case PARSE_SYN_SENT:
	case PARSE_SYN_RECEIVED:
		return WHY_HANDSHAKE;
	case PARSE_CLOSED:
		return WHY_CLOSED;
	case PARSE_TIME_WAIT:
		return WHY_OVER;
	case PARSE_LAST_ACK:
	case PARSE_CLOSING:
	case PARSE_FIN_WAIT_1:
		return w->info.tcpi_retransmits ? WHY_NO_ANSWER :
		       w->info.tcpi_notsent_bytes ? limit_of_unsent(w) : WHY_CLOSE;
	default:
		return limit_of_open(w);
	}
}

static void say_handshake(const struct why *w, char *text, size_t size)
{
	snprintf(text, size,
		 "The peer has not answered the %s, tried %u times: it is down, or a firewall drops it.",
		 w->state == PARSE_SYN_SENT ? "SYN" : "SYN,ACK", w->info.tcpi_retransmits + 1);
}

static void say_close(const struct why *w, char *text, size_t size)
{
	if (w->state == PARSE_CLOSE_WAIT)
		snprintf(text, size, "The peer has closed, and the program here has not.");
	else if (w->state == PARSE_FIN_WAIT_2)
		snprintf(text, size, "The program here has closed, and the peer's has not.");
	else
		snprintf(text, size, "It has been closed here, and the peer has not acknowledged that yet.");
}

static void say_windows(const struct why *w, enum why_limit limit, char *text, size_t size)
{
	const struct tcp_info *info = &w->info;

	if (limit == WHY_PEER_CLOSED)
		snprintf(text, size,
			 "The peer's window is closed: its program does not read. %u bytes wait, and %u probes have not been answered (RFC 9293 3.8.6.1).",
			 info->tcpi_notsent_bytes, info->tcpi_probes);
	else if (limit == WHY_RECEIVER_WINDOW)
		snprintf(text, size,
			 "The receiver window is full: %u of %u bytes are on their way. The peer's program reads too slowly, or its receive buffer is too small for the path.",
			 sent(w), info->tcpi_snd_wnd);
	else if (limit == WHY_RECOVERY)
		snprintf(text, size, "The congestion window, %u segments, is full: %s (RFC 6675, RFC 6937).",
			 info->tcpi_snd_cwnd, info->tcpi_ca_state == CA_LOSS ? "a timeout has made it small" :
			 info->tcpi_ca_state == CA_RECOVERY ? "a loss is being repaired" :
			 "a router's mark has made it smaller");
	else
		snprintf(text, size,
			 "The congestion window, %u segments, is full, and grows as ACKs come: the path is the limit (RFC 5681, RFC 9438).",
			 info->tcpi_snd_cwnd);
}

static void say_sender(const struct why *w, enum why_limit limit, char *text, size_t size)
{
	const struct tcp_info *info = &w->info;

	if (limit == WHY_NO_ANSWER)
		snprintf(text, size,
			 "The peer does not answer: the retransmission timer has fired, for time %u in a row (RFC 6298), and fires again in %u ms.",
			 info->tcpi_retransmits, w->timer_ms);
	else if (limit == WHY_PACING)
		snprintf(text, size,
			 "Pacing: %u bytes wait for their time, at %llu bytes a second.",
			 info->tcpi_notsent_bytes, (unsigned long long)info->tcpi_pacing_rate);
	else if (limit == WHY_SEND_BUFFER)
		snprintf(text, size, "The send buffer is full, and all of it is on its way: raise wmem or SO_SNDBUF.");
	else if (limit == WHY_SMALL_SEGMENT)
		snprintf(text, size,
			 "%u bytes, less than a segment, wait for an ACK or for more (Nagle, TCP_CORK, MSG_MORE): see TCP_NODELAY.",
			 info->tcpi_notsent_bytes);
	else if (sent(w))
		snprintf(text, size, "The program here: all that it has written is on its way, %u bytes.", sent(w));
	else
		snprintf(text, size,
			 "The program here: it has written nothing for %u ms, and all that it wrote has arrived.",
			 info->tcpi_last_data_sent);
}

/**
 * why_now() - what limits a connection now, as a sentence
 * @w: what is known of it
 * @limit: from why_limit()
 * @text: filled
 * @size: bytes of @text, WHY_TEXT_MAX are enough
 */
void why_now(const struct why *w, enum why_limit limit, char *text, size_t size)
{
	switch (limit) {
	case WHY_OVER:
		snprintf(text, size, "It is over, and waits in TIME-WAIT for what may still come (RFC 9293 3.6).");
		break;
	case WHY_CLOSED:
		snprintf(text, size, "It is not open.");
		break;
	case WHY_LISTENS:
		snprintf(text, size,
			 "It waits for clients: %u connections are to be accepted, of at most %u.",
			 w->recvq, w->sendq);
		break;
	case WHY_ACCEPT_QUEUE:
		snprintf(text, size,
			 "The accept queue is full with %u connections: the program accepts too slowly, or raise listen()'s backlog.",
			 w->recvq);
		break;
	case WHY_HANDSHAKE:
		say_handshake(w, text, size);
		break;
	case WHY_READER:
		snprintf(text, size, "The program here does not read: %u bytes wait for it.", w->recvq);
		break;
	case WHY_PEER:
		snprintf(text, size,
			 "Nothing is to be done: all that was written has arrived, and all that came was read.");
		break;
	case WHY_CLOSE:
		say_close(w, text, size);
		break;
	case WHY_PEER_CLOSED:
	case WHY_RECEIVER_WINDOW:
	case WHY_RECOVERY:
	case WHY_CONGESTION_WINDOW:
		say_windows(w, limit, text, size);
		break;
	default:
		say_sender(w, limit, text, size);
	}
}

static unsigned int percent(uint64_t part, uint64_t all)
{
	return all ? (part * 100 + all / 2) / all : 0;
}

/* A part of the time since a connection was established, and what was its limit then */
struct share {
	uint64_t us;
	const char *name;
};

static int larger_first(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	return (x->us < y->us) - (x->us > y->us);
}

/* Those that are told as 0.0 % are left out, and there is always another */
static void say_limits(const uint64_t *limits, char *text, size_t size)
{
	struct share share[] = {
		{ limits[NARU_LIMITS_RWND], "the receiver window" },
		{ limits[NARU_LIMITS_SNDBUF], "the send buffer" },
		{ limits[NARU_LIMITS_CWND], "the congestion window" },
		{ limits[NARU_LIMITS_PACING], "pacing" },
		{ limits[NARU_LIMITS_APP], "the program here, which wrote no more," },
	};
	uint64_t age = limits[NARU_LIMITS_AGE];
	size_t i, len;

	qsort(share, ARRAY_SIZE(share), sizeof(*share), larger_first);
	len = snprintf(text, size, "Of the %.3f s since it was established %s was the limit for %.1f %%", age / 1e6,
		       share[0].name, 100.0 * share[0].us / age);
	for (i = 1; i < ARRAY_SIZE(share) && share[i].us >= age / 2000.0; i++)
		len += snprintf(text + len, size - len, ", %s for %.1f %%", share[i].name, 100.0 * share[i].us / age);
	snprintf(text + len, size - len, ".");
}

/**
 * why_shares() - what has limited a connection, of the time since it was established
 * @w: what is known of it
 * @text: filled
 * @size: bytes of @text, WHY_TEXT_MAX are enough
 *
 * A module that does not tell that apart tells of the time in which there was something to send.
 *
 * Return: false where there was no such time.
 */
bool why_shares(const struct why *w, char *text, size_t size)
{
	uint64_t busy = w->info.tcpi_busy_time, rwnd = w->info.tcpi_rwnd_limited, buf = w->info.tcpi_sndbuf_limited;

	if (w->limits && w->limits[NARU_LIMITS_AGE]) {
		say_limits(w->limits, text, size);
		return true;
	}
	if (!busy)
		return false;
	snprintf(text, size,
		 "Of the %.3f s with something to send the receiver window was the limit for %u %%, the send buffer for %u %%, and the path or the program for the rest.",
		 busy / 1e6, percent(rwnd, busy), percent(buf, busy));
	return true;
}

/**
 * why_lost() - what a connection has lost
 * @w: what is known of it
 * @text: filled
 * @size: bytes of @text, WHY_TEXT_MAX are enough
 *
 * Return: false where nothing was sent again.
 */
bool why_lost(const struct why *w, char *text, size_t size)
{
	const struct tcp_info *info = &w->info;
	size_t len;

	if (!info->tcpi_total_retrans)
		return false;
	len = snprintf(text, size, "%u of %u segments were sent again", info->tcpi_total_retrans, info->tcpi_segs_out);
	if (info->tcpi_bytes_sent)
		len += snprintf(text + len, size - len, ", %.1f %% of the bytes",
				100.0 * info->tcpi_bytes_retrans / info->tcpi_bytes_sent);
	if (info->tcpi_lost)
		len += snprintf(text + len, size - len, "; %u are taken for lost now", info->tcpi_lost);
	if (info->tcpi_dsack_dups)
		len += snprintf(text + len, size - len, "; %u had arrived, as the peer says", info->tcpi_dsack_dups);
	if (info->tcpi_reord_seen)
		len += snprintf(text + len, size - len, "; the path reorders");
	snprintf(text + len, size - len, ".");
	return true;
}

static const char *how_noticed(unsigned int by)
{
	switch (by) {
	case NARU_BY_RACK:
		return "what was sent later had arrived (RACK, RFC 8985)";
	case NARU_BY_DUPACKS:
		return "three duplicate ACKs came (RFC 5681)";
	case NARU_BY_DSACK:
		return "all that went again had arrived before, as the peer says (RFC 3708)";
	case NARU_BY_TIMESTAMP:
		return "the ACK answered what was sent first, as its timestamp says (RFC 3522)";
	case NARU_BY_FRTO:
		return "what was in flight arrived after the timeout (F-RTO, RFC 5682)";
	default:
		return "nobody knows how";
	}
}

/**
 * why_event() - a loss, or a sign of one, as a sentence
 * @e: event
 * @text: filled
 * @size: bytes of @text, WHY_TEXT_MAX are enough
 *
 * Return: false where the event is about something else.
 */
bool why_event(const struct history_event *e, char *text, size_t size)
{
	double s = e->us / 1e6;

	switch (e->what) {
	case NARU_WHAT_LOSS:
		snprintf(text, size, "At %.6f s %u bytes were taken for lost: %s.", s, e->value, how_noticed(e->by));
		return true;
	case NARU_WHAT_RTO:
		snprintf(text, size,
			 "At %.6f s the retransmission timer fired, for time %u in a row: no ACK had come (RFC 6298).",
			 s, e->value);
		return true;
	case NARU_WHAT_TLP_LOSS:
		snprintf(text, size,
			 "At %.6f s the last segment had been lost: a tail loss probe has mended it (RFC 8985 7).",
			 s);
		return true;
	case NARU_WHAT_UNDO:
		snprintf(text, size,
			 "At %.6f s a reduction was taken back, since nothing was lost: %s.",
			 s, how_noticed(e->by));
		return true;
	case NARU_WHAT_ECN:
		snprintf(text, size,
			 "At %.6f s a router's mark had the window reduced, and nothing was lost (RFC 3168).",
			 s);
		return true;
	case NARU_WHAT_ERROR:
		snprintf(text, size, "At %.6f s the connection failed: %s.", s, strerror(e->value));
		return true;
	}
	return false;
}

/**
 * why_drop() - a row of segments that were not taken, as a phrase
 * @d: row
 * @text: filled
 * @size: bytes of @text, WHY_TEXT_MAX are enough
 */
void why_drop(const struct history_drop *d, char *text, size_t size)
{
	char flags[HISTORY_TEXT_MAX];

	history_flags(d->flags, flags, sizeof(flags));
	if (d->times > 1)
		snprintf(text, size,
			 "At %.6f s and before, %u segments in a row, the last %s seq %u len %u: %s",
			 d->us / 1e6, d->times, flags, d->seq, d->len, d->reason);
	else
		snprintf(text, size, "At %.6f s %s seq %u len %u: %s", d->us / 1e6, flags, d->seq, d->len, d->reason);
}
