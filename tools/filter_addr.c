// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses that a filter's words compare with: one, a prefix, those between two, more and less than one. The module knows
 * prefixes: of others there are as many as it takes.
 */
#include "filter_value.h"
#include "parse.h"

#include <string.h>

#define ADDR_SIZE	sizeof(struct in6_addr)
#define ADDR_BITS	128

/* Addresses from the first to the last, in the order that they are written in */
struct span {
	struct in6_addr first, last;
};

static const struct span ipv4 = {
	.first = { .s6_addr = { [10] = 0xff, 0xff } },
	.last = { .s6_addr = { [10] = 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } },
};

/* IPv4's are in the midst of it */
static const struct span ipv6 = {
	.last = { .s6_addr = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } },
};

static int order(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, ADDR_SIZE);
}

/* The one behind; there is one */
static void step_up(struct in6_addr *a)
{
	int i = ADDR_SIZE - 1;

	while (!++a->s6_addr[i])
		i--;
}

/* The one before; there is one */
static void step_down(struct in6_addr *a)
{
	int i = ADDR_SIZE - 1;

	while (!a->s6_addr[i]--)
		i--;
}

static void put_prefix(struct filter_value *value, uint8_t field, const struct in6_addr *addr, unsigned int bits)
{
	value->test[value->num++] = (struct filter_test) { .field = field, .prefix = bits, .addr = *addr };
	value->any++;
}

/* Those that share @bits bits with @at, which has no others set: one prefix where all are of the span, else of each half */
static void put_covered(struct filter_value *value, uint8_t field, const struct span *span, struct in6_addr at,
			unsigned int bits)
{
	struct in6_addr end = at;
	unsigned int i;

	for (i = bits; i < ADDR_BITS; i++)
		end.s6_addr[i / 8] |= 0x80 >> i % 8;
	if (order(&end, &span->first) < 0 || order(&at, &span->last) > 0)
		return;
	if (order(&at, &span->first) >= 0 && order(&end, &span->last) <= 0) {
		put_prefix(value, field, &at, bits);
		return;
	}
	put_covered(value, field, span, at, bits + 1);
	at.s6_addr[bits / 8] |= 0x80 >> bits % 8;
	put_covered(value, field, span, at, bits + 1);
}

/* IPv4's are meant where both ends are: one end alone may have stepped into them from the address beside */
static void put_span(struct filter_value *value, uint8_t field, const struct span *span)
{
	struct span below = { span->first, ipv4.first }, above = { ipv4.last, span->last };

	if ((IN6_IS_ADDR_V4MAPPED(&span->first) && IN6_IS_ADDR_V4MAPPED(&span->last)) ||
	    order(&span->last, &ipv4.first) < 0 || order(&span->first, &ipv4.last) > 0) {
		put_covered(value, field, span, ipv6.first, 0);
		return;
	}
	step_down(&below.last);
	step_up(&above.first);
	put_covered(value, field, &below, ipv6.first, 0);
	put_covered(value, field, &above, ipv6.first, 0);
}

/* From the address or up to it, to where its family ends. False: there are none */
static bool limit(struct span *span, const struct in6_addr *addr, enum filter_op op)
{
	*span = IN6_IS_ADDR_V4MAPPED(addr) ? ipv4 : ipv6;
	if (!order(addr, op == FILTER_GT ? &span->last : &span->first) && (op == FILTER_GT || op == FILTER_LT))
		return false;
	if (op == FILTER_GT || op == FILTER_GE)
		span->first = *addr;
	else
		span->last = *addr;
	if (op == FILTER_GT)
		step_up(&span->first);
	else if (op == FILTER_LT)
		step_down(&span->last);
	return true;
}

static const char *read_more_or_less(struct filter_value *value, uint8_t field, enum filter_op op, const char *text)
{
	struct in6_addr addr;
	struct span span;

	if (strchr(text, '-'))
		return "a range is = or !=";
	if (strchr(text, '/'))
		return "a prefix is = or !=";
	if (!parse_addr(text, &addr))
		return "not an address";
	value->never = !limit(&span, &addr, op);
	if (!value->never)
		put_span(value, field, &span);
	return NULL;
}

static const char *read_range(struct filter_value *value, uint8_t field, const char *text)
{
	const char *dash = strchr(text, '-');
	char first[PARSE_ADDR_LEN];
	struct span span;

	if ((size_t)(dash - text) >= sizeof(first))
		return "not an address";
	memcpy(first, text, dash - text);
	first[dash - text] = '\0';
	if (!parse_addr(first, &span.first) || !parse_addr(dash + 1, &span.last))
		return "not an address";
	if (IN6_IS_ADDR_V4MAPPED(&span.first) != IN6_IS_ADDR_V4MAPPED(&span.last))
		return "a range is of one family";
	if (order(&span.first, &span.last) > 0)
		return "the range ends before it begins";
	put_span(value, field, &span);
	return NULL;
}

/**
 * filter_addr_read() - the address that is compared with
 * @value: takes tests of which one must hold
 * @field: NARU_FIELD_LADDR or NARU_FIELD_RADDR
 * @op: how it is compared
 * @text: ADDRESS, and where it is compared for being equal ADDRESS/BITS or ADDRESS-ADDRESS
 *
 * Return: NULL, or what is wrong.
 */
const char *filter_addr_read(struct filter_value *value, uint8_t field, enum filter_op op, const char *text)
{
	struct in6_addr addr;
	uint8_t prefix;

	if (op != FILTER_EQ && op != FILTER_NE)
		return read_more_or_less(value, field, op, text);
	if (strchr(text, '-'))
		return read_range(value, field, text);
	if (!parse_prefix(text, &addr, &prefix))
		return "not an address";
	put_prefix(value, field, &addr, prefix);
	return NULL;
}
