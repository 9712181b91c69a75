// SPDX-License-Identifier: GPL-2.0
/*
 * A socket of the kernel's in the place of one of naru's that is not to stay: with the options that the
 * program has set so far, and its address.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK		72
#endif
#ifndef IPV6_FLOWINFO_SEND
#define IPV6_FLOWINFO_SEND	33
#endif
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE	51
#endif

enum { SNDBUF_LOCK = 1, RCVBUF_LOCK = 2 };	/* of SO_BUF_LOCK */

struct option {
	int level, name;
};

static const struct option options[] = {
	{ SOL_SOCKET, SO_REUSEADDR }, { SOL_SOCKET, SO_REUSEPORT }, { SOL_SOCKET, SO_KEEPALIVE },
	{ SOL_SOCKET, SO_BROADCAST }, { SOL_SOCKET, SO_LINGER }, { SOL_SOCKET, SO_OOBINLINE },
	{ SOL_SOCKET, SO_RCVTIMEO }, { SOL_SOCKET, SO_SNDTIMEO }, { SOL_SOCKET, SO_RCVLOWAT },
	{ SOL_SOCKET, SO_MARK }, { SOL_SOCKET, SO_BINDTODEVICE },
	{ SOL_SOCKET, SO_TIMESTAMP }, { SOL_SOCKET, SO_TIMESTAMPNS },
	{ SOL_SOCKET, SO_TIMESTAMPING }, { SOL_SOCKET, SO_BUSY_POLL },
	{ SOL_SOCKET, SO_RXQ_OVFL }, { SOL_SOCKET, SO_NO_CHECK }, { SOL_SOCKET, SO_DONTROUTE },
	{ SOL_SOCKET, SO_PEEK_OFF }, { SOL_SOCKET, SO_INCOMING_CPU }, { SOL_SOCKET, SO_ZEROCOPY },
	{ SOL_SOCKET, SO_MAX_PACING_RATE }, { SOL_SOCKET, SO_TXTIME }, { SOL_SOCKET, SO_RCVMARK },
	{ SOL_SOCKET, SO_PREFER_BUSY_POLL }, { SOL_SOCKET, SO_SELECT_ERR_QUEUE },
	{ SOL_SOCKET, SO_TXREHASH },
	{ SOL_IP, IP_TOS }, { SOL_IP, IP_TTL }, { SOL_IP, IP_MTU_DISCOVER },
	{ SOL_IP, IP_RECVERR }, { SOL_IP, IP_PKTINFO }, { SOL_IP, IP_RECVTTL },
	{ SOL_IP, IP_RECVTOS }, { SOL_IP, IP_RECVORIGDSTADDR }, { SOL_IP, IP_FREEBIND },
	{ SOL_IP, IP_BIND_ADDRESS_NO_PORT },
	{ SOL_IP, IP_LOCAL_PORT_RANGE }, { SOL_IP, IP_MINTTL }, { SOL_IP, IP_MULTICAST_TTL },
	{ SOL_IP, IP_MULTICAST_LOOP }, { SOL_IP, IP_MULTICAST_ALL }, { SOL_IP, IP_MULTICAST_IF },
	{ SOL_IP, IP_UNICAST_IF }, { SOL_IP, IP_OPTIONS }, { SOL_IP, IP_RECVOPTS },
	{ SOL_IP, IP_RETOPTS }, { SOL_IP, IP_RECVFRAGSIZE },
	{ SOL_IPV6, IPV6_V6ONLY }, { SOL_IPV6, IPV6_TCLASS }, { SOL_IPV6, IPV6_UNICAST_HOPS },
	{ SOL_IPV6, IPV6_MTU_DISCOVER }, { SOL_IPV6, IPV6_RECVERR },
	{ SOL_IPV6, IPV6_RECVPKTINFO }, { SOL_IPV6, IPV6_RECVHOPLIMIT },
	{ SOL_IPV6, IPV6_RECVTCLASS }, { SOL_IPV6, IPV6_MULTICAST_HOPS },
	{ SOL_IPV6, IPV6_MULTICAST_LOOP }, { SOL_IPV6, IPV6_MULTICAST_IF },
	{ SOL_IPV6, IPV6_DONTFRAG }, { SOL_IPV6, IPV6_FREEBIND }, { SOL_IPV6, IPV6_MULTICAST_ALL },
	{ SOL_IPV6, IPV6_UNICAST_IF }, { SOL_IPV6, IPV6_FLOWINFO_SEND },
	{ SOL_IPV6, IPV6_AUTOFLOWLABEL }, { SOL_IPV6, IPV6_ADDR_PREFERENCES },
	{ SOL_IPV6, IPV6_MINHOPCOUNT }, { SOL_IPV6, IPV6_RECVORIGDSTADDR },
	{ SOL_IPV6, IPV6_RECVFRAGSIZE }, { SOL_IPV6, IPV6_RECVRTHDR }, { SOL_IPV6, IPV6_RECVHOPOPTS },
	{ SOL_IPV6, IPV6_RECVDSTOPTS }, { SOL_IPV6, IPV6_RECVPATHMTU },
	{ SOL_TCP, TCP_NODELAY }, { SOL_TCP, TCP_CORK }, { SOL_TCP, TCP_MAXSEG },
	{ SOL_TCP, TCP_KEEPIDLE }, { SOL_TCP, TCP_KEEPINTVL }, { SOL_TCP, TCP_KEEPCNT },
	{ SOL_TCP, TCP_SYNCNT }, { SOL_TCP, TCP_LINGER2 }, { SOL_TCP, TCP_DEFER_ACCEPT },
	{ SOL_TCP, TCP_WINDOW_CLAMP }, { SOL_TCP, TCP_QUICKACK }, { SOL_TCP, TCP_CONGESTION },
	{ SOL_TCP, TCP_USER_TIMEOUT }, { SOL_TCP, TCP_FASTOPEN },
	{ SOL_TCP, TCP_FASTOPEN_CONNECT }, { SOL_TCP, TCP_NOTSENT_LOWAT },
	{ SOL_TCP, TCP_FASTOPEN_KEY }, { SOL_TCP, TCP_FASTOPEN_NO_COOKIE }, { SOL_TCP, TCP_INQ },
	{ SOL_TCP, TCP_THIN_LINEAR_TIMEOUTS }, { SOL_TCP, TCP_THIN_DUPACK },
	{ SOL_UDP, UDP_SEGMENT }, { SOL_UDP, UDP_GRO }, { SOL_UDP, UDP_CORK },
	{ SOL_UDP, UDP_NO_CHECK6_TX }, { SOL_UDP, UDP_NO_CHECK6_RX },
	{ SOL_SOCKET, SO_PRIORITY },	/* which IP_TOS changes */
};

