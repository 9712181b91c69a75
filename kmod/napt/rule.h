/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What rule.c, rule_check.c and rule_set.c share.
 */
#ifndef NARU_NAPT_RULE_H
#define NARU_NAPT_RULE_H

#include "napt.h"

/* rule_check.c: does a spec make sense, by itself and behind those before it? */
int naru_rule_check(const struct naru_napt_spec *spec, struct netlink_ext_ack *extack);
int naru_rule_check_order(const struct naru_napt_spec *spec, u32 num, u32 *bad,
			  struct netlink_ext_ack *extack);
int naru_static_check(const struct naru_napt_static *fixed, struct netlink_ext_ack *extack);

/* rule.c */
struct naru_rule *naru_rule_make(struct naru_napt *napt, const struct naru_napt_spec *spec);

#endif
