// SPDX-License-Identifier: GPL-2.0
/*
 * A host around the engine: the tables of sockets and ports with one entry, the route, IP in both directions.
 */
#include "sim.h"
#include "recorder.h"
#include "../../kmod/sock/arrival.h"
#include "../../kmod/sock/stamp.h"
#include "trace.h"

struct sim_host sim_hosts[SIM_HOSTS];

/* ---- IP, going out ---- */

static struct dst_entry *dst_of(const struct sock *sk)
{
	return &sim_host_of(naru_sk(sk)->nn)->dst;
}

struct dst_entry *naru_route_sk(struct sock *sk)
{
	naru_sk(sk)->gso_max = sim_host_of(naru_sk(sk)->nn)->gso_max;
	return dst_of(sk);
}

struct dst_entry *naru_route_key(struct net *net, struct sock *sk, const struct naru_key *key, u32 mark, u8 tos)
{
	(void)net;
	(void)sk;
	(void)mark;
	(void)tos;
	return &sim_hosts[ntohs(key->lport) - 1].dst;
}

u32 naru_route_mtu(struct sock *sk)
{
	return dst_of(sk)->mtu;
}

u8 naru_route_tos(const struct sock *sk, const struct naru_key *key)
{
	(void)sk;
	(void)key;
	return 0;
}

void naru_route_csum(struct sk_buff *skb, const struct naru_key *key, const struct dst_entry *dst)
{
	(void)skb;
	(void)key;
	(void)dst;
}

static void put_checksum(u8 *segment, u32 len)
{
	u16 sum = sim_checksum(segment, len);

	segment[16] = sum >> 8;
	segment[17] = sum;
}

/* As a device cuts what is larger than a segment: @at is where the piece begins in the payload */
static void send_piece(struct sim_host *h, const struct sk_buff *skb, const struct naru_seg *whole, u32 at, u32 len,
		       u8 tos)
{
	struct naru_seg seg = *whole;
	u8 *bytes = malloc(NARU_HDR_MAX + len);
	u32 hdr;

	seg.seq += at;
	seg.len = len;
	if (at + len < whole->len)
		seg.flags &= ~(NARU_PSH | NARU_FIN);
	if (at)
		seg.flags &= ~NARU_CWR;
	hdr = naru_wire_build(bytes, &seg);
	memcpy(bytes + hdr, skb->data + whole->hdr_len + at, len);
	put_checksum(bytes, hdr + len);
	sim_check_segment(h, &seg);
	sim_net_send(h, bytes, hdr + len, tos);
	free(bytes);
}

static int send_out(struct sim_host *h, struct sk_buff *skb, u8 tos)
{
	u32 most = skb_shinfo(skb)->gso_size, at = 0, len;
	struct naru_seg seg;

	if (naru_wire_parse(skb->data, skb->len, skb->len, &seg) != NARU_WIRE_OK)
		sim_fail("a segment goes out that is none");
	do {
		len = most ? min(seg.len - at, most) : seg.len;
		send_piece(h, skb, &seg, at, len, tos);
		at += len;
	} while (at < seg.len);
	__kfree_skb(skb);
	return 0;
}

int naru_route_xmit(struct sock *sk, struct sk_buff *skb, struct dst_entry *dst, u8 ecn)
{
	(void)dst;
	/* the device's queue is full */
	if (sim_hostile() && sim_chance(sim_setup.no_queue)) {
		__kfree_skb(skb);
		return -ENOBUFS;
	}
	return send_out(sim_host_of(naru_sk(sk)->nn), skb, ecn);
}

int naru_route_xmit_bare(struct net *net, struct sock *sk, struct sk_buff *skb, const struct naru_key *key, u32 mark,
			 u8 tos)
{
	(void)net;
	(void)sk;
	(void)mark;
	return send_out(&sim_hosts[ntohs(key->lport) - 1], skb, tos);
}

/* ---- source routes: nobody has them ---- */

struct ip_options_rcu *naru_return_route(struct net *net, const struct sk_buff *skb)
{
	(void)net;
	(void)skb;
	return NULL;
}

void naru_return_route_use(struct sock *sk, struct ip_options_rcu *opt)
{
	(void)sk;
	(void)opt;
}

void naru_return_route_later(struct sock *sk, const struct sk_buff *skb)
{
	(void)sk;
	(void)skb;
}

