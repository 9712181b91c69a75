/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The NAPT's attributes: into requests, and out of replies.
 */
#ifndef NARU_TOOLS_NAPT_NL_H
#define NARU_TOOLS_NAPT_NL_H

#include "napt.h"
#include "napt_filter.h"
#include "nl.h"
#include "out.h"

/**
 * struct napt_map - a mapping as the module tells of it; NARU_MAP_*
 * @id: number
 * @rule: number of its rule
 * @proto: IP protocol number
 * @dev: interface of that
 * @inside: inside address
 * @outside: external address
 * @remote: where it is for one endpoint only, else 0
 * @inside_port: inside port
 * @outside_port: external port
 * @remote_port: of @remote
 * @sessions: how many
 * @expires: seconds, -1: it stays
 * @fixed: static
 * @own: of the machine itself
 */
struct napt_map {
	uint32_t id, rule;
	uint8_t proto;
	char dev[IFNAMSIZ];
	uint32_t inside, outside, remote;
	uint16_t inside_port, outside_port, remote_port;
	uint32_t sessions;
	int64_t expires;
	bool fixed, own;
};

struct napt_rules {
	struct napt_rule *rule;
	size_t num;
};

struct napt_statics {
	struct napt_static *fixed;
	size_t num;
};

void napt_put_addr(struct nlmsghdr *nlh, uint16_t type, uint32_t addr);
uint32_t napt_get_addr(const struct nlattr *attr);
void napt_put_rule(struct nlmsghdr *nlh, const struct napt_rule *rule);
void napt_put_static(struct nlmsghdr *nlh, const struct napt_static *fixed);
void napt_put_filter(struct nlmsghdr *nlh, const struct napt_filter *f);
void napt_decode_map(const struct nlattr *nest, struct napt_map *map);
void napt_decode_map_message(const struct nlmsghdr *nlh, struct napt_map *map);
int napt_read_rules(struct nl *nl, struct napt_rules *rules);
int napt_read_statics(struct nl *nl, struct napt_statics *statics);

void napt_print_endpoint(struct out *o, const char *key, uint32_t addr, uint16_t port);
void napt_print_expires(struct out *o, int64_t seconds);
int64_t napt_seconds(const struct nlattr *attr);

#endif
