// SPDX-License-Identifier: GPL-2.0
/*
 * ran: datagrams.
 */
#define _GNU_SOURCE
#include "ran.h"

#include <fcntl.h>

static bool is(int fd, const char *whose)
{
	return fd >= 0 && ran_is_naru(fd) == !strcmp(whose, "naru");
}

/* kinds STREAM DGRAM: whose they are, naru or kernel */
void ran_kinds(char **argv)
{
	WANT(is(socket(AF_INET, SOCK_STREAM, 0), argv[2]));
	WANT(is(socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP), argv[2]));
	WANT(is(socket(AF_INET, SOCK_DGRAM, 0), argv[3]));
	WANT(is(socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP), argv[3]));
}

static int number(int fd, int name)
{
	int v = -1;
	socklen_t len = sizeof(v);

	return getsockopt(fd, SOL_SOCKET, name, &v, &len) ? -1 : v;
}

static void check_flags(int domain, int flags)
{
	int fd = socket(domain, SOCK_DGRAM | flags, 0);

	WANT(ran_is_right(fd));
	WANT(!(fcntl(fd, F_GETFL) & O_NONBLOCK) == !(flags & SOCK_NONBLOCK));
	WANT(!(fcntl(fd, F_GETFD) & FD_CLOEXEC) == !(flags & SOCK_CLOEXEC));
	WANT(number(fd, SO_TYPE) == SOCK_DGRAM);
	WANT(number(fd, SO_DOMAIN) == domain);
	close(fd);
}

void ran_dgram(void)
{
	int domain;

	for (domain = AF_INET; domain <= AF_INET6; domain += AF_INET6 - AF_INET) {
		check_flags(domain, 0);
		check_flags(domain, SOCK_NONBLOCK | SOCK_CLOEXEC);
	}
	WANT(socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP) < 0 && errno == EPROTONOSUPPORT);
}

/* serve_dgram ADDRESS PORT READY: sends one datagram back where it is from */
void ran_serve_dgram(char **argv)
{
	struct sockaddr_storage ss;
	socklen_t len = tool_addr(&ss, argv[2], atoi(argv[3]));
	int fd = socket(ss.ss_family, SOCK_DGRAM, 0);
	char text[64];
	ssize_t n;

	WANT(ran_is_right(fd));
	if (bind(fd, (void *)&ss, len))
		die("bind");
	tool_ready(argv[4]);
	len = sizeof(ss);
	n = recvfrom(fd, text, sizeof(text), 0, (void *)&ss, &len);
	WANT(n > 0 && sendto(fd, text, n, 0, (void *)&ss, len) == n);
}

/* ask_dgram ADDRESS PORT: sends one, and gets the same */
void ran_ask_dgram(char **argv)
{
	struct sockaddr_storage ss;
	socklen_t len = tool_addr(&ss, argv[2], atoi(argv[3]));
	int fd = socket(ss.ss_family, SOCK_DGRAM, 0);
	char text[64];

	WANT(ran_is_right(fd));
	if (connect(fd, (void *)&ss, len))
		die("connect");
	WANT(send(fd, "as it was sent", 14, 0) == 14);
	WANT(recv(fd, text, sizeof(text), 0) == 14 && !memcmp(text, "as it was sent", 14));
}
