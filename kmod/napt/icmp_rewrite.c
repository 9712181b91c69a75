// SPDX-License-Identifier: GPL-2.0
/*
 * The packet embedded in an ICMP error: found, judged, put back to what its sender knows of it.
 */
#include <linux/icmp.h>
#include <linux/netfilter_ipv4.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include "icmp.h"

#define TRANSPORT_MIN	8	/* bytes behind the IP header that every error has, RFC 792 */

static enum naru_embedded_kind kind_of(const struct sk_buff *skb, struct naru_embedded *e,
				       const struct iphdr *iph)
{
	if (iph->frag_off & htons(IP_OFFSET) || e->f.thoff + TRANSPORT_MIN > skb->len)
		return NARU_EMBEDDED_PART;
	return naru_flow_embedded(skb, e->ip, &e->f) ? NARU_EMBEDDED_FLOW : NARU_EMBEDDED_OTHER;
}

/*
 * Behind what is there of the embedded packet. Padding and extensions (RFC 4884) may follow it:
 * they are no part of its transport header, RFC 5508 REQ-3d. A total length that leaves out what
 * every error has is not believed.
 */
static u32 end_of(const struct sk_buff *skb, const struct naru_embedded *e,
		  const struct iphdr *iph)
{
	u32 end = max_t(u32, e->ip + ntohs(iph->tot_len), e->f.thoff + TRANSPORT_MIN);

	return min(end, skb->len);
}

/**
 * naru_embedded_find - what an ICMP error is about
 * @skb: the error; its network header is set
 * @e: filled in as far as @e->kind says
 *
 * RFC 5508 REQ-3b: options are stepped over. Softirq or process.
 */
void naru_embedded_find(const struct sk_buff *skb, struct naru_embedded *e)
{
	struct icmphdr icmp_buf;
	struct iphdr buf;
	const struct icmphdr *icmp;
	const struct iphdr *iph;

	memset(e, 0, sizeof(*e));
	e->kind = NARU_EMBEDDED_SHORT;
	e->icmp = skb_network_offset(skb) + ip_hdrlen(skb);
	e->ip = e->icmp + sizeof(*icmp);
	icmp = skb_header_pointer(skb, e->icmp, sizeof(icmp_buf), &icmp_buf);
	if (!icmp)
		return;
	e->type = icmp->type;
	iph = skb_header_pointer(skb, e->ip, sizeof(buf), &buf);
	if (!iph || iph->version != 4 || iph->ihl < 5 || e->ip + iph->ihl * 4 > skb->len)
		return;
	e->tos = iph->tos;
	e->f.src = iph->saddr;
	e->f.dst = iph->daddr;
	e->f.thoff = e->ip + iph->ihl * 4;
	e->kind = kind_of(skb, e, iph);
	e->end = end_of(skb, e, iph);
}

/* Of the whole ICMP message. What a device was to sum up is summed up first. */
static bool icmp_sum_right(struct sk_buff *skb, const struct naru_embedded *e)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL && (skb_is_gso(skb) || skb_checksum_help(skb)))
		return false;
	if (nf_ip_checksum(skb, NF_INET_PRE_ROUTING, e->icmp, IPPROTO_ICMP))
		return false;
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	return true;
}

/**
 * naru_embedded_intact - are an error's ICMP checksum and the embedded IP checksum right?
 * @skb: the error
 * @e: what it is about; there is an IP header
 *
 * RFC 5508 REQ-3 and REQ-3a; the embedded transport's checksum is not looked at, REQ-3c. Softirq.
 *
 * Return: whether they are.
 */
bool naru_embedded_intact(struct sk_buff *skb, const struct naru_embedded *e)
{
	u32 len = e->f.thoff - e->ip;
	u8 buf[60] __aligned(4);
	const void *iph;

	if (!icmp_sum_right(skb, e))
		return false;
	iph = skb_header_pointer(skb, e->ip, len, buf);
	return iph && !ip_fast_csum(iph, len / 4);
}

/* 253 and 254 have the headers and pseudo-headers of TCP and UDP */
static bool is_stream(u8 proto)
{
	return proto == NARU_NAPT_TCP || proto == NARU_NAPT_STREAM;
}

