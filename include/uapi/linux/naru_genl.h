/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * naru's generic netlink family: the whole of it.
 *
 * Family NARU_GENL_NAME, version NARU_GENL_VERSION. Requests speak of the network namespace of the
 * netlink socket. Numbers are in host byte order, ports too; addresses are 16 bytes in network byte
 * order, IPv4 as v4-mapped IPv6 (::ffff:a.b.c.d). Nested attributes carry NLA_F_NESTED, unknown
 * attributes are refused, and each refusal comes with an extended ACK that says why and where.
 * Commands and attributes are only ever added at the ends. [rep] may occur more than once.
 *
 * NARU_CMD_INFO_GET - do. What is loaded and how much it holds.
 *	request: nothing
 *	reply:
 *		NARU_INFO_VERSION: string
 *		NARU_INFO_AF: u32, the number of AF_NARU
 *		NARU_INFO_SOCKS: u32, full sockets, those that pin the module
 *		NARU_INFO_ORPHANS: u32, those of them that no program holds any more
 *		NARU_INFO_REQS: u32, SYN-RECEIVED entries of listeners
 *		NARU_INFO_TIME_WAIT: u32, TIME-WAIT entries
 *
 * NARU_CMD_SOCK_GET - dump. Anyone may.
 *	request:
 *		NARU_QUERY_SHOW: u32, NARU_SHOW_*: what else is wanted of each
 *		NARU_QUERY_FILTER: nested, see below
 *		NARU_QUERY_NETNS: u32, in another namespace than the requester's, by its inode number.
 *			Needs CAP_NET_ADMIN in the initial user namespace.
 *	replies, one for each socket or entry; what a kind does not have is left out:
 *		NARU_SOCK_ID: u32, unique in the namespace
 *		NARU_SOCK_KIND: u8, enum naru_genl_kind
 *		NARU_SOCK_STATE: u8, RFC 9293's states by the numbers of TCP_ESTABLISHED (1) and so on
 *		NARU_SOCK_WIRE: u8, IP protocol number on the wire, 6 or 253
 *		NARU_SOCK_FAMILY: u8, AF_INET or AF_INET6, as the addresses are
 *		NARU_SOCK_DOMAIN: u8, option NARU_DOMAIN: AF_INET, AF_INET6 or 0 (both)
 *		NARU_SOCK_LADDR, NARU_SOCK_RADDR: 16 bytes
 *		NARU_SOCK_LPORT, NARU_SOCK_RPORT: u16
 *		NARU_SOCK_DEV: u32, interface that the socket or a link-local address is bound to
 *		NARU_SOCK_RECVQ: u32, bytes to be read; of a listener: connections to be accepted
 *		NARU_SOCK_SENDQ: u32, bytes not acknowledged; of a listener: its backlog
 *		NARU_SOCK_UID: u32, the owner as the reader's user namespace has it
 *		NARU_SOCK_INODE: u32, 0 for an orphan
 *		NARU_SOCK_TIMER: nested
 *			NARU_TIMER_KIND: u8, enum naru_genl_timer
 *			NARU_TIMER_MS: u32, milliseconds until it fires
 *			NARU_TIMER_RETRANS: u8, times it fired in a row
 *		NARU_SOCK_MEM: nested, with NARU_SHOW_MEM
 *			NARU_MEM_RMEM, NARU_MEM_RCVBUF, NARU_MEM_WMEM, NARU_MEM_SNDBUF,
 *			NARU_MEM_FWD, NARU_MEM_BACKLOG, NARU_MEM_OFO: u32, bytes
 *			NARU_MEM_DROPS: u32, packets
 *		NARU_SOCK_TCP_INFO: struct tcp_info, with NARU_SHOW_INFO
 *		NARU_SOCK_CONG: string, congestion control, with NARU_SHOW_INFO
 *	A dump during which the table changed has NLM_F_DUMP_INTR set.
 *
 * NARU_CMD_SOCK_KILL - do. Needs CAP_NET_ADMIN in the namespace's user namespace. Connections are
 * reset and their programs get ECONNABORTED. SYN-RECEIVED entries go with their listener.
 *	request, one of:
 *		NARU_QUERY_ALL: flag
 *		NARU_QUERY_FILTER: nested, see below, not empty. With NARU_FILTER_ID, it is an
 *			error (ENOENT) when there is no such socket.
 *		and with either:
 *		NARU_QUERY_NETNS: as above
 *	reply:
 *		NARU_KILL_COUNT: u32
 *
 * NARU_CMD_SETTING_GET - do: one by NARU_SETTING_NAME; dump: all.
 *	request: NARU_SETTING_NAME: string, do only
 *	reply:
 *		NARU_SETTING_NAME: string
 *		NARU_SETTING_TYPE: u8, enum naru_genl_setting_type
 *		NARU_SETTING_VALUES: array of s32, one, or three for NARU_SETTING_TYPE_TRIPLE
 *		NARU_SETTING_DEFAULTS: array of s32
 *		NARU_SETTING_MIN, NARU_SETTING_MAX: s32
 *		NARU_SETTING_HELP: string
 *
 * NARU_CMD_SETTING_SET - do. Needs CAP_NET_ADMIN as above. All are changed or none.
 *	request:
 *		NARU_CHANGE_SETTING: nested [rep]
 *			NARU_SETTING_NAME: string
 *			NARU_SETTING_VALUES: array of s32
 *	reply: none but the ACK
 *
 * NARU_CMD_STAT_GET - dump. Counters since the namespace was made or the module loaded.
 *	request: nothing
 *	replies, one for each counter:
 *		NARU_STAT_NAME: string, of counters of dropped packets DROP_ and the reason
 *		NARU_STAT_VALUE: u64
 *		NARU_STAT_HELP: string, what it means and what to do
 *		NARU_STAT_DROP: flag, it counts dropped packets
 *
 * NARU_CMD_SOCK_EVENT - sent to multicast group NARU_GENL_GROUP_SOCK. A state has changed.
 *		NARU_SOCK_SEQ: u32, one more than the event before; a gap says that events were lost
 *		NARU_SOCK_TIME: u64, nanoseconds since the epoch
 *		NARU_SOCK_OLD_STATE: u8, state before
 *		NARU_SOCK_STATE: u8, state now
 *		NARU_SOCK_ID, NARU_SOCK_KIND, NARU_SOCK_WIRE, NARU_SOCK_FAMILY, NARU_SOCK_LADDR,
 *		NARU_SOCK_RADDR, NARU_SOCK_LPORT, NARU_SOCK_RPORT: as above
 *
 * NARU_CMD_NETNS_GET - dump. Namespaces that have sockets. Needs CAP_NET_ADMIN in the initial user
 * namespace.
 *	request: nothing
 *	replies:
 *		NARU_NETNS_INODE: u32, as stat(2) of /proc/PID/ns/net gives it
 *		NARU_NETNS_SOCKS: u32
 *
 * NARU_QUERY_FILTER: what is there must hold
 *		NARU_FILTER_STATES: u32, bit mask, 1 << state
 *		NARU_FILTER_WIRE: u8, 6 or 253
 *		NARU_FILTER_FAMILY: u8, AF_INET or AF_INET6
 *		NARU_FILTER_LADDR, NARU_FILTER_RADDR: 16 bytes
 *		NARU_FILTER_LPREFIX, NARU_FILTER_RPREFIX: u8, bits of the address that count, 128 if
 *			not given; for an IPv4 address 96 more than in IPv4's notation
 *		NARU_FILTER_LPORT, NARU_FILTER_RPORT: u16
 *		NARU_FILTER_ID: u32
 *		NARU_FILTER_KIND: u8, enum naru_genl_kind
 */
