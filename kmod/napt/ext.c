// SPDX-License-Identifier: GPL-2.0
/*
 * External addresses, and which of their ports are taken; napt.h, N5.
 */
#include <linux/slab.h>
#include "napt.h"

#define PORTS		65536
#define HALF		(PORTS / 2)
#define CHUNKS		(PORTS / NARU_EXT_CHUNK)

static struct kmem_cache *chunks;

/**
 * naru_ext_register - memory for what ports lead to
 *
 * Module init. Return: 0 or -ENOMEM.
 */
int naru_ext_register(void)
{
	chunks = KMEM_CACHE(naru_ext_chunk, SLAB_ACCOUNT);
	return chunks ? 0 : -ENOMEM;
}

/**
 * naru_ext_unregister - and away again
 *
 * Module exit, behind rcu_barrier().
 */
void naru_ext_unregister(void)
{
	kmem_cache_destroy(chunks);
}

/* Even ports first, so that those of a parity stand together */
static u32 bit_of(u16 port)
{
	return (port >> 1) + (port & 1 ? HALF : 0);
}

static u16 port_of(u32 bit)
{
	return bit < HALF ? bit << 1 : ((bit - HALF) << 1) + 1;
}

/**
 * naru_ext_hold - takes a reference
 * @ext: external address, found under RCU
 *
 * Return: false when it is going.
 */
bool naru_ext_hold(struct naru_ext *ext)
{
	return refcount_inc_not_zero(&ext->ref);
}

/**
 * naru_ext_get - an external address is wanted
 * @napt: NAPT
 * @addr: address
 *
 * Process context, may sleep, under naru_napt.mutex.
 *
 * Return: it with a reference, made if it was missing; NULL without memory.
 */
struct naru_ext *naru_ext_get(struct naru_napt *napt, __be32 addr)
{
	struct naru_ext *ext;

	rcu_read_lock();
	ext = naru_ext_find(napt, addr);
	if (ext && !naru_ext_hold(ext))
		ext = NULL;
	rcu_read_unlock();
	if (ext)
		return ext;
	ext = kzalloc(sizeof(*ext), GFP_KERNEL_ACCOUNT);
	if (!ext)
		return NULL;
	ext->addr = addr;
	refcount_set(&ext->ref, 1);
	spin_lock_bh(&napt->ext_lock);
	hlist_add_head_rcu(&ext->node, &napt->exts[naru_ext_slot(addr)]);
	spin_unlock_bh(&napt->ext_lock);
	return ext;
}

static void free_ext(struct rcu_head *rcu)
{
	struct naru_ext *ext = container_of(rcu, struct naru_ext, rcu);
	unsigned int i;

	for (i = 0; i < NARU_NAPT_PROTOS; i++) {
		kfree(ext->taken[i]);
		kfree(ext->chunk[i]);
	}
	kfree(ext);
}

/**
 * naru_ext_put - lets an external address go
 * @napt: NAPT
 * @ext: external address
 *
 * Any context.
 */
void naru_ext_put(struct naru_napt *napt, struct naru_ext *ext)
{
	if (!refcount_dec_and_test(&ext->ref))
		return;
	spin_lock_bh(&napt->ext_lock);
	hlist_del_rcu(&ext->node);
	spin_unlock_bh(&napt->ext_lock);
	call_rcu(&ext->rcu, free_ext);
}

/* What a pointer is to; made when it is first wanted, @size bytes that are 0. NULL without memory */
static void *made(void **pointer, size_t size)
{
	void *p = READ_ONCE(*pointer), *other;

	if (likely(p))
		return p;
	p = kzalloc(size, GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT);
	if (!p)
		return NULL;
	other = cmpxchg(pointer, NULL, p);
	if (!other)
		return p;
	kfree(p);
	return other;
}

/* The bits of a protocol's ports */
static unsigned long *ports_of(struct naru_ext *ext, u8 proto)
{
	return made((void **)&ext->taken[proto], PORTS / BITS_PER_BYTE);
}

