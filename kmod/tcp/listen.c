// SPDX-License-Identifier: GPL-2.0
/*
 * Listening: half-open connections in small objects, the accept queue. RFC 9293 3.10.7.2, RFC 4987,
 * RFC 3168 6.1.1.
 *
 * A SYN-RECEIVED entry (struct naru_req) is found by four-tuple in the demux table. References:
 * one of the table, one of the armed timer, one of the user of a lookup. It stands in its
 * listener's req_list until it is done. Its lock guards everything below @lock; @done is set once,
 * by who takes it out of the table. Locking essay in naru.h, 3.
 */
#include <net/ip.h>
#include <net/route.h>
#include "naru.h"
#include "sock/arrival.h"
#include "trace.h"
#include "tcp/cookie.h"
#include "tcp/defer.h"
#include "tcp/listen.h"

static struct kmem_cache *req_cache;

#define SYNACK_RTO_JIFFIES	HZ	/* RFC 6298 2.1: 1 s */
#define SYNACK_RTO_MAX		(120UL * HZ)

static struct naru_req *req_of(struct naru_node *node)
{
	return container_of(node, struct naru_req, node);
}

static void req_free_rcu(struct rcu_head *head)
{
	struct naru_req *req = container_of(head, struct naru_req, rcu);

	kfree(req->back);
	kmem_cache_free(req_cache, req);
}

/**
 * naru_listen_req_put - drop a reference to a SYN-RECEIVED entry
 * @node: the entry
 */
void naru_listen_req_put(struct naru_node *node)
{
	struct naru_req *req = req_of(node);

	if (!refcount_dec_and_test(&node->ref))
		return;
	sock_put(req->listener);
	call_rcu(&req->rcu, req_free_rcu);
}

/* Marks it done; false when somebody else did. req->lock held. */
static bool req_finish(struct naru_req *req)
{
	struct naru_sock *ls = naru_sk(req->listener);

	if (req->done)
		return false;
	req->done = true;
	spin_lock(&ls->accept_lock);
	list_del_init(&req->link);
	spin_unlock(&ls->accept_lock);
	atomic_dec(&ls->req_count);
	atomic_dec(&req->nn->nr_reqs);
	naru_sock_unregister_node(req->nn, &req->node);
	if (timer_delete(&req->timer))
		naru_listen_req_put(&req->node);
	return true;
}

/**
 * naru_listen_req_dispose - a SYN-RECEIVED entry goes
 * @nn: namespace
 * @node: the entry; the caller holds a reference
 */
void naru_listen_req_dispose(struct naru_net *nn, struct naru_node *node)
{
	struct naru_req *req = req_of(node);
	bool first;

	spin_lock_bh(&req->lock);
	first = req_finish(req);
	spin_unlock_bh(&req->lock);
	if (first)
		naru_demux_remove(nn, node);
}

static struct dst_entry *req_route(const struct naru_req *req)
{
	const struct ip_options_rcu *back = READ_ONCE(req->back);
	struct naru_key key = req->node.key;

	if (back)
		ipv6_addr_set_v4mapped(back->opt.faddr, &key.raddr);
	return naru_route_key(req->nn->net, req->listener, &key, req->mark,
			      naru_route_tos(req->listener, &key));
}

/**
 * naru_listen_synack - send the <SYN,ACK>
 * @req: half-open connection, in the tables or not
 * @dst: the route, whose reference goes with it, or an error: then nothing is sent, and the peer asks again
 * @ts: the clock of our timestamps, without offset
 * @first: with the Fast Open cookie: on the first alone, since there are boxes that drop it (RFC 7413 4.2.1)
 *
 * Context: softirq, under rcu_read_lock. RFC 9293 3.10.7.2.
 */
