// SPDX-License-Identifier: GPL-2.0
/*
 * Acknowledgments: those that come (RFC 9293 3.10.7.4 fifth, RFC 5681, RFC 6298) and those that are
 * owed (RFC 9293 3.8.6.3, RFC 5961).
 */
#include "naru.h"
#include "recorder.h"
#include "trace.h"

/* RFC 9293 3.1: unsigned (MUST-1), in 32 bits (REC-1) */
static bool update_window(struct sock *sk, const struct naru_seg *seg)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 wnd = seg->wnd;
	bool changed;

	if (!(seg->flags & NARU_SYN))
		wnd <<= ns->snd_wscale;
	changed = wnd != ns->snd_wnd;
	naru_record_window(sk, ns->snd_wnd, wnd, false);
	ns->snd_wnd = wnd;
	ns->snd_wl1 = seg->seq;
	ns->snd_wl2 = seg->ack;
	ns->max_window = max(ns->max_window, wnd);
	return changed;
}

/* RFC 7323 4.1: the echoed timestamp measures even a retransmitted segment, in ticks of our clock */
static u32 timestamp_rtt(const struct naru_sock *ns, const struct naru_seg *seg)
{
	if (!ns->ts_ok || !(seg->opts.present & NARU_OPT_TS))
		return 0;
	return naru_rtt_of_echo(naru_now_ts(ns->ts_usec) + ns->ts_offset, seg->opts.tsecr, ns->ts_usec);
}

/* RFC 6298 5: a doubled RTO stays until a round trip is measured, or a long path would never have one */
static void take_rtt(struct sock *sk, u32 rtt_us)
{
	struct naru_net *nn = naru_net_of(sk);

	if (!rtt_us)
		return;
	naru_sk(sk)->backoff = 0;
	naru_rtt_sample(&naru_sk(sk)->rtt, rtt_us,
			naru_sk(sk)->path.rto_min_us ? : naru_setting(nn, rto_min_us),
			naru_setting(nn, rto_max_ms) * USEC_PER_MSEC);
}

/* New data is acknowledged: RFC 6298 5.3, and room in the send buffer */
static void progress(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	ns->retransmits = 0;
	ns->rtx_first_us = 0;
	naru_timer_tail(sk);
	naru_timer_rearm(sk, true);
	naru_buffer_expand_snd(sk);
	if (sk->sk_socket && test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		sk->sk_write_space(sk);
}

/* A window has opened for what could not be sent: no probe is needed */
static void probe_answered(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb = skb_peek(&sk->sk_write_queue);

	ns->probes_out = 0;
	if (!skb)
		ns->probe_first_us = 0;
	if (!skb || !skb_queue_empty(&ns->rtx_queue))
		return;
	if (naru_seq_after(ns->snd_una + ns->snd_wnd, NARU_CB(skb)->seq)) {
		ns->probe_first_us = 0;
		ns->backoff = 0;
		naru_timer_rearm(sk, true);
	}
}

/* RFC 5681 2, the definition of DUPLICATE ACKNOWLEDGMENT, but for (a): that there is something in flight */
static bool is_duplicate(const struct naru_seg *seg, u32 prior_una, bool window_changed)
{
	return seg->ack == prior_una && !seg->len && !window_changed &&
	       !(seg->flags & (NARU_SYN | NARU_FIN));
}

static void grow(struct sock *sk, const struct naru_rtx_news *news, u32 prior_flight)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_cong_ack a = {
		.acked = news->acked,
		.in_flight = prior_flight,
		.rtt_us = news->rtt_us,
		.srtt_us = ns->rtt.srtt8 >> 3,
		.snd_una = ns->snd_una,
		.snd_nxt = ns->snd_nxt,
		.now_us = ns->last_rcv_us,
		.cwnd_limited = prior_flight + ns->mss_cache >= ns->cong.cwnd ||
				(ns->cong.cwnd < ns->cong.ssthresh &&
				 ns->cong.cwnd < 2 * prior_flight),
		.paced = naru_pacer_is_on(sk),
	};

	naru_cwv_ack(&ns->cwv, ns->cong.cwnd, &a);
	ns->cong_ops->ack(&ns->cong, &a);
}

/* Is there new data that the peer's window lets go? */
static bool has_new_data(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);

	return !skb_queue_empty(&sk->sk_write_queue) &&
	       naru_seq_after(ns->snd_una + ns->snd_wnd, ns->snd_nxt);
}

static void fill_recov(const struct sock *sk, const struct naru_rtx_news *news, bool duplicate,
		       struct naru_recov_in *in)
{
	const struct naru_sock *ns = naru_sk(sk);

