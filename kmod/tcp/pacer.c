// SPDX-License-Identifier: GPL-2.0
/*
 * Pacing, applied: by the fq of the kernel where there is one on the way out, which looks at sk_pacing_rate, else by
 * a timer of the socket, where a program has asked for a rate (SO_MAX_PACING_RATE).
 */
#include <linux/hrtimer.h>
#include "naru.h"

#define UNPACED	10	/* segments of a new connection that leave at once, as by the kernel's TCP and fq */
#define AHEAD_NS	2000000

/**
 * naru_pacer_is_on - whether segments leave by a rate
 * @sk: socket, lock held
 *
 * Return: true if fq or the socket's timer paces them.
 */
bool naru_pacer_is_on(const struct sock *sk)
{
	/* pairs with what fq stores */
	return smp_load_acquire(&sk->sk_pacing_status) != SK_PACING_NONE;
}

static u64 most(const struct sock *sk)
{
	unsigned long rate = READ_ONCE(sk->sk_max_pacing_rate);

	return rate == ~0UL ? NARU_PACE_UNLIMITED : rate;
}

/**
 * naru_pacer_rate - the rate that the window and the round-trip time make
 * @sk: socket, lock held
 *
 * Slow start is given more room to grow, as the kernel's TCP gives it.
 *
 * Return: bytes per second. Any context.
 */
u64 naru_pacer_rate(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);
	const struct naru_net *nn = naru_net_of(sk);
	u32 window = max(ns->cong.cwnd, naru_rtx_in_flight(ns));
	bool slow_start = ns->cong.cwnd < ns->cong.ssthresh / 2;
	u32 percent = slow_start ? naru_setting(nn, pacing_ss_ratio) : naru_setting(nn, pacing_ca_ratio);

	return naru_pace_rate(window, ns->rtt.srtt8, percent, most(sk));
}

/**
 * naru_pacer_update - an ACK has come: the rate is another one
 * @sk: socket, lock held
 */
void naru_pacer_update(struct sock *sk)
{
	if (naru_pacer_is_on(sk))
		WRITE_ONCE(sk->sk_pacing_rate, min_t(u64, naru_pacer_rate(sk), ULONG_MAX));
}

static u64 rate_now(const struct sock *sk)
{
	unsigned long rate = READ_ONCE(sk->sk_pacing_rate);

	return rate == ~0UL ? NARU_PACE_UNLIMITED : rate;
}

/**
 * naru_pacer_burst - how much may leave at once
 * @sk: socket, lock held
 * @mss: bytes of a segment
 *
 * Return: bytes; ~0: pacing sets no limit.
 */
u32 naru_pacer_burst(const struct sock *sk, u32 mss)
{
	return naru_pacer_is_on(sk) ? naru_pace_burst(rate_now(sk), mss) : ~0U;
}

/* fq lets segments leave when they are due, and drops what is due long after. It has some in advance */
static u64 ahead(const struct sock *sk)
{
	return READ_ONCE(sk->sk_pacing_status) == SK_PACING_FQ ? AHEAD_NS : 0;
}

/* ns until fq, or the network, is to have the next data */
static u64 wait_ns(const struct sock *sk)
{
	u64 due = naru_sk(sk)->pace_ns, now = ktime_get_ns() + ahead(sk);

	return now < due ? due - now : 0;
}

/**
 * naru_pacer_delay - how long the next data has to wait
 * @sk: socket, lock held
 *
 * Return: µs, rounded up; 0: it may leave.
 */
u32 naru_pacer_delay(const struct sock *sk)
{
	if (!naru_pacer_is_on(sk))
		return 0;
	return (u32)min_t(u64, div_u64(wait_ns(sk) + NSEC_PER_USEC - 1, NSEC_PER_USEC), INT_MAX);
}

/**
 * naru_pacer_holds - whether data has to wait for its time
 * @sk: socket, lock held
 *
 * Return: true; then the timer runs that calls naru_output_push().
 */
bool naru_pacer_holds(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	if (!naru_pacer_is_on(sk) || !wait_ns(sk))
		return false;
	if (!hrtimer_is_queued(&ns->pace_timer)) {
		hrtimer_start(&ns->pace_timer, ns_to_ktime(ns->pace_ns - ahead(sk)),
			      HRTIMER_MODE_ABS_PINNED_SOFT);
		sock_hold(sk);
	}
	return true;
}

/**
 * naru_pacer_now - when data leaves that is sent now
 * @sk: socket, lock held
 *
 * Return: µs of naru_now_us(): later than now where fq is to keep it until then.
 */
u64 naru_pacer_now(const struct sock *sk)
{
	u64 now = naru_now_us();

	/* nobody but fq keeps it */
	if (!naru_pacer_is_on(sk) || !ahead(sk))
		return now;
	return max(now, div_u64(naru_sk(sk)->pace_ns, NSEC_PER_USEC));
}

/**
 * naru_pacer_sent - data leaves
 * @sk: socket, lock held
 * @skb: it
 * @bytes: its payload
 */
void naru_pacer_sent(struct sock *sk, struct sk_buff *skb, u32 bytes)
{
	struct naru_sock *ns = naru_sk(sk);
	u64 rate, now;

	if (!naru_pacer_is_on(sk))
		return;
	now = ktime_get_ns();
	if (now < ns->pace_ns) {
		now = ns->pace_ns;
		if (ahead(sk))
			skb_set_delivery_time(skb, ns_to_ktime(now), NARU_COMPAT_MONOTONIC);
	}
	rate = ns->data_segs_out < UNPACED ? NARU_PACE_UNLIMITED : rate_now(sk);
	ns->pace_ns = naru_pace_next(ns->pace_ns, now, bytes, rate);
}

/**
 * naru_pacer_work - it is time
 * @sk: socket, lock held
 *
 * Context: softirq, or release_cb.
 */
void naru_pacer_work(struct sock *sk)
{
	naru_output_push(sk, naru_sk(sk)->nonagle);
}

/**
 * naru_pacer_init - nothing waits
 * @sk: socket that nobody else uses yet
 * @fired: what the timer calls, with the reference of essay 5
 */
void naru_pacer_init(struct sock *sk, enum hrtimer_restart (*fired)(struct hrtimer *t))
{
	struct naru_sock *ns = naru_sk(sk);

	ns->pace_ns = 0;
	hrtimer_init(&ns->pace_timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_PINNED_SOFT);
	ns->pace_timer.function = fired;
}

/**
 * naru_pacer_clear - stop the timer
 * @sk: socket, lock held
 */
void naru_pacer_clear(struct sock *sk)
{
	if (hrtimer_try_to_cancel(&naru_sk(sk)->pace_timer) == 1)
		__sock_put(sk);
}
