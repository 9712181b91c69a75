// SPDX-License-Identifier: GPL-2.0
/*
 * Packets get another endpoint: addresses, ports, checksums, IP IDs.
 */
#include <linux/icmp.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include "napt.h"

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

/* Put together from fragments that had DF: they leave as such again */
static bool was_df_fragments(const struct sk_buff *skb)
{
	return unlikely(IPCB(skb)->flags & IPSKB_FRAG_PMTU);
}

static void renew_id(struct naru_napt *napt, struct sk_buff *skb, struct iphdr *iph)
{
	__be16 id;

	if (iph->frag_off & htons(IP_DF) && !was_df_fragments(skb))
		return;		/* atomic: RFC 6864 4.1 */
	id = fresh_id(napt, iph, max_t(u32, skb_shinfo(skb)->gso_segs, 1));
	csum_replace2(&iph->check, iph->id, id);
	iph->id = id;
}

/*
 * A checksum over words that have changed by @plain, and over addresses that have by @addr: where it is
 * left to hardware, it is that of the addresses so far. What a receiver summed up has both in it, and
 * they cancel out but for the addresses.
 */
static __always_inline void fix_sum(struct sk_buff *skb, __sum16 *sum, __wsum addr, __wsum plain)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		*sum = ~csum_fold(csum_add(csum_unfold(*sum), addr));
		return;
	}
	csum_replace_by_diff(sum, csum_add(addr, plain));
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->csum = csum_sub(skb->csum, addr);
}

/* Zero says that there is no checksum */
static void fix_udp_sum(struct sk_buff *skb, __sum16 *sum, __wsum addr, __wsum plain)
{
	if (!*sum && skb->ip_summed != CHECKSUM_PARTIAL)
		return;
	fix_sum(skb, sum, addr, plain);
	if (!*sum)
		*sum = CSUM_MANGLED_0;
}

static __wsum port_change(__be16 from, __be16 to)
{
	return csum_sub((__force __wsum)to, (__force __wsum)from);
}

/* The port, of source or destination, or the id of an echo; the addresses have changed by @addr */
static __always_inline void fix_transport(struct sk_buff *skb, const struct naru_flow *f,
					  bool src, __wsum addr, __be16 port)
{
	void *h = skb->data + f->thoff;
	struct icmphdr *icmp = h;
	struct udphdr *uh = h;
	struct tcphdr *th = h;
	__be16 *field = src ? &uh->source : &uh->dest;

	if (f->proto == NARU_NAPT_TCP || f->proto == NARU_NAPT_STREAM) {
		fix_sum(skb, &th->check, addr, port_change(*field, port));
	} else if (f->proto == NARU_NAPT_ICMP) {
		field = &icmp->un.echo.id;
		fix_sum(skb, &icmp->checksum, 0, port_change(*field, port));
	} else {
		fix_udp_sum(skb, &uh->check, addr, port_change(*field, port));
	}
	*field = port;
}

static __always_inline bool is_writable(const struct sk_buff *skb, u32 len)
{
	return len <= skb_headlen(skb) && (!skb_cloned(skb) || skb_clone_writable(skb, len));
}

static __always_inline bool rewrite(struct naru_napt *napt, struct sk_buff *skb,
				    const struct naru_flow *f, bool src, __be32 addr, __be16 port)
{
	u32 len = f->thoff + naru_flow_header_len(f->proto);
	struct iphdr *iph;
	__be32 *field;
	__wsum change;

	/* the kernel sends a list of fragments without their DF, and keeps it where it cuts anew: RFC 6864 4.3 */
	if (was_df_fragments(skb) && skb_linearize(skb))
		return false;
	if (!is_writable(skb, len) && skb_ensure_writable(skb, len))
		return false;
	iph = ip_hdr(skb);
	field = src ? &iph->saddr : &iph->daddr;
	change = csum_sub((__force __wsum)addr, (__force __wsum)*field);
	fix_transport(skb, f, src, change, port);
	csum_replace_by_diff(&iph->check, change);
	*field = addr;
	renew_id(napt, skb, iph);
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
	renew_id(napt, skb, iph);
}
