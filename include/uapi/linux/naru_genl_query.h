/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * naru's generic netlink family: what NARU_CMD_SOCK_GET and NARU_CMD_SOCK_KILL ask by. See naru_genl.h, which includes
 * this.
 */
#ifndef _UAPI_LINUX_NARU_GENL_QUERY_H
#define _UAPI_LINUX_NARU_GENL_QUERY_H

#include <linux/types.h>

/*
 * What sockets are told apart, sorted and grouped by. Numbers, unless it says otherwise. What a socket does not have is
 * not equal to anything, nor less or more. Those behind NARU_FIELD_SENDQ are details: others' sockets do not have
 * them for who has no CAP_NET_ADMIN in the namespace's user namespace.
 */
enum naru_genl_field {
	NARU_FIELD_UNSPEC,
	/* of everything that is listed */
	NARU_FIELD_ID,
	NARU_FIELD_STATE,	/* as a bit mask, NARU_TEST_STATES */
	NARU_FIELD_KIND,	/* enum naru_genl_kind */
	NARU_FIELD_WIRE,	/* 6 or 253: the wire mode inet or native */
	NARU_FIELD_TYPE,	/* 1: stream, 2: datagrams */
	NARU_FIELD_FAMILY,	/* AF_INET or AF_INET6 */
	NARU_FIELD_LADDR,	/* an address */
	NARU_FIELD_RADDR,	/* an address */
	NARU_FIELD_LPORT,
	NARU_FIELD_RPORT,
	NARU_FIELD_DEV,		/* interface that it is bound to */
	/* of full sockets */
	NARU_FIELD_UID,		/* as the reader's user namespace has it */
	NARU_FIELD_INODE,
	NARU_FIELD_RECVQ,	/* as NARU_SOCK_RECVQ */
	NARU_FIELD_SENDQ,	/* as NARU_SOCK_SENDQ */
	NARU_FIELD_PID,		/* of any of its owners; sorted and grouped by the first */
	NARU_FIELD_COMM,	/* a text: command of any of its owners; in the same way */
	NARU_FIELD_CGROUP,	/* number of its control group: the inode of its directory in cgroup2 */
	NARU_FIELD_RMEM,	/* bytes, as NARU_MEM_RMEM */
	NARU_FIELD_WMEM,	/* bytes, as NARU_MEM_WMEM */
	/* of streams, as struct tcp_info has them */
	NARU_FIELD_CONG,	/* a text: congestion control */
	NARU_FIELD_CWND,	/* segments */
	NARU_FIELD_SSTHRESH,	/* segments; not there where it is not set */
	NARU_FIELD_RTT,		/* microseconds, as the next three; not there where it is not known */
	NARU_FIELD_RTTVAR,
	NARU_FIELD_MIN_RTT,
	NARU_FIELD_RTO,
	NARU_FIELD_MSS,		/* bytes */
	NARU_FIELD_PMTU,	/* bytes */
	NARU_FIELD_IN_FLIGHT,	/* bytes sent and not acknowledged */
	NARU_FIELD_LOST,	/* bytes taken for lost */
	NARU_FIELD_RETRANS,	/* segments sent again, since it was opened */
	NARU_FIELD_BYTES_SENT,
	NARU_FIELD_BYTES_ACKED,
	NARU_FIELD_BYTES_RECEIVED,
	NARU_FIELD_BYTES,	/* acknowledged and received */
	NARU_FIELD_DELIVERY_RATE,	/* bytes a second */
	NARU_FIELD_AGE,		/* milliseconds since the socket was made */
	/* of groups only */
	NARU_FIELD_COUNT,
	__NARU_FIELD_END,
	NARU_FIELD_MAX = __NARU_FIELD_END - 1
};

enum naru_genl_program {
	NARU_PROGRAM_UNSPEC,
	NARU_PROGRAM_TEST,
	__NARU_PROGRAM_END,
	NARU_PROGRAM_MAX = __NARU_PROGRAM_END - 1
};

#define NARU_PROGRAM_TESTS	512	/* at most in a program */
#define NARU_TEST_TEXT_MAX	15	/* bytes, without the end */

/* Where a test leads, besides to others */
#define NARU_TEST_TAKE		0xffff	/* the socket is wanted */
#define NARU_TEST_LEAVE		0xfffe	/* it is not */

enum naru_genl_test {
	NARU_TEST_UNSPEC,
	NARU_TEST_PAD,
	NARU_TEST_FIELD,
	NARU_TEST_YES,
	NARU_TEST_NO,
	NARU_TEST_MIN,
	NARU_TEST_MAX,
	NARU_TEST_STATES,
	NARU_TEST_ADDR,
	NARU_TEST_PREFIX,
	NARU_TEST_TEXT,
	__NARU_TEST_END,
	NARU_TEST_ATTR_MAX = __NARU_TEST_END - 1
};

enum naru_genl_owner {
	NARU_OWNER_UNSPEC,
	NARU_OWNER_PID,
	NARU_OWNER_COMM,
	NARU_OWNER_UID,
	NARU_OWNER_CGROUP,
	__NARU_OWNER_END,
	NARU_OWNER_MAX = __NARU_OWNER_END - 1
};

#define NARU_OWNERS_MAX	64	/* at most of one socket are told */

/**
 * struct naru_owner_fd - a descriptor of a socket
 * @pid: number of the process, as the reader's pid namespace has it
 * @fd: the descriptor
 */
struct naru_owner_fd {
	__u32 pid;
	__s32 fd;
};

enum naru_genl_limits {
	NARU_LIMITS_UNSPEC,
	NARU_LIMITS_PAD,
	NARU_LIMITS_AGE,
	NARU_LIMITS_RWND,
	NARU_LIMITS_SNDBUF,
	NARU_LIMITS_CWND,
	NARU_LIMITS_PACING,
	NARU_LIMITS_APP,
	__NARU_LIMITS_END,
	NARU_LIMITS_MAX = __NARU_LIMITS_END - 1
};

enum naru_genl_group {
	NARU_GROUP_UNSPEC,
	NARU_GROUP_PAD,
	NARU_GROUP_FIELD,
	NARU_GROUP_NUMBER,
	NARU_GROUP_ADDR,
	NARU_GROUP_TEXT,
	NARU_GROUP_COUNT,
	NARU_GROUP_RECVQ,
	NARU_GROUP_SENDQ,
	NARU_GROUP_BYTES_SENT,
	NARU_GROUP_BYTES_ACKED,
	NARU_GROUP_BYTES_RECEIVED,
	NARU_GROUP_RETRANS,
	__NARU_GROUP_END,
	NARU_GROUP_MAX = __NARU_GROUP_END - 1
};

#endif /* _UAPI_LINUX_NARU_GENL_QUERY_H */
