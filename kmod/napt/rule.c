// SPDX-License-Identifier: GPL-2.0
/*
 * Rules: made from what is asked for and what interfaces there are, and asked by packets; napt.h, N1.
 */
#include <linux/bsearch.h>
#include <linux/inetdevice.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include "rule.h"

static void free_rule(struct rcu_head *rcu)
{
	struct naru_rule *rule = container_of(rcu, struct naru_rule, rcu);

	kvfree(rule->pool);
	kvfree(rule->spec.match.except);
	kvfree(rule->spec.range);
	kfree(rule);
}

/**
 * naru_rule_put - a rule set or a mapping lets go of a rule
 * @napt: NAPT
 * @rule: rule
 *
 * Any context.
 */
void naru_rule_put(struct naru_napt *napt, struct naru_rule *rule)
{
	u32 i;

	if (!refcount_dec_and_test(&rule->ref))
		return;
	for (i = 0; i < rule->pool_size; i++)
		naru_ext_put(napt, rule->pool[i]);
	call_rcu(&rule->rcu, free_rule);
}

static void *copy_array(const void *from, u32 num, size_t size)
{
	void *to = kvmalloc_array(max(num, 1U), size, GFP_KERNEL_ACCOUNT);

	if (to)
		memcpy(to, from, num * size);
	return to;
}

/* The address that an interface's rule translates to: its first that is not secondary; 0: none */
static __be32 dev_address(const struct in_device *in_dev)
{
	const struct in_ifaddr *ifa;

	in_dev_for_each_ifa_rcu(ifa, in_dev)
		if (!(ifa->ifa_flags & IFA_F_SECONDARY))
			return ifa->ifa_local;
	return 0;
}

/* Design: where inside and outside cannot be told apart, nothing is translated; RFC 4787 REQ-7 */
static bool overlaps(const struct in_device *in_dev, const struct naru_napt_match *match)
{
	const struct in_ifaddr *ifa;

	if (!match->prefix)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in_dev)
		if (naru_policy_in_prefix(ntohl(ifa->ifa_address), match->src,
					  min(match->prefix, ifa->ifa_prefixlen)))
			return true;
	return false;
}

/* Finds the interface; the reason why the rule is to be suspended, or NULL. @addr: its own address */
static const char *find_dev(struct naru_napt *napt, struct naru_rule *rule, __be32 *addr)
{
	const struct in_device *in_dev;
	const char *why = NULL;
	struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_name_rcu(napt->nn->net, rule->spec.dev);
	in_dev = dev ? __in_dev_get_rcu(dev) : NULL;
	if (dev)
		rule->ifindex = dev->ifindex;
	if (in_dev)
		*addr = dev_address(in_dev);
	if (!dev)
		why = "there is no such interface";
	else if (rule->spec.flags & NARU_NAPT_TO_DEV && !*addr)
		why = "the interface has no address";
	else if (in_dev && overlaps(in_dev, &rule->spec.match))
		why = "src overlaps with the interface's network";
	rcu_read_unlock();
	return why;
}

static int compare_ext(const void *a, const void *b)
{
	u32 x = ntohl((*(struct naru_ext **)a)->addr), y = ntohl((*(struct naru_ext **)b)->addr);

	return x < y ? -1 : x > y;
}

static int add_ext(struct naru_napt *napt, struct naru_rule *rule, __be32 addr)
{
	bool own = naru_side_own(napt->nn->net, rule->ifindex, addr);
	struct naru_ext *ext = naru_ext_get(napt, addr);

	if (!ext)
		return -ENOMEM;
	napt->own_changes += own != ext->own;
	WRITE_ONCE(ext->own, own);
	rule->pool[rule->pool_size++] = ext;
	return 0;
}

/**
 * naru_rule_addresses - how many external addresses does a rule have?
 * @spec: rule, whose ranges have been checked
 *
 * Any context. Return: how many; that of an interface counts even if it is not there now.
 */
u32 naru_rule_addresses(const struct naru_napt_spec *spec)
{
	u32 i, num = spec->flags & NARU_NAPT_TO_DEV ? 1 : 0;

	for (i = 0; i < spec->num_ranges; i++)
		num += spec->range[i].last - spec->range[i].first + 1;
	return num;
}

