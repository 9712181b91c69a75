// SPDX-License-Identifier: GPL-2.0
/*
 * A socket, as lists tell of it.
 */
#include "genl_query.h"
#include "genl_sock.h"
#include "tcp/info.h"

/**
 * naru_genl_sock_base() - put what rows and events have in common
 * @skb: message
 * @key: four-tuple
 * @id: number of the node
 * @kind: enum naru_node_kind
 * @state: enum naru_state
 *
 * Any context.
 *
 * Return: 0 or -EMSGSIZE.
 */
int naru_genl_sock_base(struct sk_buff *skb, const struct naru_key *key, u32 id, u8 kind,
			u8 state)
{
	if (nla_put_u32(skb, NARU_SOCK_ID, id) ||
	    nla_put_u8(skb, NARU_SOCK_KIND, kind) ||
	    nla_put_u8(skb, NARU_SOCK_STATE, state) ||
	    nla_put_u8(skb, NARU_SOCK_WIRE, key->wire) ||
	    nla_put_u8(skb, NARU_SOCK_FAMILY, naru_walk_family(key)) ||
	    nla_put_in6_addr(skb, NARU_SOCK_LADDR, &key->laddr) ||
	    nla_put_in6_addr(skb, NARU_SOCK_RADDR, &key->raddr) ||
	    nla_put_u16(skb, NARU_SOCK_LPORT, ntohs(key->lport)) ||
	    nla_put_u16(skb, NARU_SOCK_RPORT, ntohs(key->rport)))
		return -EMSGSIZE;
	if (key->scope && nla_put_u32(skb, NARU_SOCK_DEV, key->scope))
		return -EMSGSIZE;
	return 0;
}

/* Has what every naru socket has, and nothing of a stream's */
static bool is_dgram(const struct sock *sk)
{
	return sk->sk_type == SOCK_DGRAM;
}

static int put_timer(struct sk_buff *skb, u8 kind, u32 ms, u8 retrans)
{
	struct nlattr *nest = nla_nest_start(skb, NARU_SOCK_TIMER);

	if (!nest || nla_put_u8(skb, NARU_TIMER_KIND, kind) ||
	    nla_put_u32(skb, NARU_TIMER_MS, ms) || nla_put_u8(skb, NARU_TIMER_RETRANS, retrans))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_sock_timer(struct sk_buff *skb, const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);
	u8 what = NARU_TIMER_NONE;
	u32 ms;

	if (is_dgram(sk))
		return 0;
	ms = naru_timer_remaining(sk, &what);
	switch (what) {
	case NARU_TIMER_RTX:
	case NARU_TIMER_REORDER:
	case NARU_TIMER_TAIL:
		return put_timer(skb, NARU_TIMER_KIND_RETRANSMIT, ms, READ_ONCE(ns->retransmits));
	case NARU_TIMER_PROBE:
		return put_timer(skb, NARU_TIMER_KIND_PROBE, ms, READ_ONCE(ns->probes_out));
	case NARU_TIMER_KEEPALIVE:
		if (READ_ONCE(sk->sk_state) == NARU_FIN_WAIT_2 && sock_flag(sk, SOCK_DEAD))
			return put_timer(skb, NARU_TIMER_KIND_FIN_WAIT_2, ms, 0);
		return put_timer(skb, NARU_TIMER_KIND_KEEPALIVE, ms, READ_ONCE(ns->probes_out));
	default:
		return 0;
	}
}

/* What a row without a full socket has: the one timer */
static int put_mini(struct sk_buff *skb, const struct naru_row *row)
{
	u8 kind = row->kind == NARU_NODE_TW ? NARU_TIMER_KIND_TIME_WAIT : NARU_TIMER_KIND_SYNACK;

	return put_timer(skb, kind, row->timer_ms, row->retrans);
}

/* The peer's FIN is in RCV.NXT, but nothing to be read */
#define STATES_FIN_RECEIVED (TCPF_CLOSE_WAIT | TCPF_CLOSING | TCPF_LAST_ACK)

