// SPDX-License-Identifier: GPL-2.0
/*
 * One ACK for all segments that are there: RFC 9293 3.10.7.4, "process them all before sending any ACK
 * segments" (MUST-58, MUST-59). What is there is what the softirq that receives still has before it;
 * then a tasklet runs, on the same CPU. Where it can be seen that nothing is, no tasklet is needed. Or it is the
 * backlog; then release_cb does.
 */
#include <linux/interrupt.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include "naru.h"

/* Sockets that owe an ACK, each with a reference; of its CPU alone, with BHs off */
struct batch {
	struct list_head socks;
	struct tasklet_struct tasklet;
};

static DEFINE_PER_CPU(struct batch, batches);

/*
 * The softirq works on what virtual devices and other CPUs have queued, and this was the last of it: only there its
 * poller is scheduled while the queues are empty. Of what a device's own poller has before it nobody knows.
 */
static bool nothing_waits(void)
{
	const struct softnet_data *sd = this_cpu_ptr(&softnet_data);

	return test_bit(NAPI_STATE_SCHED, &sd->backlog.state) && skb_queue_empty_lockless(&sd->process_queue) &&
	       skb_queue_empty_lockless(&sd->input_pkt_queue);
}

/**
 * naru_batch_ack - an ACK is due, and may wait until what came with this segment is processed
 * @sk: socket, lock held; softirq, or process context with the backlog
 *
 * RFC 9293 3.10.7.4 (MUST-58).
 */
void naru_batch_ack(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);
	struct batch *b;

	if (sock_owned_by_user(sk)) {
		if (!test_and_set_bit(NARU_DEFER_ACK, &ns->deferred))
			sock_hold(sk);
		return;
	}
	if (nothing_waits()) {
		naru_ack_batch_end(sk);
		return;
	}
	if (ns->batched)
		return;
	ns->batched = true;
	sock_hold(sk);
	b = this_cpu_ptr(&batches);
	list_add_tail(&ns->batch_link, &b->socks);
	tasklet_schedule(&b->tasklet);
}

/**
 * naru_batch_flush - the backlog has been processed in the middle of a call
 * @sk: socket, lock held, process context
 *
 * Linux before 6.7 calls release_cb() at the end of the call alone.
 */
void naru_batch_flush(struct sock *sk)
{
	if (!test_and_clear_bit(NARU_DEFER_ACK, &naru_sk(sk)->deferred))
		return;
	naru_ack_batch_end(sk);
	__sock_put(sk);
}

static void end_batch(struct sock *sk)
{
	bh_lock_sock(sk);
	naru_sk(sk)->batched = false;
	if (!sock_owned_by_user(sk))
		naru_ack_batch_end(sk);
	else if (!test_and_set_bit(NARU_DEFER_ACK, &naru_sk(sk)->deferred))
		sock_hold(sk);
	bh_unlock_sock(sk);
	sock_put(sk);
}

static void run(struct tasklet_struct *t)
{
	struct batch *b = from_tasklet(b, t, tasklet);
	struct naru_sock *ns;

	while ((ns = list_first_entry_or_null(&b->socks, struct naru_sock, batch_link))) {
		list_del_init(&ns->batch_link);
		end_batch((struct sock *)ns);
	}
}

/**
 * naru_batch_init - make the tasklets
 *
 * Return: 0.
 */
int naru_batch_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct batch *b = per_cpu_ptr(&batches, cpu);

		INIT_LIST_HEAD(&b->socks);
		tasklet_setup(&b->tasklet, run);
	}
	return 0;
}

/**
 * naru_batch_exit - wait for the tasklets; no socket is left that could schedule one
 */
void naru_batch_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		tasklet_kill(&per_cpu_ptr(&batches, cpu)->tasklet);
}
