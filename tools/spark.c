// SPDX-License-Identifier: GPL-2.0
/*
 * Sparklines.
 */
#include "spark.h"

#include <string.h>

/* The column that a time falls into; a time at the end belongs to the last */
static size_t column_of(int64_t us, int64_t begin, int64_t end, size_t width)
{
	size_t n;

	if (us <= begin || end <= begin)
		return 0;
	n = (double)(us - begin) / (end - begin) * width;
	return n < width ? n : width - 1;
}

/**
 * spark_columns() - a figure over time in columns of the same length
 * @point: the figure, in order of time
 * @num: how many points, at least one
 * @end: until when the last holds, not before it
 * @column: filled with the largest value that the figure had in each
 * @width: how many columns, at least one
 */
void spark_columns(const struct spark_point *point, size_t num, int64_t end, uint32_t *column, size_t width)
{
	int64_t begin = point[0].us;
	size_t i, c, last;

	memset(column, 0, width * sizeof(*column));
	for (i = 0; i < num; i++) {
		last = column_of(i + 1 < num ? point[i + 1].us : end, begin, end, width);
		for (c = column_of(point[i].us, begin, end, width); c <= last; c++)
			if (point[i].value > column[c])
				column[c] = point[i].value;
	}
}

/**
 * spark_level() - how high a value is drawn
 * @value: value
 * @most: the largest
 *
 * Return: 0 for 0 alone, else 1 to SPARK_LEVELS - 1.
 */
unsigned int spark_level(uint32_t value, uint32_t most)
{
	if (!value)
		return 0;
	return value >= most ? SPARK_LEVELS - 1 : 1 + (uint64_t)value * (SPARK_LEVELS - 1) / most;
}

/**
 * spark_text() - draw columns
 * @column: values
 * @width: how many
 * @utf8: with block elements; else with characters of ASCII
 * @text: filled, @width * SPARK_BYTES + 1 bytes
 */
void spark_text(const uint32_t *column, size_t width, bool utf8, char *text)
{
	static const char *const blocks[SPARK_LEVELS] = {
		" ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"
	};
	static const char ascii[SPARK_LEVELS + 1] = " .,:-=+*#";
	uint32_t most = 0;
	size_t i;

	for (i = 0; i < width; i++)
		if (column[i] > most)
			most = column[i];
	for (i = 0; i < width; i++) {
		unsigned int level = spark_level(column[i], most);

		if (utf8)
			text = stpcpy(text, blocks[level]);
		else
			*text++ = ascii[level];
	}
	*text = '\0';
}