/**
 * naru_genl_sock_queues() - what waits to be read and to be acknowledged
 * @sk: socket
 * @state: its state
 * @recvq: filled, as NARU_SOCK_RECVQ
 * @sendq: filled, as NARU_SOCK_SENDQ
 *
 * Any context, no lock.
 */
void naru_genl_sock_queues(const struct sock *sk, u8 state, u32 *recvq, u32 *sendq)
{
	const struct naru_sock *ns = naru_sk(sk);

	if (is_dgram(sk)) {
		*recvq = atomic_read(&sk->sk_rmem_alloc);
		*sendq = sk_wmem_alloc_get(sk);
		return;
	}
	if (state == NARU_LISTEN) {
		*recvq = naru_listen_queue_len(sk);
		*sendq = READ_ONCE(sk->sk_max_ack_backlog);
		return;
	}
	*recvq = READ_ONCE(ns->rcv_nxt) - READ_ONCE(ns->copied_seq);
	*sendq = READ_ONCE(ns->write_seq) - READ_ONCE(ns->snd_una);
	if (STATES_FIN_RECEIVED & (1 << state))
		--*recvq;
	if (state == NARU_CLOSED || (s32)*recvq < 0)
		*recvq = 0;
	if (state == NARU_CLOSED || (s32)*sendq < 0)
		*sendq = 0;
}

static int put_sock(struct sk_buff *skb, struct sock *sk, u8 state, const struct naru_query *q)
{
	u32 recvq, sendq;

	naru_genl_sock_queues(sk, state, &recvq, &sendq);
	if (nla_put_u8(skb, NARU_SOCK_DOMAIN, naru_sk(sk)->domain) ||
	    nla_put_u32(skb, NARU_SOCK_RECVQ, recvq) ||
	    nla_put_u32(skb, NARU_SOCK_SENDQ, sendq) ||
	    nla_put_u32(skb, NARU_SOCK_UID, from_kuid_munged(q->user_ns, READ_ONCE(sk->sk_uid))) ||
	    nla_put_u32(skb, NARU_SOCK_INODE, sock_i_ino(sk)))
		return -EMSGSIZE;
	return put_sock_timer(skb, sk);
}

