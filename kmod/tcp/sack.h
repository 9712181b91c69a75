/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Selective acknowledgment, RFC 2018.
 */
#ifndef NARU_SACK_H
#define NARU_SACK_H

#include "wire.h"
#include "seq.h"

/* Blocks that the receiver reports, the most recently changed first (RFC 2018 4) */
struct naru_sack_rcv {
	struct naru_sack_block block[NARU_SACK_MAX];
	u8 num;
};

/* [start, end) has been queued out of order: merge, move to the front. */
void naru_sack_rcv_add(struct naru_sack_rcv *s, u32 start, u32 end);
/* RCV.NXT has moved: blocks at or below it go. */
void naru_sack_rcv_advance(struct naru_sack_rcv *s, u32 rcv_nxt);
/* A block from the peer: inside [snd_una, snd_nxt], not empty, right way round. */
bool naru_sack_block_valid(const struct naru_sack_block *b, u32 snd_una, u32 snd_nxt);
/* The first of the peer's blocks tells of data that came twice, RFC 2883 4. */
bool naru_sack_is_dsack(const struct naru_sack_block *b, unsigned int num, u32 ack, u32 oldest);

#endif
