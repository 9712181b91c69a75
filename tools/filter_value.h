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

/* Of addresses two prefixes of each length at either side of IPv4's, and a port */
#define FILTER_VALUE_TESTS	(4 * 128 + 1)

/**
 * struct filter_value - what a comparison asks
 * @test: tests, without where they lead
 * @any: of the first of them, if there are any, one must hold
 * @num: how many there are, of which those behind @any must all hold; none: it holds in any case
 * @never: it never holds
 */
struct filter_value {
	struct filter_test test[FILTER_VALUE_TESTS];
	unsigned int any, num;
	bool never;
};

const char *filter_value_read(const struct field *field, enum filter_op op, const char *text,
			      struct filter_value *value);

/* filter_addr.c */
const char *filter_addr_read(struct filter_value *value, uint8_t field, enum filter_op op, const char *text);

#endif
