// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a connection: state changes, the program's CLOSE and ABORT, and the end.
 * RFC 9293 3.3.2, 3.6, 3.10.4, 3.10.5.
 */
#include <net/inet_common.h>
#include <net/xfrm.h>
#include "naru.h"
#include "recorder.h"
#include "trace.h"

/**
 * naru_fsm_set_state - move a socket to another state, for all to see
 * @sk: socket; its lock is held
 * @state: TCP_ESTABLISHED...
 *
 * The tracepoint and the netlink event are raised here and nowhere else.
 */
void naru_fsm_set_state(struct sock *sk, int state)
{
	int old = sk->sk_state;

	if (old == state)
		return;
	trace_naru_state(sk, old, state);
	/* its own FIN tells nothing of the handshake: RFC 9293 3.10.4 */
	if (naru_sk(sk)->fastopen_of && state != TCP_FIN_WAIT1)
		naru_fastopen_settle(sk, false);
	naru_conn_store_state(sk, state);
	naru_recorder_state(sk, old, state);
	naru_event_sock(sk, old, state);
}

static void reset_counts(struct naru_sock *ns)
{
	ns->last_rcv_us = 0;
	ns->last_snd_us = 0;
	ns->syn_us = 0;
	ns->challenged = 0;
	ns->bytes_sent = 0;
	ns->bytes_acked = 0;
	ns->bytes_received = 0;
	ns->bytes_retrans = 0;
	ns->segs_in = 0;
	ns->segs_out = 0;
	ns->data_segs_in = 0;
	ns->data_segs_out = 0;
	ns->total_retrans = 0;
	ns->reord_seen = 0;
	ns->dsack_dups = 0;
	ns->delivered_ce = 0;
	memset(&ns->meter, 0, sizeof(ns->meter));
	ns->syn_again = false;
	ns->syn_data_acked = false;
}

/* Fast Open of a connection that this end opens */
static void reset_fastopen(struct naru_sock *ns)
{
	ns->fastopen_req = NULL;
	ns->defer_connect = false;
	ns->syn_fastopen = false;
	ns->syn_data = false;
	ns->fastopen_resumed = false;
	ns->fastopen_fail = NARU_FASTOPEN_UNSPEC;
}

/**
 * naru_conn_reset_state - the engine's part of a socket as it is before any connection
 * @sk: socket that nobody else uses yet, or whose lock is held and whose queues are empty
 */
void naru_conn_reset_state(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	ns->pace_ns = 0;
	ns->snd_una = 0;
	ns->snd_nxt = 0;
	ns->write_seq = 0;
	ns->snd_up = 0;
	ns->snd_sml = 0;
	ns->snd_wnd = 0;
	ns->max_window = 0;
	ns->sacked_out = 0;
	ns->lost_out = 0;
	ns->retrans_out = 0;
	ns->rcv_nxt = 0;
	ns->rcv_wup = 0;
	ns->rcv_wnd = 0;
	ns->rcv_edge = 0;
	ns->copied_seq = 0;
	memset(&ns->urg, 0, sizeof(ns->urg));
	ns->ooo_bytes = 0;
	ns->ts_recent_stamp = 0;
	ns->ts_ok = false;
	ns->sack_ok = false;
	ns->wscale_ok = false;
	ns->snd_wscale = 0;
	ns->rcv_wscale = 0;
	ns->fin_queued = false;
	ns->ack_pending = 0;
	ns->retransmits = 0;
	ns->probes_out = 0;
	ns->backoff = 0;
	ns->unacked_rcvd = 0;
	ns->rtx_first_us = 0;
	ns->probe_first_us = 0;
	reset_counts(ns);
	reset_fastopen(ns);
	ns->rcv_mss = NARU_DEFAULT_MSS;
	ns->mss_cache = NARU_DEFAULT_MSS;
	ns->mss_peer = NARU_DEFAULT_MSS;
	ns->pmtu = 0;
	ns->answers_route = false;
	memset(&ns->path, 0, sizeof(ns->path));
	memset(&ns->plpmtud, 0, sizeof(ns->plpmtud));
	ns->quickacks = NARU_QUICKACKS;
	memset(&ns->sack_rcv, 0, sizeof(ns->sack_rcv));
	memset(&ns->dsack, 0, sizeof(ns->dsack));
	memset(&ns->tlp, 0, sizeof(ns->tlp));
	ns->reo_expires = 0;
	ns->pto_expires = 0;
	memset(&ns->ecn, 0, sizeof(ns->ecn));
	naru_recov_init(&ns->recov);
	naru_rtt_init(&ns->rtt, NARU_RTO_INITIAL);
	naru_cong_init(sk);
}

static void purge_send_queues(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb;

	naru_rtx_purge(sk);
	while ((skb = __skb_dequeue(&sk->sk_write_queue)))
		naru_output_skb_free(sk, skb);
	ns->sacked_out = 0;
	ns->lost_out = 0;
	ns->retrans_out = 0;
	naru_meter_limit(sk);
}