static int make_pool(struct naru_napt *napt, struct naru_rule *rule, __be32 dev_addr)
{
	const struct naru_napt_spec *spec = &rule->spec;
	u32 num = naru_rule_addresses(spec), i, addr;
	int err = 0;

	rule->pool = kvmalloc_array(num, sizeof(*rule->pool), GFP_KERNEL_ACCOUNT);
	if (!rule->pool)
		return -ENOMEM;
	if (spec->flags & NARU_NAPT_TO_DEV && dev_addr)
		err = add_ext(napt, rule, dev_addr);
	for (i = 0; !err && i < spec->num_ranges; i++)
		for (addr = spec->range[i].first; !err; addr++) {
			err = add_ext(napt, rule, htonl(addr));
			cond_resched();
			if (addr == spec->range[i].last)
				break;
		}
	sort(rule->pool, rule->pool_size, sizeof(*rule->pool), compare_ext, NULL);
	return err;
}

/* 24 bits, not 0. Rules whose differ cannot make one another's mappings, all but ever */
static u32 branch_of(const struct naru_rule *rule)
{
	const struct naru_port_range *range = &rule->spec.ports.range;
	u32 i, hash = jhash_2words(range->first, range->last, rule->pool_size);

	for (i = 0; i < rule->pool_size; i++)
		hash = jhash_1word((__force u32)rule->pool[i]->addr, hash);
	return (hash & 0xffffff) ?: 1;
}

static int copy_spec(struct naru_napt_spec *to, const struct naru_napt_spec *from)
{
	*to = *from;
	to->match.except = copy_array(from->match.except, from->match.num_excepts,
				      sizeof(*from->match.except));
	to->range = copy_array(from->range, from->num_ranges, sizeof(*from->range));
	return to->match.except && to->range ? 0 : -ENOMEM;
}

/**
 * naru_rule_make - a rule as things are now
 * @napt: NAPT
 * @spec: what is asked for; checked; it is copied
 *
 * May sleep; under naru_napt.mutex.
 *
 * Return: the rule with a reference, or NULL without memory.
 */
struct naru_rule *naru_rule_make(struct naru_napt *napt, const struct naru_napt_spec *spec)
{
	struct naru_rule *rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
	__be32 addr = 0;

	if (!rule)
		return NULL;
	refcount_set(&rule->ref, 1);
	if (copy_spec(&rule->spec, spec))
		goto fail;
	rule->why = find_dev(napt, rule, &addr);
	rule->suspended = rule->why;
	if (!make_pool(napt, rule, addr)) {
		rule->branch = branch_of(rule);
		return rule;
	}
fail:
	naru_rule_put(napt, rule);
	return NULL;
}

/**
 * naru_rule_flow - a flow as pure code has it
 * @f: flow
 * @to: the same in host byte order
 *
 * Any context.
 */
void naru_rule_flow(const struct naru_flow *f, struct naru_napt_flow *to)
{
	to->proto = f->proto;
	to->src = ntohl(f->src);
	to->dst = ntohl(f->dst);
	to->sport = ntohs(f->sport);
	to->dport = ntohs(f->dport);
}

/**
 * naru_rule_match - the first rule that takes a packet
 * @rs: rule set
 * @ifindex: interface that it leaves by
 * @f: its flow
 *
 * Under rcu_read_lock. Return: the rule, or NULL.
 */
struct naru_rule *naru_rule_match(const struct naru_ruleset *rs, int ifindex,
				  const struct naru_flow *f)
{
	struct naru_napt_flow flow;
	u32 i;

	naru_rule_flow(f, &flow);
	for (i = 0; i < rs->num; i++) {
		struct naru_rule *rule = rs->rule[i];

		if (rule->ifindex == ifindex && !rule->suspended &&
		    naru_policy_match(&rule->spec.match, &flow) == NARU_NAPT_TAKEN)
			return rule;
	}
	return NULL;
}

/**
 * naru_rule_suspended - is there a suspended rule that would take a packet?
 * @rs: rule set
 * @ifindex: interface that it leaves by
 * @f: its flow
 *
 * Under rcu_read_lock. Such packets do not leave with their inside address.
 */
bool naru_rule_suspended(const struct naru_ruleset *rs, int ifindex, const struct naru_flow *f)
{
	struct naru_napt_flow flow;
	u32 i;

	naru_rule_flow(f, &flow);
	for (i = 0; i < rs->num; i++) {
		const struct naru_rule *rule = rs->rule[i];

		if (rule->suspended && rule->ifindex == ifindex &&
		    naru_policy_match(&rule->spec.match, &flow) == NARU_NAPT_TAKEN)
			return true;
	}
	return false;
}

/**
 * naru_rule_has_ext - is an address in a rule's pool?
 * @rule: rule
 * @ext: external address
 *
 * Any context.
 */
