/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many sockets there are, by wire mode and state.
 */
#ifndef NARU_TOOLS_SUMMARY_H
#define NARU_TOOLS_SUMMARY_H

#include "out.h"
#include "parse.h"
#include "row.h"

/* Sockets of one wire mode and type */
struct summary_counts {
	uint32_t total, orphaned;
	uint32_t state[PARSE_STATES];
};

struct summary {
	struct summary_counts inet, native, inet_dgram, native_dgram;
};

extern const struct out_col summary_cols[];
extern const unsigned int summary_num_cols;

void summary_add(struct summary *sum, const struct rows *rows);
void summary_print(struct out *o, const struct summary *sum);

#endif
