// SPDX-License-Identifier: GPL-2.0
/*
 * The flight recorder: a ring of events per connection, made when it opens, kept for a while when it is gone.
 */
#include <linux/slab.h>
#include "recorder.h"

DEFINE_STATIC_KEY_FALSE(naru_recorder_key);

static_assert(sizeof(struct naru_recorder) <= 4096);

/*
 * What went before the recording began: our SYN, or the peer's and what answered it. Of a SYN cookie nobody knows
 * when
 */
static void note_handshake(const struct naru_sock *ns, struct naru_recorder *r, bool passive)
{
	struct naru_seg_note note = { .us = ns->syn_us, .flags = NARU_SYN };

	if (!ns->syn_us)
		return;
	if (passive) {
		note.how = NARU_SEG_IN;
		note.seq = ns->irs;
		note.wnd = min_t(u32, ns->snd_wnd, 65535);
		naru_segs_add(&r->segs, &note);
		note.how = 0;
		note.flags |= NARU_ACK;
		note.ack = ns->irs + 1;
	}
	note.seq = ns->iss;
	note.wnd = min_t(u32, ns->rcv_wnd, 65535);
	naru_segs_add(&r->segs, &note);
}

/**
 * naru_recorder_start - a connection opens: record it, where that is asked for
 * @sk: socket, lock held
 * @passive: the peer has opened it
 *
 * Context: any. Without memory it is not recorded.
 */
void naru_recorder_start(struct sock *sk, bool passive)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_recorder *r;

	naru_recorder_end(sk);
	if (!naru_setting(ns->nn, recorder))
		return;
	r = kmalloc(sizeof(*r), GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT);
	if (!r) {
		NARU_INC(ns->nn, RECORDER_NO_MEMORY);
		return;
	}
	r->key = ns->node.key;
	r->id = ns->node.id;
	r->tw_id = 0;
	r->uid = sk->sk_uid;
	ns->recorded_cwnd = ns->cong.cwnd;
	r->opened_us = naru_now_us();
	r->ended_us = 0;
	r->snd_wscale = ns->snd_wscale;
	r->rcv_wscale = ns->rcv_wscale;
	r->wscale_ok = ns->wscale_ok;
	r->iss = ns->iss;
	r->irs = ns->irs;
	r->ring.next = 0;
	r->segs.next = 0;
	r->segs.kept_next = 0;
	r->segs.sacking = 0;
	r->drops.next = 0;
	ns->recorder = r;
	note_handshake(ns, r, passive);
}

/**
 * naru_recorder_add - an event
 * @sk: socket that is recorded, lock held
 * @what: what
 * @by: and how it was noticed
 * @value: what goes with it
 *
 * Context: any.
 */
void naru_recorder_add(struct sock *sk, enum naru_genl_what what, enum naru_genl_by by, u32 value)
{
	struct naru_sock *ns = naru_sk(sk);
	const struct naru_record event = {
		.us = naru_now_us(),
		.cwnd = ns->cong.cwnd,
		.ssthresh = ns->cong.ssthresh,
		.srtt_us = ns->rtt.srtt8 >> 3,
		.in_flight = naru_rtx_in_flight(ns),
		.snd_wnd = ns->snd_wnd,
		.rcv_wnd = ns->rcv_wnd,
		.value = value,
		.what = what,
		.by = by,
		.state = sk->sk_state,
		.recovery = ns->recov.state,
	};

	ns->recorded_cwnd = event.cwnd;
	naru_ring_add(&ns->recorder->ring, &event);
}

/**
 * naru_recorder_state - the state changes
 * @sk: socket, lock held
 * @old: state before
 * @state: state now, which may be no full socket's any more
 *
 * Context: any. A recording begins with ESTABLISHED, and of two that open simultaneously with SYN-RECEIVED.
 */
