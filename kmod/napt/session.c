// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: remote endpoints under a mapping, their timers, and who is let in.
 */
#include <linux/slab.h>
#include "napt.h"

static const struct rhashtable_params params = {
	.key_len = sizeof(struct naru_session_key),
	.key_offset = offsetof(struct naru_session, key),
	.head_offset = offsetof(struct naru_session, hash),
	.automatic_shrinking = true,
};

static_assert(sizeof(struct naru_session_key) == sizeof(struct naru_mapping *) + 8);

#define BATCH	64	/* sessions that end under one hold of the lock */

static struct kmem_cache *cache;

/**
 * naru_session_register - memory for sessions
 *
 * Module init. Return: 0 or -ENOMEM.
 */
int naru_session_register(void)
{
	cache = KMEM_CACHE(naru_session, SLAB_ACCOUNT);
	return cache ? 0 : -ENOMEM;
}

/**
 * naru_session_unregister - and away again
 *
 * Module exit, when the reaper of the last namespace has gone.
 */
void naru_session_unregister(void)
{
	kmem_cache_destroy(cache);
}

/**
 * naru_session_init - the table of a namespace
 * @napt: NAPT
 *
 * May sleep. Return: 0 or a negative errno.
 */
int naru_session_init(struct naru_napt *napt)
{
	return rhashtable_init(&napt->sessions, &params);
}

/**
 * naru_session_exit - the table goes; no session is left
 * @napt: NAPT
 *
 * May sleep.
 */
void naru_session_exit(struct naru_napt *napt)
{
	rhashtable_destroy(&napt->sessions);
}

static bool has_track(const struct naru_mapping *map)
{
	return map->in.proto == NARU_NAPT_TCP || map->in.proto == NARU_NAPT_STREAM;
}

/**
 * naru_session_find - the session with a remote endpoint
 * @napt: NAPT
 * @map: mapping
 * @addr: remote address
 * @port: remote port; 0 of an echo
 *
 * Under rcu_read_lock; N3 is not needed, what is found may be ending. Return: it, or NULL.
 */
struct naru_session *naru_session_find(const struct naru_napt *napt, struct naru_mapping *map,
				       __be32 addr, __be16 port)
{
	struct naru_session_key key = { .map = map, .addr = addr, .port = port };

	if (READ_ONCE(map->first.key.addr) == addr && READ_ONCE(map->first.key.port) == port &&
	    naru_session_is_used(&map->first))
		return &map->first;
	if (hlist_empty(&map->more))
		return NULL;
	return rhashtable_lookup((struct rhashtable *)&napt->sessions, &key, params);
}

static unsigned long timeout(const struct naru_napt *napt, const struct naru_mapping *map,
			     enum naru_napt_timer timer)
{
	return naru_rule_timeout(napt, rcu_dereference(map->rule), timer);
}

static enum naru_napt_timer timer_of(const struct naru_mapping *map, const struct naru_session *s)
{
	if (has_track(map))
		return naru_track_timer(&s->track);
	return map->in.proto == NARU_NAPT_ICMP ? NARU_NAPT_TIMER_ICMP : NARU_NAPT_TIMER_UDP;
}

static void put_off(unsigned long *expires, unsigned long to)
{
	if (READ_ONCE(*expires) != to)
		WRITE_ONCE(*expires, to);
}

/*
 * Most often a packet moves the time ahead, and the wheel finds out; what comes nearer has to be put
 * into an earlier slot. N3 held
 */
static void set_time(struct naru_napt *napt, struct naru_mapping *map, struct naru_session *s)
{
	unsigned long to = jiffies + timeout(napt, map, timer_of(map, s));
	bool nearer = time_before(to, s->expires);

	WRITE_ONCE(s->expires, to);
	if (nearer) {
		naru_wheel_del(napt, s);
		naru_wheel_add(napt, s);
	}
	if (time_after(to, READ_ONCE(map->expires)))
		WRITE_ONCE(map->expires, to);
}

