// SPDX-License-Identifier: GPL-2.0
/*
 * Which sockets are meant.
 */
#include "field.h"
#include "filter.h"
#include "parse.h"

#include <stdlib.h>
#include <string.h>
#include <linux/naru_genl.h>

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
 * filter_set_families() - these families; both, or none, are all there are
 * @f: filter
 * @v4: IPv4
 * @v6: IPv6
 */
void filter_set_families(struct filter *f, bool v4, bool v6)
{
	if (v4 == v6)
		return;
	f->family = v4 ? AF_INET : AF_INET6;
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

/**
 * filter_is_empty() - does everything pass?
 * @f: filter
 */
bool filter_is_empty(const struct filter *f)
{
	return !f->present && !f->num;
}

/**
 * filter_free() - give memory back
 * @f: filter; nothing is left of it
 */
void filter_free(struct filter *f)
{
	free(f->test);
	memset(f, 0, sizeof(*f));
}

static bool prefix_match(const struct in6_addr *a, const struct in6_addr *b, unsigned int bits)
{
	unsigned int rest = bits % 8;

	if (memcmp(a, b, bits / 8))
		return false;
	return !rest || !((a->s6_addr[bits / 8] ^ b->s6_addr[bits / 8]) >> (8 - rest));
}

static bool number_of(const struct filter_subject *s, unsigned int field, uint64_t *n)
{
	switch (field) {
	case NARU_FIELD_ID:
		*n = s->id;
		return true;
	case NARU_FIELD_WIRE:
		*n = parse_wire_mode(s->wire);
		return true;
	case NARU_FIELD_TYPE:
		*n = parse_wire_type(s->wire);
		return true;
	case NARU_FIELD_FAMILY:
		*n = s->family;
		return true;
	case NARU_FIELD_LPORT:
		*n = s->lport;
		return true;
	case NARU_FIELD_RPORT:
		*n = s->rport;
		return true;
	default:
		return false;
	}
}

static bool holds(const struct filter_test *t, const struct filter_subject *s)
{
	uint64_t n;

	switch (t->field) {
	case NARU_FIELD_STATE:
		return t->states & 1U << s->state;
	case NARU_FIELD_LADDR:
		return prefix_match(&t->addr, &s->laddr, t->prefix);
	case NARU_FIELD_RADDR:
		return prefix_match(&t->addr, &s->raddr, t->prefix);
	default:
		return number_of(s, t->field, &n) && n >= t->min && n <= t->max;
	}
}

static bool run(const struct filter *f, const struct filter_subject *s)
{
	unsigned int at = f->num ? 0 : NARU_TEST_TAKE;

	while (at < f->num)
		at = holds(&f->test[at], s) ? f->test[at].yes : f->test[at].no;
	return at == NARU_TEST_TAKE;
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
	if (filter_has(f, NARU_FILTER_TYPE) && f->type != parse_wire_type(s->wire))
		return false;
	if (filter_has(f, NARU_FILTER_FAMILY) && f->family != s->family)
		return false;
	if (filter_has(f, NARU_FILTER_ID) && f->id != s->id)
		return false;
	if (filter_has(f, NARU_FILTER_KIND) && f->kind != s->kind)
		return false;
	return run(f, s);
}

/**
 * filter_not_of_events() - does it ask for what events do not tell?
 * @f: filter
 *
 * Return: the name of the first such field, NULL: no.
 */
const char *filter_not_of_events(const struct filter *f)
{
	struct filter_subject s = { .id = 0 };
	unsigned int i;
	uint64_t n;

	for (i = 0; i < f->num; i++)
		if (f->test[i].field != NARU_FIELD_STATE && f->test[i].field != NARU_FIELD_LADDR &&
		    f->test[i].field != NARU_FIELD_RADDR && !number_of(&s, f->test[i].field, &n))
			return field_name(f->test[i].field);
	return NULL;
}
