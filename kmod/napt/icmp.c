// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors through the NAPT: those that come from outside, those that leave, those that turn
 * round (hairpin), and those that the router itself makes. They are judged by the packet that they
 * are about, and that is put back to what its sender knows of it. No error refreshes or ends
 * anything: RFC 4787 REQ-12, RFC 5382 REQ-10, RFC 5508 REQ-6.
 */
#include <linux/icmp.h>
#include <linux/inetdevice.h>
#include <linux/netfilter_ipv4.h>
#include <net/dsfield.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include "hook.h"
#include "icmp.h"

#define DSCP_BITS	0xfc	/* of the type of service; the others are ECN's */

/*
 * Whose the ends of an embedded packet are.
 * @src: mapping whose external endpoint is its source, NULL: none
 * @dst: mapping whose inside endpoint is its destination, NULL: none
 */
struct ends {
	struct naru_mapping *src, *dst;
};

/* RFC 5508 REQ-10: redirects and source quenches are nobody's but the router's own */
static bool is_passed_on(u8 type)
{
	return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETERPROB;
}

static enum naru_drop_reason refused(u8 type)
{
	return type == ICMP_REDIRECT ? NARU_DROP_NAPT_REDIRECT : NARU_DROP_NAPT_ERROR_STRAY;
}

static void reverse(const struct naru_flow *f, struct naru_flow *to)
{
	*to = *f;
	to->src = f->dst;
	to->sport = f->dport;
	to->dst = f->src;
	to->dport = f->sport;
}

static bool has_session(const struct naru_napt *napt, struct naru_mapping *map, __be32 addr,
			__be16 port)
{
	__be16 key = map->out.proto == NARU_NAPT_ICMP ? 0 : port;
	struct naru_session *s = naru_session_find(napt, map, addr, key);

	return s && naru_session_is_used(s);
}

/* Inside hosts send requests and get replies; of the other kind none is translated */
static bool is_echo(const struct naru_flow *f, bool reply)
{
	return f->proto == NARU_NAPT_ICMP && f->reply == reply;
}

/*
 * Who has the inside endpoint that a packet was turned round to. A mapping for one destination alone
 * is for that host's external endpoint, which need not be what it has for others.
 */
static struct naru_mapping *turned_to(const struct naru_napt *napt, const struct naru_ruleset *rs,
				      const struct naru_flow *f, const struct naru_mapping *src)
{
	struct naru_mapping *dst;
	struct naru_flow r;

	if (!src->in.raddr) {
		reverse(f, &r);
		return naru_mapping_inside(napt, rs, src->in.realm, &r);
	}
	dst = naru_mapping_outside(napt, f->proto, src->in.raddr, src->in.rport);
	return dst && dst->in.addr == f->dst && dst->in.port == f->dport ? dst : NULL;
}

/*
 * The ends of a packet that was translated on its way out: it has the source of a mapping. Its
 * destination is that of a session, or, where it was turned round, an inside host's whose external
 * endpoint is. RFC 5508 REQ-4, REQ-7
 */
static bool find_sent(const struct naru_napt *napt, const struct naru_ruleset *rs,
		      const struct naru_flow *f, struct ends *t)
{
	t->dst = NULL;
	if (is_echo(f, true))
		return false;
	t->src = naru_mapping_outside(napt, f->proto, f->src, f->sport);
	if (!t->src || has_session(napt, t->src, f->dst, f->dport))
		return t->src;
	t->dst = turned_to(napt, rs, f, t->src);
	return t->dst && has_session(napt, t->src, t->dst->out.addr, t->dst->out.port);
}

/* Of one that came in: it has the destination of an inside host. RFC 5508 REQ-5 */
static bool find_received(const struct naru_napt *napt, const struct naru_ruleset *rs, int realm,
			  const struct naru_flow *f, struct ends *t)
{
	struct naru_flow r;

	t->src = NULL;
	if (is_echo(f, false))
		return false;
	reverse(f, &r);
	t->dst = naru_mapping_to(napt, rs, realm, &r);
	return t->dst && has_session(napt, t->dst, f->src, f->sport);
}

