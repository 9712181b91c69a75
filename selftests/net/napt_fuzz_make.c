// SPDX-License-Identifier: GPL-2.0
/*
 * What napt_fuzz sends: traffic of inside hosts, answers to what has come out, strangers, ICMP errors,
 * hairpins; some of it in pieces, mutated, cut short, with options; and things that are no traffic at all.
 */
#include "napt_fuzz.h"

static const uint8_t protos[] = { TCP, UDP, ICMP, STREAM, DGRAM };
static const uint16_t in_ports[] = { 0, 7, 53, 1023, 1024, 4000, 4001, 4004, 4010, 5000, 5001, 5002,
				     5003, 5004, 5005, 5006, 5007, 5008, 5009, 40000, 65535 };
static const uint16_t out_ports[] = { 0, 7, 53, 80, 443, 5000, 65535 };

static uint64_t state;
static size_t mtu;	/* of where it is sent */
static uint16_t junk_id;
static uint16_t piece_ids[256];

static uint64_t draw(void)
{
	return tool_mix(state++);
}

/* 0 to @n - 1 */
static uint32_t below(uint32_t n)
{
	return draw() % n;
}

static bool one_in(uint32_t n)
{
	return !below(n);
}

#define ONE_OF(a)	((a)[below(ARRAY_SIZE(a))])

void seed_shots(uint64_t seed)
{
	state = tool_mix(seed);
}

/* ---- hosts ---- */

static uint32_t inside_host(void)
{
	if (one_in(40))
		return IP(192, 168, 7, 99);	/* answers no ARP */
	return one_in(4) ? IP(192, 168, 20, 1 + below(3)) : IP(192, 168, 7, 1 + below(8));
}

static uint32_t outside_host(void)
{
	switch (below(40)) {
	case 0:
		return IP(203, 0, 113, 99);	/* answers no ARP */
	case 1:
		return IP(198, 18, 0, 1);	/* unreachable */
	case 2:
		return IP(198, 18, 1, 1);	/* prohibited */
	}
	return one_in(2) ? IP(203, 0, 113, 2 + below(4)) : IP(198, 51, 100, 1 + below(4));
}

static struct endpoint inside_endpoint(void)
{
	return (struct endpoint){ inside_host(), one_in(20) ? draw() : ONE_OF(in_ports) };
}

static struct endpoint outside_endpoint(void)
{
	return (struct endpoint){ outside_host(), one_in(20) ? draw() : ONE_OF(out_ports) };
}

static struct endpoint external_endpoint(void)
{
	return (struct endpoint){ setup.first + below(setup.last - setup.first + 1),
				  one_in(3) ? draw() : 4000 + below(2048) };
}

/* Nobody has these */
static uint32_t no_host(void)
{
	static const uint32_t hosts[] = { IP(0, 0, 0, 0), IP(0, 0, 0, 1), IP(127, 0, 0, 1),
					  IP(224, 0, 0, 1), IP(255, 255, 255, 255) };

	return ONE_OF(hosts);
}

static uint32_t any_host(void)
{
	switch (below(8)) {
	case 0:
		return draw();
	case 1:
		return one_in(2) ? ROUTER_IN : ROUTER_OUT;
	case 2 ... 3:
		return no_host();
	case 4:
		return external_endpoint().addr;
	case 5:
		return inside_host();
	}
	return outside_host();
}

/* ---- whole packets ---- */

/* What a packet is to be like. @type: of ICMP; @flags, @seq, @ack: of TCP and 253 */
struct want {
	uint8_t proto, type, flags;
	struct endpoint src, dst;
	uint32_t seq, ack;
	size_t payload;
};

static void copy(struct packet *to, const struct packet *from)
{
	memmove(to, from, offsetof(struct packet, b) + from->len);
}

static void fill(uint8_t *b, size_t len)
{
	for (size_t i = 0; i < len; i += 8) {
		uint64_t x = draw();

		memcpy(b + i, &x, len - i < 8 ? len - i : 8);
	}
}

static void put_ip(struct packet *p, uint8_t proto, uint32_t src, uint32_t dst, size_t len)
{
	memset(p->b, 0, 20);
	p->b[0] = 0x45;
	p->b[1] = one_in(4) ? draw() : 0;
	put16(p->b + 2, 20 + len);
	put16(p->b + 4, 0x8000 | junk_id++);
	p->b[6] = one_in(2) ? 0x40 : 0;
	p->b[8] = one_in(20) ? 1 + below(3) : 64;
	p->b[9] = proto;
	put32(p->b + 12, src);
	put32(p->b + 16, dst);
	p->len = 20 + len;
	p->partial = false;
	p->gso = 0;
	finish_ip(p->b);
}

