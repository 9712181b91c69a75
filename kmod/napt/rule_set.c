// SPDX-License-Identifier: GPL-2.0
/*
 * The rule set is replaced as a whole, and what mappings the new one would make as they are stay;
 * napt.h, N1. All under naru_napt.mutex.
 */
#include <linux/slab.h>
#include "rule.h"

static struct naru_ruleset *current_set(struct naru_napt *napt)
{
	return rcu_dereference_protected(napt->rules, lockdep_is_held(&napt->mutex));
}

static void free_set(struct naru_napt *napt, struct naru_ruleset *rs)
{
	u32 i;

	if (!rs)
		return;
	for (i = 0; i < rs->num; i++)
		naru_rule_put(napt, rs->rule[i]);
	kvfree_rcu(rs, rcu);
}

/* Room for @num rules, and as many interfaces behind them */
static struct naru_ruleset *alloc_set(struct naru_napt *napt, u32 num)
{
	struct naru_ruleset *rs;

	rs = kvzalloc(struct_size(rs, rule, num) + num * sizeof(int), GFP_KERNEL_ACCOUNT);
	if (!rs)
		return NULL;
	rs->dev = (int *)&rs->rule[num];
	rs->gen = ++napt->next_gen;
	return rs;
}

static bool looks_at_dst(const struct naru_napt_match *m)
{
	return m->num_excepts || m->dports.first || m->dports.last != U16_MAX;
}

static void add_rule(struct naru_ruleset *rs, struct naru_rule *rule)
{
	rs->rule[rs->num++] = rule;
	rs->any_apdm |= !!(rule->spec.flags & NARU_NAPT_APDM);
	rs->any_dst |= looks_at_dst(&rule->spec.match);
	rs->any_notrack |= !!(rule->spec.flags & NARU_NAPT_NOTRACK);
	if (rule->ifindex && !naru_rules_towards(rs, rule->ifindex))
		rs->dev[rs->num_devs++] = rule->ifindex;
}

static bool id_in_use(const struct naru_napt_spec *spec, u32 num, u32 id)
{
	u32 i;

	for (i = 0; i < num; i++)
		if (spec[i].id == id)
			return true;
	return false;
}

static u32 new_id(struct naru_napt *napt, const struct naru_napt_spec *spec, u32 num)
{
	do
		napt->next_rule++;
	while (!napt->next_rule || id_in_use(spec, num, napt->next_rule));
	return napt->next_rule;
}

static struct naru_ruleset *make_set(struct naru_napt *napt, const struct naru_napt_spec *spec,
				     u32 num)
{
	struct naru_ruleset *rs = alloc_set(napt, num);
	u32 i;

	for (i = 0; rs && i < num; i++) {
		struct naru_rule *rule = naru_rule_make(napt, &spec[i]);

		if (!rule) {
			free_set(napt, rs);
			return NULL;
		}
		if (!rule->spec.id)
			rule->spec.id = new_id(napt, spec, num);
		add_rule(rs, rule);
	}
	return rs;
}

/* ---- mappings that outlive their rules ---- */

struct rebind {
	const struct naru_ruleset *rs;
	const struct naru_napt_static *fixed;
	u32 num_fixed;
};

/* The rule that would make this very mapping, or NULL */
static struct naru_rule *rule_for(struct naru_napt *napt, const struct rebind *re,
				  const struct naru_mapping *map)
{
	if (map->flags & NARU_MAPPING_STATIC)
		return naru_static_wanted(napt, re->rs, re->fixed, re->num_fixed, map);
	if (map->flags & NARU_MAPPING_OWN)
		return READ_ONCE(map->ext->own) ?
		       naru_rule_by_ext(re->rs, map->ext, map->in.realm) : NULL;
	if (map->in.raddr)
		return naru_rule_towards(re->rs, map, map->in.raddr, map->in.rport);
	if (map->in.branch && !re->rs->any_dst)
		return NULL;
	return naru_session_rule(re->rs, map);
}

static bool rebind_or_end(struct naru_napt *napt, struct naru_mapping *map, void *arg)
{
	struct naru_rule *rule = rule_for(napt, arg, map);
	const struct rebind *re = arg;

	if (!rule)
		return true;
	if (rule != rcu_access_pointer(map->rule) && !naru_mapping_rebind(napt, map, rule))
		return true;
	naru_session_end_led_away(napt, re->rs, map);
	return !READ_ONCE(map->num) && !(map->flags & NARU_MAPPING_STATIC);
}

