// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors about translated packets: RFC 5508 REQ-3 to 7, RFC 4787 REQ-12.
 */
#include "rows.h"

#include <string.h>

#define WAY	250	/* a router on the way, or behind the NAT */

/* A flow of each protocol of a slot */
static void flows(struct flow *f, struct run *r, const struct slot *s, unsigned int *num)
{
	uint8_t proto;

	for (*num = 0; (proto = every(*num)); (*num)++)
		flow_make(&f[*num], r, proto, host(s, 1, 4000), server(s, 1, 5000));
}

void row_4787_12a(struct run *r)
{
	struct slot *s = rule(r, "");
	uint32_t from[] = { server(s, 1, 0).addr, server(s, WAY, 0).addr, 0xc613fff1 };
	unsigned int i, j;
	struct flow f;
	uint8_t proto;

	for (i = 0; (proto = dgram(i)); i++) {
		flow_make(&f, r, proto, host(s, 1, 4000), server(s, 1, 5000));
		for (j = 0; j < ARRAY_SIZE(from); j++)
			error_crosses(&f, OUTSIDE, from[j], UNREACHABLE, 3, 0);
	}
	seen(r, "errors from the server, a router on the way and a stranger arrive");
}

/* Types 3 with all codes, 11 and 12, from a side */
static void all_types(struct flow *f, enum realm from, uint32_t addr)
{
	unsigned int code;

	for (code = 0; code < 16; code++)
		error_crosses(f, from, addr, UNREACHABLE, code, code == 4 ? 1300 : 0);
	error_crosses(f, from, addr, EXCEEDED, 0, 0);
	error_crosses(f, from, addr, EXCEEDED, 1, 0);
	error_crosses(f, from, addr, PARAMETER, 0, 0x14000000);
}

void row_4787_12b(struct run *r)
{
	struct slot *s = rule(r, "");
	unsigned int i, code;
	struct flow f;
	uint8_t proto;

	for (i = 0; (proto = dgram(i)); i++) {
		flow_make(&f, r, proto, host(s, 1, 4000), server(s, 1, 5000));
		for (code = 0; code < 16; code++)
			error_crosses(&f, OUTSIDE, f.to.addr, UNREACHABLE, code, 0);
	}
	seen(r, "3/0 to 3/15 arrive, the host's own packet embedded");
}

/* ---- errors that are dropped ---- */

void row_5508_3(struct run *r)
{
	struct slot *s = rule(r, "");
	struct packet error;
	struct flow f[5];
	unsigned int i, num;
	int side;

	flows(f, r, s, &num);
	for (i = 0; i < num; i++)
		for (side = INSIDE; side <= OUTSIDE; side++) {
			error = error_of(&f[i], side, UNREACHABLE, 3, 0);
			error.bad_sum = true;
			error_is_dropped(&f[i], side, error, "an error with a wrong ICMP checksum");
		}
	seen(r, "dropped from either side");
}

void row_5508_3a(struct run *r)
{
	struct slot *s = rule(r, "");
	uint8_t bytes[2048];
	struct packet error;
	struct flow f[5];
	unsigned int i, num;
	int side;

	flows(f, r, s, &num);
	for (i = 0; i < num; i++)
		for (side = INSIDE; side <= OUTSIDE; side++) {
			error = error_of(&f[i], side, UNREACHABLE, 3, 0);
			memcpy(bytes, error.data, error.len);
			bytes[10] ^= 0x40;
			error.data = bytes;
			error_is_dropped(&f[i], side, error,
					 "an error whose embedded header has a wrong checksum");
		}
	seen(r, "dropped from either side");
}

