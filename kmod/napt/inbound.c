// SPDX-License-Identifier: GPL-2.0
/*
 * Packets for external addresses: into mappings, turned round, or for nobody.
 */
#include <net/dst_metadata.h>
#include <net/l3mdev.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>
#include "hook.h"

static bool is_syn(const struct sk_buff *skb, const struct naru_flow *f)
{
	struct naru_track_seg seg;

	if (f->proto != NARU_NAPT_TCP && f->proto != NARU_NAPT_STREAM)
		return false;
	return naru_flow_segment(skb, f, &seg) &&
	       (seg.flags & (NARU_TRACK_SYN_BIT | NARU_TRACK_ACK_BIT | NARU_TRACK_RST_BIT)) ==
	       NARU_TRACK_SYN_BIT;
}

/* A packet for an external address, and where it came by */
struct inbound {
	struct naru_napt *napt;
	const struct naru_ruleset *rs;
	const struct naru_ext *ext;
	struct sk_buff *skb;
	const struct nf_hook_state *state;
};

/* RFC 5382 REQ-4: an unsolicited SYN waits for its answer; everything else gets none */
static unsigned int refuse(const struct inbound *in, const struct naru_rule *rule,
			   const struct naru_flow *f, enum naru_drop_reason reason)
{
	if (rule->spec.unsolicited == NARU_NAPT_UNSOLICITED_HOLD && is_syn(in->skb, f)) {
		naru_hold_syn(in->napt, in->skb, f, reason);
		return NF_STOLEN;
	}
	return naru_napt_drop(in->napt, in->skb, reason);
}

/* No mapping: for the router itself, for nobody, or none of the NAPT's business */
static unsigned int unsolicited(const struct inbound *in, const struct naru_flow *f)
{
	bool own = READ_ONCE(in->ext->own);
	struct naru_rule *rule;

	if (own && (f->proto == NARU_NAPT_ICMP ||
		    naru_local_wants(in->napt, f, in->state->in->ifindex)))
		return NF_ACCEPT;
	rule = naru_rule_by_port(in->rs, in->ext, f->proto, f->dport);
	if (rule && f->proto != NARU_NAPT_ICMP)
		return refuse(in, rule, f, NARU_DROP_NAPT_NO_MAPPING);
	return own ? NF_ACCEPT : naru_napt_drop(in->napt, in->skb, NARU_DROP_NAPT_NO_MAPPING);
}

static void set_mark(struct sk_buff *skb, const struct naru_rule *rule)
{
	skb->mark = (skb->mark & ~rule->spec.mark_mask) | (rule->spec.mark & rule->spec.mark_mask);
}

static void untrack(struct sk_buff *skb, const struct naru_rule *rule)
{
	if (rule->spec.flags & NARU_NAPT_NOTRACK && !skb_nfct(skb))
		nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
}

/**
 * naru_napt_untrack_mapped - conntrack is kept off what comes in for a mapping of a rule with `notrack`
 * @skb: the packet, or an ICMP error about one
 * @map: mapping
 *
 * But for the router's own flows, which conntrack has seen when they left their sockets. Softirq or
 * process, under rcu_read_lock.
 */
void naru_napt_untrack_mapped(struct sk_buff *skb, const struct naru_mapping *map)
{
	if (!(map->flags & NARU_MAPPING_OWN))
		untrack(skb, rcu_dereference(map->rule));
}

/* The destination becomes the inside endpoint */
static unsigned int deliver(const struct inbound *in, const struct naru_mapping *map,
			    const struct naru_flow *f, bool marked)
{
	const struct naru_rule *rule = rcu_dereference(map->rule);

	if (marked && rule->spec.mark_mask)
		set_mark(in->skb, rule);
	naru_napt_untrack_mapped(in->skb, map);
	if (map->in.addr == f->dst && map->in.port == f->dport)
		return NF_ACCEPT;
	if (!naru_rewrite_dst(in->napt, in->skb, f, map->in.addr, map->in.port))
		return naru_napt_drop(in->napt, in->skb, NARU_DROP_NAPT_SHORT);
	return NF_ACCEPT;
}

/* A stranger's packet for a service of the router's own, whose port has a mapping since it answered */
static bool is_served(const struct inbound *in, const struct naru_mapping *map,
		      const struct naru_flow *f)
{
	return map->flags & NARU_MAPPING_OWN && map->in.port == f->dport &&
	       naru_local_wants(in->napt, f, in->state->in->ifindex);
}

static unsigned int filtered(const struct inbound *in, const struct naru_mapping *map,
			     const struct naru_flow *f)
{
	if (is_served(in, map, f))
		return NF_ACCEPT;
	return refuse(in, rcu_dereference(map->rule), f, NARU_DROP_NAPT_FILTERED);
}

