// SPDX-License-Identifier: GPL-2.0
/* A script's text, understood: nothing but numbers and words here, so that it is tested alone */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "script.h"
#include "wire.h"

#define LINE_BYTES	400
#define WORDS		48
#define NS_PER_MS	1000000LL
#define PASSIVE_PORT	80

struct parser {
	struct script *s;
	struct script_line *line;	/* the one that is read */
	int number;
	bool named_side;		/* a line is for naru or for the kernel only */
	char *error;
	char *words[WORDS + 1];		/* the rest of the line, ends with a NULL */
	int at;
};

static bool parse_text(struct parser *p, const char *text);

__attribute__((format(printf, 2, 3)))
static bool wrong(struct parser *p, const char *fmt, ...)
{
	int n = snprintf(p->error, SCRIPT_ERROR, "%s:%d: ", p->s->name, p->number);
	va_list ap;

	if (n < 0 || n >= SCRIPT_ERROR)
		return false;
	va_start(ap, fmt);
	vsnprintf(p->error + n, SCRIPT_ERROR - n, fmt, ap);
	va_end(ap);
	return false;
}

/* ---- words ---- */

static char *peek(struct parser *p)
{
	return p->words[p->at];
}

static char *take(struct parser *p)
{
	return p->words[p->at] ? p->words[p->at++] : NULL;
}

static bool take_if(struct parser *p, const char *word)
{
	if (!peek(p) || strcmp(peek(p), word))
		return false;
	p->at++;
	return true;
}

static bool split(struct parser *p, char *text)
{
	int n = 0;
	char *save;

	p->at = 0;
	for (char *w = strtok_r(text, " \t", &save); w && *w != '#'; w = strtok_r(NULL, " \t", &save)) {
		if (n == WORDS)
			return wrong(p, "more than %d words", WORDS);
		p->words[n++] = w;
	}
	p->words[n] = NULL;
	return true;
}

static bool copy_word(struct parser *p, char *to, const char *what)
{
	char *w = take(p);

	if (!w)
		return wrong(p, "%s is missing", what);
	if (strlen(w) >= SCRIPT_WORD)
		return wrong(p, "%s is too long: %s", what, w);
	snprintf(to, SCRIPT_WORD, "%s", w);
	return true;
}

/* A whole number, all of @text */
static bool is_number(const char *text, long long *value)
{
	char *end;

	errno = 0;
	*value = strtoll(text, &end, 0);
	return *text && !*end && !errno;
}

static bool take_number(struct parser *p, const char *what, long long least, long long most,
			long long *value)
{
	char *w = take(p);

	if (!w)
		return wrong(p, "%s is missing", what);
	if (!is_number(w, value))
		return wrong(p, "%s is not a number: %s", what, w);
	if (*value < least || *value > most)
		return wrong(p, "%s is %lld to %lld, not %s", what, least, most, w);
	return true;
}

static bool int_of(struct parser *p, const char *what, int least, int most, int *value)
{
	long long v;

	if (!take_number(p, what, least, most, &v))
		return false;
	*value = v;
	return true;
}

static bool u32_of(struct parser *p, const char *what, uint32_t *value)
{
	long long v;

	if (!take_number(p, what, 0, UINT32_MAX, &v))
		return false;
	*value = v;
	return true;
}

/* 200ms, 1.5s, 40us */
static bool duration_of(const char *text, int64_t *ns)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || v < 0 || v > 1e6)
		return false;
	if (!strcmp(end, "us"))
		*ns = v * 1000;
	else if (!strcmp(end, "ms"))
		*ns = v * NS_PER_MS;
	else if (!strcmp(end, "s"))
		*ns = v * 1000 * NS_PER_MS;
	else
		return false;
	return true;
}

static bool duration(struct parser *p, int64_t *ns)
{
	char *w = take(p);

	if (!w || !duration_of(w, ns))
		return wrong(p, "a time is a number with us, ms or s, not %s", w ? w : "nothing");
	return true;
}

