// SPDX-License-Identifier: GPL-2.0
/*
 * How long mappings of UDP, 254 and echo live, and what refreshes them: RFC 4787 REQ-5 and 6,
 * RFC 5508 REQ-2 and 6, RFC 7857 7.
 */
#include "rows.h"

#include <string.h>

#define PROBES	5

/* A flow of each protocol, the same otherwise */
struct probes {
	struct run *r;
	unsigned int num;
	uint8_t proto[PROBES];
	struct ep in, to;
	struct ep ext[PROBES];
	struct crossing out[PROBES];
};

/* The first packet of each goes out */
static void begin(struct probes *p, struct run *r, uint8_t (*nth)(unsigned int), struct ep in,
		  struct ep to)
{
	unsigned int i;

	memset(p, 0, sizeof(*p));
	p->r = r;
	p->in = in;
	p->to = to;
	for (i = 0; (p->proto[i] = nth(i)); i++) {
		if (!cross_out(r, first_packet(p->proto[i], in, to), &p->out[i]))
			fail(r, "%s from %s to %s does not come out", proto_name(p->proto[i]),
			     ep_text(in), ep_text(to));
		p->ext[i] = p->out[i].got->src;
		p->num++;
	}
}

static uint8_t echo(unsigned int i)
{
	return i ? 0 : ICMP;
}

/* Answers have to arrive before the limit */
static void alive(struct probes *p, double limit)
{
	unsigned int i;
	bool ok;

	for (i = 0; i < p->num; i++) {
		ok = answer_in(p->r, p->proto[i], p->to, p->ext[i], p->in);
		in_time(p->r, limit);
		if (!ok)
			fail(p->r, "%s: an answer after %.0f s does not arrive",
			     proto_name(p->proto[i]), elapsed(p->r));
	}
}

/* Does an answer to any of them arrive? */
static bool any_alive(struct probes *p)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < p->num; i++)
		any |= answer_in(p->r, p->proto[i], p->to, p->ext[i], p->in);
	return any;
}

/* One packet out, an answer just before the limit */
static void lives(struct run *r, uint8_t (*nth)(unsigned int), const char *options, uint16_t port,
		  unsigned int limit)
{
	struct slot *s = rule(r, options);
	struct probes p;

	mark(r);
	begin(&p, r, nth, host(s, 1, 4000), server(s, 1, port));
	wait_before(r, limit);
	alive(&p, limit);
	seen(r, "an answer after %.0f s arrives", elapsed(r));
}

/* An answer just before the limit arrives, one to another mapping just after it does not */
static void lives_and_dies(struct run *r, uint8_t (*nth)(unsigned int), const char *options,
			   unsigned int limit)
{
	struct slot *s = rule(r, options);
	struct probes p, q;
	double before;

	mark(r);
	begin(&p, r, nth, host(s, 1, 4000), server(s, 1, 5000));
	wait_before(r, limit);
	before = elapsed(r);
	alive(&p, limit);
	begin(&q, r, nth, host(s, 2, 4000), server(s, 1, 5000));
	mark(r);
	wait_after(r, limit);
	if (any_alive(&q))
		fail(r, "with a timer of %u s an answer after %.0f s arrives", limit, elapsed(r));
	seen(r, "with a timer of %u s an answer after %.0f s arrives, one after %.0f s does not",
	     limit, before, elapsed(r));
}

void row_4787_5(struct run *r)
{
	lives(r, dgram, "udp 120", 5000, 120);
}

void row_4787_5a(struct run *r)
{
	struct slot *s = rule(r, "udp 120");
	struct probes p;
	bool any;

	mark(r);
	begin(&p, r, dgram, host(s, 1, 4000), server(s, 1, 53));
	wait_before(r, 120);
	any = any_alive(&p);
	in_time(r, 120);
	report(r, !any, "a mapping used to port 53 alone %s", any ? "lives as long as others" :
	       "has gone early");
}

