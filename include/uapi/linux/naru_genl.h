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
 *		NARU_INFO_SOCK_SEQ: u32, number of the last NARU_CMD_SOCK_EVENT. What a dump that begins
 *			after this reply tells is not older than that event.
 *		NARU_INFO_NAPT_SEQ: u32, number of the last NARU_CMD_NAPT_EVENT
 *
 * NARU_CMD_SOCK_GET - dump. Anyone may. Memory, struct tcp_info, congestion control, owners and control group of other
 * users' sockets need CAP_NET_ADMIN in the namespace's user namespace; without it they are left out.
 *	request:
 *		NARU_QUERY_SHOW: u32, NARU_SHOW_*: what else is wanted of each
 *		NARU_QUERY_FILTER: nested, see below
 *		NARU_QUERY_NETNS: u32, in another namespace than the requester's, by its inode number.
 *			Needs CAP_NET_ADMIN in the initial user namespace.
 *		NARU_QUERY_PROGRAM: nested, see below; with NARU_QUERY_FILTER, both must hold
 *		NARU_QUERY_SORT: u8, enum naru_genl_field: the most comes first, and what does not have it last
 *		NARU_QUERY_ASCENDING: flag, with NARU_QUERY_SORT: the least comes first
 *		NARU_QUERY_TOP: u32, with NARU_QUERY_SORT or NARU_QUERY_GROUP: only so many, the first ones; not 0
 *		NARU_QUERY_GROUP: u8, enum naru_genl_field: not sockets, but how many have the same there. With it
 *			NARU_QUERY_SORT is one of the field itself, NARU_FIELD_COUNT, _RECVQ, _SENDQ, _BYTES_SENT,
 *			_BYTES_ACKED, _BYTES_RECEIVED and _RETRANS [NARU_FIELD_COUNT], and NARU_QUERY_SHOW is 0.
 *	replies, one for each socket or entry; what a kind does not have is left out:
 *		NARU_SOCK_ID: u32, unique in the namespace
 *		NARU_SOCK_KIND: u8, enum naru_genl_kind
 *		NARU_SOCK_STATE: u8, RFC 9293's states by the numbers of TCP_ESTABLISHED (1) and so on;
 *			of datagrams 1: connected, 7: not
 *		NARU_SOCK_WIRE: u8, IP protocol number on the wire, 6 or 253, of datagrams 17 or 254
 *		NARU_SOCK_FAMILY: u8, AF_INET or AF_INET6, as the addresses are
 *		NARU_SOCK_DOMAIN: u8, option NARU_DOMAIN: AF_INET, AF_INET6 or 0 (both)
 *		NARU_SOCK_LADDR, NARU_SOCK_RADDR: 16 bytes
 *		NARU_SOCK_LPORT, NARU_SOCK_RPORT: u16
 *		NARU_SOCK_DEV: u32, interface that the socket or a link-local address is bound to
 *		NARU_SOCK_RECVQ: u32, bytes to be read; of a listener: connections to be accepted; of
 *			datagrams memory that they take
 *		NARU_SOCK_SENDQ: u32, bytes not acknowledged; of a listener: its backlog; of
 *			datagrams memory of those not yet gone
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
 *		NARU_SOCK_LIMITS: nested, with NARU_SHOW_INFO, of what has been a connection: what has limited what it sends
 *			NARU_LIMITS_AGE: u64, microseconds since it was established; the sum of the others
 *			NARU_LIMITS_RWND: u64, microseconds: the peer's window
 *			NARU_LIMITS_SNDBUF: u64, microseconds: the send buffer
 *			NARU_LIMITS_CWND: u64, microseconds: the congestion window
 *			NARU_LIMITS_PACING: u64, microseconds: the pacing rate
 *			NARU_LIMITS_APP: u64, microseconds: nothing of these, the program wrote no more
 *		NARU_SOCK_FDS: struct naru_owner_fd, as many as it has room for: with NARU_SHOW_OWNERS: which processes
 *			of the reader's pid namespace have it open, and as what; at most NARU_OWNERS_MAX and what a
 *			message has room for; without CAP_NET_ADMIN those of the reader's own user. Left out where
 *			there is none
 *		NARU_SOCK_OWNER: nested [rep], with NARU_SHOW_OWNERS: of each process in NARU_SOCK_FDS, the first time in
 *			a dump that one is there; and without NARU_SOCK_FDS, one: who opened or accepted it
 *			NARU_OWNER_PID: u32, as the reader's pid namespace has it
 *			NARU_OWNER_COMM: string, its command; of who opened it, its command then
 *			NARU_OWNER_UID: u32, whose the process is, as the reader's user namespace has it; left out of who
 *				opened it, as the next
 *			NARU_OWNER_CGROUP: string, its control group in cgroup2, as the reader's cgroup namespace has it
 *		NARU_SOCK_OWNERS: u32, with NARU_SHOW_OWNERS: descriptors that there are of it; left out where
 *			NARU_SOCK_FDS has them all
 *		NARU_SOCK_CGROUP: string, with NARU_SHOW_OWNERS: its control group, the one in which it was opened; left
 *			out where it is that of the first process in NARU_SOCK_FDS
 *	or, with NARU_QUERY_GROUP, one for each group:
 *		NARU_SOCK_GROUP: nested
 *			NARU_GROUP_FIELD: u8, as asked for
 *			NARU_GROUP_NUMBER: u64, NARU_GROUP_ADDR: 16 bytes, or NARU_GROUP_TEXT: string: what they have
 *				there; none of these: nothing
 *			NARU_GROUP_COUNT: u64, how many they are
 *			NARU_GROUP_RECVQ, _SENDQ, _BYTES_SENT, _BYTES_ACKED, _BYTES_RECEIVED, _RETRANS: u64, the sum of
 *				that of theirs that the reader may see
 *	Owners are looked up when the dump begins. A sorted dump is of one moment in its order, and of the next in what it
 *	tells of each. A dump during which the table changed has NLM_F_DUMP_INTR set.
 *
 * NARU_CMD_SOCK_KILL - do. Needs CAP_NET_ADMIN in the namespace's user namespace. Connections are
 * reset and their programs get ECONNABORTED. SYN-RECEIVED entries go with their listener. Datagram sockets
 * are bound and connected no longer.
 *	request, one of:
 *		NARU_QUERY_ALL: flag
 *		NARU_QUERY_FILTER: nested, see below, not empty. With NARU_FILTER_ID, it is an
 *			error (ENOENT) when there is no such socket.
 *		NARU_QUERY_PROGRAM: nested, see below; with NARU_QUERY_FILTER, both must hold
 *		and with any:
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
 *		and for NARU_SETTING_TYPE_NAME in place of values, defaults and range:
 *		NARU_SETTING_TEXT, NARU_SETTING_TEXT_DEFAULT: string
 *		NARU_SETTING_TEXT_CHOICES: string, all names there are, a space between two
 *
 * NARU_CMD_SETTING_SET - do. Needs CAP_NET_ADMIN as above. All are changed or none.
 *	request:
 *		NARU_CHANGE_SETTING: nested [rep]
 *			NARU_SETTING_NAME: string
 *			NARU_SETTING_VALUES: array of s32; or
 *			NARU_SETTING_TEXT: string, for NARU_SETTING_TYPE_NAME
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
 * NARU_CMD_HISTORY_GET - dump. What a connection went through, the last one of its socket, while it lives and for
 * the setting recorder_time after it is gone. Sockets of others need CAP_NET_ADMIN as above.
 *	request:
 *		NARU_HISTORY_ID: u32, the socket's number; ENOENT where nothing is recorded of it
 *		NARU_HISTORY_NETNS: u32, as NARU_QUERY_NETNS
 *		NARU_HISTORY_SHOW: u32, NARU_HISTORY_SHOW_*: what else is wanted
 *	The number that a connection has in TIME-WAIT finds it as well.
 *	replies, the first:
 *		NARU_HISTORY_ID, _WIRE, _FAMILY, _LADDR, _RADDR, _LPORT, _RPORT: as NARU_SOCK_*
 *		NARU_HISTORY_OPENED: u64, nanoseconds since the epoch, when it was established; where both sides opened
 *			at once, when it came to SYN-RECEIVED
 *		NARU_HISTORY_ENDED: u64, microseconds from then until it was gone; else left out
 *		NARU_HISTORY_LOST: u32, events that newer ones have taken the place of
 *		NARU_HISTORY_TW_ID: u32, its number in TIME-WAIT, where it came to that
 *		NARU_HISTORY_SEGMENTS_LOST: u32, of what is told of segments, the same as NARU_HISTORY_LOST
 *		NARU_HISTORY_SND_WSCALE, _RCV_WSCALE: u8, shifts of the peer's window and of ours, where windows
 *			are scaled
 *	and then one for each event, in order:
 *		NARU_HISTORY_EVENT: nested
 *			NARU_RECORD_TIME: u64, microseconds since NARU_HISTORY_OPENED
 *			NARU_RECORD_WHAT, _BY: u8, enum naru_genl_what and enum naru_genl_by
 *			NARU_RECORD_VALUE: u32, see enum naru_genl_what
 *			NARU_RECORD_STATE: u8, RFC 9293's state by its number, behind the event
 *			NARU_RECORD_RECOVERY: u8, as struct tcp_info's tcpi_ca_state
 *			NARU_RECORD_CWND, _SSTHRESH, _IN_FLIGHT, _SND_WND, _RCV_WND: u32, bytes;
 *				ssthresh 0x7fffffff: not set
 *			NARU_RECORD_SRTT: u32, microseconds, 0: not known
 *	and then, with NARU_HISTORY_SHOW_SEGMENTS, in order, segments and runs of them: the newest ones, before them
 *	those that stand out (the handshake, FIN, RST, what was sent again, a closed window, the first of a row of
 *	ACKs with SACK blocks), and how many there were between these. Super-segments are one:
 *		NARU_HISTORY_SEGMENT: nested
 *			NARU_SEGMENT_TIME: s64, microseconds since NARU_HISTORY_OPENED
 *			NARU_SEGMENT_HOW: u32, NARU_SEGMENT_HOW_*
 *			NARU_SEGMENT_FLAGS: u8, as in the header, FIN is 1
 *			NARU_SEGMENT_SEQ, _ACK: u32, less the initial numbers of those who count so
 *			NARU_SEGMENT_LEN: u32, bytes of payload
 *			NARU_SEGMENT_WND: u32, bytes, scaled
 *		or of a run
 *			NARU_SEGMENT_TIME: of the first
 *			NARU_SEGMENT_OUT, _IN: u32, how many went and came
 *			NARU_SEGMENT_OUT_BYTES, _IN_BYTES: u64, of payload
 *	and then, with NARU_HISTORY_SHOW_DROPS, the last rows of segments that were not taken:
 *		NARU_HISTORY_DROP: nested
 *			NARU_DROPPED_TIME: s64, microseconds since NARU_HISTORY_OPENED, when the last of the row came
 *			NARU_DROPPED_REASON: string, the counter's name without DROP_
 *			NARU_DROPPED_TIMES: u32, how many in a row
 *			NARU_DROPPED_FLAGS: u8, NARU_DROPPED_SEQ, _LEN: u32, of the last, as NARU_SEGMENT_*
 *
 * NARU_CMD_METRIC_GET - dump. What connections have learned of paths. Anyone may.
 *	request: nothing
 *	replies, one for each pair of addresses; what is not known is left out:
 *		NARU_METRIC_RADDR, NARU_METRIC_LADDR: 16 bytes
 *		NARU_METRIC_DEV: u32, interface, where an address is link-local
 *		NARU_METRIC_AGE: u64, milliseconds since it was learned
 *		NARU_METRIC_RTT, NARU_METRIC_RTTVAR: u32, microseconds
 *		NARU_METRIC_SSTHRESH, NARU_METRIC_CWND: u32, segments
 *		NARU_METRIC_REORDERING: u32, not 0: the path reorders
 *
 * NARU_CMD_METRIC_DEL - do. They are forgotten. Needs CAP_NET_ADMIN as above.
 *	request, one of:
 *		NARU_METRIC_RADDR: 16 bytes; it is an error (ENOENT) when nothing is known of paths there
 *		NARU_METRIC_ALL: flag
 *	reply:
 *		NARU_METRIC_COUNT: u32
 *
 * NARU_CMD_COMPAT_GET - dump. What was refused to programs, the last 256 of the namespace, ended ones too. A user
 * sees programs of their own; others need CAP_NET_ADMIN as above.
 *	request:
 *		NARU_COMPAT_PID: u32, only of processes that the requester's pid namespace has, or had, by this
 *			number; EPERM where there are such, and all are other users'
 *	replies, one for each process, in the order in which they were refused something first:
 *		NARU_COMPAT_PID: u32, as the requester's pid namespace has it, and where it is not in that, its own
 *		NARU_COMPAT_COMM: string, its command
 *		NARU_COMPAT_UID: u32, whose it was, as the requester's user namespace has it
 *		NARU_COMPAT_LOST: u64, refusals that are not counted below, there being 32 different ones
 *		NARU_COMPAT_REFUSED: nested [rep]
 *			NARU_REFUSED_KIND: u8, enum naru_genl_refused_kind
 *			NARU_REFUSED_LEVEL: s32, level of an option or control message, as setsockopt(2) has it; else 0
 *			NARU_REFUSED_NAME: u32, option, type of a control message, flag, or ioctl
 *			NARU_REFUSED_ERRNO: u32, what it got
 *			NARU_REFUSED_COUNT: u64, how often
 *
 * NARU_QUERY_FILTER: what is there must hold
 *		NARU_FILTER_STATES: u32, bit mask, 1 << state
 *		NARU_FILTER_WIRE: u8, 6 or 253: the wire mode inet or native, of streams and datagrams
 *		NARU_FILTER_FAMILY: u8, AF_INET or AF_INET6
 *		NARU_FILTER_LADDR, NARU_FILTER_RADDR: 16 bytes
 *		NARU_FILTER_LPREFIX, NARU_FILTER_RPREFIX: u8, bits of the address that count, 128 if
 *			not given; for an IPv4 address 96 more than in IPv4's notation
 *		NARU_FILTER_LPORT, NARU_FILTER_RPORT: u16
 *		NARU_FILTER_ID: u32
 *		NARU_FILTER_KIND: u8, enum naru_genl_kind
 *		NARU_FILTER_TYPE: u8, 1: streams, 2: datagrams
 *
 * NARU_QUERY_PROGRAM: tests, of which each leads to others further on
 *		NARU_PROGRAM_TEST: nested [rep], at least one, at most NARU_PROGRAM_TESTS; the first is asked first
 *			NARU_TEST_FIELD: u8, enum naru_genl_field, not NARU_FIELD_COUNT
 *			NARU_TEST_YES, NARU_TEST_NO: u16, where it leads when it holds, and when it does not: the number of
 *				a later test, the first being 0, NARU_TEST_TAKE or NARU_TEST_LEAVE [TAKE, LEAVE]
 *			and of a number:
 *			NARU_TEST_MIN, NARU_TEST_MAX: u64, it is between these or one of them [0, 2^64 - 1]
 *			of a state:
 *			NARU_TEST_STATES: u32, bit mask, 1 << state
 *			of an address:
 *			NARU_TEST_ADDR: 16 bytes
 *			NARU_TEST_PREFIX: u8, bits of it that count [128]
 *			of a text:
 *			NARU_TEST_TEXT: string, at most NARU_TEST_TEXT_MAX bytes and the end: it is equal
 *
 * The NAPT. All its commands need CAP_NET_ADMIN in the namespace's user namespace, those that read
 * as well: what they tell is who talks to whom. Addresses are IPv4, v4-mapped. Protocols are IP
 * protocol numbers: 6, 17, 1 (echo; its id stands for the port), 253 and 254. Prefix lengths are
 * those of the 16 bytes, 96 more than in IPv4's notation.
 *
 * NARU_CMD_NAPT_RULE_GET - dump. Rules, in the order in which they are asked.
 *	request: nothing
 *	replies:
 *		NARU_RULE_ID: u32
 *		NARU_RULE_*: as below, everything that the rule has
 *		NARU_RULE_SUSPENDED: string, why it takes nothing for now; else left out
 *	A dump during which the rules changed has NLM_F_DUMP_INTR set.
 *
 * NARU_CMD_NAPT_RULE_ADD - do. One more rule.
 *	request:
 *		NARU_NAPT_REQ_RULE: nested, see below
 *		NARU_NAPT_REQ_BEFORE: u32, id of the rule that it is to stand before; else it is the last
 *	reply:
 *		NARU_RULE_ID: u32
 *
 * NARU_CMD_NAPT_RULE_REPLACE - do. A rule by another in its place, which takes over its id.
 *	request:
 *		NARU_NAPT_REQ_ID: u32
 *		NARU_NAPT_REQ_RULE: nested, see below
 *	reply: none but the ACK
 *
 * NARU_CMD_NAPT_RULE_DEL - do.
 *	request:
 *		NARU_NAPT_REQ_ID: u32
 *	reply: none but the ACK
 *
 * NARU_CMD_NAPT_SET - do. All rules and static mappings, in the place of what there is: all of it or
 * nothing. Rules get new ids. A mapping survives where the new rules give it the same external
 * address and port.
 *	request:
 *		NARU_NAPT_REQ_RULE: nested [rep], in order
 *		NARU_NAPT_REQ_STATIC: nested [rep], see below
 *		NARU_NAPT_REQ_KEEP_STATICS: flag, static mappings stay as they are; not with
 *			NARU_NAPT_REQ_STATIC
 *		NARU_NAPT_REQ_FLUSH: flag, there are to be no rules; needed where none is given
 *	reply: none but the ACK
 *
 * NARU_CMD_NAPT_STATIC_GET - dump. Static mappings as they were asked for.
 *	request: nothing
 *	replies:
 *		NARU_STATIC_*: as below
 *
 * NARU_CMD_NAPT_MAP_GET - dump. Mappings.
 *	request:
 *		NARU_NAPT_REQ_FILTER: nested, see below
 *	replies:
 *		NARU_MAP_ID: u32, unique in the namespace
 *		NARU_MAP_PROTO: u8
 *		NARU_MAP_DEV: string, the interface of its rule
 *		NARU_MAP_RULE: u32, id of its rule
 *		NARU_MAP_INSIDE, NARU_MAP_OUTSIDE: 16 bytes
 *		NARU_MAP_INSIDE_PORT, NARU_MAP_OUTSIDE_PORT: u16
 *		NARU_MAP_REMOTE: 16 bytes, NARU_MAP_REMOTE_PORT: u16, where it is for this endpoint
 *			only (NARU_RULE_MAPPING_APD)
 *		NARU_MAP_SESSIONS: u32
 *		NARU_MAP_EXPIRES_MS: u32, milliseconds until it ends if no packet comes; left out where
 *			it stays
 *		NARU_MAP_STATIC: flag
 *		NARU_MAP_OWN: flag, the inside endpoint is one of this machine's own
 *	A dump during which mappings came or went has NLM_F_DUMP_INTR set. Where there are many,
 *	one may then be in it twice.
 *
 * NARU_CMD_NAPT_MAP_ADD - do. A static mapping, of one port or several that follow each other.
 *	request:
 *		NARU_NAPT_REQ_STATIC: nested
 *			NARU_STATIC_PROTO: u8, not 1
 *			NARU_STATIC_DEV: string, interface of the rule whose pool has the external
 *				address; else any rule that has it
 *			NARU_STATIC_OUTSIDE: 16 bytes; else the first address of the rule
 *			NARU_STATIC_OUTSIDE_PORT: u16, the first
 *			NARU_STATIC_INSIDE: 16 bytes
 *			NARU_STATIC_INSIDE_PORT: u16, the first
 *			NARU_STATIC_NUM: u32, how many ports; else one
 *	reply: none but the ACK
 *
 * NARU_CMD_NAPT_MAP_DEL - do. Mappings end, and their sessions. Of a static mapping of several ports
 * those that the filter names.
 *	request:
 *		NARU_NAPT_REQ_FILTER: nested, see below, not empty. With NARU_MAP_FILTER_ID, it is an
 *			error (ENOENT) when there is no such mapping.
 *	reply:
 *		NARU_MAP_DEL_COUNT: u32
 *
 * NARU_CMD_NAPT_SESSION_GET - dump. Sessions: remote endpoints under a mapping.
 *	request:
 *		NARU_NAPT_REQ_FILTER: nested, see below
 *	replies:
 *		NARU_SESSION_MAP: nested, of its mapping NARU_MAP_ID, _PROTO, _DEV, _RULE, _INSIDE,
 *			_INSIDE_PORT, _OUTSIDE, _OUTSIDE_PORT
 *		NARU_SESSION_REMOTE: 16 bytes
 *		NARU_SESSION_REMOTE_PORT: u16, 0 of an echo
 *		NARU_SESSION_STATE: u8, enum naru_genl_session_state
 *		NARU_SESSION_EXPIRES_MS: u32, milliseconds until it ends if no packet comes
 *	A dump as with NARU_CMD_NAPT_MAP_GET.
 *
 * NARU_CMD_NAPT_EXPLAIN - do. What would become of a packet, and why. Nothing is changed.
 *	request:
 *		NARU_EXPLAIN_IN: string, interface that it comes in by; else the one by which its source
 *			is reached, and where that is an address of this machine, it is sent from here
 *		NARU_EXPLAIN_PROTO: u8
 *		NARU_EXPLAIN_SRC, NARU_EXPLAIN_DST: 16 bytes
 *		NARU_EXPLAIN_SPORT, NARU_EXPLAIN_DPORT: u16, 0 if not given. Of an echo one of them is
 *			the id: SPORT a request's, DPORT a reply's.
 *	reply; what does not apply is left out:
 *		NARU_EXPLAIN_VERDICT: u8, enum naru_genl_verdict; a segment is taken for a SYN
 *		NARU_EXPLAIN_BECAUSE: u8, enum naru_genl_because
 *		NARU_EXPLAIN_IN: string, left out where it is sent from here
 *		NARU_EXPLAIN_OUT: string, interface that it leaves by
 *		NARU_EXPLAIN_STEP: nested [rep], the rules that were asked, in order
 *			NARU_STEP_RULE: u32, id
 *			NARU_STEP_WHY: u8, enum naru_genl_why
 *		NARU_EXPLAIN_RULE: u32, id of the rule that decided
 *		NARU_EXPLAIN_MAP: nested, NARU_MAP_*: the mapping by which it is translated; of a
 *			hairpin that of the destination
 *		NARU_EXPLAIN_SRC_MAP: nested, NARU_MAP_*: of a hairpin that of the sender, where it
 *			exists
 *		NARU_EXPLAIN_OUTSIDE: 16 bytes, where a mapping would be made: its external address.
 *			Its port is chosen when it is made.
 *		NARU_EXPLAIN_PAIRED: flag, the host has mappings with that address already
 *		NARU_EXPLAIN_FILTERING: u8, enum naru_genl_filtering: what judged a packet from outside
 *		NARU_EXPLAIN_SESSION: flag, there is a session with that remote endpoint
 *		NARU_EXPLAIN_COUNTER: string, of a dropped packet the counter in NARU_CMD_STAT_GET
 *
 * NARU_CMD_NAPT_EVENT - sent to multicast group NARU_GENL_GROUP_NAPT. Joining needs CAP_NET_ADMIN in
 * the namespace's user namespace.
 *		NARU_EVENT_SEQ: u32, one more than the event before; a gap says that events were lost
 *		NARU_EVENT_TIME: u64, nanoseconds since the epoch
 *		NARU_EVENT_WHAT: u8, enum naru_genl_event
 *		NARU_EVENT_MAP: nested, NARU_MAP_*: the mapping that came or went
 *		NARU_EVENT_RULE: u32, id of the rule that is suspended, or no more
 *		NARU_EVENT_DEV: string, its interface
 *		NARU_EVENT_WHY: string, why it is suspended
 *		NARU_EVENT_PROTO: u8, NARU_EVENT_HOST: 16 bytes: whose packet met a limit. At most one
 *			event a second says so.
 *
 * NARU_NAPT_REQ_RULE: a rule. NARU_RULE_DEV and either NARU_RULE_TO or NARU_RULE_TO_DEV must be
 * there; what else is left out has the default in brackets.
 *		NARU_RULE_DEV: string, interface that packets leave by
 *		NARU_RULE_SRC: 16 bytes [0.0.0.0]
 *		NARU_RULE_SRC_PREFIX: u8, with NARU_RULE_SRC [128]
 *		NARU_RULE_PROTOS: u32, bit mask of NARU_RULE_PROTO_* [all]
 *		NARU_RULE_SPORT_FIRST, NARU_RULE_SPORT_LAST: u16, source ports [0, 65535; LAST as FIRST]
 *		NARU_RULE_DPORT_FIRST, NARU_RULE_DPORT_LAST: u16, destination ports [the same]
 *		NARU_RULE_EXCEPT: nested [rep], destinations that it leaves alone, at most
 *				NARU_RULE_EXCEPTS_MAX
 *			NARU_EXCEPT_ADDR: 16 bytes
 *			NARU_EXCEPT_PREFIX: u8 [128]
 *			NARU_EXCEPT_PORT_FIRST, NARU_EXCEPT_PORT_LAST: u16 [0, 65535; LAST as FIRST]
 *		NARU_RULE_TO: nested [rep], external addresses, at most NARU_RULE_TO_MAX
 *			NARU_TO_FIRST: 16 bytes
 *			NARU_TO_LAST: 16 bytes [NARU_TO_FIRST]
 *		NARU_RULE_TO_DEV: flag, the interface's own address, followed when it changes
 *		NARU_RULE_PORT_FIRST, NARU_RULE_PORT_LAST: u16, external ports [1024, 65535; LAST as
 *			FIRST], not 0
 *		NARU_RULE_MAPPING: u8, enum naru_genl_mapping [NARU_RULE_MAPPING_EI]
 *		NARU_RULE_FILTERING: u8, enum naru_genl_filtering [NARU_RULE_FILTERING_EI]
 *		NARU_RULE_TCP_FILTERING: u8, the same for 6 and 253 [what NARU_RULE_FILTERING says]
 *		NARU_RULE_CHOICE: u8, enum naru_genl_choice [NARU_RULE_CHOICE_PRESERVE]
 *		NARU_RULE_PARITY: u8, 0 or 1: parity of ports is kept [1]
 *		NARU_RULE_HAIRPIN: u8, 0 or 1: inside hosts reach each other's external endpoints [1]
 *		NARU_RULE_NOTRACK: u8, 0 or 1: conntrack does not see these packets [0]
 *		NARU_RULE_REFRESH_IN: u8, 0 or 1: packets from outside keep mappings of 17, 254 and 1
 *			alive too [0]
 *		NARU_RULE_EXHAUSTED: u8, enum naru_genl_exhausted [NARU_RULE_EXHAUSTED_HOST]
 *		NARU_RULE_UNSOLICITED: u8, enum naru_genl_unsolicited [NARU_RULE_UNSOLICITED_HOLD]
 *		NARU_RULE_MARK: u32, for packets that endpoint-independent filtering alone lets in
 *		NARU_RULE_MARK_MASK: u32, bits of it that count [all where there is a mark]; not 0
 *		NARU_RULE_TIMEOUTS: nested, u32 each, seconds
 *			NARU_TIMEOUT_TCP_OPEN [240], not below 4
 *			NARU_TIMEOUT_TCP_ESTABLISHED [7440], not below 7440
 *			NARU_TIMEOUT_TCP_CLOSING [240], not below 240
 *			NARU_TIMEOUT_UDP [300], not below 120
 *			NARU_TIMEOUT_ICMP [60], not below 60
 *
 * NARU_NAPT_REQ_FILTER: what is there must hold
 *		NARU_MAP_FILTER_PROTO: u8
 *		NARU_MAP_FILTER_DEV: string
 *		NARU_MAP_FILTER_INSIDE, NARU_MAP_FILTER_OUTSIDE: 16 bytes
 *		NARU_MAP_FILTER_INSIDE_PREFIX, NARU_MAP_FILTER_OUTSIDE_PREFIX: u8, 128 if not given
 *		NARU_MAP_FILTER_INSIDE_PORT, NARU_MAP_FILTER_OUTSIDE_PORT: u16
 *		NARU_MAP_FILTER_STATIC: u8, 1: static ones, 0: the others
 *		NARU_MAP_FILTER_ID: u32, of the mapping
 *		and of sessions only:
 *		NARU_MAP_FILTER_REMOTE: 16 bytes
 *		NARU_MAP_FILTER_REMOTE_PREFIX: u8, 128 if not given
 *		NARU_MAP_FILTER_REMOTE_PORT: u16
 *		NARU_MAP_FILTER_STATES: u32, bit mask, 1 << enum naru_genl_session_state
 */
