/* SPDX-License-Identifier: GPL-2.0 */
/*
 * naru: what the files of the module share.
 *
 * The locking essay. Lock fields below cite its paragraphs as "essay, n".
 *
 * 1. Lookups. Connections, SYN-RECEIVED and TIME-WAIT entries ("nodes") stand in one resizable
 *    hash table per namespace (naru_demux_*), bound ports in another (naru_port_*). Both are read
 *    under RCU alone. A node that is found is used only after a reference was taken with
 *    refcount_inc_not_zero(). Nodes are freed after an RCU grace period.
 *
 * 2. The connection. Everything in struct naru_sock below "guarded by the socket lock" is read and
 *    written with the socket lock held: lock_sock() in process context, bh_lock_sock() with the
 *    socket not owned by a user in softirq. A segment that finds the socket owned goes to the
 *    backlog; a timer or an ICMP error that does sets a bit in @deferred, and release_cb does the
 *    work with the lock held.
 *
 * 3. Listeners. A SYN and the ACK that completes a handshake are handled without the listener's
 *    socket lock: the state of a half-open connection is guarded by naru_req.lock, the accept queue
 *    by naru_sock.accept_lock (a leaf: nothing is taken under it).
 *
 * 4. Ports. naru_port.lock guards the lists of a bound port and is taken with BHs off. A
 *    native port is made by its first user and goes with its last one, under that lock: who finds
 *    one does so under RCU and looks at @dead. Under it come the bucket locks of the tables and the
 *    core's reuseport_lock, and nothing else. In wire mode inet what may sleep (the holder, the
 *    hooks) is done in process context under naru_net.port_mutex, by the caller when it binds and
 *    by a work item when the last user went in softirq.
 *
 * 5. References. A struct sock is held by its file (or by nobody: an orphan), by each pending timer
 *    of its own (sk_reset_timer/sk_stop_timer: the one rule for timers, and for pacer.c's), by the demux table, by the
 *    accept queue, by the list of those that owe an ACK (batch.c), and by who is using a lookup's
 *    result. A full socket pins the module through its struct proto. SYN-RECEIVED and TIME-WAIT
 *    entries pin nothing: one reference for the table, one for the armed timer; namespace exit
 *    removes both kinds and shuts their timers down.
 *
 * 6. Namespace exit. User sockets hold their namespace, so none is left when it goes. What is left
 *    are nodes of paragraph 5 without module pin: exit unhooks, flushes the work of ports, empties
 *    the demux table with timer_shutdown_sync() and then frees the tables after rcu_barrier().
 *
 * 7. Datagrams. Who binds and who gives a port back does so in process context under naru_dgrams.mutex,
 *    taken under the socket lock, and in wire mode inet makes or lets go there the kernel's socket that
 *    holds the port. Lookups are RCU: a socket that is found is good to the end of the read-side
 *    section. What arrives takes no socket lock: the receive queue, sk_rmem_alloc and sk_forward_alloc
 *    are guarded by sk_receive_queue.lock, a leaf. Who sends takes the socket lock only to bind, and
 *    where the socket is corked: naru_dgram.pending and sk_write_queue are guarded by it. A datagram
 *    socket is held by its file, by its port and by who kills or lists it; it has no timers.
 */
#ifndef NARU_H
#define NARU_H

#include <linux/types.h>
#include <linux/skbuff.h>
#include <linux/rhashtable-types.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/llist.h>
#include <linux/workqueue.h>
#include <linux/timer.h>
#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <net/sock.h>
#include <net/inet_sock.h>
#include <net/tcp_states.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ipv6.h>
#include <net/netns/generic.h>
#include <linux/naru.h>
#include "compat.h"
#include "drop.h"
#include "tcp/budget.h"
#include "tcp/seq.h"
#include "tcp/wire.h"
#include "tcp/fsm.h"
#include "tcp/rtt.h"
#include "tcp/sack.h"
#include "tcp/urg.h"
#include "tcp/window.h"
#include "tcp/rack.h"
#include "tcp/recov.h"
#include "tcp/tlp.h"
#include "tcp/tstamp.h"
#include "tcp/pace.h"
#include "tcp/ecn.h"
#include "tcp/fastopen.h"
#include "tcp/metric.h"
#include "tcp/path.h"
#include "tcp/plpmtud.h"
#include "tcp/cong.h"
#include "tcp/cwv.h"
#include "tcp/meter.h"
#include "ctl/settings.h"
#include "sock/owner.h"

#define NARU_PROTO_STREAM	253	/* IP protocol of native streams */
#define NARU_PROTO_DGRAM	254	/* of native datagrams */
#define NARU_SK_PROTO(wire)	(0x200 | (wire))	/* sk->sk_protocol, never 6 (T1) */
#define NARU_REG_BUCKETS	256	/* registry of all nodes, for dumps */
#define NARU_MAX_HEADER		L1_CACHE_ALIGN(128 + MAX_HEADER)

struct naru_dgrams;
struct naru_fastopen;
struct naru_fastopen_cache;
struct naru_fastopen_keys;
struct naru_metric_table;
struct naru_napt;
struct naru_pool;
struct naru_recorder;
struct naru_port;
struct naru_rtx_news;
struct naru_sock;

/* ---- addresses (addr.c) ---- */

/**
 * struct naru_key - the four-tuple of a connection, IPv4 as v4-mapped IPv6
 * @laddr: local address
 * @raddr: remote address
 * @lport: local port
 * @rport: remote port
 * @wire: IP protocol number, 6 or 253
 * @scope: interface index where an address is link-local, else 0
 */
struct naru_key {
	struct in6_addr laddr;
	struct in6_addr raddr;
	__be16 lport;
	__be16 rport;
	u32 wire;
	int scope;
};

