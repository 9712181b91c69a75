// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers that nobody outside may guess: keyed hashes of the four-tuple. RFC 6528, RFC 7323 5.4, RFC 4987 3.6.
 */
#include "naru.h"
#include "tcp/isn.h"

static u64 key_hash(const struct naru_key *key, bool ports)
{
	u32 both = ports ? (__force u32)key->lport << 16 | (__force u32)key->rport : 0;
	struct {
		struct in6_addr laddr, raddr;
		u32 ports, wire;
	} __aligned(8) in = {
		.laddr = key->laddr,
		.raddr = key->raddr,
		.ports = both,
		.wire = key->wire,
	};

	if (naru_key_is_v4(key))
		return siphash_4u32((__force u32)key->laddr.s6_addr32[3],
				    (__force u32)key->raddr.s6_addr32[3], both, key->wire,
				    &naru_secret);
	return siphash(&in, sizeof(in), &naru_secret);
}

/**
 * naru_secret_isn - the initial sequence number for a connection that starts now
 * @key: four-tuple
 *
 * Return: ISS, RFC 6528 3: a clock and a pseudorandom function (RFC 9293 3.4.1, SHLD-1), whose key
 * nobody outside knows (MUST-9).
 */
u32 naru_secret_isn(const struct naru_key *key)
{
	return naru_isn_make((u32)key_hash(key, true), naru_now_us());
}

/**
 * naru_secret_ts_offset - what is added to the timestamp clock
 * @key: four-tuple
 *
 * Return: an offset that is the same for all connections of a pair of hosts, so that timestamps
 * grow from one connection to the next (RFC 7323 5.4, RFC 6191).
 */
u32 naru_secret_ts_offset(const struct naru_key *key)
{
	return (u32)(key_hash(key, false) >> 32);
}

/* Of a four-tuple, a purpose, a number and a minute: its length sets it apart from key_hash() */
static u64 cookie_hash(const struct naru_key *key, u32 purpose, u32 irs, u32 minute)
{
	struct {
		struct in6_addr laddr, raddr;
		u32 ports, wire, purpose, irs, minute, zero;
	} __aligned(8) in = {
		.laddr = key->laddr,
		.raddr = key->raddr,
		.ports = (__force u32)key->lport << 16 | (__force u32)key->rport,
		.wire = key->wire,
		.purpose = purpose,
		.irs = irs,
		.minute = minute,
	};

	return siphash(&in, sizeof(in), &naru_secret);
}

/**
 * naru_secret_cookie_blind - what hides the fields of a SYN cookie
 * @key: four-tuple
 *
 * Return: the same for a four-tuple at all times (RFC 4987 3.6).
 */
u32 naru_secret_cookie_blind(const struct naru_key *key)
{
	return (u32)cookie_hash(key, 0, 0, 0);
}

/**
 * naru_secret_cookie_tag - what proves that a SYN cookie is ours
 * @key: four-tuple
 * @irs: the peer's ISN
 * @minute: when it was made
 *
 * Return: another number each minute (RFC 4987 3.6).
 */
u32 naru_secret_cookie_tag(const struct naru_key *key, u32 irs, u32 minute)
{
	return (u32)cookie_hash(key, 1, irs, minute);
}
