// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_INFO: struct tcp_info with Linux's layout and units. tcpi_fackets and tcpi_last_ack_sent are 0, as Linux has them.
 */
#include "naru.h"
#include "info.h"

#define DELACK_MS	40	/* as timer.c has it */

static u32 segments(u32 bytes, u32 mss)
{
	return DIV_ROUND_UP(bytes, mss);
}

static void fill_options(const struct naru_sock *ns, struct tcp_info *info)
{
	if (ns->ts_ok)
		info->tcpi_options |= TCPI_OPT_TIMESTAMPS | (ns->ts_usec ? TCPI_OPT_USEC_TS : 0);
	if (ns->sack_ok)
		info->tcpi_options |= TCPI_OPT_SACK;
	if (ns->ecn.ok)
		info->tcpi_options |= TCPI_OPT_ECN;
	if (ns->ecn.seen)
		info->tcpi_options |= TCPI_OPT_ECN_SEEN;
	info->tcpi_fastopen_client_fail = ns->fastopen_fail;
	if (ns->syn_data_acked)
		info->tcpi_options |= TCPI_OPT_SYN_DATA;
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
	info->tcpi_reordering = max_t(u32, ns->meter.reordering, NARU_DUPTHRESH);
	info->tcpi_reord_seen = ns->reord_seen;
	info->tcpi_dsack_dups = ns->dsack_dups;
}

static u32 ms_since(u64 now_us, u64 then_us)
{
	return (u32)div_u64(now_us - then_us, USEC_PER_MSEC);
}

static void fill_times(struct sock *sk, struct tcp_info *info, u64 now)
{
	const struct naru_sock *ns = naru_sk(sk);
	const struct naru_meter *m = &ns->meter;

	info->tcpi_rto = ns->rtt.rto;
	info->tcpi_ato = min_t(u32, DELACK_MS, naru_setting(naru_net_of(sk), delack_max_ms)) * USEC_PER_MSEC;
	info->tcpi_rtt = ns->rtt.srtt8 >> 3;
	info->tcpi_rttvar = ns->rtt.rttvar4 >> 2;
	info->tcpi_min_rtt = ns->rtt.min;
	info->tcpi_rcv_rtt = m->rcv_rtt.rtt8 >> 3;
	if (m->opened_us) {
		info->tcpi_last_data_sent = ms_since(now, ns->last_snd_us ? : m->opened_us);
		info->tcpi_last_data_recv = ms_since(now, m->data_us ? : m->opened_us);
	}
	if (ns->last_rcv_us)
		info->tcpi_last_ack_recv = ms_since(now, ns->last_rcv_us);
}

static void fill_limits(const struct naru_sock *ns, struct tcp_info *info, u64 now)
{
	const struct naru_chrono *c = &ns->meter.chrono;

	info->tcpi_rwnd_limited = naru_chrono_us(c, NARU_LIMIT_RWND, now);
	info->tcpi_sndbuf_limited = naru_chrono_us(c, NARU_LIMIT_SNDBUF, now);
	info->tcpi_busy_time = naru_chrono_us(c, NARU_LIMIT_BUSY, now) + naru_chrono_us(c, NARU_LIMIT_CWND, now) +
			       naru_chrono_us(c, NARU_LIMIT_PACING, now) + info->tcpi_rwnd_limited +
			       info->tcpi_sndbuf_limited;
}

static void fill_counts(const struct naru_sock *ns, struct tcp_info *info)
{
	info->tcpi_bytes_acked = ns->bytes_acked;
	info->tcpi_bytes_received = ns->bytes_received;
	info->tcpi_bytes_sent = ns->bytes_sent;
	info->tcpi_bytes_retrans = ns->bytes_retrans;
	info->tcpi_segs_out = ns->segs_out;
	info->tcpi_segs_in = ns->segs_in;
	info->tcpi_data_segs_in = ns->data_segs_in;
	info->tcpi_data_segs_out = ns->data_segs_out;
	info->tcpi_notsent_bytes = max_t(s32, 0, ns->write_seq - ns->snd_nxt);
	info->tcpi_delivered = ns->meter.delivered;
	info->tcpi_delivered_ce = ns->delivered_ce;
	info->tcpi_rcv_ooopack = ns->meter.ooo;
	info->tcpi_delivery_rate = naru_rate_get(&ns->meter.rate);
	info->tcpi_delivery_rate_app_limited = ns->meter.rate.was_limited;
}

static void fill_windows(struct sock *sk, struct tcp_info *info)
{
	const struct naru_sock *ns = naru_sk(sk);

	info->tcpi_snd_cwnd = max(ns->cong.cwnd / ns->mss_cache, 1U);
	info->tcpi_snd_ssthresh = ns->cong.ssthresh >= NARU_CONG_INFINITE ? NARU_CONG_INFINITE :
				  ns->cong.ssthresh / ns->mss_cache;
	info->tcpi_snd_wnd = ns->snd_wnd;
	info->tcpi_rcv_space = ns->rcvq_space;
	info->tcpi_rcv_ssthresh = naru_mss_rcv_full(sk);
	info->tcpi_pacing_rate = naru_pacer_rate(sk);
	info->tcpi_max_pacing_rate = sk->sk_max_pacing_rate == ~0UL ? ~0ULL : sk->sk_max_pacing_rate;
}

static void fill_sizes(struct sock *sk, struct tcp_info *info)
{
	const struct naru_sock *ns = naru_sk(sk);

	info->tcpi_snd_mss = ns->mss_cache;
	info->tcpi_rcv_mss = ns->rcv_mss;
	info->tcpi_advmss = naru_mss_advertised(sk, __sk_dst_get(sk),
						naru_key_is_v4(&ns->node.key));
	info->tcpi_pmtu = naru_key_is_v4(&ns->node.key) ? min(ns->pmtu, IP_MAX_MTU) : ns->pmtu;
}

/* What struct tcp_info of older kernels does not have */
static void fill_late(const struct naru_sock *ns, struct naru_info_late *late, u64 now)
{
	late->rcv_wnd = ns->rcv_wnd;
	late->rehash = ns->meter.rehash;
	late->total_rto = ns->meter.rtos;
	late->total_rto_recoveries = ns->meter.rto_recoveries;
	late->total_rto_time = naru_meter_rto_ms(&ns->meter, now);
}

/**
 * naru_info_fill - what TCP_INFO tells
 * @sk: socket, lock held
 * @info: filled in whole
 *
 * Context: process or softirq. Windows in segments, times in µs or ms as tcp(7)'s struct has them.
 */
void naru_info_fill(struct sock *sk, union naru_info *info)
{
	const struct naru_sock *ns = naru_sk(sk);
	/* what fq has may be about to leave */
	u64 now = max(naru_now_us(), ns->last_snd_us);

	memset(info, 0, sizeof(*info));
	info->info.tcpi_state = sk->sk_state;
	if (sk->sk_state == TCP_LISTEN) {
		info->info.tcpi_unacked = READ_ONCE(sk->sk_ack_backlog);
		info->info.tcpi_sacked = READ_ONCE(sk->sk_max_ack_backlog);
		return;
	}
	fill_options(ns, &info->info);
	fill_loss(ns, &info->info);
	fill_times(sk, &info->info, now);
	fill_limits(ns, &info->info, now);
	fill_counts(ns, &info->info);
	fill_windows(sk, &info->info);
	fill_sizes(sk, &info->info);
	fill_late(ns, &info->late, now);
}
