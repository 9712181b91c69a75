// SPDX-License-Identifier: GPL-2.0
/*
 * Rules and static mappings of the NAPT as words: read, and written so that they can be read again.
 * Nothing here exits.
 */
#include "napt.h"
#include "parse.h"
#include "util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* The words that are left to read, and where to complain */
struct words {
	int num;
	char **word;
	char *error;
	bool senseless;
};

static bool __printf(2, 3) fail(struct words *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(w->error, NAPT_ERROR_LEN, format, args);
	va_end(args);
	return false;
}

/* The word is as it should be, and what it says cannot be */
static bool __printf(2, 3) senseless(struct words *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(w->error, NAPT_ERROR_LEN, format, args);
	va_end(args);
	w->senseless = true;
	return false;
}

static enum napt_parsed parsed(const struct words *w, bool good)
{
	if (good)
		return NAPT_PARSED;
	return w->senseless ? NAPT_SENSELESS : NAPT_SYNTAX;
}

static const char *next(struct words *w)
{
	w->num--;
	return *w->word++;
}

/**
 * napt_rule_default() - a rule that says nothing
 * @rule: filled
 */
void napt_rule_default(struct napt_rule *rule)
{
	memset(rule, 0, sizeof(*rule));
	rule->protos = NARU_RULE_PROTO_ALL;
	rule->sports.last = UINT16_MAX;
	rule->dports.last = UINT16_MAX;
	rule->ports.first = 1024;
	rule->ports.last = UINT16_MAX;
	rule->parity = 1;
	rule->hairpin = 1;
	rule->timeout[NARU_TIMEOUT_TCP_OPEN] = 240;
	rule->timeout[NARU_TIMEOUT_TCP_ESTABLISHED] = 7440;
	rule->timeout[NARU_TIMEOUT_TCP_CLOSING] = 240;
	rule->timeout[NARU_TIMEOUT_UDP] = 300;
	rule->timeout[NARU_TIMEOUT_ICMP] = 60;
}

/* ---- what follows each key ---- */

/* `dev DEV` and `to dev DEV` come in any order */
static bool take_dev(struct napt_rule *rule, const char *value, struct words *w)
{
	char dev[IFNAMSIZ];

	if (!napt_parse_dev(value, dev))
		return fail(w, "not the name of an interface: %s", value);
	if (*rule->dev && strcmp(rule->dev, dev))
		return senseless(w, "a rule goes to the address of its own dev, not of another: %s",
				 value);
	memcpy(rule->dev, dev, sizeof(dev));
	return true;
}

static bool take_prefix(uint32_t *addr, uint8_t *bits, const char *value, struct words *w)
{
	if (!napt_parse_prefix(value, addr, bits))
		return fail(w, "not a prefix: %s", value);
	return napt_prefix_clean(*addr, *bits) ||
	       senseless(w, "the prefix has bits set behind its length: %s", value);
}

static bool take_src(struct napt_rule *rule, const char *value, struct words *w)
{
	return take_prefix(&rule->src, &rule->src_bits, value, w);
}

static bool take_proto(struct napt_rule *rule, const char *value, struct words *w)
{
	return napt_parse_protos(value, &rule->protos) ||
	       fail(w, "protocols are tcp,udp,icmp,native,native-dgram or all, not %s", value);
}

static bool take_range_of_ports(struct napt_ports *ports, const char *value, struct words *w)
{
	if (!napt_parse_ports(value, ports))
		return fail(w, "ports are A or A-B, from 1 to 65535, not %s", value);
	if (ports->first > ports->last)
		return senseless(w, "the ports are reversed: %s", value);
	return ports->first || senseless(w, "0 is not a port: %s", value);
}

static bool take_sport(struct napt_rule *rule, const char *value, struct words *w)
{
	return take_range_of_ports(&rule->sports, value, w);
}

static bool take_dport(struct napt_rule *rule, const char *value, struct words *w)
{
	return take_range_of_ports(&rule->dports, value, w);
}

static bool take_ports(struct napt_rule *rule, const char *value, struct words *w)
{
	return take_range_of_ports(&rule->ports, value, w);
}