#ifndef _UAPI_LINUX_NARU_GENL_H
#define _UAPI_LINUX_NARU_GENL_H

#define NARU_GENL_NAME		"naru"
#define NARU_GENL_VERSION	1
#define NARU_GENL_GROUP_SOCK	"sock"

enum naru_genl_cmd {
	NARU_CMD_UNSPEC,
	NARU_CMD_INFO_GET,
	NARU_CMD_SOCK_GET,
	NARU_CMD_SOCK_KILL,
	NARU_CMD_SETTING_GET,
	NARU_CMD_SETTING_SET,
	NARU_CMD_STAT_GET,
	NARU_CMD_SOCK_EVENT,
	NARU_CMD_NETNS_GET,
	__NARU_CMD_END,
	NARU_CMD_MAX = __NARU_CMD_END - 1
};

enum naru_genl_info {
	NARU_INFO_UNSPEC,
	NARU_INFO_VERSION,
	NARU_INFO_AF,
	NARU_INFO_SOCKS,
	NARU_INFO_ORPHANS,
	NARU_INFO_REQS,
	NARU_INFO_TIME_WAIT,
	__NARU_INFO_END,
	NARU_INFO_MAX = __NARU_INFO_END - 1
};

enum naru_genl_query {
	NARU_QUERY_UNSPEC,
	NARU_QUERY_SHOW,
	NARU_QUERY_FILTER,
	NARU_QUERY_ALL,
	NARU_QUERY_NETNS,
	__NARU_QUERY_END,
	NARU_QUERY_MAX = __NARU_QUERY_END - 1
};

#define NARU_SHOW_INFO	0x1	/* struct tcp_info and the congestion control's name */
#define NARU_SHOW_MEM	0x2	/* memory */
#define NARU_SHOW_ALL	(NARU_SHOW_INFO | NARU_SHOW_MEM)

enum naru_genl_filter {
	NARU_FILTER_UNSPEC,
	NARU_FILTER_STATES,
	NARU_FILTER_WIRE,
	NARU_FILTER_FAMILY,
	NARU_FILTER_LADDR,
	NARU_FILTER_RADDR,
	NARU_FILTER_LPREFIX,
	NARU_FILTER_RPREFIX,
	NARU_FILTER_LPORT,
	NARU_FILTER_RPORT,
	NARU_FILTER_ID,
	NARU_FILTER_KIND,
	__NARU_FILTER_END,
	NARU_FILTER_MAX = __NARU_FILTER_END - 1
};

