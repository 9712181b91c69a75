// SPDX-License-Identifier: GPL-2.0
/*
 * Chains of a firewall, and the way of a packet through them.
 */
#include "firewall.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX	16	/* as nf_tables has it */
#define JUMPS_MAX	4096	/* on the way of a packet; where there are more, nothing is said of it */

const unsigned int firewall_protos[FIREWALL_PROTOS] = { 253, 254 };

/**
 * firewall_add_chain() - one more chain, at the end
 * @f: firewall
 *
 * Return: it, zeroed, until the next is added; NULL: no memory.
 */
struct firewall_chain *firewall_add_chain(struct firewall *f)
{
	struct firewall_chain *more = realloc(f->chain, (f->num + 1) * sizeof(*more));

	if (!more)
		return NULL;
	f->chain = more;
	memset(&more[f->num], 0, sizeof(*more));
	return &more[f->num++];
}

/**
 * firewall_add_rule() - one more rule, at the end
 * @c: chain
 *
 * Return: it, which is for everything and decides nothing; NULL: no memory.
 */
struct firewall_rule *firewall_add_rule(struct firewall_chain *c)
{
	struct firewall_rule *more = realloc(c->rule, (c->num + 1) * sizeof(*more));
	size_t i;

	if (!more)
		return NULL;
	c->rule = more;
	more += c->num++;
	memset(more, 0, sizeof(*more));
	for (i = 0; i < FIREWALL_PROTOS; i++)
		more->step[i].match = FIREWALL_YES;
	return more;
}

/**
 * firewall_narrow() - a rule asks one thing more of packets of one protocol
 * @step: its part for that protocol
 * @match: whether they have it
 */
void firewall_narrow(struct firewall_step *step, enum firewall_match match)
{
	if (match < step->match)
		step->match = match;
}

/**
 * firewall_narrow_all() - and of all packets
 * @rule: rule
 * @match: whether they have it
 */
void firewall_narrow_all(struct firewall_rule *rule, enum firewall_match match)
{
	size_t i;

	for (i = 0; i < FIREWALL_PROTOS; i++)
		firewall_narrow(&rule->step[i], match);
}

/**
 * firewall_decide() - what a rule does
 * @rule: rule
 * @verdict: that
 * @target: chain of a jump, or NULL
 */
void firewall_decide(struct firewall_rule *rule, enum firewall_verdict verdict, const char *target)
{
	size_t i;

	for (i = 0; i < FIREWALL_PROTOS; i++) {
		rule->step[i].verdict = verdict;
		snprintf(rule->step[i].target, FIREWALL_NAME, "%s", target ? target : "");
	}
}

/**
 * firewall_proto_number() - an IP protocol's number
 * @word: it, or the name of one that firewalls speak of often
 *
 * Return: the number, -1 for any other word.
 */
int firewall_proto_number(const char *word)
{
	static const struct {
		const char *name;
		int number;
	} names[] = {
		{ "icmp", 1 }, { "igmp", 2 }, { "tcp", 6 }, { "udp", 17 }, { "gre", 47 },
		{ "esp", 50 }, { "ah", 51 }, { "icmpv6", 58 }, { "ipv6-icmp", 58 }, { "ospf", 89 },
		{ "comp", 108 }, { "vrrp", 112 }, { "sctp", 132 }, { "dccp", 33 }, { "udplite", 136 },
	};
	char *end;
	long number = strtol(word, &end, 10);
	size_t i;

	if (end != word && !*end && number >= 0 && number < 256)
		return number;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(word, names[i].name))
			return names[i].number;
	return -1;
}

enum outcome { THROUGH, ACCEPTED, DROPPED };

/* A packet on its way. @perhaps: something may have let it in. @jumps: those that are still followed */
struct walk {
	const struct firewall *f;
	size_t proto;
	bool perhaps;
	unsigned int jumps;
};

static const struct firewall_chain *find(const struct firewall *f, const struct firewall_chain *from,
					 const char *name)
{
	size_t i;

	for (i = 0; i < f->num; i++) {
		const struct firewall_chain *c = &f->chain[i];

		if (c->by == from->by && !strcmp(c->family, from->family) &&
		    !strcmp(c->table, from->table) && !strcmp(c->name, name))
			return c;
	}
	return NULL;
}

static enum outcome go(struct walk *w, const struct firewall_chain *c, bool sure, int depth);

