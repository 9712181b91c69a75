// SPDX-License-Identifier: GPL-2.0
/*
 * Which sockets are meant.
 */
#include "filter.h"
#include "parse.h"
#include "util.h"

#include <stdio.h>
#include <string.h>
#include <linux/naru_genl.h>

/* The words that are left to read, and where to complain */
struct words {
	int num;
	char **word;
	char *error;
	size_t size;
};

static void present(struct filter *f, int attr)
{
	f->present |= 1U << attr;
}

/**
 * filter_has() - does it say something of this?
 * @f: filter
 * @attr: NARU_FILTER_*
 *
 * Return: whether it does.
 */
bool filter_has(const struct filter *f, int attr)
{
	return f->present & 1U << attr;
}

/**
 * filter_set_states() - only these states
 * @f: filter
 * @states: bit mask of 1 << state
 */
void filter_set_states(struct filter *f, uint32_t states)
{
	f->states = states;
	present(f, NARU_FILTER_STATES);
}

/**
 * filter_set_family() - only this family
 * @f: filter
 * @family: AF_INET or AF_INET6
 */
void filter_set_family(struct filter *f, uint8_t family)
{
	f->family = family;
	present(f, NARU_FILTER_FAMILY);
}

/**
 * filter_set_kind() - only this kind
 * @f: filter
 * @kind: enum naru_genl_kind
 */
void filter_set_kind(struct filter *f, uint8_t kind)
{
	f->kind = kind;
	present(f, NARU_FILTER_KIND);
}

/**
 * filter_set_type() - streams or datagrams alone
 * @f: filter
 * @type: SOCK_STREAM or SOCK_DGRAM
 */
void filter_set_type(struct filter *f, uint8_t type)
{
	f->type = type;
	present(f, NARU_FILTER_TYPE);
}

/**
 * filter_set_id() - only this one
 * @f: filter
 * @id: number of the socket
 */
void filter_set_id(struct filter *f, uint32_t id)
{
	f->id = id;
	present(f, NARU_FILTER_ID);
}

static bool fail(struct words *w, const char *why, const char *word)
{
	snprintf(w->error, w->size, "%s: %s", why, word);
	return false;
}

static const char *next(struct words *w)
{
	w->num--;
	return *w->word++;
}

/* `state` words join, `exclude` takes away */
static bool take_state(struct filter *f, const char *value, bool exclude, struct words *w)
{
	uint32_t states, have = exclude ? NARU_STATES_ALL : 0;

	if (!parse_state(value, &states))
		return fail(w, "no such state", value);
	if (filter_has(f, NARU_FILTER_STATES))
		have = f->states;
	filter_set_states(f, exclude ? have & ~states : have | states);
	return true;
}

static bool take_port(struct filter *f, int attr, uint16_t *port, const char *value,
		      struct words *w)
{
	if (!parse_port(value, port))
		return fail(w, "not a port", value);
	present(f, attr);
	return true;
}

/* One end of a connection: its fields in the filter, and what says that they count */
struct end {
	int addr_attr, prefix_attr, port_attr;
	struct in6_addr *addr;
	uint8_t *prefix;
	uint16_t *port;
};

/* What is empty or * may be anything */
static bool is_any(const char *text)
{
	return !*text || !strcmp(text, "*");
}

static bool take_end(struct filter *f, const struct end *end, const char *value, struct words *w)
{
	char addr[PARSE_PREFIX_LEN], port[PARSE_PORT_LEN];

	if (!*value || !parse_split(value, addr, port))
		return fail(w, "not an address", value);
	if (!is_any(addr)) {
		if (!parse_prefix(addr, end->addr, end->prefix))
			return fail(w, "not an address", value);
		present(f, end->addr_attr);
		present(f, end->prefix_attr);
	}
	if (!is_any(port))
		return take_port(f, end->port_attr, end->port, port, w);
	return true;
}

static bool take_src(struct filter *f, const char *value, struct words *w)
{
	const struct end end = {
		NARU_FILTER_LADDR, NARU_FILTER_LPREFIX, NARU_FILTER_LPORT,
		&f->laddr, &f->lprefix, &f->lport
	};

	return take_end(f, &end, value, w);
}

static bool take_dst(struct filter *f, const char *value, struct words *w)
{
	const struct end end = {
		NARU_FILTER_RADDR, NARU_FILTER_RPREFIX, NARU_FILTER_RPORT,
		&f->raddr, &f->rprefix, &f->rport
	};

	return take_end(f, &end, value, w);
}

