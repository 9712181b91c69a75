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
u32 naru_rule_addresses(const struct naru_napt_spec *spec);
struct naru_rule *naru_rule_make(struct naru_napt *napt, const struct naru_napt_spec *spec);

/* static.c; naru_napt.mutex held */
struct naru_rule *naru_static_rule(struct naru_napt *napt, const struct naru_ruleset *rs,
				   const struct naru_napt_static *fixed, struct naru_ext **ext);
struct naru_rule *naru_static_wanted(struct naru_napt *napt, const struct naru_ruleset *rs,
				     const struct naru_napt_static *fixed, u32 num,
				     const struct naru_mapping *map);
int naru_statics_check(struct naru_napt *napt, const struct naru_ruleset *old,
		       const struct naru_ruleset *rs, const struct naru_napt_static *fixed, u32 num,
		       u32 *bad, struct netlink_ext_ack *extack);
int naru_statics_make(struct naru_napt *napt, const struct naru_ruleset *rs,
		      const struct naru_napt_static *fixed, u32 num, u32 *bad,
		      struct netlink_ext_ack *extack);
void naru_statics_drop(struct naru_napt *napt, const struct naru_ruleset *rs);
void naru_statics_keep(struct naru_napt *napt, const struct naru_ruleset *rs);

#endif