static bool take_except(struct napt_rule *rule, const char *value, struct words *w)
{
	struct napt_except *e = &rule->except[rule->num_excepts];
	char prefix[NAPT_ADDR_LEN];
	const char *ports;

	if (rule->num_excepts == NARU_RULE_EXCEPTS_MAX)
		return senseless(w, "a rule has at most %u exceptions", NARU_RULE_EXCEPTS_MAX);
	if (!napt_split(value, prefix, sizeof(prefix), &ports))
		return fail(w, "not a prefix: %s", value);
	if (!take_prefix(&e->addr, &e->bits, prefix, w))
		return false;
	e->ports.first = 0;
	e->ports.last = UINT16_MAX;
	if (ports && !take_range_of_ports(&e->ports, ports, w))
		return false;
	rule->num_excepts++;
	return true;
}

/* ADDR, ADDR-ADDR or PREFIX */
static bool parse_range(char *text, struct napt_range *range, struct words *w)
{
	char *dash = strchr(text, '-');
	uint8_t bits;

	if (!dash) {
		if (!take_prefix(&range->first, &bits, text, w))
			return false;
		range->last = bits == 32 ? range->first : range->first | UINT32_MAX >> bits;
		return true;
	}
	*dash = '\0';
	if (!napt_parse_addr(text, &range->first) || !napt_parse_addr(dash + 1, &range->last))
		return fail(w, "not addresses: %s-%s", text, dash + 1);
	return range->last >= range->first ||
	       senseless(w, "the addresses are reversed: %s-%s", text, dash + 1);
}

static bool take_range(struct napt_rule *rule, const char *text, size_t len, struct words *w)
{
	char copy[NAPT_ADDR_LEN];

	if (rule->num_ranges == NARU_RULE_TO_MAX)
		return senseless(w, "a rule has at most %u addresses and ranges", NARU_RULE_TO_MAX);
	if (len >= sizeof(copy))
		return fail(w, "not an address, a range or a prefix: %.*s", (int)len, text);
	memcpy(copy, text, len);
	copy[len] = '\0';
	return parse_range(copy, &rule->range[rule->num_ranges++], w);
}

static bool take_to(struct napt_rule *rule, const char *value, struct words *w)
{
	size_t len;

	if (!strcmp(value, "dev")) {
		rule->to_dev = true;
		if (!w->num)
			return fail(w, "the interface is missing after: to dev");
		return take_dev(rule, next(w), w);
	}
	for (;; value += len + 1) {
		len = strcspn(value, ",");
		if (!take_range(rule, value, len, w))
			return false;
		if (!value[len])
			return true;
	}
}

/* VALUE or VALUE/MASK, decimal or 0x and hexadecimal */
static bool parse_number(const char *text, char end, uint32_t *value, const char **rest)
{
	unsigned long n;
	char *stop;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoul(text, &stop, text[0] == '0' && text[1] == 'x' ? 16 : 10);
	if (errno || n > UINT32_MAX || (*stop && *stop != end))
		return false;
	*value = n;
	*rest = stop;
	return true;
}

static bool take_mark(struct napt_rule *rule, const char *value, struct words *w)
{
	const char *rest = value;

	rule->mark_mask = UINT32_MAX;
	if (!parse_number(value, '/', &rule->mark, &rest) ||
	    (*rest && !parse_number(rest + 1, '\0', &rule->mark_mask, &rest)))
		return fail(w, "a mark is VALUE or VALUE/MASK, not %s", value);
	if (!rule->mark_mask || rule->mark & ~rule->mark_mask)
		return senseless(w, "the mark has bits that its mask has not: %s", value);
	return true;
}

/* ---- keys ---- */

struct taker {
	const char *key;
	bool (*take)(struct napt_rule *rule, const char *value, struct words *w);
	bool often;
};

static const struct taker takers[] = {
	{ "dev", take_dev, false },
	{ "src", take_src, false },
	{ "proto", take_proto, false },
	{ "sport", take_sport, false },
	{ "dport", take_dport, false },
	{ "except", take_except, true },
	{ "to", take_to, false },
	{ "ports", take_ports, false },
	{ "mark", take_mark, false },
};

static const char *const on_off[] = { "off", "on", NULL };

/* Keys that are followed by one of a few words */
struct chooser {
	const char *key;
	const char *const *words;
	size_t offset;
};

#define CHOOSER(key, words, field) { key, words, offsetof(struct napt_rule, field) }

