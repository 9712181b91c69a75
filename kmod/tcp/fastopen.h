/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP Fast Open, RFC 7413: what a SYN with a cookie or with data means to a listener, what a client's SYN
 * offers, and what came of it.
 */
#ifndef NARU_FASTOPEN_H
#define NARU_FASTOPEN_H

#include "wire.h"

/* Bits of the setting fastopen, as net.ipv4.tcp_fastopen has them */
#define NARU_FASTOPEN_CLIENT		0x001
#define NARU_FASTOPEN_SERVER		0x002
#define NARU_FASTOPEN_CLIENT_BARE	0x004	/* data without a cookie */
#define NARU_FASTOPEN_SERVER_BARE	0x200	/* taken without a cookie */
#define NARU_FASTOPEN_LISTENERS		0x400	/* all of them, without TCP_FASTOPEN */

#define NARU_FASTOPEN_KEYS	2	/* of a listener: the first makes cookies, both are taken */
#define NARU_FASTOPEN_COOKIE	8	/* bytes of our cookies */
#define NARU_FASTOPEN_RESET_S	60	/* seconds for which a reset counts as pending, RFC 7413 5.1 */
#define NARU_FASTOPEN_SLOTS	64	/* seconds, more than those */

/**
 * struct naru_fastopen_queue - PendingFastOpenRequests, RFC 7413 4.2 and 5.1
 * @max: what TCP_FASTOPEN says; 0: there is no Fast Open
 * @pending: opened by their SYN, in SYN-RECEIVED
 * @resets: those that were reset in the last NARU_FASTOPEN_RESET_S seconds
 * @at: second up to which @resets is counted
 * @reset: of @resets those of a second, by the second modulo NARU_FASTOPEN_SLOTS
 */
struct naru_fastopen_queue {
	u32 max, pending, resets;
	u32 at;
	u32 reset[NARU_FASTOPEN_SLOTS];
};

/* What a listener makes of a SYN */
enum naru_fastopen_verdict {
	NARU_FASTOPEN_NONE,	/* it opens as usual */
	NARU_FASTOPEN_GRANT,	/* the same, and the <SYN,ACK> has a cookie */
	NARU_FASTOPEN_REFUSE,	/* the same: the cookie was wrong, here is the right one */
	NARU_FASTOPEN_OPEN,	/* the connection is open, its text is taken */
	NARU_FASTOPEN_RENEW,	/* and the <SYN,ACK> has a cookie of the new key */
};

/**
 * struct naru_fastopen_syn - what the verdict looks at
 * @bare: no cookie is needed
 * @cookie: the SYN's option, NULL: it has none
 * @mac: of both addresses, under each key
 * @keys: how many there are
 */
struct naru_fastopen_syn {
	bool bare;
	const struct naru_cookie *cookie;
	u64 mac[NARU_FASTOPEN_KEYS];
	u8 keys;
};

/* What a client's SYN has of Fast Open */
enum naru_fastopen_offer {
	NARU_FASTOPEN_PLAIN,	/* nothing */
	NARU_FASTOPEN_ASK,	/* it asks for a cookie */
	NARU_FASTOPEN_BARE,	/* data without a cookie */
	NARU_FASTOPEN_USE,	/* data with the cookie */
};

/**
 * struct naru_fastopen_path - what is remembered of a server
 * @cookie: its cookie; of no bytes: none
 * @mss: the MSS that it announced, 0: unknown
 * @losses: SYNs in a row that seem to have been dropped for Fast Open's sake
 * @since_s: seconds since the last of them
 */
struct naru_fastopen_path {
	struct naru_cookie cookie;
	u16 mss;
	u8 losses;
	u32 since_s;
};

/* Why a SYN's data did not spare a round trip: tcpi_fastopen_client_fail */
enum naru_fastopen_fail {
	NARU_FASTOPEN_UNSPEC,
	NARU_FASTOPEN_NO_COOKIE,
	NARU_FASTOPEN_NOT_ACKED,
	NARU_FASTOPEN_RETRANSMITTED,
};

#define NARU_FASTOPEN_LOSSES_MAX	10

enum naru_fastopen_offer naru_fastopen_choose(const struct naru_fastopen_path *path, bool paused,
					      bool bare);
u32 naru_fastopen_room(u32 mss);
bool naru_fastopen_dropped(bool retransmitted, bool has_cookie, bool data_left);
u64 naru_fastopen_pause(u32 times, u32 timeout_s);
bool naru_fastopen_asked(int setting, const struct naru_seg *seg);
void naru_fastopen_cookie(struct naru_cookie *cookie, u64 mac, bool exp);
enum naru_fastopen_verdict naru_fastopen_judge(const struct naru_fastopen_syn *syn,
					       struct naru_cookie *give);
bool naru_fastopen_full(struct naru_fastopen_queue *q, u32 now_s);
void naru_fastopen_done(struct naru_fastopen_queue *q, bool reset, u32 now_s);

#endif
