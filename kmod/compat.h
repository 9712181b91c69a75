/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels, and nothing else. Kbuild probes the headers and defines the
 * NARU_HAVE_ names; no other file reads them.
 */
#ifndef NARU_COMPAT_H
#define NARU_COMPAT_H

#include <linux/bpf-cgroup.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ipv6.h>
#include <linux/net.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/genetlink.h>
#include <net/inet_common.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/udp.h>
#include <net/xfrm.h>

#ifdef NARU_HAVE_PROTO_MEMORY
#include <net/proto_memory.h>
#endif
#ifdef NARU_HAVE_RPS_H
#include <net/rps.h>
#endif

/* struct proto_ops.accept: what follows the two sockets, and the flags in it (6.10) */
#ifdef NARU_HAVE_ACCEPT_ARG
#define NARU_COMPAT_ACCEPT_ARGS		struct proto_accept_arg *arg
#define NARU_COMPAT_ACCEPT_FLAGS	(arg->flags)
#else
#define NARU_COMPAT_ACCEPT_ARGS		int flags, bool kern
#define NARU_COMPAT_ACCEPT_FLAGS	flags
#endif

/* An skb's departure time: of which clock it is (6.11) */
#ifdef NARU_HAVE_TSTAMP_TYPE
#define NARU_COMPAT_MONOTONIC		SKB_CLOCK_MONOTONIC
#else
#define NARU_COMPAT_MONOTONIC		true
#endif

/* struct inet_sock and struct ipv6_pinfo: bit fields became flags (6.6) */
#ifdef NARU_HAVE_INET_FLAGS
static inline void naru_compat_inet_init(struct sock *sk)
{
	inet_set_bit(MC_LOOP, sk);
	inet_set_bit(MC_ALL, sk);
	inet6_set_bit(MC6_LOOP, sk);
	inet6_set_bit(MC6_ALL, sk);
}

/* IP_MULTICAST_ALL, which sockets of IPv6 are made without */
static inline void naru_compat_set_mc_all(struct sock *sk, bool on)
{
	inet_assign_bit(MC_ALL, sk, on);
}

static inline bool naru_compat_bind_no_port(const struct sock *sk)
{
	return inet_test_bit(BIND_ADDRESS_NO_PORT, sk);
}

static inline bool naru_compat_sndflow(const struct sock *sk)
{
	return inet6_test_bit(SNDFLOW, sk);
}

static inline bool naru_compat_recverr(const struct sock *sk, bool v4)
{
	return v4 ? inet_test_bit(RECVERR, sk) : inet6_test_bit(RECVERR6, sk);
}

static inline void naru_compat_forget_flowlabels(struct sock *sk)
{
	RCU_INIT_POINTER(inet_sk(sk)->ipv6_fl_list, NULL);
}

static inline unsigned long naru_compat_cmsg_flags(const struct sock *sk)
{
	return inet_cmsg_flags(inet_sk(sk));
}

/* IP_MULTICAST_ALL, IPV6_MULTICAST_ALL */
static inline bool naru_compat_mc_all(const struct sock *sk, bool v4)
{
	return v4 ? inet_test_bit(MC_ALL, sk) : inet6_test_bit(MC6_ALL, sk);
}

static inline bool naru_compat_dontfrag(const struct sock *sk)
{
	return inet6_test_bit(DONTFRAG, sk);
}

static inline bool naru_compat_autoflowlabel(const struct sock *sk)
{
	if (!inet6_test_bit(AUTOFLOWLABEL_SET, sk))
		return ip6_default_np_autolabel(sock_net(sk));
	return inet6_test_bit(AUTOFLOWLABEL, sk);
}
#else
static inline void naru_compat_inet_init(struct sock *sk)
{
	inet_sk(sk)->mc_loop = 1;
	inet_sk(sk)->mc_all = 1;
	inet6_sk(sk)->mc_loop = 1;
	inet6_sk(sk)->mc_all = 1;
}

static inline void naru_compat_set_mc_all(struct sock *sk, bool on)
{
	inet_sk(sk)->mc_all = on;
}

static inline bool naru_compat_bind_no_port(const struct sock *sk)
{
	return inet_sk(sk)->bind_address_no_port;
}