/*
 * Of one that the router was about to turn round and that still has its inside source: the session
 * is that of the destination's mapping with the source's external endpoint.
 */
static bool find_turned(const struct naru_napt *napt, const struct naru_ruleset *rs, int realm,
			const struct naru_flow *f, struct ends *t)
{
	const struct naru_mapping *src;
	struct naru_flow sent = *f;
	struct naru_flow r;

	t->src = NULL;
	reverse(f, &r);
	t->dst = naru_mapping_inside(napt, rs, realm, &r);
	if (!t->dst)
		return false;
	sent.dst = t->dst->out.addr;
	sent.dport = t->dst->out.port;
	src = naru_mapping_inside(napt, rs, realm, &sent);
	return src && has_session(napt, t->dst, src->out.addr, src->out.port);
}

/* ---- in ---- */

/* RFC 5508 REQ-4a and REQ-4c. False: no memory */
static bool give_back(struct naru_napt *napt, struct sk_buff *skb, const struct naru_embedded *e,
		      const struct naru_mapping *map)
{
	if (!naru_embedded_restore(skb, e, true, map->in.addr, map->in.port))
		return false;
	naru_rewrite_addr(napt, skb, false, map->in.addr);
	naru_napt_untrack_mapped(skb, map);
	return true;
}

/* Errors about what is not translated may be the router's own affair; a pool address has none */
static bool is_own_affair(struct naru_napt *napt, const struct naru_ruleset *rs,
			  const struct naru_ext *ext, const struct naru_embedded *e, int ifindex)
{
	const struct naru_flow *f = &e->f;
	struct naru_flow r;

	if (!READ_ONCE(ext->own))
		return false;
	if (!is_passed_on(e->type) || e->kind == NARU_EMBEDDED_OTHER)
		return true;
	if (e->kind != NARU_EMBEDDED_FLOW)
		return false;
	reverse(f, &r);
	return f->proto == NARU_NAPT_ICMP || naru_local_wants(napt, &r, ifindex) ||
	       !naru_rule_by_port(rs, ext, f->proto, f->sport);
}

static enum naru_drop_reason why_not(const struct naru_embedded *e)
{
	if (e->kind == NARU_EMBEDDED_SHORT || e->kind == NARU_EMBEDDED_PART)
		return NARU_DROP_NAPT_ERROR_SHORT;
	return NARU_DROP_NAPT_ERROR_STRAY;
}

static unsigned int unknown_in(struct naru_napt *napt, const struct naru_ruleset *rs,
			       struct sk_buff *skb, const struct naru_embedded *e,
			       const struct nf_hook_state *state)
{
	const struct naru_ext *ext = naru_ext_find(napt, ip_hdr(skb)->daddr);

	if (!ext || is_own_affair(napt, rs, ext, e, state->in->ifindex))
		return NF_ACCEPT;
	if (!is_passed_on(e->type))
		return naru_napt_drop(napt, skb, refused(e->type));
	return naru_napt_drop(napt, skb, why_not(e));
}

/**
 * naru_napt_error_in - an ICMP error comes in for an external address
 * @napt: NAPT
 * @rs: rule set
 * @skb: the error, data at the IP header, not routed yet
 * @state: PRE_ROUTING
 *
 * From outside, or from an inside host about a packet that was turned round (then its source is
 * seen to by naru_napt_error_out()). It need not come from who the packet was sent to, RFC 4787
 * REQ-12a. RFC 5508 REQ-3, REQ-4, REQ-7.
 *
 * Context: softirq, under rcu_read_lock().
 *
 * Return: NF_ACCEPT, also for what is the router's own affair, or NF_STOLEN: it was dropped.
 */
