// SPDX-License-Identifier: GPL-2.0
/*
 * A host with a connection from each of very many ports, without the sockets: segments are made by hand
 * and read at both ends, which are network namespaces of ip-netns(8)'s.
 *
 *	crowd INSIDE-NS ADDR FIRST-LAST OUTSIDE-NS ADDR PORT
 *
 * What it does it reads from its input, a line each, and says when that is done:
 *
 *	hold			a SYN from each port: "held N". The outside sees each from another port
 *	pass			on each, something from outside and an answer: "passed N"
 *	connect NS N PORT	N real connections more from NS to PORT outside, to be kept: "connected N".
 *				The outside sees each from a port that no other has
 *	until NS ADDR		another host's SYNs, from port 1024 on, until one is answered by ICMP:
 *				"TYPE/CODE after N"
 *
 * With anything else, or with a segment lost, damaged or from a wrong port, it says so and ends with 1.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <poll.h>
#include <sched.h>
#include "tool.h"

#define BATCH		256
#define PATIENCE_MS	30000
#define OUTSIDE_SEQ	1000000u

#define SYN	0x02
#define ACK	0x10

struct end {
	int fd;			/* raw */
	struct in_addr addr;
};

struct segment {
	struct in_addr src, dst;
	unsigned int sport, dport, flags, len;
	uint32_t seq, ack;
};

static struct end inside, outside;
static unsigned int first, last, port;
static const char *outside_ns;
static unsigned int seen_as[65536];	/* by inside port: external port */
static bool taken[65536];		/* external ports */
static unsigned int rounds;

__attribute__((format(printf, 1, 2), noreturn))
static void complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	printf("\n");
	exit(1);
}

static void put16(unsigned char *p, unsigned int v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put32(unsigned char *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static unsigned int get16(const unsigned char *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t get32(const unsigned char *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static uint32_t sum(uint32_t s, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (; len > 1; p += 2, len -= 2)
		s += get16(p);
	if (len)
		s += p[0] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

static uint32_t tcp_sum(struct in_addr src, struct in_addr dst, const void *data, size_t len)
{
	return sum(sum(sum(IPPROTO_TCP + len, &src, 4), &dst, 4), data, len);
}

/* ---- namespaces and sockets ---- */

/* A socket of another namespace */
static int socket_in(const char *ns, int type, int proto)
{
	int home = open("/proc/self/ns/net", O_RDONLY), there, fd;
	char path[256];

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	there = open(path, O_RDONLY);
	if (home < 0 || there < 0 || setns(there, CLONE_NEWNET))
		die("%s", path);
	fd = socket(AF_INET, type, proto);
	if (fd < 0 || setns(home, CLONE_NEWNET))
		die("socket in %s", ns);
	close(home);
	close(there);
	return fd;
}

/* Only segments with @port at @offset of the TCP header: 0 source, 2 destination */
static void take_only(int fd, unsigned int offset)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, offset),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(*code), code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)))
		die("filter");
}

static struct sockaddr_in at(struct in_addr addr, unsigned int number)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = addr,
				     .sin_port = htons(number) };
}

static struct end open_end(const char *ns, const char *addr, unsigned int offset)
{
	struct end e = { .fd = socket_in(ns, SOCK_RAW, IPPROTO_TCP) };
	struct sockaddr_in sin;
	int room = 16 << 20;

