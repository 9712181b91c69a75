// SPDX-License-Identifier: GPL-2.0
/*
 * recv(2) and its kin: what is in order waits in sk_receive_queue. RFC 9293 3.10.3.
 *
 * The end of the stream is no skb: SOCK_DONE and RCV_SHUTDOWN say so.
 */
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/splice.h>
#include <net/busy_poll.h>
#include <linux/tcp.h>
#include <net/inet_common.h>
#include <net/scm.h>
#include "naru.h"
#include "sock.h"
#include "stamp.h"

/* A call of recvmsg() on its way */
struct reader {
	struct sock *sk;
	struct msghdr *msg;
	size_t len;		/* bytes still wanted */
	int flags;
	long timeo;
	int copied;
	u32 seq;		/* next byte to give */
	u32 passed;		/* urgent bytes passed over */
	u32 ahead;		/* SO_PEEK_OFF: bytes that a peek passes over */
	bool stamped;		/* some of what was given has a time that a cmsg is to tell */
	struct scm_timestamping_internal *stamps;	/* of the last */
};

/* The skb that has the byte at @seq */
static struct sk_buff *skb_at(struct sock *sk, u32 seq, u32 *offset)
{
	struct sk_buff *skb;

	skb_queue_walk(&sk->sk_receive_queue, skb) {
		*offset = seq - NARU_CB(skb)->seq;
		if (*offset < skb->len)
			return skb;
	}
	return NULL;
}

static bool wants_stamps(const struct sock *sk)
{
	return sock_flag(sk, SOCK_RCVTSTAMP) || READ_ONCE(sk->sk_tsflags);
}

static void note_stamp(struct reader *r, struct sk_buff *skb)
{
	if (wants_stamps(r->sk) && naru_stamp_take(skb, r->stamps))
		r->stamped = true;
}

static void eat(struct sock *sk, struct sk_buff *skb)
{
	__skb_unlink(skb, &sk->sk_receive_queue);
	consume_skb(skb);
}

/* Of @n bytes those up to the urgent one, or, if it is the first, behind it; @offset moves then */
static size_t without_urgent(struct reader *r, size_t n, u32 *offset)
{
	bool skip;

	n = naru_urg_readable(&naru_sk(r->sk)->urg, r->seq, n,
			      sock_flag(r->sk, SOCK_URGINLINE), &skip);
	*offset += skip;
	r->seq += skip;
	r->passed += skip;
	return n;
}

/* 0 or -EFAULT */
static int give(struct reader *r, struct sk_buff *skb, u32 offset)
{
	struct naru_sock *ns = naru_sk(r->sk);
	size_t n = min_t(size_t, skb->len - offset, r->len);

	if (ns->urg.state != NARU_URG_NONE)
		n = without_urgent(r, n, &offset);
	if (n && !(r->flags & MSG_TRUNC) && skb_copy_datagram_msg(skb, offset, r->msg, n))
		return -EFAULT;
	r->seq += n;
	r->copied += n;
	r->len -= n;
	note_stamp(r, skb);
	if (r->flags & MSG_PEEK) {
		sk_peek_offset_fwd(r->sk, n);
		return 0;
	}
	sk_peek_offset_bwd(r->sk, n);
	WRITE_ONCE(ns->copied_seq, r->seq);
	if (ns->urg.state != NARU_URG_NONE)
		naru_urg_passed(&ns->urg, r->seq);
	if (offset + n == skb->len)
		eat(r->sk, skb);
	return 0;
}

/* Nothing is there for a reader that has got nothing: 1 to wait, else what the call returns */
static int why_empty(struct reader *r)
{
	struct sock *sk = r->sk;

	if (sock_flag(sk, SOCK_DONE))
		return 0;
	if (sk->sk_err)
		return sock_error(sk);
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 0;
	if (sk->sk_state == TCP_CLOSE)
		return -ENOTCONN;
	if (!r->timeo)
		return -EAGAIN;
	return signal_pending(current) ? sock_intr_errno(r->timeo) : 1;
}

static bool must_return(const struct reader *r)
{
	const struct sock *sk = r->sk;

	return !r->timeo || sk->sk_err || sk->sk_state == TCP_CLOSE ||
	       (sk->sk_shutdown & RCV_SHUTDOWN) || signal_pending(current);
}

/* The queue is empty and the call has enough, or should look at the backlog for more */
static bool enough(struct reader *r)
{
	if (!READ_ONCE(r->sk->sk_backlog.tail))
		return true;
	__sk_flush_backlog(r->sk);
	naru_batch_flush(r->sk);
	return false;
}

