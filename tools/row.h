/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A socket as the module tells of it.
 */
#ifndef NARU_TOOLS_ROW_H
#define NARU_TOOLS_ROW_H

#include <stdbool.h>
#include <linux/tcp.h>
#include <linux/naru_genl.h>
#include "filter.h"
#include "nl.h"
#include "out.h"

/**
 * struct row - NARU_CMD_SOCK_GET's and NARU_CMD_SOCK_EVENT's attributes, decoded
 * @s: what filters look at
 * @full: a full socket, with the fields that only those have
 */
struct row {
	struct filter_subject s;
	bool full;
	uint8_t domain, old_state, timer, timer_retrans;
	uint32_t dev, recvq, sendq, uid, inode, timer_ms, seq;
	bool has_mem;
	uint32_t mem[NARU_MEM_MAX + 1];
	size_t info_len;
	struct tcp_info info;
	char cong[16];
	uint64_t time;
};

struct rows {
	struct row *row;
	size_t num;
};

void row_decode(const struct nlmsghdr *nlh, struct row *row);
void row_put_filter(struct nlmsghdr *nlh, const struct filter *f);
void row_put_netns(struct nlmsghdr *nlh, const struct nl *nl);
int row_read(struct nl *nl, const struct filter *f, uint32_t show, struct rows *rows);
void row_free(struct rows *rows);
void row_print_endpoint(struct out *o, const char *key, const struct in6_addr *addr, uint16_t port);
void row_print_timer(struct out *o, const struct row *row);
void row_print_mem(struct out *o, const struct row *row);
void row_print_info(struct out *o, const struct row *row);
void row_print_time(struct out *o, uint64_t ns);
const char *row_state_name(const struct row *row, unsigned int state);
const char *row_timer_name(const struct row *row);

#endif
