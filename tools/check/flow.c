// SPDX-License-Identifier: GPL-2.0
/*
 * What rows are written with: rules, hosts, packets that cross the NAT.
 */
#include "rows.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/**
 * rule() - have a slot with a rule of its own
 * @r: row; all its slots come before its first packet
 * @options: of the rule: what follows `naru napt rule add dev wan0 src PREFIX`, without `to` for one
 *	     external address; @N, ^N and #N stand for external address, inside host and server N.
 *	     Several rules have ; between them
 *
 * Return: the slot.
 */
struct slot *rule(struct run *r, const char *options)
{
	struct slot *s = &r->slot[r->num_slots++];

	if (r->state != RUN_NEW || r->num_slots > RULES_MAX) {
		cmd_fail("%s wants a slot after its first packet, or too many", r->row->id);
		abort();
	}
	net_slot(r->net, r, s, options);
	return s;
}

struct ep host(const struct slot *s, unsigned int nr, uint16_t port)
{
	return (struct ep){ HOSTS + s->nr * 256 + nr, port };
}

struct ep server(const struct slot *s, unsigned int nr, uint16_t port)
{
	return (struct ep){ SERVERS + s->nr * 256 + nr, port };
}

struct ep external(const struct slot *s, unsigned int nr, uint16_t port)
{
	return (struct ep){ EXTERNALS + s->nr * 256 + nr, port };
}

/* ---- how it ends ---- */

static void say(struct run *r, const char *format, va_list args)
{
	vsnprintf(r->seen, sizeof(r->seen), format, args);
}

void seen(struct run *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(r, format, args);
	va_end(args);
}

void fail(struct run *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(r, format, args);
	va_end(args);
	r->met = NOT_MET;
	sched_end(r);
}

void cannot(struct run *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(r, format, args);
	va_end(args);
	r->met = CANNOT;
	sched_end(r);
}

/* What a MAY row is: whether the NAT does it, and how */
void report(struct run *r, bool met, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(r, format, args);
	va_end(args);
	r->met = met ? MET : NOT_MET;
	sched_end(r);
}

/* ---- protocols, and how things are written ---- */

static uint8_t nth(const uint8_t *protos, size_t num, unsigned int i)
{
	size_t j;

	for (j = 0; j < num; j++)
		if (!check.nft || (protos[j] != STREAM && protos[j] != DGRAM))
			if (!i--)
				return protos[j];
	return 0;
}

uint8_t dgram(unsigned int i)
{
	return nth((const uint8_t[]){ UDP, DGRAM }, 2, i);
}

uint8_t stream(unsigned int i)
{
	return nth((const uint8_t[]){ TCP, STREAM }, 2, i);
}

uint8_t ported(unsigned int i)
{
	return nth((const uint8_t[]){ TCP, UDP, STREAM, DGRAM }, 4, i);
}

uint8_t every(unsigned int i)
{
	return nth((const uint8_t[]){ TCP, UDP, ICMP, STREAM, DGRAM }, 5, i);
}

const char *proto_name(uint8_t proto)
{
	static char number[2][8];
	static unsigned int turn;

	switch (proto) {
	case TCP:
		return "TCP";
	case UDP:
		return "UDP";
	case ICMP:
		return "echo";
	}
	turn ^= 1;
	snprintf(number[turn], sizeof(number[turn]), "%u", proto);
	return number[turn];
}

/* Texts live for a few calls more */
const char *addr_text(uint32_t addr)
{
	static char text[8][16];
	static unsigned int turn;

	turn = (turn + 1) % 8;
	snprintf(text[turn], sizeof(*text), "%u.%u.%u.%u", addr >> 24, addr >> 16 & 255,
		 addr >> 8 & 255, addr & 255);
	return text[turn];
}

const char *ep_text(struct ep ep)
{
	static char text[8][24];
	static unsigned int turn;

	turn = (turn + 1) % 8;
	snprintf(text[turn], sizeof(*text), "%s:%u", addr_text(ep.addr), ep.port);
	return text[turn];
}

const char *packet_text(const struct packet *p)
{
	static char text[4][96];
	static unsigned int turn;

	turn = (turn + 1) % 4;
	if (p->proto == ICMP && p->type != ECHO && p->type != ECHO_REPLY)
		snprintf(text[turn], sizeof(*text), "ICMP %u/%u from %s to %s", p->type, p->code,
			 addr_text(p->src.addr), addr_text(p->dst.addr));
	else
		snprintf(text[turn], sizeof(*text), "%s from %s to %s", proto_name(p->proto),
			 ep_text(p->src), ep_text(p->dst));
	return text[turn];
}

