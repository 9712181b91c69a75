// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 5382: what TCP and 253 need of a NAT, and unsolicited SYNs.
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

void row_5382_1(struct run *r)
{
	struct slot *s = rule(r, "");
	struct conn a, b, c;
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = stream(i)); i++) {
		struct ep in = host(s, 1, 4000);

		conn_init(&a, r, proto, in, server(s, 1, 5001));
		conn_init(&b, r, proto, in, server(s, 1, 5002));
		conn_init(&c, r, proto, in, server(s, 2, 5001));
		conn_open(&a);
		conn_open(&b);
		conn_open(&c);
		if (!ep_same(a.ext, b.ext) || !ep_same(a.ext, c.ext))
			fail(r, "%s from %s is %s to S1:1, %s to S1:2, %s to S2:1",
			     proto_name(proto), ep_text(in), ep_text(a.ext), ep_text(b.ext),
			     ep_text(c.ext));
		if (!conn_data(&a) || !conn_data(&b) || !conn_data(&c))
			fail(r, "%s: data is lost", proto_name(proto));
	}
	seen(r, "one source to three destinations, %s", ep_text(a.ext));
}

/* ---- sequences of segments ---- */

/*
 * A story is words: > from inside or < from outside, flags S A F R, bytes of data; ! for the last
 * segment of that side once more.
 */
static uint8_t flags_of(const char *word)
{
	uint8_t flags = 0;

	for (word++; *word && *word != ' '; word++)
		flags |= *word == 'S' ? SYN : *word == 'A' ? ACK : *word == 'F' ? FIN :
			 *word == 'R' ? RST : 0;
	return flags;
}

/* All segments of a story arrive */
static void play(struct conn *c, const char *story)
{
	struct packet last[2] = { 0 };
	const char *word = story;
	size_t len;

	for (; word; word = strchr(word, ' ') ? strchr(word, ' ') + 1 : NULL) {
		enum realm from = *word == '>' ? INSIDE : OUTSIDE;
		uint8_t flags = flags_of(word);

		len = strtoul(word + 1 + strspn(word + 1, "SAFR"), NULL, 10);
		if (word[1] != '!') {
			last[from] = conn_packet(c, from, flags, len);
			c->seq[from] += len + !!(flags & SYN) + !!(flags & FIN);
		}
		if (!conn_carry(c, from, &last[from]))
			fail(c->r, "%s: in \"%s\" segment \"%.*s\" does not arrive",
			     proto_name(c->proto), story, (int)strcspn(word, " "), word);
	}
}

void row_5382_2(struct run *r)
{
	static const char *const stories[] = {
		">S <SA >A >A20 <A >FA <A <A30 >A <A40 >A <FA >A",	/* half-close */
		">S <SA >A >FA <FA >A <A",				/* simultaneous close */
		">S >! <SA <! >A <FA <! >A >FA >! <A",			/* sent again */
		">S <SA >A >A20 <RA",
		">S <SA >A <A20 >RA",
		">S <RA",
		"<S >SA <A <A20 >A30 <FA >A >A30 <A >FA <A",		/* opened from outside */
	};
	struct slot *s = rule(r, "filtering ei");
	unsigned int i, j;
	struct conn c;
	uint8_t proto;

	for (i = 0; (proto = stream(i)); i++)
		for (j = 0; j < ARRAY_SIZE(stories); j++) {
			conn_init(&c, r, proto, host(s, 1, 4000 + j), server(s, 1, 5000));
			if (*stories[j] == '<')
				c.ext = go_out(r, proto, c.in, server(s, 2, 5000));
			play(&c, stories[j]);
		}
	seen(r, "half-close, simultaneous close, resent SYN and FIN, RST, opened from outside: all segments arrive");
}

void row_5382_2a(struct run *r)
{
	static const char *const modes[] = { "filtering ei", "filtering ad", "filtering apd" };
	struct slot *s[ARRAY_SIZE(modes)];
	unsigned int i, j;
	struct conn c;
	uint8_t proto;

	for (j = 0; j < ARRAY_SIZE(modes); j++)
		s[j] = rule(r, modes[j]);
	for (i = 0; (proto = stream(i)); i++)
		for (j = 0; j < ARRAY_SIZE(modes); j++) {
			conn_init(&c, r, proto, host(s[j], 1, 4000), server(s[j], 1, 5000));
			play(&c, ">S <S >SA <SA >A20 <A20 >A");
		}
	seen(r, "SYNs cross, SYN-ACKs both ways, data: all of it arrives, with every filtering");
}

