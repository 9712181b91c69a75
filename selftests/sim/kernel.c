// SPDX-License-Identifier: GPL-2.0
/*
 * What stands in for the kernel: clock, timers, skbs, the accounting of sockets' memory.
 */
#include "naru.h"
#include "sim.h"

u64 sim_now_us, sim_boot_us;
u32 sim_skbs;
bool sim_memory_short;
struct net sim_net;
siphash_aligned_key_t naru_secret;
unsigned int naru_net_id;

/* ---- clock and timers ---- */

static struct timer_list *timers;	/* that run; few, in no order */

unsigned long sim_jiffies(void)
{
	return (sim_boot_us + sim_now_us) / (USEC_PER_SEC / HZ);
}

int timer_delete(struct timer_list *t)
{
	struct timer_list **at;

	if (!t->pending)
		return 0;
	for (at = &timers; *at != t; at = &(*at)->next)
		;
	*at = t->next;
	t->pending = false;
	return 1;
}

int mod_timer(struct timer_list *t, unsigned long expires)
{
	int was = timer_delete(t);

	t->expires = max(expires, jiffies + 1);
	t->pending = true;
	t->next = timers;
	timers = t;
	return was;
}

int mod_timer_pending(struct timer_list *t, unsigned long expires)
{
	return t->pending ? mod_timer(t, expires) : 0;
}

static void tick(struct timer_list *t)
{
	struct hrtimer *timer = container_of(t, struct hrtimer, tick);

	timer->function(timer);
}

void hrtimer_init(struct hrtimer *t, int clock, int mode)
{
	(void)clock;
	(void)mode;
	timer_setup(&t->tick, tick, 0);
}

void hrtimer_start(struct hrtimer *t, u64 ns, int mode)
{
	u64 now = ktime_get_ns(), left = ns > now ? ns - now : 0;

	(void)mode;
	mod_timer(&t->tick, jiffies + DIV_ROUND_UP(left, NSEC_PER_SEC / HZ));
}

struct timer_list *sim_timer_first(void)
{
	struct timer_list *first = timers, *t;

	for (t = timers; t; t = t->next)
		if (t->expires < first->expires)
			first = t;
	return first;
}

static struct tasklet_struct *tasklet;

void tasklet_schedule(struct tasklet_struct *t)
{
	t->scheduled = true;
	tasklet = t;
}

void sim_run_tasklet(void)
{
	if (!tasklet || !tasklet->scheduled)
		return;
	tasklet->scheduled = false;
	tasklet->run(tasklet);
}

/* ---- memory ---- */

bool sim_memory_denied(void)
{
	return sim_hostile() && sim_chance(sim_setup.no_memory);
}

struct kmem_cache *sim_cache(size_t size)
{
	struct kmem_cache *c = malloc(sizeof(*c));

	c->size = size;
	return c;
}

void *kmem_cache_zalloc(struct kmem_cache *c, gfp_t gfp)
{
	return gfp == GFP_ATOMIC && sim_memory_denied() ? NULL : calloc(1, c->size);
}

/* ---- skbs ---- */

struct sk_buff *alloc_skb(u32 size, gfp_t gfp)
{
	struct sk_buff *skb;

	if (!(gfp & __GFP_NOFAIL) && sim_memory_denied())
		return NULL;
	skb = calloc(1, sizeof(*skb));
	skb->head = malloc(size);
	skb->data = skb->head;
	skb->size = size;
	skb->truesize = SKB_TRUESIZE(size);
	skb->iph.version = 4;
	sim_skbs++;
	return skb;
}

void skb_orphan(struct sk_buff *skb)
{
	if (skb->destructor)
		skb->destructor(skb);
	skb->destructor = NULL;
	skb->sk = NULL;
}

void __kfree_skb(struct sk_buff *skb)
{
	if (skb->next)
		sim_fail("an skb is freed that stands in a queue");
	skb_orphan(skb);
	sim_skbs--;
	free(skb->head);
	free(skb);
}

struct sk_buff *skb_clone(const struct sk_buff *skb, gfp_t gfp)
{
	struct sk_buff *copy = alloc_skb(skb->size, gfp);
	u8 *head;

	if (!copy)
		return NULL;
	head = copy->head;
	*copy = *skb;
	copy->head = head;
	copy->data = head + (skb->data - skb->head);
	memcpy(copy->data, skb->data, skb->len);
	copy->next = NULL;
	copy->prev = NULL;
	copy->sk = NULL;
	copy->destructor = NULL;
	return copy;
}

/* A fragment more: the data becomes larger than the linear part was */
void sim_skb_append(struct sk_buff *skb, const u8 *data, u32 len)
{
	u32 front = skb->data - skb->head;
	u8 *head;

	if (front + skb->len + len > skb->size) {
		skb->size = (front + skb->len + len) * 2;
		head = malloc(skb->size);
		memcpy(head + front, skb->data, skb->len);
		free(skb->head);
		skb->head = head;
		skb->data = head + front;
	}
	memcpy(skb->data + skb->len, data, len);
	skb->len += len;
	skb->frags++;
}

u8 *skb_push(struct sk_buff *skb, u32 len)
{
	if (skb->data - skb->head < len)
		sim_fail("no headroom");
	skb->data -= len;
	skb->len += len;
	return skb->data;
}

