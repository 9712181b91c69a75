/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of netstat(8), letter by letter: what stands in it, and how.
 */
#ifndef NARU_TOOLS_NETSTAT_H
#define NARU_TOOLS_NETSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define NETSTAT_ENDPOINT	512

/**
 * struct netstat_style - which columns there are
 * @extended: owner's user and inode
 * @owners: program
 * @timers: timer
 * @wide: addresses are not cut
 */
struct netstat_style {
	bool extended, owners, timers, wide;
};

/**
 * struct netstat_row - a socket's line; texts are complete
 * @proto: tcp, udp6 and so on
 * @recvq: Recv-Q
 * @sendq: Send-Q
 * @local: local endpoint
 * @remote: foreign endpoint
 * @state: state, empty: none
 * @user: its owner
 * @inode: its number
 * @program: PID/Program name
 * @timer: timer
 */
struct netstat_row {
	const char *proto;
	unsigned int recvq, sendq;
	char local[NETSTAT_ENDPOINT], remote[NETSTAT_ENDPOINT];
	const char *state;
	char user[64];
	unsigned int inode;
	char program[64], timer[64];
};

/* What netstat -s tells of one counter */
struct netstat_line {
	const char *counter;
	const char *sentence;	/* with one %llu */
	bool always;		/* also where it is 0 */
};

/* A part of netstat -s */
struct netstat_section {
	const char *title;
	const struct netstat_line *line;
	size_t num;
};

enum { NETSTAT_TCP, NETSTAT_UDP, NETSTAT_TCP_EXT, NETSTAT_SECTIONS };

extern const struct netstat_section netstat_sections[NETSTAT_SECTIONS];

const char *netstat_proto(unsigned int wire, bool v6);
int netstat_proto_order(unsigned int wire, bool v6);
void netstat_endpoint(char *text, size_t size, const char *addr, const char *port, bool wide);
void netstat_timer(char *text, size_t size, unsigned int kind, uint32_t ms, unsigned int times);
void netstat_program(char *text, size_t size, int pid, const char *arguments);
void netstat_print_heading(FILE *f, const struct netstat_style *style);
void netstat_print_row(FILE *f, const struct netstat_style *style, const struct netstat_row *row);
void netstat_print_plain(FILE *f, const struct netstat_style *style, const struct netstat_row *row);
const struct netstat_line *netstat_find_line(const char *counter, unsigned int *section);

#endif
