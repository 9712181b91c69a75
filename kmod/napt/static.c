// SPDX-License-Identifier: GPL-2.0
/*
 * Static mappings: which rule each goes by, whether they can all be, and making them. All under
 * naru_napt.mutex; napt.h, N1.
 */
#include <linux/slab.h>
#include <linux/sort.h>
#include "rule.h"

#define TRIES	8
#define BATCH	1024	/* ports that are looked at in one go */

/**
 * naru_static_rule - the rule that a static mapping goes by
 * @napt: NAPT
 * @rs: rule set
 * @fixed: static mapping
 * @ext: filled with its external address
 *
 * Under rcu_read_lock. Return: the rule, or NULL: none has it now.
 */
struct naru_rule *naru_static_rule(struct naru_napt *napt, const struct naru_ruleset *rs,
				   const struct naru_napt_static *fixed, struct naru_ext **ext)
{
	u32 i;

	*ext = fixed->ext ? naru_ext_find(napt, fixed->ext) : NULL;
	for (i = 0; i < rs->num; i++) {
		struct naru_rule *rule = rs->rule[i];

		if (rule->suspended || (fixed->dev[0] && strcmp(rule->spec.dev, fixed->dev)))
			continue;
		if (!fixed->ext)
			*ext = rule->pool[0];
		if (*ext && naru_rule_has_ext(rule, *ext))
			return rule;
	}
	return NULL;
}

/* But for the external address */
static bool same_ports(const struct naru_napt_static *fixed, const struct naru_mapping *map)
{
	u32 n = ntohs(map->out.port) - fixed->ext_first;

	return fixed->proto == map->in.proto && fixed->in == map->in.addr && n < fixed->num &&
	       ntohs(map->in.port) == fixed->in_first + n;
}

/**
 * naru_static_wanted - is this mapping one of those asked for?
 * @napt: NAPT
 * @rs: rule set
 * @fixed: static mappings
 * @num: how many
 * @map: mapping
 *
 * Under rcu_read_lock. Return: its rule then, or NULL.
 */
struct naru_rule *naru_static_wanted(struct naru_napt *napt, const struct naru_ruleset *rs,
				     const struct naru_napt_static *fixed, u32 num,
				     const struct naru_mapping *map)
{
	struct naru_rule *rule;
	struct naru_ext *ext;
	u32 i;

	for (i = 0; i < num; i++) {
		if (!same_ports(&fixed[i], map))
			continue;
		rule = naru_static_rule(napt, rs, &fixed[i], &ext);
		if (rule && rule->ifindex == map->in.realm && ext->addr == map->out.addr)
			return rule;
	}
	return NULL;
}

/* ---- a place for each ---- */

/* Will its rule have it, when that is suspended no more? Of an address to come nobody knows */
static bool may_be_its(struct naru_napt *napt, const struct naru_rule *rule,
		       const struct naru_napt_static *fixed)
{
	const struct naru_ext *ext;

	if (!fixed->ext || !rule->pool_size)
		return true;
	ext = naru_ext_find(napt, fixed->ext);
	return ext && naru_rule_has_ext(rule, ext);
}

/* One whose rule is suspended, or names an interface that is not there, waits for it */
static bool may_wait(struct naru_napt *napt, const struct naru_ruleset *rs,
		     const struct naru_napt_static *fixed)
{
	u32 i;

	for (i = 0; i < rs->num; i++) {
		const struct naru_rule *rule = rs->rule[i];

		if (rule->suspended && (!fixed->dev[0] || !strcmp(rule->spec.dev, fixed->dev)) &&
		    may_be_its(napt, rule, fixed))
			return true;
	}
	return false;
}

static bool has_place(struct naru_napt *napt, const struct naru_ruleset *rs,
		      const struct naru_napt_static *fixed)
{
	struct naru_ext *ext;

	return rs && (naru_static_rule(napt, rs, fixed, &ext) || may_wait(napt, rs, fixed));
}

static bool is_old(const struct naru_napt *napt, const struct naru_napt_static *fixed)
{
	u32 i;

	for (i = 0; i < napt->num_statics; i++)
		if (!memcmp(&napt->statics[i], fixed, sizeof(*fixed)))
			return true;
	return false;
}

