// SPDX-License-Identifier: GPL-2.0
/*
 * Which sockets a program of tests wants. Pure.
 */
#include "query.h"

/**
 * naru_query_kind_of - what is in a field
 * @field: any number
 *
 * Return: NARU_QUERY_NONE for what is no field of a socket.
 */
enum naru_query_kind naru_query_kind_of(unsigned int field)
{
	switch (field) {
	case NARU_FIELD_STATE:
		return NARU_QUERY_STATE;
	case NARU_FIELD_LADDR:
	case NARU_FIELD_RADDR:
		return NARU_QUERY_ADDR;
	case NARU_FIELD_COMM:
	case NARU_FIELD_CONG:
		return NARU_QUERY_TEXTUAL;
	case NARU_FIELD_UNSPEC:
	case NARU_FIELD_COUNT:
		return NARU_QUERY_NONE;
	default:
		return field <= NARU_FIELD_MAX ? NARU_QUERY_NUMBER : NARU_QUERY_NONE;
	}
}

static bool leads_on(unsigned int to, unsigned int from, unsigned int num)
{
	return to == NARU_TEST_TAKE || to == NARU_TEST_LEAVE || (to > from && to < num);
}

static bool is_sane(const struct naru_query_test *t)
{
	switch (naru_query_kind_of(t->field)) {
	case NARU_QUERY_NUMBER:
	case NARU_QUERY_STATE:
		return true;
	case NARU_QUERY_ADDR:
		return t->prefix <= 128;
	case NARU_QUERY_TEXTUAL:
		return memchr(t->text, 0, sizeof(t->text));
	default:
		return false;
	}
}

/**
 * naru_query_check - is it a program?
 * @test: tests, any bytes
 * @num: how many
 *
 * One that is ends whatever it is run on, after @num tests at most.
 *
 * Return: -1: it is; else the number of the first test that is wrong, @num where there are none or too many.
 */
int naru_query_check(const struct naru_query_test *test, unsigned int num)
{
	unsigned int i;

	if (!num || num > NARU_PROGRAM_TESTS)
		return num;
	for (i = 0; i < num; i++)
		if (!is_sane(&test[i]) || !leads_on(test[i].yes, i, num) || !leads_on(test[i].no, i, num))
			return i;
	return -1;
}

/**
 * naru_query_needs - what a program asks for
 * @test: its tests, checked
 * @num: how many
 *
 * Return: bit mask, 1 << field.
 */
u64 naru_query_needs(const struct naru_query_test *test, unsigned int num)
{
	u64 needs = 0;
	unsigned int i;

	for (i = 0; i < num; i++)
		needs |= 1ULL << test[i].field;
	return needs;
}

static bool prefix_equal(const u8 *a, const u8 *b, unsigned int bits)
{
	unsigned int rest = bits % 8;

	if (memcmp(a, b, bits / 8))
		return false;
	return !rest || !((a[bits / 8] ^ b[bits / 8]) >> (8 - rest));
}

static bool owned(const struct naru_query_test *t, const struct naru_query_subject *s)
{
	const struct naru_query_owner *o;

	for (o = s->owner; o; o = o->other) {
		if (t->field == NARU_FIELD_PID ? o->proc->pid >= t->min && o->proc->pid <= t->max :
						 !strcmp(o->proc->comm, t->text))
			return true;
	}
	return false;
}

static bool holds(const struct naru_query_test *t, const struct naru_query_subject *s)
{
	if (t->field == NARU_FIELD_PID || t->field == NARU_FIELD_COMM)
		return owned(t, s);
	if (!(s->present & 1ULL << t->field))
		return false;
	switch (t->field) {
	case NARU_FIELD_STATE:
		return s->number[t->field] < 32 && t->states & 1U << s->number[t->field];
	case NARU_FIELD_LADDR:
		return prefix_equal(s->laddr, t->addr, t->prefix);
	case NARU_FIELD_RADDR:
		return prefix_equal(s->raddr, t->addr, t->prefix);
	case NARU_FIELD_CONG:
		return !strcmp(s->cong, t->text);
	default:
		return s->number[t->field] >= t->min && s->number[t->field] <= t->max;
	}
}

/**
 * naru_query_run - is it wanted?
 * @test: tests, checked
 * @num: how many; none: everything is
 * @s: what is looked at, with what naru_query_needs() says as far as it has it
 */
bool naru_query_run(const struct naru_query_test *test, unsigned int num, const struct naru_query_subject *s)
{
	unsigned int at = num ? 0 : NARU_TEST_TAKE;

	while (at < num)
		at = holds(&test[at], s) ? test[at].yes : test[at].no;
	return at == NARU_TEST_TAKE;
}

/**
 * naru_query_owner_first - the process that a socket is sorted and grouped by
 * @owner: descriptors, of each process the lowest first, or NULL
 *
 * Return: the one with the lowest number, and of its descriptors the lowest; NULL: there is none.
 */
const struct naru_query_owner *naru_query_owner_first(const struct naru_query_owner *owner)
{
	const struct naru_query_owner *first = NULL;

	for (; owner; owner = owner->other) {
		if (!first || owner->proc->pid < first->proc->pid ||
		    (owner->proc->pid == first->proc->pid && owner->fd < first->fd))
			first = owner;
	}
	return first;
}

static u64 eight_bytes(const u8 *bytes)
{
	u64 n = 0;
	int i;

	for (i = 0; i < 8; i++)
		n = n << 8 | bytes[i];
	return n;
}

static void key_of_bytes(const void *bytes, struct naru_query_key *key)
{
	key->hi = eight_bytes(bytes);
	key->lo = eight_bytes((const u8 *)bytes + 8);
}

/* What is behind the end of a text does not count */
static void key_of_text(const char *text, struct naru_query_key *key)
{
	char bytes[NARU_QUERY_TEXT] = "";
	unsigned int i;

	for (i = 0; i < sizeof(bytes) - 1 && text[i]; i++)
		bytes[i] = text[i];
	key_of_bytes(bytes, key);
}

static void key_of_owner(const struct naru_query_subject *s, unsigned int field, struct naru_query_key *key)
{
	const struct naru_query_owner *o = naru_query_owner_first(s->owner);

	key->has = o;
	if (o && field == NARU_FIELD_PID)
		key->lo = o->proc->pid;
	else if (o)
		key_of_text(o->proc->comm, key);
}

/**
 * naru_query_key_of - a field's value
 * @s: what has it
 * @field: of a socket
 * @key: filled; equal where the values are, and greater where they are, addresses and texts byte by byte
 */
void naru_query_key_of(const struct naru_query_subject *s, unsigned int field, struct naru_query_key *key)
{
	*key = (struct naru_query_key){ .has = s->present & 1ULL << field };
	if (field == NARU_FIELD_PID || field == NARU_FIELD_COMM)
		key_of_owner(s, field, key);
	else if (!key->has)
		return;
	else if (field == NARU_FIELD_LADDR)
		key_of_bytes(s->laddr, key);
	else if (field == NARU_FIELD_RADDR)
		key_of_bytes(s->raddr, key);
	else if (field == NARU_FIELD_CONG)
		key_of_text(s->cong, key);
	else
		key->lo = s->number[field];
}

/**
 * naru_query_key_bytes - an address or a text from its key
 * @key: key
 * @bytes: filled; the last byte of a text is its end
 */
void naru_query_key_bytes(const struct naru_query_key *key, u8 bytes[16])
{
	int i;

	for (i = 0; i < 8; i++) {
		bytes[i] = key->hi >> (56 - 8 * i);
		bytes[8 + i] = key->lo >> (56 - 8 * i);
	}
}
