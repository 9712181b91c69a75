// SPDX-License-Identifier: GPL-2.0
/*
 * Packets into flows: addresses, ports, and what a segment says.
 */
#include <linux/icmp.h>
#include <net/tcp.h>
#include "napt.h"

#define MAX_WSCALE	14	/* RFC 7323 2.3 */

static const u8 wires[NARU_NAPT_PROTOS] = {
	[NARU_NAPT_TCP] = IPPROTO_TCP,
	[NARU_NAPT_UDP] = IPPROTO_UDP,
	[NARU_NAPT_ICMP] = IPPROTO_ICMP,
	[NARU_NAPT_STREAM] = NARU_PROTO_STREAM,
	[NARU_NAPT_DGRAM] = NARU_PROTO_DGRAM,
};

/**
 * naru_napt_wire - the IP protocol number of a protocol that is translated
 * @proto: enum naru_napt_proto
 *
 * Any context. Return: the number.
 */
u8 naru_napt_wire(u8 proto)
{
	return wires[proto];
}

/**
 * naru_napt_proto - which of the protocols that are translated has an IP protocol number
 * @wire: the number
 *
 * Any context. Return: enum naru_napt_proto, or -1.
 */
int naru_napt_proto(u8 wire)
{
	switch (wire) {
	case IPPROTO_TCP:
		return NARU_NAPT_TCP;
	case IPPROTO_UDP:
		return NARU_NAPT_UDP;
	case IPPROTO_ICMP:
		return NARU_NAPT_ICMP;
	case NARU_PROTO_STREAM:
		return NARU_NAPT_STREAM;
	case NARU_PROTO_DGRAM:
		return NARU_NAPT_DGRAM;
	}
	return -1;
}

static enum naru_flow_kind icmp_kind(u8 type)
{
	switch (type) {
	case ICMP_ECHO:
	case ICMP_ECHOREPLY:
		return NARU_FLOW_PACKET;
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		return NARU_FLOW_ERROR;
	}
	return NARU_FLOW_NONE;
}

static enum naru_flow_kind parse_icmp(const struct sk_buff *skb, struct naru_flow *f, u32 off)
{
	struct icmphdr buf;
	const struct icmphdr *h = skb_header_pointer(skb, off, sizeof(buf), &buf);

	if (!h)
		return NARU_FLOW_BAD;
	f->sport = h->un.echo.id;
	f->dport = h->un.echo.id;
	f->reply = h->type == ICMP_ECHOREPLY;
	return icmp_kind(h->type);
}

static enum naru_flow_kind parse_ports(const struct sk_buff *skb, struct naru_flow *f, u32 off)
{
	__be16 buf[2];
	const __be16 *ports = skb_header_pointer(skb, off, sizeof(buf), buf);

	if (!ports)
		return NARU_FLOW_BAD;
	f->sport = ports[0];
	f->dport = ports[1];
	f->reply = false;
	return NARU_FLOW_PACKET;
}

/**
 * naru_flow_parse - what flow a packet belongs to
 * @skb: the packet; its network header is set
 * @f: filled in; addresses always
 *
 * Softirq or process. Fragments have been put together before, by nf_defrag_ipv4.
 *
 * Return: enum naru_flow_kind.
 */
enum naru_flow_kind naru_flow_parse(struct sk_buff *skb, struct naru_flow *f)
{
	const struct iphdr *iph = ip_hdr(skb);
	int proto = naru_napt_proto(iph->protocol);
	u32 off = skb_network_offset(skb) + iph->ihl * 4;

	f->src = iph->saddr;
	f->dst = iph->daddr;
	f->thoff = off;
	if (proto < 0)
		return NARU_FLOW_NONE;
	f->proto = proto;
	if (unlikely(iph->frag_off & htons(IP_MF | IP_OFFSET)))
		return NARU_FLOW_BAD;
	if (proto == NARU_NAPT_ICMP)
		return parse_icmp(skb, f, off);
	return parse_ports(skb, f, off);
}

/**
 * naru_flow_embedded - the flow of the packet that an ICMP error is about
 * @skb: the error
 * @off: where the embedded IP header begins, from skb->data
 * @f: filled in; thoff is that of the embedded transport header
 *
 * RFC 5508 REQ-3: options are stepped over; 8 bytes of the transport header suffice.
 * Softirq or process.
 *
 * Return: false for what is cut short, a later fragment, an error itself, or of no protocol that is
 * translated.
 */
bool naru_flow_embedded(const struct sk_buff *skb, u32 off, struct naru_flow *f)
{
	struct iphdr buf;
	const struct iphdr *iph = skb_header_pointer(skb, off, sizeof(buf), &buf);
	enum naru_flow_kind kind;
	int proto;

	if (!iph || iph->version != 4 || iph->ihl < 5 || iph->frag_off & htons(IP_OFFSET))
		return false;
	proto = naru_napt_proto(iph->protocol);
	if (proto < 0)
		return false;
	f->src = iph->saddr;
	f->dst = iph->daddr;
	f->proto = proto;
	f->thoff = off + iph->ihl * 4;
	if (off + iph->ihl * 4 + 8 > skb->len)
		return false;
	kind = proto == NARU_NAPT_ICMP ? parse_icmp(skb, f, f->thoff) :
					 parse_ports(skb, f, f->thoff);
	return kind == NARU_FLOW_PACKET;
}

/* The shift of a window scale option, RFC 7323 2.2; 255: there is none */
static u8 window_scale(const u8 *opt, u32 len)
{
	u32 at = 0;

	while (at < len && opt[at] != TCPOPT_EOL) {
		if (opt[at] == TCPOPT_NOP) {
			at++;
			continue;
		}
		if (at + 1 >= len || opt[at + 1] < 2 || at + opt[at + 1] > len)
			break;
		if (opt[at] == TCPOPT_WINDOW && opt[at + 1] == TCPOLEN_WINDOW)
			return min_t(u8, opt[at + 2], MAX_WSCALE);
		at += opt[at + 1];
	}
	return 255;
}

static u8 syn_scale(const struct sk_buff *skb, const struct naru_flow *f, u32 hlen)
{
	u8 buf[40];
	u32 len = hlen - sizeof(struct tcphdr);
	const u8 *opt = skb_header_pointer(skb, f->thoff + sizeof(struct tcphdr), len, buf);

	return opt ? window_scale(opt, len) : 255;
}

/**
 * naru_flow_segment - what a segment of TCP or 253 says
 * @skb: the packet
 * @f: its flow
 * @seg: filled in
 *
 * Softirq or process.
 *
 * Return: false when its header is cut short or impossible.
 */
bool naru_flow_segment(const struct sk_buff *skb, const struct naru_flow *f,
		       struct naru_track_seg *seg)
{
	struct tcphdr buf;
	const struct tcphdr *th = skb_header_pointer(skb, f->thoff, sizeof(buf), &buf);
	u32 hlen;

	if (!th)
		return false;
	hlen = th->doff * 4;
	if (hlen < sizeof(*th) || f->thoff + hlen > skb->len)
		return false;
	seg->seq = ntohl(th->seq);
	seg->ack = ntohl(th->ack_seq);
	seg->len = skb->len - f->thoff - hlen;
	seg->wnd = ntohs(th->window);
	seg->flags = tcp_flag_byte(th);
	seg->wscale = th->syn ? syn_scale(skb, f, hlen) : 255;
	return true;
}
