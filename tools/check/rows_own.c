// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP that the NAT makes itself, and kinds of ICMP that are not about packets: RFC 5508 REQ-8 to 11.
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

#define WAY	250
#define SMALL	200	/* behind links of 1280 bytes */
#define EF	46	/* DSCP */

static const uint8_t dscp[] = { 0, 10 << 2, 46 << 2 };

/* A packet of an inside host whose TTL runs out at the NAT, and one towards a host */
static struct packet *ttl_1_out(struct run *r, uint8_t proto, struct ep in, struct ep to,
				uint8_t tos)
{
	struct packet p = first_packet(proto, in, to);

	p.ttl = 1;
	p.tos = tos;
	return emit(r, INSIDE, p);
}

static struct packet *ttl_1_in(struct run *r, struct flow *f, uint8_t tos)
{
	struct packet p = answer(f->proto, f->to, f->ext);

	p.ttl = 1;
	p.tos = tos;
	return emit(r, OUTSIDE, p);
}

void row_5508_s7_2a(struct run *r)
{
	struct slot *s = rule(r, "");
	struct packet *sent;
	struct flow f;
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = every(i)); i++) {
		flow_make(&f, r, proto, host(s, 1, 4000), server(s, 1, 5000));
		sent = ttl_1_out(r, proto, f.in, f.to, 0);
		own_error(r, INSIDE, sent, EXCEEDED, 0);
		if (any_at(r, OUTSIDE))
			fail(r, "%s with TTL 1 goes out", proto_name(proto));
		sent = ttl_1_in(r, &f, 0);
		own_error(r, OUTSIDE, sent, EXCEEDED, 0);
		if (any_at(r, INSIDE))
			fail(r, "%s with TTL 1 comes in", proto_name(proto));
	}
	seen(r, "11/0 comes to each sender, from its own side, its packet embedded as it was sent");
}

/* A rule of a packet filter on the router, for what it sends itself */
static void own_filter(struct run *r, const char *rule)
{
	static const char chain[] = "add table ip own\n"
		"add chain ip own out { type filter hook output priority 0; }\nadd rule ip own out";
	const char *const argv[] = { "nft", "-f", "-", NULL };
	char text[300], *said;
	int status;

	snprintf(text, sizeof(text), "%s %s\n", chain, rule);
	status = net_run(r->net, text, &said, argv);
	free(said);
	if (status)
		cannot(r, "nft does not take a rule for what the router sends");
}

/* Two packets from each side, whose TTL runs out and that are too big: is the sender told? */
static void expect_errors(struct run *r, struct slot *s, bool inside, const char *when)
{
	struct flow f;
	struct packet p;
	bool told;

	flow_make(&f, r, UDP, host(s, SMALL, 4000), server(s, SMALL, 5000));
	ttl_1_out(r, UDP, f.in, f.to, 0);
	told = error_at(r, INSIDE, EXCEEDED, 0);
	p = first_packet(UDP, f.in, f.to);
	p.df = true;
	p.len = 1400;
	emit(r, INSIDE, p);
	if (told != inside || !!error_at(r, INSIDE, UNREACHABLE, 4) != inside)
		fail(r, "%s, an inside host is %s", when, inside ? "not told" : "told");
	own_error(r, OUTSIDE, ttl_1_in(r, &f, 0), EXCEEDED, 0);
	p = answer(UDP, f.to, f.ext);
	p.df = true;
	p.len = 1400;
	own_error(r, OUTSIDE, emit(r, OUTSIDE, p), UNREACHABLE, 4);
}

void row_5508_9(struct run *r)
{
	struct slot *s = rule(r, "small;");

	expect_errors(r, s, true, "with no policy");
	own_filter(r, "oifname lan0 icmp type { destination-unreachable, time-exceeded } drop");
	expect_errors(r, s, false, "with ICMP kept from its side");
	seen(r, "by nft: 11/0 and 3/4 are kept from the inside, and go outside as before");
}