	*in = (struct naru_recov_in) {
		.snd_una = ns->snd_una,
		.snd_nxt = ns->snd_nxt,
		.acked = news->acked,
		.delivered = news->delivered,
		.sacked_out = ns->sacked_out,
		.lost_out = ns->lost_out,
		.retrans_out = ns->retrans_out,
		.in_flight = naru_rtx_in_flight(ns),
		.doubled = news->doubled,
		.tsecr = news->tsecr,
		.has_ts = news->has_ts,
		.dupack = duplicate,
		.sack = ns->sack_ok,
		.more_lost = news->lost,
		/* RFC 5682 2.1: without SACK it may have waited for the retransmission */
		.original = news->original && (ns->sack_ok || !news->retransmitted),
		.beyond = news->beyond,
		.has_new = has_new_data(sk),
		.ece = news->ece && !ns->ecn.guarded,
		.unvalidated = !naru_cwv_validated(&ns->cwv),
		.pipe_ack = naru_cwv_validated(&ns->cwv) ? 0 : naru_cwv_pipe_ack(&ns->cwv),
	};
}

static void count_recov(struct naru_net *nn, u32 todo)
{
	if (todo & NARU_RECOV_ECN)
		NARU_INC(nn, ECN_REDUCED);
	if (todo & NARU_RECOV_ENTER)
		NARU_INC(nn, RECOVERY_ENTER);
	if (todo & NARU_RECOV_BY_DSACK)
		NARU_INC(nn, DSACK_UNDO);
	if (todo & NARU_RECOV_BY_TIME)
		NARU_INC(nn, EIFEL_UNDO);
	if (todo & NARU_RECOV_BY_FRTO)
		NARU_INC(nn, FRTO_UNDO);
}

static enum naru_genl_by undone_by(u32 todo)
{
	if (todo & NARU_RECOV_BY_DSACK)
		return NARU_BY_DSACK;
	return todo & NARU_RECOV_BY_TIME ? NARU_BY_TIMESTAMP : NARU_BY_FRTO;
}

static void record_recov(struct sock *sk, u32 todo, u32 acked)
{
	struct naru_sock *ns = naru_sk(sk);

	if (todo & NARU_RECOV_UNDO)
		naru_record(sk, NARU_WHAT_UNDO, undone_by(todo), 0);
	if (todo & NARU_RECOV_EXIT)
		naru_record(sk, NARU_WHAT_RECOVERED, NARU_BY_NONE, acked);
	if (todo & NARU_RECOV_ENTER)
		naru_record(sk, NARU_WHAT_LOSS, ns->sack_ok ? NARU_BY_RACK : NARU_BY_DUPACKS,
			    ns->sack_ok ? ns->lost_out : ns->mss_cache);
	if (todo & NARU_RECOV_ECN)
		naru_record(sk, NARU_WHAT_ECN, NARU_BY_NONE, 0);
}

/* A reduction was for nothing. What the same ACK shows as lost is: RACK looks at the holes anew */
static void undone(struct sock *sk, u32 todo)
{
	struct naru_sock *ns = naru_sk(sk);

	naru_ecn_undone(&ns->ecn);
	if (todo & NARU_RECOV_ENTER)
		return;
	naru_rtx_unmark_lost(sk);
	if (ns->sacked_out)
		naru_timer_reorder(sk, 1);
}

static void recover(struct sock *sk, const struct naru_rtx_news *news, bool duplicate, u32 prior_flight)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_recov_in in;
	u32 todo;

	if (ns->plpmtud.probe)
		naru_mtu_probe_ack(sk, duplicate);
	fill_recov(sk, news, duplicate, &in);
	todo = naru_recov_ack(&ns->recov, &ns->cong, ns->cong_ops, &in);
	count_recov(naru_net_of(sk), todo);
	if (todo & ~NARU_RECOV_GROW)
		record_recov(sk, todo, news->acked);
	if (todo & NARU_RECOV_UNDO)
		undone(sk, todo);
	if (todo & NARU_RECOV_EXIT) {
		naru_rack_recovered(&ns->rack);
		naru_meter_rto_over(sk);
	}
	if (todo & (NARU_RECOV_EXIT | NARU_RECOV_ECN))
		naru_cwv_reset(&ns->cwv);
	if (todo & NARU_RECOV_MARK_HEAD) {
		naru_rtx_mark_head_lost(sk);
		/* RFC 5681 3.2 step 2, RFC 6582 3.2 steps 3 and 4: at once, whatever the window says */
		if (!naru_rtx_send_head(sk))
			naru_timer_rearm(sk, true);
	}
	/* once more where ECE came before the loss: CWR may be what was lost (RFC 3168 6.1.2) */
	if (todo & (NARU_RECOV_ENTER | NARU_RECOV_ECN))
		naru_ecn_reduced(&ns->ecn, ns->snd_nxt);
	if ((todo & NARU_RECOV_GROW) && !news->ece)
		grow(sk, news, prior_flight);
	naru_cong_check(sk);
}

