// SPDX-License-Identifier: GPL-2.0
/*
 * Short exchanges in which each end says what it sees of the other.
 *
 *	talk serve [option]... PROTO ADDR:PORT...	answers what comes with "ADDR:PORT" of its sender
 *	talk ask [option]... PROTO SRC:PORT DST:PORT...	sends to each DST, prints the answers
 *	talk send [option]... PROTO [SRC:PORT DST:PORT TEXT]...		sends datagrams and ends
 *
 * PROTO is tcp, udp, inet (naru's TCP), native (253) or native-dgram (254). A server prints a line for
 * each thing that it gets: "FROM:PORT TO:PORT BYTES HASH TEXT", with the beginning of TEXT and of its SHA-256. An ICMP error about a datagram that was sent is printed as "error
 * TYPE/CODE from ADDR mtu MTU", and any other as "error: ..."; then the exit code is 1. Options:
 *	-R FILE		made when it serves		-q		a server that does not answer
 *	-i DST:PORT	a server of datagrams sends one there from its first address before all else
 *	-m TEXT		what is said			-b BYTES	padded with dots to so many bytes
 *	-t TTL		of what is sent			-d		with DF
 *	-w SECONDS	to wait for an answer (20)
 */
#include <poll.h>
#include <time.h>
#include <linux/errqueue.h>
#include "sha256.h"
#include "tool.h"

#define FDS	1100

struct options {
	const char *ready, *introduce, *text;
	int bytes, ttl, patience;
	bool quiet, df;
};

struct proto {
	const char *name;
	bool stream;
	const char *wire;	/* of tool_socket() */
};

static const struct proto protos[] = {
	{ "tcp", true, "kernel" },
	{ "inet", true, "inet" },
	{ "native", true, "native" },
	{ "udp", false, "kernel" },
	{ "native-dgram", false, "native" },
};

struct message {
	struct sockaddr_in from, to;
	char *text;
	size_t len;
};

static unsigned char buf[1 << 17];
static struct pollfd fds[FDS];
static struct sockaddr_in ends[FDS];	/* the local end; of a stream that was accepted too */
static bool listens[FDS];
static int num_fds;

static const struct proto *find_proto(const char *name)
{
	for (size_t i = 0; i < sizeof(protos) / sizeof(*protos); i++)
		if (!strcmp(protos[i].name, name))
			return &protos[i];
	fprintf(stderr, "talk: no protocol %s\n", name);
	exit(2);
}

static struct sockaddr_in endpoint(const char *text)
{
	struct sockaddr_storage ss;
	struct sockaddr_in sin;
	char addr[64];
	int port;

	if (sscanf(text, "%63[0-9.]:%d", addr, &port) != 2) {
		fprintf(stderr, "talk: ADDR:PORT, not %s\n", text);
		exit(2);
	}
	tool_addr(&ss, addr, port);
	memcpy(&sin, &ss, sizeof(sin));
	return sin;
}

static const char *show(const struct sockaddr_in *sin)
{
	static char text[4][32];
	static int turn;
	char addr[INET_ADDRSTRLEN];
	char *p = text[turn++ % 4];

	inet_ntop(AF_INET, &sin->sin_addr, addr, sizeof(addr));
	snprintf(p, sizeof(text[0]), "%s:%u", addr, ntohs(sin->sin_port));
	return p;
}

static void set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		die("option %d of level %d", option, level);
}

static int open_socket(const struct options *o, const struct proto *p, struct sockaddr_in at)
{
	int fd = p->stream ? tool_socket(p->wire, AF_INET) : tool_dgram(p->wire, AF_INET);

	if (p->stream)
		set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (p->stream && !strcmp(p->wire, "kernel"))
		set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (o->ttl)
		set(fd, IPPROTO_IP, IP_TTL, o->ttl);
	if (!p->stream) {
		set(fd, IPPROTO_IP, IP_MTU_DISCOVER, o->df ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT);
		set(fd, SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20);
	}
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		die("bind to %s", show(&at));
	return fd;
}

/* ---- one message ---- */

