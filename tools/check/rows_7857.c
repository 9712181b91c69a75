// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 7857: ports, pooling, and protocols kept apart.
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

/* ---- port overlapping ---- */

void row_7857_3a(struct run *r)
{
	struct slot *s = rule(r, "ports 20000-20001");
	unsigned int nr, out = 0;
	struct ep ext;

	for (nr = 1; nr <= 6; nr++)
		out += try_out(r, UDP, host(s, nr, 4000), server(s, nr, 5000), &ext);
	if (out < 2)
		fail(r, "of 2 ports %u are used", out);
	report(r, out > 2, "six hosts to six servers on 2 ports: %u go out", out);
}

void row_7857_3b(struct run *r)
{
	struct slot *s = rule(r, "");
	struct ep a = go_out(r, TCP, host(s, 1, 4000), server(s, 1, 5000));
	struct ep b = go_out(r, TCP, host(s, 2, 4000), server(s, 2, 5000));

	report(r, ep_same(a, b), "two hosts on one port to two servers come from %s and %s",
	       ep_text(a), ep_text(b));
}

void row_7857_13(struct run *r)
{
	struct slot *s = rule(r, "");
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = ported(i)); i++) {
		struct ep a = go_out(r, proto, host(s, 1, 4000), server(s, 1, 5001));
		struct ep b = go_out(r, proto, host(s, 2, 4000), server(s, 1, 5002));

		if (ep_same(a, b))
			fail(r, "%s: two hosts to two ports of one server both come from %s",
			     proto_name(proto), ep_text(a));
	}
	seen(r, "two hosts on one port to two ports of one server: different sources");
}

/* ---- pooling ---- */

/* A host's external address is full: its next flow is dropped, other hosts' pass on the other one */
static void used_up(struct run *r, const struct slot *s, uint8_t proto)
{
	struct ep first = { 0 }, ext = { 0 };
	unsigned int i, nr, other = 0;

	for (i = 0; i < 10; i++) {
		ext = go_out(r, proto, host(s, 1, 20000 + i), server(s, 1, 5000));
		if (i && ext.addr != first.addr)
			fail(r, "%s: a host's flows come from %s and %s", proto_name(proto),
			     addr_text(first.addr), addr_text(ext.addr));
		first = ext;
	}
	if (try_out(r, proto, host(s, 1, 20010), server(s, 1, 5000), &ext))
		fail(r, "%s: with all ports of its address used, a host's next flow comes from %s",
		     proto_name(proto), ep_text(ext));
	for (nr = 2; nr <= 10 && !other; nr++)
		if (try_out(r, proto, host(s, nr, 20000), server(s, 1, 5000), &ext) &&
		    ext.addr != first.addr)
			other = nr;
	if (!other)
		fail(r, "%s: no other host gets a port of the other address", proto_name(proto));
}

void row_7857_4a(struct run *r)
{
	struct slot *s = rule(r, "to @1-@2 ports 20000-20009");
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = dgram(i)); i++)
		used_up(r, s, proto);
	seen(r, "ten ports used: the eleventh flow is dropped, other hosts' pass");
}

void row_7857_4c(struct run *r)
{
	struct slot *s = rule(r, "to @1-@2 ports 20000-20009");
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = stream(i)); i++)
		used_up(r, s, proto);
	seen(r, "ten ports used: the eleventh flow is dropped, other hosts' pass");
}

void row_7857_4b(struct run *r)
{
	report(r, false, "there is no such setting");
}

/* ---- protocols ---- */

/* One port of each protocol, taken in UDP: the others keep it */
static void not_moved(struct run *r, const struct slot *s)
{
	struct ep in = host(s, 1, 4000), to = server(s, 1, 5000), ext;
	unsigned int i;
	uint8_t proto;

	go_out(r, UDP, host(s, 2, 4000), to);
	for (i = 0; (proto = ported(i)); i++) {
		ext = go_out(r, proto, in, to);
		if ((proto == UDP) == (ext.port == 4000))
			fail(r, "%s from port 4000, taken in UDP alone, comes from %u",
			     proto_name(proto), ext.port);
	}
}

void row_7857_5a(struct run *r)
{
	struct slot *s = rule(r, "udp 120 tcp-open 240");
	struct ep in = host(s, 1, 4001), to = server(s, 1, 5000), udp, tcp;
	bool ok;

	not_moved(r, s);
	mark(r);
	udp = go_out(r, UDP, in, to);
	tcp = go_out(r, TCP, in, to);
	wait_after(r, 120);
	ok = answer_in(r, TCP, to, tcp, in);
	in_time(r, 240);
	if (!ok)
		fail(r, "the TCP mapping has gone with the UDP one");
	if (answer_in(r, UDP, to, udp, in))
		fail(r, "the UDP mapping lives with the TCP one");
	seen(r, "a port taken in UDP moves UDP alone, and UDP goes by itself");
}

void row_7857_5b(struct run *r)
{
	report(r, false, "there is no such setting");
}

void row_7857_5c(struct run *r)
{
	not_moved(r, rule(r, ""));
	seen(r, "a port taken in UDP moves UDP alone");
}

/* What a mapping made by one protocol lets in of each: no other; @itself: that one */
static void apart(struct run *r, const struct slot *s, bool itself)
{
	unsigned int i, j;
	uint8_t made, sent;

	for (i = 0; (made = ported(i)); i++) {
		struct ep in = host(s, 1 + i, 4000 + 10 * i);
		struct ep ext = go_out(r, made, in, server(s, 1, 5000));

		for (j = 0; (sent = ported(j)); j++) {
			bool gets_in = get_in(r, sent, server(s, 2, 5000), ext, in);

			if (made == sent ? itself && !gets_in : gets_in)
				fail(r, "a mapping of %s: a stranger's packet of %s %s",
				     proto_name(made), proto_name(sent),
				     gets_in ? "arrives" : "does not arrive");
		}
	}
}

