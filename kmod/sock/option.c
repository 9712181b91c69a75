// SPDX-License-Identifier: GPL-2.0
/*
 * The table of options decides before anything else looks at one: what it does not know is refused.
 */
#include <linux/net_tstamp.h>
#include <linux/socket.h>
#include <net/inet_sock.h>
#include <net/tcp_states.h>
#include "option.h"

#define NUMBERS		128	/* of a level, from 0 */

enum { AT_SOL_SOCKET, AT_SOL_IP, AT_SOL_IPV6, AT_SOL_TCP, AT_SOL_UDP, LEVELS };

/* By names, so that one that is there twice does not build */
#define NARU_OPTION(level, name, ...)	ROW_##level##_##name,
enum {
#include "option_list.h"
};

/**
 * struct row - what becomes of an option
 * @place: in the list, from 1; 0: the list does not have it
 * @stream: of streams: NARU_OPTION_, or an errno
 * @dgram: the same of datagram sockets
 * @noted: the list has something to say of it
 */
struct row {
	u16 place, stream, dgram;
	bool noted;
};

#define NARU_OPTION(level, name, number, of_streams, of_dgrams, why)	\
	[AT_##level][number] = {					\
		.place = ROW_##level##_##name + 1,			\
		.stream = (of_streams),					\
		.dgram = (of_dgrams),					\
		.noted = sizeof(why) > sizeof(""),			\
	},
static const struct row rows[LEVELS][NUMBERS] = {
#include "option_list.h"
};

static int level_at(int level)
{
	switch (level) {
	case SOL_SOCKET:
		return AT_SOL_SOCKET;
	case SOL_IP:
		return AT_SOL_IP;
	case SOL_IPV6:
		return AT_SOL_IPV6;
	case SOL_TCP:
		return AT_SOL_TCP;
	case SOL_UDP:
		return AT_SOL_UDP;
	default:
		return -1;
	}
}

static const struct row *find(int level, int name)
{
	int at = level_at(level);

	if (at < 0 || name < 0 || name >= NUMBERS || !rows[at][name].place)
		return NULL;
	return &rows[at][name];
}

static int verdict_of(const struct sock *sk, const struct row *row)
{
	return sk->sk_type == SOCK_STREAM ? row->stream : row->dgram;
}

/**
 * naru_option_check - what the table says of an option
 * @sk: socket, stream or datagram
 * @kind: NARU_REFUSED_SET or NARU_REFUSED_GET
 * @level: SOL_SOCKET, SOL_IP, SOL_IPV6, SOL_TCP or SOL_UDP; no other has rows
 * @name: option
 *
 * Context: process, may sleep. What is refused is counted.
 *
 * Return: 0: go on; else what the call returns, -ENOPROTOOPT for what is in no row.
 */
int naru_option_check(struct sock *sk, u8 kind, int level, int name)
{
	const struct row *row = find(level, name);
	int verdict = row ? verdict_of(sk, row) : NARU_OPTION_NONE;

	if (verdict == NARU_OPTION_HONOURED || verdict == NARU_OPTION_CORE)
		return 0;
	if (verdict == NARU_OPTION_NONE)
		verdict = ENOPROTOOPT;
	naru_ledger_refuse(sk, kind, level, name, verdict);
	return -verdict;
}

/**
 * naru_option_answer - an option that the table let pass has its answer
 * @sk: socket
 * @kind: NARU_REFUSED_SET or NARU_REFUSED_GET
 * @level: as in naru_option_check()
 * @name: option
 * @err: the answer
 *
 * Core code refuses something of some options to naru's sockets, which the table says of them: that is counted, and
 * nothing else is. Context: process, may sleep.
 *
 * Return: @err.
 */
int naru_option_answer(struct sock *sk, u8 kind, int level, int name, int err)
{
	const struct row *row = find(level, name);

	if ((err == -ENOPROTOOPT || err == -EOPNOTSUPP || err == -ENOTSUPP) && row && row->noted)
		naru_ledger_refuse(sk, kind, level, name, -err);
	return err;
}

/* The core leaves MSG_ZEROCOPY to its own TCP and UDP */
static int set_zerocopy(struct sock *sk, sockptr_t val, unsigned int len)
{
	int v;

	if (len < sizeof(v))
		return -EINVAL;
	if (copy_from_sockptr(&v, val, sizeof(v)))
		return -EFAULT;
	if (v < 0 || v > 1)
		return -EINVAL;
	lock_sock(sk);
	sock_valbool_flag(sk, SOCK_ZEROCOPY, v);
	release_sock(sk);
	return 0;
}

/* Bytes of a stream are counted from where one is, which the core asks its own TCP only */
static int check_stamping(const struct sock *sk, sockptr_t val, unsigned int len)
{
	int v;

	if (sk->sk_type != SOCK_STREAM || len < sizeof(v))
		return 0;
	if (copy_from_sockptr(&v, val, sizeof(v)))
		return -EFAULT;
	if (!(v & SOF_TIMESTAMPING_OPT_ID) || (READ_ONCE(sk->sk_tsflags) & SOF_TIMESTAMPING_OPT_ID))
		return 0;
	return (1 << inet_sk_state_load(sk)) & (TCPF_CLOSE | TCPF_LISTEN) ? -EINVAL : 0;
}

/**
 * naru_option_set_socket - setsockopt(2) at SOL_SOCKET
 * @sock: socket, stream or datagram
 * @name: option that the table lets pass
 * @val: value
 * @len: its bytes
 *
 * Only where the kernel asks the module, naru_compat_own_options(). Context: process, may sleep; takes the lock.
 *
 * Return: 0 or what the core says.
 */
int naru_option_set_socket(struct socket *sock, int name, sockptr_t val, unsigned int len)
{
	int err = 0;

	if (name == SO_ZEROCOPY)
		return set_zerocopy(sock->sk, val, len);
	if (name == SO_TIMESTAMPING_OLD || name == SO_TIMESTAMPING_NEW)
		err = check_stamping(sock->sk, val, len);
	return err ? : sock_setsockopt(sock, SOL_SOCKET, name, val, len);
}
