/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which sockets are meant: the words of naru sock, netstat, monitor and kill.
 */
#ifndef NARU_TOOLS_FILTER_H
#define NARU_TOOLS_FILTER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct filter - what must hold
 * @present: bit mask of 1 << NARU_FILTER_*
 * @states: bit mask of 1 << state
 * @id: number of the socket
 * @wire: wire mode, by the IP protocol number of its streams
 * @family: AF_INET or AF_INET6
 * @kind: enum naru_genl_kind
 * @type: SOCK_STREAM or SOCK_DGRAM
 * @lprefix: bits of @laddr that count
 * @rprefix: bits of @raddr that count
 * @lport: local port
 * @rport: remote port
 * @laddr: local address, IPv4 as v4-mapped
 * @raddr: remote address
 */
struct filter {
	uint32_t present, states, id;
	uint8_t wire, family, kind, type, lprefix, rprefix;
	uint16_t lport, rport;
	struct in6_addr laddr, raddr;
};

/* What the filter looks at */
struct filter_subject {
	uint32_t id;
	uint8_t state, wire, family, kind;
	uint16_t lport, rport;
	struct in6_addr laddr, raddr;
};

void filter_set_states(struct filter *f, uint32_t states);
void filter_set_family(struct filter *f, uint8_t family);
void filter_set_kind(struct filter *f, uint8_t kind);
void filter_set_type(struct filter *f, uint8_t type);
void filter_set_id(struct filter *f, uint32_t id);
bool filter_has(const struct filter *f, int attr);
bool filter_parse(struct filter *f, int argc, char **argv, char *error, size_t size);
bool filter_match(const struct filter *f, const struct filter_subject *s);

#endif
