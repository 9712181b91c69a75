/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The NAPT as the tool knows it. Addresses are IPv4, in host byte order.
 */
#ifndef NARU_TOOLS_NAPT_H
#define NARU_TOOLS_NAPT_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/naru_genl.h>

#define NAPT_ERROR_LEN	160

/* What became of words that were read */
enum napt_parsed {
	NAPT_PARSED,
	NAPT_SYNTAX,	/* they are not what is to stand there */
	NAPT_SENSELESS,	/* they are, and cannot be so: reversed, too small... */
};

#define NAPT_ADDR_LEN	sizeof("255.255.255.255-255.255.255.255")

struct napt_ports {
	uint16_t first, last;
};

struct napt_except {
	uint32_t addr;
	uint8_t bits;
	struct napt_ports ports;
};

struct napt_range {
	uint32_t first, last;
};

/**
 * struct napt_rule - a rule; NARU_RULE_*
 * @id: number, 0: none yet
 * @dev: interface
 * @src: inside prefix
 * @src_bits: bits of it that count
 * @protos: NARU_RULE_PROTO_*
 * @sports: source ports
 * @dports: destination ports
 * @except: destinations that are excepted
 * @num_excepts: how many
 * @to_dev: to the interface's own address
 * @range: external addresses
 * @num_ranges: how many
 * @ports: external ports
 * @mapping: enum naru_genl_mapping
 * @filtering: enum naru_genl_filtering
 * @tcp_filtering: the same of connections
 * @choice: enum naru_genl_choice
 * @parity: 0 or 1
 * @hairpin: 0 or 1
 * @notrack: 0 or 1
 * @refresh_in: 0 or 1
 * @exhausted: enum naru_genl_exhausted
 * @unsolicited: enum naru_genl_unsolicited
 * @mark: mark
 * @mark_mask: 0: there is no mark
 * @timeout: seconds, by NARU_TIMEOUT_*; [0] is not used
 * @suspended: why, "": it is not
 */
struct napt_rule {
	uint32_t id;
	char dev[IFNAMSIZ];
	uint32_t src;
	uint8_t src_bits;
	uint32_t protos;
	struct napt_ports sports, dports;
	struct napt_except except[NARU_RULE_EXCEPTS_MAX];
	unsigned int num_excepts;
	bool to_dev;
	struct napt_range range[NARU_RULE_TO_MAX];
	unsigned int num_ranges;
	struct napt_ports ports;
	uint8_t mapping, filtering, tcp_filtering, choice;
	uint8_t parity, hairpin, notrack, refresh_in;
	uint8_t exhausted, unsolicited;
	uint32_t mark, mark_mask;
	uint32_t timeout[NARU_TIMEOUT_MAX + 1];
	char suspended[96];
};

/**
 * struct napt_static - a static mapping as it is asked for; NARU_STATIC_*
 * @proto: IP protocol number
 * @dev: interface of its rule, "": any
 * @outside: external address, 0: the rule's first
 * @outside_port: the first
 * @inside: inside address
 * @inside_port: the first
 * @num: how many ports
 */
struct napt_static {
	uint8_t proto;
	char dev[IFNAMSIZ];
	uint32_t outside;
	uint16_t outside_port;
	uint32_t inside;
	uint16_t inside_port;
	uint32_t num;
};

/* napt_word.c: single words */
extern const char *const napt_mapping_words[], *const napt_filtering_words[],
			*const napt_choice_words[], *const napt_exhausted_words[],
			*const napt_unsolicited_words[], *const napt_timeout_words[],
			*const napt_state_words[];

bool napt_parse_addr(const char *text, uint32_t *addr);
bool napt_parse_prefix(const char *text, uint32_t *addr, uint8_t *bits);
bool napt_parse_ports(const char *text, struct napt_ports *ports);
bool napt_parse_proto(const char *text, uint8_t *proto);
bool napt_parse_protos(const char *text, uint32_t *protos);
bool napt_parse_dev(const char *text, char *dev);
bool napt_parse_word(const char *const *words, const char *text, uint8_t *value);
bool napt_prefix_clean(uint32_t addr, uint8_t bits);
bool napt_split(const char *text, char *addr, size_t size, const char **port);
const char *napt_proto_name(uint8_t proto);
const char *napt_word(const char *const *words, unsigned int value);
void napt_addr_text(uint32_t addr, char *text);
void napt_prefix_text(uint32_t addr, uint8_t bits, char *text);
void napt_range_text(const struct napt_range *range, char *text);
void napt_ports_text(const struct napt_ports *ports, char *text);
void napt_protos_text(uint32_t protos, char *text, size_t size);
bool napt_ports_all(const struct napt_ports *ports);

/* napt_text.c: rules and static mappings as words */
void napt_rule_default(struct napt_rule *rule);
enum napt_parsed napt_parse_rule(struct napt_rule *rule, int argc, char **argv, char *error);
enum napt_parsed napt_parse_static(struct napt_static *fixed, int argc, char **argv, char *error);
void napt_print_rule(FILE *f, const struct napt_rule *rule);
void napt_print_rest(FILE *f, const struct napt_rule *rule);
void napt_print_to(FILE *f, const struct napt_rule *rule);
void napt_print_except(FILE *f, const struct napt_except *e);
void napt_print_static(FILE *f, const struct napt_static *fixed);

#endif
