// SPDX-License-Identifier: GPL-2.0
/*
 * Which congestion control a connection runs, RFC 5681. The algorithms are pure: tcp/cong.h. Other
 * modules may bring their own: a socket, and a namespace whose default it is, hold a reference to such
 * a module, and what is found without one is used under rcu_read_lock() alone.
 */
#include <linux/jhash.h>
#include <linux/module.h>
#include "naru.h"

#define ALGORITHMS	16

/* RFC 9293 3.8.2 lets there be others (MAY-18) */
static const struct naru_cong_ops __rcu *algorithms[ALGORITHMS] = {
	RCU_INITIALIZER(&naru_cong_reno),
	RCU_INITIALIZER(&naru_cong_cubic),
};

/* Of changes to @algorithms, and of defaults */
static DEFINE_MUTEX(mutex);

/* Under rcu_read_lock */
static const struct naru_cong_ops *find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ALGORITHMS; i++) {
		const struct naru_cong_ops *ops = rcu_dereference(algorithms[i]);

		if (ops && !strcmp(ops->name, name))
			return ops;
	}
	return NULL;
}

static void put(const struct naru_cong_ops *ops)
{
	module_put(ops->owner);
}

/**
 * naru_cong_put - what naru_cong_get() has found is not wanted
 * @ops: its table
 */
void naru_cong_put(const struct naru_cong_ops *ops)
{
	put(ops);
}

/**
 * naru_cong_get - an algorithm by name
 * @name: as TCP_CONGESTION gives it
 *
 * Any context. Return: its table with a reference to its module, for naru_cong_set(); NULL when there
 * is none of that name.
 */
const struct naru_cong_ops *naru_cong_get(const char *name)
{
	const struct naru_cong_ops *ops;

	rcu_read_lock();
	ops = find(name);
	if (ops && !try_module_get(ops->owner))
		ops = NULL;
	rcu_read_unlock();
	return ops;
}

/**
 * naru_cong_get_by_key - an algorithm that a route names
 * @key: the metric congctl: the kernel's hash of the name, tcp_register_congestion_control()
 *
 * Any context. Return: as naru_cong_get().
 */
const struct naru_cong_ops *naru_cong_get_by_key(u32 key)
{
	const struct naru_cong_ops *ops;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i < ALGORITHMS; i++) {
		ops = rcu_dereference(algorithms[i]);
		if (ops && jhash(ops->name, sizeof(ops->name), strlen(ops->name)) == key &&
		    try_module_get(ops->owner))
			break;
	}
	rcu_read_unlock();
	return i < ALGORITHMS ? ops : NULL;
}

/* What a socket has that asks for none. Its module may be going */
static const struct naru_cong_ops *get_default(struct naru_net *nn)
{
	const struct naru_cong_ops *ops;

	rcu_read_lock();
	ops = rcu_dereference(nn->cong);
	if (!try_module_get(ops->owner))
		ops = &NARU_CONG_DEFAULT;
	rcu_read_unlock();
	return ops;
}

static void clear(struct naru_cong *c)
{
	c->acked = 0;
	c->odd = false;
	memset(c->priv, 0, sizeof(c->priv));
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
		ns->cong_ops = get_default(naru_net_of(sk));
	clear(c);
	c->mss = ns->mss_cache;
	naru_cwv_reset(&ns->cwv);
	ns->cong_ops->init(c);
	c->cwnd = naru_path_initial_window(ns);
	c->ssthresh = NARU_CONG_INFINITE;
	if (ns->total_retrans > ns->syn_again)
		c->cwnd = c->mss;
}

/**
 * naru_cong_set - another algorithm, TCP_CONGESTION
 * @sk: socket, lock held
 * @ops: from naru_cong_get(); the socket's now
 *
 * The window and the threshold of a connection stay: the path is the same.
 */
void naru_cong_set(struct sock *sk, const struct naru_cong_ops *ops)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_cong *c = &ns->cong;
	const struct naru_cong_ops *old = ns->cong_ops;
	u32 cwnd = c->cwnd, ssthresh = c->ssthresh;

	/* a child may be copied meanwhile: the old one's module is held until nobody sees it here */
	WRITE_ONCE(ns->cong_ops, ops);
	put(old);
	if (old == ops)
		return;
	clear(c);
	ops->init(c);
	c->cwnd = cwnd;
	c->ssthresh = ssthresh;
}

/**
 * naru_cong_inherit - a child has its listener's algorithm
 * @child: copy of the listener, nobody else's yet
 *
 * Under rcu_read_lock, softirq.
 */
void naru_cong_inherit(struct sock *child)
{
	struct naru_sock *ns = naru_sk(child);

	if (!try_module_get(ns->cong_ops->owner))
		ns->cong_ops = NULL;
}

