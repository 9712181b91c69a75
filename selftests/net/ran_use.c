// SPDX-License-Identifier: GPL-2.0
/*
 * ran: sockets of which it depends on their use whose they are.
 */
#define _GNU_SOURCE
#include "ran.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#ifndef IPV6_FLOWINFO_SEND
#define IPV6_FLOWINFO_SEND	33
#endif
#ifndef IPV6_PREFER_SRC_PUBLIC
#define IPV6_PREFER_SRC_PUBLIC	2
#endif

/* A socket, and the loopback address of its family */
struct used {
	int fd, type;
	struct sockaddr_storage addr;
	socklen_t len;
};

static struct used used_of(const char *kind, int flags)
{
	bool six = kind[strlen(kind) - 1] == '6';
	struct used u = { .type = strncmp(kind, "dgram", 5) ? SOCK_STREAM : SOCK_DGRAM };

	u.len = tool_addr(&u.addr, six ? "::1" : "127.0.0.1", 0);
	u.fd = socket(u.addr.ss_family, u.type | flags, 0);
	WANT(ran_is_naru(u.fd));
	return u;
}

/* The port is in the same place in both */
static struct sockaddr *at_port(struct used *u, int port)
{
	((struct sockaddr_in *)&u->addr)->sin_port = htons(port);
	return (struct sockaddr *)&u->addr;
}

static int port_of(int fd)
{
	struct sockaddr_in6 name;
	socklen_t len = sizeof(name);

	return getsockname(fd, (struct sockaddr *)&name, &len) ? -1 : ntohs(name.sin6_port);
}

static void use_bind(struct used *u, char **argv)
{
	int port = atoi(*argv);

	WANT(!bind(u->fd, at_port(u, port), u->len));
	WANT(port ? port_of(u->fd) == port : port_of(u->fd) > 0);
}

static void use_listen(struct used *u, char **argv)
{
	int port;

	use_bind(u, argv);
	port = port_of(u->fd);
	WANT(!listen(u->fd, 1));
	WANT(port_of(u->fd) == port);
}

/* Where nobody is */
static void use_connect(struct used *u, char **argv)
{
	int err;

	/* a datagram socket that is bound, to whatever port, is taken for a server's */
	if (atoi(*argv) || u->type == SOCK_STREAM)
		use_bind(u, argv);
	err = connect(u->fd, at_port(u, atoi(argv[1])), u->len);
	WANT(u->type == SOCK_DGRAM ? !err : err && errno == ECONNREFUSED);
	WANT(!atoi(*argv) || u->type == SOCK_STREAM || port_of(u->fd) == atoi(*argv));
}

static const struct set {
	int level, name, value;
} socket_sets[] = {
	{ SOL_SOCKET, SO_REUSEADDR, 1 }, { SOL_SOCKET, SO_RCVBUF, 50000 },
	{ SOL_SOCKET, SO_SNDBUF, 60000 }, { SOL_SOCKET, SO_MARK, 99 },
	{ SOL_SOCKET, SO_RCVMARK, 1 }, { SOL_SOCKET, SO_INCOMING_CPU, 1 },
	{ SOL_SOCKET, SO_MAX_PACING_RATE, 123456 }, { SOL_SOCKET, SO_PREFER_BUSY_POLL, 1 },
};

static const struct set stream_sets[] = {
	{ SOL_SOCKET, SO_KEEPALIVE, 1 }, { SOL_SOCKET, SO_RCVLOWAT, 7 },
	{ SOL_SOCKET, SO_OOBINLINE, 1 },
	{ SOL_TCP, TCP_NODELAY, 1 }, { SOL_TCP, TCP_KEEPIDLE, 77 },
	{ SOL_TCP, TCP_KEEPCNT, 3 }, { SOL_TCP, TCP_USER_TIMEOUT, 4321 },
	{ SOL_TCP, TCP_DEFER_ACCEPT, 1 }, { SOL_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1 },
	{ SOL_TCP, TCP_FASTOPEN_NO_COOKIE, 1 },
};

static const struct set dgram_sets[] = {
	{ SOL_SOCKET, SO_BROADCAST, 1 }, { SOL_SOCKET, SO_NO_CHECK, 1 },
	{ SOL_UDP, UDP_NO_CHECK6_TX, 1 }, { SOL_UDP, UDP_NO_CHECK6_RX, 1 },
	{ SOL_UDP, UDP_GRO, 1 }, { SOL_UDP, UDP_SEGMENT, 1000 },
	{ SOL_IP, IP_RECVFRAGSIZE, 1 },
};

static const struct set inet_sets[] = {
	{ SOL_IP, IP_TOS, 0x10 }, { SOL_IP, IP_TTL, 33 }, { SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1 },
	{ SOL_IP, IP_UNICAST_IF, 0x01000000 }, { SOL_IP, IP_RECVOPTS, 1 },
	{ SOL_SOCKET, SO_PRIORITY, 5 },		/* IP_TOS changes it */
};

