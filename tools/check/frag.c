// SPDX-License-Identifier: GPL-2.0
/*
 * Fragments.
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

static void no_memory(void)
{
	cmd_fail("no memory");
	abort();
}

/**
 * whole_packet() - a packet that is not sent as it is
 * @r: row
 * @p: packet
 *
 * Return: the packet, built; it goes with the row.
 */
struct packet *whole_packet(struct run *r, struct packet p)
{
	static uint16_t id = 0x8000;
	struct packet *whole = malloc(sizeof(*whole));

	p.id = p.id ? p.id : ++id;
	p.ttl = p.ttl ? p.ttl : 64;
	p.window = p.window ? p.window : 65535;
	if (!whole || !packet_build(&p))
		no_memory();
	*whole = p;
	whole->next = r->kept;
	r->kept = whole;
	return whole;
}

/**
 * post_piece() - send a fragment
 * @r: row
 * @side: from where
 * @whole: packet that it is of
 * @from: where it begins in that, behind the IP header; a multiple of 8
 * @to: where it ends
 */
void post_piece(struct run *r, enum realm side, const struct packet *whole, size_t from, size_t to)
{
	size_t hlen = 20 + whole->num_options;
	struct packet piece = { .size = hlen + to - from };

	sched_start(r);
	piece.bytes = malloc(piece.size);
	if (!piece.bytes)
		no_memory();
	memcpy(piece.bytes, whole->bytes, hlen);
	memcpy(piece.bytes + hlen, whole->bytes + hlen + from, to - from);
	put16(piece.bytes + 2, piece.size);
	put16(piece.bytes + 6, (whole->df ? 0x4000 : 0) | from / 8 |
	      (hlen + to < whole->size ? 0x2000 : 0));
	packet_fix_header(piece.bytes);
	wire_post(r->net, side, &piece);
	free(piece.bytes);
}

/* Header of the first, data of all; NULL: they do not join */
static struct packet *join(struct run *r, struct packet **piece, unsigned int num)
{
	uint8_t *bytes = calloc(1, PACKET_MAX + 1);
	struct packet *whole = calloc(1, sizeof(*whole));
	size_t hlen = 20 + piece[0]->num_options, total = hlen;
	unsigned int i;

	if (!bytes || !whole)
		no_memory();
	memcpy(bytes, piece[0]->bytes, hlen);
	for (i = 0; i < num; i++) {
		size_t len = piece[i]->size - 20 - piece[i]->num_options;

		if (hlen + piece[i]->offset + len > PACKET_MAX)
			continue;
		memcpy(bytes + hlen + piece[i]->offset,
		       piece[i]->bytes + 20 + piece[i]->num_options, len);
		total += len;
	}
	put16(bytes + 2, total);
	put16(bytes + 6, piece[0]->df ? 0x4000 : 0);
	packet_fix_header(bytes);
	packet_read(whole, bytes, total);
	whole->next = r->kept;
	r->kept = whole;
	return whole;
}

/**
 * joined() - the datagram that the fragments in a queue are of
 * @r: row; it fails if they are not in order, have gaps, or are too long
 * @side: where they came out
 * @most: bytes that a fragment may have
 * @pieces: how many there were
 *
 * Return: the datagram, NULL if nothing came out.
 */
struct packet *joined(struct run *r, enum realm side, size_t most, unsigned int *pieces)
{
	struct packet *piece[64], *p;
	size_t end = 0;

	*pieces = 0;
	while (*pieces < ARRAY_SIZE(piece) && (p = any_at(r, side))) {
		if (p->size > most)
			fail(r, "a packet of %zu bytes comes out", p->size);
		if (p->offset != end)
			fail(r, "a fragment from %u on comes after one that ends at %zu",
			     p->offset, end);
		if (p->bad_header || (*pieces && p->id != piece[0]->id))
			fail(r, "a fragment has a wrong checksum or another ID");
		end += p->size - 20 - p->num_options;
		piece[(*pieces)++] = p;
		if (!p->mf)
			return join(r, piece, *pieces);
	}
	if (*pieces)
		fail(r, "the last fragment does not come out");
	return NULL;
}