void row_5508_4(struct run *r)
{
	struct slot *s = rule(r, "to @1,@2");
	struct packet *never;
	struct flow f = { .r = r };
	unsigned int i, nr;
	uint8_t proto;

	for (i = 0; (proto = every(i)); i++)
		for (nr = 1; nr <= 2; nr++) {
			never = whole_packet(r, first_packet(proto, external(s, nr, 33333),
							     server(s, 1, 5000)));
			error_is_dropped(&f, OUTSIDE, error_about(never, server(s, 1, 0).addr,
								  UNREACHABLE, 3, 0),
					 "an error from outside about a packet never sent");
		}
	seen(r, "dropped silently");
}

void row_5508_5(struct run *r)
{
	struct slot *s = rule(r, "");
	struct packet *never;
	struct flow f = { .r = r };
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = every(i)); i++) {
		never = whole_packet(r, answer(proto, server(s, 1, 5000), host(s, 1, 33333)));
		error_is_dropped(&f, INSIDE, error_about(never, host(s, 1, 0).addr, UNREACHABLE, 3,
							 0),
				 "an error from inside about a packet that never came");
	}
	seen(r, "dropped silently");
}

/* ---- what is embedded ---- */

void row_5508_3b(struct run *r)
{
	static const uint8_t lengths[] = { 4, 20, 40 };
	struct slot *s = rule(r, "");
	unsigned int i, j;
	struct packet p;
	struct flow f;
	uint8_t proto;

	for (i = 0; (proto = every(i)); i++) {
		f = (struct flow){ .r = r, .proto = proto, .in = host(s, 1, 4000),
				   .to = server(s, 1, 5000) };
		for (j = 0; j < ARRAY_SIZE(lengths); j++) {
			p = first_packet(proto, f.in, f.to);
			p.num_options = lengths[j];
			memset(p.options, 1, lengths[j]);	/* no operation */
			if (!cross_out(r, p, &f.out))
				fail(r, "%s with IP options does not come out", proto_name(proto));
			f.ext = f.out.got->src;
			error_crosses(&f, OUTSIDE, f.to.addr, UNREACHABLE, 3, 0);
		}
	}
	seen(r, "embedded IP headers of 24, 40 and 60 bytes: put back");
}

void row_5508_3c(struct run *r)
{
	struct slot *s = rule(r, "");
	uint8_t bytes[2048];
	struct packet error, *got, inner;
	struct flow f;

	flow_make(&f, r, UDP, host(s, 1, 4000), server(s, 1, 5000));
	error = error_of(&f, OUTSIDE, UNREACHABLE, 3, 0);
	memcpy(bytes, error.data, error.len);
	bytes[error.len - 1] ^= 0x55;
	error.data = bytes;
	got = error_across(&f, OUTSIDE, error);
	if (!got)
		fail(r, "an error that embeds a packet with a wrong UDP checksum does not arrive");
	packet_read(&inner, got->data, got->len);
	if (!ep_same(inner.src, f.in) || !ep_same(inner.dst, f.to))
		fail(r, "it arrives with %s embedded", packet_text(&inner));
	seen(r, "it arrives, put back");
}

void row_5508_3d(struct run *r)
{
	static const uint8_t extension[] = { 0x20, 0, 0, 0, 0, 8, 1, 1, 0, 1, 0x21, 0x01 };
	struct slot *s = rule(r, "");
	uint8_t bytes[128 + sizeof(extension)] = { 0 };
	struct packet error, *got, inner;
	struct flow f[5];
	unsigned int i, num;

	memcpy(bytes + 128, extension, sizeof(extension));
	put16(bytes + 128 + 2, packet_sum(extension, sizeof(extension), 0));
	flows(f, r, s, &num);
	for (i = 0; i < num; i++) {
		error = error_of(&f[i], OUTSIDE, EXCEEDED, 0, 32 << 16);
		memset(bytes, 0, 128);
		memcpy(bytes, error.data, error.len);
		error.data = bytes;
		error.len = sizeof(bytes);
		got = error_across(&f[i], OUTSIDE, error);
		if (!got)
			fail(r, "%s: it does not arrive", proto_name(f[i].proto));
		packet_read(&inner, got->data, f[i].out.sent->size);
		if (got->len != sizeof(bytes) || got->rest != 32 << 16 ||
		    memcmp(got->data + 128, bytes + 128, sizeof(extension)))
			fail(r, "%s: the extension has changed", proto_name(f[i].proto));
		if (!sound(got) || inner.bad_sum || !packet_embeds(got, f[i].out.sent))
			fail(r, "%s: the embedded packet is not what the host sent",
			     proto_name(f[i].proto));
	}
	seen(r, "the extension is unchanged, the embedded packet as the host sent it");
}

