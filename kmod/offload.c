// SPDX-License-Identifier: GPL-2.0
/*
 * Segmentation and merging of native streams. The header is TCP's and the pseudo-header says 6, so
 * the kernel's GRO for TCP merges 253 as it is; segmentation is naru's own over skb_segment().
 *
 * Native super-segments carry SKB_GSO_SCTP beside SKB_GSO_TCPV4 or V6: virtual devices take both
 * whole, hardware that segments TCP only does not, and gets them segmented here.
 */
#include <linux/netdevice.h>
#include <linux/tcp.h>
#include <net/gro.h>
#include <net/protocol.h>
#include <net/tcp.h>
#include "naru.h"

static const struct net_offload *tcp_offload(bool v4)
{
	return v4 ? rcu_dereference(inet_offloads[IPPROTO_TCP]) :
		    rcu_dereference(inet6_offloads[IPPROTO_TCP]);
}

static struct sk_buff *gro_receive_v4(struct list_head *head, struct sk_buff *skb)
{
	const struct net_offload *tcp = tcp_offload(true);

	return tcp ? tcp->callbacks.gro_receive(head, skb) : NULL;
}

static struct sk_buff *gro_receive_v6(struct list_head *head, struct sk_buff *skb)
{
	const struct net_offload *tcp = tcp_offload(false);

	return tcp ? tcp->callbacks.gro_receive(head, skb) : NULL;
}

/* What is forwarded must not look like TCP to hardware */
static int gro_complete(const struct net_offload *tcp, struct sk_buff *skb, int thoff)
{
	int err = tcp ? tcp->callbacks.gro_complete(skb, thoff) : -ENOENT;

	skb_shinfo(skb)->gso_type |= SKB_GSO_SCTP;
	return err;
}

static int gro_complete_v4(struct sk_buff *skb, int thoff)
{
	return gro_complete(tcp_offload(true), skb, thoff);
}

static int gro_complete_v6(struct sk_buff *skb, int thoff)
{
	return gro_complete(tcp_offload(false), skb, thoff);
}

static void seed_csum(struct sk_buff *skb, bool v4)
{
	struct tcphdr *th = tcp_hdr(skb);

	/* merged as a list of packets whose checksums say nothing of the whole */
	if (skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST)
		skb->ip_summed = CHECKSUM_NONE;
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		return;
	if (v4)
		th->check = ~tcp_v4_check(skb->len, ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, 0);
	else
		th->check = ~tcp_v6_check(skb->len, &ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr,
					  0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct tcphdr, check);
}

/* @check: the pseudo-header's sum for the length of this segment */
static void finish_csum(struct sk_buff *skb, __sum16 check)
{
	__wsum rest = csum_unfold((__force __sum16)~(__force u16)check);

	tcp_hdr(skb)->check = check;
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		gso_reset_checksum(skb, rest);
	else
		tcp_hdr(skb)->check = gso_make_checksum(skb, rest);
}

/* The sum seeded for @from bytes of header and payload, corrected to @to bytes */
static __sum16 check_for_len(__sum16 seed, u32 from, u32 to)
{
	__wsum delta = (__force __wsum)htonl(~from + to);

	return ~csum_fold(csum_add(csum_unfold(seed), delta));
}

/* Sequence numbers, flags and checksums of @segs; the first has the header of the whole */
static void fix_headers(struct sk_buff *segs, u32 whole, u32 hdr_len, u32 mss)
{
	u32 seq = ntohl(tcp_hdr(segs)->seq);
	__sum16 seed = tcp_hdr(segs)->check;
	struct sk_buff *skb;

	for (skb = segs; skb; skb = skb->next) {
		struct tcphdr *th = tcp_hdr(skb);
		u32 len = skb_tail_pointer(skb) - skb_transport_header(skb) + skb->data_len;

		th->seq = htonl(seq);
		if (skb != segs)
			th->cwr = 0;
		if (skb->next) {
			th->fin = 0;
			th->psh = 0;
			len = hdr_len + mss;
		}
		finish_csum(skb, check_for_len(seed, whole, len));
		seq += mss;
	}
}

static struct sk_buff *segment(struct sk_buff *skb, netdev_features_t features)
{
	u32 hdr_len = tcp_hdr(skb)->doff * 4;
	u32 mss = skb_shinfo(skb)->gso_size;
	u32 whole = skb->len;
	struct sk_buff *segs;

	if (hdr_len < sizeof(struct tcphdr) || !pskb_may_pull(skb, hdr_len))
		return ERR_PTR(-EINVAL);
	__skb_pull(skb, hdr_len);
	if (skb->len <= mss)
		return ERR_PTR(-EINVAL);
	if (skb_gso_ok(skb, features | NETIF_F_GSO_ROBUST)) {
		skb_shinfo(skb)->gso_segs = DIV_ROUND_UP(skb->len, mss);
		return NULL;
	}
	/* checksum engines that know TCP by its protocol number do not know 253 */
	if (!(features & NETIF_F_HW_CSUM))
		features &= ~NETIF_F_CSUM_MASK;
	segs = skb_segment(skb, features);
	if (IS_ERR(segs))
		return segs;
	if (skb_is_gso(segs))
		mss *= skb_shinfo(segs)->gso_segs;
	fix_headers(segs, whole, hdr_len, mss);
	return segs;
}

static struct sk_buff *gso_segment_v4(struct sk_buff *skb, netdev_features_t features)
{
	if (!(skb_shinfo(skb)->gso_type & SKB_GSO_TCPV4) ||
	    !pskb_may_pull(skb, sizeof(struct tcphdr)))
		return ERR_PTR(-EINVAL);
	seed_csum(skb, true);
	return segment(skb, features);
}

static struct sk_buff *gso_segment_v6(struct sk_buff *skb, netdev_features_t features)
{
	if (!(skb_shinfo(skb)->gso_type & SKB_GSO_TCPV6) ||
	    !pskb_may_pull(skb, sizeof(struct tcphdr)))
		return ERR_PTR(-EINVAL);
	seed_csum(skb, false);
	return segment(skb, features);
}

static const struct net_offload offload_v4 = {
	.callbacks = {
		.gso_segment = gso_segment_v4,
		.gro_receive = gro_receive_v4,
		.gro_complete = gro_complete_v4,
	},
};

static const struct net_offload offload_v6 = {
	.callbacks = {
		.gso_segment = gso_segment_v6,
		.gro_receive = gro_receive_v6,
		.gro_complete = gro_complete_v6,
	},
};

/**
 * naru_offload_register - GSO and GRO for protocol 253
 *
 * Return: 0 or a negative errno. Context: process.
 */
int naru_offload_register(void)
{
	int err = inet_add_offload(&offload_v4, NARU_PROTO_STREAM);

	if (err)
		goto taken;
	err = inet6_add_offload(&offload_v6, NARU_PROTO_STREAM);
	if (!err)
		return 0;
	inet_del_offload(&offload_v4, NARU_PROTO_STREAM);
taken:
	pr_err("naru: another module has offloads for IP protocol %d: unload it first\n",
	       NARU_PROTO_STREAM);
	return -EBUSY;
}

/**
 * naru_offload_unregister - no more GSO and GRO for protocol 253
 *
 * Context: process; waits for an RCU grace period.
 */
void naru_offload_unregister(void)
{
	inet6_del_offload(&offload_v6, NARU_PROTO_STREAM);
	inet_del_offload(&offload_v4, NARU_PROTO_STREAM);
}
