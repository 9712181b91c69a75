// SPDX-License-Identifier: GPL-2.0
/*
 * The NAPT's rules and static mappings, replaced as a whole or not at all.
 */
#include <linux/slab.h>
#include "genl_napt.h"

const struct nla_policy naru_napt_set_policy[NARU_NAPT_REQ_FLUSH + 1] = {
	[NARU_NAPT_REQ_RULE] = NLA_POLICY_NESTED(naru_rule_policy),
	[NARU_NAPT_REQ_ID] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_BEFORE] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_STATIC] = NLA_POLICY_NESTED(naru_static_policy),
	[NARU_NAPT_REQ_KEEP_STATICS] = { .type = NLA_FLAG },
	[NARU_NAPT_REQ_FLUSH] = { .type = NLA_FLAG },
};

/* What a request asks for */
struct wanted {
	struct naru_napt_spec *spec;
	struct naru_napt_static *fixed;
	u32 num, num_fixed;
};

static u32 count(struct genl_info *info, int type)
{
	const struct nlattr *attr;
	u32 n = 0;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		n += nla_type(attr) == type;
	return n;
}

/* The @n-th attribute of @type, NULL behind the last */
static const struct nlattr *nth(struct genl_info *info, int type, u32 n)
{
	const struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(attr) == type && !n--)
			return attr;
	return NULL;
}

static int check(struct nlattr *const attrs[], struct netlink_ext_ack *extack)
{
	const struct nlattr *keep = attrs[NARU_NAPT_REQ_KEEP_STATICS];
	const struct nlattr *flush = attrs[NARU_NAPT_REQ_FLUSH];

	if (keep && attrs[NARU_NAPT_REQ_STATIC]) {
		NL_SET_ERR_MSG_ATTR(extack, keep, "static mappings stay or are replaced, not both");
		return -EINVAL;
	}
	if (flush && attrs[NARU_NAPT_REQ_RULE]) {
		NL_SET_ERR_MSG_ATTR(extack, flush, "no rules or some, not both");
		return -EINVAL;
	}
	if (flush || attrs[NARU_NAPT_REQ_RULE])
		return 0;
	NL_SET_ERR_MSG(extack, "no rule is given: say so if there are to be none");
	return -EINVAL;
}

static void free_wanted(struct wanted *w)
{
	u32 i;

	for (i = 0; w->spec && i < w->num; i++)
		naru_spec_free(&w->spec[i]);
	kvfree(w->spec);
	kvfree(w->fixed);
}

static int alloc_wanted(struct genl_info *info, struct wanted *w)
{
	w->num = count(info, NARU_NAPT_REQ_RULE);
	w->num_fixed = count(info, NARU_NAPT_REQ_STATIC);
	if (w->num > NARU_NAPT_RULES_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    nth(info, NARU_NAPT_REQ_RULE, NARU_NAPT_RULES_MAX),
				    "too many rules");
		return -E2BIG;
	}
	w->spec = kvcalloc(w->num + 1, sizeof(*w->spec), GFP_KERNEL);
	w->fixed = kvcalloc(w->num_fixed + 1, sizeof(*w->fixed), GFP_KERNEL);
	if (w->spec && w->fixed)
		return 0;
	NL_SET_ERR_MSG(info->extack, "no memory for the rules");
	return -ENOMEM;
}

/* Up to the first that is wrong */
static int parse_wanted(struct genl_info *info, struct wanted *w)
{
	const struct nlattr *attr;
	u32 rules = 0, fixed = 0;
	int rem, err = 0;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) == NARU_NAPT_REQ_RULE)
			err = naru_spec_parse(attr, &w->spec[rules++], info->extack);
		else if (nla_type(attr) == NARU_NAPT_REQ_STATIC)
			err = naru_static_parse(attr, &w->fixed[fixed++], info->extack);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

/* naru_rules_replace() has refused number @bad: rules count first, then static mappings */
static void blame(struct genl_info *info, const struct wanted *w, u32 bad)
{
	const struct nlattr *attr = bad < w->num ?
		nth(info, NARU_NAPT_REQ_RULE, bad) :
		nth(info, NARU_NAPT_REQ_STATIC, bad - w->num);

	if (attr)
		NL_SET_BAD_ATTR(info->extack, attr);
}

static int set_locked(struct naru_napt *napt, struct genl_info *info, struct wanted *w)
{
	bool keep = info->attrs[NARU_NAPT_REQ_KEEP_STATICS];
	u32 bad = U32_MAX;
	int err;

	mutex_lock(&napt->mutex);
	err = naru_rules_replace(napt, w->spec, w->num, keep ? napt->statics : w->fixed,
				 keep ? napt->num_statics : w->num_fixed, &bad, info->extack);
	mutex_unlock(&napt->mutex);
	if (err)
		blame(info, w, bad);
	return err;
}

static int set(struct genl_info *info, struct wanted *w)
{
	struct naru_net *nn = naru_net(genl_info_net(info));
	struct naru_napt *napt = naru_napt_of(nn);

	if (!w->num && !w->num_fixed && !napt)
		return 0;
	napt = naru_napt_get(nn);
	if (!IS_ERR(napt))
		return set_locked(napt, info, w);
	NL_SET_ERR_MSG(info->extack, "no memory for the NAPT");
	return PTR_ERR(napt);
}

/**
 * naru_genl_napt_set() - NARU_CMD_NAPT_SET
 * @skb: request
 * @info: its attributes
 *
 * Process context; may sleep. Everything is checked before anything is changed.
 *
 * Return: 0, -EPERM, -EINVAL, -E2BIG, -ENOMEM, and what naru_spec_parse(), naru_static_parse() and
 * naru_rules_replace() give.
 */
int naru_genl_napt_set(struct sk_buff *skb, struct genl_info *info)
{
	struct wanted w = { .num = 0 };
	int err = naru_genl_admin(skb, genl_info_net(info)->user_ns, info->extack);

	if (!err)
		err = check(info->attrs, info->extack);
	if (err)
		return err;
	err = alloc_wanted(info, &w);
	if (!err)
		err = parse_wanted(info, &w);
	if (!err)
		err = set(info, &w);
	free_wanted(&w);
	return err;
}
