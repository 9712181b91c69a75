// SPDX-License-Identifier: GPL-2.0
/*
 * Segments of a connection, made and handed to IP: RFC 9293 3.1, 3.10.7; RFC 7323; RFC 2018; RFC 3168.
 */
#include <linux/skbuff.h>
#include <net/tcp_states.h>
#include "naru.h"
#include "recorder.h"
#include "trace.h"

/* What we offer, or what is left of the offer in the answer to a SYN. Always an MSS: RFC 9293 3.7.1
 * (MUST-14, SHLD-5, MAY-3).
 */
static void syn_options(struct sock *sk, struct naru_opts *o)
{
	struct naru_sock *ns = naru_sk(sk);

	o->present = NARU_OPT_MSS;
	o->mss = naru_mss_advertised(sk, __sk_dst_get(sk), naru_key_is_v4(&ns->node.key));
	if (ns->wscale_ok) {
		o->present |= NARU_OPT_WSCALE;
		o->wscale = ns->rcv_wscale;
	}
	if (ns->sack_ok)
		o->present |= NARU_OPT_SACK_PERM;
	if (ns->ts_ok)
		o->present |= NARU_OPT_TS;
	if (ns->syn_cookie) {
		o->present |= NARU_OPT_FASTOPEN;
		o->cookie = *ns->syn_cookie;
	}
}

/*
 * SACK blocks ride on segments that have room for them besides a full segment's payload. What came twice
 * is told first (RFC 2883 4).
 */
static void sack_option(struct naru_sock *ns, u32 payload, struct naru_opts *o)
{
	unsigned int i, n = 0, most = o->present & NARU_OPT_TS ? 3 : 4;
	bool dsack = ns->dsack.start != ns->dsack.end;

	if (!ns->sack_ok || !(ns->sack_rcv.num || dsack))
		return;
	most = min_t(unsigned int, ns->sack_rcv.num + dsack, most);
	if (payload + 4 + most * 8 > ns->mss_cache)
		return;
	if (dsack) {
		o->sacks[n++] = ns->dsack;
		ns->dsack.end = ns->dsack.start;
		NARU_INC(ns->nn, DSACK_SENT);
	}
	for (i = 0; n < most; i++)
		o->sacks[n++] = ns->sack_rcv.block[i];
	o->num_sacks = n;
	o->present |= NARU_OPT_SACK;
}

/* Options of SYNs are on SYNs alone: RFC 9293 3.2 (MUST-65) */
static void fill_segment(struct sock *sk, const struct naru_skb_cb *cb, u32 payload, u64 now_us,
			 struct naru_seg *seg)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_opts *o = &seg->opts;

	seg->sport = ntohs(ns->node.key.lport);
	seg->dport = ntohs(ns->node.key.rport);
	seg->seq = cb->seq;
	seg->ack = cb->flags & NARU_ACK ? ns->rcv_nxt : 0;
	seg->flags = cb->flags;
	seg->urg = 0;
	o->present = 0;
	o->num_sacks = 0;
	if (cb->flags & NARU_SYN) {
		syn_options(sk, o);
		if (!ns->syn_us)
			ns->syn_us = now_us;
		ns->rcv_wup = ns->rcv_nxt;
		seg->wnd = min_t(u32, ns->rcv_wnd, 65535);
	} else {
		if (ns->ts_ok)
			o->present = NARU_OPT_TS;
		if (cb->flags & NARU_ACK)
			sack_option(ns, payload, o);
		seg->wnd = naru_mss_select_window(sk);
		if (naru_sending_urgent(ns) &&
		    naru_urg_pointer(cb->seq, ns->snd_up, ns->snd_nxt, &seg->urg))
			seg->flags |= NARU_URG;
	}
	if (o->present & NARU_OPT_TS) {
		o->tsval = naru_ts_of(ns->ts_usec, now_us) + ns->ts_offset;
		o->tsecr = cb->flags & NARU_ACK ? ns->ts_recent : 0;
	}
	if (o->present & NARU_OPT_SACK)
		NARU_INC(naru_net_of(sk), SACK_SENT);
}

static void ack_sent(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	ns->last_ack_sent = ns->rcv_nxt;
	ns->unacked_rcvd = 0;
	if (ns->quickacks)
		ns->quickacks--;
	ns->ack_pending = 0;
}

/* RFC 4821 7.4: a segment, though larger than they are now */
static bool is_mtu_probe(const struct naru_plpmtud *p, const struct naru_skb_cb *cb)
{
	return p->probe && cb->seq == p->start && cb->end_seq == p->end;
}

