// SPDX-License-Identifier: GPL-2.0
/*
 * Mapping, ports, filtering, hairpinning and payload, of all protocols: RFC 4787, 5382 and 5508.
 */
#include "rows.h"

#include <string.h>

/* The packets of 4787-1: one inside endpoint, three remote ones */
static struct ep mapped_once(struct run *r, uint8_t proto, const struct slot *s, struct ep in)
{
	struct ep a = go_out(r, proto, in, server(s, 1, 5001));
	struct ep b = go_out(r, proto, in, server(s, 1, 5002));
	struct ep c = go_out(r, proto, in, server(s, 2, 5001));

	if (!ep_same(a, b) || !ep_same(a, c))
		fail(r, "%s from %s is %s to S1:1, %s to S1:2, %s to S2:1", proto_name(proto),
		     ep_text(in), ep_text(a), ep_text(b), ep_text(c));
	return a;
}

void row_4787_1(struct run *r)
{
	struct slot *s = rule(r, "");
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = dgram(i)); i++)
		seen(r, "one source to three destinations, the last %s",
		     ep_text(mapped_once(r, proto, s, host(s, 1, 4000))));
}

void row_5508_1a(struct run *r)
{
	struct slot *s = rule(r, "");

	go_out(r, ICMP, host(s, 2, 4000), server(s, 1, 0));
	seen(r, "one id to two servers, both times %s",
	     ep_text(mapped_once(r, ICMP, s, host(s, 1, 4000))));
}

void row_4787_2(struct run *r)
{
	struct slot *s = rule(r, "to @1-@4");
	struct ep ext, first = { 0 };
	unsigned int i, nr;

	for (nr = 1; nr <= 4; nr++, first.addr = 0)
		for (i = 0; i < 100; i++) {
			ext = go_out(r, dgram(i & 1) ? dgram(i & 1) : UDP,
				     host(s, nr, 4000 + i), server(s, 1 + i % 3, 5000));
			if (first.addr && ext.addr != first.addr)
				fail(r, "flows of one host come from %s and %s",
				     addr_text(first.addr), addr_text(ext.addr));
			first = ext;
		}
	seen(r, "100 flows of each of 4 hosts, each host's from one address of 4");
}

/* Two hosts, one port, one server: two sources, and replies to who asked */
static void kept_apart(struct run *r, uint8_t proto, const struct slot *s)
{
	struct ep a = host(s, 1, 4000), b = host(s, 2, 4000), to = server(s, 1, 5000);
	struct ep ext_a = go_out(r, proto, a, to), ext_b = go_out(r, proto, b, to);

	if (ep_same(ext_a, ext_b))
		fail(r, "%s of two hosts comes from %s both times", proto_name(proto),
		     ep_text(ext_a));
	if (!answer_in(r, proto, to, ext_a, a) || !answer_in(r, proto, to, ext_b, b))
		fail(r, "a reply to %s is lost", proto_name(proto));
	seen(r, "%s and %s, replies to who asked", ep_text(ext_a), ep_text(ext_b));
}

void row_4787_3(struct run *r)
{
	struct slot *s = rule(r, "");
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = dgram(i)); i++)
		kept_apart(r, proto, s);
}

void row_5508_1(struct run *r)
{
	kept_apart(r, ICMP, rule(r, ""));
}

void row_5382_7(struct run *r)
{
	struct slot *s = rule(r, "");
	struct conn a, b;
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = stream(i)); i++) {
		conn_init(&a, r, proto, host(s, 1, 4000), server(s, 1, 5000));
		conn_init(&b, r, proto, host(s, 2, 4000), server(s, 1, 5000));
		conn_open(&a);
		conn_open(&b);
		if (ep_same(a.ext, b.ext))
			fail(r, "%s of two hosts comes from %s both times", proto_name(proto),
			     ep_text(a.ext));
		if (!conn_data(&a) || !conn_data(&b))
			fail(r, "%s: data is lost", proto_name(proto));
		seen(r, "%s and %s, both carry data", ep_text(a.ext), ep_text(b.ext));
	}
}

void row_4787_3a(struct run *r)
{
	struct slot *s = rule(r, "ports 1-65535");
	struct ep ext = { 0 };
	unsigned int i, nr;
	uint8_t proto;

	for (i = 0; (proto = dgram(i)); i++)
		for (nr = 1; nr <= 3; nr++) {
			ext = go_out(r, proto, host(s, nr, 123), server(s, 1, 5000));
			if (ext.port > 1023)
				fail(r, "%s from port 123 comes from port %u", proto_name(proto),
				     ext.port);
		}
	seen(r, "port 123 of three hosts, the last from port %u", ext.port);
}

