// SPDX-License-Identifier: GPL-2.0
/*
 * From IP to the engine: protocol 253 by handlers of its own, protocol 6 by a hook behind the
 * filter table that takes what is naru's and leaves the rest to the kernel.
 */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/busy_poll.h>
#include <net/ip6_checksum.h>
#include <net/protocol.h>
#include <net/xfrm.h>
#include "naru.h"
#include "host_tcp.h"
#include "ingress.h"

#define BACKLOG_EXTRA	(64 * 1024)	/* bytes beside both buffers, for bursts of ACKs */

/* A segment on its way in, and who it is for: a node, a listener, or nobody */
struct arrival {
	struct naru_net *nn;
	struct naru_key key;
	struct naru_seg seg;
	struct naru_node *node;
	struct sock *listener;
	enum naru_host_tcp host;	/* what the kernel's TCP has, where naru has but a listener */
	struct naru_tw_state host_tw;
	unsigned int offset;	/* of its header from the IP header, where that was pulled by us */
	bool pulled;		/* is it now? */
	int ip_transport;	/* what skb_transport_offset() was before */
};

/* ---- who it is for ---- */

static int second_interface(const struct sk_buff *skb)
{
	return ip_hdr(skb)->version == 4 ? inet_sdif(skb) : inet6_sdif(skb);
}

static int first_interface(const struct sk_buff *skb)
{
	return ip_hdr(skb)->version == 4 ? inet_iif(skb) : inet6_iif(skb);
}

static void find_listener(struct arrival *a, struct sk_buff *skb)
{
	a->listener = naru_demux_listener(a->nn, &a->key, skb, a->pulled ? 0 : a->offset,
					  first_interface(skb), second_interface(skb));
}

static bool find_owner(struct arrival *a, struct sk_buff *skb)
{
	a->listener = NULL;
	a->node = naru_demux_find_rcu(a->nn, &a->key);
	if (!a->node)
		find_listener(a, skb);
	return a->node || a->listener;
}

static struct sock *full_sock(const struct arrival *a)
{
	if (a->node)
		return a->node->kind == NARU_NODE_SOCK ? naru_node_sk(a->node) : NULL;
	return a->listener;
}

static void put_owner(struct arrival *a)
{
	if (a->node)
		naru_demux_put(a->node);
	if (a->listener)
		sock_put(a->listener);
}

/* ---- what every segment has to pass ---- */

/* RFC 9293 3.9.2.3 (MUST-57): broadcasts and multicasts are nobody's */
static bool for_this_host(const struct sk_buff *skb)
{
	const struct rtable *rt;

	if (skb->pkt_type != PACKET_HOST)
		return false;
	if (ip_hdr(skb)->version != 4)
		return !ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr);
	rt = skb_dst(skb) ? container_of(skb_dst(skb), struct rtable, dst) : NULL;
	return !rt || !(rt->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST));
}

/* RFC 9293 3.1 (MUST-3) */
static bool csum_ok(struct sk_buff *skb)
{
	if (ip_hdr(skb)->version == 4)
		return !skb_checksum_init(skb, IPPROTO_TCP, inet_compute_pseudo) &&
		       !skb_checksum_complete(skb);
	return !skb_checksum_init(skb, IPPROTO_TCP, ip6_compute_pseudo) &&
	       !skb_checksum_complete(skb);
}

/* NARU_DROP_MAX: all is well and @seg is filled in. The data is at the segment's header; IP's options
 * are IP's affair (RFC 9293 3.9.2, MUST-50).
 */
