// SPDX-License-Identifier: GPL-2.0
/*
 * The tables of mappings; napt.h, N2, N3 and N5.
 */
#include <linux/random.h>
#include <linux/slab.h>
#include "lookup.h"

u32 naru_table_secret[4];

static_assert(sizeof(struct naru_inside_key) == 20);

static struct kmem_cache *cache;

/**
 * naru_table_register - memory for mappings
 *
 * Module init. Return: 0 or -ENOMEM.
 */
int naru_table_register(void)
{
	get_random_bytes(naru_table_secret, sizeof(naru_table_secret));
	cache = KMEM_CACHE(naru_mapping, SLAB_ACCOUNT);
	return cache ? 0 : -ENOMEM;
}

/**
 * naru_table_unregister - and away again
 *
 * Module exit, when the reaper of the last namespace has gone.
 */
void naru_table_unregister(void)
{
	kmem_cache_destroy(cache);
}

/**
 * naru_table_init - the tables of a namespace
 * @napt: NAPT
 *
 * May sleep. Return: 0 or a negative errno.
 */
int naru_table_init(struct naru_napt *napt)
{
	return rhashtable_init(&napt->inside, &naru_table_inside);
}

static bool end_it(struct naru_napt *napt, struct naru_mapping *map, void *arg)
{
	return true;
}

/**
 * naru_table_exit - all mappings go, and the tables
 * @napt: NAPT; no hook runs any more
 *
 * May sleep. N6.
 */
void naru_table_exit(struct naru_napt *napt)
{
	naru_mapping_each(napt, end_it, NULL);
	WARN_ON(atomic_read(&napt->num_maps));
	rhashtable_destroy(&napt->inside);
}

static __flatten struct naru_mapping *lookup_inside(const struct naru_napt *napt,
						    const struct naru_inside_key *key)
{
	return naru_lookup_inside(napt, key);
}

/**
 * naru_mapping_inside - the mapping of a packet that goes out
 * @napt: NAPT
 * @rs: rule set
 * @realm: interface that it leaves by
 * @f: its flow
 *
 * RFC 4787 REQ-1: whatever the destination. Under rcu_read_lock. Return: it, or NULL.
 */
struct naru_mapping *naru_mapping_inside(const struct naru_napt *napt,
					 const struct naru_ruleset *rs, int realm,
					 const struct naru_flow *f)
{
	struct naru_inside_key key = {
		.realm = realm,
		.addr = f->src,
		.port = f->sport,
		.kind = f->proto,
	};
	struct naru_mapping *map;

	map = lookup_inside(napt, &key);
	if (map || !rs->any_apdm)
		return map;
	key.raddr = f->dst;
	key.rport = naru_flow_rport(f, f->dport);
	return lookup_inside(napt, &key);
}

/**
 * naru_mapping_outside - the mapping that has an external endpoint
 * @napt: NAPT
 * @proto: enum naru_napt_proto
 * @addr: external address
 * @port: external port
 *
 * Under rcu_read_lock. Return: it, or NULL.
 */
struct naru_mapping *naru_mapping_outside(const struct naru_napt *napt, u8 proto, __be32 addr,
					  __be16 port)
{
	const struct naru_ext *ext = naru_ext_find(napt, addr);

	return ext ? naru_ext_mapping(ext, proto, port) : NULL;
}

static struct naru_mapping *alloc_map(struct naru_napt *napt)
{
	struct naru_mapping *map;

	if (atomic_inc_return(&napt->num_maps) > naru_setting(napt->nn, napt_max_mappings)) {
		map = ERR_PTR(-ENFILE);
		goto full;
	}
	map = kmem_cache_zalloc(cache, GFP_ATOMIC | __GFP_NOWARN);
	if (map) {
		map->first.flags = NARU_SESSION_ENDED;
		return map;
	}
	map = ERR_PTR(-ENOMEM);
full:
	atomic_dec(&napt->num_maps);
	return map;
}

/**
 * naru_table_free - mappings that nobody can see any more
 * @dead: list of their first.dead
 *
 * May sleep.
 */
