// SPDX-License-Identifier: GPL-2.0
/*
 * Listing sockets.
 */
#include "genl.h"
#include "tcp/info.h"

const struct nla_policy naru_query_get_policy[NARU_QUERY_NETNS + 1] = {
	[NARU_QUERY_SHOW] = NLA_POLICY_MASK(NLA_U32, NARU_SHOW_ALL),
	[NARU_QUERY_FILTER] = NLA_POLICY_NESTED(naru_filter_policy),
	[NARU_QUERY_ALL] = { .type = NLA_REJECT },
	[NARU_QUERY_NETNS] = { .type = NLA_U32 },
};

struct sock_dump {
	struct net *net;
	struct naru_walk walk;
	u32 show;
};

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

static void queue_lengths(const struct sock *sk, u8 state, u32 *recvq, u32 *sendq)
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

static int put_sock(struct sk_buff *skb, struct sock *sk, u8 state, struct user_namespace *reader)
{
	u32 recvq, sendq;

	queue_lengths(sk, state, &recvq, &sendq);
	if (nla_put_u8(skb, NARU_SOCK_DOMAIN, naru_sk(sk)->domain) ||
	    nla_put_u32(skb, NARU_SOCK_RECVQ, recvq) ||
	    nla_put_u32(skb, NARU_SOCK_SENDQ, sendq) ||
	    nla_put_u32(skb, NARU_SOCK_UID, from_kuid_munged(reader, sock_i_uid(sk))) ||
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

/* Takes the socket's lock, since the figures are to fit each other */
static int put_info(struct sk_buff *skb, struct sock *sk)
{
	char cong[NARU_CONG_NAME_MAX] = "";
	union naru_info info;
	bool slow;

	memset(&info, 0, sizeof(info));
	slow = lock_sock_fast(sk);
	naru_info_fill(sk, &info);
	if (naru_sk(sk)->cong_ops)
		strscpy(cong, naru_sk(sk)->cong_ops->name, sizeof(cong));
	unlock_sock_fast(sk, slow);
	if (nla_put(skb, NARU_SOCK_TCP_INFO, sizeof(info), &info) ||
	    nla_put_string(skb, NARU_SOCK_CONG, cong))
		return -EMSGSIZE;
	return 0;
}

static int put_row(struct sk_buff *skb, const struct naru_row *row, u32 show,
		   struct user_namespace *reader)
{
	int err;

	err = naru_genl_sock_base(skb, &row->key, row->id, row->kind, row->state);
	if (err)
		return err;
	if (!row->sk)
		return put_mini(skb, row);
	err = put_sock(skb, row->sk, row->state, reader);
	if (!err && (show & NARU_SHOW_MEM))
		err = put_mem(skb, row->sk);
	if (!err && (show & NARU_SHOW_INFO) && !is_dgram(row->sk))
		err = put_info(skb, row->sk);
	return err;
}

static int put_message(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct naru_row *row, u32 show)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&naru_genl_family, NLM_F_MULTI, NARU_CMD_SOCK_GET);

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (put_row(skb, row, show, sk_user_ns(NETLINK_CB(cb->skb).sk))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/*
 * Reads the request; args[0] becomes the dump's struct sock_dump. Not genl_ops.start: 6.1 has no
 * extended ACK for that.
 */
static int dump_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[ARRAY_SIZE(naru_query_get_policy)];
	struct sock_dump *dump;
	struct net *net;
	int err;

	err = genlmsg_parse(cb->nlh, &naru_genl_family, attrs, ARRAY_SIZE(attrs) - 1,
			    naru_query_get_policy, cb->extack);
	if (err)
		return err;
	dump = kzalloc(sizeof(*dump), GFP_KERNEL);
	if (!dump) {
		NL_SET_ERR_MSG(cb->extack, "no memory for the dump");
		return -ENOMEM;
	}
	cb->args[0] = (long)dump;
	if (attrs[NARU_QUERY_SHOW])
		dump->show = nla_get_u32(attrs[NARU_QUERY_SHOW]);
	err = naru_filter_parse(attrs[NARU_QUERY_FILTER], &dump->walk.filter, cb->extack);
	if (err)
		return err;
	net = naru_genl_netns_get(cb->skb, attrs[NARU_QUERY_NETNS], cb->extack);
	if (IS_ERR(net))
		return PTR_ERR(net);
	dump->net = net;
	return 0;
}

/* As many rows as fit */
static int dump_rows(struct sk_buff *skb, struct netlink_callback *cb, struct sock_dump *dump)
{
	struct naru_net *nn = naru_net(dump->net);
	struct naru_walk *w = &dump->walk;
	unsigned int i;
	int err = 0;

	cb->seq = naru_walk_generation(nn);
	while (!err && naru_walk_next(nn, w)) {
		for (i = 0; i < w->num && !err; i++)
			err = put_message(skb, cb, &w->row[i], dump->show);
		if (err) {
			w->bucket = w->row[i - 1].bucket;
			w->pos = w->row[i - 1].pos;
		}
		naru_walk_put(w);
	}
	return skb->len ? skb->len : err;
}

/**
 * naru_genl_sock_dump() - NARU_CMD_SOCK_GET
 * @skb: message to fill
 * @cb: dump
 *
 * Process context; may sleep for sockets' locks.
 *
 * Return: bytes in @skb, 0 at the end, -EINVAL, -ERANGE, -ENOMEM, and what naru_genl_netns_get()
 * gives; -EMSGSIZE when not even one row fits.
 */
int naru_genl_sock_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	int err = cb->args[0] ? 0 : dump_start(cb);

	return err ? err : dump_rows(skb, cb, (struct sock_dump *)cb->args[0]);
}

/**
 * naru_genl_sock_done() - NARU_CMD_SOCK_GET is over, or was given up
 * @cb: dump
 *
 * Process context.
 *
 * Return: 0.
 */
int naru_genl_sock_done(struct netlink_callback *cb)
{
	struct sock_dump *dump = (struct sock_dump *)cb->args[0];

	if (dump && dump->net)
		put_net(dump->net);
	kfree(dump);
	return 0;
}