void row_5508_s7_2b(struct run *r)
{
	struct slot *s = rule(r, "");
	struct flow f;

	flow_make(&f, r, UDP, host(s, 1, 4000), server(s, 1, 5000));
	own_error(r, INSIDE, ttl_1_out(r, UDP, f.in, f.to, 0), EXCEEDED, 0);
	own_filter(r, "oifname lan0 icmp type time-exceeded drop");
	ttl_1_out(r, UDP, f.in, f.to, 0);
	if (any_at(r, INSIDE))
		fail(r, "11/0 kept from the inside arrives there");
	own_error(r, OUTSIDE, ttl_1_in(r, &f, 0), EXCEEDED, 0);
	seen(r, "by nft: 11/0 is kept from the inside, and goes outside as before");
}

void row_5508_s7_7(struct run *r)
{
	struct slot *s = rule(r, "small;");
	struct packet *exceeded, *too_big, p;

	own_filter(r, "icmp type time-exceeded ip dscp set ef");
	exceeded = own_error(r, INSIDE, ttl_1_out(r, UDP, host(s, 1, 4000), server(s, SMALL, 5000), 0),
			     EXCEEDED, 0);
	p = first_packet(UDP, host(s, 1, 4000), server(s, SMALL, 5000));
	p.df = true;
	p.len = 1400;
	too_big = own_error(r, INSIDE, emit(r, INSIDE, p), UNREACHABLE, 4);
	report(r, exceeded->tos >> 2 == EF && too_big->tos >> 2 != EF,
	       "by nft, for 11 alone: 11/0 has DSCP %u, 3/4 has %u", exceeded->tos >> 2, too_big->tos >> 2);
}

void row_5508_s7_2c(struct run *r)
{
	struct slot *s = rule(r, "");
	struct flow f;

	flow_make(&f, r, UDP, host(s, 1, 4000), server(s, 1, 5000));
	own_error(r, INSIDE, ttl_1_out(r, UDP, f.in, f.to, 0), EXCEEDED, 0);
	own_error(r, OUTSIDE, ttl_1_in(r, &f, 0), EXCEEDED, 0);
	seen(r, "TTL 1 draws 11/0 on either side");
}

/* TTL 1, 2 and 3 out of the NAT: the NAT's 11/0, then those of routers beyond */
static void traceroute(struct run *r, const struct slot *s, uint8_t proto)
{
	struct ep in = host(s, 1, 4000), to = server(s, 1, 5000);
	struct packet p = first_packet(proto, in, to), *got;
	struct crossing c;
	uint8_t ttl;

	own_error(r, INSIDE, ttl_1_out(r, proto, in, to, 0), EXCEEDED, 0);
	for (ttl = 2; ttl <= 3; ttl++) {
		p = first_packet(proto, in, to);
		p.ttl = ttl;
		if (!cross_out(r, p, &c))
			fail(r, "%s with TTL %u does not come out", proto_name(proto), ttl);
		emit(r, OUTSIDE, error_about(c.got, server(s, WAY + ttl, 0).addr, EXCEEDED, 0, 0));
		got = error_at(r, INSIDE, EXCEEDED, 0);
		if (!got || got->src.addr != server(s, WAY + ttl, 0).addr ||
		    !packet_embeds(got, c.sent))
			fail(r, "%s: hop %u is not seen", proto_name(proto), ttl);
	}
}

/* The same inwards, for a flow that exists */
static void traceroute_in(struct run *r, const struct slot *s, uint8_t proto)
{
	struct flow f;
	struct packet p, *got;
	struct crossing c;

	flow_make(&f, r, proto, host(s, 1, 4000), server(s, 1, 5000));
	own_error(r, OUTSIDE, ttl_1_in(r, &f, 0), EXCEEDED, 0);
	p = answer(proto, f.to, f.ext);
	p.ttl = 2;
	if (!cross_in(r, p, f.in, &c))
		fail(r, "%s with TTL 2 does not come in", proto_name(proto));
	emit(r, INSIDE, error_about(c.got, host(s, WAY, 0).addr, EXCEEDED, 0, 0));
	got = error_at(r, OUTSIDE, EXCEEDED, 0);
	if (!got || !packet_embeds(got, c.sent))
		fail(r, "%s: the hop behind the NAT is not seen", proto_name(proto));
}

void row_5508_10a_2(struct run *r)
{
	struct slot *s = rule(r, "");
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = every(i)); i++) {
		traceroute(r, s, proto);
		traceroute_in(r, s, proto);
	}
	seen(r, "TTL 1, 2 and 3: 11/0 from the NAT and each hop, from either side");
}

