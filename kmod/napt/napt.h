/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The NAPT: what its files share.
 *
 * A mapping (realm, protocol, inside address:port) <-> (external address:port) is one for all
 * destinations; sessions under it stand for remote endpoints and carry the timers. The realm is the
 * interface that a rule translates towards. All addresses and ports in structs below are in network
 * byte order, but where host order is said.
 *
 * N1. Rules. The rule set is made under naru_napt.mutex (after rtnl_lock, never before it), read
 *     under RCU, and replaced as a whole. Rules are immutable and counted: a mapping holds its own.
 * N2. Lookups. Mappings stand in a hash table by inside endpoint, and at their port of their external
 *     address; each has its first session in itself, further ones stand in another table. All are
 *     read under RCU alone; all are freed after a grace period.
 * N3. naru_mapping.lock guards the sessions of a mapping, their tracks, and @dead. It is taken with
 *     BHs off; under it come the bucket locks of the tables and of the wheel, and nothing else.
 *     Whoever adds a session looks at @dead under it. A mapping that is dead is in no table, and its
 *     first session has ended.
 * N4. The wheel. A session stands in one slot of the wheel from when it is made to when it goes;
 *     packets only write @expires. The wheel's worker is process context; it looks at a session when
 *     its slot comes, and puts it off or ends it, under N3.
 * N5. Ports. A port of an external address belongs to who set its bit in naru_ext.taken; the bit is
 *     cleared when the mapping is out of the tables. Its references go with that; sessions that it has
 *     left need none of them. The reaper ends those a few at a time, the wheel those whose slot comes,
 *     and up to then they count against napt_max_sessions. The mapping is freed behind the last of them.
 * N6. The end. Namespace exit: hooks go first, then the wheel's worker, then all mappings, then the
 *     reaper, then the rule set; the caches are destroyed behind that of the last namespace.
 */
#ifndef NARU_NAPT_H
#define NARU_NAPT_H

#include <linux/bitmap.h>
#include <linux/icmp.h>
#include <linux/if.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/llist.h>
#include <linux/netfilter.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include "../naru.h"
#include "policy.h"
#include "track.h"

#define NARU_NAPT_HOLD		6	/* seconds, RFC 5382 REQ-4 */
#define NARU_NAPT_RULES_MAX	1024
#define NARU_NAPT_POOL_MAX	65536	/* external addresses of a rule set */

struct naru_napt;
struct naru_mapping;
struct naru_session;

/* ---- rules (rule.c) ---- */

enum naru_napt_exhausted {
	NARU_NAPT_EXHAUSTED_HOST,	/* 3/1, RFC 6888 REQ-11 */
	NARU_NAPT_EXHAUSTED_ADMIN,	/* 3/13, RFC 5508 REQ-8 */
	NARU_NAPT_EXHAUSTED_SILENT,
	NARU_NAPT_EXHAUSTEDS
};

enum naru_napt_unsolicited {
	NARU_NAPT_UNSOLICITED_HOLD,	/* SYNs: 6 s, then 3/3, RFC 5382 REQ-4 */
	NARU_NAPT_UNSOLICITED_DROP,	/* nothing, ever: REQ-4a */
	NARU_NAPT_UNSOLICITEDS
};

/* naru_napt_spec.flags */
#define NARU_NAPT_APDM		0x01	/* address- and port-dependent mapping, not endpoint-independent */
#define NARU_NAPT_NO_HAIRPIN	0x02
#define NARU_NAPT_NOTRACK	0x04	/* conntrack does not see these packets */
#define NARU_NAPT_REFRESH_IN	0x08	/* packets from outside refresh UDP and ICMP too, RFC 4787 REQ-6a */
#define NARU_NAPT_TO_DEV	0x10	/* the pool is the interface's own address */

/* Addresses, host byte order */
struct naru_napt_range {
	u32 first, last;
};