static const struct chooser choosers[] = {
	CHOOSER("mapping", napt_mapping_words, mapping),
	CHOOSER("filtering", napt_filtering_words, filtering),
	CHOOSER("tcp-filtering", napt_filtering_words, tcp_filtering),
	CHOOSER("choice", napt_choice_words, choice),
	CHOOSER("parity", on_off, parity),
	CHOOSER("hairpin", on_off, hairpin),
	CHOOSER("notrack", on_off, notrack),
	CHOOSER("refresh-in", on_off, refresh_in),
	CHOOSER("exhausted", napt_exhausted_words, exhausted),
	CHOOSER("unsolicited", napt_unsolicited_words, unsolicited),
};

#define TAKERS	ARRAY_SIZE(takers)
#define CHOOSERS	ARRAY_SIZE(choosers)
#define TIMERS	NARU_TIMEOUT_MAX
#define KEYS	(TAKERS + CHOOSERS + TIMERS)
#define TO	6		/* place of `to` */
#define TCP_FILTERING	(TAKERS + 2)

static uint8_t *choice_of(const struct napt_rule *rule, const struct chooser *c)
{
	return (uint8_t *)rule + c->offset;
}

static const char *key_at(size_t i)
{
	if (i < TAKERS)
		return takers[i].key;
	if (i < TAKERS + CHOOSERS)
		return choosers[i - TAKERS].key;
	return napt_timeout_words[i - TAKERS - CHOOSERS + 1];
}

/* Its place, KEYS if it is none */
static size_t find_key(const char *word)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		if (!strcmp(key_at(i), word))
			break;
	return i;
}

/* RFC 5382 REQ-5, RFC 7857 2.1, RFC 4787 REQ-5, RFC 5508 REQ-2 */
static const uint32_t least[NARU_TIMEOUT_MAX + 1] = { 0, 4, 7440, 240, 120, 60 };

#define TIMER_MAX	(30 * 24 * 3600)	/* seconds, whichever it is */

static bool take_timer(struct napt_rule *rule, size_t timer, const char *value, struct words *w)
{
	const char *name = napt_timeout_words[timer];

	if (!parse_u32(value, UINT32_MAX, &rule->timeout[timer]))
		return fail(w, "%s is a number of seconds, not %s", name, value);
	if (rule->timeout[timer] < least[timer])
		return senseless(w, "%s is at least %u seconds, not %s", name, least[timer], value);
	if (rule->timeout[timer] > TIMER_MAX)
		return senseless(w, "%s is at most %u seconds, not %s", name, TIMER_MAX, value);
	return true;
}

static bool take_choice(struct napt_rule *rule, const struct chooser *c, const char *value,
			struct words *w)
{
	return napt_parse_word(c->words, value, choice_of(rule, c)) ||
	       fail(w, "not a word for %s: %s", c->key, value);
}

static bool take(struct napt_rule *rule, size_t key, const char *value, struct words *w)
{
	if (key < TAKERS)
		return takers[key].take(rule, value, w);
	if (key < TAKERS + CHOOSERS)
		return take_choice(rule, &choosers[key - TAKERS], value, w);
	return take_timer(rule, key - TAKERS - CHOOSERS + 1, value, w);
}

/* The keys, each with its value, in any order; @said: which there were */
static bool take_all(struct napt_rule *rule, struct words *w, bool *said)
{
	while (w->num) {
		const char *word = next(w);
		size_t key = find_key(word);

		if (key == KEYS)
			return fail(w, "not a word of a rule: %s", word);
		if (said[key] && !(key < TAKERS && takers[key].often))
			return fail(w, "said twice: %s", word);
		if (!w->num)
			return fail(w, "a value is missing after: %s", word);
		if (!take(rule, key, next(w), w))
			return false;
		said[key] = true;
	}
	return true;
}

/**
 * napt_parse_rule() - read a rule's words
 * @rule: filled
 * @argc: how many words
 * @argv: SPEC
 * @error: filled when a word is wrong, NAPT_ERROR_LEN bytes
 *
 * Return: whether all words are known, and make sense, and none is missing.
 */
enum napt_parsed napt_parse_rule(struct napt_rule *rule, int argc, char **argv, char *error)
{
	struct words w = { .num = argc, .word = argv, .error = error };
	bool said[KEYS] = { false }, good;