static inline bool naru_key_is_v4(const struct naru_key *k)
{
	return ipv6_addr_v4mapped(&k->raddr);
}

enum naru_node_kind { NARU_NODE_SOCK, NARU_NODE_REQ, NARU_NODE_TW };

/**
 * struct naru_node - what full sockets, SYN-RECEIVED and TIME-WAIT entries have in common
 * @hash: entry in naru_net.conns, while @hashed
 * @reg: entry in naru_net.reg, read under RCU by dumps
 * @order: less than that of whatever comes into the same bucket of it later
 * @key: four-tuple
 * @id: number unique in the namespace, shown to users
 * @ref: references, of REQ and TW nodes only; a socket has sk_refcnt. The demux table owns one
 * @kind: enum naru_node_kind
 * @hashed: in naru_net.conns
 */
struct naru_node {
	struct rhash_head hash;
	struct hlist_node reg;
	u64 order;
	struct naru_key key;
	refcount_t ref;
	u32 id;
	u8 kind;
	bool hashed;
};

/* ---- per network namespace (netns.c) ---- */

struct naru_reg_bucket {
	spinlock_t lock;	/* leaf; guards the rest for writers, readers of @head use RCU */
	struct hlist_head head;	/* naru_node.reg, the newest first */
	u64 order;		/* of the newest */
};

struct naru_mib {
	unsigned long count[NARU_MIB_MAX];
};

/**
 * struct naru_recordings - of connections that are gone; tcp/recorder.c
 * @lock: leaf; guards @ended and @num
 * @ended: naru_recorder.link, the oldest first
 * @num: how many
 * @work: lets the oldest go
 * @on: the setting recorder was on when it was last looked at
 */
struct naru_recordings {
	spinlock_t lock;
	struct list_head ended;
	u32 num;
	struct delayed_work work;
	bool on;
};

/**
 * struct naru_ledger - of a network namespace
 * @lock: a leaf; guards the rest
 * @procs: struct naru_ledger_proc.link, the oldest first
 * @num: how many
 * @last_id: of the newest
 */
struct naru_ledger {
	spinlock_t lock;
	struct list_head procs;
	u32 num;
	u64 last_id;
};

/**
 * struct naru_net - everything of one network namespace
 */
struct naru_net {
	struct net *net;
	struct rhashtable conns;	/* naru_node by naru_key; essay, 1 */
	struct rhashtable ports;	/* naru_port by (wire, port); essay, 1 */
	struct mutex port_mutex;	/* essay, 4 */
	struct llist_head idle_ports;	/* naru_port.idle: for @port_work to look at */
	struct naru_pool __rcu *pool;	/* ephemeral ports; written under port_mutex */
	struct delayed_work pool_work;	/* draws some of them anew */
	struct work_struct port_work;	/* lets ports, holders and hooks go; essay, 4 */
	struct naru_reg_bucket reg[NARU_REG_BUCKETS];
	struct naru_mib __percpu *mib;
	struct naru_settings set;
	const struct naru_cong_ops __rcu *cong;	/* of new sockets; tcp/cong.c */
	atomic_t next_id;
	atomic_t nr_socks;		/* full sockets */
	atomic_t nr_orphans;
	atomic_t nr_reqs;
	atomic_t nr_tw;
	int hook_users;			/* guarded by hook_mutex */
	struct mutex hook_mutex;	/* sleeps; registration of the LOCAL_IN hooks */
	atomic_t event_seq;		/* sequence number of multicast events */
	struct naru_budget challenges;	/* RFC 5961 7 */
	struct naru_budget resets;
	struct naru_recordings recordings;
	struct naru_fastopen_keys __rcu *fastopen_keys;	/* of listeners without their own; tcp/fastopen_listen.c */
	struct naru_fastopen_cache *fastopen_cache;	/* of clients; NULL before the first; set once */
	atomic_t fastopen_pauses;	/* times that Fast Open had to pause, since it worked */
	unsigned long fastopen_paused;	/* jiffies of the last */
	struct naru_dgrams *dgrams;	/* datagram sockets' ports; sock/dgram.h */
	struct naru_napt *napt;		/* NULL before the first rule; kmod/napt/napt.h, N1 */
	struct naru_metric_table *metrics;	/* what is known of paths; tcp/metric_cache.c */
	struct naru_ledger ledger;	/* what was refused to programs; sock/ledger.c */
	bool dying;			/* namespace exit has begun */
};

extern unsigned int naru_net_id;

static inline struct naru_net *naru_net(const struct net *net)
{
	return net_generic(net, naru_net_id);
}

int naru_netns_register(void);
void naru_netns_unregister(void);

/* Keys of the module, made once: ISN, ports, timestamps offsets. */
extern siphash_aligned_key_t naru_secret;
/* Module parameters (main.c) */
extern unsigned int naru_af;
extern bool naru_unprivileged;

#define NARU_INC(nn, name)	this_cpu_inc((nn)->mib->count[NARU_MIB_##name])
#define NARU_ADD(nn, name, n)	this_cpu_add((nn)->mib->count[NARU_MIB_##name], n)

/* mib.c: counts, traces and frees; @reason is NARU_DROP_* */
void naru_drop(struct naru_net *nn, const struct sock *sk, struct sk_buff *skb,
	       enum naru_drop_reason reason);
u64 naru_mib_read(struct naru_net *nn, unsigned int idx);

/* ---- packets in queues ---- */

/* naru_skb_cb.sacked */
#define NARU_SACKED		0x01	/* the peer has it (RFC 2018) */
#define NARU_LOST		0x02	/* taken for lost, to be sent again */
#define NARU_RETRANS		0x04	/* the retransmission is in flight */
#define NARU_EVER_RETRANS	0x08	/* no RTT sample from it (Karn) */