void row_7857_6a(struct run *r)
{
	apart(r, rule(r, "filtering ei"), true);
	seen(r, "a mapping of each protocol lets in that protocol alone, of strangers too");
}

void row_7857_6b(struct run *r)
{
	report(r, false, "there is no such setting");
}

void row_7857_6c(struct run *r)
{
	apart(r, rule(r, ""), false);
	seen(r, "a mapping of each protocol lets in no other");
}

/* ---- how ports are picked ---- */

#define FLOWS	2000
#define FIRST	10000

/* External ports of flows from sequential ports, in their order */
static void external_ports(struct run *r, const struct slot *s, unsigned int nr, uint16_t *ext)
{
	unsigned int i, sent = 0, got = 0;
	struct packet *p;

	for (i = 0; i < FLOWS; i++) {
		post(r, INSIDE, first_packet(UDP, host(s, nr, FIRST + i), server(s, 1, 5000)));
		sent++;
		if (sent % 50 && i != FLOWS - 1)
			continue;
		settle(r);
		while ((p = any_at(r, OUTSIDE)))
			if (got < FLOWS)
				ext[got++] = p->src.port;
		if (got != sent)
			fail(r, "of %u flows %u come out", sent, got);
	}
}

/* How many of the steps from one port to the next are the most frequent one */
static unsigned int commonest_step(const uint16_t *ext)
{
	uint16_t *count = calloc(65536, sizeof(*count));
	unsigned int i, most = 0;

	for (i = 1; count && i < FLOWS; i++) {
		uint16_t step = ext[i] - ext[i - 1];

		if (++count[step] > most)
			most = count[step];
	}
	free(count);
	return most;
}

static void no_sequence(struct run *r, const uint16_t *ext, const char *what)
{
	unsigned int most = commonest_step(ext);

	if (most > FLOWS / 50)
		fail(r, "%s: of %u steps from one port to the next %u are the same", what, FLOWS,
		     most);
}

static unsigned int kept(const uint16_t *ext)
{
	unsigned int i, num = 0;

	for (i = 0; i < FLOWS; i++)
		num += ext[i] == FIRST + i;
	return num;
}

static unsigned int agree(const uint16_t *a, const uint16_t *b)
{
	unsigned int i, num = 0;

	for (i = 0; i < FLOWS; i++)
		num += a[i] == b[i];
	return num;
}

static void obfuscated(struct run *r, const struct slot *s, const struct slot *again)
{
	uint16_t ext[FLOWS], other[FLOWS];

	external_ports(r, s, 1, ext);
	if (kept(ext) > FLOWS / 50)
		fail(r, "%u of %u flows have their own ports", kept(ext), FLOWS);
	no_sequence(r, ext, "without preservation");
	external_ports(r, again, 1, other);
	if (agree(ext, other) > FLOWS / 50)
		fail(r, "%u of %u flows have the same ports in another run", agree(ext, other),
		     FLOWS);
}

void row_7857_9a(struct run *r)
{
	struct slot *s = rule(r, "choice random parity off"), *t = rule(r, "choice random parity off");

	obfuscated(r, s, t);
	seen(r, "%u flows from sequential ports: ports without a sequence, others in another run",
	     FLOWS);
}

void row_6888_15(struct run *r)
{
	struct slot *s = rule(r, "choice random parity off"), *t = rule(r, "choice random parity off");

	obfuscated(r, s, t);
	seen(r, "with random choice, %u flows from sequential ports: no step to the next port is more frequent than by chance",
	     FLOWS);
}

void row_7857_9b(struct run *r)
{
	struct slot *s = rule(r, "parity off");
	uint16_t ext[FLOWS];

	external_ports(r, s, 1, ext);
	if (kept(ext) != FLOWS)
		fail(r, "%u of %u flows without a collision have their own ports", kept(ext), FLOWS);
	external_ports(r, s, 2, ext);
	no_sequence(r, ext, "collisions");
	seen(r, "own ports without a collision, ports without a sequence with one");
}

void row_7857_9c(struct run *r)
{
	struct slot *s = rule(r, "");
	unsigned int i, parity = 0;
	uint16_t ext[FLOWS];

	external_ports(r, s, 1, ext);
	external_ports(r, s, 2, ext);
	no_sequence(r, ext, "collisions");
	for (i = 0; i < FLOWS; i++)
		parity += (ext[i] & 1) == (i & 1);
	if (parity != FLOWS)
		fail(r, "%u of %u colliding flows keep their parity", parity, FLOWS);
	seen(r, "%u collisions: parity kept, ports without a sequence", FLOWS);
}

void row_7857_9(struct run *r)
{
	struct slot *s = rule(r, "ports 20000-20099"), *t = rule(r, "choice random ports 20000-20099");
	unsigned int i, j;

	for (j = 0; j < 2; j++) {
		bool used[100] = { false };
		struct ep ext;

		for (i = 0; i < 100; i++) {
			ext = go_out(r, UDP, host(j ? t : s, 1, 30000 + i), server(s, 1, 5000));
			if (ext.port < 20000 || ext.port > 20099 || used[ext.port - 20000])
				fail(r, "port %u: out of the range, or used twice", ext.port);
			used[ext.port - 20000] = true;
		}
	}
	seen(r, "each port of a range of 100 is used in the end, with both choices");
}