static size_t compose(const struct options *o, const char *text, unsigned char *to)
{
	size_t len = strlen(text);

	memcpy(to, text, len);
	if ((size_t)o->bytes > len) {
		memset(to + len, '.', o->bytes - len);
		len = o->bytes;
	}
	return len;
}

static void say(int fd, const struct options *o, const struct sockaddr_in *to, const char *text)
{
	static unsigned char out[1 << 16];
	size_t len = compose(o, text, out);

	if (sendto(fd, out, len, MSG_NOSIGNAL, (struct sockaddr *)to, sizeof(*to)) != (ssize_t)len)
		die("send to %s", show(to));
}

/* m->to is filled in; false: an error, or a stream's end */
static bool hear(int fd, const struct proto *p, struct message *m)
{
	socklen_t len = sizeof(m->from);
	ssize_t n;

	memset(buf, 0, 256);
	if (p->stream && getpeername(fd, (struct sockaddr *)&m->from, &len))
		return false;
	n = p->stream ? recv(fd, buf, sizeof(buf), 0) :
			recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&m->from, &len);
	if (n < 0 || (!n && p->stream))
		return false;
	m->text = (char *)buf;
	m->len = n;
	return true;
}

static void print_message(const struct message *m)
{
	int shown = strnlen(m->text, m->len < 40 ? m->len : 40);
	struct sha256 sha;
	char hex[65];

	sha256_init(&sha);
	sha256_add(&sha, m->text, m->len);
	sha256_hex(&sha, hex);
	printf("%s %s %zu %.16s %.*s\n", show(&m->from), show(&m->to), m->len, hex, shown, m->text);
	fflush(stdout);
}

/* ---- serve ---- */

static void watch(int fd, struct sockaddr_in end, bool listener)
{
	if (num_fds == FDS) {
		errno = EMFILE;
		die("too many at once");
	}
	fds[num_fds] = (struct pollfd) { .fd = fd, .events = POLLIN };
	listens[num_fds] = listener;
	ends[num_fds++] = end;
}

static void forget(int i)
{
	close(fds[i].fd);
	num_fds--;
	fds[i] = fds[num_fds];
	listens[i] = listens[num_fds];
	ends[i] = ends[num_fds];
}

static void serve_one(const struct options *o, const struct proto *p, int i)
{
	struct options plain = { .ttl = o->ttl };
	struct message m = { .to = ends[i] };
	int fd = fds[i].fd;

	if (listens[i] && p->stream) {
		fd = accept(fd, NULL, NULL);
		if (fd >= 0)
			watch(fd, ends[i], false);
		return;
	}
	if (!hear(fd, p, &m)) {
		if (p->stream)
			forget(i);
		return;
	}
	print_message(&m);
	if (o->quiet)
		return;
	if (p->stream)
		dprintf(fd, "%s\n", show(&m.from));
	else
		say(fd, &plain, &m.from, show(&m.from));
}

static void serve(const struct options *o, const struct proto *p, char **at)
{
	for (; *at; at++) {
		int fd = open_socket(o, p, endpoint(*at));

		if (p->stream && listen(fd, 1000))
			die("listen");
		watch(fd, endpoint(*at), true);
	}
	if (o->introduce) {
		struct sockaddr_in to = endpoint(o->introduce);

		say(fds[0].fd, o, &to, o->text);
	}
	tool_ready(o->ready);
	for (;;) {
		if (poll(fds, num_fds, -1) < 0)
			die("poll");
		for (int i = num_fds - 1; i >= 0; i--)
			if (fds[i].revents)
				serve_one(o, p, i);
	}
}

/* ---- ask ---- */

static bool wait_for(int fd, int events, int seconds)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, seconds * 1000) == 1;
}

/* What ICMP said of a datagram; false: nothing */
static bool print_icmp(int fd)
{
	char control[512];
	struct msghdr msg = { .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;

	if (recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		struct sock_extended_err *e = (void *)CMSG_DATA(c);
		struct sockaddr_in *who = (void *)SO_EE_OFFENDER(e);
		char addr[INET_ADDRSTRLEN];

		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_RECVERR)
			continue;
		if (e->ee_origin != SO_EE_ORIGIN_ICMP)
			return false;
		inet_ntop(AF_INET, &who->sin_addr, addr, sizeof(addr));
		printf("error %d/%d from %s mtu %u\n", e->ee_type, e->ee_code, addr, e->ee_info);
		return true;
	}
	return false;
}