#ifndef _UAPI_LINUX_NARU_GENL_H
#define _UAPI_LINUX_NARU_GENL_H

#include <linux/naru_genl_napt.h>
#include <linux/naru_genl_query.h>

#define NARU_GENL_NAME		"naru"
#define NARU_GENL_VERSION	1
#define NARU_GENL_GROUP_SOCK	"sock"
#define NARU_GENL_GROUP_NAPT	"napt"

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
	NARU_CMD_NAPT_RULE_GET,
	NARU_CMD_NAPT_RULE_ADD,
	NARU_CMD_NAPT_RULE_REPLACE,
	NARU_CMD_NAPT_RULE_DEL,
	NARU_CMD_NAPT_SET,
	NARU_CMD_NAPT_STATIC_GET,
	NARU_CMD_NAPT_MAP_GET,
	NARU_CMD_NAPT_MAP_ADD,
	NARU_CMD_NAPT_MAP_DEL,
	NARU_CMD_NAPT_SESSION_GET,
	NARU_CMD_NAPT_EXPLAIN,
	NARU_CMD_NAPT_EVENT,
	NARU_CMD_HISTORY_GET,
	NARU_CMD_METRIC_GET,
	NARU_CMD_METRIC_DEL,
	NARU_CMD_COMPAT_GET,
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
	NARU_INFO_SOCK_SEQ,
	NARU_INFO_NAPT_SEQ,
	__NARU_INFO_END,
	NARU_INFO_MAX = __NARU_INFO_END - 1
};

