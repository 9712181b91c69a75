// SPDX-License-Identifier: GPL-2.0
/*
 * inns NETNS COMMAND [ARGUMENT]...
 *
 * Runs a command in a network namespace of ip-netns(8)'s, as the same process. Unlike `ip netns exec` it leaves the
 * mounts alone, /sys is the caller's; and it is linked statically: under emulation that is a third of the time.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char path[256];
	int fd;

	if (argc < 3) {
		fprintf(stderr, "usage: inns NETNS COMMAND [ARGUMENT]...\n");
		return 2;
	}
	snprintf(path, sizeof(path), "/run/netns/%s", argv[1]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", path);
	execvp(argv[2], argv + 2);
	err(127, "%s", argv[2]);
}
