// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: its table of commands, and what is loaded.
 */
#include <linux/module.h>
#include "genl.h"
#include "genl_napt.h"

static const char *module_version_text(void)
{
	return THIS_MODULE->version ? THIS_MODULE->version : "";
}

static int info_put(struct sk_buff *msg, struct naru_net *nn)
{
	if (nla_put_string(msg, NARU_INFO_VERSION, module_version_text()) ||
	    nla_put_u32(msg, NARU_INFO_AF, naru_af) ||
	    nla_put_u32(msg, NARU_INFO_SOCKS, atomic_read(&nn->nr_socks)) ||
	    nla_put_u32(msg, NARU_INFO_ORPHANS, atomic_read(&nn->nr_orphans)) ||
	    nla_put_u32(msg, NARU_INFO_REQS, atomic_read(&nn->nr_reqs)) ||
	    nla_put_u32(msg, NARU_INFO_TIME_WAIT, atomic_read(&nn->nr_tw)) ||
	    nla_put_u32(msg, NARU_INFO_SOCK_SEQ, naru_event_seq(nn)) ||
	    nla_put_u32(msg, NARU_INFO_NAPT_SEQ, naru_event_napt_seq(nn)))
		return -EMSGSIZE;
	return 0;
}

static int info_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!msg) {
		NL_SET_ERR_MSG(info->extack, "no memory for the reply");
		return -ENOMEM;
	}
	hdr = genlmsg_put_reply(msg, info, &naru_genl_family, 0, NARU_CMD_INFO_GET);
	if (!hdr || info_put(msg, naru_net(genl_info_net(info)))) {
		nlmsg_free(msg);
		NL_SET_ERR_MSG(info->extack, "the reply does not fit");
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/**
 * naru_genl_admin() - is the requester an administrator?
 * @skb: request
 * @user_ns: where CAP_NET_ADMIN is wanted
 * @extack: for refusals; genl_ops.flags would refuse without a word
 *
 * Process context.
 *
 * Return: 0 or -EPERM.
 */
int naru_genl_admin(const struct sk_buff *skb, struct user_namespace *user_ns,
		    struct netlink_ext_ack *extack)
{
	if (netlink_ns_capable(skb, user_ns, CAP_NET_ADMIN))
		return 0;
	if (user_ns == &init_user_ns)
		NL_SET_ERR_MSG(extack,
			       "not permitted: needs CAP_NET_ADMIN in the initial user namespace");
	else
		NL_SET_ERR_MSG(extack, "not permitted: needs CAP_NET_ADMIN in this network namespace");
	return -EPERM;
}

/* What takes no attributes refuses each that is given */
static const struct nla_policy no_policy[2] = {
	[1] = { .type = NLA_REJECT },
};

static const struct genl_ops ops[] = {
	{
		.cmd = NARU_CMD_INFO_GET,
		.doit = info_doit,
		.policy = no_policy,
		.maxattr = ARRAY_SIZE(no_policy) - 1,
	},
	{
		.cmd = NARU_CMD_SOCK_GET,
		.dumpit = naru_genl_sock_dump,
		.done = naru_genl_sock_done,
		.policy = naru_query_get_policy,
		.maxattr = ARRAY_SIZE(naru_query_get_policy) - 1,
	},
	{
		.cmd = NARU_CMD_SOCK_KILL,
		.doit = naru_genl_kill_doit,
		.policy = naru_query_kill_policy,
		.maxattr = ARRAY_SIZE(naru_query_kill_policy) - 1,
	},
	{
		.cmd = NARU_CMD_SETTING_GET,
		.doit = naru_genl_setting_get,
		.dumpit = naru_genl_setting_dump,
		.policy = naru_setting_get_policy,
		.maxattr = ARRAY_SIZE(naru_setting_get_policy) - 1,
	},
	{
		.cmd = NARU_CMD_SETTING_SET,
		.doit = naru_genl_setting_set,
		.policy = naru_setting_set_policy,
		.maxattr = ARRAY_SIZE(naru_setting_set_policy) - 1,
	},
	{
		.cmd = NARU_CMD_STAT_GET,
		.dumpit = naru_genl_stat_dump,
		.policy = no_policy,
		.maxattr = ARRAY_SIZE(no_policy) - 1,
	},
	{
		.cmd = NARU_CMD_NETNS_GET,
		.dumpit = naru_genl_netns_dump,
		.policy = no_policy,
		.maxattr = ARRAY_SIZE(no_policy) - 1,
	},
	{
		.cmd = NARU_CMD_NAPT_RULE_GET,
		.start = naru_genl_rule_start,
		.dumpit = naru_genl_rule_dump,
		.policy = no_policy,
		.maxattr = ARRAY_SIZE(no_policy) - 1,
	},
	{
		.cmd = NARU_CMD_NAPT_RULE_ADD,
		.doit = naru_genl_rule_add,
		.policy = naru_rule_add_policy,
		.maxattr = ARRAY_SIZE(naru_rule_add_policy) - 1,
	},
	{
		.cmd = NARU_CMD_NAPT_RULE_REPLACE,
		.doit = naru_genl_rule_replace,
		.policy = naru_rule_replace_policy,
		.maxattr = ARRAY_SIZE(naru_rule_replace_policy) - 1,
	},
	{
		.cmd = NARU_CMD_NAPT_RULE_DEL,
		.doit = naru_genl_rule_del,
		.policy = naru_rule_del_policy,
		.maxattr = ARRAY_SIZE(naru_rule_del_policy) - 1,
	},
	{
		.cmd = NARU_CMD_NAPT_SET,
		.doit = naru_genl_napt_set,
		.policy = naru_napt_set_policy,
		.maxattr = ARRAY_SIZE(naru_napt_set_policy) - 1,
	},
	{
		.cmd = NARU_CMD_NAPT_STATIC_GET,
		.dumpit = naru_genl_static_dump,
		.policy = no_policy,
		.maxattr = ARRAY_SIZE(no_policy) - 1,
	},
	{
		.cmd = NARU_CMD_NAPT_MAP_GET,
		.dumpit = naru_genl_map_dump,
		.done = naru_map_dump_done,
		.policy = naru_map_get_policy,
		.maxattr = ARRAY_SIZE(naru_map_get_policy) - 1,
	},
	{
		.cmd = NARU_CMD_NAPT_MAP_ADD,
		.doit = naru_genl_map_add,
		.policy = naru_map_add_policy,
		.maxattr = ARRAY_SIZE(naru_map_add_policy) - 1,
	},
	{
		.cmd = NARU_CMD_NAPT_MAP_DEL,
		.doit = naru_genl_map_del,
		.policy = naru_map_del_policy,
		.maxattr = ARRAY_SIZE(naru_map_del_policy) - 1,
	},
	{
		.cmd = NARU_CMD_NAPT_SESSION_GET,
		.dumpit = naru_genl_session_dump,
		.done = naru_map_dump_done,
		.policy = naru_session_get_policy,
		.maxattr = ARRAY_SIZE(naru_session_get_policy) - 1,
	},
	{
		.cmd = NARU_CMD_NAPT_EXPLAIN,
		.doit = naru_genl_explain,
		.policy = naru_explain_policy,
		.maxattr = ARRAY_SIZE(naru_explain_policy) - 1,
	},
	{
		.cmd = NARU_CMD_HISTORY_GET,
		.dumpit = naru_genl_history_dump,
		.done = naru_genl_history_done,
		.policy = naru_history_policy,
		.maxattr = ARRAY_SIZE(naru_history_policy) - 1,
	},
	{
		.cmd = NARU_CMD_METRIC_GET,
		.dumpit = naru_genl_metric_dump,
		.policy = no_policy,
		.maxattr = ARRAY_SIZE(no_policy) - 1,
	},
	{
		.cmd = NARU_CMD_METRIC_DEL,
		.doit = naru_genl_metric_del,
		.policy = naru_metric_del_policy,
		.maxattr = ARRAY_SIZE(naru_metric_del_policy) - 1,
	},
	{
		.cmd = NARU_CMD_COMPAT_GET,
		.dumpit = naru_genl_compat_dump,
		.policy = naru_compat_policy,
		.maxattr = ARRAY_SIZE(naru_compat_policy) - 1,
	},
};

static const struct genl_multicast_group groups[] = {
	[NARU_GENL_MCGRP_SOCK] = { .name = NARU_GENL_GROUP_SOCK },
	[NARU_GENL_MCGRP_NAPT] = {
		.name = NARU_GENL_GROUP_NAPT,
		.flags = NARU_COMPAT_MCAST_ADMIN,
	},
};

struct genl_family naru_genl_family __ro_after_init = {
	.name = NARU_GENL_NAME,
	.version = NARU_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.pre_doit = naru_genl_do_start,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = NARU_CMD_INFO_GET,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/**
 * naru_genl_register() - make the family known
 *
 * Module init; may sleep.
 *
 * Return: 0 or a negative errno.
 */
int __init naru_genl_register(void)
{
	int err = genl_register_family(&naru_genl_family);

	if (!err)
		naru_event_enable(true);
	return err;
}

/**
 * naru_genl_unregister() - take the family back
 *
 * Module exit, or init that failed; may sleep. No command runs when it returns, and nothing may
 * send events any more.
 */
void naru_genl_unregister(void)
{
	naru_event_enable(false);
	genl_unregister_family(&naru_genl_family);
}
