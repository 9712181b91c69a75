// SPDX-License-Identifier: GPL-2.0
/*
 * Options. The table decides (option_list.h); SOL_SOCKET is the core's; SOL_IP and SOL_IPV6 are IP's; SOL_TCP and
 * SOL_NARU are here. Values go over the stack, never between user space and the socket itself.
 */
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include "naru.h"
#include "tcp/info.h"
#include "option.h"
#include "sock.h"
#include "tcp/defer.h"

/* Limits of Linux's TCP */
#define KEEPIDLE_MAX	32767	/* seconds */
#define KEEPINTVL_MAX	32767	/* seconds */
#define KEEPCNT_MAX	127
#define SYNCNT_MAX	127
#define LINGER2_MAX	120	/* seconds */
#define MAXSEG_MIN	88	/* bytes */
#define MAXSEG_MAX	32767	/* bytes */

/* RFC 9293 3.7.4 (MUST-17) */
static int set_nagle(struct sock *sk, u8 bit, int val)
{
	struct naru_sock *ns = naru_sk(sk);

	if (!val == !(ns->nonagle & bit))
		return 0;
	ns->nonagle ^= bit;
	/* TCP_NODELAY set and TCP_CORK taken off send what waits */
	if (((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) &&
	    (bit == NARU_NAGLE_OFF) == !!val)
		naru_output_push(sk, ns->nonagle | NARU_NAGLE_PUSH);
	return 0;
}

static int set_maxseg(struct sock *sk, int val)
{
	if (val && (val < MAXSEG_MIN || val > MAXSEG_MAX))
		return -EINVAL;
	naru_sk(sk)->mss_user = val;
	return 0;
}

static int set_keepidle(struct sock *sk, int val)
{
	if (val < 1 || val > KEEPIDLE_MAX)
		return -EINVAL;
	naru_sk(sk)->keepidle_s = val;
	naru_timer_keepalive_restart(sk);
	return 0;
}

static int set_keepintvl(struct sock *sk, int val)
{
	if (val < 1 || val > KEEPINTVL_MAX)
		return -EINVAL;
	naru_sk(sk)->keepintvl_s = val;
	return 0;
}

static int set_keepcnt(struct sock *sk, int val)
{
	if (val < 1 || val > KEEPCNT_MAX)
		return -EINVAL;
	naru_sk(sk)->keepcnt = val;
	return 0;
}

static int set_syncnt(struct sock *sk, int val)
{
	if (val < 1 || val > SYNCNT_MAX)
		return -EINVAL;
	naru_sk(sk)->syn_retries = val;
	return 0;
}

static int set_linger2(struct sock *sk, int val)
{
	naru_sk(sk)->linger2 = val < 0 ? -1 : val > LINGER2_MAX ? LINGER2_MAX : val;
	return 0;
}

/* R2: RFC 9293 3.8.3 (MUST-21), RFC 5482 */
static int set_user_timeout(struct sock *sk, int val)
{
	if (val < 0)
		return -EINVAL;
	naru_sk(sk)->user_timeout_ms = val;
	return 0;
}

/* 1: ACK what is owed, and at once for a while; 0: delay again (tcp(7): not permanent) */
static int set_quickack(struct sock *sk, int val)
{
	struct naru_sock *ns = naru_sk(sk);

	if (!val) {
		ns->quickacks = 0;
		return 0;
	}
	ns->quickacks = NARU_QUICKACKS;
	if (((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) &&
	    (ns->ack_pending & NARU_ACK_SCHED))
		naru_output_ack(sk);
	return 0;
}

static int set_window_clamp(struct sock *sk, int val)
{
	if (!val) {
		if (sk->sk_state != TCP_CLOSE)
			return -EINVAL;
		naru_sk(sk)->window_clamp = 0;
		return 0;
	}
	naru_sk(sk)->window_clamp = max_t(u32, val, SOCK_MIN_RCVBUF / 2);
	return 0;
}

static int set_notsent_lowat(struct sock *sk, int val)
{
	naru_sk(sk)->notsent_lowat = val;
	sk->sk_write_space(sk);
	return 0;
}

/* Of the two kinds of help for thin streams the kernel has kept one, and takes the other's word */
static int set_thin(struct sock *sk, int name, int val)
{
	if (val < 0 || val > 1)
		return -EINVAL;
	if (name == TCP_THIN_LINEAR_TIMEOUTS)
		naru_sk(sk)->thin_linear = val;
	return 0;
}

static int set_fastopen_connect(struct sock *sk, int val)
{
	if (val < 0 || val > 1)
		return -EINVAL;
	if (!(naru_setting(naru_net_of(sk), fastopen) & NARU_FASTOPEN_CLIENT))
		return -EOPNOTSUPP;
	if (sk->sk_state != TCP_CLOSE)
		return -EINVAL;
	naru_sk(sk)->fastopen_connect = val;
	return 0;
}

static int set_fastopen_no_cookie(struct sock *sk, int val)
{
	if (val < 0 || val > 1 || !((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		return -EINVAL;
	WRITE_ONCE(naru_sk(sk)->fastopen_no_cookie, val);
	return 0;
}

static int set_inq(struct sock *sk, int val)
{
	if (val < 0 || val > 1)
		return -EINVAL;
	naru_sk(sk)->inq = val;
	return 0;
}

static int set_tcp_int(struct sock *sk, int name, int val)
{
	switch (name) {
	case TCP_NODELAY:
		return set_nagle(sk, NARU_NAGLE_OFF, val);
	case TCP_CORK:
		return set_nagle(sk, NARU_NAGLE_CORK, val);
	case TCP_MAXSEG:
		return set_maxseg(sk, val);
	case TCP_KEEPIDLE:
		return set_keepidle(sk, val);
	case TCP_KEEPINTVL:
		return set_keepintvl(sk, val);
	case TCP_KEEPCNT:
		return set_keepcnt(sk, val);
	case TCP_SYNCNT:
		return set_syncnt(sk, val);
	case TCP_LINGER2:
		return set_linger2(sk, val);
	case TCP_USER_TIMEOUT:
		return set_user_timeout(sk, val);
	case TCP_QUICKACK:
		return set_quickack(sk, val);
	case TCP_WINDOW_CLAMP:
		return set_window_clamp(sk, val);
	case TCP_DEFER_ACCEPT:
		WRITE_ONCE(naru_sk(sk)->defer_accept, naru_defer_from_seconds(val));
		return 0;
	case TCP_NOTSENT_LOWAT:
		return set_notsent_lowat(sk, val);
	case TCP_THIN_LINEAR_TIMEOUTS:
	case TCP_THIN_DUPACK:
		return set_thin(sk, name, val);
	case TCP_INQ:
		return set_inq(sk, val);
	case TCP_TIMESTAMP:
		/* only a socket in repair has its clock set */
		return -EPERM;
	case TCP_FASTOPEN:
		return naru_fastopen_limit(sk, val);
	case TCP_FASTOPEN_CONNECT:
		return set_fastopen_connect(sk, val);
	case TCP_FASTOPEN_NO_COOKIE:
		return set_fastopen_no_cookie(sk, val);
	default:
		return -ENOPROTOOPT;
	}
}

static int set_congestion(struct sock *sk, sockptr_t val, unsigned int len)
{
	const struct naru_cong_ops *ops;
	char name[NARU_CONG_NAME_MAX];
	int err = 0;
	long n;

	if (len < 1)
		return -EINVAL;
	n = strncpy_from_sockptr(name, val, min_t(long, sizeof(name) - 1, len));
	if (n < 0)
		return -EFAULT;
	name[n] = 0;
	ops = naru_cong_get(name);
	if (!ops)
		return -ENOENT;
	lock_sock(sk);
	if (naru_sk(sk)->path.cong_locked) {
		naru_cong_put(ops);
		err = -EPERM;
	} else {
		naru_cong_set(sk, ops);
	}
	release_sock(sk);
	return err;
}

/* RFC 7413 4.1.2: the key, or that and the one before it */
static int set_fastopen_key(struct sock *sk, sockptr_t val, unsigned int len)
{
	u8 keys[TCP_FASTOPEN_KEY_BUF_LENGTH];
	int err;

	if (len != TCP_FASTOPEN_KEY_LENGTH && len != sizeof(keys))
		return -EINVAL;
	if (copy_from_sockptr(keys, val, len))
		return -EFAULT;
	lock_sock(sk);
	err = naru_fastopen_set_keys(sk, keys, len);
	release_sock(sk);
	memzero_explicit(keys, sizeof(keys));
	return err;
}

static int set_tcp(struct sock *sk, int name, sockptr_t val, unsigned int len)
{
	int v, err;

	if (name == TCP_CONGESTION)
		return set_congestion(sk, val, len);
	if (name == TCP_FASTOPEN_KEY)
		return set_fastopen_key(sk, val, len);
	if (len < sizeof(v))
		return -EINVAL;
	if (copy_from_sockptr(&v, val, sizeof(v)))
		return -EFAULT;
	lock_sock(sk);
	err = set_tcp_int(sk, name, v);
	release_sock(sk);
	return err;
}

/* Before the first address; what came by SOL_IPV6 before may not fit any more */
static int set_domain(struct sock *sk, int val)
{
	struct naru_sock *ns = naru_sk(sk);

	if (val != 0 && val != AF_INET && val != AF_INET6)
		return -EINVAL;
	if (val != AF_INET && !ipv6_mod_enabled())
		return -EAFNOSUPPORT;
	if (sk->sk_state != TCP_CLOSE || inet_sk(sk)->inet_num ||
	    (sk->sk_userlocks & SOCK_BINDADDR_LOCK))
		return -EINVAL;
	ns->domain = val;
	sk->sk_family = val == AF_INET ? AF_INET : AF_INET6;
	sk->sk_ipv6only = val == AF_INET6 && READ_ONCE(sock_net(sk)->ipv6.sysctl.bindv6only);
	naru_compat_set_mc_all(sk, val != AF_INET6);
	naru_sock_clear_key(sk);
	return 0;
}

/* RFC 7323 5.4: a connection's clock does not change its pace */
static int set_ts_usec(struct sock *sk, int val)
{
	if (val != 0 && val != 1)
		return -EINVAL;
	if (sk->sk_state == TCP_LISTEN)
		return -EINVAL;
	if (sk->sk_state != TCP_CLOSE)
		return -EISCONN;
	WRITE_ONCE(naru_sk(sk)->ts_usec_asked, val);
	return 0;
}

/* What the core leaves to TCP and UDP as SO_ZEROCOPY; SO_ZEROCOPY can be asked for it */
static int set_zerocopy(struct sock *sk, int val)
{
	if (val != 0 && val != 1)
		return -EINVAL;
	sock_valbool_flag(sk, SOCK_ZEROCOPY, val);
	return 0;
}

static int set_naru_int(struct sock *sk, int name, int val)
{
	switch (name) {
	case NARU_DOMAIN:
		return set_domain(sk, val);
	case NARU_TS_USEC:
		return set_ts_usec(sk, val);
	default:
		return set_zerocopy(sk, val);
	}
}

static int set_naru(struct sock *sk, int name, sockptr_t val, unsigned int len)
{
	int v, err;

	if (name != NARU_DOMAIN && name != NARU_TS_USEC && name != NARU_ZEROCOPY)
		return -ENOPROTOOPT;
	if (len < sizeof(v))
		return -EINVAL;
	if (copy_from_sockptr(&v, val, sizeof(v)))
		return -EFAULT;
	lock_sock(sk);
	err = set_naru_int(sk, name, v);
	release_sock(sk);
	return err;
}

/* RFC 9293 3.9.2.1 (MUST-52): what a program says of the route goes before what has come */
static void route_named(struct sock *sk)
{
	lock_sock(sk);
	naru_sk(sk)->answers_route = false;
	sk_dst_reset(sk);
	/* options take room */
	if (!((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		naru_mss_sync(sk, naru_route_mtu(sk));
	release_sock(sk);
}

static int set_ip(struct sock *sk, int name, sockptr_t val, unsigned int len)
{
	int err;

	if (naru_sk(sk)->domain == AF_INET6)
		err = ipv6_setsockopt(sk, SOL_IP, name, val, len);
	else
		err = ip_setsockopt(sk, SOL_IP, name, val, len);

	if (!err && name == IP_OPTIONS)
		route_named(sk);
	return err;
}

/* What the table lets pass */
static int set_level(struct socket *sock, int level, int name, sockptr_t val, unsigned int len)
{
	struct sock *sk = sock->sk;

	switch (level) {
	case SOL_SOCKET:
		return naru_option_set_socket(sock, name, val, len);
	case SOL_IP:
		return set_ip(sk, name, val, len);
	case SOL_IPV6:
		if (naru_sk(sk)->domain == AF_INET)
			return -ENOPROTOOPT;
		return ipv6_setsockopt(sk, level, name, val, len);
	default:
		return set_tcp(sk, name, val, len);
	}
}

/**
 * naru_sockopt_set - proto_ops.setsockopt
 * @sock: socket
 * @level: SOL_IP, SOL_IPV6, SOL_TCP or SOL_NARU, and SOL_SOCKET where the kernel asks
 * @name: option
 * @val: value
 * @len: its bytes
 *
 * IP keeps what a program says of the TTL (RFC 9293 3.9.2, MUST-49), the Diffserv field (3.9.1.9,
 * MUST-48), also while the connection lasts (SHLD-21), and source routes (3.9.2.1, MUST-51).
 *
 * Context: process, may sleep; takes the lock.
 *
 * Return: 0, what the table refuses with, -ENOPROTOOPT for what naru does not have, -EINVAL, -EFAULT, -ENOENT...
 */
int naru_sockopt_set(struct socket *sock, int level, int name, sockptr_t val, unsigned int len)
{
	int err;

	if (level == SOL_NARU)
		return set_naru(sock->sk, name, val, len);
	err = naru_option_check(sock->sk, NARU_REFUSED_SET, level, name);
	if (err)
		return err;
	err = set_level(sock, level, name, val, len);
	return naru_option_answer(sock->sk, NARU_REFUSED_SET, level, name, err);
}

static int setting_or(u32 own, int setting)
{
	return own ? own : setting;
}

static int get_linger2(const struct sock *sk)
{
	int val = naru_sk(sk)->linger2;

	return val < 0 ? -1 : setting_or(val, naru_setting(naru_net_of(sk), fin_timeout));
}

static int get_maxseg(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);

	if (ns->mss_user && ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		return ns->mss_user;
	return ns->mss_cache;
}

/* The value, or -ENOPROTOOPT */
static int get_tcp_int(struct sock *sk, int name, int *val)
{
	struct naru_net *nn = naru_net_of(sk);
	const struct naru_sock *ns = naru_sk(sk);

	switch (name) {
	case TCP_NODELAY:
		*val = !!(ns->nonagle & NARU_NAGLE_OFF);
		return 0;
	case TCP_CORK:
		*val = !!(ns->nonagle & NARU_NAGLE_CORK);
		return 0;
	case TCP_MAXSEG:
		*val = get_maxseg(sk);
		return 0;
	case TCP_KEEPIDLE:
		*val = setting_or(ns->keepidle_s, naru_setting(nn, keepalive_time));
		return 0;
	case TCP_KEEPINTVL:
		*val = setting_or(ns->keepintvl_s, naru_setting(nn, keepalive_intvl));
		return 0;
	case TCP_KEEPCNT:
		*val = setting_or(ns->keepcnt, naru_setting(nn, keepalive_probes));
		return 0;
	case TCP_SYNCNT:
		*val = setting_or(ns->syn_retries, naru_setting(nn, syn_retries));
		return 0;
	case TCP_LINGER2:
		*val = get_linger2(sk);
		return 0;
	case TCP_USER_TIMEOUT:
		*val = ns->user_timeout_ms;
		return 0;
	case TCP_QUICKACK:
		*val = !!ns->quickacks;
		return 0;
	case TCP_WINDOW_CLAMP:
		*val = ns->window_clamp;
		return 0;
	case TCP_DEFER_ACCEPT:
		*val = naru_defer_to_seconds(ns->defer_accept);
		return 0;
	case TCP_NOTSENT_LOWAT:
		*val = ns->notsent_lowat;
		return 0;
	case TCP_THIN_LINEAR_TIMEOUTS:
		*val = ns->thin_linear;
		return 0;
	case TCP_THIN_DUPACK:
	case TCP_IS_MPTCP:
		*val = 0;
		return 0;
	case TCP_INQ:
		*val = ns->inq;
		return 0;
	case TCP_TIMESTAMP:
		/* the lowest bit says what it ticks in, as the kernel's does */
		*val = ((naru_now_ts(ns->ts_usec) + ns->ts_offset) & ~1U) | ns->ts_usec;
		return 0;
	case TCP_FASTOPEN:
		*val = naru_fastopen_limit_of(sk);
		return 0;
	case TCP_FASTOPEN_CONNECT:
		*val = ns->fastopen_connect;
		return 0;
	case TCP_FASTOPEN_NO_COOKIE:
		*val = ns->fastopen_no_cookie;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

/* Copies what there is room for, as getsockopt(2) does */
static int answer(const void *val, int size, char __user *uval, int __user *ulen)
{
	int len;

	if (get_user(len, ulen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	len = min(len, size);
	if (put_user(len, ulen) || copy_to_user(uval, val, len))
		return -EFAULT;
	return 0;
}

static int get_info(struct sock *sk, char __user *uval, int __user *ulen)
{
	union naru_info info;

	memset(&info, 0, sizeof(info));
	lock_sock(sk);
	naru_info_fill(sk, &info);
	release_sock(sk);
	return answer(&info, sizeof(info), uval, ulen);
}

static int get_congestion(struct sock *sk, char __user *uval, int __user *ulen)
{
	char name[NARU_CONG_NAME_MAX] = "";

	lock_sock(sk);
	strscpy(name, naru_sk(sk)->cong_ops->name, sizeof(name));
	release_sock(sk);
	return answer(name, sizeof(name), uval, ulen);
}

static int get_fastopen_key(struct sock *sk, char __user *uval, int __user *ulen)
{
	u8 keys[TCP_FASTOPEN_KEY_BUF_LENGTH];
	unsigned int len;
	int err;

	lock_sock(sk);
	len = naru_fastopen_keys_of(sk, keys);
	release_sock(sk);
	err = answer(keys, len, uval, ulen);
	memzero_explicit(keys, sizeof(keys));
	return err;
}

static int get_tcp(struct sock *sk, int name, char __user *uval, int __user *ulen)
{
	int val, err;

	if (name == TCP_INFO)
		return get_info(sk, uval, ulen);
	if (name == TCP_CONGESTION)
		return get_congestion(sk, uval, ulen);
	if (name == TCP_FASTOPEN_KEY)
		return get_fastopen_key(sk, uval, ulen);
	/* none of naru's has more to say than TCP_INFO */
	if (name == TCP_CC_INFO)
		return answer(NULL, 0, uval, ulen);
	lock_sock(sk);
	err = get_tcp_int(sk, name, &val);
	release_sock(sk);
	return err ? : answer(&val, sizeof(val), uval, ulen);
}

static int get_naru(struct sock *sk, int name, char __user *uval, int __user *ulen)
{
	u32 val;

	switch (name) {
	case NARU_DOMAIN:
		val = naru_sk(sk)->domain;
		break;
	case NARU_WIRE:
		val = naru_sk(sk)->wire;
		break;
	case NARU_ID:
		val = naru_sk(sk)->node.id;
		break;
	case NARU_TS_USEC:
		val = READ_ONCE(naru_sk(sk)->ts_usec_asked);
		break;
	case NARU_ZEROCOPY:
		val = sock_flag(sk, SOCK_ZEROCOPY);
		break;
	default:
		return -ENOPROTOOPT;
	}
	return answer(&val, sizeof(val), uval, ulen);
}

/* What the table lets pass */
static int get_level(struct sock *sk, int level, int name, char __user *val, int __user *len)
{
	switch (level) {
	case SOL_IP:
		return ip_getsockopt(sk, level, name, val, len);
	case SOL_IPV6:
		if (naru_sk(sk)->domain == AF_INET)
			return -EOPNOTSUPP;
		return ipv6_getsockopt(sk, level, name, val, len);
	default:
		return get_tcp(sk, name, val, len);
	}
}

/**
 * naru_sockopt_get - proto_ops.getsockopt
 * @sock: socket
 * @level: SOL_IP, SOL_IPV6, SOL_TCP or SOL_NARU
 * @name: option
 * @val: where the value goes
 * @len: room there; becomes the bytes given
 *
 * Context: process, may sleep; takes the lock.
 *
 * Return: 0, what the table refuses with, -ENOPROTOOPT, -EINVAL, -EFAULT.
 */
int naru_sockopt_get(struct socket *sock, int level, int name, char __user *val, int __user *len)
{
	int err;

	if (level == SOL_NARU)
		return get_naru(sock->sk, name, val, len);
	err = naru_option_check(sock->sk, NARU_REFUSED_GET, level, name);
	if (err)
		return err;
	err = get_level(sock->sk, level, name, val, len);
	return naru_option_answer(sock->sk, NARU_REFUSED_GET, level, name, err);
}
