// SPDX-License-Identifier: GPL-2.0
/*
 * The reader of napt_fuzz: everything that comes out of the router has to be explained by something that
 * went in: it is that packet, translated as the mappings that were seen before have it, or untouched
 * where nothing is to be translated; or the router's own answer to it.
 */
#include "napt_fuzz.h"

/* Why a packet comes out */
enum reason { FORWARDED, TURNED, MOVED_ERROR, ROUTER_ERROR, ROUTER_ANSWER, REASONS };

static uint64_t came[SIDES][REASONS];

/*
 * What is to be explained, and what may explain it.
 * @wrong: it is explained but for this
 */
struct trial {
	enum side side;
	const struct packet *p;
	struct view v, w;
	const struct sent *s;
	enum reason reason;
	const char *wrong;
	bool joined;	/* it came in pieces */
};

static bool same(const struct endpoint *a, const struct endpoint *b)
{
	return a->addr == b->addr && a->port == b->port;
}

/* ---- options ---- */

/*
 * Where an option's addresses are, each @step bytes behind the last, and where they end: up to the
 * pointer, which counts from 1, or all where they are asked for. Return: their offset, 0: none
 */
static size_t addresses_in(const uint8_t *opt, size_t len, size_t *step, size_t *end)
{
	*step = 4;
	*end = opt[2] && opt[2] - 1U < len ? opt[2] - 1U : opt[2] ? len : 0;
	if (opt[0] == 131 || opt[0] == 137)
		*end = len;
	if (opt[0] == 7 || opt[0] == 131 || opt[0] == 137)
		return 3;
	if (opt[0] != 68 || len < 4 || (opt[3] & 0xf) == 0)
		return 0;
	if ((opt[3] & 0xf) == 3)
		*end = len;
	*step = 8;
	return 4;
}

static size_t option_len(const uint8_t *opt, size_t left)
{
	if (opt[0] <= 1)
		return 1;
	return left > 1 && opt[1] >= 2 && opt[1] <= left ? opt[1] : left;
}

/* Has it an inside address in its options? */
static bool options_tell(const uint8_t *ip)
{
	size_t end = ip[0] % 16 * 4, at, step, i, to;

	for (at = 20; at < end && ip[at]; at += option_len(ip + at, end - at)) {
		size_t len = option_len(ip + at, end - at);

		if (len < 3)
			continue;
		i = addresses_in(ip + at, len, &step, &to);
		for (; i && i + 4 <= to; i += step)
			if (is_inside(get32(ip + at + i)))
				return true;
	}
	return false;
}

/* Where it goes to in the end: the last address of a source route that is not used up, RFC 1812 5.2.4.1 */
static uint32_t last_stop(const uint8_t *ip)
{
	size_t end = ip[0] % 16 * 4, at, len;

	for (at = 20; at < end && ip[at]; at += len) {
		len = option_len(ip + at, end - at);
		if ((ip[at] == 131 || ip[at] == 137) && len >= 7 && ip[at + 2] + 3U <= len)
			return get32(ip + at + (len - 3) / 4 * 4 - 1);
	}
	return get32(ip + 16);
}

/* Routers write into some of them, RFC 791 3.1 */
static bool is_written_to(const uint8_t *opt)
{
	return opt[0] == 7 || opt[0] == 68 || opt[0] == 131 || opt[0] == 137;
}

static bool same_option(const uint8_t *a, const uint8_t *b, size_t len)
{
	return !memcmp(a, b, len > 2 && is_written_to(b) ? 2 : len);
}

/* Those that came out, @a, are those that went in; what is behind their end may have been wiped */
static bool same_options(const uint8_t *a, const uint8_t *b, size_t end)
{
	size_t at = 20, len;

	for (; at < end && b[at]; at += len) {
		len = option_len(b + at, end - at);
		if (!same_option(a + at, b + at, len))
			return false;
	}
	for (; at < end; at++)
		if (a[at] && a[at] != b[at])
			return false;
	return true;
}

