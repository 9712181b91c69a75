// SPDX-License-Identifier: GPL-2.0
/*
 * send(2) and its kin: what programs write goes into page fragments of write-queue skbs, whose
 * linear part is left to headers. RFC 9293 3.10.2.
 */
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include "naru.h"
#include "option.h"
#include "sock.h"
#include "stamp.h"

/* A call of sendmsg() on its way */
struct writer {
	struct sock *sk;
	struct msghdr *msg;
	struct ubuf_info *ubuf;	/* who is told when pages of MSG_ZEROCOPY are free again */
	long timeo;
	u32 goal;	/* bytes that an skb should grow to */
	u32 tsflags;	/* SOF_TIMESTAMPING_* that the call asks for */
	int copied;
	int since_flush;	/* skbs since the backlog was looked at */
	bool pages;	/* splice() and sendfile(): @msg is pages to take over */
	bool zerocopy;	/* and here it is memory of the program, that stays its own */
};

#define FLUSH_EVERY	16	/* skbs: a long write must not starve the backlog */

static void update_goal(struct writer *w)
{
	u32 mss;

	w->goal = naru_output_size_goal(w->sk, &mss);
	/* urgent data goes in segments, see naru_urg_most() */
	if (w->msg->msg_flags & MSG_OOB)
		w->goal = mss;
}

/* A tail that got no bytes would be sent as an empty segment */
static void drop_empty_tail(struct sock *sk)
{
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

	if (!skb || skb->len || (NARU_CB(skb)->flags & (NARU_SYN | NARU_FIN)))
		return;
	__skb_unlink(skb, &sk->sk_write_queue);
	naru_output_skb_free(sk, skb);
}

static struct sk_buff *new_tail(struct writer *w)
{
	struct sock *sk = w->sk;
	struct sk_buff *skb;

	if (!sk_stream_memory_free(sk))
		return NULL;
	skb = naru_output_alloc(sk, sk->sk_allocation);
	if (!skb)
		return NULL;
	naru_output_entail(sk, skb);
	w->since_flush++;
	return skb;
}

/* The skb to go on with, NULL for lack of memory. What has not gone yet is added to: RFC 9293 3.9.1.2
 * (MAY-16).
 */
static struct sk_buff *tail(struct writer *w)
{
	struct sk_buff *skb = skb_peek_tail(&w->sk->sk_write_queue);

	if (skb && !NARU_CB(skb)->eor && skb->len < w->goal)
		return skb;
	return new_tail(w);
}

/* A PSH that this write follows is no end any more: RFC 9293 3.9.1.2 (SHLD-27) */
static void grew(struct writer *w, struct sk_buff *skb, int bytes)
{
	if (!w->copied)
		NARU_CB(skb)->flags &= ~NARU_PSH;
	NARU_CB(skb)->end_seq += bytes;
	WRITE_ONCE(naru_sk(w->sk)->write_seq, naru_sk(w->sk)->write_seq + bytes);
	w->copied += bytes;
}

/* Bytes copied, -EMSGSIZE where @skb has no room for another fragment, -ENOMEM, -EFAULT */
static int copy_in(struct writer *w, struct sk_buff *skb, int max)
{
	struct sock *sk = w->sk;
	struct page_frag *frag = sk_page_frag(sk);
	int n = skb_shinfo(skb)->nr_frags;
	bool merge;
	int err;

	if (!sk_page_frag_refill(sk, frag))
		return -ENOMEM;
	merge = skb_can_coalesce(skb, n, frag->page, frag->offset);
	if (!merge && n >= MAX_SKB_FRAGS)
		return -EMSGSIZE;
	/* io_uring's pages have had no reference of ours */
	skb_zcopy_downgrade_managed(skb);
	max = min_t(int, max, frag->size - frag->offset);
	if (!sk_wmem_schedule(sk, max))
		return -ENOMEM;
	err = skb_copy_to_page_nocache(sk, &w->msg->msg_iter, skb, frag->page, frag->offset, max);
	if (err)
		return err;
	if (merge) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[n - 1], max);
	} else {
		skb_fill_page_desc(skb, n, frag->page, frag->offset, max);
		page_ref_inc(frag->page);
	}
	frag->offset += max;
	return max;
}

/* The same for pages that come by splice() or sendfile() */
static int splice_in(struct writer *w, struct sk_buff *skb, int max)
{
	struct sock *sk = w->sk;
	int taken;

	if (!sk_wmem_schedule(sk, max))
		return -ENOMEM;
	taken = naru_compat_splice(skb, w->msg, max, sk->sk_allocation);
	if (taken > 0) {
		sk_wmem_queued_add(sk, taken);
		sk_mem_charge(sk, taken);
	}
	return taken;
}

