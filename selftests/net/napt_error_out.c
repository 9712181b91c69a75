// SPDX-License-Identifier: GPL-2.0
/*
 * Errors from inside, RFC 5508 REQ-3 and REQ-5: a host, or a router there, speaks of what came in.
 * No inside address gets out.
 */
#include "napt_error.h"

static const struct kind port_unreachable = { 3, 3, 0 };
static const struct flow usual;

/* It comes to S with what S sent in it, from the external address */
static void passes(const char *what, const struct conn *c, uint32_t from, const struct kind *k,
		   size_t len, size_t tail)
{
	struct error e = { .src = from, .dst = S.addr, .type = k->type, .code = k->code,
			   .rest = k->rest, .quote = &c->taken, .len = len, .tail = tail };
	struct packet sent, want, quote;

	make_error(&sent, &e);
	hops_on(&quote, &c->in, 1);
	e.src = external;
	e.quote = &quote;
	make_error(&want, &e);
	hops_on(&want, &want, 1);
	expect(what, c->host->net, &sent, WAN, &want, false);
}

/* An error of A that quotes so many bytes of this */
static void speak(struct packet *p, const struct packet *quote, size_t len)
{
	const struct error e = { .src = A.addr, .dst = S.addr, .type = 3, .code = 3,
				 .quote = quote, .len = len };

	make_error(p, &e);
}

static void is_dropped(const char *what, const struct packet *quote, size_t len)
{
	struct packet p;

	speak(&p, quote, len);
	expect_nothing(what, LAN, &p);
}

static void meet(struct conn *c, const struct host *h, uint8_t proto, const struct flow *like)
{
	begin(c, h, proto);
	answered(c, like);
}

static void all_kinds(void)
{
	FOR_PROTOS(proto) {
		struct conn c = {};

		meet(&c, &A, *proto, &usual);
		for (int i = 0; i < NUM_KINDS; i++)
			passes(say(*proto, "type and code", kinds[i].type * 100 + kinds[i].code), &c,
			       A.addr, &kinds[i], c.taken.len, 0);
	}
}

/* The host, routers inside, one of them by an address that no rule speaks of: REQ-5c */
static void all_senders(void)
{
	const uint32_t from[] = { A.addr, Y.addr, IP(192, 168, 99, 1), IP(10, 0, 0, 1) };

	FOR_PROTOS(proto) {
		struct conn c = {};

		meet(&c, &A, *proto, &usual);
		for (int i = 0; i < 4; i++)
			passes(say(*proto, "sender", i), &c, from[i], &port_unreachable, c.taken.len,
			       0);
	}
}

static void with_options(void)
{
	static const int lengths[] = { 4, 20, 40 };

	FOR_PROTOS(proto) {
		for (int i = 0; i < 3; i++) {
			const struct flow f = { .options = lengths[i] };
			struct conn c = {};

			meet(&c, &C, *proto, &f);
			passes(say(*proto, "bytes of options", lengths[i]), &c, C.addr,
			       &port_unreachable, c.taken.len, 0);
			passes(say(*proto, "bytes of options, and 8", lengths[i]), &c, C.addr,
			       &port_unreachable, 28 + lengths[i], 0);
		}
	}
}

static void lengths(void)
{
	FOR_PROTOS(proto) {
		const struct flow f = { .payload = 9 };
		struct conn c = {};

		meet(&c, &A, *proto, &f);
		for (size_t len = 28; len <= c.taken.len; len++) {
			struct conn cut_short = c;

			if (len == 37 && (*proto == TCP || *proto == STREAM))
				cut_short.in.b[36] = c.taken.b[36];	/* half a checksum */
			passes(say(*proto, "bytes", len), &cut_short, Y.addr, &port_unreachable, len,
			       0);
		}
	}
}

static void unsummed(void)
{
	static const uint8_t datagrams[] = { UDP, DGRAM };
	const struct flow f = { .unsummed = true, .payload = 20 };

	for (int i = 0; i < 2; i++) {
		struct conn c = {};

		meet(&c, &A, datagrams[i], &f);
		passes(say(datagrams[i], "no checksum", 0), &c, A.addr, &port_unreachable, c.taken.len,
		       0);
	}
}