static bool usable(struct naru_napt *napt, const struct naru_ext *ext, u8 proto, u16 port)
{
	return !READ_ONCE(ext->own) || !naru_local_has(napt, proto, ext->addr, port);
}

/* The first free one of bits @from to @to, or -1 */
static int search(struct naru_napt *napt, struct naru_ext *ext, u8 proto, unsigned long *bits,
		  u32 from, u32 to)
{
	u32 n = from;

	while ((n = find_next_zero_bit(bits, to + 1, n)) <= to) {
		if (usable(napt, ext, proto, port_of(n)) && !test_and_set_bit(n, bits))
			return n;
		n++;
	}
	return -1;
}

/* The same, from @start on and then from the beginning */
static int search_round(struct naru_napt *napt, struct naru_ext *ext, u8 proto,
			unsigned long *bits, u32 from, u32 to, u32 start)
{
	int n = search(napt, ext, proto, bits, start, to);

	if (n < 0 && start > from)
		n = search(napt, ext, proto, bits, from, start - 1);
	return n;
}

/* Ports of one parity within a span; @start: any port of the span */
static int search_parity(struct naru_napt *napt, struct naru_ext *ext, u8 proto,
			 unsigned long *bits, const struct naru_port_span *span, u8 parity)
{
	u32 first = span->first + ((span->first ^ parity) & 1);
	u32 last, start;

	if (first > span->last || (!span->last && parity))
		return -1;
	last = span->last - ((span->last ^ parity) & 1);
	start = clamp_t(u32, span->start + ((span->start ^ parity) & 1), first, last);
	return search_round(napt, ext, proto, bits, bit_of(first), bit_of(last), bit_of(start));
}

static int search_span(struct naru_napt *napt, struct naru_ext *ext, u8 proto, unsigned long *bits,
		       const struct naru_port_span *span)
{
	u8 parity = (span->step == 2 ? span->first : span->start) & 1;
	int n = search_parity(napt, ext, proto, bits, span, parity);

	if (n < 0 && span->step == 1)
		n = search_parity(napt, ext, proto, bits, span, !parity);
	return n;
}

/**
 * naru_ext_claim - a mapping gets a port
 * @napt: NAPT
 * @ext: external address
 * @proto: enum naru_napt_proto
 * @plan: which ports to try
 * @port: filled in, host byte order
 *
 * RFC 4787 REQ-3, RFC 5382 REQ-7: a port that is taken, or that a socket of the router has, is given
 * to nobody else. Softirq or process, under rcu_read_lock.
 *
 * Return: 0, -ENOSPC when none of these is free, -ENOMEM.
 */
int naru_ext_claim(struct naru_napt *napt, struct naru_ext *ext, u8 proto,
		   const struct naru_port_plan *plan, u16 *port)
{
	unsigned long *bits = ports_of(ext, proto);
	int n = -1;
	u8 i;

	if (!bits)
		return -ENOMEM;
	if (plan->exact)
		n = search(napt, ext, proto, bits, bit_of(plan->port), bit_of(plan->port));
	for (i = 0; n < 0 && i < plan->num; i++)
		n = search_span(napt, ext, proto, bits, &plan->span[i]);
	if (n < 0)
		return -ENOSPC;
	atomic_inc(&ext->num[proto]);
	*port = port_of(n);
	return 0;
}

/**
 * naru_ext_claim_free - a port that a mapping would like
 * @napt: NAPT
 * @ext: external address
 * @proto: enum naru_napt_proto
 * @port: host byte order
 *
 * As naru_ext_claim() for one port. Return: true when the mapping has it.
 */
bool naru_ext_claim_free(struct naru_napt *napt, struct naru_ext *ext, u8 proto, u16 port)
{
	unsigned long *bits = ports_of(ext, proto);

	if (!bits || test_bit(bit_of(port), bits) || !usable(napt, ext, proto, port) ||
	    test_and_set_bit(bit_of(port), bits))
		return false;
	atomic_inc(&ext->num[proto]);
	return true;
}

