// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses: sockaddr_in and sockaddr_in6 of programs, IP headers of packets, and the one form
 * that naru keeps inside, where IPv4 is v4-mapped IPv6.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <net/ipv6.h>
#include "naru.h"

static int from_v4(const struct sockaddr_in *sin, int len, struct naru_addr *out)
{
	if (len < sizeof(*sin))
		return -EINVAL;
	memset(out, 0, sizeof(*out));
	ipv6_addr_set_v4mapped(sin->sin_addr.s_addr, &out->ip);
	out->port = sin->sin_port;
	return 0;
}

static int from_v6(const struct sockaddr_in6 *sin6, int len, struct naru_addr *out)
{
	if (len < SIN6_LEN_RFC2133)
		return -EINVAL;
	memset(out, 0, sizeof(*out));
	out->ip = sin6->sin6_addr;
	out->port = sin6->sin6_port;
	out->flowinfo = sin6->sin6_flowinfo;
	if (len >= sizeof(*sin6))
		out->scope = sin6->sin6_scope_id;
	return 0;
}

/**
 * naru_addr_from_user - what a program gave to bind() or connect()
 * @sk: socket; its NARU_DOMAIN says which families it takes
 * @uaddr: address, copied in already
 * @len: bytes of it that the program gave
 * @out: result
 *
 * Return: 0, -EINVAL for a short one, -EAFNOSUPPORT for a family that the socket does not speak.
 */
int naru_addr_from_user(const struct sock *sk, const struct sockaddr *uaddr, int len,
			struct naru_addr *out)
{
	u8 domain = naru_sk(sk)->domain;

	if (len < offsetofend(struct sockaddr, sa_family))
		return -EINVAL;
	/* as inet_bind() and inet6_bind() do: length first, then family */
	if (domain == AF_INET && len < sizeof(struct sockaddr_in))
		return -EINVAL;
	if (domain == AF_INET6 && len < SIN6_LEN_RFC2133)
		return -EINVAL;
	if (uaddr->sa_family == AF_INET && domain != AF_INET6)
		return from_v4((const struct sockaddr_in *)uaddr, len, out);
	if (uaddr->sa_family == AF_INET6 && domain != AF_INET)
		return from_v6((const struct sockaddr_in6 *)uaddr, len, out);
	return -EAFNOSUPPORT;
}

/**
 * naru_addr_to_user - an endpoint as the program of a socket wants to see it
 * @sk: socket; sk_family says in which form
 * @a: endpoint
 * @uaddr: room for a struct sockaddr_storage
 *
 * Return: bytes filled in.
 */
int naru_addr_to_user(const struct sock *sk, const struct naru_addr *a, struct sockaddr *uaddr)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)uaddr;
	struct sockaddr_in *sin = (struct sockaddr_in *)uaddr;

	if (sk->sk_family == AF_INET) {
		memset(sin, 0, sizeof(*sin));
		sin->sin_family = AF_INET;
		sin->sin_port = a->port;
		sin->sin_addr.s_addr = a->ip.s6_addr32[3];
		return sizeof(*sin);
	}
	memset(sin6, 0, sizeof(*sin6));
	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = a->port;
	sin6->sin6_addr = a->ip;
	sin6->sin6_flowinfo = a->flowinfo;
	sin6->sin6_scope_id = a->scope;
	return sizeof(*sin6);
}

/**
 * naru_addr_local - the address that a socket is bound to
 * @sk: socket
 * @ip: result; :: or ::ffff:0.0.0.0 for none
 */
void naru_addr_local(const struct sock *sk, struct in6_addr *ip)
{
	if (sk->sk_family == AF_INET6)
		*ip = sk->sk_v6_rcv_saddr;
	else
		ipv6_addr_set_v4mapped(sk->sk_rcv_saddr, ip);
}

/**
 * naru_addr_is_any - no particular address, of whatever family
 * @ip: address
 *
 * Return: true for :: and ::ffff:0.0.0.0.
 */
bool naru_addr_is_any(const struct in6_addr *ip)
{
	return ipv6_addr_any(ip) || (ipv6_addr_v4mapped(ip) && !ip->s6_addr32[3]);
}

/**
 * naru_addr_scope - the interface that makes two addresses of a packet unique
 * @a: one address
 * @b: the other
 * @ifindex: interface
 *
 * Return: @ifindex if one of them is link-local (RFC 4007 6), else 0.
 */
int naru_addr_scope(const struct in6_addr *a, const struct in6_addr *b, int ifindex)
{
	bool local = (ipv6_addr_type(a) | ipv6_addr_type(b)) & IPV6_ADDR_LINKLOCAL;

	return local && !ipv6_addr_v4mapped(a) ? ifindex : 0;
}

/**
 * naru_addr_key_from_skb - the four-tuple of a packet that came in
 * @skb: packet; the network header is set
 * @wire: IP protocol number, 6 or 253
 * @seg: its decoded header, of which the ports are used
 * @key: result, the packet's destination as local side
 */
void naru_addr_key_from_skb(const struct sk_buff *skb, u8 wire, const struct naru_seg *seg,
			    struct naru_key *key)
{
	memset(key, 0, sizeof(*key));
	key->wire = wire;
	key->lport = htons(seg->dport);
	key->rport = htons(seg->sport);
	if (ip_hdr(skb)->version == 4) {
		ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, &key->laddr);
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &key->raddr);
		return;
	}
	key->laddr = ipv6_hdr(skb)->daddr;
	key->raddr = ipv6_hdr(skb)->saddr;
	key->scope = naru_addr_scope(&key->laddr, &key->raddr, inet6_iif(skb));
}