void row_4787_3a_2(struct run *r)
{
	static const uint16_t ports[] = { 1024, 1025, 65535 };
	struct slot *s = rule(r, "ports 1-65535"), *d = rule(r, "");
	struct ep ext;
	unsigned int i, nr, j;
	uint8_t proto;

	for (i = 0; (proto = dgram(i)); i++)
		for (nr = 1; nr <= 10; nr++)
			for (j = 0; j < 6; j++) {
				ext = go_out(r, proto, host(j & 1 ? s : d, nr, ports[j / 2]),
					     server(s, 1, 5000));
				if (ext.port < 1024)
					fail(r, "port %u comes from port %u", ports[j / 2],
					     ext.port);
			}
	seen(r, "ports 1024, 1025 and 65535 of ten hosts: none under 1024");
}

/* How many of 100 colliding ports keep their parity */
static unsigned int parity_kept(struct run *r, uint8_t proto, const struct slot *s)
{
	unsigned int port, kept = 0;
	struct ep ext;

	for (port = 20000; port < 20100; port++) {
		go_out(r, proto, host(s, 1, port), server(s, 1, 5000));
		ext = go_out(r, proto, host(s, 2, port), server(s, 1, 5000));
		kept += (ext.port & 1) == (port & 1);
	}
	return kept;
}

void row_4787_4(struct run *r)
{
	struct slot *s = rule(r, "");
	unsigned int i, kept;
	uint8_t proto;

	for (i = 0; (proto = dgram(i)); i++) {
		kept = parity_kept(r, proto, s);
		if (kept < 100)
			fail(r, "%s: of 100 ports that collide %u keep their parity",
			     proto_name(proto), kept);
	}
	seen(r, "100 of 100 ports that collide keep their parity");
}

void row_7857_8a(struct run *r)
{
	struct slot *s = rule(r, "parity off"), *on = rule(r, "parity on");
	unsigned int kept = parity_kept(r, UDP, s), kept_on = parity_kept(r, UDP, on);

	report(r, kept < 100, "of 100 ports that collide %u keep their parity, with the switch on %u",
	       kept, kept_on);
}

void row_7857_8b(struct run *r)
{
	struct slot *s = rule(r, "parity off src ^0/25;parity on src ^128/25");
	unsigned int i, kept = 0;
	struct ep ext;

	for (i = 0; i < 20; i++) {
		go_out(r, UDP, host(s, 1, 30000 + i), server(s, 1, 5000));
		ext = go_out(r, UDP, host(s, 200, 30000 + i), server(s, 1, 5000));
		kept += (ext.port & 1) == (i & 1);
	}
	if (kept < 20)
		fail(r, "a rule that asks for parity keeps that of %u ports of 20", kept);
	seen(r, "a rule for some hosts keeps the parity of their 20 ports, parity off for the others");
}

/* ---- filtering ---- */

enum { FROM_S1_1 = 1, FROM_S1_2 = 2, FROM_S2 = 4 };

/* Who gets in after a packet to S1:5001 */
static unsigned int admitted(struct run *r, uint8_t proto, const struct slot *s, uint16_t port)
{
	struct ep in = host(s, 1, port), ext = go_out(r, proto, in, server(s, 1, 5001));
	unsigned int who = 0;

	who |= get_in(r, proto, server(s, 2, 5009), ext, in) ? FROM_S2 : 0;
	who |= get_in(r, proto, server(s, 1, 5002), ext, in) ? FROM_S1_2 : 0;
	who |= get_in(r, proto, server(s, 1, 5001), ext, in) ? FROM_S1_1 : 0;
	return who;
}

static const char *who_text(unsigned int who)
{
	static const char *const text[] = {
		"nobody", "S1:1", "S1:2", "S1:1 and S1:2", "S2", "S1:1 and S2", "S1:2 and S2",
		"S1:1, S1:2 and S2"
	};

	return text[who];
}

static void admits(struct run *r, uint8_t (*nth)(unsigned int), const struct slot *s,
		   unsigned int should)
{
	unsigned int i, who;
	uint8_t proto;

	for (i = 0; (proto = nth(i)); i++) {
		who = admitted(r, proto, s, 4000);
		if (who != should)
			fail(r, "%s: after a packet to S1:1 %s get in, should be %s",
			     proto_name(proto), who_text(who), who_text(should));
	}
	seen(r, "after a packet to S1:1 %s get in", who_text(should));
}

