// SPDX-License-Identifier: GPL-2.0
/*
 * The address family: socket(2) and the table of calls.
 */
#include <linux/module.h>
#include <net/inet_common.h>
#include <net/ipv6.h>
#include "naru.h"
#include "dgram.h"
#include "port.h"
#include "sock.h"

static struct lock_class_key lock_key, slock_key;

static bool may_open(const struct net *net)
{
	return naru_setting(naru_net(net), unprivileged) ||
	       ns_capable(net->user_ns, CAP_NET_ADMIN);
}

static int wire_of(int type, int protocol)
{
	if (type == SOCK_DGRAM)
		return naru_dgram_wire(protocol);
	if (!protocol)
		return NARU_PROTO_STREAM;
	return protocol == IPPROTO_TCP ? IPPROTO_TCP : -EPROTONOSUPPORT;
}

/* Nobody has seen the socket yet */
static void discard(struct socket *sock)
{
	struct sock *sk = sock->sk;

	sock->sk = NULL;
	if (sk->sk_type == SOCK_DGRAM) {
		sk->sk_prot->close(sk, 0);
		return;
	}
	lock_sock(sk);
	sock_hold(sk);
	naru_sock_orphan(sk);
	naru_conn_destroy(sk);
	release_sock(sk);
	sock_put(sk);
}

static int create(struct net *net, struct socket *sock, int protocol, int kern)
{
	bool dgram = sock->type == SOCK_DGRAM;
	int wire = wire_of(sock->type, protocol);
	struct sock *sk;
	int err;

	if (protocol < 0 || protocol >= IPPROTO_MAX)
		return -EINVAL;
	if (sock->type != SOCK_STREAM && !dgram)
		return -ESOCKTNOSUPPORT;
	if (wire < 0)
		return wire;
	if (!kern && !may_open(net))
		return -EACCES;
	sk = sk_alloc(net, ipv6_mod_enabled() ? AF_INET6 : AF_INET, GFP_KERNEL,
		      dgram ? &naru_dgram_prot : &naru_stream_prot, kern);
	if (!sk)
		return -ENOBUFS;
	sock->state = SS_UNCONNECTED;
	sock->ops = dgram ? &naru_dgram_ops : &naru_stream_ops;
	naru_compat_own_options(sock);
	if (!dgram)
		set_bit(SOCK_SUPPORT_ZC, &sock->flags);
	sock_init_data(sock, sk);
	sock_lock_init_class_and_name(sk, "slock-AF_NARU", &slock_key, "sk_lock-AF_NARU",
				      &lock_key);
	if (dgram)
		naru_dgram_init(sk, wire);
	else
		naru_sock_init(sk, wire);
	if (!ipv6_mod_enabled())
		naru_sk(sk)->domain = AF_INET;
	if (!kern)
		naru_owner_set(&naru_sk(sk)->owner);
	err = kern ? 0 : BPF_CGROUP_RUN_PROG_INET_SOCK(sk);
	if (err)
		discard(sock);
	return err;
}

/* ---- calls ---- */

static int release(struct socket *sock)
{
	struct net *net;
	int err;

	if (!sock->sk)
		return 0;
	net = get_net(sock_net(sock->sk));
	err = inet6_release(sock);
	naru_port_settle(naru_net(net));
	put_net(net);
	return err;
}

