// SPDX-License-Identifier: GPL-2.0
/*
 * The states of a connection and how long each lasts: RFC 5382 REQ-5, RFC 7857 2.
 */
#include "rows.h"

#include <string.h>

#define CLOSING	240	/* an idle connection gets so long again before it goes: RFC 7857 2 */

static void open_one(struct conn *c, struct run *r, uint8_t proto, const struct slot *s,
		     unsigned int port)
{
	conn_init(c, r, proto, host(s, 1, port), server(s, 1, 5000));
	conn_open(c);
	if (!conn_data(c))
		fail(r, "%s: data is lost", proto_name(proto));
}

static void lone_syn(struct conn *c, struct run *r, uint8_t proto, const struct slot *s,
		     unsigned int port)
{
	conn_init(c, r, proto, host(s, 1, port), server(s, 1, 5000));
	if (!conn_segment(c, INSIDE, SYN, 0))
		fail(r, "%s: a SYN does not come out", proto_name(proto));
}

static void closed_one(struct conn *c, struct run *r, uint8_t proto, const struct slot *s,
		       unsigned int port)
{
	open_one(c, r, proto, s, port);
	conn_close(c);
}

/* The last FIN from outside, once more */
static bool fin_again(struct conn *c)
{
	struct packet p;

	c->seq[OUTSIDE]--;
	p = conn_packet(c, OUTSIDE, FIN | ACK, 0);
	c->seq[OUTSIDE]++;
	return conn_carry(c, OUTSIDE, &p);
}

/* ---- established ---- */

void row_5382_5(struct run *r)
{
	struct slot *s = rule(r, "tcp-established 7440 tcp-closing 240");
	struct conn c;
	bool alive;

	open_one(&c, r, TCP, s, 4000);
	mark(r);
	wait_after(r, 7440 + CLOSING);
	alive = conn_segment(&c, OUTSIDE, ACK | PSH, 20);
	report(r, !alive, "the lowest timeout: after %.0f s of silence a segment from outside %s",
	       elapsed(r), alive ? "arrives" : "does not arrive");
}

void row_5382_5_2(struct run *r)
{
	struct slot *s = rule(r, "tcp-established 7440");
	struct conn c[2];
	unsigned int i;
	uint8_t proto;
	bool ok;

	mark(r);
	for (i = 0; (proto = stream(i)); i++)
		open_one(&c[i], r, proto, s, 4000);
	wait_before(r, 7440);
	for (i = 0; (proto = stream(i)); i++) {
		ok = conn_segment(&c[i], OUTSIDE, ACK | PSH, 20);
		in_time(r, 7440);
		if (!ok)
			fail(r, "%s: after %.0f s of silence data does not arrive",
			     proto_name(proto), elapsed(r));
	}
	seen(r, "the lowest timeout: after %.0f s of silence data arrives", elapsed(r));
}

void row_5382_5a(struct run *r)
{
	struct slot *s = rule(r, "tcp-established 8000 tcp-closing 240"), *t = rule(r, "tcp-closing 3000");
	struct conn early, late, fin_early, fin_late;
	bool ok, late_ok;

	if (check.nft)
		cannot(r, "not by rule: a setting of conntrack is for the whole namespace");
	mark(r);
	open_one(&early, r, TCP, s, 4000);
	open_one(&late, r, TCP, s, 4001);
	closed_one(&fin_early, r, TCP, t, 4002);
	closed_one(&fin_late, r, TCP, t, 4003);
	wait_before(r, 3000);
	ok = fin_again(&fin_early);
	in_time(r, 3000);
	if (!ok)
		fail(r, "closing 3000 s: a FIN does not arrive after %.0f s", elapsed(r));
	wait_after(r, 3000);
	if (fin_again(&fin_late))
		fail(r, "closing 3000 s: a FIN still arrives after %.0f s", elapsed(r));
	wait_before(r, 8000);
	ok = conn_segment(&early, OUTSIDE, ACK | PSH, 20);
	in_time(r, 8000);
	if (!ok)
		fail(r, "established 8000 s: data does not arrive after %.0f s", elapsed(r));
	wait_after(r, 8000 + CLOSING);
	late_ok = conn_segment(&late, OUTSIDE, ACK | PSH, 20);
	report(r, !late_ok, "segments arrive just before 3000 and 8000 s, after %.0f s %s",
	       elapsed(r), late_ok ? "they still do" : "no longer");
}