void row_4787_5b(struct run *r)
{
	if (check.nft)
		cannot(r, "not by rule: a setting of conntrack is for the whole namespace");
	lives_and_dies(r, dgram, "udp 200", 200);
}

void row_4787_5c(struct run *r)
{
	lives(r, dgram, "", 5000, 300);
}

void row_5508_2(struct run *r)
{
	lives(r, echo, "icmp 60", 0, 60);
}

void row_5508_2a(struct run *r)
{
	if (check.nft)
		cannot(r, "not by rule: a setting of conntrack is for the whole namespace");
	lives_and_dies(r, echo, "icmp 90", 90);
}

/* A packet goes out within the limit since the last one, from where the last came */
static void refresh_out(struct probes *p, unsigned int limit)
{
	uint64_t now = clock_now(CLOCK_MONOTONIC);
	struct ep ext;
	unsigned int i;

	for (i = 0; i < p->num; i++) {
		ext = go_out(p->r, p->proto[i], p->in, p->to);
		in_time(p->r, limit);
		if (!ep_same(ext, p->ext[i]))
			fail(p->r, "%s from %s comes from %s, then from %s", proto_name(p->proto[i]),
			     ep_text(p->in), ep_text(p->ext[i]), ep_text(ext));
	}
	mark_at(p->r, now);
}

void row_4787_6(struct run *r)
{
	struct slot *s = rule(r, "udp 120");
	struct probes p;
	unsigned int i;

	/* Another host has the wanted port: a mapping that ended would come back as another */
	go_out(r, UDP, host(s, 2, 4000), server(s, 1, 5000));
	mark(r);
	begin(&p, r, dgram, host(s, 1, 4000), server(s, 1, 5000));
	for (i = 0; i < 6; i++) {
		wait_until(r, 100);
		refresh_out(&p, 120);
	}
	wait_before(r, 120);
	alive(&p, 120);
	seen(r, "a packet every 100 s for 10 minutes: always the same port, and an answer %.0f s after the last arrives",
	     elapsed(r));
}

/* Does the inbound packet at 200 s arrive, after one at 100 s? */
static bool refreshed_in(struct probes *p)
{
	bool ok = true;
	unsigned int i;

	for (i = 0; i < p->num; i++)
		ok &= answer_in(p->r, p->proto[i], p->to, p->ext[i], p->in);
	return ok;
}

void row_4787_6a(struct run *r)
{
	struct slot *s = rule(r, "udp 120 refresh-in on"), *t = rule(r, "udp 120");
	struct probes on, off;
	bool with, without;

	mark(r);
	begin(&on, r, dgram, host(s, 1, 4000), server(s, 1, 5000));
	begin(&off, r, dgram, host(t, 1, 4000), server(t, 1, 5000));
	wait_until(r, 100);
	with = refreshed_in(&on) && refreshed_in(&off);
	in_time(r, 120);
	if (!with)
		fail(r, "a packet from outside after 100 s does not arrive");
	wait_until(r, 100 + 112);
	with = refreshed_in(&on);
	in_time(r, 220);
	without = refreshed_in(&off);
	report(r, with, "120 s timer, packets from outside alone, after 100 s and 212 s: the second arrives with the switch on: %s, off: %s",
	       with ? "yes" : "no", without ? "yes" : "no");
}

/* ---- what does not refresh ---- */

void row_5508_6(struct run *r)
{
	struct slot *s = rule(r, "icmp 180");
	struct probes p, q;
	unsigned int at;

	mark(r);
	begin(&p, r, echo, host(s, 1, 4000), server(s, 1, 0));
	begin(&q, r, echo, host(s, 2, 4001), server(s, 1, 0));
	for (at = 40; at < 180; at += 40) {
		wait_until(r, at);
		emit(r, OUTSIDE, error_about(p.out[0].got, p.to.addr, EXCEEDED, 0, 0));
		emit(r, OUTSIDE, error_about(q.out[0].got, p.to.addr, UNREACHABLE, 1, 0));
		emit(r, OUTSIDE, error_about(q.out[0].got, p.to.addr, EXCEEDED, 0, 0));
	}
	wait_before(r, 180);
	alive(&p, 180);
	wait_after(r, 180);
	if (any_alive(&q))
		fail(r, "errors alone have kept a session for %.0f s", elapsed(r));
	seen(r, "errors every 40 s: a reply just before 180 s arrives, one after %.0f s does not",
	     elapsed(r));
}

