/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as the engine needs: one CPU, nothing runs at the same time, so that locks and RCU are nothing;
 * a virtual clock; skbs whose data is one piece. Included before every file of the engine.
 */
#ifndef SIM_KERNEL_H
#define SIM_KERNEL_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "pure.h"

#undef errno	/* the kernel has a field of that name */

#define NARU_COMPAT_H	/* one kernel, this one */

/* ---- words ---- */

#define __percpu
#define __rcu
#define __user
#define __force
#define __aligned(n)		__attribute__((aligned(n)))
#define __acquire(x)		((void)0)
#define likely(x)		(x)
#define unlikely(x)		(x)
#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, v)	((x) = (v))
#define smp_load_acquire(p)	(*(p))
#define TASK_COMM_LEN		16
#define smp_store_release(p, v)	(*(p) = (v))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(a, b)	(((a) + (b) - 1) / (b))
#define BIT_ULL(n)		(1ULL << (n))
#define BITS_PER_LONG_LONG	64
#define L1_CACHE_ALIGN(n)	(((n) + 63) & ~63)
#define MAX_HEADER		128
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
#define min(a, b)	({ __auto_type a_ = (a); __auto_type b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b)	({ __auto_type a_ = (a); __auto_type b_ = (b); a_ > b_ ? a_ : b_; })
#define min3(a, b, c)	min(min(a, b), c)
#define clamp_t(t, v, lo, hi)	min_t(t, max_t(t, v, lo), hi)
#define clamp(v, lo, hi)	min(max(v, lo), hi)
#define EXPORT_SYMBOL_GPL(x)	_Static_assert(1, #x)
#define RCU_INITIALIZER(p)	(p)
#define static_assert		_Static_assert
#define scnprintf(...)		snprintf(__VA_ARGS__)
#define strscpy(to, from, n)	snprintf(to, n, "%s", from)
#define NSEC_PER_USEC		1000L
#define NSEC_PER_SEC		1000000000L
#define USEC_PER_MSEC		1000L
#define USEC_PER_SEC		1000000L

typedef unsigned int gfp_t;
typedef unsigned int __poll_t;
typedef struct { const void *p; } sockptr_t;
typedef struct { u64 key[2]; } siphash_key_t, siphash_aligned_key_t;
typedef struct { int unused; } spinlock_t;
typedef struct { int counter; } atomic_t;
typedef struct { int counter; } refcount_t;

#define GFP_ATOMIC	1u
#define GFP_KERNEL	2u
#define __GFP_NOFAIL	4u
#define __GFP_NOWARN	8u

_Noreturn void sim_fail(const char *what, ...) __attribute__((format(printf, 1, 2)));
#define WARN_ON_ONCE(c)	((c) ? (sim_fail("warning: %s", #c), true) : false)

/* ---- lists ---- */

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

#define INIT_HLIST_NODE(n)	((n)->next = NULL)

