// SPDX-License-Identifier: GPL-2.0
/*
 * What would become of a packet that is described, and why: the decisions of hook.c, inbound.c and
 * outbound.c in the same order, without a packet and without changing anything.
 */
#include <net/ip_fib.h>
#include "explain.h"

static bool has_segments(const struct naru_flow *f)
{
	return f->proto == NARU_NAPT_TCP || f->proto == NARU_NAPT_STREAM;
}

static bool is_reply(const struct naru_flow *f)
{
	return f->proto == NARU_NAPT_ICMP && f->reply;
}

static void decide(struct naru_explain *e, u8 verdict, u8 because)
{
	e->verdict = verdict;
	e->because = because;
}

static void drop(struct naru_explain *e, u8 because, enum naru_drop_reason reason)
{
	decide(e, NARU_VERDICT_DROPPED, because);
	e->drop = reason;
}

/**
 * naru_explain_route() - where does a packet go?
 * @net: namespace
 * @f: its flow
 * @in: ifindex that it comes in by, 0: it is sent from here
 *
 * Under rcu_read_lock.
 *
 * Return: ifindex that it leaves by, 0: it is for this machine, or -ENETUNREACH.
 */
int naru_explain_route(struct net *net, const struct naru_flow *f, int in)
{
	struct flowi4 fl4 = {
		.flowi4_iif = in ?: LOOPBACK_IFINDEX,
		.flowi4_proto = naru_napt_wire(f->proto),
		.saddr = f->src,
		.daddr = f->dst,
	};
	struct fib_result res = { };

	if (f->proto != NARU_NAPT_ICMP) {
		fl4.fl4_sport = f->sport;
		fl4.fl4_dport = f->dport;
	}
	if (fib_lookup(net, &fl4, &res, 0))
		return -ENETUNREACH;
	if (res.type == RTN_LOCAL || res.type == RTN_BROADCAST)
		return 0;
	if (res.type != RTN_UNICAST || !FIB_RES_DEV(res))
		return -ENETUNREACH;
	return FIB_RES_DEV(res)->ifindex;
}

/* The destination has been decided: by which interface does it leave? */
static void route(struct naru_net *nn, struct naru_explain *e, __be32 dst)
{
	struct naru_flow f = e->flow;
	int out;

	f.dst = dst;
	out = naru_explain_route(nn->net, &f, e->in);
	e->out = max(out, 0);
	if (out < 0 && e->verdict != NARU_VERDICT_DROPPED)
		decide(e, NARU_VERDICT_UNROUTED, e->because);
}

/**
 * naru_explain_why() - does a rule take the packet?
 * @rule: rule of the set that the packet was explained by
 * @e: packet, explained; @e->realm is not 0
 *
 * Under rcu_read_lock.
 *
 * Return: enum naru_napt_why.
 */
enum naru_napt_why naru_explain_why(const struct naru_rule *rule, const struct naru_explain *e)
{
	struct naru_napt_flow flow;
	enum naru_napt_why why;

	if (rule->ifindex != e->realm)
		return NARU_NAPT_WHY_DEV;
	naru_rule_flow(&e->flow, &flow);
	why = naru_policy_match(&rule->spec.match, &flow);
	if (why != NARU_NAPT_TAKEN)
		return why;
	if (e->outside)
		return NARU_NAPT_WHY_OUTSIDE;
	return rule->suspended ? NARU_NAPT_WHY_SUSPENDED : NARU_NAPT_TAKEN;
}

/* Is every port of the rule taken? Those that local sockets have are not looked at */
static bool is_exhausted(const struct naru_napt *napt, const struct naru_rule *rule,
			 const struct naru_ext *ext, u8 proto)
{
	u32 port, last = rule->spec.ports.range.last;

	if (atomic_read(&ext->num[proto]) <= last - rule->spec.ports.range.first)
		return false;
	for (port = rule->spec.ports.range.first; port <= last; port++)
		if (!naru_mapping_outside(napt, proto, ext->addr, htons(port)))
			return false;
	return true;
}

/* A new mapping: its external address is known, its port is not before it is made */
static void new_mapping(struct naru_napt *napt, struct naru_explain *e,
			const struct naru_rule *rule)
{
	struct naru_host *host;

	e->rule = rule;
	if (atomic_read(&napt->num_maps) >= naru_setting(napt->nn, napt_max_mappings)) {
		drop(e, NARU_BECAUSE_LIMIT, NARU_DROP_NAPT_LIMIT);
		return;
	}
	host = naru_host_get(napt, rule, e->flow.src);
	if (IS_ERR(host)) {
		drop(e, NARU_BECAUSE_LIMIT, NARU_DROP_NAPT_LIMIT);
		return;
	}
	e->ext = host->ext->addr;
	e->paired = refcount_read(&host->ref) > 1;
	if (is_exhausted(napt, rule, host->ext, e->flow.proto))
		drop(e, NARU_BECAUSE_EXHAUSTED, NARU_DROP_NAPT_EXHAUSTED);
	else
		decide(e, NARU_VERDICT_OUT_NEW, NARU_BECAUSE_NONE);
	naru_host_put(napt, host);
}

