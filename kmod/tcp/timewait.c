// SPDX-License-Identifier: GPL-2.0
/*
 * TIME-WAIT in small objects. RFC 9293 3.6.1 (MUST-13, MAY-2), RFC 6191, RFC 1337.
 *
 * References of an entry: one of the demux table, one of the armed timer, one of the user of a
 * lookup. Who takes it out of the table (naru_timewait_kill) sets @done once.
 */
#include "naru.h"
#include "recorder.h"
#include "trace.h"

#define TIMEWAIT_JIFFIES	(60 * HZ)	/* 2 MSL, with the MSL of 30 s that Linux has */
#define ISN_STEP		(65535 + 2)	/* above all that the old connection can have sent */

/**
 * struct naru_tw - a connection in TIME-WAIT
 * @node: in the demux table; node.ref counts references
 * @nn: namespace
 * @port: bound port, a reference of the kind naru_port_get()
 * @timer: 2 MSL
 * @rcu: for the free
 * @done: atomic bit 0: out of the table, or on its way
 * @challenged: jiffies of the last challenge ACK, 0: none
 * @state: what segments are judged by
 * @ts_offset: of our timestamps
 * @mark: firewall mark
 * @rcv_wscale: our shift
 * @tos: type of service or traffic class
 */
struct naru_tw {
	struct naru_node node;
	struct naru_net *nn;
	struct naru_port *port;
	struct timer_list timer;
	struct rcu_head rcu;
	unsigned long done;
	unsigned long challenged;
	struct naru_tw_state state;
	u32 ts_offset;
	u32 mark;
	u8 rcv_wscale, tos;
};

static struct kmem_cache *tw_cache;

static struct naru_tw *tw_of(struct naru_node *node)
{
	return container_of(node, struct naru_tw, node);
}

static void tw_free_rcu(struct rcu_head *head)
{
	kmem_cache_free(tw_cache, container_of(head, struct naru_tw, rcu));
}

/**
 * naru_timewait_put - drop a reference to a TIME-WAIT entry
 * @node: the entry
 */
void naru_timewait_put(struct naru_node *node)
{
	struct naru_tw *tw = tw_of(node);

	if (!refcount_dec_and_test(&node->ref))
		return;
	if (tw->port)
		naru_port_put_tw(tw->port);
	call_rcu(&tw->rcu, tw_free_rcu);
}

/**
 * naru_timewait_kill - end a TIME-WAIT entry before its time
 * @nn: namespace
 * @node: the entry; the caller holds a reference
 *
 * Return: false when somebody else has done so.
 */
bool naru_timewait_kill(struct naru_net *nn, struct naru_node *node)
{
	struct naru_tw *tw = tw_of(node);

	if (test_and_set_bit(0, &tw->done))
		return false;
	if (timer_delete(&tw->timer))
		naru_timewait_put(node);
	atomic_dec(&nn->nr_tw);
	trace_naru_tw_state(nn, node, TCP_TIME_WAIT, TCP_CLOSE);
	/*
	 * The event stands between: who reads the list after it does not find the entry any more, and what takes
	 * the entry's place is told of later.
	 */
	naru_sock_unregister_node(nn, node);
	naru_event_tw(nn, node, TCP_TIME_WAIT, TCP_CLOSE);
	naru_demux_remove(nn, node);
	return true;
}

/**
 * naru_timewait_dispose - end a TIME-WAIT entry at namespace exit
 * @nn: namespace
 * @node: the entry
 *
 * Context: process. The timer can't be armed again afterwards; essay in naru.h, 6.
 */
void naru_timewait_dispose(struct naru_net *nn, struct naru_node *node)
{
	struct naru_tw *tw = tw_of(node);

	refcount_inc(&node->ref);
	if (timer_shutdown_sync(&tw->timer))
		naru_timewait_put(node);
	naru_timewait_kill(nn, node);
	naru_timewait_put(node);
}

static void tw_timer(struct timer_list *t)
{
	struct naru_tw *tw = from_timer(tw, t, timer);

	if (naru_timewait_kill(tw->nn, &tw->node))
		NARU_INC(tw->nn, TW_EXPIRED);
	naru_timewait_put(&tw->node);
}

static struct naru_tw *tw_new(struct naru_net *nn, struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_tw *tw;

	if (READ_ONCE(nn->dying) ||
	    atomic_read(&nn->nr_tw) >= naru_setting(nn, max_tw_buckets))
		return NULL;
	tw = kmem_cache_zalloc(tw_cache, GFP_ATOMIC);
	if (!tw)
		return NULL;
	tw->nn = nn;
	/* the timer's and the creator's; the table takes one of its own */
	refcount_set(&tw->node.ref, 2);
	timer_setup(&tw->timer, tw_timer, TIMER_PINNED);
	tw->node.key = ns->node.key;
	tw->state.rcv_nxt = ns->rcv_nxt;
	tw->state.snd_nxt = ns->snd_nxt;
	tw->state.rcv_wnd = naru_mss_window_left(ns);
	tw->rcv_wscale = ns->rcv_wscale;
	tw->state.ts_ok = ns->ts_ok;
	tw->state.ts_usec = ns->ts_usec;
	tw->state.ts_recent = ns->ts_recent;
	tw->state.ts_recent_stamp = ns->ts_recent_stamp;
	tw->ts_offset = ns->ts_offset;
	tw->mark = READ_ONCE(sk->sk_mark);
	tw->tos = naru_route_tos(sk, &ns->node.key);
	return tw;
}

