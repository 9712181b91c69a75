// SPDX-License-Identifier: GPL-2.0
/*
 * Proportional rate reduction, RFC 6937, with the reduction bound that grows as slow start does only where an
 * ACK makes progress and shows no further loss. Bytes; socket lock held.
 */
#include "prr.h"

/**
 * naru_prr_begin - a recovery begins
 * @p: PRR's state
 * @flight: SND.NXT - SND.UNA, bytes
 *
 * RFC 6937 3.1.
 */
void naru_prr_begin(struct naru_prr *p, u32 flight)
{
	p->recover_fs = max_t(u32, flight, 1);
	p->delivered = 0;
	p->out = 0;
}

/* RFC 6937 3.1: in proportion to what has been delivered, until the flight is down to ssthresh */
static u32 in_proportion(const struct naru_prr *p, const struct naru_prr_in *in)
{
	u64 due = (u64)p->delivered * in->ssthresh + p->recover_fs - 1;

	due = div_u64(due, p->recover_fs);
	return due > p->out ? (u32)min_t(u64, due - p->out, ~0U >> 1) : 0;
}

/* RFC 6937 3.1, PRR-CRB, and PRR-SSRB where that is safe: back up to ssthresh */
static u32 up_to_threshold(const struct naru_prr *p, const struct naru_prr_in *in)
{
	u32 behind = p->delivered > p->out ? p->delivered - p->out : 0;
	u32 limit = max_t(u32, behind, in->delivered);

	if (in->safe)
		limit += in->mss;
	return min_t(u32, in->ssthresh - in->pipe, limit);
}

/**
 * naru_prr_cwnd - an ACK has come in recovery
 * @p: PRR's state, changed
 * @in: what it said; the scoreboard has taken it in
 *
 * Return: cwnd, bytes; never below what is in flight, and a segment above it until the first one has gone
 * (RFC 6937 3.1: fast retransmit).
 */
u32 naru_prr_cwnd(struct naru_prr *p, const struct naru_prr_in *in)
{
	u32 count;

	p->delivered += in->delivered;
	if (in->pipe > in->ssthresh)
		count = in_proportion(p, in);
	else
		count = up_to_threshold(p, in);
	if (!p->out)
		count = max_t(u32, count, in->mss);
	return in->pipe + count;
}
