// SPDX-License-Identifier: GPL-2.0
/*
 * struct msghdr: names, iovecs, control messages, all of them also wrong.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include "fuzz.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT	103
#endif
#define CONTROL_MAX	512

/* Control messages that something understands, and how long their data is */
static const struct {
	int level, type;
	unsigned int size;
} cmsgs[] = {
	{ SOL_SOCKET, SCM_RIGHTS, 4 },
	{ SOL_SOCKET, SCM_CREDENTIALS, 12 },
	{ SOL_SOCKET, SO_TIMESTAMPING, 4 },
	{ SOL_SOCKET, SO_MARK, 4 },
	{ SOL_SOCKET, SO_PRIORITY, 4 },
	{ SOL_SOCKET, 61, 8 },			/* SCM_TXTIME */
	{ SOL_IP, IP_PKTINFO, 12 },
	{ SOL_IP, IP_TTL, 4 },
	{ SOL_IP, IP_TOS, 4 },
	{ SOL_IP, IP_TOS, 1 },
	{ SOL_IP, IP_RETOPTS, 8 },
	{ SOL_IP, 52, 4 },			/* IP_PROTOCOL */
	{ SOL_IPV6, IPV6_PKTINFO, 20 },
	{ SOL_IPV6, IPV6_HOPLIMIT, 4 },
	{ SOL_IPV6, IPV6_TCLASS, 4 },
	{ SOL_IPV6, IPV6_HOPOPTS, 8 },
	{ SOL_IPV6, IPV6_DSTOPTS, 8 },
	{ SOL_IPV6, IPV6_RTHDR, 24 },
	{ SOL_IPV6, IPV6_RTHDRDSTOPTS, 8 },
	{ SOL_IPV6, IPV6_DONTFRAG, 4 },
	{ SOL_IPV6, 11, 4 },			/* IPV6_FLOWINFO */
	{ SOL_UDP, UDP_SEGMENT, 2 },
	{ SOL_UDP, UDP_SEGMENT, 4 },
	{ SOL_TCP, 36, 4 },			/* TCP_CM_INQ */
	{ SOL_NARU, 1, 4 },
};

static void cmsg_data(struct fz *f, unsigned char *data, unsigned int size, bool rights)
{
	int value = rights ? fz_any(f) : fz_int(f);

	fz_fill(f, data, size);
	if (size >= sizeof(value) && !fz_one_in(f, 4))
		memcpy(data, &value, sizeof(value));
	/* an address or an extension header of zeros has a chance to be taken */
	if (size > sizeof(value) && fz_one_in(f, 2))
		memset(data + sizeof(value), 0, size - sizeof(value));
}

static size_t put_cmsg(struct fz *f, unsigned char *at)
{
	static const unsigned long lengths[] = { 0, 1, 15, 16, 17, 4096, INT_MAX, ULONG_MAX, ULONG_MAX - 7 };
	unsigned int known = fz_pick(f, ARRAY_SIZE(cmsgs)), size = cmsgs[known].size;
	struct cmsghdr *cmsg = (void *)at;

	if (fz_one_in(f, 6))
		size = fz_pick(f, 64);
	cmsg->cmsg_level = fz_one_in(f, 15) ? fz_int(f) : cmsgs[known].level;
	cmsg->cmsg_type = fz_one_in(f, 15) ? fz_int(f) : cmsgs[known].type;
	cmsg->cmsg_len = CMSG_LEN(size);
	cmsg_data(f, CMSG_DATA(cmsg), size, cmsgs[known].type == SCM_RIGHTS);
	if (fz_one_in(f, 12))
		cmsg->cmsg_len = lengths[fz_pick(f, ARRAY_SIZE(lengths))];
	return CMSG_SPACE(size);
}

static void put_control(struct fz *f, struct msghdr *msg, bool sends)
{
	static const unsigned long lengths[] = { 0, 1, 15, 17, 65536, INT_MAX, ULONG_MAX };
	unsigned char *control = fz_take(f, CONTROL_MAX);
	unsigned int i, n = fz_pick(f, 4);

	msg->msg_controllen = sends ? 0 : fz_pick(f, CONTROL_MAX);
	for (i = 0; sends && i < n; i++)
		msg->msg_controllen += put_cmsg(f, control + msg->msg_controllen);
	msg->msg_control = fz_lie(f, control, CONTROL_MAX);
	if (fz_one_in(f, 15))
		msg->msg_controllen = lengths[fz_pick(f, ARRAY_SIZE(lengths))];
}

static void put_iov(struct fz *f, struct iovec *iov)
{
	static const unsigned long lengths[] = { INT_MAX, LONG_MAX, ULONG_MAX, 1UL << 32, 1 << 20 };
	size_t size = fz_size(f);

	iov->iov_base = fz_lie(f, fz_take(f, size), size);
	iov->iov_len = fz_one_in(f, 30) ? lengths[fz_pick(f, ARRAY_SIZE(lengths))] : size;
}

/* Most have one, some none, some as many as there may be, and more */
static void put_iovs(struct fz *f, struct msghdr *msg)
{
	static const unsigned long many[] = { 16, 17, 1023, 1024, 1025, INT_MAX, ULONG_MAX };
	unsigned long n = fz_pick(f, 4), there = n;
	struct iovec *iov;
	unsigned long i;

	if (fz_one_in(f, 20)) {
		n = many[fz_pick(f, ARRAY_SIZE(many))];
		there = n > 1025 ? 1 : n;
	}
	iov = fz_take(f, (there + 1) * sizeof(*iov));
	for (i = 0; i < there; i++) {
		if (i < 4) {
			put_iov(f, &iov[i]);
			continue;
		}
		iov[i].iov_base = f->arena;
		iov[i].iov_len = 3;
	}
	msg->msg_iov = fz_lie(f, iov, there * sizeof(*iov));
	msg->msg_iovlen = n;
}

/* What sendmsg() or recvmsg() gets. Some of it may be wrong, mostly it is right */
struct msghdr *fz_msg(struct fz *f, bool sends)
{
	struct msghdr *msg = fz_take(f, sizeof(*msg));
	socklen_t len;

	put_iovs(f, msg);
	if (fz_one_in(f, 3)) {
		msg->msg_name = fz_addr(f, &len);
		msg->msg_namelen = len;
	}
	if (fz_one_in(f, 2))
		put_control(f, msg, sends);
	msg->msg_flags = fz_one_in(f, 4) ? fz_int(f) : 0;
	return msg;
}