static inline bool naru_compat_sndflow(const struct sock *sk)
{
	return inet6_sk(sk)->sndflow;
}

static inline bool naru_compat_recverr(const struct sock *sk, bool v4)
{
	return v4 ? inet_sk(sk)->recverr : inet6_sk(sk)->recverr;
}

static inline void naru_compat_forget_flowlabels(struct sock *sk)
{
	RCU_INIT_POINTER(inet6_sk(sk)->ipv6_fl_list, NULL);
}

static inline unsigned long naru_compat_cmsg_flags(const struct sock *sk)
{
	return inet_sk(sk)->cmsg_flags;
}

static inline bool naru_compat_mc_all(const struct sock *sk, bool v4)
{
	return v4 ? inet_sk(sk)->mc_all : inet6_sk(sk)->mc_all;
}

static inline bool naru_compat_dontfrag(const struct sock *sk)
{
	return inet6_sk(sk)->dontfrag;
}

static inline bool naru_compat_autoflowlabel(const struct sock *sk)
{
	if (!inet6_sk(sk)->autoflowlabel_set)
		return ip6_default_np_autolabel(sock_net(sk));
	return inet6_sk(sk)->autoflowlabel;
}
#endif

/* A namespace may have its own table of UDP sockets (6.2) */
static inline struct udp_table *naru_compat_udp_table(const struct net *net)
{
#ifdef NARU_HAVE_NETNS_UDP_TABLE
	return net->ipv4.udp_table;
#else
	return &udp_table;
#endif
}

/* A multicast group that only CAP_NET_ADMIN of the namespace may join: the flag got a name (6.8) */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define NARU_COMPAT_MCAST_ADMIN	GENL_MCAST_CAP_NET_ADMIN
#else
#define NARU_COMPAT_MCAST_ADMIN	GENL_UNS_ADMIN_PERM
#endif

/* What is called before a command of a generic netlink family is told of it in another struct (6.2) */
#ifdef NARU_HAVE_GENL_SPLIT_DOIT
#define naru_compat_genl_ops	genl_split_ops
#else
#define naru_compat_genl_ops	genl_ops
#endif

/* Timestamps of what is received only where the socket asks for them, not where another one does (6.12) */
#ifdef NARU_HAVE_STAMP_FILTER
#define NARU_COMPAT_STAMP_FILTER	SOF_TIMESTAMPING_OPT_RX_FILTER
#else
#define NARU_COMPAT_STAMP_FILTER	0
#endif

/* Bytes that are sent counted from what is written next (6.2) */
#ifdef NARU_HAVE_STAMP_ID_TCP
#define NARU_COMPAT_STAMP_ID_TCP	SOF_TIMESTAMPING_OPT_ID_TCP
#else
#define NARU_COMPAT_STAMP_ID_TCP	0
#endif

/* Type of service for a route lookup; SO_DONTROUTE rides in it where the macro still exists */
static inline u8 naru_compat_route_tos(const struct sock *sk)
{
#ifdef RT_CONN_FLAGS
	return RT_CONN_FLAGS(sk);
#else
	return ip_sock_rt_tos(sk);
#endif
}

/*
 * cgroup BPF on addresses, which it may change: the length became an argument (6.7). @atype has to
 * be a constant, the number of a static key.
 */
static __always_inline int naru_compat_cgroup_addr(struct sock *sk, struct sockaddr *uaddr,
						   int *len, enum cgroup_bpf_attach_type atype)
{
#ifdef NARU_HAVE_CGROUP_ADDR_LEN
	return BPF_CGROUP_RUN_SA_PROG(sk, uaddr, len, atype);
#else
	return BPF_CGROUP_RUN_SA_PROG(sk, uaddr, atype);
#endif
}

/* Takes the socket lock. @flags: BIND_NO_CAP_NET_BIND_SERVICE may be set */
static __always_inline int naru_compat_cgroup_bind(struct sock *sk, struct sockaddr *uaddr,
						   int *len, enum cgroup_bpf_attach_type atype,
						   u32 *flags)
{
#ifdef NARU_HAVE_CGROUP_ADDR_LEN
	return BPF_CGROUP_RUN_PROG_INET_BIND_LOCK(sk, uaddr, len, atype, flags);
#else
	return BPF_CGROUP_RUN_PROG_INET_BIND_LOCK(sk, uaddr, atype, flags);
#endif
}

