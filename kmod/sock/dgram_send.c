// SPDX-License-Identifier: GPL-2.0
/*
 * sendmsg(2) on datagram sockets: at once and without the socket's lock, or gathered under it while the socket is
 * corked (UDP_CORK, MSG_MORE). Errors and their order are those of udp(7).
 */
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/udp.h>
#include "dgram.h"
#include "ledger.h"

/**
 * struct naru_dgram_pending - a datagram that a corked socket gathers; its pieces are in sk_write_queue
 * @tx: what the first call has said of it
 * @dst: its route
 * @len: bytes so far
 */
struct naru_dgram_pending {
	struct naru_dgram_tx tx;
	struct dst_entry *dst;
	u32 len;
};

/* ---- where to ---- */

static void to_v4(struct naru_dgram_tx *tx, __be32 ip, __be16 port)
{
	tx->v4 = true;
	ipv6_addr_set_v4mapped(ip, &tx->to.ip);
	tx->to.port = port;
}

static int name_v4(struct sock *sk, struct naru_dgram_tx *tx, const struct msghdr *msg)
{
	const struct sockaddr_in *sin = msg->msg_name;

	if (msg->msg_namelen < (int)sizeof(*sin))
		return -EINVAL;
	if (sin->sin_family != AF_INET && sin->sin_family != AF_UNSPEC)
		return -EAFNOSUPPORT;
	to_v4(tx, sin->sin_addr.s_addr, sin->sin_port);
	return tx->to.port ? 0 : -EINVAL;
}

static void any_means_loopback(const struct sock *sk, struct naru_dgram_tx *tx)
{
	if (!ipv6_addr_any(&tx->to.ip))
		return;
	if (ipv6_addr_v4mapped(&inet6_sk(sk)->saddr))
		ipv6_addr_set_v4mapped(htonl(INADDR_LOOPBACK), &tx->to.ip);
	else
		tx->to.ip = in6addr_loopback;
}

static int name_v6(struct sock *sk, struct naru_dgram_tx *tx, const struct msghdr *msg)
{
	const struct sockaddr_in6 *sin6 = msg->msg_name;

	if (msg->msg_namelen < SIN6_LEN_RFC2133)
		return -EINVAL;
	tx->to.ip = sin6->sin6_addr;
	tx->to.port = sin6->sin6_port;
	any_means_loopback(sk, tx);
	tx->v4 = ipv6_addr_v4mapped(&tx->to.ip);
	if (naru_compat_sndflow(sk))
		tx->flowlabel = sin6->sin6_flowinfo & IPV6_FLOWINFO_MASK;
	if (msg->msg_namelen >= (int)sizeof(*sin6) && sin6->sin6_scope_id &&
	    __ipv6_addr_needs_scope_id(__ipv6_addr_type(&tx->to.ip)))
		tx->oif = sin6->sin6_scope_id;
	return tx->to.port ? 0 : -EINVAL;
}

static int connected_to(const struct sock *sk, struct naru_dgram_tx *tx)
{
	const struct inet_sock *inet = inet_sk(sk);

	if (sk->sk_state != TCP_ESTABLISHED)
		return -EDESTADDRREQ;
	tx->connected = true;
	tx->to.port = inet->inet_dport;
	if (sk->sk_family == AF_INET || ipv6_addr_v4mapped(&sk->sk_v6_daddr)) {
		to_v4(tx, inet->inet_daddr, inet->inet_dport);
	} else {
		tx->to.ip = sk->sk_v6_daddr;
		tx->flowlabel = inet6_sk(sk)->flow_label;
	}
	return 0;
}

static int destination(struct sock *sk, struct naru_dgram_tx *tx, const struct msghdr *msg)
{
	const struct sockaddr *name = msg->msg_name;

	if (!name)
		return connected_to(sk, tx);
	if (sk->sk_family == AF_INET)
		return name_v4(sk, tx, msg);
	if (msg->msg_namelen < (int)offsetofend(struct sockaddr, sa_family))
		return -EINVAL;
	switch (name->sa_family) {
	case AF_INET6:
		return name_v6(sk, tx, msg);
	case AF_INET:
		return name_v4(sk, tx, msg);
	case AF_UNSPEC:
		return connected_to(sk, tx);
	default:
		return -EINVAL;
	}
}

