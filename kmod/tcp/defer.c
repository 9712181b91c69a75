// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_DEFER_ACCEPT as tcp(7) has it, and as the kernel's TCP counts it: in timeouts of the <SYN,ACK>. An ACK without
 * data does not make a connection until so many have gone; the last but one sends the <SYN,ACK> again, and who
 * answers that is let in.
 */
#include "defer.h"

#define FIRST_S	1	/* RFC 6298 2.1 */
#define MOST_S	120

static int next_s(int timeout)
{
	return min_t(int, 2 * timeout, MOST_S);
}

/**
 * naru_defer_from_seconds - how many timeouts a program's seconds are
 * @seconds: what it has set; 0 or less: none
 *
 * Return: the fewest that take so long, at most 255. Any context.
 */
u8 naru_defer_from_seconds(int seconds)
{
	int timeout = FIRST_S, period = FIRST_S;
	u8 n = 1;

	if (seconds <= 0)
		return 0;
	for (; seconds > period && n < 255; n++) {
		timeout = next_s(timeout);
		period += timeout;
	}
	return n;
}

/**
 * naru_defer_to_seconds - the reverse
 * @timeouts: how many
 *
 * Return: the seconds that they take. Any context.
 */
int naru_defer_to_seconds(u8 timeouts)
{
	int timeout = FIRST_S, period = 0;

	while (timeouts--) {
		period += timeout;
		timeout = next_s(timeout);
	}
	return period;
}

/**
 * naru_defer_holds - whether an ACK that completes the handshake is not enough yet
 * @defer: timeouts that the listener waits for data
 * @timeouts: how many there were
 * @bare: the ACK has neither data nor FIN
 *
 * Return: true while the connection is to wait. Any context.
 */
bool naru_defer_holds(u8 defer, u8 timeouts, bool bare)
{
	return bare && timeouts < defer;
}

/**
 * naru_defer_timeout - the timer of a half-open connection has fired
 * @defer: timeouts that the listener waits for data, 0: it does not
 * @timeouts: how many there were before this one
 * @retries: after how many the peer is given up
 * @acked: it has completed the handshake, and data is waited for
 * @t: is filled
 *
 * Any context.
 */
void naru_defer_timeout(u8 defer, u8 timeouts, u8 retries, bool acked, struct naru_defer_timer *t)
{
	bool waits = defer && acked;

	t->expire = timeouts >= retries && (!waits || timeouts >= defer);
	t->resend = !t->expire && (!waits || timeouts >= defer - 1);
}