/* ---- packets ---- */

static struct packet *keep(struct run *r, struct packet *p)
{
	p->next = r->kept;
	r->kept = p;
	return p;
}

/**
 * post() - send a packet; it may still be under way when this returns
 * @r: row
 * @side: from where
 * @p: packet
 *
 * Return: the packet as it was sent; it goes with the row.
 */
struct packet *post(struct run *r, enum realm side, struct packet p)
{
	static uint16_t id;
	struct packet *sent = malloc(sizeof(*sent));

	sched_start(r);
	p.id = p.id ? p.id : ++id;
	p.ttl = p.ttl ? p.ttl : 64;
	p.window = p.window ? p.window : 65535;
	if (!sent || !packet_build(&p)) {
		cmd_fail("no memory");
		abort();
	}
	p.time = clock_now(CLOCK_REALTIME);
	*sent = p;
	wire_post(r->net, side, sent);
	return keep(r, sent);
}

void settle(struct run *r)
{
	sched_breathe(r);
}

/* Send a packet, and let it and what it causes arrive */
struct packet *emit(struct run *r, enum realm side, struct packet p)
{
	struct packet *sent = post(r, side, p);

	settle(r);
	return sent;
}

static struct packet *take(struct run *r, struct packet **at)
{
	struct packet *p = *at;

	*at = p->next;
	return keep(r, p);
}

/**
 * arrived() - did a packet come out?
 * @r: row
 * @side: where
 * @sent: packet
 *
 * Return: the packet as it came out, taken from the queue, or NULL.
 */
struct packet *arrived(struct run *r, enum realm side, const struct packet *sent)
{
	struct packet **at;

	for (at = &r->queue[side]; *at; at = &(*at)->next)
		if (packet_same(*at, sent))
			return take(r, at);
	return NULL;
}

/**
 * error_at() - did an ICMP error come out?
 * @r: row
 * @side: where
 * @type: its type; -1: any
 * @code: its code; -1: any
 *
 * Return: the first, taken from the queue, or NULL.
 */
struct packet *error_at(struct run *r, enum realm side, int type, int code)
{
	struct packet **at;

	for (at = &r->queue[side]; *at; at = &(*at)->next)
		if (packet_is_error(*at) && (type < 0 || (*at)->type == type) &&
		    (code < 0 || (*at)->code == code))
			return take(r, at);
	return NULL;
}

/* The next that came out, whatever it is; NULL: none */
struct packet *any_at(struct run *r, enum realm side)
{
	return r->queue[side] ? take(r, &r->queue[side]) : NULL;
}

/* What has come out so far does not matter */
void forget(struct run *r)
{
	while (any_at(r, INSIDE) || any_at(r, OUTSIDE))
		;
}

/* All checksums are right and nothing is missing */
bool sound(const struct packet *p)
{
	return !p->bad_header && !p->bad_sum && !p->cut;
}

/* ---- flows ---- */

/* What begins a flow: a SYN, a datagram, an echo request whose id is the port it comes from */
struct packet first_packet(uint8_t proto, struct ep from, struct ep to)
{
	static uint32_t seq = 0x10000000;
	struct packet p = { .proto = proto, .src = from, .dst = to };

	if (is_stream(proto)) {
		p.flags = SYN;
		p.seq = seq += 0x10001;
		return p;
	}
	p.len = 32;
	if (proto == ICMP) {
		p.type = ECHO;
		p.seq = ++seq & 0xffff;
	}
	return p;
}

/* Translated, and otherwise as it was sent */
static void check_passage(struct run *r, const struct packet *p, const struct packet *sent)
{
	if (!sound(p))
		fail(r, "%s comes out with a wrong checksum", packet_text(p));
	if (p->tos != sent->tos || p->ttl != sent->ttl - 1)
		fail(r, "%s comes out with another TOS or TTL", packet_text(p));
}

/**
 * cross_out() - send a packet from inside
 * @r: row
 * @p: packet
 * @c: filled; @c->got is NULL if it did not come out
 *
 * Return: whether it came out, its destination as it was.
 */
