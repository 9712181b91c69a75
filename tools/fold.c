// SPDX-License-Identifier: GPL-2.0
/*
 * Sentences in lines of a terminal.
 */
#include "fold.h"

#include <string.h>

/**
 * fold_text() - print words, in as many lines as they need
 * @f: where to
 * @text: words with one blank between them
 * @indent: columns that are taken in the first line, and left free in the others
 * @width: columns of the terminal, 0: there is no end to a line
 *
 * A word that has no room in any line is not cut. The last line is ended.
 */
void fold_text(FILE *f, const char *text, unsigned int indent, unsigned int width)
{
	unsigned int at = indent, len;

	for (; *text; text += len + (text[len] == ' ')) {
		len = strcspn(text, " ");
		if (at > indent && width && at + 1 + len > width) {
			fprintf(f, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			fputc(' ', f);
			at++;
		}
		fprintf(f, "%.*s", (int)len, text);
		at += len;
	}
	fputc('\n', f);
}
