/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why packets are dropped, and what else is counted. drop_list.h has one list of each: the
 * counters, the tracepoint, `naru stat` and its --explain all come from there.
 */
#ifndef NARU_DROP_H
#define NARU_DROP_H

enum naru_drop_reason {
#define NARU_DROP(name, ...) NARU_DROP_##name,
#include "drop_list.h"
	NARU_DROP_MAX
};

/* Indices of naru_mib.count: counters, then one for each drop reason */
enum naru_mib_item {
#define NARU_COUNTER(name, ...) NARU_MIB_##name,
#include "drop_list.h"
	NARU_MIB_FIRST_DROP,
	NARU_MIB_BEFORE_DROPS = NARU_MIB_FIRST_DROP - 1,
#define NARU_DROP(name, ...) NARU_MIB_DROP_##name,
#include "drop_list.h"
	NARU_MIB_MAX
};

/* mib.c */
const char *naru_drop_name(unsigned int reason);
const char *naru_mib_name(unsigned int idx);
const char *naru_mib_help(unsigned int idx);

#endif
