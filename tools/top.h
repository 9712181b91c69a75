/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What naru top shows, and in which order. Nothing here reads, prints or looks at a clock.
 */
#ifndef NARU_TOOLS_TOP_H
#define NARU_TOOLS_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOP_ENDPOINT	64
#define TOP_LINE	512
#define TOP_FILTER	256

/**
 * struct top_sock - a socket
 * @id: its number
 * @wire: name of the wire mode
 * @state: name of the state
 * @local: local endpoint
 * @remote: remote endpoint
 * @owner: who has it open
 * @is_stream: it has what follows
 * @sent: bytes that the peer has acknowledged
 * @received: bytes that have come
 * @rtt_us: smoothed round-trip time
 * @cwnd: segments
 * @retrans: segments sent again
 * @tx: bytes a second that were acknowledged lately
 * @rx: bytes a second that came
 * @again: segments a second that were sent again
 */
struct top_sock {
	uint32_t id;
	const char *wire, *state;
	char local[TOP_ENDPOINT], remote[TOP_ENDPOINT], owner[32];
	bool is_stream;
	uint64_t sent, received;
	uint32_t rtt_us, cwnd, retrans;
	uint64_t tx, rx, again;
};

/**
 * struct top_map - a mapping of the NAPT
 * @id: its number
 * @proto: name of its protocol
 * @dev: interface
 * @inside: inside endpoint
 * @outside: external endpoint
 * @sessions: how many
 * @expires: seconds, -1: it stays
 */
struct top_map {
	uint32_t id;
	const char *proto;
	char dev[16], inside[TOP_ENDPOINT], outside[TOP_ENDPOINT];
	uint32_t sessions;
	int64_t expires;
};

struct top_socks {
	struct top_sock *sock;
	size_t num;
};

struct top_maps {
	struct top_map *map;
	size_t num;
};

/* By what sockets are ordered. The largest of figures comes first */
enum top_order {
	TOP_BY_TX,
	TOP_BY_RX,
	TOP_BY_RTT,
	TOP_BY_RETRANS,
	TOP_BY_OWNER,
	TOP_BY_REMOTE,
	TOP_ORDERS
};

enum top_page { TOP_SOCKS, TOP_HISTORY, TOP_NAPT };

/* Keys that are no characters */
enum { TOP_KEY_UP = 1000, TOP_KEY_DOWN, TOP_KEY_PAGE_UP, TOP_KEY_PAGE_DOWN, TOP_KEY_HOME, TOP_KEY_END };

#define TOP_KEY_ESCAPE	27

/* What has to be done behind a key */
enum top_action {
	TOP_NOTHING,
	TOP_QUIT,
	TOP_READ,		/* what is shown is to be read anew */
	TOP_TAKE_FILTER,	/* @typed is a filter */
};

/**
 * struct top_view - what of it is shown
 * @page: which page
 * @order: of sockets
 * @turned: the other way round
 * @paused: nothing is read
 * @typing: a filter is being typed
 * @typed: so far; and afterwards the one that holds, as much of it as there is room for
 * @kept: the one that holds while another is typed
 * @place: line that is chosen, or of a history the first that is shown, from 0
 * @chosen: number of the socket that is chosen, 0: none
 * @id: number of the socket whose history it is
 * @num: lines there are
 * @room: lines that are shown at once
 * @follows: a history is shown to its end
 * @interrupted: what is shown is not of one moment: something came or went while it was read
 * @message: what is to be said, empty: nothing
 */
struct top_view {
	enum top_page page;
	enum top_order order;
	bool turned, paused, typing;
	char typed[TOP_FILTER], kept[TOP_FILTER];
	size_t place;
	uint32_t chosen, id;
	size_t num, room;
	bool follows, interrupted;
	char message[TOP_FILTER];
};

/* top_model.c */
void top_rates(const struct top_socks *before, struct top_socks *now, uint64_t us);
void top_sort(struct top_socks *socks, enum top_order order, bool turned);
void top_sort_maps(struct top_maps *maps);
const char *top_order_name(enum top_order order);

/* top_view.c */
void top_name_filter(struct top_view *v, int argc, char **argv);
enum top_action top_key(struct top_view *v, int key);
enum top_action top_resized(const struct top_view *v);
void top_choose(struct top_view *v, const struct top_socks *socks);
size_t top_first(const struct top_view *v);

/* top_text.c: lines for so many characters */
void top_rate_text(uint64_t rate, char *text, size_t size);
void top_time_text(uint64_t us, char *text, size_t size);
void top_sock_heading(char *line, size_t size, unsigned int width);
void top_sock_line(const struct top_sock *s, char *line, size_t size, unsigned int width);
void top_map_heading(char *line, size_t size, unsigned int width);
void top_map_line(const struct top_map *m, char *line, size_t size, unsigned int width);
void top_status(const struct top_view *v, const struct top_socks *socks, char *line, size_t size);
const char *top_help(const struct top_view *v);

#endif