static void set_gso(struct sock *sk, struct sk_buff *skb, const struct naru_skb_cb *cb, u32 payload, u8 flags)
{
	struct skb_shared_info *sh = skb_shinfo(skb);
	u32 mss = naru_sk(sk)->mss_cache;

	if (payload <= mss || is_mtu_probe(&naru_sk(sk)->plpmtud, cb)) {
		sh->gso_size = 0;
		sh->gso_segs = 1;
		sh->gso_type = 0;
		return;
	}
	sh->gso_size = mss;
	sh->gso_segs = DIV_ROUND_UP(payload, mss);
	sh->gso_type = naru_key_is_v4(&naru_sk(sk)->node.key) ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6;
	/* keeps 253 away from hardware that segments TCP and nothing else */
	if (naru_sk(sk)->wire != IPPROTO_TCP)
		sh->gso_type |= SKB_GSO_SCTP;
	/* and CWR from what would set it on each segment (RFC 3168 6.1.2) */
	if (flags & NARU_CWR)
		sh->gso_type |= SKB_GSO_TCP_ECN;
}

static void account(struct sock *sk, struct sk_buff *skb, u32 payload, u8 flags, u64 now_us)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 segs = max_t(u32, 1, skb_shinfo(skb)->gso_segs);

	ns->segs_out += segs;
	if (payload) {
		ns->data_segs_out += segs;
		ns->bytes_sent += payload;
		ns->last_snd_us = now_us;
	}
	/* a FIN does not overtake the data that fq has */
	if (payload || flags & NARU_FIN)
		naru_pacer_sent(sk, skb, payload);
	NARU_ADD(naru_net_of(sk), OUT_SEGS, segs);
}

/* RFC 3168 6.1.2: what the flags and the IP header, whose field is returned, say of ECN */
static u8 add_ecn(struct naru_sock *ns, struct naru_seg *seg, u32 payload)
{
	return naru_ecn_send(&ns->ecn, payload && seg->seq == ns->snd_nxt, &seg->flags);
}

/* @skb holds nothing but payload and is the caller's no more */
static int send_segment(struct sock *sk, struct sk_buff *skb, const struct naru_skb_cb *cb,
			u64 now_us)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_sock *ns = naru_sk(sk);
	u32 payload = skb->len;
	struct dst_entry *dst;
	struct naru_seg seg;
	u8 ecn = NARU_ECN_NOT_ECT;
	int err;

	dst = naru_route_sk(sk);
	if (!dst) {
		naru_drop(nn, sk, skb, NARU_DROP_NO_ROUTE);
		return -EHOSTUNREACH;
	}
	fill_segment(sk, cb, payload, now_us, &seg);
	if (ns->ecn.ok)
		ecn = add_ecn(ns, &seg, payload);
	naru_wire_build(skb_push(skb, NARU_HDR_MIN + naru_wire_opts_len(&seg.opts)), &seg);
	skb_reset_transport_header(skb);
	set_gso(sk, skb, cb, payload, seg.flags);
	memset(skb->cb, 0, sizeof(skb->cb));
	skb_orphan(skb);
	skb_set_owner_w(skb, sk);
	skb_set_hash_from_sk(skb, sk);
	account(sk, skb, payload, cb->flags, now_us);
	if (cb->flags & NARU_ACK)
		ack_sent(sk);
	naru_record_out(sk, &seg, payload, now_us);
	trace_naru_send(sock_net(sk), &ns->node.key, seg.seq, seg.ack, payload, seg.flags, seg.wnd,
			sk->sk_state);
	naru_route_csum(skb, &ns->node.key, dst);
	err = naru_route_xmit(sk, skb, dst, ecn);
	return net_xmit_eval(err);	/* a macro that looks twice */
}

/* RFC 3168 6.1.1.1: a SYN that goes again asks for nothing that a firewall may have dropped it for */
static void forgo_ecn(struct sock *sk, struct naru_skb_cb *cb)
{
	if (!cb->sent_us || !naru_setting(naru_net_of(sk), ecn_fallback))
		return;
	cb->flags &= ~(NARU_ECE | NARU_CWR);
	naru_sk(sk)->ecn.plain = true;
}

/**
 * naru_xmit_skb - send an skb of the write or retransmission queue
 * @sk: socket, lock held
 * @skb: it stays where it is; a clone goes out
 *
 * Return: 0, -ENOBUFS where memory is short, -EHOSTUNREACH without a route, or what IP says.
 * Context: softirq or process with BHs in any state.
 */
