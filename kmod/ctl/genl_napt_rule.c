// SPDX-License-Identifier: GPL-2.0
/*
 * The NAPT's rules: listed, and changed one at a time.
 */
#include <linux/slab.h>
#include "genl_napt.h"

/* A rule with as many parts as it may have fits */
#define DUMP_ALLOC	SZ_16K

const struct nla_policy naru_rule_add_policy[NARU_NAPT_REQ_BEFORE + 1] = {
	[NARU_NAPT_REQ_RULE] = NLA_POLICY_NESTED(naru_rule_policy),
	[NARU_NAPT_REQ_ID] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_BEFORE] = { .type = NLA_U32 },
};

const struct nla_policy naru_rule_replace_policy[NARU_NAPT_REQ_ID + 1] = {
	[NARU_NAPT_REQ_RULE] = NLA_POLICY_NESTED(naru_rule_policy),
	[NARU_NAPT_REQ_ID] = { .type = NLA_U32 },
};

const struct nla_policy naru_rule_del_policy[NARU_NAPT_REQ_ID + 1] = {
	[NARU_NAPT_REQ_RULE] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_ID] = { .type = NLA_U32 },
};

/**
 * struct change - rules of the present set that are replaced
 * @at: the first of them
 * @drop: how many
 * @add: what comes in their place, NULL: nothing
 */
struct change {
	u32 at, drop;
	const struct naru_napt_spec *add;
};

/* The specs are copied as they are: what they point to still belongs to the present rules */
static u32 copy_specs(const struct naru_ruleset *rs, const struct change *c,
		      struct naru_napt_spec *spec)
{
	u32 have = rs ? rs->num : 0, i, n = 0;

	for (i = 0; i <= have; i++) {
		if (c->add && i == c->at)
			spec[n++] = *c->add;
		if (i < have && (i < c->at || i >= c->at + c->drop))
			spec[n++] = rs->rule[i]->spec;
	}
	return n;
}

static int replace(struct naru_napt *napt, const struct change *c,
		   const struct naru_napt_static *fixed, u32 num_fixed, u32 *bad,
		   struct netlink_ext_ack *extack)
{
	const struct naru_ruleset *rs = naru_genl_ruleset(napt);
	struct naru_napt_spec *spec;
	int err;

	spec = kvcalloc((rs ? rs->num : 0) + 1, sizeof(*spec), GFP_KERNEL);
	if (!spec) {
		NL_SET_ERR_MSG(extack, "no memory for the rules");
		return -ENOMEM;
	}
	err = naru_rules_replace(napt, spec, copy_specs(rs, c, spec), fixed, num_fixed, bad,
				 extack);
	kvfree(spec);
	return err;
}

/**
 * naru_genl_rules_with() - the rules stay, and get other static mappings
 * @napt: NAPT, its mutex held
 * @fixed: static mappings
 * @num: how many
 * @bad: filled when refused, which of rules and static mappings it is for
 * @extack: says why
 *
 * Process context; may sleep.
 *
 * Return: 0, -ENOMEM, and what naru_rules_replace() gives.
 */
int naru_genl_rules_with(struct naru_napt *napt, const struct naru_napt_static *fixed, u32 num,
			 u32 *bad, struct netlink_ext_ack *extack)
{
	const struct change none = { 0 };

	return replace(napt, &none, fixed, num, bad, extack);
}

/* The static mappings stay. What is refused is blamed on @blame. */
static int change_rules(struct naru_napt *napt, const struct change *c,
			const struct nlattr *blame, struct netlink_ext_ack *extack)
{
	u32 bad;
	int err = replace(napt, c, napt->statics, napt->num_statics, &bad, extack);

	if (err)
		NL_SET_BAD_ATTR(extack, blame);
	return err;
}

/* The place of rule @id, or -ENOENT with a message */
static int find(const struct naru_napt *napt, const struct nlattr *id,
		struct netlink_ext_ack *extack)
{
	const struct naru_ruleset *rs = napt ? naru_genl_ruleset(napt) : NULL;
	u32 i;