u8 *skb_put(struct sk_buff *skb, u32 len)
{
	u8 *at = skb->data + skb->len;

	if (skb_tailroom(skb) < len)
		sim_fail("no tailroom");
	skb->len += len;
	return at;
}

u8 *__skb_pull(struct sk_buff *skb, u32 len)
{
	if (skb->len < len)
		sim_fail("more is pulled than there is");
	skb->len -= len;
	return skb->data += len;
}

int pskb_trim(struct sk_buff *skb, u32 len)
{
	if (sim_memory_denied())
		return -ENOMEM;
	skb->len = min(skb->len, len);
	return 0;
}

void skb_split(struct sk_buff *skb, struct sk_buff *rest, u32 len)
{
	if (len > skb->len)
		sim_fail("an skb is split behind its end");
	sim_skb_append(rest, skb->data + len, skb->len - len);
	skb->len = len;
}

int skb_copy_bits(const struct sk_buff *skb, u32 offset, void *to, u32 len)
{
	if (offset > skb->len || len > skb->len - offset)
		return -EFAULT;
	memcpy(to, skb->data + offset, len);
	return 0;
}

struct softnet_data softnet_data;

bool skb_try_coalesce(struct sk_buff *to, struct sk_buff *from, bool *stolen, int *delta)
{
	*stolen = false;
	*delta = 0;
	if (to->pp_recycle != from->pp_recycle)
		return false;
	if (from->len <= skb_tailroom(to)) {
		memcpy(skb_put(to, from->len), from->data, from->len);
		return true;
	}
	if (to->frags >= MAX_SKB_FRAGS || !from->head_frag)
		return false;
	*delta = from->truesize - SKB_OVERHEAD;
	*stolen = true;
	to->truesize += *delta;
	sim_skb_append(to, from->data, from->len);
	return true;
}

/* ---- sockets ---- */

static bool schedule(struct sock *sk, int size)
{
	if (size <= sk->sk_forward_alloc)
		return true;
	if (sim_memory_denied())
		return false;
	sk->sk_forward_alloc += DIV_ROUND_UP(size - sk->sk_forward_alloc, 4096) * 4096;
	return true;
}

bool sk_wmem_schedule(struct sock *sk, int size)
{
	return schedule(sk, size);
}

bool sk_rmem_schedule(struct sock *sk, struct sk_buff *skb, int size)
{
	(void)skb;
	return schedule(sk, size);
}

static void rfree(struct sk_buff *skb)
{
	atomic_add(-(int)skb->truesize, &skb->sk->sk_rmem_alloc);
	sk_mem_uncharge(skb->sk, skb->truesize);
}

void skb_set_owner_r(struct sk_buff *skb, struct sock *sk)
{
	skb_orphan(skb);
	skb->sk = sk;
	skb->destructor = rfree;
	atomic_add(skb->truesize, &sk->sk_rmem_alloc);
	sk_mem_charge(sk, skb->truesize);
}

void sk_stream_kill_queues(struct sock *sk)
{
	__skb_queue_purge(&sk->sk_receive_queue);
	if (!skb_queue_empty(&sk->sk_write_queue) || sk->sk_wmem_queued)
		sim_fail("a send queue is left, %d bytes", sk->sk_wmem_queued);
	if (atomic_read(&sk->sk_rmem_alloc))
		sim_fail("%d bytes of a receive queue are left", atomic_read(&sk->sk_rmem_alloc));
}

void sk_reset_timer(struct sock *sk, struct timer_list *t, unsigned long expires)
{
	if (!mod_timer(t, expires))
		sock_hold(sk);
}

void sk_stop_timer(struct sock *sk, struct timer_list *t)
{
	if (timer_delete(t))
		__sock_put(sk);
}

struct sock *sk_clone_lock(const struct sock *sk, gfp_t gfp)
{
	struct sock *child;

	if (gfp == GFP_ATOMIC && sim_memory_denied())
		return NULL;
	child = malloc(sizeof(struct naru_sock));
	memcpy(child, sk, sizeof(struct naru_sock));
	sim_sock_init(child);
	refcount_set(&child->sk_refcnt, 2);
	return child;
}

void sock_put(struct sock *sk)
{
	if (!refcount_dec_and_test(&sk->sk_refcnt))
		return;
	if (timer_pending(&sk->sk_timer) || timer_pending(&naru_sk(sk)->rtx_timer) ||
	    timer_pending(&naru_sk(sk)->delack_timer) || hrtimer_is_queued(&naru_sk(sk)->pace_timer))
		sim_fail("a socket goes whose timer runs");
	free(sk);
}

/* ---- numbers ---- */

u32 get_random_u32(void)
{
	return sim_random();
}

/* Not siphash: numbers that differ from seed to seed, and often end in a turn of sequence numbers */
u64 siphash(const void *data, size_t len, const siphash_aligned_key_t *key)
{
	(void)data;
	(void)len;
	return key->key[0];
}

u64 siphash_4u32(u32 a, u32 b, u32 c, u32 d, const siphash_aligned_key_t *key)
{
	(void)a;
	(void)b;
	(void)d;
	return c ? key->key[0] : key->key[1];
}

/* Of ICMP only "packet too big" comes */
const struct icmp_err icmp_err_convert[NR_ICMP_UNREACH + 1];

int icmpv6_err_convert(u8 type, u8 code, int *err)
{
	(void)type;
	(void)code;
	*err = EPROTO;
	return 0;
}