/**
 * struct naru_napt_spec - a rule as it is asked for
 * @id: number by which it is known; 0: to be given one
 * @dev: interface that packets leave by
 * @match: packets that it takes; @match.except belongs to the spec
 * @flags: NARU_NAPT_*
 * @ports: how external ports are chosen
 * @filter_tcp: enum naru_napt_filter, of TCP and 253
 * @filter_other: enum naru_napt_filter, of UDP, ICMP and 254
 * @exhausted: enum naru_napt_exhausted
 * @unsolicited: enum naru_napt_unsolicited
 * @mark: put into skb->mark of what only endpoint-independent filtering lets in
 * @mark_mask: bits of skb->mark that are replaced; 0: no mark
 * @timeout: seconds, by enum naru_napt_timer
 * @num_ranges: length of @range; 0 with NARU_NAPT_TO_DEV
 * @range: external addresses; belongs to the spec
 */
struct naru_napt_spec {
	u32 id;
	char dev[IFNAMSIZ];
	struct naru_napt_match match;
	u32 flags;
	struct naru_napt_ports ports;
	u8 filter_tcp, filter_other;
	u8 exhausted, unsolicited;
	u32 mark, mark_mask;
	u32 timeout[NARU_NAPT_TIMERS];
	u32 num_ranges;
	struct naru_napt_range *range;
};

/**
 * struct naru_napt_static - ports of an external address that are forwarded in for good
 * @dev: interface of the rule whose pool has @ext; "": any rule that has it
 * @proto: enum naru_napt_proto, not ICMP
 * @ext: external address; 0: the first of the rule for @dev
 * @in: inside address
 * @ext_first: first external port, host byte order
 * @in_first: the inside port it goes to; the others follow in order
 * @num: how many ports
 */
struct naru_napt_static {
	char dev[IFNAMSIZ];
	u8 proto;
	__be32 ext, in;
	u16 ext_first, in_first;
	u32 num;
};

/**
 * struct naru_rule - a rule of a rule set
 * @ref: references: of its rule set and of each mapping
 * @rcu: freed after a grace period
 * @spec: as asked for
 * @ifindex: of @spec.dev; 0: there is no such interface now
 * @suspended: takes nothing: prefixes overlap, or there is no address
 * @why: why it is suspended, "" if it is not; a constant
 * @branch: the same for rules with one pool and range; naru_inside_key.branch
 * @pool_size: number of external addresses
 * @pool: they
 */
struct naru_rule {
	refcount_t ref;
	struct rcu_head rcu;
	struct naru_napt_spec spec;
	int ifindex;
	bool suspended;
	const char *why;
	u32 branch;
	u32 pool_size;
	struct naru_ext **pool;
};

/**
 * struct naru_ruleset - all rules of a namespace, in order
 * @rcu: freed after a grace period
 * @gen: number of this set; each replacement has another
 * @any_apdm: a rule has NARU_NAPT_APDM
 * @any_dst: destinations matter: a rule has some excepted, or takes some ports alone
 * @any_notrack: a rule has NARU_NAPT_NOTRACK
 * @num_devs: how many interfaces rules translate towards
 * @dev: ifindices of those
 * @num: how many rules
 * @rule: they
 */
struct naru_ruleset {
	struct rcu_head rcu;
	u32 gen;
	bool any_apdm, any_dst, any_notrack;
	u32 num_devs;
	int *dev;
	u32 num;
	struct naru_rule *rule[];
};

/* ---- external addresses (ext.c) ---- */

#define NARU_EXT_BITS	10
#define NARU_EXT_CHUNK	64	/* ports whose mappings stand together */

/**
 * struct naru_ext_chunk - the mappings of ports next to each other
 * @num: how many; with the last it goes
 * @rcu: freed after a grace period
 * @map: they
 */
struct naru_ext_chunk {
	atomic_t num;
	struct rcu_head rcu;
	struct naru_mapping __rcu *map[NARU_EXT_CHUNK];
};

/**
 * struct naru_ext - an external address
 * @ref: references: of the rules that have it, of hosts paired with it, of mappings
 * @rcu: freed after a grace period
 * @node: in naru_napt.exts; written under naru_napt.ext_lock
 * @addr: the address
 * @own: it is one of this machine's own addresses; kept up by rule.c
 * @num: ports taken, by enum naru_napt_proto
 * @taken: a bit for each port that is, even ports first; made when first wanted. N5
 * @chunk: by port / NARU_EXT_CHUNK, mappings that have a port; made when first wanted. N2
 */