/* The queue is empty: true to look again, false when the call is over, with @err for no bytes */
static bool wait_for_more(struct reader *r, int target, int *err)
{
	struct sock *sk = r->sk;
	int ret;

	if (r->copied >= target)
		return !enough(r);
	if (r->copied) {
		if (must_return(r))
			return false;
	} else {
		*err = why_empty(r);
		if (*err != 1)
			return false;
	}
	naru_output_rcvbuf_freed(sk, r->copied);
	ret = sk_wait_data(sk, &r->timeo, skb_peek_tail(&sk->sk_receive_queue));
	if (ret < 0)
		*err = ret;
	return ret >= 0;
}

/* Somebody else has read meanwhile, or the connection is another: begin anew */
static void check_peek(struct reader *r)
{
	struct naru_sock *ns = naru_sk(r->sk);

	if (r->seq - r->ahead - r->copied - r->passed != ns->copied_seq)
		r->seq = ns->copied_seq + r->ahead;
}

/* RFC 9293 3.9.1.3: urgent data and what follows it are not read in one call; SIGURG ends one that has nothing */
static bool ends_at_mark(struct reader *r, int *err)
{
	if (!naru_urg_at_mark(&naru_sk(r->sk)->urg, r->seq))
		return false;
	if (!r->copied && signal_pending(current)) {
		*err = r->timeo ? sock_intr_errno(r->timeo) : -EAGAIN;
		return true;
	}
	return r->copied;
}

static int read_queue(struct reader *r)
{
	int target = sock_rcvlowat(r->sk, r->flags & MSG_WAITALL, r->len);
	struct sk_buff *skb;
	int err = 0;
	u32 offset;

	do {
		if (naru_sk(r->sk)->urg.state != NARU_URG_NONE && ends_at_mark(r, &err))
			break;
		skb = skb_at(r->sk, r->seq, &offset);
		if (skb) {
			err = give(r, skb, offset);
			if (err)
				break;
			continue;
		}
		if (!wait_for_more(r, target, &err))
			break;
		check_peek(r);
	} while (r->len);
	return r->copied ? : err;
}

/* RFC 9293 3.8.5 (MUST-30): the urgent byte, apart from the stream */
static int recv_urgent(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	const struct naru_urg_reader reader = {
		.inlined = sock_flag(sk, SOCK_URGINLINE),
		.closed = sk->sk_state == TCP_CLOSE,
		.done = sock_flag(sk, SOCK_DONE),
		.shut = sk->sk_shutdown & RCV_SHUTDOWN,
	};
	struct naru_sock *ns = naru_sk(sk);
	int ret = naru_urg_recv(&ns->urg, &reader);

	if (ret <= 0)
		return ret;
	if (!(flags & MSG_PEEK))
		WRITE_ONCE(ns->urg.state, NARU_URG_TAKEN);
	msg->msg_flags |= MSG_OOB;
	if (!len) {
		msg->msg_flags |= MSG_TRUNC;
		return 0;
	}
	if (!(flags & MSG_TRUNC) && memcpy_to_msg(msg, &ns->urg.byte, 1))
		return -EFAULT;
	return 1;
}

