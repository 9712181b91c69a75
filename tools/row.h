/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A socket as the module tells of it.
 */
#ifndef NARU_TOOLS_ROW_H
#define NARU_TOOLS_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/tcp.h>
#include <linux/naru_genl.h>
#include "field.h"
#include "filter.h"
#include "nl.h"
#include "out.h"

/* A process that has sockets open; @uid -1: it has opened one, and may be gone. @printed: it, as it was printed */
struct row_proc {
	struct row_proc *next;
	char *printed;
	size_t printed_len;
	int pid;
	int64_t uid;
	char comm[17];
	char *cgroup;
};

/* A descriptor of a socket; @fd -1: who opened it has it no longer */
struct row_owner {
	struct row_proc *proc;
	int fd;
};

/* What older headers' struct tcp_info ends before */
struct row_info_late {
	uint8_t before[offsetof(struct tcp_info, tcpi_snd_wnd) + sizeof(uint32_t)];
	uint32_t rcv_wnd, rehash;
	uint16_t total_rto, total_rto_recoveries;
	uint32_t total_rto_time;
};

#define ROW_PROC_HEADS	256

/* Processes, by number, and who opened what nobody has open */
struct row_procs {
	struct row_proc *head[ROW_PROC_HEADS], *opener;
};

/**
 * struct row_order - which come first, or what is counted
 * @sort: field, or NULL
 * @ascending: the least comes first
 * @top: how many, 0: all
 * @group: field, or NULL: sockets
 */
struct row_order {
	const struct field *sort, *group;
	bool ascending;
	uint32_t top;
};

/**
 * struct row - NARU_CMD_SOCK_GET's and NARU_CMD_SOCK_EVENT's attributes, decoded
 * @s: what filters look at
 * @owner: with NARU_SHOW_OWNERS, where it is one
 * @more_owner: where there are more, all
 * @owners: descriptors that there are, of which @num_owners are told
 * @cgroup: control group, or NULL
 * @cgroup_copy: where it is not that of an owner
 * @full: a full socket, with the fields that only those have
 */
struct row {
	struct filter_subject s;
	struct row_owner owner, *more_owner;
	uint32_t num_owners, owners;
	const char *cgroup;
	char *cgroup_copy;
	bool full;
	uint8_t domain, old_state, timer, timer_retrans;
	uint32_t dev, recvq, sendq, uid, inode, timer_ms, seq;
	bool has_mem, has_limits;
	uint64_t limits[NARU_LIMITS_MAX + 1];
	uint32_t mem[NARU_MEM_MAX + 1];
	size_t info_len;
	union {
		struct tcp_info info;
		struct row_info_late late;
	};
	char cong[16];
	uint64_t time;
};

struct rows {
	struct row *row;
	size_t num;
	struct row_procs procs;
};

void row_decode(const struct nlmsghdr *nlh, struct row *row);
void row_decode_owned(const struct nlmsghdr *nlh, struct row_procs *procs, struct row *row);
void row_put_filter(struct nlmsghdr *nlh, const struct filter *f);
void row_put_netns(struct nlmsghdr *nlh, const struct nl *nl);
struct nlmsghdr *row_request(struct nl *nl, const struct filter *f, uint32_t show, const struct row_order *order);
int row_read(struct nl *nl, const struct filter *f, uint32_t show, struct rows *rows);
int row_read_sorted(struct nl *nl, const struct filter *f, uint32_t show, const struct row_order *order,
		    struct rows *rows);
void row_free(struct rows *rows);
const struct row_owner *row_first_owner(const struct row *row);
void row_print_owners(struct out *o, const struct row *row);
void row_print_endpoint(struct out *o, const char *key, const struct in6_addr *addr, uint16_t port);
void row_print_timer(struct out *o, const struct row *row);
void row_print_mem(struct out *o, const struct row *row);
void row_print_info(struct out *o, const struct row *row);
void row_print_time(struct out *o, uint64_t ns);
const char *row_state_name(const struct row *row, unsigned int state);
const char *row_timer_name(const struct row *row);

#endif
