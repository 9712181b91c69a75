// SPDX-License-Identifier: GPL-2.0
/*
 * struct sock of a naru stream: made, cloned, listed, taken apart.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <net/inet_common.h>
#include <net/ipv6.h>
#include <net/transp_v6.h>
#include "naru.h"
#include "dgram.h"
#include "sock.h"
#include "tcp/recorder.h"

/* ---- memory accounting, as struct proto wants it ---- */

static atomic_long_t memory_allocated;
static DEFINE_PER_CPU(int, memory_per_cpu_fw_alloc);
static struct percpu_counter sockets_allocated;
static unsigned long memory_pressure;
static int buffer_limits_rmem[3] = { 4096, 131072, 6291456 };	/* bytes */
static int buffer_limits_wmem[3] = { 4096, 16384, 4194304 };	/* bytes */

static void enter_memory_pressure(struct sock *sk)
{
	WRITE_ONCE(memory_pressure, 1);
}

static void leave_memory_pressure(struct sock *sk)
{
	WRITE_ONCE(memory_pressure, 0);
}

/* ---- struct proto ---- */

static int backlog_rcv(struct sock *sk, struct sk_buff *skb)
{
	naru_input_rcv(sk, skb, NULL);
	return 0;
}

/* The core has this called on binds and connects of its own; ours go by the demux table */
static int hash(struct sock *sk)
{
	return 0;
}

static void unhash(struct sock *sk)
{
	naru_demux_remove(naru_net_of(sk), &naru_sk(sk)->node);
	naru_port_unlisten(sk);
}

/*
 * A BPF program at connect() asks for a port (bpf_bind(), M3). It may not sleep, and taking a port
 * does; it may choose an address, for which this is not called.
 */
static int get_port(struct sock *sk, unsigned short num)
{
	return -EOPNOTSUPP;
}

struct proto naru_stream_prot = {
	.name = "NARU",
	.owner = THIS_MODULE,
	.close = naru_close,
	.disconnect = naru_sock_disconnect,
	.shutdown = naru_shutdown,
	.keepalive = naru_timer_keepalive_set,
	.backlog_rcv = backlog_rcv,
	.release_cb = naru_timer_release_cb,
	.hash = hash,
	.unhash = unhash,
	.get_port = get_port,
	.put_port = naru_port_release,
	.enter_memory_pressure = enter_memory_pressure,
	.leave_memory_pressure = leave_memory_pressure,
	.stream_memory_free = naru_stream_memory_free,
	.memory_allocated = &memory_allocated,
	.per_cpu_fw_alloc = &memory_per_cpu_fw_alloc,
	.sockets_allocated = &sockets_allocated,
	.memory_pressure = &memory_pressure,
	.sysctl_rmem = buffer_limits_rmem,
	.sysctl_wmem = buffer_limits_wmem,
	.max_header = NARU_MAX_HEADER,
	.obj_size = sizeof(struct naru_sock),
	.slab_flags = SLAB_ACCOUNT,
};

/**
 * naru_sock_proto_register - make struct proto and its slab cache known
 *
 * Return: 0 or a negative errno. Context: process, may sleep.
 */
int naru_sock_proto_register(void)
{
	int err;

	naru_settings_machine_init(nr_free_buffer_pages());
	naru_stream_prot.sysctl_mem = naru_settings_mem();
	err = percpu_counter_init(&sockets_allocated, 0, GFP_KERNEL);
	if (err)
		return err;
	err = proto_register(&naru_stream_prot, 1);
	if (err)
		goto destroy;
	err = naru_dgram_proto_register();
	if (!err)
		return 0;
	proto_unregister(&naru_stream_prot);
destroy:
	percpu_counter_destroy(&sockets_allocated);
	return err;
}

/**
 * naru_sock_proto_unregister - the reverse; no socket is left
 *
 * Context: process, may sleep.
 */
void naru_sock_proto_unregister(void)
{
	naru_dgram_proto_unregister();
	proto_unregister(&naru_stream_prot);
	percpu_counter_destroy(&sockets_allocated);
}

/* ---- the registry ---- */

static struct naru_reg_bucket *bucket(struct naru_net *nn, u32 id)
{
	return &nn->reg[id % NARU_REG_BUCKETS];
}

