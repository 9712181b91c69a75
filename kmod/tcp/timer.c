// SPDX-License-Identifier: GPL-2.0
/*
 * The timers of a connection: retransmission, reordering window, tail loss probe and zero-window probe (one
 * timer), delayed ACK, keep-alive and FIN-WAIT-2 (one timer). RFC 6298 5, RFC 8985 6 and 7, RFC 9293 3.8.3,
 * 3.8.4, 3.8.6.1, 3.8.6.3.
 *
 * A timer that fires while a program owns the socket leaves a bit in @deferred and a reference;
 * naru_timer_release_cb() does the work. See the locking essay in naru.h, 2 and 5.
 */
#include <linux/jiffies.h>
#include "naru.h"
#include "recorder.h"
#include "trace.h"

#define DELACK_MIN_MS	40
#define TICK_US		(USEC_PER_SEC / HZ)

static struct naru_net *net_of(const struct sock *sk)
{
	return naru_net_of(sk);
}

static u32 rto_max_us(const struct sock *sk)
{
	return naru_setting(net_of(sk), rto_max_ms) * USEC_PER_MSEC;
}

/*
 * A timer that runs and fires earlier is left alone: it will look again. It costs less than to move
 * or stop it with every segment.
 */
static void run_until(struct sock *sk, struct timer_list *timer, unsigned long expires)
{
	if (!timer_pending(timer) || time_after(READ_ONCE(timer->expires), expires))
		sk_reset_timer(sk, timer, expires);
}

static unsigned long jiffies_in(u32 us)
{
	return jiffies + max(usecs_to_jiffies(us), 1UL);
}

static void arm(struct sock *sk, enum naru_timer_what what, unsigned long expires)
{
	struct naru_sock *ns = naru_sk(sk);

	ns->timer_what = what;
	ns->rtx_expires = expires;
	run_until(sk, &ns->rtx_timer, expires);
}

/* What fires first while data is in flight: RACK's reordering window, a tail loss probe, or the timeout */
static void arm_first(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	if (ns->reo_expires && time_before(ns->reo_expires, ns->rto_expires))
		arm(sk, NARU_TIMER_REORDER, ns->reo_expires);
	else if (ns->pto_expires && time_before(ns->pto_expires, ns->rto_expires))
		arm(sk, NARU_TIMER_TAIL, ns->pto_expires);
	else if (ns->pto_expires)
		arm(sk, NARU_TIMER_TAIL, ns->rto_expires);
	else
		arm(sk, NARU_TIMER_RTX, ns->rto_expires);
}

/* µs that are left of TCP_USER_TIMEOUT, ~0: it does not run. Less than a tick, which is how exact timers are, is 0 */
static u32 user_timeout_left(const struct naru_sock *ns, u64 since_us)
{
	u64 timeout = (u64)ns->user_timeout_ms * USEC_PER_MSEC;
	u64 gone = naru_now_us() - since_us;

	if (!timeout || !since_us)
		return ~0U;
	if (gone + jiffies_to_usecs(1) > timeout)
		return 0;
	return (u32)min_t(u64, timeout - gone, ~0U - 1);
}

/* RFC 6298 5.3, RFC 7765 4; no longer than the program lets it last */
static u32 timeout_us(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);
	u32 rto = naru_rtt_backoff(&ns->rtt, ns->backoff, rto_max_us(sk));
	u64 sent_us = NARU_CB(skb_peek(&ns->rtx_queue))->sent_us;

	rto = naru_rtt_restart(rto, naru_now_us() - sent_us,
			       DIV_ROUND_UP(ns->write_seq - ns->snd_una, ns->mss_cache));
	/* what goes again may have to wait for its time */
	return min(rto + naru_pacer_delay(sk), user_timeout_left(ns, ns->rtx_first_us));
}

static u32 probe_interval_us(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);
	u32 interval = naru_window_probe_interval(ns->rtt.rto, ns->backoff, rto_max_us(sk));

	return min(interval, user_timeout_left(ns, ns->probe_first_us));
}

