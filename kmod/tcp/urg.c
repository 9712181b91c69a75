// SPDX-License-Identifier: GPL-2.0
/*
 * Urgent data: decisions of the sender and of the receiver. RFC 9293 3.8.5, RFC 6093.
 */
#include "urg.h"
#include "seq.h"

#define POINTER_MAX	0xffff

/**
 * naru_urg_pointer - what a segment says of urgent data
 * @seq: SEG.SEQ
 * @snd_up: SND.UP, behind the last urgent byte, above SND.UNA
 * @snd_nxt: SND.NXT
 * @pointer: is set: the urgent pointer
 *
 * RFC 9293 3.8.5 (MUST-62): it points behind the urgent data. Where that is further on than the field can
 * say (MUST-31), the segment says the most it can: something urgent comes. It must not if what it would
 * point to has been sent already, as other than the end of urgent data.
 *
 * Return: true if the segment has URG. Any context.
 */
bool naru_urg_pointer(u32 seq, u32 snd_up, u32 snd_nxt, u16 *pointer)
{
	u32 ahead = snd_up - seq;

	if (!naru_seq_after(snd_up, seq))
		return false;
	*pointer = min_t(u32, ahead, POINTER_MAX);
	return ahead <= POINTER_MAX || naru_seq_after(seq + POINTER_MAX, snd_nxt);
}

/**
 * naru_urg_most - how large a packet may be while urgent data is on its way
 * @seq: its first sequence number, not below SND.UNA
 * @snd_up: SND.UP
 * @mss: bytes of a segment
 * @most: bytes that may go otherwise
 *
 * Who cuts a packet into segments later (the device) copies the pointer, which is an offset from each
 * one's own sequence number.
 *
 * Return: @most, or no more than a segment before SND.UP; bytes. Any context.
 */
u32 naru_urg_most(u32 seq, u32 snd_up, u32 mss, u32 most)
{
	return naru_seq_after(snd_up, seq) ? min_t(u32, mss, most) : most;
}

/**
 * naru_urg_arrived - a segment with URG has come
 * @urg: the receiver's urgent mode
 * @seq: SEG.SEQ
 * @pointer: SEG.UP as in the header
 * @rcv_nxt: RCV.NXT
 *
 * RFC 9293 3.10.7.4 sixth: RCV.UP <- max(RCV.UP,SEG.UP). A pointer into what has come in order is old.
 * A pointer of 0 is taken for 1, as Linux does.
 *
 * Return: true if the mark is a new one: the program is told (MUST-32). Socket lock held.
 */
bool naru_urg_arrived(struct naru_urg *urg, u32 seq, u16 pointer, u32 rcv_nxt)
{
	u32 mark = seq + (pointer ? pointer - 1 : 0);

	if (naru_seq_before(mark, rcv_nxt))
		return false;
	if (urg->state != NARU_URG_NONE && !naru_seq_after(mark, urg->mark))
		return false;
	urg->mark = mark;
	urg->state = NARU_URG_AWAITED;
	return true;
}

/**
 * naru_urg_overtaken - whether the byte of a mark that is none any more has to leave the stream
 * @was: urgent mode before the new pointer
 * @copied_seq: what the program reads next
 * @rcv_nxt: RCV.NXT
 * @inlined: SO_OOBINLINE
 *
 * It does where the program stands before it: a read would have passed over it. One that is further on
 * becomes part of the stream, as in Linux.
 *
 * Return: true if it goes. Socket lock held.
 */
bool naru_urg_overtaken(const struct naru_urg *was, u32 copied_seq, u32 rcv_nxt, bool inlined)
{
	return !inlined && naru_urg_at_mark(was, copied_seq) && copied_seq != rcv_nxt;
}

/**
 * naru_urg_found - whether text holds the byte that is waited for
 * @urg: the receiver's urgent mode, NARU_URG_AWAITED
 * @seq: sequence number of the first byte
 * @len: bytes
 * @at: is set: where in the text
 *
 * Return: true if so. Socket lock held.
 */
bool naru_urg_found(const struct naru_urg *urg, u32 seq, u32 len, u32 *at)
{
	*at = urg->mark - seq;
	return *at < len;
}

/**
 * naru_urg_at_mark - whether a place in the stream is the marked one
 * @urg: the receiver's urgent mode
 * @seq: sequence number
 *
 * Return: true if so: RFC 9293 3.8.5 (MUST-33), sockatmark(3). Socket lock held, or for a snapshot not.
 */
bool naru_urg_at_mark(const struct naru_urg *urg, u32 seq)
{
	return urg->state != NARU_URG_NONE && urg->mark == seq;
}

/**
 * naru_urg_before - bytes that lie before the mark
 * @urg: the receiver's urgent mode
 * @seq: sequence number of the first byte
 * @len: bytes
 *
 * Return: how many of them, all where the mark is not among them. Socket lock held.
 */
u32 naru_urg_before(const struct naru_urg *urg, u32 seq, u32 len)
{
	if (urg->state == NARU_URG_NONE)
		return len;
	return min_t(u32, urg->mark - seq, len);
}

/**
 * naru_urg_readable - what one step of a read takes
 * @urg: the receiver's urgent mode
 * @seq: sequence number of the first byte that is there
 * @len: bytes that are there and wanted, more than 0
 * @inlined: SO_OOBINLINE
 * @skip: is set: the first byte is the marked one and is passed over
 *
 * A read ends at the mark; one that begins there goes on behind it.
 *
 * Return: bytes, behind the one passed over. Socket lock held.
 */
u32 naru_urg_readable(const struct naru_urg *urg, u32 seq, u32 len, bool inlined, bool *skip)
{
	bool at_mark = naru_urg_at_mark(urg, seq);

	*skip = at_mark && !inlined;
	return at_mark ? len - *skip : naru_urg_before(urg, seq, len);
}

/**
 * naru_urg_passed - the program has read on
 * @urg: the receiver's urgent mode
 * @copied_seq: what it reads next
 *
 * Urgent mode ends behind the mark, RFC 9293 3.8.5. Socket lock held.
 */
void naru_urg_passed(struct naru_urg *urg, u32 copied_seq)
{
	if (naru_seq_after(copied_seq, urg->mark))
		urg->state = NARU_URG_NONE;
}

/**
 * naru_urg_recv - what recv(2) with MSG_OOB gives
 * @urg: the receiver's urgent mode
 * @r: who asks
 *
 * As in Linux it never waits.
 *
 * Return: 1 for the byte; 0 at the end of the stream; -EINVAL where there is none, it was read already or
 * is in the stream; -EAGAIN where it has not come; -ENOTCONN. Socket lock held.
 */
int naru_urg_recv(const struct naru_urg *urg, const struct naru_urg_reader *r)
{
	if (r->inlined || urg->state == NARU_URG_NONE || urg->state == NARU_URG_TAKEN)
		return -EINVAL;
	if (r->closed && !r->done)
		return -ENOTCONN;
	if (urg->state == NARU_URG_HERE)
		return 1;
	return r->closed || r->shut ? 0 : -EAGAIN;
}
