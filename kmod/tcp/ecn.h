/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Explicit congestion notification, RFC 3168 6.1: who uses it, what of it is in the segments that are
 * sent, what those that come mean.
 */
#ifndef NARU_ECN_H
#define NARU_ECN_H

#include "seq.h"
#include "wire.h"

/* The ECN field of an IP header, RFC 3168 5 */
#define NARU_ECN_NOT_ECT	0
#define NARU_ECN_ECT_0		2
#define NARU_ECN_CE		3

/* The setting ecn has the numbers of net.ipv4.tcp_ecn */
#define NARU_ECN_OFF		0
#define NARU_ECN_ASK		1	/* and accept */

/**
 * struct naru_ecn - ECN of a connection
 * @ok: agreed on, and before the peer's SYN has come asked for: what comes marked is echoed
 * @plain: a SYN without ECN has gone as well, or come: nothing of ours is ECT
 * @seen: something came that is ECT or marked
 * @echo: ECE is on all that we acknowledge with, until CWR comes
 * @cwr: the window was reduced, and no CWR has told the peer yet
 * @guarded: no reduction again before SND.UNA has passed @point
 * @point: SND.NXT at the last reduction
 */
struct naru_ecn {
	bool ok, plain, seen;
	bool echo, cwr, guarded;
	u32 point;
};

u8 naru_ecn_ask(struct naru_ecn *e);
bool naru_ecn_asked(u8 flags, u8 field);
u8 naru_ecn_synack(const struct naru_ecn *e);
void naru_ecn_answered(struct naru_ecn *e, u8 flags);
bool naru_ecn_receive(struct naru_ecn *e, u8 flags, u8 field);
u8 naru_ecn_send(struct naru_ecn *e, bool fresh, u8 *flags);
bool naru_ecn_echoed(const struct naru_ecn *e, u8 flags);
void naru_ecn_acked(struct naru_ecn *e, u32 snd_una);
void naru_ecn_reduced(struct naru_ecn *e, u32 snd_nxt);
void naru_ecn_undone(struct naru_ecn *e);

#endif