int naru_xmit_skb(struct sock *sk, struct sk_buff *skb)
{
	struct naru_sock *ns = naru_sk(sk);
	u64 now_us = naru_pacer_now(sk);
	struct naru_skb_cb cb;
	struct sk_buff *out;
	int err;

	if (NARU_CB(skb)->flags & NARU_CWR)
		forgo_ecn(sk, NARU_CB(skb));
	if (skb_cloned(skb))
		out = pskb_copy(skb, GFP_ATOMIC);
	else
		out = skb_clone(skb, GFP_ATOMIC);
	if (!out)
		return -ENOBUFS;
	skb_shinfo(out)->flags |= skb_shinfo(skb)->flags & SKBFL_SHARED_FRAG;
	naru_rate_sent(&ns->meter.rate, &NARU_CB(skb)->rate, now_us, skb_queue_empty(&ns->rtx_queue));
	NARU_CB(skb)->app_limited = ns->meter.rate.is_limited;
	cb = *NARU_CB(skb);
	err = send_segment(sk, out, &cb, now_us);
	/* else it stands where it was in the order of sending */
	if (err != -ENOBUFS)
		NARU_CB(skb)->sent_us = now_us;
	return err;
}

/**
 * naru_xmit_syn_data - send a SYN together with the data behind it
 * @sk: socket, lock held
 * @syn: the SYN
 * @data: the data; both stay where they are, and go again apart
 *
 * RFC 7413 4.2.2. Return and context: as above.
 */
int naru_xmit_syn_data(struct sock *sk, struct sk_buff *syn, struct sk_buff *data)
{
	struct sk_buff *out = skb_clone(data, GFP_ATOMIC);
	struct naru_skb_cb cb = *NARU_CB(syn);
	u64 now_us = naru_now_us();
	int err;

	if (!out)
		return -ENOBUFS;
	err = send_segment(sk, out, &cb, now_us);
	if (err != -ENOBUFS) {
		NARU_CB(syn)->sent_us = now_us;
		NARU_CB(data)->sent_us = now_us;
	}
	return err;
}

/* A segment without payload that is not kept for retransmission */
static int send_control(struct sock *sk, u32 seq, u8 flags, gfp_t gfp)
{
	struct naru_skb_cb cb = { .seq = seq, .end_seq = seq, .flags = flags };
	struct sk_buff *skb;

	skb = alloc_skb(NARU_MAX_HEADER, gfp);
	if (!skb)
		return -ENOBUFS;
	skb_reserve(skb, NARU_MAX_HEADER);
	return send_segment(sk, skb, &cb, naru_pacer_now(sk));
}

/**
 * naru_output_ack - acknowledge now
 * @sk: socket, lock held
 *
 * <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. Without memory the delayed-ACK timer tries again.
 */
void naru_output_ack(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	if (sk->sk_state == TCP_CLOSE)
		return;
	if (send_control(sk, ns->snd_nxt, NARU_ACK, sk_gfp_mask(sk, GFP_ATOMIC)) == -ENOBUFS) {
		ns->ack_pending |= NARU_ACK_SCHED;
		naru_timer_delack(sk);
	}
}

/**
 * naru_xmit_probe - ask the peer for an ACK
 * @sk: socket, lock held
 *
 * <SEQ=SND.UNA-1><ACK=RCV.NXT><CTL=ACK>, which a peer has to answer: keep-alive (RFC 9293 3.8.4,
 * SHLD-12) and zero-window probe (3.8.6.1) where no octet may be sent. Of urgent data he learns from a
 * segment that he takes, at SND.UNA, and need not answer (3.4, MUST-66).
 * Return: 0 or a negative errno.
 */
int naru_xmit_probe(struct sock *sk)
{
	u32 una = naru_sk(sk)->snd_una;

	if (naru_sending_urgent(naru_sk(sk)))
		send_control(sk, una, NARU_ACK, GFP_ATOMIC);
	return send_control(sk, una - 1, NARU_ACK, GFP_ATOMIC);
}

/**
 * naru_output_rst - reset the connection, RFC 9293 3.5.2 and 3.10.5
 * @sk: socket in a synchronized state or SYN-RECEIVED, lock held
 */
void naru_output_rst(struct sock *sk)
{
	NARU_INC(naru_net_of(sk), OUT_RSTS);
	send_control(sk, naru_sk(sk)->snd_nxt, NARU_RST | NARU_ACK, GFP_ATOMIC);
}