unsigned int naru_napt_error_in(struct naru_napt *napt, const struct naru_ruleset *rs,
				struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct naru_embedded e;
	struct ends t;

	naru_embedded_find(skb, &e);
	if (!is_passed_on(e.type) || e.kind != NARU_EMBEDDED_FLOW)
		return unknown_in(napt, rs, skb, &e, state);
	if (!naru_embedded_intact(skb, &e))
		return naru_napt_drop(napt, skb, NARU_DROP_NAPT_ERROR_CSUM);
	if (e.f.src != ip_hdr(skb)->daddr || !find_sent(napt, rs, &e.f, &t) ||
	    (t.dst && state->in->ifindex == t.src->in.realm))
		return unknown_in(napt, rs, skb, &e, state);
	if (!give_back(napt, skb, &e, t.src))
		return naru_napt_drop(napt, skb, NARU_DROP_NO_MEMORY);
	skb_dst_drop(skb);
	/*
	 * A hairpin's source, and the destination of what is embedded, stay inside ones until it has
	 * been routed and conntrack has seen it.
	 */
	if (t.dst)
		naru_hairpin_set(skb, t.dst->out.addr, t.dst->out.port);
	return NF_ACCEPT;
}

/* ---- out ---- */

/*
 * What may be told to whom.
 * @to: who the error goes to
 * @strict: it is translated: neither source routes nor what nobody can read may be in it
 */
struct border {
	const struct naru_napt *napt;
	const struct naru_ruleset *rs;
	const struct net_device *out;
	const struct naru_embedded *e;
	__be32 to;
	bool strict;
};

/* External addresses, and the router's own on that side */
static bool is_public(const struct border *b, __be32 addr)
{
	return naru_ext_find(b->napt, addr) ||
	       inet_dev_addr_type(dev_net(b->out), b->out, addr) == RTN_LOCAL;
}

/* Would the rule take what this address sends to where the error goes? */
static bool rule_hides(const struct border *b, const struct naru_rule *rule, __be32 addr)
{
	const struct naru_napt_match *m = &rule->spec.match;
	struct naru_napt_flow flow;
	struct naru_flow r;

	if (rule->ifindex != b->out->ifindex)
		return false;
	reverse(&b->e->f, &r);
	r.src = addr;
	r.dst = b->to;
	naru_rule_flow(&r, &flow);
	if (b->e->kind == NARU_EMBEDDED_FLOW ?
	    naru_policy_match(m, &flow) != NARU_NAPT_TAKEN :
	    naru_policy_excepted(m, flow.proto, flow.dst, flow.dport))
		return false;
	return naru_side_inside(b->napt, rule, addr);
}

/*
 * Is it an inside address, which must not be seen there? Where the rules leave a packet alone its
 * addresses have been seen.
 */
static bool is_hidden(const struct border *b, __be32 addr)
{
	u32 i;

	if (is_public(b, addr))
		return false;
	for (i = 0; i < b->rs->num; i++)
		if (rule_hides(b, b->rs->rule[i], addr))
			return true;
	return false;
}

/*
 * Where an option's addresses are: from @at on, each @step bytes behind the last, up to what is
 * returned; 0: it has none. RFC 791 3.1: those that routers left in it, or that were asked for.
 */
static u32 addresses_in(const u8 *opt, u32 *at, u32 *step)
{
	u32 end = opt[1] < 3 ? 0 : min_t(u32, opt[1], max_t(u32, opt[2], 1) - 1);	/* it counts from 1 */

	*at = 3;
	*step = 4;
	if (opt[0] == IPOPT_LSRR || opt[0] == IPOPT_SSRR)
		return opt[1];
	if (opt[0] == IPOPT_RR)
		return end;
	if (opt[0] != IPOPT_TIMESTAMP || opt[1] < 4 || (opt[3] & 0xf) == IPOPT_TS_TSONLY)
		return 0;
	*at = 4;
	*step = 8;
	return (opt[3] & 0xf) == IPOPT_TS_PRESPEC ? opt[1] : end;
}

static bool option_tells(const struct border *b, const u8 *opt)
{
	u32 at, step, end = addresses_in(opt, &at, &step);
	__be32 addr;

	if (b->strict && (opt[0] == IPOPT_LSRR || opt[0] == IPOPT_SSRR))
		return true;	/* RFC 5508 7.3 */
	for (; at + sizeof(addr) <= end; at += step) {
		memcpy(&addr, opt + at, sizeof(addr));
		if (is_hidden(b, addr))
			return true;
	}
	return false;
}

