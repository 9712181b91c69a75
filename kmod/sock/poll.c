// SPDX-License-Identifier: GPL-2.0
/*
 * What a stream socket says of itself: poll(2), and how much waits in which direction.
 */
#include <linux/poll.h>
#include <linux/sockios.h>
#include <asm/ioctls.h>
#include <net/inet_common.h>
#include <net/ipv6.h>
#include "naru.h"
#include "option.h"
#include "sock.h"

/* The urgent byte is the next, and recv() passes over it */
static bool at_urgent_byte(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);

	return READ_ONCE(ns->urg.state) != NARU_URG_NONE &&
	       READ_ONCE(ns->urg.mark) == READ_ONCE(ns->copied_seq) &&
	       !sock_flag(sk, SOCK_URGINLINE);
}

/* Enough for SO_RCVLOWAT, or as much as the buffer will take */
static bool readable(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);
	int have = READ_ONCE(ns->rcv_nxt) - READ_ONCE(ns->copied_seq);
	int buf = READ_ONCE(sk->sk_rcvbuf);

	if (have <= 0)
		return false;
	return have >= sock_rcvlowat(sk, 0, INT_MAX) + at_urgent_byte(sk) ||
	       naru_mss_window_left(ns) <= READ_ONCE(ns->rcv_mss) ||
	       atomic_read(&sk->sk_rmem_alloc) > buf - (buf >> 3);
}

/* Who finds no room is woken when there is: the flag first, then a second look */
static bool writable(struct sock *sk)
{
	if (naru_stream_writable(sk))
		return true;
	sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	/* pairs with the barrier in front of naru_stream_write_space()'s test of the flag */
	smp_mb__after_atomic();
	return naru_stream_writable(sk);
}

static __poll_t connection_bits(struct sock *sk, int state, u8 shutdown)
{
	__poll_t mask = 0;

	/* what is written goes with the SYN */
	if (state == TCP_SYN_SENT && READ_ONCE(naru_sk(sk)->defer_connect))
		return EPOLLOUT | EPOLLWRNORM;
	if (state == TCP_SYN_SENT || (state == TCP_SYN_RECV && !READ_ONCE(naru_sk(sk)->fastopen_of)))
		return 0;
	if (readable(sk))
		mask |= EPOLLIN | EPOLLRDNORM;
	if ((shutdown & SEND_SHUTDOWN) || writable(sk))
		mask |= EPOLLOUT | EPOLLWRNORM;
	if (READ_ONCE(naru_sk(sk)->urg.state) == NARU_URG_HERE)
		mask |= EPOLLPRI;
	return mask;
}

/**
 * naru_poll - proto_ops.poll
 * @file: file of the socket
 * @sock: socket
 * @wait: poll table
 *
 * Context: process, without the lock. The bits are those of tcp(7): EPOLLHUP when both directions
 * are shut down or there is no connection, EPOLLRDHUP when the peer's is, EPOLLPRI for urgent data.
 *
 * Return: EPOLL bits.
 */
__poll_t naru_poll(struct file *file, struct socket *sock, struct poll_table_struct *wait)
{
	struct sock *sk = sock->sk;
	__poll_t mask = 0;
	u8 shutdown;
	int state;

	sock_poll_wait(file, sock, wait);
	state = inet_sk_state_load(sk);
	if (state == TCP_LISTEN)
		return naru_listen_ready(sk) ? EPOLLIN | EPOLLRDNORM : 0;
	shutdown = READ_ONCE(sk->sk_shutdown);
	if (shutdown == SHUTDOWN_MASK || state == TCP_CLOSE)
		mask |= EPOLLHUP;
	if (shutdown & RCV_SHUTDOWN)
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
	mask |= connection_bits(sk, state, shutdown);
	/* the state was read first: who has set sk_err moves it afterwards */
	smp_rmb();
	if (READ_ONCE(sk->sk_err) || !skb_queue_empty_lockless(&sk->sk_error_queue))
		mask |= EPOLLERR;
	return mask;
}

/**
 * naru_poll_set_rcvlowat - proto_ops.set_rcvlowat: SO_RCVLOWAT
 * @sk: socket, lock held
 * @bytes: what recv() waits for; no more than the buffer may grow to hold, 0: 1
 *
 * A buffer whose size is not the program's choice grows so that its window takes as much; half of it pays for
 * overhead. Context: process.
 *
 * Return: 0.
 */
int naru_poll_set_rcvlowat(struct sock *sk, int bytes)
{
	bool chosen = sk->sk_userlocks & SOCK_RCVBUF_LOCK;
	int most = chosen ? sk->sk_rcvbuf : naru_setting_n(naru_net_of(sk), rmem, 2);

	bytes = min(bytes, most / 2);
	WRITE_ONCE(sk->sk_rcvlowat, bytes ? : 1);
	if (!chosen && 2 * bytes > sk->sk_rcvbuf)
		WRITE_ONCE(sk->sk_rcvbuf, 2 * bytes);
	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))
		return 0;
	/* what is there may be enough now */
	if (readable(sk))
		sk->sk_data_ready(sk);
	return 0;
}

/**
 * naru_poll_inq - bytes that a program can read, before urgent data
 * @sk: socket, lock held
 *
 * Return: bytes.
 */
int naru_poll_inq(struct sock *sk)
{
	const struct sk_buff *last = skb_peek_tail(&sk->sk_receive_queue);
	const struct naru_sock *ns = naru_sk(sk);
	int n = last ? NARU_CB(last)->seq + last->len - ns->copied_seq : 0;

	return sock_flag(sk, SOCK_URGINLINE) ? n : naru_urg_before(&ns->urg, ns->copied_seq, n);
}

/* RFC 9293 3.8.5 (MUST-33): sockatmark(3) */
static int at_mark(struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);
	int n;

	lock_sock(sk);
	n = naru_urg_at_mark(&ns->urg, ns->copied_seq);
	release_sock(sk);
	return n;
}

static int count_in(struct sock *sk)
{
	int n;

	lock_sock(sk);
	n = naru_poll_inq(sk);
	release_sock(sk);
	return n;
}

/* SYN and FIN are no bytes */
static int count_out(struct sock *sk, bool unsent_only)
{
	const struct naru_sock *ns = naru_sk(sk);
	int n;

	lock_sock(sk);
	n = ns->write_seq - (unsent_only ? ns->snd_nxt : ns->snd_una);
	if ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV | TCPF_CLOSE))
		n = 0;
	release_sock(sk);
	return n;
}

/**
 * naru_poll_ioctl - proto_ops.ioctl
 * @sock: socket
 * @cmd: SIOCINQ, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK, or one of interfaces and routes
 * @arg: user pointer
 *
 * Context: process, may sleep.
 *
 * Return: 0 or a negative errno, -ENOIOCTLCMD for what the core knows.
 */
int naru_poll_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	struct sock *sk = sock->sk;
	int n = 0, err;

	switch (cmd) {
	case SIOCINQ:
	case SIOCOUTQ:
	case SIOCOUTQNSD:
		if (sk->sk_state == TCP_LISTEN)
			return -EINVAL;
		n = cmd == SIOCINQ ? count_in(sk) : count_out(sk, cmd == SIOCOUTQNSD);
		break;
	case SIOCATMARK:
		n = at_mark(sk);
		break;
	default:
		err = naru_option_ioctl(sk, cmd);
		if (err)
			return err;
		/* their own part is empty: struct proto has no ioctl */
		return naru_sk(sk)->domain == AF_INET6 ? inet6_ioctl(sock, cmd, arg) :
							 inet_ioctl(sock, cmd, arg);
	}
	return put_user(n, (int __user *)arg);
}