int naru_route_xmit_by(struct sock *sk, struct sk_buff *skb, const struct naru_key *key, struct ip_options_rcu *opt,
		       u8 tos)
{
	(void)opt;
	return naru_route_xmit_bare(NULL, sk, skb, key, 0, tos);
}

/* ---- paths: the next connection's are others ---- */

void naru_metric_start(struct sock *sk)
{
	(void)sk;
}

void naru_metric_save(struct sock *sk)
{
	(void)sk;
}

/* ---- the table of connections ---- */

static bool get(struct naru_node *node)
{
	if (node->kind == NARU_NODE_SOCK)
		return refcount_inc_not_zero(&naru_node_sk(node)->sk_refcnt);
	return refcount_inc_not_zero(&node->ref);
}

void naru_demux_put(struct naru_node *node)
{
	if (node->kind == NARU_NODE_SOCK)
		sock_put(naru_node_sk(node));
	else if (node->kind == NARU_NODE_REQ)
		naru_listen_req_put(node);
	else
		naru_timewait_put(node);
}

int naru_demux_insert(struct naru_net *nn, struct naru_node *node)
{
	struct sim_host *h = sim_host_of(nn);

	if (h->node)
		return -EADDRINUSE;
	get(node);
	node->hashed = true;
	h->node = node;
	return 0;
}

void naru_demux_remove(struct naru_net *nn, struct naru_node *node)
{
	if (!node->hashed)
		return;
	node->hashed = false;
	sim_host_of(nn)->node = NULL;
	naru_demux_put(node);
}

int naru_demux_replace(struct naru_net *nn, struct naru_node *old, struct naru_node *new)
{
	if (!old->hashed)
		return -ENOENT;
	get(new);
	new->hashed = true;
	sim_host_of(nn)->node = new;
	old->hashed = false;
	naru_demux_put(old);
	return 0;
}

struct naru_node *naru_demux_find(struct naru_net *nn, const struct naru_key *key)
{
	struct naru_node *node = sim_host_of(nn)->node;

	(void)key;
	if (node)
		get(node);
	return node;
}

void naru_sock_register_node(struct naru_net *nn, struct naru_node *node, u8 kind)
{
	(void)nn;
	node->kind = kind;
}

void naru_sock_unregister_node(struct naru_net *nn, struct naru_node *node)
{
	(void)nn;
	(void)node;
}

/* Nobody asks which way a segment came */
void naru_arrival_note(struct sock *child, const struct sk_buff *skb)
{
	(void)child;
	(void)skb;
}

int naru_port_listen(struct sock *sk)
{
	(void)sk;
	return 0;
}

/* No program here asks for Fast Open */
int naru_fastopen_listen(struct sock *sk, int backlog)
{
	(void)sk;
	(void)backlog;
	return 0;
}

/* A copy here; at times it cannot be done */
u32 naru_skb_shift(struct sk_buff *to, struct sk_buff *from, u32 len)
{
	if (sim_memory_denied())
		return 0;
	sim_skb_append(to, from->data, len);
	__skb_pull(from, len);
	to->truesize += len;
	from->truesize -= len;
	return len;
}

/* Nor for timestamps */
void naru_stamp_split(const struct naru_sock *ns, struct sk_buff *skb, struct sk_buff *rest)
{
	(void)ns;
	(void)skb;
	(void)rest;
}

void naru_stamp_join(struct sk_buff *skb, const struct sk_buff *next)
{
	(void)skb;
	(void)next;
}

void naru_stamp_acked(struct sock *sk, struct sk_buff *skb, u32 ack)
{
	(void)sk;
	(void)skb;
	(void)ack;
}

void naru_stamp_merge(struct sk_buff *to, struct sk_buff *from)
{
	(void)to;
	(void)from;
}

u32 naru_stream_copy(struct sock *sk, struct msghdr *msg, u32 most)
{
	(void)sk;
	(void)msg;
	(void)most;
	return 0;
}

bool naru_connect_loops(const struct sock *sk)
{
	(void)sk;
	return false;
}

void naru_port_unlisten(struct sock *sk)
{
	(void)sk;
}

void naru_port_inherit(struct sock *child, struct sock *listener)
{
	(void)child;
	(void)listener;
}

void naru_port_release(struct sock *sk)
{
	(void)sk;
}

