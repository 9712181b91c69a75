/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What fuzzers share. Each file here is one, for libFuzzer, linked with all of naru's own objects; `make fuzz` runs them.
 */
#ifndef NARU_TOOLS_FUZZ_H
#define NARU_TOOLS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold */
#define FUZZ_HOLDS(condition)	do { if (!(condition)) abort(); } while (0)

/* A copy that ends with a zero, for free(): what is read beyond it is found */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	FUZZ_HOLDS(text);
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* The words of a text, in place. Return: how many, at most @max */
static inline int fuzz_words(char *text, char **word, int max)
{
	int num = 0;

	while (num < max && (word[num] = strsep(&text, "\n ")))
		num += *word[num] != '\0';
	return num;
}

#endif