	for (i = 0; rs && i < rs->num; i++)
		if (rs->rule[i]->spec.id == nla_get_u32(id))
			return i;
	NL_SET_ERR_MSG_ATTR(extack, id, "no such rule");
	return -ENOENT;
}

static int add(struct naru_napt *napt, const struct naru_napt_spec *spec, struct genl_info *info,
	       u32 *id)
{
	const struct naru_ruleset *rs = naru_genl_ruleset(napt);
	struct change c = { .at = rs ? rs->num : 0, .add = spec };
	int at, err;

	if (info->attrs[NARU_NAPT_REQ_BEFORE]) {
		at = find(napt, info->attrs[NARU_NAPT_REQ_BEFORE], info->extack);
		if (at < 0)
			return at;
		c.at = at;
	}
	err = change_rules(napt, &c, info->attrs[NARU_NAPT_REQ_RULE], info->extack);
	if (!err)
		*id = naru_genl_ruleset(napt)->rule[c.at]->spec.id;
	return err;
}

static int add_locked(const struct naru_napt_spec *spec, struct genl_info *info, u32 *id)
{
	struct naru_napt *napt = naru_napt_get(naru_net(genl_info_net(info)));
	int err;

	if (IS_ERR(napt)) {
		NL_SET_ERR_MSG(info->extack, "no memory for the NAPT");
		return PTR_ERR(napt);
	}
	mutex_lock(&napt->mutex);
	err = add(napt, spec, info, id);
	mutex_unlock(&napt->mutex);
	return err;
}

/* The reply is made before the change, which cannot be taken back */
static int add_and_reply(const struct naru_napt_spec *spec, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr = NULL;
	u32 id;
	int err;

	if (msg)
		hdr = genlmsg_put_reply(msg, info, &naru_genl_family, 0, NARU_CMD_NAPT_RULE_ADD);
	if (!hdr) {
		nlmsg_free(msg);
		NL_SET_ERR_MSG(info->extack, "no memory for the reply");
		return -ENOMEM;
	}
	err = add_locked(spec, info, &id);
	if (!err)
		err = nla_put_u32(msg, NARU_RULE_ID, id);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/* The rule that a request brings */
static int take_spec(struct genl_info *info, struct naru_napt_spec *spec)
{
	memset(spec, 0, sizeof(*spec));
	if (info->attrs[NARU_NAPT_REQ_RULE])
		return naru_spec_parse(info->attrs[NARU_NAPT_REQ_RULE], spec, info->extack);
	NL_SET_ERR_MSG(info->extack, "which rule? it is missing");
	return -EINVAL;
}

/**
 * naru_genl_rule_add() - NARU_CMD_NAPT_RULE_ADD
 * @skb: request
 * @info: its attributes
 *
 * Process context; may sleep.
 *
 * Return: 0, -EPERM, -ENOENT, -ENOMEM, and what naru_spec_parse() and naru_rules_replace() give.
 */
int naru_genl_rule_add(struct sk_buff *skb, struct genl_info *info)
{
	struct naru_napt_spec spec;
	int err = naru_genl_admin(skb, genl_info_net(info)->user_ns, info->extack);

	if (err)
		return err;
	err = take_spec(info, &spec);
	if (!err)
		err = add_and_reply(&spec, info);
	naru_spec_free(&spec);
	return err;
}

/* The rule that a request names goes, for @spec or for nothing; @blame: what is wrong if not the id */
static int replace_named(struct genl_info *info, struct naru_napt_spec *spec,
			 const struct nlattr *blame)
{
	const struct nlattr *id = info->attrs[NARU_NAPT_REQ_ID];
	struct naru_napt *napt = naru_napt_of(naru_net(genl_info_net(info)));
	struct change c = { .drop = 1, .add = spec };
	int at;

	if (!napt)
		return find(NULL, id, info->extack);
	mutex_lock(&napt->mutex);
	at = find(napt, id, info->extack);
	if (at >= 0) {
		c.at = at;
		if (spec)
			spec->id = nla_get_u32(id);
		at = change_rules(napt, &c, blame, info->extack);
	}
	mutex_unlock(&napt->mutex);
	return at;
}

static int need_id(struct genl_info *info)
{
	if (info->attrs[NARU_NAPT_REQ_ID])
		return 0;
	NL_SET_ERR_MSG(info->extack, "which rule? its id is missing");
	return -EINVAL;
}

/**
 * naru_genl_rule_replace() - NARU_CMD_NAPT_RULE_REPLACE
 * @skb: request
 * @info: its attributes
 *
 * Process context; may sleep.
 *
 * Return: 0, -EPERM, -ENOENT, -ENOMEM, and what naru_spec_parse() and naru_rules_replace() give.
 */
int naru_genl_rule_replace(struct sk_buff *skb, struct genl_info *info)
{
	struct naru_napt_spec spec;
	int err = naru_genl_admin(skb, genl_info_net(info)->user_ns, info->extack);

	if (!err)
		err = need_id(info);
	if (err)
		return err;
	err = take_spec(info, &spec);
	if (!err)
		err = replace_named(info, &spec, info->attrs[NARU_NAPT_REQ_RULE]);
	naru_spec_free(&spec);
	return err;
}

/**
 * naru_genl_rule_del() - NARU_CMD_NAPT_RULE_DEL
 * @skb: request
 * @info: its attributes
 *
 * Process context; may sleep.
 *
 * Return: 0, -EPERM, -EINVAL, -ENOENT, -ENOMEM, and what naru_rules_replace() gives.
 */
int naru_genl_rule_del(struct sk_buff *skb, struct genl_info *info)
{
	int err = naru_genl_admin(skb, genl_info_net(info)->user_ns, info->extack);

	if (!err)
		err = need_id(info);
	return err ?: replace_named(info, NULL, info->attrs[NARU_NAPT_REQ_ID]);
}

/**
 * naru_genl_rule_start() - NARU_CMD_NAPT_RULE_GET begins
 * @cb: dump
 *
 * Process context.
 *
 * Return: 0.
 */
int naru_genl_rule_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = DUMP_ALLOC;
	return 0;
}