enum naru_genl_kind {
	NARU_KIND_SOCK,		/* full socket, pins the module */
	NARU_KIND_REQ,		/* SYN-RECEIVED entry of a listener */
	NARU_KIND_TIME_WAIT,	/* TIME-WAIT entry */
};

#define NARU_STATES_ALL	0xffe	/* bits 1 (ESTABLISHED) to 11 (CLOSING) */

enum naru_genl_sock {
	NARU_SOCK_UNSPEC,
	NARU_SOCK_PAD,
	NARU_SOCK_ID,
	NARU_SOCK_KIND,
	NARU_SOCK_STATE,
	NARU_SOCK_WIRE,
	NARU_SOCK_FAMILY,
	NARU_SOCK_DOMAIN,
	NARU_SOCK_LADDR,
	NARU_SOCK_RADDR,
	NARU_SOCK_LPORT,
	NARU_SOCK_RPORT,
	NARU_SOCK_DEV,
	NARU_SOCK_RECVQ,
	NARU_SOCK_SENDQ,
	NARU_SOCK_UID,
	NARU_SOCK_INODE,
	NARU_SOCK_TIMER,
	NARU_SOCK_MEM,
	NARU_SOCK_TCP_INFO,
	NARU_SOCK_CONG,
	NARU_SOCK_SEQ,
	NARU_SOCK_TIME,
	NARU_SOCK_OLD_STATE,
	__NARU_SOCK_END,
	NARU_SOCK_MAX = __NARU_SOCK_END - 1
};

enum naru_genl_timer_attr {
	NARU_TIMER_UNSPEC,
	NARU_TIMER_KIND,
	NARU_TIMER_MS,
	NARU_TIMER_RETRANS,
	__NARU_TIMER_END,
	NARU_TIMER_MAX = __NARU_TIMER_END - 1
};

enum naru_genl_timer {
	NARU_TIMER_KIND_NONE,
	NARU_TIMER_KIND_RETRANSMIT,
	NARU_TIMER_KIND_PROBE,		/* of a closed window */
	NARU_TIMER_KIND_KEEPALIVE,
	NARU_TIMER_KIND_FIN_WAIT_2,
	NARU_TIMER_KIND_TIME_WAIT,
	NARU_TIMER_KIND_SYNACK,
};

enum naru_genl_mem {
	NARU_MEM_UNSPEC,
	NARU_MEM_RMEM,		/* in the receive queues */
	NARU_MEM_RCVBUF,	/* most of that */
	NARU_MEM_WMEM,		/* in the send queues */
	NARU_MEM_SNDBUF,	/* most of that */
	NARU_MEM_FWD,		/* accounted in advance */
	NARU_MEM_BACKLOG,	/* waiting for the socket's lock */
	NARU_MEM_OFO,		/* payload received out of order */
	NARU_MEM_DROPS,
	__NARU_MEM_END,
	NARU_MEM_MAX = __NARU_MEM_END - 1
};

enum naru_genl_kill {
	NARU_KILL_UNSPEC,
	NARU_KILL_COUNT,
	__NARU_KILL_END,
	NARU_KILL_MAX = __NARU_KILL_END - 1
};

enum naru_genl_netns {
	NARU_NETNS_UNSPEC,
	NARU_NETNS_INODE,
	NARU_NETNS_SOCKS,
	__NARU_NETNS_END,
	NARU_NETNS_MAX = __NARU_NETNS_END - 1
};

enum naru_genl_setting {
	NARU_SETTING_UNSPEC,
	NARU_SETTING_NAME,
	NARU_SETTING_TYPE,
	NARU_SETTING_VALUES,
	NARU_SETTING_DEFAULTS,
	NARU_SETTING_MIN,
	NARU_SETTING_MAX,
	NARU_SETTING_HELP,
	__NARU_SETTING_END,
	NARU_SETTING_ATTR_MAX = __NARU_SETTING_END - 1
};

enum naru_genl_setting_type {
	NARU_SETTING_TYPE_BOOL,
	NARU_SETTING_TYPE_INT,
	NARU_SETTING_TYPE_TRIPLE,	/* least, initial, most */
};

#define NARU_SETTING_NAME_MAX	32	/* bytes, without the end */

enum naru_genl_change {
	NARU_CHANGE_UNSPEC,
	NARU_CHANGE_SETTING,
	__NARU_CHANGE_END,
	NARU_CHANGE_MAX = __NARU_CHANGE_END - 1
};

enum naru_genl_stat {
	NARU_STAT_UNSPEC,
	NARU_STAT_PAD,
	NARU_STAT_NAME,
	NARU_STAT_VALUE,
	NARU_STAT_HELP,
	NARU_STAT_DROP,
	__NARU_STAT_END,
	NARU_STAT_MAX = __NARU_STAT_END - 1
};

#endif /* _UAPI_LINUX_NARU_GENL_H */