void row_5382_s5b(struct run *r)
{
	struct slot *s = rule(r, "tcp-established 7440 tcp-closing 240");
	struct packet *p;
	struct conn c;

	open_one(&c, r, TCP, s, 4000);
	forget(r);
	mark(r);
	wait_after(r, 7440 + CLOSING);
	settle(r);
	p = any_at(r, INSIDE);
	p = p ? p : any_at(r, OUTSIDE);
	if (p && (!(p->flags & RST) || (p->seq != c.seq[INSIDE] && p->seq != c.seq[OUTSIDE])))
		fail(r, "when it times out %s is sent", packet_text(p));
	report(r, true, "when it times out %s", p ? "RSTs in sequence are sent" :
	       "nothing is sent");
}

/* ---- partly open and closing ---- */

static void transitory(struct run *r, const char *options)
{
	struct slot *s = rule(r, options);
	struct conn syn[2], fin[2];
	unsigned int i;
	uint8_t proto;
	bool ok;

	mark(r);
	for (i = 0; (proto = stream(i)); i++) {
		lone_syn(&syn[i], r, proto, s, 4000);
		closed_one(&fin[i], r, proto, s, 4001);
	}
	wait_before(r, 240);
	for (i = 0; (proto = stream(i)); i++) {
		ok = conn_segment(&syn[i], OUTSIDE, SYN | ACK, 0);
		in_time(r, 240);
		if (!ok)
			fail(r, "%s: a SYN-ACK %.0f s after the SYN does not arrive",
			     proto_name(proto), elapsed(r));
		ok = fin_again(&fin[i]);
		in_time(r, 240);
		if (!ok)
			fail(r, "%s: a FIN sent again %.0f s after both FINs does not arrive",
			     proto_name(proto), elapsed(r));
	}
	seen(r, "a SYN-ACK and a FIN sent again arrive after %.0f s", elapsed(r));
}

void row_5382_5_3(struct run *r)
{
	transitory(r, "tcp-open 240 tcp-closing 240");
}

void row_7857_2_1c(struct run *r)
{
	transitory(r, "");
}

void row_5382_s5a(struct run *r)
{
	struct slot *s = rule(r, "");
	struct conn c;
	bool fin, ack;

	closed_one(&c, r, TCP, s, 4000);
	mark(r);
	wait_until(r, 60);
	fin = fin_again(&c);
	ack = conn_segment(&c, INSIDE, ACK, 0);
	report(r, fin && ack, "60 s after both FINs the last FIN %s, the ACK it draws %s",
	       fin ? "passes" : "does not pass", ack ? "passes" : "does not pass");
}

void row_7857_2_1a(struct run *r)
{
	struct slot *s = rule(r, "tcp-open 250 tcp-closing 400");
	struct conn syn, fin;
	bool ok;

	if (check.nft)
		cannot(r, "not by rule: settings of conntrack are for the whole namespace");
	closed_one(&fin, r, TCP, s, 4001);
	mark(r);
	lone_syn(&syn, r, TCP, s, 4000);
	wait_after(r, 250);
	if (conn_segment(&syn, OUTSIDE, SYN | ACK, 0))
		fail(r, "open 250 s: a SYN-ACK arrives %.0f s after the SYN", elapsed(r));
	wait_before(r, 400);
	ok = fin_again(&fin);
	in_time(r, 400);
	if (!ok)
		fail(r, "closing 400 s: a FIN %.0f s after both FINs does not arrive", elapsed(r));
	seen(r, "open 250 s and closing 400 s: the one has gone, and the other still passes a FIN after %.0f s",
	     elapsed(r));
}

void row_7857_2_1b(struct run *r)
{
	struct slot *s = rule(r, "tcp-open 30");
	struct conn early, late;
	bool ok, late_ok;

	if (check.nft)
		cannot(r, "not by rule: a setting of conntrack is for the whole namespace");
	mark(r);
	lone_syn(&early, r, TCP, s, 4000);
	wait_until(r, 20);
	ok = conn_segment(&early, OUTSIDE, SYN | ACK, 0);
	in_time(r, 30);
	lone_syn(&late, r, TCP, s, 4001);
	mark(r);
	wait_after(r, 30);
	late_ok = conn_segment(&late, OUTSIDE, SYN | ACK, 0);
	report(r, ok && !late_ok, "open 30 s: a SYN-ACK after 20 s %s, one after %.0f s %s",
	       ok ? "arrives" : "does not arrive", elapsed(r),
	       late_ok ? "arrives" : "does not arrive");
}

/* ---- resets ---- */