static void unfinished(void)
{
	FOR_PROTOS(proto) {
		struct conn c = {};

		if (*proto == ICMP)
			continue;
		meet(&c, &A, *proto, &usual);
		put16(check_of(&c.taken), pseudo_sum(&c.taken));
		put16(check_of(&c.in), pseudo_sum(&c.in));
		passes(say(*proto, "pseudo-header sum", 0), &c, A.addr, &port_unreachable, c.taken.len,
		       0);
	}
}

static void extensions(void)
{
	static const struct kind k = { 11, 0, 32 << 16 };

	FOR_PROTOS(proto) {
		struct conn c = {};

		meet(&c, &A, *proto, &usual);
		passes(say(*proto, "extension", 0), &c, Y.addr, &k, c.taken.len,
		       128 - c.taken.len + 12);
	}
}

/* Datagrams of the NAT's own making, as it were: two errors with one ID leave with two, RFC 6864 */
static void fresh_ids(void)
{
	struct packet p, first, second;
	struct conn c = {};

	meet(&c, &A, UDP, &usual);
	speak(&p, &c.taken, c.taken.len);
	put16(p.b + 6, 0);
	finish_ip(p.b);
	transmit(LAN, &p);
	transmit(LAN, &p);
	settle();
	if (got[WAN].num != 2)
		fail("%d errors came out, of two", got[WAN].num);
	first = got[WAN].p[0];
	second = got[WAN].p[1];
	if (!memcmp(first.b + 4, second.b + 4, 2))
		fail("both have ID %u", get16(first.b + 4));
	same("but for the ID", &first, &second, true);
}

static void wrong_icmp_sum(void)
{
	FOR_PROTOS(proto) {
		struct conn c = {};
		struct packet p;

		meet(&c, &A, *proto, &usual);
		speak(&p, &c.taken, c.taken.len);
		p.b[23] ^= 0x10;
		expect_nothing(say(*proto, "wrong ICMP checksum", 0), LAN, &p);
	}
}

static void wrong_ip_sum(void)
{
	FOR_PROTOS(proto) {
		struct conn c = {};

		meet(&c, &A, *proto, &usual);
		c.taken.b[11] ^= 0x10;
		is_dropped(say(*proto, "wrong IP checksum", 0), &c.taken, c.taken.len);
	}
}

static void no_ports(void)
{
	FOR_PROTOS(proto) {
		struct conn c = {};

		meet(&c, &A, *proto, &usual);
		for (size_t len = 20; len < 28; len++)
			is_dropped(say(*proto, "bytes", len), &c.taken, len);
		put16(c.taken.b + 6, 1);
		finish_ip(c.taken.b);
		is_dropped(say(*proto, "later fragment", 0), &c.taken, c.taken.len);
	}
}

static void no_header(void)
{
	static const uint8_t first[] = { 0x44, 0x40, 0x65, 0x05, 0x4f };
	struct conn c = {};

	meet(&c, &A, UDP, &usual);
	for (size_t len = 0; len < 20; len++)
		is_dropped(say(UDP, "bytes", len), &c.taken, len);
	for (size_t i = 0; i < sizeof(first); i++) {
		c.taken.b[0] = first[i];
		is_dropped(say(UDP, "first byte", first[i]), &c.taken, c.taken.len);
	}
}

/* About what never came: REQ-5 */
static void never_came(void)
{
	FOR_PROTOS(proto) {
		struct packet quote;
		struct conn c = {};

		meet(&c, &A, *proto, &usual);
		quote = c.taken;
		put16(quote.b + (*proto == ICMP ? 24 : 22), 64999);
		is_dropped(say(*proto, "another port", 0), &quote, quote.len);
		quote = c.taken;
		put32(quote.b + 16, D.addr);
		finish_ip(quote.b);
		is_dropped(say(*proto, "another host", 0), &quote, quote.len);
		quote = c.taken;
		quote.b[20] = 8;
		if (*proto == ICMP)
			is_dropped(say(*proto, "a request of S", 0), &quote, quote.len);
		quote = c.taken;
		put16(quote.b + 20, 8);
		if (*proto != ICMP)
			is_dropped(say(*proto, "another port of the sender", 0), &quote, quote.len);
	}
}

