/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which sockets are meant: the words of naru sock, netstat, monitor and kill.
 */
#ifndef NARU_TOOLS_FILTER_H
#define NARU_TOOLS_FILTER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define FILTER_ERROR	512	/* bytes of a complaint with the line and the place; without room for those it has none */

/**
 * struct filter_test - one test of a program, as NARU_PROGRAM_TEST
 * @field: enum naru_genl_field
 * @prefix: of an address, bits that count
 * @yes: where it leads when it holds
 * @no: where it leads when not
 * @min: of a number, the least
 * @max: of a number, the most
 * @states: of a state
 * @addr: of an address
 * @text: of a text
 */
struct filter_test {
	uint8_t field, prefix;
	uint16_t yes, no;
	union {
		struct {
			uint64_t min, max;
		};
		uint32_t states;
		struct in6_addr addr;
		char text[16];
	};
};

/**
 * struct filter - what must hold, the program as well
 * @present: bit mask of 1 << NARU_FILTER_*
 * @states: bit mask of 1 << state
 * @id: number of the socket
 * @family: AF_INET or AF_INET6
 * @kind: enum naru_genl_kind
 * @type: SOCK_STREAM or SOCK_DGRAM
 * @states_named: its words say something of states
 * @num: tests of the program; none: it holds
 * @test: the program
 */
struct filter {
	uint32_t present, states, id;
	uint8_t family, kind, type;
	bool states_named;
	unsigned int num;
	struct filter_test *test;
};

/* What the filter looks at, where the kernel does not; it has no other fields */
struct filter_subject {
	uint32_t id;
	uint8_t state, wire, family, kind;
	uint16_t lport, rport;
	struct in6_addr laddr, raddr;
};

void filter_set_states(struct filter *f, uint32_t states);
void filter_set_families(struct filter *f, bool v4, bool v6);
void filter_set_kind(struct filter *f, uint8_t kind);
void filter_set_type(struct filter *f, uint8_t type);
void filter_set_id(struct filter *f, uint32_t id);
bool filter_has(const struct filter *f, int attr);
bool filter_is_empty(const struct filter *f);
void filter_free(struct filter *f);
bool filter_match(const struct filter *f, const struct filter_subject *s);
const char *filter_not_of_events(const struct filter *f);

/* filter_parse.c */
bool filter_parse(struct filter *f, int argc, char **argv, char *error, size_t size);

#endif
