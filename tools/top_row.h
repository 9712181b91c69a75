/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What naru top shows of a socket.
 */
#ifndef NARU_TOOLS_TOP_ROW_H
#define NARU_TOOLS_TOP_ROW_H

#include "row.h"
#include "top.h"

void top_row_fill(const struct row *row, struct top_sock *s);
bool top_row_is_shown(const struct row *row);

#endif