/* after TIME [~TIME], later */
static bool when(struct parser *p, struct script_time *t)
{
	char *w;

	if (take_if(p, "later")) {
		t->any = true;
		return true;
	}
	if (!take_if(p, "after"))
		return wrong(p, "unknown word %s", peek(p));
	if (!duration(p, &t->after))
		return false;
	w = peek(p);
	if (!w || *w != '~')
		return true;
	p->at++;
	return duration_of(w + 1, &t->margin) || wrong(p, "not a margin: %s", w);
}

/* A number, an error number's name (below 0) or another word that means one */
static bool value_of(const char *text, long long *value)
{
	const struct script_name *error = script_find(script_errors, text);
	const struct script_name *word = script_find(script_words, text);

	if (error)
		*value = -error->a;
	else if (word)
		*value = word->a;
	return error || word || is_number(text, value);
}

/* [=<>]VALUE */
static bool compared(struct parser *p, const char *text, struct script_value *v)
{
	v->compare = *text == '<' ? COMPARE_LT : *text == '>' ? COMPARE_GT : COMPARE_EQ;
	text += *text == '<' || *text == '>' || *text == '=';
	return value_of(text, &v->value) || wrong(p, "not a value: %s", text);
}

/* ---- segments ---- */

static bool take_flags(struct parser *p, int *flags)
{
	static const char letters[] = "FSRPAUEC";	/* as wire.h has the bits */
	char *w = take(p);

	if (!w)
		return wrong(p, "a segment's flags are missing, - is none");
	if (!strcmp(w, "-"))
		return true;
	for (; *w; w++) {
		const char *at = strchr(letters, *w);

		if (!at)
			return wrong(p, "flags are letters of %s, not %c", letters, *w);
		*flags |= 1 << (at - letters);
	}
	return true;
}

/* START..END */
static bool range_of(const char *text, int *start, int *end)
{
	int n = 0;

	return sscanf(text, "%d..%d%n", start, end, &n) == 2 && !text[n] && *end >= *start;
}

/* START..END, @START, +LENGTH. True when @w is one of them. */
static bool place(struct script_seg *s, const char *w)
{
	long long v;
	int start, end;

	if (range_of(w, &start, &end)) {
		s->seq = start;
		s->len = end - start;
		s->has |= HAS_SEQ;
		return true;
	}
	if ((*w != '@' && *w != '+') || !is_number(w + 1, &v))
		return false;
	if (*w == '+') {
		s->len = v;
		return v >= 0;
	}
	s->seq = v;
	s->has |= HAS_SEQ;
	return true;
}