static void df_probe(struct run *r, const struct slot *s)
{
	struct packet p = first_packet(UDP, host(s, 1, 4000), server(s, 200, 5000)), *got;
	struct packet *sent;
	struct crossing c;

	p.len = 1372;
	p.df = true;
	sent = emit(r, INSIDE, p);
	got = own_error(r, INSIDE, sent, UNREACHABLE, 4);
	if ((got->rest & 0xffff) != 1280)
		fail(r, "3/4 tells an MTU of %u", got->rest & 0xffff);
	p = first_packet(UDP, host(s, 1, 4000), server(s, 1, 5000));
	p.df = true;
	if (!cross_out(r, p, &c))
		fail(r, "a packet does not come out");
	emit(r, OUTSIDE, error_about(c.got, server(s, WAY, 0).addr, UNREACHABLE, 4, 1300));
	got = error_at(r, INSIDE, UNREACHABLE, 4);
	if (!got || !packet_embeds(got, c.sent) || got->rest != 1300)
		fail(r, "3/4 from a router beyond does not arrive as it should");
}

static void ping_trace_probe(struct run *r, const struct slot *s)
{
	struct flow f;

	flow_make(&f, r, ICMP, host(s, 1, 4000), server(s, 1, 0));
	traceroute(r, s, UDP);
	traceroute(r, s, ICMP);
	df_probe(r, s);
}

void row_5508_10a(struct run *r)
{
	ping_trace_probe(r, rule(r, "small;"));
	seen(r, "ping, traceroute with all hops, 3/4 with its MTU");
}

void row_5508_s10(struct run *r)
{
	ping_trace_probe(r, rule(r, "small;"));
	seen(r, "ping, traceroute with all hops, 3/4 with its MTU");
}

void row_5508_10a_1(struct run *r)
{
	df_probe(r, rule(r, "small;"));
	seen(r, "3/4 from the NAT with MTU 1280, and from a router beyond");
}

/* A packet in fragments of 1500 bytes comes out as it was */
static void passes_in_pieces(struct run *r, enum realm side, struct packet p)
{
	struct packet *whole = whole_packet(r, p), *got;
	size_t at, size = whole->size - 20;
	unsigned int pieces;

	for (at = 0; at < size; at += 1480)
		post_piece(r, side, whole, at, at + 1480 < size ? at + 1480 : size);
	settle(r);
	got = joined(r, !side, 1500, &pieces);
	if (!got || !sound(got) || !packet_same(got, whole))
		fail(r, "an echo of %zu bytes in fragments does not come out unchanged", p.len);
}

static void echo_of(struct run *r, const struct slot *s, size_t len)
{
	struct ep in = host(s, 1, 4000), to = server(s, 1, 0);
	struct packet p = first_packet(ICMP, in, to), reply;
	struct crossing c;

	p.len = len;
	reply = answer(ICMP, to, go_out(r, ICMP, in, to));
	reply.len = len;
	if (len > 1472) {
		passes_in_pieces(r, INSIDE, p);
		passes_in_pieces(r, OUTSIDE, reply);
		return;
	}
	if (!cross_out(r, p, &c))
		fail(r, "an echo of %zu bytes does not come out", len);
	if (!cross_in(r, reply, in, &c))
		fail(r, "an echo's reply of %zu bytes does not arrive", len);
}

void row_5508_10a_3(struct run *r)
{
	static const size_t lengths[] = { 1, 1472, 8000 };
	struct slot *s = rule(r, "");
	static const uint8_t none[1];
	struct packet p;
	struct crossing c;
	unsigned int i;

	p = first_packet(ICMP, host(s, 1, 4000), server(s, 1, 0));
	p.len = 0;
	p.data = none;
	if (!cross_out(r, p, &c))
		fail(r, "an echo without data does not come out");
	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		echo_of(r, s, lengths[i]);
	seen(r, "echo of 0, 1, 1472 and 8000 bytes passes unchanged");
}

