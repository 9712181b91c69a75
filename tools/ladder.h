/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A ladder of segments: what went which way, and what happened between.
 */
#ifndef NARU_TOOLS_LADDER_H
#define NARU_TOOLS_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include "history.h"

#define LADDER_WIDTH_MIN	64
#define LADDER_WIDTH_MAX	132

enum ladder_kind { LADDER_SEGMENT, LADDER_EVENT, LADDER_DROP };

/* A rung: which, of history.segment, .event or .drop */
struct ladder_rung {
	int64_t us;
	enum ladder_kind kind;
	size_t n;
};

size_t ladder_rungs(const struct history *h, struct ladder_rung *rung);
void ladder_line(const struct history *h, const struct ladder_rung *rung, size_t width, char *line);
bool ladder_print(FILE *f, const struct history *h, size_t width);

#endif
