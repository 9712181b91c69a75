// SPDX-License-Identifier: GPL-2.0
/*
 * What a connection went through: reading a recording.
 */
#include "genl.h"
#include "tcp/recorder.h"

const struct nla_policy naru_history_policy[NARU_HISTORY_NETNS + 1] = {
	[NARU_HISTORY_PAD] = { .type = NLA_REJECT },
	[NARU_HISTORY_ID] = { .type = NLA_U32 },
	[NARU_HISTORY_NETNS] = { .type = NLA_U32 },
};

/* A recording as it was when the dump began */
struct history_dump {
	struct naru_recorder *rec;
	u32 next;	/* event */
	bool headed;	/* the first reply has gone */
};

static u64 opened_ns(const struct naru_recorder *r)
{
	return ktime_get_real_ns() - (naru_now_us() - r->opened_us) * NSEC_PER_USEC;
}

static int put_head(struct sk_buff *skb, const struct naru_recorder *r)
{
	const struct naru_key *key = &r->key;

	if (nla_put_u32(skb, NARU_HISTORY_ID, r->id) ||
	    nla_put_u8(skb, NARU_HISTORY_WIRE, key->wire) ||
	    nla_put_u8(skb, NARU_HISTORY_FAMILY, naru_walk_family(key)) ||
	    nla_put_in6_addr(skb, NARU_HISTORY_LADDR, &key->laddr) ||
	    nla_put_in6_addr(skb, NARU_HISTORY_RADDR, &key->raddr) ||
	    nla_put_u16(skb, NARU_HISTORY_LPORT, ntohs(key->lport)) ||
	    nla_put_u16(skb, NARU_HISTORY_RPORT, ntohs(key->rport)) ||
	    nla_put_u64_64bit(skb, NARU_HISTORY_OPENED, opened_ns(r), NARU_HISTORY_PAD) ||
	    nla_put_u32(skb, NARU_HISTORY_LOST, naru_ring_first(&r->ring)))
		return -EMSGSIZE;
	if (!r->ended_us)
		return 0;
	return nla_put_u64_64bit(skb, NARU_HISTORY_ENDED, r->ended_us - r->opened_us, NARU_HISTORY_PAD);
}

static int put_figures(struct sk_buff *skb, const struct naru_record *e)
{
	if (nla_put_u32(skb, NARU_RECORD_CWND, e->cwnd) ||
	    nla_put_u32(skb, NARU_RECORD_SSTHRESH, e->ssthresh) ||
	    nla_put_u32(skb, NARU_RECORD_SRTT, e->srtt_us) ||
	    nla_put_u32(skb, NARU_RECORD_IN_FLIGHT, e->in_flight) ||
	    nla_put_u32(skb, NARU_RECORD_SND_WND, e->snd_wnd) ||
	    nla_put_u32(skb, NARU_RECORD_RCV_WND, e->rcv_wnd))
		return -EMSGSIZE;
	return 0;
}