enum naru_genl_metric {
	NARU_METRIC_UNSPEC,
	NARU_METRIC_RADDR,
	NARU_METRIC_ALL,
	NARU_METRIC_LADDR,
	NARU_METRIC_DEV,
	NARU_METRIC_AGE,
	NARU_METRIC_RTT,
	NARU_METRIC_RTTVAR,
	NARU_METRIC_SSTHRESH,
	NARU_METRIC_CWND,
	NARU_METRIC_REORDERING,
	NARU_METRIC_COUNT,
	NARU_METRIC_PAD,
	__NARU_METRIC_END,
	NARU_METRIC_MAX = __NARU_METRIC_END - 1
};

enum naru_genl_compat {
	NARU_COMPAT_UNSPEC,
	NARU_COMPAT_PID,
	NARU_COMPAT_COMM,
	NARU_COMPAT_UID,
	NARU_COMPAT_LOST,
	NARU_COMPAT_REFUSED,
	NARU_COMPAT_PAD,
	__NARU_COMPAT_END,
	NARU_COMPAT_MAX = __NARU_COMPAT_END - 1
};

enum naru_genl_refused {
	NARU_REFUSED_UNSPEC,
	NARU_REFUSED_KIND,
	NARU_REFUSED_LEVEL,
	NARU_REFUSED_NAME,
	NARU_REFUSED_ERRNO,
	NARU_REFUSED_COUNT,
	NARU_REFUSED_PAD,
	__NARU_REFUSED_END,
	NARU_REFUSED_MAX = __NARU_REFUSED_END - 1
};

