// SPDX-License-Identifier: GPL-2.0
/*
 * One figure: the same work over the kernel's TCP or naru's, both ends alike.
 *
 *	bench -w WIRE [-W WIRE] [-a ADDR] [-n COUNT] [-s NETNS] [-c NETNS] [-C CONG] [-B BYTES] WORK
 *
 * WORK, with what is printed:
 *	bulk		COUNT bytes one way			ns
 *	sendfile	the same out of the page cache, and thrown away where they arrive (MSG_TRUNC)	ns
 *	once		the same without a warm-up, from connect() to the peer's end of file
 *								ns, segments sent again
 *	rr:SIZE		COUNT times SIZE bytes there and back	ns
 *	crr:client	COUNT connections with a request and an answer, that end closing first	ns
 *	crr:server
 *	idle		COUNT connections that lie idle		bytes of slab caches, both ends
 *
 * WIRE: kernel, inet or native; -W: the server's, if another. -s, -c: network namespaces of server
 * and client, by name. -C: the congestion control of both. -B: both socket buffers, as a program
 * asks for them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <time.h>
#include "../net/tool.h"

#define PORT		7000
#define WARM_UP		8	/* a fraction of the work is done before */
#define REQUEST		64
#define BACKLOG		4096
#define FILE_SIZE	(64L << 20)
#define FILE_PIECE	(1L << 20)

struct bench {
	const char *wire, *server_wire, *addr, *server, *client, *work, *cong;
	struct sockaddr_storage ss;
	socklen_t len;
	long count, size;
	int listener, buffer, file;
};

static char buf[1 << 16];

static void enter(const char *name)
{
	char path[256];
	int fd;

	if (!name)
		return;
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die("%s", path);
	close(fd);
}

static void no_delay(int fd)
{
	int on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		die("TCP_NODELAY");
}

/* Before the handshake, which says how large a window can become */
static int new_socket(const struct bench *b, const char *wire)
{
	int fd = tool_socket(wire, b->ss.ss_family), size = sizeof(b->buffer);

	if (b->cong && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, b->cong, strlen(b->cong)))
		die("%s", b->cong);
	if (b->buffer && (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &b->buffer, size) ||
			  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &b->buffer, size)))
		die("buffers of %d bytes", b->buffer);
	return fd;
}

static int dial(const struct bench *b)
{
	int fd = new_socket(b, b->wire);

	if (connect(fd, (const struct sockaddr *)&b->ss, b->len))
		die("connect");
	no_delay(fd);
	return fd;
}

static int answer(const struct bench *b)
{
	int fd = accept(b->listener, NULL, NULL);

	if (fd < 0)
		die("accept");
	no_delay(fd);
	return fd;
}

static void put(int fd, long len)
{
	long sent;

	for (; len; len -= sent) {
		sent = send(fd, buf, len < (long)sizeof(buf) ? len : (long)sizeof(buf), 0);
		if (sent <= 0)
			die("send");
	}
}

/* False: the peer has closed before the first byte */
static bool take(int fd, long len)
{
	long got, all = 0;

	for (; all < len; all += got) {
		got = recv(fd, buf, len - all < (long)sizeof(buf) ? len - all : (long)sizeof(buf), 0);
		if (got < 0 || (!got && all))
			die("recv");
		if (!got)
			return false;
	}
	return true;
}

static void want_end(int fd)
{
	if (take(fd, 1)) {
		errno = EPROTO;
		die("more data than there should be");
	}
}

static void hang_up(int fd)
{
	want_end(fd);
	close(fd);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* ---- bulk ---- */

static void bulk_client(const struct bench *b, long bytes)
{
	int fd = dial(b);

	put(fd, bytes);
	shutdown(fd, SHUT_WR);
	hang_up(fd);
}

/* A file that is in memory as a whole */
static int new_file(void)
{
	int fd = memfd_create("bench", MFD_CLOEXEC);
	long at;

	if (fd < 0)
		die("memfd_create");
	for (at = 0; at < FILE_SIZE; at += sizeof(buf))
		if (write(fd, buf, sizeof(buf)) != sizeof(buf))
			die("a file of %ld bytes", FILE_SIZE);
	return fd;
}

static void sendfile_client(const struct bench *b, long bytes)
{
	int fd = dial(b);
	off_t at = 0;
	long sent;

	for (; bytes; bytes -= sent) {
		sent = sendfile(fd, b->file, &at, bytes < FILE_PIECE ? bytes : FILE_PIECE);
		if (sent <= 0)
			die("sendfile");
		if (at == FILE_SIZE)
			at = 0;
	}
	shutdown(fd, SHUT_WR);
	hang_up(fd);
}

static void once(const struct bench *b)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	uint64_t start = now(), end;
	int fd = dial(b);

	put(fd, b->count);
	shutdown(fd, SHUT_WR);
	want_end(fd);
	end = now();
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		die("TCP_INFO");
	close(fd);
	printf("%llu %u\n", (unsigned long long)(end - start), info.tcpi_total_retrans);
}

static void bulk_server(const struct bench *b, int flags)
{
	int fd = answer(b);
	long got;

	do
		got = recv(fd, buf, sizeof(buf), flags);
	while (got > 0);
	if (got < 0)
		die("recv");
	close(fd);
}