void row_4787_8(struct run *r)
{
	admits(r, dgram, rule(r, "filtering ei"), FROM_S1_1 | FROM_S1_2 | FROM_S2);
}

void row_5382_3(struct run *r)
{
	struct slot *s = rule(r, "filtering ei");
	struct ep in = host(s, 1, 4100), ext;
	struct conn c;
	unsigned int i;
	uint8_t proto;

	admits(r, stream, s, FROM_S1_1 | FROM_S1_2 | FROM_S2);
	for (i = 0; (proto = stream(i)); i++) {
		ext = go_out(r, proto, in, server(s, 1, 5001));
		conn_init(&c, r, proto, in, server(s, 3, 5003));
		c.ext = ext;
		if (!conn_segment(&c, OUTSIDE, SYN, 0) || !conn_segment(&c, INSIDE, SYN | ACK, 0) ||
		    !conn_segment(&c, OUTSIDE, ACK, 0) || !conn_data(&c))
			fail(r, "%s: a stranger's connection does not carry data",
			     proto_name(proto));
	}
	seen(r, "strangers' SYNs get in, and the connection carries data");
}

/* Address-dependent: S2 gets in when it has been sent to */
static void address_dependent(struct run *r, uint8_t (*nth)(unsigned int))
{
	struct slot *s = rule(r, "filtering ad");
	struct ep in = host(s, 1, 4000), ext;
	unsigned int i;
	uint8_t proto;

	admits(r, nth, s, FROM_S1_1 | FROM_S1_2);
	for (i = 0; (proto = nth(i)); i++) {
		ext = go_out(r, proto, in, server(s, 2, 5001));
		if (!get_in(r, proto, server(s, 2, 5009), ext, in))
			fail(r, "%s: S2 does not get in though it was sent to",
			     proto_name(proto));
	}
}

void row_4787_8_2(struct run *r)
{
	address_dependent(r, dgram);
}

void row_5382_3_2(struct run *r)
{
	address_dependent(r, stream);
}

static void filtering_settings(struct run *r, uint8_t (*nth)(unsigned int))
{
	struct slot *ei = rule(r, "filtering ei"), *ad = rule(r, "filtering ad"),
		    *apd = rule(r, "filtering apd");

	admits(r, nth, ei, FROM_S1_1 | FROM_S1_2 | FROM_S2);
	admits(r, nth, ad, FROM_S1_1 | FROM_S1_2);
	admits(r, nth, apd, FROM_S1_1);
	seen(r, "three settings, three outcomes");
}

void row_4787_8a(struct run *r)
{
	filtering_settings(r, dgram);
}

void row_5382_3a(struct run *r)
{
	filtering_settings(r, stream);
}

void row_5382_3b(struct run *r)
{
	struct slot *s = rule(r, "filtering ei tcp-filtering ad");

	admits(r, dgram, s, FROM_S1_1 | FROM_S1_2 | FROM_S2);
	admits(r, stream, s, FROM_S1_1 | FROM_S1_2);
	seen(r, "a stranger's datagram gets in, its SYN does not");
}

/* ---- hairpinning ---- */

/* What B gets of a packet that A sends to B's external endpoint; the row fails if it gets none */
static struct packet *hairpinned(struct run *r, struct packet p, struct ep b)
{
	struct packet *sent = emit(r, INSIDE, p), *got = arrived(r, INSIDE, sent);

	if (!got)
		fail(r, "%s does not come back in", packet_text(sent));
	if (!ep_same(got->dst, b))
		fail(r, "%s comes back in to %s", packet_text(sent), ep_text(got->dst));
	if (!sound(got))
		fail(r, "%s comes back in with a wrong checksum", packet_text(sent));
	if (error_at(r, INSIDE, -1, -1))
		fail(r, "%s draws an ICMP error", packet_text(sent));
	return got;
}

void row_4787_9(struct run *r)
{
	struct slot *s = rule(r, "");
	struct ep a = host(s, 1, 4001), b = host(s, 2, 4002), ext;
	struct packet *got;
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = dgram(i)); i++) {
		ext = go_out(r, proto, b, server(s, 1, 5000));
		got = hairpinned(r, first_packet(proto, a, ext), b);
		got = hairpinned(r, first_packet(proto, b, got->src), a);
		if (!ep_same(got->src, ext))
			fail(r, "B's answer comes from %s, not from %s", ep_text(got->src),
			     ep_text(ext));
	}
	seen(r, "A to %s reaches B, and B's answer A", ep_text(ext));
}