void row_7857_7a(struct run *r)
{
	struct slot *s = rule(r, "udp 120 filtering apd refresh-in on");
	static const unsigned int at[] = { 60, 108 };
	struct probes p;
	unsigned int i, j;

	mark(r);
	begin(&p, r, dgram, host(s, 1, 4000), server(s, 1, 5000));
	mark(r);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		wait_until(r, at[i]);
		for (j = 0; j < p.num; j++)
			if (get_in(r, p.proto[j], server(s, 2, 5000), p.ext[j], p.in))
				fail(r, "a stranger's packet gets in where it should be refused");
	}
	wait_after(r, 120);
	if (any_alive(&p))
		fail(r, "strangers' packets have kept a mapping for %.0f s", elapsed(r));
	seen(r, "strangers' packets refused after 60 and 108 s, and the mapping has gone in time");
}

void row_7857_7b(struct run *r)
{
	struct slot *s = rule(r, "tcp-open 240 filtering apd unsolicited drop");
	static const unsigned int at[] = { 60, 120, 180, 225 };
	struct probes p;
	unsigned int i, j;

	begin(&p, r, stream, host(s, 1, 4000), server(s, 1, 5000));
	mark(r);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		wait_until(r, at[i]);
		for (j = 0; j < p.num; j++)
			if (get_in(r, p.proto[j], server(s, 2, 5000), p.ext[j], p.in))
				fail(r, "a stranger's SYN gets in where it should be refused");
	}
	wait_after(r, 240);
	if (any_alive(&p))
		fail(r, "strangers' SYNs have kept a mapping for %.0f s", elapsed(r));
	seen(r, "strangers' SYNs refused until 225 s, and the mapping has gone in time");
}

/* What comes from outside, and the inside host's refusal of it */
static void refused_datagram(struct probes *p, unsigned int i)
{
	struct packet error;
	struct crossing c;

	if (!cross_in(p->r, answer(p->proto[i], p->to, p->ext[i]), p->in, &c))
		fail(p->r, "a packet from outside does not arrive");
	error = error_about(c.got, p->in.addr, UNREACHABLE, 3, 0);
	emit(p->r, INSIDE, error);
	if (!error_at(p->r, OUTSIDE, UNREACHABLE, 3))
		fail(p->r, "3/3 from inside does not come out");
}

static void refused_segment(struct probes *p, unsigned int i)
{
	struct packet ack = first_packet(p->proto[i], p->to, p->ext[i]), rst;
	struct crossing c;

	ack.flags = ACK;
	ack.ack = p->out[i].sent->seq + 0x20000000;
	if (!cross_in(p->r, ack, p->in, &c))
		fail(p->r, "%s: an ACK from outside does not arrive", proto_name(p->proto[i]));
	rst = first_packet(p->proto[i], p->in, p->to);
	rst.flags = RST;
	rst.seq = ack.ack;
	if (!cross_out(p->r, rst, &c))
		fail(p->r, "%s: a RST does not come out", proto_name(p->proto[i]));
}

