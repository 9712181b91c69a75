/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints, subsystem naru. Addresses are v4-mapped where they are IPv4; netns is the inode
 * number of the network namespace (ls -Li /proc/PID/ns/net), states are those of enum naru_state.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM naru

#if !defined(NARU_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define NARU_TRACE_H

#include <linux/tracepoint.h>
#include "naru.h"

#ifndef NARU_TRACE_ONCE
#define NARU_TRACE_ONCE
void naru_trace_key(const struct sock *sk, struct naru_key *key);
void naru_drop_key(const struct sock *sk, const struct sk_buff *skb, struct naru_key *key);
#endif

#define naru_trace_show_state(state)						\
	__print_symbolic(state,							\
			 { 1, "ESTABLISHED" }, { 2, "SYN-SENT" }, { 3, "SYN-RECEIVED" },	\
			 { 4, "FIN-WAIT-1" }, { 5, "FIN-WAIT-2" }, { 6, "TIME-WAIT" },	\
			 { 7, "CLOSED" }, { 8, "CLOSE-WAIT" }, { 9, "LAST-ACK" },		\
			 { 10, "LISTEN" }, { 11, "CLOSING" })

#define naru_trace_show_flags(flags)						\
	__print_flags(flags, ",",						\
		      { NARU_FIN, "FIN" }, { NARU_SYN, "SYN" }, { NARU_RST, "RST" },	\
		      { NARU_PSH, "PSH" }, { NARU_ACK, "ACK" }, { NARU_URG, "URG" },	\
		      { NARU_ECE, "ECE" }, { NARU_CWR, "CWR" })

#define NARU_TRACE_KEY_ASSIGN(of_net, key)				\
	do {								\
		const struct naru_key *_k = (key);			\
									\
		__entry->netns = (of_net)->ns.inum;			\
		memcpy(__entry->laddr, &_k->laddr, 16);			\
		memcpy(__entry->raddr, &_k->raddr, 16);			\
		__entry->lport = ntohs(_k->lport);			\
		__entry->rport = ntohs(_k->rport);			\
		__entry->wire = _k->wire;				\
	} while (0)

#define NARU_TRACE_KEY_FMT "netns=%u wire=%u local=[%pI6c]:%u remote=[%pI6c]:%u"

DECLARE_EVENT_CLASS(naru_node_state,
	TP_PROTO(const struct naru_net *nn, const struct naru_node *node, u8 old_state,
		 u8 new_state),
	TP_ARGS(nn, node, old_state, new_state),
	TP_STRUCT__entry(
		__field(u32, netns)
		__array(u8, laddr, 16)
		__array(u8, raddr, 16)
		__field(u16, lport)
		__field(u16, rport)
		__field(u8, wire)
		__field(u32, id)
		__field(u8, old_state)
		__field(u8, new_state)
	),
	TP_fast_assign(
		NARU_TRACE_KEY_ASSIGN(nn->net, &node->key);
		__entry->id = node->id;
		__entry->old_state = old_state;
		__entry->new_state = new_state;
	),
	TP_printk(NARU_TRACE_KEY_FMT " id=%u %s -> %s", __entry->netns, __entry->wire,
		  __entry->laddr, __entry->lport, __entry->raddr, __entry->rport, __entry->id,
		  naru_trace_show_state(__entry->old_state),
		  naru_trace_show_state(__entry->new_state))
);

/* A SYN-RECEIVED or TIME-WAIT entry came, changed or went */
DEFINE_EVENT(naru_node_state, naru_tw_state,
	TP_PROTO(const struct naru_net *nn, const struct naru_node *node, u8 old_state,
		 u8 new_state),
	TP_ARGS(nn, node, old_state, new_state)
);

/* A full socket changed its state */
TRACE_EVENT(naru_state,
	TP_PROTO(const struct sock *sk, u8 old_state, u8 new_state),
	TP_ARGS(sk, old_state, new_state),
	TP_STRUCT__entry(
		__field(u32, netns)
		__array(u8, laddr, 16)
		__array(u8, raddr, 16)
		__field(u16, lport)
		__field(u16, rport)
		__field(u8, wire)
		__field(u32, id)
		__field(u8, old_state)
		__field(u8, new_state)
	),
	TP_fast_assign(
		struct naru_key key;

		naru_trace_key(sk, &key);
		NARU_TRACE_KEY_ASSIGN(sock_net(sk), &key);
		__entry->id = naru_sk(sk)->node.id;
		__entry->old_state = old_state;
		__entry->new_state = new_state;
	),
	TP_printk(NARU_TRACE_KEY_FMT " id=%u %s -> %s", __entry->netns, __entry->wire,
		  __entry->laddr, __entry->lport, __entry->raddr, __entry->rport, __entry->id,
		  naru_trace_show_state(__entry->old_state),
		  naru_trace_show_state(__entry->new_state))
);