void naru_port_cookie_sent(const struct sock *listener)
{
	sim_host_of(naru_sk(listener)->nn)->cookies_at = jiffies;
}

unsigned long naru_port_cookie_last(const struct sock *listener)
{
	return sim_host_of(naru_sk(listener)->nn)->cookies_at;
}

struct naru_port *naru_port_get(struct naru_port *port)
{
	return port;
}

void naru_port_put_tw(struct naru_port *port)
{
	(void)port;
}

void naru_event_sock(struct sock *sk, u8 old_state, u8 new_state)
{
	(void)sk;
	(void)old_state;
	(void)new_state;
}

void naru_recorder_state(struct sock *sk, u8 old, u8 state)
{
	(void)sk;
	(void)old;
	(void)state;
}

void naru_recorder_add(struct sock *sk, enum naru_genl_what what, enum naru_genl_by by, u32 value)
{
	(void)sk;
	(void)what;
	(void)by;
	(void)value;
}

void naru_recorder_segment(struct sock *sk, const struct naru_seg *seg, u32 len, u8 how, u64 us)
{
	(void)sk;
	(void)seg;
	(void)len;
	(void)how;
	(void)us;
}

void naru_recorder_drop(struct sock *sk, u32 seq, u32 len, u8 flags, u8 reason)
{
	(void)sk;
	(void)seq;
	(void)len;
	(void)flags;
	(void)reason;
}

void naru_recorder_time_wait(struct sock *sk, u32 id)
{
	(void)sk;
	(void)id;
}

void naru_recorder_end(struct sock *sk)
{
	(void)sk;
}

void naru_event_tw(struct naru_net *nn, const struct naru_node *node, u8 old_state, u8 new_state)
{
	(void)nn;
	(void)node;
	(void)old_state;
	(void)new_state;
}

struct naru_net *sim_naru_net(void)
{
	return &sim_hosts[0].nn;
}

void naru_drop(struct naru_net *nn, const struct sock *sk, struct sk_buff *skb, enum naru_drop_reason reason)
{
	(void)sk;
	nn->mib->count[NARU_MIB_FIRST_DROP + reason]++;
	__kfree_skb(skb);
}

/* ---- IP, coming in ---- */

static void to_listener(struct sim_host *h, struct sk_buff *skb, const struct naru_key *key,
			const struct naru_seg *seg, u32 isn)
{
	if (h->listener) {
		naru_listen_rcv(h->listener, skb, key, seg, isn);
		return;
	}
	naru_output_rst_reply(&h->nn, key, seg);
	naru_drop(&h->nn, NULL, skb, NARU_DROP_NO_SOCKET);
}

/* ---- a call that has the socket's lock ---- */

bool sim_owned(const struct sock *sk)
{
	const struct sim_host *h = sim_host_of(naru_sk(sk)->nn);

	return h->held && h->sk == sk;
}

static void to_socket(struct sim_host *h, struct sock *sk, struct sk_buff *skb, const struct naru_seg *seg)
{
	if (!sim_owned(sk)) {
		naru_input_rcv(sk, skb, seg);
		return;
	}
	sk->sk_backlog.len += skb->truesize;
	__skb_queue_tail(&h->backlog, skb);
}

/* As release_sock(): the backlog, then what timers have left */
void sim_release(struct sim_host *h)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&h->backlog))) {
		naru_input_rcv(h->sk, skb, NULL);
		sim_run_tasklet();
	}
	h->sk->sk_backlog.len = 0;
	naru_timer_release_cb(h->sk);
	h->held = false;
	sim_run_tasklet();
}

static void to_time_wait(struct sim_host *h, struct naru_node *node, struct sk_buff *skb, const struct naru_seg *seg)
{
	struct naru_key key = node->key;
	u32 isn = 0;

	if (naru_timewait_rcv(node, skb, seg, h->listener ? &isn : NULL))
		to_listener(h, skb, &key, seg, isn);
}

static void key_of(const struct sim_host *h, struct naru_key *key)
{
	u16 n = h - sim_hosts;

	memset(key, 0, sizeof(*key));
	key->laddr.s6_addr16[5] = 0xffff;
	key->laddr.s6_addr32[3] = htonl(0x0a000001 + n);
	key->raddr.s6_addr16[5] = 0xffff;
	key->raddr.s6_addr32[3] = htonl(0x0a000002 - n);
	key->lport = htons(1 + n);
	key->rport = htons(2 - n);
	key->wire = NARU_PROTO_STREAM;
}