/* ---- what else ---- */

static void defaults(struct sock *sk, struct naru_dgram_tx *tx)
{
	memset(tx, 0, offsetof(struct naru_dgram_tx, opt6_space));
	tx->oif = READ_ONCE(sk->sk_bound_dev_if);
	tx->ttl = -1;
	tx->gso_size = READ_ONCE(naru_dgram(sk)->gso_size);
	tx->priority = READ_ONCE(sk->sk_priority);
	sockcm_init(&tx->sockc, sk);
	tx->sockc.mark = READ_ONCE(sk->sk_mark);
}

static void defaults_of_family(const struct sock *sk, struct naru_dgram_tx *tx)
{
	if (tx->v4) {
		tx->tos = READ_ONCE(inet_sk(sk)->tos);
		ipv6_addr_set_v4mapped(inet_sk(sk)->inet_saddr, &tx->from);
		return;
	}
	tx->tos = inet6_sk(sk)->tclass;
	tx->dontfrag = naru_compat_dontfrag(sk);
	if (!tx->oif)
		tx->oif = READ_ONCE(inet6_sk(sk)->sticky_pktinfo.ipi6_ifindex);
}

/* cgroup programs may change both addresses */
static int program_v4(struct sock *sk, struct naru_dgram_tx *tx, bool named)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = tx->to.port,
		.sin_addr.s_addr = tx->to.ip.s6_addr32[3],
	};
	__be32 from = tx->from.s6_addr32[3];
	int len = sizeof(sin);
	int err;

	err = naru_compat_cgroup_sendmsg(sk, named ? (struct sockaddr *)&sin : NULL, &len,
					 CGROUP_UDP4_SENDMSG, &from);
	if (err)
		return err;
	ipv6_addr_set_v4mapped(from, &tx->from);
	to_v4(tx, sin.sin_addr.s_addr, sin.sin_port);
	return tx->to.port ? 0 : -EINVAL;
}

static int program_v6(struct sock *sk, struct naru_dgram_tx *tx, bool named)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_port = tx->to.port,
		.sin6_addr = tx->to.ip,
	};
	int len = sizeof(sin6);
	int err;

	err = naru_compat_cgroup_sendmsg(sk, named ? (struct sockaddr *)&sin6 : NULL, &len,
					 CGROUP_UDP6_SENDMSG, &tx->from);
	if (err)
		return err;
	if (ipv6_addr_v4mapped(&sin6.sin6_addr))
		return -EOPNOTSUPP;
	tx->to.ip = sin6.sin6_addr;
	tx->to.port = sin6.sin6_port;
	return tx->to.port ? 0 : -EINVAL;
}

/*
 * Of a connected socket they have seen the peer, but for one of IPv6's that IPv4 has: there the kernel's UDP asks
 * them each time.
 */
static int run_program(struct sock *sk, struct naru_dgram_tx *tx, bool named)
{
	const struct naru_addr to = tx->to;
	struct in6_addr from = tx->from;
	int err;

	if (tx->connected && (!tx->v4 || sk->sk_family == AF_INET))
		return 0;
	err = tx->v4 ? program_v4(sk, tx, named || sk->sk_family == AF_INET6) :
		       program_v6(sk, tx, named);
	if (!ipv6_addr_equal(&to.ip, &tx->to.ip) || to.port != tx->to.port ||
	    !ipv6_addr_equal(&from, &tx->from))
		tx->connected = false;
	return err;
}

/* The port is noted: another thread may take it away before the datagram has its header */
static int bind_locked(struct sock *sk, struct naru_dgram_tx *tx)
{
	int err = naru_dgram_autobind(sk);

	tx->sport = inet_sk(sk)->inet_sport;
	return err;
}

static int source_port(struct sock *sk, struct naru_dgram_tx *tx)
{
	int err;

	tx->sport = READ_ONCE(inet_sk(sk)->inet_sport);
	if (tx->sport)
		return 0;
	lock_sock(sk);
	err = bind_locked(sk, tx);
	release_sock(sk);
	return err;
}

