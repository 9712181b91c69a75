// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors about naru's segments. Those about 253 come by the protocol's error handler. Those
 * about 6 the kernel would look up among its own sockets, so the hook reads them too and lets them
 * pass (M1). What they mean is tcp/icmp.c's.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/icmp.h>
#include "naru.h"
#include "ingress.h"

/* The first octets of a quoted segment, which every ICMP error has to carry */
struct quoted {
	__be16 sport, dport;
	__be32 seq;
};

/*
 * @offset: of the quoted segment's header from skb->data. The addresses are those of the quoted
 * packet, which was ours: its source is our side.
 */
static void report(struct naru_net *nn, struct sk_buff *skb, unsigned int offset,
		   struct naru_key *key, int type, int code, u32 mtu)
{
	struct quoted buf;
	const struct quoted *q = skb_header_pointer(skb, offset, sizeof(buf), &buf);

	if (!q)
		return;
	key->lport = q->sport;
	key->rport = q->dport;
	naru_icmp_error(nn, key, ntohl(q->seq), type, code, mtu);
}

/* @offset: of the quoted IP header from skb->data */
static void report_v4(struct naru_net *nn, struct sk_buff *skb, unsigned int offset, u8 wire,
		      int type, int code, u32 mtu)
{
	struct naru_key key = { .wire = wire };
	const struct iphdr *iph;
	struct iphdr buf;

	iph = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!iph || iph->ihl < 5 || iph->protocol != wire || (iph->frag_off & htons(IP_OFFSET)))
		return;
	ipv6_addr_set_v4mapped(iph->saddr, &key.laddr);
	ipv6_addr_set_v4mapped(iph->daddr, &key.raddr);
	report(nn, skb, offset + iph->ihl * 4, &key, type, code, mtu);
}

/* @offset: of the quoted IP header, @inner: of the quoted segment's, both from skb->data */
static void report_v6(struct naru_net *nn, struct sk_buff *skb, unsigned int offset, int inner,
		      u8 wire, int type, int code, u32 mtu)
{
	struct naru_key key = { .wire = wire };
	const struct ipv6hdr *hdr;
	struct ipv6hdr buf;

	hdr = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!hdr)
		return;
	key.laddr = hdr->saddr;
	key.raddr = hdr->daddr;
	key.scope = naru_addr_scope(&key.laddr, &key.raddr, inet6_iif(skb));
	report(nn, skb, inner, &key, type, code, mtu);
}

/**
 * naru_ingress_native_icmp_v4 - net_protocol.err_handler of protocol 253
 * @skb: data at the quoted IP header
 * @info: next-hop MTU where there is one
 *
 * Context: softirq, under rcu_read_lock().
 *
 * Return: 0.
 */
int naru_ingress_native_icmp_v4(struct sk_buff *skb, u32 info)
{
	const struct icmphdr *icmp = icmp_hdr(skb);

	report_v4(naru_net(dev_net(skb->dev)), skb, 0, NARU_PROTO_STREAM, icmp->type, icmp->code,
		  info);
	return 0;
}

/**
 * naru_ingress_native_icmp_v6 - inet6_protocol.err_handler of protocol 253
 * @skb: data at the quoted IPv6 header
 * @opt: not used
 * @type: ICMPv6 type
 * @code: ICMPv6 code
 * @offset: of the quoted segment's header
 * @info: next-hop MTU where there is one
 *
 * Context: softirq, under rcu_read_lock().
 *
 * Return: 0.
 */
int naru_ingress_native_icmp_v6(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type, u8 code,
				int offset, __be32 info)
{
	report_v6(naru_net(dev_net(skb->dev)), skb, 0, offset, NARU_PROTO_STREAM, type, code,
		  ntohl(info));
	return 0;
}

static bool is_error_v4(u8 type)
{
	return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETERPROB;
}

/* ip_no_pmtu_disc, ip-sysctl.rst; at 3 errors are checked as naru always does */
static bool ignores_pmtu(const struct net *net)
{
	u8 disc = READ_ONCE(net->ipv4.sysctl_ip_no_pmtu_disc);

	return disc == 1 || disc == 2;
}

/**
 * naru_ingress_hook_icmp_v4 - an ICMP packet comes in
 * @nn: namespace
 * @skb: data at the IP header; it is read and goes on
 *
 * Context: softirq, under rcu_read_lock().
 */
void naru_ingress_hook_icmp_v4(struct naru_net *nn, struct sk_buff *skb)
{
	unsigned int offset = ip_hdrlen(skb);
	const struct icmphdr *icmp;
	struct icmphdr buf;
	u32 mtu = 0;

	icmp = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!icmp || !is_error_v4(icmp->type))
		return;
	if (nf_ip_checksum(skb, NF_INET_LOCAL_IN, offset, IPPROTO_ICMP))
		return;
	icmp = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!icmp)
		return;
	if (icmp->type == ICMP_DEST_UNREACH && icmp->code == ICMP_FRAG_NEEDED) {
		if (ignores_pmtu(nn->net))
			return;
		mtu = ntohs(icmp->un.frag.mtu);
	}
	report_v4(nn, skb, offset + sizeof(*icmp), IPPROTO_TCP, icmp->type, icmp->code, mtu);
}

static bool is_error_v6(u8 type)
{
	return type >= ICMPV6_DEST_UNREACH && type <= ICMPV6_PARAMPROB;
}

/**
 * naru_ingress_hook_icmp_v6 - an ICMPv6 packet comes in
 * @nn: namespace
 * @skb: data at the IPv6 header; it is read and goes on
 * @offset: of the ICMPv6 header
 *
 * Context: softirq, under rcu_read_lock().
 */
void naru_ingress_hook_icmp_v6(struct naru_net *nn, struct sk_buff *skb, unsigned int offset)
{
	const struct icmp6hdr *icmp;
	struct icmp6hdr buf;
	u8 type, code, next;
	__be16 frag = 0;
	u32 mtu;
	int inner;

	icmp = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!icmp || !is_error_v6(icmp->icmp6_type))
		return;
	type = icmp->icmp6_type;
	code = icmp->icmp6_code;
	mtu = type == ICMPV6_PKT_TOOBIG ? ntohl(icmp->icmp6_mtu) : 0;
	if (nf_ip6_checksum(skb, NF_INET_LOCAL_IN, offset, IPPROTO_ICMPV6))
		return;
	offset += sizeof(*icmp);
	if (!pskb_may_pull(skb, offset + sizeof(struct ipv6hdr)))
		return;
	next = ((struct ipv6hdr *)(skb->data + offset))->nexthdr;
	inner = ipv6_skip_exthdr(skb, offset + sizeof(struct ipv6hdr), &next, &frag);
	if (inner < 0 || next != IPPROTO_TCP || (frag & htons(IP6_OFFSET)))
		return;
	report_v6(nn, skb, offset, inner, IPPROTO_TCP, type, code, mtu);
}
