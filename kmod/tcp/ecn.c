// SPDX-License-Identifier: GPL-2.0
/*
 * Explicit congestion notification, RFC 3168 6.1: agreed on by the flags of SYNs; then routers mark
 * packets instead of dropping them, the receiver echoes, and the sender says that it has slowed down.
 */
#include "ecn.h"

#define SETUP_SYN	(NARU_ECE | NARU_CWR)
#define SETUP_SYNACK	NARU_ECE

/**
 * naru_ecn_ask - our SYN is to be an ECN-setup SYN
 * @e: ECN of a connection that begins, changed
 *
 * RFC 3168 6.1.1. Return: flags of the SYN. Socket lock held.
 */
u8 naru_ecn_ask(struct naru_ecn *e)
{
	e->ok = true;
	return SETUP_SYN;
}

/**
 * naru_ecn_asked - whether a SYN is an ECN-setup SYN
 * @flags: its flags
 * @field: the ECN field of its IP header
 *
 * RFC 3168 6.1.1: no host sends a SYN that is ECT or marked. Where one comes so, something on the path
 * writes the field, and what it says of congestion is worth nothing.
 *
 * Return: true if it asks for ECN. Any context.
 */
bool naru_ecn_asked(u8 flags, u8 field)
{
	return (flags & SETUP_SYN) == SETUP_SYN && field == NARU_ECN_NOT_ECT;
}

/**
 * naru_ecn_synack - what our <SYN,ACK> says of ECN
 * @e: ECN of a connection
 *
 * RFC 3168 6.1.1: an ECN-setup SYN has come, and no other. Return: flags. Any context.
 */
u8 naru_ecn_synack(const struct naru_ecn *e)
{
	return e->ok && !e->plain ? SETUP_SYNACK : 0;
}

/**
 * naru_ecn_answered - the peer's SYN or <SYN,ACK> has come to our own SYN
 * @e: ECN of the connection, changed
 * @flags: its flags
 *
 * RFC 3168 6.1.1. A <SYN,ACK> with both flags is a mere reflection (6.1.1.2). Where both ends open at
 * once a SYN comes, and a <SYN,ACK> after it: either may refuse. Socket lock held.
 */
void naru_ecn_answered(struct naru_ecn *e, u8 flags)
{
	u8 setup = flags & NARU_ACK ? SETUP_SYNACK : SETUP_SYN;

	if ((flags & SETUP_SYN) != setup)
		e->ok = false;
}

/**
 * naru_ecn_receive - a segment with data has come
 * @e: ECN of the connection, which was agreed on; changed
 * @flags: the segment's flags
 * @field: the ECN field of its IP header
 *
 * RFC 3168 6.1.3 (RFC 9293 SHLD-8): from a mark on everything is acknowledged with ECE, until CWR
 * comes. A segment with CWR that is marked begins anew.
 *
 * Return: true if an ACK is to go at once: a sender whose window is small waits for the news.
 */
bool naru_ecn_receive(struct naru_ecn *e, u8 flags, u8 field)
{
	bool was = e->echo;

	if (field != NARU_ECN_NOT_ECT)
		e->seen = true;
	if (flags & NARU_CWR)
		e->echo = false;
	if (field == NARU_ECN_CE)
		e->echo = true;
	return e->echo != was || (flags & NARU_CWR);
}

/**
 * naru_ecn_send - what of ECN is in a segment
 * @e: ECN of the connection, which was agreed on; @e->cwr is cleared when it is told
 * @fresh: there is data in it that is sent for the first time
 * @flags: the segment's flags; ECE and CWR are added
 *
 * RFC 3168 6.1.2 (RFC 9293 SHLD-8): new data is ECT(0), and the first of it after a reduction has CWR. Nothing else
 * is: pure ACKs (6.1.4), retransmissions (6.1.5), window probes (6.1.6).
 *
 * Return: the ECN field of the IP header. Socket lock held.
 */
u8 naru_ecn_send(struct naru_ecn *e, bool fresh, u8 *flags)
{
	if (e->echo && (*flags & (NARU_ACK | NARU_SYN | NARU_RST)) == NARU_ACK)
		*flags |= NARU_ECE;
	if (!fresh || e->plain)
		return NARU_ECN_NOT_ECT;
	if (e->cwr)
		*flags |= NARU_CWR;
	e->cwr = false;
	return NARU_ECN_ECT_0;
}

/**
 * naru_ecn_echoed - whether an ACK says that something of ours was marked
 * @e: ECN of the connection
 * @flags: the ACK's flags
 *
 * RFC 3168 6.1.2: the window does not grow by such an ACK. Return: true if it does. Any context.
 */
bool naru_ecn_echoed(const struct naru_ecn *e, u8 flags)
{
	return flags & NARU_ECE && e->ok && !e->plain && !(flags & NARU_SYN);
}

/**
 * naru_ecn_acked - SND.UNA has moved
 * @e: ECN of the connection, changed
 * @snd_una: SND.UNA
 *
 * RFC 3168 6.1.2: once a window of data. Until something is acknowledged that was sent after the last
 * reduction, for whatever reason that was, the peer echoes without having heard of it. Socket lock
 * held.
 */
void naru_ecn_acked(struct naru_ecn *e, u32 snd_una)
{
	if (naru_seq_after(snd_una, e->point))
		e->guarded = false;
}

/**
 * naru_ecn_reduced - the congestion window was reduced, whatever the reason
 * @e: ECN of the connection, changed
 * @snd_nxt: SND.NXT
 *
 * RFC 3168 6.1.2: the peer is told with the next data. Socket lock held.
 */
void naru_ecn_reduced(struct naru_ecn *e, u32 snd_nxt)
{
	e->cwr = true;
	e->guarded = true;
	e->point = snd_nxt;
}

/**
 * naru_ecn_undone - the reduction was for nothing, and is taken back
 * @e: ECN of the connection, changed
 *
 * The peer is not told of it, and what it echoes counts (RFC 3168 6.1.2). Socket lock held.
 */
void naru_ecn_undone(struct naru_ecn *e)
{
	e->cwr = false;
	e->guarded = false;
}