/* ---- replacing ---- */

static const struct naru_rule *find_rule(const struct naru_ruleset *rs, u32 id)
{
	u32 i;

	for (i = 0; rs && i < rs->num; i++)
		if (rs->rule[i]->spec.id == id)
			return rs->rule[i];
	return NULL;
}

static void tell_suspensions(struct naru_napt *napt, const struct naru_ruleset *old,
			     const struct naru_ruleset *rs)
{
	u32 i;

	for (i = 0; i < rs->num; i++) {
		const struct naru_rule *rule = rs->rule[i];
		const struct naru_rule *was = find_rule(old, rule->spec.id);

		if (rule->suspended != (was && was->suspended))
			naru_event_rule(napt, rule, rule->suspended ? NARU_NAPT_EVENT_SUSPENDED :
								      NARU_NAPT_EVENT_RESUMED);
	}
}

/* The new set is in force; the old one goes, and mappings that do not fit */
static void install(struct naru_napt *napt, struct naru_ruleset *rs,
		    const struct naru_napt_static *fixed, u32 num_fixed)
{
	struct rebind re = { .rs = rs, .fixed = fixed, .num_fixed = num_fixed };
	struct naru_ruleset *old = current_set(napt);

	rcu_assign_pointer(napt->rules, rs);
	naru_mapping_each(napt, rebind_or_end, &re);
	/* a packet that saw the old set may have made a mapping by it */
	synchronize_rcu();
	naru_mapping_each(napt, rebind_or_end, &re);
	tell_suspensions(napt, old, rs);
	free_set(napt, old);
}

/* The pools of all rules together, before any of them is made; each has been checked by itself */
static int check_pools(const struct naru_napt_spec *spec, u32 num, u32 *bad,
		       struct netlink_ext_ack *extack)
{
	u64 addresses = 0;
	u32 i;

	for (i = 0; i < num; i++) {
		*bad = i;
		addresses += naru_rule_addresses(&spec[i]);
		if (addresses > NARU_NAPT_POOL_MAX) {
			NL_SET_ERR_MSG(extack, "more than 65536 external addresses");
			return -E2BIG;
		}
	}
	return 0;
}

static int check_all(const struct naru_napt_spec *spec, u32 num,
		     const struct naru_napt_static *fixed, u32 num_fixed, u32 *bad,
		     struct netlink_ext_ack *extack)
{
	u32 i;
	int err;

	if (num > NARU_NAPT_RULES_MAX) {
		NL_SET_ERR_MSG(extack, "more than 1024 rules");
		return -E2BIG;
	}
	for (i = 0; i < num; i++) {
		*bad = i;
		err = naru_rule_check(&spec[i], extack);
		if (err)
			return err;
	}
	err = check_pools(spec, num, bad, extack);
	if (err)
		return err;
	for (i = 0; i < num_fixed; i++) {
		*bad = num + i;
		err = naru_static_check(&fixed[i], extack);
		if (err)
			return err;
	}
	return naru_rule_check_order(spec, num, bad, extack);
}

static int keep_statics(struct naru_napt *napt, const struct naru_napt_static *fixed, u32 num)
{
	struct naru_napt_static *copy = NULL;

	if (fixed == napt->statics && num == napt->num_statics)
		return 0;
	if (num) {
		copy = kvmalloc_array(num, sizeof(*copy), GFP_KERNEL_ACCOUNT);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, fixed, num * sizeof(*copy));
	}
	kvfree(napt->statics);
	napt->statics = copy;
	napt->num_statics = num;
	return 0;
}

/* As before the change that is refused */
static void undo(struct naru_napt *napt, struct naru_ruleset *rs)
{
	static const struct naru_ruleset none;
	const struct naru_ruleset *old = current_set(napt);

	naru_statics_drop(napt, old ?: &none);
	naru_statics_keep(napt, old ?: &none);
	if (!old || !old->num)
		naru_napt_unhook(napt);
	free_set(napt, rs);
}

