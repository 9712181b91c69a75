/* SPDX-License-Identifier: GPL-2.0 */
/*
 * struct sock and the routing that the engine asks.
 */
#ifndef SIM_KERNEL_SOCK_H
#define SIM_KERNEL_SOCK_H

enum {
	TCP_ESTABLISHED = 1, TCP_SYN_SENT, TCP_SYN_RECV, TCP_FIN_WAIT1, TCP_FIN_WAIT2, TCP_TIME_WAIT, TCP_CLOSE,
	TCP_CLOSE_WAIT, TCP_LAST_ACK, TCP_LISTEN, TCP_CLOSING, TCP_STATES,
};

#define TCPF_ESTABLISHED	(1 << TCP_ESTABLISHED)
#define TCPF_SYN_SENT		(1 << TCP_SYN_SENT)
#define TCPF_SYN_RECV		(1 << TCP_SYN_RECV)
#define TCPF_FIN_WAIT1		(1 << TCP_FIN_WAIT1)
#define TCPF_FIN_WAIT2		(1 << TCP_FIN_WAIT2)
#define TCPF_CLOSE		(1 << TCP_CLOSE)
#define TCPF_CLOSE_WAIT		(1 << TCP_CLOSE_WAIT)
#define TCPF_LAST_ACK		(1 << TCP_LAST_ACK)
#define TCPF_LISTEN		(1 << TCP_LISTEN)
#define TCPF_CLOSING		(1 << TCP_CLOSING)

#define RCV_SHUTDOWN		1
#define SEND_SHUTDOWN		2
#define SHUTDOWN_MASK		3
#define SOCK_SNDBUF_LOCK	1
#define SOCK_RCVBUF_LOCK	2
#define SOCK_BINDPORT_LOCK	8
#define SOCK_NOSPACE		2
#define SINGLE_DEPTH_NESTING	1

enum sock_flags { SOCK_DEAD, SOCK_DONE, SOCK_LINGER, SOCK_KEEPOPEN, SOCK_URGINLINE };
enum { SOCK_WAKE_IO, SOCK_WAKE_WAITD };
enum { POLL_IN = 1, POLL_OUT, POLL_HUP = 6 };

struct net {
	struct { unsigned int inum; } ns;
	struct { int sysctl_fwmark_reflect; } ipv4;
};

struct socket {
	unsigned long flags;
};

struct proto {
	void (*enter_memory_pressure)(struct sock *sk);
};

struct sock {
	int sk_state, sk_err, sk_err_soft, sk_shutdown, sk_userlocks, sk_rcvbuf, sk_sndbuf;
	atomic_t sk_rmem_alloc;
	int sk_wmem_queued, sk_forward_alloc;
	struct { int len; struct sk_buff *tail; } sk_backlog;
	struct { int slock; } sk_lock;
	struct sk_buff_head sk_receive_queue, sk_write_queue;
	struct timer_list sk_timer;
	struct socket *sk_socket;
	struct proto *sk_prot;
	struct net *sk_net;
	gfp_t sk_allocation;
	u32 sk_mark, sk_ack_backlog, sk_max_ack_backlog;
	refcount_t sk_refcnt;
	unsigned long sk_flags, sk_lingertime, sk_pacing_rate, sk_max_pacing_rate;
	enum { SK_PACING_NONE, SK_PACING_NEEDED, SK_PACING_FQ } sk_pacing_status;
	int sk_bound_dev_if;
	long sk_rcvtimeo;
	void (*sk_state_change)(struct sock *sk);
	void (*sk_data_ready)(struct sock *sk);
	void (*sk_write_space)(struct sock *sk);
};

struct ip_options_rcu {
	struct { u8 optlen; u32 faddr; } opt;
};

struct ipv6_txoptions {
	u16 opt_flen, opt_nflen;
};

struct ipv6_pinfo {
	struct ipv6_txoptions *opt;
	u8 pmtudisc;
};

struct inet_sock {
	struct sock sk;
	struct ip_options_rcu *inet_opt;
	u8 pmtudisc;
};

struct dst_entry;

struct icmp_err {
	int errno;
	unsigned int fatal : 1;
};

extern const struct icmp_err icmp_err_convert[NR_ICMP_UNREACH + 1];
int icmpv6_err_convert(u8 type, u8 code, int *err);

struct dst_ops {
	void (*update_pmtu)(struct dst_entry *dst, struct sock *sk, struct sk_buff *skb, u32 mtu, bool confirm);
};

struct dst_entry {
	const struct dst_ops *ops;
	u32 mtu;
};

extern struct net sim_net;
extern bool sim_memory_short;	/* the machine's memory is under pressure */
struct naru_net *sim_naru_net(void);
bool sim_memory_denied(void);
bool sim_owned(const struct sock *sk);