/* And for the program's own memory. An skb has one to be told of its end */
static int zerocopy_in(struct writer *w, struct sk_buff *skb, int max)
{
	int taken;

	if (!sk_wmem_schedule(w->sk, max))
		return -ENOMEM;
	taken = skb_zerocopy_iter_stream(w->sk, skb, w->msg, max, w->ubuf);
	return taken == -EEXIST ? -EMSGSIZE : taken;
}

static int take_in(struct writer *w, struct sk_buff *skb, int max)
{
	if (w->pages)
		return splice_in(w, skb, max);
	return w->zerocopy ? zerocopy_in(w, skb, max) : copy_in(w, skb, max);
}

/* 0 when the message or an skb is full, else a negative errno; -ENOMEM: wait */
static int fill_one(struct writer *w)
{
	struct sk_buff *skb = tail(w);
	int n;

	if (!skb)
		return -ENOMEM;
	while (msg_data_left(w->msg) && skb->len < w->goal) {
		n = min_t(size_t, w->goal - skb->len, msg_data_left(w->msg));
		n = take_in(w, skb, n);
		if (n == -EMSGSIZE) {
			NARU_CB(skb)->eor = 1;
			return 0;
		}
		if (n < 0)
			return n;
		grew(w, skb, n);
	}
	return 0;
}

/* RFC 9293 3.10.2: all that this call has written is urgent */
static void mark_urgent(struct writer *w)
{
	struct naru_sock *ns = naru_sk(w->sk);

	if (w->msg->msg_flags & MSG_OOB)
		ns->snd_up = ns->write_seq;
}

static int wait_for_room(struct writer *w)
{
	struct sock *sk = w->sk;
	int err;

	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	drop_empty_tail(sk);
	/* what sendpage() has left to its next call may be what fills the buffer */
	if (w->copied || w->pages) {
		mark_urgent(w);
		naru_output_push(sk, naru_sk(sk)->nonagle | NARU_NAGLE_PUSH);
	}
	err = sk_stream_wait_memory(sk, &w->timeo);
	if (!err)
		update_goal(w);
	return err;
}

static bool closed(const struct sock *sk)
{
	return sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN);
}

static int write_all(struct writer *w)
{
	struct sock *sk = w->sk;
	int err;

	while (msg_data_left(w->msg)) {
		if (closed(sk))
			return -EPIPE;
		err = fill_one(w);
		if (err == -ENOMEM)
			err = wait_for_room(w);
		if (err)
			return err;
		if (!msg_data_left(w->msg))
			break;
		/* urgent data goes when the pointer says where it ends */
		if (!(w->msg->msg_flags & MSG_OOB))
			naru_output_written(sk, naru_sk(sk)->nonagle);
		if (w->since_flush >= FLUSH_EVERY) {
			w->since_flush = 0;
			if (sk_flush_backlog(sk)) {
				naru_batch_flush(sk);
				update_goal(w);
			}
		}
	}
	return closed(sk) && !w->copied ? -EPIPE : 0;
}

/* RFC 9293 3.9.1.2: what a program has written to the end is pushed (MUST-61), unless it says that there
 * is more (MAY-15). An ACK does not send what is short of a segment then, either.
 */
static void push_end(struct writer *w)
{
	struct sk_buff *skb = skb_peek_tail(&w->sk->sk_write_queue);
	bool more = w->msg->msg_flags & MSG_MORE;
	u8 nonagle = naru_sk(w->sk)->nonagle;

	if (unlikely(w->tsflags))
		naru_stamp_ask(w->sk, w->tsflags);
	if (w->pages && naru_compat_more_pages(w->msg))
		return;
	if (skb) {
		NARU_CB(skb)->more = more && (!w->pages || naru_compat_splice_ends());
		if (!more)
			NARU_CB(skb)->flags |= NARU_PSH;
		if (w->msg->msg_flags & MSG_EOR)
			NARU_CB(skb)->eor = 1;
	}
	mark_urgent(w);
	naru_output_written(w->sk, more ? nonagle | NARU_NAGLE_CORK : nonagle);
}

/* Who has no connection hears of that first */
static int check_call(struct writer *w)
{
	struct sockcm_cookie cookie;
	struct sock *sk = w->sk;

	w->tsflags = READ_ONCE(sk->sk_tsflags);
	if (w->msg->msg_controllen) {
		sockcm_init(&cookie, sk);
		if (sock_cmsg_send(sk, w->msg, &cookie))
			return naru_option_cmsg(sk, w->msg, 0, -EINVAL);
		w->tsflags = cookie.tsflags;
	}
	return 0;
}

