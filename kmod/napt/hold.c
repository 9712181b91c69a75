// SPDX-License-Identifier: GPL-2.0
/*
 * SYNs from outside that nobody asked for. RFC 5382 REQ-4: such a SYN gets no answer for 6 seconds, in
 * which its own connection may begin from inside (simultaneous open); then ICMP port unreachable.
 *
 * What waits is a copy of what the answer quotes. All wait equally long, so they stand in a list in
 * the order in which they came, and one timer is enough; a table finds them by their connection.
 * Lookups are RCU; naru_hold.lock is taken where something comes or goes, so that neither a flood that
 * has filled the hold nor the SYNs that go out meanwhile meet on it.
 */
#include <linux/jhash.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/icmp.h>
#include <net/route.h>
#include "napt.h"

#define HOLD_MAX	1024
#define HOLD_BITS	8
#define HOLD_BYTES	(576 - sizeof(struct iphdr) - sizeof(struct icmphdr))	/* RFC 1812 4.3.2.3 */

/* 16 bytes, no holes: hashed and compared as a whole */
struct held_key {
	__be32 ext, remote;
	__be16 ext_port, remote_port;
	u32 proto;		/* enum naru_napt_proto */
};

/**
 * struct held - a SYN that waits
 * @node: in naru_hold.table; readers use RCU
 * @link: in naru_hold.queue
 * @rcu: freed after a grace period
 * @key: its connection
 * @due: jiffies when it is answered
 * @ifindex: interface that it came in by
 * @skb: what the answer quotes
 */
struct held {
	struct hlist_node node;
	struct list_head link;
	struct rcu_head rcu;
	struct held_key key;
	unsigned long due;
	int ifindex;
	struct sk_buff *skb;
};

/**
 * struct naru_hold - the SYNs of a namespace that wait
 * @napt: NAPT
 * @lock: guards @table and @queue for writers; leaf, BHs off
 * @num: length of @queue; written under @lock
 * @seed: of the table's hash
 * @queue: struct held, the first one due first
 * @table: by held_key
 * @work: answers what is due; scheduled while @queue is not empty
 */
struct naru_hold {
	struct naru_napt *napt;
	spinlock_t lock;
	u32 num;
	u32 seed;
	struct list_head queue;
	struct hlist_head table[1 << HOLD_BITS];
	struct delayed_work work;
};

static struct hlist_head *bucket(struct naru_hold *hold, const struct held_key *key)
{
	u32 hash = jhash2((const u32 *)key, sizeof(*key) / sizeof(u32), hold->seed);

	return &hold->table[hash & ((1 << HOLD_BITS) - 1)];
}

/* Under rcu_read_lock() or naru_hold.lock */
static struct held *find(struct naru_hold *hold, const struct held_key *key)
{
	struct held *held;

	hlist_for_each_entry_rcu(held, bucket(hold, key), node, lockdep_is_held(&hold->lock))
		if (!memcmp(&held->key, key, sizeof(*key)))
			return held;
	return NULL;
}

/* naru_hold.lock is held */
static void take_out(struct naru_hold *hold, struct held *held)
{
	hlist_del_rcu(&held->node);
	list_del(&held->link);
	WRITE_ONCE(hold->num, hold->num - 1);
}

/* It is in no list any more */
static void free_held(struct held *held)
{
	consume_skb(held->skb);
	kfree_rcu(held, rcu);
}

/* The front of @skb as it came in, without what belongs to its way through the stack */
static struct sk_buff *quote(const struct sk_buff *skb)
{
	u32 len = min_t(u32, skb->len, HOLD_BYTES);
	struct sk_buff *copy = alloc_skb(len, GFP_ATOMIC | __GFP_NOWARN);

	if (!copy)
		return NULL;
	if (skb_copy_bits(skb, 0, skb_put(copy, len), len)) {
		consume_skb(copy);
		return NULL;
	}
	skb_reset_network_header(copy);
	skb_set_transport_header(copy, ip_hdrlen(copy));
	copy->protocol = skb->protocol;
	copy->pkt_type = skb->pkt_type;
	copy->mark = skb->mark;
	memset(IPCB(copy), 0, sizeof(*IPCB(copy)));
	return copy;
}

