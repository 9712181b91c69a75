// SPDX-License-Identifier: GPL-2.0
/*
 * Allowances for answers that anybody can provoke. RFC 5961 7.
 */
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include "budget.h"

/**
 * naru_budget_take - whether one more may go out in this second
 * @b: allowance
 * @limit: how many on average; INT_MAX: any number, and @b is not touched
 *
 * Any context. An exact limit that strangers share tells each how much the others drew, and so
 * whether a forged segment hit: what a second allows is drawn between a half and one and a half of
 * @limit. CPUs that race at the turn of a second may take a few too many.
 *
 * Return: true when it may.
 */
bool naru_budget_take(struct naru_budget *b, u32 limit)
{
	u32 now = (u32)(jiffies / HZ), some;

	if (limit == INT_MAX)
		return true;
	if (READ_ONCE(b->second) != now) {
		WRITE_ONCE(b->second, now);
		some = DIV_ROUND_UP(limit, 2) + reciprocal_scale(get_random_u32(), limit);
		atomic_set(&b->left, min_t(u32, some, INT_MAX));
	}
	return atomic_dec_if_positive(&b->left) >= 0;
}
