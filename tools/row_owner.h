/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who has a socket open, as the module tells it.
 */
#ifndef NARU_TOOLS_ROW_OWNER_H
#define NARU_TOOLS_ROW_OWNER_H

#include "row.h"

void row_take_owners(const struct nlmsghdr *nlh, const struct nlattr **tb, struct row_procs *procs, struct row *row);
void row_drop_owners(struct row *row);
void row_drop_procs(struct row_procs *procs);

#endif