enum naru_genl_refused_kind {
	NARU_REFUSED_SET,	/* setsockopt(2) */
	NARU_REFUSED_GET,	/* getsockopt(2) */
	NARU_REFUSED_IOCTL,
	NARU_REFUSED_FLAG,	/* of send(2), recv(2) and their kin */
	NARU_REFUSED_CMSG,	/* a control message that was to be sent */
};

enum naru_genl_query {
	NARU_QUERY_UNSPEC,
	NARU_QUERY_SHOW,
	NARU_QUERY_FILTER,
	NARU_QUERY_ALL,
	NARU_QUERY_NETNS,
	NARU_QUERY_PROGRAM,
	NARU_QUERY_SORT,
	NARU_QUERY_ASCENDING,
	NARU_QUERY_TOP,
	NARU_QUERY_GROUP,
	__NARU_QUERY_END,
	NARU_QUERY_MAX = __NARU_QUERY_END - 1
};

#define NARU_SHOW_INFO	0x1	/* struct tcp_info and the congestion control's name */
#define NARU_SHOW_MEM	0x2	/* memory */
#define NARU_SHOW_OWNERS	0x4	/* processes that have it open, control group */
#define NARU_SHOW_ALL	(NARU_SHOW_INFO | NARU_SHOW_MEM | NARU_SHOW_OWNERS)

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
	NARU_FILTER_TYPE,
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
	NARU_SOCK_OWNER,
	NARU_SOCK_FDS,
	NARU_SOCK_OWNERS,
	NARU_SOCK_CGROUP,
	NARU_SOCK_GROUP,
	NARU_SOCK_LIMITS,
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

