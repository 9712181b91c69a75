// SPDX-License-Identifier: GPL-2.0
/*
 * Which mappings and sessions are meant. Nothing here prints or exits.
 */
#include "napt_filter.h"
#include "parse.h"
#include "util.h"

#include <stdarg.h>
#include <string.h>

static bool __printf(2, 3) fail(char *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, NAPT_ERROR_LEN, format, args);
	va_end(args);
	return false;
}

static void present(struct napt_filter *f, int attr)
{
	f->present |= 1U << attr;
}

/**
 * napt_filter_has() - does it say something of this?
 * @f: filter
 * @attr: NARU_MAP_FILTER_*
 *
 * Return: whether it does.
 */
bool napt_filter_has(const struct napt_filter *f, int attr)
{
	return f->present & 1U << attr;
}

/**
 * napt_filter_set_static() - only static ones, or only the others
 * @f: filter
 * @fixed: static ones
 */
void napt_filter_set_static(struct napt_filter *f, bool fixed)
{
	f->fixed = fixed;
	present(f, NARU_MAP_FILTER_STATIC);
}

/* PREFIX[:PORT], or :PORT; @attr is its address, prefix and port stand behind */
static bool take_end(struct napt_filter *f, int attr, struct napt_filter_end *end,
		     const char *value, char *error)
{
	char prefix[NAPT_ADDR_LEN];
	const char *port;
	uint32_t n;

	if (!napt_split(value, prefix, sizeof(prefix), &port) || (!*prefix && !port))
		return fail(error, "not PREFIX[:PORT]: %s", value);
	if (*prefix && strcmp(prefix, "*")) {
		if (!napt_parse_prefix(prefix, &end->addr, &end->bits))
			return fail(error, "not a prefix: %s", value);
		present(f, attr);
		present(f, attr + 1);
	}
	if (!port || !strcmp(port, "*"))
		return true;
	if (!parse_u32(port, UINT16_MAX, &n))
		return fail(error, "not a port: %s", port);
	end->port = n;
	present(f, attr + 2);
	return true;
}

static bool take_proto(struct napt_filter *f, const char *value, char *error)
{
	if (!napt_parse_proto(value, &f->proto))
		return fail(error, "the protocol is tcp, udp, icmp, native or native-dgram, not %s",
			    value);
	present(f, NARU_MAP_FILTER_PROTO);
	return true;
}

static bool take_dev(struct napt_filter *f, const char *value, char *error)
{
	if (!napt_parse_dev(value, f->dev))
		return fail(error, "not the name of an interface: %s", value);
	present(f, NARU_MAP_FILTER_DEV);
	return true;
}

static bool take_id(struct napt_filter *f, const char *value, char *error)
{
	if (!parse_u32(value, UINT32_MAX, &f->id))
		return fail(error, "not a mapping's number: %s", value);
	present(f, NARU_MAP_FILTER_ID);
	return true;
}

/* Several states join */
static bool take_state(struct napt_filter *f, const char *value, char *error)
{
	uint8_t state;

	if (!napt_parse_word(napt_state_words, value, &state))
		return fail(error, "no such state: %s", value);
	f->states |= 1U << state;
	present(f, NARU_MAP_FILTER_STATES);
	return true;
}

enum key { PROTO, DEV, INSIDE, OUTSIDE, ID, REMOTE, STATE, KEYS };

static const char *const keys[KEYS] = {
	[PROTO] = "proto", [DEV] = "dev", [INSIDE] = "inside", [OUTSIDE] = "outside", [ID] = "id",
	[REMOTE] = "remote", [STATE] = "state",
};

static enum key find_key(const char *word, bool sessions)
{
	enum key i, num = sessions ? KEYS : REMOTE;

	for (i = 0; i < num; i++)
		if (!strcmp(keys[i], word))
			return i;
	return KEYS;
}

static bool take(struct napt_filter *f, enum key key, const char *value, char *error)
{
	switch (key) {
	case PROTO:
		return take_proto(f, value, error);
	case DEV:
		return take_dev(f, value, error);
	case INSIDE:
		return take_end(f, NARU_MAP_FILTER_INSIDE, &f->inside, value, error);
	case OUTSIDE:
		return take_end(f, NARU_MAP_FILTER_OUTSIDE, &f->outside, value, error);
	case REMOTE:
		return take_end(f, NARU_MAP_FILTER_REMOTE, &f->remote, value, error);
	case STATE:
		return take_state(f, value, error);
	default:
		return take_id(f, value, error);
	}
}

static bool is_kind(const char *word, bool sessions)
{
	return !strcmp(word, "static") || !strcmp(word, "dynamic") ||
	       (!sessions && !strcmp(word, "own"));
}

/* These stand alone */
static bool take_kind(struct napt_filter *f, const char *word, char *error)
{
	bool fixed = *word == 's', own = *word == 'o';

	if (own ? f->own : napt_filter_has(f, NARU_MAP_FILTER_STATIC) && f->fixed == fixed)
		return fail(error, "said twice: %s", word);
	if (!own && napt_filter_has(f, NARU_MAP_FILTER_STATIC))
		return fail(error, "no mapping is both static and dynamic");
	if (own)
		f->own = true;
	else
		napt_filter_set_static(f, fixed);
	return true;
}

/* A key and its value. @seen: bit mask of the keys before; states alone may be several */
static bool take_pair(struct napt_filter *f, enum key key, int argc, char **argv, uint32_t *seen,
		      char *error)
{
	if (key == KEYS)
		return fail(error, "not a word of a filter: %s", *argv);
	if (argc == 1)
		return fail(error, "a value is missing after: %s", *argv);
	if (key != STATE && *seen & 1U << key)
		return fail(error, "said twice: %s", *argv);
	*seen |= 1U << key;
	return take(f, key, argv[1], error);
}

/**
 * napt_filter_parse() - read a filter's words
 * @f: filled
 * @sessions: remote and state may be said
 * @argc: how many words
 * @argv: FILTER, with or without `and` between
 * @error: filled when a word is wrong, NAPT_ERROR_LEN bytes
 *
 * Return: whether all words make sense.
 */
bool napt_filter_parse(struct napt_filter *f, bool sessions, int argc, char **argv, char *error)
{
	uint32_t seen = 0;

	memset(f, 0, sizeof(*f));
	for (; argc; argc--, argv++) {
		if (!strcmp(*argv, "and") && argc > 1)
			continue;
		if (is_kind(*argv, sessions)) {
			if (!take_kind(f, *argv, error))
				return false;
			continue;
		}
		if (!take_pair(f, find_key(*argv, sessions), argc, argv, &seen, error))
			return false;
		argc--;
		argv++;
	}
	return true;
}
