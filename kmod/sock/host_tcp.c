// SPDX-License-Identifier: GPL-2.0
/*
 * Looking into the tables of the kernel's own TCP. What is found there is looked at and let go; a TIME-WAIT
 * entry is ended, as the kernel ends it, where its four-tuple becomes naru's.
 */
#include <net/inet_hashtables.h>
#include <net/inet6_hashtables.h>
#include "host_tcp.h"

static struct sock *find(struct net *net, const struct naru_key *key, int dif, int sdif)
{
	struct inet_hashinfo *tables = net->ipv4.tcp_death_row.hashinfo;

	if (naru_key_is_v4(key))
		return __inet_lookup_established(net, tables, key->raddr.s6_addr32[3], key->rport,
						 key->laddr.s6_addr32[3], ntohs(key->lport), dif,
						 sdif);
	return __inet6_lookup_established(net, tables, &key->raddr, key->rport, &key->laddr,
					  ntohs(key->lport), dif, sdif);
}

static void time_wait_state(const struct tcp_timewait_sock *tcptw, struct naru_tw_state *tw)
{
	tw->rcv_nxt = tcptw->tw_rcv_nxt;
	tw->snd_nxt = tcptw->tw_snd_nxt;
	tw->rcv_wnd = tcptw->tw_rcv_wnd;
	tw->ts_recent = tcptw->tw_ts_recent;
	tw->ts_recent_stamp = tcptw->tw_ts_recent_stamp;
	tw->ts_ok = tcptw->tw_ts_recent_stamp;
	tw->ts_usec = naru_compat_tw_ts_usec(tcptw);
}

/**
 * naru_host_tcp_find - what the kernel's TCP has of a four-tuple
 * @net: namespace
 * @key: four-tuple, local side first
 * @dif: interface that a segment of it came in by
 * @sdif: enslaved interface behind @dif, or 0
 * @tw: where the state of a TIME-WAIT entry goes
 *
 * Context: softirq, under rcu_read_lock.
 *
 * Return: NARU_HOST_NONE, NARU_HOST_LIVE, or NARU_HOST_TIME_WAIT with @tw filled in.
 */
enum naru_host_tcp naru_host_tcp_find(struct net *net, const struct naru_key *key, int dif,
				      int sdif, struct naru_tw_state *tw)
{
	struct sock *sk = find(net, key, dif, sdif);
	enum naru_host_tcp has = NARU_HOST_LIVE;

	if (!sk)
		return NARU_HOST_NONE;
	if (sk->sk_state == TCP_TIME_WAIT && inet_twsk(sk)->tw_substate == TCP_TIME_WAIT) {
		time_wait_state(tcp_twsk(sk), tw);
		has = NARU_HOST_TIME_WAIT;
	}
	sock_gen_put(sk);
	return has;
}

/**
 * naru_host_tcp_end_time_wait - a SYN opens a connection of naru's where the kernel's TCP rests in TIME-WAIT
 * @net: namespace
 * @key: four-tuple, local side first
 * @dif: interface that the SYN came in by
 * @sdif: enslaved interface behind @dif, or 0
 *
 * RFC 9293 MAY-2. Context: softirq, under rcu_read_lock, no reference to the entry held.
 */
void naru_host_tcp_end_time_wait(struct net *net, const struct naru_key *key, int dif, int sdif)
{
	struct sock *sk = find(net, key, dif, sdif);

	if (!sk)
		return;
	if (sk->sk_state == TCP_TIME_WAIT)
		inet_twsk_deschedule_put(inet_twsk(sk));
	else
		sock_gen_put(sk);
}

/**
 * naru_host_tcp_listens - whether a socket of the kernel's TCP listens where a segment was sent to
 * @net: namespace
 * @skb: the segment, data at its header
 * @key: four-tuple, local side first
 * @dif: interface that it came in by
 * @sdif: enslaved interface behind @dif, or 0
 *
 * Context: softirq, under rcu_read_lock.
 *
 * Return: true when one does.
 */
bool naru_host_tcp_listens(struct net *net, struct sk_buff *skb, const struct naru_key *key,
			   int dif, int sdif)
{
	struct inet_hashinfo *tables = net->ipv4.tcp_death_row.hashinfo;

	if (naru_key_is_v4(key))
		return __inet_lookup_listener(net, tables, skb, tcp_hdrlen(skb),
					      key->raddr.s6_addr32[3], key->rport,
					      key->laddr.s6_addr32[3], ntohs(key->lport), dif, sdif);
	return inet6_lookup_listener(net, tables, skb, tcp_hdrlen(skb), &key->raddr, key->rport,
				     &key->laddr, ntohs(key->lport), dif, sdif);
}
