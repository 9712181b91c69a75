/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tail loss probe: what is lost at the end of a flight is found without the retransmission timer. RFC 8985 7.
 */
#ifndef NARU_TLP_H
#define NARU_TLP_H

#include "pure.h"
#include "seq.h"

#define NARU_TLP_MAX_ACK_DELAY	200000	/* us, TLP.max_ack_delay of RFC 8985 7.2 */
#define NARU_TLP_NO_RTT		1000000	/* us, RFC 8985 7.2 */

/**
 * struct naru_tlp - a probe that waits for its answer, RFC 8985 5.2
 * @end_seq: TLP.end_seq, while @out
 * @out: there is one
 * @retrans: TLP.is_retrans
 */
struct naru_tlp {
	u32 end_seq;
	bool out, retrans;
};

struct naru_tlp_ack {
	u32 ack;		/* SEG.ACK */
	bool dsack;		/* it has a D-SACK block for what the probe sent */
	bool duplicate;		/* RFC 5681 2, and without SACK blocks */
};

u32 naru_tlp_pto(u32 srtt_us, bool one_segment, u32 tick_us);
void naru_tlp_sent(struct naru_tlp *t, u32 snd_nxt, bool retrans);
bool naru_tlp_ack(struct naru_tlp *t, const struct naru_tlp_ack *a);

#endif