/*
 * RFC 4787 REQ-6: packets from inside keep a mapping; without a lock, for what has no track. False: its
 * time comes nearer, by another rule, which is for set_time().
 */
static bool refresh(struct naru_napt *napt, struct naru_mapping *map, struct naru_session *s)
{
	unsigned long to = jiffies + timeout(napt, map, timer_of(map, s));

	if (unlikely(time_before(to, READ_ONCE(s->expires))))
		return false;
	put_off(&s->expires, to);
	put_off(&map->expires, to);
	return true;
}

static struct naru_session *alloc_session(struct naru_napt *napt, struct naru_mapping *map)
{
	struct naru_session *s;

	if (atomic_inc_return(&napt->num_sessions) > naru_setting(napt->nn, napt_max_sessions))
		goto full;
	if (!naru_session_is_used(&map->first))
		return &map->first;
	s = kmem_cache_zalloc(cache, GFP_ATOMIC | __GFP_NOWARN);
	if (s)
		return s;
full:
	atomic_dec(&napt->num_sessions);
	return NULL;
}

/* N3 held. The first session has a place of its own, the others are hashed */
static struct naru_session *add_session(struct naru_napt *napt, struct naru_mapping *map,
					__be32 addr, __be16 port, u8 flags)
{
	struct naru_session *s = alloc_session(napt, map);

	if (!s)
		return NULL;
	s->key.map = map;
	WRITE_ONCE(s->key.port, port);
	WRITE_ONCE(s->key.addr, addr);
	WRITE_ONCE(s->flags, flags);
	if (s != &map->first) {
		if (rhashtable_insert_fast(&napt->sessions, &s->hash, params)) {
			kmem_cache_free(cache, s);
			atomic_dec(&napt->num_sessions);
			return NULL;
		}
		hlist_add_head_rcu(&s->link, &map->more);
	}
	map->num++;
	return s;
}

/**
 * naru_session_free - sessions that nobody can see any more
 * @dead: list of their naru_session.dead
 *
 * May sleep.
 */
void naru_session_free(struct llist_node *dead)
{
	struct naru_session *s, *next;

	llist_for_each_entry_safe(s, next, dead, dead) {
		kmem_cache_free(cache, s);
		cond_resched();
	}
}

/* N3 held. But for a mapping's first it is to be freed behind a grace period */
static void take_out(struct naru_napt *napt, struct naru_mapping *map, struct naru_session *s)
{
	naru_wheel_del(napt, s);
	WRITE_ONCE(s->flags, s->flags | NARU_SESSION_ENDED);
	map->num--;
	atomic_dec(&napt->num_sessions);
	if (s->flags & NARU_SESSION_STRANGER)
		atomic_dec(&napt->num_strangers);
	if (s == &map->first)
		return;
	hlist_del_rcu(&s->link);
	rhashtable_remove_fast(&napt->sessions, &s->hash, params);
}

/* N3 held */
static void end_session(struct naru_napt *napt, struct naru_mapping *map, struct naru_session *s)
{
	take_out(napt, map, s);
	if (s != &map->first)
		naru_reap_session(napt, s);
}

/**
 * naru_session_end_first - a mapping ends, and its first session with it
 * @napt: NAPT
 * @map: mapping, dead
 *
 * N3 held.
 */
void naru_session_end_first(struct naru_napt *napt, struct naru_mapping *map)
{
	if (naru_session_is_used(&map->first))
		end_session(napt, map, &map->first);
}

/**
 * naru_session_end_more - the other sessions of a mapping that has ended go
 * @napt: NAPT
 * @map: mapping, dead
 * @dead: list by their naru_session.dead that they are put on; the reaper's
 *
 * Process context, may sleep, no lock held. A few at a time: there may be millions.
 */
void naru_session_end_more(struct naru_napt *napt, struct naru_mapping *map,
			   struct llist_head *dead)
{
	struct naru_session *s;
	unsigned int num;

