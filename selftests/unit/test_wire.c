// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 9293 3.1 and 3.2; options of RFC 7323 and RFC 2018.
 */
#include <stdlib.h>
#include "unit.h"
#include "wire.h"

/* Ports, SEG.SEQ and SEG.ACK, data offset, flags and window of a header of @hdr_len bytes */
static void fill_header(u8 *hdr, unsigned int hdr_len, u8 flags)
{
	static const u8 fixed[NARU_HDR_MIN] = {
		0x12, 0x34, 0xab, 0xcd, 0xde, 0xad, 0xbe, 0xef, 0x01, 0x02, 0x03, 0x04, 0, 0,
		0x11, 0x22, 0, 0, 0x33, 0x44,
	};

	memcpy(hdr, fixed, sizeof(fixed));
	hdr[12] = hdr_len / 4 << 4;
	hdr[13] = flags;
}

/* A header of @opt_len bytes of options (a multiple of 4) in memory that ends where it ends. */
static enum naru_wire_result parse_opts(u8 flags, const u8 *opt, unsigned int opt_len,
					struct naru_seg *seg)
{
	u8 *hdr = malloc(20 + opt_len);
	enum naru_wire_result result;

	fill_header(hdr, 20 + opt_len, flags);
	if (opt_len)
		memcpy(hdr + 20, opt, opt_len);
	result = naru_wire_parse(hdr, 20 + opt_len, 20 + opt_len, seg);
	free(hdr);
	return result;
}

#define PARSE(flags, seg, ...)							\
	parse_opts(flags, (const u8[]){ __VA_ARGS__ }, sizeof((u8[]){ __VA_ARGS__ }), seg)

TEST(wire_parse__fixed_fields)
{
	struct naru_seg seg;
	u8 hdr[24];

	fill_header(hdr, 20, NARU_ACK | NARU_PSH | NARU_URG);
	ASSERT_EQ(naru_wire_parse(hdr, 20, 24, &seg), NARU_WIRE_OK);
	ASSERT_EQ(seg.sport, 0x1234);
	ASSERT_EQ(seg.dport, 0xabcd);
	ASSERT_EQ(seg.seq, 0xdeadbeef);
	ASSERT_EQ(seg.ack, 0x01020304);
	ASSERT_EQ(seg.wnd, 0x1122);
	ASSERT_EQ(seg.urg, 0x3344);
	ASSERT_EQ(seg.hdr_len, 20);
	ASSERT_EQ(seg.len, 4);
	ASSERT_EQ(seg.end_seq, 0xdeadbef3);
	ASSERT_EQ(seg.opts.present, 0);
}

TEST(wire_parse__any_alignment)
{
	struct naru_seg seg;
	unsigned int i;
	u8 buf[27];

	for (i = 0; i < 4; i++) {
		fill_header(buf + i, 20, NARU_ACK);
		ASSERT_EQ(naru_wire_parse(buf + i, 20, 20, &seg), NARU_WIRE_OK);
		ASSERT_EQ(seg.seq, 0xdeadbeef);
	}
}

TEST(wire_parse__ack_number_counts_only_with_the_bit)
{
	struct naru_seg seg;

	ASSERT_EQ(parse_opts(NARU_SYN, NULL, 0, &seg), NARU_WIRE_OK);
	ASSERT_EQ(seg.ack, 0);
}

TEST(wire_parse__syn_and_fin_take_a_sequence_number)
{
	struct naru_seg seg;

	parse_opts(NARU_SYN, NULL, 0, &seg);
	ASSERT_EQ(seg.end_seq, 0xdeadbef0);
	parse_opts(NARU_FIN | NARU_ACK, NULL, 0, &seg);
	ASSERT_EQ(seg.end_seq, 0xdeadbef0);
	parse_opts(NARU_RST | NARU_ACK, NULL, 0, &seg);
	ASSERT_EQ(seg.end_seq, 0xdeadbeef);
}

