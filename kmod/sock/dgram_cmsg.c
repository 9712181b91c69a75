// SPDX-License-Identifier: GPL-2.0
/*
 * What a program says of one datagram beside its data: control messages of sendmsg(2), and where it says nothing
 * the socket's options.
 */
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/transp_v6.h>
#include "dgram.h"
#include "option.h"

static int get_segment(struct naru_dgram_tx *tx, struct cmsghdr *cmsg)
{
	if (cmsg->cmsg_type != UDP_SEGMENT || cmsg->cmsg_len != CMSG_LEN(sizeof(u16)))
		return -EINVAL;
	tx->gso_size = *(u16 *)CMSG_DATA(cmsg);
	return 0;
}

/* ---- IPv4 ---- */

#define OPTIONS_MAX	40	/* bytes, RFC 791 3.1 */

static int get_retopts(struct sock *sk, struct naru_dgram_tx *tx, struct cmsghdr *cmsg)
{
	unsigned int len = min_t(size_t, cmsg->cmsg_len - sizeof(*cmsg), OPTIONS_MAX);
	struct ip_options_rcu *opt = kzalloc(sizeof(*opt) + OPTIONS_MAX, GFP_KERNEL);
	int err;

	if (!opt)
		return -ENOMEM;
	memcpy(opt->opt.__data, CMSG_DATA(cmsg), len);
	/* the rest is zero, which is the end of the list */
	opt->opt.optlen = ALIGN(len, 4);
	err = len ? ip_options_compile(sock_net(sk), &opt->opt, NULL) : 0;
	if (tx->opt4_own)
		kfree(tx->opt4);
	tx->opt4_own = !err;
	tx->opt4 = err ? NULL : opt;
	if (err)
		kfree(opt);
	return err;
}

static int get_pktinfo(struct naru_dgram_tx *tx, struct cmsghdr *cmsg)
{
	const struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(cmsg);

	if (cmsg->cmsg_len != CMSG_LEN(sizeof(*info)))
		return -EINVAL;
	if (info->ipi_ifindex)
		tx->oif = info->ipi_ifindex;
	ipv6_addr_set_v4mapped(info->ipi_spec_dst.s_addr, &tx->from);
	return 0;
}

/* A dual-stack program may say it in IPv6's words */
static int get_mapped_pktinfo(struct naru_dgram_tx *tx, struct cmsghdr *cmsg)
{
	const struct in6_pktinfo *info = (struct in6_pktinfo *)CMSG_DATA(cmsg);

	if (cmsg->cmsg_len < CMSG_LEN(sizeof(*info)) ||
	    !ipv6_addr_v4mapped(&info->ipi6_addr))
		return -EINVAL;
	if (info->ipi6_ifindex)
		tx->oif = info->ipi6_ifindex;
	tx->from = info->ipi6_addr;
	return 0;
}

static int get_ttl(struct naru_dgram_tx *tx, struct cmsghdr *cmsg)
{
	int val;

	if (cmsg->cmsg_len != CMSG_LEN(sizeof(int)))
		return -EINVAL;
	val = *(int *)CMSG_DATA(cmsg);
	if (val < 1 || val > 255)
		return -EINVAL;
	tx->ttl = val;
	return 0;
}

static int get_tos(struct naru_dgram_tx *tx, struct cmsghdr *cmsg)
{
	int val;

	if (cmsg->cmsg_len == CMSG_LEN(sizeof(int)))
		val = *(int *)CMSG_DATA(cmsg);
	else if (cmsg->cmsg_len == CMSG_LEN(sizeof(u8)))
		val = *(u8 *)CMSG_DATA(cmsg);
	else
		return -EINVAL;
	if (val < 0 || val > 255)
		return -EINVAL;
	tx->tos = val;
	tx->priority = rt_tos2priority(val);
	return 0;
}

/* Raw sockets' alone to say; what is none is refused to all the same */
static int check_protocol(const struct cmsghdr *cmsg)
{
	int val;

	if (cmsg->cmsg_len != CMSG_LEN(sizeof(int)))
		return -EINVAL;
	val = *(int *)CMSG_DATA(cmsg);
	return val < 1 || val > 255 ? -EINVAL : 0;
}