/* ---- unsolicited SYNs ---- */

#define TICK	4000000		/* nanoseconds that a timer of whole ticks may seem early by */

/* Seconds of the NAT's time from one packet to another */
static double between(struct run *r, const struct packet *a, const struct packet *b)
{
	return (b->time - a->time) / 1e9 * r->net->divisor;
}

static struct packet syn(uint8_t proto, struct ep from, struct ep to)
{
	return first_packet(proto, from, to);
}

/* Anything that answers a SYN is at least 6 s later */
static void silent(struct run *r, const struct packet *sent)
{
	struct packet *p;
	double after;

	while ((p = any_at(r, OUTSIDE))) {
		after = between(r, sent, p) + TICK / 1e9 * r->net->divisor;
		if (after < 6)
			fail(r, "%s is answered after %.2f s by %s", packet_text(sent),
			     between(r, sent, p), packet_text(p));
	}
}

void row_5382_4(struct run *r)
{
	struct slot *s = rule(r, "filtering apd"), *t = rule(r, "to @2 filtering apd");
	unsigned int i, j;
	struct ep ext;
	uint8_t proto;

	for (i = 0; (proto = stream(i)); i++)
		for (j = 0; j < 2; j++) {
			struct slot *x = j ? t : s;
			struct packet *sent;

			ext = go_out(r, proto, host(x, 1, 4000), server(x, 1, 5000));
			forget(r);
			sent = post(r, OUTSIDE, syn(proto, server(x, 2, 5000), ext));
			mark(r);
			wait_until(r, 9);
			settle(r);
			silent(r, sent);
			ext.port = 30000;
			sent = post(r, OUTSIDE, syn(proto, server(x, 2, 5000), ext));
			mark(r);
			wait_until(r, 9);
			settle(r);
			silent(r, sent);
		}
	seen(r, "SYNs to filtered and to unmapped ports, own address and not: no answer in 6 s");
}

void row_5382_4_2(struct run *r)
{
	struct slot *s = rule(r, "filtering apd");
	struct ep in = host(s, 1, 30000), ext = external(s, 1, 30000), to = server(s, 1, 5000);
	struct packet *error;
	struct conn c;
	unsigned int i;
	uint8_t proto;
	bool in_again;

	for (i = 0; (proto = stream(i)); i++) {
		conn_init(&c, r, proto, in, to);
		mark(r);
		emit(r, OUTSIDE, syn(proto, to, ext));
		if (any_at(r, OUTSIDE))
			fail(r, "%s: the SYN is answered at once", proto_name(proto));
		wait_until(r, 3);
		conn_segment(&c, INSIDE, SYN, 0);
		in_time(r, 6);
		if (!ep_same(c.ext, ext))
			fail(r, "%s: the SYN that goes out comes from %s", proto_name(proto),
			     ep_text(c.ext));
		mark(r);
		wait_until(r, 15);
		settle(r);
		error = error_at(r, OUTSIDE, -1, -1);
		if (error)
			fail(r, "%s follows though a SYN went out", packet_text(error));
		in_again = conn_segment(&c, OUTSIDE, SYN, 0) &&
			   conn_segment(&c, INSIDE, SYN | ACK, 0) &&
			   conn_segment(&c, OUTSIDE, SYN | ACK, 0);
		if (!in_again)
			fail(r, "%s: the SYN sent again does not open the connection",
			     proto_name(proto));
	}
	seen(r, "SYN in, SYN out 3 s later: no ICMP, and the SYN sent again opens the connection");
}

void row_5382_4_3(struct run *r)
{
	struct slot *s = rule(r, "filtering apd");
	struct packet *sent, *error;
	unsigned int i;
	double after = 0;
	uint8_t proto;

	for (i = 0; (proto = stream(i)); i++) {
		sent = post(r, OUTSIDE, syn(proto, server(s, 1, 5000), external(s, 1, 30000)));
		mark(r);
		wait_until(r, check.quick ? 30 : 8);
		settle(r);
		error = error_at(r, OUTSIDE, UNREACHABLE, 3);
		if (!error)
			fail(r, "%s: no 3/3 comes back", proto_name(proto));
		after = between(r, sent, error);
		if (!sound(error) || !packet_embeds(error, sent))
			fail(r, "%s: the 3/3 does not embed the SYN as it was sent",
			     proto_name(proto));
		if (after + TICK / 1e9 * r->net->divisor < 6 || (!check.quick && after > 7))
			fail(r, "%s: 3/3 comes after %.2f s", proto_name(proto), after);
		if (error_at(r, OUTSIDE, -1, -1))
			fail(r, "%s: more than one error comes back", proto_name(proto));
	}
	seen(r, "one 3/3 that embeds the SYN after %.2f s", after);
}