/* MSG_ZEROCOPY: each call with bytes has a number of its own, by which the program is told. A route that cannot
 * gather has a copy made.
 */
static int begin_zerocopy(struct writer *w)
{
	struct msghdr *msg = w->msg;
	struct sock *sk = w->sk;
	bool gathers;

	if (!(msg->msg_flags & MSG_ZEROCOPY) || !msg_data_left(msg))
		return 0;
	gathers = sk->sk_route_caps & NETIF_F_SG;
	if (msg->msg_ubuf) {
		w->ubuf = msg->msg_ubuf;
	} else if (sock_flag(sk, SOCK_ZEROCOPY)) {
		w->ubuf = msg_zerocopy_realloc(sk, msg_data_left(msg),
					       skb_zcopy(skb_peek_tail(&sk->sk_write_queue)));
		if (!w->ubuf)
			return -ENOBUFS;
		if (!gathers)
			uarg_to_msgzc(w->ubuf)->zerocopy = 0;
	}
	w->zerocopy = w->ubuf && gathers;
	return 0;
}

/* A call that has failed has no number. io_uring's own is its own to put */
static void end_zerocopy(struct writer *w, bool failed)
{
	if (!w->ubuf || w->msg->msg_ubuf)
		return;
	if (failed)
		net_zcopy_put_abort(w->ubuf, true);
	else
		net_zcopy_put(w->ubuf);
}

static int wait_until_open(struct sock *sk, long *timeo)
{
	if ((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT) || naru_fastopen_passive(sk))
		return 0;
	return sk_stream_wait_connect(sk, timeo);
}

static bool nothing_queued(const struct sock *sk)
{
	return skb_queue_empty(&sk->sk_write_queue) && skb_queue_empty(&naru_sk(sk)->rtx_queue);
}

static int failed(struct sock *sk, const struct msghdr *msg, int err)
{
	err = sk_stream_error(sk, msg->msg_flags, err);
	/* no ACK will come that wakes who waits for an edge */
	if (err == -EAGAIN && nothing_queued(sk))
		sk->sk_write_space(sk);
	return err;
}

/* The handshake goes on, and what the SYN has taken is on its way */
static bool goes_on(int err)
{
	return err == -EINPROGRESS || err == -EINTR || err == -ERESTARTSYS;
}

/* Bytes, or a negative errno that is not yet the program's */
static int write_open(struct writer *w)
{
	struct msghdr *msg = w->msg;
	struct sock *sk = w->sk;
	u32 early = 0;
	int err;

	if (msg->msg_flags & MSG_FASTOPEN || naru_sk(sk)->defer_connect) {
		err = naru_connect_write(sk, msg, &early);
		if (err)
			return early && goes_on(err) ? early : err;
	}
	err = wait_until_open(sk, &w->timeo) ? : check_call(w);
	if (err)
		return early ? : err;
	if (unlikely(w->tsflags))
		naru_stamp_begin(sk, w->tsflags, early);
	sk_clear_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	naru_meter_offer(sk);
	update_goal(w);
	err = write_all(w);
	drop_empty_tail(sk);
	if (w->copied)
		push_end(w);
	return w->copied || early ? w->copied + early : err;
}

static int send_locked(struct sock *sk, struct msghdr *msg, bool pages)
{
	struct writer w = {
		.sk = sk,
		.msg = msg,
		.timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT),
		.pages = pages,
	};
	int ret;

	ret = begin_zerocopy(&w);
	if (!ret)
		ret = write_open(&w);
	end_zerocopy(&w, ret < 0);
	return ret < 0 ? failed(sk, msg, ret) : ret;
}

/**
 * naru_stream_copy - the first bytes of a message into the write queue, RFC 7413 4.2.2
 * @sk: socket whose write queue is empty, lock held
 * @msg: message; what is copied is gone from it
 * @most: bytes that there is room for
 *
 * Context: process, may sleep in page faults. Return: bytes copied; 0, and nothing is queued, also where they cannot
 * be read: who writes the rest finds out.
 */
u32 naru_stream_copy(struct sock *sk, struct msghdr *msg, u32 most)
{
	struct writer w = { .sk = sk, .msg = msg, .goal = most };

	fill_one(&w);
	drop_empty_tail(sk);
	return w.copied;
}