TEST(wire_parse__short)
{
	struct naru_seg seg;
	u8 hdr[60] = { 0 };
	u32 n;

	fill_header(hdr, 24, NARU_ACK);
	for (n = 0; n < 20; n++)
		ASSERT_EQ(naru_wire_parse(hdr, n, 100, &seg), NARU_WIRE_SHORT);
	ASSERT_EQ(naru_wire_parse(hdr, 60, 19, &seg), NARU_WIRE_SHORT);
	ASSERT_EQ(naru_wire_parse(hdr, 23, 100, &seg), NARU_WIRE_SHORT);
	ASSERT_EQ(naru_wire_parse(hdr, 60, 23, &seg), NARU_WIRE_SHORT);
	ASSERT_EQ(naru_wire_parse(hdr, 24, 24, &seg), NARU_WIRE_OK);
}

TEST(wire_parse__data_offset_below_5)
{
	struct naru_seg seg;
	u8 hdr[20], doff;

	for (doff = 0; doff < 5; doff++) {
		fill_header(hdr, doff * 4, NARU_ACK);
		ASSERT_EQ(naru_wire_parse(hdr, 20, 20, &seg), NARU_WIRE_DOFF);
	}
}

TEST(wire_parse__impossible_flags)
{
	struct naru_seg seg;
	unsigned int flags;

	for (flags = 0; flags < 256; flags++) {
		bool bad = flags & NARU_SYN && flags & (NARU_FIN | NARU_RST);

		ASSERT_EQ(parse_opts(flags, NULL, 0, &seg), bad ? NARU_WIRE_FLAGS : NARU_WIRE_OK);
	}
}