static int put_rule(struct sk_buff *skb, struct netlink_callback *cb, const struct naru_rule *rule)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&naru_genl_family, NLM_F_MULTI, NARU_CMD_NAPT_RULE_GET);

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (naru_spec_put(skb, &rule->spec) ||
	    (rule->suspended && nla_put_string(skb, NARU_RULE_SUSPENDED, rule->why))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Rules from @cb->args[0] on, as many as fit */
static int put_rules(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct naru_ruleset *rs)
{
	int err = 0;

	while (!err && cb->args[0] < rs->num) {
		err = put_rule(skb, cb, rs->rule[cb->args[0]]);
		if (!err)
			cb->args[0]++;
	}
	return skb->len ? skb->len : err;
}

/**
 * naru_genl_rule_dump() - NARU_CMD_NAPT_RULE_GET
 * @skb: message to fill
 * @cb: dump; args[0] rules were told, and args[1] says that who asks was looked at
 *
 * Process context.
 *
 * Return: bytes in @skb, 0 at the end, -EPERM.
 */
int naru_genl_rule_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct naru_napt *napt = naru_genl_napt(cb->skb);
	const struct naru_ruleset *rs;
	int ret = 0;

	if (!cb->args[1])
		ret = naru_genl_admin(cb->skb, sock_net(cb->skb->sk)->user_ns, cb->extack);
	if (ret || !napt)
		return ret;
	cb->args[1] = 1;
	rcu_read_lock();
	rs = rcu_dereference(napt->rules);
	cb->seq = rs ? rs->gen | 1U << 31 : 1;
	if (rs)
		ret = put_rules(skb, cb, rs);
	rcu_read_unlock();
	return ret;
}
