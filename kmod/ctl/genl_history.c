// SPDX-License-Identifier: GPL-2.0
/*
 * What a connection went through: reading a recording.
 */
#include "genl.h"
#include "tcp/recorder.h"

static_assert(NARU_SEG_IN == NARU_SEGMENT_HOW_IN);
static_assert(NARU_SEG_AGAIN == NARU_SEGMENT_HOW_AGAIN);
static_assert(NARU_SEG_SACK == NARU_SEGMENT_HOW_SACK);

const struct nla_policy naru_history_policy[NARU_HISTORY_SHOW + 1] = {
	[NARU_HISTORY_PAD] = { .type = NLA_REJECT },
	[NARU_HISTORY_ID] = { .type = NLA_U32 },
	[NARU_HISTORY_NETNS] = { .type = NLA_U32 },
	[NARU_HISTORY_SHOW] = NLA_POLICY_MASK(NLA_U32, NARU_HISTORY_SHOW_ALL),
};

/* A recording as it was when the dump began */
struct history_dump {
	struct naru_recorder *rec;
	u32 show;	/* NARU_HISTORY_SHOW_* */
	u32 part;	/* of parts[] */
	u32 next;	/* of its replies */
};

static u64 opened_ns(const struct naru_recorder *r)
{
	return ktime_get_real_ns() - (naru_now_us() - r->opened_us) * NSEC_PER_USEC;
}

static int put_late(struct sk_buff *skb, const struct naru_recorder *r)
{
	if ((r->tw_id && nla_put_u32(skb, NARU_HISTORY_TW_ID, r->tw_id)) ||
	    nla_put_u32(skb, NARU_HISTORY_SEGMENTS_LOST, naru_segs_lost(&r->segs)))
		return -EMSGSIZE;
	if (r->wscale_ok && (nla_put_u8(skb, NARU_HISTORY_SND_WSCALE, r->snd_wscale) ||
			     nla_put_u8(skb, NARU_HISTORY_RCV_WSCALE, r->rcv_wscale)))
		return -EMSGSIZE;
	return 0;
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
	    nla_put_u32(skb, NARU_HISTORY_LOST, naru_ring_first(&r->ring)) || put_late(skb, r))
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

static int put_run(struct sk_buff *skb, const struct naru_recorder *r, const struct naru_seg_run *run)
{
	if (nla_put_s64(skb, NARU_SEGMENT_TIME, run->us - r->opened_us, NARU_SEGMENT_PAD) ||
	    nla_put_u32(skb, NARU_SEGMENT_HOW, NARU_SEGMENT_HOW_RUN) ||
	    nla_put_u32(skb, NARU_SEGMENT_OUT, run->out) ||
	    nla_put_u32(skb, NARU_SEGMENT_IN, run->in) ||
	    nla_put_u64_64bit(skb, NARU_SEGMENT_OUT_BYTES, run->bytes_out, NARU_SEGMENT_PAD) ||
	    nla_put_u64_64bit(skb, NARU_SEGMENT_IN_BYTES, run->bytes_in, NARU_SEGMENT_PAD))
		return -EMSGSIZE;
	return 0;
}

/* What a number on the wire is counted from is nobody's business */
static int put_note(struct sk_buff *skb, const struct naru_recorder *r, const struct naru_seg_note *n)
{
	bool in = n->how & NARU_SEG_IN;
	u32 ack = n->flags & NARU_ACK ? n->ack - (in ? r->iss : r->irs) : 0;

	if (nla_put_s64(skb, NARU_SEGMENT_TIME, n->us - r->opened_us, NARU_SEGMENT_PAD) ||
	    nla_put_u32(skb, NARU_SEGMENT_HOW, n->how & ~NARU_SEG_STAYS) ||
	    nla_put_u8(skb, NARU_SEGMENT_FLAGS, n->flags) ||
	    nla_put_u32(skb, NARU_SEGMENT_SEQ, n->seq - (in ? r->irs : r->iss)) ||
	    nla_put_u32(skb, NARU_SEGMENT_ACK, ack) ||
	    nla_put_u32(skb, NARU_SEGMENT_LEN, n->len) ||
	    nla_put_u32(skb, NARU_SEGMENT_WND, n->wnd))
		return -EMSGSIZE;
	return 0;
}