static void say_needed(const struct naru_napt_static *fixed, struct netlink_ext_ack *extack)
{
	static const char *const names[NARU_NAPT_PROTOS] = {
		[NARU_NAPT_TCP] = "tcp", [NARU_NAPT_UDP] = "udp", [NARU_NAPT_STREAM] = "native",
		[NARU_NAPT_DGRAM] = "native-dgram",
	};

	if (fixed->ext)
		NARU_COMPAT_ERR_MSG(extack, "a static mapping needs this rule: map del it first",
				    "static %s %pI4:%u needs this rule: map del it first",
				    names[fixed->proto], &fixed->ext, fixed->ext_first);
	else
		NARU_COMPAT_ERR_MSG(extack, "a static mapping needs this rule: map del it first",
				    "static %s dev:%u needs this rule: map del it first",
				    names[fixed->proto], fixed->ext_first);
}

/* One that has lost its place long since, as an address went, is in nobody's way */
static int check_place(struct naru_napt *napt, const struct naru_ruleset *old,
		       const struct naru_ruleset *rs, const struct naru_napt_static *fixed,
		       struct netlink_ext_ack *extack)
{
	bool known;

	if (has_place(napt, rs, fixed))
		return 0;
	known = is_old(napt, fixed);
	if (known && !has_place(napt, old, fixed))
		return 0;
	if (known)
		say_needed(fixed, extack);
	else
		NL_SET_ERR_MSG(extack, "no rule translates to the address of a static mapping");
	return -EADDRNOTAVAIL;
}

/* ---- no port twice ---- */

/**
 * struct span - ports at one end of a static mapping
 * @fixed: static mapping
 * @realm: of its rule, at the inside; 0: at the outside, or it waits
 * @addr: address, 0: that of an interface that is waited for
 * @first: first port
 */
struct span {
	const struct naru_napt_static *fixed;
	int realm;
	u32 addr;
	u16 first;
};

static int compare(u32 a, u32 b)
{
	return a < b ? -1 : a > b;
}

static int compare_place(const struct span *a, const struct span *b)
{
	return compare(a->fixed->proto, b->fixed->proto) ?: compare(a->addr, b->addr) ?:
	       compare(a->realm, b->realm) ?:
	       (a->addr ? 0 : strcmp(a->fixed->dev, b->fixed->dev));
}

static int compare_span(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return compare_place(x, y) ?: compare(x->first, y->first);
}

/* The first of @num spans that begins within the one before it, 0: none does */
static u32 find_overlap(struct span *span, u32 num)
{
	u32 i;

	sort(span, num, sizeof(*span), compare_span, NULL);
	for (i = 1; i < num; i++)
		if (!compare_place(&span[i - 1], &span[i]) &&
		    span[i].first < span[i - 1].first + span[i - 1].fixed->num)
			return i;
	return 0;
}

/* Do they say the same of the ports that both have? */
static bool agree(const struct naru_napt_static *a, const struct naru_napt_static *b)
{
	return a->in == b->in && a->in_first - a->ext_first == b->in_first - b->ext_first;
}

static u32 fill_outside(struct naru_napt *napt, const struct naru_ruleset *rs,
			const struct naru_napt_static *fixed, u32 num, struct span *span)
{
	struct naru_ext *ext;
	u32 i;

	for (i = 0; i < num; i++) {
		span[i].fixed = &fixed[i];
		span[i].realm = 0;
		span[i].addr = ntohl(fixed[i].ext);
		span[i].first = fixed[i].ext_first;
		if (naru_static_rule(napt, rs, &fixed[i], &ext))
			span[i].addr = ntohl(ext->addr);
	}
	return num;
}

/* Those that wait are left out */
static u32 fill_inside(struct naru_napt *napt, const struct naru_ruleset *rs,
		       const struct naru_napt_static *fixed, u32 num, struct span *span)
{
	const struct naru_rule *rule;
	struct naru_ext *ext;
	u32 i, n = 0;

	for (i = 0; i < num; i++) {
		rule = naru_static_rule(napt, rs, &fixed[i], &ext);
		if (!rule)
			continue;
		span[n].fixed = &fixed[i];
		span[n].realm = rule->ifindex;
		span[n].addr = ntohl(fixed[i].in);
		span[n++].first = fixed[i].in_first;
	}
	return n;
}

/* Which of the two is blamed: the one that was said later */
static u32 later(const struct span *span, const struct naru_napt_static *fixed)
{
	return max(span[-1].fixed, span[0].fixed) - fixed;
}

/* @span, and the one before it, have external ports in common */
static int say_outside_twice(const struct span *span, struct netlink_ext_ack *extack)
{
	const struct naru_napt_static *was = min(span[-1].fixed, span[0].fixed);
	u32 port = span[0].first, to = was->in_first + port - was->ext_first;

	if (agree(span[-1].fixed, span[0].fixed)) {
		NARU_COMPAT_ERR_MSG(extack, "a port is forwarded already, to that host and port",
				    "port %u is forwarded already, to that host and port", port);
		return -EEXIST;
	}
	NARU_COMPAT_ERR_MSG(extack, "an external port of a static mapping is in use by another",
			    "external port %u is in use: it is forwarded to %pI4:%u", port, &was->in,
			    to);
	return -EADDRINUSE;
}

