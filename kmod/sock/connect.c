// SPDX-License-Identifier: GPL-2.0
/*
 * connect(2), blocking and not. Errors and their order are those of connect(2) and tcp(7).
 */
#include <linux/sched/signal.h>
#include <net/inet_common.h>
#include "naru.h"
#include "sock.h"

static void forget_attempt(struct sock *sk)
{
	naru_demux_remove(naru_net_of(sk), &naru_sk(sk)->node);
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		naru_port_release(sk);
	naru_sock_clear_key(sk);
	sk_dst_reset(sk);
	sk->sk_route_caps = 0;
}

/* TCP_FASTOPEN_CONNECT: with a cookie the SYN waits for what the program writes first */
static int begin_or_defer(struct sock *sk)
{
	if (!naru_fastopen_defers(sk))
		return naru_output_connect(sk);
	WRITE_ONCE(naru_sk(sk)->defer_connect, true);
	naru_fsm_set_state(sk, TCP_SYN_SENT);
	return 0;
}

/* ipv6(7), IPV6_FLOWLABEL_MGR: a label is used by who has it */
static int check_label(struct sock *sk, const struct naru_addr *to)
{
	struct ip6_flowlabel *label;

	if (!naru_compat_sndflow(sk) || !(to->flowinfo & IPV6_FLOWLABEL_MASK))
		return 0;
	label = fl6_sock_lookup(sk, to->flowinfo & IPV6_FLOWLABEL_MASK);
	if (IS_ERR(label))
		return -EINVAL;
	fl6_sock_release(label);
	return 0;
}

static int start(struct sock *sk, struct naru_addr *to)
{
	struct naru_key key;
	int err;

	err = check_label(sk, to);
	if (err)
		return err;
	err = naru_route_connect(sk, to, &key);
	if (err)
		return err;
	err = naru_port_autobind(sk, &key);
	if (err) {
		naru_sock_clear_key(sk);
		return err;
	}
	WRITE_ONCE(sk->sk_err, 0);
	sock_reset_flag(sk, SOCK_DONE);
	sk_set_txhash(sk);
	inet6_sk(sk)->flow_label = naru_compat_sndflow(sk) ? to->flowinfo & IPV6_FLOWINFO_MASK : 0;
	/* ports are known now, which rules and policies may ask for */
	sk_dst_reset(sk);
	err = naru_route_sk(sk) ? begin_or_defer(sk) : -EHOSTUNREACH;
	if (err)
		forget_attempt(sk);
	return err;
}

/* A program has bound a socket that takes both families to an IPv4 address: core code notes it as IPv4's only */
static void take_program_bind(struct sock *sk)
{
	__be32 ip = inet_sk(sk)->inet_rcv_saddr;

	if (sk->sk_family != AF_INET6 || !ip || !ipv6_addr_any(&sk->sk_v6_rcv_saddr))
		return;
	ipv6_addr_set_v4mapped(ip, &sk->sk_v6_rcv_saddr);
	inet6_sk(sk)->saddr = sk->sk_v6_rcv_saddr;
}

static int run_v4_program(struct sock *sk, struct sockaddr *uaddr, int *len)
{
	int err = naru_compat_cgroup_addr(sk, uaddr, len, CGROUP_INET4_CONNECT);

	if (!err)
		take_program_bind(sk);
	return err;
}

/**
 * naru_connect_run_program - ask cgroup programs, which may change the address
 * @sk: socket, lock held
 * @uaddr: address, in kernel memory
 * @len: its bytes
 *
 * Context: process. Return: 0, -EPERM, or what a program says.
 */
int naru_connect_run_program(struct sock *sk, struct sockaddr *uaddr, int *len)
{
	if (uaddr->sa_family == AF_INET)
		return run_v4_program(sk, uaddr, len);
	if (uaddr->sa_family == AF_INET6)
		return naru_compat_cgroup_addr(sk, uaddr, len, CGROUP_INET6_CONNECT);
	return 0;
}

static int begin(struct sock *sk, struct sockaddr *uaddr, int len)
{
	struct naru_addr to;
	int err;

	if (sk->sk_state != TCP_CLOSE)
		return -EISCONN;
	if (!uaddr)
		return -EINVAL;
	err = naru_addr_from_user(sk, uaddr, len, &to);
	if (err)
		return err;
	err = naru_connect_run_program(sk, uaddr, &len);
	if (err)
		return err;
	err = naru_addr_from_user(sk, uaddr, len, &to);
	if (err)
		return err;
	return start(sk, &to);
}

static bool handshaking(const struct sock *sk)
{
	return (1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV);
}

/* The time left: 0 when it is up */
static long wait_for_handshake(struct sock *sk, long timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);

	add_wait_queue(sk_sleep(sk), &wait);
	while (handshaking(sk)) {
		release_sock(sk);
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
		lock_sock(sk);
		if (signal_pending(current) || !timeo)
			break;
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	return timeo;
}

/* @err: what a call that cannot wait gets. 1: the handshake is over, for good or bad. */
static int wait_or_not(struct sock *sk, int flags, int err)
{
	long timeo = sock_sndtimeo(sk, flags & O_NONBLOCK);
	int dis = sk->sk_disconnects;

	if (!handshaking(sk))
		return 1;
	if (!timeo || !wait_for_handshake(sk, timeo))
		return err;
	if (signal_pending(current))
		return sock_intr_errno(timeo);
	return dis == sk->sk_disconnects ? 1 : -EPIPE;
}

