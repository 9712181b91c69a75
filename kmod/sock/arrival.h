/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NARU_ARRIVAL_H
#define NARU_ARRIVAL_H

struct sk_buff;
struct sock;

void naru_arrival_note(struct sock *child, const struct sk_buff *skb);

#endif
