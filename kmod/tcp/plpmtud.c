// SPDX-License-Identifier: GPL-2.0
/*
 * Packetization layer path MTU discovery, RFC 4821: the search. Bytes of whole packets, µs; socket lock held.
 */
#include "plpmtud.h"

#define SEARCH_SEGMENTS	11	/* of a congestion window that is large enough, RFC 4821 7.4 */
#define AFTER_SEGMENTS	4	/* that follow a probe, so that its loss is seen: RFC 4821 7.4 */

/**
 * naru_plpmtud_init - a connection opens
 * @p: its search
 * @low: a size that all paths should take (RFC 4821 7.2), bytes
 * @high: the largest that the peer and the route take, bytes
 * @on: it is searched from the beginning
 * @now_us: the time
 */
void naru_plpmtud_init(struct naru_plpmtud *p, u32 low, u32 high, bool on, u64 now_us)
{
	memset(p, 0, sizeof(*p));
	p->low = low;
	p->high = high;
	p->on = on;
	p->begun_us = now_us;
}

/**
 * naru_plpmtud_limit - the size that packets may have now
 * @p: search
 * @pmtu: the path MTU as the route knows it, bytes
 *
 * Return: bytes, eff_pmtu of RFC 4821 7.2.
 */
u32 naru_plpmtud_limit(const struct naru_plpmtud *p, u32 pmtu)
{
	return p->on ? min_t(u32, p->low, pmtu) : pmtu;
}

/**
 * naru_plpmtud_pmtu - the route knows a path MTU
 * @p: search, changed
 * @pmtu: bytes
 *
 * What is larger need not be tried. RFC 4821 7.
 */
void naru_plpmtud_pmtu(struct naru_plpmtud *p, u32 pmtu)
{
	p->high = min_t(u32, p->high, pmtu);
}

/**
 * naru_plpmtud_size - what is to be tried next
 * @p: search
 * @threshold: a smaller step is not worth a probe, bytes
 *
 * Return: bytes between what is known to pass and what may (RFC 4821 7.3), 0: the search is over.
 */
u32 naru_plpmtud_size(const struct naru_plpmtud *p, u32 threshold)
{
	if (p->high <= p->low || p->high - p->low < threshold)
		return 0;
	return p->low + (p->high - p->low + 1) / 2;
}

/**
 * naru_plpmtud_again - a search that is over begins anew
 * @p: search
 * @high: the largest size that may pass, bytes
 * @interval_us: so long after it was begun last
 * @now_us: the time
 *
 * RFC 4821 7.3: paths change. Return: whether it does.
 */
bool naru_plpmtud_again(struct naru_plpmtud *p, u32 high, u64 interval_us, u64 now_us)
{
	if (now_us - p->begun_us < interval_us)
		return false;
	p->high = high;
	p->begun_us = now_us;
	return true;
}

/**
 * naru_plpmtud_may_send - whether a probe goes now
 * @s: the situation
 *
 * RFC 4821 7.4: not before its loss could be told from congestion: with a window that is large enough, and enough
 * data behind it.
 *
 * Return: NO; WAIT: nothing goes, and what ACKs make room for is the probe's; SEND.
 */
enum naru_plpmtud_next naru_plpmtud_may_send(const struct naru_plpmtud_send *s)
{
	u32 needed = s->size + AFTER_SEGMENTS * s->mss;

	if (!s->calm || s->unsent < needed || s->wnd < needed)
		return NARU_PROBE_NO;
	if (s->cwnd < max_t(u32, SEARCH_SEGMENTS * s->mss, needed))
		return NARU_PROBE_NO;
	if (s->room < needed || s->in_flight + s->size > s->cwnd)
		return s->in_flight ? NARU_PROBE_WAIT : NARU_PROBE_NO;
	return NARU_PROBE_SEND;
}

/**
 * naru_plpmtud_sent - a probe goes
 * @p: search, changed
 * @size: of the packet, bytes
 * @start: first sequence number
 * @end: behind the last
 */
void naru_plpmtud_sent(struct naru_plpmtud *p, u32 size, u32 start, u32 end)
{
	p->probe = size;
	p->start = start;
	p->end = end;
}

/**
 * naru_plpmtud_ack - an ACK has come, or time has passed that shows losses
 * @p: search with a probe on its way, changed
 * @a: what is known now
 *
 * RFC 4821 7.6: it has passed when all of it is acknowledged (7.6.1). Lost alone, it was too large, and congestion is
 * not inferred (7.6.2). Lost among others it says nothing (7.6.4).
 *
 * Return: what became of the probe.
 */
enum naru_plpmtud_said naru_plpmtud_ack(struct naru_plpmtud *p, const struct naru_plpmtud_ack *a)
{
	if (!naru_seq_before(a->snd_una, p->end)) {
		p->low = max_t(u32, p->low, p->probe);
		p->high = max_t(u32, p->high, p->low);
		p->probe = 0;
		return NARU_PROBE_PASSED;
	}
	if (!a->lost)
		return NARU_PROBE_OUT;
	if (!a->calm || a->snd_una != p->start || a->lost != p->end - p->start) {
		p->probe = 0;
		return NARU_PROBE_UNCLEAR;
	}
	p->high = min_t(u32, p->high, p->probe - 1);
	p->probe = 0;
	return NARU_PROBE_LOST;
}

/**
 * naru_plpmtud_too_big - a router has said what it takes
 * @p: search, changed
 * @mtu: bytes
 *
 * RFC 4821 7.6.3. Return: whether a probe was too large, which is lost then.
 */
bool naru_plpmtud_too_big(struct naru_plpmtud *p, u32 mtu)
{
	bool was = p->probe > mtu;

	if (was)
		p->probe = 0;
	return was;
}

/**
 * naru_plpmtud_unclear - what becomes of the probe can no longer be known
 * @p: search, changed
 *
 * Something is sent again. RFC 4821 7.6.4.
 */
void naru_plpmtud_unclear(struct naru_plpmtud *p)
{
	p->probe = 0;
}

/**
 * naru_plpmtud_black_hole - timeouts in a row: perhaps large packets vanish
 * @p: search, changed
 * @low: size to fall back to, bytes
 * @now_us: the time
 *
 * RFC 4821 7.7: full stop timeout.
 */
void naru_plpmtud_black_hole(struct naru_plpmtud *p, u32 low, u64 now_us)
{
	if (!p->on)
		p->begun_us = now_us;
	p->on = true;
	p->low = low;
	p->probe = 0;
}

/**
 * naru_plpmtud_fall_back - the payload to fall back to
 * @mss: what is in use, bytes
 * @base: what all paths should take, bytes
 * @floor: not below, bytes
 *
 * As the kernel's TCP: to @base, and by halves from there. Return: bytes.
 */
u32 naru_plpmtud_fall_back(u32 mss, u32 base, u32 floor)
{
	return max_t(u32, mss > base ? base : mss / 2, floor);
}
