// SPDX-License-Identifier: GPL-2.0
/*
 * Segments decoded and encoded, RFC 9293 3.1 and 3.2. Options: MSS (RFC 9293 3.7.1), window scale
 * and timestamps (RFC 7323 2.2, 3.2), SACK-permitted and SACK (RFC 2018 2, 3), Fast Open (RFC 7413 4.1.1).
 */
#include "seq.h"
#include "wire.h"

/* Option kinds and their lengths, RFC 9293 3.2 */
enum {
	KIND_END = 0,
	KIND_NOP = 1,
	KIND_MSS = 2,
	KIND_WSCALE = 3,
	KIND_SACK_PERM = 4,
	KIND_SACK = 5,
	KIND_TS = 8,
	KIND_FASTOPEN = 34,
	KIND_EXPERIMENT = 254,	/* RFC 6994: two bytes say which */
};

#define LEN_MSS		4
#define LEN_WSCALE	3
#define LEN_SACK_PERM	2
#define LEN_SACK(n)	(2 + 8 * (n))
#define LEN_TS		10
#define LEN_TS_ALIGNED	12	/* NOP,NOP,TS: RFC 7323 appendix A */
#define LEN_FASTOPEN	2	/* without the cookie */
#define LEN_EXPERIMENT	4
#define EXPERIMENT_FASTOPEN	0xf989
#define OPTS_MAX	(NARU_HDR_MAX - NARU_HDR_MIN)
#define WSCALE_MAX	14	/* RFC 7323 2.3 */

static u16 get16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static u32 get32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static u8 *put16(u8 *p, u16 v)
{
	p[0] = v >> 8;
	p[1] = v & 0xff;
	return p + 2;
}

static u8 *put32(u8 *p, u32 v)
{
	return put16(put16(p, v >> 16), v & 0xffff);
}

static void parse_ts(const u8 *body, struct naru_opts *o)
{
	o->present |= NARU_OPT_TS;
	o->tsval = get32(body);
	o->tsecr = get32(body + 4);
}

/* What counts on SYNs only: RFC 9293 3.7.1 (MSS), RFC 7323 2.2, RFC 2018 2. */
static bool parse_syn_option(const u8 *opt, u8 len, bool syn, struct naru_opts *o)
{
	switch (opt[0]) {
	case KIND_MSS:
		if (len != LEN_MSS)
			return false;
		/* an MSS of 0 says nothing */
		if (syn && get16(opt + 2)) {
			o->present |= NARU_OPT_MSS;
			o->mss = get16(opt + 2);
		}
		return true;
	case KIND_WSCALE:
		if (len != LEN_WSCALE)
			return false;
		if (syn) {
			o->present |= NARU_OPT_WSCALE;
			o->wscale = min_t(u8, opt[2], WSCALE_MAX);
		}
		return true;
	default:
		if (len != LEN_SACK_PERM)
			return false;
		if (syn)
			o->present |= NARU_OPT_SACK_PERM;
		return true;
	}
}

static bool parse_sack(const u8 *opt, u8 len, bool syn, struct naru_opts *o)
{
	unsigned int i, num = (len - 2) / 8;

	if (!num || len != LEN_SACK(num))
		return false;
	if (syn)
		return true;
	/* 40 bytes of options hold no more than NARU_SACK_MAX */
	o->present |= NARU_OPT_SACK;
	o->num_sacks = num;
	for (i = 0; i < num; i++) {
		o->sacks[i].start = get32(opt + 2 + 8 * i);
		o->sacks[i].end = get32(opt + 6 + 8 * i);
	}
	return true;
}

/* RFC 7413 4.1.1: on SYNs only, and what has an impossible length is ignored. @len: of the cookie at @val */
static void parse_cookie(const u8 *val, u8 len, bool exp, bool syn, struct naru_opts *o)
{
	if (!syn || len % 2 || (len && (len < NARU_COOKIE_MIN || len > NARU_COOKIE_MAX)))
		return;
	o->present |= NARU_OPT_FASTOPEN;
	o->cookie.len = len;
	o->cookie.exp = exp;
	memcpy(o->cookie.val, val, len);
}

/* One option of @len bytes, kind and length octets included; false if its length is impossible. */
static bool parse_option(const u8 *opt, u8 len, bool syn, struct naru_opts *o)
{
	switch (opt[0]) {
	case KIND_MSS:
	case KIND_WSCALE:
	case KIND_SACK_PERM:
		return parse_syn_option(opt, len, syn, o);
	case KIND_SACK:
		return parse_sack(opt, len, syn, o);
	case KIND_TS:
		if (len != LEN_TS)
			return false;
		parse_ts(opt + 2, o);
		return true;
	case KIND_FASTOPEN:
		parse_cookie(opt + LEN_FASTOPEN, len - LEN_FASTOPEN, false, syn, o);
		return true;
	case KIND_EXPERIMENT:
		if (len >= LEN_EXPERIMENT && get16(opt + 2) == EXPERIMENT_FASTOPEN)
			parse_cookie(opt + LEN_EXPERIMENT, len - LEN_EXPERIMENT, true, syn, o);
		return true;
	default:
		return true;	/* MUST-6: unknown options are skipped */
	}
}