static void hairpin_source(struct run *r, uint8_t (*nth)(unsigned int))
{
	struct slot *s = rule(r, "");
	struct ep a = host(s, 1, 4001), b = host(s, 2, 4002), ext_a, ext_b;
	struct packet *got;
	unsigned int i, first;
	uint8_t proto;

	for (i = 0; (proto = nth(i / 2)); i++) {
		first = i & 1;	/* does A send to the server first, or after? */
		a.port = 4001 + 10 * first;
		ext_b = go_out(r, proto, b, server(s, 1, 5000));
		ext_a = first ? go_out(r, proto, a, server(s, 1, 5000)) : (struct ep){ 0 };
		got = hairpinned(r, first_packet(proto, a, ext_b), b);
		if (!first)
			ext_a = go_out(r, proto, a, server(s, 1, 5000));
		if (!ep_same(got->src, ext_a))
			fail(r, "%s: B sees A as %s, a server sees it as %s", proto_name(proto),
			     ep_text(got->src), ep_text(ext_a));
	}
	seen(r, "B and the server see A as %s", ep_text(ext_a));
}

void row_4787_9a(struct run *r)
{
	hairpin_source(r, dgram);
}

void row_5382_8a(struct run *r)
{
	hairpin_source(r, stream);
}

void row_5382_8(struct run *r)
{
	struct slot *s = rule(r, "");
	struct ep a = host(s, 1, 4001), b = host(s, 2, 4002), ext_a, ext_b;
	struct packet p, *got;
	unsigned int i, step;
	uint8_t proto;
	static const uint8_t flags[] = { SYN, SYN | ACK, ACK, ACK | PSH, ACK | PSH, ACK | FIN,
					 ACK, ACK | FIN, ACK };
	static const bool by_b[] = { false, true, false, false, true, false, true, true, false };

	for (i = 0; (proto = stream(i)); i++) {
		uint32_t seq[2] = { 1000, 2000000 };

		ext_b = go_out(r, proto, b, server(s, 1, 5000));
		ext_a = (struct ep){ 0 };
		for (step = 0; step < ARRAY_SIZE(flags); step++) {
			bool from_b = by_b[step];

			p = (struct packet){ .proto = proto, .flags = flags[step],
					     .src = from_b ? b : a, .dst = from_b ? ext_a : ext_b,
					     .seq = seq[from_b], .ack = step ? seq[!from_b] : 0,
					     .len = flags[step] & PSH ? 100 : 0 };
			got = hairpinned(r, p, from_b ? a : b);
			if (!from_b)
				ext_a = got->src;
			else if (!ep_same(got->src, ext_b))
				fail(r, "B's segment comes from %s", ep_text(got->src));
			seq[from_b] += p.len + !!(flags[step] & (SYN | FIN));
		}
	}
	seen(r, "opened, data both ways, closed");
}

/* ---- payload ---- */

static struct packet payload(const char *format, struct ep in, char *text, size_t size)
{
	struct packet p = { .data = (uint8_t *)text };

	snprintf(text, size, format, addr_text(in.addr), addr_text(in.addr));
	p.len = strlen(text);
	return p;
}

/* The port that the payload names is closed to the server */
static void opens_nothing(struct run *r, const struct slot *s, uint8_t proto, unsigned int nr,
			  uint32_t ext, uint16_t port)
{
	if (get_in(r, proto, server(s, nr, 40000), (struct ep){ ext, 41000 }, host(s, nr, 41000)))
		fail(r, "a payload for port %u has opened a port that it names", port);
}

static void alg_free_udp(struct run *r, const struct slot *s, uint16_t port, const char *format,
			 unsigned int nr)
{
	struct ep in = host(s, nr, port);
	char text[512];
	struct packet p = payload(format, in, text, sizeof(text));
	struct crossing c;

	p.proto = UDP;
	p.src = in;
	p.dst = server(s, nr, port);
	if (!cross_out(r, p, &c))
		fail(r, "a payload for UDP port %u does not come out as it was sent", port);
	opens_nothing(r, s, UDP, nr, c.got->src.addr, port);
}