void naru_listen_synack(struct naru_req *req, struct dst_entry *dst, u32 ts, bool first)
{
	struct naru_seg seg = {
		.seq = req->iss,
		.ack = req->irs + 1,
		.flags = NARU_SYN | NARU_ACK | naru_ecn_synack(&req->ecn),
		.wnd = min_t(u32, req->rcv_wnd, 65535),
	};
	struct naru_opts *o = &seg.opts;

	if (IS_ERR(dst))
		return;
	o->present = NARU_OPT_MSS;
	if (req->wscale_ok) {
		o->present |= NARU_OPT_WSCALE;
		o->wscale = req->rcv_wscale;
	}
	if (req->sack_ok)
		o->present |= NARU_OPT_SACK_PERM;
	if (req->ts_ok) {
		o->present |= NARU_OPT_TS;
		o->tsval = ts + req->ts_offset;
		o->tsecr = READ_ONCE(req->ts_recent);
	}
	if (first && (req->opts.present & NARU_OPT_FASTOPEN)) {
		o->present |= NARU_OPT_FASTOPEN;
		o->cookie = req->opts.cookie;
	}
	naru_bare_send_by(req->nn, req->listener, dst, READ_ONCE(req->back), &req->node.key, &seg, req->mark,
			  naru_route_tos(req->listener, &req->node.key));
}

static void send_again(struct naru_req *req)
{
	naru_listen_synack(req, req_route(req), naru_now_ts(req->ts_usec), false);
}

/* RFC 9293 3.10.7.4 first: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> */
static void send_ack(struct naru_req *req)
{
	struct naru_seg seg = {
		.seq = req->iss + 1,
		.ack = req->irs + 1,
		.flags = NARU_ACK,
		.wnd = min_t(u32, req->rcv_wnd >> req->rcv_wscale, 65535),
	};
	struct dst_entry *dst;

	if (req->ts_ok) {
		seg.opts.present = NARU_OPT_TS;
		seg.opts.tsval = naru_now_ts(req->ts_usec) + req->ts_offset;
		seg.opts.tsecr = READ_ONCE(req->ts_recent);
	}
	dst = req_route(req);
	if (!IS_ERR(dst))
		naru_bare_send_by(req->nn, req->listener, dst, READ_ONCE(req->back), &req->node.key, &seg, req->mark,
				  naru_route_tos(req->listener, &req->node.key));
}

static unsigned long req_interval(const struct naru_req *req)
{
	return min(SYNACK_RTO_JIFFIES << min_t(u8, req->timeouts, 7), SYNACK_RTO_MAX);
}

/* RFC 9293 3.8.1. req->lock held, under rcu_read_lock. */
static void retransmit(struct naru_req *req)
{
	req->again_us = req->retrans++ ? req->again_us : naru_now_us();
	WRITE_ONCE(req->again, true);
	NARU_INC(req->nn, SYNACK_RETRANS);
	send_again(req);
}

/* req->lock held. True: it goes */
static bool req_timeout(struct naru_req *req)
{
	const struct naru_sock *ls = naru_sk(req->listener);
	u8 retries = READ_ONCE(ls->syn_retries) ? : naru_setting(req->nn, synack_retries);
	struct naru_defer_timer t;

	naru_defer_timeout(READ_ONCE(ls->defer_accept), req->timeouts, retries, req->acked, &t);
	if (t.expire)
		return true;
	if (t.resend)
		retransmit(req);
	WRITE_ONCE(req->timeouts, req->timeouts + 1);
	refcount_inc(&req->node.ref);
	mod_timer(&req->timer, jiffies + req_interval(req));
	return false;
}

/* The retransmission timer of a <SYN,ACK>; it owns a reference. */
static void req_timer(struct timer_list *t)
{
	struct naru_req *req = from_timer(req, t, timer);
	bool over;

	rcu_read_lock();
	spin_lock(&req->lock);
	over = !req->done && req_timeout(req);
	spin_unlock(&req->lock);
	rcu_read_unlock();
	if (over) {
		NARU_INC(req->nn, ATTEMPT_FAILS);
		naru_listen_req_dispose(req->nn, &req->node);
	}
	naru_listen_req_put(&req->node);
}

/**
 * naru_listen_options - what is agreed on with a peer, and the window it is told of
 * @req: half-open connection that nobody else sees yet, changed
 * @syn: the peer's SYN
 *
 * RFC 9293 3.7.1, RFC 7323 2.2 and 3.2, RFC 2018 2. Context: softirq.
 */
