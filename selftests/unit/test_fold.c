// SPDX-License-Identifier: GPL-2.0
/*
 * Sentences in lines of a terminal.
 */
#include <stdlib.h>
#include <string.h>
#include "unit.h"
#include "../../tools/fold.h"

static void folds(const char *text, unsigned int indent, unsigned int width, const char *want)
{
	char *said;
	size_t size;
	FILE *f = open_memstream(&said, &size);

	fold_text(f, text, indent, width);
	fclose(f);
	ASSERT_STREQ(said, want);
	free(said);
}

TEST(fold__lines)
{
	folds("", 0, 10, "\n");
	folds("one two three", 0, 0, "one two three\n");
	folds("one two three", 0, 13, "one two three\n");
	folds("one two three", 0, 12, "one two\nthree\n");
	folds("one two three", 2, 9, "one two\n  three\n");
	folds("one two three", 2, 8, "one\n  two\n  three\n");
}

TEST(fold__long_word)
{
	folds("seventeen", 2, 5, "seventeen\n");
	folds("a seventeen b", 2, 5, "a\n  seventeen\n  b\n");
	folds("a b", 20, 10, "a\n                    b\n");
}