/* The same of datagrams. They take the socket lock. @from: the source, which may be changed too */
static __always_inline int naru_compat_cgroup_sendmsg(struct sock *sk, struct sockaddr *uaddr,
						      int *len, enum cgroup_bpf_attach_type atype,
						      void *from)
{
#ifdef NARU_HAVE_CGROUP_ADDR_LEN
	return BPF_CGROUP_RUN_SA_PROG_LOCK(sk, uaddr, len, atype, from);
#else
	return BPF_CGROUP_RUN_SA_PROG_LOCK(sk, uaddr, atype, from);
#endif
}

static __always_inline void naru_compat_cgroup_recvmsg(struct sock *sk, struct sockaddr *uaddr,
						       int *len, enum cgroup_bpf_attach_type atype)
{
#ifdef NARU_HAVE_CGROUP_ADDR_LEN
	BPF_CGROUP_RUN_SA_PROG_LOCK(sk, uaddr, len, atype, NULL);
#else
	BPF_CGROUP_RUN_SA_PROG_LOCK(sk, uaddr, atype, NULL);
#endif
}

/*
 * struct udp_sock.encap_err_rcv (6.3): its arguments, where the quoted UDP header begins, and what the
 * ICMP error says beside type and code.
 */
#ifdef NARU_HAVE_ENCAP_ERR_PAYLOAD
#define NARU_COMPAT_ENCAP_ERR_ARGS	struct sock *sk, struct sk_buff *skb, int err, __be16 port, \
					u32 info, u8 *payload
#define NARU_COMPAT_ENCAP_ERR_OFFSET	((unsigned int)(payload - skb->data) - (unsigned int)sizeof(struct udphdr))
#define NARU_COMPAT_ENCAP_ERR_INFO	info
#else
#define NARU_COMPAT_ENCAP_ERR_ARGS	struct sock *sk, struct sk_buff *skb, unsigned int offset
#define NARU_COMPAT_ENCAP_ERR_OFFSET	offset
#define NARU_COMPAT_ENCAP_ERR_INFO	naru_compat_icmp_info(skb)

static inline u32 naru_compat_icmp_info(const struct sk_buff *skb)
{
	const struct icmphdr *icmp = icmp_hdr(skb);

	if (((const struct iphdr *)skb->data)->version == 6)
		return ntohl(icmp6_hdr(skb)->icmp6_mtu);
	if (icmp->type == ICMP_DEST_UNREACH && icmp->code == ICMP_FRAG_NEEDED)
		return ntohs(icmp->un.frag.mtu);
	return icmp->type == ICMP_PARAMETERPROB ? ntohl(icmp->un.gateway) >> 24 : 0;
}
#endif

/* A route to neighbours alone: rides in the type of service where the bit still exists */
static inline u8 naru_compat_onlink_tos(u8 tos)
{
#ifdef RTO_ONLINK
	return tos | RTO_ONLINK;
#else
	return tos;
#endif
}

/* SO_TXTIME: a packet says by which clock its time is (6.11) */
static inline void naru_compat_transmit_time(struct sk_buff *skb, const struct sock *sk, u64 time)
{
#ifdef NARU_HAVE_TSTAMP_TYPE
	skb_set_delivery_type_by_clockid(skb, time, sk->sk_clockid);
#else
	skb->tstamp = time;
#endif
}

/*
 * sendfile() and splice() into a socket: as messages whose pages are taken over (6.5), a page at a time before.
 * naru_compat_more_pages(): the next one follows at once. naru_compat_splice_ends(): the end of a file is told, which
 * may be nearer than its reader thinks and says.
 */
#ifdef NARU_HAVE_SENDPAGE
#define NARU_COMPAT_SENDPAGE

static inline bool naru_compat_splices(const struct msghdr *msg)
{
	return false;
}

static inline bool naru_compat_more_pages(const struct msghdr *msg)
{
	return msg->msg_flags & MSG_SENDPAGE_NOTLAST;
}