/**
 * naru_cong_release - the socket goes
 * @sk: socket that nobody uses any more
 */
void naru_cong_release(struct sock *sk)
{
	put(naru_sk(sk)->cong_ops);
}

/**
 * naru_cong_check - values that no algorithm may leave are put right, and counted
 * @sk: socket, lock held; its algorithm has just been asked
 */
void naru_cong_check(struct sock *sk)
{
	struct naru_cong *c = &naru_sk(sk)->cong;

	naru_cong_clamp(c);
	c->cwnd = naru_path_cwnd(naru_sk(sk), c->cwnd);
	if (likely(!c->odd))
		return;
	c->odd = false;
	NARU_INC(naru_net_of(sk), CONG_CLAMPED);
}

/* ---- of a namespace ---- */

/**
 * naru_cong_netns_init - a namespace has a default
 * @nn: namespace
 */
void naru_cong_netns_init(struct naru_net *nn)
{
	RCU_INIT_POINTER(nn->cong, &NARU_CONG_DEFAULT);
}

/**
 * naru_cong_netns_exit - its default's module may go
 * @nn: namespace without sockets
 */
void naru_cong_netns_exit(struct naru_net *nn)
{
	put(rcu_dereference_protected(nn->cong, true));
}

/**
 * naru_cong_default - a namespace's default
 * @nn: namespace
 * @name: filled with its name, NARU_CONG_NAME_MAX bytes
 */
void naru_cong_default(const struct naru_net *nn, char *name)
{
	rcu_read_lock();
	strscpy(name, rcu_dereference(nn->cong)->name, NARU_CONG_NAME_MAX);
	rcu_read_unlock();
}

/**
 * naru_cong_set_default - what new sockets of a namespace have
 * @nn: namespace
 * @ops: from naru_cong_get(); the namespace's now
 *
 * May sleep.
 */
void naru_cong_set_default(struct naru_net *nn, const struct naru_cong_ops *ops)
{
	mutex_lock(&mutex);
	ops = rcu_replace_pointer(nn->cong, ops, lockdep_is_held(&mutex));
	mutex_unlock(&mutex);
	put(ops);
}

/**
 * naru_cong_names - all there are
 * @text: filled with their names, a space between two
 * @size: its room, bytes
 */
void naru_cong_names(char *text, size_t size)
{
	unsigned int i;
	size_t len = 0;

	*text = 0;
	rcu_read_lock();
	for (i = 0; i < ALGORITHMS; i++) {
		const struct naru_cong_ops *ops = rcu_dereference(algorithms[i]);

		if (ops)
			len += scnprintf(text + len, size - len, "%s%s", len ? " " : "", ops->name);
	}
	rcu_read_unlock();
}

/* ---- of other modules ---- */

/* A name is one word, and ends */
static bool is_complete(const struct naru_cong_ops *ops)
{
	size_t len = strnlen(ops->name, sizeof(ops->name));

	return len && len < sizeof(ops->name) && !memchr(ops->name, ' ', len) && ops->init &&
	       ops->ack && ops->ssthresh;
}

/**
 * naru_cong_register - an algorithm of another module
 * @ops: its table; @ops->owner is THIS_MODULE
 *
 * May sleep. Return: 0; -EINVAL: it lacks a name or a function; -EEXIST: there is one of its name;
 * -ENOSPC: there are too many.
 */
int naru_cong_register(const struct naru_cong_ops *ops)
{
	unsigned int i, room = ALGORITHMS;
	bool exists;

	if (!is_complete(ops))
		return -EINVAL;
	mutex_lock(&mutex);
	rcu_read_lock();
	exists = find(ops->name);
	rcu_read_unlock();
	for (i = 0; i < ALGORITHMS; i++)
		if (!rcu_access_pointer(algorithms[i]))
			room = i;
	if (!exists && room < ALGORITHMS)
		rcu_assign_pointer(algorithms[room], ops);
	mutex_unlock(&mutex);
	return exists ? -EEXIST : room < ALGORITHMS ? 0 : -ENOSPC;
}
EXPORT_SYMBOL_GPL(naru_cong_register);

/**
 * naru_cong_unregister - it goes
 * @ops: as it was registered
 *
 * When its module is unloaded: nobody has a reference then. May sleep.
 */
void naru_cong_unregister(const struct naru_cong_ops *ops)
{
	unsigned int i;

	mutex_lock(&mutex);
	for (i = 0; i < ALGORITHMS; i++)
		if (rcu_access_pointer(algorithms[i]) == ops)
			RCU_INIT_POINTER(algorithms[i], NULL);
	mutex_unlock(&mutex);
	synchronize_rcu();
}
EXPORT_SYMBOL_GPL(naru_cong_unregister);
