// SPDX-License-Identifier: GPL-2.0
/*
 * In whose place the supervisor makes a socket: it is charged to the program's control group, is of its network
 * namespace, and is judged by its user, capabilities and label. Where those are not the supervisor's own,
 * a process that has become like the program does it.
 */
#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Of a thread */
struct identity {
	ino_t user, net;
	unsigned int uid, gid;	/* of files, and so of sockets */
	unsigned long long caps;
	char label[256], cgroups[4096];
};

static int read_proc(pid_t tid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n = 0;
	size_t len = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (len < size - 1 && (n = read(fd, text + len, size - 1 - len)) > 0)
		len += n;
	text[len] = '\0';
	close(fd);
	if (n < 0)
		return -errno;
	return len < size - 1 ? 0 : -EOVERFLOW;
}

static int namespace_of(pid_t tid, const char *name, ino_t *inode)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", tid, name);
	if (stat(path, &st))
		return -errno;
	*inode = st.st_ino;
	return 0;
}

/* Numbers are those of the user namespace that this process is in */
static int read_status(pid_t tid, struct identity *id)
{
	char path[64], line[256];	/* a line may be longer, that of the groups is */
	int found = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (found < 3 && fgets(line, sizeof(line), f))
		found += sscanf(line, "Uid: %*u %*u %*u %u", &id->uid) == 1 ||
			 sscanf(line, "Gid: %*u %*u %*u %u", &id->gid) == 1 ||
			 sscanf(line, "CapEff: %llx", &id->caps) == 1;
	fclose(f);
	return found == 3 ? 0 : -EPROTO;
}

/* Security modules that label nothing have no such file, or nothing in it */
static void read_label(pid_t tid, struct identity *id)
{
	if (read_proc(tid, "attr/current", id->label, sizeof(id->label)))
		*id->label = '\0';
}

static int identify(pid_t tid, struct identity *id)
{
	int err = namespace_of(tid, "user", &id->user);

	if (!err)
		err = namespace_of(tid, "net", &id->net);
	if (!err)
		err = read_proc(tid, "cgroup", id->cgroups, sizeof(id->cgroups));
	if (!err)
		err = read_status(tid, id);
	read_label(tid, id);
	return err;
}

/**
 * supervise_same() - would a socket of this process's be the same as the program's own?
 * @tid: thread of the program
 */
bool supervise_same(pid_t tid)
{
	struct identity own, its;

	return !identify(getpid(), &own) && !identify(tid, &its) && own.user == its.user &&
	       own.net == its.net && own.uid == its.uid && own.gid == its.gid &&
	       own.caps == its.caps && !strcmp(own.label, its.label) &&
	       !strcmp(own.cgroups, its.cgroups);
}

/* ---- control groups ---- */

/* The path of version 2's in the list of a thread's, which is cut to those of version 1 */
static bool split_cgroups(char *list, char *path, size_t size)
{
	char *line = !strncmp(list, "0::", 3) ? list : strstr(list, "\n0::");
	size_t len;

	if (!line)
		return false;
	line += *line == '\n';
	len = strcspn(line + 3, "\n");
	if (len >= size)
		return false;
	memcpy(path, line + 3, len);
	path[len] = '\0';
	*line = '\0';
	return true;
}

/* Where version 2 is mounted, with the root of its tree there */
static bool find_mount(char *path, size_t size)
{
	char line[1024], root[512], at[512];
	FILE *f = fopen("/proc/self/mountinfo", "re");
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, " - cgroup2 ") &&
			sscanf(line, "%*u %*u %*s %511s %511s", root, at) == 2 && !strcmp(root, "/");
	if (f)
		fclose(f);
	if (found)
		snprintf(path, size, "%s", at);
	return found;
}

/**
 * supervise_cgroup() - control group of a thread
 * @tid: thread of the program
 *
 * Return: a file descriptor of its folder; -ENODATA: it is this process's own; -EACCES: there is no way into it.
 */
int supervise_cgroup(pid_t tid)
{
	char own[4096], its[4096], own_path[2048], its_path[2048], path[4096];
	int fd;

	if (read_proc(getpid(), "cgroup", own, sizeof(own)) || read_proc(tid, "cgroup", its, sizeof(its)))
		return -EACCES;
	if (!strcmp(own, its))
		return -ENODATA;
	if (!split_cgroups(own, own_path, sizeof(own_path)) || !split_cgroups(its, its_path, sizeof(its_path)) ||
	    strcmp(own, its) || !find_mount(path, sizeof(path) - sizeof(its_path)))
		return -EACCES;
	strcat(path, its_path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -EACCES : fd;
}

/* ---- becoming like it ---- */

static int open_namespace(pid_t tid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", tid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Both are opened before the first is entered: /proc may not show them from there */
static int enter_namespaces(pid_t tid)
{
	ino_t own_user, own_net, its_user, its_net;
	int user = open_namespace(tid, "user"), net = open_namespace(tid, "net"), err = 0;

	if (user < 0 || net < 0 || namespace_of(getpid(), "user", &own_user) ||
	    namespace_of(getpid(), "net", &own_net) || namespace_of(tid, "user", &its_user) ||
	    namespace_of(tid, "net", &its_net))
		err = -EACCES;
	if (!err && own_user != its_user && setns(user, CLONE_NEWUSER))
		err = -EACCES;
	if (!err && own_net != its_net && setns(net, CLONE_NEWNET))
		err = -EACCES;
	close(user);
	close(net);
	return err;
}

/* No more than @caps */
static int drop_caps(unsigned long long caps)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];
	int i;

	if (syscall(SYS_capget, &h, d))
		return -errno;
	for (i = 0; i < 2; i++) {
		d[i].permitted &= caps >> 32 * i;
		d[i].effective = d[i].permitted;
		d[i].inheritable = 0;
	}
	return syscall(SYS_capset, &h, d) ? -errno : 0;
}

static int become_user(const struct identity *its)
{
	struct identity own;
	int err = read_status(getpid(), &own);

	if (err)
		return err;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		return -errno;
	if (own.gid != its->gid &&
	    (setgroups(0, NULL) || setresgid(its->gid, its->gid, its->gid)))
		return -errno;
	if (own.uid != its->uid && setresuid(its->uid, its->uid, its->uid))
		return -errno;
	return drop_caps(its->caps);
}

/**
 * supervise_become() - this process becomes like a thread
 * @tid: thread of the program
 *
 * Return: 0, or -EACCES where there is no way to.
 */
int supervise_become(pid_t tid)
{
	struct identity own, its;

	read_label(getpid(), &own);
	read_label(tid, &its);
	if (strcmp(own.label, its.label) || enter_namespaces(tid) || read_status(tid, &its) ||
	    become_user(&its))
		return -EACCES;
	return 0;
}