void naru_table_free(struct llist_node *dead)
{
	struct naru_mapping *map, *next;

	llist_for_each_entry_safe(map, next, dead, first.dead) {
		kmem_cache_free(cache, map);
		cond_resched();
	}
}

/*
 * Gives back what a mapping has that is in no table; @claimed: its port too. Without one it was never in a
 * table, and nobody else has seen it
 */
static void release_map(struct naru_napt *napt, struct naru_mapping *map, bool claimed)
{
	if (claimed)
		naru_ext_release(map->ext, map->in.proto, ntohs(map->out.port));
	if (map->host)
		naru_host_put(napt, map->host);
	if (map->ext)
		naru_ext_put(napt, map->ext);
	if (rcu_access_pointer(map->rule))
		naru_rule_put(napt, rcu_dereference_protected(map->rule, true));
	atomic_dec(&napt->num_maps);
	if (claimed)
		naru_reap_map(napt, map);
	else
		kmem_cache_free(cache, map);
}

/* References to rule and external address; false: they are going */
static bool fill_map(struct naru_napt *napt, struct naru_mapping *map, struct naru_rule *rule,
		     struct naru_ext *ext)
{
	spin_lock_init(&map->lock);
	INIT_HLIST_HEAD(&map->more);
	map->expires = jiffies;
	map->id = atomic_inc_return(&napt->next_id);
	if (!naru_ext_hold(ext))
		return false;
	map->ext = ext;
	map->out.addr = ext->addr;
	if (!refcount_inc_not_zero(&rule->ref))
		return false;
	RCU_INIT_POINTER(map->rule, rule);
	return true;
}

/* Its inside endpoint has the mapping of a rule that leads elsewhere: RFC 6888 REQ-2 and REQ-6 */
static bool is_beside(const struct naru_mapping *map, const struct naru_mapping *other)
{
	return !IS_ERR_OR_NULL(other) && !map->flags && !map->in.raddr &&
	       !naru_rule_makes(rcu_dereference(map->rule), other);
}

/* To be found from both sides. NULL: done; else who has the inside endpoint already, or an ERR_PTR. N3 held */
static struct naru_mapping *hash_map(struct naru_napt *napt, struct naru_mapping *map)
{
	struct naru_mapping *other;
	int err;

	other = rhashtable_lookup_get_insert_fast(&napt->inside, &map->inside, naru_table_inside);
	if (unlikely(is_beside(map, other))) {
		map->in.branch = rcu_dereference(map->rule)->branch;
		other = rhashtable_lookup_get_insert_fast(&napt->inside, &map->inside,
							  naru_table_inside);
	}
	if (other)
		return other;
	err = naru_ext_insert(map->ext, map);
	if (!err)
		return NULL;
	map->dead = true;
	rhashtable_remove_fast(&napt->inside, &map->inside, naru_table_inside);
	return ERR_PTR(err);
}

/* Who comes second to an inside endpoint uses what the first has made */
static struct naru_mapping *insert_map(struct naru_napt *napt, struct naru_mapping *map)
{
	struct naru_mapping *other;

	spin_lock_bh(&map->lock);
	other = hash_map(napt, map);
	spin_unlock_bh(&map->lock);
	if (!other) {
		naru_event_map(napt, map, NARU_NAPT_EVENT_MAP_NEW);
		return map;
	}
	release_map(napt, map, true);
	return IS_ERR(other) ? ERR_PTR(-ENOMEM) : other;
}

static void inside_of(struct naru_inside_key *in, const struct naru_rule *rule,
		      const struct naru_flow *f)
{
	in->realm = rule->ifindex;
	in->addr = f->src;
	in->port = f->sport;
	in->proto = f->proto;
	if (rule->spec.flags & NARU_NAPT_APDM) {
		in->raddr = f->dst;
		in->rport = naru_flow_rport(f, f->dport);
	}
}

