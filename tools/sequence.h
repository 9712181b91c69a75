/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The numbers of events, and which are missing.
 */
#ifndef NARU_TOOLS_SEQUENCE_H
#define NARU_TOOLS_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct sequence - events of a group are numbered one by one
 * @next: number of the next
 * @started: @next is known
 */
struct sequence {
	uint32_t next;
	bool started;
};

uint32_t sequence_take(struct sequence *s, uint32_t seq);
uint32_t sequence_reach(struct sequence *s, uint32_t last);
bool sequence_has(const struct sequence *s, uint32_t seq);

#endif
