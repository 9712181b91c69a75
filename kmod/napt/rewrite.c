// SPDX-License-Identifier: GPL-2.0
/*
 * Packets get another endpoint: addresses, ports, checksums, IP IDs.
 */
#include "rewrite.h"

#define MAX_LIFETIME	(120 * HZ)	/* of a datagram, RFC 6864 4.1 */

/* RFC 6864 5.2: who needs more IDs than there are in a datagram's lifetime repeats them; counted */
static void count_ids(struct naru_net *nn, struct naru_napt_id *id, u32 next)
{
	if (likely(next - READ_ONCE(id->mark) < 65536))
		return;
	if (time_before(jiffies, READ_ONCE(id->since) + MAX_LIFETIME))
		NARU_INC(nn, NAPT_ID_REPEATS);
	WRITE_ONCE(id->mark, next);
	WRITE_ONCE(id->since, jiffies);
}

/*
 * The IDs of a packet that may be fragmented are as if the NAT were its source, RFC 6864 5.3.1: in
 * turn for each source, destination and protocol, from a secret start.
 */
static __be16 fresh_id(struct naru_napt *napt, const struct iphdr *iph, u32 num)
{
	u64 hash = siphash_3u32((__force u32)iph->saddr, (__force u32)iph->daddr, iph->protocol,
				&naru_secret);
	struct naru_napt_id *id = &napt->id[hash % NARU_NAPT_IDS];
	u32 next = atomic_add_return(num, &id->next) - num;

	count_ids(napt->nn, id, next);
	return htons((hash >> 32) + next);
}

/**
 * naru_rewrite_id - a packet gets an ID of the NAT's own
 * @napt: NAPT
 * @skb: the packet, not atomic
 * @iph: its header, with the new addresses
 *
 * RFC 6864 5.3.1. Softirq or process.
 */
void naru_rewrite_id(struct naru_napt *napt, struct sk_buff *skb, struct iphdr *iph)
{
	__be16 id = fresh_id(napt, iph, max_t(u32, skb_shinfo(skb)->gso_segs, 1));

	csum_replace2(&iph->check, iph->id, id);
	iph->id = id;
}

static bool rewrite(struct naru_napt *napt, struct sk_buff *skb, const struct naru_flow *f, bool src,
		    __be32 addr, __be16 port)
{
	u32 len = f->thoff + naru_flow_header_len(f->proto);

	/* the kernel sends a list of fragments without their DF, and keeps it where it cuts anew: RFC 6864 4.3 */
	if (naru_was_df_fragments(skb) && skb_linearize(skb))
		return false;
	if (!naru_is_writable(skb, len) && skb_ensure_writable(skb, len))
		return false;
	naru_rewrite(napt, skb, f->proto, f->thoff, src, addr, port);
	return true;
}

/**
 * naru_rewrite_src - a packet gets another source
 * @napt: NAPT
 * @skb: the packet, GSO or not, whatever its checksum's state
 * @f: its flow
 * @addr: new source address
 * @port: new source port, or id of an echo
 *
 * Softirq or process.
 *
 * Return: false, and nothing is changed, when there is no memory or its header is cut short.
 */
bool naru_rewrite_src(struct naru_napt *napt, struct sk_buff *skb, const struct naru_flow *f,
		      __be32 addr, __be16 port)
{
	return rewrite(napt, skb, f, true, addr, port);
}

/**
 * naru_rewrite_dst - a packet gets another destination
 * @napt: NAPT
 * @skb: the packet, GSO or not, whatever its checksum's state
 * @f: its flow
 * @addr: new destination address
 * @port: new destination port, or id of an echo
 *
 * The route that it had is dropped. Softirq or process.
 *
 * Return: as naru_rewrite_src().
 */
bool naru_rewrite_dst(struct naru_napt *napt, struct sk_buff *skb, const struct naru_flow *f,
		      __be32 addr, __be16 port)
{
	if (!rewrite(napt, skb, f, false, addr, port))
		return false;
	skb_dst_drop(skb);
	return true;
}

/**
 * naru_rewrite_addr - an ICMP error gets another source or destination
 * @napt: NAPT
 * @skb: the error; its IP header is writable
 * @src: its source, not its destination
 * @addr: the new one
 *
 * No checksum but the IP header's has addresses in it. Softirq or process.
 */
void naru_rewrite_addr(struct naru_napt *napt, struct sk_buff *skb, bool src, __be32 addr)
{
	struct iphdr *iph = ip_hdr(skb);
	__be32 *field = src ? &iph->saddr : &iph->daddr;

	if (*field == addr)
		return;
	csum_replace4(&iph->check, *field, addr);
	*field = addr;
	naru_renew_id(napt, skb, iph);
}
