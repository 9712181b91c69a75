/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was refused to programs.
 */
#ifndef NARU_TOOLS_COMPAT_H
#define NARU_TOOLS_COMPAT_H

#include <stdbool.h>
#include <stdint.h>

struct ctx;

/* @times: how often the process was refused something. False: it is not shown */
typedef bool (*compat_wanted)(uint32_t pid, uint64_t times, void *arg);

int compat_each(struct ctx *ctx, compat_wanted fn, void *arg);
int compat_show(struct ctx *ctx, uint32_t pid, compat_wanted wanted, void *arg);

#endif