/* There may be no more sessions. The router's own services need none before they answer */
static unsigned int no_room(const struct inbound *in, const struct naru_mapping *map,
			    const struct naru_flow *f, enum naru_drop_reason reason)
{
	if (is_served(in, map, f))
		return NF_ACCEPT;
	naru_event_limit(in->napt, NARU_NAPT_EVENT_LIMIT, f->proto, map->in.addr);
	return naru_napt_drop(in->napt, in->skb, reason);
}

/*
 * RFC 6888 REQ-6: what a mapping let in from an endpoint that is excepted would be answered without
 * the mapping. Ports that are forwarded are for all
 */
static bool is_excepted(const struct inbound *in, struct naru_mapping *map,
			const struct naru_flow *f)
{
	return in->rs->any_dst && !(map->flags & NARU_MAPPING_STATIC) &&
	       !naru_session_find(in->napt, map, f->src, naru_flow_rport(f, f->sport)) &&
	       !naru_rules_lead(in->rs, map, f->src, f->sport);
}

static unsigned int into_mapping(const struct inbound *in, struct naru_mapping *map,
				 const struct naru_flow *f)
{
	enum naru_session_verdict verdict;
	bool marked = false;

	if (is_excepted(in, map, f))
		return refuse(in, rcu_dereference(map->rule), f, NARU_DROP_NAPT_EXCEPTED);
	verdict = naru_session_in(in->napt, map, in->skb, f, &marked);
	switch (verdict) {
	case NARU_SESSION_OK:
	case NARU_SESSION_STRAY:
		return deliver(in, map, f, marked);
	case NARU_SESSION_FILTERED:
		return filtered(in, map, f);
	case NARU_SESSION_FULL:
	case NARU_SESSION_STRANGERS:
		return no_room(in, map, f, verdict == NARU_SESSION_FULL ? NARU_DROP_NAPT_LIMIT :
									 NARU_DROP_NAPT_STRANGERS);
	case NARU_SESSION_GONE:
		break;
	}
	return unsolicited(in, f);
}

/* Is the way to the sender another than out into the realm? */
static bool sits_inside(const struct naru_napt *napt, __be32 addr, int realm)
{
	struct net *net = napt->nn->net;
	struct flowi4 fl4 = {
		.flowi4_oif = l3mdev_master_ifindex_by_index(net, realm),
		.daddr = addr,
	};
	struct rtable *rt = ip_route_output_key(net, &fl4);
	bool inside;

	if (IS_ERR(rt))
		return false;
	inside = rt->dst.dev->ifindex != realm;
	ip_rt_put(rt);
	return inside;
}

/* From an inside host, to an external endpoint of another, or of itself: RFC 4787 REQ-9 */
static bool is_hairpin(const struct inbound *in, const struct naru_mapping *map,
		       const struct naru_flow *f)
{
	int realm = map->in.realm;

	if (in->state->in->ifindex == realm || map->flags & NARU_MAPPING_OWN)
		return false;
	if (naru_mapping_to(in->napt, in->rs, realm, f))
		return true;
	return naru_rule_match(in->rs, realm, f) && sits_inside(in->napt, f->src, realm);
}

/*
 * It is routed here and now: where it leaves by the interface that it came by, the route would ask for
 * a redirect, and a hairpin draws none (RFC 5508 REQ-10). Answers of the router itself to those inside
 * do not come by here, and would have an inside source.
 */
static unsigned int route_back(const struct inbound *in, const struct naru_mapping *sender)
{
	struct sk_buff *skb = in->skb;
	const struct iphdr *iph = ip_hdr(skb);

	if (ip_route_input_noref(skb, iph->daddr, iph->saddr, iph->tos, skb->dev))
		return naru_napt_drop(in->napt, skb, NARU_DROP_NO_ROUTE);
	if (skb_rtable(skb)->rt_flags & RTCF_LOCAL)
		return naru_napt_drop(in->napt, skb, NARU_DROP_NAPT_HAIRPIN_LOCAL);
	IPCB(skb)->flags &= ~IPSKB_DOREDIRECT;
	naru_hairpin_set(skb, sender->out.addr, sender->out.port);
	return NF_ACCEPT;
}

