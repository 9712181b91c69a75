// SPDX-License-Identifier: GPL-2.0
/* The peer of a script: what it sends, what must come, and when */
#include <stdio.h>
#include <string.h>
#include "script_run.h"

#define PEER_PORT	4000
#define HOST_PORT	80
#define PEER_ISS	0xffffff00u	/* so that most scripts wrap */
#define FAKE_IRS	0xffffffffu	/* the numbers of who has sent nothing are absolute */
#define FIRST_TSVAL	1000
#define PATIENCE_NS	600000000000LL
#define LOOK_NS		5000000000LL	/* for the message: when does it come? */

static struct flow *flow_of(struct script_run *r, const struct script_line *l)
{
	return &r->flow[l->seg.flow];
}

/**
 * script_net_start - nothing has been sent yet
 * @r: run
 */
void script_net_start(struct script_run *r)
{
	for (int i = 0; i < SCRIPT_FLOWS; i++)
		r->flow[i] = (struct flow){
			.hport = HOST_PORT, .pport = PEER_PORT + i, .irs = FAKE_IRS,
			.next = -1, .sent = -1, .acked = -1, .wnd = 65535, .tsval = FIRST_TSVAL,
		};
}

/* ---- relative numbers: data starts at 0, the SYN is at -1 ---- */

static uint32_t peer_seq(int rel)
{
	return PEER_ISS + 1 + rel;
}

static uint32_t host_seq(const struct flow *f, int rel)
{
	return f->irs + 1 + rel;
}

static int rel_of_peer(uint32_t seq)
{
	return seq - PEER_ISS - 1;
}

static int rel_of_host(const struct flow *f, uint32_t seq)
{
	return seq - f->irs - 1;
}

static int length(int flags, int len)
{
	return len + !!(flags & SYN) + !!(flags & FIN);
}

/* ---- the peer sends ---- */

static void put_options(struct flow *f, const struct script_seg *from, struct seg *s)
{
	s->has_mss = from->has & HAS_MSS;
	s->mss = from->mss;
	s->has_wscale = from->has & HAS_WSCALE;
	s->wscale = from->wscale;
	s->has_sackok = from->has & HAS_SACKOK;
	s->has_ts = ((from->has & HAS_TS) || (f->asked && f->offered && !(from->flags & SYN))) &&
		    !(from->lacks & HAS_TS);
	s->tsval = from->has & HAS_TSVAL ? from->tsval : ++f->tsval;
	s->tsecr = from->has & HAS_ECR ? from->ecr : f->recent;
	if (from->has & HAS_TSVAL && (int32_t)(from->tsval - f->tsval) > 0)
		f->tsval = from->tsval;
	s->has_cookie = from->has & HAS_COOKIE;
	s->exp = from->exp;
	s->cookie_len = from->cookie == COOKIE_LAST ? f->cookie_len : from->cookie_len;
	memcpy(s->cookie, from->cookie == COOKIE_LAST ? f->cookie : from->cookie_val, s->cookie_len);
	s->sacks = from->sacks;
	for (int i = 0; i < from->sacks; i++)
		s->sack[i] = (struct seg_sack){ host_seq(f, from->sack[i][0]),
						host_seq(f, from->sack[i][1]) };
	memcpy(s->opt, from->raw, sizeof(s->opt));
	s->opt_len = from->raw_len;
	if (from->flags & SYN)
		f->asked = s->has_ts;
}

/* What the host must acknowledge once that has come */
static void advance(struct flow *f, int flags, int start, int len)
{
	int end = start + length(flags, len);

	if (start <= f->next && end > f->next && !(flags & RST))
		f->next = end;
	if (start <= f->acked && end > f->acked && !(flags & RST))
		f->acked = end;
}