struct naru_ext {
	refcount_t ref;
	struct rcu_head rcu;
	struct hlist_node node;
	__be32 addr;
	bool own;
	atomic_t num[NARU_NAPT_PROTOS];
	unsigned long *taken[NARU_NAPT_PROTOS];
	struct naru_ext_chunk **chunk[NARU_NAPT_PROTOS];
};

static inline u32 naru_ext_slot(__be32 addr)
{
	return hash_32((__force u32)addr, NARU_EXT_BITS);
}

/* ---- hosts (host.c) ---- */

/* 12 bytes, no holes */
struct naru_host_id {
	int realm;
	__be32 addr;
	u32 rule;		/* its id */
};

/**
 * struct naru_host - an inside host under a rule: paired pooling, RFC 4787 REQ-2, RFC 6888 REQ-2
 * @hash: in naru_napt.hosts
 * @rcu: freed after a grace period
 * @id: realm, inside address, rule
 * @ref: references, of its mappings
 * @ext: its external address
 */
struct naru_host {
	struct rhash_head hash;
	struct rcu_head rcu;
	struct naru_host_id id;
	refcount_t ref;
	struct naru_ext *ext;
};

/* ---- mappings and sessions (table.c, session.c) ---- */

/*
 * 20 bytes, no holes. Where rules send one inside endpoint to several external addresses, by
 * destination, the first mapping has branch 0, and those beside it have their rules'
 */
struct naru_inside_key {
	int realm;		/* ifindex */
	__be32 addr;
	__be32 raddr;		/* with NARU_NAPT_APDM; else 0 */
	__be16 port;
	__be16 rport;
	union {
		struct {
#ifdef __LITTLE_ENDIAN_BITFIELD
			u32 proto : 8;		/* enum naru_napt_proto */
			u32 branch : 24;
#else
			u32 branch : 24;
			u32 proto : 8;
#endif
		};
		u32 kind;	/* both at once: proto is what counts least */
	};
};

/* A mapping that depends on the remote endpoint has a port of its own too */
struct naru_outside {
	__be32 addr;
	__be16 port;
	u16 proto;
};

/* 16 bytes, no holes */
struct naru_session_key {
	struct naru_mapping *map;
	__be32 addr;		/* remote */
	__be16 port;		/* remote; 0 of an echo */
	u16 pad;
};

/**
 * struct naru_session - a remote endpoint under a mapping
 * @wheel: in a slot of the wheel; N4
 * @dead: in naru_napt.dead_sessions; of a mapping's first session in naru_napt.dead_maps
 * @hash: in naru_napt.sessions, but for a mapping's first
 * @link: in naru_mapping.more, but for a mapping's first; readers use RCU; N3
 * @key: mapping and remote endpoint
 * @expires: jiffies when it ends if no packet comes; written without a lock
 * @slot: of the wheel
 * @flags: NARU_SESSION_*
 * @track: TCP and 253; N3
 */
struct naru_session {
	union {
		struct hlist_node wheel;
		struct llist_node dead;
	};
	struct rhash_head hash;
	struct hlist_node link;
	struct naru_session_key key;
	unsigned long expires;
	u32 slot;
	u8 flags;
	struct naru_track track;
};

#define NARU_SESSION_FROM_IN	0x1	/* the inside host sent to this endpoint */
#define NARU_SESSION_FROM_OUT	0x2	/* this endpoint sent to the mapping */
#define NARU_SESSION_ENDED	0x4	/* it is not in use: it has ended, or a first one has yet to begin; N3 */

#define NARU_SESSION_STRANGER	0x8	/* begun from outside: naru_napt.num_strangers */

static inline bool naru_session_is_used(const struct naru_session *s)
{
	return !(READ_ONCE(s->flags) & NARU_SESSION_ENDED);
}

/* To which the inside host has sent */
static inline bool naru_session_is_answered(const struct naru_session *s)
{
	return (READ_ONCE(s->flags) & (NARU_SESSION_FROM_IN | NARU_SESSION_ENDED)) ==
	       NARU_SESSION_FROM_IN;
}

