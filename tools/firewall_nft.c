// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of nftables, as nft(8) prints them.
 */
#include "firewall.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX	256

/* The words of a rule, and the one that is read next */
struct words {
	char *word[WORDS_MAX];
	size_t num, at;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* In place. What stands in quotation marks is one word, without them */
static void split(struct words *w, char *line)
{
	size_t i;

	w->num = 0;
	w->at = 0;
	while (w->num < WORDS_MAX) {
		char end = ' ';

		while (is_blank(*line) || *line == ',')
			line++;
		if (!*line)
			break;
		if (*line == '"') {
			end = '"';
			line++;
		}
		w->word[w->num++] = line;
		while (*line && *line != end && !(end == ' ' && (*line == '\t' || *line == '"')))
			line++;
		if (*line)
			*line++ = '\0';
	}
	for (i = 0; i < w->num; i++) {
		size_t len = strlen(w->word[i]);

		if (len && strchr(",;", w->word[i][len - 1]))
			w->word[i][len - 1] = '\0';
	}
}

static const char *peek(const struct words *w, size_t ahead)
{
	return w->at + ahead < w->num ? w->word[w->at + ahead] : "";
}

/* The next word, empty behind the last */
static const char *take_word(struct words *w)
{
	return w->at < w->num ? w->word[w->at++] : "";
}

static bool is(const struct words *w, const char *word)
{
	return !strcmp(peek(w, 0), word);
}

static bool accept_word(struct words *w, const char *word)
{
	if (!is(w, word))
		return false;
	w->at++;
	return true;
}

static bool is_one_of(const char *word, const char *const *list, size_t num)
{
	size_t i;

	for (i = 0; i < num; i++)
		if (!strcmp(word, list[i]))
			return true;
	return false;
}

static enum firewall_match not(enum firewall_match match)
{
	if (match == FIREWALL_MAYBE)
		return match;
	return match == FIREWALL_YES ? FIREWALL_NO : FIREWALL_YES;
}

/* A number, a name or a range of numbers */
static enum firewall_match proto_is(const char *word, unsigned int proto)
{
	unsigned int first, last;
	int number = firewall_proto_number(word);

	if (number >= 0)
		return (unsigned int)number == proto ? FIREWALL_YES : FIREWALL_NO;
	if (sscanf(word, "%u-%u", &first, &last) == 2)
		return proto >= first && proto <= last ? FIREWALL_YES : FIREWALL_NO;
	return FIREWALL_MAYBE;
}

static enum firewall_match proto_matches(const char *word, size_t i)
{
	return proto_is(word, firewall_protos[i]);
}

/* What is new is looked at: of conntrack's states it has that one. Several stand in one word */
static enum firewall_match state_matches(const char *word, size_t i)
{
	(void)i;
	return strstr(word, "new") ? FIREWALL_YES : FIREWALL_NO;
}

static enum firewall_match dev_matches(const char *word, size_t i)
{
	(void)i;
	return strcmp(word, "lo") ? FIREWALL_MAYBE : FIREWALL_NO;
}

typedef enum firewall_match (*matcher)(const char *word, size_t i);

static void take_verdict(struct words *w, struct firewall_step *step)
{
	const char *word = take_word(w);

	if (!strcmp(word, "accept"))
		step->verdict = FIREWALL_ACCEPT;
	else if (!strcmp(word, "drop"))
		step->verdict = FIREWALL_DROP;
	else if (!strcmp(word, "return"))
		step->verdict = FIREWALL_RETURN;
	else if (!strcmp(word, "jump") || !strcmp(word, "goto"))
		step->verdict = *word == 'j' ? FIREWALL_JUMP : FIREWALL_GOTO;
	if (step->verdict == FIREWALL_JUMP || step->verdict == FIREWALL_GOTO)
		snprintf(step->target, FIREWALL_NAME, "%s", take_word(w));
}

/* { KEY : VERDICT, ... } behind vmap: what stands at the key that the packet has */
static void take_map(struct words *w, struct firewall_step *step, matcher match, size_t i)
{
	bool found = false;

	if (!accept_word(w, "{")) {
		firewall_narrow(step, FIREWALL_MAYBE);	/* a map that has a name */
		return;
	}
	while (w->at < w->num && !accept_word(w, "}")) {
		struct firewall_step here = { .verdict = FIREWALL_NONE };
		enum firewall_match m = match(take_word(w), i);

		accept_word(w, ":");
		take_verdict(w, &here);
		if (found || m == FIREWALL_NO)
			continue;
		here.match = step->match;
		firewall_narrow(&here, m);
		*step = here;
		found = true;
	}
	if (!found)
		step->match = FIREWALL_NO;
}

static enum firewall_match take_set(struct words *w, matcher match, size_t i)
{
	enum firewall_match any = FIREWALL_NO, m;