static u32 next_id(struct naru_net *nn)
{
	u32 id;

	do {
		id = atomic_inc_return(&nn->next_id);
	} while (!id);
	return id;
}

/**
 * naru_sock_register_node - list a node, with a number of its own
 * @nn: namespace
 * @node: node that is complete but for its number
 * @kind: enum naru_node_kind
 *
 * Any context. Dumps see it from here on.
 */
void naru_sock_register_node(struct naru_net *nn, struct naru_node *node, u8 kind)
{
	struct naru_reg_bucket *b;

	node->kind = kind;
	node->id = next_id(nn);
	b = bucket(nn, node->id);
	spin_lock_bh(&b->lock);
	node->order = ++b->order;
	hlist_add_head_rcu(&node->reg, &b->head);
	spin_unlock_bh(&b->lock);
}

/**
 * naru_sock_unregister_node - list a node no longer
 * @nn: namespace
 * @node: listed node; it is freed after an RCU grace period at the earliest
 *
 * Any context.
 */
void naru_sock_unregister_node(struct naru_net *nn, struct naru_node *node)
{
	struct naru_reg_bucket *b = bucket(nn, node->id);

	spin_lock_bh(&b->lock);
	hlist_del_init_rcu(&node->reg);
	spin_unlock_bh(&b->lock);
}

/**
 * naru_sock_by_id - a full socket by its number
 * @nn: namespace
 * @id: number
 *
 * Any context.
 *
 * Return: the socket with a reference, or NULL.
 */
struct sock *naru_sock_by_id(struct naru_net *nn, u32 id)
{
	struct naru_node *node;
	struct sock *sk = NULL;

	rcu_read_lock();
	hlist_for_each_entry_rcu(node, &bucket(nn, id)->head, reg) {
		if (node->id != id || node->kind != NARU_NODE_SOCK)
			continue;
		if (refcount_inc_not_zero(&naru_node_sk(node)->sk_refcnt))
			sk = naru_node_sk(node);
		break;
	}
	rcu_read_unlock();
	return sk;
}

/* ---- life ---- */

static void destruct(struct sock *sk)
{
	struct naru_net *nn = naru_net_of(sk);

	skb_queue_purge(&naru_sk(sk)->ooo_queue);
	skb_queue_purge(&naru_sk(sk)->rtx_queue);
	naru_cong_release(sk);
	naru_recorder_end(sk);
	naru_fastopen_free(sk);
	inet6_cleanup_sock(sk);
	inet_sock_destruct(sk);
	naru_owner_put(&naru_sk(sk)->owner);
	sk_sockets_allocated_dec(sk);
	atomic_dec(&nn->nr_socks);
}

/**
 * naru_sock_init_inet - what IP wants to find in a socket
 * @sk: new socket
 * @np: IPv6's part of it (T3)
 */
void naru_sock_init_inet(struct sock *sk, struct ipv6_pinfo *np)
{
	struct inet_sock *inet = inet_sk(sk);
	struct net *net = sock_net(sk);

	inet->pinet6 = np;
	inet->uc_ttl = -1;
	inet->mc_ttl = 1;
	inet->pmtudisc = READ_ONCE(net->ipv4.sysctl_ip_no_pmtu_disc) ? IP_PMTUDISC_DONT :
								       IP_PMTUDISC_WANT;
	atomic_set(&inet->inet_id, get_random_u16());
	np->hop_limit = -1;
	np->mcast_hops = IPV6_DEFAULT_MCASTHOPS;
	np->pmtudisc = IPV6_PMTUDISC_WANT;
	naru_compat_inet_init(sk);
}

static void init_private(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	INIT_HLIST_NODE(&ns->port_link);
	INIT_HLIST_NODE(&ns->node.reg);
	__skb_queue_head_init(&ns->rtx_queue);
	INIT_LIST_HEAD(&ns->sent_list);
	__skb_queue_head_init(&ns->ooo_queue);
	spin_lock_init(&ns->accept_lock);
	INIT_LIST_HEAD(&ns->accept_queue);
	INIT_LIST_HEAD(&ns->accept_link);
	INIT_LIST_HEAD(&ns->req_list);
	atomic_set(&ns->req_count, 0);
	INIT_LIST_HEAD(&ns->batch_link);
	ns->batched = false;
	ns->created_us = naru_now_us();
	ns->recorder = NULL;
}