static void do_in(struct script_run *r, const struct script_line *l)
{
	const struct script_seg *from = &l->seg;
	struct flow *f = flow_of(r, l);
	int start = from->has & HAS_SEQ ? from->seq : f->next;
	uint8_t data[2048];
	struct seg s = {
		.sport = f->pport, .dport = f->hport, .seq = peer_seq(start), .flags = from->flags,
		.urg = from->urg, .len = from->len, .data = data, .tos = from->ecn,
		.doff = from->doff, .cut = from->cut, .bad_csum = from->bad_csum,
	};

	if (from->len > 1800)
		script_fail(r, l, "a segment of %d bytes", from->len);
	for (int i = 0; i < from->len; i++)
		data[i] = script_byte(start + !!(from->flags & SYN) + i);
	if (from->wnd.compare)
		f->wnd = from->wnd.value;
	s.wnd = f->wnd;
	if (from->flags & ACK)
		s.ack = host_seq(f, from->has & HAS_ACK ? from->ack : f->sent);
	put_options(f, from, &s);
	if (from->flags & SYN && f->acked < 0)
		f->acked = start;
	if (!from->bad_csum)
		advance(f, from->flags, start, from->len);
	r->last = wire_now_ns();
	wire_put(&r->w, &s);
}

/* ---- what comes ---- */

/* As the script would have it */
static const char *describe(const struct flow *f, const struct seg *s)
{
	static char text[320];
	int n = 0, rel = rel_of_host(f, s->seq);

	for (int i = 0; i < 8; i++)
		if (s->flags & 1 << i && 1 << i != PSH)
			text[n++] = "FSRPAUEC"[i];
	if (s->len)
		n += snprintf(text + n, sizeof(text) - n, " %d..%d", rel, rel + s->len);
	else
		n += snprintf(text + n, sizeof(text) - n, " @%d", rel);
	if (s->flags & ACK)
		n += snprintf(text + n, sizeof(text) - n, " ack %d", rel_of_peer(s->ack));
	n += snprintf(text + n, sizeof(text) - n, " wnd %u", s->wnd);
	for (int i = 0; i < s->sacks && i < 4; i++)
		n += snprintf(text + n, sizeof(text) - n, "%s%d..%d", i ? "," : " sack ",
			      rel_of_peer(s->sack[i].start), rel_of_peer(s->sack[i].end));
	if (s->has_mss)
		n += snprintf(text + n, sizeof(text) - n, " mss %u", s->mss);
	if (s->has_wscale)
		n += snprintf(text + n, sizeof(text) - n, " wscale %u", s->wscale);
	if (s->has_sackok)
		n += snprintf(text + n, sizeof(text) - n, " sackok");
	if (s->has_ts)
		n += snprintf(text + n, sizeof(text) - n, " ts ecr %u", s->tsecr);
	if (s->has_cookie)
		n += snprintf(text + n, sizeof(text) - n, " %scookie of %d", s->exp ? "exp" : "", s->cookie_len);
	if (s->tos & ECN_FIELD)
		snprintf(text + n, sizeof(text) - n, " %s", script_ecns[s->tos & ECN_FIELD].name);
	return text;
}

static bool holds(const struct script_value *v, long long got)
{
	switch (v->compare) {
	case COMPARE_EQ:
		return got == v->value;
	case COMPARE_LT:
		return got < v->value;
	case COMPARE_GT:
		return got > v->value;
	case COMPARE_NONE:
		break;
	}
	return true;
}

static unsigned int options_of(const struct seg *s)
{
	return (s->has_mss ? HAS_MSS : 0) | (s->has_wscale ? HAS_WSCALE : 0) |
	       (s->has_sackok ? HAS_SACKOK : 0) | (s->has_ts ? HAS_TS : 0) |
	       (s->has_cookie ? HAS_COOKIE : 0);
}

static const char *wrong_sacks(const struct script_seg *want, const struct seg *s)
{
	bool same = want->sacks == s->sacks;

	for (int i = 0; same && i < s->sacks; i++)
		same = (int)rel_of_peer(s->sack[i].start) == want->sack[i][0] &&
		       (int)rel_of_peer(s->sack[i].end) == want->sack[i][1];
	return same ? NULL : "SACK blocks";
}

static bool wrong_cookie(const struct flow *f, const struct script_seg *want, const struct seg *s)
{
	bool last = want->cookie == COOKIE_LAST;
	const uint8_t *val = last ? f->cookie : want->cookie_val;
	int len = last ? f->cookie_len : want->cookie_len;

	if (want->exp != s->exp)
		return true;
	if (want->cookie == COOKIE_ANY)
		return !s->cookie_len;
	return s->cookie_len != len || memcmp(s->cookie, val, len);
}

