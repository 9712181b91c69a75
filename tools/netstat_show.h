/* SPDX-License-Identifier: GPL-2.0 */
/*
 * naru netstat: names, and what was counted.
 */
#ifndef NARU_TOOLS_NETSTAT_SHOW_H
#define NARU_TOOLS_NETSTAT_SHOW_H

#include "cmd.h"
#include "netstat.h"
#include "row.h"

/**
 * struct netstat_options - what is wanted
 * @filter: of sockets, for the kernel
 * @v4: IPv4; alone, where @v6 is not
 * @v6: IPv6; alone, where @v4 is not
 * @style: columns
 * @all: whatever there is
 * @listening: what waits for others, alone
 * @statistics: counters in the place of sockets
 * @streams: streams, or what was counted of them
 * @dgrams: datagram sockets
 * @numeric_hosts: addresses are left numbers
 * @numeric_ports: ports are
 * @numeric_users: users are
 */
struct netstat_options {
	struct filter filter;
	bool v4, v6;
	struct netstat_style style;
	bool all, listening, statistics, streams, dgrams;
	bool numeric_hosts, numeric_ports, numeric_users;
};

void netstat_name_endpoint(const struct netstat_options *opt, const struct row *row, bool v6, bool remote,
			   char *text, size_t size);
int netstat_show_statistics(struct ctx *ctx, const struct netstat_options *opt);

#endif