	while (!hlist_empty(&map->more)) {
		spin_lock_bh(&map->lock);
		for (num = 0; num < BATCH && !hlist_empty(&map->more); num++) {
			s = hlist_entry(map->more.first, struct naru_session, link);
			take_out(napt, map, s);
			llist_add(&s->dead, dead);
		}
		spin_unlock_bh(&map->lock);
		cond_resched();
	}
}

/**
 * naru_session_rule - the rule that would make a mapping again, for a remote endpoint that it has
 * @rs: rule set
 * @map: mapping, neither static nor the router's own
 *
 * Under rcu_read_lock. Return: the rule, or NULL: all its sessions are for none, or for another.
 */
struct naru_rule *naru_session_rule(const struct naru_ruleset *rs, const struct naru_mapping *map)
{
	const struct naru_session *s = &map->first;
	struct naru_rule *rule = NULL;

	if (naru_session_is_used(s) || !rs->any_dst)
		rule = naru_rule_towards(rs, map, READ_ONCE(s->key.addr), READ_ONCE(s->key.port));
	if (rule || !rs->any_dst)
		return rule;
	hlist_for_each_entry_rcu(s, &map->more, link) {
		rule = naru_rule_towards(rs, map, s->key.addr, s->key.port);
		if (rule)
			break;
	}
	return rule;
}

/* Who has come in by a port that is forwarded gets its answers by it. N3 held */
static bool is_led_away(const struct naru_ruleset *rs, const struct naru_mapping *map,
			const struct naru_session *s)
{
	if (map->flags & NARU_MAPPING_STATIC && s->flags & NARU_SESSION_FROM_OUT)
		return false;
	return !naru_rules_lead(rs, map, s->key.addr, s->key.port);
}

/* The lock is held for one at a time: there may be millions */
static void end_if_led_away(struct naru_napt *napt, const struct naru_ruleset *rs,
			    struct naru_mapping *map, struct naru_session *s)
{
	spin_lock_bh(&map->lock);
	if (naru_session_is_used(s) && is_led_away(rs, map, s))
		end_session(napt, map, s);
	spin_unlock_bh(&map->lock);
}

/**
 * naru_session_end_led_away - the rules have changed: sessions end that they lead by no mapping any
 * more, or by another
 * @napt: NAPT
 * @rs: rule set
 * @map: mapping, judged by a rule of that
 *
 * Under rcu_read_lock, no lock held; process context. RFC 6888 REQ-6.
 */
void naru_session_end_led_away(struct naru_napt *napt, const struct naru_ruleset *rs,
			       struct naru_mapping *map)
{
	struct naru_session *s;

	if (!rs->any_dst)
		return;
	hlist_for_each_entry_rcu(s, &map->more, link)
		end_if_led_away(napt, rs, map, s);
	end_if_led_away(napt, rs, map, &map->first);
}

static bool is_over(const struct naru_session *s)
{
	return time_after_eq(jiffies, READ_ONCE(s->expires));
}

/*
 * A session whose time is up: RFC 7857 Figure 1 leaves an established connection some more, from when
 * its time was up. N3 held. Return: true when it has ended.
 */
static bool time_is_up(struct naru_napt *napt, struct naru_mapping *map, struct naru_session *s)
{
	while (is_over(s)) {
		if (!has_track(map) || !naru_track_timeout(&s->track)) {
			end_session(napt, map, s);
			return true;
		}
		WRITE_ONCE(s->expires, s->expires + timeout(napt, map, timer_of(map, s)));
	}
	return false;
}

static void put_into_slot_again(struct naru_napt *napt, struct naru_session *s)
{
	naru_wheel_del(napt, s);
	naru_wheel_add(napt, s);
}

/*
 * One of a dead mapping leaves its slot like the others, without waiting for the reaper. N3 held. Return:
 * true when nothing of the mapping is left, and it is dead
 */
