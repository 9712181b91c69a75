// SPDX-License-Identifier: GPL-2.0
/*
 * The short way of what there is most of: datagrams and segments of a mapping's first session, which
 * the inside host has used, without anything that a rule could want besides. It does what the long way
 * of outbound.c, inbound.c and session.c would do, and leaves all that it does not know to that.
 */
#include <net/tcp.h>
#include "lookup.h"
#include "rewrite.h"

/* Flags of a rule that ask for more than a translation */
#define MORE	(NARU_NAPT_NOTRACK | NARU_NAPT_REFRESH_IN)

/* An IP header without options, a transport header that is there and can be written to, no fragment */
static __always_inline bool parse(const struct sk_buff *skb, u8 proto, struct naru_flow *f)
{
	const struct iphdr *iph = ip_hdr(skb);
	const __be16 *ports;

	f->proto = proto;
	f->thoff = skb_network_offset(skb) + sizeof(*iph);
	if (iph->ihl * 4 != sizeof(*iph) || iph->frag_off & htons(IP_MF | IP_OFFSET) ||
	    naru_was_df_fragments(skb) ||
	    !naru_is_writable(skb, f->thoff + naru_flow_header_len(proto)))
		return false;
	ports = (const __be16 *)(skb->data + f->thoff);
	f->src = iph->saddr;
	f->dst = iph->daddr;
	f->sport = ports[0];
	f->dport = ports[1];
	return true;
}

/* What of a segment is tracked */
struct segment {
	u32 end, ack;
	u16 wnd;
};

/* Segments that open, close or reset nothing */
static __always_inline bool parse_segment(const struct sk_buff *skb, const struct naru_flow *f,
					  struct segment *seg)
{
	const u8 all = NARU_TRACK_SYN_BIT | NARU_TRACK_FIN_BIT | NARU_TRACK_RST_BIT |
		       NARU_TRACK_ACK_BIT;
	const struct tcphdr *th = (const struct tcphdr *)(skb->data + f->thoff);
	u32 hlen = th->doff * 4;

	if ((tcp_flag_byte(th) & all) != NARU_TRACK_ACK_BIT || hlen < sizeof(*th) ||
	    f->thoff + hlen > skb->len)
		return false;
	seg->end = ntohl(th->seq) + skb->len - f->thoff - hlen;
	seg->ack = ntohl(th->ack_seq);
	seg->wnd = ntohs(th->window);
	return true;
}

/* Is that session in use, with that endpoint, to which the inside host has sent? */
static __always_inline bool is_with(const struct naru_session *s, __be32 addr, __be16 port)
{
	return READ_ONCE(s->key.addr) == addr && READ_ONCE(s->key.port) == port &&
	       naru_session_is_answered(s) && time_before(jiffies, READ_ONCE(s->expires));
}

/* What comes nearer has to be put into another slot of the wheel */
static __always_inline bool is_nearer(const struct naru_session *s, unsigned long to)
{
	return time_before(to, READ_ONCE(s->expires));
}

static __always_inline void put_off(struct naru_mapping *map, unsigned long to)
{
	if (READ_ONCE(map->first.expires) != to)
		WRITE_ONCE(map->first.expires, to);
	if (time_after(to, READ_ONCE(map->expires)))
		WRITE_ONCE(map->expires, to);
}

static __always_inline unsigned long time_of(const struct naru_napt *napt,
					     const struct naru_mapping *map,
					     enum naru_napt_timer timer)
{
	return jiffies + naru_rule_timeout(napt, rcu_dereference(map->rule), timer);
}

/* N3 held */
static __always_inline bool update(struct naru_napt *napt, struct naru_mapping *map,
				   enum naru_track_dir dir, const struct segment *seg, __be32 addr,
				   __be16 port)
{
	unsigned long to = time_of(napt, map, NARU_NAPT_TIMER_TCP_EST);
	struct naru_session *s = &map->first;

	if (map->dead || !is_with(s, addr, port) || is_nearer(s, to) ||
	    !naru_track_advance(&s->track, dir, seg->end, seg->ack, seg->wnd))
		return false;
	put_off(map, to);
	return true;
}

/*
 * A segment of a connection that stays established. Packets come by in softirq, but for those that the
 * router itself sends or that a queue gives back: BHs are switched off for these alone
 */
