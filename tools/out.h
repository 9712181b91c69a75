/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one print layer: the same calls make aligned text for people and JSON for programs.
 *
 * A row is a set of values with keys. In JSON it is an object. In text, values whose keys are among
 * the columns stand in those, and the rest in a line of their own below the row, as key:value.
 */
#ifndef NARU_TOOLS_OUT_H
#define NARU_TOOLS_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define OUT_COLS_MAX	10
#define OUT_DEPTH_MAX	4

/**
 * struct out_col - a column of a table of text
 * @key: key of the values in it
 * @title: heading
 * @right: aligned to the right
 * @min: least width, for rows that are printed as they come
 */
struct out_col {
	const char *key;
	const char *title;
	bool right;
	unsigned int min;
};

enum out_style {
	OUT_TABLE,	/* text: aligned at the end; JSON: one array */
	OUT_STREAM,	/* text and JSON: a line for each row, at once */
	OUT_OBJECT,	/* text: key value, one a line; JSON: one object */
};

/* Where texts of rows are */
struct out_block {
	struct out_block *next;
	size_t used, size;
	char text[];
};

struct out_row {
	char *cell[OUT_COLS_MAX];
	char *detail;
};

struct out {
	FILE *f;
	bool json;
	bool colour;		/* escape sequences for a terminal */
	bool plain;		/* no heading */
	unsigned int width;	/* columns of the terminal, into which tables are broken; 0: as wide as they are */
	enum out_style style;
	const struct out_col *cols;
	unsigned int num_cols;
	struct out_row *rows;
	size_t num_rows;
	struct out_row row;	/* being filled */
	char *detail;		/* of the row being filled: what has no column, and JSON */
	size_t detail_len, detail_size;
	struct out_block *blocks;
	unsigned int depth;
	bool first[OUT_DEPTH_MAX];
	bool array[OUT_DEPTH_MAX];
	bool broken;		/* no memory: what is printed is not all */
};

void out_begin(struct out *o, FILE *f, bool json, enum out_style style,
	       const struct out_col *cols, unsigned int num_cols);
void out_heading(struct out *o);
void out_row_begin(struct out *o);
void out_row_end(struct out *o);
bool out_end(struct out *o);

void out_plain(FILE *f, const char *text);
void out_str(struct out *o, const char *key, const char *value);
void out_quoted(struct out *o, const char *key, const char *value);
void out_num(struct out *o, const char *key, int64_t value);
void out_bool(struct out *o, const char *key, bool value);
void out_null(struct out *o, const char *key);
void out_endpoint(struct out *o, const char *key, const char *addr, unsigned int port);
void out_group_begin(struct out *o, const char *key);
void out_group_end(struct out *o);
void out_list_begin(struct out *o, const char *key);
void out_list_end(struct out *o);
size_t out_record_begin(const struct out *o);
char *out_record_end(const struct out *o, size_t begin, size_t *len);
void out_again(struct out *o, const char *text, size_t len);

#endif
