// SPDX-License-Identifier: GPL-2.0
/*
 * Errors from outside, RFC 5508 REQ-3 and REQ-4: S, or someone else there, speaks of what an inside
 * host sent.
 */
#include "napt_error.h"

static const struct kind port_unreachable = { 3, 3, 0 };

/* It arrives inside as if there were no NAPT: only the host's own packet is in it */
static void passes(const char *what, const struct conn *c, uint32_t from, const struct kind *k,
		   size_t len, size_t tail)
{
	struct error e = { .src = from, .dst = external, .type = k->type, .code = k->code,
			   .rest = k->rest, .quote = &c->out, .len = len, .tail = tail };
	struct packet sent, want, quote;

	make_error(&sent, &e);
	hops_on(&quote, &c->sent, 1);
	e.dst = c->host->addr;
	e.quote = &quote;
	make_error(&want, &e);
	hops_on(&want, &want, 1);
	expect(what, WAN, &sent, c->host->net, &want, false);
}

/* An error of S that quotes so many bytes of this */
static void speak(struct packet *p, const struct packet *quote, size_t len)
{
	const struct error e = { .src = S.addr, .dst = external, .type = 3, .code = 3,
				 .quote = quote, .len = len };

	make_error(p, &e);
}

static void is_dropped(const char *what, const struct packet *quote, size_t len)
{
	struct packet p;

	speak(&p, quote, len);
	expect_nothing(what, WAN, &p);
}

static void all_kinds(void)
{
	FOR_PROTOS(proto) {
		struct conn c = {};

		begin(&c, &A, *proto);
		for (int i = 0; i < NUM_KINDS; i++)
			passes(say(*proto, "type and code", kinds[i].type * 100 + kinds[i].code), &c,
			       S.addr, &kinds[i], c.out.len, 0);
	}
}

/* From the server, a router on the way, who has nothing to do with it: RFC 4787 REQ-12a */
static void all_senders(void)
{
	const uint32_t from[] = { S.addr, X.addr, IP(198, 51, 100, 9), IP(10, 0, 0, 1) };

	FOR_PROTOS(proto) {
		struct conn c = {};

		begin(&c, &A, *proto);
		for (int i = 0; i < 4; i++)
			passes(say(*proto, "sender", i), &c, from[i], &port_unreachable, c.out.len, 0);
	}
}

/* The quoted IP header is 24, 40 and 60 bytes long: REQ-3b */
static void with_options(void)
{
	static const int lengths[] = { 4, 20, 40 };

	FOR_PROTOS(proto) {
		for (int i = 0; i < 3; i++) {
			struct conn c = { .f.options = lengths[i] };

			begin(&c, &C, *proto);
			passes(say(*proto, "bytes of options", lengths[i]), &c, S.addr,
			       &port_unreachable, c.out.len, 0);
			passes(say(*proto, "bytes of options, and 8", lengths[i]), &c, S.addr,
			       &port_unreachable, 28 + lengths[i], 0);
		}
	}
}

/* From 8 bytes of the transport header on, even or odd */
static void lengths(void)
{
	FOR_PROTOS(proto) {
		bool stream = *proto == TCP || *proto == STREAM;
		struct conn c = { .f.payload = stream ? 0 : 33 };

		begin(&c, &A, *proto);
		for (size_t len = 28; len <= c.out.len; len++) {
			struct conn cut_short = c;

			if (stream && len == 37)	/* half a checksum cannot be put back */
				cut_short.sent.b[36] = c.out.b[36];
			passes(say(*proto, "bytes", len), &cut_short, X.addr, &port_unreachable, len,
			       0);
		}
	}
}

/* The error itself has options */
static void outer_options(void)
{
	FOR_PROTOS(proto) {
		struct error e = { .src = S.addr, .dst = external, .type = 3, .code = 3, .options = 8 };
		struct packet sent, want, quote;
		struct conn c = {};

		begin(&c, &A, *proto);
		e.quote = &c.out;
		e.len = c.out.len;
		make_error(&sent, &e);
		hops_on(&quote, &c.sent, 1);
		e.dst = A.addr;
		e.quote = &quote;
		make_error(&want, &e);
		hops_on(&want, &want, 1);
		expect(say(*proto, "options outside", 8), WAN, &sent, LAN, &want, false);
	}
}

