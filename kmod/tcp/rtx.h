/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is sent and not acknowledged: rtx.c.
 */
#ifndef NARU_RTX_H
#define NARU_RTX_H

#include "../naru.h"

/**
 * struct naru_rtx_news - what an ACK says of the retransmission queue
 * @acked: bytes acknowledged cumulatively for the first time
 * @sacked: selectively
 * @delivered: in either way
 * @doubled: bytes that a D-SACK says have come twice since the last reduction
 * @rtt_us: round-trip time of a segment that was sent once, µs; 0: none
 * @tsecr: the timestamp that it echoes, while @has_ts
 * @has_ts: it echoes one
 * @retransmitted: some of what is acknowledged cumulatively was sent more than once
 * @original: what was in flight at the last timeout, and was sent once, has arrived
 * @beyond: what was sent since then has
 * @reordered: it shows reordering
 * @dsack: it has a D-SACK block
 * @dsack_tlp: for the tail loss probe
 * @lost: it shows losses
 * @ece: it echoes congestion (RFC 3168)
 * @rate: its sample of the delivery rate
 * @segments: that were delivered, as @delivered
 */
struct naru_rtx_news {
	u32 acked, sacked, delivered, doubled, rtt_us, tsecr, segments;
	bool has_ts, retransmitted, original, beyond, reordered, dsack, dsack_tlp, lost, ece;
	struct naru_rate_sample rate;
};

/**
 * naru_rtx_in_flight - the "pipe": bytes believed to be in the network
 * @ns: socket, lock held
 *
 * Return: bytes, RFC 6675 4.
 */
static inline u32 naru_rtx_in_flight(const struct naru_sock *ns)
{
	s32 pipe = ns->snd_nxt - ns->snd_una - ns->sacked_out - ns->lost_out + ns->retrans_out;

	return pipe > 0 ? pipe : 0;
}

void naru_rtx_clean(struct sock *sk, u32 ack, struct naru_rtx_news *news);
void naru_rtx_sacked(struct sock *sk, const struct naru_seg *seg, struct naru_rtx_news *news);
u32 naru_rtx_detect_lost(struct sock *sk, bool *lost);
void naru_rtx_unmark_lost(struct sock *sk);
bool naru_rtx_send_tail(struct sock *sk);
void naru_rtx_mark_all_lost(struct sock *sk);
void naru_rtx_send_lost(struct sock *sk);
bool naru_rtx_crowded(const struct sock *sk);
int naru_rtx_send_head(struct sock *sk);
void naru_rtx_mark_head_lost(struct sock *sk);
void naru_rtx_mark_large_lost(struct sock *sk);
void naru_rtx_mark_lost(struct sock *sk, u32 start, u32 end);
void naru_rtx_purge(struct sock *sk);

#endif