static bool expire_locked(struct naru_napt *napt, struct naru_mapping *map, struct naru_session *s)
{
	if (!naru_session_is_used(s))
		return false;
	if (map->dead) {
		end_session(napt, map, s);
		return false;
	}
	if (!time_is_up(napt, map, s)) {
		put_into_slot_again(napt, s);
		return false;
	}
	if (map->num || map->flags & NARU_MAPPING_STATIC)
		return false;
	naru_mapping_kill(napt, map);
	return true;
}

/**
 * naru_session_expire - a session's slot of the wheel has come
 * @napt: NAPT
 * @s: session; it may have ended meanwhile
 *
 * Process context, under rcu_read_lock. Puts it off, or ends it, and its mapping with the last.
 */
void naru_session_expire(struct naru_napt *napt, struct naru_session *s)
{
	struct naru_mapping *map = s->key.map;
	bool last;

	spin_lock_bh(&map->lock);
	last = expire_locked(napt, map, s);
	spin_unlock_bh(&map->lock);
	if (last)
		naru_mapping_retire(napt, map);
}

static bool sent_from_inside_to(const struct naru_session *s, __be32 addr)
{
	return s->key.addr == addr && naru_session_is_answered(s);
}

/* Has the inside host sent to that address? N3 held */
static bool knows_address(const struct naru_mapping *map, __be32 addr)
{
	const struct naru_session *s;

	if (sent_from_inside_to(&map->first, addr))
		return true;
	hlist_for_each_entry(s, &map->more, link)
		if (sent_from_inside_to(s, addr))
			return true;
	return false;
}

/* RFC 4787 5, RFC 5382 REQ-3; static mappings are open to all. N3 held */
static bool admits(const struct naru_mapping *map, const struct naru_session *s, __be32 addr)
{
	const struct naru_rule *rule = rcu_dereference(map->rule);
	u8 filter = has_track(map) ? rule->spec.filter_tcp : rule->spec.filter_other;

	if (filter == NARU_NAPT_FILTER_EI || map->flags & NARU_MAPPING_STATIC)
		return true;
	return naru_policy_admits(filter, filter == NARU_NAPT_FILTER_AD && knows_address(map, addr),
				  s && s->flags & NARU_SESSION_FROM_IN);
}

/* What a segment does to its session, or whether it makes one. N3 held */
static enum naru_session_verdict tracked(struct naru_napt *napt, struct naru_mapping *map,
					 struct naru_session *s, enum naru_track_dir dir,
					 const struct naru_track_seg *seg)
{
	if (naru_track_update(&s->track, dir, seg) == NARU_TRACK_GOOD)
		set_time(napt, map, s);
	return NARU_SESSION_OK;
}

/* When a session that has just been made ends. N3 held */
static void first_time(struct naru_napt *napt, struct naru_mapping *map, struct naru_session *s,
		       bool keeps)
{
	unsigned long to = jiffies + timeout(napt, map, timer_of(map, s));

	if (!keeps && time_before(READ_ONCE(map->expires), to))
		to = READ_ONCE(map->expires);
	s->expires = to;
	if (time_after(to, READ_ONCE(map->expires)))
		WRITE_ONCE(map->expires, to);
	naru_wheel_add(napt, s);
}

/* A stranger's packet does not make a mapping live longer, RFC 4787 REQ-6, but where it may */
static bool keeps_mapping(const struct naru_mapping *map, enum naru_track_dir dir)
{
	const struct naru_rule *rule = rcu_dereference(map->rule);

	return dir == NARU_TRACK_INSIDE || has_track(map) || map->flags & NARU_MAPPING_STATIC ||
	       rule->spec.flags & NARU_NAPT_REFRESH_IN;
}

/* Strangers leave half of the sessions to those inside, however many they are */
static bool count_stranger(struct naru_napt *napt)
{
	if (atomic_inc_return(&napt->num_strangers) <=
	    naru_setting(napt->nn, napt_max_sessions) / 2)
		return true;
	atomic_dec(&napt->num_strangers);
	return false;
}

