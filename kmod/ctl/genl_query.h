/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a reader of sockets asks for: a program, owners, an order, groups; and what he may see.
 */
#ifndef NARU_CTL_GENL_QUERY_H
#define NARU_CTL_GENL_QUERY_H

#include "genl.h"
#include "query.h"
#include "rank.h"

#define NARU_QUERY_PATH	256	/* bytes of a control group's name, with the end */

struct cgroup;
struct cgroup_namespace;
struct naru_owned;
struct naru_owner_chunk;
struct naru_owner_files;
struct pid_namespace;

/**
 * struct naru_owner_proc - a process that has sockets open
 * @p: its number in the reader's pid namespace, and its command
 * @next: in a list of naru_owners.proc
 * @uid: whose it is
 * @cgroup: its control group, or NULL
 * @cgroup_id: its number
 * @told: number of the socket with which the reader was told of it, 0: he was not yet
 */
struct naru_owner_proc {
	struct naru_query_proc p;
	struct naru_owner_proc *next;
	kuid_t uid;
	char *cgroup;
	u64 cgroup_id;
	u32 told;
};

/**
 * struct naru_owners - descriptors of a namespace's sockets, as they were at one time
 * @head: by the number of the socket
 * @secret: that is multiplied with for it, odd
 * @shift: and by how many bits the product is too long
 * @proc: processes, by their number
 * @files: of threads that have some of their own, by where they are
 * @chunk: where the rest is, the newest first
 */
struct naru_owners {
	struct naru_owned **head;
	u64 secret;
	unsigned int shift;
	struct naru_owner_proc *proc[256];
	struct naru_owner_files *files[64];
	struct naru_owner_chunk *chunk;
};

/**
 * struct naru_query - what a reader asks for, and who he is
 * @test: tests of the program, checked, or NULL
 * @num: how many
 * @needs: bit mask, 1 << field: what they ask for
 * @admin: he may see all of every socket
 * @uid: else of those that are this user's
 * @user_ns: his, with the request
 * @pid_ns: his, a reference
 * @cgroup_ns: his, a reference
 * @owners: of sockets whose owners he may see; NULL: they are not looked at
 * @path: room for a control group's name
 */
struct naru_query {
	struct naru_query_test *test;
	unsigned int num;
	u64 needs;
	bool admin;
	kuid_t uid;
	struct user_namespace *user_ns;
	struct pid_namespace *pid_ns;
	struct cgroup_namespace *cgroup_ns;
	struct naru_owners *owners;
	char path[NARU_QUERY_PATH];
};

/**
 * struct naru_query_view - a row as a program sees it
 * @s: the row
 * @proc: who opened it, where nobody has it open
 * @owner: refers to @proc
 */
struct naru_query_view {
	struct naru_query_subject s;
	struct naru_query_proc proc;
	struct naru_query_owner owner;
};

/* genl_query.c */
int naru_query_begin(struct naru_query *q, struct sk_buff *skb, const struct net *net);
void naru_query_end(struct naru_query *q);
bool naru_query_may_see(const struct naru_query *q, const struct sock *sk);
bool naru_query_wants(const struct naru_query *q, const struct naru_row *row);

/* genl_program.c */
extern const struct nla_policy naru_program_policy[NARU_PROGRAM_MAX + 1];
int naru_program_parse(const struct nlattr *nest, struct naru_query *q, struct netlink_ext_ack *extack);

/* genl_field.c */
void naru_field_fill(const struct naru_query *q, const struct naru_row *row, u64 needs, struct naru_query_view *v);

/* genl_owner.c */
int naru_owners_find(struct naru_query *q, const struct net *net);
void naru_owners_free(struct naru_owners *o);
const struct naru_query_owner *naru_owners_of(const struct naru_owners *o, u32 id);
int naru_owners_put(struct sk_buff *skb, struct naru_query *q, const struct naru_row *row, bool alone);
void naru_owners_cancel(const struct naru_query *q, u32 id);
const char *naru_owners_path(const struct cgroup_namespace *ns, const struct cgroup *cgroup, char *path);

#endif
