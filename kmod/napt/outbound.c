// SPDX-License-Identifier: GPL-2.0
/*
 * Packets that leave by an interface that rules translate towards, and hairpins that were turned round.
 */
#include <net/route.h>
#include "hook.h"

static bool has_segments(const struct naru_flow *f)
{
	return f->proto == NARU_NAPT_TCP || f->proto == NARU_NAPT_STREAM;
}

static bool is_reply(const struct naru_flow *f)
{
	return f->proto == NARU_NAPT_ICMP && f->reply;
}

/* Would this packet make a session? An echo's reply does not, nor does a reset */
static bool may_begin(const struct sk_buff *skb, const struct naru_flow *f)
{
	struct naru_track track = { };
	struct naru_track_seg seg;

	if (has_segments(f))
		return naru_flow_segment(skb, f, &seg) &&
		       (seg.flags == NARU_TRACK_SYN_BIT ||
			naru_track_begin(&track, NARU_TRACK_INSIDE, &seg));
	return !is_reply(f);
}

/* No mapping could be made: the sender is told, RFC 6888 REQ-11, RFC 5508 REQ-8 */
static unsigned int no_mapping(struct naru_napt *napt, struct sk_buff *skb,
			       const struct naru_flow *f, const struct naru_rule *rule, int err)
{
	bool full = err == -ENOSPC;

	naru_event_limit(napt, full ? NARU_NAPT_EVENT_EXHAUSTED : NARU_NAPT_EVENT_LIMIT, f->proto,
			 f->src);
	naru_napt_tell_full(napt, skb, rule);
	return naru_napt_drop(napt, skb, full ? NARU_DROP_NAPT_EXHAUSTED : NARU_DROP_NAPT_LIMIT);
}

/*
 * The rule for a packet without a mapping. The router itself is a subscriber where the external
 * address is its own: *own
 */
static struct naru_rule *find_rule(struct naru_napt *napt, const struct naru_ruleset *rs, int realm,
				   const struct naru_flow *f, struct naru_ext **own)
{
	struct naru_ext *ext = naru_ext_find(napt, f->src);

	*own = ext && READ_ONCE(ext->own) ? ext : NULL;
	if (*own)
		return naru_rule_by_ext(rs, ext, realm);
	return ext ? NULL : naru_rule_match(rs, realm, f);
}

static bool is_local(const struct naru_napt *napt, int realm, const struct sk_buff *skb,
		     __be32 addr)
{
	return skb->sk || naru_side_own(napt->nn->net, realm, addr);
}

/* An external address that is nobody's own is that of packets behind this hook alone */
static bool is_forged(struct naru_napt *napt, const struct sk_buff *skb)
{
	const struct naru_ext *ext = naru_ext_find(napt, ip_hdr(skb)->saddr);

	return ext && !READ_ONCE(ext->own) && !skb->sk;
}

/* No rule takes it */
static unsigned int untouched(struct naru_napt *napt, struct sk_buff *skb)
{
	return is_forged(napt, skb) ? naru_napt_drop(napt, skb, NARU_DROP_NAPT_FORGED) : NF_ACCEPT;
}

/* No host gets a mapping. The router itself may ask for an address before it has one, RFC 1122 3.2.1.3 */
static unsigned int no_host(struct naru_napt *napt, struct sk_buff *skb, const struct naru_flow *f)
{
	if (skb->sk && ipv4_is_zeronet(f->src))
		return NF_ACCEPT;
	return naru_napt_drop(napt, skb, NARU_DROP_NAPT_SOURCE);
}

