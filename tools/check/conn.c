// SPDX-License-Identifier: GPL-2.0
/*
 * Connections of TCP and 253 across the NAT, segment by segment.
 */
#include "rows.h"

/**
 * conn_init() - a connection of which nothing has been sent
 * @c: filled
 * @r: row
 * @proto: TCP or STREAM
 * @in: inside endpoint
 * @out: server
 */
void conn_init(struct conn *c, struct run *r, uint8_t proto, struct ep in, struct ep out)
{
	static uint32_t isn = 0x40000000;

	*c = (struct conn){ .r = r, .proto = proto, .in = in, .out = out };
	c->seq[INSIDE] = isn += 0x100003;
	c->seq[OUTSIDE] = isn += 0x100003;
}

/* The next segment of a side; it is not reckoned as sent */
struct packet conn_packet(struct conn *c, enum realm from, uint8_t flags, size_t len)
{
	struct packet p = {
		.proto = c->proto, .flags = flags, .len = len, .df = true,
		.src = from == INSIDE ? c->in : c->out,
		.dst = from == INSIDE ? c->out : c->ext,
		.seq = c->seq[from], .ack = flags & ACK ? c->seq[!from] : 0,
	};

	return p;
}

/**
 * conn_carry() - send a segment, whatever it is
 * @c: connection; its first segment from inside finds out the external endpoint
 * @from: who sends it
 * @p: segment
 *
 * Return: whether it arrived. What arrives has the right addresses and checksums, or the row fails.
 */
bool conn_carry(struct conn *c, enum realm from, const struct packet *p)
{
	struct packet *sent = emit(c->r, from, *p), *got = arrived(c->r, !from, sent);
	struct ep src, dst;

	if (!got)
		return false;
	if (from == INSIDE && !c->ext.addr)
		c->ext = got->src;
	src = from == INSIDE ? c->ext : c->out;
	dst = from == INSIDE ? c->out : c->in;
	if (!ep_same(got->src, src) || !ep_same(got->dst, dst))
		fail(c->r, "%s arrives as %s", packet_text(sent), packet_text(got));
	if (!sound(got))
		fail(c->r, "%s arrives with a wrong checksum", packet_text(sent));
	return true;
}

/* The next segment of a side; whether it arrived */
bool conn_segment(struct conn *c, enum realm from, uint8_t flags, size_t len)
{
	struct packet p = conn_packet(c, from, flags, len);
	bool ok = conn_carry(c, from, &p);

	c->seq[from] += len + !!(flags & SYN) + !!(flags & FIN);
	return ok;
}

static void must(struct conn *c, enum realm from, uint8_t flags, size_t len, const char *what)
{
	if (!conn_segment(c, from, flags, len))
		fail(c->r, "%s of %s: its %s %s does not arrive", proto_name(c->proto),
		     ep_text(c->in), from == INSIDE ? "outgoing" : "incoming", what);
}

/* Three-way handshake from inside */
void conn_open(struct conn *c)
{
	must(c, INSIDE, SYN, 0, "SYN");
	must(c, OUTSIDE, SYN | ACK, 0, "SYN-ACK");
	must(c, INSIDE, ACK, 0, "ACK");
}

/* Data each way; whether both arrived */
bool conn_data(struct conn *c)
{
	return conn_segment(c, INSIDE, ACK | PSH, 50) && conn_segment(c, OUTSIDE, ACK | PSH, 50) &&
	       conn_segment(c, INSIDE, ACK, 0);
}

/* Both FINs and their ACKs */
void conn_close(struct conn *c)
{
	must(c, INSIDE, FIN | ACK, 0, "FIN");
	must(c, OUTSIDE, ACK, 0, "ACK of a FIN");
	must(c, OUTSIDE, FIN | ACK, 0, "FIN");
	must(c, INSIDE, ACK, 0, "ACK of a FIN");
}