static bool is_for_data(u8 what)
{
	return what == NARU_TIMER_RTX || what == NARU_TIMER_REORDER || what == NARU_TIMER_TAIL;
}

/**
 * naru_timer_rearm - have the timer run that the queues ask for
 * @sk: socket, lock held
 * @restart: new data was acknowledged or a retransmission sent: start anew (RFC 6298 5.3, 5.6)
 *
 * Data in flight: the retransmission timer, or what comes before it. None, but data to send: the probe timer.
 * Either asks a peer whose window has shrunk to 0: RFC 9293 3.8.6 (MUST-35).
 */
void naru_timer_rearm(struct sock *sk, bool restart)
{
	struct naru_sock *ns = naru_sk(sk);

	if (!skb_queue_empty(&ns->rtx_queue)) {
		if (restart || !is_for_data(ns->timer_what))
			ns->rto_expires = jiffies_in(timeout_us(sk));
		arm_first(sk);
		return;
	}
	ns->reo_expires = 0;
	ns->pto_expires = 0;
	if (skb_queue_empty(&sk->sk_write_queue))
		ns->timer_what = NARU_TIMER_NONE;
	else if (ns->timer_what != NARU_TIMER_PROBE || restart)
		arm(sk, NARU_TIMER_PROBE, jiffies_in(probe_interval_us(sk)));
}

/* RFC 8985 7.2: with SACK, not in a recovery, and one at a time; not before the handshake is over (RFC 7413) */
static bool may_probe_tail(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);

	bool calm = ns->recov.state == NARU_OPEN || ns->recov.state == NARU_REDUCED;
	bool opening = sk->sk_state == TCP_SYN_RECV || (ns->fastopen_of && ns->snd_una == ns->iss);

	return ns->sack_ok && calm && !opening && !ns->sacked_out && !ns->tlp.out && !ns->backoff &&
	       !skb_queue_empty(&ns->rtx_queue) && naru_setting(net_of(sk), early_retrans);
}

/**
 * naru_timer_tail - new data has been sent, or some acknowledged: a tail loss probe may be due later
 * @sk: socket, lock held; naru_timer_rearm() is to follow
 *
 * RFC 8985 7.2.
 */
void naru_timer_tail(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	bool one = ns->snd_nxt - ns->snd_una <= ns->mss_cache;

	ns->pto_expires = 0;
	if (may_probe_tail(sk))
		ns->pto_expires = jiffies_in(naru_tlp_pto(ns->rtt.srtt8 >> 3, one, TICK_US)) ? : 1;
}

/**
 * naru_timer_reorder - RACK waits for what may only have been reordered
 * @sk: socket, lock held; naru_timer_rearm() is to follow
 * @us: for how long, 0: it does not
 *
 * RFC 8985 6.2 step 5.
 */
void naru_timer_reorder(struct sock *sk, u32 us)
{
	naru_sk(sk)->reo_expires = us ? jiffies_in(us) ? : 1 : 0;
}

static void give_up(struct sock *sk)
{
	NARU_INC(net_of(sk), TIMEOUTS);
	naru_input_reset(sk, sk->sk_err_soft ? : ETIMEDOUT);
}

static u8 orphan_limit(const struct sock *sk)
{
	return naru_setting(net_of(sk), orphan_retries) ? : 8;
}

/* R2 of RFC 9293 3.8.3 in retransmissions (MUST-20b, SHLD-11), for SYNs too (MUST-22). MUST-23 asks
 * for 3 minutes there: the default of syn_retries, one more than Linux's, is 255 s.
 */
static u8 retry_limit(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);

	if (sk->sk_state == TCP_SYN_SENT)
		return ns->syn_retries ? : naru_setting(net_of(sk), syn_retries);
	/* one more where the first had data or a cookie to lose, as the kernel's */
	if (sk->sk_state == TCP_SYN_RECV || ns->fastopen_of)
		return min_t(int, (ns->syn_retries ? : naru_setting(net_of(sk), synack_retries)) + !!ns->fastopen_of, 255);
	if (sock_flag(sk, SOCK_DEAD))
		return orphan_limit(sk);
	return naru_setting(net_of(sk), retries2);
}

