// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_INFO: struct tcp_info with Linux's layout and units.
 */
#include <uapi/linux/tcp.h>
#include "naru.h"

static u32 segments(u32 bytes, u32 mss)
{
	return DIV_ROUND_UP(bytes, mss);
}

static void fill_options(const struct naru_sock *ns, struct tcp_info *info)
{
	if (ns->ts_ok)
		info->tcpi_options |= TCPI_OPT_TIMESTAMPS;
	if (ns->sack_ok)
		info->tcpi_options |= TCPI_OPT_SACK;
	if (ns->ecn.ok)
		info->tcpi_options |= TCPI_OPT_ECN;
	if (ns->ecn.seen)
		info->tcpi_options |= TCPI_OPT_ECN_SEEN;
	if (ns->wscale_ok) {
		info->tcpi_options |= TCPI_OPT_WSCALE;
		info->tcpi_snd_wscale = ns->snd_wscale;
		info->tcpi_rcv_wscale = ns->rcv_wscale;
	}
}

static void fill_loss(const struct naru_sock *ns, struct tcp_info *info)
{
	u32 mss = ns->mss_cache;

	info->tcpi_ca_state = ns->recov.state;
	info->tcpi_retransmits = ns->retransmits;
	info->tcpi_probes = ns->probes_out;
	info->tcpi_backoff = ns->backoff;
	info->tcpi_unacked = segments(ns->snd_nxt - ns->snd_una, mss);
	info->tcpi_sacked = segments(ns->sacked_out, mss);
	info->tcpi_lost = segments(ns->lost_out, mss);
	info->tcpi_retrans = segments(ns->retrans_out, mss);
	info->tcpi_total_retrans = ns->total_retrans;
	info->tcpi_reordering = NARU_DUPTHRESH;
	info->tcpi_reord_seen = ns->reord_seen;
	info->tcpi_dsack_dups = ns->dsack_dups;
}

static void fill_times(const struct naru_sock *ns, struct tcp_info *info)
{
	/* what fq has may be about to leave */
	u64 now = max(naru_now_us(), ns->last_snd_us);

	info->tcpi_rto = ns->rtt.rto;
	info->tcpi_rtt = ns->rtt.srtt8 >> 3;
	info->tcpi_rttvar = ns->rtt.rttvar4 >> 2;
	info->tcpi_min_rtt = ns->rtt.min;
	if (ns->last_snd_us)
		info->tcpi_last_data_sent = (u32)div_u64(now - ns->last_snd_us, USEC_PER_MSEC);
	if (ns->last_rcv_us) {
		info->tcpi_last_data_recv = (u32)div_u64(now - ns->last_rcv_us, USEC_PER_MSEC);
		info->tcpi_last_ack_recv = info->tcpi_last_data_recv;
	}
}

static void fill_figures(struct sock *sk, struct tcp_info *info)
{
	const struct naru_sock *ns = naru_sk(sk);

	info->tcpi_bytes_acked = ns->bytes_acked;
	info->tcpi_bytes_received = ns->bytes_received;
	info->tcpi_bytes_sent = ns->bytes_sent;
	info->tcpi_bytes_retrans = ns->bytes_retrans;
	info->tcpi_segs_out = ns->segs_out;
	info->tcpi_segs_in = ns->segs_in;
	info->tcpi_data_segs_in = ns->data_segs_in;
	info->tcpi_data_segs_out = ns->data_segs_out;
	info->tcpi_notsent_bytes = max_t(s32, 0, ns->write_seq - ns->snd_nxt);
	info->tcpi_snd_wnd = ns->snd_wnd;
	info->tcpi_delivered_ce = ns->delivered_ce;
	info->tcpi_rcv_space = naru_mss_rcv_full(sk);
	info->tcpi_rcv_ssthresh = naru_mss_window_left(ns);
	info->tcpi_pacing_rate = naru_pacer_rate(sk);
	info->tcpi_max_pacing_rate = sk->sk_max_pacing_rate == ~0UL ? ~0ULL : sk->sk_max_pacing_rate;
}

/**
 * naru_info_fill - what TCP_INFO tells
 * @sk: socket, lock held
 * @info: filled in whole
 *
 * Context: process or softirq. Windows in segments, times in µs or ms as tcp(7)'s struct has them.
 */
void naru_info_fill(struct sock *sk, struct tcp_info *info)
{
	const struct naru_sock *ns = naru_sk(sk);

	memset(info, 0, sizeof(*info));
	info->tcpi_state = sk->sk_state;
	if (sk->sk_state == TCP_LISTEN) {
		info->tcpi_unacked = READ_ONCE(sk->sk_ack_backlog);
		info->tcpi_sacked = READ_ONCE(sk->sk_max_ack_backlog);
		return;
	}
	fill_options(ns, info);
	fill_loss(ns, info);
	fill_times(ns, info);
	fill_figures(sk, info);
	info->tcpi_snd_mss = ns->mss_cache;
	info->tcpi_rcv_mss = ns->rcv_mss;
	info->tcpi_advmss = naru_mss_advertised(sk, __sk_dst_get(sk),
						naru_key_is_v4(&ns->node.key));
	info->tcpi_pmtu = ns->pmtu;
	info->tcpi_snd_cwnd = max(ns->cong.cwnd / ns->mss_cache, 1U);
	info->tcpi_snd_ssthresh = ns->cong.ssthresh >= NARU_CONG_INFINITE ? NARU_CONG_INFINITE :
				  ns->cong.ssthresh / ns->mss_cache;
	info->tcpi_ato = 40 * USEC_PER_MSEC;
}
