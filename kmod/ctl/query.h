/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which sockets a program of tests wants. Pure.
 */
#ifndef NARU_QUERY_H
#define NARU_QUERY_H

#include <linux/naru_genl_query.h>
#include "../tcp/pure.h"

#define NARU_QUERY_TEXT	16	/* bytes of a text, with the end */

/* What a field is */
enum naru_query_kind {
	NARU_QUERY_NONE,	/* nothing that is tested */
	NARU_QUERY_NUMBER,
	NARU_QUERY_STATE,
	NARU_QUERY_ADDR,
	NARU_QUERY_TEXTUAL,
};

/**
 * struct naru_query_test - one test of a program
 * @min: of a number, the least
 * @max: of a number, the most
 * @states: of a state, bit mask, 1 << state
 * @addr: of an address
 * @text: of a text, with its end
 * @yes: where it leads when it holds: number of a test, NARU_TEST_TAKE or NARU_TEST_LEAVE
 * @no: where it leads when not
 * @field: enum naru_genl_field
 * @prefix: bits of @addr that count
 */
struct naru_query_test {
	union {
		struct {
			u64 min, max;
		};
		u32 states;
		u8 addr[16];
		char text[NARU_QUERY_TEXT];
	};
	u16 yes, no;
	u8 field, prefix;
};

/**
 * struct naru_query_proc - a process
 * @pid: its number
 * @comm: its command
 */
struct naru_query_proc {
	u32 pid;
	char comm[NARU_QUERY_TEXT];
};

/**
 * struct naru_query_owner - a descriptor of a socket
 * @next: another of it
 * @other: of a process's first descriptor: the next process's first
 * @proc: whose it is
 * @fd: descriptor, -1: it is none any more
 */
struct naru_query_owner {
	const struct naru_query_owner *next, *other;
	const struct naru_query_proc *proc;
	s32 fd;
};

/**
 * struct naru_query_subject - what is looked at
 * @present: 1 << field: what it has. Owners are there where there are some
 * @number: by field
 * @laddr: local address
 * @raddr: remote address
 * @cong: congestion control
 * @owner: descriptors, or NULL
 */
struct naru_query_subject {
	u64 present;
	u64 number[NARU_FIELD_MAX + 1];
	u8 laddr[16], raddr[16];
	char cong[NARU_QUERY_TEXT];
	const struct naru_query_owner *owner;
};

/**
 * struct naru_query_key - a field's value by which things are sorted and grouped
 * @hi: the first eight bytes of an address or text; of a number 0
 * @lo: the others, or the number
 * @has: it is there
 */
struct naru_query_key {
	u64 hi, lo;
	bool has;
};

enum naru_query_kind naru_query_kind_of(unsigned int field);
int naru_query_check(const struct naru_query_test *test, unsigned int num);
u64 naru_query_needs(const struct naru_query_test *test, unsigned int num);
bool naru_query_run(const struct naru_query_test *test, unsigned int num, const struct naru_query_subject *s);
const struct naru_query_owner *naru_query_owner_first(const struct naru_query_owner *owner);
void naru_query_key_of(const struct naru_query_subject *s, unsigned int field, struct naru_query_key *key);
void naru_query_key_bytes(const struct naru_query_key *key, u8 bytes[16]);

#endif
