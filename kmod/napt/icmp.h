/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ICMP errors in the NAPT: the packet that an error is about, which is embedded in it.
 */
#ifndef NARU_NAPT_ICMP_H
#define NARU_NAPT_ICMP_H

#include "napt.h"

enum naru_embedded_kind {
	NARU_EMBEDDED_FLOW,	/* all is known of it */
	NARU_EMBEDDED_OTHER,	/* of no protocol that is translated, or an ICMP error itself */
	NARU_EMBEDDED_PART,	/* without ports: a later fragment, or cut short */
	NARU_EMBEDDED_SHORT,	/* without an IPv4 header */
};

/**
 * struct naru_embedded - the packet that an ICMP error is about
 * @f: its flow, offsets from skb->data of the error; ports only with NARU_EMBEDDED_FLOW
 * @kind: enum naru_embedded_kind
 * @type: ICMP type of the error
 * @tos: its type of service
 * @icmp: where the error's ICMP header begins, from skb->data
 * @ip: where its IP header begins
 * @end: behind the last byte of it that is there; padding and what follows left out
 */
struct naru_embedded {
	struct naru_flow f;
	u8 kind, type, tos;
	u32 icmp, ip, end;
};

/* icmp_rewrite.c */
void naru_embedded_find(const struct sk_buff *skb, struct naru_embedded *e);
bool naru_embedded_intact(struct sk_buff *skb, const struct naru_embedded *e);
bool naru_embedded_restore(struct sk_buff *skb, const struct naru_embedded *e, bool src,
			   __be32 addr, __be16 port);

#endif