static int recv_locked(struct reader *r)
{
	struct sock *sk = r->sk;
	int ret;

	if (sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;
	if (r->flags & MSG_OOB)
		return recv_urgent(sk, r->msg, r->len, r->flags);
	r->timeo = sock_rcvtimeo(sk, r->flags & MSG_DONTWAIT);
	r->ahead = max(sk_peek_offset(sk, r->flags), 0);
	r->seq = naru_sk(sk)->copied_seq + r->ahead;
	ret = read_queue(r);
	if (!(r->flags & MSG_PEEK))
		naru_output_rcvbuf_freed(sk, r->copied);
	return ret;
}

/* SO_BUSY_POLL: looks at the device itself before it waits */
static void busy_poll(struct sock *sk, int flags)
{
	if (sk_can_busy_loop(sk) && skb_queue_empty_lockless(&sk->sk_receive_queue) &&
	    inet_sk_state_load(sk) == TCP_ESTABLISHED)
		sk_busy_loop(sk, flags & MSG_DONTWAIT);
}

/* tcp(7), TCP_INQ: what can be read now. Behind a FIN that is one more, the end of the stream */
static void note_inq(struct reader *r)
{
	const struct naru_sock *ns = naru_sk(r->sk);

	if (ns->inq)
		r->msg->msg_get_inq = 1;
	if (!r->msg->msg_get_inq)
		return;
	r->msg->msg_inq = ns->rcv_nxt - ns->copied_seq;
	if (!r->msg->msg_inq && sock_flag(r->sk, SOCK_DONE))
		r->msg->msg_inq = 1;
}

/**
 * naru_stream_recvmsg - proto_ops.recvmsg
 * @sock: socket
 * @msg: where it goes; no address is given, as on every connected stream
 * @len: bytes wanted
 * @flags: MSG_PEEK, MSG_TRUNC (bytes are thrown away), MSG_WAITALL, MSG_DONTWAIT, MSG_ERRQUEUE,
 *	MSG_OOB (the urgent byte; RFC 9293 3.8.5)
 *
 * Context: process, may sleep; takes the lock.
 *
 * Return: bytes, 0 at the end of the stream, or a negative errno: -EAGAIN, -ENOTCONN, -ECONNRESET,
 * -EINTR or -ERESTARTSYS, -EINVAL for urgent data that is not there...
 */
int naru_stream_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags)
{
	struct scm_timestamping_internal stamps;
	struct sock *sk = sock->sk;
	struct reader r = {
		.sk = sk,
		.msg = msg,
		.len = min_t(size_t, len, INT_MAX),
		.flags = flags,
		.stamps = &stamps,
	};
	int ret, namelen = 0;
	bool tell_inq;

	if (flags & MSG_ERRQUEUE) {
		ret = inet_recv_error(sk, msg, len, &namelen);
		if (ret >= 0)
			msg->msg_namelen = namelen;
		return ret;
	}
	busy_poll(sk, flags);
	lock_sock(sk);
	ret = recv_locked(&r);
	note_inq(&r);
	tell_inq = naru_sk(sk)->inq;
	release_sock(sk);
	if (ret < 0)
		return ret;
	msg->msg_namelen = 0;
	if (r.stamped)
		naru_stamp_put(sk, msg, &stamps);
	if (tell_inq)
		put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(msg->msg_inq), &msg->msg_inq);
	return ret;
}

/* Bytes moved to the pipe from what is in the queue, 0: nothing there before the mark of urgent data, or a
 * negative errno
 */
static ssize_t splice_queue(struct sock *sk, struct pipe_inode_info *pipe, size_t len,
			    unsigned int flags)
{
	struct naru_sock *ns = naru_sk(sk);
	ssize_t moved = 0;
	struct sk_buff *skb;
	u32 offset;
	int n;

	while (moved < len && (skb = skb_at(sk, ns->copied_seq, &offset))) {
		n = min_t(size_t, skb->len - offset, len - moved);
		n = naru_urg_before(&ns->urg, ns->copied_seq, n);
		if (!n)
			break;
		n = skb_splice_bits(skb, sk, offset, pipe, n, flags);
		if (n <= 0)
			return moved ? : n;
		moved += n;
		WRITE_ONCE(ns->copied_seq, ns->copied_seq + n);
		if (offset + n == skb->len)
			eat(sk, skb);
	}
	return moved;
}

static ssize_t splice_locked(struct sock *sk, struct pipe_inode_info *pipe, size_t len,
			     unsigned int flags, long timeo)
{
	struct reader r = { .sk = sk, .timeo = timeo };
	ssize_t moved;
	int ret;

	if (sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;
	for (;;) {
		moved = splice_queue(sk, pipe, len, flags);
		if (moved > 0)
			naru_output_rcvbuf_freed(sk, moved);
		if (moved)
			return moved;
		ret = why_empty(&r);
		if (ret != 1)
			return ret;
		/* only recv() passes over urgent data */
		if (!skb_queue_empty(&sk->sk_receive_queue))
			return 0;
		ret = sk_wait_data(sk, &r.timeo, NULL);
		if (ret < 0)
			return ret;
	}
}

/**
 * naru_stream_splice_read - proto_ops.splice_read
 * @sock: socket
 * @pos: position, which a socket does not have
 * @pipe: where to
 * @len: bytes wanted
 * @flags: SPLICE_F_
 *
 * Context: process, may sleep; takes the lock.
 *
 * Return: bytes moved, 0 at the end of the stream, or a negative errno as recvmsg().
 */
ssize_t naru_stream_splice_read(struct socket *sock, loff_t *pos, struct pipe_inode_info *pipe,
				size_t len, unsigned int flags)
{
	bool nonblock = (sock->file->f_flags & O_NONBLOCK) || (flags & SPLICE_F_NONBLOCK);
	struct sock *sk = sock->sk;
	ssize_t ret;

	if (*pos)
		return -ESPIPE;
	lock_sock(sk);
	ret = splice_locked(sk, pipe, len, flags, sock_rcvtimeo(sk, nonblock));
	release_sock(sk);
	return ret;
}
