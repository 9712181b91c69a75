// SPDX-License-Identifier: GPL-2.0
/*
 * What happens in the NAPT, told to who listens. Each namespace has numbers of its own.
 */
#include "genl_napt.h"

static_assert((int)NARU_EVENT_WHAT_MAP_NEW == (int)NARU_NAPT_EVENT_MAP_NEW);
static_assert((int)NARU_EVENT_WHAT_MAP_GONE == (int)NARU_NAPT_EVENT_MAP_GONE);
static_assert((int)NARU_EVENT_WHAT_EXHAUSTED == (int)NARU_NAPT_EVENT_EXHAUSTED);
static_assert((int)NARU_EVENT_WHAT_LIMIT == (int)NARU_NAPT_EVENT_LIMIT);
static_assert((int)NARU_EVENT_WHAT_SUSPENDED == (int)NARU_NAPT_EVENT_SUSPENDED);
static_assert((int)NARU_EVENT_WHAT_RESUMED == (int)NARU_NAPT_EVENT_RESUMED);

/**
 * struct event - what is to be told
 * @what: enum naru_napt_event
 * @proto: of a limit, enum naru_napt_proto
 * @host: of a limit, the inside address
 * @map: the mapping, or NULL
 * @rule: the rule, or NULL
 */
struct event {
	u8 what, proto;
	__be32 host;
	const struct naru_mapping *map;
	const struct naru_rule *rule;
};

static int put_map(struct sk_buff *msg, const struct naru_mapping *map)
{
	struct nlattr *nest = nla_nest_start(msg, NARU_EVENT_MAP);
	struct naru_map_row row;

	naru_map_row_fill(map, &row);
	if (!nest || naru_map_row_put(msg, &row))
		return -EMSGSIZE;
	if (map->flags & NARU_MAPPING_STATIC && nla_put_flag(msg, NARU_MAP_STATIC))
		return -EMSGSIZE;
	if (map->flags & NARU_MAPPING_OWN && nla_put_flag(msg, NARU_MAP_OWN))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_rule(struct sk_buff *msg, const struct naru_rule *rule)
{
	if (nla_put_u32(msg, NARU_EVENT_RULE, rule->spec.id) ||
	    nla_put_string(msg, NARU_EVENT_DEV, rule->spec.dev))
		return -EMSGSIZE;
	return rule->suspended ? nla_put_string(msg, NARU_EVENT_WHY, rule->why) : 0;
}

static int put_event(struct sk_buff *msg, const struct event *e, u32 seq)
{
	if (nla_put_u32(msg, NARU_EVENT_SEQ, seq) ||
	    nla_put_u64_64bit(msg, NARU_EVENT_TIME, ktime_get_real_ns(), NARU_EVENT_PAD) ||
	    nla_put_u8(msg, NARU_EVENT_WHAT, e->what))
		return -EMSGSIZE;
	if (e->map)
		return put_map(msg, e->map);
	if (e->rule)
		return put_rule(msg, e->rule);
	if (nla_put_u8(msg, NARU_EVENT_PROTO, naru_napt_wire(e->proto)))
		return -EMSGSIZE;
	return naru_genl_put_addr(msg, NARU_EVENT_HOST, e->host);
}

static struct sk_buff *make_event(const struct event *e, u32 seq)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	void *hdr;

	if (!msg)
		return NULL;
	hdr = genlmsg_put(msg, 0, 0, &naru_genl_family, 0, NARU_CMD_NAPT_EVENT);
	if (!hdr || put_event(msg, e, seq)) {
		nlmsg_free(msg);
		return NULL;
	}
	genlmsg_end(msg, hdr);
	return msg;
}

/* An event that cannot be sent uses up its number. @napt->event_lock held, under RCU */
static void send_event(struct naru_napt *napt, const struct event *e)
{
	struct sk_buff *msg = make_event(e, ++napt->event_seq);
	int err = -ENOMEM;

	if (msg)
		err = genlmsg_multicast_netns(&naru_genl_family, napt->nn->net, msg, 0,
					      NARU_GENL_MCGRP_NAPT, GFP_ATOMIC);
	if (err && err != -ESRCH)
		NARU_INC(napt->nn, EVENTS_LOST);
}

static void tell(struct naru_napt *napt, const struct event *e)
{
	rcu_read_lock();
	if (naru_event_wanted(napt->nn, NARU_GENL_MCGRP_NAPT)) {
		spin_lock_bh(&napt->event_lock);
		send_event(napt, e);
		spin_unlock_bh(&napt->event_lock);
	}
	rcu_read_unlock();
}

/**
 * naru_event_map() - a mapping came or went
 * @napt: NAPT
 * @map: mapping
 * @what: enum naru_napt_event
 *
 * Any context but hard interrupts; no lock under which event_lock may not be taken. Nothing but a
 * test when nobody listens.
 */
void naru_event_map(struct naru_napt *napt, const struct naru_mapping *map,
		    enum naru_napt_event what)
{
	const struct event e = { .what = what, .map = map };

	tell(napt, &e);
}

/**
 * naru_event_rule() - a rule is suspended, or no more
 * @napt: NAPT
 * @rule: rule
 * @what: enum naru_napt_event
 *
 * Process context. Nothing but a test when nobody listens.
 */
void naru_event_rule(struct naru_napt *napt, const struct naru_rule *rule,
		     enum naru_napt_event what)
{
	const struct event e = { .what = what, .rule = rule };

	tell(napt, &e);
}

static bool told_lately(const struct naru_napt *napt)
{
	unsigned long told = READ_ONCE(napt->told);

	return told && time_before(jiffies, told + HZ);
}

/**
 * naru_event_limit() - a packet got no mapping, or no session
 * @napt: NAPT
 * @what: enum naru_napt_event
 * @proto: enum naru_napt_proto
 * @host: inside address
 *
 * Any context but hard interrupts. At most one a second is told, and the test for that comes first.
 */
void naru_event_limit(struct naru_napt *napt, enum naru_napt_event what, u8 proto, __be32 host)
{
	const struct event e = { .what = what, .proto = proto, .host = host };

	if (told_lately(napt))
		return;
	rcu_read_lock();
	if (naru_event_wanted(napt->nn, NARU_GENL_MCGRP_NAPT)) {
		spin_lock_bh(&napt->event_lock);
		if (!told_lately(napt)) {
			WRITE_ONCE(napt->told, jiffies | 1);
			send_event(napt, &e);
		}
		spin_unlock_bh(&napt->event_lock);
	}
	rcu_read_unlock();
}

/**
 * naru_event_napt_seq() - the number of the last event of the NAPT
 * @nn: namespace
 *
 * Process context. Whoever listens has got the events up to that number, or lost them.
 *
 * Return: the number, 0 before the first and where there is no NAPT.
 */
u32 naru_event_napt_seq(const struct naru_net *nn)
{
	struct naru_napt *napt = naru_napt_of(nn);
	u32 seq;

	if (!napt)
		return 0;
	spin_lock_bh(&napt->event_lock);
	seq = napt->event_seq;
	spin_unlock_bh(&napt->event_lock);
	return seq;
}
