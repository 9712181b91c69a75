/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long a sender was limited by what: TCP_INFO's busy_time, rwnd_limited and sndbuf_limited, and NARU_SOCK_LIMITS.
 */
#ifndef NARU_CHRONO_H
#define NARU_CHRONO_H

#include "pure.h"

enum naru_limit {
	NARU_LIMIT_IDLE,	/* all that was written is acknowledged */
	NARU_LIMIT_BUSY,	/* the program: all that may go has gone, and is not acknowledged */
	NARU_LIMIT_RWND,	/* the peer's window */
	NARU_LIMIT_SNDBUF,	/* the send buffer, which keeps the program from writing more */
	NARU_LIMIT_CWND,	/* the congestion window */
	NARU_LIMIT_PACING,	/* the time at which more may leave */
	NARU_LIMIT_MAX,
};

/**
 * struct naru_chrono - what limits a connection, and has limited it
 * @since_us: when @what began
 * @us: how long each did before
 * @what: enum naru_limit
 */
struct naru_chrono {
	u64 since_us;
	u64 us[NARU_LIMIT_MAX];
	u8 what;
};

/* What there is to send, bytes */
struct naru_chrono_in {
	u32 next;		/* of the first segment that has not gone; 0: all has, or a FIN alone waits */
	u32 wnd_room;		/* in the peer's window */
	u32 cwnd_room;		/* in the congestion window; no segment is cut to fit into it */
	bool unsent;		/* something has not gone */
	bool in_flight;		/* something is not acknowledged */
	bool no_space;		/* the program waits for room in the send buffer */
	bool paced;		/* more waits for its time */
};

enum naru_limit naru_chrono_limit(const struct naru_chrono_in *in);
void naru_chrono_switch(struct naru_chrono *c, enum naru_limit what, u64 now_us);
u64 naru_chrono_us(const struct naru_chrono *c, enum naru_limit what, u64 now_us);

#endif
