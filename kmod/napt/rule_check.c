// SPDX-License-Identifier: GPL-2.0
/*
 * Rules that make no sense are refused, with the reason.
 */
#include <linux/inet.h>
#include "rule.h"

/* Seconds; RFC 5382 REQ-5, RFC 4787 REQ-5, RFC 5508 REQ-2, RFC 7857 2.1 for what is partly open */
static const struct {
	u32 least;
	const char *text;
} timers[NARU_NAPT_TIMERS] = {
	[NARU_NAPT_TIMER_TCP_OPEN] = { 4, "tcp-open is under 4 seconds" },
	[NARU_NAPT_TIMER_TCP_EST] = { 7440, "tcp-established is under 7440 seconds (RFC 5382 REQ-5)" },
	[NARU_NAPT_TIMER_TCP_CLOSE] = { 240, "tcp-closing is under 240 seconds (RFC 5382 REQ-5)" },
	[NARU_NAPT_TIMER_UDP] = { 120, "udp is under 120 seconds (RFC 4787 REQ-5)" },
	[NARU_NAPT_TIMER_ICMP] = { 60, "icmp is under 60 seconds (RFC 5508 REQ-2)" },
};

#define TIMEOUT_MAX	(30 * 24 * 3600)	/* seconds */

static int refuse(struct netlink_ext_ack *extack, const char *text)
{
	/* a text that is not a literal: what NL_SET_ERR_MSG does with one */
	if (extack)
		extack->_msg = text;
	return -EINVAL;
}

static const char *check_timers(const struct naru_napt_spec *spec)
{
	unsigned int i;

	for (i = 0; i < NARU_NAPT_TIMERS; i++) {
		if (spec->timeout[i] < timers[i].least)
			return timers[i].text;
		if (spec->timeout[i] > TIMEOUT_MAX)
			return "a timer is over 30 days";
	}
	return NULL;
}

static bool reversed(const struct naru_port_range *range)
{
	return range->first > range->last;
}

static u32 mask_of(u8 prefix)
{
	return prefix ? ~0U << (32 - prefix) : 0;
}

static const char *check_match(const struct naru_napt_match *m)
{
	u32 i;

	if (m->prefix > 32)
		return "src has a prefix over 32";
	if (m->src & ~mask_of(m->prefix))
		return "src has bits set behind its prefix";
	if (!m->protos || m->protos >> NARU_NAPT_PROTOS)
		return "no protocol, or one that is not known";
	if (reversed(&m->sports) || reversed(&m->dports))
		return "sport or dport is reversed";
	for (i = 0; i < m->num_excepts; i++) {
		if (m->except[i].prefix > 32 || reversed(&m->except[i].ports))
			return "except has a prefix over 32, or reversed ports";
		if (m->except[i].addr & ~mask_of(m->except[i].prefix))
			return "except has bits set behind its prefix";
	}
	return NULL;
}

static bool unusable(u32 first, u32 last)
{
	return !first || ipv4_is_loopback(htonl(first)) || ipv4_is_loopback(htonl(last)) ||
	       last >= 0xe0000000 || ipv4_is_zeronet(htonl(first));
}

static const char *check_pool(const struct naru_napt_spec *spec)
{
	u64 num = 0;
	u32 i, j;

	if (!!(spec->flags & NARU_NAPT_TO_DEV) == !!spec->num_ranges)
		return "`to` wants addresses, or the interface, and not both";
	for (i = 0; i < spec->num_ranges; i++) {
		const struct naru_napt_range *r = &spec->range[i];

		if (r->first > r->last)
			return "an address range is reversed";
		if (unusable(r->first, r->last))
			return "an external address is loopback, multicast, broadcast or 0.0.0.0/8";
		if (spec->match.prefix && naru_policy_in_prefix(r->first, spec->match.src,
								spec->match.prefix))
			return "an external address lies in src";
		for (j = 0; j < i; j++)
			if (r->first <= spec->range[j].last && spec->range[j].first <= r->last)
				return "address ranges overlap";
		num += (u64)r->last - r->first + 1;
	}
	return num > NARU_NAPT_POOL_MAX ? "more than 65536 external addresses" : NULL;
}

static const char *check_words(const struct naru_napt_spec *spec)
{
	if (!spec->dev[0] || strnlen(spec->dev, IFNAMSIZ) == IFNAMSIZ)
		return "no interface";
	if (!spec->ports.range.first || reversed(&spec->ports.range))
		return "ports are reversed, or begin with 0";
	if (spec->filter_tcp >= NARU_NAPT_FILTERS || spec->filter_other >= NARU_NAPT_FILTERS)
		return "this filtering is not known";
	if (spec->exhausted >= NARU_NAPT_EXHAUSTEDS || spec->unsolicited >= NARU_NAPT_UNSOLICITEDS)
		return "this answer is not known";
	return NULL;
}

