// SPDX-License-Identifier: GPL-2.0
/*
 * A recording as a capture: blocks that fit into each other, and headers that say what the segments said.
 */
#include <stdlib.h>
#include "unit.h"
#include "history_case.h"
#include "../../tools/pcapng.h"

static u32 be16(const unsigned char *p)
{
	return p[0] << 8 | p[1];
}

static u32 be32(const unsigned char *p)
{
	return be16(p) << 16 | be16(p + 2);
}

static u32 sum(const unsigned char *p, size_t len)
{
	u32 s = 0;

	for (size_t i = 0; i < len; i += 2)
		s += be16(p + i);
	s = (s & 0xffff) + (s >> 16);
	return (s & 0xffff) + (s >> 16);
}

TEST(pcapng_headers__ipv4)
{
	unsigned char p[PCAPNG_HEADERS_MAX];
	struct history h = history_case();

	ASSERT_EQ(44, pcapng_headers(&h, &h.segment[0], p));
	ASSERT_EQ(0x45, p[0]);
	ASSERT_EQ(44, be16(p + 2));
	ASSERT_EQ(6, p[9]);
	ASSERT_EQ(0xffff, sum(p, 20));
	ASSERT_EQ(0xc0000201, be32(p + 12));
	ASSERT_EQ(0xc6336407, be32(p + 16));
	ASSERT_EQ(40000, be16(p + 20));
	ASSERT_EQ(80, be16(p + 22));
	ASSERT_EQ(0x6002, be16(p + 32));
	ASSERT_EQ(65535, be16(p + 34));
	ASSERT_EQ(0x01030303, be32(p + 40));
	ASSERT_EQ(44, pcapng_headers(&h, &h.segment[1], p));
	ASSERT_EQ(0xc6336407, be32(p + 12));
	ASSERT_EQ(80, be16(p + 20));
	ASSERT_EQ(0x01030307, be32(p + 40));
	ASSERT_EQ(40, pcapng_headers(&h, &h.segment[4], p));
	ASSERT_EQ(1488, be16(p + 2));
	ASSERT_EQ(50001, be32(p + 24));
	ASSERT_EQ(11, be32(p + 28));
	ASSERT_EQ(0x5018, be16(p + 32));
	ASSERT_EQ(65536 >> 3, be16(p + 34));
	ASSERT_EQ(40, pcapng_headers(&h, &h.segment[5], p));
	ASSERT_EQ(65536 >> 7, be16(p + 34));
}

TEST(pcapng_headers__ipv6_and_unscaled)
{
	unsigned char p[PCAPNG_HEADERS_MAX];
	struct history h = history_case();

	inet_pton(AF_INET6, "2001:db8::1", &h.laddr);
	inet_pton(AF_INET6, "2001:db8::2", &h.raddr);
	h.scaled = false;
	h.wire = 253;
	ASSERT_EQ(60, pcapng_headers(&h, &h.segment[0], p));
	ASSERT_EQ(0x60, p[0]);
	ASSERT_EQ(20, be16(p + 4));
	ASSERT_EQ(253, p[6]);
	ASSERT_EQ(1, p[23]);
	ASSERT_EQ(2, p[39]);
	ASSERT_EQ(0x5002, be16(p + 52));
	ASSERT_EQ(60, pcapng_headers(&h, &h.segment[4], p));
	ASSERT_EQ(65535, be16(p + 54));
}

/* Lengths are said twice and are multiples of 4; packets are those segments that are told one by one */
TEST(pcapng__blocks)
{
	struct history h = history_case();
	u32 packets = 0, comments = 0, len;
	char *data;
	size_t size, at;
	FILE *f = open_memstream(&data, &size);

	ASSERT_TRUE(pcapng_write(f, &h));
	fclose(f);
	ASSERT_EQ(0x0a0d0d0a, *(u32 *)data);
	for (at = 0; at < size; at += len) {
		len = *(u32 *)(data + at + 4);
		ASSERT_TRUE(len >= 12 && len % 4 == 0 && len <= size - at);
		ASSERT_EQ(len, *(u32 *)(data + at + len - 4));
		packets += *(u32 *)(data + at) == 6;
	}
	ASSERT_EQ(size, at);
	ASSERT_EQ(HISTORY_CASE_SEGMENTS - 1, packets);
	for (at = 0; at + 6 < size; at++)
		comments += !memcmp(data + at, "naru: ", 6);
	ASSERT_EQ(HISTORY_CASE_EVENTS - 1, comments);
	free(data);
}

static char *capture(const struct history *h, size_t *size)
{
	char *data;
	FILE *f = open_memstream(&data, size);

	ASSERT_TRUE(pcapng_write(f, h));
	fclose(f);
	return data;
}

