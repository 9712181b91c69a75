// SPDX-License-Identifier: GPL-2.0
/*
 * What there is in the fields of a socket. Without its lock: each figure is right, and they need not fit each other.
 */
#include <linux/cgroup.h>
#include <linux/pid.h>
#include "genl_query.h"

/* Of whatever is listed */
static bool plain_number(const struct naru_row *row, unsigned int field, u64 *n)
{
	switch (field) {
	case NARU_FIELD_ID:
		*n = row->id;
		return true;
	case NARU_FIELD_STATE:
		*n = row->state;
		return true;
	case NARU_FIELD_KIND:
		*n = row->kind;
		return true;
	case NARU_FIELD_WIRE:
		*n = naru_filter_mode(row->key.wire);
		return true;
	case NARU_FIELD_TYPE:
		*n = naru_filter_type(row->key.wire);
		return true;
	case NARU_FIELD_FAMILY:
		*n = naru_walk_family(&row->key);
		return true;
	case NARU_FIELD_LPORT:
		*n = ntohs(row->key.lport);
		return true;
	case NARU_FIELD_RPORT:
		*n = ntohs(row->key.rport);
		return true;
	default:
		*n = row->key.scope;
		return row->key.scope;
	}
}

/* Of full sockets, what anyone may see */
static u64 sock_number(const struct naru_query *q, const struct naru_row *row, unsigned int field)
{
	u32 recvq, sendq;

	switch (field) {
	case NARU_FIELD_UID:
		return from_kuid_munged(q->user_ns, READ_ONCE(row->sk->sk_uid));
	case NARU_FIELD_INODE:
		return sock_i_ino(row->sk);
	default:
		naru_genl_sock_queues(row->sk, row->state, &recvq, &sendq);
		return field == NARU_FIELD_RECVQ ? recvq : sendq;
	}
}

static bool detail_number(struct sock *sk, unsigned int field, u64 *n)
{
	switch (field) {
	case NARU_FIELD_RMEM:
		*n = atomic_read(&sk->sk_rmem_alloc);
		return true;
	case NARU_FIELD_WMEM:
		*n = sk->sk_type == SOCK_DGRAM ? sk_wmem_alloc_get(sk) : READ_ONCE(sk->sk_wmem_queued);
		return true;
	default:
#ifdef CONFIG_SOCK_CGROUP_DATA
		*n = cgroup_id(sock_cgroup_ptr(&sk->sk_cgrp_data));
		return true;
#else
		return false;
#endif
	}
}

static u64 stream_rtt(const struct naru_sock *ns, unsigned int field)
{
	switch (field) {
	case NARU_FIELD_RTT:
		return READ_ONCE(ns->rtt.srtt8) >> 3;
	case NARU_FIELD_RTTVAR:
		return READ_ONCE(ns->rtt.srtt8) ? READ_ONCE(ns->rtt.rttvar4) >> 2 : 0;
	case NARU_FIELD_MIN_RTT:
		return READ_ONCE(ns->rtt.srtt8) ? READ_ONCE(ns->rtt.min) : 0;
	default:
		return READ_ONCE(ns->rtt.rto);
	}
}

static u64 stream_size(const struct naru_sock *ns, unsigned int field)
{
	u32 mss = max(READ_ONCE(ns->mss_cache), 1U), ssthresh = READ_ONCE(ns->cong.ssthresh);

	switch (field) {
	case NARU_FIELD_CWND:
		return max(READ_ONCE(ns->cong.cwnd) / mss, 1U);
	case NARU_FIELD_SSTHRESH:
		return ssthresh >= NARU_CONG_INFINITE ? 0 : ssthresh / mss;
	case NARU_FIELD_MSS:
		return mss;
	case NARU_FIELD_PMTU:
		return READ_ONCE(ns->pmtu);
	case NARU_FIELD_IN_FLIGHT:
		return max_t(s32, READ_ONCE(ns->snd_nxt) - READ_ONCE(ns->snd_una), 0);
	default:
		return READ_ONCE(ns->lost_out);
	}
}

static u64 stream_count(const struct naru_sock *ns, unsigned int field)
{
	struct naru_rate rate;

	switch (field) {
	case NARU_FIELD_RETRANS:
		return READ_ONCE(ns->total_retrans);
	case NARU_FIELD_BYTES_SENT:
		return READ_ONCE(ns->bytes_sent);
	case NARU_FIELD_BYTES_ACKED:
		return READ_ONCE(ns->bytes_acked);
	case NARU_FIELD_BYTES_RECEIVED:
		return READ_ONCE(ns->bytes_received);
	case NARU_FIELD_BYTES:
		return READ_ONCE(ns->bytes_acked) + READ_ONCE(ns->bytes_received);
	case NARU_FIELD_AGE:
		return div_u64(naru_now_us() - READ_ONCE(ns->created_us), USEC_PER_MSEC);
	default:
		/* the copy keeps what it divides by */
		rate = ns->meter.rate;
		return naru_rate_get(&rate);
	}
}