struct value {
	char bytes[40];		/* the most that IP_OPTIONS has */
	socklen_t len;
};

static bool get(int fd, const struct option *o, struct value *v)
{
	memset(v, 0, sizeof(*v));
	v->len = sizeof(v->bytes);
	return !run_getsockopt(fd, o->level, o->name, v->bytes, &v->len);
}

static bool is_others(const struct option *o, int protocol)
{
	return (o->level == SOL_TCP || o->level == SOL_UDP) && o->level != protocol;
}

/*
 * What @from has otherwise than @fresh, a socket that nobody has touched. What naru refuses is not asked for: it would be
 * counted as the program's
 */
static void copy_options(int from, int fresh, int to, int protocol)
{
	struct value was, is;
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(*options); i++) {
		const struct option *o = options + i;

		if (!is_others(o, protocol) && get(from, o, &is) && get(fresh, o, &was) &&
		    (is.len != was.len || memcmp(is.bytes, was.bytes, is.len)))
			run_setsockopt(to, o->level, o->name, is.bytes, is.len);
	}
}

/* getsockopt() says twice what was asked for; @force is for who may exceed the limit */
static void copy_size(int from, int to, int name, int force)
{
	int size;
	socklen_t len = sizeof(size);

	if (run_getsockopt(from, SOL_SOCKET, name, &size, &len))
		return;
	size /= 2;
	if (run_setsockopt(to, SOL_SOCKET, force, &size, sizeof(size)))
		run_setsockopt(to, SOL_SOCKET, name, &size, sizeof(size));
}

