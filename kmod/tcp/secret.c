// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers that nobody outside may guess: keyed hashes of the four-tuple. RFC 6528, RFC 7323 5.4.
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
