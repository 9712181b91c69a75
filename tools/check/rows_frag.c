// SPDX-License-Identifier: GPL-2.0
/*
 * Fragments, packets too big, and IP IDs: RFC 4787 REQ-13 and 14, RFC 5508 7.1, RFC 6864.
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

#define SMALL	200	/* servers and hosts of that number are behind links of 1280 bytes */

static struct packet big(uint8_t proto, struct ep from, struct ep to, size_t size, bool df)
{
	struct packet p = first_packet(proto, from, to);

	p.df = df;
	p.len = size - 20 - (is_stream(proto) ? 20 : 8);
	if (is_stream(proto))
		p.flags = ACK | PSH;
	return p;
}

/* Too big for the next link: 3/4 with its MTU, and nothing goes on */
static void too_big(struct run *r, enum realm side, struct packet p)
{
	struct packet *sent = emit(r, side, p), *got, *out;

	got = own_error(r, side, sent, UNREACHABLE, 4);
	if ((got->rest & 0xffff) != 1280)
		fail(r, "%s draws 3/4 with MTU %u", packet_text(sent), got->rest & 0xffff);
	out = any_at(r, !side);
	if (out)
		fail(r, "%s goes on as %s", packet_text(sent), packet_text(out));
}

/* Too big and without DF: fragments in order that make the translated packet again */
static void is_fragmented(struct run *r, enum realm side, struct packet p, struct ep src,
			  struct ep dst)
{
	struct packet *sent = emit(r, side, p), *got;
	unsigned int pieces;

	got = joined(r, !side, 1280, &pieces);
	if (!got)
		fail(r, "%s does not come out", packet_text(sent));
	if (pieces < 2 || !packet_same(got, sent) || !sound(got))
		fail(r, "%s comes out in %u fragments that do not make it again", packet_text(sent),
		     pieces);
	if ((src.addr && !ep_same(got->src, src)) || !ep_same(got->dst, dst))
		fail(r, "%s comes out as %s", packet_text(sent), packet_text(got));
	if (any_at(r, side))
		fail(r, "%s is fragmented, and answered", packet_text(sent));
}

void row_4787_13(struct run *r)
{
	struct slot *s = rule(r, "small;");
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = dgram(i)); i++)
		too_big(r, INSIDE, big(proto, host(s, 1, 4000), server(s, SMALL, 5000), 1400, true));
	seen(r, "3/4 with MTU 1280 embeds the packet as sent, nothing goes out");
}

static void fragmented_out(struct run *r, uint8_t (*nth)(unsigned int), const struct slot *s)
{
	struct ep in = host(s, 1, 4000), to = server(s, SMALL, 5000), ext;
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = nth(i)); i++) {
		ext = go_out(r, proto, in, to);
		is_fragmented(r, INSIDE, big(proto, in, to, 1400, false), ext, to);
	}
}

void row_4787_13a(struct run *r)
{
	fragmented_out(r, dgram, rule(r, "small;"));
	seen(r, "fragments of at most 1280 bytes make the translated packet again");
}

void row_4787_13a_2(struct run *r)
{
	fragmented_out(r, dgram, rule(r, "small;"));
	seen(r, "their offsets ascend from 0 without a gap");
}

void row_5508_s7_1_1b(struct run *r)
{
	struct slot *s = rule(r, "small;");
	struct flow f;
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = dgram(i)); i++) {
		too_big(r, INSIDE, big(proto, host(s, 1, 4000), server(s, SMALL, 5000), 1400, true));
		flow_make(&f, r, proto, host(s, SMALL, 4001), server(s, 1, 5000));
		too_big(r, OUTSIDE, big(proto, f.to, f.ext, 1400, true));
	}
	seen(r, "3/4 with MTU 1280 to each sender, embedding its packet as sent");
}

void row_5508_s7_1_1c(struct run *r)
{
	struct slot *s = rule(r, "small;");
	struct flow f;
	unsigned int i;
	uint8_t proto;

	fragmented_out(r, dgram, s);
	for (i = 0; (proto = dgram(i)); i++) {
		flow_make(&f, r, proto, host(s, SMALL, 4001), server(s, 1, 5000));
		is_fragmented(r, OUTSIDE, big(proto, f.to, f.ext, 1400, false), f.to, f.in);
	}
	seen(r, "fragments make the translated packet again, in both directions");
}

