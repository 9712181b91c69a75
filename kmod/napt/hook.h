/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What hook.c, inbound.c and outbound.c share. All under rcu_read_lock; softirq, or process.
 */
#ifndef NARU_NAPT_HOOK_H
#define NARU_NAPT_HOOK_H

#include <linux/icmp.h>
#include <linux/tcp.h>
#include "napt.h"

/* hook.c */
unsigned int naru_napt_drop(struct naru_napt *napt, struct sk_buff *skb,
			    enum naru_drop_reason reason);	/* NF_STOLEN */
/* inbound.c */
unsigned int naru_napt_inbound(struct naru_napt *napt, const struct naru_ruleset *rs,
			       struct naru_ext *ext, struct sk_buff *skb,
			       const struct nf_hook_state *state);
void naru_napt_untrack(struct naru_napt *napt, const struct naru_ruleset *rs, struct sk_buff *skb,
		       const struct nf_hook_state *state);
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
