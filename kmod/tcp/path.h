/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the route says of a path, beside its MTU.
 */
#ifndef NARU_PATH_H
#define NARU_PATH_H

#include "pure.h"

/**
 * struct naru_path - metrics of a connection's route, ip-route(8); 0: it does not say
 * @initcwnd: initial congestion window, segments
 * @initrwnd: window of our SYN, segments
 * @cwnd_clamp: largest congestion window, segments
 * @window: most that is ever announced, bytes
 * @rto_min_us: smallest retransmission timeout, in the place of the setting's
 * @quickack: no ACK is delayed
 * @cong_locked: programs may not choose another congestion control
 */
struct naru_path {
	u32 initcwnd, initrwnd, cwnd_clamp, window, rto_min_us;
	bool quickack, cong_locked;
};

#endif