	napt_rule_default(rule);
	good = take_all(rule, &w, said);
	if (good && !said[0])
		good = fail(&w, "by which interface do packets leave? dev DEV is missing");
	if (good && !said[TO])
		good = fail(&w, "to which address? to ADDR or to dev DEV is missing");
	if (!said[TCP_FILTERING])
		rule->tcp_filtering = rule->filtering;
	return parsed(&w, good);
}

/* ---- static mappings ---- */

static bool take_outside(struct napt_static *fixed, const char *text, struct words *w)
{
	char addr[NAPT_ADDR_LEN];
	struct napt_ports ports;
	const char *port;

	if (!napt_split(text, addr, sizeof(addr), &port) || !port)
		return fail(w, "outside is ADDR:PORT, ADDR:PORT-PORT or dev:PORT, not %s", text);
	if (strcmp(addr, "dev") && (!napt_parse_addr(addr, &fixed->outside) || !fixed->outside))
		return fail(w, "not an address: %s", addr);
	if (!take_range_of_ports(&ports, port, w))
		return false;
	fixed->outside_port = ports.first;
	fixed->num = ports.last - ports.first + 1;
	return true;
}

static bool take_inside(struct napt_static *fixed, const char *text, struct words *w)
{
	char addr[NAPT_ADDR_LEN];
	struct napt_ports ports;
	const char *port;

	if (!napt_split(text, addr, sizeof(addr), &port) || !port ||
	    !napt_parse_addr(addr, &fixed->inside))
		return fail(w, "inside is ADDR:PORT, the first port where there are several, not %s",
			    text);
	if (!take_range_of_ports(&ports, port, w))
		return false;
	if (ports.last != ports.first && ports.last != ports.first + fixed->num - 1)
		return senseless(w, "as many ports are wanted inside as outside: %s", text);
	fixed->inside_port = ports.first;
	return ports.first + fixed->num - 1 <= UINT16_MAX ||
	       senseless(w, "so many ports go beyond 65535: %s", text);
}

static bool take_static(struct napt_static *fixed, int argc, char **argv, struct words *w)
{
	if (argc != 4 && argc != 6)
		return fail(w, "a static mapping is PROTO EXT:PORT[-PORT] to IN:PORT [dev DEV]");
	if (!napt_parse_proto(argv[0], &fixed->proto) || fixed->proto == 1)
		return fail(w, "the protocol is tcp, udp, native or native-dgram, not %s", argv[0]);
	if (strcmp(argv[2], "to"))
		return fail(w, "`to` stands between outside and inside, not %s", argv[2]);
	if (!take_outside(fixed, argv[1], w) || !take_inside(fixed, argv[3], w))
		return false;
	if (argc == 6 && strcmp(argv[4], "dev"))
		return fail(w, "not a word of a static mapping: %s", argv[4]);
	if (argc == 6 && !napt_parse_dev(argv[5], fixed->dev))
		return fail(w, "not the name of an interface: %s", argv[5]);
	return fixed->outside || *fixed->dev ||
	       fail(w, "of which interface? dev:PORT wants dev DEV");
}

/**
 * napt_parse_static() - read a static mapping's words
 * @fixed: filled
 * @argc: how many words
 * @argv: PROTO EXT:PORT[-PORT] to IN:PORT [dev DEV]
 * @error: filled when a word is wrong, NAPT_ERROR_LEN bytes
 *
 * Return: whether all words are known, and make sense, and none is missing.
 */
enum napt_parsed napt_parse_static(struct napt_static *fixed, int argc, char **argv, char *error)
{
	struct words w = { .error = error };

	memset(fixed, 0, sizeof(*fixed));
	return parsed(&w, take_static(fixed, argc, argv, &w));
}

/* ---- writing ---- */

/**
 * napt_print_except() - a destination that is excepted
 * @f: where to
 * @e: exception
 */
void napt_print_except(FILE *f, const struct napt_except *e)
{
	char text[NAPT_ADDR_LEN];

	napt_prefix_text(e->addr, e->bits, text);
	fputs(text, f);
	if (napt_ports_all(&e->ports))
		return;
	napt_ports_text(&e->ports, text);
	fprintf(f, ":%s", text);
}

/**
 * napt_print_to() - a rule's external addresses
 * @f: where to
 * @rule: rule
 */
