// SPDX-License-Identifier: GPL-2.0
/*
 * A bad link, the same in every run: carries frames between two interfaces and harms those of TCP
 * and of IP protocol 253, by percentages that are drawn from a seed and the number of the packet.
 *
 *	relay IF IF [-s SEED] [-l LOSS] [-d DUPLICATE] [-c CORRUPT] [-D DELAY_MS] [-o REORDER]
 *		[-R FILE]
 *
 * Corrupt flips one bit behind the IP header. With a delay, REORDER percent of the packets are not
 * delayed and so overtake others. FILE is made when it carries frames. SIGTERM ends it; it prints
 * what it did then.
 */
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include "tool.h"

enum { FRAME_MAX = 1 << 16, QUEUE_MAX = 1 << 14 };
enum fate { LOSE, DUPLICATE, CORRUPT, REORDER, FATES };

struct frame {
	uint64_t due;			/* ns */
	int out;
	size_t len;
	unsigned char *data;
};

static const char *const fate_name[FATES] = { "lost", "duplicated", "corrupted", "reordered" };
static uint64_t percent[FATES];		/* in 1/1000 */
static uint64_t done[FATES];
static uint64_t seed = 1, delay_ns, carried;
static struct frame queue[QUEUE_MAX];	/* a ring: delays are all equal */
static unsigned int head, tail;
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

static bool draw(enum fate what, int direction, uint64_t number)
{
	uint64_t x = tool_mix(tool_mix(seed * 8 + direction) + number * FATES + what);

	if (x % 100000 >= percent[what])
		return false;
	done[what]++;
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

static void later(int fd, const unsigned char *data, size_t len)
{
	struct frame *f = &queue[tail++ % QUEUE_MAX];

	if (tail - head > QUEUE_MAX) {
		errno = ENOSPC;
		die("queue");
	}
	f->due = now() + delay_ns;
	f->out = fd;
	f->len = len;
	f->data = malloc(len);
	if (!f->data)
		die("malloc");
	memcpy(f->data, data, len);
}

static void carry_segment(int fd, int direction, unsigned char *data, size_t len, size_t head_len)
{
	static uint64_t numbers[2];
	uint64_t n = numbers[direction]++;
	bool twice;

	carried++;
	if (draw(LOSE, direction, n))
		return;
	if (draw(CORRUPT, direction, n)) {
		uint64_t bit = tool_mix(seed + n) % ((len - head_len) * 8);

		data[head_len + bit / 8] ^= 1 << bit % 8;
	}
	twice = draw(DUPLICATE, direction, n);
	for (int i = 0; i <= twice; i++) {
		if (!delay_ns || draw(REORDER, direction, n))
			put_out(fd, data, len);
		else
			later(fd, data, len);
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
	while (head != tail && queue[head % QUEUE_MAX].due <= now()) {
		struct frame *f = &queue[head++ % QUEUE_MAX];

		put_out(f->out, f->data, f->len);
		free(f->data);
	}
}

static void wait_for_work(const int fd[2], sigset_t *mask)
{
	struct pollfd p[2] = {
		{ .fd = fd[0], .events = POLLIN },
		{ .fd = fd[1], .events = POLLIN },
	};
	struct timespec ts = {}, *timeout = NULL;

	if (head != tail) {
		uint64_t due = queue[head % QUEUE_MAX].due, t = now();

		ts.tv_nsec = due > t ? due - t : 0;
		ts.tv_sec = ts.tv_nsec / 1000000000;
		ts.tv_nsec %= 1000000000;
		timeout = &ts;
	}
	if (ppoll(p, 2, timeout, mask) < 0 && errno != EINTR)
		die("ppoll");
}

static const char *parse(int argc, char **argv)
{
	const char *ready = NULL;
	int c;

	while ((c = getopt(argc, argv, "s:l:d:c:D:o:R:")) != -1) {
		switch (c) {
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'l':
			percent[LOSE] = atof(optarg) * 1000;
			break;
		case 'd':
			percent[DUPLICATE] = atof(optarg) * 1000;
			break;
		case 'c':
			percent[CORRUPT] = atof(optarg) * 1000;
			break;
		case 'o':
			percent[REORDER] = atof(optarg) * 1000;
			break;
		case 'D':
			delay_ns = atof(optarg) * 1000000;
			break;
		case 'R':
			ready = optarg;
			break;
		default:
			exit(2);
		}
	}
	if (argc - optind != 2) {
		fprintf(stderr, "relay: which two interfaces?\n");
		exit(2);
	}
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
		printf(" %s %llu", fate_name[i], (unsigned long long)done[i]);
	printf("\n");
	return 0;
}