/* ---- the same packet? ---- */

/* What a router leaves alone in an IP header: @hops: it was forwarded */
static bool same_head(const struct view *v, const struct view *w, int hops)
{
	if (v->proto != w->proto || v->head != w->head || v->b[1] != w->b[1] ||
	    v->b[8] + hops != w->b[8])
		return false;
	return same_options(v->b, w->b, v->head);
}

/* Its flags and its ID; what may be fragmented has got an ID of the router's, and pieces no reserved flag */
static bool same_id(const struct trial *t)
{
	if (t->s->pieces)
		return true;
	if ((t->v.b[6] ^ t->w.b[6]) & (t->joined ? 0x60 : 0xe0))
		return false;
	return !(t->v.b[6] & 0x40) || !memcmp(t->v.b + 4, t->w.b + 4, 2);
}

/* Bytes @from to @to of both, from their transport header on */
static bool same_bytes(const struct view *v, const struct view *w, size_t from, size_t to)
{
	size_t len = v->len - v->head, other = w->len - w->head;

	if (len < to)
		to = len;
	if (other < to)
		to = other;
	return from >= to || !memcmp(v->b + v->head + from, w->b + w->head + from, to - from);
}

/* All of the transport but for ports and checksum */
static bool same_rest(const struct view *v, const struct view *w, size_t to)
{
	size_t check = check_at(v->proto);

	if (v->proto == ICMP)
		return same_bytes(v, w, 0, 2) && same_bytes(v, w, 6, to);
	return same_bytes(v, w, 4, check) && same_bytes(v, w, check + 2, to);
}

static bool has_no_sum(const struct view *v, bool partial)
{
	return (v->proto == UDP || v->proto == DGRAM) && !partial &&
	       !get16(v->b + v->head + 6);
}

/* A transport checksum that was right is right, and one that was wrong is as wrong as it was */
static bool same_sum(const struct trial *t)
{
	bool none = has_no_sum(&t->w, t->s->p->partial);

	if (t->s->loose)
		return true;
	if (none || has_no_sum(&t->v, t->p->partial))
		return none && has_no_sum(&t->v, t->p->partial);
	return wrongness(&t->v, t->p->partial) == wrongness(&t->w, t->s->p->partial);
}

static bool same_packet(const struct trial *t)
{
	if (t->v.kind != FLOW || t->w.kind != FLOW || t->s->p->gso != t->p->gso)
		return false;
	if (!same_head(&t->v, &t->w, 1) || !same_id(t))
		return false;
	return t->s->loose || (t->v.len == t->w.len && same_rest(&t->v, &t->w, t->v.len));
}

/* ---- translated ---- */

/* RFC 4787 5: what counts is where the inside host sends to, whether or not that gets there */
static const char *check_filter(const struct trial *t, const struct endpoint *in,
				const struct endpoint *remote)
{
	if (setup.filter == 'p' && !session_at(t->v.proto, in, remote))
		return "filtering should have kept it out: nothing was sent to that endpoint";
	if (setup.filter == 'a' && !address_at(t->v.proto, in, remote->addr))
		return "filtering should have kept it out: nothing was sent to that address";
	return NULL;
}

/* A mapping that no packet has shown yet. Where it is for one remote endpoint, that need not be who sends here */
static const char *learn_by_who_comes(const struct trial *t, const struct endpoint *remote)
{
	if (setup.dependent)
		return NULL;
	return learn(t->v.proto, &t->v.dst, remote, &t->w.dst, t->s->at - 1000);
}

/* To an external endpoint; it has come to @v.dst. @remote: who sends, as seen from outside */
static const char *check_in(const struct trial *t, const struct endpoint *remote)
{
	const struct mapping *m = by_outside(t->v.proto, &t->w.dst);

	if (!m || (!lives(m) && !same(&m->in, &t->v.dst)))
		return learn_by_who_comes(t, remote);
	if (!same(&m->in, &t->v.dst))
		return "it has come to somebody else";
	return m->fixed ? NULL : check_filter(t, &m->in, remote);
}

