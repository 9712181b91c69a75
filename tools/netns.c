// SPDX-License-Identifier: GPL-2.0
/*
 * Other network namespaces: by name, and all that can be found.
 */
#include "netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMED "/run/netns"

/**
 * netns_enter_name() - go into a network namespace
 * @name: name of ip-netns(8), or a path with a slash
 *
 * Return: 0, or -1 with errno set.
 */
int netns_enter_name(const char *name)
{
	char path[512];
	int fd, err;

	snprintf(path, sizeof(path), strchr(name, '/') ? "%s" : NAMED "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	err = setns(fd, CLONE_NEWNET);
	close(fd);
	return err;
}

/**
 * netns_each_name() - names of network namespaces that ip-netns(8) knows
 * @fn: called with each
 */
void netns_each_name(void (*fn)(const char *name))
{
	DIR *d = opendir(NAMED);
	const struct dirent *e;

	while (d && (e = readdir(d)))
		if (*e->d_name != '.')
			fn(e->d_name);
	if (d)
		closedir(d);
}

/**
 * netns_enter() - go into a network namespace
 * @ns: from netns_find_all()
 *
 * Return: 0, or -1 with errno set.
 */
int netns_enter(const struct netns *ns)
{
	return setns(ns->fd, CLONE_NEWNET);
}

static bool known(const struct netns_list *list, ino_t inode)
{
	size_t i;

	for (i = 0; i < list->num; i++)
		if (list->ns[i].inode == inode)
			return true;
	return false;
}

/* False: no memory */
static bool append(struct netns_list *list, ino_t inode, int fd, const char *name)
{
	struct netns *more = realloc(list->ns, (list->num + 1) * sizeof(*more));

	if (!more)
		return false;
	list->ns = more;
	more += list->num++;
	more->inode = inode;
	more->fd = fd;
	snprintf(more->name, sizeof(more->name), "%s", name);
	return true;
}

/* Adds what @path stands for, if it is new. False: no memory */
static bool add(struct netns_list *list, const char *path, const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0) {
		list->denied |= errno == EACCES && !lstat(path, &st);	/* and is not just gone */
		return true;
	}
	if (fstat(fd, &st) || known(list, st.st_ino)) {
		close(fd);
		return true;
	}
	if (append(list, st.st_ino, fd, name))
		return true;
	close(fd);
	return false;
}

/* Adds what the entries of @dir stand for. @process: they are processes */
static bool add_dir(struct netns_list *list, const char *dir, bool process)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	char path[512], name[64];
	bool ok = true;

	while (ok && d && (e = readdir(d))) {
		if (*e->d_name == '.' || (process && (*e->d_name < '0' || *e->d_name > '9')))
			continue;
		snprintf(path, sizeof(path), process ? "%s/%s/ns/net" : "%s/%s", dir, e->d_name);
		snprintf(name, sizeof(name), process ? "pid:%.50s" : "%.60s", e->d_name);
		ok = add(list, path, name);
	}
	if (d)
		closedir(d);
	return ok;
}

/**
 * netns_find_all() - every network namespace that has a name or a process
 * @list: filled, this process's own first, for netns_free()
 *
 * Return: false when there was no memory.
 */
bool netns_find_all(struct netns_list *list)
{
	memset(list, 0, sizeof(*list));
	return add(list, "/proc/self/ns/net", "-") && add_dir(list, NAMED, false) &&
	       add_dir(list, "/proc", true);
}

/**
 * netns_add() - a namespace that the module knows of
 * @list: list
 * @inode: its number; nothing happens when it is in the list
 *
 * Return: false when there was no memory.
 */
bool netns_add(struct netns_list *list, ino_t inode)
{
	char name[64];

	snprintf(name, sizeof(name), "net:[%ju]", (uintmax_t)inode);
	return known(list, inode) || append(list, inode, -1, name);
}

/**
 * netns_free() - give back what netns_find_all() took
 * @list: list
 */
void netns_free(struct netns_list *list)
{
	size_t i;

	for (i = 0; i < list->num; i++)
		if (list->ns[i].fd >= 0)
			close(list->ns[i].fd);
	free(list->ns);
	memset(list, 0, sizeof(*list));
}
