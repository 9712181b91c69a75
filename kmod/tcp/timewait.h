/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TIME-WAIT, RFC 9293 3.10.7.5: timewait.c.
 */
#ifndef NARU_TIMEWAIT_H
#define NARU_TIMEWAIT_H

#include "../naru.h"

/**
 * struct naru_tw_state - what segments for a connection in TIME-WAIT are judged by, naru's or the kernel's
 * @rcv_nxt: RCV.NXT
 * @snd_nxt: SND.NXT
 * @rcv_wnd: RCV.WND, bytes
 * @ts_recent: TS.Recent
 * @ts_recent_stamp: second it was taken, 0: none
 * @ts_ok: timestamps were agreed on
 * @ts_usec: they tick in µs
 */
struct naru_tw_state {
	u32 rcv_nxt, snd_nxt, rcv_wnd;
	u32 ts_recent, ts_recent_stamp;
	bool ts_ok, ts_usec;
};

void naru_timewait_enter(struct sock *sk);	/* frees the full socket's place to a small object */
/* returns true when skb (a SYN) is to be handled as if there were no connection; then the node is
 * gone. Otherwise skb is consumed.
 */
bool naru_timewait_rcv(struct naru_node *node, struct sk_buff *skb, const struct naru_seg *seg,
		       u32 *isn);
u32 naru_timewait_reopens(struct naru_net *nn, const struct naru_tw_state *state,
			  const struct naru_seg *seg);
bool naru_timewait_reusable(struct naru_net *nn, struct naru_node *node, bool ts_usec);
bool naru_timewait_reuse(struct naru_net *nn, struct naru_node *node, struct sock *sk); /* connect */
void naru_timewait_put(struct naru_node *node);
void naru_timewait_dispose(struct naru_net *nn, struct naru_node *node);	/* essay, 6 */
bool naru_timewait_kill(struct naru_net *nn, struct naru_node *node);
u32 naru_timewait_remaining(const struct naru_node *node);	/* ms */
int naru_timewait_init(void);
void naru_timewait_exit(void);

#endif