static int put_drop(struct sk_buff *skb, const struct naru_recorder *r, const struct naru_record_drop *d)
{
	struct nlattr *nest = nla_nest_start(skb, NARU_HISTORY_DROP);

	if (!nest ||
	    nla_put_s64(skb, NARU_DROPPED_TIME, d->us - r->opened_us, NARU_DROPPED_PAD) ||
	    nla_put_string(skb, NARU_DROPPED_REASON, naru_drop_name(d->reason)) ||
	    nla_put_u32(skb, NARU_DROPPED_TIMES, d->times) ||
	    nla_put_u8(skb, NARU_DROPPED_FLAGS, d->flags) ||
	    nla_put_u32(skb, NARU_DROPPED_SEQ, d->seq - r->irs) ||
	    nla_put_u32(skb, NARU_DROPPED_LEN, d->len))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* ---- parts of an answer: reply @n of each, -ENOENT where there is none of this number ---- */

static int reply_head(struct sk_buff *skb, const struct naru_recorder *r, u32 n)
{
	return n ? -ENOENT : put_head(skb, r);
}

static int reply_event(struct sk_buff *skb, const struct naru_recorder *r, u32 n)
{
	const struct naru_record *e = naru_ring_at(&r->ring, naru_ring_first(&r->ring) + n);

	return e ? put_event(skb, r, e) : -ENOENT;
}

static int reply_segment(struct sk_buff *skb, const struct naru_recorder *r, u32 n)
{
	struct naru_seg_note note;
	struct naru_seg_run run;
	struct nlattr *nest;

	if (!naru_segs_at(&r->segs, n, &note, &run))
		return -ENOENT;
	nest = nla_nest_start(skb, NARU_HISTORY_SEGMENT);
	if (!nest || (run.in || run.out ? put_run(skb, r, &run) : put_note(skb, r, &note)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int reply_drop(struct sk_buff *skb, const struct naru_recorder *r, u32 n)
{
	const struct naru_record_drop *d = naru_record_drops_at(&r->drops, n);

	return d ? put_drop(skb, r, d) : -ENOENT;
}

static const struct {
	int (*reply)(struct sk_buff *skb, const struct naru_recorder *r, u32 n);
	u32 show;	/* NARU_HISTORY_SHOW_* that asks for it; 0: nobody need ask */
} parts[] = {
	{ reply_head, 0 },
	{ reply_event, 0 },
	{ reply_segment, NARU_HISTORY_SHOW_SEGMENTS },
	{ reply_drop, NARU_HISTORY_SHOW_DROPS },
};

static int put_reply(struct sk_buff *skb, struct netlink_callback *cb, const struct history_dump *dump)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&naru_genl_family, NLM_F_MULTI, NARU_CMD_HISTORY_GET);
	int err;

	if (!hdr)
		return -EMSGSIZE;
	err = parts[dump->part].reply(skb, dump->rec, dump->next);
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
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
	return check_reader(cb, net, r);
}

/* Reads the request; args[0] becomes the dump's struct history_dump */
static int dump_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[ARRAY_SIZE(naru_history_policy)];
	struct net *net;
	int err;

	err = naru_genl_dump_parse(cb, attrs, ARRAY_SIZE(attrs) - 1, naru_history_policy);
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
	if (attrs[NARU_HISTORY_SHOW])
		((struct history_dump *)cb->args[0])->show = nla_get_u32(attrs[NARU_HISTORY_SHOW]);
	net = naru_genl_netns_get(cb->skb, attrs[NARU_HISTORY_NETNS], cb->extack);
	if (IS_ERR(net))
		return PTR_ERR(net);
	err = take_copy(cb, net, attrs[NARU_HISTORY_ID]);
	put_net(net);
	return err;
}

static bool is_wanted(const struct history_dump *dump)
{
	return !parts[dump->part].show || (parts[dump->part].show & dump->show);
}

/* As many replies as fit */
static int dump_replies(struct sk_buff *skb, struct netlink_callback *cb, struct history_dump *dump)
{
	int err = 0;

	while (dump->part < ARRAY_SIZE(parts)) {
		err = is_wanted(dump) ? put_reply(skb, cb, dump) : -ENOENT;
		if (err == -EMSGSIZE)
			break;
		if (err) {
			dump->part++;
			dump->next = 0;
		} else {
			dump->next++;
		}
	}
	return skb->len ? skb->len : err == -EMSGSIZE ? err : 0;
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
