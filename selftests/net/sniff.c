// SPDX-License-Identifier: GPL-2.0
/*
 * Looks at the segments that pass an interface, TCP's and those of IP protocol 253, and at their
 * checksums.
 *
 *	sniff IF [-p PROTOCOL] [-i | -o] [-R FILE] [-v]
 *
 * -i, -o: only what comes in or goes out. -v prints each: "PROTOCOL SPORT DPORT SEQ ACK FLAGS BYTES".
 * SIGTERM ends it; then it prints how many there were, the largest IP packet, how many were left to
 * a device's checksumming, and how many were wrong.
 */
#include <endian.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include "tool.h"

struct packet {
	const unsigned char *ip, *th;
	size_t ip_len, th_len;
	int proto;
	bool v4, partial, outgoing;
};

static struct {
	unsigned long long segments, data, largest, partial, wrong;
} seen;

static int only_proto, stop;
static bool only_in, only_out, verbose;

static void on_term(int sig)
{
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
}

static uint32_t get16(const unsigned char *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t get32(const unsigned char *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static uint32_t sum(uint32_t s, const unsigned char *p, size_t len)
{
	for (; len > 1; p += 2, len -= 2)
		s += get16(p);
	if (len)
		s += p[0] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

/* The pseudo-header says TCP, also under protocol 253 */
static uint32_t pseudo(const struct packet *p)
{
	uint32_t s = sum(IPPROTO_TCP + p->th_len, NULL, 0);

	return p->v4 ? sum(s, p->ip + 12, 8) : sum(s, p->ip + 8, 32);
}

static bool checksums_right(const struct packet *p)
{
	if (p->v4 && sum(0, p->ip, 20) != 0xffff)
		return false;
	if (p->partial)
		return get16(p->th + 16) == pseudo(p);	/* the device adds the rest */
	return sum(pseudo(p), p->th, p->th_len) == 0xffff;
}

static bool parse(struct packet *p, const unsigned char *data, size_t len)
{
	size_t head;

	p->ip = data + 14;
	p->v4 = len >= 54 && get16(data + 12) == ETH_P_IP;
	if (!p->v4 && (len < 74 || get16(data + 12) != ETH_P_IPV6))
		return false;
	head = p->v4 ? 20 : 40;		/* none of ours has options or extension headers */
	p->proto = p->v4 ? p->ip[9] : p->ip[6];
	p->ip_len = p->v4 ? get16(p->ip + 2) : 40 + get16(p->ip + 4);
	if ((p->proto != IPPROTO_TCP && p->proto != 253) || p->ip_len > len - 14)
		return false;
	p->th = p->ip + head;
	p->th_len = p->ip_len - head;
	return p->th_len >= 20;
}

static void print(const struct packet *p)
{
	size_t head = (p->th[12] >> 4) * 4;

	printf("%d %u %u %u %u %#x %zu\n", p->proto, get16(p->th), get16(p->th + 2),
	       get32(p->th + 4), get32(p->th + 8), p->th[13], p->th_len - head);
	fflush(stdout);
}

static void look(struct packet *p, const unsigned char *data, size_t len)
{
	if ((only_in && p->outgoing) || (only_out && !p->outgoing) || !parse(p, data, len))
		return;
	if (only_proto && p->proto != only_proto)
		return;
	seen.segments++;
	seen.data += p->th_len > (size_t)(p->th[12] >> 4) * 4;
	seen.largest = p->ip_len > seen.largest ? p->ip_len : seen.largest;
	seen.partial += p->partial;
	seen.wrong += !checksums_right(p);
	if (verbose)
		print(p);
}

static void read_frames(int fd)
{
	static unsigned char data[1 << 17];
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct sockaddr_ll from;
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov,
			      .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct tpacket_auxdata aux = {};
	struct packet p = {};
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);

	if (n < 0)
		return;
	if (CMSG_FIRSTHDR(&msg))
		memcpy(&aux, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(aux));
	p.partial = aux.tp_status & TP_STATUS_CSUMNOTREADY;
	p.outgoing = from.sll_pkttype == PACKET_OUTGOING;
	look(&p, data, n);
}

static int open_interface(const char *name)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
				  .sll_ifindex = if_nametoindex(name) };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), one = 1, room = 64 << 20;

	if (fd < 0 || !ll.sll_ifindex ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    bind(fd, (struct sockaddr *)&ll, sizeof(ll)))
		die("%s", name);
	return fd;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_term };
	const char *ready = NULL;
	struct pollfd p = { .events = POLLIN };
	sigset_t block, open;
	int c;

	while ((c = getopt(argc, argv, "p:ioR:v")) != -1) {
		switch (c) {
		case 'p':
			only_proto = atoi(optarg);
			break;
		case 'i':
			only_in = true;
			break;
		case 'o':
			only_out = true;
			break;
		case 'R':
			ready = optarg;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != 1) {
		fprintf(stderr, "sniff: which interface?\n");
		return 2;
	}
	sigemptyset(&open);
	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, NULL);
	sigaction(SIGTERM, &sa, NULL);
	p.fd = open_interface(argv[optind]);
	tool_ready(ready);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		if (ppoll(&p, 1, NULL, &open) == 1)
			read_frames(p.fd);
	}
	while (poll(&p, 1, 0) == 1)
		read_frames(p.fd);
	printf("segments %llu data %llu largest %llu partial %llu wrong %llu\n", seen.segments,
	       seen.data, seen.largest, seen.partial, seen.wrong);
	return 0;
}