void naru_listen_options(struct naru_req *req, const struct naru_seg *syn)
{
	const struct naru_opts *o = &syn->opts;
	struct sock *sk = req->listener;
	u32 space = naru_mss_rcv_full(sk);

	req->rcv_wnd = min_t(u32, naru_buffer_window(sk, space), 65535);
	req->wscale_ok = (o->present & NARU_OPT_WSCALE) && naru_setting(req->nn, window_scaling);
	if (req->wscale_ok) {
		req->snd_wscale = o->wscale;
		if (!(sk->sk_userlocks & SOCK_RCVBUF_LOCK))
			space = max_t(u32, space, naru_setting_n(req->nn, rmem, 2));
		req->rcv_wscale = naru_window_scale(space);
	}
	req->sack_ok = (o->present & NARU_OPT_SACK_PERM) && naru_setting(req->nn, sack);
	req->ts_ok = (o->present & NARU_OPT_TS) && naru_setting(req->nn, timestamps);
	req->ts_recent = o->tsval;
	req->opts = *o;
}

/* Whose it is, on the stack or from the cache */
static void req_name(struct naru_req *req, struct sock *listener, const struct sk_buff *skb,
		     const struct naru_key *key)
{
	req->nn = naru_net_of(listener);
	req->listener = listener;
	req->node.key = *key;
	req->ts_offset = naru_secret_ts_offset(key);
	req->mark = sock_net(listener)->ipv4.sysctl_fwmark_reflect ? skb->mark :
								    READ_ONCE(listener->sk_mark);
}

/* What the route says of our window, and of timestamps */
static void take_path(struct naru_req *req, const struct dst_entry *dst)
{
	u32 mss = naru_mss_advertised(req->listener, dst, naru_key_is_v4(&req->node.key));
	struct naru_path path;

	naru_path_learn(&path, dst);
	req->ts_usec = req->ts_ok && naru_path_ts_usec(req->listener, dst);
	if (req->ts_ok)
		mss -= NARU_OPT_TS_BYTES;
	req->rcv_wnd = naru_path_clamp(path.window, naru_path_first_window(path.initrwnd, req->rcv_wnd, mss));
	if (path.window && req->wscale_ok)
		req->rcv_wscale = min(req->rcv_wscale, naru_window_scale(path.window));
}

static bool ecn_accepted(const struct naru_req *req, const struct dst_entry *dst)
{
	if (naru_setting(req->nn, ecn) != NARU_ECN_OFF)
		return true;
	return !IS_ERR(dst) && dst_feature(dst, RTAX_FEATURE_ECN);
}

static void put_route(struct dst_entry *dst)
{
	if (!IS_ERR(dst))
		dst_release(dst);
}

/**
 * naru_listen_by_route - what the way to the peer says of a connection whose options are known
 * @req: half-open connection, changed
 *
 * Return: whether ECN is agreed to where the peer asks for it: the setting accepts it, or the route's features do
 * (RFC 3168 6.1.1). Context: softirq, under rcu_read_lock.
 */
bool naru_listen_by_route(struct naru_req *req)
{
	struct dst_entry *dst = req_route(req);
	bool ecn = ecn_accepted(req, dst);

	if (!IS_ERR(dst))
		take_path(req, dst);
	put_route(dst);
	return ecn;
}

/* Return: the route to the peer, or an error */
static struct dst_entry *req_take_syn(struct naru_req *req, const struct sk_buff *skb, const struct naru_seg *syn)
{
	struct dst_entry *dst = req_route(req);

	req->irs = syn->seq;
	req->peer_wnd = syn->wnd;
	naru_listen_options(req, syn);
	if (!IS_ERR(dst))
		take_path(req, dst);
	if (naru_ecn_asked(syn->flags, naru_skb_ecn(skb)))
		req->ecn.ok = ecn_accepted(req, dst);
	return dst;
}

static struct naru_req *req_new(struct sock *listener, const struct sk_buff *skb, const struct naru_key *key,
				u32 isn)
{
	struct naru_req *req = kmem_cache_zalloc(req_cache, GFP_ATOMIC);

	if (!req)
		return NULL;
	req_name(req, listener, skb, key);
	sock_hold(listener);
	spin_lock_init(&req->lock);
	INIT_LIST_HEAD(&req->link);
	timer_setup(&req->timer, req_timer, 0);
	refcount_set(&req->node.ref, 1);
	req->iss = isn ? : naru_secret_isn(key);
	req->sent_us = naru_now_us();
	return req;
}

