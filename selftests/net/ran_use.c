// SPDX-License-Identifier: GPL-2.0
/*
 * ran: sockets of which it depends on their use whose they are.
 */
#define _GNU_SOURCE
#include "ran.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <sys/wait.h>

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
} sets[] = {
	{ SOL_SOCKET, SO_REUSEADDR, 1 }, { SOL_SOCKET, SO_KEEPALIVE, 1 },
	{ SOL_SOCKET, SO_RCVLOWAT, 7 }, { SOL_SOCKET, SO_PRIORITY, 5 },
	{ SOL_SOCKET, SO_MARK, 99 }, { SOL_SOCKET, SO_RCVBUF, 50000 },
	{ SOL_SOCKET, SO_SNDBUF, 60000 }, { SOL_SOCKET, SO_OOBINLINE, 1 },
	{ SOL_TCP, TCP_NODELAY, 1 }, { SOL_TCP, TCP_KEEPIDLE, 77 },
	{ SOL_TCP, TCP_KEEPCNT, 3 }, { SOL_TCP, TCP_USER_TIMEOUT, 4321 },
	{ SOL_TCP, TCP_DEFER_ACCEPT, 1 },
};

static const struct set inet_sets[] = {
	{ SOL_IP, IP_TOS, 0x10 }, { SOL_IP, IP_TTL, 33 }, { SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1 },
};

static const struct set inet6_sets[] = {
	{ SOL_IPV6, IPV6_V6ONLY, 1 }, { SOL_IPV6, IPV6_TCLASS, 0x20 },
	{ SOL_IPV6, IPV6_UNICAST_HOPS, 44 }, { SOL_IPV6, IPV6_RECVPKTINFO, 1 },
};

static int get(int fd, const struct set *s)
{
	int v = -1;
	socklen_t len = sizeof(v);

	WANT(!getsockopt(fd, s->level, s->name, &v, &len));
	return v;
}

/* What each says before, it says after */
static void keep(struct used *u, int port, const struct set *list, int num)
{
	int was[16], i;

	for (i = 0; i < num; i++) {
		WANT(!setsockopt(u->fd, list[i].level, list[i].name, &list[i].value, sizeof(int)));
		was[i] = get(u->fd, list + i);
	}
	if (ran_is_naru(u->fd) && port)
		WANT(!bind(u->fd, at_port(u, port), u->len));
	for (i = 0; i < num; i++)
		if (get(u->fd, list + i) != was[i])
			fprintf(stderr, "level %d option %d: %d, was %d\n", list[i].level, list[i].name,
				get(u->fd, list + i), was[i]), ran_failed = 1;
}

#define KEEP(u, port, list)	keep(u, port, list, sizeof(list) / sizeof(*(list)))

static void use_options(struct used *u, char **argv)
{
	struct linger linger = { 1, 9 }, said;
	struct timeval time = { 3, 500000 }, told;
	socklen_t len = sizeof(said), time_len = sizeof(told);

	WANT(!fcntl(u->fd, F_SETFL, O_NONBLOCK));
	WANT(!setsockopt(u->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	WANT(!setsockopt(u->fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)));
	if (u->addr.ss_family == AF_INET)
		KEEP(u, 0, inet_sets);
	else
		KEEP(u, 0, inet6_sets);
	KEEP(u, atoi(*argv), sets);
	if (u->addr.ss_family == AF_INET)
		WANT(get(u->fd, inet_sets + 1) == 33);
	else
		WANT(get(u->fd, inet6_sets + 2) == 44);
	WANT(fcntl(u->fd, F_GETFL) & O_NONBLOCK);
	WANT(!getsockopt(u->fd, SOL_SOCKET, SO_LINGER, &said, &len));
	WANT(said.l_onoff == 1 && said.l_linger == 9);
	WANT(!getsockopt(u->fd, SOL_SOCKET, SO_RCVTIMEO, &told, &time_len));
	WANT(told.tv_sec == 3 && told.tv_usec > 400000);
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