static struct held *new_held(const struct naru_napt *napt, const struct sk_buff *skb,
			     const struct held_key *key)
{
	u32 divisor = naru_setting(napt->nn, napt_timer_divisor);
	struct held *held = kmalloc(sizeof(*held), GFP_ATOMIC | __GFP_NOWARN);

	if (!held)
		return NULL;
	held->skb = quote(skb);
	if (!held->skb) {
		kfree(held);
		return NULL;
	}
	held->key = *key;
	held->due = jiffies + NARU_NAPT_HOLD * HZ / divisor + 1;	/* not a moment less */
	held->ifindex = skb->dev->ifindex;
	return held;
}

/* Jiffies until it is answered, 0: now. They go on while one reckons */
static unsigned long time_left(const struct held *held)
{
	return max_t(long, held->due - jiffies, 0);
}

/* naru_hold.lock is held */
static enum naru_drop_reason add(struct naru_hold *hold, const struct sk_buff *skb,
				 const struct held_key *key, enum naru_drop_reason reason)
{
	struct held *held;

	if (find(hold, key))
		return reason;
	held = hold->num < HOLD_MAX ? new_held(hold->napt, skb, key) : NULL;
	if (!held)
		return NARU_DROP_NAPT_HOLD_FULL;
	if (list_empty(&hold->queue))
		schedule_delayed_work(&hold->work, time_left(held));
	list_add_tail(&held->link, &hold->queue);
	hlist_add_head_rcu(&held->node, bucket(hold, key));
	WRITE_ONCE(hold->num, hold->num + 1);
	return NARU_DROP_NAPT_HELD;
}

/**
 * naru_hold_syn - a SYN from outside that has no mapping, or is filtered
 * @napt: NAPT
 * @skb: the SYN as it came in, the IP header at its data; it is consumed
 * @f: its flow
 * @reason: why it is not let in
 *
 * RFC 5382 REQ-4. The first SYN of a connection waits (NARU_DROP_NAPT_HELD); those that repeat it are
 * dropped for @reason, and it is answered no later for them. When there are too many it is dropped
 * without an answer (NARU_DROP_NAPT_HOLD_FULL): REQ-4's justification a. Context: softirq, under
 * rcu_read_lock(). The hooks are registered.
 */
void naru_hold_syn(struct naru_napt *napt, struct sk_buff *skb, const struct naru_flow *f,
		   enum naru_drop_reason reason)
{
	const struct held_key key = {
		.ext = f->dst,
		.remote = f->src,
		.ext_port = f->dport,
		.remote_port = f->sport,
		.proto = f->proto,
	};
	struct naru_hold *hold = napt->hold;

	if (find(hold, &key)) {
		naru_drop(napt->nn, NULL, skb, reason);
		return;
	}
	if (READ_ONCE(hold->num) >= HOLD_MAX) {
		naru_drop(napt->nn, NULL, skb, NARU_DROP_NAPT_HOLD_FULL);
		return;
	}
	spin_lock_bh(&hold->lock);
	reason = add(hold, skb, &key, reason);
	spin_unlock_bh(&hold->lock);
	naru_drop(napt->nn, NULL, skb, reason);
}

/**
 * naru_hold_forget - a connection begins from inside: a SYN of it that waits gets no answer
 * @napt: NAPT
 * @proto: enum naru_napt_proto
 * @ext: external address that the inside host's SYN goes out with
 * @ext_port: external port
 * @remote: where it goes
 * @remote_port: port there
 *
 * RFC 5382 REQ-4. Context: softirq or process, under rcu_read_lock(). Costs a look at a number while
 * nothing waits.
 */