/* RFC 7323 appendix A */
TEST(wire_parse__timestamp_fast_path)
{
	struct naru_seg seg;

	ASSERT_EQ(PARSE(NARU_ACK, &seg, 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.present, NARU_OPT_TS);
	ASSERT_EQ(seg.opts.tsval, 0x01020304);
	ASSERT_EQ(seg.opts.tsecr, 0x05060708);
}

/* MUST-64: options may begin on any octet */
TEST(wire_parse__timestamp_elsewhere)
{
	struct naru_seg seg;

	ASSERT_EQ(PARSE(NARU_ACK, &seg, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.tsval, 0x01020304);
	ASSERT_EQ(PARSE(NARU_ACK, &seg, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 1), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.tsecr, 0x05060708);
}

/* MUST-4, MUST-5 */
TEST(wire_parse__options_of_a_syn)
{
	struct naru_seg seg;

	ASSERT_EQ(PARSE(NARU_SYN, &seg, 2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0,
			1, 3, 3, 7), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.present, NARU_OPT_MSS | NARU_OPT_SACK_PERM | NARU_OPT_TS |
		  NARU_OPT_WSCALE);
	ASSERT_EQ(seg.opts.mss, 1460);
	ASSERT_EQ(seg.opts.wscale, 7);
	ASSERT_EQ(seg.opts.tsval, 9);
}

/* RFC 9293 3.7.1, RFC 7323 2.2, RFC 2018 2 */
TEST(wire_parse__options_of_a_syn_elsewhere_are_ignored)
{
	struct naru_seg seg;

	ASSERT_EQ(PARSE(NARU_ACK, &seg, 2, 4, 0x05, 0xb4, 4, 2, 3, 3, 7, 0, 0, 0), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.present, 0);
}

/* RFC 7323 2.3 */
TEST(wire_parse__window_scale_above_14_is_14)
{
	struct naru_seg seg;

	ASSERT_EQ(PARSE(NARU_SYN, &seg, 3, 3, 15, 0), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.wscale, 14);
	ASSERT_EQ(PARSE(NARU_SYN, &seg, 3, 3, 255, 0), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.wscale, 14);
}

TEST(wire_parse__mss_of_0_says_nothing)
{
	struct naru_seg seg;

	ASSERT_EQ(PARSE(NARU_SYN, &seg, 2, 4, 0, 0), NARU_WIRE_OK);
	ASSERT_FALSE(seg.opts.present & NARU_OPT_MSS);
}

/* MUST-6 */
TEST(wire_parse__unknown_options_are_skipped)
{
	struct naru_seg seg;

	ASSERT_EQ(PARSE(NARU_SYN, &seg, 253, 4, 0xff, 0xff, 77, 2, 2, 4, 0x02, 0x18, 0, 0),
		  NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.present, NARU_OPT_MSS);
	ASSERT_EQ(seg.opts.mss, 536);
}

TEST(wire_parse__nothing_counts_behind_the_end)
{
	struct naru_seg seg;

	ASSERT_EQ(PARSE(NARU_SYN, &seg, 0, 2, 99, 99, 2, 4, 5, 6), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.present, 0);
}

/* MUST-7 */
TEST(wire_parse__impossible_lengths)
{
	struct naru_seg seg;

	ASSERT_EQ(PARSE(NARU_SYN, &seg, 2, 0, 0, 0), NARU_WIRE_OPTLEN);
	ASSERT_EQ(PARSE(NARU_SYN, &seg, 253, 1, 0, 0), NARU_WIRE_OPTLEN);
	ASSERT_EQ(PARSE(NARU_SYN, &seg, 2, 3, 5, 0), NARU_WIRE_OPTLEN);
	ASSERT_EQ(PARSE(NARU_SYN, &seg, 3, 4, 7, 0), NARU_WIRE_OPTLEN);
	ASSERT_EQ(PARSE(NARU_SYN, &seg, 4, 3, 0, 0), NARU_WIRE_OPTLEN);
	ASSERT_EQ(PARSE(NARU_ACK, &seg, 8, 8, 0, 0, 0, 0, 0, 0), NARU_WIRE_OPTLEN);
	ASSERT_EQ(PARSE(NARU_ACK, &seg, 253, 5, 0, 0), NARU_WIRE_OPTLEN);
	ASSERT_EQ(PARSE(NARU_ACK, &seg, 1, 1, 1, 8), NARU_WIRE_OPTLEN);
}

TEST(wire_parse__sack_lengths)
{
	struct naru_seg seg;

	ASSERT_EQ(PARSE(NARU_ACK, &seg, 5, 2, 0, 0), NARU_WIRE_OPTLEN);
	ASSERT_EQ(PARSE(NARU_ACK, &seg, 5, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), NARU_WIRE_OPTLEN);
	ASSERT_EQ(PARSE(NARU_ACK, &seg, 5, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), NARU_WIRE_OPTLEN);
	ASSERT_EQ(PARSE(NARU_ACK, &seg, 1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.num_sacks, 1);
	ASSERT_EQ(seg.opts.sacks[0].start, 1);
	ASSERT_EQ(seg.opts.sacks[0].end, 9);
}

TEST(wire_parse__four_sack_blocks)
{
	u8 opt[36] = { 1, 1, 5, 34 };
	struct naru_seg seg;
	unsigned int i;

	for (i = 0; i < 8; i++)
		opt[4 + 4 * i + 3] = i + 1;
	ASSERT_EQ(parse_opts(NARU_ACK, opt, sizeof(opt), &seg), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.num_sacks, 4);
	ASSERT_EQ(seg.opts.sacks[3].start, 7);
	ASSERT_EQ(seg.opts.sacks[3].end, 8);
}

TEST(wire_parse__sack_on_a_syn_is_ignored)
{
	struct naru_seg seg;

	ASSERT_EQ(PARSE(NARU_SYN, &seg, 1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.present, 0);
	ASSERT_EQ(seg.opts.num_sacks, 0);
}

TEST(wire_build__plain)
{
	struct naru_seg seg = {
		.sport = 0x1234, .dport = 0xabcd, .seq = 0xdeadbeef, .ack = 0x01020304,
		.flags = NARU_ACK, .wnd = 0x1122, .urg = 0x3344,
	};
	u8 hdr[60], want[20];

	fill_header(want, 20, NARU_ACK);
	memset(hdr, 0xff, sizeof(hdr));
	ASSERT_EQ(naru_wire_build(hdr, &seg), 20);
	ASSERT_EQ(memcmp(hdr, want, 20), 0);
	ASSERT_EQ(hdr[20], 0xff);
}

/* RFC 7323 appendix A */
TEST(wire_build__timestamp_first)
{
	struct naru_seg seg = {
		.flags = NARU_ACK,
		.opts = { .present = NARU_OPT_TS, .tsval = 0x01020304, .tsecr = 0x05060708 },
	};
	static const u8 want[12] = { 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 };
	u8 hdr[60];

	ASSERT_EQ(naru_wire_build(hdr, &seg), 32);
	ASSERT_EQ(hdr[12], 0x80);
	ASSERT_EQ(memcmp(hdr + 20, want, 12), 0);
}

TEST(wire_build__ack_number_only_with_the_bit)
{
	struct naru_seg seg = { .flags = NARU_SYN, .ack = 0xffffffff };
	u8 hdr[60];

	naru_wire_build(hdr, &seg);
	ASSERT_EQ(hdr[8] | hdr[9] | hdr[10] | hdr[11], 0);
}

/* RFC 7413 4.1.1 */
TEST(wire_parse__fast_open)
{
	struct naru_seg seg;

	ASSERT_EQ(PARSE(NARU_SYN, &seg, 34, 2, 1, 1), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.present, NARU_OPT_FASTOPEN);
	ASSERT_EQ(seg.opts.cookie.len, 0);
	ASSERT_EQ(PARSE(NARU_SYN, &seg, 34, 6, 1, 2, 3, 4, 0, 0), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.cookie.len, 4);
	ASSERT_EQ(seg.opts.cookie.val[3], 4);
	ASSERT_FALSE(seg.opts.cookie.exp);
	ASSERT_EQ(PARSE(NARU_ACK, &seg, 34, 2, 1, 1), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.present, 0);
}

/* RFC 6994 */
TEST(wire_parse__fast_open_of_experiments)
{
	struct naru_seg seg;

	ASSERT_EQ(PARSE(NARU_SYN, &seg, 254, 8, 0xf9, 0x89, 1, 2, 3, 4), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.cookie.len, 4);
	ASSERT_EQ(seg.opts.cookie.val[0], 1);
	ASSERT_TRUE(seg.opts.cookie.exp);
	ASSERT_EQ(PARSE(NARU_SYN, &seg, 254, 4, 0xf9, 0x88), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.present, 0);
	ASSERT_EQ(PARSE(NARU_SYN, &seg, 254, 3, 0xf9, 1), NARU_WIRE_OK);
	ASSERT_EQ(seg.opts.present, 0);
}

/* RFC 7413 4.1.1: 4 to 16, even */
TEST(wire_parse__fast_open_of_impossible_length)
{
	struct naru_seg seg;
	u8 opt[20] = { 34 };
	unsigned int len;

	for (len = 0; len <= 18; len++) {
		bool good = !len || (len >= 4 && len <= 16 && len % 2 == 0);

		opt[1] = 2 + len;
		ASSERT_EQ(parse_opts(NARU_SYN, opt, 20, &seg), NARU_WIRE_OK);
		ASSERT_EQ(seg.opts.present, good ? NARU_OPT_FASTOPEN : 0);
	}
}

TEST(wire_build__fast_open_comes_back)
{
	struct naru_seg seg = { .flags = NARU_SYN }, back;
	unsigned int present, len, i;
	u8 hdr[60];

	for (present = NARU_OPT_FASTOPEN; present < 2 * NARU_OPT_FASTOPEN; present++)
		for (len = 0; len <= 16; len += len ? 2 : 4)
			for (i = 0; i < 2; i++) {
				unsigned int n;

				seg.opts.present = present & ~NARU_OPT_SACK;
				seg.opts.wscale = 7;
				seg.opts.tsval = 0x01020304;
				seg.opts.mss = 1460;
				seg.opts.cookie.len = len;
				seg.opts.cookie.exp = i;
				memset(seg.opts.cookie.val, 0xa0 + len, sizeof(seg.opts.cookie.val));
				n = naru_wire_build(hdr, &seg);
				ASSERT_EQ(n, 20 + naru_wire_opts_len(&seg.opts));
				ASSERT_LE(n, 60);
				ASSERT_EQ(n % 4, 0);
				ASSERT_EQ(naru_wire_parse(hdr, n, n, &back), NARU_WIRE_OK);
				ASSERT_EQ(back.opts.present, seg.opts.present);
				ASSERT_EQ(back.opts.cookie.len, len);
				ASSERT_EQ(back.opts.cookie.exp, i);
				ASSERT_EQ(memcmp(back.opts.cookie.val, seg.opts.cookie.val, len), 0);
				ASSERT_EQ(back.opts.tsval, present & NARU_OPT_TS ? 0x01020304 : 0);
			}
}

/* RFC 2018 3: three blocks beside a timestamp, four without */
TEST(wire_opts_len__sack_blocks_that_fit)
{
	struct naru_opts o = { .present = NARU_OPT_TS | NARU_OPT_SACK, .num_sacks = 4 };

	ASSERT_EQ(naru_wire_opts_len(&o), 40);
	o.present = NARU_OPT_SACK;
	ASSERT_EQ(naru_wire_opts_len(&o), 36);
	o.num_sacks = 200;
	ASSERT_EQ(naru_wire_opts_len(&o), 36);
	o.num_sacks = 0;
	ASSERT_EQ(naru_wire_opts_len(&o), 0);
}

/* MUST-69: every combination is whole words, fits, and is what build() writes */
TEST(wire_opts_len__every_combination)
{
	unsigned int present, n;
	struct naru_seg seg = { .flags = NARU_ACK };
	u8 hdr[60];

	for (present = 0; present < 32; present++)
		for (n = 0; n <= NARU_SACK_MAX; n++) {
			unsigned int len;

			seg.opts.present = present;
			seg.opts.num_sacks = n;
			len = naru_wire_opts_len(&seg.opts);
			ASSERT_EQ(len % 4, 0);
			ASSERT_LE(len, 40);
			ASSERT_EQ(naru_wire_build(hdr, &seg), 20 + len);
		}
}

static struct naru_seg an_ack(u32 ack, u32 tsval)
{
	struct naru_seg seg = { .seq = 1000, .ack = ack, .flags = NARU_ACK };

	seg.opts.present = NARU_OPT_TS;
	seg.opts.tsval = tsval;
	return seg;
}

TEST(wire_supersedes__a_later_ack)
{
	struct naru_seg was = an_ack(5000, 7), seg = an_ack(5001, 7);

	ASSERT_TRUE(naru_wire_supersedes(&seg, &was));
	ASSERT_FALSE(naru_wire_supersedes(&was, &seg));
	seg.opts.tsval = 8;
	ASSERT_TRUE(naru_wire_supersedes(&seg, &was));
	seg.opts.tsval = 6;
	ASSERT_FALSE(naru_wire_supersedes(&seg, &was));
	was = an_ack(0xfffffff0, 7);
	seg = an_ack(0x10, 7);
	ASSERT_TRUE(naru_wire_supersedes(&seg, &was));
}

/* RFC 5681 3.2: each duplicate counts */
TEST(wire_supersedes__no_duplicate)
{
	struct naru_seg was = an_ack(5000, 7);

	ASSERT_FALSE(naru_wire_supersedes(&was, &was));
}

TEST(wire_supersedes__nothing_but_acks)
{
	static const u8 flags[] = { NARU_ACK | NARU_FIN, NARU_ACK | NARU_PSH, NARU_ACK | NARU_SYN,
				    NARU_RST, NARU_ACK | NARU_URG, NARU_ACK | NARU_ECE, 0 };
	struct naru_seg was = an_ack(5000, 7), seg = an_ack(6000, 7);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		seg.flags = flags[i];
		ASSERT_FALSE(naru_wire_supersedes(&seg, &was));
		seg.flags = NARU_ACK;
		was.flags = flags[i];
		ASSERT_FALSE(naru_wire_supersedes(&seg, &was));
		was.flags = NARU_ACK;
	}
	seg.seq++;
	ASSERT_FALSE(naru_wire_supersedes(&seg, &was));
	seg = an_ack(6000, 7);
	seg.len = 1;
	ASSERT_FALSE(naru_wire_supersedes(&seg, &was));
	seg.len = 0;
	was.len = 1;
	ASSERT_FALSE(naru_wire_supersedes(&seg, &was));
}

TEST(wire_supersedes__options_alike_and_no_sack)
{
	struct naru_seg was = an_ack(5000, 7), seg = an_ack(6000, 7);

	seg.opts.present = 0;
	ASSERT_FALSE(naru_wire_supersedes(&seg, &was));
	was.opts.present = 0;
	ASSERT_TRUE(naru_wire_supersedes(&seg, &was));
	seg.opts.present = NARU_OPT_TS | NARU_OPT_SACK;
	was.opts.present = NARU_OPT_TS | NARU_OPT_SACK;
	ASSERT_FALSE(naru_wire_supersedes(&seg, &was));
}
