// SPDX-License-Identifier: GPL-2.0
/*
 * The hooks, registered in a namespace while it has rules. conntrack and the firewall between them see
 * inside addresses alone.
 */
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/slab.h>
#include <net/netfilter/ipv4/nf_defrag_ipv4.h>
#include "hook.h"

#define PRIO_EARLY	(NF_IP_PRI_CONNTRACK - 50)

/* The packet goes no further. Return: NF_STOLEN */
unsigned int naru_napt_drop(struct naru_napt *napt, struct sk_buff *skb,
			    enum naru_drop_reason reason)
{
	naru_drop(napt->nn, NULL, skb, reason);
	return NF_STOLEN;
}

/*
 * What is looped back has not come in. What a VRF has come in has been here by its interface, and comes by
 * once more.
 */
static bool is_no_arrival(const struct net_device *in)
{
	return in->flags & IFF_LOOPBACK || netif_is_l3_master(in);
}

/* The bridge asks no hook of IP behind this one, and IP asks all of them when it gets the packet */
static unsigned int hand_up(struct sk_buff *skb, const struct nf_hook_state *state)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	nf_bridge_info_get(skb)->sabotage_in_done = 1;
	state->okfn(state->net, state->sk, skb);
	return NF_STOLEN;
#else
	return NF_ACCEPT;
#endif
}

/* What only crosses the bridge has another's link address */
static bool is_for_router(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	return !nf_bridge_info_get(skb)->pkt_otherhost;
#else
	return true;
#endif
}

/*
 * A bridge with netfilter (br_netfilter) asks before a packet is the router's. With another destination
 * the bridge would forward it itself, and skb->cb does not outlast that.
 */
static noinline unsigned int on_bridge(struct naru_napt *napt, const struct naru_ruleset *rs,
				       const struct naru_ext *ext, struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	if (!is_for_router(skb))
		return NF_ACCEPT;
	if (ext)
		return hand_up(skb, state);
	if (rs->any_notrack)
		naru_napt_untrack(napt, rs, skb, state);
	return NF_ACCEPT;
}

static unsigned int pre_routing(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	struct naru_napt *napt = priv;
	struct naru_ext *ext = naru_ext_find(napt, ip_hdr(skb)->daddr);
	const struct naru_ruleset *rs = rcu_dereference(napt->rules);

	if (likely(!rs) || is_no_arrival(state->in))
		return NF_ACCEPT;
	if (unlikely(nf_bridge_in_prerouting(skb)))
		return on_bridge(napt, rs, ext, skb, state);
	if (ext && naru_fast_in(napt, ext, state->in->ifindex, skb))
		return NF_ACCEPT;
	if (ext)
		return naru_napt_inbound(napt, rs, ext, skb, state);
	if (rs->any_notrack)
		naru_napt_untrack(napt, rs, skb, state);
	return NF_ACCEPT;
}

#ifdef CONFIG_XFRM
static bool has_policy(const struct sk_buff *skb)
{
	return skb_dst(skb) && skb_dst(skb)->xfrm;
}

static bool are_policies(const struct net *net)
{
	return net->xfrm.policy_count[XFRM_POLICY_OUT];
}

/* IPsec is asked again, with the new source. Return: 0 or a negative errno */
static int ask_policies(struct net *net, struct sk_buff *skb)
{
	struct dst_entry *dst;
	struct flowi fl;
	int err;

	err = naru_compat_decode_session(net, skb, &fl);
	if (err)
		return err;
	if (!skb_dst_force(skb))
		return -ENETUNREACH;
	dst = xfrm_lookup(net, dst_clone(skb_dst(skb)), &fl, skb->sk, 0);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	return 0;
}
#else
static bool has_policy(const struct sk_buff *skb)
{
	return false;
}

static bool are_policies(const struct net *net)
{
	return false;
}

static int ask_policies(struct net *net, struct sk_buff *skb)
{
	return 0;
}
#endif

static unsigned int translate(struct naru_napt *napt, const struct naru_ruleset *rs,
			      struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (state->in != state->out && naru_fast_out(napt, state->out->ifindex, skb))
		return NF_ACCEPT;
	return naru_napt_outbound(napt, rs, skb, state);
}

/* IPsec has made it, and asks for no more */
static bool is_transformed(const struct sk_buff *skb)
{
	return IPCB(skb)->flags & IPSKB_XFRM_TRANSFORMED;
}

