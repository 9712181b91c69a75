// SPDX-License-Identifier: GPL-2.0
/*
 * What holds after every event, and of every segment.
 */
#include "sim.h"
#include "trace.h"

#define TO(a)	(1 << TCP_##a)

/* RFC 9293 3.3.2, figure 5; anything may be reset or aborted */
static const u16 may_follow[TCP_STATES] = {
	[TCP_CLOSE] = TO(LISTEN) | TO(SYN_SENT),
	[TCP_LISTEN] = TO(SYN_RECV) | TO(SYN_SENT),
	[TCP_SYN_SENT] = TO(SYN_RECV) | TO(ESTABLISHED),
	[TCP_SYN_RECV] = TO(ESTABLISHED) | TO(FIN_WAIT1),
	[TCP_ESTABLISHED] = TO(FIN_WAIT1) | TO(CLOSE_WAIT),
	/* the FIN with the ACK of ours: RFC 9293 3.3.2, note 2 */
	[TCP_FIN_WAIT1] = TO(FIN_WAIT2) | TO(CLOSING) | TO(TIME_WAIT),
	[TCP_FIN_WAIT2] = TO(TIME_WAIT),
	[TCP_CLOSE_WAIT] = TO(LAST_ACK),
	[TCP_CLOSING] = TO(TIME_WAIT),
};

void sim_state(const struct sock *sk, u8 from, u8 to)
{
	struct sim_host *h = sk ? sim_host_of(naru_sk(sk)->nn) : NULL;

	if (sim_verbose)
		printf("%9.6f %s -> %s\n", sim_now_us / 1e6, naru_fsm_name(from), naru_fsm_name(to));
	if (to != TCP_CLOSE && !(may_follow[from] >> to & 1))
		sim_fail("%s does not follow on %s", naru_fsm_name(to), naru_fsm_name(from));
	if (h)
		h->state = to;
}

void sim_segment(const char *what, const struct naru_key *key, const struct naru_seg *seg, u8 state)
{
	if (!sim_verbose)
		return;
	printf("%9.6f %c %s seq=%u ack=%u len=%u flags=%02x wnd=%u %s\n", sim_now_us / 1e6,
	       "?AB"[ntohs(key->lport) & 3], what, seg->seq, seg->ack, seg->len, seg->flags, seg->wnd,
	       naru_fsm_name(state));
}

/* ---- queues ---- */

struct sums {
	u32 sacked, lost, retrans, unsacked;
	int truesize;
};

static void add(struct sums *s, const struct sk_buff *skb)
{
	const struct naru_skb_cb *cb = NARU_CB(skb);
	u32 span = cb->end_seq - cb->seq;

	if ((cb->sacked & NARU_SACKED) && (cb->sacked & (NARU_LOST | NARU_RETRANS)))
		sim_fail("%u is SACKed and lost or sent again, %02x", cb->seq, cb->sacked);
	s->sacked += cb->sacked & NARU_SACKED ? span : 0;
	s->lost += cb->sacked & NARU_LOST ? span : 0;
	s->retrans += cb->sacked & NARU_RETRANS ? span : 0;
	s->unsacked += !(cb->sacked & NARU_SACKED);
	s->truesize += skb->truesize;
}

static u32 walk(const struct sk_buff_head *q, u32 seq, const char *name, struct sums *s)
{
	const struct naru_skb_cb *cb;
	struct sk_buff *skb;
	u32 skbs = 0;

	skb_queue_walk(q, skb) {
		cb = NARU_CB(skb);
		if (cb->seq != seq)
			sim_fail("%s queue: %u follows on %u", name, cb->seq, seq);
		if (cb->end_seq - cb->seq != skb->len - cb->skip + !!(cb->flags & NARU_SYN) + !!(cb->flags & NARU_FIN))
			sim_fail("%s queue: %u has %u bytes, %u of them skipped", name, cb->seq, skb->len, cb->skip);
		if (cb->skip && skb != skb_peek(q))
			sim_fail("%s queue: bytes of %u are skipped that is not the first", name, cb->seq);
		seq = cb->end_seq;
		skbs++;
		add(s, skb);
	}
	if (skbs != q->qlen)
		sim_fail("%s queue: %u skbs of %u", name, skbs, q->qlen);
	return seq;
}