static void count_and_list(struct sock *sk)
{
	struct naru_net *nn = naru_net_of(sk);

	atomic_inc(&nn->nr_socks);
	naru_sock_register_node(nn, &naru_sk(sk)->node, NARU_NODE_SOCK);
}

/**
 * naru_sock_init - a new socket in CLOSED
 * @sk: from sk_alloc() and sock_init_data()
 * @wire: IP protocol number, 6 or 253
 *
 * Context: process, nobody else knows the socket yet.
 */
void naru_sock_init(struct sock *sk, u8 wire)
{
	struct naru_net *nn = naru_net(sock_net(sk));

	naru_sk(sk)->nn = nn;
	sk->sk_protocol = NARU_SK_PROTO(wire);
	sk->sk_destruct = destruct;
	sk->sk_backlog_rcv = naru_stream_prot.backlog_rcv;
	sk->sk_write_space = naru_stream_write_space;
	WRITE_ONCE(sk->sk_sndbuf, naru_setting_n(nn, wmem, 1));
	WRITE_ONCE(sk->sk_rcvbuf, naru_setting_n(nn, rmem, 1));
	sock_set_flag(sk, SOCK_RCU_FREE);
	sock_set_flag(sk, SOCK_USE_WRITE_QUEUE);
	sk_set_txhash(sk);
	sk->sk_txrehash = READ_ONCE(sock_net(sk)->core.sysctl_txrehash);
	naru_sk(sk)->wire = wire;
	naru_sk(sk)->node.key.wire = wire;
	naru_sock_init_inet(sk, &naru_sk(sk)->inet6);
	init_private(sk);
	naru_timer_init(sk);
	naru_conn_reset_state(sk);
	sk_sockets_allocated_inc(sk);
	count_and_list(sk);
}

/* What a clone must not share with the socket it was made from */
static void disown_inet(struct sock *child)
{
	struct ipv6_pinfo *np = &naru_sk(child)->inet6;
	struct inet_sock *inet = inet_sk(child);
	struct ipv6_txoptions *opt;

	inet->pinet6 = np;
	RCU_INIT_POINTER(inet->inet_opt, NULL);
	RCU_INIT_POINTER(inet->mc_list, NULL);
	atomic_set(&inet->inet_id, get_random_u16());
	np->ipv6_mc_list = NULL;
	np->ipv6_ac_list = NULL;
	np->pktoptions = NULL;
	np->rxpmtu = NULL;
	naru_compat_forget_flowlabels(child);
	rcu_read_lock();
	opt = rcu_dereference(np->opt);
	RCU_INIT_POINTER(np->opt, opt ? ipv6_dup_options(child, opt) : NULL);
	rcu_read_unlock();
}

/**
 * naru_sock_init_child - a socket for a connection that a listener has taken
 * @child: from sk_clone_lock() of @listener, whose options it keeps; locked
 * @listener: the listener
 *
 * Context: softirq. The child has no key, port, queue or timer yet, and state TCP_CLOSE.
 */
void naru_sock_init_child(struct sock *child, struct sock *listener)
{
	struct naru_sock *ns = naru_sk(child);

	child->sk_state = TCP_CLOSE;
	ns->port = NULL;
	ns->owner.pid = NULL;
	ns->destroyed = false;
	ns->deferred = 0;
	ns->defer_accept = 0;
	ns->node.hashed = false;
	memset(&ns->node.hash, 0, sizeof(ns->node.hash));
	ns->bytes_sent = 0;
	ns->bytes_acked = 0;
	ns->bytes_received = 0;
	ns->bytes_retrans = 0;
	ns->segs_in = 0;
	ns->segs_out = 0;
	ns->data_segs_in = 0;
	ns->data_segs_out = 0;
	ns->total_retrans = 0;
	ns->reord_seen = 0;
	ns->dsack_dups = 0;
	ns->listener = listener;
	ns->fastopen = NULL;
	ns->fastopen_of = NULL;
	child->sk_err = 0;
	child->sk_shutdown = 0;
	sk_set_txhash(child);
	disown_inet(child);
	naru_cong_inherit(child);
	init_private(child);
	naru_timer_init(child);
	naru_conn_reset_state(child);
	count_and_list(child);
}