/**
 * struct naru_skb_cb - what a queued skb carries
 * @seq: first sequence number, SYN included
 * @end_seq: behind the last, SYN and FIN included
 * @sent_us: when it was (last) sent, on naru_now_us()'s clock
 * @sent: in naru_sock.sent_list, from when it was sent until it has arrived
 * @rate: what it remembers for the delivery rate
 * @skip: bytes at the front of the data that are acknowledged already (rtx_queue only; @seq is
 *	behind them)
 * @flags: TCP flags
 * @sacked: NARU_SACKED...
 * @eor: nothing may be appended (MSG_EOR, end of a push)
 * @app_limited: it was (last) sent while the program limited the connection
 * @more: a program says that more follows its end (MSG_MORE)
 * @stamp_ack: the error queue is to say when it is acknowledged (SOF_TIMESTAMPING_TX_ACK)
 */
struct naru_skb_cb {
	u32 seq;
	u32 end_seq;
	u64 sent_us;
	struct list_head sent;
	struct naru_rate_tx rate;
	u16 skip;
	u8 flags;
	u8 sacked:4, eor:1, app_limited:1, more:1, stamp_ack:1;
};

#define NARU_CB(skb) ((struct naru_skb_cb *)&((skb)->cb[0]))

/* ---- sockets ---- */

/* naru_sock.deferred: work for release_cb; essay, 2 */
enum {
	NARU_DEFER_RTX,
	NARU_DEFER_DELACK,
	NARU_DEFER_KEEPALIVE,
	NARU_DEFER_MTU,
	NARU_DEFER_ICMP,
	NARU_DEFER_ACK,
	NARU_DEFER_PACE,
};

/**
 * struct naru_fastopen_req - a call that opens its connection and writes, on the stack
 * @msg: what it writes; a SYN takes what it has room for
 * @copied: bytes taken
 * @sent: a SYN has gone
 */
struct naru_fastopen_req {
	struct msghdr *msg;
	u32 copied;
	bool sent;
};

/**
 * struct naru_sock - a stream socket, naru's TCB
 *
 * Guarded by the socket lock (essay, 2) unless said otherwise.
 */
struct naru_sock {
	struct inet_sock inet;		/* first */
	struct naru_node node;
	struct naru_net *nn;		/* naru_net() of the socket's namespace, which costs more to look up */
	struct naru_owner owner;
	struct naru_port *port;		/* bound port, one reference */
	struct hlist_node port_link;	/* in port->socks; essay, 4 */
	u8 wire;			/* 6 or 253 */
	u8 domain;			/* NARU_DOMAIN: AF_INET, AF_INET6 or 0 (dual) */
	bool port_named;		/* bind() bound the port, here or on the listener */
	bool answers_route;		/* a source route that comes is the way back */

	/* sending, RFC 9293 3.3.1 */
	u32 iss, snd_una, snd_nxt, snd_wl1, snd_wl2;
	u32 snd_wnd;			/* bytes, scaled already */
	u32 max_window;			/* largest snd_wnd seen */
	u32 write_seq;			/* behind the last byte a program wrote */
	u32 snd_up;			/* behind the last urgent byte; snd_una: nothing is urgent */
	u32 snd_sml;			/* end of the last small segment, Minshall */
	u32 stamp_base;			/* where SOF_TIMESTAMPING_OPT_ID counts from */
	struct sk_buff_head rtx_queue;	/* sent, not acknowledged; sk_write_queue: not yet sent */
	struct list_head sent_list;	/* of rtx_queue what is not SACKed, as it was last sent (RFC 8985 6) */
	u32 sacked_out, lost_out, retrans_out;	/* bytes in rtx_queue */
	u32 mss_cache;			/* payload bytes a segment carries now, RFC 9293 3.7.1 */
	u16 mss_user;			/* TCP_MAXSEG, 0: none */
	u16 mss_peer;			/* Send MSS that the peer announced */
	u32 size_goal;			/* naru_output_size_goal() when it was last asked */
	u32 pmtu;			/* path MTU in use, bytes */
	u32 gso_max;			/* bytes of payload an skb may carry on the route; 0: a segment's */
	struct naru_path path;		/* what the route says */
	struct naru_plpmtud plpmtud;	/* search for the path MTU, RFC 4821 */

	/* receiving */
	u32 irs, rcv_nxt, rcv_wup, rcv_wnd, copied_seq;
	u32 rcv_edge;			/* as far as any window has reached */
	struct naru_urg urg;		/* urgent mode */
	u32 rcv_edge_time;
	u32 window_clamp;
	bool inq;			/* TCP_INQ */
	struct sk_buff_head ooo_queue;	/* out of order, sorted by seq */
	u32 ooo_bytes;
	struct naru_sack_rcv sack_rcv;	/* SACK blocks to report */
	struct naru_sack_block dsack;	/* what came twice and is to be reported, RFC 2883; empty: nothing */

	/* options agreed on */
	bool ts_ok, sack_ok, wscale_ok;
	bool ts_usec;			/* timestamps tick in µs at both ends, while @ts_ok */
	bool ts_usec_asked;		/* NARU_TS_USEC */
	u8 snd_wscale, rcv_wscale;
	u32 ts_recent;
	u32 ts_recent_stamp;		/* seconds; 0: none */
	u32 syn_ts;			/* TSval of our first SYN */
	u32 ts_offset;			/* added to our clock, RFC 7323 5.4 */
	u32 last_ack_sent;