void row_5508_4a(struct run *r)
{
	struct slot *s = rule(r, "");
	struct packet error, *got;
	struct flow f[5];
	unsigned int i, num;

	go_out(r, ICMP, host(s, 2, 4000), server(s, 1, 0));	/* ids differ inside and outside */
	flows(f, r, s, &num);
	for (i = 0; i < num; i++) {
		error_crosses(&f[i], OUTSIDE, f[i].to.addr, UNREACHABLE, 3, 0);
		error = error_of(&f[i], OUTSIDE, UNREACHABLE, 3, 0);
		error.len = 28;		/* the least that RFC 792 asks for */
		got = error_across(&f[i], OUTSIDE, error);
		if (!got || !packet_embeds(got, f[i].out.sent) || got->dst.addr != f[i].in.addr)
			fail(r, "%s: an error that embeds 8 bytes does not arrive as it should",
			     proto_name(f[i].proto));
	}
	seen(r, "addresses, ports or id and checksums as the host sent them, also where 8 bytes are embedded");
}

void row_5508_4b(struct run *r)
{
	struct slot *s = rule(r, "");
	struct flow f[5];
	unsigned int i, num;

	flows(f, r, s, &num);
	for (i = 0; i < num; i++)
		all_types(&f[i], OUTSIDE, f[i].to.addr);
	seen(r, "3/0 to 3/15, 11/0, 11/1, 12/0: type, code, MTU and pointer unchanged");
}

void row_5508_4c(struct run *r)
{
	struct slot *s = rule(r, "");
	struct flow f;
	unsigned int i, nr;
	uint8_t proto;

	for (i = 0; (proto = every(i)); i++)
		for (nr = 1; nr <= 2; nr++) {
			flow_make(&f, r, proto, host(s, nr, 4000), server(s, 1, 5000));
			error_crosses(&f, OUTSIDE, f.to.addr, UNREACHABLE, 3, 0);
			error_crosses(&f, OUTSIDE, server(s, WAY, 0).addr, EXCEEDED, 0, 0);
		}
	seen(r, "errors from the server and from a router on the way reach the right one of two hosts");
}

void row_5508_5a(struct run *r)
{
	struct slot *s = rule(r, "");
	struct flow f[5];
	unsigned int i, num;

	go_out(r, ICMP, host(s, 2, 4000), server(s, 1, 0));
	flows(f, r, s, &num);
	for (i = 0; i < num; i++)
		error_crosses(&f[i], INSIDE, f[i].in.addr, UNREACHABLE, 3, 0);
	seen(r, "the 3/3 outside embeds the packet as it was sent there");
}

void row_5508_5b(struct run *r)
{
	struct slot *s = rule(r, "");
	struct flow f[5];
	unsigned int i, num;

	flows(f, r, s, &num);
	for (i = 0; i < num; i++)
		all_types(&f[i], INSIDE, f[i].in.addr);
	seen(r, "3/0 to 3/15, 11/0, 11/1, 12/0: type, code, MTU and pointer unchanged");
}

void row_5508_5c_2(struct run *r)
{
	struct slot *s = rule(r, "");
	struct flow f[5];
	unsigned int i, num;

	flows(f, r, s, &num);
	for (i = 0; i < num; i++)
		error_crosses(&f[i], INSIDE, host(s, WAY, 0).addr, EXCEEDED, 0, 0);
	seen(r, "an inside router's 11/0 comes from %s", addr_text(f[0].ext.addr));
}