bool naru_rule_has_ext(const struct naru_rule *rule, const struct naru_ext *ext)
{
	if (rule->pool_size == 1)
		return rule->pool[0] == ext;
	return bsearch(&ext, rule->pool, rule->pool_size, sizeof(*rule->pool), compare_ext);
}

/**
 * naru_rule_makes - would a rule make this very mapping for what it takes?
 * @rule: rule
 * @map: mapping, neither static nor the router's own
 *
 * Any context.
 */
bool naru_rule_makes(const struct naru_rule *rule, const struct naru_mapping *map)
{
	const struct naru_port_range *range = &rule->spec.ports.range;
	u16 port = ntohs(map->out.port);

	return !(rule->spec.flags & NARU_NAPT_APDM) == !map->in.raddr &&
	       port >= range->first && port <= range->last &&
	       (!map->in.branch || map->in.branch == rule->branch) &&
	       naru_rule_has_ext(rule, map->ext);
}

/**
 * naru_rule_towards - the rule by which a mapping is for a remote endpoint
 * @rs: rule set
 * @map: mapping
 * @addr: remote address
 * @port: remote port
 *
 * Under rcu_read_lock. Return: the rule, or NULL: none takes what goes there, or the one that does
 * leads elsewhere.
 */
struct naru_rule *naru_rule_towards(const struct naru_ruleset *rs, const struct naru_mapping *map,
				    __be32 addr, __be16 port)
{
	const struct naru_flow f = {
		.proto = map->in.proto,
		.src = map->in.addr,
		.sport = map->in.port,
		.dst = addr,
		.dport = port,
	};
	struct naru_rule *rule = naru_rule_match(rs, map->in.realm, &f);

	return rule && naru_rule_makes(rule, map) ? rule : NULL;
}

/* The ports that a static mapping forwards are its rule's whatever the rule takes, but for this */
static bool is_excepted(const struct naru_mapping *map, __be32 addr, __be16 port)
{
	const struct naru_rule *rule = rcu_dereference(map->rule);

	return naru_policy_excepted(&rule->spec.match, map->in.proto, ntohl(addr), ntohs(port));
}

/**
 * naru_rules_lead - do the rules want packets to a remote endpoint to go by a mapping?
 * @rs: rule set
 * @map: mapping that has their inside endpoint
 * @addr: remote address
 * @port: remote port; of no meaning for ICMP
 *
 * RFC 6888 REQ-6: not those to a destination that is excepted. Asked before there is a session.
 * Under rcu_read_lock.
 */
bool naru_rules_lead(const struct naru_ruleset *rs, const struct naru_mapping *map, __be32 addr,
		     __be16 port)
{
	if (!rs->any_dst || map->flags & NARU_MAPPING_OWN)
		return true;
	if (map->flags & NARU_MAPPING_STATIC && !is_excepted(map, addr, port))
		return true;
	return naru_rule_towards(rs, map, addr, port);
}

/**
 * naru_rule_by_ext - the first rule that translates to an address
 * @rs: rule set
 * @ext: external address
 * @realm: interface that the rule is for; 0: any
 *
 * Under rcu_read_lock. Return: the rule, or NULL.
 */
struct naru_rule *naru_rule_by_ext(const struct naru_ruleset *rs, const struct naru_ext *ext,
				   int realm)
{
	u32 i;

	for (i = 0; i < rs->num; i++) {
		struct naru_rule *rule = rs->rule[i];

		if (!rule->suspended && (!realm || rule->ifindex == realm) &&
		    naru_rule_has_ext(rule, ext))
			return rule;
	}
	return NULL;
}

/**
 * naru_rule_by_port - the first rule that may give out an external port
 * @rs: rule set
 * @ext: external address
 * @proto: enum naru_napt_proto
 * @port: the port
 *
 * Under rcu_read_lock. Return: the rule, or NULL: the port is outside of every pool.
 */
struct naru_rule *naru_rule_by_port(const struct naru_ruleset *rs, const struct naru_ext *ext,
				    u8 proto, __be16 port)
{
	u32 i;

	for (i = 0; i < rs->num; i++) {
		struct naru_rule *rule = rs->rule[i];
		const struct naru_port_range *range = &rule->spec.ports.range;

		if (!rule->suspended && rule->spec.match.protos & BIT(proto) &&
		    ntohs(port) >= range->first && ntohs(port) <= range->last &&
		    naru_rule_has_ext(rule, ext))
			return rule;
	}
	return NULL;
}
