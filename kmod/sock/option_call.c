// SPDX-License-Identifier: GPL-2.0
/*
 * What the table of options says of what is no option: ioctls and control messages. Nothing that naru acts on comes here.
 */
#include <linux/socket.h>
#include "option.h"

/* By names, so that one that is there twice does not build */
#define NARU_CMSG(level, name, ...)	ROW_##level##_##name,
#define NARU_IOCTL(level, name, ...)	ROW_##level##_##name,
enum {
#include "option_list.h"
};

/**
 * struct row - what becomes of an ioctl or a control message
 * @kind: NARU_REFUSED_IOCTL or NARU_REFUSED_CMSG
 * @level: of a control message, else 0
 * @number: ioctl, or type of the control message
 * @stream: of streams: NARU_OPTION_, or an errno
 * @dgram: the same of datagram sockets
 * @noted: the list has something to say of it
 */
struct row {
	u8 kind;
	int level;
	u32 number;
	u16 stream, dgram;
	bool noted;
};

#define NARU_CMSG(level, name, number, of_streams, of_dgrams, why)	\
	[ROW_##level##_##name] = {					\
		NARU_REFUSED_CMSG, level, number, of_streams, of_dgrams, sizeof(why) > sizeof(""),	\
	},
#define NARU_IOCTL(level, name, number, of_streams, of_dgrams, why)	\
	[ROW_##level##_##name] = {					\
		NARU_REFUSED_IOCTL, 0, number, of_streams, of_dgrams, sizeof(why) > sizeof(""),	\
	},
static const struct row rows[] = {
#include "option_list.h"
};

static const struct row *find(u8 kind, int level, u32 number)
{
	const struct row *row;

	for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
		if (row->kind == kind && row->level == level && row->number == number)
			return row;
	return NULL;
}

/**
 * naru_option_ioctl - what the table says of an ioctl that core code is about to get
 * @sk: socket, stream or datagram
 * @cmd: ioctl
 *
 * Context: process, may sleep. What is refused is counted; what is in no row is the core's, which has many.
 *
 * Return: 0: go on; else what the call returns.
 */
int naru_option_ioctl(struct sock *sk, unsigned int cmd)
{
	const struct row *row = find(NARU_REFUSED_IOCTL, 0, cmd);
	int verdict = NARU_OPTION_NONE;

	if (row)
		verdict = sk->sk_type == SOCK_STREAM ? row->stream : row->dgram;
	if (verdict == NARU_OPTION_NONE || verdict >= NARU_OPTION_HONOURED)
		return 0;
	naru_ledger_refuse(sk, NARU_REFUSED_IOCTL, 0, cmd, verdict);
	return -verdict;
}

/* Those of other levels are passed over */
static bool is_read(const struct sock *sk, int ip_level, int level)
{
	return level == SOL_SOCKET || (sk->sk_type == SOCK_DGRAM && (level == ip_level || level == SOL_UDP));
}

/* In no row, or in one that says so: none of its kind can be sent */
static bool is_refused(const struct cmsghdr *cmsg)
{
	const struct row *row = find(NARU_REFUSED_CMSG, cmsg->cmsg_level, cmsg->cmsg_type);

	return !row || row->noted;
}

/**
 * naru_option_cmsg - the control messages of a call have their answer
 * @sk: socket, stream or datagram
 * @msg: of sendmsg(2)
 * @ip_level: SOL_IP or SOL_IPV6 as the datagram's destination is; of streams 0
 * @err: the answer
 *
 * Context: process, may sleep. Where it is -EINVAL, those are counted that are of a kind that is refused; what is
 * malformed, or has a wrong value, is not.
 *
 * Return: @err.
 */
int naru_option_cmsg(struct sock *sk, struct msghdr *msg, int ip_level, int err)
{
	struct cmsghdr *cmsg;

	if (err != -EINVAL)
		return err;
	for_each_cmsghdr(cmsg, msg) {
		if (!CMSG_OK(msg, cmsg))
			break;
		if (is_read(sk, ip_level, cmsg->cmsg_level) && is_refused(cmsg))
			naru_ledger_refuse(sk, NARU_REFUSED_CMSG, cmsg->cmsg_level, cmsg->cmsg_type, EINVAL);
	}
	return err;
}
