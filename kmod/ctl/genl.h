/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the generic netlink family share.
 */
#ifndef NARU_CTL_GENL_H
#define NARU_CTL_GENL_H

#include <net/genetlink.h>
#include <linux/naru_genl.h>
#include "naru.h"

extern struct genl_family naru_genl_family;

enum naru_genl_mcgrp { NARU_GENL_MCGRP_SOCK, NARU_GENL_MCGRP_NAPT };

/* genl.c */
int naru_genl_admin(const struct sk_buff *skb, struct user_namespace *user_ns,
		    struct netlink_ext_ack *extack);

/* genl_once.c */
int naru_genl_do_start(const struct naru_compat_genl_ops *ops, struct sk_buff *skb,
		       struct genl_info *info);
int naru_genl_dump_parse(struct netlink_callback *cb, struct nlattr **attrs, int max, const struct nla_policy *policy);

/* genl_filter.c */

/**
 * struct naru_filter - NARU_QUERY_FILTER, decoded
 * @present: bit mask, 1 << NARU_FILTER_*: what must hold
 * @states: bit mask, 1 << state
 * @id: number of the node
 * @wire: wire mode, by the IP protocol number of its streams
 * @family: AF_INET or AF_INET6
 * @kind: enum naru_node_kind
 * @type: SOCK_STREAM or SOCK_DGRAM
 * @lprefix: bits of @laddr that count
 * @rprefix: bits of @raddr that count
 * @lport: host byte order
 * @rport: host byte order
 * @laddr: local address
 * @raddr: remote address
 */
struct naru_filter {
	u32 present, states, id;
	u8 wire, family, kind, type, lprefix, rprefix;
	u16 lport, rport;
	struct in6_addr laddr, raddr;
};

extern const struct nla_policy naru_filter_policy[NARU_FILTER_MAX + 1];
int naru_filter_parse(const struct nlattr *nest, struct naru_filter *f,
		      struct netlink_ext_ack *extack);

/**
 * struct naru_row - one node as it was found in the registry
 * @sk: the full socket, one reference held, or NULL
 * @key: four-tuple; of a socket that is in no table, what it is bound to
 * @id: number of the node
 * @bucket: where in the registry
 * @order: place in the bucket
 * @timer_ms: of what is no full socket, milliseconds until its timer fires
 * @kind: enum naru_node_kind
 * @state: enum naru_state
 * @retrans: of what is no full socket, times its timer fired
 */
struct naru_row {
	struct sock *sk;
	struct naru_key key;
	u64 order;
	u32 id, bucket, timer_ms;
	u8 kind, state, retrans;
};

bool naru_filter_match(const struct naru_filter *f, const struct naru_row *row);
u8 naru_filter_type(u32 wire);
u8 naru_filter_mode(u32 wire);

/* genl_walk.c */
#define NARU_WALK_ROWS	64
#define NARU_WALK_NODES	64	/* looked at before others may run */

struct naru_query;

/**
 * struct naru_walk - a walk through the registry, a few nodes at a time
 * @filter: rows that are wanted
 * @query: and must be wanted by this as well, or NULL
 * @bucket: where to go on
 * @order: behind this one in the bucket; ~0: at its beginning
 * @num: rows found by the last naru_walk_next()
 * @row: these
 */
struct naru_walk {
	struct naru_filter filter;
	const struct naru_query *query;
	u32 bucket;
	u64 order;
	unsigned int num;
	struct naru_row row[NARU_WALK_ROWS];
};

/* Sees a row, whose socket is held */
typedef void naru_walk_visit(void *arg, const struct naru_row *row);

u8 naru_walk_family(const struct naru_key *key);
u32 naru_walk_generation(const struct naru_net *nn);
u32 naru_walk_estimate(const struct naru_net *nn);
void naru_walk_begin(struct naru_walk *w);
bool naru_walk_next(struct naru_net *nn, struct naru_walk *w);
void naru_walk_put(struct naru_walk *w);
void naru_walk_again(struct naru_walk *w, unsigned int from);
int naru_walk_all(struct naru_net *nn, struct naru_walk *w, naru_walk_visit *visit, void *arg);
bool naru_walk_find(struct naru_net *nn, struct naru_walk *w, u32 id);

/* genl_sock.c */
extern const struct nla_policy naru_query_get_policy[NARU_QUERY_MAX + 1];
void naru_genl_sock_queues(const struct sock *sk, u8 state, u32 *recvq, u32 *sendq);
int naru_genl_sock_base(struct sk_buff *skb, const struct naru_key *key, u32 id, u8 kind,
			u8 state);
int naru_genl_sock_dump(struct sk_buff *skb, struct netlink_callback *cb);
int naru_genl_sock_done(struct netlink_callback *cb);

/* genl_kill.c */
extern const struct nla_policy naru_query_kill_policy[NARU_QUERY_PROGRAM + 1];
int naru_genl_kill_doit(struct sk_buff *skb, struct genl_info *info);

/* genl_netns.c */
struct net *naru_genl_netns_get(struct sk_buff *skb, const struct nlattr *attr,
				struct netlink_ext_ack *extack);
int naru_genl_netns_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* genl_setting.c */
extern const struct nla_policy naru_setting_get_policy[NARU_SETTING_NAME + 1];
extern const struct nla_policy naru_setting_set_policy[NARU_CHANGE_MAX + 1];
int naru_genl_setting_get(struct sk_buff *skb, struct genl_info *info);
int naru_genl_setting_dump(struct sk_buff *skb, struct netlink_callback *cb);
int naru_genl_setting_set(struct sk_buff *skb, struct genl_info *info);

/* genl_history.c */
extern const struct nla_policy naru_history_policy[NARU_HISTORY_SHOW + 1];
int naru_genl_history_dump(struct sk_buff *skb, struct netlink_callback *cb);
int naru_genl_history_done(struct netlink_callback *cb);

/* genl_event.c */
void naru_event_enable(bool on);
u32 naru_event_seq(struct naru_net *nn);
bool naru_event_wanted(const struct naru_net *nn, unsigned int group);

/* genl_metric.c */
extern const struct nla_policy naru_metric_del_policy[NARU_METRIC_ALL + 1];
int naru_genl_metric_dump(struct sk_buff *skb, struct netlink_callback *cb);
int naru_genl_metric_del(struct sk_buff *skb, struct genl_info *info);

/* genl_compat.c */
extern const struct nla_policy naru_compat_policy[NARU_COMPAT_PID + 1];
int naru_genl_compat_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* genl_stat.c */
int naru_genl_stat_dump(struct sk_buff *skb, struct netlink_callback *cb);

#endif
