// SPDX-License-Identifier: GPL-2.0
/*
 * A bad link, the same in every run: carries frames between two interfaces and harms those of TCP
 * and of IP protocol 253, by percentages that are drawn from a seed and the number of the packet.
 *
 *	relay IF IF [-s SEED] [-l LOSS] [-d DUPLICATE] [-c CORRUPT] [-a ACKLOSS] [-b COUNT:FIRST]
 *		[-r MBITS] [-q PACKETS] [-D DELAY_MS] [-o REORDER] [-j JITTER_MS] [-R FILE]
 *
 * Corrupt flips one bit behind the IP header. ACKLOSS percent of the ACKs that carry nothing else
 * are lost. From the first interface to the second, COUNT packets are lost once, the first of them
 * number FIRST. With a rate, in Mbit/s of Ethernet frames and for each direction, PACKETS (1000)
 * wait or are being sent; what comes then is lost. With a delay, REORDER percent of the packets are
 * not delayed and so overtake others; with a jitter as well they take up to so much longer instead,
 * and others overtake them. FILE is made when it carries frames. SIGTERM ends it; it prints what it
 * did then.
 */
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include "tool.h"

enum { FRAME_MAX = 1 << 16, QUEUE_MAX = 1 << 14 };
/* What is drawn for each packet, and what comes of its number or of the queue alone */
enum fate { LOSE, DUPLICATE, CORRUPT, REORDER, LOSE_ACK, JITTER, LOSE_BURST, OVERFLOW, FATES };

struct frame {
	uint64_t due;			/* ns */
	uint64_t order;			/* of those due at the same time */
	int out;
	size_t len;
	unsigned char *data;
};

/* The link of one direction, where it has a rate */
struct link {
	uint64_t idle;			/* ns: when all has been sent that waits */
	uint64_t sent;
	uint64_t leaves[QUEUE_MAX];	/* ns: when those sent last have left, a ring of link_queue */
};

static const char *const fate_name[FATES] = {
	[LOSE] = "lost", [DUPLICATE] = "duplicated", [CORRUPT] = "corrupted",
	[REORDER] = "reordered", [LOSE_ACK] = "acks", [LOSE_BURST] = "burst", [OVERFLOW] = "overflowed",
};
static uint64_t percent[FATES];		/* in 1/1000 */
static uint64_t done[FATES];
static uint64_t seed = 1, delay_ns, jitter_ns, carried;
static uint64_t burst_first, burst_count;
static uint64_t link_bits, link_queue = 1000;	/* each second; packets */
static struct link links[2];
static struct frame queue[QUEUE_MAX];	/* a heap: what is due first is first */
static unsigned int queued;
static int stop;

static void on_term(int sig)
{
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static int open_interface(const char *name)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
				  .sll_ifindex = if_nametoindex(name) };
	struct packet_mreq mr = { .mr_ifindex = ll.sll_ifindex, .mr_type = PACKET_MR_PROMISC };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0), one = 1, room = 64 << 20;

	if (fd < 0 || !ll.sll_ifindex)
		die("%s", name);
	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mr, sizeof(mr)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) ||
	    bind(fd, (struct sockaddr *)&ll, sizeof(ll)))
		die("%s", name);
	return fd;
}

/* Where the transport header of a segment begins, 0: no segment */
static size_t transport(const unsigned char *p, size_t len)
{
	int proto;

	if (len >= 34 && p[12] == 0x08 && p[13] == 0x00)
		proto = p[23];
	else if (len >= 54 && p[12] == 0x86 && p[13] == 0xdd)
		proto = p[20];
	else
		return 0;
	if (proto != IPPROTO_TCP && proto != 253)
		return 0;
	return p[12] == 0x08 ? 14 + (p[14] & 15) * 4 : 54;
}

static unsigned int two_bytes(const unsigned char *p)
{
	return p[0] << 8 | p[1];
}