/* naru_dgram_tx_free() is due in any case */
static int prepare(struct sock *sk, struct naru_dgram_tx *tx, struct msghdr *msg)
{
	bool named;
	int err;

	defaults(sk, tx);
	err = source_port(sk, tx);
	if (err)
		return err;
	err = destination(sk, tx, msg);
	if (err)
		return err;
	named = !tx->connected;
	if (tx->v4 && ipv6_only_sock(sk))
		return -ENETUNREACH;
	defaults_of_family(sk, tx);
	err = naru_dgram_tx_cmsg(sk, tx, msg);
	if (err)
		return err;
	if (!tx->v4 && ipv6_addr_any(&tx->from))
		tx->from = inet6_sk(sk)->saddr;
	return run_program(sk, tx, named);
}

/* ---- the data ---- */

/* A further piece of what is gathered, under the lock: it cannot wait for room that the other pieces take */
static struct sk_buff *alloc_more(struct sock *sk, u32 linear, u32 paged, int *err)
{
	struct sk_buff *skb;

	*err = -ENOBUFS;
	/* as the kernel's UDP has it */
	if (sk_wmem_alloc_get(sk) > 2 * READ_ONCE(sk->sk_sndbuf))
		return NULL;
	skb = alloc_skb_with_frags(linear, paged, PAGE_ALLOC_COSTLY_ORDER, err, sk->sk_allocation);
	if (skb)
		skb_set_owner_w(skb, sk);
	return skb;
}

/* @len bytes from @msg, with @room in front, which only further pieces have none of */
static struct sk_buff *make(struct sock *sk, struct msghdr *msg, u32 len, unsigned int room,
			    unsigned int trailer)
{
	u32 linear = room + len + trailer <= SKB_MAX_ORDER(0, 0) ? len : 0;
	struct sk_buff *skb;
	int err;

	if (room)
		skb = sock_alloc_send_pskb(sk, room + linear + trailer, len - linear,
					   msg->msg_flags & MSG_DONTWAIT, &err, PAGE_ALLOC_COSTLY_ORDER);
	else
		skb = alloc_more(sk, linear, len - linear, &err);
	if (!skb)
		return ERR_PTR(err);
	skb_reserve(skb, room);
	skb_put(skb, linear);
	skb->data_len = len - linear;
	skb->len += len - linear;
	err = skb_copy_datagram_from_iter(skb, 0, &msg->msg_iter, len);
	if (!err)
		return skb;
	consume_skb(skb);
	return ERR_PTR(err);
}

static int send_one(struct sock *sk, struct naru_dgram_tx *tx, struct dst_entry *dst,
		    struct msghdr *msg, u32 len)
{
	struct sk_buff *skb = make(sk, msg, len, naru_dgram_room(tx, dst), dst->trailer_len);

	return IS_ERR(skb) ? PTR_ERR(skb) : naru_dgram_xmit(sk, skb, tx, dst);
}

/* UDP_SEGMENT: one after the other where devices do not know how to cut */
static int send_each(struct sock *sk, struct naru_dgram_tx *tx, struct dst_entry *dst,
		     struct msghdr *msg, u32 len)
{
	u32 sent, n;
	int err = 0;

	for (sent = 0; sent < len && !err; sent += n) {
		n = min_t(u32, len - sent, tx->gso_size);
		err = send_one(sk, tx, dst, msg, n);
	}
	return err;
}

/* What is cut has to have a checksum and fit the path, one by one */
static int check_segments(const struct sock *sk, const struct naru_dgram_tx *tx, u32 len)
{
	bool no_csum = tx->v4 ? sk->sk_no_check_tx : READ_ONCE(naru_dgram(sk)->no_check6_tx);

	if (!tx->gso_size || len <= tx->gso_size)
		return 0;
	return no_csum || len > tx->gso_size * UDP_MAX_SEGMENTS ? -EINVAL : 0;
}

