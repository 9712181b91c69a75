/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Talking to the module: libnaru, with what the commands share.
 */
#ifndef NARU_TOOLS_NL_H
#define NARU_TOOLS_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libmnl/libmnl.h>
#include <naru/naru.h>

#define NL_BUFFER	NARU_REQUEST_SIZE

/* Multicast groups of events */
enum nl_group { NL_GROUP_SOCK, NL_GROUP_NAPT, NL_GROUPS };

/**
 * struct nl - a connection to the module
 * @naru: libnaru's, NULL before nl_open()
 * @interrupted: the last dump was not consistent
 * @netns: which namespace requests about sockets mean, by inode number; 0: ours
 * @bad_attr: where in the last request the attribute was that was refused; 0: not known
 * @error: what went wrong, one line without the program's name
 */
struct nl {
	struct naru *naru;
	bool interrupted;
	uint32_t netns;
	uint32_t bad_attr;
	char error[256];
};

/* A reply; @tb[0] to @tb[max] are its attributes. False ends it with nl->error set. */
typedef bool (*nl_reply)(struct nl *nl, const struct nlmsghdr *nlh, void *arg);

int nl_open(struct nl *nl);
void nl_close(struct nl *nl);
struct nlmsghdr *nl_request(struct nl *nl, uint8_t cmd, uint16_t flags);
struct nlmsghdr *nl_request_in(struct nl *nl, void *buf, size_t size, uint8_t cmd, uint16_t flags);
int nl_talk(struct nl *nl, struct nlmsghdr *nlh, nl_reply reply, void *arg);
int nl_read(struct nl *nl, const struct nlmsghdr *request, struct naru_list **list);
int nl_listen(struct nl *nl, enum nl_group group);
int nl_next_event(struct nl *nl, nl_reply reply, void *arg);

#define nl_cmd		naru_cmd
#define nl_parse	naru_parse
#define nl_parse_nested	naru_parse_nested
#define nl_u8		naru_u8
#define nl_u16		naru_u16
#define nl_u32		naru_u32
#define nl_u64		naru_u64
#define nl_str		naru_str
#define nl_copy		naru_copy

#endif