static int failed(int err)
{
	printf("error: %s\n", strerror(err));
	return 1;
}

static int ask_dgram(const struct options *o, const struct proto *p, int fd,
		     const struct sockaddr_in *from, const struct sockaddr_in *to)
{
	struct message m = { .to = *from };

	say(fd, o, to, o->text);
	if (!wait_for(fd, POLLIN, o->patience))
		return failed(ETIMEDOUT);
	if (!hear(fd, p, &m))
		return print_icmp(fd) ? 1 : failed(errno);
	if (memcmp(&m.from, to, offsetof(struct sockaddr_in, sin_zero))) {
		printf("error: an answer from %s\n", show(&m.from));
		return 1;
	}
	printf("%.*s\n", (int)m.len, m.text);
	return 0;
}

static int ask_stream(const struct options *o, const struct proto *p,
		      const struct sockaddr_in *from, const struct sockaddr_in *to)
{
	int fd = open_socket(o, p, *from);
	struct message m = {};
	size_t len;

	alarm(o->patience);
	if (connect(fd, (struct sockaddr *)to, sizeof(*to)))
		return failed(errno);
	len = compose(o, o->text, buf);
	if (send(fd, buf, len, MSG_NOSIGNAL) != (ssize_t)len)
		return failed(errno);
	if (!hear(fd, p, &m))
		return failed(errno);
	printf("%.*s", (int)m.len, m.text);
	close(fd);
	alarm(0);
	return 0;
}

static int ask(const struct options *o, const struct proto *p, char **argv)
{
	struct sockaddr_in from = endpoint(argv[0]);
	int fd = -1, code = 0;

	if (!p->stream) {
		fd = open_socket(o, p, from);
		set(fd, IPPROTO_IP, IP_RECVERR, 1);
	}
	while (*++argv && !code) {
		struct sockaddr_in to = endpoint(*argv);

		code = p->stream ? ask_stream(o, p, &from, &to) :
				   ask_dgram(o, p, fd, &from, &to);
		fflush(stdout);
	}
	return code;
}

static void send_all(const struct options *o, const struct proto *p, char **argv)
{
	for (; argv[0] && argv[1] && argv[2]; argv += 3) {
		struct sockaddr_in from = endpoint(argv[0]), to = endpoint(argv[1]);
		int fd = open_socket(o, p, from);

		say(fd, o, &to, argv[2]);
		close(fd);
	}
}

static void misuse(void)
{
	fprintf(stderr, "usage: talk serve|ask|send [option]... PROTO ADDR:PORT...\n");
	exit(2);
}

static void parse(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "R:qi:m:b:t:dw:")) != -1) {
		switch (c) {
		case 'R':
			o->ready = optarg;
			break;
		case 'q':
			o->quiet = true;
			break;
		case 'i':
			o->introduce = optarg;
			break;
		case 'm':
			o->text = optarg;
			break;
		case 'b':
			o->bytes = atoi(optarg);
			break;
		case 't':
			o->ttl = atoi(optarg);
			break;
		case 'd':
			o->df = true;
			break;
		case 'w':
			o->patience = atoi(optarg);
			break;
		default:
			misuse();
		}
	}
}

int main(int argc, char **argv)
{
	struct options o = { .text = "hello", .patience = 20 };
	const char *what = argc > 1 ? argv[1] : "";
	const struct proto *p;

	parse(&o, argc - 1, argv + 1);
	argv += 1 + optind;
	if (argc < optind + 3)
		misuse();
	p = find_proto(*argv++);
	if (!strcmp(what, "serve"))
		serve(&o, p, argv);
	else if (!strcmp(what, "ask"))
		return ask(&o, p, argv);
	else if (!strcmp(what, "send") && !p->stream)
		send_all(&o, p, argv);
	else
		misuse();
	return 0;
}
