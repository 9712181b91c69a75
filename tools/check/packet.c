// SPDX-License-Identifier: GPL-2.0
/*
 * IPv4 packets: built, read, compared.
 */
#include "packet.h"

#include <stdlib.h>
#include <string.h>

/**
 * packet_sum() - the internet checksum, RFC 1071
 * @bytes: over these
 * @len: so many
 * @sum: what to begin with, as of a pseudo header
 *
 * Return: the checksum; 0 over bytes with a right checksum among them.
 */
uint16_t packet_sum(const uint8_t *bytes, size_t len, uint32_t sum)
{
	for (; len > 1; bytes += 2, len -= 2)
		sum += get16(bytes);
	if (len)
		sum += *bytes << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/**
 * packet_fix_header() - put the checksum of an IP header right
 * @ip: header
 */
void packet_fix_header(uint8_t *ip)
{
	put16(ip + 10, 0);
	put16(ip + 10, packet_sum(ip, (*ip & 15) * 4, 0));
}

/* 253 and 254 are summed as what they are on the inside: TCP and UDP */
static uint32_t pseudo_header(const uint8_t *ip, size_t len)
{
	uint8_t proto = ip[9] == STREAM ? TCP : ip[9] == DGRAM ? UDP : ip[9];

	return get16(ip + 12) + get16(ip + 14) + get16(ip + 16) + get16(ip + 18) + proto + len;
}

static size_t header_size(uint8_t proto)
{
	if (is_stream(proto))
		return 20;
	return has_ports(proto) || proto == ICMP ? 8 : 0;
}

static size_t sum_offset(uint8_t proto)
{
	if (is_stream(proto))
		return 16;
	return proto == ICMP ? 2 : 6;
}

static void put_ip(const struct packet *p, uint8_t *ip, size_t hlen)
{
	ip[0] = 0x40 | hlen / 4;
	ip[1] = p->tos;
	put16(ip + 2, p->size);
	put16(ip + 4, p->id);
	put16(ip + 6, (p->df ? 0x4000 : 0) | (p->mf ? 0x2000 : 0) | p->offset / 8);
	ip[8] = p->ttl;
	ip[9] = p->proto;
	put32(ip + 12, p->src.addr);
	put32(ip + 16, p->dst.addr);
	memcpy(ip + 20, p->options, p->num_options);
	packet_fix_header(ip);
	if (p->bad_header)
		ip[11] ^= 1;
}

static void put_ports(const struct packet *p, uint8_t *l4)
{
	put16(l4, p->src.port);
	put16(l4 + 2, p->dst.port);
	if (!is_stream(p->proto)) {
		put16(l4 + 4, 8 + p->len);
		return;
	}
	put32(l4 + 4, p->seq);
	put32(l4 + 8, p->ack);
	l4[12] = 5 << 4;
	l4[13] = p->flags;
	put16(l4 + 14, p->window);
}

static void put_icmp(const struct packet *p, uint8_t *l4)
{
	l4[0] = p->type;
	l4[1] = p->code;
	if (p->rest) {
		put32(l4 + 4, p->rest);
	} else {
		put16(l4 + 4, p->src.port);
		put16(l4 + 6, p->seq);
	}
}

static void put_sum(const struct packet *p, uint8_t *ip, size_t hlen)
{
	uint8_t *l4 = ip + hlen, *at = l4 + sum_offset(p->proto);
	size_t len = p->size - hlen;
	uint16_t sum = packet_sum(l4, len, p->proto == ICMP ? 0 : pseudo_header(ip, len));

	if (!sum && !is_stream(p->proto) && p->proto != ICMP)
		sum = 0xffff;
	if (p->bad_sum)
		sum ^= sum == 1 ? 2 : 1;
	if (!p->no_sum)
		put16(at, sum);
}

static void put_data(const struct packet *p, uint8_t *to)
{
	static uint32_t serial;
	size_t i;

	if (p->data) {
		memcpy(to, p->data, p->len);
		return;
	}
	serial++;
	for (i = 0; i < p->len; i++)
		to[i] = i < 4 ? serial >> (8 * i) : 'a' + i % 26;
}

/**
 * packet_build() - make the bytes of a packet
 * @p: packet; @bytes, @size and @data become its own
 *
 * Return: false if there is no memory.
 */
bool packet_build(struct packet *p)
{
	size_t hlen = 20 + p->num_options, l4len = p->offset ? 0 : header_size(p->proto);

	p->size = hlen + l4len + p->len;
	p->bytes = calloc(1, p->size);
	if (!p->bytes)
		return false;
	put_ip(p, p->bytes, hlen);
	put_data(p, p->bytes + hlen + l4len);
	p->data = p->bytes + hlen + l4len;
	if (l4len && p->proto == ICMP)
		put_icmp(p, p->bytes + hlen);
	else if (l4len)
		put_ports(p, p->bytes + hlen);
	if (l4len)
		put_sum(p, p->bytes, hlen);
	return true;
}

static void read_icmp(struct packet *p, const uint8_t *l4)
{
	p->type = l4[0];
	p->code = l4[1];
	p->rest = get32(l4 + 4);
	if (p->type != ECHO && p->type != ECHO_REPLY)
		return;
	p->src.port = get16(l4 + 4);
	p->dst.port = p->src.port;
	p->seq = get16(l4 + 6);
}

static void read_ports(struct packet *p, const uint8_t *l4, size_t there)
{
	p->src.port = get16(l4);
	p->dst.port = get16(l4 + 2);
	if (!is_stream(p->proto)) {
		p->no_sum = !get16(l4 + 6);
		return;
	}
	p->seq = get32(l4 + 4);
	if (there < 20)
		return;
	p->ack = get32(l4 + 8);
	p->flags = l4[13];
	p->window = get16(l4 + 14);
}

static void read_transport(struct packet *p, const uint8_t *l4, size_t there, bool whole)
{
	size_t l4len = header_size(p->proto);

	if (is_stream(p->proto) && there >= 20)
		l4len = (l4[12] >> 4) * 4;
	if (there < 8)
		p->cut = true;
	else if (p->proto == ICMP)
		read_icmp(p, l4);
	else
		read_ports(p, l4, there);
	if (there < l4len) {
		p->cut = true;
		return;
	}
	p->data = l4 + l4len;
	p->len = there - l4len;
	if (whole && !p->no_sum)
		p->bad_sum = packet_sum(l4, there, p->proto == ICMP ? 0 :
					pseudo_header(p->bytes, there)) != 0;
}

/**
 * packet_read() - read a packet
 * @p: filled; @p->bytes points to @bytes
 * @bytes: as on the wire, or as embedded in an ICMP error
 * @size: how many there are
 */
void packet_read(struct packet *p, const uint8_t *bytes, size_t size)
{
	size_t hlen, total;

	*p = (struct packet){ .bytes = (uint8_t *)bytes, .size = size, .cut = true };
	if (size < 20 || *bytes >> 4 != 4)
		return;
	hlen = (*bytes & 15) * 4;
	total = get16(bytes + 2);
	p->tos = bytes[1];
	p->id = get16(bytes + 4);
	p->df = bytes[6] & 0x40;
	p->mf = bytes[6] & 0x20;
	p->offset = (get16(bytes + 6) & 0x1fff) * 8;
	p->ttl = bytes[8];
	p->proto = bytes[9];
	p->src.addr = get32(bytes + 12);
	p->dst.addr = get32(bytes + 16);
	if (hlen < 20 || size < hlen || total < hlen)
		return;
	p->num_options = hlen - 20;
	memcpy(p->options, bytes + 20, p->num_options);
	p->bad_header = packet_sum(bytes, hlen, 0) != 0;
	p->cut = size < total;
	if (size > total)
		size = total;
	p->data = bytes + hlen;
	p->len = size - hlen;
	if (!p->offset && header_size(p->proto))
		read_transport(p, bytes + hlen, size - hlen, !p->cut && !p->mf);
}

/**
 * packet_is_error() - is it an ICMP error?
 * @p: packet
 *
 * Return: whether it is.
 */
bool packet_is_error(const struct packet *p)
{
	return p->proto == ICMP && (p->type == UNREACHABLE || p->type == QUENCH ||
				    p->type == REDIRECT || p->type == EXCEEDED ||
				    p->type == PARAMETER);
}

/**
 * packet_same() - is one the other, translated or not?
 * @a: a packet
 * @b: another
 *
 * Addresses, ports, checksums and what routers may change do not count.
 *
 * Return: whether it is.
 */
bool packet_same(const struct packet *a, const struct packet *b)
{
	if (a->proto != b->proto || a->len != b->len || a->offset != b->offset || a->mf != b->mf)
		return false;
	if (is_stream(a->proto) && (a->seq != b->seq || a->ack != b->ack || a->flags != b->flags))
		return false;
	if (a->proto == ICMP && (a->type != b->type || a->code != b->code || a->seq != b->seq))
		return false;
	return !memcmp(a->data, b->data, a->len);
}

/* What routers on the way change, and the ID, which a NAT chooses anew */
static bool same_header(const struct packet *a, const struct packet *b)
{
	return a->proto == b->proto && a->tos == b->tos && a->df == b->df && a->mf == b->mf &&
	       a->offset == b->offset && a->src.addr == b->src.addr &&
	       a->dst.addr == b->dst.addr && get16(a->bytes + 2) == get16(b->bytes + 2);
}

/**
 * packet_embeds() - does an ICMP error embed that packet, as it is?
 * @error: ICMP error
 * @original: packet that it should be about
 *
 * Return: whether it does, with a right IP header checksum.
 */
bool packet_embeds(const struct packet *error, const struct packet *original)
{
	size_t hlen = 20 + original->num_options, there = error->len;
	struct packet inner;

	packet_read(&inner, error->data, error->len);
	if (error->len < hlen + 8 || inner.bad_header || !same_header(&inner, original))
		return false;
	if (there > original->size)
		there = original->size;
	return inner.num_options == original->num_options &&
	       !memcmp(error->data + hlen, original->bytes + hlen, there - hlen);
}