void napt_print_to(FILE *f, const struct napt_rule *rule)
{
	char text[NAPT_ADDR_LEN];
	unsigned int i;

	if (rule->to_dev)
		fprintf(f, "dev %s", rule->dev);
	for (i = 0; i < rule->num_ranges; i++) {
		napt_range_text(&rule->range[i], text);
		fprintf(f, "%s%s", i ? "," : "", text);
	}
}

static void print_sources(FILE *f, const struct napt_rule *rule)
{
	char text[64];

	if (rule->src_bits) {
		napt_prefix_text(rule->src, rule->src_bits, text);
		fprintf(f, " src %s", text);
	}
	if (rule->protos != NARU_RULE_PROTO_ALL) {
		napt_protos_text(rule->protos, text, sizeof(text));
		fprintf(f, " proto %s", text);
	}
}

static void print_destinations(FILE *f, const struct napt_rule *rule)
{
	char text[NAPT_ADDR_LEN];
	unsigned int i;

	if (!napt_ports_all(&rule->sports)) {
		napt_ports_text(&rule->sports, text);
		fprintf(f, " sport %s", text);
	}
	if (!napt_ports_all(&rule->dports)) {
		napt_ports_text(&rule->dports, text);
		fprintf(f, " dport %s", text);
	}
	for (i = 0; i < rule->num_excepts; i++) {
		fputs(" except ", f);
		napt_print_except(f, &rule->except[i]);
	}
}

static void print_choices(FILE *f, const struct napt_rule *rule)
{
	struct napt_rule otherwise;
	size_t i;

	napt_rule_default(&otherwise);
	otherwise.tcp_filtering = rule->filtering;
	for (i = 0; i < CHOOSERS; i++) {
		uint8_t value = *choice_of(rule, &choosers[i]);

		if (value != *choice_of(&otherwise, &choosers[i]))
			fprintf(f, " %s %s", choosers[i].key,
				napt_word(choosers[i].words, value));
	}
	if (rule->mark_mask == UINT32_MAX)
		fprintf(f, " mark 0x%x", rule->mark);
	else if (rule->mark_mask)
		fprintf(f, " mark 0x%x/0x%x", rule->mark, rule->mark_mask);
	for (i = 1; i <= TIMERS; i++)
		if (rule->timeout[i] != otherwise.timeout[i])
			fprintf(f, " %s %u", napt_timeout_words[i], rule->timeout[i]);
}

/**
 * napt_print_rule() - a rule's words, without those that say what is so anyway
 * @f: where to
 * @rule: rule
 */
void napt_print_rule(FILE *f, const struct napt_rule *rule)
{
	struct napt_rule otherwise;
	char text[NAPT_ADDR_LEN];

	napt_rule_default(&otherwise);
	fprintf(f, "dev %s", rule->dev);
	print_sources(f, rule);
	print_destinations(f, rule);
	fputs(" to ", f);
	napt_print_to(f, rule);
	if (memcmp(&rule->ports, &otherwise.ports, sizeof(rule->ports))) {
		napt_ports_text(&rule->ports, text);
		fprintf(f, " ports %s", text);
	}
	print_choices(f, rule);
}

/**
 * napt_print_rest() - the words of a rule that rule list has no columns for, a blank before each
 * @f: where to
 * @rule: rule
 */
void napt_print_rest(FILE *f, const struct napt_rule *rule)
{
	print_destinations(f, rule);
	print_choices(f, rule);
	if (*rule->suspended)
		fprintf(f, " suspended: %s", rule->suspended);
}

/**
 * napt_print_static() - a static mapping's words
 * @f: where to
 * @fixed: static mapping
 */
void napt_print_static(FILE *f, const struct napt_static *fixed)
{
	struct napt_ports ports = {
		.first = fixed->outside_port,
		.last = fixed->outside_port + fixed->num - 1,
	};
	char outside[NAPT_ADDR_LEN] = "dev", inside[NAPT_ADDR_LEN], text[NAPT_ADDR_LEN];

	if (fixed->outside)
		napt_addr_text(fixed->outside, outside);
	napt_addr_text(fixed->inside, inside);
	napt_ports_text(&ports, text);
	fprintf(f, "%s %s:%s to %s:%u", napt_proto_name(fixed->proto), outside, text, inside,
		fixed->inside_port);
	if (*fixed->dev)
		fprintf(f, " dev %s", fixed->dev);
}
