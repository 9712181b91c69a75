// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors across the NAT, in both directions, and those that the NAT makes itself.
 */
#include "rows.h"

/**
 * flow_make() - a packet out and an answer in
 * @f: filled
 * @r: row; it fails if either is lost
 * @proto: protocol
 * @in: inside endpoint
 * @to: outside endpoint
 */
void flow_make(struct flow *f, struct run *r, uint8_t proto, struct ep in, struct ep to)
{
	*f = (struct flow){ .r = r, .proto = proto, .in = in, .to = to };
	if (!cross_out(r, first_packet(proto, in, to), &f->out))
		fail(r, "%s from %s to %s does not come out", proto_name(proto), ep_text(in),
		     ep_text(to));
	f->ext = f->out.got->src;
	if (!cross_in(r, answer(proto, to, f->ext), in, &f->back))
		fail(r, "%s: an answer to %s does not arrive", proto_name(proto), ep_text(in));
}

/* Packets still pass both ways, on the same external endpoint */
bool flow_alive(struct flow *f)
{
	struct ep ext;

	return answer_in(f->r, f->proto, f->to, f->ext, f->in) &&
	       try_out(f->r, f->proto, f->in, f->to, &ext) && ep_same(ext, f->ext);
}

/* An error about the flow's packet that went to @from, by who received it */
struct packet error_of(const struct flow *f, enum realm from, int type, int code, uint32_t rest)
{
	const struct packet *about = from == OUTSIDE ? f->out.got : f->back.got;

	return error_about(about, from == OUTSIDE ? f->to.addr : f->in.addr, type, code, rest);
}

/**
 * error_across() - send an error, and see whether it comes out
 * @f: flow that it is about
 * @from: from which side
 * @error: error, from error_of()
 *
 * Return: the error as it came out, or NULL.
 */
struct packet *error_across(struct flow *f, enum realm from, struct packet error)
{
	emit(f->r, from, error);
	return error_at(f->r, !from, error.type, error.code);
}

/**
 * error_crosses() - an error has to come out as its receiver has to see it
 * @f: flow that it is about
 * @from: from which side
 * @addr: who sends it
 * @type: its type
 * @code: its code
 * @rest: second word of its header
 *
 * Type, code and second word stay; it goes to who sent the packet; that is embedded as it was sent.
 */
void error_crosses(struct flow *f, enum realm from, uint32_t addr, int type, int code,
		   uint32_t rest)
{
	const struct packet *original = from == OUTSIDE ? f->out.sent : f->back.sent;
	struct packet error = error_of(f, from, type, code, rest), *got;
	const char *where = from == OUTSIDE ? "outside" : "inside";

	error.src.addr = addr;
	got = error_across(f, from, error);
	if (!got)
		fail(f->r, "%u/%u from %s about %s does not arrive", type, code, where,
		     proto_name(f->proto));
	if (!sound(got))
		fail(f->r, "%u/%u from %s about %s: wrong checksum", type, code, where,
		     proto_name(f->proto));
	if (got->dst.addr != original->src.addr)
		fail(f->r, "%u/%u from %s about %s goes to %s", type, code, where,
		     proto_name(f->proto), addr_text(got->dst.addr));
	if (got->src.addr != (from == OUTSIDE ? addr : f->ext.addr))
		fail(f->r, "%u/%u from %s about %s comes from %s", type, code, where,
		     proto_name(f->proto), addr_text(got->src.addr));
	if (got->rest != rest || got->len != error.len)
		fail(f->r, "%u/%u from %s about %s: header or length changed", type, code, where,
		     proto_name(f->proto));
	if (!packet_embeds(got, original))
		fail(f->r, "%u/%u from %s about %s does not embed the packet as it was sent", type,
		     code, where, proto_name(f->proto));
}

/* An error has to vanish: nothing passes, and nothing answers */
void error_is_dropped(struct flow *f, enum realm from, struct packet error, const char *what)
{
	struct packet *p;

	forget(f->r);
	emit(f->r, from, error);
	p = any_at(f->r, !from);
	if (p)
		fail(f->r, "%s: %s comes out", what, packet_text(p));
	p = any_at(f->r, from);
	if (p)
		fail(f->r, "%s: it is answered by %s", what, packet_text(p));
}

/**
 * own_error() - an error that the NAT makes itself
 * @r: row; it fails if there is none, or it is wrong
 * @side: who sent the packet, and has to get the error
 * @sent: packet
 * @type: of the error
 * @code: of the error
 *
 * Return: the error.
 */
struct packet *own_error(struct run *r, enum realm side, const struct packet *sent, int type,
			 int code)
{
	struct packet *got = error_at(r, side, type, code);

	if (!got)
		fail(r, "%s draws no %d/%d", packet_text(sent), type, code);
	if (!sound(got) || got->dst.addr != sent->src.addr)
		fail(r, "%s draws %s: wrong", packet_text(sent), packet_text(got));
	if ((got->src.addr & 0xff000000) != (side == INSIDE ? HOSTS : got->src.addr & 0xff000000) ||
	    (side == OUTSIDE && got->src.addr >> 24 == HOSTS >> 24))
		fail(r, "%s draws %d/%d from %s, no address of that side", packet_text(sent), type,
		     code, addr_text(got->src.addr));
	if (!packet_embeds(got, sent))
		fail(r, "%s draws %d/%d that does not embed it as it was sent", packet_text(sent),
		     type, code);
	return got;
}
