// SPDX-License-Identifier: GPL-2.0
/*
 * bind(2). Errors and their order are those of ip(7), ipv6(7) and tcp(7).
 */
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/inet_common.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include <net/transp_v6.h>
#include "naru.h"
#include "dgram.h"
#include "sock.h"

static int check_v4(struct sock *sk, const struct naru_addr *a)
{
	struct net *net = sock_net(sk);
	__be32 ip = a->ip.s6_addr32[3];
	u32 table;
	int type;

	if (ipv6_only_sock(sk))
		return -EINVAL;
	table = l3mdev_fib_table_by_index(net, sk->sk_bound_dev_if) ? : RT_TABLE_LOCAL;
	type = inet_addr_type_table(net, ip, table);
	return inet_addr_valid_or_nonlocal(net, inet_sk(sk), ip, type) ? 0 : -EADDRNOTAVAIL;
}

/* A link-local address is one of an interface, which the program has to name */
static int check_scope(struct sock *sk, const struct naru_addr *a)
{
	if (!__ipv6_addr_needs_scope_id(__ipv6_addr_type(&a->ip)))
		return 0;
	if (a->scope)
		WRITE_ONCE(sk->sk_bound_dev_if, a->scope);
	return sk->sk_bound_dev_if ? 0 : -EINVAL;
}

static int check_v6(struct sock *sk, const struct naru_addr *a)
{
	struct net *net = sock_net(sk);
	struct net_device *dev = NULL;
	int err;

	if (ipv6_addr_any(&a->ip))
		return 0;
	err = check_scope(sk, a);
	if (err)
		return err;
	/* of datagrams alone; a group is nobody's own */
	if (ipv6_addr_is_multicast(&a->ip))
		return 0;
	rcu_read_lock();
	if (sk->sk_bound_dev_if) {
		dev = dev_get_by_index_rcu(net, sk->sk_bound_dev_if);
		err = dev ? 0 : -ENODEV;
	}
	if (!err && !ipv6_can_nonlocal_bind(net, inet_sk(sk)) &&
	    !ipv6_chk_addr(net, &a->ip, dev, 0))
		err = -EADDRNOTAVAIL;
	rcu_read_unlock();
	return err;
}

static bool is_group_v4(struct sock *sk, __be32 ip)
{
	u32 table = l3mdev_fib_table_by_index(sock_net(sk), sk->sk_bound_dev_if) ? : RT_TABLE_LOCAL;
	int type = inet_addr_type_table(sock_net(sk), ip, table);

	return type == RTN_MULTICAST || type == RTN_BROADCAST;
}

/* Multicast and broadcast can be listened to in name only; they are nobody's source address */
static void forget_group_source(struct sock *sk, const struct naru_addr *a)
{
	if (ipv6_addr_v4mapped(&a->ip)) {
		if (!is_group_v4(sk, a->ip.s6_addr32[3]))
			return;
		inet_sk(sk)->inet_saddr = 0;
		ipv6_addr_set_v4mapped(0, &inet6_sk(sk)->saddr);
	} else if (ipv6_addr_is_multicast(&a->ip)) {
		inet6_sk(sk)->saddr = in6addr_any;
	}
}

static void set_local(struct sock *sk, const struct naru_addr *a)
{
	struct inet_sock *inet = inet_sk(sk);
	bool v4 = ipv6_addr_v4mapped(&a->ip);
	__be32 ip = ipv6_addr_any(&a->ip) ? 0 : LOOPBACK4_IPV6;

	if (v4)
		ip = a->ip.s6_addr32[3];
	inet->inet_rcv_saddr = ip;
	inet->inet_saddr = ip;
	inet->inet_daddr = 0;
	inet->inet_dport = 0;
	inet6_sk(sk)->saddr = a->ip;
	sk->sk_v6_rcv_saddr = a->ip;
	forget_group_source(sk, a);
}

static int post_bind_program(struct sock *sk)
{
	return sk->sk_family == AF_INET ? BPF_CGROUP_RUN_PROG_INET4_POST_BIND(sk) :
					  BPF_CGROUP_RUN_PROG_INET6_POST_BIND(sk);
}