static __always_inline bool pass_segment(struct naru_napt *napt, struct naru_mapping *map,
					 enum naru_track_dir dir, const struct sk_buff *skb,
					 const struct naru_flow *f, __be32 addr, __be16 port)
{
	bool on = !softirq_count();
	struct segment seg;
	bool done;

	if (!parse_segment(skb, f, &seg))
		return false;
	if (unlikely(on))
		local_bh_disable();
	spin_lock(&map->lock);
	done = update(napt, map, dir, &seg, addr, port);
	spin_unlock(&map->lock);
	if (unlikely(on))
		local_bh_enable();
	return done;
}

/* RFC 4787 REQ-6: datagrams from inside alone keep a mapping */
static __always_inline bool pass_datagram(const struct naru_napt *napt, struct naru_mapping *map,
					  enum naru_track_dir dir, __be32 addr, __be16 port)
{
	unsigned long to;

	if (!is_with(&map->first, addr, port))
		return false;
	if (dir == NARU_TRACK_OUTSIDE)
		return true;
	to = time_of(napt, map, NARU_NAPT_TIMER_UDP);
	if (is_nearer(&map->first, to))
		return false;
	put_off(map, to);
	return true;
}

/* Does its session let it pass, and is refreshed as it should be? */
static __always_inline bool pass(struct naru_napt *napt, struct naru_mapping *map,
				 enum naru_track_dir dir, const struct sk_buff *skb,
				 const struct naru_flow *f, __be32 addr, __be16 port)
{
	if (f->proto == NARU_NAPT_TCP)
		return pass_segment(napt, map, dir, skb, f, addr, port);
	return pass_datagram(napt, map, dir, addr, port);
}

static __always_inline bool fast_out(struct naru_napt *napt, int realm, struct sk_buff *skb, u8 proto)
{
	struct naru_inside_key key = { .realm = realm, .kind = proto };
	struct naru_mapping *map;
	struct naru_flow f;

	if (!parse(skb, proto, &f))
		return false;
	key.addr = f.src;
	key.port = f.sport;
	map = naru_lookup_inside(napt, &key);
	if (!map || map->flags || !pass(napt, map, NARU_TRACK_INSIDE, skb, &f, f.dst, f.dport))
		return false;
	naru_rewrite(napt, skb, proto, f.thoff, true, map->out.addr, map->out.port);
	return true;
}

/**
 * naru_fast_out - the short way of a packet that leaves by an interface that rules translate towards
 * @napt: NAPT
 * @realm: the interface
 * @skb: the packet
 *
 * POST_ROUTING, under rcu_read_lock. Mappings that depend on the remote endpoint go the long way.
 *
 * Return: true when it is translated; false when nothing was done.
 */
bool __flatten naru_fast_out(struct naru_napt *napt, int realm, struct sk_buff *skb)
{
	switch (ip_hdr(skb)->protocol) {
	case IPPROTO_TCP:
		return fast_out(napt, realm, skb, NARU_NAPT_TCP);
	case IPPROTO_UDP:
		return fast_out(napt, realm, skb, NARU_NAPT_UDP);
	}
	return false;
}

static __always_inline bool fast_in(struct naru_napt *napt, const struct naru_ext *ext, int realm,
				    struct sk_buff *skb, u8 proto)
{
	struct naru_mapping *map;
	struct naru_flow f;

	if (!parse(skb, proto, &f))
		return false;
	map = naru_ext_mapping(ext, proto, f.dport);
	if (!map || map->flags || map->in.realm != realm ||
	    rcu_dereference(map->rule)->spec.flags & MORE ||
	    !pass(napt, map, NARU_TRACK_OUTSIDE, skb, &f, f.src, f.sport))
		return false;
	naru_rewrite(napt, skb, proto, f.thoff, false, map->in.addr, map->in.port);
	skb_dst_drop(skb);
	return true;
}

/**
 * naru_fast_in - the short way of a packet for an external address
 * @napt: NAPT
 * @ext: the address
 * @realm: interface that it came by
 * @skb: the packet
 *
 * PRE_ROUTING, under rcu_read_lock.
 *
 * Return: true when it is translated; false when nothing was done.
 */
bool naru_fast_in(struct naru_napt *napt, const struct naru_ext *ext, int realm,
		  struct sk_buff *skb)
{
	switch (ip_hdr(skb)->protocol) {
	case IPPROTO_TCP:
		return fast_in(napt, ext, realm, skb, NARU_NAPT_TCP);
	case IPPROTO_UDP:
		return fast_in(napt, ext, realm, skb, NARU_NAPT_UDP);
	}
	return false;
}
