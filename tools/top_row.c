// SPDX-License-Identifier: GPL-2.0
/*
 * What naru top shows of a socket.
 */
#include "top_row.h"
#include "parse.h"

#include <string.h>
#include <sys/socket.h>

static void endpoint(const struct in6_addr *addr, uint16_t port, char *text, size_t size)
{
	char name[PARSE_ADDR_LEN], number[PARSE_PORT_LEN] = "*";

	parse_addr_text(addr, name);
	if (port)
		snprintf(number, sizeof(number), "%u", port);
	snprintf(text, size, strchr(name, ':') ? "[%s]:%s" : "%s:%s", name, number);
}

/**
 * top_row_fill() - what naru top shows of a socket
 * @row: socket, read with NARU_SHOW_INFO and NARU_SHOW_OWNERS
 * @s: is filled, but for its rates
 */
void top_row_fill(const struct row *row, struct top_sock *s)
{
	const struct row_owner *owner = row_first_owner(row);

	s->id = row->s.id;
	s->wire = parse_wire_name(row->s.wire);
	s->state = row_state_name(row, row->s.state);
	endpoint(&row->s.laddr, row->s.lport, s->local, sizeof(s->local));
	endpoint(&row->s.raddr, row->s.rport, s->remote, sizeof(s->remote));
	if (owner && owner->fd >= 0)
		snprintf(s->owner, sizeof(s->owner), "%s/%d", owner->proc->comm, owner->proc->pid);
	s->is_stream = row->info_len && row->s.state != PARSE_LISTEN;
	s->sent = row->info.tcpi_bytes_acked;
	s->received = row->info.tcpi_bytes_received;
	s->rtt_us = row->info.tcpi_rtt;
	s->cwnd = row->info.tcpi_snd_cwnd;
	s->retrans = row->info.tcpi_total_retrans;
}

/**
 * top_row_is_shown() - whether naru top shows a socket
 * @row: socket
 *
 * Return: false for streams that are bound and no more, which are nothing to look at.
 */
bool top_row_is_shown(const struct row *row)
{
	return row->s.state != PARSE_CLOSED || parse_wire_type(row->s.wire) == SOCK_DGRAM;
}