	/* engine state */
	struct naru_rtt rtt;
	struct naru_recov recov;
	struct naru_rack rack;
	struct naru_tlp tlp;
	struct naru_ecn ecn;
	struct naru_cong cong;
	struct naru_cwv cwv;
	const struct naru_cong_ops *cong_ops;
	u8 nonagle;			/* NARU_NAGLE_* */
	u8 ack_pending;			/* NARU_ACK_* */
	u8 retransmits;			/* RTOs in a row */
	u8 probes_out;			/* unanswered zero-window or keepalive probes */
	u8 backoff;
	u8 quickacks;			/* ACKs still sent at once at the start */
	bool syn_again;			/* the SYN went again behind a reset: nothing was lost */
	u8 timer_what;			/* enum naru_timer_what of @rtx_timer */
	bool fin_queued;		/* FIN in the write queue or sent */
	bool destroyed;			/* conn_destroy() has run */
	unsigned long rtx_expires;	/* jiffies, while @timer_what */
	unsigned long rto_expires;	/* of RFC 6298's timer, while data is in flight */
	unsigned long reo_expires;	/* of RACK's, RFC 8985 6; 0: it does not run */
	unsigned long pto_expires;	/* of the tail loss probe, RFC 8985 7; 0 as well */
	unsigned long delack_expires;	/* jiffies, while NARU_ACK_TIMER */
	struct list_head batch_link;	/* in a list of batch.c's, while @batched */
	bool batched;
	u32 rcv_mss;			/* estimate of the peer's segment size */
	u32 unacked_rcvd;		/* bytes received since our last ACK */
	u64 last_rcv_us, last_snd_us;
	u64 syn_us;			/* when the first SYN of ours, or our answer to the peer's, was sent; 0: not known */
	u64 rcvq_us;			/* when this round of reading began, buffer.c */
	u32 rcvq_seq;			/* copied_seq then */
	u32 rcvq_space;			/* most bytes read in a round */
	u64 rtx_first_us;		/* when the head was first sent again in this run of RTOs; 0: none */
	u64 probe_first_us;
	u32 user_timeout_ms;
	u32 notsent_lowat;		/* bytes, 0: the setting */
	bool thin_linear;		/* TCP_THIN_LINEAR_TIMEOUTS */
	u32 keepidle_s, keepintvl_s;	/* 0: the setting */
	u8 keepcnt;
	u8 syn_retries;			/* 0: the setting */
	int linger2;
	unsigned long challenged;	/* jiffies of the last challenge ACK, RFC 5961 7; 0: none */

	/* timers; essay, 5. sk->sk_timer is keepalive and FIN-WAIT-2 */
	struct timer_list rtx_timer;
	struct timer_list delack_timer;
	struct hrtimer pace_timer;	/* pacer.c */
	u64 pace_ns;			/* when the next data may leave */
	unsigned long deferred;		/* atomic bits */
	u32 deferred_mtu;
	int deferred_err;
	bool deferred_err_hard;

	/* listener */
	spinlock_t accept_lock;		/* essay, 3 */
	struct list_head accept_queue;	/* naru_sock.accept_link of children; accept_lock */
	struct list_head accept_link;
	struct list_head req_list;	/* naru_req.link; accept_lock */
	atomic_t req_count;		/* SYN-RECEIVED entries of this listener */
	u8 defer_accept;		/* TCP_DEFER_ACCEPT, in timeouts; 0: no */
	struct sock *listener;		/* of a child not yet accepted; for info only, never followed */

	/* Fast Open, RFC 7413 */
	struct naru_fastopen *fastopen;	/* what TCP_FASTOPEN and TCP_FASTOPEN_KEY have made; set once, one reference */
	struct naru_fastopen *fastopen_of;	/* of the listener whose SYN opened this, until the handshake is over */
	const struct naru_cookie *syn_cookie;	/* for the SYN that goes now */
	struct naru_fastopen_req *fastopen_req;	/* while such a call lasts */
	bool fastopen_no_cookie;	/* TCP_FASTOPEN_NO_COOKIE */
	bool fastopen_connect;		/* TCP_FASTOPEN_CONNECT */
	bool defer_connect;		/* in SYN-SENT, and the SYN waits for data */
	bool syn_fastopen;		/* our SYN had the option */
	bool syn_data;			/* and data */
	bool fastopen_resumed;		/* the first behind a pause */
	u8 fastopen_fail;		/* enum naru_fastopen_fail */
	bool syn_data_acked;		/* data of a SYN was taken, ours or the peer's */

	/* figures, for TCP_INFO and dumps */
	u64 bytes_sent, bytes_acked, bytes_received, bytes_retrans;
	u32 segs_in, segs_out, data_segs_in, data_segs_out, total_retrans;
	u32 reord_seen, dsack_dups, delivered_ce;
	u64 created_us;
	struct naru_meter meter;
	struct naru_recorder *recorder;	/* NULL: nothing is recorded */
	u32 recorded_cwnd;		/* bytes, when it was recorded last */

	struct ipv6_pinfo inet6;	/* inet.pinet6 points here, always (T3) */
};

#define NARU_NAGLE_OFF		1	/* TCP_NODELAY */
#define NARU_NAGLE_CORK		2	/* TCP_CORK */
#define NARU_NAGLE_PUSH		4	/* push what is there once */

#define NARU_ACK_SCHED		1	/* an ACK is owed */
#define NARU_ACK_TIMER		2	/* the delayed-ACK timer runs */
#define NARU_ACK_NOW		4	/* owed at once */

static inline struct naru_sock *naru_sk(const struct sock *sk)
{
	return (struct naru_sock *)sk;
}

/* Urgent data is not acknowledged yet: RFC 9293 3.8.5 */
static inline bool naru_sending_urgent(const struct naru_sock *ns)
{
	return ns->snd_up != ns->snd_una;
}

/* Opened by its SYN, and the handshake is not over: the program may read and write, RFC 7413 3 */
static inline bool naru_fastopen_passive(const struct sock *sk)
{
	return sk->sk_state == TCP_SYN_RECV && READ_ONCE(naru_sk(sk)->fastopen_of);
}