/* A flow, and behind its handshake where it has one */
static void data_flow(struct flow *f, struct run *r, uint8_t proto, struct ep in, struct ep to)
{
	struct packet ack;

	flow_make(f, r, proto, in, to);
	if (!is_stream(proto))
		return;
	ack = first_packet(proto, in, to);
	ack.flags = ACK;
	ack.seq = f->out.sent->seq + 1;
	ack.ack = f->back.sent->seq + 1;
	if (!cross_out(r, ack, &f->out))
		fail(r, "%s: an ACK is lost", proto_name(proto));
}

void row_5508_s7_1_1a(struct run *r)
{
	static const size_t sizes[] = { 1200, 1280, 1281, 1400, 1500 };
	struct slot *s = rule(r, "small;");
	struct crossing c;
	struct flow f;
	unsigned int i, j;
	uint8_t proto;

	for (i = 0; (proto = dgram(i)); i++)
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			struct packet p = big(proto, host(s, 1, 4000), server(s, SMALL, 5000),
					      sizes[j], true);

			if (sizes[j] > 1280)
				too_big(r, INSIDE, p);
			else if (!cross_out(r, p, &c) || !c.got->df)
				fail(r, "DF is lost on the way out");
			flow_make(&f, r, proto, host(s, SMALL, 4001), server(s, 1, 5000));
			p = big(proto, f.to, f.ext, sizes[j], true);
			if (sizes[j] > 1280)
				too_big(r, OUTSIDE, p);
			else if (!cross_in(r, p, f.in, &c) || !c.got->df)
				fail(r, "DF is lost on the way in");
		}
	seen(r, "1200 and 1280 bytes pass with DF, 1281 to 1500 draw 3/4, in both directions");
}

/* ---- fragments that arrive ---- */

static const uint8_t orders[6][3] = {
	{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 }
};

static void post_three(struct run *r, enum realm side, const struct packet *whole,
		       const uint8_t *order)
{
	size_t size = whole->size - 20, at;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		at = order[i] * 1480;
		post_piece(r, side, whole, at, order[i] == 2 ? size : at + 1480);
	}
	settle(r);
}

void row_4787_14(struct run *r)
{
	struct slot *s = rule(r, "");
	struct packet *whole, *got;
	unsigned int i, j, pieces;
	struct flow f;
	uint8_t proto;
	int side;

	for (i = 0; (proto = dgram(i)); i++) {
		flow_make(&f, r, proto, host(s, 1, 4000), server(s, 1, 5000));
		for (j = 0; j < 12; j++) {
			side = j & 1;
			whole = whole_packet(r, side == INSIDE ? big(proto, f.in, f.to, 4000, false) :
						big(proto, f.to, f.ext, 4000, false));
			post_three(r, side, whole, orders[j / 2]);
			got = joined(r, !side, 1500, &pieces);
			if (!got)
				fail(r, "%s: fragments in order %u%u%u do not come out",
				     proto_name(proto), orders[j / 2][0], orders[j / 2][1],
				     orders[j / 2][2]);
			if (!packet_same(got, whole) || !sound(got) ||
			    !ep_same(got->src, side == INSIDE ? f.ext : f.to) ||
			    !ep_same(got->dst, side == INSIDE ? f.to : f.in))
				fail(r, "%s in fragments comes out as %s", packet_text(whole),
				     packet_text(got));
		}
	}
	seen(r, "4000 bytes in 3 fragments, 6 orders, both directions: whole and translated");
}

/* Later fragments of datagrams that have no first, from an outside stranger */
static void flood(struct run *r, const struct slot *s, struct ep ext, unsigned int num)
{
	struct packet *whole;
	unsigned int i;

	whole = whole_packet(r, big(UDP, server(s, 66, 5000), ext, 4000, false));
	for (i = 0; i < num; i++) {
		put32(whole->bytes + 12, server(s, 60, 0).addr + (i >> 16));
		put16(whole->bytes + 4, i);
		post_piece(r, OUTSIDE, whole, 1480, 2960);
		if (!(i % 256))
			settle(r);
	}
	settle(r);
	forget(r);
}

