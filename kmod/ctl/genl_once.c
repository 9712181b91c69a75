// SPDX-License-Identifier: GPL-2.0
/*
 * Requests in which an attribute occurs twice. Core code takes the last one without a word; who asks so has
 * made a mistake, and does not learn which of the two counted.
 */
#include "genl.h"
#include "genl_napt.h"
#include "genl_query.h"

/* Attributes that are lists: each more is one more entry */
static bool is_list(const struct nla_policy *policy, int type)
{
	if (policy == naru_setting_set_policy)
		return type == NARU_CHANGE_SETTING;
	if (policy == naru_program_policy)
		return type == NARU_PROGRAM_TEST;
	if (policy == naru_napt_set_policy)
		return type == NARU_NAPT_REQ_RULE || type == NARU_NAPT_REQ_STATIC;
	if (policy == naru_rule_policy)
		return type == NARU_RULE_EXCEPT || type == NARU_RULE_TO;
	return false;
}

/* Attributes that the policy has been found to allow, so there are no others than it has, and no deeper ones */
static int check(const struct nlattr *head, int len, const struct nla_policy *policy,
		 struct netlink_ext_ack *extack)
{
	const struct nlattr *nla;
	u64 seen = 0;
	int rem;

	BUILD_BUG_ON(BITS_PER_TYPE(seen) <= NARU_RULE_ATTR_MAX);
	nla_for_each_attr(nla, head, len, rem) {
		int type = nla_type(nla), err;

		if (seen & BIT_ULL(type) && !is_list(policy, type)) {
			NL_SET_ERR_MSG_ATTR(extack, nla, "the attribute is given twice");
			return -EINVAL;
		}
		seen |= BIT_ULL(type);
		if (policy[type].type != NLA_NESTED)
			continue;
		err = check(nla_data(nla), nla_len(nla), policy[type].nested_policy, extack);
		if (err)
			return err;
	}
	return 0;
}

static int check_request(const struct nlmsghdr *nlh, const struct nla_policy *policy,
			 struct netlink_ext_ack *extack)
{
	return check(nlmsg_attrdata(nlh, GENL_HDRLEN), nlmsg_attrlen(nlh, GENL_HDRLEN), policy,
		     extack);
}

/**
 * naru_genl_do_start() - before any command that is no dump
 * @ops: the command
 * @skb: request
 * @info: request
 *
 * Process context.
 *
 * Return: 0, or -EINVAL where an attribute occurs twice.
 */
int naru_genl_do_start(const struct naru_compat_genl_ops *ops, struct sk_buff *skb,
		       struct genl_info *info)
{
	return check_request(info->nlhdr, ops->policy, info->extack);
}

/**
 * naru_genl_dump_parse() - attributes of a dump
 * @cb: the dump, at its first call
 * @attrs: filled, @max + 1 of them
 * @max: highest attribute
 * @policy: theirs
 *
 * Process context. It is not done before: words of a refusal are not passed on then by Linux 6.1.
 *
 * Return: 0, or a negative errno; -EINVAL where an attribute occurs twice.
 */
int naru_genl_dump_parse(struct netlink_callback *cb, struct nlattr **attrs, int max, const struct nla_policy *policy)
{
	int err = genlmsg_parse(cb->nlh, &naru_genl_family, attrs, max, policy, cb->extack);

	return err ? err : check_request(cb->nlh, policy, cb->extack);
}