/* Policies are about what leaves this machine. Where it gets one, ip_finish_output() goes by that */
static noinline unsigned int translate_by_policy(struct naru_napt *napt,
						 const struct naru_ruleset *rs,
						 struct sk_buff *skb,
						 const struct nf_hook_state *state)
{
	__be32 was = ip_hdr(skb)->saddr;
	unsigned int verdict = translate(napt, rs, skb, state);

	if (verdict == NF_ACCEPT && ip_hdr(skb)->saddr != was && !is_transformed(skb) &&
	    ask_policies(state->net, skb))
		return naru_napt_drop(napt, skb, NARU_DROP_NAPT_POLICY);
	return verdict;
}

/* Apart, so that packets which leave elsewhere do not pay for it. What has a policy already stays as it is */
static noinline unsigned int leave(struct naru_napt *napt, const struct naru_ruleset *rs,
				   struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (has_policy(skb))
		return NF_ACCEPT;
	if (unlikely(are_policies(state->net)))
		return translate_by_policy(napt, rs, skb, state);
	return translate(napt, rs, skb, state);
}

/* A bridge with netfilter asks about what it forwards, and does not say where that came in */
static bool crosses_bridge(const struct sk_buff *skb, const struct nf_hook_state *state)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	return unlikely(!state->in) && nf_bridge_get_physoutdev(skb);
#else
	return false;
#endif
}

static unsigned int post_routing(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	struct naru_napt *napt = priv;
	const struct naru_ruleset *rs = rcu_dereference(napt->rules);

	if (unlikely(!rs) || crosses_bridge(skb, state))
		return NF_ACCEPT;
	if (unlikely(IPCB(skb)->flags & NARU_HAIRPIN))
		return naru_napt_turned(napt, rs, skb, state);
	if (!naru_rules_towards(rs, state->out->ifindex))
		return NF_ACCEPT;
	return leave(napt, rs, skb, state);
}

static bool is_error(u8 type)
{
	return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETERPROB || type == ICMP_REDIRECT;
}

static unsigned int local_out(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct naru_napt *napt = priv;
	const struct naru_ruleset *rs = rcu_dereference(napt->rules);
	const struct icmphdr *h;
	struct icmphdr buf;

	if (likely(ip_hdr(skb)->protocol != IPPROTO_ICMP) || !rs)
		return NF_ACCEPT;
	h = skb_header_pointer(skb, skb_network_offset(skb) + ip_hdrlen(skb), sizeof(buf), &buf);
	if (!h || !is_error(h->type))
		return NF_ACCEPT;
	return naru_napt_error_local(napt, rs, skb, state);
}

static const struct nf_hook_ops hooks[] = {
	{
		.hook = naru_napt_fragment,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_CONNTRACK_DEFRAG - 1,
	},
	{
		.hook = pre_routing,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = PRIO_EARLY,
	},
	{
		.hook = post_routing,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = INT_MAX,
	},
	{
		.hook = local_out,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = PRIO_EARLY,
	},
};

static int register_hooks(struct naru_napt *napt)
{
	unsigned int i;
	int err;

	napt->ops = kmemdup(hooks, sizeof(hooks), GFP_KERNEL_ACCOUNT);
	if (!napt->ops)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		napt->ops[i].priv = napt;
	err = nf_register_net_hooks(napt->nn->net, napt->ops, ARRAY_SIZE(hooks));
	if (err)
		kfree(napt->ops);
	return err;
}

/**
 * naru_napt_hook - packets come by
 * @napt: NAPT
 *
 * Under naru_napt.mutex, may sleep. Nothing where it is done already.
 *
 * Return: 0 or a negative errno.
 */
int naru_napt_hook(struct naru_napt *napt)
{
	int err;

	if (napt->hooked)
		return 0;
	err = nf_defrag_ipv4_enable(napt->nn->net);
	if (err)
		return err;
	err = register_hooks(napt);
	if (err)
		nf_defrag_ipv4_disable(napt->nn->net);
	napt->hooked = !err;
	return err;
}

/**
 * naru_napt_unhook - packets do not come by any more
 * @napt: NAPT
 *
 * Under naru_napt.mutex, may sleep. No hook runs when it returns.
 */
void naru_napt_unhook(struct naru_napt *napt)
{
	if (!napt->hooked)
		return;
	nf_unregister_net_hooks(napt->nn->net, napt->ops, ARRAY_SIZE(hooks));
	nf_defrag_ipv4_disable(napt->nn->net);
	synchronize_rcu();
	kfree(napt->ops);
	napt->hooked = false;
}
