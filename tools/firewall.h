/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What firewalls do with naru's own IP protocols, judged from their rules' text alone: nothing here asks the kernel.
 *
 * A packet from another host that begins something new goes through the rules. What a rule asks of it besides may be
 * so or not: it is then neither taken for let in, nor for dropped.
 */
#ifndef NARU_TOOLS_FIREWALL_H
#define NARU_TOOLS_FIREWALL_H

#include <stdbool.h>
#include <stddef.h>

#define FIREWALL_PROTOS	2	/* 253 and 254 */
#define FIREWALL_NAME	64

enum firewall_match { FIREWALL_NO, FIREWALL_MAYBE, FIREWALL_YES };

enum firewall_verdict {
	FIREWALL_NONE,
	FIREWALL_ACCEPT,
	FIREWALL_DROP,
	FIREWALL_RETURN,
	FIREWALL_JUMP,
	FIREWALL_GOTO,
};

/**
 * struct firewall_step - what a rule does with packets of one protocol
 * @match: whether it is for them
 * @verdict: what becomes of them then
 * @target: chain of a jump
 */
struct firewall_step {
	enum firewall_match match;
	enum firewall_verdict verdict;
	char target[FIREWALL_NAME];
};

/* A rule, for 253 and for 254 */
struct firewall_rule {
	struct firewall_step step[FIREWALL_PROTOS];
};

/* Who made the rules, and has to be told of others */
enum firewall_by { FIREWALL_NFT, FIREWALL_IPTABLES, FIREWALL_LEGACY };

/**
 * struct firewall_chain - a chain
 * @by: who made it
 * @family: of its table, as nft(8) has it
 * @table: its table
 * @name: its name
 * @hook: where packets come into it, empty where they jump
 * @drops: its policy is to drop
 * @rule: its rules
 * @num: how many
 */
struct firewall_chain {
	enum firewall_by by;
	char family[8], table[FIREWALL_NAME], name[FIREWALL_NAME], hook[16];
	bool drops;
	struct firewall_rule *rule;
	size_t num;
};

struct firewall {
	struct firewall_chain *chain;
	size_t num;
};

/* firewall.c */
extern const unsigned int firewall_protos[FIREWALL_PROTOS];
struct firewall_chain *firewall_add_chain(struct firewall *f);
struct firewall_rule *firewall_add_rule(struct firewall_chain *c);
void firewall_narrow(struct firewall_step *step, enum firewall_match match);
void firewall_narrow_all(struct firewall_rule *rule, enum firewall_match match);
void firewall_decide(struct firewall_rule *rule, enum firewall_verdict verdict, const char *target);
int firewall_proto_number(const char *word);
unsigned int firewall_dropped(const struct firewall *f, const struct firewall_chain *c);
void firewall_mend(const struct firewall_chain *c, unsigned int protos, char *text, size_t size);
void firewall_free(struct firewall *f);

/* firewall_nft.c: what `nft -p -s list ruleset` prints. False: no memory */
bool firewall_read_nft(struct firewall *f, const char *text);

/* firewall_ipt.c: what iptables-save(8) prints */
bool firewall_read_iptables(struct firewall *f, const char *text, const char *family);

#endif
