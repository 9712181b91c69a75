// SPDX-License-Identifier: GPL-2.0
/*
 * Which sockets are naru's: by what socket(2) is asked for, and by the ports that are named later.
 */
#include "run.h"

#include <netinet/in.h>

/**
 * run_kind() - what kind of naru's a socket would be
 * @domain: as in socket(2)
 * @type: as in socket(2), flags included
 * @protocol: as in socket(2)
 *
 * Return: RUN_STREAM or RUN_DGRAM; 0: naru has no such.
 */
unsigned int run_kind(int domain, int type, int protocol)
{
	if (domain != AF_INET && domain != AF_INET6)
		return 0;
	type &= ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (type == SOCK_STREAM && (!protocol || protocol == IPPROTO_TCP))
		return RUN_STREAM;
	if (type == SOCK_DGRAM && (!protocol || protocol == IPPROTO_UDP))
		return RUN_DGRAM;
	return 0;
}

/**
 * run_picks() - does anything depend on what a socket is used for?
 * @c: configuration
 */
bool run_picks(const struct run_config *c)
{
	return c->last || c->side != RUN_BOTH_SIDES;
}

static bool is_wanted(const struct run_config *c, uint16_t port)
{
	return !c->last || (port >= c->first && port <= c->last);
}

/**
 * run_stays() - does a socket of naru's stay naru's?
 * @c: configuration
 * @call: what is about to be done with it
 *
 * bind() to no port in particular decides nothing; what follows it does.
 */
bool run_stays(const struct run_config *c, const struct run_call *call)
{
	switch (call->what) {
	case RUN_BIND:
		if (call->port && call->dgram && c->side == RUN_CONNECT_ONLY)
			return false;
		return !call->port || is_wanted(c, call->port);
	case RUN_CONNECT:
		if (c->side == RUN_LISTEN_ONLY && !(call->dgram && call->local))
			return false;
		return is_wanted(c, call->port) || is_wanted(c, call->local);
	case RUN_LISTEN:
		return c->side != RUN_CONNECT_ONLY && is_wanted(c, call->local);
	}
	return true;
}

/**
 * run_port() - port of an address
 * @addr: address
 * @len: its length in bytes
 *
 * Return: the port, 0: it names none.
 */
uint16_t run_port(const struct sockaddr_storage *addr, size_t len)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;

	if (len < offsetof(struct sockaddr_in, sin_addr) ||
	    (addr->ss_family != AF_INET && addr->ss_family != AF_INET6))
		return 0;
	return ntohs(in->sin_port);	/* sin6_port is in the same place */
}
