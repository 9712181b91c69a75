// SPDX-License-Identifier: GPL-2.0
/*
 * How many sockets there are, by wire mode, type and state.
 */
#include "summary.h"
#include "util.h"

#include <netinet/in.h>

const struct out_col summary_cols[] = {
	{ .key = "wire", .title = "Wire" },
	{ .key = "total", .title = "Total", .right = true },
	{ .key = "listen", .title = "Listen", .right = true },
	{ .key = "syn_sent", .title = "Syn-Sent", .right = true },
	{ .key = "syn_received", .title = "Syn-Received", .right = true },
	{ .key = "established", .title = "Established", .right = true },
	{ .key = "closing", .title = "Closing", .right = true },
	{ .key = "orphaned", .title = "Orphaned", .right = true },
	{ .key = "time_wait", .title = "Time-Wait", .right = true },
	{ .key = "closed", .title = "Closed", .right = true },
};

const unsigned int summary_num_cols = ARRAY_SIZE(summary_cols);

/* States in which one side has ended the connection, and TIME-WAIT is not reached */
#define STATES_CLOSING	(1U << PARSE_FIN_WAIT_1 | 1U << PARSE_FIN_WAIT_2 | \
			 1U << PARSE_CLOSE_WAIT | 1U << PARSE_LAST_ACK | 1U << PARSE_CLOSING)

/*
 * Closed by its program. What waits for accept(2) has no inode either, but cannot have been closed:
 * it is ESTABLISHED or in CLOSE-WAIT.
 */
static bool is_orphan(const struct row *row)
{
	return row->full && !row->inode &&
	       (STATES_CLOSING & ~(1U << PARSE_CLOSE_WAIT)) & 1U << row->s.state;
}

static void count(struct summary_counts *c, const struct row *row)
{
	c->total++;
	c->orphaned += is_orphan(row);
	if (row->s.state < PARSE_STATES)
		c->state[row->s.state]++;
}

static struct summary_counts *counts_of(struct summary *sum, unsigned int wire)
{
	switch (wire) {
	case IPPROTO_TCP:
		return &sum->inet;
	case IPPROTO_UDP:
		return &sum->inet_dgram;
	default:
		return parse_wire_type(wire) == SOCK_DGRAM ? &sum->native_dgram : &sum->native;
	}
}

/**
 * summary_add() - count sockets
 * @sum: counts so far, zero at first
 * @rows: sockets
 */
void summary_add(struct summary *sum, const struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->num; i++)
		count(counts_of(sum, rows->row[i].s.wire), &rows->row[i]);
}

static uint32_t closing(const struct summary_counts *c)
{
	uint32_t num = 0;
	unsigned int i;

	for (i = 0; i < PARSE_STATES; i++)
		if (STATES_CLOSING & 1U << i)
			num += c->state[i];
	return num;
}

static void print_counts(struct out *o, const char *wire, const struct summary_counts *c)
{
	out_row_begin(o);
	out_str(o, "wire", wire);
	out_num(o, "total", c->total);
	out_num(o, "listen", c->state[PARSE_LISTEN]);
	out_num(o, "syn_sent", c->state[PARSE_SYN_SENT]);
	out_num(o, "syn_received", c->state[PARSE_SYN_RECEIVED]);
	out_num(o, "established", c->state[PARSE_ESTABLISHED]);
	out_num(o, "closing", closing(c));
	out_num(o, "orphaned", c->orphaned);
	out_num(o, "time_wait", c->state[PARSE_TIME_WAIT]);
	out_num(o, "closed", c->state[PARSE_CLOSED]);
	out_row_end(o);
}

/**
 * summary_print() - a row for each wire mode, and for its datagrams where there are any
 * @o: printing, a table of summary_cols
 * @sum: counts
 */
void summary_print(struct out *o, const struct summary *sum)
{
	print_counts(o, "inet", &sum->inet);
	print_counts(o, "native", &sum->native);
	if (sum->inet_dgram.total)
		print_counts(o, "inet dgram", &sum->inet_dgram);
	if (sum->native_dgram.total)
		print_counts(o, "native dgram", &sum->native_dgram);
}
