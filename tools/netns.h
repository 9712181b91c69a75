/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Other network namespaces.
 */
#ifndef NARU_TOOLS_NETNS_H
#define NARU_TOOLS_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * struct netns - a network namespace that could be found
 * @inode: its number
 * @fd: open file that stands for it; -1: only its sockets keep it
 * @name: of ip-netns(8), "pid:N" of a process in it, or "net:[INODE]"
 */
struct netns {
	ino_t inode;
	int fd;
	char name[64];
};

struct netns_list {
	struct netns *ns;
	size_t num;
	bool denied;	/* there are processes whose namespace we may not see */
};

int netns_enter_name(const char *name);
void netns_each_name(void (*fn)(const char *name));
int netns_enter(const struct netns *ns);
bool netns_find_all(struct netns_list *list);
bool netns_add(struct netns_list *list, ino_t inode);
void netns_free(struct netns_list *list);

#endif
