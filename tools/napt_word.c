// SPDX-License-Identifier: GPL-2.0
/*
 * Single words of the NAPT's commands into numbers, and back. Nothing here prints or exits.
 */
#include "napt.h"
#include "parse.h"
#include "util.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* By the numbers of the enums in <linux/naru_genl.h>, up to NULL */
const char *const napt_mapping_words[] = {
	"endpoint-independent", "address-and-port-dependent", NULL
};

const char *const napt_filtering_words[] = {
	"endpoint-independent", "address-dependent", "address-and-port-dependent", NULL
};

const char *const napt_choice_words[] = { "preserve", "random", NULL };

const char *const napt_exhausted_words[] = {
	"host-unreachable", "admin-prohibited", "silent", NULL
};

const char *const napt_unsolicited_words[] = { "hold", "drop", NULL };

/* By NARU_TIMEOUT_* */
const char *const napt_timeout_words[] = {
	"", "tcp-open", "tcp-established", "tcp-closing", "udp", "icmp", NULL
};

const char *const napt_state_words[] = {
	"open", "init", "established", "in-fin", "out-fin", "both-fin", "trans", NULL
};

/* Short forms of the words for mapping and filtering */
static const struct {
	const char *text, *word;
} short_forms[] = {
	{ "ei", "endpoint-independent" },
	{ "ad", "address-dependent" },
	{ "apd", "address-and-port-dependent" },
};

static const struct {
	const char *name;
	uint8_t proto;
	uint32_t bit;
} protos[] = {
	{ "tcp", 6, NARU_RULE_PROTO_TCP },
	{ "udp", 17, NARU_RULE_PROTO_UDP },
	{ "icmp", 1, NARU_RULE_PROTO_ICMP },
	{ "native", 253, NARU_RULE_PROTO_NATIVE },
	{ "native-dgram", 254, NARU_RULE_PROTO_DGRAM },
};

/**
 * napt_parse_addr() - an IPv4 address
 * @text: as inet_pton() takes it
 * @addr: filled, host byte order
 *
 * Return: whether it is one.
 */
bool napt_parse_addr(const char *text, uint32_t *addr)
{
	struct in_addr in;

	if (inet_pton(AF_INET, text, &in) != 1)
		return false;
	*addr = ntohl(in.s_addr);
	return true;
}

/**
 * napt_parse_prefix() - an IPv4 address, and how many of its bits count
 * @text: ADDRESS or ADDRESS/BITS
 * @addr: filled
 * @bits: filled, 32 where @text does not say
 *
 * Return: whether it is one; bits that do not count may be set.
 */
bool napt_parse_prefix(const char *text, uint32_t *addr, uint8_t *bits)
{
	const char *slash = strchr(text, '/');
	char copy[INET_ADDRSTRLEN];
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	uint32_t n = 32;

	if (len >= sizeof(copy) || (slash && !parse_u32(slash + 1, 32, &n)))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	*bits = n;
	return napt_parse_addr(copy, addr);
}

/**
 * napt_prefix_clean() - are the bits that do not count 0?
 * @addr: address
 * @bits: how many count
 *
 * Return: whether they are.
 */
bool napt_prefix_clean(uint32_t addr, uint8_t bits)
{
	return bits == 32 || !(addr & (UINT32_MAX >> bits));
}

/**
 * napt_parse_ports() - ports
 * @text: A or A-B
 * @ports: filled
 *
 * Return: whether it is that; they may be reversed.
 */
bool napt_parse_ports(const char *text, struct napt_ports *ports)
{
	const char *dash = strchr(text, '-');
	size_t len = dash ? (size_t)(dash - text) : strlen(text);
	char copy[PARSE_PORT_LEN];
	uint32_t first, last;

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (!parse_u32(copy, UINT16_MAX, &first))
		return false;
	last = first;
	if (dash && !parse_u32(dash + 1, UINT16_MAX, &last))
		return false;
	ports->first = first;
	ports->last = last;
	return true;
}

/**
 * napt_parse_proto() - a protocol that is translated
 * @text: its name
 * @proto: filled, IP protocol number
 *
 * Return: whether it is one.
 */
bool napt_parse_proto(const char *text, uint8_t *proto)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protos); i++) {
		if (strcmp(protos[i].name, text))
			continue;
		*proto = protos[i].proto;
		return true;
	}
	return false;
}

static bool add_proto(const char *name, size_t len, uint32_t *bits)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protos); i++) {
		if (strlen(protos[i].name) != len || strncmp(protos[i].name, name, len))
			continue;
		*bits |= protos[i].bit;
		return true;
	}
	return false;
}

/**
 * napt_parse_protos() - several
 * @text: names between commas, or all
 * @bits: filled, NARU_RULE_PROTO_*
 *
 * Return: whether they are.
 */