/**
 * naru_conn_destroy - an orphan in CLOSED goes: queues, tables, the last reference
 * @sk: socket with SOCK_DEAD set, lock held; the caller holds a reference of its own
 */
void naru_conn_destroy(struct sock *sk)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_sock *ns = naru_sk(sk);

	if (ns->destroyed)
		return;
	ns->destroyed = true;
	naru_timer_clear(sk);
	purge_send_queues(sk);
	naru_reasm_purge(sk);
	naru_demux_remove(nn, &ns->node);
	naru_port_release(sk);
	sk_stream_kill_queues(sk);
	xfrm_sk_free_policy(sk);
	naru_recorder_end(sk);
	naru_sock_unregister_node(nn, &ns->node);
	atomic_dec(&nn->nr_orphans);
	sock_put(sk);
}

/**
 * naru_input_done - the connection is over: CLOSED, out of the tables, everybody woken
 * @sk: socket, lock held, softirq or process
 *
 * An orphan is destroyed on the spot. RFC 9293 3.10.7.4.
 */
void naru_input_done(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_net *nn = naru_net_of(sk);

	if (sk->sk_state == TCP_SYN_SENT || sk->sk_state == TCP_SYN_RECV)
		NARU_INC(nn, ATTEMPT_FAILS);
	naru_fsm_set_state(sk, TCP_CLOSE);
	WRITE_ONCE(ns->defer_connect, false);
	naru_timer_clear(sk);
	naru_demux_remove(nn, &ns->node);
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		naru_port_release(sk);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	if (sock_flag(sk, SOCK_DEAD))
		naru_conn_destroy(sk);
	else
		sk->sk_state_change(sk);
}

/**
 * naru_input_reset - the connection fails
 * @sk: socket, lock held
 * @err: errno, positive, that the program is to see
 *
 * RFC 9293 MUST-12: the program learns why.
 */
void naru_input_reset(struct sock *sk, int err)
{
	if (sk->sk_state == TCP_ESTABLISHED || sk->sk_state == TCP_CLOSE_WAIT)
		NARU_INC(naru_net_of(sk), ESTAB_RESETS);
	WRITE_ONCE(sk->sk_err, err);
	naru_record(sk, NARU_WHAT_ERROR, NARU_BY_NONE, err);
	purge_send_queues(sk);
	sock_hold(sk);
	naru_input_done(sk);
	if (!sock_flag(sk, SOCK_DEAD))
		sk_error_report(sk);
	sock_put(sk);
}

/**
 * naru_conn_apply_state - go to the state that the peer's segment leads to
 * @sk: socket, lock held
 * @state: what naru_fsm_segment() or naru_fsm_fin() said
 *
 * Applies a next state of the closing half of RFC 9293's figure 5.
 */
void naru_conn_apply_state(struct sock *sk, u8 state)
{
	if (state == sk->sk_state)
		return;
	switch (state) {
	case TCP_TIME_WAIT:
		naru_metric_save(sk);
		naru_timewait_enter(sk);
		return;
	case TCP_CLOSE:
		naru_metric_save(sk);
		naru_input_done(sk);
		return;
	case TCP_FIN_WAIT2:
		naru_fsm_set_state(sk, state);
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
		if (sock_flag(sk, SOCK_DEAD))
			naru_conn_fin_wait_2(sk);
		else
			sk->sk_state_change(sk);
		return;
	default:
		naru_fsm_set_state(sk, state);
	}
}

/**
 * naru_conn_fin_wait_2 - bound the time an orphan waits for the peer's FIN
 * @sk: orphan in FIN-WAIT-2, lock held
 *
 * RFC 9293 3.6 allows a half-duplex close (MAY-1); the wait is the setting fin_timeout or
 * TCP_LINGER2.
 */
void naru_conn_fin_wait_2(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	int secs = ns->linger2;

	if (secs < 0) {
		naru_output_rst(sk);
		naru_input_done(sk);
		return;
	}
	if (!secs)
		secs = naru_setting(naru_net_of(sk), fin_timeout);
	naru_timer_keepalive(sk, secs * HZ);
}

static bool close_sends_fin(struct sock *sk)
{
	bool send_fin = false;
	u8 state = naru_fsm_close(sk->sk_state, &send_fin);

	if (send_fin)
		naru_fsm_set_state(sk, state);
	return send_fin;
}

static bool drop_unread(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	bool unread = false;
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&sk->sk_receive_queue))) {
		if (naru_seq_after(NARU_CB(skb)->end_seq, ns->copied_seq))
			unread = true;
		__kfree_skb(skb);
	}
	naru_reasm_purge(sk);
	return unread;
}