/* RFC 9293 3.1 and 3.2: on any segment (MUST-4, MUST-5), octet by octet (MUST-64). What is unknown is
 * skipped (MUST-6), an impossible length condemns the segment (MUST-7).
 */
static bool parse_options(const u8 *opt, unsigned int room, bool syn, struct naru_opts *o)
{
	while (room) {
		u8 len;

		if (opt[0] == KIND_END)
			return true;
		if (opt[0] == KIND_NOP) {
			opt++;
			room--;
			continue;
		}
		if (room < 2)
			return false;
		len = opt[1];
		if (len < 2 || len > room || !parse_option(opt, len, syn, o))
			return false;
		opt += len;
		room -= len;
	}
	return true;
}

/* The options of nearly every segment of a connection with timestamps. */
static bool is_ts_only(const u8 *opt, unsigned int room)
{
	return room == LEN_TS_ALIGNED && opt[0] == KIND_NOP && opt[1] == KIND_NOP &&
	       opt[2] == KIND_TS && opt[3] == LEN_TS;
}

static void parse_fixed(const u8 *hdr, struct naru_seg *seg)
{
	seg->sport = get16(hdr);
	seg->dport = get16(hdr + 2);
	seg->seq = get32(hdr + 4);
	seg->flags = hdr[13];
	seg->ack = seg->flags & NARU_ACK ? get32(hdr + 8) : 0;
	seg->wnd = get16(hdr + 14);
	seg->urg = get16(hdr + 18);
	seg->opts.present = 0;
	seg->opts.wscale = 0;
	seg->opts.num_sacks = 0;
	seg->opts.mss = 0;
	seg->opts.tsval = 0;
	seg->opts.tsecr = 0;
}

/**
 * naru_wire_parse - decode a segment's header
 * @hdr: first byte of the header, any alignment
 * @avail: bytes that can be read at @hdr; less than the header is NARU_WIRE_SHORT
 * @total: bytes of header and payload
 * @seg: is filled; defined only when NARU_WIRE_OK is returned
 *
 * RFC 9293 3.1 and 3.2. The checksum is not looked at.
 *
 * Return: enum naru_wire_result. Any context.
 */
enum naru_wire_result naru_wire_parse(const u8 *hdr, u32 avail, u32 total, struct naru_seg *seg)
{
	unsigned int hdr_len;

	if (avail < NARU_HDR_MIN || total < NARU_HDR_MIN)
		return NARU_WIRE_SHORT;
	hdr_len = (hdr[12] >> 4) * 4;
	if (hdr_len < NARU_HDR_MIN)
		return NARU_WIRE_DOFF;
	if (hdr_len > avail || hdr_len > total)
		return NARU_WIRE_SHORT;
	parse_fixed(hdr, seg);
	if (seg->flags & NARU_SYN && seg->flags & (NARU_FIN | NARU_RST))
		return NARU_WIRE_FLAGS;
	seg->hdr_len = hdr_len;
	seg->len = total - hdr_len;
	seg->end_seq = seg->seq + seg->len + !!(seg->flags & (NARU_SYN | NARU_FIN));
	if (is_ts_only(hdr + NARU_HDR_MIN, hdr_len - NARU_HDR_MIN))
		parse_ts(hdr + NARU_HDR_MIN + 4, &seg->opts);
	else if (!parse_options(hdr + NARU_HDR_MIN, hdr_len - NARU_HDR_MIN,
				seg->flags & NARU_SYN, &seg->opts))
		return NARU_WIRE_OPTLEN;
	return NARU_WIRE_OK;
}

/* Bytes of a Fast Open option */
static u8 cookie_len(const struct naru_cookie *c)
{
	return (c->exp ? LEN_EXPERIMENT : LEN_FASTOPEN) + c->len;
}

/* SACK-permitted takes the place of the timestamp's NOPs: else the longest cookies had no room beside them */
static bool is_crowded(const struct naru_opts *o)
{
	u8 all = NARU_OPT_FASTOPEN | NARU_OPT_SACK_PERM | NARU_OPT_TS;

	return (o->present & all) == all;
}

/* Bytes of everything but SACK; each option is padded in front to a multiple of 4. */
static unsigned int fixed_opts_len(const struct naru_opts *o)
{
	unsigned int len = 0;

	if (o->present & NARU_OPT_TS)
		len += LEN_TS_ALIGNED;
	if (o->present & NARU_OPT_MSS)
		len += LEN_MSS;
	if (o->present & NARU_OPT_WSCALE)
		len += 1 + LEN_WSCALE;
	if ((o->present & NARU_OPT_SACK_PERM) && !is_crowded(o))
		len += 2 + LEN_SACK_PERM;
	if (o->present & NARU_OPT_FASTOPEN)
		len += (cookie_len(&o->cookie) + 3) & ~3;
	return len;
}