/* The same of inside ports: what the host sends from there could leave by one external port alone */
static void say_inside_twice(const struct span *span, struct netlink_ext_ack *extack)
{
	const struct naru_napt_static *was = min(span[-1].fixed, span[0].fixed);
	u32 port = span[0].first, ext = was->ext_first + port - was->in_first;

	NARU_COMPAT_ERR_MSG(extack, "an inside port has an external port already: one for each",
			    "inside port %pI4:%u has external port %u already: one for each",
			    &was->in, port, ext);
}

static int check_overlaps(struct naru_napt *napt, const struct naru_ruleset *rs,
			  const struct naru_napt_static *fixed, u32 num, struct span *span,
			  u32 *bad, struct netlink_ext_ack *extack)
{
	u32 at = find_overlap(span, fill_outside(napt, rs, fixed, num, span));

	if (at) {
		*bad = later(&span[at], fixed);
		return say_outside_twice(&span[at], extack);
	}
	at = find_overlap(span, fill_inside(napt, rs, fixed, num, span));
	if (!at)
		return 0;
	*bad = later(&span[at], fixed);
	say_inside_twice(&span[at], extack);
	return -EEXIST;
}

/* ---- nobody else has their ports ---- */

/* @all: whoever has one of their external ports goes, not only what their own inside hosts have made */
struct wanted {
	struct naru_napt *napt;
	const struct naru_ruleset *rs;
	const struct naru_napt_static *fixed;
	u32 num;
	bool all;
};

/* A static mapping that is no more when the new ones are made */
static bool is_going(const struct wanted *w, const struct naru_mapping *map)
{
	return map->flags & NARU_MAPPING_STATIC &&
	       !naru_static_wanted(w->napt, w->rs, w->fixed, w->num, map);
}

/* That of port @n, or of whoever has its inside endpoint */
static struct naru_mapping *at_inside(const struct wanted *w, const struct naru_rule *rule,
				      const struct naru_napt_static *fixed, u32 n)
{
	const struct naru_flow f = {
		.proto = fixed->proto,
		.src = fixed->in,
		.sport = htons(fixed->in_first + n),
	};

	return naru_mapping_inside(w->napt, w->rs, rule->ifindex, &f);
}

static int say_in_use(const struct naru_mapping *map, u32 port, struct netlink_ext_ack *extack)
{
	NARU_COMPAT_ERR_MSG(extack, "an external port of a static mapping is in use: map del what has it",
			    "external port %u is in use: map del id %u first", port, map->id);
	return -EADDRINUSE;
}

static int say_mapped(const struct naru_mapping *map, u32 port, struct netlink_ext_ack *extack)
{
	NARU_COMPAT_ERR_MSG(extack,
			    "an inside port of a static mapping has a mapping: map del that first",
			    "inside port %u has a mapping: map del id %u first", port, map->id);
	return -EEXIST;
}

static int check_port(const struct wanted *w, const struct naru_rule *rule,
		      const struct naru_ext *ext, const struct naru_napt_static *fixed, u32 n,
		      struct netlink_ext_ack *extack)
{
	const struct naru_mapping *map = naru_mapping_outside(w->napt, fixed->proto, ext->addr,
							      htons(fixed->ext_first + n));
	const struct naru_mapping *other = at_inside(w, rule, fixed, n);

	if (map && map == other && map->flags & NARU_MAPPING_STATIC)
		return 0;
	if (map && !is_going(w, map))
		return say_in_use(map, fixed->ext_first + n, extack);
	if (other && !is_going(w, other))
		return say_mapped(other, fixed->in_first + n, extack);
	return 0;
}

/* Under rcu_read_lock, which is left now and then: a static mapping may have 65535 ports */
static void breathe(u32 n)
{
	if (n % BATCH != BATCH - 1)
		return;
	rcu_read_unlock();
	cond_resched();
	rcu_read_lock();
}

/* Rule and address are those of a set that stays */
static int check_ports(const struct wanted *w, const struct naru_rule *rule,
		       const struct naru_ext *ext, const struct naru_napt_static *fixed,
		       struct netlink_ext_ack *extack)
{
	int err = 0;
	u32 n;