/**
 * naru_ext_claim_one - a port that is wanted by its number
 * @ext: external address
 * @proto: enum naru_napt_proto
 * @port: host byte order
 *
 * Sockets of the router are not asked. Softirq or process.
 *
 * Return: 0, -EADDRINUSE, -ENOMEM.
 */
int naru_ext_claim_one(struct naru_ext *ext, u8 proto, u16 port)
{
	unsigned long *bits = ports_of(ext, proto);

	if (!bits)
		return -ENOMEM;
	if (test_and_set_bit(bit_of(port), bits))
		return -EADDRINUSE;
	atomic_inc(&ext->num[proto]);
	return 0;
}

/**
 * naru_ext_release - a port is free again
 * @ext: external address
 * @proto: enum naru_napt_proto
 * @port: host byte order; no mapping with it is in the tables any more
 *
 * Any context.
 */
void naru_ext_release(struct naru_ext *ext, u8 proto, u16 port)
{
	/* whoever has the port next finds its mapping's place empty */
	clear_bit_unlock(bit_of(port), ext->taken[proto]);
	atomic_dec(&ext->num[proto]);
}

static void free_chunk(struct rcu_head *rcu)
{
	kmem_cache_free(chunks, container_of(rcu, struct naru_ext_chunk, rcu));
}

static struct naru_ext_chunk *new_chunk(void)
{
	struct naru_ext_chunk *chunk = kmem_cache_zalloc(chunks, GFP_ATOMIC | __GFP_NOWARN);

	if (chunk)
		atomic_set(&chunk->num, 1);
	return chunk;
}

/* The chunk at that place, where one more mapping is counted now. One without any is on its way out */
static struct naru_ext_chunk *chunk_get(struct naru_ext_chunk **at)
{
	struct naru_ext_chunk *chunk, *fresh = NULL;

	for (;;) {
		chunk = READ_ONCE(*at);
		if (chunk && atomic_inc_not_zero(&chunk->num))
			break;
		fresh = fresh ?: new_chunk();
		if (!fresh)
			return NULL;
		if (cmpxchg(at, chunk, fresh) == chunk)
			return fresh;
	}
	if (fresh)
		kmem_cache_free(chunks, fresh);
	return chunk;
}

static void chunk_put(struct naru_ext_chunk **at, struct naru_ext_chunk *chunk)
{
	if (!atomic_dec_and_test(&chunk->num))
		return;
	cmpxchg(at, chunk, NULL);
	call_rcu(&chunk->rcu, free_chunk);
}

/**
 * naru_ext_insert - packets for a port find its mapping from now on
 * @ext: external address
 * @map: mapping that has claimed map->out.port
 *
 * N3 held, under rcu_read_lock. Return: 0 or -ENOMEM.
 */
int naru_ext_insert(struct naru_ext *ext, struct naru_mapping *map)
{
	u16 port = ntohs(map->out.port);
	struct naru_ext_chunk **all, *chunk;

	all = made((void **)&ext->chunk[map->out.proto], CHUNKS * sizeof(*all));
	if (!all)
		return -ENOMEM;
	chunk = chunk_get(&all[port / NARU_EXT_CHUNK]);
	if (!chunk)
		return -ENOMEM;
	rcu_assign_pointer(chunk->map[port % NARU_EXT_CHUNK], map);
	return 0;
}

/**
 * naru_ext_remove - and no more
 * @ext: external address
 * @map: mapping that was inserted
 *
 * N3 held.
 */
void naru_ext_remove(struct naru_ext *ext, struct naru_mapping *map)
{
	u16 port = ntohs(map->out.port);
	struct naru_ext_chunk **at = &ext->chunk[map->out.proto][port / NARU_EXT_CHUNK];
	struct naru_ext_chunk *chunk = *at;

	RCU_INIT_POINTER(chunk->map[port % NARU_EXT_CHUNK], NULL);
	chunk_put(at, chunk);
}
