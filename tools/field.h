/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What sockets are told apart, sorted and grouped by: names of enum naru_genl_field.
 */
#ifndef NARU_TOOLS_FIELD_H
#define NARU_TOOLS_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is in a field, and what people write for it */
enum field_kind {
	FIELD_NUMBER,
	FIELD_BYTES,	/* 10k, 2M */
	FIELD_US,	/* 30ms, in microseconds */
	FIELD_MS,	/* 10s, in milliseconds */
	FIELD_PORT,
	FIELD_STATE,
	FIELD_WIRE,
	FIELD_TYPE,
	FIELD_FAMILY,
	FIELD_ADDR,
	FIELD_DEV,
	FIELD_UID,
	FIELD_CGROUP,
	FIELD_TEXT,
};

/**
 * struct field - a field
 * @name: as it is typed and printed
 * @number: enum naru_genl_field
 * @kind: what is in it
 */
struct field {
	const char *name;
	uint8_t number;
	enum field_kind kind;
};

const struct field *field_find(const char *name);
const struct field *field_at(size_t i);
const char *field_name(unsigned int number);
bool field_sums(const struct field *by);

#endif