/**
 * naru_stream_send - send a message
 * @sock: socket
 * @msg: what to send; an address is ignored, as on every connected stream, but with MSG_FASTOPEN
 * @pages: it is pages that are taken over as they are: splice(2), sendfile(2)
 *
 * Memory of a program that asks for MSG_ZEROCOPY is sent as it is, too, and the error queue says when it is free
 * again. Context: process, may sleep; takes the lock.
 *
 * Return: bytes taken over, or a negative errno: -EPIPE (with SIGPIPE unless MSG_NOSIGNAL),
 * -EAGAIN, -ENOTCONN as -EPIPE, -EINTR or -ERESTARTSYS, -ENOBUFS where no more memory can be lent or announced;
 * with MSG_FASTOPEN what naru_connect_write() says...
 */
int naru_stream_send(struct socket *sock, struct msghdr *msg, bool pages)
{
	struct sock *sk = sock->sk;
	int ret;

	lock_sock(sk);
	ret = send_locked(sk, msg, pages);
	release_sock(sk);
	return ret;
}

/**
 * naru_stream_sendmsg - proto_ops.sendmsg
 * @sock: socket
 * @msg: what to send
 * @len: bytes of it
 *
 * Context and return: as naru_stream_send().
 */
int naru_stream_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	return naru_stream_send(sock, msg, naru_compat_splices(msg));
}

/**
 * naru_stream_splice_eof - proto_ops.splice_eof: the file has ended, and was said to have more
 * @sock: socket
 *
 * Context: process, may sleep; takes the lock.
 */
void naru_stream_splice_eof(struct socket *sock)
{
	struct sock *sk = sock->sk;
	struct sk_buff *skb;

	lock_sock(sk);
	skb = skb_peek_tail(&sk->sk_write_queue);
	if (skb) {
		NARU_CB(skb)->more = 0;
		NARU_CB(skb)->flags |= NARU_PSH;
		naru_output_push(sk, naru_sk(sk)->nonagle);
	}
	release_sock(sk);
}

/**
 * naru_stream_memory_free - struct proto.stream_memory_free: may more be written, as far as what has not gone goes?
 * @sk: socket
 * @wake: 1 where who waits is woken only at half of the limit
 *
 * TCP_NOTSENT_LOWAT. Context: any. Return: true if it may.
 */
bool naru_stream_memory_free(const struct sock *sk, int wake)
{
	const struct naru_sock *ns = naru_sk(sk);
	u32 unsent = READ_ONCE(ns->write_seq) - READ_ONCE(ns->snd_nxt);
	u32 own = READ_ONCE(ns->notsent_lowat);

	return (u64)unsent << wake < (own ? : naru_setting(naru_net_of(sk), notsent_lowat));
}

/**
 * naru_stream_writable - whether there is room for which a program is woken
 * @sk: socket
 *
 * A buffer that a program has chosen has to be used up to two thirds only, as everywhere. One that grows with the
 * congestion window has room for four (naru_window_sndbuf()): who writes when half is free finds two that have not been
 * acknowledged, and is woken less often: unless the buffer may not grow as it would, and most of it is in flight.
 * Context: any. Return: true if there is.
 */
bool naru_stream_writable(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);
	int used = READ_ONCE(sk->sk_wmem_queued);
	u32 in_flight = READ_ONCE(ns->snd_nxt) - READ_ONCE(ns->snd_una);
	bool tight = in_flight > (u32)READ_ONCE(sk->sk_sndbuf) / 2;
	int least = tight || sk->sk_userlocks & SOCK_SNDBUF_LOCK ? used >> 1 : used;

	return sk_stream_wspace(sk) >= least && __sk_stream_memory_free(sk, 1);
}

/**
 * naru_stream_write_space - sk_write_space: room has come in the send buffer
 * @sk: socket
 *
 * Context: any, with the socket lock or without. Wakes only who has found no room before.
 */
void naru_stream_write_space(struct sock *sk)
{
	struct socket *sock = READ_ONCE(sk->sk_socket);
	struct socket_wq *wq;

	/* pairs with the barrier behind the setting of the flag in poll() */
	smp_mb();
	if (!sock || !test_bit(SOCK_NOSPACE, &sock->flags) || !naru_stream_writable(sk))
		return;
	clear_bit(SOCK_NOSPACE, &sock->flags);
	rcu_read_lock();
	wq = rcu_dereference(sk->sk_wq);
	if (skwq_has_sleeper(wq))
		wake_up_interruptible_poll(&wq->wait, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	if (wq && wq->fasync_list && !(sk->sk_shutdown & SEND_SHUTDOWN))
		sock_wake_async(wq, SOCK_WAKE_SPACE, POLL_OUT);
	rcu_read_unlock();
}
