// SPDX-License-Identifier: GPL-2.0
/* The names that scripts know */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/naru.h>
#include <linux/tcp.h>
#include "script.h"

#ifndef SOL_TCP
#define SOL_TCP IPPROTO_TCP
#endif

const struct script_name script_options[] = {
	{ "error", SOL_SOCKET, SO_ERROR },
	{ "keepalive", SOL_SOCKET, SO_KEEPALIVE },
	{ "linger", SOL_SOCKET, SO_LINGER },
	{ "max_pacing_rate", SOL_SOCKET, SO_MAX_PACING_RATE },
	{ "oobinline", SOL_SOCKET, SO_OOBINLINE },
	{ "rcvbuf", SOL_SOCKET, SO_RCVBUF },
	{ "rcvlowat", SOL_SOCKET, SO_RCVLOWAT },
	{ "reuseaddr", SOL_SOCKET, SO_REUSEADDR },
	{ "sndbuf", SOL_SOCKET, SO_SNDBUF },
	{ "congestion", SOL_TCP, TCP_CONGESTION },
	{ "cork", SOL_TCP, TCP_CORK },
	{ "defer_accept", SOL_TCP, TCP_DEFER_ACCEPT },
	{ "fastopen", SOL_TCP, TCP_FASTOPEN },
	{ "fastopen_connect", SOL_TCP, TCP_FASTOPEN_CONNECT },
	{ "fastopen_key", SOL_TCP, TCP_FASTOPEN_KEY },
	{ "fastopen_no_cookie", SOL_TCP, TCP_FASTOPEN_NO_COOKIE },
	{ "keepcnt", SOL_TCP, TCP_KEEPCNT },
	{ "keepidle", SOL_TCP, TCP_KEEPIDLE },
	{ "keepintvl", SOL_TCP, TCP_KEEPINTVL },
	{ "linger2", SOL_TCP, TCP_LINGER2 },
	{ "maxseg", SOL_TCP, TCP_MAXSEG },
	{ "nodelay", SOL_TCP, TCP_NODELAY },
	{ "notsent_lowat", SOL_TCP, TCP_NOTSENT_LOWAT },
	{ "quickack", SOL_TCP, TCP_QUICKACK },
	{ "syncnt", SOL_TCP, TCP_SYNCNT },
	{ "thin_linear_timeouts", SOL_TCP, TCP_THIN_LINEAR_TIMEOUTS },
	{ "user_timeout", SOL_TCP, TCP_USER_TIMEOUT },
	{ "window_clamp", SOL_TCP, TCP_WINDOW_CLAMP },
	{ "ts_usec", SOL_NARU, NARU_TS_USEC },
	{}
};

#define INFO(name, field)	{ name, offsetof(struct tcp_info, field), \
				  sizeof(((struct tcp_info *)0)->field) }

const struct script_name script_info[] = {
	INFO("state", tcpi_state),
	INFO("ca_state", tcpi_ca_state),
	INFO("retransmits", tcpi_retransmits),
	INFO("probes", tcpi_probes),
	INFO("backoff", tcpi_backoff),
	INFO("options", tcpi_options),
	INFO("rto", tcpi_rto),
	INFO("ato", tcpi_ato),
	INFO("snd_mss", tcpi_snd_mss),
	INFO("rcv_mss", tcpi_rcv_mss),
	INFO("unacked", tcpi_unacked),
	INFO("sacked", tcpi_sacked),
	INFO("lost", tcpi_lost),
	INFO("retrans", tcpi_retrans),
	INFO("pmtu", tcpi_pmtu),
	INFO("rtt", tcpi_rtt),
	INFO("rttvar", tcpi_rttvar),
	INFO("ssthresh", tcpi_snd_ssthresh),
	INFO("cwnd", tcpi_snd_cwnd),
	INFO("advmss", tcpi_advmss),
	INFO("reordering", tcpi_reordering),
	INFO("total_retrans", tcpi_total_retrans),
	INFO("bytes_acked", tcpi_bytes_acked),
	INFO("bytes_received", tcpi_bytes_received),
	INFO("segs_out", tcpi_segs_out),
	INFO("segs_in", tcpi_segs_in),
	INFO("notsent_bytes", tcpi_notsent_bytes),
	INFO("data_segs_in", tcpi_data_segs_in),
	INFO("data_segs_out", tcpi_data_segs_out),
	INFO("delivered", tcpi_delivered),
	INFO("delivered_ce", tcpi_delivered_ce),
	INFO("bytes_sent", tcpi_bytes_sent),
	INFO("bytes_retrans", tcpi_bytes_retrans),
	INFO("dsack_dups", tcpi_dsack_dups),
	INFO("reord_seen", tcpi_reord_seen),
	INFO("rcv_ooopack", tcpi_rcv_ooopack),
	INFO("snd_wnd", tcpi_snd_wnd),
	INFO("rcv_rtt", tcpi_rcv_rtt),
	INFO("min_rtt", tcpi_min_rtt),
	INFO("busy_time", tcpi_busy_time),
	INFO("rwnd_limited", tcpi_rwnd_limited),
	INFO("sndbuf_limited", tcpi_sndbuf_limited),
	INFO("delivery_rate", tcpi_delivery_rate),
	{}
};