static const char *check_out(const struct trial *t)
{
	const char *wrong;

	if (!is_external(t->v.src.addr))
		return "its source is no external address";
	if (t->w.proto == ICMP && t->w.b[t->w.head] == 0)
		return "an echo's reply from inside goes out translated";
	wrong = learn(t->v.proto, &t->w.src, &t->w.dst, &t->v.src, t->s->at);
	learn_session(t->v.proto, &t->v.src, &t->w.dst, t->s->at);
	return wrong;
}

static const char *check_turned(const struct trial *t)
{
	const char *wrong = check_out(t);

	if (wrong)
		return wrong;
	if (!setup.hairpin)
		return "there is no hairpin in this rule";
	return check_in(t, &t->v.src);
}

/* Who pretends to be outside is taken for that */
static bool turns(const struct trial *t)
{
	return t->s->side == IN && t->side == IN && is_external(t->w.dst.addr) &&
	       is_inside(t->w.src.addr);
}

/* Echoes have their ids at both ends */
static bool explain_flow(struct trial *t)
{
	bool same_src = same(&t->v.src, &t->w.src), same_dst = same(&t->v.dst, &t->w.dst);

	if (!same_packet(t))
		return false;
	t->reason = turns(t) ? TURNED : FORWARDED;
	if (turns(t)) {
		t->wrong = check_turned(t);
	} else if (t->side == IN && is_external(t->w.dst.addr)) {
		if (!same_src)
			return false;
		t->wrong = check_in(t, &t->w.src);
	} else if (t->side == OUT && is_inside(t->w.src.addr)) {
		if (!same_dst)
			return false;
		t->wrong = check_out(t);
	} else {
		if (!same_src || !same_dst)
			return false;
		if (t->side == OUT && is_external(t->v.src.addr))
			t->wrong = "it was sent with an external address";
	}
	if (!t->wrong && is_plain(&t->w) && !same_sum(t))
		t->wrong = "its transport checksum is not what it should be";
	return true;
}

/* ---- errors ---- */

/* What a change of addresses and ports leaves as it is, if the checksum goes along */
static uint32_t invariant(const struct view *v)
{
	const uint8_t *h = v->b + v->head;
	uint32_t s = get16(h + check_at(v->proto));

	if (v->proto == ICMP)
		return sum(s + get16(h + 4), NULL, 0) % 0xffff;
	return sum(sum(s, v->b + 12, 8), h, 4) % 0xffff;
}

/* The checksum of an embedded packet that was handed over unfinished stays so */
static bool is_pseudo(const struct view *v)
{
	size_t len = get16(v->b + 2) - v->head;

	return get16(v->b + v->head + check_at(v->proto)) == sum(pseudo(v->b, len), NULL, 0);
}

static bool same_embedded_sum(const struct view *v, const struct view *w)
{
	if (w->kind != FLOW || w->len < w->head + check_at(w->proto) + 2)
		return true;
	if (has_no_sum(w, false) || has_no_sum(v, false))
		return has_no_sum(w, false) && has_no_sum(v, false);
	return (is_pseudo(w) && is_pseudo(v)) || invariant(v) == invariant(w);
}

static bool same_embedded(const struct view *v, const struct view *w)
{
	size_t to = w->kind == FLOW ? header_len(w->proto) : 0;

	if (v->len != w->len || v->head != w->head || memcmp(v->b, w->b, 10) ||
	    memcmp(v->b + 20, w->b + 20, v->head - 20) || v->kind != w->kind)
		return false;
	return (w->kind != FLOW || same_rest(v, w, to)) && same_bytes(v, w, to, v->len);
}

static bool same_error(const struct trial *t)
{
	size_t at = t->w.head;

	if (t->v.kind != ERROR || t->w.kind != ERROR || !same_head(&t->v, &t->w, 1) || !same_id(t))
		return false;
	return t->s->loose || (t->v.len == t->w.len &&
	       !memcmp(t->v.b + at, t->w.b + at, 2) && !memcmp(t->v.b + at + 4, t->w.b + at + 4, 4));
}

