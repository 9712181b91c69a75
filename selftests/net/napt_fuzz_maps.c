// SPDX-License-Identifier: GPL-2.0
/*
 * What napt_fuzz knows of the router's mappings: what it has seen, and no more. A mapping that may have
 * come to its end is not held against anybody.
 */
#include "napt_fuzz.h"

#define BUCKETS		(1 << 16)

struct node {
	struct node *next_in, *next_out;
	struct mapping m;
};

struct session {
	struct session *next;
	uint8_t proto;
	struct endpoint out, remote;
	double at;
};

static struct node *inside[BUCKETS], *outside[BUCKETS];
static struct session *sessions[BUCKETS], *addresses[BUCKETS];
static struct node *all[1 << 12];
static uint64_t num_all;

static bool same(const struct endpoint *a, const struct endpoint *b)
{
	return a->addr == b->addr && a->port == b->port;
}

static unsigned int slot(uint8_t proto, const struct endpoint *a, const struct endpoint *b)
{
	uint64_t x = tool_mix((uint64_t)a->addr << 24 ^ (uint64_t)a->port << 8 ^ proto);

	return tool_mix(x ^ (uint64_t)b->addr << 16 ^ b->port) % BUCKETS;
}

/* Seconds for which a mapping of that protocol lives at least, from when it was made or used */
double shortest_life(uint8_t proto)
{
	return (proto == ICMP ? 60.0 : is_stream(proto) ? 240.0 : 300.0) / setup.divisor - 0.05;
}

/* A segment may have refreshed nothing */
bool lives(const struct mapping *m)
{
	return m->fixed || now() - (is_stream(m->proto) ? m->first : m->last) <
			   shortest_life(m->proto);
}

/* Echoes have no remote port */
static struct endpoint key_of(uint8_t proto, const struct endpoint *remote)
{
	struct endpoint key = { };

	if (!setup.dependent)
		return key;
	key = *remote;
	if (proto == ICMP)
		key.port = 0;
	return key;
}

static struct node *find_inside(uint8_t proto, const struct endpoint *in,
				const struct endpoint *key)
{
	struct node *n = inside[slot(proto, in, key)];

	while (n && !(n->m.proto == proto && same(&n->m.in, in) && same(&n->m.remote, key)))
		n = n->next_in;
	return n;
}

/* Static mappings are for every remote endpoint */
struct mapping *by_inside(uint8_t proto, const struct endpoint *in, const struct endpoint *remote)
{
	static const struct endpoint none;
	struct endpoint key = key_of(proto, remote);
	struct node *n = find_inside(proto, in, &none);

	if (!n)
		n = find_inside(proto, in, &key);
	return n ? &n->m : NULL;
}

static struct node *find_outside(uint8_t proto, const struct endpoint *out)
{
	static const struct endpoint none;
	struct node *n = outside[slot(proto, out, &none)];

	while (n && !(n->m.proto == proto && same(&n->m.out, out)))
		n = n->next_out;
	return n;
}

struct mapping *by_outside(uint8_t proto, const struct endpoint *out)
{
	struct node *n = find_outside(proto, out);

	return n ? &n->m : NULL;
}

static void take_out(struct node *n)
{
	static const struct endpoint none;
	struct node **at = &inside[slot(n->m.proto, &n->m.in, &n->m.remote)];

	while (*at != n)
		at = &(*at)->next_in;
	*at = n->next_in;
	at = &outside[slot(n->m.proto, &n->m.out, &none)];
	while (*at != n)
		at = &(*at)->next_out;
	*at = n->next_out;
}

static void put_in(struct node *n)
{
	static const struct endpoint none;
	struct node **at = &inside[slot(n->m.proto, &n->m.in, &n->m.remote)];

	n->next_in = *at;
	*at = n;
	at = &outside[slot(n->m.proto, &n->m.out, &none)];
	n->next_out = *at;
	*at = n;
}

/* For any_mapping(), the newest; what is forgotten here is only not chosen any more */
static void note(struct node *n)
{
	all[num_all++ % ARRAY_SIZE(all)] = n;
}

/* Nodes stay allocated, all[] may have them */
static void add(uint8_t proto, const struct endpoint *in, const struct endpoint *key,
		const struct endpoint *out, double at, bool fixed)
{
	struct node *n = calloc(1, sizeof(*n));

	if (!n)
		die("calloc");
	n->m = (struct mapping){ .proto = proto, .in = *in, .remote = *key, .out = *out,
				 .first = at, .last = at, .fixed = fixed };
	put_in(n);
	note(n);
}

/*
 * A packet that the inside host sent at @at has come out with @out as its source. Return: what is
 * wrong with that, or NULL.
 */
const char *learn(uint8_t proto, const struct endpoint *in, const struct endpoint *remote,
		  const struct endpoint *out, double at)
{
	struct endpoint key = key_of(proto, remote);
	struct mapping *m = by_inside(proto, in, remote);
	struct node *other = find_outside(proto, out);

	if (m && same(&m->out, out)) {
		m->last = at;
		return NULL;
	}
	if (m && lives(m))
		return "an inside endpoint has two external ones";
	if (other && lives(&other->m))
		return "it has an external endpoint of somebody else";
	if (other)
		take_out(other);
	if (m && (!other || m != &other->m))
		take_out((struct node *)((char *)m - offsetof(struct node, m)));
	add(proto, in, &key, out, at, false);
	return NULL;
}

void learn_fixed(uint8_t proto, const struct endpoint *in, const struct endpoint *out)
{
	static const struct endpoint none;

	add(proto, in, &none, out, 0, true);
}

static struct session *find_session(struct session **table, uint8_t proto,
				    const struct endpoint *out, const struct endpoint *remote)
{
	struct session *s = table[slot(proto, out, remote)];

	while (s && !(s->proto == proto && same(&s->out, out) && same(&s->remote, remote)))
		s = s->next;
	return s;
}

static void put_session(struct session **table, uint8_t proto, const struct endpoint *out,
			const struct endpoint *remote, double at)
{
	struct session **head = &table[slot(proto, out, remote)];
	struct session *s = find_session(table, proto, out, remote);

	if (!s) {
		s = calloc(1, sizeof(*s));
		if (!s)
			die("calloc");
		*s = (struct session){ .next = *head, .proto = proto, .out = *out,
				       .remote = *remote };
		*head = s;
	}
	s->at = at;
}

void learn_session(uint8_t proto, const struct endpoint *out, const struct endpoint *remote,
		   double at)
{
	struct endpoint address = { .addr = remote->addr };

	put_session(sessions, proto, out, proto == ICMP ? &address : remote, at);
	put_session(addresses, proto, out, &address, at);
}

/* When the inside host last sent there; 0: never */
double session_at(uint8_t proto, const struct endpoint *out, const struct endpoint *remote)
{
	struct endpoint address = { .addr = remote->addr };
	struct session *s = find_session(sessions, proto, out, proto == ICMP ? &address : remote);

	return s ? s->at : 0;
}

/* The same, whatever the remote port */
double address_at(uint8_t proto, const struct endpoint *out, uint32_t remote)
{
	struct endpoint address = { .addr = remote };
	struct session *s = find_session(addresses, proto, out, &address);

	return s ? s->at : 0;
}

struct mapping *any_mapping(uint64_t random)
{
	uint64_t num = num_all < ARRAY_SIZE(all) ? num_all : ARRAY_SIZE(all);

	return num ? &all[random % num]->m : NULL;
}
