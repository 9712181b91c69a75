/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is measured of a connection for TCP_INFO and decides nothing.
 */
#ifndef NARU_METER_H
#define NARU_METER_H

#include "chrono.h"
#include "pure.h"
#include "rate.h"
#include "rtt.h"

/**
 * struct naru_meter - of one connection, zero before
 * @rate: delivery rate
 * @chrono: what limited it
 * @rcv_rtt: round-trip time as the receiver sees it
 * @opened_us: when it was established
 * @data_us: when data last came, 0: never
 * @rto_since_us: when the recovery began that a timeout has begun, 0: there is none
 * @rto_us: time of those that are over, µs
 * @delivered: segments that have arrived, SYN and FIN included
 * @ooo: segments that came out of order
 * @reordering: farthest that a segment came behind one sent later, segments; 0: none did
 * @rehash: new flow hashes after timeouts
 * @rtos: timeouts
 * @rto_recoveries: recoveries that a timeout began
 */
struct naru_meter {
	struct naru_rate rate;
	struct naru_chrono chrono;
	struct naru_rtt_rcv rcv_rtt;
	u64 opened_us, data_us, rto_since_us, rto_us;
	u32 delivered, ooo, reordering, rehash;
	u16 rtos, rto_recoveries;
};

#endif
