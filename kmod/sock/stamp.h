/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Timestamps of streams: stamp.c.
 */
#ifndef NARU_STAMP_H
#define NARU_STAMP_H

#include "naru.h"

struct scm_timestamping_internal;

void naru_stamp_begin(struct sock *sk, u32 tsflags, u32 early);
void naru_stamp_ask(struct sock *sk, u32 tsflags);
void naru_stamp_split(const struct naru_sock *ns, struct sk_buff *skb, struct sk_buff *rest);
void naru_stamp_join(struct sk_buff *skb, const struct sk_buff *next);
void naru_stamp_acked(struct sock *sk, struct sk_buff *skb, u32 ack);
void naru_stamp_merge(struct sk_buff *to, struct sk_buff *from);
bool naru_stamp_take(struct sk_buff *skb, struct scm_timestamping_internal *tss);
void naru_stamp_put(const struct sock *sk, struct msghdr *msg, struct scm_timestamping_internal *tss);

#endif