/* An inside address anywhere in it, and no session */
static void would_leak(void)
{
	struct packet quote, p;
	struct conn c = {};
	struct error e = { .src = IP(10, 0, 0, 1), .dst = S.addr, .type = 3, .code = 1,
			   .quote = &quote };

	meet(&c, &A, UDP, &usual);
	is_dropped("as S sent it, from an inside host", &c.in, c.in.len);
	quote = c.taken;
	put32(quote.b + 12, D.addr);
	finish_ip(quote.b);
	e.len = quote.len;
	make_error(&p, &e);
	expect_nothing("an inside receiver, and an inside sender", LAN, &p);
	put32(quote.b + 16, IP(10, 0, 0, 1));
	finish_ip(quote.b);
	make_error(&p, &e);
	expect_nothing("an inside sender", LAN, &p);
	quote.b[9] = 47;
	put32(quote.b + 12, S.addr);
	put32(quote.b + 16, A.addr);
	finish_ip(quote.b);
	make_error(&p, &e);
	expect_nothing("of another protocol, to an inside host", LAN, &p);
}

/* Who it goes to is not who sent the quoted packet */
static void another_receiver(void)
{
	struct conn c = {};
	struct packet p;

	meet(&c, &A, UDP, &usual);
	speak(&p, &c.taken, c.taken.len);
	put32(p.b + 16, X.addr);
	finish_ip(p.b);
	expect_nothing("another receiver", LAN, &p);
}

/* The session's packet with an option, as a router inside may have seen it */
static void quote_with(struct packet *quote, const struct conn *c, const uint8_t *option, size_t len)
{
	struct flow f = { .proto = c->f.proto, .src = S.addr, .dst = A.addr, .sport = c->f.dport,
			  .dport = c->f.sport, .flags = SYN | ACK, .reply = true, .options = 12 };

	memcpy(f.option, option, len);
	make_packet(quote, &f);
}

/* 7.3, and what routers have recorded */
static void address_options(void)
{
	static const uint8_t bad[][12] = {
		{ 131, 7, 4, 198, 51, 100, 1 },			/* loose source route */
		{ 137, 7, 8, 198, 51, 100, 1 },			/* strict */
		{ 7, 11, 8, 192, 168, 7, 254 },			/* recorded: an inside address */
		{ 7, 11, 12, 198, 51, 100, 1, 192, 168, 7, 254 },
		{ 68, 12, 13, 1, 192, 168, 7, 254 },		/* and with a timestamp */
		{ 68, 12, 13, 3, 192, 168, 7, 254 },		/* from who was asked for one */
		{ 68, 12, 5, 3, 192, 168, 7, 254 },		/* from who still has to answer */
		{ 148, 1 }, { 148, 13 },			/* impossible lengths */
	};

	FOR_PROTOS(proto) {
		struct packet quote;
		struct conn c = {};

		meet(&c, &A, *proto, &usual);
		for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
			uint8_t option[12];

			memcpy(option, bad[i], 12);
			option[1] = option[1] > 12 || option[1] < 2 ? 2 : option[1];
			quote_with(&quote, &c, option, 12);
			quote.b[21] = bad[i][1];
			finish_ip(quote.b);
			is_dropped(say(*proto, "option", i), &quote, quote.len);
		}
	}
}

static void other_options(void)
{
	static const uint8_t good[][12] = {
		{ 7, 11, 4, 192, 168, 7, 254 },			/* nothing recorded yet */
		{ 7, 11, 8, 198, 51, 100, 1 },			/* an outside address */
		{ 7, 11, 12, 203, 0, 113, 254, 198, 51, 100, 1 },	/* the router's outer one */
		{ 68, 8, 9, 0, 1, 2, 3, 4 },			/* a timestamp alone */
		{ 148, 4, 0, 0 },				/* router alert */
	};

	FOR_PROTOS(proto) {
		struct packet quote;
		struct conn c = {};

		meet(&c, &A, *proto, &usual);
		for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
			quote_with(&quote, &c, good[i], 12);
			c.taken = quote;
			c.in = quote;
			put32(c.in.b + 16, external);
			put16(c.in.b + 32 + (*proto == ICMP ? 4 : 2), c.port);
			finish_packet(&c.in);
			c.in.b[8]++;
			passes(say(*proto, "option", i), &c, A.addr, &port_unreachable, quote.len, 0);
		}
	}
}

/*
 * An error between addresses of no rule, with an option in its own header or in that of what it is about:
 * what is recorded there may be inside
 */
