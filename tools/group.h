/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sockets that have something in common.
 */
#ifndef NARU_TOOLS_GROUP_H
#define NARU_TOOLS_GROUP_H

#include "row.h"

#define GROUP_COLS_MAX	OUT_COLS_MAX

unsigned int group_cols(const struct row_order *order, bool netns, struct out_col cols[GROUP_COLS_MAX]);
int group_print(struct out *o, struct nl *nl, const struct filter *f, const struct row_order *order,
		const char *netns);

#endif
