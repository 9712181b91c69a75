/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the NAPT's part of the generic netlink family share.
 */
#ifndef NARU_CTL_GENL_NAPT_H
#define NARU_CTL_GENL_NAPT_H

#include "genl.h"
#include "napt/napt.h"

/* genl_napt.c */
int naru_genl_addr(const struct nlattr *attr, __be32 *addr, struct netlink_ext_ack *extack);
int naru_genl_put_addr(struct sk_buff *skb, int type, __be32 addr);
int naru_genl_proto(const struct nlattr *attr, struct netlink_ext_ack *extack);
int naru_genl_dev(const struct nlattr *attr, char *dev, struct netlink_ext_ack *extack);
int naru_genl_prefix(const struct nlattr *attr, u8 otherwise);
u32 naru_genl_ms_left(unsigned long expires);
struct naru_napt *naru_genl_napt(const struct sk_buff *skb);
const struct naru_ruleset *naru_genl_ruleset(const struct naru_napt *napt);

/* genl_napt_event.c */
u32 naru_event_napt_seq(const struct naru_net *nn);

/* genl_napt_spec.c: one rule */
extern const struct nla_policy naru_rule_policy[NARU_RULE_ATTR_MAX + 1];
int naru_spec_parse(const struct nlattr *nest, struct naru_napt_spec *spec,
		    struct netlink_ext_ack *extack);
void naru_spec_free(struct naru_napt_spec *spec);

/* genl_napt_spec_put.c */
int naru_spec_put(struct sk_buff *skb, const struct naru_napt_spec *spec);

/* genl_napt_rule.c: all of them */
extern const struct nla_policy naru_rule_add_policy[NARU_NAPT_REQ_BEFORE + 1];
extern const struct nla_policy naru_rule_replace_policy[NARU_NAPT_REQ_ID + 1];
extern const struct nla_policy naru_rule_del_policy[NARU_NAPT_REQ_ID + 1];
int naru_genl_rule_add(struct sk_buff *skb, struct genl_info *info);
int naru_genl_rule_replace(struct sk_buff *skb, struct genl_info *info);
int naru_genl_rule_del(struct sk_buff *skb, struct genl_info *info);
int naru_genl_rule_start(struct netlink_callback *cb);
int naru_genl_rule_dump(struct sk_buff *skb, struct netlink_callback *cb);
int naru_genl_rules_with(struct naru_napt *napt, const struct naru_napt_static *fixed, u32 num,
			 u32 *bad, struct netlink_ext_ack *extack);

/* genl_napt_set.c: rules and static mappings at once */
extern const struct nla_policy naru_napt_set_policy[NARU_NAPT_REQ_FLUSH + 1];
int naru_genl_napt_set(struct sk_buff *skb, struct genl_info *info);

/* genl_napt_static.c */
extern const struct nla_policy naru_static_policy[NARU_STATIC_MAX + 1];
extern const struct nla_policy naru_map_add_policy[NARU_NAPT_REQ_STATIC + 1];
int naru_static_parse(const struct nlattr *nest, struct naru_napt_static *fixed,
		      struct netlink_ext_ack *extack);
int naru_genl_static_dump(struct sk_buff *skb, struct netlink_callback *cb);
int naru_genl_map_add(struct sk_buff *skb, struct genl_info *info);

/* genl_napt_filter.c */

/**
 * struct naru_map_filter - NARU_NAPT_REQ_FILTER, decoded
 * @present: bit mask, 1 << NARU_MAP_FILTER_*: what must hold
 * @states: bit mask, 1 << enum naru_genl_session_state
 * @id: number of the mapping
 * @dev: interface of its rule
 * @proto: enum naru_napt_proto
 * @fixed: static ones, or the others
 * @inside_bits: bits of @inside that count, 0 to 32
 * @outside_bits: of @outside
 * @remote_bits: of @remote
 * @inside_port: host byte order
 * @outside_port: host byte order
 * @remote_port: host byte order
 * @inside: inside address
 * @outside: external address
 * @remote: a session's remote address
 */
