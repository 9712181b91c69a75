/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Owners of a socket, in its row.
 */
#ifndef NARU_TOOLS_ROW_OWNER_H
#define NARU_TOOLS_ROW_OWNER_H

#include "row.h"

void row_take_owners(const struct nlmsghdr *nlh, const struct nlattr **tb, struct row *row);

#endif
