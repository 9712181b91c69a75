// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_FASTOPEN and TCP_FASTOPEN_KEY: what a listener needs for Fast Open, RFC 7413 4.1.2 and 4.2.
 */
#include <linux/random.h>
#include <linux/slab.h>
#include "naru.h"
#include "sock.h"
#include "tcp/fastopen_listen.h"

/* Of naru_net.fastopen_keys, which is made once */
static DEFINE_MUTEX(keys_mutex);

static struct naru_fastopen_keys *make_keys(const u8 *bytes, unsigned int len)
{
	struct naru_fastopen_keys *keys = kzalloc(sizeof(*keys), GFP_KERNEL_ACCOUNT);
	__le64 words[2];

	if (!keys)
		return NULL;
	for (; len; len -= NARU_FASTOPEN_KEY_LEN, bytes += NARU_FASTOPEN_KEY_LEN) {
		memcpy(words, bytes, sizeof(words));
		keys->key[keys->num].key[0] = le64_to_cpu(words[0]);
		keys->key[keys->num].key[1] = le64_to_cpu(words[1]);
		keys->num++;
	}
	return keys;
}

/* Random, where none of its listeners has needed them yet */
static int need_netns_keys(struct naru_net *nn)
{
	u8 bytes[NARU_FASTOPEN_KEY_LEN];
	int err = 0;

	if (rcu_access_pointer(nn->fastopen_keys))
		return 0;
	mutex_lock(&keys_mutex);
	if (!rcu_access_pointer(nn->fastopen_keys)) {
		get_random_bytes(bytes, sizeof(bytes));
		rcu_assign_pointer(nn->fastopen_keys, make_keys(bytes, sizeof(bytes)));
		memzero_explicit(bytes, sizeof(bytes));
		err = rcu_access_pointer(nn->fastopen_keys) ? 0 : -ENOMEM;
	}
	mutex_unlock(&keys_mutex);
	return err;
}

static struct naru_fastopen *need_fastopen(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct naru_fastopen *f = ns->fastopen;

	if (f)
		return f;
	f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	if (!f)
		return NULL;
	refcount_set(&f->ref, 1);
	spin_lock_init(&f->lock);
	/* SYNs look for it without the lock */
	smp_store_release(&ns->fastopen, f);
	return f;
}

/**
 * naru_fastopen_limit - TCP_FASTOPEN: how many connections may be pending
 * @sk: socket, lock held; process context
 * @most: their number, at most net.core.somaxconn; 0: no Fast Open
 *
 * Return: 0, -EINVAL where it is connected or @most below 0, -ENOMEM.
 */
int naru_fastopen_limit(struct sock *sk, int most)
{
	struct naru_fastopen *f;

	if (most < 0 || !((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		return -EINVAL;
	f = need_fastopen(sk);
	if (!f || need_netns_keys(naru_net_of(sk)))
		return -ENOMEM;
	WRITE_ONCE(f->queue.max, min_t(u32, most, READ_ONCE(sock_net(sk)->core.sysctl_somaxconn)));
	return 0;
}

/**
 * naru_fastopen_limit_of - what TCP_FASTOPEN tells
 * @sk: socket, lock held
 *
 * Return: how many connections may be pending.
 */
u32 naru_fastopen_limit_of(const struct sock *sk)
{
	const struct naru_fastopen *f = naru_sk(sk)->fastopen;

	return f ? f->queue.max : 0;
}

/**
 * naru_fastopen_listen - listen(2) where all listeners have Fast Open
 * @sk: socket in CLOSED, lock held; process context
 * @backlog: of listen(2)
 *
 * Return: 0 or -ENOMEM.
 */
int naru_fastopen_listen(struct sock *sk, int backlog)
{
	int both = NARU_FASTOPEN_SERVER | NARU_FASTOPEN_LISTENERS;

	if ((naru_setting(naru_net_of(sk), fastopen) & both) != both || naru_fastopen_limit_of(sk))
		return 0;
	return naru_fastopen_limit(sk, backlog);
}

/**
 * naru_fastopen_set_keys - TCP_FASTOPEN_KEY
 * @sk: socket, lock held; process context
 * @bytes: one key, or the one and the one before it, which is still taken
 * @len: NARU_FASTOPEN_KEY_LEN or twice that
 *
 * Return: 0 or -ENOMEM.
 */
int naru_fastopen_set_keys(struct sock *sk, const u8 *bytes, unsigned int len)
{
	struct naru_fastopen_keys *keys = make_keys(bytes, len), *was;
	struct naru_fastopen *f = keys ? need_fastopen(sk) : NULL;

	if (!f) {
		kfree(keys);
		return -ENOMEM;
	}
	was = rcu_replace_pointer(f->keys, keys, lockdep_sock_is_held(sk));
	if (was)
		kfree_rcu(was, rcu);
	return 0;
}

/**
 * naru_fastopen_keys_of - what TCP_FASTOPEN_KEY tells
 * @sk: socket, lock held
 * @bytes: where NARU_FASTOPEN_KEYS keys have room
 *
 * Return: bytes of its own keys; the namespace's are not told.
 */
unsigned int naru_fastopen_keys_of(struct sock *sk, u8 *bytes)
{
	const struct naru_fastopen_keys *keys = NULL;
	struct naru_fastopen *f = naru_sk(sk)->fastopen;
	unsigned int i, num = 0;
	__le64 words[2];

	rcu_read_lock();
	if (f)
		keys = rcu_dereference(f->keys);
	if (keys)
		num = keys->num;
	for (i = 0; i < num; i++) {
		words[0] = cpu_to_le64(keys->key[i].key[0]);
		words[1] = cpu_to_le64(keys->key[i].key[1]);
		memcpy(bytes + i * NARU_FASTOPEN_KEY_LEN, words, sizeof(words));
	}
	rcu_read_unlock();
	return num * NARU_FASTOPEN_KEY_LEN;
}

/**
 * naru_fastopen_netns_exit - the keys go with their namespace
 * @nn: namespace without sockets
 */
void naru_fastopen_netns_exit(struct naru_net *nn)
{
	kfree_sensitive(rcu_dereference_protected(nn->fastopen_keys, true));
}