/**
 * struct naru_mapping - an inside endpoint and its external endpoint
 * @inside: in naru_napt.inside; N2
 * @in: inside endpoint and realm
 * @out: external endpoint
 * @lock: N3
 * @num: sessions
 * @flags: NARU_MAPPING_*
 * @dead: out of the tables, or on its way; N3
 * @id: number unique in the namespace, shown to users
 * @expires: jiffies up to which packets from inside, or of a connection, keep it; no lock
 * @rule: by which it is judged, a reference; replaced under naru_napt.mutex and @lock, read under RCU
 * @host: a reference; NULL: static, or the router's own
 * @ext: external address, a reference
 * @more: sessions but for @first
 * @first: its first session, when naru_session_is_used() says so
 */
struct naru_mapping {
	struct rhash_head inside;
	struct naru_inside_key in;
	struct naru_outside out;
	spinlock_t lock;
	u32 num;
	u32 id;
	u8 flags;
	bool dead;
	unsigned long expires;
	struct naru_rule __rcu *rule;
	struct naru_host *host;
	struct naru_ext *ext;
	struct hlist_head more;
	struct naru_session first;
};

#define NARU_MAPPING_STATIC	0x1	/* stays without sessions */
#define NARU_MAPPING_OWN	0x2	/* the inside endpoint is the router's own, on the external address */

/* ---- per namespace (napt.c) ---- */

#define NARU_WHEEL_SLOTS	512	/* of a second each, and as many for each CPU */
#define NARU_NAPT_FIRSTS	1024
#define NARU_NAPT_IDS		1024	/* counters of IP IDs */

/**
 * struct naru_napt_id - a counter of IP IDs, RFC 6864 5.3.1
 * @next: next ID, before what is added for the flow
 * @mark: @next when the last 65,536 began
 * @since: jiffies then
 */
struct naru_napt_id {
	atomic_t next;
	u32 mark;
	unsigned long since;
};

/**
 * struct naru_wheel_slot - sessions that end in a second, or are looked at then
 * @lock: N4; leaf
 * @head: naru_session.wheel
 */
struct naru_wheel_slot {
	spinlock_t lock;
	struct hlist_head head;
};