/* RFC 3168 6.1.1.1: the SYN has come again, and may have given ECN up */
static void answer_again(struct naru_req *req, const struct sk_buff *skb, const struct naru_seg *seg)
{
	if (!naru_ecn_asked(seg->flags, naru_skb_ecn(skb)))
		WRITE_ONCE(req->ecn.plain, true);
	WRITE_ONCE(req->again, true);
	send_again(req);
}

/* To the listener's list, unless it stopped listening meanwhile */
static bool req_link(struct naru_req *req)
{
	struct naru_sock *ls = naru_sk(req->listener);
	bool ok;

	spin_lock(&ls->accept_lock);
	ok = inet_sk_state_load(req->listener) == TCP_LISTEN;
	if (ok)
		list_add_tail(&req->link, &ls->req_list);
	spin_unlock(&ls->accept_lock);
	return ok;
}

/* Into the tables, timer running. The caller's reference stays the caller's. */
static bool req_start(struct naru_req *req)
{
	struct naru_net *nn = req->nn;
	bool ok = false;

	naru_sock_register_node(nn, &req->node, NARU_NODE_REQ);
	atomic_inc(&naru_sk(req->listener)->req_count);
	atomic_inc(&nn->nr_reqs);
	spin_lock(&req->lock);
	if (!naru_demux_insert(nn, &req->node)) {
		ok = req_link(req);
		if (ok) {
			refcount_inc(&req->node.ref);
			mod_timer(&req->timer, jiffies + req_interval(req));
		}
	}
	if (!ok)
		req_finish(req);
	spin_unlock(&req->lock);
	if (!ok)
		naru_demux_remove(nn, &req->node);
	return ok;
}

/* RFC 9293 MUST-63: a SYN that comes from a broadcast address, or from the very port it goes to */
static bool source_invalid(struct naru_net *nn, const struct sk_buff *skb,
			   const struct naru_key *key)
{
	unsigned int type;

	if (key->lport == key->rport && ipv6_addr_equal(&key->laddr, &key->raddr))
		return true;
	if (!naru_key_is_v4(key))
		return ipv6_addr_is_multicast(&key->raddr);
	type = inet_addr_type_dev_table(nn->net, skb->dev, key->raddr.s6_addr32[3]);
	return type == RTN_BROADCAST || type == RTN_MULTICAST;
}

/* NARU_DROP_MAX: the SYN may open a connection */
static enum naru_drop_reason syn_refused(struct sock *listener, const struct sk_buff *skb,
					 const struct naru_key *key, enum naru_cookie_answer answer)
{
	if (source_invalid(naru_net_of(listener), skb, key))
		return NARU_DROP_NOT_FOR_US;
	if (answer == NARU_SYN_REFUSED)
		return NARU_DROP_REQ_OVERFLOW;
	return sk_acceptq_is_full(listener) ? NARU_DROP_LISTEN_OVERFLOW : NARU_DROP_MAX;
}

/* A SYN that is kept */
static void queue_syn(struct sock *listener, struct sk_buff *skb, const struct naru_key *key,
		      const struct naru_seg *seg, u32 isn)
{
	struct naru_req *req = req_new(listener, skb, key, isn);
	struct naru_net *nn = naru_net_of(listener);
	struct dst_entry *dst;

	if (!req) {
		naru_drop(nn, listener, skb, NARU_DROP_NO_MEMORY);
		return;
	}
	req->back = naru_return_route(nn->net, skb);
	dst = req_take_syn(req, skb, seg);
	if (naru_fastopen_syn(req, skb, seg)) {
		put_route(dst);
		naru_listen_req_put(&req->node);
		return;
	}
	if (req_start(req)) {
		naru_listen_synack(req, dst, naru_now_ts(req->ts_usec), true);
		consume_skb(skb);
	} else {
		put_route(dst);
		naru_drop(nn, listener, skb, NARU_DROP_LISTEN_RACE);
	}
	naru_listen_req_put(&req->node);
}

/* One that is not */
static void answer_by_cookie(struct sock *listener, struct sk_buff *skb, const struct naru_key *key,
			     const struct naru_seg *seg)
{
	struct naru_req req = {};

	req_name(&req, listener, skb, key);
	req.back = naru_return_route(req.nn->net, skb);
	naru_syncookie_send(&req, req_take_syn(&req, skb, seg));
	kfree(req.back);
	consume_skb(skb);
}

