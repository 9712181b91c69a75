/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `naru run`, its supervisor and its library share.
 */
#ifndef NARU_TOOLS_RUN_H
#define NARU_TOOLS_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { RUN_STREAM = 1, RUN_DGRAM = 2 };	/* kinds of sockets */
enum run_side { RUN_BOTH_SIDES, RUN_LISTEN_ONLY, RUN_CONNECT_ONLY };

/**
 * struct run_config - which sockets are naru's
 * @af: number of AF_NARU
 * @native: on IP protocols 253 and 254 instead of 6 and 17
 * @kinds: RUN_STREAM, RUN_DGRAM or both
 * @insist: a module that has no datagrams does not mean the kernel's
 * @side: --listen-only or --connect-only
 * @first: first port of --only
 * @last: its last, 0: every port
 */
struct run_config {
	int af;
	bool native;
	unsigned int kinds;
	bool insist;
	enum run_side side;
	uint16_t first, last;
};

enum run_what { RUN_BIND, RUN_CONNECT, RUN_LISTEN };

/**
 * struct run_call - a call that may name a port
 * @what: which
 * @dgram: on a datagram socket
 * @port: that it names, 0: none
 * @local: that the socket has, 0: none
 */
struct run_call {
	enum run_what what;
	bool dgram;
	uint16_t port, local;
};

/* choose.c: decisions */
unsigned int run_kind(int domain, int type, int protocol);
bool run_picks(const struct run_config *c);
bool run_stays(const struct run_config *c, const struct run_call *call);
uint16_t run_port(const struct sockaddr_storage *addr, size_t len);

/* environ.c: from a process to the library in another */
bool run_config_to_environ(const struct run_config *c);
void run_config_from_environ(struct run_config *c);
bool run_ports_parse(struct run_config *c, const char *ports);

/* make.c: sockets of naru's */
#define RUN_KERNEL	(-0x10000)	/* of run_make(): the kernel's it has to be */
int run_make(const struct run_config *c, int domain, int type, int protocol);
int run_probe(int af, uint32_t *id);
bool run_is_naru(int fd);
int run_domain(int fd);
int run_protocol(int fd);
int run_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int run_setsockopt(int fd, int level, int name, const void *value, socklen_t len);

/* swap.c: sockets of the kernel's in their place */

/**
 * struct run_swap - a socket of the kernel's, and what it is to be bound to
 * @fd: its file descriptor
 * @name: address that naru's socket has
 * @len: its length in bytes
 */
struct run_swap {
	int fd;
	struct sockaddr_storage name;
	socklen_t len;
};

int run_swap_make(const struct run_config *c, int fd, struct run_swap *swap);
int run_swap_bind(const struct run_swap *swap, int fd);
bool run_swap_wanted(const struct run_config *c, int fd, enum run_what what,
		     const struct sockaddr_storage *addr, size_t len);

#endif
