/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The NAPT's part of naru's generic netlink. What the attributes are for is at the head of naru_genl.h, which
 * includes this.
 */
#ifndef _UAPI_LINUX_NARU_GENL_NAPT_H
#define _UAPI_LINUX_NARU_GENL_NAPT_H

/* Attributes of the NAPT's requests */
enum naru_genl_napt_req {
	NARU_NAPT_REQ_UNSPEC,
	NARU_NAPT_REQ_RULE,
	NARU_NAPT_REQ_ID,
	NARU_NAPT_REQ_BEFORE,
	NARU_NAPT_REQ_STATIC,
	NARU_NAPT_REQ_KEEP_STATICS,
	NARU_NAPT_REQ_FLUSH,
	NARU_NAPT_REQ_FILTER,
	__NARU_NAPT_REQ_END,
	NARU_NAPT_REQ_MAX = __NARU_NAPT_REQ_END - 1
};

enum naru_genl_rule {
	NARU_RULE_UNSPEC,
	NARU_RULE_ID,
	NARU_RULE_DEV,
	NARU_RULE_SRC,
	NARU_RULE_SRC_PREFIX,
	NARU_RULE_PROTOS,
	NARU_RULE_SPORT_FIRST,
	NARU_RULE_SPORT_LAST,
	NARU_RULE_DPORT_FIRST,
	NARU_RULE_DPORT_LAST,
	NARU_RULE_EXCEPT,
	NARU_RULE_TO,
	NARU_RULE_TO_DEV,
	NARU_RULE_PORT_FIRST,
	NARU_RULE_PORT_LAST,
	NARU_RULE_MAPPING,
	NARU_RULE_FILTERING,
	NARU_RULE_TCP_FILTERING,
	NARU_RULE_CHOICE,
	NARU_RULE_PARITY,
	NARU_RULE_HAIRPIN,
	NARU_RULE_NOTRACK,
	NARU_RULE_REFRESH_IN,
	NARU_RULE_EXHAUSTED,
	NARU_RULE_UNSOLICITED,
	NARU_RULE_MARK,
	NARU_RULE_MARK_MASK,
	NARU_RULE_TIMEOUTS,
	NARU_RULE_SUSPENDED,
	__NARU_RULE_END,
	NARU_RULE_ATTR_MAX = __NARU_RULE_END - 1
};

#define NARU_RULE_PROTO_TCP	0x01	/* 6 */
#define NARU_RULE_PROTO_UDP	0x02	/* 17 */
#define NARU_RULE_PROTO_ICMP	0x04	/* 1, echo */
#define NARU_RULE_PROTO_NATIVE	0x08	/* 253 */
#define NARU_RULE_PROTO_DGRAM	0x10	/* 254 */
#define NARU_RULE_PROTO_ALL	0x1f

#define NARU_RULE_EXCEPTS_MAX	64
#define NARU_RULE_TO_MAX	64

enum naru_genl_mapping {
	NARU_RULE_MAPPING_EI,	/* endpoint-independent, RFC 4787 REQ-1 */
	NARU_RULE_MAPPING_APD,	/* address- and port-dependent */
};

enum naru_genl_filtering {
	NARU_RULE_FILTERING_EI,	/* endpoint-independent */
	NARU_RULE_FILTERING_AD,	/* address-dependent */
	NARU_RULE_FILTERING_APD,	/* address- and port-dependent */
};

enum naru_genl_choice {
	NARU_RULE_CHOICE_PRESERVE,	/* the inside port where it is free */
	NARU_RULE_CHOICE_RANDOM,	/* RFC 6056 */
};

/* What a sender hears when no port is left */
enum naru_genl_exhausted {
	NARU_RULE_EXHAUSTED_HOST,	/* host unreachable, RFC 6888 REQ-11 */
	NARU_RULE_EXHAUSTED_ADMIN,	/* administratively prohibited, RFC 5508 REQ-8 */
	NARU_RULE_EXHAUSTED_SILENT,	/* nothing */
};

/* What becomes of a SYN from outside that nobody waits for */
enum naru_genl_unsolicited {
	NARU_RULE_UNSOLICITED_HOLD,	/* held for 6 seconds, RFC 5382 REQ-4 */
	NARU_RULE_UNSOLICITED_DROP,	/* dropped without a word */
};

enum naru_genl_except {
	NARU_EXCEPT_UNSPEC,
	NARU_EXCEPT_ADDR,
	NARU_EXCEPT_PREFIX,
	NARU_EXCEPT_PORT_FIRST,
	NARU_EXCEPT_PORT_LAST,
	__NARU_EXCEPT_END,
	NARU_EXCEPT_MAX = __NARU_EXCEPT_END - 1
};