const struct script_name script_events[] = {
	{ "none", 0, 0 },
	{ "in", POLLIN, 0 },
	{ "out", POLLOUT, 0 },
	{ "pri", POLLPRI, 0 },
	{ "err", POLLERR, 0 },
	{ "hup", POLLHUP, 0 },
	{ "rdhup", POLLRDHUP, 0 },
	{}
};

#define ERROR(e)	{ #e, e, 0 }

const struct script_name script_errors[] = {
	ERROR(EAGAIN),
	ERROR(EADDRINUSE),
	ERROR(EADDRNOTAVAIL),
	ERROR(EALREADY),
	ERROR(ECONNABORTED),
	ERROR(ECONNREFUSED),
	ERROR(ECONNRESET),
	ERROR(EHOSTUNREACH),
	ERROR(EINPROGRESS),
	ERROR(EINVAL),
	ERROR(EISCONN),
	ERROR(EMSGSIZE),
	ERROR(ENETUNREACH),
	ERROR(ENOPROTOOPT),
	ERROR(ENOTCONN),
	ERROR(EOPNOTSUPP),
	ERROR(EPIPE),
	ERROR(EPROTO),
	ERROR(ETIMEDOUT),
	{}
};

const struct script_name script_words[] = {
	{ "established", 1, 0 },
	{ "syn-sent", 2, 0 },
	{ "syn-received", 3, 0 },
	{ "fin-wait-1", 4, 0 },
	{ "fin-wait-2", 5, 0 },
	{ "time-wait", 6, 0 },
	{ "closed", 7, 0 },
	{ "close-wait", 8, 0 },
	{ "last-ack", 9, 0 },
	{ "listen", 10, 0 },
	{ "closing", 11, 0 },
	{ "open", 0, 0 },
	{ "disorder", 1, 0 },
	{ "cwr", 2, 0 },
	{ "recovery", 3, 0 },
	{ "loss", 4, 0 },
	{ "off", -1, 0 },
	{ "read", SHUT_RD, 0 },
	{ "write", SHUT_WR, 0 },
	{ "both", SHUT_RDWR, 0 },
	{}
};

const struct script_name script_icmps[] = {
	{ "net-unreachable", ICMP_NET, 0 },
	{ "host-unreachable", ICMP_HOST, 0 },
	{ "protocol-unreachable", ICMP_PROTO, 0 },
	{ "port-unreachable", ICMP_PORT, 0 },
	{ "too-big", ICMP_TOO_BIG, 0 },
	{ "time-exceeded", ICMP_TIME, 0 },
	{}
};

/* The ECN field of an IP header */
const struct script_name script_ecns[] = {
	{ "notect", 0, 0 },
	{ "ect1", 1, 0 },
	{ "ect0", 2, 0 },
	{ "ce", 3, 0 },
	{}
};

const struct script_name script_calls[] = {
	{ "socket", CALL_SOCKET, 0 },
	{ "bind", CALL_BIND, 0 },
	{ "listen", CALL_LISTEN, 0 },
	{ "connect", CALL_CONNECT, 0 },
	{ "accept", CALL_ACCEPT, 0 },
	{ "write", CALL_WRITE, 0 },
	{ "read", CALL_READ, 0 },
	{ "close", CALL_CLOSE, 0 },
	{ "shutdown", CALL_SHUTDOWN, 0 },
	{ "set", CALL_SET, 0 },
	{ "get", CALL_GET, 0 },
	{ "poll", CALL_POLL, 0 },
	{ "wait", CALL_WAIT, 0 },
	{ "info", CALL_INFO, 0 },
	{}
};

/**
 * script_find - a name in a table
 * @table: ends with a NULL
 * @name: to be found
 *
 * Return: its entry, NULL if there is none.
 */
const struct script_name *script_find(const struct script_name *table, const char *name)
{
	for (; table->name; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

/**
 * script_errno_name - the name of an error number, for messages
 * @err: number
 *
 * Return: its name as scripts have it, or what strerror(3) says.
 */
const char *script_errno_name(int err)
{
	for (const struct script_name *e = script_errors; e->name; e++)
		if (e->a == err)
			return e->name;
	return strerror(err);
}