/* N3 held. @flags: who begins it */
static enum naru_session_verdict make(struct naru_napt *napt, struct naru_mapping *map,
				      __be32 addr, __be16 port, u8 flags,
				      const struct naru_track_seg *seg)
{
	enum naru_track_dir dir = flags & NARU_SESSION_FROM_IN ? NARU_TRACK_INSIDE :
								 NARU_TRACK_OUTSIDE;
	struct naru_track track = { };
	struct naru_session *s;

	if (seg && !naru_track_begin(&track, dir, seg))
		return NARU_SESSION_STRAY;
	if (flags & NARU_SESSION_STRANGER && !count_stranger(napt))
		return NARU_SESSION_STRANGERS;
	s = add_session(napt, map, addr, port, flags);
	if (!s) {
		if (flags & NARU_SESSION_STRANGER)
			atomic_dec(&napt->num_strangers);
		return NARU_SESSION_FULL;
	}
	s->track = track;
	first_time(napt, map, s, keeps_mapping(map, dir));
	return NARU_SESSION_OK;
}

/* The session again, now that nobody else changes it. N3 held */
static struct naru_session *find_locked(const struct naru_napt *napt, struct naru_mapping *map,
					__be32 addr, __be16 port)
{
	struct naru_session *s = naru_session_find(napt, map, addr, port);

	return s && naru_session_is_used(s) ? s : NULL;
}

static enum naru_session_verdict out_locked(struct naru_napt *napt, struct naru_mapping *map,
					    __be32 addr, __be16 port,
					    const struct naru_track_seg *seg)
{
	struct naru_session *s;

	if (map->dead)
		return NARU_SESSION_GONE;
	s = find_locked(napt, map, addr, port);
	if (!s)
		return make(napt, map, addr, port, NARU_SESSION_FROM_IN, seg);
	WRITE_ONCE(s->flags, s->flags | NARU_SESSION_FROM_IN);
	if (seg)
		return tracked(napt, map, s, NARU_TRACK_INSIDE, seg);
	set_time(napt, map, s);
	return NARU_SESSION_OK;
}

/**
 * naru_session_out - a packet of a mapping goes out
 * @napt: NAPT
 * @map: its mapping
 * @skb: the packet
 * @f: its flow; f->dst and f->dport are the remote endpoint
 *
 * Finds the session or makes it, moves its state along and refreshes it. Under rcu_read_lock;
 * softirq or process.
 *
 * Return: NARU_SESSION_OK; _STRAY: no session, but the mapping may translate it; _FULL, _GONE.
 */
enum naru_session_verdict naru_session_out(struct naru_napt *napt, struct naru_mapping *map,
					   const struct sk_buff *skb, const struct naru_flow *f)
{
	__be16 port = naru_flow_rport(f, f->dport);
	enum naru_session_verdict verdict;
	struct naru_track_seg seg;
	struct naru_session *s;

	if (has_track(map)) {
		if (!naru_flow_segment(skb, f, &seg))
			return NARU_SESSION_STRAY;
	} else {
		s = naru_session_find(napt, map, f->dst, port);
		if (s && likely(READ_ONCE(s->flags) & NARU_SESSION_FROM_IN) && refresh(napt, map, s))
			return NARU_SESSION_OK;
	}
	spin_lock_bh(&map->lock);
	verdict = out_locked(napt, map, f->dst, port, has_track(map) ? &seg : NULL);
	spin_unlock_bh(&map->lock);
	return verdict;
}

/* Its sessions end with it */
static bool mapping_is_over(const struct naru_mapping *map)
{
	return !has_track(map) && map->num && time_after_eq(jiffies, READ_ONCE(map->expires));
}

/*
 * What the wheel has not come to yet has ended for packets from outside. N3 held. Return: true when the
 * mapping is dead.
 */
static bool end_what_is_over(struct naru_napt *napt, struct naru_mapping *map,
			     struct naru_session *s)
{
	if (map->flags & NARU_MAPPING_STATIC)
		return false;
	if (!mapping_is_over(map) && (!s || !time_is_up(napt, map, s) || map->num))
		return false;
	naru_mapping_kill(napt, map);
	return true;
}

