// SPDX-License-Identifier: GPL-2.0
/*
 * Holders: sockets of the kernel's TCP that are bound and nothing else, so that the kernel's own
 * users get EADDRINUSE for a port that naru uses, and naru for one that they use.
 *
 * A port has one holder for each address and family that its sockets need covered. A holder is
 * firm while a socket needs it. When only TIME-WAIT entries are left it yields: it has SO_REUSEADDR
 * then, as a TIME-WAIT of the kernel's would, and a restarted server binds at once. Everything here
 * runs under naru_net.port_mutex, in process context; essay, 4.
 */
#include <linux/net.h>
#include <linux/slab.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/transp_v6.h>
#include "naru.h"
#include "port.h"

/* What has to be kept from others */
struct cover {
	struct in6_addr ip;	/* ::ffff:0.0.0.0 for all of IPv4 */
	u8 family;
	bool v6only;
	int dev;		/* 0: all */
};

struct naru_holder {
	struct list_head link;	/* in naru_port.holders */
	struct socket *sock;
	struct cover cover;
	bool firm;
};

static void cover_of(const struct sock *sk, struct cover *c)
{
	memset(c, 0, sizeof(*c));
	naru_addr_local(sk, &c->ip);
	c->dev = sk->sk_bound_dev_if;
	if (ipv6_addr_v4mapped(&c->ip) || !ipv6_mod_enabled()) {
		c->family = AF_INET;
		if (!ipv6_addr_v4mapped(&c->ip))
			ipv6_addr_set_v4mapped(0, &c->ip);
		return;
	}
	c->family = AF_INET6;
	c->v6only = ipv6_only_sock(sk) || !ipv6_addr_any(&c->ip);
}

/* Whether @c includes @want */
static bool covers(const struct cover *c, const struct cover *want)
{
	if (c->dev && c->dev != want->dev)
		return false;
	if (ipv6_addr_equal(&c->ip, &want->ip))
		return !c->v6only || want->v6only;
	if (!naru_addr_is_any(&c->ip))
		return false;
	if (c->family == AF_INET)
		return want->family == AF_INET;
	return want->family == AF_INET6 || !c->v6only;
}

static void set_local(struct sock *sk, const struct cover *c)
{
	struct inet_sock *inet = inet_sk(sk);

	inet->inet_rcv_saddr = ipv6_addr_any(&c->ip) ? 0 : LOOPBACK4_IPV6;
	if (c->family == AF_INET) {
		inet->inet_rcv_saddr = c->ip.s6_addr32[3];
	} else {
		sk->sk_v6_rcv_saddr = c->ip;
		inet6_sk(sk)->saddr = c->ip;
		sk->sk_ipv6only = c->v6only;
	}
	inet->inet_saddr = inet->inet_rcv_saddr;
}

/*
 * What the kernel's own bind does once the address is checked and cgroup programs have been asked, which
 * bind.c has done for what the program binds. The holder is nobody's bind().
 */
static int bind_to(struct sock *sk, const struct cover *c, u16 num)
{
	int err;

	lock_sock(sk);
	set_local(sk, c);
	err = sk->sk_prot->get_port(sk, num) ? -EADDRINUSE : 0;
	if (!err) {
		sk->sk_userlocks |= SOCK_BINDADDR_LOCK | SOCK_BINDPORT_LOCK;
		inet_sk(sk)->inet_sport = htons(num);
	}
	release_sock(sk);
	return err;
}

static void set_reuse(struct sock *sk, bool on)
{
	lock_sock(sk);
	sk->sk_reuse = on ? SK_CAN_REUSE : SK_NO_REUSE;
	release_sock(sk);
}

/* A socket that is bound; the user's own checks of the address have been made already */
static struct socket *hold(struct net *net, const struct cover *c, u16 num, bool reuse)
{
	struct socket *sock;
	int err;

	err = sock_create_kern(net, c->family, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (err)
		return ERR_PTR(err);
	if (c->dev)
		err = sock_bindtoindex(sock->sk, c->dev, true);
	if (reuse)
		set_reuse(sock->sk, true);
	if (!err)
		err = bind_to(sock->sk, c, num);
	if (err) {
		sock_release(sock);
		return ERR_PTR(err);
	}
	if (reuse)
		set_reuse(sock->sk, false);
	return sock;
}

static void set_firm(struct naru_holder *h, bool firm)
{
	if (h->firm == firm)
		return;
	h->firm = firm;
	set_reuse(h->sock->sk, !firm);
}

static void release(struct naru_port *port, struct naru_holder *h)
{
	list_del(&h->link);
	WRITE_ONCE(port->nr_holders, port->nr_holders - 1);
	sock_release(h->sock);
	kfree(h);
}

static void release_yielding(struct naru_port *port)
{
	struct naru_holder *h, *next;

	list_for_each_entry_safe(h, next, &port->holders, link)
		if (!h->firm)
			release(port, h);
}

/* Our own holders of narrower or wider addresses must not be in the way */
static struct socket *hold_beside_own(struct naru_port *port, const struct cover *c)
{
	struct naru_holder *h;
	struct socket *sock;

