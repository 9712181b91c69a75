// SPDX-License-Identifier: GPL-2.0
/*
 * The wheel that ends sessions; napt.h, N4. A slot is a second, and each CPU has slots of its own.
 * A session is put where its time ends, or as far ahead as the wheel reaches; packets only write the
 * time. When its slot comes it is put off or ended, a few at a time, in process context.
 */
#include <linux/slab.h>
#include "napt.h"

#define BATCH	32

static unsigned long now_sec(void)
{
	return jiffies / HZ;
}

/* Seconds from where the worker has come to, 1 to NARU_WHEEL_SLOTS - 1 */
static unsigned long distance(const struct naru_napt *napt, unsigned long expires)
{
	unsigned long sec = expires / HZ + 1, at = READ_ONCE(napt->wheel_at);

	return time_after(sec, at) ? min_t(unsigned long, sec - at, NARU_WHEEL_SLOTS - 1) : 1;
}

/**
 * naru_wheel_add - a session has been made, or put off
 * @napt: NAPT
 * @s: session with its expires; in no slot
 *
 * N3 held. Softirq or process.
 */
void naru_wheel_add(struct naru_napt *napt, struct naru_session *s)
{
	unsigned long sec = READ_ONCE(napt->wheel_at) + distance(napt, READ_ONCE(s->expires));
	struct naru_wheel_slot *slot;

	s->slot = raw_smp_processor_id() * NARU_WHEEL_SLOTS + sec % NARU_WHEEL_SLOTS;
	slot = &napt->wheel[s->slot];
	spin_lock(&slot->lock);
	hlist_add_head(&s->wheel, &slot->head);
	spin_unlock(&slot->lock);
}

/**
 * naru_wheel_del - a session leaves its slot
 * @napt: NAPT
 * @s: session that is in a slot
 *
 * N3 held. Softirq or process.
 */
void naru_wheel_del(struct naru_napt *napt, struct naru_session *s)
{
	struct naru_wheel_slot *slot = &napt->wheel[s->slot];

	spin_lock(&slot->lock);
	hlist_del(&s->wheel);
	spin_unlock(&slot->lock);
}

/*
 * Each session that is taken leaves the slot or has left it, so that this comes to an end. RCU keeps
 * those that end meanwhile.
 */
static bool look_at_some(struct naru_napt *napt, struct naru_wheel_slot *slot)
{
	struct naru_session *found[BATCH], *s;
	unsigned int num = 0, i;

	rcu_read_lock();
	spin_lock_bh(&slot->lock);
	hlist_for_each_entry(s, &slot->head, wheel) {
		found[num++] = s;
		if (num == BATCH)
			break;
	}
	spin_unlock_bh(&slot->lock);
	for (i = 0; i < num; i++)
		naru_session_expire(napt, found[i]);
	rcu_read_unlock();
	return num;
}

static void turn(struct naru_napt *napt, unsigned long sec)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct naru_wheel_slot *slot =
			&napt->wheel[cpu * NARU_WHEEL_SLOTS + sec % NARU_WHEEL_SLOTS];

		while (!hlist_empty(&slot->head) && look_at_some(napt, slot))
			cond_resched();
	}
}

static void wheel_work(struct work_struct *work)
{
	struct naru_napt *napt = container_of(to_delayed_work(work), struct naru_napt, wheel_work);
	unsigned long now = now_sec();

	if (now - napt->wheel_at > NARU_WHEEL_SLOTS)
		WRITE_ONCE(napt->wheel_at, now - NARU_WHEEL_SLOTS);
	while (time_before(napt->wheel_at, now)) {
		WRITE_ONCE(napt->wheel_at, napt->wheel_at + 1);
		turn(napt, napt->wheel_at);
	}
	queue_delayed_work(system_power_efficient_wq, &napt->wheel_work, HZ - jiffies % HZ);
}

/**
 * naru_wheel_init - the wheel begins to turn
 * @napt: NAPT
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int naru_wheel_init(struct naru_napt *napt)
{
	unsigned int i, num = nr_cpu_ids * NARU_WHEEL_SLOTS;

	napt->wheel = kvcalloc(num, sizeof(*napt->wheel), GFP_KERNEL_ACCOUNT);
	if (!napt->wheel)
		return -ENOMEM;
	for (i = 0; i < num; i++) {
		spin_lock_init(&napt->wheel[i].lock);
		INIT_HLIST_HEAD(&napt->wheel[i].head);
	}
	napt->wheel_at = now_sec();
	INIT_DELAYED_WORK(&napt->wheel_work, wheel_work);
	queue_delayed_work(system_power_efficient_wq, &napt->wheel_work, HZ);
	return 0;
}

/**
 * naru_wheel_stop - the wheel stands still: nobody but the caller ends mappings any more
 * @napt: NAPT, its hooks are gone
 *
 * May sleep. N6.
 */
void naru_wheel_stop(struct naru_napt *napt)
{
	cancel_delayed_work_sync(&napt->wheel_work);
}

/**
 * naru_wheel_exit - the wheel is gone
 * @napt: NAPT; the wheel stands still, and no session is left
 *
 * May sleep.
 */
void naru_wheel_exit(struct naru_napt *napt)
{
	kvfree(napt->wheel);
}
