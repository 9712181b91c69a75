// SPDX-License-Identifier: GPL-2.0
/*
 * The programs at both ends: what send(2), recv(2), accept(2), shutdown(2) and close(2) do with the engine, and streams
 * that can be told apart.
 */
#include "sim.h"

#define NO_MEMORY_WAIT_US	10000
#define HOLD_MAX_US		20000

u8 sim_byte(const struct sim_host *sender, u32 at)
{
	return at * 167 + (at >> 8) * 29 + (at >> 16) + (sender == sim_hosts ? 0 : 101);
}

/* ---- send(2) ---- */

static struct sk_buff *tail(struct sim_host *h, u32 goal)
{
	struct sk_buff *skb = skb_peek_tail(&h->sk->sk_write_queue);

	if (skb && !NARU_CB(skb)->eor && skb->len < goal)
		return skb;
	if (h->sk->sk_wmem_queued >= h->sk->sk_sndbuf) {
		set_bit(SOCK_NOSPACE, &h->socket.flags);
		return NULL;
	}
	skb = naru_output_alloc(h->sk, GFP_KERNEL);
	if (skb)
		naru_output_entail(h->sk, skb);
	else
		h->write_at = sim_now_us + NO_MEMORY_WAIT_US;
	return skb;
}

static void drop_empty_tail(struct sock *sk)
{
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

	if (!skb || skb->len || (NARU_CB(skb)->flags & (NARU_SYN | NARU_FIN)))
		return;
	__skb_unlink(skb, &sk->sk_write_queue);
	naru_output_skb_free(sk, skb);
}

/* Return: bytes of @len that were taken */
static u32 fill(struct sim_host *h, u32 len, u32 goal)
{
	struct sk_buff *skb = tail(h, goal);
	u8 bytes[4096];
	u32 n, i;

	if (!skb)
		return 0;
	n = min_t(u32, min(len, goal - skb->len), sizeof(bytes));
	if (!sk_wmem_schedule(h->sk, n)) {
		h->write_at = sim_now_us + NO_MEMORY_WAIT_US;
		return 0;
	}
	for (i = 0; i < n; i++)
		bytes[i] = sim_byte(h, h->sent + i);
	sim_skb_append(skb, bytes, n);
	skb->truesize += n;
	sk_wmem_queued_add(h->sk, n);
	sk_mem_charge(h->sk, n);
	NARU_CB(skb)->flags &= ~NARU_PSH;
	NARU_CB(skb)->end_seq += n;
	naru_sk(h->sk)->write_seq += n;
	h->sent += n;
	return n;
}

static bool write_one(struct sim_host *h)
{
	struct naru_sock *ns = naru_sk(h->sk);
	bool urgent = sim_chance(h->urgent), full = false;
	u32 left = min(h->chunk, h->to_send - h->sent);
	struct sk_buff *skb;
	u32 goal, mss, n;

	naru_meter_offer(h->sk);
	goal = naru_output_size_goal(h->sk, &mss);
	if (urgent)
		goal = mss;
	while (left && !full) {
		n = fill(h, left, goal);
		left -= n;
		full = !n;
	}
	drop_empty_tail(h->sk);
	skb = skb_peek_tail(&h->sk->sk_write_queue);
	if (skb)
		NARU_CB(skb)->flags |= NARU_PSH;
	if (urgent)
		ns->snd_up = ns->write_seq;
	naru_output_push(h->sk, full ? ns->nonagle | NARU_NAGLE_PUSH : ns->nonagle);
	return !full;
}

