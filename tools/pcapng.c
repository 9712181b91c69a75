// SPDX-License-Identifier: GPL-2.0
/*
 * A recording as a capture: the segments that are told one by one, with comments for what lies between them and for
 * what happened. Blocks are those of draft-ietf-opsawg-pcapng; they are in this machine's order of bytes.
 */
#include "pcapng.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <linux/naru_genl.h>

enum {
	BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6,
	LINKTYPE_RAW = 101,			/* IPv4 or IPv6, as the first byte says */
	OPTION_END = 0, OPTION_COMMENT = 1, OPTION_SHB_USERAPPL = 4, OPTION_IF_NAME = 2, OPTION_EPB_FLAGS = 2,
	EPB_IN = 1, EPB_OUT = 2,
	FLAG_SYN = 0x02, FLAG_ACK = 0x10,
	TTL = 64,
};

/* A block that is being made */
struct block {
	char *data;
	size_t size;
	FILE *f;
};

/* How far a capture has come: segments and events that are told, and packets that are still to come */
struct told {
	size_t segments, events, packets;
};

static void put_u16(FILE *f, uint16_t value)
{
	fwrite(&value, sizeof(value), 1, f);
}

static void put_u32(FILE *f, uint32_t value)
{
	fwrite(&value, sizeof(value), 1, f);
}

/* @size bytes, and zeros to a multiple of 4 */
static void put_padded(FILE *f, const void *data, size_t size)
{
	if (size)
		fwrite(data, 1, size, f);
	fwrite("\0\0\0", 1, -size & 3, f);
}

static void put_option(FILE *f, unsigned int code, const void *data, size_t size)
{
	put_u16(f, code);
	put_u16(f, size);
	put_padded(f, data, size);
}

static bool block_begin(struct block *b)
{
	b->data = NULL;
	b->f = open_memstream(&b->data, &b->size);
	return b->f;
}

static bool block_end(struct block *b, FILE *f, uint32_t type)
{
	uint32_t total;
	bool ok;

	put_option(b->f, OPTION_END, NULL, 0);
	ok = !ferror(b->f);
	ok = !fclose(b->f) && ok;
	total = b->size + 12;
	put_u32(f, type);
	put_u32(f, total);
	fwrite(b->data, 1, b->size, f);
	put_u32(f, total);
	free(b->data);
	return ok && !ferror(f);
}

static void put_comment(FILE *f, const char *format, const char *text)
{
	char comment[2 * HISTORY_TEXT_MAX];

	put_option(f, OPTION_COMMENT, comment, snprintf(comment, sizeof(comment), format, text));
}

/* From event @next on until a time. Returns the first that is later */
static size_t put_events(FILE *f, const struct history *h, size_t next, int64_t until, const char *format)
{
	char text[HISTORY_TEXT_MAX];

	for (; next < h->num_events && (int64_t)h->event[next].us <= until; next++) {
		if (h->event[next].what == NARU_WHAT_CWND)
			continue;
		history_describe(&h->event[next], text, sizeof(text));
		put_comment(f, format, text);
	}
	return next;
}

static bool is_run(const struct history_segment *s)
{
	return s->how & NARU_SEGMENT_HOW_RUN;
}

static size_t num_packets(const struct history *h)
{
	size_t i, num = 0;

	for (i = 0; i < h->num_segments; i++)
		num += !is_run(&h->segment[i]);
	return num;
}

/* All from segment @next on, up to one that is none */
static void put_runs(FILE *f, const struct history *h, size_t next, const char *format)
{
	char text[HISTORY_TEXT_MAX];

	for (; next < h->num_segments && is_run(&h->segment[next]); next++) {
		history_describe_segment(&h->segment[next], text, sizeof(text));
		put_comment(f, format, text);
	}
}

/* Where there is no packet, what is told of it all stands here */
static bool put_section(FILE *f, const struct history *h)
{
	static const char program[] = "naru history";
	struct block b;

	if (!block_begin(&b))
		return false;
	put_u32(b.f, 0x1a2b3c4d);
	put_u16(b.f, 1);
	put_u16(b.f, 0);
	put_u32(b.f, ~0u);	/* the length of the section is not said */
	put_u32(b.f, ~0u);
	put_option(b.f, OPTION_SHB_USERAPPL, program, sizeof(program) - 1);
	if (!num_packets(h)) {
		put_runs(b.f, h, 0, "not kept one by one: %s");
		put_events(b.f, h, 0, INT64_MAX, "naru: %s");
	}
	return block_end(&b, f, BLOCK_SECTION);
}

/* Times are in microseconds, where nothing else is said */
static bool put_interface(FILE *f)
{
	struct block b;

	if (!block_begin(&b))
		return false;
	put_u16(b.f, LINKTYPE_RAW);
	put_u16(b.f, 0);
	put_u32(b.f, PCAPNG_HEADERS_MAX);
	put_option(b.f, OPTION_IF_NAME, "naru", 4);
	return block_end(&b, f, BLOCK_INTERFACE);
}

static unsigned char *put_be16(unsigned char *p, uint16_t value)
{
	value = htons(value);
	return (unsigned char *)memcpy(p, &value, sizeof(value)) + sizeof(value);
}

static unsigned char *put_be32(unsigned char *p, uint32_t value)
{
	value = htonl(value);
	return (unsigned char *)memcpy(p, &value, sizeof(value)) + sizeof(value);
}