enum naru_genl_history {
	NARU_HISTORY_UNSPEC,
	NARU_HISTORY_PAD,
	NARU_HISTORY_ID, NARU_HISTORY_NETNS,
	NARU_HISTORY_WIRE, NARU_HISTORY_FAMILY,
	NARU_HISTORY_LADDR, NARU_HISTORY_RADDR,
	NARU_HISTORY_LPORT, NARU_HISTORY_RPORT,
	NARU_HISTORY_OPENED, NARU_HISTORY_ENDED,
	NARU_HISTORY_LOST, NARU_HISTORY_EVENT,
	NARU_HISTORY_SHOW, NARU_HISTORY_TW_ID,
	NARU_HISTORY_SND_WSCALE, NARU_HISTORY_RCV_WSCALE,
	NARU_HISTORY_SEGMENTS_LOST,
	NARU_HISTORY_SEGMENT, NARU_HISTORY_DROP,
	__NARU_HISTORY_END,
	NARU_HISTORY_MAX = __NARU_HISTORY_END - 1
};

#define NARU_HISTORY_SHOW_SEGMENTS	0x1
#define NARU_HISTORY_SHOW_DROPS		0x2
#define NARU_HISTORY_SHOW_ALL		(NARU_HISTORY_SHOW_SEGMENTS | NARU_HISTORY_SHOW_DROPS)

