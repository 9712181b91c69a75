// SPDX-License-Identifier: GPL-2.0
/*
 * Errors that the router itself makes: before it has translated a packet and after, about what goes
 * out, comes in and turns round; with the packet's diffserv class, RFC 5508 REQ-10. And rules that
 * leave something alone, or are full.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <fcntl.h>
#include <poll.h>
#include "napt_error.h"

#define QUOTED	548	/* what the kernel quotes of a packet at most, RFC 1812 4.3.2.3 */

static const struct flow usual;

/* Three classes, with an ECN bit that does not belong to them */
static const uint8_t classes[] = { 0, 10 << 2 | 1, 46 << 2 | 2 };

#define FOR_CLASSES(tos) \
	for (const uint8_t *tos = classes; tos < classes + sizeof(classes); tos++)

/* What the router says to @to about @quote; it may be fragmented, and has an ID of the router's */
static void router_says(struct packet *p, uint32_t from, uint32_t to, const struct kind *k,
			const struct packet *quote)
{
	struct error e = { .src = from, .dst = to, .type = k->type, .code = k->code,
			   .rest = k->rest, .tos = quote->b[1] & 0xfc, .quote = quote,
			   .len = quote->len < QUOTED ? quote->len : QUOTED };

	make_error(p, &e);
	put16(p->b + 6, 0);
	finish_ip(p->b);
}

static const struct kind exceeded = { 11, 0, 0 };
static const struct kind unreachable = { 3, 1, 0 };

static void short_life_out(void)
{
	FOR_PROTOS(proto) {
		FOR_CLASSES(tos) {
			struct flow f = { .proto = *proto, .src = A.addr, .dst = S.addr,
					  .sport = next_port++, .dport = 7, .ttl = 1, .tos = *tos,
					  .flags = SYN };
			struct packet p, want;

			make_packet(&p, &f);
			router_says(&want, ROUTER_LAN, A.addr, &exceeded, &p);
			expect(say(*proto, "type of service", *tos), LAN, &p, LAN, &want, true);
		}
	}
}

static void short_life_in(void)
{
	FOR_PROTOS(proto) {
		struct conn c = {};

		begin(&c, &A, *proto);
		answered(&c, &usual);
		FOR_CLASSES(tos) {
			struct packet want;

			c.in.b[1] = *tos;
			c.in.b[8] = 1;
			finish_ip(c.in.b);
			router_says(&want, ROUTER_WAN, S.addr, &exceeded, &c.in);
			expect(say(*proto, "type of service", *tos), WAN, &c.in, WAN, &want, true);
		}
	}
}

/* Links: lan 1500 bytes, wan 1300, dmz 1200 */
static void too_big_out(void)
{
	static const struct kind k = { 3, 4, 1300 };

	FOR_PROTOS(proto) {
		struct flow f = { .proto = *proto, .src = A.addr, .dst = S.addr, .sport = next_port++,
				  .dport = 7, .payload = 1400, .tos = 10 << 2, .flags = SYN };
		struct packet p, want;

		make_packet(&p, &f);
		router_says(&want, ROUTER_LAN, A.addr, &k, &p);
		expect(say(*proto, "too big", 0), LAN, &p, LAN, &want, true);
	}
}

static void too_big_in(void)
{
	static const struct kind k = { 3, 4, 1200 };

	FOR_PROTOS(proto) {
		struct flow f = { .proto = *proto, .src = S.addr, .dst = external, .sport = 7,
				  .payload = 1220, .reply = true, .flags = ACK, .tos = 46 << 2 };
		struct packet p, want;
		struct conn c = {};

		begin(&c, &C, *proto);
		answered(&c, &usual);
		f.sport = *proto == ICMP ? c.port : 7;
		f.dport = c.port;
		make_packet(&p, &f);
		router_says(&want, ROUTER_WAN, S.addr, &k, &p);
		expect(say(*proto, "too big", 0), WAN, &p, WAN, &want, true);
	}
}

/* What the router says is awaited: it has to give up ARP first */
static void says_later(const char *what, enum net net, const struct packet *sent, enum net back,
		       struct packet *want)
{
	struct packet p;

	transmit(net, sent);
	await(back);
	settle();
	one(what, back, &p);
	same(what, &p, want, true);
}

/* The packet was translated when the router found that nobody is there: M8 */
static void nobody_outside(void)
{
	FOR_PROTOS(proto) {
		struct flow f = { .proto = *proto, .src = A.addr, .dst = DEAD, .sport = next_port++,
				  .dport = 7, .tos = 46 << 2 | 1, .payload = 5, .flags = SYN };
		struct packet p, quote, want;

		make_packet(&p, &f);
		hops_on(&quote, &p, 1);
		router_says(&want, ROUTER_WAN, A.addr, &unreachable, &quote);
		says_later(say(*proto, "nobody outside", 0), LAN, &p, LAN, &want);
	}
}

/* One who has sent, and is not there any more: its address is in no ARP table */
static const struct host gone = { DMZ, IP(192, 168, 8, 66) };