static int take_port(struct sock *sk, const struct naru_addr *a)
{
	int err;

	if (!a->port && naru_compat_bind_no_port(sk))
		return 0;
	err = sk->sk_type == SOCK_DGRAM ? naru_dgram_bind(sk, a) : naru_port_bind(sk, a);
	if (err)
		return err;
	err = post_bind_program(sk);
	if (err)
		sk->sk_prot->put_port(sk);
	return err;
}

static int bind_locked(struct sock *sk, const struct naru_addr *a)
{
	bool v4 = ipv6_addr_v4mapped(&a->ip);
	bool v6only = sk->sk_ipv6only;
	int err;

	if (sk->sk_state != TCP_CLOSE || inet_sk(sk)->inet_num)
		return -EINVAL;
	err = v4 ? check_v4(sk, a) : check_v6(sk, a);
	if (err)
		return err;
	set_local(sk, a);
	if (!v4 && !ipv6_addr_any(&a->ip))
		sk->sk_ipv6only = 1;
	err = take_port(sk, a);
	if (err) {
		sk->sk_ipv6only = v6only;
		naru_sock_clear_key(sk);
		return err;
	}
	if (!naru_addr_is_any(&a->ip))
		sk->sk_userlocks |= SOCK_BINDADDR_LOCK;
	if (a->port)
		sk->sk_userlocks |= SOCK_BINDPORT_LOCK;
	inet_sk(sk)->inet_sport = htons(inet_sk(sk)->inet_num);
	sk_dst_reset(sk);
	return 0;
}

/* cgroup programs may change the address, and may waive the capability for low ports */
static int run_program(struct sock *sk, struct sockaddr *uaddr, int *len, u32 *flags)
{
	if (uaddr->sa_family == AF_INET)
		return naru_compat_cgroup_bind(sk, uaddr, len, CGROUP_INET4_BIND, flags);
	if (uaddr->sa_family == AF_INET6)
		return naru_compat_cgroup_bind(sk, uaddr, len, CGROUP_INET6_BIND, flags);
	return 0;
}

static bool may_use_port(const struct net *net, u16 num, u32 flags)
{
	return (flags & BIND_NO_CAP_NET_BIND_SERVICE) || !num ||
	       !inet_port_requires_bind_service((struct net *)net, num) ||
	       ns_capable(net->user_ns, CAP_NET_BIND_SERVICE);
}

/* Old programs leave sin_family at 0 for INADDR_ANY, and inet_bind() lets them */
static void fix_family(const struct sock *sk, struct sockaddr *uaddr, int len)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)uaddr;

	if (len >= sizeof(*sin) && uaddr->sa_family == AF_UNSPEC &&
	    naru_sk(sk)->domain != AF_INET6 && sin->sin_addr.s_addr == htonl(INADDR_ANY))
		uaddr->sa_family = AF_INET;
}

/**
 * naru_bind - proto_ops.bind
 * @sock: socket
 * @uaddr: address, in kernel memory
 * @len: bytes of it that the program gave
 *
 * The local address of RFC 9293 3.9.1.1 (MUST-43). Context: process, may sleep; takes the lock.
 *
 * Return: 0, -EINVAL (short, bound already, multicast), -EAFNOSUPPORT, -EADDRNOTAVAIL, -EACCES,
 * -EADDRINUSE...
 */
int naru_bind(struct socket *sock, struct sockaddr *uaddr, int len)
{
	struct sock *sk = sock->sk;
	struct naru_addr a;
	u32 flags = 0;
	int err;

	fix_family(sk, uaddr, len);
	err = naru_addr_from_user(sk, uaddr, len, &a);
	if (err)
		return err;
	err = run_program(sk, uaddr, &len, &flags);
	if (err)
		return err;
	err = naru_addr_from_user(sk, uaddr, len, &a);
	if (err)
		return err;
	if (ipv6_addr_is_multicast(&a.ip) && sock->type != SOCK_DGRAM)
		return -EINVAL;
	if (!may_use_port(sock_net(sk), ntohs(a.port), flags))
		return -EACCES;
	lock_sock(sk);
	err = bind_locked(sk, &a);
	release_sock(sk);
	return err;
}
