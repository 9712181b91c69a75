// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors about segments of ours, and path MTU discovery.
 * RFC 9293 3.9.2.2, RFC 5927 4 and 7, RFC 1191, RFC 8201.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/icmp.h>
#include <net/ip6_route.h>
#include "naru.h"
#include "trace.h"

struct icmp_meaning {
	int err;	/* errno, 0: nothing to report */
	bool hard;	/* ends a connection that is not synchronized */
	bool mtu;	/* packet too big */
};

static bool meaning_v4(int type, int code, struct icmp_meaning *m)
{
	switch (type) {
	case ICMP_DEST_UNREACH:
		if (code == ICMP_FRAG_NEEDED) {
			m->mtu = true;
			return true;
		}
		if (code > NR_ICMP_UNREACH)
			return false;
		m->err = icmp_err_convert[code].errno;
		m->hard = icmp_err_convert[code].fatal;
		return true;
	case ICMP_PARAMETERPROB:
		m->err = EPROTO;
		return true;
	case ICMP_TIME_EXCEEDED:
		m->err = EHOSTUNREACH;
		return true;
	default:
		/* MUST-55: source quench is discarded, with all the rest */
		return false;
	}
}

static bool meaning_v6(int type, int code, struct icmp_meaning *m)
{
	if (type == ICMPV6_PKT_TOOBIG) {
		m->mtu = true;
		return true;
	}
	if (type > ICMPV6_PARAMPROB)
		return false;
	/* a parameter problem is a soft error: RFC 9293 3.9.2.2 */
	m->hard = icmpv6_err_convert(type, code, &m->err) && type == ICMPV6_DEST_UNREACH;
	return true;
}

/* The route learns the MTU, the connection takes it over and sends again what was too large. */
static void reduce_mtu(struct sock *sk, u32 mtu)
{
	struct naru_sock *ns = naru_sk(sk);
	struct dst_entry *dst = naru_route_sk(sk);
	u32 now, was = ns->mss_cache;

	if (!dst || mtu >= ns->pmtu)
		return;
	dst->ops->update_pmtu(dst, sk, NULL, mtu, true);
	now = naru_route_mtu(sk);
	if (!now || now >= ns->pmtu)
		return;
	NARU_INC(naru_net_of(sk), PMTU_REDUCED);
	naru_mss_sync(sk, now);
	if (ns->mss_cache < was)
		naru_rtx_mark_large_lost(sk);
	if (ns->plpmtud.probe)
		naru_mtu_probe_too_big(sk, now);
	if (ns->lost_out)
		naru_recov_mtu(&ns->recov, ns->snd_nxt);
	naru_output_push(sk, ns->nonagle);
}

static bool may_discover(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);

	if (naru_key_is_v4(&ns->node.key))
		return ns->inet.pmtudisc != IP_PMTUDISC_DONT &&
		       ns->inet.pmtudisc < IP_PMTUDISC_INTERFACE;
	return ns->inet6.pmtudisc < IPV6_PMTUDISC_INTERFACE;
}

static void packet_too_big(struct sock *sk, u32 mtu)
{
	struct naru_sock *ns = naru_sk(sk);

	if (!may_discover(sk))
		return;
	if (!sock_owned_by_user(sk)) {
		reduce_mtu(sk, mtu);
		return;
	}
	ns->deferred_mtu = mtu;
	if (!test_and_set_bit(NARU_DEFER_MTU, &ns->deferred))
		sock_hold(sk);
}

/* IP_RECVERR and IPV6_RECVERR: RFC 9293 3.9.1.8 (MUST-47), off unless asked for (SHLD-20) */
static bool wants_errors(const struct sock *sk)
{
	return naru_compat_recverr(sk, naru_key_is_v4(&naru_sk(sk)->node.key));
}

/**
 * naru_icmp_soft_error - tell a program of trouble that its connection may yet survive
 * @sk: socket in a synchronized state, lock held
 * @err: errno, positive
 *
 * RFC 9293 3.9.1.8 (MUST-47): the next call fails with it, or SO_ERROR has it, and poll(2) says so.
 * Return: false: the program has not asked for errors.
 */
