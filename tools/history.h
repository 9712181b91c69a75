/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a connection went through, as the module's flight recorder tells of it.
 */
#ifndef NARU_TOOLS_HISTORY_H
#define NARU_TOOLS_HISTORY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HISTORY_SSTHRESH_NONE	0x7fffffff
#define HISTORY_TEXT_MAX	160	/* bytes of what history_describe() and history_flags() say */
#define HISTORY_EVENTS_MAX	4096	/* of each kind; a recording has far less */
#define HISTORY_US_MAX		(1LL << 52)	/* 142 years: no time in a file is farther from when it was opened */

struct nl;
struct nlmsghdr;

/**
 * struct history_event - something has happened, and how the connection stood then
 * @us: when, microseconds since the connection was opened
 * @value: what enum naru_genl_what says
 * @cwnd: congestion window, bytes, as all windows
 * @ssthresh: slow start threshold, HISTORY_SSTHRESH_NONE: not set
 * @srtt_us: smoothed round-trip time, 0: not known
 * @in_flight: bytes
 * @snd_wnd: the peer's window
 * @rcv_wnd: ours
 * @what: enum naru_genl_what
 * @by: enum naru_genl_by
 * @state: RFC 9293's state by its number
 * @recovery: as struct tcp_info's tcpi_ca_state
 */
struct history_event {
	uint64_t us;
	uint32_t value, cwnd, ssthresh, srtt_us, in_flight, snd_wnd, rcv_wnd;
	uint8_t what, by, state, recovery;
};

/**
 * struct history_segment - a segment, or a run of them
 * @us: when, microseconds since the connection was opened; of a run when the first was
 * @out_bytes: of a run, payload that was sent
 * @in_bytes: and that came
 * @out: of a run, segments sent
 * @in: and received
 * @how: NARU_SEGMENT_HOW_*
 * @seq: less the initial sequence number, as @ack
 * @ack: where @flags has the bit
 * @len: bytes of payload
 * @wnd: bytes, scaled
 * @flags: as in the header
 */
struct history_segment {
	int64_t us;
	uint64_t out_bytes, in_bytes;
	uint32_t out, in;
	uint32_t how, seq, ack, len, wnd;
	uint8_t flags;
};

/**
 * struct history_drop - a row of the peer's segments that were not taken
 * @us: when the last came, microseconds since the connection was opened
 * @reason: as naru stat has it, without DROP_
 * @times: how many
 * @seq: of the last, less the initial sequence number
 * @len: of the last, bytes of payload
 * @flags: of the last
 */
struct history_drop {
	int64_t us;
	char reason[32];
	uint32_t times, seq, len;
	uint8_t flags;
};

/**
 * struct history - a recording
 * @headed: the first message of it was read
 * @has_ended: the connection is gone
 * @scaled: windows are scaled
 * @snd_wscale: by how much the peer's, where @scaled is set
 * @rcv_wscale: and ours
 * @wire: IP protocol number
 * @family: AF_INET or AF_INET6
 * @lport: local port
 * @rport: remote port
 * @id: number of the socket
 * @tw_id: number of the connection in TIME-WAIT, 0: none
 * @lost: events of which nothing is known any more
 * @segments_lost: and segments that stood out, or runs
 * @laddr: local address, IPv4 as v4-mapped
 * @raddr: remote address
 * @opened: when it was opened, as NARU_HISTORY_OPENED has it, nanoseconds since the epoch
 * @ended: how long it lasted then, microseconds, where @has_ended is set
 * @num_events: how many of @event
 * @num_segments: of @segment
 * @num_drops: of @drop
 * @event: in order of time
 * @segment: in order of time
 * @drop: in order of time
 */
struct history {
	bool headed, has_ended, scaled;
	uint8_t snd_wscale, rcv_wscale, wire, family;
	uint16_t lport, rport;
	uint32_t id, tw_id, lost, segments_lost;
	struct in6_addr laddr, raddr;
	uint64_t opened, ended;
	size_t num_events, num_segments, num_drops;
	struct history_event *event;
	struct history_segment *segment;
	struct history_drop *drop;
};

/* history.c */
int history_read(struct nl *nl, uint32_t id, struct history *h, FILE *raw);

/* history_take.c */
bool history_take(struct history *h, const struct nlmsghdr *nlh);
void history_free(struct history *h);

/* history_file.c */
bool history_save(FILE *f, const void *messages, size_t size);
bool history_load(const void *data, size_t size, struct history *h, char *error, size_t error_size);

/* history_words.c: nothing here needs more than C */
const char *history_what(unsigned int what);
const char *history_by(unsigned int by);
const char *history_recovery(unsigned int recovery);
void history_describe(const struct history_event *e, char *text, size_t size);
void history_flags(unsigned int flags, char *text, size_t size);
void history_describe_segment(const struct history_segment *s, char *text, size_t size);
int64_t history_end_us(const struct history *h);

#endif