/* @flags: of a session that it begins */
static enum naru_session_verdict in_locked(struct naru_napt *napt, struct naru_mapping *map,
					   __be32 addr, __be16 port, u8 flags,
					   const struct naru_track_seg *seg, bool *marked,
					   bool *last)
{
	struct naru_session *s;

	if (map->dead)
		return NARU_SESSION_GONE;
	s = find_locked(napt, map, addr, port);
	*last = end_what_is_over(napt, map, s);
	if (*last)
		return NARU_SESSION_GONE;
	s = find_locked(napt, map, addr, port);
	*marked = !s || !(s->flags & NARU_SESSION_FROM_IN);
	if (*marked && !admits(map, s, addr))
		return NARU_SESSION_FILTERED;
	if (!s)
		return make(napt, map, addr, port, flags, seg);
	if (seg)
		return tracked(napt, map, s, NARU_TRACK_OUTSIDE, seg);
	if (keeps_mapping(map, NARU_TRACK_OUTSIDE))
		set_time(napt, map, s);
	return NARU_SESSION_OK;
}

/* Of a segment whose header is cut short or impossible: it changes nothing, and filters hold */
static enum naru_session_verdict broken_in(const struct naru_napt *napt, struct naru_mapping *map,
					   const struct naru_flow *f, bool *marked)
{
	enum naru_session_verdict verdict = NARU_SESSION_STRAY;
	struct naru_session *s;

	spin_lock_bh(&map->lock);
	s = find_locked(napt, map, f->src, f->sport);
	*marked = !s || !(s->flags & NARU_SESSION_FROM_IN);
	if (map->dead)
		verdict = NARU_SESSION_GONE;
	else if (*marked && !admits(map, s, f->src))
		verdict = NARU_SESSION_FILTERED;
	spin_unlock_bh(&map->lock);
	return verdict;
}

/* A hairpin still has the source that its sender, inside, has given it */
static u8 flags_of(const struct sk_buff *skb, const struct naru_flow *f)
{
	return ip_hdr(skb)->saddr != f->src ? NARU_SESSION_FROM_OUT :
					      NARU_SESSION_FROM_OUT | NARU_SESSION_STRANGER;
}

/**
 * naru_session_in - a packet for a mapping comes in
 * @napt: NAPT
 * @map: the mapping that has its destination
 * @skb: the packet
 * @f: its flow; f->src and f->sport are the remote endpoint
 * @marked: set: the inside host has not sent to that endpoint, filtering alone lets it in
 *
 * Under rcu_read_lock; softirq.
 *
 * Return: enum naru_session_verdict.
 */
enum naru_session_verdict naru_session_in(struct naru_napt *napt, struct naru_mapping *map,
					  const struct sk_buff *skb, const struct naru_flow *f,
					  bool *marked)
{
	__be16 port = naru_flow_rport(f, f->sport);
	enum naru_session_verdict verdict;
	struct naru_track_seg seg;
	struct naru_session *s;
	bool last = false;

	if (has_track(map)) {
		if (!naru_flow_segment(skb, f, &seg))
			return broken_in(napt, map, f, marked);
	} else {
		s = naru_session_find(napt, map, f->src, port);
		if (s && likely(READ_ONCE(s->flags) & NARU_SESSION_FROM_IN) &&
		    !is_over(s) &&
		    !keeps_mapping(map, NARU_TRACK_OUTSIDE)) {
			*marked = false;
			return NARU_SESSION_OK;
		}
	}
	spin_lock_bh(&map->lock);
	verdict = in_locked(napt, map, f->src, port, flags_of(skb, f),
			    has_track(map) ? &seg : NULL, marked, &last);
	spin_unlock_bh(&map->lock);
	if (last)
		naru_mapping_retire(napt, map);
	return verdict;
}