void row_7857_7_1a(struct run *r)
{
	struct slot *s = rule(r, "udp 120 tcp-open 240");
	struct probes udp, tcp;
	unsigned int i, at;

	begin(&udp, r, dgram, host(s, 1, 4000), server(s, 1, 5000));
	begin(&tcp, r, stream, host(s, 1, 4000), server(s, 1, 5000));
	mark(r);
	for (at = 54; at < 120; at += 54) {
		wait_until(r, at);
		for (i = 0; i < udp.num; i++)
			refused_datagram(&udp, i);
		in_time(r, 120);
	}
	for (i = 0; i < tcp.num; i++)
		refused_segment(&tcp, i);
	in_time(r, 120);
	wait_after(r, 120);
	if (any_alive(&udp))
		fail(r, "ICMP errors from inside have kept a mapping for %.0f s", elapsed(r));
	wait_until(r, 220);
	for (i = 0; i < tcp.num; i++)
		refused_segment(&tcp, i);
	in_time(r, 240);
	wait_after(r, 240);
	if (any_alive(&tcp))
		fail(r, "RSTs from inside have kept a mapping for %.0f s", elapsed(r));
	seen(r, "3/3 and RSTs that answer go out, and the mappings have gone in time");
}

void row_7857_7_1b(struct run *r)
{
	static const uint8_t stun_error[20] = { 0x01, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3 };
	struct slot *s = rule(r, "udp 120");
	struct ep in = host(s, 1, 3478), to = server(s, 1, 5000), ext;
	struct packet p = { .proto = UDP, .src = in, .dst = to, .data = stun_error,
			    .len = sizeof(stun_error) };
	struct crossing c;
	unsigned int at;
	bool kept;

	ext = go_out(r, UDP, in, to);
	mark(r);
	for (at = 54; at < 120; at += 54) {
		wait_until(r, at);
		if (!cross_out(r, p, &c))
			fail(r, "a STUN error response does not come out");
	}
	wait_after(r, 120);
	kept = answer_in(r, UDP, to, ext, in);
	report(r, !kept, "STUN error responses %s", kept ? "refresh like any packet from inside" :
	       "do not refresh");
}

void row_7857_11(struct run *r)
{
	struct slot *s = rule(r, "icmp 60");
	struct ep in = host(s, 1, 4000), ext, again;

	go_out(r, ICMP, host(s, 2, 4000), server(s, 1, 0));
	ext = go_out(r, ICMP, in, server(s, 1, 0));
	go_out(r, ICMP, in, server(s, 2, 0));
	mark(r);
	wait_after(r, 60);
	go_out(r, ICMP, host(s, 2, 4000), server(s, 1, 0));
	again = go_out(r, ICMP, in, server(s, 1, 0));
	report(r, again.port != ext.port, "id %u was %u outside, and is %u after its sessions have gone",
	       in.port, ext.port, again.port);
}

void row_4787_s9(struct run *r)
{
	struct slot *s = rule(r, "udp 120");
	struct crossing in[PROBES];
	struct probes p;
	unsigned int i;
	bool ok;

	mark(r);
	begin(&p, r, dgram, host(s, 1, 4000), server(s, 1, 5000));
	for (i = 0; i < p.num; i++)
		if (!cross_in(r, answer(p.proto[i], p.to, p.ext[i]), p.in, &in[i]))
			fail(r, "an answer does not arrive");
	wait_before(r, 120);
	for (i = 0; i < p.num; i++) {
		struct packet *got;

		emit(r, OUTSIDE, error_about(p.out[i].got, p.to.addr, UNREACHABLE, 3, 0));
		got = error_at(r, INSIDE, UNREACHABLE, 3);
		ok = got && packet_embeds(got, p.out[i].sent) && got->dst.addr == p.in.addr;
		in_time(r, 120);
		if (!ok)
			fail(r, "%s: an error from outside does not arrive as its host knows it",
			     proto_name(p.proto[i]));
		emit(r, INSIDE, error_about(in[i].got, p.in.addr, UNREACHABLE, 3, 0));
		got = error_at(r, OUTSIDE, UNREACHABLE, 3);
		ok = got && packet_embeds(got, in[i].sent) && got->dst.addr == p.to.addr;
		in_time(r, 120);
		if (!ok)
			fail(r, "%s: an error from inside does not arrive as its host knows it",
			     proto_name(p.proto[i]));
	}
	seen(r, "3/3 from both sides after %.0f of 120 s", elapsed(r));
}