void naru_recorder_state(struct sock *sk, u8 old, u8 state)
{
	bool active = old == TCP_SYN_SENT && (state == TCP_ESTABLISHED || state == TCP_SYN_RECV);
	struct naru_recorder *r;

	if (static_branch_unlikely(&naru_recorder_key) &&
	    (active || (state == TCP_ESTABLISHED && !naru_sk(sk)->recorder)))
		naru_recorder_start(sk, !active);
	r = sk->sk_type == SOCK_STREAM ? naru_sk(sk)->recorder : NULL;
	if (!r)
		return;
	naru_recorder_add(sk, NARU_WHAT_STATE, NARU_BY_NONE, old);
	r->ring.event[(r->ring.next - 1) % NARU_RING_EVENTS].state = state;
}

/**
 * naru_recorder_segment - a segment goes, or has come and is looked at
 * @sk: socket that is recorded, lock held
 * @seg: its header
 * @len: bytes of its payload
 * @how: NARU_SEG_IN, or 0
 * @us: when, on naru_now_us()'s clock
 *
 * Context: any.
 */
void naru_recorder_segment(struct sock *sk, const struct naru_seg *seg, u32 len, u8 how, u64 us)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_seg_note note = {
		.us = us,
		.seq = seg->seq,
		.ack = seg->ack,
		.wnd = seg->wnd,
		.len = min_t(u32, len, U16_MAX),
		.flags = seg->flags,
		.how = how,
	};

	if (!(seg->flags & NARU_SYN))
		note.wnd <<= how & NARU_SEG_IN ? ns->snd_wscale : ns->rcv_wscale;
	if (seg->opts.num_sacks)
		note.how |= NARU_SEG_SACK;
	if (!(how & NARU_SEG_IN) && (len || (seg->flags & (NARU_SYN | NARU_FIN))) &&
	    naru_seq_before(seg->seq, ns->snd_nxt))
		note.how |= NARU_SEG_AGAIN;
	naru_segs_add(&ns->recorder->segs, &note);
}

/**
 * naru_recorder_drop - a segment of the peer is not taken
 * @sk: socket that is recorded, lock held
 * @seq: SEG.SEQ
 * @len: bytes of its payload
 * @flags: its NARU_FIN...
 * @reason: why
 *
 * Context: any.
 */
void naru_recorder_drop(struct sock *sk, u32 seq, u32 len, u8 flags, u8 reason)
{
	const struct naru_record_drop drop = {
		.us = naru_now_us(),
		.times = 1,
		.seq = seq,
		.len = min_t(u32, len, U16_MAX),
		.flags = flags,
		.reason = reason,
	};

	naru_record_drops_add(&naru_sk(sk)->recorder->drops, &drop);
}

/* ---- recordings of what is gone ---- */

static void drop_oldest(struct naru_recordings *all)
{
	struct naru_recorder *r = list_first_entry(&all->ended, struct naru_recorder, link);

	list_del(&r->link);
	all->num--;
	kfree(r);
}

static u64 keep_us(const struct naru_net *nn)
{
	return (u64)naru_setting(nn, recorder_time) * USEC_PER_SEC;
}

/* Does nothing where it is to run already */
static void expire_in(struct naru_recordings *all, u64 us)
{
	schedule_delayed_work(&all->work, nsecs_to_jiffies(us * NSEC_PER_USEC) + 1);
}

/* Those whose time is over go; the next time is when the oldest's is */
static void expire(struct work_struct *work)
{
	struct naru_net *nn = container_of(work, struct naru_net, recordings.work.work);
	struct naru_recordings *all = &nn->recordings;
	u64 most = keep_us(nn), age;

	spin_lock_bh(&all->lock);
	while (all->num) {
		age = naru_now_us() - list_first_entry(&all->ended, struct naru_recorder, link)->ended_us;
		if (age < most) {
			expire_in(all, most - age);
			break;
		}
		drop_oldest(all);
	}
	spin_unlock_bh(&all->lock);
}

static void keep(struct naru_net *nn, struct naru_recorder *r)
{
	struct naru_recordings *all = &nn->recordings;
	u32 most = naru_setting(nn, recorder_kept);

	r->ended_us = naru_now_us();
	spin_lock_bh(&all->lock);
	list_add_tail(&r->link, &all->ended);
	all->num++;
	while (all->num > most)
		drop_oldest(all);
	if (all->num)
		expire_in(all, keep_us(nn));
	spin_unlock_bh(&all->lock);
}

