// SPDX-License-Identifier: GPL-2.0
/*
 * Who asks for sockets, and which of them are wanted.
 */
#include <linux/cgroup.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/slab.h>
#include "genl_query.h"

/**
 * naru_query_begin() - somebody asks
 * @q: query with its program, or without one
 * @skb: request
 * @net: namespace it is about
 *
 * Process context, of who asks. In any case naru_query_end() is called in the end.
 *
 * Return: 0, -ENOMEM, -EINTR.
 */
int naru_query_begin(struct naru_query *q, struct sk_buff *skb, const struct net *net)
{
	q->admin = netlink_ns_capable(skb, net->user_ns, CAP_NET_ADMIN);
	q->uid = NETLINK_CB(skb).creds.uid;
	q->user_ns = sk_user_ns(NETLINK_CB(skb).sk);
	q->pid_ns = get_pid_ns(task_active_pid_ns(current));
	q->cgroup_ns = current->nsproxy->cgroup_ns;
	get_cgroup_ns(q->cgroup_ns);
	if (!(q->needs & (BIT_ULL(NARU_FIELD_PID) | BIT_ULL(NARU_FIELD_COMM))))
		return 0;
	return naru_owners_find(q, net);
}

/**
 * naru_query_end() - he has his answer
 * @q: query, begun or not; zeros do
 *
 * Process context.
 */
void naru_query_end(struct naru_query *q)
{
	naru_owners_free(q->owners);
	kfree(q->test);
	if (!q->pid_ns)
		return;
	put_pid_ns(q->pid_ns);
	put_cgroup_ns(q->cgroup_ns);
}

/**
 * naru_query_may_see() - all of this socket?
 * @q: query, begun
 * @sk: socket
 *
 * What /proc/net/tcp would show anyone may see. Any context.
 */
bool naru_query_may_see(const struct naru_query *q, const struct sock *sk)
{
	return q->admin || uid_eq(READ_ONCE(sk->sk_uid), q->uid);
}

/**
 * naru_query_wants() - does the program want this row?
 * @q: query, begun, with a program
 * @row: row, whose socket stays where it is
 *
 * Any context.
 */
bool naru_query_wants(const struct naru_query *q, const struct naru_row *row)
{
	struct naru_query_view v;

	naru_field_fill(q, row, q->needs, &v);
	return naru_query_run(q->test, q->num, &v.s);
}
