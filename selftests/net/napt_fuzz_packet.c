// SPDX-License-Identifier: GPL-2.0
/* Packets of napt_fuzz: read as the RFCs have them, and checksums reckoned from nothing */
#include "napt_fuzz.h"

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

uint32_t sum(uint32_t s, const uint8_t *p, size_t len)
{
	for (; len > 1; p += 2, len -= 2)
		s += get16(p);
	if (len)
		s += p[0] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

bool is_stream(uint8_t proto)
{
	return proto == TCP || proto == STREAM;
}

static bool has_ports(uint8_t proto)
{
	return is_stream(proto) || proto == UDP || proto == DGRAM;
}

size_t header_len(uint8_t proto)
{
	return is_stream(proto) ? 20 : 8;
}

size_t check_at(uint8_t proto)
{
	return proto == ICMP ? 2 : is_stream(proto) ? 16 : 6;
}

/* 253 and 254 have the pseudo-headers of TCP and UDP */
uint32_t pseudo(const uint8_t *ip, size_t len)
{
	if (ip[9] == ICMP)
		return 0;
	return sum((is_stream(ip[9]) ? TCP : UDP) + len, ip + 12, 8);
}

void finish_ip(uint8_t *ip)
{
	put16(ip + 10, 0);
	put16(ip + 10, ~sum(0, ip, ip[0] % 16 * 4) & 0xffff);
}

void finish_transport(struct packet *p)
{
	size_t head = p->b[0] % 16 * 4, len = p->len - head;
	uint8_t *check = p->b + head + check_at(p->b[9]);
	uint32_t s;

	put16(check, 0);
	s = ~sum(pseudo(p->b, len), p->b + head, len) & 0xffff;
	put16(check, !s && !is_stream(p->b[9]) && p->b[9] != ICMP ? 0xffff : s);
}

static bool is_error(uint8_t type)
{
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static void look_icmp(struct view *v)
{
	const uint8_t *h = v->b + v->head;

	if (v->len < v->head + 8)
		return;
	if (h[0] == 8 || h[0] == 0) {
		v->kind = FLOW;
		*(h[0] ? &v->src.port : &v->dst.port) = get16(h + 4);
	} else if (is_error(h[0])) {
		v->kind = ERROR;
	}
}

static void look_transport(struct view *v)
{
	if (get16(v->b + 6) & 0x1fff)
		return;
	if (v->proto == ICMP) {
		look_icmp(v);
	} else if (has_ports(v->proto) && v->len >= v->head + 4) {
		v->kind = FLOW;
		v->src.port = get16(v->b + v->head);
		v->dst.port = get16(v->b + v->head + 2);
	}
}

/* False: there is no IPv4 header. @len: of what is there, which may be less than it says */
bool look(struct view *v, const uint8_t *b, size_t len)
{
	memset(v, 0, sizeof(*v));
	v->b = b;
	v->len = len;
	v->kind = OTHER;
	if (len < 20 || b[0] >> 4 != 4 || b[0] % 16 < 5 || len < b[0] % 16 * 4U)
		return false;
	v->head = b[0] % 16 * 4;
	if (get16(b + 2) >= v->head && get16(b + 2) < len)
		v->len = get16(b + 2);
	v->proto = b[9];
	v->src.addr = get32(b + 12);
	v->dst.addr = get32(b + 16);
	look_transport(v);
	return true;
}

/* What an error is about. Eight bytes of its transport header are there whatever it says, RFC 792 */
bool look_inside(struct view *v, const struct view *error)
{
	size_t at = error->head + 8, len = error->len - at;

	if (error->len <= at || !look(v, error->b + at, len))
		return false;
	if (get16(v->b + 2) >= v->head + 8U)
		return true;
	v->len = len < v->head + 8 ? len : v->head + 8;
	look_transport(v);
	return true;
}

bool is_plain(const struct view *v)
{
	return v->kind == FLOW && !(get16(v->b + 6) & 0x3fff) &&
	       v->len >= v->head + header_len(v->proto);
}

/*
 * What the transport's checksum is off by, in one's complement; 0: it is right. It is the same
 * before and behind a NAT. A partial one is judged by what it stands for.
 */
uint32_t wrongness(const struct view *v, bool partial)
{
	const uint8_t *h = v->b + v->head;
	size_t len = v->len - v->head;
	uint32_t s = pseudo(v->b, len);

	if (partial)
		s = sum(s + (~get16(h + check_at(v->proto)) & 0xffff), NULL, 0);
	else
		s = sum(s, h, len);
	return s == 0xffff ? 0 : s;
}

void dump(const char *what, const uint8_t *b, size_t len)
{
	printf("%s, %zu bytes:", what, len);
	for (size_t i = 0; i < len && i < 256; i++)
		printf("%s%02x", i % 16 ? " " : "\n  ", b[i]);
	printf("\n");
}
