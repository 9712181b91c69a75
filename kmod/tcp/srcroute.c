// SPDX-License-Identifier: GPL-2.0
/*
 * Source routes of IPv4 that have come: what they say of the way back. RFC 791 3.1, RFC 9293 3.9.2.1.
 */
#include "srcroute.h"

#define OPT_END		0
#define OPT_NOP		1
#define OPT_LOOSE	131
#define OPT_STRICT	137
#define OPT_HEAD	3	/* type, length, pointer */
#define ADDR		4

/* The source route among options, NULL: there is none, or what is there is none */
static const u8 *find(const u8 *opts, u32 len)
{
	while (len && *opts != OPT_END) {
		u32 n = *opts == OPT_NOP ? 1 : len > 1 ? opts[1] : 0;

		if (!n || n > len || (n == 1 && *opts != OPT_NOP))
			return NULL;
		if (*opts == OPT_LOOSE || *opts == OPT_STRICT)
			return n > OPT_HEAD && (n - OPT_HEAD) % ADDR == 0 ? opts : NULL;
		opts += n;
		len -= n;
	}
	return NULL;
}

/**
 * naru_srcroute_reverse - the way back along a source route
 * @opts: options of an IPv4 header
 * @len: their bytes
 * @source: the packet's source address
 * @back: room for NARU_IP_OPTIONS_MAX bytes: filled as setsockopt(2) takes IP_OPTIONS, the first hop first
 *
 * RFC 9293 3.9.2.1 (MUST-53): a completed route has the routers that were passed, in that order. Some senders put
 * their own address first: it is no hop (RFC 1122 3.2.1.8 c).
 *
 * Return: bytes of @back, a multiple of 4; 0: there is no completed route. Any context.
 */
u32 naru_srcroute_reverse(const u8 *opts, u32 len, const u8 *source, u8 *back)
{
	const u8 *route = find(opts, len);
	u32 hops, first, i;

	if (!route || route[2] <= route[1])
		return 0;
	hops = (route[1] - OPT_HEAD) / ADDR;
	first = !memcmp(route + OPT_HEAD, source, ADDR);
	if (hops == first)
		return 0;
	memset(back, OPT_END, NARU_IP_OPTIONS_MAX);
	back[0] = route[0];
	back[1] = OPT_HEAD + (hops - first) * ADDR;
	back[2] = OPT_HEAD + 1;
	for (i = 0; i < hops - first; i++)
		memcpy(back + OPT_HEAD + i * ADDR, route + OPT_HEAD + (hops - 1 - i) * ADDR, ADDR);
	return back[1] + 1;
}