/* The router is a subscriber too, whatever the rules take: its port stays as it is where it is free */
static void own_flow(struct naru_napt *napt, const struct naru_ruleset *rs, struct naru_explain *e,
		     const struct naru_ext *ext)
{
	const struct naru_rule *rule = naru_rule_by_ext(rs, ext, e->realm);

	e->rule = rule;
	e->realm = 0;
	if (!rule) {
		decide(e, NARU_VERDICT_UNTOUCHED, NARU_BECAUSE_NO_RULE_TAKES);
		return;
	}
	if (is_reply(&e->flow) ||
	    !naru_mapping_outside(napt, e->flow.proto, ext->addr, e->flow.sport)) {
		decide(e, NARU_VERDICT_UNTOUCHED, NARU_BECAUSE_OWN_MAPPING);
		return;
	}
	e->ext = ext->addr;
	decide(e, NARU_VERDICT_OUT_NEW, NARU_BECAUSE_OWN_MAPPING);
}

static bool has_session(struct naru_napt *napt, struct naru_mapping *map, const struct naru_flow *f,
			__be32 addr, __be16 port)
{
	return naru_session_find(napt, map, addr, naru_flow_rport(f, port));
}

static void by_mapping(struct naru_napt *napt, struct naru_explain *e, struct naru_mapping *map)
{
	bool same = map->flags & NARU_MAPPING_OWN && map->out.port == e->flow.sport;

	e->map = map;
	e->rule = rcu_dereference(map->rule);
	e->session = has_session(napt, map, &e->flow, e->flow.dst, e->flow.dport);
	decide(e, same ? NARU_VERDICT_UNTOUCHED : NARU_VERDICT_OUT,
	       same ? NARU_BECAUSE_OWN_MAPPING : NARU_BECAUSE_NONE);
}

/* No rule takes it. What a suspended one would take does not leave with its inside address */
static void untaken(struct naru_napt *napt, const struct naru_ruleset *rs, struct naru_explain *e)
{
	if (naru_rule_suspended(rs, e->realm, &e->flow) &&
	    !naru_side_own(napt->nn->net, e->realm, e->flow.src))
		drop(e, NARU_BECAUSE_SUSPENDED, NARU_DROP_NAPT_SUSPENDED);
	else
		decide(e, NARU_VERDICT_UNTOUCHED, NARU_BECAUSE_NO_RULE_TAKES);
}

/* The router itself may ask for an address before it has one */
static void no_host(struct naru_explain *e)
{
	if (!e->in && ipv4_is_zeronet(e->flow.src))
		decide(e, NARU_VERDICT_UNTOUCHED, NARU_BECAUSE_SOURCE);
	else
		drop(e, NARU_BECAUSE_SOURCE, NARU_DROP_NAPT_SOURCE);
}

/* A packet leaves by an interface that rules translate towards: outbound.c */
static void outbound(struct naru_napt *napt, const struct naru_ruleset *rs, struct naru_explain *e)
{
	struct naru_mapping *map = naru_mapping_to(napt, rs, e->realm, &e->flow);
	const struct naru_ext *ext = naru_ext_find(napt, e->flow.src);
	const struct naru_rule *rule;

	e->outside = naru_side_passes_by(napt, rs, e->in, e->realm, e->flow.src);
	if (e->outside) {
		decide(e, NARU_VERDICT_UNTOUCHED, NARU_BECAUSE_NO_RULE_TAKES);
		return;
	}
	if (map && !is_reply(&e->flow)) {
		by_mapping(napt, e, map);
		return;
	}
	if (ext && READ_ONCE(ext->own)) {
		own_flow(napt, rs, e, ext);
		return;
	}
	rule = ext ? NULL : naru_rule_match(rs, e->realm, &e->flow);
	if (ext && e->in)
		drop(e, NARU_BECAUSE_NOBODYS, NARU_DROP_NAPT_FORGED);
	else if (!rule)
		untaken(napt, rs, e);
	else if (naru_napt_no_host(e->flow.src))
		no_host(e);
	else if (is_reply(&e->flow))
		drop(e, NARU_BECAUSE_NO_MAPPING, NARU_DROP_NAPT_STRAY);
	else
		new_mapping(napt, e, rule);
}

