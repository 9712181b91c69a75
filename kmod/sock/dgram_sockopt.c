// SPDX-License-Identifier: GPL-2.0
/*
 * Options of datagram sockets. The table decides (option_list.h); SOL_SOCKET is the core's; SOL_IP and SOL_IPV6 are
 * IP's; SOL_UDP and SOL_NARU are here. Values go over the stack, never between user space and the socket itself.
 */
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/udp.h>
#include "dgram.h"
#include "option.h"
#include "sock.h"

static int set_cork(struct sock *sk, int val)
{
	naru_dgram(sk)->corked = val;
	/* what that sends is sent before the call returns; what becomes of it, it does not say */
	if (!val)
		naru_dgram_push(sk);
	return 0;
}

static int set_udp_int(struct sock *sk, int name, int val)
{
	struct naru_dgram *ds = naru_dgram(sk);

	switch (name) {
	case UDP_CORK:
		return set_cork(sk, !!val);
	case UDP_SEGMENT:
		if (val < 0 || val > USHRT_MAX)
			return -EINVAL;
		WRITE_ONCE(ds->gso_size, val);
		return 0;
	case UDP_GRO:
		WRITE_ONCE(ds->gro, !!val);
		return 0;
	case UDP_NO_CHECK6_TX:
		WRITE_ONCE(ds->no_check6_tx, val);
		return 0;
	case UDP_NO_CHECK6_RX:
		WRITE_ONCE(ds->no_check6_rx, val);
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int set_udp(struct sock *sk, int name, sockptr_t val, unsigned int len)
{
	int v, err;

	if (len < sizeof(v))
		return -EINVAL;
	if (copy_from_sockptr(&v, val, sizeof(v)))
		return -EFAULT;
	lock_sock(sk);
	err = set_udp_int(sk, name, v);
	release_sock(sk);
	return err;
}

static int set_ip(struct sock *sk, int name, sockptr_t val, unsigned int len)
{
	if (naru_dgram(sk)->domain == AF_INET6)
		return ipv6_setsockopt(sk, SOL_IP, name, val, len);
	return ip_setsockopt(sk, SOL_IP, name, val, len);
}

/* What the table lets pass */
static int set_level(struct socket *sock, int level, int name, sockptr_t val, unsigned int len)
{
	struct sock *sk = sock->sk;

	switch (level) {
	case SOL_SOCKET:
		return naru_option_set_socket(sock, name, val, len);
	case SOL_IP:
		return set_ip(sk, name, val, len);
	case SOL_IPV6:
		if (naru_dgram(sk)->domain == AF_INET)
			return -ENOPROTOOPT;
		return ipv6_setsockopt(sk, level, name, val, len);
	default:
		return set_udp(sk, name, val, len);
	}
}

/* At SOL_NARU what is of streams alone */
static bool is_of_streams(int name)
{
	return name == NARU_TS_USEC || name == NARU_ZEROCOPY;
}

/**
 * naru_dgram_setsockopt - proto_ops.setsockopt
 * @sock: socket
 * @level: SOL_IP, SOL_IPV6, SOL_UDP or SOL_NARU, and SOL_SOCKET where the kernel asks
 * @name: option
 * @val: value
 * @len: its bytes
 *
 * Context: process, may sleep; takes the lock.
 *
 * Return: 0, what the table refuses with, -ENOPROTOOPT for what naru does not have, -EINVAL, -EFAULT...
 */
int naru_dgram_setsockopt(struct socket *sock, int level, int name, sockptr_t val,
			  unsigned int len)
{
	int err;

	if (level == SOL_NARU)
		return is_of_streams(name) ? -ENOPROTOOPT : naru_sockopt_set(sock, level, name, val, len);
	err = naru_option_check(sock->sk, NARU_REFUSED_SET, level, name);
	if (err)
		return err;
	err = set_level(sock, level, name, val, len);
	return naru_option_answer(sock->sk, NARU_REFUSED_SET, level, name, err);
}

static int get_udp_int(const struct sock *sk, int name)
{
	const struct naru_dgram *ds = naru_dgram(sk);

	switch (name) {
	case UDP_CORK:
		return READ_ONCE(ds->corked);
	case UDP_SEGMENT:
		return READ_ONCE(ds->gso_size);
	case UDP_GRO:
		return READ_ONCE(ds->gro);
	case UDP_NO_CHECK6_TX:
		return READ_ONCE(ds->no_check6_tx);
	case UDP_NO_CHECK6_RX:
		return READ_ONCE(ds->no_check6_rx);
	default:
		return -ENOPROTOOPT;
	}
}

static int get_udp(const struct sock *sk, int name, char __user *uval, int __user *ulen)
{
	int val, len;

	if (get_user(len, ulen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	val = get_udp_int(sk, name);
	if (val < 0)
		return val;
	len = min_t(int, len, sizeof(val));
	if (put_user(len, ulen) || copy_to_user(uval, &val, len))
		return -EFAULT;
	return 0;
}

/**
 * naru_dgram_getsockopt - proto_ops.getsockopt
 * @sock: socket
 * @level: SOL_IP, SOL_IPV6, SOL_UDP or SOL_NARU
 * @name: option
 * @val: where the value goes
 * @len: room there; becomes the bytes given
 *
 * Context: process, may sleep; takes the lock.
 *
 * Return: 0, what the table refuses with, -ENOPROTOOPT, -EOPNOTSUPP, -EINVAL, -EFAULT.
 */
int naru_dgram_getsockopt(struct socket *sock, int level, int name, char __user *val,
			  int __user *len)
{
	int err;

	switch (level) {
	case SOL_UDP:
		err = naru_option_check(sock->sk, NARU_REFUSED_GET, level, name);
		return err ? : get_udp(sock->sk, name, val, len);
	case SOL_NARU:
		if (is_of_streams(name))
			return -ENOPROTOOPT;
		fallthrough;
	case SOL_IP:
	case SOL_IPV6:
		return naru_sockopt_get(sock, level, name, val, len);
	default:
		/* IPv4's word for it, and IPv6's */
		err = naru_dgram(sock->sk)->domain == AF_INET ? EOPNOTSUPP : ENOPROTOOPT;
		naru_ledger_refuse(sock->sk, NARU_REFUSED_GET, level, name, err);
		return -err;
	}
}
