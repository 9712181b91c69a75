// SPDX-License-Identifier: GPL-2.0
/*
 * Fast Open at a listener: a SYN that opens its connection, RFC 7413 4.2.2. Such a connection is a full
 * socket in SYN-RECEIVED, which accept(2) gives out; its <SYN,ACK> stands in the retransmission queue.
 */
#include <linux/slab.h>
#include "naru.h"
#include "sock/arrival.h"
#include "trace.h"
#include "tcp/fastopen_listen.h"
#include "tcp/listen.h"

static void put(struct naru_fastopen *f)
{
	if (!refcount_dec_and_test(&f->ref))
		return;
	/* nobody else knows it any more */
	kfree(rcu_dereference_protected(f->keys, true));
	kfree(f);
}

/* RFC 7413 4.2.2 step 2. As the kernel's, before a cookie is made, which costs more */
static bool has_room(struct naru_net *nn, struct naru_fastopen *f)
{
	bool full;

	if (!READ_ONCE(f->queue.max))
		return false;
	spin_lock(&f->lock);
	full = naru_fastopen_full(&f->queue, ktime_get_seconds());
	spin_unlock(&f->lock);
	if (full)
		NARU_INC(nn, FASTOPEN_LISTEN_OVERFLOW);
	return !full;
}

/* The client's address before the server's, as Linux has them */
static u64 mac_of(const struct naru_key *key, const siphash_key_t *secret)
{
	struct in6_addr six[2] = { key->raddr, key->laddr };
	u32 four[2] = {
		(__force u32)key->raddr.s6_addr32[3],
		(__force u32)key->laddr.s6_addr32[3],
	};

	if (naru_key_is_v4(key))
		return siphash(four, sizeof(four), secret);
	return siphash(six, sizeof(six), secret);
}

static void make_macs(const struct naru_req *req, struct naru_fastopen *f, struct naru_fastopen_syn *syn)
{
	const struct naru_fastopen_keys *keys = rcu_dereference(f->keys);
	unsigned int i;

	if (!keys)
		keys = rcu_dereference(req->nn->fastopen_keys);
	if (!keys)
		return;
	syn->keys = keys->num;
	for (i = 0; i < keys->num; i++)
		syn->mac[i] = mac_of(&req->node.key, &keys->key[i]);
}

static bool route_is_bare(const struct naru_req *req)
{
	const struct naru_key *key = &req->node.key;
	struct dst_entry *dst;
	bool bare;

	dst = naru_route_key(req->nn->net, req->listener, key, req->mark,
			     naru_route_tos(req->listener, key));
	if (IS_ERR(dst))
		return false;
	bare = dst_metric(dst, RTAX_FASTOPEN_NO_COOKIE);
	dst_release(dst);
	return bare;
}

static enum naru_fastopen_verdict judge(struct naru_req *req, struct naru_fastopen *f,
					const struct naru_seg *seg)
{
	struct naru_fastopen_syn syn = {
		.bare = (naru_setting(req->nn, fastopen) & NARU_FASTOPEN_SERVER_BARE) ||
			READ_ONCE(naru_sk(req->listener)->fastopen_no_cookie) || route_is_bare(req),
	};

	if (seg->opts.present & NARU_OPT_FASTOPEN)
		syn.cookie = &seg->opts.cookie;
	if (!syn.bare && syn.cookie)
		make_macs(req, f, &syn);
	return naru_fastopen_judge(&syn, &req->opts.cookie);
}

/* Opened, but for the handshake: what a program could see of it is there. False: no memory */
static bool prepare(struct sock *child, struct naru_fastopen *f)
{
	struct naru_sock *ns = naru_sk(child);
	struct sk_buff *synack = naru_output_alloc(child, GFP_ATOMIC);

	if (!synack)
		return false;
	ns->write_seq = ns->iss;
	naru_output_syn(child, synack, NARU_SYN | NARU_ACK | naru_ecn_synack(&ns->ecn));
	/* nothing small is in flight: RFC 9293 3.7.4 does not hold the answer back */
	ns->snd_sml = ns->iss;
	naru_input_transfer(child);
	refcount_inc(&f->ref);
	ns->fastopen_of = f;
	spin_lock(&f->lock);
	f->queue.pending++;
	spin_unlock(&f->lock);
	return true;
}

static void discard(struct sock *child)
{
	naru_fastopen_settle(child, false);
	naru_listen_child_discard(child);
}

/* RFC 7413 4.2.2 step 5: the <SYN,ACK> acknowledges what was taken of the text */
static void answer(struct sock *child, struct sk_buff *skb, const struct naru_seg *seg,
		   const struct naru_cookie *cookie)
{
	struct naru_sock *ns = naru_sk(child);

	if (seg->len) {
		ns->data_segs_in++;
		naru_reasm_data(child, skb, seg);
		ns->syn_data_acked = ns->rcv_nxt != ns->irs + 1;
	} else {
		consume_skb(skb);
	}
	ns->segs_in++;
	ns->syn_cookie = cookie;
	naru_xmit_skb(child, skb_peek(&ns->rtx_queue));
	ns->syn_cookie = NULL;
	naru_timer_rearm(child, true);
}