/* Does the external endpoint @out belong to the inside endpoint @in? */
static bool belongs(uint8_t proto, const struct endpoint *out, const struct endpoint *in)
{
	struct mapping *m = by_outside(proto, out);

	return m && same(&m->in, in);
}

/*
 * With a mapping for each remote endpoint an error may be about one that no packet has shown: what made it
 * was dropped behind that. It is for nobody else then.
 */
static bool may_be_unseen(uint8_t proto, const struct endpoint *out, const struct endpoint *in,
			  const struct endpoint *remote)
{
	return setup.dependent && !by_outside(proto, out) && !by_inside(proto, in, remote);
}

static const char *check_error(const struct trial *t, const struct view *v, const struct view *w)
{
	bool src = same(&v->src, &w->src), dst = same(&v->dst, &w->dst);

	if (sum(0, v->b, v->head) != sum(0, w->b, w->head))
		return "the embedded IP header's checksum is not what it should be";
	if (!same_embedded_sum(v, w))
		return "the embedded transport checksum is not what it should be";
	if (wrongness(&t->v, false) != wrongness(&t->w, false))
		return "the ICMP checksum is not what it should be";
	if (!src && !belongs(v->proto, &w->src, &v->src))
		return "the embedded source is not that of the mapping";
	if (!dst && !belongs(v->proto, &v->dst, &w->dst) &&
	    !may_be_unseen(v->proto, &v->dst, &w->dst, &v->src))
		return "the embedded destination is not that of the mapping";
	if ((!src || !dst) && t->v.dst.addr != v->src.addr)
		return "it goes to somebody else than who sent the embedded packet";
	if (src && dst && (t->v.src.addr != t->w.src.addr || t->v.dst.addr != t->w.dst.addr))
		return "its addresses have changed, and the embedded ones have not";
	return NULL;
}

static bool explain_error(struct trial *t)
{
	struct view v = { }, w = { };

	if (!same_error(t))
		return false;
	t->reason = MOVED_ERROR;
	if (t->s->loose)
		return true;
	if (look_inside(&v, &t->v) != look_inside(&w, &t->w))
		return false;
	if (!v.head)
		return !memcmp(t->v.b + t->v.head, t->w.b + t->w.head, t->v.len - t->v.head);
	if (!same_embedded(&v, &w))
		return false;
	t->wrong = check_error(t, &v, &w);
	return true;
}

/* ---- what is not of these protocols ---- */

static bool explain_other(struct trial *t)
{
	const struct view *v = &t->v, *w = &t->w;

	if (v->kind != OTHER || !same_head(v, w, 1) || !same_id(t) ||
	    v->src.addr != w->src.addr || v->dst.addr != w->dst.addr)
		return false;
	t->reason = FORWARDED;
	return t->s->loose ||
	       (v->len == w->len && !memcmp(v->b + v->head, w->b + w->head, v->len - w->head));
}

/* ---- the router itself ---- */

/* Does it make a session, whatever the state? */
static bool leaves_trace(const struct view *v)
{
	if (!is_stream(v->proto))
		return true;
	return v->len <= v->head + 13 ||
	       (v->b[v->head + 13] & (FIN | SYN | RST | ACK)) == SYN;
}

/*
 * Mappings for one remote endpoint each, of one inside endpoint: with what it gets they are one. Whose one is
 * that no packet has shown is not known.
 */
static bool may_be_of_one(uint8_t proto, const struct endpoint *a, const struct endpoint *b)
{
	const struct mapping *m = by_outside(proto, a), *n = by_outside(proto, b);

	return setup.dependent && (!m || !n || same(&m->in, &n->in));
}

/*
 * A segment that is turned round without a connection leaves no trace behind: the router's error
 * about it cannot be told from one about what inside hosts send each other. Nor can it where an
 * inside endpoint has many mappings, or where somebody outside sends to both the inside and the
 * external endpoint. Who pretends to be inside is told as that host would be.
 */