static const struct set inet6_sets[] = {
	{ SOL_IPV6, IPV6_V6ONLY, 1 }, { SOL_IPV6, IPV6_TCLASS, 0x20 },
	{ SOL_IPV6, IPV6_UNICAST_HOPS, 44 }, { SOL_IPV6, IPV6_RECVPKTINFO, 1 },
	{ SOL_IPV6, IPV6_MULTICAST_ALL, 0 }, { SOL_IPV6, IPV6_UNICAST_IF, 0x01000000 },
	{ SOL_IPV6, IPV6_FLOWINFO_SEND, 1 }, { SOL_IPV6, IPV6_AUTOFLOWLABEL, 0 },
	{ SOL_IPV6, IPV6_ADDR_PREFERENCES, IPV6_PREFER_SRC_PUBLIC },
	{ SOL_IPV6, IPV6_MINHOPCOUNT, 5 }, { SOL_IPV6, IPV6_RECVRTHDR, 1 },
	{ SOL_SOCKET, SO_PRIORITY, 5 },
};

#define MOST	16	/* of a list */

struct kept {
	const struct set *list;
	size_t num;
	int was[MOST];
};

#define KEPT(sets)	{ .list = sets, .num = sizeof(sets) / sizeof(*(sets)) }

static int get(int fd, const struct set *s)
{
	int v = -1;
	socklen_t len = sizeof(v);

	if (getsockopt(fd, s->level, s->name, &v, &len))
		fprintf(stderr, "level %d option %d: %s\n", s->level, s->name, strerror(errno)), ran_failed = 1;
	return v;
}

static void set_all(int fd, struct kept *k)
{
	size_t i;

	for (i = 0; i < k->num; i++) {
		const struct set *s = k->list + i;

		if (setsockopt(fd, s->level, s->name, &s->value, sizeof(int)))
			fprintf(stderr, "level %d option %d: %s\n", s->level, s->name, strerror(errno)), ran_failed = 1;
	}
	for (i = 0; i < k->num; i++)
		k->was[i] = get(fd, k->list + i);
}

/* What each said before, it says after */
static void same_all(int fd, const struct kept *k)
{
	size_t i;

	for (i = 0; i < k->num; i++)
		if (get(fd, k->list + i) != k->was[i])
			fprintf(stderr, "level %d option %d: %d, was %d\n", k->list[i].level, k->list[i].name,
				get(fd, k->list + i), k->was[i]), ran_failed = 1;
}

/* Those that are no numbers */
struct other {
	int level, name, kinds;		/* kinds: of sockets, 1 << type */
	socklen_t len;
	unsigned char value[16];
};

enum { STREAMS = 1 << SOCK_STREAM, DGRAMS = 1 << SOCK_DGRAM };

static const struct other others[] = {
	{ SOL_SOCKET, SO_LINGER, STREAMS | DGRAMS, 8, { 1, 0, 0, 0, 9 } },
	{ SOL_SOCKET, SO_RCVTIMEO, STREAMS | DGRAMS, 16, { 3 } },
	{ SOL_SOCKET, SO_TXTIME, STREAMS | DGRAMS, 8, { CLOCK_MONOTONIC, 0, 0, 0, 2 } },
	{ SOL_TCP, TCP_FASTOPEN_KEY, STREAMS, 16, "0123456789abcdef" },
};

/* IPv4's: no operation, and the end; loopback's address */
static const struct other inet_others[] = {
	{ SOL_IP, IP_OPTIONS, STREAMS | DGRAMS, 4, { 1, 1, 1, 0 } },
	{ SOL_IP, IP_MULTICAST_IF, DGRAMS, 4, { 127, 0, 0, 1 } },
};

static void set_other(const struct used *u, const struct other *o, size_t num)
{
	for (; num--; o++)
		if (o->kinds & 1 << u->type)
			WANT(!setsockopt(u->fd, o->level, o->name, o->value, o->len));
}

static void same_other(const struct used *u, const struct other *o, size_t num)
{
	unsigned char v[16];
	socklen_t len;

	for (; num--; o++) {
		len = sizeof(v);
		if (!(o->kinds & 1 << u->type))
			continue;
		WANT(!getsockopt(u->fd, o->level, o->name, v, &len));
		if (len != o->len || memcmp(v, o->value, len))
			fprintf(stderr, "level %d option %d is not what it was\n", o->level, o->name), ran_failed = 1;
	}
}

