// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 6888: pools, exceptions, exhaustion, management.
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

void row_6888_1d(struct run *r)
{
	struct slot *s = rule(r, "");
	static const uint8_t request[16] = { 0x0f, 0xa0, 0x13, 0x88, 4, 0, 0, 0, 1 };
	struct packet p = { .proto = DCCP, .src = host(s, 1, 0), .dst = server(s, 1, 0),
			    .data = request, .len = sizeof(request) }, *got;

	emit(r, INSIDE, p);
	got = any_at(r, OUTSIDE);
	if (got)
		fail(r, "a DCCP Request is forwarded, from %s", addr_text(got->src.addr));
	seen(r, "a DCCP Request is not forwarded");
}

/* One external address for all protocols of a host */
static void paired(struct run *r, const struct slot *s)
{
	unsigned int nr, i;
	uint8_t proto;

	for (nr = 1; nr <= 6; nr++) {
		struct ep first = { 0 }, ext;

		for (i = 0; (proto = every(i)); i++) {
			ext = go_out(r, proto, host(s, nr, 4000 + i), server(s, 1 + i, 5000));
			if (i && ext.addr != first.addr)
				fail(r, "a host's TCP comes from %s, its %s from %s",
				     addr_text(first.addr), proto_name(proto),
				     addr_text(ext.addr));
			first = ext;
		}
	}
}

void row_6888_2(struct run *r)
{
	paired(r, rule(r, "to @1-@4"));
	seen(r, "all protocols of a host come from one address, six hosts");
}

void row_6888_2_2(struct run *r)
{
	struct slot *s = rule(r, "dport 8000 to @3;to @1");
	struct ep a, b;

	if (!try_out(r, UDP, host(s, 1, 4000), server(s, 1, 5000), &a) ||
	    !try_out(r, UDP, host(s, 1, 4001), server(s, 1, 8000), &b))
		report(r, false, "a rule with another pool for a destination port: nothing goes out");
	report(r, a.addr != b.addr, "flows to port 8000 come from %s, all others from %s",
	       addr_text(b.addr), addr_text(a.addr));
}

/* A forwarded port carries data both ways: its external address is in use */
static void carries(struct run *r, const struct slot *s, struct ep ext, struct ep in)
{
	struct ep from = server(s, 1, 5000), got;

	if (!get_in(r, UDP, from, ext, in))
		fail(r, "a packet to %s does not arrive", ep_text(ext));
	if (!try_out(r, UDP, in, from, &got) || !ep_same(got, ext))
		fail(r, "the answer does not come from %s", ep_text(ext));
}

void row_6888_3(struct run *r)
{
	struct slot *one = rule(r, "map udp @1:8001 to ^2:80 dev wan0;to @1");
	struct slot *four = rule(r, "map udp @1:8001 to ^2:80 dev wan0;map udp @4:8004 to ^3:80 dev wan0;to @1-@4");
	struct slot *many = rule(r, "map udp 100.96.0.1:8001 to ^2:80 dev wan0;"
				 "map udp 100.96.9.250:8004 to ^3:80 dev wan0;"
				 "to 100.96.0.1-100.96.1.244,100.96.4.7-100.96.5.6,100.96.9.7-100.96.9.250");
	struct ep first = { 0x64600001, 8001 }, last = { 0x646009fa, 8004 };

	if (check.nft)
		cannot(r, "not by a plain rule: ranges that do not touch");
	carries(r, one, external(one, 1, 8001), host(one, 2, 80));
	carries(r, four, external(four, 1, 8001), host(four, 2, 80));
	carries(r, four, external(four, 4, 8004), host(four, 3, 80));
	carries(r, many, first, host(many, 2, 80));
	carries(r, many, last, host(many, 3, 80));
	seen(r, "pools of 1, 4 and 1,000 addresses in three ranges: the first and the last carry data");
}

