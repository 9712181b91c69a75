// SPDX-License-Identifier: GPL-2.0
/*
 * Words of the command line into numbers, and numbers into words.
 */
#include "parse.h"
#include "util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <linux/naru_genl.h>

struct state_word {
	const char *rfc;	/* RFC 9293's name */
	const char *classic;	/* netstat's */
	const char *ss;		/* ss's, where it is another still */
};

static const struct state_word state_words[PARSE_STATES] = {
	[1] = { "ESTABLISHED", "ESTABLISHED", "estab" },
	[2] = { "SYN-SENT", "SYN_SENT", NULL },
	[3] = { "SYN-RECEIVED", "SYN_RECV", "syn-recv" },
	[4] = { "FIN-WAIT-1", "FIN_WAIT1", NULL },
	[5] = { "FIN-WAIT-2", "FIN_WAIT2", NULL },
	[6] = { "TIME-WAIT", "TIME_WAIT", NULL },
	[7] = { "CLOSED", "CLOSE", "unconnected" },
	[8] = { "CLOSE-WAIT", "CLOSE_WAIT", NULL },
	[9] = { "LAST-ACK", "LAST_ACK", NULL },
	[10] = { "LISTEN", "LISTEN", "listening" },
	[11] = { "CLOSING", "CLOSING", NULL },
};

struct state_group {
	const char *name;
	uint32_t states;
};

static const struct state_group state_groups[] = {
	{ "all", NARU_STATES_ALL },
	{ "connected", NARU_STATES_ALL & ~(1U << PARSE_LISTEN | 1U << PARSE_CLOSED) },
	{ "synchronized", NARU_STATES_ALL & ~(1U << PARSE_LISTEN | 1U << PARSE_CLOSED |
					      1U << PARSE_SYN_SENT) },
	{ "bucket", 1U << PARSE_SYN_RECEIVED | 1U << PARSE_TIME_WAIT },
	{ "big", NARU_STATES_ALL & ~(1U << PARSE_SYN_RECEIVED | 1U << PARSE_TIME_WAIT) },
};

/**
 * parse_u32() - a decimal number
 * @text: the word, digits only
 * @max: largest value allowed
 * @value: filled
 *
 * Return: whether it is one.
 */
bool parse_u32(const char *text, uint32_t max, uint32_t *value)
{
	unsigned long long n;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || *end || n > max)
		return false;
	*value = n;
	return true;
}

/**
 * parse_s32() - a decimal number that may be negative
 * @text: the word
 * @value: filled
 *
 * Return: whether it is one.
 */
bool parse_s32(const char *text, int32_t *value)
{
	bool negative = *text == '-';
	uint32_t n;

	if (!parse_u32(text + negative, negative ? (uint32_t)INT32_MAX + 1 : INT32_MAX, &n))
		return false;
	*value = negative ? (int32_t)-(int64_t)n : (int32_t)n;
	return true;
}

/**
 * parse_port() - a port number, with or without a colon before it
 * @text: "80" or ":80"
 * @port: filled
 *
 * Return: whether it is one.
 */
bool parse_port(const char *text, uint16_t *port)
{
	uint32_t n;

	if (!parse_u32(text + (*text == ':'), UINT16_MAX, &n))
		return false;
	*port = n;
	return true;
}

/**
 * parse_addr() - an IPv4 or IPv6 address
 * @text: as inet_pton() takes it, IPv6 also in brackets
 * @addr: filled, IPv4 as v4-mapped IPv6
 *
 * Return: whether it is one.
 */
bool parse_addr(const char *text, struct in6_addr *addr)
{
	char copy[INET6_ADDRSTRLEN];
	size_t len = strlen(text);

	if (inet_pton(AF_INET, text, &addr->s6_addr[12]) == 1) {
		memset(addr->s6_addr, 0, 10);
		memset(addr->s6_addr + 10, 0xff, 2);
		return true;
	}
	if (*text == '[') {
		if (len < 2 || text[len - 1] != ']')
			return false;
		text++;
		len -= 2;
	}
	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return inet_pton(AF_INET6, copy, addr) == 1;
}

/**
 * parse_prefix() - an address, and how many of its bits count
 * @text: ADDRESS or ADDRESS/BITS
 * @addr: filled, IPv4 as v4-mapped IPv6
 * @prefix: filled, out of 128; for IPv4 96 more than it says
 *
 * Return: whether it is one.
 */
bool parse_prefix(const char *text, struct in6_addr *addr, uint8_t *prefix)
{
	const char *slash = strchr(text, '/');
	char copy[PARSE_ADDR_LEN];
	uint32_t bits, shift;

	if (!slash) {
		*prefix = 128;
		return parse_addr(text, addr);
	}
	if ((size_t)(slash - text) >= sizeof(copy))
		return false;
	memcpy(copy, text, slash - text);
	copy[slash - text] = '\0';
	if (!parse_addr(copy, addr))
		return false;
	shift = strchr(copy, ':') ? 0 : 96;
	if (!parse_u32(slash + 1, 128 - shift, &bits))
		return false;
	*prefix = bits + shift;
	return true;
}

/* Where the port's colon is, or NULL. Colons of an IPv6 address without brackets are the address's */
static const char *port_colon(const char *text)
{
	const char *from = *text == '[' ? strrchr(text, ']') : strchr(text, '/');
	const char *colon = strchr(from ? from : text, ':');

	return colon && !strchr(colon + 1, ':') ? colon : NULL;
}