/**
 * naru_sock_set_key - give a socket its four-tuple
 * @sk: socket, lock held, not in the demux table
 * @key: four-tuple
 *
 * The fields of struct sock, inet_sock and ipv6_pinfo that IP, LSMs and BPF read follow.
 */
void naru_sock_set_key(struct sock *sk, const struct naru_key *key)
{
	struct inet_sock *inet = inet_sk(sk);

	naru_sk(sk)->node.key = *key;
	/* by which fq tells a socket from another that had its memory */
	sk->sk_hash = sk->sk_txhash;
	inet->inet_num = ntohs(key->lport);
	inet->inet_sport = key->lport;
	inet->inet_dport = key->rport;
	sk->sk_v6_rcv_saddr = key->laddr;
	sk->sk_v6_daddr = key->raddr;
	inet6_sk(sk)->saddr = key->laddr;
	if (naru_key_is_v4(key)) {
		inet->inet_saddr = key->laddr.s6_addr32[3];
		inet->inet_rcv_saddr = key->laddr.s6_addr32[3];
		inet->inet_daddr = key->raddr.s6_addr32[3];
	} else {
		inet->inet_saddr = LOOPBACK4_IPV6;
		inet->inet_rcv_saddr = LOOPBACK4_IPV6;
		inet->inet_daddr = LOOPBACK4_IPV6;
	}
	sk->sk_gso_type = naru_key_is_v4(key) ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6;
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
 * naru_sock_clear_key - no remote side any more, and no local one that bind() did not name
 * @sk: socket, lock held, not in the demux table
 */
void naru_sock_clear_key(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);

	inet->inet_dport = 0;
	inet->inet_daddr = 0;
	sk->sk_v6_daddr = in6addr_any;
	if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK))
		forget_local(sk);
	if (naru_sk(sk)->port)
		return;
	inet->inet_sport = 0;
	inet->inet_num = 0;
}

/**
 * naru_sock_disconnect - back to an unconnected socket, RFC 9293 3.10.5
 * @sk: socket, lock held
 * @flags: of the call
 *
 * Context: process.
 *
 * Return: 0.
 */
int naru_sock_disconnect(struct sock *sk, int flags)
{
	int err = naru_disconnect(sk, flags);

	naru_sock_clear_key(sk);
	/* timestamps of the next connection count anew, naru_stamp_begin() */
	atomic_set(&sk->sk_tskey, 0);
	return err;
}

/**
 * naru_sock_orphan - no file refers to the socket any more
 * @sk: socket, lock held
 *
 * naru_conn_destroy() takes it off the count of orphans again.
 */
void naru_sock_orphan(struct sock *sk)
{
	sock_orphan(sk);
	atomic_inc(&naru_net_of(sk)->nr_orphans);
}

static void abort_locked(struct sock *sk, int err)
{
	if (sk->sk_state == TCP_LISTEN) {
		naru_listen_stop(sk);
		naru_input_reset(sk, err);
		return;
	}
	if ((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT | TCPF_FIN_WAIT1 |
				   TCPF_FIN_WAIT2 | TCPF_SYN_RECV))
		naru_output_rst(sk);
	naru_input_reset(sk, err);
}

/**
 * naru_sock_abort - end a socket from outside, RFC 9293 3.10.5
 * @sk: socket; the caller holds a reference
 * @err: errno, positive, that its program gets
 *
 * Context: process, may sleep; takes the lock.
 *
 * Return: 0, or -ENOENT where there is nothing to end.
 */
int naru_sock_abort(struct sock *sk, int err)
{
	int ret = 0;

	if (sk->sk_type == SOCK_DGRAM)
		return naru_dgram_abort(sk, err);
	lock_sock(sk);
	if (sk->sk_state == TCP_CLOSE)
		ret = -ENOENT;
	else
		abort_locked(sk, err);
	release_sock(sk);
	return ret;
}