void row_6888_3_2(struct run *r)
{
	struct slot *s = rule(r, "to @1-@2,@9");
	unsigned int nr, used[10] = { 0 };
	struct ep ext;

	if (check.nft)
		cannot(r, "not by a plain rule");
	for (nr = 1; nr <= 60; nr++) {
		ext = go_out(r, UDP, host(s, nr, 4000), server(s, 1, 5000));
		if (ext.addr != external(s, 1, 0).addr && ext.addr != external(s, 2, 0).addr &&
		    ext.addr != external(s, 9, 0).addr)
			fail(r, "a flow comes from %s, which is in neither range",
			     addr_text(ext.addr));
		used[ext.addr & 15]++;
	}
	if (!used[1] || !used[2] || !used[9])
		fail(r, "60 hosts: %u, %u and %u on the three addresses", used[1], used[2], used[9]);
	seen(r, "60 hosts: %u, %u and %u on the three addresses", used[1], used[2], used[9]);
}

/* Does a destination see the inside endpoint itself, and does its reply arrive? */
static void excepted(struct run *r, struct ep in, struct ep to, bool should)
{
	struct ep ext;

	if (!try_out(r, UDP, in, to, &ext))
		fail(r, "a packet to %s does not come out", ep_text(to));
	if (ep_same(ext, in) != should)
		fail(r, "a packet to %s comes from %s", ep_text(to), ep_text(ext));
	if (!answer_in(r, UDP, to, ext, in))
		fail(r, "the reply of %s does not arrive", ep_text(to));
}

void row_6888_6(struct run *r)
{
	struct slot *a = rule(r, "except #2"), *p = rule(r, "except #0/24:5003"),
		    *b = rule(r, "except #2:5003");
	unsigned int round;

	/* The second time each inside endpoint has a mapping */
	for (round = 0; round < 2; round++) {
		excepted(r, host(a, 1, 4000), server(a, 2, 5000), true);
		excepted(r, host(a, 1, 4000), server(a, 1, 5000), false);
		excepted(r, host(p, 1, 4000), server(p, 1, 5003), true);
		excepted(r, host(p, 1, 4000), server(p, 1, 5000), false);
		excepted(r, host(b, 1, 4000), server(b, 2, 5003), true);
		excepted(r, host(b, 1, 4000), server(b, 2, 5000), false);
		excepted(r, host(b, 1, 4000), server(b, 1, 5003), false);
	}
	seen(r, "what is excepted sees the inside endpoint, with a mapping there or without; others do not");
}

void row_6888_7(struct run *r)
{
	struct slot *s = rule(r, "");
	struct ep in = host(s, 1, 4000);
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = ported(i)); i++)
		if (!get_in(r, proto, server(s, 2, 5009), go_out(r, proto, in, server(s, 1, 5000)),
			    in))
			fail(r, "%s: a stranger's packet does not arrive", proto_name(proto));
	seen(r, "untouched settings: strangers' packets and SYNs arrive");
}

void row_6888_7_2(struct run *r)
{
	struct slot *s = rule(r, "dport 8000 filtering ad;filtering ei");
	struct ep a = host(s, 1, 4000), b = host(s, 1, 4001);
	bool strict, open;

	strict = get_in(r, UDP, server(s, 2, 5009), go_out(r, UDP, a, server(s, 1, 8000)), a);
	open = get_in(r, UDP, server(s, 2, 5009), go_out(r, UDP, b, server(s, 1, 5000)), b);
	report(r, !strict && open, "a stranger's packet to a mapping for port 8000 %s, to another %s",
	       strict ? "arrives" : "does not arrive", open ? "arrives" : "does not arrive");
}

/* ---- freed ports ---- */

void row_6888_8(struct run *r)
{
	struct slot *s = rule(r, "udp 120 icmp 60 ports 20000-20000");
	struct ep ext;

	go_out(r, UDP, host(s, 1, 4000), server(s, 1, 5000));
	mark(r);
	wait_after(r, 120);
	if (try_out(r, UDP, host(s, 2, 4000), server(s, 1, 5000), &ext) && ext.port == 20000)
		fail(r, "a freed port is given out again at once");
	wait_after(r, 240);
	if (!try_out(r, UDP, host(s, 2, 4000), server(s, 1, 5000), &ext))
		fail(r, "a freed port is not given out again after %.0f s", elapsed(r) - 120);
	seen(r, "a freed port is refused at first, and given out again after 120 s");
}