static int finish(struct socket *sock, int flags)
{
	struct sock *sk = sock->sk;
	int err;

	if (sk->sk_state != TCP_CLOSE) {
		sock->state = SS_CONNECTED;
		return 0;
	}
	err = sock_error(sk) ? : -ECONNABORTED;
	sock->state = SS_UNCONNECTED;
	sk->sk_disconnects++;
	naru_sock_disconnect(sk, flags);
	return err;
}

static int disconnect(struct socket *sock, int flags)
{
	sock->sk->sk_disconnects++;
	naru_sock_disconnect(sock->sk, flags);
	sock->state = SS_UNCONNECTED;
	return 0;
}

/* @busy: what a call gets that cannot wait, where the handshake goes on. @uaddr: NULL from who only writes */
static int connect_locked(struct socket *sock, struct sockaddr *uaddr, int len, int flags, int busy)
{
	int err = busy;

	if (uaddr && len < offsetofend(struct sockaddr, sa_family))
		return -EINVAL;
	if (uaddr && uaddr->sa_family == AF_UNSPEC)
		return disconnect(sock, flags);
	switch (sock->state) {
	case SS_CONNECTED:
		return -EISCONN;
	case SS_CONNECTING:
		break;
	case SS_UNCONNECTED:
		err = begin(sock->sk, uaddr, len);
		if (err)
			return err;
		sock->state = SS_CONNECTING;
		if (naru_sk(sock->sk)->defer_connect)
			return 0;
		err = -EINPROGRESS;
		break;
	default:
		return -EINVAL;
	}
	err = wait_or_not(sock->sk, flags, err);
	return err == 1 ? finish(sock, flags) : err;
}

/**
 * naru_connect - proto_ops.connect
 * @sock: socket
 * @uaddr: address, in kernel memory; AF_UNSPEC disconnects
 * @len: bytes of it that the program gave
 * @flags: O_NONBLOCK
 *
 * Context: process, may sleep; takes the lock. RFC 9293 3.10.1.
 *
 * Return: 0, -EINPROGRESS, -EALREADY, -EISCONN, -EINVAL, -EAFNOSUPPORT, -ENETUNREACH,
 * -EADDRNOTAVAIL, -ECONNREFUSED, -ETIMEDOUT, -EINTR or -ERESTARTSYS...
 */
int naru_connect(struct socket *sock, struct sockaddr *uaddr, int len, int flags)
{
	int err;

	lock_sock(sock->sk);
	err = connect_locked(sock, uaddr, len, flags,
			     naru_sk(sock->sk)->defer_connect ? -EISCONN : -EALREADY);
	release_sock(sock->sk);
	return err;
}

/* What connect() has put off, RFC 7413 */
static int resume(struct sock *sk)
{
	int err = naru_output_connect(sk);

	/* the answer may be there as soon as the lock is not held */
	WRITE_ONCE(naru_sk(sk)->defer_connect, false);
	if (!err)
		return 0;
	naru_fsm_set_state(sk, TCP_CLOSE);
	forget_attempt(sk);
	sk->sk_socket->state = SS_UNCONNECTED;
	return err;
}

/**
 * naru_connect_write - a write that opens the connection first, RFC 7413 appendix A.1
 * @sk: socket, lock held
 * @msg: of sendmsg(2), with MSG_FASTOPEN, or behind a connect(2) that was put off (TCP_FASTOPEN_CONNECT); what the SYN
 *	takes is gone from it
 * @copied: set to the bytes that the SYN has taken
 *
 * Context: process, may sleep: it waits for the handshake unless it may not.
 *
 * Return: 0: the connection is open; -EINPROGRESS, -EALREADY, -EISCONN, -EOPNOTSUPP where the setting fastopen does not
 * allow it, and what connect(2) returns.
 */
int naru_connect_write(struct sock *sk, struct msghdr *msg, u32 *copied)
{
	int flags = msg->msg_flags & MSG_DONTWAIT ? O_NONBLOCK : 0;
	struct naru_fastopen_req req = { .msg = msg };
	struct sockaddr *uaddr = msg->msg_name;
	struct naru_sock *ns = naru_sk(sk);
	bool deferred = ns->defer_connect;
	int err = 0;

	if (!(naru_setting(naru_net_of(sk), fastopen) & NARU_FASTOPEN_CLIENT) ||
	    (uaddr && msg->msg_namelen >= (int)sizeof(uaddr->sa_family) &&
	     uaddr->sa_family == AF_UNSPEC))
		return -EOPNOTSUPP;
	if (ns->fastopen_req)
		return -EALREADY;
	ns->fastopen_req = &req;
	if (deferred)
		err = resume(sk);
	if (!err)
		err = connect_locked(sk->sk_socket, uaddr, msg->msg_namelen, flags,
				     deferred ? -EINPROGRESS : -EALREADY);
	*copied = req.copied;
	/* another thread may have begun anew while this one slept */
	if (ns->fastopen_req == &req)
		ns->fastopen_req = NULL;
	return err;
}

/**
 * naru_connect_loops - whether a connection stays on this machine
 * @sk: socket, lock held
 *
 * Return: true if its route leads over a loopback device.
 */
bool naru_connect_loops(const struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_get((struct sock *)sk);
	bool loops;

	/* the device may be going */
	rcu_read_lock();
	loops = dst && READ_ONCE(dst->dev)->flags & IFF_LOOPBACK;
	rcu_read_unlock();
	return loops;
}
