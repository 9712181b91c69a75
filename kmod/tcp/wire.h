/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The segment on the wire, RFC 9293 3.1 and 3.2; options of RFC 7323, RFC 2018 and RFC 7413.
 */
#ifndef NARU_WIRE_H
#define NARU_WIRE_H

#include "pure.h"

#define NARU_FIN	0x01
#define NARU_SYN	0x02
#define NARU_RST	0x04
#define NARU_PSH	0x08
#define NARU_ACK	0x10
#define NARU_URG	0x20
#define NARU_ECE	0x40
#define NARU_CWR	0x80

#define NARU_OPT_TS_BYTES	12	/* NOP, NOP, TS */
#define NARU_HDR_MIN	20	/* bytes without options */
#define NARU_HDR_MAX	60
#define NARU_SACK_MAX	4	/* blocks on the wire, 3 beside a timestamp */

/* naru_opts.present */
#define NARU_OPT_MSS		0x01
#define NARU_OPT_WSCALE		0x02
#define NARU_OPT_SACK_PERM	0x04
#define NARU_OPT_TS		0x08
#define NARU_OPT_SACK		0x10
#define NARU_OPT_FASTOPEN	0x20

#define NARU_COOKIE_MIN		4	/* bytes, RFC 7413 4.1.1 */
#define NARU_COOKIE_MAX		16

/**
 * struct naru_cookie - the Fast Open option, RFC 7413 4.1.1
 * @len: bytes of the cookie; 0: one is asked for
 * @exp: in the option of experiments, as the first implementations had it (RFC 6994)
 * @val: the cookie
 */
struct naru_cookie {
	u8 len;
	bool exp;
	u8 val[NARU_COOKIE_MAX];
};

struct naru_sack_block {
	u32 start, end;		/* [start, end) */
};

struct naru_opts {
	u8 present;		/* NARU_OPT_* */
	u8 wscale;		/* at most 14, RFC 7323 2.3 */
	u8 num_sacks;
	u16 mss;
	u32 tsval, tsecr;
	struct naru_cookie cookie;	/* where NARU_OPT_FASTOPEN is present */
	struct naru_sack_block sacks[NARU_SACK_MAX];
};

/**
 * struct naru_seg - a segment's header, decoded; host byte order
 * @seq: SEG.SEQ
 * @ack: SEG.ACK, 0 without the ACK bit
 * @end_seq: behind the last sequence number the segment occupies, SYN and FIN included
 * @len: bytes of payload
 * @wnd: SEG.WND as on the wire, unscaled
 * @urg: urgent pointer
 * @sport: source port
 * @dport: destination port
 * @flags: NARU_FIN...
 * @hdr_len: bytes of header with options
 * @opts: options
 */
struct naru_seg {
	u32 seq, ack, end_seq, len;
	u16 wnd, urg, sport, dport;
	u8 flags, hdr_len;
	struct naru_opts opts;
};

enum naru_wire_result {
	NARU_WIRE_OK,
	NARU_WIRE_SHORT,	/* less than the header says, or less than 20 bytes */
	NARU_WIRE_DOFF,		/* data offset below 5 */
	NARU_WIRE_OPTLEN,	/* an option's length is impossible */
	NARU_WIRE_FLAGS,	/* SYN with FIN or RST */
};

/*
 * Decode: @hdr holds @avail bytes that can be read (at least the whole header, else SHORT), the
 * segment (header and payload) is @total bytes. Unknown options are skipped (MUST-6); MSS, window
 * scale and SACK-permitted are looked at only on SYNs. An option whose length is not its kind's is
 * NARU_WIRE_OPTLEN (MUST-7). End-of-list ends. Fast path for NOP,NOP,TS.
 */
enum naru_wire_result naru_wire_parse(const u8 *hdr, u32 avail, u32 total, struct naru_seg *seg);
/* Bytes that @opts take, padded to 4. At most 40: SACK blocks that do not fit are left out. */
unsigned int naru_wire_opts_len(const struct naru_opts *opts);
/*
 * Encode header and options into @hdr (room for 60 bytes), checksum 0, zero padding (MUST-69);
 * seg->end_seq, len, hdr_len are ignored. Returns the header's length. Timestamp first as
 * NOP,NOP,TS (RFC 7323 appendix A).
 */
unsigned int naru_wire_build(u8 *hdr, const struct naru_seg *seg);

/* Whether @seg says all that @was said, and more: @was need not be looked at any more. */
bool naru_wire_supersedes(const struct naru_seg *seg, const struct naru_seg *was);

#endif