/* One rule. *@over: the chain ends here for the packet */
static enum outcome take(struct walk *w, const struct firewall_chain *c, const struct firewall_step *s,
			 bool sure, int depth, bool *over)
{
	bool certain = s->match == FIREWALL_YES;
	const struct firewall_chain *target;
	enum outcome out = THROUGH;

	*over = certain;
	switch (s->verdict) {
	case FIREWALL_ACCEPT:
		if (!certain || !sure)
			w->perhaps = true;
		return ACCEPTED;
	case FIREWALL_DROP:
		return DROPPED;
	case FIREWALL_RETURN:
		return THROUGH;
	case FIREWALL_JUMP:
	case FIREWALL_GOTO:
		if (!w->jumps) {
			w->perhaps = true;
			return THROUGH;
		}
		w->jumps--;
		target = find(w->f, c, s->target);
		if (target && depth < DEPTH_MAX)
			out = go(w, target, sure && certain, depth + 1);
		*over = certain && (out != THROUGH || s->verdict == FIREWALL_GOTO);
		return out;
	default:
		*over = false;
		return THROUGH;
	}
}

/* @sure: the packet comes here without fail */
static enum outcome go(struct walk *w, const struct firewall_chain *c, bool sure, int depth)
{
	enum outcome out;
	bool over;
	size_t i;

	for (i = 0; i < c->num && !w->perhaps; i++) {
		const struct firewall_step *s = &c->rule[i].step[w->proto];

		if (s->match == FIREWALL_NO)
			continue;
		out = take(w, c, s, sure, depth, &over);
		if (over)
			return out;
	}
	return THROUGH;
}

/**
 * firewall_dropped() - which protocols a chain drops whatever else they have
 * @f: firewall
 * @c: chain of it
 *
 * Return: bit mask of places in firewall_protos; 0 of a chain without a hook.
 */
unsigned int firewall_dropped(const struct firewall *f, const struct firewall_chain *c)
{
	unsigned int dropped = 0;
	size_t i;

	if (!*c->hook)
		return 0;
	for (i = 0; i < FIREWALL_PROTOS; i++) {
		struct walk w = { .f = f, .proto = i, .jumps = JUMPS_MAX };
		enum outcome out = go(&w, c, true, 0);

		if (!w.perhaps && (out == DROPPED || (out == THROUGH && c->drops)))
			dropped |= 1U << i;
	}
	return dropped;
}

/* A name as a word of the shell's */
static void put_word(FILE *f, const char *word)
{
	if (*word && !word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./")]) {
		fputs(word, f);
		return;
	}
	fputc('\'', f);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\'", f);
		fputc(*word, f);
	}
	fputc('\'', f);
}

static void mend_iptables(const struct firewall_chain *c, unsigned int protos, FILE *f)
{
	const char *separator = "";
	size_t i;

	for (i = 0; i < FIREWALL_PROTOS; i++) {
		if (!(protos & 1U << i))
			continue;
		fprintf(f, "%s%s%s", separator, strcmp(c->family, "ip6") ? "iptables" : "ip6tables",
			c->by == FIREWALL_LEGACY ? "-legacy" : "");
		if (strcmp(c->table, "filter")) {
			fputs(" -t ", f);
			put_word(f, c->table);
		}
		fputs(" -I ", f);
		put_word(f, c->name);
		fprintf(f, " -p %u -j ACCEPT", firewall_protos[i]);
		separator = " && ";
	}
}

static void mend_firewalld(unsigned int protos, FILE *f)
{
	size_t i;

	fputs("firewall-cmd", f);
	for (i = 0; i < FIREWALL_PROTOS; i++)
		if (protos & 1U << i)
			fprintf(f, " --add-protocol=%u", firewall_protos[i]);
}

static void mend_nft(const struct firewall_chain *c, unsigned int protos, FILE *f)
{
	fprintf(f, "nft insert rule %s ", c->family);
	put_word(f, c->table);
	fputc(' ', f);
	put_word(f, c->name);
	fputs(" meta l4proto ", f);
	if (protos == 3)
		fprintf(f, "'{ %u, %u }' accept", firewall_protos[0], firewall_protos[1]);
	else
		fprintf(f, "%u accept", firewall_protos[protos >> 1]);
}

/**
 * firewall_mend() - the command that lets protocols through a chain
 * @c: chain
 * @protos: bit mask of places in firewall_protos, not 0
 * @text: filled
 * @size: bytes of @text
 */
void firewall_mend(const struct firewall_chain *c, unsigned int protos, char *text, size_t size)
{
	FILE *f = fmemopen(text, size, "w");

	*text = '\0';
	if (!f)
		return;
	if (c->by != FIREWALL_NFT)
		mend_iptables(c, protos, f);
	else if (!strcmp(c->table, "firewalld"))
		mend_firewalld(protos, f);
	else
		mend_nft(c, protos, f);
	fclose(f);
}

/**
 * firewall_free() - give memory back
 * @f: firewall
 */
void firewall_free(struct firewall *f)
{
	size_t i;

	for (i = 0; i < f->num; i++)
		free(f->chain[i].rule);
	free(f->chain);
	memset(f, 0, sizeof(*f));
}
