/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of napt_error share */
#ifndef NAPT_ERROR_H
#define NAPT_ERROR_H

#include "tool.h"

enum net { LAN, DMZ, WAN, NETS };

#define IP(a, b, c, d)	((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define ROUTER_LAN	IP(192, 168, 7, 254)
#define ROUTER_DMZ	IP(192, 168, 8, 254)
#define ROUTER_WAN	IP(203, 0, 113, 254)
#define POOL		IP(203, 0, 113, 10)	/* nobody's own */
#define EXCEPTED	IP(198, 18, 0, 1)	/* what the rule of group except leaves alone */
#define DEAD		IP(203, 0, 113, 99)	/* answers no ARP */

/* Protocols, by their number on the wire */
enum { ICMP = 1, TCP = 6, UDP = 17, STREAM = 253, DGRAM = 254 };

/* ---- packets (napt_error_packet.c); offsets are from the IP header, which has no link header ---- */

#define MAX_PACKET	2048
#define MAX_GOT		64

struct packet {
	uint8_t b[MAX_PACKET];
	size_t len;
};

enum { SYN = 2, ACK = 16 };

/*
 * What a packet is like. Zero: the usual.
 * @options: bytes of IP options, no-operations but for what @option says
 * @option: the first of them, its length and more
 * @unsummed: UDP without checksum
 * @spoil: its transport checksum is wrong
 * @no_df: it may be fragmented
 */
struct flow {
	uint32_t src, dst;
	uint16_t sport, dport;
	uint8_t proto, tos, ttl, flags;
	size_t payload, options;
	uint8_t option[12];
	bool reply, unsummed, spoil, no_df;
};

/*
 * An ICMP error.
 * @rest: second word of the ICMP header
 * @quote: packet that it is about, and how much of it
 * @tail: bytes behind that, counted up
 * @options: bytes of IP options, no-operations
 */
struct error {
	uint32_t src, dst, rest;
	uint8_t type, code, tos;
	const struct packet *quote;
	size_t len, tail, options;
};

uint16_t get16(const uint8_t *p);
uint32_t get32(const uint8_t *p);
void put16(uint8_t *p, unsigned int v);
void put32(uint8_t *p, uint32_t v);
void finish_ip(uint8_t *ip);			/* its header checksum */
void finish_packet(struct packet *p);		/* and the transport's */
void make_packet(struct packet *p, const struct flow *f);
void make_error(struct packet *p, const struct error *e);
void finish_error(struct packet *p);
uint16_t pseudo_sum(const struct packet *p);
uint8_t *check_of(struct packet *p);		/* of the transport */

/* ---- the wire and what comes out of it (napt_error.c) ---- */

struct got {
	struct packet p[MAX_GOT];
	int num;
};

struct host {
	enum net net;
	uint32_t addr;
};

/* A, D and the inside router Y; C; the server S and the outside router X; Z is inside, but on wan */
static const struct host A = { LAN, IP(192, 168, 7, 1) };
static const struct host D = { LAN, IP(192, 168, 7, 3) };
static const struct host Y = { LAN, IP(192, 168, 7, 77) };
static const struct host C = { DMZ, IP(192, 168, 8, 1) };
static const struct host S = { WAN, IP(203, 0, 113, 2) };
static const struct host Z = { WAN, IP(192, 168, 20, 1) };
static const struct host X = { WAN, IP(203, 0, 113, 77) };

/*
 * A host's traffic with S.
 * @f: what its packets are like
 * @port: external port, or echo id
 * @sent: as the host sends it
 * @out: as S gets it
 * @in: as S sends it
 * @taken: as the host gets it
 */
struct conn {
	const struct host *host;
	struct flow f;
	uint16_t port;
	struct packet sent, out, in, taken;
};

extern struct got got[NETS];
extern uint32_t external;
extern bool external_is_own;
extern int router_ns, dropped;
extern uint16_t next_port;

__attribute__((format(printf, 1, 2), noreturn)) void fail(const char *fmt, ...);
void dump(const char *what, const struct packet *p);
void transmit(enum net net, const struct packet *p);
void settle(void);
void await(enum net net);
void nothing(const char *what);
void one(const char *what, enum net net, struct packet *p);
void same(const char *what, const struct packet *is, struct packet *should, bool any_id);
void expect(const char *what, enum net from, const struct packet *sent, enum net to,
	    struct packet *want, bool any_id);
void expect_nothing(const char *what, enum net from, const struct packet *sent);
void expect_whole(const char *what, enum net from, const struct packet *sent, size_t first,
		  enum net to, struct packet *want);
const char *say(uint8_t proto, const char *what, int number);
void begin(struct conn *c, const struct host *h, uint8_t proto);
void answered(struct conn *c, const struct flow *like);
void hops_on(struct packet *to, const struct packet *p, int hops);

/* ---- cases (napt_error_in.c and so on) ---- */

struct test {
	const char *name, *counter;
	void (*run)(void);
};

extern const struct test tests_in[], tests_out[], tests_hairpin[], tests_router[], tests_except[],
	tests_full[], tests_mutate[];

static const uint8_t protos[] = { TCP, UDP, ICMP, STREAM, DGRAM };

#define FOR_PROTOS(p)	for (const uint8_t *p = protos; p < protos + sizeof(protos); p++)

/* All kinds of error that are passed on */
static const struct kind {
	uint8_t type, code;
	uint32_t rest;
} kinds[] = {
	{ 3, 0, 0 }, { 3, 1, 0 }, { 3, 2, 0 }, { 3, 3, 0 }, { 3, 4, 1280 }, { 3, 5, 0 }, { 3, 6, 0 },
	{ 3, 7, 0 }, { 3, 8, 0 }, { 3, 9, 0 }, { 3, 10, 0 }, { 3, 11, 0 }, { 3, 12, 0 }, { 3, 13, 0 },
	{ 3, 14, 0 }, { 3, 15, 0 }, { 11, 0, 0 }, { 11, 1, 0 }, { 12, 0, 0x14000000 }, { 12, 1, 0 },
	{ 12, 2, 0 },
};

#define NUM_KINDS	((int)ARRAY_SIZE(kinds))

#endif