static void take_syn(struct sock *listener, struct sk_buff *skb, const struct naru_key *key,
		     const struct naru_seg *seg, u32 isn)
{
	struct naru_net *nn = naru_net_of(listener);
	bool full = atomic_read(&naru_sk(listener)->req_count) >= naru_setting(nn, max_syn_backlog);
	enum naru_cookie_answer answer = naru_cookie_decide(naru_setting(nn, syncookies), full, isn);
	enum naru_drop_reason reason = syn_refused(listener, skb, key, answer);

	if (reason != NARU_DROP_MAX)
		naru_drop(nn, listener, skb, reason);
	else if (answer == NARU_SYN_COOKIE)
		answer_by_cookie(listener, skb, key, seg);
	else
		queue_syn(listener, skb, key, seg, isn);
}

static void req_fill(const struct naru_req *req, struct naru_fsm_in *in)
{
	memset(in, 0, sizeof(*in));
	in->state = NARU_SYN_RECEIVED;
	in->iss = req->iss;
	in->snd_una = req->iss;
	in->snd_nxt = req->iss + 1;
	in->rcv_nxt = req->irs + 1;
	in->rcv_wnd = req->rcv_wnd;
	in->snd_wscale = req->snd_wscale;
	in->last_ack_sent = in->rcv_nxt;
	in->ts_ok = req->ts_ok;
	in->ts_valid = req->ts_ok;
	in->ts_usec = req->ts_usec;
	in->ts_recent = req->ts_recent;
	in->receiving = true;
}

static void child_engine(struct sock *child, const struct naru_req *req)
{
	struct naru_sock *ns = naru_sk(child);
	struct naru_seg syn = { .seq = req->irs, .flags = NARU_SYN, .opts = req->opts };

	naru_conn_reset_state(child);
	ns->answers_route = naru_key_is_v4(&req->node.key);
	ns->iss = req->iss;
	ns->snd_una = req->iss;
	ns->snd_up = ns->snd_una;
	ns->snd_nxt = req->iss + 1;
	ns->write_seq = ns->snd_nxt;
	ns->snd_sml = ns->snd_nxt;
	ns->snd_wl1 = req->irs;
	ns->snd_wnd = req->peer_wnd;
	ns->max_window = req->peer_wnd;
	ns->syn_us = req->sent_us;
	ns->irs = req->irs;
	ns->rcv_nxt = req->irs + 1;
	ns->rcv_wup = ns->rcv_nxt;
	ns->copied_seq = ns->rcv_nxt;
	ns->last_ack_sent = ns->rcv_nxt;
	ns->rcv_wnd = req->rcv_wnd;
	ns->rcv_edge = ns->rcv_nxt + ns->rcv_wnd;
	ns->rcv_wscale = req->rcv_wscale;
	ns->ts_offset = req->ts_offset;
	ns->ecn = req->ecn;
	ns->total_retrans = req->retrans;
	/* asked again though it had been answered: TCP_DEFER_ACCEPT */
	ns->syn_again = req->acked;
	if (req->retrans)
		naru_meter_synack(ns, req->retrans, req->again_us);
	ns->ts_ok = req->ts_ok;
	ns->ts_usec = req->ts_usec;
	ns->sack_ok = req->sack_ok;
	ns->wscale_ok = req->wscale_ok;
	syn.opts.tsval = req->ts_recent;
	naru_input_options(child, &syn);
	if (req->rtt_us)
		naru_rtt_sample(&ns->rtt, req->rtt_us, ns->path.rto_min_us ? : naru_setting(req->nn, rto_min_us),
				naru_setting(req->nn, rto_max_ms) * USEC_PER_MSEC);
	naru_path_cong(child);
	ns->last_rcv_us = naru_now_us();
}

/**
 * naru_listen_child_new - a socket for a connection that a listener takes
 * @req: its half-open connection; what it knows of the way back (@back) goes to the socket
 *
 * Context: softirq.
 *
 * Return: the socket in SYN-RECEIVED, locked, with two references (its own and the caller's), in no table; or NULL.
 */