/* Once both ends have asked for timestamps, every segment has one but, perhaps, a reset */
static const char *wrong_options(const struct flow *f, const struct script_seg *want,
				 const struct seg *s)
{
	unsigned int options = HAS_MSS | HAS_WSCALE | HAS_SACKOK | HAS_TS | HAS_COOKIE;
	unsigned int need = want->has & options;

	if (f->asked && f->offered && !(s->flags & (RST | SYN)))
		need |= HAS_TS & ~want->lacks;
	if ((options_of(s) & need) != need)
		return "an option is missing";
	if (options_of(s) & want->lacks)
		return "an option is too much";
	if (want->has & HAS_MSS && want->mss != s->mss)
		return "MSS";
	if (want->has & HAS_WSCALE && want->wscale != s->wscale)
		return "window scale";
	if (want->has & HAS_TSVAL && want->tsval != s->tsval)
		return "timestamp";
	if (want->has & HAS_ECR && want->ecr != s->tsecr)
		return "echoed timestamp";
	if (want->has & HAS_COOKIE && wrong_cookie(f, want, s))
		return "cookie";
	return wrong_sacks(want, s);
}

static const char *wrong_data(const struct flow *f, const struct seg *s)
{
	int rel = rel_of_host(f, s->seq) + !!(s->flags & SYN);

	for (int i = 0; i < s->len; i++)
		if (s->data[i] != script_byte(rel + i))
			return "data";
	return NULL;
}

/* The first thing that is not as the script has it, or NULL */
static const char *difference(const struct flow *f, const struct script_seg *want,
			      const struct seg *s)
{
	int seq = want->has & HAS_SEQ ? want->seq : f->sent;
	int ack = want->has & HAS_ACK ? want->ack : f->acked;

	if (s->dport != f->pport || s->sport != f->hport)
		return "port";
	if ((s->flags & ~PSH) != (want->flags & ~PSH))
		return "flags";
	if (rel_of_host(f, s->seq) != seq)
		return "sequence number";
	if (s->len != want->len)
		return "length";
	if (s->flags & ACK && rel_of_peer(s->ack) != ack)
		return "acknowledgment";
	if (!holds(&want->wnd, s->wnd))
		return "window";
	if (want->has & HAS_ECN && (s->tos & ECN_FIELD) != want->ecn)
		return "ECN field";
	if (want->has & HAS_URG && s->urg != want->urg)
		return "urgent pointer";
	return wrong_options(f, want, s) ?: wrong_data(f, s);
}

/* The host's first sequence number and, of a connection that it opens, its port */
static void learn(struct flow *f, const struct seg *s)
{
	if (!(s->flags & SYN) || s->dport != f->pport)
		return;
	if (f->seen && s->seq != f->irs)
		f->sent = -1;
	f->irs = s->seq;
	f->seen = true;
	f->offered = s->has_ts;
	if (!(s->flags & ACK))
		f->hport = s->sport;
}

/* It is the host's, whatever the port */
static void keep_cookie(struct script_run *r, const struct seg *s)
{
	for (int i = 0; i < SCRIPT_FLOWS; i++) {
		r->flow[i].cookie_len = s->cookie_len;
		memcpy(r->flow[i].cookie, s->cookie, s->cookie_len);
	}
}

static void do_out(struct script_run *r, const struct script_line *l)
{
	struct flow *f = flow_of(r, l);
	int64_t latest = r->last + script_latest(&l->time);
	const char *what;
	struct seg s;
	int end;

	if (!wire_next_by(&r->w, &s, latest + LOOK_NS))
		script_fail(r, l, "expected a segment, got none");
	learn(f, &s);
	what = difference(f, &l->seg, &s);
	if (what)
		script_fail(r, l, "%s: expected seq %d len %d ack %d, got %s, %.3f ms after the last event",
			    what, l->seg.has & HAS_SEQ ? l->seg.seq : f->sent, l->seg.len,
			    l->seg.has & HAS_ACK ? l->seg.ack : f->acked, describe(f, &s),
			    (wire_now_ns() - r->last) / 1e6);
	script_check_time(r, l, wire_now_ns());
	end = rel_of_host(f, s.seq) + length(s.flags, s.len);
	if (end > f->sent && !(s.flags & RST))
		f->sent = end;
	if (l->seg.has & HAS_ACK && s.flags & ACK)
		f->acked = l->seg.ack;
	if (s.has_ts)
		f->recent = s.tsval;
	f->last = s;
	if (s.has_cookie && s.cookie_len)
		keep_cookie(r, &s);
	r->last = wire_now_ns();
}

