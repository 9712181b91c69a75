// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings, listed.
 */
#include "genl_napt.h"

const struct nla_policy naru_map_get_policy[NARU_NAPT_REQ_FILTER + 1] = {
	[NARU_NAPT_REQ_RULE] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_ID] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_BEFORE] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_STATIC] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_KEEP_STATICS] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_FLUSH] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_FILTER] = NLA_POLICY_NESTED(naru_map_filter_policy),
};

/**
 * naru_map_row_fill() - what filters look at of a mapping
 * @map: mapping
 * @row: filled
 *
 * Under RCU.
 */
void naru_map_row_fill(const struct naru_mapping *map, struct naru_map_row *row)
{
	const struct naru_rule *rule = rcu_dereference(map->rule);

	row->id = map->id;
	row->rule = rule->spec.id;
	row->dev = rule->spec.dev;
	row->proto = map->in.proto;
	row->flags = map->flags;
	row->in = map->in.addr;
	row->in_port = map->in.port;
	row->out = map->out.addr;
	row->out_port = map->out.port;
}

/**
 * naru_map_row_put() - put what names a mapping
 * @skb: message
 * @row: of it
 *
 * Under RCU.
 *
 * Return: 0 or -EMSGSIZE.
 */
int naru_map_row_put(struct sk_buff *skb, const struct naru_map_row *row)
{
	if (nla_put_u32(skb, NARU_MAP_ID, row->id) ||
	    nla_put_u8(skb, NARU_MAP_PROTO, naru_napt_wire(row->proto)) ||
	    nla_put_string(skb, NARU_MAP_DEV, row->dev) ||
	    nla_put_u32(skb, NARU_MAP_RULE, row->rule) ||
	    naru_genl_put_addr(skb, NARU_MAP_INSIDE, row->in) ||
	    nla_put_u16(skb, NARU_MAP_INSIDE_PORT, ntohs(row->in_port)) ||
	    naru_genl_put_addr(skb, NARU_MAP_OUTSIDE, row->out) ||
	    nla_put_u16(skb, NARU_MAP_OUTSIDE_PORT, ntohs(row->out_port)))
		return -EMSGSIZE;
	return 0;
}

/* A mapping ends with its last session */
static u32 ms_left(struct naru_mapping *map)
{
	const struct naru_session *s;
	u32 most = 0;

	if (naru_session_is_used(&map->first))
		most = naru_genl_ms_left(READ_ONCE(map->first.expires));
	hlist_for_each_entry_rcu(s, &map->more, link)
		most = max(most, naru_genl_ms_left(READ_ONCE(s->expires)));
	return most;
}

static int put_end(struct sk_buff *skb, struct naru_mapping *map)
{
	if (map->flags & NARU_MAPPING_STATIC)
		return nla_put_flag(skb, NARU_MAP_STATIC);
	if (nla_put_u32(skb, NARU_MAP_EXPIRES_MS, ms_left(map)))
		return -EMSGSIZE;
	return map->flags & NARU_MAPPING_OWN ? nla_put_flag(skb, NARU_MAP_OWN) : 0;
}

/**
 * naru_map_put_all() - put all that is told of a mapping
 * @skb: message
 * @map: mapping
 *
 * Under RCU.
 *
 * Return: 0 or -EMSGSIZE.
 */
int naru_map_put_all(struct sk_buff *skb, struct naru_mapping *map)
{
	struct naru_map_row row;

	naru_map_row_fill(map, &row);
	if (naru_map_row_put(skb, &row) ||
	    nla_put_u32(skb, NARU_MAP_SESSIONS, READ_ONCE(map->num)))
		return -EMSGSIZE;
	if (map->in.raddr && (naru_genl_put_addr(skb, NARU_MAP_REMOTE, map->in.raddr) ||
			      nla_put_u16(skb, NARU_MAP_REMOTE_PORT, ntohs(map->in.rport))))
		return -EMSGSIZE;
	return put_end(skb, map);
}

/**
 * naru_map_put_nest() - the same as an attribute
 * @skb: message
 * @type: attribute
 * @map: mapping
 *
 * Under RCU.
 *
 * Return: 0 or -EMSGSIZE.
 */
int naru_map_put_nest(struct sk_buff *skb, int type, struct naru_mapping *map)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest || naru_map_put_all(skb, map))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_map(struct sk_buff *skb, struct netlink_callback *cb, struct naru_map_dump *dump,
		   struct naru_mapping *map)
{
	struct naru_map_row row;
	void *hdr;

	naru_map_row_fill(map, &row);
	if (READ_ONCE(map->dead) || !naru_map_filter_match(&dump->filter, &row))
		return 0;
	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &naru_genl_family,
			  NLM_F_MULTI, NARU_CMD_NAPT_MAP_GET);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (naru_map_put_all(skb, map)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * naru_genl_map_dump() - NARU_CMD_NAPT_MAP_GET
 * @skb: message to fill
 * @cb: dump
 *
 * Process context; may sleep.
 *
 * Return: as naru_map_dump_run().
 */
int naru_genl_map_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return naru_map_dump_run(skb, cb, naru_map_get_policy, put_map);
}
