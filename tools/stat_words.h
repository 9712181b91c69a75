/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is said of counters besides what the module says.
 */
#ifndef NARU_TOOLS_STAT_WORDS_H
#define NARU_TOOLS_STAT_WORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct stat_word - what is known of a counter
 * @name: as the module has it
 * @rfc: where it comes from, "" where it is Linux's or naru's own
 * @advice: what a person does about it, "" where it is no fault
 */
struct stat_word {
	const char *name, *rfc, *advice;
};

const struct stat_word *stat_word(const char *name);
void stat_metric_name(const char *name, char *text, size_t size);
void stat_prometheus_head(FILE *f, const char *metric, const char *help);
void stat_prometheus(FILE *f, const char *name, uint64_t value, bool drop, const char *help);

#endif