/* What naru keeps for the namespace of a socket */
static inline struct naru_net *naru_net_of(const struct sock *sk)
{
	return naru_sk(sk)->nn;
}

static inline struct sock *naru_node_sk(struct naru_node *node)
{
	return (struct sock *)container_of(node, struct naru_sock, node);
}

/* Readers without the lock (accept queue, lookups) use inet_sk_state_load() */
static inline void naru_conn_store_state(struct sock *sk, int state)
{
	/* pairs with the acquire in inet_sk_state_load() */
	smp_store_release(&sk->sk_state, state);
}

static inline u64 naru_now_us(void)
{
	return div_u64(ktime_get_ns(), NSEC_PER_USEC);
}

/* The ECN field of the IP header that a segment came with */
static inline u8 naru_skb_ecn(const struct sk_buff *skb)
{
	if (ip_hdr(skb)->version == 4)
		return ipv4_get_dsfield(ip_hdr(skb)) & INET_ECN_MASK;
	return ipv6_get_dsfield(ipv6_hdr(skb)) & INET_ECN_MASK;
}

/* The clock of our timestamps now, without offset */
static inline u32 naru_now_ts(bool usec)
{
	return naru_ts_of(usec, naru_now_us());
}

/* ---- kmod/addr.c: sockaddr <-> naru_key, checks ---- */
struct naru_addr {		/* one endpoint, v4 as v4-mapped */
	struct in6_addr ip;
	__be16 port;
	int scope;		/* sin6_scope_id */
	__be32 flowinfo;
};

int naru_addr_from_user(const struct sock *sk, const struct sockaddr *uaddr, int len,
			struct naru_addr *out);
int naru_addr_to_user(const struct sock *sk, const struct naru_addr *a, struct sockaddr *uaddr);
void naru_addr_local(const struct sock *sk, struct in6_addr *ip);
bool naru_addr_is_any(const struct in6_addr *ip);
int naru_addr_scope(const struct in6_addr *a, const struct in6_addr *b, int ifindex);
void naru_addr_key_from_skb(const struct sk_buff *skb, u8 wire, const struct naru_seg *seg,
			    struct naru_key *key);	/* laddr = packet's destination */

/* ---- kmod/sock ---- */
/* family.c */
int naru_family_register(void);
void naru_family_unregister(void);
extern const struct proto_ops naru_stream_ops;
/* sock.c */
extern struct proto naru_stream_prot;
void naru_sock_register_node(struct naru_net *nn, struct naru_node *node, u8 kind); /* gives id */
void naru_sock_unregister_node(struct naru_net *nn, struct naru_node *node);
void naru_sock_init_child(struct sock *child, struct sock *listener); /* after sk_clone_lock */
void naru_sock_set_key(struct sock *sk, const struct naru_key *key); /* and inet/v6 addresses */
void naru_sock_orphan(struct sock *sk);
struct sock *naru_sock_by_id(struct naru_net *nn, u32 id);	/* takes a reference */
int naru_sock_abort(struct sock *sk, int err);	/* for netlink's destroy; takes the lock */
/* stream.c */
int naru_stream_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);
int naru_stream_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags);
void naru_stream_write_space(struct sock *sk);
bool naru_stream_memory_free(const struct sock *sk, int wake);
bool naru_stream_writable(const struct sock *sk);
u32 naru_stream_copy(struct sock *sk, struct msghdr *msg, u32 most);
/* connect.c */
bool naru_connect_loops(const struct sock *sk);
/* sockopt.c */
int naru_sockopt_set(struct socket *sock, int level, int name, sockptr_t val, unsigned int len);
int naru_sockopt_get(struct socket *sock, int level, int name, char __user *val,
		     int __user *len);
/* demux.c: naru_net.conns and the search for a listener */
int naru_demux_init(struct naru_net *nn);
void naru_demux_exit(struct naru_net *nn);	/* disposes REQ and TW nodes, essay 6 */
int naru_demux_insert(struct naru_net *nn, struct naru_node *node);	/* -EADDRINUSE */
void naru_demux_remove(struct naru_net *nn, struct naru_node *node);
int naru_demux_replace(struct naru_net *nn, struct naru_node *old, struct naru_node *new); /* -ENOENT */
struct naru_node *naru_demux_find_rcu(struct naru_net *nn, const struct naru_key *key);
struct naru_node *naru_demux_find(struct naru_net *nn, const struct naru_key *key); /* + reference */
void naru_demux_put(struct naru_node *node);	/* drops that reference, whatever the kind */
struct sock *naru_demux_listener(struct naru_net *nn, const struct naru_key *key,
				 struct sk_buff *skb, unsigned int at, int dif,
				 int sdif);	/* takes a reference */
/* port.c */
int naru_port_init(struct naru_net *nn);
void naru_port_exit(struct naru_net *nn);
int naru_port_bind(struct sock *sk, const struct naru_addr *addr);	/* port 0: picks; may sleep */
int naru_port_autobind(struct sock *sk, struct naru_key *key);	/* for connect: sets key->lport */
int naru_port_listen(struct sock *sk);		/* checks conflicts, makes it findable */
void naru_port_unlisten(struct sock *sk);
void naru_port_inherit(struct sock *child, struct sock *listener);	/* softirq */
void naru_port_release(struct sock *sk);	/* softirq or process */
struct naru_port *naru_port_get(struct naru_port *port);	/* for TIME-WAIT; counts as tw */
void naru_port_put_tw(struct naru_port *port);
void naru_port_cookie_sent(const struct sock *listener);
unsigned long naru_port_cookie_last(const struct sock *listener);	/* jiffies, 0: never */
/* holder.c: the kernel socket that keeps a port of ours from the kernel's TCP (M5, M6) */
/* ingress.c */
int naru_ingress_register(void);	/* protocol 253 */
void naru_ingress_unregister(void);
enum naru_drop_reason naru_ingress_admit(struct sock *sk, struct sk_buff *skb,
					 struct naru_seg *seg);	/* NARU_DROP_MAX: yes */