struct sock *naru_listen_child_new(struct naru_req *req)
{
	struct sock *child = sk_clone_lock(req->listener, GFP_ATOMIC);

	if (!child)
		return NULL;
	naru_sock_init_child(child, req->listener);
	naru_sock_set_key(child, &req->node.key);
	child->sk_mark = req->mark;
	if (req->node.key.scope)
		child->sk_bound_dev_if = req->node.key.scope;
	naru_conn_store_state(child, TCP_SYN_RECV);
	naru_port_inherit(child, req->listener);
	if (req->back)
		naru_return_route_use(child, req->back);
	WRITE_ONCE(req->back, NULL);
	child_engine(child, req);
	return child;
}

/**
 * naru_listen_child_discard - a child that no program will see goes
 * @child: from naru_listen_child_new(), which is unlocked; the caller's reference goes
 */
void naru_listen_child_discard(struct sock *child)
{
	__acquire(&child->sk_lock.slock);	/* by sk_clone_lock(), which does not say so */
	atomic_inc(&naru_net_of(child)->nr_orphans);
	sock_set_flag(child, SOCK_DEAD);
	naru_conn_store_state(child, TCP_CLOSE);
	naru_conn_destroy(child);
	bh_unlock_sock(child);
	sock_put(child);
}

/**
 * naru_listen_enqueue - a connection waits for accept(2)
 * @listener: listener, not locked
 * @child: connection, locked; its own reference goes with the queue
 *
 * Return: false if the listener has stopped listening.
 */
bool naru_listen_enqueue(struct sock *listener, struct sock *child)
{
	struct naru_sock *ls = naru_sk(listener);
	bool ok;

	spin_lock(&ls->accept_lock);
	ok = inet_sk_state_load(listener) == TCP_LISTEN;
	if (ok) {
		list_add_tail(&naru_sk(child)->accept_link, &ls->accept_queue);
		sk_acceptq_added(listener);
	}
	spin_unlock(&ls->accept_lock);
	return ok;
}

/* The handshake is complete. req->lock held. Returns the child, locked, or NULL. */
static struct sock *promote(struct naru_req *req)
{
	struct naru_net *nn = req->nn;
	struct sock *child = naru_listen_child_new(req);

	if (!child)
		return NULL;
	if (naru_demux_replace(nn, &req->node, &naru_sk(child)->node)) {
		naru_listen_child_discard(child);
		return NULL;
	}
	req_finish(req);
	if (!naru_listen_enqueue(req->listener, child)) {
		naru_listen_child_discard(child);
		return NULL;
	}
	NARU_INC(nn, PASSIVE_OPENS);
	return child;
}

/* The segment that has made @child, from promote() or cookie_child(), a connection */
static void child_first(struct sock *child, struct sock *listener, struct sk_buff *skb,
			const struct naru_seg *seg)
{
	__acquire(&child->sk_lock.slock);	/* by sk_clone_lock(), which does not say so */
	naru_arrival_note(child, skb);
	naru_input_rcv(child, skb, seg);
	bh_unlock_sock(child);
	listener->sk_data_ready(listener);
	sock_put(child);
}

/* RFC 6298 3 (Karn): by the clock what was sent once, by its timestamp what was sent again */
static void measure(struct naru_req *req, const struct naru_seg *seg)
{
	u64 us = naru_now_us() - req->sent_us;

	if (!READ_ONCE(req->again))
		req->rtt_us = clamp_t(u64, us, 1, UINT_MAX);
	else if (req->ts_ok && (seg->opts.present & NARU_OPT_TS))
		req->rtt_us = naru_rtt_of_echo(naru_now_ts(req->ts_usec) + req->ts_offset, seg->opts.tsecr,
					       req->ts_usec);
}

/*
 * The first ACK of the <SYN,ACK> is measured. True: TCP_DEFER_ACCEPT waits for more. What a later ACK has to do
 * with the handshake's time only the peer knows.
 */
static bool defer(struct naru_req *req, const struct naru_seg *seg)
{
	bool bare = seg->end_seq == req->irs + 1, holds;

	spin_lock(&req->lock);
	if (!req->rtt_us)
		measure(req, seg);
	holds = naru_defer_holds(READ_ONCE(naru_sk(req->listener)->defer_accept), req->timeouts, bare);
	if (holds)
		req->acked = true;
	spin_unlock(&req->lock);
	return holds;
}

