// SPDX-License-Identifier: GPL-2.0
/*
 * A datagram into a socket's receive queue. Memory is accounted under the queue's lock: charged here, given back
 * when a program takes the datagram out.
 */
#include <linux/filter.h>
#include <linux/inetdevice.h>
#include <net/busy_poll.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/udp.h>
#include "dgram.h"

/* The source address of an answer to what did not come to one of our own: as IP would choose */
static __be32 answer_source(const struct sk_buff *skb)
{
	struct net *net = dev_net(skb->dev);
	struct flowi4 fl4 = {
		.daddr = ip_hdr(skb)->saddr,
		.flowi4_tos = ip_hdr(skb)->tos & ~INET_ECN_MASK,
		.flowi4_mark = skb->mark,
	};
	struct rtable *rt;

	if (!fl4.daddr)
		return inet_select_addr(skb->dev, 0, RT_SCOPE_LINK);
	rt = ip_route_output_key(net, &fl4);
	if (IS_ERR(rt))
		return 0;
	ip_rt_put(rt);
	return fl4.saddr;
}

/* IP_PKTINFO's ipi_spec_dst */
static __be32 spec_dst(const struct sk_buff *skb)
{
	const struct rtable *rt = skb_rtable(skb);

	if (rt && (rt->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST | RTCF_LOCAL)) == RTCF_LOCAL)
		return ip_hdr(skb)->daddr;
	return skb->dev ? answer_source(skb) : 0;
}

static bool wants_pktinfo(const struct sock *sk)
{
	return (naru_compat_cmsg_flags(sk) & IP_CMSG_PKTINFO) ||
	       inet6_sk(sk)->rxopt.bits.rxinfo || inet6_sk(sk)->rxopt.bits.rxoinfo;
}

/* What IP_PKTINFO and IP_RETOPTS say later is known only while route and interface are there */
static void note_pktinfo(const struct sock *sk, struct sk_buff *skb)
{
	struct in_pktinfo *info = PKTINFO_SKB_CB(skb);
	int ifindex;

	if (skb->protocol != htons(ETH_P_IP)) {
		skb_dst_drop(skb);
		return;
	}
	if (wants_pktinfo(sk)) {
		ifindex = inet_iif(skb);
		info->ipi_spec_dst.s_addr = spec_dst(skb);
		info->ipi_ifindex = ifindex;
	}
	if (unlikely(IPCB(skb)->opt.optlen))
		skb_dst_force(skb);
	else
		skb_dst_drop(skb);
}

/* The queue's lock is held. One datagram more than there is room for may come in, whatever its size */
static enum naru_drop_reason charge(struct sock *sk, struct sk_buff *skb)
{
	unsigned int size = skb->truesize;

	if (atomic_read(&sk->sk_rmem_alloc) > READ_ONCE(sk->sk_rcvbuf))
		return NARU_DROP_DGRAM_RCVBUF;
	if (!sk_rmem_schedule(sk, skb, size))
		return NARU_DROP_NO_MEMORY;
	sk_mem_charge(sk, size);
	atomic_add(size, &sk->sk_rmem_alloc);
	return NARU_DROP_MAX;
}

static void enqueue(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	enum naru_drop_reason reason;

	skb_orphan(skb);
	spin_lock_bh(&queue->lock);
	reason = charge(sk, skb);
	if (reason == NARU_DROP_MAX) {
		skb->dev = NULL;	/* it may go while the datagram waits */
		sock_skb_set_dropcount(sk, skb);
		if (!READ_ONCE(naru_dgram(sk)->gro) || !naru_dgram_gro(sk, skb))
			__skb_queue_tail(queue, skb);
	}
	spin_unlock_bh(&queue->lock);
	if (reason != NARU_DROP_MAX) {
		atomic_inc(&sk->sk_drops);
		naru_drop(naru_net_of(sk), sk, skb, reason);
	} else if (!sock_flag(sk, SOCK_DEAD)) {
		sk->sk_data_ready(sk);
	}
}

/* RFC 8200 8.1: over IPv6 a checksum of 0 is none, unless a socket says otherwise (RFC 6935) */
static bool lacks_csum(const struct sock *sk, const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IPV6) && !udp_hdr(skb)->check &&
	       skb->ip_summed != CHECKSUM_PARTIAL && !READ_ONCE(naru_dgram(sk)->no_check6_rx);
}

static void refuse(struct sock *sk, struct sk_buff *skb, enum naru_drop_reason reason)
{
	atomic_inc(&sk->sk_drops);
	naru_drop(naru_net_of(sk), sk, skb, reason);
}

/**
 * naru_dgram_deliver - a datagram has come for a socket
 * @sk: socket
 * @skb: data at the UDP header, checksum verified or 0; it is consumed
 *
 * Socket filters, cgroup BPF and LSMs are asked here. Context: softirq, under rcu_read_lock(), no lock.
 */
void naru_dgram_deliver(struct sock *sk, struct sk_buff *skb)
{
	if (lacks_csum(sk, skb)) {
		refuse(sk, skb, NARU_DROP_BAD_CSUM);
		return;
	}
	if (sk_filter_trim_cap(sk, skb, sizeof(struct udphdr))) {
		refuse(sk, skb, NARU_DROP_FILTER);
		return;
	}
	NARU_INC(naru_net_of(sk), DGRAM_IN);
	skb_pull_rcsum(skb, sizeof(struct udphdr));
	note_pktinfo(sk, skb);
	sk_mark_napi_id_once(sk, skb);
	sk_incoming_cpu_update(sk);
	enqueue(sk, skb);
}

/**
 * naru_dgram_uncharge - a program has taken a datagram out of the queue
 * @sk: socket
 * @bytes: its truesize
 *
 * Context: process.
 */
void naru_dgram_uncharge(struct sock *sk, unsigned int bytes)
{
	spin_lock_bh(&sk->sk_receive_queue.lock);
	atomic_sub(bytes, &sk->sk_rmem_alloc);
	sk_mem_uncharge(sk, bytes);
	spin_unlock_bh(&sk->sk_receive_queue.lock);
}

/**
 * naru_dgram_purge - nobody will read any more
 * @sk: socket that nobody has any more
 *
 * Any context.
 */
void naru_dgram_purge(struct sock *sk)
{
	unsigned int bytes = 0;
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&sk->sk_receive_queue))) {
		bytes += skb->truesize;
		consume_skb(skb);
	}
	atomic_sub(bytes, &sk->sk_rmem_alloc);
	sk_mem_uncharge(sk, bytes);
	sk_mem_reclaim(sk);
}
