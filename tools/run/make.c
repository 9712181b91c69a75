// SPDX-License-Identifier: GPL-2.0
/*
 * naru sockets: made, and known again.
 *
 * These are system calls by number: in the library, the C library's names are its own.
 */
#include "run.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <linux/naru.h>

#define NARU_PROTOCOL	0x200	/* of what SO_PROTOCOL says of naru sockets, beside the number */

enum { STREAM_NATIVE = 253, DGRAM_NATIVE = 254 };	/* IP protocols */

/**
 * run_getsockopt() - what the kernel says, as getsockopt(2)
 * @fd: socket
 * @level: level
 * @name: option
 * @value: filled
 * @len: its size in bytes, there and back
 *
 * Return: 0, or -1 with errno set.
 */
int run_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	return syscall(SYS_getsockopt, fd, level, name, value, len);
}

/**
 * run_setsockopt() - as setsockopt(2)
 * @fd: socket
 * @level: level
 * @name: option
 * @value: value
 * @len: its size in bytes
 *
 * Return: 0, or -1 with errno set.
 */
int run_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	return syscall(SYS_setsockopt, fd, level, name, value, len);
}

static int make_of(const struct run_config *c, int domain, int type, int protocol)
{
	int err, fd = syscall(SYS_socket, c->af, type, protocol);

	if (fd < 0)
		return -errno;
	if (!run_setsockopt(fd, SOL_NARU, NARU_DOMAIN, &domain, sizeof(domain)))
		return fd;
	err = errno;
	close(fd);
	return -err;
}

/**
 * run_make() - socket(2) of naru
 * @c: configuration
 * @domain: AF_INET or AF_INET6
 * @type: SOCK_STREAM or SOCK_DGRAM, with flags
 * @protocol: as in socket(2); run_kind() has found it good
 *
 * Return: a file descriptor; a negative errno; RUN_KERNEL: it is not naru's to make.
 */
int run_make(const struct run_config *c, int domain, int type, int protocol)
{
	unsigned int kind = run_kind(domain, type, protocol);
	int fd;

	if (!(c->kinds & kind))
		return RUN_KERNEL;
	if (c->native)
		protocol = 0;
	else
		protocol = kind == RUN_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
	fd = make_of(c, domain, type, protocol);
	if (fd == -ESOCKTNOSUPPORT && kind == RUN_DGRAM && !c->insist)
		return RUN_KERNEL;
	return fd;
}

static int number(int fd, int level, int name)
{
	int v = 0;
	socklen_t len = sizeof(v);

	return run_getsockopt(fd, level, name, &v, &len) ? -1 : v;
}

/**
 * run_probe() - may this process have sockets of naru's?
 * @af: number of AF_NARU
 * @id: gets the number of one that was made and is gone
 *
 * Return: 0, or what socket(2) says as a negative errno.
 */
int run_probe(int af, uint32_t *id)
{
	int fd = syscall(SYS_socket, af, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	*id = number(fd, SOL_NARU, NARU_ID);
	close(fd);
	return 0;
}

/**
 * run_protocol() - the protocol that a naru socket stands for
 * @fd: any file descriptor
 *
 * Return: IPPROTO_TCP or IPPROTO_UDP; -1: it is no naru socket.
 */
int run_protocol(int fd)
{
	switch (number(fd, SOL_SOCKET, SO_PROTOCOL)) {
	case NARU_PROTOCOL | IPPROTO_TCP:
	case NARU_PROTOCOL | STREAM_NATIVE:
		return IPPROTO_TCP;
	case NARU_PROTOCOL | IPPROTO_UDP:
	case NARU_PROTOCOL | DGRAM_NATIVE:
		return IPPROTO_UDP;
	}
	return -1;
}

/**
 * run_is_naru() - is it a naru socket?
 * @fd: any file descriptor
 */
bool run_is_naru(int fd)
{
	return run_protocol(fd) > 0;
}

/**
 * run_domain() - the family that a naru socket stands for
 * @fd: naru socket
 *
 * Return: AF_INET or AF_INET6.
 */
int run_domain(int fd)
{
	return number(fd, SOL_NARU, NARU_DOMAIN) == AF_INET ? AF_INET : AF_INET6;
}