static bool is_ambiguous(const struct trial *t, const struct view *q)
{
	const struct mapping *m = by_outside(q->proto, &t->w.dst);

	if (t->side == OUT)
		return belongs(q->proto, &q->dst, &t->w.dst) ||
		       may_be_of_one(q->proto, &q->dst, &t->w.dst);
	if (!is_external(t->w.dst.addr) ||
	    (!setup.dependent && (!turns(t) || leaves_trace(&t->w))))
		return false;
	return !m || (!lives(m) && setup.dependent) || same(&m->in, &q->dst);
}

/* What is quoted of @w, as its sender knows it */
static bool quotes(const struct view *q, const struct trial *t)
{
	const struct view *w = &t->w;
	size_t to = q->len - q->head;

	if (q->proto != w->proto || q->src.addr != w->src.addr || q->head != w->head ||
	    q->b[1] != w->b[1] || q->kind != w->kind)
		return false;
	if (q->kind != FLOW)
		return q->dst.addr == w->dst.addr && (t->s->loose || same_bytes(q, w, 0, to));
	return same(&q->src, &w->src) && (same(&q->dst, &w->dst) || is_ambiguous(t, q)) &&
	       (t->s->loose || same_rest(q, w, to));
}

/* One in 65536 checksums is, while it is translated, just what an unfinished one would be */
static const char *check_router_error(const struct trial *t, const struct view *q)
{
	bool whole = q->len == t->w.len && get16(q->b + 2) == q->len;

	if (!is_router(t->v.src.addr) && !is_external(t->v.src.addr))
		return "its source is not the router's";
	if (last_stop(t->v.b) != t->w.src.addr)
		return "it goes to somebody else than who sent that packet";
	if (sum(0, q->b, q->head) != 0xffff && !memcmp(q->b + 20, t->w.b + 20, q->head - 20))
		return "the embedded IP header's checksum is wrong";
	if (wrongness(&t->v, false))
		return "the ICMP checksum is wrong";
	if (whole && is_plain(q) && !t->s->p->partial && !t->s->loose && !has_no_sum(q, false) &&
	    !is_pseudo(q) && wrongness(q, false) != wrongness(&t->w, false))
		return "the embedded transport checksum is not what it should be";
	if (t->v.b[t->v.head] == 5 && is_external(t->w.dst.addr))
		return "a redirect leads round the NAPT";
	return NULL;
}

/* Who sent it may have lied */
static bool goes_back(const struct trial *t)
{
	return t->side == (is_inside(t->w.src.addr) ? IN : OUT);
}

static bool explain_router_error(struct trial *t)
{
	struct view q;

	if (t->v.kind != ERROR || !goes_back(t) || !look_inside(&q, &t->v) || !quotes(&q, t))
		return false;
	t->reason = ROUTER_ERROR;
	t->wrong = check_router_error(t, &q);
	return true;
}

static bool is_echo_answer(const struct view *v, const struct view *w)
{
	uint8_t type = v->b[v->head], asked = w->b[w->head];

	return (type == 0 && asked == 8) || (type == 14 && asked == 13);
}

/* Echoes, timestamps and resets */
static bool explain_answer(struct trial *t)
{
	const struct view *v = &t->v, *w = &t->w;

	if (!goes_back(t) || v->proto != w->proto || v->src.addr != w->dst.addr ||
	    v->dst.addr != w->src.addr || !is_router(v->src.addr))
		return false;
	t->reason = ROUTER_ANSWER;
	if (v->proto == ICMP)
		return w->len >= w->head + 8 && v->len >= v->head + 8 && is_echo_answer(v, w) &&
		       !memcmp(v->b + v->head + 4, w->b + w->head + 4, 4);
	return is_stream(v->proto) && v->len >= v->head + 20 && v->b[v->head + 13] & RST &&
	       v->src.port == w->dst.port && v->dst.port == w->src.port && !wrongness(v, t->p->partial);
}

