// SPDX-License-Identifier: GPL-2.0
/*
 * Fast Open of connections that this end opens: data with the SYN, RFC 7413 4.2.2, and paths that drop it.
 */
#include <net/dst.h>
#include "naru.h"
#include "trace.h"

#define TS_OPTION_BYTES	12	/* NOP, NOP, TS: what mss_cache leaves room for */

/* RFC 7413 7.1: something drops it, perhaps on the way to every server */
static void pause_all(struct sock *sk)
{
	struct naru_net *nn = naru_net_of(sk);

	if (!naru_setting(nn, fastopen_blackhole_timeout_sec))
		return;
	WRITE_ONCE(nn->fastopen_paused, jiffies);
	atomic_inc(&nn->fastopen_pauses);
	NARU_INC(nn, FASTOPEN_BLACKHOLE);
}

static bool is_paused(struct sock *sk)
{
	struct naru_net *nn = naru_net_of(sk);
	u32 times = atomic_read(&nn->fastopen_pauses);
	u64 pause_s = naru_fastopen_pause(times, naru_setting(nn, fastopen_blackhole_timeout_sec));

	if (!pause_s)
		return false;
	if (time_before(jiffies, READ_ONCE(nn->fastopen_paused) + (unsigned long)(pause_s * HZ)))
		return true;
	naru_sk(sk)->fastopen_resumed = true;
	return false;
}

static enum naru_fastopen_offer choose(struct sock *sk, struct naru_fastopen_path *path)
{
	const struct dst_entry *dst = __sk_dst_get(sk);
	struct naru_net *nn = naru_net_of(sk);
	struct naru_sock *ns = naru_sk(sk);
	enum naru_fastopen_offer offer;
	bool bare;

	naru_fastopen_cache_need(nn);
	naru_fastopen_cache_get(nn, &ns->node.key, path);
	bare = (naru_setting(nn, fastopen) & NARU_FASTOPEN_CLIENT_BARE) || ns->fastopen_no_cookie ||
	       (dst && dst_metric(dst, RTAX_FASTOPEN_NO_COOKIE));
	offer = naru_fastopen_choose(path, is_paused(sk), bare);
	if (offer == NARU_FASTOPEN_ASK)
		ns->fastopen_fail = NARU_FASTOPEN_NO_COOKIE;
	return offer;
}

/**
 * naru_fastopen_defers - whether connect(2) leaves the SYN to the first write
 * @sk: socket with its four-tuple and route set, lock held; process context
 *
 * TCP_FASTOPEN_CONNECT does, where the SYN may have data then.
 */
bool naru_fastopen_defers(struct sock *sk)
{
	struct naru_fastopen_path path;

	if (!naru_sk(sk)->fastopen_connect || naru_sk(sk)->fastopen_req)
		return false;
	return choose(sk, &path) >= NARU_FASTOPEN_BARE;
}

/* What the program writes and the SYN has room for. RFC 7413 4.1.3: by the MSS that the server has announced before */
static struct sk_buff *take_data(struct sock *sk, const struct naru_fastopen_path *path)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_fastopen_req *req = ns->fastopen_req;
	u32 room, mss = path->mss;

	if (!req || req->sent)
		return NULL;
	if (!mss)
		mss = naru_mss_advertised(sk, __sk_dst_get(sk), naru_key_is_v4(&ns->node.key));
	ns->mss_peer = mss;
	room = naru_mss_sync(sk, naru_route_mtu(sk)) + (ns->ts_ok ? TS_OPTION_BYTES : 0);
	room = naru_fastopen_room(room);
	if (room)
		req->copied = naru_stream_copy(sk, req->msg, room);
	return skb_peek(&sk->sk_write_queue);
}

/* The data is in flight, as if it had gone behind the SYN */
static void data_sent(struct sock *sk, struct sk_buff *data)
{
	struct naru_sock *ns = naru_sk(sk);

	NARU_CB(data)->flags |= NARU_PSH;
	__skb_unlink(data, &sk->sk_write_queue);
	__skb_queue_tail(&ns->rtx_queue, data);
	list_add_tail(&NARU_CB(data)->sent, &ns->sent_list);
	ns->snd_nxt = NARU_CB(data)->end_seq;
	ns->snd_sml = ns->snd_nxt;
	ns->syn_data = true;
}

/* -ENOBUFS: it has not gone, and the data waits for the handshake */
static int send_syn(struct sock *sk, struct sk_buff *syn, struct sk_buff *data,
		    const struct naru_cookie *cookie)
{
	struct naru_sock *ns = naru_sk(sk);
	int err;

	ns->syn_cookie = cookie;
	err = data ? naru_xmit_syn_data(sk, syn, data) : naru_xmit_skb(sk, syn);
	ns->syn_cookie = NULL;
	if (err == -ENOBUFS)
		return err;
	ns->syn_fastopen = cookie;
	if (data)
		data_sent(sk, data);
	return err;
}