/* True: the connection is open and @skb consumed; @cookie: for the <SYN,ACK>, or NULL */
static bool open_now(struct naru_req *req, struct naru_fastopen *f, struct sk_buff *skb,
		     const struct naru_seg *seg, const struct naru_cookie *cookie)
{
	struct sock *child = naru_listen_child_new(req);
	struct naru_net *nn = req->nn;

	if (!child)
		return false;
	if (!prepare(child, f)) {
		naru_listen_child_discard(child);
		naru_drop(nn, req->listener, skb, NARU_DROP_NO_MEMORY);
		return true;
	}
	if (naru_demux_insert(nn, &naru_sk(child)->node) ||
	    !naru_listen_enqueue(req->listener, child)) {
		discard(child);
		naru_drop(nn, req->listener, skb, NARU_DROP_LISTEN_RACE);
		return true;
	}
	__acquire(&child->sk_lock.slock);	/* by sk_clone_lock(), which does not say so */
	naru_arrival_note(child, skb);
	answer(child, skb, seg, cookie);
	bh_unlock_sock(child);
	req->listener->sk_data_ready(req->listener);
	sock_put(child);
	NARU_INC(nn, PASSIVE_OPENS);
	NARU_INC(nn, FASTOPEN_PASSIVE);
	return true;
}

static bool obey(struct naru_req *req, struct naru_fastopen *f, struct sk_buff *skb,
		 const struct naru_seg *seg, enum naru_fastopen_verdict verdict)
{
	bool renew = verdict == NARU_FASTOPEN_RENEW;

	if (verdict == NARU_FASTOPEN_NONE)
		return false;
	if (verdict == NARU_FASTOPEN_OPEN || renew) {
		if (open_now(req, f, skb, seg, renew ? &req->opts.cookie : NULL)) {
			if (renew)
				NARU_INC(req->nn, FASTOPEN_PASSIVE_ALT_KEY);
			return true;
		}
		verdict = NARU_FASTOPEN_REFUSE;
	}
	if (verdict == NARU_FASTOPEN_REFUSE)
		NARU_INC(req->nn, FASTOPEN_PASSIVE_FAIL);
	if (seg->opts.present & NARU_OPT_FASTOPEN && req->opts.cookie.len == NARU_FASTOPEN_COOKIE)
		req->opts.present |= NARU_OPT_FASTOPEN;
	return false;
}

/**
 * naru_fastopen_syn - a SYN may open its connection at once
 * @req: half-open connection, complete and in no table; the caller's alone
 * @skb: the SYN, data at its header
 * @seg: its header
 *
 * Context: softirq, under rcu_read_lock. RFC 7413 4.2.2, "Server: Receiving SYN". Where the listener's
 * handshake is to be the usual one, @req's options say which cookie its <SYN,ACK> has.
 *
 * Return: true: @skb is consumed, and @req has done its duty.
 */
bool naru_fastopen_syn(struct naru_req *req, struct sk_buff *skb, const struct naru_seg *seg)
{
	struct naru_fastopen *f = READ_ONCE(naru_sk(req->listener)->fastopen);

	if (seg->opts.present & NARU_OPT_FASTOPEN) {
		req->opts.present &= ~NARU_OPT_FASTOPEN;
		req->opts.cookie.len = 0;
		if (!seg->opts.cookie.len)
			NARU_INC(req->nn, FASTOPEN_COOKIE_REQD);
	}
	if (!f || !naru_fastopen_asked(naru_setting(req->nn, fastopen), seg) || !has_room(req->nn, f))
		return false;
	return obey(req, f, skb, seg, judge(req, f, seg));
}

/**
 * naru_fastopen_settle - a connection that its SYN has opened is pending no more
 * @sk: socket, lock held; any other is left as it is
 * @reset: the peer has reset it: RFC 7413 5.1
 *
 * Its handshake is over, or its life. Any context.
 */
void naru_fastopen_settle(struct sock *sk, bool reset)
{
	struct naru_fastopen *f = naru_sk(sk)->fastopen_of;

	if (!f)
		return;
	WRITE_ONCE(naru_sk(sk)->fastopen_of, NULL);
	spin_lock_bh(&f->lock);
	naru_fastopen_done(&f->queue, reset, ktime_get_seconds());
	spin_unlock_bh(&f->lock);
	put(f);
}

/**
 * naru_fastopen_free - a socket is freed
 * @sk: socket that nobody uses any more
 */
void naru_fastopen_free(struct sock *sk)
{
	naru_fastopen_settle(sk, false);
	if (naru_sk(sk)->fastopen)
		put(naru_sk(sk)->fastopen);
}