enum naru_genl_to {
	NARU_TO_UNSPEC,
	NARU_TO_FIRST,
	NARU_TO_LAST,
	__NARU_TO_END,
	NARU_TO_MAX = __NARU_TO_END - 1
};

enum naru_genl_timeout {
	NARU_TIMEOUT_UNSPEC,
	NARU_TIMEOUT_TCP_OPEN,
	NARU_TIMEOUT_TCP_ESTABLISHED,
	NARU_TIMEOUT_TCP_CLOSING,
	NARU_TIMEOUT_UDP,
	NARU_TIMEOUT_ICMP,
	__NARU_TIMEOUT_END,
	NARU_TIMEOUT_MAX = __NARU_TIMEOUT_END - 1
};

enum naru_genl_static {
	NARU_STATIC_UNSPEC,
	NARU_STATIC_PROTO,
	NARU_STATIC_DEV,
	NARU_STATIC_OUTSIDE,
	NARU_STATIC_OUTSIDE_PORT,
	NARU_STATIC_INSIDE,
	NARU_STATIC_INSIDE_PORT,
	NARU_STATIC_NUM,
	__NARU_STATIC_END,
	NARU_STATIC_MAX = __NARU_STATIC_END - 1
};

enum naru_genl_map {
	NARU_MAP_UNSPEC,
	NARU_MAP_ID,
	NARU_MAP_PROTO,
	NARU_MAP_DEV,
	NARU_MAP_RULE,
	NARU_MAP_INSIDE,
	NARU_MAP_INSIDE_PORT,
	NARU_MAP_OUTSIDE,
	NARU_MAP_OUTSIDE_PORT,
	NARU_MAP_REMOTE,
	NARU_MAP_REMOTE_PORT,
	NARU_MAP_SESSIONS,
	NARU_MAP_EXPIRES_MS,
	NARU_MAP_STATIC,
	NARU_MAP_OWN,
	__NARU_MAP_END,
	NARU_MAP_MAX = __NARU_MAP_END - 1
};

enum naru_genl_map_filter {
	NARU_MAP_FILTER_UNSPEC,
	NARU_MAP_FILTER_PROTO,
	NARU_MAP_FILTER_DEV,
	NARU_MAP_FILTER_INSIDE,
	NARU_MAP_FILTER_INSIDE_PREFIX,
	NARU_MAP_FILTER_INSIDE_PORT,
	NARU_MAP_FILTER_OUTSIDE,
	NARU_MAP_FILTER_OUTSIDE_PREFIX,
	NARU_MAP_FILTER_OUTSIDE_PORT,
	NARU_MAP_FILTER_STATIC,
	NARU_MAP_FILTER_ID,
	NARU_MAP_FILTER_REMOTE,
	NARU_MAP_FILTER_REMOTE_PREFIX,
	NARU_MAP_FILTER_REMOTE_PORT,
	NARU_MAP_FILTER_STATES,
	__NARU_MAP_FILTER_END,
	NARU_MAP_FILTER_MAX = __NARU_MAP_FILTER_END - 1
};

enum naru_genl_map_del {
	NARU_MAP_DEL_UNSPEC,
	NARU_MAP_DEL_COUNT,
	__NARU_MAP_DEL_END,
	NARU_MAP_DEL_MAX = __NARU_MAP_DEL_END - 1
};

enum naru_genl_session {
	NARU_SESSION_UNSPEC,
	NARU_SESSION_MAP,
	NARU_SESSION_REMOTE,
	NARU_SESSION_REMOTE_PORT,
	NARU_SESSION_STATE,
	NARU_SESSION_EXPIRES_MS,
	__NARU_SESSION_END,
	NARU_SESSION_ATTR_MAX = __NARU_SESSION_END - 1
};

/* OPEN is that of all but 6 and 253; the others are those of RFC 7857 2 */
enum naru_genl_session_state {
	NARU_SESSION_STATE_OPEN,
	NARU_SESSION_STATE_INIT,	/* a SYN was seen */
	NARU_SESSION_STATE_ESTABLISHED,
	NARU_SESSION_STATE_IN_FIN,	/* the inside host sent a FIN */
	NARU_SESSION_STATE_OUT_FIN,	/* the outside host did */
	NARU_SESSION_STATE_BOTH_FIN,
	NARU_SESSION_STATE_TRANS,	/* closing, or after a reset */
};

#define NARU_SESSION_STATES_ALL	0x7f

