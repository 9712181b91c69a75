/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Urgent data, RFC 9293 3.8.5 and RFC 6093: what the urgent pointer says on the wire, and what a
 * receiver makes of it. A program gets the last urgent byte, the one before the pointer, apart from
 * the stream (or in it, with SO_OOBINLINE), and the place is marked.
 */
#ifndef NARU_URG_H
#define NARU_URG_H

#include "pure.h"

enum naru_urg_state {
	NARU_URG_NONE,		/* no mark lies before the reader */
	NARU_URG_AWAITED,	/* the pointer has come, the byte has not */
	NARU_URG_HERE,		/* the byte can be read */
	NARU_URG_TAKEN,		/* MSG_OOB has read it; the mark is there until the stream is read beyond it */
};

/**
 * struct naru_urg - a receiver's urgent mode
 * @mark: sequence number of the last urgent byte, RCV.UP - 1; means something but in NARU_URG_NONE
 * @state: enum naru_urg_state
 * @byte: what it is, in NARU_URG_HERE
 */
struct naru_urg {
	u32 mark;
	u8 state;
	u8 byte;
};

/**
 * struct naru_urg_reader - who asks for the byte with MSG_OOB
 * @inlined: SO_OOBINLINE
 * @closed: the connection is in CLOSED
 * @done: the peer's FIN has come
 * @shut: nothing is received any more
 */
struct naru_urg_reader {
	bool inlined, closed, done, shut;
};

/* The urgent pointer of a segment at @seq; false: it has none. For a sender in urgent mode */
bool naru_urg_pointer(u32 seq, u32 snd_up, u32 snd_nxt, u16 *pointer);
/* Bytes of at most @most, from @seq on, that one packet may hold */
u32 naru_urg_most(u32 seq, u32 snd_up, u32 mss, u32 most);
/* A segment at @seq with URG: true where it moves the mark, and the program is to be told */
bool naru_urg_arrived(struct naru_urg *urg, u32 seq, u16 pointer, u32 rcv_nxt);
/* The mark that a newer one has replaced stood before the reader: its byte leaves the stream */
bool naru_urg_overtaken(const struct naru_urg *was, u32 copied_seq, u32 rcv_nxt, bool inlined);
/* Text at @seq: true where it holds the byte that is waited for, @at bytes on */
bool naru_urg_found(const struct naru_urg *urg, u32 seq, u32 len, u32 *at);
/* Whether the byte at @seq is the marked one */
bool naru_urg_at_mark(const struct naru_urg *urg, u32 seq);
/* Bytes of the @len at @seq before the mark, all where it is further on */
u32 naru_urg_before(const struct naru_urg *urg, u32 seq, u32 len);
/* Bytes of the @len at @seq that one step of a read takes, behind the marked one if @skip is set */
u32 naru_urg_readable(const struct naru_urg *urg, u32 seq, u32 len, bool inlined, bool *skip);
/* The program has read up to @copied_seq */
void naru_urg_passed(struct naru_urg *urg, u32 copied_seq);
/* recv() with MSG_OOB: 1 for the byte, 0 for the end, or a negative errno */
int naru_urg_recv(const struct naru_urg *urg, const struct naru_urg_reader *r);

#endif