/**
 * naru_rule_check - does a rule make sense?
 * @spec: rule
 * @extack: for the reason
 *
 * Process context. Return: 0 or -EINVAL.
 */
int naru_rule_check(const struct naru_napt_spec *spec, struct netlink_ext_ack *extack)
{
	const char *wrong = check_words(spec) ?: check_match(&spec->match) ?: check_pool(spec) ?:
			    check_timers(spec);

	return wrong ? refuse(extack, wrong) : 0;
}

static bool range_in(const struct naru_port_range *inner, const struct naru_port_range *outer)
{
	return inner->first >= outer->first && inner->last <= outer->last;
}

/* Does @b leave alone whatever @a does? */
static bool excepts_all_of(const struct naru_napt_match *b, const struct naru_napt_match *a)
{
	u32 i, j;

	for (i = 0; i < a->num_excepts; i++) {
		const struct naru_napt_except *e = &a->except[i], *f = b->except;

		for (j = 0; j < b->num_excepts; j++, f++)
			if (f->prefix <= e->prefix && range_in(&e->ports, &f->ports) &&
			    naru_policy_in_prefix(e->addr, f->addr, f->prefix))
				break;
		if (j == b->num_excepts)
			return false;
	}
	return true;
}

/* Does @a take all that @b would? */
static bool covers(const struct naru_napt_spec *a, const struct naru_napt_spec *b)
{
	const struct naru_napt_match *m = &a->match, *n = &b->match;

	return !strcmp(a->dev, b->dev) && m->prefix <= n->prefix &&
	       naru_policy_in_prefix(n->src, m->src, m->prefix) && !(n->protos & ~m->protos) &&
	       range_in(&n->sports, &m->sports) && range_in(&n->dports, &m->dports) &&
	       excepts_all_of(n, m);
}

/* @a takes all that @b, behind it, would. A rule that is new has no number yet */
static void say_covered(const struct naru_napt_spec *a, const struct naru_napt_spec *b,
			struct netlink_ext_ack *extack)
{
	if (a->id)
		NARU_COMPAT_ERR_MSG(extack, "a rule before this one takes all that it would",
				    "rule %u before this one takes all that it would", a->id);
	else if (b->id)
		NARU_COMPAT_ERR_MSG(extack, "a rule would be behind this one, which takes all that it would",
				    "rule %u would be behind this one, which takes all that it would",
				    b->id);
	else
		NL_SET_ERR_MSG(extack, "a rule before this one takes all that it would");
}

/**
 * naru_rule_check_order - does every rule of a set have something left to take, and a number of its own?
 * @spec: rules in order
 * @num: how many
 * @bad: which one is refused
 * @extack: for the reason
 *
 * Process context, may sleep. Return: 0, -EEXIST.
 */
int naru_rule_check_order(const struct naru_napt_spec *spec, u32 num, u32 *bad,
			  struct netlink_ext_ack *extack)
{
	u32 i, j;

	for (i = 0; i < num; i++, cond_resched())
		for (j = 0; j < i; j++) {
			*bad = i;
			if (spec[i].id && spec[i].id == spec[j].id) {
				NL_SET_ERR_MSG(extack, "two rules have one number");
				return -EEXIST;
			}
			if (covers(&spec[j], &spec[i])) {
				say_covered(&spec[j], &spec[i], extack);
				return -EEXIST;
			}
		}
	return 0;
}

/**
 * naru_static_check - does a static mapping make sense?
 * @fixed: static mapping
 * @extack: for the reason
 *
 * Process context. Return: 0 or -EINVAL.
 */
int naru_static_check(const struct naru_napt_static *fixed, struct netlink_ext_ack *extack)
{
	if (fixed->proto >= NARU_NAPT_PROTOS || fixed->proto == NARU_NAPT_ICMP)
		return refuse(extack, "static mappings are of a protocol with ports");
	if (!fixed->ext_first || !fixed->in_first || !fixed->num)
		return refuse(extack, "a static mapping wants ports");
	if (fixed->ext_first + fixed->num > 65536 || fixed->in_first + fixed->num > 65536)
		return refuse(extack, "ports of a static mapping go beyond 65535");
	if (!fixed->in || ipv4_is_multicast(fixed->in) || ipv4_is_lbcast(fixed->in) ||
	    ipv4_is_loopback(fixed->in))
		return refuse(extack, "the inside address is no host's");
	if (!fixed->ext && !fixed->dev[0])
		return refuse(extack, "an external address or an interface is wanted");
	return 0;
}