enum naru_genl_segment {
	NARU_SEGMENT_UNSPEC,
	NARU_SEGMENT_PAD,
	NARU_SEGMENT_TIME, NARU_SEGMENT_HOW, NARU_SEGMENT_FLAGS,
	NARU_SEGMENT_SEQ, NARU_SEGMENT_ACK,
	NARU_SEGMENT_LEN, NARU_SEGMENT_WND,
	NARU_SEGMENT_OUT, NARU_SEGMENT_IN,
	NARU_SEGMENT_OUT_BYTES, NARU_SEGMENT_IN_BYTES,
	__NARU_SEGMENT_END,
	NARU_SEGMENT_MAX = __NARU_SEGMENT_END - 1
};

#define NARU_SEGMENT_HOW_IN	0x1	/* from the peer */
#define NARU_SEGMENT_HOW_AGAIN	0x2	/* what had been sent before */
#define NARU_SEGMENT_HOW_SACK	0x4	/* with SACK blocks */
#define NARU_SEGMENT_HOW_RUN	0x8	/* no segment, but a run of them */

enum naru_genl_dropped {
	NARU_DROPPED_UNSPEC,
	NARU_DROPPED_PAD,
	NARU_DROPPED_TIME, NARU_DROPPED_REASON, NARU_DROPPED_TIMES,
	NARU_DROPPED_FLAGS, NARU_DROPPED_SEQ, NARU_DROPPED_LEN,
	__NARU_DROPPED_END,
	NARU_DROPPED_MAX = __NARU_DROPPED_END - 1
};