/* R2 as a program sets it: RFC 9293 3.8.3 (MUST-21) */
static bool user_timeout_over(const struct naru_sock *ns, u64 since_us)
{
	return !user_timeout_left(ns, since_us);
}

/* RFC 9293 SHLD-17: a peer that answers with a closed window is not given up on. */
static bool peer_lives_closed(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);

	return !ns->snd_wnd && !sock_flag(sk, SOCK_DEAD) && sk->sk_state != TCP_SYN_SENT && sk->sk_state != TCP_SYN_RECV &&
	       naru_now_us() - ns->last_rcv_us < rto_max_us(sk);
}

static bool retries_over(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	if (user_timeout_over(ns, ns->rtx_first_us))
		return true;
	if (ns->retransmits < retry_limit(sk) || (ns->user_timeout_ms && !ns->fastopen_of))
		return false;
	return !peer_lives_closed(sk);
}

/* R1 of RFC 9293 3.8.3 (SHLD-10): IP is told that the route may be bad (MUST-20a), the program that the peer does
 * not answer (SHLD-9)
 */
static void r1_reached(struct sock *sk)
{
	dst_negative_advice(sk);
	if (!((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)) && !sock_flag(sk, SOCK_DEAD))
		naru_icmp_soft_error(sk, ETIMEDOUT);
}

/* RFC 6298 5.5, but for a thin stream whose program has asked for timeouts that do not grow */
static void back_off(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 segments = DIV_ROUND_UP(ns->snd_nxt - ns->snd_una, ns->mss_cache);
	bool asked = ns->thin_linear || naru_setting(net_of(sk), thin_linear_timeouts);

	if (asked && sk->sk_state == TCP_ESTABLISHED && naru_rtt_linear(segments, ns->retransmits))
		ns->backoff = 0;
	else if (ns->backoff < 31)
		ns->backoff++;
}

static void rto(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_recov_rto in = {
		.snd_una = ns->snd_una,
		.snd_nxt = ns->snd_nxt,
		.retrans_out = ns->retrans_out,
		.again = ns->retransmits > 0,
		.frto = naru_setting(net_of(sk), frto) && sk->sk_state != TCP_SYN_SENT &&
			sk->sk_state != TCP_SYN_RECV,
	};

	bool over = retries_over(sk);

	if (ns->syn_fastopen || ns->syn_data)
		naru_fastopen_timeout(sk, over);
	if (over) {
		give_up(sk);
		return;
	}
	NARU_INC(net_of(sk), RTOS);
	naru_meter_rto(sk, in.again);
	if (ns->retransmits == naru_setting(net_of(sk), retries1))
		r1_reached(sk);
	if (ns->retransmits >= naru_setting(net_of(sk), retries1) && sk->sk_state != TCP_SYN_SENT &&
	    sk->sk_state != TCP_SYN_RECV)
		naru_mtu_probe_timeout(sk);
	if (!ns->rtx_first_us)
		ns->rtx_first_us = naru_now_us();
	naru_recov_rto(&ns->recov, &ns->cong, ns->cong_ops, &in);
	naru_ecn_reduced(&ns->ecn, ns->snd_nxt);
	naru_cong_check(sk);
	naru_rtx_mark_all_lost(sk);
	naru_cwv_reset(&ns->cwv);
	ns->tlp.out = false;
	ns->reo_expires = 0;
	ns->pto_expires = 0;
	if (ns->retransmits < 255)
		ns->retransmits++;
	naru_record(sk, NARU_WHAT_RTO, NARU_BY_NONE, ns->retransmits);
	back_off(sk);
	naru_rtx_send_head(sk);
	naru_timer_rearm(sk, true);
}

/* Either a probe, or what had been held back: then nothing waits for a window */
static void probe_sent(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	if (!skb_queue_empty(&ns->rtx_queue)) {
		ns->probe_first_us = 0;
		return;
	}
	naru_record(sk, NARU_WHAT_PROBE, NARU_BY_NONE, ns->probes_out);
	ns->probes_out++;
	if (ns->backoff < 31)
		ns->backoff++;
}