bool cross_out(struct run *r, struct packet p, struct crossing *c)
{
	c->sent = emit(r, INSIDE, p);
	c->got = arrived(r, OUTSIDE, c->sent);
	if (!c->got)
		return false;
	check_passage(r, c->got, c->sent);
	if (c->got->dst.addr != p.dst.addr || (p.proto != ICMP && c->got->dst.port != p.dst.port))
		fail(r, "%s comes out as %s", packet_text(c->sent), packet_text(c->got));
	return true;
}

/**
 * cross_in() - send a packet from outside
 * @r: row
 * @p: packet
 * @inside: where it has to arrive, if it does
 * @c: filled; @c->got is NULL if it did not arrive
 *
 * Return: whether it arrived, its source as it was.
 */
bool cross_in(struct run *r, struct packet p, struct ep inside, struct crossing *c)
{
	c->sent = emit(r, OUTSIDE, p);
	c->got = arrived(r, INSIDE, c->sent);
	if (!c->got)
		return false;
	check_passage(r, c->got, c->sent);
	if (!ep_same(c->got->dst, inside))
		fail(r, "%s arrives at %s, not at %s", packet_text(c->sent),
		     ep_text(c->got->dst), ep_text(inside));
	if (c->got->src.addr != p.src.addr || (p.proto != ICMP && c->got->src.port != p.src.port))
		fail(r, "%s arrives as %s", packet_text(c->sent), packet_text(c->got));
	return true;
}

/* The first packet of a flow from inside; whether it came out, and its external endpoint */
bool try_out(struct run *r, uint8_t proto, struct ep from, struct ep to, struct ep *ext)
{
	struct crossing c;

	if (!cross_out(r, first_packet(proto, from, to), &c))
		return false;
	*ext = c.got->src;
	return true;
}

/* The same where it has to come out, and translated; returns its external endpoint */
struct ep go_out(struct run *r, uint8_t proto, struct ep from, struct ep to)
{
	struct ep ext;

	if (!try_out(r, proto, from, to, &ext))
		fail(r, "%s from %s to %s does not come out", proto_name(proto), ep_text(from),
		     ep_text(to));
	if (ext.addr == from.addr)
		fail(r, "%s from %s to %s is not translated", proto_name(proto), ep_text(from),
		     ep_text(to));
	return ext;
}

static bool in_with(struct run *r, struct packet p, struct ep inside)
{
	struct crossing c;

	return cross_in(r, p, inside, &c);
}

/* What answers a flow's first packet: a SYN-ACK, a datagram, an echo's reply */
struct packet answer(uint8_t proto, struct ep from, struct ep ext)
{
	struct packet p = first_packet(proto, from, ext);

	if (is_stream(proto)) {
		p.flags = SYN | ACK;
		p.ack = 1;
	}
	if (proto == ICMP) {
		p.type = ECHO_REPLY;
		p.src.port = ext.port;
	}
	return p;
}

/**
 * get_in() - send what begins a flow from outside: a SYN, a datagram, but of echo a reply
 * @r: row
 * @proto: protocol
 * @from: outside endpoint
 * @ext: external endpoint
 * @inside: inside endpoint where it has to arrive, if it does
 *
 * Return: whether it arrives.
 */
bool get_in(struct run *r, uint8_t proto, struct ep from, struct ep ext, struct ep inside)
{
	if (proto == ICMP)
		return answer_in(r, proto, from, ext, inside);
	return in_with(r, first_packet(proto, from, ext), inside);
}

/* The same with what answers a flow's first packet */
bool answer_in(struct run *r, uint8_t proto, struct ep from, struct ep ext, struct ep inside)
{
	return in_with(r, answer(proto, from, ext), inside);
}

/**
 * error_about() - an ICMP error
 * @about: packet that it is about, as whoever sends the error has it
 * @from: who sends it
 * @type: its type
 * @code: its code
 * @rest: second word of its header
 *
 * Return: the error, with as much of @about as RFC 1812 wants.
 */
struct packet error_about(const struct packet *about, uint32_t from, int type, int code,
			  uint32_t rest)
{
	return (struct packet){
		.proto = ICMP, .src.addr = from, .dst.addr = about->src.addr, .type = type,
		.code = code, .rest = rest, .data = about->bytes,
		.len = about->size < 548 ? about->size : 548,
	};
}
