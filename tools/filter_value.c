// SPDX-License-Identifier: GPL-2.0
/*
 * What a filter's words compare with: numbers with units, ports, addresses, names of users and of interfaces.
 */
#include "filter_value.h"
#include "parse.h"
#include "util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <linux/naru_genl.h>

#define CGROUPS	"/sys/fs/cgroup"

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit units_us[] = { { "us", 1 }, { "ms", 1000 }, { "s", 1000000 }, { NULL, 0 } };
static const struct unit units_ms[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { NULL, 0 } };
static const struct unit units_bytes[] = {
	{ "k", 1 << 10 }, { "K", 1 << 10 }, { "m", 1 << 20 }, { "M", 1 << 20 }, { "g", 1 << 30 }, { "G", 1 << 30 },
	{ NULL, 0 }
};
static const struct unit no_units[] = { { NULL, 0 } };

static const struct unit *units_of(const struct field *field)
{
	switch (field->kind) {
	case FIELD_US:
		return units_us;
	case FIELD_MS:
		return units_ms;
	case FIELD_BYTES:
		return units_bytes;
	default:
		return no_units;
	}
}

/* The unit behind a number; 0: no such unit */
static uint64_t factor_of(const struct unit *unit, const char *text)
{
	if (!*text)
		return 1;
	for (; unit->name; unit++)
		if (!strcmp(unit->name, text))
			return unit->factor;
	return 0;
}

/* As /etc/services has it */
static bool read_service(const char *text, uint64_t *port)
{
	const struct servent *s = getservbyname(text, NULL);

	if (s)
		*port = ntohs(s->s_port);
	return s;
}

/* Digits, and a unit of the field; a port may be a name */
static bool read_number(const struct field *field, const char *text, uint64_t *n)
{
	unsigned long long value;
	uint64_t factor;
	char *end;

	text += field->kind == FIELD_PORT && *text == ':';
	if (*text < '0' || *text > '9')
		return field->kind == FIELD_PORT && read_service(text, n);
	errno = 0;
	value = strtoull(text, &end, 10);
	factor = factor_of(units_of(field), end);
	if (errno || !factor || value > UINT64_MAX / factor || (field->kind == FIELD_PORT && value > UINT16_MAX))
		return false;
	*n = value * factor;
	return true;
}

static const char *not_of(const struct field *field)
{
	return field->kind == FIELD_PORT ? "not a port" : "not a number, a range of them, or a unit unknown here";
}

/* A-B */
static const char *read_range(const struct field *field, const char *text, struct filter_test *t)
{
	const char *dash = strchr(text, '-');
	char first[24];
	int len = dash ? dash - text : 0;

	if (!len || len >= (int)sizeof(first))
		return not_of(field);
	snprintf(first, sizeof(first), "%.*s", len, text);
	if (!read_number(field, first, &t->min) || !read_number(field, dash + 1, &t->max))
		return not_of(field);
	return t->min > t->max ? "the range ends before it begins" : NULL;
}

static void compare(struct filter_value *value, uint64_t n, enum filter_op op)
{
	struct filter_test *t = &value->test[0];

	t->min = op == FILTER_GT ? n + 1 : n;
	t->max = op == FILTER_LT ? n - 1 : n;
	if (op == FILTER_LT || op == FILTER_LE)
		t->min = 0;
	if (op == FILTER_GT || op == FILTER_GE)
		t->max = UINT64_MAX;
	value->never = (op == FILTER_LT && !n) || (op == FILTER_GT && n == UINT64_MAX);
}

static bool is_equality(enum filter_op op)
{
	return op == FILTER_EQ || op == FILTER_NE;
}

static const char *read_figure(const struct field *field, enum filter_op op, const char *text,
			       struct filter_value *value)
{
	const char *why;
	uint64_t n;

	if (read_number(field, text, &n)) {
		compare(value, n, op);
		return NULL;
	}
	why = read_range(field, text, &value->test[0]);
	return why || is_equality(op) ? why : "a range is = or !=";
}

/* What is empty or * may be anything */
static bool is_any(const char *text)
{
	return !*text || !strcmp(text, "*");
}

/* The port of an address, or a range of them */
static const char *read_end_port(const char *text, struct filter_test *t)
{
	static const struct field port = { .kind = FIELD_PORT };

	if (!read_number(&port, text, &t->min))
		return read_range(&port, text, t);
	t->max = t->min;
	return NULL;
}

