// SPDX-License-Identifier: GPL-2.0
/*
 * The filters of naru sock: what parses is a program whose tests lead forwards, and what does not has its error under the
 * line.
 */
#include "filter.h"
#include "fuzz/fuzz.h"

#include <linux/naru_genl.h>

#define WORDS_MAX	64

static void leads_on(unsigned int from, unsigned int to, unsigned int num)
{
	FUZZ_HOLDS(to == NARU_TEST_TAKE || to == NARU_TEST_LEAVE || (to > from && to < num));
}

static void is_program(const struct filter *f)
{
	struct filter_subject s = { .state = 1, .wire = 6, .family = AF_INET };
	unsigned int i;

	FUZZ_HOLDS(f->num <= NARU_PROGRAM_TESTS);
	for (i = 0; i < f->num; i++) {
		FUZZ_HOLDS(f->test[i].field && f->test[i].field < NARU_FIELD_COUNT);
		leads_on(i, f->test[i].yes, f->num);
		leads_on(i, f->test[i].no, f->num);
	}
	if (!filter_not_of_events(f))
		filter_match(f, &s);
}

/* Why, the line, and a caret at a place that the line has, or one behind it */
static void has_place(const char *error)
{
	const char *line = strchr(error, '\n'), *caret = line ? strchr(line + 1, '\n') : NULL;

	FUZZ_HOLDS(*error && caret && !strchr(caret + 1, '\n'));
	FUZZ_HOLDS(strspn(caret + 1, " ") + 1 == strlen(caret + 1));
	FUZZ_HOLDS(caret[strlen(caret) - 1] == '^');
	FUZZ_HOLDS(strlen(caret) <= (size_t)(caret - line) + 1);
}

/* The first byte says whether it is one argument, or one for each word; and how little room the complaint has */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct filter f = { .present = 0 };
	char *word[WORDS_MAX], *text, error[FILTER_ERROR];
	int num = 1;

	if (!size)
		return 0;
	text = fuzz_text(data + 1, size - 1);
	*word = text;
	if (*data & 1)
		num = fuzz_words(text, word, WORDS_MAX);
	if (filter_parse(&f, num, word, error, *data & 2 ? 8 : sizeof(error)))
		is_program(&f);
	else if (!(*data & 2))
		has_place(error);
	filter_free(&f);
	free(text);
	return 0;
}
