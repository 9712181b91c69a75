/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which mappings and sessions are meant: the words of naru napt map and session.
 */
#ifndef NARU_TOOLS_NAPT_FILTER_H
#define NARU_TOOLS_NAPT_FILTER_H

#include "napt.h"

/* An end: an address of which some bits count, and a port */
struct napt_filter_end {
	uint32_t addr;
	uint8_t bits;
	uint16_t port;
};

/**
 * struct napt_filter - what must hold
 * @present: bit mask of 1 << NARU_MAP_FILTER_*
 * @states: bit mask of 1 << enum naru_genl_session_state
 * @id: number of the mapping
 * @proto: IP protocol number
 * @dev: interface
 * @fixed: static ones, or the others
 * @own: only those of the machine itself, which the kernel does not pick
 * @inside: inside endpoint
 * @outside: external endpoint
 * @remote: remote endpoint of a session
 */
struct napt_filter {
	uint32_t present, states, id;
	uint8_t proto;
	char dev[IFNAMSIZ];
	bool fixed, own;
	struct napt_filter_end inside, outside, remote;
};

bool napt_filter_has(const struct napt_filter *f, int attr);
void napt_filter_set_static(struct napt_filter *f, bool fixed);
bool napt_filter_parse(struct napt_filter *f, bool sessions, int argc, char **argv, char *error);

#endif