static int get_ip(struct sock *sk, struct naru_dgram_tx *tx, struct cmsghdr *cmsg)
{
	switch (cmsg->cmsg_type) {
	case IP_RETOPTS:
		return get_retopts(sk, tx, cmsg);
	case IP_PKTINFO:
		return get_pktinfo(tx, cmsg);
	case IP_TTL:
		return get_ttl(tx, cmsg);
	case IP_TOS:
		return get_tos(tx, cmsg);
	case IP_PROTOCOL:
		return check_protocol(cmsg);
	default:
		return -EINVAL;
	}
}

static int cmsgs_v4(struct sock *sk, struct naru_dgram_tx *tx, struct msghdr *msg)
{
	struct cmsghdr *cmsg;
	int err;

	err = sock_cmsg_send(sk, msg, &tx->sockc);
	for_each_cmsghdr(cmsg, msg) {
		if (err)
			return err;
		if (!CMSG_OK(msg, cmsg))
			return -EINVAL;
		if (cmsg->cmsg_level == SOL_UDP)
			err = get_segment(tx, cmsg);
		else if (cmsg->cmsg_level == SOL_IP)
			err = get_ip(sk, tx, cmsg);
		else if (cmsg->cmsg_level == SOL_IPV6 && sk->sk_family == AF_INET6 &&
			 cmsg->cmsg_type == IPV6_PKTINFO)
			err = get_mapped_pktinfo(tx, cmsg);
	}
	return err;
}

/* The socket's options, for this datagram alone: they may be changed meanwhile */
static int socket_options(struct sock *sk, struct naru_dgram_tx *tx)
{
	const struct ip_options_rcu *opt;
	int err = 0;

	rcu_read_lock();
	opt = rcu_dereference(inet_sk(sk)->inet_opt);
	if (opt) {
		tx->opt4 = kmemdup(opt, sizeof(*opt) + opt->opt.optlen, GFP_ATOMIC);
		tx->opt4_own = tx->opt4;
		err = tx->opt4 ? 0 : -ENOBUFS;
	}
	rcu_read_unlock();
	return err;
}

/* ---- IPv6 ---- */

static int segment_v6(struct naru_dgram_tx *tx, struct msghdr *msg)
{
	struct cmsghdr *cmsg;
	int err = 0;

	for_each_cmsghdr(cmsg, msg) {
		if (!CMSG_OK(msg, cmsg))
			return -EINVAL;
		if (cmsg->cmsg_level == SOL_UDP)
			err = get_segment(tx, cmsg);
		if (err)
			return err;
	}
	return 0;
}

static int cmsgs_v6(struct sock *sk, struct naru_dgram_tx *tx, struct msghdr *msg)
{
	struct flowi6 fl6 = {
		.flowi6_oif = tx->oif,
		.daddr = tx->to.ip,
		.saddr = tx->from,
		.flowlabel = tx->flowlabel,
	};
	struct ipcm6_cookie ipc6 = {
		.sockc = tx->sockc,
		.hlimit = tx->ttl,
		.tclass = tx->tos,
		.dontfrag = tx->dontfrag,
		.opt = &tx->opt6_space,
	};
	int err = segment_v6(tx, msg);

	if (err)
		return err;
	memset(&tx->opt6_space, 0, sizeof(tx->opt6_space));
	tx->opt6_space.tot_len = sizeof(tx->opt6_space);
	err = ip6_datagram_send_ctl(sock_net(sk), sk, msg, &fl6, &ipc6);
	if (err)
		return err;
	tx->sockc = ipc6.sockc;
	tx->ttl = ipc6.hlimit;
	if (ipc6.tclass >= 0)
		tx->tos = ipc6.tclass;
	tx->dontfrag = ipc6.dontfrag > 0;
	tx->oif = fl6.flowi6_oif;
	tx->from = fl6.saddr;
	tx->flowlabel = fl6.flowlabel;
	if (tx->opt6_space.opt_nflen | tx->opt6_space.opt_flen)
		tx->opt6 = &tx->opt6_space;
	return 0;
}

/* IPV6_FLOWLABEL_MGR's labels have to be asked for, and may bring extension headers */
static int use_label(struct sock *sk, struct naru_dgram_tx *tx)
{
	if (!(tx->flowlabel & IPV6_FLOWLABEL_MASK))
		return 0;
	tx->label = fl6_sock_lookup(sk, tx->flowlabel);
	if (!IS_ERR(tx->label))
		return 0;
	tx->label = NULL;
	return -EINVAL;
}

