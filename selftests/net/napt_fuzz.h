/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of napt_fuzz share */
#ifndef NAPT_FUZZ_H
#define NAPT_FUZZ_H

#include <stddef.h>
#include "tool.h"

enum side { IN, OUT, SIDES };

#define IP(a, b, c, d)	((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define ROUTER_IN	IP(192, 168, 7, 254)
#define ROUTER_OUT	IP(203, 0, 113, 254)
#define MTU_IN		1500
#define MTU_OUT		1300

/* Protocols, by their number on the wire */
enum { ICMP = 1, TCP = 6, UDP = 17, STREAM = 253, DGRAM = 254 };
enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };

#define MAX_PACKET	16384

/* ---- packets (napt_fuzz_packet.c) ---- */

/*
 * A packet, from the IP header on, and what is beside it.
 * @partial: its transport checksum is the pseudo-header's sum, a device is to finish it
 * @gso: size of the segments that it is to be cut into, 0: none
 */
struct packet {
	size_t len;
	bool partial;
	uint16_t gso;
	uint8_t b[MAX_PACKET];
};

enum kind {
	FLOW,		/* of a protocol that is translated, with ports, or an echo with its id */
	ERROR,		/* an ICMP error with an IP header in it */
	OTHER,		/* anything else */
};

struct endpoint {
	uint32_t addr;
	uint16_t port;
};

/*
 * What there is to be seen of a packet.
 * @len: bytes of it, padding left out
 * @head: length of the IP header
 * @src: who sent it; of an echo request the port is its id, of a reply it is 0
 * @dst: who gets it; of an echo reply the port is its id, of a request it is 0
 */
struct view {
	const uint8_t *b;
	size_t len, head;
	enum kind kind;
	uint8_t proto;
	struct endpoint src, dst;
};

uint16_t get16(const uint8_t *p);
uint32_t get32(const uint8_t *p);
void put16(uint8_t *p, unsigned int v);
void put32(uint8_t *p, uint32_t v);
uint32_t sum(uint32_t s, const uint8_t *p, size_t len);
bool is_stream(uint8_t proto);
size_t header_len(uint8_t proto);
size_t check_at(uint8_t proto);			/* offset within the transport header */
uint32_t pseudo(const uint8_t *ip, size_t len);	/* of the transport's length */
void finish_ip(uint8_t *ip);
void finish_transport(struct packet *p);
bool look(struct view *v, const uint8_t *b, size_t len);
bool look_inside(struct view *v, const struct view *error);
bool is_plain(const struct view *v);		/* no fragment, its transport header is whole */
uint32_t wrongness(const struct view *v, bool partial);
void dump(const char *what, const uint8_t *b, size_t len);

/* ---- what was sent (napt_fuzz.c) ---- */

/*
 * @before: the number of the one before it in each chain, see napt_fuzz_judge.c; NONE: there is none
 * @must: it has to come out, @seen: it has
 * @loose: fragments that overlap with other bytes: nobody knows what they make
 * @pieces: it went in pieces
 */
enum chain { BY_LENGTH, BY_SOURCE, CHAINS };

struct sent {
	uint64_t number, before[CHAINS];
	double at;
	enum side side;
	bool must, seen, loose, pieces;
	struct packet *p;
};

/* How the router was told to translate */
struct setup {
	uint32_t first, last;	/* external addresses */
	bool own;		/* they are the router's */
	bool dependent;		/* a mapping for each remote endpoint */
	bool hairpin;
	bool scarce;		/* there may be no port left */
	char filter;		/* 'e', 'a' or 'p' */
	int divisor;		/* of the timers */
};

#define KEPT	(1 << 17)
#define NONE	UINT64_MAX

extern struct setup setup;

__attribute__((format(printf, 1, 2), noreturn))
void fail(const char *fmt, ...);
double now(void);
bool is_inside(uint32_t addr);
bool is_external(uint32_t addr);
bool is_router(uint32_t addr);
bool answers(uint32_t addr);			/* there is somebody who has it */
struct sent *sent_before(uint64_t back);	/* 0: the last; NULL: no more are kept */
struct sent *sent_as(uint64_t number);		/* NULL: it is not kept any more, or NONE */

/* ---- mappings (napt_fuzz_maps.c) ---- */

struct mapping {
	uint8_t proto;
	struct endpoint in, remote, out;	/* @remote: of a dependent one */
	double first, last;			/* when the inside host sent by it */
	bool fixed;				/* asked for by a rule */
};

struct mapping *by_inside(uint8_t proto, const struct endpoint *in, const struct endpoint *remote);
struct mapping *by_outside(uint8_t proto, const struct endpoint *out);
bool lives(const struct mapping *m);
const char *learn(uint8_t proto, const struct endpoint *in, const struct endpoint *remote,
		  const struct endpoint *out, double at);
void learn_fixed(uint8_t proto, const struct endpoint *in, const struct endpoint *out);
/*
 * @near: the external endpoint where what it sent has come out, the inside one where it need not have
 */
void learn_session(uint8_t proto, const struct endpoint *near, const struct endpoint *remote,
		   double at);
double session_at(uint8_t proto, const struct endpoint *near, const struct endpoint *remote);
double address_at(uint8_t proto, const struct endpoint *near, uint32_t remote);
struct mapping *any_mapping(uint64_t random);
double shortest_life(uint8_t proto);

/* ---- the reader (napt_fuzz_judge.c) ---- */

void expect(struct sent *s);
void judge(enum side side, struct packet *p);
bool has_to_pass(enum side side, const struct packet *p);
const struct packet *recent(enum side side, uint64_t random);	/* what came out there; NULL */
void tell_what_came(void);

/* ---- packets at random (napt_fuzz_make.c) ---- */

enum { PIECES = 12 };

/*
 * @whole: what is remembered of it; @must as above
 * @piece: what is sent, @num of them
 */
struct shot {
	struct packet whole;
	bool must, loose;
	int num;
	struct packet piece[PIECES];
};

void seed_shots(uint64_t seed);
void make_shot(enum side side, struct shot *s);

#endif
