// SPDX-License-Identifier: GPL-2.0
/* Packets and ICMP errors of napt_error, with checksums reckoned from nothing */
#include "napt_error.h"

uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

void put16(uint8_t *p, unsigned int v)
{
	p[0] = v >> 8;
	p[1] = v;
}

void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static uint32_t sum(uint32_t s, const uint8_t *p, size_t len)
{
	for (; len > 1; p += 2, len -= 2)
		s += get16(p);
	if (len)
		s += p[0] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

static size_t head_of(const struct packet *p)
{
	return p->b[0] % 16 * 4;
}

void finish_ip(uint8_t *ip)
{
	put16(ip + 10, 0);
	put16(ip + 10, ~sum(0, ip, ip[0] % 16 * 4) & 0xffff);
}

static bool is_stream(uint8_t proto)
{
	return proto == TCP || proto == STREAM;
}

/* 253 and 254 have the pseudo-headers of TCP and UDP */
uint16_t pseudo_sum(const struct packet *p)
{
	return sum(sum((is_stream(p->b[9]) ? TCP : UDP) + p->len - head_of(p), NULL, 0), p->b + 12, 8);
}

uint8_t *check_of(struct packet *p)
{
	uint8_t *th = p->b + head_of(p);

	if (p->b[9] == ICMP)
		return th + 2;
	return is_stream(p->b[9]) ? th + 16 : th + 6;
}

void finish_packet(struct packet *p)
{
	size_t head = head_of(p);
	uint8_t *check = check_of(p);
	uint32_t s;

	finish_ip(p->b);
	put16(check, 0);
	s = sum(p->b[9] == ICMP ? 0 : pseudo_sum(p), p->b + head, p->len - head);
	s = ~s & 0xffff;
	put16(check, s || is_stream(p->b[9]) || p->b[9] == ICMP ? s : 0xffff);
}

static size_t put_ip(uint8_t *b, const struct flow *f, size_t len)
{
	size_t head = 20 + f->options;

	memset(b, 0, head);
	memset(b + 20, 1, f->options);
	if (f->option[0])
		memcpy(b + 20, f->option, f->option[1]);
	b[0] = 0x40 | head / 4;
	b[1] = f->tos;
	put16(b + 2, head + len);
	put16(b + 4, 0x4d2);
	put16(b + 6, f->no_df ? 0 : 0x4000);
	b[8] = f->ttl ? f->ttl : 64;
	b[9] = f->proto;
	put32(b + 12, f->src);
	put32(b + 16, f->dst);
	finish_ip(b);
	return head;
}

static size_t header_len(uint8_t proto)
{
	return is_stream(proto) ? 20 : 8;
}

static void put_transport(uint8_t *th, const struct flow *f)
{
	memset(th, 0, header_len(f->proto));
	if (f->proto == ICMP) {
		th[0] = f->reply ? 0 : 8;
		put16(th + 4, f->sport);
		put16(th + 6, 1);
		return;
	}
	put16(th, f->sport);
	put16(th + 2, f->dport);
	if (!is_stream(f->proto)) {
		put16(th + 4, 8 + f->payload);
		return;
	}
	put32(th + 4, f->reply ? 7000 : 1000);
	put32(th + 8, f->flags & ACK ? (f->reply ? 1001 : 7001) : 0);
	th[12] = 0x50;
	th[13] = f->flags;
	put16(th + 14, 5000);
}

void make_packet(struct packet *p, const struct flow *f)
{
	size_t len = header_len(f->proto) + f->payload;
	size_t head = put_ip(p->b, f, len);

	p->len = head + len;
	put_transport(p->b + head, f);
	for (size_t i = 0; i < f->payload; i++)
		p->b[p->len - f->payload + i] = 'a' + i % 26;
	finish_packet(p);
	if (f->unsummed)
		put16(check_of(p), 0);
}

void finish_error(struct packet *p)
{
	size_t head = head_of(p);

	put16(p->b + head + 2, 0);
	put16(p->b + head + 2, ~sum(0, p->b + head, p->len - head) & 0xffff);
}

/* Its IP header has the usual TTL, and an ID that may not change since it may not be fragmented */
void make_error(struct packet *p, const struct error *e)
{
	struct flow f = { .proto = ICMP, .src = e->src, .dst = e->dst, .tos = e->tos,
			  .options = e->options };
	size_t head = put_ip(p->b, &f, 8 + e->len + e->tail);
	uint8_t *icmp = p->b + head;

	p->len = head + 8 + e->len + e->tail;
	icmp[0] = e->type;
	icmp[1] = e->code;
	put32(icmp + 4, e->rest);
	memcpy(icmp + 8, e->quote->b, e->len);
	for (size_t i = 0; i < e->tail; i++)
		icmp[8 + e->len + i] = i;
	finish_error(p);
}