static void probe(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	bool orphan = sock_flag(sk, SOCK_DEAD);
	u8 limit = orphan ? orphan_limit(sk) : naru_setting(net_of(sk), retries2);
	u8 probes = orphan ? ns->backoff : ns->probes_out;

	/*
	 * MUST-37: probes that are answered start from 0 again, where a program still waits. What has backed off
	 * before the first were retransmissions.
	 */
	if ((ns->probe_first_us && probes >= limit) || user_timeout_over(ns, ns->probe_first_us)) {
		give_up(sk);
		return;
	}
	/* what waits for its time asks nothing of the peer */
	if (naru_pacer_holds(sk)) {
		naru_timer_rearm(sk, true);
		return;
	}
	if (!ns->probe_first_us)
		ns->probe_first_us = naru_now_us();
	if (naru_output_wakeup(sk) != -ENOBUFS)
		probe_sent(sk);
	naru_timer_rearm(sk, true);
}

/* RFC 8985 6.3 */
static void reorder(struct sock *sk)
{
	naru_sk(sk)->reo_expires = 0;
	naru_ack_reorder_timeout(sk);
	naru_timer_rearm(sk, false);
}

/* RFC 8985 7.3 */
static void probe_tail(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	bool is_new = false;

	ns->pto_expires = 0;
	if (may_probe_tail(sk)) {
		is_new = naru_output_tail_new(sk);
		if (is_new || naru_rtx_send_tail(sk)) {
			naru_tlp_sent(&ns->tlp, ns->snd_nxt, !is_new);
			NARU_INC(net_of(sk), TAIL_PROBES);
			naru_record(sk, NARU_WHAT_TLP, is_new ? NARU_BY_NEW : NARU_BY_AGAIN,
				    ns->snd_nxt - ns->iss);
		}
	}
	naru_timer_rearm(sk, ns->tlp.out);
}

static void rtx_work(struct sock *sk)
{
	static void (*const work[])(struct sock *sk) = {
		[NARU_TIMER_RTX] = rto,
		[NARU_TIMER_PROBE] = probe,
		[NARU_TIMER_REORDER] = reorder,
		[NARU_TIMER_TAIL] = probe_tail,
	};
	struct naru_sock *ns = naru_sk(sk);

	if (sk->sk_state == TCP_CLOSE || ns->timer_what == NARU_TIMER_NONE)
		return;
	/* one that had been left alone is due at the end of its last tick, as one that was set is: never early */
	if (!time_after(jiffies, ns->rtx_expires)) {
		sk_reset_timer(sk, &ns->rtx_timer, ns->rtx_expires);
		return;
	}
	work[ns->timer_what](sk);
}

static void delack_work(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	if (sk->sk_state == TCP_CLOSE || !(ns->ack_pending & (NARU_ACK_TIMER | NARU_ACK_SCHED)))
		return;
	if ((ns->ack_pending & NARU_ACK_TIMER) && time_before(jiffies, ns->delack_expires)) {
		sk_reset_timer(sk, &ns->delack_timer, ns->delack_expires);
		return;
	}
	ns->ack_pending &= ~NARU_ACK_TIMER;
	NARU_INC(net_of(sk), DELAYED_ACKS);
	naru_output_ack(sk);
}

static u64 keepidle_us(const struct sock *sk)
{
	u32 s = naru_sk(sk)->keepidle_s;

	return (u64)(s ? : naru_setting(net_of(sk), keepalive_time)) * USEC_PER_SEC;
}

static u64 keepintvl_us(const struct sock *sk)
{
	u32 s = naru_sk(sk)->keepintvl_s;

	return (u64)(s ? : naru_setting(net_of(sk), keepalive_intvl)) * USEC_PER_SEC;
}