static void put_stream(uint8_t *h, const struct want *w)
{
	put32(h + 4, w->seq);
	put32(h + 8, w->ack);
	h[12] = 0x50;
	h[13] = w->flags;
	put16(h + 14, draw());
	put32(h + 16, 0);
}

static void make(struct packet *p, const struct want *w)
{
	size_t head = header_len(w->proto);
	uint8_t *h = p->b + 20;

	put_ip(p, w->proto, w->src.addr, w->dst.addr, head + w->payload);
	fill(h, head + w->payload);
	if (w->proto == ICMP) {
		h[0] = w->type;
		h[1] = 0;
		put16(h + 4, w->type ? w->src.port : w->dst.port);
	} else {
		put16(h, w->src.port);
		put16(h + 2, w->dst.port);
		if (is_stream(w->proto))
			put_stream(h, w);
		else
			put16(h + 4, head + w->payload);
	}
	finish_transport(p);
}

static size_t some_payload(void)
{
	switch (below(12)) {
	case 0:
		return 0;
	case 1:
		return below(mtu - 60);
	case 2:
		return below(4000);
	}
	return below(64);
}

static uint8_t some_flags(void)
{
	switch (below(8)) {
	case 0 ... 3:
		return SYN;
	case 4:
		return ACK;
	case 5:
		return RST;
	case 6:
		return FIN | ACK;
	}
	return draw();
}

static void some_packet(struct packet *p, uint8_t proto, const struct endpoint *src,
			const struct endpoint *dst)
{
	struct want w = { .proto = proto, .src = *src, .dst = *dst, .flags = some_flags(),
			  .seq = draw(), .ack = draw(), .payload = some_payload(),
			  .type = one_in(10) ? 0 : 8 };

	make(p, &w);
}

/* As an answer to what has come out on that side. False: it draws none */
static bool answer(struct packet *p, enum side side)
{
	const struct packet *to = recent(side, draw());
	struct want w = { .flags = ACK, .payload = some_payload() };
	struct view v;

	if (!to || !look(&v, to->b, to->len) || v.kind != FLOW ||
	    v.len < v.head + header_len(v.proto))
		return false;
	w.proto = v.proto;
	w.src = v.dst;
	w.dst = v.src;
	if (is_stream(v.proto)) {
		const uint8_t *h = v.b + v.head;

		w.ack = get32(h + 4) + v.len - v.head - h[12] / 16 * 4 + !!(h[13] & (SYN | FIN));
		w.seq = get32(h + 8);
		w.flags = one_in(3) ? some_flags() : h[13] == SYN ? SYN | ACK : ACK;
	}
	if (v.proto == ICMP) {
		w.src.port = 0;
		w.dst.port = get16(v.b + v.head + 4);
	}
	make(p, &w);
	return true;
}

/* To an external endpoint: somebody's mostly */
static void to_external(struct packet *p, const struct endpoint *src)
{
	const struct mapping *m = any_mapping(draw());
	struct endpoint dst = external_endpoint();
	uint8_t proto = ONE_OF(protos);

	if (m && !one_in(4)) {
		dst = m->out;
		proto = m->proto;
	}
	some_packet(p, proto, src, &dst);
	if (proto == ICMP && !one_in(3)) {
		p->b[20] = 0;
		put16(p->b + 24, dst.port);
		finish_transport(p);
	}
}

static void junk(struct packet *p)
{
	size_t len = one_in(3) ? below(8) : below(200);

	put_ip(p, one_in(2) ? ONE_OF(protos) : draw(), any_host(), any_host(), len);
	fill(p->b + 20, len);
	if (len >= 20 && one_in(2))
		finish_transport(p);
}

/* ---- ICMP errors ---- */

static const uint8_t error_types[] = { 3, 3, 3, 3, 11, 11, 12, 4, 5 };

