// SPDX-License-Identifier: GPL-2.0
/*
 * Timestamps of streams: when what a program wrote was sent and acknowledged (SO_TIMESTAMPING, by the error queue),
 * and when what it reads came (SO_TIMESTAMP and its kin). As on the kernel's TCP one is for a call's last byte, and the
 * number that SOF_TIMESTAMPING_OPT_ID gives it is that byte's place in the stream.
 */
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/socket.h>
#include <net/scm.h>
#include "naru.h"
#include "stamp.h"

/* What waits to be sent and what is out is told by the new count, as with the kernel's TCP */
static void count_from(struct sock *sk, u32 base)
{
	struct naru_sock *ns = naru_sk(sk);
	u32 shift = ns->stamp_base - base;
	struct sk_buff *skb;

	ns->stamp_base = base;
	if (!shift)
		return;
	skb_queue_walk(&ns->rtx_queue, skb)
		skb_shinfo(skb)->tskey += shift;
	skb_queue_walk(&sk->sk_write_queue, skb)
		skb_shinfo(skb)->tskey += shift;
}

/**
 * naru_stamp_begin - a call that wants timestamps is about to write
 * @sk: connected socket, lock held
 * @tsflags: SOF_TIMESTAMPING_*, of the socket or of the call
 * @early: bytes of it that went with the SYN
 *
 * Where bytes are counted from is known by the first call behind the option: the core sets sk_tskey to 0 when a
 * program asks for numbers, and does not tell. It counts from what is not acknowledged then, or, where asked
 * (SOF_TIMESTAMPING_OPT_ID_TCP), from what is written next.
 */
void naru_stamp_begin(struct sock *sk, u32 tsflags, u32 early)
{
	struct naru_sock *ns = naru_sk(sk);

	if (!(tsflags & SOF_TIMESTAMPING_OPT_ID) || atomic_read(&sk->sk_tskey))
		return;
	atomic_set(&sk->sk_tskey, 1);
	count_from(sk, early || (tsflags & NARU_COMPAT_STAMP_ID_TCP) ? ns->write_seq - early : ns->snd_una);
}

/**
 * naru_stamp_ask - a call has written: its last byte is the one to watch
 * @sk: socket, lock held
 * @tsflags: SOF_TIMESTAMPING_*
 */
void naru_stamp_ask(struct sock *sk, u32 tsflags)
{
	struct naru_sock *ns = naru_sk(sk);
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue) ? : skb_peek_tail(&ns->rtx_queue);
	struct naru_skb_cb *cb;

	if (!skb)
		return;
	cb = NARU_CB(skb);
	sock_tx_timestamp(sk, tsflags, &skb_shinfo(skb)->tx_flags);
	if (tsflags & SOF_TIMESTAMPING_TX_ACK)
		cb->stamp_ack = 1;
	if (tsflags & SOF_TIMESTAMPING_TX_RECORD_MASK)
		skb_shinfo(skb)->tskey = cb->seq - cb->skip + skb->len - 1 - ns->stamp_base;
}

/**
 * naru_stamp_split - an skb of a send queue has been cut in two
 * @ns: socket, lock held
 * @skb: the front
 * @rest: what is behind, whose notes are the front's
 *
 * Who has the byte that is watched goes on watching it.
 */
void naru_stamp_split(const struct naru_sock *ns, struct sk_buff *skb, struct sk_buff *rest)
{
	struct skb_shared_info *sh = skb_shinfo(skb), *rsh = skb_shinfo(rest);
	u8 asked = sh->tx_flags & SKBTX_ANY_TSTAMP;

	if (likely(!asked && !NARU_CB(skb)->stamp_ack))
		return;
	if (naru_seq_before(sh->tskey + ns->stamp_base, NARU_CB(rest)->seq)) {
		NARU_CB(rest)->stamp_ack = 0;
		return;
	}
	sh->tx_flags &= ~asked;
	rsh->tx_flags |= asked;
	rsh->tskey = sh->tskey;
	NARU_CB(skb)->stamp_ack = 0;
}

/**
 * naru_stamp_join - two skbs of a send queue have become one
 * @skb: the one, lock held
 * @next: what was behind it
 */
void naru_stamp_join(struct sk_buff *skb, const struct sk_buff *next)
{
	u8 asked = skb_shinfo(next)->tx_flags & SKBTX_ANY_TSTAMP;

	if (likely(!asked && !NARU_CB(next)->stamp_ack))
		return;
	skb_shinfo(skb)->tx_flags |= asked;
	skb_shinfo(skb)->tskey = skb_shinfo(next)->tskey;
	NARU_CB(skb)->stamp_ack |= NARU_CB(next)->stamp_ack;
}