bool naru_icmp_soft_error(struct sock *sk, int err)
{
	if (!wants_errors(sk))
		return false;
	WRITE_ONCE(sk->sk_err, err);
	sk_error_report(sk);
	return true;
}

/*
 * RFC 9293 3.9.2.2 (MUST-56, SHLD-25, SHLD-26), tempered by RFC 5927 4: a synchronized connection
 * outlives any ICMP error; the program hears of it when it fails for good, or when it asked for errors. So
 * does one that Fast Open has given to a program.
 */
static void report(struct sock *sk, int err, bool hard)
{
	bool accepted = naru_fastopen_passive(sk) && sk->sk_socket;

	if ((sk->sk_state == TCP_SYN_SENT || sk->sk_state == TCP_SYN_RECV) && !accepted) {
		if (hard)
			naru_input_reset(sk, err);
		else
			WRITE_ONCE(sk->sk_err_soft, err);
		return;
	}
	if (!naru_icmp_soft_error(sk, err))
		WRITE_ONCE(sk->sk_err_soft, err);
}

static void error(struct sock *sk, const struct icmp_meaning *m)
{
	struct naru_sock *ns = naru_sk(sk);

	if (!sock_owned_by_user(sk)) {
		report(sk, m->err, m->hard);
		return;
	}
	ns->deferred_err = m->err;
	ns->deferred_err_hard = m->hard;
	if (!test_and_set_bit(NARU_DEFER_ICMP, &ns->deferred))
		sock_hold(sk);
}

/**
 * naru_icmp_deferred_mtu - packet too big, noted while a program owned the socket
 * @sk: socket, lock held
 */
void naru_icmp_deferred_mtu(struct sock *sk)
{
	if (!((1 << sk->sk_state) & (TCPF_LISTEN | TCPF_CLOSE)))
		reduce_mtu(sk, naru_sk(sk)->deferred_mtu);
}

/**
 * naru_icmp_deferred_error - an ICMP error, noted while a program owned the socket
 * @sk: socket, lock held
 */
void naru_icmp_deferred_error(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	if (sk->sk_state != TCP_CLOSE)
		report(sk, ns->deferred_err, ns->deferred_err_hard);
}

static void deliver(struct naru_net *nn, struct sock *sk, u32 seq, const struct icmp_meaning *m,
		    u32 mtu)
{
	struct naru_sock *ns = naru_sk(sk);

	bh_lock_sock(sk);
	if (sk->sk_state == TCP_CLOSE || ns->defer_connect)
		goto out;
	/* RFC 5927 4.1: only an error about something in flight can be true */
	if (!naru_seq_between(seq, ns->snd_una, ns->snd_nxt)) {
		NARU_INC(nn, ICMP_OUT_OF_WINDOW);
		goto out;
	}
	if (m->mtu)
		packet_too_big(sk, mtu);
	else if (m->err)
		error(sk, m);
out:
	bh_unlock_sock(sk);
}

/**
 * naru_icmp_error - an ICMP error has come that quotes a segment of ours
 * @nn: namespace
 * @key: four-tuple of the quoted segment, local side first
 * @seq: its sequence number
 * @type: type of the ICMP message, of the key's IP version
 * @code: its code
 * @info: next-hop MTU where the message carries one
 *
 * RFC 9293 3.9.2.2 (MUST-54). Context: softirq, under rcu_read_lock.
 */
void naru_icmp_error(struct naru_net *nn, const struct naru_key *key, u32 seq, int type, int code,
		     u32 info)
{
	struct icmp_meaning m = {};
	struct naru_node *node;

	node = naru_demux_find(nn, key);
	if (!node)
		return;
	NARU_INC(nn, ICMP_IN);
	if (!(naru_key_is_v4(key) ? meaning_v4(type, code, &m) : meaning_v6(type, code, &m)))
		NARU_INC(nn, ICMP_IGNORED);
	else if (node->kind == NARU_NODE_SOCK)
		deliver(nn, naru_node_sk(node), seq, &m, info);
	else if (node->kind == NARU_NODE_REQ && m.hard)
		naru_listen_req_icmp(node, seq);
	naru_demux_put(node);
}
