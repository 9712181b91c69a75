/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What hook.c, inbound.c and outbound.c share. All under rcu_read_lock; softirq, or process.
 */
#ifndef NARU_NAPT_HOOK_H
#define NARU_NAPT_HOOK_H

#include <linux/icmp.h>
#include <linux/netdevice.h>
#include <linux/tcp.h>
#include "napt.h"

/*
 * What PRE_ROUTING leaves in skb->cb of a packet that it turns round, for POST_ROUTING: the external
 * endpoint of its sender; with an error, that of who got the packet that it is about.
 */
struct naru_hairpin {
	struct inet_skb_parm h;
	__be32 addr;
	__be16 port;
};

static_assert(sizeof(struct naru_hairpin) <= 32);	/* what is behind that is GSO's: SKB_GSO_CB() */

static inline struct naru_hairpin *naru_hairpin(struct sk_buff *skb)
{
	return (struct naru_hairpin *)skb->cb;
}

static inline void naru_hairpin_set(struct sk_buff *skb, __be32 addr, __be16 port)
{
	struct naru_hairpin *h = naru_hairpin(skb);

	h->h.flags |= NARU_HAIRPIN;
	h->addr = addr;
	h->port = port;
}

/* The interface that it came in by: once routed, a VRF stands in the place of its interface. 0: none */
static inline int naru_came_by(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (!state->in)
		return 0;
	return netif_is_l3_master(state->in) ? IPCB(skb)->iif : state->in->ifindex;
}

/* hook.c */
unsigned int naru_napt_drop(struct naru_napt *napt, struct sk_buff *skb,
			    enum naru_drop_reason reason);	/* NF_STOLEN */
/* inbound.c */
unsigned int naru_napt_inbound(struct naru_napt *napt, const struct naru_ruleset *rs,
			       struct naru_ext *ext, struct sk_buff *skb,
			       const struct nf_hook_state *state);
void naru_napt_untrack(struct naru_napt *napt, const struct naru_ruleset *rs, struct sk_buff *skb,
		       const struct nf_hook_state *state);
void naru_napt_untrack_mapped(struct sk_buff *skb, const struct naru_mapping *map);
/* outbound.c */
unsigned int naru_napt_outbound(struct naru_napt *napt, const struct naru_ruleset *rs,
				struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int naru_napt_turned(struct naru_napt *napt, const struct naru_ruleset *rs,
			      struct sk_buff *skb, const struct nf_hook_state *state);
/*
 * The mapping and the session of a packet that leaves the realm's inside; made if they are missing.
 * NULL: *verdict is to be returned, and the packet may be gone. Takes the packet as it came.
 */
struct naru_mapping *naru_napt_sender(struct naru_napt *napt, const struct naru_ruleset *rs,
				      int realm, struct sk_buff *skb, const struct naru_flow *f,
				      unsigned int *verdict);

/* options.c; false: it must not leave */
bool naru_options_hide(const struct naru_napt *napt, const struct naru_ruleset *rs, int realm,
		       struct sk_buff *skb, __be32 addr);

#endif
