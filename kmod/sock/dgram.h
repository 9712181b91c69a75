/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Datagram sockets: UDP on the wire (17), or the same under IP protocol 254.
 *
 * What governs them is paragraph 7 of the essay in naru.h.
 */
#ifndef NARU_DGRAM_H
#define NARU_DGRAM_H

#include <linux/udp.h>
#include "naru.h"
#include "port.h"

struct naru_dgram_hold;
struct naru_dgram_pending;

/**
 * struct naru_dgram_port - a port of one wire mode that datagram sockets are bound to
 * @hash: entry in naru_dgrams.ports
 * @id: wire mode and number
 * @socks: sk_node of the sockets bound to it; written under naru_dgrams.mutex, read under RCU
 * @holds: struct naru_dgram_hold, of wire mode inet; under naru_dgrams.mutex
 * @num: length of @socks
 * @rcu: freed after a grace period
 */
struct naru_dgram_port {
	struct rhash_head hash;
	struct naru_port_id id;
	struct hlist_head socks;
	struct list_head holds;
	unsigned int num;
	struct rcu_head rcu;
};

/**
 * struct naru_dgrams - what a namespace has of datagram sockets
 * @ports: naru_dgram_port by wire mode and number; read under RCU
 * @mutex: who binds and who gives a port back; essay, 7
 */
struct naru_dgrams {
	struct rhashtable ports;
	struct mutex mutex;
};

/**
 * struct naru_dgram - a datagram socket
 *
 * Begins as struct naru_sock does, up to @domain: what is asked of sockets of either kind works on
 * both (dgram.c asserts it). Guarded by the socket lock unless said otherwise.
 * @inet: first
 * @node: for lists; its key says what the socket is bound and connected to
 * @nn: naru_net() of its namespace
 * @owner: who opened it
 * @port: what it is bound to; written under naru_dgrams.mutex too
 * @no_link: not used, in the place of a stream's entry in the list of its port
 * @wire: 17 or 254
 * @domain: NARU_DOMAIN: AF_INET, AF_INET6 or 0 (dual)
 * @hold: keeps the port from the kernel's UDP, in wire mode inet
 * @pending: what a corked socket has gathered, or NULL
 * @gso_size: UDP_SEGMENT, bytes, 0: off; read without the lock
 * @corked: UDP_CORK
 * @gro: UDP_GRO; read without the lock
 * @no_check6_tx: UDP_NO_CHECK6_TX; read without the lock
 * @no_check6_rx: UDP_NO_CHECK6_RX; read without the lock
 * @inet6: inet.pinet6 points here, always (T3)
 */
struct naru_dgram {
	struct inet_sock inet;
	struct naru_node node;
	struct naru_net *nn;
	struct naru_owner owner;
	struct naru_dgram_port *port;
	struct hlist_node no_link;
	u8 wire;
	u8 domain;
	struct naru_dgram_hold *hold;
	struct naru_dgram_pending *pending;
	u16 gso_size;
	bool corked;
	bool gro;
	bool no_check6_tx;
	bool no_check6_rx;
	struct ipv6_pinfo inet6;
};

static inline struct naru_dgram *naru_dgram(const struct sock *sk)
{
	return (struct naru_dgram *)sk;
}

/**
 * struct naru_dgram_tx - one datagram on its way out
 * @to: destination, v4 as v4-mapped
 * @from: source; the unspecified address: IP chooses
 * @hop: where it is routed to, where a source route begins elsewhere; else @to's address
 * @sport: source port, never 0; another thread may take the socket's away meanwhile
 * @v4: over IPv4
 * @connected: where the socket is connected to, with its own source: the socket's route serves
 * @oif: interface, 0: any
 * @tos: type of service or traffic class
 * @ttl: TTL or hop limit, -1: the socket's
 * @dontfrag: IPV6_DONTFRAG
 * @gso_size: bytes of payload of each datagram that it is cut into, 0: it is one
 * @flowlabel: IPv6, with traffic class
 * @sockc: SO_MARK, SO_TXTIME, SO_TIMESTAMPING of this datagram
 * @priority: of the skb
 * @opt4: IP options or NULL; @opt4_own: to be freed
 * @opt6: extension headers or NULL; under RCU, or of this call
 * @opt6_ref: to be put
 * @label: flow label to be put, or NULL
 * @opt6_space: where those are that the call has given
 */
struct naru_dgram_tx {
	struct naru_addr to;
	struct in6_addr from;
	struct in6_addr hop;
	__be16 sport;
	bool v4;
	bool connected;
	int oif;
	int tos;
	int ttl;
	bool dontfrag;
	u16 gso_size;
	__be32 flowlabel;
	struct sockcm_cookie sockc;
	u32 priority;
	struct ip_options_rcu *opt4;
	bool opt4_own;
	struct ipv6_txoptions *opt6;
	struct ipv6_txoptions *opt6_ref;
	struct ip6_flowlabel *label;
	struct ipv6_txoptions opt6_space;
};