static enum naru_drop_reason decode(struct sk_buff *skb, struct naru_seg *seg)
{
	if (!pskb_may_pull(skb, NARU_HDR_MIN) ||
	    !pskb_may_pull(skb, (skb->data[12] >> 4) * 4))
		return NARU_DROP_SHORT;
	if (!csum_ok(skb))
		return NARU_DROP_BAD_CSUM;
	switch (naru_wire_parse(skb->data, skb_headlen(skb), skb->len, seg)) {
	case NARU_WIRE_OK:
		return NARU_DROP_MAX;
	case NARU_WIRE_SHORT:
		return NARU_DROP_SHORT;
	case NARU_WIRE_DOFF:
		return NARU_DROP_BAD_DOFF;
	case NARU_WIRE_OPTLEN:
		return NARU_DROP_BAD_OPTLEN;
	case NARU_WIRE_FLAGS:
		return NARU_DROP_BAD_FLAGS;
	}
	return NARU_DROP_BAD_FLAGS;
}

static bool ttl_ok(const struct sock *sk, const struct sk_buff *skb)
{
	if (ip_hdr(skb)->version == 4)
		return ip_hdr(skb)->ttl >= READ_ONCE(inet_sk(sk)->min_ttl);
	return ipv6_hdr(skb)->hop_limit >= READ_ONCE(inet6_sk(sk)->min_hopcount);
}

static bool policy_ok(struct sock *sk, struct sk_buff *skb)
{
	if (ip_hdr(skb)->version == 4)
		return xfrm4_policy_check(sk, XFRM_POLICY_IN, skb);
	return xfrm6_policy_check(sk, XFRM_POLICY_IN, skb);
}

/**
 * naru_ingress_admit - what a socket's owner and the administrator let in
 * @sk: full socket that the segment is for
 * @skb: data at the segment's header
 * @seg: decoded header, decoded again if a filter has cut the segment
 *
 * IP_MINTTL, socket filters, cgroup BPF and LSMs. Context: softirq, no lock needed.
 *
 * Return: NARU_DROP_MAX when it may come in, else why not.
 */
enum naru_drop_reason naru_ingress_admit(struct sock *sk, struct sk_buff *skb,
					 struct naru_seg *seg)
{
	unsigned int len = skb->len;

	if (!ttl_ok(sk, skb))
		return NARU_DROP_MIN_TTL;
	if (sk_filter_trim_cap(sk, skb, seg->hdr_len))
		return NARU_DROP_FILTER;
	if (skb->len != len &&
	    naru_wire_parse(skb->data, skb_headlen(skb), skb->len, seg) != NARU_WIRE_OK)
		return NARU_DROP_FILTER;
	return NARU_DROP_MAX;
}

/* ---- to whom it goes ---- */

/*
 * While a program has the socket, an ACK that says all that the one before it in the backlog says, and
 * more, takes its place: as if the peer had sent no other. True: @skb is consumed.
 */
static bool replace_in_backlog(struct arrival *a, struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff *tail = sk->sk_backlog.tail;
	struct naru_seg was;

	if (!tail || skb->len != tail->len || a->seg.len || skb_cloned(tail) ||
	    naru_wire_parse(tail->data, skb_headlen(tail), tail->len, &was) != NARU_WIRE_OK ||
	    !naru_wire_supersedes(&a->seg, &was))
		return false;
	memcpy(tail->data, skb->data, a->seg.hdr_len);
	skb_shinfo(tail)->gso_segs = max_t(u16, skb_shinfo(tail)->gso_segs, 1) + 1;
	NARU_INC(a->nn, BACKLOG_MERGED);
	consume_skb(skb);
	return true;
}

static void to_socket(struct arrival *a, struct sk_buff *skb)
{
	struct sock *sk = naru_node_sk(a->node);
	u64 limit = 2ULL * READ_ONCE(sk->sk_rcvbuf) + READ_ONCE(sk->sk_sndbuf) / 2 + BACKLOG_EXTRA;

	sk_incoming_cpu_update(sk);
	sk_mark_napi_id(sk, skb);
	skb_dst_drop(skb);
	skb->dev = NULL;	/* it may go while the backlog waits */
	bh_lock_sock_nested(sk);
	if (!sock_owned_by_user(sk))
		naru_input_rcv(sk, skb, &a->seg);
	else if (!replace_in_backlog(a, sk, skb) &&
		 sk_add_backlog(sk, skb, min_t(u64, limit, UINT_MAX)))
		naru_drop(a->nn, sk, skb, NARU_DROP_BACKLOG);
	bh_unlock_sock(sk);
}