/* Who knows what is in malformed ones? */
static bool options_tell(const struct border *b, const u8 *opt, u32 len)
{
	u32 at = 0;

	while (at < len && opt[at] != IPOPT_END) {
		if (opt[at] == IPOPT_NOOP) {
			at++;
			continue;
		}
		if (at + 1 >= len || opt[at + 1] < 2 || at + opt[at + 1] > len)
			return b->strict;
		if (option_tells(b, opt + at))
			return true;
		at += opt[at + 1];
	}
	return false;
}

/* @ip: where an IP header begins; @end: where it ends */
static bool header_tells(const struct border *b, const struct sk_buff *skb, u32 ip, u32 end)
{
	u32 len = end - ip - sizeof(struct iphdr);
	const u8 *opt;
	u8 buf[40];

	if (!len)
		return false;
	opt = skb_header_pointer(skb, ip + sizeof(struct iphdr), len, buf);
	return !opt || options_tell(b, opt, len);
}

/* Its own, and that of what it is about */
static bool headers_tell(const struct border *b, const struct sk_buff *skb,
			 const struct naru_embedded *e)
{
	if (header_tells(b, skb, skb_network_offset(skb), e->icmp))
		return true;
	return e->kind != NARU_EMBEDDED_SHORT && header_tells(b, skb, e->ip, e->f.thoff);
}

/*
 * An error about a packet that came in and was translated leaves. Its source becomes the external
 * address of the mapping, whoever inside made it: the session's host (RFC 5508 4.2.2), a router on
 * the way, or this one by an inside address of its own (REQ-5c).
 */
static unsigned int received_out(const struct border *b, struct naru_napt *napt,
				 struct sk_buff *skb, const struct naru_embedded *e,
				 const struct naru_mapping *map)
{
	if (!is_passed_on(e->type))
		return naru_napt_drop(napt, skb, refused(e->type));
	if (!naru_embedded_intact(skb, e))
		return naru_napt_drop(napt, skb, NARU_DROP_NAPT_ERROR_CSUM);
	if (b->to != e->f.src || headers_tell(b, skb, e))
		return naru_napt_drop(napt, skb, NARU_DROP_NAPT_ERROR_STRAY);
	if (!naru_embedded_restore(skb, e, false, map->out.addr, map->out.port))
		return naru_napt_drop(napt, skb, NARU_DROP_NO_MEMORY);
	if (!is_public(b, ip_hdr(skb)->saddr))
		naru_rewrite_addr(napt, skb, true, map->out.addr);
	return NF_ACCEPT;
}

/*
 * An error about nothing that is translated leaves: it may if no inside address is in it. Where it
 * goes to is an outside address, since it is routed there.
 */
static unsigned int unknown_out(const struct border *b, struct naru_napt *napt,
				struct sk_buff *skb, const struct naru_embedded *e)
{
	bool known = e->kind != NARU_EMBEDDED_SHORT;

	if (is_hidden(b, ip_hdr(skb)->saddr) || (known && is_hidden(b, e->f.dst)) ||
	    (known && e->f.src != b->to && is_hidden(b, e->f.src)) || headers_tell(b, skb, e))
		return naru_napt_drop(napt, skb, why_not(e));
	return NF_ACCEPT;
}

/* RFC 5508 REQ-5 and REQ-7: the second half of a hairpin's way */
static unsigned int turned_out(struct naru_napt *napt, struct sk_buff *skb,
			       const struct naru_embedded *e)
{
	const struct naru_hairpin *cb = naru_hairpin(skb);

	IPCB(skb)->flags &= ~NARU_HAIRPIN;
	if (e->kind != NARU_EMBEDDED_FLOW)
		return naru_napt_drop(napt, skb, NARU_DROP_NAPT_ERROR_SHORT);
	if (!naru_embedded_restore(skb, e, false, cb->addr, cb->port))
		return naru_napt_drop(napt, skb, NARU_DROP_NO_MEMORY);
	naru_rewrite_addr(napt, skb, true, cb->addr);
	return NF_ACCEPT;
}