	list_for_each_entry(h, &port->holders, link)
		set_reuse(h->sock->sk, true);
	sock = hold(port->nn->net, c, port->id.num, true);
	list_for_each_entry(h, &port->holders, link)
		set_reuse(h->sock->sk, false);
	return sock;
}

static struct socket *hold_somehow(struct naru_port *port, const struct cover *c, bool reuse)
{
	struct socket *sock = hold(port->nn->net, c, port->id.num, false);

	if (PTR_ERR_OR_ZERO(sock) != -EADDRINUSE)
		return sock;
	if (reuse || !list_empty(&port->holders))
		sock = hold_beside_own(port, c);
	return sock;
}

static int acquire(struct naru_port *port, const struct cover *c, bool reuse)
{
	struct naru_holder *h = kzalloc(sizeof(*h), GFP_KERNEL_ACCOUNT);
	struct socket *sock;

	if (!h)
		return -ENOMEM;
	sock = hold_somehow(port, c, reuse);
	if (IS_ERR(sock)) {
		kfree(h);
		return PTR_ERR(sock);
	}
	h->sock = sock;
	h->cover = *c;
	h->firm = true;
	list_add(&h->link, &port->holders);
	WRITE_ONCE(port->nr_holders, port->nr_holders + 1);
	return 0;
}

/**
 * naru_holder_acquire - keep a port from the kernel's TCP
 * @port: port of wire mode inet
 * @sk: socket that is about to use it; its local address is set
 *
 * Context: process, may sleep; naru_net.port_mutex is held, and the lock of @sk.
 *
 * Return: 0, -EADDRINUSE where a socket of the kernel's TCP has the port, -ENOMEM...
 */
int naru_holder_acquire(struct naru_port *port, const struct sock *sk)
{
	struct naru_holder *h;
	struct cover c;
	int err;

	cover_of(sk, &c);
	release_yielding(port);
	list_for_each_entry(h, &port->holders, link)
		if (covers(&h->cover, &c))
			return 0;
	err = acquire(port, &c, sk->sk_reuse);
	if (err)
		NARU_INC(port->nn, HOLDER_FAILED);
	return err;
}

/**
 * naru_holder_acquire_any - keep a port from the kernel's TCP, whatever the address
 * @port: port of wire mode inet that has no holder
 *
 * Context: process, may sleep; naru_net.port_mutex is held.
 *
 * Return: 0, -EADDRINUSE where a socket of the kernel's TCP has the port, -ENOMEM...
 */
int naru_holder_acquire_any(struct naru_port *port)
{
	struct cover c = { .family = ipv6_mod_enabled() ? AF_INET6 : AF_INET };

	if (c.family == AF_INET)
		ipv6_addr_set_v4mapped(0, &c.ip);
	return acquire(port, &c, false);
}

/**
 * naru_holder_move - what holds a port is to hold another
 * @from: port of wire mode inet with one holder, which covers all addresses; it has none afterwards
 * @to: one without
 *
 * Much cheaper than a new one. Context: process, may sleep; naru_net.port_mutex is held.
 *
 * Return: 0, -EADDRINUSE where a socket of the kernel's TCP has the port @to: @from has its holder still, unless
 * one has taken that meanwhile, too.
 */
int naru_holder_move(struct naru_port *from, struct naru_port *to)
{
	struct naru_holder *h = list_first_entry(&from->holders, struct naru_holder, link);
	struct sock *sk = h->sock->sk;
	int err;

	lock_sock(sk);
	inet_put_port(sk);
	release_sock(sk);
	err = bind_to(sk, &h->cover, to->id.num);
	if (err) {
		if (bind_to(sk, &h->cover, from->id.num))
			release(from, h);
		return err;
	}
	list_move(&h->link, &to->holders);
	WRITE_ONCE(from->nr_holders, from->nr_holders - 1);
	WRITE_ONCE(to->nr_holders, to->nr_holders + 1);
	return 0;
}

static bool needed(struct naru_port *port, const struct naru_holder *h)
{
	struct naru_sock *ns;
	bool found = false;
	struct cover c;

	spin_lock_bh(&port->lock);
	hlist_for_each_entry(ns, &port->socks, port_link) {
		cover_of((struct sock *)ns, &c);
		found = covers(&h->cover, &c);
		if (found)
			break;
	}
	spin_unlock_bh(&port->lock);
	return found;
}

/**
 * naru_holder_trim - let go of what no socket of a port needs
 * @port: port that is still in use
 *
 * Context: process, may sleep; naru_net.port_mutex is held.
 */
void naru_holder_trim(struct naru_port *port)
{
	struct naru_holder *h, *next;

	if (port->pooled)
		return;
	list_for_each_entry_safe(h, next, &port->holders, link) {
		if (needed(port, h))
			continue;
		if (READ_ONCE(port->nr_tw))
			set_firm(h, false);
		else
			release(port, h);
	}
}

/**
 * naru_holder_release_all - give a port back
 * @port: port that nobody uses
 *
 * Context: process, may sleep; naru_net.port_mutex is held.
 */
void naru_holder_release_all(struct naru_port *port)
{
	struct naru_holder *h, *next;

	list_for_each_entry_safe(h, next, &port->holders, link)
		release(port, h);
}
