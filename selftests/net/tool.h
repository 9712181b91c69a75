/* SPDX-License-Identifier: GPL-2.0 */
/* What the helper programs of this folder share */
#ifndef NARU_TOOL_H
#define NARU_TOOL_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/naru.h>

__attribute__((format(printf, 1, 2), noreturn))
static inline void die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, ": %s\n", strerror(err));
	va_end(ap);
	exit(1);
}

/* A stream socket: @wire is "kernel", "inet" or "native". NARU_TEST_KERNEL=1: always the first. */
static inline int tool_socket(const char *wire, int family)
{
	const char *env = getenv("NARU_TEST_KERNEL");
	int fd;

	if (!strcmp(wire, "kernel") || (env && *env == '1')) {
		fd = socket(family, SOCK_STREAM, 0);
	} else {
		fd = socket(AF_NARU, SOCK_STREAM, strcmp(wire, "native") ? IPPROTO_TCP : 0);
		if (fd >= 0 && setsockopt(fd, SOL_NARU, NARU_DOMAIN, &family, sizeof(family)))
			die("NARU_DOMAIN");
	}
	if (fd < 0)
		die("socket %s", wire);
	return fd;
}

/* The same of datagrams */
static inline int tool_dgram(const char *wire, int family)
{
	int fd;

	if (!strcmp(wire, "kernel"))
		fd = socket(family, SOCK_DGRAM, 0);
	else
		fd = socket(AF_NARU, SOCK_DGRAM, strcmp(wire, "native") ? IPPROTO_UDP : 0);
	if (fd < 0)
		die("socket %s", wire);
	if (strcmp(wire, "kernel") && setsockopt(fd, SOL_NARU, NARU_DOMAIN, &family, sizeof(family)))
		die("NARU_DOMAIN");
	return fd;
}

/* Address in either notation; returns its length */
static inline socklen_t tool_addr(struct sockaddr_storage *ss, const char *text, int port)
{
	struct sockaddr_in6 *sin6 = (void *)ss;
	struct sockaddr_in *sin = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	sin->sin_port = htons(port);	/* the same place in both */
	ss->ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(ss->ss_family, text, ss->ss_family == AF_INET6 ? (void *)&sin6->sin6_addr :
		      (void *)&sin->sin_addr) != 1) {
		errno = EINVAL;
		die("%s", text);
	}
	return ss->ss_family == AF_INET6 ? sizeof(*sin6) : sizeof(*sin);
}

/* Says to who waits for it that something is so: makes the file */
static inline void tool_ready(const char *file)
{
	FILE *f = file ? fopen(file, "w") : NULL;

	if (file && !f)
		die("%s", file);
	if (f)
		fclose(f);
}

/* splitmix64: a number for each number, equal in every run */
static inline uint64_t tool_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

#endif
