// SPDX-License-Identifier: GPL-2.0
/*
 * External addresses, and which of their ports are taken; napt.h, N5.
 */
#include <linux/slab.h>
#include "napt.h"

#define PORTS		65536
#define HALF		(PORTS / 2)

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

	for (i = 0; i < NARU_NAPT_PROTOS; i++)
		kfree(ext->taken[i]);
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

/* The bits of a protocol's ports; made when they are first wanted, NULL without memory */
static unsigned long *ports_of(struct naru_ext *ext, u8 proto)
{
	unsigned long *bits = READ_ONCE(ext->taken[proto]), *other;

	if (likely(bits))
		return bits;
	bits = kzalloc(PORTS / BITS_PER_BYTE, GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT);
	if (!bits)
		return NULL;
	other = cmpxchg(&ext->taken[proto], NULL, bits);
	if (!other)
		return bits;
	kfree(bits);
	return other;
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
	clear_bit(bit_of(port), ext->taken[proto]);
	atomic_dec(&ext->num[proto]);
}