static void with_option_at(struct packet *p, const uint8_t *option, bool within)
{
	const struct flow f = { .proto = UDP, .src = S.addr, .dst = IP(10, 0, 0, 1), .sport = 7,
				.dport = 9, .payload = 8, .options = 12 };
	struct packet quote;
	struct error e = { .src = IP(10, 0, 0, 1), .dst = S.addr, .type = 3, .code = 3,
			   .quote = &quote, .options = 12 };

	make_packet(&quote, &f);
	e.len = quote.len;
	if (within)
		memcpy(quote.b + 20, option, 12);
	finish_ip(quote.b);
	make_error(p, &e);
	if (!within)
		memcpy(p->b + 20, option, 12);
	finish_ip(p->b);
}

static void options_of_others(void)
{
	static const uint8_t bad[][12] = {
		{ 7, 11, 12, 198, 51, 100, 1, 192, 168, 7, 254 },
		{ 68, 12, 13, 1, 192, 168, 7, 254 }, { 68, 12, 13, 3, 192, 168, 7, 254 },
		{ 131, 11, 12, 198, 51, 100, 1, 192, 168, 7, 254 },
	};
	struct packet p;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		with_option_at(&p, bad[i], true);
		expect_nothing(say(UDP, "option", i), LAN, &p);
	}
	with_option_at(&p, bad[1], false);
	expect_nothing("an option of its own", LAN, &p);
}

/* What nobody inside has left there is passed on, and so is what nobody can read */
static void options_of_strangers(void)
{
	static const uint8_t good[][12] = {
		{ 7, 11, 12, 198, 51, 100, 1, 10, 0, 0, 1 }, { 68, 12, 13, 3, 10, 0, 0, 1 },
		{ 137, 7, 8, 198, 51, 100, 1 }, { 148, 13 },
	};
	struct packet p, want;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		with_option_at(&p, good[i], true);
		hops_on(&want, &p, 1);
		expect(say(UDP, "option", i), LAN, &p, WAN, &want, false);
	}
}

static void redirects(void)
{
	FOR_PROTOS(proto) {
		struct conn c = {};
		struct packet p;

		meet(&c, &A, *proto, &usual);
		struct error e = { .src = A.addr, .dst = S.addr, .type = 5, .code = 1, .rest = D.addr,
				   .quote = &c.taken, .len = c.taken.len };
		make_error(&p, &e);
		expect_nothing(say(*proto, "redirect", 0), LAN, &p);
	}
}

/* What concerns nobody who is translated is passed on as it is: between addresses of no rule */
static void not_concerned(void)
{
	const struct flow f = { .proto = UDP, .src = S.addr, .dst = IP(10, 0, 0, 1), .sport = 7,
				.dport = 9, .payload = 8 };
	struct packet quote, p, want;
	struct error e = { .src = IP(10, 0, 0, 1), .dst = S.addr, .type = 3, .code = 3,
			   .quote = &quote };

	make_packet(&quote, &f);
	for (e.len = 0; e.len <= quote.len; e.len++) {
		make_error(&p, &e);
		hops_on(&want, &p, 1);
		expect(say(UDP, "bytes", e.len), LAN, &p, WAN, &want, false);
	}
}

const struct test tests_out[] = {
	{ "out_all_kinds", NULL, all_kinds },
	{ "out_all_senders", NULL, all_senders },
	{ "out_options", NULL, with_options },
	{ "out_lengths", NULL, lengths },
	{ "out_no_transport_checksum", NULL, unsummed },
	{ "out_pseudo_header_sum", NULL, unfinished },
	{ "out_extensions", NULL, extensions },
	{ "out_fresh_ids", NULL, fresh_ids },
	{ "out_wrong_icmp_checksum", "NAPT_ERROR_CSUM", wrong_icmp_sum },
	{ "out_wrong_ip_checksum", "NAPT_ERROR_CSUM", wrong_ip_sum },
	{ "out_no_ports", "NAPT_ERROR_SHORT", no_ports },
	{ "out_no_header", "NAPT_ERROR_SHORT", no_header },
	{ "out_never_came", "NAPT_ERROR_STRAY", never_came },
	{ "out_would_leak", "NAPT_ERROR_STRAY", would_leak },
	{ "out_another_receiver", "NAPT_ERROR_STRAY", another_receiver },
	{ "out_address_options", "NAPT_ERROR_STRAY", address_options },
	{ "out_other_options", NULL, other_options },
	{ "out_options_of_others", "NAPT_ERROR_STRAY", options_of_others },
	{ "out_options_of_strangers", NULL, options_of_strangers },
	{ "out_redirects", "NAPT_REDIRECT", redirects },
	{ "out_not_concerned", NULL, not_concerned },
	{ }
};