/**
 * naru_stamp_acked - some of an skb that is watched is acknowledged
 * @sk: socket, lock held
 * @skb: of the retransmission queue, with stamp_ack
 * @ack: SEG.ACK
 *
 * Context: softirq or process.
 */
void naru_stamp_acked(struct sock *sk, struct sk_buff *skb, u32 ack)
{
	if (!naru_seq_before(skb_shinfo(skb)->tskey + naru_sk(sk)->stamp_base, ack))
		return;
	NARU_CB(skb)->stamp_ack = 0;
	__skb_tstamp_tx(skb, NULL, NULL, sk, SCM_TSTAMP_ACK);
}

/**
 * naru_stamp_merge - what has come is added to an skb of a receive queue
 * @to: that skb
 * @from: what has come; its time goes for both
 */
void naru_stamp_merge(struct sk_buff *to, struct sk_buff *from)
{
	if (!from->tstamp && !skb_hwtstamps(from)->hwtstamp)
		return;
	to->tstamp = from->tstamp;
	skb_hwtstamps(to)->hwtstamp = skb_hwtstamps(from)->hwtstamp;
}

/**
 * naru_stamp_take - note when data that is read has come
 * @skb: it
 * @tss: where the times go, for naru_stamp_put()
 *
 * Return: whether it has any.
 */
bool naru_stamp_take(struct sk_buff *skb, struct scm_timestamping_internal *tss)
{
	ktime_t hw = skb_hwtstamps(skb)->hwtstamp;

	if (!skb->tstamp && !hw)
		return false;
	tss->ts[0] = ktime_to_timespec64(skb->tstamp);
	tss->ts[1] = (struct timespec64) {};
	tss->ts[2] = ktime_to_timespec64(hw);
	return true;
}

static bool is_set(const struct timespec64 *ts)
{
	return ts->tv_sec || ts->tv_nsec;
}

/* SO_TIMESTAMPNS, in the width that the program knows */
static void put_ns(struct msghdr *msg, bool wide, const struct timespec64 *ts)
{
	struct __kernel_timespec new = { .tv_sec = ts->tv_sec, .tv_nsec = ts->tv_nsec };
	struct __kernel_old_timespec old = { .tv_sec = ts->tv_sec, .tv_nsec = ts->tv_nsec };

	if (wide)
		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMPNS_NEW, sizeof(new), &new);
	else
		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMPNS_OLD, sizeof(old), &old);
}

/* SO_TIMESTAMP */
static void put_us(struct msghdr *msg, bool wide, const struct timespec64 *ts)
{
	long us = ts->tv_nsec / NSEC_PER_USEC;
	struct __kernel_sock_timeval new = { .tv_sec = ts->tv_sec, .tv_usec = us };
	struct __kernel_old_timeval old = { .tv_sec = ts->tv_sec, .tv_usec = us };

	if (wide)
		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMP_NEW, sizeof(new), &new);
	else
		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMP_OLD, sizeof(old), &old);
}

/* A time is reported where the program asks for reports and, with the filter, for that to be taken at all */
static bool reports(u32 tsflags, u32 report, u32 generate)
{
	return (tsflags & report) && ((tsflags & generate) || !(tsflags & NARU_COMPAT_STAMP_FILTER));
}

/**
 * naru_stamp_put - tell a program when what it has read came
 * @sk: socket
 * @msg: of recvmsg(2), in process context
 * @tss: of the last of it, from naru_stamp_take()
 */
void naru_stamp_put(const struct sock *sk, struct msghdr *msg, struct scm_timestamping_internal *tss)
{
	bool wide = sock_flag(sk, SOCK_TSTAMP_NEW);
	u32 tsflags = READ_ONCE(sk->sk_tsflags);

	if (is_set(&tss->ts[0]) && sock_flag(sk, SOCK_RCVTSTAMP)) {
		if (sock_flag(sk, SOCK_RCVTSTAMPNS))
			put_ns(msg, wide, &tss->ts[0]);
		else
			put_us(msg, wide, &tss->ts[0]);
	}
	if (!reports(tsflags, SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_RX_SOFTWARE))
		tss->ts[0] = (struct timespec64) {};
	if (!reports(tsflags, SOF_TIMESTAMPING_RAW_HARDWARE, SOF_TIMESTAMPING_RX_HARDWARE))
		tss->ts[2] = (struct timespec64) {};
	if (!is_set(&tss->ts[0]) && !is_set(&tss->ts[2]))
		return;
	if (wide)
		put_cmsg_scm_timestamping64(msg, tss);
	else
		put_cmsg_scm_timestamping(msg, tss);
}