void row_5508_10d(struct run *r)
{
	struct slot *s = rule(r, "small;");
	struct packet p, *sent, *got;
	struct flow f;
	unsigned int i;

	flow_make(&f, r, UDP, host(s, 1, 4000), server(s, 1, 5000));
	for (i = 0; i < ARRAY_SIZE(dscp); i++) {
		sent = ttl_1_out(r, UDP, f.in, f.to, dscp[i]);
		got = own_error(r, INSIDE, sent, EXCEEDED, 0);
		if (got->tos >> 2 != dscp[i] >> 2)
			fail(r, "DSCP %u draws 11/0 with DSCP %u", dscp[i] >> 2, got->tos >> 2);
		sent = ttl_1_in(r, &f, dscp[i]);
		got = own_error(r, OUTSIDE, sent, EXCEEDED, 0);
		if (got->tos >> 2 != dscp[i] >> 2)
			fail(r, "DSCP %u from outside draws 11/0 with DSCP %u", dscp[i] >> 2,
			     got->tos >> 2);
		p = first_packet(UDP, f.in, server(s, 200, 5000));
		p.len = 1372;
		p.df = true;
		p.tos = dscp[i];
		got = own_error(r, INSIDE, emit(r, INSIDE, p), UNREACHABLE, 4);
		if (got->tos >> 2 != dscp[i] >> 2)
			fail(r, "DSCP %u draws 3/4 with DSCP %u", dscp[i] >> 2, got->tos >> 2);
	}
	seen(r, "11/0 and 3/4 carry DSCP 0, 10 and 46 like what drew them");
}

/* A packet that must draw no ICMP error */
static void draws_none(struct run *r, struct packet p, const char *what)
{
	struct packet *got;

	p.ttl = 1;
	emit(r, INSIDE, p);
	while ((got = any_at(r, INSIDE)))
		if (packet_is_error(got))
			fail(r, "%s with TTL 1 draws %u/%u", what, got->type, got->code);
	forget(r);
}

void row_5508_10e(struct run *r)
{
	struct slot *s = rule(r, "");
	struct packet p, *whole;
	struct flow f;

	flow_make(&f, r, UDP, host(s, 1, 4000), server(s, 1, 5000));
	draws_none(r, error_of(&f, INSIDE, UNREACHABLE, 3, 0), "an ICMP error");
	p = first_packet(UDP, f.in, f.to);
	p.bad_header = true;
	draws_none(r, p, "a bad IP header");
	p = first_packet(UDP, f.in, f.to);
	p.dst.addr = 0xe0000101;
	draws_none(r, p, "multicast");
	p.dst.addr = 0xffffffff;
	draws_none(r, p, "a broadcast");
	p.dst.addr = 0xc613ffff;
	draws_none(r, p, "a broadcast of the outside network");
	p = first_packet(UDP, f.in, f.to);
	p.src.addr = 0x7f000001;
	draws_none(r, p, "a loopback source");
	p.src.addr = 0xe0000101;
	draws_none(r, p, "a multicast source");
	p.src.addr = 0;
	draws_none(r, p, "a source of zeros");
	p = first_packet(UDP, f.in, f.to);
	p.len = 3000;
	p.ttl = 1;
	whole = whole_packet(r, p);
	post_piece(r, INSIDE, whole, 1480, 2960);
	settle(r);
	if (error_at(r, INSIDE, -1, -1))
		fail(r, "a later fragment with TTL 1 draws an error");
	own_error(r, INSIDE, ttl_1_out(r, UDP, f.in, f.to, 0), EXCEEDED, 0);
	seen(r, "nothing about an error, a bad header, broadcast, multicast, bad sources, a later fragment");
}

/* How many 11/0 come back for 500 packets */
static unsigned int count_errors(struct run *r, const struct slot *s, const char *limit)
{
	unsigned int i, num = 0;
	struct packet p;

	if (net_sysctl(r->net, "ipv4/icmp_ratemask", "6168") ||
	    net_sysctl(r->net, "ipv4/icmp_ratelimit", limit))
		cannot(r, "the limit cannot be set");
	for (i = 0; i < 500; i++) {
		p = first_packet(UDP, host(s, 1, 4000), server(s, 1, 5000));
		p.ttl = 1;
		post(r, INSIDE, p);
	}
	settle(r);
	while (error_at(r, INSIDE, EXCEEDED, 0))
		num++;
	return num;
}

