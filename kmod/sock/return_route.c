// SPDX-License-Identifier: GPL-2.0
/*
 * Who was reached by a source route answers by it. Linux lets such packets in where accept_source_route says so.
 * RFC 9293 3.9.2.1.
 */
#include <net/ip.h>
#include "naru.h"
#include "tcp/srcroute.h"

static bool has_options(const struct sk_buff *skb)
{
	return ip_hdr(skb)->version == 4 && ip_hdr(skb)->ihl > 5;
}

static u32 reverse(const struct sk_buff *skb, u8 *back)
{
	const struct iphdr *iph = ip_hdr(skb);

	return naru_srcroute_reverse((const u8 *)(iph + 1), iph->ihl * 4 - sizeof(*iph), (const u8 *)&iph->saddr,
				     back);
}

/**
 * naru_return_route - the way back of a packet that has come by a source route
 * @net: namespace
 * @skb: a segment, its IP header at the network header
 *
 * RFC 9293 3.9.2.1 (MUST-53). Context: softirq.
 *
 * Return: options for IP, the caller's to free; NULL: it came by none, or there is no memory.
 */
struct ip_options_rcu *naru_return_route(struct net *net, const struct sk_buff *skb)
{
	u8 back[NARU_IP_OPTIONS_MAX];
	struct ip_options_rcu *opt;
	u32 len;

	if (likely(!has_options(skb)))
		return NULL;
	len = reverse(skb, back);
	if (!len)
		return NULL;
	opt = kzalloc(sizeof(*opt) + NARU_IP_OPTIONS_MAX, GFP_ATOMIC);
	if (!opt)
		return NULL;
	memcpy(opt->opt.__data, back, len);
	opt->opt.optlen = len;
	if (!ip_options_compile(net, &opt->opt, NULL))
		return opt;
	kfree(opt);
	return NULL;
}

/**
 * naru_return_route_use - a connection's segments go by a route from now on
 * @sk: socket, lock held
 * @opt: from naru_return_route(); the socket's now
 */
void naru_return_route_use(struct sock *sk, struct ip_options_rcu *opt)
{
	struct ip_options_rcu *old = rcu_replace_pointer(inet_sk(sk)->inet_opt, opt, lockdep_sock_is_held(sk));

	if (old)
		kfree_rcu(old, rcu);
	__sk_dst_reset(sk);
}

static bool is_same(const struct ip_options_rcu *a, const struct ip_options_rcu *b)
{
	return a && a->opt.optlen == b->opt.optlen && a->opt.faddr == b->opt.faddr &&
	       !memcmp(a->opt.__data, b->opt.__data, a->opt.optlen);
}

/**
 * naru_return_route_later - a segment of a connection has come, which may have taken another way
 * @sk: socket that a peer has opened, lock held; no program has named a route
 * @skb: segment that is taken
 *
 * RFC 9293 3.9.2.1 (SHLD-24). Without a route in it, nothing changes.
 */
void naru_return_route_later(struct sock *sk, const struct sk_buff *skb)
{
	struct ip_options_rcu *opt = naru_return_route(sock_net(sk), skb);

	if (likely(!opt))
		return;
	if (is_same(rcu_dereference_protected(inet_sk(sk)->inet_opt, lockdep_sock_is_held(sk)), opt)) {
		kfree(opt);
		return;
	}
	naru_return_route_use(sk, opt);
	naru_mss_sync(sk, naru_route_mtu(sk));
}