/* How many SACK blocks go out. */
static unsigned int fitting_sacks(const struct naru_opts *opts)
{
	unsigned int room = OPTS_MAX - fixed_opts_len(opts);

	if (!(opts->present & NARU_OPT_SACK) || room < 2 + LEN_SACK(1))
		return 0;
	return min_t(unsigned int, min_t(unsigned int, opts->num_sacks, NARU_SACK_MAX),
		     (room - 2 - LEN_SACK(0)) / 8);
}

/**
 * naru_wire_opts_len - bytes that options take in a header
 * @opts: options
 *
 * Return: a multiple of 4, at most 40; SACK blocks that do not fit are not counted. Any context.
 */
unsigned int naru_wire_opts_len(const struct naru_opts *opts)
{
	unsigned int sacks = fitting_sacks(opts);

	return fixed_opts_len(opts) + (sacks ? 2 + LEN_SACK(sacks) : 0);
}

/* An option's kind and length (RFC 9293 3.1, MUST-68), with NOPs in front that keep what follows at
 * multiples of 4.
 */
static u8 *put_kind(u8 *p, unsigned int nops, u8 kind, u8 len)
{
	while (nops--)
		*p++ = KIND_NOP;
	*p++ = kind;
	*p++ = len;
	return p;
}

static u8 *put_sacks(u8 *p, const struct naru_opts *o)
{
	unsigned int i, num = fitting_sacks(o);

	if (!num)
		return p;
	p = put_kind(p, 2, KIND_SACK, LEN_SACK(num));
	for (i = 0; i < num; i++)
		p = put32(put32(p, o->sacks[i].start), o->sacks[i].end);
	return p;
}

static u8 *put_cookie(u8 *p, const struct naru_cookie *c)
{
	u8 len = cookie_len(c);

	p = put_kind(p, -len & 3, c->exp ? KIND_EXPERIMENT : KIND_FASTOPEN, len);
	if (c->exp)
		p = put16(p, EXPERIMENT_FASTOPEN);
	memcpy(p, c->val, c->len);
	return p + c->len;
}

static u8 *put_options(u8 *p, const struct naru_opts *o)
{
	bool crowded = is_crowded(o);

	if (crowded)
		p = put_kind(p, 0, KIND_SACK_PERM, LEN_SACK_PERM);
	if (o->present & NARU_OPT_TS)
		p = put32(put32(put_kind(p, crowded ? 0 : 2, KIND_TS, LEN_TS), o->tsval), o->tsecr);
	if (o->present & NARU_OPT_MSS)
		p = put16(put_kind(p, 0, KIND_MSS, LEN_MSS), o->mss);
	if (o->present & NARU_OPT_WSCALE) {
		p = put_kind(p, 1, KIND_WSCALE, LEN_WSCALE);
		*p++ = min_t(u8, o->wscale, WSCALE_MAX);
	}
	if ((o->present & NARU_OPT_SACK_PERM) && !crowded)
		p = put_kind(p, 2, KIND_SACK_PERM, LEN_SACK_PERM);
	if (o->present & NARU_OPT_FASTOPEN)
		p = put_cookie(p, &o->cookie);
	return put_sacks(p, o);
}

/**
 * naru_wire_build - encode a header with its options
 * @hdr: where to, room for NARU_HDR_MAX bytes, any alignment
 * @seg: what to say; end_seq, len and hdr_len are ignored, ack too without the ACK bit
 *
 * The checksum field is 0. Every option is a multiple of 4 bytes with its NOPs, so that the header
 * needs no padding (RFC 9293 3.1, MUST-69). Timestamps come first (RFC 7323 appendix A).
 *
 * Return: bytes of header. Any context.
 */
unsigned int naru_wire_build(u8 *hdr, const struct naru_seg *seg)
{
	u8 *end = put_options(hdr + NARU_HDR_MIN, &seg->opts);
	unsigned int len = end - hdr;
	u8 *p = hdr;

	p = put16(put16(p, seg->sport), seg->dport);
	p = put32(p, seg->seq);
	p = put32(p, seg->flags & NARU_ACK ? seg->ack : 0);
	*p++ = len / 4 << 4;
	*p++ = seg->flags;
	p = put16(p, seg->wnd);
	p = put16(p, 0);
	put16(p, seg->urg);
	return len;
}

/**
 * naru_wire_supersedes - whether a segment makes the one before it superfluous
 * @seg: a segment
 * @was: the one before it, not processed yet
 *
 * Both are ACKs and nothing else, @seg acknowledges more and is as fresh (RFC 9293 3.8.6.1: an ACK is
 * cumulative). Duplicates are none of these: they are counted (RFC 5681 3.2). SACK blocks are to be
 * seen as they came.
 *
 * Return: true if @was may be forgotten. Any context.
 */
bool naru_wire_supersedes(const struct naru_seg *seg, const struct naru_seg *was)
{
	if (seg->flags != NARU_ACK || was->flags != NARU_ACK || seg->len || was->len ||
	    seg->seq != was->seq || !naru_seq_after(seg->ack, was->ack))
		return false;
	if (seg->opts.present != was->opts.present || seg->opts.present & ~NARU_OPT_TS)
		return false;
	return !naru_seq_before(seg->opts.tsval, was->opts.tsval);
}