void row_5508_10f(struct run *r)
{
	struct slot *s = rule(r, "");
	unsigned int slow, none;

	slow = count_errors(r, s, "1000");
	if (net_sysctl(r->net, "ipv4/icmp_ratelimit", "0"))
		cannot(r, "the limit cannot be set");
	none = count_errors(r, s, "0");
	if (slow >= none)
		fail(r, "500 packets draw %u errors with a limit and %u without", slow, none);
	seen(r, "500 packets draw %u errors with a limit of one a second, %u with none to a host",
	     slow, none);
}

/* ---- other kinds ---- */

void row_5508_10b_1(struct run *r)
{
	struct slot *s = rule(r, "");
	struct packet error, *in, *out;
	struct flow f;

	flow_make(&f, r, UDP, host(s, 1, 4000), server(s, 1, 5000));
	error = error_of(&f, OUTSIDE, REDIRECT, 1, server(s, WAY, 0).addr);
	in = error_across(&f, OUTSIDE, error);
	error = error_of(&f, INSIDE, REDIRECT, 1, host(s, WAY, 0).addr);
	out = error_across(&f, INSIDE, error);
	forget(r);
	if (!flow_alive(&f))
		fail(r, "after redirects the mapping carries nothing");
	report(r, in || out, "redirects from outside %s, from inside %s; the mapping carries on",
	       in ? "arrive" : "do not arrive", out ? "go out" : "do not go out");
}

/* What becomes of an ICMP message that is no error and no echo, sent to a server and answered */
static void query(struct run *r, const struct slot *s, uint8_t type, uint8_t reply, size_t len)
{
	struct packet p = { .proto = ICMP, .type = type, .src = host(s, 1, 0),
			    .dst = server(s, 1, 0), .rest = 0x12340001, .len = len };
	struct packet *sent = emit(r, INSIDE, p), *got = arrived(r, OUTSIDE, sent);
	struct crossing c;

	if (!got)
		report(r, false, "type %u does not go out", type);
	if (got->src.addr == p.src.addr)
		report(r, false, "type %u goes out as it is, untranslated", type);
	p = (struct packet){ .proto = ICMP, .type = reply, .src = server(s, 1, 0),
			     .dst = { .addr = got->src.addr }, .rest = got->rest,
			     .data = got->data, .len = got->len };
	report(r, cross_in(r, p, host(s, 1, 0), &c), "type %u goes out from %s, the reply %s",
	       type, addr_text(got->src.addr), c.got ? "arrives" : "does not arrive");
}

void row_5508_10b_2(struct run *r)
{
	query(r, rule(r, ""), TIMESTAMP, TIMESTAMP_REPLY, 12);
}

void row_5508_10b_4(struct run *r)
{
	query(r, rule(r, ""), MASK, MASK + 1, 4);
}

/* A loose source route by way of a router, in the options of a packet */
static void source_route(struct packet *p, uint32_t way)
{
	static const uint8_t start[] = { 131, 7, 4 };

	memcpy(p->options, start, sizeof(start));
	put32(p->options + 3, way);
	p->options[7] = 0;
	p->num_options = 8;
}

void row_5508_10b_3(struct run *r)
{
	struct slot *s = rule(r, "");
	struct packet p = first_packet(UDP, host(s, 1, 4000), server(s, 1, 5000));

	source_route(&p, server(s, WAY, 0).addr);
	p.dst.addr = LAN_ADDR;
	emit(r, INSIDE, p);
	report(r, r->queue[OUTSIDE], "a packet with a source route %s",
	       r->queue[OUTSIDE] ? "passes" : "does not pass");
}

void row_5508_s7_3(struct run *r)
{
	struct slot *s = rule(r, "");
	struct packet p, *about, *got;
	struct flow f;

	flow_make(&f, r, UDP, host(s, 1, 4000), server(s, 1, 5000));
	p = first_packet(ICMP, host(s, 1, 4000), server(s, 1, 0));
	source_route(&p, server(s, WAY, 0).addr);
	emit(r, INSIDE, p);
	got = any_at(r, OUTSIDE);
	if (got)
		fail(r, "an echo with a source route goes out: %s", packet_text(got));
	forget(r);
	p = answer(UDP, f.to, f.in);
	source_route(&p, host(s, WAY, 0).addr);
	about = whole_packet(r, p);
	emit(r, INSIDE, error_about(about, f.in.addr, UNREACHABLE, 3, 0));
	got = any_at(r, OUTSIDE);
	if (got)
		fail(r, "an error about a packet with a source route goes out: %s",
		     packet_text(got));
	seen(r, "neither an echo nor an error with a source route goes out");
}