static void write_all(struct sim_host *h)
{
	while (h->sent < h->to_send && !h->write_at && !h->sk->sk_err &&
	       ((1 << h->sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) && write_one(h))
		if (h->write_pause_us)
			h->write_at = sim_now_us + sim_below(h->write_pause_us) + 1;
}

/* ---- recv(2) ---- */

static struct sk_buff *skb_at(struct sock *sk, u32 seq, u32 *offset)
{
	struct sk_buff *skb;

	skb_queue_walk(&sk->sk_receive_queue, skb) {
		*offset = seq - NARU_CB(skb)->seq;
		if (*offset < skb->len)
			return skb;
	}
	return NULL;
}

static void compare(struct sim_host *h, const u8 *bytes, u32 n)
{
	const struct sim_host *from = sim_peer(h);
	u32 i;

	if (h->got + n > from->sent)
		sim_fail("%u bytes were read where %u were sent", h->got + n, from->sent);
	for (i = 0; i < n; i++)
		if (bytes[i] != sim_byte(from, h->got + i))
			sim_fail("byte %u of the stream is another than was sent", h->got + i);
	h->got += n;
}

static void read_all(struct sim_host *h)
{
	struct naru_sock *ns = naru_sk(h->sk);
	u32 wanted = h->bite, offset, n;
	struct sk_buff *skb;

	while (wanted && (skb = skb_at(h->sk, ns->copied_seq, &offset))) {
		n = min(skb->len - offset, wanted);
		compare(h, skb->data + offset, n);
		ns->copied_seq += n;
		wanted -= n;
		if (ns->urg.state != NARU_URG_NONE)
			naru_urg_passed(&ns->urg, ns->copied_seq);
		if (offset + n == skb->len) {
			__skb_unlink(skb, &h->sk->sk_receive_queue);
			consume_skb(skb);
		}
	}
	if (wanted == h->bite)
		return;
	naru_output_rcvbuf_freed(h->sk, h->bite - wanted);
	if (!wanted || h->read_pause_us)
		h->read_at = sim_now_us + sim_below(h->read_pause_us) + 1;
}

static void look_for_end(struct sim_host *h)
{
	u32 offset;

	if (h->got_end || !sock_flag(h->sk, SOCK_DONE) || skb_at(h->sk, naru_sk(h->sk)->copied_seq, &offset))
		return;
	if (h->got != h->to_get)
		sim_fail("the stream ended after %u bytes of %u", h->got, h->to_get);
	h->got_end = true;
}

/* ---- the rest ---- */

static void accept_one(struct sim_host *h)
{
	int err;

	h->sk = naru_listen_accept(h->listener, O_NONBLOCK, &err);
	if (!h->sk)
		return;
	sock_hold(h->sk);
	h->sk->sk_socket = &h->socket;
	h->opened = true;
}

static void close_it(struct sim_host *h)
{
	h->closed = true;
	naru_close(h->sk, 0);
}

/* All is written: the other side is told */
static void end_writing(struct sim_host *h)
{
	h->wrote_end = true;
	if (h->closes_early && !h->to_get) {
		close_it(h);
		return;
	}
	h->sk->sk_shutdown |= SEND_SHUTDOWN;
	naru_shutdown(h->sk, SEND_SHUTDOWN);
}

/* A call fails: what has come is read before, and its end */
static bool must_fail(const struct sim_host *h)
{
	u32 offset;

	if (!h->sk->sk_err)
		return false;
	if (h->sent < h->to_send)
		return true;
	return !sock_flag(h->sk, SOCK_DONE) && !skb_at(h->sk, naru_sk(h->sk)->copied_seq, &offset);
}

static void fail(struct sim_host *h)
{
	h->err = h->sk->sk_err;
	close_it(h);
}

/* A call that takes a while: what comes meanwhile waits for its end */
static void hold(struct sim_host *h)
{
	h->held = true;
	h->held_until = sim_now_us + sim_below(HOLD_MAX_US);
}

static void call(struct sim_host *h)
{
	if (!h->sk && h->listener && naru_listen_ready(h->listener) && !h->opened)
		accept_one(h);
	if (!h->sk || h->closed || ((1 << h->sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)))
		return;
	if (h->write_at <= sim_now_us)
		h->write_at = 0;
	if (h->read_at <= sim_now_us) {
		h->read_at = 0;
		read_all(h);
	}
	look_for_end(h);
	if (must_fail(h)) {
		fail(h);
		return;
	}
	write_all(h);
	if (h->sent == h->to_send && !h->wrote_end && h->sk->sk_state != TCP_CLOSE)
		end_writing(h);
	if (!h->closed && h->got_end && (h->wrote_end || h->sk->sk_state == TCP_CLOSE))
		close_it(h);
}

/* What the program does now that it can, or that it was woken */
void sim_program(struct sim_host *h)
{
	if (h->held)
		sim_release(h);
	h->woken = false;
	call(h);
	if (h->sk && !h->closed && sim_hostile() && sim_chance(sim_setup.hold))
		hold(h);
}

/* When it does something without being woken, ~0: it waits */
u64 sim_program_next(const struct sim_host *h)
{
	u64 next = ~0ULL;

	if (h->held)
		return h->held_until;
	if (h->woken)
		return sim_now_us;
	if (!h->sk || h->closed)
		return next;
	if (h->read_at)
		next = max(h->read_at, sim_now_us);
	if (h->write_at)
		next = min(next, max(h->write_at, sim_now_us));
	return next;
}

bool sim_program_done(const struct sim_host *h)
{
	return h->closed && h->got == h->to_get && h->sent == h->to_send && !h->err;
}