/* The mapping beside the first one that a rule has made, or one for that remote endpoint */
static struct naru_mapping *lookup_beside(const struct naru_napt *napt, const struct naru_rule *rule,
					  const struct naru_flow *f)
{
	struct naru_inside_key key = { };
	struct naru_mapping *map;

	inside_of(&key, rule, f);
	if (!key.raddr)
		key.branch = rule->branch;
	map = lookup_inside(napt, &key);
	return map && naru_rule_makes(rule, map) ? map : NULL;
}

static bool has_session(const struct naru_napt *napt, struct naru_mapping *map,
			const struct naru_flow *f)
{
	return naru_session_find(napt, map, f->dst, naru_flow_rport(f, f->dport));
}

/**
 * naru_mapping_to - the mapping by which the rules want a packet to go
 * @napt: NAPT
 * @rs: rule set
 * @realm: interface that it leaves by
 * @f: its flow
 *
 * As naru_mapping_inside() where destinations do not matter. Else it is the one that has a session
 * with the destination, whatever the rules say, or that the rule which takes the packet would have
 * made. Under rcu_read_lock.
 *
 * Return: it, or NULL: there is none yet, or nothing is to be translated.
 */
struct naru_mapping *naru_mapping_to(const struct naru_napt *napt, const struct naru_ruleset *rs,
				     int realm, const struct naru_flow *f)
{
	struct naru_mapping *map = naru_mapping_inside(napt, rs, realm, f), *other = NULL;
	const struct naru_rule *rule;
	bool leads;

	if (!rs->any_dst || (map && has_session(napt, map, f)))
		return map;
	rule = naru_rule_match(rs, realm, f);
	if (rule)
		other = lookup_beside(napt, rule, f);
	leads = map && naru_rules_lead(rs, map, f->dst, f->dport);
	if (other && (!leads || has_session(napt, other, f)))
		return other;
	return leads ? map : NULL;
}

static int claim_other(struct naru_napt *napt, struct naru_mapping *map,
		       const struct naru_rule *rule)
{
	struct naru_port_plan plan;
	u16 port;
	int err;

	naru_policy_plan(&plan, &rule->spec.ports, map->in.proto, ntohs(map->in.port),
			 get_random_u32());
	err = naru_ext_claim(napt, map->ext, map->in.proto, &plan, &port);
	if (!err)
		map->out.port = htons(port);
	return err;
}

/* Most often the inside port is free, and no other has to be thought of */
static int claim(struct naru_napt *napt, struct naru_mapping *map, const struct naru_rule *rule)
{
	u16 port = ntohs(map->in.port);

	map->out.proto = map->in.proto;
	if (!naru_policy_exact(&rule->spec.ports, map->in.proto, port) ||
	    !naru_ext_claim_free(napt, map->ext, map->in.proto, port))
		return claim_other(napt, map, rule);
	map->out.port = map->in.port;
	return 0;
}

/**
 * naru_mapping_make - an inside endpoint gets a mapping
 * @napt: NAPT
 * @rule: which takes its packet
 * @f: the packet's flow
 *
 * Under rcu_read_lock; softirq or process. RFC 4787 4, RFC 5382 4.
 *
 * Return: the mapping, also when another CPU has made it meanwhile; or an ERR_PTR: -ENOSPC when no
 * port is left, -ENFILE when napt_max_mappings is reached, -ENOMEM, -EAGAIN when the rule is going.
 */
struct naru_mapping *naru_mapping_make(struct naru_napt *napt, struct naru_rule *rule,
				       const struct naru_flow *f)
{
	struct naru_mapping *map = alloc_map(napt), *made;
	struct naru_host *host;
	int err = -EAGAIN;

	if (IS_ERR(map))
		return map;
	inside_of(&map->in, rule, f);
	host = naru_host_get(napt, rule, f->src);
	if (IS_ERR(host)) {
		err = PTR_ERR(host);
		goto fail;
	}
	map->host = host;
	if (!fill_map(napt, map, rule, host->ext))
		goto fail;
	err = claim(napt, map, rule);
	if (err)
		goto fail;
	made = insert_map(napt, map);
	if (made == map || IS_ERR(made) || naru_rule_makes(rule, made))
		return made;
	return ERR_PTR(-EAGAIN);

fail:
	release_map(napt, map, false);
	return ERR_PTR(err);
}

