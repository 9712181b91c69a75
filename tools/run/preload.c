// SPDX-License-Identifier: GPL-2.0
/*
 * What `naru run` puts before a program's own libraries: its sockets are made in naru. Nothing here stands in the
 * way of a call that moves data.
 */
#include "run.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>
#include <sys/uio.h>
#include <linux/naru.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP	262
#endif

#define VISIBLE	__attribute__((visibility("default")))

typedef int (*socket_fn)(int domain, int type, int protocol);
typedef int (*address_fn)(int fd, const struct sockaddr *addr, socklen_t len);
typedef int (*listen_fn)(int fd, int backlog);
typedef int (*getsockopt_fn)(int fd, int level, int name, void *value, socklen_t *len);
typedef int (*setsockopt_fn)(int fd, int level, int name, const void *value, socklen_t len);

static struct run_config config;

/* Whose these calls are otherwise */
static struct {
	socket_fn socket;
	address_fn bind, connect;
	listen_fn listen;
	getsockopt_fn getsockopt;
	setsockopt_fn setsockopt;
} next;

/* Before the program can change its environment. Constructors of other libraries may have been here before */
static void __attribute__((constructor)) begin(void)
{
	if (next.setsockopt)
		return;
	run_config_from_environ(&config);
	next.socket = (socket_fn)dlsym(RTLD_NEXT, "socket");
	next.bind = (address_fn)dlsym(RTLD_NEXT, "bind");
	next.connect = (address_fn)dlsym(RTLD_NEXT, "connect");
	next.listen = (listen_fn)dlsym(RTLD_NEXT, "listen");
	next.getsockopt = (getsockopt_fn)dlsym(RTLD_NEXT, "getsockopt");
	next.setsockopt = (setsockopt_fn)dlsym(RTLD_NEXT, "setsockopt");
}

static int refuse(int err)
{
	errno = err;
	return -1;
}

/* Programs that would rather have MPTCP take TCP when there is none */
static bool is_mptcp(int domain, int type, int protocol)
{
	return protocol == IPPROTO_MPTCP && run_kind(domain, type, 0) == RUN_STREAM;
}

/**
 * socket() - as socket(2), but made in naru
 * @domain: as in socket(2)
 * @type: as in socket(2)
 * @protocol: as in socket(2)
 *
 * Return: a file descriptor, or -1 with errno set: never the kernel's TCP instead.
 */
int VISIBLE socket(int domain, int type, int protocol)
{
	int fd;

	begin();
	if (is_mptcp(domain, type, protocol) && (config.kinds & RUN_STREAM))
		return refuse(EPROTONOSUPPORT);
	fd = run_make(&config, domain, type, protocol);
	if (fd == RUN_KERNEL)
		return next.socket(domain, type, protocol);
	return fd < 0 ? refuse(-fd) : fd;
}

/* The address may be anywhere: what the program gets for that is the kernel's word */
static bool read_address(const struct sockaddr *from, socklen_t len, struct sockaddr_storage *addr)
{
	struct iovec here = { addr, len }, there = { (void *)from, len };

	memset(addr, 0, sizeof(*addr));
	return len <= sizeof(*addr) && process_vm_readv(gettid(), &here, 1, &there, 1, 0) == (ssize_t)len;
}

/* The socket becomes the kernel's, under its number */
static int swap(int fd)
{
	int cloexec = fcntl(fd, F_GETFD) & FD_CLOEXEC ? O_CLOEXEC : 0, err;
	struct run_swap swap;

	err = run_swap_make(&config, fd, &swap);
	if (err)
		return refuse(-err);
	if (dup3(swap.fd, fd, cloexec) < 0)
		err = -errno;
	close(swap.fd);
	if (!err)
		err = run_swap_bind(&swap, fd);
	return err ? refuse(-err) : 0;
}

/* 0: the call may be made */
static int settle(int fd, enum run_what what, const struct sockaddr *from, socklen_t len)
{
	struct sockaddr_storage addr;

	begin();
	if (!run_picks(&config) || (from && !read_address(from, len, &addr)))
		return 0;
	if (!run_swap_wanted(&config, fd, what, &addr, from ? len : 0))
		return 0;
	return swap(fd);
}

/**
 * bind() - as bind(2); naru's socket becomes the kernel's where the port is not one of --only
 * @fd: as in bind(2)
 * @addr: as in bind(2)
 * @len: as in bind(2)
 *
 * Return: 0, or -1 with errno set.
 */
int VISIBLE bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	return settle(fd, RUN_BIND, addr, len) ? -1 : next.bind(fd, addr, len);
}

/**
 * connect() - as connect(2); naru's socket becomes the kernel's as in bind()
 * @fd: as in connect(2)
 * @addr: as in connect(2)
 * @len: as in connect(2)
 *
 * Return: 0, or -1 with errno set.
 */
int VISIBLE connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	return settle(fd, RUN_CONNECT, addr, len) ? -1 : next.connect(fd, addr, len);
}

/**
 * listen() - as listen(2); naru's socket becomes the kernel's as in bind()
 * @fd: as in listen(2)
 * @backlog: as in listen(2)
 *
 * Return: 0, or -1 with errno set.
 */
int VISIBLE listen(int fd, int backlog)
{
	return settle(fd, RUN_LISTEN, NULL, 0) ? -1 : next.listen(fd, backlog);
}

/**
 * getsockopt() - as getsockopt(2); SO_PROTOCOL and SO_DOMAIN of a naru socket are those it was asked for with
 * @fd: as in getsockopt(2)
 * @level: as in getsockopt(2)
 * @name: as in getsockopt(2)
 * @value: as in getsockopt(2)
 * @len: as in getsockopt(2)
 *
 * Return: 0, or -1 with errno set.
 */
int VISIBLE getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int ret, protocol, answer;

	begin();
	ret = next.getsockopt(fd, level, name, value, len);
	if (ret || level != SOL_SOCKET || (name != SO_PROTOCOL && name != SO_DOMAIN))
		return ret;
	protocol = run_protocol(fd);
	if (protocol < 0)
		return 0;
	answer = name == SO_PROTOCOL ? protocol : run_domain(fd);
	memcpy(value, &answer, *len < sizeof(answer) ? *len : sizeof(answer));
	return 0;
}

/**
 * setsockopt() - as setsockopt(2); SO_ZEROCOPY, which core code keeps to itself, is naru's own on its sockets
 * @fd: as in setsockopt(2)
 * @level: as in setsockopt(2)
 * @name: as in setsockopt(2)
 * @value: as in setsockopt(2)
 * @len: as in setsockopt(2)
 *
 * Return: 0, or -1 with errno set.
 */
int VISIBLE setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	int ret;

	begin();
	ret = next.setsockopt(fd, level, name, value, len);
	if (!ret || level != SOL_SOCKET || name != SO_ZEROCOPY || errno != EOPNOTSUPP || !run_is_naru(fd))
		return ret;
	if (!run_setsockopt(fd, SOL_NARU, NARU_ZEROCOPY, value, len))
		return 0;
	return refuse(errno == ENOPROTOOPT ? EOPNOTSUPP : errno);
}