/* options PORT: what is set on naru's socket, the kernel's in its place has */
static void use_options(struct used *u, char **argv)
{
	static struct kept all = KEPT(socket_sets), streams = KEPT(stream_sets), dgrams = KEPT(dgram_sets);
	static struct kept inet = KEPT(inet_sets), inet6 = KEPT(inet6_sets);
	struct kept *typed = u->type == SOCK_STREAM ? &streams : &dgrams;
	struct kept *family = u->addr.ss_family == AF_INET ? &inet : &inet6;
	size_t num = sizeof(others) / sizeof(*others), num4 = family == &inet ? 2 : 0;
	int one = 1;

	WANT(!fcntl(u->fd, F_SETFL, O_NONBLOCK));
	WANT(u->type != SOCK_STREAM || !setsockopt(u->fd, SOL_NARU, NARU_ZEROCOPY, &one, sizeof(one)));
	set_all(u->fd, &all);
	set_all(u->fd, typed);
	set_all(u->fd, family);
	set_other(u, others, num);
	set_other(u, inet_others, num4);
	use_bind(u, argv);
	WANT(!ran_is_naru(u->fd));
	same_all(u->fd, &all);
	same_all(u->fd, typed);
	same_all(u->fd, family);
	same_other(u, others, num);
	same_other(u, inet_others, num4);
	WANT(fcntl(u->fd, F_GETFL) & O_NONBLOCK);
	WANT(get(u->fd, &(struct set){ SOL_SOCKET, SO_ZEROCOPY, 0 }) == (u->type == SOCK_STREAM));
}

/* use KIND IS USE PORT...: KIND is stream4, stream6, dgram4 or dgram6; the socket is IS then, naru or kernel */
void ran_use(char **argv)
{
	static const struct {
		const char *name;
		void (*fn)(struct used *u, char **argv);
	} uses[] = {
		{ "bind", use_bind }, { "listen", use_listen }, { "connect", use_connect },
		{ "options", use_options },
	};
	struct used u = used_of(argv[2], 0);
	size_t i;

	for (i = 0; i < 4; i++)
		if (!strcmp(uses[i].name, argv[4]))
			uses[i].fn(&u, argv + 5);
	WANT(ran_is_naru(u.fd) == !strcmp(argv[3], "naru"));
}

/* What the kernel refuses, it refuses as ever, and the socket stays what it was */
void ran_bad(void)
{
	struct used u = used_of("stream4", 0);
	char large[256] = { AF_INET };
	struct sockaddr *addr = at_port(&u, 9);
	int pipes[2];

	WANT(!pipe(pipes));
	WANT(bind(u.fd, (void *)8, sizeof(struct sockaddr_in)) < 0 && errno == EFAULT);
	WANT(connect(u.fd, (void *)8, sizeof(struct sockaddr_in)) < 0 && errno == EFAULT);
	WANT(bind(u.fd, addr, 0) < 0 && errno == EINVAL);
	WANT(bind(u.fd, (void *)large, sizeof(large)) < 0 && errno == EINVAL);
	WANT(connect(u.fd, addr, -1) < 0 && errno == EINVAL);
	WANT(bind(-1, addr, u.len) < 0 && errno == EBADF);
	WANT(bind(99, addr, u.len) < 0 && errno == EBADF);
	WANT(bind(pipes[0], addr, u.len) < 0 && errno == ENOTSOCK);
	WANT(listen(pipes[0], 1) < 0 && errno == ENOTSOCK);
	u.addr.ss_family = AF_UNSPEC;
	WANT(!connect(u.fd, (void *)&u.addr, u.len));
	WANT(ran_is_naru(u.fd));
}

/* cloexec PORT */
void ran_cloexec(char **argv)
{
	struct used u = used_of("stream4", SOCK_CLOEXEC), v = used_of("stream4", 0);

	WANT(!bind(u.fd, at_port(&u, atoi(argv[2])), u.len) && !ran_is_naru(u.fd));
	WANT(fcntl(u.fd, F_GETFD) & FD_CLOEXEC);
	WANT(bind(v.fd, at_port(&v, atoi(argv[2])), v.len) < 0 && errno == EADDRINUSE);
	WANT(!(fcntl(v.fd, F_GETFD) & FD_CLOEXEC));
}

/* children NARU-PORT KERNEL-PORT */
void ran_children(char **argv)
{
	int i, status;

	for (i = 0; i < 2; i++) {
		if (!fork()) {
			struct used u = used_of("stream4", 0);

			WANT(!bind(u.fd, at_port(&u, atoi(argv[2 + i])), u.len));
			WANT(ran_is_naru(u.fd) == !i);
			exit(ran_failed);
		}
		WANT(wait(&status) > 0 && !status);
	}
}

/* unix PATH: sockets that are nobody's business. @ in place of a first 0 */
void ran_unix(char **argv)
{
	int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", argv[2]);
	if (*addr.sun_path == '@')
		*addr.sun_path = '\0';
	WANT(!bind(server, (void *)&addr, sizeof(addr)) && !listen(server, 1));
	WANT(!connect(client, (void *)&addr, sizeof(addr)));
	WANT(accept(server, NULL, NULL) >= 0);
}