/* The sender's mapping is made first, so that the receiver sees its external endpoint */
static unsigned int turn_round(const struct inbound *in, struct naru_mapping *map,
			       const struct naru_flow *f)
{
	const struct naru_rule *rule = rcu_dereference(map->rule);
	unsigned int verdict = NF_ACCEPT;
	struct naru_mapping *sender;
	struct naru_flow seen = *f;

	if (rule->spec.flags & NARU_NAPT_NO_HAIRPIN)
		return naru_napt_drop(in->napt, in->skb, NARU_DROP_NAPT_HAIRPIN_OFF);
	sender = naru_napt_sender(in->napt, in->rs, map->in.realm, in->skb, f, &verdict);
	if (!sender)
		return verdict;
	seen.src = sender->out.addr;
	seen.sport = sender->out.port;
	verdict = into_mapping(in, map, &seen);
	return verdict == NF_ACCEPT ? route_back(in, sender) : verdict;
}

static unsigned int packet_in(const struct inbound *in, const struct naru_flow *f)
{
	struct naru_mapping *map = NULL;

	if (f->proto != NARU_NAPT_ICMP || f->reply)
		map = naru_mapping_outside(in->napt, f->proto, f->dst, f->dport);
	if (!map)
		return unsolicited(in, f);
	if (unlikely(is_hairpin(in, map, f)))
		return turn_round(in, map, f);
	return into_mapping(in, map, f);
}

/**
 * naru_napt_inbound - a packet for an external address
 * @napt: NAPT
 * @rs: rule set
 * @ext: the address
 * @skb: the packet
 * @state: of the hook
 *
 * PRE_ROUTING, softirq, under rcu_read_lock. RFC 4787 5 and 6, RFC 5382 4.3 and 5.
 *
 * Return: NF_ACCEPT or NF_STOLEN.
 */
unsigned int naru_napt_inbound(struct naru_napt *napt, const struct naru_ruleset *rs,
			       struct naru_ext *ext, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	struct inbound in = { .napt = napt, .rs = rs, .ext = ext, .skb = skb, .state = state };
	struct naru_flow f;

	if (naru_napt_no_host(ip_hdr(skb)->saddr))
		return naru_napt_drop(napt, skb, NARU_DROP_NAPT_SOURCE);
	switch (naru_flow_parse(skb, &f)) {
	case NARU_FLOW_PACKET:
		return packet_in(&in, &f);
	case NARU_FLOW_ERROR:
		return naru_napt_error_in(napt, rs, skb, state);
	case NARU_FLOW_NONE:
		break;
	case NARU_FLOW_BAD:
		return naru_napt_drop(napt, skb, NARU_DROP_NAPT_SHORT);
	}
	return READ_ONCE(ext->own) ? NF_ACCEPT :
				     naru_napt_drop(napt, skb, NARU_DROP_NAPT_NO_MAPPING);
}

static bool leaves_by(struct sk_buff *skb, int ifindex)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (!skb_valid_dst(skb) &&
	    ip_route_input_noref(skb, iph->daddr, iph->saddr, iph->tos, skb->dev))
		return false;
	return skb_dst(skb)->dev->ifindex == ifindex;
}

/* NULL: it would be none's that has `notrack` */
static const struct naru_rule *untracking_rule(const struct naru_napt *napt,
					       const struct naru_ruleset *rs, struct sk_buff *skb,
					       int in)
{
	u32 src = ntohl(ip_hdr(skb)->saddr), i;

	for (i = 0; i < rs->num; i++) {
		const struct naru_rule *rule = rs->rule[i];

		if (rule->spec.flags & NARU_NAPT_NOTRACK && !rule->suspended &&
		    !naru_side_passes_by(napt, rs, in, rule->ifindex, ip_hdr(skb)->saddr) &&
		    naru_policy_in_prefix(src, rule->spec.match.src, rule->spec.match.prefix) &&
		    leaves_by(skb, rule->ifindex))
			return rule;
	}
	return NULL;
}

/* What sets marks comes behind, and routes may depend on them */
static void forget_route(struct sk_buff *skb)
{
	skb_dst_drop(skb);
	IPCB(skb)->flags &= ~IPSKB_DOREDIRECT;
}

/**
 * naru_napt_untrack - conntrack is kept off packets that a rule with `notrack` will translate
 * @napt: NAPT
 * @rs: rule set
 * @skb: the packet, from inside perhaps
 * @state: of the hook
 *
 * PRE_ROUTING, softirq, under rcu_read_lock.
 */
void naru_napt_untrack(struct naru_napt *napt, const struct naru_ruleset *rs, struct sk_buff *skb,
		       const struct nf_hook_state *state)
{
	bool routed = skb_valid_dst(skb);
	const struct naru_rule *rule;

	rule = untracking_rule(napt, rs, skb, state->in->ifindex);
	if (!routed)
		forget_route(skb);
	if (rule)
		untrack(skb, rule);
}
