/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of addresses and ports, for who asks for them.
 */
#ifndef NARU_TOOLS_RESOLVE_H
#define NARU_TOOLS_RESOLVE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

const char *resolve_host(const struct in6_addr *addr);
const char *resolve_service(uint16_t port, bool dgram);

#endif