/**
 * naru_napt_error_out - an ICMP error leaves
 * @napt: NAPT
 * @rs: rule set
 * @skb: the error, data at the IP header
 * @state: POST_ROUTING; it leaves by an interface that rules translate towards, or is flagged with
 *	NARU_HAIRPIN
 *
 * Whoever made it, this router included. No inside address gets out: what is about no session and
 * has one is dropped. RFC 5508 REQ-3, REQ-5, REQ-7, 7.3.
 *
 * Context: softirq or process with BHs off, under rcu_read_lock().
 *
 * Return: NF_ACCEPT, or NF_STOLEN: it was dropped.
 */
unsigned int naru_napt_error_out(struct naru_napt *napt, const struct naru_ruleset *rs,
				 struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct naru_embedded e;
	struct border b = { napt, rs, state->out, &e, ip_hdr(skb)->daddr };
	struct ends t;

	naru_embedded_find(skb, &e);
	if (IPCB(skb)->flags & NARU_HAIRPIN)
		return turned_out(napt, skb, &e);
	b.strict = e.kind == NARU_EMBEDDED_FLOW &&
		   find_received(napt, rs, state->out->ifindex, &e.f, &t);
	if (b.strict)
		return received_out(&b, napt, skb, &e, t.dst);
	return unknown_out(&b, napt, skb, &e);
}

/* ---- this router's own ---- */

/* RFC 5508 REQ-10d: the kernel gives its errors a precedence instead. ECN bits are not copied */
static void copy_class(struct sk_buff *skb, const struct naru_embedded *e)
{
	if (!skb_ensure_writable(skb, sizeof(struct iphdr)))
		ipv4_change_dsfield(ip_hdr(skb), 0, e->tos & DSCP_BITS);
}

/* Made behind POST_ROUTING (fragmentation needed, host unreachable): it knows external ends */
static unsigned int sent_local(struct naru_napt *napt, struct sk_buff *skb,
			       const struct naru_embedded *e, const struct ends *t,
			       const struct nf_hook_state *state)
{
	const struct naru_mapping *map = t->src;

	if (!is_passed_on(e->type))
		return naru_napt_drop(napt, skb, refused(e->type));
	if (!(map->flags & NARU_MAPPING_OWN))
		copy_class(skb, e);
	if (!give_back(napt, skb, e, map) ||
	    (t->dst && !naru_embedded_restore(skb, e, false, t->dst->out.addr, t->dst->out.port)))
		return naru_napt_drop(napt, skb, NARU_DROP_NO_MEMORY);
	if (map->in.addr != e->f.src && ip_route_me_harder(state->net, state->sk, skb, RTN_UNSPEC))
		return naru_napt_drop(napt, skb, NARU_DROP_NO_ROUTE);
	return NF_ACCEPT;
}

/* Made about a packet between PRE_ROUTING, which turned it round, and POST_ROUTING */
static unsigned int turned_local(struct naru_napt *napt, struct sk_buff *skb,
				 const struct naru_embedded *e, const struct naru_mapping *dst)
{
	if (!is_passed_on(e->type))
		return naru_napt_drop(napt, skb, refused(e->type));
	copy_class(skb, e);
	if (!naru_embedded_restore(skb, e, false, dst->out.addr, dst->out.port))
		return naru_napt_drop(napt, skb, NARU_DROP_NO_MEMORY);
	return NF_ACCEPT;
}

static bool is_turned(const struct naru_napt *napt, const struct naru_ruleset *rs,
		      const struct naru_flow *f, struct ends *t)
{
	u32 i;

	for (i = 0; i < rs->num_devs; i++)
		if (find_turned(napt, rs, rs->dev[i], f, t))
			return true;
	return false;
}

/* Is it about a packet that rules translate, or that came in translated? Not the router's own */
static bool is_guests_affair(const struct naru_napt *napt, const struct naru_ruleset *rs,
			     const struct naru_flow *f)
{
	struct net *net = napt->nn->net;
	struct ends t;
	u32 i;

	for (i = 0; i < rs->num_devs; i++)
		if (naru_side_own(net, rs->dev[i], f->src) ||
		    naru_side_own(net, rs->dev[i], f->dst))
			return false;
	for (i = 0; i < rs->num_devs; i++)
		if (naru_rule_match(rs, rs->dev[i], f) ||
		    find_received(napt, rs, rs->dev[i], f, &t))
			return true;
	return false;
}