static struct naru_mapping *new_mapping(struct naru_napt *napt, const struct naru_ruleset *rs,
					int realm, struct sk_buff *skb, const struct naru_flow *f,
					unsigned int *verdict)
{
	struct naru_mapping *map;
	struct naru_rule *rule;
	struct naru_ext *own;

	*verdict = NF_ACCEPT;
	rule = find_rule(napt, rs, realm, f, &own);
	if (!rule) {
		if (naru_rule_suspended(rs, realm, f) && !is_local(napt, realm, skb, f->src))
			*verdict = naru_napt_drop(napt, skb, NARU_DROP_NAPT_SUSPENDED);
		else
			*verdict = untouched(napt, skb);
		return NULL;
	}
	if (naru_napt_no_host(f->src)) {
		*verdict = no_host(napt, skb, f);
		return NULL;
	}
	if (!may_begin(skb, f)) {
		if (!own)
			*verdict = naru_napt_drop(napt, skb, NARU_DROP_NAPT_STRAY);
		return NULL;
	}
	map = own ? naru_mapping_own(napt, rule, f, own) : naru_mapping_make(napt, rule, f);
	if (!IS_ERR(map))
		return map;
	*verdict = no_mapping(napt, skb, f, rule, PTR_ERR(map));
	return NULL;
}

/* A SYN that waited for an answer is not answered when its own connection begins here */
static void forget_held(struct naru_napt *napt, const struct naru_mapping *map,
			const struct naru_flow *f)
{
	if (has_segments(f))
		naru_hold_forget(napt, f->proto, map->out.addr, map->out.port, f->dst, f->dport);
}

static bool no_session(struct naru_napt *napt, struct sk_buff *skb, const struct naru_flow *f,
		       struct naru_mapping *map, enum naru_session_verdict result,
		       unsigned int *verdict)
{
	if (result == NARU_SESSION_OK || result == NARU_SESSION_STRAY)
		return false;
	naru_mapping_end_empty(napt, map);
	if (result == NARU_SESSION_FULL)
		*verdict = no_mapping(napt, skb, f, rcu_dereference(map->rule), -ENFILE);
	else
		*verdict = naru_napt_drop(napt, skb, NARU_DROP_NAPT_LIMIT);
	return true;
}

/**
 * naru_napt_sender - the mapping and the session of a packet from inside
 * @napt: NAPT
 * @rs: rule set
 * @realm: interface that it leaves by, or would
 * @skb: the packet, not translated
 * @f: its flow
 * @verdict: of the hook, where NULL is returned
 *
 * Under rcu_read_lock; softirq or process. No request for an echo comes in by a mapping, so that no
 * reply goes out by one, even if the id is that of a request of the same host. Rules are asked again
 * for a new session: a destination may be excepted, or another rule's.
 *
 * Return: the mapping, made if it was missing, with its session refreshed; or NULL: nothing is to be
 * translated, or the packet is gone.
 */
struct naru_mapping *naru_napt_sender(struct naru_napt *napt, const struct naru_ruleset *rs,
				      int realm, struct sk_buff *skb, const struct naru_flow *f,
				      unsigned int *verdict)
{
	enum naru_session_verdict result = NARU_SESSION_GONE;
	struct naru_mapping *map = NULL;
	unsigned int tries;

	for (tries = 0; tries < 3 && result == NARU_SESSION_GONE; tries++) {
		map = is_reply(f) ? NULL : naru_mapping_to(napt, rs, realm, f);
		if (unlikely(!map)) {
			map = new_mapping(napt, rs, realm, skb, f, verdict);
			if (!map)
				return NULL;
			forget_held(napt, map, f);
		}
		result = naru_session_out(napt, map, skb, f);
	}
	return no_session(napt, skb, f, map, result, verdict) ? NULL : map;
}

static bool is_inside(const struct naru_ruleset *rs, int realm, __be32 addr)
{
	u32 i;

	for (i = 0; i < rs->num; i++) {
		const struct naru_rule *rule = rs->rule[i];

		if (rule->ifindex == realm && !rule->suspended &&
		    rule->spec.match.protos == BIT(NARU_NAPT_PROTOS) - 1 &&
		    naru_policy_in_prefix(ntohl(addr), rule->spec.match.src,
					  rule->spec.match.prefix))
			return true;
	}
	return false;
}

/* Of a protocol that cannot be translated: where a rule takes all protocols, it does not leave */
static unsigned int other_protocol(struct naru_napt *napt, const struct naru_ruleset *rs, int realm,
				   struct sk_buff *skb, const struct naru_flow *f)
{
	if (naru_ext_find(napt, f->src) || is_local(napt, realm, skb, f->src) ||
	    !is_inside(rs, realm, f->src))
		return untouched(napt, skb);
	return naru_napt_drop(napt, skb, NARU_DROP_NAPT_PROTO);
}

