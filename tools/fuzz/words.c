// SPDX-License-Identifier: GPL-2.0
/*
 * Words of the command line: rules and static mappings of the NAPT, ports. The first byte says which.
 */
#include "napt.h"
#include "run/run.h"
#include "fuzz/fuzz.h"

#include <stdio.h>

#define WORDS_MAX	256	/* more than a rule of the longest kind is printed with */

/* What is printed of a rule is read as the same again */
static void read_rule(int num, char **word)
{
	struct napt_rule rule, again;
	char error[NAPT_ERROR_LEN], *text = NULL;
	size_t size;
	FILE *f;

	napt_rule_default(&rule);
	if (napt_parse_rule(&rule, num, word, error) != NAPT_PARSED)
		return;
	f = open_memstream(&text, &size);
	FUZZ_HOLDS(f);
	napt_print_rule(f, &rule);
	FUZZ_HOLDS(!fclose(f));
	napt_rule_default(&again);
	num = fuzz_words(text, word, WORDS_MAX);
	FUZZ_HOLDS(napt_parse_rule(&again, num, word, error) == NAPT_PARSED);
	FUZZ_HOLDS(again.src == rule.src && again.num_ranges == rule.num_ranges && again.ports.last == rule.ports.last);
	free(text);
}

static void read_static(int num, char **word)
{
	struct napt_static fixed;
	char error[NAPT_ERROR_LEN];

	napt_parse_static(&fixed, num, word, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct run_config config;
	char *word[WORDS_MAX], *text;
	int num;

	if (!size)
		return 0;
	text = fuzz_text(data + 1, size - 1);
	if (*data % 3 == 0)
		run_ports_parse(&config, text);
	num = fuzz_words(text, word, WORDS_MAX);
	if (*data % 3 == 1)
		read_rule(num, word);
	else if (*data % 3 == 2)
		read_static(num, word);
	free(text);
	return 0;
}
