// SPDX-License-Identifier: GPL-2.0
/*
 * Tail loss probe, RFC 8985 7. Times in µs; socket lock held.
 */
#include "tlp.h"

/**
 * naru_tlp_pto - for how long an ACK is waited for before a probe is sent
 * @srtt_us: smoothed round-trip time, 0: none yet
 * @one_segment: no more is in flight, whose ACK may be delayed
 * @tick_us: what timers count in
 *
 * RFC 8985 7.2; the caller sees to it that the retransmission timer does not fire before. Who waits for a processor
 * answers a tick later. Return: µs.
 */
u32 naru_tlp_pto(u32 srtt_us, bool one_segment, u32 tick_us)
{
	if (!srtt_us)
		return NARU_TLP_NO_RTT;
	return 2 * srtt_us + (one_segment ? NARU_TLP_MAX_ACK_DELAY : tick_us);
}

/**
 * naru_tlp_sent - a probe has been sent
 * @t: state
 * @snd_nxt: SND.NXT, behind it
 * @retrans: it is the last segment again, and not a new one
 *
 * RFC 8985 7.3.
 */
void naru_tlp_sent(struct naru_tlp *t, u32 snd_nxt, bool retrans)
{
	t->out = true;
	t->retrans = retrans;
	t->end_seq = snd_nxt;
}

/**
 * naru_tlp_ack - an ACK has come
 * @t: state, changed
 * @a: what it says
 *
 * RFC 8985 7.4.2. Return: whether the probe has repaired a loss, to which congestion control has to react.
 */
bool naru_tlp_ack(struct naru_tlp *t, const struct naru_tlp_ack *a)
{
	if (!t->out || naru_seq_before(a->ack, t->end_seq))
		return false;
	if (!t->retrans || a->dsack || (a->duplicate && a->ack == t->end_seq)) {
		t->out = false;
		return false;
	}
	if (a->ack == t->end_seq)
		return false;
	t->out = false;
	return true;
}