static void copy_sizes(int from, int to)
{
	int locks = 0;
	socklen_t len = sizeof(locks);

	run_getsockopt(from, SOL_SOCKET, SO_BUF_LOCK, &locks, &len);
	if (locks & SNDBUF_LOCK)
		copy_size(from, to, SO_SNDBUF, SO_SNDBUFFORCE);
	if (locks & RCVBUF_LOCK)
		copy_size(from, to, SO_RCVBUF, SO_RCVBUFFORCE);
}

static void copy_flags(int from, int to)
{
	int flags = fcntl(from, F_GETFL);

	fcntl(to, F_SETFL, flags);
	fcntl(to, F_SETOWN, fcntl(from, F_GETOWN));
	fcntl(to, F_SETSIG, fcntl(from, F_GETSIG));
}

static bool is_bound(const struct run_swap *swap)
{
	static const struct sockaddr_in6 none;
	const char *addr = (const char *)&swap->name;

	if (run_port(&swap->name, swap->len))
		return true;
	if (swap->name.ss_family == AF_INET)
		return memcmp(addr + 4, &none.sin6_addr, 4);
	return memcmp(addr + 8, &none.sin6_addr, 16);
}

static int local_name(int fd, struct run_swap *swap)
{
	swap->len = sizeof(swap->name);
	return syscall(SYS_getsockname, fd, &swap->name, &swap->len);
}

/**
 * run_swap_make() - a socket of the kernel's as the program has made its one
 * @c: configuration
 * @fd: naru socket
 * @swap: filled: its file descriptor, close-on-exec, and the address it is to have, for run_swap_bind()
 *
 * Return: 0 or a negative errno.
 */
int run_swap_make(const struct run_config *c, int fd, struct run_swap *swap)
{
	int protocol = run_protocol(fd), domain = run_domain(fd), fresh;
	int type = (protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC;

	if (local_name(fd, swap))
		return -errno;
	swap->fd = syscall(SYS_socket, domain, type, protocol);
	if (swap->fd < 0)
		return -errno;
	fresh = run_make(c, domain, type, protocol);
	if (fresh < 0) {
		close(swap->fd);
		return fresh;
	}
	copy_options(fd, fresh, swap->fd, protocol);
	copy_sizes(fd, swap->fd);
	copy_flags(fd, swap->fd);
	close(fresh);
	return 0;
}

/**
 * run_swap_bind() - gives it the address, when the naru socket is closed
 * @swap: from run_swap_make()
 * @fd: its file descriptor
 *
 * Return: 0 or a negative errno.
 */
int run_swap_bind(const struct run_swap *swap, int fd)
{
	if (!is_bound(swap))
		return 0;
	return syscall(SYS_bind, fd, &swap->name, swap->len) ? -errno : 0;
}

/* Connected to, or about to be, or listening: what is called then fails or decides nothing */
static bool is_settled(int fd, const struct run_call *call)
{
	unsigned char state = 0;	/* the first byte of struct tcp_info */
	socklen_t len = sizeof(state);

	if (call->what == RUN_BIND && call->local)
		return true;
	return !call->dgram && (run_getsockopt(fd, SOL_TCP, TCP_INFO, &state, &len) || state != TCP_CLOSE);
}

/**
 * run_swap_wanted() - is it to be the kernel's from here on?
 * @c: configuration
 * @fd: any file descriptor
 * @what: what is about to be done with it
 * @addr: address that the call names
 * @len: its length in bytes; 0: it names none
 */
bool run_swap_wanted(const struct run_config *c, int fd, enum run_what what,
		     const struct sockaddr_storage *addr, size_t len)
{
	struct run_call call = { .what = what };
	struct run_swap now;

	if (!run_is_naru(fd) || local_name(fd, &now))
		return false;
	if (what != RUN_LISTEN && (len < sizeof(addr->ss_family) || addr->ss_family == AF_UNSPEC))
		return false;
	call.dgram = run_protocol(fd) == IPPROTO_UDP;
	call.port = run_port(addr, len);
	call.local = run_port(&now.name, now.len);
	return !run_stays(c, &call) && !is_settled(fd, &call);
}