	for (n = 0; !err && n < fixed->num; n++) {
		err = check_port(w, rule, ext, fixed, n, extack);
		breathe(n);
	}
	return err;
}

static const char *why_not(int err)
{
	switch (err) {
	case -EADDRINUSE:
		return "an external port of a static mapping is in use: map del what has it";
	case -EEXIST:
		return "an inside port of a static mapping has a mapping: map del that first";
	case -ENFILE:
		return "napt_max_mappings is reached";
	}
	return "no memory for static mappings";
}

static int check_each(const struct wanted *w, const struct naru_ruleset *old, u32 *bad,
		      struct netlink_ext_ack *extack)
{
	struct naru_rule *rule;
	struct naru_ext *ext;
	int err;
	u32 i;

	for (i = 0; i < w->num; i++) {
		*bad = i;
		err = check_place(w->napt, old, w->rs, &w->fixed[i], extack);
		if (err)
			return err;
		rule = naru_static_rule(w->napt, w->rs, &w->fixed[i], &ext);
		err = rule ? check_ports(w, rule, ext, &w->fixed[i], extack) : 0;
		if (err)
			return err;
		breathe(BATCH - 1);
	}
	return 0;
}

static u64 count_ports(const struct naru_napt_static *fixed, u32 num)
{
	u64 ports = 0;
	u32 i;

	for (i = 0; i < num; i++)
		ports += fixed[i].num;
	return ports;
}

/* Each port is a mapping, if not now then when its address comes. No more than there are is no fault */
static int check_number(const struct wanted *w, u32 *bad, struct netlink_ext_ack *extack)
{
	const struct naru_napt *napt = w->napt;
	u64 ports = count_ports(w->fixed, w->num);

	if (ports <= naru_setting(napt->nn, napt_max_mappings) ||
	    ports <= count_ports(napt->statics, napt->num_statics))
		return 0;
	*bad = w->num - 1;
	NL_SET_ERR_MSG(extack, "more forwarded ports than napt_max_mappings");
	return -ENFILE;
}

/**
 * naru_statics_check - can all of these be, by these rules?
 * @napt: NAPT
 * @old: rule set that is in force, or NULL
 * @rs: rule set that will be
 * @fixed: static mappings
 * @num: how many
 * @bad: where a refusal leaves which of them it is about
 * @extack: for the reason
 *
 * Nothing is changed. Process context, may sleep.
 *
 * Return: 0; -EADDRNOTAVAIL: no rule has its address; -EADDRINUSE; -EEXIST; -ENFILE; -ENOMEM.
 */
int naru_statics_check(struct naru_napt *napt, const struct naru_ruleset *old,
		       const struct naru_ruleset *rs, const struct naru_napt_static *fixed, u32 num,
		       u32 *bad, struct netlink_ext_ack *extack)
{
	const struct wanted w = { .napt = napt, .rs = rs, .fixed = fixed, .num = num };
	struct span *span;
	int err;

	*bad = 0;
	if (!num)
		return 0;
	err = check_number(&w, bad, extack);
	if (err)
		return err;
	span = kvmalloc_array(num, sizeof(*span), GFP_KERNEL);
	if (!span) {
		NL_SET_ERR_MSG(extack, "no memory for static mappings");
		return -ENOMEM;
	}
	rcu_read_lock();
	err = check_overlaps(napt, rs, fixed, num, span, bad, extack) ?:
	      check_each(&w, old, bad, extack);
	rcu_read_unlock();
	kvfree(span);
	return err;
}

/* ---- making them ---- */

/* Its port @n, if that is not there already */
static int make_port(struct naru_napt *napt, struct naru_rule *rule, struct naru_ext *ext,
		     const struct naru_napt_static *fixed, u32 n)
{
	const struct naru_mapping *map = naru_mapping_outside(napt, fixed->proto, ext->addr,
							      htons(fixed->ext_first + n));

	if (map && map->flags & NARU_MAPPING_STATIC && map->in.realm == rule->ifindex &&
	    same_ports(fixed, map))
		return 0;
	return naru_mapping_static(napt, rule, fixed->proto, fixed->in, fixed->in_first + n, ext,
				   fixed->ext_first + n);
}

static bool is_in_the_way(int err)
{
	return err == -EADDRINUSE || err == -EEXIST;
}

static bool end_dynamic(struct naru_napt *napt, struct naru_mapping *map)
{
	if (!map || map->flags & NARU_MAPPING_STATIC)
		return false;
	naru_mapping_end(napt, map);
	return true;
}

