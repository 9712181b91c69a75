/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel's own TCP has of a four-tuple, so that naru leaves it alone.
 */
#ifndef NARU_HOST_TCP_H
#define NARU_HOST_TCP_H

#include "naru.h"

enum naru_host_tcp {
	NARU_HOST_NONE,
	NARU_HOST_LIVE,		/* a connection, SYN-RECEIVED and FIN-WAIT-2 included */
	NARU_HOST_TIME_WAIT,	/* a SYN may open a new one */
};

enum naru_host_tcp naru_host_tcp_find(struct net *net, const struct naru_key *key, int dif,
				      int sdif, struct naru_tw_state *tw);
void naru_host_tcp_end_time_wait(struct net *net, const struct naru_key *key, int dif, int sdif);
bool naru_host_tcp_listens(struct net *net, struct sk_buff *skb, const struct naru_key *key,
			   int dif, int sdif);

#endif
