// SPDX-License-Identifier: GPL-2.0
/*
 * Opens one connection after the other, and sends the first byte at the moment it is open: that segment and
 * the ACK of the handshake are on their way on two CPUs.
 *
 *	handshakes -l ADDR -p PORT -n COUNT [-w WIRE] [-r FILE]	accepts, and answers the byte by the end of file
 *	handshakes -c ADDR -p PORT -n COUNT [-w WIRE]		connects, from CPU 0
 *
 * WIRE is kernel, inet or native; FILE is made when it listens.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include "tool.h"

struct options {
	const char *listen, *connect, *wire, *ready;
	int port, count;
};

static void serve_one(int lfd, int nth)
{
	char buf[2];
	int fd = accept(lfd, NULL, NULL);
	ssize_t n;

	if (fd < 0)
		die("accept of connection %d", nth);
	n = recv(fd, buf, sizeof(buf), 0);
	if (n != 1)
		die("connection %d: one byte expected, got %zd", nth, n);
	n = recv(fd, buf, sizeof(buf), 0);
	if (n)
		die("connection %d: end of file expected, got %zd", nth, n);
	close(fd);
}

static void serve(const struct options *o)
{
	struct sockaddr_storage ss;
	socklen_t len = tool_addr(&ss, o->listen, o->port);
	int fd = tool_socket(o->wire, ss.ss_family);

	if (bind(fd, (struct sockaddr *)&ss, len) || listen(fd, 8))
		die("listen on %s port %d", o->listen, o->port);
	tool_ready(o->ready);
	for (int i = 0; i < o->count; i++)
		serve_one(fd, i);
}

/* Until it is open: poll(2) does not take the socket's lock, so that it is open at once for us too */
static void spin(int fd, int nth)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(errno);

	while (!poll(&p, 1, 0))
		;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &errno, &len) || errno)
		die("connect of connection %d", nth);
}

static void connect_one(const struct options *o, int nth)
{
	struct sockaddr_storage ss;
	socklen_t len = tool_addr(&ss, o->connect, o->port);
	int fd = tool_socket(o->wire, ss.ss_family);
	ssize_t n;
	char c;

	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		die("O_NONBLOCK");
	if (connect(fd, (struct sockaddr *)&ss, len) && errno != EINPROGRESS)
		die("connect to %s port %d", o->connect, o->port);
	spin(fd, nth);
	if (send(fd, "x", 1, MSG_NOSIGNAL) != 1)
		die("send on connection %d", nth);
	if (fcntl(fd, F_SETFL, 0) || shutdown(fd, SHUT_WR))
		die("shutdown of connection %d", nth);
	n = recv(fd, &c, 1, 0);
	if (n)
		die("connection %d: end of file expected, got %zd", nth, n);
	close(fd);
}

static void run_client(const struct options *o)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		die("CPU 0");
	for (int i = 0; i < o->count; i++)
		connect_one(o, i);
}

int main(int argc, char **argv)
{
	struct options o = { .wire = "inet" };
	int c;

	while ((c = getopt(argc, argv, "l:c:p:n:w:r:")) != -1) {
		switch (c) {
		case 'l':
			o.listen = optarg;
			break;
		case 'c':
			o.connect = optarg;
			break;
		case 'p':
			o.port = atoi(optarg);
			break;
		case 'n':
			o.count = atoi(optarg);
			break;
		case 'w':
			o.wire = optarg;
			break;
		case 'r':
			o.ready = optarg;
			break;
		default:
			return 2;
		}
	}
	if (!o.listen == !o.connect || !o.port || !o.count)
		return 2;
	alarm(300);
	if (o.listen)
		serve(&o);
	else
		run_client(&o);
	return 0;
}
