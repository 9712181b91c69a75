// SPDX-License-Identifier: GPL-2.0
/*
 * Inside hosts and the external address that each is paired with.
 */
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "napt.h"

/* With these known, a lookup is inlined */
static u32 hash(const void *data, u32 len, u32 seed)
{
	const struct naru_host_id *id = data;

	return jhash_3words(id->realm, (__force u32)id->addr, id->rule, seed);
}

static int compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct naru_host_id *a = arg->key, *b = &((const struct naru_host *)obj)->id;

	return a->realm != b->realm || a->addr != b->addr || a->rule != b->rule;
}

static const struct rhashtable_params params = {
	.key_len = sizeof(struct naru_host_id),
	.key_offset = offsetof(struct naru_host, id),
	.head_offset = offsetof(struct naru_host, hash),
	.hashfn = hash,
	.obj_cmpfn = compare,
	.automatic_shrinking = true,
};

static_assert(sizeof(struct naru_host_id) == 12);

/**
 * naru_host_init - the table of hosts
 * @napt: NAPT
 *
 * May sleep. Return: 0 or a negative errno.
 */
int naru_host_init(struct naru_napt *napt)
{
	return rhashtable_init(&napt->hosts, &params);
}

/**
 * naru_host_exit - the table goes; no mapping is left, and so no host
 * @napt: NAPT
 *
 * May sleep.
 */
void naru_host_exit(struct naru_napt *napt)
{
	rhashtable_destroy(&napt->hosts);
}

static struct naru_host *alloc_host(const struct naru_host_id *id, struct naru_ext *ext)
{
	struct naru_host *host = kzalloc(sizeof(*host), GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT);

	if (!host)
		return NULL;
	if (!naru_ext_hold(ext)) {
		kfree(host);
		return NULL;
	}
	host->id = *id;
	host->ext = ext;
	refcount_set(&host->ref, 1);
	return host;
}

static void free_host(struct naru_napt *napt, struct naru_host *host)
{
	naru_ext_put(napt, host->ext);
	kfree_rcu(host, rcu);
}

/* An entry that nobody holds any more gives its place to the new one. NULL: done; else who is there */
static struct naru_host *insert_host(struct naru_napt *napt, struct naru_host *host)
{
	struct naru_host *other;

	for (;;) {
		other = rhashtable_lookup_get_insert_fast(&napt->hosts, &host->hash, params);
		if (!other || IS_ERR(other) || refcount_inc_not_zero(&other->ref))
			return other;
		if (!rhashtable_replace_fast(&napt->hosts, &other->hash, &host->hash, params))
			return NULL;
	}
}

static struct naru_host *add_host(struct naru_napt *napt, const struct naru_host_id *id,
				  struct naru_ext *ext)
{
	struct naru_host *host = alloc_host(id, ext), *other;

	if (!host)
		return ERR_PTR(-ENOMEM);
	other = insert_host(napt, host);
	if (!other)
		return host;
	free_host(napt, host);
	return IS_ERR(other) ? ERR_PTR(-ENOMEM) : other;
}

static void fill_id(struct naru_host_id *id, const struct naru_rule *rule, __be32 addr)
{
	id->realm = rule->ifindex;
	id->addr = addr;
	id->rule = rule->spec.id;
}

/* The same for all protocols as long as there is room: where a host begins is a hash of it */
static struct naru_ext *choose_ext(const struct naru_rule *rule, __be32 addr)
{
	u32 size = rule->spec.ports.range.last - rule->spec.ports.range.first + 1;
	u32 first, i, p, most;

	first = reciprocal_scale(siphash_1u32((__force u32)addr, &naru_secret), rule->pool_size);
	for (i = 0; i < rule->pool_size; i++) {
		struct naru_ext *ext = rule->pool[(first + i) % rule->pool_size];

		for (p = 0, most = 0; p < NARU_NAPT_PROTOS; p++)
			most = max_t(u32, most, atomic_read(&ext->num[p]));
		if (most < size)
			return ext;
	}
	return rule->pool[first];
}

static __flatten struct naru_host *find_host(struct naru_napt *napt, const struct naru_host_id *id)
{
	struct naru_host *host = rhashtable_lookup(&napt->hosts, id, params);

	return host && refcount_inc_not_zero(&host->ref) ? host : NULL;
}

/**
 * naru_host_get - the host that a mapping is to be made for
 * @napt: NAPT
 * @rule: which takes its packet; not suspended
 * @addr: inside address
 *
 * Under rcu_read_lock; softirq or process. Paired pooling, RFC 4787 REQ-2.
 *
 * Return: it, with a reference, or an ERR_PTR: -ENOMEM.
 */
struct naru_host *naru_host_get(struct naru_napt *napt, const struct naru_rule *rule, __be32 addr)
{
	struct naru_host_id id;
	struct naru_host *host;

	fill_id(&id, rule, addr);
	host = find_host(napt, &id);
	return host ?: add_host(napt, &id, choose_ext(rule, addr));
}

/**
 * naru_host_pair - a mapping that outlives its rule brings its external address along
 * @napt: NAPT
 * @rule: the new rule
 * @addr: inside address
 * @ext: external address
 *
 * Under rcu_read_lock; softirq or process.
 *
 * Return: the host with a reference, or an ERR_PTR: -EEXIST where it has another address, -ENOMEM.
 */
struct naru_host *naru_host_pair(struct naru_napt *napt, const struct naru_rule *rule,
				 __be32 addr, struct naru_ext *ext)
{
	struct naru_host_id id;
	struct naru_host *host;

	fill_id(&id, rule, addr);
	host = find_host(napt, &id) ?: add_host(napt, &id, ext);
	if (!IS_ERR(host) && host->ext != ext) {
		naru_host_put(napt, host);
		return ERR_PTR(-EEXIST);
	}
	return host;
}

/**
 * naru_host_put - a mapping of a host is gone
 * @napt: NAPT
 * @host: host
 *
 * Any context.
 */
void naru_host_put(struct naru_napt *napt, struct naru_host *host)
{
	if (!refcount_dec_and_test(&host->ref))
		return;
	rhashtable_remove_fast(&napt->hosts, &host->hash, params);
	free_host(napt, host);
}