/**
 * naru_timewait_enter - a connection goes to TIME-WAIT
 * @sk: its full socket, lock held; it is CLOSED afterwards, and gone if it is an orphan
 *
 * Above max_tw_buckets, or without memory, it goes to CLOSED at once and is counted.
 */
void naru_timewait_enter(struct sock *sk)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_sock *ns = naru_sk(sk);
	struct naru_tw *tw = tw_new(nn, sk);
	u8 old = sk->sk_state;
	u32 id;

	if (!tw) {
		NARU_INC(nn, TW_OVERFLOW);
		naru_input_done(sk);
		return;
	}
	if (ns->port)
		tw->port = naru_port_get(ns->port);
	atomic_inc(&nn->nr_tw);
	naru_sock_register_node(nn, &tw->node, NARU_NODE_TW);
	mod_timer(&tw->timer, jiffies + TIMEWAIT_JIFFIES);
	id = tw->node.id;
	NARU_INC(nn, TW_ENTERED);
	trace_naru_tw_state(nn, &tw->node, old, TCP_TIME_WAIT);
	naru_event_tw(nn, &tw->node, old, TCP_TIME_WAIT);
	if (naru_demux_replace(nn, &ns->node, &tw->node))
		naru_timewait_kill(nn, &tw->node);
	naru_timewait_put(&tw->node);
	naru_recorder_state(sk, old, TCP_TIME_WAIT);
	naru_recorder_time_wait(sk, id);
	naru_conn_store_state(sk, TCP_CLOSE);
	naru_input_done(sk);
}

static void tw_ack(struct naru_tw *tw)
{
	struct naru_seg seg = {
		.seq = tw->state.snd_nxt,
		.ack = tw->state.rcv_nxt,
		.flags = NARU_ACK,
		.wnd = min_t(u32, tw->state.rcv_wnd >> tw->rcv_wscale, 65535),
	};

	if (tw->state.ts_ok) {
		seg.opts.present = NARU_OPT_TS;
		seg.opts.tsval = naru_now_ts(tw->state.ts_usec) + tw->ts_offset;
		seg.opts.tsecr = tw->state.ts_recent;
	}
	naru_bare_send(tw->nn, NULL, &tw->node.key, &seg, tw->mark, tw->tos);
}

static void fill(struct naru_net *nn, const struct naru_tw_state *state, struct naru_fsm_in *in)
{
	memset(in, 0, sizeof(*in));
	in->state = NARU_TIME_WAIT;
	in->snd_una = state->snd_nxt;
	in->snd_nxt = state->snd_nxt;
	in->rcv_nxt = state->rcv_nxt;
	in->rcv_wnd = state->rcv_wnd;
	in->last_ack_sent = state->rcv_nxt;
	in->ts_ok = state->ts_ok;
	in->ts_valid = state->ts_recent_stamp != 0;
	in->ts_usec = state->ts_usec;
	in->ts_recent = state->ts_recent;
	in->ts_recent_age_s = (u32)ktime_get_seconds() - state->ts_recent_stamp;
	in->fin_acked = true;
	in->rfc1337 = naru_setting(nn, rfc1337);
}

/* Above all that the old connection can have sent, and not 0, which stands for none */
static u32 isn_after(const struct naru_tw_state *state)
{
	return state->snd_nxt + ISN_STEP ?: 1;
}

/**
 * naru_timewait_reopens - whether a segment for a TIME-WAIT of the kernel's TCP opens a connection of naru's
 * @nn: namespace
 * @state: of that entry
 * @seg: decoded header
 *
 * RFC 9293 MAY-2. Context: softirq.
 *
 * Return: the ISS that the new connection has to use, 0: it opens none.
 */
u32 naru_timewait_reopens(struct naru_net *nn, const struct naru_tw_state *state,
			  const struct naru_seg *seg)
{
	struct naru_fsm_out out;
	struct naru_fsm_in in;

	fill(nn, state, &in);
	naru_fsm_time_wait(&in, seg, &out);
	return out.actions & NARU_DO_NEW ? isn_after(state) : 0;
}

/**
 * naru_timewait_rcv - a segment for a connection in TIME-WAIT
 * @node: the entry; the caller holds a reference
 * @skb: data at the segment's header
 * @seg: decoded header
 * @isn: where the ISS goes that a new connection has to use; NULL: nobody listens there
 *
 * Return: true when the segment is a SYN that opens a new connection: the entry is gone and @skb
 * still the caller's. Otherwise @skb is consumed. Context: softirq, under rcu_read_lock.
 */