/* The half-open connection is one no more: what took its place, let in as its listener is */
static void to_successor(struct arrival *a, struct sk_buff *skb)
{
	if (a->node)
		naru_demux_put(a->node);
	a->node = naru_demux_find_rcu(a->nn, &a->key);
	if (a->node && a->node->kind == NARU_NODE_SOCK)
		to_socket(a, skb);
	else
		naru_drop(a->nn, NULL, skb, NARU_DROP_LISTEN_RACE);
}

static void to_listener(struct arrival *a, struct sk_buff *skb, u32 isn)
{
	enum naru_drop_reason reason = naru_ingress_admit(a->listener, skb, &a->seg);

	if (reason != NARU_DROP_MAX)
		naru_drop(a->nn, a->listener, skb, reason);
	else if (!naru_listen_rcv(a->listener, skb, &a->key, &a->seg, isn))
		to_successor(a, skb);
}

static void to_nobody(struct arrival *a, struct sk_buff *skb)
{
	naru_output_rst_reply(a->nn, &a->key, &a->seg);
	naru_drop(a->nn, NULL, skb, NARU_DROP_NO_SOCKET);
}

static void to_half_open(struct arrival *a, struct sk_buff *skb)
{
	struct sock *listener = naru_listen_req_owner(a->node);
	enum naru_drop_reason reason = naru_ingress_admit(listener, skb, &a->seg);

	if (reason != NARU_DROP_MAX)
		naru_drop(a->nn, listener, skb, reason);
	else if (!naru_listen_req_rcv(a->node, skb, &a->seg))
		to_successor(a, skb);
}

static void dispatch(struct arrival *a, struct sk_buff *skb)
{
	enum naru_drop_reason reason = NARU_DROP_MAX;

	if (!a->node) {
		if (a->listener)
			to_listener(a, skb, 0);
		else
			to_nobody(a, skb);
		return;
	}
	switch (a->node->kind) {
	case NARU_NODE_SOCK:
		reason = naru_ingress_admit(naru_node_sk(a->node), skb, &a->seg);
		if (reason == NARU_DROP_MAX)
			to_socket(a, skb);
		else
			naru_drop(a->nn, naru_node_sk(a->node), skb, reason);
		break;
	case NARU_NODE_REQ:
		to_half_open(a, skb);
		break;
	}
}

/* conntrack's entry has to be confirmed by who takes the packet out of the hooks (T4) */
static unsigned int confirm(struct sk_buff *skb)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);
	const struct nf_ct_hook *hook;

	if (!ct || nf_ct_is_confirmed(ct))
		return NF_ACCEPT;
	hook = rcu_dereference(nf_ct_hook);
	return hook ? hook->confirm(skb) : NF_ACCEPT;
}

/* A SYN, and naru or in wire mode inet the kernel listens for it */
static bool would_open(struct arrival *a, struct sk_buff *skb)
{
	if ((a->seg.flags & (NARU_SYN | NARU_ACK | NARU_RST)) != NARU_SYN)
		return false;
	find_listener(a, skb);
	return a->listener ||
	       (a->offset && naru_host_tcp_listens(a->nn->net, skb, &a->key, first_interface(skb),
						   second_interface(skb)));
}

/*
 * A segment for a TIME-WAIT entry. True: a SYN that may open a new connection of the kernel's; the
 * entry is gone and @skb the caller's. RFC 9293 MAY-2.
 */
static bool time_wait_yields(struct arrival *a, struct sk_buff *skb)
{
	u32 isn = 0;

	if (!naru_timewait_rcv(a->node, skb, &a->seg, would_open(a, skb) ? &isn : NULL))
		return false;
	if (!a->listener)
		return true;
	if (a->offset && confirm(skb) != NF_ACCEPT) {
		naru_drop(a->nn, a->listener, skb, NARU_DROP_FILTER);
		return false;
	}
	nf_reset_ct(skb);
	to_listener(a, skb, isn);
	return false;
}