static unsigned int translate(struct naru_napt *napt, const struct naru_ruleset *rs,
			      struct sk_buff *skb, const struct naru_flow *f,
			      const struct naru_mapping *map)
{
	if (map->flags & NARU_MAPPING_OWN && map->out.port == f->sport)
		return NF_ACCEPT;
	if (unlikely(ip_hdr(skb)->ihl * 4 > sizeof(struct iphdr)) &&
	    !naru_options_hide(napt, rs, map->in.realm, skb, map->out.addr))
		return naru_napt_drop(napt, skb, NARU_DROP_NAPT_OPTIONS);
	if (!naru_rewrite_src(napt, skb, f, map->out.addr, map->out.port))
		return naru_napt_drop(napt, skb, NARU_DROP_NAPT_SHORT);
	return NF_ACCEPT;
}

/**
 * naru_napt_outbound - a packet leaves by an interface that rules translate towards
 * @napt: NAPT
 * @rs: rule set
 * @skb: the packet
 * @state: of the hook
 *
 * POST_ROUTING, under rcu_read_lock. RFC 4787 4, RFC 5382 4, RFC 5508 3. An error that goes from
 * outside to outside may be about an inside host, and is looked at all the same.
 *
 * Return: NF_ACCEPT or NF_STOLEN.
 */
unsigned int naru_napt_outbound(struct naru_napt *napt, const struct naru_ruleset *rs,
				struct sk_buff *skb, const struct nf_hook_state *state)
{
	int realm = state->out->ifindex;
	unsigned int verdict = NF_ACCEPT;
	enum naru_flow_kind kind;
	struct naru_mapping *map;
	struct naru_flow f;

	kind = naru_flow_parse(skb, &f);
	if (kind != NARU_FLOW_ERROR && state->in &&
	    naru_side_passes_by(napt, rs, naru_came_by(skb, state), realm, f.src))
		return NF_ACCEPT;
	switch (kind) {
	case NARU_FLOW_PACKET:
		map = naru_napt_sender(napt, rs, realm, skb, &f, &verdict);
		return map ? translate(napt, rs, skb, &f, map) : verdict;
	case NARU_FLOW_ERROR:
		if (is_forged(napt, skb))
			return naru_napt_drop(napt, skb, NARU_DROP_NAPT_FORGED);
		return naru_napt_error_out(napt, rs, skb, state);
	case NARU_FLOW_NONE:
		return other_protocol(napt, rs, realm, skb, &f);
	case NARU_FLOW_BAD:
		break;
	}
	return is_inside(rs, realm, f.src) ? naru_napt_drop(napt, skb, NARU_DROP_NAPT_SHORT) :
					     untouched(napt, skb);
}

/**
 * naru_napt_turned - a hairpin that PRE_ROUTING turned round gets its external source
 * @napt: NAPT
 * @rs: rule set
 * @skb: the packet
 * @state: of the hook
 *
 * POST_ROUTING, under rcu_read_lock. RFC 4787 REQ-9, RFC 5382 REQ-8.
 *
 * Return: NF_ACCEPT or NF_STOLEN.
 */
unsigned int naru_napt_turned(struct naru_napt *napt, const struct naru_ruleset *rs,
			      struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct naru_hairpin *h = naru_hairpin(skb);
	struct naru_flow f;

	switch (naru_flow_parse(skb, &f)) {
	case NARU_FLOW_ERROR:
		return naru_napt_error_out(napt, rs, skb, state);	/* it goes by the flag */
	case NARU_FLOW_PACKET:
		IPCB(skb)->flags &= ~NARU_HAIRPIN;
		if (naru_rewrite_src(napt, skb, &f, h->addr, h->port))
			return NF_ACCEPT;
		break;
	default:
		break;
	}
	return naru_napt_drop(napt, skb, NARU_DROP_NAPT_SHORT);
}