DECLARE_EVENT_CLASS(naru_segment,
	TP_PROTO(const struct net *net, const struct naru_key *key, u32 seq, u32 ack, u32 len,
		 u8 flags, u32 wnd, u8 state),
	TP_ARGS(net, key, seq, ack, len, flags, wnd, state),
	TP_STRUCT__entry(
		__field(u32, netns)
		__array(u8, laddr, 16)
		__array(u8, raddr, 16)
		__field(u16, lport)
		__field(u16, rport)
		__field(u8, wire)
		__field(u32, seq)
		__field(u32, ack)
		__field(u32, len)
		__field(u32, wnd)
		__field(u8, flags)
		__field(u8, state)
	),
	TP_fast_assign(
		NARU_TRACE_KEY_ASSIGN(net, key);
		__entry->seq = seq;
		__entry->ack = ack;
		__entry->len = len;
		__entry->wnd = wnd;
		__entry->flags = flags;
		__entry->state = state;
	),
	TP_printk(NARU_TRACE_KEY_FMT " seq=%u ack=%u len=%u wnd=%u flags=%s state=%s", __entry->netns, __entry->wire,
		  __entry->laddr, __entry->lport, __entry->raddr, __entry->rport,
		  __entry->seq, __entry->ack, __entry->len, __entry->wnd,
		  naru_trace_show_flags(__entry->flags),
		  naru_trace_show_state(__entry->state))
);

/* A segment goes out; @wnd is SEG.WND as on the wire, @len its payload in bytes */
DEFINE_EVENT(naru_segment, naru_send,
	TP_PROTO(const struct net *net, const struct naru_key *key, u32 seq, u32 ack, u32 len,
		 u8 flags, u32 wnd, u8 state),
	TP_ARGS(net, key, seq, ack, len, flags, wnd, state)
);

/* A segment came; @state before it is processed */
DEFINE_EVENT(naru_segment, naru_receive,
	TP_PROTO(const struct net *net, const struct naru_key *key, u32 seq, u32 ack, u32 len,
		 u8 flags, u32 wnd, u8 state),
	TP_ARGS(net, key, seq, ack, len, flags, wnd, state)
);

TRACE_EVENT(naru_retransmit,
	TP_PROTO(const struct sock *sk, u32 seq, u32 len),
	TP_ARGS(sk, seq, len),
	TP_STRUCT__entry(
		__field(u32, netns)
		__array(u8, laddr, 16)
		__array(u8, raddr, 16)
		__field(u16, lport)
		__field(u16, rport)
		__field(u8, wire)
		__field(u32, seq)
		__field(u32, len)
		__field(u8, retransmits)
		__field(u8, state)
	),
	TP_fast_assign(
		NARU_TRACE_KEY_ASSIGN(sock_net(sk), &naru_sk(sk)->node.key);
		__entry->seq = seq;
		__entry->len = len;
		__entry->retransmits = naru_sk(sk)->retransmits;
		__entry->state = sk->sk_state;
	),
	TP_printk(NARU_TRACE_KEY_FMT " seq=%u len=%u retransmits=%u state=%s", __entry->netns, __entry->wire,
		  __entry->laddr, __entry->lport, __entry->raddr, __entry->rport,
		  __entry->seq, __entry->len, __entry->retransmits,
		  naru_trace_show_state(__entry->state))
);

/* local and remote are unspecified where neither packet nor socket tell them */
TRACE_EVENT(naru_drop,
	TP_PROTO(const struct naru_net *nn, const struct sock *sk, const struct sk_buff *skb,
		 unsigned int reason),
	TP_ARGS(nn, sk, skb, reason),
	TP_STRUCT__entry(
		__field(u32, netns)
		__array(u8, laddr, 16)
		__array(u8, raddr, 16)
		__field(u16, lport)
		__field(u16, rport)
		__field(u8, wire)
		__field(u32, len)
		__array(char, reason, 16)
	),
	TP_fast_assign(
		struct naru_key key;

		naru_drop_key(sk, skb, &key);
		NARU_TRACE_KEY_ASSIGN(nn->net, &key);
		__entry->len = skb->len;
		strscpy(__entry->reason, naru_drop_name(reason), 16);
	),
	TP_printk(NARU_TRACE_KEY_FMT " len=%u reason=%s", __entry->netns, __entry->wire,
		  __entry->laddr, __entry->lport, __entry->raddr, __entry->rport,
		  __entry->len,
		  __entry->reason)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