void row_4787_14a(struct run *r)
{
	struct slot *s = rule(r, "");
	unsigned int round, pieces;
	struct packet *whole;
	struct flow f;

	flow_make(&f, r, UDP, host(s, 1, 4000), server(s, 1, 5000));
	for (round = 0; round < 5; round++) {
		flood(r, s, f.ext, 4000);
		if (!flow_alive(&f))
			fail(r, "after %u fragments without a first, whole packets are lost",
			     4000 * (round + 1));
		whole = whole_packet(r, big(UDP, f.in, f.to, 4000, false));
		post_three(r, INSIDE, whole, orders[0]);
		if (!joined(r, OUTSIDE, 1500, &pieces))
			fail(r, "after %u fragments without a first, fragments in order are lost",
			     4000 * (round + 1));
	}
	seen(r, "20,000 fragments without a first: whole packets and fragments in order pass");
}

/* ---- IP IDs ---- */

/* Two hosts, the same IDs, one server: other IDs outside; and fragments that make two datagrams */
static void ids_differ(struct run *r, const struct slot *s, uint8_t proto)
{
	struct packet p, *whole[2], *got;
	struct crossing c[2];
	unsigned int i, nr, pieces;

	for (i = 0; i < 8; i++) {
		for (nr = 0; nr < 2; nr++) {
			p = big(proto, host(s, nr + 1, 4000), server(s, 1, 5000), 100, false);
			p.id = 7000 + i;
			if (!cross_out(r, p, &c[nr]))
				fail(r, "%s: a packet does not come out", proto_name(proto));
		}
		if (c[0].got->id == c[1].got->id)
			fail(r, "%s: two hosts' packets with ID %u leave with ID %u both",
			     proto_name(proto), 7000 + i, c[0].got->id);
	}
	for (nr = 0; nr < 2; nr++) {
		p = big(proto, host(s, nr + 1, 4000), server(s, 1, 5000), 3000, false);
		p.id = 7100;
		whole[nr] = whole_packet(r, p);
		post_piece(r, INSIDE, whole[nr], 0, 1480);
	}
	for (nr = 0; nr < 2; nr++) {
		uint16_t id;

		post_piece(r, INSIDE, whole[nr], 1480, 2960);
		post_piece(r, INSIDE, whole[nr], 2960, whole[nr]->size - 20);
		settle(r);
		id = r->queue[OUTSIDE] ? r->queue[OUTSIDE]->id : 0;
		got = joined(r, OUTSIDE, 1500, &pieces);
		if (!got || !packet_same(got, whole[nr]) || !sound(got))
			fail(r, "%s: fragments of two hosts with one ID do not come out whole",
			     proto_name(proto));
		if (nr && id == whole[0]->id)
			fail(r, "%s: fragments of two hosts leave with one ID", proto_name(proto));
		whole[0]->id = id;
	}
}

/* Inwards: datagrams of two servers with the same ID, in fragments that come mixed */
static void ids_inward(struct run *r, const struct slot *s, uint8_t proto)
{
	struct packet p, *whole[2], *got;
	unsigned int nr, pieces;
	struct flow f[2];

	for (nr = 0; nr < 2; nr++) {
		flow_make(&f[nr], r, proto, host(s, 3, 4000), server(s, nr + 1, 5000));
		p = big(proto, f[nr].to, f[nr].ext, 3000, false);
		p.id = 7200;
		whole[nr] = whole_packet(r, p);
		post_piece(r, OUTSIDE, whole[nr], 0, 1480);
	}
	for (nr = 0; nr < 2; nr++) {
		post_piece(r, OUTSIDE, whole[nr], 1480, 2960);
		post_piece(r, OUTSIDE, whole[nr], 2960, whole[nr]->size - 20);
		settle(r);
		got = joined(r, INSIDE, 1500, &pieces);
		if (!got || !packet_same(got, whole[nr]) || !sound(got))
			fail(r, "%s: inward fragments of two servers do not arrive whole",
			     proto_name(proto));
	}
}

void row_6864_5_3_1(struct run *r)
{
	struct slot *s = rule(r, "");
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = dgram(i)); i++) {
		ids_differ(r, s, proto);
		ids_inward(r, s, proto);
	}
	seen(r, "two hosts' equal IDs leave different, fragments of both join right, inward too");
}

void row_7857_10(struct run *r)
{
	row_6864_5_3_1(r);
}

