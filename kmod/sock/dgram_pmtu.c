// SPDX-License-Identifier: GPL-2.0
/*
 * IPV6_RECVPATHMTU: a program that forbids to cut its datagrams up is told how large they may be, by a message without
 * data (RFC 3542 11.3). The socket keeps the last one.
 */
#include <net/ipv6.h>
#include "dgram.h"

static struct sk_buff *make(const struct naru_dgram_tx *tx, u32 mtu)
{
	struct sk_buff *skb = alloc_skb(0, GFP_KERNEL);

	if (skb)
		*IP6CBMTU(skb) = (struct ip6_mtuinfo) {
			.ip6m_addr.sin6_family = AF_INET6,
			.ip6m_addr.sin6_addr = tx->to.ip,
			.ip6m_addr.sin6_scope_id = tx->oif,
			.ip6m_mtu = mtu,
		};
	return skb;
}

/**
 * naru_dgram_pmtu_note - a datagram over IPv6 that must not be cut up is too large for its path
 * @sk: socket
 * @tx: the datagram
 * @mtu: bytes that the path takes, IPv6 header included
 *
 * Context: process. Where there is no memory nothing is told.
 */
void naru_dgram_pmtu_note(struct sock *sk, const struct naru_dgram_tx *tx, u32 mtu)
{
	struct ipv6_pinfo *np = inet6_sk(sk);
	struct sk_buff *skb;

	if (!np->rxopt.bits.rxpmtu)
		return;
	skb = make(tx, mtu);
	if (skb)
		consume_skb(xchg(&np->rxpmtu, skb));
}

static int name(const struct ip6_mtuinfo *info, struct sockaddr_in6 *sin6)
{
	*sin6 = (struct sockaddr_in6) {
		.sin6_family = AF_INET6,
		.sin6_addr = info->ip6m_addr.sin6_addr,
		.sin6_scope_id = info->ip6m_addr.sin6_scope_id,
	};
	return sizeof(*sin6);
}

/**
 * naru_dgram_pmtu_recv - recvmsg(2) tells it
 * @sk: socket
 * @msg: where it goes
 *
 * Context: process.
 *
 * Return: true; false where there is nothing to tell.
 */
bool naru_dgram_pmtu_recv(struct sock *sk, struct msghdr *msg)
{
	struct ipv6_pinfo *np = inet6_sk(sk);
	struct ip6_mtuinfo info;
	struct sk_buff *skb;

	if (!np->rxopt.bits.rxpmtu)
		return false;
	skb = xchg(&np->rxpmtu, NULL);
	if (!skb)
		return false;
	info = *IP6CBMTU(skb);
	sock_recv_timestamp(msg, sk, skb);
	if (msg->msg_name)
		msg->msg_namelen = name(&info, msg->msg_name);
	put_cmsg(msg, SOL_IPV6, IPV6_PATHMTU, sizeof(info), &info);
	consume_skb(skb);
	return true;
}
