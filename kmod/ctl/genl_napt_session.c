// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions, listed.
 */
#include "genl_napt.h"

const struct nla_policy naru_session_get_policy[NARU_NAPT_REQ_FILTER + 1] = {
	[NARU_NAPT_REQ_RULE] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_ID] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_BEFORE] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_STATIC] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_KEEP_STATICS] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_FLUSH] = { .type = NLA_REJECT },
	[NARU_NAPT_REQ_FILTER] = NLA_POLICY_NESTED(naru_session_filter_policy),
};

/* UAPI and track.h number alike, but for what is no connection */
static_assert((int)NARU_SESSION_STATE_INIT == (int)NARU_TRACK_INIT);
static_assert((int)NARU_SESSION_STATE_ESTABLISHED == (int)NARU_TRACK_ESTABLISHED);
static_assert((int)NARU_SESSION_STATE_IN_FIN == (int)NARU_TRACK_IN_FIN);
static_assert((int)NARU_SESSION_STATE_OUT_FIN == (int)NARU_TRACK_OUT_FIN);
static_assert((int)NARU_SESSION_STATE_BOTH_FIN == (int)NARU_TRACK_BOTH_FIN);
static_assert((int)NARU_SESSION_STATE_TRANS == (int)NARU_TRACK_TRANS);

static u8 state_of(const struct naru_mapping *map, const struct naru_session *s)
{
	if (map->in.proto != NARU_NAPT_TCP && map->in.proto != NARU_NAPT_STREAM)
		return NARU_SESSION_STATE_OPEN;
	return READ_ONCE(s->track.state);
}

static void row_fill(const struct naru_mapping *map, const struct naru_session *s,
		     struct naru_session_row *row)
{
	row->addr = s->key.addr;
	row->port = s->key.port;
	row->state = state_of(map, s);
	row->expires = READ_ONCE(s->expires);
}

/* The place of the first session is used again for another: it is read under the lock, N3 */
static bool first_row(struct naru_mapping *map, struct naru_session_row *row)
{
	bool used;

	spin_lock_bh(&map->lock);
	used = naru_session_is_used(&map->first);
	row_fill(map, &map->first, row);
	spin_unlock_bh(&map->lock);
	return used;
}

static int put_session(struct sk_buff *skb, const struct naru_map_row *map,
		       const struct naru_session_row *row)
{
	struct nlattr *nest = nla_nest_start(skb, NARU_SESSION_MAP);

	if (!nest || naru_map_row_put(skb, map))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	if (naru_genl_put_addr(skb, NARU_SESSION_REMOTE, row->addr) ||
	    nla_put_u16(skb, NARU_SESSION_REMOTE_PORT, ntohs(row->port)) ||
	    nla_put_u8(skb, NARU_SESSION_STATE, row->state) ||
	    nla_put_u32(skb, NARU_SESSION_EXPIRES_MS, naru_genl_ms_left(row->expires)))
		return -EMSGSIZE;
	return 0;
}

static int put_message(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct naru_map_row *map, const struct naru_session_row *row)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&naru_genl_family, NLM_F_MULTI, NARU_CMD_NAPT_SESSION_GET);

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (put_session(skb, map, row)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * struct place - where in the sessions of one mapping it is
 * @skb: message to fill
 * @cb: dump
 * @dump: its walk
 * @row: the mapping
 * @skip: the message before this told of some, up to @dump->addr and @dump->port
 */
struct place {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	struct naru_map_dump *dump;
	struct naru_map_row row;
	bool skip;
};

static int tell(struct place *p, const struct naru_session_row *row)
{
	struct naru_map_dump *dump = p->dump;
	int err;

	if (p->skip) {
		p->skip = row->addr != dump->addr || row->port != dump->port;
		return 0;
	}
	if (!naru_session_filter_match(&dump->filter, row))
		return 0;
	err = put_message(p->skb, p->cb, &p->row, row);
	if (err)
		return err;
	dump->map = p->row.id;
	dump->addr = row->addr;
	dump->port = row->port;
	return 0;
}

static int tell_all(struct place *p, struct naru_mapping *map)
{
	const struct naru_session *s;
	struct naru_session_row row;
	int err = 0;

	if (first_row(map, &row))
		err = tell(p, &row);
	hlist_for_each_entry_rcu(s, &map->more, link) {
		if (err)
			break;
		row_fill(map, s, &row);
		err = tell(p, &row);
	}
	return err;
}

static int put_sessions(struct sk_buff *skb, struct netlink_callback *cb,
			struct naru_map_dump *dump, struct naru_mapping *map)
{
	struct place p = { .skb = skb, .cb = cb, .dump = dump, .skip = dump->map == map->id };
	int err;

	naru_map_row_fill(map, &p.row);
	if (READ_ONCE(map->dead) || !naru_map_filter_match(&dump->filter, &p.row))
		return 0;
	err = tell_all(&p, map);
	if (p.skip) {
		/* the one it came to is gone */
		p.skip = false;
		naru_map_dump_again(cb, dump);
		err = tell_all(&p, map);
	}
	if (!err)
		dump->map = 0;
	return err;
}

/**
 * naru_genl_session_dump() - NARU_CMD_NAPT_SESSION_GET
 * @skb: message to fill
 * @cb: dump
 *
 * Process context; may sleep.
 *
 * Return: as naru_map_dump_run().
 */
int naru_genl_session_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return naru_map_dump_run(skb, cb, naru_session_get_policy, put_sessions);
}
