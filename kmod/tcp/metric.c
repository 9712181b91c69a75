// SPDX-License-Identifier: GPL-2.0
/*
 * What is learned of a path by a connection that ends, RFC 9040. The rules are those of the kernel's TCP.
 */
#include "metric.h"

/* Rather too long than too short: a longer time is taken over, a shorter one comes in slowly */
static void learn_rtt(struct naru_metric *m, const struct naru_metric_end *e)
{
	u32 was = m->rtt;
	u32 differs = was > e->rtt ? was - e->rtt : e->rtt - was;
	u32 var = max_t(u32, differs / 2, e->rttvar);

	if (!(e->fixed & NARU_METRIC_FIX_RTT))
		m->rtt = was > e->rtt ? was - differs / 8 : e->rtt;
	if (e->fixed & NARU_METRIC_FIX_RTTVAR)
		return;
	m->rttvar = var >= m->rttvar ? var : m->rttvar - (m->rttvar - var) / 4;
}

/* It never lost anything: what it had, the path can take */
static void learn_window_unlimited(struct naru_metric *m, const struct naru_metric_end *e, bool keep)
{
	if (keep && m->ssthresh)
		m->ssthresh = max_t(u32, m->ssthresh, e->cwnd / 2);
	if (!(e->fixed & NARU_METRIC_FIX_CWND))
		m->cwnd = max_t(u32, m->cwnd, e->cwnd);
}

static void learn_window(struct naru_metric *m, const struct naru_metric_end *e)
{
	bool keep = e->keep_ssthresh && !(e->fixed & NARU_METRIC_FIX_SSTHRESH);
	bool avoiding = e->cwnd >= e->ssthresh && e->calm;
	u32 reliable = avoiding ? e->cwnd : e->ssthresh;

	if (!e->ssthresh) {
		learn_window_unlimited(m, e, keep);
		return;
	}
	if (keep && avoiding)
		m->ssthresh = max_t(u32, e->cwnd / 2, e->ssthresh);
	else if (keep && m->ssthresh)
		m->ssthresh = max_t(u32, m->ssthresh, e->ssthresh);
	if (!(e->fixed & NARU_METRIC_FIX_CWND))
		m->cwnd = m->cwnd ? m->cwnd / 2 + reliable / 2 + (m->cwnd & reliable & 1) : reliable;
}

/**
 * naru_metric_learn - a connection has ended
 * @m: what is known of its path, changed
 * @e: what it has come to
 *
 * RFC 9040 6.2. Where it has not measured a round trip, or not of late, what was known of that is doubtful and
 * forgotten. Any context.
 */
void naru_metric_learn(struct naru_metric *m, const struct naru_metric_end *e)
{
	if (!e->rtt || e->unsure) {
		if (!(e->fixed & NARU_METRIC_FIX_RTT))
			m->rtt = 0;
		return;
	}
	learn_rtt(m, e);
	learn_window(m, e);
	if (e->reordered && !(e->fixed & NARU_METRIC_FIX_REORDERING))
		m->reordering = 1;
}

/**
 * naru_metric_rto - the timeout of a connection that opens
 * @rtt: what is known of the path, µs, 0: nothing
 * @srtt: what the handshake has measured, µs, 0: nothing
 * @rto: the timeout by that, µs
 * @rto_min: smallest timeout, µs
 * @rto_max: largest, µs
 *
 * Many hosts answer a SYN faster than they do work: the longer time counts until there is another measurement.
 *
 * Return: µs.
 */
u32 naru_metric_rto(u32 rtt, u32 srtt, u32 rto, u32 rto_min, u32 rto_max)
{
	if (rtt <= srtt)
		return rto;
	return (u32)min_t(u64, (u64)rtt + max_t(u64, 2ULL * rtt, rto_min), rto_max);
}