static bool sack_blocks(struct parser *p, struct script_seg *s)
{
	char *w = take(p), *save;

	if (!w)
		return wrong(p, "sack START..END,START..END");
	for (w = strtok_r(w, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		if (s->sacks == 4 || !range_of(w, &s->sack[s->sacks][0], &s->sack[s->sacks][1]))
			return wrong(p, "not one of at most four blocks: %s", w);
		s->sacks++;
	}
	return true;
}

/* The options as bytes in hex */
static bool raw_options(struct parser *p, struct script_seg *s)
{
	const char *w = take(p);
	int n = 0;

	for (; w && sscanf(w, "%2hhx%n", &s->raw[s->raw_len], &n) == 1 && n == 2; w += 2)
		if (++s->raw_len == SCRIPT_OPTIONS)
			break;
	if (!w || *w || !s->raw_len || s->raw_len % 4)
		return wrong(p, "options are 4 to %d bytes in hex, by four", SCRIPT_OPTIONS);
	return true;
}

/* Of the Fast Open option: ask, last, any, or a cookie in hex */
static bool cookie_word(struct parser *p, struct script_seg *s, bool exp)
{
	const char *w = take(p);
	int n = 0;

	s->has |= HAS_COOKIE;
	s->exp = exp;
	if (!w)
		return wrong(p, "a cookie is ask, last, any or hex");
	if (!strcmp(w, "last"))
		s->cookie = COOKIE_LAST;
	else if (!strcmp(w, "any"))
		s->cookie = COOKIE_ANY;
	if (s->cookie || !strcmp(w, "ask"))
		return true;
	for (; s->cookie_len < SCRIPT_COOKIE && sscanf(w, "%2hhx%n", &s->cookie_val[s->cookie_len], &n) == 1 &&
	     n == 2; w += 2)
		s->cookie_len++;
	return (s->cookie_len && !*w) || wrong(p, "a cookie is ask, last, any or at most %d bytes in hex",
					       SCRIPT_COOKIE);
}

static int option_bit(const char *w)
{
	static const struct script_name names[] = {
		{ "mss", HAS_MSS, 0 },
		{ "wscale", HAS_WSCALE, 0 },
		{ "sackok", HAS_SACKOK, 0 },
		{ "ts", HAS_TS, 0 },
		{ "cookie", HAS_COOKIE, 0 },
		{}
	};
	const struct script_name *n = w ? script_find(names, w) : NULL;

	return n ? n->a : 0;
}

/* Words that stand alone */
static bool plain_word(struct script_seg *s, const char *w)
{
	const struct script_name *ecn = script_find(script_ecns, w);

	if (ecn) {
		s->ecn = ecn->a;
		s->has |= HAS_ECN;
	} else if (!strcmp(w, "sackok")) {
		s->has |= HAS_SACKOK;
	} else if (!strcmp(w, "ts")) {
		s->has |= HAS_TS;
	} else if (!strcmp(w, "badsum")) {
		s->bad_csum = true;
	} else {
		return false;
	}
	return true;
}

/* Words with a number behind */
static bool number_word(struct parser *p, struct script_seg *s, const char *w, bool *known)
{
	*known = true;
	if (!strcmp(w, "ack")) {
		s->has |= HAS_ACK;
		return int_of(p, w, INT32_MIN, INT32_MAX, &s->ack);
	}
	if (!strcmp(w, "mss")) {
		s->has |= HAS_MSS;
		return int_of(p, w, 0, 65535, &s->mss);
	}
	if (!strcmp(w, "wscale")) {
		s->has |= HAS_WSCALE;
		return int_of(p, w, 0, 255, &s->wscale);
	}
	if (!strcmp(w, "tsval")) {
		s->has |= HAS_TS | HAS_TSVAL;
		return u32_of(p, w, &s->tsval);
	}
	if (!strcmp(w, "ecr")) {
		s->has |= HAS_TS | HAS_ECR;
		return u32_of(p, w, &s->ecr);
	}
	if (!strcmp(w, "urg")) {
		s->has |= HAS_URG;
		return int_of(p, w, 0, 65535, &s->urg);
	}
	if (!strcmp(w, "by"))
		return int_of(p, w, 1, 65535, &s->by);
	if (!strcmp(w, "doff"))
		return int_of(p, w, 1, 15, &s->doff);
	if (!strcmp(w, "cut"))
		return int_of(p, w, 1, 2000, &s->cut);
	if (!strcmp(w, "flow"))
		return int_of(p, w, 0, SCRIPT_FLOWS - 1, &s->flow);
	*known = false;
	return true;
}

static bool seg_word(struct parser *p, struct script_seg *s)
{
	char *w = take(p);
	bool known;

	if (place(s, w) || plain_word(s, w))
		return true;
	if (!strcmp(w, "wnd"))
		return peek(p) ? compared(p, take(p), &s->wnd) : wrong(p, "wnd is missing");
	if (!strcmp(w, "sack"))
		return sack_blocks(p, s);
	if (!strcmp(w, "raw"))
		return raw_options(p, s);
	if (!strcmp(w, "cookie") || !strcmp(w, "expcookie"))
		return cookie_word(p, s, *w == 'e');
	if (!strcmp(w, "no")) {
		int bit = option_bit(take(p));

		s->lacks |= bit;
		return bit || wrong(p, "no is for mss, wscale, sackok, ts or cookie");
	}
	if (!number_word(p, s, w, &known))
		return false;
	return known || wrong(p, "unknown word %s", w);
}

static bool add_line(struct parser *p, const struct script_line *l)
{
	if (p->s->num == SCRIPT_LINES)
		return wrong(p, "a script has at most %d lines", SCRIPT_LINES);
	p->s->line[p->s->num++] = *l;
	return true;
}

/* One that stands for several; a FIN or a time is that of the last or the first */
static bool add_segments(struct parser *p)
{
	struct script_line l = *p->line;
	int start = l.seg.seq, end = start + l.seg.len, step = l.seg.by;

	if (!step)
		return add_line(p, &l);
	if (!(l.seg.has & HAS_SEQ) || end == start)
		return wrong(p, "by is for a range START..END");
	for (; start < end; start += step) {
		l.seg.seq = start;
		l.seg.len = end - start < step ? end - start : step;
		l.seg.flags = p->line->seg.flags & ~(start + step < end ? FIN : 0);
		if (!add_line(p, &l))
			return false;
		if (!l.time.any)
			l.time.after = 0;
	}
	return true;
}

static bool parse_segment(struct parser *p, enum script_kind kind)
{
	struct script_line *l = p->line;

	l->kind = kind;
	if (!take_flags(p, &l->seg.flags))
		return false;
	while (peek(p)) {
		bool is_time = !strcmp(peek(p), "after") || !strcmp(peek(p), "later");

		if (is_time && kind == SCRIPT_IN)
			return wrong(p, "what the peer sends has no time: quiet TIME before it");
		if (is_time ? !when(p, &l->time) : !seg_word(p, &l->seg))
			return false;
	}
	if (kind == SCRIPT_IN && l->seg.wnd.compare > COMPARE_EQ)
		return wrong(p, "the peer's window is one number");
	return add_segments(p);
}

static bool parse_quiet(struct parser *p)
{
	p->line->kind = SCRIPT_QUIET;
	if (peek(p) && !duration(p, &p->line->time.after))
		return false;
	return add_line(p, p->line);
}

/* icmp NAME [mtu N] [@SEQ] [flow N] */
static bool parse_icmp(struct parser *p)
{
	struct script_line *l = p->line;
	const struct script_name *n = peek(p) ? script_find(script_icmps, take(p)) : NULL;
	int mtu = 0;

	if (!n)
		return wrong(p, "no such ICMP message");
	l->kind = SCRIPT_ICMP;
	l->call = n->a;
	while (peek(p)) {
		if (take_if(p, "mtu")) {
			if (!int_of(p, "mtu", 0, 65535, &mtu))
				return false;
		} else if (take_if(p, "flow")) {
			if (!int_of(p, "flow", 0, SCRIPT_FLOWS - 1, &l->seg.flow))
				return false;
		} else if (!place(&l->seg, take(p))) {
			return wrong(p, "icmp NAME [mtu N] [@SEQ] [flow N]");
		}
	}
	l->value = mtu;
	return add_line(p, l);
}

/* ---- the program ---- */

/* fd OPTION VALUE; two options want no number */
static bool set_words(struct parser *p)
{
	struct script_line *l = p->line;

	if (!copy_word(p, l->word, "an option"))
		return false;
	if (!script_find(script_options, l->word))
		return wrong(p, "unknown option %s", l->word);
	if (!strcmp(l->word, "congestion"))
		return copy_word(p, l->text, "a congestion control");
	if (!peek(p) || !value_of(peek(p), &l->value))
		return wrong(p, "not a value of %s: %s", l->word, peek(p) ? peek(p) : "nothing");
	p->at++;
	return true;
}

static bool get_words(struct parser *p)
{
	struct script_line *l = p->line;

	if (!copy_word(p, l->word, "an option"))
		return false;
	if (!script_find(script_options, l->word))
		return wrong(p, "unknown option %s", l->word);
	return (peek(p) && *peek(p) == '=') || wrong(p, "get OPTION = VALUE");
}

static bool event_words(struct parser *p)
{
	if (!peek(p))
		return wrong(p, "events are missing");
	for (; peek(p) && strcmp(peek(p), "after") && strcmp(peek(p), "later"); p->at++) {
		const struct script_name *n = script_find(script_events, peek(p));

		if (!n)
			return wrong(p, "unknown event %s", peek(p));
		p->line->value |= n->a;
	}
	return true;
}

static bool wait_words(struct parser *p)
{
	if (!event_words(p))
		return false;
	if (!peek(p)) {
		p->line->time.any = true;
		return true;
	}
	return when(p, &p->line->time);
}

/* NAME[=<>]VALUE... */
static bool info_words(struct parser *p)
{
	struct script_line *l = p->line;

	for (; peek(p); p->at++) {
		struct script_check *c = &l->check[l->checks];
		size_t len = strcspn(peek(p), "=<>");

		if (l->checks == SCRIPT_CHECKS || len >= SCRIPT_WORD || !peek(p)[len])
			return wrong(p, "at most %d checks NAME=VALUE, not %s", SCRIPT_CHECKS, peek(p));
		memcpy(c->name, peek(p), len);
		if (!script_find(script_info, c->name))
			return wrong(p, "TCP_INFO has no %s", c->name);
		if (!compared(p, peek(p) + len, &c->is))
			return false;
		l->checks++;
	}
	return l->checks || wrong(p, "info NAME=VALUE");
}

static bool write_words(struct parser *p)
{
	if (!take_number(p, "bytes", 0, 1 << 20, &p->line->value))
		return false;
	while (peek(p) && *peek(p) != '=') {
		if (take_if(p, "more"))
			p->line->flags |= 1;
		else if (take_if(p, "oob"))
			p->line->flags |= 2;
		else if (take_if(p, "fastopen"))
			p->line->flags |= 4;
		else if (!take_if(p, "flow"))
			return wrong(p, "write N [more] [oob] [fastopen [flow N]], not %s", peek(p));
		else if (!int_of(p, "flow", 0, SCRIPT_FLOWS - 1, &p->line->seg.flow))
			return false;
	}
	return true;
}

static bool shutdown_words(struct parser *p)
{
	char *w = take(p);

	if (!w || (strcmp(w, "read") && strcmp(w, "write") && strcmp(w, "both")))
		return wrong(p, "shutdown read, write or both");
	return value_of(w, &p->line->value);
}

static bool call_words(struct parser *p)
{
	struct script_line *l = p->line;
	int flow = 0;

	switch ((enum script_call)l->call) {
	case CALL_BIND:
		return take_number(p, "a port", 0, 65535, &l->value);
	case CALL_LISTEN:
		return take_number(p, "a backlog", 0, 65535, &l->value);
	case CALL_CONNECT:
		if (take_if(p, "flow") && !int_of(p, "flow", 0, SCRIPT_FLOWS - 1, &flow))
			return false;
		l->seg.flow = flow;
		return true;
	case CALL_ACCEPT:
		return copy_word(p, l->word, "the listening socket");
	case CALL_WRITE:
		return write_words(p);
	case CALL_READ:
		return take_number(p, "bytes", 0, 1 << 20, &l->value);
	case CALL_SHUTDOWN:
		return shutdown_words(p);
	case CALL_SET:
		return set_words(p);
	case CALL_GET:
		return get_words(p);
	case CALL_POLL:
		return event_words(p);
	case CALL_WAIT:
		return wait_words(p);
	case CALL_INFO:
		return info_words(p);
	case CALL_SOCKET:
	case CALL_CLOSE:
		break;
	}
	return true;
}

/* [= VALUE] */
static bool result_words(struct parser *p)
{
	if (!peek(p))
		return true;
	if (!take_if(p, "="))
		return wrong(p, "unknown word %s", peek(p));
	if (!peek(p) || !value_of(peek(p), &p->line->result.value))
		return wrong(p, "not a result: %s", peek(p) ? peek(p) : "nothing");
	p->line->result.compare = COMPARE_EQ;
	p->at++;
	return !peek(p) || wrong(p, "unknown word %s", peek(p));
}

/* The words that are left, as text */
static void rest(struct parser *p, char *to, size_t room)
{
	*to = '\0';
	for (char *w = take(p); w; w = take(p)) {
		size_t len = strlen(to);

		snprintf(to + len, room - len, "%s%s", len ? " " : "", w);
	}
}

/* rtt TIME, as the line that makes it so */
static bool round_trip(struct parser *p, char *text, size_t size)
{
	int64_t unused;

	*text = '\0';
	if (!take_if(p, "rtt"))
		return true;
	snprintf(text, size, "quiet %s\n", peek(p) ? peek(p) : "");
	return duration(p, &unused);
}

/* SOCKET accepted|connected [rtt TIME] OPTION...: a connection, its handshake and all */
static bool parse_open(struct parser *p, const char *who, bool passive)
{
	char options[LINE_BYTES / 2], pause[LINE_BYTES], text[4 * LINE_BYTES];

	if (!round_trip(p, pause, sizeof(pause)))
		return false;
	rest(p, options, sizeof(options));
	if (passive)
		snprintf(text, sizeof(text), "listener socket\nlistener bind %d\nlistener listen 8\n"
			 "in S %s\nout SA\n%sin A\n%s accept listener\n", PASSIVE_PORT, options,
			 pause, who);
	else
		snprintf(text, sizeof(text), "%s socket\n%s connect\nout S\n%sin SA %s\nout A\n"
			 "%s wait out\n", who, who, pause, options, who);
	return parse_text(p, text);
}

static bool parse_call(struct parser *p, const char *who)
{
	struct script_line *l = p->line;
	const struct script_name *n;
	char *w = take(p);

	if (!w)
		return wrong(p, "unknown word %s", who);
	if (strlen(who) >= SCRIPT_WORD)
		return wrong(p, "a name that is too long: %s", who);
	if (!strcmp(w, "accepted") || !strcmp(w, "connected"))
		return parse_open(p, who, *w == 'a');
	n = script_find(script_calls, w);
	if (!n)
		return wrong(p, "%s: unknown call %s", who, w);
	snprintf(l->who, sizeof(l->who), "%s", who);
	l->kind = SCRIPT_CALL;
	l->call = n->a;
	return call_words(p) && result_words(p) && add_line(p, l);
}

static bool parse_setting(struct parser *p)
{
	p->line->kind = SCRIPT_SETTING;
	return copy_word(p, p->line->word, "a setting") &&
	       take_number(p, "its value", INT32_MIN, INT32_MAX, &p->line->value) &&
	       add_line(p, p->line);
}

/* ---- lines ---- */

/* What @word leaves of the places where a line holds; 0: it is no such word */
static unsigned int place_of(const char *word)
{
	static const struct script_name names[] = {
		{ "naru", ON_ALL & ~ON_KERNEL, 0 },
		{ "kernel", ON_ALL & ~ON_NARU, 0 },
		{ "native", ON_ALL & ~ON_INET, 0 },
		{ "inet", ON_ALL & ~ON_NATIVE, 0 },
		{ "v4", ON_ALL & ~ON_V6, 0 },
		{ "v6", ON_ALL & ~ON_V4, 0 },
		{}
	};
	const struct script_name *n = script_find(names, word);

	return n ? (unsigned int)n->a : 0;
}

static void restrict_to(struct parser *p, unsigned int *on, unsigned int to)
{
	*on &= to;
	if (!(to & ON_NARU) || !(to & ON_KERNEL))
		p->named_side = true;
}

/* naru: kernel: native: inet: v4: v6: in front of a line */
static void prefixes(struct parser *p)
{
	while (peek(p)) {
		size_t len = strlen(peek(p));
		char word[SCRIPT_WORD];
		unsigned int to;

		if (len < 2 || len >= sizeof(word) || peek(p)[len - 1] != ':')
			return;
		snprintf(word, sizeof(word), "%.*s", (int)len - 1, peek(p));
		to = place_of(word);
		if (!to)
			return;
		restrict_to(p, &p->line->on, to);
		p->at++;
	}
}

static bool parse_only(struct parser *p)
{
	if (!peek(p))
		return wrong(p, "only naru, kernel, native, inet, v4, v6");
	for (; peek(p); p->at++) {
		unsigned int to = place_of(peek(p));

		if (!to)
			return wrong(p, "only naru, kernel, native, inet, v4, v6, not %s", peek(p));
		restrict_to(p, &p->s->on, to);
	}
	return true;
}

static bool parse_differs(struct parser *p)
{
	if (!peek(p))
		return wrong(p, "differs: a reason is missing");
	if (p->s->num_differs == SCRIPT_DIFFERS)
		return wrong(p, "at most %d reasons", SCRIPT_DIFFERS);
	rest(p, p->s->differs[p->s->num_differs++], SCRIPT_ERROR);
	return true;
}

static bool parse_words(struct parser *p)
{
	char *w = take(p);

	if (!strcmp(w, "only"))
		return parse_only(p);
	if (!strcmp(w, "differs"))
		return parse_differs(p);
	if (!strcmp(w, "in"))
		return parse_segment(p, SCRIPT_IN);
	if (!strcmp(w, "out"))
		return parse_segment(p, SCRIPT_OUT);
	if (!strcmp(w, "quiet"))
		return parse_quiet(p);
	if (!strcmp(w, "icmp"))
		return parse_icmp(p);
	if (!strcmp(w, "setting"))
		return parse_setting(p);
	return parse_call(p, w);
}

static bool parse_line(struct parser *p, char *text, unsigned int on)
{
	struct script_line line = { .number = p->number, .on = on };

	p->line = &line;
	if (!split(p, text))
		return false;
	prefixes(p);
	if (!peek(p))
		return line.on == on || wrong(p, "nothing behind the place");
	if (!parse_words(p))
		return false;
	return !peek(p) || wrong(p, "unknown word %s", peek(p));
}

/* Lines that a line stands for: they hold where it does, and are reported as it is */
static bool parse_text(struct parser *p, const char *text)
{
	unsigned int on = p->line->on;

	while (*text) {
		size_t len = strcspn(text, "\n");
		char line[LINE_BYTES];

		if (len >= sizeof(line))
			return wrong(p, "a line is at most %d characters", LINE_BYTES - 1);
		memcpy(line, text, len);
		line[len] = '\0';
		if (!parse_line(p, line, on))
			return false;
		text += len + (text[len] == '\n');
	}
	return true;
}

/* Behind the licence the first comment says what the script is about, and by which RFC */
static bool cites(const char *text)
{
	size_t len = 0;

	while (*text == '#') {
		len = strcspn(text, "\n");
		if (memmem(text, len, "RFC ", 4))
			return true;
		text += len + (text[len] == '\n');
	}
	return false;
}

/**
 * script_parse - what a script says
 * @s: is filled
 * @name: of its file, for messages; must live as long as @s
 * @text: of the script
 * @error: SCRIPT_ERROR bytes, filled with FILE:LINE: and what is wrong with it
 *
 * Return: false when it is no script; @error says why.
 */
bool script_parse(struct script *s, const char *name, const char *text, char *error)
{
	struct script_line none = { .on = ON_ALL };
	struct parser p = { .s = s, .error = error, .line = &none };

	memset(s, 0, sizeof(*s));
	s->name = name;
	s->on = ON_ALL;
	p.number = 1;
	if (!cites(text))
		return wrong(&p, "no comment at its head cites an RFC");
	for (; *text; p.number++) {
		size_t len = strcspn(text, "\n");
		char line[LINE_BYTES];

		if (len >= sizeof(line))
			return wrong(&p, "a line is at most %d characters", LINE_BYTES - 1);
		memcpy(line, text, len);
		line[len] = '\0';
		if (!parse_line(&p, line, ON_ALL))
			return false;
		text += len + (text[len] == '\n');
	}
	if (!s->num)
		return wrong(&p, "the script does nothing");
	if (p.named_side != (s->num_differs > 0))
		return wrong(&p, p.named_side ? "what is for naru or the kernel alone wants a line differs" :
			     "a line differs, and no line is for naru or the kernel alone");
	return true;
}
