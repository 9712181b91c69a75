// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration, on its way through the environment to the library.
 */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/naru.h>

/* By kinds, and 4 where it is insisted on datagrams */
static const char *const kinds[] = {
	[RUN_STREAM] = "stream",
	[RUN_STREAM | RUN_DGRAM] = "any",
	[RUN_DGRAM | 4] = "dgram",
	[RUN_STREAM | RUN_DGRAM | 4] = "both",
};

#define NUM_KINDS	(sizeof(kinds) / sizeof(*kinds))

static const char *const sides[] = {
	[RUN_BOTH_SIDES] = "both",
	[RUN_LISTEN_ONLY] = "listen",
	[RUN_CONNECT_ONLY] = "connect",
};

#define NUM_SIDES	(sizeof(sides) / sizeof(*sides))

/**
 * run_config_to_environ() - for programs that are run
 * @c: configuration
 *
 * Return: false when there was no memory.
 */
bool run_config_to_environ(const struct run_config *c)
{
	char af[16], ports[16];

	snprintf(af, sizeof(af), "%d", c->af);
	snprintf(ports, sizeof(ports), "%u-%u", c->first, c->last);
	if (c->last ? setenv("NARU_RUN_ONLY", ports, 1) : unsetenv("NARU_RUN_ONLY"))
		return false;
	return !setenv("NARU_RUN_AF", af, 1) &&
	       !setenv("NARU_RUN_WIRE", c->native ? "native" : "inet", 1) &&
	       !setenv("NARU_RUN_KINDS", kinds[c->kinds | (c->insist ? 4 : 0)], 1) &&
	       !setenv("NARU_RUN_SIDE", sides[c->side], 1);
}

static size_t find(const char *name, const char *const *list, size_t num, size_t otherwise)
{
	const char *value = getenv(name);
	size_t i;

	for (i = 0; value && i < num; i++)
		if (list[i] && !strcmp(list[i], value))
			return i;
	return otherwise;
}

/**
 * run_config_from_environ() - what run_config_to_environ() has put there
 * @c: filled
 */
void run_config_from_environ(struct run_config *c)
{
	const char *af = getenv("NARU_RUN_AF"), *wire = getenv("NARU_RUN_WIRE");
	const char *ports = getenv("NARU_RUN_ONLY");
	size_t kind = find("NARU_RUN_KINDS", kinds, NUM_KINDS, RUN_STREAM);
	int number = af ? atoi(af) : 0;

	memset(c, 0, sizeof(*c));
	c->af = number > 0 ? number : AF_NARU;
	c->native = wire && !strcmp(wire, "native");
	c->kinds = kind & (RUN_STREAM | RUN_DGRAM);
	c->insist = kind & 4;
	c->side = find("NARU_RUN_SIDE", sides, NUM_SIDES, RUN_BOTH_SIDES);
	if (ports)
		run_ports_parse(c, ports);
}

static bool take_port(const char **s, uint16_t *port)
{
	unsigned int v = 0;
	const char *p = *s;

	for (; *p >= '0' && *p <= '9' && v <= UINT16_MAX; p++)
		v = v * 10 + *p - '0';
	if (p == *s || !v || v > UINT16_MAX)
		return false;
	*port = v;
	*s = p;
	return true;
}

/**
 * run_ports_parse() - PORT or PORT-PORT
 * @c: gets them
 * @ports: as they are typed
 *
 * Return: false where they are no ports; @c is unchanged then.
 */
bool run_ports_parse(struct run_config *c, const char *ports)
{
	uint16_t first, last;

	if (!take_port(&ports, &first))
		return false;
	last = first;
	if (*ports == '-') {
		ports++;
		if (!take_port(&ports, &last))
			return false;
	}
	if (*ports || last < first)
		return false;
	c->first = first;
	c->last = last;
	return true;
}