static void dispatch(struct sim_host *h, struct sk_buff *skb, const struct naru_seg *seg)
{
	struct naru_node *node = naru_demux_find(&h->nn, NULL);
	struct naru_key key;

	key_of(h, &key);
	if (!node) {
		to_listener(h, skb, &key, seg, 0);
		return;
	}
	if (node->kind == NARU_NODE_SOCK)
		to_socket(h, naru_node_sk(node), skb, seg);
	else if (node->kind == NARU_NODE_TW)
		to_time_wait(h, node, skb, seg);
	else if (!naru_listen_req_rcv(node, skb, seg))
		naru_drop(&h->nn, NULL, skb, NARU_DROP_LISTEN_RACE);
	naru_demux_put(node);
}

void sim_receive(struct sim_host *h, const u8 *segment, u32 len, u8 tos, u32 gso_size)
{
	struct sk_buff *skb = alloc_skb(len + NARU_MAX_HEADER, GFP_ATOMIC | __GFP_NOFAIL);
	struct naru_seg seg;

	skb->head_frag = true;
	skb->pp_recycle = sim_setup.page_pool;
	skb_reserve(skb, NARU_MAX_HEADER);
	memcpy(skb_put(skb, len), segment, len);
	skb->iph.tos = tos;
	if (sim_checksum(segment, len)) {
		naru_drop(&h->nn, NULL, skb, NARU_DROP_BAD_CSUM);
		return;
	}
	if (naru_wire_parse(skb->data, len, len, &seg) != NARU_WIRE_OK) {
		naru_drop(&h->nn, NULL, skb, NARU_DROP_SHORT);
		return;
	}
	skb_shinfo(skb)->gso_size = gso_size;
	skb_shinfo(skb)->gso_segs = gso_size ? DIV_ROUND_UP(seg.len, gso_size) : 1;
	sim_check_heard(h, &seg);
	dispatch(h, skb, &seg);
	sim_run_tasklet();
}

/* An ICMP message about a segment of ours */
void sim_too_big(struct sim_host *h)
{
	struct naru_key key;

	if (!h->icmp_due)
		return;
	h->icmp_due = false;
	key_of(h, &key);
	naru_icmp_error(&h->nn, &key, h->icmp_seq, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, sim_setup.low_mtu);
}

/* ---- sockets ---- */

static void woken(struct sock *sk)
{
	sim_host_of(naru_sk(sk)->nn)->woken = true;
}

/* As naru_stream_write_space() with a buffer of its own size: who has found no room is woken when a third is free */
static void write_space(struct sock *sk)
{
	if (sk->sk_sndbuf - sk->sk_wmem_queued < sk->sk_wmem_queued / 2)
		return;
	sk->sk_socket->flags &= ~(1UL << SOCK_NOSPACE);
	woken(sk);
}

static void enter_memory_pressure(struct sock *sk)
{
	(void)sk;
}

static struct proto prot = { .enter_memory_pressure = enter_memory_pressure };

/* What a socket does not share with the one it was cloned from */
void sim_sock_init(struct sock *sk)
{
	struct naru_sock *ns = naru_sk(sk);

	__skb_queue_head_init(&sk->sk_receive_queue);
	__skb_queue_head_init(&sk->sk_write_queue);
	__skb_queue_head_init(&ns->rtx_queue);
	__skb_queue_head_init(&ns->ooo_queue);
	INIT_LIST_HEAD(&ns->sent_list);
	INIT_LIST_HEAD(&ns->accept_queue);
	INIT_LIST_HEAD(&ns->accept_link);
	INIT_LIST_HEAD(&ns->req_list);
	INIT_LIST_HEAD(&ns->batch_link);
	atomic_set(&sk->sk_rmem_alloc, 0);
	atomic_set(&ns->req_count, 0);
	sk->sk_wmem_queued = 0;
	sk->sk_forward_alloc = 0;
	sk->sk_socket = NULL;
	ns->batched = false;
	ns->destroyed = false;
	ns->node.hashed = false;
	naru_timer_init(sk);
}

