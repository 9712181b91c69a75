/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Talking to the module.
 */
#ifndef NARU_TOOLS_NL_H
#define NARU_TOOLS_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libmnl/libmnl.h>

#define NL_BUFFER	65536

/* Multicast groups of events */
enum nl_group { NL_GROUP_SOCK, NL_GROUP_NAPT, NL_GROUPS };

/**
 * struct nl - a connection to the module
 * @sock: netlink socket, NULL before nl_open()
 * @family: number of the generic netlink family
 * @group: numbers of the multicast groups, by enum nl_group
 * @seq: of the last request
 * @interrupted: the last dump was not consistent
 * @netns: which namespace requests about sockets mean, by inode number; 0: ours
 * @bad_attr: where in the last request the attribute was that was refused; 0: not known
 * @error: what went wrong, one line without the program's name
 * @buf: the request, then what is received
 */
struct nl {
	struct mnl_socket *sock;
	uint16_t family;
	uint32_t group[NL_GROUPS];
	uint32_t seq;
	bool interrupted;
	uint32_t netns;
	uint32_t bad_attr;
	char error[256];
	char buf[NL_BUFFER];
};

/* A reply; @tb[0] to @tb[max] are its attributes. False ends it with nl->error set. */
typedef bool (*nl_reply)(struct nl *nl, const struct nlmsghdr *nlh, void *arg);

int nl_open(struct nl *nl);
void nl_close(struct nl *nl);
struct nlmsghdr *nl_request(struct nl *nl, uint8_t cmd, uint16_t flags);
struct nlmsghdr *nl_request_in(struct nl *nl, void *buf, uint8_t cmd, uint16_t flags);
uint8_t nl_cmd(const struct nlmsghdr *nlh);
int nl_talk(struct nl *nl, struct nlmsghdr *nlh, nl_reply reply, void *arg);
void nl_parse(const struct nlattr **tb, unsigned int max, const struct nlmsghdr *nlh);
void nl_parse_nested(const struct nlattr **tb, unsigned int max, const struct nlattr *nest);
int nl_listen(struct nl *nl, enum nl_group group);
int nl_next_event(struct nl *nl, nl_reply reply, void *arg);

uint8_t nl_u8(const struct nlattr *attr);
uint16_t nl_u16(const struct nlattr *attr);
uint32_t nl_u32(const struct nlattr *attr);
uint64_t nl_u64(const struct nlattr *attr);
const char *nl_str(const struct nlattr *attr);
size_t nl_copy(const struct nlattr *attr, void *to, size_t size);

#endif
