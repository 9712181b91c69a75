// SPDX-License-Identifier: GPL-2.0
/*
 * The program's side of listening: listen(2), accept(2), and the end of a listener.
 * RFC 9293 3.10.1 (passive OPEN).
 */
#include "naru.h"
#include "trace.h"
#include "tcp/listen.h"

/**
 * naru_listen_start - passive OPEN
 * @sk: bound socket in CLOSED, or a listener whose backlog changes; lock held
 * @backlog: connections that may wait for accept(2)
 *
 * Return: 0 or what naru_port_listen() says (-EADDRINUSE).
 */
int naru_listen_start(struct sock *sk, int backlog)
{
	int err;

	WRITE_ONCE(sk->sk_max_ack_backlog, backlog);
	if (sk->sk_state == TCP_LISTEN)
		return 0;
	sk->sk_ack_backlog = 0;
	err = naru_fastopen_listen(sk, backlog);
	if (err)
		return err;
	naru_fsm_set_state(sk, TCP_LISTEN);
	err = naru_port_listen(sk);
	if (err)
		naru_fsm_set_state(sk, TCP_CLOSE);
	return err;
}

static struct sock *dequeue(struct sock *sk)
{
	struct naru_sock *ls = naru_sk(sk);
	struct naru_sock *child;

	spin_lock_bh(&ls->accept_lock);
	child = list_first_entry_or_null(&ls->accept_queue, struct naru_sock, accept_link);
	if (child) {
		list_del_init(&child->accept_link);
		sk_acceptq_removed(sk);
	}
	spin_unlock_bh(&ls->accept_lock);
	return (struct sock *)child;
}

/* The socket's own reference goes with it. */
static void forget_child(struct sock *child)
{
	struct naru_net *nn = naru_net_of(child);

	sock_hold(child);
	lock_sock_nested(child, SINGLE_DEPTH_NESTING);
	if (child->sk_state != TCP_CLOSE)
		naru_output_rst(child);
	sock_set_flag(child, SOCK_DEAD);
	atomic_inc(&nn->nr_orphans);
	naru_fsm_set_state(child, TCP_CLOSE);
	while (skb_queue_len(&child->sk_receive_queue))
		__kfree_skb(__skb_dequeue(&child->sk_receive_queue));
	naru_conn_destroy(child);
	release_sock(child);
	sock_put(child);
}

static struct naru_req *first_req(struct naru_sock *ls)
{
	struct naru_req *req;

	spin_lock_bh(&ls->accept_lock);
	req = list_first_entry_or_null(&ls->req_list, struct naru_req, link);
	if (req && !refcount_inc_not_zero(&req->node.ref))
		req = NULL;
	spin_unlock_bh(&ls->accept_lock);
	return req;
}

/**
 * naru_listen_stop - the listener is no more: half-open and unaccepted connections go
 * @sk: listener, lock held; process context
 *
 * Once accept_lock was had behind the change of state, neither list grows.
 */
void naru_listen_stop(struct sock *sk)
{
	struct naru_net *nn = naru_net_of(sk);
	struct naru_sock *ls = naru_sk(sk);
	struct naru_req *req;
	struct sock *child;

	naru_port_unlisten(sk);
	naru_fsm_set_state(sk, TCP_CLOSE);
	/* who still saw LISTEN is done when the lock can be had */
	spin_lock_bh(&ls->accept_lock);
	spin_unlock_bh(&ls->accept_lock);
	while ((req = first_req(ls))) {
		naru_listen_req_dispose(nn, &req->node);
		naru_listen_req_put(&req->node);
	}
	while ((child = dequeue(sk)))
		forget_child(child);
}

static int wait_for_connection(struct sock *sk, long timeo)
{
	DEFINE_WAIT(wait);
	int err = 0;

	while (!naru_listen_ready(sk)) {
		prepare_to_wait_exclusive(sk_sleep(sk), &wait, TASK_INTERRUPTIBLE);
		release_sock(sk);
		if (!naru_listen_ready(sk))
			timeo = schedule_timeout(timeo);
		sched_annotate_sleep();
		lock_sock(sk);
		err = -EINVAL;
		if (sk->sk_state != TCP_LISTEN)
			break;
		err = 0;
		if (naru_listen_ready(sk))
			break;
		err = sock_intr_errno(timeo);
		if (signal_pending(current))
			break;
		err = -EAGAIN;
		if (!timeo)
			break;
		err = 0;
	}
	finish_wait(sk_sleep(sk), &wait);
	return err;
}

/**
 * naru_listen_accept - take a connection off the accept queue
 * @sk: listener, lock held; may sleep
 * @flags: O_NONBLOCK
 * @err: where the errno goes, negative
 *
 * Return: the connection with the socket's own reference, or NULL.
 */
struct sock *naru_listen_accept(struct sock *sk, int flags, int *err)
{
	long timeo = sock_rcvtimeo(sk, flags & O_NONBLOCK);
	struct sock *child;

	*err = -EINVAL;
	if (sk->sk_state != TCP_LISTEN)
		return NULL;
	if (!naru_listen_ready(sk)) {
		*err = -EAGAIN;
		if (!timeo)
			return NULL;
		*err = wait_for_connection(sk, timeo);
		if (*err)
			return NULL;
	}
	child = dequeue(sk);
	*err = child ? 0 : -EAGAIN;
	if (child)
		NARU_INC(naru_net_of(sk), LISTEN_ACCEPTED);
	return child;
}

/**
 * naru_listen_ready - whether accept(2) has something to give
 * @sk: listener, any context
 *
 * Return: true when a connection waits.
 */
bool naru_listen_ready(const struct sock *sk)
{
	return !list_empty_careful(&naru_sk(sk)->accept_queue);
}

/**
 * naru_listen_queue_len - connections that wait for accept(2)
 * @sk: listener, any context
 *
 * Return: their number.
 */
u32 naru_listen_queue_len(const struct sock *sk)
{
	return READ_ONCE(sk->sk_ack_backlog);
}