/* A listener has no connection */
static bool stream_number(const struct naru_row *row, unsigned int field, u64 *n)
{
	const struct naru_sock *ns = naru_sk(row->sk);

	if (row->sk->sk_type == SOCK_DGRAM || (row->state == NARU_LISTEN && field != NARU_FIELD_AGE))
		return false;
	switch (field) {
	case NARU_FIELD_RTT:
	case NARU_FIELD_RTTVAR:
	case NARU_FIELD_MIN_RTT:
	case NARU_FIELD_RTO:
		*n = stream_rtt(ns, field);
		return *n;
	case NARU_FIELD_CWND:
	case NARU_FIELD_SSTHRESH:
	case NARU_FIELD_MSS:
	case NARU_FIELD_PMTU:
	case NARU_FIELD_IN_FLIGHT:
	case NARU_FIELD_LOST:
		*n = stream_size(ns, field);
		return *n || field != NARU_FIELD_SSTHRESH;
	default:
		*n = stream_count(ns, field);
		return true;
	}
}

static bool number_of(const struct naru_query *q, const struct naru_row *row, unsigned int field, u64 *n)
{
	if (field <= NARU_FIELD_DEV)
		return plain_number(row, field, n);
	if (!row->sk)
		return false;
	if (field <= NARU_FIELD_SENDQ) {
		*n = sock_number(q, row, field);
		return true;
	}
	if (!naru_query_may_see(q, row->sk))
		return false;
	return field <= NARU_FIELD_WMEM ? detail_number(row->sk, field, n) : stream_number(row, field, n);
}

/* Ops are freed no earlier than a grace period after the last socket let go of them */
static bool cong_of(const struct naru_query *q, const struct naru_row *row, char *name)
{
	const struct naru_cong_ops *ops;

	if (!row->sk || row->sk->sk_type == SOCK_DGRAM || !naru_query_may_see(q, row->sk))
		return false;
	rcu_read_lock();
	ops = READ_ONCE(naru_sk(row->sk)->cong_ops);
	if (ops)
		strscpy(name, ops->name, NARU_QUERY_TEXT);
	rcu_read_unlock();
	return ops;
}

static void fill_owner(const struct naru_query *q, const struct naru_row *row, struct naru_query_view *v)
{
	const struct naru_owner *owner;
	struct pid *pid;

	if (!row->sk || !naru_query_may_see(q, row->sk))
		return;
	v->s.owner = naru_owners_of(q->owners, row->id);
	owner = &naru_sk(row->sk)->owner;
	pid = v->s.owner ? NULL : naru_owner_pid(owner);
	if (!pid || !pid_nr_ns(pid, q->pid_ns))
		return;
	v->proc.pid = pid_nr_ns(pid, q->pid_ns);
	strscpy(v->proc.comm, owner->comm, sizeof(v->proc.comm));
	v->owner = (struct naru_query_owner){ .proc = &v->proc, .fd = -1 };
	v->s.owner = &v->owner;
}

/**
 * naru_field_fill() - fields of a row
 * @q: query, begun
 * @row: row, whose socket stays where it is
 * @needs: bit mask, 1 << field: those that are wanted
 * @v: filled with those that there are and that the reader may see
 *
 * Any context; no lock.
 */
void naru_field_fill(const struct naru_query *q, const struct naru_row *row, u64 needs, struct naru_query_view *v)
{
	struct naru_query_subject *s = &v->s;
	unsigned int field;
	bool has;

	s->present = 0;
	s->owner = NULL;
	if (needs & (BIT_ULL(NARU_FIELD_PID) | BIT_ULL(NARU_FIELD_COMM)))
		fill_owner(q, row, v);
	needs &= ~(BIT_ULL(NARU_FIELD_PID) | BIT_ULL(NARU_FIELD_COMM));
	for (; needs; needs &= needs - 1) {
		field = __ffs64(needs);
		if (field == NARU_FIELD_LADDR || field == NARU_FIELD_RADDR) {
			memcpy(field == NARU_FIELD_LADDR ? s->laddr : s->raddr,
			       field == NARU_FIELD_LADDR ? &row->key.laddr : &row->key.raddr, sizeof(s->laddr));
			has = true;
		} else if (field == NARU_FIELD_CONG) {
			has = cong_of(q, row, s->cong);
		} else {
			has = number_of(q, row, field, &s->number[field]);
		}
		if (has)
			s->present |= BIT_ULL(field);
	}
}