void row_5508_10b_5(struct run *r)
{
	struct slot *s = rule(r, "");
	struct flow f;

	flow_make(&f, r, UDP, host(s, 1, 4000), server(s, 1, 5000));
	error_crosses(&f, OUTSIDE, f.to.addr, PARAMETER, 0, 0x14000000);
	error_crosses(&f, INSIDE, f.in.addr, PARAMETER, 0, 0x09000000);
	seen(r, "type 12 arrives from either side, its pointer kept");
}

/* Does the NAT answer that message from inside, or pass it on? */
static void asked(struct run *r, const struct slot *s, uint8_t type, const char **said)
{
	struct packet p = { .proto = ICMP, .type = type, .src = host(s, 1, 0),
			    .dst.addr = LAN_ADDR, .rest = 0x12340001 };

	emit(r, INSIDE, p);
	*said = any_at(r, INSIDE) ? "is answered" : "is not answered";
	p.dst = server(s, 1, 0);
	emit(r, INSIDE, p);
}

void row_5508_10b_6(struct run *r)
{
	struct slot *s = rule(r, "");
	const char *said;
	bool passes;

	asked(r, s, 10, &said);
	passes = any_at(r, OUTSIDE);
	report(r, !strcmp(said, "is answered"), "a router solicitation to the NAT %s, one to a server %s",
	       said, passes ? "goes out" : "does not go out");
}

void row_5508_10c_2(struct run *r)
{
	struct slot *s = rule(r, "");
	const char *said;
	bool passes;

	asked(r, s, INFORMATION, &said);
	passes = any_at(r, OUTSIDE);
	if (!strcmp(said, "is answered"))
		fail(r, "the NAT answers an information request");
	seen(r, "an information request to the NAT is not answered, one to a server %s",
	     passes ? "goes out" : "does not go out");
}

void row_5508_10c_1(struct run *r)
{
	struct slot *s = rule(r, "");
	struct packet p;
	struct flow f;
	unsigned int i;

	flow_make(&f, r, UDP, host(s, 1, 4000), server(s, 1, 5000));
	emit(r, OUTSIDE, error_of(&f, OUTSIDE, QUENCH, 0, 0));
	forget(r);
	if (!flow_alive(&f))
		fail(r, "after a source quench the mapping carries nothing");
	for (i = 0; i < 300; i++) {
		p = first_packet(UDP, f.in, f.to);
		p.len = 1400;
		post(r, INSIDE, p);
	}
	settle(r);
	if (error_at(r, INSIDE, QUENCH, -1) || error_at(r, OUTSIDE, QUENCH, -1))
		fail(r, "the NAT sends a source quench");
	seen(r, "one from outside changes nothing, 300 big packets at once draw none");
}

void row_5508_11(struct run *r)
{
	static const uint8_t types[] = { 9, 10, 41 };
	struct slot *s = rule(r, "");
	unsigned int i, in = 0, out = 0;
	struct packet p;
	struct flow f;

	flow_make(&f, r, ICMP, host(s, 1, 4000), server(s, 1, 0));
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		p = (struct packet){ .proto = ICMP, .type = types[i], .src = host(s, 1, 0),
				     .dst = server(s, 1, 0), .rest = 0x0fa00001 };
		out += arrived(r, OUTSIDE, emit(r, INSIDE, p)) != NULL;
		p.src = server(s, 1, 0);
		p.dst = f.ext;
		in += arrived(r, INSIDE, emit(r, OUTSIDE, p)) != NULL;
		forget(r);
	}
	if (!flow_alive(&f))
		fail(r, "after them an echo's mapping carries nothing");
	report(r, true, "of types 9, 10 and 41, %u go out and %u come in; an echo's mapping carries on",
	       out, in);
}