/**
 * naru_fastopen_connect - the first SYN of a connection that is to use Fast Open
 * @sk: socket in SYN-SENT, lock held; process context
 * @syn: its SYN, in the retransmission queue
 *
 * RFC 7413 4.2.2, "Client: Sending SYN"; 4.2.1 where there is no cookie. When it goes again, it has neither data nor the
 * option.
 */
void naru_fastopen_connect(struct sock *sk, struct sk_buff *syn)
{
	struct naru_fastopen_req *req = naru_sk(sk)->fastopen_req;
	struct naru_fastopen_path path;
	enum naru_fastopen_offer offer = choose(sk, &path);
	const struct naru_cookie *cookie = NULL;
	struct sk_buff *data = NULL;

	if (offer == NARU_FASTOPEN_USE || offer == NARU_FASTOPEN_ASK)
		cookie = &path.cookie;
	if (offer >= NARU_FASTOPEN_BARE)
		data = take_data(sk, &path);
	if (req)
		req->sent = true;
	if (send_syn(sk, syn, data, cookie) == -ENOBUFS && data) {
		path.cookie.len = 0;
		send_syn(sk, syn, NULL, cookie);
	}
}

/* RFC 7413 4.2.2, "Client: Receiving SYN-ACK" step 1 */
static void learn(struct sock *sk, const struct naru_seg *seg, bool left)
{
	const struct naru_opts *o = &seg->opts;
	struct naru_sock *ns = naru_sk(sk);
	const struct naru_cookie *cookie = NULL;

	if (ns->syn_fastopen && (o->present & NARU_OPT_FASTOPEN) && o->cookie.len)
		cookie = &o->cookie;
	naru_fastopen_cache_set(ns->nn, &ns->node.key, ns->mss_peer, cookie,
				naru_fastopen_dropped(ns->total_retrans, cookie, left));
}

/* Data of the SYN was not taken: it goes again at once. No congestion is inferred. */
static void send_again(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	ns->fastopen_fail = ns->total_retrans ? NARU_FASTOPEN_RETRANSMITTED : NARU_FASTOPEN_NOT_ACKED;
	NARU_INC(ns->nn, FASTOPEN_ACTIVE_FAIL);
	naru_rtx_mark_all_lost(sk);
	naru_recov_mtu(&ns->recov, ns->snd_nxt);
}

/**
 * naru_fastopen_answered - the handshake is over, and the SYN had the option or data
 * @sk: socket in ESTABLISHED, lock held, the acknowledgment taken in; what is lost is sent next
 * @seg: the segment, mostly a <SYN,ACK>
 *
 * RFC 7413 4.2.2, "Client: Receiving SYN-ACK".
 */
void naru_fastopen_answered(struct sock *sk, const struct naru_seg *seg)
{
	struct naru_sock *ns = naru_sk(sk);
	bool left = ns->syn_data && !skb_queue_empty(&ns->rtx_queue);

	if (seg->flags & NARU_SYN)
		learn(sk, seg, left);
	if (left) {
		send_again(sk);
	} else if (ns->syn_data) {
		ns->syn_data_acked = true;
		NARU_INC(ns->nn, FASTOPEN_ACTIVE);
	}
}

/**
 * naru_fastopen_timeout - the retransmission timer of a connection fires whose SYN had the option or data
 * @sk: socket, lock held
 * @over: it is given up
 *
 * RFC 7413 7.1: boxes may drop all of a connection for its SYN. As the kernel's, at the third timeout in a row.
 */
void naru_fastopen_timeout(struct sock *sk, bool over)
{
	struct naru_sock *ns = naru_sk(sk);

	if (ns->retransmits != 2 && !(over && ns->retransmits < 2))
		return;
	pause_all(sk);
	NARU_INC(ns->nn, FASTOPEN_ACTIVE_FAIL);
}

/* Nothing has come but a FIN behind data that has not */
static bool only_fin_came(const struct naru_sock *ns)
{
	const struct sk_buff *first = skb_peek(&ns->ooo_queue);

	return !ns->data_segs_in && first && skb_queue_is_last(&ns->ooo_queue, first) &&
	       (NARU_CB(first)->flags & NARU_FIN);
}

/**
 * naru_fastopen_ended - a program closes a connection whose SYN had the option
 * @sk: socket, lock held, its queues as they were
 *
 * RFC 7413 7.1: what came tells whether Fast Open works on the way.
 */
void naru_fastopen_ended(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	if (only_fin_came(ns))
		pause_all(sk);
	else if (ns->data_segs_in && ns->fastopen_resumed && !naru_connect_loops(sk))
		atomic_set(&ns->nn->fastopen_pauses, 0);
}
