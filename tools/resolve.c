// SPDX-License-Identifier: GPL-2.0
/*
 * Names of addresses and ports, for who asks for them. An address is asked for once: a name server may be slow.
 */
#include "resolve.h"
#include "util.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define HEADS	1024

struct host {
	struct host *next;
	struct in6_addr addr;
	char name[NI_MAXHOST];	/* "": it has none */
};

static struct host **head_of(const struct in6_addr *addr)
{
	static struct host *head[HEADS];
	uint32_t word[4];

	memcpy(word, addr, sizeof(word));
	return &head[(word[0] ^ word[1] ^ word[2] ^ word[3] ^ word[3] >> 16) % HEADS];
}

static void ask(const struct in6_addr *addr, char *name)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_addr = *addr };
	struct sockaddr_in in = { .sin_family = AF_INET };
	int err;

	memcpy(&in.sin_addr, &addr->s6_addr[12], sizeof(in.sin_addr));
	if (IN6_IS_ADDR_V4MAPPED(addr))
		err = getnameinfo((struct sockaddr *)&in, sizeof(in), name, NI_MAXHOST, NULL, 0, NI_NAMEREQD);
	else
		err = getnameinfo((struct sockaddr *)&in6, sizeof(in6), name, NI_MAXHOST, NULL, 0, NI_NAMEREQD);
	if (err)
		*name = '\0';
}

static bool is_any(const struct in6_addr *addr)
{
	return IN6_IS_ADDR_UNSPECIFIED(addr) || (IN6_IS_ADDR_V4MAPPED(addr) && !addr->s6_addr32[3]);
}

/**
 * resolve_host() - an address's name
 * @addr: address, IPv4 as v4-mapped
 *
 * Return: its name, which stays; NULL: it has none.
 */
const char *resolve_host(const struct in6_addr *addr)
{
	struct host **head = head_of(addr), *host;

	if (is_any(addr))
		return NULL;
	for (host = *head; host && memcmp(&host->addr, addr, sizeof(*addr)); host = host->next)
		;
	if (!host) {
		host = malloc(sizeof(*host));
		if (!host)
			return NULL;
		host->addr = *addr;
		ask(addr, host->name);
		host->next = *head;
		*head = host;
	}
	return *host->name ? host->name : NULL;
}

/**
 * resolve_service() - a port's name
 * @port: port
 * @dgram: of datagrams
 *
 * Return: its name, until the next call; NULL: it has none.
 */
const char *resolve_service(uint16_t port, bool dgram)
{
	const struct servent *service = port ? getservbyport(htons(port), dgram ? "udp" : "tcp") : NULL;

	return service ? service->s_name : NULL;
}
