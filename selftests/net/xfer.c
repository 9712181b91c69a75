// SPDX-License-Identifier: GPL-2.0
/*
 * Moves bytes drawn from a seed over one connection and says what arrived.
 *
 *	xfer -d -s SEED -n BYTES		prints what a receiver of these bytes has to print
 *	xfer -l ADDR -p PORT [option]...	accepts one connection
 *	xfer -c ADDR -p PORT [option]...	connects
 *
 * Without -S it receives until the end of file and prints "BYTES SHA256". Options:
 *	-S		sends
 *	-s SEED		of what it sends (1)		-n BYTES	how much (1 MB)
 *	-w WIRE		kernel, inet or native		-b ADDR		binds a client to ADDR
 *	-r FILE		made when it listens		-t SECONDS	gives up after (120)
 *	-P BYTES -W FILE	the sender pauses behind these bytes: makes FILE.paused, waits for FILE
 *	-u USEC		a receiver naps so long after each read
 *	-k		goes on listening while it receives
 */
#include <poll.h>
#include "sha256.h"
#include "tool.h"

struct options {
	const char *listen, *connect, *bind, *wire, *ready, *gate;
	uint64_t seed, bytes, pause;
	int port, nap;
	bool send, digest, keep;
};

static unsigned char buf[1 << 16];

/* Bytes @at and on of the stream; @at and @len are multiples of 8, but for the end */
static void draw(uint64_t seed, uint64_t at, size_t len)
{
	for (size_t i = 0; i < len; i += 8) {
		uint64_t x = (seed << 40 ^ (at + i)) * 0x9e3779b97f4a7c15;

		x ^= x >> 29;
		memcpy(buf + i, &x, 8);
	}
}

static size_t piece(const struct options *o, uint64_t at, uint64_t end)
{
	size_t len = end - at < sizeof(buf) ? end - at : sizeof(buf);

	draw(o->seed, at, len);
	return len;
}

static void print_digest(struct sha256 *sha)
{
	unsigned long long bytes = sha->bytes;
	char hex[65];

	sha256_hex(sha, hex);
	printf("%llu %s\n", bytes, hex);
}

static void digest(const struct options *o)
{
	struct sha256 sha;

	sha256_init(&sha);
	for (uint64_t at = 0; at < o->bytes;) {
		size_t len = piece(o, at, o->bytes);

		sha256_add(&sha, buf, len);
		at += len;
	}
	print_digest(&sha);
}

static void send_range(const struct options *o, int fd, uint64_t at, uint64_t end)
{
	while (at < end) {
		size_t len = piece(o, at, end);

		for (size_t done = 0; done < len;) {
			ssize_t n = send(fd, buf + done, len - done, MSG_NOSIGNAL);

			if (n < 0)
				die("send after %llu bytes", (unsigned long long)at);
			done += n;
		}
		at += len;
	}
}

static void wait_at_gate(const char *gate)
{
	char paused[256];

	snprintf(paused, sizeof(paused), "%s.paused", gate);
	tool_ready(paused);
	while (access(gate, F_OK))
		poll(NULL, 0, 10);
}

static void run_sender(const struct options *o, int fd)
{
	char c;
	ssize_t n;

	if (o->pause) {
		send_range(o, fd, 0, o->pause);
		wait_at_gate(o->gate);
	}
	send_range(o, fd, o->pause, o->bytes);
	if (shutdown(fd, SHUT_WR))
		die("shutdown");
	n = recv(fd, &c, 1, 0);
	if (n)
		die("end of file expected from the receiver, got %zd", n);
}

static void run_receiver(const struct options *o, int fd)
{
	struct sha256 sha;
	ssize_t n;

	sha256_init(&sha);
	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0) {
		sha256_add(&sha, buf, n);
		if (o->nap)
			usleep(o->nap);
	}
	if (n < 0)
		die("recv after %llu bytes", (unsigned long long)sha.bytes);
	print_digest(&sha);
}

static int accept_one(const struct options *o)
{
	struct sockaddr_storage ss;
	socklen_t len = tool_addr(&ss, o->listen, o->port);
	int lfd = tool_socket(o->wire, ss.ss_family), fd;

	if (setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)))
		die("SO_REUSEADDR");
	if (bind(lfd, (struct sockaddr *)&ss, len) || listen(lfd, 8))
		die("listen on %s port %d", o->listen, o->port);
	tool_ready(o->ready);
	fd = accept(lfd, NULL, NULL);
	if (fd < 0)
		die("accept");
	if (!o->keep)
		close(lfd);
	return fd;
}

static int connect_one(const struct options *o)
{
	struct sockaddr_storage ss, src;
	socklen_t len = tool_addr(&ss, o->connect, o->port);
	int fd = tool_socket(o->wire, ss.ss_family);

	if (o->bind && bind(fd, (struct sockaddr *)&src, tool_addr(&src, o->bind, 0)))
		die("bind to %s", o->bind);
	if (connect(fd, (struct sockaddr *)&ss, len))
		die("connect to %s port %d", o->connect, o->port);
	return fd;
}

static void parse(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "dkl:c:p:w:Ss:n:b:r:t:P:W:u:")) != -1) {
		switch (c) {
		case 'd':
			o->digest = true;
			break;
		case 'k':
			o->keep = true;
			break;
		case 'l':
			o->listen = optarg;
			break;
		case 'c':
			o->connect = optarg;
			break;
		case 'p':
			o->port = atoi(optarg);
			break;
		case 'w':
			o->wire = optarg;
			break;
		case 'S':
			o->send = true;
			break;
		case 's':
			o->seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			o->bytes = strtoull(optarg, NULL, 0);
			break;
		case 'b':
			o->bind = optarg;
			break;
		case 'r':
			o->ready = optarg;
			break;
		case 't':
			alarm(atoi(optarg));
			break;
		case 'P':
			o->pause = strtoull(optarg, NULL, 0) / sizeof(buf) * sizeof(buf);
			break;
		case 'W':
			o->gate = optarg;
			break;
		case 'u':
			o->nap = atoi(optarg);
			break;
		default:
			exit(2);
		}
	}
	if (!o->digest && !o->listen == !o->connect) {
		fprintf(stderr, "xfer: one of -d, -l and -c\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct options o = { .wire = "kernel", .seed = 1, .bytes = 1 << 20 };
	int fd;

	alarm(120);
	parse(&o, argc, argv);
	if (o.digest) {
		digest(&o);
		return 0;
	}
	fd = o.listen ? accept_one(&o) : connect_one(&o);
	if (o.send)
		run_sender(&o, fd);
	else
		run_receiver(&o, fd);
	if (close(fd))
		die("close");
	return 0;
}