static bool keepalive_over(const struct sock *sk, u64 idle_us)
{
	const struct naru_sock *ns = naru_sk(sk);
	u8 most = ns->keepcnt ? : naru_setting(net_of(sk), keepalive_probes);

	if (ns->user_timeout_ms)
		return ns->probes_out && idle_us >= (u64)ns->user_timeout_ms * USEC_PER_MSEC;
	return ns->probes_out >= most;
}

static unsigned long us_to_jiffies(u64 us)
{
	return max_t(unsigned long, nsecs_to_jiffies(us * NSEC_PER_USEC), 1);
}

/* RFC 9293 3.8.4 (MAY-5): where a program asks for them (MUST-24, MUST-25), after an idle time of its
 * choice (MUST-27, MUST-28), with nothing else to send (MUST-26, SHLD-12); several must be lost before
 * the peer is (MUST-29).
 */
static void keepalive(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	u64 idle = naru_now_us() - ns->last_rcv_us;
	u64 next = keepidle_us(sk);

	if (!sock_flag(sk, SOCK_KEEPOPEN) || sk->sk_state == TCP_SYN_SENT)
		return;
	/* data to be acknowledged probes better */
	if (!skb_queue_empty(&ns->rtx_queue) || !skb_queue_empty(&sk->sk_write_queue)) {
		naru_timer_keepalive(sk, us_to_jiffies(next));
		return;
	}
	if (idle < next) {
		naru_timer_keepalive(sk, us_to_jiffies(next - idle));
		return;
	}
	if (keepalive_over(sk, idle)) {
		naru_output_rst(sk);
		give_up(sk);
		return;
	}
	if (naru_xmit_probe(sk) != -ENOBUFS) {
		NARU_INC(net_of(sk), KEEPALIVES);
		ns->probes_out++;
	}
	naru_timer_keepalive(sk, us_to_jiffies(keepintvl_us(sk)));
}

static void keepalive_work(struct sock *sk)
{
	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN)
		return;
	if (sk->sk_state == TCP_FIN_WAIT2 && sock_flag(sk, SOCK_DEAD))
		naru_input_done(sk);
	else
		keepalive(sk);
}

static void work_or_defer(struct sock *sk, int bit, void (*work)(struct sock *sk))
{
	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk))
		work(sk);
	else if (!test_and_set_bit(bit, &naru_sk(sk)->deferred))
		sock_hold(sk);
	bh_unlock_sock(sk);
	sock_put(sk);
}

static void rtx_fired(struct timer_list *t)
{
	struct naru_sock *ns = from_timer(ns, t, rtx_timer);

	work_or_defer((struct sock *)ns, NARU_DEFER_RTX, rtx_work);
}

static void delack_fired(struct timer_list *t)
{
	struct naru_sock *ns = from_timer(ns, t, delack_timer);

	work_or_defer((struct sock *)ns, NARU_DEFER_DELACK, delack_work);
}

static void keepalive_fired(struct timer_list *t)
{
	struct sock *sk = from_timer(sk, t, sk_timer);

	work_or_defer(sk, NARU_DEFER_KEEPALIVE, keepalive_work);
}

static enum hrtimer_restart pace_fired(struct hrtimer *t)
{
	struct naru_sock *ns = container_of(t, struct naru_sock, pace_timer);

	work_or_defer((struct sock *)ns, NARU_DEFER_PACE, naru_pacer_work);
	return HRTIMER_NORESTART;
}

/**
 * naru_timer_release_cb - struct proto.release_cb: what came while a program owned the socket
 * @sk: socket, lock held and BHs off
 */
void naru_timer_release_cb(struct sock *sk)
{
	static void (*const work[])(struct sock *sk) = {
		[NARU_DEFER_RTX] = rtx_work,
		[NARU_DEFER_DELACK] = delack_work,
		[NARU_DEFER_KEEPALIVE] = keepalive_work,
		[NARU_DEFER_MTU] = naru_icmp_deferred_mtu,
		[NARU_DEFER_ICMP] = naru_icmp_deferred_error,
		[NARU_DEFER_ACK] = naru_ack_batch_end,
		[NARU_DEFER_PACE] = naru_pacer_work,
	};
	unsigned long *deferred = &naru_sk(sk)->deferred;
	int bit;

	if (!READ_ONCE(*deferred))
		return;
	for (bit = 0; bit < (int)ARRAY_SIZE(work); bit++) {
		if (!test_and_clear_bit(bit, deferred))
			continue;
		work[bit](sk);
		__sock_put(sk);
	}
}

