// SPDX-License-Identifier: GPL-2.0
/*
 * Which processes have a socket open, from /proc.
 */
#include "owner.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void read_comm(const char *pid, char *comm, size_t size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	f = fopen(path, "re");
	if (!f || !fgets(comm, size, f))
		snprintf(comm, size, "?");
	comm[strcspn(comm, "\n")] = '\0';
	if (f)
		fclose(f);
}

static bool add(struct owners *o, uint32_t inode, const char *pid, const char *fd)
{
	struct owner *more;

	if (!(o->num & (o->num - 1))) {
		more = realloc(o->owner, (o->num ? o->num * 2 : 1) * sizeof(*more));
		if (!more)
			return false;
		o->owner = more;
	}
	more = &o->owner[o->num++];
	more->inode = inode;
	more->pid = atoi(pid);
	more->fd = atoi(fd);
	read_comm(pid, more->comm, sizeof(more->comm));
	return true;
}

/* The open files of one process, as far as we may see them */
static bool read_process(struct owners *o, const char *pid)
{
	char path[64], target[64];
	const struct dirent *e;
	unsigned int inode;
	bool ok = true;
	ssize_t n;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	d = opendir(path);
	while (ok && d && (e = readdir(d))) {
		n = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		if (sscanf(target, "socket:[%u]", &inode) == 1)
			ok = add(o, inode, pid, e->d_name);
	}
	if (d)
		closedir(d);
	return ok;
}

static int by_inode(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return x->pid != y->pid ? x->pid - y->pid : x->fd - y->fd;
}

/**
 * owner_read() - who has which socket open
 * @o: filled, for owner_free()
 *
 * Return: false when there was no memory.
 */
bool owner_read(struct owners *o)
{
	DIR *d = opendir("/proc");
	const struct dirent *e;
	bool ok = true;

	memset(o, 0, sizeof(*o));
	while (ok && d && (e = readdir(d)))
		if (*e->d_name >= '0' && *e->d_name <= '9')
			ok = read_process(o, e->d_name);
	if (d)
		closedir(d);
	if (o->num)
		qsort(o->owner, o->num, sizeof(*o->owner), by_inode);
	return ok;
}

/**
 * owner_free() - give memory back
 * @o: from owner_read()
 */
void owner_free(struct owners *o)
{
	free(o->owner);
	memset(o, 0, sizeof(*o));
}

/**
 * owner_find() - who has this one open
 * @o: from owner_read()
 * @inode: inode number of the socket
 * @first: filled with the first of them
 *
 * Return: how many there are.
 */
size_t owner_find(const struct owners *o, uint32_t inode, const struct owner **first)
{
	size_t low = 0, high = o->num, num = 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (o->owner[mid].inode < inode)
			low = mid + 1;
		else
			high = mid;
	}
	*first = o->owner ? o->owner + low : NULL;
	while (low + num < o->num && o->owner[low + num].inode == inode)
		num++;
	return num;
}