static void check_order(const struct naru_sock *ns, u32 skbs)
{
	const struct naru_skb_cb *cb;
	u64 last = 0;
	/* what a peer has reported and thrown away stands anywhere */
	bool reneged = sim_peer(sim_host_of(ns->nn))->mib.count[NARU_MIB_DROP_OFO_PRUNE];

	list_for_each_entry(cb, &ns->sent_list, sent) {
		if (cb->sent_us < last && !reneged)
			sim_fail("%u stands behind what was sent later", cb->seq);
		if (cb->sacked & NARU_SACKED)
			sim_fail("%u is SACKed and waits to be", cb->seq);
		last = cb->sent_us;
		skbs--;
	}
	if (skbs)
		sim_fail("%d skbs are missing in the order of sending", (int)skbs);
}

static bool is_connected(const struct sock *sk)
{
	return !((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN));
}

static void check_sending(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);
	struct sums s = { };
	/* and what is cut in any case: the first, what remains of it, and a tail */
	u32 end, most = 2 * sk->sk_sndbuf + 4 * SKB_TRUESIZE(65536) + 3 * SKB_TRUESIZE(NARU_MAX_HEADER);

	end = walk(&ns->rtx_queue, ns->snd_una, "retransmission", &s);
	if (end != ns->snd_nxt)
		sim_fail("the retransmission queue ends at %u, SND.NXT is %u", end, ns->snd_nxt);
	if (s.sacked != ns->sacked_out || s.lost != ns->lost_out || s.retrans != ns->retrans_out)
		sim_fail("sacked_out %u, lost_out %u, retrans_out %u, in the queue are %u, %u, %u", ns->sacked_out,
			 ns->lost_out, ns->retrans_out, s.sacked, s.lost, s.retrans);
	if (sk->sk_state != TCP_SYN_SENT && sk->sk_state != TCP_SYN_RECV)
		check_order(ns, s.unsacked);
	end = walk(&sk->sk_write_queue, end, "write", &s);
	if (end != ns->write_seq)
		sim_fail("the write queue ends at %u, write_seq is %u", end, ns->write_seq);
	if (s.truesize != sk->sk_wmem_queued)
		sim_fail("wmem_queued is %d, in the queues are %d", sk->sk_wmem_queued, s.truesize);
	if ((u32)s.truesize > most)
		sim_fail("%d bytes in the send queues, the buffer is of %d", s.truesize, sk->sk_sndbuf);
	if (ns->cong.cwnd < ns->cong.mss || ns->cong.cwnd > NARU_CONG_INFINITE)
		sim_fail("cwnd is %u, the MSS %u", ns->cong.cwnd, ns->cong.mss);
}

static void check_receiving(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);
	u32 bytes = 0, seq = ns->rcv_nxt;
	struct sk_buff *skb;
	int truesize = 0;

	skb_queue_walk(&ns->ooo_queue, skb) {
		if (naru_seq_before(NARU_CB(skb)->seq, seq))
			sim_fail("%u stands out of order behind %u", NARU_CB(skb)->seq, seq);
		seq = NARU_CB(skb)->seq;
		bytes += skb->len;
		truesize += skb->truesize;
	}
	if (bytes != ns->ooo_bytes)
		sim_fail("ooo_bytes is %u, in the queue are %u", ns->ooo_bytes, bytes);
	skb_queue_walk(&sk->sk_receive_queue, skb)
		truesize += skb->truesize;
	if (truesize != atomic_read(&sk->sk_rmem_alloc))
		sim_fail("rmem_alloc is %d, in the queues are %d", atomic_read(&sk->sk_rmem_alloc), truesize);
	if (truesize > 2 * sk->sk_rcvbuf + SKB_TRUESIZE(65536) + 2 * 4096)
		sim_fail("%d bytes in the receive queues, the buffer is of %d", truesize, sk->sk_rcvbuf);
}

/* Who waits for an answer asks again some time */
static void check_timer(const struct sock *sk)
{
	const struct naru_sock *ns = naru_sk(sk);

	if (sim_owned(sk) || (skb_queue_empty(&ns->rtx_queue) && skb_queue_empty(&sk->sk_write_queue)))
		return;
	if (ns->timer_what == NARU_TIMER_NONE || !timer_pending(&ns->rtx_timer))
		sim_fail("data waits and no timer runs");
}