void row_5508_s4_2_2(struct run *r)
{
	struct slot *s = rule(r, "to @1-@2");
	unsigned int nr, second = 0;
	struct flow f;

	for (nr = 1; nr <= 8; nr++) {
		flow_make(&f, r, UDP, host(s, nr, 4000), server(s, 1, 5000));
		error_crosses(&f, INSIDE, f.in.addr, UNREACHABLE, 3, 0);
		second += f.ext.addr == external(s, 2, 0).addr;
	}
	seen(r, "3/3 of 8 hosts, %u of them on the second address, each from its own", second);
}

/* ---- hairpinned errors ---- */

/* A sends to B's external endpoint, B answers 3/3; the error as A has it */
static struct packet *hairpinned_error(struct run *r, uint8_t proto, struct ep a, struct ep b,
				       struct ep ext)
{
	struct packet *sent = emit(r, INSIDE, first_packet(proto, a, ext));
	struct packet *got = arrived(r, INSIDE, sent), *error;

	if (!got)
		fail(r, "%s does not come back in", packet_text(sent));
	emit(r, INSIDE, error_about(got, b.addr, UNREACHABLE, 3, 0));
	error = error_at(r, INSIDE, UNREACHABLE, 3);
	if (!error)
		fail(r, "3/3 about %s does not come back in", packet_text(sent));
	if (!sound(error) || !packet_embeds(error, sent))
		fail(r, "3/3 about %s does not embed it as it was sent", packet_text(sent));
	return error;
}

static void hairpin_errors(struct run *r, const struct slot *s)
{
	struct ep a = host(s, 1, 4001), b = host(s, 2, 4002), ext;
	struct packet *error;
	unsigned int i;
	uint8_t proto;

	for (i = 0; (proto = ported(i)); i++) {
		ext = go_out(r, proto, b, server(s, 1, 5000));
		error = hairpinned_error(r, proto, a, b, ext);
		if (error->dst.addr != a.addr || error->src.addr != ext.addr)
			fail(r, "3/3 of B comes back in as %s", packet_text(error));
	}
}

void row_5508_7_2(struct run *r)
{
	hairpin_errors(r, rule(r, ""));
	seen(r, "B's 3/3 reaches A");
}

void row_5508_7a(struct run *r)
{
	struct slot *s = rule(r, "");

	hairpin_errors(r, s);
	seen(r, "to A's inside address, from B's external one, with A's own packet");
}

void row_7857_12b(struct run *r)
{
	struct slot *s = rule(r, "to @1-@2");
	unsigned int nr;

	for (nr = 1; nr <= 2; nr++) {
		go_out(r, ICMP, host(s, nr, 4001), server(s, 1, 0));
		go_out(r, ICMP, host(s, nr, 4002), server(s, 1, 0));
	}
	hairpin_errors(r, s);
	seen(r, "with the same echo ids in use by both hosts each error reaches its host");
}

/* ---- path MTU ---- */

void row_5508_s7_1_2(struct run *r)
{
	static const uint8_t protos[] = { TCP, UDP, STREAM, DGRAM };
	struct slot *s = rule(r, "");
	unsigned int i;
	struct flow f;

	for (i = 0; i < (check.nft ? 2 : ARRAY_SIZE(protos)); i++) {
		flow_make(&f, r, protos[i], host(s, 1, 4000), server(s, 1, 5000));
		error_crosses(&f, OUTSIDE, server(s, WAY, 0).addr, UNREACHABLE, 4, 1300);
		error_crosses(&f, INSIDE, host(s, WAY, 0).addr, UNREACHABLE, 4, 1200);
	}
	seen(r, "3/4 from routers outside and inside reach the sender, their MTU kept");
}