/* ACK alone of the flags that mean something, and no payload */
static bool bare_ack(const unsigned char *p, size_t len, size_t head_len)
{
	size_t end = p[12] == 0x08 ? 14 + two_bytes(p + 16) : 54 + two_bytes(p + 18);

	return len >= head_len + 20 && (p[head_len + 13] & 0x17) == 0x10 &&
	       end == head_len + (p[head_len + 12] >> 4) * 4;
}

static uint64_t drawn(enum fate what, int direction, uint64_t number)
{
	return tool_mix(tool_mix(seed * 8 + direction) + number * FATES + what);
}

static bool draw(enum fate what, int direction, uint64_t number)
{
	if (drawn(what, direction, number) % 100000 >= percent[what])
		return false;
	done[what]++;
	return true;
}

static bool in_burst(int direction, uint64_t number)
{
	if (direction || number < burst_first || number - burst_first >= burst_count)
		return false;
	done[LOSE_BURST]++;
	return true;
}

static void put_out(int fd, const unsigned char *data, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	while (send(fd, data, len, 0) < 0) {
		if (errno != EAGAIN && errno != ENOBUFS)
			die("send of %zu bytes", len);
		poll(&p, 1, 10);
	}
}

static bool sooner(const struct frame *a, const struct frame *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void queue_push(const struct frame *f)
{
	unsigned int at = queued++, up;

	if (at >= QUEUE_MAX) {
		errno = ENOSPC;
		die("queue");
	}
	for (; at && sooner(f, &queue[(at - 1) / 2]); at = up) {
		up = (at - 1) / 2;
		queue[at] = queue[up];
	}
	queue[at] = *f;
}

static struct frame queue_pop(void)
{
	struct frame first = queue[0], last = queue[--queued];
	unsigned int at = 0, down;

	for (; (down = 2 * at + 1) < queued; at = down) {
		if (down + 1 < queued && sooner(&queue[down + 1], &queue[down]))
			down++;
		if (!sooner(&queue[down], &last))
			break;
		queue[at] = queue[down];
	}
	queue[at] = last;
	return first;
}

static void later(int fd, const unsigned char *data, size_t len, uint64_t due)
{
	static uint64_t order;
	struct frame f = { .due = due, .order = order++, .out = fd, .len = len,
			   .data = malloc(len) };

	if (!f.data)
		die("malloc");
	memcpy(f.data, data, len);
	queue_push(&f);
}

/* When a frame has left the link, ns; 0: there is no room for it */
static uint64_t cross_link(struct link *l, size_t len)
{
	uint64_t t = now(), *leaves = &l->leaves[l->sent % link_queue];

	if (!link_bits)
		return t;
	if (l->sent >= link_queue && *leaves > t) {
		done[OVERFLOW]++;
		return 0;
	}
	l->idle = (l->idle > t ? l->idle : t) + len * 8 * 1000000000 / link_bits;
	l->sent++;
	*leaves = l->idle;
	return l->idle;
}

/* How long it takes then, ns */
static uint64_t latency(int direction, uint64_t number)
{
	if (!(delay_ns || jitter_ns) || !draw(REORDER, direction, number))
		return delay_ns;
	return jitter_ns ? delay_ns + drawn(JITTER, direction, number) % jitter_ns : 0;
}

static void carry_segment(int fd, int direction, unsigned char *data, size_t len, size_t head_len)
{
	static uint64_t numbers[2];
	uint64_t n = numbers[direction]++, left, delay;
	bool twice;

	carried++;
	if (draw(LOSE, direction, n) || in_burst(direction, n) ||
	    (bare_ack(data, len, head_len) && draw(LOSE_ACK, direction, n)))
		return;
	if (draw(CORRUPT, direction, n)) {
		uint64_t bit = tool_mix(seed + n) % ((len - head_len) * 8);

		data[head_len + bit / 8] ^= 1 << bit % 8;
	}
	twice = draw(DUPLICATE, direction, n);
	for (int i = 0; i <= twice; i++) {
		left = cross_link(&links[direction], len);
		if (!left)
			return;
		delay = latency(direction, n);
		if (link_bits || delay)
			later(fd, data, len, left + delay);
		else
			put_out(fd, data, len);
	}
}

static void carry(const int fd[2], int direction)
{
	static unsigned char data[FRAME_MAX];

	for (int i = 0; i < 64; i++) {
		ssize_t len = recv(fd[direction], data, sizeof(data), 0);
		size_t head_len;

		if (len < 0 && errno != EAGAIN && errno != ENETDOWN)
			die("recv");
		if (len <= 0)
			return;
		head_len = transport(data, len);
		if (head_len && head_len < (size_t)len)
			carry_segment(fd[!direction], direction, data, len, head_len);
		else
			put_out(fd[!direction], data, len);
	}
}

static void flush_due(void)
{
	while (queued && queue[0].due <= now()) {
		struct frame f = queue_pop();

		put_out(f.out, f.data, f.len);
		free(f.data);
	}
}

static void wait_for_work(const int fd[2], sigset_t *mask)
{
	struct pollfd p[2] = {
		{ .fd = fd[0], .events = POLLIN },
		{ .fd = fd[1], .events = POLLIN },
	};
	struct timespec ts = {}, *timeout = NULL;

	if (queued) {
		uint64_t due = queue[0].due, t = now();

		ts.tv_nsec = due > t ? due - t : 0;
		ts.tv_sec = ts.tv_nsec / 1000000000;
		ts.tv_nsec %= 1000000000;
		timeout = &ts;
	}
	if (ppoll(p, 2, timeout, mask) < 0 && errno != EINTR)
		die("ppoll");
}

__attribute__((noreturn))
static void usage(const char *what)
{
	fprintf(stderr, "relay: %s\n", what);
	exit(2);
}

/* COUNT:FIRST */
static void parse_burst(const char *text)
{
	char *colon;

	burst_count = strtoull(text, &colon, 0);
	if (*colon != ':')
		usage("a burst is COUNT:FIRST");
	burst_first = strtoull(colon + 1, NULL, 0);
}

static void parse_queue(const char *text)
{
	link_queue = strtoull(text, NULL, 0);
	if (link_queue < 1 || link_queue > QUEUE_MAX)
		usage("how many packets wait?");
}

/* An option that is a percentage */
static bool parse_percent(int c, const char *text)
{
	static const char letters[FATES] = {
		[LOSE] = 'l', [DUPLICATE] = 'd', [CORRUPT] = 'c', [REORDER] = 'o', [LOSE_ACK] = 'a',
	};

	for (int i = 0; i < FATES; i++) {
		if (letters[i] == c) {
			percent[i] = atof(text) * 1000;
			return true;
		}
	}
	return false;
}

static const char *parse(int argc, char **argv)
{
	const char *ready = NULL;
	int c;

	while ((c = getopt(argc, argv, "s:l:d:c:a:b:r:q:D:o:j:R:")) != -1) {
		if (parse_percent(c, optarg))
			continue;
		if (c == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (c == 'b')
			parse_burst(optarg);
		else if (c == 'r')
			link_bits = atof(optarg) * 1000000;
		else if (c == 'q')
			parse_queue(optarg);
		else if (c == 'D')
			delay_ns = atof(optarg) * 1000000;
		else if (c == 'j')
			jitter_ns = atof(optarg) * 1000000;
		else if (c == 'R')
			ready = optarg;
		else
			exit(2);
	}
	if (argc - optind != 2)
		usage("which two interfaces?");
	return ready;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_term };
	const char *ready = parse(argc, argv);
	sigset_t block, open;
	int fd[2];

	sigemptyset(&open);
	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, NULL);
	sigaction(SIGTERM, &sa, NULL);
	prctl(PR_SET_TIMERSLACK, 1ul);	/* ns: what is due goes when it is due */
	for (int i = 0; i < 2; i++)
		fd[i] = open_interface(argv[optind + i]);
	tool_ready(ready);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		wait_for_work(fd, &open);
		flush_due();
		carry(fd, 0);
		carry(fd, 1);
	}
	printf("carried %llu", (unsigned long long)carried);
	for (int i = 0; i < FATES; i++)
		if (fate_name[i])
			printf(" %s %llu", fate_name[i], (unsigned long long)done[i]);
	printf("\n");
	return 0;
}