/**
 * naru_mapping_own - the router itself sends from an external address of its own
 * @napt: NAPT
 * @rule: whose pool has that address
 * @f: the packet's flow
 * @ext: the external address, equal to f->src
 *
 * The port stays as it is if it is free. Under rcu_read_lock; softirq or process.
 *
 * Return: as naru_mapping_make().
 */
struct naru_mapping *naru_mapping_own(struct naru_napt *napt, struct naru_rule *rule,
				      const struct naru_flow *f, struct naru_ext *ext)
{
	struct naru_mapping *map = alloc_map(napt);
	int err = -EAGAIN;

	if (IS_ERR(map))
		return map;
	inside_of(&map->in, rule, f);
	map->flags = NARU_MAPPING_OWN;
	if (!fill_map(napt, map, rule, ext))
		goto fail;
	err = naru_ext_claim_one(ext, f->proto, ntohs(f->sport));
	if (!err) {
		map->out.port = f->sport;
		map->out.proto = f->proto;
	} else if (err == -EADDRINUSE) {
		err = claim(napt, map, rule);
	}
	if (err)
		goto fail;
	return insert_map(napt, map);

fail:
	release_map(napt, map, false);
	return ERR_PTR(err);
}

/**
 * naru_mapping_static - a port is forwarded in
 * @napt: NAPT
 * @rule: whose pool has the external address
 * @proto: enum naru_napt_proto
 * @in: inside address
 * @in_port: inside port, host byte order
 * @ext: external address
 * @ext_port: external port, host byte order
 *
 * Process context, under naru_napt.mutex and rcu_read_lock.
 *
 * Return: 0; -EADDRINUSE when the external port is taken, -EEXIST when the inside endpoint has a
 * mapping, -ENFILE, -ENOMEM.
 */
int naru_mapping_static(struct naru_napt *napt, struct naru_rule *rule, u8 proto, __be32 in,
			u16 in_port, struct naru_ext *ext, u16 ext_port)
{
	struct naru_mapping *map = alloc_map(napt), *other;
	int err = -ENOMEM;

	if (IS_ERR(map))
		return PTR_ERR(map);
	map->in.realm = rule->ifindex;
	map->in.addr = in;
	map->in.port = htons(in_port);
	map->in.proto = proto;
	map->flags = NARU_MAPPING_STATIC;
	map->out.port = htons(ext_port);
	map->out.proto = proto;
	if (!fill_map(napt, map, rule, ext))
		goto fail;
	err = naru_ext_claim_one(ext, proto, ext_port);
	if (err)
		goto fail;
	other = insert_map(napt, map);
	if (IS_ERR(other))
		return PTR_ERR(other);
	return other == map ? 0 : -EEXIST;

fail:
	release_map(napt, map, false);
	return err;
}

/**
 * naru_mapping_kill - a mapping is no more: the next packet makes another
 * @napt: NAPT
 * @map: mapping, not dead
 *
 * N3 held. naru_mapping_retire() follows when it is not; sessions that there are, but for the first,
 * end behind that.
 */
void naru_mapping_kill(struct naru_napt *napt, struct naru_mapping *map)
{
	map->dead = true;
	naru_session_end_first(napt, map);
	rhashtable_remove_fast(&napt->inside, &map->inside, naru_table_inside);
	naru_ext_remove(map->ext, map);
}

/**
 * naru_mapping_retire - what a dead mapping had is free again
 * @napt: NAPT
 * @map: mapping that the caller has killed
 *
 * Any context, no lock held.
 */
void naru_mapping_retire(struct naru_napt *napt, struct naru_mapping *map)
{
	naru_event_map(napt, map, NARU_NAPT_EVENT_MAP_GONE);
	release_map(napt, map, true);
}

static void end_map(struct naru_napt *napt, struct naru_mapping *map, bool only_empty)
{
	bool mine;

	spin_lock_bh(&map->lock);
	mine = !map->dead && !(only_empty && map->num);
	if (mine)
		naru_mapping_kill(napt, map);
	spin_unlock_bh(&map->lock);
	if (mine)
		naru_mapping_retire(napt, map);
}