/* False: another CPU was first; @skb is the caller's still */
static bool req_complete(struct naru_req *req, struct sk_buff *skb, const struct naru_seg *seg)
{
	struct sock *listener = req->listener;
	struct naru_net *nn = req->nn;
	struct sock *child = NULL;
	bool done, full;

	spin_lock(&req->lock);
	done = req->done;
	full = sk_acceptq_is_full(listener);
	if (!done && !full)
		child = promote(req);
	spin_unlock(&req->lock);
	if (done)
		return false;
	if (!child) {
		if (full && naru_setting(nn, abort_on_overflow)) {
			naru_output_rst_reply(nn, &req->node.key, seg);
			naru_listen_req_dispose(nn, &req->node);
		}
		naru_drop(nn, listener, skb, full ? NARU_DROP_LISTEN_OVERFLOW :
						    NARU_DROP_LISTEN_RACE);
		return true;
	}
	child_first(child, listener, skb, seg);
	return true;
}

/* A cookie has come back: the child, locked, or NULL; *@taken: another CPU was first */
static struct sock *cookie_child(struct naru_req *req, bool *taken)
{
	struct sock *child = naru_listen_child_new(req);
	int err;

	if (!child)
		return NULL;
	err = naru_demux_insert(req->nn, &naru_sk(child)->node);
	*taken = err == -EADDRINUSE;
	if (err || !naru_listen_enqueue(req->listener, child)) {
		naru_listen_child_discard(child);
		return NULL;
	}
	NARU_INC(req->nn, PASSIVE_OPENS);
	return child;
}

/* As req_complete() of what was never in the tables */
static bool cookie_complete(struct naru_req *req, struct sk_buff *skb, const struct naru_seg *seg)
{
	struct sock *child, *listener = req->listener;
	bool taken = false;

	if (sk_acceptq_is_full(listener)) {
		naru_drop(req->nn, listener, skb, NARU_DROP_LISTEN_OVERFLOW);
		return true;
	}
	child = cookie_child(req, &taken);
	if (taken)
		return false;
	if (child)
		child_first(child, listener, skb, seg);
	else
		naru_drop(req->nn, listener, skb, NARU_DROP_LISTEN_RACE);
	return true;
}

/* Nobody's ACK is answered as RFC 9293 3.10.7.2 has it, and so is what else no SYN is */
static void refuse(struct sock *listener, struct sk_buff *skb, const struct naru_key *key,
		   const struct naru_seg *seg, const struct naru_fsm_out *out)
{
	struct naru_net *nn = naru_net_of(listener);

	if (out->actions & NARU_DO_RST)
		naru_output_rst_reply(nn, key, seg);
	naru_drop(nn, listener, skb, naru_input_reason(out->why));
}

/**
 * naru_listen_rcv - a segment for a listener
 * @listener: socket in LISTEN; its lock is not held
 * @skb: data at the segment's header
 * @key: four-tuple, local side first
 * @seg: decoded header
 * @isn: ISS that a TIME-WAIT entry asks for, 0: none
 *
 * Context: softirq, under rcu_read_lock. RFC 9293 3.10.7.2; the number of half-open connections is
 * bounded by max_syn_backlog (RFC 4987 3), and what comes beyond that is answered by SYN cookies (3.6).
 *
 * Return: true, and @skb is consumed; false where another CPU has just made a connection of an ACK with the same
 * cookie: who has the four-tuple is to be looked up again.
 */
bool naru_listen_rcv(struct sock *listener, struct sk_buff *skb, const struct naru_key *key,
		     const struct naru_seg *seg, u32 isn)
{
	struct naru_fsm_out out;

	if ((seg->flags & (NARU_SYN | NARU_ACK | NARU_RST)) == NARU_ACK &&
	    naru_syncookie_expected(listener)) {
		struct naru_req req = {};

		req_name(&req, listener, skb, key);
		if (naru_syncookie_open(&req, seg))
			return cookie_complete(&req, skb, seg);
	}
	trace_naru_receive(sock_net(listener), key, seg->seq, seg->ack, seg->len, seg->flags, seg->wnd,
			   TCP_LISTEN);
	naru_fsm_listen(seg, &out);
	if (out.actions & NARU_DO_SYNACK)
		take_syn(listener, skb, key, seg, isn);
	else
		refuse(listener, skb, key, seg, &out);
	return true;
}

