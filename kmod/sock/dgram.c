// SPDX-License-Identifier: GPL-2.0
/*
 * struct sock of a datagram socket: made, listed, taken apart, and its table of calls.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/poll.h>
#include <linux/sockios.h>
#include <asm/ioctls.h>
#include <net/inet_common.h>
#include <net/ipv6.h>
#include <net/transp_v6.h>
#include "dgram.h"
#include "option.h"
#include "sock.h"

/* What is asked of sockets of either kind looks at these */
static_assert(offsetof(struct naru_dgram, node) == offsetof(struct naru_sock, node));
static_assert(offsetof(struct naru_dgram, nn) == offsetof(struct naru_sock, nn));
static_assert(offsetof(struct naru_dgram, owner) == offsetof(struct naru_sock, owner));
static_assert(offsetof(struct naru_dgram, port) == offsetof(struct naru_sock, port));
static_assert(offsetof(struct naru_dgram, wire) == offsetof(struct naru_sock, wire));
static_assert(offsetof(struct naru_dgram, domain) == offsetof(struct naru_sock, domain));

static atomic_long_t memory_allocated;
static DEFINE_PER_CPU(int, memory_per_cpu_fw_alloc);
static int least_memory[1] = { 4096 };	/* bytes that a socket may always have */

/* ---- struct proto ---- */

/* The core has this called on binds of its own; ours go by dgram_port.c */
static int hash(struct sock *sk)
{
	return 0;
}

/* As a stream's: taking a port may sleep, which a BPF program at connect() may not (M3) */
static int get_port(struct sock *sk, unsigned short num)
{
	return -EOPNOTSUPP;
}

static void close(struct sock *sk, long timeout)
{
	struct naru_dgram *ds = naru_dgram(sk);

	lock_sock(sk);
	naru_dgram_forget(sk);
	/* before the event: who reads the list after it does not find the socket any more */
	naru_sock_unregister_node(ds->nn, &ds->node);
	if (sk->sk_state != TCP_CLOSE)
		naru_event_sock(sk, sk->sk_state, TCP_CLOSE);
	/* under the lock: who kills may have found the socket before */
	naru_dgram_unbind(sk);
	release_sock(sk);
	sk_common_release(sk);
}

static int disconnect(struct sock *sk, int flags)
{
	return naru_dgram_disconnect(sk);
}

struct proto naru_dgram_prot = {
	.name = "NARU-DGRAM",
	.owner = THIS_MODULE,
	.close = close,
	.disconnect = disconnect,
	.hash = hash,
	.unhash = naru_dgram_unbind,
	.get_port = get_port,
	.put_port = naru_dgram_unbind,
	.memory_allocated = &memory_allocated,
	.per_cpu_fw_alloc = &memory_per_cpu_fw_alloc,
	.sysctl_rmem = least_memory,
	.sysctl_wmem = least_memory,
	.obj_size = sizeof(struct naru_dgram),
	.slab_flags = SLAB_ACCOUNT,
};

/**
 * naru_dgram_proto_register - make struct proto and its slab cache known
 *
 * Return: 0 or a negative errno. Context: process, may sleep, after naru_settings_machine_init().
 */
int naru_dgram_proto_register(void)
{
	naru_dgram_prot.sysctl_mem = naru_settings_mem();
	return proto_register(&naru_dgram_prot, 1);
}

/**
 * naru_dgram_proto_unregister - the reverse; no socket is left
 *
 * Context: process, may sleep.
 */
void naru_dgram_proto_unregister(void)
{
	proto_unregister(&naru_dgram_prot);
}

/* ---- life ---- */

static void destruct(struct sock *sk)
{
	struct naru_net *nn = naru_net_of(sk);

	naru_dgram_purge(sk);
	inet6_cleanup_sock(sk);
	inet_sock_destruct(sk);
	naru_owner_put(&naru_dgram(sk)->owner);
	atomic_dec(&nn->nr_socks);
}

/**
 * naru_dgram_wire - the IP protocol of socket(AF_NARU, SOCK_DGRAM, protocol)
 * @protocol: third argument of socket(2)
 *
 * Return: 17, 254, or -EPROTONOSUPPORT.
 */
int naru_dgram_wire(int protocol)
{
	if (!protocol)
		return NARU_PROTO_DGRAM;
	return protocol == IPPROTO_UDP ? IPPROTO_UDP : -EPROTONOSUPPORT;
}

/**
 * naru_dgram_init - a new socket
 * @sk: from sk_alloc() and sock_init_data()
 * @wire: IP protocol number, 17 or 254
 *
 * Context: process, nobody else knows the socket yet.
 */
void naru_dgram_init(struct sock *sk, u8 wire)
{
	struct naru_net *nn = naru_net(sock_net(sk));
	struct naru_dgram *ds = naru_dgram(sk);

	ds->nn = nn;
	ds->wire = wire;
	sk->sk_protocol = NARU_SK_PROTO(wire);
	sk->sk_destruct = destruct;
	sock_set_flag(sk, SOCK_RCU_FREE);
	sk_set_txhash(sk);
	sk->sk_txrehash = READ_ONCE(sock_net(sk)->core.sysctl_txrehash);
	naru_sock_init_inet(sk, &ds->inet6);
	INIT_HLIST_NODE(&ds->node.reg);
	naru_dgram_note_key(sk);
	atomic_inc(&nn->nr_socks);
	naru_sock_register_node(nn, &ds->node, NARU_NODE_SOCK);
}

