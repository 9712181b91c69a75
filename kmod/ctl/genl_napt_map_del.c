// SPDX-License-Identifier: GPL-2.0
/*
 * Ending mappings on an administrator's word. A static one goes from the list of those asked for, and
 * the mapping with it; the others are ended as they are found.
 */
#include <linux/slab.h>
#include "genl_napt.h"

const struct nla_policy naru_map_del_policy[NARU_NAPT_REQ_FILTER + 1] = {
	[NARU_NAPT_REQ_RULE] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_ID] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_BEFORE] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_STATIC] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_KEEP_STATICS] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_FLUSH] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_FILTER] = NLA_POLICY_NESTED(naru_map_filter_policy),
};

/**
 * struct forward - a static mapping as it is now
 * @fixed: as it was asked for
 * @ext: external address, 0: it has none
 * @dev: interface
 */
struct forward {
	const struct naru_napt_static *fixed;
	__be32 ext;
	const char *dev;
};

static bool has_addr(const struct naru_rule *rule, __be32 addr)
{
	u32 i;

	for (i = 0; i < rule->pool_size; i++)
		if (rule->pool[i]->addr == addr)
			return true;
	return false;
}

/* By the first rule that is its; the rules stay, the mutex is held */
static void look_up(const struct naru_ruleset *rs, const struct naru_napt_static *fixed,
		    struct forward *fwd)
{
	u32 i;

	fwd->fixed = fixed;
	fwd->ext = fixed->ext;
	fwd->dev = fixed->dev;
	for (i = 0; rs && i < rs->num; i++) {
		const struct naru_rule *rule = rs->rule[i];

		if (rule->suspended || (fixed->dev[0] && strcmp(rule->spec.dev, fixed->dev)) ||
		    (fixed->ext && !has_addr(rule, fixed->ext)))
			continue;
		fwd->ext = fixed->ext ?: rule->pool[0]->addr;
		fwd->dev = rule->spec.dev;
		return;
	}
}

/* The @n-th of its ports */
static void row_fill(const struct naru_napt *napt, const struct forward *fwd, u32 n,
		     struct naru_map_row *row)
{
	const struct naru_napt_static *fixed = fwd->fixed;
	const struct naru_mapping *map;

	memset(row, 0, sizeof(*row));
	row->dev = fwd->dev;
	row->proto = fixed->proto;
	row->flags = NARU_MAPPING_STATIC;
	row->in = fixed->in;
	row->in_port = htons(fixed->in_first + n);
	row->out = fwd->ext;
	row->out_port = htons(fixed->ext_first + n);
	rcu_read_lock();
	map = naru_mapping_outside(napt, fixed->proto, fwd->ext, row->out_port);
	if (map && map->flags & NARU_MAPPING_STATIC)
		row->id = map->id;
	rcu_read_unlock();
}

/*
 * What is left of a static mapping. Its ports differ in nothing but port and id: a filter names one of
 * them, or all, and there are at most two pieces. Returns how many ports go.
 */
static u32 cut(const struct naru_napt *napt, const struct naru_map_filter *f,
	       const struct forward *fwd, struct naru_napt_static *left, u32 *num_left)
{
	struct naru_napt_static *piece = NULL;
	struct naru_map_row row;
	u32 n, gone = 0;

	for (n = 0; n < fwd->fixed->num; n++) {
		row_fill(napt, fwd, n, &row);
		if (naru_map_filter_match(f, &row)) {
			piece = NULL;
			gone++;
			continue;
		}
		if (!piece) {
			piece = &left[(*num_left)++];
			*piece = *fwd->fixed;
			piece->ext_first += n;
			piece->in_first += n;
			piece->num = 0;
		}
		piece->num++;
	}
	return gone;
}

static int del_statics(struct naru_napt *napt, const struct naru_map_filter *f, u32 *count,
		       struct netlink_ext_ack *extack)
{
	struct naru_napt_static *left;
	u32 i, num = 0, gone = 0, bad;
	struct forward fwd;
	int err = 0;

	if (!napt->num_statics)
		return 0;
	left = kvcalloc(napt->num_statics, 2 * sizeof(*left), GFP_KERNEL);
	if (!left) {
		NL_SET_ERR_MSG(extack, "no memory for the static mappings that stay");
		return -ENOMEM;
	}
	for (i = 0; i < napt->num_statics; i++) {
		look_up(naru_genl_ruleset(napt), &napt->statics[i], &fwd);
		gone += cut(napt, f, &fwd, left, &num);
		cond_resched();
	}
	if (gone)
		err = naru_genl_rules_with(napt, left, num, &bad, extack);
	kvfree(left);
	if (!err)
		*count += gone;
	return err;
}

struct del {
	const struct naru_map_filter *filter;
	u32 count;
};

static bool end_named(struct naru_napt *napt, struct naru_mapping *map, void *arg)
{
	struct del *del = arg;
	struct naru_map_row row;

	naru_map_row_fill(map, &row);
	if (READ_ONCE(map->dead) || map->flags & NARU_MAPPING_STATIC ||
	    !naru_map_filter_match(del->filter, &row))
		return false;
	del->count++;
	return true;
}

static int del_all(struct naru_napt *napt, const struct naru_map_filter *f, u32 *count,
		   struct netlink_ext_ack *extack)
{
	struct del del = { .filter = f };
	int err;

	mutex_lock(&napt->mutex);
	err = del_statics(napt, f, &del.count, extack);
	if (!err)
		naru_mapping_each(napt, end_named, &del);
	mutex_unlock(&napt->mutex);
	*count = del.count;
	return err;
}

static int send_count(struct genl_info *info, u32 count)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!msg) {
		NL_SET_ERR_MSG(info->extack, "no memory for the reply");
		return -ENOMEM;
	}
	hdr = genlmsg_put_reply(msg, info, &naru_genl_family, 0, NARU_CMD_NAPT_MAP_DEL);
	if (!hdr || nla_put_u32(msg, NARU_MAP_DEL_COUNT, count)) {
		nlmsg_free(msg);
		NL_SET_ERR_MSG(info->extack, "the reply does not fit");
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static int parse(struct genl_info *info, struct naru_map_filter *f)
{
	const struct nlattr *attr = info->attrs[NARU_NAPT_REQ_FILTER];
	int err = naru_map_filter_parse(attr, f, info->extack);

	if (err || f->present)
		return err;
	if (attr)
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "an empty filter: say which mappings");
	else
		NL_SET_ERR_MSG(info->extack, "say which mappings are to end");
	return -EINVAL;
}

/**
 * naru_genl_map_del() - NARU_CMD_NAPT_MAP_DEL
 * @skb: request
 * @info: its attributes
 *
 * Process context; may sleep.
 *
 * Return: 0, -EPERM, -EINVAL, -ENOENT for an id that no mapping has, -ENOMEM, and what
 * naru_map_filter_parse() gives.
 */
int naru_genl_map_del(struct sk_buff *skb, struct genl_info *info)
{
	struct naru_napt *napt = naru_napt_of(naru_net(genl_info_net(info)));
	struct naru_map_filter f;
	u32 count = 0;
	int err = naru_genl_admin(skb, genl_info_net(info)->user_ns, info->extack);

	if (!err)
		err = parse(info, &f);
	if (!err && napt)
		err = del_all(napt, &f, &count, info->extack);
	if (err)
		return err;
	if (count || !(f.present & BIT(NARU_MAP_FILTER_ID)))
		return send_count(info, count);
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NARU_NAPT_REQ_FILTER], "no such mapping");
	return -ENOENT;
}