int naru_ingress_hook_get(struct net *net);	/* LOCAL_IN for protocol 6 and ICMP; may sleep */
void naru_ingress_hook_put(struct net *net);	/* may sleep */
/* route.c */
int naru_route_connect(struct sock *sk, struct naru_addr *dst, struct naru_key *key); /* source, dst */
struct dst_entry *naru_route_sk(struct sock *sk);	/* checked or looked up anew; NULL: none */
u8 naru_route_tos(const struct sock *sk, const struct naru_key *key);
struct dst_entry *naru_route_key(struct net *net, struct sock *sk, const struct naru_key *key,
				 u32 mark, u8 tos);	/* for mini objects; ERR_PTR */
int naru_route_xmit(struct sock *sk, struct sk_buff *skb, struct dst_entry *dst,
		    u8 ecn);	/* ip_queue_xmit / ip6_xmit */
int naru_route_xmit_bare(struct net *net, struct sock *sk, struct sk_buff *skb,
			 const struct naru_key *key, u32 mark, u8 tos);	/* sk may be NULL */
int naru_route_xmit_by(struct sock *sk, struct sk_buff *skb, const struct naru_key *key,
		       struct ip_options_rcu *opt, u8 tos);
u32 naru_route_mtu(struct sock *sk);		/* MTU of the route, bytes */
/* transport checksum of an outgoing segment, pseudo-header of protocol 6 */
void naru_route_csum(struct sk_buff *skb, const struct naru_key *key, const struct dst_entry *dst);
/* return_route.c */
struct ip_options_rcu *naru_return_route(struct net *net, const struct sk_buff *skb);
void naru_return_route_use(struct sock *sk, struct ip_options_rcu *opt);
void naru_return_route_later(struct sock *sk, const struct sk_buff *skb);
/* offload.c */
int naru_offload_register(void);
void naru_offload_unregister(void);

/* ---- kmod/tcp ---- */
/* input.c: @seg may be NULL: parsed again. Socket lock held, softirq or backlog. Consumes skb. */
void naru_input_rcv(struct sock *sk, struct sk_buff *skb, const struct naru_seg *seg);
void naru_input_established(struct sock *sk);	/* wakes, inits cong, buffers */
void naru_input_transfer(struct sock *sk);	/* the latter alone */
void naru_input_reset(struct sock *sk, int err);	/* the connection is gone */
void naru_input_done(struct sock *sk);		/* to CLOSED: out of all tables */
void naru_input_options(struct sock *sk, const struct naru_seg *seg);
enum naru_drop_reason naru_input_reason(u8 why);
void naru_input_fin(struct sock *sk);		/* peer's FIN is in order */
/* ack.c */
void naru_ack_process(struct sock *sk, const struct naru_seg *seg, u32 actions);
void naru_ack_reorder_timeout(struct sock *sk);
void naru_ack_data_rcvd(struct sock *sk, u32 bytes, u32 segment);
void naru_ack_send_due(struct sock *sk);
void naru_ack_batch_end(struct sock *sk);
bool naru_ack_may_answer(struct naru_net *nn, u32 actions, unsigned long *last);
/* batch.c */
int naru_batch_init(void);
void naru_batch_exit(void);
void naru_batch_ack(struct sock *sk);
void naru_batch_flush(struct sock *sk);
/* reasm.c */
void naru_reasm_data(struct sock *sk, struct sk_buff *skb, const struct naru_seg *seg);
void naru_reasm_twice(struct sock *sk, u32 start, u32 end);
void naru_reasm_purge(struct sock *sk);
/* output.c */
struct sk_buff *naru_output_alloc(struct sock *sk, gfp_t gfp);	/* empty, charged by entail */
void naru_output_entail(struct sock *sk, struct sk_buff *skb);	/* to sk_write_queue's tail */
void naru_output_skb_free(struct sock *sk, struct sk_buff *skb);	/* uncharges a write-queue skb */
u32 naru_output_size_goal(struct sock *sk, u32 *mss);	/* bytes an skb should grow to */
void naru_output_push(struct sock *sk, u8 nonagle);	/* sends what may be sent */
void naru_output_written(struct sock *sk, u8 nonagle);	/* the same, unless the peer has no room */
void naru_output_ack(struct sock *sk);		/* an ACK now */
void naru_output_rcvbuf_freed(struct sock *sk, u32 copied);	/* after a read: window update? */
int naru_output_connect(struct sock *sk);	/* SYN */
void naru_output_syn(struct sock *sk, struct sk_buff *skb, u8 flags);
void naru_output_fin(struct sock *sk);		/* queues FIN behind the data and pushes */
void naru_output_rst(struct sock *sk);		/* RST of a connection that we abort */
void naru_output_rst_reply(struct naru_net *nn, const struct naru_key *key,
			   const struct naru_seg *seg);	/* to a segment for nobody, RFC 9293 3.10.7.1 */
/* bare.c */
void naru_bare_send(struct naru_net *nn, struct sock *sk, const struct naru_key *key,
		    struct naru_seg *seg, u32 mark, u8 tos);
void naru_bare_send_by(struct naru_net *nn, struct sock *sk, struct dst_entry *dst,
		       struct ip_options_rcu *opt, const struct naru_key *key, struct naru_seg *seg, u32 mark,
		       u8 tos);