/* dgram.c */
extern const struct proto_ops naru_dgram_ops;
extern struct proto naru_dgram_prot;
int naru_dgram_proto_register(void);
void naru_dgram_proto_unregister(void);
int naru_dgram_wire(int protocol);
void naru_dgram_init(struct sock *sk, u8 wire);
void naru_dgram_note_key(struct sock *sk);
int naru_dgram_abort(struct sock *sk, int err);
int naru_dgram_disconnect(struct sock *sk);
/* dgram_port.c */
int naru_dgram_netns_init(struct naru_net *nn);
void naru_dgram_netns_exit(struct naru_net *nn);
int naru_dgram_bind(struct sock *sk, const struct naru_addr *addr);
int naru_dgram_autobind(struct sock *sk);
void naru_dgram_unbind(struct sock *sk);
struct naru_dgram_port *naru_dgram_port(struct naru_net *nn, u32 wire, u16 num);
/* dgram_hold.c; under naru_dgrams.mutex */
int naru_dgram_hold_get(struct naru_dgram_port *port, struct sock *sk);
void naru_dgram_hold_put(struct sock *sk);
struct socket *naru_dgram_hold_any(struct sock *sk, u16 *num);
int naru_dgram_hold_adopt(struct naru_dgram_port *port, struct sock *sk, struct socket *sock);
void naru_dgram_hold_exit(void);
bool naru_dgram_held_by(const struct sock *sk, const struct sock *holder);
/* dgram_lookup.c */
struct sock *naru_dgram_find(struct naru_net *nn, const struct naru_key *key, struct sk_buff *skb,
			     int dif, int sdif);
struct sock *naru_dgram_next(struct naru_dgram_port *port, struct sock *after,
			     const struct naru_key *key, const struct sock *holder, int dif,
			     int sdif);
/* dgram_ingress.c */
int naru_dgram_ingress_register(void);
void naru_dgram_ingress_unregister(void);
int naru_dgram_encap_rcv(struct sock *holder, struct sk_buff *skb);
/* dgram_queue.c */
void naru_dgram_deliver(struct sock *sk, struct sk_buff *skb);
void naru_dgram_uncharge(struct sock *sk, unsigned int bytes);
void naru_dgram_purge(struct sock *sk);
/* dgram_gro.c */
bool naru_dgram_gro(struct sock *sk, struct sk_buff *skb);
/* dgram_err.c */
void naru_dgram_icmp_v4(struct naru_net *nn, struct sk_buff *skb, u8 wire, u32 info);
void naru_dgram_icmp_v6(struct naru_net *nn, struct sk_buff *skb, u8 wire, u8 type, u8 code,
			int offset, u32 info);
void naru_dgram_encap_err(struct sock *holder, struct sk_buff *skb, unsigned int offset, u32 info);
void naru_dgram_local_error(struct sock *sk, const struct naru_dgram_tx *tx, u32 info);
/* dgram_pmtu.c */
void naru_dgram_pmtu_note(struct sock *sk, const struct naru_dgram_tx *tx, u32 mtu);
bool naru_dgram_pmtu_recv(struct sock *sk, struct msghdr *msg);
/* dgram_recv.c */
int naru_dgram_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags);
/* dgram_send.c */
int naru_dgram_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);
int naru_dgram_push(struct sock *sk);
void naru_dgram_forget(struct sock *sk);
/* dgram_cmsg.c */
int naru_dgram_tx_cmsg(struct sock *sk, struct naru_dgram_tx *tx, struct msghdr *msg);
int naru_dgram_tx_keep(struct naru_dgram_tx *tx);
void naru_dgram_tx_free(struct naru_dgram_tx *tx);
/* dgram_route.c */
struct dst_entry *naru_dgram_route(struct sock *sk, struct naru_dgram_tx *tx, int flags);
/* dgram_xmit.c */
int naru_dgram_check_len(struct sock *sk, const struct naru_dgram_tx *tx,
			 const struct dst_entry *dst, u32 len);
unsigned int naru_dgram_room(const struct naru_dgram_tx *tx, const struct dst_entry *dst);
int naru_dgram_xmit(struct sock *sk, struct sk_buff *skb, const struct naru_dgram_tx *tx,
		    struct dst_entry *dst);
/* dgram_connect.c */
int naru_dgram_connect(struct socket *sock, struct sockaddr *uaddr, int len, int flags);
/* dgram_sockopt.c */
int naru_dgram_setsockopt(struct socket *sock, int level, int name, sockptr_t val,
			  unsigned int len);
int naru_dgram_getsockopt(struct socket *sock, int level, int name, char __user *val,
			  int __user *len);

#endif
