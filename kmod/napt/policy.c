// SPDX-License-Identifier: GPL-2.0
/*
 * What a rule takes, which external ports it tries, whom it lets in. RFC 4787 4 and 5, RFC 5382 4,
 * RFC 6056 3, RFC 6888.
 */
#include "policy.h"

#define WELL_KNOWN_LAST	1023	/* the class of ports that RFC 4787 REQ-3a keeps apart */
#define PORT_LAST	65535

static bool in_ports(const struct naru_port_range *range, u16 port)
{
	return port >= range->first && port <= range->last;
}

static bool all_ports(const struct naru_port_range *range)
{
	return !range->first && range->last == PORT_LAST;
}

/**
 * naru_policy_in_prefix - whether two addresses begin alike
 * @addr: one
 * @prefix: the other
 * @bits: how many bits of them count; 0: none does, 32 and more: all do
 *
 * Any context.
 *
 * Return: true when they do.
 */
bool naru_policy_in_prefix(u32 addr, u32 prefix, u8 bits)
{
	if (!bits)
		return true;
	return bits >= 32 ? addr == prefix : !((addr ^ prefix) >> (32 - bits));
}

/* An echo has no destination port: an exception of some ports is not about it */
static bool exception_holds(const struct naru_napt_except *e, u8 proto, u32 dst, u16 dport)
{
	if (!naru_policy_in_prefix(dst, e->addr, e->prefix))
		return false;
	return proto == NARU_NAPT_ICMP ? all_ports(&e->ports) : in_ports(&e->ports, dport);
}

/**
 * naru_policy_excepted - whether a rule leaves a destination alone
 * @m: the rule's match
 * @proto: enum naru_napt_proto
 * @dst: destination address
 * @dport: destination port; of no meaning for ICMP
 *
 * RFC 6888 REQ-6. Any context.
 *
 * Return: true when it does.
 */
bool naru_policy_excepted(const struct naru_napt_match *m, u8 proto, u32 dst, u16 dport)
{
	u32 i;

	for (i = 0; i < m->num_excepts; i++)
		if (exception_holds(&m->except[i], proto, dst, dport))
			return true;
	return false;
}

/**
 * naru_policy_match - whether a rule takes a packet from inside
 * @m: the rule's match
 * @f: the packet's two ends
 *
 * Any context. The interface that the packet leaves by is the caller's affair.
 *
 * Return: NARU_NAPT_TAKEN, or the first thing that does not hold, in the order of the enum.
 */
enum naru_napt_why naru_policy_match(const struct naru_napt_match *m,
				     const struct naru_napt_flow *f)
{
	if (!naru_policy_in_prefix(f->src, m->src, m->prefix))
		return NARU_NAPT_WHY_SRC;
	if (f->proto >= NARU_NAPT_PROTOS || !(m->protos & 1 << f->proto))
		return NARU_NAPT_WHY_PROTO;
	if (!in_ports(&m->sports, f->sport))
		return NARU_NAPT_WHY_SPORT;
	if (f->proto != NARU_NAPT_ICMP && !in_ports(&m->dports, f->dport))
		return NARU_NAPT_WHY_DPORT;
	if (naru_policy_excepted(m, f->proto, f->dst, f->dport))
		return NARU_NAPT_WHY_EXCEPT;
	return NARU_NAPT_TAKEN;
}

/* The part of @range that @wanted may get. Ids of echoes have no classes, and 0 is one of them. */
static struct naru_port_range usable(const struct naru_port_range *range, u8 proto, u16 wanted)
{
	struct naru_port_range use = *range;

	if (proto == NARU_NAPT_ICMP)
		return use;
	use.first = max_t(u16, use.first, 1);
	if (use.first > WELL_KNOWN_LAST || use.last <= WELL_KNOWN_LAST)
		return use;
	if (wanted <= WELL_KNOWN_LAST)
		use.last = WELL_KNOWN_LAST;
	else
		use.first = WELL_KNOWN_LAST + 1;
	return use;
}

/* Adds the ports of @range that are @first and every @step behind it, if there is one */
static void add_span(struct naru_port_plan *plan, u32 first, u32 last, u8 step, u32 random)
{
	struct naru_port_span *span = &plan->span[plan->num];
	u32 count;

	if (first > last)
		return;
	count = (last - first) / step + 1;
	span->first = first;
	span->last = first + (count - 1) * step;
	span->start = first + (u32)((u64)random * count >> 32) * step;
	span->step = step;
	plan->num++;
}

/**
 * naru_policy_exact - whether the inside port is the first to try for a mapping
 * @ports: how the rule chooses
 * @proto: enum naru_napt_proto
 * @wanted: inside port
 *
 * RFC 4787 4.2.1: port preservation. Any context. What naru_policy_plan() says too, and most often all
 * that is needed of it.
 *
 * Return: true when it is.
 */
bool naru_policy_exact(const struct naru_napt_ports *ports, u8 proto, u16 wanted)
{
	struct naru_port_range use = usable(&ports->range, proto, wanted);

	return ports->preserve && in_ports(&use, wanted);
}

/**
 * naru_policy_plan - which external ports to try for a mapping
 * @plan: where the plan goes
 * @ports: how the rule chooses
 * @proto: enum naru_napt_proto
 * @wanted: inside port
 * @random: 32 random bits
 *
 * 0-1023 and 1024-65535 are kept apart where the range has both (RFC 4787 REQ-3a). With parity the
 * ports of the other kind come last and are not left out: RFC 4787 REQ-4 recommends parity, and
 * RFC 6888 REQ-13 that no port stays unused. Each span begins at a random port and is gone through
 * in order (RFC 6056 3.3.1). Any context. A range without a usable port gives an empty plan.
 */
void naru_policy_plan(struct naru_port_plan *plan, const struct naru_napt_ports *ports, u8 proto,
		      u16 wanted, u32 random)
{
	struct naru_port_range use = usable(&ports->range, proto, wanted);
	u32 first = use.first;

	memset(plan, 0, sizeof(*plan));
	plan->port = wanted;
	plan->exact = naru_policy_exact(ports, proto, wanted);
	if (!ports->parity || proto == NARU_NAPT_ICMP) {
		add_span(plan, first, use.last, 1, random);
		return;
	}
	add_span(plan, first + ((first ^ wanted) & 1), use.last, 2, random);
	add_span(plan, first + (~(first ^ wanted) & 1), use.last, 2, random << 16 | random >> 16);
}

/**
 * naru_policy_admits - whether a packet from outside may use a mapping
 * @filter: enum naru_napt_filter
 * @same_addr: a session with its source address exists
 * @exact: a session with its source address and port does
 *
 * RFC 4787 5, RFC 5382 REQ-3. Any context.
 *
 * Return: true when it may.
 */
bool naru_policy_admits(u8 filter, bool same_addr, bool exact)
{
	switch (filter) {
	case NARU_NAPT_FILTER_EI:
		return true;
	case NARU_NAPT_FILTER_AD:
		return same_addr || exact;
	default:
		return exact;
	}
}