void row_5382_4a(struct run *r)
{
	struct slot *s = rule(r, "unsolicited drop filtering apd");
	struct packet *p;
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = stream(i)); i++)
		post(r, OUTSIDE, syn(proto, server(s, 1, 5000), external(s, 1, 30000)));
	mark(r);
	wait_until(r, 30);
	settle(r);
	p = any_at(r, OUTSIDE);
	if (p)
		fail(r, "answers forbidden, and still there is %s", packet_text(p));
	seen(r, "answers forbidden: nothing in %.0f s", elapsed(r));
}

/* ---- ICMP ---- */

/* An error from outside about a segment: arrives with what the inside host sent; its embedding */
static void error_inward(struct conn *c, const struct crossing *x, uint8_t type, uint8_t code,
			 uint32_t rest)
{
	struct packet *got;

	emit(c->r, OUTSIDE, error_about(x->got, c->out.addr, type, code, rest));
	got = error_at(c->r, INSIDE, type, code);
	if (!got)
		fail(c->r, "%s: %u/%u from outside does not arrive", proto_name(c->proto), type,
		     code);
	if (!sound(got) || got->dst.addr != c->in.addr || !packet_embeds(got, x->sent) ||
	    got->rest != rest)
		fail(c->r, "%s: %u/%u from outside arrives wrong", proto_name(c->proto), type,
		     code);
}

void row_5382_9(struct run *r)
{
	static const uint8_t codes[] = { 0, 1, 2, 3, 5, 13 };
	struct slot *s = rule(r, "");
	struct packet p;
	struct crossing x;
	struct conn c;
	unsigned int i, j;
	uint8_t proto;

	for (i = 0; (proto = stream(i)); i++) {
		conn_init(&c, r, proto, host(s, 1, 4000), server(s, 1, 5000));
		conn_open(&c);
		p = conn_packet(&c, INSIDE, ACK | PSH, 1400);
		if (!cross_out(r, p, &x))
			fail(r, "%s: data is lost", proto_name(proto));
		error_inward(&c, &x, UNREACHABLE, 4, 1280);
		for (j = 0; j < ARRAY_SIZE(codes); j++)
			error_inward(&c, &x, UNREACHABLE, codes[j], 0);
		if (!conn_segment(&c, INSIDE, ACK | PSH, 1200) ||
		    !conn_segment(&c, INSIDE, ACK | PSH, 200) || !conn_data(&c))
			fail(r, "%s: smaller segments do not arrive", proto_name(proto));
	}
	seen(r, "3/4 and codes 0, 1, 2, 3, 5, 13 arrive, and smaller segments pass");
}

static const uint8_t error_types[] = { UNREACHABLE, QUENCH, REDIRECT, EXCEEDED, PARAMETER };

/* Errors of every type and code about a packet, from a side */
static void all_errors(struct run *r, enum realm from, const struct packet *about, uint32_t addr)
{
	unsigned int i, code;

	for (i = 0; i < ARRAY_SIZE(error_types); i++)
		for (code = 0; code < 16; code++)
			post(r, from, error_about(about, addr, error_types[i], code, 0));
	settle(r);
	forget(r);
}

void row_5382_10(struct run *r)
{
	struct slot *s = rule(r, "");
	struct crossing x, y;
	struct conn c;
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = stream(i)); i++) {
		conn_init(&c, r, proto, host(s, 1, 4000), server(s, 1, 5000));
		conn_open(&c);
		if (!cross_out(r, conn_packet(&c, INSIDE, ACK, 0), &x) ||
		    !cross_in(r, conn_packet(&c, OUTSIDE, ACK, 0), c.in, &y))
			fail(r, "%s: a segment is lost", proto_name(proto));
		all_errors(r, OUTSIDE, x.got, c.out.addr);
		all_errors(r, INSIDE, y.got, c.in.addr);
		if (!conn_data(&c))
			fail(r, "%s: after the errors data does not pass", proto_name(proto));
	}
	seen(r, "errors of every type and code from both sides: data passes on the same port");
}

