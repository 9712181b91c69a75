/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a filter's words compare with.
 */
#ifndef NARU_TOOLS_FILTER_VALUE_H
#define NARU_TOOLS_FILTER_VALUE_H

#include "field.h"
#include "filter.h"

/* How */
enum filter_op { FILTER_EQ, FILTER_NE, FILTER_LT, FILTER_LE, FILTER_GT, FILTER_GE };

#define FILTER_VALUE_TESTS	2

/**
 * struct filter_value - what a comparison asks
 * @test: tests that must all hold, without where they lead
 * @num: how many; none: it holds in any case
 * @never: it never holds
 */
struct filter_value {
	struct filter_test test[FILTER_VALUE_TESTS];
	unsigned int num;
	bool never;
};

const char *filter_value_read(const struct field *field, enum filter_op op, const char *text,
			      struct filter_value *value);

#endif
