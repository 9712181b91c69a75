// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers that repeat: xorshift64*.
 */
#include "sim.h"

static u64 state;

void sim_seed(u64 seed)
{
	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	state ^= !state;
	sim_random();
	sim_random();
}

u32 sim_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL) >> 32;
}

/* 0 for an @n of 0 */
u32 sim_below(u32 n)
{
	return (u64)sim_random() * n >> 32;
}

u32 sim_range(u32 lo, u32 hi)
{
	return lo + sim_below(hi - lo + 1);
}

bool sim_chance(u32 of_one)
{
	return of_one && sim_below(SIM_ONE) < of_one;
}
