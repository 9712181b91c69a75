// SPDX-License-Identifier: GPL-2.0
/*
 * The network: what goes in comes out later, twice, changed, in another order or not at all. When its hostile time is
 * over it is perfect.
 */
#include "sim.h"

struct packet {
	struct packet *next;	/* by time of arrival */
	struct sim_host *to;
	u64 at;
	u32 len;
	u8 tos;
	u8 bytes[];
};

static struct packet *packets;
static u64 busy_until[SIM_HOSTS];	/* when the last packet of a direction has left the queue */
static u32 in_queue[SIM_HOSTS];

u16 sim_checksum(const u8 *segment, u32 len)
{
	u32 sum = 0, i;

	for (i = 0; i + 1 < len; i += 2)
		sum += segment[i] << 8 | segment[i + 1];
	if (i < len)
		sum += segment[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

bool sim_hostile(void)
{
	return sim_now_us < sim_setup.hostile_us;
}

static bool is_out(void)
{
	return sim_now_us >= sim_setup.outage_us[0] && sim_now_us < sim_setup.outage_us[1];
}

static void put_in(struct packet *p)
{
	struct packet **at = &packets;

	while (*at && (*at)->at <= p->at)
		at = &(*at)->next;
	p->next = *at;
	*at = p;
	in_queue[p->to - sim_hosts]++;
}

/* A bottleneck: packets leave one by one */
static u64 leaves_at(struct sim_host *to, u32 len)
{
	u64 *busy = &busy_until[to - sim_hosts];

	if (!sim_setup.rate)
		return sim_now_us;
	*busy = max(*busy, sim_now_us) + (u64)(len + 40) * 1000 / sim_setup.rate;
	return *busy;
}

/*
 * A peer that takes back what it has offered, RFC 9293 3.8.6 (SHLD-15), with a closed window at times; and one that
 * is sent more than it asked for.
 */
static void change_window(struct packet *p)
{
	u32 window = p->bytes[14] << 8 | p->bytes[15];
	u16 sum;

	switch (sim_below(4)) {
	case 0:
		window = 0;
		break;
	case 1:
		window = sim_range(window, 65535);
		break;
	default:
		window = sim_below(window + 1);
	}
	p->bytes[14] = window >> 8;
	p->bytes[15] = window;
	p->bytes[16] = 0;
	p->bytes[17] = 0;
	sum = sim_checksum(p->bytes, p->len);
	p->bytes[16] = sum >> 8;
	p->bytes[17] = sum;
}

static void carry(struct sim_host *to, const u8 *segment, u32 len, u8 tos)
{
	struct packet *p = malloc(sizeof(*p) + len);

	p->to = to;
	p->len = len;
	p->tos = tos;
	memcpy(p->bytes, segment, len);
	p->at = leaves_at(to, len) + sim_setup.delay_us;
	if (sim_hostile()) {
		if (sim_chance(sim_setup.windows))
			change_window(p);
		p->at += sim_below(sim_setup.jitter_us);
		if (sim_chance(sim_setup.reorder))
			p->at += sim_below(sim_setup.late_us);
		if (sim_chance(sim_setup.corrupt))
			p->bytes[sim_below(len)] ^= 1 << sim_below(8);
		if (tos == NARU_ECN_ECT_0 && sim_chance(sim_setup.ce))
			p->tos = NARU_ECN_CE;
	}
	put_in(p);
}

/* Larger than the path takes: an ICMP message tells the sender, unless it is lost */
static bool too_big(struct sim_host *from, const u8 *segment, u32 len)
{
	struct naru_seg seg;

	if (!sim_setup.mtu_falls_us || sim_now_us < sim_setup.mtu_falls_us || len + 20 <= sim_setup.low_mtu)
		return false;
	if (naru_wire_parse(segment, len, len, &seg) == NARU_WIRE_OK &&
	    (!sim_hostile() || !sim_chance(sim_setup.loss))) {
		from->icmp_seq = seg.seq;
		from->icmp_due = true;
	}
	return true;
}

void sim_net_send(struct sim_host *from, const u8 *segment, u32 len, u8 tos)
{
	struct sim_host *to = sim_peer(from);

	if (is_out() || too_big(from, segment, len))
		return;
	if (sim_setup.queue && in_queue[to - sim_hosts] >= sim_setup.queue)
		return;
	if (sim_hostile() && sim_chance(sim_setup.loss))
		return;
	carry(to, segment, len, tos);
	if (sim_hostile() && sim_chance(sim_setup.duplicate))
		carry(to, segment, len, tos);
}

/* A segment of somebody who sees nothing of the connection, or guesses well */
static void forge(struct sim_host *to, const struct naru_sock *ns, bool exact)
{
	static const u8 kinds[] = { NARU_RST, NARU_RST | NARU_ACK, NARU_SYN, NARU_ACK, NARU_SYN | NARU_ACK };
	struct naru_seg seg = {
		.flags = kinds[sim_below(ARRAY_SIZE(kinds))],
		.seq = ns->rcv_nxt + 1 + sim_below(ns->rcv_wnd + 10),
		.ack = sim_chance(SIM_ONE / 2) ? sim_random() : ns->snd_una - sim_below(10000),
		.wnd = sim_below(65536),
	};
	u8 bytes[NARU_HDR_MAX];
	u16 sum;

	if (exact) {
		seg.flags = NARU_RST;
		seg.seq = ns->rcv_nxt;
	} else if (seg.flags == NARU_ACK) {
		/* what is acknowledged in the window's middle nobody could tell from the peer's own */
		seg.ack = ns->snd_nxt + 1 + sim_below(1 << 30);
	}
	to->forged_resets |= !!(seg.flags & NARU_RST);
	memset(bytes, 0, sizeof(bytes));
	naru_wire_build(bytes, &seg);
	sum = sim_checksum(bytes, NARU_HDR_MIN);
	bytes[16] = sum >> 8;
	bytes[17] = sum;
	carry(to, bytes, NARU_HDR_MIN, 0);
}

void sim_net_forge(void)
{
	struct sim_host *to = &sim_hosts[sim_below(SIM_HOSTS)];
	bool exact = sim_chance(sim_setup.reset);

	if (!sim_hostile() || !to->sk || (!exact && !sim_chance(sim_setup.forge)))
		return;
	if ((1 << to->sk->sk_state) & (TCPF_CLOSE | TCPF_SYN_SENT | TCPF_SYN_RECV))
		return;
	forge(to, naru_sk(to->sk), exact);
}

u64 sim_net_next(void)
{
	return packets ? packets->at : ~0ULL;
}

static struct packet *take(void)
{
	struct packet *p = packets;

	packets = p->next;
	in_queue[p->to - sim_hosts]--;
	return p;
}

static bool decode(const struct packet *p, struct naru_seg *seg)
{
	return !sim_checksum(p->bytes, p->len) && naru_wire_parse(p->bytes, p->len, p->len, seg) == NARU_WIRE_OK;
}

/* Whether GRO makes one segment of @seg and the @next: text alone, of the same size but for the last, all else the same */
static bool goes_with(const struct naru_seg *seg, const struct naru_seg *next, u32 size)
{
	if ((seg->flags | NARU_PSH) != (NARU_ACK | NARU_PSH) || (next->flags | NARU_PSH) != (NARU_ACK | NARU_PSH))
		return false;
	if (seg->len % size || !next->len || next->len > size || seg->flags & NARU_PSH)
		return false;
	return next->seq == seg->end_seq && next->ack == seg->ack && next->wnd == seg->wnd &&
	       next->opts.present == seg->opts.present && !(seg->opts.present & NARU_OPT_SACK) &&
	       next->opts.tsval == seg->opts.tsval && next->opts.tsecr == seg->opts.tsecr;
}

/* The text of @next behind that of @p, as one segment */
static struct packet *append(struct packet *p, struct packet *next, u32 hdr_len)
{
	u32 text = next->len - hdr_len;
	u16 sum;

	p = realloc(p, sizeof(*p) + p->len + text);
	memcpy(p->bytes + p->len, next->bytes + hdr_len, text);
	p->len += text;
	p->bytes[13] |= next->bytes[13];
	p->bytes[16] = 0;
	p->bytes[17] = 0;
	sum = sim_checksum(p->bytes, p->len);
	p->bytes[16] = sum >> 8;
	p->bytes[17] = sum;
	free(next);
	return p;
}

/* What arrives at once is one large segment where the host has GRO. Return: its segments' size, 0: it is one */
static u32 merge(struct packet **p)
{
	struct naru_seg seg, next;
	u32 size = 0;

	if (!(*p)->to->gro || !decode(*p, &seg) || !seg.len)
		return 0;
	while (packets && packets->at == (*p)->at && packets->to == (*p)->to && packets->tos == (*p)->tos &&
	       decode(packets, &next) && goes_with(&seg, &next, size ? : seg.len)) {
		size = size ? : seg.len;
		*p = append(*p, take(), next.hdr_len);
		decode(*p, &seg);
	}
	return size;
}

void sim_net_deliver(void)
{
	struct packet *p = take();
	u32 size = merge(&p);

	sim_receive(p->to, p->bytes, p->len, p->tos, size);
	free(p);
}

void sim_net_clear(void)
{
	while (packets)
		free(take());
	memset(busy_until, 0, sizeof(busy_until));
}