/**
 * naru_dgram_note_key - what lists and traces show follows the socket
 * @sk: socket, lock held or not known to others
 */
void naru_dgram_note_key(struct sock *sk)
{
	struct naru_key *key = &naru_dgram(sk)->node.key;
	struct inet_sock *inet = inet_sk(sk);

	key->wire = naru_dgram(sk)->wire;
	key->lport = inet->inet_sport;
	key->rport = inet->inet_dport;
	naru_addr_local(sk, &key->laddr);
	if (sk->sk_family == AF_INET)
		ipv6_addr_set_v4mapped(inet->inet_daddr, &key->raddr);
	else
		key->raddr = sk->sk_v6_daddr;
	if (ipv6_addr_v4mapped(&key->laddr) && ipv6_addr_any(&key->raddr))
		ipv6_addr_set_v4mapped(0, &key->raddr);
	key->scope = READ_ONCE(sk->sk_bound_dev_if);
}

static void forget_local(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);

	inet->inet_saddr = 0;
	inet->inet_rcv_saddr = 0;
	inet6_sk(sk)->saddr = in6addr_any;
	sk->sk_v6_rcv_saddr = in6addr_any;
}

/**
 * naru_dgram_disconnect - no peer any more, and no local side that bind() did not name
 * @sk: socket, lock held
 *
 * Context: process, may sleep.
 *
 * Return: 0.
 */
int naru_dgram_disconnect(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);
	int old = sk->sk_state;

	sk->sk_state = TCP_CLOSE;
	inet->inet_daddr = 0;
	inet->inet_dport = 0;
	sk->sk_v6_daddr = in6addr_any;
	sock_rps_reset_rxhash(sk);
	WRITE_ONCE(sk->sk_bound_dev_if, 0);
	if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK))
		forget_local(sk);
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK)) {
		/* what was gathered would have no port to come from */
		naru_dgram_forget(sk);
		naru_dgram_unbind(sk);
	}
	sk_dst_reset(sk);
	naru_dgram_note_key(sk);
	if (old != TCP_CLOSE)
		naru_event_sock(sk, old, TCP_CLOSE);
	return 0;
}

/**
 * naru_dgram_abort - end a socket from outside: it is bound and connected no longer
 * @sk: socket; the caller holds a reference
 * @err: errno, positive, that its program gets
 *
 * Context: process, may sleep; takes the lock.
 *
 * Return: 0, or -ENOENT where there is nothing to end.
 */
int naru_dgram_abort(struct sock *sk, int err)
{
	int ret = -ENOENT;

	lock_sock(sk);
	if (naru_dgram(sk)->port) {
		WRITE_ONCE(sk->sk_err, err);
		sk_error_report(sk);
		naru_dgram_forget(sk);
		sk->sk_userlocks &= ~(SOCK_BINDADDR_LOCK | SOCK_BINDPORT_LOCK);
		naru_dgram_disconnect(sk);
		ret = 0;
	}
	release_sock(sk);
	return ret;
}

/* ---- calls ---- */

static int release(struct socket *sock)
{
	return sock->sk ? inet6_release(sock) : 0;
}

/* Bytes of the next datagram; 0 also where it has none */
static int first_len(struct sock *sk)
{
	struct sk_buff *skb;
	int len = 0;

	spin_lock_bh(&sk->sk_receive_queue.lock);
	skb = skb_peek(&sk->sk_receive_queue);
	if (skb)
		len = skb->len;
	spin_unlock_bh(&sk->sk_receive_queue.lock);
	return len;
}

static int ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	struct sock *sk = sock->sk;
	int err;

	switch (cmd) {
	case SIOCINQ:
		return put_user(first_len(sk), (int __user *)arg);
	case SIOCOUTQ:
		return put_user(sk_wmem_alloc_get(sk), (int __user *)arg);
	default:
		err = naru_option_ioctl(sk, cmd);
		if (err)
			return err;
		/* their own part is empty: struct proto has no ioctl */
		return naru_dgram(sk)->domain == AF_INET6 ? inet6_ioctl(sock, cmd, arg) :
							    inet_ioctl(sock, cmd, arg);
	}
}

const struct proto_ops naru_dgram_ops = {
	.family = PF_NARU,
	.owner = THIS_MODULE,
	.release = release,
	.bind = naru_bind,
	.connect = naru_dgram_connect,
	.socketpair = sock_no_socketpair,
	.accept = sock_no_accept,
	.getname = naru_family_name,
	.poll = datagram_poll,
	.ioctl = ioctl,
	.gettstamp = sock_gettstamp,
	.listen = sock_no_listen,
	.shutdown = inet_shutdown,
	.setsockopt = naru_dgram_setsockopt,
	.getsockopt = naru_dgram_getsockopt,
	.sendmsg = naru_dgram_sendmsg,
	.recvmsg = naru_dgram_recvmsg,
	.mmap = sock_no_mmap,
	.set_peek_off = sk_set_peek_off,
};