static int put_mem(struct sk_buff *skb, const struct sock *sk)
{
	struct nlattr *nest = nla_nest_start(skb, NARU_SOCK_MEM);
	u32 ofo = is_dgram(sk) ? 0 : READ_ONCE(naru_sk(sk)->ooo_bytes);
	int wmem = is_dgram(sk) ? sk_wmem_alloc_get(sk) : READ_ONCE(sk->sk_wmem_queued);

	if (!nest ||
	    nla_put_u32(skb, NARU_MEM_RMEM, atomic_read(&sk->sk_rmem_alloc)) ||
	    nla_put_u32(skb, NARU_MEM_RCVBUF, READ_ONCE(sk->sk_rcvbuf)) ||
	    nla_put_u32(skb, NARU_MEM_WMEM, wmem) ||
	    nla_put_u32(skb, NARU_MEM_SNDBUF, READ_ONCE(sk->sk_sndbuf)) ||
	    nla_put_u32(skb, NARU_MEM_FWD, max(READ_ONCE(sk->sk_forward_alloc), 0)) ||
	    nla_put_u32(skb, NARU_MEM_BACKLOG, READ_ONCE(sk->sk_backlog.len)) ||
	    nla_put_u32(skb, NARU_MEM_OFO, ofo) ||
	    nla_put_u32(skb, NARU_MEM_DROPS, atomic_read(&sk->sk_drops)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* The times of what limits, which make up all of its age with what the program leaves unused */
static int put_limits(struct sk_buff *skb, const struct naru_chrono *c, u64 opened_us, u64 now)
{
	static const u8 what[] = {
		[NARU_LIMITS_RWND] = NARU_LIMIT_RWND, [NARU_LIMITS_SNDBUF] = NARU_LIMIT_SNDBUF,
		[NARU_LIMITS_CWND] = NARU_LIMIT_CWND, [NARU_LIMITS_PACING] = NARU_LIMIT_PACING,
	};
	u64 age = now - opened_us, rest = age, us;
	struct nlattr *nest;
	unsigned int i;

	if (!opened_us)
		return 0;
	nest = nla_nest_start(skb, NARU_SOCK_LIMITS);
	if (!nest || nla_put_u64_64bit(skb, NARU_LIMITS_AGE, age, NARU_LIMITS_PAD))
		return -EMSGSIZE;
	for (i = NARU_LIMITS_RWND; i <= NARU_LIMITS_PACING; i++) {
		us = min(naru_chrono_us(c, what[i], now), rest);
		rest -= us;
		if (nla_put_u64_64bit(skb, i, us, NARU_LIMITS_PAD))
			return -EMSGSIZE;
	}
	if (nla_put_u64_64bit(skb, NARU_LIMITS_APP, rest, NARU_LIMITS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Takes the socket's lock, since the figures are to fit each other */
static int put_info(struct sk_buff *skb, struct sock *sk)
{
	char cong[NARU_CONG_NAME_MAX] = "";
	struct naru_chrono chrono;
	union naru_info info;
	u64 opened, now;
	bool slow;

	memset(&info, 0, sizeof(info));
	slow = lock_sock_fast(sk);
	chrono = naru_sk(sk)->meter.chrono;
	opened = naru_sk(sk)->meter.opened_us;
	now = naru_now_us();
	naru_info_fill(sk, &info);
	if (naru_sk(sk)->cong_ops)
		strscpy(cong, naru_sk(sk)->cong_ops->name, sizeof(cong));
	unlock_sock_fast(sk, slow);
	if (nla_put(skb, NARU_SOCK_TCP_INFO, sizeof(info), &info) ||
	    nla_put_string(skb, NARU_SOCK_CONG, cong))
		return -EMSGSIZE;
	return put_limits(skb, &chrono, opened, now);
}

static int put_details(struct sk_buff *skb, const struct naru_row *row, u32 show, struct naru_query *q, bool alone)
{
	int err = 0;

	if (!show || !naru_query_may_see(q, row->sk))
		return 0;
	if (show & NARU_SHOW_MEM)
		err = put_mem(skb, row->sk);
	if (!err && (show & NARU_SHOW_INFO) && !is_dgram(row->sk))
		err = put_info(skb, row->sk);
	if (!err && (show & NARU_SHOW_OWNERS))
		err = naru_owners_put(skb, q, row, alone);
	return err;
}

static int put_row(struct sk_buff *skb, const struct naru_row *row, u32 show, struct naru_query *q, bool alone)
{
	int err;

	err = naru_genl_sock_base(skb, &row->key, row->id, row->kind, row->state);
	if (err)
		return err;
	if (!row->sk)
		return put_mini(skb, row);
	err = put_sock(skb, row->sk, row->state, q);
	return err ? err : put_details(skb, row, show, q, alone);
}

/**
 * naru_genl_sock_put() - one reply to NARU_CMD_SOCK_GET
 * @skb: message
 * @cb: dump
 * @row: the socket, with a reference
 * @show: NARU_SHOW_*
 * @q: query, begun
 *
 * Process context; may sleep for the socket's lock.
 *
 * Return: 0 or -EMSGSIZE, with nothing of it in the message.
 */
int naru_genl_sock_put(struct sk_buff *skb, struct netlink_callback *cb, const struct naru_row *row, u32 show,
		       struct naru_query *q)
{
	bool alone = !skb->len;
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&naru_genl_family, NLM_F_MULTI, NARU_CMD_SOCK_GET);

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (put_row(skb, row, show, q, alone)) {
		naru_owners_cancel(q, row->id);
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}