/* It comes in pieces, and the cut goes through the ICMP header's end, headers and ports */
static void in_pieces(void)
{
	FOR_PROTOS(proto) {
		struct conn c = { .f.payload = 300 };
		struct error e = { .src = S.addr, .dst = external, .type = 3, .code = 3 };
		struct packet sent, want, quote;

		begin(&c, &A, *proto);
		for (size_t first = 8; first < 64; first += 8) {
			e.dst = external;
			e.quote = &c.out;
			e.len = c.out.len;
			make_error(&sent, &e);
			put16(sent.b + 4, 1000 + first);
			hops_on(&quote, &c.sent, 1);
			e.dst = A.addr;
			e.quote = &quote;
			make_error(&want, &e);
			hops_on(&want, &want, 1);
			expect_whole(say(*proto, "cut at", first), WAN, &sent, first, LAN, &want);
		}
	}
}

/* The transport checksum is not looked at, and is as wrong as the host made it: REQ-3c */
static void wrong_transport(void)
{
	FOR_PROTOS(proto) {
		struct conn c = { .f.spoil = true, .f.payload = 5 };

		if (*proto == TCP || *proto == STREAM)
			c.f.payload = 0;
		begin(&c, &A, *proto);
		passes(say(*proto, "wrong checksum", 0), &c, S.addr, &port_unreachable, c.out.len, 0);
	}
}

static void unsummed(void)
{
	static const uint8_t datagrams[] = { UDP, DGRAM };

	for (int i = 0; i < 2; i++) {
		struct conn c = { .f.unsummed = true, .f.payload = 20 };

		begin(&c, &A, datagrams[i]);
		passes(say(datagrams[i], "no checksum", 0), &c, S.addr, &port_unreachable, c.out.len,
		       0);
	}
}

/* A neighbour without a real wire quotes the pseudo-header's sum in the checksum's place */
static void unfinished(void)
{
	FOR_PROTOS(proto) {
		struct conn c = { .f.payload = 12 };

		if (*proto == ICMP)
			continue;
		begin(&c, &A, *proto);
		put16(check_of(&c.out), pseudo_sum(&c.out));
		put16(check_of(&c.sent), pseudo_sum(&c.sent));
		passes(say(*proto, "pseudo-header sum", 0), &c, S.addr, &port_unreachable, c.out.len,
		       0);
	}
}

/* RFC 4884: the length of the quoted packet in words, padding, an extension: REQ-3d */
static void extensions(void)
{
	static const struct kind k = { 11, 0, 32 << 16 };

	FOR_PROTOS(proto) {
		struct conn c = {};

		begin(&c, &A, *proto);
		passes(say(*proto, "extension", 0), &c, X.addr, &k, c.out.len, 128 - c.out.len + 12);
	}
}

/* A datagram that may be fragmented: its ID was changed on the way and is quoted so */
static void may_be_fragmented(void)
{
	struct conn c = { .f.no_df = true, .f.payload = 30 };

	begin(&c, &A, UDP);
	memcpy(c.sent.b + 4, c.out.b + 4, 2);
	passes("no DF", &c, S.addr, &port_unreachable, c.out.len, 0);
}

static void wrong_icmp_sum(void)
{
	FOR_PROTOS(proto) {
		struct conn c = {};
		struct packet p;

		begin(&c, &A, *proto);
		speak(&p, &c.out, c.out.len);
		p.b[23] ^= 0x10;
		expect_nothing(say(*proto, "wrong ICMP checksum", 0), WAN, &p);
	}
}

static void wrong_ip_sum(void)
{
	FOR_PROTOS(proto) {
		struct conn c = {};

		begin(&c, &A, *proto);
		c.out.b[11] ^= 0x10;
		is_dropped(say(*proto, "wrong IP checksum", 0), &c.out, c.out.len);
	}
}

static void no_ports(void)
{
	FOR_PROTOS(proto) {
		struct conn c = {};

		begin(&c, &A, *proto);
		for (size_t len = 20; len < 28; len++)
			is_dropped(say(*proto, "bytes", len), &c.out, len);
		put16(c.out.b + 6, 1);
		finish_ip(c.out.b);
		is_dropped(say(*proto, "later fragment", 0), &c.out, c.out.len);
	}
}

static void no_header(void)
{
	static const uint8_t first[] = { 0x44, 0x40, 0x65, 0x05, 0x4f };
	struct conn c = {};

	begin(&c, &A, UDP);
	for (size_t len = 0; len < 20; len++)
		is_dropped(say(UDP, "bytes", len), &c.out, len);
	for (size_t i = 0; i < sizeof(first); i++) {
		c.out.b[0] = first[i];
		is_dropped(say(UDP, "first byte", first[i]), &c.out, c.out.len);
	}
}

