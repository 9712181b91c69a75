// SPDX-License-Identifier: GPL-2.0
/*
 * connect(2) on datagram sockets. IP's own does the work; errors and their order are those of udp(7).
 */
#include <net/ip.h>
#include <net/transp_v6.h>
#include "dgram.h"
#include "sock.h"

static int connect_locked(struct sock *sk, struct sockaddr *uaddr, int len)
{
	int old, err;

	if (sk->sk_family == AF_INET && len < (int)sizeof(struct sockaddr_in))
		return -EINVAL;
	/* programs see no more than was given */
	if (sk->sk_family == AF_INET6 &&
	    len < (int)(uaddr->sa_family == AF_INET ? sizeof(struct sockaddr_in) : SIN6_LEN_RFC2133))
		return -EINVAL;
	err = naru_connect_run_program(sk, uaddr, &len);
	if (err)
		return err;
	err = naru_dgram_autobind(sk);
	if (err)
		return err;
	old = sk->sk_state;
	if (sk->sk_family == AF_INET)
		err = __ip4_datagram_connect(sk, uaddr, len);
	else
		err = __ip6_datagram_connect(sk, uaddr, len);
	naru_dgram_note_key(sk);
	if (!err)
		naru_event_sock(sk, old, sk->sk_state);
	return err;
}

/**
 * naru_dgram_connect - proto_ops.connect
 * @sock: socket
 * @uaddr: address, in kernel memory; AF_UNSPEC disconnects
 * @len: bytes of it that the program gave
 * @flags: not used, nothing is waited for
 *
 * Context: process, may sleep; takes the lock.
 *
 * Return: 0, -EINVAL, -EAFNOSUPPORT, -ENETUNREACH, -EACCES for broadcast without SO_BROADCAST, -EAGAIN where no port
 * is left...
 */
int naru_dgram_connect(struct socket *sock, struct sockaddr *uaddr, int len, int flags)
{
	struct sock *sk = sock->sk;
	int err;

	if (len < (int)offsetofend(struct sockaddr, sa_family))
		return -EINVAL;
	lock_sock(sk);
	if (uaddr->sa_family == AF_UNSPEC)
		err = naru_dgram_disconnect(sk);
	else
		err = connect_locked(sk, uaddr, len);
	release_sock(sk);
	return err;
}
