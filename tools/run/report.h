/* SPDX-License-Identifier: GPL-2.0 */
/*
 * naru run --report.
 */
#ifndef NARU_TOOLS_RUN_REPORT_H
#define NARU_TOOLS_RUN_REPORT_H

struct ctx;

int report_run(struct ctx *ctx, int af, int (*launch)(struct ctx *ctx, void *arg), void *arg);

#endif