/* A connection in a state of Figure 1, by number; false: there is no such state */
static const char *in_state(struct conn *c, struct run *r, uint8_t proto, const struct slot *s,
			    unsigned int port, unsigned int state)
{
	static const char *const names[] = {
		"init", "established", "inside FIN", "outside FIN", "both FINs"
	};

	if (state >= ARRAY_SIZE(names))
		return NULL;
	if (!state) {
		lone_syn(c, r, proto, s, port);
		return *names;
	}
	open_one(c, r, proto, s, port);
	if (state == 2 || state == 4)
		conn_segment(c, INSIDE, FIN | ACK, 0);
	if (state == 3 || state == 4)
		conn_segment(c, OUTSIDE, FIN | ACK, 0);
	return names[state];
}

void row_7857_2_2a(struct run *r)
{
	struct slot *s = rule(r, "");
	unsigned int i, state, port = 4000;
	const char *name;
	struct conn c;
	uint8_t proto;
	int side;

	for (i = 0; (proto = stream(i)); i++)
		for (side = INSIDE; side <= OUTSIDE; side++)
			for (state = 0; (name = in_state(&c, r, proto, s, port++, state)); state++)
				if (!conn_segment(&c, side, RST | ACK, 0))
					fail(r, "%s: in state %s a RST from %s does not arrive",
					     proto_name(proto), name,
					     side == INSIDE ? "inside" : "outside");
	seen(r, "RSTs from both sides arrive in every state");
}

void row_7857_2_2b(struct run *r)
{
	struct slot *s = rule(r, "");
	struct conn early[2], late[2];
	unsigned int i;
	uint8_t proto;
	bool ok;

	mark(r);
	for (i = 0; (proto = stream(i)); i++) {
		open_one(&early[i], r, proto, s, 4000);
		open_one(&late[i], r, proto, s, 4001);
		if (!conn_segment(&early[i], OUTSIDE, RST | ACK, 0) ||
		    !conn_segment(&late[i], OUTSIDE, RST | ACK, 0))
			fail(r, "%s: a RST does not arrive", proto_name(proto));
	}
	wait_before(r, 240);
	for (i = 0; (proto = stream(i)); i++) {
		ok = conn_segment(&early[i], OUTSIDE, ACK | PSH, 20) &&
		     conn_segment(&early[i], INSIDE, ACK | PSH, 20);
		in_time(r, 240);
		if (!ok)
			fail(r, "%s: %.0f s after a RST segments do not pass", proto_name(proto),
			     elapsed(r));
	}
	wait_after(r, 240);
	for (i = 0; (proto = stream(i)); i++)
		if (conn_segment(&late[i], OUTSIDE, ACK | PSH, 20))
			fail(r, "%s: %.0f s after a RST a segment still arrives",
			     proto_name(proto), elapsed(r));
	seen(r, "segments pass until 240 s after a RST, and no longer after %.0f s", elapsed(r));
}

void row_7857_2(struct run *r)
{
	static const struct {
		const char *name;
		bool lives;	/* longer than the transitory timeout */
	} after[] = {
		{ "a lone SYN", false }, { "data", true }, { "an inside FIN", true },
		{ "an outside FIN", true }, { "both FINs", false }, { "a RST", false },
		{ "data after a RST", true },
	};
	struct slot *s = rule(r, "tcp-open 240 tcp-closing 240");
	struct conn c[2][ARRAY_SIZE(after)];
	unsigned int i, j;
	uint8_t proto;
	bool lives;

	for (i = 0; (proto = stream(i)); i++) {
		for (j = 0; j < 5; j++)
			in_state(&c[i][j], r, proto, s, 4000 + j, j);
		for (j = 5; j < 7; j++) {
			open_one(&c[i][j], r, proto, s, 4000 + j);
			conn_segment(&c[i][j], j == 5 ? INSIDE : OUTSIDE, RST | ACK, 0);
		}
		if (!conn_data(&c[i][6]))
			fail(r, "%s: data after a RST does not pass", proto_name(proto));
	}
	mark(r);
	wait_after(r, 240);
	for (i = 0; (proto = stream(i)); i++)
		for (j = 0; j < ARRAY_SIZE(after); j++) {
			lives = conn_segment(&c[i][j], OUTSIDE, ACK | PSH, 20);
			if (lives != after[j].lives)
				fail(r, "%s: %.0f s after %s a segment %s", proto_name(proto),
				     elapsed(r), after[j].name,
				     lives ? "still arrives" : "no longer arrives");
		}
	seen(r, "after %.0f s of silence lone SYNs, both FINs and RSTs have gone, the rest lives",
	     elapsed(r));
}