/* A segment for a TIME-WAIT entry of the kernel's on a port where naru listens by now, as time_wait_yields() */
static bool host_keeps(struct arrival *a, struct sk_buff *skb)
{
	u32 isn = naru_timewait_reopens(a->nn, &a->host_tw, &a->seg);

	if (!isn)
		return true;
	if (confirm(skb) != NF_ACCEPT) {
		naru_drop(a->nn, a->listener, skb, NARU_DROP_FILTER);
		return false;
	}
	nf_reset_ct(skb);
	naru_host_tcp_end_time_wait(a->nn->net, &a->key, first_interface(skb),
				    second_interface(skb));
	to_listener(a, skb, isn);
	return false;
}

/*
 * @skb is decoded and its owner looked up. True, in wire mode inet alone: it is the kernel's, and
 * @skb the caller's.
 */
static bool deliver(struct arrival *a, struct sk_buff *skb)
{
	struct sock *sk = full_sock(a);

	if (!policy_ok(sk, skb)) {
		naru_drop(a->nn, sk, skb, NARU_DROP_POLICY);
		return false;
	}
	if (a->node && a->node->kind == NARU_NODE_TW)
		return time_wait_yields(a, skb);
	if (a->host == NARU_HOST_TIME_WAIT)
		return host_keeps(a, skb);
	nf_reset_ct(skb);
	dispatch(a, skb);
	return false;
}

/* ---- protocol 253 ---- */

static enum naru_drop_reason decode_native(struct arrival *a, struct sk_buff *skb)
{
	if (READ_ONCE(a->nn->dying))
		return NARU_DROP_NET_DYING;
	if (!for_this_host(skb))
		return NARU_DROP_NOT_FOR_US;
	return decode(skb, &a->seg);
}

static void rcv_native(struct sk_buff *skb)
{
	struct arrival a = { .nn = naru_net(dev_net(skb->dev)) };
	enum naru_drop_reason reason;

	NARU_INC(a.nn, IN_SEGS);
	reason = decode_native(&a, skb);
	if (reason != NARU_DROP_MAX) {
		NARU_INC(a.nn, IN_ERRS);
		naru_drop(a.nn, NULL, skb, reason);
		return;
	}
	naru_addr_key_from_skb(skb, NARU_PROTO_STREAM, &a.seg, &a.key);
	find_owner(&a, skb);
	deliver(&a, skb);
	put_owner(&a);
}

static int rcv_native_v4(struct sk_buff *skb)
{
	rcv_native(skb);
	return 0;
}

static int rcv_native_v6(struct sk_buff *skb)
{
	rcv_native(skb);
	return 0;
}

static const struct net_protocol native_v4 = {
	.handler = rcv_native_v4,
	.err_handler = naru_ingress_native_icmp_v4,
	.no_policy = 1,
	.icmp_strict_tag_validation = 1,
};

static const struct inet6_protocol native_v6 = {
	.handler = rcv_native_v6,
	.err_handler = naru_ingress_native_icmp_v6,
	.flags = INET6_PROTO_NOPOLICY | INET6_PROTO_FINAL,
};

/**
 * naru_ingress_register - take IP protocol 253
 *
 * Context: process.
 *
 * Return: 0, -EBUSY where another module has it.
 */
int naru_ingress_register(void)
{
	if (inet_add_protocol(&native_v4, NARU_PROTO_STREAM))
		goto taken;
	if (!inet6_add_protocol(&native_v6, NARU_PROTO_STREAM))
		return 0;
	inet_del_protocol(&native_v4, NARU_PROTO_STREAM);
taken:
	pr_err("naru: another module has IP protocol %d: unload it first\n", NARU_PROTO_STREAM);
	return -EBUSY;
}

/**
 * naru_ingress_unregister - give IP protocol 253 back
 *
 * Context: process; waits until no packet is on its way through the handlers.
 */
