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