void row_6864_4_1a(struct run *r)
{
	struct slot *s = rule(r, "");
	struct packet p = first_packet(UDP, host(s, 1, 4000), server(s, 1, 5000)), *sent;
	struct crossing c;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		p = first_packet(UDP, host(s, 1, 4000), server(s, 1, 5000));
		p.id = 77;
		p.df = i & 1;
		if (!cross_out(r, p, &c))
			fail(r, "a packet with an ID that was used before does not come out");
	}
	sent = whole_packet(r, p);
	for (i = 0; i < 2; i++) {
		wire_post(r->net, INSIDE, sent);
		settle(r);
		if (!arrived(r, OUTSIDE, sent))
			fail(r, "a packet that is sent twice comes out once");
	}
	seen(r, "different packets with one ID, and one packet twice: all come out");
}

void row_6864_4_1b(struct run *r)
{
	static const uint16_t ids[] = { 1, 65535 };
	struct slot *s = rule(r, "");
	struct packet p, *zero;
	struct crossing c[3];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		p = first_packet(UDP, host(s, 1, 4000), server(s, 1, 5000));
		p.df = true;
		p.id = ids[i];
		if (!cross_out(r, p, &c[i]))
			fail(r, "a packet with DF and ID %u does not come out", ids[i]);
	}
	p = first_packet(UDP, host(s, 1, 4000), server(s, 1, 5000));
	p.df = true;
	zero = whole_packet(r, p);
	put16(zero->bytes + 4, 0);
	packet_fix_header(zero->bytes);
	wire_post(r->net, INSIDE, zero);
	settle(r);
	c[2].got = arrived(r, OUTSIDE, zero);
	if (!c[2].got)
		fail(r, "a packet with DF and ID 0 does not come out");
	report(r, true, "IDs 0, 1 and 65535 with DF leave as %u, %u and %u", c[2].got->id,
	       c[0].got->id, c[1].got->id);
}

void row_6864_4_1c(struct run *r)
{
	struct slot *s = rule(r, "");
	struct packet p, *whole, *got;
	unsigned int i, pieces;
	struct crossing c;

	p = big(UDP, host(s, 1, 4000), server(s, 1, 5000), 4000, false);
	p.id = 5555;
	whole = whole_packet(r, p);
	for (i = 0; i < 3; i++) {
		post_piece(r, INSIDE, whole, i * 1480, i < 2 ? i * 1480 + 1480 : whole->size - 20);
		if (i == 2)
			break;
		p = first_packet(UDP, host(s, 1, 4000), server(s, 1, 5000));
		p.id = 5555;
		p.df = true;
		if (!cross_out(r, p, &c))
			fail(r, "an atomic packet between fragments with its ID does not come out");
	}
	settle(r);
	got = joined(r, OUTSIDE, 1500, &pieces);
	if (!got || !packet_same(got, whole) || !sound(got))
		fail(r, "fragments with atomic packets of their ID between them do not come out");
	seen(r, "atomic packets between fragments of the same ID: all come out whole");
}

void row_6864_4_2(struct run *r)
{
	struct slot *s = rule(r, "");
	struct packet *sent, *a, *b;
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = dgram(i)); i++) {
		sent = whole_packet(r, first_packet(proto, host(s, 1, 4000), server(s, 1, 5000)));
		wire_post(r->net, INSIDE, sent);
		settle(r);
		a = arrived(r, OUTSIDE, sent);
		wire_post(r->net, INSIDE, sent);
		settle(r);
		b = arrived(r, OUTSIDE, sent);
		if (!a || !b)
			fail(r, "%s: a packet does not come out", proto_name(proto));
		if (a->id == b->id)
			fail(r, "%s: one packet sent twice leaves with ID %u both times",
			     proto_name(proto), a->id);
	}
	seen(r, "one packet sent twice leaves with different IDs");
}

/* How many IDs are captured again within 120 s, of so many packets of ten hosts */
static unsigned int repeats(struct run *r, const struct slot *s, unsigned int num)
{
	uint8_t *used = calloc(1, 65536);
	unsigned int i, again = 0;
	struct packet p, *got;

	for (i = 0; used && i < num; i++) {
		p = first_packet(UDP, host(s, 1 + i % 10, 4000), server(s, 1, 5000));
		p.id = 1 + i / 10;
		post(r, INSIDE, p);
		if (i % 64 && i != num - 1)
			continue;
		settle(r);
		while ((got = any_at(r, OUTSIDE)))
			again += used[got->id]++ > 0;
		wire_free(r);
	}
	free(used);
	return again;
}