static void use_headers(struct sock *sk, struct naru_dgram_tx *tx)
{
	if (!tx->opt6) {
		tx->opt6_ref = txopt_get(inet6_sk(sk));
		tx->opt6 = tx->opt6_ref;
	}
	if (tx->label)
		tx->opt6 = fl6_merge_options(&tx->opt6_space, tx->label, tx->opt6);
}

/* What says more than UDP_SEGMENT does not go by the socket's route. Behind what is malformed there is no next one */
static bool has_others(struct msghdr *msg)
{
	struct cmsghdr *cmsg;

	for_each_cmsghdr(cmsg, msg)
		if (!CMSG_OK(msg, cmsg) || cmsg->cmsg_level != SOL_UDP)
			return true;
	return false;
}

/**
 * naru_dgram_tx_cmsg - what is said of a datagram
 * @sk: socket
 * @tx: the datagram, with destination and what the socket says of it
 * @msg: of sendmsg(2)
 *
 * Context: process, may sleep.
 *
 * Return: 0, -EINVAL, -EPERM, -ENODEV... naru_dgram_tx_free() is due in any case.
 */
int naru_dgram_tx_cmsg(struct sock *sk, struct naru_dgram_tx *tx, struct msghdr *msg)
{
	int err = 0;

	if (msg->msg_controllen && has_others(msg))
		tx->connected = false;
	if (tx->v4) {
		if (msg->msg_controllen)
			err = naru_option_cmsg(sk, msg, SOL_IP, cmsgs_v4(sk, tx, msg));
		if (!err && !tx->opt4)
			err = socket_options(sk, tx);
		return err;
	}
	if (msg->msg_controllen)
		err = naru_option_cmsg(sk, msg, SOL_IPV6, cmsgs_v6(sk, tx, msg));
	if (!err)
		err = use_label(sk, tx);
	if (!err)
		use_headers(sk, tx);
	return err;
}

static unsigned int header_bytes(const void *header)
{
	const struct ipv6_opt_hdr *h = header;

	return h ? ipv6_optlen(h) : 0;
}

static void *keep_header(u8 **at, const void *header)
{
	void *kept = *at;

	if (!header)
		return NULL;
	memcpy(kept, header, header_bytes(header));
	*at += header_bytes(header);
	return kept;
}

/**
 * naru_dgram_tx_keep - extension headers of control messages outlive the call
 * @tx: the datagram
 *
 * Each lies where the program has put it: ipv6_dup_options() is for such as lie behind their struct. Context: process.
 *
 * Return: 0 or -ENOBUFS.
 */
int naru_dgram_tx_keep(struct naru_dgram_tx *tx)
{
	const struct ipv6_txoptions *opt = &tx->opt6_space;
	struct ipv6_txoptions *copy;
	unsigned int bytes;
	u8 *at;

	if (tx->opt6 != opt)
		return 0;
	bytes = header_bytes(opt->hopopt) + header_bytes(opt->dst0opt) + header_bytes(opt->srcrt) +
		header_bytes(opt->dst1opt);
	copy = kzalloc(sizeof(*copy) + bytes, GFP_KERNEL);
	if (!copy)
		return -ENOBUFS;
	refcount_set(&copy->refcnt, 1);
	copy->tot_len = sizeof(*copy) + bytes;
	copy->opt_flen = opt->opt_flen;
	copy->opt_nflen = opt->opt_nflen;
	at = (u8 *)(copy + 1);
	copy->hopopt = keep_header(&at, opt->hopopt);
	copy->dst0opt = keep_header(&at, opt->dst0opt);
	copy->srcrt = keep_header(&at, opt->srcrt);
	copy->dst1opt = keep_header(&at, opt->dst1opt);
	txopt_put(tx->opt6_ref);
	tx->opt6_ref = copy;
	tx->opt6 = copy;
	return 0;
}

/**
 * naru_dgram_tx_free - what a datagram had to itself
 * @tx: the datagram
 *
 * Any context.
 */
void naru_dgram_tx_free(struct naru_dgram_tx *tx)
{
	if (tx->opt4_own)
		kfree(tx->opt4);
	fl6_sock_release(tx->label);
	txopt_put(tx->opt6_ref);
}