/* Not for an external address: it is forwarded, or for this machine */
static void forward(struct naru_net *nn, struct naru_napt *napt, const struct naru_ruleset *rs,
		    struct naru_explain *e)
{
	route(nn, e, e->flow.dst);
	if (e->verdict == NARU_VERDICT_UNROUTED)
		return;
	if (!napt || !rs || !rs->num) {
		decide(e, NARU_VERDICT_UNTOUCHED, NARU_BECAUSE_NO_RULES);
	} else if (!e->out) {
		decide(e, NARU_VERDICT_UNTOUCHED, NARU_BECAUSE_FOR_US);
	} else if (!naru_rules_towards(rs, e->out)) {
		e->realm = e->out;
		decide(e, NARU_VERDICT_UNTOUCHED, NARU_BECAUSE_NO_RULE_HERE);
	} else {
		e->realm = e->out;
		outbound(napt, rs, e);
	}
}

/* A segment is taken for the first SYN of its connection, RFC 5382 REQ-4: hold.c */
static void refuse(struct naru_explain *e, u8 because, enum naru_drop_reason reason)
{
	drop(e, because, reason);
	if (e->rule->spec.unsolicited == NARU_NAPT_UNSOLICITED_HOLD && has_segments(&e->flow)) {
		e->verdict = NARU_VERDICT_HELD;
		e->drop = NARU_DROP_NAPT_HELD;
	}
}

static void unsolicited(struct naru_napt *napt, const struct naru_ruleset *rs,
			const struct naru_ext *ext, struct naru_explain *e)
{
	const struct naru_flow *f = &e->flow;
	bool own = READ_ONCE(ext->own);

	if (own && f->proto == NARU_NAPT_ICMP) {
		decide(e, NARU_VERDICT_UNTOUCHED, NARU_BECAUSE_FOR_US);
		return;
	}
	if (own && naru_local_wants(napt, f, e->in)) {
		decide(e, NARU_VERDICT_UNTOUCHED, NARU_BECAUSE_OWN_SOCKET);
		return;
	}
	if (f->proto != NARU_NAPT_ICMP)
		e->rule = naru_rule_by_port(rs, ext, f->proto, f->dport);
	if (e->rule)
		refuse(e, NARU_BECAUSE_NO_MAPPING, NARU_DROP_NAPT_NO_MAPPING);
	else if (own)
		decide(e, NARU_VERDICT_UNTOUCHED, NARU_BECAUSE_NOT_IN_RANGE);
	else
		drop(e, NARU_BECAUSE_NOBODYS, NARU_DROP_NAPT_NO_MAPPING);
}

static bool from_inside_to(const struct naru_session *s, __be32 addr)
{
	return READ_ONCE(s->key.addr) == addr && naru_session_is_answered(s);
}

static bool knows_address(const struct naru_mapping *map, __be32 addr)
{
	const struct naru_session *s;

	if (from_inside_to(&map->first, addr))
		return true;
	hlist_for_each_entry_rcu(s, &map->more, link)
		if (from_inside_to(s, addr))
			return true;
	return false;
}

/* @port 0: not known yet, and so no session */
static bool admits(struct naru_napt *napt, struct naru_explain *e, __be32 addr, __be16 port)
{
	const struct naru_napt_spec *spec = &e->rule->spec;
	const struct naru_session *s = NULL;

	e->filtered = true;
	e->filter = has_segments(&e->flow) ? spec->filter_tcp : spec->filter_other;
	if (port || e->flow.proto == NARU_NAPT_ICMP)
		s = naru_session_find(napt, e->map, addr, naru_flow_rport(&e->flow, port));
	e->session = s;
	if (e->map->flags & NARU_MAPPING_STATIC)
		e->filter = NARU_NAPT_FILTER_EI;
	return naru_policy_admits(e->filter, knows_address(e->map, addr),
				  s && READ_ONCE(s->flags) & NARU_SESSION_FROM_IN);
}

/* Would an answer go another way? @port 0: it is not known yet */
static bool is_excepted(struct naru_napt *napt, const struct naru_ruleset *rs,
			const struct naru_explain *e, __be32 addr, __be16 port)
{
	if (e->map->flags & NARU_MAPPING_STATIC || (!port && e->flow.proto != NARU_NAPT_ICMP))
		return false;
	return !has_session(napt, e->map, &e->flow, addr, port) &&
	       !naru_rules_lead(rs, e->map, addr, port);
}

/* The rule has been asked for its filtering: inbound.c, into_mapping() */
static void into_mapping(struct naru_napt *napt, const struct naru_ruleset *rs,
			 struct naru_explain *e, __be32 addr, __be16 port, u8 verdict)
{
	const struct naru_mapping *map = e->map;
	bool own = map->flags & NARU_MAPPING_OWN && map->in.port == e->flow.dport;

