// SPDX-License-Identifier: GPL-2.0
/*
 * Traffic through a NAPT, each way, for as long as it lives, whatever becomes of the NAPT meanwhile.
 *
 *	napt_load IN-NS OUT-NS HOST NAPT STATIC-PORT COUNTS
 *
 * In network namespaces of ip-netns(8)'s. From inside go datagrams from ever new ports to HOST, which
 * answers half of them, and to where nobody listens; and a stream. From outside go datagrams to NAPT,
 * to every port in turn, and a stream to its STATIC-PORT, which leads to the inside. COUNTS is a file:
 * what came out of the NAPT so far, "OUT IN SOUT SIN": datagrams and bytes of streams, each way.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <time.h>
#include "tool.h"

#define PORT		4500	/* where HOST answers; the next one is that of its stream */
#define HELD		64	/* sockets inside that are there to be answered */
#define PATIENCE	2	/* seconds without progress after which a stream is another */

struct stream {
	int listener, from, to;
	const char *from_ns;
	struct sockaddr_in dst;
	uint64_t bytes;
	time_t since;
};

static uint64_t out, in;

static void enter(const char *ns)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die("%s", path);
	close(fd);
}

static int open_socket(int type)
{
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static struct sockaddr_in to_port(const char *addr, int port)
{
	struct sockaddr_storage ss;
	struct sockaddr_in sin;

	tool_addr(&ss, addr, port);
	memcpy(&sin, &ss, sizeof(sin));
	return sin;
}

/* What is left of a stream must not outlive this program, however that ends: no FIN comes behind it */
static void end_by_reset(int fd)
{
	struct linger none = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

static int bound(int type, int port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = open_socket(type), on = 1;

	if (type == SOCK_STREAM)
		end_by_reset(fd);	/* those that it accepts have that of it */

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)))
		die("port %d", port);
	return fd;
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* ---- datagrams ---- */

/* The NAPT may be away, and with it the route */
static void send_to(int fd, const struct sockaddr_in *dst, size_t len)
{
	static const uint8_t text[512];

	sendto(fd, text, len, 0, (const struct sockaddr *)dst, sizeof(*dst));
}

static void from_inside(unsigned int number, const struct sockaddr_in *host)
{
	static int held[HELD];
	struct sockaddr_in nobody = *host;
	int *fd = &held[number % HELD];
	char text[512];

	if (*fd) {
		while (recv(*fd, text, sizeof(text), 0) >= 0)
			in++;
		close(*fd);
	}
	*fd = open_socket(SOCK_DGRAM);
	send_to(*fd, host, number % 500);
	nobody.sin_port = htons(1024 + number % 1024);
	send_to(*fd, &nobody, number % 500);
}

static void answer(int fd)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char text[512];

	while (recvfrom(fd, text, sizeof(text), 0, (struct sockaddr *)&from, &len) >= 0)
		if (out++ % 2)
			send_to(fd, &from, 100);
}

/* ---- streams ---- */

static void drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void begin(struct stream *s)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	drop(&s->from);
	drop(&s->to);
	enter(s->from_ns);
	s->from = open_socket(SOCK_STREAM);
	end_by_reset(s->from);
	if (home < 0 || setns(home, CLONE_NEWNET))
		die("home");
	close(home);
	connect(s->from, (struct sockaddr *)&s->dst, sizeof(s->dst));
	s->since = now();
}

static void flow(struct stream *s)
{
	static char text[8192];
	ssize_t n;
	int fd;

	fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK);
	if (fd >= 0) {
		drop(&s->to);
		s->to = fd;
	}
	if (s->from >= 0)
		send(s->from, text, sizeof(text), MSG_NOSIGNAL);
	while (s->to >= 0 && (n = recv(s->to, text, sizeof(text), 0)) > 0) {
		s->bytes += n;
		s->since = now();
	}
	if (now() - s->since >= PATIENCE)
		begin(s);
}

static void listen_at(struct stream *s, const char *addr, int port)
{
	s->dst = to_port(addr, port);
	s->from = -1;
	s->to = -1;
	s->listener = bound(SOCK_STREAM, port);
	if (listen(s->listener, 8))
		die("listen");
}

static void tell(int fd, const struct stream *outward, const struct stream *inward)
{
	char text[128];
	int len = snprintf(text, sizeof(text), "%20llu %20llu %20llu %20llu\n",
			   (unsigned long long)out, (unsigned long long)in,
			   (unsigned long long)outward->bytes, (unsigned long long)inward->bytes);

	if (pwrite(fd, text, len, 0) != len)
		die("counts");
}

int main(int argc, char **argv)
{
	struct stream outward = { }, inward = { };
	struct sockaddr_in host, napt;
	int answerer, stranger, counts;

	if (argc != 7) {
		fprintf(stderr, "usage: napt_load IN-NS OUT-NS HOST NAPT STATIC-PORT COUNTS\n");
		return 2;
	}
	outward.from_ns = argv[1];
	inward.from_ns = argv[2];
	host = to_port(argv[3], PORT);
	napt = to_port(argv[4], 0);
	counts = open(argv[6], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (counts < 0)
		die("%s", argv[6]);
	enter(argv[2]);
	answerer = bound(SOCK_DGRAM, PORT);
	stranger = open_socket(SOCK_DGRAM);
	listen_at(&outward, argv[3], PORT + 1);
	enter(argv[1]);
	listen_at(&inward, argv[4], atoi(argv[5]));
	for (unsigned int number = 0;; number++) {
		from_inside(number, &host);
		answer(answerer);
		napt.sin_port = htons(number);
		send_to(stranger, &napt, number % 500);
		flow(&outward);
		flow(&inward);
		tell(counts, &outward, &inward);
	}
}
