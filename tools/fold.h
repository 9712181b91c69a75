/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sentences in lines of a terminal.
 */
#ifndef FOLD_H
#define FOLD_H

#include <stdio.h>

void fold_text(FILE *f, const char *text, unsigned int indent, unsigned int width);

#endif