void naru_hold_forget(struct naru_napt *napt, u8 proto, __be32 ext, __be16 ext_port,
		      __be32 remote, __be16 remote_port)
{
	const struct held_key key = {
		.ext = ext,
		.remote = remote,
		.ext_port = ext_port,
		.remote_port = remote_port,
		.proto = proto,
	};
	struct naru_hold *hold = napt->hold;
	struct held *held;

	if (!READ_ONCE(hold->num) || !find(hold, &key))
		return;
	spin_lock_bh(&hold->lock);
	held = find(hold, &key);
	if (held)
		take_out(hold, held);
	spin_unlock_bh(&hold->lock);
	if (held)
		free_held(held);
}

/* Its connection began while it was put here, on another CPU. Under rcu_read_lock() */
static bool is_wanted(struct naru_napt *napt, const struct held_key *key)
{
	struct naru_mapping *map = naru_mapping_outside(napt, key->proto, key->ext, key->ext_port);

	return map && naru_session_find(napt, map, key->remote, key->remote_port);
}

/*
 * The route is that of the SYN as it would come in now: the interface may have gone, and the address
 * with it. Rules may have, too: then it is not the NAPT's to answer. The kernel's own limits of ICMP
 * hold.
 */
static void answer(struct naru_napt *napt, const struct held *held)
{
	struct sk_buff *skb = held->skb;
	const struct iphdr *iph = ip_hdr(skb);

	rcu_read_lock();
	skb->dev = dev_get_by_index_rcu(napt->nn->net, held->ifindex);
	if (!skb->dev || !naru_ext_find(napt, held->key.ext) || is_wanted(napt, &held->key))
		goto out;
	skb->skb_iif = held->ifindex;
	if (!ip_route_input_noref(skb, iph->daddr, iph->saddr, iph->tos, skb->dev))
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
	skb_dst_drop(skb);
out:
	skb->dev = NULL;
	rcu_read_unlock();
}

/* The next one that is due, out of its lists; NULL: none, and the work is scheduled if one will be */
static struct held *take_due(struct naru_hold *hold)
{
	unsigned long left = 0;
	struct held *held;

	spin_lock_bh(&hold->lock);
	held = list_first_entry_or_null(&hold->queue, struct held, link);
	if (held)
		left = time_left(held);
	if (left) {
		schedule_delayed_work(&hold->work, left);
		held = NULL;
	}
	if (held)
		take_out(hold, held);
	spin_unlock_bh(&hold->lock);
	return held;
}

static void answer_due(struct work_struct *work)
{
	struct naru_hold *hold = container_of(to_delayed_work(work), struct naru_hold, work);
	struct held *held;

	while ((held = take_due(hold))) {
		answer(hold->napt, held);
		free_held(held);
		cond_resched();
	}
}

/**
 * naru_hold_init - no SYN waits yet
 * @napt: NAPT
 *
 * Return: 0 or -ENOMEM. Context: process, may sleep.
 */
int naru_hold_init(struct naru_napt *napt)
{
	struct naru_hold *hold = kzalloc(sizeof(*hold), GFP_KERNEL_ACCOUNT);

	BUILD_BUG_ON(sizeof(struct held_key) != 16);
	if (!hold)
		return -ENOMEM;
	hold->napt = napt;
	spin_lock_init(&hold->lock);
	hold->seed = get_random_u32();
	INIT_LIST_HEAD(&hold->queue);
	INIT_DELAYED_WORK(&hold->work, answer_due);
	napt->hold = hold;
	return 0;
}

/**
 * naru_hold_exit - what waits goes without an answer
 * @napt: NAPT, its hooks are gone and no packet is in them; N6
 *
 * Context: process, may sleep.
 */
void naru_hold_exit(struct naru_napt *napt)
{
	struct naru_hold *hold = napt->hold;
	struct held *held, *next;

	cancel_delayed_work_sync(&hold->work);
	list_for_each_entry_safe(held, next, &hold->queue, link) {
		list_del(&held->link);
		free_held(held);
	}
	napt->hold = NULL;
	kfree(hold);
}