void row_6888_8a(struct run *r)
{
	struct slot *s = rule(r, "tcp-closing 240 filtering apd ports 20000-20000");
	struct conn c;
	struct ep ext;
	bool again;

	conn_init(&c, r, TCP, host(s, 1, 4000), server(s, 1, 5000));
	conn_open(&c);
	conn_close(&c);
	mark(r);
	if (try_out(r, TCP, host(s, 2, 4000), server(s, 2, 5000), &ext))
		report(r, true, "the port of a closed connection is given out at once");
	wait_after(r, 240);
	again = try_out(r, TCP, host(s, 2, 4000), server(s, 2, 5000), &ext);
	forget(r);	/* that it was refused before */
	emit(r, OUTSIDE, conn_packet(&c, OUTSIDE, ACK | PSH, 20));
	if (again && any_at(r, INSIDE))
		fail(r, "a segment of the old connection reaches the new host");
	report(r, again, "the port of a closed connection is %s after %.0f s",
	       again ? "given out again" : "not given out", elapsed(r));
}

/* ---- exhaustion ---- */

/* Four ports of each protocol in use, by one host */
static void four_used(struct run *r, const struct slot *s, struct ep ext[5][4])
{
	unsigned int i, port;
	uint8_t proto;

	for (i = 0; (proto = every(i)); i++)
		for (port = 0; port < 4; port++)
			ext[i][port] = go_out(r, proto, host(s, 1, 20000 + port),
					      server(s, 1, 5000));
}

static void old_flows_alive(struct run *r, const struct slot *s, struct ep ext[5][4])
{
	struct ep now, in, to = server(s, 1, 5000);
	unsigned int i, port;
	uint8_t proto;

	for (i = 0; (proto = every(i)); i++)
		for (port = 0; port < 4; port++) {
			in = host(s, 1, 20000 + port);
			if (!try_out(r, proto, in, to, &now) || !ep_same(now, ext[i][port]) ||
			    !answer_in(r, proto, to, ext[i][port], in))
				fail(r, "%s: an old flow does not carry data any more",
				     proto_name(proto));
		}
}

/* New flows of another host: nothing goes out; the error that each draws, if it has to */
static void refused(struct run *r, const struct slot *s, int code)
{
	struct packet *sent, *out;
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = every(i)); i++) {
		sent = emit(r, INSIDE, first_packet(proto, host(s, 2, 4000), server(s, 1, 5000)));
		out = any_at(r, OUTSIDE);
		if (out)
			fail(r, "nothing is left, and %s goes out", packet_text(out));
		if (code >= 0)
			own_error(r, INSIDE, sent, UNREACHABLE, code);
		forget(r);
	}
}

static void exhausted(struct run *r, const char *options, int code)
{
	struct slot *s = rule(r, options);
	struct ep ext[5][4];

	four_used(r, s, ext);
	refused(r, s, code);
	old_flows_alive(r, s, ext);
}

void row_5508_8(struct run *r)
{
	exhausted(r, "ports 20000-20003 exhausted admin-prohibited", 13);
	seen(r, "each protocol draws 3/13, nothing goes out, older flows carry data");
}

void row_6888_11a(struct run *r)
{
	exhausted(r, "ports 20000-20003", -1);
	seen(r, "the refused packet does not go out");
}

void row_6888_11b(struct run *r)
{
	exhausted(r, "ports 20000-20003", 1);
	seen(r, "each protocol draws 3/1, embedding the packet as sent");
}

void row_6888_11d(struct run *r)
{
	struct slot *s = rule(r, "ports 20000-20003");
	struct ep ext[5][4];
	unsigned int i, nr;
	uint8_t proto;

	four_used(r, s, ext);
	for (i = 0; (proto = every(i)); i++)
		for (nr = 0; nr < 1000; nr++) {
			post(r, INSIDE, first_packet(proto, host(s, 2 + nr % 200, 4000 + nr),
						     server(s, 1, 5000)));
			if (!(nr % 50))
				settle(r);
		}
	settle(r);
	forget(r);
	old_flows_alive(r, s, ext);
	seen(r, "after a flood of 1,000 flows of each protocol the old ones carry data on their ports");
}

