/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which processes have a socket open.
 */
#ifndef NARU_TOOLS_OWNER_H
#define NARU_TOOLS_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct owner {
	uint32_t inode;
	int pid, fd;
	char comm[17];
};

struct owners {
	struct owner *owner;	/* sorted by inode */
	size_t num;
};

bool owner_read(struct owners *o);
void owner_free(struct owners *o);
size_t owner_find(const struct owners *o, uint32_t inode, const struct owner **first);

#endif