	while (w->at < w->num && !accept_word(w, "}")) {
		m = match(take_word(w), i);
		if (m > any)
			any = m;
	}
	return any;
}

/* What is asked of something that we know of the packet: a value, a set or a map */
static void take_value(struct words *w, struct firewall_rule *rule, matcher match)
{
	bool differs = accept_word(w, "!=");
	size_t i, begin, end = 0;

	if (!differs)
		accept_word(w, "==");
	begin = w->at;
	for (i = 0; i < FIREWALL_PROTOS; i++) {
		struct firewall_step *step = &rule->step[i];
		enum firewall_match m;

		w->at = begin;
		if (accept_word(w, "vmap")) {
			take_map(w, step, match, i);
		} else {
			if (accept_word(w, "{"))
				m = take_set(w, match, i);
			else
				m = match(take_word(w), i);
			firewall_narrow(step, differs ? not(m) : m);
		}
		end = w->at;
	}
	w->at = end;
}

/* What the rule does besides. True: that was read */
static bool take_statement(struct words *w)
{
	static const char *const log_words[] = { "prefix", "level", "flags", "group", "snaplen",
						 "queue-threshold" };

	if (!strcmp(peek(w, 2), "set") && (is(w, "meta") || is(w, "ct"))) {
		w->at += 4;
	} else if (accept_word(w, "counter")) {
		if (is(w, "packets"))
			w->at += 4;
	} else if (accept_word(w, "comment")) {
		w->at++;
	} else if (accept_word(w, "log")) {
		while (is_one_of(peek(w, 0), log_words, ARRAY_SIZE(log_words)))
			w->at += 2;
	} else {
		return false;
	}
	return true;
}

/* What we know of the packet. True: that was asked, and is read */
static bool take_known(struct words *w, struct firewall_rule *rule)
{
	static const char *const devs[] = { "iif", "iifname", "oif", "oifname" };
	static const char *const others[] = { "tcp", "udp", "icmp", "icmpv6", "sctp", "dccp", "udplite",
					      "igmp", "esp", "ah", "comp", "gre" };
	const char *key = peek(w, 1);

	if (is_one_of(peek(w, 0), others, ARRAY_SIZE(others))) {
		firewall_narrow_all(rule, FIREWALL_NO);
		w->at++;
		return true;
	}
	if ((is(w, "meta") && !strcmp(key, "l4proto")) || (is(w, "ip") && !strcmp(key, "protocol")) ||
	    (is(w, "ip6") && !strcmp(key, "nexthdr"))) {
		w->at += 2;
		take_value(w, rule, proto_matches);
		return true;
	}
	if (is(w, "ct") && !strcmp(key, "state")) {
		w->at += 2;
		take_value(w, rule, state_matches);
		return true;
	}
	if (is(w, "meta") && is_one_of(key, devs, ARRAY_SIZE(devs)))
		w->at++;
	if (!is_one_of(peek(w, 0), devs, ARRAY_SIZE(devs)))
		return false;
	w->at++;
	take_value(w, rule, dev_matches);
	return true;
}

/* True: it was one, and the rule ends */
static bool take_end(struct words *w, struct firewall_rule *rule)
{
	if (is(w, "accept"))
		firewall_decide(rule, FIREWALL_ACCEPT, NULL);
	else if (is(w, "drop") || is(w, "reject") || (is(w, "xt") && !strcmp(peek(w, 2), "REJECT")))
		firewall_decide(rule, FIREWALL_DROP, NULL);
	else if (is(w, "return"))
		firewall_decide(rule, FIREWALL_RETURN, NULL);
	else if (is(w, "jump"))
		firewall_decide(rule, FIREWALL_JUMP, peek(w, 1));
	else if (is(w, "goto"))
		firewall_decide(rule, FIREWALL_GOTO, peek(w, 1));
	else
		return false;
	return true;
}

static bool read_rule(struct firewall_chain *c, char *line)
{
	struct firewall_rule *rule = firewall_add_rule(c);
	struct words w;

	if (!rule)
		return false;
	split(&w, line);
	while (w.at < w.num && !take_end(&w, rule)) {
		if (take_statement(&w) || take_known(&w, rule))
			continue;
		firewall_narrow_all(rule, FIREWALL_MAYBE);
		w.at++;
	}
	return true;
}

/* type filter hook input priority filter; policy drop; */
static void read_base(struct firewall_chain *c, char *line)
{
	struct words w;

	split(&w, line);
	if (strcmp(peek(&w, 1), "filter") || strcmp(peek(&w, 2), "hook") || !strcmp(peek(&w, 3), "forward"))
		return;
	snprintf(c->hook, sizeof(c->hook), "%s", peek(&w, 3));
	w.at = w.num > 2 ? w.num - 2 : 0;
	c->drops = accept_word(&w, "policy") && is(&w, "drop");
}

static bool is_internet(const char *family)
{
	return !strcmp(family, "ip") || !strcmp(family, "ip6") || !strcmp(family, "inet");
}

/* Where we are in the text. @chain is NULL outside of one, @other counts what is open of other things */
struct reading {
	struct firewall *f;
	struct firewall_chain *chain;
	char family[8], table[FIREWALL_NAME];
	bool iptables;
	int other;
};

static int balance(const char *line)
{
	int n = 0;

	for (; *line; line++)
		n += (*line == '{') - (*line == '}');
	return n;
}

static bool begin_chain(struct reading *r, const char *name)
{
	struct firewall_chain *c = firewall_add_chain(r->f);

	if (!c)
		return false;
	c->by = r->iptables ? FIREWALL_IPTABLES : FIREWALL_NFT;
	memcpy(c->family, r->family, sizeof(c->family));
	memcpy(c->table, r->table, sizeof(c->table));
	snprintf(c->name, sizeof(c->name), "%s", name);
	r->chain = c;
	return true;
}

/* A line in a table, outside of its chains; or between tables */
static bool read_outside(struct reading *r, const char *line)
{
	char name[FIREWALL_NAME];

	if (strstr(line, "managed by iptables-nft")) {
		r->iptables = true;
		return true;
	}
	if (sscanf(line, "table %7s %63s {", r->family, r->table) == 2)
		return true;
	if (sscanf(line, "chain %63s {", name) == 1 && is_internet(r->family))
		return begin_chain(r, name);
	if (!strcmp(line, "}"))
		r->iptables = false;
	else
		r->other = balance(line) > 0 ? balance(line) : 0;
	return true;
}

static bool read_line(struct reading *r, char *line)
{
	line += strspn(line, " \t");
	if (r->other) {
		r->other += balance(line);
		return true;
	}
	if (!r->chain)
		return !*line || read_outside(r, line);
	if (!strcmp(line, "}"))
		r->chain = NULL;
	else if (!strncmp(line, "type ", 5))
		read_base(r->chain, line);
	else if (*line && *line != '#' && strncmp(line, "comment ", 8))
		return read_rule(r->chain, line);
	return true;
}

/**
 * firewall_read_nft() - read what nft(8) prints
 * @f: firewall; the chains are added
 * @text: what `nft -p -s list ruleset` printed
 *
 * Chains that packets pass on to other hosts alone are left out, and so is what is no filter.
 *
 * Return: false where there is no memory.
 */
bool firewall_read_nft(struct firewall *f, const char *text)
{
	struct reading r = { .f = f };
	char *copy = strdup(text), *line, *rest = copy;
	bool ok = copy;

	while (ok && (line = strsep(&rest, "\n")))
		ok = read_line(&r, line);
	free(copy);
	return ok;
}