static int put_event(struct sk_buff *skb, const struct naru_recorder *r, const struct naru_record *e)
{
	struct nlattr *nest = nla_nest_start(skb, NARU_HISTORY_EVENT);

	if (!nest ||
	    nla_put_u64_64bit(skb, NARU_RECORD_TIME, e->us - r->opened_us, NARU_RECORD_PAD) ||
	    nla_put_u8(skb, NARU_RECORD_WHAT, e->what) ||
	    nla_put_u8(skb, NARU_RECORD_BY, e->by) ||
	    nla_put_u32(skb, NARU_RECORD_VALUE, e->value) ||
	    nla_put_u8(skb, NARU_RECORD_STATE, e->state) ||
	    nla_put_u8(skb, NARU_RECORD_RECOVERY, e->recovery) ||
	    put_figures(skb, e))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* @e: NULL for the first reply */
static int put_reply(struct sk_buff *skb, struct netlink_callback *cb, const struct naru_recorder *r,
		     const struct naru_record *e)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&naru_genl_family, NLM_F_MULTI, NARU_CMD_HISTORY_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (e ? put_event(skb, r, e) : put_head(skb, r)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int check_reader(const struct netlink_callback *cb, const struct net *net, const struct naru_recorder *r)
{
	if (uid_eq(NETLINK_CB(cb->skb).creds.uid, r->uid))
		return 0;
	return naru_genl_admin(cb->skb, net->user_ns, cb->extack);
}

static int take_copy(struct netlink_callback *cb, struct net *net, const struct nlattr *id)
{
	struct history_dump *dump = (struct history_dump *)cb->args[0];
	struct naru_recorder *r = naru_recorder_copy(naru_net(net), nla_get_u32(id));

	if (r == ERR_PTR(-ENOENT))
		NL_SET_ERR_MSG_ATTR(cb->extack, id, "nothing is recorded of such a socket");
	else if (IS_ERR(r))
		NL_SET_ERR_MSG(cb->extack, "no memory for the recording");
	if (IS_ERR(r))
		return PTR_ERR(r);
	dump->rec = r;
	dump->next = naru_ring_first(&r->ring);
	return check_reader(cb, net, r);
}

/* Reads the request; args[0] becomes the dump's struct history_dump */
static int dump_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[ARRAY_SIZE(naru_history_policy)];
	struct net *net;
	int err;

	err = genlmsg_parse(cb->nlh, &naru_genl_family, attrs, ARRAY_SIZE(attrs) - 1,
			    naru_history_policy, cb->extack);
	if (err)
		return err;
	if (!attrs[NARU_HISTORY_ID]) {
		NL_SET_ERR_MSG(cb->extack, "say whose history: the number of a socket");
		return -EINVAL;
	}
	cb->args[0] = (long)kzalloc(sizeof(struct history_dump), GFP_KERNEL);
	if (!cb->args[0]) {
		NL_SET_ERR_MSG(cb->extack, "no memory for the dump");
		return -ENOMEM;
	}
	net = naru_genl_netns_get(cb->skb, attrs[NARU_HISTORY_NETNS], cb->extack);
	if (IS_ERR(net))
		return PTR_ERR(net);
	err = take_copy(cb, net, attrs[NARU_HISTORY_ID]);
	put_net(net);
	return err;
}

/* As many replies as fit */
static int dump_replies(struct sk_buff *skb, struct netlink_callback *cb, struct history_dump *dump)
{
	const struct naru_record *e;
	int err = 0;

	if (!dump->headed)
		err = put_reply(skb, cb, dump->rec, NULL);
	dump->headed = !err || dump->headed;
	while (!err && (e = naru_ring_at(&dump->rec->ring, dump->next))) {
		err = put_reply(skb, cb, dump->rec, e);
		dump->next += !err;
	}
	return skb->len ? skb->len : err;
}

/**
 * naru_genl_history_dump() - NARU_CMD_HISTORY_GET
 * @skb: message to fill
 * @cb: dump
 *
 * Process context; may sleep for the socket's lock. Who asks is looked at once: the rest may be read by another.
 *
 * Return: bytes in @skb, 0 at the end, -EINVAL, -ENOENT, -EPERM, -ENOMEM, and what naru_genl_netns_get() gives.
 */
int naru_genl_history_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	int err = cb->args[0] ? 0 : dump_start(cb);

	return err ? err : dump_replies(skb, cb, (struct history_dump *)cb->args[0]);
}

/**
 * naru_genl_history_done() - NARU_CMD_HISTORY_GET is over, or was given up
 * @cb: dump
 *
 * Process context.
 *
 * Return: 0.
 */
int naru_genl_history_done(struct netlink_callback *cb)
{
	struct history_dump *dump = (struct history_dump *)cb->args[0];

	if (dump)
		kfree(dump->rec);
	kfree(dump);
	return 0;
}