void row_6888_13(struct run *r)
{
	struct slot *s = rule(r, "ports 20000-20099");
	unsigned int i, out;
	struct ep ext;
	uint8_t proto;

	for (i = 0; (proto = ported(i)); i++) {
		unsigned int nr;

		for (nr = 0, out = 0; nr < 150; nr++)
			out += try_out(r, proto, host(s, 1 + nr, 3000 + 2 * nr), server(s, 1, 5000),
				       &ext);
		if (out < 100)
			fail(r, "%s: of 100 ports %u are used", proto_name(proto), out);
		if (out > 100)
			fail(r, "%s: 100 ports, and %u of 150 hosts go out", proto_name(proto),
			     out);
	}
	seen(r, "150 hosts, all from even ports: each of 100 ports is used");
}

/* ---- management ---- */

/* Does a listing of mappings have both ends of one? */
static bool listed(struct run *r, struct ep in, struct ep ext)
{
	const char *const argv[] = { check.self, "napt", "map", "list", "-j", NULL };
	char text[2][64], *output;
	bool found;

	snprintf(text[0], sizeof(text[0]), "{\"address\":\"%s\",\"port\":%u}", addr_text(in.addr),
		 in.port);
	snprintf(text[1], sizeof(text[1]), "{\"address\":\"%s\",\"port\":%u}", addr_text(ext.addr),
		 ext.port);
	if (net_run(r->net, "", &output, argv) || !output)
		fail(r, "naru napt map list fails");
	found = strstr(output, text[0]) && strstr(output, text[1]);
	free(output);
	return found;
}

void row_6888_10(struct run *r)
{
	struct slot *s = rule(r, "");
	struct ep in = host(s, 1, 4000), to = server(s, 1, 5000), ext;
	unsigned int i;
	char *output;
	uint8_t proto;

	if (check.nft)
		cannot(r, "not tried: by conntrack(8)");
	for (i = 0; (proto = every(i)); i++) {
		ext = go_out(r, proto, in, to);
		if (!listed(r, in, ext))
			fail(r, "%s: %s and %s are not in the listing", proto_name(proto),
			     ep_text(in), ep_text(ext));
		if (net_run(r->net, "", &output,
			    (const char *[]){ check.self, "napt", "map", "del", "inside",
					      addr_text(in.addr), NULL }))
			fail(r, "a mapping cannot be removed: %s", output ? output : "");
		free(output);
		if (answer_in(r, proto, to, ext, in))
			fail(r, "%s: an answer arrives though the mapping was removed",
			     proto_name(proto));
	}
	seen(r, "mappings are listed with both ends, and gone when they are removed");
}

void row_6888_11c(struct run *r)
{
	struct slot *s = rule(r, "ports 20000-20003");
	const char *const argv[] = { check.self, "monitor", "napt", NULL };
	struct ep ext[5][4];
	unsigned int i;
	char *said = NULL;

	if (check.nft)
		fail(r, "there is no such event");
	four_used(r, s, ext);
	if (net_watch(r->net, argv))
		cannot(r, "naru monitor cannot be run");
	for (i = 0; i < 100 && !(said && strstr(said, addr_text(host(s, 2, 0).addr))); i++) {
		refused(r, s, -1);
		mark(r);
		wait_until(r, 0.2);
		free(said);
		said = net_watched(r->net);
	}
	free(said);
	said = net_unwatch(r->net);
	if (!said || !strstr(said, addr_text(host(s, 2, 0).addr)))
		fail(r, "no event names the host that was refused");
	free(said);
	seen(r, "naru monitor napt names the host that was refused");
}

/* ---- prefixes that clash ---- */

/* Either will do: such prefixes are kept clear of each other, or such hosts are translated */
void row_4787_7(struct run *r)
{
	struct slot *s = rule(r, "src #0/24 to dev wan0"), *other = rule(r, "");
	struct ep in = server(s, 5, 4000), to = server(s, 1, 5000), ext;

	go_out(r, UDP, host(other, 1, 4000), to);
	if (!try_out(r, UDP, in, to, &ext)) {
		seen(r, "the rule is suspended, and packets of a host in such a prefix stay inside");
		return;
	}
	if (ext.addr == in.addr)
		fail(r, "a host whose prefix is one of the outside goes out untranslated");
	if (!answer_in(r, UDP, to, ext, in))
		fail(r, "replies to a host whose prefix is one of the outside do not arrive");
	seen(r, "a host whose prefix is one of the outside exchanges packets with it");
}