static bool copy_part(char *to, size_t size, const char *from, size_t len)
{
	if (len >= size)
		return false;
	memcpy(to, from, len);
	to[len] = '\0';
	return true;
}

/**
 * parse_split() - an address and a port as ss writes them, apart
 * @text: ADDRESS, ADDRESS/BITS or ADDRESS-ADDRESS, and :PORT or :PORT-PORT behind it or alone; an IPv6 address that has
 *	a port but no bits stands in brackets, and bits or the other end of a range may stand within
 * @addr: filled, for parse_prefix(), room for PARSE_RANGE_LEN bytes; empty where there is none
 * @port: filled, for parse_port(), room for PARSE_PORTS_LEN bytes; empty where there is none
 *
 * Return: whether the parts are not too long.
 */
bool parse_split(const char *text, char *addr, char *port)
{
	const char *colon = port_colon(text);
	size_t len = colon ? (size_t)(colon - text) : strlen(text);

	*port = '\0';
	if (colon && !copy_part(port, PARSE_PORTS_LEN, colon + 1, strlen(colon + 1)))
		return false;
	if (*text == '[' && len > 2 && memchr(text, ']', len) == text + len - 1 &&
	    (memchr(text, '/', len) || memchr(text, '-', len))) {
		text++;
		len -= 2;
	}
	return copy_part(addr, PARSE_RANGE_LEN, text, len);
}

/* Equal but for case, and for '_' and '-' */
static bool same_word(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		char x = *a == '_' ? '-' : *a, y = *b == '_' ? '-' : *b;

		if (strncasecmp(&x, &y, 1))
			return false;
	}
	return *a == *b;
}

/**
 * parse_state() - a state, or a group of them
 * @text: name by RFC 9293, netstat or ss, or a group's
 * @states: filled, bit mask of 1 << state
 *
 * Return: whether it is one.
 */
bool parse_state(const char *text, uint32_t *states)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(state_groups); i++) {
		if (same_word(text, state_groups[i].name)) {
			*states = state_groups[i].states;
			return true;
		}
	}
	for (i = PARSE_ESTABLISHED; i < PARSE_STATES; i++) {
		const struct state_word *w = &state_words[i];

		if (same_word(text, w->rfc) || same_word(text, w->classic) ||
		    (w->ss && same_word(text, w->ss))) {
			*states = 1U << i;
			return true;
		}
	}
	return false;
}

/**
 * parse_wire() - a wire mode
 * @text: "inet" or "native"
 * @wire: filled, IP protocol number
 *
 * Return: whether it is one.
 */
bool parse_wire(const char *text, uint8_t *wire)
{
	if (!strcmp(text, "inet"))
		*wire = 6;
	else if (!strcmp(text, "native"))
		*wire = 253;
	else
		return false;
	return true;
}

/**
 * parse_state_name() - a state's name in RFC 9293
 * @state: its number
 *
 * Return: the name, "?" for what is no state.
 */
const char *parse_state_name(unsigned int state)
{
	return state && state < PARSE_STATES ? state_words[state].rfc : "?";
}

/**
 * parse_state_classic() - a state's name in netstat
 * @state: its number
 *
 * Return: the name, "?" for what is no state.
 */
const char *parse_state_classic(unsigned int state)
{
	return state && state < PARSE_STATES ? state_words[state].classic : "?";
}

/**
 * parse_wire_name() - a wire mode's name
 * @wire: IP protocol number
 *
 * Return: the name.
 */
const char *parse_wire_name(unsigned int wire)
{
	return parse_wire_mode(wire) == 6 ? "inet" : "native";
}

/**
 * parse_wire_mode() - the wire mode, by the number that its streams have
 * @wire: IP protocol number
 *
 * Return: 6 or 253.
 */
uint8_t parse_wire_mode(unsigned int wire)
{
	return wire == 6 || wire == 17 ? 6 : 253;
}

/**
 * parse_wire_type() - what kind of socket has it
 * @wire: IP protocol number
 *
 * Return: SOCK_STREAM or SOCK_DGRAM.
 */
uint8_t parse_wire_type(unsigned int wire)
{
	return wire == 17 || wire == 254 ? SOCK_DGRAM : SOCK_STREAM;
}

/**
 * parse_type_name() - that by name
 * @wire: IP protocol number
 *
 * Return: the name.
 */
const char *parse_type_name(unsigned int wire)
{
	return parse_wire_type(wire) == SOCK_DGRAM ? "dgram" : "stream";
}

/* As inet_ntop(3), in a tenth of its time: long lists are made of little else */
static void text_of_v4(const uint8_t *addr, char *text)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		if (addr[i] >= 100)
			*text++ = '0' + addr[i] / 100;
		if (addr[i] >= 10)
			*text++ = '0' + addr[i] / 10 % 10;
		*text++ = '0' + addr[i] % 10;
		*text++ = i < 3 ? '.' : '\0';
	}
}

/**
 * parse_addr_text() - an address for people
 * @addr: IPv4 as v4-mapped IPv6
 * @text: filled, room for PARSE_ADDR_LEN bytes; IPv4 as IPv4
 */
void parse_addr_text(const struct in6_addr *addr, char *text)
{
	if (IN6_IS_ADDR_V4MAPPED(addr))
		text_of_v4(&addr->s6_addr[12], text);
	else
		inet_ntop(AF_INET6, addr, text, PARSE_ADDR_LEN);
}