/**
 * naru_listen_req_rcv - a segment for a half-open connection
 * @node: SYN-RECEIVED entry; the caller holds a reference
 * @skb: data at the segment's header
 * @seg: decoded header
 *
 * Context: softirq, under rcu_read_lock. RFC 9293 3.10.7.4 in SYN-RECEIVED.
 *
 * Return: true, and @skb is consumed; false where another CPU has ended the entry meanwhile, most
 * likely by an ACK that made it a connection: who has the four-tuple is to be looked up again.
 */
bool naru_listen_req_rcv(struct naru_node *node, struct sk_buff *skb, const struct naru_seg *seg)
{
	struct naru_req *req = req_of(node);
	struct naru_net *nn = req->nn;
	struct naru_fsm_out out;
	struct naru_fsm_in in;

	req_fill(req, &in);
	naru_fsm_request(&in, seg, &out);
	if ((out.actions & NARU_DO_ESTABLISH) && !defer(req, seg))
		return req_complete(req, skb, seg);
	trace_naru_receive(nn->net, &node->key, seg->seq, seg->ack, seg->len, seg->flags, seg->wnd,
			   TCP_SYN_RECV);
	if (out.actions & NARU_DO_RST)
		naru_output_rst_reply(nn, &node->key, seg);
	if (out.actions & NARU_DO_TS)
		WRITE_ONCE(req->ts_recent, seg->opts.tsval);
	if (out.actions & NARU_DO_SYNACK)
		answer_again(req, skb, seg);
	else if (naru_ack_may_answer(nn, out.actions, &req->challenged))
		send_ack(req);
	if (out.actions & NARU_DO_ABORT) {
		NARU_INC(nn, ATTEMPT_FAILS);
		naru_listen_req_dispose(nn, node);
	}
	if (out.actions & NARU_DO_ESTABLISH)
		naru_drop(nn, req->listener, skb, NARU_DROP_DEFER_ACCEPT);
	else
		naru_drop(nn, req->listener, skb, naru_input_reason(out.why));
	return true;
}

/**
 * naru_listen_req_icmp - a hard ICMP error about our <SYN,ACK>
 * @node: SYN-RECEIVED entry; the caller holds a reference
 * @seq: sequence number quoted
 *
 * RFC 5927 4.1: only the <SYN,ACK>'s own number is believed.
 */
void naru_listen_req_icmp(struct naru_node *node, u32 seq)
{
	struct naru_req *req = req_of(node);

	if (seq != req->iss) {
		NARU_INC(req->nn, ICMP_OUT_OF_WINDOW);
		return;
	}
	NARU_INC(req->nn, ATTEMPT_FAILS);
	naru_listen_req_dispose(req->nn, node);
}

/**
 * naru_listen_req_owner - the listener of a half-open connection
 * @node: SYN-RECEIVED entry; the caller holds a reference, which holds the listener
 *
 * Return: the listener, for filters and policies.
 */
struct sock *naru_listen_req_owner(const struct naru_node *node)
{
	return container_of(node, struct naru_req, node)->listener;
}

/**
 * naru_listen_req_timer - when a <SYN,ACK> is sent again
 * @node: SYN-RECEIVED entry, under RCU
 * @retrans: where the number of retransmissions goes
 *
 * Return: ms.
 */
u32 naru_listen_req_timer(const struct naru_node *node, u8 *retrans)
{
	const struct naru_req *req = container_of(node, struct naru_req, node);
	long left = READ_ONCE(req->timer.expires) - jiffies;

	*retrans = READ_ONCE(req->retrans);
	return left > 0 ? jiffies_to_msecs(left) : 0;
}

/**
 * naru_listen_init - make the cache of SYN-RECEIVED entries
 *
 * Return: 0 or -ENOMEM.
 */
int naru_listen_init(void)
{
	req_cache = KMEM_CACHE(naru_req, SLAB_HWCACHE_ALIGN);
	return req_cache ? 0 : -ENOMEM;
}

/**
 * naru_listen_exit - free the cache; no entry is left
 */
void naru_listen_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(req_cache);
}