static int listen_locked(struct socket *sock, int backlog)
{
	struct naru_addr any = {};
	struct sock *sk = sock->sk;
	int err;

	if (sock->state != SS_UNCONNECTED ||
	    !((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		return -EINVAL;
	if (!naru_sk(sk)->port) {
		err = naru_port_bind(sk, &any);
		if (err)
			return err;
	}
	return naru_listen_start(sk, backlog);
}

static int listen(struct socket *sock, int backlog)
{
	int err;

	lock_sock(sock->sk);
	err = listen_locked(sock, backlog);
	release_sock(sock->sk);
	return err;
}

static int accept_next(struct socket *sock, struct socket *newsock, NARU_COMPAT_ACCEPT_ARGS)
{
	struct sock *child;
	int err;

	lock_sock(sock->sk);
	child = naru_listen_accept(sock->sk, NARU_COMPAT_ACCEPT_FLAGS, &err);
	release_sock(sock->sk);
	if (!child)
		return err;
	lock_sock(child);
	sock_graft(child, newsock);
	naru_owner_set(&naru_sk(child)->owner);
	newsock->state = SS_CONNECTED;
	naru_compat_own_options(newsock);
	set_bit(SOCK_SUPPORT_ZC, &newsock->flags);
	release_sock(child);
	return 0;
}

static void local_name(const struct sock *sk, struct naru_addr *a)
{
	naru_addr_local(sk, &a->ip);
	/* bind() to a port only: an address appears with the connection */
	if (sk->sk_family == AF_INET6 && ipv6_addr_any(&a->ip))
		a->ip = inet6_sk(sk)->saddr;
	a->port = inet_sk(sk)->inet_sport;
}

/* @peer 2: of a connection that is closed, too (SO_PEERNAME) */
static int peer_name(const struct sock *sk, struct naru_addr *a, int peer)
{
	if (!inet_sk(sk)->inet_dport ||
	    (((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_SYN_SENT)) && peer == 1))
		return -ENOTCONN;
	if (sk->sk_family == AF_INET6)
		a->ip = sk->sk_v6_daddr;
	else
		ipv6_addr_set_v4mapped(sk->sk_daddr, &a->ip);
	a->port = inet_sk(sk)->inet_dport;
	if (naru_compat_sndflow(sk))
		a->flowinfo = inet6_sk(sk)->flow_label;
	return 0;
}

/* cgroup programs may change what the program gets to see */
static void run_name_program(struct sock *sk, struct sockaddr *uaddr, int *len, int peer)
{
	if (sk->sk_family == AF_INET && peer)
		naru_compat_cgroup_addr(sk, uaddr, len, CGROUP_INET4_GETPEERNAME);
	else if (sk->sk_family == AF_INET)
		naru_compat_cgroup_addr(sk, uaddr, len, CGROUP_INET4_GETSOCKNAME);
	else if (peer)
		naru_compat_cgroup_addr(sk, uaddr, len, CGROUP_INET6_GETPEERNAME);
	else
		naru_compat_cgroup_addr(sk, uaddr, len, CGROUP_INET6_GETSOCKNAME);
}

/**
 * naru_family_name - proto_ops.getname
 * @sock: socket
 * @uaddr: room for a struct sockaddr_storage
 * @peer: 0: its own name; 1: the peer's; 2: also of a connection that is closed
 *
 * Context: process, may sleep; takes the lock. Return: bytes, or -ENOTCONN.
 */
int naru_family_name(struct socket *sock, struct sockaddr *uaddr, int peer)
{
	struct sock *sk = sock->sk;
	struct naru_addr a = {};
	int err = 0;

	lock_sock(sk);
	if (peer)
		err = peer_name(sk, &a, peer);
	else
		local_name(sk, &a);
	a.scope = ipv6_iface_scope_id(&a.ip, sk->sk_bound_dev_if);
	if (!err) {
		err = naru_addr_to_user(sk, &a, uaddr);
		run_name_program(sk, uaddr, &err, peer);
	}
	release_sock(sk);
	return err;
}

const struct proto_ops naru_stream_ops = {
	.family = PF_NARU,
	.owner = THIS_MODULE,
	.release = release,
	.bind = naru_bind,
	.connect = naru_connect,
	.socketpair = sock_no_socketpair,
	.accept = accept_next,
	.getname = naru_family_name,
	.poll = naru_poll,
	.ioctl = naru_poll_ioctl,
	.gettstamp = sock_gettstamp,
	.listen = listen,
	.shutdown = inet_shutdown,
	.setsockopt = naru_sockopt_set,
	.getsockopt = naru_sockopt_get,
	.sendmsg = naru_stream_sendmsg,
#ifdef NARU_COMPAT_SENDPAGE
	.sendpage = naru_stream_sendpage,
#else
	.splice_eof = naru_stream_splice_eof,
#endif
	.recvmsg = naru_stream_recvmsg,
	.mmap = sock_no_mmap,
	.splice_read = naru_stream_splice_read,
	.set_rcvlowat = naru_poll_set_rcvlowat,
	.set_peek_off = sk_set_peek_off,
};

static struct net_proto_family family = {
	.create = create,
	.owner = THIS_MODULE,
};

/**
 * naru_family_register - sockets can be opened from here on
 *
 * Context: process, may sleep.
 *
 * Return: 0, -EEXIST where the family number is taken, -ENOBUFS where it is none, -ENOMEM.
 */
int naru_family_register(void)
{
	int err = naru_sock_proto_register();

	if (err)
		return err;
	family.family = naru_af;
	err = sock_register(&family);
	if (!err)
		return 0;
	pr_err("naru: address family %u is taken or invalid: load with af=NUMBER, one that is free\n",
	       naru_af);
	naru_sock_proto_unregister();
	return err;
}

/**
 * naru_family_unregister - the reverse; no socket is left
 *
 * Context: process, may sleep.
 */
void naru_family_unregister(void)
{
	sock_unregister(naru_af);
	naru_sock_proto_unregister();
}
