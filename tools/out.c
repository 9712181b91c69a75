// SPDX-License-Identifier: GPL-2.0
/*
 * The one print layer.
 */
#include "out.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define BOLD	"\033[1m"
#define PLAIN	"\033[0m"

#define TEXT_BLOCK	65536	/* bytes that texts of rows are kept in */
#define BREAK_INDENT	4	/* blanks before what a row has no room for in its first line */
#define DETAIL_INDENT	9	/* columns of a tabulator and a blank */

/**
 * out_begin() - start printing
 * @o: filled
 * @f: where to
 * @json: JSON instead of text
 * @style: how rows stand together
 * @cols: columns of the text, for tables and streams
 * @num_cols: how many, at most OUT_COLS_MAX
 */
void out_begin(struct out *o, FILE *f, bool json, enum out_style style,
	       const struct out_col *cols, unsigned int num_cols)
{
	memset(o, 0, sizeof(*o));
	o->f = f;
	o->json = json;
	o->style = style;
	o->cols = cols;
	o->num_cols = num_cols;
}

/* How long a character is by its first byte, 0: none begins so (RFC 3629 3) */
static size_t utf8_expect(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Bytes of the character at @c, 0: it is none (RFC 3629 4) */
static size_t utf8_len(const unsigned char *c)
{
	size_t i, len = utf8_expect(*c);

	for (i = 1; i < len; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xf0 && c[1] < 0x90))
		return 0;	/* longer than need be */
	if ((*c == 0xed && c[1] > 0x9f) || (*c == 0xf4 && c[1] > 0x8f))
		return 0;	/* a surrogate, or beyond the last */
	return len;
}

/* Is the character at @c one that a terminal may take for a command? C0, DEL and C1 are */
static bool is_control(const unsigned char *c)
{
	return *c < 0x20 || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0);
}

/* False: no memory */
static bool more_detail(struct out *o, size_t len)
{
	size_t size = 2 * (o->detail_len + len) + 256;
	char *more = realloc(o->detail, size);

	if (!more) {
		o->broken = true;
		return false;
	}
	o->detail = more;
	o->detail_size = size;
	return true;
}

/* What has no column, and JSON, waits for the end of its row */
static inline void emit(struct out *o, const char *text, size_t len)
{
	if (o->detail_len + len > o->detail_size && !more_detail(o, len))
		return;
	memcpy(o->detail + o->detail_len, text, len);
	o->detail_len += len;
}

static inline void emit_char(struct out *o, char c)
{
	if (o->detail_len == o->detail_size && !more_detail(o, 1))
		return;
	o->detail[o->detail_len++] = c;
}

static void json_string(struct out *o, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	char escape[8];
	size_t len;

	emit_char(o, '"');
	for (; *c; c += len ? len : 1) {
		len = utf8_len(c);
		if (!len) {
			emit(o, "\\ufffd", 6);
		} else if (is_control(c)) {
			snprintf(escape, sizeof(escape), "\\u%04x", c[len - 1]);
			emit(o, escape, 6);
		} else {
			if (*c == '"' || *c == '\\')
				emit_char(o, '\\');
			emit(o, (const char *)c, len);
		}
	}
	emit_char(o, '"');
}

static size_t printable_len(const char *text)
{
	const char *c = text;

	while (*c >= 0x20 && *c < 0x7f)
		c++;
	return c - text;
}

/*
 * Copies what a terminal may have; what is no character, or a command, becomes a question mark. Returns how long the
 * copy is, which is no longer than @text
 */
static size_t clean(char *copy, const char *text)
{
	size_t plain = printable_len(text), len;
	const unsigned char *c = (const unsigned char *)text + plain;
	char *to = copy + plain;

	memcpy(copy, text, plain);
	for (; *c; c += len ? len : 1) {
		len = utf8_len(c);
		if (!len || is_control(c)) {
			*to++ = '?';
		} else {
			memcpy(to, c, len);
			to += len;
		}
	}
	return to - copy;
}