/* Nothing comes until so long after the last event, or has come */
static void do_quiet(struct script_run *r, const struct script_line *l)
{
	struct flow *f = &r->flow[0];
	struct seg s;

	if (l->time.after) {
		if (wire_next_by(&r->w, &s, r->last + l->time.after))
			script_fail(r, l, "expected nothing, got %s, %.3f ms after the last event",
				    describe(f, &s), (wire_now_ns() - r->last) / 1e6);
		return;
	}
	wire_ping(&r->w);
	if (wire_next(&r->w, &s))
		script_fail(r, l, "expected nothing more, got %s", describe(f, &s));
}

static void do_icmp(struct script_run *r, const struct script_line *l)
{
	static const struct icmp v4[] = {
		[ICMP_NET] = { .type = 3, .code = 0 },
		[ICMP_HOST] = { .type = 3, .code = 1 },
		[ICMP_PROTO] = { .type = 3, .code = 2 },
		[ICMP_PORT] = { .type = 3, .code = 3 },
		[ICMP_TOO_BIG] = { .type = 3, .code = 4 },
		[ICMP_TIME] = { .type = 11, .code = 0 },
	};
	static const struct icmp v6[] = {
		[ICMP_NET] = { .type = 1, .code = 0 },
		[ICMP_HOST] = { .type = 1, .code = 3 },
		[ICMP_PROTO] = { .type = 4, .code = 1 },
		[ICMP_PORT] = { .type = 1, .code = 4 },
		[ICMP_TOO_BIG] = { .type = 2, .code = 0 },
		[ICMP_TIME] = { .type = 3, .code = 0 },
	};
	struct icmp i = (r->on & ON_V4 ? v4 : v6)[l->call];
	struct flow *f = flow_of(r, l);
	struct seg s = f->last;

	s.sport = f->hport;
	s.dport = f->pport;
	if (l->seg.has & HAS_SEQ)
		s.seq = host_seq(f, l->seg.seq);
	i.info = l->value;
	i.quote = 20;
	r->last = wire_now_ns();
	wire_put_icmp(&r->w, &i, &s);
}

/**
 * script_net - a line about the network
 * @r: run
 * @l: line
 */
void script_net(struct script_run *r, const struct script_line *l)
{
	switch (l->kind) {
	case SCRIPT_IN:
		do_in(r, l);
		break;
	case SCRIPT_OUT:
		do_out(r, l);
		break;
	case SCRIPT_ICMP:
		do_icmp(r, l);
		break;
	default:
		do_quiet(r, l);
		break;
	}
}

/**
 * script_net_end - nothing was sent that the script does not name
 * @r: run
 * @l: the last line
 */
void script_net_end(struct script_run *r, const struct script_line *l)
{
	struct script_line quiet = { .number = l->number };

	do_quiet(r, &quiet);
}

/* Timers are late by up to an eighth, as the kernel's are, and early by what a tick has begun */
#define TICK_NS		5000000LL
#define LATE_NS		10000000LL

static int64_t margin(const struct script_time *t)
{
	return t->margin ? t->margin : LATE_NS + t->after / 8;
}

/**
 * script_latest - how long after the last event something may still come
 * @t: when it should
 *
 * Return: nanoseconds.
 */
int64_t script_latest(const struct script_time *t)
{
	return t->any ? PATIENCE_NS : t->after + margin(t);
}

/**
 * script_check_time - something has come; was it time?
 * @r: run
 * @l: line that has the time
 * @now: wire_now_ns()
 */
void script_check_time(const struct script_run *r, const struct script_line *l, int64_t now)
{
	const struct script_time *t = &l->time;
	int64_t early = t->margin ? t->margin : TICK_NS;
	int64_t took = now - r->last;

	if (!t->any && (took < t->after - early || took > script_latest(t)))
		script_fail(r, l, "expected %.3f ms after the last event (-%.3f, +%.3f), got %.3f ms",
			    t->after / 1e6, early / 1e6, margin(t) / 1e6, took / 1e6);
}