static void check_forward(struct sim_host *h)
{
	const struct naru_sock *ns = naru_sk(h->sk);

	if (h->seen && naru_seq_before(ns->snd_una, h->snd_una))
		sim_fail("SND.UNA went back from %u to %u", h->snd_una, ns->snd_una);
	if (h->seen && h->rcv_nxt && naru_seq_before(ns->rcv_nxt, h->rcv_nxt))
		sim_fail("RCV.NXT went back from %u to %u", h->rcv_nxt, ns->rcv_nxt);
	if (naru_seq_after(ns->snd_una, ns->snd_nxt) || naru_seq_after(ns->snd_nxt, ns->write_seq))
		sim_fail("SND.UNA %u, SND.NXT %u, write_seq %u", ns->snd_una, ns->snd_nxt, ns->write_seq);
	h->seen = true;
	h->snd_una = ns->snd_una;
	h->rcv_nxt = ns->rcv_nxt;
}

/* RFC 7323 5.4: both ends' clocks tick as they were told to */
static void check_clock(const struct sock *sk)
{
	if (naru_sk(sk)->ts_ok && naru_sk(sk)->ts_usec != sim_setup.ts_usec)
		sim_fail("timestamps tick in %s", sim_setup.ts_usec ? "ms" : "µs");
}

void sim_check(struct sim_host *h)
{
	if (!h->sk || !is_connected(h->sk))
		return;
	check_clock(h->sk);
	check_forward(h);
	check_sending(h->sk);
	check_receiving(h->sk);
	check_timer(h->sk);
}

/* ---- segments ---- */

/* The window scale counts where both SYNs have one */
static u8 scale(const struct sim_host *announcer, const struct naru_seg *seg)
{
	return (seg->flags & NARU_SYN) || announcer->unscaled || sim_peer(announcer)->unscaled ? 0 : announcer->wscale;
}

static u32 window(const struct sim_host *announcer, const struct naru_seg *seg)
{
	return (u32)seg->wnd << scale(announcer, seg);
}

static void note_scale(struct sim_host *from, const struct naru_seg *seg)
{
	if (!(seg->flags & NARU_SYN))
		return;
	from->unscaled = !(seg->opts.present & NARU_OPT_WSCALE);
	from->wscale = seg->opts.wscale;
}

/* A segment that @from sends */
void sim_check_segment(struct sim_host *from, const struct naru_seg *seg)
{
	u32 slack, now;

	/* what lives on is TIME-WAIT, and another connection that an old SYN opens */
	if (from->sk && from->sk->sk_state == TCP_CLOSE)
		return;
	note_scale(from, seg);
	if (seg->len && (!from->edge_known || naru_seq_after(seg->seq + seg->len, from->snd_edge)))
		sim_fail("%u bytes at %u go beyond the window's edge %u", seg->len, seg->seq, from->snd_edge);
	if (!(seg->flags & NARU_ACK) || (seg->flags & NARU_RST))
		return;
	now = seg->ack + window(from, seg);
	/* RFC 9293 3.8.6 (SHLD-14), but for what the scale cannot say, and what a SYN's field cannot */
	slack = (1u << from->wscale) - 1;
	if (from->rcv_edge && naru_seq_before(now + slack, from->rcv_edge))
		sim_fail("the window shrinks from %u to %u", from->rcv_edge, now);
	if (!from->rcv_edge || naru_seq_after(now, from->rcv_edge))
		from->rcv_edge = now;
}

/* A segment that reaches @to: no more can be asked for than what was offered */
void sim_check_heard(struct sim_host *to, const struct naru_seg *seg)
{
	u32 edge;

	if (!(seg->flags & NARU_ACK) || (seg->flags & NARU_RST))
		return;
	/* forged */
	if (to->sk && naru_seq_after(seg->ack, naru_sk(to->sk)->snd_nxt))
		return;
	edge = seg->ack + window(sim_peer(to), seg);
	if (!to->edge_known || naru_seq_after(edge, to->snd_edge))
		to->snd_edge = edge;
	to->edge_known = true;
}