	if (inet_pton(AF_INET, addr, &e.addr) != 1)
		complain("no address: %s", addr);
	sin = at(e.addr, 0);
	if (setsockopt(e.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    bind(e.fd, (struct sockaddr *)&sin, sizeof(sin)))
		die("%s", addr);
	take_only(e.fd, offset);
	return e;
}

/* ---- segments ---- */

static void send_segment(const struct end *e, const struct segment *s)
{
	unsigned char p[64] = {};
	struct sockaddr_in to = at(s->dst, 0);

	put16(p, s->sport);
	put16(p + 2, s->dport);
	put32(p + 4, s->seq);
	put32(p + 8, s->ack);
	p[12] = 0x50;
	p[13] = s->flags;
	put16(p + 14, 60000);
	put32(p + 20, s->sport);	/* the data, if there are any */
	put16(p + 16, tcp_sum(e->addr, s->dst, p, 20 + s->len) ^ 0xffff);
	if (sendto(e->fd, p, 20 + s->len, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("send from port %u", s->sport);
}

static bool comes(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/* false: nothing came */
static bool read_segment(const struct end *e, struct segment *s, int ms)
{
	unsigned char p[2048];
	size_t head;
	ssize_t n;

	if (!comes(e->fd, ms))
		return false;
	n = recv(e->fd, p, sizeof(p), 0);
	head = (p[0] & 15) * 4;
	if (n < (ssize_t)head + 20)
		complain("a short segment");
	memcpy(&s->src, p + 12, 4);
	memcpy(&s->dst, p + 16, 4);
	s->sport = get16(p + head);
	s->dport = get16(p + head + 2);
	s->seq = get32(p + head + 4);
	s->ack = get32(p + head + 8);
	s->flags = p[head + 13];
	s->len = n - head - 20;
	if (tcp_sum(s->src, s->dst, p + head, n - head) != 0xffff)
		complain("a wrong checksum, %u to %u", s->sport, s->dport);
	return true;
}

/* ---- what is asked ---- */

static void claim(unsigned int external)
{
	if (taken[external])
		complain("external port %u is there twice", external);
	taken[external] = true;
}

/* Those of a batch are told apart by their sequence number, the inside port */
static void hold_batch(unsigned int from, unsigned int to)
{
	struct segment s = { .dst = outside.addr, .dport = port, .flags = SYN }, in;

	for (s.sport = s.seq = from; s.sport <= to; s.sport++, s.seq++)
		send_segment(&inside, &s);
	for (unsigned int i = from; i <= to; i++) {
		if (!read_segment(&outside, &in, PATIENCE_MS))
			complain("only %u of ports %u-%u came out", i - from, from, to);
		if (in.flags != SYN || in.seq < from || in.seq > to || seen_as[in.seq])
			complain("a segment nobody sent, from %u", in.sport);
		claim(in.sport);
		seen_as[in.seq] = in.sport;
	}
}

static void hold(void)
{
	for (unsigned int p = first; p <= last; p += BATCH)
		hold_batch(p, p + BATCH - 1 < last ? p + BATCH - 1 : last);
	printf("held %u\n", last - first + 1);
}

/* From outside: at first the SYN,ACK, then four bytes more each time */
static void send_in(unsigned int p, struct in_addr external)
{
	struct segment s = { .dst = external, .sport = port, .dport = seen_as[p] };

	s.seq = OUTSIDE_SEQ + (rounds ? 1 + 4 * (rounds - 1) : 0);
	s.ack = p + 1 + 4 * rounds;
	s.flags = rounds ? ACK : SYN | ACK;
	s.len = rounds ? 4 : 0;
	send_segment(&outside, &s);
}

static void answer(const struct segment *in)
{
	struct segment s = { .dst = outside.addr, .sport = in->dport, .dport = port, .len = 4 };

	s.seq = in->ack;
	s.ack = OUTSIDE_SEQ + 1 + 4 * rounds;
	s.flags = ACK;
	send_segment(&inside, &s);
}

static void pass_batch(unsigned int from, unsigned int to, struct in_addr external)
{
	struct segment in;

	for (unsigned int p = from; p <= to; p++)
		send_in(p, external);
	for (unsigned int i = from; i <= to; i++) {
		if (!read_segment(&inside, &in, PATIENCE_MS))
			complain("only %u of ports %u-%u were reached", i - from, from, to);
		if (in.dport < from || in.dport > to || in.ack != in.dport + 1 + 4 * rounds)
			complain("a segment for another, to %u", in.dport);
		answer(&in);
	}
	for (unsigned int i = from; i <= to; i++) {
		if (!read_segment(&outside, &in, PATIENCE_MS))
			complain("only %u of ports %u-%u answered", i - from, from, to);
		if (in.len != 4 || in.seq < from || in.seq > to + 5 + 4 * rounds)
			complain("an answer nobody sent, from %u", in.sport);
		if (seen_as[in.seq - 1 - 4 * rounds] != in.sport)
			complain("port %u has become %u", in.seq - 1 - 4 * rounds, in.sport);
	}
}

static void pass(struct in_addr external)
{
	for (unsigned int p = first; p <= last; p += BATCH)
		pass_batch(p, p + BATCH - 1 < last ? p + BATCH - 1 : last, external);
	rounds++;
	printf("passed %u\n", last - first + 1);
}

/* Its two ends stay open to the end */
static void connect_one(const char *ns, int listener, unsigned int number)
{
	struct sockaddr_in to = at(outside.addr, number), from;
	socklen_t len = sizeof(from);
	int fd = socket_in(ns, SOCK_STREAM, 0), peer;
	char text[6] = {};

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect from %s", ns);
	peer = accept(listener, (struct sockaddr *)&from, &len);
	if (peer < 0 || write(fd, "hello", 5) != 5 || recv(peer, text, 5, MSG_WAITALL) != 5)
		die("a connection from %s", ns);
	claim(ntohs(from.sin_port));
}

static void connect_many(const char *ns, unsigned int n, unsigned int number)
{
	struct sockaddr_in sin = at(outside.addr, number);
	int fd = socket_in(outside_ns, SOCK_STREAM, 0), one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) || listen(fd, 10))
		die("listen on port %u", number);
	for (unsigned int i = 0; i < n; i++)
		connect_one(ns, fd, number);
	close(fd);
	printf("connected %u\n", n);
}

/* The ICMP error about a SYN; false: there is none for it */
static bool told(int icmp, const struct segment *s)
{
	unsigned char p[2048];
	ssize_t n = recv(icmp, p, sizeof(p), MSG_DONTWAIT);

	if (n < 56 || get16(p + 48) != s->sport)
		return false;
	printf("%u/%u after %u\n", p[20], p[21], s->sport - 1024);
	return true;
}

static void until_refused(const char *ns, const char *addr)
{
	struct segment s = { .dst = outside.addr, .sport = 1024, .dport = port, .flags = SYN }, in;
	int icmp = socket_in(ns, SOCK_RAW, IPPROTO_ICMP);
	struct end e = open_end(ns, addr, 0);

	for (; s.sport < 65536; s.sport++) {
		struct pollfd fds[] = { { outside.fd, POLLIN, 0 }, { icmp, POLLIN, 0 } };

		send_segment(&e, &s);
		if (poll(fds, 2, PATIENCE_MS) < 1)
			complain("the SYN from port %u met silence", s.sport);
		if (fds[1].revents && told(icmp, &s))
			break;
		if (fds[0].revents && read_segment(&outside, &in, 0))
			claim(in.sport);
	}
	close(icmp);
	close(e.fd);
}

/* The address that the outside sees all of them come from */
static struct in_addr external_address(void)
{
	static struct in_addr known;
	struct segment s = { .dst = outside.addr, .sport = first, .dport = port, .flags = SYN };
	struct segment in;

	if (known.s_addr)
		return known;
	s.seq = first;
	send_segment(&inside, &s);	/* the SYN again */
	if (!read_segment(&outside, &in, PATIENCE_MS) || in.sport != seen_as[first])
		complain("the first port has changed");
	known = in.src;
	return known;
}

static void obey(char *line)
{
	char ns[128], addr[64];
	unsigned int n, number;

	if (!strcmp(line, "hold\n"))
		hold();
	else if (!strcmp(line, "pass\n"))
		pass(external_address());
	else if (sscanf(line, "connect %127s %u %u", ns, &n, &number) == 3)
		connect_many(ns, n, number);
	else if (sscanf(line, "until %127s %63s", ns, addr) == 2)
		until_refused(ns, addr);
	else
		complain("what is %s", line);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char line[256];

	if (argc != 7 || sscanf(argv[3], "%u-%u", &first, &last) != 2 || last > 65535) {
		fprintf(stderr, "usage: crowd NS ADDR FIRST-LAST NS ADDR PORT\n");
		return 2;
	}
	port = atoi(argv[6]);
	outside_ns = argv[4];
	inside = open_end(argv[1], argv[2], 0);
	outside = open_end(argv[4], argv[5], 2);
	while (fgets(line, sizeof(line), stdin))
		obey(line);
	return 0;
}