static const char *read_end(const struct field *field, enum filter_op op, const char *text, struct filter_value *value)
{
	char addr[PARSE_RANGE_LEN], port[PARSE_PORTS_LEN];
	const char *why = NULL;
	struct filter_test *t;

	value->num = 0;
	if (!*text || !parse_split(text, addr, port))
		return "not an address";
	if (!is_equality(op) && !is_any(port))
		return "an address with a port is = or !=";
	if (!is_equality(op) || !is_any(addr))
		why = filter_addr_read(value, field->number, op, addr);
	if (why || is_any(port))
		return why;
	t = &value->test[value->num++];
	t->field = field->number == NARU_FIELD_LADDR ? NARU_FIELD_LPORT : NARU_FIELD_RPORT;
	return read_end_port(port, t);
}

static const char *read_text(const char *text, struct filter_value *value)
{
	if (strlen(text) > NARU_TEST_TEXT_MAX)
		return "longer than such a name can be";
	memset(value->test[0].text, 0, sizeof(value->test[0].text));
	memcpy(value->test[0].text, text, strlen(text));
	return NULL;
}

static const char *read_user(const char *text, struct filter_value *value, enum filter_op op)
{
	const struct passwd *user = getpwnam(text);

	if (!user)
		return "no such user";
	compare(value, user->pw_uid, op);
	return NULL;
}

static const char *read_device(const char *text, struct filter_value *value)
{
	unsigned int index = if_nametoindex(text);

	if (!index)
		return "no such interface";
	compare(value, index, FILTER_EQ);
	return NULL;
}

/* Its number is the inode of its directory */
static const char *read_cgroup(const char *text, struct filter_value *value)
{
	char path[PATH_MAX];
	struct stat st;

	if (snprintf(path, sizeof(path), CGROUPS "/%s", text) >= (int)sizeof(path) || stat(path, &st) ||
	    !S_ISDIR(st.st_mode))
		return "no such control group in " CGROUPS;
	compare(value, st.st_ino, FILTER_EQ);
	return NULL;
}

struct word {
	const char *text;
	uint64_t n;
};

static const char *read_word(const struct word *word, const char *text, struct filter_value *value, const char *error)
{
	for (; word->text; word++) {
		if (strcmp(word->text, text))
			continue;
		compare(value, word->n, FILTER_EQ);
		return NULL;
	}
	return error;
}

static const char *read_named(const struct field *field, const char *text, struct filter_value *value)
{
	static const struct word types[] = {
		{ "stream", SOCK_STREAM }, { "dgram", SOCK_DGRAM }, { NULL, 0 }
	};
	static const struct word families[] = { { "4", AF_INET }, { "6", AF_INET6 }, { NULL, 0 } };
	uint8_t wire;

	switch (field->kind) {
	case FIELD_STATE:
		return parse_state(text, &value->test[0].states) ? NULL : "no such state";
	case FIELD_WIRE:
		if (!parse_wire(text, &wire))
			return "the wire mode is inet or native";
		compare(value, wire, FILTER_EQ);
		return NULL;
	case FIELD_TYPE:
		return read_word(types, text, value, "the type is stream or dgram");
	case FIELD_FAMILY:
		return read_word(families, text, value, "the family is 4 or 6");
	case FIELD_DEV:
		return read_device(text, value);
	case FIELD_CGROUP:
		return read_cgroup(text, value);
	default:
		return read_text(text, value);
	}
}

static bool is_figure(const struct field *field, const char *text)
{
	if (field->kind == FIELD_UID)
		return *text >= '0' && *text <= '9';
	return field->kind <= FIELD_PORT;
}

/**
 * filter_value_read() - what is compared with
 * @field: field
 * @op: how it is compared; who calls turns the answer round for FILTER_NE
 * @text: what with
 * @value: filled
 *
 * Return: NULL, or what is wrong.
 */
const char *filter_value_read(const struct field *field, enum filter_op op, const char *text,
			      struct filter_value *value)
{
	memset(value, 0, sizeof(*value));
	value->num = 1;
	value->test[0].field = field->number;
	if (is_figure(field, text))
		return read_figure(field, op, text, value);
	if (field->kind == FIELD_UID)
		return read_user(text, value, op);
	if (field->kind == FIELD_ADDR)
		return read_end(field, op, text, value);
	if (!is_equality(op))
		return "this is = or !=, not more or less";
	return read_named(field, text, value);
}
