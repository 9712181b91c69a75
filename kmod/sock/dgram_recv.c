// SPDX-License-Identifier: GPL-2.0
/*
 * recvmsg(2) on datagram sockets, with all that programs can ask to be told of a datagram.
 */
#include <net/inet_common.h>
#include <net/ip.h>
#include <net/transp_v6.h>
#include <net/udp.h>
#include "dgram.h"

static bool is_v4(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IP);
}

static int name_v4(struct sock *sk, const struct sk_buff *skb, struct msghdr *msg)
{
	struct sockaddr_in *sin = msg->msg_name;
	int len = sizeof(*sin);

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_port = udp_hdr(skb)->source;
	sin->sin_addr.s_addr = ip_hdr(skb)->saddr;
	naru_compat_cgroup_recvmsg(sk, msg->msg_name, &len, CGROUP_UDP4_RECVMSG);
	return len;
}

static int name_v6(struct sock *sk, const struct sk_buff *skb, struct msghdr *msg)
{
	struct sockaddr_in6 *sin6 = msg->msg_name;
	int len = sizeof(*sin6);

	memset(sin6, 0, sizeof(*sin6));
	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = udp_hdr(skb)->source;
	if (is_v4(skb)) {
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &sin6->sin6_addr);
	} else {
		sin6->sin6_addr = ipv6_hdr(skb)->saddr;
		sin6->sin6_scope_id = ipv6_iface_scope_id(&sin6->sin6_addr, inet6_iif(skb));
	}
	naru_compat_cgroup_recvmsg(sk, msg->msg_name, &len, CGROUP_UDP6_RECVMSG);
	return len;
}

static void put_gro(struct msghdr *msg, const struct sk_buff *skb)
{
	int size = skb_shinfo(skb)->gso_size;

	if (skb_shinfo(skb)->gso_type & SKB_GSO_UDP_L4)
		put_cmsg(msg, SOL_UDP, UDP_GRO, sizeof(size), &size);
}

/* IPV6_PKTINFO of what has come over IPv4 */
static void put_mapped_pktinfo(const struct sock *sk, struct msghdr *msg, const struct sk_buff *skb)
{
	struct in6_pktinfo info = { .ipi6_ifindex = PKTINFO_SKB_CB(skb)->ipi_ifindex };

	if (!inet6_sk(sk)->rxopt.bits.rxinfo)
		return;
	ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, &info.ipi6_addr);
	put_cmsg(msg, SOL_IPV6, IPV6_PKTINFO, sizeof(info), &info);
}

static void put_cmsgs(struct sock *sk, struct msghdr *msg, struct sk_buff *skb, int off)
{
	if (READ_ONCE(naru_dgram(sk)->gro))
		put_gro(msg, skb);
	if (!is_v4(skb)) {
		if (inet6_sk(sk)->rxopt.all)
			ip6_datagram_recv_ctl(sk, msg, skb);
		return;
	}
	if (sk->sk_family == AF_INET6)
		put_mapped_pktinfo(sk, msg, skb);
	if (naru_compat_cmsg_flags(sk))
		ip_cmsg_recv_offset(msg, sk, skb, sizeof(struct udphdr), off);
}

/* The datagram is out of the queue, unless it was only looked at */
static void done(struct sock *sk, struct sk_buff *skb, int flags)
{
	if (!(flags & MSG_PEEK))
		naru_dgram_uncharge(sk, skb->truesize);
	consume_skb(skb);
}

/* Bytes, or a negative errno */
static int give(struct sock *sk, struct msghdr *msg, struct sk_buff *skb, size_t len, int off,
		int flags)
{
	unsigned int copied = min_t(size_t, len, skb->len - off);
	int err, n;

	/* as the kernel's UDP has it, an offset into the datagram included */
	if (len <= skb->len - off && copied < skb->len)
		msg->msg_flags |= MSG_TRUNC;
	err = skb_copy_datagram_msg(skb, off, msg, copied);
	if (err) {
		if (!(flags & MSG_PEEK))
			atomic_inc(&sk->sk_drops);
		return err;
	}
	n = flags & MSG_TRUNC ? skb->len : copied;
	sk_peek_offset_bwd(sk, flags & MSG_PEEK ? -n : n);
	sock_recv_cmsgs(msg, sk, skb);
	if (msg->msg_name)
		msg->msg_namelen = sk->sk_family == AF_INET ? name_v4(sk, skb, msg) :
							      name_v6(sk, skb, msg);
	put_cmsgs(sk, msg, skb, off);
	return n;
}

static int read_error(struct sock *sk, struct msghdr *msg, size_t len)
{
	int namelen = 0;
	int n = inet_recv_error(sk, msg, len, &namelen);

	if (n >= 0)
		msg->msg_namelen = namelen;
	return n;
}

/**
 * naru_dgram_recvmsg - proto_ops.recvmsg
 * @sock: socket
 * @msg: where it goes
 * @len: bytes that there is room for
 * @flags: MSG_
 *
 * Context: process, may sleep.
 *
 * Return: bytes, or a negative errno.
 */
int naru_dgram_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags)
{
	struct sock *sk = sock->sk;
	struct sk_buff *skb;
	int off, n;

	if (flags & MSG_ERRQUEUE)
		return read_error(sk, msg, len);
	if (unlikely(READ_ONCE(inet6_sk(sk)->rxpmtu)) && naru_dgram_pmtu_recv(sk, msg))
		return 0;
	sock_rps_record_flow(sk);
	off = sk_peek_offset(sk, flags);
	skb = __skb_recv_datagram(sk, &sk->sk_receive_queue, flags, &off, &n);
	if (!skb)
		return n;
	n = give(sk, msg, skb, len, off, flags);
	done(sk, skb, flags);
	return n;
}
