// SPDX-License-Identifier: GPL-2.0
/*
 * naru stat --explain and --prometheus: every counter of the module has its words, and names that Prometheus takes.
 */
#include <stdlib.h>
#include "unit.h"
#include "../../tools/stat_words.h"

static const struct {
	const char *name, *help, *core;
} counters[] = {
#define NARU_COUNTER(_name, _help) { .name = #_name, .help = _help },
#define NARU_DROP(_name, _core, _help) { .name = "DROP_" #_name, .help = _help, .core = #_core },
#include "../../kmod/drop_list.h"
};

TEST(stat_words__every_counter_has_them)
{
	for (u32 i = 0; i < ARRAY_SIZE(counters); i++) {
		const struct stat_word *word = stat_word(counters[i].name);

		if (!word)
			fprintf(stderr, "# no words for %s\n", counters[i].name);
		ASSERT_TRUE(word && *counters[i].help);
		ASSERT_EQ(!counters[i].core, strncmp(counters[i].name, "DROP_", 5) != 0);
		ASSERT_TRUE(!*word->rfc || !strncmp(word->rfc, "RFC ", 4));
	}
	ASSERT_FALSE(stat_word("NONSENSE"));
}

static bool is_counter(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(counters); i++)
		if (!strcmp(counters[i].name, name))
			return true;
	return false;
}

/* The other way round: each line of the table is of a counter that there is */
TEST(stat_words__of_nothing_else)
{
	char line[512], name[64];
	u32 num = 0;
	FILE *f = fopen("../../tools/stat_words.c", "r");

	ASSERT_TRUE(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " { \"%63[A-Z0-9_]\"", name) != 1)
			continue;
		ASSERT_TRUE(is_counter(name));
		num++;
	}
	fclose(f);
	ASSERT_EQ(ARRAY_SIZE(counters), num);
}

static char *printed;

static FILE *print(void)
{
	static size_t size;

	return open_memstream(&printed, &size);
}

TEST(stat_prometheus__lines)
{
	FILE *f = print();

	stat_prometheus(f, "IN_SEGS", 18446744073709551615ULL, false, "a \\ and\na line");
	stat_prometheus(f, "DROP_BAD_CSUM", 3, true, "not said");
	fclose(f);
	ASSERT_STREQ(printed, "# HELP naru_in_segs_total a \\\\ and\\na line\n# TYPE naru_in_segs_total counter\n"
		     "naru_in_segs_total 18446744073709551615\n"
		     "naru_dropped_packets_total{reason=\"BAD_CSUM\"} 3\n");
	free(printed);
}

TEST(stat_metric_name__no_two_are_the_same)
{
	char a[128], b[128];

	for (u32 i = 0; i < ARRAY_SIZE(counters); i++) {
		stat_metric_name(counters[i].name, a, sizeof(a));
		ASSERT_EQ(strlen(a), strspn(a, "abcdefghijklmnopqrstuvwxyz0123456789_"));
		for (u32 j = 0; j < i; j++) {
			stat_metric_name(counters[j].name, b, sizeof(b));
			ASSERT_NE(0, strcmp(a, b));
		}
	}
}