/* What is in the way, by make_port()'s @err. Return: false when there is nothing that can be ended */
static bool clear_port(const struct wanted *w, const struct naru_rule *rule,
		       const struct naru_ext *ext, const struct naru_napt_static *fixed, u32 n,
		       int err)
{
	if (err == -EEXIST)
		return end_dynamic(w->napt, at_inside(w, rule, fixed, n));
	return w->all && end_dynamic(w->napt, naru_mapping_outside(w->napt, fixed->proto, ext->addr,
								   htons(fixed->ext_first + n)));
}

/*
 * The same, and what packets of its inside host have made in its place goes: there was none when it was
 * checked. They may make it again, but hardly each time.
 */
static int take_port(const struct wanted *w, struct naru_rule *rule, struct naru_ext *ext,
		     const struct naru_napt_static *fixed, u32 n)
{
	int err = make_port(w->napt, rule, ext, fixed, n);
	unsigned int i;

	for (i = 0; i < TRIES && is_in_the_way(err) && clear_port(w, rule, ext, fixed, n, err); i++)
		err = make_port(w->napt, rule, ext, fixed, n);
	return err;
}

/* Return: the first error; a port that is not free keeps none of the others from it */
static int make_one(const struct wanted *w, const struct naru_napt_static *fixed)
{
	struct naru_rule *rule;
	struct naru_ext *ext;
	int err = 0, first = 0;
	u32 n;

	rule = naru_static_rule(w->napt, w->rs, fixed, &ext);
	for (n = 0; rule && n < fixed->num && (!err || is_in_the_way(err)); n++) {
		err = take_port(w, rule, ext, fixed, n);
		first = first ?: err;
		breathe(n);
	}
	return first;
}

/* Return: as make_one(), where memory or room that is missing ends it. @bad: which that is of, or NULL */
static int make_each(const struct wanted *w, u32 *bad)
{
	int err, first = 0;
	u32 i;

	for (i = 0; i < w->num; i++) {
		rcu_read_lock();
		err = make_one(w, &w->fixed[i]);
		rcu_read_unlock();
		cond_resched();
		if (err && !first && bad)
			*bad = i;
		first = first ?: err;
		if (err && !is_in_the_way(err))
			break;
	}
	return first;
}

static int make_all(const struct wanted *w, u32 *bad)
{
	int err = make_each(w, bad);

	if (!is_in_the_way(err))
		return err;
	/* a mapping that is half made, or half gone, cannot be ended */
	synchronize_rcu();
	return make_each(w, bad);
}

static bool is_unwanted(struct naru_napt *napt, struct naru_mapping *map, void *arg)
{
	return is_going(arg, map);
}

/**
 * naru_statics_make - static mappings that are not wanted go, and what is missing is made
 * @napt: NAPT
 * @rs: rule set
 * @fixed: static mappings
 * @num: how many
 * @bad: where a failure leaves which of them it is about
 * @extack: for the reason
 *
 * Process context, may sleep.
 *
 * Return: 0, or the first error: -EADDRINUSE, -EEXIST, -ENFILE, -ENOMEM.
 */
int naru_statics_make(struct naru_napt *napt, const struct naru_ruleset *rs,
		      const struct naru_napt_static *fixed, u32 num, u32 *bad,
		      struct netlink_ext_ack *extack)
{
	struct wanted w = { .napt = napt, .rs = rs, .fixed = fixed, .num = num };
	int err;

	if (num || napt->num_statics)
		naru_mapping_each(napt, is_unwanted, &w);
	err = make_all(&w, bad);
	if (err && extack)
		extack->_msg = why_not(err);
	return err;
}

/**
 * naru_statics_drop - static mappings that were not granted, or have no place any more, go
 * @napt: NAPT
 * @rs: rule set, in force or about to be
 *
 * Process context, may sleep.
 */
void naru_statics_drop(struct naru_napt *napt, const struct naru_ruleset *rs)
{
	struct wanted w = { .napt = napt, .rs = rs, .fixed = napt->statics,
			    .num = napt->num_statics };

	naru_mapping_each(napt, is_unwanted, &w);
}

/**
 * naru_statics_keep - the static mappings that were granted are there, as far as they can be
 * @napt: NAPT
 * @rs: rule set, in force or about to be
 *
 * What is missing is made, and what packets have made in its place goes. Process context, may sleep.
 */
void naru_statics_keep(struct naru_napt *napt, const struct naru_ruleset *rs)
{
	const struct wanted w = { .napt = napt, .rs = rs, .fixed = napt->statics,
				  .num = napt->num_statics, .all = true };

	make_all(&w, NULL);
}