/* About what was never sent: another port, another receiver, another port of it */
static void never_sent(void)
{
	FOR_PROTOS(proto) {
		struct packet quote;
		struct conn c = {};

		if (*proto == ICMP && external_is_own)
			continue;	/* that may be the router's own echo */
		begin(&c, &A, *proto);
		quote = c.out;
		put16(quote.b + (*proto == ICMP ? 24 : 20), 64999);
		is_dropped(say(*proto, "another port", 0), &quote, quote.len);
		quote = c.out;
		put32(quote.b + 16, X.addr);
		finish_ip(quote.b);
		is_dropped(say(*proto, "another receiver", 0), &quote, quote.len);
		quote = c.out;
		put16(quote.b + 22, 8);
		if (*proto != ICMP)
			is_dropped(say(*proto, "another port of the receiver", 0), &quote, quote.len);
	}
}

/* Inside hosts' echo requests are translated; a reply with that id is the router's own, if anyone's */
static void about_reply(void)
{
	struct packet p;
	struct conn c = {};

	begin(&c, &A, ICMP);
	c.out.b[20] = 0;
	finish_packet(&c.out);
	speak(&p, &c.out, c.out.len);
	transmit(WAN, &p);
	settle();
	nothing("an echo's reply");
}

/* The quoted source is not who it is sent to */
static void another_source(void)
{
	struct conn c = {};

	begin(&c, &A, UDP);
	put32(c.out.b + 12, X.addr);
	finish_ip(c.out.b);
	is_dropped("another source", &c.out, c.out.len);
}

/* Redirects and source quenches are not passed on, REQ-10; nor is an error about an error */
static void not_passed_on(void)
{
	FOR_PROTOS(proto) {
		struct packet p, nested;
		struct conn c = {};

		begin(&c, &A, *proto);
		for (int type = 4; type <= 5; type++) {
			struct error e = { .src = S.addr, .dst = external, .type = type, .code = type - 4,
					   .rest = S.addr, .quote = &c.out, .len = c.out.len };

			make_error(&p, &e);
			expect_nothing(say(*proto, "type", type), WAN, &p);
		}
		speak(&nested, &c.out, c.out.len);
		put32(nested.b + 12, external);
		put32(nested.b + 16, S.addr);
		finish_ip(nested.b);
		speak(&p, &nested, nested.len);
		expect_nothing(say(*proto, "an error about an error", 0), WAN, &p);
	}
}

/* All kinds from both sides end nothing: RFC 4787 REQ-12, RFC 5382 REQ-10, RFC 5508 REQ-6 */
static void ends_nothing(void)
{
	static const struct flow usual;

	FOR_PROTOS(proto) {
		struct conn c = {};

		begin(&c, &A, *proto);
		answered(&c, &usual);
		for (int type = 0; type < 19; type++) {
			struct error e = { .src = S.addr, .dst = external, .type = type, .quote = &c.out,
					   .len = c.out.len };
			struct packet p;

			if (type == 0 || type == 8 || (type > 12 && external_is_own))
				continue;	/* queries have answers */
			make_error(&p, &e);
			transmit(WAN, &p);
			e.src = A.addr;
			e.dst = S.addr;
			e.quote = &c.taken;
			make_error(&p, &e);
			transmit(LAN, &p);
		}
		settle();
		memset(got, 0, sizeof(got));
		expect(say(*proto, "out, after all errors", 0), LAN, &c.sent, WAN, &c.out, false);
		expect(say(*proto, "in, after all errors", 0), WAN, &c.in, LAN, &c.taken, false);
	}
}

const struct test tests_in[] = {
	{ "in_all_kinds", NULL, all_kinds },
	{ "in_all_senders", NULL, all_senders },
	{ "in_options", NULL, with_options },
	{ "in_lengths", NULL, lengths },
	{ "in_outer_options", NULL, outer_options },
	{ "in_pieces", NULL, in_pieces },
	{ "in_wrong_transport_checksum", NULL, wrong_transport },
	{ "in_no_transport_checksum", NULL, unsummed },
	{ "in_pseudo_header_sum", NULL, unfinished },
	{ "in_extensions", NULL, extensions },
	{ "in_may_be_fragmented", NULL, may_be_fragmented },
	{ "in_wrong_icmp_checksum", "NAPT_ERROR_CSUM", wrong_icmp_sum },
	{ "in_wrong_ip_checksum", "NAPT_ERROR_CSUM", wrong_ip_sum },
	{ "in_no_ports", "NAPT_ERROR_SHORT", no_ports },
	{ "in_no_header", "NAPT_ERROR_SHORT", no_header },
	{ "in_never_sent", "NAPT_ERROR_STRAY", never_sent },
	{ "in_another_source", "NAPT_ERROR_STRAY", another_source },
	{ "in_about_reply", NULL, about_reply },
	{ "in_not_passed_on", NULL, not_passed_on },
	{ "in_ends_nothing", NULL, ends_nothing },
	{ }
};