static bool take_wire(struct filter *f, const char *value, struct words *w)
{
	if (!parse_wire(value, &f->wire))
		return fail(w, "the wire mode is inet or native, not", value);
	present(f, NARU_FILTER_WIRE);
	return true;
}

static bool take_id(struct filter *f, const char *value, struct words *w)
{
	uint32_t id;

	if (!parse_u32(value, UINT32_MAX, &id))
		return fail(w, "not a socket's number", value);
	filter_set_id(f, id);
	return true;
}

static bool take(struct filter *f, const char *key, const char *value, struct words *w)
{
	if (!strcmp(key, "state") || !strcmp(key, "exclude"))
		return take_state(f, value, *key == 'e', w);
	if (!strcmp(key, "sport"))
		return take_port(f, NARU_FILTER_LPORT, &f->lport, value, w);
	if (!strcmp(key, "dport"))
		return take_port(f, NARU_FILTER_RPORT, &f->rport, value, w);
	if (!strcmp(key, "src"))
		return take_src(f, value, w);
	if (!strcmp(key, "dst"))
		return take_dst(f, value, w);
	if (!strcmp(key, "wire"))
		return take_wire(f, value, w);
	return take_id(f, value, w);
}

static bool is_key(const char *word)
{
	static const char *const keys[] = { "state", "exclude", "sport", "dport", "src", "dst",
					    "wire", "id" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(word, keys[i]))
			return true;
	return false;
}

/**
 * filter_parse() - read a filter's words
 * @f: filter, zeroed or set before; the words add to it
 * @argc: how many words
 * @argv: words: state NAME, exclude NAME, sport [=] PORT, dport [=] PORT, src and dst
 *	[ADDRESS[/BITS]][:PORT], wire inet|native, id NUMBER, with or without `and` between
 * @error: filled when a word is wrong
 * @size: bytes of @error
 *
 * Return: whether all words make sense.
 */
bool filter_parse(struct filter *f, int argc, char **argv, char *error, size_t size)
{
	struct words w = { argc, argv, error, size };

	while (w.num) {
		const char *key = next(&w);

		if (!strcmp(key, "and") && w.num)
			continue;
		if (!is_key(key))
			return fail(&w, "not a word of a filter", key);
		if (w.num && (!strcmp(*w.word, "=") || !strcmp(*w.word, "==")))
			next(&w);
		if (!w.num)
			return fail(&w, "a value is missing after", key);
		if (!take(f, key, next(&w), &w))
			return false;
	}
	return true;
}

static bool prefix_match(const struct in6_addr *a, const struct in6_addr *b, unsigned int bits)
{
	unsigned int rest = bits % 8;

	if (memcmp(a, b, bits / 8))
		return false;
	return !rest || !((a->s6_addr[bits / 8] ^ b->s6_addr[bits / 8]) >> (8 - rest));
}

static bool match_addresses(const struct filter *f, const struct filter_subject *s)
{
	if (filter_has(f, NARU_FILTER_LADDR) && !prefix_match(&f->laddr, &s->laddr, f->lprefix))
		return false;
	if (filter_has(f, NARU_FILTER_RADDR) && !prefix_match(&f->raddr, &s->raddr, f->rprefix))
		return false;
	if (filter_has(f, NARU_FILTER_LPORT) && f->lport != s->lport)
		return false;
	return !filter_has(f, NARU_FILTER_RPORT) || f->rport == s->rport;
}

/**
 * filter_match() - does it hold? For events, which the kernel does not filter
 * @f: filter
 * @s: what is looked at
 *
 * Return: whether everything the filter says is so.
 */
bool filter_match(const struct filter *f, const struct filter_subject *s)
{
	if (filter_has(f, NARU_FILTER_STATES) && !(f->states & 1U << s->state))
		return false;
	if (filter_has(f, NARU_FILTER_WIRE) && f->wire != parse_wire_mode(s->wire))
		return false;
	if (filter_has(f, NARU_FILTER_TYPE) && f->type != parse_wire_type(s->wire))
		return false;
	if (filter_has(f, NARU_FILTER_FAMILY) && f->family != s->family)
		return false;
	if (filter_has(f, NARU_FILTER_ID) && f->id != s->id)
		return false;
	if (filter_has(f, NARU_FILTER_KIND) && f->kind != s->kind)
		return false;
	return match_addresses(f, s);
}