static int check(struct sock *sk, const struct naru_dgram_tx *tx, struct dst_entry *dst, u32 len)
{
	int err = check_segments(sk, tx, len);

	return err ? : naru_dgram_check_len(sk, tx, dst, len);
}

static int send_now(struct sock *sk, struct naru_dgram_tx *tx, struct dst_entry *dst,
		    struct msghdr *msg, u32 len)
{
	int err = check(sk, tx, dst, len);

	if (err)
		return err;
	if (tx->gso_size && len > tx->gso_size &&
	    (naru_dgram(sk)->wire != IPPROTO_UDP || dst_xfrm(dst)))
		return send_each(sk, tx, dst, msg, len);
	return send_one(sk, tx, dst, msg, len);
}

/* ---- corked ---- */

/**
 * naru_dgram_forget - what a corked socket has gathered is not sent
 * @sk: socket, lock held
 */
void naru_dgram_forget(struct sock *sk)
{
	struct naru_dgram_pending *p = naru_dgram(sk)->pending;

	if (!p)
		return;
	WRITE_ONCE(naru_dgram(sk)->pending, NULL);
	__skb_queue_purge(&sk->sk_write_queue);
	naru_dgram_tx_free(&p->tx);
	dst_release(p->dst);
	kfree(p);
}

/* The pieces become one packet, whose owner the first is: what they have cost stays charged by it */
static struct sk_buff *gather(struct sock *sk)
{
	struct sk_buff *head = __skb_dequeue(&sk->sk_write_queue);
	struct sk_buff **tail = &skb_shinfo(head)->frag_list;
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&sk->sk_write_queue))) {
		*tail = skb;
		tail = &skb->next;
		head->len += skb->len;
		head->data_len += skb->len;
		head->truesize += skb->truesize;
		skb->destructor = NULL;
		skb->sk = NULL;
	}
	return head;
}

/* UDP_SEGMENT, of what was gathered */
static int push_each(struct sock *sk, struct naru_dgram_pending *p, const struct sk_buff *whole)
{
	unsigned int room = naru_dgram_room(&p->tx, p->dst);
	struct sk_buff *skb;
	u32 off, n;
	int err = 0;

	for (off = 0; off < p->len && !err; off += n) {
		n = min_t(u32, p->len - off, p->tx.gso_size);
		skb = sock_wmalloc(sk, room + n + p->dst->trailer_len, 1, GFP_KERNEL);
		if (!skb)
			return -ENOBUFS;
		skb_reserve(skb, room);
		skb_copy_bits(whole, off, skb_put(skb, n), n);
		err = naru_dgram_xmit(sk, skb, &p->tx, p->dst);
	}
	return err;
}

static int push_whole(struct sock *sk, struct naru_dgram_pending *p, struct sk_buff *skb)
{
	int err = check_segments(sk, &p->tx, p->len);

	if (!err && (!p->tx.gso_size || p->len <= p->tx.gso_size))
		return naru_dgram_xmit(sk, skb, &p->tx, p->dst);
	if (!err)
		err = push_each(sk, p, skb);
	consume_skb(skb);
	return err;
}

/**
 * naru_dgram_push - a corked socket sends what it has gathered
 * @sk: socket, lock held
 *
 * Context: process.
 *
 * Return: 0 or a negative errno.
 */
int naru_dgram_push(struct sock *sk)
{
	struct naru_dgram_pending *p = naru_dgram(sk)->pending;
	int err;

	if (!p)
		return 0;
	err = push_whole(sk, p, gather(sk));
	naru_dgram_forget(sk);
	return err;
}

static int append(struct sock *sk, struct msghdr *msg, u32 len)
{
	struct naru_dgram_pending *p = naru_dgram(sk)->pending;
	unsigned int room = p->len ? 0 : naru_dgram_room(&p->tx, p->dst);
	struct sk_buff *skb;
	int err;

	if (p->len + len > 0xffff)
		return -EMSGSIZE;
	err = naru_dgram_check_len(sk, &p->tx, p->dst, p->len + len);
	if (err)
		return err;
	if (!len && !skb_queue_empty(&sk->sk_write_queue))
		return 0;
	skb = make(sk, msg, len, room, 0);
	if (IS_ERR(skb))
		return PTR_ERR(skb);
	__skb_queue_tail(&sk->sk_write_queue, skb);
	p->len += len;
	return 0;
}

