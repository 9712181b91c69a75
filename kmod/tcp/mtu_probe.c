// SPDX-License-Identifier: GPL-2.0
/*
 * Packetization layer path MTU discovery at work: probes are made of what is to be sent anyway. RFC 4821 7.
 */
#include "naru.h"

/**
 * naru_mtu_probe_init - the search of a connection that opens
 * @sk: socket, lock held, options agreed on
 */
void naru_mtu_probe_init(struct sock *sk)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_sock *ns = naru_sk(sk);
	bool on = naru_setting(nn, mtu_probing) == NARU_MTU_PROBING_ALWAYS;

	naru_plpmtud_init(&ns->plpmtud, naru_mss_to_mtu(ns, naru_setting(nn, base_mss)),
			  naru_mss_mtu_most(ns), on, naru_now_us());
	if (on)
		naru_mss_sync(sk, ns->pmtu);
}

static bool search_again(struct sock *sk)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_sock *ns = naru_sk(sk);
	u64 interval = (u64)naru_setting(nn, probe_interval) * USEC_PER_SEC;

	return naru_plpmtud_again(&ns->plpmtud, naru_mss_mtu_most(ns), interval, naru_now_us());
}

static bool is_calm(const struct naru_sock *ns)
{
	return ns->recov.state == NARU_OPEN && !ns->sacked_out && !ns->sack_rcv.num && !ns->retransmits &&
	       !naru_sending_urgent(ns);
}

/**
 * naru_mtu_probe_next - whether what is sent next is to be a probe
 * @sk: socket that searches, lock held
 * @skb: head of the write queue
 * @mss: payload of a segment, bytes
 * @len: payload of the probe, where it goes: @skb's first bytes; it is noted as sent
 *
 * Return: as naru_plpmtud_may_send(). RFC 4821 7.3, 7.4.
 */
enum naru_plpmtud_next naru_mtu_probe_next(struct sock *sk, const struct sk_buff *skb, u32 mss, u32 *len)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 edge = ns->snd_una + ns->snd_wnd;
	struct naru_plpmtud_send s = {
		.mss = mss,
		.unsent = ns->write_seq - ns->snd_nxt,
		.wnd = ns->snd_wnd,
		.room = naru_seq_after(edge, ns->snd_nxt) ? edge - ns->snd_nxt : 0,
		.in_flight = naru_rtx_in_flight(ns),
		.cwnd = ns->cong.cwnd,
		.calm = is_calm(ns),
	};
	enum naru_plpmtud_next next;
	u32 size;

	if (ns->plpmtud.probe)
		return NARU_PROBE_NO;
	size = naru_plpmtud_size(&ns->plpmtud, naru_setting(naru_net_of(sk), probe_threshold));
	if (!size) {
		search_again(sk);
		return NARU_PROBE_NO;
	}
	s.size = size - naru_mss_to_mtu(ns, 0);
	if (s.size <= mss || skb->len < s.size)
		return NARU_PROBE_NO;
	next = naru_plpmtud_may_send(&s);
	if (next == NARU_PROBE_SEND) {
		naru_plpmtud_sent(&ns->plpmtud, size, NARU_CB(skb)->seq, NARU_CB(skb)->seq + s.size);
		NARU_INC(naru_net_of(sk), MTU_PROBES);
		*len = s.size;
	}
	return next;
}

/* It was too large: it goes again, in pieces, and nothing is inferred of congestion (RFC 4821 7.6.2) */
static void resend(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	NARU_INC(naru_net_of(sk), MTU_PROBE_FAIL);
	naru_rtx_mark_lost(sk, ns->plpmtud.start, ns->plpmtud.end);
	naru_recov_mtu(&ns->recov, ns->snd_nxt);
}

/* Bytes that are lost as far as is known: without SACK by the third duplicate ACK, and then it is the first segment */
static u32 lost(const struct naru_sock *ns, bool duplicate)
{
	if (ns->sack_ok)
		return ns->lost_out;
	return duplicate && ns->recov.dupacks + 1 >= NARU_DUPTHRESH ? ns->plpmtud.end - ns->plpmtud.start : 0;
}

/**
 * naru_mtu_probe_ack - what has become of a probe
 * @sk: socket with a probe on its way, lock held; the scoreboard knows of the ACK
 * @duplicate: it is a duplicate ACK
 */
void naru_mtu_probe_ack(struct sock *sk, bool duplicate)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_plpmtud_ack a = {
		.snd_una = ns->snd_una,
		.lost = lost(ns, duplicate),
		.calm = ns->recov.state < NARU_REDUCED,
	};

	switch (naru_plpmtud_ack(&ns->plpmtud, &a)) {
	case NARU_PROBE_PASSED:
		NARU_INC(naru_net_of(sk), MTU_PROBE_SUCCESS);
		naru_mss_sync(sk, ns->pmtu);
		break;
	case NARU_PROBE_LOST:
		resend(sk);
		break;
	default:
		break;
	}
}

/**
 * naru_mtu_probe_too_big - ICMP has told of a path MTU
 * @sk: socket, lock held
 * @mtu: bytes, as the route knows it by now
 *
 * RFC 4821 7.6.3.
 */
void naru_mtu_probe_too_big(struct sock *sk, u32 mtu)
{
	if (naru_plpmtud_too_big(&naru_sk(sk)->plpmtud, mtu))
		resend(sk);
}

/**
 * naru_mtu_probe_timeout - the retransmission timer fires again and again
 * @sk: socket in a synchronized state, lock held, before anything is sent again
 *
 * RFC 4821 7.7: smaller packets are tried, first of base_mss.
 */
void naru_mtu_probe_timeout(struct sock *sk)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_sock *ns = naru_sk(sk);
	u32 floor = max(naru_setting(nn, mtu_probe_floor), naru_setting(nn, min_snd_mss));
	u32 mss;

	if (naru_setting(nn, mtu_probing) == NARU_MTU_PROBING_OFF)
		return;
	mss = naru_plpmtud_fall_back(ns->mss_cache, naru_setting(nn, base_mss), floor);
	if (mss >= ns->mss_cache)
		return;
	NARU_INC(nn, MTU_BLACK_HOLES);
	naru_plpmtud_black_hole(&ns->plpmtud, naru_mss_to_mtu(ns, mss), naru_now_us());
	naru_mss_sync(sk, ns->pmtu);
}