/* The port, or an echo's id */
static __be16 *port_at(void *th, u8 proto, bool src)
{
	if (proto == NARU_NAPT_ICMP)
		return &((struct icmphdr *)th)->un.echo.id;
	return (__be16 *)th + (src ? 0 : 1);
}

/* NULL: it lies behind what is there */
static __sum16 *check_at(void *th, u8 proto, u32 len)
{
	if (proto == NARU_NAPT_ICMP)
		return &((struct icmphdr *)th)->checksum;
	if (!is_stream(proto))
		return &((struct udphdr *)th)->check;
	if (len < offsetofend(struct tcphdr, check))
		return NULL;
	return &((struct tcphdr *)th)->check;
}

/* What stands in the place of a checksum that a device is to finish: the pseudo-header's sum */
static __sum16 pseudo_sum(const struct iphdr *iph, u8 proto)
{
	return ~csum_tcpudp_magic(iph->saddr, iph->daddr, ntohs(iph->tot_len) - iph->ihl * 4,
				  is_stream(proto) ? IPPROTO_TCP : IPPROTO_UDP, 0);
}

static __sum16 moved_pseudo_sum(__sum16 sum, __be32 was, __be32 is)
{
	return ~csum_fold(csum_add(csum_sub(csum_unfold(sum), (__force __wsum)was),
				   (__force __wsum)is));
}

struct endpoint {
	__be32 addr;
	__be16 port;
};

/*
 * The transport's checksum when one end of the packet becomes another. A neighbour that hands
 * packets over without checksums (veth, a VM) embeds them so: then it stays a pseudo-header's sum.
 */
static __sum16 moved_sum(const struct iphdr *iph, u8 proto, __sum16 sum,
			 const struct endpoint *was, const struct endpoint *is)
{
	bool datagram = proto != NARU_NAPT_ICMP && !is_stream(proto);

	if (datagram && !sum)
		return 0;	/* none, RFC 768 */
	if (proto != NARU_NAPT_ICMP) {
		if (sum == pseudo_sum(iph, proto))
			return moved_pseudo_sum(sum, was->addr, is->addr);
		csum_replace4(&sum, was->addr, is->addr);
	}
	csum_replace2(&sum, was->port, is->port);
	return datagram && !sum ? CSUM_MANGLED_0 : sum;
}

static void put_endpoint(struct iphdr *iph, void *th, u32 len, u8 proto, bool src,
			 const struct endpoint *is)
{
	__be32 *addr = src ? &iph->saddr : &iph->daddr;
	__be16 *port = port_at(th, proto, src);
	__sum16 *check = check_at(th, proto, len);
	struct endpoint was = { *addr, *port };

	if (check)
		*check = moved_sum(iph, proto, *check, &was, is);
	csum_replace4(&iph->check, was.addr, is->addr);
	*addr = is->addr;
	*port = is->port;
}

/**
 * naru_embedded_restore - one end of the embedded packet becomes what its host knows
 * @skb: the error
 * @e: what it is about, NARU_EMBEDDED_FLOW
 * @src: its source, not its destination
 * @addr: address it gets
 * @port: port or echo id it gets
 *
 * All checksums are updated by what changes, so that RFC 4884 extensions and what is wrong in the
 * embedded transport stay as they are. RFC 5508 REQ-3c, REQ-3d, REQ-4a, REQ-5a. @e->f is not
 * changed. Afterwards the outer headers are writable. Softirq or process.
 *
 * Return: false when there is no memory; then nothing is changed.
 */
bool naru_embedded_restore(struct sk_buff *skb, const struct naru_embedded *e, bool src,
			   __be32 addr, __be16 port)
{
	u32 end = min_t(u32, e->end, e->f.thoff + sizeof(struct tcphdr));
	const struct endpoint is = { addr, port };
	struct icmphdr *icmp;
	struct iphdr *iph;
	__wsum before;

	if (skb_ensure_writable(skb, end))
		return false;
	icmp = (void *)(skb->data + e->icmp);
	iph = (void *)(skb->data + e->ip);
	before = csum_partial(iph, end - e->ip, 0);
	put_endpoint(iph, skb->data + e->f.thoff, end - e->f.thoff, e->f.proto, src, &is);
	csum_replace_by_diff(&icmp->checksum, csum_sub(csum_partial(iph, end - e->ip, 0), before));
	return true;
}