void naru_ingress_unregister(void)
{
	inet6_del_protocol(&native_v6, NARU_PROTO_STREAM);
	inet_del_protocol(&native_v4, NARU_PROTO_STREAM);
}

/* ---- protocol 6 ---- */

/* From the IP header to the segment's, as the kernel does behind the hook */
static bool pull(struct arrival *a, struct sk_buff *skb)
{
	a->ip_transport = skb_transport_offset(skb);
	skb_clear_delivery_time(skb);
	if (!pskb_pull(skb, a->offset))
		return false;
	if (ip_hdr(skb)->version == 6)
		skb_postpull_rcsum(skb, skb_network_header(skb), a->offset);
	skb_reset_transport_header(skb);
	a->pulled = true;
	return true;
}

static void unpull(struct arrival *a, struct sk_buff *skb)
{
	a->pulled = false;
	__skb_push(skb, a->offset);
	if (ip_hdr(skb)->version == 6)
		skb_postpush_rcsum(skb, skb->data, a->offset);
	skb_set_transport_header(skb, a->ip_transport);
}

/* The packet is naru's, or a TIME-WAIT entry's, which may yield */
static unsigned int take(struct arrival *a, struct sk_buff *skb)
{
	enum naru_drop_reason reason;

	NARU_INC(a->nn, IN_SEGS);
	skb_orphan(skb);	/* an entry of the kernel's in TIME-WAIT, from early demux */
	reason = pull(a, skb) ? decode(skb, &a->seg) : NARU_DROP_SHORT;
	if (reason != NARU_DROP_MAX) {
		NARU_INC(a->nn, IN_ERRS);
		naru_drop(a->nn, NULL, skb, reason);
	} else if (deliver(a, skb)) {
		unpull(a, skb);
		return NF_ACCEPT;
	}
	return NF_STOLEN;
}

/* In TIME-WAIT it gives way to a SYN, if naru listens there */
static bool may_open(const struct arrival *a, const struct sk_buff *skb)
{
	struct tcphdr buf;
	const struct tcphdr *th = skb_header_pointer(skb, a->offset, sizeof(buf), &buf);

	return th && th->syn && !th->ack && !th->rst;
}

/*
 * A connection that the kernel's TCP has goes before a listener of naru's: a server may have been restarted
 * on naru while it lives on. And before an older one of naru's that rests in TIME-WAIT, which it ends.
 */
static bool is_hosts(struct arrival *a, struct sk_buff *skb)
{
	if (a->node && a->node->kind != NARU_NODE_TW)
		return false;
	a->host = naru_host_tcp_find(a->nn->net, &a->key, first_interface(skb),
				     second_interface(skb), &a->host_tw);
	if (a->node && a->host == NARU_HOST_LIVE && naru_timewait_kill(a->nn, a->node))
		NARU_INC(a->nn, TW_REUSED);
	if (a->node || a->host != NARU_HOST_TIME_WAIT)
		return a->host == NARU_HOST_LIVE;
	return !may_open(a, skb);
}

/* TIME-WAIT, naru's or the kernel's: who gets the segment is decided once it is decoded */
static bool may_yield(const struct arrival *a)
{
	return a->node ? a->node->kind == NARU_NODE_TW : a->host == NARU_HOST_TIME_WAIT;
}

/* @offset: of the segment's header, from the IP header */
static unsigned int hook_segment(struct naru_net *nn, struct sk_buff *skb, unsigned int offset)
{
	struct arrival a = { .nn = nn, .offset = offset };
	unsigned int verdict = NF_ACCEPT;
	struct naru_seg ports;
	__be16 buf[2];
	const __be16 *p;

	p = skb_header_pointer(skb, offset, sizeof(buf), buf);
	if (!p || !for_this_host(skb))
		return NF_ACCEPT;
	ports.sport = ntohs(p[0]);
	ports.dport = ntohs(p[1]);
	naru_addr_key_from_skb(skb, IPPROTO_TCP, &ports, &a.key);
	if (!find_owner(&a, skb))
		return NF_ACCEPT;
	if (is_hosts(&a, skb)) {
		put_owner(&a);
		return NF_ACCEPT;
	}
	if (!may_yield(&a))
		verdict = confirm(skb);
	if (verdict == NF_ACCEPT)
		verdict = take(&a, skb);
	put_owner(&a);
	return verdict;
}