static void nobody_inside(void)
{
	FOR_PROTOS(proto) {
		struct flow f = { .proto = *proto, .src = S.addr, .dst = external, .sport = 7,
				  .reply = true, .flags = SYN | ACK, .tos = 10 << 2 };
		struct packet p, quote, want;
		struct conn c = {};

		begin(&c, &gone, *proto);
		f.sport = *proto == ICMP ? c.port : 7;
		f.dport = c.port;
		make_packet(&p, &f);
		hops_on(&quote, &p, 1);
		router_says(&want, ROUTER_WAN, S.addr, &unreachable, &quote);
		says_later(say(*proto, "nobody inside", 0), WAN, &p, WAN, &want);
	}
}

/* A packet to the external endpoint of @to */
static void to_external(struct packet *p, const struct conn *to, const struct flow *like)
{
	struct flow f = *like;

	f.proto = to->f.proto;
	f.src = A.addr;
	f.dst = external;
	f.sport = next_port++;
	f.dport = to->port;
	f.flags = SYN;
	make_packet(p, &f);
}

static void hairpin_short_life(void)
{
	static const struct flow f = { .ttl = 1, .tos = 46 << 2 | 1 };

	FOR_PROTOS(proto) {
		struct packet p, want;
		struct conn to = {};

		if (*proto == ICMP)
			continue;
		begin(&to, &C, *proto);
		to_external(&p, &to, &f);
		router_says(&want, ROUTER_LAN, A.addr, &exceeded, &p);
		expect(say(*proto, "hairpin", 0), LAN, &p, LAN, &want, true);
	}
}

static void hairpin_too_big(void)
{
	static const struct kind k = { 3, 4, 1200 };
	static const struct flow f = { .payload = 1300, .tos = 10 << 2 };

	FOR_PROTOS(proto) {
		struct packet p, want;
		struct conn to = {};

		if (*proto == ICMP)
			continue;
		begin(&to, &C, *proto);
		to_external(&p, &to, &f);
		router_says(&want, ROUTER_LAN, A.addr, &k, &p);
		expect(say(*proto, "hairpin", 0), LAN, &p, LAN, &want, true);
	}
}

static void hairpin_nobody(void)
{
	FOR_PROTOS(proto) {
		struct packet p, quote, want;
		struct conn to = {};

		if (*proto == ICMP)
			continue;
		begin(&to, &gone, *proto);
		to_external(&p, &to, &usual);
		hops_on(&quote, &p, 1);
		router_says(&want, ROUTER_WAN, A.addr, &unreachable, &quote);
		says_later(say(*proto, "hairpin", 0), LAN, &p, LAN, &want);
	}
}

/* Between hosts of one network it draws none, over and over; what is not turned round still does */
static void redirects(void)
{
	struct flow f = { .proto = UDP, .src = A.addr, .dst = D.addr, .sport = next_port++,
			  .dport = 9 };
	struct conn to = {};
	struct packet p, taken;

	begin(&to, &D, UDP);
	for (int i = 0; i < 5; i++) {
		to_external(&p, &to, &usual);
		transmit(LAN, &p);
		settle();
		one("the packet that is turned round", LAN, &taken);
		if (get32(taken.b + 16) != D.addr)
			fail("something else came than what is turned round");
	}
	make_packet(&p, &f);
	transmit(LAN, &p);
	settle();
	if (got[LAN].num != 2 || got[LAN].p[0].b[9] != ICMP || got[LAN].p[0].b[20] != 5)
		fail("a packet that stays on its network draws no redirect");
}

/* Nor does what is translated on its way back to where it came from: Z would learn a way round */
static void one_armed(void)
{
	FOR_PROTOS(proto) {
		struct conn c = {};

		begin(&c, &Z, *proto);
		answered(&c, &usual);
	}
}

/* Not the business of the NAPT: the class is the kernel's */
static void other_class(void)
{
	static const struct kind closed = { 3, 3, 0 };
	struct flow f = { .proto = UDP, .src = A.addr, .dst = ROUTER_LAN, .sport = next_port++,
			  .dport = 9, .tos = 46 << 2 };
	struct packet p, want;

	make_packet(&p, &f);
	router_says(&want, ROUTER_LAN, A.addr, &closed, &p);
	want.b[1] = 0xd8;
	finish_ip(want.b);
	expect("the router's own port", LAN, &p, LAN, &want, true);
}

/* RFC 1812 4.3.2.7 */
static void no_error_about_error(void)
{
	struct conn c = {};
	struct packet p;

	begin(&c, &A, UDP);
	answered(&c, &usual);
	struct error e = { .src = A.addr, .dst = S.addr, .type = 3, .code = 3, .quote = &c.taken,
			   .len = c.taken.len };
	make_error(&p, &e);
	p.b[8] = 1;
	finish_ip(p.b);
	expect_nothing("an error with TTL 1", LAN, &p);
}