void row_4787_12(struct run *r)
{
	struct slot *s = rule(r, "");
	struct ep in = host(s, 1, 4000), to = server(s, 1, 5000), ext;
	struct crossing x, y;
	unsigned int i;
	uint8_t proto;

	go_out(r, UDP, host(s, 2, 4000), to);
	for (i = 0; (proto = dgram(i)); i++) {
		if (!cross_out(r, first_packet(proto, in, to), &x))
			fail(r, "%s: a packet is lost", proto_name(proto));
		ext = x.got->src;
		if (!cross_in(r, first_packet(proto, to, ext), in, &y))
			fail(r, "%s: an answer is lost", proto_name(proto));
		all_errors(r, OUTSIDE, x.got, to.addr);
		all_errors(r, INSIDE, y.got, in.addr);
		if (!get_in(r, proto, to, ext, in) || !ep_same(go_out(r, proto, in, to), ext))
			fail(r, "%s: after the errors data does not pass on the same port",
			     proto_name(proto));
	}
	seen(r, "errors of every type and code from both sides: data passes on the same port");
}

/* ---- segments outside of the window ---- */

static const uint32_t far_off[] = { 0x40000000, 0xc0000000 };

/* SYN, FIN, RST far from the window of a side; whether they arrive does not matter */
static void upset(struct conn *c, enum realm from, uint8_t flags)
{
	struct packet p = conn_packet(c, from, flags, 0);
	uint32_t seq = p.seq;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(far_off); i++) {
		p.seq = seq + far_off[i];
		post(c->r, from, p);
	}
	settle(c->r);
	forget(c->r);
}

void row_5382_s9(struct run *r)
{
	static const uint8_t flags[] = { SYN, FIN | ACK, RST, RST | ACK };
	struct slot *s = rule(r, "filtering apd");
	struct conn c[2][8];
	unsigned int i, j;
	uint8_t proto;

	for (i = 0; (proto = stream(i)); i++)
		for (j = 0; j < 8; j++) {
			conn_init(&c[i][j], r, proto, host(s, 1, 4000 + j), server(s, 1, 5000));
			conn_open(&c[i][j]);
			if (!conn_data(&c[i][j]))
				fail(r, "%s: data is lost", proto_name(proto));
			upset(&c[i][j], j & 1, flags[j / 2]);
		}
	mark(r);
	wait_until(r, 600);
	for (i = 0; (proto = stream(i)); i++)
		for (j = 0; j < 8; j++)
			if (!conn_segment(&c[i][j], OUTSIDE, ACK | PSH, 30) ||
			    !conn_data(&c[i][j]))
				fail(r, "%s: dead after flags %#x from %s, out of the window, and 10 minutes of silence",
				     proto_name(proto), flags[j / 2],
				     j & 1 ? "outside" : "inside");
	seen(r, "SYN, FIN, RST out of the window from either side, 10 minutes of silence: data passes");
}

void row_7857_2_2c(struct run *r)
{
	struct slot *s = rule(r, "tcp-closing 240 filtering apd");
	struct conn live[2], dead[2];
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = stream(i)); i++) {
		conn_init(&live[i], r, proto, host(s, 1, 4000), server(s, 1, 5000));
		conn_init(&dead[i], r, proto, host(s, 2, 4001), server(s, 1, 5000));
		conn_open(&live[i]);
		conn_open(&dead[i]);
		if (!conn_data(&live[i]) || !conn_data(&dead[i]))
			fail(r, "%s: data is lost", proto_name(proto));
		upset(&live[i], OUTSIDE, RST);
		upset(&live[i], OUTSIDE, RST | ACK);
		if (!conn_segment(&dead[i], OUTSIDE, RST, 0))
			fail(r, "%s: a RST in the window does not arrive", proto_name(proto));
	}
	mark(r);
	wait_after(r, 240);
	for (i = 0; (proto = stream(i)); i++)
		if (conn_segment(&dead[i], OUTSIDE, ACK | PSH, 20))
			fail(r, "%s: a RST in the window, and %.0f s later data still arrives",
			     proto_name(proto), elapsed(r));
	wait_until(r, 600);
	for (i = 0; (proto = stream(i)); i++)
		if (!conn_segment(&live[i], OUTSIDE, ACK | PSH, 20) || !conn_data(&live[i]))
			fail(r, "%s: RSTs out of the window have ended a connection",
			     proto_name(proto));
	seen(r, "RSTs out of the window: alive after 10 minutes; one in the window: gone after 4");
}
