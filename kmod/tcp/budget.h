/* SPDX-License-Identifier: GPL-2.0 */
/*
 * So many in a second, and nobody can count them from outside.
 */
#ifndef NARU_BUDGET_H
#define NARU_BUDGET_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct naru_budget - what is left of a second's allowance
 * @second: which second @left is of
 * @left: so many more
 */
struct naru_budget {
	u32 second;
	atomic_t left;
};

bool naru_budget_take(struct naru_budget *b, u32 limit);

#endif