/*
 * A redirect goes out by the interface that its packet came and leaves by. Where that is one that
 * rules translate towards, it would lead round the NAPT.
 */
static bool leads_round(const struct naru_napt *napt, const struct naru_ruleset *rs,
			const struct naru_embedded *e, int ifindex)
{
	struct ends t;

	if (e->type != ICMP_REDIRECT)
		return false;
	if (find_received(napt, rs, ifindex, &e->f, &t))
		return true;
	return naru_rule_match(rs, ifindex, &e->f) &&
	       !naru_side_passes_by(napt, rs, ifindex, ifindex, e->f.src);
}

/**
 * naru_napt_error_local - this router makes an ICMP error
 * @napt: NAPT
 * @rs: rule set
 * @skb: the error, data at the IP header, routed
 * @state: LOCAL_OUT
 *
 * What it made about a packet before that was translated is as its sender knows it, and gets that
 * packet's diffserv class only (RFC 5508 REQ-10d); about one that came in, error_out sees to it.
 * What it made after that is put back, and routed again. What is turned round, or translated on its
 * way back to where it came from, draws no redirect.
 *
 * Context: softirq or process with BHs off, under rcu_read_lock().
 *
 * Return: NF_ACCEPT, or NF_STOLEN: it was dropped.
 */
unsigned int naru_napt_error_local(struct naru_napt *napt, const struct naru_ruleset *rs,
				   struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct naru_embedded e;
	struct ends t;

	naru_embedded_find(skb, &e);
	if (e.kind != NARU_EMBEDDED_FLOW)
		return NF_ACCEPT;
	if (e.f.src == ip_hdr(skb)->daddr && find_sent(napt, rs, &e.f, &t))
		return sent_local(napt, skb, &e, &t, state);
	if (is_turned(napt, rs, &e.f, &t))
		return turned_local(napt, skb, &e, t.dst);
	if (leads_round(napt, rs, &e, state->out->ifindex))
		return naru_napt_drop(napt, skb, NARU_DROP_NAPT_REDIRECT);
	if (is_guests_affair(napt, rs, &e.f))
		copy_class(skb, &e);
	return NF_ACCEPT;
}

/* A packet that has not been routed yet gets the route back, if that leads where it came from */
static bool route_back(struct net *net, struct sk_buff *skb)
{
	struct flowi4 fl4 = {
		.flowi4_oif = l3mdev_master_ifindex_rcu(skb->dev),
		.flowi4_mark = skb->mark,
		.daddr = ip_hdr(skb)->saddr,
	};
	struct rtable *rt = ip_route_output_key(net, &fl4);

	if (IS_ERR(rt))
		return false;
	skb_dst_set(skb, &rt->dst);
	return rt->dst.dev == skb->dev;
}

/**
 * naru_napt_tell_full - tells the sender of a packet that there is no mapping for it
 * @napt: NAPT
 * @skb: the packet, not translated; the caller drops it
 * @rule: rule that took it and says what is told: RFC 6888 REQ-11, RFC 5508 REQ-8
 *
 * At POST_ROUTING, or at PRE_ROUTING for what is turned round. As often as the kernel's limits on
 * ICMP allow.
 *
 * Context: softirq or process with BHs off, under rcu_read_lock().
 */
void naru_napt_tell_full(struct naru_napt *napt, struct sk_buff *skb, const struct naru_rule *rule)
{
	bool admin = rule->spec.exhausted == NARU_NAPT_EXHAUSTED_ADMIN;

	if (rule->spec.exhausted == NARU_NAPT_EXHAUSTED_SILENT)
		return;
	if (!skb_dst(skb) && !route_back(napt->nn->net, skb))
		return;
	icmp_send(skb, ICMP_DEST_UNREACH, admin ? ICMP_PKT_FILTERED : ICMP_HOST_UNREACH, 0);
}