/* What the call had to itself goes with the datagram; headers in its control messages do not outlive it */
static int begin(struct sock *sk, struct naru_dgram_tx *tx, struct dst_entry *dst)
{
	struct naru_dgram_pending *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return -ENOBUFS;
	if (naru_dgram_tx_keep(tx)) {
		kfree(p);
		return -ENOBUFS;
	}
	p->tx = *tx;
	p->dst = dst_clone(dst);
	tx->opt4_own = false;
	tx->label = NULL;
	tx->opt6_ref = NULL;
	WRITE_ONCE(naru_dgram(sk)->pending, p);
	return 0;
}

/* Lock held. 0, or the datagram is given up */
static int append_or_push(struct sock *sk, struct msghdr *msg, u32 len)
{
	int err = append(sk, msg, len);

	if (err)
		naru_dgram_forget(sk);
	else if (!naru_dgram(sk)->corked && !(msg->msg_flags & MSG_MORE))
		err = naru_dgram_push(sk);
	return err;
}

static int send_corked(struct sock *sk, struct naru_dgram_tx *tx, struct dst_entry *dst,
		       struct msghdr *msg, u32 len)
{
	int err = -EINVAL;

	lock_sock(sk);
	/* another thread may have begun meanwhile, or taken the port away, which is kept from here on */
	if (!naru_dgram(sk)->pending)
		err = bind_locked(sk, tx);
	if (!err)
		err = begin(sk, tx, dst);
	if (!err)
		err = append_or_push(sk, msg, len);
	release_sock(sk);
	return err;
}

/* ---- the call ---- */

static int dispatch(struct sock *sk, struct naru_dgram_tx *tx, struct msghdr *msg, u32 len)
{
	struct dst_entry *dst = naru_dgram_route(sk, tx, msg->msg_flags);
	int err = 0;

	if (IS_ERR(dst))
		return PTR_ERR(dst);
	if (msg->msg_flags & MSG_CONFIRM)
		dst_confirm_neigh(dst, tx->v4 ? (void *)&tx->hop.s6_addr32[3] : &tx->hop);
	/* looks for the way alone */
	if (msg->msg_flags & MSG_PROBE)
		goto out;
	if (READ_ONCE(naru_dgram(sk)->corked) || (msg->msg_flags & MSG_MORE))
		err = send_corked(sk, tx, dst, msg, len);
	else
		err = send_now(sk, tx, dst, msg, len);
out:
	dst_release(dst);
	return err;
}

static int begin_send(struct sock *sk, struct msghdr *msg, u32 len)
{
	struct naru_dgram_tx tx;
	int err = prepare(sk, &tx, msg);

	if (!err)
		err = dispatch(sk, &tx, msg, len);
	naru_dgram_tx_free(&tx);
	return err;
}

/* 1: nothing is gathered any more */
static int go_on(struct sock *sk, struct msghdr *msg, u32 len)
{
	int err = 1;

	lock_sock(sk);
	if (naru_dgram(sk)->pending)
		err = append_or_push(sk, msg, len);
	release_sock(sk);
	return err;
}

/**
 * naru_dgram_sendmsg - proto_ops.sendmsg
 * @sock: socket
 * @msg: what to send
 * @len: its bytes
 *
 * Context: process, may sleep.
 *
 * Return: bytes, or a negative errno.
 */
int naru_dgram_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct sock *sk = sock->sk;
	int err = 1;

	if (len > 0xffff)
		return -EMSGSIZE;
	if (msg->msg_flags & MSG_OOB) {
		naru_ledger_refuse(sk, NARU_REFUSED_FLAG, 0, MSG_OOB, EOPNOTSUPP);
		return -EOPNOTSUPP;
	}
	if (READ_ONCE(naru_dgram(sk)->pending))
		err = go_on(sk, msg, len);
	if (err == 1)
		err = begin_send(sk, msg, len);
	return err ? : len;
}