bool naru_timewait_rcv(struct naru_node *node, struct sk_buff *skb, const struct naru_seg *seg,
		       u32 *isn)
{
	struct naru_tw *tw = tw_of(node);
	struct naru_net *nn = tw->nn;
	struct naru_fsm_out out;
	struct naru_fsm_in in;

	fill(nn, &tw->state, &in);
	naru_fsm_time_wait(&in, seg, &out);
	if ((out.actions & NARU_DO_NEW) && !isn)
		out.actions = NARU_DO_CHALLENGE;
	if (out.actions & NARU_DO_NEW) {
		*isn = isn_after(&tw->state);
		if (naru_timewait_kill(nn, node))
			NARU_INC(nn, TW_REUSED);
		return true;
	}
	trace_naru_receive(nn->net, &node->key, seg->seq, seg->ack, seg->len, seg->flags, seg->wnd,
			   TCP_TIME_WAIT);
	if (naru_ack_may_answer(nn, out.actions, &tw->challenged))
		tw_ack(tw);
	if (out.actions & NARU_DO_RST)
		naru_output_rst_reply(nn, &node->key, seg);
	if (out.actions & NARU_DO_TW_RESTART)
		mod_timer_pending(&tw->timer, jiffies + TIMEWAIT_JIFFIES);
	if (out.actions & NARU_DO_ABORT)
		naru_timewait_kill(nn, node);
	naru_drop(nn, NULL, skb, NARU_DROP_TIME_WAIT);
	return false;
}

static bool on_loopback(const struct naru_key *key)
{
	if (naru_key_is_v4(key))
		return ipv4_is_loopback(key->raddr.s6_addr32[3]) ||
		       ipv4_is_loopback(key->laddr.s6_addr32[3]);
	return ipv6_addr_loopback(&key->raddr) || ipv6_addr_loopback(&key->laddr);
}

/**
 * naru_timewait_reusable - whether a connect(2) may have the four-tuple of a TIME-WAIT entry
 * @nn: namespace
 * @node: the entry; the caller holds a reference
 * @ts_usec: the new connection's timestamps tick in µs
 *
 * Allowed by the setting tw_reuse (1: always, 2: on loopback) where timestamps tell old segments from new ones and a
 * second has passed. Of clocks that do not tick alike they tell nothing (RFC 7323 5.4). Any context.
 *
 * Return: whether it may.
 */
bool naru_timewait_reusable(struct naru_net *nn, struct naru_node *node, bool ts_usec)
{
	int reuse = naru_setting(nn, tw_reuse);
	struct naru_tw *tw = tw_of(node);

	if (!reuse || (reuse == 2 && !on_loopback(&node->key)))
		return false;
	return tw->state.ts_ok && tw->state.ts_usec == ts_usec && tw->state.ts_recent_stamp &&
	       (u32)ktime_get_seconds() - tw->state.ts_recent_stamp > 1;
}

/**
 * naru_timewait_reuse - a connect(2) wants the four-tuple of a TIME-WAIT entry
 * @nn: namespace
 * @node: the entry; the caller holds a reference
 * @sk: socket that connects, lock held
 *
 * Return: true: the entry is gone and @sk has what it needs of it.
 */
bool naru_timewait_reuse(struct naru_net *nn, struct naru_node *node, struct sock *sk)
{
	struct naru_tw *tw = tw_of(node);
	struct naru_sock *ns = naru_sk(sk);

	if (!naru_timewait_reusable(nn, node, ns->ts_usec))
		return false;
	if (!naru_timewait_kill(nn, node))
		return false;
	ns->write_seq = (tw->state.snd_nxt + ISN_STEP) ? : 1;
	ns->ts_recent = tw->state.ts_recent;
	ns->ts_recent_stamp = tw->state.ts_recent_stamp;
	NARU_INC(nn, TW_REUSED);
	return true;
}

/**
 * naru_timewait_remaining - how long TIME-WAIT still lasts
 * @node: the entry, under RCU
 *
 * Return: ms.
 */
u32 naru_timewait_remaining(const struct naru_node *node)
{
	const struct naru_tw *tw = container_of(node, struct naru_tw, node);
	long left = READ_ONCE(tw->timer.expires) - jiffies;

	return left > 0 ? jiffies_to_msecs(left) : 0;
}

/**
 * naru_timewait_init - make the cache of TIME-WAIT entries
 *
 * Return: 0 or -ENOMEM.
 */
int naru_timewait_init(void)
{
	tw_cache = KMEM_CACHE(naru_tw, SLAB_HWCACHE_ALIGN);
	return tw_cache ? 0 : -ENOMEM;
}

/**
 * naru_timewait_exit - free the cache; no entry is left
 */
void naru_timewait_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(tw_cache);
}
