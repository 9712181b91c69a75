// SPDX-License-Identifier: GPL-2.0
/*
 * Which congestion control a connection runs, RFC 5681. The algorithms are pure: tcp/cong.h.
 */
#include "naru.h"

/* The first is what a socket has that asks for none */
static const struct naru_cong_ops *const algorithms[] = {
	&naru_cong_reno,
	&naru_cong_cubic,
};

/**
 * naru_cong_find - an algorithm by name
 * @name: as TCP_CONGESTION gives it
 *
 * Return: its table, NULL when there is none of that name.
 */
const struct naru_cong_ops *naru_cong_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (!strcmp(algorithms[i]->name, name))
			return algorithms[i];
	return NULL;
}

/**
 * naru_cong_init - initial window, no threshold
 * @sk: socket whose mss_cache is set, lock held
 *
 * RFC 6928 2; after a lost SYN the window starts at one segment (RFC 5681 3.1).
 */
void naru_cong_init(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_cong *c = &ns->cong;

	if (!ns->cong_ops)
		ns->cong_ops = algorithms[0];
	c->mss = ns->mss_cache;
	c->cwnd = naru_cong_initial_window(c->mss);
	c->ssthresh = NARU_CONG_INFINITE;
	c->acked = 0;
	memset(c->priv, 0, sizeof(c->priv));
	ns->cong_ops->init(c);
	if (ns->total_retrans > ns->syn_again)
		c->cwnd = c->mss;
}

/**
 * naru_cong_set - another algorithm, TCP_CONGESTION
 * @sk: socket, lock held
 * @ops: the algorithm
 *
 * The window and the threshold of a connection stay: the path is the same. Socket lock held.
 */
void naru_cong_set(struct sock *sk, const struct naru_cong_ops *ops)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_cong *c = &ns->cong;
	u32 cwnd = c->cwnd, ssthresh = c->ssthresh;

	if (ns->cong_ops == ops)
		return;
	ns->cong_ops = ops;
	c->acked = 0;
	memset(c->priv, 0, sizeof(c->priv));
	ops->init(c);
	c->cwnd = cwnd;
	c->ssthresh = ssthresh;
}