/* The @n-th block of a type, NULL: there are less */
static const char *block(const char *data, size_t size, u32 type, u32 n, u32 *len)
{
	const char *end = data + size;

	for (; data < end; data += *len) {
		*len = *(u32 *)(data + 4);
		if (*(u32 *)data == type && !n--)
			return data;
	}
	return NULL;
}

static bool says(const char *data, u32 len, const char *text)
{
	return data && memmem(data, len, text, strlen(text));
}

/* What comes when no segment does any more is told with the last that there was */
TEST(pcapng__behind_the_last_segment)
{
	struct history h = history_case();
	struct history_event e[HISTORY_CASE_EVENTS + 1];
	struct history_segment s[HISTORY_CASE_SEGMENTS + 1];
	const char *last;
	size_t size;
	char *data;
	u32 len;

	memcpy(e, h.event, sizeof(e) - sizeof(*e));
	e[HISTORY_CASE_EVENTS] = (struct history_event){ .us = 305000, .what = NARU_WHAT_ERROR, .value = 110 };
	memcpy(s, h.segment, sizeof(s) - sizeof(*s));
	s[HISTORY_CASE_SEGMENTS] = (struct history_segment){ .us = 300100, .how = NARU_SEGMENT_HOW_RUN, .in = 7,
							     .in_bytes = 77 };
	h.event = e;
	h.num_events++;
	h.segment = s;
	h.num_segments++;
	data = capture(&h, &size);
	last = block(data, size, 6, HISTORY_CASE_SEGMENTS - 2, &len);
	ASSERT_TRUE(says(last, len, "naru: ESTABLISHED to CLOSE-WAIT"));
	ASSERT_FALSE(says(last, len, "after this, naru: ESTABLISHED"));
	ASSERT_TRUE(says(last, len, "after this, naru: error: Connection timed out"));
	ASSERT_TRUE(says(last, len, "after this, not kept one by one: < 77 bytes in 7"));
	ASSERT_FALSE(block(data, size, 6, HISTORY_CASE_SEGMENTS - 1, &len));
	free(data);
}

TEST(pcapng__no_segment)
{
	struct history h = history_case();
	const char *section;
	size_t size;
	char *data;
	u32 len;

	h.segment = &history_case_segment[3];
	h.num_segments = 1;
	data = capture(&h, &size);
	section = block(data, size, 0x0a0d0d0a, 0, &len);
	ASSERT_TRUE(says(section, len, "naru: loss of 1448 by rack"));
	ASSERT_TRUE(says(section, len, "naru: rto 1"));
	ASSERT_TRUE(says(section, len, "not kept one by one: < 10 bytes in 9   100000 bytes in 20 >"));
	ASSERT_FALSE(says(section, len, "this"));
	ASSERT_FALSE(block(data, size, 6, 0, &len));
	free(data);
}

/* Runs in a row are told all */
TEST(pcapng__runs_in_a_row)
{
	struct history h = history_case();
	struct history_segment s[3] = { h.segment[3], h.segment[3], h.segment[4] };
	const char *packet;
	size_t size;
	char *data;
	u32 len;

	s[0].out = 19;
	h.segment = s;
	h.num_segments = 3;
	data = capture(&h, &size);
	packet = block(data, size, 6, 0, &len);
	ASSERT_TRUE(says(packet, len, "before this, not kept one by one: < 10 bytes in 9   100000 bytes in 19 >"));
	ASSERT_TRUE(says(packet, len, "before this, not kept one by one: < 10 bytes in 9   100000 bytes in 20 >"));
	free(data);
}

/* A packet is never shorter than what is kept of it, and longer than IPv4 can say where the segment is */
TEST(pcapng__original_length)
{
	static const u32 lens[] = { 0, 65495, 65496, 65535, 65536, 1 << 24, ~0u - 41, ~0u - 40, ~0u - 39, ~0u };
	struct history h = history_case();
	struct history_segment s = h.segment[4];
	const u8 *packet;
	size_t size;
	char *data;
	u32 len, i;

	h.segment = &s;
	h.num_segments = 1;
	for (i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		s.len = lens[i];
		data = capture(&h, &size);
		packet = (const u8 *)block(data, size, 6, 0, &len);
		ASSERT_EQ(40, *(u32 *)(packet + 20));
		ASSERT_EQ(s.len < ~0u - 40 ? s.len + 40 : ~0u, *(u32 *)(packet + 24));
		ASSERT_EQ(s.len < 65495 ? s.len + 40 : 65535, packet[30] << 8 | packet[31]);
		free(data);
	}
}