enum naru_genl_explain {
	NARU_EXPLAIN_UNSPEC,
	NARU_EXPLAIN_IN,
	NARU_EXPLAIN_PROTO,
	NARU_EXPLAIN_SRC,
	NARU_EXPLAIN_SPORT,
	NARU_EXPLAIN_DST,
	NARU_EXPLAIN_DPORT,
	NARU_EXPLAIN_VERDICT,
	NARU_EXPLAIN_BECAUSE,
	NARU_EXPLAIN_OUT,
	NARU_EXPLAIN_STEP,
	NARU_EXPLAIN_RULE,
	NARU_EXPLAIN_MAP,
	NARU_EXPLAIN_SRC_MAP,
	NARU_EXPLAIN_OUTSIDE,
	NARU_EXPLAIN_PAIRED,
	NARU_EXPLAIN_FILTERING,
	NARU_EXPLAIN_SESSION,
	NARU_EXPLAIN_COUNTER,
	__NARU_EXPLAIN_END,
	NARU_EXPLAIN_MAX = __NARU_EXPLAIN_END - 1
};

enum naru_genl_step {
	NARU_STEP_UNSPEC,
	NARU_STEP_RULE,
	NARU_STEP_WHY,
	__NARU_STEP_END,
	NARU_STEP_MAX = __NARU_STEP_END - 1
};

/* What becomes of a packet */
enum naru_genl_verdict {
	NARU_VERDICT_UNTOUCHED,	/* it goes on as it is */
	NARU_VERDICT_OUT,	/* its source is translated by a mapping that exists */
	NARU_VERDICT_OUT_NEW,	/* its source is translated, by a mapping that is made for it */
	NARU_VERDICT_IN,	/* its destination is translated */
	NARU_VERDICT_HAIRPIN,	/* both: it is turned round */
	NARU_VERDICT_HELD,	/* it waits for the inside host to send one too */
	NARU_VERDICT_DROPPED,
	NARU_VERDICT_UNROUTED,	/* there is no route for it */
};

/* Why */
enum naru_genl_because {
	NARU_BECAUSE_NONE,	/* the verdict says it all */
	NARU_BECAUSE_NO_RULES,	/* there is no rule */
	NARU_BECAUSE_NO_RULE_HERE,	/* no rule translates towards the interface that it leaves by */
	NARU_BECAUSE_NO_RULE_TAKES,	/* none of the rules takes it */
	NARU_BECAUSE_FOR_US,	/* it is for an address of this machine that is no external one */
	NARU_BECAUSE_OWN_SOCKET,	/* a socket of this machine has the port */
	NARU_BECAUSE_OWN_MAPPING,	/* it belongs to a flow of this machine itself */
	NARU_BECAUSE_NOT_IN_RANGE,	/* the rules' ports do not include it */
	NARU_BECAUSE_NO_MAPPING,	/* no mapping has the port */
	NARU_BECAUSE_NOBODYS,	/* as NOT_IN_RANGE, but the address is nobody's own */
	NARU_BECAUSE_FILTERED,	/* the filtering does not let that endpoint in */
	NARU_BECAUSE_ADMITTED,	/* the filtering lets that endpoint in */
	NARU_BECAUSE_NO_HAIRPIN,	/* the rule has hairpin off */
	NARU_BECAUSE_EXHAUSTED,	/* no port is left */
	NARU_BECAUSE_LIMIT,	/* napt_max_mappings is reached, or there is no memory */
	NARU_BECAUSE_SUSPENDED,	/* the rule that would take it is suspended */
	NARU_BECAUSE_EXCEPTED,	/* no rule translates what is sent there, or another way */
	NARU_BECAUSE_SOURCE,	/* its source is an address that no host has */
};

/* Why a rule does not take a packet */
enum naru_genl_why {
	NARU_WHY_TAKES,	/* it does */
	NARU_WHY_DEV,	/* the packet leaves by another interface */
	NARU_WHY_SRC,
	NARU_WHY_PROTO,
	NARU_WHY_SPORT,
	NARU_WHY_DPORT,
	NARU_WHY_EXCEPT,	/* its destination is excepted */
	NARU_WHY_SUSPENDED,	/* the rule is suspended */
	NARU_WHY_OUTSIDE,	/* the packet came in by that interface, and no rule's src has its source */
};

enum naru_genl_napt_event {
	NARU_EVENT_UNSPEC,
	NARU_EVENT_SEQ,
	NARU_EVENT_TIME,
	NARU_EVENT_WHAT,
	NARU_EVENT_MAP,
	NARU_EVENT_RULE,
	NARU_EVENT_DEV,
	NARU_EVENT_WHY,
	NARU_EVENT_PROTO,
	NARU_EVENT_HOST,
	NARU_EVENT_PAD,
	__NARU_EVENT_END,
	NARU_EVENT_MAX = __NARU_EVENT_END - 1
};

#endif /* _UAPI_LINUX_NARU_GENL_NAPT_H */