/**
 * out_plain() - print a text, and nothing in it that a terminal may take for a command
 * @f: where to
 * @text: text; what is no UTF-8, and what is a command, becomes a question mark
 */
void out_plain(FILE *f, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t len;

	for (; *c; c += len ? len : 1) {
		len = utf8_len(c);
		if (!len || is_control(c))
			fputc('?', f);
		else
			fwrite(c, 1, len, f);
	}
}

/* Characters of a text that clean() made */
static unsigned int text_width(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static char *keep_room(struct out *o, size_t len);

static void emit_text(struct out *o, const char *text)
{
	size_t plain = printable_len(text);
	char *copy;

	if (!text[plain]) {
		emit(o, text, plain);
		return;
	}
	copy = keep_room(o, strlen(text));
	if (copy)
		emit(o, copy, clean(copy, text));
}

/* What stands before a value: a separator, and its key */
static void label(struct out *o, const char *key)
{
	if (!o->first[o->depth])
		emit_char(o, o->json ? ',' : ' ');
	o->first[o->depth] = false;
	if (!key || o->array[o->depth])
		return;
	if (o->json)
		json_string(o, key);
	else
		emit(o, key, strlen(key));
	emit_char(o, ':');
}

static int column(const struct out *o, const char *key)
{
	unsigned int i;

	if (o->json || o->depth || !key)
		return -1;
	for (i = 0; i < o->num_cols; i++)
		if (*o->cols[i].key == *key && !strcmp(o->cols[i].key, key))
			return i;
	return -1;
}

/* Room for a text that lives as long as rows do; NULL: no memory */
static char *keep_room(struct out *o, size_t len)
{
	struct out_block *block = o->blocks;

	if (!block || block->used + len + 1 > block->size) {
		size_t size = len + 1 > TEXT_BLOCK ? len + 1 : TEXT_BLOCK;

		block = malloc(sizeof(*block) + size);
		if (!block) {
			o->broken = true;
			return NULL;
		}
		*block = (struct out_block){ .next = o->blocks, .size = size };
		o->blocks = block;
	}
	block->used += len + 1;
	return block->text + block->used - len - 1;
}

static void drop_texts(struct out *o)
{
	struct out_block *block;

	while ((block = o->blocks)) {
		o->blocks = block->next;
		free(block);
	}
}

static void put_cell(struct out *o, int col, const char *value)
{
	char *copy = keep_room(o, strlen(value));

	o->row.cell[col] = copy;
	if (copy)
		copy[clean(copy, value)] = '\0';
}

static bool object_line(const struct out *o)
{
	return o->style == OUT_OBJECT && !o->json && !o->depth;
}

/**
 * out_row_begin() - start a row
 * @o: printing
 */
void out_row_begin(struct out *o)
{
	o->depth = 0;
	o->first[0] = true;
	if (!o->json)
		return;
	if (o->style == OUT_TABLE)
		fputs(o->num_rows ? ",\n " : "[\n ", o->f);
	fputc('{', o->f);
}

/**
 * out_str() - a value that is a string
 * @o: printing
 * @key: its key; ignored in a list
 * @value: what it is
 */
void out_str(struct out *o, const char *key, const char *value)
{
	int col = column(o, key);

	if (col >= 0) {
		put_cell(o, col, value);
		return;
	}
	if (object_line(o)) {
		emit(o, key, strlen(key));
		emit_char(o, ' ');
		emit_text(o, value);
		emit_char(o, '\n');
		return;
	}
	label(o, key);
	if (o->json)
		json_string(o, value);
	else
		emit_text(o, value);
}

/* No quote within ends it */
static void emit_quoted(struct out *o, const char *text)
{
	char *copy = keep_room(o, strlen(text)), *end;

	if (!copy)
		return;
	emit_char(o, '"');
	for (end = copy + clean(copy, text); copy < end; copy++) {
		if (*copy == '"' || *copy == '\\')
			emit_char(o, '\\');
		emit_char(o, *copy);
	}
	emit_char(o, '"');
}

/**
 * out_quoted() - a string that others choose, so that it cannot be taken for what is beside it
 * @o: printing; the value has no column
 * @key: its key; ignored in a list
 * @value: what it is
 */
void out_quoted(struct out *o, const char *key, const char *value)
{
	if (o->json) {
		out_str(o, key, value);
		return;
	}
	label(o, key);
	emit_quoted(o, value);
}

static void literal(struct out *o, const char *key, const char *value)
{
	if (!o->json) {
		out_str(o, key, value);
		return;
	}
	label(o, key);
	emit(o, value, strlen(value));
}

/* Most of what is printed is numbers. Returns where in @text it begins */
static const char *decimal(char text[24], int64_t value)
{
	uint64_t n = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char *at = text + 23;

	*at = '\0';
	do {
		*--at = '0' + n % 10;
		n /= 10;
	} while (n);
	if (value < 0)
		*--at = '-';
	return at;
}

/**
 * out_num() - a value that is a number
 * @o: printing
 * @key: its key; ignored in a list
 * @value: what it is
 */
void out_num(struct out *o, const char *key, int64_t value)
{
	char text[24];

	literal(o, key, decimal(text, value));
}

/**
 * out_bool() - a value that is true or false
 * @o: printing
 * @key: its key; ignored in a list
 * @value: what it is
 */
void out_bool(struct out *o, const char *key, bool value)
{
	literal(o, key, value ? "true" : "false");
}

/**
 * out_null() - a value that is not known
 * @o: printing
 * @key: key
 */
void out_null(struct out *o, const char *key)
{
	literal(o, key, o->json ? "null" : "-");
}

/**
 * out_endpoint() - an address and a port
 * @o: printing
 * @key: its key; in JSON of an object of address and port
 * @addr: the address as text
 * @port: port, 0: none, shown as *
 */
void out_endpoint(struct out *o, const char *key, const char *addr, unsigned int port)
{
	bool bracket = strchr(addr, ':');
	char text[96], number[24];
	const char *end = port ? decimal(number, port) : "*";
	char *at = text;

	if (o->json) {
		out_group_begin(o, key);
		out_str(o, "address", addr);
		out_num(o, "port", port);
		out_group_end(o);
		return;
	}
	if (bracket)
		*at++ = '[';
	at += strnlen(addr, 64);
	memcpy(text + bracket, addr, at - text - bracket);
	if (bracket)
		*at++ = ']';
	*at++ = ':';
	memcpy(at, end, strlen(end) + 1);
	out_str(o, key, text);
}

static void nest(struct out *o, const char *key, bool array)
{
	label(o, key);
	emit_char(o, o->json ? (array ? '[' : '{') : '(');
	if (o->depth < OUT_DEPTH_MAX - 1)
		o->depth++;
	o->first[o->depth] = true;
	o->array[o->depth] = array;
}

static void unnest(struct out *o)
{
	emit_char(o, o->json ? (o->array[o->depth] ? ']' : '}') : ')');
	if (o->depth)
		o->depth--;
}

/**
 * out_group_begin() - start an object within a row
 * @o: printing
 * @key: its key; ignored in a list
 */
void out_group_begin(struct out *o, const char *key)
{
	nest(o, key, false);
}

/**
 * out_group_end() - end the object begun last
 * @o: printing
 */
void out_group_end(struct out *o)
{
	unnest(o);
}

/**
 * out_list_begin() - start an array within a row
 * @o: printing
 * @key: its key
 */
void out_list_begin(struct out *o, const char *key)
{
	nest(o, key, true);
}

/**
 * out_list_end() - end the array begun last
 * @o: printing
 */
void out_list_end(struct out *o)
{
	unnest(o);
}

static void print_blanks(FILE *f, int num)
{
	static const char blanks[] = "                                ";

	for (; num > 0; num -= sizeof(blanks) - 1)
		fwrite_unlocked(blanks, 1, num < (int)sizeof(blanks) ? (size_t)num : sizeof(blanks) - 1, f);
}

static void print_cell(const struct out *o, const char *text, unsigned int col, unsigned int width,
		       bool last)
{
	unsigned int len = text_width(text);
	bool right = o->cols[col].right;
	int pad = width > len ? width - len : 0;

	if (right)
		print_blanks(o->f, pad);
	fputs_unlocked(text, o->f);
	if (!right && !last)
		print_blanks(o->f, pad);
	fputs_unlocked(last ? "\n" : "  ", o->f);
}

/* Which columns begin a line: those that the one before has no room for. @breaks: 1 << column */
static unsigned int line_breaks(const struct out *o, const unsigned int *width)
{
	unsigned int i, at = 0, breaks = 0;

	for (i = 0; o->width && i < o->num_cols; i++) {
		if (i && at + width[i] > o->width) {
			breaks |= 1U << i;
			at = BREAK_INDENT;
		}
		at += width[i] + 2;
	}
	return breaks;
}

static void print_cells(const struct out *o, const char *const *text, unsigned int used, const unsigned int *width)
{
	unsigned int i, breaks = line_breaks(o, width);

	for (i = 0; i < used; i++) {
		if (breaks & 1U << i)
			print_blanks(o->f, BREAK_INDENT);
		print_cell(o, text[i] ? text[i] : "", i, width[i], i == used - 1 || breaks & 1U << (i + 1));
	}
}

static void print_heading(const struct out *o, const unsigned int *width)
{
	const char *title[OUT_COLS_MAX];
	unsigned int i;

	if (o->plain || !o->num_cols)
		return;
	for (i = 0; i < o->num_cols; i++)
		title[i] = o->cols[i].title;
	if (o->colour)
		fputs(BOLD, o->f);
	print_cells(o, title, o->num_cols, width);
	if (o->colour)
		fputs(PLAIN, o->f);
}

/* Behind the last cell that says something there are no blanks */
static unsigned int cells_used(const struct out *o, const struct out_row *row)
{
	unsigned int n = o->num_cols;

	while (n > 1 && (!row->cell[n - 1] || !*row->cell[n - 1]))
		n--;
	return n;
}

/* How much of a text goes into a line of @room columns: up to a blank, or to the first one where none is near enough */
static size_t line_len(const char *text, unsigned int room)
{
	size_t len = strlen(text), at;

	if (len <= room)
		return len;
	for (at = room; at && text[at] != ' '; at--)
		;
	return at ? at : strcspn(text, " ");
}

static void print_detail(const struct out *o, const char *detail)
{
	unsigned int indent = o->num_cols ? DETAIL_INDENT : 0;
	unsigned int room = o->width > 2 * indent ? o->width - indent : UINT_MAX;
	size_t len;

	for (; *detail; detail += len + (detail[len] == ' ')) {
		len = line_len(detail, room);
		if (indent)
			fputs_unlocked("\t ", o->f);
		fwrite_unlocked(detail, 1, len, o->f);
		putc_unlocked('\n', o->f);
	}
}

static void print_row(const struct out *o, struct out_row *row, const unsigned int *width)
{
	print_cells(o, (const char *const *)row->cell, cells_used(o, row), width);
	if (row->detail)
		print_detail(o, row->detail);
	memset(row, 0, sizeof(*row));
}

static void least_widths(const struct out *o, unsigned int *width)
{
	unsigned int i;

	for (i = 0; i < o->num_cols; i++)
		width[i] = o->cols[i].min;
}

static void widths(const struct out *o, unsigned int *width)
{
	unsigned int i, len;
	size_t n;

	least_widths(o, width);
	for (i = 0; i < o->num_cols; i++) {
		len = o->plain ? 0 : strlen(o->cols[i].title);
		width[i] = len > width[i] ? len : width[i];
		for (n = 0; n < o->num_rows; n++) {
			const char *text = o->rows[n].cell[i];

			len = text ? text_width(text) : 0;
			width[i] = len > width[i] ? len : width[i];
		}
	}
}

/* Keeps the row that was filled, until all widths are known */
static void keep_row(struct out *o)
{
	struct out_row *rows = o->rows;

	if (!(o->num_rows & (o->num_rows - 1)))
		rows = realloc(rows, (o->num_rows ? o->num_rows * 2 : 1) * sizeof(*rows));
	if (!rows) {
		o->broken = true;
		return;
	}
	o->rows = rows;
	o->rows[o->num_rows++] = o->row;
	memset(&o->row, 0, sizeof(o->row));
}

/**
 * out_heading() - print the heading of rows that are printed as they come, before the first
 * @o: printing, of OUT_STREAM
 */
void out_heading(struct out *o)
{
	unsigned int width[OUT_COLS_MAX];

	if (o->json || o->num_rows++)
		return;
	least_widths(o, width);
	print_heading(o, width);
	fflush(o->f);
}

static void stream_row(struct out *o)
{
	unsigned int width[OUT_COLS_MAX];

	out_heading(o);
	least_widths(o, width);
	print_row(o, &o->row, width);
}

/* What has no column */
static void take_detail(struct out *o)
{
	char *copy;

	if (!o->detail_len)
		return;
	if (o->json || o->style == OUT_OBJECT) {
		fwrite_unlocked(o->detail, 1, o->detail_len, o->f);
	} else {
		copy = keep_room(o, o->detail_len);
		if (copy) {
			memcpy(copy, o->detail, o->detail_len);
			copy[o->detail_len] = '\0';
		}
		o->row.detail = copy;
	}
	o->detail_len = 0;
}

/**
 * out_record_begin() - what is printed from here on will be printed again
 * @o: printing, within a group
 *
 * Return: for out_record_end().
 */
size_t out_record_begin(const struct out *o)
{
	return o->detail_len;
}

/**
 * out_record_end() - and up to here
 * @o: printing, within the same group
 * @begin: from out_record_begin()
 * @len: filled with its length
 *
 * Return: for out_again() and free(), NULL: no memory.
 */
char *out_record_end(const struct out *o, size_t begin, size_t *len)
{
	char *copy;

	*len = o->detail_len - begin;
	copy = malloc(*len + 1);
	return copy ? memcpy(copy, o->detail + begin, *len) : NULL;
}

/**
 * out_again() - print what was printed before, first of all in a group as then
 * @o: printing
 * @text: from out_record_end()
 * @len: its length
 */
void out_again(struct out *o, const char *text, size_t len)
{
	emit(o, text, len);
	o->first[o->depth] = false;
}

/**
 * out_row_end() - end a row
 * @o: printing
 */
void out_row_end(struct out *o)
{
	take_detail(o);
	if (o->json) {
		fputs(o->style == OUT_TABLE ? "}" : "}\n", o->f);
		o->num_rows++;
	} else if (o->style == OUT_TABLE) {
		keep_row(o);
	} else if (o->style == OUT_STREAM) {
		stream_row(o);
	}
	if (o->style != OUT_STREAM)
		return;
	fflush(o->f);
	drop_texts(o);
}

/**
 * out_end() - finish printing
 * @o: printing; gives its memory back
 *
 * Return: whether everything was printed.
 */
bool out_end(struct out *o)
{
	unsigned int width[OUT_COLS_MAX];
	size_t n;

	if (o->json) {
		if (o->style == OUT_TABLE)
			fputs(o->num_rows ? "\n]\n" : "[]\n", o->f);
	} else if (o->style == OUT_TABLE) {
		widths(o, width);
		print_heading(o, width);
		for (n = 0; n < o->num_rows; n++)
			print_row(o, &o->rows[n], width);
	}
	free(o->rows);
	o->rows = NULL;
	free(o->detail);
	o->detail = NULL;
	drop_texts(o);
	return !fflush(o->f) && !ferror(o->f) && !o->broken;
}