#define net_generic(net, id)		((void)(net), (void)(id), sim_naru_net())
#define sock_net(sk)			((sk)->sk_net)
#define sock_flag(sk, f)		((sk)->sk_flags >> (f) & 1)
#define sock_set_flag(sk, f)		((sk)->sk_flags |= 1UL << (f))
#define sock_reset_flag(sk, f)		((sk)->sk_flags &= ~(1UL << (f)))
#define inet_sk_state_load(sk)		((sk)->sk_state)
#define sock_owned_by_user(sk)		sim_owned(sk)
#define lock_sock(sk)			((void)(sk))
#define lock_sock_nested(sk, n)		((void)(sk))
#define release_sock(sk)		((void)(sk))
#define bh_lock_sock(sk)		((void)(sk))
#define bh_unlock_sock(sk)		((void)(sk))
#define sk_gfp_mask(sk, gfp)		((void)(sk), (gfp))
#define sk_under_memory_pressure(sk)	((void)(sk), sim_memory_short)
#define sk_memory_allocated(sk)		((void)(sk), sim_memory_short ? 2L : 0L)
#define sk_prot_mem_limits(sk, i)	((void)(sk), 1L)
#define sk_wmem_queued_add(sk, n)	((void)((sk)->sk_wmem_queued += (n)))
#define sk_mem_charge(sk, n)		((void)((sk)->sk_forward_alloc -= (int)(n)))
#define sk_mem_uncharge(sk, n)		((void)((sk)->sk_forward_alloc += (int)(n)))
#define sk_acceptq_added(sk)		((void)(sk)->sk_ack_backlog++)
#define sk_acceptq_removed(sk)		((void)(sk)->sk_ack_backlog--)
#define sk_acceptq_is_full(sk)		((sk)->sk_ack_backlog > (sk)->sk_max_ack_backlog)
#define sk_send_sigurg(sk)		((void)(sk))
#define sk_wake_async(sk, how, band)	((void)(sk))
#define sk_error_report(sk)		((sk)->sk_state_change(sk))
#define sk_stream_wait_close(sk, t)	((void)(t))
#define xfrm_sk_free_policy(sk)		((void)(sk))
#define skb_set_owner_w(skb, owner)	((void)(owner))
#define net_xmit_eval(err)		(err)
#define sock_hold(sk)			refcount_inc(&(sk)->sk_refcnt)
#define __sock_put(sk)			((void)refcount_dec_and_test(&(sk)->sk_refcnt))
#define inet_addr_type_dev_table(net, dev, a) ((void)(net), (void)(dev), (void)(a), 0)
#define naru_compat_recverr(sk, v4)	((void)(sk), (void)(v4), false)

#define __sk_dst_get(sk)		naru_route_sk((struct sock *)(sk))
#define __sk_dst_reset(sk)		((void)(sk))
#define dst_release(d)			((void)(d))
#define dst_negative_advice(sk)		((void)(sk))
#define dst_feature(d, f)		((void)(d), 0)
#define dst_metric(d, m)		((void)(d), 0U)
#define dst_metric_locked(d, m)		((void)(d), false)
#define jhash(data, len, seed)		((void)(data), 0U)
#define skb_set_hash_from_sk(skb, sk)	((void)(skb))
#define dst_metric_advmss(d)		((d)->mtu - 40)
#define IS_ERR(p)			((unsigned long)(p) >= (unsigned long)-4095)

/* nobody waits here: programs are asked to come again */
#define DEFINE_WAIT(w)			int w
#define TASK_INTERRUPTIBLE		1
#define sk_sleep(sk)			(sk)
#define prepare_to_wait_exclusive(q, w, s) ((void)(q), (void)(w))
#define finish_wait(q, w)		((void)(q), (void)(w))
#define schedule_timeout(t)		(t)
#define sched_annotate_sleep()		((void)0)
#define sock_rcvtimeo(sk, nonblock)	((void)(sk), (void)(nonblock), 0L)
#define sock_intr_errno(t)		(-EINTR)

void sock_put(struct sock *sk);
void sk_reset_timer(struct sock *sk, struct timer_list *t, unsigned long expires);
void sk_stop_timer(struct sock *sk, struct timer_list *t);
bool sk_wmem_schedule(struct sock *sk, int size);
bool sk_rmem_schedule(struct sock *sk, struct sk_buff *skb, int size);
void skb_set_owner_r(struct sk_buff *skb, struct sock *sk);
void sk_stream_kill_queues(struct sock *sk);
struct sock *sk_clone_lock(const struct sock *sk, gfp_t gfp);
u32 get_random_u32(void);
u64 siphash(const void *data, size_t len, const siphash_aligned_key_t *key);
u64 siphash_4u32(u32 a, u32 b, u32 c, u32 d, const siphash_aligned_key_t *key);

/* Nothing waits in the host, and no path is chosen by a hash */
#define sk_wmem_alloc_get(sk)	0
#define sk_rethink_txhash(sk)	false

static inline u32 reciprocal_scale(u32 v, u32 n)
{
	return (u64)v * n >> 32;
}

#define ipv6_addr_equal(a, b)		(!memcmp(a, b, sizeof(struct in6_addr)))
#define ipv6_addr_is_multicast(a)	((a)->s6_addr[0] == 0xff)
#define ipv6_addr_set_v4mapped(a, to)	((void)(a), (void)(to))
#define ipv6_addr_loopback(a)		IN6_IS_ADDR_LOOPBACK(a)
#define ipv6_addr_v4mapped(a)		IN6_IS_ADDR_V4MAPPED(a)
#define ipv4_is_loopback(a)		(((a) & htonl(0xff000000)) == htonl(0x7f000000))
#define IPV6_MIN_MTU			1280

#endif
