// SPDX-License-Identifier: GPL-2.0
/*
 * State changes, told to who listens.
 */
#include "genl.h"
#include "trace.h"

/* Numbers are given and messages sent in one order. A leaf, taken only while somebody listens. */
static DEFINE_SPINLOCK(event_lock);

/* The family is registered; written under event_lock */
static bool enabled;

static int put_event(struct sk_buff *msg, const struct naru_key *key, const struct naru_node *node,
		     u8 old_state, u8 new_state)
{
	int err = naru_genl_sock_base(msg, key, node->id, node->kind, new_state);

	if (err)
		return err;
	if (nla_put_u8(msg, NARU_SOCK_OLD_STATE, old_state) ||
	    nla_put_u64_64bit(msg, NARU_SOCK_TIME, ktime_get_real_ns(), NARU_SOCK_PAD))
		return -EMSGSIZE;
	return 0;
}

/* The message but for its number, or NULL */
static struct sk_buff *make_event(const struct naru_key *key, const struct naru_node *node,
				  u8 old_state, u8 new_state, u32 seq)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	void *hdr;

	if (!msg)
		return NULL;
	hdr = genlmsg_put(msg, 0, 0, &naru_genl_family, 0, NARU_CMD_SOCK_EVENT);
	if (!hdr || nla_put_u32(msg, NARU_SOCK_SEQ, seq) ||
	    put_event(msg, key, node, old_state, new_state)) {
		nlmsg_free(msg);
		return NULL;
	}
	genlmsg_end(msg, hdr);
	return msg;
}

/* An event that cannot be sent uses up its number, so that listeners see the gap */
static void send_event(struct naru_net *nn, const struct naru_key *key,
		       const struct naru_node *node, u8 old_state, u8 new_state)
{
	struct sk_buff *msg = NULL;
	int err = 0;

	spin_lock_bh(&event_lock);
	if (enabled) {
		msg = make_event(key, node, old_state, new_state,
				 atomic_inc_return(&nn->event_seq));
		err = -ENOMEM;
	}
	if (msg)
		err = genlmsg_multicast_netns(&naru_genl_family, nn->net, msg, 0,
					      NARU_GENL_MCGRP_SOCK, GFP_ATOMIC);
	spin_unlock_bh(&event_lock);
	if (err && err != -ESRCH)
		NARU_INC(nn, EVENTS_LOST);
}

static bool has_listeners(const struct naru_net *nn)
{
	return naru_event_wanted(nn, NARU_GENL_MCGRP_SOCK);
}

/**
 * naru_event_enable() - events may be sent, or may not any more
 * @on: the family is registered
 *
 * Process context; may sleep. With false, no event is being sent when it returns: TIME-WAIT entries
 * and mappings outlive the family.
 */
void naru_event_enable(bool on)
{
	spin_lock_bh(&event_lock);
	WRITE_ONCE(enabled, on);
	spin_unlock_bh(&event_lock);
	if (!on)
		synchronize_rcu();
}

/**
 * naru_event_seq() - the number of the last event of sockets
 * @nn: namespace
 *
 * Process context. Whoever listens has got the events up to that number, or lost them.
 *
 * Return: the number, 0 before the first.
 */
u32 naru_event_seq(struct naru_net *nn)
{
	u32 seq;

	spin_lock_bh(&event_lock);
	seq = atomic_read(&nn->event_seq);
	spin_unlock_bh(&event_lock);
	return seq;
}

/**
 * naru_event_wanted() - may events be sent, and does anybody listen?
 * @nn: namespace
 * @group: enum naru_genl_mcgrp
 *
 * Any context. True holds to the end of the RCU read-side section that it is called in.
 */
bool naru_event_wanted(const struct naru_net *nn, unsigned int group)
{
	return READ_ONCE(enabled) && genl_has_listeners(&naru_genl_family, nn->net, group);
}

/**
 * naru_event_sock() - a full socket's state has changed
 * @sk: naru socket
 * @old_state: enum naru_state before
 * @new_state: enum naru_state now
 *
 * Process context or softirq, socket lock held. Nothing but a test when nobody listens.
 */
void naru_event_sock(struct sock *sk, u8 old_state, u8 new_state)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_key key;

	if (!has_listeners(nn))
		return;
	naru_trace_key(sk, &key);
	send_event(nn, &key, &naru_sk(sk)->node, old_state, new_state);
}

/**
 * naru_event_tw() - a SYN-RECEIVED or TIME-WAIT entry came or went
 * @nn: namespace
 * @node: the entry
 * @old_state: enum naru_state before
 * @new_state: enum naru_state now
 *
 * Process context or softirq. Nothing but a test when nobody listens.
 */
void naru_event_tw(struct naru_net *nn, const struct naru_node *node, u8 old_state, u8 new_state)
{
	if (has_listeners(nn))
		send_event(nn, &node->key, node, old_state, new_state);
}