void naru_sock_init_child(struct sock *child, struct sock *listener)
{
	child->sk_state = TCP_CLOSE;
	child->sk_err = 0;
	child->sk_shutdown = 0;
	naru_sk(child)->listener = listener;
	naru_cong_inherit(child);
	naru_conn_reset_state(child);
}

void naru_sock_set_key(struct sock *sk, const struct naru_key *key)
{
	naru_sk(sk)->node.key = *key;
}

void naru_sock_orphan(struct sock *sk)
{
	sock_set_flag(sk, SOCK_DEAD);
	sk->sk_socket = NULL;
	atomic_inc(&naru_net_of(sk)->nr_orphans);
}

static struct sock *new_sock(struct sim_host *h)
{
	struct sock *sk = calloc(1, sizeof(struct naru_sock));
	struct naru_sock *ns = naru_sk(sk);

	ns->nn = &h->nn;
	ns->wire = NARU_PROTO_STREAM;
	ns->ts_usec_asked = sim_setup.ts_usec;
	ns->inet.pmtudisc = IP_PMTUDISC_WANT;
	ns->node.kind = NARU_NODE_SOCK;
	key_of(h, &ns->node.key);
	refcount_set(&sk->sk_refcnt, 1);
	sim_sock_init(sk);
	sk->sk_state = TCP_CLOSE;
	sk->sk_net = &sim_net;
	sk->sk_prot = &prot;
	sk->sk_allocation = GFP_KERNEL;
	sk->sk_sndbuf = naru_setting_n(&h->nn, wmem, 1);
	sk->sk_rcvbuf = naru_setting_n(&h->nn, rmem, 1);
	sk->sk_max_pacing_rate = h->pace ? : ~0UL;
	sk->sk_pacing_rate = sk->sk_max_pacing_rate;
	sk->sk_pacing_status = h->pace ? SK_PACING_NEEDED : SK_PACING_NONE;
	sk->sk_state_change = woken;
	sk->sk_data_ready = woken;
	sk->sk_write_space = write_space;
	sock_set_flag(sk, SOCK_URGINLINE);
	naru_conn_reset_state(sk);
	return sk;
}

void sim_listen(struct sim_host *h)
{
	h->listener = new_sock(h);
	naru_listen_start(h->listener, 1);
}

void sim_connect(struct sim_host *h)
{
	h->sk = new_sock(h);
	h->sk->sk_socket = &h->socket;
	sock_hold(h->sk);
	h->opened = true;
	if (naru_demux_insert(&h->nn, &naru_sk(h->sk)->node))
		sim_fail("the four-tuple is taken");
	while (naru_output_connect(h->sk))
		;
}

static void update_pmtu(struct dst_entry *dst, struct sock *sk, struct sk_buff *skb, u32 mtu, bool confirm)
{
	(void)sk;
	(void)skb;
	(void)confirm;
	dst->mtu = min(dst->mtu, mtu);
}

static const struct dst_ops dst_ops = { .update_pmtu = update_pmtu };

void sim_host_init(struct sim_host *h)
{
	memset(h, 0, sizeof(*h));
	__skb_queue_head_init(&h->backlog);
	h->nn.mib = &h->mib;
	h->nn.net = &sim_net;
	h->dst.ops = &dst_ops;
	naru_settings_init(&h->nn.set);
	naru_cong_netns_init(&h->nn);
}

/* All that is left goes: an abort where the program has not closed */
void sim_host_exit(struct sim_host *h)
{
	struct naru_node *node;

	if (h->listener)
		naru_close(h->listener, 0);
	if (h->held)
		sim_release(h);
	if (h->sk) {
		if (!h->closed) {
			sock_set_flag(h->sk, SOCK_LINGER);
			naru_close(h->sk, 0);
		}
		if (h->sk->sk_state != TCP_CLOSE)
			naru_input_reset(h->sk, ECONNABORTED);
		sock_put(h->sk);
	}
	h->listener = NULL;
	h->sk = NULL;
	node = naru_demux_find(&h->nn, NULL);
	if (!node)
		return;
	if (node->kind == NARU_NODE_TW)
		naru_timewait_dispose(&h->nn, node);
	else if (node->kind == NARU_NODE_REQ)
		naru_listen_req_dispose(&h->nn, node);
	else
		sim_fail("a socket outlives its program's last call");
	naru_demux_put(node);
}
