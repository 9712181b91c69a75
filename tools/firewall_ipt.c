// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of iptables, as iptables-save(8) prints them.
 */
#include "firewall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next word of @rest, in place; what stands in quotation marks is one. NULL: none is left */
static char *next(char **rest)
{
	char *word = *rest + strspn(*rest, " ");
	bool quoted = *word == '"';

	if (!*word)
		return NULL;
	word += quoted;
	*rest = word + strcspn(word, quoted ? "\"" : " ");
	if (**rest)
		*(*rest)++ = '\0';
	return word;
}

static struct firewall_chain *find(struct firewall *f, size_t first, const char *table, const char *name)
{
	size_t i;

	for (i = first; i < f->num; i++)
		if (!strcmp(f->chain[i].table, table) && !strcmp(f->chain[i].name, name))
			return &f->chain[i];
	return NULL;
}

static enum firewall_match other(enum firewall_match match, bool differs)
{
	if (!differs || match == FIREWALL_MAYBE)
		return match;
	return match == FIREWALL_YES ? FIREWALL_NO : FIREWALL_YES;
}

static void take_proto(struct firewall_rule *rule, const char *word, bool differs)
{
	int number = firewall_proto_number(word);
	size_t i;

	for (i = 0; i < FIREWALL_PROTOS; i++) {
		enum firewall_match m = FIREWALL_MAYBE;

		if (!strcmp(word, "all"))
			m = FIREWALL_YES;
		else if (number >= 0)
			m = (unsigned int)number == firewall_protos[i] ? FIREWALL_YES : FIREWALL_NO;
		firewall_narrow(&rule->step[i], other(m, differs));
	}
}

static void take_target(struct firewall_rule *rule, const char *word, bool jump)
{
	if (!strcmp(word, "ACCEPT"))
		firewall_decide(rule, FIREWALL_ACCEPT, NULL);
	else if (!strcmp(word, "DROP") || !strcmp(word, "REJECT"))
		firewall_decide(rule, FIREWALL_DROP, NULL);
	else if (!strcmp(word, "RETURN"))
		firewall_decide(rule, FIREWALL_RETURN, NULL);
	else
		firewall_decide(rule, jump ? FIREWALL_JUMP : FIREWALL_GOTO, word);
}

/* An option and its value */
static void take(struct firewall_rule *rule, const char *option, const char *value, bool differs)
{
	enum firewall_match m;

	if (!strcmp(option, "-p")) {
		take_proto(rule, value, differs);
	} else if (!strcmp(option, "-i") || !strcmp(option, "-o")) {
		m = strcmp(value, "lo") ? FIREWALL_MAYBE : FIREWALL_NO;
		firewall_narrow_all(rule, other(m, differs));
	} else if (!strcmp(option, "--ctstate") || !strcmp(option, "--state")) {
		m = strstr(value, "NEW") ? FIREWALL_YES : FIREWALL_NO;
		firewall_narrow_all(rule, other(m, differs));
	} else if (!strcmp(option, "-j") || !strcmp(option, "-g")) {
		take_target(rule, value, option[1] == 'j');
	} else if (strcmp(option, "-m") && strcmp(option, "--comment") && strcmp(option, "--reject-with")) {
		firewall_narrow_all(rule, FIREWALL_MAYBE);
	}
}

static bool read_rule(struct firewall_chain *c, char *rest)
{
	struct firewall_rule *rule = firewall_add_rule(c);
	char *word, *option = NULL;
	bool differs = false;

	if (!rule)
		return false;
	while ((word = next(&rest))) {
		if (!strcmp(word, "!")) {
			differs = true;
		} else if (*word == '-') {
			if (option)
				firewall_narrow_all(rule, FIREWALL_MAYBE);
			option = word;
		} else if (option) {
			take(rule, option, word, differs);
			option = NULL;
			differs = false;
		}
	}
	if (option)
		firewall_narrow_all(rule, FIREWALL_MAYBE);
	return true;
}

static bool add_chain(struct firewall *f, const char *family, const char *table, const char *line)
{
	static const char *const hooks[][2] = {
		{ "INPUT", "input" }, { "OUTPUT", "output" }, { "PREROUTING", "prerouting" },
		{ "POSTROUTING", "postrouting" },
	};
	struct firewall_chain *c = firewall_add_chain(f);
	char policy[16] = "";
	size_t i;

	if (!c)
		return false;
	c->by = FIREWALL_LEGACY;
	snprintf(c->family, sizeof(c->family), "%s", family);
	snprintf(c->table, sizeof(c->table), "%s", table);
	c->drops = sscanf(line, ":%63s %15s", c->name, policy) == 2 && !strcmp(policy, "DROP");
	for (i = 0; i < sizeof(hooks) / sizeof(*hooks); i++)
		if (strcmp(table, "nat") && !strcmp(c->name, hooks[i][0]))
			snprintf(c->hook, sizeof(c->hook), "%s", hooks[i][1]);
	return true;
}

static bool read_line(struct firewall *f, size_t first, const char *family, char *table, char *line)
{
	char *rest = line + 3, *name;
	struct firewall_chain *c;

	if (*line == '*')
		snprintf(table, FIREWALL_NAME, "%s", line + 1);
	if (*line == ':')
		return add_chain(f, family, table, line);
	if (strncmp(line, "-A ", 3))
		return true;
	name = next(&rest);
	c = name ? find(f, first, table, name) : NULL;
	return !c || read_rule(c, rest);
}

/**
 * firewall_read_iptables() - read what iptables-save(8) prints
 * @f: firewall; the chains are added
 * @text: that
 * @family: ip or ip6
 *
 * Return: false where there is no memory.
 */
bool firewall_read_iptables(struct firewall *f, const char *text, const char *family)
{
	char *copy = strdup(text), *line, *rest = copy, table[FIREWALL_NAME] = "";
	size_t first = f->num;
	bool ok = copy;

	while (ok && (line = strsep(&rest, "\n")))
		ok = read_line(f, first, family, table, line);
	free(copy);
	return ok;
}