int naru_output_split(struct sock *sk, struct sk_buff_head *q, struct sk_buff *skb, u32 len);
u32 naru_skb_shift(struct sk_buff *to, struct sk_buff *from, u32 len);	/* shift.c */
int naru_output_wakeup(struct sock *sk);	/* zero-window probe, or data held back */
bool naru_output_tail_new(struct sock *sk);	/* tail loss probe */
/* xmit.c */
int naru_xmit_skb(struct sock *sk, struct sk_buff *skb);
int naru_xmit_syn_data(struct sock *sk, struct sk_buff *syn, struct sk_buff *data);
int naru_xmit_probe(struct sock *sk);
/* path.c */
void naru_path_learn(struct naru_path *p, const struct dst_entry *dst);
void naru_path_cong(struct sock *sk);
bool naru_path_ts_usec(const struct sock *sk, const struct dst_entry *dst);
u32 naru_path_initial_window(const struct naru_sock *ns);
u32 naru_path_cwnd(const struct naru_sock *ns, u32 cwnd);
u32 naru_path_first_window(u32 initrwnd, u32 wnd, u32 mss);
u32 naru_path_clamp(u32 window, u32 wnd);
/* metric_cache.c */
int naru_metric_netns_init(struct naru_net *nn);
void naru_metric_netns_exit(struct naru_net *nn);
void naru_metric_start(struct sock *sk);
void naru_metric_save(struct sock *sk);
/* mtu_probe.c */
void naru_mtu_probe_init(struct sock *sk);
enum naru_plpmtud_next naru_mtu_probe_next(struct sock *sk, const struct sk_buff *skb, u32 mss, u32 *len);
void naru_mtu_probe_ack(struct sock *sk, bool duplicate);
void naru_mtu_probe_too_big(struct sock *sk, u32 mtu);
void naru_mtu_probe_timeout(struct sock *sk);
/* mss.c */
u32 naru_mss_to_mtu(const struct naru_sock *ns, u32 mss);
u32 naru_mss_mtu_most(const struct naru_sock *ns);
u32 naru_mss_sync(struct sock *sk, u32 pmtu);
u32 naru_mss_current(struct sock *sk);
u16 naru_mss_advertised(const struct sock *sk, const struct dst_entry *dst, bool v4);
u32 naru_mss_rcv_space(const struct sock *sk);
void naru_buffer_init(struct sock *sk);			/* established */
u32 naru_buffer_window(const struct sock *sk, u32 space);
void naru_buffer_expand_snd(struct sock *sk);		/* after an ACK */
void naru_buffer_adjust_rcv(struct sock *sk);		/* after a read */
u32 naru_mss_rcv_full(const struct sock *sk);
u32 naru_mss_window_left(const struct naru_sock *ns);
u32 naru_mss_window_reach(const struct naru_sock *ns);
u16 naru_mss_select_window(struct sock *sk);
/* secret.c */
u32 naru_secret_isn(const struct naru_key *key);
u32 naru_secret_ts_offset(const struct naru_key *key);
u32 naru_secret_cookie_blind(const struct naru_key *key);
u32 naru_secret_cookie_tag(const struct naru_key *key, u32 irs, u32 minute);
/* timer.c */
enum naru_timer_what {
	NARU_TIMER_NONE,
	NARU_TIMER_RTX,
	NARU_TIMER_PROBE,
	NARU_TIMER_KEEPALIVE,
	NARU_TIMER_REORDER,	/* RACK's, RFC 8985 6 */
	NARU_TIMER_TAIL,	/* of the tail loss probe, RFC 8985 7 */
};
void naru_timer_init(struct sock *sk);
void naru_timer_clear(struct sock *sk);
void naru_timer_rearm(struct sock *sk, bool restart);	/* RFC 6298 5: what the queues ask for */
void naru_timer_tail(struct sock *sk);		/* RFC 8985 7.2 */
void naru_timer_reorder(struct sock *sk, u32 us);	/* RFC 8985 6.2 step 5 */
void naru_timer_delack(struct sock *sk);
void naru_timer_keepalive(struct sock *sk, unsigned long delay);	/* jiffies */
void naru_timer_keepalive_set(struct sock *sk, int on);	/* struct proto.keepalive */
void naru_timer_keepalive_restart(struct sock *sk);	/* TCP_KEEPIDLE changed */
void naru_timer_release_cb(struct sock *sk);
u32 naru_timer_remaining(const struct sock *sk, u8 *what);	/* ms, for dumps */
/* pacer.c */
u64 naru_pacer_rate(const struct sock *sk);	/* bytes per second */
bool naru_pacer_is_on(const struct sock *sk);
u32 naru_pacer_delay(const struct sock *sk);	/* µs */
void naru_pacer_update(struct sock *sk);	/* after an ACK */
u32 naru_pacer_burst(const struct sock *sk, u32 mss);
bool naru_pacer_holds(struct sock *sk);
u64 naru_pacer_now(const struct sock *sk);	/* µs */
void naru_pacer_sent(struct sock *sk, struct sk_buff *skb, u32 bytes);
void naru_pacer_work(struct sock *sk);
void naru_pacer_init(struct sock *sk, enum hrtimer_restart (*fired)(struct hrtimer *t));
void naru_pacer_clear(struct sock *sk);
/* cong.c */
#define NARU_CONG_DEFAULT	naru_cong_cubic	/* of a new namespace, as the kernel's */
const struct naru_cong_ops *naru_cong_get(const char *name);
const struct naru_cong_ops *naru_cong_get_by_key(u32 key);
void naru_cong_put(const struct naru_cong_ops *ops);
void naru_cong_init(struct sock *sk);
void naru_cong_set(struct sock *sk, const struct naru_cong_ops *ops);
void naru_cong_inherit(struct sock *child);
void naru_cong_release(struct sock *sk);
void naru_cong_check(struct sock *sk);
void naru_cong_netns_init(struct naru_net *nn);
void naru_cong_netns_exit(struct naru_net *nn);
void naru_cong_default(const struct naru_net *nn, char *name);
void naru_cong_set_default(struct naru_net *nn, const struct naru_cong_ops *ops);
void naru_cong_names(char *text, size_t size);
/* listen.c */
struct naru_req;
int naru_listen_start(struct sock *sk, int backlog);	/* socket lock held */
void naru_listen_stop(struct sock *sk);			/* closes children nobody accepted */
bool naru_listen_rcv(struct sock *listener, struct sk_buff *skb, const struct naru_key *key,
		     const struct naru_seg *seg, u32 isn);	/* softirq, no lock */