static void alg_free_tcp(struct run *r, const struct slot *s, uint16_t port, const char *format,
			 unsigned int nr)
{
	struct ep in = host(s, nr, 4000);
	char text[512];
	struct packet p = payload(format, in, text, sizeof(text)), segment;
	struct conn c;

	conn_init(&c, r, TCP, in, server(s, nr, port));
	conn_open(&c);
	segment = conn_packet(&c, INSIDE, ACK | PSH, p.len);
	segment.data = p.data;
	if (!conn_carry(&c, INSIDE, &segment))
		fail(r, "a payload for TCP port %u does not come out as it was sent", port);
	opens_nothing(r, s, TCP, nr, c.ext.addr, port);
}

#define SIP "INVITE sip:a@example.org SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060\r\n" \
	"Content-Type: application/sdp\r\n\r\nc=IN IP4 %s\r\nm=audio 41000 RTP/AVP 0\r\n"

static void no_udp_alg(struct run *r, const struct slot *s)
{
	alg_free_udp(r, s, 5060, SIP, 1);
	alg_free_udp(r, s, 69, "\001file\nfrom %s\nto %s port 41000", 2);
	alg_free_udp(r, s, 1719, "\016\200 %s RAS %s 41000", 3);
}

void row_4787_10(struct run *r)
{
	struct slot *s = rule(r, "");

	no_udp_alg(r, s);
	seen(r, "SIP, TFTP and H.323 RAS pass unchanged and open nothing");
}

void row_4787_10a(struct run *r)
{
	struct slot *s = rule(r, "mapping apd filtering apd"), *t = rule(r, "choice random"),
		    *u = rule(r, "filtering ad refresh-in on parity off");

	no_udp_alg(r, s);
	no_udp_alg(r, t);
	no_udp_alg(r, u);
	seen(r, "there is none: SIP, TFTP and H.323 RAS pass unchanged at three settings");
}

void row_5382_6(struct run *r)
{
	struct slot *s = rule(r, "");

	alg_free_tcp(r, s, 5060, SIP, 1);
	alg_free_tcp(r, s, 554, "SETUP rtsp://%s/a RTSP/1.0\r\nTransport: RTP/AVP;"
		     "destination=%s;client_port=41000-41001\r\n\r\n", 2);
	alg_free_tcp(r, s, 1720, "\003 H.225 %s %s 41000", 3);
	alg_free_tcp(r, s, 6667, "PRIVMSG a :\001DCC SEND %s %s 41000\001\r\n", 4);
	seen(r, "SIP, RTSP, H.225 and IRC DCC pass unchanged and open nothing");
}

/* ---- determinism ---- */

void row_4787_11(struct run *r)
{
	struct slot *s = rule(r, "");
	unsigned int i, nr, who, first = 0;
	uint8_t proto;

	for (i = 0; (proto = dgram(i)); i++)
		for (nr = 1; nr <= 3; nr++) {
			struct ep in = host(s, nr, 4000), ext = mapped_once(r, proto, s, in);

			who = get_in(r, proto, server(s, 3, 5009), ext, in) ? FROM_S2 : 0;
			who |= get_in(r, proto, server(s, 1, 5003), ext, in) ? FROM_S1_2 : 0;
			if (nr > 1 && who != first)
				fail(r, "%s: %s get in to one host, %s to another",
				     proto_name(proto), who_text(first), who_text(who));
			first = who;
		}
	seen(r, "three hosts that collide on one port: one mapping each, %s get in to each",
	     who_text(first));
}

/* So many of the 200 ports of a rule are in use */
static void fill(struct run *r, const struct slot *s, unsigned int *used, unsigned int upto)
{
	for (; *used < upto; (*used)++)
		go_out(r, UDP, host(s, 10, 20000 + *used), server(s, 9, 5000));
}

void row_4787_11_2(struct run *r)
{
	static const unsigned int upto[] = { 2, 100, 197 };
	struct slot *s = rule(r, "ports 20000-20199");
	unsigned int i, used = 0, who, first = 0;
	struct ep in, ext;

	for (i = 0; i < ARRAY_SIZE(upto); i++) {
		fill(r, s, &used, upto[i]);
		in = host(s, 1 + i, 20000);
		ext = mapped_once(r, UDP, s, in);
		who = get_in(r, UDP, server(s, 3, 5009), ext, in) ? FROM_S2 : 0;
		who |= get_in(r, UDP, server(s, 1, 5003), ext, in) ? FROM_S1_2 : 0;
		if (i && who != first)
			fail(r, "%s get in with few ports in use, %s with %u %%",
			     who_text(first), who_text(who), used / 2);
		first = who;
		used++;
	}
	seen(r, "one mapping and %s get in with 1, 50 and 99 %% of the ports in use",
	     who_text(first));
}
