/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flight recorder: what a connection went through, readable while it lives and for a while after it is gone.
 */
#ifndef NARU_RECORDER_H
#define NARU_RECORDER_H

#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/uidgid.h>
#include <linux/naru_genl.h>
#include "naru.h"
#include "record.h"
#include "segs.h"

/**
 * struct naru_recorder - the recording of one connection
 * @link: in naru_recordings.ended, when the connection is gone
 * @key: four-tuple
 * @id: number of the socket
 * @tw_id: number of its TIME-WAIT entry, 0: there was none
 * @uid: owner of the socket
 * @opened_us: when it begins, see naru_recorder_state()
 * @ended_us: when it was gone, 0: it is not
 * @snd_wscale: shift of the peer's window, meaningless without @wscale_ok
 * @rcv_wscale: of ours
 * @wscale_ok: windows are scaled (RFC 7323 2)
 * @iss: what sequence numbers that are sent count from
 * @irs: and those that come
 * @ring: events
 * @segs: segments
 * @drops: segments that were not taken
 *
 * Guarded by the socket lock; of a connection that is gone by naru_recordings.lock.
 */
struct naru_recorder {
	struct list_head link;
	struct naru_key key;
	u32 id, tw_id;
	kuid_t uid;
	u64 opened_us, ended_us;
	u8 snd_wscale, rcv_wscale;
	bool wscale_ok;
	u32 iss, irs;
	struct naru_ring ring;
	struct naru_segs segs;
	struct naru_record_drops drops;
};

/* Some namespace's setting recorder is on */
DECLARE_STATIC_KEY_FALSE(naru_recorder_key);

void naru_recorder_start(struct sock *sk, bool passive);
void naru_recorder_add(struct sock *sk, enum naru_genl_what what, enum naru_genl_by by, u32 value);
void naru_recorder_state(struct sock *sk, u8 old, u8 state);
void naru_recorder_segment(struct sock *sk, const struct naru_seg *seg, u32 len, u8 how, u64 us);
void naru_recorder_drop(struct sock *sk, u32 seq, u32 len, u8 flags, u8 reason);
void naru_recorder_time_wait(struct sock *sk, u32 id);
void naru_recorder_end(struct sock *sk);
struct naru_recorder *naru_recorder_copy(struct naru_net *nn, u32 id);
void naru_recorder_switch(struct naru_net *nn);
void naru_recorder_netns_init(struct naru_net *nn);
void naru_recorder_netns_exit(struct naru_net *nn);

/* An event of @sk, lock held; any context */
static inline void naru_record(struct sock *sk, enum naru_genl_what what, enum naru_genl_by by, u32 value)
{
	if (static_branch_unlikely(&naru_recorder_key) && naru_sk(sk)->recorder)
		naru_recorder_add(sk, what, by, value);
}

static inline bool naru_is_recorded(const struct sock *sk)
{
	return static_branch_unlikely(&naru_recorder_key) && naru_sk(sk)->recorder;
}

/* @seg has come and is looked at, lock held; any context */
static inline void naru_record_in(struct sock *sk, const struct naru_seg *seg)
{
	if (naru_is_recorded(sk))
		naru_recorder_segment(sk, seg, seg->len, NARU_SEG_IN, naru_sk(sk)->last_rcv_us);
}

/* @seg goes, with @len bytes of payload, lock held; any context */
static inline void naru_record_out(struct sock *sk, const struct naru_seg *seg, u32 len, u64 now_us)
{
	if (naru_is_recorded(sk))
		naru_recorder_segment(sk, seg, len, 0, now_us);
}

/* A segment of the peer is not taken, lock held; any context */
static inline void naru_record_drop(struct sock *sk, u32 seq, u32 len, u8 flags, enum naru_drop_reason reason)
{
	if (naru_is_recorded(sk))
		naru_recorder_drop(sk, seq, len, flags, reason);
}

/* The congestion window may have moved: once an ACK */
static inline void naru_record_cwnd(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	if (static_branch_unlikely(&naru_recorder_key) && ns->recorder &&
	    naru_ring_moved(ns->recorded_cwnd, ns->cong.cwnd))
		naru_recorder_add(sk, NARU_WHAT_CWND, NARU_BY_NONE, 0);
}

/* A window has closed or opened */
static inline void naru_record_window(struct sock *sk, u32 was, u32 now, bool ours)
{
	enum naru_genl_what closed = ours ? NARU_WHAT_RCV_CLOSED : NARU_WHAT_SND_CLOSED;

	if (!was != !now)
		naru_record(sk, now ? closed + 1 : closed, NARU_BY_NONE, now);
}

#endif