enum naru_genl_record {
	NARU_RECORD_UNSPEC,
	NARU_RECORD_PAD,
	NARU_RECORD_TIME, NARU_RECORD_WHAT, NARU_RECORD_BY, NARU_RECORD_VALUE,
	NARU_RECORD_STATE, NARU_RECORD_RECOVERY,
	NARU_RECORD_CWND, NARU_RECORD_SSTHRESH,
	NARU_RECORD_SRTT, NARU_RECORD_IN_FLIGHT,
	NARU_RECORD_SND_WND, NARU_RECORD_RCV_WND,
	__NARU_RECORD_END,
	NARU_RECORD_MAX = __NARU_RECORD_END - 1
};

/* An event of a connection, and what its value is */
enum naru_genl_what {
	NARU_WHAT_STATE,	/* another state; the one before */
	NARU_WHAT_LOSS,		/* a recovery begins; bytes taken for lost */
	NARU_WHAT_RECOVERED,	/* a recovery is over; bytes acknowledged by the last ACK */
	NARU_WHAT_RTO,		/* the retransmission timer has fired; times in a row */
	NARU_WHAT_TLP,		/* a tail loss probe; SND.NXT less the ISS */
	NARU_WHAT_TLP_LOSS,	/* which has made a loss good; 0 */
	NARU_WHAT_UNDO,		/* a reduction was for nothing; 0 */
	NARU_WHAT_ECN,		/* reduced for a mark; 0 */
	NARU_WHAT_SND_CLOSED,	/* the peer's window has closed; 0 */
	NARU_WHAT_SND_OPENED,	/* and opened; bytes */
	NARU_WHAT_RCV_CLOSED,	/* ours has closed; 0 */
	NARU_WHAT_RCV_OPENED,	/* and opened; bytes */
	NARU_WHAT_PROBE,	/* a probe of a closed window; unanswered ones before */
	NARU_WHAT_CWND,		/* the congestion window is another by a quarter; 0 */
	NARU_WHAT_ERROR,	/* the connection fails; errno */
};