static bool abort_on_close(struct sock *sk, bool unread)
{
	if (sk->sk_state == TCP_CLOSE)
		return false;
	/* RFC 9293 3.6.1 SHLD-3: data that nobody will read is answered by a reset */
	if (unread)
		return true;
	return sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime;
}

/* The reset goes only where there is a peer that has seen us synchronized or half open. */
static bool reset_needed(int state)
{
	return (1 << state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT | TCPF_FIN_WAIT1 |
			       TCPF_FIN_WAIT2 | TCPF_SYN_RECV | TCPF_CLOSING | TCPF_LAST_ACK);
}

static void close_sending_side(struct sock *sk, long timeout)
{
	bool unread;

	if (naru_sk(sk)->syn_fastopen)
		naru_fastopen_ended(sk);
	unread = drop_unread(sk);
	if (abort_on_close(sk, unread)) {
		if (reset_needed(sk->sk_state))
			naru_output_rst(sk);
		purge_send_queues(sk);
		naru_fsm_set_state(sk, TCP_CLOSE);
		return;
	}
	if (sk->sk_state == TCP_SYN_SENT) {
		purge_send_queues(sk);
		naru_fsm_set_state(sk, TCP_CLOSE);
	} else if (close_sends_fin(sk)) {
		naru_output_fin(sk);
	}
	sk_stream_wait_close(sk, timeout);
}

static bool too_many_orphans(struct sock *sk)
{
	struct naru_net *nn = naru_net_of(sk);

	if (atomic_read(&nn->nr_orphans) <= naru_setting(nn, max_orphans))
		return false;
	NARU_INC(nn, ORPHANS_KILLED);
	return true;
}

/* What is left of a socket that no file refers to any more; lock held */
static void close_orphan(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	if (ns->destroyed)
		return;
	if (sk->sk_state != TCP_CLOSE && too_many_orphans(sk)) {
		naru_output_rst(sk);
		naru_fsm_set_state(sk, TCP_CLOSE);
	}
	if (sk->sk_state == TCP_FIN_WAIT2)
		naru_conn_fin_wait_2(sk);
	if (sk->sk_state == TCP_CLOSE)
		naru_conn_destroy(sk);
}

/**
 * naru_close - CLOSE by the program, the last one to hold the file
 * @sk: socket
 * @timeout: jiffies to linger
 *
 * Context: process, may sleep; takes the lock. RFC 9293 3.10.4; data not read draws a reset
 * (RFC 2525 2.17).
 */
void naru_close(struct sock *sk, long timeout)
{
	lock_sock(sk);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	if (sk->sk_state == TCP_LISTEN) {
		naru_listen_stop(sk);
		naru_fsm_set_state(sk, TCP_CLOSE);
	} else {
		close_sending_side(sk, timeout);
	}
	sock_hold(sk);
	naru_sock_orphan(sk);
	release_sock(sk);

	lock_sock(sk);
	close_orphan(sk);
	release_sock(sk);
	sock_put(sk);
}

/**
 * naru_shutdown - shutdown(2) of the sending side
 * @sk: socket, lock held; process context
 * @how: RCV_SHUTDOWN, SEND_SHUTDOWN
 *
 * The receiving side is the caller's: only sk_shutdown says so.
 */
void naru_shutdown(struct sock *sk, int how)
{
	if (!(how & SEND_SHUTDOWN))
		return;
	if ((1 << sk->sk_state) &
	    (TCPF_ESTABLISHED | TCPF_SYN_SENT | TCPF_SYN_RECV | TCPF_CLOSE_WAIT)) {
		if (close_sends_fin(sk))
			naru_output_fin(sk);
	}
}

/**
 * naru_disconnect - ABORT: back to an unconnected socket
 * @sk: socket, lock held; process context or an orphan's end
 * @flags: unused, the prototype is struct proto's
 *
 * Return: 0. RFC 9293 3.10.5.
 */
int naru_disconnect(struct sock *sk, int flags)
{
	int old = sk->sk_state;

	if (old == TCP_LISTEN)
		naru_listen_stop(sk);
	else if (reset_needed(old))
		naru_output_rst(sk);
	if (reset_needed(old) || old == TCP_SYN_SENT)
		WRITE_ONCE(sk->sk_err, ECONNRESET);

	naru_timer_clear(sk);
	drop_unread(sk);
	purge_send_queues(sk);
	naru_demux_remove(naru_net_of(sk), &naru_sk(sk)->node);
	naru_fsm_set_state(sk, TCP_CLOSE);
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		naru_port_release(sk);
	WRITE_ONCE(sk->sk_shutdown, 0);
	sock_reset_flag(sk, SOCK_DONE);
	naru_recorder_end(sk);
	if (naru_sk(sk)->answers_route)
		naru_return_route_use(sk, NULL);
	naru_conn_reset_state(sk);
	__sk_dst_reset(sk);
	sk_error_report(sk);
	return 0;
}
