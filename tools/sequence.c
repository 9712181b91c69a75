// SPDX-License-Identifier: GPL-2.0
/*
 * The numbers of events, and which are missing. They go round.
 */
#include "sequence.h"

/**
 * sequence_take() - an event has come
 * @s: what came before
 * @seq: its number
 *
 * Return: how many before it are missing. One that was counted before changes nothing.
 */
uint32_t sequence_take(struct sequence *s, uint32_t seq)
{
	uint32_t lost = s->started ? seq - s->next : 0;

	if (s->started && (int32_t)lost < 0)
		return 0;
	s->started = true;
	s->next = seq + 1;
	return lost;
}

/**
 * sequence_reach() - no event up to a number is still to come
 * @s: what came
 * @last: that number
 *
 * Return: how many are missing at the end.
 */
uint32_t sequence_reach(struct sequence *s, uint32_t last)
{
	uint32_t lost = s->started ? last + 1 - s->next : 0;

	if (s->started && (int32_t)lost < 0)
		return 0;
	s->started = true;
	s->next = last + 1;
	return lost;
}

/**
 * sequence_has() - has it come this far?
 * @s: what came
 * @seq: a number
 *
 * Return: whether that number and all before it have come or are missing for good.
 */
bool sequence_has(const struct sequence *s, uint32_t seq)
{
	return s->started && (int32_t)(s->next - 1 - seq) >= 0;
}