/* How it was noticed */
enum naru_genl_by {
	NARU_BY_NONE,
	NARU_BY_DUPACKS,	/* duplicate ACKs (RFC 5681) */
	NARU_BY_RACK,		/* something sent later has arrived (RFC 8985) */
	NARU_BY_DSACK,		/* the peer got it twice (RFC 2883) */
	NARU_BY_TIMESTAMP,	/* it answered what was sent first (RFC 3522) */
	NARU_BY_FRTO,		/* what was in flight has arrived (RFC 5682) */
	NARU_BY_NEW,		/* with data that had not been sent */
	NARU_BY_AGAIN,		/* with data that had */
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
	NARU_SETTING_TEXT,
	NARU_SETTING_TEXT_DEFAULT,
	NARU_SETTING_TEXT_CHOICES,
	__NARU_SETTING_END,
	NARU_SETTING_ATTR_MAX = __NARU_SETTING_END - 1
};

enum naru_genl_setting_type {
	NARU_SETTING_TYPE_BOOL,
	NARU_SETTING_TYPE_INT,
	NARU_SETTING_TYPE_TRIPLE,	/* least, initial, most */
	NARU_SETTING_TYPE_NAME,		/* one of some names */
};

#define NARU_SETTING_NAME_MAX	32	/* bytes, without the end */
#define NARU_SETTING_TEXT_MAX	15	/* the same */

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

enum naru_genl_event {
	NARU_EVENT_WHAT_MAP_NEW,	/* a mapping was made */
	NARU_EVENT_WHAT_MAP_GONE,	/* a mapping ended */
	NARU_EVENT_WHAT_EXHAUSTED,	/* no external port was left */
	NARU_EVENT_WHAT_LIMIT,	/* napt_max_mappings, napt_max_sessions, strangers' half or memory */
	NARU_EVENT_WHAT_SUSPENDED,	/* a rule takes nothing for now */
	NARU_EVENT_WHAT_RESUMED,	/* it does again */
};

#endif /* _UAPI_LINUX_NARU_GENL_H */
