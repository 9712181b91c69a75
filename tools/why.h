/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a connection is as slow as it is, in words.
 */
#ifndef NARU_TOOLS_WHY_H
#define NARU_TOOLS_WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/tcp.h>
#include "history.h"

#define WHY_TEXT_MAX	320	/* bytes of a sentence */

/* What limits a connection */
enum why_limit {
	WHY_OVER,		/* nothing is sent any more */
	WHY_CLOSED,		/* it is not open */
	WHY_LISTENS,
	WHY_ACCEPT_QUEUE,	/* a listener's program does not accept */
	WHY_HANDSHAKE,		/* the peer has not answered the SYN */
	WHY_NO_ANSWER,		/* what is in flight is not acknowledged */
	WHY_PEER_CLOSED,	/* the peer's window has no room at all */
	WHY_READER,		/* the program here does not read */
	WHY_RECEIVER_WINDOW,	/* the peer's window is full */
	WHY_RECOVERY,		/* the congestion window, which a loss has made small */
	WHY_CONGESTION_WINDOW,
	WHY_PACING,
	WHY_SEND_BUFFER,	/* the program waits for room in it */
	WHY_SMALL_SEGMENT,	/* Nagle, or a cork */
	WHY_CLOSE,		/* one side has closed, and the other has not */
	WHY_APPLICATION,	/* the program writes nothing */
	WHY_PEER,		/* nothing is to be sent, nor read */
	WHY_LIMITS
};

/**
 * struct why - what is known of a connection
 * @state: RFC 9293's, by its number
 * @has_info: what @info says is of the connection, and not only zeros
 * @recvq: as naru sock has it
 * @sendq: as naru sock has it: bytes not acknowledged, not sent ones among them
 * @timer_ms: until the timer fires that runs
 * @info: struct tcp_info, zeros where there is none, but for how often a SYN,ACK went again
 * @limits: microseconds, by NARU_LIMITS_*, NULL: not told
 * @wmem: memory in the send queues, 0: not known
 * @sndbuf: most of that
 * @drops: packets that were dropped for lack of room
 * @history: what was recorded, NULL: nothing
 */
struct why {
	unsigned int state;
	bool has_info;
	uint32_t recvq, sendq, timer_ms;
	struct tcp_info info;
	const uint64_t *limits;
	uint32_t wmem, sndbuf, drops;
	const struct history *history;
};

/* cmd_why.c */
struct ctx;
int why_run(struct ctx *ctx, int argc, char **argv);

/* why.c: nothing in it needs more than C */
enum why_limit why_limit(const struct why *w);
const char *why_name(enum why_limit limit);
void why_now(const struct why *w, enum why_limit limit, char *text, size_t size);
bool why_shares(const struct why *w, char *text, size_t size);
bool why_lost(const struct why *w, char *text, size_t size);
bool why_event(const struct history_event *e, char *text, size_t size);
void why_drop(const struct history_drop *d, char *text, size_t size);

/* why_past.c: as above */
void why_past_lasted(const struct history *h, char *text, size_t size);
void why_past_lost(const struct history *h, char *text, size_t size);
bool why_past_window(const struct history *h, unsigned int what, char *text, size_t size);

#endif
