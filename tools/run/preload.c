// SPDX-License-Identifier: GPL-2.0
/*
 * What `naru run` puts before a program's own libraries: its TCP sockets are made in naru.
 *
 * NARU_RUN_AF is the number of AF_NARU, NARU_RUN_WIRE is "native" or "inet".
 */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/naru.h>

#define NARU_PROTOCOL	0x200	/* of what SO_PROTOCOL says of naru sockets, beside the number */

int socket(int domain, int type, int protocol) __attribute__((visibility("default")));
int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
	__attribute__((visibility("default")));

typedef int (*socket_fn)(int domain, int type, int protocol);
typedef int (*getsockopt_fn)(int fd, int level, int name, void *value, socklen_t *len);

static int naru_family(void)
{
	const char *af = getenv("NARU_RUN_AF");
	int number = af ? atoi(af) : 0;

	return number > 0 ? number : AF_NARU;
}

static bool native_wanted(void)
{
	const char *wire = getenv("NARU_RUN_WIRE");

	return wire && !strcmp(wire, "native");
}

static bool is_tcp(int domain, int type, int protocol)
{
	return (domain == AF_INET || domain == AF_INET6) &&
	       (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_STREAM &&
	       (!protocol || protocol == IPPROTO_TCP);
}

/**
 * socket() - as socket(2), but TCP is naru's
 * @domain: as in socket(2)
 * @type: as in socket(2)
 * @protocol: as in socket(2)
 *
 * Return: a file descriptor, or -1 with errno set: never the kernel's TCP instead.
 */
int socket(int domain, int type, int protocol)
{
	socket_fn next = (socket_fn)dlsym(RTLD_NEXT, "socket");
	int fd, err;

	if (!next) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	if (!is_tcp(domain, type, protocol))
		return next(domain, type, protocol);
	fd = next(naru_family(), type, native_wanted() ? 0 : IPPROTO_TCP);
	if (fd < 0 || !setsockopt(fd, SOL_NARU, NARU_DOMAIN, &domain, sizeof(domain)))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/**
 * getsockopt() - as getsockopt(2), but SO_PROTOCOL of a naru socket is TCP's
 * @fd: as in getsockopt(2)
 * @level: as in getsockopt(2)
 * @name: as in getsockopt(2)
 * @value: as in getsockopt(2)
 * @len: as in getsockopt(2)
 *
 * Return: 0, or -1 with errno set.
 */
int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	getsockopt_fn next = (getsockopt_fn)dlsym(RTLD_NEXT, "getsockopt");
	int ret, number;

	if (!next) {
		errno = ENOPROTOOPT;
		return -1;
	}
	ret = next(fd, level, name, value, len);
	if (ret || level != SOL_SOCKET || name != SO_PROTOCOL || *len != sizeof(number))
		return ret;
	memcpy(&number, value, sizeof(number));
	if (number == (NARU_PROTOCOL | IPPROTO_TCP) || number == (NARU_PROTOCOL | 253)) {
		number = IPPROTO_TCP;
		memcpy(value, &number, sizeof(number));
	}
	return 0;
}
