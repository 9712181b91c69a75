// SPDX-License-Identifier: GPL-2.0
/*
 * The tools' print layer: what no terminal may obey, and what JSON may hold (RFC 8259 7 and 8.1).
 */
#include <stdlib.h>
#include <string.h>
#include "unit.h"
#include "../../tools/out.h"

/* Long enough for all that is printed here */
static char printed[256];

/* A row with a column and a detail, both of @value; an object has neither */
static const char *print(const char *value, bool json, enum out_style style)
{
	static const struct out_col cols[] = {
		{ .key = "name", .title = "Name" },
		{ .key = "n", .title = "N", .right = true },
	};
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct out o;

	out_begin(&o, f, json, style, cols, style == OUT_OBJECT ? 0 : 2);
	o.plain = true;
	out_row_begin(&o);
	out_str(&o, "name", value);
	out_num(&o, "n", 7);
	if (style != OUT_OBJECT)
		out_str(&o, "more", value);
	out_row_end(&o);
	ASSERT_TRUE(out_end(&o));
	fclose(f);
	snprintf(printed, sizeof(printed), "%s", text);
	free(text);
	return printed;
}

static const char *print_text(const char *value)
{
	return print(value, false, OUT_TABLE);
}

TEST(out_text__control_characters_are_not_printed)
{
	ASSERT_STREQ(print_text("\033]0;x\a"), "?]0;x?  7\n\t more:?]0;x?\n");
	ASSERT_STREQ(print_text("a\nb\tc\x7f"), "a?b?c?  7\n\t more:a?b?c?\n");
	ASSERT_STREQ(print_text("a\xc2\x9bm"), "a?m  7\n\t more:a?m\n");
	ASSERT_STREQ(print_text("a\x9bm"), "a?m  7\n\t more:a?m\n");
	ASSERT_STREQ(print("\033c", false, OUT_OBJECT), "name ?c\nn 7\n");
}

TEST(out_text__characters_of_all_lengths_are_printed)
{
	ASSERT_STREQ(print_text("\xc3\xbc\xe2\x82\xac"),
		     "\xc3\xbc\xe2\x82\xac  7\n\t more:\xc3\xbc\xe2\x82\xac\n");
	ASSERT_STREQ(print_text("\xf0\x9f\x98\x80"),
		     "\xf0\x9f\x98\x80  7\n\t more:\xf0\x9f\x98\x80\n");
}

TEST(out_text__columns_are_as_wide_as_their_characters)
{
	static const struct out_col cols[] = { { .key = "a", .title = "A", .min = 4 },
					       { .key = "b", .title = "B", .right = true, .min = 3 } };
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct out o;

	out_begin(&o, f, false, OUT_TABLE, cols, 2);
	out_row_begin(&o);
	out_str(&o, "a", "\xc3\xbc");
	out_str(&o, "b", "\xc3\xbc");
	out_row_end(&o);
	ASSERT_TRUE(out_end(&o));
	fclose(f);
	snprintf(printed, sizeof(printed), "%s", text);
	free(text);
	ASSERT_STREQ(printed, "A       B\n\xc3\xbc       \xc3\xbc\n");
}

/* A table of three columns and a detail, on a terminal of so many columns */
static const char *print_wide(unsigned int width)
{
	static const struct out_col cols[] = {
		{ .key = "a", .title = "A" }, { .key = "b", .title = "B", .right = true }, { .key = "c", .title = "C" },
	};
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct out o;

	out_begin(&o, f, false, OUT_TABLE, cols, 3);
	o.width = width;
	out_row_begin(&o);
	out_str(&o, "a", "12345678");
	out_str(&o, "b", "1234567890");
	out_str(&o, "c", "123456");
	out_str(&o, "key", "one");
	out_str(&o, "other", "two");
	out_str(&o, "long", "1234567890");
	out_row_end(&o);
	ASSERT_TRUE(out_end(&o));
	fclose(f);
	snprintf(printed, sizeof(printed), "%s", text);
	free(text);
	return printed;
}

TEST(out_text__widths_fit_the_terminal)
{
	ASSERT_STREQ(print_wide(0), "A                  B  C\n12345678  1234567890  123456\n"
		     "\t key:one other:two long:1234567890\n");
	ASSERT_STREQ(print_wide(28), "A                  B  C\n12345678  1234567890  123456\n"
		     "\t key:one other:two\n\t long:1234567890\n");
	ASSERT_STREQ(print_wide(27), "A                  B\n    C\n12345678  1234567890\n    123456\n"
		     "\t key:one other:two\n\t long:1234567890\n");
	ASSERT_STREQ(print_wide(19), "A\n             B\n    C\n12345678\n    1234567890\n    123456\n"
		     "\t key:one\n\t other:two\n\t long:1234567890\n");
}

TEST(out_json__strings_are_escaped)
{
	ASSERT_STREQ(print("a\"b\\c\n\x1b\x7f", true, OUT_OBJECT),
		     "{\"name\":\"a\\\"b\\\\c\\u000a\\u001b\\u007f\",\"n\":7}\n");
	ASSERT_STREQ(print("\xc2\x85", true, OUT_OBJECT), "{\"name\":\"\\u0085\",\"n\":7}\n");
}

TEST(out_json__utf_8_is_kept)
{
	ASSERT_STREQ(print("x\xc3\xbc\xed\x9f\xbf\xf4\x8f\xbf\xbf", true, OUT_OBJECT),
		     "{\"name\":\"x\xc3\xbc\xed\x9f\xbf\xf4\x8f\xbf\xbf\",\"n\":7}\n");
}

/* RFC 3629 3 and 10: cut short, a byte out of place, too long, a surrogate, beyond U+10FFFF */
TEST(out__what_is_not_utf_8_is_replaced)
{
	static const char *const not_utf_8[] = {
		"\x80", "\xbf", "\xc3", "\xc0", "\xc1", "\xf5", "\xff",
		"\xe2\x82", "\xf0\x9f\x98", "\xc0\xaf", "\xe0\x80\xaf", "\xe0\x9f\xbf",
		"\xf0\x80\x80\xaf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
	};
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(not_utf_8); i++) {
		char text[16], want[64] = "name ";

		snprintf(text, sizeof(text), "%sz", not_utf_8[i]);
		for (n = 0; n < strlen(not_utf_8[i]); n++)
			strcat(want, "?");
		strcat(want, "z\nn 7\n");
		ASSERT_STREQ(print(text, false, OUT_OBJECT), want);
		snprintf(want, sizeof(want), "{\"name\":\"");
		for (n = 0; n < strlen(not_utf_8[i]); n++)
			strcat(want, "\\ufffd");
		strcat(want, "z\",\"n\":7}\n");
		ASSERT_STREQ(print(text, true, OUT_OBJECT), want);
	}
}
