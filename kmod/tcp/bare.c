// SPDX-License-Identifier: GPL-2.0
/*
 * Segments without a full socket behind them: resets, <SYN,ACK>s of SYN-RECEIVED entries, ACKs of
 * TIME-WAIT entries. RFC 9293 3.10.7.1, 3.10.7.2, 3.10.7.4.
 */
#include <net/dst.h>
#include "naru.h"
#include "trace.h"

static struct sk_buff *build(const struct naru_seg *seg)
{
	struct sk_buff *skb = alloc_skb(NARU_MAX_HEADER, GFP_ATOMIC);

	if (!skb)
		return NULL;
	skb_reserve(skb, NARU_MAX_HEADER);
	naru_wire_build(skb_push(skb, NARU_HDR_MIN + naru_wire_opts_len(&seg->opts)), seg);
	skb_reset_transport_header(skb);
	return skb;
}

/**
 * naru_bare_send - send a segment that is a header only
 * @nn: namespace
 * @sk: socket that pays for it (a listener) or NULL
 * @key: four-tuple, local side first
 * @seg: header; ports are taken from @key
 * @mark: firewall mark
 * @tos: type of service or traffic class
 *
 * Context: softirq or process. Silently nothing without memory or route:
 * the peer asks again.
 */
void naru_bare_send(struct naru_net *nn, struct sock *sk, const struct naru_key *key,
		    struct naru_seg *seg, u32 mark, u8 tos)
{
	struct dst_entry *dst = naru_route_key(nn->net, sk, key, mark, tos);

	if (!IS_ERR(dst))
		naru_bare_send_by(nn, sk, dst, NULL, key, seg, mark, tos);
}

/**
 * naru_bare_send_by - the same, where the route is known
 * @nn: namespace
 * @sk: socket that pays for it (a listener) or NULL
 * @dst: from naru_route_key(); the reference goes with the segment
 * @opt: IP options, or NULL; they need @sk
 * @key: four-tuple, local side first
 * @seg: header; ports are taken from @key
 * @mark: firewall mark
 * @tos: type of service or traffic class
 */
void naru_bare_send_by(struct naru_net *nn, struct sock *sk, struct dst_entry *dst,
		       struct ip_options_rcu *opt, const struct naru_key *key, struct naru_seg *seg, u32 mark,
		       u8 tos)
{
	struct sk_buff *skb;
	u8 state = sk ? TCP_SYN_RECV : TCP_CLOSE;

	seg->sport = ntohs(key->lport);
	seg->dport = ntohs(key->rport);
	if (seg->flags & NARU_SYN)
		seg->opts.mss = naru_mss_advertised(sk, dst, naru_key_is_v4(key));
	skb = build(seg);
	if (!skb) {
		dst_release(dst);
		return;
	}
	skb_dst_set(skb, dst);
	naru_route_csum(skb, key, dst);
	NARU_INC(nn, OUT_SEGS);
	trace_naru_send(nn->net, key, seg->seq, seg->ack, 0, seg->flags, seg->wnd, state);
	skb->mark = mark;
	rcu_read_lock();
	if (opt)
		naru_route_xmit_by(sk, skb, key, opt, tos);
	else
		naru_route_xmit_bare(nn->net, sk, skb, key, mark, tos);
	rcu_read_unlock();
}

/* About rst_ratelimit resets to segments for nobody in a second */
static bool rst_allowed(struct naru_net *nn)
{
	if (naru_budget_take(&nn->resets, naru_setting(nn, rst_ratelimit)))
		return true;
	NARU_INC(nn, RST_LIMITED);
	return false;
}

/**
 * naru_output_rst_reply - answer a segment that no connection takes
 * @nn: namespace
 * @key: four-tuple of the segment, local side first
 * @seg: the segment; a reset draws no answer
 *
 * RFC 9293 3.10.7.1. Rate-limited by the setting rst_ratelimit. Context: softirq.
 */
void naru_output_rst_reply(struct naru_net *nn, const struct naru_key *key,
			   const struct naru_seg *seg)
{
	struct naru_seg rst = {};

	if (!naru_fsm_reset_for(seg, &rst) || !rst_allowed(nn))
		return;
	NARU_INC(nn, OUT_RSTS);
	naru_bare_send(nn, NULL, key, &rst, 0, 0);
}