/* RFC 8985 6.2 */
static void detect_lost(struct sock *sk, struct naru_rtx_news *news)
{
	struct naru_sock *ns = naru_sk(sk);

	naru_rack_ack_end(&ns->rack);
	if (news->reordered)
		ns->reord_seen++;
	if (ns->sacked_out || ns->retrans_out || ns->lost_out)
		naru_timer_reorder(sk, naru_rtx_detect_lost(sk, &news->lost));
	else
		ns->reo_expires = 0;
}

/* RFC 3168 6.1.2: whether @seg echoes congestion */
static bool take_echo(struct naru_sock *ns, const struct naru_seg *seg)
{
	if (ns->ecn.guarded)
		naru_ecn_acked(&ns->ecn, ns->snd_una);
	return naru_ecn_echoed(&ns->ecn, seg->flags);
}

/* RFC 8985 7.4 */
static void ask_probe(struct sock *sk, const struct naru_seg *seg, const struct naru_rtx_news *news,
		      bool duplicate)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_tlp_ack a = {
		.ack = seg->ack,
		.dsack = news->dsack_tlp,
		.duplicate = duplicate && !seg->opts.num_sacks,
	};
	struct naru_recov_in in;

	if (!naru_tlp_ack(&ns->tlp, &a))
		return;
	fill_recov(sk, news, duplicate, &in);
	if (naru_recov_probe_lost(&ns->recov, &ns->cong, ns->cong_ops, &in)) {
		naru_ecn_reduced(&ns->ecn, ns->snd_nxt);
		naru_cwv_reset(&ns->cwv);
	}
	naru_cong_check(sk);
	NARU_INC(naru_net_of(sk), TAIL_PROBE_REPAIRS);
	naru_record(sk, NARU_WHAT_TLP_LOSS, NARU_BY_NONE, 0);
}

/* The scoreboard takes in what the segment acknowledges. Return: whether it is a duplicate ACK */
static bool take_acks(struct sock *sk, const struct naru_seg *seg, u32 actions, bool window_changed,
		      struct naru_rtx_news *news)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 prior_una = ns->snd_una;

	news->has_ts = ns->ts_ok && (seg->opts.present & NARU_OPT_TS) && seg->opts.tsecr;
	news->tsecr = seg->opts.tsecr;
	if (!(actions & NARU_DO_OLD_ACK) && naru_seq_after(seg->ack, prior_una)) {
		/* a listener's <SYN,ACK> was not, and is measured there */
		bool queued = !skb_queue_empty(&ns->rtx_queue);

		naru_rtx_clean(sk, seg->ack, news);
		ns->bytes_acked += news->acked;
		if (queued)
			take_rtt(sk, news->rtt_us ? : timestamp_rtt(ns, seg));
	}
	if (ns->sack_ok && seg->opts.num_sacks)
		naru_rtx_sacked(sk, seg, news);
	if (ns->sack_ok)
		return news->sacked && !news->acked;
	return ns->snd_nxt != ns->snd_una && is_duplicate(seg, prior_una, window_changed);
}

/**
 * naru_ack_process - the ACK field, the window and the SACK blocks of a segment
 * @sk: socket in a synchronized state, lock held
 * @seg: segment whose ACK is acceptable
 * @actions: what naru_fsm_segment() decided
 */
void naru_ack_process(struct sock *sk, const struct naru_seg *seg, u32 actions)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 prior_flight = naru_rtx_in_flight(ns), prior_una = ns->snd_una;
	struct naru_rtx_news news = { };
	bool window_changed = false, duplicate;

	if (actions & NARU_DO_WINDOW)
		window_changed = update_window(sk, seg);
	probe_answered(sk);
	duplicate = take_acks(sk, seg, actions, window_changed, &news);
	if (duplicate)
		NARU_INC(naru_net_of(sk), DUPACKS);
	if (ns->tlp.out)
		ask_probe(sk, seg, &news, is_duplicate(seg, prior_una, window_changed));
	if (ns->sack_ok && news.delivered)
		detect_lost(sk, &news);
	if (!(actions & NARU_DO_OLD_ACK))
		news.ece = take_echo(ns, seg);
	if (news.delivered)
		naru_meter_ack(sk, &news);
	if (news.acked || duplicate || news.dsack || ns->lost_out || news.ece)
		recover(sk, &news, duplicate, prior_flight);
	if (news.delivered)
		naru_pacer_update(sk);
	naru_record_cwnd(sk);
	if (news.acked)
		progress(sk);
	else if (ns->reo_expires)
		naru_timer_rearm(sk, false);
}

