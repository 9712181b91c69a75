/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel's own TCP has of a four-tuple, so that naru leaves it alone.
 */
#ifndef NARU_HOST_TCP_H
#define NARU_HOST_TCP_H

#include "naru.h"

bool naru_host_tcp_has(struct net *net, const struct naru_key *key, int dif, int sdif);
bool naru_host_tcp_listens(struct net *net, struct sk_buff *skb, const struct naru_key *key,
			   int dif, int sdif);

#endif
