/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ingress.c and ingress_icmp.c share.
 */
#ifndef NARU_INGRESS_H
#define NARU_INGRESS_H

#include "naru.h"

int naru_ingress_native_icmp_v4(struct sk_buff *skb, u32 info);
int naru_ingress_native_icmp_v6(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type, u8 code,
				int offset, __be32 info);
void naru_ingress_hook_icmp_v4(struct naru_net *nn, struct sk_buff *skb);
void naru_ingress_hook_icmp_v6(struct naru_net *nn, struct sk_buff *skb, unsigned int offset);

#endif