/**
 * naru_timer_init - set the timers up
 * @sk: socket that nobody else uses yet
 */
void naru_timer_init(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	timer_setup(&ns->rtx_timer, rtx_fired, 0);
	timer_setup(&ns->delack_timer, delack_fired, 0);
	timer_setup(&sk->sk_timer, keepalive_fired, 0);
	naru_pacer_init(sk, pace_fired);
	ns->timer_what = NARU_TIMER_NONE;
	ns->deferred = 0;
}

/**
 * naru_timer_clear - stop all timers
 * @sk: socket, lock held
 */
void naru_timer_clear(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	ns->timer_what = NARU_TIMER_NONE;
	ns->ack_pending = 0;
	sk_stop_timer(sk, &ns->rtx_timer);
	sk_stop_timer(sk, &ns->delack_timer);
	sk_stop_timer(sk, &sk->sk_timer);
	naru_pacer_clear(sk);
}

/**
 * naru_timer_delack - an ACK is owed: send it a little later at the latest
 * @sk: socket, lock held
 *
 * RFC 9293 3.8.6.3: under half a second (MUST-40).
 */
void naru_timer_delack(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 ms = min_t(u32, DELACK_MIN_MS, naru_setting(net_of(sk), delack_max_ms));

	if (ns->ack_pending & NARU_ACK_TIMER)
		return;
	ns->ack_pending |= NARU_ACK_TIMER;
	ns->delack_expires = jiffies + msecs_to_jiffies(ms);
	run_until(sk, &ns->delack_timer, ns->delack_expires);
}

/**
 * naru_timer_keepalive - start the keep-alive and FIN-WAIT-2 timer
 * @sk: socket, lock held
 * @delay: jiffies
 */
void naru_timer_keepalive(struct sock *sk, unsigned long delay)
{
	sk_reset_timer(sk, &sk->sk_timer, jiffies + delay);
}

/**
 * naru_timer_keepalive_restart - the idle time counts anew
 * @sk: connected socket, lock held
 */
void naru_timer_keepalive_restart(struct sock *sk)
{
	if (!sock_flag(sk, SOCK_KEEPOPEN))
		return;
	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))
		return;
	naru_timer_keepalive(sk, us_to_jiffies(keepidle_us(sk)));
}

/**
 * naru_timer_keepalive_set - struct proto.keepalive: SO_KEEPALIVE was set
 * @sk: socket, lock held
 * @on: as given to setsockopt(2)
 */
void naru_timer_keepalive_set(struct sock *sk, int on)
{
	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))
		return;
	if (on && !sock_flag(sk, SOCK_KEEPOPEN))
		naru_timer_keepalive(sk, us_to_jiffies(keepidle_us(sk)));
	else if (!on && !sock_flag(sk, SOCK_DEAD))
		sk_stop_timer(sk, &sk->sk_timer);
}

/**
 * naru_timer_remaining - the timer that fires next
 * @sk: socket, any context; the answer is a snapshot
 * @what: where enum naru_timer_what goes
 *
 * Return: ms until then.
 */
u32 naru_timer_remaining(const struct sock *sk, u8 *what)
{
	const struct naru_sock *ns = naru_sk(sk);
	unsigned long expires = READ_ONCE(ns->rtx_expires);
	long left;

	*what = READ_ONCE(ns->timer_what);
	if (*what == NARU_TIMER_NONE && timer_pending(&sk->sk_timer)) {
		*what = NARU_TIMER_KEEPALIVE;
		expires = READ_ONCE(sk->sk_timer.expires);
	}
	if (*what == NARU_TIMER_NONE)
		return 0;
	left = expires - jiffies;
	return left > 0 ? jiffies_to_msecs(left) : 0;
}