static int prepare(struct naru_napt *napt, struct naru_ruleset *rs,
		   const struct naru_napt_static *fixed, u32 num_fixed, u32 *bad,
		   struct netlink_ext_ack *extack)
{
	int err = naru_statics_check(napt, current_set(napt), rs, fixed, num_fixed, bad, extack) ?:
		  naru_statics_make(napt, rs, fixed, num_fixed, bad, extack);

	if (err) {
		*bad += rs->num;
		return err;
	}
	if (rs->num)
		err = naru_napt_hook(napt);
	if (!err)
		err = keep_statics(napt, fixed, num_fixed);
	if (err)
		NL_SET_ERR_MSG(extack, "no memory for the hooks or the static mappings");
	return err;
}

/**
 * naru_rules_replace - other rules and static mappings, all of them or nothing
 * @napt: NAPT
 * @spec: rules in order; copied
 * @num: how many
 * @fixed: static mappings; copied, may be napt->statics
 * @num_fixed: how many
 * @bad: where a refusal leaves which of them it is about: rules count from 0, static mappings from @num
 * @extack: for the reason
 *
 * Mappings that the new rules would make as they are stay, the others go. Process context, may sleep,
 * under naru_napt.mutex.
 *
 * Return: 0; -EINVAL, -EEXIST, -E2BIG, -EADDRINUSE, -EADDRNOTAVAIL, -ENFILE, -ENOMEM: nothing has
 * changed.
 */
int naru_rules_replace(struct naru_napt *napt, const struct naru_napt_spec *spec, u32 num,
		       const struct naru_napt_static *fixed, u32 num_fixed, u32 *bad,
		       struct netlink_ext_ack *extack)
{
	int err = check_all(spec, num, fixed, num_fixed, bad, extack);
	struct naru_ruleset *rs;

	if (err)
		return err;
	rs = make_set(napt, spec, num);
	if (!rs) {
		NL_SET_ERR_MSG(extack, "no memory for the rules");
		return -ENOMEM;
	}
	err = prepare(napt, rs, fixed, num_fixed, bad, extack);
	if (err) {
		undo(napt, rs);
		return err;
	}
	install(napt, rs, napt->statics, napt->num_statics);
	if (!num)
		naru_napt_unhook(napt);
	return 0;
}

static bool same_rule(const struct naru_rule *a, const struct naru_rule *b)
{
	return a->ifindex == b->ifindex && a->why == b->why && a->pool_size == b->pool_size &&
	       !memcmp(a->pool, b->pool, a->pool_size * sizeof(*a->pool));
}

/* Of the same specs: does what has changed concern these rules? */
static bool same_effect(const struct naru_ruleset *a, const struct naru_ruleset *b)
{
	u32 i;

	for (i = 0; i < a->num; i++)
		if (!same_rule(a->rule[i], b->rule[i]))
			return false;
	return true;
}

/**
 * naru_rules_refresh - interfaces or addresses have changed
 * @napt: NAPT
 *
 * Rules are made anew as they were asked for. Static mappings come before them, so that no packet takes
 * their ports, and those that could not be are tried again. Process context, may sleep, under
 * naru_napt.mutex.
 */
void naru_rules_refresh(struct naru_napt *napt)
{
	struct naru_ruleset *old = current_set(napt), *rs;
	u32 i, changes = napt->own_changes;
	struct naru_napt_spec *spec;

	if (!old || !old->num)
		return;
	spec = kvmalloc_array(old->num, sizeof(*spec), GFP_KERNEL_ACCOUNT);
	if (!spec)
		return;
	for (i = 0; i < old->num; i++)
		spec[i] = old->rule[i]->spec;
	rs = make_set(napt, spec, old->num);
	kvfree(spec);
	if (!rs)
		return;
	if (same_effect(old, rs) && changes == napt->own_changes) {
		free_set(napt, rs);
		naru_statics_keep(napt, old);
		return;
	}
	if (napt->num_statics)
		naru_statics_drop(napt, rs);
	naru_statics_keep(napt, rs);
	install(napt, rs, napt->statics, napt->num_statics);
}

/**
 * naru_rules_free - the rules go with the namespace
 * @napt: NAPT; no hook runs any more, and no mapping is left
 *
 * May sleep. N6.
 */
void naru_rules_free(struct naru_napt *napt)
{
	free_set(napt, rcu_replace_pointer(napt->rules, NULL, true));
	kvfree(napt->statics);
}