/* ---- whole packets ---- */

/* The router answers a timestamp by the address that was asked; what has no ports is not translated */
static bool tells_time(const struct view *v)
{
	return v->src.addr == ROUTER_IN && v->proto == ICMP && v->b[v->head] == 14;
}

/* What no packet may be, wherever it comes from */
static const char *check_alone(enum side side, const struct view *v)
{
	struct view e;

	if (sum(0, v->b, v->head) != 0xffff)
		return "its IP header's checksum is wrong";
	if (side == IN)
		return is_inside(v->dst.addr) ? NULL : "its destination is no inside address";
	if (is_inside(v->dst.addr) || (is_inside(v->src.addr) && !tells_time(v)))
		return "it has an inside address";
	if ((is_external(v->src.addr) || v->kind == ERROR) && options_tell(v->b))
		return "it has an inside address in an option";
	if (v->kind != ERROR || !look_inside(&e, v))
		return NULL;
	if (is_inside(e.src.addr) || is_inside(e.dst.addr))
		return "it has an inside address in the embedded packet";
	return NULL;
}

static bool explain(struct trial *t)
{
	t->wrong = NULL;
	if (!look(&t->w, t->s->p->b, t->s->p->len))
		return false;
	return explain_flow(t) || explain_error(t) || explain_other(t) ||
	       explain_router_error(t) || explain_answer(t);
}

__attribute__((noreturn))
static void complain(const struct trial *t, const char *why)
{
	static const char * const names[] = { "inside", "outside" };

	if (t->s)
		dump("went in", t->s->p->b, t->s->p->len);
	dump("came out", t->v.b, t->p->len);
	if (t->s)
		fail("%s: %s; packet %llu, from %s%s", names[t->side], why,
		     (unsigned long long)t->s->number, names[t->s->side],
		     t->s->pieces ? ", in pieces" : t->s->p->gso ? ", GSO" :
		     t->s->p->partial ? ", partial checksum" : "");
	fail("%s: %s", names[t->side], why);
}

static struct packet kept[SIDES][256];
static uint64_t num_kept[SIDES];

const struct packet *recent(enum side side, uint64_t random)
{
	uint64_t num = num_kept[side] < ARRAY_SIZE(kept[0]) ? num_kept[side] : ARRAY_SIZE(kept[0]);

	return num ? &kept[side][random % num] : NULL;
}

static void keep(enum side side, const struct packet *p)
{
	struct packet *to = &kept[side][num_kept[side]++ % ARRAY_SIZE(kept[0])];

	memcpy(to, p, offsetof(struct packet, b) + p->len);
}

/* For who has to find out why: the last packet that went in and ends as this one does */
static void show_likely(const struct packet *p)
{
	const struct sent *s;

	for (uint64_t back = 0; (s = sent_before(back)); back++) {
		size_t len = s->p->len;

		if (p->len < 8 || len < 8 || memcmp(s->p->b + len - 8, p->b + p->len - 8, 8))
			continue;
		printf("packet %llu, %s%s%s%s, may have to do with it\n", (unsigned long long)s->number,
		       s->side == IN ? "from inside" : "from outside", s->pieces ? ", in pieces" : "",
		       s->p->partial ? ", partial" : "", s->p->gso ? ", GSO" : "");
		dump("went in", s->p->b, len);
		return;
	}
}

/* ---- what may explain it ---- */

/*
 * Chains of what was sent, the last first, so that not all of it has to be tried. What went through the
 * router has its protocol and length, but for loose fragments, which have a chain of their own; what the
 * router itself says goes to a source, or quotes it, and is about a packet of that protocol.
 */
#define ENDS	(1 << 12)

static uint64_t ends[CHAINS][ENDS];	/* a number, and 1 */

static uint64_t *end_of(enum chain c, uint8_t proto, uint32_t what)
{
	return &ends[c][tool_mix((uint64_t)what << 8 | proto) % ENDS];
}

static uint64_t *end_of_loose(void)
{
	return end_of(BY_LENGTH, 0, UINT32_MAX);
}