/**
 * naru_ack_reorder_timeout - for long enough it was waited for what may only have been reordered
 * @sk: socket, lock held
 *
 * RFC 8985 6.3: what is lost by now is sent again. Context: softirq, or release_cb.
 */
void naru_ack_reorder_timeout(struct sock *sk)
{
	u32 prior_flight = naru_rtx_in_flight(naru_sk(sk));
	struct naru_rtx_news news = { };

	naru_timer_reorder(sk, naru_rtx_detect_lost(sk, &news.lost));
	if (news.lost) {
		recover(sk, &news, false, prior_flight);
		naru_output_push(sk, naru_sk(sk)->nonagle);
	}
}

/**
 * naru_ack_data_rcvd - data has come in order: an ACK is owed
 * @sk: socket, lock held
 * @bytes: payload
 * @segment: bytes of one segment of it on the wire
 */
void naru_ack_data_rcvd(struct sock *sk, u32 bytes, u32 segment)
{
	struct naru_sock *ns = naru_sk(sk);

	ns->unacked_rcvd += bytes;
	ns->ack_pending |= NARU_ACK_SCHED;
	/* the peer's segment size, for the rule of two full segments */
	if (segment > ns->rcv_mss)
		ns->rcv_mss = min_t(u32, segment, max_t(u32, ns->mss_cache, NARU_DEFAULT_MSS));
}

/* RFC 9293 3.8.6.3 (SHLD-19): every second full segment is acknowledged, and all at the start */
static bool is_due(const struct naru_sock *ns)
{
	return ns->quickacks || ns->path.quickack || ns->unacked_rcvd >= 2 * ns->rcv_mss;
}

/**
 * naru_ack_send_due - send the ACK that is owed, now or by the timer
 * @sk: socket, lock held
 *
 * RFC 9293 3.8.6.3: at once where the state asks for it (RFC 5681 4.2); every second full segment (SHLD-19), and
 * the first ones of a connection, when what is queued has been processed (MUST-59); else delayed (SHLD-18).
 */
void naru_ack_send_due(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	if (!(ns->ack_pending & (NARU_ACK_SCHED | NARU_ACK_NOW)))
		return;
	if (ns->ack_pending & NARU_ACK_NOW)
		naru_output_ack(sk);
	else if (is_due(ns))
		naru_batch_ack(sk);
	else
		naru_timer_delack(sk);
}

/**
 * naru_ack_batch_end - all that came with a segment has been processed: the ACK that waited for it
 * @sk: socket, lock held
 *
 * RFC 9293 3.10.7.4 (MUST-59). Another segment may have carried it meanwhile.
 */
void naru_ack_batch_end(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	if (sk->sk_state != TCP_CLOSE && (ns->ack_pending & NARU_ACK_SCHED) && is_due(ns))
		naru_output_ack(sk);
}

/* The limit of a connection, invalid_ratelimit: @last is when it had its last such ACK */
static bool too_soon(const struct naru_net *nn, unsigned long last)
{
	return last && time_before(jiffies, last + msecs_to_jiffies(naru_setting(nn, invalid_ratelimit)));
}

static bool may_challenge(struct naru_net *nn, unsigned long last)
{
	if (too_soon(nn, last) ||
	    !naru_budget_take(&nn->challenges, naru_setting(nn, challenge_ack_limit))) {
		NARU_INC(nn, CHALLENGE_SUPPRESSED);
		return false;
	}
	NARU_INC(nn, CHALLENGE_ACKS);
	return true;
}

static bool may_acknowledge(struct naru_net *nn, unsigned long last)
{
	if (!too_soon(nn, last))
		return true;
	NARU_INC(nn, INVALID_SUPPRESSED);
	return false;
}

/**
 * naru_ack_may_answer - whether a segment that was refused may draw an ACK now
 * @nn: namespace
 * @actions: what naru_fsm_*() decided; NARU_DO_ACK, _CHALLENGE and _LIMITED count
 * @last: jiffies of the connection's last one that was limited, 0: none; set to now when it is
 *
 * RFC 5961 7: challenges are limited per connection by invalid_ratelimit and for the namespace by
 * challenge_ack_limit. The latter a stranger can use up: what the peer itself may have sent, a keep-alive, is
 * limited by the former alone. Context: softirq; two CPUs that race send one ACK too many.
 *
 * Return: whether to send one; what is held back is counted.
 */
bool naru_ack_may_answer(struct naru_net *nn, u32 actions, unsigned long *last)
{
	unsigned long was = READ_ONCE(*last);

	if (actions & NARU_DO_ACK)
		return true;
	if (!((actions & NARU_DO_CHALLENGE) && may_challenge(nn, was)) &&
	    !((actions & NARU_DO_LIMITED) && may_acknowledge(nn, was)))
		return false;
	WRITE_ONCE(*last, jiffies ? : 1);
	return true;
}