/* Early demux has found a connection of the kernel's; one in TIME-WAIT may yield */
static bool may_be_ours(const struct sk_buff *skb)
{
	return !skb->sk || skb->sk->sk_state == TCP_TIME_WAIT;
}

/* Behind a rule that queues to a program, hooks go on in that program's context: softirqs are on */
static unsigned int hook_v4(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct naru_net *nn = naru_net(state->net);
	const struct iphdr *iph = ip_hdr(skb);
	unsigned int verdict = NF_ACCEPT;

	if (ip_is_fragment(iph) || READ_ONCE(nn->dying))
		return NF_ACCEPT;
	local_bh_disable();
	if (iph->protocol == IPPROTO_ICMP)
		naru_ingress_hook_icmp_v4(nn, skb);
	if (iph->protocol == IPPROTO_TCP && may_be_ours(skb))
		verdict = hook_segment(nn, skb, ip_hdrlen(skb));
	local_bh_enable();
	return verdict;
}

/* A routing header that has not come to its end: the packet is not for this host yet */
static bool still_routed(const struct sk_buff *skb)
{
	unsigned int offset = 0;
	int skip_finished = IP6_FH_F_SKIP_RH;

	return ipv6_find_hdr(skb, &offset, NEXTHDR_ROUTING, NULL, &skip_finished) >= 0;
}

static unsigned int hook_v6(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct naru_net *nn = naru_net(state->net);
	unsigned int offset = 0, verdict = NF_ACCEPT;
	int proto, flags = 0;

	proto = ipv6_find_hdr(skb, &offset, -1, NULL, &flags);
	if (proto < 0 || (flags & IP6_FH_F_FRAG) || READ_ONCE(nn->dying))
		return NF_ACCEPT;
	local_bh_disable();
	if (proto == IPPROTO_ICMPV6)
		naru_ingress_hook_icmp_v6(nn, skb, offset);
	if (proto == IPPROTO_TCP && may_be_ours(skb) && !still_routed(skb))
		verdict = hook_segment(nn, skb, offset);
	local_bh_enable();
	return verdict;
}

/* Behind the filter table, before conntrack's own confirmation in both families (T5) */
static const struct nf_hook_ops hooks[] = {
	{
		.hook = hook_v4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = INT_MAX - 2,
	},
	{
		.hook = hook_v6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = INT_MAX - 2,
	},
};

/**
 * naru_ingress_hook_get - protocol 6 and ICMP errors come by naru
 * @net: namespace
 *
 * Context: process, may sleep. The first of several callers registers the hooks.
 *
 * Return: 0 or a negative errno.
 */
int naru_ingress_hook_get(struct net *net)
{
	struct naru_net *nn = naru_net(net);
	int err = 0;

	mutex_lock(&nn->hook_mutex);
	if (!nn->hook_users)
		err = nf_register_net_hooks(net, hooks, ARRAY_SIZE(hooks));
	if (!err)
		nn->hook_users++;
	mutex_unlock(&nn->hook_mutex);
	return err;
}

/**
 * naru_ingress_hook_put - the reverse; the last of several callers unregisters the hooks
 * @net: namespace
 *
 * Context: process, may sleep.
 */
void naru_ingress_hook_put(struct net *net)
{
	struct naru_net *nn = naru_net(net);

	mutex_lock(&nn->hook_mutex);
	if (!--nn->hook_users)
		nf_unregister_net_hooks(net, hooks, ARRAY_SIZE(hooks));
	mutex_unlock(&nn->hook_mutex);
}
