// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets of the kernel's UDP that stand for naru's in wire mode inet: they keep the port, so that
 * either side gets EADDRINUSE, and hand over what arrives (M2). There is one for each address,
 * family and interface that sockets of a port are bound to. Everything here runs under
 * naru_dgrams.mutex, in process context.
 */
#include <linux/net.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/transp_v6.h>
#include <net/udp_tunnel.h>
#include "dgram.h"

/* Not 0, and none of linux/udp.h's UDP_ENCAP_ */
#define ENCAP_NARU	0x4e

static bool have_keys;

/* What has to be kept from others */
struct cover {
	struct in6_addr ip;	/* ::ffff:0.0.0.0 for all of IPv4 */
	u8 family;
	bool v6only;
	int dev;		/* 0: all */
};

/**
 * struct naru_dgram_hold - one such socket
 * @link: in naru_dgram_port.holds
 * @sock: the kernel's socket
 * @sk: its struct sock, to be compared with and nothing else outside of naru_dgrams.mutex
 * @cover: what it is bound to
 * @users: sockets of naru's that it stands for
 * @rcu: freed after a grace period
 */
struct naru_dgram_hold {
	struct list_head link;
	struct socket *sock;
	struct sock *sk;
	struct cover cover;
	unsigned int users;
	struct rcu_head rcu;
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

static bool same_cover(const struct cover *a, const struct cover *b)
{
	return ipv6_addr_equal(&a->ip, &b->ip) && a->family == b->family &&
	       a->v6only == b->v6only && a->dev == b->dev;
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

/* What the kernel's own bind does once the address is checked and cgroup programs have been asked */
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

static void set_reuseport(struct sock *sk, bool on)
{
	lock_sock(sk);
	sk->sk_reuseport = on;
	release_sock(sk);
}

static void encap_err(NARU_COMPAT_ENCAP_ERR_ARGS)
{
	naru_dgram_encap_err(sk, skb, NARU_COMPAT_ENCAP_ERR_OFFSET, NARU_COMPAT_ENCAP_ERR_INFO);
}

/*
 * The kernel's UDP looks for encap_rcv behind static keys. They stay on from the first socket until the module goes:
 * to patch code each time that a program opens one and closes it takes longer than all the rest.
 */
static void keys_on(void)
{
	if (READ_ONCE(have_keys) || xchg(&have_keys, true))
		return;
	static_branch_inc(&udp_encap_needed_key);
	static_branch_inc(&udpv6_encap_needed_key);
}

/**
 * naru_dgram_hold_exit - nothing is held any more, nor will be
 *
 * Context: process, may sleep.
 */
void naru_dgram_hold_exit(void)
{
	if (!have_keys)
		return;
	static_branch_dec(&udpv6_encap_needed_key);
	static_branch_dec(&udp_encap_needed_key);
}

/* From here on it is naru that gets what arrives. A checksum of 0 over IPv6 is judged by socket */
static void divert(struct sock *sk)
{
	struct udp_sock *up = udp_sk(sk);

	udp_set_no_check6_rx(sk, true);
	up->encap_rcv = naru_dgram_encap_rcv;
	up->encap_err_rcv = encap_err;
	WRITE_ONCE(up->encap_type, ENCAP_NARU);
	keys_on();
	udp_tunnel_encap_enable(sk);
}

static struct socket *create(struct net *net, const struct cover *c)
{
	struct socket *sock;
	int err;

	err = sock_create_kern(net, c->family, SOCK_DGRAM, IPPROTO_UDP, &sock);
	if (!err && c->dev) {
		err = sock_bindtoindex(sock->sk, c->dev, true);
		if (err)
			sock_release(sock);
	}
	if (err)
		return ERR_PTR(err);
	/* shared by SO_REUSEPORT with no user's */
	SOCK_INODE(sock)->i_uid = INVALID_UID;
	divert(sock->sk);
	return sock;
}

static bool is_own(const struct naru_dgram_port *port, const struct sock *sk)
{
	const struct naru_dgram_hold *h;

	list_for_each_entry(h, &port->holds, link)
		if (h->sk == sk)
			return true;
	return false;
}

/* bind()'s rules of UDP between a socket that holds a port, or is about to, and another */
static bool in_the_way(const struct sock *holder, const struct sock *other)
{
	if (holder->sk_reuse && other->sk_reuse)
		return false;
	if (holder->sk_bound_dev_if && other->sk_bound_dev_if &&
	    holder->sk_bound_dev_if != other->sk_bound_dev_if)
		return false;
	return inet_rcv_saddr_equal(holder, other, true);
}

/* Whether the kernel's UDP has a socket, not one of our own, that does not let @holder be where it is bound */
static bool conflicts(const struct naru_dgram_port *port, const struct sock *holder)
{
	struct net *net = sock_net(holder);
	struct udp_hslot *slot = udp_hashslot(naru_compat_udp_table(net), net, port->id.num);
	struct sock *sk;
	bool found = false;

	spin_lock_bh(&slot->lock);
	sk_for_each(sk, &slot->head) {
		if (sk == holder || !net_eq(sock_net(sk), net) ||
		    udp_sk(sk)->udp_port_hash != port->id.num || is_own(port, sk))
			continue;
		found = in_the_way(holder, sk);
		if (found)
			break;
	}
	spin_unlock_bh(&slot->lock);
	return found;
}

/* SO_REUSEPORT, for those who have it and the same owner, which is nobody: see create() */
static void set_share(struct naru_dgram_port *port, struct sock *sk, bool on)
{
	struct naru_dgram_hold *h;

	list_for_each_entry(h, &port->holds, link)
		set_reuseport(h->sock->sk, on);
	set_reuseport(sk, on);
}

/*
 * Sockets with SO_REUSEADDR share a port with whoever has it too, the kernel's included. Our own of other
 * addresses must not be in the way: with them it is shared as a group does. Of others the kernel's UDP looks no
 * further then than to the first of the group.
 */
static int bind_beside_own(struct naru_dgram_port *port, struct socket *sock, const struct cover *c,
			   bool reuse)
{
	int err;

	set_reuse(sock->sk, reuse);
	err = bind_to(sock->sk, c, port->id.num);
	if (err != -EADDRINUSE || list_empty(&port->holds))
		return err;
	set_share(port, sock->sk, true);
	err = bind_to(sock->sk, c, port->id.num);
	set_share(port, sock->sk, false);
	if (!err && conflicts(port, sock->sk))
		err = -EADDRINUSE;
	return err;
}

static struct naru_dgram_hold *find(struct naru_dgram_port *port, const struct cover *c)
{
	struct naru_dgram_hold *h;

	list_for_each_entry(h, &port->holds, link)
		if (same_cover(&h->cover, c))
			return h;
	return NULL;
}

static void use(struct naru_dgram_hold *h, struct sock *sk)
{
	h->users++;
	WRITE_ONCE(naru_dgram(sk)->hold, h);
}

static int add(struct naru_dgram_port *port, struct sock *sk, struct socket *sock,
	       const struct cover *c)
{
	struct naru_dgram_hold *h = kzalloc(sizeof(*h), GFP_KERNEL_ACCOUNT);

	if (!h)
		return -ENOMEM;
	h->sock = sock;
	h->sk = sock->sk;
	h->cover = *c;
	list_add(&h->link, &port->holds);
	use(h, sk);
	return 0;
}

/* What is held already, with or without SO_REUSEADDR: who does not have it shares with none of the kernel's */
static int join(struct naru_dgram_port *port, struct naru_dgram_hold *h, struct sock *sk)
{
	struct sock *holder = h->sock->sk;

	if (holder->sk_reuse && !sk->sk_reuse) {
		set_reuse(holder, false);
		if (conflicts(port, holder)) {
			set_reuse(holder, true);
			NARU_INC(naru_net_of(sk), HOLDER_FAILED);
			return -EADDRINUSE;
		}
	}
	use(h, sk);
	return 0;
}

/**
 * naru_dgram_hold_get - keep a port from the kernel's UDP
 * @port: port of wire mode inet
 * @sk: socket that is about to use it; its local address is set
 *
 * Context: process, may sleep; naru_dgrams.mutex is held, and the lock of @sk.
 *
 * Return: 0, -EADDRINUSE where a socket of the kernel's UDP has the port, -ENOMEM...
 */
int naru_dgram_hold_get(struct naru_dgram_port *port, struct sock *sk)
{
	struct naru_dgram_hold *h;
	struct socket *sock;
	struct cover c;
	int err;

	cover_of(sk, &c);
	h = find(port, &c);
	if (h)
		return join(port, h, sk);
	sock = create(sock_net(sk), &c);
	if (IS_ERR(sock))
		return PTR_ERR(sock);
	err = bind_beside_own(port, sock, &c, sk->sk_reuse);
	if (!err)
		err = add(port, sk, sock, &c);
	if (!err)
		return 0;
	NARU_INC(naru_net_of(sk), HOLDER_FAILED);
	sock_release(sock);
	return err;
}

/**
 * naru_dgram_hold_any - hold a port that nobody has, a random one (RFC 6056 3.3.1)
 * @sk: socket that is to have it; its local address is set
 * @num: set to the port, host byte order
 *
 * Context: process, may sleep; naru_dgrams.mutex is held, and the lock of @sk.
 *
 * Return: what holds it, for naru_dgram_hold_adopt() or sock_release(), or an ERR_PTR.
 */
struct socket *naru_dgram_hold_any(struct sock *sk, u16 *num)
{
	int low, high, left, err = -EADDRINUSE;
	struct socket *sock;
	struct cover c;
	u32 i, first;

	cover_of(sk, &c);
	sock = create(sock_net(sk), &c);
	if (IS_ERR(sock))
		return sock;
	inet_sk_get_local_port_range(sk, &low, &high);
	left = high - low + 1;
	first = get_random_u32_below(left);
	for (i = 0; i < left && err == -EADDRINUSE; i++) {
		*num = low + (first + i) % left;
		if (!inet_is_local_reserved_port(sock_net(sk), *num) &&
		    !naru_dgram_port(naru_net_of(sk), IPPROTO_UDP, *num))
			err = bind_to(sock->sk, &c, *num);
	}
	if (!err)
		return sock;
	sock_release(sock);
	return ERR_PTR(err);
}

/**
 * naru_dgram_hold_adopt - what holds a port is a socket's
 * @port: port that nobody else has
 * @sk: socket
 * @sock: from naru_dgram_hold_any(); the caller's still where this fails
 *
 * Context: process; naru_dgrams.mutex is held.
 *
 * Return: 0 or -ENOMEM.
 */
int naru_dgram_hold_adopt(struct naru_dgram_port *port, struct sock *sk, struct socket *sock)
{
	struct cover c;

	cover_of(sk, &c);
	set_reuse(sock->sk, sk->sk_reuse);
	return add(port, sk, sock, &c);
}

/**
 * naru_dgram_hold_put - a socket needs its port held no longer
 * @sk: socket; one that has nothing held is left alone
 *
 * Context: process, may sleep; naru_dgrams.mutex is held.
 */
void naru_dgram_hold_put(struct sock *sk)
{
	struct naru_dgram_hold *h = naru_dgram(sk)->hold;

	if (!h)
		return;
	WRITE_ONCE(naru_dgram(sk)->hold, NULL);
	if (--h->users)
		return;
	list_del(&h->link);
	sock_release(h->sock);
	kfree_rcu(h, rcu);
}

/**
 * naru_dgram_held_by - whether what came to one of the kernel's sockets may be for a socket
 * @sk: socket
 * @holder: the kernel's socket; NULL in wire mode native: it may
 *
 * Context: any, under rcu_read_lock(). Multicast and broadcast come to each of several in turn.
 *
 * Return: true when it may.
 */
bool naru_dgram_held_by(const struct sock *sk, const struct sock *holder)
{
	const struct naru_dgram_hold *h = READ_ONCE(naru_dgram(sk)->hold);

	return !holder || (h && h->sk == holder);
}
