// SPDX-License-Identifier: GPL-2.0
/*
 * How long a sender was limited by what. One thing at a time, as TCP_INFO has it.
 */
#include "chrono.h"

/**
 * naru_chrono_limit - what limits the sender
 * @in: what there is to send
 *
 * The peer's window, where the congestion window would let go what it does not; the pacer, where both windows would; the
 * send buffer, where all has gone and the program waits for room.
 *
 * Return: it. Socket lock held.
 */
enum naru_limit naru_chrono_limit(const struct naru_chrono_in *in)
{
	if (!in->unsent && !in->in_flight)
		return NARU_LIMIT_IDLE;
	if (in->unsent && (!in->cwnd_room || in->next > in->cwnd_room))
		return NARU_LIMIT_CWND;
	if (in->unsent && in->next > in->wnd_room)
		return NARU_LIMIT_RWND;
	if (in->unsent && in->paced)
		return NARU_LIMIT_PACING;
	if (!in->unsent && in->cwnd_room && in->no_space)
		return NARU_LIMIT_SNDBUF;
	return NARU_LIMIT_BUSY;
}

/**
 * naru_chrono_switch - something else limits from now on
 * @c: chronograph
 * @what: what
 * @now_us: now
 */
void naru_chrono_switch(struct naru_chrono *c, enum naru_limit what, u64 now_us)
{
	c->us[c->what] += now_us - c->since_us;
	c->since_us = now_us;
	c->what = what;
}

/**
 * naru_chrono_us - how long it was the limit
 * @c: chronograph
 * @what: what
 * @now_us: now
 *
 * Return: µs.
 */
u64 naru_chrono_us(const struct naru_chrono *c, enum naru_limit what, u64 now_us)
{
	u64 us = c->us[what];

	return c->what == what ? us + (now_us - c->since_us) : us;
}