static void append(struct sent *s, enum chain c, uint64_t *end)
{
	s->before[c] = *end ? *end - 1 : NONE;
	*end = s->number + 1;
}

/* What comes out may be explained by it from now on */
void expect(struct sent *s)
{
	struct view w;

	if (!look(&w, s->p->b, s->p->len))
		return;
	append(s, BY_LENGTH, s->loose ? end_of_loose() : end_of(BY_LENGTH, w.proto, w.len));
	append(s, BY_SOURCE, end_of(BY_SOURCE, w.proto, w.src.addr));
}

/* Those of some chains, together the last first */
struct walk {
	struct step {
		enum chain by;
		const struct sent *s;
	} steps[4];
	int num;
};

static void walk_along(struct walk *walk, enum chain c, const uint64_t *end)
{
	walk->steps[walk->num++] = (struct step){ c, *end ? sent_as(*end - 1) : NULL };
}

static void walk_from(struct walk *walk, const struct view *v)
{
	struct view q;

	walk->num = 0;
	walk_along(walk, BY_LENGTH, end_of(BY_LENGTH, v->proto, v->len));
	walk_along(walk, BY_LENGTH, end_of_loose());
	walk_along(walk, BY_SOURCE, end_of(BY_SOURCE, v->proto, v->dst.addr));
	if (v->kind == ERROR && look_inside(&q, v))
		walk_along(walk, BY_SOURCE, end_of(BY_SOURCE, q.proto, q.src.addr));
}

static const struct sent *walk_on(struct walk *walk)
{
	const struct sent *last = NULL;

	for (struct step *step = walk->steps; step < walk->steps + walk->num; step++)
		if (step->s && (!last || step->s->number > last->number))
			last = step->s;
	for (struct step *step = walk->steps; last && step < walk->steps + walk->num; step++)
		if (step->s == last)
			step->s = sent_as(last->before[step->by]);
	return last;
}

static void judge_whole(enum side side, const struct packet *p, bool joined)
{
	struct trial t = { .side = side, .p = p, .joined = joined }, first = { };
	const char *wrong;
	struct walk walk;

	if (!look(&t.v, p->b, p->len) || t.v.len != p->len)
		complain(&t, "it is no IP packet, or is not as long as it says");
	wrong = check_alone(side, &t.v);
	walk_from(&walk, &t.v);
	while ((t.s = walk_on(&walk))) {
		if (!explain(&t))
			continue;
		if (wrong)
			complain(&t, wrong);
		if (!t.wrong)
			break;
		if (!first.wrong)
			first = t;
	}
	if (!t.s && first.wrong)
		complain(&first, first.wrong);
	if (!t.s) {
		show_likely(p);
		complain(&t, wrong ? wrong : "nothing that went in explains it");
	}
	((struct sent *)t.s)->seen = true;
	came[side][t.reason]++;
	keep(side, p);
}

/* ---- fragments ---- */

static struct packet joined[SIDES];
static uint64_t used_ids[64];
static unsigned int num_used;

/* RFC 6864 4.3: an ID of what was fragmented must not come again soon */
static void check_id(const struct packet *p)
{
	uint64_t id = tool_mix(tool_mix(get32(p->b + 12)) ^ (uint64_t)get32(p->b + 16) << 8 ^ p->b[9]) ^
		      get16(p->b + 4);

	for (size_t i = 0; i < ARRAY_SIZE(used_ids); i++)
		if (used_ids[i] == id) {
			dump("came out", p->b, p->len);
			fail("two datagrams in pieces have one IP ID");
		}
	used_ids[num_used++ % ARRAY_SIZE(used_ids)] = id;
}