/**
 * naru_mapping_end - a mapping goes, with its sessions
 * @napt: NAPT
 * @map: mapping, found under RCU
 *
 * Under rcu_read_lock, no lock held; any context. Nothing when it is dead already. Its port is free when
 * this returns; its sessions end in the reaper.
 */
void naru_mapping_end(struct naru_napt *napt, struct naru_mapping *map)
{
	end_map(napt, map, false);
}

/**
 * naru_mapping_end_empty - a mapping goes that got no session
 * @napt: NAPT
 * @map: mapping, found under RCU
 *
 * As naru_mapping_end(). A static one stays.
 */
void naru_mapping_end_empty(struct naru_napt *napt, struct naru_mapping *map)
{
	if (!(map->flags & NARU_MAPPING_STATIC))
		end_map(napt, map, true);
}

static void put_judges(struct naru_napt *napt, struct naru_rule *rule, struct naru_host *host)
{
	naru_rule_put(napt, rule);
	if (host)
		naru_host_put(napt, host);
}

/**
 * naru_mapping_rebind - a mapping is judged by another rule from now on
 * @napt: NAPT
 * @map: mapping
 * @rule: a rule that gives it the same external endpoint
 *
 * Under naru_napt.mutex, which keeps the rule, and rcu_read_lock.
 *
 * Return: false when it cannot be: the mapping is to end.
 */
bool naru_mapping_rebind(struct naru_napt *napt, struct naru_mapping *map, struct naru_rule *rule)
{
	struct naru_host *host = NULL;
	struct naru_rule *old;

	if (READ_ONCE(map->host)) {
		host = naru_host_pair(napt, rule, map->in.addr, map->ext);
		if (IS_ERR(host))
			return false;
	}
	refcount_inc(&rule->ref);
	spin_lock_bh(&map->lock);
	if (!map->dead) {
		old = rcu_dereference_protected(map->rule, lockdep_is_held(&map->lock));
		rcu_assign_pointer(map->rule, rule);
		swap(map->host, host);
		rule = old;
	}
	spin_unlock_bh(&map->lock);
	put_judges(napt, rule, host);
	return true;
}

/* Numbers come round: it is asked whether its own is among those that have been given since @id */
static bool made_since(const struct naru_napt *napt, const struct naru_mapping *map, u32 id)
{
	u32 given = atomic_read(&napt->next_id) - id;

	return map->id - id - 1 < given;
}

/*
 * One pass over mappings that were there when @id had been given last; whether it ended any: those
 * behind it may have been passed over
 */
static bool each_once(struct naru_napt *napt, u32 id,
		      bool (*fn)(struct naru_napt *napt, struct naru_mapping *map, void *arg),
		      void *arg)
{
	struct rhashtable_iter iter;
	struct naru_mapping *map;
	bool ended = false;

	rhashtable_walk_enter(&napt->inside, &iter);
	rhashtable_walk_start(&iter);
	while ((map = rhashtable_walk_next(&iter))) {
		if (!IS_ERR(map) && !made_since(napt, map, id) && fn(napt, map, arg)) {
			naru_mapping_end(napt, map);
			ended = true;
		}
		if (need_resched()) {
			rhashtable_walk_stop(&iter);
			cond_resched();
			rhashtable_walk_start(&iter);
		}
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return ended;
}

/**
 * naru_mapping_each - every mapping is looked at, and perhaps ended
 * @napt: NAPT
 * @fn: true ends the mapping; called under rcu_read_lock, may not sleep, may see a mapping twice
 * @arg: for @fn
 *
 * Process context, may sleep. Mappings that are made meanwhile are left out: traffic may make them as
 * fast as they end.
 */
void naru_mapping_each(struct naru_napt *napt, bool (*fn)(struct naru_napt *napt,
							  struct naru_mapping *map, void *arg),
		       void *arg)
{
	u32 id = atomic_read(&napt->next_id);

	while (each_once(napt, id, fn, arg))
		;
}