bool napt_parse_protos(const char *text, uint32_t *bits)
{
	size_t len;

	*bits = 0;
	if (!strcmp(text, "all")) {
		*bits = NARU_RULE_PROTO_ALL;
		return true;
	}
	for (;; text += len + 1) {
		len = strcspn(text, ",");
		if (!add_proto(text, len, bits))
			return false;
		if (!text[len])
			return true;
	}
}

/**
 * napt_parse_dev() - an interface's name; it need not be there
 * @text: the name
 * @dev: filled, IFNAMSIZ bytes
 *
 * Return: whether an interface can have it.
 */
bool napt_parse_dev(const char *text, char *dev)
{
	size_t len = strlen(text);

	if (!len || len >= IFNAMSIZ || strpbrk(text, "/: \t\n\v\f\r") || !strcmp(text, ".") ||
	    !strcmp(text, ".."))
		return false;
	memcpy(dev, text, len + 1);
	return true;
}

/**
 * napt_parse_word() - one of several words
 * @words: they, up to NULL
 * @text: the word, or the short form of it
 * @value: filled, its place among them
 *
 * Return: whether it is one of them.
 */
bool napt_parse_word(const char *const *words, const char *text, uint8_t *value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(short_forms); i++)
		if (!strcmp(text, short_forms[i].text))
			text = short_forms[i].word;
	for (i = 0; words[i]; i++) {
		if (!*text || strcmp(words[i], text))
			continue;
		*value = i;
		return true;
	}
	return false;
}

/**
 * napt_split() - what stands before and behind a colon
 * @text: ADDRESS[:PORT]
 * @addr: filled with what stands before
 * @size: bytes of it
 * @port: filled, what stands behind, or NULL
 *
 * Return: whether the first fits.
 */
bool napt_split(const char *text, char *addr, size_t size, const char **port)
{
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);

	*port = colon ? colon + 1 : NULL;
	if (len >= size)
		return false;
	memcpy(addr, text, len);
	addr[len] = '\0';
	return true;
}

/**
 * napt_proto_name() - a protocol's name
 * @proto: IP protocol number
 *
 * Return: the name, "?" where it has none.
 */
const char *napt_proto_name(uint8_t proto)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protos); i++)
		if (protos[i].proto == proto)
			return protos[i].name;
	return "?";
}

/**
 * napt_word() - one of several words
 * @words: they, up to NULL
 * @value: its place among them
 *
 * Return: the word, "?" behind the last.
 */
const char *napt_word(const char *const *words, unsigned int value)
{
	unsigned int i;

	for (i = 0; words[i]; i++)
		if (i == value)
			return words[i];
	return "?";
}

/**
 * napt_addr_text() - an address
 * @addr: address
 * @text: filled, NAPT_ADDR_LEN bytes
 */
void napt_addr_text(uint32_t addr, char *text)
{
	struct in_addr in = { .s_addr = htonl(addr) };

	inet_ntop(AF_INET, &in, text, INET_ADDRSTRLEN);
}

/**
 * napt_prefix_text() - a prefix
 * @addr: address
 * @bits: bits that count; 32: an address
 * @text: filled, NAPT_ADDR_LEN bytes
 */
void napt_prefix_text(uint32_t addr, uint8_t bits, char *text)
{
	napt_addr_text(addr, text);
	if (bits < 32)
		sprintf(text + strlen(text), "/%u", bits);
}

/**
 * napt_range_text() - addresses
 * @range: they
 * @text: filled, NAPT_ADDR_LEN bytes
 */
void napt_range_text(const struct napt_range *range, char *text)
{
	napt_addr_text(range->first, text);
	if (range->last == range->first)
		return;
	strcat(text, "-");
	napt_addr_text(range->last, text + strlen(text));
}

/**
 * napt_ports_text() - ports
 * @ports: they
 * @text: filled, NAPT_ADDR_LEN bytes
 */
void napt_ports_text(const struct napt_ports *ports, char *text)
{
	if (ports->first == ports->last)
		sprintf(text, "%u", ports->first);
	else
		sprintf(text, "%u-%u", ports->first, ports->last);
}

/**
 * napt_protos_text() - protocols
 * @bits: NARU_RULE_PROTO_*
 * @text: filled
 * @size: bytes of it, 40 are enough
 */
void napt_protos_text(uint32_t bits, char *text, size_t size)
{
	size_t i, len = 0;

	if (bits == NARU_RULE_PROTO_ALL) {
		snprintf(text, size, "all");
		return;
	}
	*text = '\0';
	for (i = 0; i < ARRAY_SIZE(protos) && len < size; i++)
		if (bits & protos[i].bit)
			len += snprintf(text + len, size - len, "%s%s", len ? "," : "",
					protos[i].name);
}

/**
 * napt_ports_all() - are these all?
 * @ports: ports of packets, not of a pool
 *
 * Return: whether they are.
 */
bool napt_ports_all(const struct napt_ports *ports)
{
	return !ports->first && ports->last == UINT16_MAX;
}
