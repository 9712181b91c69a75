/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In the place of the tracepoints: states are checked, segments shown with -v.
 */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

void sim_state(const struct sock *sk, u8 from, u8 to);
void sim_segment(const char *what, const struct naru_key *key, const struct naru_seg *seg, u8 state);

#define SIM_SEGMENT(what, key, _seq, _ack, _len, _flags, _wnd, state) do {				\
	const struct naru_seg seg_ = { .seq = _seq, .ack = _ack, .len = _len, .flags = _flags,	\
				       .wnd = _wnd };						\
												\
	sim_segment(what, key, &seg_, state);							\
} while (0)

#define trace_naru_state(sk, from, to)			sim_state(sk, from, to)
#define trace_naru_tw_state(nn, node, from, to)		((void)(node), sim_state(NULL, from, to))
#define trace_naru_send(net, key, seq, ack, len, flags, wnd, state)	\
	SIM_SEGMENT("send", key, seq, ack, len, flags, wnd, state)
#define trace_naru_receive(net, key, seq, ack, len, flags, wnd, state)	\
	SIM_SEGMENT("recv", key, seq, ack, len, flags, wnd, state)
#define trace_naru_retransmit(sk, seq, len)		((void)(sk))

#endif