/**
 * naru_recorder_end - the connection is gone: its recording is kept for a while
 * @sk: socket, lock held or the last reference
 *
 * Context: any. At most recorder_kept are, for recorder_time.
 */
void naru_recorder_end(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_recorder *r = ns->recorder;

	if (!r)
		return;
	ns->recorder = NULL;
	keep(ns->nn, r);
}

/**
 * naru_recorder_time_wait - the connection goes on as a TIME-WAIT entry
 * @sk: socket, lock held
 * @id: number of the entry, by which the recording is found as well
 *
 * Context: any. To the socket nothing happens any more.
 */
void naru_recorder_time_wait(struct sock *sk, u32 id)
{
	if (naru_sk(sk)->recorder)
		naru_sk(sk)->recorder->tw_id = id;
	naru_recorder_end(sk);
}

static bool copy_live(struct naru_net *nn, u32 id, struct naru_recorder *to)
{
	struct sock *sk = naru_sock_by_id(nn, id);
	const struct naru_recorder *r;

	if (!sk)
		return false;
	lock_sock(sk);
	r = sk->sk_type == SOCK_STREAM ? naru_sk(sk)->recorder : NULL;
	if (r)
		memcpy(to, r, sizeof(*to));
	release_sock(sk);
	sock_put(sk);
	return r;
}

static bool copy_ended(struct naru_net *nn, u32 id, struct naru_recorder *to)
{
	struct naru_recordings *all = &nn->recordings;
	const struct naru_recorder *r;
	bool found = false;

	spin_lock_bh(&all->lock);
	list_for_each_entry_reverse(r, &all->ended, link) {
		found = (r->id == id || r->tw_id == id) && naru_now_us() - r->ended_us < keep_us(nn);
		if (found) {
			memcpy(to, r, sizeof(*to));
			break;
		}
	}
	spin_unlock_bh(&all->lock);
	return found;
}

/**
 * naru_recorder_copy - a recording as it is now
 * @nn: namespace
 * @id: number of the socket, or of a connection's TIME-WAIT entry; of a socket that has connected more than once its
 *	last connection's
 *
 * Context: process, may sleep; takes the socket's lock.
 *
 * Return: for kfree(), or an ERR_PTR: -ENOENT, -ENOMEM.
 */
struct naru_recorder *naru_recorder_copy(struct naru_net *nn, u32 id)
{
	struct naru_recorder *to = kmalloc(sizeof(*to), GFP_KERNEL);

	if (!to)
		return ERR_PTR(-ENOMEM);
	/* what ends meanwhile is kept before it is no socket any more */
	if (copy_live(nn, id, to) || copy_ended(nn, id, to))
		return to;
	kfree(to);
	return ERR_PTR(-ENOENT);
}

/* ---- namespaces ---- */

/**
 * naru_recorder_switch - the setting recorder may have changed
 * @nn: namespace
 *
 * Context: process, may sleep; one at a time. Connections that are recorded go on being so as long as it is on
 * anywhere.
 */
void naru_recorder_switch(struct naru_net *nn)
{
	bool on = naru_setting(nn, recorder);

	if (on == nn->recordings.on)
		return;
	nn->recordings.on = on;
	if (on)
		static_branch_inc(&naru_recorder_key);
	else
		static_branch_dec(&naru_recorder_key);
}

/**
 * naru_recorder_netns_init - a namespace comes
 * @nn: namespace, its settings are set
 *
 * Context: process, may sleep.
 */
void naru_recorder_netns_init(struct naru_net *nn)
{
	spin_lock_init(&nn->recordings.lock);
	INIT_LIST_HEAD(&nn->recordings.ended);
	INIT_DELAYED_WORK(&nn->recordings.work, expire);
	naru_recorder_switch(nn);
}

/**
 * naru_recorder_netns_exit - it goes, and all that it has recorded
 * @nn: namespace without sockets
 *
 * Context: process, may sleep.
 */
void naru_recorder_netns_exit(struct naru_net *nn)
{
	cancel_delayed_work_sync(&nn->recordings.work);
	while (nn->recordings.num)
		drop_oldest(&nn->recordings);
	naru_setting_write(nn, recorder, 0);
	naru_recorder_switch(nn);
}