static uint16_t ip_checksum(const unsigned char *header)
{
	uint32_t sum = 0;
	int i;

	for (i = 0; i < 20; i += 2)
		sum += header[i] << 8 | header[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

static unsigned char *put_ipv4(unsigned char *p, const struct history *h, bool in, size_t transport)
{
	const struct in6_addr *src = in ? &h->raddr : &h->laddr, *dst = in ? &h->laddr : &h->raddr;
	unsigned char *header = p;

	memset(p, 0, 20);
	p[0] = 0x45;
	put_be16(p + 2, transport + 20 < 0xffff ? transport + 20 : 0xffff);
	p[6] = 0x40;	/* do not fragment */
	p[8] = TTL;
	p[9] = h->wire;
	memcpy(p + 12, &src->s6_addr[12], 4);
	memcpy(p + 16, &dst->s6_addr[12], 4);
	put_be16(header + 10, ip_checksum(header));
	return p + 20;
}

static unsigned char *put_ipv6(unsigned char *p, const struct history *h, bool in, size_t transport)
{
	memset(p, 0, 8);
	p[0] = 0x60;
	put_be16(p + 4, transport < 0xffff ? transport : 0xffff);
	p[6] = h->wire;
	p[7] = TTL;
	memcpy(p + 8, in ? &h->raddr : &h->laddr, 16);
	memcpy(p + 24, in ? &h->laddr : &h->raddr, 16);
	return p + 40;
}

/* The window as it was in the header */
static unsigned int window(const struct history *h, const struct history_segment *s)
{
	unsigned int shift = s->how & NARU_SEGMENT_HOW_IN ? h->snd_wscale : h->rcv_wscale, wnd = s->wnd;

	if (h->scaled && !(s->flags & FLAG_SYN))
		wnd >>= shift < 15 ? shift : 14;
	return wnd < 0xffff ? wnd : 0xffff;
}

static unsigned char *put_tcp(unsigned char *p, const struct history *h, const struct history_segment *s)
{
	bool in = s->how & NARU_SEGMENT_HOW_IN, scale = h->scaled && (s->flags & FLAG_SYN);

	p = put_be16(p, in ? h->rport : h->lport);
	p = put_be16(p, in ? h->lport : h->rport);
	p = put_be32(p, s->seq);
	p = put_be32(p, s->flags & FLAG_ACK ? s->ack : 0);
	*p++ = (scale ? 6 : 5) << 4;
	*p++ = s->flags;
	p = put_be16(p, window(h, s));
	p = put_be32(p, 0);	/* checksum and urgent pointer */
	if (scale)
		p = put_be32(p, 0x01030300 | (in ? h->snd_wscale : h->rcv_wscale));
	return p;
}

/**
 * pcapng_headers() - the headers of a segment
 * @h: recording
 * @s: a segment, no run
 * @packet: filled, PCAPNG_HEADERS_MAX bytes
 *
 * Sequence numbers are counted from the initial ones. The checksum is 0, since nobody knows the payload.
 *
 * Return: how many bytes they are.
 */
size_t pcapng_headers(const struct history *h, const struct history_segment *s, unsigned char *packet)
{
	bool in = s->how & NARU_SEGMENT_HOW_IN;
	size_t tcp = h->scaled && (s->flags & FLAG_SYN) ? 24 : 20;
	unsigned char *p;

	if (IN6_IS_ADDR_V4MAPPED(&h->raddr))
		p = put_ipv4(packet, h, in, tcp + s->len);
	else
		p = put_ipv6(packet, h, in, tcp + s->len);
	return put_tcp(p, h, s) - packet;
}

/* What comes with the packet of segment @n: what happened since the one before, and with the last all that comes behind */
static void put_comments(FILE *f, const struct history *h, size_t n, struct told *told)
{
	put_runs(f, h, told->segments, "before this, not kept one by one: %s");
	told->events = put_events(f, h, told->events, h->segment[n].us, "naru: %s");
	told->segments = n + 1;
	if (--told->packets)
		return;
	put_runs(f, h, told->segments, "after this, not kept one by one: %s");
	put_events(f, h, told->events, INT64_MAX, "after this, naru: %s");
}

/* The segment's, and not below @size however long it says that it is */
static uint32_t original_length(size_t size, const struct history_segment *s)
{
	return s->len < UINT32_MAX - size ? size + s->len : UINT32_MAX;
}

static bool put_packet(FILE *f, const struct history *h, size_t n, struct told *told)
{
	const struct history_segment *s = &h->segment[n];
	uint32_t flags = s->how & NARU_SEGMENT_HOW_IN ? EPB_IN : EPB_OUT;
	uint64_t us = h->opened / 1000 + s->us;
	unsigned char packet[PCAPNG_HEADERS_MAX];
	size_t size = pcapng_headers(h, s, packet);
	struct block b;

	if (!block_begin(&b))
		return false;
	put_u32(b.f, 0);
	put_u32(b.f, us >> 32);
	put_u32(b.f, us);
	put_u32(b.f, size);
	put_u32(b.f, original_length(size, s));
	put_padded(b.f, packet, size);
	put_option(b.f, OPTION_EPB_FLAGS, &flags, sizeof(flags));
	put_comments(b.f, h, n, told);
	return block_end(&b, f, BLOCK_PACKET);
}

/**
 * pcapng_write() - write a capture
 * @f: file
 * @h: recording
 *
 * Return: false where it cannot be written.
 */
bool pcapng_write(FILE *f, const struct history *h)
{
	struct told told = { .packets = num_packets(h) };
	size_t i;

	if (!put_section(f, h) || !put_interface(f))
		return false;
	for (i = 0; i < h->num_segments; i++)
		if (!is_run(&h->segment[i]) && !put_packet(f, h, i, &told))
			return false;
	return true;
}
