/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sparklines: a figure over time in one line of text.
 */
#ifndef NARU_TOOLS_SPARK_H
#define NARU_TOOLS_SPARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPARK_LEVELS	9	/* with that of 0 */
#define SPARK_BYTES	3	/* of a column's text, at most */

/* A figure has this value from then on */
struct spark_point {
	int64_t us;
	uint32_t value;
};

void spark_columns(const struct spark_point *point, size_t num, int64_t end, uint32_t *column, size_t width);
unsigned int spark_level(uint32_t value, uint32_t most);
void spark_text(const uint32_t *column, size_t width, bool utf8, char *text);

#endif
