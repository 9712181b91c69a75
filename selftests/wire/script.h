/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a script says, as script_parse.c understands it: scripts/README.md describes the language.
 * Nothing of the wire is known here, so that selftests/unit tests the parser too.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCRIPT_LINES	400	/* after those that stand for several are written out */
#define SCRIPT_FLOWS	4	/* ports of the peer */
#define SCRIPT_CHECKS	12	/* of one line */
#define SCRIPT_WORD	32
#define SCRIPT_ERROR	256
#define SCRIPT_OPTIONS	40	/* bytes of TCP options */
#define SCRIPT_DIFFERS	4
#define SCRIPT_COOKIE	16	/* bytes of a Fast Open cookie */

/* Where a script or a line of it holds; what is not allowed is a bit that is not set */
enum {
	ON_NARU = 1,
	ON_KERNEL = 2,
	ON_NATIVE = 4,
	ON_INET = 8,
	ON_V4 = 16,
	ON_V6 = 32,
	ON_ALL = 63,
};

enum script_kind {
	SCRIPT_IN,		/* the peer sends a segment */
	SCRIPT_OUT,		/* a segment must come */
	SCRIPT_QUIET,		/* none may have come, or may come for @time */
	SCRIPT_ICMP,		/* the peer reports an error */
	SCRIPT_SETTING,
	SCRIPT_CALL,		/* what the program does */
};

enum script_call {
	CALL_SOCKET, CALL_BIND, CALL_LISTEN, CALL_CONNECT, CALL_ACCEPT, CALL_WRITE, CALL_READ,
	CALL_CLOSE, CALL_SHUTDOWN, CALL_SET, CALL_GET, CALL_POLL, CALL_WAIT, CALL_INFO,
};

enum script_icmp { ICMP_NET, ICMP_HOST, ICMP_PROTO, ICMP_PORT, ICMP_TOO_BIG, ICMP_TIME };

enum script_compare { COMPARE_NONE, COMPARE_EQ, COMPARE_LT, COMPARE_GT };

struct script_value {
	enum script_compare compare;
	long long value;	/* an error number: below 0 */
};

struct script_check {
	char name[SCRIPT_WORD];
	struct script_value is;
};

/* What a segment has, or must not have */
enum {
	HAS_SEQ = 1,
	HAS_ACK = 2,
	HAS_MSS = 4,
	HAS_WSCALE = 8,
	HAS_SACKOK = 16,
	HAS_TS = 32,
	HAS_TSVAL = 64,
	HAS_ECR = 128,
	HAS_ECN = 256,
	HAS_URG = 512,
	HAS_COOKIE = 1024,
};

/* The Fast Open option: these bytes, perhaps none; those that the host sent last; any */
enum script_cookie { COOKIE_BYTES, COOKIE_LAST, COOKIE_ANY };

/**
 * struct script_seg - a segment; numbers count the bytes of data of either side from 0
 * @flow: which of the peer's ports
 * @flags: FIN, SYN... of wire.h
 * @has: HAS_* that are given
 * @lacks: HAS_* that a segment to come must not have, or the peer leaves out
 * @exp: the Fast Open option is that of experiments
 * @by: it stands for several, of so many bytes each; 0: it does not
 */
struct script_seg {
	int flow;
	int flags;
	unsigned int has, lacks;
	int seq, len, ack, by;
	struct script_value wnd;
	int mss, wscale, urg, ecn;
	uint32_t tsval, ecr;
	int sacks;
	int sack[4][2];
	enum script_cookie cookie;
	bool exp;
	uint8_t cookie_val[SCRIPT_COOKIE];
	int cookie_len;
	uint8_t raw[SCRIPT_OPTIONS];
	int raw_len;
	int doff, cut;
	bool bad_csum;
};

/* Nanoseconds after the last event; @margin 0: what is usual, @any: whenever it comes */
struct script_time {
	int64_t after;
	int64_t margin;
	bool any;
};

/**
 * struct script_line - a line
 * @number: where it is in its file
 * @on: ON_* that it is for
 * @kind: what is to be done
 * @seg: of SCRIPT_IN, SCRIPT_OUT; @seg.seq of SCRIPT_ICMP is what it is about
 * @time: when, of SCRIPT_OUT and CALL_WAIT; how long, of SCRIPT_QUIET
 * @call: of SCRIPT_CALL; the enum script_icmp of SCRIPT_ICMP
 * @who: the socket
 * @word: second socket, option, setting
 * @text: value of an option that is a name
 * @value: bytes, port, backlog, value, events, MTU
 * @flags: of write
 * @result: what the call must return; COMPARE_NONE: success
 * @check: of CALL_INFO, @checks of them
 */
struct script_line {
	int number;
	unsigned int on;
	enum script_kind kind;
	struct script_seg seg;
	struct script_time time;
	int call;
	char who[SCRIPT_WORD];
	char word[SCRIPT_WORD];
	char text[SCRIPT_WORD];
	long long value;
	int flags;
	struct script_value result;
	struct script_check check[SCRIPT_CHECKS];
	int checks;
};

struct script {
	const char *name;
	unsigned int on;
	int num;
	struct script_line line[SCRIPT_LINES];
	int num_differs;
	char differs[SCRIPT_DIFFERS][SCRIPT_ERROR];
};

bool script_parse(struct script *s, const char *name, const char *text, char *error);

/* script_names.c: tables that end with a NULL */
struct script_name {
	const char *name;
	int a, b;
};

extern const struct script_name script_options[];	/* level, name */
extern const struct script_name script_info[];		/* offset and size in TCP_INFO */
extern const struct script_name script_events[];	/* of poll(2) */
extern const struct script_name script_errors[];	/* error numbers */
extern const struct script_name script_words[];		/* values that have a name */
extern const struct script_name script_icmps[];
extern const struct script_name script_ecns[];
extern const struct script_name script_calls[];

const struct script_name *script_find(const struct script_name *table, const char *name);
const char *script_errno_name(int err);

#endif
