/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NARU_LISTEN_H
#define NARU_LISTEN_H

#include "naru.h"

/**
 * struct naru_req - a half-open connection
 * @node: in the demux table; node.ref counts references
 * @nn: namespace
 * @listener: a reference is held
 * @link: in the listener's req_list, under its accept_lock
 * @timer: retransmits the <SYN,ACK>
 * @rcu: for the free
 * @lock: guards @done, @timeouts, @retrans, @again_us, @acked, @rtt_us and arming @timer
 * @done: out of the table, or on its way
 * @timeouts: how often @timer has fired
 * @retrans: <SYN,ACK>s that it has sent again
 * @again: a <SYN,ACK> has gone again, for whatever reason: which one an ACK is for nobody knows (RFC 6298 3)
 * @acked: the handshake is complete, and data is waited for (TCP_DEFER_ACCEPT)
 * @again_us: when the first was, while @retrans
 * @challenged: jiffies of the last challenge ACK, 0: none
 * @iss: ISS
 * @irs: IRS
 * @rtt_us: round-trip time of the handshake, µs, 0: not measured
 * @sent_us: when the first <SYN,ACK> was sent
 * @rcv_wnd: bytes announced
 * @peer_wnd: SEG.WND of the SYN
 * @ts_recent: TSval of the SYN
 * @ts_offset: of our timestamps
 * @mark: firewall mark of what is sent
 * @rcv_wscale: our shift
 * @snd_wscale: the peer's
 * @wscale_ok: window scaling agreed on
 * @ts_ok: timestamps agreed on
 * @ts_usec: they tick in µs
 * @sack_ok: SACK agreed on
 * @ecn: ECN, as far as the SYNs that have come agree on it
 * @back: the way back, where the SYN has come by a source route, until the connection has it
 * @opts: the SYN's options; a Fast Open cookie is the one that the first <SYN,ACK> gives
 */
struct naru_req {
	struct naru_node node;
	struct naru_net *nn;
	struct sock *listener;
	struct list_head link;
	struct timer_list timer;
	struct rcu_head rcu;
	spinlock_t lock;
	bool done, again, acked;
	u8 timeouts, retrans;
	u64 again_us;
	unsigned long challenged;
	u32 iss, irs, rcv_wnd, peer_wnd;
	u32 rtt_us;
	u64 sent_us;
	u32 ts_recent, ts_offset;
	u32 mark;
	u8 rcv_wscale, snd_wscale;
	bool wscale_ok, ts_ok, ts_usec, sack_ok;
	struct naru_ecn ecn;
	struct ip_options_rcu *back;
	struct naru_opts opts;
};

/* listen.c */
void naru_listen_options(struct naru_req *req, const struct naru_seg *syn);
bool naru_listen_by_route(struct naru_req *req);
void naru_listen_synack(struct naru_req *req, struct dst_entry *dst, u32 ts, bool first);
struct sock *naru_listen_child_new(struct naru_req *req);
void naru_listen_child_discard(struct sock *child);
bool naru_listen_enqueue(struct sock *listener, struct sock *child);

/* syncookie.c */
void naru_syncookie_send(struct naru_req *req, struct dst_entry *dst);
bool naru_syncookie_expected(const struct sock *listener);
bool naru_syncookie_open(struct naru_req *req, const struct naru_seg *seg);

#endif