static inline bool naru_compat_splice_ends(void)
{
	return false;
}

/* A piece of a page behind what @skb has: 0 or a negative errno, -EMSGSIZE: full */
static inline int naru_compat_append(struct sk_buff *skb, struct page *page, int offset, int size, int flags)
{
	int err = skb_append_pagefrags(skb, page, offset, size);

	if (err)
		return err;
	skb->len += size;
	skb->data_len += size;
	skb->truesize += size;
	if (!(flags & MSG_NO_SHARED_FRAGS))
		skb_shinfo(skb)->flags |= SKBFL_SHARED_FRAG;
	return 0;
}

/* @msg is a single piece of a page. Takes up to @max bytes; bytes taken or a negative errno, -EMSGSIZE: full */
static inline int naru_compat_splice(struct sk_buff *skb, struct msghdr *msg, int max, gfp_t gfp)
{
	struct iov_iter *i = &msg->msg_iter;
	int err = naru_compat_append(skb, i->bvec->bv_page, i->bvec->bv_offset + i->iov_offset, max,
				     msg->msg_flags);

	if (err)
		return err;
	iov_iter_advance(i, max);
	return max;
}
#else
static inline bool naru_compat_splices(const struct msghdr *msg)
{
	return msg->msg_flags & MSG_SPLICE_PAGES;
}

static inline bool naru_compat_more_pages(const struct msghdr *msg)
{
	return false;
}

static inline bool naru_compat_splice_ends(void)
{
	return true;
}

static inline int naru_compat_splice(struct sk_buff *skb, struct msghdr *msg, int max, gfp_t gfp)
{
	int taken = skb_splice_from_iter(skb, &msg->msg_iter, max, gfp);

	if (taken > 0 && !(msg->msg_flags & MSG_NO_SHARED_FRAGS))
		skb_shinfo(skb)->flags |= SKBFL_SHARED_FRAG;
	return taken;
}
#endif

#ifdef CONFIG_XFRM
/* What IPsec's policies are asked about: the namespace became an argument (6.7). 0 or a negative errno */
static inline int naru_compat_decode_session(struct net *net, struct sk_buff *skb, struct flowi *fl)
{
#ifdef NARU_HAVE_DECODE_SESSION_NET
	return xfrm_decode_session(net, skb, fl, AF_INET);
#else
	return xfrm_decode_session(skb, fl, AF_INET);
#endif
}
#endif

/* Timestamps in µs (6.7): the route's feature, of which older kernels know nothing, and what TCP_INFO says of it */
#ifndef RTAX_FEATURE_TCP_USEC_TS
#define RTAX_FEATURE_TCP_USEC_TS	0
#endif
#ifndef TCPI_OPT_USEC_TS
#define TCPI_OPT_USEC_TS		64
#endif

/* Whether a connection is one of MPTCP (6.6) */
#ifndef TCP_IS_MPTCP
#define TCP_IS_MPTCP	43
#endif

/* setsockopt(2) at SOL_SOCKET is the module's to answer, not the core's alone (6.7) */
static inline void naru_compat_own_options(struct socket *sock)
{
#ifdef SOCK_CUSTOM_SOCKOPT
	set_bit(SOCK_CUSTOM_SOCKOPT, &sock->flags);
#endif
}

static inline bool naru_compat_tw_ts_usec(const struct tcp_timewait_sock *tw)
{
#ifdef NARU_HAVE_TW_USEC_TS
	return tw->tw_sk.tw_usec_ts;
#else
	return false;
#endif
}

/* What is wrong, with values in it (6.2); @plain: without */
#ifdef NARU_HAVE_ERR_MSG_FMT
#define NARU_COMPAT_ERR_MSG(extack, plain, ...)	do {	\
	(void)(plain);					\
	NL_SET_ERR_MSG_FMT(extack, __VA_ARGS__);	\
} while (0)
#else
#define NARU_COMPAT_ERR_MSG(extack, plain, ...)	do {	\
	no_printk(__VA_ARGS__);				\
	NL_SET_ERR_MSG(extack, plain);			\
} while (0)
#endif

#endif