/* ---- round trips ---- */

static void rr_client(const struct bench *b, long count)
{
	int fd = dial(b);

	while (count--) {
		put(fd, b->size);
		if (!take(fd, b->size))
			die("the server closed");
	}
	shutdown(fd, SHUT_WR);
	hang_up(fd);
}

static void rr_server(const struct bench *b)
{
	int fd = answer(b);

	while (take(fd, b->size))
		put(fd, b->size);
	close(fd);
}

/* ---- connections ---- */

static void crr_client(const struct bench *b, long count)
{
	bool first = !strcmp(b->work, "crr:client");
	int fd;

	while (count--) {
		fd = dial(b);
		put(fd, REQUEST);
		if (!take(fd, REQUEST))
			die("the server closed");
		if (first)
			shutdown(fd, SHUT_WR);
		hang_up(fd);
	}
}

static void crr_server(const struct bench *b)
{
	bool first = !strcmp(b->work, "crr:server");
	int fd = answer(b);

	if (!take(fd, REQUEST))
		die("the client closed");
	put(fd, REQUEST);
	if (first)
		shutdown(fd, SHUT_WR);
	hang_up(fd);
}

/* ---- memory ---- */

/* Bytes of all objects of all slab caches */
static long slab_bytes(void)
{
	FILE *f = fopen("/proc/slabinfo", "r");
	long bytes = 0, active, size;
	char line[512];

	if (!f)
		die("/proc/slabinfo");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %ld %*d %ld", &active, &size) == 2)
			bytes += active * size;
	fclose(f);
	return bytes;
}

static long idle(const struct bench *b)
{
	struct rlimit files = { 65536, 65536 };
	long i, before;

	setrlimit(RLIMIT_NOFILE, &files);
	for (i = 0; i < b->count / WARM_UP; i++)
		dial(b);
	before = slab_bytes();
	for (i = 0; i < b->count; i++)
		dial(b);
	return slab_bytes() - before;
}

/* ---- both ends ---- */

static void serve(struct bench *b, int ready)
{
	struct rlimit files = { 65536, 65536 };
	int on = 1;

	enter(b->server);
	setrlimit(RLIMIT_NOFILE, &files);
	b->listener = new_socket(b, b->server_wire ? : b->wire);
	setsockopt(b->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(b->listener, (struct sockaddr *)&b->ss, b->len) || listen(b->listener, BACKLOG))
		die("listen");
	if (write(ready, "r", 1) != 1)
		die("pipe");
	for (;;) {
		if (!strcmp(b->work, "bulk") || !strcmp(b->work, "once"))
			bulk_server(b, 0);
		else if (!strcmp(b->work, "sendfile"))
			bulk_server(b, MSG_TRUNC);
		else if (b->size)
			rr_server(b);
		else if (!strcmp(b->work, "idle"))
			answer(b);
		else
			crr_server(b);
	}
}

static void work(const struct bench *b, long count)
{
	if (!strcmp(b->work, "bulk"))
		bulk_client(b, count);
	else if (!strcmp(b->work, "sendfile"))
		sendfile_client(b, count);
	else if (b->size)
		rr_client(b, count);
	else
		crr_client(b, count);
}

static long measure(const struct bench *b)
{
	uint64_t start;

	if (!strcmp(b->work, "idle"))
		return idle(b);
	work(b, b->count / WARM_UP);
	start = now();
	work(b, b->count);
	return now() - start;
}

static void parse(struct bench *b, int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "w:W:a:n:s:c:C:B:")) != -1) {
		if (opt == 'w')
			b->wire = optarg;
		else if (opt == 'W')
			b->server_wire = optarg;
		else if (opt == 'C')
			b->cong = optarg;
		else if (opt == 'B')
			b->buffer = atoi(optarg);
		else if (opt == 'a')
			b->addr = optarg;
		else if (opt == 'n')
			b->count = atol(optarg);
		else if (opt == 's')
			b->server = optarg;
		else if (opt == 'c')
			b->client = optarg;
		else
			exit(2);
	}
	if (optind != argc - 1 || b->count < WARM_UP) {
		fputs("usage: bench -w WIRE [-W WIRE] [-a ADDR] [-n COUNT] [-s NETNS] [-c NETNS] [-C CONG] [-B BYTES] WORK\n",
		      stderr);
		exit(2);
	}
	b->work = argv[optind];
	if (!strncmp(b->work, "rr:", 3))
		b->size = atol(b->work + 3);
	if (!strcmp(b->work, "sendfile"))
		b->file = new_file();
	b->len = tool_addr(&b->ss, b->addr, PORT);
}

int main(int argc, char **argv)
{
	struct bench b = { .wire = "kernel", .addr = "127.0.0.1", .count = 1000 };
	int ready[2];
	pid_t server;
	char c;

	parse(&b, argc, argv);
	if (pipe(ready))
		die("pipe");
	server = fork();
	if (!server)
		serve(&b, ready[1]);
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		return 1;
	enter(b.client);
	if (!strcmp(b.work, "once"))
		once(&b);
	else
		printf("%ld\n", measure(&b));
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return 0;
}