void row_6864_4_3a(struct run *r)
{
	struct slot *s = rule(r, "");
	unsigned int again = repeats(r, s, 48000);

	if (again)
		fail(r, "of 48,000 packets of ten hosts at once %u leave with an ID that was used",
		     again);
	seen(r, "48,000 packets of ten hosts, as many as 400 a second are in 120 s, leave with as many IDs");
}

void row_6864_5_2a(struct run *r)
{
	struct slot *s = rule(r, "");
	unsigned int again = repeats(r, s, 70000);

	if (again)
		fail(r, "of 70,000 packets at once %u leave with an ID that was used", again);
	seen(r, "of 70,000 packets at once none leaves with an ID that was used");
}

void row_6864_4_3b(struct run *r)
{
	struct slot *s = rule(r, "small;");
	struct packet *whole, p, *got;
	struct flow f;
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = ported(i)); i++) {
		data_flow(&f, r, proto, host(s, 1, 4000), server(s, SMALL, 5000));
		p = big(proto, f.in, f.to, 1400, true);
		p.seq = f.out.sent->seq;
		p.ack = f.back.sent->seq + 1;
		too_big(r, INSIDE, p);
	}
	p = big(UDP, host(s, 1, 4000), server(s, SMALL, 5000), 2600, true);
	whole = whole_packet(r, p);
	post_piece(r, INSIDE, whole, 0, 1376);
	post_piece(r, INSIDE, whole, 1376, whole->size - 20);
	settle(r);
	while ((got = any_at(r, OUTSIDE)))
		fail(r, "a fragment with DF too big for the next link goes out in %zu bytes",
		     got->size);
	if (!error_at(r, INSIDE, UNREACHABLE, 4))
		fail(r, "a fragment with DF too big for the next link draws no 3/4");
	seen(r, "packets and fragments with DF too big for the next link draw 3/4");
}

/* Fragments of a datagram, each with DF, have it when they come out */
static void df_kept_in_fragments(struct run *r, struct flow *f, enum realm side)
{
	struct packet p = big(f->proto, side == INSIDE ? f->in : f->to,
			      side == INSIDE ? f->to : f->ext, 2600, true);
	struct packet *whole = whole_packet(r, p), *got;
	unsigned int num = 0;

	post_piece(r, side, whole, 0, 1376);
	post_piece(r, side, whole, 1376, whole->size - 20);
	settle(r);
	while ((got = any_at(r, !side))) {
		num++;
		if (!got->df)
			fail(r, "%s: fragments with DF come out without", proto_name(f->proto));
	}
	if (!num)
		fail(r, "%s: fragments with DF do not come out", proto_name(f->proto));
}

void row_6864_4_3c(struct run *r)
{
	struct slot *s = rule(r, "");
	struct crossing c;
	struct packet p;
	struct flow f;
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = every(i)); i++) {
		flow_make(&f, r, proto, host(s, 1, 4000), server(s, 1, 5000));
		p = first_packet(proto, f.in, f.to);
		p.df = true;
		if (!cross_out(r, p, &c) || !c.got->df)
			fail(r, "%s: DF is lost on the way out", proto_name(proto));
		p = answer(proto, f.to, f.ext);
		p.df = true;
		if (!cross_in(r, p, f.in, &c) || !c.got->df)
			fail(r, "%s: DF is lost on the way in", proto_name(proto));
		if (is_stream(proto) || proto == ICMP)
			continue;
		df_kept_in_fragments(r, &f, INSIDE);
		df_kept_in_fragments(r, &f, OUTSIDE);
	}
	seen(r, "packets and fragments of all protocols keep DF in both directions");
}

void row_6864_5_2c(struct run *r)
{
	struct slot *s = rule(r, "");
	unsigned int i;
	struct packet p, *sent, *got;
	uint16_t first = 0;

	for (i = 0; i < 300; i++) {
		p = first_packet(check.nft ? UDP : DGRAM, host(s, 1, 4000), server(s, 1, 5000));
		p.id = 1 + i % 3;
		sent = emit(r, INSIDE, p);
		got = arrived(r, OUTSIDE, sent);
		if (!got)
			fail(r, "a packet does not come out");
		if (!i)
			first = got->id;
		else if (got->id == first)
			report(r, true, "an ID is captured again after %u packets", i);
	}
	report(r, false, "300 packets with strong checksums leave with as many IDs as others");
}
