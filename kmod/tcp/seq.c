// SPDX-License-Identifier: GPL-2.0
/*
 * Acceptability of sequence numbers, RFC 9293 3.4 and 3.10.7.4.
 */
#include "seq.h"

/**
 * naru_seq_acceptable - the acceptability test of RFC 9293 3.10.7.4, table 6
 * @seq: SEG.SEQ
 * @end_seq: SEG.SEQ + SEG.LEN, SYN and FIN counted
 * @rcv_nxt: RCV.NXT
 * @rcv_wnd: RCV.WND, bytes; 0 is allowed
 *
 * A segment longer than the window that covers all of it has neither end inside. Table 6 speaks of
 * segments on the wire; here a segment may be several that the device merged, so that any overlap
 * with the window counts, as it would for the parts.
 *
 * Return: whether the segment has a place in the window. Any context.
 */
bool naru_seq_acceptable(u32 seq, u32 end_seq, u32 rcv_nxt, u32 rcv_wnd)
{
	if (seq == end_seq)
		return rcv_wnd ? seq - rcv_nxt < rcv_wnd : seq == rcv_nxt;
	if (!rcv_wnd)
		return false;
	return naru_seq_before(seq, rcv_nxt + rcv_wnd) && naru_seq_after(end_seq, rcv_nxt);
}