static inline void INIT_LIST_HEAD(struct list_head *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool list_empty(const struct list_head *l)
{
	return l->next == l;
}

#define list_empty_careful	list_empty

static inline void list_add(struct list_head *n, struct list_head *behind)
{
	n->next = behind->next;
	n->prev = behind;
	behind->next->prev = n;
	behind->next = n;
}

static inline void list_add_tail(struct list_head *n, struct list_head *head)
{
	list_add(n, head->prev);
}

static inline void list_del_init(struct list_head *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	INIT_LIST_HEAD(n);
}

#define list_del	list_del_init

static inline void list_move_tail(struct list_head *n, struct list_head *head)
{
	list_del_init(n);
	list_add_tail(n, head);
}

#define list_entry(p, type, member)	container_of(p, type, member)
#define list_first_entry_or_null(head, type, member)	\
	(list_empty(head) ? NULL : list_entry((head)->next, type, member))
#define list_for_each_entry(p, head, member)				\
	for (p = list_entry((head)->next, typeof(*p), member);		\
	     &p->member != (head);					\
	     p = list_entry(p->member.next, typeof(*p), member))

/* ---- counts, bits, locks ---- */

#define atomic_read(a)		((a)->counter)
#define atomic_set(a, v)	((a)->counter = (v))
#define atomic_add(n, a)	((a)->counter += (n))
#define atomic_inc(a)		((void)(a)->counter++)
#define atomic_dec(a)		((void)(a)->counter--)
#define atomic_dec_if_positive(a) ((a)->counter > 0 ? --(a)->counter : -1)
#define refcount_set(r, v)	((r)->counter = (v))
#define refcount_inc(r)		((void)(r)->counter++)
#define refcount_inc_not_zero(r) ((r)->counter ? ++(r)->counter : 0)

static inline bool refcount_dec_and_test(refcount_t *r)
{
	if (r->counter <= 0)
		sim_fail("a reference too many was dropped");
	return !--r->counter;
}

#define test_bit(n, p)		(*(p) >> (n) & 1)
#define set_bit(n, p)		(*(p) |= 1UL << (n))
#define test_and_set_bit(n, p)	({ bool was_ = test_bit(n, p); set_bit(n, p); was_; })
#define test_and_clear_bit(n, p) ({ bool was_ = test_bit(n, p); *(p) &= ~(1UL << (n)); was_; })

struct mutex {
	int unused;
};

#define DEFINE_MUTEX(m)		struct mutex m
#define lockdep_is_held(m)	((void)(m), true)
#define mutex_lock(m)		((void)(m))
#define mutex_unlock(m)		((void)(m))
#define spin_lock_init(l)	((void)(l))
#define spin_lock(l)		((void)(l))
#define spin_unlock(l)		((void)(l))
#define spin_lock_bh(l)		((void)(l))
#define spin_unlock_bh(l)	((void)(l))
#define rcu_read_lock()		((void)0)
#define rcu_read_unlock()	((void)0)
#define rcu_barrier()		((void)0)
#define synchronize_rcu()	((void)0)
#define rcu_dereference(p)	(p)
#define rcu_access_pointer(p)	(p)
#define rcu_dereference_protected(p, c)	((void)(c), (p))
#define rcu_assign_pointer(p, v) ((p) = (v))
#define RCU_INIT_POINTER(p, v)	((p) = (v))
#define rcu_replace_pointer(p, v, c) ({ __auto_type was_ = (p); (void)(c); (p) = (v); was_; })

struct rcu_head {
	int unused;
};

#define call_rcu(head, free)	free(head)

struct kmem_cache {
	size_t size;
};

#define KMEM_CACHE(type, flags)	sim_cache(sizeof(struct type))
struct kmem_cache *sim_cache(size_t size);
void *kmem_cache_zalloc(struct kmem_cache *c, gfp_t gfp);
#define GFP_KERNEL_ACCOUNT	GFP_KERNEL
#define kvzalloc(size, gfp)	((void)(gfp), calloc(1, size))
#define kvfree(p)		free(p)
#define cmpxchg(p, was, v)	({ __auto_type old_ = *(p); if (old_ == (was)) *(p) = (v); old_; })
#define kfree(p)		free((void *)(p))
#define kmem_cache_free(c, p)	((void)(c), free(p))
#define kmem_cache_destroy(c)	free(c)

/* ---- time ---- */

#define HZ	250

extern u64 sim_now_us;
extern u64 sim_boot_us;		/* what the clock showed when the connection began */
unsigned long sim_jiffies(void);

#define jiffies			sim_jiffies()
#define ktime_get_ns()		((sim_boot_us + sim_now_us) * 1000)
#define ktime_get_seconds()	((sim_boot_us + sim_now_us) / 1000000)
#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)
#define usecs_to_jiffies(us)	((unsigned long)DIV_ROUND_UP((u64)(us), USEC_PER_SEC / HZ))
#define msecs_to_jiffies(ms)	((unsigned long)DIV_ROUND_UP((u64)(ms), 1000 / HZ))
#define nsecs_to_jiffies(ns)	((unsigned long)((ns) / (1000000000L / HZ)))
#define jiffies_to_msecs(j)	((u32)((j) * (1000 / HZ)))
#define jiffies_to_usecs(j)	((u32)((j) * (1000000 / HZ)))

struct timer_list {
	struct timer_list *next;
	unsigned long expires;
	void (*function)(struct timer_list *t);
	bool pending;
};

#define TIMER_PINNED	0
#define from_timer(v, t, member)	container_of(t, typeof(*v), member)
#define timer_setup(t, f, flags)	\
	(*(t) = (struct timer_list){ .function = (f), .pending = (flags) != 0 })
#define timer_pending(t)		((t)->pending)
int mod_timer(struct timer_list *t, unsigned long expires);
int mod_timer_pending(struct timer_list *t, unsigned long expires);
int timer_delete(struct timer_list *t);
#define timer_shutdown_sync	timer_delete
struct timer_list *sim_timer_first(void);

/* Fires with the next tick */
struct hrtimer {
	enum hrtimer_restart { HRTIMER_NORESTART } (*function)(struct hrtimer *t);
	struct timer_list tick;
};

#define CLOCK_MONOTONIC			1
#define HRTIMER_MODE_ABS_PINNED_SOFT	0
#define ns_to_ktime(ns)			(ns)
#define hrtimer_is_queued(t)		timer_pending(&(t)->tick)
#define hrtimer_try_to_cancel(t)	timer_delete(&(t)->tick)
void hrtimer_init(struct hrtimer *t, int clock, int mode);
void hrtimer_start(struct hrtimer *t, u64 ns, int mode);

struct tasklet_struct {
	void (*run)(struct tasklet_struct *t);
	bool scheduled;
};

#define tasklet_setup(t, f)	((t)->run = (f))
#define tasklet_kill(t)		((t)->scheduled = false)
#define from_tasklet(v, t, member)	container_of(t, typeof(*v), member)
void tasklet_schedule(struct tasklet_struct *t);
void sim_run_tasklet(void);

#define DEFINE_PER_CPU(type, name)	type name
#define this_cpu_ptr(p)		(p)
#define per_cpu_ptr(p, cpu)	((void)(cpu), (p))
#define this_cpu_inc(v)		((v)++)
#define this_cpu_add(v, n)	((v) += (n))
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < 1; (cpu)++)

/* ---- types that are only named ---- */

struct rhash_head {
	int unused;
};

struct rhashtable {
	int unused;
};

struct llist_head {
	int unused;
};

struct work_struct {
	int unused;
};

struct delayed_work {
	int unused;
};

/* The flight recorder is off */
#define DECLARE_STATIC_KEY_FALSE(key)	extern int key
#define static_branch_unlikely(key)	((void)(key), false)
typedef struct { u32 val; } kuid_t;

struct module;
struct msghdr;
struct proto_ops;
struct tcp_info;

#define try_module_get(m)	((void)(m), true)
#define module_put(m)		((void)(m))
#define signal_pending(task)	false

#include "kernel_skb.h"
#include "kernel_sock.h"

#endif