bool naru_listen_req_rcv(struct naru_node *node, struct sk_buff *skb, const struct naru_seg *seg);
struct sock *naru_listen_accept(struct sock *sk, int flags, int *err);	/* socket lock held */
bool naru_listen_ready(const struct sock *sk);		/* poll */
u32 naru_listen_queue_len(const struct sock *sk);
void naru_listen_req_put(struct naru_node *node);
void naru_listen_req_dispose(struct naru_net *nn, struct naru_node *node);	/* essay, 6 */
void naru_listen_req_icmp(struct naru_node *node, u32 seq);
struct sock *naru_listen_req_owner(const struct naru_node *node);
u32 naru_listen_req_timer(const struct naru_node *node, u8 *retrans);	/* ms left */
int naru_listen_init(void);	/* kmem caches */
void naru_listen_exit(void);
/* fastopen_listen.c */
int naru_fastopen_limit(struct sock *sk, int most);	/* TCP_FASTOPEN; socket lock held */
u32 naru_fastopen_limit_of(const struct sock *sk);
int naru_fastopen_set_keys(struct sock *sk, const u8 *keys, unsigned int len);
unsigned int naru_fastopen_keys_of(struct sock *sk, u8 *keys);
int naru_fastopen_listen(struct sock *sk, int backlog);	/* listen(2) */
bool naru_fastopen_syn(struct naru_req *req, struct sk_buff *skb, const struct naru_seg *seg);
void naru_fastopen_settle(struct sock *sk, bool reset);	/* the handshake is over, or the connection */
void naru_fastopen_free(struct sock *sk);
void naru_fastopen_netns_exit(struct naru_net *nn);
/* fastopen_connect.c */
bool naru_fastopen_defers(struct sock *sk);	/* process context */
void naru_fastopen_connect(struct sock *sk, struct sk_buff *syn);
void naru_fastopen_answered(struct sock *sk, const struct naru_seg *seg);
void naru_fastopen_timeout(struct sock *sk, bool over);
void naru_fastopen_ended(struct sock *sk);
/* fastopen_cache.c */
void naru_fastopen_cache_need(struct naru_net *nn);	/* process context */
void naru_fastopen_cache_get(struct naru_net *nn, const struct naru_key *key,
			     struct naru_fastopen_path *path);
void naru_fastopen_cache_set(struct naru_net *nn, const struct naru_key *key, u16 mss,
			     const struct naru_cookie *cookie, bool lost);
void naru_fastopen_cache_free(struct naru_net *nn);
/* icmp.c: @type and @code of the key's IP version, @info: next-hop MTU */
void naru_icmp_error(struct naru_net *nn, const struct naru_key *key, u32 seq, int type, int code,
		     u32 info);
void naru_icmp_deferred_mtu(struct sock *sk);
void naru_icmp_deferred_error(struct sock *sk);
bool naru_icmp_soft_error(struct sock *sk, int err);	/* false: nobody wants to know */
/* meter.c */
void naru_meter_opened(struct sock *sk);
void naru_meter_limit(struct sock *sk);
void naru_meter_ack(struct sock *sk, const struct naru_rtx_news *news);
void naru_meter_offer(struct sock *sk);
void naru_meter_data(struct sock *sk, const struct naru_seg *seg);
void naru_meter_reordered(struct naru_sock *ns, u32 distance);
void naru_meter_rto(struct sock *sk, bool again);
void naru_meter_rto_over(struct sock *sk);
void naru_meter_synack(struct naru_sock *ns, u8 times, u64 since_us);
u32 naru_meter_rto_ms(const struct naru_meter *m, u64 now_us);
/* info.c */
union naru_info;
void naru_info_fill(struct sock *sk, union naru_info *info);	/* socket lock held; tcp/info.h */
/* conn.c: the life of a connection */
#define NARU_DEFAULT_MSS	536	/* bytes, RFC 9293 MUST-15 */
#define NARU_DEFAULT_MSS_V6	1220
#define NARU_RTO_INITIAL	1000000	/* µs, RFC 6298 2.1 */
#define NARU_RTO_FALLBACK	3000000	/* µs, RFC 6298 5.7 */
#define NARU_QUICKACKS		16	/* ACKs at once at the start of a connection */
void naru_conn_reset_state(struct sock *sk);
void naru_conn_destroy(struct sock *sk);
void naru_conn_apply_state(struct sock *sk, u8 state);
void naru_conn_fin_wait_2(struct sock *sk);
/* shared state changes: tracepoint, event, sk_state */
void naru_fsm_set_state(struct sock *sk, int state);
/* calls of programs, socket lock held */
void naru_close(struct sock *sk, long timeout);	/* struct proto.close: takes the lock itself */
void naru_shutdown(struct sock *sk, int how);
int naru_disconnect(struct sock *sk, int flags);

/* ---- kmod/ctl ---- */
int naru_genl_register(void);
void naru_genl_unregister(void);
/* genl_event.c: multicast 'sock' group; cheap when nobody listens; any context */
void naru_event_sock(struct sock *sk, u8 old_state, u8 new_state);
void naru_event_tw(struct naru_net *nn, const struct naru_node *node, u8 old_state, u8 new_state);

#include "tcp/timewait.h"
#include "tcp/rtx.h"

#endif
