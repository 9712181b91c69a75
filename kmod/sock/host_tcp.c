// SPDX-License-Identifier: GPL-2.0
/*
 * Looking into the tables of the kernel's own TCP, and no more than looking: what is found there is
 * never used.
 */
#include <net/inet_hashtables.h>
#include <net/inet6_hashtables.h>
#include "host_tcp.h"

/**
 * naru_host_tcp_has - whether the kernel's TCP has a four-tuple, SYN-RECEIVED and TIME-WAIT included
 * @net: namespace
 * @key: four-tuple, local side first
 * @dif: interface that a segment of it came in by
 * @sdif: enslaved interface behind @dif, or 0
 *
 * Context: softirq, under rcu_read_lock.
 *
 * Return: true when it has.
 */
bool naru_host_tcp_has(struct net *net, const struct naru_key *key, int dif, int sdif)
{
	struct inet_hashinfo *tables = net->ipv4.tcp_death_row.hashinfo;
	struct sock *sk;

	if (naru_key_is_v4(key))
		sk = __inet_lookup_established(net, tables, key->raddr.s6_addr32[3], key->rport,
					       key->laddr.s6_addr32[3], ntohs(key->lport), dif,
					       sdif);
	else
		sk = __inet6_lookup_established(net, tables, &key->raddr, key->rport, &key->laddr,
						ntohs(key->lport), dif, sdif);
	if (sk)
		sock_gen_put(sk);
	return sk;
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
