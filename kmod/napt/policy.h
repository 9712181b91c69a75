/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a NAPT rule decides: which packets it takes, which ports are tried, who may send inwards, how
 * long a silence lasts. Pure. Addresses and ports are in host byte order.
 */
#ifndef NARU_POLICY_H
#define NARU_POLICY_H

#include "../tcp/pure.h"

/* The protocols that are translated; numbers of bits in naru_napt_match.protos */
enum naru_napt_proto {
	NARU_NAPT_TCP,
	NARU_NAPT_UDP,
	NARU_NAPT_ICMP,		/* echo; the id stands for the port */
	NARU_NAPT_STREAM,	/* 253 */
	NARU_NAPT_DGRAM,	/* 254 */
	NARU_NAPT_PROTOS
};

enum naru_napt_filter {
	NARU_NAPT_FILTER_EI,	/* endpoint-independent */
	NARU_NAPT_FILTER_AD,	/* address-dependent */
	NARU_NAPT_FILTER_APD,	/* address- and port-dependent */
	NARU_NAPT_FILTERS
};

/* Which of a rule's timers a session goes by */
enum naru_napt_timer {
	NARU_NAPT_TIMER_TCP_OPEN,	/* partly open, RFC 5382 5 and RFC 7857 2.1 */
	NARU_NAPT_TIMER_TCP_EST,
	NARU_NAPT_TIMER_TCP_CLOSE,	/* closing, and after a reset */
	NARU_NAPT_TIMER_UDP,
	NARU_NAPT_TIMER_ICMP,
	NARU_NAPT_TIMERS
};

struct naru_port_range {
	u16 first, last;
};

/**
 * struct naru_napt_except - destinations that a rule leaves alone
 * @addr: address
 * @prefix: bits of it that count, 0 to 32
 * @ports: destination ports; 0-65535: all, and all there is for ICMP
 */
struct naru_napt_except {
	u32 addr;
	u8 prefix;
	struct naru_port_range ports;
};

/**
 * struct naru_napt_match - which packets from inside a rule takes
 * @src: inside prefix
 * @prefix: bits of it that count, 0 to 32
 * @protos: bit mask of 1 << enum naru_napt_proto
 * @sports: source ports; 0-65535: all; of an echo the id
 * @dports: destination ports; of no meaning for ICMP
 * @num_excepts: how many
 * @except: destinations that are not taken
 */
struct naru_napt_match {
	u32 src;
	u8 prefix;
	u8 protos;
	struct naru_port_range sports, dports;
	u32 num_excepts;
	const struct naru_napt_except *except;
};

/**
 * struct naru_napt_flow - the two ends of a packet
 * @proto: enum naru_napt_proto
 * @src: source address
 * @dst: destination address
 * @sport: source port; of an echo its id, at both ends
 * @dport: destination port
 */
struct naru_napt_flow {
	u8 proto;
	u32 src, dst;
	u16 sport, dport;
};

/* Why a rule does not take a packet; NARU_NAPT_TAKEN: it does */
enum naru_napt_why {
	NARU_NAPT_TAKEN,
	NARU_NAPT_WHY_DEV,	/* leaves by another interface */
	NARU_NAPT_WHY_SRC,
	NARU_NAPT_WHY_PROTO,
	NARU_NAPT_WHY_SPORT,
	NARU_NAPT_WHY_DPORT,
	NARU_NAPT_WHY_EXCEPT,
	NARU_NAPT_WHY_SUSPENDED,
	NARU_NAPT_WHY_OUTSIDE,	/* comes from outside, and goes there */
	NARU_NAPT_WHYS
};

/* NARU_NAPT_TAKEN, or the first thing that does not hold; the interface is the caller's affair */
enum naru_napt_why naru_policy_match(const struct naru_napt_match *m,
				     const struct naru_napt_flow *f);
/* Is this destination excepted? RFC 6888 REQ-6 */
bool naru_policy_excepted(const struct naru_napt_match *m, u8 proto, u32 dst, u16 dport);

/**
 * struct naru_napt_ports - how external ports are chosen
 * @range: from which
 * @preserve: the inside port itself if it is free (RFC 4787 4.2.1), else at random (RFC 6056)
 * @parity: even stays even, odd stays odd (RFC 4787 REQ-4); not for ICMP
 */
struct naru_napt_ports {
	struct naru_port_range range;
	bool preserve, parity;
};

#define NARU_PORT_SPANS	2

/**
 * struct naru_port_span - ports to try
 * @first: the first
 * @last: the last; has the parity of @first if @step is 2
 * @start: where to begin; behind @last it goes on at @first
 * @step: 1 or 2
 */
struct naru_port_span {
	u16 first, last, start;
	u8 step;
};

/**
 * struct naru_port_plan - which ports to try for a mapping, in this order
 * @exact: try @port first
 * @port: the inside port
 * @num: spans after that
 * @span: they; none of them has a port twice
 */
struct naru_port_plan {
	bool exact;
	u16 port;
	u8 num;
	struct naru_port_span span[NARU_PORT_SPANS];
};

/*
 * The plan for inside port @wanted. 0-1023 and 1024-65535 are kept apart where the range has both
 * (RFC 4787 REQ-3a); port 0 is never tried but for ICMP. Parity that cannot be kept is given up in
 * the second span, so that no port stays unused (RFC 6888 REQ-13). @random: 32 random bits, for
 * where spans begin (RFC 6056 3.3.1).
 */
bool naru_policy_exact(const struct naru_napt_ports *ports, u8 proto, u16 wanted);
void naru_policy_plan(struct naru_port_plan *plan, const struct naru_napt_ports *ports, u8 proto,
		      u16 wanted, u32 random);

/*
 * May a stranger's packet in? @exact: a session with that very endpoint exists; @same_addr: one
 * with its address does. RFC 4787 5, RFC 5382 REQ-3
 */
bool naru_policy_admits(u8 filter, bool same_addr, bool exact);

/* Do the @bits first bits of two addresses agree? */
bool naru_policy_in_prefix(u32 addr, u32 prefix, u8 bits);

#endif