	if (is_excepted(napt, rs, e, addr, port))
		refuse(e, NARU_BECAUSE_EXCEPTED, NARU_DROP_NAPT_EXCEPTED);
	else if (admits(napt, e, addr, port))
		decide(e, own ? NARU_VERDICT_UNTOUCHED : verdict,
		       own ? NARU_BECAUSE_OWN_MAPPING : NARU_BECAUSE_ADMITTED);
	else if (own && naru_local_wants(napt, &e->flow, e->in))
		decide(e, NARU_VERDICT_UNTOUCHED, NARU_BECAUSE_OWN_SOCKET);
	else
		refuse(e, NARU_BECAUSE_FILTERED, NARU_DROP_NAPT_FILTERED);
}

/* From an inside host, as far as anybody can tell: RFC 4787 REQ-9 */
static bool is_hairpin(struct naru_net *nn, struct naru_napt *napt, const struct naru_ruleset *rs,
		       struct naru_explain *e, int realm)
{
	struct naru_flow back = { .proto = e->flow.proto, .dst = e->flow.src };

	if (e->in == realm || e->map->flags & NARU_MAPPING_OWN)
		return false;
	e->sender = naru_mapping_to(napt, rs, realm, &e->flow);
	return e->sender || (naru_rule_match(rs, realm, &e->flow) &&
			     naru_explain_route(nn->net, &back, e->in) != realm);
}

/* The sender's mapping may have to be made: then its port is not known */
static void turn_round(struct naru_napt *napt, const struct naru_ruleset *rs,
		       struct naru_explain *e)
{
	if (e->rule->spec.flags & NARU_NAPT_NO_HAIRPIN) {
		drop(e, NARU_BECAUSE_NO_HAIRPIN, NARU_DROP_NAPT_HAIRPIN_OFF);
		return;
	}
	e->realm = e->map->in.realm;
	if (e->sender) {
		into_mapping(napt, rs, e, e->sender->out.addr, e->sender->out.port,
			     NARU_VERDICT_HAIRPIN);
		return;
	}
	new_mapping(napt, e, naru_rule_match(rs, e->realm, &e->flow));
	e->rule = rcu_dereference(e->map->rule);
	if (e->verdict == NARU_VERDICT_OUT_NEW)
		into_mapping(napt, rs, e, e->ext, 0, NARU_VERDICT_HAIRPIN);
}

/* For an external address: inbound.c */
static void inbound(struct naru_net *nn, struct naru_napt *napt, const struct naru_ruleset *rs,
		    const struct naru_ext *ext, struct naru_explain *e)
{
	const struct naru_flow *f = &e->flow;

	if (naru_napt_no_host(f->src)) {
		drop(e, NARU_BECAUSE_SOURCE, NARU_DROP_NAPT_SOURCE);
		return;
	}
	if (f->proto != NARU_NAPT_ICMP || f->reply)
		e->map = naru_mapping_outside(napt, f->proto, f->dst, f->dport);
	if (!e->map) {
		unsolicited(napt, rs, ext, e);
		return;
	}
	e->rule = rcu_dereference(e->map->rule);
	if (is_hairpin(nn, napt, rs, e, e->map->in.realm))
		turn_round(napt, rs, e);
	else
		into_mapping(napt, rs, e, f->src, f->sport, NARU_VERDICT_IN);
	if (e->verdict == NARU_VERDICT_IN || e->verdict == NARU_VERDICT_HAIRPIN)
		route(nn, e, e->map->in.addr);
	if (e->verdict == NARU_VERDICT_HAIRPIN && !e->out)
		drop(e, NARU_BECAUSE_FOR_US, NARU_DROP_NAPT_HAIRPIN_LOCAL);
}

/**
 * naru_explain_packet() - what would become of a packet?
 * @nn: namespace
 * @napt: NAPT, or NULL
 * @rs: its rules, or NULL
 * @e: the packet, all but @e->flow and @e->in zero; the rest is filled
 *
 * Process context or softirq, under rcu_read_lock; what @e points to is good as long.
 */
void naru_explain_packet(struct naru_net *nn, struct naru_napt *napt,
			 const struct naru_ruleset *rs, struct naru_explain *e)
{
	const struct naru_ext *ext = NULL;

	e->drop = NARU_DROP_MAX;
	if (napt && rs && rs->num && e->in)
		ext = naru_ext_find(napt, e->flow.dst);
	if (ext)
		inbound(nn, napt, rs, ext, e);
	else
		forward(nn, napt, rs, e);
}