static int router_socket(void)
{
	int here = open("/proc/self/ns/net", O_RDONLY), fd;

	if (here < 0 || setns(router_ns, CLONE_NEWNET))
		die("the router's namespace");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || setns(here, CLONE_NEWNET))
		die("back");
	return fd;
}

/* What a socket of the router sends is told to that socket */
static void own_socket(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(7),
				  .sin_addr.s_addr = htonl(S.addr) };
	struct error e = { .src = X.addr, .type = 3, .code = 3 };
	struct pollfd fd = { .fd = router_socket() };
	struct packet out, p;

	if (connect(fd.fd, (struct sockaddr *)&to, sizeof(to)) || send(fd.fd, "x", 1, 0) != 1)
		die("send");
	settle();
	one("the router's own packet", WAN, &out);
	e.dst = get32(out.b + 12);
	e.quote = &out;
	e.len = out.len;
	make_error(&p, &e);
	transmit(WAN, &p);
	if (poll(&fd, 1, 10000) != 1)
		fail("the socket hears nothing");
	if (recv(fd.fd, p.b, 1, 0) >= 0 || errno != ECONNREFUSED)
		fail("the socket is told something else");
	nothing("an error for the router");
}

const struct test tests_router[] = {
	{ "router_short_life_out", NULL, short_life_out },
	{ "router_short_life_in", NULL, short_life_in },
	{ "router_too_big_out", NULL, too_big_out },
	{ "router_too_big_in", NULL, too_big_in },
	{ "router_nobody_outside", NULL, nobody_outside },
	{ "router_nobody_inside", NULL, nobody_inside },
	{ "router_hairpin_short_life", NULL, hairpin_short_life },
	{ "router_hairpin_too_big", NULL, hairpin_too_big },
	{ "router_hairpin_nobody", NULL, hairpin_nobody },
	{ "router_redirects", NULL, redirects },
	{ "router_one_armed", NULL, one_armed },
	{ "router_other_class", NULL, other_class },
	{ "router_no_error_about_error", NULL, no_error_about_error },
	{ "router_own_socket", NULL, own_socket },
	{ }
};

/* ---- a rule that leaves destinations alone ---- */

static void excepted(void)
{
	const struct flow f = { .proto = UDP, .src = EXCEPTED, .dst = A.addr, .sport = 7, .dport = 9,
				.payload = 8 };
	struct packet quote, p, want;
	struct error e = { .src = A.addr, .dst = EXCEPTED, .type = 3, .code = 3, .quote = &quote };

	make_packet(&quote, &f);
	for (e.len = 20; e.len <= quote.len; e.len++) {
		make_error(&p, &e);
		hops_on(&want, &p, 1);
		expect(say(UDP, "to a destination that is left alone, bytes", e.len), LAN, &p, WAN,
		       &want, false);
	}
}

static void not_excepted(void)
{
	const struct flow f = { .proto = UDP, .src = S.addr, .dst = A.addr, .sport = 7, .dport = 9 };
	struct packet quote, p;
	struct error e = { .src = A.addr, .dst = S.addr, .type = 3, .code = 3, .quote = &quote };

	make_packet(&quote, &f);
	e.len = quote.len;
	make_error(&p, &e);
	expect_nothing("to another destination", LAN, &p);
}

const struct test tests_except[] = {
	{ "except_excepted", NULL, excepted },
	{ "except_not_excepted", "NAPT_ERROR_STRAY", not_excepted },
	{ }
};

/* ---- a rule with three ports: two are the sentinels', which come first ---- */

static void fill(struct conn *c)
{
	settle();
	begin(c, &A, UDP);
}

static void is_told(const char *what, const struct packet *p, struct packet *want, bool silent)
{
	if (silent) {
		expect_nothing(what, LAN, p);
		return;
	}
	dropped++;
	expect(what, LAN, p, LAN, want, true);
}

/* @code: of what is told, -1: nothing */
static void told(int code)
{
	struct kind k = { 3, code, 0 };
	struct flow f = { .proto = UDP, .src = D.addr, .dst = S.addr, .sport = 9, .dport = 7,
			  .tos = 10 << 2 };
	struct packet p, quote, want;
	struct conn c = {};

	fill(&c);
	make_packet(&p, &f);
	hops_on(&quote, &p, 1);
	router_says(&want, ROUTER_LAN, D.addr, &k, &quote);
	is_told("no port left", &p, &want, code < 0);
	f.dst = external;
	f.dport = c.port;
	make_packet(&p, &f);
	router_says(&want, ROUTER_LAN, D.addr, &k, &p);
	is_told("no port left, hairpin", &p, &want, code < 0);
	expect("who was there before", LAN, &c.sent, WAN, &c.out, false);
}

static void told_host(void)
{
	told(1);
}

static void told_admin(void)
{
	told(13);
}

static void told_nothing(void)
{
	told(-1);
}

const struct test tests_full[] = {
	{ "full_host-unreachable", "NAPT_EXHAUSTED", told_host },
	{ "full_admin-prohibited", "NAPT_EXHAUSTED", told_admin },
	{ "full_silent", "NAPT_EXHAUSTED", told_nothing },
	{ }
};