/* The router sends the pieces of a packet one after the other */
static bool join(struct packet *to, const struct packet *p)
{
	size_t head = p->b[0] % 16 * 4, at = (get16(p->b + 6) & 0x1fff) * 8;
	struct view v = { .b = p->b };
	struct trial t = { .p = p, .v = v };

	if (!at) {
		memcpy(to, p, offsetof(struct packet, b) + p->len);
		check_id(p);
	} else {
		size_t len = p->len - head;

		if (to->len != to->b[0] % 16 * 4 + at || memcmp(to->b + 4, p->b + 4, 2) ||
		    memcmp(to->b + 12, p->b + 12, 8) || to->len + len > MAX_PACKET)
			complain(&t, "a piece comes that does not fit");
		memcpy(to->b + to->len, p->b + head, len);
		to->len += len;
	}
	if (get16(p->b + 6) & 0x2000)
		return false;
	put16(to->b + 2, to->len);
	to->b[6] &= 0x40;
	finish_ip(to->b);
	return true;
}

void judge(enum side side, struct packet *p)
{
	struct view v;

	if (look(&v, p->b, p->len) && get16(p->b + 6) & 0x3fff) {
		if (sum(0, p->b, v.head) != 0xffff)
			fail("the IP header's checksum of a piece is wrong");
		if (join(&joined[side], p))
			judge_whole(side, &joined[side], true);
		return;
	}
	judge_whole(side, p, false);
}

/* ---- what must not get lost ---- */

static bool is_whole_segment(const struct view *v)
{
	size_t len = v->b[v->head + 12] / 16 * 4;

	return len >= 20 && v->head + len <= v->len;
}

static bool is_fresh(double at, uint8_t proto)
{
	return at && now() - at < shortest_life(proto) / 2;
}

static bool passes_in(const struct view *v, const struct mapping *m, bool turned)
{
	double at = setup.filter == 'p' ? session_at(v->proto, &v->dst, &v->src) :
		    setup.filter == 'a' ? address_at(v->proto, &v->dst, v->src.addr) : m->last;

	if (!answers(m->in.addr) || !answers(v->src.addr) || is_stream(v->proto))
		return false;
	if (m->fixed)
		return !turned || setup.hairpin;
	return is_fresh(m->last, v->proto) && is_fresh(at, v->proto) && !turned;
}

static bool passes_out(const struct view *v)
{
	const struct mapping *m = by_inside(v->proto, &v->src, &v->dst);
	uint8_t flags = v->b[v->head + 13];

	if (!is_inside(v->src.addr) || !answers(v->src.addr) || !answers(v->dst.addr) ||
	    is_inside(v->dst.addr))
		return false;
	if (v->proto == ICMP)
		return v->b[v->head] == 8;
	if (!is_stream(v->proto))
		return true;
	return is_whole_segment(v) &&
	       ((flags & (FIN | SYN | RST | ACK)) == SYN || (m && is_fresh(m->first, v->proto)));
}

/* Is it one that a NAPT has to pass on, whatever else it does? */
bool has_to_pass(enum side side, const struct packet *p)
{
	const struct mapping *m;
	struct view v;

	if (setup.scarce || !look(&v, p->b, p->len) || !is_plain(&v) || v.head != 20 ||
	    v.b[8] < 2 || get16(p->b + 2) != v.len || sum(0, p->b, 20) != 0xffff)
		return false;
	if (v.len > MTU_OUT && v.b[6] & 0x40 && !p->gso)
		return false;
	if (side == IN && !is_external(v.dst.addr))
		return passes_out(&v);
	m = by_outside(v.proto, &v.dst);
	return m && is_external(v.dst.addr) && passes_in(&v, m, side == IN);
}

void tell_what_came(void)
{
	static const char * const names[] = { "inside", "outside" };

	for (enum side side = 0; side < SIDES; side++)
		printf("# came out %s: %llu forwarded, %llu turned round, %llu errors, %llu errors of the router's, %llu answers of the router's\n",
		       names[side], (unsigned long long)came[side][FORWARDED],
		       (unsigned long long)came[side][TURNED],
		       (unsigned long long)came[side][MOVED_ERROR],
		       (unsigned long long)came[side][ROUTER_ERROR],
		       (unsigned long long)came[side][ROUTER_ANSWER]);
}