static void error_about(struct packet *p, enum side from, const struct packet *quote)
{
	size_t len = one_in(3) ? below(quote->len + 1) : quote->len, tail = one_in(5) ? below(140) : 0;
	uint32_t src = get32(quote->b + 16);
	uint8_t *icmp = p->b + 20;

	if (len > 548)
		len = 548;
	if (one_in(4))
		src = from == IN ? IP(192, 168, 7, 250) : IP(198, 51, 100, 77);
	put_ip(p, ICMP, one_in(20) ? any_host() : src,
	       one_in(20) ? any_host() : get32(quote->b + 12), 8 + len + tail);
	icmp[0] = one_in(20) ? draw() : ONE_OF(error_types);
	icmp[1] = below(16);
	put32(icmp + 4, icmp[0] == 3 ? 1280 : draw());
	memcpy(icmp + 8, quote->b, len);
	fill(icmp + 8 + len, tail);
	for (int i = one_in(5) ? 1 + below(3) : 0; i && len; i--)
		icmp[8 + below(len < 60 ? len : 60)] ^= 1 << below(8);
	if (len >= 20 && !one_in(10) && icmp[8] % 16 * 4U <= len && icmp[8] % 16 >= 5)
		finish_ip(icmp + 8);
	finish_transport(p);
}

static void error(struct packet *p, enum side side)
{
	static struct packet random;
	const struct packet *quote = recent(side, draw());

	if (!quote || one_in(8)) {
		junk(&random);
		quote = &random;
	}
	error_about(p, side, quote);
}

/* ---- what is done to packets ---- */

static void put_option(uint8_t *opt, size_t len, enum side side)
{
	static const uint8_t kinds[] = { 7, 7, 68, 131, 137, 148, 136 };

	memset(opt, 1, len);
	if (one_in(8)) {
		fill(opt, len);
		return;
	}
	opt[0] = ONE_OF(kinds);
	opt[1] = opt[0] == 148 || len < 11 ? 4 : 3 + (len - 3) / 4 * 4;
	opt[2] = opt[0] == 68 ? 5 : 4;
	if (opt[0] == 68)
		opt[3] = below(4);
	for (size_t at = opt[2] - 1; opt[0] != 148 && at + 4 <= opt[1]; at += 4) {
		put32(opt + at, side == IN && one_in(2) ? inside_host() : outside_host());
		if (one_in(2))
			opt[2] = at + 5;
	}
}

static void add_options(struct packet *p, enum side side)
{
	size_t len = 4 * (1 + below(10));

	if (p->len + len > mtu || p->b[0] != 0x45)
		return;
	memmove(p->b + 20 + len, p->b + 20, p->len - 20);
	put_option(p->b + 20, len, side);
	p->len += len;
	p->b[0] = 0x45 + len / 4;
	put16(p->b + 2, p->len);
	finish_ip(p->b);
}

static void cut_short(struct packet *p)
{
	size_t head = p->b[0] % 16 * 4;

	if (p->len > head)
		p->len = head + below(p->len - head > 30 ? 30 : p->len - head);
	if (!one_in(4))
		put16(p->b + 2, p->len);
	if (p->b[0] % 16 >= 5 && head <= p->len)
		finish_ip(p->b);
}

/* Its ID stays one of those that pieces do not have */
static void flip(struct packet *p)
{
	size_t head = p->b[0] % 16 * 4;

	for (int i = 1 + below(4); i; i--)
		p->b[below(p->len < head + 20 ? p->len : head + 20)] ^= 1 << below(8);
	p->b[4] |= 0x80;
	if (!one_in(4) && p->b[0] % 16 >= 5 && p->b[0] % 16 * 4U <= p->len)
		finish_ip(p->b);
}

static void spoil_sum(struct packet *p)
{
	size_t at = p->b[0] % 16 * 4 + check_at(p->b[9]);

	if (at + 2 <= p->len)
		put16(p->b + at, one_in(3) ? 0 : draw());
}

/* Its checksum is left to a device, and perhaps its cutting */
static void hand_over(struct packet *p)
{
	size_t len = p->len - 20;

	if (p->b[9] == ICMP || p->b[0] != 0x45 || len < header_len(p->b[9]))
		return;
	p->partial = true;
	put16(p->b + 20 + check_at(p->b[9]), pseudo(p->b, len));
}

/* A TCP segment of a few thousand bytes */
static void grow(struct packet *p)
{
	size_t more = 1500 + below(6000);

	if (p->b[9] != TCP || p->b[0] != 0x45 || p->len < 40)
		return;
	p->b[32] = 0x50;	/* what else it says is not for a device to cut */
	p->b[33] &= ~(SYN | RST | FIN);
	fill(p->b + p->len, more);
	p->len += more;
	p->gso = 500 + below(700);
	p->b[6] = 0x40;
	put16(p->b + 2, p->len);
	finish_ip(p->b);
	hand_over(p);
}

