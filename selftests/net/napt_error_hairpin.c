// SPDX-License-Identifier: GPL-2.0
/*
 * Errors about what the NAPT turned round, RFC 5508 REQ-7 and RFC 7857 12: A has sent to the
 * external endpoint of C, or of D, which is on A's own network.
 */
#include "napt_error.h"

static const struct kind port_unreachable = { 3, 3, 0 };
static const struct host * const receivers[] = { &C, &D };

#define FOR_RECEIVERS(h) \
	for (const struct host * const *h = receivers; h < receivers + 2; h++)

/* A's packet to the external endpoint of @to: @c->taken as that host gets it */
static void turn(struct conn *c, const struct conn *to)
{
	c->host = &A;
	c->f.proto = to->f.proto;
	c->f.src = A.addr;
	c->f.dst = external;
	c->f.sport = next_port++;
	c->f.dport = to->port;
	c->f.flags = SYN;
	make_packet(&c->sent, &c->f);
	transmit(LAN, &c->sent);
	settle();
	one(say(c->f.proto, "the packet that is turned round", 0), to->host->net, &c->taken);
	if (get32(c->taken.b + 12) != external || get32(c->taken.b + 16) != to->host->addr)
		fail("the packet that is turned round has other addresses");
	c->port = get16(c->taken.b + 20 + c->f.options);
}

/* It comes to A from the external address, with A's own packet in it */
static void passes(const char *what, const struct conn *c, const struct host *from,
		   const struct kind *k, size_t len)
{
	struct error e = { .src = from->addr, .dst = external, .type = k->type, .code = k->code,
			   .rest = k->rest, .quote = &c->taken, .len = len };
	struct packet sent, want, quote;

	make_error(&sent, &e);
	hops_on(&quote, &c->sent, 1);
	e.src = external;
	e.dst = A.addr;
	e.quote = &quote;
	make_error(&want, &e);
	hops_on(&want, &want, 1);
	expect(what, from->net, &sent, LAN, &want, false);
}

static void all_kinds(void)
{
	FOR_PROTOS(proto) {
		FOR_RECEIVERS(h) {
			struct conn to = {}, c = {};

			if (*proto == ICMP)
				continue;
			begin(&to, *h, *proto);
			turn(&c, &to);
			for (int i = 0; i < NUM_KINDS; i++)
				passes(say(*proto, "type and code",
					   kinds[i].type * 100 + kinds[i].code),
				       &c, *h, &kinds[i], c.taken.len);
			passes(say(*proto, "from a router", 0), &c, &Y, &port_unreachable, 28);
		}
	}
}

static void with_options(void)
{
	FOR_PROTOS(proto) {
		struct conn to = {}, c = { .f.options = 20 };

		if (*proto == ICMP)
			continue;
		begin(&to, &C, *proto);
		turn(&c, &to);
		passes(say(*proto, "bytes of options", 20), &c, &C, &port_unreachable, c.taken.len);
	}
}

/* The receiver answers, and A speaks of that: the same the other way round */
static void about_answers(void)
{
	FOR_PROTOS(proto) {
		struct conn to = {}, c = {};
		struct flow f = { .proto = *proto, .src = C.addr, .dst = external,
				  .flags = SYN | ACK, .reply = true };
		struct error e = { .src = A.addr, .dst = external, .type = 3, .code = 3 };
		struct packet p, taken, quote;

		if (*proto == ICMP)
			continue;
		begin(&to, &C, *proto);
		turn(&c, &to);
		f.sport = to.f.sport;
		f.dport = c.port;
		make_packet(&p, &f);
		transmit(DMZ, &p);
		settle();
		one(say(*proto, "the answer", 0), LAN, &taken);
		hops_on(&quote, &p, 1);
		e.quote = &taken;
		e.len = taken.len;
		make_error(&p, &e);
		e.src = external;
		e.dst = C.addr;
		e.quote = &quote;
		make_error(&taken, &e);
		hops_on(&taken, &taken, 1);
		expect(say(*proto, "about the answer", 0), LAN, &p, DMZ, &taken, false);
	}
}

static void unfinished(void)
{
	FOR_PROTOS(proto) {
		struct conn to = {}, c = {};

		if (*proto == ICMP)
			continue;
		begin(&to, &C, *proto);
		turn(&c, &to);
		put16(check_of(&c.taken), pseudo_sum(&c.taken));
		put16(check_of(&c.sent), pseudo_sum(&c.sent));
		passes(say(*proto, "pseudo-header sum", 0), &c, &C, &port_unreachable, c.taken.len);
	}
}

static void wrong_sums(void)
{
	FOR_PROTOS(proto) {
		struct conn to = {}, c = {};
		struct error e = { .src = C.addr, .dst = external, .type = 3, .code = 3,
				   .quote = &c.taken };
		struct packet p;

		if (*proto == ICMP)
			continue;
		begin(&to, &C, *proto);
		turn(&c, &to);
		e.len = c.taken.len;
		make_error(&p, &e);
		p.b[23] ^= 1;
		expect_nothing(say(*proto, "wrong ICMP checksum", 0), DMZ, &p);
		c.taken.b[11] ^= 1;
		make_error(&p, &e);
		expect_nothing(say(*proto, "wrong IP checksum", 0), DMZ, &p);
	}
}

static void never_came(void)
{
	FOR_PROTOS(proto) {
		struct conn to = {}, c = {}, other = {};
		struct error e = { .src = C.addr, .dst = external, .type = 3, .code = 3,
				   .quote = &c.taken };
		struct packet p;

		if (*proto == ICMP)
			continue;
		begin(&to, &C, *proto);
		begin(&other, &C, *proto);
		turn(&c, &to);
		e.len = c.taken.len;
		put16(c.taken.b + 22, other.f.sport);
		make_error(&p, &e);
		expect_nothing(say(*proto, "another port of the receiver", 0), DMZ, &p);
		put16(c.taken.b + 22, 64998);
		make_error(&p, &e);
		expect_nothing(say(*proto, "a port without mapping", 0), DMZ, &p);
	}
}

/* Someone outside who knows C's inside address */
static void from_outside(void)
{
	FOR_PROTOS(proto) {
		struct conn to = {}, c = {};
		struct error e = { .src = S.addr, .dst = external, .type = 3, .code = 3,
				   .quote = &c.taken };
		struct packet p;

		if (*proto == ICMP)
			continue;
		begin(&to, &C, *proto);
		turn(&c, &to);
		e.len = c.taken.len;
		make_error(&p, &e);
		expect_nothing(say(*proto, "from outside", 0), WAN, &p);
	}
}

const struct test tests_hairpin[] = {
	{ "hairpin_all_kinds", NULL, all_kinds },
	{ "hairpin_options", NULL, with_options },
	{ "hairpin_about_answers", NULL, about_answers },
	{ "hairpin_pseudo_header_sum", NULL, unfinished },
	{ "hairpin_wrong_checksums", "NAPT_ERROR_CSUM", wrong_sums },
	{ "hairpin_never_came", "NAPT_ERROR_STRAY", never_came },
	{ "hairpin_from_outside", "NAPT_ERROR_STRAY", from_outside },
	{ }
};
