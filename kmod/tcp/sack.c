// SPDX-License-Identifier: GPL-2.0
/*
 * Selective acknowledgment, RFC 2018: which blocks the receiver reports, and which of the peer's
 * the sender believes.
 */
#include "sack.h"

/* [start, end) and @b overlap or touch. */
static bool joins(const struct naru_sack_block *b, u32 start, u32 end)
{
	return !naru_seq_before(b->end, start) && !naru_seq_after(b->start, end);
}

static void widen(struct naru_sack_block *b, const struct naru_sack_block *by)
{
	if (naru_seq_before(by->start, b->start))
		b->start = by->start;
	if (naru_seq_after(by->end, b->end))
		b->end = by->end;
}

/**
 * naru_sack_rcv_add - data has been queued out of order
 * @s: blocks to report
 * @start: first sequence number of the data
 * @end: behind the last
 *
 * The block that holds the data goes to the front, with the blocks it now touches merged into it;
 * the others keep their order, and the one reported longest ago falls off a full list (RFC 2018 4).
 *
 * Context: socket lock held.
 */
void naru_sack_rcv_add(struct naru_sack_rcv *s, u32 start, u32 end)
{
	struct naru_sack_block front = { start, end }, kept[NARU_SACK_MAX];
	unsigned int i, n = 0;

	if (!naru_seq_before(start, end))
		return;
	for (i = 0; i < s->num; i++) {
		if (joins(&s->block[i], front.start, front.end))
			widen(&front, &s->block[i]);
		else
			kept[n++] = s->block[i];
	}
	n = min_t(unsigned int, n, NARU_SACK_MAX - 1);
	s->block[0] = front;
	for (i = 0; i < n; i++)
		s->block[i + 1] = kept[i];
	s->num = n + 1;
}

/**
 * naru_sack_rcv_advance - RCV.NXT has moved
 * @s: blocks to report
 * @rcv_nxt: RCV.NXT
 *
 * Blocks that RCV.NXT has reached are acknowledged cumulatively from now on: they go.
 *
 * Context: socket lock held.
 */
void naru_sack_rcv_advance(struct naru_sack_rcv *s, u32 rcv_nxt)
{
	unsigned int i, n = 0;

	for (i = 0; i < s->num; i++)
		if (naru_seq_after(s->block[i].start, rcv_nxt))
			s->block[n++] = s->block[i];
	s->num = n;
}

/**
 * naru_sack_block_valid - whether a block that the peer sent can be true
 * @b: the block
 * @snd_una: SND.UNA
 * @snd_nxt: SND.NXT
 *
 * Return: true if it is not empty, the right way round and about data in flight (RFC 2018 3).
 * Socket lock held.
 */
bool naru_sack_block_valid(const struct naru_sack_block *b, u32 snd_una, u32 snd_nxt)
{
	return naru_seq_before(b->start, b->end) &&
	       naru_seq_between(b->start, snd_una, snd_nxt) &&
	       naru_seq_between(b->end, snd_una, snd_nxt);
}

static bool is_within(const struct naru_sack_block *b, const struct naru_sack_block *of)
{
	return !naru_seq_before(b->start, of->start) && !naru_seq_after(b->end, of->end);
}

/**
 * naru_sack_is_dsack - whether the first block tells of data that came twice
 * @b: the blocks
 * @num: how many there are
 * @ack: SEG.ACK of the segment that has them
 * @oldest: sequence number of the oldest data that it may tell of
 *
 * Return: true if it is below the acknowledgment, or within the second block; RFC 2883 4. Socket lock held.
 */
bool naru_sack_is_dsack(const struct naru_sack_block *b, unsigned int num, u32 ack, u32 oldest)
{
	if (!num || !naru_seq_before(b->start, b->end) || naru_seq_before(b->start, oldest))
		return false;
	if (!naru_seq_after(b->end, ack))
		return true;
	return num > 1 && naru_seq_before(b[1].start, b[1].end) && is_within(b, &b[1]);
}