struct naru_hold;	/* frag.c */
unsigned int naru_napt_fragment(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

/* hold.c */

/**
 * struct naru_napt - the NAPT of a namespace; made with its first rule, and there to its end
 * @nn: namespace
 * @mutex: N1; sleeps
 * @rules: rule set, NULL: none; N1
 * @statics: static mappings as they were asked for; under @mutex
 * @num_statics: how many
 * @inside: mappings by naru_inside_key; N2
 * @sessions: by naru_session_key, those that are not the first of their mapping; N2
 * @hosts: naru_host by naru_host_id
 * @ext_lock: guards @exts for writers; leaf, BHs off
 * @exts: external addresses by naru_ext_slot(); readers use RCU
 * @wheel: NARU_WHEEL_SLOTS for each CPU, those of a CPU in a row; N4
 * @wheel_work: its worker
 * @wheel_at: second (jiffies / HZ) that the worker has come to
 * @dead_sessions: ended, to be freed by @reaper; naru_session.dead
 * @dead_maps: likewise, naru_mapping.first.dead
 * @reaper: frees them behind a grace period; reap.c
 * @num_maps: mappings, against the setting napt_max_mappings
 * @num_sessions: sessions, against the setting napt_max_sessions
 * @num_strangers: those that strangers have begun, against half of it
 * @next_id: of mappings
 * @next_rule: number for the next rule that asks for none; under @mutex
 * @next_gen: of rule sets; under @mutex
 * @own_changes: how often naru_ext.own has changed; under @mutex
 * @hooked: hooks are registered; under @mutex
 * @hold: SYNs that wait
 * @ops: the hooks, with this as their private pointer
 * @id: counters of IP IDs, by a keyed hash of source, destination and protocol
 * @first: signatures of first fragments that came by; frag.c
 * @event_lock: events are numbered and sent in one order; leaf
 * @event_seq: of the last event
 * @told: jiffies of the last event that said that a limit was hit
 */
struct naru_napt {
	struct naru_net *nn;
	struct mutex mutex;
	struct naru_ruleset __rcu *rules;
	struct naru_napt_static *statics;
	u32 num_statics;
	struct rhashtable inside;
	struct rhashtable sessions;
	struct rhashtable hosts;
	spinlock_t ext_lock;
	struct hlist_head exts[1 << NARU_EXT_BITS];
	struct naru_wheel_slot *wheel;
	struct delayed_work wheel_work;
	unsigned long wheel_at;
	struct llist_head dead_sessions;
	struct llist_head dead_maps;
	struct work_struct reaper;
	atomic_t num_maps;
	atomic_t num_sessions;
	atomic_t num_strangers;
	atomic_t next_id;
	u32 next_rule;
	u32 next_gen;
	u32 own_changes;
	bool hooked;
	struct naru_hold *hold;
	struct nf_hook_ops *ops;
	struct naru_napt_id id[NARU_NAPT_IDS];
	u32 first[NARU_NAPT_FIRSTS];
	spinlock_t event_lock;
	u32 event_seq;
	unsigned long told;
};

/* NULL: no rule was ever made here. Any context. */
static inline struct naru_napt *naru_napt_of(const struct naru_net *nn)
{
	return smp_load_acquire(&nn->napt);	/* pairs with naru_napt_get() */
}

/* ---- packets ---- */

enum naru_flow_kind {
	NARU_FLOW_NONE,		/* of no protocol that is translated */
	NARU_FLOW_PACKET,
	NARU_FLOW_ERROR,	/* an ICMP error; addresses alone are filled in */
	NARU_FLOW_BAD,		/* its transport header is cut short, or a fragment */
};

/**
 * struct naru_flow - what a packet says of itself
 * @src: source address
 * @dst: destination address
 * @sport: source port; of an echo its id
 * @dport: destination port; of an echo its id
 * @thoff: where the transport header begins, from skb->data; the IP header is at skb->data
 * @proto: enum naru_napt_proto
 * @reply: an echo's reply
 */
struct naru_flow {
	__be32 src, dst;
	__be16 sport, dport;
	u16 thoff;
	u8 proto;
	bool reply;
};

/* An address that no host has, RFC 1122 3.2.1.3. Packets from it are forged, or of who has none yet */
static inline bool naru_napt_no_host(__be32 addr)
{
	return !(addr & htonl(0xff000000)) || ipv4_is_loopback(addr) || ipv4_is_multicast(addr) ||
	       ipv4_is_lbcast(addr);
}

/* The port of the remote endpoint in a session's key: echoes have none */
static inline __be16 naru_flow_rport(const struct naru_flow *f, __be16 port)
{
	return f->proto == NARU_NAPT_ICMP ? 0 : port;
}

/* napt.c */
struct naru_napt *naru_napt_get(struct naru_net *nn);	/* made if missing; ERR_PTR; may sleep */
int naru_napt_register(void);		/* caches and notifiers */
void naru_napt_unregister(void);
void naru_napt_netns_exit(struct naru_net *nn);		/* N6 */

/* rule.c; what changes rules is called under naru_napt.mutex */
int naru_rules_replace(struct naru_napt *napt, const struct naru_napt_spec *spec, u32 num,
		       const struct naru_napt_static *fixed, u32 num_fixed, u32 *bad,
		       struct netlink_ext_ack *extack);
void naru_rules_refresh(struct naru_napt *napt);	/* interfaces or addresses changed */
void naru_rules_free(struct naru_napt *napt);		/* N6 */
void naru_rule_put(struct naru_napt *napt, struct naru_rule *rule);
struct naru_rule *naru_rule_match(const struct naru_ruleset *rs, int ifindex,
				  const struct naru_flow *f);	/* RCU; NULL: none */
struct naru_rule *naru_rule_by_ext(const struct naru_ruleset *rs, const struct naru_ext *ext,
				   int realm);	/* RCU; realm 0: any */
bool naru_rule_suspended(const struct naru_ruleset *rs, int ifindex, const struct naru_flow *f);
bool naru_rule_has_ext(const struct naru_rule *rule, const struct naru_ext *ext);
bool naru_rule_makes(const struct naru_rule *rule, const struct naru_mapping *map);
struct naru_rule *naru_rule_towards(const struct naru_ruleset *rs, const struct naru_mapping *map,
				    __be32 addr, __be16 port);
bool naru_rules_lead(const struct naru_ruleset *rs, const struct naru_mapping *map, __be32 addr,
		     __be16 port);	/* RCU; may packets to that endpoint go by it? */
struct naru_rule *naru_rule_by_port(const struct naru_ruleset *rs, const struct naru_ext *ext,
				    u8 proto, __be16 port);	/* whose pool has that port */
void naru_rule_flow(const struct naru_flow *f, struct naru_napt_flow *to);

static inline bool naru_rules_towards(const struct naru_ruleset *rs, int ifindex)
{
	u32 i;

	for (i = 0; i < rs->num_devs; i++)
		if (rs->dev[i] == ifindex)
			return true;
	return false;
}

/* Jiffies that a timer of a rule takes */
static inline unsigned long naru_rule_timeout(const struct naru_napt *napt,
					      const struct naru_rule *rule,
					      enum naru_napt_timer timer)
{
	return rule->spec.timeout[timer] * HZ / naru_setting(napt->nn, napt_timer_divisor);
}

/* side.c; RCU */
bool naru_side_own(struct net *net, int ifindex, __be32 addr);
bool naru_side_inside(const struct naru_napt *napt, const struct naru_rule *rule, __be32 addr);
bool naru_side_passes_by(const struct naru_napt *napt, const struct naru_ruleset *rs, int in,
			 int out, __be32 src);

/* ext.c */
/* Is this an external address? NULL: no. Under rcu_read_lock */
static inline struct naru_ext *naru_ext_find(const struct naru_napt *napt, __be32 addr)
{
	struct naru_ext *ext;

	hlist_for_each_entry_rcu(ext, &napt->exts[naru_ext_slot(addr)], node)
		if (ext->addr == addr)
			return ext;
	return NULL;
}

/* The mapping that has a port of an external address, or NULL. Under rcu_read_lock */
static inline struct naru_mapping *naru_ext_mapping(const struct naru_ext *ext, u8 proto,
						    __be16 port)
{
	struct naru_ext_chunk **all = READ_ONCE(ext->chunk[proto]), *chunk;
	u16 n = ntohs(port);

	if (!all)
		return NULL;
	chunk = READ_ONCE(all[n / NARU_EXT_CHUNK]);
	return chunk ? rcu_dereference(chunk->map[n % NARU_EXT_CHUNK]) : NULL;
}

struct naru_ext *naru_ext_get(struct naru_napt *napt, __be32 addr);	/* made if missing; NULL */
bool naru_ext_hold(struct naru_ext *ext);		/* false: it is going */
void naru_ext_put(struct naru_napt *napt, struct naru_ext *ext);
int naru_ext_claim(struct naru_napt *napt, struct naru_ext *ext, u8 proto,
		   const struct naru_port_plan *plan, u16 *port);	/* 0, -ENOSPC, -ENOMEM */
bool naru_ext_claim_free(struct naru_napt *napt, struct naru_ext *ext, u8 proto, u16 port);
int naru_ext_claim_one(struct naru_ext *ext, u8 proto, u16 port);	/* 0, -EADDRINUSE, -ENOMEM */
void naru_ext_release(struct naru_ext *ext, u8 proto, u16 port);
int naru_ext_register(void);
void naru_ext_unregister(void);
int naru_ext_insert(struct naru_ext *ext, struct naru_mapping *map);	/* N2, N5 */
void naru_ext_remove(struct naru_ext *ext, struct naru_mapping *map);

/* host.c; RCU, softirq or process */
int naru_host_init(struct naru_napt *napt);
void naru_host_exit(struct naru_napt *napt);
struct naru_host *naru_host_get(struct naru_napt *napt, const struct naru_rule *rule,
				__be32 addr);		/* ERR_PTR */
struct naru_host *naru_host_pair(struct naru_napt *napt, const struct naru_rule *rule,
				 __be32 addr, struct naru_ext *ext);	/* with that, or -EEXIST */
void naru_host_put(struct naru_napt *napt, struct naru_host *host);

/* local.c: what the router itself uses; RCU */
bool naru_local_has(struct naru_napt *napt, u8 proto, __be32 addr, u16 port);
bool naru_local_wants(struct naru_napt *napt, const struct naru_flow *f, int ifindex);

/* table.c; RCU */
int naru_table_init(struct naru_napt *napt);
void naru_table_exit(struct naru_napt *napt);		/* N6 */
int naru_table_register(void);
void naru_table_unregister(void);
void naru_table_free(struct llist_node *dead);
struct naru_mapping *naru_mapping_inside(const struct naru_napt *napt,
					 const struct naru_ruleset *rs, int realm,
					 const struct naru_flow *f);	/* by f->src */
struct naru_mapping *naru_mapping_to(const struct naru_napt *napt, const struct naru_ruleset *rs,
				     int realm, const struct naru_flow *f);	/* by f->dst too */
struct naru_mapping *naru_mapping_outside(const struct naru_napt *napt, u8 proto, __be32 addr,
					  __be16 port);
struct naru_mapping *naru_mapping_make(struct naru_napt *napt, struct naru_rule *rule,
				       const struct naru_flow *f);	/* ERR_PTR: -ENOSPC... */
struct naru_mapping *naru_mapping_own(struct naru_napt *napt, struct naru_rule *rule,
				      const struct naru_flow *f, struct naru_ext *ext); /* ERR_PTR */
int naru_mapping_static(struct naru_napt *napt, struct naru_rule *rule, u8 proto, __be32 in,
			u16 in_port, struct naru_ext *ext, u16 ext_port);
void naru_mapping_end(struct naru_napt *napt, struct naru_mapping *map);	/* any context */
void naru_mapping_end_empty(struct naru_napt *napt, struct naru_mapping *map);
void naru_mapping_kill(struct naru_napt *napt, struct naru_mapping *map);	/* N3 held */
void naru_mapping_retire(struct naru_napt *napt, struct naru_mapping *map);	/* who killed it */
bool naru_mapping_rebind(struct naru_napt *napt, struct naru_mapping *map, struct naru_rule *rule);
void naru_mapping_each(struct naru_napt *napt,
		       bool (*fn)(struct naru_napt *napt, struct naru_mapping *map, void *arg),
		       void *arg);	/* true: end it. Process context, may sleep; fn may not */

/* session.c; RCU, softirq */
enum naru_session_verdict {
	NARU_SESSION_OK,
	NARU_SESSION_FILTERED,	/* by the rule's filtering */
	NARU_SESSION_STRAY,	/* it makes no session, as a RST of no connection */
	NARU_SESSION_FULL,	/* napt_max_sessions, or no memory */
	NARU_SESSION_STRANGERS,	/* those that strangers begin are half of napt_max_sessions */
	NARU_SESSION_GONE,	/* the mapping ended meanwhile: look it up again */
};

struct naru_session *naru_session_find(const struct naru_napt *napt, struct naru_mapping *map,
				       __be32 addr, __be16 port);
enum naru_session_verdict naru_session_out(struct naru_napt *napt, struct naru_mapping *map,
					   const struct sk_buff *skb, const struct naru_flow *f);
enum naru_session_verdict naru_session_in(struct naru_napt *napt, struct naru_mapping *map,
					  const struct sk_buff *skb, const struct naru_flow *f,
					  bool *marked);
void naru_session_end_first(struct naru_napt *napt, struct naru_mapping *map);	/* N3 held */
void naru_session_end_more(struct naru_napt *napt, struct naru_mapping *map,
			   struct llist_head *dead);	/* reap.c's */
struct naru_rule *naru_session_rule(const struct naru_ruleset *rs, const struct naru_mapping *map);
void naru_session_end_led_away(struct naru_napt *napt, const struct naru_ruleset *rs,
			       struct naru_mapping *map);
int naru_session_register(void);
void naru_session_unregister(void);
void naru_session_free(struct llist_node *dead);
void naru_session_expire(struct naru_napt *napt, struct naru_session *s);	/* the wheel's */
int naru_session_init(struct naru_napt *napt);
void naru_session_exit(struct naru_napt *napt);

/* wheel.c */
int naru_wheel_init(struct naru_napt *napt);
void naru_wheel_stop(struct naru_napt *napt);		/* N6 */
void naru_wheel_exit(struct naru_napt *napt);
void naru_wheel_add(struct naru_napt *napt, struct naru_session *s);	/* by s->expires */
void naru_wheel_del(struct naru_napt *napt, struct naru_session *s);

/* reap.c */
void naru_reap_init(struct naru_napt *napt);
void naru_reap_exit(struct naru_napt *napt);		/* N6 */
void naru_reap_session(struct naru_napt *napt, struct naru_session *s);
void naru_reap_map(struct naru_napt *napt, struct naru_mapping *map);

/* flow.c */
enum naru_flow_kind naru_flow_parse(struct sk_buff *skb, struct naru_flow *f);
bool naru_flow_segment(const struct sk_buff *skb, const struct naru_flow *f,
		       struct naru_track_seg *seg);
bool naru_flow_embedded(const struct sk_buff *skb, u32 off, struct naru_flow *f);
u8 naru_napt_wire(u8 proto);		/* enum naru_napt_proto -> IP protocol number */
int naru_napt_proto(u8 wire);		/* and back; -1: none */

/* What of a transport header is read and rewritten */
static inline u32 naru_flow_header_len(u8 proto)
{
	switch (proto) {
	case NARU_NAPT_TCP:
	case NARU_NAPT_STREAM:
		return sizeof(struct tcphdr);
	case NARU_NAPT_ICMP:
		return sizeof(struct icmphdr);
	}
	return sizeof(struct udphdr);
}

/* fast.c; RCU. False: nothing was done, and the long way has to be gone */
bool naru_fast_out(struct naru_napt *napt, int realm, struct sk_buff *skb);
bool naru_fast_in(struct naru_napt *napt, const struct naru_ext *ext, int realm,
		  struct sk_buff *skb);

/* rewrite.c; false: no memory, or the packet is cut short */
bool naru_rewrite_src(struct naru_napt *napt, struct sk_buff *skb, const struct naru_flow *f,
		      __be32 addr, __be16 port);
bool naru_rewrite_dst(struct naru_napt *napt, struct sk_buff *skb, const struct naru_flow *f,
		      __be32 addr, __be16 port);
void naru_rewrite_addr(struct naru_napt *napt, struct sk_buff *skb, bool src, __be32 addr);

/* IPCB(skb)->flags: PRE_ROUTING turned this packet round, POST_ROUTING gives it its external source */
#define NARU_HAIRPIN		BIT(15)

/* hook.c */
int naru_napt_hook(struct naru_napt *napt);	/* under naru_napt.mutex */
void naru_napt_unhook(struct naru_napt *napt);

/* icmp.c; RCU, softirq or process with BHs off. Return: an NF_ verdict; what is dropped is freed */
unsigned int naru_napt_error_in(struct naru_napt *napt, const struct naru_ruleset *rs,
				struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int naru_napt_error_out(struct naru_napt *napt, const struct naru_ruleset *rs,
				 struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int naru_napt_error_local(struct naru_napt *napt, const struct naru_ruleset *rs,
				   struct sk_buff *skb, const struct nf_hook_state *state);
void naru_napt_tell_full(struct naru_napt *napt, struct sk_buff *skb, const struct naru_rule *rule);

/* hold.c */
int naru_hold_init(struct naru_napt *napt);
void naru_hold_exit(struct naru_napt *napt);
void naru_hold_syn(struct naru_napt *napt, struct sk_buff *skb, const struct naru_flow *f,
		   enum naru_drop_reason reason);		/* consumes skb */
void naru_hold_forget(struct naru_napt *napt, u8 proto, __be32 ext, __be16 ext_port,
		      __be32 remote, __be16 remote_port);	/* the matching SYN went out */

/* ctl/genl_napt_event.c; any context; nothing but a test when nobody listens */
enum naru_napt_event {
	NARU_NAPT_EVENT_MAP_NEW,
	NARU_NAPT_EVENT_MAP_GONE,
	NARU_NAPT_EVENT_EXHAUSTED,	/* no port left */
	NARU_NAPT_EVENT_LIMIT,		/* napt_max_mappings, napt_max_sessions, or memory */
	NARU_NAPT_EVENT_SUSPENDED,
	NARU_NAPT_EVENT_RESUMED,
};

void naru_event_map(struct naru_napt *napt, const struct naru_mapping *map,
		    enum naru_napt_event what);
void naru_event_limit(struct naru_napt *napt, enum naru_napt_event what, u8 proto, __be32 host);
void naru_event_rule(struct naru_napt *napt, const struct naru_rule *rule,
		     enum naru_napt_event what);

#endif
