// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of a namespace, and the one way a packet is dropped.
 */
#include "naru.h"
#include "trace.h"

#define DROP_PREFIX	"DROP_"

struct drop_desc {
	const char *name;	/* with DROP_PREFIX */
	const char *help;
	enum skb_drop_reason core;
};

struct counter_desc {
	const char *name;
	const char *help;
};

static const struct drop_desc drops[] = {
#define NARU_DROP(_name, _core, _help) \
	{ .name = DROP_PREFIX #_name, .help = _help, .core = SKB_DROP_REASON_##_core },
#include "drop_list.h"
};

static const struct counter_desc counters[] = {
#define NARU_COUNTER(_name, _help) { .name = #_name, .help = _help },
#include "drop_list.h"
};

static_assert(ARRAY_SIZE(drops) == NARU_DROP_MAX);
static_assert(ARRAY_SIZE(counters) == NARU_MIB_FIRST_DROP);
static_assert(NARU_MIB_FIRST_DROP + NARU_DROP_MAX == NARU_MIB_MAX);

/**
 * naru_drop() - count, trace and free a packet
 * @nn: namespace whose counter moves
 * @sk: naru socket concerned, or NULL
 * @skb: the packet; it is consumed
 * @reason: enum naru_drop_reason
 *
 * Any context.
 */
void naru_drop(struct naru_net *nn, const struct sock *sk, struct sk_buff *skb,
	       enum naru_drop_reason reason)
{
	this_cpu_inc(nn->mib->count[NARU_MIB_FIRST_DROP + reason]);
	trace_naru_drop(nn, sk, skb, reason);
	kfree_skb_reason(skb, drops[reason].core);
}

/**
 * naru_drop_name() - a drop reason's name
 * @reason: enum naru_drop_reason
 *
 * Return: its name as in drop_list.h, "" for what is none.
 */
const char *naru_drop_name(unsigned int reason)
{
	return reason < NARU_DROP_MAX ? drops[reason].name + strlen(DROP_PREFIX) : "";
}

/**
 * naru_mib_read() - a counter's value
 * @nn: namespace
 * @idx: NARU_MIB_*, below NARU_MIB_MAX
 *
 * Any context, no lock: what other CPUs count meanwhile may be missed.
 *
 * Return: the sum over all CPUs.
 */
u64 naru_mib_read(struct naru_net *nn, unsigned int idx)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(nn->mib, cpu)->count[idx]);
	return sum;
}

/**
 * naru_mib_name() - a counter's name
 * @idx: NARU_MIB_*, below NARU_MIB_MAX
 *
 * Return: the name without prefix; DROP_ and the reason's name for the drops.
 */
const char *naru_mib_name(unsigned int idx)
{
	return idx < NARU_MIB_FIRST_DROP ? counters[idx].name :
					   drops[idx - NARU_MIB_FIRST_DROP].name;
}

/**
 * naru_mib_help() - what a counter means
 * @idx: NARU_MIB_*, below NARU_MIB_MAX
 *
 * Return: one line.
 */
const char *naru_mib_help(unsigned int idx)
{
	return idx < NARU_MIB_FIRST_DROP ? counters[idx].help :
					   drops[idx - NARU_MIB_FIRST_DROP].help;
}