static bool is_translated(uint8_t proto)
{
	for (size_t i = 0; i < ARRAY_SIZE(protos); i++)
		if (protos[i] == proto)
			return true;
	return false;
}

static void change(struct packet *p, enum side side)
{
	switch (is_translated(p->b[9]) ? below(24) : 24) {
	case 0:
		cut_short(p);
		break;
	case 1 ... 3:
		flip(p);
		break;
	case 4:
		spoil_sum(p);
		break;
	case 5 ... 6:
		add_options(p, side);
		break;
	case 7 ... 9:
		hand_over(p);
		break;
	case 10 ... 11:
		grow(p);
		break;
	}
}

/* ---- pieces ---- */

static void cut(struct packet *piece, const struct packet *p, size_t from, size_t to)
{
	size_t head = p->b[0] % 16 * 4;

	memcpy(piece->b, p->b, head);
	memcpy(piece->b + head, p->b + head + from, to - from);
	piece->partial = false;
	piece->gso = 0;
	piece->len = head + to - from;
	put16(piece->b + 2, piece->len);
	put16(piece->b + 6, from / 8 | (head + to < p->len ? 0x2000 : 0) | (p->b[6] & 0x40) << 8);
	finish_ip(piece->b);
}

/* Each source has its IDs in turn, and so do others */
static void number(struct packet *p)
{
	put16(p->b + 4, piece_ids[(p->b[15] ^ p->b[12]) & 0xff]++ & 0x7fff);
	finish_ip(p->b);
}

static void swap(struct packet *a, struct packet *b)
{
	static struct packet c;

	copy(&c, a);
	copy(a, b);
	copy(b, &c);
}

/* One more, with bytes that another has too */
static void overlap(struct shot *s, size_t len, size_t step)
{
	size_t from = below(len) / 8 * 8, to = from + 8 * (1 + below(step / 8));

	if (s->num == PIECES)
		return;
	if (to > len)
		to = len;
	cut(&s->piece[s->num], &s->whole, from, to);
	if (one_in(3) && to > from) {
		s->piece[s->num].b[s->piece[s->num].len - 1] ^= 0xff;
		s->loose = true;
	}
	s->num++;
}

static void into_pieces(struct shot *s)
{
	size_t head = s->whole.b[0] % 16 * 4, len = s->whole.len - head, step, at;

	step = 8 * (1 + below(len / 16 + 1));
	while (len / step >= PIECES - 1 || step + head > mtu)
		step = step + head > mtu ? (mtu - head) / 8 * 8 : step * 2;
	number(&s->whole);
	for (at = 0; at < len; at += step)
		cut(&s->piece[s->num++], &s->whole, at, at + step < len ? at + step : len);
	if (one_in(5))
		overlap(s, len, step);
	for (int i = s->num - 1; i > 0 && !one_in(3); i--)
		swap(&s->piece[i], &s->piece[below(i + 1)]);
	if (one_in(8))
		s->num--;
}

/* ---- */

static void inside_sends(struct packet *p)
{
	struct endpoint src = inside_endpoint(), dst = outside_endpoint();
	uint32_t what = below(100);

	if (one_in(40))
		src.addr = no_host();
	if (what < 40)
		some_packet(p, ONE_OF(protos), &src, &dst);
	else if (what < 60 && answer(p, IN))
		return;
	else if (what < 75)
		to_external(p, &src);
	else if (what < 90)
		error(p, IN);
	else
		junk(p);
}

static void outside_sends(struct packet *p)
{
	struct endpoint src = outside_endpoint(), dst = inside_endpoint();
	uint32_t what = below(100);

	if (one_in(40))
		src.addr = no_host();
	if (what < 50 && answer(p, OUT))
		return;
	if (what < 70)
		to_external(p, &src);
	else if (what < 88)
		error(p, OUT);
	else if (what < 90)
		some_packet(p, ONE_OF(protos), &src, &dst);
	else
		junk(p);
}

void make_shot(enum side side, struct shot *s)
{
	struct packet *p = &s->whole;
	bool small;

	mtu = side == IN ? MTU_IN : MTU_OUT;
	s->num = 0;
	s->loose = false;
	(side == IN ? inside_sends : outside_sends)(p);
	small = p->len < 60;
	if (p->len <= mtu && (small || !one_in(12))) {
		change(p, side);
		s->must = has_to_pass(side, p);
		copy(&s->piece[s->num++], p);
		return;
	}
	into_pieces(s);
	s->must = false;
}
