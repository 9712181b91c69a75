/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What would become of a packet that is described.
 */
#ifndef NARU_NAPT_EXPLAIN_H
#define NARU_NAPT_EXPLAIN_H

#include <linux/naru_genl.h>
#include "napt.h"

/**
 * struct naru_explain - a packet, and what would become of it
 * @flow: the packet
 * @in: ifindex that it comes in by, 0: it is sent from here
 * @verdict: enum naru_genl_verdict
 * @because: enum naru_genl_because
 * @out: ifindex that it leaves by, 0: none
 * @realm: ifindex of the realm whose rules were asked, 0: none were
 * @rule: rule that decided, or NULL; RCU
 * @map: mapping by which it is translated, or NULL; RCU
 * @sender: of a hairpin the sender's mapping, or NULL; RCU
 * @ext: where a mapping would be made, its external address; else 0
 * @paired: the host has mappings with @ext
 * @outside: it goes from outside to outside
 * @filtered: filtering was asked
 * @filter: which, enum naru_napt_filter
 * @session: there is a session with the remote endpoint
 * @drop: enum naru_drop_reason, NARU_DROP_MAX: it is not dropped
 */
struct naru_explain {
	struct naru_flow flow;
	int in;
	u8 verdict, because;
	int out, realm;
	const struct naru_rule *rule;
	struct naru_mapping *map, *sender;
	__be32 ext;
	bool outside, paired, filtered, session;
	u8 filter;
	enum naru_drop_reason drop;
};

int naru_explain_route(struct net *net, const struct naru_flow *f, int in);
void naru_explain_packet(struct naru_net *nn, struct naru_napt *napt,
			 const struct naru_ruleset *rs, struct naru_explain *e);
enum naru_napt_why naru_explain_why(const struct naru_rule *rule, const struct naru_explain *e);

#endif
