/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP_DEFER_ACCEPT: a listener that wants a connection only once it has data.
 */
#ifndef NARU_DEFER_H
#define NARU_DEFER_H

#include "pure.h"

/**
 * struct naru_defer_timer - what the timer of a half-open connection does
 * @expire: it goes, and nobody is told
 * @resend: the <SYN,ACK> is sent again
 */
struct naru_defer_timer {
	bool expire, resend;
};

u8 naru_defer_from_seconds(int seconds);
int naru_defer_to_seconds(u8 timeouts);
bool naru_defer_holds(u8 defer, u8 timeouts, bool bare);
void naru_defer_timeout(u8 defer, u8 timeouts, u8 retries, bool acked, struct naru_defer_timer *t);

#endif