struct naru_map_filter {
	u32 present, states, id;
	char dev[IFNAMSIZ];
	u8 proto;
	bool fixed;
	u8 inside_bits, outside_bits, remote_bits;
	u16 inside_port, outside_port, remote_port;
	__be32 inside, outside, remote;
};

/**
 * struct naru_map_row - what filters look at of a mapping, and all dumps tell of it
 * @id: its number, 0: a static mapping that has not been made
 * @rule: its rule's number
 * @dev: interface of that; under RCU
 * @proto: enum naru_napt_proto
 * @flags: NARU_MAPPING_*
 * @in: inside address
 * @out: external address
 * @in_port: inside port
 * @out_port: external port
 */
struct naru_map_row {
	u32 id, rule;
	const char *dev;
	u8 proto, flags;
	__be32 in, out;
	__be16 in_port, out_port;
};

/**
 * struct naru_session_row - a session as it was at one moment
 * @addr: remote address
 * @port: remote port
 * @state: enum naru_genl_session_state
 * @expires: jiffies
 */
struct naru_session_row {
	__be32 addr;
	__be16 port;
	u8 state;
	unsigned long expires;
};

extern const struct nla_policy naru_map_filter_policy[NARU_MAP_FILTER_ID + 1];
extern const struct nla_policy naru_session_filter_policy[NARU_MAP_FILTER_MAX + 1];
int naru_map_filter_parse(const struct nlattr *nest, struct naru_map_filter *f,
			  struct netlink_ext_ack *extack);
bool naru_map_filter_match(const struct naru_map_filter *f, const struct naru_map_row *row);
bool naru_session_filter_match(const struct naru_map_filter *f, const struct naru_session_row *row);

/* genl_napt_walk.c */

/**
 * struct naru_map_dump - a dump of mappings, or of sessions
 * @napt: NAPT
 * @filter: what is wanted
 * @iter: where it is
 * @restarts: times that the table was being resized and the walk began anew
 * @map: id of the mapping whose sessions were told in part, 0: none
 * @addr: remote address of the last that was told of it
 * @port: remote port of that
 */
struct naru_map_dump {
	struct naru_napt *napt;
	struct naru_map_filter filter;
	struct rhashtable_iter iter;
	u32 restarts, map;
	__be32 addr;
	__be16 port;
};

typedef int (*naru_map_put)(struct sk_buff *skb, struct netlink_callback *cb,
			    struct naru_map_dump *dump, struct naru_mapping *map);

int naru_map_dump_run(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct nla_policy *policy, naru_map_put put);
void naru_map_dump_again(struct netlink_callback *cb, struct naru_map_dump *dump);
int naru_map_dump_done(struct netlink_callback *cb);

/* genl_napt_map.c */
extern const struct nla_policy naru_map_get_policy[NARU_NAPT_REQ_FILTER + 1];
void naru_map_row_fill(const struct naru_mapping *map, struct naru_map_row *row);
int naru_map_row_put(struct sk_buff *skb, const struct naru_map_row *row);
int naru_map_put_all(struct sk_buff *skb, struct naru_mapping *map);
int naru_map_put_nest(struct sk_buff *skb, int type, struct naru_mapping *map);
int naru_genl_map_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* genl_napt_map_del.c */
extern const struct nla_policy naru_map_del_policy[NARU_NAPT_REQ_FILTER + 1];
int naru_genl_map_del(struct sk_buff *skb, struct genl_info *info);

/* genl_napt_session.c */
extern const struct nla_policy naru_session_get_policy[NARU_NAPT_REQ_FILTER + 1];
int naru_genl_session_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* genl_napt_explain.c */
extern const struct nla_policy naru_explain_policy[NARU_EXPLAIN_DPORT + 1];
int naru_genl_explain(struct sk_buff *skb, struct genl_info *info);

#endif
