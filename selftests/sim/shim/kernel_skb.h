/* SPDX-License-Identifier: GPL-2.0 */
/*
 * struct sk_buff: a header with its data in one piece, which grows where the kernel would add a fragment.
 */
#ifndef SIM_KERNEL_SKB_H
#define SIM_KERNEL_SKB_H

struct net_device;
struct sock;

struct skb_shared_info {
	u16 gso_size, gso_segs;
	u32 gso_type;
	u8 flags;
};

#define SKBFL_SHARED_FRAG	2

struct sk_buff {
	struct sk_buff *next, *prev;	/* first, as in struct sk_buff_head */
	struct sock *sk;
	void (*destructor)(struct sk_buff *skb);
	struct net_device *dev;
	u64 tstamp;
	char cb[48] __attribute__((aligned(8)));
	u8 *head, *data;
	u32 len;
	u32 size;		/* bytes at @head */
	u32 frags;		/* pieces that the kernel would have behind the linear part */
	u32 truesize;
	u32 mark;
	u8 ip_summed;
	bool pp_recycle;	/* its pages go back to their device's pool, and are never mixed with others */
	bool head_frag;		/* @head is a part of a page, as drivers have them: another skb may take it over */
	struct iphdr iph;	/* the IP header it came with: version and TOS */
	struct skb_shared_info shared;
};

struct sk_buff_head {
	struct sk_buff *next, *prev;
	u32 qlen;
};

/* What waits for the softirq: here it comes by a device's own poller */
#define NAPI_STATE_SCHED	0

struct softnet_data {
	struct {
		unsigned long state;
	} backlog;
	struct sk_buff_head process_queue, input_pkt_queue;
};

extern struct softnet_data softnet_data;

#define CHECKSUM_PARTIAL	3
#define SKB_GSO_TCPV4		1
#define SKB_GSO_TCPV6		2
#define SKB_GSO_SCTP		4
#define SKB_GSO_TCP_ECN		8
#define SKB_OVERHEAD		576	/* struct sk_buff and what is behind its data, bytes */
#define SKB_TRUESIZE(n)		((n) + SKB_OVERHEAD)
#define SKB_MAX_ORDER(x, order)	((int)((4096 << (order)) - (x) - 320))
#define MAX_SKB_FRAGS		17

extern u32 sim_skbs;		/* how many there are */

struct sk_buff *alloc_skb(u32 size, gfp_t gfp);
#define alloc_skb_fclone	alloc_skb
void __kfree_skb(struct sk_buff *skb);
#define consume_skb		__kfree_skb
void skb_orphan(struct sk_buff *skb);
struct sk_buff *skb_clone(const struct sk_buff *skb, gfp_t gfp);
#define pskb_copy		skb_clone
void sim_skb_append(struct sk_buff *skb, const u8 *data, u32 len);
u8 *skb_push(struct sk_buff *skb, u32 len);
u8 *skb_put(struct sk_buff *skb, u32 len);
u8 *__skb_pull(struct sk_buff *skb, u32 len);
int pskb_trim(struct sk_buff *skb, u32 len);
void skb_split(struct sk_buff *skb, struct sk_buff *rest, u32 len);
int skb_copy_bits(const struct sk_buff *skb, u32 offset, void *to, u32 len);
bool skb_try_coalesce(struct sk_buff *to, struct sk_buff *from, bool *stolen, int *delta);
#define kfree_skb_partial(skb, stolen)	((void)(stolen), __kfree_skb(skb))
#define skb_shinfo(skb)		((struct skb_shared_info *)&(skb)->shared)
#define skb_cloned(skb)		((void)(skb), false)
#define skb_unclone(skb, gfp)	((void)(skb), 0)
#define skb_headlen(skb)	((skb)->len)
#define skb_tail_pointer(skb)	((skb)->data + (skb)->len)
#define skb_reserve(skb, n)	((skb)->data += (n))
#define skb_reset_transport_header(skb) ((void)(skb))
#define __skb_header_release(skb) ((void)(skb))
#define skb_ext_reset(skb)	((void)(skb))
#define skb_dst_set(skb, dst)	((void)(dst))
#define skb_dst_drop(skb)	((void)(skb))
#define ip_hdr(skb)		(&(skb)->iph)
#define ipv6_hdr(skb)		(&(skb)->iph)
#define ipv4_get_dsfield(h)	((h)->tos)
#define ipv6_get_dsfield(h)	((h)->tos)
#define INET_ECN_MASK		3

static inline u32 skb_tailroom(const struct sk_buff *skb)
{
	return skb->frags ? 0 : skb->size - (skb->data - skb->head) - skb->len;
}

static inline void __skb_queue_head_init(struct sk_buff_head *q)
{
	q->next = (struct sk_buff *)q;
	q->prev = (struct sk_buff *)q;
	q->qlen = 0;
}

static inline bool skb_queue_empty(const struct sk_buff_head *q)
{
	return q->next == (const struct sk_buff *)q;
}

#define skb_queue_empty_lockless	skb_queue_empty
#define skb_queue_len(q)	((q)->qlen)
#define skb_queue_next(q, skb)	((void)(q), (skb)->next)

static inline bool skb_queue_is_last(const struct sk_buff_head *q, const struct sk_buff *skb)
{
	return skb->next == (const struct sk_buff *)q;
}

static inline struct sk_buff *skb_peek(const struct sk_buff_head *q)
{
	return skb_queue_empty(q) ? NULL : q->next;
}

static inline struct sk_buff *skb_peek_tail(const struct sk_buff_head *q)
{
	return skb_queue_empty(q) ? NULL : q->prev;
}

static inline void __skb_queue_after(struct sk_buff_head *q, struct sk_buff *prev, struct sk_buff *skb)
{
	skb->next = prev->next;
	skb->prev = prev;
	prev->next->prev = skb;
	prev->next = skb;
	q->qlen++;
}

#define __skb_queue_head(q, skb) __skb_queue_after(q, (struct sk_buff *)(q), skb)
#define __skb_queue_tail(q, skb) __skb_queue_after(q, (q)->prev, skb)

static inline void __skb_unlink(struct sk_buff *skb, struct sk_buff_head *q)
{
	skb->next->prev = skb->prev;
	skb->prev->next = skb->next;
	skb->next = NULL;
	skb->prev = NULL;
	q->qlen--;
}

static inline struct sk_buff *__skb_dequeue(struct sk_buff_head *q)
{
	struct sk_buff *skb = skb_peek(q);

	if (skb)
		__skb_unlink(skb, q);
	return skb;
}

static inline struct sk_buff *__skb_dequeue_tail(struct sk_buff_head *q)
{
	struct sk_buff *skb = skb_peek_tail(q);

	if (skb)
		__skb_unlink(skb, q);
	return skb;
}

static inline void __skb_queue_purge(struct sk_buff_head *q)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(q)))
		__kfree_skb(skb);
}

#define NARU_COMPAT_MONOTONIC	1
#define skb_set_delivery_time(skb, kt, clock)	((void)(skb))

#define skb_queue_walk(q, skb)	\
	for (skb = (q)->next; skb != (struct sk_buff *)(q); skb = skb->next)
#define skb_queue_reverse_walk(q, skb)	\
	for (skb = (q)->prev; skb != (struct sk_buff *)(q); skb = skb->prev)

#endif
