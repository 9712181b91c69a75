// SPDX-License-Identifier: GPL-2.0
/*
 * Very many connections to oneself that nothing happens on.
 *
 *	hold WIRE COUNT FILE	so many sockets, two for each connection; FILE is made when they are there
 *
 * WIRE is kernel, inet or native. It stays until it is killed.
 */
#include <sys/resource.h>
#include "../net/tool.h"

#define PER_LISTENER	20000	/* connections: a destination has no more source ports than that */

static int listener(const char *wire, struct sockaddr_storage *ss, socklen_t len)
{
	int fd = tool_socket(wire, AF_INET);

	if (bind(fd, (void *)ss, len) || listen(fd, 16) || getsockname(fd, (void *)ss, &len))
		die("listener");
	return fd;
}

static void connect_pairs(const char *wire, long num)
{
	struct sockaddr_storage ss;
	socklen_t len = tool_addr(&ss, "127.0.0.1", 0);
	int lfd = listener(wire, &ss, len), fd;

	while (num--) {
		fd = tool_socket(wire, AF_INET);
		if (connect(fd, (void *)&ss, len) || accept(lfd, NULL, NULL) < 0)
			die("connection");
	}
}

int main(int argc, char **argv)
{
	long left = argc == 4 ? atol(argv[2]) / 2 : 0;
	struct rlimit files = { 2 * left + 1000, 2 * left + 1000 };

	if (left <= 0) {
		fprintf(stderr, "usage: hold WIRE COUNT FILE\n");
		return 2;
	}
	if (setrlimit(RLIMIT_NOFILE, &files))
		die("RLIMIT_NOFILE");
	for (; left > 0; left -= PER_LISTENER)
		connect_pairs(argv[1], left < PER_LISTENER ? left : PER_LISTENER);
	tool_ready(argv[3]);
	pause();
	return 0;
}
